/* ecopt_study_ask and ecopt_study_tell: budgets, order, refusals, and what a resumed study sees. */
#include "support/small_study.h"

#include "store/store.h"
#include "study/study_impl.h"

#include <stdlib.h>

/* Asks; fails the test unless the status is the expected one; gives the number (0 on failure). */
static int64_t ask(eco_small_study *small, ecopt_study *study, ecopt_status expected)
{
    int64_t trial = 0;
    char *point = NULL;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), expected);
    assert_int_equal(point != NULL, expected == ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    return trial;
}

static void tell(eco_small_study *small, ecopt_study *study, int64_t trial)
{
    const ecopt_metric_value metrics[] = {{"a", (double)trial, NAN}, {"b", 2, 0.1}};
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2),
                  ECOPT_OK);
}

/* ---- budget ---- */

static void test_ask_is_not_bound_by_budgets_but_run_counts_it(void **state)
{
    eco_small_study *small = *state;
    small->definition.budget.trials = 3;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.max_trials = 1;
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_TRIALS);
    small->definition.budget.energy_j = 1e-12;
    small->definition.budget.time_s = 1e-12;
    ecopt_study *study = eco_small_study_open(small);
    for (int64_t i = 2; i <= 5; i++)
        assert_int_equal(ask(small, study, ECOPT_OK), i);
    tell(small, study, 5);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    /* One is over, three were asked for, one was told: five of three. */
    small->definition.budget.energy_j = small->definition.budget.time_s = (double)INFINITY;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 5);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_ask_says_that_every_point_was_tried(void **state)
{
    (void)state;
    eco_small_study small;
    eco_small_study_init(&small, 2, false);
    ecopt_study *study = eco_small_study_open(&small);
    assert_int_equal(ask(&small, study, ECOPT_OK), 1);
    assert_int_equal(ask(&small, study, ECOPT_OK), 2);
    assert_int_equal(ask(&small, study, ECOPT_E_EXHAUSTED), 0);
    assert_true(strlen(ecopt_ctx_errmsg(small.ctx)) > 0);
    assert_status(small.ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study_release(&small);
}

/* ---- a waiting trial ---- */

static void stop_in_phase(void *user, const ecopt_event *event)
{
    volatile sig_atomic_t *stop = user;
    if (event->kind == ECOPT_EVENT_PHASE_STARTED)
        *stop = 1;
}

/* Leaves trial 1 waiting for its second attempt. */
static void leave_one_queued(eco_small_study *small)
{
    volatile sig_atomic_t stop = 0;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.stop = &stop;
    options.on_event = stop_in_phase;
    options.user = (void *)(uintptr_t)&stop;
    small->args[2] = "sleep 5"; /* for good: the command is part of the study's identity */
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_INTERRUPTED);
}

static void test_ask_gives_the_waiting_trial_first(void **state)
{
    eco_small_study *small = *state;
    leave_one_queued(small);
    ecopt_snapshot *before = eco_small_study_snapshot(small);
    ecopt_study *study = eco_small_study_open(small);
    int64_t trial = 0;
    char *point = NULL;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    assert_int_equal(trial, 1);
    assert_string_equal(point, before->trials[0].point);
    ecopt_text_free(small->ctx, point);
    ecopt_snapshot_free(small->ctx, before);
    tell(small, study, 1);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *after = eco_small_study_snapshot(small);
    assert_int_equal(after->trials[0].attempts, 2);
    assert_int_equal(after->trials[0].state, ECOPT_TRIAL_COMPLETE);
    ecopt_snapshot_free(small->ctx, after);
}

static void test_a_waiting_trial_is_run_although_the_space_is_exhausted(void **state)
{
    (void)state;
    eco_small_study small;
    eco_small_study_init(&small, 1, false);
    small.definition.budget.trials = 5;
    const char *script = "test -e {study.dir}/go || sleep 5; echo '[ecopt] {\"a\": 1, \"b\": {k}}'";
    small.args[2] = script;
    volatile sig_atomic_t stop = 0;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.stop = &stop;
    options.on_event = stop_in_phase;
    options.user = (void *)(uintptr_t)&stop;
    assert_int_equal(eco_small_study_run(&small, &options), ECOPT_STOP_INTERRUPTED);
    eco_test_write_file(small.dir, "go", "");
    /* The only point of the space waits: it runs, then nothing is left. */
    assert_int_equal(eco_small_study_run(&small, NULL), ECOPT_STOP_EXHAUSTED);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(&small);
    assert_int_equal(snapshot->n_trials, 1);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(snapshot->trials[0].attempts, 2);
    ecopt_snapshot_free(small.ctx, snapshot);
    eco_small_study_release(&small);
}

