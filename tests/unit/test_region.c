#include "sampler/mobo_model.h"
#include "sampler/region.h"
#include "support/eco_test.h"

enum { MAX = 1200, PARAMS = 4 };

static const ecopt_value kinds[3] = {
    {ECOPT_VALUE_STRING, 0, "p"}, {ECOPT_VALUE_STRING, 0, "q"}, {ECOPT_VALUE_STRING, 0, "r"}};
static const ecopt_param params[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 90},
    {.name = "kind", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = kinds},
};
static const ecopt_objective objectives[5] = {
    {.metric = "f1"}, {.metric = "f2"}, {.metric = "f3"}, {.metric = "f4"}, {.metric = "f5"}};
static const double ref[5] = {3, 3, 3, 3, 3};
static const double no_se[5] = {0, 0, 0, 0, 0};

typedef struct world {
    ecopt_ctx *ctx;
    eco_arena arena;
    eco_problem problem;
    ecopt_space *space;
    eco_history history;
    double x[MAX][PARAMS], y[MAX][5];
    eco_observation observations[MAX];
} world;

/* n scattered trials; objective k is the squared distance to a corner that depends on k. */
static void world_fill(world *w, ecopt_ctx *ctx, size_t n, size_t m)
{
    eco_rng rng;
    w->ctx = ctx;
    w->arena = (eco_arena)ECO_ARENA_INIT(ctx);
    w->problem =
        (eco_problem){.space = w->space, .n_objectives = m, .objectives = objectives, .seed = 3};
    eco_rng_init(&rng, 11, ECO_STREAM_TEST, 0);
    memset(w->y, 0, sizeof w->y);
    for (size_t i = 0; i < n; i++) {
        double u[PARAMS];
        for (size_t j = 0; j < PARAMS; j++)
            u[j] = eco_rng_uniform(&rng);
        eco_space_decode(w->space, u, w->x[i]);
        for (size_t k = 0; k < m; k++)
            for (size_t j = 0; j < PARAMS; j++)
                w->y[i][k] += pow(u[j] - (j == k % PARAMS ? 0.9 : 0.2 + 0.1 * (double)k), 2);
        w->observations[i] = (eco_observation){.x = w->x[i], .y = w->y[i], .y_se = no_se};
    }
    w->history = (eco_history){.n = n, .observations = w->observations, .trial = n + 1};
}

static void world_open(world *w, size_t n, size_t m)
{
    ecopt_ctx *ctx = eco_test_ctx();
    memset(w, 0, sizeof *w);
    assert_status(ctx, eco_space_new(ctx, params, PARAMS, &w->space), ECOPT_OK);
    world_fill(w, ctx, n, m);
}

