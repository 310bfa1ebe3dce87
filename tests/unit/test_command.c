/* The public faces: one metered command, and metrics appended from inside a trial. */
#include "support/eco_test.h"

#include "core/fs.h"

#include <ecopt/process.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static ecopt_process_options options_of(const char *const *argv)
{
    ecopt_process_options options = ECOPT_PROCESS_OPTIONS_INIT;
    options.argv = argv;
    return options;
}

static void test_plain_run(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"sh", "-c", "exit 4", NULL};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_true(result.is_started);
    assert_string_equal(result.reason, "");
    assert_int_equal(result.exit_status, 4);
    assert_int_equal(result.signal, 0);
    assert_true(result.time_s > 0 && result.cpu_s >= 0 && result.max_rss_b > 0);
    assert_true(result.started_s > 1e9);
    assert_int_equal(result.energy.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(isnan(result.energy.energy_j));
    assert_close(result.energy.time_s, result.time_s, 0, 0);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_metered_run(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options meter_options = ECOPT_METER_OPTIONS_INIT;
    ecopt_meter *meter = NULL;
    const char *argv[] = {"sleep", "0.1", NULL};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    meter_options.sources = "model";
    assert_status(ctx, ecopt_meter_open(ctx, &meter_options, &meter), ECOPT_OK);
    options.meter = meter;
    options.phase = "measure";
    options.ordinal = 3;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_true(result.energy.energy_j > 0);
    assert_true(result.energy.time_s >= 0.1);
    options.ordinal = -1;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_ARG);
    options.ordinal = 0;
    argv[0] = "no-such-program";
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_false(result.is_started);
    assert_true(isnan(result.energy.energy_j));
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_reasons(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"./cnn", NULL};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_false(result.is_started);
    assert_int_equal(result.start_errno, ENOENT);
    assert_int_equal(result.exit_status, -1);
    assert_string_equal(result.reason, "cannot start './cnn': No such file or directory");
    argv[0] = "true";
    options.dir = "/no/such/folder";
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_string_equal(result.reason, "cannot enter '/no/such/folder': No such file or directory");
    const char *suicide[] = {"sh", "-c", "kill -9 $PPID; sleep 5", NULL};
    options = options_of(suicide);
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_string_equal(result.reason, "the program's supervisor was killed");
    ecopt_ctx_free(ctx);
}

static void test_wrong_options(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"true", NULL};
    const char *nothing[] = {NULL};
    struct {
        ecopt_process_options known;
        long newer;
    } later = {.known = options_of(argv)};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    assert_status(ctx, ecopt_process_run(ctx, NULL, &result), ECOPT_E_ARG);
    assert_status(ctx, ecopt_process_run(ctx, &options, NULL), ECOPT_E_ARG);
    options.argv = nothing;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_ARG);
    options.argv = NULL;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_ARG);
    options = options_of(argv);
    options.n_taps = ECOPT_TAPS_MAX + 1;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_ARG);
    options.size = 0;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_ARG);
    /* A newer caller's struct is fine as long as it asks for nothing new. */
    later.known.size = sizeof later;
    assert_status(ctx, ecopt_process_run(ctx, &later.known, &result), ECOPT_OK);
    later.newer = 1;
    assert_status(ctx, ecopt_process_run(ctx, &later.known, &result), ECOPT_E_ARG);
    /* An older one ends after argv. */
    options = options_of(argv);
    options.size = offsetof(ecopt_process_options, dir);
    options.n_taps = 99;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

static void test_limits(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"sh", "-c", "trap '' TERM; while :; do sleep 0.05; done", NULL};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    volatile sig_atomic_t stop = 1;
    options.timeout_s = 0.2;
    options.grace_s = 0.1;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    /* On a busy machine the limit may strike before the shell comes to its trap. */
    while (result.signal == SIGTERM) {
        options.timeout_s *= 10;
        assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    }
    assert_true(result.is_timed_out);
    assert_int_equal(result.signal, SIGKILL);
    options.timeout_s = 0;
    options.stop = &stop;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_true(result.is_stopped);
    ecopt_ctx_free(ctx);
}

/* Replaces descriptor fd by a new file; returns the old one. */
static int divert(int fd, const char *path)
{
    int saved = dup(fd), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(saved >= 0 && file >= 0);
    (void)fflush(NULL);
    assert_int_equal(dup2(file, fd), fd);
    (void)close(file);
    return saved;
}

static void restore(int fd, int saved)
{
    assert_int_equal(dup2(saved, fd), fd);
    (void)close(saved);
}

