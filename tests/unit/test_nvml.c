#include "support/fake_meter.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

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
    /* One period at the card's limit. */
    assert_close(r->energy.u95_j, 0.95 * 300 * 0.1, 1e-6, 0);
}

static void test_two_gpus_and_the_model_make_one_total(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 2 energy_mj 0\n");
    assert_status(r->ctx, try_open(r, "auto"), ECOPT_OK);
    const char *const texts[] = {"count 2 energy_mj0 50000 energy_mj1 70000\n"};
    measure(r, texts, 1);
    assert_int_equal(r->energy.n_sources, 5); /* each card's power checks its counter */
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
    /* Momentary power is up to 0.1 s old: the rise to 150 W came that much before it showed. */
    assert_close(r->energy.energy_j, 250 + 10, 1e-9, 0);
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
    size_t at = 0;
    while (at < n && strcmp(infos[at].kind, "nvml") != 0)
        at++;
    assert_true(at < n && infos[at].is_found && !infos[at].is_readable);
    assert_non_null(strstr(infos[at].remedy, "libnvidia-ml1"));
}

/* A calibration is of the machine without its cards: neither their names nor what is weaker of them
 * may be in what it keeps. */
static void test_the_machine_without_its_cards(void **state)
{
    rig *r = *state;
    char source[96];
    double lo = 0, hi = 0;
    set_gpu(r, "count 1 energy_status 3 power_mw 50000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    assert_int_equal(eco_meter_describe_host(r->meter, source, sizeof source, &lo, &hi),
                     ECOPT_QUALITY_UNMEASURABLE);
    assert_string_equal(source, "");
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    eco_fake_laptop(&r->fake);
    assert_status(r->ctx, try_open(r, "auto"), ECOPT_OK);
    assert_int_equal(ecopt_meter_quality(r->meter), ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_int_equal(eco_meter_describe_host(r->meter, source, sizeof source, &lo, &hi),
                     ECOPT_QUALITY_MEASURED_COUNTER);
    assert_string_equal(source, "rapl-powercap package-0");
    assert_close(lo, 0.9, 1e-12, 0);
    assert_close(hi, 1.1, 1e-12, 0);
    /* Cut, not overrun. */
    (void)eco_meter_describe_host(r->meter, source, 8, &lo, &hi);
    assert_string_equal(source, "rapl-po");
}

/* Heat and supply slow a card down; the power cap, at which a busy card lives, does not count. */
static void test_throttled_cards(void **state)
{
    static const struct {
        int reasons;
        bool is_throttled;
    } cases[] = {{0, false},  {1, false},   {4, false},   {0x10, false}, {0x100, false},
                 {0x8, true}, {0x20, true}, {0x40, true}, {0x80, true},  {0x44, true}};
    rig *r = *state;
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char before[80], after[80];
        (void)snprintf(before, sizeof before, "count 1 energy_mj 1000 reasons %d\n",
                       cases[i].reasons);
        (void)snprintf(after, sizeof after, "count 1 energy_mj 101000 reasons 0\n");
        const char *const texts[] = {before, after};
        if (!r->meter)
            assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
        set_gpu(r, "count 1 energy_mj 1000\n");
        measure(r, texts, 2);
        assert_int_equal((r->energy.flags & ECOPT_FLAG_THROTTLE) != 0, cases[i].is_throttled);
    }
}

/* --- A card whose readings follow a script of power over time -------------------------------- */

/* Script as it is; the card's clock is the machine's. */
static void run_script(rig *r, double time_s, double step_s)
{
    ecopt_window *window = NULL;
    char path[320], text[32];
    (void)snprintf(path, sizeof path, "%s.now", r->script);
    for (double t = 0; t <= time_s + 1e-9; t += step_s) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)snprintf(text, sizeof text, "%.6f", r->fake.now_s);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
        if (!window)
            assert_status(r->ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
        else if (t + step_s <= time_s + 1e-9)
            eco_meter_sample(r->meter);
        if (t + step_s <= time_s + 1e-9)
            eco_fake_advance(&r->fake, step_s);
    }
    assert_status(r->ctx, ecopt_meter_end(r->meter, window, (double)NAN, &r->energy), ECOPT_OK);
    (void)remove(path);
}

