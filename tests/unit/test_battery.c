/* Batteries as meters: when they are one, how each way of telling adds up, and what ends it. */
#include "support/fake_meter.h"
#include "support/fake_trees.h"

#include <errno.h>

#define BAT "/sys/class/power_supply/BAT0/"
#define AC  "/sys/class/power_supply/AC/"

static ecopt_energy e;
static eco_fake fake;
static ecopt_ctx *ctx;
static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];

static void set_up(void)
{
    ctx = eco_test_ctx();
    eco_fake_init(&fake);
}

/* Without its power the gauge stands alone; else the surer of the two would. */
static void set_up_gauge(void)
{
    set_up();
    eco_fake_battery(&fake);
    eco_fake_file(&fake, BAT "power_now", "N/A\n");
}

static const ecopt_source_info *listed(void)
{
    size_t n = 0;
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, "battery") == 0)
            return &infos[i];
    assert_true(false);
    return NULL;
}

static void tear_down(void)
{
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_a_fine_gauge_counts_and_its_power_checks(void **state)
{
    (void)state;
    set_up();
    eco_fake_battery(&fake);
    eco_fake_guest(&fake);
    fake_meter_measure(ctx, &fake, &e, "auto", 300, 0.5);
    assert_close(e.energy_j, 12 * 150, 1e-5, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_WALL);
    assert_int_equal(e.n_sources, 2);
    assert_true(e.sources[0].is_counted && !e.sources[1].is_counted);
    assert_close(e.sources[1].energy_j, 1800, 1e-6, 0);
    assert_close(e.gain_lo, 0.90 * 0.95, 1e-9, 0);
    assert_close(e.gain_hi, 1.10 * 1.05, 1e-9, 0);
    assert_false(e.flags & ECOPT_FLAG_DISAGREE);
}

static void test_with_a_package_counter_it_stands_beside(void **state)
{
    (void)state;
    set_up();
    eco_fake_battery(&fake);
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 5);
    fake_meter_measure(ctx, &fake, &e, "auto", 100, 0.5);
    assert_close(e.energy_j, 250, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
}

static void test_short_windows_are_left_to_the_power(void **state)
{
    (void)state;
    set_up();
    eco_fake_battery(&fake);
    eco_fake_file(&fake, BAT "energy_now", "41230000\n");
    eco_fake_file(&fake, BAT "energy_full", "50220000\n");
    fake_meter_measure(ctx, &fake, &e, "battery", 20, 0.1);
    assert_close(e.energy_j, 24, 1e-6, 0);
    assert_string_equal(e.sources[0].name, "battery BAT0");
    /* Over an hour the gauge counts 1,200 of its steps, and is the surer one. */
    set_up();
    eco_fake_battery(&fake);
    eco_fake_find_live(&fake, BAT "energy_now")->rate = -12 / 0.0036;
    fake_meter_measure(ctx, &fake, &e, "battery", 3600, 1);
    assert_close(e.energy_j, 43200, 1e-4, 0);
}

static void test_charge_and_current_times_voltage(void **state)
{
    (void)state;
    set_up();
    eco_fake_battery(&fake);
    /* 1.2 A at 10 V, current written as what leaves the battery; no energy, no power. */
    char path[300];
    (void)snprintf(path, sizeof path, "%s" BAT "energy_now", fake.root);
    assert_int_equal(remove(path), 0);
    (void)snprintf(path, sizeof path, "%s" BAT "power_now", fake.root);
    assert_int_equal(remove(path), 0);
    eco_fake_file(&fake, BAT "voltage_now", "10000000\n");
    eco_fake_file(&fake, BAT "current_now", "-1200000\n");
    eco_fake_add_live(&fake, BAT "charge_now", 4123456, -1.2e6 / 3600, "\n");
    fake_meter_measure(ctx, &fake, &e, "battery", 300, 0.5);
    assert_int_equal(e.n_sources, 2);
    assert_close(e.energy_j, 1800, 1e-4, 0);
    assert_close(e.sources[0].energy_j, e.sources[1].energy_j, 1e-4, 0);
}

static void test_not_while_a_supply_is_on(void **state)
{
    (void)state;
    set_up();
    eco_fake_battery(&fake);
    eco_fake_plug(&fake, true);
    const ecopt_source_info *info = listed();
    assert_false(info->is_readable);
    assert_non_null(strstr(info->remedy, "unplug"));
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_meter *meter = NULL;
    options.sources = "battery";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_NONE);
    /* A supply that is on feeds the machine even where the battery calls itself discharging. */
    eco_fake_file(&fake, BAT "status", "Discharging\n");
    assert_false(listed()->is_readable);
    eco_fake_file(&fake, AC "online", "0\n");
    assert_true(listed()->is_readable);
    tear_down();
}

