#include "sampler/sampler.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { MAX = 64 };

static const ecopt_objective plain[2] = {
    {.metric = "f1", .has_threshold = true, .threshold = 18},
    {.metric = "f2", .has_threshold = true, .threshold = 6},
};
static const double branin_currin_ref[2] = {18, 6};

/* Branin and Currin on the unit square; reference (18, 6), largest hypervolume 59.36. */
static void branin_currin(const double *x, double *y)
{
    const double pi = 3.14159265358979323846;
    double a = 15 * x[0] - 5, b = 15 * x[1], x1 = x[0];
    double t = b - 5.1 * a * a / (4 * pi * pi) + 5 * a / pi - 6;
    y[0] = t * t + 10 * (1 - 1 / (8 * pi)) * cos(a) + 10;
    double factor = x[1] > 0 ? 1 - exp(-1 / (2 * x[1])) : 1;
    y[1] = factor * (2300 * x1 * x1 * x1 + 1900 * x1 * x1 + 2092 * x1 + 60) /
           (100 * x1 * x1 * x1 + 500 * x1 * x1 + 4 * x1 + 20);
}

typedef struct study {
    ecopt_space *space;
    eco_problem problem;
    double x[MAX][2], y[MAX][2], c[MAX][1];
    eco_observation observations[MAX];
    size_t n;
    double reference[2];
    const char *origin;
} study;

static const double no_se[2] = {0, 0};

static void study_open(ecopt_ctx *ctx, study *s, uint64_t seed)
{
    const ecopt_param params[2] = {{.name = "a", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
                                   {.name = "b", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1}};
    memset(s, 0, sizeof *s);
    assert_status(ctx, eco_space_new(ctx, params, 2, &s->space), ECOPT_OK);
    s->problem = (eco_problem){
        .space = s->space, .n_objectives = 2, .objectives = plain, .n_init = 6, .seed = seed};
}

static void study_ask(ecopt_ctx *ctx, study *s, const char *sampler)
{
    eco_history history = {.n = s->n, .observations = s->observations, .trial = s->n + 1};
    eco_suggestion suggestion = {.x = s->x[s->n], .reference = s->reference};
    assert_status(
        ctx,
        eco_sampler_suggest(ctx, eco_sampler_find(sampler), &s->problem, &history, &suggestion),
        ECOPT_OK);
    s->origin = suggestion.origin;
}

static void study_tell(study *s, eco_observed state)
{
    s->observations[s->n] = (eco_observation){
        .x = s->x[s->n], .y = s->y[s->n], .y_se = no_se, .c = s->c[s->n], .state = state};
    s->n++;
}

static double study_run(ecopt_ctx *ctx, study *s, const char *sampler, size_t trials)
{
    double hv;
    while (s->n < trials) {
        study_ask(ctx, s, sampler);
        branin_currin(s->x[s->n], s->y[s->n]);
        study_tell(s, ECO_OBSERVED_COMPLETE);
    }
    assert_status(ctx, ecopt_hypervolume(ctx, s->n, 2, s->y[0], branin_currin_ref, &hv), ECOPT_OK);
    return hv;
}

/* OPTIMISER measurements at n = 40: Sobol 18, BoTorch qLogNEHVI 57.7, the limit is 59.36. */
static void test_mobo_finds_the_front(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 1; seed <= 2; seed++) {
        study_open(ctx, &s, seed);
        double random = study_run(ctx, &s, "random", 30);
        eco_space_free(ctx, s.space);
        study_open(ctx, &s, seed);
        double mobo = study_run(ctx, &s, "mobo", 30);
        eco_space_free(ctx, s.space);
        assert_true(mobo > 55 && mobo < 59.3602);
        assert_true(mobo > random + 10);
    }
    ecopt_ctx_free(ctx);
}

static void test_registry(void **state)
{
    (void)state;
    size_t n = 0;
    const eco_sampler_ops *const *all = eco_sampler_list(&n);
    assert_true(n >= 3);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(eco_sampler_find(all[i]->name), all[i]);
        assert_true(strlen(all[i]->summary) > 0);
    }
    assert_null(eco_sampler_find("nonsense"));
}

