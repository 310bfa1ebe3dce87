/*
 * Special functions of the normal distribution, in log space where the plain value underflows.
 *
 * Pure functions, no state, no allocation.  phi and Phi are the standard normal density and
 * distribution function.  NaN in gives NaN out.  Accuracy stated per function was checked against
 * mpmath with 50 digits (tests/unit/test_special.c carries the values).
 */
#ifndef ECO_NUM_SPECIAL_H
#define ECO_NUM_SPECIAL_H

#include <stddef.h>

/** log of the sum of exp(x[i]), i < n; -inf when n = 0. */
double eco_logsumexp(size_t n, const double *x);

/** Standard normal density. */
double eco_norm_pdf(double z);

/** Standard normal distribution function, relative error <= 4e-13 for z >= -37. */
double eco_norm_cdf(double z);

/** log Phi(z), relative error <= 1e-14; finite down to z = -1e150. */
double eco_log_ndtr(double z);

/** phi(z) / Phi(z), the derivative of eco_log_ndtr: > 0, about -z for z far below 0. */
double eco_norm_hazard(double z);

/**
 * log h(z), h(z) = phi(z) + z Phi(z), and its derivative Phi(z) / h(z).
 *
 * sigma h((a - mu) / sigma) is the expected improvement below a of a normal variable.  For z < -2
 * the continued fraction of Mills' ratio avoids the cancellation (Ament et al. 2023,
 * arXiv:2310.20708, eq. (9), use erfcx for the same purpose; Laplace's fraction is Abramowitz and
 * Stegun 26.2.14).
 *
 * @param[in]  z        any; finite result for z >= -1e150
 * @param[out] ret_dz   d log h / dz, or NULL
 * @return log h(z), relative error <= 1e-13 (absolute where the value is near 0)
 */
double eco_log_h(double z, double *ret_dz);

/**
 * log E max(a - Y, 0) of a log-normal outcome, ln Y ~ N(mean, sd^2), and its slopes.
 *
 * Far below the median the value is a phi(z) [R(t) - R(t + sd)], t = -z = (mean - ln a) / sd, R
 * Mills' ratio: no plateau down to t = 1e150.  Where sd is small next to 1 + t the difference is
 * the integral of 1 - t R(t), which does not cancel.
 *
 * @param[in]  log_a      ln a, finite
 * @param[in]  sd         > 0
 * @param[out] ret_dmean  d log / d mean <= 0, or NULL (both or none)
 * @param[out] ret_dsd    d log / d sd
 * @return relative error <= 1e-13 (absolute where the value is near 0); NaN for NaN
 *
 * Source and checks: eco_lognorm_array_gain (num/normal_array.h).
 */
double eco_log_lognorm_gain(double log_a, double mean, double sd, double *ret_dmean,
                            double *ret_dsd);

#endif
