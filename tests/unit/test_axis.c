#include "report/axis.h"
#include "support/eco_test.h"

#include "core/rng.h"

#include <stdlib.h>

enum { ROUNDS = 5000 };

/* The property every axis has to keep, whatever it was made from. */
static void assert_sound(const eco_axis *axis, double lo, double hi, size_t n_least)
{
    assert_true(isfinite(axis->lo) && isfinite(axis->hi));
    assert_true(axis->lo < axis->hi);
    assert_true(axis->lo <= lo && axis->hi >= hi);
    assert_true(axis->n_ticks >= n_least && axis->n_ticks <= ECO_TICKS_MAX);
    for (size_t i = 0; i < axis->n_ticks; i++) {
        assert_true(eco_axis_has(axis, axis->ticks[i]));
        assert_true(i == 0 || axis->ticks[i] > axis->ticks[i - 1]);
        assert_true(strlen(axis->texts[i]) > 0);
        /* The text is the tick, not another number. */
        assert_close(strtod(axis->texts[i], NULL), axis->ticks[i], 1e-5, 0);
    }
}

/* Leading digits of a tick: 1, 2 or 5 on a log axis of several decades. */
static bool is_one_two_five(double tick)
{
    double digit = tick / pow(10, floor(log10(tick) + 1e-9));
    return fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6;
}

static void test_linear_axes_of_every_size(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        eco_axis axis;
        double size = pow(10, 180 * eco_rng_uniform(&rng) - 90);
        double lo = size * (2 * eco_rng_uniform(&rng) - 1);
        double hi = lo + size * eco_rng_uniform(&rng);
        eco_axis_init(&axis, lo, hi, false, 2 + (size_t)eco_rng_below(&rng, 9));
        assert_false(axis.is_log);
        assert_sound(&axis, lo, hi, 2);
        /* Even steps. */
        for (size_t i = 2; i < axis.n_ticks; i++)
            assert_close(axis.ticks[i] - axis.ticks[i - 1], axis.ticks[1] - axis.ticks[0], 1e-6, 0);
        /* A margin, but not another range. */
        if (hi - lo > 1e-3 * size)
            assert_true(axis.hi - axis.lo < 1.2 * (hi - lo) + 1e-9 * size);
    }
}

static void test_log_axes_of_every_size(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 2, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        eco_axis axis;
        double lo = pow(10, 180 * eco_rng_uniform(&rng) - 90);
        double hi = lo * pow(10, 20 * pow(eco_rng_uniform(&rng), 3));
        eco_axis_init(&axis, lo, hi, true, 5 + (size_t)eco_rng_below(&rng, 6));
        assert_true(axis.is_log);
        assert_true(axis.lo > 0);
        assert_sound(&axis, lo, hi, 2);
        assert_true(axis.n_ticks >= 2);
        if (hi / lo > 30)
            for (size_t i = 0; i < axis.n_ticks; i++)
                assert_true(is_one_two_five(axis.ticks[i]));
    }
}

static void test_places_keep_the_order_and_the_ends(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        eco_axis axis;
        bool is_log = eco_rng_below(&rng, 2) == 0;
        double lo = pow(10, 12 * eco_rng_uniform(&rng) - 6);
        double hi = lo * (1.1 + 100 * eco_rng_uniform(&rng));
        bool is_up = eco_rng_below(&rng, 2) == 0;
        eco_axis_init(&axis, lo, hi, is_log, 6);
        eco_axis_place(&axis, is_up ? 400 : 50, is_up ? 30 : 700);
        double first = eco_axis_at(&axis, axis.lo);
        double last = eco_axis_at(&axis, axis.hi);
        assert_close(first, is_up ? 400 : 50, 1e-12, 0);
        assert_close(last, is_up ? 30 : 700, 1e-12, 0);
        double a = lo + (hi - lo) * eco_rng_uniform(&rng);
        double b = a + (hi - a) * (0.01 + 0.99 * eco_rng_uniform(&rng));
        assert_true((eco_axis_at(&axis, b) - eco_axis_at(&axis, a)) * (last - first) > 0);
        /* Outside is clamped to the end on its side. */
        assert_close(eco_axis_at(&axis, axis.hi * 5), last, 0, 0);
        assert_close(eco_axis_at(&axis, -1e9), first, 0, 0);
        assert_close(eco_axis_at(&axis, INFINITY), last, 0, 0);
        assert_false(eco_axis_has(&axis, axis.hi * 1.001));
        assert_false(eco_axis_has(&axis, -axis.hi));
    }
}

