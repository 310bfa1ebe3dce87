/*
 * Samplers on random problems: any mix of parameters, goals, scales, failures, pending points and
 * numbers of objectives.  What must hold is the contract alone: points are new, allowed, canonical;
 * equal input gives equal bits; the reference point stays.
 */
#include "core/rng.h"
#include "sampler/mobo_model.h"
#include "support/eco_test.h"

enum { PROBLEMS = 100, PARAMS = 200, TRIALS = 14, GOALS = 4, PENDING = 3, CHOICES = 500 };

static const char *const names[GOALS] = {"a", "b", "c", "e"};

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    ecopt_param params[PARAMS];
    char param_names[PARAMS][8];
    ecopt_value values[CHOICES];
    char value_names[CHOICES][8];
    ecopt_objective objectives[GOALS];
    ecopt_constraint limit;
    size_t n, n_params;
    double x[TRIALS][PARAMS], y[TRIALS][GOALS], se[TRIALS][GOALS], c[TRIALS][1];
    eco_observation observations[TRIALS];
    double pending[PENDING * PARAMS];
} world;

static void values_fill(world *w)
{
    for (int i = 0; i < CHOICES; i++) {
        (void)snprintf(w->value_names[i], sizeof w->value_names[i], "v%d", i);
        w->values[i] = (ecopt_value){ECOPT_VALUE_STRING, 0, w->value_names[i]};
    }
}

/* A parameter of a random type; the first is a float, so that new points do not run out. */
static void param_fill(world *w, eco_rng *rng, size_t i)
{
    ecopt_param *p = &w->params[i];
    (void)snprintf(w->param_names[i], sizeof w->param_names[i], "p%zu", i);
    *p = (ecopt_param){.name = w->param_names[i]};
    switch (i == 0 ? 0 : eco_rng_below(rng, 5)) {
    case 0:
        p->type = ECOPT_PARAM_FLOAT;
        p->is_log = eco_rng_below(rng, 2);
        p->min = p->is_log ? 1e-5 : -3;
        p->max = 10;
        break;
    case 1:
        p->type = ECOPT_PARAM_INT;
        p->is_log = eco_rng_below(rng, 2);
        p->min = 1;
        p->max = 2 + (double)eco_rng_below(rng, 1000);
        break;
    case 2:
        p->type = ECOPT_PARAM_BOOL;
        break;
    default:
        p->type = ECOPT_PARAM_CHOICE;
        p->n_values = 2 + eco_rng_below(rng, 6);
        p->values = w->values;
    }
    if (i > 1 && w->params[1].type == ECOPT_PARAM_BOOL && eco_rng_below(rng, 2))
        p->when = w->param_names[1];
}

