/*
 * What every kind of source owes the meter, checked alike for all.  A new kind adds one line to
 * KINDS.
 */
#include "support/eco_test.h"

#include "meter/handle.h"
#include "meter/source.h"
#include "support/fake_trees.h"
#include "support/fakesys.h"

#include <errno.h>
#include <stdlib.h>

/* A machine on which the kind works, and how its energy moves on. */
typedef struct kind_case {
    const char *kind;
    void (*build)(eco_fake *fake);
    void (*advance)(eco_fake *fake, double time_s);
    double power_w; /* of the machine built; 0 = not fixed */
} kind_case;

static void set_gpu_energy(eco_fake *fake, double energy_mj)
{
    char text[80];
    (void)snprintf(text, sizeof text, "count 1 energy_mj %.0f\n", energy_mj);
    eco_fake_file(fake, "/gpu", text);
}

static void build_perf(eco_fake *fake)
{
    eco_fake_add_pmu(fake, "0\n");
    eco_fake_add_event(fake, "energy-pkg", 2, 0, 30);
}

static void build_nvml(eco_fake *fake)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/gpu", fake->root);
    (void)setenv("ECOPT_FAKE_NVML", path, 1);
    set_gpu_energy(fake, 1e6);
}

static void advance_nvml(eco_fake *fake, double time_s)
{
    eco_fake_advance(fake, time_s);
    set_gpu_energy(fake, 1e6 + 1e3 * 120 * (fake->now_s - 1000));
}

static void build_calibrated(eco_fake *fake)
{
    eco_fake_guest(fake);
    eco_fake_file(fake, "/etc/ecopt/calibration",
                  "# ecopt-calibration 1\nmachine,unknown CPU  2 CPUs\ngovernor,\nmade,now\n"
                  "source,measured-counter,0.9,1.1,rapl\npoint,0,10,0.1,10\npoint,1,30,0.1,10\n");
}

static void build_hwmon(eco_fake *fake)
{
    eco_fake_amd_card(fake, 2, "0000:03:00.0", 120);
}

static void build_replay(eco_fake *fake)
{
    eco_fake_file(fake, "/trace",
                  "# ecopt-trace 1\nsample,0,x,0,0\nbegin,0,0,a\nsample,5,x,125000000,0\n"
                  "end,5,0,a\n");
}

static double used_j(const eco_fake *fake, double power_w)
{
    return 7200 + power_w * (fake->now_s - 1000);
}

static long answer_plug(eco_fake *fake, const eco_http_request *request, char *body, size_t room_b)
{
    if (!strstr(request->url, "/rpc/Switch.GetStatus?id=0"))
        return 404;
    (void)snprintf(body, room_b, "{\"id\":0,\"apower\":60.0,\"aenergy\":{\"total\":%.3f}}",
                   used_j(fake, 60) / 3600);
    return 200;
}

static void build_plug(eco_fake *fake)
{
    fake->respond = answer_plug;
}

static int print_joules(eco_fake *fake, const eco_spawn_request *request, char *out, size_t room_b)
{
    (void)snprintf(out, room_b, "%.0f\n", used_j(fake, 40));
    return strcmp(request->argv[0], "sstat") == 0 || strcmp(request->argv[0], "/bin/joules") == 0
               ? 0
               : -ENOENT;
}

static void build_command(eco_fake *fake)
{
    fake->execute = print_joules;
}

static void build_file(eco_fake *fake)
{
    eco_fake_file(fake, "/power", "45\n");
}

static void build_slurm(eco_fake *fake)
{
    (void)setenv("SLURM_JOB_ID", "77", 1);
    build_command(fake);
}

static long tell_energy(eco_fake *fake, const char *path, char *text, size_t room_b)
{
    (void)path;
    /* As the helper's ticks, ten a second. */
    double tick_s = floor(10 * fake->now_s + 1e-6) / 10;
    return snprintf(text, room_b,
                    "ecopt-energy 1 100000\npackage-0,package,1000000,%.0f,%.0f,55000,61035,300000,"
                    "900,1100\nend\n",
                    1e6 * tick_s, 1e6 * 55 * (tick_s - 1));
}

static void build_helper(eco_fake *fake)
{
    fake->speak = tell_energy;
}

