/* Intermediate values in bounded memory: order, starting over, thinning. */
#include "support/eco_test.h"
#include "trial/steps.h"

static void keeps_what_comes(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_steps steps = {0};
    for (int i = 1; i <= 20; i++)
        assert_status(ctx, eco_steps_add(ctx, &steps, i, i * 0.5), ECOPT_OK);
    assert_int_equal(steps.n, 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(steps.points[i].step, i + 1);
        assert_close(steps.points[i].value, (i + 1) * 0.5, 0, 0);
    }
    eco_steps_release(ctx, &steps);
    assert_int_equal(steps.n, 0);
}

static void an_earlier_step_starts_over_from_there(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_steps steps = {0};
    for (int i = 1; i <= 5; i++)
        assert_status(ctx, eco_steps_add(ctx, &steps, i, i), ECOPT_OK);
    assert_status(ctx, eco_steps_add(ctx, &steps, 3, 30), ECOPT_OK);
    assert_int_equal(steps.n, 3);
    assert_close(steps.points[1].value, 2, 0, 0);
    assert_close(steps.points[2].value, 30, 0, 0);
    /* The same step again replaces its value. */
    assert_status(ctx, eco_steps_add(ctx, &steps, 3, 31), ECOPT_OK);
    assert_int_equal(steps.n, 3);
    assert_close(steps.points[2].value, 31, 0, 0);
    assert_status(ctx, eco_steps_add(ctx, &steps, 1, 7), ECOPT_OK);
    assert_int_equal(steps.n, 1);
    eco_steps_release(ctx, &steps);
}

/* First and last always, ascending, evenly spread, never more than the limit. */
static void check_thinned(const eco_steps *steps, int64_t last)
{
    assert_true(steps->n <= ECO_STEPS_MAX);
    assert_int_equal(steps->points[0].step, 1);
    assert_int_equal(steps->points[steps->n - 1].step, last);
    assert_close(steps->points[steps->n - 1].value, (double)last, 0, 0);
    for (size_t i = 1; i < steps->n; i++) {
        int64_t gap = steps->points[i].step - steps->points[i - 1].step;
        assert_true(gap > 0 && gap <= steps->stride);
        if (i + 1 < steps->n)
            assert_int_equal(gap, steps->stride);
    }
}

static void many_are_thinned(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_steps steps = {0};
    for (int64_t i = 1; i <= 5000; i++) {
        assert_status(ctx, eco_steps_add(ctx, &steps, i, (double)i), ECOPT_OK);
        check_thinned(&steps, i);
    }
    assert_true(steps.n >= ECO_STEPS_MAX / 2);
    assert_int_equal(steps.stride, 8);
    eco_steps_release(ctx, &steps);
}

static void starting_over_after_thinning(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_steps steps = {0};
    for (int64_t i = 1; i <= 1500; i++)
        assert_status(ctx, eco_steps_add(ctx, &steps, i, (double)i), ECOPT_OK);
    for (int64_t i = 1; i <= 3000; i++)
        assert_status(ctx, eco_steps_add(ctx, &steps, i, (double)i), ECOPT_OK);
    check_thinned(&steps, 3000);
    assert_status(ctx, eco_steps_add(ctx, &steps, 1700, 1700), ECOPT_OK);
    assert_int_equal(steps.points[steps.n - 1].step, 1700);
    for (size_t i = 1; i < steps.n; i++)
        assert_true(steps.points[i].step > steps.points[i - 1].step);
    eco_steps_release(ctx, &steps);
}

static ecopt_status add_many(ecopt_ctx *ctx, void *user)
{
    eco_steps steps = {0};
    ecopt_status status = ECOPT_OK;
    (void)user;
    for (int i = 1; i <= 100 && status == ECOPT_OK; i++)
        status = eco_steps_add(ctx, &steps, i, i);
    eco_steps_release(ctx, &steps);
    return status;
}

static void survives_want_of_memory(void **state)
{
    (void)state;
    eco_test_alloc_sweep(add_many, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_comes),
        cmocka_unit_test(an_earlier_step_starts_over_from_there),
        cmocka_unit_test(many_are_thinned),
        cmocka_unit_test(starting_over_after_thinning),
        cmocka_unit_test(survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, eco_test_set_up, eco_test_tear_down);
}
