/* The loop at its edges: signals between any two steps, budgets that are met exactly, energy that
 * is not known, and messages that name what a user must change. */
#include "core/fs.h"
#include "space/space.h"
#include "study/study_impl.h"
#include "support/small_study.h"

#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- signals ---- */

/* Sets the flag at the n-th event of a kind; counts what it sees. */
typedef struct signaller {
    volatile sig_atomic_t stop;
    int kind, at;
    int seen[3];
    double hypervolume; /* last finite one */
    size_t front_size;
} signaller;

static void on_event(void *user, const ecopt_event *event)
{
    signaller *s = user;
    int kind = (int)event->kind;
    if (++s->seen[kind] == s->at && kind == s->kind)
        s->stop = 1;
    if (event->kind != ECOPT_EVENT_TRIAL_ENDED)
        return;
    /* With a frozen reference point more trials cannot dominate less. */
    if (isfinite(event->hypervolume)) {
        assert_true(isnan(s->hypervolume) || event->hypervolume >= s->hypervolume - 1e-12);
        s->hypervolume = event->hypervolume;
    }
    s->front_size = event->front_size;
}

static ecopt_run_options options_of(signaller *s)
{
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.stop = &s->stop;
    options.on_event = on_event;
    options.user = s;
    return options;
}

static void test_a_signal_before_the_start_runs_nothing(void **state)
{
    eco_small_study *small = *state;
    signaller s = {.stop = 1, .hypervolume = NAN};
    ecopt_run_options options = options_of(&s);
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
    assert_int_equal(s.seen[ECOPT_EVENT_TRIAL_STARTED], 0);
}

/* The trial is claimed, its program not started yet. */
static void test_a_signal_behind_the_claim_puts_the_trial_back_unspent(void **state)
{
    eco_small_study *small = *state;
    signaller s = {.kind = ECOPT_EVENT_TRIAL_STARTED, .at = 2, .hypervolume = NAN};
    ecopt_run_options options = options_of(&s);
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
    assert_int_equal(s.seen[ECOPT_EVENT_TRIAL_STARTED], 2);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 2);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(snapshot->trials[1].state, ECOPT_TRIAL_QUEUED);
    assert_int_equal(snapshot->trials[1].attempts, 1);
    assert_int_equal(snapshot->trials[1].n_metrics, 0);
    double spent_s = snapshot->trials[1].spent_time_s;
    assert_true(spent_s < 5);
    ecopt_snapshot_free(small->ctx, snapshot);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 6);
    assert_int_equal(snapshot->trials[1].attempts, 2);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_signal_behind_the_end_keeps_the_trial(void **state)
{
    eco_small_study *small = *state;
    signaller s = {.kind = ECOPT_EVENT_TRIAL_ENDED, .at = 2, .hypervolume = NAN};
    ecopt_run_options options = options_of(&s);
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 2);
    assert_int_equal(snapshot->trials[1].state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(snapshot->trials[1].attempts, 1);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* A program that is at its end when the signal comes has a result: it is kept. */
static void test_a_program_that_ends_by_itself_in_time_is_complete(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "trap '' TERM; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'; sleep 0.3";
    signaller s = {.kind = ECOPT_EVENT_PHASE_STARTED, .at = 1, .hypervolume = NAN};
    ecopt_run_options options = options_of(&s);
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 1);
    ecopt_trial_state ended = snapshot->trials[0].state;
    /* Waiting or complete, never failed: the user's signal is not the program's fault. */
    assert_true(ended == ECOPT_TRIAL_QUEUED || ended == ECOPT_TRIAL_COMPLETE);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_the_hypervolume_grows_and_the_front_has_points(void **state)
{
    eco_small_study *small = *state;
    signaller s = {.at = -1, .hypervolume = NAN};
    ecopt_run_options options = options_of(&s);
    small->definition.budget.trials = 12;
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_TRIALS);
    assert_int_equal(s.seen[ECOPT_EVENT_TRIAL_ENDED], 12);
    assert_int_equal(s.seen[ECOPT_EVENT_PHASE_STARTED], 12);
    assert_true(isfinite(s.hypervolume) && s.hypervolume > 0);
    assert_in_range(s.front_size, 1, 12);
}

/* ---- budgets ---- */

