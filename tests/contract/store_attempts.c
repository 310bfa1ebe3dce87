/* Several attempts of one trial: retried ones, counted by cause; fresh measurements. */
#include "support/store_fixture.h"

/* Retried: the attempt failed, its trial waits, and its causes are counted by attempt. */
static void test_a_retried_trial_waits_with_its_causes(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"loss"};
    (void)add(f, "a=1");
    (void)add(f, "a=2");
    for (int64_t i = 1; i <= 3; i++) {
        int64_t attempt = claim(f, 1, ECO_OWNER_RUN), n = -1;
        bool is_accepted = false;
        assert_int_equal(attempt, i);
        const eco_attempt_end failed = {.trial = 1,
                                        .attempt = attempt,
                                        .state = ECOPT_TRIAL_FAILED,
                                        .cause = ECOPT_CAUSE_SIGNAL,
                                        .is_retried = i < 3,
                                        .ended_s = 5};
        assert_status(f->ctx, eco_store_end_attempt(f->store, &failed, &is_accepted), ECOPT_OK);
        assert_true(is_accepted);
        assert_status(f->ctx, eco_store_count_attempts(f->store, 1, ECOPT_CAUSE_SIGNAL, &n),
                      ECOPT_OK);
        assert_int_equal(n, i);
        assert_status(f->ctx, eco_store_count_attempts(f->store, 1, ECOPT_CAUSE_EXIT, &n),
                      ECOPT_OK);
        assert_int_equal(n, 0);
        ecopt_snapshot *view = snapshot(f);
        assert_int_equal(view->trials[0].state, i < 3 ? ECOPT_TRIAL_QUEUED : ECOPT_TRIAL_FAILED);
        ecopt_snapshot_free(f->ctx, view);
    }
    eco_store_history *history = NULL;
    assert_status(f->ctx, eco_store_get_history(f->store, 0, names, 1, &history), ECOPT_OK);
    assert_int_equal(history->rows[0].cause, ECOPT_CAUSE_SIGNAL);
    assert_int_equal(history->rows[0].n_same, 3);
    assert_int_equal(history->rows[1].cause, ECOPT_CAUSE_NONE);
    assert_int_equal(history->rows[1].n_same, 0);
    eco_store_history_free(f->ctx, history);
}

/* That of the attempt that decides, of no earlier one. */
static void test_the_reason_is_that_of_the_decision(void **state)
{
    fixture *f = *state;
    static const char *const words[] = {"first", "second"};
    (void)add(f, "a=1");
    for (int i = 0; i < 2; i++) {
        char *reason = NULL;
        bool is_accepted = false;
        const eco_attempt_end failed = {.trial = 1,
                                        .attempt = claim(f, 1, ECO_OWNER_RUN),
                                        .state = ECOPT_TRIAL_FAILED,
                                        .reason = words[i],
                                        .is_retried = i == 0,
                                        .ended_s = 5};
        assert_status(f->ctx, eco_store_end_attempt(f->store, &failed, &is_accepted), ECOPT_OK);
        assert_status(f->ctx, eco_store_get_reason(f->store, 1, &reason), ECOPT_OK);
        assert_string_equal(reason, i == 0 ? "" : "second");
        eco_free(f->ctx, reason);
    }
}

