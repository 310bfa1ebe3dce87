/* The idle machine and whose joules a window's are: every part adds up to the whole. */
#include <ecopt/measure.h>

#include "core/rng.h"
#include "support/eco_test.h"

static void fill(ecopt_repeat *repeats, size_t n, double from, double step)
{
    for (size_t i = 0; i < n; i++)
        repeats[i] = (ecopt_repeat){.value = from + step * (double)(i % 2),
                                    .u95 = 1e-6,
                                    .gain_lo = 1.0,
                                    .gain_hi = 1.0,
                                    .quality = ECOPT_QUALITY_MEASURED_COUNTER};
}

static void test_idle(void **state)
{
    (void)state;
    ecopt_repeat before[10], after[10];
    ecopt_idle_base idle;
    /* The same on both sides: the scatter of all twenty. */
    fill(before, 10, 5.0, 0.2);
    fill(after, 10, 5.0, 0.2);
    ecopt_idle_estimate(before, 10, after, 10, &idle);
    assert_int_equal(idle.n, 20);
    assert_close(idle.power_w, 5.1, 1e-12, 0.0);
    assert_close(idle.u_w.u, 0.1 * sqrt(20.0 / 19.0) / sqrt(20.0), 1e-9, 0.0);
    assert_close(idle.u_w.freedom, 19.0, 0.0, 0.0);
    assert_int_equal(idle.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    /* A step between them: anywhere in between. */
    fill(after, 10, 7.0, 0.2);
    after[3].quality = ECOPT_QUALITY_MEASURED_SAMPLED;
    after[4].flags = ECOPT_FLAG_FOREIGN_LOAD;
    ecopt_idle_estimate(before, 10, after, 10, &idle);
    assert_close(idle.before_w, 5.1, 1e-12, 0.0);
    assert_close(idle.after_w, 7.1, 1e-12, 0.0);
    assert_close(idle.u_w.u, 2.0 / sqrt(12.0), 1e-12, 0.0);
    assert_true(isinf(idle.u_w.freedom));
    assert_int_equal(idle.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_int_equal(idle.flags, ECOPT_FLAG_FOREIGN_LOAD);
    /* One side only, one window only, none. */
    ecopt_idle_estimate(before, 10, NULL, 0, &idle);
    assert_close(idle.power_w, 5.1, 1e-12, 0.0);
    assert_true(isnan(idle.after_w) && idle.n == 10);
    before[0].u95 = 0.5;
    ecopt_idle_estimate(NULL, 0, before, 1, &idle);
    assert_close(idle.u_w.u, 0.5 / 1.96, 1e-12, 0.0);
    assert_true(isinf(idle.u_w.freedom) && isnan(idle.before_w));
    ecopt_idle_estimate(NULL, 0, NULL, 0, &idle);
    assert_true(isnan(idle.power_w) && isnan(idle.u_w.u));
    assert_int_equal(idle.quality, ECOPT_QUALITY_UNMEASURABLE);
}

/* A window of 10 s and 200 J at which others worked as well. */
static ecopt_energy window(void)
{
    ecopt_energy energy;
    ecopt_energy_clear(&energy);
    energy.energy_j = 200.0;
    energy.u95_j = 2.0;
    energy.time_s = 10.0;
    energy.cpu_s = 6.0;
    energy.foreign_cpu_s = 2.0;
    energy.quality = ECOPT_QUALITY_MEASURED_COUNTER;
    energy.n_sources = 1;
    (void)snprintf(energy.sources[0].name, sizeof energy.sources[0].name, "rapl-perf package-0");
    energy.sources[0].is_counted = true;
    return energy;
}

static ecopt_idle_base idle_of(double power_w)
{
    return (ecopt_idle_base){
        .n = 20, .power_w = power_w, .u_w = {0.1, 19.0}, .quality = ECOPT_QUALITY_MEASURED_COUNTER};
}

static void test_modes(void **state)
{
    ecopt_ctx *ctx = *state;
    ecopt_energy energy = window();
    ecopt_idle_base idle = idle_of(5.0);
    ecopt_attributed parts;
    assert_status(ctx, ecopt_energy_attribute(ctx, &energy, NULL, ECOPT_ATTRIBUTION_WHOLE, &parts),
                  ECOPT_OK);
    assert_close(parts.own_j, 200.0, 0.0, 0.0);
    assert_close(parts.idle_j + parts.others_j + parts.idle_s, 0.0, 0.0, 0.0);
    assert_status(ctx,
                  ecopt_energy_attribute(ctx, &energy, &idle, ECOPT_ATTRIBUTION_ABOVE_IDLE, &parts),
                  ECOPT_OK);
    assert_close(parts.own_j, 150.0, 0.0, 0.0);
    assert_close(parts.idle_j, 50.0, 0.0, 0.0);
    assert_close(parts.u95_j, 2.0, 0.0, 0.0);
    assert_close(parts.idle_s, 10.0, 0.0, 0.0);
    assert_status(ctx,
                  ecopt_energy_attribute(ctx, &energy, &idle, ECOPT_ATTRIBUTION_CPU_SHARE, &parts),
                  ECOPT_OK);
    assert_close(parts.own_j, 112.5, 1e-15, 0.0);
    assert_close(parts.others_j, 37.5, 1e-15, 0.0);
    assert_close(parts.idle_j, 50.0, 0.0, 0.0);
    assert_close(parts.u95_j, 1.5, 1e-15, 0.0);
    assert_close(parts.idle_s, 7.5, 1e-15, 0.0);
    /* A model has charged the program's own CPU time already. */
    energy.quality = idle.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    assert_status(ctx,
                  ecopt_energy_attribute(ctx, &energy, &idle, ECOPT_ATTRIBUTION_CPU_SHARE, &parts),
                  ECOPT_OK);
    assert_close(parts.own_j, 150.0, 0.0, 0.0);
    assert_close(parts.others_j, 0.0, 0.0, 0.0);
    assert_string_equal(ecopt_attribution_name(ECOPT_ATTRIBUTION_WHOLE), "whole");
    assert_string_equal(ecopt_attribution_name(ECOPT_ATTRIBUTION_ABOVE_IDLE), "above-idle");
    assert_string_equal(ecopt_attribution_name(ECOPT_ATTRIBUTION_CPU_SHARE), "cpu-share");
    assert_string_equal(ecopt_attribution_name((ecopt_attribution)9), "not an attribution");
}

/* Whatever the numbers, the parts add up to the whole, and no share is negative. */
static void test_conservation(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    for (size_t k = 0; k < 2000; k++) {
        ecopt_energy energy = window();
        ecopt_idle_base idle = idle_of(exp(4.0 * eco_rng_normal(&rng)));
        ecopt_attributed parts;
        energy.energy_j = exp(6.0 * eco_rng_normal(&rng));
        energy.time_s = exp(2.0 * eco_rng_normal(&rng));
        energy.cpu_s = exp(3.0 * eco_rng_normal(&rng));
        energy.foreign_cpu_s = k % 3 ? exp(3.0 * eco_rng_normal(&rng)) : 0.0;
        for (int mode = 0; mode < ECOPT_ATTRIBUTION_COUNT; mode++) {
            assert_status(
                ctx, ecopt_energy_attribute(ctx, &energy, &idle, (ecopt_attribution)mode, &parts),
                ECOPT_OK);
            double scale = fmax(energy.energy_j, parts.idle_j);
            assert_close(parts.own_j + parts.idle_j + parts.others_j, energy.energy_j, 0.0,
                         1e-15 * 8.0 * scale);
            assert_true(mode == ECOPT_ATTRIBUTION_ABOVE_IDLE || parts.own_j >= 0.0);
            assert_true(parts.others_j >= 0.0);
        }
    }
}

static void refuse(ecopt_ctx *ctx, const ecopt_energy *energy, const ecopt_idle_base *idle,
                   ecopt_attribution attribution, const char *why)
{
    ecopt_attributed parts = {.whole_j = -7.0};
    assert_status(ctx, ecopt_energy_attribute(ctx, energy, idle, attribution, &parts),
                  ECOPT_E_UNSUPPORTED);
    if (!strstr(ecopt_ctx_errmsg(ctx), why))
        print_error("'%s' is not in '%s'\n", why, ecopt_ctx_errmsg(ctx));
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), why));
    assert_close(parts.whole_j, -7.0, 0.0, 0.0);
}

