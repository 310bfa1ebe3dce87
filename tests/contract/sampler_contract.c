/*
 * What every sampler must keep, whatever its method: new, allowed, canonical points; the same input
 * gives the same bits; small spaces are exhausted and then said to be; failures change nothing of
 * that.
 */
#include "core/rng.h"
#include "sampler/sampler.h"
#include "support/eco_test.h"

enum { PARAMS = 5, TRIALS = 24, OBJECTIVES = 2 };

/* A study that answers by itself. */
typedef struct bench {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    const eco_sampler_ops *sampler;
    size_t n;
    double x[TRIALS * 4][PARAMS];
    double y[TRIALS * 4][OBJECTIVES];
    double se[TRIALS * 4][OBJECTIVES];
    double c[TRIALS * 4][1];
    eco_observation observations[TRIALS * 4];
} bench;

static const ecopt_objective objectives[OBJECTIVES] = {
    {.metric = "accuracy", .goal = ECOPT_GOAL_MAX, .scale = ECOPT_SCALE_LINEAR},
    {.metric = "energy_j", .goal = ECOPT_GOAL_MIN, .scale = ECOPT_SCALE_LOG},
};
static const ecopt_constraint time_limit = {
    .text = "time_s <= 3", .metric = "time_s", .relation = ECOPT_AT_MOST, .bound = 3};

static const ecopt_value colours[3] = {{ECOPT_VALUE_STRING, 0, "red"},
                                       {ECOPT_VALUE_STRING, 0, "green"},
                                       {ECOPT_VALUE_STRING, 0, "blue"}};

/* Every type of parameter, one of them conditional. */
static const ecopt_param mixed[PARAMS] = {
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-4, .max = 1},
    {.name = "width", .type = ECOPT_PARAM_INT, .is_log = true, .min = 1, .max = 128},
    {.name = "pool", .type = ECOPT_PARAM_BOOL, .has_default = true, .default_code = 1},
    {.name = "colour", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = colours},
    {.name = "depth", .type = ECOPT_PARAM_INT, .min = 1, .max = 6, .when = "pool"},
};
static const ecopt_param tiny[2] = {
    {.name = "a", .type = ECOPT_PARAM_INT, .min = -1, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = colours},
};
static const ecopt_param one[1] = {
    {.name = "f", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = colours}};

static void bench_open(bench *b, const eco_sampler_ops *sampler, const ecopt_param *params,
                       size_t n_params)
{
    memset(b, 0, sizeof *b);
    b->ctx = eco_test_ctx();
    b->sampler = sampler;
    assert_status(b->ctx, eco_space_new(b->ctx, params, n_params, &b->space), ECOPT_OK);
    b->problem = (eco_problem){.space = b->space,
                               .n_objectives = OBJECTIVES,
                               .objectives = objectives,
                               .n_init = 6,
                               .seed = 42};
}

static void bench_close(bench *b)
{
    eco_space_free(b->ctx, b->space);
    ecopt_ctx_free(b->ctx);
}

static eco_history history_of(const bench *b)
{
    return (eco_history){.n = b->n, .observations = b->observations, .trial = b->n + 1};
}

/* Accuracy rises and energy too with the sum of the unit coordinates. */
static void answer(bench *b, eco_observed state)
{
    double u[PARAMS] = {0}, sum = 0;
    size_t i = b->n++, n_dims = eco_space_n_dims(b->space);
    eco_space_encode(b->space, b->x[i], u);
    for (size_t k = 0; k < n_dims; k++)
        sum += u[k];
    b->y[i][0] = 0.9 - 0.1 * pow(1.5 - sum, 2);
    b->y[i][1] = exp(sum);
    b->se[i][0] = nan("");
    b->se[i][1] = 0.01;
    b->c[i][0] = 2 * sum;
    b->observations[i] = (eco_observation){
        .x = b->x[i], .y = b->y[i], .y_se = b->se[i], .c = b->c[i], .state = state};
    if (state != ECO_OBSERVED_COMPLETE)
        b->y[i][0] = b->y[i][1] = b->c[i][0] = nan("");
}

static ecopt_status suggest(bench *b, const eco_history *history, double *x)
{
    double reference[OBJECTIVES];
    eco_suggestion suggestion = {.x = x, .reference = reference};
    ecopt_status status =
        eco_sampler_suggest(b->ctx, b->sampler, &b->problem, history, &suggestion);
    assert_true(status != ECOPT_OK || suggestion.origin);
    return status;
}

static void assert_new_and_canonical(const bench *b, const double *x)
{
    double canonical[PARAMS];
    size_t n_params = ecopt_space_n_params(b->space);
    memcpy(canonical, x, n_params * sizeof *x);
    eco_space_canonical(b->space, canonical);
    assert_memory_equal(canonical, x, n_params * sizeof *x);
    assert_true(eco_space_is_allowed(b->space, x));
    for (size_t i = 0; i < b->n; i++)
        assert_false(eco_space_equal(b->space, b->x[i], x));
}