static void test_a_lowered_budget_is_spent_already(void **state)
{
    eco_small_study *small = *state;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    small->definition.budget.trials = 3;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 6);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_the_limit_of_one_call_counts_what_it_ended(void **state)
{
    eco_small_study *small = *state;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    for (int64_t n = 1; n <= 6; n++) {
        options.max_trials = 1;
        assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_TRIALS);
        ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
        assert_int_equal(snapshot->n_trials, n);
        ecopt_snapshot_free(small->ctx, snapshot);
    }
}

static void test_failures_stop_above_the_ratio_only(void **state)
{
    eco_small_study *small = *state;
    /* The first three of six fail: half of them when all are over, more than half before. */
    small->args[2] = "test {trial.id} -le 3 && exit 3; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";
    small->definition.budget.max_failure_ratio = 0.6;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 6);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_ratio_of_zero_stops_at_the_first_judgement(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "test {trial.id} -eq 1 && exit 3; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";
    small->definition.budget.max_failure_ratio = 0;
    small->definition.budget.trials = 20;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_FAILURES);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 5);
    ecopt_snapshot_free(small->ctx, snapshot);
}

typedef struct log_lines {
    int n_warnings;
    char last[512];
} log_lines;

static void keep_log(void *user, ecopt_log_level level, const char *message)
{
    log_lines *log = user;
    if (level != ECOPT_LOG_WARNING || !strstr(message, "energy budget"))
        return;
    log->n_warnings++;
    (void)snprintf(log->last, sizeof log->last, "%s", message);
}

/* Without a meter the other budgets hold, and the user is told once that this one does not. */
static void test_an_energy_budget_without_energy_is_said_once(void **state)
{
    eco_small_study *small = *state;
    log_lines log = {.n_warnings = 0};
    ecopt_ctx_options ctx_options = ECOPT_CTX_OPTIONS_INIT;
    ecopt_ctx *ctx = NULL;
    ecopt_study *study = NULL;
    ecopt_stop_reason reason = ECOPT_STOP_ENERGY;
    ctx_options.log = keep_log;
    ctx_options.log_user = &log;
    assert_int_equal(ecopt_ctx_new(&ctx_options, &ctx), ECOPT_OK);
    small->definition.meter.sources = "none";
    small->definition.budget.energy_j = 1e-9;
    assert_status(ctx, ecopt_study_open(ctx, &small->definition, NULL, &study), ECOPT_OK);
    assert_status(ctx, ecopt_study_run(study, NULL, &reason), ECOPT_OK);
    assert_status(ctx, ecopt_study_close(study), ECOPT_OK);
    assert_int_equal(reason, ECOPT_STOP_TRIALS);
    assert_int_equal(log.n_warnings, 1);
    assert_non_null(strstr(log.last, "cannot be kept"));
    ecopt_ctx_free(ctx);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 6);
    assert_true(isnan(snapshot->spent_energy_j));
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_infeasible_trials_are_no_failures(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "exit $ECOPT_EXIT_INFEASIBLE";
    small->definition.budget.max_failure_ratio = 0;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(snapshot->trials[i].state, ECOPT_TRIAL_INFEASIBLE);
    /* No value, no reference point. */
    assert_int_equal(snapshot->n_reference, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* ---- what differs ---- */

/* A name that is part of another one is still named. */
static void test_every_key_that_differs_is_named(void **state)
{
    eco_small_study *small = *state;
    ecopt_param params[] = {{.name = "lrate", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
                            {.name = "lr", .type = ECOPT_PARAM_INT, .min = 1, .max = 9}};
    ecopt_space *before = NULL, *after = NULL;
    ecopt_study *study = NULL;
    assert_status(small->ctx, eco_space_new(small->ctx, params, 2, &before), ECOPT_OK);
    params[0].type = params[1].type = ECOPT_PARAM_FLOAT;
    assert_status(small->ctx, eco_space_new(small->ctx, params, 2, &after), ECOPT_OK);
    small->args[2] = "true";
    small->definition.space = before;
    study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    study = NULL;
    small->definition.space = after;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &study),
                  ECOPT_E_STORE_MISMATCH);
    const char *message = ecopt_ctx_errmsg(small->ctx);
    const char *longer = strstr(message, "lrate");
    assert_non_null(longer);
    /* "lr" by itself, in front of the long one or behind it. */
    const char *rest = strstr(longer + 5, "lr");
    assert_true(rest != NULL || strstr(message, "lr,") != NULL);
    eco_space_free(small->ctx, before);
    eco_space_free(small->ctx, after);
}

/* ---- the folder ---- */

static void test_a_lock_without_a_number_is_another_process(void **state)
{
    eco_small_study *small = *state;
    char path[300];
    ecopt_study *study = NULL;
    eco_test_write_file(small->dir, "small.ecopt/lock", "");
    (void)snprintf(path, sizeof path, "%s/small.ecopt/lock", small->dir);
    FILE *file = fopen(path, "r+e");
    assert_non_null(file);
    assert_int_equal(flock(fileno(file), LOCK_EX | LOCK_NB), 0);
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &study),
                  ECOPT_E_STORE_LOCKED);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "another process"));
    assert_null(strstr(ecopt_ctx_errmsg(small->ctx), "process 0"));
    assert_int_equal(fclose(file), 0);
    study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_reading_what_is_not_there(void **state)
{
    eco_small_study *small = *state;
    char path[300];
    ecopt_snapshot *snapshot = NULL;
    assert_status(small->ctx, ecopt_snapshot_load(small->ctx, small->dir, &snapshot),
                  ECOPT_E_NOT_FOUND);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), small->dir));
    /* The moment between making the file and writing the first row. */
    eco_store *store = NULL;
    (void)snprintf(path, sizeof path, "%s/study.db", small->dir);
    assert_status(small->ctx, eco_store_open(small->ctx, path, ECO_STORE_CREATE, &store), ECOPT_OK);
    assert_status(small->ctx, eco_store_close(store), ECOPT_OK);
    assert_status(small->ctx, ecopt_snapshot_load(small->ctx, small->dir, &snapshot),
                  ECOPT_E_NOT_FOUND);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "no study yet"));
    assert_null(snapshot);
}

