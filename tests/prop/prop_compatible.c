/*
 * After any compatible change of a study: every trial is still there and reads back, what the
 * definition does not allow is marked and kept from the sampler, the suggestion is the same however
 * often it is asked for, and lies in the space as it is now.
 */
#include "core/rng.h"
#include "space/space.h"
#include "study/study_impl.h"
#include "support/small_study.h"

#include <ecopt/outside.h>
#include <stdlib.h>

enum { SEQUENCES = 10, CHANGES = 5, TRIALS = 7, PARAMS = 4 };

/* A study whose space changes: x always, then k, c and w as they come. */
typedef struct world {
    eco_small_study *small;
    eco_rng rng;
    ecopt_param params[PARAMS];
    ecopt_value values[5];
    size_t n; /* parameters */
    char constraint[64];
    size_t n_outside; /* seen so far */
} world;

static const char *const samplers[] = {"random", "sobol", "mobo", "nsga2"};

static uint64_t below(world *w, uint64_t n)
{
    return eco_rng_below(&w->rng, n);
}

static void start_params(world *w)
{
    static const char *const texts[] = {"a", "b c", "d", "e", "f"};
    for (size_t i = 0; i < ECO_LEN(texts); i++)
        w->values[i] = (ecopt_value){ECOPT_VALUE_STRING, (double)NAN, texts[i]};
    w->params[0] = (ecopt_param){.name = "x", .type = ECOPT_PARAM_FLOAT, .max = 1};
    w->params[1] = (ecopt_param){.name = "k", .type = ECOPT_PARAM_INT, .min = 1, .max = 40};
    w->params[2] = (ecopt_param){.name = "c",
                                 .type = ECOPT_PARAM_CHOICE,
                                 .n_values = 2,
                                 .values = w->values,
                                 .has_default = true,
                                 .default_code = 1};
    w->params[3] = (ecopt_param){.name = "w",
                                 .type = ECOPT_PARAM_FLOAT,
                                 .min = -1,
                                 .max = 3,
                                 .has_default = true,
                                 .default_code = 0.5,
                                 .when = "k > 3"};
    w->n = 2;
    w->constraint[0] = '\0';
}

/* One of the changes that may be made; what cannot be made now is left out. */
static void change_params(world *w)
{
    ecopt_param *x = &w->params[0], *k = &w->params[1];
    switch (below(w, 7)) {
    case 0:
        x->min = 0.1 * (double)below(w, 4);
        x->max = x->min + 0.3 + 0.1 * (double)below(w, 6);
        break;
    case 1:
        k->min = 1 + (double)below(w, 6);
        k->max = k->min + 6 + (double)below(w, 40);
        k->is_log = !k->is_log;
        break;
    case 2:
    case 3:
        w->n += w->n < PARAMS;
        break;
    case 4:
        w->params[2].n_values = 2 + below(w, 4);
        w->params[2].is_ordered = !w->params[2].is_ordered;
        break;
    case 5:
        (void)snprintf(w->constraint, sizeof w->constraint, "x * k <= %d", 4 + (int)below(w, 30));
        break;
    default:
        w->constraint[0] = '\0';
        w->params[3].default_code = 0.25;
    }
}

static ecopt_space *make_space(world *w)
{
    ecopt_ctx *ctx = w->small->ctx;
    ecopt_space *space = NULL;
    assert_status(ctx, eco_space_new(ctx, w->params, w->n, &space), ECOPT_OK);
    if (w->constraint[0])
        assert_status(ctx, eco_space_add_constraint(ctx, space, w->constraint), ECOPT_OK);
    return space;
}

