/*
 * What a fitted model says about new points, frozen: the posterior of f, or S sample paths of it.
 *
 * Plain (no paths): mean and standard deviation of f at x given the data.
 *
 * With S paths: f is drawn jointly at the data's points and at extra ones (tried now, or not yet
 * measured), S times; the answer at x is then, for every draw, the mean of f(x) given that draw,
 * and the standard deviation, which all draws share.  Averaging a function of f(x) over the draws
 * leaves only the outer expectation to chance (Rao-Blackwell).  Draws come in antithetic pairs, so
 * their average is the posterior mean itself.
 *
 * Call order: eco_posterior_new from a fitted model (which may be freed afterwards), then
 * eco_posterior_predict, and eco_posterior_slope with the same workspace for the gradient.
 * Immutable: any number of threads, each with a workspace of its own.
 */
#ifndef ECO_GP_POSTERIOR_H
#define ECO_GP_POSTERIOR_H

#include "core/rng.h"
#include "gp/gp.h"

typedef struct eco_posterior eco_posterior;

/**
 * Freezes a model; about 8 (n + n_extra)^2 bytes.
 *
 * @param[in]     gp             after eco_gp_fit or eco_gp_condition, n rows of data
 * @param[in]     n_extra        further points to draw f at, or to know its mean at
 * @param[in]     extra          n_extra x d
 * @param[in]     n_paths        S, even; 0 = plain
 * @param[in,out] rng            source of the draws; unused when plain
 * @param[out]    ret_posterior  caller frees with eco_posterior_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 *
 * Source: Matheron's rule, Journel and Huijbregts 1978; Wilson et al. 2020, arXiv:2002.09309,
 * equation (9).
 */
ECOPT_NODROP ecopt_status eco_posterior_new(ecopt_ctx *ctx, const eco_gp *gp, size_t n_extra,
                                            const double *extra, size_t n_paths, eco_rng *rng,
                                            eco_posterior **ret_posterior);

/**
 * How paths are drawn.  "Its mean" is that of f at an extra point given f at the data's points and
 * at the extra points before it, s the standard deviation then, s0 that without any data.
 */
typedef struct eco_paths {
    size_t n;            /* S, even; 0 = plain; 1 = nothing is drawn: f at the data's points is the
                            posterior mean, which hides noise, and taken as certain */
    double extra_spread; /* factor on how far f strays at extra points from its mean: 1 = draws of
                            the posterior, 0 = that mean */
    double extra_lift;   /* f at extra points lies higher by this times s^2 / s0 */
    eco_rng *rng;        /* borrowed for the call; NULL when nothing is drawn */
} eco_paths;

/** eco_posterior_new with values of one's own at the extra points.  @return as that */
ECOPT_NODROP ecopt_status eco_posterior_draw(ecopt_ctx *ctx, const eco_gp *gp, size_t n_extra,
                                             const double *extra, const eco_paths *paths,
                                             eco_posterior **ret_posterior);

/** Frees a posterior; NULL is allowed. */
void eco_posterior_free(eco_posterior *posterior);

/** Columns of what predict returns: S, or 1 when plain. */
size_t eco_posterior_n_paths(const eco_posterior *posterior);

/** f at point i (rows of the data first, then the extra ones) on path s, in units of y; the
 *  posterior mean when plain. */
double eco_posterior_value(const eco_posterior *posterior, size_t s, size_t i);

/** Doubles of workspace that a thread needs. */
size_t eco_posterior_work_size(const eco_posterior *posterior);

/**
 * f at one point.
 *
 * @param[in]  x         d inputs
 * @param[out] work      eco_posterior_work_size doubles; what eco_posterior_slope goes on from
 * @param[out] ret_mean  S means (1 when plain), in units of y
 * @param[out] ret_sd    one standard deviation > 0, in units of y
 */
void eco_posterior_predict(const eco_posterior *posterior, const double *x, double *work,
                           double *ret_mean, double *ret_sd);

/** Doubles of workspace for eco_posterior_predict_many of q points. */
size_t eco_posterior_many_size(const eco_posterior *posterior, size_t q);

/**
 * f at q points, without what the slopes would need: one pass over the factor serves all of them.
 *
 * Agrees with eco_posterior_predict but for the order of sums.
 *
 * @param[in]  X         q x d
 * @param[out] work      eco_posterior_many_size doubles
 * @param[out] ret_mean  q x S
 * @param[out] ret_sd    q
 */
void eco_posterior_predict_many(const eco_posterior *posterior, size_t q, const double *X,
                                double *work, double *ret_mean, double *ret_sd);

/**
 * Chain rule at the point of the last predict: adds sum_s by_mean[s] dmean_s/dx + by_sd dsd/dx.
 *
 * @param[in,out] work     of that predict; used up
 * @param[in]     by_mean  S derivatives of some function by the means
 * @param[in]     by_sd    its derivative by the standard deviation
 * @param[in,out] grad     d numbers
 */
void eco_posterior_slope(const eco_posterior *posterior, double *work, const double *by_mean,
                         double by_sd, double *grad);

#endif
