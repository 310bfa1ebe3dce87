/*
 * Dense linear algebra: the only place that names BLAS and LAPACK.
 *
 * All matrices are column-major with leading dimension = rows, all lengths in elements of double.
 * Nothing here allocates (the `_work` forms of LAPACKE are used), and everything runs on one
 * thread so that the same input gives the same bits on one machine.  Any number of threads may call
 * it; all but vector sums and triangular solves of one vector wait for one another.  Symmetric
 * matrices are passed whole; factors live in the lower triangle.
 */
#ifndef ECO_NUM_LINALG_H
#define ECO_NUM_LINALG_H

#include "core/ctx.h"

/** Largest order of a factorised matrix (3.2 GB of doubles); above it indices could overflow. */
enum { ECO_LINALG_MAX_N = 20000 };

/**
 * Cholesky factor L of a symmetric matrix, A + jitter I = L L', with a jitter ladder.
 *
 * Adds 0, then 1e-10, 1e-9, ... 1e-1 times the mean of the diagonal until the factorisation
 * succeeds.  The strict upper triangle of A is read but never written: each attempt starts from it.
 *
 * @param[in]     n           order, 1 .. ECO_LINALG_MAX_N
 * @param[in,out] A           n x n symmetric; on success the lower triangle (with diagonal) is L,
 *                            the strict upper one still A's; on failure the lower one is undefined
 * @param[in]     diagonal    n doubles of workspace
 * @param[out]    ret_jitter  what was added to the diagonal (0 normally); unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n), ECOPT_E_NOT_PD (also for NaN or infinite entries)
 */
ECOPT_NODROP ecopt_status eco_chol(ecopt_ctx *ctx, size_t n, double *A, double *diagonal,
                                   double *ret_jitter);

/** x := (L L')^-1 x for one right-hand side of n numbers. */
void eco_chol_solve(size_t n, const double *L, double *x);

/**
 * (L L')^-1 into a separate matrix.
 *
 * @param[in]  L        n x n, factor in the lower triangle
 * @param[out] inverse  n x n, both triangles filled; must not overlap L
 */
void eco_chol_inverse(size_t n, const double *L, double *inverse);

/** Sum of the logarithms of L's diagonal: half the log determinant of L L'. */
double eco_chol_half_logdet(size_t n, const double *L);

/** x := L^-1 x (is_transposed: L'^-1 x), L lower triangular n x n. */
void eco_tri_solve(size_t n, const double *L, bool is_transposed, double *x);

/** B := L^-1 B for B of n x q. */
void eco_tri_solve_many(size_t n, size_t q, const double *L, double *B);

/** x := L x, L lower triangular n x n. */
void eco_tri_multiply(size_t n, const double *L, double *x);

/** y := A x + beta y, A of m x n (is_transposed: A' x with y of n). */
void eco_gemv(size_t m, size_t n, bool is_transposed, const double *A, const double *x, double beta,
              double *y);

/** C := C - V' V for V of n x q and C of q x q, both triangles. */
void eco_syrk_subtract(size_t n, size_t q, const double *V, double *C);

/** Inner product. */
double eco_dot(size_t n, const double *x, const double *y);

#endif
