/*
 * Properties of metered windows over random machines, loads and faults, and how close they come to
 * a known true power.  A failure prints its seed; ECOPT_PROP_SEED runs that one alone.
 */
#include "support/eco_test.h"

#include "core/rng.h"
#include "meter/handle.h"
#include "meter/tally.h"
#include "support/fakesys.h"

#include <errno.h>
#include <stdlib.h>

enum { CASES = 60 };

typedef struct machine {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    eco_rng rng;
} machine;

static ecopt_meter *open_powercap(machine *m, const char *edges)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    options.edges = edges;
    assert_status(m->ctx, eco_meter_open_on(m->ctx, &options, &m->fake.io, false, &meter),
                  ECOPT_OK);
    return meter;
}

/* 1 to 3 packages with parts, ranges small enough to wrap. */
static void build(machine *m, uint64_t seed, bool has_parts, const char *edges)
{
    static const uint64_t ranges[] = {262143328850u, 65532610987u, 2000000000u};
    memset(m, 0, sizeof *m);
    eco_rng_init(&m->rng, seed, ECO_STREAM_TEST, 7);
    m->ctx = eco_test_ctx();
    eco_fake_init(&m->fake);
    int n = 1 + (int)eco_rng_below(&m->rng, 3);
    for (int i = 0; i < n; i++) {
        char zone[32], name[32];
        uint64_t range = ranges[eco_rng_below(&m->rng, 3)];
        (void)snprintf(zone, sizeof zone, "intel-rapl:%d", i);
        (void)snprintf(name, sizeof name, "package-%d", i);
        double power_w = 5 + 120 * eco_rng_uniform(&m->rng);
        eco_fake_add_zone(&m->fake, zone, name, range, power_w)->energy_uj =
            eco_rng_uniform(&m->rng) * (double)range;
        (void)snprintf(zone, sizeof zone, "intel-rapl:%d:0", i);
        if (has_parts)
            eco_fake_add_zone(&m->fake, zone, "core", range, 0.5 * power_w);
    }
    eco_fake_advance(&m->fake, 0);
    m->meter = open_powercap(m, edges);
}

static void drop(machine *m)
{
    assert_status(m->ctx, ecopt_meter_close(m->meter), ECOPT_OK);
    assert_int_equal(m->fake.n_open, 0);
    assert_int_equal(eco_ctx_live_b(m->ctx), 0);
    eco_fake_release(&m->fake);
    ecopt_ctx_free(m->ctx);
}

/* Time, load changes and readings; true energy of the packages. */
static double run_load(machine *m, int n_steps)
{
    double truth_j = 0;
    for (int i = 0; i < n_steps; i++) {
        double step_s = 0.02 + 0.2 * eco_rng_uniform(&m->rng);
        for (size_t z = 0; z < m->fake.n_zones; z++)
            if (!strchr(m->fake.zones[z].zone + 11, ':'))
                truth_j += m->fake.zones[z].power_w * step_s;
        eco_fake_advance(&m->fake, step_s);
        if (eco_rng_below(&m->rng, 4) != 0)
            eco_meter_sample(m->meter);
        eco_fake_zone *zone = &m->fake.zones[eco_rng_below(&m->rng, m->fake.n_zones)];
        zone->power_w *= 0.7 + 0.6 * eco_rng_uniform(&m->rng);
    }
    return truth_j;
}

static void random_faults(machine *m)
{
    static const int errors[] = {-EIO, -ENODATA, -ENODEV, -ENOENT};
    for (int i = 0; i < 3; i++)
        eco_fake_add_fault(&m->fake, eco_rng_below(&m->rng, 2) ? "energy_uj" : "rapl:0/energy_uj",
                           errors[eco_rng_below(&m->rng, 4)], eco_rng_below(&m->rng, 4) != 0,
                           (int)eco_rng_below(&m->rng, 6));
}

static void check_sound(const ecopt_energy *e)
{
    assert_true(isnan(e->energy_j) || e->energy_j >= 0);
    assert_true(isnan(e->energy_j) == (e->quality == ECOPT_QUALITY_UNMEASURABLE));
    assert_true(isnan(e->energy_j) || e->u95_j > 0);
    assert_true(e->coverage_ratio >= 0 && e->coverage_ratio <= 1);
}

