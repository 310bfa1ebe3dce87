#include "support/eco_test.h"

#include "core/rng.h"
#include "meter/replay.h"

#include <ecopt/meter.h>
#include <unistd.h>

static ecopt_status open_text(ecopt_ctx *ctx, const char *text, eco_replay **ret_replay)
{
    char dir[256], path[300];
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "t.trace", text);
    (void)snprintf(path, sizeof path, "%s/t.trace", dir);
    ecopt_status status = eco_replay_open(ctx, path, ret_replay);
    eco_test_remove_dir(dir);
    return status;
}

static const char TWO_WINDOWS[] = "# ecopt-trace 1\n"
                                  "# a comment\n"
                                  "\n"
                                  "sample,1.0,cpu,1000000,0\r\n"
                                  "begin,1.0,0,train\n"
                                  "sample,1.5,cpu,11000000,0\n"
                                  "sample,2.0,cpu,21000000,0\n"
                                  "end,2.0,0,train,0.75\n"
                                  "begin,2.0,1,train\n"
                                  "sample,4.0,cpu,61000000,0\n"
                                  "end,4.0,1,train\n"
                                  "begin,4.0,1,test\n"
                                  "sample,5.0,cpu,62000000,0\n"
                                  "end,5.0,1,test\n";

static void test_windows_by_ordinal_and_phase(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_replay *replay = NULL;
    ecopt_energy e;
    assert_status(ctx, open_text(ctx, TWO_WINDOWS, &replay), ECOPT_OK);
    assert_int_equal(eco_replay_count(replay), 3);
    assert_int_equal(eco_replay_quality(replay), ECOPT_QUALITY_MEASURED_COUNTER);
    eco_replay_get(replay, 0, "train", &e);
    assert_close(e.energy_j, 20, 1e-12, 0);
    assert_close(e.time_s, 1, 1e-12, 0);
    assert_close(e.cpu_s, 0.75, 0, 0);
    assert_true(e.flags & ECOPT_FLAG_REPLAY);
    assert_close(e.coverage_ratio, 1, 0, 0);
    eco_replay_get(replay, 1, "train", &e);
    assert_close(e.energy_j, 40, 1e-12, 0);
    assert_close(e.time_s, 2, 1e-12, 0);
    assert_true(isnan(e.cpu_s));
    eco_replay_get(replay, 7, "train", &e);
    assert_close(e.energy_j, 40, 1e-12, 0);
    eco_replay_get(replay, 12345, "test", &e);
    assert_close(e.energy_j, 1, 1e-12, 0);
    /* A phase that never occurs takes its turn among all windows. */
    eco_replay_get(replay, 2, "other", &e);
    assert_close(e.energy_j, 1, 1e-12, 0);
    eco_replay_close(replay);
    eco_replay_close(NULL);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_malformed_traces_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", ":1: first line"},
        {"# ecopt-trace 2\n", ":1: first line"},
        {"# ecopt-trace 10\n", ":1: first line"},
        {"# ecopt-trace 1\n", ":2: the trace holds no finished window"},
        {"# ecopt-trace 1\nhello,1\n", ":2: not a line of a trace: 'hello'"},
        {"# ecopt-trace 1\nsample,1,cpu,5\n", ":2: wrong number of fields in 'sample'"},
        {"# ecopt-trace 1\nsample,x,cpu,5,0\n", ":2: not a number in range: 'x'"},
        {"# ecopt-trace 1\nsample,nan,cpu,5,0\n", ":2: not a number"},
        {"# ecopt-trace 1\nsample,1,cpu,-5,0\n", ":2: not a counter value: '-5'"},
        {"# ecopt-trace 1\nsample,1,cpu,5,1e3\n", ":2: not a counter modulus"},
        {"# ecopt-trace 1\nsample,1,cpu,5,0\nsample,0.5,cpu,6,0\n", ":3: time goes back: '0.5'"},
        {"# ecopt-trace 1\npower,1,cpu,-2\n", ":2: not a number in range: '-2'"},
        {"# ecopt-trace 1\nend,1,0,train\n", ":2: window is not open: 'train'"},
        {"# ecopt-trace 1\nbegin,1,0,a\nbegin,1,0,a\n", ":3: window is open already"},
        {"# ecopt-trace 1\nbegin,1,-1,a\n", ":2: not a window number: '-1'"},
        {"# ecopt-trace 1\nbegin,2,0,a\nend,1,0,a\n", ":3: window ends before it begins"},
        {"# ecopt-trace 1\nvalue,0,a,m,1,1,1,1\n", ":2: window is not open"},
        {"# ecopt-trace 1\nsource,m,great,1,0,0,1,1,0\n", ":2: not a quality label: 'great'"},
        {"# ecopt-trace 1\nsource,m,unmeasurable,1,0,0,1,1,0\nsource,m,unmeasurable,1,0,0,1,1,0\n",
         ":3: source declared twice"},
    };
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_replay *replay = NULL;
        assert_status(ctx, open_text(ctx, cases[i].text, &replay), ECOPT_E_PARSE);
        assert_null(replay);
        if (!strstr(ecopt_ctx_errmsg(ctx), cases[i].message))
            fail_msg("case %zu: '%s' lacks '%s'", i, ecopt_ctx_errmsg(ctx), cases[i].message);
        assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "t.trace:"));
        assert_int_equal(eco_ctx_live_b(ctx), 0);
    }
    ecopt_ctx_free(ctx);
}

