/*
 * What a metric's name says about its unit.
 *
 * Only the built-in metrics carry a unit ("energy_j", "train.time_s", "evaluate.j_per_sample"); a
 * number that the user's program reports is shown as it is.  Pure functions, no state.
 */
#ifndef ECO_CORE_DIMENSION_H
#define ECO_CORE_DIMENSION_H

#include <stdbool.h>
#include <stddef.h>

/* X(name, last part of the metric's name, unit without prefix) */
#define ECO_DIMENSION_MAP(X)                            \
    X(ENERGY, "energy_j", "J")                          \
    X(TIME, "time_s", "s")                              \
    X(POWER, "power_w", "W")                            \
    X(CARBON, "carbon_g",                               \
      "gCO\xe2\x82\x82"                                 \
      "e")                                              \
    X(ENERGY_PER_SAMPLE, "j_per_sample", "J/sample")    \
    X(SAMPLES_PER_ENERGY, "samples_per_j", "samples/J") \
    X(SAMPLES_PER_TIME, "samples_per_s", "samples/s")   \
    X(COST, "energy_cost", "")

typedef enum eco_dimension {
    ECO_DIMENSION_NONE, /* a number of the user's own */
#define ECO_DIMENSION_ENUM(name, text, unit) ECO_DIMENSION_##name,
    ECO_DIMENSION_MAP(ECO_DIMENSION_ENUM)
#undef ECO_DIMENSION_ENUM
} eco_dimension;

/**
 * Dimension of a metric, e.g. ENERGY_PER_SAMPLE for "evaluate.j_per_sample".
 *
 * @param[in]  metric           name; NULL gives NONE
 * @param[out] ret_phase_length bytes of the phase's name in front of the dot, 0 for a total; may be
 *                              NULL
 */
eco_dimension eco_dimension_of(const char *metric, size_t *ret_phase_length);

/** Unit in text ("J/sample"; "" for NONE).  Static storage. */
const char *eco_dimension_unit(eco_dimension dimension);

/** True when a number of this dimension is made from joules. */
bool eco_dimension_has_energy(eco_dimension dimension);

#endif
