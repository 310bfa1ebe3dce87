/*
 * Values that must be errors: a meter that reports next to nothing, a score that was never reached.
 *
 * One such value stretches the scale on which all others differ; on the good side it also stands on
 * the front and hides it.  So the models take it for missing.  It stays in the study's records, and
 * on the user's front.
 *
 * A value far too good may be a discovery (a narrow place where training works at all), and one
 * trial next to it tells: two such values close together are believed.  So a value without company
 * is `doubtful` until another trial was made near it, and the sampler makes that trial at once.
 *
 * Nothing is remembered: what is an outlier follows from the history alone, and may change with it.
 */
#ifndef ECO_SAMPLER_OUTLIER_H
#define ECO_SAMPLER_OUTLIER_H

#include "core/arena.h"
#include "gp/gp.h"
#include "sampler/sampler.h"

/** A history for models to learn from. */
typedef struct eco_outliers {
    eco_history history; /* the given one, or a copy in which outliers are NaN */
    size_t n_values;     /* how many were left out */
    size_t doubtful;     /* first trial whose value far too good waits for a trial next to it;
                            history.n: none */
} eco_outliers;

/**
 * Looks for outliers among the costs of each objective, eight or more of them.
 *
 * Bad side: the worst cost, if it lies 10 sd of all others above their mean.  Good side: costs that
 * lie 8 sd below the mean of the rest, at most five and no more than a tenth.  Such a cost is an
 * outlier if a model learned without it, of at most 80 trials, half of them near, is off by more
 * than 8 sd of its prediction, noise included.
 *
 * @param[in]  arena      takes the copy
 * @param[in]  reference  m costs, see eco_series_clip
 * @param[in]  options    of the models
 * @param[out] ret        borrows from history; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_outliers_find(eco_arena *arena, const eco_problem *problem,
                                            const eco_history *history, const double *reference,
                                            const eco_gp_options *options, eco_outliers *ret);

/**
 * A new point next to trial i, at most 0.05 away along every dimension.
 *
 * @param[out] ret_x  n_params codes; undefined on failure
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no new point so near, as in coarse discrete spaces),
 *         ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_outliers_check(ecopt_ctx *ctx, const eco_problem *problem,
                                             const eco_history *history, size_t i, double *ret_x);

#endif
