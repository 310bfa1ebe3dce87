/*
 * Gaussian process classification: where does something happen, learned from yes and no.
 *
 * Model: P(yes | f) = Phi(f), f = c + g, g ~ GP(0, s2 k) with the kernels of gp/kernel.h.  Phi
 * makes steps by itself, so a sharp border asks for a large signal s2, not for short length scales,
 * and answers that follow no pattern for a small one.  The posterior of g is approximated by
 * expectation propagation: every answer is replaced by a normal observation ("site") of the same
 * effect.  Sites are values with an error variance each, so an eco_gp that eco_classifier_freeze
 * has filled predicts g.  (Laplace's approximation was tried: with a large s2 it stays near P =
 * 1/2.)
 *
 * Call order: eco_classifier_new once (all memory for max_n points), eco_classifier_fit,
 * eco_classifier_freeze.  Nothing but eco_classifier_new allocates (the minimiser's own scratch
 * apart).  A fit depends on its arguments alone.  One thread per object.
 *
 * Hyperparameters ("theta"): logarithms of d length scales, logarithm of s2, and kappa = c /
 * sqrt(1 + s2), so that far from all data P(yes) = Phi(kappa); the maximum of the approximate
 * marginal likelihood times the priors that docs/numerics.md lists.
 */
#ifndef ECO_GP_CLASSIFIER_H
#define ECO_GP_CLASSIFIER_H

#include "gp/gp.h"

typedef struct eco_classifier eco_classifier;

/** Choices of a model; zero-initialise for the defaults. */
typedef struct eco_classifier_options {
    eco_kernel kernel;
    size_t n_labels; /* how many inputs, the last ones, are labels */
    bool is_plain;   /* flat priors, for comparisons */
} eco_classifier_options;

/**
 * Plans a model: takes the memory for max_n points of d inputs, about 32 max_n^2 bytes.
 *
 * @param[in]  options         NULL for the defaults
 * @param[out] ret_classifier  caller frees with eco_classifier_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (max_n or d not possible, more labels than inputs), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_classifier_new(ecopt_ctx *ctx, const eco_classifier_options *options,
                                             size_t max_n, size_t d,
                                             eco_classifier **ret_classifier);

/** Frees a model; NULL is allowed. */
void eco_classifier_free(eco_classifier *classifier);

/**
 * Learns the hyperparameters from data; one class alone is allowed.
 *
 * @param[in] n      points, 1 .. max_n
 * @param[in] X      n x d, row-major, finite
 * @param[in] y      n answers: > 0 is yes
 * @param[in] theta  length scales and signal to keep while only kappa is learned; NULL: all are
 * learned
 * @return ECOPT_OK, ECOPT_E_LIMIT (n), ECOPT_E_RANGE (X not finite), ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_classifier_fit(eco_classifier *classifier, size_t n, const double *X,
                                             const double *y, const double *theta);

/** Hyperparameters in force, d + 2 numbers; valid until the next fit. */
const double *eco_classifier_theta(const eco_classifier *classifier);

/** Constant c: f = c + g. */
double eco_classifier_mean(const eco_classifier *classifier);

/**
 * Conditions a regression model so that it predicts g: mean and sd of the latent function less c.
 * With them P(no) = Phi(-(c + mean) / sqrt(1 + sd^2)).
 *
 * @param[in,out] gp  of the same d, labels and kernel, is_plain, room for the points
 * @return as eco_gp_condition
 *
 * Source: Rasmussen and Williams 2006, equations (3.60), (3.61), (3.82).
 */
ECOPT_NODROP ecopt_status eco_classifier_freeze(eco_classifier *classifier, eco_gp *gp);

/**
 * Approximate log marginal likelihood of the data now held, plus log priors unless the model is
 * plain, and its gradient.  The sites found stay for eco_classifier_freeze and as the start of the
 * next search for them.
 *
 * @param[in]  theta     d + 2
 * @param[out] ret_grad  d + 2 derivatives, or NULL
 * @return value, or NaN when it cannot be computed
 *
 * Source: Rasmussen and Williams 2006, section 3.6, equations (3.57) to (3.59), (3.65) and (5.27).
 * Differs: sites change all at once, damped when a round does not shrink
 * the change.
 */
double eco_classifier_log_posterior(eco_classifier *classifier, const double *theta,
                                    double *ret_grad);

#endif
