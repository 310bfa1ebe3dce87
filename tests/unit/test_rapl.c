#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fakesys.h"

#include <errno.h>

static ecopt_meter *open_on(ecopt_ctx *ctx, eco_fake *fake, const char *sources)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake->io, false, &meter), ECOPT_OK);
    return meter;
}

/* One window of n steps; every step is one reading. */
static void window_of(ecopt_ctx *ctx, ecopt_meter *meter, eco_fake *fake, int n, double step_s,
                      ecopt_energy *ret)
{
    ecopt_window *window = NULL;
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < n; i++) {
        eco_fake_advance(fake, step_s);
        if (i + 1 < n)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, ret), ECOPT_OK);
}

static const ecopt_source_energy *part_of(const ecopt_energy *energy, const char *name)
{
    for (size_t i = 0; i < energy->n_sources; i++)
        if (strcmp(energy->sources[i].name, name) == 0)
            return &energy->sources[i];
    print_error("no source '%s'\n", name);
    assert_true(false);
    return &energy->sources[0];
}

static void finish(ecopt_ctx *ctx, eco_fake *fake, ecopt_meter *meter)
{
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(fake->n_open, 0);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(fake);
    ecopt_ctx_free(ctx);
}

static void test_laptop_counts_the_package_once(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    ecopt_meter *meter = open_on(ctx, &fake, "auto");
    window_of(ctx, meter, &fake, 20, 0.1, &e);
    /* Package only: psys contains it, core and uncore are inside it, MMIO repeats it. */
    assert_close(e.energy_j, 20, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_close(e.time_s, 2, 1e-9, 0);
    assert_close(e.coverage_ratio, 1, 0, 0);
    assert_int_equal(e.flags, 0);
    assert_int_equal(e.n_sources, 4);
    assert_true(part_of(&e, "rapl-powercap package-0")->is_counted);
    assert_false(part_of(&e, "rapl-powercap psys")->is_counted);
    assert_close(part_of(&e, "rapl-powercap psys")->energy_j, 24, 1e-6, 0);
    assert_close(part_of(&e, "rapl-powercap package-0 core")->energy_j, 12, 1e-6, 0);
    assert_false(part_of(&e, "rapl-powercap package-0 uncore")->is_counted);
    /* P Tc / sqrt 6, and one unit of 61 uJ. */
    assert_close(e.u95_j, 1.96 * hypot(10 * 0.001, 61.035e-6) / sqrt(6), 1e-3, 0);
    assert_close(e.gain_lo, 0.90, 1e-12, 0);
    finish(ctx, &fake, meter);
}

static void test_server_adds_packages_and_dram(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 30, 0.1, &e);
    assert_close(e.energy_j, 3 * (80 + 8 + 70 + 7), 1e-6, 0);
    assert_close(part_of(&e, "rapl-powercap package-1 dram")->energy_j, 21, 1e-6, 0);
    assert_close(e.gain_hi, (150 * 1.10 + 15 * 1.25) / 165, 1e-6, 0);
    finish(ctx, &fake, meter);
}

static void add_server_events(eco_fake *fake)
{
    eco_fake_add_pmu(fake, "0,18\n");
    eco_fake_add_event(fake, "energy-pkg", 2, 0, 80);
    eco_fake_add_event(fake, "energy-pkg", 2, 18, 70);
    eco_fake_add_event(fake, "energy-ram", 3, 0, 8);
    eco_fake_add_event(fake, "energy-ram", 3, 18, 7);
}

static void test_perf_is_preferred_and_powercap_checks_it(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    add_server_events(&fake);
    ecopt_meter *meter = open_on(ctx, &fake, "auto");
    window_of(ctx, meter, &fake, 30, 0.1, &e);
    assert_close(e.energy_j, 495, 1e-6, 0);
    assert_int_equal(e.n_sources, 8);
    assert_true(part_of(&e, "rapl-perf package-1")->is_counted);
    assert_false(part_of(&e, "rapl-powercap package-1")->is_counted);
    assert_int_equal(e.flags, 0);
    /* The two ways now differ by a tenth: the band covers both. */
    fake.zones[0].power_w = 100;
    window_of(ctx, meter, &fake, 30, 0.1, &e);
    assert_close(e.energy_j, 495, 1e-6, 0);
    assert_true(e.flags & ECOPT_FLAG_DISAGREE);
    assert_close(part_of(&e, "rapl-perf package-0")->gain_hi, 1.25, 1e-3, 0);
    finish(ctx, &fake, meter);
}

