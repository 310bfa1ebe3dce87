/*
 * Expected hypervolume improvement against numerical integration over the candidate's normal
 * outcome, the improvement itself taken from inclusion and exclusion.
 */
#include "core/rng.h"
#include "num/special.h"
#include "ref/naive.h"
#include "support/acq_value.h"
#include "support/eco_test.h"

enum { N = 5, STEPS = 400 };

static double log_ehvi(size_t m, size_t n, const double *y, const double *ref, const double *mean,
                       const double *sd, double *dmean, double *dsd)
{
    ecopt_ctx *ctx = eco_test_ctx();
    eco_acq_front *front = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, m, 1, &n, y, ref, &front), ECOPT_OK);
    double value = eco_test_log_ehvi(front, mean, sd, dmean, dsd);
    eco_acq_front_free(front);
    ecopt_ctx_free(ctx);
    return value;
}

/* Middle of slice i of STEPS over +-8 sd, and its probability. */
static double slice(size_t i, double mean, double sd, double *ret_probability)
{
    double width = 16.0 / STEPS, low = -8 + width * (double)i;
    *ret_probability = (double)(naive_cdf(low + width) - naive_cdf(low));
    return mean + sd * (low + width / 2);
}

/* Sum of improvement x probability over a grid of outcomes of two objectives. */
static double by_quadrature(size_t n, const double *y, const double *ref, const double *mean,
                            const double *sd)
{
    double points[2 * (N + 1)], sum = 0, before = naive_hypervolume(n, 2, y, ref);
    memcpy(points, y, 2 * n * sizeof *y);
    for (size_t i = 0; i < STEPS; i++) {
        double p0, p1;
        points[2 * n] = slice(i, mean[0], sd[0], &p0);
        if (points[2 * n] >= ref[0] || p0 < 1e-12)
            continue;
        for (size_t j = 0; j < STEPS; j++) {
            points[2 * n + 1] = slice(j, mean[1], sd[1], &p1);
            if (points[2 * n + 1] < ref[1] && p0 * p1 > 1e-14)
                sum += p0 * p1 * (naive_hypervolume(n + 1, 2, points, ref) - before);
        }
    }
    return sum;
}

static void test_two_objectives_by_quadrature(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 41, ECO_STREAM_TEST, 0);
    const double ref[2] = {1, 0.9};
    for (size_t round = 0; round < 14; round++) {
        size_t n = round % (N + 1);
        double y[2 * N], mean[2], sd[2];
        for (size_t i = 0; i < 2 * n; i++)
            y[i] = eco_rng_uniform(&rng);
        for (size_t k = 0; k < 2; k++) {
            mean[k] = 0.1 + eco_rng_uniform(&rng);
            sd[k] = 0.1 + 0.3 * eco_rng_uniform(&rng);
        }
        /* On the front itself, then on its worst corner. */
        if (n > 0 && round % 3 == 0)
            memcpy(mean, y, sizeof mean);
        if (round % 7 == 5)
            memcpy(mean, ref, sizeof mean);
        double expected = by_quadrature(n, y, ref, mean, sd);
        assert_close(exp(log_ehvi(2, n, y, ref, mean, sd, NULL, NULL)), expected, 3e-3, 1e-5);
    }
}

/* One objective: expected improvement by the textbook formula, with and without data. */
static void test_one_objective_is_expected_improvement(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 41, ECO_STREAM_TEST, 1);
    for (int round = 0; round < 200; round++) {
        double y[3], ref = 1, mean = 2 * eco_rng_uniform(&rng), dmean, dsd;
        double sd = 0.05 + eco_rng_uniform(&rng);
        size_t n = (size_t)round % 4;
        double best = ref;
        for (size_t i = 0; i < n; i++) {
            y[i] = 1.3 * eco_rng_uniform(&rng);
            best = fmin(best, y[i]);
        }
        long double z = ((long double)best - mean) / sd;
        if (z < -5)
            continue;
        double ei = (double)(sd * (naive_pdf(z) + z * naive_cdf(z)));
        double value = log_ehvi(1, n, y, &ref, &mean, &sd, &dmean, &dsd);
        assert_close(value, log(ei), 1e-9, 1e-9);
        assert_close(dmean, -(double)naive_cdf(z) / ei, 1e-8, 0);
        assert_close(dsd, (double)naive_pdf(z) / ei, 1e-8, 1e-12 / sd);
    }
}

