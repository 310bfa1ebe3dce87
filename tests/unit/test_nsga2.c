#include "sampler/points.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>
#include <stdlib.h>

enum { DIMS = 4, TRIALS = 400, SEEDS = 5 };

static const char *const names[DIMS] = {"a", "b", "c", "e"};
static const ecopt_objective objectives[2] = {{.metric = "f", .goal = ECOPT_GOAL_MIN},
                                              {.metric = "g", .goal = ECOPT_GOAL_MIN}};
static const ecopt_constraint limit = {
    .text = "h <= 0", .metric = "h", .relation = ECOPT_AT_MOST, .bound = 0};

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    size_t n;
    double x[TRIALS][DIMS], y[TRIALS][2], c[TRIALS][1];
    eco_observation observations[TRIALS];
    char origin[16];
} world;

static void world_open(world *w, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    ecopt_param params[DIMS];
    for (size_t i = 0; i < DIMS; i++)
        params[i] = (ecopt_param){.name = names[i], .type = ECOPT_PARAM_FLOAT, .max = 1};
    assert_status(w->ctx, eco_space_new(w->ctx, params, DIMS, &w->space), ECOPT_OK);
    w->problem = (eco_problem){.space = w->space,
                               .n_objectives = 2,
                               .objectives = objectives,
                               .constraints = &limit,
                               .n_init = 3,
                               .seed = seed};
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static void ask(world *w, const eco_sampler_ops *sampler, double *x)
{
    double reference[2];
    eco_suggestion suggestion = {.x = x, .reference = reference};
    eco_history history = {.n = w->n, .observations = w->observations, .trial = w->n + 1};
    assert_status(w->ctx, eco_sampler_suggest(w->ctx, sampler, &w->problem, &history, &suggestion),
                  ECOPT_OK);
    (void)snprintf(w->origin, sizeof w->origin, "%s", suggestion.origin);
}

/* Two spheres, whose front is the line between their centres; h is negative near b = 1/2. */
static void tell(world *w)
{
    size_t i = w->n++;
    w->y[i][0] = w->y[i][1] = 0;
    for (size_t k = 0; k < DIMS; k++) {
        w->y[i][0] += pow(w->x[i][k] - 0.3, 2);
        w->y[i][1] += pow(w->x[i][k] - 0.6, 2);
    }
    w->c[i][0] = fabs(w->x[i][1] - 0.5) - 0.02;
    w->observations[i] = (eco_observation){
        .x = w->x[i], .y = w->y[i], .y_se = w->y[i], .c = w->c[i], .state = ECO_OBSERVED_COMPLETE};
}

static double hypervolume_after(world *w, const eco_sampler_ops *sampler, size_t trials)
{
    static const double reference[2] = {0.5, 0.5};
    double volume = 0;
    while (w->n < trials) {
        ask(w, sampler, w->x[w->n]);
        tell(w);
    }
    assert_status(w->ctx, ecopt_hypervolume(w->ctx, w->n, 2, w->y[0], reference, &volume),
                  ECOPT_OK);
    return volume;
}

/* On the front f = 0.36 t^2 and g = 0.36 (1 - t)^2, so the largest volume is 0.25 - 0.0216. nsga2
 * leaves about a third of random's gap to it. */
static void test_beats_random_by_far(void **state)
{
    (void)state;
    static world w;
    double gap[2] = {0};
    static const eco_sampler_ops *const samplers[2] = {&eco_sampler_nsga2, &eco_sampler_random};
    for (size_t s = 0; s < 2; s++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            world_open(&w, seed);
            gap[s] += (0.2284 - hypervolume_after(&w, samplers[s], 200)) / SEEDS;
            world_close(&w);
        }
    print_message("gap to the largest hypervolume: nsga2 %.4f, random %.4f\n", gap[0], gap[1]);
    assert_true(gap[0] > 0 && gap[0] < gap[1] / 2);
}

static size_t count_feasible(const world *w, size_t from)
{
    size_t n = 0;
    for (size_t i = from; i < w->n; i++)
        n += w->c[i][0] <= 0;
    return n;
}

/* A limit that 4 % of the space keep: nearly all of random's points break it. */
static void test_learns_constraints(void **state)
{
    (void)state;
    static world w;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        world_open(&w, seed);
        w.problem.n_constraints = 1;
        (void)hypervolume_after(&w, &eco_sampler_nsga2, 150);
        assert_true(count_feasible(&w, 100) >= 25);
        world_close(&w);
    }
}

