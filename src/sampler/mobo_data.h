/*
 * What the mobo sampler's models learn from: one series of values per model, all minimised.
 *
 * A series has one entry per trial of the history; NaN means that the trial says nothing about it,
 * so every model has a data set of its own.
 */
#ifndef ECO_SAMPLER_MOBO_DATA_H
#define ECO_SAMPLER_MOBO_DATA_H

#include "sampler/sampler.h"

/** More objectives than this are scalarised into one (boxes of the exact formula grow too many). */
enum { ECO_MOBO_EXACT_MAX = 4 };

/** Values and their standard errors (NaN or 0 = not known), history.n entries each. */
typedef struct eco_series {
    double *value;
    double *se;
} eco_series;

/** True for a trial that completed and keeps all constraints on metrics. */
bool eco_mobo_is_feasible(const eco_problem *problem, const eco_observation *o);

/**
 * Reference point in costs.  Where it has none (NaN, or <= 0 on a log scale) nothing is cut off:
 * the worst cost seen and a little more.
 */
void eco_mobo_reference(const eco_problem *problem, const eco_history *history,
                        const double *reference, double *ret_cost);

/** Cost of objective k of a trial; NaN when there is none, or the trial failed. */
double eco_observed_cost(const eco_problem *problem, const eco_observation *o, size_t k);

/**
 * Moves values beyond `max(q3, reference) + 1.5 (max(q3, reference) - q1)` onto that fence, if
 * there are five or more; NaN = missing.
 *
 * @param[in] work  n doubles
 */
void eco_series_clip(size_t n, double *value, double reference, double *work);

/**
 * Costs of objective k.  Values on the bad side beyond a Tukey fence that lies above the reference
 * are moved onto it: one diverged training must not stretch the scale on which the good ones
 * differ, and what counts towards the hypervolume is untouched (as Ax's Winsorize transform).
 *
 * @param[in] reference  cost of the reference point
 * @param[in] work       history.n doubles
 */
void eco_series_objective(const eco_problem *problem, const eco_history *history, size_t k,
                          double reference, double *work, eco_series *series);

/**
 * One cost of all objectives: the augmented Chebyshev norm, max_k w_k z_k + 0.05 sum_k w_k z_k, of
 * costs z scaled to [0, 1] by the observed ranges, with weights drawn anew for every trial number.
 *
 * Source: ParEGO, Knowles 2006, doi:10.1109/TEVC.2005.851274, equation (2).
 */
void eco_series_scalarised(const eco_problem *problem, const eco_history *history,
                           eco_series *series);

/** Values of constraint c, clipped as objectives are, negated for an at-least bound.
 *  @return the largest allowed value of the series */
double eco_series_constraint(const eco_problem *problem, const eco_history *history, size_t c,
                             double *work, eco_series *series);

/** 1 for failed and infeasible trials, 0 for others, NaN where it is not known.
 *  @return true if there are both */
bool eco_series_failure(const eco_history *history, eco_series *series);

/** Natural logarithm of the joules that each trial took.  @return true if any is known */
bool eco_series_spent(const eco_history *history, eco_series *series);

#endif
