/* Pruning through ask, report and tell: who is ended, who is not, and what is left of it. */
#include "study/prune.h"
#include "support/small_study.h"

enum { STEPS = 10, WARM = 6 };

static ecopt_study *open_pruned(eco_small_study *small, ecopt_prune_rule rule)
{
    small->definition.pruning = (ecopt_pruning){.rule = rule,
                                                .steps = STEPS,
                                                .confidence = 0.95,
                                                .warmup_trials = WARM,
                                                .warmup_steps = 1,
                                                .reduction = 3};
    return eco_small_study_open(small);
}

/* a climbs to `end`, as the same share of it at each step. */
static double value_at(double end, int step)
{
    return end * (1 - 0.7 * exp(-step / 3.0));
}

/* Reports until told to stop; the step at which that was, 0 when it went to its end. */
static int train(eco_small_study *small, ecopt_study *study, int64_t trial, double end, double b)
{
    for (int step = 1; step <= STEPS; step++) {
        const ecopt_metric_value values[] = {{"a", value_at(end, step), (double)NAN},
                                             {"b", b, (double)NAN}};
        bool is_enough = false;
        assert_status(small->ctx, ecopt_study_report(study, trial, step, values, 2, &is_enough),
                      ECOPT_OK);
        if (is_enough)
            return step;
    }
    return 0;
}

/* Asks, trains and tells one trial; as train. */
static int run_one(eco_small_study *small, ecopt_study *study, double end, double b)
{
    int64_t trial;
    char *point = NULL;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    int step = train(small, study, trial, end, b);
    const ecopt_metric_value values[] = {{"a", value_at(end, STEPS), (double)NAN},
                                         {"b", b, (double)NAN}};
    if (step > 0)
        assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_PRUNED, "", NULL, 0),
                      ECOPT_OK);
    else
        assert_status(small->ctx,
                      ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", values, 2),
                      ECOPT_OK);
    return step;
}

/* Complete trials to compare with: better a costs more b. */
static void warm_up(eco_small_study *small, ecopt_study *study)
{
    for (int i = 0; i < WARM; i++)
        assert_int_equal(run_one(small, study, 0.4 + 0.1 * i, 1 + i), 0);
}

