#include "core/rng.h"
#include "support/acq_value.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

static eco_acq_front *front_of(ecopt_ctx *ctx, size_t m, size_t n, const double *y,
                               const double *ref)
{
    eco_acq_front *front = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, m, 1, &n, y, ref, &front), ECOPT_OK);
    return front;
}

static double value_of(ecopt_ctx *ctx, size_t m, size_t n, const double *y, const double *ref,
                       const double *mean, const double *sd)
{
    eco_acq_front *front = front_of(ctx, m, n, y, ref);
    double value = eco_test_log_ehvi(front, mean, sd, NULL, NULL);
    eco_acq_front_free(front);
    return value;
}

/* mpmath with 60 digits (oracle/acq_mpmath.json), turned to minimisation. */
static void test_known_values(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double front[8] = {-4, -5.5, -5, -5, -8.5, -3.5, -9, -1}, zero[2] = {0, 0};
    const double mean_a[2] = {-10, -6}, sd_a[2] = {0.7, 0.7}, sd_b[2] = {1, 1};
    assert_close(value_of(ctx, 2, 4, front, zero, mean_a, sd_a), log(20.698817972220764103), 1e-11,
                 0);
    assert_close(value_of(ctx, 2, 4, front, zero, zero, sd_b), log(1.3020422287962162648e-9), 1e-11,
                 0);
    const double mean_c[2] = {-1, -2}, sd_c[2] = {0.5, 0.25};
    assert_close(value_of(ctx, 2, 0, NULL, zero, mean_c, sd_c), log(2.0084907026168296565), 1e-11,
                 0);
    const double front_d[6] = {-0.2, -0.9, -0.5, -0.7, -0.8, -0.3};
    const double mean_d[2] = {-0.6, -0.6}, sd_d[2] = {0.15, 0.2};
    assert_close(value_of(ctx, 2, 3, front_d, zero, mean_d, sd_d), log(0.05153969315593994), 1e-11,
                 0);
    /* One objective: log expected improvement over the best value 0, and over the reference. */
    const double mean_e = 100, sd_e = 1;
    assert_close(value_of(ctx, 1, 1, zero, sd_b, &mean_e, &sd_e), -5010.1295788002497923, 1e-12, 0);
    assert_close(value_of(ctx, 1, 0, NULL, zero, &mean_e, &sd_e), -5010.1295788002497923, 1e-12, 0);
    ecopt_ctx_free(ctx);
}

/* Mean hypervolume improvement over sampled outcomes, and its standard error. */
static double sampled(ecopt_ctx *ctx, size_t m, size_t n, const double *y, const double *ref,
                      const double *mean, const double *sd, double *ret_se)
{
    enum { SAMPLES = 20000 };
    double with[8 * 4], before, after, sum = 0, squares = 0;
    eco_rng rng;
    eco_rng_init(&rng, 17, ECO_STREAM_TEST, m);
    memcpy(with, y, n * m * sizeof *y);
    assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &before), ECOPT_OK);
    for (int s = 0; s < SAMPLES; s++) {
        for (size_t i = 0; i < m; i++)
            with[n * m + i] = mean[i] + sd[i] * eco_rng_normal(&rng);
        assert_status(ctx, ecopt_hypervolume(ctx, n + 1, m, with, ref, &after), ECOPT_OK);
        sum += (after - before) / SAMPLES;
        squares += (after - before) * (after - before) / SAMPLES;
    }
    *ret_se = sqrt((squares - sum * sum) / SAMPLES);
    return sum;
}

/* 2 to 4 objectives, three fronts of different sizes, the candidate's mean differs for each. */
static void test_agrees_with_sampling(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 23, ECO_STREAM_TEST, 0);
    for (size_t m = 1; m <= 4; m++) {
        const size_t counts[3] = {6, 3, 0};
        double y[9 * 4], mean[3 * 4], sd[4], ref[4] = {1, 1.1, 0.9, 1}, sum = 0, error = 0, se;
        for (size_t i = 0; i < 9 * m; i++)
            y[i] = eco_rng_uniform(&rng);
        for (size_t i = 0; i < 3 * m; i++)
            mean[i] = 0.2 + 0.5 * eco_rng_uniform(&rng);
        for (size_t i = 0; i < m; i++)
            sd[i] = 0.2 + 0.1 * (double)i;
        const double *rows = y;
        for (size_t s = 0; s < 3; s++) {
            sum += sampled(ctx, m, counts[s], rows, ref, mean + s * m, sd, &se) / 3;
            error += se / 3;
            rows += counts[s] * m;
        }
        eco_acq_front *front = NULL;
        assert_status(ctx, eco_acq_front_new(ctx, m, 3, counts, y, ref, &front), ECOPT_OK);
        assert_close(exp(eco_test_log_ehvi(front, mean, sd, NULL, NULL)), sum, 0, 3 * error);
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
}

