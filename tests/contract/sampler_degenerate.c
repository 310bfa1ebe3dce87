/*
 * Every sampler against histories that hardly teach anything, or say absurd things: whatever is
 * told, the next point is new, allowed and canonical, and asking again gives the same bits.  Where
 * a model can be made, mobo makes one: falling back on the initial design would hide a fault.
 */
#include "core/rng.h"
#include "sampler/sampler.h"
#include "support/eco_test.h"

#include <float.h>

enum { PARAMS = 5, ROWS = 12, PENDING = 40, GOALS = 6 };

/* Under a sanitizer each suggestion costs twelve times as much. */
#ifdef __SANITIZE_ADDRESS__
enum { MOBO_STEP = 3 };
#else
enum { MOBO_STEP = 1 };
#endif

typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    eco_problem problem;
    ecopt_objective objectives[GOALS];
    ecopt_constraint limit;
    ecopt_sampler_settings settings;
    eco_history history;
    double x[ROWS][PARAMS], y[ROWS][GOALS], se[ROWS][GOALS], c[ROWS][1];
    eco_observation observations[ROWS];
    double pending[PENDING * PARAMS];
} world;

static const ecopt_value colours[3] = {{ECOPT_VALUE_STRING, 0, "red"},
                                       {ECOPT_VALUE_STRING, 0, "green"},
                                       {ECOPT_VALUE_STRING, 0, "blue"}};
static const ecopt_param mixed[PARAMS] = {
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-4, .max = 1},
    {.name = "share", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
    {.name = "pool", .type = ECOPT_PARAM_BOOL},
    {.name = "colour", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = colours},
    {.name = "depth", .type = ECOPT_PARAM_INT, .min = 1, .max = 6, .when = "pool"},
};

static void row_fill(world *w, eco_rng *rng, double *x)
{
    double u[PARAMS];
    for (size_t k = 0; k < PARAMS; k++)
        u[k] = eco_rng_uniform(rng);
    eco_space_decode(w->space, u, x);
}

/* Twelve trials with plain values of m objectives, and room for what is pending. */
static void world_open(world *w, size_t m)
{
    eco_rng rng;
    eco_rng_init(&rng, 31, ECO_STREAM_TEST, m);
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    assert_status(w->ctx, eco_space_new(w->ctx, mixed, PARAMS, &w->space), ECOPT_OK);
    for (size_t k = 0; k < GOALS; k++)
        w->objectives[k] = (ecopt_objective){
            .metric = "f", .goal = k % 2 ? ECOPT_GOAL_MAX : ECOPT_GOAL_MIN, .threshold = NAN};
    w->limit =
        (ecopt_constraint){.text = "g", .metric = "g", .relation = ECOPT_AT_MOST, .bound = 0.5};
    w->problem = (eco_problem){.space = w->space,
                               .n_objectives = m,
                               .objectives = w->objectives,
                               .constraints = &w->limit,
                               .n_init = 4,
                               .seed = 7};
    for (size_t i = 0; i < ROWS; i++) {
        row_fill(w, &rng, w->x[i]);
        for (size_t k = 0; k < GOALS; k++) {
            w->y[i][k] = 1 + pow(w->x[i][1] - (double)k / GOALS, 2) + 0.1 * w->x[i][2];
            w->se[i][k] = nan("");
        }
        w->c[i][0] = w->x[i][1];
        w->observations[i] = (eco_observation){.x = w->x[i],
                                               .y = w->y[i],
                                               .y_se = w->se[i],
                                               .c = w->c[i],
                                               .state = ECO_OBSERVED_COMPLETE,
                                               .spent_j = nan("")};
    }
    for (size_t p = 0; p < PENDING; p++)
        row_fill(w, &rng, w->pending + p * PARAMS);
    w->history = (eco_history){.n = ROWS, .observations = w->observations, .pending = w->pending};
}

static void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

/* ---- what is told ---- */

static void values_set(world *w, double (*value)(size_t i, size_t k))
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < GOALS; k++)
            w->y[i][k] = value(i, k);
}

static void errors_set(world *w, double even, double odd)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < GOALS; k++)
            w->se[i][k] = i % 2 ? odd : even;
}

static void states_set(world *w, eco_observed state)
{
    for (size_t i = 0; i < ROWS; i++) {
        w->observations[i].state = state;
        for (size_t k = 0; k < GOALS; k++)
            w->y[i][k] = nan("");
        w->c[i][0] = nan("");
    }
}

