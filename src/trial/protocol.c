#include "trial/protocol.h"

#include "core/str.h"
#include "trial/quote.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* What NaN and Infinity are turned into before parsing: a string that no program prints. */
#define NOT_FINITE "\x7f"

static const char tag[] = "[ecopt]";
static const char u95_suffix[] = "_u95";

/*
 * The tag must be the first thing in the line.  A log that quotes another trial's output, indented
 * or with a time in front, then reports nothing by accident.
 */
size_t eco_protocol_tag(const char *line, size_t n)
{
    size_t length = sizeof tag - 1;
    if (n <= length || memcmp(line, tag, length) != 0 || !strchr(" \t{", line[length]))
        return 0;
    /* strchr also finds the NUL. */
    return line[length] ? length : 0;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of a not-finite number at text, sign included, or 0. */
/*
 * The spellings of Python's json and float, C's printf, JavaScript and R.  Longer words that begin
 * in the same way ("nano", "information") are left to the parser, which refuses them.
 */
static size_t not_finite_length(const char *text, size_t n)
{
    static const char *const words[] = {"NaN", "nan", "NAN", "Infinity", "inf", "Inf", "INF"};
    size_t sign = text[0] == '-' || text[0] == '+';
    for (size_t i = 0; i < ECO_LEN(words); i++) {
        size_t length = sign + strlen(words[i]);
        if (length <= n && memcmp(text + sign, words[i], length - sign) == 0 &&
            (length == n || !is_word(text[length])))
            return length;
    }
    return 0;
}

/*
 * Overwrites NaN and Infinity outside of strings by strings of the same length, so that lines and
 * columns of messages stay true.  The text need not be JSON at all.
 */
static void tame_numbers(char *text, size_t n)
{
    bool is_inside = false;
    for (size_t i = 0; i < n; i++) {
        if (is_inside && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            is_inside = !is_inside;
        } else if (!is_inside && (i == 0 || !is_word(text[i - 1]))) {
            size_t length = not_finite_length(text + i, n - i);
            if (length == 0)
                continue;
            memset(text + i, ' ', length);
            memcpy(text + i, "\"" NOT_FINITE "\"", 3);
            i += length - 1;
        }
    }
}

/* Parses a copy.  NULL: *ret_status says NOMEM or PARSE, the cause is in *error. */
/*
 * A copy, as the text is changed in place; at most 64 KiB for a line and 16 MiB for a file. Numbers
 * are read as reals: an integer of 30 digits is a metric like any other, not an overflow.
 */
static json_t *parse(ecopt_ctx *ctx, const char *text, size_t n, json_error_t *error,
                     ecopt_status *ret_status)
{
    char *copy = eco_alloc(ctx, n + 1, 1);
    if (!copy) {
        *ret_status = ECOPT_E_NOMEM;
        return NULL;
    }
    if (n > 0)
        memcpy(copy, text, n);
    tame_numbers(copy, n);
    json_t *root = json_loadb(copy, n, JSON_DECODE_INT_AS_REAL, error);
    eco_free(ctx, copy);
    *ret_status = root                                                 ? ECOPT_OK
                  : json_error_code(error) == json_error_out_of_memory ? ECOPT_E_NOMEM
                                                                       : ECOPT_E_PARSE;
    return root;
}

/* Number of a value, NaN when not finite.  Returns false when it is no number. */
/*
 * Numbers in quotes are not taken.  They mostly come from a format string that went wrong, and to
 * guess would hide it.
 */
static bool number_of(const json_t *value, double *ret_value)
{
    if (json_is_real(value)) {
        *ret_value = json_real_value(value);
        return true;
    }
    if (json_is_string(value) && strcmp(json_string_value(value), NOT_FINITE) == 0) {
        *ret_value = (double)NAN;
        return true;
    }
    return false;
}

/* How a value that is no number is quoted. */
static ecopt_status describe(ecopt_ctx *ctx, const json_t *value, char **ret_text)
{
    eco_str out = ECO_STR_INIT(ctx);
    if (json_is_string(value)) {
        eco_str_add_char(&out, '"');
        eco_quote(&out, json_string_value(value), json_string_length(value), 60);
        eco_str_add_char(&out, '"');
    } else {
        eco_str_add(&out, json_is_true(value)    ? "true"
                          : json_is_false(value) ? "false"
                          : json_is_null(value)  ? "null"
                          : json_is_array(value) ? "an array"
                                                 : "an object");
    }
    ecopt_status status = eco_str_take(&out, ret_text);
    eco_str_release(&out);
    return status;
}

/* True when key is "x_u95" and the object has x. */
/* Only beside its base: a program may well have a metric of its own that ends in "_u95". */
static bool is_uncertainty(const json_t *object, const char *key)
{
    char base[ECO_POOL_NAME_MAX_B + 1];
    size_t n = strlen(key), suffix = sizeof u95_suffix - 1;
    if (n <= suffix || n - suffix > ECO_POOL_NAME_MAX_B ||
        strcmp(key + n - suffix, u95_suffix) != 0)
        return false;
    memcpy(base, key, n - suffix);
    base[n - suffix] = '\0';
    return json_object_get(object, base) != NULL;
}

static double uncertainty_of(const json_t *object, const char *key)
{
    char name[ECO_POOL_NAME_MAX_B + sizeof u95_suffix];
    double value = (double)NAN;
    size_t n = strlen(key);
    if (n > ECO_POOL_NAME_MAX_B)
        return value;
    memcpy(name, key, n);
    memcpy(name + n, u95_suffix, sizeof u95_suffix);
    const json_t *found = json_object_get(object, name);
    return found && number_of(found, &value) ? value : (double)NAN;
}

static ecopt_status take_object(eco_pool *pool, size_t phase, const json_t *object,
                                const char *prefix, int depth);

/* One member under its full name. */
static ecopt_status take_member(eco_pool *pool, size_t phase, const json_t *object, const char *key,
                                const char *name, int depth)
{
    const json_t *value = json_object_get(object, key);
    double number = (double)NAN;
    if (json_is_object(value))
        return take_object(pool, phase, value, name, depth + 1);
    if (number_of(value, &number))
        return eco_pool_set(pool, phase, name, number, uncertainty_of(object, key), NULL);
    char *text = NULL;
    ECO_TRY(describe(pool->ctx, value, &text));
    ecopt_status status = eco_pool_set(pool, phase, name, number, number, text);
    eco_free(pool->ctx, text);
    return status;
}

/*
 * By recursion, at most ECO_JSON_DEPTH_MAX deep, which jansson's own limit of 2048 would not ensure
 * for small stacks.  "step" and "phase" are reserved at the top only; deeper they are names.
 */
static ecopt_status take_object(eco_pool *pool, size_t phase, const json_t *object,
                                const char *prefix, int depth)
{
    const char *key;
    json_t *value;
    if (depth > ECO_JSON_DEPTH_MAX) {
        eco_pool_note(pool, "objects nested deeper than %d are ignored", ECO_JSON_DEPTH_MAX);
        return ECOPT_OK;
    }
    /* jansson's macro wants a non-const object and changes nothing. */
    union {
        const json_t *in;
        json_t *out;
    } same = {.in = object};
    json_object_foreach(same.out, key, value)
    {
        bool is_reserved = depth == 1 && (strcmp(key, "step") == 0 || strcmp(key, "phase") == 0);
        if (is_reserved || is_uncertainty(object, key))
            continue;
        size_t prefix_b = prefix[0] ? strlen(prefix) + 1 : 0;
        if (prefix_b + strlen(key) > ECO_POOL_NAME_MAX_B) {
            eco_pool_note(pool, "a metric's name of more than %d bytes is ignored",
                          ECO_POOL_NAME_MAX_B);
            continue;
        }
        char *name =
            prefix[0] ? eco_asprintf(pool->ctx, "%s.%s", prefix, key) : eco_strdup(pool->ctx, key);
        if (!name)
            return ECOPT_E_NOMEM;
        ecopt_status status = take_member(pool, phase, object, key, name, depth);
        eco_free(pool->ctx, name);
        ECO_TRY(status);
    }
    return ECOPT_OK;
}

/* Largest whole number that every double up to it can tell from its neighbours. */
#define STEP_MAX 9007199254740992.0

/* A step that cannot be understood leaves the values without one, which is what they were before
 * steps were known. */
static void take_step(eco_pool *pool, const json_t *object)
{
    const json_t *value = json_object_get(object, "step");
    double number = -1;
    pool->has_step = false;
    pool->step = 0;
    if (!value)
        return;
    if (!number_of(value, &number) || !(number >= 0) || number > STEP_MAX ||
        number != floor(number)) {
        eco_pool_note(pool, "a step is ignored: it is no whole number from 0");
        return;
    }
    pool->has_step = true;
    pool->step = (int64_t)number;
}

/* The parser's words may quote the input. */
static ecopt_status quote_error(ecopt_ctx *ctx, const json_error_t *error, char **ret_text)
{
    eco_str out = ECO_STR_INIT(ctx);
    eco_quote(&out, error->text, strlen(error->text), 120);
    ecopt_status status = eco_str_take(&out, ret_text);
    eco_str_release(&out);
    return status;
}

/*
 * A broken line is noted and skipped: training goes on for hours after it, and a program that is
 * killed in the middle of a write leaves exactly one.  A broken result file is a failure (below),
 * because it is written once and on purpose.
 */
ecopt_status eco_protocol_line(eco_pool *pool, size_t phase, const char *text, size_t n)
{
    json_error_t error;
    ecopt_status status;
    json_t *root = parse(pool->ctx, text, n, &error, &status);
    pool->has_step = false;
    if (status == ECOPT_E_PARSE) {
        char *cause = NULL;
        ECO_TRY(quote_error(pool->ctx, &error, &cause));
        eco_pool_note(pool, "a reported line is ignored: %s", cause);
        eco_free(pool->ctx, cause);
        return ECOPT_OK;
    }
    if (status == ECOPT_OK && json_is_object(root)) {
        take_step(pool, root);
        status = take_object(pool, phase, root, "", 1);
    } else if (status == ECOPT_OK)
        eco_pool_note(pool, "a reported line is ignored: it is no JSON object");
    json_decref(root);
    return status;
}

ecopt_status eco_protocol_log(eco_pool *pool, size_t phase, const char *text, size_t n)
{
    while (n > 0) {
        const char *newline = memchr(text, '\n', n);
        size_t part = newline ? (size_t)(newline - text) : n;
        if (part > 0)
            ECO_TRY(eco_protocol_line(pool, phase, text, part));
        text += part + (newline != NULL);
        n -= part + (newline != NULL);
    }
    return ECOPT_OK;
}

/* Line and column are jansson's, true for the original text as taming keeps lengths. */
static ecopt_status fail_document(ecopt_ctx *ctx, const char *path, const json_error_t *error)
{
    char *cause = NULL;
    ECO_TRY(quote_error(ctx, error, &cause));
    ecopt_status status = eco_fail(ctx, ECOPT_E_PARSE, "'%s' line %d column %d: %s", path,
                                   error->line, error->column, cause);
    eco_free(ctx, cause);
    return status;
}

static bool is_blank(const char *text, size_t n)
{
    while (n > 0 && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r'))
        text++, n--;
    return n == 0;
}

static ecopt_status parse_document(ecopt_ctx *ctx, const char *path, const char *text, size_t n,
                                   json_t **ret_root)
{
    json_error_t error;
    ecopt_status status;
    if (is_blank(text, n))
        return eco_fail(ctx, ECOPT_E_PARSE, "'%s' is empty", path);
    json_t *root = parse(ctx, text, n, &error, &status);
    if (status == ECOPT_E_PARSE)
        return fail_document(ctx, path, &error);
    if (status == ECOPT_OK)
        *ret_root = root;
    return status;
}

ecopt_status eco_protocol_result(eco_pool *pool, size_t phase, const char *path, const char *text,
                                 size_t n)
{
    json_t *root = NULL;
    /* A result is final, whatever steps came before. */
    pool->has_step = false;
    ECO_TRY(parse_document(pool->ctx, path, text, n, &root));
    ecopt_status status = json_is_object(root)
                              ? take_object(pool, phase, root, "", 1)
                              : eco_fail(pool->ctx, ECOPT_E_PARSE, "'%s' is no JSON object", path);
    json_decref(root);
    return status;
}

/* Decodes one reference token: ~1 is '/', ~0 is '~'.  False when an escape is wrong. */
static bool decode_token(eco_str *out, const char *token, size_t n)
{
    eco_str_clear(out);
    for (size_t i = 0; i < n; i++) {
        if (token[i] != '~') {
            eco_str_add_char(out, token[i]);
            continue;
        }
        if (i + 1 == n || (token[i + 1] != '0' && token[i + 1] != '1'))
            return false;
        eco_str_add_char(out, token[++i] == '0' ? '~' : '/');
    }
    return true;
}

/* Array index without sign and leading zeros (RFC 6901, section 4), or SIZE_MAX. */
static size_t array_index(const char *text)
{
    int64_t index;
    if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1]) ||
        !eco_parse_int(text, &index))
        return SIZE_MAX;
    return (size_t)index;
}