static const kind_case KINDS[] = {
    {"rapl-perf", build_perf, eco_fake_advance, 30},
    {"rapl-powercap", eco_fake_laptop, eco_fake_advance, 10},
    {"helper", build_helper, eco_fake_advance, 55},
    {"nvml", build_nvml, advance_nvml, 120},
    {"hwmon", build_hwmon, eco_fake_advance, 120},
    {"jetson", eco_fake_orin_nx, eco_fake_advance, 15},
    {"battery", eco_fake_battery, eco_fake_advance, 12},
    {"cray", eco_fake_cray, eco_fake_advance, 600},
    {"dcmi", eco_fake_dcmi, eco_fake_advance, 350},
    {"msr", eco_fake_msr_server, eco_fake_msr_advance, 115},
    {"plug", build_plug, eco_fake_advance, 60},
    {"command", build_command, eco_fake_advance, 40},
    {"file", build_file, eco_fake_advance, 45},
    {"slurm", build_slurm, eco_fake_advance, 40},
    {"calibrated", build_calibrated, eco_fake_advance, 0},
    {"model", eco_fake_guest, eco_fake_advance, 0},
    {"replay", build_replay, eco_fake_advance, 25},
};

/* What "sources" says for kinds whose name alone is not enough: an argument, or a source that
 * counts beside one that only records. */
static const struct {
    const char *kind, *sources;
} SPELLED[] = {
    {"plug", "plug:http://192.0.2.7"},
    {"command", "command:J=/bin/joules"},
    {"file", "file:W@0.9-1.1=/power"},
    {"slurm", "command:J=/bin/joules,slurm"},
};

typedef struct rig {
    eco_fake fake;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    char sources[320];
    ecopt_energy energy;
} rig;

static rig *start(const kind_case *kind, ecopt_ctx *ctx)
{
    static rig r;
    memset(&r, 0, sizeof r);
    r.ctx = ctx;
    eco_fake_init(&r.fake);
    kind->build(&r.fake);
    (void)snprintf(r.sources, sizeof r.sources, "%s", kind->kind);
    for (size_t i = 0; i < ECO_LEN(SPELLED); i++)
        if (strcmp(SPELLED[i].kind, kind->kind) == 0)
            (void)snprintf(r.sources, sizeof r.sources, "%s", SPELLED[i].sources);
    if (strcmp(kind->kind, "replay") == 0)
        (void)snprintf(r.sources, sizeof r.sources, "replay:%s/trace", r.fake.root);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = r.sources;
    options.nvml_path = FAKE_NVML_SO;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &r.fake.io, false, &r.meter), ECOPT_OK);
    return &r;
}

static void stop(rig *r)
{
    assert_status(r->ctx, ecopt_meter_close(r->meter), ECOPT_OK);
    assert_int_equal(r->fake.n_open, 0);
    assert_int_equal(r->fake.n_libraries, 0);
    assert_int_equal(eco_ctx_live_b(r->ctx), 0);
    eco_fake_release(&r->fake);
}

static void test_registry_and_contract_list_the_same_kinds(void **state)
{
    (void)state;
    size_t n;
    const eco_source_ops *const *kinds = eco_source_registry(&n);
    assert_int_equal(n, ECO_LEN(KINDS));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(kinds[i]->kind, KINDS[i].kind);
        assert_int_equal(kinds[i]->version, ECO_SOURCE_VERSION);
        assert_non_null(kinds[i]->probe);
        assert_ptr_equal(eco_source_find(KINDS[i].kind, strlen(KINDS[i].kind)), kinds[i]);
    }
    assert_null(eco_source_find("rapl", 4));
}

static void check_energy(const ecopt_energy *e)
{
    assert_true(isnan(e->energy_j) || e->energy_j >= 0);
    assert_true(isnan(e->energy_j) == (e->quality == ECOPT_QUALITY_UNMEASURABLE));
    assert_true(isnan(e->energy_j) || (e->u95_j >= 0 && isfinite(e->u95_j)));
    assert_true(e->gain_lo <= 1 && e->gain_hi >= 1);
    assert_true(e->time_s >= 0 && e->gap_s >= 0 && e->gap_s <= e->time_s + 1e-9);
    assert_true(e->coverage_ratio >= 0 && e->coverage_ratio <= 1);
    assert_true(e->n_sources <= ECOPT_METER_SOURCES_MAX);
    double sum_j = 0;
    ecopt_quality weakest = ECOPT_QUALITY_MEASURED_WALL;
    for (size_t i = 0; i < e->n_sources; i++) {
        const ecopt_source_energy *part = &e->sources[i];
        assert_true(strlen(part->name) > 0);
        if (!part->is_counted)
            continue;
        sum_j += part->energy_j;
        weakest = part->quality > weakest ? part->quality : weakest;
    }
    assert_close(e->energy_j, sum_j, 1e-12, 0);
    assert_int_equal(e->quality, weakest);
}

