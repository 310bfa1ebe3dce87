/* The aim of a trial: ends of the front, weak tails, wide turns, extension of the reference. */
#include "core/rng.h"
#include "sampler/aim.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { MAX_POINTS = 2000, NARROW_TRIAL = 1, WIDE_0 = 10, WIDE_1 = 5, WIDE_ALL = 3 };

static const bool none_fixed[ECOPT_MAX_OBJECTIVES] = {false};

typedef struct answer {
    double aim[ECOPT_MAX_OBJECTIVES], in_force[ECOPT_MAX_OBJECTIVES];
} answer;

static answer choose(const eco_aim_input *input)
{
    answer got;
    ecopt_ctx *ctx = eco_test_ctx();
    assert_status(ctx, eco_aim_choose(ctx, input, got.aim, got.in_force), ECOPT_OK);
    ecopt_ctx_free(ctx);
    return got;
}

/* A quarter circle, whose ends are worth the way. */
static eco_aim_input arc(size_t n, double *front)
{
    static const double in_force[2] = {3, 5};
    for (size_t i = 0; i < n; i++) {
        double angle = acos(-1) / 2 * (double)i / (double)(n - 1);
        front[2 * i] = sin(angle);
        front[2 * i + 1] = cos(angle);
    }
    front[1] = front[2 * n - 2] = 1;
    front[0] = front[2 * n - 1] = 0;
    return (eco_aim_input){.n = n,
                           .m = 2,
                           .front = front,
                           .in_force = in_force,
                           .is_fixed = none_fixed,
                           .trial = NARROW_TRIAL};
}

static void test_turns_of_two_objectives(void **state)
{
    (void)state;
    double front[22];
    eco_aim_input input = arc(11, front);
    for (uint64_t trial = 1; trial <= 20; trial++) {
        input.trial = trial;
        answer got = choose(&input);
        /* Range 1 and end 1 in both; a tenth beyond, or max(1 + 3, in force). */
        assert_close(got.aim[0], trial % WIDE_0 == 0 ? 4 : 1.1, 1e-12, 0);
        assert_close(got.aim[1], trial % WIDE_0 == WIDE_1 ? 5 : 1.1, 1e-12, 0);
        assert_memory_equal(got.in_force, input.in_force, 2 * sizeof(double));
    }
}

static void test_turns_of_three_objectives(void **state)
{
    (void)state;
    const double front[9] = {0, 1, 1, 1, 0, 1, 1, 1, 0}, in_force[3] = {2, 2, 9};
    eco_aim_input input = {
        .n = 3, .m = 3, .front = front, .in_force = in_force, .is_fixed = none_fixed};
    for (input.trial = 1; input.trial <= 9; input.trial++) {
        bool is_wide = input.trial % WIDE_ALL == 0;
        answer got = choose(&input);
        assert_close(got.aim[0], is_wide ? 4 : 1.1, 1e-12, 0);
        assert_close(got.aim[1], is_wide ? 4 : 1.1, 1e-12, 0);
        assert_close(got.aim[2], is_wide ? 9 : 1.1, 1e-12, 0);
    }
}

/* A thousand in one objective for a thousandth of the other is no end to go by. */
static void test_weak_tails_are_cut(void **state)
{
    (void)state;
    const double front[12] = {0, 1, 0.2, 0.6, 0.5, 0.3, 1, 0, 30, -0.0005, 1000, -0.001};
    const double in_force[2] = {2, 2};
    eco_aim_input input = {
        .n = 6, .m = 2, .front = front, .in_force = in_force, .is_fixed = none_fixed, .trial = 1};
    answer got = choose(&input);
    assert_close(got.aim[0], 1.1, 1e-12, 0);
    assert_close(got.aim[1], 1.1, 1e-12, 0);
    assert_memory_equal(got.in_force, in_force, sizeof in_force);
    /* Seen from the tail all the rest is a point; it must not pass for a tail of objective 1. */
    input.trial = WIDE_1;
    assert_close(choose(&input).aim[1], 4, 1e-12, 0);
    input.trial = 1;
    /* What earns its length is an end, also beyond the reference in force. */
    const double dear[12] = {0, 1, 0.2, 0.6, 0.5, 0.3, 1, 0, 2, -0.2, 4, -0.6};
    input.front = dear;
    got = choose(&input);
    assert_close(got.aim[0], 4.4, 1e-12, 0);
    assert_close(got.in_force[0], 4.4, 1e-12, 0);
    assert_true(got.in_force[1] == 2);
}

