#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fakesys.h"

#include <errno.h>
#include <unistd.h>

static ecopt_status check(ecopt_ctx *ctx, const char *sources, const char *require,
                          double interval_s)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    options.require = require;
    options.interval_s = interval_s;
    return ecopt_meter_check(ctx, &options);
}

static void test_options_that_make_sense(void **state)
{
    (void)state;
    static const char *const good[] = {
        NULL, "", "auto", "none", "model", "rapl-perf,nvml", "rapl-powercap, model", "replay:x"};
    ecopt_ctx *ctx = eco_test_ctx();
    assert_status(ctx, ecopt_meter_check(ctx, NULL), ECOPT_OK);
    for (size_t i = 0; i < ECO_LEN(good); i++)
        assert_status(ctx, check(ctx, good[i], NULL, 0), ECOPT_OK);
    assert_status(ctx, check(ctx, NULL, "measured", 0.01), ECOPT_OK);
    assert_status(ctx, check(ctx, NULL, "modelled-generic", 10), ECOPT_OK);
    assert_status(ctx, check(ctx, NULL, "", 1), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_totals_by_name(void **state)
{
    (void)state;
    static const char *const good[] = {NULL, "", "auto", "parts", "whole"};
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(good); i++) {
        options.total = good[i];
        assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_OK);
    }
    options.total = "hole";
    assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_E_NAME);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "no total 'hole'");
    assert_string_equal(ecopt_ctx_errhint(ctx), "did you mean 'whole'?");
    /* The struct of an older program ends before the field. */
    options.size = offsetof(ecopt_meter_options, total);
    assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_edges_by_word_or_time(void **state)
{
    (void)state;
    static const char *const good[] = {NULL,  "",       "aligned", "free",
                                       "5ms", "250 ms", "2s",      "1500us"};
    static const struct {
        const char *edges;
        ecopt_status status;
        const char *message, *hint;
    } bad[] = {
        {"fre", ECOPT_E_NAME, "no kind of edges 'fre'", "did you mean 'free'?"},
        {"250", ECOPT_E_NAME, "no kind of edges '250'",
         "write aligned, free, or the longest wait: 250ms"},
        {"1.2.3ms", ECOPT_E_NAME, "no kind of edges '1.2.3ms'",
         "write aligned, free, or the longest wait: 250ms"},
        {"2.1s", ECOPT_E_RANGE, "a wait of '2.1s' for updates is not in 0 to 2 s", ""},
        {"0ms", ECOPT_E_RANGE, "a wait of '0ms' for updates is not in 0 to 2 s", ""},
    };
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(good); i++) {
        options.edges = good[i];
        assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_OK);
    }
    for (size_t i = 0; i < ECO_LEN(bad); i++) {
        options.edges = bad[i].edges;
        assert_status(ctx, ecopt_meter_check(ctx, &options), bad[i].status);
        assert_string_equal(ecopt_ctx_errmsg(ctx), bad[i].message);
        assert_string_equal(ecopt_ctx_errhint(ctx), bad[i].hint);
    }
    options.size = offsetof(ecopt_meter_options, edges);
    assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_the_whole_of_a_laptop(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    size_t n = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    options.total = "whole";
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    eco_fake_advance(&fake, 1);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    /* psys, not the package inside it. */
    assert_close(e.energy_j, 12, 1e-6, 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_status(ctx, eco_meter_describe_on(ctx, &options, &fake.io, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].name, "rapl-powercap package-0") == 0)
            assert_string_equal(infos[i].reason, "inside 'rapl-powercap psys', not added");
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_options_that_do_not(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    assert_status(ctx, check(ctx, "rapl-pref", NULL, 0), ECOPT_E_NAME);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "no energy source 'rapl-pref'");
    assert_string_equal(ecopt_ctx_errhint(ctx), "did you mean 'rapl-perf'?");
    assert_status(ctx, check(ctx, "nvml,autoo", NULL, 0), ECOPT_E_NAME);
    assert_status(ctx, check(ctx, "nvml,none", NULL, 0), ECOPT_E_NAME);
    assert_status(ctx, check(ctx, "model:0", NULL, 0), ECOPT_E_ARG);
    assert_string_equal(ecopt_ctx_errmsg(ctx),
                        "energy source 'model' takes nothing behind its name");
    assert_status(ctx, check(ctx, "nvml,auto", NULL, 0), ECOPT_OK);
    assert_status(ctx, check(ctx, "replay", NULL, 0), ECOPT_E_ARG);
    assert_status(ctx, check(ctx, "replay:", NULL, 0), ECOPT_E_ARG);
    assert_status(ctx, check(ctx, "model,replay:x", NULL, 0), ECOPT_E_ARG);
    assert_status(ctx, check(ctx, NULL, "mesured", 0), ECOPT_E_NAME);
    assert_string_equal(ecopt_ctx_errhint(ctx), "did you mean 'measured'?");
    assert_status(ctx, check(ctx, NULL, NULL, 0.001), ECOPT_E_RANGE);
    assert_status(ctx, check(ctx, NULL, NULL, 11), ECOPT_E_RANGE);
    assert_status(ctx, check(ctx, NULL, NULL, (double)NAN), ECOPT_E_RANGE);
    ecopt_meter_options options = {0};
    assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_E_ARG);
    /* An older, shorter struct: what it lacks is default. */
    options.size = sizeof options.size;
    options.sources = "not looked at";
    assert_status(ctx, ecopt_meter_check(ctx, &options), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_none_is_unmeasurable_not_zero(void **state)
{
    (void)state;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "none";
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    assert_int_equal(ecopt_meter_quality(meter), ECOPT_QUALITY_UNMEASURABLE);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_true(isnan(e.energy_j) && isnan(e.u95_j));
    assert_int_equal(e.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_close(e.coverage_ratio, 0, 0, 1e-9);
    assert_int_equal(e.n_sources, 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    options.require = "modelled-generic";
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_E_METER_REQUIRE);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_real_machine_always_gives_a_meter(void **state)
{
    (void)state;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    assert_status(ctx, ecopt_meter_open(ctx, NULL, &meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    (void)usleep(20000);
    assert_status(ctx, ecopt_meter_end(meter, window, 0.02, &e), ECOPT_OK);
    assert_true(isnan(e.energy_j) || e.energy_j > 0);
    assert_true(e.time_s >= 0.02);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static bool has_kind(const ecopt_source_info *infos, size_t n, const char *kind)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(infos[i].kind, kind) == 0)
            return true;
    return false;
}

static void test_describe_lists_every_kind(void **state)
{
    (void)state;
    static const char *const kinds[] = {"rapl-perf", "rapl-powercap", "nvml", "model", "replay"};
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    assert_status(ctx, ecopt_meter_describe(ctx, NULL, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < ECO_LEN(kinds); i++)
        assert_true(has_kind(infos, n, kinds[i]));
    for (size_t i = 0; i < n; i++)
        if (!infos[i].is_found && strcmp(infos[i].kind, "replay") != 0)
            assert_true(strlen(infos[i].remedy) > 0);
    options.sources = "model";
    assert_status(ctx, ecopt_meter_describe(ctx, &options, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        assert_true(infos[i].is_used == (strcmp(infos[i].kind, "model") == 0));
    options.sources = "replay:/nowhere/x.trace";
    assert_status(ctx, ecopt_meter_describe(ctx, &options, infos, &n), ECOPT_OK);
    assert_string_equal(infos[n - 1].reason, "the trace cannot be read");
    assert_false(infos[n - 1].is_used);
    options.sources = "nonsense";
    assert_status(ctx, ecopt_meter_describe(ctx, &options, infos, &n), ECOPT_E_NAME);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_describe_of_a_laptop(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    assert_string_equal(infos[1].name, "rapl-powercap package-0");
    assert_true(infos[1].is_used);
    assert_close(infos[1].range_j, 262143.328911, 1e-9, 0);
    assert_close(infos[1].unit_j, 61.035e-6, 1e-4, 0);
    assert_close(infos[1].update_period_s, 0.001, 0, 0);
    /* The made-up counter moves whenever time does, here by a pause. */
    assert_close(infos[1].measured_period_s, 0.0002, 0, 1e-5);
    assert_true(isnan(infos[n - 2].measured_period_s));
    assert_non_null(strstr(infos[2].reason, "inside 'rapl-powercap package-0'"));
    const ecopt_source_info *model = &infos[n - 2];
    assert_string_equal(model->kind, "model");
    assert_false(model->is_used);
    assert_non_null(strstr(model->reason, "not needed"));
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

/* Its file is rewritten every 4 ms; one that stands still is not given a period. */
static void test_described_period_is_that_of_the_changes(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_init(&fake);
    eco_fake_zone *slow = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850, 20);
    eco_fake_add_zone(&fake, "intel-rapl:1", "package-1", 262143328850, 25)->is_stuck = true;
    slow->power_w = 0.00025; /* 1 uJ, the step of the file, in 4 ms */
    assert_status(ctx, eco_meter_describe_on(ctx, NULL, &fake.io, infos, &n), ECOPT_OK);
    size_t n_seen = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(infos[i].name, "rapl-powercap package-0") == 0 && ++n_seen)
            assert_close(infos[i].measured_period_s, 0.004, 0.02, 0);
        if (strcmp(infos[i].name, "rapl-powercap package-1") == 0 && ++n_seen)
            assert_true(isnan(infos[i].measured_period_s));
    }
    assert_int_equal(n_seen, 2);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static ecopt_status describe_laptop(ecopt_ctx *ctx, void *user)
{
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    eco_fake *fake = user;
    return eco_meter_describe_on(ctx, NULL, &fake->io, infos, &n);
}

static void test_describe_without_memory(void **state)
{
    (void)state;
    static eco_fake fake;
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    eco_test_alloc_sweep(describe_laptop, &fake);
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
}

static void add_packages(eco_fake *fake, int n)
{
    for (int i = 0; i < n; i++) {
        char path[128], name[32];
        (void)snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d/name", i);
        (void)snprintf(name, sizeof name, "package-%d\n", i);
        eco_fake_file(fake, path, name);
        (void)snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d/energy_uj", i);
        eco_fake_file(fake, path, "1\n");
    }
}

/* A total without some of its parts would be wrong in silence. */
static void test_more_counters_than_there_is_room_for(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    eco_fake_init(&fake);
    add_packages(&fake, ECOPT_METER_SOURCES_MAX + 1);
    assert_status(ctx, eco_meter_open_on(ctx, NULL, &fake.io, false, &meter), ECOPT_E_LIMIT);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "1 energy sources more"));
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

/* Parts and cross-checks give way: all nine packages are counted though their cores come between.
 */
static void test_parts_do_not_crowd_out_packages(void **state)
{
    (void)state;
    static eco_fake fake;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    size_t n = 0, n_used = 0;
    eco_fake_init(&fake);
    add_packages(&fake, 9);
    for (int i = 0; i < 9; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d:0/name", i);
        eco_fake_file(&fake, path, "core\n");
        (void)snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%d:0/energy_uj", i);
        eco_fake_file(&fake, path, "1\n");
    }
    assert_status(ctx, eco_meter_open_on(ctx, NULL, &fake.io, false, &meter), ECOPT_OK);
    const ecopt_source_info *infos = ecopt_meter_infos(meter, &n);
    for (size_t i = 0; i < n; i++)
        n_used += infos[i].is_used;
    assert_int_equal(n_used, 9);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(fake.n_open, 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
}

static void test_trace_that_cannot_be_written(void **state)
{
    (void)state;
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "model";
    options.record_path = "/nowhere/t.trace";
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "'/nowhere/t.trace'"));
    assert_null(meter);
    /* A full disk is found out when the trace is written, and reported by close. */
    options.record_path = "/dev/full";
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
    assert_true(e.energy_j > 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "No space left"));
    options.sources = "replay:x";
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_E_ARG);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_that_make_sense),
        cmocka_unit_test(test_options_that_do_not),
        cmocka_unit_test(test_totals_by_name),
        cmocka_unit_test(test_edges_by_word_or_time),
        cmocka_unit_test(test_the_whole_of_a_laptop),
        cmocka_unit_test(test_none_is_unmeasurable_not_zero),
        cmocka_unit_test(test_real_machine_always_gives_a_meter),
        cmocka_unit_test(test_describe_lists_every_kind),
        cmocka_unit_test(test_describe_of_a_laptop),
        cmocka_unit_test(test_described_period_is_that_of_the_changes),
        cmocka_unit_test(test_describe_without_memory),
        cmocka_unit_test(test_more_counters_than_there_is_room_for),
        cmocka_unit_test(test_parts_do_not_crowd_out_packages),
        cmocka_unit_test(test_trace_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
