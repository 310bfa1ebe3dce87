/*
 * What the models say of the trials that were made: posterior mean and deviation of each objective
 * at each finished trial.
 *
 * For reports and not for choosing points: plain fits of the objectives, one Gaussian process each,
 * without what the acquisition adds (failures filled in, pending points, constraints).  A mean lies
 * between what was measured there and what the neighbours say, so noise pulls less on the front of
 * means than on that of observations.
 */
#ifndef ECO_SAMPLER_TRIAL_MODEL_H
#define ECO_SAMPLER_TRIAL_MODEL_H

#include "sampler/sampler.h"

/**
 * Posterior at the trials, on the scale of costs (pareto/cost.h).
 *
 * Learns from the complete trials that have the value, the newest 1000 of them.
 *
 * @param[out] ret_mean  n x m, row-major; NaN for an objective without any value
 * @param[out] ret_sd    n x m standard deviations of the latent value, noise not included
 * @param[out] ret_is_log  m flags: the model is one of ln(cost) (sampler/transform.h), the mean
 * that of the logarithm turned back, the deviation to first order
 * @param[out] ret_is_outlier  n x m flags: the value was taken for missing (sampler/outlier.h)
 * @return ECOPT_OK, ECOPT_E_LIMIT (m), ECOPT_E_NOT_PD, ECOPT_E_NOMEM; undefined on failure
 */
ECOPT_NODROP ecopt_status eco_trial_model(ecopt_ctx *ctx, const eco_problem *problem,
                                          const eco_history *history, double *ret_mean,
                                          double *ret_sd, bool *ret_is_log, bool *ret_is_outlier);

/** A normal distribution on the scale of a model. */
typedef struct eco_trial_outlook {
    double mean; /* cost, or its natural logarithm; NaN: no trial has a value */
    double sd;   /* standard deviation on the same scale, noise not included */
    bool is_log;
} eco_trial_outlook;

/**
 * Posterior of objective k at a point that need not be a trial's.
 *
 * @param[in] x  n_params codes
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOT_PD, ECOPT_E_NOMEM; *ret is undefined on failure
 */
ECOPT_NODROP ecopt_status eco_trial_model_at(ecopt_ctx *ctx, const eco_problem *problem,
                                             const eco_history *history, size_t k, const double *x,
                                             eco_trial_outlook *ret);

#endif
