/*
 * A replay says of a window what was said live: cross-checks, sums, mirrors, shared cards, and what
 * slow sources missed.
 */
#include "support/fake_meter.h"

#include "meter/replay.h"
#include "support/fake_trees.h"

#include <errno.h>
#include <stdlib.h>

static eco_fake fake;
static ecopt_ctx *ctx;
static char trace[300];

static int set_up(void **state)
{
    (void)state;
    ctx = eco_test_ctx();
    eco_fake_init(&fake);
    (void)snprintf(trace, sizeof trace, "%s/t.trace", fake.root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(&fake);
    ecopt_ctx_free(ctx);
    return 0;
}

static ecopt_meter *open_recording(const char *sources)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    options.record_path = trace;
    options.nvml_path = FAKE_NVML_SO;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake.io, false, &meter), ECOPT_OK);
    return meter;
}

static void run_steps(ecopt_meter *meter, int n, double step_s)
{
    for (int i = 0; i < n; i++) {
        eco_fake_advance(&fake, step_s);
        eco_meter_sample(meter);
    }
}

/* All of it is the same, source by source. */
static void assert_replays(const ecopt_energy *live)
{
    eco_replay *replay = NULL;
    static ecopt_energy again;
    assert_status(ctx, eco_replay_open(ctx, trace, &replay), ECOPT_OK);
    eco_replay_get(replay, 0, "", &again);
    eco_replay_close(replay);
    assert_close(again.energy_j, live->energy_j, 1e-9, 0);
    assert_close(again.u95_j, live->u95_j, 1e-6, 0);
    assert_close(again.gain_lo, live->gain_lo, 1e-9, 0);
    assert_close(again.gain_hi, live->gain_hi, 1e-9, 0);
    assert_close(again.gap_s, live->gap_s, 1e-9, 1e-9);
    assert_close(again.coverage_ratio, live->coverage_ratio, 1e-9, 1e-9);
    assert_int_equal(again.quality, live->quality);
    assert_int_equal(again.flags, live->flags | ECOPT_FLAG_REPLAY);
    assert_int_equal(again.n_sources, live->n_sources);
    for (size_t i = 0; i < again.n_sources; i++) {
        const ecopt_source_energy *a = &again.sources[i], *b = &live->sources[i];
        assert_string_equal(a->name, b->name);
        assert_close(a->energy_j, b->energy_j, 1e-9, 0);
        assert_close(a->u95_j, b->u95_j, 1e-6, 0);
        assert_close(a->gain_lo, b->gain_lo, 1e-9, 0);
        assert_close(a->gain_hi, b->gain_hi, 1e-9, 0);
        assert_close(a->gap_s, b->gap_s, 1e-9, 1e-9);
        assert_int_equal(a->flags, b->flags);
        assert_int_equal(a->quality, b->quality);
        assert_int_equal(a->is_counted, b->is_counted);
    }
}

/* A window of what was built, recorded and played back. */
static void measure(const char *sources, int n, double step_s, ecopt_energy *ret)
{
    ecopt_window *window = NULL;
    ecopt_meter *meter = open_recording(sources);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    run_steps(meter, n, step_s);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, ret), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_replays(ret);
}

static void test_two_ways_that_disagree(void **state)
{
    (void)state;
    static ecopt_energy live;
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 17.5);
    eco_fake_add_pmu(&fake, "0\n");
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    measure("rapl-perf,rapl-powercap", 50, 0.1, &live);
    assert_true((live.flags & ECOPT_FLAG_DISAGREE) != 0);
    assert_close(live.gain_hi, 1.75, 1e-3, 0);
}

/* Within the bands of two sensors, but of one counter: 8 % is too much. */
static void test_two_ways_to_one_counter(void **state)
{
    (void)state;
    static ecopt_energy live;
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 10.8);
    eco_fake_add_pmu(&fake, "0\n");
    eco_fake_add_event(&fake, "energy-pkg", 2, 0, 10);
    measure("rapl-perf,rapl-powercap", 50, 0.1, &live);
    assert_true((live.flags & ECOPT_FLAG_DISAGREE) != 0);
}

