#include "sampler/mobo_model.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { MAX = 400, PARAMS = 3 };

static const ecopt_value kinds[4] = {{ECOPT_VALUE_STRING, 0, "p"},
                                     {ECOPT_VALUE_STRING, 0, "q"},
                                     {ECOPT_VALUE_STRING, 0, "r"},
                                     {ECOPT_VALUE_STRING, 0, "s"}};
static const ecopt_param cube[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "c", .type = ECOPT_PARAM_FLOAT, .max = 1},
};
static const ecopt_param mixed[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 40},
    {.name = "kind", .type = ECOPT_PARAM_CHOICE, .n_values = 4, .values = kinds},
};
static const ecopt_objective costs[3] = {
    {.metric = "f1", .has_threshold = true, .threshold = 2},
    {.metric = "f2", .has_threshold = true, .threshold = 2},
    {.metric = "f3", .has_threshold = true, .threshold = 2},
};
static const double reference[3] = {2, 2, 2};
static const double no_se[3] = {0, 0, 0}, some_se[3] = {0.05, 0.05, 0.05};
static const ecopt_constraint at_least[1] = {
    {.text = "g >= 0.5", .metric = "g", .relation = ECOPT_AT_LEAST, .bound = 0.5}};

typedef struct world {
    ecopt_ctx *ctx;
    eco_problem problem;
    ecopt_space *space;
    eco_history history;
    double x[MAX][PARAMS], y[MAX][3], c[MAX][1];
    eco_observation observations[MAX];
} world;

