/*
 * Bounded minimisation of a smooth function with gradient: L-BFGS of NLopt (LD_LBFGS, Nocedal 1980,
 * Liu and Nocedal 1989; code by Luksan), made safe for our use.
 *
 * Call order: eco_minimiser_new once per dimension, eco_minimiser_run any number of times,
 * eco_minimiser_free.  The best point ever evaluated is returned, so the result is never worse than
 * the start, whatever the line search does.  Stopping is by evaluations and tolerances only, never
 * by time: same input, same bits.  One thread per object.
 */
#ifndef ECO_NUM_MINIMISE_H
#define ECO_NUM_MINIMISE_H

#include "core/ctx.h"

typedef struct eco_minimiser eco_minimiser;

/**
 * Value at x, and the gradient (d numbers) unless grad is NULL.  A value that is not finite means
 * "far too high": the search backs off.
 */
typedef double (*eco_minimise_fn)(size_t d, const double *x, double *grad, void *user);

/** What to minimise and when to stop. */
typedef struct eco_minimise_problem {
    eco_minimise_fn fn;
    void *user;
    const double *lower; /* d numbers, borrowed for the run */
    const double *upper; /* d numbers >= lower; equal means fixed */
    int max_evaluations; /* >= 1 */
    double rtol_value;   /* relative change of the value, 0 = off */
    double rtol_x;       /* relative change of x, 0 = off */
} eco_minimise_problem;

/** Why the search ended; all of them leave a usable result. */
typedef enum eco_minimise_end {
    ECO_MINIMISE_CONVERGED,   /* a tolerance was met */
    ECO_MINIMISE_EVALUATIONS, /* max_evaluations were spent */
    ECO_MINIMISE_STALLED      /* rounding stopped the line search */
} eco_minimise_end;

/**
 * Prepares a minimiser for d variables.
 *
 * @param[out] ret_minimiser  caller frees with eco_minimiser_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (d = 0), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_minimiser_new(ecopt_ctx *ctx, size_t d,
                                            eco_minimiser **ret_minimiser);

/** Frees a minimiser; NULL is allowed. */
void eco_minimiser_free(eco_minimiser *minimiser);

/**
 * Minimises from x.
 *
 * @param[in,out] x          start (moved into the bounds), on success the best point evaluated
 * @param[out]    ret_value  value there; unchanged on failure
 * @param[out]    ret_end    why it ended, or NULL
 * @return ECOPT_OK, ECOPT_E_ARG (bounds), ECOPT_E_NUMERIC (no finite value seen), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_minimiser_run(eco_minimiser *minimiser,
                                            const eco_minimise_problem *problem, double *x,
                                            double *ret_value, eco_minimise_end *ret_end);

#endif
