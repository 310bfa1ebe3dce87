/* When an objective is modelled by its logarithm, and what the sampler makes of it. */
#include "sampler/mobo_model.h"
#include "sampler/transform.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { MAX = 80, D = 3 };

static const ecopt_param cube[D] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "c", .type = ECOPT_PARAM_FLOAT, .max = 1},
};

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    ecopt_objective objectives[2];
    ecopt_sampler_settings settings;
    eco_problem problem;
    eco_history history;
    eco_observation observations[MAX];
    double x[MAX][D], y[MAX][2], se[MAX][2];
    eco_transform_data data;
    double value[MAX], value_se[MAX];
} world;

/* Four decades of joules, and a plain polynomial. */
static double joules(const double *x)
{
    return exp(6 * x[0] + 3 * x[1] + (x[2] - 0.3) * (x[2] - 0.3));
}

static double loss(const double *x)
{
    return 3 - 2 * x[0] - x[1] * (1 - x[1]) + (x[2] - 0.3) * (x[2] - 0.3);
}

static world *world_new(size_t n)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->ctx = eco_test_ctx();
    assert_status(w->ctx, eco_space_new(w->ctx, cube, D, &w->space), ECOPT_OK);
    w->objectives[0] = (ecopt_objective){
        .metric = "energy_j", .scale = ECOPT_SCALE_LINEAR, .has_threshold = true, .threshold = 400};
    w->objectives[1] = (ecopt_objective){
        .metric = "loss", .scale = ECOPT_SCALE_LINEAR, .has_threshold = true, .threshold = 4};
    w->problem = (eco_problem){.space = w->space,
                               .n_objectives = 2,
                               .objectives = w->objectives,
                               .settings = &w->settings,
                               .n_init = 4,
                               .seed = 3};
    w->history = (eco_history){.n = n, .observations = w->observations, .trial = n + 1};
    for (size_t i = 0; i < n; i++) {
        eco_history before = {.n = i, .observations = w->observations, .trial = i + 1};
        assert_status(w->ctx, eco_points_sobol(w->ctx, &w->problem, &before, w->x[i]), ECOPT_OK);
        w->y[i][0] = w->value[i] = joules(w->x[i]);
        w->y[i][1] = loss(w->x[i]);
        w->observations[i] = (eco_observation){.x = w->x[i], .y = w->y[i], .y_se = w->se[i]};
    }
    w->data = (eco_transform_data){.problem = &w->problem,
                                   .history = &w->history,
                                   .d = D,
                                   .features = w->x[0],
                                   .value = w->value,
                                   .se = w->value_se,
                                   .reference = 400};
    return w;
}

static void world_free(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
    free(w);
}

static bool choose(world *w)
{
    bool is_log = false;
    assert_status(w->ctx, eco_transform_choose(w->ctx, &w->data, &is_log), ECOPT_OK);
    return is_log;
}

/* The unit of the costs makes no difference, nor does the number of trials. */
static void test_decades_are_logarithms(void **state)
{
    (void)state;
    static const double units[] = {1, 1e-290, 1e290, 3.6e6};
    for (size_t n = 12; n <= MAX; n += 17) {
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            world *w = world_new(n);

            for (size_t i = 0; i < n; i++)
                w->value[i] *= units[u];
            w->data.reference = 400 * units[u];
            assert_true(choose(w));
            world_free(w);
        }
    }
}

static void test_plain_costs_stay(void **state)
{
    (void)state;
    world *w = world_new(30);

    for (size_t i = 0; i < 30; i++)
        w->value[i] = loss(w->x[i]);
    w->data.reference = 4;
    assert_false(choose(w));
    /* Positive, and down to nearly 0: large ratios alone are no reason. */
    for (size_t i = 0; i < 30; i++)
        w->value[i] = 1e-4 + w->x[i][0];
    w->data.reference = 1;
    assert_false(choose(w));
    for (size_t i = 0; i < 30; i++)
        w->value[i] = 5; /* nothing to tell */
    assert_false(choose(w));
    world_free(w);
}

/* Noise that grows with the cost: the density is for the logarithm, errors are hardly smaller. */
static void test_density_alone_does_not_decide(void **state)
{
    (void)state;
    world *w = world_new(30);
    eco_rng rng;

    eco_rng_init(&rng, 5, ECO_STREAM_TEST, 0);
    double features[30];
    w->data.d = 1;
    w->data.features = features;
    w->data.reference = 0;
    for (size_t i = 0; i < 30; i++) {
        features[i] = ((double)i + 0.5) / 30;
        w->value[i] = exp(1.6 * sin(9 * features[i]) + 0.3 * eco_rng_normal(&rng));
        w->data.reference = fmax(w->data.reference, w->value[i]);
    }
    assert_false(choose(w));
    world_free(w);
}