static void assert_slopes(eco_acq_front *front, size_t m, size_t n_fronts, double *mean, double *sd,
                          double rtol)
{
    double dmean[16], dsd[4];
    eco_test_log_ehvi(front, mean, sd, dmean, dsd);
    for (size_t k = 0; k < m * n_fronts + m; k++) {
        double *at = k < m * n_fronts ? &mean[k] : &sd[k - m * n_fronts];
        double slope = k < m * n_fronts ? dmean[k] : dsd[k - m * n_fronts];
        double middle = *at, step = 1e-5 * sd[k % m];
        *at = middle + step;
        double high = eco_test_log_ehvi(front, mean, sd, NULL, NULL);
        *at = middle - step;
        double low = eco_test_log_ehvi(front, mean, sd, NULL, NULL);
        *at = middle;
        assert_close(slope, (high - low) / (2 * step), rtol, 1e-6);
    }
}

static void test_gradients(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 29, ECO_STREAM_TEST, 0);
    for (int round = 0; round < 60; round++) {
        size_t m = 1 + (size_t)round % 4, n = (size_t)round % 7;
        double y[7 * 4], mean[4], sd[4], ref[4] = {1, 1, 1, 1};
        for (size_t i = 0; i < n * m; i++)
            y[i] = eco_rng_uniform(&rng);
        for (size_t i = 0; i < m; i++) {
            mean[i] = -1 + 3 * eco_rng_uniform(&rng);
            sd[i] = exp(-4 + 5 * eco_rng_uniform(&rng));
        }
        eco_acq_front *front = front_of(ctx, m, n, y, ref);
        assert_slopes(front, m, 1, mean, sd, 1e-5);
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
}

static void test_several_fronts_are_averaged(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[6] = {0.2, 0.8, 0.8, 0.1, 0.5, 0.4}, ref[2] = {1, 1};
    const size_t counts[3] = {2, 0, 1};
    double mean[6] = {0.5, 0.3, 0.6, 0.2, 0.4, 0.4}, sd[2] = {0.1, 0.2}, sum = 0;
    eco_acq_front *front = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, 2, 3, counts, y, ref, &front), ECOPT_OK);
    assert_int_equal(eco_acq_front_boxes(front), 3 + 1 + 2);
    sum += exp(value_of(ctx, 2, 2, y, ref, mean, sd)) / 3;
    sum += exp(value_of(ctx, 2, 0, NULL, ref, mean + 2, sd)) / 3;
    sum += exp(value_of(ctx, 2, 1, y + 4, ref, mean + 4, sd)) / 3;
    assert_close(eco_test_log_ehvi(front, mean, sd, NULL, NULL), log(sum), 1e-12, 1e-13);
    assert_slopes(front, 2, 3, mean, sd, 1e-6);
    eco_acq_front_free(front);
    ecopt_ctx_free(ctx);
}

/* Walking away from the front the value falls for ever: no plateau, no -inf. */
static void test_no_plateau(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[6] = {0.1, 0.9, 0.5, 0.5, 0.9, 0.1}, ref[2] = {1, 1};
    eco_acq_front *front = front_of(ctx, 2, 3, y, ref);
    double before = 1e300, sd[2] = {0.01, 0.02}, dmean[2], dsd[2];
    for (double away = 0; away < 40; away = away * 1.3 + 0.05) {
        double mean[2] = {0.5 + away, 0.5 + away};
        double value = eco_test_log_ehvi(front, mean, sd, dmean, dsd);
        assert_true(isfinite(value) && value < before);
        assert_true(dmean[0] < 0 && dmean[1] < 0 && isfinite(dsd[0]) && isfinite(dsd[1]));
        before = value;
    }
    assert_true(before < -1e6);
    /* And it rises with every improvement beyond the front. */
    for (double gain = 0; gain < 5; gain += 0.25) {
        double mean[2] = {0.5 - gain, 0.5 - gain}, next[2] = {0.4 - gain, 0.5 - gain};
        assert_true(eco_test_log_ehvi(front, next, sd, NULL, NULL) >
                    eco_test_log_ehvi(front, mean, sd, NULL, NULL));
    }
    eco_acq_front_free(front);
    ecopt_ctx_free(ctx);
}

