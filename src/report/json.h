/*
 * JSON documents through jansson: insertion order, 17 significant digits, NaN as null.
 *
 * Values are made by the functions below and handed to eco_json_set or eco_json_append, which take
 * them over.  A failure is remembered, so that a whole document is checked once, by eco_json_take.
 */
#ifndef ECO_REPORT_JSON_H
#define ECO_REPORT_JSON_H

#include "core/ctx.h"
#include "report/point.h"

#include <ecopt/definition.h>
#include <ecopt/meter.h>
#include <ecopt/snapshot.h>
#include <jansson.h>

/** Builder of one document; initialise with {ctx, false}. */
typedef struct eco_json {
    ecopt_ctx *ctx; /* borrowed */
    bool has_failed;
} eco_json;

/** New object or array, owned by the caller until it is set into another. */
json_t *eco_json_object(eco_json *json);
json_t *eco_json_array(eco_json *json);

/** Puts `value` under `key` (cleaned to valid UTF-8); takes `value` over. */
void eco_json_set(eco_json *json, json_t *object, const char *key, json_t *value);

/** Appends `value`; takes it over. */
void eco_json_append(eco_json *json, json_t *array, json_t *value);

/** Shorthands; a NaN, an infinity and a NULL text are null. */
void eco_json_set_number(eco_json *json, json_t *object, const char *key, double value);
void eco_json_set_int(eco_json *json, json_t *object, const char *key, int64_t value);
void eco_json_set_bool(eco_json *json, json_t *object, const char *key, bool value);
void eco_json_set_text(eco_json *json, json_t *object, const char *key, const char *text);

/** A seed: 64 bits do not fit the numbers of many JSON readers, so it is a decimal text. */
void eco_json_set_u64(eco_json *json, json_t *object, const char *key, uint64_t value);

/** {"value": ..., "u95": ...} */
json_t *eco_json_measured(eco_json *json, double value, double u95);

/** Point as an object of typed values; `space` (may be NULL) tells numbers from texts. */
json_t *eco_json_point(eco_json *json, const ecopt_space *space, const char *point);

/** Energy with its label, flags and sources. */
json_t *eco_json_energy(eco_json *json, const ecopt_energy *energy);

/** Names of the flags as an array. */
json_t *eco_json_flags(eco_json *json, unsigned flags);

/**
 * Writes the document and frees `root`, whatever happens.
 *
 * @param[out] ret_text  indented by 2, ends with a line feed; caller frees with ecopt_text_free
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_json_take(eco_json *json, json_t *root, char **ret_text);

#endif
