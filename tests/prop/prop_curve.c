/*
 * Learning curves over random studies: what thinning keeps, how often the foreseen interval holds
 * the true end, and what an answer must not depend on.
 */
#include "support/eco_test.h"

#include "core/rng.h"
#include "curve/curve.h"

enum { STEPS = 40, STUDIES = 24, CURVES = 20, ASKED = 12 };

/* A curve of the kind that trainings are made of: a random end and gain, one of three shapes, and
 * noise at every step, the last one included. */
static void make_curve(eco_rng *rng, double *ret_steps, double *ret_costs)
{
    double end = 0.3 + 0.1 * eco_rng_normal(rng), gain = 1 + 0.2 * eco_rng_normal(rng);
    double which = eco_rng_uniform(rng), noise = 0.01;
    for (int i = 0; i < STEPS; i++) {
        double t = i + 1, shape = 1 / sqrt(t);
        if (which < 0.3)
            shape = exp(-t / 6);
        else if (which < 0.6)
            shape = 1 / t;
        ret_steps[i] = t;
        ret_costs[i] = end + gain * shape + noise * eco_rng_normal(rng);
    }
}

/* Whatever goes in: points of the input in its order, the first and the last of those that count,
 * and the least of all costs. */
static void test_thinning_keeps_points(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 21);
    for (int round = 0; round < 300; round++) {
        double steps[200], costs[200], at = -2, best = HUGE_VAL;
        size_t n = (size_t)(200 * eco_rng_uniform(&rng)), first = n, last = n, found = 0;
        double until = round % 3 ? 100 * eco_rng_uniform(&rng) : (double)INFINITY;
        for (size_t i = 0; i < n; i++) {
            at += round % 2 ? 1 : 3 * eco_rng_uniform(&rng);
            steps[i] = at;
            costs[i] = eco_rng_uniform(&rng) < 0.1 ? (double)NAN : eco_rng_normal(&rng);
            if (!(at > 0) || at > until || isnan(costs[i]))
                continue;
            first = first == n ? i : first;
            last = i;
            best = fmin(best, costs[i]);
        }
        eco_curve curve;
        eco_curve_thin(n, steps, costs, until, &curve);
        assert_true(curve.n <= ECO_CURVE_POINTS);
        assert_close(curve.best, best, 0, 0);
        assert_int_equal(curve.n == 0, last == n);
        for (size_t i = 0; i < n && found < curve.n; i++)
            found += steps[i] == curve.step[found] && costs[i] == curve.cost[found];
        assert_int_equal(found, curve.n);
        if (curve.n == 0)
            continue;
        assert_close(curve.step[0], steps[first], 0, 0);
        assert_close(curve.step[curve.n - 1], steps[last], 0, 0);
    }
}

/* What lies behind `until` cannot matter: a rule that looks into the future judges too well. */
static void test_thinning_does_not_look_ahead(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 4, ECO_STREAM_TEST, 22);
    for (size_t until = 1; until <= STEPS; until++) {
        double steps[STEPS], costs[STEPS];
        eco_curve cut, whole;
        make_curve(&rng, steps, costs);
        eco_curve_thin(STEPS, steps, costs, (double)until, &cut);
        eco_curve_thin(until, steps, costs, INFINITY, &whole);
        assert_int_equal(cut.n, whole.n);
        assert_memory_equal(cut.step, whole.step, cut.n * sizeof *cut.step);
        assert_memory_equal(cut.cost, whole.cost, cut.n * sizeof *cut.cost);
    }
}

static eco_curve_model *learn(ecopt_ctx *ctx, eco_rng *rng, size_t n)
{
    static eco_curve curves[CURVES];
    eco_curve_model *model = NULL;
    for (size_t j = 0; j < n; j++) {
        double steps[STEPS], costs[STEPS];
        make_curve(rng, steps, costs);
        eco_curve_thin(STEPS, steps, costs, INFINITY, &curves[j]);
    }
    assert_status(ctx, eco_curve_model_new(ctx, STEPS, n, curves, &model), ECOPT_OK);
    return model;
}

/* The middle 80 % hold the truth in about 80 % of the trials, early and late, and neither tail is
 * much heavier than the other.  The bounds leave room for what 288 trials scatter by. */
