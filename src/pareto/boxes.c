#include "pareto/boxes.h"

#include "pareto/order.h"

#include <math.h>
#include <string.h>

/*
 * Works on ranks: rank 1 .. n of a point in an objective, 0 for -inf, n + 1 for the reference.  No
 * two points share a rank (ties go by the order of the points), which is the general position that
 * the algorithm asks for; boxes between equal coordinates vanish at the end.
 *
 * A bound u is a corner of the region: u_j is the rank in objective j of one front point, its
 * definer j, which lies below u in all other objectives.  Definers n .. n + m - 1 are stand-ins
 * for "none": the reference in one objective, -inf in the others.
 */
typedef struct bounds {
    ecopt_ctx *ctx; /* borrowed */
    size_t m, n;    /* objectives, points */
    size_t count, room;
    uint32_t *rank;    /* owned, (n + m) x m */
    uint32_t *corner;  /* owned, room x m */
    uint32_t *definer; /* owned, room x m */
} bounds;

static ecopt_status bounds_reserve(bounds *b)
{
    if (b->count < b->room)
        return ECOPT_OK;
    size_t room = b->room ? 2 * b->room : 64;
    uint32_t *corner = eco_realloc(b->ctx, b->corner, room * b->m, sizeof *corner);
    if (!corner)
        return ECOPT_E_NOMEM;
    b->corner = corner;
    uint32_t *definer = eco_realloc(b->ctx, b->definer, room * b->m, sizeof *definer);
    if (!definer)
        return ECOPT_E_NOMEM;
    b->definer = definer;
    b->room = room;
    return ECOPT_OK;
}

/* Largest rank in objective j among the definers of the objectives in from .. to - 1 except j. */
static uint32_t highest(const bounds *b, const uint32_t *definer, size_t j, size_t from, size_t to)
{
    uint32_t high = 0;
    for (size_t k = from; k < to; k++) {
        uint32_t rank = b->rank[definer[k] * b->m + j];
        if (k != j && rank > high)
            high = rank;
    }
    return high;
}

static bool is_below(size_t m, const uint32_t *rank, const uint32_t *corner)
{
    for (size_t k = 0; k < m; k++)
        if (rank[k] >= corner[k])
            return false;
    return true;
}

/*
 * Replaces bound `at`, which point p lies below, by its children: u with u_j lowered to p_j is a
 * corner if p_j stays above the other definers in j, else a child of another bound covers it.
 */
static ecopt_status bound_split(bounds *b, size_t at, uint32_t p)
{
    size_t m = b->m;
    const uint32_t *rank = b->rank + p * m;
    uint32_t corner[ECOPT_MAX_OBJECTIVES], definer[ECOPT_MAX_OBJECTIVES];
    memcpy(corner, b->corner + at * m, m * sizeof *corner);
    memcpy(definer, b->definer + at * m, m * sizeof *definer);
    bool is_replaced = false;
    for (size_t j = 0; j < m; j++) {
        if (rank[j] < highest(b, definer, j, 0, m))
            continue;
        ECO_TRY(bounds_reserve(b));
        size_t to = is_replaced ? b->count++ : at;
        is_replaced = true;
        memcpy(b->corner + to * m, corner, m * sizeof *corner);
        memcpy(b->definer + to * m, definer, m * sizeof *definer);
        b->corner[to * m + j] = rank[j];
        b->definer[to * m + j] = p;
    }
    if (!is_replaced) {
        b->count--;
        memmove(b->corner + at * m, b->corner + b->count * m, m * sizeof *corner);
        memmove(b->definer + at * m, b->definer + b->count * m, m * sizeof *definer);
    }
    return ECOPT_OK;
}

/* Would p bring more bounds than allowed?  Counts only where m children of each could. */
static bool is_too_many(const bounds *b, uint32_t p)
{
    size_t m = b->m, n = b->count;
    const uint32_t *rank = b->rank + p * m;
    if (n * m <= ECO_BOXES_MAX)
        return false;
    for (size_t i = 0; i < b->count; i++) {
        if (!is_below(m, rank, b->corner + i * m))
            continue;
        n--;
        for (size_t j = 0; j < m; j++)
            n += rank[j] > highest(b, b->definer + i * m, j, 0, m) ? 1 : 0;
    }
    return n > ECO_BOXES_MAX;
}

/* Children have p as a definer and are not above p, so meeting them again does no harm. */
static ecopt_status bounds_add(bounds *b, uint32_t p)
{
    for (size_t i = 0; i < b->count;) {
        size_t before = b->count;
        if (is_below(b->m, b->rank + p * b->m, b->corner + i * b->m))
            ECO_TRY(bound_split(b, i, p));
        /* A removal put another bound here. */
        i += b->count >= before ? 1 : 0;
    }
    return ECOPT_OK;
}