static void test_guest_with_an_empty_pmu_uses_the_model(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    assert_int_equal(n, 5);
    assert_string_equal(infos[0].kind, "rapl-perf");
    assert_false(infos[0].is_found);
    assert_non_null(strstr(infos[0].reason, "no usable energy event"));
    assert_true(infos[3].is_used);
    ecopt_meter *meter = open_on(ctx, &fake, NULL);
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_true(e.energy_j > 0);
    finish(ctx, &fake, meter);
}

static void test_root_only_files_are_named_with_their_remedy(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_meter *meter = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    eco_fake_guest(&fake);
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    fake.perf_error = -EACCES;
    eco_fake_add_fault(&fake, "energy_uj", -EACCES, false, -1);
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    assert_true(infos[0].is_found && !infos[0].is_readable);
    assert_non_null(strstr(infos[0].remedy, "sysctl kernel.perf_event_paranoid=0"));
    assert_true(infos[1].is_found && !infos[1].is_readable);
    assert_non_null(strstr(infos[1].remedy, "/etc/udev/rules.d/"));
    assert_non_null(strstr(infos[1].reason, "Permission denied"));
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_PERM);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "udev"));
    options.sources = "auto";
    options.require = "measured";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_REQUIRE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "'modelled-generic'"));
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "sysctl"));
    assert_null(meter);
    /* Without the requirement the model steps in. */
    meter = open_on(ctx, &fake, "auto");
    assert_int_equal(ecopt_meter_quality(meter), ECOPT_QUALITY_MODELLED_GENERIC);
    finish(ctx, &fake, meter);
}

static void test_absent_kinds_cannot_be_named(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_meter *meter = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-perf";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "modprobe"));
    options.sources = "rapl-powercap";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_NONE);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_counter_wraps_inside_a_window(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_zone *zone = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 65532610987u, 60);
    zone->energy_uj = 65532610987.0 - 9e6;
    eco_fake_advance(&fake, 0);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 60, 1e-5, 0);
    assert_int_equal(e.flags, 0);
    finish(ctx, &fake, meter);
}

static void test_reset_is_flagged_and_bounded(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_zone *zone = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 20; i++) {
        if (i == 10)
            zone->energy_uj = 0;
        eco_fake_advance(&fake, 0.1);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 100, 1e-6, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP);
    assert_close(e.gap_s, 0.1, 1e-9, 0);
    assert_close(e.coverage_ratio, 0.95, 1e-9, 0);
    assert_true(e.u95_j > 5);
    finish(ctx, &fake, meter);
}

static void test_missed_readings_lose_nothing(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    eco_meter_sample(meter);
    eco_fake_add_fault(&fake, "energy_uj", -EIO, true, 3);
    for (int i = 0; i < 5; i++) {
        eco_fake_advance(&fake, 0.2);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 100, 1e-6, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_MISS);
    assert_close(e.gap_s, 0, 0, 1e-12);
    finish(ctx, &fake, meter);
}

static void test_zone_that_vanishes_and_returns(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    eco_meter_sample(meter);
    /* The driver is reloaded: the descriptor dies, the path is gone for a moment, then back. */
    eco_fake_add_fault(&fake, "energy_uj", -ENODEV, true, 1);
    eco_fake_add_fault(&fake, "energy_uj", -ENOENT, false, 1);
    for (int i = 0; i < 4; i++) {
        eco_fake_advance(&fake, 0.25);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 100, 1e-6, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_MISS);
    finish(ctx, &fake, meter);
}