static void test_windows_of_every_kind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t k = 0; k < ECO_LEN(KINDS); k++) {
        rig *r = start(&KINDS[k], ctx);
        ecopt_window *window = NULL;
        for (int i = 0; i < 3; i++) {
            assert_status(ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
            /* Long enough for the slowest: five periods of 1 s. */
            for (int step = 0; step < 10; step++) {
                KINDS[k].advance(&r->fake, 0.5);
                eco_meter_sample(r->meter);
            }
            assert_status(ctx, ecopt_meter_end(r->meter, window, 1.5, &r->energy), ECOPT_OK);
            check_energy(&r->energy);
            assert_close(r->energy.time_s, 5, 1e-9, 0);
            assert_true(r->energy.energy_j > 0);
            assert_int_equal(r->energy.quality, ecopt_meter_quality(r->meter));
            if (KINDS[k].power_w > 0)
                /* Some machines catch up later with what a wait for an update used: 2 ms. */
                assert_close(r->energy.energy_j, 5 * KINDS[k].power_w, 1e-3, 0);
        }
        stop(r);
    }
    ecopt_ctx_free(ctx);
}

static void test_an_empty_window_of_every_kind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t k = 0; k < ECO_LEN(KINDS); k++) {
        rig *r = start(&KINDS[k], ctx);
        ecopt_window *window = NULL;
        ecopt_window_key key = {INT64_MAX, NULL};
        assert_status(ctx, ecopt_meter_begin(r->meter, &key, &window), ECOPT_OK);
        assert_status(ctx, ecopt_meter_end(r->meter, window, (double)NAN, &r->energy), ECOPT_OK);
        check_energy(&r->energy);
        stop(r);
    }
    ecopt_ctx_free(ctx);
}

static void test_wrong_calls_of_every_kind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t k = 0; k < ECO_LEN(KINDS); k++) {
        rig *r = start(&KINDS[k], ctx);
        ecopt_window *window = NULL;
        ecopt_window_key key = {-1, "a"};
        assert_status(ctx, ecopt_meter_begin(r->meter, &key, &window), ECOPT_E_ARG);
        assert_null(window);
        assert_status(ctx, ecopt_meter_end(r->meter, NULL, 0, &r->energy), ECOPT_E_ARG);
        assert_status(ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
        assert_status(ctx, ecopt_meter_end(r->meter, window, 0, NULL), ECOPT_E_ARG);
        ecopt_meter_abandon(r->meter, NULL);
        assert_status(ctx, ecopt_meter_begin(r->meter, NULL, &window), ECOPT_OK);
        ecopt_meter_abandon(r->meter, window);
        stop(r);
    }
    ecopt_ctx_free(ctx);
}

static void test_infos_of_every_kind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t k = 0; k < ECO_LEN(KINDS); k++) {
        rig *r = start(&KINDS[k], ctx);
        size_t n = 0;
        const ecopt_source_info *infos = ecopt_meter_infos(r->meter, &n);
        bool is_used = false;
        assert_true(n >= 1);
        for (size_t i = 0; i < n; i++) {
            /* The record stands beside a source that counts. */
            if (strcmp(KINDS[k].kind, "slurm") != 0)
                assert_string_equal(infos[i].kind, KINDS[k].kind);
            assert_true(strlen(infos[i].reason) > 0);
            is_used = is_used || infos[i].is_used;
        }
        assert_true(is_used);
        stop(r);
    }
    ecopt_ctx_free(ctx);
}

/* Open, one window, close with every allocation failing in turn: nothing is left behind. */
static ecopt_status open_and_measure(ecopt_ctx *ctx, void *user)
{
    rig *r = user;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_window *window = NULL;
    ecopt_meter *meter = NULL;
    options.sources = r->sources;
    options.nvml_path = FAKE_NVML_SO;
    ecopt_status status = eco_meter_open_on(ctx, &options, &r->fake.io, false, &meter);
    if (status == ECOPT_OK)
        status = ecopt_meter_begin(meter, NULL, &window);
    if (status == ECOPT_OK)
        status = ecopt_meter_end(meter, window, 1, &r->energy);
    (void)ecopt_meter_close(meter);
    return status;
}

static void test_no_memory_for_every_kind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t k = 0; k < ECO_LEN(KINDS); k++) {
        rig *r = start(&KINDS[k], ctx);
        assert_status(ctx, ecopt_meter_close(r->meter), ECOPT_OK);
        r->meter = NULL;
        eco_test_alloc_sweep(open_and_measure, r);
        stop(r);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_and_contract_list_the_same_kinds),
        cmocka_unit_test(test_windows_of_every_kind),
        cmocka_unit_test(test_an_empty_window_of_every_kind),
        cmocka_unit_test(test_wrong_calls_of_every_kind),
        cmocka_unit_test(test_infos_of_every_kind),
        cmocka_unit_test(test_no_memory_for_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