/* The parts of a split window add up, with faults too, as long as no part went missing. */
static void split_is_whole(uint64_t seed)
{
    static machine m;
    static ecopt_energy whole, part;
    ecopt_window *outer = NULL, *inner = NULL;
    double sum_j = 0;
    /* What passes while a part waits for an update is in the whole only. */
    build(&m, seed, true, "free");
    assert_status(m.ctx, ecopt_meter_begin(m.meter, NULL, &outer), ECOPT_OK);
    (void)run_load(&m, 3);
    random_faults(&m);
    assert_status(m.ctx, ecopt_meter_end(m.meter, outer, 0, &whole), ECOPT_OK);
    m.fake.n_faults = 0;
    assert_status(m.ctx, ecopt_meter_begin(m.meter, NULL, &outer), ECOPT_OK);
    for (int i = 0; i < 4; i++) {
        assert_status(m.ctx, ecopt_meter_begin(m.meter, NULL, &inner), ECOPT_OK);
        (void)run_load(&m, 5);
        assert_status(m.ctx, ecopt_meter_end(m.meter, inner, 0, &part), ECOPT_OK);
        check_sound(&part);
        sum_j += part.energy_j;
    }
    assert_status(m.ctx, ecopt_meter_end(m.meter, outer, 0, &whole), ECOPT_OK);
    check_sound(&whole);
    assert_close(sum_j, whole.energy_j, 1e-6, 1e-4);
    drop(&m);
}

/* Faults never make energy out of nothing: off by no more than the stated uncertainty allows. */
static void faults_stay_inside_their_bounds(uint64_t seed)
{
    static machine m;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    build(&m, seed, false, seed % 2 ? "free" : NULL);
    assert_status(m.ctx, ecopt_meter_begin(m.meter, NULL, &window), ECOPT_OK);
    double truth_j = run_load(&m, 4);
    random_faults(&m);
    truth_j += run_load(&m, 12);
    assert_status(m.ctx, ecopt_meter_end(m.meter, window, 0, &e), ECOPT_OK);
    check_sound(&e);
    if (isfinite(e.energy_j))
        /* sqrt 3 / 1.96: the ends of a uniform distribution, seen from its 95 % half width. */
        assert_true(fabs(e.energy_j - truth_j) <= 0.9 * e.u95_j * (double)m.fake.n_zones + 0.01);
    if (e.flags == 0)
        assert_close(e.energy_j, truth_j, 1e-5, 1e-3);
    drop(&m);
}