/* The first population is evenly spread; then come offspring. */
static void test_first_population_is_sobol(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 1);
    double x[DIMS];
    for (; w.n < 20; tell(&w)) {
        ask(&w, &eco_sampler_nsga2, w.x[w.n]);
        assert_string_equal(w.origin, w.n < 12 ? "sobol" : "nsga2");
        ask(&w, &eco_sampler_sobol, x);
        assert_true(eco_space_equal(w.space, x, w.x[w.n]) == (w.n < 12));
    }
    /* A larger initial design of the user's is kept. */
    w.problem.n_init = 21;
    ask(&w, &eco_sampler_nsga2, x);
    assert_string_equal(w.origin, "sobol");
    world_close(&w);
}

/* Parents are the best trials: with one cluster near the front, offspring come from there. */
static void test_failed_and_missing_ones_are_no_parents(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 2);
    for (int i = 0; i < 40; i++) {
        bool is_good = i % 2;
        for (size_t k = 0; k < DIMS; k++)
            w.x[w.n][k] = is_good ? 0.45 + 0.002 * i : 0.05 + 0.001 * i;
        tell(&w);
        if (is_good)
            continue;
        /* Failed ones would be best if their values counted. */
        w.y[w.n - 1][0] = w.y[w.n - 1][1] = i % 4 ? -1 : nan("");
        w.observations[w.n - 1].state = i % 4 ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE;
    }
    size_t n_near = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        double x[DIMS];
        w.problem.seed = seed;
        ask(&w, &eco_sampler_nsga2, x);
        n_near += x[0] > 0.3 && x[1] > 0.3 && x[2] > 0.3 && x[3] > 0.3;
    }
    assert_true(n_near >= 45);
    world_close(&w);
}

/* All parents have one level of five: a mutation leads to a neighbour, from an end inwards. */
static void test_mutation_moves_by_one_level(void **state)
{
    (void)state;
    static world w;
    for (int level = 1; level <= 5; level += 2) {
        size_t n_at[7] = {0};
        world_open(&w, 4);
        eco_space_free(w.ctx, w.space);
        const ecopt_param params[2] = {{.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 5},
                                       {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1}};
        assert_status(w.ctx, eco_space_new(w.ctx, params, 2, &w.space), ECOPT_OK);
        w.problem.space = w.space;
        while (w.n < 24) {
            w.x[w.n][0] = level;
            w.x[w.n][1] = (double)w.n / 24;
            tell(&w);
        }
        for (w.problem.seed = 0; w.problem.seed < 100; w.problem.seed++) {
            double x[DIMS];
            ask(&w, &eco_sampler_nsga2, x);
            n_at[(size_t)x[0]]++;
        }
        /* A half of the offspring, less what crossover left as it was and is no new point. */
        for (int k = 1; k <= 5; k++)
            if (k != level)
                assert_true(abs(k - level) == 1 ? n_at[k] >= 10 : n_at[k] == 0);
        world_close(&w);
    }
}

/* With all but nothing that works there is nothing to breed from. */
static void test_without_parents_goes_on_evenly(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 3);
    for (; w.n < 30;) {
        ask(&w, &eco_sampler_nsga2, w.x[w.n]);
        assert_string_equal(w.origin, "sobol");
        tell(&w);
        w.observations[w.n - 1].state = ECO_OBSERVED_FAILED;
    }
    double x[DIMS];
    w.observations[7].state = ECO_OBSERVED_COMPLETE; /* one alone has no partner */
    ask(&w, &eco_sampler_nsga2, x);
    assert_string_equal(w.origin, "sobol");
    w.observations[9].state = ECO_OBSERVED_COMPLETE;
    ask(&w, &eco_sampler_nsga2, x);
    assert_string_equal(w.origin, "nsga2");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beats_random_by_far),
        cmocka_unit_test(test_learns_constraints),
        cmocka_unit_test(test_first_population_is_sobol),
        cmocka_unit_test(test_failed_and_missing_ones_are_no_parents),
        cmocka_unit_test(test_mutation_moves_by_one_level),
        cmocka_unit_test(test_without_parents_goes_on_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
