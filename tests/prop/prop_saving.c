/*
 * What one more trial is expected to save, over random studies: the unmodelled view against a
 * belief that is updated one trial at a time and integrated by quadrature, and relations that hold
 * whatever the numbers are.
 */
#include "support/saving_world.h"

#include "core/rng.h"

enum { SEEDS = 60 };

/* So many trials to come until models are asked that waiting for them is never worth it, nor is
 * this trial's part of what they are hoped to save: what is left is the unmodelled view. */
static void study_open(world *s)
{
    world_open(s, 100000000, 9);
    s->y_se[0] = s->y_se[1] = (double)NAN;
}

/* The baseline, and trials of which some break the threshold and some fail. */
static void fill(world *s, uint64_t seed, size_t n, double unit)
{
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_TEST, 3);
    s->history.n = 0;
    add(s, 0.5, 0.8, 2 * unit, 1e5 * unit);
    for (size_t i = 1; i < n; i++) {
        double x = fmod(0.618034 * (double)i, 1), quality = 0.35 + 0.6 * eco_rng_uniform(&rng);
        double j = 2 * unit * exp(0.4 * eco_rng_normal(&rng));
        bool is_failed = eco_rng_uniform(&rng) < 0.2;
        add(s, x, quality, is_failed ? (double)NAN : j, 1e5 * unit * (1 + eco_rng_uniform(&rng)));
    }
}

/*
 * The belief about ln(j / baseline), told one trial after the other: mean, how many trials the mean
 * and the variance are worth, variance (Gelman et al. 2013, section 3.3).  The code under test has
 * it in one go from sums.
 */
typedef struct belief {
    double mean, n_mean, n_variance, variance;
    double n_good, n_all;
} belief;

static belief learn(const world *s)
{
    belief b = {0, 1, 3, 0.25, 0, 0};
    for (size_t i = 0; i < s->history.n; i++) {
        if (s->x[i] == s->baseline)
            continue;
        b.n_all++;
        if (isnan(s->y[i][1]) || s->y[i][0] < 0.5)
            continue;
        double off = log(s->y[i][1] / s->y[0][1]) - b.mean;
        double sum = b.n_variance * b.variance + b.n_mean / (b.n_mean + 1) * off * off;
        b.mean += off / (b.n_mean + 1);
        b.n_mean++;
        b.n_variance++;
        b.variance = sum / b.n_variance;
        b.n_good++;
    }
    return b;
}

/* E max(current - baseline e^Z, 0) by the midpoint rule over 9 deviations either side. */
static double integrate(const belief *b, double baseline_j, double current_j)
{
    enum { CELLS = 40000 };
    double sd = sqrt(b->variance * (1 + 1 / b->n_mean)), width = 18.0 / CELLS, sum = 0;
    for (int i = 0; i < CELLS; i++) {
        double z = -9 + width * (i + 0.5);
        double j = baseline_j * exp(b->mean + sd * z);
        sum += width * fmax(current_j - j, 0) * exp(-0.5 * z * z) / sqrt(2 * acos(-1));
    }
    return sum;
}

static void test_draws_by_quadrature(void **state)
{
    (void)state;
    world s;
    study_open(&s);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        fill(&s, seed, 1 + seed % SAVING_ROOM, 1);
        /* Few requests: nothing of what models promise can make up for the trials before them. */
        eco_saving saving = expect(&s, 1);
        belief b = learn(&s);
        double expected =
            (1 + b.n_good) / (2 + b.n_all) * integrate(&b, saving.baseline_j, saving.current_j);
        assert_close(saving.gain_j, expected, 2e-5, 1e-6);
        assert_false(saving.is_worth);
    }
    world_close(&s);
}

/* The mean of the last ten trials whose joules are known, whatever became of them. */
static void test_cost_is_the_mean_of_the_latest(void **state)
{
    (void)state;
    world s;
    study_open(&s);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double sum = 0, n = 0;
        fill(&s, seed, 1 + seed % SAVING_ROOM, 1);
        /* Negative joules are what a broken meter shows, not what a trial costs. */
        for (size_t i = 0; i + 1 < s.history.n; i += 4)
            s.observations[i].spent_j = i % 8 ? (double)NAN : -1;
        for (size_t i = s.history.n; i > 0 && n < 10; i--) {
            if (!(s.observations[i - 1].spent_j >= 0))
                continue;
            sum += s.observations[i - 1].spent_j;
            n++;
        }
        assert_close(expect(&s, 1).cost_j, sum / n, 1e-12, 0);
    }
    world_close(&s);
}

/* What is deployed keeps the threshold and is never worse than the baseline. */
static void test_what_is_deployed(void **state)
{
    (void)state;
    world s;
    study_open(&s);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        fill(&s, seed, 1 + seed % SAVING_ROOM, 1);
        eco_saving saving = expect(&s, 1e6);
        assert_close(saving.baseline_j, 2, 0, 0);
        assert_true(saving.current_j <= saving.baseline_j);
        assert_true(saving.gain_j >= 0 && saving.gain_j <= saving.current_j);
        assert_true(saving.chosen <= s.history.n);
        if (saving.chosen == s.history.n) {
            assert_close(saving.current_j, 2, 0, 0);
            continue;
        }
        assert_true(s.y[saving.chosen][0] >= 0.5);
        assert_true(!isnan(s.y[saving.chosen][1]));
    }
    world_close(&s);
}

/* In millijoules everything is a thousand times as much, and worth the same. */
static void test_units_do_not_matter(void **state)
{
    (void)state;
    world s;
    study_open(&s);
    s.problem.n_init = 4;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        fill(&s, seed, 1 + seed % 12, 1);
        eco_saving plain = expect(&s, 1e6);
        fill(&s, seed, 1 + seed % 12, 1000);
        eco_saving milli = expect(&s, 1e6);
        assert_int_equal(milli.chosen, plain.chosen);
        assert_close(milli.current_j, 1000 * plain.current_j, 1e-6, 0);
        assert_close(milli.cost_j, 1000 * plain.cost_j, 1e-4, 0);
        assert_true(milli.is_worth == plain.is_worth);
    }
    world_close(&s);
}

/* A measured baseline goes before the one that was told, and one without joules does not. */
static void test_measured_before_told(void **state)
{
    (void)state;
    world s;
    study_open(&s);
    s.deployment.baseline_j = 7;
    s.deployment.trial_j = 300;
    assert_close(expect(&s, 1).baseline_j, 7, 0, 0);
    assert_close(expect(&s, 1).cost_j, 300, 0, 0);
    add(&s, 0.5, 0.9, NAN, NAN);
    assert_close(expect(&s, 1).baseline_j, 7, 0, 0);
    assert_close(expect(&s, 1).cost_j, 300, 0, 0);
    add(&s, 0.5, 0.9, 3, 40);
    assert_close(expect(&s, 1).baseline_j, 3, 0, 0);
    assert_close(expect(&s, 1).cost_j, 40, 0, 0);
    world_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_by_quadrature),
        cmocka_unit_test(test_cost_is_the_mean_of_the_latest),
        cmocka_unit_test(test_what_is_deployed),
        cmocka_unit_test(test_units_do_not_matter),
        cmocka_unit_test(test_measured_before_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