static void test_limits(void **state)
{
    (void)state;
    static char text[8192];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_replay *replay = NULL;
    size_t n = (size_t)snprintf(text, sizeof text, "# ecopt-trace 1\n");
    for (int i = 0; i <= ECOPT_METER_SOURCES_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "miss,1,s%d\n", i);
    assert_status(ctx, open_text(ctx, text, &replay), ECOPT_E_PARSE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "one source too many"));
    n = (size_t)snprintf(text, sizeof text, "# ecopt-trace 1\n");
    for (int i = 0; i <= ECO_REPLAY_OPEN_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "begin,1,%d,a\n", i);
    assert_status(ctx, open_text(ctx, text, &replay), ECOPT_E_PARSE);
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "too many windows open"));
    assert_status(ctx, eco_replay_open(ctx, "/nowhere/x.trace", &replay), ECOPT_E_NOT_FOUND);
    assert_status(ctx, eco_replay_open(ctx, "/", &replay), ECOPT_E_IO);
    ecopt_ctx_free(ctx);
}

/* What a live meter measured is what its recording replays, also for the model. */
static void test_recording_replays_what_was_measured(void **state)
{
    (void)state;
    char dir[256], path[300], sources[320];
    ecopt_ctx *ctx = eco_test_ctx();
    static ecopt_energy live[2], again;
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/r.trace", dir);
    (void)snprintf(sources, sizeof sources, "replay:%s", path);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "model";
    options.record_path = path;
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    for (int i = 0; i < 2; i++) {
        ecopt_window_key key = {i, "train,x"};
        assert_status(ctx, ecopt_meter_begin(meter, &key, &window), ECOPT_OK);
        assert_status(ctx, ecopt_meter_end(meter, window, i ? 0.25 : (double)NAN, &live[i]),
                      ECOPT_OK);
    }
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    options.sources = sources;
    options.record_path = NULL;
    assert_status(ctx, ecopt_meter_open(ctx, &options, &meter), ECOPT_OK);
    assert_int_equal(ecopt_meter_quality(meter), ECOPT_QUALITY_MODELLED_GENERIC);
    for (int i = 0; i < 4; i++) {
        ecopt_window_key key = {i, "train,x"};
        assert_status(ctx, ecopt_meter_begin(meter, &key, &window), ECOPT_OK);
        assert_status(ctx, ecopt_meter_end(meter, window, 99, &again), ECOPT_OK);
        assert_close(again.energy_j, live[i % 2].energy_j, 0, 0);
        assert_close(again.u95_j, live[i % 2].u95_j, 0, 0);
        assert_close(again.time_s, live[i % 2].time_s, 0, 1e-6);
        assert_close(again.gain_hi, live[i % 2].gain_hi, 1e-12, 0);
        assert_int_equal(again.quality, live[i % 2].quality);
        assert_close(again.cpu_s, live[i % 2].cpu_s, 0, 0);
    }
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_test_remove_dir(dir);
    ecopt_ctx_free(ctx);
}

/* Bytes changed, dropped and doubled at random: a verdict each time, never a crash or a leak. */
static void test_damaged_traces_are_judged(void **state)
{
    (void)state;
    static const char letters[] = "0159.,-eE+\n\r #nabegindsmplx\xff";
    eco_rng rng;
    int n_ok = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, 0);
    for (int round = 0; round < 300; round++) {
        char text[sizeof TWO_WINDOWS];
        memcpy(text, TWO_WINDOWS, sizeof text);
        size_t n_changes = 1 + eco_rng_below(&rng, 3);
        for (size_t k = 0; k < n_changes; k++)
            text[16 + eco_rng_below(&rng, sizeof text - 17)] =
                letters[eco_rng_below(&rng, sizeof letters - 1)];
        eco_replay *replay = NULL;
        ecopt_energy e;
        ecopt_status status = open_text(ctx, text, &replay);
        assert_true(status == ECOPT_OK || status == ECOPT_E_PARSE);
        n_ok += status == ECOPT_OK;
        if (replay) {
            eco_replay_get(replay, round, "train", &e);
            assert_true(isnan(e.energy_j) || e.energy_j >= 0);
            assert_true(e.time_s >= 0);
        }
        eco_replay_close(replay);
        assert_int_equal(eco_ctx_live_b(ctx), 0);
    }
    /* Some damage is harmless (a digit for a digit), most is not. */
    assert_true(n_ok > 10 && n_ok < 290);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_by_ordinal_and_phase),
        cmocka_unit_test(test_malformed_traces_name_file_and_line),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_damaged_traces_are_judged),
        cmocka_unit_test(test_recording_replays_what_was_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
