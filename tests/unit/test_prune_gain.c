/* What finishing a trial adds and what it costs, and the trials that end because of it. */
#include "num/special.h"
#include "study/prune.h"
#include "support/small_study.h"

enum { STEPS = 10, WARM = 6, SLICES = 200000 };

/* ---- shortfalls ---- */

/* E max(cost - Y, 0) is the integral of P(Y <= t) up to cost. */
static double integrated(const eco_prune_end *end, double from, double cost)
{
    double sum = 0, width = (cost - from) / SLICES;
    for (int i = 0; i < SLICES; i++)
        sum += width * eco_prune_end_below(end, from + (i + 0.5) * width);
    return sum;
}

static void test_shortfall_is_the_integral_of_the_distribution(void **state)
{
    (void)state;
    const double freedoms[] = {INFINITY, 3, 8.5}, costs[] = {-1, 1.5, 2, 4, 7};
    for (size_t f = 0; f < ECO_LEN(freedoms); f++)
        for (size_t c = 0; c < ECO_LEN(costs); c++) {
            const eco_prune_end end = {
                .source = ECO_END_CURVE,
                .at = {.mean = 2, .sd = 0.7, .freedom = freedoms[f], .bound = 5},
                .least = -INFINITY};
            double from = isinf(freedoms[f]) ? -20 : -3000;
            double near = integrated(&end, -20, costs[c]) + integrated(&end, from, -20);
            assert_close(eco_prune_end_shortfall(&end, costs[c]), near, 2e-4, 1e-6);
        }
}

static void test_shortfall_at_the_edges(void **state)
{
    (void)state;
    eco_prune_end end = {.source = ECO_END_MEASURED,
                         .at = {.mean = 2, .freedom = INFINITY, .bound = INFINITY},
                         .least = -INFINITY};
    assert_close(eco_prune_end_shortfall(&end, 1.5), 0, 0, 0);
    assert_close(eco_prune_end_shortfall(&end, 3.5), 1.5, 1e-15, 0);
    assert_close(eco_prune_end_shortfall(&end, -INFINITY), 0, 0, 0);
    end.at.bound = 1;
    assert_close(eco_prune_end_shortfall(&end, 3), 2, 1e-15, 0);
    end.least = 4;
    assert_close(eco_prune_end_shortfall(&end, 3), 0, 0, 0);
    /* Without a mean there is a number all the same, and it grows with the cost. */
    end = (eco_prune_end){.source = ECO_END_CURVE,
                          .at = {.mean = 0, .sd = 1, .freedom = 1, .bound = INFINITY},
                          .least = -INFINITY};
    double low = eco_prune_end_shortfall(&end, -1e3), high = eco_prune_end_shortfall(&end, 1e3);
    assert_true(low >= 0 && low < high && isfinite(high));
}

/* ---- gain ---- */

/* Thresholds at a = 0 and b = 10; costs are -a and b. */
static ecopt_study *open_with_thresholds(eco_small_study *small)
{
    small->objectives[0].has_threshold = small->objectives[1].has_threshold = true;
    small->objectives[1].threshold = 10;
    return eco_small_study_open(small);
}

static eco_prune_end known(double cost)
{
    return (eco_prune_end){.source = ECO_END_MEASURED,
                           .at = {.mean = cost, .freedom = INFINITY, .bound = INFINITY},
                           .least = -INFINITY};
}

static double gain_of(eco_small_study *small, eco_prune_case *prune, eco_prune_end a,
                      eco_prune_end b)
{
    const eco_prune_end ends[] = {a, b};
    double gain = -1;
    assert_status(small->ctx, eco_prune_gain(prune, ends, &gain), ECOPT_OK);
    return gain;
}

