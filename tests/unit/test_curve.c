/* Learning curves: thinning, made-up curves whose end is known, real ones for the coverage. */
#include "core/rng.h"
#include "curve/curve.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { EPOCHS = 27, REAL_MAX = 2000, FIRST_COLUMN = 8 };

static double steps[EPOCHS];

/* A curve of a made-up family: end - gain * step^-rate, falling costs. */
static void power_curve(double end, double gain, double rate, double until, eco_curve *ret)
{
    double costs[EPOCHS];
    for (int i = 0; i < EPOCHS; i++)
        costs[i] = end + gain * pow(steps[i], -rate);
    eco_curve_thin(EPOCHS, steps, costs, until, ret);
}

static void thins_to_first_last_and_newest_between(void **state)
{
    static double many[1000], costs[1000];
    eco_curve curve;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        many[i] = i + 1;
        costs[i] = i == 500 ? -5 : 1000 - i;
    }
    eco_curve_thin(1000, many, costs, INFINITY, &curve);
    /* The second part lies between the steps 1 and 2 and is empty. */
    assert_int_equal(curve.n, ECO_CURVE_POINTS - 1);
    assert_close(curve.step[0], 1, 0, 0);
    assert_close(curve.step[curve.n - 1], 1000, 0, 0);
    assert_close(curve.best, -5, 0, 0);
    for (size_t i = 1; i < curve.n; i++)
        assert_true(curve.step[i] > curve.step[i - 1]);
    /* Few points are all kept. */
    eco_curve_thin(5, many, costs, INFINITY, &curve);
    assert_int_equal(curve.n, 5);
    eco_curve_thin(1000, many, costs, 3, &curve);
    assert_int_equal(curve.n, 3);
    assert_close(curve.step[2], 3, 0, 0);
}

static void leaves_out_what_is_no_point(void **state)
{
    const double at[] = {0, 1, 2, 3, 4}, costs[] = {9, NAN, 2, INFINITY, 1};
    eco_curve curve;
    (void)state;
    eco_curve_thin(5, at, costs, INFINITY, &curve);
    assert_int_equal(curve.n, 2);
    assert_close(curve.step[0], 2, 0, 0);
    assert_close(curve.cost[1], 1, 0, 0);
    eco_curve_thin(2, at, costs, INFINITY, &curve);
    assert_int_equal(curve.n, 0);
    assert_true(isinf(curve.best));
}

static eco_curve_model *power_model(ecopt_ctx *ctx, size_t n)
{
    static eco_curve curves[40];
    eco_curve_model *model = NULL;
    for (size_t j = 0; j < n; j++)
        power_curve(-0.9 + 0.02 * (double)(j % 7), 0.3 + 0.04 * (double)(j % 5),
                    0.5 + 0.25 * (double)(j % 3), INFINITY, &curves[j]);
    assert_status(ctx, eco_curve_model_new(ctx, EPOCHS, n, curves, &model), ECOPT_OK);
    assert_int_equal(eco_curve_model_count(model), n);
    return model;
}

static void finds_the_end_of_a_known_family(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_curve_model *model = power_model(ctx, 20);
    double true_end = -0.82 + 0.4 * pow(EPOCHS, -0.75), last_sd = HUGE_VAL;
    const double untils[] = {3, 6, 12, 20};
    for (size_t i = 0; i < 4; i++) {
        eco_curve part;
        eco_curve_end end;
        power_curve(-0.82, 0.4, 0.75, untils[i], &part);
        assert_true(eco_curve_predict(model, &part, &end));
        assert_true(fabs(end.mean - true_end) < 4 * end.sd + 0.01);
        assert_true(end.sd < last_sd);
        last_sd = end.sd;
    }
    assert_true(last_sd < 0.01);
    eco_curve_model_free(ctx, model);
}

/* A program may keep its best state: what has been reached bounds the optimistic end. */
static void optimistic_end_is_never_worse_than_the_best(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_curve_model *model = power_model(ctx, 10);
    const double at[] = {1, 2, 3, 4}, costs[] = {-0.5, -0.95, -0.2, -0.1};
    eco_curve part;
    eco_curve_end end;
    eco_curve_thin(4, at, costs, INFINITY, &part);
    assert_true(eco_curve_predict(model, &part, &end));
    assert_close(end.bound, -0.95, 0, 0);
    assert_true(eco_curve_end_quantile(&end, 0.999) <= -0.95);
    assert_true(eco_curve_end_quantile(&end, 0.01) <= eco_curve_end_quantile(&end, 0.5));
    eco_curve_model_free(ctx, model);
}

