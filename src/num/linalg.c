#include "num/linalg.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <pthread.h>

enum { INVERT_SMALL = 12 }; /* measured best for orders 10 to 300 */

/*
 * Debian's pthread flavour of OpenBLAS splits sums over threads, which changes the last bits from
 * run to run.  The symbols are absent from other BLAS libraries, hence weak.
 */
#pragma weak openblas_set_num_threads
#pragma weak openblas_get_num_threads

static void threads_pin(void)
{
    if (openblas_set_num_threads && openblas_get_num_threads && openblas_get_num_threads() != 1)
        openblas_set_num_threads(1);
}

/*
 * OpenBLAS built for one thread hands out its work buffers without a lock, so two threads that meet
 * in a product or a factorisation can get the same one, and wrong numbers (seen with 0.3.21: one
 * dtrsm in some 10,000).  Hence one at a time, in the whole process: whoever needs such a routine
 * holds this lock.  Sums and updates of vectors (BLAS 1) need no buffer and no lock.
 */
static pthread_mutex_t buffers = PTHREAD_MUTEX_INITIALIZER;

static void buffers_take(void)
{
    (void)pthread_mutex_lock(&buffers); /* cannot fail: not recursive, never destroyed */
}

static void buffers_return(void)
{
    (void)pthread_mutex_unlock(&buffers);
}

/* Lower triangle := upper triangle, diagonal := saved diagonal + jitter. */
static void attempt_prepare(size_t n, double *A, const double *diagonal, double jitter)
{
    for (size_t j = 0; j < n; j++) {
        A[j * n + j] = diagonal[j] + jitter;
        for (size_t i = j + 1; i < n; i++)
            A[j * n + i] = A[i * n + j];
    }
}

ecopt_status eco_chol(ecopt_ctx *ctx, size_t n, double *A, double *diagonal, double *ret_jitter)
{
    if (n < 1 || n > ECO_LINALG_MAX_N)
        return eco_fail(ctx, ECOPT_E_LIMIT, "matrix order %zu is not in 1..%d", n,
                        ECO_LINALG_MAX_N);
    buffers_take();
    threads_pin();
    buffers_return();
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        diagonal[i] = A[i * n + i];
        mean += fabs(diagonal[i]) / (double)n;
    }
    if (!isfinite(mean))
        return eco_fail(ctx, ECOPT_E_NOT_PD, "matrix has a diagonal that is not finite");
    for (int step = -1; step < 10; step++) {
        double jitter = step < 0 ? 0 : mean * pow(10, step - 10);
        attempt_prepare(n, A, diagonal, jitter);
        buffers_take();
        int failed = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', (int)n, A, (int)n);
        buffers_return();
        /* NaN passes some pivots unnoticed: look at the last one. */
        if (failed == 0 && isfinite(A[n * n - 1])) {
            *ret_jitter = jitter;
            return ECOPT_OK;
        }
    }
    return eco_fail(ctx, ECOPT_E_NOT_PD, "matrix of order %zu has no Cholesky factor", n);
}

void eco_chol_solve(size_t n, const double *L, double *x)
{
    eco_tri_solve(n, L, false, x);
    eco_tri_solve(n, L, true, x);
}

/* Inverse of a small lower triangle in place, column by column from the last. */
static void triangle_invert_small(size_t n, double *L, size_t stride)
{
    for (size_t j = n; j-- > 0;) {
        double *column = L + j * stride;
        column[j] = 1 / column[j]; /* not zero: the diagonal of a factor is positive */
        /* Behind column j stands the inverse already.  Upwards, since it reads what is above. */
        for (size_t i = n - 1; i > j; i--) {
            double sum = 0;
            for (size_t k = j + 1; k <= i; k++)
                sum += L[k * stride + i] * column[k];
            column[i] = -sum * column[j];
        }
    }
}

/*
 * Inverse of a lower triangle in place, by halves: of [A 0; B C] it is [A' 0; -C' B A' C'].
 * LAPACK's dtrtri works column by column up to order 64, where the halves are products of matrices
 * (Elmroth, Gustavson, Jonsson, Kagstrom 2004, doi:10.1137/S0036144503428693, section 2).
 */
static void triangle_invert(size_t n, double *L, size_t stride)
{
    if (n <= INVERT_SMALL) {
        triangle_invert_small(n, L, stride);
        return;
    }
    size_t a = n / 2, c = n - a;
    double *B = L + a, *C = L + a * stride + a;
    triangle_invert(a, L, stride);
    triangle_invert(c, C, stride);
    cblas_dtrmm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, (int)c, (int)a,
                -1.0, L, (int)stride, B, (int)stride);
    cblas_dtrmm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)c, (int)a,
                1.0, C, (int)stride, B, (int)stride);
}

void eco_chol_inverse(size_t n, const double *L, double *inverse)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            inverse[j * n + i] = L[j * n + i];
    buffers_take();
    triangle_invert(n, inverse, n);
    (void)LAPACKE_dlauum_work(LAPACK_COL_MAJOR, 'L', (int)n, inverse, (int)n);
    buffers_return();
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++)
            inverse[i * n + j] = inverse[j * n + i];
}

double eco_chol_half_logdet(size_t n, const double *L)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(L[i * n + i]);
    return sum;
}

/* By columns and BLAS 1: what threads call all the time must not queue for the buffers, and for one
 * right-hand side dtrsv is no faster. */
void eco_tri_solve(size_t n, const double *L, bool is_transposed, double *x)
{
    for (size_t j = 0; !is_transposed && j < n; j++) {
        const double *column = L + j * n;
        x[j] /= column[j];
        cblas_daxpy((int)(n - j - 1), -x[j], column + j + 1, 1, x + j + 1, 1);
    }
    for (size_t j = n; is_transposed && j-- > 0;) {
        const double *column = L + j * n;
        x[j] -= cblas_ddot((int)(n - j - 1), column + j + 1, 1, x + j + 1, 1);
        x[j] /= column[j];
    }
}

void eco_tri_solve_many(size_t n, size_t q, const double *L, double *B)
{
    buffers_take();
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, (int)q,
                1.0, L, (int)n, B, (int)n);
    buffers_return();
}

void eco_tri_multiply(size_t n, const double *L, double *x)
{
    buffers_take();
    cblas_dtrmv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, L, (int)n, x, 1);
    buffers_return();
}

void eco_gemv(size_t m, size_t n, bool is_transposed, const double *A, const double *x, double beta,
              double *y)
{
    buffers_take();
    cblas_dgemv(CblasColMajor, is_transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, 1.0, A,
                (int)m, x, 1, beta, y, 1);
    buffers_return();
}

void eco_syrk_subtract(size_t n, size_t q, const double *V, double *C)
{
    buffers_take();
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, (int)q, (int)n, -1.0, V, (int)n, 1.0, C,
                (int)q);
    buffers_return();
    for (size_t j = 0; j < q; j++)
        for (size_t i = j + 1; i < q; i++)
            C[i * q + j] = C[j * q + i];
}

double eco_dot(size_t n, const double *x, const double *y)
{
    return cblas_ddot((int)n, x, 1, y, 1);
}
