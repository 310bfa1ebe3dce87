/* Pairs: order, ratio and its interval by simulation, drift, how many pairs are needed. */
#include <ecopt/measure.h>

#include "core/rng.h"
#include "support/eco_test.h"

#include <stdlib.h>

static ecopt_repeat plain(double value)
{
    return (ecopt_repeat){.value = value, .u95 = (double)NAN, .gain_lo = 1.0, .gain_hi = 1.0};
}

static void test_order(void **state)
{
    (void)state;
    size_t n_first = 0, n_same = 0;
    for (uint64_t seed = 0; seed < 500; seed++)
        for (size_t pair = 0; pair < 8; pair += 2) {
            bool first = ecopt_pairs_b_first(seed, pair);
            assert_true(first != ecopt_pairs_b_first(seed, pair + 1));
            assert_true(first == ecopt_pairs_b_first(seed, pair));
            n_first += first;
            n_same += first == ecopt_pairs_b_first(seed, pair + 2);
        }
    /* 2000 coins: four standard deviations are 90. */
    assert_in_range(n_first, 910, 1090);
    assert_in_range(n_same, 910, 1090);
}

static void test_exact(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_repeat a[4], b[4];
    ecopt_comparison c;
    const double factors[] = {0.8, 0.9, 0.85, 0.95};
    double mean = 0.0, squares = 0.0;
    for (size_t i = 0; i < 4; i++) {
        a[i] = plain(10.0 + (double)i);
        b[i] = plain(a[i].value * factors[i]);
        mean += log(factors[i]) / 4.0;
    }
    for (size_t i = 0; i < 4; i++)
        squares += (log(factors[i]) - mean) * (log(factors[i]) - mean);
    double sd = sqrt(squares / 3.0), half = 3.182446305283710 * sd / 2.0;
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 4, &c), ECOPT_OK);
    assert_int_equal(c.n, 4);
    assert_close(c.ratio, exp(mean), 1e-12, 0.0);
    assert_close(c.ratio_lo, exp(mean - half), 1e-9, 0.0);
    assert_close(c.ratio_hi, exp(mean + half), 1e-9, 0.0);
    assert_close(c.log_sd, sd, 1e-12, 0.0);
    assert_true(c.is_resolved == (fabs(mean) > half));
    /* What the counter resolves is the least scatter. */
    for (size_t i = 0; i < 4; i++) {
        b[i] = plain(0.9 * a[i].value);
        a[i].u95 = 0.03 * a[i].value;
        b[i].u95 = 0.04 * b[i].value;
    }
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 4, &c), ECOPT_OK);
    assert_close(log(c.ratio_hi / c.ratio), 0.05 / 2.0, 1e-9, 0.0);
    assert_close(c.log_sd, 0.05 / 1.959963984540054, 1e-9, 0.0);
    assert_true(c.is_resolved);
}

static void test_refusals(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_repeat a[3] = {plain(1.0), plain(1.1), plain(1.2)};
    ecopt_repeat b[3] = {plain(2.0), plain(2.1), plain(2.2)};
    ecopt_comparison c = {.n = 77};
    assert_status(ctx, ecopt_pairs_compare(ctx, NULL, b, 3, &c), ECOPT_E_ARG);
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 1, &c), ECOPT_E_ARG);
    b[1].value = (double)NAN;
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 3, &c), ECOPT_E_RANGE);
    b[1].value = 0.0;
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 3, &c), ECOPT_E_RANGE);
    b[1].value = (double)INFINITY;
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 3, &c), ECOPT_E_RANGE);
    b[1].is_left_out = true;
    assert_int_equal(c.n, 77);
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 3, &c), ECOPT_OK);
    assert_true(c.n == 2 && c.n_left_out == 1);
    b[1] = plain(2.1);
    b[2].quality = ECOPT_QUALITY_MODELLED_GENERIC;
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 3, &c), ECOPT_E_METER_REQUIRE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "'modelled-generic'"));
    a[2].quality = ECOPT_QUALITY_MODELLED_GENERIC;
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 3, &c), ECOPT_E_METER_REQUIRE);
}