/* A front of one point has no ends: the reference in force stays the aim. */
static void test_a_front_of_one_point(void **state)
{
    (void)state;
    const double front[2] = {1, 2}, in_force[2] = {3, 5};
    eco_aim_input input = {
        .n = 1, .m = 2, .front = front, .in_force = in_force, .is_fixed = none_fixed, .trial = 1};
    answer got = choose(&input);
    assert_memory_equal(got.aim, in_force, sizeof in_force);
    assert_memory_equal(got.in_force, in_force, sizeof in_force);
}

/* Two points side by side must not draw all later trials to themselves. */
static void test_short_fronts_keep_a_range(void **state)
{
    (void)state;
    const double front[4] = {0, 1, 1e-9, 1 - 1e-9}, in_force[2] = {2, 3};
    eco_aim_input input = {
        .n = 2, .m = 2, .front = front, .in_force = in_force, .is_fixed = none_fixed, .trial = 1};
    answer got = choose(&input);
    assert_close(got.aim[0], 0.1 * 2 / 20, 1e-6, 0);
    assert_close(got.aim[1], 1 + 0.1 * 2 / 20, 1e-6, 0);
    input.trial = WIDE_0;
    assert_true(choose(&input).aim[0] == 2);
    input.trial = WIDE_1;
    assert_true(choose(&input).aim[1] == 3);
}

static void test_thresholds_stay(void **state)
{
    (void)state;
    double front[22];
    const double in_force[2] = {0.25, 0.25};
    const bool first[2] = {true, false};
    eco_aim_input input = arc(11, front);
    input.in_force = in_force;
    input.is_fixed = first;
    for (input.trial = 1; input.trial <= 20; input.trial++) {
        answer got = choose(&input);
        assert_true(got.aim[0] == 0.25 && got.in_force[0] == 0.25);
        assert_true(got.aim[1] > 1);
        assert_close(got.in_force[1], 1.1, 1e-12, 0);
    }
}

/* Nothing to go by: the reference in force. */
static void test_degenerate_fronts(void **state)
{
    (void)state;
    const double front[4] = {1, 2, 1, 2}, in_force[2] = {3, 5}, best[2] = {1, 2};
    const double edge[4] = {-1.7e308, 1, 1.7e308, 0}, far[2] = {1.75e308, 3};
    eco_aim_input input = {
        .m = 2, .front = front, .in_force = in_force, .is_fixed = none_fixed, .trial = WIDE_0};
    for (input.n = 0; input.n <= 1; input.n++)
        assert_memory_equal(choose(&input).aim, in_force, sizeof in_force);
    /* Two equal points have no range, only the least one. */
    input.n = 2;
    assert_true(choose(&input).aim[0] == 3);
    assert_close(choose(&input).aim[1], 2 + 0.1 * 3 / 20, 1e-12, 0);
    input.in_force = best;
    assert_memory_equal(choose(&input).aim, best, sizeof best);
    /* One objective has no front to speak of. */
    input.m = 1;
    assert_true(choose(&input).aim[0] == 1);
    /* A range that is no number. */
    input = (eco_aim_input){
        .n = 2, .m = 2, .front = edge, .in_force = far, .is_fixed = none_fixed, .trial = 1};
    for (; input.trial <= 10; input.trial++) {
        answer got = choose(&input);
        assert_true(got.aim[0] == far[0] && isfinite(got.aim[1]));
        assert_memory_equal(got.in_force, far, sizeof far);
    }
}

/* A long front is followed at some of its points, both ends among them. */
static void test_long_fronts(void **state)
{
    (void)state;
    static double front[2 * MAX_POINTS];
    eco_aim_input input = arc(MAX_POINTS, front);
    answer got = choose(&input);
    assert_close(got.aim[0], 1.1, 1e-12, 0);
    assert_close(got.aim[1], 1.1, 1e-12, 0);
}

