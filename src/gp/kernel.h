/*
 * Stationary kernels with one length scale per input (ARD), as functions of the scaled squared
 * distance r2 = sum_j ((x_j - x'_j) / ls_j)^2 + sum_l [x_l != x'_l] / ls_l^2, numbers first, then
 * labels.  A label is a category: any two different ones are equally far apart.  That is the
 * squared distance of one-hot codes, scaled by one length for all of them, so the kernel stays
 * positive definite.
 *
 * With slope = -2 dk/d(r2):  dk / d log ls_j = slope ((x_j - x'_j) / ls_j)^2,
 *                            dk / dx_j       = -slope (x_j - x'_j) / ls_j^2;
 * for a label dk / d log ls_l = slope [x_l != x'_l] / ls_l^2.
 * Both kernels are 1 at r2 = 0; the signal variance multiplies outside.  Pure functions.
 */
#ifndef ECO_GP_KERNEL_H
#define ECO_GP_KERNEL_H

#include <stddef.h>

typedef enum eco_kernel {
    ECO_KERNEL_MATERN52, /* Rasmussen and Williams 2006, equation (4.17) */
    ECO_KERNEL_RBF       /* equation (4.9) */
} eco_kernel;

/** Rows that eco_kernel_distances2 reads. */
typedef struct eco_kernel_shape {
    size_t d, n_labels;   /* columns, and how many of them, the last ones, are labels */
    size_t stride;        /* from one column to the next */
    const double *weight; /* n_labels, 1 / ls^2; borrowed */
} eco_kernel_shape;

/**
 * Correlation at scaled squared distance r2 >= 0 and its slope as defined above.
 * @param[out] ret_slope  >= 0, or NULL
 */
double eco_kernel_value(eco_kernel kernel, double r2, double *ret_slope);

/** Sum of squared differences of two rows of d scaled inputs. */
double eco_kernel_distance2(size_t d, const double *a, const double *b);

/**
 * Scaled squared distance of two rows whose last n_labels <= d columns are labels.
 * @param[in] a, b      d - n_labels scaled numbers, then n_labels labels as they are
 * @param[in] weight    n_labels, 1 / ls^2 of each label
 */
double eco_kernel_mixed2(size_t d, size_t n_labels, const double *a, const double *b,
                         const double *weight);

/**
 * eco_kernel_mixed2 of one row and n others, which stand column by column: long loops over points
 * instead of short ones over inputs.  The sums have the same order.
 *
 * @param[in]  columns  shape->d columns, shape->stride >= n apart
 * @param[in]  at       d, the one row
 * @param[out] ret_r2   n squared distances
 */
void eco_kernel_distances2(const eco_kernel_shape *shape, size_t n, const double *columns,
                           const double *at, double *ret_r2);

/**
 * eco_kernel_value of n squared distances, times a factor.
 *
 * @param[in,out] r2     n squared distances, on return the slopes (without the factor)
 * @param[out]    ret_k  n values
 */
void eco_kernel_values(eco_kernel kernel, size_t n, double factor, double *restrict r2,
                       double *restrict ret_k);

#endif