static void test_the_folder_can_be_chosen(void **state)
{
    eco_small_study *small = *state;
    char path[300];
    ecopt_study *study = NULL;
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    (void)snprintf(path, sizeof path, "%s/else/where", small->dir);
    options.dir = path;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, &options, &study),
                  ECOPT_OK);
    assert_string_equal(ecopt_study_dir(study), path);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    small->definition.sampler = "oracle";
    study = NULL;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, &options, &study),
                  ECOPT_E_NAME);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "oracle"));
    assert_null(study);
}

static void test_changed_text_is_a_revision_and_equal_text_is_none(void **state)
{
    eco_small_study *small = *state;
    for (int64_t revision = 1; revision <= 3; revision++) {
        char text[64];
        (void)snprintf(text, sizeof text, "study: small # comment %lld\n", (long long)revision);
        small->definition.text = text;
        for (int i = 0; i < 2; i++) {
            ecopt_study *study = eco_small_study_open(small);
            assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
        }
        ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
        assert_int_equal(snapshot->revision, revision);
        assert_string_equal(snapshot->definition, text);
        ecopt_snapshot_free(small->ctx, snapshot);
    }
    small->definition.text = "study: small\n";
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_signal_before_the_start_runs_nothing),
        CASE(test_a_signal_behind_the_claim_puts_the_trial_back_unspent),
        CASE(test_a_signal_behind_the_end_keeps_the_trial),
        CASE(test_a_program_that_ends_by_itself_in_time_is_complete),
        CASE(test_the_hypervolume_grows_and_the_front_has_points),
        CASE(test_a_lowered_budget_is_spent_already),
        CASE(test_the_limit_of_one_call_counts_what_it_ended),
        CASE(test_failures_stop_above_the_ratio_only),
        CASE(test_a_ratio_of_zero_stops_at_the_first_judgement),
        CASE(test_an_energy_budget_without_energy_is_said_once),
        CASE(test_infeasible_trials_are_no_failures),
        CASE(test_every_key_that_differs_is_named),
        CASE(test_a_lock_without_a_number_is_another_process),
        CASE(test_reading_what_is_not_there),
        CASE(test_the_folder_can_be_chosen),
        CASE(test_changed_text_is_a_revision_and_equal_text_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