static void scale_log(world *w)
{
    for (size_t k = 0; k < GOALS; k++)
        w->objectives[k].scale = ECOPT_SCALE_LOG;
}

static void thresholds_set(world *w, size_t n, double value)
{
    for (size_t k = 0; k < n; k++) {
        w->objectives[k].has_threshold = true;
        w->objectives[k].threshold = w->objectives[k].goal == ECOPT_GOAL_MAX ? -value : value;
    }
}

static double equal(size_t i, size_t k)
{
    return 3 + 0 * (double)(i + k);
}

static double zero(size_t i, size_t k)
{
    return 0 * (double)(i + k);
}

static double tiny(size_t i, size_t k)
{
    return 1e-300 * (1 + (double)(i * (k + 1)));
}

static double subnormal(size_t i, size_t k)
{
    return 5e-324 * (double)(1 + (i + k) % 3);
}

static double huge(size_t i, size_t k)
{
    return 1e300 * (1 + (double)(i * (k + 1)) / 100);
}

static double largest(size_t i, size_t k)
{
    return (i + k) % 2 ? DBL_MAX : -DBL_MAX;
}

static double both_ends(size_t i, size_t k)
{
    return (i + k) % 2 ? 1e300 : 1e-300;
}

static double one_apart(size_t i, size_t k)
{
    return i == 5 ? 1e300 : 1 + (double)k;
}

static double last_bit(size_t i, size_t k)
{
    return 1 + DBL_EPSILON * (double)((i * (k + 2)) % 5);
}

static double infinite(size_t i, size_t k)
{
    return i == 3 ? 1 + (double)k : i % 2 ? HUGE_VAL : -HUGE_VAL;
}

static void tell_nothing_odd(world *w)
{
    (void)w;
}

static void tell_one(world *w)
{
    w->history.n = 1;
    w->problem.n_init = 1;
}

static void tell_one_beside_pending(world *w)
{
    w->history.n = 1;
    w->history.n_pending = 8;
}

static void tell_equal_in_one(world *w)
{
    for (size_t i = 0; i < ROWS; i++)
        w->y[i][0] = 3;
}

static void tell_tiny_log(world *w)
{
    values_set(w, tiny);
    scale_log(w);
}

static void tell_subnormal_log(world *w)
{
    values_set(w, subnormal);
    errors_set(w, 1e300, 1e-300);
    scale_log(w);
}

static void tell_both_ends_log(world *w)
{
    values_set(w, both_ends);
    scale_log(w);
}

static void tell_one_point_often(world *w)
{
    for (size_t i = 1; i < ROWS; i++)
        memcpy(w->x[i], w->x[0], sizeof w->x[i]);
}

static void tell_pairs_that_disagree(world *w)
{
    for (size_t i = 1; i < ROWS; i += 2)
        memcpy(w->x[i], w->x[i - 1], sizeof w->x[i]);
    errors_set(w, 0, 0);
}

static void tell_points_side_by_side(world *w)
{
    for (size_t i = 1; i < ROWS; i++) {
        memcpy(w->x[i], w->x[0], sizeof w->x[i]);
        w->x[i][1] = w->x[0][1] + (double)i * 1e-15;
    }
}

static void tell_failed(world *w)
{
    states_set(w, ECO_OBSERVED_FAILED);
}

static void tell_infeasible(world *w)
{
    states_set(w, ECO_OBSERVED_INFEASIBLE);
}

static void tell_one_worked(world *w)
{
    states_set(w, ECO_OBSERVED_FAILED);
    w->observations[4].state = ECO_OBSERVED_COMPLETE;
    for (size_t k = 0; k < GOALS; k++)
        w->y[4][k] = 2;
}

static void tell_one_value_each(world *w)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < GOALS; k++)
            if (i != k)
                w->y[i][k] = nan("");
}

static void tell_limit_missed(world *w)
{
    w->problem.n_constraints = 1;
    w->limit.bound = -1e9;
}

static void tell_limit_absurd(world *w)
{
    w->problem.n_constraints = 1;
    w->limit.bound = -1e300;
    for (size_t i = 0; i < ROWS; i++)
        w->c[i][0] = i % 2 ? 1e300 : 1e-300;
}

