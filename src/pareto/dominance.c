#include "pareto/order.h"

#include <math.h>
#include <string.h>

ecopt_dominance ecopt_dominance_compare(size_t m, const double *a, const double *b)
{
    bool is_a_better = false, is_b_better = false;
    for (size_t k = 0; k < m; k++) {
        if (isnan(a[k]) || isnan(b[k]))
            return ECOPT_DOMINANCE_NONE;
        is_a_better = is_a_better || a[k] < b[k];
        is_b_better = is_b_better || b[k] < a[k];
    }
    if (is_a_better)
        return is_b_better ? ECOPT_DOMINANCE_NONE : ECOPT_DOMINANCE_FIRST;
    return is_b_better ? ECOPT_DOMINANCE_SECOND : ECOPT_DOMINANCE_EQUAL;
}

ecopt_status eco_pareto_check(ecopt_ctx *ctx, size_t n, size_t m, const double *y, bool for_volume)
{
    if (m < 1 || m > ECOPT_MAX_OBJECTIVES)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%zu objectives given, 1 to %d are possible", m,
                        ECOPT_MAX_OBJECTIVES);
    if (n > ECOPT_MAX_OBS)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%zu points given, at most %d are possible", n,
                        ECOPT_MAX_OBS);
    for (size_t i = 0; i < n * m; i++) {
        if (isnan(y[i]))
            return eco_fail(ctx, ECOPT_E_RANGE, "objective %zu of point %zu is NaN", i % m, i / m);
        if (for_volume && isinf(y[i]) && y[i] < 0)
            return eco_fail(ctx, ECOPT_E_RANGE, "objective %zu of point %zu is -inf", i % m, i / m);
    }
    return ECOPT_OK;
}

static bool is_before(size_t m, const double *y, size_t first, size_t a, size_t b)
{
    for (size_t k = 0; k < m; k++) {
        size_t j = (first + k) % m;
        double ya = y[a * m + j], yb = y[b * m + j];
        if (ya != yb)
            return ya < yb;
    }
    return a < b;
}

/* Bottom-up merge sort: qsort has no place for the context, and its order of calls varies. */
void eco_pareto_sort(size_t n, size_t m, const double *y, size_t first, size_t *index, size_t *work)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = start + width < n ? start + width : n;
            size_t end = start + 2 * width < n ? start + 2 * width : n;
            size_t i = start, j = middle;
            for (size_t k = start; k < end; k++) {
                bool is_left =
                    i < middle && (j >= end || is_before(m, y, first, index[i], index[j]));
                work[k] = is_left ? index[i++] : index[j++];
            }
        }
        memcpy(index, work, n * sizeof *index);
    }
}

/* Sorted by objective 0, then 1, then index: a point survives if it lowers objective 1. */
static void sweep_2d(size_t n, const double *y, const size_t *order, bool *is_kept)
{
    double lowest = HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        double y1 = y[2 * order[i] + 1];
        is_kept[order[i]] = i == 0 || y1 < lowest;
        lowest = fmin(lowest, y1);
    }
}

/* Sorted lexicographically no later point can dominate an earlier one: test against survivors. */
static void sweep_any(size_t n, size_t m, const double *y, const size_t *order, bool *is_kept)
{
    for (size_t i = 0; i < n; i++) {
        const double *candidate = y + order[i] * m;
        is_kept[order[i]] = true;
        for (size_t j = 0; j < i && is_kept[order[i]]; j++) {
            if (!is_kept[order[j]])
                continue;
            ecopt_dominance relation = ecopt_dominance_compare(m, y + order[j] * m, candidate);
            is_kept[order[i]] =
                relation != ECOPT_DOMINANCE_FIRST && relation != ECOPT_DOMINANCE_EQUAL;
        }
    }
}

ecopt_status ecopt_nondominated(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                size_t *ret_index, size_t *ret_n)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, false));
    ecopt_status status = ECOPT_E_NOMEM;
    size_t *order = eco_alloc(ctx, 2 * n, sizeof *order);
    bool *is_kept = eco_alloc(ctx, n, sizeof *is_kept);
    if (!order || !is_kept)
        goto done;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    eco_pareto_sort(n, m, y, 0, order, order + n);
    if (m == 2)
        sweep_2d(n, y, order, is_kept);
    else
        sweep_any(n, m, y, order, is_kept);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (is_kept[i])
            ret_index[kept++] = i;
    *ret_n = kept;
    status = ECOPT_OK;
done:
    eco_free(ctx, order);
    eco_free(ctx, is_kept);
    return status;
}
