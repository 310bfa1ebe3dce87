/* What the users want of the runs of a study: kept in the store, looked at between two trials. */
#include "support/small_study.h"

#include "study/control.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Study folder of the fixture; caller frees. */
static char *folder(eco_small_study *small)
{
    ecopt_study *study = eco_small_study_open(small);
    char *dir = strdup(ecopt_study_dir(study));
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    return dir;
}

static ecopt_wanted wanted_of(eco_small_study *small)
{
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    ecopt_wanted wanted = snapshot->wanted;
    ecopt_snapshot_free(small->ctx, snapshot);
    return wanted;
}

static void test_the_last_wish_holds(void **state)
{
    eco_small_study *small = *state;
    char *dir = folder(small);
    ecopt_wanted before = ECOPT_WANTED_STOP;
    assert_int_equal(wanted_of(small), ECOPT_WANTED_RUN);
    assert_status(small->ctx, ecopt_study_want(small->ctx, dir, ECOPT_WANTED_PAUSE, &before),
                  ECOPT_OK);
    assert_int_equal(before, ECOPT_WANTED_RUN);
    assert_int_equal(wanted_of(small), ECOPT_WANTED_PAUSE);
    assert_status(small->ctx, ecopt_study_want(small->ctx, dir, ECOPT_WANTED_STOP, &before),
                  ECOPT_OK);
    assert_int_equal(before, ECOPT_WANTED_PAUSE);
    assert_int_equal(wanted_of(small), ECOPT_WANTED_STOP);
    assert_status(small->ctx, ecopt_study_want(small->ctx, dir, ECOPT_WANTED_RUN, NULL), ECOPT_OK);
    assert_int_equal(wanted_of(small), ECOPT_WANTED_RUN);
    free(dir);
}

static void test_a_wish_needs_a_study(void **state)
{
    eco_small_study *small = *state;
    ecopt_wanted before = ECOPT_WANTED_STOP;
    assert_status(small->ctx, ecopt_study_want(small->ctx, small->dir, ECOPT_WANTED_PAUSE, &before),
                  ECOPT_E_NOT_FOUND);
    assert_int_equal(before, ECOPT_WANTED_STOP);
    size_t n = 7;
    assert_status(small->ctx, ecopt_study_signal(small->ctx, small->dir, 0, &n), ECOPT_OK);
    assert_int_equal(n, 0);
    assert_status(small->ctx, ecopt_study_signal(small->ctx, NULL, 0, &n), ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_signal(small->ctx, small->dir, -1, &n), ECOPT_E_ARG);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(ecopt_wanted_name(ECOPT_WANTED_RUN), "run");
    assert_string_equal(ecopt_wanted_name(ECOPT_WANTED_PAUSE), "pause");
    assert_string_equal(ecopt_wanted_name(ECOPT_WANTED_STOP), "stop");
    assert_non_null(ecopt_wanted_name((ecopt_wanted)99));
}

static void test_a_paused_study_starts_no_run(void **state)
{
    eco_small_study *small = *state;
    char *dir = folder(small);
    assert_status(small->ctx, ecopt_study_want(small->ctx, dir, ECOPT_WANTED_PAUSE, NULL),
                  ECOPT_OK);
    ecopt_study *study = eco_small_study_open(small);
    ecopt_stop_reason reason = ECOPT_STOP_TIME;
    assert_status(small->ctx, ecopt_study_run(study, NULL, &reason), ECOPT_E_STORE_LOCKED);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "is paused"));
    assert_non_null(strstr(ecopt_ctx_errhint(small->ctx), "ecopt resume"));
    assert_int_equal(reason, ECOPT_STOP_TIME);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_want(small->ctx, dir, ECOPT_WANTED_RUN, NULL), ECOPT_OK);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    free(dir);
}

/* Wishes for things in the middle of a run, from its own events. */
typedef struct wisher {
    eco_small_study *small;
    ecopt_ctx *ctx; /* of its own, as another process would have */
    const char *dir;
    int64_t at; /* trial whose end brings the wish */
    ecopt_wanted wanted;
    int n_paused, n_resumed;
    volatile sig_atomic_t stop;
    bool stops_when_paused;
} wisher;

