/*
 * Gaussian process regression of one objective.
 *
 * Model: y = c + f(x) + e, f ~ GP(0, s2 k), k Matern-5/2 or RBF with a length scale per input
 * (numbers, or labels of which only equality counts: gp/kernel.h),
 * e ~ N(0, noise + se^2).  y is standardised inside; all results are in the units given.
 *
 * Call order: eco_gp_new once (all memory for max_n points), then eco_gp_fit or eco_gp_condition,
 * then eco_gp_predict any number of times; fit again at will.  Nothing but eco_gp_new allocates
 * through ctx (the minimiser's own scratch apart).  No hidden state: a fit depends on its arguments
 * alone, so the same data give the same bits.  One thread per object, predictions included (they
 * use its workspace).
 *
 * Hyperparameters ("theta", natural logarithms): d length scales, noise variance, signal variance,
 * and with is_warped the shapes a, b of each number's warp in turn; variances are those of
 * standardised y.  They are the maximum of the posterior (MAP) with these priors: length scale
 * LogNormal(sqrt 2 + ln(d) / 2, sqrt 3)  Hvarfner et al. 2024, arXiv:2402.02229 noise LogNormal(-4,
 * 1), floor 1e-4 by default (energy readings are never exact) warp          LogNormal(0, 0.75) for
 * both shapes of w(x) = 1 - (1 - x^a)^b, Kumaraswamy's distribution function (Snoek et al. 2014,
 * arXiv:1402.0929, section 3) signal        LogNormal(0, 1) around the variance of the data:
 * learned, because standardising few points estimates it badly and trends exceed it; weak, because
 * more freedom lets small designs claim certainty. Densities are taken with respect to the
 * quantities, not their logarithms (as BoTorch does), for length scales and noise; the others are
 * symmetric in the logarithm.  The constant mean is profiled out: for every theta it takes its most
 * likely value (Rasmussen and Williams 2006, section 2.7).
 *
 * Measured standard errors are added to the learned noise, never in place of it: they cover the
 * instrument, not the run-to-run variation of training.
 */
#ifndef ECO_GP_GP_H
#define ECO_GP_GP_H

#include "core/ctx.h"
#include "gp/kernel.h"

typedef struct eco_gp eco_gp;

/** Choices of a model; zero-initialise for the defaults. */
typedef struct eco_gp_options {
    eco_kernel kernel;
    size_t n_labels;    /* how many inputs, the last ones, are labels */
    double noise_floor; /* smallest noise variance of standardised y; 0 = 1e-4 */
    bool is_warped; /* learn a monotone transformation of each number, which must lie in [0, 1] */
    bool is_plain;  /* no standardising, mean 0, flat priors: textbook GP, for comparisons */
} eco_gp_options;

/**
 * Plans a model: takes the memory for max_n points of d inputs, about 24 max_n^2 bytes.
 *
 * @param[in]  options  NULL for the defaults
 * @param[out] ret_gp   caller frees with eco_gp_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (max_n not in 1..ECO_LINALG_MAX_N, d = 0 or too large, more
 *         labels than inputs),
 *         ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_gp_new(ecopt_ctx *ctx, const eco_gp_options *options, size_t max_n,
                                     size_t d, eco_gp **ret_gp);

/** Frees a model; NULL is allowed. */
void eco_gp_free(eco_gp *gp);

/**
 * Learns the hyperparameters from data and conditions on them.
 *
 * L-BFGS on the log posterior with analytic gradient from the best two of four points: `start` and
 * three fixed ones (prior mode, long and short length scales).  The best end wins, the first among
 * equals.
 *
 * @param[in] n      points, 1 .. max_n
 * @param[in] X      n x d, row-major, finite; meant for numbers in [0, 1], labels of any value
 * @param[in] y      n values, finite, any scale
 * @param[in] y_se   n standard errors in units of y (NaN or 0 = none), or NULL
 * @param[in] start  theta of an earlier fit to start from too, or NULL
 * @return ECOPT_OK, ECOPT_E_LIMIT (n), ECOPT_E_RANGE (not finite), ECOPT_E_NOT_PD, ECOPT_E_NOMEM;
 *         after a failure only fit, condition and free may be called
 */
