/*
 * Checks a tree against the table of keys: unknown keys, missing keys, wrong types.
 *
 * Call order: eco_field_check on the root, once; from then on eco_field_get hands out only what
 * the table found good, and the readers of quantities cannot fail on such a value.
 *
 * Owner: nothing is allocated but diagnostics, in the report's arena.
 */
#ifndef ECO_CONFIG_FIELD_CHECK_H
#define ECO_CONFIG_FIELD_CHECK_H

#include "config/diagnosis.h"
#include "config/field.h"

/** Reports everything in `node` that `field` does not allow; bad nodes are marked as such. */
void eco_field_check(eco_diagnosis *report, eco_node *node, const eco_field *field);

/**
 * The value of a key that is there and was found good, else NULL: a section treats a wrong value
 * like a missing one, because the wrong one has had its message.  `map` may be NULL.
 */
eco_node *eco_field_get(const eco_node *map, const char *key);

/** A time in seconds: plain number, or number with ms, s, min, h, d, years (of 365.25 days).  False
 * when it is neither. */
bool eco_field_time_s(const eco_node *node, double *ret_time_s);

/** An energy in joules: plain number, or number with uJ, mJ, J, kJ, MJ, Wh, kWh.  False when
 * neither. */
bool eco_field_energy_j(const eco_node *node, double *ret_energy_j);

/** A mass in grams: a number with g, kg, t.  False when it is none, also without a unit. */
bool eco_field_mass_g(const eco_node *node, double *ret_mass_g);

/**
 * A value of a metric, in the metric's unit: plain number, or for a built-in one in joules (also
 * per sample), seconds or grams a number with a unit.  False when neither.
 */
bool eco_field_metric(const eco_node *node, const char *metric, double *ret_value);

/** A size in bytes: plain number, or number with B, kB, MB, GB, TB, KiB, MiB, GiB, TiB.  False when
 * it is neither. */
bool eco_field_size_b(const eco_node *node, double *ret_size_b);

/** A ratio: plain number, or a number with %. */
bool eco_field_ratio(const eco_node *node, double *ret_ratio);

/**
 * JSON schema (draft 2020-12) of the study file, from the same table.
 *
 * @param[out] ret_text  caller frees with eco_free
 */
ECOPT_NODROP ecopt_status eco_field_schema(ecopt_ctx *ctx, const eco_field *field, char **ret_text);

#endif
