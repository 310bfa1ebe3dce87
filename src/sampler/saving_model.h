/*
 * The models behind an expected saving: one Gaussian process per quantity, of the trials that have
 * it.
 *
 * Call order: eco_saving_models_init, the questions, eco_saving_models_release in any case.  Owner:
 * the caller; one thread, for a question uses the models' workspace.
 */
#ifndef ECO_SAMPLER_SAVING_MODEL_H
#define ECO_SAMPLER_SAVING_MODEL_H

#include "core/arena.h"
#include "gp/gp.h"
#include "sampler/saving.h"

/** Objectives with a threshold and constraints: the most limits there can be. */
enum { ECO_SAVING_LIMITS = 16 };

typedef struct eco_saving_models {
    ecopt_ctx *ctx; /* borrowed, like the next */
    const eco_saving_input *input;
    eco_arena *arena;
    size_t d;
    double *features; /* n x d, of all trials */
    double *value;    /* n, of the series being fitted */
    double *se;       /* n */
    double *work;     /* of joint predictions */
    double *pair;     /* 2 d, features of two points */
    eco_gp *joules;   /* ln(joules per request), owned; NULL: too few trials */
    eco_gp *cost;     /* ln(joules of a trial), owned; NULL: too few */
    size_t n_limits;
    eco_gp *limits[ECO_SAVING_LIMITS]; /* owned; NULL where there are too few */
    double bounds[ECO_SAVING_LIMITS];  /* largest value allowed */
} eco_saving_models;

/**
 * Fits the models of joules and cost.
 *
 * @param[in] from  rows that a model needs at least
 * @return ECOPT_OK, ECOPT_E_NOT_PD, ECOPT_E_NOMEM; to be released in any case
 */
ECOPT_NODROP ecopt_status eco_saving_models_init(ecopt_ctx *ctx, eco_arena *arena,
                                                 const eco_saving_input *input, size_t from,
                                                 eco_saving_models *ret_models);

/**
 * Adds the limits that a deployed configuration keeps: constraints, and the objectives beside the
 * deployment's metric.
 *
 * @param[in] bounds  n_objectives costs, NaN where there is no limit
 * @return as eco_saving_models_init
 */
ECOPT_NODROP ecopt_status eco_saving_models_limit(eco_saving_models *models, size_t from,
                                                  const double *bounds);

/** Probability that a point (d features) keeps all limits. */
double eco_saving_models_holds(const eco_saving_models *models, const double *f);

/** Expected joules per request at a point: the mean of the log-normal posterior. */
double eco_saving_models_joules(const eco_saving_models *models, const double *f);

/**
 * Joules per request that a measurement at f is expected to save against `current_j`, which is the
 * expectation at `chosen` (d features, or NULL: known for certain).
 *
 * The measurement moves the posterior means of both points; what the difference moves by has the
 * deviation |cov(f, f) - cov(f, chosen)| / sqrt(cov(f, f) + noise) (knowledge gradient of two
 * points, Frazier, Powell and Dayanik 2009, doi:10.1287/ijoc.1080.0314).
 */
double eco_saving_models_gain(const eco_saving_models *models, const double *f,
                              const double *chosen, double current_j);

/** Expected joules of a trial at f; NaN without a model. */
double eco_saving_models_cost(const eco_saving_models *models, const double *f);

/** Frees the models. */
void eco_saving_models_release(eco_saving_models *models);

#endif