static void test_taps(void **state)
{
    (void)state;
    char dir[256], path[300];
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"sh", "-c",
                          "echo generated 12 tokens; echo generated 256 tokens; echo x nan;"
                          "printf 'rate 1.5' >&2",
                          NULL};
    ecopt_tap taps[] = {{"generated (\\d+)", 0}, {"rate ([0-9.]+)", 0}, {"none", 0}, {"x (.*)", 0}};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    char *text = NULL;
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/out", dir);
    options.n_taps = ECO_LEN(taps);
    options.taps = taps;
    int saved = divert(1, path);
    ecopt_status status = ecopt_process_run(ctx, &options, &result);
    restore(1, saved);
    assert_status(ctx, status, ECOPT_OK);
    assert_close(taps[0].value, 256, 0, 0);
    assert_close(taps[1].value, 1.5, 0, 0);
    assert_true(isnan(taps[2].value));
    assert_true(isnan(taps[3].value));
    assert_status(ctx, eco_fs_read(ctx, path, 1000, &text, NULL), ECOPT_OK);
    assert_string_equal(text, "generated 12 tokens\ngenerated 256 tokens\nx nan\n");
    eco_free(ctx, text);
    /* A copy that cannot be written ends the run. */
    saved = divert(1, "/dev/full");
    status = ecopt_process_run(ctx, &options, &result);
    restore(1, saved);
    assert_status(ctx, status, ECOPT_E_IO);
    assert_string_equal(ecopt_ctx_errmsg(ctx),
                        "cannot copy the program's output: No space left on device");
    taps[1].regex = "(";
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_PARSE);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_test_remove_dir(dir);
    ecopt_ctx_free(ctx);
}

/* ---- ecopt_log_append ---- */

