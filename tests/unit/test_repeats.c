/* Repeats: outliers, mean and its uncertainty, coverage by simulation, when to stop. */
#include <ecopt/measure.h>

#include "core/rng.h"
#include "support/eco_test.h"

#include <stdlib.h>

/* A repeat without an uncertainty or a band of its own. */
static ecopt_repeat plain(double value)
{
    return (ecopt_repeat){.value = value, .u95 = (double)NAN, .gain_lo = 1.0, .gain_hi = 1.0};
}

static void fill(ecopt_repeat *repeats, const double *values, size_t n, double u95)
{
    for (size_t i = 0; i < n; i++) {
        repeats[i] = plain(values[i]);
        repeats[i].u95 = u95;
    }
}

static ecopt_repeats_summary summary_of(const ecopt_repeat *repeats, size_t n, const ecopt_u *idle)
{
    ecopt_repeats_summary summary;
    memset(&summary, 0xff, sizeof summary);
    ecopt_repeats_summarise(repeats, n, idle, &summary);
    return summary;
}

/* Sixths of a sum are not what was added: equal values must not scatter by a rounding. */
static void test_equal_values_do_not_scatter(void **state)
{
    (void)state;
    ecopt_repeat equal[6];
    for (size_t i = 0; i < 6; i++)
        equal[i] = (ecopt_repeat){.value = 0.1, .u95 = (double)NAN, .gain_lo = 1, .gain_hi = 1};
    ecopt_repeats_summary summary;
    ecopt_repeats_summarise(equal, 6, NULL, &summary);
    assert_true(summary.mean == 0.1);
    assert_true(summary.sd == 0);
}

static void test_scatter(void **state)
{
    (void)state;
    const double values[] = {10.0, 12.0, 11.0, 13.0, 9.0};
    ecopt_repeat repeats[5];
    fill(repeats, values, 5, 0.1);
    ecopt_repeats_summary s = summary_of(repeats, 5, NULL);
    assert_int_equal(s.n, 5);
    assert_close(s.mean, 11.0, 1e-15, 0.0);
    assert_close(s.sd, sqrt(2.5), 1e-15, 0.0);
    assert_close(s.cv_ratio, sqrt(2.5) / 11.0, 1e-15, 0.0);
    assert_close(s.u_a, sqrt(0.5), 1e-15, 0.0);
    assert_close(s.freedom, 4.0, 1e-14, 0.0);
    assert_close(s.u95, 2.776445105197793 * sqrt(0.5), 1e-10, 0.0);
    assert_close(s.u_gap, 0.0, 0.0, 0.0);

    /* What single repeats resolve is no longer below the scatter: it counts instead, and being
     * known it is no matter of 4 degrees of freedom. */
    fill(repeats, values, 5, 10.0);
    s = summary_of(repeats, 5, NULL);
    assert_close(s.u_a, 10.0 / 1.959963984540054 / sqrt(5.0), 1e-12, 0.0);
    assert_close(s.u95, 10.0 / sqrt(5.0), 1e-9, 0.0);

    /* Not known: the scatter alone; of one value nothing. */
    fill(repeats, values, 5, (double)NAN);
    assert_close(summary_of(repeats, 5, NULL).u95, 2.776445105197793 * sqrt(0.5), 1e-10, 0.0);
    s = summary_of(repeats, 1, NULL);
    assert_true(isnan(s.u95) && isnan(s.sd));
    assert_close(s.mean, 10.0, 0.0, 0.0);
    fill(repeats, values, 1, 3.0);
    assert_close(summary_of(repeats, 1, NULL).u95, 3.0, 1e-10, 0.0);
}