static void test_interval_holds_the_end(void **state)
{
    ecopt_ctx *ctx = *state;
    const double untils[] = {3, 8, 20};
    for (size_t u = 0; u < ECO_LEN(untils); u++) {
        size_t n = 0, below = 0, above = 0;
        for (uint64_t study = 0; study < STUDIES; study++) {
            eco_rng rng;
            eco_rng_init(&rng, study, ECO_STREAM_TEST, 23);
            eco_curve_model *model = learn(ctx, &rng, CURVES);
            for (int trial = 0; trial < ASKED; trial++, n++) {
                double steps[STEPS], costs[STEPS];
                eco_curve part;
                eco_curve_end end;
                make_curve(&rng, steps, costs);
                eco_curve_thin(STEPS, steps, costs, untils[u], &part);
                assert_true(eco_curve_predict(model, &part, &end));
                /* The best value so far is a bound of its own; here it is the curve's end alone
                 * that is asked for. */
                end.bound = INFINITY;
                below += costs[STEPS - 1] < eco_curve_end_quantile(&end, 0.1);
                above += costs[STEPS - 1] > eco_curve_end_quantile(&end, 0.9);
            }
            eco_curve_model_free(ctx, model);
        }
        double share = 1 - (double)(below + above) / (double)n;
        print_message("step %g: %.3f inside, %zu below, %zu above of %zu\n", untils[u], share,
                      below, above, n);
        assert_true(share > 0.70 && share < 0.97);
        assert_true((double)below < 0.18 * (double)n && (double)above < 0.18 * (double)n);
    }
}

/* Quantiles rise with the probability, are mirrored around the mean, and end at the bound. */
static void test_quantiles(void **state)
{
    (void)state;
    for (double freedom = 1; freedom < 100; freedom *= 3) {
        eco_curve_end end = {.mean = 2, .sd = 0.5, .freedom = freedom, .bound = INFINITY};
        double last = -HUGE_VAL;
        for (double p = 0.01; p < 0.995; p += 0.07) {
            double at = eco_curve_end_quantile(&end, p);
            assert_true(at > last);
            assert_close(at - 2, 2 - eco_curve_end_quantile(&end, 1 - p), 1e-6, 1e-9);
            last = at;
            end.bound = 1.9;
            assert_close(eco_curve_end_quantile(&end, p), fmin(at, 1.9), 0, 0);
            end.bound = INFINITY;
        }
        assert_close(eco_curve_end_quantile(&end, 0.5), 2, 1e-9, 0);
    }
    /* One degree of freedom is Cauchy's distribution: tan(pi (p - 1/2)). */
    const eco_curve_end cauchy = {.mean = 0, .sd = 1, .freedom = 1, .bound = INFINITY};
    assert_close(eco_curve_end_quantile(&cauchy, 0.9), tan(0.4 * acos(-1)), 1e-9, 0);
}

/* Workers finish in any order, and what is usual is a mean over all that are looked at: the
 * order of curves matters to rounding only. */
static void test_order_of_curves_does_not_matter(void **state)
{
    ecopt_ctx *ctx = *state;
    static eco_curve curves[2][CURVES];
    eco_curve part;
    eco_curve_end end[2];
    double steps[STEPS], costs[STEPS];
    eco_rng rng;
    eco_rng_init(&rng, 8, ECO_STREAM_TEST, 24);
    for (size_t j = 0; j < CURVES; j++) {
        make_curve(&rng, steps, costs);
        eco_curve_thin(STEPS, steps, costs, INFINITY, &curves[0][j]);
        curves[1][CURVES - 1 - j] = curves[0][j];
    }
    make_curve(&rng, steps, costs);
    eco_curve_thin(STEPS, steps, costs, 7, &part);
    for (size_t i = 0; i < 2; i++) {
        eco_curve_model *model = NULL;
        assert_status(ctx, eco_curve_model_new(ctx, STEPS, CURVES, curves[i], &model), ECOPT_OK);
        assert_true(eco_curve_predict(model, &part, &end[i]));
        eco_curve_model_free(ctx, model);
    }
    assert_close(end[0].mean, end[1].mean, 1e-9, 0);
    assert_close(end[0].sd, end[1].sd, 1e-9, 0);
    assert_close(end[0].freedom, end[1].freedom, 1e-9, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thinning_keeps_points),
        cmocka_unit_test(test_thinning_does_not_look_ahead),
        cmocka_unit_test_setup_teardown(test_interval_holds_the_end, eco_test_set_up,
                                        eco_test_tear_down),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test_setup_teardown(test_order_of_curves_does_not_matter, eco_test_set_up,
                                        eco_test_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
