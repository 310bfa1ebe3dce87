#include "pareto/order.h"

#include <math.h>
#include <string.h>

/* Fronts while points arrive in lexicographic order, so that no later one dominates an earlier. */
typedef struct layers {
    size_t m;
    const double *y;
    size_t count;     /* fronts opened so far */
    size_t *last;     /* newest point of each front */
    size_t *previous; /* of each point: the one its front got before it, or itself for the first */
} layers;

/* Two objectives: objective 1 falls along a front, so its newest point has the lowest. */
static bool newest_dominates(const layers *fronts, size_t front, size_t point)
{
    return fronts->y[2 * fronts->last[front] + 1] <= fronts->y[2 * point + 1];
}

/* Newest first: near neighbours in the order are the likeliest to dominate. */
static bool any_dominates(const layers *fronts, size_t front, size_t point)
{
    size_t m = fronts->m, other = fronts->last[front];
    const double *row = fronts->y + point * m;
    for (;;) {
        const double *earlier = fronts->y + other * m;
        size_t k = 1; /* objective 0 is no larger: the order says so */
        while (k < m && earlier[k] <= row[k])
            k++;
        if (k >= m)
            return true;
        if (fronts->previous[other] == other)
            return false;
        other = fronts->previous[other];
    }
}

/* If front f holds a dominator then so does every front before it: bisection finds the first
 * that holds none. */
static size_t front_find(const layers *fronts, size_t point)
{
    size_t low = 0, high = fronts->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        bool is_dominated = fronts->m == 2 ? newest_dominates(fronts, middle, point)
                                           : any_dominates(fronts, middle, point);
        if (is_dominated)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ecopt_status ecopt_nondominated_sort(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                     size_t *ret_rank)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, false));
    size_t *order = eco_alloc(ctx, 3 * n, sizeof *order);
    if (!order)
        return ECOPT_E_NOMEM;
    layers fronts = {.m = m, .y = y, .last = order + n, .previous = order + 2 * n};
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    eco_pareto_sort(n, m, y, 0, order, order + n);
    for (size_t i = 0; i < n; i++) {
        size_t point = order[i];
        /* Equal points are neighbours in the order and do not dominate each other. */
        if (i > 0 && ecopt_dominance_compare(m, y + order[i - 1] * m, y + point * m) ==
                         ECOPT_DOMINANCE_EQUAL) {
            ret_rank[point] = ret_rank[order[i - 1]];
            continue;
        }
        size_t front = front_find(&fronts, point);
        bool is_new = front == fronts.count;
        fronts.count += is_new;
        fronts.previous[point] = is_new ? point : fronts.last[front];
        fronts.last[front] = point;
        ret_rank[point] = front;
    }
    eco_free(ctx, order);
    return ECOPT_OK;
}

/* Largest less smallest finite value of objective k, halved because the difference may overflow. */
static double half_range(size_t n, size_t m, const double *y, size_t k)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(y[i * m + k]))
            continue;
        low = fmin(low, y[i * m + k]);
        high = fmax(high, y[i * m + k]);
    }
    return low < high ? 0.5 * high - 0.5 * low : 0;
}

/* Distance between two neighbours of a point, low <= high, in units of the range. */
static double relative_gap(double low, double high, double half)
{
    if (low == high) /* also two infinite ones */
        return 0;
    return half > 0 ? (0.5 * high - 0.5 * low) / half : HUGE_VAL;
}

ecopt_status ecopt_crowding_distance(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                     double *ret_distance)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, false));
    size_t *order = eco_alloc(ctx, 2 * n, sizeof *order);
    if (!order)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        ret_distance[i] = n > 2 ? 0 : HUGE_VAL;
        order[i] = i;
    }
    for (size_t k = 0; n > 2 && k < m; k++) {
        eco_pareto_sort(n, m, y, k, order, order + n);
        /* Where all are equal nobody is at an end. */
        if (y[order[0] * m + k] == y[order[n - 1] * m + k])
            continue;
        double half = half_range(n, m, y, k);
        ret_distance[order[0]] = HUGE_VAL;
        ret_distance[order[n - 1]] = HUGE_VAL;
        for (size_t i = 1; i + 1 < n; i++)
            ret_distance[order[i]] +=
                relative_gap(y[order[i - 1] * m + k], y[order[i + 1] * m + k], half);
    }
    eco_free(ctx, order);
    return ECOPT_OK;
}