static void test_parts_that_use_more_than_the_whole(void **state)
{
    (void)state;
    static ecopt_energy live;
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 20);
    eco_fake_add_zone(&fake, "intel-rapl:0:0", "core", 262143328850u, 30);
    eco_fake_add_zone(&fake, "intel-rapl:1", "psys", 262143328850u, 5);
    measure("rapl-powercap", 50, 0.1, &live);
    assert_true((live.flags & ECOPT_FLAG_DISAGREE) != 0);
}

static void test_mirrors_and_idle_parts(void **state)
{
    (void)state;
    static ecopt_energy live;
    eco_fake_zone *one = eco_fake_add_zone(&fake, "intel-rapl:0", "package-0-die-0", 0, 60);
    eco_fake_zone *two = eco_fake_add_zone(&fake, "intel-rapl:1", "package-0-die-1", 0, 60);
    eco_fake_add_zone(&fake, "intel-rapl:0:0", "dram", 65712999613u, 0);
    two->energy_uj = one->energy_uj;
    measure("rapl-powercap", 50, 0.1, &live);
    bool is_mirrored = false;
    for (size_t i = 0; i < live.n_sources; i++)
        is_mirrored = is_mirrored || (live.sources[i].flags & ECOPT_FLAG_MIRROR);
    assert_true(is_mirrored);
    /* Memory that uses nothing is not missing. */
    assert_close(live.energy_j, 300, 1e-3, 0);
}

/* A card that others use for a part of the time, and not in the next window. */
static void test_shared_cards(void **state)
{
    (void)state;
    char path[300];
    static ecopt_energy live, later;
    ecopt_window *window = NULL;
    (void)snprintf(path, sizeof path, "%s/gpu", fake.root);
    (void)setenv("ECOPT_FAKE_NVML", path, 1);
    eco_fake_file(&fake, "/gpu", "count 1 energy_mj 1000 mig 1\n");
    ecopt_meter *meter = open_recording("nvml");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 1; i <= 50; i++) {
        char text[80];
        eco_fake_advance(&fake, 0.1);
        (void)snprintf(text, sizeof text, "count 1 energy_mj %d mig %d\n", 1000 + 10000 * i,
                       i < 20 ? 1 : 0);
        eco_fake_file(&fake, "/gpu", text);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &live), ECOPT_OK);
    assert_true((live.flags & ECOPT_FLAG_SHARED) != 0);
    ecopt_window_key key = {1, "later"};
    assert_status(ctx, ecopt_meter_begin(meter, &key, &window), ECOPT_OK);
    for (int i = 1; i <= 50; i++) {
        char text[80];
        eco_fake_advance(&fake, 0.1);
        (void)snprintf(text, sizeof text, "count 1 energy_mj %d\n", 501000 + 10000 * i);
        eco_fake_file(&fake, "/gpu", text);
        eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &later), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_replays(&live);
    eco_replay *replay = NULL;
    assert_status(ctx, eco_replay_open(ctx, trace, &replay), ECOPT_OK);
    eco_replay_get(replay, 1, "later", &live);
    eco_replay_close(replay);
    assert_int_equal(live.flags, later.flags | ECOPT_FLAG_REPLAY);
    assert_int_equal(live.flags & ECOPT_FLAG_SHARED, 0);
}

/* What no reading shows is kept for its window. */
static void test_a_throttled_window(void **state)
{
    (void)state;
    static ecopt_energy live;
    ecopt_window *window = NULL;
    const char *count = "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count";
    eco_fake_add_zone(&fake, "intel-rapl:0", "package-0", 262143328850u, 17.5);
    eco_fake_file(&fake, count, "3\n");
    ecopt_meter *meter = open_recording("rapl-powercap");
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    run_steps(meter, 50, 0.1);
    eco_fake_file(&fake, count, "4\n");
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &live), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_true((live.flags & ECOPT_FLAG_THROTTLE) != 0);
    assert_replays(&live);
}

