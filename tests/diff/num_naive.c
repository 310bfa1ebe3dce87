/*
 * Linear algebra, special functions, minimiser and Sobol sequence against definitions written out.
 */
#include "core/rng.h"
#include "num/linalg.h"
#include "num/minimise.h"
#include "num/sobol.h"
#include "num/special.h"
#include "ref/naive.h"
#include "support/eco_test.h"

enum { ROUNDS = 64, ORDER = 32 };

static void normal_fill(eco_rng *rng, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = eco_rng_normal(rng);
}

/* B B' + ridge I: symmetric, positive definite. */
static void spd_fill(eco_rng *rng, size_t n, double ridge, double *A)
{
    static double B[ORDER * ORDER], turned[ORDER * ORDER];
    normal_fill(rng, n * n, B);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            turned[i * n + j] = B[j * n + i];
    naive_multiply(n, n, n, B, turned, A);
    for (size_t i = 0; i < n; i++)
        A[i * n + i] += ridge;
}

static void test_cholesky_against_elimination(void **state)
{
    (void)state;
    static double A[ORDER * ORDER], L[ORDER * ORDER], inverse[ORDER * ORDER], one[ORDER * ORDER];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 1 + (size_t)round % ORDER;
        double b[ORDER], x[ORDER], y[ORDER], diagonal[ORDER], jitter = -1;
        spd_fill(&rng, n, 0.5, A);
        normal_fill(&rng, n, b);
        memcpy(L, A, n * n * sizeof *A);
        memcpy(y, b, sizeof b);
        assert_status(ctx, eco_chol(ctx, n, L, diagonal, &jitter), ECOPT_OK);
        assert_true(jitter == 0);
        double log_det = naive_solve(n, A, b, x);
        eco_chol_solve(n, L, y);
        for (size_t i = 0; i < n; i++)
            assert_close(y[i], x[i], 1e-8, 1e-9);
        assert_close(2 * eco_chol_half_logdet(n, L), log_det, 1e-10, 1e-10);
        eco_chol_inverse(n, L, inverse);
        naive_multiply(n, n, n, A, inverse, one);
        for (size_t i = 0; i < n * n; i++) {
            assert_close(one[i], i % (n + 1) == 0, 0, 1e-9);
            assert_true(inverse[i] == inverse[i % n * n + i / n]);
        }
    }
    ecopt_ctx_free(ctx);
}

/* Every triangular operation, each way round, against products with the explicit triangle. */
static void test_triangles_against_products(void **state)
{
    (void)state;
    static double L[ORDER * ORDER], full[ORDER * ORDER], turned[ORDER * ORDER];
    eco_rng rng;
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, 1);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 1 + (size_t)round % ORDER, q = 1 + (size_t)round % 5;
        double x[ORDER], y[ORDER], back[ORDER];
        static double B[ORDER * 5], X[ORDER * 5], product[ORDER * 5];
        normal_fill(&rng, n * n, L); /* what lies above the diagonal must not matter */
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++) {
                L[j * n + i] = i == j ? 3 + fabs(L[j * n + i]) : 0.3 * L[j * n + i];
                full[j * n + i] = i >= j ? L[j * n + i] : 0;
                turned[i * n + j] = full[j * n + i];
            }
        normal_fill(&rng, n, x);
        for (int is_turned = 0; is_turned < 2; is_turned++) {
            memcpy(y, x, sizeof x);
            eco_tri_solve(n, L, is_turned, y);
            naive_multiply(n, n, 1, is_turned ? turned : full, y, back);
            for (size_t i = 0; i < n; i++)
                assert_close(back[i], x[i], 1e-12, 1e-12);
        }
        memcpy(y, x, sizeof x);
        eco_tri_multiply(n, L, y);
        naive_multiply(n, n, 1, full, x, back);
        for (size_t i = 0; i < n; i++)
            assert_close(y[i], back[i], 1e-13, 1e-13);
        normal_fill(&rng, n * q, B);
        memcpy(X, B, n * q * sizeof *B);
        eco_tri_solve_many(n, q, L, X);
        naive_multiply(n, n, q, full, X, product);
        for (size_t i = 0; i < n * q; i++)
            assert_close(product[i], B[i], 1e-12, 1e-12);
    }
}