/* Failed trials alone come back, and their next attempt decides. */
static void test_failed_trials_are_queued_again(void **state)
{
    static const ecopt_trial_state ends[] = {ECOPT_TRIAL_FAILED, ECOPT_TRIAL_COMPLETE,
                                             ECOPT_TRIAL_INFEASIBLE, ECOPT_TRIAL_FAILED};
    fixture *f = *state;
    bool is_accepted = false;
    int64_t n = -1;
    for (int64_t trial = 1; trial <= 4; trial++) {
        char point[16];
        (void)snprintf(point, sizeof point, "a=%d", (int)trial);
        (void)add(f, point);
        const eco_attempt_end end = {
            .trial = trial,
            .attempt = claim(f, trial, ECO_OWNER_RUN),
            .state = ends[trial - 1],
            .cause = ends[trial - 1] == ECOPT_TRIAL_FAILED ? ECOPT_CAUSE_EXIT : ECOPT_CAUSE_NONE,
            .ended_s = 5};
        assert_status(f->ctx, eco_store_end_attempt(f->store, &end, &is_accepted), ECOPT_OK);
    }
    assert_status(f->ctx, eco_store_requeue_failed(f->store, &n), ECOPT_OK);
    assert_int_equal(n, 2);
    ecopt_snapshot *view = snapshot(f);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(view->trials[i].state,
                         ends[i] == ECOPT_TRIAL_FAILED ? ECOPT_TRIAL_QUEUED : ends[i]);
    ecopt_snapshot_free(f->ctx, view);
    const eco_attempt_end good = {
        .trial = 4, .attempt = claim(f, 4, ECO_OWNER_RUN), .state = ECOPT_TRIAL_COMPLETE};
    assert_int_equal(good.attempt, 2);
    assert_status(f->ctx, eco_store_end_attempt(f->store, &good, &is_accepted), ECOPT_OK);
    assert_true(is_accepted);
    assert_status(f->ctx, eco_store_requeue_failed(f->store, &n), ECOPT_OK);
    assert_int_equal(n, 0); /* trial 1 waits already */
}

/* Only waiting trials, and only those above the number. */
static void test_giving_up_counts_causes_of_waiting_trials(void **state)
{
    fixture *f = *state;
    int64_t n = -1;
    for (int64_t trial = 1; trial <= 3; trial++) {
        char point[16];
        (void)snprintf(point, sizeof point, "a=%d", (int)trial);
        (void)add(f, point);
        for (int64_t i = 0; i < trial; i++) {
            bool is_accepted = false;
            const eco_attempt_end failed = {.trial = trial,
                                            .attempt = claim(f, trial, ECO_OWNER_RUN),
                                            .state = ECOPT_TRIAL_ABANDONED,
                                            .cause = ECOPT_CAUSE_LOST,
                                            .is_retried = true,
                                            .ended_s = 5};
            assert_status(f->ctx, eco_store_end_attempt(f->store, &failed, &is_accepted), ECOPT_OK);
        }
    }
    assert_status(f->ctx, eco_store_give_up(f->store, ECOPT_CAUSE_SIGNAL, 0, &n), ECOPT_OK);
    assert_int_equal(n, 0);
    assert_status(f->ctx, eco_store_give_up(f->store, ECOPT_CAUSE_LOST, 3, &n), ECOPT_OK);
    assert_int_equal(n, 0);
    assert_status(f->ctx, eco_store_give_up(f->store, ECOPT_CAUSE_LOST, 1, &n), ECOPT_OK);
    assert_int_equal(n, 2);
    assert_status(f->ctx, eco_store_give_up(f->store, ECOPT_CAUSE_LOST, 1, &n), ECOPT_OK);
    assert_int_equal(n, 0);
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->trials[0].state, ECOPT_TRIAL_QUEUED);
    assert_int_equal(view->trials[1].state, ECOPT_TRIAL_FAILED);
    assert_int_equal(view->trials[2].state, ECOPT_TRIAL_FAILED);
    assert_int_equal(view->trials[2].cause, ECOPT_CAUSE_LOST);
    ecopt_snapshot_free(f->ctx, view);
}

/* Ends an attempt as complete with two metrics and a phase of 1 J. */
static void complete(fixture *f, int64_t trial)
{
    const ecopt_metric_value metrics[] = {{"a", 1, NAN}, {"b", 2, NAN}};
    static ecopt_phase_record phase = {.phase = "train", .time_s = 1, .repeat = 1};
    phase.energy.energy_j = 1;
    const eco_attempt_end end = {.trial = trial,
                                 .attempt = claim(f, trial, ECO_OWNER_RUN),
                                 .state = ECOPT_TRIAL_COMPLETE,
                                 .reason = "",
                                 .ended_s = 3,
                                 .n_metrics = 2,
                                 .metrics = metrics,
                                 .n_phases = 1,
                                 .phases = &phase};
    bool is_accepted = false;
    assert_status(f->ctx, eco_store_end_attempt(f->store, &end, &is_accepted), ECOPT_OK);
    assert_true(is_accepted);
}

