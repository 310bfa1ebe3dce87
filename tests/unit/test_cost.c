#include "pareto/cost.h"
#include "support/eco_test.h"

static ecopt_objective objective(ecopt_goal goal, ecopt_scale scale)
{
    return (ecopt_objective){.metric = "x", .goal = goal, .scale = scale};
}

static void test_cost_is_minimised_on_the_modelled_scale(void **state)
{
    (void)state;
    ecopt_objective accuracy = objective(ECOPT_GOAL_MAX, ECOPT_SCALE_LINEAR);
    ecopt_objective energy = objective(ECOPT_GOAL_MIN, ECOPT_SCALE_LOG);
    ecopt_objective speed = objective(ECOPT_GOAL_MAX, ECOPT_SCALE_LOG);
    ecopt_objective loss = objective(ECOPT_GOAL_MIN, ECOPT_SCALE_LINEAR);
    assert_true(eco_cost(&accuracy, 0.75) == -0.75);
    assert_true(eco_cost(&loss, 0.75) == 0.75);
    assert_close(eco_cost(&energy, 1000), 3, 1e-15, 0);
    assert_close(eco_cost(&speed, 1000), -3, 1e-15, 0);
}

static void test_what_has_no_logarithm_is_missing(void **state)
{
    (void)state;
    ecopt_objective energy = objective(ECOPT_GOAL_MIN, ECOPT_SCALE_LOG);
    assert_true(isnan(eco_cost(&energy, 0)));
    assert_true(isnan(eco_cost(&energy, -1)));
    assert_true(isnan(eco_cost(&energy, NAN)));
    assert_true(isnan(eco_cost_se(&energy, 0, 1)));
    assert_true(isnan(eco_cost_se(&energy, 2, NAN)));
}

static void test_value_undoes_cost(void **state)
{
    (void)state;
    const double values[] = {1e-300, 1e-3, 1, 7.25, 1e300};
    for (int goal = 0; goal < 2; goal++)
        for (int scale = 0; scale < 2; scale++)
            for (size_t i = 0; i < ECO_LEN(values); i++) {
                ecopt_objective each = objective((ecopt_goal)goal, (ecopt_scale)scale);
                assert_close(eco_cost_value(&each, eco_cost(&each, values[i])), values[i], 1e-12,
                             0);
            }
}

static void test_standard_error_is_the_derivative(void **state)
{
    (void)state;
    ecopt_objective energy = objective(ECOPT_GOAL_MIN, ECOPT_SCALE_LOG);
    ecopt_objective accuracy = objective(ECOPT_GOAL_MAX, ECOPT_SCALE_LINEAR);
    double slope = (eco_cost(&energy, 5 + 1e-6) - eco_cost(&energy, 5 - 1e-6)) / 2e-6;
    assert_close(eco_cost_se(&energy, 5, 0.1), 0.1 * slope, 1e-8, 0);
    assert_true(eco_cost_se(&accuracy, 0.5, 0.01) == 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost_is_minimised_on_the_modelled_scale),
        cmocka_unit_test(test_what_has_no_logarithm_is_missing),
        cmocka_unit_test(test_value_undoes_cost),
        cmocka_unit_test(test_standard_error_is_the_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
