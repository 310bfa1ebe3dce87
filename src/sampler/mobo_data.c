#include "sampler/mobo_data.h"

#include "core/rng.h"
#include "pareto/cost.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <stdlib.h>

/* Only what came to its end has values that may stand on a front. */
static bool is_complete(const eco_observation *o)
{
    return o->state == ECO_OBSERVED_COMPLETE;
}

/* A constraint without a value is not kept: whoever asks for a bound wants it known. */
bool eco_mobo_is_feasible(const eco_problem *problem, const eco_observation *o)
{
    if (!is_complete(o))
        return false;
    for (size_t c = 0; c < problem->n_constraints; c++) {
        const ecopt_constraint *constraint = &problem->constraints[c];
        bool holds = constraint->relation == ECOPT_AT_LEAST ? o->c[c] >= constraint->bound
                                                            : o->c[c] <= constraint->bound;
        if (!holds)
            return false;
    }
    return true;
}

/* So far from zero that no posterior can tell it from infinity: sums and ranges would overflow. */
static const double COST_MAX = 1e306;

double eco_observed_cost(const eco_problem *problem, const eco_observation *o, size_t k)
{
    bool has_values = is_complete(o) || o->state == ECO_OBSERVED_PARTIAL;
    double cost = has_values ? eco_cost(&problem->objectives[k], o->y[k]) : (double)NAN;
    return isfinite(cost) ? fmin(fmax(cost, -COST_MAX), COST_MAX) : (double)NAN;
}

static double cost_of(const eco_problem *problem, const eco_history *history, size_t i, size_t k)
{
    return eco_observed_cost(problem, &history->observations[i], k);
}

void eco_mobo_reference(const eco_problem *problem, const eco_history *history,
                        const double *reference, double *ret_cost)
{
    for (size_t k = 0; k < problem->n_objectives; k++) {
        ret_cost[k] = eco_cost(&problem->objectives[k], reference[k]);
        if (isfinite(ret_cost[k]))
            continue;
        double worst = -HUGE_VAL;
        for (size_t i = 0; i < history->n; i++)
            worst = fmax(worst, cost_of(problem, history, i, k));
        ret_cost[k] = isfinite(worst) ? worst + 0.1 * fabs(worst) + 1e-6 : 0;
    }
}

/* For qsort; values are finite here. */
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Far on the bad side a value says "bad" and no more; left alone it would stretch the scale on
 * which the model sees the good ones. */
void eco_series_clip(size_t n, double *value, double reference, double *work)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            work[count++] = value[i];
    if (count < 5)
        return;
    qsort(work, count, sizeof *work, by_value);
    double lower = work[count / 4], upper = fmax(work[3 * count / 4], reference);
    double fence = upper + 1.5 * (upper - lower);
    for (size_t i = 0; i < n; i++)
        if (value[i] > fence)
            value[i] = fence;
}

void eco_series_objective(const eco_problem *problem, const eco_history *history, size_t k,
                          double reference, double *work, eco_series *series)
{
    const ecopt_objective *objective = &problem->objectives[k];
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        series->value[i] = cost_of(problem, history, i, k);
        series->se[i] = eco_cost_se(objective, o->y[k], o->y_se[k]);
    }
    eco_series_clip(history->n, series->value, reference, work);
}

/* Weights spread evenly over the simplex: normalised exponential deviates. */
static void weights_draw(const eco_problem *problem, const eco_history *history, double *weight)
{
    eco_rng rng;
    double sum = 0;
    eco_rng_init(&rng, problem->seed, ECO_STREAM_WEIGHTS, history->trial);
    for (size_t k = 0; k < problem->n_objectives; k++)
        sum += weight[k] = -log1p(-eco_rng_uniform(&rng)) + 1e-12;
    for (size_t k = 0; k < problem->n_objectives; k++)
        weight[k] /= sum;
}

void eco_series_scalarised(const eco_problem *problem, const eco_history *history,
                           eco_series *series)
{
    size_t n = history->n, m = problem->n_objectives;
    double weight[ECOPT_MAX_OBJECTIVES], low[ECOPT_MAX_OBJECTIVES], high[ECOPT_MAX_OBJECTIVES];
    weights_draw(problem, history, weight);
    for (size_t k = 0; k < m; k++) {
        low[k] = HUGE_VAL;
        high[k] = -HUGE_VAL;
        for (size_t i = 0; i < n; i++) {
            low[k] = fmin(low[k], cost_of(problem, history, i, k));
            high[k] = fmax(high[k], cost_of(problem, history, i, k));
        }
    }
    for (size_t i = 0; i < n; i++) {
        double most = -HUGE_VAL, sum = 0;
        for (size_t k = 0; k < m; k++) {
            /* Halved first: the range of 1e308 and -1e308 is no number. */
            double range = 0.5 * high[k] - 0.5 * low[k];
            double z = (0.5 * cost_of(problem, history, i, k) - 0.5 * low[k]);
            z = weight[k] * (range > 0 ? z / range : 0 * z);
            most = isnan(z) ? z : fmax(most, z);
            sum += z;
        }
        series->value[i] = most + 0.05 * sum; /* NaN when any objective is missing */
        series->se[i] = (double)NAN;
    }
}

double eco_series_constraint(const eco_problem *problem, const eco_history *history, size_t c,
                             double *work, eco_series *series)
{
    const ecopt_constraint *constraint = &problem->constraints[c];
    double sign = constraint->relation == ECOPT_AT_LEAST ? -1 : 1;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        double value = is_complete(o) ? sign * o->c[c] : (double)NAN;
        series->value[i] = isfinite(value) ? value : (double)NAN;
        series->se[i] = 0;
    }
    eco_series_clip(history->n, series->value, sign * constraint->bound, work);
    return sign * constraint->bound;
}

bool eco_series_failure(const eco_history *history, eco_series *series)
{
    size_t n_failed = 0, n_known = 0;
    for (size_t i = 0; i < history->n; i++) {
        eco_observed state = history->observations[i].state;
        bool is_known = state != ECO_OBSERVED_UNKNOWN;
        bool is_failed = state == ECO_OBSERVED_FAILED || state == ECO_OBSERVED_INFEASIBLE;
        series->value[i] = is_failed ? 1 : is_known ? 0 : (double)NAN;
        series->se[i] = 0;
        n_known += is_known;
        n_failed += is_failed;
    }
    return n_failed > 0 && n_failed < n_known;
}

/* In logarithms: joules of trials spread over decades. False where none is known. */
bool eco_series_spent(const eco_history *history, eco_series *series)
{
    bool is_known = false;
    for (size_t i = 0; i < history->n; i++) {
        double spent = history->observations[i].spent_j;
        series->value[i] = spent > 0 && isfinite(spent) ? log(spent) : (double)NAN;
        series->se[i] = 0;
        is_known = is_known || !isnan(series->value[i]);
    }
    return is_known;
}
