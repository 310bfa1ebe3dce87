/* Which failures are tried again, how often, and what the sampler learns of them. */
#include "study/retry.h"
#include "support/small_study.h"

#include <string.h>

/* Fails in the given way as often as there is no file t<N>.<i> for the trial's i-th attempt yet. */
#define FLAKY(times, how)                                                                          \
    "n=$(cat t{trial.id} 2>/dev/null || echo 0); echo $((n + 1)) >t{trial.id}; test $n -lt " times \
    " && " how "; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'"

static ecopt_snapshot *run_one_trial(eco_small_study *small, const char *script)
{
    small->args[2] = script;
    small->definition.budget.trials = 1;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 1);
    return snapshot;
}

static void test_a_flaky_program_gets_its_second_chance(void **state)
{
    eco_small_study *small = *state;
    small->definition.failures.retries[ECOPT_CAUSE_SIGNAL] = 1;
    ecopt_snapshot *snapshot = run_one_trial(small, FLAKY("1", "kill -KILL $$"));
    const ecopt_trial *trial = &snapshot->trials[0];
    assert_int_equal(trial->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(trial->cause, ECOPT_CAUSE_NONE);
    assert_int_equal(trial->attempts, 2);
    assert_string_equal(trial->reason, "");
    /* The first attempt's time was spent. */
    assert_true(trial->spent_time_s > trial->phases[0].time_s);
    assert_int_equal(trial->n_decisions, 1);
    assert_string_equal(trial->decisions[0].kind, "retry");
    assert_string_equal(trial->decisions[0].verdict, "again");
    assert_int_equal(trial->decisions[0].attempt, 1);
    assert_string_equal(trial->decisions[0].numbers,
                        "{\"cause\": \"signal\", \"failures\": 1, \"retries\": 1}");
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_retries_end(void **state)
{
    eco_small_study *small = *state;
    small->definition.failures.retries[ECOPT_CAUSE_EXIT] = 2;
    ecopt_snapshot *snapshot = run_one_trial(small, FLAKY("9", "exit 7"));
    const ecopt_trial *trial = &snapshot->trials[0];
    assert_int_equal(trial->state, ECOPT_TRIAL_FAILED);
    assert_int_equal(trial->cause, ECOPT_CAUSE_EXIT);
    assert_int_equal(trial->attempts, 3);
    assert_string_equal(trial->reason, "phase 'run': exit status 7");
    assert_int_equal(trial->n_decisions, 3);
    assert_string_equal(trial->decisions[2].verdict, "give up");
    assert_string_equal(trial->dir, "trials/0001.3");
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Each cause has retries of its own, and one without has none. */
static void test_causes_are_counted_apart(void **state)
{
    eco_small_study *small = *state;
    small->definition.failures.retries[ECOPT_CAUSE_EXIT] = 1;
    small->definition.failures.retries[ECOPT_CAUSE_SIGNAL] = 1;
    ecopt_snapshot *snapshot =
        run_one_trial(small, FLAKY("1", "exit 7") "; test $n -ne 1 || kill -SEGV $$");
    assert_int_equal(snapshot->trials[0].attempts, 3);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_without_retries_there_is_one_attempt(void **state)
{
    eco_small_study *small = *state;
    ecopt_snapshot *snapshot = run_one_trial(small, FLAKY("9", "exit 7"));
    assert_int_equal(snapshot->trials[0].attempts, 1);
    assert_int_equal(snapshot->trials[0].n_decisions, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Where nothing has ever been measured, nothing will be the second time. */
static void test_a_meter_that_is_not_there_is_not_asked_again(void **state)
{
    eco_small_study *small = *state;
    small->definition.failures.retries[ECOPT_CAUSE_METER] = 3;
    small->objectives[1].metric = "energy_j";
    small->definition.meter.sources = "none";
    ecopt_snapshot *snapshot = run_one_trial(small, eco_small_script);
    assert_int_equal(snapshot->trials[0].cause, ECOPT_CAUSE_METER);
    assert_int_equal(snapshot->trials[0].attempts, 1);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_failures_in_a_row_stop_the_run_and_not_the_next(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "test {trial.id} -eq 4 || exit 3; echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";
    small->definition.budget.max_failure_ratio = 1;
    small->definition.failures.consecutive = 3;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_CONSECUTIVE);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 3);
    ecopt_snapshot_free(small->ctx, snapshot);
    /* The fourth works, and counting begins anew. */
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[3].state, ECOPT_TRIAL_COMPLETE);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* As kill -9 in the middle of a trial leaves it: claimed, and nobody there. */
static void test_a_trial_that_kills_its_runs_is_given_up(void **state)
{
    eco_small_study *small = *state;
    small->definition.failures.retries[ECOPT_CAUSE_LOST] = 2;
    for (int lost = 1; lost <= 3; lost++) {
        ecopt_study *study = eco_small_study_open(small);
        eco_study_view view;
        eco_claim claim;
        const eco_claim_need need = {.owner = ECO_OWNER_RUN};
        assert_status(small->ctx, eco_study_claim_next(study, &need, &view, &claim), ECOPT_OK);
        assert_int_equal(claim.trial, 1);
        assert_int_equal(claim.attempt, lost);
        eco_claim_release(study, &claim);
        eco_study_view_release(study, &view);
        assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    }
    assert_status(small->ctx, ecopt_study_close(eco_small_study_open(small)), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_FAILED);
    assert_int_equal(snapshot->trials[0].cause, ECOPT_CAUSE_LOST);
    assert_non_null(strstr(snapshot->trials[0].reason, "lost: "));
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_what_the_sampler_learns(void **state)
{
    (void)state;
    static const struct {
        ecopt_trial_state state;
        ecopt_cause cause;
        int64_t n_same;
        eco_observed observed;
    } cases[] = {
        {ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE, 0, ECO_OBSERVED_COMPLETE},
        {ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_CONSTRAINT, 1, ECO_OBSERVED_COMPLETE},
        {ECOPT_TRIAL_INFEASIBLE, ECOPT_CAUSE_DECLARED, 1, ECO_OBSERVED_INFEASIBLE},
        {ECOPT_TRIAL_INFEASIBLE, ECOPT_CAUSE_MEMORY, 1, ECO_OBSERVED_INFEASIBLE},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_MEMORY, 1, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_EXIT, 1, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_TIMEOUT, 1, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NO_METRIC, 1, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NOT_A_NUMBER, 1, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_TOLD, 1, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_NONE, 0, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_SIGNAL, 1, ECO_OBSERVED_UNKNOWN},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_SIGNAL, 2, ECO_OBSERVED_FAILED},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_START, 2, ECO_OBSERVED_UNKNOWN},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_METER, 2, ECO_OBSERVED_UNKNOWN},
        {ECOPT_TRIAL_FAILED, ECOPT_CAUSE_LOST, 4, ECO_OBSERVED_UNKNOWN},
        {ECOPT_TRIAL_ABANDONED, ECOPT_CAUSE_STOPPED, 1, ECO_OBSERVED_UNKNOWN},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        assert_int_equal(eco_retry_observed(cases[i].state, cases[i].cause, cases[i].n_same),
                         cases[i].observed);
}

/* The view hands on what was stored: a signal that came twice, and one that came once. */
static void test_the_history_knows_repeated_causes(void **state)
{
    eco_small_study *small = *state;
    small->args[2] = "kill -SEGV $$";
    small->definition.budget.trials = 1;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    small->definition.budget.trials = 2;
    small->definition.failures.retries[ECOPT_CAUSE_SIGNAL] = 1;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_study *study = eco_small_study_open(small);
    eco_study_view view;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_int_equal(view.history.n, 2);
    assert_int_equal(view.history.observations[0].state, ECO_OBSERVED_UNKNOWN);
    assert_int_equal(view.history.observations[1].state, ECO_OBSERVED_FAILED);
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_flaky_program_gets_its_second_chance),
        TEST(test_retries_end),
        TEST(test_causes_are_counted_apart),
        TEST(test_without_retries_there_is_one_attempt),
        TEST(test_a_meter_that_is_not_there_is_not_asked_again),
        TEST(test_failures_in_a_row_stop_the_run_and_not_the_next),
        TEST(test_a_trial_that_kills_its_runs_is_given_up),
        cmocka_unit_test(test_what_the_sampler_learns),
        TEST(test_the_history_knows_repeated_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