/* n scattered points; objective k is the squared distance to a corner that depends on k. */
static void world_open(world *w, const ecopt_param *params, size_t n, size_t m)
{
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    assert_status(w->ctx, eco_space_new(w->ctx, params, PARAMS, &w->space), ECOPT_OK);
    w->problem = (eco_problem){
        .space = w->space, .n_objectives = m, .objectives = costs, .n_init = 4, .seed = 9};
    w->history.observations = w->observations;
    for (size_t i = 0; i < n; i++) {
        double u[PARAMS] = {0}; /* a fixed parameter has no dimension */
        eco_history before = {.n = i, .observations = w->observations, .trial = i + 1};
        assert_status(w->ctx, eco_points_sobol(w->ctx, &w->problem, &before, w->x[i]), ECOPT_OK);
        eco_space_encode(w->space, w->x[i], u);
        for (size_t k = 0; k < m; k++)
            for (size_t j = 0; j < PARAMS; j++)
                w->y[i][k] += pow(u[j] - (j == k ? 0.9 : 0.2), 2);
        w->c[i][0] = u[0];
        w->observations[i] =
            (eco_observation){.x = w->x[i], .y = w->y[i], .y_se = no_se, .c = w->c[i]};
    }
    w->history.n = n;
    w->history.trial = n + 1;
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static void mobo_open(world *w, eco_mobo *mobo)
{
    assert_status(w->ctx, eco_mobo_init(w->ctx, &w->problem, &w->history, reference, mobo),
                  ECOPT_OK);
}

static double value_at(eco_mobo *mobo, const double *x)
{
    double f[16];
    eco_mobo_work work;
    assert_status(mobo->ctx, eco_mobo_work_init(mobo, &work), ECOPT_OK);
    eco_space_features(mobo->problem->space, x, f);
    return eco_mobo_value(mobo, &work, f, NULL);
}

/* Posterior mean of model k at codes x, the average of its paths. */
static double mean_at(const eco_mobo *mobo, size_t k, const double *x)
{
    double f[16], mean[16], sd, sum = 0, *work;
    size_t n = eco_posterior_n_paths(mobo->models[k]);
    work = calloc(eco_posterior_work_size(mobo->models[k]), sizeof *work);
    assert_non_null(work);
    eco_space_features(mobo->problem->space, x, f);
    eco_posterior_predict(mobo->models[k], f, work, mean, &sd);
    free(work);
    for (size_t s = 0; s < n; s++)
        sum += mean[s] / (double)n;
    return sum;
}

/* Gradient of the value at f against central differences, the noise and all fronts included. */
static void assert_gradient(eco_mobo *mobo, double *f)
{
    double grad[PARAMS], step = 1e-5;
    eco_mobo_work work;
    assert_status(mobo->ctx, eco_mobo_work_init(mobo, &work), ECOPT_OK);
    double value = eco_mobo_value(mobo, &work, f, grad);
    assert_close(value, eco_mobo_value(mobo, &work, f, NULL), 1e-10, 1e-10);
    for (size_t j = 0; j < PARAMS; j++) {
        double middle = f[j];
        f[j] = middle + step;
        double high = eco_mobo_value(mobo, &work, f, NULL);
        f[j] = middle - step;
        double low = eco_mobo_value(mobo, &work, f, NULL);
        f[j] = middle;
        assert_close(grad[j], (high - low) / (2 * step), 1e-4, 1e-5);
    }
}

static void test_value_has_the_right_gradient(void **state)
{
    (void)state;
    static world w;
    const ecopt_sampler_settings thrifty = {.cost_exponent = 0.7};
    for (size_t m = 1; m <= 3; m++)
        for (int noisy = 0; noisy < 2; noisy++) {
            eco_mobo mobo;
            world_open(&w, cube, 14, m);
            w.problem.n_constraints = 1;
            w.problem.constraints = at_least;
            w.problem.settings = &thrifty;
            for (size_t i = 0; i < 14; i++) {
                w.y[i][0] += noisy ? 0.1 * sin(70.0 * (double)i) : 0;
                w.observations[i].spent_j = 1 + w.x[i][1];
            }
            mobo_open(&w, &mobo);
            assert_int_equal(mobo.n_limits, 1);
            assert_int_equal(mobo.n_models, m + 2);
            assert_true(!noisy || mobo.n_paths > 1);
            double f[PARAMS] = {0.41, 0.27, 0.66};
            assert_gradient(&mobo, f);
            eco_mobo_release(&mobo);
            world_close(&w);
        }
}

/* Nothing feasible yet: the gradient is that of the probability of feasibility alone. */
static void test_feasibility_comes_first(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    world_open(&w, cube, 10, 2);
    w.problem.n_constraints = 1;
    w.problem.constraints = at_least;
    for (size_t i = 0; i < 10; i++)
        w.c[i][0] = 0.4 * w.x[i][0]; /* 0.5 is out of reach, but less so at a = 1 */
    mobo_open(&w, &mobo);
    assert_false(mobo.has_feasible);
    double f[PARAMS] = {0.41, 0.27, 0.66}, x[PARAMS];
    assert_gradient(&mobo, f);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    assert_true(x[0] > 0.9);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* Of two equally good regions the one whose trials cost less is searched. */
static void test_cost_counts_when_asked_for(void **state)
{
    (void)state;
    static world w;
    const ecopt_sampler_settings settings[2] = {{.cost_exponent = 0}, {.cost_exponent = 1}};
    const double cheap[PARAMS] = {0.1, 0.5, 0.5}, dear[PARAMS] = {0.9, 0.5, 0.5};
    double lead[2];
    for (int k = 0; k < 2; k++) {
        eco_mobo mobo;
        world_open(&w, cube, 16, 2);
        w.problem.settings = &settings[k];
        for (size_t i = 0; i < 16; i++)
            w.observations[i].spent_j = i == 3 ? nan("") : exp(4 * w.x[i][0]);
        mobo_open(&w, &mobo);
        assert_int_equal(mobo.n_models, 2 + k);
        lead[k] = value_at(&mobo, cheap) - value_at(&mobo, dear);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
    /* ln cost differs by 4 x 0.8 between the two. */
    assert_close(lead[1] - lead[0], 3.2, 0, 0.2);
}

/* The suggestion has the same bits from 1, 2 and 5 threads. */
static void test_threads_do_not_change_the_answer(void **state)
{
    (void)state;
    static world w;
    static const size_t counts[3] = {0, 2, 5};
    double x[3][PARAMS];
    for (int mixed_kinds = 0; mixed_kinds < 2; mixed_kinds++) {
        for (int k = 0; k < 3; k++) {
            eco_mobo mobo;
            world_open(&w, mixed_kinds ? mixed : cube, 14, 2);
            w.problem.n_threads = counts[k];
            mobo_open(&w, &mobo);
            assert_status(w.ctx, eco_mobo_search_run(&mobo, x[k]), ECOPT_OK);
            eco_mobo_release(&mobo);
            world_close(&w);
        }
        assert_memory_equal(x[0], x[1], sizeof x[0]);
        assert_memory_equal(x[0], x[2], sizeof x[0]);
    }
}

/* Five objectives and more become one; every trial number weighs them anew. */
static void test_many_objectives_are_scalarised(void **state)
{
    (void)state;
    static world w;
    enum { MANY = 6 };
    ecopt_objective many[MANY];
    double y[12][MANY], none[MANY], x[2][PARAMS];
    for (size_t k = 0; k < MANY; k++) {
        many[k] = (ecopt_objective){.metric = "f"};
        none[k] = nan("");
    }
    world_open(&w, cube, 12, 3);
    for (size_t i = 0; i < 12; i++) {
        for (size_t k = 0; k < MANY; k++)
            y[i][k] = pow(w.x[i][k % 3] - (double)k / MANY, 2);
        w.observations[i].y = y[i];
        w.observations[i].y_se = none;
    }
    w.problem.n_objectives = MANY;
    w.problem.objectives = many;
    for (int k = 0; k < 2; k++) {
        eco_mobo mobo;
        w.history.trial = 13 + (uint64_t)k;
        assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, none, &mobo), ECOPT_OK);
        assert_int_equal(mobo.m, 1);
        double f[PARAMS] = {0.41, 0.27, 0.66};
        assert_gradient(&mobo, f);
        assert_status(w.ctx, eco_mobo_search_run(&mobo, x[k]), ECOPT_OK);
        eco_mobo_release(&mobo);
    }
    assert_memory_not_equal(x[0], x[1], sizeof x[0]);
    world_close(&w);
}

/* The one objective is 0 where all are at their best, at most 1.05, and does not change with the
 * origin and unit of each. */
static void test_scalarised_costs_have_no_unit(void **state)
{
    (void)state;
    static world w;
    enum { N = 9 };
    double value[2][N], se[N];
    world_open(&w, cube, N, 3);
    for (int k = 0; k < 2; k++) {
        eco_series series = {.value = value[k], .se = se};
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < 3 && k == 1; j++)
                w.y[i][j] = 50 + 8 * w.y[i][j];
        eco_series_scalarised(&w.problem, &w.history, &series);
    }
    for (size_t i = 0; i < N; i++) {
        assert_close(value[1][i], value[0][i], 1e-12, 1e-12);
        assert_true(value[0][i] >= 0 && value[0][i] <= 1.05 && isnan(se[i]));
    }
    for (size_t i = 0; i < N; i++) /* better in all than any other */
        for (size_t j = 0; j < 3; j++)
            w.y[i][j] = i == 4 ? -3 : w.y[i][j];
    eco_series_scalarised(&w.problem, &w.history, &(eco_series){.value = value[0], .se = se});
    assert_close(value[0][4], 0, 0, 1e-15);
    world_close(&w);
}

