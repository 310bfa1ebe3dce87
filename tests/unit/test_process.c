/* Commands under the supervisor: what they leave behind, how they end, what they print. */
#include "support/eco_test.h"

#include "core/str.h"
#include "trial/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const plain_env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};

/* What a command printed. */
typedef struct printed {
    eco_str out;
    eco_str err;
    size_t total_b;
    size_t fail_after_b; /* the sink fails once this much came; 0: never */
} printed;

static ecopt_status collect(void *user, int stream, const char *bytes, size_t n)
{
    printed *p = user;
    p->total_b += n;
    if (p->fail_after_b && p->total_b > p->fail_after_b)
        return ECOPT_E_IO;
    eco_str *into = stream == 1 ? &p->out : &p->err;
    if (into->length < 100000)
        eco_str_add_bytes(into, bytes, n);
    return ECOPT_OK;
}

static eco_process_spec spec_of(const char *const *argv)
{
    eco_process_spec spec = {.argv = argv, .envp = plain_env, .keep_fd = -1};
    return spec;
}

/* Between TERM and KILL: short, as most tests want to see the KILL. */
static const double short_grace_s = 0.2;

/* Longer than any machine is ever held up: what must not strike. */
static const double hours_s = 36000;

/* Runs `script` by the shell and asserts that it could be run. */
static eco_process_result run_limited(const char *script, printed *p, double timeout_s,
                                      double grace_s)
{
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"sh", "-c", script, NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result;
    if (p) {
        spec.sink = collect;
        spec.user = p;
    }
    spec.timeout_s = timeout_s;
    spec.grace_s = grace_s;
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_OK);
    assert_true(result.is_started);
    ecopt_ctx_free(ctx);
    return result;
}

static eco_process_result run_script(const char *script, printed *p, double timeout_s)
{
    return run_limited(script, p, timeout_s, short_grace_s);
}

/*
 * Runs a script that first sets a trap for TERM, under a limit.  On a busy machine the limit may
 * strike before the trap is set, and then TERM ends the shell: such a run says nothing, and the
 * next one gets a limit ten times as long.
 */
static eco_process_result run_trapped(const char *script, printed *p, double grace_s)
{
    eco_process_result result;
    double timeout_s = 0.1;
    do {
        if (p)
            eco_str_clear(&p->out);
        result = run_limited(script, p, timeout_s, grace_s);
        timeout_s *= 10;
    } while (result.signal == SIGTERM && timeout_s < hours_s);
    return result;
}

static int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    (void)closedir(dir);
    return count;
}

static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

/* True when a process whose command line contains `mark` is alive (zombies do not count). */
static bool is_running(const char *mark)
{
    DIR *dir = opendir("/proc");
    bool found = false;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) && !found;) {
        char path[300], text[2048];
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || atol(entry->d_name) == getpid())
            continue;
        (void)snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
        if (fd >= 0)
            (void)close(fd);
        found = n > 0 && memmem(text, (size_t)n, mark, strlen(mark)) != NULL;
    }
    (void)closedir(dir);
    return found;
}

/* Waits for a state that must come; a minute is only reached when the test fails. */
static bool comes_true(bool (*check)(const char *), const char *mark, bool wanted)
{
    for (int i = 0; i < 6000; i++) {
        if (check(mark) == wanted)
            return true;
        sleep_ms(10);
    }
    return false;
}

/* A number of seconds to sleep that no other process sleeps: the mark of this test's children. */
static void make_mark(char mark[64])
{
    static int serial;
    (void)snprintf(mark, 64, "7%05d.%03d", (int)getpid() % 100000, serial++ % 1000);
}

static void test_exit_status_and_output(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    printed p = {ECO_STR_INIT(ctx), ECO_STR_INIT(ctx), 0, 0};
    int before = count_fds();
    eco_process_result result = run_script("echo out; echo err >&2; exit 7", &p, 0);
    assert_int_equal(result.exit_status, 7);
    assert_int_equal(result.signal, 0);
    assert_false(result.is_timed_out);
    assert_string_equal(eco_str_text(&p.out), "out\n");
    assert_string_equal(eco_str_text(&p.err), "err\n");
    assert_true(result.time_s > 0 && result.cpu_s >= 0 && result.max_rss_b > 0);
    assert_int_equal(count_fds(), before);
    eco_str_release(&p.out);
    eco_str_release(&p.err);
    ecopt_ctx_free(ctx);
}

static void test_signal_is_reported(void **state)
{
    (void)state;
    eco_process_result result = run_script("kill -SEGV $$", NULL, 0);
    assert_int_equal(result.signal, SIGSEGV);
    assert_int_equal(result.exit_status, -1);
}

