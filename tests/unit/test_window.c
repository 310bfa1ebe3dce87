/* Windows over counters that wrap, restart, fail, vanish and stand still. */
#include "support/fake_meter.h"

#include <errno.h>

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
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_close(e.energy_j, 60, 1e-5, 0);
    assert_int_equal(e.flags, 0);
    fake_meter_close(ctx, &fake, meter);
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
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
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
    fake_meter_close(ctx, &fake, meter);
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
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
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
    fake_meter_close(ctx, &fake, meter);
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
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
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
    fake_meter_close(ctx, &fake, meter);
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
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
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
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    assert_true(isnan(e.energy_j) && isnan(e.u95_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(e.flags & ECOPT_FLAG_LOST);
    assert_close(fake_meter_part(&e, "rapl-powercap package-0")->energy_j, 80, 1e-6, 0);
    fake_meter_close(ctx, &fake, meter);
}

static void test_window_seen_from_one_end_only_is_missing(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e); /* the power is known */
    /* Only its start was read: all of it would be a guess. */
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_add_fault(&fake, "energy_uj", -EIO, true, -1);
    eco_fake_advance(&fake, 1);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    fake.n_faults = 0;
    assert_true(isnan(e.energy_j));
    assert_close(e.coverage_ratio, 0, 0, 1e-9);
    /* Its start was not read: what came before the first reading is not known. */
    eco_fake_add_fault(&fake, "energy_uj", -EIO, true, -1);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    fake.n_faults = 0;
    for (int i = 0; i < 3; i++) {
        eco_fake_advance(&fake, 1);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_true(isnan(e.energy_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    fake_meter_close(ctx, &fake, meter);
}

static void test_stuck_counter_is_no_zero(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50)->is_stuck = true;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    assert_true(isnan(e.energy_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(e.flags & ECOPT_FLAG_STUCK);
    /* Too short to tell, no power known: missing all the same, for another reason. */
    fake_meter_window(ctx, meter, &fake, 1, 0.0005, &e);
    assert_true(isnan(e.energy_j));
    assert_true(e.flags & ECOPT_FLAG_SHORT);
    fake_meter_close(ctx, &fake, meter);
}

static void test_window_shorter_than_a_counter_period(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_zone *zone = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = fake_meter_open_edges(ctx, &fake, "rapl-powercap", "free");
    fake_meter_window(ctx, meter, &fake, 10, 0.1, &e);
    zone->is_stuck = true; /* between two ticks */
    fake_meter_window(ctx, meter, &fake, 1, 0.0005, &e);
    /* What an earlier window used says nothing about this one. */
    assert_true(isnan(e.energy_j) && isnan(e.u95_j));
    assert_int_equal(e.flags, ECOPT_FLAG_SHORT | ECOPT_FLAG_GAP | ECOPT_FLAG_LOST);
    /* One update inside is a matter of chance; five periods are not. */
    zone->is_stuck = false;
    fake_meter_window(ctx, meter, &fake, 1, 0.0039, &e);
    assert_true(isnan(e.energy_j) && (e.flags & ECOPT_FLAG_SHORT));
    fake_meter_window(ctx, meter, &fake, 1, 0.005, &e);
    assert_close(e.energy_j, 0.25, 1e-3, 0);
    assert_close(e.u95_j, hypot(0.95 * 150 * 0.001, 61.035e-6), 1e-3, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_SHORT);
    fake_meter_close(ctx, &fake, meter);
}

/* What is used while begin and end wait is in no window, and a trace knows all that a replay needs.
 */
static void test_waits_for_updates_are_outside_and_replayed(void **state)
{
    (void)state;
    static const char *const edges[] = {"free", NULL};
    static eco_fake fake;
    static ecopt_energy e[2], replayed;
    for (size_t i = 0; i < 2; i++) {
        ecopt_ctx *ctx = eco_test_ctx();
        ecopt_meter *meter = NULL;
        ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
        char path[300], sources[320];
        eco_fake_init(&fake);
        eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
        (void)snprintf(path, sizeof path, "%s/trace", fake.root);
        (void)snprintf(sources, sizeof sources, "replay:%s", path);
        options.sources = "rapl-powercap";
        options.edges = edges[i];
        options.record_path = path;
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter), ECOPT_OK);
        double before_s = fake.now_s;
        fake_meter_window(ctx, meter, &fake, 10, 0.1, &e[i]);
        assert_close(e[i].time_s, 1, 1e-9, 0);
        assert_close(e[i].energy_j, 50, 0, 0.003);
        /* The made-up counter rises at every look. */
        double waited_s = fake.now_s - before_s - 1;
        assert_true(i == 0 ? waited_s < 1e-9 : waited_s > 5e-5 && waited_s < 1e-4);
        assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
        options = (ecopt_meter_options)ECOPT_METER_OPTIONS_INIT;
        options.sources = sources;
        assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
        ecopt_window *window = NULL;
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &replayed), ECOPT_OK);
        assert_close(replayed.energy_j, e[i].energy_j, 1e-9, 0);
        assert_close(replayed.u95_j, e[i].u95_j, 1e-6, 0);
        fake_meter_close(ctx, &fake, meter);
    }
    assert_true(e[1].u95_j < 0.1 * e[0].u95_j);
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
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
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
    fake_meter_close(ctx, &fake, meter);
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
    /* What passes while a part waits for an update is in the whole only. */
    ecopt_meter *meter = fake_meter_open_edges(ctx, &fake, "rapl-powercap", "free");
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
    fake_meter_close(ctx, &fake, meter);
}

/* Looking at a window changes nothing: its parts are there early, the whole is the same. */
static void test_peek_leaves_the_window_as_it_is(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_window *window = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 1; i <= 4; i++) {
        eco_fake_advance(&fake, 0.5);
        assert_status(ctx, ecopt_meter_peek(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 25.0 * i, 1e-5, 0);
        assert_close(e.time_s, 0.5 * i, 1e-9, 0);
        assert_int_equal(e.flags & ECOPT_FLAG_OVERLAP, 0);
    }
    assert_status(ctx, ecopt_meter_peek(meter, NULL, 1, &e), ECOPT_E_ARG);
    assert_status(ctx, ecopt_meter_peek(meter, window, 1, NULL), ECOPT_E_ARG);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_close(e.energy_j, 100, 1e-5, 0);
    assert_int_equal(e.flags, 0);
    fake_meter_close(ctx, &fake, meter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter_wraps_inside_a_window),
        cmocka_unit_test(test_reset_is_flagged_and_bounded),
        cmocka_unit_test(test_missed_readings_lose_nothing),
        cmocka_unit_test(test_zone_that_vanishes_and_returns),
        cmocka_unit_test(test_source_lost_in_a_window_is_extrapolated_then_missing),
        cmocka_unit_test(test_window_seen_from_one_end_only_is_missing),
        cmocka_unit_test(test_stuck_counter_is_no_zero),
        cmocka_unit_test(test_window_shorter_than_a_counter_period),
        cmocka_unit_test(test_waits_for_updates_are_outside_and_replayed),
        cmocka_unit_test(test_suspend_is_seen_by_the_two_clocks),
        cmocka_unit_test(test_split_of_a_window_is_the_whole),
        cmocka_unit_test(test_peek_leaves_the_window_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
