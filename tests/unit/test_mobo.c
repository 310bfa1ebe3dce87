#include "support/mobo_world.h"

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
    /* Extremes on the good side are what we look for: they stay unless they must be errors. */
    const double good[4] = {-0.5, -1, -1e2, -1e3};
    double with[4];
    for (int k = 0; k < 4; k++) {
        world_open(&w, cube, 12, 2);
        w.y[5][0] = good[k];
        mobo_open(&w, &mobo);
        with[k] = value_at(&mobo, at);
        assert_int_equal(mobo.outliers.n_values, k < 2 ? 0 : 1);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
    assert_true(with[0] != with[1]);
    assert_true(with[2] == with[3]);
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

/* Without limits the gain is the plain acquisition over the volume; a limit that holds less than
 * half the time takes more than half of it. */
static void test_gain_is_a_share_of_the_volume(void **state)
{
    (void)state;
    static world w;
    const double at[PARAMS] = {0.3, 0.6, 0.4};
    for (int limited = 0; limited < 2; limited++) {
        eco_mobo mobo;
        eco_mobo_work work;
        double f[16];
        world_open(&w, cube, 12, 2);
        w.problem.wants_gain = true;
        w.problem.n_constraints = limited ? 1 : 0;
        w.problem.constraints = at_least;
        mobo_open(&w, &mobo);
        assert_true(mobo.volume > 0 && isfinite(mobo.volume));
        assert_status(w.ctx, eco_mobo_work_init(&mobo, &work), ECOPT_OK);
        eco_space_features(w.space, at, f);
        double gain = eco_mobo_gain(&mobo, &work, f), plain = 0;
        /* The value without the limit, which is the last model: 0.3 is below the bound of 0.5. */
        size_t n_limits = mobo.n_limits;
        mobo.n_limits = 0;
        mobo.n_models -= n_limits;
        plain = exp(value_at(&mobo, at)) / mobo.volume;
        mobo.n_models += n_limits;
        if (limited)
            assert_true(gain < 0.5 * plain);
        else
            assert_close(gain, plain, 1e-12, 0);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

/* Of the initial design nothing is known; later it is, and what was not asked for is not said. */
static void test_suggestions_promise(void **state)
{
    (void)state;
    static world w;
    double x[PARAMS], ref[3];
    eco_suggestion suggestion = {.x = x, .reference = ref};
    const eco_sampler_ops *mobo = eco_sampler_find("mobo");
    const struct {
        bool wants;
        size_t n;
        bool is_known;
    } cases[] = {{true, 12, true}, {false, 12, false}, {true, 2, false}};
    world_open(&w, cube, 12, 2);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        w.problem.wants_gain = cases[i].wants;
        w.history.n = cases[i].n;
        assert_status(w.ctx, eco_sampler_suggest(w.ctx, mobo, &w.problem, &w.history, &suggestion),
                      ECOPT_OK);
        assert_int_equal(suggestion.gain_ratio > 0, cases[i].is_known);
        assert_int_equal(isnan(suggestion.gain_ratio) != 0, !cases[i].is_known);
    }
    world_close(&w);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_has_the_right_gradient),
        cmocka_unit_test(test_gain_is_a_share_of_the_volume),
        cmocka_unit_test(test_suggestions_promise),
        cmocka_unit_test(test_feasibility_comes_first),
        cmocka_unit_test(test_cost_counts_when_asked_for),
        cmocka_unit_test(test_many_objectives_are_scalarised),
        cmocka_unit_test(test_scalarised_costs_have_no_unit),
        cmocka_unit_test(test_pending_points_lose_their_promise),
        cmocka_unit_test(test_outliers_are_clipped),
        cmocka_unit_test(test_failed_trials_repel),
        cmocka_unit_test(test_many_failures),
        cmocka_unit_test(test_infeasible_points_are_not_on_the_front),
        cmocka_unit_test(test_missing_values),
        cmocka_unit_test(test_long_studies),
        cmocka_unit_test(test_reference_that_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
