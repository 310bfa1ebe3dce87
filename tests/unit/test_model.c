#include "support/eco_test.h"

#include "meter/handle.h"
#include "meter/model.h"
#include "support/fakesys.h"

#include <errno.h>

static void measure(ecopt_meter *meter, eco_fake *fake, ecopt_ctx *ctx, double time_s, double cpu_s,
                    ecopt_energy *ret)
{
    ecopt_window *window = NULL;
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(fake, time_s);
    assert_status(ctx, ecopt_meter_end(meter, window, cpu_s, ret), ECOPT_OK);
}

static ecopt_meter *open_model(ecopt_ctx *ctx, eco_fake *fake)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "model";
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake->io, false, &meter), ECOPT_OK);
    return meter;
}

static void finish(ecopt_ctx *ctx, eco_fake *fake, ecopt_meter *meter)
{
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(fake->n_open, 0);
    eco_fake_release(fake);
    ecopt_ctx_free(ctx);
}

static void test_constants_follow_their_sources(void **state)
{
    (void)state;
    double idle = sqrt(0.64 * 1.90), busy = sqrt(3.97 * 6.01) - idle;
    assert_close(ECO_MODEL_IDLE_W, idle, 1e-4, 0);
    assert_close(ECO_MODEL_BUSY_W, busy, 1e-4, 0);
    assert_close(ECO_MODEL_IDLE_GAIN_LO, exp(-hypot(log(idle / 0.64), log(.19 / .12))), 2e-4, 0);
    assert_close(ECO_MODEL_IDLE_GAIN_HI, exp(hypot(log(1.90 / idle), log(.44 / .19))), 2e-4, 0);
    assert_close(ECO_MODEL_BUSY_GAIN_LO, exp(-hypot(log(busy / (3.97 - 0.64)), log(1.03 / .74))),
                 2e-4, 0);
    assert_close(ECO_MODEL_BUSY_GAIN_HI, exp(hypot(log((6.01 - 1.90) / busy), log(1.44 / 1.03))),
                 2e-4, 0);
}

static void test_command_time_sets_the_busy_part(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    fake.load = 1.7; /* others are busy too: not charged, but said */
    ecopt_meter *meter = open_model(ctx, &fake);
    measure(meter, &fake, ctx, 2, 1.5, &e);
    double idle_j = 2 * 2 * ECO_MODEL_IDLE_W, busy_j = 1.5 * ECO_MODEL_BUSY_W;
    assert_close(e.energy_j, idle_j + busy_j, 1e-9, 0);
    assert_close(e.gain_lo,
                 (idle_j * ECO_MODEL_IDLE_GAIN_LO + busy_j * ECO_MODEL_BUSY_GAIN_LO) / e.energy_j,
                 1e-9, 0);
    assert_close(e.gain_hi,
                 (idle_j * ECO_MODEL_IDLE_GAIN_HI + busy_j * ECO_MODEL_BUSY_GAIN_HI) / e.energy_j,
                 1e-9, 0);
    assert_true(e.gain_lo < 0.7 && e.gain_hi > 1.4);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_int_equal(e.flags, ECOPT_FLAG_FOREIGN_LOAD);
    assert_close(e.cpu_s, 1.5, 0, 0);
    finish(ctx, &fake, meter);
}

static void test_monotone_and_fine_in_cpu_time(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    double last_j = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    ecopt_meter *meter = open_model(ctx, &fake);
    for (int i = 0; i < 20; i++) {
        measure(meter, &fake, ctx, 0.3, 0.28 + 1e-4 * i, &e);
        assert_true(e.energy_j > last_j);
        last_j = e.energy_j;
        /* Two networks that differ by 1 % in 0.3 s must stand apart. */
        assert_true(e.u95_j < 0.005 * e.energy_j);
        assert_true(e.u95_j > 0);
    }
    finish(ctx, &fake, meter);
}

static void test_busy_time_of_the_guest_without_the_commands(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_guest(&fake);
    fake.load = 1.5;
    ecopt_meter *meter = open_model(ctx, &fake);
    measure(meter, &fake, ctx, 10, (double)NAN, &e);
    assert_close(e.energy_j, 10 * (2 * ECO_MODEL_IDLE_W + 1.5 * ECO_MODEL_BUSY_W), 1e-3, 0);
    assert_true(isnan(e.cpu_s));
    assert_true(e.u95_j > 1.96 * 0.01 * ECO_MODEL_BUSY_W / sqrt(6));
    /* An idle guest still takes its idle power. */
    fake.load = 0;
    measure(meter, &fake, ctx, 10, (double)NAN, &e);
    assert_close(e.energy_j, 10 * 2 * ECO_MODEL_IDLE_W, 1e-3, 0);
    finish(ctx, &fake, meter);
}

static void test_no_proc_stat(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    ecopt_meter *meter = open_model(ctx, &fake);
    measure(meter, &fake, ctx, 1, 0.5, &e);
    assert_true(e.energy_j > 0.5 * ECO_MODEL_BUSY_W);
    assert_int_equal(e.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    measure(meter, &fake, ctx, 1, (double)NAN, &e);
    assert_true(isnan(e.energy_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    finish(ctx, &fake, meter);
}

static void test_malformed_proc_stat(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "cpu", "cpu  1 2 x", "intr 5\ncpu 1 2 3 4 5 6 7 8\n"};
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(texts); i++) {
        static eco_fake fake;
        static ecopt_energy e;
        eco_fake_init(&fake);
        eco_fake_file(&fake, "/proc/stat", texts[i]);
        ecopt_meter *meter = open_model(ctx, &fake);
        measure(meter, &fake, ctx, 1, (double)NAN, &e);
        assert_true(isnan(e.energy_j));
        measure(meter, &fake, ctx, 1, 0, &e);
        assert_true(e.energy_j > 0);
        assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
        eco_fake_release(&fake);
    }
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants_follow_their_sources),
        cmocka_unit_test(test_command_time_sets_the_busy_part),
        cmocka_unit_test(test_monotone_and_fine_in_cpu_time),
        cmocka_unit_test(test_busy_time_of_the_guest_without_the_commands),
        cmocka_unit_test(test_no_proc_stat),
        cmocka_unit_test(test_malformed_proc_stat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
