/*
 * How trials and commands are ended from outside: the stop flag at each moment, time limits, every
 * signal, and both together.  No assertion looks at a clock: what must happen first is waited for
 * by a file or a pipe, and limits that must not strike are hours away.
 */
#include "support/trial_fixture.h"

#include "trial/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double hours = 36000;

static volatile sig_atomic_t stop_flag;

/* ---- a thread that sets the flag once a file is there ---- */

typedef struct watcher {
    pthread_t thread;
    char path[400];
} watcher;

static void *watch(void *user)
{
    const watcher *w = user;
    const struct timespec step = {0, 5000000};
    while (access(w->path, F_OK) != 0)
        (void)nanosleep(&step, NULL);
    stop_flag = 1;
    return NULL;
}

/* From now on the flag is set as soon as `name` is in the study's folder. */
static void watcher_start(watcher *w, const fixture *f, const char *name)
{
    stop_flag = 0;
    (void)snprintf(w->path, sizeof w->path, "%s/%s", f->dir, name);
    assert_int_equal(pthread_create(&w->thread, NULL, watch, w), 0);
}

static void watcher_join(watcher *w)
{
    assert_int_equal(pthread_join(w->thread, NULL), 0);
    assert_int_equal(unlink(w->path), 0);
}

/* True when the scripts left that file; it is removed. */
static bool has_left(const fixture *f, const char *name)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", f->dir, name);
    return unlink(path) == 0;
}

/* ---- the flag at each moment of a trial ---- */

static void test_before_the_start(void **state)
{
    fixture *f = *state;
    stop_flag = 1;
    f->request.stop = &stop_flag;
    expect(f, "touch ran", "touch ran", ECOPT_TRIAL_ABANDONED, "phase 'train': not started");
    assert_false(has_left(f, "ran"));
}

static void test_in_the_first_phase(void **state)
{
    fixture *f = *state;
    watcher w;
    f->request.stop = &stop_flag;
    watcher_start(&w, f, "first");
    expect(f, "echo '[ecopt] {\"accuracy\": 1}'; : >first; sleep 36000", "touch second",
           ECOPT_TRIAL_ABANDONED, "phase 'train': stopped");
    watcher_join(&w);
    assert_false(has_left(f, "second"));
}

static void stop_before(void *user, const char *phase)
{
    stop_flag = strcmp(phase, user) == 0;
}

/* Told when a phase starts, the caller stops: that phase's program is ended, if it began at all. */
static void test_on_the_way_into_a_phase(void **state)
{
    fixture *f = *state;
    static char train[] = "train", evaluate[] = "evaluate";
    f->request.stop = &stop_flag;
    f->request.on_phase = stop_before;
    stop_flag = 0;
    f->request.user = train;
    expect(f, "sleep 36000", "touch second", ECOPT_TRIAL_ABANDONED, "phase 'train': stopped");
    stop_flag = 0;
    f->request.user = evaluate;
    expect(f, "touch first", "sleep 36000", ECOPT_TRIAL_ABANDONED, "phase 'evaluate': stopped");
    assert_true(has_left(f, "first"));
    assert_false(has_left(f, "second"));
}

/* A program that ends well although it was asked to stop: the trial goes no further all the same,
 * and the phase that ran is recorded. */
static void test_between_two_phases(void **state)
{
    fixture *f = *state;
    watcher w;
    f->request.stop = &stop_flag;
    f->request.grace_s = hours;
    watcher_start(&w, f, "first");
    f->args[0][2] = "trap 'exit 0' TERM; : >first; while :; do sleep 0.01; done";
    f->args[1][2] = "touch second";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    watcher_join(&w);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_int_equal(outcome->n_phases, 1);
    assert_int_equal(outcome->phases[0].exit_status, 0);
    assert_int_equal(outcome->phases[0].signal, 0);
    assert_false(has_left(f, "second"));
    eco_outcome_free(f->ctx, outcome);
}