static void test_statuses_of_a_second_battery(void **state)
{
    (void)state;
    static const struct {
        const char *second;
        bool has_mains, is_valid;
    } cases[] = {
        {"Discharging\n", true, true},  {"Not charging\n", true, true},
        {"Unknown\n", true, true},      {"Charging\n", true, false},
        {"Discharging\n", false, true}, {"Not charging\n", false, false},
        {"Full\n", false, false},       {"", true, false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        set_up();
        eco_fake_battery(&fake);
        eco_fake_file(&fake, "/sys/class/power_supply/BAT1/type", "Battery\n");
        eco_fake_file(&fake, "/sys/class/power_supply/BAT1/status", cases[i].second);
        if (!cases[i].has_mains)
            eco_fake_file(&fake, AC "type", "");
        assert_int_equal(listed()->is_readable, cases[i].is_valid);
        tear_down();
    }
}

static void test_two_batteries_add_up_and_one_may_rest(void **state)
{
    (void)state;
    set_up();
    eco_fake_battery(&fake);
    eco_fake_file(&fake, "/sys/class/power_supply/BAT1/type", "Battery\n");
    eco_fake_file(&fake, "/sys/class/power_supply/BAT1/status", "Not charging\n");
    eco_fake_file(&fake, "/sys/class/power_supply/BAT1/energy_now", "20000003\n");
    fake_meter_measure(ctx, &fake, &e, "battery", 300, 0.5);
    assert_close(e.energy_j, 1800, 1e-4, 0);
    assert_int_equal(e.n_sources, 3);
}

/* 200 s at 12 W, the supply plugged in for the middle 40 s: the store rises by 1.2 kJ meanwhile. */
static void plug_in_the_middle(bool is_gauge)
{
    ecopt_window *window = NULL;
    set_up_gauge();
    if (!is_gauge)
        eco_fake_file(&fake, BAT "power_now", "12000000\n");
    if (!is_gauge)
        eco_fake_file(&fake, BAT "energy_now", "N/A\n");
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "battery");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 400; i++) {
        if (is_gauge && (i == 160 || i == 240))
            eco_fake_plug(&fake, i == 160);
        if (!is_gauge && (i == 160 || i == 240))
            eco_fake_file(&fake, BAT "status", i == 160 ? "Charging\n" : "Discharging\n");
        eco_fake_advance(&fake, 0.5);
        if (i < 399)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    fake_meter_close(ctx, &fake, meter);
}

static void test_charging_inside_a_window_is_a_gap(void **state)
{
    (void)state;
    for (int is_gauge = 0; is_gauge < 2; is_gauge++) {
        plug_in_the_middle(is_gauge);
        assert_close(e.gap_s, 40, 0.05, 0);
        assert_true(e.flags & ECOPT_FLAG_GAP);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        /* Neither the joules that flowed in nor nothing: 12 W by the last known power, bounded. */
        assert_close(e.energy_j, 2400, 0.01, 0);
        assert_true(e.u95_j > (is_gauge ? 1000 : 100));
    }
}

/* The store may even fall while a supply is on: what fell then is not what the machine used. */
static void test_a_fall_while_charging_is_not_counted(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    set_up_gauge();
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "battery");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 400; i++) {
        if (i == 160 || i == 240)
            eco_fake_file(&fake, AC "online", i == 160 ? "1\n" : "0\n");
        eco_fake_advance(&fake, 0.5);
        if (i < 399)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    assert_close(e.gap_s, 40, 0.05, 0);
    assert_true(e.flags & ECOPT_FLAG_GAP);
    fake_meter_close(ctx, &fake, meter);
}

static void test_a_gauge_that_thinks_again_is_a_reset(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    set_up_gauge();
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "battery");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 400; i++) {
        if (i == 200)
            eco_fake_find_live(&fake, BAT "energy_now")->value += 500000;
        eco_fake_advance(&fake, 0.5);
        if (i < 399)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    assert_close(e.energy_j, 2400, 0.01, 0);
    assert_true(e.flags & ECOPT_FLAG_RESET);
    fake_meter_close(ctx, &fake, meter);
}

static void test_faults_in_the_middle(void **state)
{
    (void)state;
    static const int errors[] = {-EIO, -ENODEV, -ENOENT, -EACCES, -ENODATA};
    for (size_t i = 0; i < ECO_LEN(errors); i++) {
        ecopt_window *window = NULL;
        set_up_gauge();
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "battery");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 300; k++) {
            if (k == 150)
                eco_fake_add_fault(&fake, "energy_now", errors[i], true, 4);
            eco_fake_advance(&fake, 0.5);
            if (k < 299)
                eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 1800, 1e-4, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        assert_false(e.flags & ECOPT_FLAG_RESET);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_a_stuck_gauge_is_missing(void **state)
{
    (void)state;
    set_up_gauge();
    eco_fake_find_live(&fake, BAT "energy_now")->rate = 0;
    fake_meter_measure(ctx, &fake, &e, "battery", 300, 0.5);
    assert_true(isnan(e.energy_j));
    assert_true(e.flags & ECOPT_FLAG_STUCK);
}

static void test_malformed_batteries_are_no_meters(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "many\n", "-5\n", "1.5\n", "99999999999999999999\n"};
    for (size_t i = 0; i < ECO_LEN(wrong); i++) {
        set_up();
        eco_fake_battery(&fake);
        eco_fake_file(&fake, BAT "energy_now", wrong[i]);
        eco_fake_file(&fake, BAT "power_now", strcmp(wrong[i], "-5\n") == 0 ? "?" : wrong[i]);
        assert_false(listed()->is_readable);
        assert_non_null(strstr(listed()->reason, "shows neither"));
        tear_down();
    }
    set_up();
    assert_non_null(strstr(listed()->reason, "no battery"));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fine_gauge_counts_and_its_power_checks),
        cmocka_unit_test(test_with_a_package_counter_it_stands_beside),
        cmocka_unit_test(test_short_windows_are_left_to_the_power),
        cmocka_unit_test(test_charge_and_current_times_voltage),
        cmocka_unit_test(test_not_while_a_supply_is_on),
        cmocka_unit_test(test_statuses_of_a_second_battery),
        cmocka_unit_test(test_two_batteries_add_up_and_one_may_rest),
        cmocka_unit_test(test_charging_inside_a_window_is_a_gap),
        cmocka_unit_test(test_a_fall_while_charging_is_not_counted),
        cmocka_unit_test(test_a_gauge_that_thinks_again_is_a_reset),
        cmocka_unit_test(test_faults_in_the_middle),
        cmocka_unit_test(test_a_stuck_gauge_is_missing),
        cmocka_unit_test(test_malformed_batteries_are_no_meters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