/* A fresh measurement replaces the metrics of a complete trial and nothing else. */
static void test_a_fresh_measurement_has_the_metrics(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"a"};
    const ecopt_metric_value metrics[] = {{"a", 42, 0.5}};
    const ecopt_decision decision = {.kind = "confirm", .verdict = "on the front", .numbers = "{}"};
    static ecopt_phase_record phases[2] = {{.phase = "evaluate", .time_s = 3, .repeat = 1},
                                           {.phase = "evaluate", .time_s = 3, .repeat = 2}};
    phases[0].energy.energy_j = phases[1].energy.energy_j = 100;
    eco_attempt_end fresh = {.trial = 1,
                             .state = ECOPT_TRIAL_COMPLETE,
                             .reason = "",
                             .ended_s = 9,
                             .n_metrics = 1,
                             .metrics = metrics,
                             .n_phases = 2,
                             .phases = phases,
                             .n_decisions = 1,
                             .decisions = &decision};
    double energy_j = 0;
    for (int i = 0; i < 3; i++) {
        char point[] = "x=0";
        point[2] = (char)('0' + i);
        (void)add(f, point);
        complete(f, i + 1);
    }
    (void)add(f, "x=9");
    ecopt_snapshot *before = snapshot(f);
    assert_status(f->ctx, eco_store_add_confirm(f->store, &fresh, 8, "trials/0001"), ECOPT_OK);
    assert_int_equal(fresh.attempt, 2);
    /* One that failed, and one that found its point off the front, spend and change nothing. */
    fresh.trial = 2;
    fresh.attempt = 0;
    fresh.state = ECOPT_TRIAL_FAILED;
    assert_status(f->ctx, eco_store_add_confirm(f->store, &fresh, 8, NULL), ECOPT_OK);
    fresh.trial = 3;
    fresh.attempt = 0;
    fresh.state = ECOPT_TRIAL_PRUNED;
    assert_status(f->ctx, eco_store_add_confirm(f->store, &fresh, 8, NULL), ECOPT_OK);
    assert_status(f->ctx, eco_store_pass_over(f->store, 3), ECOPT_OK);
    ecopt_snapshot *after = snapshot(f);
    for (size_t i = 0; i < 3; i++) {
        const ecopt_trial *trial = &after->trials[i];
        assert_int_equal(trial->state, ECOPT_TRIAL_COMPLETE);
        assert_int_equal(trial->n_phases, before->trials[i].n_phases);
        assert_int_equal(trial->n_confirmed, i == 0 ? 2 : 0);
        assert_int_equal(trial->is_passed_over, i == 2);
        assert_close(trial->spent_energy_j, before->trials[i].spent_energy_j + 200, 1e-12, 0);
    }
    assert_int_equal(after->trials[0].n_metrics, 1);
    assert_close(after->trials[0].metrics[0].value, 42, 0, 0);
    assert_int_equal(after->trials[1].n_metrics, before->trials[1].n_metrics);
    ecopt_snapshot_free(f->ctx, before);
    ecopt_snapshot_free(f->ctx, after);
    eco_store_history *history = NULL;
    assert_status(f->ctx, eco_store_get_history(f->store, 0, names, 1, &history), ECOPT_OK);
    assert_int_equal(history->n_confirmed, 3);
    assert_close(history->rows[0].values[0], 42, 0, 0);
    assert_int_equal(history->rows[0].repeats, 2);
    assert_int_equal(history->rows[0].measured, 2);
    assert_int_equal(history->rows[1].measured, -1);
    assert_int_equal(history->rows[2].measured, 0);
    eco_store_history_free(f->ctx, history);
    /* Nothing is measured of a trial that waits, or that there is not. */
    fresh.attempt = 0;
    for (fresh.trial = 4; fresh.trial <= 5; fresh.trial++)
        assert_status(f->ctx, eco_store_add_confirm(f->store, &fresh, 8, NULL), ECOPT_E_NOT_FOUND);
    assert_status(f->ctx, eco_store_get_phase_energy(f->store, "evaluate", &energy_j), ECOPT_OK);
    assert_close(energy_j, 100, 1e-12, 0);
    assert_status(f->ctx, eco_store_get_phase_energy(f->store, "none", &energy_j), ECOPT_OK);
    assert_true(isnan(energy_j));
}