/* A is not square and not symmetric: a transposition too many or too few shows. */
static void test_products_against_triple_loop(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, 2);
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = 1 + (size_t)round % 7, n = 1 + (size_t)round % 5;
        double A[35], turned[35], x[7], y[7], start[7], expected[7], C[25], before[25], V[25];
        double beta = round % 3 - 1;
        normal_fill(&rng, m * n, A);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                turned[i * n + j] = A[j * m + i];
        for (int is_turned = 0; is_turned < 2; is_turned++) {
            size_t rows = is_turned ? n : m, columns = is_turned ? m : n;
            normal_fill(&rng, columns, x);
            normal_fill(&rng, rows, start);
            memcpy(y, start, sizeof y);
            eco_gemv(m, n, is_turned, A, x, beta, y);
            naive_multiply(rows, columns, 1, is_turned ? turned : A, x, expected);
            for (size_t i = 0; i < rows; i++)
                assert_close(y[i], expected[i] + beta * start[i], 1e-13, 1e-13);
        }
        normal_fill(&rng, n * n, before);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                before[i * n + j] = before[j * n + i];
        memcpy(C, before, sizeof C);
        eco_syrk_subtract(m, n, A, C);
        naive_multiply(n, m, n, turned, A, V);
        for (size_t i = 0; i < n * n; i++)
            assert_close(C[i], before[i] - V[i], 1e-13, 1e-13);
        double dot = 0;
        for (size_t i = 0; i < m; i++)
            dot += A[i] * turned[i];
        assert_close(eco_dot(m, A, turned), dot, 1e-13, 1e-13);
    }
}

/* The rungs are 1e-10, 1e-9 ...: how much is added follows how far from definite A is. */
static void test_jitter_is_the_first_rung_that_works(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int rung = -9; rung <= -2; rung++) {
        /* Eigenvalues 2 + s and -s: definite once more than s is added; the mean is 1. */
        double s = 0.5 * pow(10, rung), diagonal[2], jitter = 0;
        double A[4] = {1, 1 + s, 1 + s, 1};
        assert_status(ctx, eco_chol(ctx, 2, A, diagonal, &jitter), ECOPT_OK);
        assert_close(jitter, pow(10, rung), 1e-12, 0);
        assert_close(A[0] * A[0], 1 + jitter, 1e-12, 0);
        assert_close(A[0] * A[1], 1 + s, 1e-12, 0);
        assert_close(A[1] * A[1] + A[3] * A[3], 1 + jitter, 1e-12, 0);
    }
    double hopeless[4] = {1, 5, 5, 1}, diagonal[2], jitter = 7;
    assert_status(ctx, eco_chol(ctx, 2, hopeless, diagonal, &jitter), ECOPT_E_NOT_PD);
    assert_true(jitter == 7);
    ecopt_ctx_free(ctx);
}

static void test_normal_against_long_double(void **state)
{
    (void)state;
    for (double z = -30; z <= 12; z += 0.0625) {
        long double cdf = naive_cdf(z), pdf = naive_pdf(z);
        assert_close(eco_norm_pdf(z), (double)pdf, 1e-13, 0);
        assert_close(eco_norm_cdf(z), (double)cdf, 4e-13, 0);
        assert_close(eco_norm_hazard(z), (double)(pdf / cdf), 1e-13, 0);
        long double log_cdf = z > 0 ? log1pl(-naive_cdf(-z)) : logl(cdf);
        assert_close(eco_log_ndtr(z), (double)log_cdf, 1e-13, 0);
        if (z < -8)
            continue; /* h cancels in long double as well */
        long double h = pdf + z * cdf;
        double slope, tolerance = z < -4 ? 1e-11 : 3e-14;
        assert_close(eco_log_h(z, &slope), (double)logl(h), tolerance, 3e-14);
        assert_close(slope, (double)(cdf / h), tolerance, 0);
    }
}

/* Both sides of every switch between two formulas. */
static void test_no_step_at_the_switches(void **state)
{
    (void)state;
    const double switches[] = {-2, 0, -20, -4.7, -6.06};
    for (size_t i = 0; i < ECO_LEN(switches); i++) {
        double low = switches[i] - 1e-9, high = switches[i] + 1e-9, slope_low, slope_high;
        double step = eco_log_h(high, &slope_high) - eco_log_h(low, &slope_low);
        assert_close(step, 2e-9 * slope_low, 0.02, 1e-13);
        assert_close(slope_high, slope_low, 1e-7, 0);
        assert_close(eco_norm_hazard(high), eco_norm_hazard(low), 1e-7, 0);
        assert_close(eco_log_ndtr(high), eco_log_ndtr(low), 1e-7, 0);
    }
}

