/* The row of suggestions that promise little: kept with the trials, counted over all workers. */
#include "study/gain.h"
#include "support/small_study.h"

#include <ecopt/outside.h>

/* Claims the next number for a suggestion that promises so much. */
static void suggest(eco_small_study *small, ecopt_study *study, double gain_ratio)
{
    eco_study_view view;
    eco_gain_note note;
    char point[32];
    int64_t trial = 0, attempt = 0;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    (void)snprintf(point, sizeof point, "x=0.5 k=%d", (int)view.n + 1);
    const eco_proposal proposal = {.number = (int64_t)view.n + 1,
                                   .point = point,
                                   .origin = "mobo",
                                   .decision = eco_gain_note_fill(study, gain_ratio, &note)};
    const eco_take take = {.owner = ECO_OWNER_ASK, .proposal = &proposal};
    assert_status(small->ctx, eco_store_take(study->store, &take, &trial, &attempt), ECOPT_OK);
    assert_int_equal(trial, proposal.number);
    eco_study_view_release(study, &view);
}

static int64_t count(eco_small_study *small, const ecopt_study *study)
{
    int64_t n = -1;
    assert_status(small->ctx, eco_gain_count(study, &n), ECOPT_OK);
    return n;
}

static void set_rule(eco_small_study *small, double below, int64_t trials)
{
    small->definition.budget.gain_ratio = below;
    small->definition.budget.gain_trials = trials;
}

static void test_the_newest_in_a_row(void **state)
{
    eco_small_study *small = *state;
    set_rule(small, 0.01, 10);
    ecopt_study *study = eco_small_study_open(small);
    assert_int_equal(count(small, study), 0);
    suggest(small, study, 0.001);
    suggest(small, study, 0.02);
    assert_int_equal(count(small, study), 0);
    suggest(small, study, 0.002);
    suggest(small, study, 0);
    assert_int_equal(count(small, study), 2);
    suggest(small, study, 0.01); /* not below */
    assert_int_equal(count(small, study), 0);
    suggest(small, study, 0.001);
    suggest(small, study, NAN); /* no model has chosen it */
    assert_int_equal(count(small, study), 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* Whoever has asked, and in whichever run. */
static void test_all_workers_are_one_row(void **state)
{
    eco_small_study *small = *state;
    set_rule(small, 0.01, 10);
    ecopt_study *one = eco_small_study_open(small), *other = eco_small_study_open(small);
    suggest(small, one, 0.5);
    suggest(small, one, 0.001);
    suggest(small, other, 0.001);
    assert_int_equal(count(small, one), 2);
    assert_int_equal(count(small, other), 2);
    assert_status(small->ctx, ecopt_study_close(other), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(one), ECOPT_OK);
    one = eco_small_study_open(small);
    assert_int_equal(count(small, one), 2);
    suggest(small, one, 0.001);
    assert_int_equal(count(small, one), 3);
    /* No more than are asked for, and by the tolerance of now. */
    small->definition.budget.gain_trials = 2;
    assert_int_equal(count(small, one), 2);
    small->definition.budget.gain_ratio = 0.0005;
    assert_int_equal(count(small, one), 0);
    small->definition.budget.gain_ratio = 0;
    assert_int_equal(count(small, one), 0);
    assert_status(small->ctx, ecopt_study_close(one), ECOPT_OK);
}

/* Nobody expected anything of a point that the user has added. */
static void test_points_from_outside_are_passed_over(void **state)
{
    eco_small_study *small = *state;
    set_rule(small, 0.01, 10);
    ecopt_study *study = eco_small_study_open(small);
    const ecopt_outside_row row = {.point = "x=0.25 k=9", .state = ECOPT_TRIAL_QUEUED};
    suggest(small, study, 0.001);
    assert_status(small->ctx, ecopt_study_add(study, &row, 1, NULL, NULL), ECOPT_OK);
    suggest(small, study, 0.001);
    assert_int_equal(count(small, study), 2);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* What a reader of the study sees. */
static void test_each_trial_shows_what_was_expected_of_it(void **state)
{
    eco_small_study *small = *state;
    static const struct {
        double gain_ratio;
        const char *verdict, *numbers;
    } cases[] = {{0.0025, "low", "{\"gain_ratio\": 0.0025}"},
                 {0.5, "enough", "{\"gain_ratio\": 0.5}"},
                 {NAN, "not known", "{\"gain_ratio\": null}"},
                 {INFINITY, "not known", "{\"gain_ratio\": null}"}};
    set_rule(small, 0.01, 10);
    ecopt_study *study = eco_small_study_open(small);
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        suggest(small, study, cases[i].gain_ratio);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        assert_int_equal(trial->n_decisions, 1);
        assert_string_equal(trial->decisions[0].kind, "gain");
        assert_string_equal(trial->decisions[0].verdict, cases[i].verdict);
        assert_string_equal(trial->decisions[0].numbers, cases[i].numbers);
    }
    ecopt_snapshot_free(small->ctx, snapshot);
}

/* Studies without the rule keep nothing. */
static void test_without_the_rule(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    eco_gain_note note;
    assert_null(eco_gain_note_fill(study, 0.001, &note));
    suggest(small, study, 0.001);
    assert_int_equal(count(small, study), 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_int_equal(snapshot->trials[0].n_decisions, 0);
    ecopt_snapshot_free(small->ctx, snapshot);
}

#define CASE(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_newest_in_a_row),
        CASE(test_all_workers_are_one_row),
        CASE(test_points_from_outside_are_passed_over),
        CASE(test_each_trial_shows_what_was_expected_of_it),
        CASE(test_without_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
