#include "pareto/order.h"
#include "pareto/volume.h"

#include <math.h>

/* Neighbours on the staircase bound the exclusive rectangle; front is sorted by objective 0. */
static void contributions_2d(size_t count, const double *y, const double *ref, const size_t *front,
                             double *ret_contribution)
{
    for (size_t i = 0; i < count; i++) {
        double right = i + 1 < count ? y[2 * front[i + 1]] : ref[0];
        double above = i > 0 ? y[2 * front[i - 1] + 1] : ref[1];
        ret_contribution[front[i]] = (right - y[2 * front[i]]) * (above - y[2 * front[i] + 1]);
    }
}

/*
 * Three objectives: a sweep along objective 2 keeps, for each point of the stair, the part of the
 * plane that it alone dominates, cut into strips along objective 0 whose tops fall to the right.
 * A new point takes the right end of its left neighbour's strips, the tops of its right
 * neighbour's, and all of what it covers; a strip that changes is charged to its owner first.
 */
typedef struct strip {
    double left, right, top; /* the bottom is the owner's objective 1 */
    double since;            /* objective 2 from which on it has this shape */
    size_t before, after;    /* neighbours with the same owner, or NO_STRIP */
} strip;

#define NO_STRIP SIZE_MAX

typedef struct strip_sweep {
    const double *y; /* n x 3 */
    const double *ref;
    size_t *first, *last; /* n each: strips of a point */
    size_t *owner;        /* n: point that a member of stair stands for */
    strip *strips;        /* 2 n */
    size_t n_strips;      /* given out so far; a point makes one, and one per point covered */
    double *contribution; /* n */
    eco_rank_set stair;
} strip_sweep;

/* Counts what a strip was worth up to height z and lets it go on from there. */
static void strip_charge(strip_sweep *s, size_t point, size_t id, double z)
{
    strip *p = s->strips + id;
    s->contribution[point] +=
        (p->right - p->left) * (p->top - s->y[3 * point + 1]) * (z - p->since);
    p->since = z;
}

static void strips_finish(strip_sweep *s, size_t point, double z)
{
    for (size_t id = s->first[point]; id != NO_STRIP; id = s->strips[id].after)
        strip_charge(s, point, id, z);
}

static void strip_append(strip_sweep *s, size_t point, double left, double right, double top)
{
    if (left >= right)
        return;
    size_t id = s->n_strips++;
    s->strips[id] = (strip){.left = left,
                            .right = right,
                            .top = top,
                            .since = s->y[3 * point + 2],
                            .before = s->last[point],
                            .after = NO_STRIP};
    if (s->last[point] == NO_STRIP)
        s->first[point] = id;
    else
        s->strips[s->last[point]].after = id;
    s->last[point] = id;
}

/* From height z on somebody else also dominates what lies right of x. */
static void right_end_cut(strip_sweep *s, size_t point, double x, double z)
{
    size_t id = s->last[point];
    for (; id != NO_STRIP && s->strips[id].right > x; id = s->strips[id].before) {
        strip_charge(s, point, id, z);
        if (s->strips[id].left < x) {
            s->strips[id].right = x;
            break;
        }
    }
    s->last[point] = id;
    if (id == NO_STRIP)
        s->first[point] = NO_STRIP;
    else
        s->strips[id].after = NO_STRIP;
}

/* From height z on somebody else also dominates what lies above y: what was higher becomes one
 * strip that ends there. */
static void tops_cut(strip_sweep *s, size_t point, double y, double z)
{
    size_t id = s->first[point], cut = NO_STRIP;
    for (; id != NO_STRIP && s->strips[id].top > y; id = s->strips[id].after) {
        strip_charge(s, point, id, z);
        cut = id;
    }
    if (cut == NO_STRIP)
        return;
    s->strips[cut].left = s->strips[s->first[point]].left;
    s->strips[cut].top = y;
    s->strips[cut].before = NO_STRIP;
    s->first[point] = cut;
}

/* Takes the next point by objective 2; key is the rank of its objective 0. */
static void point_enter(strip_sweep *s, size_t point, size_t key)
{
    double x = s->y[3 * point], y = s->y[3 * point + 1], z = s->y[3 * point + 2];
    size_t left = key > 0 ? eco_rank_set_below(&s->stair, key - 1) : ECO_RANK_NONE;
    double level = s->ref[1];
    if (left != ECO_RANK_NONE) {
        level = s->y[3 * s->owner[left] + 1];
        right_end_cut(s, s->owner[left], x, z);
    }
    s->first[point] = s->last[point] = NO_STRIP;
    size_t at = eco_rank_set_above(&s->stair, key);
    for (; at != ECO_RANK_NONE; at = eco_rank_set_above(&s->stair, at + 1)) {
        size_t covered = s->owner[at];
        if (s->y[3 * covered + 1] < y)
            break;
        strips_finish(s, covered, z);
        strip_append(s, point, x, s->y[3 * covered], level);
        x = s->y[3 * covered];
        level = s->y[3 * covered + 1];
        eco_rank_set_drop(&s->stair, at);
    }
    strip_append(s, point, x, at == ECO_RANK_NONE ? s->ref[0] : s->y[3 * s->owner[at]], level);
    if (at != ECO_RANK_NONE)
        tops_cut(s, s->owner[at], y, z);
    eco_rank_set_add(&s->stair, key);
    s->owner[key] = point;
}

