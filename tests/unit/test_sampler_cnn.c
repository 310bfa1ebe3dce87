/*
 * mobo on a stand-in for the real job: tune a network's width, depth, kernel, pooling and learning
 * rate for accuracy and joules, both noisy, reference point inferred.
 */
#include "core/rng.h"
#include "pareto/cost.h"
#include "sampler/sampler.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { PARAMS = 5, TRIALS = 30 };

static const ecopt_param network[PARAMS] = {
    {.name = "width", .type = ECOPT_PARAM_INT, .is_log = true, .min = 2, .max = 64},
    {.name = "depth", .type = ECOPT_PARAM_INT, .min = 1, .max = 4},
    {.name = "half_kernel", .type = ECOPT_PARAM_INT, .min = 1, .max = 3},
    {.name = "pool", .type = ECOPT_PARAM_BOOL},
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-5, .max = 0.1},
};
static const ecopt_objective goals[2] = {
    {.metric = "accuracy", .goal = ECOPT_GOAL_MAX},
    {.metric = "energy_j", .goal = ECOPT_GOAL_MIN, .scale = ECOPT_SCALE_LOG},
};

/* Accuracy saturates with capacity and needs the right learning rate; energy grows with work. */
static void train(const double *x, double *y)
{
    double kernel = 2 * x[2] + 1, miss = log10(x[4]) + 2.5;
    double work = x[0] * x[0] * (x[1] - 0.5) * kernel * kernel * (x[3] > 0 ? 0.4 : 1);
    double capacity = 0.12 / (1 + 0.02 * x[0] * sqrt(x[1])) + (x[3] > 0 ? 0 : 0.01);
    y[0] = 0.94 - capacity - 0.8 * (1 - exp(-0.3 * miss * miss));
    y[1] = 20 + 0.05 * work;
}

static double front_volume(ecopt_ctx *ctx, double y[][2])
{
    const double ref[2] = {-0.5, 4};
    double cost[TRIALS][2], hv = 0;
    for (size_t i = 0; i < TRIALS; i++)
        for (size_t k = 0; k < 2; k++)
            cost[i][k] = eco_cost(&goals[k], y[i][k]);
    assert_status(ctx, ecopt_hypervolume(ctx, TRIALS, 2, cost[0], ref, &hv), ECOPT_OK);
    return hv;
}

/* Hypervolume of the true values of what the sampler tried; it saw noisy ones. */
static double study_run(ecopt_ctx *ctx, const ecopt_space *space, const char *sampler,
                        uint64_t seed)
{
    static double x[TRIALS][PARAMS], seen[TRIALS][2], exact[TRIALS][2];
    static const double se[2] = {0.003, 0};
    static eco_observation observations[TRIALS];
    const eco_problem problem = {
        .space = space, .n_objectives = 2, .objectives = goals, .n_init = 6, .seed = seed};
    eco_rng noise;
    eco_rng_init(&noise, seed, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < TRIALS; i++) {
        double reference[2];
        eco_history history = {.n = i, .observations = observations, .trial = i + 1};
        eco_suggestion suggestion = {.x = x[i], .reference = reference};
        assert_status(
            ctx,
            eco_sampler_suggest(ctx, eco_sampler_find(sampler), &problem, &history, &suggestion),
            ECOPT_OK);
        train(x[i], exact[i]);
        seen[i][0] = exact[i][0] + 0.003 * eco_rng_normal(&noise);
        seen[i][1] = exact[i][1] * (1 + 0.03 * eco_rng_normal(&noise));
        observations[i] = (eco_observation){.x = x[i], .y = seen[i], .y_se = se};
    }
    return front_volume(ctx, exact);
}

static void test_mobo_beats_random_and_sobol(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_space *space = NULL;
    double mobo = 0, random = 0, sobol = 0;
    assert_status(ctx, eco_space_new(ctx, network, PARAMS, &space), ECOPT_OK);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        mobo += study_run(ctx, space, "mobo", seed) / 3;
        random += study_run(ctx, space, "random", seed) / 3;
        sobol += study_run(ctx, space, "sobol", seed) / 3;
    }
    print_message("hypervolume: mobo %.4f, random %.4f, sobol %.4f\n", mobo, random, sobol);
    assert_true(mobo > random + 0.05 && mobo > sobol + 0.04);
    eco_space_free(ctx, space);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mobo_beats_random_and_sobol)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
