/*
 * Functions of the normal distribution for whole arrays, written so that the compiler vectorises
 * them: no branch, no call.  For single values see num/special.h.
 *
 * Pure functions, no state, no allocation; arrays must not overlap.  All results may be scaled by
 * exp(shift^2 / 2), so that a set of very unlikely values keeps its digits: choose shift =
 * max(0, -largest z).  Then the largest result never underflows.
 *
 * The second half does the same for a log-normal outcome Y = exp(mean + sd Z).
 */
#ifndef ECO_NUM_NORMAL_ARRAY_H
#define ECO_NUM_NORMAL_ARRAY_H

#include <stddef.h>

/**
 * h(z) = phi(z) + z Phi(z) of n values, times exp(shift^2 / 2).
 *
 * @param[in]  n      values
 * @param[in]  z      n values; -inf gives 0
 * @param[in]  shift  >= 0; where it is > 0 no z may be above -shift
 * @param[out] ret_h  n results; relative error <= 1e-14 + 2e-16 z^2 for z < 0, 1e-14 above; 0 where
 *                    the scaled density is below 1e-307
 *
 * phi(z) (1 - t R(t)), t = |z|, R Mills' ratio; (t + 5)^2 (1 - t R(t)) is a polynomial of
 * (5 - t) / (5 + t), as Shepherd and Laframboise 1981, Math. Comp. 36, 249-253, do for erfc.
 * Checked: tests/unit/test_normal_array.c, against num/special.h and values with 50 digits.
 */
void eco_norm_array_h(size_t n, const double *z, double shift, double *ret_h);

/**
 * As eco_norm_array_h, with the distribution function Phi(z) and the density phi(z), scaled alike.
 *
 * @param[out] ret_h, ret_cdf, ret_pdf  n results each, errors as there
 */
void eco_norm_array_all(size_t n, const double *z, double shift, double *ret_h, double *ret_cdf,
                        double *ret_pdf);

/** Outcome Y, ln Y ~ N(mean, sd^2), and the units of the results. */
typedef struct eco_lognorm {
    double mean, sd; /* of ln Y; sd > 0 */
    double log_unit; /* results are divided by exp(log_unit); no log_a may be above it */
    double shift;    /* and multiplied by exp(shift^2 / 2), as above with z = (log_a - mean) / sd */
} eco_lognorm;

/**
 * E max(a - Y, 0) = a Phi(z) - exp(mean + sd^2 / 2) Phi(z - sd) for n values of a > 0.
 *
 * As a phi(z) exp(-log_unit) times a difference of Mills' ratios, R(-z) - R(sd - z); above the
 * median the part certain to be gained, 1 - exp(sd^2 / 2 - sd z), is taken off first.  For narrow
 * outcomes the difference would cancel and is an integral of 1 - t R(t) instead.
 *
 * @param[in]  n         values
 * @param[in]  log_a     n logarithms of a; -inf (a = 0) gives 0
 * @param[out] ret_gain  n results >= 0; relative error <= 1e-13 + 4e-14 t + 2e-16 t^2,
 *                       t = max(-z, 0); NaN for NaN
 *
 * Source: Black and Scholes 1973, doi:10.1086/260062, equation (13), for the closed form.
 * Checked: tests/unit/test_lognormal.c (60 digits), tests/diff/acq_lognormal.c (quadrature).
 */
void eco_lognorm_array_gain(const eco_lognorm *law, size_t n, const double *log_a,
                            double *ret_gain);

/**
 * As eco_lognorm_array_gain, with slopes in the same units.
 *
 * @param[out] ret_fall   n times minus the derivative by mean: E[Y; Y < a] >= 0
 * @param[out] ret_widen  n derivatives by sd, of either sign
 */
void eco_lognorm_array_all(const eco_lognorm *law, size_t n, const double *log_a, double *ret_gain,
                           double *ret_fall, double *ret_widen);

#endif
