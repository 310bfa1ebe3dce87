/*
 * Learning curves: where a curve that has begun will end, and how sure that is.
 *
 * A curve is a series of costs (smaller is better: pareto/cost.h turns metrics into costs) by step.
 * It is modelled as end + gain * shape(step) + noise, with shape falling from 1 at the first step
 * to 0 at the last: powers of the step, an inverse logarithm, exponentials of several rates and a
 * straight line.  For each shape and each size of the noise the end is Gaussian in closed form, and
 * the answers are averaged by how well each explains what has been seen (Bayesian model averaging).
 * What is usual for end, gain, shape and noise is learned from the study's completed curves, and so
 * is how far such answers were off at this step: that widens and shifts the answer.
 *
 * Call order: eco_curve_thin for each completed curve, eco_curve_model_new, eco_curve_predict at
 * any part of a new curve, eco_curve_model_free.  Pure functions: equal input gives equal bits.
 * Owner: the caller.  Threads: a model is constant; any number may ask it.
 * Limits: ECO_CURVE_POINTS points of a curve and the newest ECO_CURVE_MAX curves are looked at.
 */
#ifndef ECO_CURVE_CURVE_H
#define ECO_CURVE_CURVE_H

#include "core/ctx.h"

/** Points that a curve is thinned to, evenly on a logarithmic axis. */
#define ECO_CURVE_POINTS 16

/** Completed curves that a model learns from. */
#define ECO_CURVE_MAX 64

/** A curve, thinned: steps ascending and > 0, costs finite. */
typedef struct eco_curve {
    size_t n;
    double step[ECO_CURVE_POINTS];
    double cost[ECO_CURVE_POINTS];
    double best; /* lowest cost of all points, also of those thinned out; INFINITY for n = 0 */
} eco_curve;

/** Where a curve ends: the cost at the last step, Student's t with `freedom` degrees. */
typedef struct eco_curve_end {
    double mean, sd; /* sd > 0: scale of the t distribution */
    double freedom;
    double bound; /* lowest cost seen: a program may keep its best state, so the optimistic end is
                     never worse than this */
} eco_curve_end;

typedef struct eco_curve_model eco_curve_model;

/**
 * Keeps at most ECO_CURVE_POINTS points: the first, the last, and of each of the equal parts of the
 * logarithmic axis between them the newest.  Points that are not finite or have step <= 0 are left
 * out, as are points behind `until`.
 *
 * @param[in] steps  n, ascending
 * @param[in] until  last step that counts, INFINITY: all
 */
void eco_curve_thin(size_t n, const double *steps, const double *costs, double until,
                    eco_curve *ret_curve);

/**
 * Learns what is usual from completed curves.
 *
 * @param[in]  n_steps  step at which a trial is complete, > 0
 * @param[in]  curves   n, in order of their trials; empty ones are left out; copied
 * @param[out] ret_model  caller frees with eco_curve_model_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (n_steps), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_curve_model_new(ecopt_ctx *ctx, double n_steps, size_t n,
                                              const eco_curve *curves, eco_curve_model **ret_model);

/** Frees a model; NULL is allowed. */
void eco_curve_model_free(ecopt_ctx *ctx, eco_curve_model *model);

/** Completed curves that the model learned from. */
size_t eco_curve_model_count(const eco_curve_model *model);

/**
 * Where the curve ends.
 *
 * @param[out] ret_end  unchanged when there is nothing to say
 * @return false when curve and model are empty both, or the model has fewer than two curves
 *
 * Source: the shapes are those of Domhan, Springenberg, Hutter 2015 (IJCAI, table 1: pow3, exp3,
 * ilog2), made linear in their two amplitudes by a grid of the third; averaging as there, eq. (5),
 * with the evidence in place of sampling; decay kernel's rates: Swersky, Snoek, Adams 2014
 * (arXiv:1406.3896).  See docs/numerics.md#learning-curves.
 */
bool eco_curve_predict(const eco_curve_model *model, const eco_curve *curve,
                       eco_curve_end *ret_end);

/** The cost that the end lies below with probability p (0 < p < 1): p small is optimistic. */
double eco_curve_end_quantile(const eco_curve_end *end, double p);

#endif
