/*
 * Which objectives are modelled by the logarithm of their cost.
 *
 * Energies and times are positive and often span decades: a Gaussian process then fits ln y far
 * better than y.  What is improved stays the hypervolume in units of cost (acq/acq.h takes
 * log-normal outcomes exactly), so this is a property of the model alone and may differ from one
 * suggestion to the next.  An objective with `scale: log` is a logarithm already and stays as it
 * is.
 *
 * No state: the choice depends on the arguments alone.
 */
#ifndef ECO_SAMPLER_TRANSFORM_H
#define ECO_SAMPLER_TRANSFORM_H

#include "gp/gp.h"
#include "sampler/sampler.h"

/** What the choice is made from; all borrowed. */
typedef struct eco_transform_data {
    const eco_problem *problem;
    const eco_history *history; /* trials that are not complete are left out */
    size_t objective;
    size_t d;
    const double *features; /* history.n x d */
    const double *value;    /* history.n costs, NaN = none */
    const double *se;       /* history.n */
    double reference;       /* cost of the reference point; <= 0: no logarithm */
    eco_gp_options options; /* of the model that is to be made */
} eco_transform_data;

/**
 * Chooses: the logarithm if all costs are positive and the setting says so, or, left to itself, if
 * they are at least 8, the largest is 3 times the smallest, and the log posterior density of the
 * costs (the logarithm's by change of variables, - sum ln y) exceeds the plain one's clearly.  Up
 * to 32 rows evenly taken are compared.
 *
 * @param[out] ret_is_log  unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM; models that cannot be fitted are no failure: plain then
 */
ECOPT_NODROP ecopt_status eco_transform_choose(ecopt_ctx *ctx, const eco_transform_data *data,
                                               bool *ret_is_log);

/** Turns n costs > 0 (NaN = none) and their standard errors into those of the logarithm. */
void eco_transform_apply(size_t n, double *value, double *se);

#endif
