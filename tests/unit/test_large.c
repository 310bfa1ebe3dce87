/*
 * Long studies, many parameters, long lists: a valid new suggestion from a bounded number of rows.
 */
#include "sampler/mobo_model.h"
#include "support/eco_test.h"

#include <stdlib.h>

/* Sanitizers slow everything down tenfold. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { LONG = 1500, LIST = 20000 };
#else
enum { LONG = 10000, LIST = 200000 };
#endif

static const ecopt_objective costs[4] = {
    {.metric = "f1", .has_threshold = true, .threshold = 1.1},
    {.metric = "f2", .has_threshold = true, .threshold = 1.1},
    {.metric = "f3", .has_threshold = true, .threshold = 1.1},
    {.metric = "f4", .has_threshold = true, .threshold = 1.1},
};
static const double reference[4] = {1.1, 1.1, 1.1, 1.1};
static const double no_se[4] = {0, 0, 0, 0};

typedef struct world {
    ecopt_ctx *ctx;
    eco_problem problem;
    ecopt_space *space;
    eco_history history;
    size_t d, m, room;
    ecopt_param *params;
    char (*names)[24];
    double *x, *y;
    eco_observation *observations;
} world;

/* DTLZ2: distance to the middle in the last inputs, angles in the first m - 1. */
static void evaluate(const world *w, const double *x, double *ret_y)
{
    double g = 1, quarter = acos(0);
    for (size_t j = w->m - 1; j < w->d; j++)
        g += (x[j] - 0.5) * (x[j] - 0.5);
    for (size_t k = 0; k < w->m; k++) {
        ret_y[k] = g;
        for (size_t j = 0; j + k + 1 < w->m; j++)
            ret_y[k] *= cos(quarter * x[j]);
        if (k > 0)
            ret_y[k] *= sin(quarter * x[w->m - 1 - k]);
    }
}

static void told(world *w, size_t i)
{
    evaluate(w, w->x + i * w->d, w->y + i * w->m);
    w->observations[i] =
        (eco_observation){.x = w->x + i * w->d, .y = w->y + i * w->m, .y_se = no_se};
    w->history.n = i + 1;
    w->history.trial = i + 2;
}

/* n trials: the first half scattered, the others near the front.  Room for 64 more. */
static void world_open(world *w, size_t d, size_t m, size_t n)
{
    eco_rng rng;
    *w = (world){.ctx = eco_test_ctx(), .d = d, .m = m, .room = n + 64};
    w->params = calloc(d, sizeof *w->params);
    w->names = calloc(d, sizeof *w->names);
    w->x = calloc(w->room * d, sizeof *w->x);
    w->y = calloc(w->room * m, sizeof *w->y);
    w->observations = calloc(w->room, sizeof *w->observations);
    assert_true(w->params && w->names && w->x && w->y && w->observations);
    for (size_t j = 0; j < d; j++) {
        (void)snprintf(w->names[j], sizeof w->names[j], "x%zu", j);
        w->params[j] = (ecopt_param){.name = w->names[j], .type = ECOPT_PARAM_FLOAT, .max = 1};
    }
    assert_status(w->ctx, eco_space_new(w->ctx, w->params, d, &w->space), ECOPT_OK);
    w->problem = (eco_problem){
        .space = w->space, .n_objectives = m, .objectives = costs, .n_init = 4, .seed = 1};
    w->history.observations = w->observations;
    eco_rng_init(&rng, 1, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        double *x = w->x + i * d;
        for (size_t j = 0; j < d; j++) {
            x[j] = eco_rng_uniform(&rng);
            if (i >= n / 2 && j >= m - 1)
                x[j] = 0.45 + 0.1 * x[j];
        }
        eco_space_canonical(w->space, x);
        told(w, i);
    }
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
    free(w->params);
    free(w->names);
    free(w->x);
    free(w->y);
    free(w->observations);
}

/* Asks; the answer is new, allowed and the model's own. */
static void ask(world *w, double *ret_x)
{
    double kept[4];
    eco_suggestion s = {.x = ret_x, .reference = kept};
    assert_status(w->ctx,
                  eco_sampler_suggest(w->ctx, &eco_sampler_mobo, &w->problem, &w->history, &s),
                  ECOPT_OK);
    assert_string_equal(s.origin, "mobo");
    assert_true(eco_points_is_new(&w->problem, &w->history, ret_x));
}

