/* A deployment in the loop: the baseline first, points that are worth most, and the end. */
#include "support/small_study.h"

#include "study/stop_rules.h"
#include "study/worth.h"

#include <sqlite3.h>
#include <unistd.h>

/* Joules per request are b, the k of the small study; a >= 0.2 is asked for. */
static void deploy(eco_small_study *small, double requests)
{
    small->objectives[0].has_threshold = true;
    small->objectives[0].threshold = 0.2;
    small->definition.deployment = (ecopt_deployment){.is_set = true,
                                                      .requests = requests,
                                                      .metric = "b",
                                                      .baseline = "x=0.5 k=20",
                                                      .baseline_j = NAN,
                                                      .trial_j = NAN,
                                                      .per_day = NAN};
}

static void test_needs_a_deployment(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    ecopt_worth worth = {.trial = 9};
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_E_ARG);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "the study has no section 'deployment'");
    assert_int_equal(worth.trial, 9);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* The store says what the end was decided by. */
static void check_note(const eco_small_study *small)
{
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    (void)snprintf(path, sizeof path, "%s/small.ecopt/study.db", small->dir);
    if (access(path, R_OK) != 0)
        (void)snprintf(path, sizeof path, "%s/study.ecopt/study.db", small->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "select json_extract(numbers, '$.cost_j'), verdict from "
                                        "decision where trial = 0 and kind = 'stop'",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_close(sqlite3_column_double(stmt, 0), 1e4, 0, 0);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 1), "worth");
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Told what a trial and a request take, the search need not begin. */
static void test_stops_before_the_first_trial(void **state)
{
    eco_small_study *small = *state;
    ecopt_worth worth;
    deploy(small, 1000);
    small->definition.deployment.baseline_j = 2;
    small->definition.deployment.trial_j = 1e4;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_WORTH);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 0);
    check_note(small);
    ecopt_snapshot_free(small->ctx, snapshot);
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_true(worth.is_known && !worth.is_worth);
    assert_close(worth.baseline_j, 2, 0, 0);
    assert_close(worth.cost_j, 1e4, 0, 0);
    assert_close(worth.saving_j, 1000 * worth.gain_j, 1e-15, 0);
    /* For more requests it would pay, and the answer for the declared ones is not lost by that. */
    assert_status(small->ctx, ecopt_study_worth(study, 1e6, &worth), ECOPT_OK);
    assert_true(worth.is_worth);
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_false(worth.is_worth);
    assert_status(small->ctx, ecopt_study_worth(study, 0, &worth), ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void ask_tell(eco_small_study *small, ecopt_study *study, const char *origin)
{
    char *point = NULL;
    int64_t trial = 0;
    double x[2];
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    assert_status(small->ctx, ecopt_space_parse_point(small->ctx, small->space, point, x),
                  ECOPT_OK);
    if (trial == 1)
        assert_string_equal(point, "x=0.5 k=20");
    ecopt_text_free(small->ctx, point);
    const ecopt_metric_value metrics[] = {
        {"a", x[0], NAN}, {"b", x[1], NAN}, {"energy_j", 10, NAN}};
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 3),
                  ECOPT_OK);
    ecopt_snapshot *snapshot = NULL;
    assert_status(small->ctx, ecopt_study_snapshot(study, &snapshot), ECOPT_OK);
    assert_string_equal(snapshot->trials[trial - 1].origin, origin);
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Several at once: no two of them at one place. */
static void test_points_beside_running_trials(void **state)
{
    eco_small_study *small = *state;
    double x[4][2];
    deploy(small, 1e6);
    small->definition.sampler = "mobo";
    ecopt_study *study = eco_small_study_open(small);
    ask_tell(small, study, "baseline");
    for (int i = 0; i < 4; i++)
        ask_tell(small, study, i < 2 ? "sobol" : "worth");
    for (int i = 0; i < 4; i++) {
        char *point = NULL;
        int64_t trial = 0;
        assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
        assert_status(small->ctx, ecopt_space_parse_point(small->ctx, small->space, point, x[i]),
                      ECOPT_OK);
        ecopt_text_free(small->ctx, point);
        for (int k = 0; k < i; k++)
            assert_true(fabs(x[i][0] - x[k][0]) > 0.005 || x[i][1] != x[k][1]);
    }
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_points_and_end(void **state)
{
    eco_small_study *small = *state;
    ecopt_worth worth;
    deploy(small, 100);
    small->definition.sampler = "mobo";
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_true(!worth.is_known && worth.is_worth);
    ask_tell(small, study, "baseline");
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_true(worth.is_known);
    assert_close(worth.baseline_j, 20, 0, 0);
    assert_close(worth.cost_j, 10, 0, 0);
    ask_tell(small, study, "sobol");
    ask_tell(small, study, "sobol");
    for (int i = 0; i < 9; i++)
        ask_tell(small, study, "worth");
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_true(worth.trial > 3);
    assert_true(worth.current_j < 3);
    /* With 1 J per request at the best, a request fewer than a trial's joules pays for nothing. */
    assert_status(small->ctx, ecopt_study_worth(study, 1, &worth), ECOPT_OK);
    assert_false(worth.is_worth);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Joules that are told beforehand need no trial of the baseline. */
static void test_a_told_baseline_is_not_run(void **state)
{
    eco_small_study *small = *state;
    deploy(small, 1e6);
    small->definition.deployment.baseline_j = 30;
    ecopt_study *study = eco_small_study_open(small);
    char *point = NULL;
    int64_t trial = 0;
    ecopt_worth worth;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    assert_string_not_equal(point, "x=0.5 k=20");
    ecopt_text_free(small->ctx, point);
    /* What was expected of nothing is not kept when the trial that was under way has ended. */
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_int_equal(worth.trial, 0);
    const ecopt_metric_value metrics[] = {{"a", 0.9, NAN}, {"b", 4, NAN}, {"energy_j", 10, NAN}};
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 3),
                  ECOPT_OK);
    assert_status(small->ctx, ecopt_study_worth(study, NAN, &worth), ECOPT_OK);
    assert_int_equal(worth.trial, 1);
    assert_close(worth.current_j, 4, 0, 0);
    assert_close(worth.cost_j, 10, 0, 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Repeats, retries and lost runs are paid for, too: a trial costs what the study has spent for it.
 */
static void test_what_a_trial_takes_beside_its_values(void **state)
{
    eco_small_study *small = *state;
    eco_study_view view;
    ecopt_worth worth;
    deploy(small, 1e6);
    ecopt_study *study = eco_small_study_open(small);
    ask_tell(small, study, "baseline");
    ask_tell(small, study, "random");
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    /* Told trials have no phases; here the store says that they took 25 J each. */
    view.stored->spent_energy_j = 2 * 25;
    assert_status(small->ctx, eco_worth_judge(study, &view, 1e6, &worth), ECOPT_OK);
    assert_close(worth.cost_j, 25, 1e-12, 0);
    /* Less than the trials themselves say is no discount, and a new sum is a new question. */
    view.stored->spent_energy_j = 2 * 5;
    assert_status(small->ctx, eco_worth_judge(study, &view, 1e6, &worth), ECOPT_OK);
    assert_close(worth.cost_j, 10, 1e-12, 0);
    view.stored->spent_energy_j = (double)NAN;
    assert_status(small->ctx, eco_worth_judge(study, &view, 1e6, &worth), ECOPT_OK);
    assert_close(worth.cost_j, 10, 1e-12, 0);
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* A trial that is out does not keep the others from an end. */
static void test_ends_beside_running_trials(void **state)
{
    eco_small_study *small = *state;
    eco_study_view view;
    char *point = NULL;
    int64_t trial = 0;
    bool is_over = true;
    ecopt_stop_reason reason = ECOPT_STOP_TRIALS;
    deploy(small, 1);
    small->definition.deployment.baseline_j = 2;
    small->definition.deployment.trial_j = 1e4;
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_status(small->ctx, eco_stop_judge(study, &view, &is_over, &reason), ECOPT_OK);
    assert_true(is_over);
    assert_int_equal(reason, ECOPT_STOP_WORTH);
    eco_study_view_release(study, &view);
    const ecopt_metric_value metrics[] = {{"a", 0.9, NAN}, {"b", 4, NAN}};
    assert_status(small->ctx, ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2),
                  ECOPT_OK);
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_status(small->ctx, eco_stop_judge(study, &view, &is_over, &reason), ECOPT_OK);
    assert_true(is_over);
    assert_int_equal(reason, ECOPT_STOP_WORTH);
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* A front of few points that is soon found: the run ends by itself. */
static void test_a_finished_front_ends_the_run(void **state)
{
    eco_small_study *small = *state;
    small->definition.sampler = "mobo";
    small->definition.budget.trials = 40;
    small->definition.budget.gain_ratio = 0.01;
    small->definition.budget.gain_trials = 2;
    small->objectives[0].has_threshold = small->objectives[1].has_threshold = true;
    small->objectives[0].threshold = 0;
    small->objectives[1].threshold = 41;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_GAIN);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_true(snapshot->n_trials >= 5 && snapshot->n_trials < 40);
    ecopt_snapshot_free(small->ctx, snapshot);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_needs_a_deployment),           TEST(test_stops_before_the_first_trial),
        TEST(test_points_beside_running_trials), TEST(test_points_and_end),

        TEST(test_a_told_baseline_is_not_run),   TEST(test_what_a_trial_takes_beside_its_values),
        TEST(test_ends_beside_running_trials),   TEST(test_a_finished_front_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