/* Points of which none dominates another: on a sphere around the worst corner or the best. */
static size_t random_front(eco_rng *rng, size_t m, double *front)
{
    size_t n = 2 + (size_t)(eco_rng_uniform(rng) * 30);
    bool is_convex = eco_rng_uniform(rng) < 0.5;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < m; k++) {
            front[i * m + k] = 0.001 + eco_rng_uniform(rng);
            sum += front[i * m + k] * front[i * m + k];
        }
        for (size_t k = 0; k < m; k++) {
            front[i * m + k] /= sqrt(sum);
            front[i * m + k] = is_convex ? 1 - front[i * m + k] : front[i * m + k];
        }
    }
    return n;
}

/* Neither the unit of an objective nor the order of the points matters. */
static void test_units_and_order(void **state)
{
    (void)state;
    static const int exponents[] = {-990, -30, 0, 30, 990};
    eco_rng rng;
    static double front[64 * 4], other[64 * 4];
    double other_in_force[4];
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    for (uint64_t item = 0; item < 200; item++) {
        size_t m = 2 + item % 3, n = random_front(&rng, m, front);
        const double in_force[4] = {1.5, 0.5, 2, 1};
        eco_aim_input input = {.n = n,
                               .m = m,
                               .front = front,
                               .in_force = in_force,
                               .is_fixed = none_fixed,
                               .trial = item};
        answer a = choose(&input);
        for (size_t k = 0; k < m; k++) {
            int exponent = exponents[(item + k) % 5];
            for (size_t i = 0; i < n; i++)
                other[(n - 1 - i) * m + k] = ldexp(front[i * m + k], exponent);
            other_in_force[k] = ldexp(in_force[k], exponent);
        }
        input.front = other;
        input.in_force = other_in_force;
        answer b = choose(&input);
        for (size_t k = 0; k < m; k++) {
            assert_true(b.aim[k] == ldexp(a.aim[k], exponents[(item + k) % 5]));
            assert_true(b.in_force[k] == ldexp(a.in_force[k], exponents[(item + k) % 5]));
        }
    }
}

/* Whatever fronts come one after another, the reference in force never gets better, and every aim
 * leaves room to improve in. */
static void test_reference_is_only_extended(void **state)
{
    (void)state;
    eco_rng rng;
    static double front[64 * 4];
    eco_rng_init(&rng, 4, ECO_STREAM_TEST, 0);
    for (size_t m = 2; m <= 4; m++) {
        double in_force[4] = {0.1, 0.9, -3, 0.5};
        for (uint64_t trial = 1; trial <= 100; trial++) {
            size_t n = random_front(&rng, m, front);
            eco_aim_input input = {.n = n,
                                   .m = m,
                                   .front = front,
                                   .in_force = in_force,
                                   .is_fixed = none_fixed,
                                   .trial = trial};
            answer got = choose(&input);
            for (size_t k = 0; k < m; k++) {
                double best = HUGE_VAL;
                for (size_t i = 0; i < n; i++)
                    best = fmin(best, front[i * m + k]);
                assert_true(got.in_force[k] >= in_force[k]);
                assert_true(isfinite(got.aim[k]) && got.aim[k] > best);
                in_force[k] = got.in_force[k];
            }
        }
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    double front[22], aim[2], in_force[2];
    eco_aim_input input = arc(11, front);
    for (long fail_at = 0; fail_at < 2; fail_at++) {
        eco_faulty_alloc faulty = {.fail_at = fail_at};
        ecopt_ctx *ctx = eco_test_ctx_new(&faulty);
        assert_int_equal(eco_aim_choose(ctx, &input, aim, in_force), ECOPT_E_NOMEM);
        assert_int_equal(faulty.live, 0);
        ecopt_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turns_of_two_objectives),
        cmocka_unit_test(test_turns_of_three_objectives),
        cmocka_unit_test(test_weak_tails_are_cut),
        cmocka_unit_test(test_a_front_of_one_point),
        cmocka_unit_test(test_short_fronts_keep_a_range),
        cmocka_unit_test(test_thresholds_stay),
        cmocka_unit_test(test_degenerate_fronts),
        cmocka_unit_test(test_long_fronts),
        cmocka_unit_test(test_units_and_order),
        cmocka_unit_test(test_reference_is_only_extended),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
