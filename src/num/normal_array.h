/*
 * Functions of the normal distribution for whole arrays, written so that the compiler vectorises
 * them: no branch, no call.  For single values see num/special.h.
 *
 * Pure functions, no state, no allocation; arrays must not overlap.  All results may be scaled by
 * exp(shift^2 / 2), so that a set of very unlikely values keeps its digits: choose shift =
 * max(0, -largest z).  Then the largest result never underflows.
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

#endif