static void ask_and_tell(world *w, size_t n)
{
    assert_true(w->history.n + n <= w->room);
    for (size_t i = 0; i < n; i++) {
        ask(w, w->x + w->history.n * w->d);
        told(w, w->history.n);
    }
}

static double volume(world *w)
{
    double hv;
    assert_status(w->ctx, ecopt_hypervolume(w->ctx, w->history.n, w->m, w->y, reference, &hv),
                  ECOPT_OK);
    return hv;
}

/* Every model has few rows, whatever the history: this, and not seconds, bounds the time. */
static void assert_bounded(world *w)
{
    eco_mobo mobo;
    assert_status(w->ctx, eco_mobo_init(w->ctx, &w->problem, &w->history, reference, &mobo),
                  ECOPT_OK);
    assert_int_equal(mobo.history->n, ECO_REGION_ROWS);
    assert_true(mobo.region.n_fixed <= (size_t)2 * ECO_REGION_FRONT);
    assert_true(eco_acq_front_boxes(mobo.front) / mobo.n_paths < 5000);
    eco_mobo_release(&mobo);
}

static void test_ten_thousand_trials_of_fifty_parameters(void **state)
{
    (void)state;
    for (size_t m = 2; m <= 4; m += 2) {
        world w;
        world_open(&w, 50, m, LONG);
        assert_bounded(&w);
        double before = volume(&w);
        w.history.trial = 4 * w.history.trial - 1; /* then a turn without a box */
        ask_and_tell(&w, 2);
        assert_true(volume(&w) >= before);
        world_close(&w);
    }
}

static void test_threads_do_not_change_the_answer(void **state)
{
    (void)state;
    world w;
    double x[2][6];
    world_open(&w, 6, 2, 700);
    for (size_t turn = 0; turn < 2; turn++) {
        w.history.trial = 700 + turn;
        for (size_t t = 0; t < 2; t++) {
            w.problem.n_threads = 1 + 2 * t;
            ask(&w, x[t]);
        }
        assert_memory_equal(x[0], x[1], sizeof x[0]);
    }
    world_close(&w);
}

/* Noise and pending points: eight fronts from the rows, and the box still holds. */
static void test_noise_and_pending(void **state)
{
    (void)state;
    world w;
    static double pending[3 * 6];
    double x[6];
    world_open(&w, 6, 2, 600);
    for (size_t i = 0; i < 600; i++)
        w.y[2 * i] += 0.2 * sin(50.0 * (double)i);
    for (size_t j = 0; j < 18; j++)
        pending[j] = 0.3 + 0.02 * (double)j;
    for (size_t i = 0; i < 3; i++)
        eco_space_canonical(w.space, pending + 6 * i);
    w.history.pending = pending;
    w.history.n_pending = 3;
    w.history.trial = 605;
    eco_mobo mobo;
    assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, reference, &mobo), ECOPT_OK);
    assert_int_equal(mobo.n_paths, 8);
    assert_true(mobo.region.is_local);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    for (size_t j = 0; j < 6; j++)
        assert_true(x[j] >= mobo.region.lower[j] - 1e-9 && x[j] <= mobo.region.upper[j] + 1e-9);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/*
 * The second half of the trials on the front itself, the first objective four decades of costs in
 * some unit, the second of both signs, so that it never is a logarithm.
 */
static void decades_open(world *w, ecopt_objective objectives[2], double unit)
{
    static const ecopt_sampler_settings always = {.transform = ECOPT_TRANSFORM_LOG};
    world_open(w, 3, 2, 700);
    for (size_t i = 0; i < 700; i++) {
        if (i >= 350)
            w->x[3 * i + 1] = w->x[3 * i + 2] = 0.5;
        told(w, i);
        w->y[2 * i] = unit * exp(9 * (w->y[2 * i] - 1));
        w->y[2 * i + 1] -= 0.5;
    }
    for (size_t k = 0; k < 2; k++)
        objectives[k] = costs[k];
    objectives[0].threshold = 1.1 * unit;
    w->problem.objectives = objectives;
    w->problem.settings = &always;
}

