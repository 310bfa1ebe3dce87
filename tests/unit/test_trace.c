/* Traces that are written, broken off, continued and read again. */
#include "support/fake_meter.h"

#include "meter/replay.h"
#include "meter/trace.h"

#include <errno.h>
#include <unistd.h>

typedef struct rig {
    eco_fake fake;
    ecopt_ctx *ctx;
    char path[300];
} rig;

static void setup(rig *r)
{
    memset(r, 0, sizeof *r);
    r->ctx = eco_test_ctx();
    eco_fake_init(&r->fake);
    eco_fake_guest(&r->fake);
    eco_fake_add_zone(&r->fake, "intel-rapl:0", "package-0", 262143328850u, 50);
    (void)snprintf(r->path, sizeof r->path, "%s/t.trace", r->fake.root);
}

static void teardown(rig *r)
{
    assert_int_equal(r->fake.n_open, 0);
    assert_int_equal(eco_ctx_live_b(r->ctx), 0);
    eco_fake_release(&r->fake);
    ecopt_ctx_free(r->ctx);
}

static ecopt_status open_recording(rig *r, const char *sources, bool is_resumed,
                                   ecopt_meter **ret_meter)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    options.record_path = r->path;
    options.is_resumed = is_resumed;
    return eco_meter_open_on(r->ctx, &options, &r->fake.io, false, ret_meter);
}

static void record(rig *r, ecopt_meter *meter, int64_t ordinal, double time_s, ecopt_energy *ret)
{
    ecopt_window *window = NULL;
    ecopt_window_key key = {ordinal, "train"};
    assert_status(r->ctx, ecopt_meter_begin(meter, &key, &window), ECOPT_OK);
    for (int i = 0; i < 5; i++) {
        eco_fake_advance(&r->fake, time_s / 5);
        eco_meter_sample(meter);
    }
    assert_status(r->ctx, ecopt_meter_end(meter, window, 0.5 * time_s, ret), ECOPT_OK);
}

static void assert_same(const ecopt_energy *again, const ecopt_energy *live)
{
    assert_close(again->energy_j, live->energy_j, 1e-9, 0);
    assert_close(again->u95_j, live->u95_j, 1e-6, 0);
    assert_close(again->time_s, live->time_s, 1e-9, 0);
    assert_close(again->cpu_s, live->cpu_s, 0, 0);
    assert_close(again->foreign_cpu_s, live->foreign_cpu_s, 0, 0);
    assert_int_equal(again->quality, live->quality);
    assert_int_equal(again->flags, live->flags | ECOPT_FLAG_REPLAY);
}

