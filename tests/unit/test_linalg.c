#include "num/linalg.h"

#include "core/rng.h"
#include "support/eco_test.h"

#include <pthread.h>
#include <string.h>

enum { N = 7 };

/* G G' + shift I from a fixed stream. */
static void spd_fill(size_t n, double shift, double *A)
{
    double G[N * N];
    eco_rng rng;
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, n);
    for (size_t i = 0; i < n * n; i++)
        G[i] = eco_rng_normal(&rng);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            A[j * n + i] = i == j ? shift : 0;
            for (size_t k = 0; k < n; k++)
                A[j * n + i] += G[k * n + i] * G[k * n + j];
        }
}

static void test_factor_times_transpose_is_the_matrix(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t n = 1; n <= N; n++) {
        double A[N * N], L[N * N], diagonal[N], jitter = -1;
        spd_fill(n, 0.1, A);
        memcpy(L, A, sizeof A);
        assert_status(ctx, eco_chol(ctx, n, L, diagonal, &jitter), ECOPT_OK);
        assert_true(jitter == 0);
        double logdet = 0;
        for (size_t i = 0; i < n; i++) {
            logdet += log(L[i * n + i]);
            for (size_t j = 0; j <= i; j++) {
                double sum = 0;
                for (size_t k = 0; k <= j; k++)
                    sum += L[k * n + i] * L[k * n + j];
                assert_close(sum, A[j * n + i], 1e-13, 1e-13);
            }
        }
        assert_close(eco_chol_half_logdet(n, L), logdet, 1e-14, 1e-14);
    }
    ecopt_ctx_free(ctx);
}

static void test_solves_and_inverse(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double A[N * N], L[N * N], inverse[N * N], diagonal[N], jitter;
    double x[N], b[N], y[N];
    spd_fill(N, 0.1, A);
    memcpy(L, A, sizeof A);
    assert_status(ctx, eco_chol(ctx, N, L, diagonal, &jitter), ECOPT_OK);
    for (int i = 0; i < N; i++)
        x[i] = i - 2.5;
    eco_gemv(N, N, false, A, x, 0, b);
    memcpy(y, b, sizeof b);
    eco_chol_solve(N, L, y);
    eco_chol_inverse(N, L, inverse);
    double z[N] = {1, 1, 1, 1, 1, 1, 1};
    eco_gemv(N, N, true, inverse, b, -1, z);
    for (int i = 0; i < N; i++) {
        assert_close(y[i], x[i], 1e-10, 1e-10);
        assert_close(z[i], x[i] - 1, 1e-10, 1e-10);
    }
    eco_tri_solve(N, L, false, b);
    double back[N];
    memcpy(back, b, sizeof b);
    eco_tri_multiply(N, L, back);
    eco_gemv(N, N, false, A, x, -1, back);
    for (int i = 0; i < N; i++)
        assert_close(back[i], 0, 0, 1e-12);
    ecopt_ctx_free(ctx);
}

/* C - V'V with V = L^-1 B equals C - B' A^-1 B. */
static void test_many_right_hand_sides(void **state)
{
    (void)state;
    enum { Q = 3 };
    ecopt_ctx *ctx = eco_test_ctx();
    double A[N * N], V[N * Q], C[Q * Q] = {0}, diagonal[N], jitter, B[N * Q];
    spd_fill(N, 0.5, A);
    assert_status(ctx, eco_chol(ctx, N, A, diagonal, &jitter), ECOPT_OK);
    for (int i = 0; i < N * Q; i++)
        V[i] = B[i] = sin(i);
    eco_tri_solve_many(N, Q, A, V);
    eco_syrk_subtract(N, Q, V, C);
    for (int i = 0; i < Q; i++) {
        double x[N];
        memcpy(x, B + i * N, sizeof x);
        eco_chol_solve(N, A, x);
        for (int j = 0; j < Q; j++)
            assert_close(C[i * Q + j], -eco_dot(N, B + j * N, x), 1e-12, 1e-13);
    }
    ecopt_ctx_free(ctx);
}

