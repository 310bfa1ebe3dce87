/*
 * The promise of a point: posterior of what is not known, front of what is.
 *
 * The models are those that reports use (trial_model), not the acquisition's: no pending points,
 * no failures filled in. A point that is being judged has been chosen already, so the question is
 * about its values alone.
 */
#include "sampler/promise.h"

#include "core/arena.h"
#include "pareto/chance.h"
#include "pareto/cost.h"
#include "sampler/mobo_data.h"
#include "sampler/trial_model.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

/* The point's costs as normal variables, each on the scale on which it is one. */
typedef struct outlook {
    double mean[ECOPT_MAX_OBJECTIVES], sd[ECOPT_MAX_OBJECTIVES];
    bool is_log[ECOPT_MAX_OBJECTIVES];
} outlook;

/* Infeasible trials count: the models learn from them. */
static size_t count_complete(const eco_history *history)
{
    size_t n = 0;
    for (size_t i = 0; i < history->n; i++)
        n += history->observations[i].state == ECO_OBSERVED_COMPLETE;
    return n;
}

/* False when an objective is neither known nor modelled. */
static ecopt_status look_out(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                             const eco_observation *known, outlook *ret, bool *ret_is_whole)
{
    *ret_is_whole = true;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        eco_trial_outlook at = {eco_cost(objective, known->y[k]),
                                eco_cost_se(objective, known->y[k], known->y_se[k]), false};
        if (isnan(at.mean))
            ECO_TRY(eco_trial_model_at(ctx, problem, history, k, known->x, &at));
        ret->mean[k] = at.mean;
        ret->sd[k] = at.sd;
        ret->is_log[k] = at.is_log;
        *ret_is_whole = *ret_is_whole && !isnan(ret->mean[k]);
    }
    return ECOPT_OK;
}

/* Feasible trials on the scales of the outlook, thinned to their front; room for all. */
static ecopt_status front_take(eco_arena *arena, const eco_problem *problem,
                               const eco_history *history, const outlook *look, eco_chance *chance)
{
    size_t m = problem->n_objectives, n = 0, n_front = 0;
    double *cost = eco_arena_alloc(arena, history->n * m + 1, sizeof *cost);
    double *sd = eco_arena_alloc(arena, history->n * m + 1, sizeof *sd);
    size_t *index = eco_arena_alloc(arena, history->n + 1, sizeof *index);
    if (!cost || !sd || !index)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        bool is_usable = eco_mobo_is_feasible(problem, o);
        for (size_t k = 0; k < m && is_usable; k++) {
            double value = eco_observed_cost(problem, o, k);
            double se = eco_cost_se(&problem->objectives[k], o->y[k], o->y_se[k]);
            cost[n * m + k] = look->is_log[k] ? log(value) : value;
            sd[n * m + k] = look->is_log[k] ? se / value : se;
            is_usable = !isnan(cost[n * m + k]);
        }
        n += is_usable;
    }
    ECO_TRY(ecopt_nondominated(arena->ctx, n, m, cost, index, &n_front));
    for (size_t i = 0; i < n_front; i++) {
        memmove(cost + i * m, cost + index[i] * m, m * sizeof *cost);
        memmove(sd + i * m, sd + index[i] * m, m * sizeof *sd);
    }
    *chance = (eco_chance){
        .m = m, .mean = look->mean, .sd = look->sd, .n = n_front, .front = cost, .front_sd = sd};
    return ECOPT_OK;
}

ecopt_status eco_sampler_promise(ecopt_ctx *ctx, const eco_problem *problem,
                                 const eco_history *history, const eco_observation *known,
                                 double *ret_chance)
{
    outlook look;
    bool is_whole = false;
    eco_chance chance = {0};
    eco_arena arena = ECO_ARENA_INIT(ctx);
    if (problem->n_objectives > ECOPT_MAX_OBJECTIVES)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%zu objectives given, at most %d are possible",
                        problem->n_objectives, ECOPT_MAX_OBJECTIVES);
    size_t n = count_complete(history);
    if (n == 0 || n < problem->n_init) {
        *ret_chance = (double)NAN;
        return ECOPT_OK;
    }
    ECO_TRY(look_out(ctx, problem, history, known, &look, &is_whole));
    ecopt_status status =
        is_whole ? front_take(&arena, problem, history, &look, &chance) : ECOPT_OK;
    if (status == ECOPT_OK && is_whole) {
        eco_rng rng;
        eco_rng_init(&rng, problem->seed, ECO_STREAM_CHANCE, history->trial);
        *ret_chance = eco_chance_on_front(&chance, &rng, ECO_CHANCE_DRAWS);
    } else if (status == ECOPT_OK) {
        *ret_chance = (double)NAN;
    }
    eco_arena_release(&arena);
    return status;
}
