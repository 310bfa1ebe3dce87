#include "gp/kernel.h"

#include <math.h>

double eco_kernel_value(eco_kernel kernel, double r2, double *ret_slope)
{
    if (kernel == ECO_KERNEL_RBF) {
        double k = exp(-0.5 * r2);
        if (ret_slope)
            *ret_slope = k;
        return k;
    }
    /* k = (1 + s + s^2 / 3) e^-s with s = sqrt(5) r; -2 dk/d(r2) = 5/3 (1 + s) e^-s. */
    double s = sqrt(5 * r2), e = exp(-s);
    if (ret_slope)
        *ret_slope = 5.0 / 3 * (1 + s) * e;
    return (1 + s + 5 * r2 / 3) * e;
}

double eco_kernel_distance2(size_t d, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

double eco_kernel_mixed2(size_t d, size_t n_labels, const double *a, const double *b,
                         const double *weight)
{
    size_t n_numbers = d - n_labels;
    double sum = eco_kernel_distance2(n_numbers, a, b);
    for (size_t l = 0; l < n_labels; l++)
        if (a[n_numbers + l] != b[n_numbers + l])
            sum += weight[l];
    return sum;
}