static bool is_plug_away;

static long answer_plug(eco_fake *f, const eco_http_request *request, char *body, size_t room_b)
{
    if (is_plug_away)
        return -ECONNREFUSED;
    if (!strstr(request->url, "/rpc/Switch.GetStatus?id=0"))
        return 404;
    (void)snprintf(body, room_b, "{\"id\":0,\"apower\":60.0,\"aenergy\":{\"total\":%.3f}}",
                   2 + 60 * (f->now_s - 1000) / 3600);
    return 200;
}

static void test_a_slow_source_that_was_away(void **state)
{
    (void)state;
    static ecopt_energy live;
    static const int away[] = {0, 2, 30, 100};
    for (size_t i = 0; i < ECO_LEN(away); i++) {
        ecopt_window *window = NULL;
        is_plug_away = false;
        fake.respond = answer_plug;
        ecopt_meter *meter = open_recording("plug:http://192.0.2.7");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        run_steps(meter, 10, 1);
        is_plug_away = true;
        run_steps(meter, away[i], 1);
        is_plug_away = away[i] == 100;
        run_steps(meter, 10, 1);
        assert_status(ctx, ecopt_meter_end(meter, window, 1, &live), ECOPT_OK);
        assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
        if (away[i] > 0)
            assert_true((live.flags & (ECOPT_FLAG_MISS | ECOPT_FLAG_GAP)) != 0);
        assert_replays(&live);
    }
}

/* Nothing ever came from it: missing live, and missing again. */
static void test_a_slow_source_that_gave_nothing(void **state)
{
    (void)state;
    static ecopt_energy live;
    ecopt_window *window = NULL;
    is_plug_away = false;
    fake.respond = answer_plug;
    ecopt_meter *meter = open_recording("plug:http://192.0.2.7");
    is_plug_away = true;
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    run_steps(meter, 20, 1);
    assert_status(ctx, ecopt_meter_end(meter, window, 1, &live), ECOPT_OK);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_true(isnan(live.energy_j));
    assert_replays(&live);
}

/* --- Lines as they must not be --------------------------------------------------------------- */

#define HEAD                                             \
    "# ecopt-trace 1\n"                                  \
    "source,a,measured-counter,1,0,0.001,0.9,1.1,1000\n" \
    "source,b,measured-counter,0,0,0.001,0.9,1.1,1000\n" \
    "source,c,measured-counter,1,0,0.001,0.9,1.1,1000\n"