static void test_source_lost_in_a_window_is_extrapolated_then_missing(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    eco_meter_sample(meter);
    eco_fake_add_fault(&fake, "intel-rapl:1/energy_uj", -EIO, true, -1);
    eco_fake_advance(&fake, 1);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 330, 1e-6, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_MISS | ECOPT_FLAG_GAP);
    assert_close(e.gap_s, 1, 1e-6, 0);
    assert_close(e.coverage_ratio, 0.5, 1e-6, 0);
    assert_true(e.u95_j > 100); /* 0 .. 300 W for one second */
    /* The next window never sees it: the rest must not pass for the whole. */
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_true(isnan(e.energy_j) && isnan(e.u95_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(e.flags & ECOPT_FLAG_LOST);
    assert_close(part_of(&e, "rapl-powercap package-0")->energy_j, 80, 1e-6, 0);
    finish(ctx, &fake, meter);
}

static void test_stuck_counter_is_no_zero(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50)->is_stuck = true;
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 20, 0.1, &e);
    assert_true(isnan(e.energy_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(e.flags & ECOPT_FLAG_STUCK);
    /* Too short to tell, no power known: missing all the same, for another reason. */
    window_of(ctx, meter, &fake, 1, 0.0005, &e);
    assert_true(isnan(e.energy_j));
    assert_true(e.flags & ECOPT_FLAG_SHORT);
    finish(ctx, &fake, meter);
}

static void test_window_shorter_than_a_counter_period(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_zone *zone = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    zone->is_stuck = true; /* between two ticks */
    window_of(ctx, meter, &fake, 1, 0.0005, &e);
    assert_close(e.energy_j, 0.025, 1e-6, 0); /* the last known power */
    assert_close(e.u95_j, 1.96 * 0.05 / sqrt(6), 1e-3, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_SHORT);
    finish(ctx, &fake, meter);
}

static void test_suspend_is_seen_by_the_two_clocks(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_zone *zone = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    eco_meter_sample(meter);
    fake.slept_s += 3600;
    zone->energy_uj += 7e6; /* firmware moved it while asleep */
    eco_fake_advance(&fake, 0.1);
    eco_meter_sample(meter);
    eco_fake_advance(&fake, 0.9);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 100, 1e-6, 0);
    assert_close(e.time_s, 2, 1e-9, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_SUSPEND | ECOPT_FLAG_GAP);
    finish(ctx, &fake, meter);
}

static void test_mirrored_dies_are_counted_once(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0-die-0", 65532610987u, 68);
    eco_fake_add_zone(&fake, "intel-rapl:1", "package-0-die-1", 65532610987u, 68);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 68, 1e-6, 0);
    assert_true(part_of(&e, "rapl-powercap package-0-die-1")->flags & ECOPT_FLAG_MIRROR);
    finish(ctx, &fake, meter);
}

static void test_distinct_dies_are_added(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0-die-0", 65532610987u, 68);
    eco_fake_add_zone(&fake, "intel-rapl:1", "package-0-die-1", 65532610987u, 41);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 109, 1e-6, 0);
    finish(ctx, &fake, meter);
}

static void test_mmio_alone_is_better_than_nothing(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl-mmio:0", "package-0", 262143328850u, 10);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 10, 1e-6, 0);
    finish(ctx, &fake, meter);
}

static void test_malformed_numbers_are_failed_readings(void **state)
{
    (void)state;
    static eco_fake fake;
    static const char *const garbage[] = {
        "", "\n", "-5\n", "12x\n", "0x10\n", "99999999999999999999999\n", "1.5\n", "nan\n"};
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 10);
    for (size_t i = 0; i < ECO_LEN(garbage); i++) {
        eco_fake_file(&fake, "/sys/class/powercap/intel-rapl:0/energy_uj", garbage[i]);
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                      ECOPT_E_METER_NONE);
        assert_int_equal(fake.n_open, 0);
    }
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_malformed_pmu_files_are_no_events(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } cases[] = {
        {"type", "seventeen\n"},
        {"type", "99999999999\n"},
        {"cpumask", "\n"},
        {"cpumask", "all\n"},
        {"cpumask", "0;1\n"},
        {"events/energy-pkg", "config=2\n"},
        {"events/energy-pkg", "event=zz\n"},
        {"events/energy-pkg.unit", "Watts\n"},
        {"events/energy-pkg.scale", "-1\n"},
        {"events/energy-pkg.scale", "\n"},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-perf";
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        static eco_fake fake;
        char path[128];
        ecopt_meter *meter = NULL;
        eco_fake_init(&fake);
        eco_fake_add_pmu(&fake, "0\n");
        eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
        (void)snprintf(path, sizeof path, "/sys/bus/event_source/devices/power/%s", cases[i].file);
        eco_fake_file(&fake, path, cases[i].text);
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                      ECOPT_E_METER_NONE);
        eco_fake_release(&fake);
    }
    ecopt_ctx_free(ctx);
}