/* Strips much thinner than sd must still sum to the whole. */
static void test_thin_strips(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    double y[400], ref[2] = {1, 1};
    const double sd[2] = {0.5, 0.5};
    for (int i = 0; i < 200; i++) {
        /* On a line that one corner point almost equals: the stairs nearly vanish. */
        y[2 * i] = 0.5 + 1e-12 * i;
        y[2 * i + 1] = 0.5 - 1e-12 * i;
    }
    for (double at = -3; at < 12; at += 1.7) {
        const double mean[2] = {at, at};
        double corner = value_of(ctx, 2, 1, y, ref, mean, sd);
        assert_close(value_of(ctx, 2, 200, y, ref, mean, sd), corner, 1e-9, 1e-9);
    }
    ecopt_ctx_free(ctx);
}

/* The first fronts alone, as if the others were not there. */
static void test_screening(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[6] = {0.2, 0.8, 0.8, 0.1, 0.5, 0.4}, ref[2] = {1, 1};
    const size_t counts[3] = {2, 0, 1};
    const double mean[6] = {0.5, 0.3, 0.6, 0.2, 0.4, 0.4}, sds[2][2] = {{0.1, 0.2}, {1e-3, 1e-3}};
    double work[256];
    eco_acq_front *all = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, 2, 3, counts, y, ref, &all), ECOPT_OK);
    assert_true(eco_acq_work_size(all) <= 256);
    for (size_t n_use = 1; n_use <= 3; n_use++)
        for (size_t c = 0; c < 2; c++) {
            eco_acq_front *some = NULL;
            assert_status(ctx, eco_acq_front_new(ctx, 2, n_use, counts, y, ref, &some), ECOPT_OK);
            assert_true(eco_acq_log_ehvi_screen(all, n_use, mean, sds[c], work) ==
                        eco_test_log_ehvi(some, mean, sds[c], NULL, NULL));
            eco_acq_front_free(some);
        }
    eco_acq_front_free(all);
    ecopt_ctx_free(ctx);
}

/* Everything is relative: other units shift the logarithm and nothing else, up to both ends of
 * the range of numbers. */
static void test_units_do_not_matter(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[9] = {0.2, 0.8, 0.5, 0.8, 0.1, 0.6, 0.5, 0.4, 0.2}, ref[3] = {1, 1, 1};
    const double scales[4] = {1e-309, 1e-300, 1e100, 1e300};
    for (int s = 0; s < 4; s++)
        for (int near = 0; near < 2; near++) {
            double mean[3] = {0.5, 0.7, 0.9}, sd[3] = {0.1, 0.2, 0.3}, big_y[9], big_ref[3];
            double dmean[3], dsd[3], big_dmean[3], big_dsd[3];
            for (int k = 0; k < 3; k++)
                sd[k] *= near ? 1 : 0.005;
            eco_acq_front *front = front_of(ctx, 3, 3, y, ref);
            double value = eco_test_log_ehvi(front, mean, sd, dmean, dsd);
            eco_acq_front_free(front);
            for (int i = 0; i < 9; i++)
                big_y[i] = y[i] * scales[s];
            for (int k = 0; k < 3; k++) {
                big_ref[k] = ref[k] * scales[s];
                mean[k] *= scales[s];
                sd[k] *= scales[s];
            }
            front = front_of(ctx, 3, 3, big_y, big_ref);
            double big = eco_test_log_ehvi(front, mean, sd, big_dmean, big_dsd);
            assert_close(big, value + 3 * log(scales[s]), 1e-11, 0);
            for (int k = 0; k < 3 && s > 0; k++) {
                assert_close(big_dmean[k] * scales[s], dmean[k], 1e-9, 0);
                assert_close(big_dsd[k] * scales[s], dsd[k], 1e-9, 0);
            }
            eco_acq_front_free(front);
        }
    ecopt_ctx_free(ctx);
}

/* Mixed extremes: never NaN, never +inf; with all far away finite all the same. */
static void test_extreme_candidates(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[6] = {-1e300, 1e-300, 0, -5, 2e-300, -1e300}, ref[2] = {1e300, 1};
    const double means[5] = {-1e300, -1, 0, 1e-300, 1e300}, sds[4] = {1e-300, 1e-8, 1, 1e300};
    eco_acq_front *front = front_of(ctx, 2, 3, y, ref);
    for (int c = 0; c < 400; c++) {
        const double mean[2] = {means[c % 5], means[c / 5 % 5]};
        const double sd[2] = {sds[c / 25 % 4], sds[c / 100]};
        double dmean[2], dsd[2], value = eco_test_log_ehvi(front, mean, sd, dmean, dsd);
        assert_true(isfinite(value));
        for (int k = 0; k < 2; k++)
            assert_true(!isnan(dmean[k]) && !isnan(dsd[k]) && dmean[k] <= 0);
    }
    const double none[2] = {(double)NAN, 0}, one[2] = {1, 1};
    assert_true(isnan(eco_test_log_ehvi(front, none, one, NULL, NULL)));
    assert_true(isnan(eco_test_log_ehvi(front, one, none, NULL, NULL)));
    eco_acq_front_free(front);
    ecopt_ctx_free(ctx);
}

