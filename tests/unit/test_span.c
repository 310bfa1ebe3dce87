#include "report/span.h"
#include "support/eco_test.h"

#include "core/rng.h"

/* Chooses for short lists; fails the test when that fails. */
static eco_span choose(ecopt_ctx *ctx, const double *front, size_t n_front, const double *other,
                       size_t n_other, double reference, bool is_log)
{
    eco_span span = {0, 0, false};
    const eco_span_values values = {n_front, n_other, front, other, reference, is_log};
    assert_status(ctx, eco_span_choose(ctx, &values, &span), ECOPT_OK);
    return span;
}

#define CHOOSE(front, other, reference, is_log) \
    choose(ctx, (front), ECO_LEN(front), (other), ECO_LEN(other), (reference), (is_log))

static void assert_span(eco_span span, double lo, double hi)
{
    assert_close(span.lo, lo, 1e-12, 0);
    assert_close(span.hi, hi, 1e-12, 0);
}

static void test_failed_networks_stay_outside(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double front[] = {0.73, 0.83, 0.85, 0.87};
    const double other[] = {0.10, 0.10, 0.72, 0.77, 0.82, 0.84, 0.855};
    assert_span(CHOOSE(front, other, 0.70, false), 0.70, 0.87);
    /* Without a reference the nearest dominated point sets the lower end. */
    assert_span(CHOOSE(front, other, (double)NAN, false), 0.72, 0.87);
    ecopt_ctx_free(ctx);
}

static void test_a_far_reference_is_left_out(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double front[] = {10, 12};
    const double near[] = {11};
    assert_span(CHOOSE(front, near, 14, false), 10, 14); /* one width away: in */
    assert_span(CHOOSE(front, near, 14.001, false), 10, 12);
    assert_span(CHOOSE(front, near, 8, false), 8, 12);
    assert_span(CHOOSE(front, near, 7.9, false), 10, 12);
    assert_span(CHOOSE(front, near, 11, false), 10, 12);
    assert_span(CHOOSE(front, near, INFINITY, false), 10, 12);
    ecopt_ctx_free(ctx);
}

static void test_one_value_takes_the_reference_whatever_its_distance(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double front[] = {5};
    const double other[] = {4.9, 5.3, -800};
    assert_span(choose(ctx, front, 1, NULL, 0, 900, false), 5, 900);
    assert_span(choose(ctx, front, 1, NULL, 0, (double)NAN, false), 5, 5);
    /* With neither width nor reference nothing is far. */
    assert_span(CHOOSE(front, other, (double)NAN, false), -800, 5.3);
    /* With the reference there is a width: 5 to 6. */
    const double many[] = {4.5, 6.5, 7.5, 5.5, -800};
    assert_span(CHOOSE(front, many, 6, false), 4.5, 6.5);
    ecopt_ctx_free(ctx);
}

static void test_half_of_the_dominated_are_always_shown(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    /* Two good points side by side among many that are spread out. */
    const double front[] = {100, 101};
    const double other[] = {10, 20, 30, 40, 50, 60, 70};
    assert_span(CHOOSE(front, other, (double)NAN, false), 40, 101);
    const double one[] = {10};
    assert_span(CHOOSE(front, one, (double)NAN, false), 10, 101);
    const double two[] = {10, 90};
    assert_span(CHOOSE(front, two, (double)NAN, false), 10, 101);
    const double three[] = {10, 90, 95};
    assert_span(CHOOSE(front, three, (double)NAN, false), 90, 101);
    ecopt_ctx_free(ctx);
}

static void test_log_distances_are_ratios(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double front[] = {1, 10};
    const double other[] = {100, 101, 0.1, 2, 3, 4};
    eco_span span = CHOOSE(front, other, (double)NAN, true);
    assert_true(span.is_log);
    assert_span(span, 0.1, 100);
    span = CHOOSE(front, other, (double)NAN, false);
    assert_false(span.is_log);
    assert_span(span, 0.1, 10);
    /* A dominated 0 has no place on the axis and does not take the axis away. */
    const double zero[] = {0, -3, 5};
    span = CHOOSE(front, zero, (double)NAN, true);
    assert_true(span.is_log);
    assert_span(span, 1, 10);
    /* A zero on the front does. */
    const double with_zero[] = {0, 10};
    span = CHOOSE(with_zero, zero, (double)NAN, true);
    assert_false(span.is_log);
    assert_span(span, -3, 10);
    /* So it is for a reference without a place. */
    assert_span(CHOOSE(front, zero, 0, true), 1, 10);
    ecopt_ctx_free(ctx);
}