static void test_gap_and_idle(void **state)
{
    (void)state;
    const double values[] = {10.0, 12.0, 11.0, 13.0, 9.0};
    ecopt_repeat repeats[5];
    fill(repeats, values, 5, 0.1);
    repeats[1].u95 = 4.0;
    repeats[1].flags = ECOPT_FLAG_GAP;
    ecopt_u idle = {0.3, 19.0};
    ecopt_repeats_summary s = summary_of(repeats, 5, &idle);
    double u_gap = 4.0 / 1.959963984540054 / 5.0;
    double u = sqrt(0.5 + u_gap * u_gap + 0.09);
    double freedom = pow(u, 4) / (0.25 / 4.0 + pow(0.3, 4) / 19.0);
    assert_close(s.u_a, sqrt(0.5), 1e-14, 0.0);
    assert_close(s.u_gap, u_gap, 1e-12, 0.0);
    assert_close(s.u_idle, 0.3, 0.0, 0.0);
    assert_close(s.freedom, freedom, 1e-12, 0.0);
    assert_true(s.u95 > 1.96 * u && s.u95 < 2.776 * u);
    assert_int_equal(s.flags, ECOPT_FLAG_GAP);
    /* Ten times as many repeats do not shrink what is common to all. */
    idle.u = 100.0;
    idle.freedom = (double)INFINITY;
    assert_close(summary_of(repeats, 5, &idle).u95, 196.0, 1e-3, 0.0);
}

static void test_labels(void **state)
{
    (void)state;
    ecopt_repeat repeats[3] = {plain(10.0), plain(30.0), plain(1e9)};
    repeats[0].gain_lo = 0.5;
    repeats[1].gain_hi = 2.0;
    repeats[0].flags = ECOPT_FLAG_SHORT;
    repeats[1].flags = ECOPT_FLAG_MISS;
    repeats[1].quality = ECOPT_QUALITY_MEASURED_SAMPLED;
    repeats[2].quality = ECOPT_QUALITY_UNMEASURABLE;
    repeats[2].flags = ECOPT_FLAG_SUSPEND;
    repeats[2].is_left_out = true;
    ecopt_repeats_summary s = summary_of(repeats, 3, NULL);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.n_left_out, 1);
    assert_close(s.mean, 20.0, 1e-15, 0.0);
    assert_close(s.gain_lo, 0.25 * 0.5 + 0.75, 1e-15, 0.0);
    assert_close(s.gain_hi, 0.25 + 0.75 * 2.0, 1e-15, 0.0);
    assert_int_equal(s.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_int_equal(s.flags, ECOPT_FLAG_SHORT | ECOPT_FLAG_MISS);
    assert_int_equal(s.flags_left_out, ECOPT_FLAG_SUSPEND);

    s = summary_of(repeats, 0, NULL);
    assert_true(isnan(s.mean) && isnan(s.u95));
    assert_int_equal(s.quality, ECOPT_QUALITY_UNMEASURABLE);
    repeats[1].value = (double)NAN;
    s = summary_of(repeats, 2, NULL);
    assert_true(isnan(s.mean) && isnan(s.u95));
    ecopt_energy energy;
    ecopt_energy_clear(&energy);
    energy.energy_j = 7.0;
    energy.u95_j = 0.5;
    energy.flags = ECOPT_FLAG_GAP;
    ecopt_repeat repeat = ecopt_repeat_of(&energy);
    assert_close(repeat.value, 7.0, 0.0, 0.0);
    assert_close(repeat.u95, 0.5, 0.0, 0.0);
    assert_int_equal(repeat.flags, ECOPT_FLAG_GAP);
    assert_false(repeat.is_left_out);
}

