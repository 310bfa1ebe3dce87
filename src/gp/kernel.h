/*
 * Stationary kernels with one length scale per input (ARD), as functions of the scaled squared
 * distance r2 = sum_j ((x_j - x'_j) / ls_j)^2.
 *
 * With slope = -2 dk/d(r2):  dk / d log ls_j = slope ((x_j - x'_j) / ls_j)^2,
 *                            dk / dx_j       = -slope (x_j - x'_j) / ls_j^2.
 * Both kernels are 1 at r2 = 0; the signal variance multiplies outside.  Pure functions.
 */
#ifndef ECO_GP_KERNEL_H
#define ECO_GP_KERNEL_H

#include <stddef.h>

typedef enum eco_kernel {
    ECO_KERNEL_MATERN52, /* Rasmussen and Williams 2006, equation (4.17) */
    ECO_KERNEL_RBF       /* equation (4.9) */
} eco_kernel;

/**
 * Correlation at scaled squared distance r2 >= 0 and its slope as defined above.
 * @param[out] ret_slope  >= 0, or NULL
 */
double eco_kernel_value(eco_kernel kernel, double r2, double *ret_slope);

/** Sum of squared differences of two rows of d scaled inputs. */
double eco_kernel_distance2(size_t d, const double *a, const double *b);

#endif
