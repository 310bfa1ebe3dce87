#include "pareto/order.h"

#include <math.h>
#include <string.h>

/* A set of points being measured.  `lists` holds, for each level k = 3..m, the points already
 * passed by the sweep along objective k - 1, sorted by objective k - 2. */
typedef struct volume {
    size_t m;
    const double *y;   /* rows of m */
    const double *ref; /* m */
    size_t n;          /* room of each list */
    size_t *lists;     /* (m + 1) x n; level k uses row k, the outermost list is row m */
} volume;

static double value(const volume *v, size_t point, size_t objective)
{
    return v->y[point * v->m + objective];
}

/* Puts a point into a list sorted by `objective`, after equal ones. */
static void list_insert(const volume *v, size_t *list, size_t count, size_t objective, size_t point)
{
    size_t i = count;
    for (; i > 0 && value(v, list[i - 1], objective) > value(v, point, objective); i--)
        list[i] = list[i - 1];
    list[i] = point;
}

/* Area below the reference dominated by points sorted by objective 0. */
static double area_of(const volume *v, size_t n, const size_t *order)
{
    double area = 0, level = v->ref[1];
    for (size_t i = 0; i < n; i++) {
        double y1 = value(v, order[i], 1);
        if (y1 < level) {
            area += (v->ref[0] - value(v, order[i], 0)) * (level - y1);
            level = y1;
        }
    }
    return area;
}

/*
 * Adds a point to a staircase sorted by objective 0 (objective 1 falls); returns the area it adds,
 * 0 when it is dominated and left out.
 */
static double stair_add(const volume *v, size_t *stair, size_t *count, size_t point)
{
    double x = value(v, point, 0), y = value(v, point, 1), gain = 0;
    size_t low = 0, high = *count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (value(v, stair[middle], 0) < x)
            low = middle + 1;
        else
            high = middle;
    }
    double level = low > 0 ? value(v, stair[low - 1], 1) : v->ref[1];
    bool is_equal_x = low < *count && value(v, stair[low], 0) == x;
    if (level <= y || (is_equal_x && value(v, stair[low], 1) <= y))
        return 0;
    size_t end = low;
    for (; end < *count && value(v, stair[end], 1) >= y; end++) {
        gain += (value(v, stair[end], 0) - x) * (level - y);
        x = value(v, stair[end], 0);
        level = value(v, stair[end], 1);
    }
    double next = end < *count ? value(v, stair[end], 0) : v->ref[0];
    gain += (next - x) * (level - y);
    /* [low, end) gives way to the point. */
    memmove(stair + low + 1, stair + end, (*count - end) * sizeof *stair);
    stair[low] = point;
    *count += 1 + low - end;
    return gain;
}

/* Volume in the first three objectives of points sorted by objective 2. */
static double volume_3d(const volume *v, size_t n, const size_t *order)
{
    size_t *stair = v->lists + 2 * v->n, count = 0;
    double sum = 0, area = 0;
    for (size_t i = 0; i < n; i++) {
        area += stair_add(v, stair, &count, order[i]);
        double next = i + 1 < n ? value(v, order[i + 1], 2) : v->ref[2];
        sum += area * (next - value(v, order[i], 2));
    }
    return sum;
}

static bool is_covered(const volume *v, size_t k, const size_t *list, size_t count, size_t point)
{
    for (size_t i = 0; i < count; i++) {
        bool covers = true;
        for (size_t j = 0; j < k && covers; j++)
            covers = value(v, list[i], j) <= value(v, point, j);
        if (covers)
            return true;
    }
    return false;
}

/* Volume in the first k objectives of points sorted by objective k - 1; k levels deep at most. */
static double volume_of(const volume *v, size_t k, size_t n, const size_t *order)
{
    if (k == 1)
        return n ? v->ref[0] - value(v, order[0], 0) : 0;
    if (k == 2) {
        /* The area sweep wants objective 0 ascending; this order is by objective 1. */
        size_t *list = v->lists + v->n;
        for (size_t i = 0; i < n; i++)
            list_insert(v, list, i, 0, order[i]);
        return area_of(v, n, list);
    }
    if (k == 3)
        return volume_3d(v, n, order);
    size_t *active = v->lists + (k - 1) * v->n, count = 0;
    double sum = 0, slice = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_covered(v, k - 1, active, count, order[i])) {
            list_insert(v, active, count++, k - 2, order[i]);
            slice = -1; /* stale */
        }
        double next = i + 1 < n ? value(v, order[i + 1], k - 1) : v->ref[k - 1];
        double height = next - value(v, order[i], k - 1);
        if (height > 0) {
            slice = slice < 0 ? volume_of(v, k - 1, count, active) : slice;
            sum += height * slice;
        }
    }
    return sum;
}

static bool is_below(size_t m, const double *row, const double *ref)
{
    for (size_t k = 0; k < m; k++)
        if (!(row[k] < ref[k]))
            return false;
    return true;
}