static void test_equal_steps_of_a_log_axis_are_equal_ratios(void **state)
{
    (void)state;
    eco_axis axis;
    eco_axis_init(&axis, 1e-6, 1e6, true, 7);
    eco_axis_place(&axis, 0, 1000);
    double step = eco_axis_at(&axis, 10) - eco_axis_at(&axis, 1);
    for (double value = 1e-5; value < 5e5; value *= 10)
        assert_close(eco_axis_at(&axis, 10 * value) - eco_axis_at(&axis, value), step, 1e-9, 0);
    eco_axis_init(&axis, 0, 10, false, 5);
    eco_axis_place(&axis, 0, 1000);
    assert_close(eco_axis_at(&axis, 8) - eco_axis_at(&axis, 6),
                 eco_axis_at(&axis, 4) - eco_axis_at(&axis, 2), 1e-9, 0);
}

static void test_equal_ends_get_a_range_of_their_size(void **state)
{
    (void)state;
    const double ends[] = {1e-90, 1e-12, 0.874, 1, 5, 1e5, 1e90};
    for (size_t i = 0; i < ECO_LEN(ends); i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            eco_axis axis;
            double value = sign * ends[i];
            eco_axis_init(&axis, value, value, false, 6);
            assert_sound(&axis, value, value, 2);
            assert_close(axis.hi - axis.lo, 0.2 * ends[i], 0.51, 0);
        }
        eco_axis axis;
        eco_axis_init(&axis, ends[i], ends[i], true, 6);
        assert_true(axis.is_log);
        assert_sound(&axis, ends[i], ends[i], 2);
        assert_close(axis.hi / axis.lo, 1.25 * 1.25, 1e-9, 0);
    }
    eco_axis axis;
    eco_axis_init(&axis, 0, 0, false, 6);
    assert_sound(&axis, 0, 0, 2);
    assert_true(axis.hi == 1);
}

static void test_no_negative_joules_because_of_a_margin(void **state)
{
    (void)state;
    eco_axis axis;
    eco_axis_init(&axis, 0, 10, false, 5);
    assert_close(axis.lo, 0, 0, 0);
    eco_axis_init(&axis, 0.1, 10, false, 5);
    assert_close(axis.lo, 0, 0, 0);
    eco_axis_init(&axis, -0.1, 10, false, 5);
    assert_true(axis.lo < -0.1);
}

static void test_log_falls_back_where_it_cannot_be(void **state)
{
    (void)state;
    const double ends[][2] = {{0, 10}, {-1, 10}, {-10, -1}, {1, 1e300}};
    for (size_t i = 0; i < ECO_LEN(ends); i++) {
        eco_axis axis;
        eco_axis_init(&axis, ends[i][0], ends[i][1], true, 6);
        assert_false(axis.is_log);
    }
}

static void test_counts_have_whole_ticks(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 4, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        eco_axis axis;
        double first = 1 + (double)eco_rng_below(&rng, 1000);
        double last = first + (double)eco_rng_below(&rng, 1 + (uint64_t)round);
        eco_axis_init_count(&axis, first, last, 8);
        assert_close(axis.lo, first - 0.5, 0, 0);
        assert_close(axis.hi, last + 0.5, 0, 0);
        assert_sound(&axis, first, last, 1);
        for (size_t i = 0; i < axis.n_ticks; i++) {
            assert_close(axis.ticks[i], floor(axis.ticks[i]), 0, 0);
            assert_null(strpbrk(axis.texts[i], ".e"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_axes_of_every_size),
        cmocka_unit_test(test_log_axes_of_every_size),
        cmocka_unit_test(test_places_keep_the_order_and_the_ends),
        cmocka_unit_test(test_equal_steps_of_a_log_axis_are_equal_ratios),
        cmocka_unit_test(test_equal_ends_get_a_range_of_their_size),
        cmocka_unit_test(test_no_negative_joules_because_of_a_margin),
        cmocka_unit_test(test_log_falls_back_where_it_cannot_be),
        cmocka_unit_test(test_counts_have_whole_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
