/*
 * What the models say of a study's trials, from a snapshot: no lock, no store, nothing is written.
 *
 * A snapshot has the trials as the store keeps them; here they become observations once more, as
 * history.c does for the loop.  The models work on costs, and people think in the metrics' units:
 * means are turned back exactly, half widths to first order.
 */
#include "core/arena.h"
#include "pareto/cost.h"
#include "sampler/trial_model.h"
#include "space/space.h"
#include "study/study_impl.h"

#include <math.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054

/* The public struct with the arena that its arrays live in. */
typedef struct modelled_block {
    ecopt_modelled view; /* first */
    eco_arena arena;
    double *mean, *u95;
    bool *is_log, *is_outlier;
} modelled_block;

/* One trial's values; the codes are parsed anew, for a snapshot has texts. */
static ecopt_status observe(ecopt_ctx *ctx, const ecopt_definition *definition, eco_arena *arena,
                            const ecopt_trial *trial, eco_observation *ret)
{
    size_t d = ecopt_space_n_params(definition->space), m = definition->n_objectives;
    double *x = eco_arena_alloc(arena, d + 2 * m + 1, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    double *y = x + d, *se = y + m;
    /* A model says nothing of a point that cannot be: any other stands in, and its answer is
     * dropped (fill). */
    bool is_inside = !trial->is_outside;
    if (is_inside)
        ECO_TRY(ecopt_space_parse_point(ctx, definition->space, trial->point, x));
    else
        (void)eco_space_default(definition->space, x);
    for (size_t k = 0; k < m; k++) {
        const ecopt_metric_value *metric =
            ecopt_trial_metric(trial, definition->objectives[k].metric);
        y[k] = metric && is_inside ? metric->value : (double)NAN;
        se[k] = metric && is_inside ? metric->u95 / Z95 : (double)NAN;
    }
    *ret = (eco_observation){.x = x,
                             .y = y,
                             .y_se = se,
                             .state = trial->state == ECOPT_TRIAL_COMPLETE && is_inside
                                          ? ECO_OBSERVED_COMPLETE
                                          : ECO_OBSERVED_FAILED,
                             .spent_j = (double)NAN};
    return ECOPT_OK;
}

/* From costs to the metrics' own units; d 10^c / dc = 10^c ln 10. */
static void to_units(const ecopt_definition *definition, modelled_block *block)
{
    size_t m = definition->n_objectives;
    for (size_t i = 0; i < block->view.n_trials * m; i++) {
        const ecopt_objective *objective = &definition->objectives[i % m];
        double value = eco_cost_value(objective, block->mean[i]);
        double slope = objective->scale == ECOPT_SCALE_LOG ? value * log(10) : 1;
        block->mean[i] = value;
        block->u95[i] *= Z95 * slope;
    }
}

/* Every trial is looked up, also one that is not over: a model has something to say of it. */
static ecopt_status fill(ecopt_ctx *ctx, const ecopt_definition *definition,
                         const ecopt_snapshot *snapshot, modelled_block *block)
{
    size_t n = snapshot->n_trials, m = definition->n_objectives;
    eco_observation *observations = eco_arena_alloc(&block->arena, n + 1, sizeof *observations);
    block->mean = eco_arena_alloc(&block->arena, n * m + 1, sizeof(double));
    block->u95 = eco_arena_alloc(&block->arena, n * m + 1, sizeof(double));
    block->is_log = eco_arena_alloc(&block->arena, m, sizeof(bool));
    block->is_outlier = eco_arena_alloc(&block->arena, n * m + 1, sizeof(bool));
    if (!observations || !block->mean || !block->u95 || !block->is_log || !block->is_outlier)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        ECO_TRY(observe(ctx, definition, &block->arena, &snapshot->trials[i], &observations[i]));
    eco_problem problem = eco_study_problem(definition);
    const eco_history history = {.n = n, .observations = observations, .trial = n + 1};
    ECO_TRY(eco_trial_model(ctx, &problem, &history, block->mean, block->u95, block->is_log,
                            block->is_outlier));
    block->view = (ecopt_modelled){n, m, block->mean, block->u95, block->is_log, block->is_outlier};
    to_units(definition, block);
    for (size_t i = 0; i < n * m; i++)
        if (snapshot->trials[i / m].is_outside)
            block->mean[i] = block->u95[i] = (double)NAN;
    return ECOPT_OK;
}

ecopt_status ecopt_modelled_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, ecopt_modelled **ret_modelled)
{
    modelled_block *block = eco_alloc(ctx, 1, sizeof *block);
    if (!block)
        return ECOPT_E_NOMEM;
    block->arena = (eco_arena)ECO_ARENA_INIT(ctx);
    ecopt_status status = fill(ctx, definition, snapshot, block);
    if (status != ECOPT_OK) {
        ecopt_modelled_free(ctx, &block->view);
        return status;
    }
    *ret_modelled = &block->view;
    return ECOPT_OK;
}

void ecopt_modelled_free(ecopt_ctx *ctx, ecopt_modelled *modelled)
{
    /* The view is the block's first member. */
    modelled_block *block = (modelled_block *)modelled;
    if (!block)
        return;
    eco_arena_release(&block->arena);
    eco_free(ctx, block);
}
