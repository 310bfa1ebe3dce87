/*
 * Steps of a running trial: printed or logged, they are shown to the guide while the program runs,
 * and what a program that was cut off has said so far is not taken for its end.
 */
#include "support/trial_fixture.h"

enum { ROOM = 8 };

/* A guide that ends the trial at a step; 0: never. */
typedef struct watch {
    int64_t prune_at;
    ecopt_status status;      /* of the last call */
    size_t n, n_in_order;     /* of them: one above the one before, with twice as much accuracy */
    int64_t step[ROOM], last; /* the first ones */
    double accuracy[ROOM];
} watch;

static ecopt_status on_step(void *user, const eco_trial_step *step, eco_str *reason,
                            eco_verdict *ret_verdict)
{
    watch *w = user;
    double accuracy = (double)NAN;
    for (size_t i = 0; i < step->n; i++)
        if (strcmp(step->values[i].name, "accuracy") == 0)
            accuracy = step->values[i].value;
    if (w->n < ROOM) {
        w->step[w->n] = step->step;
        w->accuracy[w->n] = accuracy;
    }
    w->n++;
    w->n_in_order += step->step == w->last + 1 && accuracy == 2.0 * (double)step->step;
    w->last = step->step;
    if (step->step == w->prune_at) {
        eco_str_add(reason, "enough");
        *ret_verdict = ECO_VERDICT_PRUNE;
    }
    return w->status;
}

static void use_watch(fixture *f, watch *w, eco_trial_guide *guide, const char *script)
{
    *guide = (eco_trial_guide){.user = w, .on_step = on_step};
    f->request.guide = guide;
    f->args[0][2] = script;
}

/* The program would never end by itself. */
static void test_a_logged_step_ends_a_program_that_runs(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 2};
    eco_trial_guide guide;
    use_watch(f, &w, &guide,
              "for i in 1 2 3; do echo '{\"step\": '$i', \"accuracy\": 0.'$i'}' >>$ECOPT_LOG;"
              " sleep 0.3; done; while :; do sleep 1; done");
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_PRUNED);
    assert_int_equal(outcome->cause, ECOPT_CAUSE_PRUNED);
    assert_string_equal(outcome->reason, "phase 'train': enough");
    assert_int_equal(w.n, 2);
    assert_true(w.step[0] == 1 && w.accuracy[0] == 0.1);
    assert_true(w.step[1] == 2 && w.accuracy[1] == 0.2);
    /* A point of the curve, and no final value. */
    assert_int_equal(outcome->n_curves, 1);
    assert_string_equal(outcome->curves[0].name, "accuracy");
    assert_true(outcome->curves[0].n >= 2);
    assert_true(isnan(value_of(outcome, "accuracy")));
    eco_outcome_free(f->ctx, outcome);
}

/* Whether ECOpt looked in time must not decide. */
static void test_a_quick_program_gets_the_same_verdict(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 2};
    eco_trial_guide guide;
    static const char *const scripts[] = {
        "for i in 1 2 3; do echo '{\"step\": '$i', \"accuracy\": 0.'$i'}' >>$ECOPT_LOG; done",
        "for i in 1 2 3; do echo '[ecopt] {\"step\": '$i', \"accuracy\": 0.'$i'}'; done"};
    for (size_t i = 0; i < ECO_LEN(scripts); i++) {
        w.n = 0;
        use_watch(f, &w, &guide, scripts[i]);
        eco_outcome *outcome = run_trial(f);
        assert_int_equal(outcome->state, ECOPT_TRIAL_PRUNED);
        assert_int_equal(w.n, 2);
        eco_outcome_free(f->ctx, outcome);
    }
}

/* The end comes without a step, and is the value; a line without its newline counts at the end. */
static void test_a_log_that_goes_to_its_end(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 0};
    eco_trial_guide guide;
    use_watch(f, &w, &guide,
              "printf '{\"step\": 1, \"accu' >>$ECOPT_LOG; sleep 0.3;"
              "printf 'racy\": 0.5}\\nno json\\n\\n{\"accuracy\": 0.75}' >>$ECOPT_LOG");
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(w.n, 1);
    assert_true(w.step[0] == 1 && w.accuracy[0] == 0.5);
    assert_true(value_of(outcome, "accuracy") == 0.75);
    assert_int_equal(outcome->n_curves, 1);
    assert_int_equal(outcome->curves[0].n, 1);
    eco_outcome_free(f->ctx, outcome);
}

/* What a pattern finds on stderr behind a logged step is not of that step. */
static void test_a_logged_step_is_of_its_line_alone(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 0};
    eco_trial_guide guide;
    f->metrics[0] =
        (ecopt_metric){.name = "loss", .kind = ECOPT_METRIC_REGEX, .regex = "loss=([0-9.]+)"};
    f->definition.n_metrics = 1;
    use_watch(f, &w, &guide,
              "echo '{\"step\": 1, \"accuracy\": 0.5}' >>$ECOPT_LOG; sleep 0.4;"
              " echo loss=0.25 >&2; echo '[ecopt] {\"accuracy\": 1}'");
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(outcome->n_curves, 1);
    assert_string_equal(outcome->curves[0].name, "accuracy");
    assert_true(value_of(outcome, "loss") == 0.25);
    eco_outcome_free(f->ctx, outcome);
}