static ecopt_status compare_once(ecopt_ctx *ctx, void *user)
{
    ecopt_repeat a[2] = {plain(1.0), plain(1.1)}, *b = user;
    ecopt_comparison c;
    return ecopt_pairs_compare(ctx, a, b, 2, &c);
}

static void test_no_memory(void **state)
{
    (void)state;
    ecopt_repeat b[2] = {plain(2.0), plain(2.1)};
    eco_test_alloc_sweep(compare_once, b);
}

/* The number of pairs it names does find a difference of that size in about 80 % of sessions. */
static void test_needed(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_repeat *a = calloc(400, sizeof *a), *b = calloc(400, sizeof *b);
    ecopt_comparison c;
    assert_true(a && b);
    /* Logs +d +- e: mean 0.01, standard deviation 0.05. */
    for (size_t i = 0; i < 4; i++) {
        a[i] = plain(1.0);
        b[i] = plain(exp(0.01 + (i % 2 ? 0.05 : -0.05) * sqrt(0.75)));
    }
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 4, &c), ECOPT_OK);
    assert_false(c.is_resolved);
    assert_close(c.log_sd, 0.05, 1e-12, 0.0);
    /* (1.96 + 0.84)^2 * 25 = 196, and two more for t. */
    assert_in_range((size_t)c.n_needed, 196, 201);
    size_t n = (size_t)c.n_needed, n_found = 0;
    eco_rng rng;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    for (size_t k = 0; k < 1000; k++) {
        for (size_t i = 0; i < n; i++) {
            a[i] = plain(1.0);
            b[i] = plain(exp(0.01 + 0.05 * eco_rng_normal(&rng)));
        }
        assert_status(ctx, ecopt_pairs_compare(ctx, a, b, n, &c), ECOPT_OK);
        n_found += c.is_resolved;
    }
    assert_in_range(n_found, 760, 840);
    for (size_t i = 0; i < 4; i++)
        b[i] = plain(i % 2 ? 2.0 : 0.5);
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 4, &c), ECOPT_OK);
    assert_true(isinf(c.n_needed) && !c.is_resolved);
    for (size_t i = 0; i < 4; i++)
        b[i] = plain(2.0);
    assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 4, &c), ECOPT_OK);
    assert_close(c.n_needed, 2.0, 0.0, 0.0);
    free(a);
    free(b);
}

/* One session of 6 pairs, difference `truth`, noise 1 %, the machine drifting in all by `drift`. */
static void run_session(eco_rng *rng, uint64_t seed, double truth, double drift, ecopt_repeat a[6],
                        ecopt_repeat b[6])
{
    for (size_t i = 0; i < 6; i++) {
        bool b_first = ecopt_pairs_b_first(seed, i);
        for (size_t k = 0; k < 2; k++) {
            double value = 100.0 * (1.0 + drift * (double)(2 * i + k) / 11.0) *
                           (1.0 + 0.01 * eco_rng_normal(rng));
            if ((k == 1) != b_first)
                b[i] = plain(value * (1.0 + truth));
            else
                a[i] = plain(value);
        }
    }
}

/* Mean and scatter of the difference that sessions find, and how often it has the wrong sign or the
 * interval holds the truth. */
typedef struct findings {
    double mean, sd, wrong, held, resolved;
} findings;

static findings simulate(ecopt_ctx *ctx, double truth, double drift)
{
    enum { N = 4000 };
    eco_rng rng;
    double sum = 0.0, squares = 0.0;
    size_t n_wrong = 0, n_held = 0, n_resolved = 0;
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, 5);
    for (uint64_t k = 0; k < N; k++) {
        ecopt_repeat a[6], b[6];
        ecopt_comparison c;
        run_session(&rng, k, truth, drift, a, b);
        assert_status(ctx, ecopt_pairs_compare(ctx, a, b, 6, &c), ECOPT_OK);
        double found = 100.0 * (c.ratio - 1.0);
        sum += found;
        squares += found * found;
        n_wrong += found * truth < 0.0;
        n_held += c.ratio_lo <= 1.0 + truth && 1.0 + truth <= c.ratio_hi;
        n_resolved += c.is_resolved;
    }
    double mean = sum / N;
    return (findings){mean, sqrt(squares / N - mean * mean), (double)n_wrong / N,
                      (double)n_held / N, (double)n_resolved / N};
}

