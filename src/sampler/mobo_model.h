/*
 * The mobo sampler's view of a study: one Gaussian process per objective, per constraint on a
 * metric and for failure, the fronts, and the acquisition on top of them.
 *
 * Call order: eco_mobo_init; a workspace per thread by eco_mobo_work_init; eco_mobo_value at will;
 * eco_mobo_release.  Constant once made, so any number of threads may evaluate it.  Owner: the
 * caller; all memory hangs on the struct's arena and its models.
 */
#ifndef ECO_SAMPLER_MOBO_MODEL_H
#define ECO_SAMPLER_MOBO_MODEL_H

#include "acq/acq.h"
#include "core/arena.h"
#include "gp/posterior.h"
#include "sampler/mobo_data.h"
#include "sampler/outlier.h"
#include "sampler/points.h"
#include "sampler/region.h"
#include "sampler/seen.h"

#include <ecopt/pareto.h>

typedef struct eco_mobo {
    ecopt_ctx *ctx; /* borrowed, like the next two; not to be moved */
    const eco_problem *problem;
    eco_outliers outliers;
    const eco_history *whole;   /* outliers.history: the study's without values that are errors */
    const eco_history *history; /* what the models learn from: region.history */
    eco_region region;
    size_t n_params, n_dims, d; /* d = features */
    size_t m;                   /* outputs improved on: the objectives, or 1 when scalarised */
    size_t n_limits;            /* constraints that have values to learn from, and failure */
    size_t n_models;            /* m + n_limits + 1 with a model of the cost per trial */
    eco_gp **fits;              /* n_models, owned; freed once the posteriors are made */
    eco_posterior **models;     /* n_models, owned */
    double *bound;              /* n_limits, the limits' largest allowed value */
    size_t n_paths;             /* S: fronts; 1 when nothing is noisy */
    double boldness;   /* factor on the objectives' standard deviation, in (0, 1]: how far to trust
                          in luck (docs/numerics.md) */
    double *features;  /* (n + n_pending) x d, of all points */
    size_t *row;       /* m x n: a trial's row in the data of each objective, or NO_ROW */
    bool has_failures; /* the last limit is that of the classifier of failures */
    bool has_feasible; /* else nothing but feasibility is sought */
    bool is_log[ECOPT_MAX_OBJECTIVES]; /* outputs whose model is one of ln(cost) */
    eco_acq_front *front;              /* owned; S fronts */
    size_t n_front;
    size_t *front_points; /* n_front, points on the front of posterior means, see eco_mobo_point */
    eco_arena arena;      /* owns all arrays */
    double volume; /* hypervolume of the front of means up to the aim, with wants_gain; else NaN */
    double in_force[ECOPT_MAX_OBJECTIVES]; /* m costs: the reference point, where the front has
                                              outgrown it extended */
} eco_mobo;

/** Points that eco_mobo_screen looks at in one go. */
enum { ECO_MOBO_BLOCK = 32 };

/** Workspace of one thread. */
typedef struct eco_mobo_work {
    double *mean, *dmean; /* S x m, then n_limits + 1 */
    double *sd, *dsd;     /* n_models */
    double *column;       /* S */
    double **posterior;   /* n_models workspaces */
    double *acq;
    double *many_mean; /* n_models x ECO_MOBO_BLOCK x S, of eco_mobo_screen */
    double *many_sd;   /* n_models x ECO_MOBO_BLOCK */
    double *many;      /* workspace of one model */
} eco_mobo_work;

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

/**
 * Adds failure as a limit, the last one: a classifier of the trials, as a model with a bound.  The
 * limit holds where the latent function says "rather works", P(g <= -c) for the g and c of
 * gp/classifier.h: a border is sharp then, and failures by chance alone bar nothing.
 *
 * It learns from at most 300 of them, as many failed as others where both are there, and its length
 * scales from at most 120.
 *
 * @param[in] series  1 for a failed trial, 0 for one that worked
 * @return ECOPT_OK, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_mobo_failure_add(eco_mobo *mobo, const eco_series *series);

/** Frees models, front and memory, workspaces included. */
void eco_mobo_release(eco_mobo *mobo);

/** True when no trial is feasible and a constraint has no value at all: then nothing tells where to
 *  look, and the acquisition may be the same everywhere. */
bool eco_mobo_is_blind(const eco_mobo *mobo);

/** Codes of point i: the history's trials first, then the pending ones. */
const double *eco_mobo_point(const eco_mobo *mobo, size_t i);

/** Takes a workspace from the mobo's arena.  @return ECOPT_OK, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_mobo_work_init(eco_mobo *mobo, eco_mobo_work *ret_work);

/**
 * Acquisition at features f: log EHVI + log P(all limits hold) - alpha E[log cost of the trial];
 * without a feasible trial so far log P alone.  With limits log EHVI is compressed below -50, and
 * log P falls 100 times as fast where one of them is less likely to hold than 0.3 (failure) or
 * 0.01.
 *
 * @param[out] ret_grad  d derivatives, or NULL
 */
double eco_mobo_value(const eco_mobo *mobo, eco_mobo_work *work, const double *f, double *ret_grad);

/**
 * Hypervolume that a trial at features f is expected to add, as a share of that of the front of
 * posterior means, both up to the aim: EHVI times the probability that all limits hold, over
 * volume.  NaN without a volume.
 */
double eco_mobo_gain(const eco_mobo *mobo, eco_mobo_work *work, const double *f);

/**
 * A first look at up to ECO_MOBO_BLOCK points: eco_mobo_value with four of the S fronts only,
 * exact when S = 1 but for the order of sums.
 *
 * @param[in]  f           q x d
 * @param[out] ret_values  q
 */
void eco_mobo_screen(const eco_mobo *mobo, eco_mobo_work *work, size_t q, const double *f,
                     double *ret_values);

/**
 * Best new point by the acquisition.
 *
 * @param[out] ret_x  n_params codes; undefined on failure
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no new allowed candidate), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_mobo_search_run(eco_mobo *mobo, double *ret_x);

/**
 * The same for a discrete space whose points are looked at one by one: a list of candidates of any
 * length, or few points.
 *
 * @return as eco_mobo_search_run
 */
ECOPT_NODROP ecopt_status eco_mobo_list_run(eco_mobo *mobo, const eco_seen *seen, double *ret_x);

#endif
