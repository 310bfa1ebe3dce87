#include "sampler/points.h"
#include "support/eco_test.h"

enum { POINTS = 1024, PARAMS = 300, SMALL = 6 };

static const ecopt_value letters[3] = {
    {ECOPT_VALUE_STRING, 0, "a"}, {ECOPT_VALUE_STRING, 0, "b"}, {ECOPT_VALUE_STRING, 0, "c"}};
static const ecopt_param plane[2] = {
    {.name = "x", .type = ECOPT_PARAM_FLOAT, .min = -1, .max = 1},
    {.name = "rate", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-4, .max = 1},
};

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    size_t n, n_params;
    double x[POINTS][SMALL];
    eco_observation observations[POINTS];
} world;

static const ecopt_objective objective = {.metric = "y", .goal = ECOPT_GOAL_MIN};

static void world_open(world *w, const ecopt_param *params, size_t n_params, size_t n_trials)
{
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    w->n_params = n_params;
    assert_status(w->ctx, eco_space_new(w->ctx, params, n_params, &w->space), ECOPT_OK);
    w->problem = (eco_problem){.space = w->space,
                               .n_objectives = 1,
                               .objectives = &objective,
                               .n_init = 1,
                               .seed = 3,
                               .n_trials = n_trials};
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static ecopt_status ask(world *w, double *x)
{
    static const double none = (double)NAN;
    double reference = 0;
    eco_suggestion suggestion = {.x = x, .reference = &reference};
    eco_history history = {.n = w->n, .observations = w->observations, .trial = w->n + 1};
    for (size_t i = 0; i < w->n; i++)
        w->observations[i] = (eco_observation){
            .x = w->x[i], .y = &none, .y_se = &none, .state = ECO_OBSERVED_FAILED};
    ecopt_status status =
        eco_sampler_suggest(w->ctx, &eco_sampler_grid, &w->problem, &history, &suggestion);
    assert_true(status != ECOPT_OK || strcmp(suggestion.origin, "grid") == 0);
    return status;
}

/* Asks until the grid is at its end; how many points it had. */
static size_t exhaust(world *w)
{
    ecopt_status status = ECOPT_OK;
    while (w->n < POINTS && (status = ask(w, w->x[w->n])) == ECOPT_OK) {
        for (size_t i = 0; i < w->n; i++)
            assert_false(eco_space_equal(w->space, w->x[i], w->x[w->n]));
        w->n++;
    }
    assert_int_equal(status, ECOPT_E_EXHAUSTED);
    return w->n;
}

/* Different values of parameter i among the points so far. */
static size_t count_values(const world *w, size_t i)
{
    size_t n = 0;
    for (size_t a = 0; a < w->n; a++) {
        bool is_known = false;
        for (size_t b = 0; b < a; b++)
            is_known = is_known || w->x[a][i] == w->x[b][i];
        n += !is_known;
    }
    return n;
}

static bool is_visited(const world *w, const double *x)
{
    for (size_t i = 0; i < w->n; i++)
        if (eco_space_equal(w->space, w->x[i], x))
            return true;
    return false;
}

static void test_levels_fit_the_trials(void **state)
{
    (void)state;
    static world w;
    /* 8 x 7 = 56 is the last step that fits 60, 8 x 8 would be 64. */
    static const struct {
        size_t trials, points;
    } cases[] = {{60, 56}, {64, 64}, {63, 56}, {4, 4}, {5, 4}, {6, 6}, {1000, 992}, {0, 100}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        world_open(&w, plane, 2, cases[i].trials);
        assert_int_equal(exhaust(&w), cases[i].points);
        world_close(&w);
    }
    /* One line takes them all. */
    world_open(&w, plane, 1, 1000);
    assert_int_equal(exhaust(&w), 1000);
    world_close(&w);
}

static void test_levels_are_even_on_the_scale(void **state)
{
    (void)state;
    static world w;
    world_open(&w, plane, 2, 25);
    assert_int_equal(exhaust(&w), 25);
    static const double x[5] = {-1, -0.5, 0, 0.5, 1}, rate[5] = {1e-4, 1e-3, 1e-2, 1e-1, 1};
    for (size_t i = 0; i < 25; i++) {
        const double point[2] = {x[i / 5], rate[i % 5]};
        assert_true(is_visited(&w, point));
    }
    world_close(&w);
}

static void test_small_numbers_and_choices_take_all_values(void **state)
{
    (void)state;
    static world w;
    const ecopt_param params[5] = {
        {.name = "flag", .type = ECOPT_PARAM_BOOL},
        {.name = "n", .type = ECOPT_PARAM_INT, .min = -4, .max = 5},
        {.name = "letter", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = letters},
        {.name = "fixed", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = letters},
        {.name = "wide", .type = ECOPT_PARAM_INT, .min = 1, .max = 11},
    };
    world_open(&w, params, 5, 200);
    assert_int_equal(exhaust(&w), 2 * 10 * 3 * 3);
    assert_int_equal(count_values(&w, 1), 10);
    assert_int_equal(count_values(&w, 4), 3);
    world_close(&w);
    /* Where the budget allows it the wide one has all its values and never more. */
    world_open(&w, params + 4, 1, 200);
    assert_int_equal(exhaust(&w), 11);
    world_close(&w);
}

/* On a log scale the levels 1, 1.6, 2.5, ... would meet when rounded. */
static void test_integers_on_a_log_scale_do_not_meet(void **state)
{
    (void)state;
    static world w;
    const ecopt_param width = {
        .name = "w", .type = ECOPT_PARAM_INT, .is_log = true, .min = 1, .max = 128};
    for (size_t trials = 2; trials <= 130; trials += 8) {
        world_open(&w, &width, 1, trials);
        assert_int_equal(exhaust(&w), trials < 128 ? trials : 128);
        double least = 1e9, most = 0;
        for (size_t i = 0; i < w.n; i++) {
            least = fmin(least, w.x[i][0]);
            most = fmax(most, w.x[i][0]);
        }
        assert_close(least, 1, 0, 0);
        assert_close(most, 128, 0, 0);
        world_close(&w);
    }
    world_open(&w, &width, 1, 8);
    assert_int_equal(exhaust(&w), 8);
    for (int i = 0; i < 8; i++) {
        const double power = ldexp(1, i);
        assert_true(is_visited(&w, &power));
    }
    world_close(&w);
}

/* After any part of the grid each half of each dimension has had about half of the points. */
static void test_order_is_evenly_spread(void **state)
{
    (void)state;
    static world w;
    for (uint64_t seed = 0; seed < 20; seed++) {
        world_open(&w, plane, 2, 64);
        w.problem.seed = seed;
        double low[2] = {0};
        for (size_t t = 1; t <= 48; t++) {
            assert_status(w.ctx, ask(&w, w.x[w.n]), ECOPT_OK);
            low[0] += w.x[w.n][0] < 0;
            low[1] += w.x[w.n][1] < 1e-2;
            w.n++;
            assert_true(fabs(low[0] - 0.5 * (double)t) <= 3);
            assert_true(fabs(low[1] - 0.5 * (double)t) <= 3);
        }
        world_close(&w);
    }
}

/* The order is that of the Sobol sequence: of 8 x 8 cells, 16 points take one of each 2 x 2. */
static void test_order_is_that_of_a_net(void **state)
{
    (void)state;
    static world w;
    bool is_taken[4][4] = {{false}};
    world_open(&w, plane, 2, 64);
    for (; w.n < 16; w.n++) {
        assert_status(w.ctx, ask(&w, w.x[w.n]), ECOPT_OK);
        long i = lround((w.x[w.n][0] + 1) / 2 * 7), j = lround((log10(w.x[w.n][1]) + 4) / 4 * 7);
        assert_false(is_taken[i / 2][j / 2]);
        is_taken[i / 2][j / 2] = true;
    }
    world_close(&w);
}

static void test_seed_changes_the_order_alone(void **state)
{
    (void)state;
    static world a, b;
    world_open(&a, plane, 2, 30);
    world_open(&b, plane, 2, 30);
    b.problem.seed = 4;
    assert_int_equal(exhaust(&a), 30);
    assert_int_equal(exhaust(&b), 30);
    size_t n_same = 0;
    for (size_t i = 0; i < 30; i++) {
        assert_true(is_visited(&a, b.x[i]));
        n_same += eco_space_equal(a.space, a.x[i], b.x[i]);
    }
    assert_true(n_same < 10);
    world_close(&a);
    world_close(&b);
}

static void test_conditions_and_constraints_leave_cells_out(void **state)
{
    (void)state;
    static world w;
    const ecopt_param params[3] = {
        {.name = "pool", .type = ECOPT_PARAM_BOOL},
        {.name = "size", .type = ECOPT_PARAM_INT, .min = 2, .max = 5, .when = "pool"},
        {.name = "letter", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = letters},
    };
    world_open(&w, params, 3, 100);
    assert_int_equal(exhaust(&w), 4 * 3 + 3);
    world_close(&w);
    world_open(&w, params, 3, 100);
    assert_status(w.ctx, eco_space_add_constraint(w.ctx, w.space, "size <= 3 and letter != 'c'"),
                  ECOPT_OK);
    assert_int_equal(exhaust(&w), 2 * 2 + 2);
    world_close(&w);
}

/* Two levels for each are 64 already: three are taken, and visited as far as the budget goes. */
static void test_too_many_dimensions(void **state)
{
    (void)state;
    static world w;
    ecopt_param params[SMALL];
    static const char *const names[SMALL] = {"a", "b", "c", "d", "e", "f"};
    for (size_t i = 0; i < SMALL; i++)
        params[i] = (ecopt_param){.name = names[i], .type = ECOPT_PARAM_FLOAT, .max = 2};
    world_open(&w, params, SMALL, 60);
    for (; w.n < 60; w.n++)
        assert_status(w.ctx, ask(&w, w.x[w.n]), ECOPT_OK);
    for (size_t i = 0; i < SMALL; i++)
        assert_int_equal(count_values(&w, i), 3);
    world_close(&w);
}

/* More dimensions than Sobol's sequence has, a grid of 3^300 cells. */
static void test_hundreds_of_dimensions(void **state)
{
    (void)state;
    static ecopt_param params[PARAMS];
    static char names[PARAMS][8];
    static double x[PARAMS];
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_space *space = NULL;
    for (size_t i = 0; i < PARAMS; i++) {
        (void)snprintf(names[i], sizeof names[i], "p%zu", i);
        params[i] = (ecopt_param){.name = names[i], .type = ECOPT_PARAM_FLOAT, .max = 2};
    }
    assert_status(ctx, eco_space_new(ctx, params, PARAMS, &space), ECOPT_OK);
    eco_problem problem = {
        .space = space, .n_objectives = 1, .objectives = &objective, .n_init = 1, .n_trials = 50};
    eco_history history = {.trial = 1};
    double reference = 0;
    eco_suggestion suggestion = {.x = x, .reference = &reference};
    assert_status(ctx, eco_sampler_suggest(ctx, &eco_sampler_grid, &problem, &history, &suggestion),
                  ECOPT_OK);
    for (size_t i = 0; i < PARAMS; i++)
        assert_true(x[i] == 0 || x[i] == 1 || x[i] == 2);
    /* Nothing of it allowed: given up, not walked for ever. */
    assert_status(ctx, eco_space_add_constraint(ctx, space, "p0 > 2"), ECOPT_OK);
    assert_status(ctx, eco_sampler_suggest(ctx, &eco_sampler_grid, &problem, &history, &suggestion),
                  ECOPT_E_EXHAUSTED);
    eco_space_free(ctx, space);
    ecopt_ctx_free(ctx);
}

static void test_walk_visits_all_and_spreads(void **state)
{
    (void)state;
    static unsigned char seen[POINTS];
    for (uint64_t n = 1; n <= POINTS; n += 31) {
        memset(seen, 0, sizeof seen);
        eco_points_walk walk = eco_points_walk_begin(n, n);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t at = eco_points_walk_next(&walk);
            assert_true(at < n && !seen[at]);
            seen[at] = 1;
        }
    }
    /* The first 50 of 1,000: no gap is above three times the even one. */
    memset(seen, 0, sizeof seen);
    eco_points_walk walk = eco_points_walk_begin(9, 1000);
    for (int i = 0; i < 50; i++)
        seen[eco_points_walk_next(&walk)] = 1;
    for (size_t i = 0, gap = 0; i < 2000; i++) {
        gap = seen[i % 1000] ? 0 : gap + 1;
        assert_true(gap < 60);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_fit_the_trials),
        cmocka_unit_test(test_levels_are_even_on_the_scale),
        cmocka_unit_test(test_small_numbers_and_choices_take_all_values),
        cmocka_unit_test(test_integers_on_a_log_scale_do_not_meet),
        cmocka_unit_test(test_order_is_evenly_spread),
        cmocka_unit_test(test_order_is_that_of_a_net),
        cmocka_unit_test(test_seed_changes_the_order_alone),
        cmocka_unit_test(test_conditions_and_constraints_leave_cells_out),
        cmocka_unit_test(test_too_many_dimensions),
        cmocka_unit_test(test_hundreds_of_dimensions),
        cmocka_unit_test(test_walk_visits_all_and_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