/* Asks and answers `count` times; every third trial fails when `fails`. */
static void bench_run(bench *b, size_t count, bool fails)
{
    for (size_t t = 0; t < count; t++) {
        eco_history history = history_of(b);
        assert_status(b->ctx, suggest(b, &history, b->x[b->n]), ECOPT_OK);
        assert_new_and_canonical(b, b->x[b->n]);
        answer(b, fails && t % 3 == 1 ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE);
    }
}

/* Runs a check for every sampler of the registry. */
static void for_each_sampler(void (*check)(bench *b, const eco_sampler_ops *sampler))
{
    static bench b;
    size_t n = 0;
    const eco_sampler_ops *const *samplers = eco_sampler_list(&n);
    assert_true(n >= 3);
    for (size_t i = 0; i < n; i++)
        check(&b, samplers[i]);
}

static void check_mixed_space(bench *b, const eco_sampler_ops *sampler)
{
    bench_open(b, sampler, mixed, PARAMS);
    bench_run(b, TRIALS, false);
    bench_close(b);
}

static void check_same_input_same_bits(bench *b, const eco_sampler_ops *sampler)
{
    static bench again;
    bench_open(b, sampler, mixed, PARAMS);
    bench_open(&again, sampler, mixed, PARAMS);
    bench_run(b, 12, true);
    bench_run(&again, 12, true);
    assert_memory_equal(b->x, again.x, sizeof b->x);
    /* Another seed, other points. */
    again.n = 2;
    again.problem.seed = 43;
    double x[PARAMS];
    eco_history history = history_of(&again);
    assert_status(again.ctx, suggest(&again, &history, x), ECOPT_OK);
    assert_false(eco_space_equal(b->space, x, b->x[2]));
    bench_close(b);
    bench_close(&again);
}

static void check_constraint_on_parameters(bench *b, const eco_sampler_ops *sampler)
{
    bench_open(b, sampler, mixed, PARAMS);
    assert_status(b->ctx, eco_space_add_constraint(b->ctx, b->space, "width <= 8 or lr < 0.001"),
                  ECOPT_OK);
    bench_run(b, 14, false);
    bench_close(b);
}

static void check_small_space_is_exhausted(bench *b, const eco_sampler_ops *sampler)
{
    double x[PARAMS];
    bench_open(b, sampler, tiny, 2);
    bench_run(b, 9, true);
    eco_history history = history_of(b);
    assert_status(b->ctx, suggest(b, &history, x), ECOPT_E_EXHAUSTED);
    bench_close(b);
    bench_open(b, sampler, one, 1);
    bench_run(b, 1, false);
    history = history_of(b);
    assert_status(b->ctx, suggest(b, &history, x), ECOPT_E_EXHAUSTED);
    bench_close(b);
}

/* Rows that no grid holds: the sampler stays on them, uses each and then says so. */
static void check_list_of_candidates(bench *b, const eco_sampler_ops *sampler)
{
    enum { ROWS = 20 };
    double rows[ROWS][PARAMS], x[PARAMS];
    eco_rng rng;
    eco_rng_init(&rng, 8, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < ROWS; i++) {
        rows[i][0] = 1e-4 + 0.999 * eco_rng_uniform(&rng);
        rows[i][1] = 1 + (double)eco_rng_below(&rng, 128);
        rows[i][2] = (double)eco_rng_below(&rng, 2);
        rows[i][3] = (double)eco_rng_below(&rng, 3);
        rows[i][4] = 1 + (double)eco_rng_below(&rng, 6);
    }
    bench_open(b, sampler, mixed, PARAMS);
    assert_status(b->ctx, eco_space_set_candidates(b->ctx, b->space, ROWS, rows[0]), ECOPT_OK);
    bench_run(b, ROWS, true);
    eco_history history = history_of(b);
    assert_status(b->ctx, suggest(b, &history, x), ECOPT_E_EXHAUSTED);
    bench_close(b);
}

static void check_pending_points_are_not_repeated(bench *b, const eco_sampler_ops *sampler)
{
    double pending[4][PARAMS];
    bench_open(b, sampler, tiny, 2);
    bench_run(b, 5, false);
    double flat[8];
    for (size_t p = 0; p < 4; p++) {
        eco_history history = history_of(b);
        history.pending = flat;
        history.n_pending = p;
        assert_status(b->ctx, suggest(b, &history, pending[p]), ECOPT_OK);
        assert_new_and_canonical(b, pending[p]);
        for (size_t q = 0; q < p; q++)
            assert_false(eco_space_equal(b->space, pending[p], pending[q]));
        memcpy(flat + 2 * p, pending[p], 2 * sizeof *flat);
    }
    bench_close(b);
}

static void check_failures(bench *b, const eco_sampler_ops *sampler)
{
    bench_open(b, sampler, mixed, PARAMS);
    b->problem.n_constraints = 1;
    b->problem.constraints = &time_limit;
    bench_run(b, 14, true);
    /* Half-reported trials, infinities, values no scale can take. */
    b->y[2][0] = nan("");
    b->y[3][1] = HUGE_VAL;
    b->y[5][1] = 0;
    b->y[6][1] = -3;
    b->c[8][0] = nan("");
    b->y[9][0] = 1e300;
    b->se[9][0] = 1e300;
    bench_run(b, 3, false);
    bench_close(b);
    bench_open(b, sampler, mixed, PARAMS);
    for (int t = 0; t < 10; t++) {
        eco_history history = history_of(b);
        assert_status(b->ctx, suggest(b, &history, b->x[b->n]), ECOPT_OK);
        assert_new_and_canonical(b, b->x[b->n]);
        answer(b, t % 2 ? ECO_OBSERVED_FAILED : ECO_OBSERVED_INFEASIBLE);
    }
    bench_close(b);
}