/* During the grace a program may save what it has; only then is it killed. */
static void test_during_the_grace(void **state)
{
    fixture *f = *state;
    watcher w;
    f->request.stop = &stop_flag;
    f->request.grace_s = hours;
    watcher_start(&w, f, "first");
    f->args[0][2] = "trap 'sleep 0.2; echo saved >&2; exit 7' TERM; : >first;"
                    "while :; do sleep 0.01; done";
    eco_outcome *outcome = run_trial(f);
    watcher_join(&w);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_int_equal(outcome->phases[0].exit_status, 7);
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "train.err");
    /* The shell may tell that its sleep was ended, too. */
    assert_non_null(strstr(text, "saved\n"));
    eco_free(f->ctx, text);
    /* One that does not listen is killed when the grace is over. */
    f->request.grace_s = 0.1;
    watcher_start(&w, f, "first");
    f->args[0][2] = "trap '' TERM; : >first; while :; do sleep 0.01; done";
    outcome = run_trial(f);
    watcher_join(&w);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_int_equal(outcome->phases[0].signal, SIGKILL);
    eco_outcome_free(f->ctx, outcome);
}

/* The flag set while nobody looks, after the last phase: the trial is complete. */
static void test_after_the_end(void **state)
{
    fixture *f = *state;
    stop_flag = 0;
    f->request.stop = &stop_flag;
    expect(f, "echo '[ecopt] {\"accuracy\": 1}'", NULL, ECOPT_TRIAL_COMPLETE, "");
    stop_flag = 1;
    expect(f, "echo '[ecopt] {\"accuracy\": 1}'", NULL, ECOPT_TRIAL_ABANDONED, NULL);
}

/* What was reported and measured before the stop stays with the trial. */
static void test_reports_before_the_stop_are_kept(void **state)
{
    fixture *f = *state;
    watcher w;
    f->request.stop = &stop_flag;
    watcher_start(&w, f, "first");
    f->args[0][2] = "echo '[ecopt] {\"accuracy\": 0.25}'; echo '{\"loss\": 3}' >>$ECOPT_LOG;"
                    ": >first; sleep 36000";
    eco_outcome *outcome = run_trial(f);
    watcher_join(&w);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_close(value_of(outcome, "accuracy"), 0.25, 0, 0);
    assert_close(value_of(outcome, "loss"), 3, 0, 0);
    assert_true(value_of(outcome, "train.time_s") > 0);
    eco_outcome_free(f->ctx, outcome);
}

/* ---- signals ---- */

