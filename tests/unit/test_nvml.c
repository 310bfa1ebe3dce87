#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fakesys.h"

#include <errno.h>
#include <stdlib.h>

typedef struct rig {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    ecopt_meter_options options;
    char script[300];
    ecopt_energy energy;
} rig;

static void set_gpu(rig *r, const char *text)
{
    FILE *file = fopen(r->script, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    static rig r;
    memset(&r, 0, sizeof r);
    eco_fake_init(&r.fake);
    eco_fake_guest(&r.fake);
    r.ctx = eco_test_ctx();
    r.options = (ecopt_meter_options)ECOPT_METER_OPTIONS_INIT;
    r.options.nvml_path = FAKE_NVML_SO;
    (void)snprintf(r.script, sizeof r.script, "%s/gpu", r.fake.root);
    (void)setenv("ECOPT_FAKE_NVML", r.script, 1);
    set_gpu(&r, "count 1 energy_mj 1000\n");
    *state = &r;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(r->ctx), 0);
    assert_int_equal(r->fake.n_open, 0);
    assert_int_equal(r->fake.n_libraries, 0);
    eco_fake_release(&r->fake);
    ecopt_ctx_free(r->ctx);
    return 0;
}

static ecopt_status try_open(rig *r, const char *sources)
{
    r->options.sources = sources;
    return eco_meter_open_on(r->ctx, &r->options, &r->fake.io, false, &r->meter);
}

/* begin, then one reading per text one second apart; the last is that of end. */
static void measure(rig *r, const char *const *texts, size_t n)
{
    ecopt_window *window = NULL;
    assert_status(r->ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
    for (size_t i = 0; i < n; i++) {
        eco_fake_advance(&r->fake, 1);
        set_gpu(r, texts[i]);
        if (i + 1 < n)
            eco_meter_sample(r->meter);
    }
    assert_status(r->ctx, ecopt_meter_end(r->meter, window, (double)NAN, &r->energy), ECOPT_OK);
}

static void test_energy_counter(void **state)
{
    rig *r = *state;
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    const char *const texts[] = {"count 1 energy_mj 101000\n", "count 1 energy_mj 221000\n"};
    measure(r, texts, 2);
    assert_close(r->energy.energy_j, 220, 1e-12, 0);
    assert_int_equal(r->energy.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_string_equal(r->energy.sources[0].name, "nvml gpu GPU-00000");
    assert_int_equal(r->energy.flags, ECOPT_FLAG_SHORT); /* 2 s are fewer than 41 periods */
    assert_close(r->energy.u95_j, 1.96 * 110 * 0.1 / sqrt(6), 1e-3, 0);
}

static void test_two_gpus_and_the_model_make_one_total(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 2 energy_mj 0\n");
    assert_status(r->ctx, try_open(r, "auto"), ECOPT_OK);
    const char *const texts[] = {"count 2 energy_mj0 50000 energy_mj1 70000\n"};
    measure(r, texts, 1);
    assert_int_equal(r->energy.n_sources, 3);
    assert_close(r->energy.sources[0].energy_j, 50, 1e-12, 0);
    assert_close(r->energy.sources[1].energy_j, 70, 1e-12, 0);
    assert_true(r->energy.energy_j > 120);
    assert_int_equal(r->energy.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_false(r->energy.flags & ECOPT_FLAG_NO_GPU);
}

static void test_power_is_integrated_without_a_counter(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 1 energy_status 3 power_mw 50000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    assert_int_equal(ecopt_meter_quality(r->meter), ECOPT_QUALITY_MEASURED_SAMPLED);
    const char *const texts[] = {"count 1 energy_status 3 power_mw 150000\n",
                                 "count 1 energy_status 3 power_mw 150000\n"};
    measure(r, texts, 2);
    assert_close(r->energy.energy_j, 250, 1e-9, 0);
    assert_int_equal(r->energy.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_true(r->energy.u95_j > 50);
}

static void test_missing_energy_symbol_falls_back_to_power(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 1 power_mw 50000\n");
    r->fake.hidden_symbol = "nvmlDeviceGetTotalEnergyConsumption";
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    assert_int_equal(ecopt_meter_quality(r->meter), ECOPT_QUALITY_MEASURED_SAMPLED);
}

static void test_library_without_its_core_is_refused(void **state)
{
    rig *r = *state;
    r->fake.hidden_symbol = "nvmlDeviceGetUUID";
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(r->ctx), "lacks the calls"));
    r->fake.hidden_symbol = NULL;
    set_gpu(r, "init_status 9\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(r->ctx), "does not start"));
    set_gpu(r, "count 0\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(r->ctx), "no NVIDIA GPU"));
    r->options.nvml_path = "/nowhere/libnvidia-ml.so.1";
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errhint(r->ctx), "driver"));
    assert_int_equal(r->fake.n_libraries, 0);
}

static void test_gpu_lost_in_a_window(void **state)
{
    rig *r = *state;
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    const char *const lost_late[] = {"count 1 energy_mj 101000\n", "count 1 status 15\n"};
    measure(r, lost_late, 2);
    assert_close(r->energy.energy_j, 200, 1e-9, 0); /* 100 J seen, 1 s at 100 W bounded */
    assert_int_equal(r->energy.flags, ECOPT_FLAG_MISS | ECOPT_FLAG_GAP | ECOPT_FLAG_SHORT);
    const char *const lost[] = {"count 1 status 15\n"};
    measure(r, lost, 1);
    assert_true(isnan(r->energy.energy_j));
    assert_int_equal(r->energy.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(r->energy.flags & ECOPT_FLAG_LOST);
}

static void test_counter_backward_is_bounded(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 1 energy_mj 900000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    const char *const texts[] = {"count 1 energy_mj 1000000\n", "count 1 energy_mj 5000\n",
                                 "count 1 energy_mj 105000\n"};
    measure(r, texts, 3);
    assert_true(r->energy.flags & ECOPT_FLAG_RESET);
    assert_close(r->energy.energy_j, 300, 1e-9, 0);
    assert_close(r->energy.gap_s, 1, 1e-9, 0);
}

static void test_gpu_that_nobody_meters_is_flagged(void **state)
{
    rig *r = *state;
    eco_fake_file(&r->fake, "/proc/driver/nvidia/version", "NVRM\n");
    r->options.nvml_path = "/nowhere/libnvidia-ml.so.1";
    assert_status(r->ctx, try_open(r, "auto"), ECOPT_OK);
    const char *const texts[] = {"count 0\n"};
    measure(r, texts, 1);
    assert_true(r->energy.flags & ECOPT_FLAG_NO_GPU);
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    assert_status(r->ctx, eco_meter_describe_on(r->ctx, &r->options, &r->fake.io, infos, &n),
                  ECOPT_OK);
    assert_string_equal(infos[2].kind, "nvml");
    assert_true(infos[2].is_found && !infos[2].is_readable);
    assert_non_null(strstr(infos[2].remedy, "libnvidia-ml1"));
}

#define GPU_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        GPU_TEST(test_energy_counter),
        GPU_TEST(test_two_gpus_and_the_model_make_one_total),
        GPU_TEST(test_power_is_integrated_without_a_counter),
        GPU_TEST(test_missing_energy_symbol_falls_back_to_power),
        GPU_TEST(test_library_without_its_core_is_refused),
        GPU_TEST(test_gpu_lost_in_a_window),
        GPU_TEST(test_counter_backward_is_bounded),
        GPU_TEST(test_gpu_that_nobody_meters_is_flagged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
