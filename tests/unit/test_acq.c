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

/* Mean hypervolume improvement over sampled outcomes. */
static double sampled(ecopt_ctx *ctx, size_t m, size_t n, const double *y, const double *ref,
                      const double *mean, const double *sd)
{
    enum { SAMPLES = 40000 };
    double with[8 * 3], before, after, sum = 0;
    eco_rng rng;
    eco_rng_init(&rng, 17, ECO_STREAM_TEST, m);
    memcpy(with, y, n * m * sizeof *y);
    assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &before), ECOPT_OK);
    for (int s = 0; s < SAMPLES; s++) {
        for (size_t i = 0; i < m; i++)
            with[n * m + i] = mean[i] + sd[i] * eco_rng_normal(&rng);
        assert_status(ctx, ecopt_hypervolume(ctx, n + 1, m, with, ref, &after), ECOPT_OK);
        sum += (after - before) / SAMPLES;
    }
    return sum;
}

static void test_agrees_with_sampling(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 23, ECO_STREAM_TEST, 0);
    for (size_t m = 1; m <= 3; m++) {
        double y[6 * 3], mean[3], sd[3], ref[3] = {1, 1.1, 0.9};
        for (size_t i = 0; i < 6 * m; i++)
            y[i] = eco_rng_uniform(&rng);
        for (size_t i = 0; i < m; i++) {
            mean[i] = 0.4;
            sd[i] = 0.2 + 0.1 * (double)i;
        }
        double exact = exp(value_of(ctx, m, 6, y, ref, mean, sd));
        assert_close(exact, sampled(ctx, m, 6, y, ref, mean, sd), 0.05, 0);
    }
    ecopt_ctx_free(ctx);
}

static void assert_slopes(eco_acq_front *front, size_t m, size_t n_fronts, double *mean, double *sd,
                          double rtol)
{
    double dmean[8], dsd[4];
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
        size_t m = 1 + (size_t)round % 3, n = (size_t)round % 7;
        double y[7 * 3], mean[3], sd[3], ref[3] = {1, 1, 1};
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

static void test_chain(void **state)
{
    (void)state;
    const double dmean[2] = {2, -1}, dsd[2] = {0.5, 3};
    const double slopes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    double grad[2] = {100, 0};
    eco_acq_chain(2, 2, dmean, dsd, slopes, grad);
    assert_close(grad[0], 100 + 2 * 1 + 0.5 * 3 - 5 + 3 * 7, 1e-15, 0);
    assert_close(grad[1], 2 * 2 + 0.5 * 4 - 6 + 3 * 8, 1e-15, 0);
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
        cmocka_unit_test(test_known_values), cmocka_unit_test(test_agrees_with_sampling),
        cmocka_unit_test(test_gradients),    cmocka_unit_test(test_several_fronts_are_averaged),
        cmocka_unit_test(test_no_plateau),   cmocka_unit_test(test_thin_strips),
        cmocka_unit_test(test_feasibility),  cmocka_unit_test(test_chain),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