static void test_the_hopeless_are_ended_early(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_CURVE);
    warm_up(small, study);
    int hopeless = run_one(small, study, 0.45, 30);
    assert_true(hopeless > 0 && hopeless <= STEPS / 2);
    /* Better than all, cheaper than all, and one in a gap of the front go to their ends. */
    assert_int_equal(run_one(small, study, 1.2, 30), 0);
    assert_int_equal(run_one(small, study, 0.3, 0.5), 0);
    assert_int_equal(run_one(small, study, 0.66, 3.4), 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_what_is_left_of_a_pruned_trial(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_CURVE);
    warm_up(small, study);
    int step = run_one(small, study, 0.45, 30);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    const ecopt_trial *trial = &snapshot->trials[WARM];
    assert_int_equal(trial->state, ECOPT_TRIAL_PRUNED);
    assert_int_equal(trial->cause, ECOPT_CAUSE_PRUNED);
    assert_null(ecopt_trial_metric(trial, "a"));
    const ecopt_metric_value *expected = ecopt_trial_metric(trial, "a.expected");
    assert_non_null(expected);
    assert_true(fabs(expected->value - value_at(0.45, STEPS)) < expected->u95 + 0.05);
    assert_int_equal(trial->n_curves, 2);
    assert_string_equal(trial->curves[0].name, "a");
    assert_int_equal(trial->curves[0].n, (size_t)step);
    assert_close(trial->curves[0].points[0].value, value_at(0.45, 1), 1e-12, 0);
    assert_true(trial->n_decisions >= 1);
    const ecopt_decision *last = &trial->decisions[trial->n_decisions - 1];
    assert_string_equal(last->kind, "prune");
    assert_string_equal(last->verdict, "prune");
    assert_int_equal(last->step, step);
    assert_non_null(strstr(last->numbers, "\"useless\": "));
    assert_non_null(strstr(last->numbers, "\"a\": {\"from\": \"curve\""));
    /* Complete ones keep their curves, and those before the warm-up have no decisions. */
    assert_int_equal(snapshot->trials[0].n_curves, 2);
    assert_int_equal(snapshot->trials[0].curves[0].n, STEPS);
    assert_int_equal(snapshot->trials[0].n_decisions, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Also after the study was closed and opened between two trials: nothing but the store counts. */
static void test_verdicts_are_the_same_after_a_restart(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_CURVE);
    const double ends[] = {0.5, 0.7, 0.85, 0.2};
    int steps[2][4];
    warm_up(small, study);
    for (int i = 0; i < 4; i++)
        steps[0][i] = run_one(small, study, ends[i], 10 + i);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study other;
    eco_small_study_init(&other, 40, true);
    study = open_pruned(&other, ECOPT_PRUNE_CURVE);
    warm_up(&other, study);
    for (int i = 0; i < 4; i++) {
        assert_status(other.ctx, ecopt_study_close(study), ECOPT_OK);
        study = eco_small_study_open(&other);
        steps[1][i] = run_one(&other, study, ends[i], 10 + i);
    }
    assert_status(other.ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study_release(&other);
    assert_memory_equal(steps[0], steps[1], sizeof steps[0]);
}

static void test_rungs_keep_the_best_third(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_ASHA);
    warm_up(small, study);
    /* Rungs at the steps 1, 3 and 9. */
    int worst = run_one(small, study, 0.2, 30);
    assert_int_equal(worst, 1);
    assert_int_equal(run_one(small, study, 1.5, 0.5), 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    const ecopt_trial *trial = &snapshot->trials[WARM];
    assert_int_equal(trial->n_decisions, 1);
    assert_non_null(strstr(trial->decisions[0].numbers, "\"rung\": 1, \"rank\": 7, \"of\": 7"));
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_nothing_is_ended_without_a_rule(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_NONE);
    warm_up(small, study);
    assert_int_equal(run_one(small, study, 0.01, 40), 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_reports_that_are_refused(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_CURVE);
    const ecopt_metric_value value = {"a", 1, (double)NAN};
    bool is_enough = false;
    assert_status(small->ctx, ecopt_study_report(study, 1, 1, &value, 1, &is_enough),
                  ECOPT_E_NOT_FOUND);
    assert_int_equal(run_one(small, study, 0.5, 1), 0);
    assert_status(small->ctx, ecopt_study_report(study, 1, 1, &value, 1, &is_enough), ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_report(study, 1, 0, &value, 1, &is_enough), ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* A study that is closed in the middle of a trial forgets what was reported, and leaks nothing. */
static void test_reports_of_an_open_trial_are_forgotten(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_pruned(small, ECOPT_PRUNE_CURVE);
    int64_t trial;
    char *point = NULL;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    assert_int_equal(train(small, study, trial, 0.5, 1), 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_probability_below_a_cost(void **state)
{
    (void)state;
    eco_prune_end end = {.source = ECO_END_CURVE,
                         .at = {.mean = 2, .sd = 1, .freedom = INFINITY, .bound = 5},
                         .least = 1};
    assert_close(eco_prune_end_below(&end, 2), 0.5, 1e-12, 0);
    assert_close(eco_prune_end_below(&end, 0.9), 0, 0, 0);
    assert_close(eco_prune_end_below(&end, 5), 1, 0, 0);
    assert_close(eco_prune_end_below(&end, 1e300), 1, 0, 0);
    assert_close(eco_prune_end_below(&end, -INFINITY), 0, 0, 0);
    end.at.freedom = 3;
    assert_close(eco_prune_end_below(&end, 3) + eco_prune_end_below(&end, 1), 1, 1e-12, 0);
    end.source = ECO_END_UNKNOWN;
    assert_close(eco_prune_end_below(&end, 1.5), 1, 0, 0);
    end = (eco_prune_end){
        .source = ECO_END_MEASURED, .at = {.mean = 2, .bound = INFINITY}, .least = -INFINITY};
    assert_close(eco_prune_end_below(&end, 1.99), 0, 0, 0);
    assert_close(eco_prune_end_below(&end, 2), 1, 0, 0);
}

static void test_rungs(void **state)
{
    (void)state;
    const ecopt_pruning pruning = {.warmup_steps = 2, .reduction = 3};
    const double rungs[] = {2, 6, 18, 54};
    for (size_t r = 0; r < ECO_LEN(rungs); r++)
        assert_close(eco_prune_rung(&pruning, r), rungs[r], 0, 0);
}

#define WITH_STUDY(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STUDY(test_the_hopeless_are_ended_early),
        WITH_STUDY(test_what_is_left_of_a_pruned_trial),
        WITH_STUDY(test_verdicts_are_the_same_after_a_restart),
        WITH_STUDY(test_rungs_keep_the_best_third),
        WITH_STUDY(test_nothing_is_ended_without_a_rule),
        WITH_STUDY(test_reports_that_are_refused),
        WITH_STUDY(test_reports_of_an_open_trial_are_forgotten),
        cmocka_unit_test(test_probability_below_a_cost),
        cmocka_unit_test(test_rungs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