/* The next point of the sampler, twice, with two readings of the history. */
static void suggest(world *w, ecopt_study *study, double *x)
{
    double reference[ECOPT_MAX_OBJECTIVES], again[PARAMS];
    for (int i = 0; i < 2; i++) {
        eco_study_view view;
        eco_suggestion suggestion = {.x = i ? again : x, .reference = reference};
        assert_status(w->small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
        assert_status(w->small->ctx,
                      eco_sampler_suggest(w->small->ctx, study->sampler, &study->problem,
                                          &view.history, &suggestion),
                      ECOPT_OK);
        eco_study_view_release(study, &view);
    }
    assert_memory_equal(x, again, w->n * sizeof *x);
}

/* Suggests, checks and adds a trial with an outcome; some wait. */
static void add_trial(world *w, ecopt_study *study, bool may_wait)
{
    ecopt_ctx *ctx = w->small->ctx;
    const ecopt_space *space = study->definition->space;
    double x[PARAMS];
    char *point = NULL;
    suggest(w, study, x);
    assert_true(eco_space_is_allowed(space, x));
    for (size_t i = 0; i < w->n; i++)
        if (w->params[i].type != ECOPT_PARAM_CHOICE)
            assert_true(x[i] >= w->params[i].min && x[i] <= w->params[i].max);
    assert_status(ctx, ecopt_space_point_text(ctx, space, x, &point), ECOPT_OK);
    const ecopt_metric_value metrics[] = {{"a", x[0], NAN}, {"b", x[1], NAN}};
    ecopt_outside_row row = {
        .point = point, .state = ECOPT_TRIAL_COMPLETE, .n_metrics = 2, .metrics = metrics};
    if (may_wait && below(w, 5) == 0)
        row = (ecopt_outside_row){.point = point, .state = ECOPT_TRIAL_QUEUED};
    assert_status(ctx, ecopt_study_add(study, &row, 1, NULL, NULL), ECOPT_OK);
    ecopt_text_free(ctx, point);
}

/* Every trial is whole; those outside are marked, wait no more, and are no observations. */
static void check_history(world *w, ecopt_study *study, size_t n_trials)
{
    ecopt_ctx *ctx = w->small->ctx;
    const ecopt_space *space = study->definition->space;
    ecopt_snapshot *snapshot = NULL;
    eco_study_view view;
    size_t n_over = 0;
    assert_status(ctx, ecopt_study_snapshot(study, &snapshot), ECOPT_OK);
    assert_int_equal(snapshot->n_trials, n_trials);
    for (size_t i = 0; i < n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        double x[PARAMS];
        ecopt_status status = ecopt_space_parse_point(ctx, space, trial->point, x);
        assert_int_equal(trial->is_outside, status == ECOPT_E_RANGE);
        assert_true(status == ECOPT_OK || status == ECOPT_E_RANGE);
        if (status == ECOPT_OK && trial->state != ECOPT_TRIAL_QUEUED)
            n_over++;
        w->n_outside += trial->is_outside;
        if (trial->is_outside)
            assert_int_not_equal(trial->state, ECOPT_TRIAL_QUEUED);
        /* No parameter is missing, whatever their defaults are now. */
        for (size_t k = 0; k < w->n; k++) {
            char name[8];
            (void)snprintf(name, sizeof name, "%s=", w->params[k].name);
            assert_non_null(strstr(trial->point, name));
        }
        if (trial->state == ECOPT_TRIAL_COMPLETE)
            assert_non_null(ecopt_trial_metric(trial, "a"));
    }
    assert_status(ctx, eco_study_view_init(study, &view), ECOPT_OK);
    assert_int_equal(view.n, n_trials);
    assert_int_equal(view.history.n, n_over);
    eco_study_view_release(study, &view);
    ecopt_snapshot_free(ctx, snapshot);
}

/* @return trials that were seen outside, each time they were */
static size_t run_sequence(uint64_t seed)
{
    eco_small_study small;
    world w = {.small = &small};
    size_t n_trials = 0;
    eco_rng_init(&w.rng, 99, 1, seed);
    eco_small_study_init(&small, 40, true);
    start_params(&w);
    small.definition.sampler = samplers[seed % ECO_LEN(samplers)];
    small.definition.budget.init = 4;
    const ecopt_space *own = small.definition.space;
    for (int i = 0; i < CHANGES; i++) {
        ecopt_space *space = make_space(&w);
        ecopt_study *study = NULL;
        small.definition.space = space;
        ecopt_status status = ecopt_study_open(small.ctx, &small.definition, NULL, &study);
        if (status != ECOPT_OK)
            fail_msg("seed %d change %d: %s", (int)seed, i, ecopt_ctx_errmsg(small.ctx));
        check_history(&w, study, n_trials);
        for (int k = 0; k < TRIALS; k++, n_trials++)
            add_trial(&w, study, i < CHANGES - 1);
        check_history(&w, study, n_trials);
        assert_status(small.ctx, ecopt_study_close(study), ECOPT_OK);
        small.definition.space = own;
        eco_space_free(small.ctx, space);
        change_params(&w);
    }
    eco_small_study_release(&small);
    return w.n_outside;
}

static void test_a_compatible_change_keeps_the_history(void **state)
{
    (void)state;
    size_t n_outside = 0;
    for (uint64_t seed = 0; seed < SEQUENCES; seed++)
        n_outside += run_sequence(seed);
    assert_true(n_outside > SEQUENCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_compatible_change_keeps_the_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
