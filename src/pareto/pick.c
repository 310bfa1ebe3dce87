#include "pareto/order.h"

#include <math.h>

static bool is_within(size_t m, const double *row, const double *bound)
{
    for (size_t k = 0; k < m; k++)
        if (row[k] > bound[k])
            return false;
    return true;
}

/* True when a is better than b in objective k, or as good there and better in the first other
 * objective that differs. */
static bool is_preferred(size_t m, size_t k, const double *a, const double *b)
{
    if (a[k] != b[k])
        return a[k] < b[k];
    for (size_t j = 0; j < m; j++)
        if (a[j] != b[j])
            return a[j] < b[j];
    return false;
}

ecopt_status ecopt_pick_within(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t k,
                               const double *bound, size_t *ret_index)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, false));
    if (k >= m)
        return eco_fail(ctx, ECOPT_E_ARG, "objective %zu asked for, there are %zu", k, m);
    for (size_t j = 0; j < m; j++)
        if (isnan(bound[j]))
            return eco_fail(ctx, ECOPT_E_RANGE, "bound on objective %zu is NaN", j);
    size_t best = n;
    for (size_t i = 0; i < n; i++)
        if (is_within(m, y + i * m, bound) &&
            (best == n || is_preferred(m, k, y + i * m, y + best * m)))
            best = i;
    if (best == n)
        return eco_fail(ctx, ECOPT_E_NOT_FOUND, "none of %zu points keeps all bounds", n);
    *ret_index = best;
    return ECOPT_OK;
}