static void test_what_forbids_it(void **state)
{
    (void)state;
    world *w = world_new(30);

    assert_true(choose(w));
    w->data.reference = 0;
    assert_false(choose(w));
    w->data.reference = 400;
    w->objectives[0].scale = ECOPT_SCALE_LOG;
    assert_false(choose(w));
    w->objectives[0].scale = ECOPT_SCALE_LINEAR;
    w->objectives[0].goal = ECOPT_GOAL_MAX;
    assert_false(choose(w));
    w->objectives[0].goal = ECOPT_GOAL_MIN;
    double kept = w->value[7];
    w->value[7] = 0;
    assert_false(choose(w));
    /* A missing cost is none; a failed trial's stand-in has no say. */
    w->value[7] = (double)NAN;
    assert_true(choose(w));
    w->value[7] = 1e9;
    w->observations[7].state = ECO_OBSERVED_FAILED;
    assert_true(choose(w));
    w->observations[7].state = ECO_OBSERVED_COMPLETE;
    w->value[7] = kept;
    w->history.n = 7; /* too few to tell */
    assert_false(choose(w));
    world_free(w);
}

static void test_the_setting(void **state)
{
    (void)state;
    world *w = world_new(30);

    w->settings.transform = ECOPT_TRANSFORM_NONE;
    assert_false(choose(w));
    w->settings.transform = ECOPT_TRANSFORM_LOG;
    for (size_t i = 0; i < 30; i++)
        w->value[i] = loss(w->x[i]);
    assert_true(choose(w));
    w->history.n = 1;
    assert_true(choose(w));
    w->value[0] = -1;
    assert_false(choose(w));
    w->history.n = 0;
    assert_false(choose(w));
    world_free(w);
}

static void test_apply(void **state)
{
    (void)state;
    double value[3] = {exp(2), 1, (double)NAN}, se[3] = {0.5 * exp(2), (double)NAN, 1};
    eco_transform_apply(3, value, se);
    assert_close(value[0], 2, 1e-15, 0);
    assert_close(se[0], 0.5, 1e-15, 0);
    assert_true(value[1] == 0 && isnan(se[1]) && isnan(value[2]));
}

static void mobo_open(world *w, double unit, eco_mobo *mobo)
{
    const double reference[2] = {4000 * unit, 4};
    assert_status(w->ctx, eco_mobo_init(w->ctx, &w->problem, &w->history, reference, mobo),
                  ECOPT_OK);
}

static double value_at(eco_mobo *mobo, const double *x, double *grad)
{
    eco_mobo_work work;
    assert_status(mobo->ctx, eco_mobo_work_init(mobo, &work), ECOPT_OK);
    return eco_mobo_value(mobo, &work, x, grad);
}

/* The acquisition is a volume in the costs' own units: a thousand times the unit, as much more. */
static void test_sampler_measures_costs(void **state)
{
    (void)state;
    double values[2][3];
    static const double points[3][D] = {{0.2, 0.3, 0.4}, {0.9, 0.8, 0.1}, {0.05, 0.5, 0.3}};
    for (int scaled = 0; scaled < 2; scaled++) {
        world *w = world_new(24);
        eco_mobo mobo;
        for (size_t i = 0; i < 24; i++)
            w->y[i][0] *= scaled ? 1000 : 1;
        mobo_open(w, scaled ? 1000 : 1, &mobo);
        assert_true(mobo.is_log[0] && !mobo.is_log[1]);
        for (int p = 0; p < 3; p++) {
            double grad[D], x[D];
            memcpy(x, points[p], sizeof x);
            values[scaled][p] = value_at(&mobo, x, grad);
            for (int j = 0; j < D; j++) {
                double step = 1e-5, middle = x[j];
                x[j] = middle + step;
                double high = value_at(&mobo, x, NULL);
                x[j] = middle - step;
                double low = value_at(&mobo, x, NULL);
                x[j] = middle;
                assert_close(grad[j], (high - low) / (2 * step), 1e-4, 1e-4);
            }
        }
        eco_mobo_release(&mobo);
        world_free(w);
    }
    /* The model of 1000 y is that of y moved by ln 1000, as well as the search for it converges. */
    for (int p = 0; p < 3; p++)
        assert_close(values[1][p] - values[0][p], log(1000), 0, 0.05);
}

/* The setting chooses between two models of the same volume: far from each other they are not. */
static void test_sampler_with_the_setting(void **state)
{
    (void)state;
    static const ecopt_transform wishes[] = {ECOPT_TRANSFORM_AUTO, ECOPT_TRANSFORM_NONE,
                                             ECOPT_TRANSFORM_LOG};
    static const bool expected[3][2] = {{true, false}, {false, false}, {true, true}};
    for (int i = 0; i < 3; i++) {
        world *w = world_new(24);
        eco_mobo mobo;
        double x[D];
        w->settings.transform = wishes[i];
        mobo_open(w, 1, &mobo);
        assert_true(mobo.is_log[0] == expected[i][0] && mobo.is_log[1] == expected[i][1]);
        assert_status(w->ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
        /* Not among what is far beyond the reference. */
        assert_true(joules(x) < 6000);
        eco_mobo_release(&mobo);
        world_free(w);
    }
}

static ecopt_status sweep(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    bool is_log = false;
    return eco_transform_choose(ctx, &w->data, &is_log);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    world *w = world_new(12);

    eco_test_alloc_sweep(sweep, w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decades_are_logarithms),
        cmocka_unit_test(test_plain_costs_stay),
        cmocka_unit_test(test_density_alone_does_not_decide),
        cmocka_unit_test(test_what_forbids_it),
        cmocka_unit_test(test_the_setting),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_sampler_measures_costs),
        cmocka_unit_test(test_sampler_with_the_setting),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
