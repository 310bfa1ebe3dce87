/*
 * Expected hypervolume improvement with log-normal objectives: against integration over the
 * outcome, sampling, central differences, and the logarithms against the plain numbers.
 */
#include "core/rng.h"
#include "num/special.h"
#include "ref/naive.h"
#include "support/acq_value.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

static eco_acq_front *front_of(ecopt_ctx *ctx, size_t m, size_t n_fronts, const size_t *counts,
                               const double *y, const double *ref, const bool *is_log)
{
    eco_acq_front *front = NULL;
    assert_status(ctx, eco_acq_front_new(ctx, m, n_fronts, counts, y, ref, &front), ECOPT_OK);
    eco_acq_front_set_log(front, is_log);
    return front;
}

/* One objective: integral of Phi((ln s - mean) / sd) over s = 0 .. a, by Simpson's rule in ln s. */
static void test_one_objective_by_quadrature(void **state)
{
    (void)state;
    enum { STEPS = 4000 };
    ecopt_ctx *ctx = eco_test_ctx();
    static const double cases[][3] = {{0, 0, 1}, {1, -1, 0.3},    {-1, 0.5, 0.6},
                                      {2, 0, 2}, {0, 0.05, 0.03}, {0.1, 0, 0.02}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double log_a = cases[i][0], mean = cases[i][1], sd = cases[i][2], dmean, dsd;
        double low = mean - 12 * sd, width = (log_a - low) / STEPS, sum = 0;
        for (size_t s = 0; s <= STEPS; s++) {
            double at = low + width * (double)s;
            double weight = s == 0 || s == STEPS ? 1 : s % 2 ? 4 : 2;
            sum += weight * exp(at) * (double)naive_cdf((at - mean) / sd);
        }
        size_t none = 0;
        bool is_log = true;
        eco_acq_front *front = front_of(ctx, 1, 1, &none, NULL, &log_a, &is_log);
        assert_close(eco_test_log_ehvi(front, &mean, &sd, &dmean, &dsd), log(sum * width / 3), 0,
                     1e-10);
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
}

/* Coordinates of objective k in the units in which hypervolume is measured. */
static double natural(const bool *is_log, size_t k, double value)
{
    return is_log[k] ? exp(value) : value;
}

/* Mean improvement of sampled outcomes of one front, and its standard error. */
static double sampled(ecopt_ctx *ctx, size_t m, size_t n, const double *y, const double *ref,
                      const double *mean, const double *sd, const bool *is_log, double *ret_se)
{
    enum { SAMPLES = 20000 };
    double with[8 * 4], to[4], before, after, sum = 0, squares = 0;
    eco_rng rng;
    eco_rng_init(&rng, 19, ECO_STREAM_TEST, m);
    for (size_t i = 0; i < n * m; i++)
        with[i] = natural(is_log, i % m, y[i]);
    for (size_t k = 0; k < m; k++)
        to[k] = natural(is_log, k, ref[k]);
    assert_status(ctx, ecopt_hypervolume(ctx, n, m, with, to, &before), ECOPT_OK);
    for (int s = 0; s < SAMPLES; s++) {
        for (size_t k = 0; k < m; k++)
            with[n * m + k] = natural(is_log, k, mean[k] + sd[k] * eco_rng_normal(&rng));
        assert_status(ctx, ecopt_hypervolume(ctx, n + 1, m, with, to, &after), ECOPT_OK);
        sum += (after - before) / SAMPLES;
        squares += (after - before) * (after - before) / SAMPLES;
    }
    *ret_se = sqrt((squares - sum * sum) / SAMPLES);
    return sum;
}

static void fill(eco_rng *rng, size_t n, double least, double range, double *ret)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = least + range * eco_rng_uniform(rng);
}

/* 1 to 4 objectives, all ways to take logarithms, three fronts with a mean for each. */
static void test_agrees_with_sampling(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 29, ECO_STREAM_TEST, 0);
    for (size_t m = 1; m <= 4; m++) {
        for (unsigned set = 1; set < 1u << m; set += m == 4 ? 6 : 1) {
            const size_t counts[3] = {6, 3, 0};
            double y[9 * 4], mean[3 * 4], sd[4], ref[4] = {1, 1.1, 0.9, 1}, sum = 0, error = 0, se;
            bool is_log[4];
            fill(&rng, 9 * m, 0, 1, y);
            fill(&rng, 3 * m, 0.2, 0.5, mean);
            fill(&rng, m, 0.2, 0.4, sd);
            for (size_t k = 0; k < m; k++)
                is_log[k] = set >> k & 1;
            const double *rows = y;
            for (size_t s = 0; s < 3; s++) {
                sum += sampled(ctx, m, counts[s], rows, ref, mean + s * m, sd, is_log, &se) / 3;
                error += se / 3;
                rows += counts[s] * m;
            }
            eco_acq_front *front = front_of(ctx, m, 3, counts, y, ref, is_log);
            assert_close(exp(eco_test_log_ehvi(front, mean, sd, NULL, NULL)), sum, 0, 3.5 * error);
            eco_acq_front_free(front);
        }
    }
    ecopt_ctx_free(ctx);
}