static ecopt_status bounds_start(bounds *b)
{
    b->count = 0;
    ECO_TRY(bounds_reserve(b));
    b->count = 1;
    for (size_t k = 0; k < b->m; k++) {
        b->corner[k] = (uint32_t)b->n + 1;
        b->definer[k] = (uint32_t)(b->n + k);
    }
    return ECOPT_OK;
}

static void bounds_release(bounds *b)
{
    eco_free(b->ctx, b->rank);
    eco_free(b->ctx, b->corner);
    eco_free(b->ctx, b->definer);
}

/*
 * Fills edges and ranks from the n points of `front` (rows of y).  `work` holds 2 n numbers; map
 * (m x (n + 2)) takes the edge of each rank.
 */
static void edges_fill(bounds *b, const double *y, const double *ref, const size_t *front,
                       size_t *work, eco_boxes *boxes, uint32_t *map)
{
    size_t m = b->m, n = b->n, *order = work, count = 0;
    memset(b->rank, 0, (n + m) * m * sizeof *b->rank);
    for (size_t k = 0; k < m; k++) {
        boxes->start[k] = count;
        uint32_t *edge_of = map + k * (n + 2);
        edge_of[0] = (uint32_t)count;
        boxes->edge[count++] = -HUGE_VAL;
        for (size_t i = 0; i < n; i++)
            order[i] = front[i];
        eco_pareto_sort(n, m, y, k, order, work + n);
        for (size_t r = 0; r < n; r++) {
            double at = y[order[r] * m + k];
            if (at > boxes->edge[count - 1])
                boxes->edge[count++] = at;
            edge_of[r + 1] = (uint32_t)count - 1;
            /* `front` ascends: find the point's place in it. */
            size_t low = 0, high = n;
            while (high - low > 1) {
                size_t middle = (low + high) / 2;
                *(front[middle] <= order[r] ? &low : &high) = middle;
            }
            b->rank[low * m + k] = (uint32_t)r + 1;
        }
        edge_of[n + 1] = (uint32_t)count;
        boxes->edge[count++] = ref[k];
        b->rank[(n + k) * m + k] = (uint32_t)n + 1;
    }
    boxes->start[m] = count;
}

/*
 * One box per bound: u_0 downwards without end; in objective j > 0 down to the highest of the
 * definers of the objectives before.
 */
static ecopt_status boxes_fill(const bounds *b, const uint32_t *map, eco_boxes *boxes)
{
    size_t m = b->m, n = 0;
    boxes->lower = eco_alloc(b->ctx, b->count * m, sizeof *boxes->lower);
    boxes->upper = eco_alloc(b->ctx, b->count * m, sizeof *boxes->upper);
    uint32_t *keep = eco_alloc(b->ctx, b->count, sizeof *keep);
    if (!boxes->lower || !boxes->upper || !keep) {
        eco_free(b->ctx, keep);
        return ECOPT_E_NOMEM;
    }
    for (size_t i = 0; i < b->count; i++) {
        bool is_empty = false;
        for (size_t j = 1; j < m; j++) {
            const uint32_t *edge_of = map + j * (b->n + 2);
            uint32_t low = highest(b, b->definer + i * m, j, 0, j);
            is_empty = is_empty || edge_of[low] >= edge_of[b->corner[i * m + j]];
        }
        if (!is_empty)
            keep[n++] = (uint32_t)i;
    }
    boxes->n = n;
    for (size_t j = 0; j < m; j++) {
        const uint32_t *edge_of = map + j * (b->n + 2);
        for (size_t i = 0; i < n; i++) {
            size_t from = keep[i] * m;
            boxes->lower[j * n + i] = edge_of[highest(b, b->definer + from, j, 0, j)];
            boxes->upper[j * n + i] = edge_of[b->corner[from + j]];
        }
    }
    eco_free(b->ctx, keep);
    return ECOPT_OK;
}

/* Adds all points; stops with false before the first that would bring too many bounds. */
static ecopt_status bounds_add_all(bounds *b, bool *ret_all)
{
    ECO_TRY(bounds_start(b));
    *ret_all = true;
    for (size_t i = 0; i < b->n && *ret_all; i++) {
        *ret_all = !is_too_many(b, (uint32_t)i);
        if (*ret_all)
            ECO_TRY(bounds_add(b, (uint32_t)i));
    }
    return ECOPT_OK;
}

/*
 * Adds the points farthest (in ranks) from all added so far, first the best of objective 0, until
 * the next would bring too many bounds.  Farthest points first: Gonzalez 1985,
 * doi:10.1016/0304-3975(85)90224-5.
 */
