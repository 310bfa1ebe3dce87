/* Sensors of hwmon on made-up machines: what each driver's files mean, and every way they fail. */
#include "support/fake_meter.h"
#include "support/fake_trees.h"

#include <errno.h>

static ecopt_energy e;
static eco_fake fake;
static ecopt_ctx *ctx;
static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];

static void set_up(void)
{
    ctx = eco_test_ctx();
    eco_fake_init(&fake);
}

/* The first line of a kind in the listing. */
static const ecopt_source_info *listed(const char *kind)
{
    size_t n = 0;
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, kind) == 0)
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

static void test_discrete_amd_card_is_added_to_the_package(void **state)
{
    (void)state;
    set_up();
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 40);
    eco_fake_amd_card(&fake, 2, "0000:03:00.0", 120);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_close(e.energy_j, 2 * (40 + 120), 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_close(fake_meter_part(&e, "hwmon gpu 0000:03:00.0")->energy_j, 240, 1e-6, 0);
    assert_close(fake_meter_part(&e, "hwmon gpu 0000:03:00.0")->gain_lo, 0.8, 1e-12, 0);
}

static void test_instant_power_where_there_is_no_average(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 0, "amdgpu", "0000:c3:00.0");
    eco_fake_hwmon_live(&fake, 0, "power1_input", 50e6, 10e6);
    eco_fake_hwmon_file(&fake, 0, "freq2_input", "1\n");
    fake_meter_measure(ctx, &fake, &e, "hwmon", 20, 0.1);
    /* From 50 W to 70 W in 2 s: trapezoids are exact on a ramp, and a reading is taken for 0.1 s
     * old, which this one is not. */
    assert_close(e.energy_j, 120 + 0.1 * 20, 1e-6, 0);
    assert_true(e.u95_j > fabs(e.energy_j - 120) && e.u95_j < 20);
}

static void test_graphics_inside_the_package_is_not_added(void **state)
{
    (void)state;
    set_up();
    eco_fake_apu(&fake);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_close(e.energy_j, 50, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_false(fake_meter_part(&e, "hwmon apu 0000:e4:00.0")->is_counted);
    assert_close(fake_meter_part(&e, "hwmon apu 0000:e4:00.0")->energy_j, 50, 1e-6, 0);
    /* It draws the line elsewhere: more than the package is no dispute. */
    set_up();
    eco_fake_apu(&fake);
    eco_fake_find_live(&fake, "/sys/class/hwmon/hwmon4/power1_average")->value = 33e6;
    fake_meter_measure(ctx, &fake, &e, "auto", 200, 0.1);
    assert_close(e.energy_j, 500, 1e-6, 0);
    assert_int_equal(e.flags, 0);
}

static void test_graphics_inside_stands_for_a_locked_package(void **state)
{
    (void)state;
    set_up();
    eco_fake_apu(&fake);
    eco_fake_guest(&fake);
    eco_fake_add_fault(&fake, "energy_uj", -EACCES, false, -1);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    /* Socket power includes the CPU: better than a model of it. */
    assert_close(e.energy_j, 50, 1e-6, 0);
    assert_int_equal(e.n_sources, 1);
    assert_string_equal(e.sources[0].name, "hwmon package-0");
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
}

static void test_second_die_of_a_card_reads_nothing(void **state)
{
    (void)state;
    set_up();
    eco_fake_amd_card(&fake, 2, "0000:31:00.0", 420);
    eco_fake_amd_card(&fake, 3, "0000:34:00.0", 0);
    fake_meter_measure(ctx, &fake, &e, "hwmon", 20, 0.1);
    assert_close(e.energy_j, 840, 1e-6, 0);
    assert_int_equal(e.n_sources, 2);
    assert_false(fake_meter_part(&e, "hwmon gpu 0000:34:00.0")->is_counted);
}

static void test_a_sleeping_card_draws_nothing(void **state)
{
    (void)state;
    set_up();
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 40);
    eco_fake_amd_card(&fake, 2, "0000:03:00.0", 120);
    eco_fake_hwmon_file(&fake, 2, "device/power/runtime_status", "suspended\n");
    eco_fake_add_fault(&fake, "power1_average", -EPERM, true, -1);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_close(e.energy_j, 80, 1e-6, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_SHORT); /* an average over 1 s in a window of 2 s */
    /* Awake, the same error is a failed reading: never 0. */
    set_up();
    eco_fake_amd_card(&fake, 2, "0000:03:00.0", 120);
    eco_fake_hwmon_file(&fake, 2, "device/power/runtime_status", "active\n");
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "hwmon");
    eco_fake_add_fault(&fake, "power1_average", -EPERM, true, -1);
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    assert_true(isnan(e.energy_j));
    fake_meter_close(ctx, &fake, meter);
}

