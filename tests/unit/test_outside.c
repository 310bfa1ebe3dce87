/* ecopt_study_add: points and outcomes that come from outside of the loop. */
#include "support/small_study.h"

#include "space/space.h"
#include "store/store.h"
#include "study/study_impl.h"

#include <ecopt/outside.h>

static uint64_t seed_of(const void *study, int64_t trial)
{
    return eco_study_trial_seed(study, trial);
}

static const ecopt_metric_value both[] = {{"a", 0.5, NAN}, {"b", 3, 0.1}};

static ecopt_outside_row waiting(const char *point)
{
    return (ecopt_outside_row){.point = point, .state = ECOPT_TRIAL_QUEUED};
}

static ecopt_outside_row complete(const char *point)
{
    return (ecopt_outside_row){
        .point = point, .state = ECOPT_TRIAL_COMPLETE, .n_metrics = 2, .metrics = both};
}

/* One row with the default options; the status is checked, and the number given. */
static int64_t add(eco_small_study *small, ecopt_study *study, ecopt_outside_row row,
                   ecopt_status expected)
{
    int64_t trial = 0;
    assert_status(small->ctx, ecopt_study_add(study, &row, 1, NULL, &trial), expected);
    return trial;
}

static void test_points_that_wait_are_run_first_and_in_their_order(void **state)
{
    eco_small_study *small = *state;
    small->definition.budget.trials = 3;
    ecopt_study *study = eco_small_study_open(small);
    assert_int_equal(add(small, study, waiting("x=0.25 k=7"), ECOPT_OK), 1);
    assert_int_equal(add(small, study, waiting("k=9 x=0.5"), ECOPT_OK), 2);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 3);
    assert_string_equal(snapshot->trials[0].point, "x=0.25 k=7");
    assert_string_equal(snapshot->trials[1].point, "x=0.5 k=9");
    assert_string_equal(snapshot->trials[1].origin, "enqueued");
    assert_int_equal(snapshot->trials[1].state, ECOPT_TRIAL_COMPLETE);
    assert_close(ecopt_trial_metric(&snapshot->trials[0], "b")->value, 7, 0, 0);
    assert_true(strcmp(snapshot->trials[2].origin, "enqueued") != 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_gap_takes_the_default(void **state)
{
    eco_small_study *small = *state;
    const ecopt_param params[] = {
        {.name = "x", .type = ECOPT_PARAM_FLOAT, .max = 1},
        {.name = "k",
         .type = ECOPT_PARAM_INT,
         .min = 1,
         .max = 40,
         .has_default = true,
         .default_code = 12},
    };
    ecopt_space *space = NULL;
    assert_status(small->ctx, eco_space_new(small->ctx, params, 2, &space), ECOPT_OK);
    small->definition.space = space;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, waiting("x=0.5"), ECOPT_OK);
    add(small, study, waiting("k=3"), ECOPT_E_PARSE);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "x has no value and no default");
    /* The gap and the default in full are one point. */
    add(small, study, waiting("k=12 x=0.50"), ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_string_equal(snapshot->trials[0].point, "x=0.5 k=12");
    ecopt_snapshot_free(small->ctx, snapshot);
    eco_space_free(small->ctx, space);
}

