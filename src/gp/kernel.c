#include "gp/kernel.h"

#include <math.h>
#include <stdint.h>

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

void eco_kernel_distances2(const eco_kernel_shape *shape, size_t n, const double *columns,
                           const double *at, double *ret_r2)
{
    size_t n_numbers = shape->d - shape->n_labels;
    for (size_t i = 0; i < n; i++)
        ret_r2[i] = 0;
    for (size_t j = 0; j < n_numbers; j++) {
        const double *column = columns + j * shape->stride;
        for (size_t i = 0; i < n; i++)
            ret_r2[i] += (column[i] - at[j]) * (column[i] - at[j]);
    }
    for (size_t l = 0; l < shape->n_labels; l++) {
        const double *column = columns + (n_numbers + l) * shape->stride;
        for (size_t i = 0; i < n; i++)
            ret_r2[i] += column[i] != at[n_numbers + l] ? shape->weight[l] : 0;
    }
}

/*
 * x := exp(x) for n numbers from -708 to 0, to 2 units in the last place.
 *
 * libm's takes half of a likelihood's time because compilers cannot do several at once.  With
 * x = k ln 2 + r, |r| <= ln 2 / 2: exp(r) = 1 + 2 P / (Q - P), and 2^k is made from bits.
 * Source: Cephes exp.c (Moshier 1989, Methods and Programs for Mathematical Functions, section 5).
 */
static void exp_all(size_t n, double *restrict x)
{
    /* Adding it leaves a small integer in the low bits of the sum. */
    static const double shift = 6755399441055744.0; /* 1.5 x 2^52 */
    for (size_t i = 0; i < n; i++) {
        double from = x[i], sum = from * 1.4426950408889634 + shift;
        double k = sum - shift,
               r = (from - k * 6.93145751953125e-1) - k * 1.42860682030941723212e-6;
        double r2 = r * r;
        double p = r * ((1.26177193074810590878e-4 * r2 + 3.02994407707441961300e-2) * r2 +
                        9.99999999999999999910e-1);
        double q = ((3.00198505138664455042e-6 * r2 + 2.52448340349684104192e-3) * r2 +
                    2.27265548208155028766e-1) *
                       r2 +
                   2;
        union {
            double number;
            uint64_t bits;
        } power = {.number = sum};
        power.bits = (power.bits + 1023) << 52;
        x[i] = (1 + 2 * (p / (q - p))) * power.number;
    }
}

void eco_kernel_values(eco_kernel kernel, size_t n, double factor, double *restrict r2,
                       double *restrict ret_k)
{
    if (kernel == ECO_KERNEL_RBF) {
        for (size_t i = 0; i < n; i++)
            r2[i] = r2[i] > 1416 ? -708 : -0.5 * r2[i];
        exp_all(n, r2);
        for (size_t i = 0; i < n; i++)
            ret_k[i] = factor * r2[i];
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double s = sqrt(5 * r2[i]);
        r2[i] = s > 708 ? 708 : s; /* beyond, the kernel is 0 for all that matters */
        ret_k[i] = -r2[i];
    }
    exp_all(n, ret_k);
    for (size_t i = 0; i < n; i++) {
        double s = r2[i], e = ret_k[i];
        ret_k[i] = factor * ((1 + s + s * s * (1.0 / 3)) * e);
        r2[i] = 5.0 / 3 * (1 + s) * e;
    }
}
