/*
 * The reference point: which trials count as worth having.
 *
 * A threshold of the user is taken as it is.  Without one the point must be found from few trials
 * and then stay, or the hypervolume of the study would change its meaning; so the study hands back
 * what it has kept, and only a coordinate that is not kept yet is inferred here.  Rule: of the
 * first n_init trials that have a value, the worst cost that is no outlier (Tukey's fence on the
 * bad side), plus a tenth of their range.  Wide on purpose: a reference close to the front cuts off
 * its extremes for good, a wide one only spends some trials far from the knee.
 */
#include "pareto/cost.h"
#include "sampler/sampler.h"

#include <math.h>

enum { INIT_MAX = 256 }; /* trials looked at; larger designs add nothing */

/* Quartile ranges that the best cost may lie below the first quartile: beyond, it is an error. */
static const double BEST_FENCE = 10;

/* Ascending insertion sort of a handful of costs. */
static void sort(size_t n, double *value)
{
    for (size_t i = 1; i < n; i++) {
        double moved = value[i];
        size_t j = i;
        for (; j > 0 && value[j - 1] > moved; j--)
            value[j] = value[j - 1];
        value[j] = moved;
    }
}

static double inferred(const eco_problem *problem, const eco_history *history, size_t k)
{
    double cost[INIT_MAX];
    size_t n = 0, wanted = problem->n_init < INIT_MAX ? problem->n_init : INIT_MAX;
    for (size_t i = 0; i < history->n && n < wanted; i++) {
        const eco_observation *o = &history->observations[i];
        double value = eco_cost(&problem->objectives[k], o->y[k]);
        if (o->state == ECO_OBSERVED_COMPLETE && isfinite(value))
            cost[n++] = value;
    }
    if (n == 0)
        return (double)NAN;
    sort(n, cost);
    double lower = cost[n / 4], upper = cost[3 * n / 4], worst = cost[n - 1];
    double fence = upper + 1.5 * (upper - lower);
    /* With fewer than five values no one can tell an outlier. */
    if (n >= 5 && worst > fence)
        worst = fence;
    double best = cost[0], best_fence = lower - BEST_FENCE * (upper - lower);
    if (n >= 5 && upper > lower && best < best_fence)
        best = best_fence;
    double range = worst - best;
    return worst + 0.1 * (range > 0 ? range : fmax(fabs(worst), 1e-6));
}

void eco_reference_point(const eco_problem *problem, const eco_history *history,
                         double *ret_reference)
{
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        if (objective->has_threshold)
            ret_reference[k] = objective->threshold;
        else if (history->reference && !isnan(history->reference[k]))
            ret_reference[k] = history->reference[k];
        else
            ret_reference[k] = eco_cost_value(objective, inferred(problem, history, k));
    }
}