/* More than is read at once: every step once, in its order. */
static void test_a_long_log_is_shown_whole(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 0};
    eco_trial_guide guide;
    use_watch(
        f, &w, &guide,
        "awk 'BEGIN { for (i = 1; i <= 3000; i++)"
        " printf \"{\\\"step\\\": %d, \\\"accuracy\\\": %d, \\\"%0100d\\\": 1}\\n\", i, 2 * i, 0"
        " }' >>$ECOPT_LOG; echo '{\"accuracy\": 1}' >>$ECOPT_LOG");
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(w.n, 3000);
    assert_int_equal(w.n_in_order, 3000);
    eco_outcome_free(f->ctx, outcome);
}

/* A program may write its log anew, and each phase goes on behind the one before. */
static void test_a_log_that_is_written_anew(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 0};
    eco_trial_guide guide;
    use_watch(f, &w, &guide,
              "for i in 1 2 3; do echo '{\"step\": '$i', \"accuracy\": 1}' >>$ECOPT_LOG; done;"
              " sleep 0.3; echo '{\"step\": 9, \"accuracy\": 2}' >$ECOPT_LOG");
    f->args[1][2] = "echo '{\"step\": 20, \"accuracy\": 3}' >>$ECOPT_LOG;"
                    "echo '{\"accuracy\": 4}' >>$ECOPT_LOG";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    static const int64_t steps[] = {1, 2, 3, 9, 20};
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(w.n, ECO_LEN(steps));
    for (size_t i = 0; i < w.n; i++)
        assert_int_equal(w.step[i], steps[i]);
    eco_outcome_free(f->ctx, outcome);
}

/* What is no file to read is told at the end of the phase, as before. */
static void test_a_log_that_cannot_be_read(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 0};
    eco_trial_guide guide;
    use_watch(f, &w, &guide, "mkdir $ECOPT_LOG; sleep 0.3");
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    assert_int_equal(w.n, 0);
    eco_outcome_free(f->ctx, outcome);
}

static void test_a_guide_that_fails_ends_program_and_study(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 0, .status = ECOPT_E_NOT_PD};
    eco_trial_guide guide;
    eco_outcome *outcome = NULL;
    use_watch(f, &w, &guide,
              "echo '{\"step\": 1, \"accuracy\": 1}' >>$ECOPT_LOG; while :; do sleep 1; done");
    assert_status(f->ctx, eco_trial_run(f->ctx, &f->request, &outcome), ECOPT_E_NOT_PD);
    assert_null(outcome);
    assert_int_equal(w.n, 1);
}

/* A pattern's last match is whatever was printed so far; a line without a step is final. */
static void test_what_a_pattern_found_of_a_cut_phase_is_no_end(void **state)
{
    fixture *f = *state;
    watch w = {.prune_at = 2};
    eco_trial_guide guide;
    f->metrics[0] =
        (ecopt_metric){.name = "loss", .kind = ECOPT_METRIC_REGEX, .regex = "loss=([0-9.]+)"};
    f->definition.n_metrics = 1;
    static const char *const script =
        "echo '[ecopt] {\"size\": 12}'; for i in 1 2 3; do echo loss=0.$i;"
        " echo '[ecopt] {\"step\": '$i', \"accuracy\": 0.5}'; done;"
        " echo '[ecopt] {\"accuracy\": 1}'";
    use_watch(f, &w, &guide, script);
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_PRUNED);
    assert_true(isnan(value_of(outcome, "loss")));
    assert_true(value_of(outcome, "size") == 12);
    assert_true(isnan(value_of(outcome, "train.time_s")) && isnan(value_of(outcome, "time_s")));
    eco_outcome_free(f->ctx, outcome);
    /* Of the phase before it is one. */
    w.n = 0;
    f->args[0][2] = "echo loss=0.25";
    f->args[1][2] = script;
    f->definition.n_phases = 2;
    f->metrics[0].phase = "train";
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_PRUNED);
    assert_true(value_of(outcome, "loss") == 0.25);
    assert_true(value_of(outcome, "train.time_s") > 0);
    assert_true(isnan(value_of(outcome, "evaluate.time_s")));
    eco_outcome_free(f->ctx, outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_a_logged_step_ends_a_program_that_runs),
        TRIAL_TEST(test_a_quick_program_gets_the_same_verdict),
        TRIAL_TEST(test_a_log_that_goes_to_its_end),
        TRIAL_TEST(test_a_logged_step_is_of_its_line_alone),
        TRIAL_TEST(test_a_long_log_is_shown_whole),
        TRIAL_TEST(test_a_log_that_is_written_anew),
        TRIAL_TEST(test_a_log_that_cannot_be_read),
        TRIAL_TEST(test_a_guide_that_fails_ends_program_and_study),
        TRIAL_TEST(test_what_a_pattern_found_of_a_cut_phase_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