static void world_close(world *w)
{
    eco_arena_release(&w->arena);
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static eco_region choose(world *w, size_t m)
{
    eco_region region;
    assert_status(w->ctx, eco_region_choose(&w->arena, &w->problem, &w->history, m, ref, &region),
                  ECOPT_OK);
    return region;
}

/* Number of the trial that row i is. */
static size_t trial_of(const world *w, const eco_region *region, size_t i)
{
    return (size_t)(region->history.observations[i].x - w->x[0]) / PARAMS;
}

static bool has_trial(const world *w, const eco_region *region, size_t trial)
{
    for (size_t i = 0; i < region->history.n; i++)
        if (trial_of(w, region, i) == trial)
            return true;
    return false;
}

static bool has_fixed(const world *w, const eco_region *region, size_t m, size_t trial)
{
    for (size_t i = 0; i < region->n_fixed; i++)
        if (region->fixed[i * m] == w->y[trial][0])
            return true;
    return false;
}

static void test_short_studies_are_whole(void **state)
{
    (void)state;
    static world w;
    world_open(&w, ECO_REGION_FROM, 2);
    eco_region region = choose(&w, 2);
    assert_ptr_equal(region.history.observations, w.observations);
    assert_int_equal(region.history.n, ECO_REGION_FROM);
    assert_false(region.is_local);
    assert_int_equal(region.n_fixed, 0);
    world_close(&w);
}

/* Rows are distinct, in order, of the stated number, and every front point is known. */
static void test_rows_and_front(void **state)
{
    (void)state;
    static world w;
    for (size_t m = 2; m <= 4; m++)
        for (uint64_t turn = 0; turn < 8; turn++) {
            static size_t index[MAX];
            size_t n_front, most = m == 2 ? 400 : 200;
            world_open(&w, 900, m);
            w.history.trial = 4000 + turn;
            eco_region region = choose(&w, m);
            assert_int_equal(region.history.n, ECO_REGION_ROWS);
            assert_int_equal(region.history.trial, w.history.trial);
            for (size_t i = 1; i < region.history.n; i++)
                assert_true(trial_of(&w, &region, i) > trial_of(&w, &region, i - 1));
            assert_int_equal(region.is_local, turn % 4 != 0);
            static double y[900 * 4];
            for (size_t i = 0; i < 900; i++)
                memcpy(y + i * m, w.y[i], m * sizeof *y);
            assert_status(w.ctx, ecopt_nondominated(w.ctx, 900, m, y, index, &n_front), ECOPT_OK);
            size_t known = 0;
            for (size_t i = 0; i < n_front; i++)
                known += has_trial(&w, &region, index[i]) || has_fixed(&w, &region, m, index[i]);
            assert_true(known >= (n_front < most ? n_front : most));
            world_close(&w);
        }
}

/* Centre: a front point and a row; the box holds it, shrinks with the turn, and spans all kinds. */
static void test_box(void **state)
{
    (void)state;
    static world w;
    double side[4] = {0};
    world_open(&w, 800, 1); /* one best point: the centre of all */
    for (uint64_t turn = 1; turn < 4; turn++) {
        w.history.trial = 4000 + turn;
        eco_region region = choose(&w, 1);
        size_t best = 0;
        for (size_t i = 1; i < 800; i++)
            best = w.y[i][0] < w.y[best][0] ? i : best;
        double u[PARAMS];
        eco_space_encode(w.space, w.x[best], u);
        assert_true(has_trial(&w, &region, best));
        for (size_t k = 0; k < PARAMS; k++) {
            assert_close(region.centre[k], u[k], 0, 0);
            assert_true(region.lower[k] <= u[k] && u[k] <= region.upper[k]);
            assert_true(region.lower[k] >= 0 && region.upper[k] <= 1);
        }
        assert_close(region.upper[3] - region.lower[3], 1, 0, 0);
        side[turn] = fmax(region.upper[0] - u[0], u[0] - region.lower[0]);
        assert_true(side[turn] >= 0.01 && side[turn] <= 0.4);
        /* Of equal odds the nearest: 20 trials lie within the whole box. */
        size_t inside = 0;
        for (size_t i = 0; i < 800 && turn == 1; i++) {
            double v[PARAMS], most = 0;
            eco_space_encode(w.space, w.x[i], v);
            for (size_t k = 0; k < 3; k++)
                most = fmax(most, fabs(v[k] - u[k]));
            inside += most < side[1] * (1 - 1e-9);
        }
        assert_true(turn > 1 || (inside <= 20 && inside > 15)); /* whole numbers tie */
    }
    assert_close(side[2], side[1] / 2, 1e-9, 0);
    assert_close(side[3], side[1] / 4, 1e-9, 0);
    world_close(&w);
}

/* The same history and trial: the same region.  Another seed: another centre, sooner or later. */
static void test_pure_function(void **state)
{
    (void)state;
    static world w;
    bool is_moved = false;
    world_open(&w, 700, 2);
    for (uint64_t trial = 701; trial < 720; trial++) {
        w.history.trial = trial;
        w.problem.seed = 3;
        eco_region a = choose(&w, 2), b = choose(&w, 2);
        assert_int_equal(a.n_fixed, b.n_fixed);
        for (size_t i = 0; i < a.history.n; i++)
            assert_ptr_equal(a.history.observations[i].x, b.history.observations[i].x);
        w.problem.seed = 4;
        eco_region c = choose(&w, 2);
        assert_int_equal(a.is_local, c.is_local);
        if (!a.is_local)
            continue;
        for (size_t k = 0; k < PARAMS; k++) {
            assert_close(a.lower[k], b.lower[k], 0, 0);
            is_moved = is_moved || a.centre[k] != c.centre[k];
        }
    }
    assert_true(is_moved);
    world_close(&w);
}

/* Nothing feasible, nothing below the reference, missing and infinite values, five objectives. */
static void test_odd_histories(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 600, 2);
    w.history.trial = 602;
    for (size_t i = 0; i < 600; i++)
        w.observations[i].state = ECO_OBSERVED_FAILED;
    eco_region region = choose(&w, 2);
    assert_false(region.is_local);
    assert_int_equal(region.history.n, ECO_REGION_ROWS);
    assert_int_equal(region.n_fixed, 0);
    for (size_t i = 0; i < 600; i++) {
        w.observations[i].state = ECO_OBSERVED_COMPLETE;
        w.y[i][0] = i % 3 == 0 ? nan("") : i % 3 == 1 ? HUGE_VAL : 100 + w.y[i][0];
    }
    region = choose(&w, 2); /* all beyond the reference: the front is that of all of them */
    assert_true(region.is_local);
    world_close(&w);
    world_open(&w, 600, 5);
    w.history.trial = 601;
    region = choose(&w, 1);
    assert_true(region.is_local);
    assert_int_equal(region.n_fixed, 0); /* one best point, which is a row */
    world_close(&w);
}

