#include "pareto/cost.h"

#include <math.h>

double eco_cost(const ecopt_objective *objective, double value)
{
    if (objective->scale == ECOPT_SCALE_LOG)
        value = value > 0 ? log10(value) : (double)NAN;
    return objective->goal == ECOPT_GOAL_MAX ? -value : value;
}

double eco_cost_value(const ecopt_objective *objective, double cost)
{
    double value = objective->goal == ECOPT_GOAL_MAX ? -cost : cost;
    return objective->scale == ECOPT_SCALE_LOG ? pow(10, value) : value;
}

double eco_cost_se(const ecopt_objective *objective, double value, double value_se)
{
    if (objective->scale == ECOPT_SCALE_LINEAR)
        return value_se;
    /* d log10(v) = dv / (v ln 10) */
    return value > 0 ? value_se / (value * 2.302585092994046) : (double)NAN;
}