static void test_gain_of_ends(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = open_with_thresholds(small);
    const double nothing[] = {(double)NAN, (double)NAN};
    double front[] = {-1, 5};
    eco_study_view view = {.history = {.reference = nothing}};
    eco_prune_case prune = {.study = study, .view = &view, .n_front = 1, .front = front};
    /* 12 of 5; dominated; beyond a threshold; beside the point: 4 x 1 below it. */
    assert_close(gain_of(small, &prune, known(-2), known(4)), 7.0 / 5, 1e-14, 0);
    assert_close(gain_of(small, &prune, known(-0.5), known(6)), 0, 0, 0);
    assert_close(gain_of(small, &prune, known(-3), known(11)), 0, 0, 0);
    assert_close(gain_of(small, &prune, known(-0.5), known(3)), 1.0 / 5, 1e-14, 0);
    /* Uncertain: the mean over the ends. */
    eco_prune_end a = known(-1);
    a.source = ECO_END_CURVE;
    a.at.sd = 0.5;
    double sum = 0;
    for (int i = 0; i < SLICES / 10; i++) {
        double z = -8 + 16 * (i + 0.5) / (SLICES / 10), y = -1 + 0.5 * z;
        sum += gain_of(small, &prune, known(y), known(4)) * exp(-0.5 * z * z) /
               sqrt(2 * 3.14159265358979) * 16 / (SLICES / 10);
    }
    assert_close(gain_of(small, &prune, a, known(4)), sum, 1e-5, 0);
    /* Nothing can be said: an end that may be anything, no front. */
    eco_prune_end unknown = {.source = ECO_END_UNKNOWN};
    assert_true(isnan(gain_of(small, &prune, unknown, known(4))));
    prune.n_front = 0;
    assert_true(isnan(gain_of(small, &prune, known(-2), known(4))));
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

static void test_gain_needs_a_corner(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    double front[] = {-1, 5}, corner[] = {(double)NAN, 10};
    eco_study_view view = {.history = {.reference = corner}};
    eco_prune_case prune = {.study = study, .view = &view, .n_front = 1, .front = front};
    assert_true(isnan(gain_of(small, &prune, known(-2), known(4))));
    corner[0] = 0;
    assert_close(gain_of(small, &prune, known(-2), known(4)), 7.0 / 5, 1e-14, 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* ---- price ---- */

enum { POINTS = 12 };

static double price_at(eco_small_study *small, ecopt_study *study, const eco_history *history,
                       double at)
{
    const double x[] = {at, round(36 * at)};
    const eco_study_view view = {.history = *history};
    eco_prune_case prune = {.study = study, .view = &view, .x = x};
    double price = -1, again = -1;
    assert_status(small->ctx, eco_prune_price(&prune, &price), ECOPT_OK);
    assert_status(small->ctx, eco_prune_price(&prune, &again), ECOPT_OK);
    assert_close(again, price, 0, 0);
    return price;
}

static void test_price_follows_the_energies(void **state)
{
    eco_small_study *small = *state;
    ecopt_study *study = eco_small_study_open(small);
    double x[POINTS][2];
    eco_observation observations[POINTS];
    const eco_history history = {.n = POINTS, .observations = observations, .trial = POINTS + 1};
    for (int i = 0; i < POINTS; i++) {
        x[i][0] = (i + 0.5) / POINTS;
        x[i][1] = round(36 * x[i][0]);
        /* Joules rise by 4 decades; what was pruned spent less and says nothing. */
        observations[i] =
            (eco_observation){.x = x[i],
                              .state = i % 4 == 3 ? ECO_OBSERVED_PARTIAL : ECO_OBSERVED_COMPLETE,
                              .spent_j = i % 4 == 3 ? 1e-9 : pow(10, 4 * x[i][0])};
    }
    assert_close(price_at(small, study, &history, 0.02), 1.0 / 8, 0, 0);
    double middle = price_at(small, study, &history, 0.7);
    assert_true(middle > 0.3 && middle < 1);
    assert_true(price_at(small, study, &history, 0.9) > 3);
    for (int i = 0; i < POINTS; i++)
        observations[i].spent_j = (double)NAN;
    assert_close(price_at(small, study, &history, 0.02), 1, 0, 0);
    const eco_history none = {.trial = 1};
    assert_close(price_at(small, study, &none, 0.5), 1, 0, 0);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* ---- studies ---- */

static ecopt_study *open_pruned(eco_small_study *small, double gain_ratio)
{
    small->definition.pruning = (ecopt_pruning){.rule = ECOPT_PRUNE_CURVE,
                                                .steps = STEPS,
                                                .confidence = 0.95,
                                                .gain_ratio = gain_ratio,
                                                .warmup_trials = WARM,
                                                .warmup_steps = 1,
                                                .reduction = 3};
    return eco_small_study_open(small);
}

typedef double (*curve_fn)(double end, int step);

static double climbing(double end, int step)
{
    return end * (1 - 0.7 * exp(-step / 3.0));
}

/* Its best is in the middle: what a noisy training looks like. */
static double peaking(double end, int step)
{
    return climbing(end, step) + (step == 4 ? 0.5 : 0);
}

/* Asks, reports until told to stop, tells; the step at which that was, 0: it went to its end, where
 * it says `final`. */
static int run_one(eco_small_study *small, ecopt_study *study, curve_fn curve, double end, double b,
                   double final)
{
    int64_t trial;
    char *point = NULL;
    bool is_enough = false;
    int step = 0;
    assert_status(small->ctx, ecopt_study_ask(study, &trial, &point), ECOPT_OK);
    ecopt_text_free(small->ctx, point);
    while (step < STEPS && !is_enough) {
        const ecopt_metric_value values[] = {{"a", curve(end, ++step), (double)NAN},
                                             {"b", b, (double)NAN}};
        assert_status(small->ctx, ecopt_study_report(study, trial, step, values, 2, &is_enough),
                      ECOPT_OK);
    }
    const ecopt_metric_value values[] = {{"a", final, (double)NAN}, {"b", b, (double)NAN}};
    assert_status(small->ctx,
                  ecopt_study_tell(study, trial,
                                   is_enough ? ECOPT_TRIAL_PRUNED : ECOPT_TRIAL_COMPLETE, "",
                                   values, is_enough ? 0 : 2),
                  ECOPT_OK);
    return is_enough ? step : 0;
}

/* Complete trials, better a for more b. */
static void warm_up(eco_small_study *small, ecopt_study *study, curve_fn curve, bool is_best_kept)
{
    for (int i = 0; i < WARM; i++) {
        double end = 0.4 + 0.1 * i, best = 0;
        for (int step = 1; step <= STEPS; step++)
            best = fmax(best, curve(end, step));
        double final = is_best_kept ? best : curve(end, STEPS);
        assert_int_equal(run_one(small, study, curve, end, 1 + i, final), 0);
    }
}

/* A speck beside the front: of use beyond doubt, and worth next to nothing. */
static void test_a_speck_is_not_worth_the_joules(void **state)
{
    (void)state;
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        eco_small_study fresh;
        eco_small_study_init(&fresh, 40, true);
        fresh.objectives[0].has_threshold = fresh.objectives[1].has_threshold = true;
        fresh.objectives[1].threshold = 40;
        ecopt_study *study = open_pruned(&fresh, is_asked ? 0.01 : 0);
        warm_up(&fresh, study, climbing, false);
        /* A little cheaper than the trial with 0.7, a little better than that with 0.6. */
        int step = run_one(&fresh, study, climbing, 0.61, 3.99, climbing(0.61, STEPS));
        assert_int_equal(step > 0, is_asked);
        assert_int_equal(run_one(&fresh, study, climbing, 1.5, 2, climbing(1.5, STEPS)), 0);
        assert_status(fresh.ctx, ecopt_study_close(study), ECOPT_OK);
        ecopt_snapshot *snapshot = eco_small_study_snapshot(&fresh);
        const ecopt_trial *trial = &snapshot->trials[WARM];
        assert_true(trial->n_decisions > 0);
        const char *numbers = trial->decisions[trial->n_decisions - 1].numbers;
        assert_non_null(strstr(numbers, is_asked ? "\"least_gain\": 0.00" : "\"gain\": null"));
        ecopt_snapshot_free(fresh.ctx, snapshot);
        eco_small_study_release(&fresh);
    }
}

/* Where the cost of a ends at best, for a trial that has just been at its peak. */
static double bound_after_peak(eco_small_study *small, ecopt_study *study)
{
    const double x[] = {0.5, 20};
    eco_study_view view;
    eco_prune_case *prune = NULL;
    eco_prune_end ends[2];
    bool has_news = false;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_status(small->ctx, eco_prune_case_new(study, &view, x, &prune), ECOPT_OK);
    for (int step = 1; step <= 5; step++) {
        const ecopt_metric_value value = {"a", peaking(0.5, step), (double)NAN};
        const eco_trial_step seen = {.step = step, .n = 1, .values = &value};
        assert_status(small->ctx, eco_prune_case_add(prune, &seen, &has_news), ECOPT_OK);
    }
    assert_status(small->ctx, eco_prune_ends(prune, ends), ECOPT_OK);
    assert_int_equal(ends[0].source, ECO_END_CURVE);
    eco_prune_case_free(prune);
    eco_study_view_release(study, &view);
    return ends[0].at.bound;
}

/* A peak on the way bounds the end only where programs say their best state in the end; while
 * nobody knows, it does. */
static void test_what_the_best_on_the_way_says(void **state)
{
    (void)state;
    const struct {
        curve_fn curve;
        bool is_best_kept;
        double bound;
    } cases[] = {
        {peaking, true, -peaking(0.5, 4)},
        {peaking, false, INFINITY},
        {climbing, false, -peaking(0.5, 4)},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_small_study fresh;
        eco_small_study_init(&fresh, 40, true);
        ecopt_study *study = open_pruned(&fresh, 0);
        warm_up(&fresh, study, cases[i].curve, cases[i].is_best_kept);
        assert_close(bound_after_peak(&fresh, study), cases[i].bound, 1e-15, 0);
        assert_status(fresh.ctx, ecopt_study_close(study), ECOPT_OK);
        eco_small_study_release(&fresh);
    }
}

#define WITH_STUDY(test) \
    cmocka_unit_test_setup_teardown(test, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortfall_is_the_integral_of_the_distribution),
        cmocka_unit_test(test_shortfall_at_the_edges),
        WITH_STUDY(test_gain_of_ends),
        WITH_STUDY(test_gain_needs_a_corner),
        WITH_STUDY(test_price_follows_the_energies),
        cmocka_unit_test(test_a_speck_is_not_worth_the_joules),
        cmocka_unit_test(test_what_the_best_on_the_way_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