static void test_outliers(void **state)
{
    ecopt_ctx *ctx = *state;
    const double values[] = {10.0, 10.2, 9.9, 30.0, 10.1, 9.8};
    ecopt_repeat repeats[6];
    size_t n_left_out = 99;
    /* Far off, but nothing is known to have happened: it stays. */
    fill(repeats, values, 6, 0.01);
    repeats[3].flags = ECOPT_FLAG_SHORT;
    assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 6, &n_left_out), ECOPT_OK);
    assert_int_equal(n_left_out, 0);
    /* A cause, but not far off: it stays, too. */
    repeats[1].flags = ECOPT_FLAG_FOREIGN_LOAD;
    assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 6, &n_left_out), ECOPT_OK);
    assert_int_equal(n_left_out, 0);
    const unsigned causes[] = {ECOPT_FLAG_FOREIGN_LOAD, ECOPT_FLAG_SUSPEND, ECOPT_FLAG_GAP,
                               ECOPT_FLAG_RESET};
    for (size_t i = 0; i < 4; i++) {
        repeats[3].flags = causes[i];
        assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 6, &n_left_out), ECOPT_OK);
        assert_int_equal(n_left_out, 1);
        assert_true(repeats[3].is_left_out && !repeats[1].is_left_out);
    }
    assert_close(summary_of(repeats, 6, NULL).mean, 10.0, 1e-12, 0.0);
    /* Nothing is far off where single repeats resolve no better. */
    fill(repeats, values, 6, 20.0);
    repeats[3].flags = ECOPT_FLAG_SUSPEND;
    assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 6, NULL), ECOPT_OK);
    assert_false(repeats[3].is_left_out);
    /* Too few to tell; and an old mark goes. */
    fill(repeats, values, 4, 0.01);
    repeats[3].flags = ECOPT_FLAG_SUSPEND;
    repeats[3].is_left_out = true;
    assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 4, &n_left_out), ECOPT_OK);
    assert_true(n_left_out == 0 && !repeats[3].is_left_out);
    /* Missing ones are neither far off nor in the median. */
    fill(repeats, values, 6, 0.01);
    repeats[0].value = (double)NAN;
    repeats[0].flags = repeats[3].flags = ECOPT_FLAG_SUSPEND;
    assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 6, &n_left_out), ECOPT_OK);
    assert_true(n_left_out == 1 && repeats[3].is_left_out);
    assert_status(ctx, ecopt_repeats_mark(ctx, repeats, 0, &n_left_out), ECOPT_OK);
    assert_int_equal(n_left_out, 0);
}

static ecopt_status mark_once(ecopt_ctx *ctx, void *user)
{
    return ecopt_repeats_mark(ctx, user, 6, NULL);
}

static void test_no_memory(void **state)
{
    (void)state;
    const double values[] = {10.0, 10.2, 9.9, 30.0, 10.1, 9.8};
    ecopt_repeat repeats[6];
    fill(repeats, values, 6, 0.01);
    eco_test_alloc_sweep(mark_once, repeats);
}

/* A counter that updates every `period_s` seen through windows of random phase: the interval of the
 * mean holds the truth in about 95 %, with and without program noise (docs/energy.md). */
static double coverage(size_t n, double noise, double period_s, uint64_t item)
{
    eco_rng rng;
    size_t n_held = 0;
    const size_t n_sessions = 4000;
    eco_rng_init(&rng, 20261123, ECO_STREAM_TEST, item);
    for (size_t k = 0; k < n_sessions; k++) {
        ecopt_repeat repeats[10];
        for (size_t i = 0; i < n; i++) {
            double power_w = 100.0 * (1.0 + noise * eco_rng_normal(&rng));
            double phase = eco_rng_uniform(&rng);
            double ticks = floor(1.0 / period_s + phase);
            repeats[i] = plain(power_w * period_s * ticks);
            repeats[i].u95 = 1.96 * 100.0 * period_s / sqrt(6.0);
        }
        ecopt_repeats_summary s = summary_of(repeats, n, NULL);
        n_held += fabs(s.mean - 100.0) <= s.u95;
    }
    return (double)n_held / (double)n_sessions;
}

static void test_coverage(void **state)
{
    (void)state;
    static const size_t counts[] = {3, 5, 10};
    for (size_t i = 0; i < 3; i++) {
        double noisy = coverage(counts[i], 0.05, 0.001, i);
        assert_true(noisy > 0.94 && noisy < 0.962);
        double coarse = coverage(counts[i], 0.0, 0.37, 10 + i);
        assert_true(coarse > 0.94);
        double both = coverage(counts[i], 0.02, 0.13, 20 + i);
        assert_true(both > 0.935);
    }
}

