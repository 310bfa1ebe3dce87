/* Views and progress figures that are kept between trials, against ones that are worked out anew.
 */
#include "support/small_study.h"

#include "core/rng.h"
#include "pareto/cost.h"
#include "study/study_impl.h"

enum { N_TRIALS = 90, N_OUT = 5 };

/* Whole numbers out of few, so that equal points and dominated ones are frequent. */
static void tell_something(eco_small_study *small, ecopt_study *study, int64_t trial, eco_rng *rng)
{
    const ecopt_metric_value metrics[] = {{"a", (double)eco_rng_below(rng, 9), NAN},
                                          {"b", (double)eco_rng_below(rng, 9), 0.5}};
    static const ecopt_trial_state states[] = {ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_COMPLETE,
                                               ECOPT_TRIAL_COMPLETE, ECOPT_TRIAL_COMPLETE,
                                               ECOPT_TRIAL_FAILED,   ECOPT_TRIAL_INFEASIBLE};
    ecopt_trial_state state = states[eco_rng_below(rng, ECO_LEN(states))];
    assert_status(
        small->ctx,
        ecopt_study_tell(study, trial, state, "", metrics, state == ECOPT_TRIAL_COMPLETE ? 2 : 0),
        ECOPT_OK);
}

/* Costs of what may be on the front, from what is stored. */
static size_t stored_costs(const eco_small_study *small, const ecopt_snapshot *snapshot,
                           double *costs)
{
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        if (trial->state != ECOPT_TRIAL_COMPLETE)
            continue;
        double a = ecopt_trial_metric(trial, "a")->value, b = ecopt_trial_metric(trial, "b")->value;
        if (a > 7)
            continue; /* breaks the constraint */
        costs[2 * n] = eco_cost(&small->objectives[0], a);
        costs[2 * n++ + 1] = eco_cost(&small->objectives[1], b);
    }
    return n;
}

