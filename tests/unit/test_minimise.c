#include "num/minimise.h"

#include "support/eco_test.h"

typedef struct counter {
    int calls;
    double nan_above; /* value is NaN where x[0] exceeds this */
} counter;

static double rosenbrock(size_t d, const double *x, double *grad, void *user)
{
    counter *c = user;
    c->calls++;
    if (x[0] > c->nan_above)
        return (double)NAN;
    double sum = 0;
    for (size_t j = 0; grad && j < d; j++)
        grad[j] = 0;
    for (size_t j = 0; j + 1 < d; j++) {
        double a = x[j + 1] - x[j] * x[j], b = 1 - x[j];
        sum += 100 * a * a + b * b;
        if (grad) {
            grad[j] += -400 * a * x[j] - 2 * b;
            grad[j + 1] += 200 * a;
        }
    }
    return sum;
}

static eco_minimise_problem problem_of(counter *c, const double *lower, const double *upper)
{
    return (eco_minimise_problem){.fn = rosenbrock,
                                  .user = c,
                                  .lower = lower,
                                  .upper = upper,
                                  .max_evaluations = 400,
                                  .rtol_value = 1e-14,
                                  .rtol_x = 1e-12};
}

static void test_finds_the_inner_minimum(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_minimiser *m = NULL;
    assert_status(ctx, eco_minimiser_new(ctx, 4, &m), ECOPT_OK);
    const double lower[4] = {-5, -5, -5, -5}, upper[4] = {5, 5, 5, 5};
    counter c = {0, HUGE_VAL};
    eco_minimise_problem p = problem_of(&c, lower, upper);
    double x[4] = {-1.2, 1, 0.3, -9}, value = -1, again[4] = {-1.2, 1, 0.3, -9}, value_again;
    eco_minimise_end end;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, &end), ECOPT_OK);
    for (int j = 0; j < 4; j++)
        assert_close(x[j], 1, 1e-4, 0);
    assert_true(value < 1e-9 && end != ECO_MINIMISE_EVALUATIONS);
    /* Same input, same bits, from the same object. */
    assert_status(ctx, eco_minimiser_run(m, &p, again, &value_again, NULL), ECOPT_OK);
    assert_memory_equal(x, again, sizeof x);
    assert_true(value == value_again);
    eco_minimiser_free(m);
    ecopt_ctx_free(ctx);
}

static void test_bounds_bind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_minimiser *m = NULL;
    assert_status(ctx, eco_minimiser_new(ctx, 2, &m), ECOPT_OK);
    const double lower[2] = {-2, -2}, upper[2] = {0.5, 2}, fixed[2] = {0.5, -2};
    counter c = {0, HUGE_VAL};
    eco_minimise_problem p = problem_of(&c, lower, upper);
    double x[2] = {-1, 1}, value;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, NULL), ECOPT_OK);
    assert_close(x[0], 0.5, 1e-6, 0);
    assert_close(x[1], 0.25, 1e-4, 0);
    /* One variable fixed by equal bounds. */
    p.lower = fixed;
    p.upper = upper;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, NULL), ECOPT_OK);
    assert_true(x[0] == 0.5);
    assert_close(x[1], 0.25, 1e-4, 0);
    eco_minimiser_free(m);
    ecopt_ctx_free(ctx);
}

static void test_limit_of_evaluations_and_no_worse_than_start(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_minimiser *m = NULL;
    assert_status(ctx, eco_minimiser_new(ctx, 2, &m), ECOPT_OK);
    const double lower[2] = {-5, -5}, upper[2] = {5, 5};
    for (int limit = 1; limit < 30; limit += 7) {
        counter c = {0, HUGE_VAL};
        eco_minimise_problem p = problem_of(&c, lower, upper);
        p.max_evaluations = limit;
        double x[2] = {-1.2, 1}, value;
        eco_minimise_end end;
        assert_status(ctx, eco_minimiser_run(m, &p, x, &value, &end), ECOPT_OK);
        assert_int_equal(end, ECO_MINIMISE_EVALUATIONS);
        assert_true(c.calls <= limit && value <= 24.2 + 1e-9);
    }
    eco_minimiser_free(m);
    ecopt_ctx_free(ctx);
}

static void test_values_that_are_not_finite(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_minimiser *m = NULL;
    assert_status(ctx, eco_minimiser_new(ctx, 2, &m), ECOPT_OK);
    const double lower[2] = {-5, -5}, upper[2] = {5, 5};
    counter c = {0, 0.5};
    eco_minimise_problem p = problem_of(&c, lower, upper);
    double x[2] = {-1.2, 1}, value = 7;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, NULL), ECOPT_OK);
    assert_true(x[0] <= 0.5 && value < 24.2);
    c.nan_above = -HUGE_VAL;
    value = 7;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, NULL), ECOPT_E_NUMERIC);
    assert_true(value == 7);
    eco_minimiser_free(m);
    ecopt_ctx_free(ctx);
}

static void test_refusals(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_minimiser *m = NULL;
    assert_status(ctx, eco_minimiser_new(ctx, 0, &m), ECOPT_E_ARG);
    assert_null(m);
    eco_minimiser_free(NULL);
    assert_status(ctx, eco_minimiser_new(ctx, 2, &m), ECOPT_OK);
    const double lower[2] = {1, -5}, upper[2] = {0, 5};
    counter c = {0, HUGE_VAL};
    eco_minimise_problem p = problem_of(&c, lower, upper);
    double x[2] = {0, 0}, value;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, NULL), ECOPT_E_ARG);
    const double nan_bound[2] = {(double)NAN, 0};
    p.lower = nan_bound;
    assert_status(ctx, eco_minimiser_run(m, &p, x, &value, NULL), ECOPT_E_ARG);
    assert_int_equal(c.calls, 0);
    eco_minimiser_free(m);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_minimiser *m = NULL;
    ECO_TRY(eco_minimiser_new(ctx, 3, &m));
    eco_minimiser_free(m);
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_inner_minimum),
        cmocka_unit_test(test_bounds_bind),
        cmocka_unit_test(test_limit_of_evaluations_and_no_worse_than_start),
        cmocka_unit_test(test_values_that_are_not_finite),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