static void test_extremes_of_special_functions(void **state)
{
    (void)state;
    const double nan_value = (double)NAN;
    assert_true(eco_norm_cdf(HUGE_VAL) == 1 && eco_norm_cdf(-HUGE_VAL) == 0);
    assert_true(eco_norm_pdf(HUGE_VAL) == 0 && eco_norm_pdf(-1e200) == 0);
    assert_true(eco_log_ndtr(HUGE_VAL) == 0);
    assert_true(isnan(eco_norm_hazard(nan_value)) && isnan(eco_norm_cdf(nan_value)));
    assert_close(eco_log_ndtr(-1e100), -5e199, 1e-15, 0);
    assert_close(eco_norm_hazard(-1e100), 1e100, 1e-15, 0);
}

static double rosenbrock(size_t d, const double *x, double *grad, void *user)
{
    double sum = 0;
    ++*(int *)user;
    for (size_t j = 0; grad && j < d; j++)
        grad[j] = 0;
    for (size_t j = 0; j + 1 < d; j++) {
        double a = 1 - x[j], b = x[j + 1] - x[j] * x[j];
        sum += a * a + 100 * b * b;
        if (grad) {
            grad[j] += -2 * a - 400 * x[j] * b;
            grad[j + 1] += 200 * b;
        }
    }
    return sum;
}

static double run(ecopt_ctx *ctx, const eco_minimise_problem *problem, size_t d, double *x)
{
    eco_minimiser *minimiser = NULL;
    double value;
    assert_status(ctx, eco_minimiser_new(ctx, d, &minimiser), ECOPT_OK);
    assert_status(ctx, eco_minimiser_run(minimiser, problem, x, &value, NULL), ECOPT_OK);
    eco_minimiser_free(minimiser);
    return value;
}

/* The valley in up to ten dimensions; where bounds cut it the projected gradient is zero. */
static void test_rosenbrock(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t d = 2; d <= 10; d += 2) {
        double lower[10], upper[10], x[10], grad[10];
        int calls = 0;
        eco_minimise_problem problem = {.fn = rosenbrock,
                                        .user = &calls,
                                        .lower = lower,
                                        .upper = upper,
                                        .max_evaluations = 2000,
                                        .rtol_x = 1e-12};
        for (size_t j = 0; j < d; j++) {
            lower[j] = -2;
            upper[j] = 2;
            x[j] = j % 2 ? 1 : -1.2;
        }
        double value = run(ctx, &problem, d, x);
        assert_true(value < 1e-12 || (d >= 4 && value < 4.2)); /* its known second minimum */
        assert_true(calls <= 2000);
        for (size_t j = 0; j < d; j++) {
            upper[j] = 0.5;
            x[j] = -1;
        }
        value = run(ctx, &problem, d, x);
        assert_close(rosenbrock(d, x, grad, &calls), value, 0, 0);
        for (size_t j = 0; j < d; j++) {
            assert_true(x[j] >= -2 && x[j] <= 0.5);
            assert_true(x[j] < 0.5 ? fabs(grad[j]) < 1e-2 : grad[j] < 1e-2);
        }
    }
    ecopt_ctx_free(ctx);
}

/* (x - 1)^2 with a hole of NaN or infinity around a place on the way. */
static double with_hole(size_t d, const double *x, double *grad, void *user)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
        sum += (x[j] - 1) * (x[j] - 1);
        if (grad)
            grad[j] = 2 * (x[j] - 1);
    }
    double hole = *(double *)user;
    return fabs(x[0] - 0.55) < 0.05 ? hole : sum;
}

static void test_holes_are_no_minima(void **state)
{
    (void)state;
    const double holes[3] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
    ecopt_ctx *ctx = eco_test_ctx();
    for (int h = 0; h < 3; h++) {
        double hole = holes[h], lower[2] = {-3, -3}, upper[2] = {3, 3};
        eco_minimise_problem problem = {.fn = with_hole,
                                        .user = &hole,
                                        .lower = lower,
                                        .upper = upper,
                                        .max_evaluations = 200,
                                        .rtol_value = 1e-9};
        for (double start = -2; start < 3; start += 0.31) {
            double x[2] = {start, -1}, value = run(ctx, &problem, 2, x);
            assert_true(isfinite(value) && !(fabs(x[0] - 0.55) < 0.05));
            assert_close(with_hole(2, x, NULL, &hole), value, 0, 0);
            assert_true(value <= 4 + (start - 1) * (start - 1));
        }
    }
    ecopt_ctx_free(ctx);
}

