/*
 * The mobo sampler's view of a study: one Gaussian process per objective and per constraint on a
 * metric, the front, and the acquisition on top of them.
 *
 * Call order: eco_mobo_init, then eco_mobo_value at will, eco_mobo_release.  Owner: the caller; all
 * memory hangs on the struct's arena and its models.
 */
#ifndef ECO_SAMPLER_MOBO_MODEL_H
#define ECO_SAMPLER_MOBO_MODEL_H

#include "acq/acq.h"
#include "core/arena.h"
#include "gp/gp.h"
#include "sampler/points.h"

#include <ecopt/pareto.h>

typedef struct eco_mobo {
    ecopt_ctx *ctx; /* borrowed, like the next two */
    const eco_problem *problem;
    const eco_history *history;
    size_t n_params, n_dims, d; /* d = features */
    size_t m;                   /* objectives */
    size_t n_limits;            /* constraints that have values to learn from */
    eco_gp **models;            /* m + n_limits, owned */
    double *bound;              /* n_limits, the limits' largest allowed value */
    double *features;           /* (n + n_pending) x d, of all points */
    eco_acq_front *front;       /* owned */
    size_t n_front;
    size_t *front_points; /* n_front, points on the modelled front, see eco_mobo_point */

    /* Workspace of eco_mobo_value, m + n_limits entries each (x 2 d for slopes). */
    double *mean, *sd, *dmean, *dsd, *slopes;
    double *acq_work; /* eco_acq_work_size of the front */
    eco_arena arena;  /* owns all arrays */
} eco_mobo;

/**
 * Fits the models.
 *
 * @param[in]  reference  m values in the metrics' units, NaN allowed
 * @param[out] ret_mobo   to be released in any case
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (an objective has no value yet: nothing to model),
 *         ECOPT_E_NOMEM, ECOPT_E_NOT_PD
 */
ECOPT_NODROP ecopt_status eco_mobo_init(ecopt_ctx *ctx, const eco_problem *problem,
                                        const eco_history *history, const double *reference,
                                        eco_mobo *ret_mobo);

/** Frees models, front and memory. */
void eco_mobo_release(eco_mobo *mobo);

/** Codes of point i: the history's trials first, then the pending ones. */
const double *eco_mobo_point(const eco_mobo *mobo, size_t i);

/**
 * Acquisition at features f: log EHVI + log P(all limits hold).
 *
 * @param[out] ret_grad  d derivatives, or NULL
 */
double eco_mobo_value(eco_mobo *mobo, const double *f, double *ret_grad);

/**
 * Best new point by the acquisition.
 *
 * @param[out] ret_x  n_params codes; undefined on failure
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no new allowed candidate), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_mobo_search_run(eco_mobo *mobo, double *ret_x);

#endif
