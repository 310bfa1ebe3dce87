#include "pareto/chance.h"

#include <ecopt/pareto.h>
#include <math.h>

/* One draw of a cost.  Exact ones take no random number, so that a study without noise is the same
 * whatever the number of draws. */
static double draw(double mean, double sd, eco_rng *rng)
{
    return sd > 0 ? mean + sd * eco_rng_normal(rng) : mean;
}

/* True when front point j, drawn, dominates x.  All of its costs are drawn even when the first one
 * decides: the next point's draws would else depend on this comparison. */
static bool is_dominated_by(const eco_chance *chance, size_t j, const double *x, eco_rng *rng)
{
    bool is_no_worse = true, is_better = false;
    for (size_t k = 0; k < chance->m; k++) {
        size_t at = j * chance->m + k;
        double sd = chance->front_sd ? chance->front_sd[at] : 0;
        double cost = draw(chance->front[at], sd, rng);
        is_no_worse = is_no_worse && cost <= x[k];
        is_better = is_better || cost < x[k];
    }
    return is_no_worse && is_better;
}

double eco_chance_on_front(const eco_chance *chance, eco_rng *rng, size_t n_draws)
{
    double x[ECOPT_MAX_OBJECTIVES];
    size_t n_free = 0;
    for (size_t k = 0; k < chance->m; k++)
        if (isnan(chance->mean[k]))
            return (double)NAN;
    for (size_t i = 0; i < n_draws; i++) {
        bool is_dominated = false;
        for (size_t k = 0; k < chance->m; k++)
            x[k] = draw(chance->mean[k], chance->sd[k], rng);
        for (size_t j = 0; j < chance->n; j++)
            is_dominated = is_dominated_by(chance, j, x, rng) || is_dominated;
        n_free += !is_dominated;
    }
    return (double)n_free / (double)n_draws;
}
