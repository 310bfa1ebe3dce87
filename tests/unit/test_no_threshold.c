/*
 * mobo where no threshold is given: quality at a reference point that it is not told, and the
 * reference point of its own, which is handed back as a study does.
 */
#include "pareto/cost.h"
#include "sampler/sampler.h"
#include "support/eco_test.h"

#include <ecopt/pareto.h>

enum { DIMS = 6, MAX = 60 };

static const double pi = 3.14159265358979323846;

typedef void evaluate_fn(const double *x, double *y);

/* Two circles of radius 1 and more: the front is a quarter of the unit circle. */
static void dtlz2(const double *x, double *y)
{
    double g = 1;
    for (size_t i = 1; i < DIMS; i++)
        g += (x[i] - 0.5) * (x[i] - 0.5);
    y[0] = g * cos(x[0] * pi / 2);
    y[1] = g * sin(x[0] * pi / 2);
}

static void zdt1(const double *x, double *y)
{
    double g = 1;
    for (size_t i = 1; i < DIMS; i++)
        g += 9 * x[i] / (DIMS - 1);
    y[0] = x[0];
    y[1] = g * (1 - sqrt(x[0] / g));
}

static const ecopt_objective plain[2] = {{.metric = "f1"}, {.metric = "f2"}};
static const ecopt_objective half[2] = {{.metric = "f1", .has_threshold = true, .threshold = 0.9},
                                        {.metric = "f2", .scale = ECOPT_SCALE_LOG}};

typedef struct study {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    double x[MAX][DIMS], y[MAX][2];
    eco_observation observations[MAX];
    double kept[2];
    size_t n;
} study;

static void study_open(study *s, const ecopt_objective *objectives, uint64_t seed)
{
    static const char *const names[DIMS] = {"a", "b", "c", "d", "e", "f"};
    ecopt_param params[DIMS];
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < DIMS; i++)
        params[i] = (ecopt_param){.name = names[i], .type = ECOPT_PARAM_FLOAT, .max = 1};
    s->ctx = eco_test_ctx();
    assert_status(s->ctx, eco_space_new(s->ctx, params, DIMS, &s->space), ECOPT_OK);
    s->problem = (eco_problem){
        .space = s->space, .n_objectives = 2, .objectives = objectives, .n_init = 14, .seed = seed};
    s->kept[0] = s->kept[1] = nan("");
}

static void study_close(study *s)
{
    eco_space_free(s->ctx, s->space);
    ecopt_ctx_free(s->ctx);
}

/* The next point and the reference point of that trial. */
static void study_ask(study *s, double *ret_x, double *ret_reference)
{
    eco_history history = {
        .n = s->n, .observations = s->observations, .trial = s->n + 1, .reference = s->kept};
    eco_suggestion suggestion = {.x = ret_x, .reference = ret_reference};
    assert_status(
        s->ctx,
        eco_sampler_suggest(s->ctx, eco_sampler_find("mobo"), &s->problem, &history, &suggestion),
        ECOPT_OK);
}

/* One trial.  As in a study nothing is kept before the initial design has its values. */
static void study_step(study *s, evaluate_fn *evaluate)
{
    static const double no_se[2] = {0, 0};
    double reference[2];
    study_ask(s, s->x[s->n], reference);
    if (s->n >= s->problem.n_init)
        memcpy(s->kept, reference, sizeof s->kept);
    evaluate(s->x[s->n], s->y[s->n]);
    s->observations[s->n] = (eco_observation){.x = s->x[s->n], .y = s->y[s->n], .y_se = no_se};
    s->n++;
}

/* Mean hypervolume at a reference point of three studies of 60 trials. */
static double quality(evaluate_fn *evaluate, double at)
{
    static study s;
    const double reference[2] = {at, at};
    double sum = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        double volume;
        study_open(&s, plain, seed);
        while (s.n < MAX)
            study_step(&s, evaluate);
        assert_status(s.ctx, ecopt_hypervolume(s.ctx, MAX, 2, s.y[0], reference, &volume),
                      ECOPT_OK);
        sum += volume;
        study_close(&s);
    }
    return sum / 3;
}

/* A front whose ends weigh little and one where they are nearly all: no constant aim serves both.
 * The largest volumes are 0.4246 and 120.667. */
static void test_quality_of_dtlz2(void **state)
{
    (void)state;
    double volume = quality(dtlz2, 1.1);
    print_message("DTLZ2 %.4f\n", volume);
    assert_true(volume > 0.35);
}

static void test_quality_of_zdt1(void **state)
{
    (void)state;
    double volume = quality(zdt1, 11);
    print_message("ZDT1 %.4f\n", volume);
    assert_true(volume > 120.4);
}

/* Trial by trial: never better than before, thresholds exact, the front within it in the end. */
static void test_reference_is_only_extended(void **state)
{
    (void)state;
    static study s;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        study_open(&s, seed == 1 ? plain : half, seed);
        s.problem.n_init = 3;
        while (s.n < 30) {
            double before[2] = {s.kept[0], s.kept[1]};
            study_step(&s, dtlz2);
            for (size_t k = 0; k < 2 && s.n > 4; k++)
                assert_true(eco_cost(&s.problem.objectives[k], s.kept[k]) >=
                            eco_cost(&s.problem.objectives[k], before[k]));
        }
        assert_true(isfinite(s.kept[0]) && isfinite(s.kept[1]));
        assert_true(seed == 1 || s.kept[0] == 0.9);
        study_close(&s);
    }
}

/* A reference point that the front has outgrown is extended to it, on the scale of the costs. */
static void test_outgrown_reference(void **state)
{
    (void)state;
    static study s;
    double x[DIMS], again[DIMS], reference[2], same[2];
    study_open(&s, half, 5);
    while (s.n < 24)
        study_step(&s, zdt1);
    s.kept[0] = s.kept[1] = 1e-3;
    study_ask(&s, x, reference);
    assert_true(reference[0] == 0.9);
    assert_true(isfinite(reference[1]) && reference[1] > 0.1);
    /* The same question has the same answer. */
    study_ask(&s, again, same);
    assert_memory_equal(x, again, sizeof x);
    assert_memory_equal(reference, same, sizeof same);
    study_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quality_of_dtlz2),
        cmocka_unit_test(test_quality_of_zdt1),
        cmocka_unit_test(test_reference_is_only_extended),
        cmocka_unit_test(test_outgrown_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
