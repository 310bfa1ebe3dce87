#include "pareto/boxes.h"

#include "pareto/order.h"

#include <math.h>
#include <string.h>

/* State of the recursion over objectives m - 1, m - 2, ..., 0. */
typedef struct slicer {
    const double *y;
    const double *ref;
    size_t n;                           /* room of each list */
    size_t *lists;                      /* row k: points passed at level k, by objective k - 2 */
    double lower[ECOPT_MAX_OBJECTIVES]; /* of the slab now being cut, objectives >= level */
    double upper[ECOPT_MAX_OBJECTIVES];
    eco_boxes boxes;
} slicer;

static double value(const slicer *s, size_t point, size_t objective)
{
    return s->y[point * s->boxes.m + objective];
}

static ecopt_status box_add(slicer *s)
{
    eco_boxes *b = &s->boxes;
    size_t m = b->m;
    if (b->n == b->room) {
        size_t room = b->room ? 2 * b->room : 32;
        double *lower = eco_realloc(b->ctx, b->lower, room * m, sizeof *lower);
        if (!lower)
            return ECOPT_E_NOMEM;
        b->lower = lower;
        double *upper = eco_realloc(b->ctx, b->upper, room * m, sizeof *upper);
        if (!upper)
            return ECOPT_E_NOMEM;
        b->upper = upper;
        b->room = room;
    }
    memcpy(b->lower + b->n * m, s->lower, m * sizeof *s->lower);
    memcpy(b->upper + b->n * m, s->upper, m * sizeof *s->upper);
    b->n++;
    return ECOPT_OK;
}

static bool is_covered(const slicer *s, size_t k, const size_t *list, size_t count, size_t point)
{
    for (size_t i = 0; i < count; i++) {
        bool covers = true;
        for (size_t j = 0; j < k && covers; j++)
            covers = value(s, list[i], j) <= value(s, point, j);
        if (covers)
            return true;
    }
    return false;
}

/* Cuts along objective k - 1, given points sorted by it; objectives >= k are fixed already. */
static ecopt_status cut(slicer *s, size_t k, size_t n, const size_t *order)
{
    if (k == 1) {
        s->lower[0] = -HUGE_VAL;
        s->upper[0] = n ? fmin(s->ref[0], value(s, order[0], 0)) : s->ref[0];
        return box_add(s);
    }
    size_t *active = s->lists + (k - 1) * s->n, count = 0;
    double bottom = -HUGE_VAL;
    for (size_t i = 0; i <= n; i++) {
        /* A point that an earlier one covers changes no slab. */
        if (i < n && is_covered(s, k - 1, active, count, order[i]))
            continue;
        double top = i < n ? value(s, order[i], k - 1) : s->ref[k - 1];
        if (top > bottom) {
            s->lower[k - 1] = bottom;
            s->upper[k - 1] = top;
            ECO_TRY(cut(s, k - 1, count, active));
            bottom = top;
        }
        if (i == n)
            break;
        size_t at = count++;
        for (; at > 0 && value(s, active[at - 1], k - 2) > value(s, order[i], k - 2); at--)
            active[at] = active[at - 1];
        active[at] = order[i];
    }
    return ECOPT_OK;
}

ecopt_status eco_boxes_init(ecopt_ctx *ctx, size_t n, size_t m, const double *y, const double *ref,
                            eco_boxes *ret_boxes)
{
    ECO_TRY(eco_pareto_check(ctx, n, m, y, true));
    for (size_t k = 0; k < m; k++)
        if (!isfinite(ref[k]))
            return eco_fail(ctx, ECOPT_E_RANGE, "reference point is not finite in objective %zu",
                            k);
    slicer s = {.y = y, .ref = ref, .n = n};
    s.boxes = (eco_boxes){.ctx = ctx, .m = m};
    s.lists = eco_alloc(ctx, (m + 2) * n, sizeof *s.lists);
    if (!s.lists)
        return ECOPT_E_NOMEM;
    size_t *order = s.lists + m * n, count = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_below = true;
        for (size_t k = 0; k < m; k++)
            is_below = is_below && y[i * m + k] < ref[k];
        if (is_below)
            order[count++] = i;
    }
    eco_pareto_sort(count, m, y, m - 1, order, s.lists + (m + 1) * n);
    ecopt_status status = cut(&s, m, count, order);
    eco_free(ctx, s.lists);
    if (status != ECOPT_OK) {
        eco_boxes_release(&s.boxes);
        return status;
    }
    *ret_boxes = s.boxes;
    return ECOPT_OK;
}

void eco_boxes_release(eco_boxes *boxes)
{
    if (!boxes->ctx)
        return;
    eco_free(boxes->ctx, boxes->lower);
    eco_free(boxes->ctx, boxes->upper);
    *boxes = (eco_boxes){0};
}