static void test_refusals(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    study_open(ctx, &s, 1);
    eco_history history = {.trial = 1};
    eco_suggestion suggestion = {.x = NULL, .reference = s.reference};
    const eco_sampler_ops *sampler = eco_sampler_find("sobol");
    assert_status(ctx, eco_sampler_suggest(ctx, sampler, &s.problem, &history, &suggestion),
                  ECOPT_E_ARG);
    suggestion.x = s.x[0];
    s.problem.n_objectives = 0;
    assert_status(ctx, eco_sampler_suggest(ctx, sampler, &s.problem, &history, &suggestion),
                  ECOPT_E_ARG);
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

/* Which points fail. */
typedef bool (*failure_fn)(size_t trial, const double *x);

static bool is_left(size_t trial, const double *x)
{
    (void)trial;
    return x[0] < 0.5;
}

static bool is_too_large(size_t trial, const double *x)
{
    (void)trial;
    return x[0] + x[1] > 0.95;
}

static bool is_crash(size_t trial, const double *x)
{
    (void)x;
    return trial % 7 == 3;
}

/* Runs a study with failures; hypervolume of what worked.  ret_late: failures after half of it. */
static double failing_run(ecopt_ctx *ctx, uint64_t seed, failure_fn fails, size_t *ret_late)
{
    static study s;
    double worked[MAX][2], hv = 0;
    size_t n_worked = 0;
    study_open(ctx, &s, seed);
    *ret_late = 0;
    while (s.n < 40) {
        study_ask(ctx, &s, "mobo");
        branin_currin(s.x[s.n], s.y[s.n]);
        bool is_dead = fails(s.n, s.x[s.n]);
        *ret_late += is_dead && s.n >= 20;
        if (is_dead)
            s.y[s.n][0] = s.y[s.n][1] = nan("");
        else
            memcpy(worked[n_worked++], s.y[s.n], sizeof worked[0]);
        study_tell(&s, is_dead ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE);
    }
    assert_status(ctx, ecopt_hypervolume(ctx, n_worked, 2, worked[0], branin_currin_ref, &hv),
                  ECOPT_OK);
    eco_space_free(ctx, s.space);
    return hv;
}

/* A failure region is left alone once seen: here the left half, where all of the front lies, so
 * that nothing is to be had on the right. */
static void test_failures_are_avoided(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 3; seed <= 4; seed++) {
        size_t late;
        (void)failing_run(ctx, seed, is_left, &late);
        assert_true(late <= 7);
    }
    ecopt_ctx_free(ctx);
}

/* The best points lie right at a border beyond which everything fails: it is followed.  44 is
 * usual; counting failures as bad values gave 30. */
static void test_failure_border_is_followed(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 1; seed <= 2; seed++) {
        size_t late;
        assert_true(failing_run(ctx, seed, is_too_large, &late) > 42);
        assert_true(late <= 12);
    }
    ecopt_ctx_free(ctx);
}

/* One trial in seven crashes wherever it is: hardly worse than without.  Bad values gave 47. */
static void test_crashes_by_chance_do_no_harm(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (uint64_t seed = 1; seed <= 2; seed++) {
        size_t late;
        assert_true(failing_run(ctx, seed, is_crash, &late) > 56);
    }
    ecopt_ctx_free(ctx);
}

/* Nothing has worked yet; one that works among failures; one failure among others. */
static void test_few_outcomes(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    for (int kind = 0; kind < 3; kind++) {
        study_open(ctx, &s, 8);
        while (s.n < 16) {
            study_ask(ctx, &s, "mobo");
            branin_currin(s.x[s.n], s.y[s.n]);
            bool is_other = s.n == 5;
            bool is_failed = kind == 0 || (kind == 1) != is_other;
            assert_string_equal(s.origin, kind == 0 || s.n < 6 ? "sobol" : "mobo");
            for (size_t i = 0; i < s.n; i++)
                assert_true(memcmp(s.x[i], s.x[s.n], sizeof s.x[i]) != 0);
            study_tell(&s, is_failed ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE);
        }
        /* The region of the one that worked comes first when all else fails. */
        if (kind == 1) {
            double nearest = HUGE_VAL;
            for (size_t i = 6; i < s.n; i++)
                nearest = fmin(nearest, hypot(s.x[i][0] - s.x[5][0], s.x[i][1] - s.x[5][1]));
            assert_true(nearest < 0.2);
        }
        eco_space_free(ctx, s.space);
    }
    ecopt_ctx_free(ctx);
}