/* Begun, one run kept, then its process is killed: the attempt is lost, its joules are spent, and
 * there is one run of which nobody knows what it took.  Another one that comes to its end is not.
 */
static void test_a_fresh_measurement_that_is_killed(void **state)
{
    fixture *f = *state;
    ecopt_phase_record phase = {.phase = "evaluate", .time_s = 3, .repeat = 1};
    const ecopt_metric_value metric = {"a", 42, 0.5};
    ecopt_energy_clear(&phase.energy);
    phase.energy.energy_j = 100;
    phase.energy.n_sources = 1;
    (void)add(f, "x=0");
    complete(f, 1);
    ecopt_snapshot *s = snapshot(f);
    double before_j = s->spent_energy_j;
    ecopt_snapshot_free(f->ctx, s);
    for (int n_runs = 1; n_runs <= 2; n_runs++) {
        eco_attempt_end run = {
            .trial = 1, .cause = ECOPT_CAUSE_LOST, .reason = "lost: killed", .ended_s = 9};
        assert_status(f->ctx, eco_store_keep_confirm(f->store, &run, 8, "trials/0001"), ECOPT_OK);
        assert_int_equal(run.attempt, n_runs + 1);
        run.n_phases = 1;
        run.phases = &phase;
        for (; run.n_kept < (size_t)n_runs; run.n_kept++) {
            phase.repeat = (int64_t)run.n_kept + 1;
            run.ended_s += 1;
            assert_status(f->ctx, eco_store_keep_confirm(f->store, &run, 0, NULL), ECOPT_OK);
        }
        /* All runs kept: nothing is unknown until the next one begins. */
        run.n_phases = 0;
        run.cause = ECOPT_CAUSE_NONE;
        assert_status(f->ctx, eco_store_keep_confirm(f->store, &run, 0, NULL), ECOPT_OK);
        s = snapshot(f);
        assert_int_equal(s->n_unmetered, n_runs - 1);
        ecopt_snapshot_free(f->ctx, s);
        run.cause = ECOPT_CAUSE_LOST;
        assert_status(f->ctx, eco_store_keep_confirm(f->store, &run, 0, NULL), ECOPT_OK);
        s = snapshot(f);
        assert_int_equal(s->n_unmetered, n_runs);
        assert_close(s->spent_energy_j, before_j + (n_runs == 1 ? 100 : 300), 1e-12, 0);
        assert_int_equal(s->trials[0].state, ECOPT_TRIAL_COMPLETE);
        assert_int_equal(s->trials[0].n_confirmed, 0);
        ecopt_snapshot_free(f->ctx, s);
    }
    eco_store_history *history = NULL;
    assert_status(f->ctx, eco_store_get_history(f->store, 0, NULL, 0, &history), ECOPT_OK);
    assert_int_equal(history->n_confirmed, 0);
    eco_store_history_free(f->ctx, history);
    eco_attempt_end end = {.trial = 1,
                           .attempt = 3,
                           .state = ECOPT_TRIAL_COMPLETE,
                           .ended_s = 20,
                           .n_metrics = 1,
                           .metrics = &metric};
    assert_status(f->ctx, eco_store_add_confirm(f->store, &end, 0, NULL), ECOPT_OK);
    s = snapshot(f);
    assert_int_equal(s->n_unmetered, 1);
    assert_int_equal(s->trials[0].n_confirmed, 2);
    assert_int_equal(s->trials[0].attempts, 3);
    assert_close(ecopt_trial_metric(&s->trials[0], "a")->value, 42, 0, 0);
    assert_close(s->spent_energy_j, before_j + 300, 1e-12, 0);
    ecopt_snapshot_free(f->ctx, s);
    /* Nothing is begun of a trial that waits. */
    (void)add(f, "x=1");
    /* It ends once, and what was never begun does not end. */
    assert_status(f->ctx, eco_store_add_confirm(f->store, &end, 0, NULL), ECOPT_E_NOT_FOUND);
    end.attempt = 7;
    assert_status(f->ctx, eco_store_add_confirm(f->store, &end, 0, NULL), ECOPT_E_NOT_FOUND);
    eco_attempt_end none = {.trial = 2, .reason = "", .ended_s = 9};
    assert_status(f->ctx, eco_store_keep_confirm(f->store, &none, 8, NULL), ECOPT_E_NOT_FOUND);
}

