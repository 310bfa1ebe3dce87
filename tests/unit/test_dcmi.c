/* Power by a management controller: the exact messages, every answer that is none, the pace. */
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
    eco_fake_dcmi(&fake);
}

static void test_the_board_is_the_total_without_a_package(void **state)
{
    (void)state;
    set_up();
    eco_fake_guest(&fake);
    fake_meter_measure(ctx, &fake, &e, "auto", 600, 0.1);
    assert_close(e.energy_j, 60 * 350, 1e-9, 0);
    assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_WALL);
    assert_string_equal(e.sources[0].name, "dcmi board");
    /* Half a watt either way over a minute, and the age of the readings at both ends. */
    assert_close(e.u95_j, hypot(0.95 * 30, 350), 1e-6, 0);
    set_up();
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 40);
    fake_meter_measure(ctx, &fake, &e, "auto", 20, 0.1);
    assert_close(e.energy_j, 80, 1e-6, 0);
    assert_close(fake_meter_part(&e, "dcmi board")->energy_j, 700, 1e-6, 0);
}

static void test_two_ways_to_the_board_check_one_another(void **state)
{
    (void)state;
    set_up();
    eco_fake_hwmon(&fake, 0, "power_meter", "ACPI000D:00");
    eco_fake_hwmon_live(&fake, 0, "device/power1_average", 352e6, 0);
    fake_meter_measure(ctx, &fake, &e, "hwmon,dcmi", 600, 0.1);
    assert_close(e.energy_j, 60 * 352, 1e-6, 0);
    assert_int_equal(e.n_sources, 2);
    assert_true(e.sources[0].is_counted && !e.sources[1].is_counted);
    assert_false(e.flags & ECOPT_FLAG_DISAGREE);
}

static void test_asked_at_most_twice_a_second(void **state)
{
    (void)state;
    set_up();
    fake_meter_measure(ctx, &fake, &e, "dcmi", 100, 0.1);
    assert_true(fake.bmc.n_requests >= 10 && fake.bmc.n_requests <= 22);
}

static void test_more_than_a_kilowatt(void **state)
{
    (void)state;
    set_up();
    fake.bmc.power_w = 10200;
    fake_meter_measure(ctx, &fake, &e, "dcmi", 20, 0.5);
    assert_close(e.energy_j, 102000, 1e-9, 0);
}

static void test_answers_to_older_requests_are_thrown_away(void **state)
{
    (void)state;
    set_up();
    ecopt_meter *meter = fake_meter_open(ctx, &fake, "dcmi");
    fake.bmc.n_stale = 3;
    fake_meter_window(ctx, meter, &fake, 20, 0.5, &e);
    assert_close(e.energy_j, 3500, 1e-9, 0);
    assert_false(e.flags & ECOPT_FLAG_MISS);
    fake_meter_close(ctx, &fake, meter);
}

/* What is wrong with the controller. */
typedef struct trouble {
    int code, send_error, wait_error, length_b, n_stale;
    bool is_inactive;
} trouble;

static void apply(const trouble *t)
{
    fake.bmc.code = t->code;
    fake.bmc.send_error = t->send_error;
    fake.wait_error = t->wait_error;
    fake.bmc.length_b = t->length_b ? t->length_b : 19;
    fake.bmc.n_stale = t->n_stale;
    fake.bmc.is_inactive = t->is_inactive;
}

static const trouble TROUBLES[] = {
    {.code = 0xC0},          {.code = 0xC1},       {.code = 0xC3},
    {.code = 0xFF},          {.send_error = -EIO}, {.send_error = -ENODEV},
    {.send_error = -EINVAL}, {.wait_error = -EIO}, {.wait_error = -ETIMEDOUT},
    {.length_b = 18},        {.length_b = 1},      {.n_stale = 1000},
    {.is_inactive = true},
};

static void test_no_answer_is_a_failed_reading(void **state)
{
    (void)state;
    static const trouble none = {0};
    for (size_t i = 0; i < ECO_LEN(TROUBLES); i++) {
        ecopt_window *window = NULL;
        set_up();
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "dcmi");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        for (int k = 0; k < 40; k++) {
            /* Six seconds: a slow source may miss a few readings before that is a gap. */
            if (k == 14 || k == 26)
                apply(k == 14 ? &TROUBLES[i] : &none);
            eco_fake_advance(&fake, 0.5);
            if (k < 39)
                eco_meter_sample(meter);
        }
        assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, &e), ECOPT_OK);
        assert_close(e.energy_j, 7000, 1e-9, 0);
        assert_true(e.flags & ECOPT_FLAG_MISS);
        assert_true(e.flags & ECOPT_FLAG_GAP);
        fake_meter_close(ctx, &fake, meter);
    }
}

static void test_no_answer_at_the_start_is_no_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < ECO_LEN(TROUBLES); i++) {
        ecopt_meter *meter = NULL;
        ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
        options.sources = "dcmi";
        set_up();
        apply(&TROUBLES[i]);
        assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                      ECOPT_E_METER_NONE);
        assert_non_null(strstr(ecopt_ctx_errhint(ctx), "modprobe -a ipmi_si ipmi_devintf"));
        assert_int_equal(fake.n_open, 0);
        assert_int_equal(eco_ctx_live_b(ctx), 0);
        eco_fake_release(&fake);
        ecopt_ctx_free(ctx);
    }
}

static void test_a_locked_device_says_who_may(void **state)
{
    (void)state;
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "dcmi";
    set_up();
    eco_fake_add_fault(&fake, "/dev/ipmi0", -EACCES, false, -1);
    fake.answer = NULL;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_PERM);
    assert_non_null(strstr(ecopt_ctx_errhint(ctx), "run ecopt as root"));
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
    /* The older name of the device. */
    set_up();
    eco_fake_add_fault(&fake, "/dev/ipmi0", -ENOENT, false, -1);
    fake_meter_measure(ctx, &fake, &e, "dcmi", 20, 0.5);
    assert_close(e.energy_j, 3500, 1e-9, 0);
    /* None at all. */
    set_up();
    fake.answer = NULL;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter),
                  ECOPT_E_METER_NONE);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_board_is_the_total_without_a_package),
        cmocka_unit_test(test_two_ways_to_the_board_check_one_another),
        cmocka_unit_test(test_asked_at_most_twice_a_second),
        cmocka_unit_test(test_more_than_a_kilowatt),
        cmocka_unit_test(test_answers_to_older_requests_are_thrown_away),
        cmocka_unit_test(test_no_answer_is_a_failed_reading),
        cmocka_unit_test(test_no_answer_at_the_start_is_no_source),
        cmocka_unit_test(test_a_locked_device_says_who_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