/* Nothing on a fine grid scores higher than what the search returns (up to a small step). */
static void test_search_beats_a_grid(void **state)
{
    (void)state;
    static world w;
    for (size_t m = 1; m <= 2; m++) {
        eco_mobo mobo;
        double x[PARAMS], best = -HUGE_VAL;
        world_open(&w, cube, 12, m);
        mobo_open(&w, &mobo);
        assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
        for (int i = 0; i <= 20; i++)
            for (int j = 0; j <= 20; j++)
                for (int k = 0; k <= 20; k++) {
                    double at[PARAMS] = {i / 20.0, j / 20.0, k / 20.0};
                    best = fmax(best, value_at(&mobo, at));
                }
        assert_true(value_at(&mobo, x) >= best - 1e-3);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

static void test_search_beats_a_grid_of_mixed_kinds(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    double x[PARAMS], best = -HUGE_VAL;
    world_open(&w, mixed, 14, 2);
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    assert_true(eco_points_is_new(&w.problem, &w.history, x));
    for (int i = 0; i <= 50; i++)
        for (int n = 1; n <= 40; n++)
            for (int kind = 0; kind < 4; kind++) {
                double at[PARAMS] = {i / 50.0, n, kind};
                best = fmax(best, value_at(&mobo, at));
            }
    assert_true(value_at(&mobo, x) >= best - 0.02);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* 40 x 4 points with `a` fixed: every one is scored, so the best new one is found exactly. */
static void test_small_space_is_scored_whole(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    ecopt_param params[PARAMS] = {mixed[0], mixed[1], mixed[2]};
    params[0].max = 0;
    double x[PARAMS], best = -HUGE_VAL;
    world_open(&w, params, 10, 2);
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    for (int n = 1; n <= 40; n++)
        for (int kind = 0; kind < 4; kind++) {
            double at[PARAMS] = {0, n, kind};
            if (eco_points_is_new(&w.problem, &w.history, at))
                best = fmax(best, value_at(&mobo, at));
        }
    assert_true(value_at(&mobo, x) == best);
    eco_mobo_release(&mobo);
    world_close(&w);
}

static void test_pending_points_lose_their_promise(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    double x[PARAMS];
    world_open(&w, cube, 12, 2);
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    double before = value_at(&mobo, x);
    size_t front = mobo.n_front;
    eco_mobo_release(&mobo);
    w.history.n_pending = 1;
    w.history.pending = x;
    mobo_open(&w, &mobo);
    assert_true(value_at(&mobo, x) < before - 1);
    double f[PARAMS] = {0.41, 0.27, 0.66};
    assert_gradient(&mobo, f);
    /* It stands on the front as if done, under the number after the trials. */
    assert_true(mobo.n_front <= front + 1);
    assert_memory_equal(eco_mobo_point(&mobo, 12), x, sizeof x);
    assert_memory_equal(eco_mobo_point(&mobo, 3), w.x[3], sizeof x);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* One diverged trial moves the model no more than a value at the fence would. */
static void test_outliers_are_clipped(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    const double at[PARAMS] = {0.3, 0.6, 0.4};
    double values[2];
    for (int k = 0; k < 2; k++) {
        world_open(&w, cube, 12, 2);
        w.y[5][0] = k ? 1e250 : 1e6;
        mobo_open(&w, &mobo);
        values[k] = value_at(&mobo, at);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
    assert_true(isfinite(values[0]));
    assert_close(values[0], values[1], 1e-12, 0);
    /* Extremes on the good side are what we look for: they stay. */
    for (int k = 0; k < 2; k++) {
        world_open(&w, cube, 12, 2);
        w.y[5][0] = k ? -1e3 : -1e2;
        mobo_open(&w, &mobo);
        values[k] = value_at(&mobo, at);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
    assert_true(values[0] != values[1]);
}

static void test_failed_trials_repel(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    double x[PARAMS];
    world_open(&w, cube, 12, 2);
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    double before = value_at(&mobo, x);
    eco_mobo_release(&mobo);
    /* The best point was tried and failed: its neighbourhood is worth less. */
    memcpy(w.x[12], x, sizeof x);
    w.y[12][0] = w.y[12][1] = nan("");
    w.observations[12] = (eco_observation){
        .x = w.x[12], .y = w.y[12], .y_se = no_se, .c = w.c[12], .state = ECO_OBSERVED_FAILED};
    w.history.n = 13;
    mobo_open(&w, &mobo);
    assert_int_equal(mobo.n_limits, 1);
    x[0] = x[0] > 0.5 ? x[0] - 0.01 : x[0] + 0.01;
    assert_true(value_at(&mobo, x) < before - 0.5);
    /* It is taken for a failure there, and says nothing about the objectives. */
    assert_true(mobo.has_failures);
    assert_int_equal(mobo.row[12], (size_t)-1);
    assert_true(mean_at(&mobo, 2, x) > mobo.bound[0]);
    const double far[PARAMS] = {1 - x[0], 1 - x[1], 1 - x[2]};
    assert_true(mean_at(&mobo, 2, far) < mobo.bound[0]);
    for (size_t i = 0; i < mobo.n_front; i++)
        assert_true(mobo.front_points[i] != 12);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* Half of many trials failed: some of both teach the classifier, and its gradient is right on both
 * sides of the border, where the barrier stands and where it does not. */
static void test_many_failures(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    for (size_t n = 16; n <= 400; n += 384) {
        world_open(&w, cube, n, 2);
        for (size_t i = 0; i < n; i++)
            if (w.x[i][0] > 0.6 + 0.2 * w.x[i][1])
                w.observations[i].state = i % 2 ? ECO_OBSERVED_FAILED : ECO_OBSERVED_INFEASIBLE;
        mobo_open(&w, &mobo);
        double good[PARAMS] = {0.41, 0.27, 0.66}, bad[PARAMS] = {0.72, 0.47, 0.6};
        double inside[PARAMS] = {0.4, 0.5, 0.5}, outside[PARAMS] = {0.97, 0.5, 0.5};
        /* At 400 points the objectives are known to the last digit: no differences left to take. */
        if (n == 16) {
            assert_gradient(&mobo, good);
            assert_gradient(&mobo, bad);
        }
        assert_true(mean_at(&mobo, 2, inside) < mobo.bound[0]);
        assert_true(mean_at(&mobo, 2, outside) > mobo.bound[0]);
        assert_true(value_at(&mobo, outside) < value_at(&mobo, inside) - 100);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

static void test_infeasible_points_are_not_on_the_front(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    world_open(&w, cube, 16, 2);
    w.problem.n_constraints = 1;
    w.problem.constraints = at_least;
    w.c[2][0] = nan("");
    mobo_open(&w, &mobo);
    assert_true(mobo.n_front > 0);
    for (size_t i = 0; i < mobo.n_front; i++)
        assert_true(w.c[mobo.front_points[i]][0] >= 0.5);
    /* Log probability is all but lost far on the wrong side, untouched far on the right one. */
    double bad[PARAMS] = {0, 0.4, 0.4}, good[PARAMS] = {1, 0.4, 0.4};
    assert_true(mean_at(&mobo, 2, bad) > mobo.bound[0]);
    assert_true(mean_at(&mobo, 2, good) < mobo.bound[0]);
    eco_mobo_release(&mobo);
    /* No value of the constraint at all: it has no say. */
    for (size_t i = 0; i < 16; i++)
        w.c[i][0] = nan("");
    mobo_open(&w, &mobo);
    assert_int_equal(mobo.n_limits, 0);
    assert_int_equal(mobo.n_front, 0);
    eco_mobo_release(&mobo);
    world_close(&w);
}

static void test_missing_values(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    world_open(&w, cube, 10, 2);
    for (size_t i = 0; i < 9; i++)
        w.y[i][1] = i % 2 ? nan("") : HUGE_VAL;
    mobo_open(&w, &mobo);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(mobo.row[i], i);
        assert_int_equal(mobo.row[10 + i], i < 9 ? (size_t)-1 : 0);
    }
    eco_mobo_release(&mobo);
    w.y[9][1] = nan("");
    assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, reference, &mobo),
                  ECOPT_E_NOT_FOUND);
    assert_non_null(strstr(ecopt_ctx_errmsg(w.ctx), "'f2'"));
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* A selection of rows teaches the hyperparameters, in steps; the model still holds all of them. */
static void test_long_studies(void **state)
{
    (void)state;
    static world w;
    for (size_t n = 90; n <= 320; n += 115) { /* whole, coarse and all, coarse and some */
        eco_mobo mobo;
        world_open(&w, cube, n, 1);
        mobo_open(&w, &mobo);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(mobo.row[i], i);
        assert_close(mean_at(&mobo, 0, w.x[n - 1]), w.y[n - 1][0], 0, 0.01);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

/* A first look is the value itself with one front; with four of eight it is at most twice it. */
static void test_first_look(void **state)
{
    (void)state;
    static world w;
    for (int noisy = 0; noisy < 2; noisy++) {
        enum { Q = 9 };
        eco_mobo mobo;
        eco_mobo_work work;
        double f[Q * PARAMS], values[Q];
        world_open(&w, cube, 200, 2);
        w.problem.n_constraints = 1;
        w.problem.constraints = at_least;
        for (size_t i = 0; i < 200; i++)
            w.observations[i].y_se = noisy ? some_se : no_se;
        mobo_open(&w, &mobo);
        assert_int_equal(mobo.n_paths, noisy ? 8 : 1);
        assert_status(w.ctx, eco_mobo_work_init(&mobo, &work), ECOPT_OK);
        for (size_t i = 0; i < Q * PARAMS; i++)
            f[i] = fmod(0.37 * (double)(i + 1), 1);
        eco_mobo_screen(&mobo, &work, Q, f, values);
        for (size_t i = 0; i < Q; i++) {
            double exact = eco_mobo_value(&mobo, &work, f + i * PARAMS, NULL);
            if (noisy)
                assert_true(values[i] <= exact + log(2) + 1e-5 * fabs(exact));
            else
                assert_close(values[i], exact, 1e-5, 1e-5);
        }
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

static void test_reference_that_is_no_number(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    const double none[2] = {nan(""), 2}, at[PARAMS] = {0.3, 0.6, 0.4};
    world_open(&w, cube, 10, 2);
    assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, none, &mobo), ECOPT_OK);
    assert_true(isfinite(value_at(&mobo, at)));
    eco_mobo_release(&mobo);
    w.problem.n_objectives = 17;
    assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, none, &mobo), ECOPT_E_ARG);
    eco_mobo_release(&mobo);
    world_close(&w);
}

static void test_every_candidate_is_known(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    ecopt_param params[PARAMS] = {mixed[0], mixed[1], mixed[2]};
    double x[PARAMS];
    params[0].max = 0;
    params[1].max = 3;
    world_open(&w, params, 12, 2); /* 3 x 4: all of them */
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_E_NOT_FOUND);
    eco_mobo_release(&mobo);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_has_the_right_gradient),
        cmocka_unit_test(test_feasibility_comes_first),
        cmocka_unit_test(test_cost_counts_when_asked_for),
        cmocka_unit_test(test_threads_do_not_change_the_answer),
        cmocka_unit_test(test_many_objectives_are_scalarised),
        cmocka_unit_test(test_scalarised_costs_have_no_unit),
        cmocka_unit_test(test_search_beats_a_grid),
        cmocka_unit_test(test_search_beats_a_grid_of_mixed_kinds),
        cmocka_unit_test(test_small_space_is_scored_whole),
        cmocka_unit_test(test_pending_points_lose_their_promise),
        cmocka_unit_test(test_outliers_are_clipped),
        cmocka_unit_test(test_failed_trials_repel),
        cmocka_unit_test(test_many_failures),
        cmocka_unit_test(test_infeasible_points_are_not_on_the_front),
        cmocka_unit_test(test_missing_values),
        cmocka_unit_test(test_long_studies),
        cmocka_unit_test(test_first_look),
        cmocka_unit_test(test_reference_that_is_no_number),
        cmocka_unit_test(test_every_candidate_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