/* ---- what tell refuses ---- */

static void refuse(eco_small_study *small, ecopt_study *study, const ecopt_metric_value *metrics,
                   size_t n, const char *words)
{
    assert_status(small->ctx, ecopt_study_tell(study, 1, ECOPT_TRIAL_COMPLETE, "", metrics, n),
                  ECOPT_E_ARG);
    if (!strstr(ecopt_ctx_errmsg(small->ctx), words))
        fail_msg("'%s' does not hold '%s'", ecopt_ctx_errmsg(small->ctx), words);
}

static void test_tell_refuses_bad_values_and_the_trial_waits_on(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    assert_int_equal(ask(small, study, ECOPT_OK), 1);
    const ecopt_metric_value negative[] = {{"a", -1, NAN}, {"b", 2, NAN}, {"energy_j", -3, NAN}};
    const ecopt_metric_value twice[] = {{"a", 1, NAN}, {"b", 2, NAN}, {"a", 3, NAN}};
    const ecopt_metric_value nameless[] = {{"a", 1, NAN}, {"b", 2, NAN}, {NULL, 3, NAN}};
    const ecopt_metric_value empty[] = {{"", 1, NAN}};
    const ecopt_metric_value infinite[] = {{"a", 1, NAN}, {"b", (double)INFINITY, NAN}};
    const ecopt_metric_value wide[] = {{"a", 1, NAN}, {"b", 2, (double)INFINITY}};
    const ecopt_metric_value below[] = {{"a", 1, -0.5}, {"b", 2, NAN}};
    const ecopt_metric_value half[] = {{"b", 2, NAN}};
    refuse(small, study, twice, 3, "'a' is given twice");
    refuse(small, study, negative, 3, "the value of 'energy_j' must not be negative");
    refuse(small, study, nameless, 3, "metric 3 has no name");
    refuse(small, study, empty, 1, "metric 1 has no name");
    refuse(small, study, infinite, 2, "'b' is not a finite number");
    refuse(small, study, wide, 2, "uncertainty of 'b'");
    refuse(small, study, below, 2, "uncertainty of 'a'");
    refuse(small, study, half, 1, "no value for 'a'");
    tell(small, study, 1);
    refuse(small, study, half, 1, "trial 1 is complete");
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_tell_refuses_states_that_are_not_outcomes(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    assert_int_equal(ask(small, study, ECOPT_OK), 1);
    const ecopt_trial_state states[] = {ECOPT_TRIAL_QUEUED, ECOPT_TRIAL_RUNNING,
                                        ECOPT_TRIAL_ABANDONED, ECOPT_TRIAL_PREEMPTED};
    for (size_t i = 0; i < ECO_LEN(states); i++) {
        assert_status(small->ctx, ecopt_study_tell(study, 1, states[i], "", NULL, 0), ECOPT_E_ARG);
        assert_non_null(strstr(ecopt_ctx_errmsg(small->ctx), ecopt_trial_state_name(states[i])));
    }
    const int64_t numbers[] = {-1, 0, 2, INT64_MAX};
    for (size_t i = 0; i < ECO_LEN(numbers); i++)
        assert_status(small->ctx,
                      ecopt_study_tell(study, numbers[i], ECOPT_TRIAL_FAILED, "", NULL, 0),
                      ECOPT_E_NOT_FOUND);
    assert_status(small->ctx, ecopt_study_tell(study, 1, ECOPT_TRIAL_FAILED, NULL, NULL, 0),
                  ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_string_equal(snapshot->trials[0].reason, "");
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_failed_trial_keeps_what_it_reported(void **state)
{
    eco_small_study *small = *state;
    const ecopt_metric_value metrics[] = {{"a", 0.25, 0}, {"extra", NAN, NAN}};
    ecopt_study *study = eco_small_study_open(small);
    assert_int_equal(ask(small, study, ECOPT_OK), 1);
    assert_status(small->ctx,
                  ecopt_study_tell(study, 1, ECOPT_TRIAL_FAILED, "no memory", metrics, 2),
                  ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    const ecopt_trial *trial = &snapshot->trials[0];
    assert_string_equal(trial->reason, "no memory");
    assert_int_equal(trial->n_metrics, 2);
    assert_true(ecopt_trial_metric(trial, "a")->value == 0.25);
    assert_true(isnan(ecopt_trial_metric(trial, "extra")->value));
    assert_int_equal(trial->n_phases, 0);
    assert_true(isnan(trial->spent_energy_j));
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* ---- what the sampler is given ---- */

/* Told or metered, the energy of a trial reaches the sampler; it is no value that must be told. */
static void test_the_energy_of_a_trial_reaches_the_sampler(void **state)
{
    eco_small_study *small = *state;
    const ecopt_metric_value metrics[] = {{"energy_j", 250, 5}, {"a", 1, NAN}, {"b", 2, NAN}};
    eco_study_view view;
    small->definition.meter.sources = "model";
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.max_trials = 1;
    assert_int_equal(eco_small_study_run(small, &options), ECOPT_STOP_TRIALS);
    ecopt_study *study = eco_small_study_open(small);
    for (int64_t i = 2; i <= 4; i++)
        assert_int_equal(ask(small, study, ECOPT_OK), i);
    assert_status(small->ctx, ecopt_study_tell(study, 2, ECOPT_TRIAL_COMPLETE, "", metrics, 3),
                  ECOPT_OK);
    tell(small, study, 3);
    assert_status(small->ctx, ecopt_study_tell(study, 4, ECOPT_TRIAL_FAILED, "no", metrics, 1),
                  ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    const ecopt_metric_value *metered = ecopt_trial_metric(&snapshot->trials[0], "energy_j");
    assert_non_null(metered);
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_int_equal(view.history.n, 4);
    assert_true(view.history.observations[0].spent_j == metered->value && metered->value > 0);
    assert_true(view.history.observations[1].spent_j == 250);
    assert_true(isnan(view.history.observations[2].spent_j));
    assert_true(view.history.observations[3].spent_j == 250);
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Told out of order, the first trials that are known change; the reference point in use does not.
 */
static void test_the_reference_in_use_is_the_one_that_is_kept(void **state)
{
    eco_small_study *small = *state;
    const ecopt_metric_value worse[] = {{"a", -50, NAN}, {"b", 900, NAN}};
    ecopt_study *study = eco_small_study_open(small);
    eco_study_view view;
    double kept[2], used[2];
    assert_int_equal(small->definition.budget.init, 3);
    for (int64_t i = 1; i <= 4; i++)
        assert_int_equal(ask(small, study, ECOPT_OK), i);
    tell(small, study, 2);
    tell(small, study, 3);
    /* Two of three: nothing is kept. */
    assert_int_equal(ask(small, study, ECOPT_OK), 5);
    assert_status(small->ctx, eco_store_get_reference(study->store, kept, 2), ECOPT_OK);
    assert_true(isnan(kept[0]) && isnan(kept[1]));
    tell(small, study, 4);
    assert_int_equal(ask(small, study, ECOPT_OK), 6);
    assert_status(small->ctx, eco_store_get_reference(study->store, kept, 2), ECOPT_OK);
    /* a is maximised: worst 2 less a tenth of the range 2; b is 2 throughout. */
    assert_close(kept[0], 1.8, 1e-12, 0);
    assert_close(kept[1], 2.2, 1e-12, 0);
    assert_status(small->ctx, ecopt_study_tell(study, 1, ECOPT_TRIAL_COMPLETE, "", worse, 2),
                  ECOPT_OK);
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    eco_reference_point(&study->problem, &view.history, used);
    assert_memory_equal(used, kept, sizeof kept);
    eco_study_view_release(study, &view);
    assert_int_equal(ask(small, study, ECOPT_OK), 7);
    assert_status(small->ctx, eco_store_get_reference(study->store, used, 2), ECOPT_OK);
    assert_memory_equal(used, kept, sizeof kept);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* A sampler that moves the reference point by a step of its own per trial asked for. */
static double step;
static ecopt_status suggest_and_move(ecopt_ctx *ctx, const eco_problem *problem,
                                     const eco_history *history, eco_suggestion *suggestion)
{
    for (size_t k = 0; k < problem->n_objectives; k++)
        suggestion->reference[k] += problem->objectives[k].goal == ECOPT_GOAL_MAX ? -step : step;
    return eco_sampler_find("random")->suggest(ctx, problem, history, suggestion);
}

/* A sampler may make the kept point worse, never better. */
static void test_the_reference_is_only_ever_extended(void **state)
{
    eco_small_study *small = *state;
    static const eco_sampler_ops moving = {.name = "moving", .suggest = suggest_and_move};
    ecopt_study *study = eco_small_study_open(small);
    double before[2], after[2];
    for (int64_t i = 1; i <= 3; i++) {
        assert_int_equal(ask(small, study, ECOPT_OK), i);
        tell(small, study, i);
    }
    (void)ask(small, study, ECOPT_OK);
    assert_status(small->ctx, eco_store_get_reference(study->store, before, 2), ECOPT_OK);
    study->sampler = &moving;
    step = -0.5;
    (void)ask(small, study, ECOPT_OK);
    assert_status(small->ctx, eco_store_get_reference(study->store, after, 2), ECOPT_OK);
    assert_memory_equal(after, before, sizeof before);
    step = 0.5;
    (void)ask(small, study, ECOPT_OK);
    assert_status(small->ctx, eco_store_get_reference(study->store, after, 2), ECOPT_OK);
    assert_close(after[0], before[0] - 0.5, 1e-15, 0);
    assert_close(after[1], before[1] + 0.5, 1e-15, 0);
    (void)ask(small, study, ECOPT_OK);
    assert_status(small->ctx, eco_store_get_reference(study->store, after, 2), ECOPT_OK);
    assert_close(after[1], before[1] + 1, 1e-15, 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Settings are the definition's own and may change; the number of threads is the caller's. */
static void test_settings_and_threads_reach_the_sampler(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    assert_ptr_equal(study->problem.settings, &small->definition.sampler_settings);
    assert_int_equal(study->problem.n_threads, 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    study = NULL;
    small->definition.sampler_settings.cost_exponent = 0.5;
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    options.n_threads = ECOPT_MAX_THREADS + 1;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, &options, &study),
                  ECOPT_E_ARG);
    assert_null(study);
    options.n_threads = ECOPT_MAX_THREADS;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, &options, &study),
                  ECOPT_OK);
    assert_int_equal(study->problem.n_threads, ECOPT_MAX_THREADS);
    assert_true(study->problem.settings->cost_exponent == 0.5);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* ---- the view: what is read once and what is read again ---- */

/* The view of a handle that has seen everything happen equals that of one that opens now. */
static void check_view(eco_small_study *small, ecopt_study *study, size_t n_settled)
{
    eco_study_view view;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_int_equal(study->settled.n, n_settled);
    ecopt_snapshot *whole = eco_small_study_snapshot(small);
    assert_int_equal(view.n, whole->n_trials);
    assert_int_equal(view.history.trial, whole->n_trials + 1);
    assert_int_equal(view.history.n + view.history.n_pending, view.n);
    size_t over = 0, pending = 0;
    for (size_t i = 0; i < view.n; i++) {
        double x[2];
        const ecopt_trial *trial = &whole->trials[i];
        assert_int_equal(view.rows[i].state, trial->state);
        assert_status(small->ctx,
                      ecopt_space_parse_point(small->ctx, small->space, trial->point, x), ECOPT_OK);
        assert_memory_equal(view.rows[i].x, x, sizeof x);
        if (trial->state == ECOPT_TRIAL_RUNNING) {
            assert_memory_equal(view.history.pending + 2 * pending++, x, sizeof x);
            continue;
        }
        const eco_observation *seen = &view.history.observations[over++];
        const ecopt_metric_value *a = ecopt_trial_metric(trial, "a");
        const ecopt_metric_value *b = ecopt_trial_metric(trial, "b");
        assert_memory_equal(seen->x, x, sizeof x);
        assert_close(seen->y[0], a ? a->value : (double)NAN, 0, 0);
        assert_close(seen->y[1], b ? b->value : (double)NAN, 0, 0);
        assert_close(seen->y_se[0], NAN, 0, 0);
        assert_close(seen->y_se[1], b ? 0.1 / 1.959963984540054 : (double)NAN, 1e-15, 0);
    }
    assert_int_equal(over, view.n_ended);
    ecopt_snapshot_free(small->ctx, whole);
    eco_study_view_release(study, &view);
}

static void test_trials_told_out_of_order_are_seen(void **state)
{
    eco_small_study *small = *state;
    small->definition.budget.trials = 50;
    ecopt_study *study = eco_small_study_open(small);
    for (int i = 0; i < 5; i++)
        (void)ask(small, study, ECOPT_OK);
    check_view(small, study, 0);
    tell(small, study, 3);
    check_view(small, study, 0);
    tell(small, study, 1);
    check_view(small, study, 1);
    assert_status(small->ctx, ecopt_study_tell(study, 2, ECOPT_TRIAL_FAILED, "x", NULL, 0),
                  ECOPT_OK);
    check_view(small, study, 3);
    check_view(small, study, 3);
    tell(small, study, 5);
    check_view(small, study, 3);
    tell(small, study, 4);
    check_view(small, study, 5);
    /* Past the first growth of the table. */
    for (int64_t i = 6; i <= 40; i++) {
        assert_int_equal(ask(small, study, ECOPT_OK), i);
        tell(small, study, i);
    }
    check_view(small, study, 40);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    study = eco_small_study_open(small);
    check_view(small, study, 40);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static char *ask_points(eco_small_study *small, bool reopen)
{
    char *list = calloc(1, 8192);
    ecopt_study *study = eco_small_study_open(small);
    for (int64_t i = 1; i <= 9; i++) {
        int64_t trial = 0;
        char *point = NULL;
        assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
        (void)snprintf(list + strlen(list), 8192 - strlen(list), "%s\n", point);
        ecopt_text_free(small->ctx, point);
        if (i % 3 != 0)
            tell(small, study, i);
        if (i == 6)
            tell(small, study, 3);
        if (reopen) {
            assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
            study = eco_small_study_open(small);
        }
    }
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    return list;
}

static void test_one_handle_asks_for_the_same_points_as_many(void **state)
{
    (void)state;
    static const char *const samplers[] = {"random", "sobol", "mobo"};
    for (size_t i = 0; i < ECO_LEN(samplers); i++) {
        eco_small_study one, many;
        eco_small_study_init(&one, 40, true);
        eco_small_study_init(&many, 40, true);
        one.definition.sampler = many.definition.sampler = samplers[i];
        one.definition.budget.trials = many.definition.budget.trials = 20;
        char *a = ask_points(&one, false), *b = ask_points(&many, true);
        assert_string_equal(a, b);
        free(a);
        free(b);
        eco_small_study_release(&one);
        eco_small_study_release(&many);
    }
}

/* ---- memory ---- */

static ecopt_status open_ask_tell(ecopt_ctx *ctx, void *user)
{
    eco_small_study *small = user;
    static const ecopt_metric_value metrics[] = {{"a", 1, NAN}, {"b", 2, NAN}};
    ecopt_study *study = NULL;
    char folder[300];
    /* A new study each time: one that grew would need more allocations at every attempt. */
    (void)snprintf(folder, sizeof folder, "%s/small.ecopt", small->dir);
    eco_test_remove_dir(folder);
    char *point = NULL;
    int64_t trial = 0;
    ecopt_status status = ecopt_study_open(ctx, &small->definition, NULL, &study);
    if (status == ECOPT_OK)
        status = ecopt_study_ask(study, &trial, &point);
    if (status == ECOPT_OK)
        status = ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2);
    ecopt_text_free(ctx, point);
    (void)ecopt_study_close(study);
    return status;
}

static void test_allocation_failures_while_asking_and_telling(void **state)
{
    eco_small_study *small = *state;
    small->definition.budget.trials = 1000;
    small->definition.sampler = "sobol";
    eco_test_alloc_sweep(open_ask_tell, small);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 1);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static ecopt_status open_and_ask_queued(ecopt_ctx *ctx, void *user)
{
    eco_small_study *small = user;
    ecopt_study *study = NULL;
    char *point = NULL;
    int64_t trial = 0;
    ecopt_status status = ecopt_study_open(ctx, &small->definition, NULL, &study);
    if (status == ECOPT_OK)
        status = ecopt_study_ask(study, &trial, &point);
    if (status == ECOPT_OK)
        assert_int_equal(trial, 1);
    ecopt_text_free(ctx, point);
    (void)ecopt_study_close(study);
    return status;
}

static void test_a_claim_without_memory_puts_the_trial_back(void **state)
{
    eco_small_study *small = *state;
    leave_one_queued(small);
    /* Were trial 1 left running by a failed ask, a later one would give another number. */
    eco_test_alloc_sweep(open_and_ask_queued, small);
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_energy_of_a_trial_reaches_the_sampler),
        CASE(test_settings_and_threads_reach_the_sampler),
        CASE(test_the_reference_in_use_is_the_one_that_is_kept),
        CASE(test_the_reference_is_only_ever_extended),
        CASE(test_ask_is_not_bound_by_budgets_but_run_counts_it),
        cmocka_unit_test(test_ask_says_that_every_point_was_tried),
        CASE(test_ask_gives_the_waiting_trial_first),
        cmocka_unit_test(test_a_waiting_trial_is_run_although_the_space_is_exhausted),
        CASE(test_tell_refuses_bad_values_and_the_trial_waits_on),
        CASE(test_tell_refuses_states_that_are_not_outcomes),
        CASE(test_a_failed_trial_keeps_what_it_reported),
        CASE(test_trials_told_out_of_order_are_seen),
        cmocka_unit_test(test_one_handle_asks_for_the_same_points_as_many),
        CASE(test_allocation_failures_while_asking_and_telling),
        CASE(test_a_claim_without_memory_puts_the_trial_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
