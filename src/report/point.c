/*
 * Splits the text form of a point.
 *
 * The grammar is that of ecopt_space_point_text: name '=' value, one blank between; a value is a
 * JSON string or a run without blanks.
 *
 * A reader of its own, so that reports need no space: a study whose definition changed can still
 * be shown with the points of its earlier revisions.
 */
#include "report/point.h"

#include <jansson.h>
#include <string.h>

/* End of a value that starts at `text`: the closing quote of a JSON string, or the next blank. */
static const char *value_end(const char *text)
{
    if (*text != '"')
        return text + strcspn(text, " ");
    for (const char *c = text + 1; *c; c++) {
        if (*c == '\\' && c[1])
            c++;
        else if (*c == '"')
            return c + 1;
    }
    return NULL;
}

/* Undoes the quotes; a bare value is copied. */
static ecopt_status read_value(ecopt_ctx *ctx, const char *text, size_t n, char **ret_value)
{
    char *value = NULL;
    if (*text != '"') {
        value = eco_strndup(ctx, text, n);
    } else {
        json_error_t error;
        json_t *json = json_loadb(text, n, JSON_DECODE_ANY, &error);
        if (!json)
            return eco_fail(ctx, ECOPT_E_PARSE, "broken text in a point: %s", error.text);
        value = eco_strdup(ctx, json_string_value(json));
        json_decref(json);
    }
    if (!value)
        return ECOPT_E_NOMEM;
    *ret_value = value;
    return ECOPT_OK;
}

/* Room for one more pair; the new entries are NULL, so a release at any moment is safe. */
static ecopt_status grow(ecopt_ctx *ctx, eco_pairs *pairs)
{
    char **names = eco_realloc(ctx, pairs->names, pairs->n + 1, sizeof *names);
    if (!names)
        return ECOPT_E_NOMEM;
    pairs->names = names;
    char **values = eco_realloc(ctx, pairs->values, pairs->n + 1, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    pairs->values = values;
    pairs->n++;
    return ECOPT_OK;
}

/*
 * One NAME=VALUE. What follows a value must be a blank or the end: `a="x"y` is not two texts, it
 * is a broken one.
 */
static ecopt_status parse_pair(ecopt_ctx *ctx, const char **cursor, eco_pairs *pairs)
{
    const char *name = *cursor;
    size_t length = strcspn(name, "= ");
    const char *value = name + length + 1;
    const char *end = name[length] == '=' ? value_end(value) : NULL;
    if (length == 0 || !end || (*end && *end != ' '))
        return eco_fail(ctx, ECOPT_E_PARSE, "broken point near '%.40s'", name);
    ECO_TRY(grow(ctx, pairs));
    pairs->names[pairs->n - 1] = eco_strndup(ctx, name, length);
    if (!pairs->names[pairs->n - 1])
        return ECOPT_E_NOMEM;
    *cursor = end;
    return read_value(ctx, value, (size_t)(end - value), &pairs->values[pairs->n - 1]);
}

ecopt_status eco_pairs_parse(ecopt_ctx *ctx, const char *text, eco_pairs *ret_pairs)
{
    eco_pairs pairs = {0};
    const char *cursor = text ? text : "";
    ecopt_status status = ECOPT_OK;
    for (cursor += strspn(cursor, " "); status == ECOPT_OK && *cursor;
         cursor += strspn(cursor, " "))
        status = parse_pair(ctx, &cursor, &pairs);
    if (status == ECOPT_OK)
        *ret_pairs = pairs;
    else
        eco_pairs_release(ctx, &pairs);
    return status;
}

void eco_pairs_release(ecopt_ctx *ctx, eco_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        eco_free(ctx, pairs->names[i]);
        eco_free(ctx, pairs->values[i]);
    }
    eco_free(ctx, pairs->names);
    eco_free(ctx, pairs->values);
    memset(pairs, 0, sizeof *pairs);
}

const char *eco_pairs_value(const eco_pairs *pairs, const char *name, size_t hint)
{
    for (size_t i = 0; i < pairs->n; i++) {
        size_t k = (hint + i) % pairs->n;
        if (strcmp(pairs->names[k], name) == 0)
            return pairs->values[k];
    }
    return NULL;
}
