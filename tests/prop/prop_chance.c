/*
 * The probability of being on an uncertain front: random cases against the integral over the
 * point's density, in which the rivals are independent, and relations between cases.
 */
#include "support/eco_test.h"

#include "core/rng.h"
#include "num/special.h"
#include "pareto/chance.h"

enum { CASES = 24, DRAWS = 40000, RIVALS = 5, CELLS = 240 };

/* Four standard errors of a share of DRAWS draws, at most. */
static const double NEAR = 4 * 0.5 / 200;

typedef struct random_case {
    double mean[2], sd[2];
    size_t n;
    double front[2 * RIVALS], front_sd[2 * RIVALS];
} random_case;

static random_case make(uint64_t seed, size_t m)
{
    random_case c = {.n = (size_t)(seed % (RIVALS + 1))};
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_TEST, 11);
    for (size_t k = 0; k < m; k++) {
        c.mean[k] = 0.7 * eco_rng_normal(&rng);
        c.sd[k] = 0.2 + eco_rng_uniform(&rng);
    }
    for (size_t i = 0; i < c.n * m; i++) {
        c.front[i] = eco_rng_normal(&rng);
        c.front_sd[i] = 0.1 + eco_rng_uniform(&rng);
    }
    return c;
}

static double chance_of(const random_case *c, size_t m, size_t n_draws)
{
    const eco_chance chance = {m, c->mean, c->sd, c->n, c->front, c->front_sd};
    eco_rng rng;
    eco_rng_init(&rng, 5, ECO_STREAM_TEST, 12);
    return eco_chance_on_front(&chance, &rng, n_draws);
}

/* Probability that no rival is better than x in all m objectives: a product, once x is fixed. */
static double free_at(const random_case *c, size_t m, const double *x)
{
    double is_free = 1;
    for (size_t j = 0; j < c->n; j++) {
        double better = 1;
        for (size_t k = 0; k < m; k++)
            better *= eco_norm_cdf((x[k] - c->front[j * m + k]) / c->front_sd[j * m + k]);
        is_free *= 1 - better;
    }
    return is_free;
}

/* Midpoint rule over six deviations either side, in one or two dimensions. */
static double integrate(const random_case *c, size_t m)
{
    double sum = 0, width = 12.0 / CELLS, density = width / sqrt(2 * acos(-1));
    for (int i = 0; i < CELLS; i++) {
        double z0 = -6 + width * (i + 0.5);
        double x[2] = {c->mean[0] + c->sd[0] * z0, 0};
        double weight = density * exp(-0.5 * z0 * z0);
        if (m == 1)
            sum += weight * free_at(c, m, x);
        for (int j = 0; j < CELLS && m == 2; j++) {
            double z1 = -6 + width * (j + 0.5);
            x[1] = c->mean[1] + c->sd[1] * z1;
            sum += weight * density * exp(-0.5 * z1 * z1) * free_at(c, m, x);
        }
    }
    return sum;
}

static void test_against_the_integral(void **state)
{
    (void)state;
    for (size_t m = 1; m <= 2; m++) {
        for (uint64_t seed = 0; seed < CASES; seed++) {
            random_case c = make(seed, m);
            assert_close(chance_of(&c, m, DRAWS), integrate(&c, m), 0, NEAR);
        }
    }
}

/* One more rival never helps, whatever it is; a rival out of reach changes nothing. */
static void test_rivals_never_help(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        random_case c = make(seed, 2);
        double last = 1;
        size_t n = c.n;
        for (c.n = 0; c.n <= n; c.n++) {
            double chance = chance_of(&c, 2, DRAWS);
            assert_true(chance <= last + NEAR);
            last = chance;
        }
        if (n == RIVALS)
            continue;
        for (size_t k = 0; k < 2; k++) {
            c.front[2 * n + k] = 1e6;
            c.front_sd[2 * n + k] = 1;
        }
        c.n = n + 1;
        assert_close(chance_of(&c, 2, DRAWS), last, 0, 2 * NEAR);
    }
}

static void test_cheaper_is_never_worse(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < CASES; seed++) {
        random_case c = make(seed, 2);
        double last = 0;
        for (c.mean[1] = 4; c.mean[1] > -4; c.mean[1] -= 1) {
            double chance = chance_of(&c, 2, DRAWS);
            assert_true(chance >= last - NEAR);
            last = chance;
        }
        /* So far below all rivals it is the best in this objective. */
        c.mean[1] = -50;
        assert_close(chance_of(&c, 2, 1000), 1, 0, 0);
    }
}

/* Deviations that are 0, NaN or not given are one thing, and cost no random numbers: else the
 * answers of a study without noise would depend on how many draws are asked for. */
static void test_exact_takes_no_random_numbers(void **state)
{
    static const double zero[2] = {0, 0}, missing[2] = {NAN, NAN};
    double none[2 * RIVALS];
    (void)state;
    for (size_t i = 0; i < ECO_LEN(none); i++)
        none[i] = (double)NAN;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        random_case c = make(seed, 2);
        const eco_chance chances[] = {{2, c.mean, zero, c.n, c.front, NULL},
                                      {2, c.mean, missing, c.n, c.front, none}};
        eco_rng used, fresh;
        eco_rng_init(&used, 1, ECO_STREAM_TEST, 13);
        eco_rng_init(&fresh, 1, ECO_STREAM_TEST, 13);
        bool is_dominated = false;
        for (size_t j = 0; j < c.n; j++)
            is_dominated =
                is_dominated || (c.front[2 * j] < c.mean[0] && c.front[2 * j + 1] < c.mean[1]);
        for (size_t i = 0; i < 2; i++)
            for (size_t n = 1; n < 40; n += 19)
                assert_close(eco_chance_on_front(&chances[i], &used, n), !is_dominated, 0, 0);
        assert_true(eco_rng_u64(&used) == eco_rng_u64(&fresh));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_integral),
        cmocka_unit_test(test_rivals_never_help),
        cmocka_unit_test(test_cheaper_is_never_worse),
        cmocka_unit_test(test_exact_takes_no_random_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