static void world_open(world *w, uint64_t item, size_t n_params, size_t m)
{
    eco_rng rng;
    eco_rng_init(&rng, 51, ECO_STREAM_TEST, item);
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    w->n_params = n_params;
    values_fill(w);
    for (size_t i = 0; i < n_params; i++)
        param_fill(w, &rng, i);
    assert_status(w->ctx, eco_space_new(w->ctx, w->params, n_params, &w->space), ECOPT_OK);
    for (size_t k = 0; k < m; k++)
        w->objectives[k] = (ecopt_objective){
            .metric = names[k],
            .goal = eco_rng_below(&rng, 2) ? ECOPT_GOAL_MAX : ECOPT_GOAL_MIN,
            .scale = eco_rng_below(&rng, 2) ? ECOPT_SCALE_LOG : ECOPT_SCALE_LINEAR,
            .has_threshold = eco_rng_below(&rng, 3) == 0,
            .threshold = eco_rng_below(&rng, 2) ? 5 : -1e6}; /* the second is out of reach */
    w->limit = (ecopt_constraint){
        .text = "g", .metric = "g", .relation = ECOPT_AT_MOST, .bound = item % 2 ? 0.5 : -1e9};
    w->problem = (eco_problem){.space = w->space,
                               .n_objectives = m,
                               .objectives = w->objectives,
                               .n_constraints = item % 3 == 0,
                               .constraints = &w->limit,
                               .n_init = 4,
                               .seed = item};
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

static ecopt_status ask(world *w, const char *sampler, size_t n_pending, double *x, double *ref)
{
    eco_history history = {.n = w->n,
                           .observations = w->observations,
                           .n_pending = n_pending,
                           .pending = w->pending,
                           .trial = w->n + n_pending + 1};
    eco_suggestion suggestion = {.x = x, .reference = ref};
    return eco_sampler_suggest(w->ctx, eco_sampler_find(sampler), &w->problem, &history,
                               &suggestion);
}

static void answer(world *w, eco_rng *rng, eco_observed state)
{
    size_t i = w->n++;
    bool is_known = state == ECO_OBSERVED_COMPLETE;
    for (size_t k = 0; k < w->problem.n_objectives; k++) {
        bool is_missing = !is_known || eco_rng_below(rng, 12) == 0;
        w->y[i][k] = is_missing ? nan("") : exp(eco_rng_normal(rng)) + fabs(w->x[i][0]);
        w->se[i][k] = eco_rng_below(rng, 2) ? 0.01 : nan("");
    }
    w->c[i][0] = is_known ? eco_rng_uniform(rng) : nan("");
    w->observations[i] = (eco_observation){
        .x = w->x[i], .y = w->y[i], .y_se = w->se[i], .c = w->c[i], .state = state};
}

static void assert_sound(world *w, const double *x, size_t n_pending)
{
    double canonical[PARAMS];
    memcpy(canonical, x, w->n_params * sizeof *x);
    eco_space_canonical(w->space, canonical);
    assert_memory_equal(canonical, x, w->n_params * sizeof *x);
    assert_true(eco_space_is_allowed(w->space, x));
    for (size_t i = 0; i < w->n; i++)
        assert_false(eco_space_equal(w->space, w->x[i], x));
    for (size_t i = 0; i < n_pending; i++)
        assert_false(eco_space_equal(w->space, w->pending + i * w->n_params, x));
}

/* Asks twice, compares the bits, answers; fail_in = 1: every trial fails, 0: none does. */
static void run(world *w, const char *sampler, size_t trials, uint64_t item, uint64_t fail_in)
{
    double again[PARAMS], ref[GOALS], ref_again[GOALS];
    eco_rng rng;
    eco_rng_init(&rng, 52, ECO_STREAM_TEST, item);
    for (size_t t = 0; t < trials; t++) {
        assert_status(w->ctx, ask(w, sampler, 0, w->x[w->n], ref), ECOPT_OK);
        assert_sound(w, w->x[w->n], 0);
        if (t % 4 == 3 || t == 7) {
            assert_status(w->ctx, ask(w, sampler, 0, again, ref_again), ECOPT_OK);
            assert_memory_equal(again, w->x[w->n], w->n_params * sizeof *again);
            assert_memory_equal(ref, ref_again, w->problem.n_objectives * sizeof *ref);
        }
        bool fails = fail_in > 0 && eco_rng_below(&rng, fail_in) == 0;
        answer(w, &rng, fails ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE);
    }
}

static const char *sampler_of(uint64_t item)
{
    static const char *const names_of[7] = {"random", "sobol", "grid", "nsga2", "nsga2"};
    const char *name = names_of[item % 7];
    return name ? name : "mobo";
}

static void test_random_problems(void **state)
{
    (void)state;
    static world w;
    for (uint64_t item = 0; item < PROBLEMS; item++) {
        world_open(&w, item, 1 + item % 7, 1 + item % GOALS);
        run(&w, sampler_of(item), 7 + item % 2, item, item % 4);
        /* Several workers: no two of them get the same point. */
        for (size_t p = 0; p < PENDING; p++) {
            double ref[GOALS], x[PARAMS];
            assert_status(w.ctx, ask(&w, sampler_of(item), p, x, ref), ECOPT_OK);
            assert_sound(&w, x, p);
            memcpy(w.pending + p * w.n_params, x, w.n_params * sizeof *x);
        }
        world_close(&w);
    }
}

/* The reference after the initial design is the one of every later history. */
static void test_reference_is_frozen(void **state)
{
    (void)state;
    static world w;
    for (uint64_t item = 0; item < PROBLEMS; item++) {
        world_open(&w, item, 2, 1 + item % GOALS);
        run(&w, "random", TRIALS, item, 5);
        double first[GOALS], later[GOALS];
        size_t m = w.problem.n_objectives, complete[GOALS] = {0}, frozen_at = 0;
        for (size_t i = 0; i < TRIALS; i++) {
            bool is_full = true;
            for (size_t k = 0; k < m; k++) {
                bool counts =
                    w.observations[i].state == ECO_OBSERVED_COMPLETE && isfinite(w.y[i][k]);
                complete[k] += counts;
                is_full = is_full && complete[k] >= w.problem.n_init;
            }
            if (is_full && frozen_at == 0)
                frozen_at = i + 1;
        }
        eco_history history = {.observations = w.observations};
        for (history.n = frozen_at; frozen_at > 0 && history.n <= TRIALS; history.n++) {
            eco_reference_point(&w.problem, &history, history.n == frozen_at ? first : later);
            if (history.n > frozen_at)
                assert_memory_equal(first, later, m * sizeof *first);
        }
        for (size_t k = 0; k < m && frozen_at > 0; k++)
            assert_true(w.objectives[k].has_threshold ? first[k] == w.objectives[k].threshold
                                                      : isfinite(first[k]));
        world_close(&w);
    }
}

static void test_all_trials_failed(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 2, 4, 2);
    run(&w, "mobo", TRIALS, 2, 1);
    world_close(&w);
}