static void test_xe_card_contains_its_package(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 5, "xe", "0000:03:00.0");
    eco_fake_hwmon_live(&fake, 5, "energy1_input", 7e9, 75e6);
    eco_fake_hwmon_live(&fake, 5, "energy2_input", 5e9, 60e6);
    fake_meter_measure(ctx, &fake, &e, "hwmon", 20, 0.1);
    assert_close(e.energy_j, 150, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_close(fake_meter_part(&e, "hwmon gpu 0000:03:00.0 package")->energy_j, 120, 1e-6, 0);
    /* A card without a meter at its connector. */
    set_up();
    eco_fake_hwmon(&fake, 5, "xe", "0000:03:00.0");
    eco_fake_hwmon_live(&fake, 5, "energy2_input", 5e9, 60e6);
    fake_meter_measure(ctx, &fake, &e, "hwmon", 20, 0.1);
    assert_close(e.energy_j, 120, 1e-6, 0);
}

static void test_i915_tiles_are_inside_their_card(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 1, "i915", "0000:4d:00.0");
    eco_fake_hwmon(&fake, 2, "i915_gt0", "0000:4d:00.0");
    eco_fake_hwmon(&fake, 3, "i915_gt1", "0000:4d:00.0");
    eco_fake_hwmon_live(&fake, 1, "energy1_input", 1e6, 100e6);
    eco_fake_hwmon_live(&fake, 2, "energy1_input", 1e6, 45e6);
    eco_fake_hwmon_live(&fake, 3, "energy1_input", 1e6, 46e6);
    eco_fake_hwmon_file(&fake, 1, "power1_max", "300000000\n");
    fake_meter_measure(ctx, &fake, &e, "hwmon", 20, 0.1);
    assert_close(e.energy_j, 200, 1e-6, 0);
    assert_int_equal(e.n_sources, 3);
    assert_close(fake_meter_part(&e, "hwmon gpu 0000:4d:00.0 gt1")->energy_j, 92, 1e-6, 0);
}

static void test_grace_counts_the_socket_and_not_its_module(void **state)
{
    (void)state;
    set_up();
    eco_fake_grace(&fake);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_close(e.energy_j, 600, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_true(fake_meter_part(&e, "hwmon package-0")->is_counted);
    assert_false(fake_meter_part(&e, "hwmon module-0")->is_counted);
    assert_close(fake_meter_part(&e, "hwmon module-0")->energy_j, 1000, 1e-6, 0);
    assert_close(fake_meter_part(&e, "hwmon package-0 core")->energy_j, 400, 1e-6, 0);
    assert_close(fake_meter_part(&e, "hwmon package-0 sysio")->energy_j, 120, 1e-6, 0);
}

static void test_acpi_meter_of_a_board(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 0, "power_meter", "ACPI000D:00");
    eco_fake_hwmon_live(&fake, 0, "device/power1_average", 2000e6, 0);
    eco_fake_hwmon_file(&fake, 0, "device/power1_average_interval", "1000\n");
    eco_fake_hwmon_file(&fake, 0, "device/power1_accuracy", "97.50%\n");
    /* Beside a package it is shown, not added. */
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 40);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "auto");
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    assert_close(e.energy_j, 80, 1e-6, 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    /* Alone it is the total; more than 1 kW is no fault of a board. */
    meter = fake_meter_open(ctx, &fake, "hwmon");
    fake_meter_window(ctx, meter, &fake, 20, 0.1, &e);
    assert_close(e.energy_j, 4000, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_WALL);
    assert_close(e.gain_lo, 0.975, 1e-9, 0);
    assert_close(e.gain_hi, 1.025, 1e-9, 0);
    assert_true(e.flags & ECOPT_FLAG_SHORT); /* 2 s of a 1 s average */
    fake_meter_close(ctx, &fake, meter);
}

