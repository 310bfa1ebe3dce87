/*
 * Texts of values and points, and back.
 *
 * The text is what identifies a point in the store, so it must be the same for equal points and
 * read back to the same bits: numbers in their shortest exact form, values quoted as JSON when a
 * blank could be taken for a separator.
 *
 * Writing takes codes and names all parameters in their order.  Reading takes what a person may
 * type (any order, gaps filled by defaults, 16.0 for an int), checks each value with a message of
 * its own, and ends with a canonical point that satisfies the constraints, or with none.
 */
#include "space/layout.h"

#include "core/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Texts come from the context's allocator, so free() would be wrong. */
void ecopt_text_free(ecopt_ctx *ctx, char *text)
{
    eco_free(ctx, text);
}

/* ---- writing ---- */

/* True when the text needs no quotes between blanks.  Also quoted are the characters that the
 * reader or a person could take for a name's end or for an escape. */
static bool is_plain(const char *text)
{
    if (*text == '\0')
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("\"'=\\", *c))
            return false;
    return true;
}

/* A JSON string; bytes above 0x7f pass as they are, for a text in UTF-8 is JSON already. */
static void add_json(eco_str *str, const char *text)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    eco_str_add_char(str, '"');
    for (const char *c = text; *c; c++) {
        const char *found = strchr(escaped, *c);
        if (found) {
            eco_str_add_char(str, '\\');
            eco_str_add_char(str, letters[found - escaped]);
        } else if ((unsigned char)*c < ' ' || *c == 0x7f) {
            /* A control character without a letter of its own. */
            eco_str_addf(str, "\\u%04x", (unsigned)(unsigned char)*c);
        } else {
            eco_str_add_char(str, *c);
        }
    }
    eco_str_add_char(str, '"');
}

/* The text that the child reads, of the canonical code: rounding here too means that no caller
 * can write two texts for one point. */
static void add_value(eco_str *str, const ecopt_param *param, double code, bool is_quoted)
{
    char number[ECO_DOUBLE_TEXT_B];
    double x = eco_space_round(param, code);
    const char *text = number;
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
        eco_format_double(x, number);
        break;
    case ECOPT_PARAM_INT:
        /* All digits: programs that read an int do not know 1e+06. */
        (void)snprintf(number, sizeof number, "%.0f", x);
        break;
    case ECOPT_PARAM_BOOL:
        text = x != 0 ? "true" : "false";
        break;
    case ECOPT_PARAM_CHOICE:
    case ECOPT_PARAM_FIXED:
        text = param->values[(size_t)x].text;
        break;
    }
    if (is_quoted && !is_plain(text))
        add_json(str, text);
    else
        eco_str_add(str, text);
}

/* Without quotes: this is what goes into the child's command line, whole, as one argument that
 * no shell will split. */
ecopt_status ecopt_space_value_text(ecopt_ctx *ctx, const ecopt_space *space, size_t i, double code,
                                    char **ret_text)
{
    if (!space || i >= space->n || !ret_text)
        return eco_fail(ctx, ECOPT_E_ARG, "there is no parameter %zu", i);
    eco_str str = ECO_STR_INIT(ctx);
    add_value(&str, &space->params[i], code, false);
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

/* Every parameter is named, also those that are pinned, so that a text reads back without
 * knowing conditions. */
ecopt_status ecopt_space_point_text(ecopt_ctx *ctx, const ecopt_space *space, const double *x,
                                    char **ret_text)
{
    if (!space || !x || !ret_text)
        return eco_fail(ctx, ECOPT_E_ARG, "a point's text needs a space and a point");
    eco_str str = ECO_STR_INIT(ctx);
    for (size_t i = 0; i < space->n; i++) {
        eco_str_addf(&str, "%s%s=", i > 0 ? " " : "", space->params[i].name);
        add_value(&str, &space->params[i], x[i], true);
    }
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

/* ---- reading ---- */

/* A walk through the text, which ends with NUL; `word` is reused for names and values in turn. */
typedef struct reader {
    ecopt_ctx *ctx;
    const char *next;
    eco_str word; /* the name or value read last */
} reader;

/* strchr finds the terminating NUL too; that is no blank. */
static bool is_blank(char c)
{
    return c != '\0' && strchr(" \t\r\n", c);
}

/* Both cases of the digits in one string, 16 apart. */
static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) % 16 : -1;
}

/* \uXXXX to UTF-8; halves of surrogate pairs are not joined but refused.  add_json writes only
 * control characters so; the rest is for people. */