/* ENERGY table "order": with a drift of +-6 % pairs stay at 2.00 +- 0.6, where running all of a
 * before all of b finds 5.3 or -1.4. */
static void test_drift(void **state)
{
    static const double drifts[] = {0.0, 0.06, -0.06};
    for (size_t i = 0; i < 3; i++) {
        findings f = simulate(*state, 0.02, drifts[i]);
        print_message("drift %+g: %.3f +- %.3f, wrong sign %.4f, interval holds %.3f\n", drifts[i],
                      f.mean, f.sd, f.wrong, f.held);
        assert_close(f.mean, 2.0, 0.0, 0.05);
        assert_true(f.sd < 0.66 && f.wrong < 0.003);
        assert_true(f.held >= 0.94);
        /* Not wider than it needs to be, either. */
        assert_true(i > 0 || f.held < 0.96);
    }
}

/* Two equal programs are told apart in one session of 20. */
static void test_equal(void **state)
{
    findings f = simulate(*state, 0.0, 0.0);
    assert_true(f.resolved > 0.04 && f.resolved < 0.06);
    f = simulate(*state, 0.0, 0.06);
    assert_true(f.resolved < 0.06);
}

static void test_trend(void **state)
{
    (void)state;
    const double steady[] = {10.0, 10.1, 9.9, 10.05, 9.95};
    const double rising[] = {10.0, 11.0, 12.1, 13.0, 14.0};
    const double creeping[] = {10.0, 10.001, 10.002, 10.003, 10.004};
    const double missing[] = {10.0, (double)NAN, 12.0, 13.0, 14.0};
    ecopt_trend trend = ecopt_trend_of(rising, 5);
    assert_close(trend.change, 4.0, 1e-12, 0.01);
    assert_true(trend.is_certain && trend.u95 > 0.0 && trend.u95 < 0.5);
    assert_false(ecopt_trend_of(steady, 5).is_certain);
    assert_false(ecopt_trend_of(creeping, 5).is_certain);
    trend = ecopt_trend_of(missing, 5);
    assert_true(isnan(trend.change) && !trend.is_certain);
    trend = ecopt_trend_of(rising, 2);
    assert_true(isnan(trend.change) && isnan(trend.u95));
    /* Known: residuals of 0, 1, 0, 1 about the line. */
    const double saw[] = {0.0, 1.0, 0.0, 1.0};
    trend = ecopt_trend_of(saw, 4);
    assert_close(trend.change, 0.6, 1e-12, 0.0);
    assert_close(trend.u95, 3.0 * 4.302652729749464 * sqrt(0.8 / 2.0 / 5.0), 1e-9, 0.0);

    assert_false(ecopt_power_is_flat(steady, 4));
    assert_true(ecopt_power_is_flat(steady, 5));
    assert_false(ecopt_power_is_flat(rising, 5));
    assert_true(ecopt_power_is_flat(creeping, 5));
    assert_false(ecopt_power_is_flat(missing, 5));
    /* Only the last ones count. */
    const double warmed[] = {3.0, 6.0, 8.0, 10.0, 10.1, 9.9, 10.05, 9.95};
    assert_false(ecopt_power_is_flat(warmed, 5));
    assert_true(ecopt_power_is_flat(warmed, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),    cmocka_unit_test(test_exact),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_needed),   cmocka_unit_test(test_drift),
        cmocka_unit_test(test_equal),    cmocka_unit_test(test_trend),
    };
    return cmocka_run_group_tests(tests, eco_test_set_up, eco_test_tear_down);
}
