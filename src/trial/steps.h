/*
 * Intermediate values of one metric by step, in bounded memory.
 *
 * Steps ascend.  A step that is not above the last one starts over from there: a program that goes
 * back to a checkpoint, or a phase that is run again, replaces what it said before.  Beyond
 * ECO_STEPS_MAX points every other one is left out, again and again; the first and the last are
 * always kept.
 *
 * Owner: the caller; zero-initialise, release with eco_steps_release.
 */
#ifndef ECO_TRIAL_STEPS_H
#define ECO_TRIAL_STEPS_H

#include "core/ctx.h"

#include <ecopt/snapshot.h>

/** Points kept of one metric. */
#define ECO_STEPS_MAX 1000

typedef struct eco_steps {
    size_t n, room;
    ecopt_step_value *points; /* owned */
    int64_t stride;           /* reports per kept point, 0 before the first */
    int64_t n_loose;          /* reports behind the last point on the stride */
} eco_steps;

/**
 * Appends a value.
 *
 * @param[in] step   > 0
 * @param[in] value  finite
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_steps_add(ecopt_ctx *ctx, eco_steps *steps, int64_t step,
                                        double value);

/** Frees the points; the struct is empty then. */
void eco_steps_release(ecopt_ctx *ctx, eco_steps *steps);

#endif
