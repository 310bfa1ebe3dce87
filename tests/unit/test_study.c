#include "core/fs.h"
#include "support/small_study.h"

#include <stdlib.h>
#include <unistd.h>

static void assert_all_complete(eco_small_study *small, size_t n)
{
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, n);
    for (size_t i = 0; i < n; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        assert_int_equal(trial->id, i + 1);
        assert_int_equal(trial->state, ECOPT_TRIAL_COMPLETE);
        assert_int_equal(trial->n_phases, 1);
        assert_true(ecopt_trial_metric(trial, "a")->value >= 0);
        assert_true(ecopt_trial_metric(trial, "run.energy_j")->value > 0);
    }
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_runs_to_the_trial_budget_and_then_does_nothing(void **state)
{
    eco_small_study *small = *state;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_all_complete(small, 6);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_all_complete(small, 6);
}

/* Point texts and values of all trials, a line each; caller frees. */
static char *list_trials(eco_small_study *small)
{
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    char *list = calloc(1, 65536);
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        size_t n = strlen(list);
        (void)snprintf(list + n, 65536 - n, "%s %llu %a\n", trial->point,
                       (unsigned long long)trial->seed, ecopt_trial_metric(trial, "a")->value);
    }
    ecopt_snapshot_free(small->ctx, snapshot);
    return list;
}

static char *run_sampler(const char *sampler, int64_t pause_after)
{
    eco_small_study small;
    eco_small_study_init(&small, 40, true);
    small.definition.sampler = sampler;
    small.definition.budget.trials = 9;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.max_trials = pause_after;
    (void)eco_small_study_run(&small, &options);
    assert_int_equal(eco_small_study_run(&small, NULL), ECOPT_STOP_TRIALS);
    char *list = list_trials(&small);
    eco_small_study_release(&small);
    return list;
}

static void test_interruption_does_not_change_the_trial_list(void **state)
{
    (void)state;
    const char *const samplers[] = {"random", "sobol", "mobo"};
    for (size_t i = 0; i < ECO_LEN(samplers); i++) {
        char *whole = run_sampler(samplers[i], 9);
        char *parts = run_sampler(samplers[i], 5);
        assert_string_equal(whole, parts);
        assert_true(strlen(whole) > 100);
        free(whole);
        free(parts);
    }
}

typedef struct stopper {
    volatile sig_atomic_t stop;
    int64_t at_trial;
    int started, ended;
} stopper;

static void stop_at(void *user, const ecopt_event *event)
{
    stopper *s = user;
    s->started += event->kind == ECOPT_EVENT_TRIAL_STARTED;
    s->ended += event->kind == ECOPT_EVENT_TRIAL_ENDED;
    if (event->kind == ECOPT_EVENT_PHASE_STARTED && event->trial == s->at_trial)
        s->stop = 1;
}

static void test_a_stopped_trial_waits_for_the_next_run(void **state)
{
    eco_small_study *small = *state;
    stopper s = {.at_trial = 3};
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.stop = &s.stop;
    options.on_event = stop_at;
    options.user = &s;
    small->args[2] = "sleep 0.2; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";
    small->definition.budget.trials = 4;
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
    assert_int_equal(s.started, 3);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 3);
    assert_int_equal(snapshot->trials[2].state, ECOPT_TRIAL_QUEUED);
    ecopt_snapshot_free(small->ctx, snapshot);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_all_complete(small, 4);
    snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[2].attempts, 2);
    assert_string_equal(snapshot->trials[2].dir, "trials/0003.2");
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_changed_space_is_refused_by_key(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = NULL;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    small->definition.seed = 8;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &study),
                  ECOPT_E_STORE_MISMATCH);
    assert_null(study);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "seed"));
    assert_null(strstr(ecopt_ctx_errmsg(small->ctx), "objective"));
    assert_true(strlen(ecopt_ctx_errhint(small->ctx)) > 0);
}

static void test_a_larger_budget_continues_the_study(void **state)
{
    eco_small_study *small = *state;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    small->definition.budget.trials = 8;
    small->definition.text = "study: small\nbudget: {trials: 8}\n";
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_all_complete(small, 8);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->revision, 2);
    assert_string_equal(snapshot->definition, small->definition.text);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Several may have the study open; only one that is alone may change its definition. */
