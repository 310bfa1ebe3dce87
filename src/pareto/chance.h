/*
 * Whether a point whose costs are known with uncertainty is on a front whose points are, too.
 *
 * Dominance is a yes or no of exact numbers; measured ones give a probability.  Rules that spend
 * joules ask for it: measure once more, train at all.
 */
#ifndef ECO_PARETO_CHANCE_H
#define ECO_PARETO_CHANCE_H

#include "core/ctx.h"
#include "core/rng.h"

/** A point against a front; everything borrowed.  Costs are minimised. */
typedef struct eco_chance {
    size_t m;
    const double *mean; /* m costs of the point */
    const double *sd;   /* m standard deviations; 0 or NaN: exact */
    size_t n;
    const double *front;    /* n x m costs, row-major */
    const double *front_sd; /* n x m; 0 or NaN: exact; NULL: all are */
} eco_chance;

/** Draws that eco_chance_on_front is asked for by the rules: a probability of 5 % then has a
 *  standard error of 0.5 %. */
enum { ECO_CHANCE_DRAWS = 2000 };

/**
 * Probability that no point of the front dominates the point, all costs being independent and
 * normal, by drawing all of them `n_draws` times.
 *
 * Equal costs in every objective do not dominate.  A cost of the point that is NaN gives NaN.
 *
 * @param[in,out] rng      same state, same answer
 * @param[in]     n_draws  >= 1; 1 is enough where everything is exact
 * @return 0..1, NaN; 1 for an empty front
 *
 * Source: the probability of non-dominance of Fieldsend and Everson 2005,
 * doi:10.1109/CEC.2005.1554780, section 3, by sampling, because the point is shared by all
 * comparisons, which are therefore not independent.
 */
double eco_chance_on_front(const eco_chance *chance, eco_rng *rng, size_t n_draws);

#endif
