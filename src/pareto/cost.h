/*
 * From metric values to what is minimised: the one place that turns goals and scales into numbers.
 *
 * cost = value, or log10(value) on a LOG scale, negated for a goal of MAX.  Sampler, progress line
 * and reports all use it, so the hypervolume they speak of is one and the same.
 */
#ifndef ECO_PARETO_COST_H
#define ECO_PARETO_COST_H

#include <ecopt/definition.h>

/** Cost of a metric value; NaN for NaN, and for values <= 0 on a LOG scale. */
double eco_cost(const ecopt_objective *objective, double value);

/** The metric value of a cost (inverse of eco_cost up to rounding). */
double eco_cost_value(const ecopt_objective *objective, double cost);

/** Standard error of the cost, to first order; NaN for NaN. */
double eco_cost_se(const ecopt_objective *objective, double value, double value_se);

#endif
