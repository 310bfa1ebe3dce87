/*
 * What a point still promises once some of its objectives are known.
 *
 * Energy per inference does not depend on what the weights have learned, so it is known before the
 * training.  Then the question is no longer what the point may be worth, but whether the rest of it
 * can be good enough for an energy that is certain.
 */
#ifndef ECO_SAMPLER_PROMISE_H
#define ECO_SAMPLER_PROMISE_H

#include "sampler/sampler.h"

/**
 * Probability that the point improves the front of the history: that no complete, feasible trial
 * dominates it, the objectives that are not known being drawn from the models' posteriors
 * (sampler/trial_model.h), the known ones with their standard errors (pareto/chance.h).
 *
 * Bounds on metrics that are not known yet are taken to hold, which errs on the side of going on.
 *
 * @param[in]  known       x, y (NaN: not known) and y_se (NaN: exact); the rest is not looked at
 * @param[out] ret_chance  0..1; NaN while fewer than n_init trials are complete, or an objective
 *                         has no value at all: nothing can be said then; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_sampler_promise(ecopt_ctx *ctx, const eco_problem *problem,
                                              const eco_history *history,
                                              const eco_observation *known, double *ret_chance);

#endif
