#include "pareto/order.h"
#include "pareto/rank_set.h"

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
    const double *ya = y + a * m, *yb = y + b * m;
    if (ya[first] != yb[first])
        return ya[first] < yb[first];
    for (size_t k = first + 1; k < m; k++)
        if (ya[k] != yb[k])
            return ya[k] < yb[k];
    for (size_t k = 0; k < first; k++)
        if (ya[k] != yb[k])
            return ya[k] < yb[k];
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

/*
 * Sorted lexicographically, a point is dominated if one before it is as good in objectives 1 and 2.
 * The stair keeps the front of those two, objective 2 falling as the rank of objective 1 rises, so
 * its neighbour below answers for all.
 */
static void sweep_3d(size_t n, const double *y, const size_t *order, const size_t *key,
                     eco_rank_set *stair, size_t *holder, bool *is_kept)
{
    for (size_t i = 0; i < n; i++) {
        size_t point = order[i], rank = key[point];
        size_t below = eco_rank_set_below(stair, rank);
        double y2 = y[3 * point + 2];
        is_kept[point] = below == ECO_RANK_NONE || y[3 * holder[below] + 2] > y2;
        if (!is_kept[point])
            continue;
        for (size_t above = eco_rank_set_above(stair, rank);
             above != ECO_RANK_NONE && y[3 * holder[above] + 2] >= y2;
             above = eco_rank_set_above(stair, above + 1))
            eco_rank_set_drop(stair, above);
        eco_rank_set_add(stair, rank);
        holder[rank] = point;
    }
}

static ecopt_status mark_3d(ecopt_ctx *ctx, size_t n, const double *y, const size_t *order,
                            bool *is_kept)
{
    ecopt_status status = ECOPT_E_NOMEM;
    size_t *key = eco_alloc(ctx, 3 * n, sizeof *key);
    uint64_t *words = eco_alloc(ctx, eco_rank_set_words(n), sizeof *words);
    if (!key || !words)
        goto done;
    size_t *by_second = key + n, *work = key + 2 * n;
    eco_rank_set stair;
    eco_rank_set_init(&stair, n, words);
    memcpy(by_second, order, n * sizeof *order);
    eco_pareto_sort(n, 3, y, 1, by_second, work);
    for (size_t i = 0, rank = 0; i < n; i++) {
        rank += i > 0 && y[3 * by_second[i] + 1] > y[3 * by_second[i - 1] + 1];
        key[by_second[i]] = rank;
    }
    sweep_3d(n, y, order, key, &stair, work, is_kept);
    status = ECOPT_OK;
done:
    eco_free(ctx, key);
    eco_free(ctx, words);
    return status;
}

/* Sorted lexicographically no later point can dominate an earlier one: test against survivors. */
static void sweep_any(size_t n, size_t m, const double *y, const size_t *order, size_t *survivors,
                      bool *is_kept)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const double *candidate = y + order[i] * m;
        bool is_covered = false;
        for (size_t j = 0; j < count && !is_covered; j++) {
            const double *other = y + survivors[j] * m;
            size_t k = 1; /* objective 0 is no larger: the order says so */
            while (k < m && other[k] <= candidate[k])
                k++;
            is_covered = k >= m;
        }
        is_kept[order[i]] = !is_covered;
        if (!is_covered)
            survivors[count++] = order[i];
    }
}

ecopt_status eco_front_mark(ecopt_ctx *ctx, size_t n, size_t m, const double *y, size_t *order,
                            bool *is_kept)
{
    size_t *work = eco_alloc(ctx, n, sizeof *work);
    if (!work)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    eco_pareto_sort(n, m, y, 0, order, work);
    ecopt_status status = ECOPT_OK;
    if (m == 2)
        sweep_2d(n, y, order, is_kept);
    else if (m == 3 && n > 0)
        status = mark_3d(ctx, n, y, order, is_kept);
    else
        sweep_any(n, m, y, order, work, is_kept);
    eco_free(ctx, work);
    return status;
}

ecopt_status ecopt_nondominated(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                size_t *ret_index, size_t *ret_n)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, false));
    ecopt_status status = ECOPT_E_NOMEM;
    size_t *order = eco_alloc(ctx, n, sizeof *order);
    bool *is_kept = eco_alloc(ctx, n, sizeof *is_kept);
    if (!order || !is_kept)
        goto done;
    status = eco_front_mark(ctx, n, m, y, order, is_kept);
    if (status != ECOPT_OK)
        goto done;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (is_kept[i])
            ret_index[kept++] = i;
    *ret_n = kept;
done:
    eco_free(ctx, order);
    eco_free(ctx, is_kept);
    return status;
}