/* One per cent of the space is feasible: chance would need a hundred trials. */
static void test_a_rare_feasible_region_is_found(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_constraint limits[1] = {
        {.text = "m <= 0.003183", .metric = "m", .relation = ECOPT_AT_MOST, .bound = 0.003183}};
    const ecopt_objective loose[2] = {
        {.metric = "f1", .has_threshold = true, .threshold = 200},
        {.metric = "f2", .has_threshold = true, .threshold = 20},
    };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        study_open(ctx, &s, seed);
        s.problem.n_constraints = 1;
        s.problem.constraints = limits;
        s.problem.objectives = loose;
        size_t found = 0;
        while (s.n < 24) {
            study_ask(ctx, &s, "mobo");
            branin_currin(s.x[s.n], s.y[s.n]);
            /* A disc of radius sqrt(0.01 / pi); all but flat far away from it. */
            double r2 = pow(s.x[s.n][0] - 0.71, 2) + pow(s.x[s.n][1] - 0.33, 2);
            s.c[s.n][0] = 1 - exp(-r2);
            found += s.c[s.n][0] <= 0.003183;
            study_tell(&s, ECO_OBSERVED_COMPLETE);
            assert_true(found > 0 || s.n < 12);
        }
        assert_true(found >= 5);
        eco_space_free(ctx, s.space);
    }
    ecopt_ctx_free(ctx);
}