static void test_amd_energy_sockets(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 0, "amd_energy", "amd_energy.0");
    eco_fake_hwmon_file(&fake, 0, "energy1_label", "Ecore000\n");
    eco_fake_hwmon_file(&fake, 0, "energy2_label", "Esocket0\n");
    eco_fake_hwmon_file(&fake, 0, "energy3_label", "Esocket1\n");
    eco_fake_hwmon_live(&fake, 0, "energy1_input", 1e6, 3e6);
    eco_fake_hwmon_live(&fake, 0, "energy2_input", 1e6, 150e6);
    eco_fake_hwmon_live(&fake, 0, "energy3_input", 1e6, 130e6);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_close(e.energy_j, 560, 1e-6, 0);
    assert_int_equal(e.n_sources, 2);
}

static void test_counters_of_strangers_are_listed_only(void **state)
{
    (void)state;
    set_up();
    eco_fake_guest(&fake);
    eco_fake_hwmon(&fake, 0, "ltc2947", "3-005c");
    eco_fake_hwmon_live(&fake, 0, "energy1_input", 1e6, 3e6);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_false(fake_meter_part(&e, "hwmon ltc2947 3-005c energy1")->is_counted);
    assert_close(fake_meter_part(&e, "hwmon ltc2947 3-005c energy1")->energy_j, 6, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_GENERIC);
}

static void test_nothing_to_read_says_what_brings_it(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 0, "nvme", "nvme0");
    eco_fake_hwmon_file(&fake, 0, "temp1_input", "40000\n");
    const ecopt_source_info *info = listed("hwmon");
    assert_false(info->is_found);
    assert_non_null(strstr(info->remedy, "modprobe acpi_power_meter"));
    tear_down();
}

static void test_locked_counter_gets_its_rule(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 0, "amd_energy", "amd_energy.0");
    eco_fake_hwmon_file(&fake, 0, "energy1_label", "Esocket0\n");
    eco_fake_hwmon_live(&fake, 0, "energy1_input", 1e6, 150e6);
    eco_fake_add_fault(&fake, "energy1_input", -EACCES, false, -1);
    const ecopt_source_info *info = listed("hwmon");
    assert_true(info->is_found && !info->is_readable);
    assert_non_null(strstr(info->remedy, "'SUBSYSTEM==\"hwmon\", TEST==\"energy1_input\", "
                                         "RUN+=\"/bin/chmod a+r /sys%p/energy1_input\"'"));
    assert_non_null(strstr(info->reason, "Permission denied"));
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_meter *meter = NULL;
    options.sources = "hwmon";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_PERM);
    tear_down();
}

/* Window of 4 s with something wrong in its middle second. */
static void disturbed(const char *part, int error, bool on_read, int n)
{
    ecopt_window *window = NULL;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "hwmon");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 40; i++) {
        if (i == 20)
            eco_fake_add_fault(&fake, part, error, on_read, n);
        eco_fake_advance(&fake, 0.1);
        if (i < 39)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    fake_meter_close(ctx, &fake, meter);
}

static void build_counter(double rate_uj)
{
    set_up();
    eco_fake_hwmon(&fake, 5, "xe", "0000:03:00.0");
    eco_fake_hwmon_live(&fake, 5, "energy1_input", 7e9, rate_uj);
}