static void test_perf_count_below_zero_is_a_reset(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_pmu(&fake, "0-1\n");
    eco_fake_event *event = eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    eco_fake_add_event(&fake, "energy-psys", 5, 0, 15);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-perf");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    eco_meter_sample(meter);
    event->is_negative = true;
    eco_fake_advance(&fake, 0.1);
    eco_meter_sample(meter);
    event->is_negative = false;
    event->base_j = event->energy_j;
    eco_fake_advance(&fake, 0.9);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 20, 1e-6, 0);
    assert_true(e.flags & ECOPT_FLAG_RESET);
    assert_close(part_of(&e, "rapl-perf psys")->energy_j, 30, 1e-6, 0);
    assert_false(part_of(&e, "rapl-perf psys")->is_counted);
    finish(ctx, &fake, meter);
}

static void test_offline_cpu_ends_its_event(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_pmu(&fake, "0\n");
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-perf");
    eco_fake_add_fault(&fake, "perf-event", -ENODATA, true, -1);
    window_of(ctx, meter, &fake, 10, 0.1, &e);
    assert_true(isnan(e.energy_j));
    finish(ctx, &fake, meter);
}

static void test_split_of_a_window_is_the_whole(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy whole, part;
    ecopt_window *outer = NULL, *inner = NULL;
    double sum_j = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    ecopt_meter *meter = open_on(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &outer), ECOPT_OK);
    for (int i = 0; i < 7; i++) {
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &inner), ECOPT_OK);
        fake.zones[0].power_w = 30 + 17 * i;
        eco_fake_advance(&fake, 0.3 + 0.11 * i);
        assert_status(ctx, ecopt_meter_end(meter, inner, (double)NAN, &part), ECOPT_OK);
        assert_true(part.energy_j >= 0);
        assert_true(part.flags & ECOPT_FLAG_OVERLAP);
        sum_j += part.energy_j;
    }
    assert_status(ctx, ecopt_meter_end(meter, outer, (double)NAN, &whole), ECOPT_OK);
    assert_true(whole.flags & ECOPT_FLAG_OVERLAP);
    assert_close(sum_j, whole.energy_j, 1e-9, 0);
    finish(ctx, &fake, meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_laptop_counts_the_package_once),
        cmocka_unit_test(test_server_adds_packages_and_dram),
        cmocka_unit_test(test_perf_is_preferred_and_powercap_checks_it),
        cmocka_unit_test(test_guest_with_an_empty_pmu_uses_the_model),
        cmocka_unit_test(test_root_only_files_are_named_with_their_remedy),
        cmocka_unit_test(test_absent_kinds_cannot_be_named),
        cmocka_unit_test(test_counter_wraps_inside_a_window),
        cmocka_unit_test(test_reset_is_flagged_and_bounded),
        cmocka_unit_test(test_missed_readings_lose_nothing),
        cmocka_unit_test(test_zone_that_vanishes_and_returns),
        cmocka_unit_test(test_source_lost_in_a_window_is_extrapolated_then_missing),
        cmocka_unit_test(test_stuck_counter_is_no_zero),
        cmocka_unit_test(test_window_shorter_than_a_counter_period),
        cmocka_unit_test(test_suspend_is_seen_by_the_two_clocks),
        cmocka_unit_test(test_mirrored_dies_are_counted_once),
        cmocka_unit_test(test_distinct_dies_are_added),
        cmocka_unit_test(test_mmio_alone_is_better_than_nothing),
        cmocka_unit_test(test_malformed_numbers_are_failed_readings),
        cmocka_unit_test(test_malformed_pmu_files_are_no_events),
        cmocka_unit_test(test_perf_count_below_zero_is_a_reset),
        cmocka_unit_test(test_offline_cpu_ends_its_event),
        cmocka_unit_test(test_split_of_a_window_is_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