/* Warnock's formula for the squared L2 star discrepancy. */
static double discrepancy2(size_t n, size_t d, const double *x)
{
    double first = 1, second = 0, third = 0;
    for (size_t k = 0; k < d; k++)
        first /= 3;
    for (size_t i = 0; i < n; i++) {
        double product = 1;
        for (size_t k = 0; k < d; k++)
            product *= (1 - x[i * d + k] * x[i * d + k]) / 2;
        second += product;
        for (size_t j = 0; j < n; j++) {
            product = 1;
            for (size_t k = 0; k < d; k++)
                product *= 1 - fmax(x[i * d + k], x[j * d + k]);
            third += product;
        }
    }
    return first - 2 * second / (double)n + third / ((double)n * (double)n);
}

static void test_sobol_is_more_even_than_chance(void **state)
{
    (void)state;
    enum { POINTS = 256, DIMS = 6 };
    static double even[POINTS * DIMS], chance[POINTS * DIMS], other[DIMS];
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 0; seed < 12; seed++) {
        size_t d = 2 + seed % 3;
        eco_rng rng;
        eco_sobol *sobol = NULL, *next = NULL;
        eco_rng_init(&rng, seed, ECO_STREAM_TEST, 3);
        assert_status(ctx, eco_sobol_new(ctx, d, true, seed, &sobol), ECOPT_OK);
        assert_status(ctx, eco_sobol_new(ctx, d, true, seed + 1, &next), ECOPT_OK);
        size_t equal = 0;
        for (uint32_t i = 0; i < POINTS; i++) {
            eco_sobol_get(sobol, i, even + i * d);
            eco_sobol_get(next, i, other);
            for (size_t k = 0; k < d; k++) {
                chance[i * d + k] = eco_rng_uniform(&rng);
                equal += even[i * d + k] == other[k];
            }
        }
        assert_true(equal == 0);
        assert_true(discrepancy2(POINTS, d, even) < 0.3 * discrepancy2(POINTS, d, chance));
        eco_sobol_free(sobol);
        eco_sobol_free(next);
    }
    ecopt_ctx_free(ctx);
}

/* Cell of a point when [0, 1) is cut into 2^bits. */
static unsigned cell(double x, unsigned bits)
{
    return (unsigned)ldexp(x, (int)bits);
}

/*
 * Elementary intervals: the first 2^t points put one into each of 2^t cells, for every dimension
 * alone and for every shape 2^a x 2^(t - a) in dimensions 1 and 2, scrambled or not.
 */
static void test_first_points_form_nets(void **state)
{
    (void)state;
    enum { DIMS = 256 };
    static double x[1024][DIMS];
    static bool is_seen[1024];
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 0; seed < 4; seed++) {
        eco_sobol *sobol = NULL;
        assert_status(ctx, eco_sobol_new(ctx, DIMS, seed > 0, seed, &sobol), ECOPT_OK);
        for (uint32_t i = 0; i < 1024; i++)
            eco_sobol_get(sobol, i, x[i]);
        for (unsigned t = 1; t <= 10; t++) {
            for (size_t k = 0; k < DIMS; k += t == 10 ? 1 : 17) {
                memset(is_seen, 0, sizeof is_seen);
                for (uint32_t i = 0; i < 1U << t; i++) {
                    assert_false(is_seen[cell(x[i][k], t)]);
                    is_seen[cell(x[i][k], t)] = true;
                }
            }
            for (unsigned a = 0; a <= t; a++) {
                memset(is_seen, 0, sizeof is_seen);
                for (uint32_t i = 0; i < 1U << t; i++) {
                    unsigned c = cell(x[i][0], a) << (t - a) | cell(x[i][1], t - a);
                    assert_false(is_seen[c]);
                    is_seen[c] = true;
                }
            }
        }
        eco_sobol_free(sobol);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cholesky_against_elimination),
        cmocka_unit_test(test_triangles_against_products),
        cmocka_unit_test(test_products_against_triple_loop),
        cmocka_unit_test(test_jitter_is_the_first_rung_that_works),
        cmocka_unit_test(test_normal_against_long_double),
        cmocka_unit_test(test_no_step_at_the_switches),
        cmocka_unit_test(test_extremes_of_special_functions),
        cmocka_unit_test(test_rosenbrock),
        cmocka_unit_test(test_holes_are_no_minima),
        cmocka_unit_test(test_sobol_is_more_even_than_chance),
        cmocka_unit_test(test_first_points_form_nets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