/* front holds count >= 1 rows sorted by objective 0, none dominated by or equal to another. */
static ecopt_status contributions_3d(ecopt_ctx *ctx, size_t count, const eco_rows *rows,
                                     size_t *front, double *ret_contribution)
{
    ecopt_status status = ECOPT_E_NOMEM;
    size_t *indices = eco_alloc(ctx, 4 * rows->n + count, sizeof *indices);
    strip *strips = eco_alloc(ctx, 2 * count, sizeof *strips);
    uint64_t *words = eco_alloc(ctx, eco_rank_set_words(count), sizeof *words);
    if (!indices || !strips || !words)
        goto done;
    strip_sweep s = {.y = rows->y,
                     .ref = rows->ref,
                     .first = indices,
                     .last = indices + rows->n,
                     .owner = indices + 2 * rows->n,
                     .strips = strips};
    s.contribution = ret_contribution;
    eco_rank_set_init(&s.stair, count, words);
    size_t *key = indices + 3 * rows->n, *work = indices + 4 * rows->n;
    for (size_t i = 0, rank = 0; i < count; i++) {
        rank += i > 0 && rows->y[3 * front[i]] > rows->y[3 * front[i - 1]];
        key[front[i]] = rank;
    }
    eco_pareto_sort(count, 3, rows->y, 2, front, work);
    for (size_t i = 0; i < count; i++)
        point_enter(&s, front[i], key[front[i]]);
    for (size_t at = eco_rank_set_above(&s.stair, 0); at != ECO_RANK_NONE;
         at = eco_rank_set_above(&s.stair, at + 1))
        strips_finish(&s, s.owner[at], rows->ref[2]);
    status = ECOPT_OK;
done:
    eco_free(ctx, indices);
    eco_free(ctx, strips);
    eco_free(ctx, words);
    return status;
}

/* Any number of objectives: the point's own box less what the rest of the front, clipped to that
 * box, covers of it. */
static ecopt_status contributions_any(ecopt_ctx *ctx, size_t count, const eco_rows *rows,
                                      const size_t *front, double *ret_contribution)
{
    size_t m = rows->m;
    eco_volume volume;
    double *clipped = eco_alloc(ctx, count * m, sizeof *clipped);
    ecopt_status status = clipped ? eco_volume_init(ctx, count, m, &volume) : ECOPT_E_NOMEM;
    for (size_t i = 0; status == ECOPT_OK && i < count; i++) {
        const double *own = rows->y + front[i] * m;
        double box = 1;
        size_t n = 0;
        for (size_t k = 0; k < m; k++)
            box *= rows->ref[k] - own[k];
        for (size_t j = 0; j < count; j++) {
            for (size_t k = 0; k < m && j != i; k++)
                clipped[n * m + k] = fmax(rows->y[front[j] * m + k], own[k]);
            n += j != i;
        }
        ret_contribution[front[i]] =
            fmax(0, box - eco_volume_measure(&volume, n, clipped, rows->ref));
    }
    if (status == ECOPT_OK)
        eco_volume_release(&volume);
    eco_free(ctx, clipped);
    return status;
}

/* Contributions of the rows, in their order and scale; work has room for 3 n. */
static ecopt_status contributions_of(ecopt_ctx *ctx, const eco_rows *rows, double *own,
                                     size_t *work, bool *is_kept)
{
    size_t n = rows->n, m = rows->m, count = 0, *order = work, *front = work + n;
    ECO_TRY(eco_front_mark(ctx, n, m, rows->y, order, is_kept));
    for (size_t i = 0; i < n; i++)
        if (is_kept[order[i]])
            front[count++] = order[i];
    if (m == 2)
        contributions_2d(count, rows->y, rows->ref, front, own);
    else if (m == 3 && count > 0)
        ECO_TRY(contributions_3d(ctx, count, rows, front, own));
    else
        ECO_TRY(contributions_any(ctx, count, rows, front, own));
    /* A front point that occurs twice loses nothing when one copy goes; copies are neighbours. */
    for (size_t i = 1; i < n; i++)
        if (ecopt_dominance_compare(m, rows->y + order[i - 1] * m, rows->y + order[i] * m) ==
            ECOPT_DOMINANCE_EQUAL)
            own[order[i - 1]] = 0;
    return ECOPT_OK;
}

ecopt_status ecopt_hypervolume_contributions(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                             const double *ref, double *ret_contribution)
{
    eco_rows rows;
    ECO_TRY(eco_rows_load(ctx, n, m, y, ref, &rows));
    ecopt_status status = ECOPT_E_NOMEM;
    double *own = eco_alloc(ctx, rows.n, sizeof *own);
    size_t *work = eco_alloc(ctx, 2 * rows.n, sizeof *work);
    bool *is_kept = eco_alloc(ctx, rows.n, sizeof *is_kept);
    if (!own || !work || !is_kept)
        goto done;
    status = contributions_of(ctx, &rows, own, work, is_kept);
    if (status != ECOPT_OK)
        goto done;
    for (size_t i = 0; i < n; i++)
        ret_contribution[i] = 0;
    for (size_t i = 0; i < rows.n && status == ECOPT_OK; i++) {
        double value = ldexp(own[i], rows.exponent);
        ret_contribution[rows.origin[i]] = value;
        if (!isfinite(value))
            status = eco_fail(ctx, ECOPT_E_NUMERIC, "contribution of point %zu overflows",
                              rows.origin[i]);
    }
done:
    eco_free(ctx, own);
    eco_free(ctx, work);
    eco_free(ctx, is_kept);
    eco_rows_release(&rows);
    return status;
}