static ecopt_status bounds_add_spread(bounds *b, size_t *ret_count)
{
    size_t m = b->m, n = b->n, count = 0, next = 0;
    double *gap = eco_alloc(b->ctx, n, sizeof *gap);
    if (!gap)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        gap[i] = HUGE_VAL;
    for (size_t i = 0; i < n; i++)
        next = b->rank[i * m] == 1 ? i : next;
    ecopt_status status = bounds_start(b);
    while (status == ECOPT_OK && count < n && !is_too_many(b, (uint32_t)next)) {
        status = bounds_add(b, (uint32_t)next);
        count++;
        size_t last = next;
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t k = 0; k < m; k++) {
                double step = (double)b->rank[i * m + k] - (double)b->rank[last * m + k];
                sum += step * step;
            }
            gap[i] = fmin(gap[i], sum);
            next = gap[i] > gap[next] ? i : next;
        }
    }
    eco_free(b->ctx, gap);
    *ret_count = count;
    return status;
}

/* Rows below the reference, then of these the non-dominated ones; equal points count once. */
static ecopt_status front_find(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                               const double *ref, size_t *ret_front, size_t *ret_n)
{
    size_t count = 0, *row = eco_alloc(ctx, n, sizeof *row);
    double *below = eco_alloc(ctx, n * m, sizeof *below);
    ecopt_status status = row && below ? ECOPT_OK : ECOPT_E_NOMEM;
    for (size_t i = 0; i < n && status == ECOPT_OK; i++) {
        bool is_inside = true;
        for (size_t k = 0; k < m; k++)
            is_inside = is_inside && y[i * m + k] < ref[k];
        if (!is_inside)
            continue;
        memcpy(below + count * m, y + i * m, m * sizeof *y);
        row[count++] = i;
    }
    if (status == ECOPT_OK)
        status = ecopt_nondominated(ctx, count, m, below, ret_front, ret_n);
    for (size_t i = 0; i < *ret_n && status == ECOPT_OK; i++)
        ret_front[i] = row[ret_front[i]];
    eco_free(ctx, row);
    eco_free(ctx, below);
    return status;
}

/* Cuts along the points of `front`; fills boxes also on failure, as far as it got. */
static ecopt_status region_cut(bounds *b, const double *y, const double *ref, const size_t *front,
                               eco_boxes *boxes)
{
    size_t m = b->m, n = b->n;
    bool is_whole = false;
    b->rank = eco_alloc(b->ctx, (n + m) * m, sizeof *b->rank);
    boxes->edge = eco_alloc(b->ctx, (n + 2) * m, sizeof *boxes->edge);
    size_t *work = eco_alloc(b->ctx, 2 * n, sizeof *work);
    uint32_t *map = eco_alloc(b->ctx, (n + 2) * m, sizeof *map);
    ecopt_status status = b->rank && boxes->edge && work && map ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK) {
        edges_fill(b, y, ref, front, work, boxes, map);
        boxes->n_points = n;
        status = bounds_add_all(b, &is_whole);
    }
    if (status == ECOPT_OK && !is_whole) {
        status = bounds_add_spread(b, &boxes->n_points);
        boxes->n_left_out = n - boxes->n_points;
    }
    if (status == ECOPT_OK)
        status = boxes_fill(b, map, boxes);
    eco_free(b->ctx, work);
    eco_free(b->ctx, map);
    return status;
}

ecopt_status eco_boxes_init(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref,
                            eco_boxes *ret_boxes)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    for (size_t k = 0; k < m; k++)
        if (!isfinite(ref[k]))
            return eco_fail(ctx, ECOPT_E_RANGE, "reference point is not finite in objective %zu",
                            k);
    eco_boxes boxes = {.ctx = ctx, .m = m};
    bounds b = {.ctx = ctx, .m = m};
    size_t *front = eco_alloc(ctx, n, sizeof *front);
    ecopt_status status = front ? front_find(ctx, n, m, y, ref, front, &b.n) : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = region_cut(&b, y, ref, front, &boxes);
    bounds_release(&b);
    eco_free(ctx, front);
    if (status != ECOPT_OK) {
        eco_boxes_release(&boxes);
        return status;
    }
    *ret_boxes = boxes;
    return ECOPT_OK;
}

void eco_boxes_release(eco_boxes *boxes)
{
    if (!boxes->ctx)
        return;
    eco_free(boxes->ctx, boxes->edge);
    eco_free(boxes->ctx, boxes->lower);
    eco_free(boxes->ctx, boxes->upper);
    *boxes = (eco_boxes){0};
}