static void test_a_study_in_use_can_be_joined_but_not_changed(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *first = eco_small_study_open(small), *second = NULL;
    const char *text = small->definition.text;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &second),
                  ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(second), ECOPT_OK);
    second = NULL;
    small->definition.text = "study: small # changed\n";
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &second),
                  ECOPT_E_STORE_LOCKED);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "another text"));
    assert_null(second);
    small->definition.text = text;
    ecopt_snapshot_free(small->ctx, eco_small_study_snapshot(small));
    assert_status(small->ctx, ecopt_study_close(first), ECOPT_OK);
    assert_int_equal(ecopt_study_close(NULL), ECOPT_OK);
}

static void test_failing_trials_are_records_and_the_study_goes_on(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "test {k} -gt 20 && exit 3; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";
    small->definition.budget.trials = 12;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    size_t n_failed = 0;
    assert_int_equal(snapshot->n_trials, 12);
    for (size_t i = 0; i < 12; i++) {
        n_failed += snapshot->trials[i].state == ECOPT_TRIAL_FAILED;
        if (snapshot->trials[i].state == ECOPT_TRIAL_FAILED)
            assert_non_null(strstr(snapshot->trials[i].reason, "exit status 3"));
    }
    assert_in_range(n_failed, 1, 11);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_too_many_failures_stop_the_study(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "exit 3";
    small->definition.budget.trials = 30;
    small->definition.budget.max_failure_ratio = 0.5;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_FAILURES);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 5);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_small_space_is_exhausted(void **state)
{
    (void)state;
    const char *const samplers[] = {"random", "sobol", "mobo"};
    for (size_t i = 0; i < ECO_LEN(samplers); i++) {
        eco_small_study small;
        eco_small_study_init(&small, 4, false);
        small.definition.sampler = samplers[i];
        assert_int_equal(eco_small_study_run(&small, NULL), ECOPT_STOP_EXHAUSTED);
        assert_all_complete(&small, 4);
        eco_small_study_release(&small);
    }
}

static void test_time_budget_ends_the_study(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "sleep 0.1; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";
    small->definition.budget.time_s = 0.05;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TIME);
    assert_all_complete(small, 1);
}

static void test_energy_budget_ends_the_study(void **state)
{
    eco_small_study *small = *state;
    small->definition.budget.energy_j = 1e-9;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_ENERGY);
    assert_all_complete(small, 1);
}

static void test_a_meter_requirement_is_an_error_before_any_trial(void **state)
{
    eco_small_study *small = *state;
    ecopt_stop_reason reason;
    small->definition.meter.require = "measured";
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_run(study, NULL, &reason), ECOPT_E_METER_REQUIRE);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_an_unwritable_trial_folder_stops_and_loses_nothing(void **state)
{
    eco_small_study *small = *state;
    char path[300];
    ecopt_stop_reason reason;
    ecopt_study *study = eco_small_study_open(small);
    eco_test_write_file(small->dir, "small.ecopt/trials", "in the way");
    assert_status(small->ctx, ecopt_study_run(study, NULL, &reason), ECOPT_E_IO);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "trials"));
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    (void)snprintf(path, sizeof path, "%s/small.ecopt/trials", small->dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    assert_all_complete(small, 6);
}

static void test_reference_is_frozen_when_the_initial_design_is_complete(void **state)
{
    eco_small_study *small = *state;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    small->objectives[0].has_threshold = true;
    small->objectives[0].threshold = 0.01;
    options.max_trials = 3; /* = init, but the fourth point has not been asked for */
    (void)eco_small_study_run(small, &options);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_reference, 1);
    ecopt_snapshot_free(small->ctx, snapshot);
    options.max_trials = 1;
    (void)eco_small_study_run(small, &options);
    snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_reference, 2);
    assert_true(snapshot->reference[0] == 0.01);
    double frozen = snapshot->reference[1];
    for (size_t i = 0; i < 3; i++)
        assert_true(frozen >= ecopt_trial_metric(&snapshot->trials[i], "b")->value);
    ecopt_snapshot_free(small->ctx, snapshot);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    snapshot = eco_small_study_snapshot(small);
    assert_true(snapshot->reference[1] == frozen);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void check_event(void *user, const ecopt_event *event)
{
    int64_t *n_ended = user;
    assert_int_equal(event->n_trials, 6);
    assert_non_null(event->point);
    assert_non_null(event->origin);
    if (event->kind != ECOPT_EVENT_TRIAL_ENDED)
        return;
    assert_int_equal(event->n_ended, ++*n_ended);
    assert_int_equal(event->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(event->n_objectives, 2);
    assert_true(event->objectives[1] >= 1 && event->objectives[1] <= 40);
    assert_in_range(event->front_size, 1, event->n_ended);
    assert_true(event->spent_time_s > 0 && event->spent_energy_j > 0);
}

static void test_events_count_and_carry_values(void **state)
{
    eco_small_study *small = *state;
    int64_t n_ended = 0;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.on_event = check_event;
    options.user = &n_ended;
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_TRIALS);
    assert_int_equal(n_ended, 6);
}

