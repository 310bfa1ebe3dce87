/*
 * Text that grows, and numbers as text.
 *
 * Everything is done in the C locale, which the program never leaves: a decimal comma would make a
 * stored point unreadable elsewhere.
 */
#include "core/str.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `extra` more bytes and the NUL; false when the buffer has failed, now or earlier. */
static bool make_room(eco_str *str, size_t extra)
{
    size_t needed;
    if (str->status != ECOPT_OK)
        return false;
    if (__builtin_add_overflow(str->length, extra, &needed) || needed == SIZE_MAX) {
        str->status = ECOPT_E_NOMEM;
        return false;
    }
    if (needed + 1 <= str->room)
        return true;
    /* Doubling: n appends copy O(n) bytes in all. */
    size_t room = needed + 1 < 64 ? 64 : (needed + 1) * 2;
    char *bigger = eco_realloc(str->ctx, str->text, room, 1);
    if (!bigger) {
        str->status = ECOPT_E_NOMEM;
        return false;
    }
    str->text = bigger;
    str->room = room;
    return true;
}

void eco_str_add_bytes(eco_str *str, const char *bytes, size_t n)
{
    if (!make_room(str, n))
        return;
    if (n > 0)
        memcpy(str->text + str->length, bytes, n);
    str->length += n;
    str->text[str->length] = '\0';
}

void eco_str_add(eco_str *str, const char *text)
{
    eco_str_add_bytes(str, text, strlen(text));
}

void eco_str_add_char(eco_str *str, char c)
{
    eco_str_add_bytes(str, &c, 1);
}

/* As eco_asprintf, into the buffer. */
void eco_str_addf(eco_str *str, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length >= 0 && make_room(str, (size_t)length)) {
        (void)vsnprintf(str->text + str->length, (size_t)length + 1, format, again);
        str->length += (size_t)length;
    }
    va_end(again);
}

void eco_str_clear(eco_str *str)
{
    str->length = 0;
    str->status = ECOPT_OK;
    if (str->text)
        str->text[0] = '\0';
}

ecopt_status eco_str_status(const eco_str *str)
{
    return str->status;
}

const char *eco_str_text(const eco_str *str)
{
    return str->text ? str->text : "";
}

/* An append of nothing makes sure that there is a text to take. */
ecopt_status eco_str_take(eco_str *str, char **ret_text)
{
    eco_str_add_bytes(str, "", 0);
    ECO_TRY(str->status);
    *ret_text = str->text;
    *str = (eco_str)ECO_STR_INIT(str->ctx);
    return ECOPT_OK;
}

void eco_str_release(eco_str *str)
{
    eco_free(str->ctx, str->text);
    *str = (eco_str)ECO_STR_INIT(str->ctx);
}

/* 15 digits are right for numbers that people write; 17 always are (IEEE 754, binary64). */
void eco_format_double(double value, char text[ECO_DOUBLE_TEXT_B])
{
    if (isnan(value)) {
        (void)snprintf(text, ECO_DOUBLE_TEXT_B, "nan");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, ECO_DOUBLE_TEXT_B, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

bool eco_parse_double(const char *text, double *ret_value)
{
    char *end;
    /* strtod would skip leading blanks and accept "nan"; a number field holds neither. */
    if (*text == '\0' || strchr(" \t\r\n\v\f", *text))
        return false;
    double value = strtod(text, &end);
    if (*end != '\0' || isnan(value))
        return false;
    *ret_value = value;
    return true;
}

/* As with doubles, a blank in front would be skipped by the C function. */
bool eco_parse_int(const char *text, int64_t *ret_value)
{
    char *end;
    if (*text == '\0' || strchr(" \t\r\n\v\f", *text))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (*end != '\0' || errno == ERANGE)
        return false;
    *ret_value = value;
    return true;
}

enum { WORD_MAX = 40 };

/* Optimal string alignment distance: insertions, deletions, substitutions, adjacent swaps. */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    /* The last three rows of the table are all that a swap looks back on. */
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t cost = a[i - 1] != b[j - 1];
            size_t best = last[j - 1] + cost;
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n % 3][m];
}

/* A third of the letters may be wrong: beyond that suggestions are noise. */
const char *eco_closest_word(const char *word, const char *const *candidates, size_t n)
{
    size_t length = strlen(word);
    if (length == 0 || length > WORD_MAX)
        return NULL;
    size_t limit = length / 3 < 1 ? 1 : length / 3 > 3 ? 3 : length / 3;
    const char *best = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t m = strlen(candidates[i]);
        if (m > WORD_MAX)
            continue;
        size_t distance = edit_distance(word, length, candidates[i], m);
        /* Strictly better only: ties go to the first in the caller's order. */
        if (distance <= limit) {
            best = candidates[i];
            limit = distance;
            if (distance == 0)
                break;
            limit--;
        }
    }
    return best;
}