static void decades_fit(world *w, double unit, eco_mobo *mobo)
{
    const double ref[2] = {1.1 * unit, 1.1};
    assert_status(w->ctx, eco_mobo_init(w->ctx, &w->problem, &w->history, ref, mobo), ECOPT_OK);
}

/* Slopes by differences; the first look ranks points as the exact score does. */
static void assert_scores_agree(eco_mobo *mobo)
{
    enum { POINTS = ECO_MOBO_BLOCK };
    eco_mobo_work work;
    eco_rng rng;
    double f[3 * POINTS], first[POINTS], exact[POINTS], grad[3];
    size_t n_pairs = 0, n_alike = 0;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < (size_t)3 * POINTS; i++)
        f[i] = i % 3 == 0 ? eco_rng_uniform(&rng) : 0.3 + 0.4 * eco_rng_uniform(&rng);
    assert_status(mobo->ctx, eco_mobo_work_init(mobo, &work), ECOPT_OK);
    eco_mobo_screen(mobo, &work, POINTS, f, first);
    for (size_t i = 0; i < POINTS; i++) {
        double *x = f + 3 * i;
        exact[i] = eco_mobo_value(mobo, &work, x, grad);
        if (mobo->n_paths == 1)
            assert_close(first[i], exact[i], 1e-7, 1e-7);
        for (size_t j = 0; j < 3; j++) {
            const double step = 3e-6, middle = x[j];
            x[j] = middle + step;
            double high = eco_mobo_value(mobo, &work, x, NULL);
            x[j] = middle - step;
            double low = eco_mobo_value(mobo, &work, x, NULL);
            x[j] = middle;
            assert_close(grad[j], (high - low) / (2 * step), 5e-3, 5e-2);
        }
        for (size_t k = 0; k < i; k++, n_pairs++)
            n_alike += (first[i] < first[k]) == (exact[i] < exact[k]);
    }
    assert_true(n_alike >= (mobo->n_paths == 1 ? n_pairs : n_pairs * 9 / 10));
}

static void test_logarithms_of_a_long_study(void **state)
{
    (void)state;
    static double pending[6] = {0.3, 0.5, 0.5, 0.6, 0.4, 0.5};
    for (size_t turn = 0; turn < 2; turn++) {
        for (size_t n_pending = 0; n_pending <= 2; n_pending += 2) {
            world w;
            ecopt_objective objectives[2];
            eco_mobo mobo;
            bool is_noisy = turn == 1 && n_pending > 0; /* what is pending alone is not drawn */
            decades_open(&w, objectives, 1);
            for (size_t i = 0; i < 700 && is_noisy; i++)
                w.y[2 * i + 1] += 0.1 * sin(50.0 * (double)i);
            w.history.trial = 704 + turn;
            w.history.pending = pending;
            w.history.n_pending = n_pending;
            decades_fit(&w, 1, &mobo);
            assert_true(mobo.is_log[0] && !mobo.is_log[1]);
            assert_true((mobo.n_paths > 1) == is_noisy);
            assert_int_equal(mobo.history->n, ECO_REGION_ROWS);
            /* The fixed points bound the fronts as the rows do: none is lost for its scale. */
            assert_true(is_noisy || mobo.region.n_fixed > 50);
            if (!is_noisy)
                assert_true(eco_acq_front_boxes(mobo.front) >= mobo.region.n_fixed);
            assert_scores_agree(&mobo);
            eco_mobo_release(&mobo);
            world_close(&w);
        }
    }
}