/* Hypervolume of rows that were checked; lists has (m + 2) x n places. */
static double measure(size_t n, size_t m, const double *y, const double *ref, size_t *lists)
{
    volume v = {.m = m, .y = y, .ref = ref, .n = n, .lists = lists};
    size_t *order = lists + m * n, count = 0;
    for (size_t i = 0; i < n; i++)
        if (is_below(m, y + i * m, ref))
            order[count++] = i;
    /* Two objectives need no list: sort by the first and sweep. */
    eco_pareto_sort(count, m, y, m == 2 ? 0 : m - 1, order, lists + (m + 1) * n);
    return m == 2 ? area_of(&v, count, order) : volume_of(&v, m, count, order);
}

static ecopt_status check_reference(ecopt_ctx *ctx, size_t m, const double *ref)
{
    for (size_t k = 0; k < m; k++)
        if (!isfinite(ref[k]))
            return eco_fail(ctx, ECOPT_E_RANGE, "reference point is not finite in objective %zu",
                            k);
    return ECOPT_OK;
}

ecopt_status ecopt_hypervolume(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                               const double *ref, double *ret_hv)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    ECO_TRY(check_reference(ctx, m, ref));
    size_t *lists = eco_alloc(ctx, (m + 2) * n, sizeof *lists);
    if (!lists)
        return ECOPT_E_NOMEM;
    double hv = measure(n, m, y, ref, lists);
    eco_free(ctx, lists);
    if (!isfinite(hv))
        return eco_fail(ctx, ECOPT_E_NUMERIC, "hypervolume exceeds the range of doubles");
    *ret_hv = hv;
    return ECOPT_OK;
}

/* Neighbours on the staircase bound the exclusive rectangle; front is sorted by objective 0. */
static void contributions_2d(size_t count, const double *y, const double *ref, const size_t *front,
                             double *ret_contribution)
{
    for (size_t i = 0; i < count; i++) {
        double right = i + 1 < count ? fmin(y[2 * front[i + 1]], ref[0]) : ref[0];
        double above = i > 0 ? fmin(y[2 * front[i - 1] + 1], ref[1]) : ref[1];
        double width = right - y[2 * front[i]], height = above - y[2 * front[i] + 1];
        ret_contribution[front[i]] = width > 0 && height > 0 ? width * height : 0;
    }
}

/* The point's own box less what the rest of the front, clipped to that box, covers of it. */
static double exclusive(const volume *v, size_t count, const size_t *front, size_t point,
                        double *clipped)
{
    size_t m = v->m, rows = 0;
    const double *own = v->y + point * m;
    if (!is_below(m, own, v->ref))
        return 0;
    double box = 1;
    for (size_t k = 0; k < m; k++)
        box *= v->ref[k] - own[k];
    for (size_t i = 0; i < count; i++) {
        if (front[i] == point)
            continue;
        for (size_t k = 0; k < m; k++)
            clipped[rows * m + k] = fmax(v->y[front[i] * m + k], own[k]);
        rows++;
    }
    return fmax(0, box - measure(rows, m, clipped, v->ref, v->lists));
}

/* A front point that occurs twice loses nothing when one copy goes. */
static void twins_clear(size_t n, size_t m, const double *y, size_t count, const size_t *front,
                        double *contribution)
{
    for (size_t f = 0; f < count; f++)
        for (size_t i = front[f] + 1; i < n; i++)
            if (ecopt_dominance_compare(m, y + i * m, y + front[f] * m) == ECOPT_DOMINANCE_EQUAL)
                contribution[front[f]] = 0;
}

ecopt_status ecopt_hypervolume_contributions(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                             const double *ref, double *ret_contribution)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    ECO_TRY(check_reference(ctx, m, ref));
    ecopt_status status = ECOPT_E_NOMEM;
    size_t count = 0;
    size_t *lists = eco_alloc(ctx, (m + 2) * n, sizeof *lists);
    size_t *front = eco_alloc(ctx, n, sizeof *front);
    double *clipped = eco_alloc(ctx, n * m, sizeof *clipped);
    if (!lists || !front || !clipped)
        goto done;
    status = ecopt_nondominated(ctx, n, m, y, front, &count);
    if (status != ECOPT_OK)
        goto done;
    for (size_t i = 0; i < n; i++)
        ret_contribution[i] = 0;
    eco_pareto_sort(count, m, y, 0, front, lists);
    if (m == 2)
        contributions_2d(count, y, ref, front, ret_contribution);
    const volume v = {.m = m, .y = y, .ref = ref, .n = n, .lists = lists};
    for (size_t i = 0; m != 2 && i < count; i++)
        ret_contribution[front[i]] = exclusive(&v, count, front, front[i], clipped);
    twins_clear(n, m, y, count, front, ret_contribution);
    for (size_t i = 0; i < n && status == ECOPT_OK; i++)
        if (!isfinite(ret_contribution[i]))
            status = eco_fail(ctx, ECOPT_E_NUMERIC, "contribution of point %zu overflows", i);
done:
    eco_free(ctx, lists);
    eco_free(ctx, front);
    eco_free(ctx, clipped);
    return status;
}
