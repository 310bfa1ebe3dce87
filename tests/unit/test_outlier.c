/* Values that must be errors: found on both sides, checked where they may be discoveries, never
 * seen in clean studies, and no obstacle to the search. */
#include "sampler/mobo_model.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { MAX = 700, PARAMS = 4, FUNCTIONS = 8 };

static const ecopt_value kinds[3] = {
    {ECOPT_VALUE_STRING, 0, "p"}, {ECOPT_VALUE_STRING, 0, "q"}, {ECOPT_VALUE_STRING, 0, "r"}};
static const ecopt_param square[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "c", .type = ECOPT_PARAM_INT, .min = 1, .max = 1},
    {.name = "d", .type = ECOPT_PARAM_INT, .min = 1, .max = 1},
};
static const ecopt_param mixed[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
    {.name = "kind", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = kinds},
};
static const ecopt_param coarse[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
    {.name = "b", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
    {.name = "c", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
    {.name = "d", .type = ECOPT_PARAM_INT, .min = 1, .max = 9},
};
static const ecopt_objective costs[2] = {
    {.metric = "f1", .has_threshold = true, .threshold = 18},
    {.metric = "f2", .has_threshold = true, .threshold = 6},
};
static const double reference[2] = {18, 6};
static const eco_gp_options options = {.noise_floor = 1e-6};

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    eco_history history;
    double x[MAX][PARAMS], y[MAX][2], se[MAX][2], true_y[MAX][2];
    eco_observation observations[MAX];
    eco_arena arena;
} world;

static void world_open(world *w, const ecopt_param *params, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    w->arena = (eco_arena)ECO_ARENA_INIT(w->ctx);
    assert_status(w->ctx, eco_space_new(w->ctx, params, PARAMS, &w->space), ECOPT_OK);
    w->problem = (eco_problem){
        .space = w->space, .n_objectives = 2, .objectives = costs, .n_init = 6, .seed = seed};
    w->history = (eco_history){.observations = w->observations, .trial = 1};
}

static void world_close(world *w)
{
    eco_arena_release(&w->arena);
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static void tell(world *w, const double *x, double y0, double y1)
{
    size_t i = w->history.n++;
    memcpy(w->x[i], x, sizeof w->x[i]);
    w->y[i][0] = y0;
    w->y[i][1] = y1;
    w->observations[i] = (eco_observation){.x = w->x[i], .y = w->y[i], .y_se = w->se[i]};
    w->history.trial = w->history.n + 1;
}

static eco_outliers find(world *w)
{
    eco_outliers found = {.n_values = 99};
    assert_status(
        w->ctx, eco_outliers_find(&w->arena, &w->problem, &w->history, reference, &options, &found),
        ECOPT_OK);
    return found;
}

/* Waves, bowls, ridges, slopes, exponentials, poles, cliffs, Branin's. */
static double clean(int function, const double *x)
{
    double a = 15 * x[0] - 5, b = 15 * x[1], sum = x[0] * x[0] + x[1] * x[1];
    switch (function) {
    case 0:
        return sin(4 * x[0]) + sin(4 * x[1] + 1);
    case 1:
        return (1 + sum) * cos(1.5708 * x[0]);
    case 2:
        return (1 + 9 * x[1]) * (1 - sqrt(x[0] / (1 + 9 * x[1])));
    case 3:
        return pow(b - 0.1292 * a * a + 1.5915 * a - 6, 2) + 9.602 * cos(a) + 10;
    case 4:
        return x[0];
    case 5:
        return exp(2.5 * (x[0] + x[1]));
    case 6:
        return 1 / (0.05 + x[0]);
    default:
        return x[0] > 0.7;
    }
}

/* n scattered trials of two functions. */
static void scatter(world *w, const ecopt_param *params, int function, size_t n)
{
    eco_rng rng;
    world_open(w, params, 1);
    eco_rng_init(&rng, (uint64_t)function, ECO_STREAM_TEST, n);
    for (size_t i = 0; i < n; i++) {
        double u[PARAMS], x[PARAMS];
        for (size_t j = 0; j < PARAMS; j++)
            u[j] = eco_rng_uniform(&rng);
        eco_space_decode(w->space, u, x);
        tell(w, x, clean(function, u), clean((function + 3) % FUNCTIONS, u));
    }
}

static void test_clean_studies_are_left_alone(void **state)
{
    (void)state;
    static world w;
    for (int sign = -1; sign <= 1; sign += 2)
        for (int function = 0; function < FUNCTIONS; function++)
            for (size_t n = 6; n <= 70; n += 16) {
                scatter(&w, square, function, n);
                for (size_t i = 0; i < n; i++)
                    for (size_t k = 0; k < 2; k++)
                        w.y[i][k] *= sign;
                eco_outliers found = find(&w);
                assert_int_equal(found.n_values, 0);
                assert_int_equal(found.doubtful, n);
                assert_ptr_equal(found.history.observations, w.observations);
                world_close(&w);
            }
}

/* One value far off on either side becomes a missing one; the records keep it. */
static void test_gross_values_are_left_out(void **state)
{
    (void)state;
    static world w;
    const double sizes[4] = {1e3, -1e3, 1e305, -1e305};
    for (int round = 0; round < 28; round++) {
        size_t n = 24 + 12 * (size_t)(round % 4), at = n / 3, k = (size_t)round % 2;
        scatter(&w, round % 3 ? square : mixed, round % 7, n);
        w.y[at][k] += sizes[round / 7];
        double told = w.y[at][k];
        eco_outliers found = find(&w);
        assert_int_equal(found.n_values, 1);
        assert_true(isnan(found.history.observations[at].y[k]));
        assert_true(found.history.observations[at].y[1 - k] == w.y[at][1 - k]);
        assert_true(w.observations[at].y[k] == told);
        for (size_t i = 0; i < n; i++)
            assert_true(i == at || found.history.observations[i].y == w.y[i]);
        /* What a value's own error explains is none. */
        w.se[at][k] = 1e306;
        assert_int_equal(find(&w).n_values, 0);
        /* Nor is anything among seven. */
        w.se[at][k] = 0;
        w.history.n = 7;
        w.y[3][k] += sizes[round / 7];
        assert_int_equal(find(&w).n_values, 0);
        world_close(&w);
    }
}

/* A meter that says zero now and then; and errors in several places at once. */
static void test_many_errors(void **state)
{
    (void)state;
    static world w;
    scatter(&w, square, 3, 60);
    const size_t glitches[4] = {5, 20, 31, 50};
    for (size_t i = 0; i < 4; i++)
        w.y[glitches[i]][0] = -5000;
    w.y[11][0] = 1e5;
    w.y[20][1] = 1e200;
    w.y[40][1] = -300;
    eco_outliers found = find(&w);
    assert_int_equal(found.n_values, 7);
    for (size_t i = 0; i < 4; i++)
        assert_true(isnan(found.history.observations[glitches[i]].y[0]));
    assert_true(isnan(found.history.observations[20].y[1]));
    assert_true(isnan(found.history.observations[11].y[0]));
    assert_true(isnan(found.history.observations[40].y[1]));
    world_close(&w);
    /* One in five is no accident. */
    scatter(&w, square, 3, 20);
    for (size_t i = 0; i < 20; i += 5)
        w.y[i][0] = -5000;
    assert_int_equal(find(&w).n_values, 0);
    world_close(&w);
}

/* Chance level everywhere but in one place: tried again next to it, then believed or not. */
static void test_discoveries_are_checked(void **state)
{
    (void)state;
    static world w;
    double x[PARAMS];
    for (int is_true = 0; is_true < 2; is_true++) {
        scatter(&w, mixed, 0, 20);
        for (size_t i = 0; i < 20; i++)
            w.y[i][0] = -0.1 - 0.001 * w.y[i][0];
        w.y[12][0] = -0.9;
        eco_outliers found = find(&w);
        assert_int_equal(found.n_values, 1);
        assert_int_equal(found.doubtful, 12);
        assert_status(w.ctx, eco_outliers_check(w.ctx, &w.problem, &w.history, 12, x), ECOPT_OK);
        assert_true(eco_space_is_allowed(w.space, x) && x[0] != w.x[12][0]);
        assert_true(fabs(x[0] - w.x[12][0]) <= 0.02 && fabs(x[1] - w.x[12][1]) <= 0.02);
        assert_true(x[2] == w.x[12][2] && x[3] == w.x[12][3]);
        /* The sampler makes that very trial, once. */
        double asked[PARAMS], ref[2];
        eco_suggestion suggestion = {.x = asked, .reference = ref};
        const eco_sampler_ops *mobo = eco_sampler_find("mobo");
        assert_status(w.ctx, eco_sampler_suggest(w.ctx, mobo, &w.problem, &w.history, &suggestion),
                      ECOPT_OK);
        assert_memory_equal(asked, x, sizeof x);
        assert_string_equal(suggestion.origin, "check");
        w.history.pending = x;
        w.history.n_pending = 1;
        assert_int_equal(find(&w).doubtful, 20);
        w.history.n_pending = 0;
        tell(&w, x, is_true ? -0.88 : -0.1, w.y[12][1]);
        found = find(&w);
        assert_int_equal(found.n_values, is_true ? 0 : 1);
        assert_int_equal(found.doubtful, 21);
        assert_status(w.ctx, eco_sampler_suggest(w.ctx, mobo, &w.problem, &w.history, &suggestion),
                      ECOPT_OK);
        assert_string_equal(suggestion.origin, "mobo");
        world_close(&w);
    }
    /* Where no point is that near there is no check; the value is left out all the same. */
    scatter(&w, coarse, 0, 20);
    w.y[12][0] = -1000;
    assert_int_equal(find(&w).doubtful, 12);
    assert_status(w.ctx, eco_outliers_check(w.ctx, &w.problem, &w.history, 12, x),
                  ECOPT_E_NOT_FOUND);
    world_close(&w);
}

static void test_values_without_scale(void **state)
{
    (void)state;
    static world w;
    scatter(&w, square, 4, 30);
    for (size_t i = 0; i < 30; i++) {
        w.y[i][0] = i == 4 ? -1 : 0;
        w.y[i][1] = i % 3 ? (double)NAN : 1e-300 * w.y[i][1];
    }
    w.observations[7].state = ECO_OBSERVED_FAILED;
    assert_int_equal(find(&w).n_values, 0);
    world_close(&w);
}

/* BraninCurrin, minimised in both. */
static void branin_currin(const double *x, double *ret_y)
{
    double b = x[1] > 0 ? 1 - exp(-0.5 / x[1]) : 1;
    ret_y[0] = clean(3, x);
    ret_y[1] = b * (2300 * pow(x[0], 3) + 1900 * x[0] * x[0] + 2092 * x[0] + 60) /
               (100 * pow(x[0], 3) + 500 * x[0] * x[0] + 4 * x[0] + 20);
}

/* Hypervolume of what n trials found; trial `at` is told `by` too much in objective k. */
static double study_run(uint64_t seed, size_t n, size_t at, size_t k, double by)
{
    static world w;
    static double y[MAX * 2];
    double volume;
    size_t rows = 0;
    world_open(&w, square, seed);
    const eco_sampler_ops *mobo = eco_sampler_find("mobo");
    for (size_t i = 0; i < n; i++) {
        double x[PARAMS], ref[2];
        eco_suggestion suggestion = {.x = x, .reference = ref};
        assert_status(w.ctx, eco_sampler_suggest(w.ctx, mobo, &w.problem, &w.history, &suggestion),
                      ECOPT_OK);
        branin_currin(x, w.true_y[i]);
        tell(&w, x, w.true_y[i][0], w.true_y[i][1]);
        if (i == at)
            w.y[i][k] += by;
        else
            memcpy(y + 2 * rows++, w.true_y[i], sizeof w.true_y[i]);
    }
    assert_status(w.ctx, ecopt_hypervolume(w.ctx, rows, 2, y, reference, &volume), ECOPT_OK);
    world_close(&w);
    return volume;
}

/* A hundred times the range, too good or too bad: the search finds the front of the others. */
static void test_search_survives(void **state)
{
    (void)state;
    const size_t n = 36, none = n;
    const double clean_volume = study_run(2, n, none, 0, 0);
    assert_true(clean_volume > 57);
    const double sizes[2] = {30000, 1300};
    for (size_t k = 0; k < 2; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double volume = study_run(2, n, 9, k, sign * sizes[k]);
            print_message("objective %zu %+g: %.3f of %.3f\n", k, sign * sizes[k], volume,
                          clean_volume);
            assert_true(volume > clean_volume - 1);
        }
}

/* Of a long study the front is one of observations: an error must not stand there either. */
static void test_long_study(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    scatter(&w, square, 3, 650);
    w.y[100][0] = -30000;
    w.y[100][1] = -1;
    assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, reference, &mobo), ECOPT_OK);
    assert_int_equal(mobo.outliers.n_values, 1);
    assert_true(mobo.history->n < 650 && mobo.region.n_fixed + mobo.n_front > 1);
    for (size_t i = 0; i < mobo.region.n_fixed; i++)
        assert_true(mobo.region.fixed[2 * i] > -1000);
    eco_mobo_release(&mobo);
    world_close(&w);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    double x[PARAMS];
    eco_outliers found;
    eco_arena arena = ECO_ARENA_INIT(ctx);
    ecopt_status status =
        eco_outliers_find(&arena, &w->problem, &w->history, reference, &options, &found);
    if (status == ECOPT_OK)
        assert_int_equal(found.n_values, 3);
    if (status == ECOPT_OK)
        status = eco_outliers_check(ctx, &w->problem, &w->history, 5, x);
    eco_arena_release(&arena);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    static world w;
    scatter(&w, square, 3, 40);
    w.y[5][0] = w.y[20][0] = -1e5;
    w.y[11][1] = 1e6;
    eco_test_alloc_sweep(attempt, &w);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_studies_are_left_alone),
        cmocka_unit_test(test_gross_values_are_left_out),
        cmocka_unit_test(test_many_errors),
        cmocka_unit_test(test_discoveries_are_checked),
        cmocka_unit_test(test_values_without_scale),
        cmocka_unit_test(test_search_survives),
        cmocka_unit_test(test_long_study),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