static void expect_refused(const char *program, const char *dir, eco_start_step step, int cause)
{
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {program, NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result;
    spec.dir = dir;
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_OK);
    assert_false(result.is_started);
    assert_int_equal(result.start_step, step);
    assert_int_equal(result.start_errno, cause);
    ecopt_ctx_free(ctx);
}

static void test_programs_that_cannot_start(void **state)
{
    (void)state;
    char dir[256], path[512];
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "plain.txt", "text");
    eco_test_write_file(dir, "garbage", "\x7f garbage");
    (void)snprintf(path, sizeof path, "%s/garbage", dir);
    assert_int_equal(chmod(path, 0755), 0);
    int before = count_fds();
    expect_refused("no-such-program-anywhere", dir, ECO_STEP_EXEC, ENOENT);
    expect_refused("./cnn", dir, ECO_STEP_EXEC, ENOENT);
    expect_refused("./plain.txt", dir, ECO_STEP_EXEC, EACCES);
    expect_refused("./garbage", dir, ECO_STEP_EXEC, ENOEXEC);
    expect_refused("", dir, ECO_STEP_EXEC, ENOENT);
    expect_refused(dir, dir, ECO_STEP_EXEC, EACCES);
    expect_refused("true", "/no/such/folder", ECO_STEP_DIR, ENOENT);
    assert_int_equal(count_fds(), before);
    eco_test_remove_dir(dir);
}

static void test_path_is_searched_in_the_childs_environment(void **state)
{
    (void)state;
    char dir[256], path[512], variable[512];
    ecopt_ctx *ctx = eco_test_ctx();
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "bin/tool", "#!/bin/sh\nexit 5\n");
    (void)snprintf(path, sizeof path, "%s/bin/tool", dir);
    assert_int_equal(chmod(path, 0755), 0);
    (void)snprintf(variable, sizeof variable, "PATH=/nowhere:bin");
    const char *envp[] = {"PATH=/nowhere", variable, NULL};
    const char *argv[] = {"tool", NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result;
    spec.envp = envp;
    spec.dir = dir;
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_OK);
    assert_true(result.is_started);
    assert_int_equal(result.exit_status, 5);
    assert_int_equal(chmod(path, 0644), 0);
    expect_refused("", dir, ECO_STEP_EXEC, ENOENT);
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_OK);
    assert_int_equal(result.start_errno, EACCES);
    const char *nothing[] = {NULL};
    spec.argv = nothing;
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_E_ARG);
    eco_test_remove_dir(dir);
    ecopt_ctx_free(ctx);
}

/* The program must see a clean slate: no foreign descriptors, default signals, empty stdin. */
static void test_child_is_clean(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    printed p = {ECO_STR_INIT(ctx), ECO_STR_INIT(ctx), 0, 0};
    int leaky = open("/dev/null", O_RDONLY);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    assert_int_equal(sigaction(SIGPIPE, &ignore, &old), 0);
    (void)run_script("ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status; wc -c",
                     &p, 0);
    assert_int_equal(sigaction(SIGPIPE, &old, NULL), 0);
    /* 0, 1, 2 and the one that ls reads the folder with. */
    assert_string_equal(eco_str_text(&p.out), "4\nSigBlk:\t0000000000000000\n"
                                              "SigIgn:\t0000000000000000\n0\n");
    (void)close(leaky);
    eco_str_release(&p.out);
    eco_str_release(&p.err);
    ecopt_ctx_free(ctx);
}

static void test_time_limit_ends_politely(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    printed p = {ECO_STR_INIT(ctx), ECO_STR_INIT(ctx), 0, 0};
    eco_process_result result =
        run_trapped("trap 'echo bye; exit 3' TERM; while :; do sleep 0.01; done", &p, hours_s);
    assert_true(result.is_timed_out);
    assert_int_equal(result.exit_status, 3);
    assert_string_equal(eco_str_text(&p.out), "bye\n");
    eco_str_release(&p.out);
    eco_str_release(&p.err);
    ecopt_ctx_free(ctx);
}

static void test_time_limit_kills_what_ignores_term(void **state)
{
    (void)state;
    char mark[64], script[256];
    make_mark(mark);
    (void)snprintf(script, sizeof script,
                   "trap '' TERM; (trap '' TERM; sleep %s) & sleep %s; sleep %s", mark, mark, mark);
    eco_process_result result = run_trapped(script, NULL, short_grace_s);
    assert_true(result.is_timed_out);
    assert_int_equal(result.signal, SIGKILL);
    assert_false(is_running(mark));
}