/* Every signal that ends a program by default is named, with its number. */
static void test_every_deadly_signal(void **state)
{
    fixture *f = *state;
    static const struct {
        int number;
        const char *name;
    } signals[] = {
        {SIGHUP, "HUP"},       {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},
        {SIGTRAP, "TRAP"},     {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},
        {SIGUSR1, "USR1"},     {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"},
        {SIGALRM, "ALRM"},     {SIGTERM, "TERM"}, {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"},
        {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGSYS, "SYS"},
    };
    for (size_t i = 0; i < ECO_LEN(signals); i++) {
        char script[64], wanted[128];
        (void)snprintf(script, sizeof script, "ulimit -c 0; kill -%d $$", signals[i].number);
        (void)snprintf(wanted, sizeof wanted, "phase 'train': killed by signal %d (SIG%s)",
                       signals[i].number, signals[i].name);
        expect(f, script, NULL, ECOPT_TRIAL_FAILED, wanted);
    }
}

/* Every exit status is told as it is; two of them have a meaning. */
static void test_exit_statuses(void **state)
{
    fixture *f = *state;
    static const int statuses[] = {1, 2, 98, 100, 126, 127, 128, 137, 254, 255};
    f->objectives[0].metric = "time_s";
    for (size_t i = 0; i < ECO_LEN(statuses); i++) {
        char script[32], wanted[64];
        (void)snprintf(script, sizeof script, "exit %d", statuses[i]);
        (void)snprintf(wanted, sizeof wanted, "phase 'train': exit status %d", statuses[i]);
        expect(f, script, NULL, ECOPT_TRIAL_FAILED, wanted);
    }
    expect(f, "exit 0", NULL, ECOPT_TRIAL_COMPLETE, "");
    expect(f, "exit 99", NULL, ECOPT_TRIAL_INFEASIBLE,
           "phase 'train': exit status 99: this point cannot work");
}

/* ---- time limits ---- */

typedef struct ending {
    const char *script;
    bool is_listening; /* it ends by itself on TERM, with this status */
    int exit_status, signal;
} ending;

/* A program over its limit, in every way it may take TERM. */
static void test_time_limit_and_what_the_program_makes_of_it(void **state)
{
    fixture *f = *state;
    static const ending endings[] = {
        {"sleep 36000", true, -1, SIGTERM},
        {"exec sleep 36000", true, -1, SIGTERM},
        {"trap 'exit 0' TERM; while :; do sleep 0.01; done", true, 0, 0},
        {"trap 'exit 99' TERM; while :; do sleep 0.01; done", true, 99, 0},
        {"trap 'kill -ABRT $$' TERM; ulimit -c 0; while :; do sleep 0.01; done", true, -1, SIGABRT},
        {"trap '' TERM; while :; do sleep 0.01; done", false, -1, SIGKILL},
        {"trap '' TERM; (trap '' TERM; sleep 36000) & wait; sleep 36000", false, -1, SIGKILL},
    };
    for (size_t i = 0; i < ECO_LEN(endings); i++) {
        f->phases[0].timeout_s = 0.3;
        f->request.grace_s = endings[i].is_listening ? hours : 0.1;
        f->args[0][2] = endings[i].script;
        eco_outcome *outcome = run_trial(f);
        /* Whatever it left with: over the limit is over the limit. */
        assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
        assert_ptr_equal(strstr(outcome->reason, "phase 'train': ran longer than its limit of"),
                         outcome->reason);
        assert_true(outcome->phases[0].is_timed_out);
        /* On a loaded machine the limit may strike before the trap is set. */
        if (outcome->phases[0].signal != SIGTERM) {
            assert_int_equal(outcome->phases[0].signal, endings[i].signal);
            assert_int_equal(outcome->phases[0].exit_status, endings[i].exit_status);
        }
        eco_outcome_free(f->ctx, outcome);
    }
}

/* A limit is one phase's: the next one starts from zero, and has its own. */
static void test_limits_are_per_phase(void **state)
{
    fixture *f = *state;
    f->phases[0].timeout_s = hours;
    f->phases[1].timeout_s = 0.1;
    expect(f, "echo '[ecopt] {\"accuracy\": 1}'", "sleep 36000", ECOPT_TRIAL_FAILED,
           "phase 'evaluate': ran longer than its limit of 0.1 s");
    f->phases[1].timeout_s = INFINITY;
    expect(f, "echo '[ecopt] {\"accuracy\": 1}'", "true", ECOPT_TRIAL_COMPLETE, "");
    f->phases[1].timeout_s = 0;
    expect(f, "echo '[ecopt] {\"accuracy\": 1}'", "true", ECOPT_TRIAL_COMPLETE, "");
}

/* Limit and stop in one run: the first of them gives the reason. */
static void test_limit_and_stop(void **state)
{
    fixture *f = *state;
    watcher w;
    f->request.stop = &stop_flag;
    f->request.grace_s = 0.3;
    f->phases[0].timeout_s = hours;
    watcher_start(&w, f, "first");
    expect(f, "trap '' TERM; : >first; while :; do sleep 0.01; done", NULL, ECOPT_TRIAL_ABANDONED,
           "phase 'train': stopped");
    watcher_join(&w);
    /* The flag comes while the program is in its grace after the limit. */
    f->phases[0].timeout_s = 0.3;
    f->request.grace_s = hours;
    watcher_start(&w, f, "first");
    expect(f, "trap ': >first; sleep 0.3; exit 0' TERM; echo on >&2; while :; do sleep 0.01; done",
           NULL, ECOPT_TRIAL_FAILED, NULL);
    /* In case the limit struck before the trap was set. */
    eco_test_write_file(f->dir, "first", "");
    watcher_join(&w);
}

/* ---- use of resources ---- */

static eco_process_result run(fixture *f, const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    const char *envp[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    eco_process_spec spec = {.argv = argv, .envp = envp, .dir = f->dir, .keep_fd = -1};
    eco_process_result result;
    assert_status(f->ctx, eco_process_run(f->ctx, &spec, &result), ECOPT_OK);
    assert_true(result.is_started);
    return result;
}

static void test_use_is_reported_however_it_ends(void **state)
{
    fixture *f = *state;
    static const char work[] = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; ";
    static const char *const ends[] = {
        "exit 0", "exit 3", "kill -KILL $$", "kill -TERM $$", "sleep 36000 & exit 0", "exec true"};
    for (size_t i = 0; i < ECO_LEN(ends); i++) {
        char script[256];
        (void)snprintf(script, sizeof script, "%s%s", work, ends[i]);
        eco_process_result result = run(f, script);
        assert_true(result.cpu_s > 0);
        /* A shell needs more than 100 kB, and no more than the machine has. */
        assert_true(result.max_rss_b > 1e5 && result.max_rss_b < 1e12);
        assert_true(result.time_s > 0 && result.started_s > 1.6e9);
        assert_int_equal(result.n_left, 0);
        assert_false(result.is_watch_lost);
    }
}

/* What descendants use counts, also of those that are killed at the end. */
static void test_memory_of_the_largest_process(void **state)
{
    fixture *f = *state;
    double plain_b = run(f, "exit 0").max_rss_b;
    /* A line of 48 MB that sort must hold. */
    double large_b = run(f, "head -c 48000000 /dev/zero | tr '\\0' x | sort >/dev/null").max_rss_b;
    assert_true(large_b > 40e6);
    assert_true(large_b > plain_b);
}

/* ---- the supervisor's own name ---- */

static void test_supervisor_is_not_called_ecopt(void **state)
{
    fixture *f = *state;
    char path[400], *text = NULL;
    /* The command line is overwritten once the program runs: wait for that. */
    eco_process_result result = run(
        f, "while [ \"$(tr -d '\\0' </proc/$PPID/cmdline)\" != eco-watch ]; do sleep 0.01; done;"
           "cat /proc/$PPID/comm >name; tr '\\0' '\\n' </proc/$PPID/cmdline | grep -c ecopt >>name;"
           "exit 5");
    assert_int_equal(result.exit_status, 5);
    (void)snprintf(path, sizeof path, "%s/name", f->dir);
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 1000, &text, NULL), ECOPT_OK);
    assert_string_equal(text, "eco-watch\n0\n");
    eco_free(f->ctx, text);
    /* Ours is left alone: the supervisor wrote to a copy of the page. */
    assert_status(f->ctx, eco_fs_read(f->ctx, "/proc/self/cmdline", 10000, &text, NULL), ECOPT_OK);
    assert_non_null(strstr(text, "test_stop"));
    eco_free(f->ctx, text);
}

/* The arguments of the program may be a part of the caller's own command line. */
static char *const *own_argv;

static void test_arguments_out_of_our_own(void **state)
{
    fixture *f = *state;
    const char *argv[] = {"sh", "-c", "sleep 0.05; printf '%s' \"$0\" >argument", own_argv[0],
                          NULL};
    const char *envp[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    eco_process_spec spec = {.argv = argv, .envp = envp, .dir = f->dir, .keep_fd = -1};
    eco_process_result result;
    char path[400], *text = NULL;
    assert_status(f->ctx, eco_process_run(f->ctx, &spec, &result), ECOPT_OK);
    (void)snprintf(path, sizeof path, "%s/argument", f->dir);
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 1000, &text, NULL), ECOPT_OK);
    assert_string_equal(text, own_argv[0]);
    eco_free(f->ctx, text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_before_the_start),
        TRIAL_TEST(test_in_the_first_phase),
        TRIAL_TEST(test_on_the_way_into_a_phase),
        TRIAL_TEST(test_between_two_phases),
        TRIAL_TEST(test_during_the_grace),
        TRIAL_TEST(test_after_the_end),
        TRIAL_TEST(test_reports_before_the_stop_are_kept),
        TRIAL_TEST(test_every_deadly_signal),
        TRIAL_TEST(test_exit_statuses),
        TRIAL_TEST(test_time_limit_and_what_the_program_makes_of_it),
        TRIAL_TEST(test_limits_are_per_phase),
        TRIAL_TEST(test_limit_and_stop),
        TRIAL_TEST(test_use_is_reported_however_it_ends),
        TRIAL_TEST(test_memory_of_the_largest_process),
        TRIAL_TEST(test_supervisor_is_not_called_ecopt),
        TRIAL_TEST(test_arguments_out_of_our_own),
    };
    (void)argc;
    own_argv = argv;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