static void tell_limit_equal(world *w)
{
    w->problem.n_constraints = 1;
    for (size_t i = 0; i < ROWS; i++)
        w->c[i][0] = 0.5;
}

static void tell_limit_never_measured(world *w)
{
    w->problem.n_constraints = 1;
    for (size_t i = 0; i < ROWS; i++)
        w->c[i][0] = i % 2 ? HUGE_VAL : (double)NAN;
}

static void tell_pending_only(world *w)
{
    w->history.n = 0;
    w->history.n_pending = 9;
}

static void tell_pending_many(world *w)
{
    w->history.n_pending = PENDING;
}

static void tell_pending_again(world *w)
{
    w->history.n_pending = 9;
    for (size_t p = 0; p < 9; p++)
        memcpy(w->pending + p * PARAMS, w->x[p / 3], sizeof w->x[0]);
}

static void tell_pending_and_failures(world *w)
{
    states_set(w, ECO_OBSERVED_FAILED);
    w->history.n_pending = 9;
}

static void tell_threshold_far(world *w)
{
    thresholds_set(w, GOALS, 1e300);
}

static void tell_threshold_in_part(world *w)
{
    thresholds_set(w, 1, 1.5);
}

static void tell_threshold_best(world *w)
{
    for (size_t k = 0; k < GOALS; k++) {
        ecopt_objective *o = &w->objectives[k];
        bool is_max = o->goal == ECOPT_GOAL_MAX;
        o->has_threshold = true;
        o->threshold = w->y[0][k];
        for (size_t i = 1; i < ROWS; i++)
            o->threshold = is_max ? fmax(o->threshold, w->y[i][k]) : fmin(o->threshold, w->y[i][k]);
    }
}

static void tell_threshold_out_of_reach(world *w)
{
    thresholds_set(w, GOALS, -1e6);
}

static void tell_threshold_absurdly_good(world *w)
{
    thresholds_set(w, GOALS, -1e300);
}

static void tell_threshold_mixed(world *w)
{
    thresholds_set(w, 1, -1e300);
    w->objectives[1].has_threshold = true;
    w->objectives[1].threshold = -1e300; /* maximised: all is better */
}

/* No logarithm of it: as if none were given. */
static void tell_threshold_without_log(world *w)
{
    scale_log(w);
    thresholds_set(w, GOALS, 0);
}

static void tell_costs_absurd(world *w)
{
    static const double spent_j[6] = {0, -5, NAN, 1e300, 1e-300, 3};
    w->settings.cost_exponent = 1;
    w->problem.settings = &w->settings;
    for (size_t i = 0; i < ROWS; i++)
        w->observations[i].spent_j = spent_j[i % 6];
}

/* ---- what must come back ---- */

typedef struct oddity {
    const char *name;
    void (*tell)(world *w); /* or NULL */
    double (*value)(size_t i, size_t k);
    bool has_errors;
    double errors[2];   /* of even rows, of odd ones */
    size_t modelled_to; /* with up to so many objectives there is something to make a model of */
} oddity;

#define ODD_TO(m, name)                              \
    {                                                \
#name, .tell = tell_##name, .modelled_to = m \
    }
#define ODD(name) ODD_TO(GOALS, name)