/*
 * RFC 6901, section 4.  Tokens are taken apart first and decoded one by one, so "~1" cannot
 * introduce a separator.  json_object_get and json_array_get give NULL for values of another type,
 * which makes "nothing there" of a path that leads through a number.
 */
static ecopt_status follow_pointer(ecopt_ctx *ctx, const json_t *root, const char *pointer,
                                   const json_t **ret_value)
{
    eco_str token = ECO_STR_INIT(ctx);
    ecopt_status status = ECOPT_OK;
    const json_t *at = root;
    while (at && *pointer && status == ECOPT_OK) {
        size_t n = strcspn(pointer + 1, "/");
        if (*pointer != '/' || !decode_token(&token, pointer + 1, n)) {
            status = eco_fail(ctx, ECOPT_E_PARSE, "'%s' is no JSON pointer", pointer);
            break;
        }
        at = json_is_array(at) ? json_array_get(at, array_index(eco_str_text(&token)))
                               : json_object_get(at, eco_str_text(&token));
        pointer += n + 1;
        status = eco_str_status(&token);
    }
    eco_str_release(&token);
    if (status == ECOPT_OK)
        *ret_value = at;
    return status;
}

/* Absent, not a number, and unreadable are three statuses, as they need three different cures. */
ecopt_status eco_protocol_pointer(ecopt_ctx *ctx, const char *path, const char *text, size_t n,
                                  const char *pointer, double *ret_value)
{
    json_t *root = NULL;
    const json_t *value = NULL;
    double number;
    ECO_TRY(parse_document(ctx, path, text, n, &root));
    ecopt_status status = follow_pointer(ctx, root, pointer, &value);
    if (status == ECOPT_OK && !value)
        status = eco_fail(ctx, ECOPT_E_NOT_FOUND, "'%s' has nothing at '%s'", path, pointer);
    else if (status == ECOPT_OK && !number_of(value, &number))
        status = eco_fail(ctx, ECOPT_E_RANGE, "'%s' has no number at '%s'", path, pointer);
    else if (status == ECOPT_OK)
        *ret_value = number;
    json_decref(root);
    return status;
}