static void test_stopped_program_is_killed(void **state)
{
    (void)state;
    eco_process_result result = run_script("kill -STOP $$; sleep 100", NULL, 0.2);
    assert_true(result.is_timed_out);
    assert_true(result.signal == SIGTERM || result.signal == SIGKILL);
}

static volatile sig_atomic_t stop_flag;

static void set_stop(int number)
{
    (void)number;
    stop_flag = 1;
}

static void test_stop_flag(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const char *argv[] = {"sleep", "100", NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result;
    struct sigaction on_alarm = {.sa_handler = set_stop}, old;
    stop_flag = 0;
    spec.stop = &stop_flag;
    assert_int_equal(sigaction(SIGALRM, &on_alarm, &old), 0);
    (void)alarm(1);
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_OK);
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
    assert_true(result.is_stopped);
    assert_false(result.is_timed_out);
    assert_int_equal(result.signal, SIGTERM);
    ecopt_ctx_free(ctx);
}

static void test_nothing_is_left_behind(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "sleep %s & exit 0",
        "setsid sleep %s & exit 0",
        "(setsid sh -c 'sleep %s & exit' & exit) & exit 0",
        "setsid setsid sh -c 'trap \"\" HUP TERM INT; setsid sleep %s & sleep 0.02' ; exit 0",
        "for i in 1 2 3 4 5 6 7 8; do (setsid sh -c 'sleep %s & wait' &) ; done; kill -9 $$",
        "nohup sleep %s >/dev/null 2>&1 & exit 0",
        "sh -c 'kill -STOP $$; : %s' & sleep 0.05; exit 0",
    };
    for (size_t i = 0; i < ECO_LEN(ways); i++) {
        char mark[64], script[256];
        make_mark(mark);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(script, sizeof script, ways[i], mark);
#pragma GCC diagnostic pop
        eco_process_result result = run_script(script, NULL, 0);
        if (is_running(mark))
            print_error("left behind: %s\n", script);
        assert_false(is_running(mark));
        assert_int_equal(result.n_left, 0);
    }
}

static void test_use_of_the_whole_tree_is_counted(void **state)
{
    (void)state;
    /* The work is done by an orphan of an orphan; the main process waits for it by a file. */
    char dir[256], script[900];
    eco_test_temp_dir(dir);
    (void)snprintf(script, sizeof script,
                   "(setsid sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; "
                   ": > %s/done' &) ; while [ ! -e %s/done ]; do sleep 0.02; done",
                   dir, dir);
    eco_process_result result = run_script(script, NULL, 0);
    assert_true(result.cpu_s > 0.02);
    assert_int_equal(result.exit_status, 0);
    eco_test_remove_dir(dir);
}

static void test_much_output_in_bounded_memory(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    printed p = {ECO_STR_INIT(ctx), ECO_STR_INIT(ctx), 0, 0};
    size_t live = eco_ctx_live_b(ctx);
    eco_process_result result = run_script("head -c 50000000 /dev/zero", &p, 0);
    assert_int_equal(result.exit_status, 0);
    assert_int_equal(p.total_b, 50000000);
    eco_str_release(&p.out);
    eco_str_release(&p.err);
    assert_int_equal(eco_ctx_live_b(ctx), live);
    ecopt_ctx_free(ctx);
}

static void test_sink_failure_kills_the_command(void **state)
{
    (void)state;
    char mark[64], script[200];
    ecopt_ctx *ctx = eco_test_ctx();
    printed p = {ECO_STR_INIT(ctx), ECO_STR_INIT(ctx), 0, 1000};
    make_mark(mark);
    (void)snprintf(script, sizeof script, "sleep %s & yes", mark);
    const char *argv[] = {"sh", "-c", script, NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result = {.exit_status = 77};
    spec.sink = collect;
    spec.user = &p;
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_E_IO);
    assert_int_equal(result.exit_status, 77);
    assert_false(is_running(mark));
    eco_str_release(&p.out);
    eco_str_release(&p.err);
    ecopt_ctx_free(ctx);
}

/* Killing the supervisor must not leave the program running either. */
static void test_killed_supervisor(void **state)
{
    (void)state;
    char mark[64], script[256];
    make_mark(mark);
    /* The program's parent is the supervisor. */
    (void)snprintf(script, sizeof script, "sleep %s & kill -9 $PPID; sleep %s", mark, mark);
    eco_process_result result = run_script(script, NULL, 0);
    assert_true(result.is_watch_lost);
    assert_true(comes_true(is_running, mark, false));
}

