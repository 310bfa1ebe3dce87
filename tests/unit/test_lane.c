#include "support/eco_test.h"

#include "meter/handle.h"
#include "support/fake_meter.h"
#include "support/fakesys.h"
#include "support/loopback.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const eco_loopback_page PLUG = {.part = "/rpc",
                                       .body = "{\"apower\":50.0,\"aenergy\":{\"total\":1.000}}"};

static int count_threads(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n - 2;
}

/* A thread that was joined is in the list for a moment more. */
static bool is_thread_count(int expected)
{
    for (int i = 0; i < 500; i++) {
        if (count_threads() == expected)
            return true;
        (void)usleep(10000);
    }
    return false;
}

static int count_lines(const char *path, const char *prefix, const char *part)
{
    char line[512];
    int n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        n += strncmp(line, prefix, strlen(prefix)) == 0 && strstr(line, part);
    (void)fclose(file);
    return n;
}

/* Real clock, real threads, real sockets; the fast source is a tree of files. */
typedef struct world {
    eco_fake fake;
    eco_loopback server;
    ecopt_ctx *ctx;
    ecopt_meter *meter;
    ecopt_energy e;
    char trace[400];
} world;

static void begin_world(world *w, bool has_plug)
{
    char sources[200] = "rapl-powercap";
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    eco_fake_init(&w->fake);
    eco_fake_add_zone(&w->fake, "intel-rapl:0", "package-0", 262143328850u, 1);
    eco_loopback_start(&w->server);
    eco_loopback_only(&w->server, &PLUG);
    (void)snprintf(w->trace, sizeof w->trace, "%s/t.trace", w->fake.root);
    if (has_plug)
        (void)snprintf(sources, sizeof sources, "rapl-powercap,plug:http://127.0.0.1:%d",
                       w->server.port);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    options.system_root = w->fake.root;
    options.interval_s = 0.01;
    options.record_path = w->trace;
    assert_status(w->ctx, ecopt_meter_open(w->ctx, &options, &w->meter), ECOPT_OK);
}

static void end_world(world *w)
{
    assert_status(w->ctx, ecopt_meter_close(w->meter), ECOPT_OK);
    eco_loopback_stop(&w->server);
    assert_int_equal(eco_ctx_live_b(w->ctx), 0);
    eco_fake_release(&w->fake);
    ecopt_ctx_free(w->ctx);
}

static void test_only_slow_sources_cost_a_thread(void **state)
{
    (void)state;
    static world w;
    begin_world(&w, false);
    /* The fewest of some: those of earlier tests may linger, and a sanitizer adds one of its own.
     */
    int n_plain = count_threads();
    for (int i = 0; i < 20; i++) {
        int n = count_threads();
        n_plain = n < n_plain ? n : n_plain;
        (void)usleep(5000);
    }
    end_world(&w);
    begin_world(&w, true);
    assert_true(is_thread_count(n_plain + 1));
    end_world(&w);
}

/* The plug takes 0.6 s to answer; at 100 Hz the package is read some fifty times meanwhile. */
static void test_a_slow_source_does_not_hold_up_the_fast_ones(void **state)
{
    (void)state;
    static world w;
    ecopt_window *window = NULL;
    begin_world(&w, true);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    eco_loopback_page slow = PLUG;
    slow.delay_s = 0.6;
    eco_loopback_only(&w.server, &slow);
    (void)usleep(2000000);
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 1, &w.e), ECOPT_OK);
    /* The window ends when its work does, not when the plug has answered. */
    assert_true(w.e.time_s >= 2);
    char name[48];
    (void)snprintf(name, sizeof name, "plug 127.0.0.1:%d", w.server.port);
    const ecopt_source_energy *plug = fake_meter_part(&w.e, name);
    /* 50 W all the time, also where the readings lie beside the ends. */
    assert_close(plug->energy_j, 50 * w.e.time_s, 1e-6, 0);
    assert_false(plug->flags & ECOPT_FLAG_GAP);
    end_world(&w);
}