static void check_equal_values(bench *b, const eco_sampler_ops *sampler)
{
    bench_open(b, sampler, mixed, PARAMS);
    for (int t = 0; t < 12; t++) {
        bench_run(b, 1, false);
        b->y[b->n - 1][0] = 0.1; /* nothing learns */
        b->y[b->n - 1][1] = 5;
    }
    bench_close(b);
}

/* Histories from which nothing can be learned, or too much: values at the ends of what a double
 * holds, one trial told many times, a single one. */
static void check_degenerate_histories(bench *b, const eco_sampler_ops *sampler)
{
    for (int kind = 0; kind < 6; kind++) {
        double x[PARAMS], again[PARAMS];
        bench_open(b, sampler, mixed, PARAMS);
        b->problem.n_init = 2;
        b->problem.n_constraints = kind == 5;
        b->problem.constraints = &time_limit;
        bench_run(b, kind == 0 ? 1 : 14, false);
        for (size_t i = 0; i < b->n; i++) {
            if (kind == 1)
                memcpy(b->x[i], b->x[0], sizeof b->x[i]);
            if (kind == 2)
                b->y[i][0] = 0.5;
            if (kind == 3)
                b->y[i][0] = i % 2 ? 1e300 : -1e300;
            if (kind == 3 || kind == 4)
                b->y[i][1] = i % 2 ? 1e-300 : 1e300;
            if (kind == 5)
                b->c[i][0] = 3 + 1e-300 + (double)i * 1e290;
        }
        for (int more = 0; more < 3; more++) {
            eco_history history = history_of(b);
            assert_status(b->ctx, suggest(b, &history, x), ECOPT_OK);
            assert_status(b->ctx, suggest(b, &history, again), ECOPT_OK);
            assert_memory_equal(x, again, sizeof x);
            assert_new_and_canonical(b, x);
            memcpy(b->x[b->n], x, sizeof x);
            answer(b, ECO_OBSERVED_COMPLETE);
        }
        bench_close(b);
    }
}

/* A dozen workers before the first result. */
static void check_pending_only(bench *b, const eco_sampler_ops *sampler)
{
    static double pending[16 * PARAMS];
    bench_open(b, sampler, mixed, PARAMS);
    eco_history history = {.pending = pending, .trial = 1};
    for (; history.n_pending < 16; history.n_pending++, history.trial++) {
        double *x = pending + history.n_pending * PARAMS;
        assert_status(b->ctx, suggest(b, &history, x), ECOPT_OK);
        assert_new_and_canonical(b, x);
        for (size_t p = 0; p < history.n_pending; p++)
            assert_false(eco_space_equal(b->space, pending + p * PARAMS, x));
    }
    bench_close(b);
}

typedef struct sweep {
    const eco_sampler_ops *sampler;
    bench *b;
} sweep;

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    sweep *s = user;
    double x[PARAMS], reference[OBJECTIVES];
    eco_suggestion suggestion = {.x = x, .reference = reference};
    eco_history history = history_of(s->b);
    return eco_sampler_suggest(ctx, s->sampler, &s->b->problem, &history, &suggestion);
}

static void check_allocation_failures(bench *b, const eco_sampler_ops *sampler)
{
    bench_open(b, sampler, mixed, PARAMS);
    bench_run(b, 8, true);
    sweep s = {sampler, b};
    eco_test_alloc_sweep(attempt, &s);
    bench_close(b);
}

#define EACH_SAMPLER(check)                \
    static void test_##check(void **state) \
    {                                      \
        (void)state;                       \
        for_each_sampler(check_##check);   \
    }

EACH_SAMPLER(mixed_space)
EACH_SAMPLER(same_input_same_bits)
EACH_SAMPLER(constraint_on_parameters)
EACH_SAMPLER(small_space_is_exhausted)
EACH_SAMPLER(pending_points_are_not_repeated)
EACH_SAMPLER(list_of_candidates)
EACH_SAMPLER(failures)
EACH_SAMPLER(equal_values)
EACH_SAMPLER(degenerate_histories)
EACH_SAMPLER(pending_only)
EACH_SAMPLER(allocation_failures)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixed_space),
        cmocka_unit_test(test_same_input_same_bits),
        cmocka_unit_test(test_constraint_on_parameters),
        cmocka_unit_test(test_small_space_is_exhausted),
        cmocka_unit_test(test_pending_points_are_not_repeated),
        cmocka_unit_test(test_list_of_candidates),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_equal_values),
        cmocka_unit_test(test_degenerate_histories),
        cmocka_unit_test(test_pending_only),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
