#include "sampler/points.h"
#include "support/eco_test.h"

enum { PARAMS = 3, POINTS = 2 * 3 * 4 };

static const ecopt_value sizes[4] = {{ECOPT_VALUE_INT, 1, "1"},
                                     {ECOPT_VALUE_INT, 2, "2"},
                                     {ECOPT_VALUE_INT, 4, "4"},
                                     {ECOPT_VALUE_INT, 8, "8"}};
static const ecopt_param grid[PARAMS] = {
    {.name = "flag", .type = ECOPT_PARAM_BOOL},
    {.name = "n", .type = ECOPT_PARAM_INT, .min = 5, .max = 7},
    {.name = "size",
     .type = ECOPT_PARAM_CHOICE,
     .is_ordered = true,
     .n_values = 4,
     .values = sizes},
};

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    eco_history history;
    double x[POINTS][PARAMS];
    eco_observation observations[POINTS];
} world;

static void world_open(world *w, const ecopt_param *params, size_t n)
{
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    assert_status(w->ctx, eco_space_new(w->ctx, params, n, &w->space), ECOPT_OK);
    w->problem = (eco_problem){.space = w->space, .seed = 5};
    w->history.observations = w->observations;
    w->history.trial = 1;
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static void world_tell(world *w, const double *x)
{
    memcpy(w->x[w->history.n], x, sizeof w->x[0]);
    w->observations[w->history.n] = (eco_observation){.x = w->x[w->history.n]};
    w->history.n++;
}

static void test_enumeration_visits_every_point_once(void **state)
{
    (void)state;
    static world w;
    world_open(&w, grid, PARAMS);
    assert_close(eco_space_n_points(w.space), POINTS, 0, 0);
    for (uint64_t i = 0; i < POINTS; i++) {
        double x[PARAMS];
        eco_points_at(w.space, i, x);
        assert_true(x[1] >= 5 && x[1] <= 7 && x[2] <= 3);
        assert_true(eco_points_is_new(&w.problem, &w.history, x));
        world_tell(&w, x);
        assert_false(eco_points_is_new(&w.problem, &w.history, x));
    }
    world_close(&w);
}

static void test_new_means_allowed_untried_and_not_pending(void **state)
{
    (void)state;
    static world w;
    world_open(&w, grid, PARAMS);
    assert_status(w.ctx, eco_space_add_constraint(w.ctx, w.space, "n < 7"), ECOPT_OK);
    const double tried[PARAMS] = {0, 5, 1}, pending[2 * PARAMS] = {1, 6, 2, 1, 6, 3};
    const double forbidden[PARAMS] = {0, 7, 1}, fresh[PARAMS] = {0, 6, 3};
    world_tell(&w, tried);
    w.history.pending = pending;
    w.history.n_pending = 2;
    assert_false(eco_points_is_new(&w.problem, &w.history, tried));
    assert_false(eco_points_is_new(&w.problem, &w.history, pending));
    assert_false(eco_points_is_new(&w.problem, &w.history, pending + PARAMS));
    assert_false(eco_points_is_new(&w.problem, &w.history, forbidden));
    assert_true(eco_points_is_new(&w.problem, &w.history, fresh));
    world_close(&w);
}

static void test_draw_finds_the_last_point(void **state)
{
    (void)state;
    static world w;
    double x[PARAMS], u[PARAMS];
    world_open(&w, grid, PARAMS);
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    for (int i = 0; i < POINTS; i++) {
        assert_status(w.ctx, eco_points_draw(w.ctx, &w.problem, &w.history, &rng, u, x), ECOPT_OK);
        assert_true(eco_points_is_new(&w.problem, &w.history, x));
        world_tell(&w, x);
    }
    assert_status(w.ctx, eco_points_draw(w.ctx, &w.problem, &w.history, &rng, u, x),
                  ECOPT_E_EXHAUSTED);
    world_close(&w);
}

/* Two short crossing lines are allowed: chance finds neither, a step from a known point does. */
static void test_draw_starts_from_known_points(void **state)
{
    (void)state;
    static world w;
    double x[PARAMS] = {0.5, 0.5}, u[PARAMS];
    const ecopt_param square[2] = {{.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
                                   {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1}};
    world_open(&w, square, 2);
    assert_status(w.ctx,
                  eco_space_add_constraint(w.ctx, w.space,
                                           "a > 0.49995 and a < 0.50005 and b == 0.5 or "
                                           "a == 0.5 and b > 0.49995 and b < 0.50005"),
                  ECOPT_OK);
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    assert_status(w.ctx, eco_points_draw(w.ctx, &w.problem, &w.history, &rng, u, x),
                  ECOPT_E_EXHAUSTED);
    x[0] = x[1] = 0.5;
    world_tell(&w, x);
    for (int i = 0; i < 5; i++) {
        assert_status(w.ctx, eco_points_draw(w.ctx, &w.problem, &w.history, &rng, u, x), ECOPT_OK);
        assert_true(eco_points_is_new(&w.problem, &w.history, x));
        world_tell(&w, x);
    }
    world_close(&w);
}

static void test_draw_gives_up_on_an_impossible_space(void **state)
{
    (void)state;
    static world w;
    double x[PARAMS], u[PARAMS];
    const ecopt_param line[1] = {{.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1}};
    world_open(&w, line, 1);
    assert_status(w.ctx, eco_space_add_constraint(w.ctx, w.space, "a > 2"), ECOPT_OK);
    eco_rng rng;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    assert_status(w.ctx, eco_points_draw(w.ctx, &w.problem, &w.history, &rng, u, x),
                  ECOPT_E_EXHAUSTED);
    assert_status(w.ctx, eco_points_sobol(w.ctx, &w.problem, &w.history, x), ECOPT_E_EXHAUSTED);
    world_close(&w);
}

/* All cells of the grid are met before the sequence has to repeat, whatever was tried before. */
static void test_sobol_walks_around_known_points(void **state)
{
    (void)state;
    static world w;
    double x[PARAMS];
    world_open(&w, grid, PARAMS);
    for (int i = 0; i < POINTS; i++) {
        assert_status(w.ctx, eco_points_sobol(w.ctx, &w.problem, &w.history, x), ECOPT_OK);
        assert_true(eco_points_is_new(&w.problem, &w.history, x));
        world_tell(&w, x);
    }
    assert_status(w.ctx, eco_points_sobol(w.ctx, &w.problem, &w.history, x), ECOPT_E_EXHAUSTED);
    world_close(&w);
}

static void test_sobol_in_more_dimensions_than_the_table(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static ecopt_param params[MANY];
    static char names[MANY][8];
    static double x[MANY], again[MANY];
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_space *space = NULL;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "p%d", i);
        params[i] = (ecopt_param){.name = names[i], .type = ECOPT_PARAM_FLOAT, .max = 1};
    }
    assert_status(ctx, eco_space_new(ctx, params, MANY, &space), ECOPT_OK);
    eco_problem problem = {.space = space, .seed = 5};
    eco_history history = {.trial = 1};
    assert_status(ctx, eco_points_sobol(ctx, &problem, &history, x), ECOPT_OK);
    assert_status(ctx, eco_points_sobol(ctx, &problem, &history, again), ECOPT_OK);
    assert_memory_equal(x, again, sizeof x);
    history.trial = 2;
    assert_status(ctx, eco_points_sobol(ctx, &problem, &history, again), ECOPT_OK);
    assert_memory_not_equal(x, again, sizeof x);
    eco_space_free(ctx, space);
    ecopt_ctx_free(ctx);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    double x[PARAMS];
    return eco_points_sobol(ctx, &w->problem, &w->history, x);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    static world w;
    world_open(&w, grid, PARAMS);
    eco_test_alloc_sweep(attempt, &w);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enumeration_visits_every_point_once),
        cmocka_unit_test(test_new_means_allowed_untried_and_not_pending),
        cmocka_unit_test(test_draw_finds_the_last_point),
        cmocka_unit_test(test_draw_starts_from_known_points),
        cmocka_unit_test(test_draw_gives_up_on_an_impossible_space),
        cmocka_unit_test(test_sobol_walks_around_known_points),
        cmocka_unit_test(test_sobol_in_more_dimensions_than_the_table),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
