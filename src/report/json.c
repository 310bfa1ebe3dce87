/*
 * Thin layer over jansson that remembers failures.
 *
 * jansson steals the reference in its `_new` calls also when they fail, and treats NULL values as
 * an error without freeing anything else: the checks below keep both cases free of leaks.  Its
 * memory is not ours (it has one allocator per process, which a library must not change).
 *
 * Jansson may have been given other allocation functions by the program that embeds us; what it
 * hands out goes back through them. Its own failures are not told apart: a document is whole or it
 * is not there.
 */
#include "report/json.h"

#include "core/str.h"
#include "report/clean.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Round trip of every double; jansson writes the shortest form that %.17g gives. */
#define JSON_DIGITS 17

/* Remembers a failed allocation; the NULL may be passed on, jansson refuses it quietly. */
static json_t *checked(eco_json *json, json_t *value)
{
    if (!value)
        json->has_failed = true;
    return value;
}

json_t *eco_json_object(eco_json *json)
{
    return checked(json, json_object());
}

json_t *eco_json_array(eco_json *json)
{
    return checked(json, json_array());
}

/* jansson refuses invalid UTF-8, so every text goes through the cleaner. */
static json_t *clean_string(eco_json *json, const char *text)
{
    if (!text)
        return checked(json, json_null());
    eco_str str = ECO_STR_INIT(json->ctx);
    eco_clean_add_lines(&str, text);
    json_t *value = eco_str_status(&str) == ECOPT_OK ? json_string(eco_str_text(&str)) : NULL;
    eco_str_release(&str);
    return checked(json, value);
}

/* JSON has neither NaN nor infinity: both are null. */
static json_t *number(eco_json *json, double value)
{
    return checked(json, isfinite(value) ? json_real(value) : json_null());
}

void eco_json_set(eco_json *json, json_t *object, const char *key, json_t *value)
{
    eco_str str = ECO_STR_INIT(json->ctx);
    eco_clean_add(&str, key);
    if (eco_str_status(&str) != ECOPT_OK || !object || !value) {
        json_decref(value);
        json->has_failed = true;
    } else if (json_object_set_new(object, eco_str_text(&str), value) != 0) {
        json->has_failed = true;
    }
    eco_str_release(&str);
}

void eco_json_append(eco_json *json, json_t *array, json_t *value)
{
    if (!array)
        json_decref(value);
    if (!array || !value || json_array_append_new(array, value) != 0)
        json->has_failed = true;
}

void eco_json_set_number(eco_json *json, json_t *object, const char *key, double value)
{
    eco_json_set(json, object, key, number(json, value));
}

void eco_json_set_int(eco_json *json, json_t *object, const char *key, int64_t value)
{
    eco_json_set(json, object, key, checked(json, json_integer((json_int_t)value)));
}

void eco_json_set_bool(eco_json *json, json_t *object, const char *key, bool value)
{
    eco_json_set(json, object, key, checked(json, json_boolean(value)));
}

void eco_json_set_text(eco_json *json, json_t *object, const char *key, const char *text)
{
    eco_json_set(json, object, key, clean_string(json, text));
}

void eco_json_set_u64(eco_json *json, json_t *object, const char *key, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    eco_json_set_text(json, object, key, text);
}

json_t *eco_json_measured(eco_json *json, double value, double u95)
{
    json_t *pair = eco_json_object(json);
    eco_json_set_number(json, pair, "value", value);
    eco_json_set_number(json, pair, "u95", u95);
    return pair;
}

/* Is this text of parameter i a number, a truth value or a word? */
static ecopt_value_type value_type(const ecopt_param *param, const char *text)
{
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
        return ECOPT_VALUE_FLOAT;
    case ECOPT_PARAM_INT:
        return ECOPT_VALUE_INT;
    case ECOPT_PARAM_BOOL:
        return ECOPT_VALUE_BOOL;
    case ECOPT_PARAM_CHOICE:
    case ECOPT_PARAM_FIXED:
        break;
    }
    for (size_t i = 0; i < param->n_values; i++)
        if (strcmp(param->values[i].text, text) == 0)
            return param->values[i].type;
    return ECOPT_VALUE_STRING;
}

