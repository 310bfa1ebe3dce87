/*
 * Reference implementations that follow the definitions literally: slow, short, without tricks, in
 * long double.  Differential tests hold the library to them; nothing here calls the library.
 */
#ifndef ECO_REF_NAIVE_H
#define ECO_REF_NAIVE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { NAIVE_MAX = 32 }; /* largest order and number of points */

/** A copy of C := A B, column-major, A of m x k, B of k x n; by the triple loop. */
static inline void naive_multiply(size_t m, size_t k, size_t n, const double *A, const double *B,
                                  double *C)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            long double sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += (long double)A[l * m + i] * B[j * k + l];
            C[j * m + i] = (double)sum;
        }
}

/**
 * Solves A x = b by Gaussian elimination with row exchange; returns log |det A|.
 * A is n x n in either order when it is symmetric, else row-major.
 */
static inline double naive_solve(size_t n, const double *A, const double *b, double *x)
{
    static long double rows[NAIVE_MAX][NAIVE_MAX + 1];
    long double log_det = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            rows[i][j] = A[i * n + j];
        rows[i][n] = b[i];
    }
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k; i < n; i++)
            pivot = fabsl(rows[i][k]) > fabsl(rows[pivot][k]) ? i : pivot;
        for (size_t j = 0; j <= n; j++) {
            long double kept = rows[k][j];
            rows[k][j] = rows[pivot][j];
            rows[pivot][j] = kept;
        }
        log_det += logl(fabsl(rows[k][k]));
        for (size_t i = k + 1; i < n; i++) {
            long double factor = rows[i][k] / rows[k][k];
            for (size_t j = k; j <= n; j++)
                rows[i][j] -= factor * rows[k][j];
        }
    }
    for (size_t i = n; i-- > 0;) {
        long double sum = rows[i][n];
        for (size_t j = i + 1; j < n; j++)
            sum -= rows[i][j] * x[j];
        x[i] = (double)(sum / rows[i][i]);
    }
    return (double)log_det;
}

/** Hypervolume by inclusion and exclusion over all subsets of at most 16 points. */
static inline double naive_hypervolume(size_t n, size_t m, const double *y, const double *ref)
{
    long double sum = 0;
    for (unsigned set = 1; set < 1U << n; set++) {
        long double volume = -1; /* of the common part of the boxes; sign alternates */
        for (size_t i = 0; i < n; i++)
            volume = set >> i & 1 ? -volume : volume;
        for (size_t k = 0; k < m; k++) {
            double corner = -HUGE_VAL;
            for (size_t i = 0; i < n; i++)
                if (set >> i & 1)
                    corner = fmax(corner, y[i * m + k]);
            volume *= corner < ref[k] ? (long double)ref[k] - corner : 0;
        }
        sum += volume;
    }
    return (double)sum;
}

/** True when a is at least as good everywhere and better somewhere. */
static inline bool naive_dominates(size_t m, const double *a, const double *b)
{
    bool is_better = false;
    for (size_t k = 0; k < m; k++) {
        if (a[k] > b[k])
            return false;
        is_better = is_better || a[k] < b[k];
    }
    return is_better;
}

/** True when no other row dominates row i, and no earlier one equals it. */
static inline bool naive_is_front(size_t n, size_t m, const double *y, size_t i)
{
    for (size_t j = 0; j < n; j++) {
        bool is_equal = j < i;
        for (size_t k = 0; k < m && is_equal; k++)
            is_equal = y[j * m + k] == y[i * m + k];
        if (is_equal || naive_dominates(m, y + j * m, y + i * m))
            return false;
    }
    return true;
}

/** Matern-5/2 correlation with a length scale per input. */
static inline double naive_matern(size_t d, const double *a, const double *b, const double *ls)
{
    long double r2 = 0;
    for (size_t j = 0; j < d; j++)
        r2 +=
            ((long double)a[j] - b[j]) * ((long double)a[j] - b[j]) / ((long double)ls[j] * ls[j]);
    long double r = sqrtl(r2);
    return (double)((1 + sqrtl(5) * r + 5 * r2 / 3) * expl(-sqrtl(5) * r));
}

/** Standard normal distribution function. */
static inline long double naive_cdf(long double z)
{
    return 0.5L * erfcl(-z / sqrtl(2));
}

/** Standard normal density. */
static inline long double naive_pdf(long double z)
{
    return expl(-z * z / 2) / sqrtl(2 * acosl(-1));
}

#endif