/* Adding a constant and a positive factor to all costs does the same to the answer. */
static void moves_with_its_unit(void **state)
{
    ecopt_ctx *ctx = *state;
    static eco_curve curves[2][8], part[2];
    eco_curve_end end[2];
    for (int k = 0; k < 2; k++) {
        eco_curve_model *model = NULL;
        for (int j = 0; j <= 8; j++) {
            eco_curve *at = j < 8 ? &curves[k][j] : &part[k];
            power_curve(-0.9 + 0.03 * j, 0.3 + 0.02 * (j % 3), 0.5, j < 8 ? INFINITY : 5, at);
            for (size_t i = 0; i < at->n && k == 1; i++)
                at->cost[i] = 7 + 100 * at->cost[i];
            at->best = k == 1 ? 7 + 100 * at->best : at->best;
        }
        assert_status(ctx, eco_curve_model_new(ctx, EPOCHS, 8, curves[k], &model), ECOPT_OK);
        assert_true(eco_curve_predict(model, &part[k], &end[k]));
        eco_curve_model_free(ctx, model);
    }
    assert_close(end[1].mean, 7 + 100 * end[0].mean, 1e-9, 0);
    assert_close(end[1].sd, 100 * end[0].sd, 1e-6, 0);
}

static void curves_that_are_all_the_same(void **state)
{
    ecopt_ctx *ctx = *state;
    const double at[] = {1, 2, 3}, flat[] = {0, 0, 0};
    eco_curve curves[3], part;
    eco_curve_model *model = NULL;
    eco_curve_end end;
    for (int j = 0; j < 3; j++)
        eco_curve_thin(3, at, flat, INFINITY, &curves[j]);
    assert_status(ctx, eco_curve_model_new(ctx, 3, 3, curves, &model), ECOPT_OK);
    eco_curve_thin(3, at, flat, 1, &part);
    assert_true(eco_curve_predict(model, &part, &end));
    assert_true(isfinite(end.mean) && end.sd > 0 && isfinite(end.sd));
    eco_curve_model_free(ctx, model);
}

static void extreme_numbers_stay_numbers(void **state)
{
    ecopt_ctx *ctx = *state;
    const double factors[] = {1e-300, 1e300, 1.5e308};
    for (size_t f = 0; f < 3; f++) {
        static eco_curve curves[5];
        eco_curve part;
        eco_curve_model *model = NULL;
        eco_curve_end end;
        for (int j = 0; j < 5; j++) {
            power_curve(-1 + 0.1 * j, 0.5, 1, INFINITY, &curves[j]);
            for (size_t i = 0; i < curves[j].n; i++)
                curves[j].cost[i] *= factors[f];
        }
        part = curves[0];
        part.n = 4;
        assert_status(ctx, eco_curve_model_new(ctx, EPOCHS, 5, curves, &model), ECOPT_OK);
        assert_true(eco_curve_predict(model, &part, &end));
        assert_true(!isnan(end.mean) && !isnan(end.sd));
        eco_curve_model_free(ctx, model);
    }
}

static void one_step_is_a_training_too(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_curve curves[4];
    eco_curve_model *model = NULL;
    eco_curve_end end;
    for (int j = 0; j < 4; j++) {
        const double at = 1, cost = 0.1 * j;
        eco_curve_thin(1, &at, &cost, INFINITY, &curves[j]);
    }
    assert_status(ctx, eco_curve_model_new(ctx, 1, 4, curves, &model), ECOPT_OK);
    assert_true(eco_curve_predict(model, &curves[1], &end));
    assert_close(end.mean, 0.1, 0, 0.05);
    eco_curve_model_free(ctx, model);
}

static void says_nothing_without_curves(void **state)
{
    ecopt_ctx *ctx = *state;
    eco_curve curves[3] = {{.n = 0}, {.n = 0}, {.n = 0}}, part;
    eco_curve_model *model = NULL;
    eco_curve_end end = {.mean = 42};
    power_curve(-0.9, 0.3, 0.5, 3, &part);
    curves[1] = part;
    assert_status(ctx, eco_curve_model_new(ctx, EPOCHS, 3, curves, &model), ECOPT_OK);
    assert_int_equal(eco_curve_model_count(model), 1);
    assert_false(eco_curve_predict(model, &part, &end));
    assert_close(end.mean, 42, 0, 0);
    eco_curve_model_free(ctx, model);
    eco_curve_model_free(ctx, NULL);
    const double bad[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++)
        assert_status(ctx, eco_curve_model_new(ctx, bad[i], 0, NULL, &model), ECOPT_E_ARG);
}

/* Only the newest count, and equal input gives equal bits. */
static void learns_from_the_newest(void **state)
{
    ecopt_ctx *ctx = *state;
    static eco_curve curves[100];
    eco_curve part;
    eco_curve_end end[2];
    for (int j = 0; j < 100; j++)
        power_curve(-0.9 + 0.001 * j, 0.4, 0.5, INFINITY, &curves[j]);
    power_curve(-0.85, 0.4, 0.5, 4, &part);
    for (int k = 0; k < 2; k++) {
        eco_curve_model *model = NULL;
        size_t from = k == 0 ? 0 : 100 - ECO_CURVE_MAX;
        assert_status(ctx, eco_curve_model_new(ctx, EPOCHS, 100 - from, curves + from, &model),
                      ECOPT_OK);
        assert_int_equal(eco_curve_model_count(model), ECO_CURVE_MAX);
        assert_true(eco_curve_predict(model, &part, &end[k]));
        eco_curve_model_free(ctx, model);
    }
    assert_memory_equal(&end[0], &end[1], sizeof end[0]);
}

