#include "sampler/variation.h"
#include "support/eco_test.h"

enum { DRAWS = 200000 };

static eco_rng rng_of(uint64_t item)
{
    eco_rng rng;
    eco_rng_init(&rng, 77, ECO_STREAM_TEST, item);
    return rng;
}

static void test_sbx_keeps_the_mean_and_the_bounds(void **state)
{
    (void)state;
    eco_rng rng = rng_of(1);
    for (int i = 0; i < DRAWS / 4; i++) {
        double a = eco_rng_uniform(&rng), b = eco_rng_uniform(&rng), c[2];
        double eta = i % 3 == 0 ? 0 : i % 3 == 1 ? 2 : 15;
        eco_vary_sbx(&rng, eta, a, b, c);
        assert_close(c[0] + c[1], a + b, 1e-12, 1e-12);
        assert_true(c[0] >= 0 && c[0] <= 1 && c[1] >= 0 && c[1] <= 1);
        /* Each child is named after the parent it is nearer to. */
        assert_true((a <= b) == (c[0] <= c[1]));
    }
}

/*
 * Far from the bounds beta has the distribution function beta^(eta+1) / 2 up to 1 and
 * 1 - beta^-(eta+1) / 2 above (integrals of the density of equations 9 and 10).
 */
static void test_sbx_spread_has_its_distribution(void **state)
{
    (void)state;
    static const double at[6] = {0.5, 0.8, 0.95, 1, 1.05, 1.3};
    for (int eta = 2; eta <= 15; eta += 13) {
        eco_rng rng = rng_of(2);
        double below[6] = {0};
        for (int i = 0; i < DRAWS; i++) {
            double c[2];
            eco_vary_sbx(&rng, eta, 0.4999, 0.5001, c);
            double beta = (c[1] - c[0]) / 0.0002;
            for (size_t k = 0; k < 6; k++)
                below[k] += beta <= at[k];
        }
        for (size_t k = 0; k < 6; k++) {
            double expected =
                at[k] <= 1 ? 0.5 * pow(at[k], eta + 1) : 1 - 0.5 * pow(at[k], -(eta + 1));
            assert_close(below[k] / DRAWS, expected, 0, 0.005); /* beyond 4 sd */
        }
    }
}

/* Next to a bound the distribution is cut off at beta = 2 and made whole again: alpha = 2 -
 * 2^-(eta+1). */
static void test_sbx_spread_is_cut_off_at_the_bound(void **state)
{
    (void)state;
    enum { ETA = 2 };
    static const double at[4] = {0.8, 1, 1.2, 1.9};
    double alpha = 2 - pow(2, -(ETA + 1)), below[4] = {0};
    eco_rng rng = rng_of(6);
    for (int i = 0; i < DRAWS; i++) {
        double c[2];
        eco_vary_sbx(&rng, ETA, 0.1, 0.3, c);
        double beta = (c[1] - c[0]) / 0.2;
        assert_true(beta <= 2 + 1e-12);
        for (size_t k = 0; k < 4; k++)
            below[k] += beta <= at[k];
    }
    for (size_t k = 0; k < 4; k++) {
        double whole = at[k] <= 1 ? pow(at[k], ETA + 1) : 2 - pow(at[k], -(ETA + 1));
        assert_close(below[k] / DRAWS, whole / alpha, 0, 0.005);
    }
}

static void test_sbx_of_equal_and_extreme_parents(void **state)
{
    (void)state;
    eco_rng rng = rng_of(3);
    double c[2];
    eco_vary_sbx(&rng, 15, 0.3, 0.3, c);
    assert_close(c[0], 0.3, 0, 0);
    assert_close(c[1], 0.3, 0, 0);
    for (int i = 0; i < 1000; i++) {
        /* No room outside, so the children lie between their parents. */
        eco_vary_sbx(&rng, 15, 1, 0, c);
        assert_true(c[0] >= 0.5 && c[0] <= 1 && c[1] >= 0 && c[1] <= 0.5);
        eco_vary_sbx(&rng, 15, 0, 5e-324, c);
        assert_true(c[0] >= 0 && c[1] >= 0 && c[1] <= 5e-324);
    }
}

/*
 * From the middle the step s has P(|step| > s) = ((1 - s)^(eta+1) - 0.5^(eta+1)) / (1 -
 * 0.5^(eta+1)) by the inverse of the operator's formula, and is down as often as up.
 */
static void test_mutation_has_its_distribution(void **state)
{
    (void)state;
    static const double at[4] = {0.01, 0.03, 0.1, 0.4};
    for (int eta = 2; eta <= 20; eta += 18) {
        eco_rng rng = rng_of(4);
        double beyond[4] = {0}, down = 0;
        for (int i = 0; i < DRAWS; i++) {
            double u = eco_vary_mutate(&rng, eta, 0.5);
            down += u < 0.5;
            for (size_t k = 0; k < 4; k++)
                beyond[k] += fabs(u - 0.5) > at[k];
        }
        double out = pow(0.5, eta + 1);
        assert_close(down / DRAWS, 0.5, 0, 0.005);
        for (size_t k = 0; k < 4; k++)
            assert_close(beyond[k] / DRAWS, (pow(1 - at[k], eta + 1) - out) / (1 - out), 0, 0.005);
    }
}

static void test_mutation_stays_in_bounds(void **state)
{
    (void)state;
    eco_rng rng = rng_of(5);
    double least = 1, most = 0;
    for (int i = 0; i < DRAWS / 4; i++) {
        double u = i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : eco_rng_uniform(&rng);
        double moved = eco_vary_mutate(&rng, i % 2 ? 20 : 0, u);
        assert_true(moved >= 0 && moved <= 1);
        /* At a bound half of the steps have no room and stay; the others go inwards. */
        if (u <= 0)
            most = fmax(most, moved);
        if (u >= 1)
            least = fmin(least, moved);
    }
    assert_true(most > 0.9 && least < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sbx_keeps_the_mean_and_the_bounds),
        cmocka_unit_test(test_sbx_spread_has_its_distribution),
        cmocka_unit_test(test_sbx_spread_is_cut_off_at_the_bound),
        cmocka_unit_test(test_sbx_of_equal_and_extreme_parents),
        cmocka_unit_test(test_mutation_has_its_distribution),
        cmocka_unit_test(test_mutation_stays_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