static char *text_of(const rig *r, char *text, size_t room_b)
{
    FILE *file = fopen(r->path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, room_b - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    return text;
}

static void append_text(const rig *r, const char *text)
{
    FILE *file = fopen(r->path, "a");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Two processes, a reboot between them (clock and counter begin anew), other work between windows.
 */
static void test_trace_goes_on_after_a_restart(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy live[4], again;
    ecopt_meter *meter = NULL;
    eco_replay *replay = NULL;
    setup(&r);
    assert_status(r.ctx, open_recording(&r, "rapl-powercap", false, &meter), ECOPT_OK);
    record(&r, meter, 1, 2, &live[0]);
    r.fake.load = 1.5; /* flagged from here on */
    eco_fake_advance(&r.fake, 50);
    record(&r, meter, 2, 3, &live[1]);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    r.fake.now_s = 1001;
    r.fake.zones[0].energy_uj = 100;
    r.fake.zones[0].power_w = 20;
    assert_status(r.ctx, open_recording(&r, "rapl-powercap", true, &meter), ECOPT_OK);
    record(&r, meter, 3, 1, &live[2]);
    record(&r, meter, 4, 2, &live[3]);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_close(live[3].energy_j, 40, 1e-6, 0);
    assert_status(r.ctx, eco_replay_open(r.ctx, r.path, &replay), ECOPT_OK);
    assert_int_equal(eco_replay_count(replay), 4);
    for (int i = 0; i < 4; i++) {
        eco_replay_get(replay, i + 1, "train", &again);
        assert_same(&again, &live[i]);
        assert_true(!(again.flags & ECOPT_FLAG_FOREIGN_LOAD) == (i == 0));
    }
    eco_replay_close(replay);
    teardown(&r);
}

/* kill -9 in the middle of a window and of a line: the half is cut, the trial recorded again. */
static void test_broken_off_trace_is_mended(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy live[2], again;
    static char text[16384];
    ecopt_meter *meter = NULL;
    eco_replay *replay = NULL;
    setup(&r);
    assert_status(r.ctx, open_recording(&r, "model", false, &meter), ECOPT_OK);
    record(&r, meter, 0, 2, &live[0]);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    append_text(&r, "begin,1002.1,1,train\nsample,1002.2,model c");
    assert_status(r.ctx, open_recording(&r, "model", true, &meter), ECOPT_OK);
    record(&r, meter, 1, 3, &live[1]);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_non_null(
        strstr(text_of(&r, text, sizeof text), "begin,1002.1,1,train\nrestart\nsource,"));
    assert_status(r.ctx, eco_replay_open(r.ctx, r.path, &replay), ECOPT_OK);
    assert_int_equal(eco_replay_count(replay), 2);
    for (int i = 0; i < 2; i++) {
        eco_replay_get(replay, i, "train", &again);
        assert_same(&again, &live[i]);
        assert_false(again.flags & ECOPT_FLAG_OVERLAP); /* the broken window is gone */
    }
    eco_replay_close(replay);
    teardown(&r);
}

static void test_resuming_without_a_trace_starts_one(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy e;
    static char text[16384];
    ecopt_meter *meter = NULL;
    setup(&r);
    for (int i = 0; i < 2; i++) {
        /* First none at all, then an empty file. */
        assert_status(r.ctx, open_recording(&r, "model", true, &meter), ECOPT_OK);
        record(&r, meter, 0, 1, &e);
        assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
        assert_ptr_equal(strstr(text_of(&r, text, sizeof text), ECO_TRACE_HEAD "\nsource,"), text);
        assert_null(strstr(text, "restart"));
        assert_int_equal(truncate(r.path, 0), 0);
    }
    /* Not resumed: replaced, as ever. */
    append_text(&r, "what was there\n");
    assert_status(r.ctx, open_recording(&r, "model", false, &meter), ECOPT_OK);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_null(strstr(text_of(&r, text, sizeof text), "what was there"));
    teardown(&r);
}

static void test_other_files_are_not_continued(void **state)
{
    (void)state;
    static const char *const others[] = {
        "my notes\n", "#", "# ecopt-trace 10\n", "# ecopt-trace 1", "\n# ecopt-trace 1\n",
    };
    static rig r;
    static char text[16384];
    setup(&r);
    for (size_t i = 0; i < ECO_LEN(others); i++) {
        ecopt_meter *meter = NULL;
        (void)unlink(r.path);
        append_text(&r, others[i]);
        assert_status(r.ctx, open_recording(&r, "model", true, &meter), ECOPT_E_PARSE);
        assert_null(meter);
        assert_non_null(strstr(ecopt_ctx_errmsg(r.ctx), "is not a trace"));
        assert_string_equal(text_of(&r, text, sizeof text), others[i]);
        assert_int_equal(eco_ctx_live_b(r.ctx), 0);
    }
    teardown(&r);
}

/* A window without a result leaves the place free: sixteen of them once filled the reader. */
static void test_abandoned_windows_are_dropped(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy e, again;
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    eco_replay *replay = NULL;
    ecopt_window_key key = {7, "train"};
    setup(&r);
    assert_status(r.ctx, open_recording(&r, "model", false, &meter), ECOPT_OK);
    for (int i = 0; i < ECO_REPLAY_OPEN_MAX + 4; i++) {
        assert_status(r.ctx, ecopt_meter_begin(meter, &key, &window), ECOPT_OK);
        ecopt_meter_abandon(meter, window);
    }
    record(&r, meter, 7, 1, &e);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_status(r.ctx, eco_replay_open(r.ctx, r.path, &replay), ECOPT_OK);
    assert_int_equal(eco_replay_count(replay), 1);
    eco_replay_get(replay, 7, "train", &again);
    assert_same(&again, &e);
    eco_replay_close(replay);
    teardown(&r);
}

/* Nobody watched the counter between two windows: what happened there shapes neither. */
static void test_energy_between_windows_leaves_no_trace(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy live[2], again;
    ecopt_meter *meter = NULL;
    eco_replay *replay = NULL;
    setup(&r);
    assert_status(r.ctx, open_recording(&r, "rapl-powercap", false, &meter), ECOPT_OK);
    record(&r, meter, 0, 1, &live[0]);
    r.fake.zones[0].power_w = 400;
    eco_fake_advance(&r.fake, 100);
    ecopt_window *window = NULL;
    ecopt_window_key key = {1, "train"};
    assert_status(r.ctx, ecopt_meter_begin(meter, &key, &window), ECOPT_OK);
    r.fake.zones[0].power_w = 200;
    eco_fake_advance(&r.fake, 0.02);
    assert_status(r.ctx, ecopt_meter_end(meter, window, 0, &live[1]), ECOPT_OK);
    assert_close(live[1].energy_j, 200 * 0.02, 1e-3, 0);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_status(r.ctx, eco_replay_open(r.ctx, r.path, &replay), ECOPT_OK);
    for (int i = 0; i < 2; i++) {
        eco_replay_get(replay, i, "train", &again);
        assert_close(again.energy_j, live[i].energy_j, 1e-6, 0);
        assert_int_equal(again.flags, live[i].flags | ECOPT_FLAG_REPLAY);
    }
    eco_replay_close(replay);
    teardown(&r);
}

static ecopt_status resume_once(ecopt_ctx *ctx, void *user)
{
    rig *r = user;
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "model";
    options.record_path = r->path;
    options.is_resumed = true;
    ECO_TRY(eco_meter_open_on(ctx, &options, &r->fake.io, false, &meter));
    return ecopt_meter_close(meter);
}

static void test_no_memory_leaves_the_trace_readable(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy e;
    ecopt_meter *meter = NULL;
    eco_replay *replay = NULL;
    setup(&r);
    assert_status(r.ctx, open_recording(&r, "model", false, &meter), ECOPT_OK);
    record(&r, meter, 0, 1, &e);
    assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_OK);
    eco_test_alloc_sweep(resume_once, &r);
    assert_status(r.ctx, eco_replay_open(r.ctx, r.path, &replay), ECOPT_OK);
    assert_int_equal(eco_replay_count(replay), 1);
    eco_replay_close(replay);
    teardown(&r);
}

static void test_full_disk_is_reported_at_close(void **state)
{
    (void)state;
    static rig r;
    static ecopt_energy e;
    ecopt_meter *meter = NULL;
    setup(&r);
    (void)snprintf(r.path, sizeof r.path, "/dev/full");
    if (access(r.path, W_OK) != 0)
        skip();
    for (int resumed = 0; resumed < 2; resumed++) {
        assert_status(r.ctx, open_recording(&r, "model", resumed, &meter), ECOPT_OK);
        record(&r, meter, 0, 1, &e);
        assert_true(e.energy_j > 0); /* the measurement itself goes on */
        assert_status(r.ctx, ecopt_meter_close(meter), ECOPT_E_IO);
        assert_non_null(strstr(ecopt_ctx_errmsg(r.ctx), "/dev/full"));
    }
    teardown(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace_goes_on_after_a_restart),
        cmocka_unit_test(test_broken_off_trace_is_mended),
        cmocka_unit_test(test_resuming_without_a_trace_starts_one),
        cmocka_unit_test(test_other_files_are_not_continued),
        cmocka_unit_test(test_abandoned_windows_are_dropped),
        cmocka_unit_test(test_energy_between_windows_leaves_no_trace),
        cmocka_unit_test(test_no_memory_leaves_the_trace_readable),
        cmocka_unit_test(test_full_disk_is_reported_at_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