static void test_failed_readings_lose_no_energy(void **state)
{
    (void)state;
    static const int errors[] = {-EIO, -EACCES, -EAGAIN, -ENODATA, -EBADF};
    for (size_t i = 0; i < ECO_LEN(errors); i++) {
        build_counter(75e6);
        disturbed("energy1_input", errors[i], true, 5);
        assert_close(e.energy_j, 300, 1e-6, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        set_up();
        eco_fake_amd_card(&fake, 2, "0000:03:00.0", 120);
        disturbed("power1_average", errors[i], true, 5);
        assert_close(e.energy_j, 480, 1e-6, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
    }
}

static void test_a_device_that_goes_and_comes_back(void **state)
{
    (void)state;
    static const int errors[] = {-ENODEV, -ENOENT};
    for (size_t i = 0; i < ECO_LEN(errors); i++) {
        build_counter(75e6);
        disturbed("energy1_input", errors[i], true, 3);
        assert_close(e.energy_j, 300, 1e-6, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
    }
    /* For good: half of the window is bounded, and its band says so. */
    build_counter(75e6);
    disturbed("energy1_input", -ENODEV, true, -1);
    assert_close(e.gap_s, 2, 0.1, 0);
    assert_true(e.flags & ECOPT_FLAG_GAP);
    assert_true(e.u95_j > 100);
}

static void test_a_renumbered_device_is_found_by_name_and_place(void **state)
{
    (void)state;
    ecopt_window *window = NULL;
    set_up();
    eco_fake_hwmon(&fake, 5, "xe", "0000:03:00.0");
    eco_fake_hwmon_live(&fake, 5, "energy1_input", 7e9, 75e6);
    eco_fake_hwmon(&fake, 6, "xe", "0000:04:00.0");
    eco_fake_hwmon_live(&fake, 6, "energy1_input", 9e9, 20e6);
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "hwmon");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 40; i++) {
        if (i == 20) {
            /* Both drivers reload and swap their numbers; old descriptors are dead. */
            eco_fake_move(&fake, "/sys/class/hwmon/hwmon5", "/sys/class/hwmon/hwmon7");
            eco_fake_move(&fake, "/sys/class/hwmon/hwmon6", "/sys/class/hwmon/hwmon5");
            eco_fake_move(&fake, "/sys/class/hwmon/hwmon7", "/sys/class/hwmon/hwmon6");
            eco_fake_add_fault(&fake, "energy1_input", -ENODEV, true, 2);
        }
        eco_fake_advance(&fake, 0.1);
        if (i < 39)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    assert_close(fake_meter_part(&e, "hwmon gpu 0000:03:00.0")->energy_j, 300, 1e-6, 0);
    assert_close(fake_meter_part(&e, "hwmon gpu 0000:04:00.0")->energy_j, 80, 1e-6, 0);
    assert_false(e.flags & ECOPT_FLAG_RESET);
    fake_meter_close(ctx, &fake, meter);
}

static void test_values_that_cannot_be(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "\n", "-5\n", "12x\n", "nan\n", "99999999999999999999\n", "5000000000000\n"};
    for (size_t i = 0; i < ECO_LEN(wrong); i++) {
        ecopt_window *window = NULL;
        set_up();
        eco_fake_amd_card(&fake, 2, "0000:03:00.0", 120);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "hwmon");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 20; k++) {
            if (k == 5)
                eco_fake_hwmon_file(&fake, 2, "power1_average", wrong[i]);
            if (k == 8)
                eco_fake_hwmon_file(&fake, 2, "power1_average", "120000000\n");
            eco_fake_advance(&fake, 0.1);
            eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 240, 1e-6, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_reset_jump_and_stuck_counters(void **state)
{
    (void)state;
    static const double values[] = {0, 9e15};
    for (size_t i = 0; i < ECO_LEN(values); i++) {
        ecopt_window *window = NULL;
        build_counter(75e6);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "hwmon");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 40; k++) {
            if (k == 20)
                eco_fake_find_live(&fake, "/sys/class/hwmon/hwmon5/energy1_input")->value =
                    values[i];
            eco_fake_advance(&fake, 0.1);
            eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 300, 1e-3, 0);
        assert_true(e.flags & ECOPT_FLAG_RESET);
        fake_meter_close(ctx, &fake, meter);
    }
    build_counter(0);
    fake_meter_measure(ctx, &fake, &e, "hwmon", 60, 0.1);
    assert_true(isnan(e.energy_j));
    assert_true(e.flags & ECOPT_FLAG_STUCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_discrete_amd_card_is_added_to_the_package),
        cmocka_unit_test(test_instant_power_where_there_is_no_average),
        cmocka_unit_test(test_graphics_inside_the_package_is_not_added),
        cmocka_unit_test(test_graphics_inside_stands_for_a_locked_package),
        cmocka_unit_test(test_second_die_of_a_card_reads_nothing),
        cmocka_unit_test(test_a_sleeping_card_draws_nothing),
        cmocka_unit_test(test_xe_card_contains_its_package),
        cmocka_unit_test(test_i915_tiles_are_inside_their_card),
        cmocka_unit_test(test_grace_counts_the_socket_and_not_its_module),
        cmocka_unit_test(test_acpi_meter_of_a_board),
        cmocka_unit_test(test_amd_energy_sockets),
        cmocka_unit_test(test_counters_of_strangers_are_listed_only),
        cmocka_unit_test(test_nothing_to_read_says_what_brings_it),
        cmocka_unit_test(test_locked_counter_gets_its_rule),
        cmocka_unit_test(test_failed_readings_lose_no_energy),
        cmocka_unit_test(test_a_device_that_goes_and_comes_back),
        cmocka_unit_test(test_a_renumbered_device_is_found_by_name_and_place),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test(test_reset_jump_and_stuck_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