/* A front of one point: the region is a box sum that can be written down. */
static void test_single_point_front(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 41, ECO_STREAM_TEST, 2);
    for (int round = 0; round < 200; round++) {
        size_t m = 2 + (size_t)round % 3;
        double y[4], mean[4], sd[4], ref[4];
        long double to_ref = 1, to_point = 1;
        for (size_t k = 0; k < m; k++) {
            ref[k] = 1 + eco_rng_uniform(&rng);
            y[k] = eco_rng_uniform(&rng);
            mean[k] = 1.5 * eco_rng_uniform(&rng);
            sd[k] = 0.2 + eco_rng_uniform(&rng);
            long double zr = ((long double)ref[k] - mean[k]) / sd[k];
            long double zp = ((long double)y[k] - mean[k]) / sd[k];
            long double whole = sd[k] * (naive_pdf(zr) + zr * naive_cdf(zr));
            to_ref *= whole;
            to_point *= whole - sd[k] * (naive_pdf(zp) + zp * naive_cdf(zp));
        }
        /* Gain = box below the reference less its part that the point dominates already. */
        double value = log_ehvi(m, 1, y, ref, mean, sd, NULL, NULL);
        assert_close(exp(value), (double)(to_ref - to_point), 1e-9, 1e-12);
    }
}

/* Better means gain more, in each objective; gradients agree in sign and size with differences,
 * also at the points of the front, at its extremes and where sides are narrow against sd. */
static void test_monotone_and_smooth_everywhere(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 41, ECO_STREAM_TEST, 3);
    for (int round = 0; round < 300; round++) {
        size_t m = 1 + (size_t)round % 4, n = (size_t)round % (N + 1);
        double y[N * 4], mean[4], sd[4], ref[4] = {1, 1, 1, 1}, dmean[4], dsd[4];
        double size = pow(10, 4 * eco_rng_uniform(&rng) - 2.5);
        for (size_t i = 0; i < n * m; i++)
            y[i] = eco_rng_uniform(&rng);
        for (size_t k = 0; k < m; k++) {
            mean[k] = round % 5 == 0 && n > 0 ? y[k] : 1.4 * eco_rng_uniform(&rng);
            sd[k] = size * (0.5 + eco_rng_uniform(&rng));
        }
        (void)log_ehvi(m, n, y, ref, mean, sd, dmean, dsd);
        for (size_t k = 0; k < m; k++) {
            assert_true(dmean[k] < 0);
            double step = 1e-5 * sd[k], at = mean[k], high, low;
            mean[k] = at + step;
            high = log_ehvi(m, n, y, ref, mean, sd, NULL, NULL);
            mean[k] = at - step;
            low = log_ehvi(m, n, y, ref, mean, sd, NULL, NULL);
            mean[k] = at;
            assert_true(high < low);
            assert_close(dmean[k], (high - low) / (2 * step), 1e-5, 1e-5 / sd[k]);
            at = sd[k];
            sd[k] = at + step;
            high = log_ehvi(m, n, y, ref, mean, sd, NULL, NULL);
            sd[k] = at - step;
            low = log_ehvi(m, n, y, ref, mean, sd, NULL, NULL);
            sd[k] = at;
            assert_close(dsd[k], (high - low) / (2 * step), 1e-5, 1e-5 / sd[k]);
        }
    }
}

/* Narrow sides far below the mean: the switch to quadrature must look at the slope there. */
static void test_narrow_sides_in_the_tail(void **state)
{
    (void)state;
    for (double z = -60; z <= 3; z += 0.7)
        for (double width = 2.2e-6; width < 0.2; width *= 3) {
            /* Two objectives, the first certain: psi(u) - psi(l) of the second alone. */
            const double ref[2] = {1, z + width}, y[2] = {0, z}, sd[2] = {1e-3, 1};
            const double mean[2] = {-50, 0};
            /* Gain = (psi1(ref) - psi1(y)) x 50 + psi1(y) x 51. */
            double value = log_ehvi(2, 1, y, ref, mean, sd, NULL, NULL);
            long double sum = 0;
            for (int i = 0; i < 512; i++)
                sum += naive_cdf(z + width * (i + 0.5L) / 512) * width / 512;
            /* psi1(y) = h(z), itself held to mpmath in test_special. */
            long double psi = expl((long double)eco_log_h(z, NULL));
            if (z > -2)
                continue;
            double expected = (double)logl(50 * sum + 51 * psi);
            assert_close(value, expected, 0, 2e-5);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_objectives_by_quadrature),
        cmocka_unit_test(test_one_objective_is_expected_improvement),
        cmocka_unit_test(test_single_point_front),
        cmocka_unit_test(test_monotone_and_smooth_everywhere),
        cmocka_unit_test(test_narrow_sides_in_the_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