static ecopt_status read_unicode(reader *r)
{
    unsigned point = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(r->next[0]);
        if (digit < 0)
            return eco_fail(r->ctx, ECOPT_E_PARSE, "\\u needs four hexadecimal digits");
        point = point * 16 + (unsigned)digit;
        r->next++;
    }
    /* NUL would end the text early, and half a surrogate pair is no character. */
    if (point == 0 || (point >= 0xd800 && point < 0xe000))
        return eco_fail(r->ctx, ECOPT_E_PARSE, "\\u%04x is not a character", point);
    if (point < 0x80) {
        eco_str_add_char(&r->word, (char)point);
    } else if (point < 0x800) {
        eco_str_add_char(&r->word, (char)(0xc0 | point >> 6));
        eco_str_add_char(&r->word, (char)(0x80 | (point & 0x3f)));
    } else {
        eco_str_add_char(&r->word, (char)(0xe0 | point >> 12));
        eco_str_add_char(&r->word, (char)(0x80 | (point >> 6 & 0x3f)));
        eco_str_add_char(&r->word, (char)(0x80 | (point & 0x3f)));
    }
    return ECOPT_OK;
}

/* Reads what add_json writes, and what a person may write instead: \/ and \u. */
static ecopt_status read_json(reader *r)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char escaped[] = "\"\\/\b\f\n\r\t";
    r->next++;
    while (*r->next != '"') {
        char c = *r->next++;
        if (c == '\0')
            return eco_fail(r->ctx, ECOPT_E_PARSE, "a quoted value is not closed");
        if (c != '\\') {
            eco_str_add_char(&r->word, c);
            continue;
        }
        c = *r->next++;
        const char *found = c ? strchr(letters, c) : NULL;
        if (found)
            eco_str_add_char(&r->word, escaped[found - letters]);
        else if (c == 'u')
            ECO_TRY(read_unicode(r));
        else
            return eco_fail(r->ctx, ECOPT_E_PARSE, "a quoted value has a bad escape");
    }
    r->next++;
    /* "a"b=1 would be two words to one reader and one to another. */
    if (*r->next != '\0' && !is_blank(*r->next))
        return eco_fail(r->ctx, ECOPT_E_PARSE, "a blank is missing behind a quoted value");
    return ECOPT_OK;
}

/* name= up to the equals sign.  Names hold neither blanks nor '=', so no quotes are needed. */
static ecopt_status read_name(reader *r, const ecopt_space *space, size_t *ret_i)
{
    size_t length = strcspn(r->next, "= \t\r\n");
    eco_str_clear(&r->word);
    eco_str_add_bytes(&r->word, r->next, length);
    ECO_TRY(eco_str_status(&r->word));
    /* A word without a name, or a value whose name was forgotten. */
    if (r->next[length] != '=' || length == 0)
        return eco_fail(r->ctx, ECOPT_E_PARSE, "'%s' is not name=value", eco_str_text(&r->word));
    r->next += length + 1;
    size_t i = ecopt_space_find(space, eco_str_text(&r->word));
    if (i == space->n) {
        /* Enough to suggest from; a space with more parameters gets a hint from its first 256. */
        const char *names[256] = {NULL};
        size_t n = space->n < ECO_LEN(names) ? space->n : ECO_LEN(names);
        for (size_t k = 0; k < n; k++)
            names[k] = space->params[k].name;
        const char *closest = eco_closest_word(eco_str_text(&r->word), names, n);
        ecopt_status status =
            eco_fail(r->ctx, ECOPT_E_NAME, "there is no parameter '%s'", eco_str_text(&r->word));
        return closest ? eco_hint(r->ctx, status, "did you mean '%s'?", closest) : status;
    }
    *ret_i = i;
    return ECOPT_OK;
}

/* A JSON string, or all up to the next blank; an empty value is an empty text, refused or taken
 * by the parameter's type. */
static ecopt_status read_value(reader *r)
{
    eco_str_clear(&r->word);
    if (*r->next == '"') {
        ECO_TRY(read_json(r));
    } else {
        size_t length = strcspn(r->next, " \t\r\n");
        eco_str_add_bytes(&r->word, r->next, length);
        r->next += length;
    }
    return eco_str_status(&r->word);
}

/* By text first: "1e3" and "1000" may be two values of one choice.  By number only then, so that
 * a person need not remember the spelling. */
static ecopt_status parse_choice(ecopt_ctx *ctx, const ecopt_param *param, const char *text,
                                 double *ret_code)
{
    double number;
    bool is_number = eco_parse_double(text, &number);
    for (size_t i = 0; i < param->n_values; i++)
        if (strcmp(param->values[i].text, text) == 0) {
            *ret_code = (double)i;
            return ECOPT_OK;
        }
    /* 0.10 for a value written 0.1: the same number is meant. */
    for (size_t i = 0; i < param->n_values && is_number; i++)
        if (param->values[i].number == number && param->values[i].type != ECOPT_VALUE_BOOL) {
            *ret_code = (double)i;
            return ECOPT_OK;
        }
    return eco_fail(ctx, ECOPT_E_RANGE, "%s: '%s' is not one of the values", param->name, text);
}