/* One front hopeless, the other not: the value is the second's share, the slopes are its own. */
static void test_fronts_of_different_fortune(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[4] = {-9, -9, 0.5, 0.5}, ref[2] = {1, 1}, sd[2] = {0.01, 0.01};
    const size_t counts[2] = {1, 1};
    const double mean[4] = {0.4, 0.4, 0.4, 0.4};
    double dmean[4], dsd[2], alone_dmean[2], alone_dsd[2];
    eco_acq_front *both = NULL, *second = front_of(ctx, 2, 1, y + 2, ref);
    assert_status(ctx, eco_acq_front_new(ctx, 2, 2, counts, y, ref, &both), ECOPT_OK);
    double alone = eco_test_log_ehvi(second, mean, sd, alone_dmean, alone_dsd);
    assert_close(eco_test_log_ehvi(both, mean, sd, dmean, dsd), alone - log(2), 1e-13, 0);
    for (int k = 0; k < 2; k++) {
        assert_true(dmean[k] == 0);
        assert_close(dmean[2 + k], alone_dmean[k], 1e-13, 0);
        assert_close(dsd[k], alone_dsd[k], 1e-13, 0);
    }
    eco_acq_front_free(both);
    eco_acq_front_free(second);
    ecopt_ctx_free(ctx);
}

static void test_feasibility(void **state)
{
    (void)state;
    const double bound[2] = {1, -40};
    double mean[2] = {0.5, 3}, sd[2] = {0.5, 1.5}, dmean[2], dsd[2];
    double value = eco_acq_log_feasible(2, mean, sd, bound, dmean, dsd);
    /* log Phi(1) + log Phi(-43 / 1.5). */
    assert_close(eco_acq_log_feasible(1, mean, sd, bound, NULL, NULL), -0.17275377902344988953,
                 1e-14, 0);
    assert_true(value < -400 && isfinite(value));
    for (int k = 0; k < 4; k++) {
        double *at = k < 2 ? &mean[k] : &sd[k - 2], slope = k < 2 ? dmean[k] : dsd[k - 2];
        double middle = *at, step = 1e-6;
        *at = middle + step;
        double high = eco_acq_log_feasible(2, mean, sd, bound, NULL, NULL);
        *at = middle - step;
        double low = eco_acq_log_feasible(2, mean, sd, bound, NULL, NULL);
        *at = middle;
        assert_close(slope, (high - low) / (2 * step), 1e-6, 1e-6);
    }
    assert_true(eco_acq_log_feasible(0, NULL, NULL, NULL, NULL, NULL) == 0);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_acq_front *front = NULL;
    const double y[2] = {(double)NAN, 0}, ref[2] = {1, 1}, bad[2] = {HUGE_VAL, 1};
    size_t one = 1, none = 0;
    assert_status(ctx, eco_acq_front_new(ctx, 2, 0, &one, y, ref, &front), ECOPT_E_ARG);
    assert_status(ctx, eco_acq_front_new(ctx, 2, 1, &one, y, ref, &front), ECOPT_E_RANGE);
    assert_status(ctx, eco_acq_front_new(ctx, 2, 1, &none, y, bad, &front), ECOPT_E_RANGE);
    assert_status(ctx, eco_acq_front_new(ctx, 0, 1, &none, y, ref, &front), ECOPT_E_LIMIT);
    assert_null(front);
    eco_acq_front_free(NULL);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    (void)user;
    const double y[6] = {0.2, 0.8, 0.8, 0.1, 0.5, 0.4}, ref[2] = {1, 1};
    const size_t counts[2] = {2, 1};
    eco_acq_front *front = NULL;
    ECO_TRY(eco_acq_front_new(ctx, 2, 2, counts, y, ref, &front));
    eco_acq_front_free(front);
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_agrees_with_sampling),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_several_fronts_are_averaged),
        cmocka_unit_test(test_no_plateau),
        cmocka_unit_test(test_thin_strips),
        cmocka_unit_test(test_screening),
        cmocka_unit_test(test_units_do_not_matter),
        cmocka_unit_test(test_extreme_candidates),
        cmocka_unit_test(test_fronts_of_different_fortune),
        cmocka_unit_test(test_feasibility),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