static void on_event(void *user, const ecopt_event *event)
{
    wisher *w = user;
    if (event->kind == ECOPT_EVENT_TRIAL_ENDED && event->trial == w->at)
        assert_status(w->ctx, ecopt_study_want(w->ctx, w->dir, w->wanted, NULL), ECOPT_OK);
    w->n_paused += event->kind == ECOPT_EVENT_PAUSED;
    w->n_resumed += event->kind == ECOPT_EVENT_RESUMED;
    if (event->kind != ECOPT_EVENT_PAUSED)
        return;
    if (w->stops_when_paused)
        w->stop = 1;
    else
        assert_status(w->ctx, ecopt_study_want(w->ctx, w->dir, ECOPT_WANTED_RUN, NULL), ECOPT_OK);
}

static ecopt_stop_reason run_with(eco_small_study *small, wisher *w)
{
    char *dir = folder(small);
    w->small = small;
    w->ctx = eco_test_ctx();
    w->dir = dir;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.on_event = on_event;
    options.user = w;
    options.stop = &w->stop;
    ecopt_stop_reason reason = eco_small_study_run(small, &options);
    ecopt_ctx_free(w->ctx);
    free(dir);
    return reason;
}

static size_t n_trials(eco_small_study *small)
{
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    size_t n = snapshot->n_trials;
    ecopt_snapshot_free(small->ctx, snapshot);
    return n;
}

static void test_a_run_waits_and_goes_on(void **state)
{
    eco_small_study *small = *state;
    wisher w = {.at = 2, .wanted = ECOPT_WANTED_PAUSE};
    assert_int_equal(run_with(small, &w), ECOPT_STOP_TRIALS);
    assert_int_equal(w.n_paused, 1);
    assert_int_equal(w.n_resumed, 1);
    assert_int_equal(n_trials(small), 6);
}

static void test_a_paused_run_can_be_interrupted(void **state)
{
    eco_small_study *small = *state;
    wisher w = {.at = 2, .wanted = ECOPT_WANTED_PAUSE, .stops_when_paused = true};
    assert_int_equal(run_with(small, &w), ECOPT_STOP_INTERRUPTED);
    assert_int_equal(n_trials(small), 2);
}

static void test_a_stop_is_for_the_runs_that_go_on(void **state)
{
    eco_small_study *small = *state;
    wisher w = {.at = 3, .wanted = ECOPT_WANTED_STOP};
    assert_int_equal(run_with(small, &w), ECOPT_STOP_STOPPED);
    assert_int_equal(n_trials(small), 3);
    assert_int_equal(wanted_of(small), ECOPT_WANTED_STOP);
    /* The next one begins after it, and another stop is for that one. */
    w = (wisher){.at = 5, .wanted = ECOPT_WANTED_STOP};
    assert_int_equal(run_with(small, &w), ECOPT_STOP_STOPPED);
    assert_int_equal(n_trials(small), 5);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_int_equal(n_trials(small), 6);
}

static void test_nothing_is_waited_for_when_the_budget_is_spent(void **state)
{
    eco_small_study *small = *state;
    wisher w = {.at = 6, .wanted = ECOPT_WANTED_PAUSE};
    assert_int_equal(run_with(small, &w), ECOPT_STOP_TRIALS);
    assert_int_equal(w.n_paused, 0);
}

/* Only a process that has the lock open is a run of the study, and it gets the signal. */
static void test_runs_are_found_by_their_open_lock(void **state)
{
    eco_small_study *small = *state;
    char *dir = folder(small);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/lock", dir);
        FILE *lock = fopen(path, "r");
        (void)!write(ready[1], "x", 1);
        for (;;)
            pause();
        _exit(lock ? 0 : 1);
    }
    char byte = 0;
    size_t n = 0;
    int status = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_status(small->ctx, ecopt_study_signal(small->ctx, dir, 0, &n), ECOPT_OK);
    assert_int_equal(n, 1);
    assert_status(small->ctx, ecopt_study_signal(small->ctx, dir, SIGTERM, &n), ECOPT_OK);
    assert_int_equal(n, 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_status(small->ctx, ecopt_study_signal(small->ctx, dir, SIGTERM, &n), ECOPT_OK);
    assert_int_equal(n, 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
    free(dir);
}

int main(void)
{
#define WITH_STUDY(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STUDY(test_the_last_wish_holds),
        WITH_STUDY(test_a_wish_needs_a_study),
        cmocka_unit_test(test_names),
        WITH_STUDY(test_a_paused_study_starts_no_run),
        WITH_STUDY(test_a_run_waits_and_goes_on),
        WITH_STUDY(test_a_paused_run_can_be_interrupted),
        WITH_STUDY(test_a_stop_is_for_the_runs_that_go_on),
        WITH_STUDY(test_nothing_is_waited_for_when_the_budget_is_spent),
        WITH_STUDY(test_runs_are_found_by_their_open_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