static void *spin(void *user)
{
    volatile sig_atomic_t *end = user;
    /* Holds the allocator's locks most of the time, as the meter thread might. */
    while (!*end)
        free(malloc(1000));
    return NULL;
}

static void test_fork_beside_a_busy_thread(void **state)
{
    (void)state;
    volatile sig_atomic_t end = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, spin, (void *)(uintptr_t)&end), 0);
    int before = count_fds();
    for (int i = 0; i < 50; i++)
        assert_int_equal(run_script("exit 4", NULL, 0).exit_status, 4);
    assert_int_equal(count_fds(), before);
    end = 1;
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* keep_fd stays open in the supervisor while the command runs, and the command does not see it. */
static void test_kept_descriptor(void **state)
{
    (void)state;
    int ends[2];
    char byte, mark[64];
    make_mark(mark);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        ecopt_ctx *ctx = eco_test_ctx();
        const char *argv[] = {"sleep", mark, NULL};
        eco_process_spec spec = spec_of(argv);
        eco_process_result result;
        spec.keep_fd = ends[1];
        _exit(eco_process_run(ctx, &spec, &result) == ECOPT_OK ? 0 : 1);
    }
    assert_int_equal(close(ends[1]), 0);
    assert_true(comes_true(is_running, mark, true));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    /* End of file comes when the last holder is gone, and by then the command must be. */
    assert_int_equal(read(ends[0], &byte, 1), 0);
    assert_false(is_running(mark));
    assert_int_equal(close(ends[0]), 0);
}

/* kill -9 of the parent at many moments, from before the fork to the middle of the run. */
static void test_killed_parent_leaves_no_orphan(void **state)
{
    (void)state;
    char mark[64], script[400];
    make_mark(mark);
    (void)snprintf(script, sizeof script,
                   "setsid sleep %s & (setsid sh -c 'setsid sleep %s & sleep %s' &); sleep %s",
                   mark, mark, mark, mark);
    for (int i = 0; i < 40; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            (void)run_script(script, NULL, 0);
            _exit(0);
        }
        struct timespec t = {0, (long)i * i * 12345};
        (void)nanosleep(&t, NULL);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
    assert_true(comes_true(is_running, mark, false));
}

static void test_inherited_streams(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    int ends[2], saved = dup(0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "42\n", 3), 3);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(dup2(ends[0], 0), 0);
    /* Same stdin and same process group as the caller's. */
    char script[128];
    (void)snprintf(script, sizeof script,
                   "read n; set -- $(cat /proc/$$/stat); [ $5 = %d ] && exit $n", (int)getpgrp());
    const char *argv[] = {"sh", "-c", script, NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result;
    spec.is_inherited = true;
    assert_status(ctx, eco_process_run(ctx, &spec, &result), ECOPT_OK);
    assert_int_equal(dup2(saved, 0), 0);
    assert_int_equal(result.exit_status, 42);
    assert_int_equal(close(saved), 0);
    assert_int_equal(close(ends[0]), 0);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt_run(ecopt_ctx *ctx, void *user)
{
    const char *argv[] = {"true", NULL};
    eco_process_spec spec = spec_of(argv);
    eco_process_result result;
    (void)user;
    ecopt_status status = eco_process_run(ctx, &spec, &result);
    if (status == ECOPT_OK)
        assert_int_equal(result.exit_status, 0);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    int before = count_fds();
    eco_test_alloc_sweep(attempt_run, NULL);
    assert_int_equal(count_fds(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_status_and_output),
        cmocka_unit_test(test_signal_is_reported),
        cmocka_unit_test(test_programs_that_cannot_start),
        cmocka_unit_test(test_path_is_searched_in_the_childs_environment),
        cmocka_unit_test(test_child_is_clean),
        cmocka_unit_test(test_time_limit_ends_politely),
        cmocka_unit_test(test_time_limit_kills_what_ignores_term),
        cmocka_unit_test(test_stopped_program_is_killed),
        cmocka_unit_test(test_stop_flag),
        cmocka_unit_test(test_nothing_is_left_behind),
        cmocka_unit_test(test_use_of_the_whole_tree_is_counted),
        cmocka_unit_test(test_much_output_in_bounded_memory),
        cmocka_unit_test(test_sink_failure_kills_the_command),
        cmocka_unit_test(test_killed_supervisor),
        cmocka_unit_test(test_fork_beside_a_busy_thread),
        cmocka_unit_test(test_kept_descriptor),
        cmocka_unit_test(test_killed_parent_leaves_no_orphan),
        cmocka_unit_test(test_inherited_streams),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