/* A source inside a counted one never changes the total. */
static void contained_sources_change_nothing(uint64_t seed)
{
    static machine with, without;
    static ecopt_energy a, b;
    ecopt_window *window = NULL;
    build(&with, seed, true, NULL);
    build(&without, seed, false, NULL);
    without.rng = with.rng;
    for (int i = 0; i < 2; i++) {
        machine *m = i ? &without : &with;
        /* The same powers for the packages of both. */
        for (size_t z = 0; z < m->fake.n_zones; z++)
            m->fake.zones[z].power_w = 20 + (double)(m->fake.zones[z].zone[11] - '0');
        assert_status(m->ctx, ecopt_meter_begin(m->meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 10; k++) {
            eco_fake_advance(&m->fake, 0.1);
            eco_meter_sample(m->meter);
        }
        assert_status(m->ctx, ecopt_meter_end(m->meter, window, 0, i ? &b : &a), ECOPT_OK);
    }
    assert_close(a.energy_j, b.energy_j, 1e-5, 1e-3);
    drop(&with);
    drop(&without);
}

static void for_all(void (*property)(uint64_t seed))
{
    const char *only = getenv("ECOPT_PROP_SEED");
    if (only) {
        property(strtoull(only, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        /* Printed before, as a failed assertion does not return. */
        if (seed % 20 == 1)
            print_message("seeds %llu..\n", (unsigned long long)seed);
        property(seed);
    }
}

static void test_split_is_whole(void **state)
{
    (void)state;
    for_all(split_is_whole);
}

static void test_faults_stay_inside_their_bounds(void **state)
{
    (void)state;
    for_all(faults_stay_inside_their_bounds);
}

static void test_contained_sources_change_nothing(void **state)
{
    (void)state;
    for_all(contained_sources_change_nothing);
}

/* --- Against a known true power, through a counter that moves once in a period -------------- */

typedef double (*power_fn)(double time_s);

static double constant_w(double t)
{
    (void)t;
    return 50;
}

static double square_w(double t)
{
    return fmod(t, 1) < 0.5 ? 20 : 90;
}

static double bursts_w(double t)
{
    return fmod(t, 0.1) < 0.02 ? 120 : 15;
}

static double ramp_w(double t)
{
    return 20 + 8 * fmod(t, 10);
}

static double drift_w(double t)
{
    return 60 * (1 - 0.1 * exp(-t / 20));
}

/* Energy of one window of time_s against the truth; the counter shows its last tick only. */
static bool is_covered(power_fn power, double period_s, double time_s, eco_rng *rng,
                       double *ret_error_ratio)
{
    eco_channel channel;
    ecopt_source_energy e;
    eco_mark start, end;
    memset(&channel, 0, sizeof channel);
    channel.quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel.unit_j = 61e-6;
    eco_counter_init(&channel.counter, 0, 500, period_s);
    double begin_s = 5 * eco_rng_uniform(rng), dt = period_s / 50, tick_phase_s = 0;
    double energy_j = 0, shown_j = 0, start_j = 0, next_s = begin_s;
    tick_phase_s = period_s * eco_rng_uniform(rng);
    double next_tick_s = begin_s - period_s + tick_phase_s;
    bool is_started = false;
    for (double t = begin_s - period_s; t < begin_s + time_s; t += dt) {
        if (t >= next_tick_s) {
            shown_j = energy_j;
            next_tick_s += period_s;
        }
        if (t >= next_s) {
            eco_sample s = {.time_s = t, .is_ok = true, .value_uj = (uint64_t)(1e6 * shown_j)};
            (void)eco_counter_update(&channel.counter, &s);
            next_s = t + 0.1 * (0.75 + 0.5 * eco_rng_uniform(rng));
            if (!is_started) {
                eco_counter_mark(&channel.counter, t, &start);
                start_j = energy_j;
                is_started = true;
            }
        }
        energy_j += power(t) * dt;
    }
    eco_sample last = {
        .time_s = begin_s + time_s, .is_ok = true, .value_uj = (uint64_t)(1e6 * shown_j)};
    (void)eco_counter_update(&channel.counter, &last);
    eco_counter_mark(&channel.counter, begin_s + time_s, &end);
    eco_tally_channel(&channel, &start, &end, &e);
    double truth_j = energy_j - start_j;
    *ret_error_ratio = (e.energy_j - truth_j) / truth_j;
    return fabs(e.energy_j - truth_j) <= e.u95_j;
}

static void test_interval_covers_true_power(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        power_fn power;
    } loads[] = {{"constant", constant_w},
                 {"square", square_w},
                 {"bursts", bursts_w},
                 {"ramp", ramp_w},
                 {"drift", drift_w}};
    static const struct {
        double period_s, time_s;
    } windows[] = {{0.001, 0.05}, {0.02, 1}, {0.1, 2}, {0.1, 5}};
    for (size_t l = 0; l < ECO_LEN(loads); l++) {
        for (size_t w = 0; w < ECO_LEN(windows); w++) {
            eco_rng rng;
            int n = 200, covered = 0;
            double bias = 0, worst = 0, error;
            eco_rng_init(&rng, 3, ECO_STREAM_TEST, 10 * l + w);
            for (int i = 0; i < n; i++) {
                covered += is_covered(loads[l].power, windows[w].period_s, windows[w].time_s, &rng,
                                      &error);
                bias += error / n;
                worst = fmax(worst, fabs(error));
            }
            print_message(
                "%-8s Tc %.3f s, T %.2f s: covered %.1f %%, bias %+.2f %%, worst %.2f %%\n",
                loads[l].name, windows[w].period_s, windows[w].time_s, 100.0 * covered / n,
                100 * bias, 100 * worst);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_is_whole),
        cmocka_unit_test(test_faults_stay_inside_their_bounds),
        cmocka_unit_test(test_contained_sources_change_nothing),
        cmocka_unit_test(test_interval_covers_true_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