static void test_refusals(void **state)
{
    ecopt_ctx *ctx = *state;
    const ecopt_attribution above = ECOPT_ATTRIBUTION_ABOVE_IDLE,
                            share = ECOPT_ATTRIBUTION_CPU_SHARE;
    ecopt_energy energy = window();
    ecopt_idle_base idle = idle_of(5.0);
    ecopt_attributed parts;
    refuse(ctx, &energy, NULL, above, "idle machine was not measured");
    energy.flags = ECOPT_FLAG_OVERLAP;
    refuse(ctx, &energy, &idle, above, "another window");
    refuse(ctx, &energy, &idle, share, "another window");
    energy.flags = ECOPT_FLAG_SHARED;
    refuse(ctx, &energy, &idle, above, "used the GPU");
    energy = window();
    idle.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    refuse(ctx, &energy, &idle, above, "'modelled-generic'");
    idle = idle_of((double)NAN);
    refuse(ctx, &energy, &idle, above, "was not measured");
    idle = idle_of(5.0);
    energy.energy_j = (double)NAN;
    refuse(ctx, &energy, &idle, ECOPT_ATTRIBUTION_WHOLE, "missing");
    energy = window();
    energy.cpu_s = (double)NAN;
    refuse(ctx, &energy, &idle, share, "CPU time");
    energy = window();
    energy.foreign_cpu_s = (double)NAN;
    refuse(ctx, &energy, &idle, share, "CPU time");
    energy.cpu_s = energy.foreign_cpu_s = 0.0;
    refuse(ctx, &energy, &idle, share, "no CPU time");
    energy = window();
    (void)snprintf(energy.sources[0].name, sizeof energy.sources[0].name, "nvml GPU-1");
    refuse(ctx, &energy, &idle, share, "'nvml GPU-1'");
    energy.sources[0].is_counted = false;
    assert_status(ctx, ecopt_energy_attribute(ctx, &energy, &idle, share, &parts), ECOPT_OK);
    assert_status(ctx, ecopt_energy_attribute(ctx, NULL, &idle, above, &parts), ECOPT_E_ARG);
    assert_status(ctx, ecopt_energy_attribute(ctx, &energy, &idle, above, NULL), ECOPT_E_ARG);
    assert_status(ctx, ecopt_energy_attribute(ctx, &energy, &idle, (ecopt_attribution)3, &parts),
                  ECOPT_E_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_conservation),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, eco_test_set_up, eco_test_tear_down);
}
