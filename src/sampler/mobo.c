/*
 * Multi-objective Bayesian optimisation: initial design, then the point of largest expected
 * hypervolume improvement under Gaussian process models.
 *
 * The first n_init trials are the default point (when the space has one of its own) and scrambled
 * Sobol points.  So are later ones as long as an objective has no value at all, or none is feasible
 * and a constraint has none.
 */
#include "sampler/mobo_model.h"

#include "pareto/cost.h"

#include <math.h>

/* Default first; then Sobol. */
static ecopt_status initial(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion)
{
    suggestion->origin = "default";
    if (history->n + history->n_pending == 0 && eco_space_default(problem->space, suggestion->x) &&
        eco_points_is_new(problem, history, suggestion->x))
        return ECOPT_OK;
    suggestion->origin = "sobol";
    return eco_points_sobol(ctx, problem, history, suggestion->x);
}

/* Hands on where the front has outgrown the reference point.  A scalarised model knows no front. */
static void reference_extend(const eco_mobo *mobo, double *reference)
{
    const eco_problem *problem = mobo->problem;
    for (size_t k = 0; k < problem->n_objectives && mobo->m == problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        double value = eco_cost_value(objective, mobo->in_force[k]);
        if (!objective->has_threshold && isfinite(value) &&
            mobo->in_force[k] > eco_cost(objective, reference[k]))
            reference[k] = value;
    }
}

/* What the point found is expected to add. */
static ecopt_status promise(eco_mobo *mobo, eco_suggestion *suggestion)
{
    eco_mobo_work work;
    double *f = eco_arena_alloc(&mobo->arena, mobo->d, sizeof *f);
    if (!f)
        return ECOPT_E_NOMEM;
    ECO_TRY(eco_mobo_work_init(mobo, &work));
    eco_space_features(mobo->problem->space, suggestion->x, f);
    suggestion->gain_ratio = eco_mobo_gain(mobo, &work, f);
    return ECOPT_OK;
}

static ecopt_status suggest(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion)
{
    size_t n_dims = eco_space_n_dims(problem->space);
    if (history->n + history->n_pending < problem->n_init || n_dims == 0)
        return initial(ctx, problem, history, suggestion);
    eco_mobo mobo;
    ecopt_status status = eco_mobo_init(ctx, problem, history, suggestion->reference, &mobo);
    if (status == ECOPT_OK && eco_mobo_is_blind(&mobo))
        status = ECOPT_E_NOT_FOUND;
    bool is_check = status == ECOPT_OK && mobo.outliers.doubtful < history->n &&
                    eco_outliers_check(ctx, problem, history, mobo.outliers.doubtful,
                                       suggestion->x) == ECOPT_OK;
    if (status == ECOPT_OK && !is_check)
        status = eco_mobo_search_run(&mobo, suggestion->x);
    if (status == ECOPT_OK)
        reference_extend(&mobo, suggestion->reference);
    if (status == ECOPT_OK && !is_check && problem->wants_gain)
        status = promise(&mobo, suggestion);
    eco_mobo_release(&mobo);
    suggestion->origin = is_check ? "check" : "mobo";
    if (status == ECOPT_OK || status == ECOPT_E_NOMEM || status == ECOPT_E_ARG)
        return status;
    /* No values yet, no model, or no new candidate: an evenly spread point is never wrong. */
    return initial(ctx, problem, history, suggestion);
}

const eco_sampler_ops eco_sampler_mobo = {
    .name = "mobo",
    .summary = "Bayesian optimisation by expected hypervolume improvement",
    .suggest = suggest};