/* A value of a point as its parameter's type; a text when it does not read as that. */
static json_t *typed_value(eco_json *json, const ecopt_space *space, const char *name,
                           const char *text)
{
    size_t i = space ? ecopt_space_find(space, name) : 0;
    const ecopt_param *param = space ? ecopt_space_param(space, i) : NULL;
    ecopt_value_type type = param ? value_type(param, text) : ECOPT_VALUE_STRING;
    double real = 0;
    int64_t whole = 0;
    if (type == ECOPT_VALUE_INT && eco_parse_int(text, &whole))
        return checked(json, json_integer((json_int_t)whole));
    if ((type == ECOPT_VALUE_FLOAT || type == ECOPT_VALUE_INT) && eco_parse_double(text, &real))
        return number(json, real);
    if (type == ECOPT_VALUE_BOOL && strcmp(text, "true") == 0)
        return checked(json, json_true());
    if (type == ECOPT_VALUE_BOOL && strcmp(text, "false") == 0)
        return checked(json, json_false());
    return clean_string(json, text);
}

json_t *eco_json_point(eco_json *json, const ecopt_space *space, const char *point)
{
    eco_pairs pairs = {0};
    ecopt_status status = eco_pairs_parse(json->ctx, point, &pairs);
    if (status == ECOPT_E_NOMEM)
        json->has_failed = true;
    /* A point that does not split is shown as it was stored: nothing is hidden. */
    if (status != ECOPT_OK)
        return clean_string(json, point);
    json_t *object = eco_json_object(json);
    for (size_t i = 0; i < pairs.n; i++)
        eco_json_set(json, object, pairs.names[i],
                     typed_value(json, space, pairs.names[i], pairs.values[i]));
    eco_pairs_release(json->ctx, &pairs);
    return object;
}

json_t *eco_json_flags(eco_json *json, unsigned flags)
{
    json_t *array = eco_json_array(json);
    for (unsigned bit = 0; bit < ECOPT_FLAG_COUNT; bit++)
        if (flags & 1u << bit)
            eco_json_append(json, array, clean_string(json, ecopt_flag_name(1u << bit)));
    return array;
}

/* What one source contributed. */
static json_t *source_energy(eco_json *json, const ecopt_source_energy *source)
{
    char name[sizeof source->name + 1];
    json_t *object = eco_json_object(json);
    /* A fixed field of another module: never trust that it is terminated. */
    memcpy(name, source->name, sizeof source->name);
    name[sizeof source->name] = '\0';
    eco_json_set_text(json, object, "name", name);
    eco_json_set_number(json, object, "energy_j", source->energy_j);
    eco_json_set_number(json, object, "u95_j", source->u95_j);
    eco_json_set_number(json, object, "gain_lo", source->gain_lo);
    eco_json_set_number(json, object, "gain_hi", source->gain_hi);
    eco_json_set_number(json, object, "gap_s", source->gap_s);
    eco_json_set_text(json, object, "quality", ecopt_quality_name(source->quality));
    eco_json_set(json, object, "flags", eco_json_flags(json, source->flags));
    eco_json_set_bool(json, object, "is_counted", source->is_counted);
    return object;
}

json_t *eco_json_energy(eco_json *json, const ecopt_energy *energy)
{
    json_t *object = eco_json_object(json);
    json_t *sources = eco_json_array(json);
    eco_json_set_number(json, object, "energy_j", energy->energy_j);
    eco_json_set_number(json, object, "u95_j", energy->u95_j);
    eco_json_set_number(json, object, "gain_lo", energy->gain_lo);
    eco_json_set_number(json, object, "gain_hi", energy->gain_hi);
    eco_json_set_text(json, object, "quality", ecopt_quality_name(energy->quality));
    eco_json_set_number(json, object, "time_s", energy->time_s);
    eco_json_set_number(json, object, "power_w", energy->energy_j / energy->time_s);
    eco_json_set_number(json, object, "gap_s", energy->gap_s);
    eco_json_set_number(json, object, "coverage_ratio", energy->coverage_ratio);
    eco_json_set_number(json, object, "cpu_s", energy->cpu_s);
    eco_json_set(json, object, "flags", eco_json_flags(json, energy->flags));
    for (size_t i = 0; i < energy->n_sources && i < ECOPT_METER_SOURCES_MAX; i++)
        eco_json_append(json, sources, source_energy(json, &energy->sources[i]));
    eco_json_set(json, object, "sources", sources);
    return object;
}

ecopt_status eco_json_take(eco_json *json, json_t *root, char **ret_text)
{
    char *dump = NULL;
    json_malloc_t take = NULL;
    json_free_t give_back = NULL;
    eco_str str = ECO_STR_INIT(json->ctx);
    if (!json->has_failed && root)
        dump = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(JSON_DIGITS));
    json_decref(root);
    if (!dump)
        return eco_fail(json->ctx, ECOPT_E_NOMEM, "no memory for a JSON document");
    eco_str_add(&str, dump);
    eco_str_add_char(&str, '\n');
    /* Whoever embeds us may have given jansson another allocator. */
    json_get_alloc_funcs(&take, &give_back);
    give_back(dump);
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}