static void test_verdicts(void **state)
{
    (void)state;
    ecopt_repeat_plan plan = {.n_min = 2, .n_max = 20, .target_ratio = 0.02, .time_max_s = 100.0};
    assert_int_equal(ecopt_repeats_judge(&plan, 20, 1.0, 1.0), ECOPT_REPEAT_MOST);
    assert_int_equal(ecopt_repeats_judge(&plan, 1, 0.001, 1e6), ECOPT_REPEAT_GO_ON);
    assert_int_equal(ecopt_repeats_judge(&plan, 7, 0.001, 1.0), ECOPT_REPEAT_GO_ON);
    assert_int_equal(ecopt_repeats_judge(&plan, 8, 0.0159, 1.0), ECOPT_REPEAT_TARGET);
    assert_int_equal(ecopt_repeats_judge(&plan, 8, 0.0161, 1.0), ECOPT_REPEAT_GO_ON);
    assert_int_equal(ecopt_repeats_judge(&plan, 8, (double)NAN, 1.0), ECOPT_REPEAT_GO_ON);
    /* One more would take as long as one did. */
    assert_int_equal(ecopt_repeats_judge(&plan, 4, 1.0, 79.9), ECOPT_REPEAT_GO_ON);
    assert_int_equal(ecopt_repeats_judge(&plan, 4, 1.0, 80.1), ECOPT_REPEAT_TIME);
    plan = (ecopt_repeat_plan){0};
    assert_int_equal(ecopt_repeats_judge(&plan, 0, 0.0, 0.0), ECOPT_REPEAT_GO_ON);
    assert_int_equal(ecopt_repeats_judge(&plan, 9999, 0.0, 1e9), ECOPT_REPEAT_GO_ON);
    assert_int_equal(ecopt_repeats_judge(&plan, 10000, 0.0, 0.0), ECOPT_REPEAT_MOST);
}

/* Stopping at a target: the interval at that moment still holds the truth in more than 93 %. */
static void test_target_coverage(void **state)
{
    (void)state;
    static const double cv[] = {0.01, 0.03, 0.05};
    ecopt_repeat *repeats = calloc(200, sizeof *repeats);
    assert_non_null(repeats);
    const ecopt_repeat_plan plan = {.n_max = 200, .target_ratio = 0.02};
    for (size_t c = 0; c < 3; c++) {
        eco_rng rng;
        size_t n_held = 0, n_met = 0;
        const size_t n_sessions = 1000;
        eco_rng_init(&rng, 7, ECO_STREAM_TEST, c);
        for (size_t k = 0; k < n_sessions; k++) {
            ecopt_repeats_summary s = {0};
            ecopt_repeat_verdict verdict = ECOPT_REPEAT_GO_ON;
            for (size_t n = 0; verdict == ECOPT_REPEAT_GO_ON;) {
                repeats[n++] = plain(50.0 * (1.0 + cv[c] * eco_rng_normal(&rng)));
                s = summary_of(repeats, n, NULL);
                verdict = ecopt_repeats_judge(&plan, n, s.u95 / s.mean, 0.0);
            }
            n_met += verdict == ECOPT_REPEAT_TARGET && s.u95 <= 0.02 * s.mean;
            n_held += fabs(s.mean - 50.0) <= s.u95;
        }
        print_message("cv %g: holds %.3f\n", cv[c], (double)n_held / (double)n_sessions);
        assert_true((double)n_held / (double)n_sessions >= 0.93);
        assert_int_equal(n_met, n_sessions);
    }
    free(repeats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_values_do_not_scatter),
        cmocka_unit_test(test_scatter),
        cmocka_unit_test(test_gap_and_idle),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_target_coverage),
    };
    return cmocka_run_group_tests(tests, eco_test_set_up, eco_test_tear_down);
}