static void test_jitter_ladder(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double diagonal[3], jitter = -1;
    /* Rank one: needs the first rung or two, and the factor is of A + jitter I. */
    double ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_status(ctx, eco_chol(ctx, 3, ones, diagonal, &jitter), ECOPT_OK);
    assert_true(jitter >= 1e-10 && jitter <= 1e-8);
    assert_close(ones[0] * ones[0], 1 + jitter, 1e-15, 0);
    assert_close(ones[1] * ones[1] + ones[4] * ones[4], 1 + jitter, 1e-15, 0);
    /* Scale does not matter. */
    double small[4] = {1e-300, 1e-300, 1e-300, 1e-300};
    assert_status(ctx, eco_chol(ctx, 2, small, diagonal, &jitter), ECOPT_OK);
    assert_true(jitter >= 1e-310 && jitter < 1e-307);
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double diagonal[2], jitter = 7;
    double indefinite[4] = {1, 3, 3, 1}, nan_off[4] = {1, (double)NAN, (double)NAN, 1},
           nan_on[4] = {(double)NAN, 0, 0, 1};
    double infinite[4] = {HUGE_VAL, 0, 0, 1}, zero[1] = {0};
    assert_status(ctx, eco_chol(ctx, 2, indefinite, diagonal, &jitter), ECOPT_E_NOT_PD);
    assert_status(ctx, eco_chol(ctx, 2, nan_off, diagonal, &jitter), ECOPT_E_NOT_PD);
    assert_status(ctx, eco_chol(ctx, 2, nan_on, diagonal, &jitter), ECOPT_E_NOT_PD);
    assert_status(ctx, eco_chol(ctx, 2, infinite, diagonal, &jitter), ECOPT_E_NOT_PD);
    assert_status(ctx, eco_chol(ctx, 1, zero, diagonal, &jitter), ECOPT_E_NOT_PD);
    assert_status(ctx, eco_chol(ctx, 0, zero, diagonal, &jitter), ECOPT_E_LIMIT);
    assert_status(ctx, eco_chol(ctx, 20001, zero, diagonal, &jitter), ECOPT_E_LIMIT);
    assert_true(jitter == 7);
    ecopt_ctx_free(ctx);
}

enum { ORDER = 40, SIDES = 8, CALLS = 8000 };

/* What each thread computes over and over, and what it must be. */
typedef struct solver {
    const double *L, *right, *expected; /* ORDER x ORDER, ORDER x SIDES, the same */
    size_t n_wrong;
} solver;

static void *solver_run(void *user)
{
    solver *s = user;
    double B[ORDER * SIDES];
    for (size_t i = 0; i < CALLS; i++) {
        memcpy(B, s->right, sizeof B);
        eco_tri_solve_many(ORDER, SIDES, s->L, B);
        s->n_wrong += memcmp(B, s->expected, sizeof B) != 0;
    }
    return NULL;
}

/* OpenBLAS for one thread mixes up the buffers of callers that are not kept apart. */
static void test_threads_do_not_disturb_one_another(void **state)
{
    (void)state;
    static double L[ORDER * ORDER], right[ORDER * SIDES], expected[ORDER * SIDES];
    eco_rng rng;
    eco_rng_init(&rng, 5, 0, 0);
    for (size_t i = 0; i < ORDER * ORDER; i++)
        L[i] = i % (ORDER + 1) == 0 ? 2 : eco_rng_normal(&rng) / ORDER;
    for (size_t i = 0; i < ORDER * SIDES; i++)
        right[i] = expected[i] = eco_rng_normal(&rng);
    eco_tri_solve_many(ORDER, SIDES, L, expected);
    pthread_t threads[4];
    solver solvers[4];
    for (size_t t = 0; t < 4; t++) {
        solvers[t] = (solver){.L = L, .right = right, .expected = expected};
        assert_int_equal(pthread_create(&threads[t], NULL, solver_run, &solvers[t]), 0);
    }
    for (size_t t = 0; t < 4; t++) {
        pthread_join(threads[t], NULL);
        assert_int_equal(solvers[t].n_wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor_times_transpose_is_the_matrix),
        cmocka_unit_test(test_solves_and_inverse),
        cmocka_unit_test(test_many_right_hand_sides),
        cmocka_unit_test(test_jitter_ladder),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_threads_do_not_disturb_one_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