static void assert_slopes(eco_acq_front *front, size_t n_means, size_t m, double *mean, double *sd)
{
    double dmean[12], dsd[4];
    double value = eco_test_log_ehvi(front, mean, sd, dmean, dsd);
    assert_close(eco_test_log_ehvi(front, mean, sd, NULL, NULL), value, 1e-12, 1e-12);
    for (size_t i = 0; i < n_means + m; i++) {
        double *at = i < n_means ? &mean[i] : &sd[i - n_means], middle = *at;
        double step = 1e-5 * sd[i < n_means ? i % m : i - n_means];
        *at = middle + step;
        double up = eco_test_log_ehvi(front, mean, sd, NULL, NULL);
        *at = middle - step;
        double down = eco_test_log_ehvi(front, mean, sd, NULL, NULL);
        *at = middle;
        double slope = i < n_means ? dmean[i] : dsd[i - n_means];
        assert_close(slope, (up - down) / (2 * step), 2e-5, 1e-5);
    }
}

/* Near the front, and so far away that logarithms take over. */
static void test_gradient(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng rng;
    eco_rng_init(&rng, 31, ECO_STREAM_TEST, 0);
    for (int round = 0; round < 60; round++) {
        size_t m = 1 + (size_t)round % 3, counts[3] = {5, 0, 2};
        double y[7 * 3], mean[9], sd[3], ref[3] = {1, 1, 1};
        double away = round % 4 == 3 ? 3 : round % 4 == 2 ? 40 : 0;
        bool is_log[3];
        fill(&rng, 7 * m, 0, 1, y);
        fill(&rng, 3 * m, 0.2 + away, 0.5, mean);
        fill(&rng, m, round % 5 ? 0.1 : 0.01, 0.3, sd);
        for (size_t k = 0; k < m; k++)
            is_log[k] = (round / 3 + (int)k) % 2 == 0 || m == 1;
        eco_acq_front *front = front_of(ctx, m, 3, counts, y, ref, is_log);
        assert_slopes(front, 3 * m, m, mean, sd);
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
}

/* Down to log values of -1e7 the value falls as the candidate moves away, and points the way back,
 * with costs of any size. */
static void test_no_plateau(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (double size = -690; size < 700; size += 345) {
        const double y[4] = {size - 2, 0.5, size - 1, 0.2}, ref[2] = {size, 1};
        const bool is_log[2] = {true, false};
        size_t n = 2;
        eco_acq_front *front = front_of(ctx, 2, 1, &n, y, ref, is_log);
        double before = HUGE_VAL, value = 0, dmean[2], dsd[2];
        const double sd[2] = {1, 0.1};
        for (double away = 0.01; value > -1e7; away *= 1.1) {
            const double mean[2] = {size + away, 0.1};
            value = eco_test_log_ehvi(front, mean, sd, dmean, dsd);
            assert_true(value < before && dmean[0] < 0 && dsd[0] > 0 && isfinite(dmean[1]));
            before = value;
        }
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
}

/* Where plain numbers give way to logarithms (50 sd) the value does not jump. */
static void test_both_ways_agree(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double y[6] = {-2, 0.5, -1, 0.2, -3, 0.8}, ref[2] = {0, 1};
    const bool is_log[2] = {true, false};
    size_t n = 3;
    eco_acq_front *front = front_of(ctx, 2, 1, &n, y, ref, is_log);
    for (double sd0 = 0.01; sd0 < 3; sd0 *= 3) {
        double dmean[2][2], dsd[2][2], value[2];
        const double sd[2] = {sd0, 0.3};
        for (int side = 0; side < 2; side++) {
            const double mean[2] = {sd0 * (50 + (side ? 1e-9 : -1e-9)), 0.6};
            value[side] = eco_test_log_ehvi(front, mean, sd, dmean[side], dsd[side]);
        }
        assert_close(value[0], value[1], 0, 1e-6);
        for (int k = 0; k < 2; k++) {
            assert_close(dmean[0][k], dmean[1][k], 1e-8, 0);
            assert_close(dsd[0][k], dsd[1][k], 1e-8, 0);
        }
    }
    eco_acq_front_free(front);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_objective_by_quadrature),
        cmocka_unit_test(test_agrees_with_sampling),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_no_plateau),
        cmocka_unit_test(test_both_ways_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