static const oddity oddities[] = {
    ODD(nothing_odd),
    ODD(one),
    ODD(one_beside_pending),
    {"equal", .value = equal, .modelled_to = GOALS},
    ODD(equal_in_one),
    {"zero", .value = zero, .modelled_to = GOALS},
    {"tiny", .value = tiny, .modelled_to = GOALS},
    ODD(tiny_log),
    {"subnormal", .value = subnormal, .modelled_to = GOALS},
    ODD(subnormal_log),
    {"huge", .value = huge, .modelled_to = GOALS},
    {"largest", .value = largest, .modelled_to = GOALS},
    {"both_ends", .value = both_ends, .modelled_to = GOALS},
    ODD(both_ends_log),
    {"one_apart", .value = one_apart, .modelled_to = GOALS},
    {"last_bit", .value = last_bit, .modelled_to = GOALS},
    {"infinite", .value = infinite, .modelled_to = GOALS},
    ODD(one_point_often),
    ODD(pairs_that_disagree),
    ODD(points_side_by_side),
    ODD_TO(0, failed),
    ODD_TO(0, infeasible),
    ODD(one_worked),
    ODD_TO(4, one_value_each), /* five and more become one, of complete rows */
    ODD(limit_missed),
    ODD(limit_absurd),
    ODD(limit_equal),
    ODD_TO(0, limit_never_measured),
    {"errors_infinite", .has_errors = true, .errors = {HUGE_VAL, 0.1}, .modelled_to = GOALS},
    {"errors_negative", .has_errors = true, .errors = {-1, 0.1}, .modelled_to = GOALS},
    {"errors_huge", .has_errors = true, .errors = {1e300, 1e300}, .modelled_to = GOALS},
    {"errors_tiny", .has_errors = true, .errors = {1e-300, 1e-300}, .modelled_to = GOALS},
    {"errors_zero", .has_errors = true, .errors = {0, 0}, .modelled_to = GOALS},
    {"errors_zero_and_not", .has_errors = true, .errors = {0, 0.3}, .modelled_to = GOALS},
    {"errors_of_all_sizes", .has_errors = true, .errors = {0, 1e300}, .modelled_to = GOALS},
    {"errors_known_to_some", .has_errors = true, .errors = {NAN, 0.01}, .modelled_to = GOALS},
    ODD_TO(0, pending_only),
    ODD(pending_many),
    ODD(pending_again),
    ODD_TO(0, pending_and_failures),
    ODD(threshold_far),
    ODD(threshold_in_part),
    ODD(threshold_best),
    ODD(threshold_out_of_reach),
    ODD(threshold_absurdly_good),
    ODD(threshold_mixed),
    ODD(threshold_without_log),
    ODD(costs_absurd),
};

static ecopt_status ask(world *w, const eco_sampler_ops *sampler, eco_suggestion *suggestion)
{
    w->history.trial = w->history.n + w->history.n_pending + 1;
    return eco_sampler_suggest(w->ctx, sampler, &w->problem, &w->history, suggestion);
}

static void assert_sound(const world *w, const double *x)
{
    double canonical[PARAMS];
    memcpy(canonical, x, sizeof canonical);
    eco_space_canonical(w->space, canonical);
    assert_memory_equal(canonical, x, sizeof canonical);
    assert_true(eco_space_is_allowed(w->space, x));
    for (size_t k = 0; k < PARAMS; k++)
        assert_true(isfinite(x[k]));
    for (size_t i = 0; i < w->history.n; i++)
        assert_false(eco_space_equal(w->space, w->x[i], x));
    for (size_t p = 0; p < w->history.n_pending; p++)
        assert_false(eco_space_equal(w->space, w->pending + p * PARAMS, x));
}

static void check(world *w, const eco_sampler_ops *sampler, const oddity *odd, size_t m)
{
    double x[PARAMS], again[PARAMS], reference[GOALS], reference_again[GOALS];
    eco_suggestion first = {.x = x, .reference = reference};
    eco_suggestion second = {.x = again, .reference = reference_again};
    world_open(w, m);
    if (odd->tell)
        odd->tell(w);
    if (odd->value)
        values_set(w, odd->value);
    if (odd->has_errors)
        errors_set(w, odd->errors[0], odd->errors[1]);
    print_message("%s of %s, m = %zu\n", sampler->name, odd->name, m);
    assert_status(w->ctx, ask(w, sampler, &first), ECOPT_OK);
    assert_status(w->ctx, ask(w, sampler, &second), ECOPT_OK);
    assert_memory_equal(x, again, sizeof x);
    assert_memory_equal(reference, reference_again, m * sizeof *reference);
    assert_sound(w, x);
    if (strcmp(sampler->name, "mobo") == 0)
        assert_string_equal(first.origin, m > odd->modelled_to ? "sobol" : "mobo");
    world_close(w);
}

static void check_all(const eco_sampler_ops *sampler, size_t m_step)
{
    static world w;
    for (size_t i = 0; i < ECO_LEN(oddities); i++)
        for (size_t m = m_step; m <= GOALS; m += m_step)
            check(&w, sampler, &oddities[i], m);
}

static void test_mobo(void **state)
{
    (void)state;
    check_all(eco_sampler_find("mobo"), MOBO_STEP);
}

static void test_others(void **state)
{
    (void)state;
    size_t n = 0;
    const eco_sampler_ops *const *samplers = eco_sampler_list(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(samplers[i]->name, "mobo") != 0)
            check_all(samplers[i], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mobo),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