static void check_progress(eco_small_study *small, ecopt_study *study, const eco_study_view *view,
                           double *ret_hypervolume)
{
    double costs[2 * N_TRIALS], reference[2], expected = NAN;
    size_t index[N_TRIALS], expected_size = 0, front_size = 99;
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    size_t n = stored_costs(small, snapshot, costs);
    for (size_t k = 0; k < 2; k++)
        reference[k] = eco_cost(&small->objectives[k], view->history.reference[k]);
    assert_status(small->ctx, ecopt_nondominated(small->ctx, n, 2, costs, index, &expected_size),
                  ECOPT_OK);
    if (isfinite(reference[0]) && isfinite(reference[1]))
        assert_status(small->ctx, ecopt_hypervolume(small->ctx, n, 2, costs, reference, &expected),
                      ECOPT_OK);
    /* Twice: the second time the figures are those that are kept. */
    for (int k = 0; k < 2; k++) {
        assert_status(small->ctx, eco_study_progress(study, view, &front_size, ret_hypervolume),
                      ECOPT_OK);
        assert_int_equal(front_size, expected_size);
        assert_true(*ret_hypervolume == expected || (isnan(*ret_hypervolume) && isnan(expected)));
    }
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* What a view says of the trials is what the store has of them. */
static void check_view(eco_small_study *small, const eco_study_view *view)
{
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    size_t over = 0, n_failed = 0, n_complete = 0;
    assert_int_equal(view->n, snapshot->n_trials);
    for (size_t i = 0; i < view->n; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        assert_int_equal(view->rows[i].state, trial->state);
        if (trial->state == ECOPT_TRIAL_RUNNING)
            continue;
        const eco_observation *observation = &view->history.observations[over++];
        const ecopt_metric_value *a = ecopt_trial_metric(trial, "a");
        assert_true(observation->x == view->rows[i].x);
        assert_true(a ? observation->y[0] == a->value : isnan(observation->y[0]));
        n_failed += trial->state == ECOPT_TRIAL_FAILED;
        n_complete += trial->state == ECOPT_TRIAL_COMPLETE;
    }
    assert_int_equal(view->history.n, over);
    assert_int_equal(view->history.n_pending, view->n - over);
    assert_int_equal(view->n_ended, over);
    assert_int_equal(view->n_failed, n_failed);
    assert_int_equal(view->n_complete, n_complete);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Asks until N_OUT trials are out. */
static void ask_more(eco_small_study *small, ecopt_study *study, int64_t *out, size_t *n_out)
{
    while (*n_out < N_OUT) {
        char *point = NULL;
        assert_status(small->ctx, ecopt_study_ask(study, &out[(*n_out)++], &point), ECOPT_OK);
        ecopt_text_free(small->ctx, point);
    }
}

static void set_up_study(eco_small_study *small, ecopt_constraint *constraint)
{
    eco_small_study_init(small, 40, true);
    *constraint =
        (ecopt_constraint){.metric = "a", .relation = ECOPT_AT_MOST, .bound = 7, .text = "a <= 7"};
    small->definition.n_constraints = 1;
    small->definition.constraints = constraint;
}

static void test_kept_figures_are_those_of_all_trials(void **state)
{
    (void)state;
    static eco_small_study small; /* too large for a stack frame */
    ecopt_constraint constraint;
    set_up_study(&small, &constraint);
    ecopt_study *study = eco_small_study_open(&small);
    eco_rng rng;
    eco_rng_init(&rng, 11, 0, 0);
    int64_t out[N_OUT];
    size_t n_out = 0;
    double hypervolume = NAN;
    for (int told = 0; told + N_OUT < N_TRIALS; told++) {
        eco_study_view view, older;
        ask_more(&small, study, out, &n_out);
        size_t i = (size_t)eco_rng_below(&rng, N_OUT);
        /* A view that was there before the tell keeps what it saw; also with the tables that a
         * third one has left. */
        assert_status(small.ctx, eco_study_view_init(study, &older), ECOPT_OK);
        size_t over = older.history.n;
        tell_something(&small, study, out[i], &rng);
        out[i] = out[--n_out];
        assert_status(small.ctx, eco_study_view_init(study, &view), ECOPT_OK);
        assert_int_equal(older.history.n, over);
        assert_int_equal(view.history.n, over + 1);
        check_view(&small, &view);
        check_progress(&small, study, &view, &hypervolume);
        eco_study_view_release(study, told % 2 ? &older : &view);
        eco_study_view_release(study, told % 2 ? &view : &older);
    }
    assert_true(isfinite(hypervolume) && hypervolume > 0);
    assert_status(small.ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study_release(&small);
}

/* An older view asked after a newer one: the kept front starts anew. */
static void test_an_older_view_has_its_own_front(void **state)
{
    (void)state;
    eco_small_study small;
    ecopt_constraint constraint;
    set_up_study(&small, &constraint);
    ecopt_study *study = eco_small_study_open(&small);
    const ecopt_metric_value metrics[][2] = {{{"a", 1, NAN}, {"b", 1, NAN}},
                                             {{"a", 2, NAN}, {"b", 2, NAN}}};
    static eco_study_view views[3]; /* frames are small */
    assert_status(small.ctx, eco_study_view_init(study, &views[0]), ECOPT_OK);
    for (int i = 0; i < 2; i++) {
        int64_t trial = 0;
        char *point = NULL;
        assert_status(small.ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
        ecopt_text_free(small.ctx, point);
        assert_status(small.ctx,
                      ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics[i], 2),
                      ECOPT_OK);
        assert_status(small.ctx, eco_study_view_init(study, &views[i + 1]), ECOPT_OK);
    }
    for (int i = 2; i >= 0; i--) {
        size_t front_size = 99;
        double hypervolume = 0;
        assert_status(small.ctx, eco_study_progress(study, &views[i], &front_size, &hypervolume),
                      ECOPT_OK);
        assert_int_equal(front_size, i);
        assert_true(isnan(hypervolume));
        eco_study_view_release(study, &views[i]);
    }
    assert_status(small.ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study_release(&small);
}

static void test_a_trial_is_found_without_a_view(void **state)
{
    (void)state;
    eco_small_study small;
    eco_small_study_init(&small, 40, true);
    ecopt_study *study = eco_small_study_open(&small);
    ecopt_trial_state found = ECOPT_TRIAL_FAILED;
    int64_t out[N_OUT], attempts = -1;
    size_t n_out = 0;
    ask_more(&small, study, out, &n_out);
    eco_rng rng;
    eco_rng_init(&rng, 3, 0, 0);
    tell_something(&small, study, 1, &rng);
    tell_something(&small, study, 3, &rng);
    for (int round = 0; round < 2; round++) {
        static const int64_t none[] = {INT64_MIN, -1, 0, N_OUT + 1, INT64_MAX};
        for (int64_t i = 1; i <= N_OUT; i++) {
            assert_status(small.ctx, eco_study_find_trial(study, i, &found, &attempts), ECOPT_OK);
            assert_int_equal(found == ECOPT_TRIAL_RUNNING, i != 1 && i != 3);
            assert_int_equal(attempts, 1);
        }
        for (size_t i = 0; i < ECO_LEN(none); i++)
            assert_status(small.ctx, eco_study_find_trial(study, none[i], &found, &attempts),
                          ECOPT_E_NOT_FOUND);
        /* In the second round the first trial is settled. */
        eco_study_view view;
        assert_status(small.ctx, eco_study_view_init(study, &view), ECOPT_OK);
        eco_study_view_release(study, &view);
        assert_int_equal(study->settled.n, 1);
    }
    assert_status(small.ctx, ecopt_study_close(study), ECOPT_OK);
    eco_small_study_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_figures_are_those_of_all_trials),
        cmocka_unit_test(test_an_older_view_has_its_own_front),
        cmocka_unit_test(test_a_trial_is_found_without_a_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