/* A float or int within its range; 16.0 is an int, 16.5 is none.  Out of range is an error, not
 * clamped: who types a point wants that point. */
static ecopt_status parse_number(ecopt_ctx *ctx, const ecopt_param *param, const char *text,
                                 double *ret_code)
{
    double value;
    if (!eco_parse_double(text, &value))
        return eco_fail(ctx, ECOPT_E_PARSE, "%s: '%s' is not a number", param->name, text);
    if (param->type == ECOPT_PARAM_INT && floor(value) != value)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: '%s' is not a whole number", param->name, text);
    if (value < param->min || value > param->max) {
        char low[ECO_DOUBLE_TEXT_B], high[ECO_DOUBLE_TEXT_B];
        eco_format_double(param->min, low);
        eco_format_double(param->max, high);
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: %s is outside %s to %s", param->name, text, low,
                        high);
    }
    *ret_code = value;
    return ECOPT_OK;
}

/* The code of a text; rounding to canonical codes comes afterwards for the whole point.  Truth
 * values have one spelling here, the one that is written. */
ecopt_status eco_space_parse_value(ecopt_ctx *ctx, const ecopt_param *param, const char *text,
                                   double *ret_code)
{
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
    case ECOPT_PARAM_INT:
        return parse_number(ctx, param, text, ret_code);
    case ECOPT_PARAM_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return eco_fail(ctx, ECOPT_E_PARSE, "%s: '%s' is neither true nor false", param->name,
                            text);
        *ret_code = strcmp(text, "true") == 0;
        return ECOPT_OK;
    case ECOPT_PARAM_CHOICE:
    case ECOPT_PARAM_FIXED:
        break;
    }
    return parse_choice(ctx, param, text, ret_code);
}

/* All pairs, then what was left out: the default, the pin of an inactive parameter, an error.
 * The gaps are filled in order, because a condition reads the parameters before it. */
static ecopt_status read_point(reader *r, const ecopt_space *space, double *x)
{
    /* NaN marks what was not given: no code is NaN. */
    for (size_t i = 0; i < space->n; i++)
        x[i] = NAN;
    for (;;) {
        size_t i = 0;
        while (is_blank(*r->next))
            r->next++;
        if (*r->next == '\0')
            break;
        ECO_TRY(read_name(r, space, &i));
        ECO_TRY(read_value(r));
        /* A name given twice: which one was meant cannot be told. */
        if (!isnan(x[i]))
            return eco_fail(r->ctx, ECOPT_E_PARSE, "%s is given twice", space->params[i].name);
        ECO_TRY(eco_space_parse_value(r->ctx, &space->params[i], eco_str_text(&r->word), &x[i]));
    }
    for (size_t i = 0; i < space->n; i++) {
        const ecopt_param *param = &space->params[i];
        if (!isnan(x[i]))
            continue;
        /* Also of an inactive parameter, whose pin is the same default. */
        if (param->has_default)
            x[i] = param->default_code;
        /* A value that cannot be chosen, or that has no effect here, need not be given. */
        else if (!eco_space_varies(param) || !eco_space_is_active(space, x, i))
            x[i] = space->pinned[i];
        else
            return eco_fail(r->ctx, ECOPT_E_PARSE, "%s has no value and no default", param->name);
    }
    return ECOPT_OK;
}

/* Range first, constraints last: a value out of range makes the constraint's verdict
 * meaningless. */
ecopt_status ecopt_space_parse_point(ecopt_ctx *ctx, const ecopt_space *space, const char *text,
                                     double *ret_x)
{
    if (!space || !text || !ret_x)
        return eco_fail(ctx, ECOPT_E_ARG, "reading a point needs a space and a text");
    /* Aside, so that the caller's point is whole or untouched. */
    double *x = eco_alloc(ctx, space->n, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    reader r = {ctx, text, ECO_STR_INIT(ctx)};
    ecopt_status status = read_point(&r, space, x);
    if (status == ECOPT_OK)
        eco_space_canonical(space, x);
    /* Asked of the canonical point: that is what would be tried and stored. */
    for (size_t i = 0; i < space->n_constraints && status == ECOPT_OK; i++)
        if (!eco_expr_holds(space->constraints[i], x))
            status = eco_fail(ctx, ECOPT_E_RANGE, "the constraint %s does not hold",
                              space->constraint_texts[i]);
    if (status == ECOPT_OK && !eco_space_is_allowed(space, x)) {
        status = eco_fail(ctx, ECOPT_E_RANGE, "the point is not one of the %zu candidates",
                          space->list.n);
        status = eco_hint(ctx, status, "take a row of the list, or add one to the file");
    }
    if (status == ECOPT_OK)
        memcpy(ret_x, x, space->n * sizeof *x);
    eco_str_release(&r.word);
    eco_free(ctx, x);
    return status;
}