/* ---- real curves: small networks on Fashion-MNIST, 27 epochs each ---- */

static double real[REAL_MAX][EPOCHS];

/* Accuracies of each row as costs; returns the number of curves. */
static size_t read_real(void)
{
    const char *path = getenv("ECOPT_CURVES");
    static char line[4096];
    size_t n = 0;
    FILE *from = path ? fopen(path, "r") : NULL;
    if (!from)
        return 0;
    bool is_header = true;
    while (n < REAL_MAX && fgets(line, sizeof line, from)) {
        if (is_header) {
            is_header = false;
            continue;
        }
        char *at = line, *rest;
        for (int c = 0; c < FIRST_COLUMN; c++)
            at = strchr(at, ',') + 1;
        for (int c = 0; c < EPOCHS; c++, at = rest + 1)
            real[n][c] = -strtod(at, &rest);
        n++;
    }
    (void)fclose(from);
    return n;
}

static void real_part(size_t row, double until, eco_curve *ret)
{
    eco_curve_thin(EPOCHS, steps, real[row], until, ret);
}

/*
 * How often the truth is better than the 95 % optimistic end, over studies of n curves drawn at
 * random.  The bound by the best value is taken away: it would only make the end more optimistic.
 */
static double share_beyond(ecopt_ctx *ctx, size_t n_real, size_t n_curves, double until)
{
    eco_rng rng;
    size_t n = 0, beyond = 0;
    eco_rng_init(&rng, 7, ECO_STREAM_WEIGHTS, (uint64_t)n_curves);
    for (int study = 0; study < 30; study++) {
        static eco_curve curves[40];
        eco_curve_model *model = NULL;
        for (size_t j = 0; j < n_curves; j++)
            real_part((size_t)(eco_rng_uniform(&rng) * (double)n_real), INFINITY, &curves[j]);
        assert_status(ctx, eco_curve_model_new(ctx, EPOCHS, n_curves, curves, &model), ECOPT_OK);
        for (int trial = 0; trial < 20; trial++, n++) {
            size_t row = (size_t)(eco_rng_uniform(&rng) * (double)n_real);
            eco_curve part;
            eco_curve_end end;
            real_part(row, until, &part);
            assert_true(eco_curve_predict(model, &part, &end));
            end.bound = INFINITY;
            beyond += real[row][EPOCHS - 1] < eco_curve_end_quantile(&end, 0.05);
        }
        eco_curve_model_free(ctx, model);
    }
    return (double)beyond / (double)n;
}

static void covers_real_curves(void **state)
{
    ecopt_ctx *ctx = *state;
    const double untils[] = {1, 2, 5, 9, 18};
    const size_t counts[] = {6, 12, 30};
    size_t n_real = read_real();
    double sum = 0;
    if (n_real == 0)
        skip();
    for (size_t c = 0; c < 3; c++)
        for (size_t u = 0; u < 5; u++) {
            double share = share_beyond(ctx, n_real, counts[c], untils[u]);
            print_message("%zu curves, step %g: %.3f beyond the 95 %% end\n", counts[c], untils[u],
                          share);
            assert_true(share <= 0.11);
            sum += share / 15;
        }
    /* Neither too bold nor so timid that nothing could ever be decided. */
    assert_true(sum >= 0.01 && sum <= 0.07);
}

static ecopt_status make_model(ecopt_ctx *ctx, void *user)
{
    eco_curve curves[3];
    eco_curve_model *model = NULL;
    (void)user;
    for (int j = 0; j < 3; j++)
        power_curve(-0.9 + 0.1 * j, 0.3, 0.5, INFINITY, &curves[j]);
    ecopt_status status = eco_curve_model_new(ctx, EPOCHS, 3, curves, &model);
    if (status == ECOPT_OK)
        eco_curve_model_free(ctx, model);
    return status;
}

static void survives_want_of_memory(void **state)
{
    (void)state;
    eco_test_alloc_sweep(make_model, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thins_to_first_last_and_newest_between),
        cmocka_unit_test(leaves_out_what_is_no_point),
        cmocka_unit_test(finds_the_end_of_a_known_family),
        cmocka_unit_test(optimistic_end_is_never_worse_than_the_best),
        cmocka_unit_test(moves_with_its_unit),
        cmocka_unit_test(curves_that_are_all_the_same),
        cmocka_unit_test(extreme_numbers_stay_numbers),
        cmocka_unit_test(one_step_is_a_training_too),
        cmocka_unit_test(says_nothing_without_curves),
        cmocka_unit_test(learns_from_the_newest),
        cmocka_unit_test(covers_real_curves),
        cmocka_unit_test(survives_want_of_memory),
    };
    for (int i = 0; i < EPOCHS; i++)
        steps[i] = i + 1;
    return cmocka_run_group_tests(tests, eco_test_set_up, eco_test_tear_down);
}