static void test_counter_and_power_of_a_script_agree(void **state)
{
    rig *r = *state;
    static const char *const periods[] = {"period_s 0.02", "period_s 0.1"};
    for (size_t i = 0; i < ECO_LEN(periods); i++) {
        char script[200];
        (void)snprintf(script, sizeof script, "count 1 %s\nat 0 50000\nat %.0f 250000\n",
                       periods[i], r->fake.now_s + 4);
        set_gpu(r, script);
        assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
        run_script(r, 8, 0.08);
        assert_true(fabs(r->energy.energy_j - 1200) < 250 * 0.1 + 1);
        assert_close(fake_meter_part(&r->energy, "nvml power GPU-00000")->energy_j, 1200, 0.03, 0);
        assert_false(fake_meter_part(&r->energy, "nvml power GPU-00000")->is_counted);
        assert_int_equal(r->energy.flags & ~(unsigned)ECOPT_FLAG_SHORT, 0);
        assert_int_equal(r->energy.quality, ECOPT_QUALITY_MEASURED_COUNTER);
        assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
        r->meter = NULL;
    }
}

/* Zeus issue 181: 187 J by the counter, 327 J by integrated power, on an idle card in 5 s. */
static void test_power_that_disagrees_widens_the_band(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 1 sensor 1.75 period_s 0.1\nat 0 37400\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    run_script(r, 5, 0.1);
    assert_close(r->energy.energy_j, 187, 0.03, 0);
    assert_true(r->energy.flags & ECOPT_FLAG_DISAGREE);
    assert_close(r->energy.gain_hi, 1.75, 0.03, 0);
    assert_close(r->energy.gain_lo, 0.95, 1e-9, 0);
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    /* A fifth apart is within what sampled power is worth. */
    set_gpu(r, "count 1 sensor 1.2 period_s 0.1\nat 0 37400\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    run_script(r, 5, 0.1);
    assert_false(r->energy.flags & ECOPT_FLAG_DISAGREE);
}

static void test_ways_to_power(void **state)
{
    rig *r = *state;
    size_t n = 0;
    set_gpu(r, "count 1 energy_status 3 power_mw 60000 average_mw 50000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    const char *const text = "count 1 energy_status 3 power_mw 60000 average_mw 50000\n";
    const char *const texts[] = {text, text, text, text};
    measure(r, texts, 4);
    assert_close(r->energy.energy_j, 240, 1e-9, 0);
    assert_int_equal(r->energy.n_sources, 1); /* power does not check itself */
    assert_close(ecopt_meter_infos(r->meter, &n)[0].update_period_s, 0.1, 0, 0);
    assert_non_null(strstr(ecopt_meter_infos(r->meter, &n)[0].reason, "momentary power"));
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    /* Without the momentary one the mean over 1 s, renewed as often. */
    r->fake.hidden_symbol = "nvmlDeviceGetFieldValues";
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    measure(r, texts, 4);
    assert_close(r->energy.energy_j, 200, 1e-9, 0);
    assert_close(ecopt_meter_infos(r->meter, &n)[0].update_period_s, 0.1, 0, 0);
    assert_non_null(strstr(ecopt_meter_infos(r->meter, &n)[0].reason, "averaged over 1 s"));
}

static void test_each_missing_symbol_turns_one_feature_off(void **state)
{
    rig *r = *state;
    static const char *const symbols[] = {"nvmlShutdown",
                                          "nvmlDeviceGetHandleByUUID",
                                          "nvmlDeviceGetName",
                                          "nvmlDeviceGetTotalEnergyConsumption",
                                          "nvmlDeviceGetPowerUsage",
                                          "nvmlDeviceGetFieldValues",
                                          "nvmlDeviceGetEnforcedPowerLimit",
                                          "nvmlDeviceGetMigMode",
                                          "nvmlDeviceGetComputeRunningProcesses_v3"};
    const char *const texts[] = {"count 1 energy_mj 101000 power_mw 100000 processes 1 pid0 1\n",
                                 "count 1 energy_mj 201000 power_mw 100000 processes 1 pid0 1\n"};
    for (size_t i = 0; i < ECO_LEN(symbols); i++) {
        set_gpu(r, "count 1 energy_mj 1000 power_mw 100000 processes 1 pid0 1\n");
        r->fake.hidden_symbol = symbols[i];
        assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
        measure(r, texts, 2);
        assert_close(r->energy.energy_j, 200, 1e-9, 0);
        assert_int_equal((r->energy.flags & ECOPT_FLAG_SHARED) != 0, i + 1 < ECO_LEN(symbols));
        assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
        r->meter = NULL;
    }
}

/* --- Faults ---------------------------------------------------------------------------------- */

static void test_cards_that_cannot_be_read_say_why(void **state)
{
    rig *r = *state;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    static const struct {
        const char *script, *text;
        ecopt_status status;
    } cases[] = {
        {"count 1 status 3\n", "neither energy nor power", ECOPT_E_METER_PERM},
        {"count 1 status 4\n", "may not be read", ECOPT_E_METER_PERM},
        {"count 1 status 15\n", "is lost", ECOPT_E_METER_PERM},
        {"count 1 status 16\n", "must be reset", ECOPT_E_METER_PERM},
        {"count 1 status 17\n", "blocks", ECOPT_E_METER_PERM},
        {"count 1 status 27\n", "not ready", ECOPT_E_METER_PERM},
        {"count 1 status 999\n", "cannot be read", ECOPT_E_METER_PERM},
        {"count 1 uuid_status 999\n", "cannot be read", ECOPT_E_METER_PERM},
        {"count 1 init_status 18\n", "another version", ECOPT_E_METER_NONE},
        {"count 1 init_status 4\n", "may not be opened", ECOPT_E_METER_NONE},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        size_t n = 0;
        bool is_found = false;
        set_gpu(r, cases[i].script);
        assert_status(r->ctx, try_open(r, "nvml"), cases[i].status);
        assert_non_null(strstr(ecopt_ctx_errmsg(r->ctx), cases[i].text));
        assert_status(r->ctx, eco_meter_describe_on(r->ctx, NULL, &r->fake.io, infos, &n),
                      ECOPT_OK);
        assert_status(r->ctx, eco_meter_describe_on(r->ctx, &r->options, &r->fake.io, infos, &n),
                      ECOPT_OK);
        for (size_t k = 0; k < n; k++)
            is_found = is_found || strstr(infos[k].reason, cases[i].text);
        assert_true(is_found);
    }
    /* One of two: the other is measured, and the total says that a card is not in it. */
    set_gpu(r, "count 2 status1 15 energy_mj 1000\n");
    assert_status(r->ctx, try_open(r, "auto"), ECOPT_OK);
    const char *const texts[] = {"count 2 energy_mj 51000\n"};
    measure(r, texts, 1);
    assert_close(r->energy.sources[0].energy_j, 50, 1e-9, 0);
    assert_true(r->energy.flags & ECOPT_FLAG_NO_GPU);
}

static void test_lost_or_not_ready_and_back(void **state)
{
    rig *r = *state;
    static const char *const losses[] = {"count 1 status 27\n", "count 1 status 15\n",
                                         "count 1 status 1\n", "count 1 status 16\n",
                                         "count 1 energy_status 4\n"};
    for (size_t i = 0; i < ECO_LEN(losses); i++) {
        set_gpu(r, "count 1 energy_mj 1000\n");
        assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
        const char *const texts[] = {"count 1 energy_mj 101000\n", losses[i], losses[i],
                                     "count 1 energy_mj 401000\n"};
        measure(r, texts, 4);
        /* What it used meanwhile came with the next good reading. */
        assert_close(r->energy.energy_j, 400, 1e-9, 0);
        assert_int_equal(r->energy.flags, ECOPT_FLAG_MISS | ECOPT_FLAG_SHORT);
        assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
        r->meter = NULL;
    }
}

/* The driver was unloaded and came back: handles are void, the counter begins at 0. */
static void test_driver_reload(void **state)
{
    rig *r = *state;
    static const char *const hidden[] = {NULL, "nvmlDeviceGetHandleByUUID"};
    for (size_t i = 0; i < ECO_LEN(hidden); i++) {
        set_gpu(r, "count 2 energy_mj 900000\n");
        r->fake.hidden_symbol = hidden[i];
        assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
        const char *const texts[] = {"count 2 energy_mj 1000000\n",          /* 100 J each */
                                     "count 2 driver 1 init_status 9\n",     /* no driver */
                                     "count 2 driver 1 init_status 9\n",     /* still none */
                                     "count 2 driver 1 energy_mj 50000\n",   /* new driver */
                                     "count 2 driver 1 energy_mj 150000\n"}; /* 100 J each */
        measure(r, texts, 5);
        assert_int_equal(r->energy.flags & ~(unsigned)ECOPT_FLAG_SHORT,
                         ECOPT_FLAG_MISS | ECOPT_FLAG_RESET | ECOPT_FLAG_GAP);
        /* 100 W before: 4 s of that are the best guess; the second try was at 3 s, the third is due
         * at 5 s. */
        assert_close(r->energy.energy_j, 2 * 500, 1e-9, 0);
        assert_close(r->energy.gap_s, 4, 1e-9, 0);
        assert_true(r->energy.u95_j > 2 * 100);
        assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
        r->meter = NULL;
    }
}

static void test_impossible_rise_is_judged_by_the_limit(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 1 energy_mj 1000 limit_mw 100000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    /* 500 W on a card of 100 W. */
    const char *const texts[] = {"count 1 energy_mj 81000\n", "count 1 energy_mj 581000\n"};
    measure(r, texts, 2);
    assert_true(r->energy.flags & ECOPT_FLAG_RESET);
    assert_close(r->energy.energy_j, 160, 1e-9, 0);
}

/* --- Whose card ------------------------------------------------------------------------------ */

static unsigned flags_with(rig *r, const char *script)
{
    const char *texts[] = {script, script};
    set_gpu(r, script);
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    measure(r, texts, 2);
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    r->meter = NULL;
    return r->energy.flags & ECOPT_FLAG_SHARED;
}

static void test_cards_that_others_use_are_flagged(void **state)
{
    rig *r = *state;
    char script[200], stat[100];
    assert_int_equal(flags_with(r, "count 1 energy_mj 1000\n"), 0);
    assert_int_equal(flags_with(r, "count 1 mig 1\n"), ECOPT_FLAG_SHARED);
    assert_int_equal(flags_with(r, "count 1 processes 40\n"), ECOPT_FLAG_SHARED);
    assert_int_equal(flags_with(r, "count 1 processes 1 pid0 77\n"), ECOPT_FLAG_SHARED);
    /* This process, and the child of its child. */
    (void)snprintf(stat, sizeof stat, "77 (a (b) c) S 78 77 77 0 -1\n");
    eco_fake_file(&r->fake, "/proc/77/stat", stat);
    (void)snprintf(stat, sizeof stat, "78 (sh) S %ld 78 78 0 -1\n", (long)getpid());
    eco_fake_file(&r->fake, "/proc/78/stat", stat);
    (void)snprintf(script, sizeof script, "count 1 processes 2 pid0 77 pid1 %ld\n", (long)getpid());
    assert_int_equal(flags_with(r, script), 0);
    (void)snprintf(script, sizeof script, "count 1 processes 2 pid0 77 pid1 79\n");
    eco_fake_file(&r->fake, "/proc/79/stat", "79 (other) S 1 79 79 0 -1\n");
    assert_int_equal(flags_with(r, script), ECOPT_FLAG_SHARED);
    /* A circle of parents, which no kernel makes, ends. */
    eco_fake_file(&r->fake, "/proc/79/stat", "79 (other) S 79 79 79 0 -1\n");
    assert_int_equal(flags_with(r, script), ECOPT_FLAG_SHARED);
}

static void test_shared_belongs_to_the_window_that_saw_it(void **state)
{
    rig *r = *state;
    const char *const shared[] = {"count 1 energy_mj 1000 processes 1 pid0 77\n",
                                  "count 1 energy_mj 2000\n"};
    const char *const alone[] = {"count 1 energy_mj 3000\n", "count 1 energy_mj 4000\n"};
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    measure(r, shared, 2);
    assert_true(r->energy.flags & ECOPT_FLAG_SHARED);
    eco_fake_advance(&r->fake, 1);
    measure(r, alone, 2);
    assert_false(r->energy.flags & ECOPT_FLAG_SHARED);
}

static void test_cards_by_uuid(void **state)
{
    rig *r = *state;
    set_gpu(r, "count 3 energy_mj 0\n");
    assert_status(r->ctx, try_open(r, "nvml:GPU-00002,nvml:gpu-00000"), ECOPT_OK);
    const char *const texts[] = {"count 3 energy_mj0 100000 energy_mj1 200000 energy_mj2 400000\n"};
    measure(r, texts, 1);
    assert_close(r->energy.energy_j, 500, 1e-9, 0);
    assert_string_equal(r->energy.sources[0].name, "nvml gpu GPU-00002");
    assert_int_equal(r->energy.flags & ECOPT_FLAG_NO_GPU, 0);
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    r->meter = NULL;
    assert_status(r->ctx, try_open(r, "nvml:GPU-00001,nvml:GPU-7"), ECOPT_E_METER_NONE);
    assert_non_null(strstr(ecopt_ctx_errmsg(r->ctx), "no NVIDIA GPU of this UUID"));
    assert_status(r->ctx, try_open(r, "nvml:"), ECOPT_E_ARG);
    assert_status(r->ctx, try_open(r, "auto,nvml:GPU-00001"), ECOPT_OK);
    measure(r, texts, 1);
    assert_string_equal(r->energy.sources[0].name, "nvml gpu GPU-00001");
}

static void test_modules_of_grace_contain_their_card(void **state)
{
    rig *r = *state;
    const char *const texts[] = {"count 1 grace 1 module_mw 500000 energy_mj 301000 "
                                 "power_mw 300000\n"};
    set_gpu(r, "count 1 grace 1 module_mw 500000 energy_mj 1000 power_mw 300000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    measure(r, texts, 1);
    /* No package is measured: the module is the total and the card inside it. */
    assert_close(r->energy.energy_j, 500, 1e-9, 0);
    assert_true(fake_meter_part(&r->energy, "nvml module GPU-00000")->is_counted);
    assert_false(fake_meter_part(&r->energy, "nvml gpu GPU-00000")->is_counted);
    assert_close(fake_meter_part(&r->energy, "nvml gpu GPU-00000")->energy_j, 300, 1e-9, 0);
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    r->meter = NULL;
    /* Elsewhere the answer for scope 1 is not believed. */
    set_gpu(r, "count 1 module_mw 500000 energy_mj 1000\n");
    assert_status(r->ctx, try_open(r, "nvml"), ECOPT_OK);
    const char *const plain[] = {"count 1 module_mw 500000 energy_mj 301000\n"};
    measure(r, plain, 1);
    assert_close(r->energy.energy_j, 300, 1e-9, 0);
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
        GPU_TEST(test_the_machine_without_its_cards),
        GPU_TEST(test_throttled_cards),
        GPU_TEST(test_counter_and_power_of_a_script_agree),
        GPU_TEST(test_power_that_disagrees_widens_the_band),
        GPU_TEST(test_ways_to_power),
        GPU_TEST(test_each_missing_symbol_turns_one_feature_off),
        GPU_TEST(test_cards_that_cannot_be_read_say_why),
        GPU_TEST(test_lost_or_not_ready_and_back),
        GPU_TEST(test_driver_reload),
        GPU_TEST(test_impossible_rise_is_judged_by_the_limit),
        GPU_TEST(test_cards_that_others_use_are_flagged),
        GPU_TEST(test_shared_belongs_to_the_window_that_saw_it),
        GPU_TEST(test_cards_by_uuid),
        GPU_TEST(test_modules_of_grace_contain_their_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
