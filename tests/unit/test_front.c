#include "analysis/front.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

static ecopt_front *front_of(eco_fake_study *study)
{
    ecopt_front *front = NULL;
    assert_status(study->ctx,
                  ecopt_front_new(study->ctx, &study->definition, &study->snapshot, &front),
                  ECOPT_OK);
    return front;
}

static void test_front_of_known_points(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4); /* front */
    (void)eco_fake_study_add(study, 0.79, 3e-4); /* dominated */
    (void)eco_fake_study_add(study, 0.90, 1e-3); /* front */
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "exit status 1");
    (void)eco_fake_study_add(study, 0.88, 3e-4); /* front, knee */
    (void)eco_fake_study_add(study, 0.88, 3e-4); /* the same values: the first stays */
    ecopt_front *front = front_of(study);
    assert_int_equal(front->n, 3);
    assert_int_equal(front->trials[0], 0);
    assert_int_equal(front->trials[1], 4);
    assert_int_equal(front->trials[2], 2);
    assert_int_equal(front->knee, 1);
    assert_false(front->has_mixed_quality);
    /* By hand: boxes of (-accuracy, log10 joules) below (-0.75, log10 2e-3). */
    double expected = (0.80 - 0.75) * (log10(2e-3) - log10(2e-4)) +
                      (0.88 - 0.80) * (log10(2e-3) - log10(3e-4)) +
                      (0.90 - 0.88) * (log10(2e-3) - log10(1e-3));
    assert_close(front->hypervolume, expected, 1e-12, 0);
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* The deepest bend of all four is trial 2; of those that keep the threshold it is trial 3. */
static void test_knee_keeps_thresholds(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.10, 1e-4);
    (void)eco_fake_study_add(study, 0.80, 1.1e-4);
    (void)eco_fake_study_add(study, 0.82, 5e-4);
    (void)eco_fake_study_add(study, 0.88, 6e-4);
    (void)eco_fake_study_add(study, 0.90, 2e-3);
    study->objectives[0].has_threshold = false;
    ecopt_front *front = front_of(study);
    assert_int_equal(front->knee, 1);
    ecopt_front_free(ctx, front);
    study->objectives[0].has_threshold = true;
    study->objectives[0].threshold = 0.82; /* at the threshold is within */
    front = front_of(study);
    assert_int_equal(front->n, 5);
    assert_int_equal(front->knee, 3);
    ecopt_front_free(ctx, front);
    study->objectives[0].threshold = 0.85; /* two are left: no knee */
    front = front_of(study);
    assert_int_equal(front->knee, 5);
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_no_trial_no_reference(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    ecopt_front *front = front_of(study);
    assert_int_equal(front->n, 0);
    assert_int_equal(front->knee, 0);
    assert_close(front->hypervolume, 0, 0, 0);
    ecopt_front_free(ctx, front);
    study->snapshot.n_reference = 0;
    (void)eco_fake_study_add(study, 0.8, 1e-3);
    (void)eco_fake_study_add(study, 0.9, 2e-3);
    front = front_of(study);
    assert_int_equal(front->n, 2);
    assert_int_equal(front->knee, 2); /* two points have no knee */
    assert_true(isnan(front->hypervolume));
    ecopt_front_free(ctx, front);
    ecopt_front_free(ctx, NULL);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_one_and_three_objectives(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 1);
    (void)eco_fake_study_add(study, 0.8, 1e-3);
    (void)eco_fake_study_add(study, 0.9, 5e-3);
    ecopt_front *front = front_of(study);
    assert_int_equal(front->n, 1);
    assert_int_equal(front->trials[0], 1);
    assert_close(front->hypervolume, 0.15, 1e-12, 0);
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    study = eco_fake_study_new(ctx, 3);
    (void)eco_fake_study_add(study, 0.8, 1e-3);
    (void)eco_fake_study_add(study, 0.79, 2e-3);
    eco_fake_study_store(study, 1)->metrics[2].value = 1; /* worse in two, faster */
    front = front_of(study);
    assert_int_equal(front->n, 2);
    assert_int_equal(front->trials[0], 1); /* sorted by the last objective */
    ecopt_front_free(ctx, front);
    study->definition.n_objectives = 0;
    assert_status(ctx, ecopt_front_new(ctx, &study->definition, &study->snapshot, &front),
                  ECOPT_E_LIMIT);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_only_feasible_trials_count(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    study->definition.n_constraints = 1;
    (void)eco_fake_study_add(study, 0.95, 1e-3);
    (void)eco_fake_study_add(study, 0.80, 1e-3);
    (void)eco_fake_study_add(study, 0.99, 1e-3);
    (void)eco_fake_study_add(study, 0.98, 1e-3);
    eco_fake_study_store(study, 0)->metrics[3].value = 61; /* evaluate.time_s <= 60 is broken */
    study->trials[2].n_metrics = 3;                        /* the constraint's metric is missing */
    eco_fake_study_store(study, 3)->metrics[0].value = (double)NAN;
    ecopt_front *front = front_of(study);
    assert_int_equal(front->n, 1);
    assert_int_equal(front->trials[0], 1);
    ecopt_front_free(ctx, front);
    /* The other direction, met exactly at the bound. */
    study->constraints[0].relation = ECOPT_AT_LEAST;
    study->constraints[0].bound = 61;
    front = front_of(study);
    assert_int_equal(front->n, 1);
    assert_int_equal(front->trials[0], 0);
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_zero_joules_do_not_break_the_log_scale(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 0);
    (void)eco_fake_study_add(study, 0.85, 5e-4);
    (void)eco_fake_study_add(study, 0.90, 1e-3);
    ecopt_front *front = front_of(study);
    assert_int_equal(front->n, 3);
    assert_true(isfinite(front->hypervolume));
    assert_int_equal(front->knee, 3); /* two finite points are too few for one */
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_labels_of_the_front(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 1e-3);
    (void)eco_fake_study_add(study, 0.90, 2e-3);
    /* The train phase has no part in evaluate.j_per_sample. */
    eco_fake_study_store(study, 0)->phases[0].energy.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    ecopt_front *front = front_of(study);
    assert_false(front->has_mixed_quality);
    ecopt_front_free(ctx, front);
    eco_fake_study_store(study, 0)->phases[1].energy.quality = ECOPT_QUALITY_MODELLED_GENERIC;
    front = front_of(study);
    assert_true(front->has_mixed_quality);
    ecopt_front_free(ctx, front);
    ecopt_quality quality = ECOPT_QUALITY_UNMEASURABLE;
    assert_true(eco_trial_quality(&study->definition, &study->trials[1], &quality));
    assert_int_equal(quality, ECOPT_QUALITY_MEASURED_COUNTER);
    /* A total takes every phase. */
    study->objectives[1].metric = "energy_j";
    eco_fake_study_store(study, 1)->phases[0].energy.quality = ECOPT_QUALITY_MEASURED_SAMPLED;
    assert_true(eco_trial_quality(&study->definition, &study->trials[1], &quality));
    assert_int_equal(quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    /* Without an objective in joules nothing can be mixed. */
    study->objectives[1].metric = "train.time_s";
    front = front_of(study);
    assert_false(front->has_mixed_quality);
    ecopt_front_free(ctx, front);
    study->trials[0].n_phases = 0;
    assert_false(eco_trial_quality(&study->definition, &study->trials[0], &quality));
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_modelled_scale(void **state)
{
    (void)state;
    ecopt_objective objective = {"x", ECOPT_GOAL_MIN, ECOPT_SCALE_LOG, false, 0};
    assert_close(eco_objective_minimised(&objective, 1000), 3, 1e-15, 0);
    assert_true(isnan(eco_objective_minimised(&objective, -1)));
    assert_true(isinf(eco_objective_minimised(&objective, 0)));
    objective.goal = ECOPT_GOAL_MAX;
    assert_close(eco_objective_minimised(&objective, 1000), -3, 1e-15, 0);
    objective.scale = ECOPT_SCALE_LINEAR;
    assert_close(eco_objective_minimised(&objective, 0.8), -0.8, 0, 0);
    assert_true(isnan(eco_objective_minimised(&objective, (double)NAN)));
}

static void test_history_ends_at_the_front(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    double volumes[60];
    size_t sizes[60];
    eco_fake_study_fill(study, 60);
    assert_status(ctx, eco_front_history(ctx, &study->definition, &study->snapshot, volumes, sizes),
                  ECOPT_OK);
    ecopt_front *front = front_of(study);
    assert_close(volumes[59], front->hypervolume, 1e-12, 0);
    assert_int_equal(sizes[59], front->n);
    for (size_t i = 1; i < 60; i++)
        assert_true(volumes[i] >= volumes[i - 1]);
    assert_int_equal(sizes[0], 1);
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static ecopt_status make_front(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    ecopt_front *front = NULL;
    double volumes[12];
    size_t sizes[12];
    ecopt_status status = ecopt_front_new(ctx, &study->definition, &study->snapshot, &front);
    ecopt_front_free(ctx, front);
    if (status != ECOPT_OK)
        return status;
    return eco_front_history(ctx, &study->definition, &study->snapshot, volumes, sizes);
}

static void test_memory_failures_leave_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 12);
    eco_test_alloc_sweep(make_front, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_of_known_points),
        cmocka_unit_test(test_knee_keeps_thresholds),
        cmocka_unit_test(test_no_trial_no_reference),
        cmocka_unit_test(test_one_and_three_objectives),
        cmocka_unit_test(test_only_feasible_trials_count),
        cmocka_unit_test(test_zero_joules_do_not_break_the_log_scale),
        cmocka_unit_test(test_labels_of_the_front),
        cmocka_unit_test(test_modelled_scale),
        cmocka_unit_test(test_history_ends_at_the_front),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