static void test_two_hundred_parameters(void **state)
{
    (void)state;
    static world w;
    size_t n = 0;
    const eco_sampler_ops *const *samplers = eco_sampler_list(&n);
    for (size_t i = 0; i < n; i++) {
        world_open(&w, 7, PARAMS, 2);
        run(&w, samplers[i]->name, 6, 7, 0);
        world_close(&w);
    }
}

/* A choice of 500 values is one column; every suggestion is one of its values, none twice. */
static void test_large_choice(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 3, 1, 2);
    eco_space_free(w.ctx, w.space);
    w.params[0] = (ecopt_param){
        .name = "p0", .type = ECOPT_PARAM_CHOICE, .n_values = CHOICES, .values = w.values};
    assert_status(w.ctx, eco_space_new(w.ctx, w.params, 1, &w.space), ECOPT_OK);
    w.problem.space = w.space;
    assert_int_equal(eco_space_n_features(w.space), 1);
    assert_int_equal(eco_space_n_labels(w.space), 1);
    run(&w, "mobo", 8, 3, 0);
    for (size_t i = 0; i < w.n; i++)
        assert_true(w.x[i][0] >= 0 && w.x[i][0] < CHOICES && w.x[i][0] == floor(w.x[i][0]));
    world_close(&w);
}

/* Sobol goes on along its sequence: trial n of the study is point n - 1, not always the first. */
static void test_sobol_does_not_start_again(void **state)
{
    (void)state;
    static world w;
    world_open(&w, 1, 1, 1);
    run(&w, "sobol", 6, 1, 0);
    static double ref[GOALS], after_all[PARAMS], after_one[PARAMS], first[PARAMS];
    assert_status(w.ctx, ask(&w, "sobol", 0, after_all, ref), ECOPT_OK);
    /* The same number of trials elsewhere leads to the same next point. */
    for (size_t i = 0; i < w.n; i++)
        w.x[i][0] = 9 + (double)i / 64;
    assert_status(w.ctx, ask(&w, "sobol", 0, after_one, ref), ECOPT_OK);
    assert_false(eco_space_equal(w.space, after_one, w.x[0]));
    w.n = 1;
    w.x[0][0] = 9.5;
    assert_status(w.ctx, ask(&w, "sobol", 0, first, ref), ECOPT_OK);
    assert_false(eco_space_equal(w.space, after_one, first));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_problems),   cmocka_unit_test(test_reference_is_frozen),
        cmocka_unit_test(test_all_trials_failed), cmocka_unit_test(test_two_hundred_parameters),
        cmocka_unit_test(test_large_choice),      cmocka_unit_test(test_sobol_does_not_start_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