static void test_absurd_values_flatten_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const double front[] = {1, 2};
    const double other[] = {1e200, INFINITY, -INFINITY, -1e300, 1e101};
    for (int is_log = 0; is_log < 2; is_log++) {
        assert_span(CHOOSE(front, other, (double)NAN, is_log != 0), 1, 2);
        assert_span(CHOOSE(front, other, 1e250, is_log != 0), 1, 2);
    }
    const double single[] = {3};
    assert_span(CHOOSE(single, other, (double)NAN, false), 3, 3);
    const double tiny[] = {1e-300, 2e-300};
    const double tiny_other[] = {1.5e-300, 3e-300, 1e-290};
    assert_span(CHOOSE(tiny, tiny_other, (double)NAN, true), 1e-300, 3e-300);
    ecopt_ctx_free(ctx);
}

static void test_properties_of_random_choices(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, 99, ECO_STREAM_TEST, 0);
    for (int round = 0; round < 2000; round++) {
        double front[6];
        double other[20];
        size_t n_front = 1 + (size_t)eco_rng_below(&rng, 6);
        size_t n_other = (size_t)eco_rng_below(&rng, 21);
        bool is_log = eco_rng_below(&rng, 2) == 0;
        for (size_t i = 0; i < n_front; i++)
            front[i] = pow(10, eco_rng_uniform(&rng));
        for (size_t i = 0; i < n_other; i++)
            other[i] = pow(10, 6 * eco_rng_uniform(&rng) - 3);
        double reference = eco_rng_below(&rng, 2) ? 20 * eco_rng_uniform(&rng) : (double)NAN;
        eco_span span = choose(ctx, front, n_front, other, n_other, reference, is_log);
        assert_true(span.lo <= span.hi);
        assert_int_equal(span.is_log, is_log);
        for (size_t i = 0; i < n_front; i++)
            assert_true(front[i] >= span.lo && front[i] <= span.hi);
        size_t n_out = 0;
        for (size_t i = 0; i < n_other; i++)
            n_out += other[i] < span.lo || other[i] > span.hi;
        assert_true(2 * n_out <= n_other);
        /* The ends are values that were given. */
        bool has_lo = span.lo == reference;
        bool has_hi = span.hi == reference;
        for (size_t i = 0; i < n_front + n_other; i++) {
            double value = i < n_front ? front[i] : other[i - n_front];
            has_lo = has_lo || value == span.lo;
            has_hi = has_hi || value == span.hi;
        }
        assert_true(has_lo && has_hi);
        /* Order does not matter. */
        for (size_t i = 0; i < n_other / 2; i++) {
            double moved = other[i];
            other[i] = other[n_other - 1 - i];
            other[n_other - 1 - i] = moved;
        }
        eco_span again = choose(ctx, front, n_front, other, n_other, reference, is_log);
        assert_close(again.lo, span.lo, 0, 0);
        assert_close(again.hi, span.hi, 0, 0);
    }
    ecopt_ctx_free(ctx);
}

static ecopt_status choose_once(ecopt_ctx *ctx, void *user)
{
    const double front[] = {1, 2};
    const double other[] = {0, 3};
    const eco_span_values values = {2, 2, front, other, (double)NAN, false};
    eco_span *span = user;
    return eco_span_choose(ctx, &values, span);
}

static void test_memory_failures_change_nothing(void **state)
{
    (void)state;
    eco_span span = {77, 78, true};
    eco_faulty_alloc faulty = {.fail_at = 0};
    ecopt_ctx *ctx = eco_test_ctx_new(&faulty);
    assert_status(ctx, choose_once(ctx, &span), ECOPT_E_NOMEM);
    assert_span(span, 77, 78);
    assert_true(span.is_log);
    ecopt_ctx_free(ctx);
    eco_test_alloc_sweep(choose_once, &span);
    assert_span(span, 0, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed_networks_stay_outside),
        cmocka_unit_test(test_a_far_reference_is_left_out),
        cmocka_unit_test(test_one_value_takes_the_reference_whatever_its_distance),
        cmocka_unit_test(test_half_of_the_dominated_are_always_shown),
        cmocka_unit_test(test_log_distances_are_ratios),
        cmocka_unit_test(test_absurd_values_flatten_nothing),
        cmocka_unit_test(test_properties_of_random_choices),
        cmocka_unit_test(test_memory_failures_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