static void test_malformed_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"trait,x,,0,0,,", "not declared: 'x'"},
        {"trait,b,rapl,0,0,x,", "not declared: 'x'"},
        {"trait,b,rapl,0,0,,x", "not declared: 'x'"},
        {"trait,b,abacus,0,0,,", "not a hardware counter: 'abacus'"},
        {"trait,b,rapl,2,0,,", "not a number in range: '2'"},
        {"trait,b,rapl,0,x,,", "not a number in range: 'x'"},
        {"trait,b,rapl,0,0,b,", "check itself"},
        {"trait,b,rapl,0,0,,b", "check itself"},
        {"trait,b,rapl,0,0,a", "wrong number of fields"},
        {"sum,0,3", "not the number of a source: '3'"},
        {"sum,,1", "not the number of a source: ''"},
        {"sum,0+,1", "not the number of a source: ''"},
        {"sum,-1,1", "not the number of a source: '-1'"},
        {"sum,0+1,1", "contain itself"},
        {"sum,0", "wrong number of fields"},
        {"sample,1,a,5,0,later", "not a flag: 'later'"},
        {"sample,1,a,5,0,miss+", "not a flag"},
        {"sample,1,a,5,0,,", "wrong number of fields"},
        {"power,1,a,5,nothing", "not a flag: 'nothing'"},
        {"begin,1,0,p\nvalue,0,p,a,,5,1,1", "not a number in range: ''"},
        {"begin,1,0,p\nvalue,0,p,a,5,,1,1", "not a number in range: ''"},
        {"begin,1,0,p\nvalue,0,p,a,5,1,1,1,-1", "not a number in range: '-1'"},
        {"begin,1,0,p\nvalue,0,p,a,5,1,1,1,0,shared+x", "not a flag: 'x'"},
        {"begin,1,0,p\nflag,0,p,heat", "not a flag: 'heat'"},
        {"flag,0,p,throttle", "window is not open"},
        {"begin,1,0,p\nend,1,0,p,1,2", "wrong number of fields in 'end'"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        char text[600];
        eco_replay *replay = NULL;
        int n = snprintf(text, sizeof text, HEAD "%s\n", cases[i].line);
        assert_status(ctx, eco_replay_parse(ctx, "t", text, (size_t)n, &replay), ECOPT_E_PARSE);
        if (!strstr(ecopt_ctx_errmsg(ctx), cases[i].message))
            print_error("case %zu: %s\n", i, ecopt_ctx_errmsg(ctx));
        assert_non_null(strstr(ecopt_ctx_errmsg(ctx), cases[i].message));
    }
}

/* Written by hand: what the lines mean. */
static void test_lines_by_hand(void **state)
{
    (void)state;
    char text[] = HEAD "trait,b,,1,0,a,\n"
                       "sum,2,1\n"
                       "sample,0,a,0,0\nsample,0,b,0,0\nsample,0,c,0,0\nbegin,0,0,p\n"
                       "sample,1,a,10000000,0,shared\nsample,1,b,90000000,0\nsample,1,c,1000000,0\n"
                       "end,1,0,p\n"
                       "begin,1,1,p\nvalue,1,p,a,7,1,0.5,2,0.25,miss+gap\n"
                       "value,1,p,c,,,0.5,2,1,lost\nend,2,1,p\n";
    eco_replay *replay = NULL;
    static ecopt_energy e;
    assert_status(ctx, eco_replay_parse(ctx, "t", text, sizeof text - 1, &replay), ECOPT_OK);
    eco_replay_get(replay, 0, "p", &e);
    assert_close(e.energy_j, 11, 1e-9, 0);
    assert_int_equal(e.sources[0].flags & (ECOPT_FLAG_SHARED | ECOPT_FLAG_DISAGREE),
                     ECOPT_FLAG_SHARED | ECOPT_FLAG_DISAGREE);
    assert_close(e.sources[0].gain_hi, 9, 1e-9, 0);
    assert_true((e.sources[2].flags & ECOPT_FLAG_DISAGREE) != 0);
    eco_replay_get(replay, 1, "p", &e);
    assert_true(isnan(e.energy_j));
    assert_close(e.sources[0].energy_j, 7, 1e-9, 0);
    assert_close(e.sources[0].gap_s, 0.25, 1e-9, 0);
    assert_int_equal(e.sources[0].flags, ECOPT_FLAG_MISS | ECOPT_FLAG_GAP);
    assert_int_equal(e.sources[2].quality, ECOPT_QUALITY_UNMEASURABLE);
    eco_replay_close(replay);
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(test_two_ways_that_disagree),
        TRACE_TEST(test_two_ways_to_one_counter),
        TRACE_TEST(test_parts_that_use_more_than_the_whole),
        TRACE_TEST(test_mirrors_and_idle_parts),
        TRACE_TEST(test_shared_cards),
        TRACE_TEST(test_a_throttled_window),
        TRACE_TEST(test_a_slow_source_that_was_away),
        TRACE_TEST(test_a_slow_source_that_gave_nothing),
        TRACE_TEST(test_malformed_lines),
        TRACE_TEST(test_lines_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