static void test_log_append(void **state)
{
    (void)state;
    char dir[256], path[300];
    char *text = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *names[] = {"accuracy", "a \"b\" \\ \xc3\xbc", "c", "d"};
    const char *values[] = {"0.93", "-1e-3", "NaN", "inf"};
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/log.jsonl", dir);
    assert_status(ctx, ecopt_log_append(ctx, path, 1, names, values), ECOPT_OK);
    assert_status(ctx, ecopt_log_append(ctx, path, 4, names, values), ECOPT_OK);
    assert_status(ctx, eco_fs_read(ctx, path, 1000, &text, NULL), ECOPT_OK);
    assert_string_equal(text, "{\"accuracy\": 0.93}\n"
                              "{\"accuracy\": 0.93, \"a \\\"b\\\" \\\\ \xc3\xbc\": -0.001, "
                              "\"c\": nan, \"d\": inf}\n");
    eco_free(ctx, text);
    eco_test_remove_dir(dir);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void expect_refused(const char *path, size_t n, const char *name, const char *value,
                           ecopt_status wanted, const char *message)
{
    ecopt_ctx *ctx = eco_test_ctx();
    assert_status(ctx, ecopt_log_append(ctx, path, n, &name, &value), wanted);
    assert_string_equal(ecopt_ctx_errmsg(ctx), message);
    ecopt_ctx_free(ctx);
}

static void test_log_append_refuses(void **state)
{
    (void)state;
    char dir[256], path[300], message[400];
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/log.jsonl", dir);
    expect_refused(NULL, 1, "a", "1", ECOPT_E_ARG, "$ECOPT_LOG is not set");
    expect_refused("", 1, "a", "1", ECOPT_E_ARG, "$ECOPT_LOG is not set");
    expect_refused(path, 0, "a", "1", ECOPT_E_ARG, "1 to 256 metrics can be logged at once");
    expect_refused(path, 257, "a", "1", ECOPT_E_ARG, "1 to 256 metrics can be logged at once");
    expect_refused(path, 1, "", "1", ECOPT_E_NAME, "not a metric's name: ''");
    expect_refused(path, 1, "a\tb", "1", ECOPT_E_NAME, "not a metric's name: 'a\tb'");
    expect_refused(path, 1, "\xff", "1", ECOPT_E_NAME, "not a metric's name: '\xff'");
    expect_refused(path, 1, "a", "", ECOPT_E_PARSE, "'a' is not a number: ''");
    expect_refused(path, 1, "a", "1x", ECOPT_E_PARSE, "'a' is not a number: '1x'");
    expect_refused(path, 1, "a", "high", ECOPT_E_PARSE, "'a' is not a number: 'high'");
    assert_int_equal(access(path, F_OK), -1);
    expect_refused("/dev/full", 1, "a", "1", ECOPT_E_IO,
                   "cannot write '/dev/full': No space left on device");
    (void)snprintf(message, sizeof message, "cannot open '%s': Is a directory", dir);
    expect_refused(dir, 1, "a", "1", ECOPT_E_IO, message);
    expect_refused("/no/such/log", 1, "a", "1", ECOPT_E_NOT_FOUND,
                   "cannot open '/no/such/log': No such file or directory");
    eco_test_remove_dir(dir);
}

/* Several writers at once must not mix their lines. */
static void test_log_append_is_atomic(void **state)
{
    (void)state;
    enum { WRITERS = 4, LINES = 200 };
    char dir[256], path[300];
    char *text = NULL;
    ecopt_ctx *ctx = eco_test_ctx();
    pid_t writers[WRITERS];
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/log.jsonl", dir);
    for (int w = 0; w < WRITERS; w++) {
        writers[w] = fork();
        if (writers[w] != 0)
            continue;
        const char *names[] = {"loss", "accuracy"}, *values[] = {"0.123456789", "0.987654321"};
        int bad = 0;
        for (int i = 0; i < LINES; i++)
            bad |= ecopt_log_append(ctx, path, 2, names, values) != ECOPT_OK;
        _exit(bad);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status = 1;
        assert_int_equal(waitpid(writers[w], &status, 0), writers[w]);
        assert_int_equal(status, 0);
    }
    size_t n = 0;
    static const char line[] = "{\"loss\": 0.123456789, \"accuracy\": 0.987654321}\n";
    assert_status(ctx, eco_fs_read(ctx, path, 1 << 20, &text, &n), ECOPT_OK);
    assert_int_equal(n, WRITERS * LINES * (sizeof line - 1));
    for (size_t i = 0; i < n; i += sizeof line - 1)
        assert_memory_equal(text + i, line, sizeof line - 1);
    eco_free(ctx, text);
    eco_test_remove_dir(dir);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt_command(ecopt_ctx *ctx, void *user)
{
    const char *argv[] = {"true", NULL}, *names[] = {"a"}, *values[] = {"1"};
    ecopt_tap tap = {"a(b)", 0};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    options.n_taps = 1;
    options.taps = &tap;
    ECO_TRY(ecopt_process_run(ctx, &options, &result));
    return ecopt_log_append(ctx, user, 1, names, values);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    char dir[256], path[300];
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/log.jsonl", dir);
    eco_test_alloc_sweep(attempt_command, path);
    eco_test_remove_dir(dir);
}

static void count_tick(void *user, const ecopt_energy *so_far)
{
    double *last_j = user;
    assert_true(so_far->energy_j > *last_j);
    *last_j = so_far->energy_j;
}

/* The energy so far comes while the command runs; the window of the result is not touched. */
static void test_ticks(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter_options meter_options = ECOPT_METER_OPTIONS_INIT;
    ecopt_meter *meter = NULL;
    const char *argv[] = {"sleep", "0.2", NULL};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    double last_j = 0.0;
    meter_options.sources = "model";
    assert_status(ctx, ecopt_meter_open(ctx, &meter_options, &meter), ECOPT_OK);
    options.tick_s = 0.02;
    options.tick = count_tick;
    options.user = &last_j;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_close(last_j, 0.0, 0.0, 0.0);
    options.meter = meter;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_OK);
    assert_true(last_j > 0.0);
    assert_int_equal(result.energy.flags & ECOPT_FLAG_OVERLAP, 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    ecopt_ctx_free(ctx);
}

/* A muted command reads nothing and its output goes nowhere; stderr stays. */
static void test_muted(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"sh", "-c",
                          "test /proc/self/fd/1 -ef /dev/null && ! read line && "
                          "! test /proc/self/fd/2 -ef /proc/self/fd/1",
                          NULL};
    ecopt_process_options options = options_of(argv);
    ecopt_process_result result;
    ecopt_tap tap = {.regex = "x"};
    int error_file = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), saved = dup(2);
    assert_true(error_file >= 0 && dup2(error_file, 2) == 2);
    options.is_muted = true;
    ecopt_status status = ecopt_process_run(ctx, &options, &result);
    assert_int_equal(dup2(saved, 2), 2);
    assert_status(ctx, status, ECOPT_OK);
    assert_int_equal(result.exit_status, 0);
    options.n_taps = 1;
    options.taps = &tap;
    assert_status(ctx, ecopt_process_run(ctx, &options, &result), ECOPT_E_ARG);
    (void)close(saved);
    (void)close(error_file);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_run),
        cmocka_unit_test(test_metered_run),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_taps),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_muted),
        cmocka_unit_test(test_log_append),
        cmocka_unit_test(test_log_append_refuses),
        cmocka_unit_test(test_log_append_is_atomic),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
