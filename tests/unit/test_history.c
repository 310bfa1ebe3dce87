/* What models may learn of a trial that was ended early: what is final, and no sum that was cut. */
#include "study/study_impl.h"
#include "support/small_study.h"

/* Energy of the run and a quality, one constraint on the time. */
static const ecopt_constraint bound = {.metric = "run.time_s", .bound = 100, .text = "<= 100"};

static ecopt_study *open_metered(eco_small_study *small)
{
    small->objectives[0] = (ecopt_objective){.metric = "run.energy_j", .goal = ECOPT_GOAL_MIN};
    small->definition.constraints = &bound;
    small->definition.n_constraints = 1;
    return eco_small_study_open(small);
}

static void tell(eco_small_study *small, ecopt_study *study, ecopt_trial_state state)
{
    static const ecopt_metric_value metrics[] = {{"run.energy_j", 3, (double)NAN},
                                                 {"energy_j", 3, (double)NAN},
                                                 {"run.time_s", 2, (double)NAN},
                                                 {"b", 7, (double)NAN}};
    int64_t trial;
    char *point = NULL;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    assert_status(small->ctx, ecopt_study_tell(study, trial, state, "", metrics, 4), ECOPT_OK);
}

/* The same whether the rows are settled already or read anew. */
static void check(eco_small_study *small, ecopt_study *study, size_t i, bool is_known)
{
    for (int again = 0; again < 2; again++) {
        eco_study_view view;
        assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
        const eco_observation *o = &view.history.observations[i];
        assert_int_equal(isnan(o->y[0]), !is_known);
        assert_int_equal(isnan(o->c[0]), !is_known);
        assert_true(o->y[1] == 7);
        /* Spent is what it is. */
        assert_true(o->spent_j == 3);
        eco_study_view_release(study, &view);
    }
}

static void test_a_told_partial_sum_is_missing(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_metered(small);
    tell(small, study, ECOPT_TRIAL_COMPLETE);
    tell(small, study, ECOPT_TRIAL_PRUNED);
    check(small, study, 0, true);
    check(small, study, 1, false);
    assert_int_equal(ecopt_study_close(study), ECOPT_OK);
    /* It stays on record. */
    ecopt_snapshot *snapshot = eco_small_study_snapshot(small);
    assert_true(ecopt_trial_metric(&snapshot->trials[1], "run.energy_j")->value == 3);
    ecopt_snapshot_free(small->ctx, snapshot);
}

static void test_what_the_profile_provides_is_known(void **state)
{
    eco_small_study *small = *state;
    static const ecopt_provision provides[] = {{0, "profile.energy_j"}};
    ecopt_phase phases[2] = {small->phase, small->phase};
    phases[0].name = "profile";
    small->definition.phases = phases;
    small->definition.n_phases = 2;
    small->definition.profile =
        (ecopt_profile_policy){.is_set = true, .n_provides = 1, .provides = provides};
    ecopt_study *study = open_metered(small);
    tell(small, study, ECOPT_TRIAL_PRUNED);
    eco_study_view view;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    /* The energy by the profile; the time of the run is that of a part of it. */
    assert_true(view.history.observations[0].y[0] == 3);
    assert_true(isnan(view.history.observations[0].c[0]));
    eco_study_view_release(study, &view);
    assert_int_equal(ecopt_study_close(study), ECOPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_told_partial_sum_is_missing, eco_small_study_set_up,
                                        eco_small_study_tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_profile_provides_is_known,
                                        eco_small_study_set_up, eco_small_study_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