/* Rows of the tuner's own energy add up like windows, and are in nobody's trial. */
static void test_own_energy_adds_up(void **state)
{
    fixture *f = *state;
    eco_own_row row = {.worker = "w1",
                       .what = "run",
                       .started_s = 5,
                       .cpu_s = 0.5,
                       .energy_j = 3,
                       .u95_j = 0.3,
                       .gain_lo = 0.5,
                       .gain_hi = 2,
                       .quality = ECOPT_QUALITY_MEASURED_COUNTER,
                       .flags = ECOPT_FLAG_OVERLAP};
    ecopt_snapshot *view = snapshot(f);
    assert_int_equal(view->own.n, 0);
    assert_close(view->own.energy_j, 0, 0, 0);
    ecopt_snapshot_free(f->ctx, view);
    assert_status(f->ctx, eco_store_add_own(f->store, &row), ECOPT_OK);
    row = (eco_own_row){.worker = "w2",
                        .what = "run",
                        .started_s = 6,
                        .cpu_s = 0.25,
                        .energy_j = 1,
                        .u95_j = 0.4,
                        .gain_lo = 0.9,
                        .gain_hi = 1,
                        .quality = ECOPT_QUALITY_MODELLED_GENERIC,
                        .flags = ECOPT_FLAG_GAP};
    assert_status(f->ctx, eco_store_add_own(f->store, &row), ECOPT_OK);
    view = snapshot(f);
    assert_int_equal(view->own.n, 2);
    assert_close(view->own.cpu_s, 0.75, 1e-15, 0);
    assert_close(view->own.energy_j, 4, 1e-15, 0);
    assert_close(view->own.u95_j, 0.5, 1e-15, 0);
    assert_close(view->own.gain_lo, 0.6, 1e-15, 0);
    assert_close(view->own.gain_hi, 1.75, 1e-15, 0);
    assert_int_equal(view->own.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_int_equal(view->own.flags, ECOPT_FLAG_OVERLAP | ECOPT_FLAG_GAP);
    assert_true(isnan(view->spent_energy_j));
    ecopt_snapshot_free(f->ctx, view);
    /* Without joules the sum has none either. */
    row.energy_j = row.u95_j = NAN;
    row.quality = ECOPT_QUALITY_UNMEASURABLE;
    assert_status(f->ctx, eco_store_add_own(f->store, &row), ECOPT_OK);
    view = snapshot(f);
    assert_true(isnan(view->own.energy_j) && isnan(view->own.u95_j));
    assert_int_equal(view->own.quality, ECOPT_QUALITY_UNMEASURABLE);
    ecopt_snapshot_free(f->ctx, view);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_retried_trial_waits_with_its_causes),
        CASE(test_failed_trials_are_queued_again),
        CASE(test_the_reason_is_that_of_the_decision),
        CASE(test_giving_up_counts_causes_of_waiting_trials),
        CASE(test_a_fresh_measurement_has_the_metrics),
        CASE(test_a_fresh_measurement_that_is_killed),
        CASE(test_own_energy_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
