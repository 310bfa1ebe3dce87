/*
 * Bounds are judged on the values as they were measured. A value whose interval reaches over its
 * bound still keeps it: the report shows the interval, and who needs a margin writes a tighter
 * bound.
 */
#include "analysis/pick.h"

#include "analysis/front.h"

#include <ecopt/pareto.h>
#include <math.h>

/* How far beyond the bound, in the metric's unit; 0 within, NaN without a value. */
static double miss_of(const ecopt_bound *bound, const ecopt_trial *trial, double *ret_value)
{
    const ecopt_metric_value *metric = ecopt_trial_metric(trial, bound->metric);
    *ret_value = metric ? metric->value : (double)NAN;
    double miss =
        bound->relation == ECOPT_AT_MOST ? *ret_value - bound->value : bound->value - *ret_value;
    /* fmax would turn the NaN into 0. */
    return miss < 0 ? 0 : miss;
}

bool eco_trial_keeps(const ecopt_definition *definition, const ecopt_trial *trial,
                     const ecopt_pick *pick)
{
    double value;
    if (!eco_trial_is_feasible(definition, trial))
        return false;
    for (size_t i = 0; i < pick->n_bounds; i++)
        if (!(miss_of(&pick->bounds[i], trial, &value) <= 0))
            return false;
    return true;
}

/* The largest miss of one trial, as a ratio of the bound: 10 J of 1 kJ are less than 0.2 of 0.9. */
static bool largest_miss(const ecopt_trial *trial, const ecopt_pick *pick, eco_near_miss *ret)
{
    *ret = (eco_near_miss){.is_known = true, .miss_ratio = -1};
    for (size_t i = 0; i < pick->n_bounds; i++) {
        double value, size = fabs(pick->bounds[i].value);
        double miss = miss_of(&pick->bounds[i], trial, &value);
        double ratio = size > 0 ? miss / size : miss;
        if (isnan(ratio))
            return false;
        if (ratio <= ret->miss_ratio)
            continue;
        ret->bound = i;
        ret->value = value;
        ret->miss = miss;
        ret->miss_ratio = ratio;
    }
    return pick->n_bounds > 0;
}

void eco_near_miss_find(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                        const ecopt_pick *pick, eco_near_miss *ret_miss)
{
    eco_near_miss best = {.is_known = false}, one;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        if (!eco_trial_is_feasible(definition, &snapshot->trials[i]) ||
            !largest_miss(&snapshot->trials[i], pick, &one))
            continue;
        if (best.is_known && one.miss_ratio >= best.miss_ratio)
            continue;
        best = one;
        best.trial = i;
    }
    *ret_miss = best;
}

/* Bounds on any metric are kept by leaving trials out, so the choice itself has none. */
static size_t gather(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                     const ecopt_pick *pick, size_t *trials, double *y)
{
    size_t n = 0, m = definition->n_objectives;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        if (!eco_trial_keeps(definition, &snapshot->trials[i], pick))
            continue;
        for (size_t k = 0; k < m; k++) {
            const ecopt_objective *objective = &definition->objectives[k];
            double value = eco_objective_value(objective, &snapshot->trials[i]);
            y[n * m + k] = objective->goal == ECOPT_GOAL_MAX ? -value : value;
        }
        trials[n++] = i;
    }
    return n;
}

ecopt_status eco_pick_best(ecopt_ctx *ctx, const ecopt_definition *definition,
                           const ecopt_snapshot *snapshot, const ecopt_pick *pick, size_t best,
                           size_t *ret_trial)
{
    size_t m = definition->n_objectives, row = 0;
    double bound[ECOPT_MAX_OBJECTIVES];
    for (size_t k = 0; k < ECOPT_MAX_OBJECTIVES; k++)
        bound[k] = (double)INFINITY;
    size_t *trials = eco_alloc(ctx, snapshot->n_trials + 1, sizeof *trials);
    double *y = eco_alloc(ctx, snapshot->n_trials * m + 1, sizeof *y);
    ecopt_status status = trials && y ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK) {
        size_t n = gather(definition, snapshot, pick, trials, y);
        status = ecopt_pick_within(ctx, n, m, y, best, bound, &row);
    }
    if (status == ECOPT_OK)
        *ret_trial = trials[row];
    eco_free(ctx, trials);
    eco_free(ctx, y);
    return status;
}
