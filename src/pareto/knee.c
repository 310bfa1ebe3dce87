#include "pareto/order.h"

#include <math.h>

/* Sum of the objectives scaled to [0, 1] over the front. */
static double scaled_sum(size_t m, const double *y, const double *low, const double *high)
{
    double sum = 0;
    for (size_t k = 0; k < m; k++) {
        /* Halves: high - low may overflow. */
        double range = 0.5 * high[k] - 0.5 * low[k];
        if (range > 0)
            sum += (0.5 * y[k] - 0.5 * low[k]) / range;
    }
    return sum;
}

static ecopt_status check_finite(ecopt_ctx *ctx, size_t n, size_t m, const double *y)
{
    if (n == 0)
        return eco_fail(ctx, ECOPT_E_ARG, "an empty front has no knee");
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    for (size_t i = 0; i < n * m; i++)
        if (!isfinite(y[i]))
            return eco_fail(ctx, ECOPT_E_RANGE, "objective %zu of point %zu is not finite", i % m,
                            i / m);
    return ECOPT_OK;
}

ecopt_status ecopt_knee(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t *ret_index,
                        double *ret_depth)
{
    ECO_TRY(check_finite(ctx, n, m, y));
    double low[ECOPT_MAX_OBJECTIVES] = {0}, high[ECOPT_MAX_OBJECTIVES] = {0};
    size_t count = 0, *front = eco_alloc(ctx, n, sizeof *front);
    ecopt_status status = front ? ecopt_nondominated(ctx, n, m, y, front, &count) : ECOPT_E_NOMEM;
    if (status != ECOPT_OK)
        goto done;
    for (size_t i = 0; i < count; i++) {
        const double *row = y + front[i] * m;
        for (size_t k = 0; k < m; k++) {
            low[k] = i == 0 ? row[k] : fmin(low[k], row[k]);
            high[k] = i == 0 ? row[k] : fmax(high[k], row[k]);
        }
    }
    size_t best = front[0];
    double best_depth = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        double sum = scaled_sum(m, y + front[i] * m, low, high);
        double depth = (1 - sum) / sqrt((double)m);
        if (depth > best_depth) {
            best = front[i];
            best_depth = depth;
        }
    }
    *ret_index = best;
    if (ret_depth)
        *ret_depth = count == 1 ? 0 : best_depth;
done:
    eco_free(ctx, front);
    return status;
}
