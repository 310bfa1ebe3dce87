/* The probability of being on an uncertain front, against what is known in closed form. */
#include "support/eco_test.h"

#include "num/special.h"
#include "pareto/chance.h"

enum { DRAWS = 200000 };

static double chance_of(const eco_chance *chance, size_t n_draws)
{
    eco_rng rng;
    eco_rng_init(&rng, 7, ECO_STREAM_TEST, 1);
    return eco_chance_on_front(chance, &rng, n_draws);
}

static void test_exact_costs_give_yes_or_no(void **state)
{
    static const double front[] = {1, 4, 2, 2, 4, 1}, exact[] = {0, NAN};
    static const struct {
        double mean[2];
        double chance;
    } cases[] = {{{3, 3}, 0},   {{1.5, 3}, 1}, {{2, 2}, 1}, {{2, 2.1}, 0},
                 {{0, 100}, 1}, {{1, 4.1}, 0}, {{5, 0}, 1}, {{INFINITY, INFINITY}, 0}};
    (void)state;
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        const eco_chance chance = {2, cases[i].mean, exact, 3, front, NULL};
        assert_close(chance_of(&chance, 1), cases[i].chance, 0, 0);
        assert_close(chance_of(&chance, 20), cases[i].chance, 0, 0);
    }
}

static void test_an_empty_front_and_a_missing_cost(void **state)
{
    static const double mean[] = {1, 1}, missing[] = {1, NAN}, sd[] = {1, 1}, front[] = {0, 0};
    (void)state;
    const eco_chance empty = {2, mean, sd, 0, NULL, NULL};
    const eco_chance unknown = {2, missing, sd, 1, front, NULL};
    assert_close(chance_of(&empty, 10), 1, 0, 0);
    assert_true(isnan(chance_of(&unknown, 10)));
}

/* One objective, one rival: P(x <= f) is Phi of the standardised difference. */
static void test_one_rival(void **state)
{
    static const double mean[] = {1.0}, sd[] = {0.3}, front[] = {0.8}, front_sd[] = {0.4};
    (void)state;
    const eco_chance both = {1, mean, sd, 1, front, front_sd};
    const eco_chance exact = {1, mean, sd, 1, front, NULL};
    assert_close(chance_of(&both, DRAWS), eco_norm_cdf(-0.2 / 0.5), 0, 4e-3);
    assert_close(chance_of(&exact, DRAWS), eco_norm_cdf(-0.2 / 0.3), 0, 4e-3);
}

/* Two objectives, one rival: it dominates when it is better in both, and these are independent. */
static void test_two_objectives(void **state)
{
    static const double mean[] = {1.0, 5.0}, sd[] = {0.5, 1.0}, front[] = {0.7, 5.5};
    (void)state;
    const eco_chance chance = {2, mean, sd, 1, front, NULL};
    double dominated = eco_norm_cdf(0.3 / 0.5) * eco_norm_cdf(-0.5 / 1.0);
    assert_close(chance_of(&chance, DRAWS), 1 - dominated, 0, 4e-3);
}

/* The point is shared by both comparisons: P(x < min(f, g)), not a product of two. */
static void test_rivals_share_the_point(void **state)
{
    static const double mean[] = {0.0}, sd[] = {1.0}, front[] = {0.0, 0.0};
    (void)state;
    const eco_chance chance = {1, mean, sd, 2, front, NULL};
    assert_close(chance_of(&chance, DRAWS), 0.5, 0, 4e-3);
}

static void test_same_state_same_answer(void **state)
{
    static const double mean[] = {0, 0}, sd[] = {1, 2}, front[] = {0, 0, 1, -1},
                        front_sd[] = {1, 1, 0.5, 0};
    (void)state;
    const eco_chance chance = {2, mean, sd, 2, front, front_sd};
    assert_close(chance_of(&chance, 500), chance_of(&chance, 500), 0, 0);
    assert_true(chance_of(&chance, 500) > 0.3 && chance_of(&chance, 500) < 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_costs_give_yes_or_no),
        cmocka_unit_test(test_an_empty_front_and_a_missing_cost),
        cmocka_unit_test(test_one_rival),
        cmocka_unit_test(test_two_objectives),
        cmocka_unit_test(test_rivals_share_the_point),
        cmocka_unit_test(test_same_state_same_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