ECOPT_NODROP ecopt_status eco_gp_fit(eco_gp *gp, size_t n, const double *X, const double *y,
                                     const double *y_se, const double *start);

/**
 * Goes on learning from a good start: one climb from there, of a few evaluations, and no others.
 * What eco_gp_fit has found from a part of the rows is such a start for all of them, and the starts
 * are what learning spends most of its time on.
 *
 * @param[in] start            eco_gp_n_theta logarithms, what is kept if nothing better is found
 * @param[in] max_evaluations  of the likelihood, >= 1
 * @return as eco_gp_fit
 */
ECOPT_NODROP ecopt_status eco_gp_refine(eco_gp *gp, size_t n, const double *X, const double *y,
                                        const double *y_se, const double *start,
                                        int max_evaluations);

/**
 * Conditions on data with given hyperparameters.
 * @param[in] theta  eco_gp_n_theta logarithms
 * @return as eco_gp_fit
 */
ECOPT_NODROP ecopt_status eco_gp_condition(eco_gp *gp, size_t n, const double *X, const double *y,
                                           const double *y_se, const double *theta);

/** Hyperparameters in force, eco_gp_n_theta logarithms; valid until the next fit. */
const double *eco_gp_theta(const eco_gp *gp);

/** Numbers in theta: d + 2, and 2 more per input that is warped. */
size_t eco_gp_n_theta(const eco_gp *gp);

/** Points conditioned on. */
size_t eco_gp_n(const eco_gp *gp);

/** Standard deviation of the noise beyond the standard errors given, in units of y. */
double eco_gp_noise_sd(const eco_gp *gp);

/** True when the model has noise: learned above its floor, or standard errors were given. */
bool eco_gp_is_noisy(const eco_gp *gp);

/** Noise variance, learned and given (mean over the rows), as a share of the variance of y. */
double eco_gp_noise_share(const eco_gp *gp);

/**
 * Posterior of the latent f at one point (noise not included).
 *
 * @param[in]  x          d inputs
 * @param[out] ret_mean   in units of y
 * @param[out] ret_sd     > 0, in units of y
 * @param[out] ret_dmean  d derivatives of the mean, 0 for labels, or NULL
 * @param[out] ret_dsd    d derivatives of the standard deviation, or NULL (both or none)
 *
 * Source: Rasmussen and Williams 2006, equations (2.25), (2.26).
 */
void eco_gp_predict(eco_gp *gp, const double *x, double *ret_mean, double *ret_sd,
                    double *ret_dmean, double *ret_dsd);

/**
 * Leave-one-out predictions of the values held: what the model expects of each from all the others,
 * at the same hyperparameters and constant mean, noise included.
 *
 * @param[out] ret_mean  n, in units of y
 * @param[out] ret_sd    n, > 0
 *
 * Source: Rasmussen and Williams 2006, equations (5.10) to (5.12).
 */
void eco_gp_loo(eco_gp *gp, double *ret_mean, double *ret_sd);

/**
 * Joint posterior of f at q points; for tests and diagnostics.
 *
 * @param[in]  Xq        q x d
 * @param[in]  work      n x q doubles of workspace
 * @param[out] ret_mean  q means
 * @param[out] ret_cov   q x q covariances, both triangles
 */
void eco_gp_predict_joint(eco_gp *gp, size_t q, const double *Xq, double *work, double *ret_mean,
                          double *ret_cov);

/**
 * Log marginal likelihood of the data now held, plus log priors unless the model is plain, and its
 * gradient; for tests and diagnostics.  Conditions the model on theta.
 *
 * @param[in]  theta     eco_gp_n_theta logarithms
 * @param[out] ret_grad  as many derivatives, or NULL
 * @return value, or NaN when the covariance has no factor
 *
 * Source: Rasmussen and Williams 2006, equations (5.8), (5.9).
 */
double eco_gp_log_posterior(eco_gp *gp, const double *theta, double *ret_grad);

#endif