static void test_pending_points_are_bounded(void **state)
{
    (void)state;
    static world w;
    static double pending[100][PARAMS];
    world_open(&w, 600, 2);
    for (size_t i = 0; i < 100; i++)
        memcpy(pending[i], w.x[i], sizeof w.x[i]);
    w.history.pending = pending[0];
    w.history.n_pending = 100;
    eco_region region = choose(&w, 2);
    assert_int_equal(region.history.n_pending, ECO_REGION_PENDING);
    assert_ptr_equal(region.history.pending, pending[100 - ECO_REGION_PENDING]);
    w.history.n_pending = 5;
    region = choose(&w, 2);
    assert_ptr_equal(region.history.pending, pending[0]);
    world_close(&w);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    eco_region region;
    w->ctx = ctx;
    w->arena = (eco_arena)ECO_ARENA_INIT(ctx);
    ecopt_status status = eco_region_choose(&w->arena, &w->problem, &w->history, 2, ref, &region);
    eco_arena_release(&w->arena);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 600, 2);
    ecopt_ctx *ctx = w.ctx;
    w.history.trial = 605; /* a local turn with odds */
    eco_test_alloc_sweep(attempt, &w);
    w.ctx = ctx;
    world_close(&w);
}

/* ---- seen ---- */

static void test_seen_agrees_with_the_walk(void **state)
{
    (void)state;
    static world w;
    eco_seen seen;
    world_open(&w, 300, 1);
    w.history.n = 200;
    w.history.pending = w.x[200];
    w.history.n_pending = 50;
    assert_status(w.ctx, eco_seen_init(&w.arena, &w.problem, &w.history, &seen), ECOPT_OK);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(eco_seen_is_new(&seen, w.x[i]), i >= 250);
        assert_int_equal(eco_seen_is_new(&seen, w.x[i]),
                         eco_points_is_new(&w.problem, &w.history, w.x[i]));
    }
    w.history.n = w.history.n_pending = 0;
    assert_status(w.ctx, eco_seen_init(&w.arena, &w.problem, &w.history, &seen), ECOPT_OK);
    assert_true(eco_seen_is_new(&seen, w.x[0]));
    assert_status(w.ctx, eco_space_add_constraint(w.ctx, w.space, "n < 0"), ECOPT_OK);
    assert_false(eco_seen_is_new(&seen, w.x[0])); /* not allowed */
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_studies_are_whole),
        cmocka_unit_test(test_rows_and_front),
        cmocka_unit_test(test_box),
        cmocka_unit_test(test_pure_function),
        cmocka_unit_test(test_odd_histories),
        cmocka_unit_test(test_pending_points_are_bounded),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_seen_agrees_with_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