/* A volume in the costs' own units, fixed points and all. */
static void test_unit_of_a_long_study(void **state)
{
    (void)state;
    static const double points[3][3] = {{0.2, 0.3, 0.6}, {0.5, 0.5, 0.5}, {0.8, 0.45, 0.7}};
    double values[2][3];
    for (size_t scaled = 0; scaled < 2; scaled++) {
        world w;
        ecopt_objective objectives[2];
        eco_mobo mobo;
        eco_mobo_work work;
        double unit = scaled ? 1000 : 1;
        decades_open(&w, objectives, unit);
        w.history.trial = 704;
        decades_fit(&w, unit, &mobo);
        assert_status(w.ctx, eco_mobo_work_init(&mobo, &work), ECOPT_OK);
        for (size_t p = 0; p < 3; p++)
            values[scaled][p] = eco_mobo_value(&mobo, &work, points[p], NULL);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
    for (size_t p = 0; p < 3; p++)
        assert_close(values[1][p] - values[0][p], log(1000), 0, 0.1);
}

/* One cost without a logarithm anywhere, and there is none, rows or not. */
static void test_no_logarithm_for_one_cost(void **state)
{
    (void)state;
    for (size_t i = 348; i < 352; i++) {
        world w;
        ecopt_objective objectives[2];
        eco_mobo mobo;
        decades_open(&w, objectives, 1);
        w.history.trial = 704;
        w.y[2 * i] = 0;
        decades_fit(&w, 1, &mobo);
        assert_false(mobo.is_log[0]);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

/* The switch to regions costs nothing: more trials go on to make the front better. */
static void test_no_jump_at_the_switch(void **state)
{
    (void)state;
    world w;
    world_open(&w, 6, 2, ECO_REGION_FROM - 8);
    double before = volume(&w);
    ask_and_tell(&w, 8);
    double at = volume(&w);
    ask_and_tell(&w, 8);
    double after = volume(&w);
    assert_true(at > before);
    assert_true(after - at > 0.25 * (at - before));
    world_close(&w);
}

static void list_fill(world *w, size_t n)
{
    eco_rng rng;
    double *rows = malloc(n * w->d * sizeof *rows);
    assert_non_null(rows);
    eco_rng_init(&rng, 2, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < n * w->d; i++)
        rows[i] = eco_rng_uniform(&rng);
    assert_status(w->ctx, eco_space_set_candidates(w->ctx, w->space, n, rows), ECOPT_OK);
    free(rows);
    for (size_t i = 0; i < 40; i++) {
        eco_space_candidate(w->space, i * (n / 40), w->x + i * w->d);
        told(w, i);
    }
}

/* Of a long list few rows are looked at, and yet suggestions stay on it and improve on chance. */
static void test_long_lists(void **state)
{
    (void)state;
    world w;
    world_open(&w, 6, 2, 0);
    list_fill(&w, LIST);
    ask_and_tell(&w, 8);
    for (size_t i = 40; i < 48; i++)
        assert_true(eco_space_find_candidate(w.space, w.x + i * w.d) < LIST);
    /* A list of random rows; as many random suggestions come to 0.02. */
    assert_true(volume(&w) > 0.1);
    world_close(&w);
}

/* A list that is nearly used up: the last rows are found, then there is none. */
static void test_last_rows_of_a_long_list(void **state)
{
    (void)state;
    const size_t ROWS = 6000;
    world w;
    double x[2];
    world_open(&w, 2, 2, ROWS);
    double *rows = malloc(ROWS * 2 * sizeof *rows);
    assert_non_null(rows);
    memcpy(rows, w.x, ROWS * 2 * sizeof *rows);
    assert_status(w.ctx, eco_space_set_candidates(w.ctx, w.space, ROWS, rows), ECOPT_OK);
    free(rows);
    w.history.n = ROWS - 2;
    w.history.trial = ROWS - 1;
    ask_and_tell(&w, 2);
    eco_mobo mobo;
    assert_status(w.ctx, eco_mobo_init(w.ctx, &w.problem, &w.history, reference, &mobo), ECOPT_OK);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_E_NOT_FOUND);
    eco_mobo_release(&mobo);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_trials_of_fifty_parameters),
        cmocka_unit_test(test_threads_do_not_change_the_answer),
        cmocka_unit_test(test_noise_and_pending),
        cmocka_unit_test(test_logarithms_of_a_long_study),
        cmocka_unit_test(test_unit_of_a_long_study),
        cmocka_unit_test(test_no_logarithm_for_one_cost),
        cmocka_unit_test(test_no_jump_at_the_switch),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_last_rows_of_a_long_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