/* A constraint whose metric never comes says nothing: points stay spread. */
static void test_unknown_constraint_is_no_guide(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_constraint limits[1] = {
        {.text = "m <= 1", .metric = "m", .relation = ECOPT_AT_MOST, .bound = 1}};
    study_open(ctx, &s, 9);
    s.problem.n_constraints = 1;
    s.problem.constraints = limits;
    while (s.n < 14) {
        study_ask(ctx, &s, "mobo");
        assert_string_equal(s.origin, "sobol");
        branin_currin(s.x[s.n], s.y[s.n]);
        s.c[s.n][0] = nan("");
        study_tell(&s, s.n % 4 == 1 ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE);
    }
    s.c[2][0] = 0.5;
    study_ask(ctx, &s, "mobo");
    assert_string_equal(s.origin, "mobo");
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

static void test_constraint_on_a_metric(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_constraint limits[1] = {
        {.text = "m >= 0.6", .metric = "m", .relation = ECOPT_AT_LEAST, .bound = 0.6}};
    study_open(ctx, &s, 4);
    s.problem.n_constraints = 1;
    s.problem.constraints = limits;
    size_t good = 0;
    while (s.n < 36) {
        study_ask(ctx, &s, "mobo");
        branin_currin(s.x[s.n], s.y[s.n]);
        s.c[s.n][0] = s.x[s.n][0] + 0.1 * s.x[s.n][1];
        good += s.n >= 16 && s.c[s.n][0] >= 0.6;
        study_tell(&s, ECO_OBSERVED_COMPLETE);
    }
    assert_true(good >= 16);
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

/* Three workers at once: their points keep apart. */
static void test_pending_points_are_spread(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    study_open(ctx, &s, 5);
    (void)study_run(ctx, &s, "mobo", 12);
    double pending[4][2];
    for (size_t p = 0; p < 4; p++) {
        eco_history history = {.n = s.n,
                               .observations = s.observations,
                               .n_pending = p,
                               .pending = pending[0],
                               .trial = s.n + 1 + p};
        eco_suggestion suggestion = {.x = pending[p], .reference = s.reference};
        assert_status(
            ctx,
            eco_sampler_suggest(ctx, eco_sampler_find("mobo"), &s.problem, &history, &suggestion),
            ECOPT_OK);
        for (size_t q = 0; q < p; q++)
            assert_true(fabs(pending[p][0] - pending[q][0]) + fabs(pending[p][1] - pending[q][1]) >
                        1e-3);
    }
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

static void test_initial_design(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    study_open(ctx, &s, 6);
    eco_space_free(ctx, s.space);
    const ecopt_param params[2] = {{.name = "a",
                                    .type = ECOPT_PARAM_FLOAT,
                                    .max = 1,
                                    .has_default = true,
                                    .default_code = 0.25},
                                   {.name = "b", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1}};
    assert_status(ctx, eco_space_new(ctx, params, 2, &s.space), ECOPT_OK);
    s.problem.space = s.space;
    for (size_t i = 0; i < 8; i++) {
        (void)study_run(ctx, &s, "mobo", i + 1);
        assert_string_equal(s.origin, i == 0 ? "default" : i < 6 ? "sobol" : "mobo");
    }
    assert_true(s.x[0][0] == 0.25 && s.x[0][1] == 0.5);
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

static void test_reference_point(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_objective inferred[2] = {
        {.metric = "accuracy", .goal = ECOPT_GOAL_MAX},
        {.metric = "energy_j", .goal = ECOPT_GOAL_MIN, .scale = ECOPT_SCALE_LOG},
    };
    study_open(ctx, &s, 7);
    s.problem.n_init = 3;
    s.problem.objectives = inferred;
    eco_history history = {.observations = s.observations};
    double reference[2];
    eco_reference_point(&s.problem, &history, reference);
    assert_true(isnan(reference[0]) && isnan(reference[1]));
    const double accuracy[5] = {0.5, 0.9, 0.7, 0.1, 0.99}, energy[5] = {1, 100, 10, 1e6, 1e-6};
    for (int i = 0; i < 5; i++) {
        s.y[s.n][0] = accuracy[i];
        s.y[s.n][1] = energy[i];
        study_tell(&s, ECO_OBSERVED_COMPLETE);
    }
    /* Three trials count: worst 0.5 less a tenth of 0.4; worst 100 times 10^(2/10). */
    for (history.n = 3; history.n <= 5; history.n++) {
        eco_reference_point(&s.problem, &history, reference);
        assert_close(reference[0], 0.46, 1e-12, 0);
        assert_close(reference[1], 100 * pow(10, 0.2), 1e-12, 0);
    }
    /* A failed trial and a missing value do not count; the next ones do. */
    s.observations[0].state = ECO_OBSERVED_FAILED;
    s.y[1][1] = nan("");
    history.n = 5;
    eco_reference_point(&s.problem, &history, reference);
    assert_close(reference[0], 0.1 - 0.08, 1e-12, 0);
    assert_close(reference[1], 1e6 * pow(10, 1.2), 1e-12, 0);
    /* What the study keeps stays, coordinate by coordinate. */
    const double kept[2] = {0.25, nan("")};
    history.reference = kept;
    eco_reference_point(&s.problem, &history, reference);
    assert_true(reference[0] == 0.25);
    assert_close(reference[1], 1e6 * pow(10, 1.2), 1e-12, 0);
    s.problem.objectives = plain;
    eco_reference_point(&s.problem, &history, reference);
    assert_true(reference[0] == 18 && reference[1] == 6);
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

static void test_reference_fences_outliers(void **state)
{
    (void)state;
    static study s;
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_objective loss[1] = {{.metric = "loss"}};
    study_open(ctx, &s, 8);
    s.problem.n_objectives = 1;
    s.problem.objectives = loss;
    const double values[6] = {1, 2, 3, 4, 5, 1e9};
    for (int i = 0; i < 6; i++) {
        s.y[s.n][0] = values[i];
        study_tell(&s, ECO_OBSERVED_COMPLETE);
    }
    double reference[2];
    eco_history history = {.n = 6, .observations = s.observations};
    eco_reference_point(&s.problem, &history, reference);
    /* Quartiles 2 and 5: fence 5 + 1.5 x 3 = 9.5, and a tenth of 8.5 beyond. */
    assert_close(reference[0], 9.5 + 0.85, 1e-12, 0);
    /* The best counts no further than 10 quartile ranges below: 2 - 30. */
    s.y[0][0] = -1e9;
    eco_reference_point(&s.problem, &history, reference);
    assert_close(reference[0], 9.5 + 3.75, 1e-12, 0);
    /* Within the fence the worst is what it is: 8, and a tenth of 36. */
    s.y[5][0] = 8;
    eco_reference_point(&s.problem, &history, reference);
    assert_close(reference[0], 8 + 3.6, 1e-12, 0);
    /* Four values: whether the last is an outlier nobody can tell. */
    s.y[3][0] = 1e9;
    history.n = 4;
    eco_reference_point(&s.problem, &history, reference);
    assert_close(reference[0], 1.2e9, 1e-12, 0);
    eco_space_free(ctx, s.space);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mobo_finds_the_front),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_failures_are_avoided),
        cmocka_unit_test(test_failure_border_is_followed),
        cmocka_unit_test(test_crashes_by_chance_do_no_harm),
        cmocka_unit_test(test_few_outcomes),
        cmocka_unit_test(test_a_rare_feasible_region_is_found),
        cmocka_unit_test(test_unknown_constraint_is_no_guide),
        cmocka_unit_test(test_constraint_on_a_metric),
        cmocka_unit_test(test_pending_points_are_spread),
        cmocka_unit_test(test_initial_design),
        cmocka_unit_test(test_reference_point),
        cmocka_unit_test(test_reference_fences_outliers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
