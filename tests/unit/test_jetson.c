/* Rails of Jetson modules: which of them are the module, and what a failing rail does. */
#include "support/fake_meter.h"
#include "support/fake_trees.h"

#include <errno.h>

static ecopt_energy e;
static eco_fake fake;
static ecopt_ctx *ctx;

static void set_up(void)
{
    ctx = eco_test_ctx();
    eco_fake_init(&fake);
}

static void test_the_input_contains_the_other_rails(void **state)
{
    (void)state;
    set_up();
    eco_fake_orin_nx(&fake);
    eco_fake_guest(&fake);
    fake_meter_measure(ctx, &fake, &e, "auto", 40, 0.1);
    assert_close(e.energy_j, 4 * 15, 1e-6, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_int_equal(e.n_sources, 3);
    assert_true(fake_meter_part(&e, "jetson module")->is_counted);
    assert_close(fake_meter_part(&e, "jetson module VDD_CPU_GPU_CV")->energy_j, 24, 1e-6, 0);
    assert_false(fake_meter_part(&e, "jetson module VDD_SOC")->is_counted);
    assert_close(e.gain_hi, 1.1, 1e-12, 0);
    assert_false(e.flags & (ECOPT_FLAG_DISAGREE | ECOPT_FLAG_NO_GPU));
}

static void test_without_an_input_disjoint_rails_are_summed(void **state)
{
    (void)state;
    set_up();
    eco_fake_agx_orin(&fake);
    fake_meter_measure(ctx, &fake, &e, "jetson", 40, 0.1);
    /* The memory's rail hangs on the 5 V input: inside, not added. */
    assert_close(e.energy_j, 4 * (12 + 5 + 4), 1e-6, 0);
    assert_close(e.gain_hi, 1.25, 1e-12, 0);
    assert_close(fake_meter_part(&e, "jetson rail VDDQ_VDD2_1V8AO")->energy_j, 4, 1e-6, 0);
    assert_int_equal(e.n_sources, 5);
    assert_false(e.flags & ECOPT_FLAG_DISAGREE);
}

static void test_power_files_of_the_older_driver(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        double power_mw;
    } rails[] = {{"POM_5V_IN", 5000}, {"POM_5V_GPU", 1500}, {"POM_5V_CPU", 2000}};
    set_up();
    for (int i = 0; i < 3; i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "/sys/bus/iio/devices/iio:device0/rail_name_%d", i);
        eco_fake_file(&fake, path, rails[i].label);
        (void)snprintf(path, sizeof path, "/sys/bus/iio/devices/iio:device0/in_power%d_input", i);
        eco_fake_add_live(&fake, path, rails[i].power_mw, 0, "\n");
    }
    fake_meter_measure(ctx, &fake, &e, "auto", 40, 0.1);
    assert_close(e.energy_j, 20, 1e-6, 0);
    assert_close(fake_meter_part(&e, "jetson module POM_5V_GPU")->energy_j, 6, 1e-6, 0);
}

static void test_an_idle_rail_may_read_below_zero(void **state)
{
    (void)state;
    set_up();
    eco_fake_orin_nx(&fake);
    eco_fake_hwmon_file(&fake, 1, "curr2_input", "-8\n");
    fake_meter_measure(ctx, &fake, &e, "jetson", 40, 0.1);
    assert_close(e.energy_j, 60, 1e-6, 0);
    assert_close(fake_meter_part(&e, "jetson module VDD_CPU_GPU_CV")->energy_j, 0, 0, 1e-12);
}

static void test_other_boards_with_the_same_chip_are_none(void **state)
{
    (void)state;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    set_up();
    eco_fake_hwmon(&fake, 1, "ina3221", "2-0040");
    eco_fake_hwmon_file(&fake, 1, "in1_label", "12V_FAN\n");
    eco_fake_hwmon_file(&fake, 1, "in1_input", "12000\n");
    eco_fake_hwmon_file(&fake, 1, "curr1_input", "300\n");
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, "jetson") == 0) {
            assert_false(infos[i].is_found);
            assert_non_null(strstr(infos[i].remedy, "ina3221"));
        }
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

/* 4 s at 15 W, with one reading in the middle disturbed n times. */
static void disturbed(const char *part, int error, int n)
{
    ecopt_window *window = NULL;
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "jetson");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < 40; i++) {
        if (i == 20)
            eco_fake_add_fault(&fake, part, error, true, n);
        eco_fake_advance(&fake, 0.1);
        if (i < 39)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
    fake_meter_close(ctx, &fake, meter);
}

static void test_failed_readings(void **state)
{
    (void)state;
    static const int errors[] = {-EIO, -ENODEV, -ENOENT, -EACCES, -ENODATA};
    for (size_t i = 0; i < ECO_LEN(errors); i++) {
        set_up();
        eco_fake_orin_nx(&fake);
        disturbed("curr1_input", errors[i], 3);
        assert_close(e.energy_j, 60, 1e-6, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        set_up();
        eco_fake_agx_orin(&fake);
        /* One term of the sum is missing: the sum is, too. */
        disturbed("hwmon2/in3_input", errors[i], -1);
        assert_true(e.flags & ECOPT_FLAG_GAP);
        assert_true(e.gap_s > 1.8 && e.u95_j > 20);
    }
}

static void test_values_that_cannot_be(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "\n", "-5\n", "abc\n", "1.5\n", "9999999999\n"};
    for (size_t i = 0; i < ECO_LEN(wrong); i++) {
        ecopt_window *window = NULL;
        set_up();
        eco_fake_orin_nx(&fake);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "jetson");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 40; k++) {
            if (k == 5 || k == 8)
                eco_fake_hwmon_file(&fake, 1, "in1_input", k == 5 ? wrong[i] : "15000\n");
            eco_fake_advance(&fake, 0.1);
            eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 60, 1e-6, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_a_rail_at_nothing_is_stuck_only_as_the_module(void **state)
{
    (void)state;
    set_up();
    eco_fake_orin_nx(&fake);
    eco_fake_hwmon_file(&fake, 1, "curr1_input", "0\n");
    fake_meter_measure(ctx, &fake, &e, "jetson", 40, 0.1);
    assert_true(isnan(e.energy_j));
    assert_true(e.flags & ECOPT_FLAG_STUCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_input_contains_the_other_rails),
        cmocka_unit_test(test_without_an_input_disjoint_rails_are_summed),
        cmocka_unit_test(test_power_files_of_the_older_driver),
        cmocka_unit_test(test_an_idle_rail_may_read_below_zero),
        cmocka_unit_test(test_other_boards_with_the_same_chip_are_none),
        cmocka_unit_test(test_failed_readings),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test(test_a_rail_at_nothing_is_stuck_only_as_the_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