/* Lines of the trace tell how the readings lay: no second of the window without the fast one. */
static void test_the_fast_lane_goes_on_while_the_slow_one_hangs(void **state)
{
    (void)state;
    static world w;
    ecopt_window *window = NULL;
    begin_world(&w, true);
    eco_loopback_page dead = PLUG;
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    dead.delay_s = 30;
    eco_loopback_only(&w.server, &dead);
    int n_asked = eco_loopback_count(&w.server);
    /* Until the plug is being asked, and then for a hundred intervals of the fast lane. */
    for (int i = 0; i < 500 && eco_loopback_count(&w.server) == n_asked; i++)
        (void)usleep(10000);
    assert_true(eco_loopback_count(&w.server) > n_asked);
    (void)usleep(1000000);
    ecopt_meter_abandon(w.meter, window);
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    w.meter = NULL;
    /* A hundred intervals: a fifth of them is enough on a machine that is busy. */
    assert_true(count_lines(w.trace, "sample,", "rapl") > 20);
    end_world(&w);
}

/* Windows from the program's thread while both lanes read: for the thread sanitizer. */
static void test_windows_open_and_close_while_both_lanes_read(void **state)
{
    (void)state;
    static world w;
    ecopt_window *outer = NULL, *inner = NULL;
    begin_world(&w, true);
    for (int i = 0; i < 5; i++) {
        ecopt_window_key key = {i, "phase"};
        assert_status(w.ctx, ecopt_meter_begin(w.meter, &key, &outer), ECOPT_OK);
        (void)usleep(i == 2 ? 1300000 : 20000);
        assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &inner), ECOPT_OK);
        (void)usleep(10000);
        if (i % 2)
            ecopt_meter_abandon(w.meter, inner);
        else
            assert_status(w.ctx, ecopt_meter_end(w.meter, inner, 0, &w.e), ECOPT_OK);
        assert_status(w.ctx, ecopt_meter_end(w.meter, outer, 0.01, &w.e), ECOPT_OK);
        assert_true(w.e.flags & ECOPT_FLAG_OVERLAP);
    }
    end_world(&w);
}

/* A recording gives back what was measured, slow readings beside the ends included. */
static void test_a_recorded_plug_replays_as_it_was(void **state)
{
    (void)state;
    static world w;
    static ecopt_energy again;
    char sources[500];
    ecopt_window *window = NULL;
    ecopt_meter *replay = NULL;
    begin_world(&w, true);
    assert_status(w.ctx, ecopt_meter_begin(w.meter, NULL, &window), ECOPT_OK);
    (void)usleep(1500000);
    assert_status(w.ctx, ecopt_meter_end(w.meter, window, 0.25, &w.e), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_close(w.meter), ECOPT_OK);
    w.meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    (void)snprintf(sources, sizeof sources, "replay:%s", w.trace);
    options.sources = sources;
    assert_status(w.ctx, ecopt_meter_open(w.ctx, &options, &replay), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_begin(replay, NULL, &window), ECOPT_OK);
    assert_status(w.ctx, ecopt_meter_end(replay, window, 0.25, &again), ECOPT_OK);
    assert_int_equal(again.n_sources, w.e.n_sources);
    for (size_t i = 0; i < again.n_sources; i++)
        if (isfinite(w.e.sources[i].energy_j)) {
            assert_close(again.sources[i].energy_j, w.e.sources[i].energy_j, 0, 0);
            assert_close(again.sources[i].u95_j, w.e.sources[i].u95_j, 0, 0);
        }
    assert_status(w.ctx, ecopt_meter_close(replay), ECOPT_OK);
    end_world(&w);
}

int main(void)
{
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
    (void)unsetenv("ALL_PROXY");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_slow_sources_cost_a_thread),
        cmocka_unit_test(test_a_slow_source_does_not_hold_up_the_fast_ones),
        cmocka_unit_test(test_the_fast_lane_goes_on_while_the_slow_one_hangs),
        cmocka_unit_test(test_windows_open_and_close_while_both_lanes_read),
        cmocka_unit_test(test_a_recorded_plug_replays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
