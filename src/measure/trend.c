/*
 * Trends: whether a machine is warm, and whether it drifted.
 */
#include <ecopt/measure.h>

#include "num/student.h"

#include <math.h>

/* A change below that share of the mean is no trend worth waiting for, however certain: a model has
 * no noise, and a last digit that creeps would keep the warm-up going. */
static const double change_min_ratio = 1e-3;

ecopt_trend ecopt_trend_of(const double *values, size_t n)
{
    ecopt_trend trend = {(double)NAN, (double)NAN, false};
    if (n < 3)
        return trend;
    double centre = 0.5 * (double)(n - 1), mean = 0.0, sxx = 0.0, sxy = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double x = (double)i - centre;
        sxx += x * x;
        sxy += x * (values[i] - mean);
    }
    double slope = sxy / sxx;
    for (size_t i = 0; i < n; i++) {
        double rest = values[i] - mean - slope * ((double)i - centre);
        squares += rest * rest;
    }
    double freedom = (double)(n - 2), span = (double)(n - 1);
    trend.change = slope * span;
    trend.u95 = eco_student_quantile(0.975, freedom) * sqrt(squares / freedom / sxx) * span;
    trend.is_certain =
        fabs(trend.change) > trend.u95 && fabs(trend.change) > change_min_ratio * fabs(mean);
    return trend;
}

bool ecopt_power_is_flat(const double *power_w, size_t n)
{
    if (n < ECOPT_WARMUP_SPAN)
        return false;
    ecopt_trend trend = ecopt_trend_of(power_w + (n - ECOPT_WARMUP_SPAN), ECOPT_WARMUP_SPAN);
    return !isnan(trend.u95) && !trend.is_certain;
}
