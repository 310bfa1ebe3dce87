#include "pareto/order.h"

#include <math.h>

/* Both sets must have points; those of the reference set must be finite, those of y may be +inf. */
static ecopt_status check_sets(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t n_target,
                               const double *target)
{
    if (n == 0 || n_target == 0)
        return eco_fail(ctx, ECOPT_E_ARG, "a quality indicator of an empty %s",
                        n == 0 ? "set" : "reference set");
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    ECO_TRY(eco_pareto_check(ctx, n_target, m, target, true));
    for (size_t i = 0; i < n_target * m; i++)
        if (!isfinite(target[i]))
            return eco_fail(ctx, ECOPT_E_RANGE,
                            "objective %zu of reference point %zu is not finite", i % m, i / m);
    return ECOPT_OK;
}

ecopt_status ecopt_epsilon_additive(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                    size_t n_target, const double *target, double *ret_epsilon)
{
    ECO_TRY(check_sets(ctx, n, m, y, n_target, target));
    double epsilon = -HUGE_VAL;
    for (size_t j = 0; j < n_target; j++) {
        double best = HUGE_VAL;
        /* A point that is no better than the worst target so far cannot raise the result. */
        for (size_t i = 0; i < n && best > epsilon; i++) {
            double shift = -HUGE_VAL;
            for (size_t k = 0; k < m; k++)
                shift = fmax(shift, y[i * m + k] - target[j * m + k]);
            best = fmin(best, shift);
        }
        epsilon = fmax(epsilon, best);
    }
    *ret_epsilon = epsilon;
    return ECOPT_OK;
}

/* Euclidean distance from a target to a point; with is_plus only what is worse counts. */
static double distance(size_t m, const double *row, const double *target, bool is_plus)
{
    double sum = 0;
    for (size_t k = 0; k < m; k++) {
        double d = row[k] - target[k];
        d = is_plus && d < 0 ? 0 : d;
        sum += d * d;
    }
    if (sum > 1e-280 && sum < HUGE_VAL)
        return sqrt(sum);
    /* Squares may have vanished or overflowed. */
    sum = 0;
    for (size_t k = 0; k < m; k++) {
        double d = row[k] - target[k];
        sum = hypot(sum, is_plus && d < 0 ? 0 : d);
    }
    return sum;
}

static double mean_distance(size_t n, size_t m, const double *y, size_t n_target,
                            const double *target, bool is_plus)
{
    double mean = 0;
    for (size_t j = 0; j < n_target; j++) {
        double nearest = HUGE_VAL;
        for (size_t i = 0; i < n; i++)
            nearest = fmin(nearest, distance(m, y + i * m, target + j * m, is_plus));
        mean += nearest / (double)n_target; /* the sum itself may overflow */
    }
    return mean;
}

ecopt_status ecopt_igd(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t n_target,
                       const double *target, double *ret_igd)
{
    ECO_TRY(check_sets(ctx, n, m, y, n_target, target));
    *ret_igd = mean_distance(n, m, y, n_target, target, false);
    return ECOPT_OK;
}

ecopt_status ecopt_igd_plus(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t n_target,
                            const double *target, double *ret_igd)
{
    ECO_TRY(check_sets(ctx, n, m, y, n_target, target));
    *ret_igd = mean_distance(n, m, y, n_target, target, true);
    return ECOPT_OK;
}