static void test_what_is_wrong_is_named(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, waiting("x=1.5 k=1"), ECOPT_E_RANGE);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "x: 1.5 is outside 0 to 1");
    add(small, study, waiting("x=0.5 k=1 z=3"), ECOPT_E_NAME);
    add(small, study, waiting(NULL), ECOPT_E_ARG);
    ecopt_outside_row row = complete("x=0.5 k=1");
    row.state = ECOPT_TRIAL_RUNNING;
    add(small, study, row, ECOPT_E_ARG);
    row.state = ECOPT_TRIAL_QUEUED;
    add(small, study, row, ECOPT_E_ARG);
    row.state = ECOPT_TRIAL_COMPLETE;
    row.n_metrics = 1;
    add(small, study, row, ECOPT_E_ARG);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "no value for 'b'");
    const ecopt_metric_value twice[] = {{"a", 1, NAN}, {"b", 1, NAN}, {"a", 2, NAN}};
    row.metrics = twice;
    row.n_metrics = 3;
    add(small, study, row, ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_add(study, NULL, 1, NULL, NULL), ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_add(study, NULL, 0, NULL, NULL), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->n_trials, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_a_point_that_is_there_is_named(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, complete("x=0.5 k=2"), ECOPT_OK);
    add(small, study, waiting("x=0.75 k=2"), ECOPT_OK);
    add(small, study, waiting("k=2 x=0.50"), ECOPT_E_ARG);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "this point is trial 1 already (complete)");
    add(small, study, complete("k=2 x=0.75"), ECOPT_E_ARG);
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "this point is trial 2 already (queued)");
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_an_outcome_is_history_for_the_sampler(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    add(small, study, complete("x=0.5 k=3"), ECOPT_OK);
    ecopt_outside_row failed = {.point = "x=1 k=40", .state = ECOPT_TRIAL_FAILED, .reason = "no"};
    add(small, study, failed, ECOPT_OK);
    eco_study_view view;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_int_equal(view.history.n, 2);
    assert_int_equal(view.n_complete, 1);
    assert_int_equal(view.n_failed, 1);
    assert_close(view.history.observations[0].y[0], 0.5, 0, 0);
    eco_study_view_release(study, &view);
    /* It was told: there is nothing left to tell. */
    assert_status(small->ctx, ecopt_study_tell(study, 1, ECOPT_TRIAL_COMPLETE, "", both, 2),
                  ECOPT_E_ARG);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    /* Nothing of it is a lost run: the next opening leaves it alone. */
    assert_status(small->ctx, ecopt_study_close(eco_small_study_open(small)), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[0].state, ECOPT_TRIAL_COMPLETE);
    assert_int_equal(snapshot->trials[0].attempts, 1);
    assert_int_equal(snapshot->trials[0].n_metrics, 2);
    assert_close(snapshot->trials[0].metrics[1].u95, 0.1, 0, 0);
    assert_string_equal(snapshot->trials[1].reason, "no");
    assert_true(isnan(snapshot->spent_energy_j));
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* ---- lists ---- */

typedef struct faults {
    size_t n, rows[8];
    char last[256];
} faults;

static void note_fault(void *user, size_t row, ecopt_status status, const char *message)
{
    faults *f = user;
    assert_true(status != ECOPT_OK);
    f->rows[f->n++] = row;
    (void)snprintf(f->last, sizeof f->last, "%s", message);
}

static const char *const list_points[] = {"x=0.5 k=1", "x=2 k=1", "x=0.75 k=1", "k=1 x=0.5"};

static void fill_list(ecopt_outside_row rows[4])
{
    for (size_t i = 0; i < 4; i++)
        rows[i] = complete(list_points[i]);
}

static void test_a_list_is_added_whole_or_not_at_all(void **state)
{
    eco_small_study *small = *state;
    ecopt_outside_row rows[4];
    fill_list(rows);
    faults found = {.n = 0};
    ecopt_outside_options options = ECOPT_OUTSIDE_OPTIONS_INIT;
    options.report = note_fault;
    options.user = &found;
    options.origin = "imported";
    int64_t trials[4] = {-1, -1, -1, -1};
    ecopt_study *study = eco_small_study_open(small);
    assert_status(small->ctx, ecopt_study_add(study, rows, 4, &options, trials), ECOPT_E_RANGE);
    /* The first one's words, although a later one was judged after it. */
    assert_string_equal(ecopt_ctx_errmsg(small->ctx), "x: 2 is outside 0 to 1");
    assert_int_equal(found.n, 2);
    assert_int_equal(found.rows[0], 1);
    assert_int_equal(found.rows[1], 3);
    assert_string_equal(found.last, "this point is in the list twice");
    assert_int_equal(trials[0], -1);
    ecopt_snapshot *snapshot = NULL;
    assert_status(small->ctx, ecopt_study_snapshot(study, &snapshot), ECOPT_OK);
    assert_int_equal(snapshot->n_trials, 0);
    ecopt_snapshot_free(small->ctx, snapshot);

    options.is_skipping = true;
    assert_status(small->ctx, ecopt_study_add(study, rows, 4, &options, trials), ECOPT_OK);
    const int64_t expected[] = {1, 0, 2, 0};
    assert_memory_equal(trials, expected, sizeof expected);
    assert_status(small->ctx, ecopt_study_snapshot(study, &snapshot), ECOPT_OK);
    assert_int_equal(snapshot->n_trials, 2);
    assert_string_equal(snapshot->trials[1].point, "x=0.75 k=1");
    assert_string_equal(snapshot->trials[1].origin, "imported");
    assert_true(snapshot->trials[0].seed != snapshot->trials[1].seed);
    assert_int_equal(snapshot->trials[1].seed, eco_study_trial_seed(study, 2));
    ecopt_snapshot_free(small->ctx, snapshot);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* The store's own constraint, for what another process has added since the view was read. */
static void test_the_store_takes_all_or_nothing(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    const eco_outside_row rows[] = {
        {.point = "x=0.5 k=1",
         .origin = "t",
         .state = ECOPT_TRIAL_COMPLETE,
         .n_metrics = 2,
         .metrics = both},
        {.point = "x=0.5 k=1", .origin = "t", .state = ECOPT_TRIAL_QUEUED},
    };
    int64_t first = -1;
    assert_status(small->ctx,
                  eco_store_add_outside(study->store, rows, 2, seed_of, study, 1, &first),
                  ECOPT_E_ARG);
    assert_int_equal(first, -1);
    assert_status(small->ctx,
                  eco_store_add_outside(study->store, rows, 1, seed_of, study, 1, &first),
                  ECOPT_OK);
    assert_int_equal(first, 1);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

int main(void)
{
#define WITH_STUDY(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STUDY(test_points_that_wait_are_run_first_and_in_their_order),
        WITH_STUDY(test_a_gap_takes_the_default),
        WITH_STUDY(test_what_is_wrong_is_named),
        WITH_STUDY(test_a_point_that_is_there_is_named),
        WITH_STUDY(test_an_outcome_is_history_for_the_sampler),
        WITH_STUDY(test_a_list_is_added_whole_or_not_at_all),
        WITH_STUDY(test_the_store_takes_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