static void tell(eco_small_study *small, ecopt_study *study, int64_t trial, double a,
                 ecopt_status expected)
{
    const ecopt_metric_value metrics[] = {{"a", a, NAN}, {"b", 2, 0.1}};
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2),
                  expected);
}

static void test_ask_and_tell_by_hand(void **state)
{
    eco_small_study *small = *state;
    int64_t first = 0, second = 0;
    char *point = NULL, *other = NULL;
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_ask(study, &first, &point), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_ask(study, &second, &other), ECOPT_OK);
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    assert_string_not_equal(point, other);
    ecopt_text_free(small->ctx, point);
    ecopt_text_free(small->ctx, other);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    /* What was asked for stays running across processes. */
    study = eco_small_study_open(small);
    tell(small, study, 1, NAN, ECOPT_E_ARG);
    tell(small, study, 1, 0.5, ECOPT_OK);
    tell(small, study, 1, 0.5, ECOPT_E_ARG);
    tell(small, study, 9, 0.5, ECOPT_E_NOT_FOUND);
    assert_status(small->ctx, ecopt_study_tell(study, 2, ECOPT_TRIAL_COMPLETE, "", NULL, 0),
                  ECOPT_E_ARG);
    assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), "'a'"));
    assert_status(small->ctx, ecopt_study_tell(study, 2, ECOPT_TRIAL_QUEUED, "", NULL, 0),
                  ECOPT_E_ARG);
    assert_status(small->ctx,
                  ecopt_study_tell(study, 2, ECOPT_TRIAL_INFEASIBLE, "too wide", NULL, 0),
                  ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_true(ecopt_trial_metric(&snapshot->trials[0], "b")->u95 == 0.1);
    assert_int_equal(snapshot->trials[1].state, ECOPT_TRIAL_INFEASIBLE);
    assert_string_equal(snapshot->trials[1].reason, "too wide");
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_run_counts_asked_trials_in_the_budget(void **state)
{
    eco_small_study *small = *state;
    int64_t trial = 0;
    char *point = NULL;
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 6);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_RUNNING);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static ecopt_status open_study(ecopt_ctx *ctx, void *user)
{
    eco_small_study *small = user;
    ecopt_study *study = NULL;
    ecopt_status status = ecopt_study_open(ctx, &small->definition, NULL, &study);
    ecopt_status closed = ecopt_study_close(study);
    return status != ECOPT_OK ? status : closed;
}

static void test_allocation_failures_while_opening(void **state)
{
    eco_small_study *small = *state;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    eco_test_alloc_sweep(open_study, small);
}

static void test_stop_reasons_have_texts(void **state)
{
    (void)state;
    assert_string_equal(ecopt_stop_reason_text(ECOPT_STOP_ENERGY), "energy budget spent");
    assert_string_equal(ecopt_stop_reason_text((ecopt_stop_reason)99), "reason out of range");
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_runs_to_the_trial_budget_and_then_does_nothing),
        cmocka_unit_test(test_interruption_does_not_change_the_trial_list),
        CASE(test_a_stopped_trial_waits_for_the_next_run),
        CASE(test_a_changed_space_is_refused_by_key),
        CASE(test_a_larger_budget_continues_the_study),
        CASE(test_a_study_in_use_can_be_joined_but_not_changed),
        CASE(test_failing_trials_are_records_and_the_study_goes_on),
        CASE(test_too_many_failures_stop_the_study),
        cmocka_unit_test(test_a_small_space_is_exhausted),
        CASE(test_time_budget_ends_the_study),
        CASE(test_energy_budget_ends_the_study),
        CASE(test_a_meter_requirement_is_an_error_before_any_trial),
        CASE(test_an_unwritable_trial_folder_stops_and_loses_nothing),
        CASE(test_reference_is_frozen_when_the_initial_design_is_complete),
        CASE(test_events_count_and_carry_values),
        CASE(test_ask_and_tell_by_hand),
        CASE(test_run_counts_asked_trials_in_the_budget),
        CASE(test_allocation_failures_while_opening),
        cmocka_unit_test(test_stop_reasons_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
