#include "pareto/volume.h"

#include "pareto/order.h"

#include <math.h>
#include <string.h>

/*
 * All of it rests on one identity (While, Bradstreet, Barone 2012).  Take the points by rising last
 * objective.  What a point adds to the volume is its distance to the reference in that objective
 * times what its projection adds to the projections taken before:
 *
 *     hv_d = sum_i (ref_d - y_id) gain_(d-1)(i)
 *     gain_(d-1)(i) = box(i) - hv_(d-1)(earlier points clipped to the box of i)
 *
 * Down to three objectives gains come from that recursion; for two of them from a staircase.  All
 * terms are >= 0, so nothing cancels in the sums.
 */

static double distance_product(size_t d, const double *row, const double *ref)
{
    double box = 1;
    for (size_t k = 0; k < d; k++)
        box *= ref[k] - row[k];
    return box;
}

/* Sorted by objective 0: every step down of objective 1 adds a rectangle. */
static double sweep_2d(size_t n, const double *rows, const double *ref)
{
    double area = 0, level = ref[1];
    for (size_t i = 0; i < n; i++) {
        double y = rows[2 * i + 1];
        if (y < level) {
            area += (ref[0] - rows[2 * i]) * (level - y);
            level = y;
        }
    }
    return area;
}

/*
 * Sorted by objective 2; the stair holds the front of the first two objectives so far, objective 1
 * falling as the key rises.  A key stands for one value of objective 0, so of two rows with one key
 * the lower stays.  Every row enters and leaves the stair at most once.
 */
static double sweep_3d(eco_volume *v, size_t n, const double *rows, const size_t *keys)
{
    const double *ref = v->ref;
    double sum = 0;
    eco_rank_set_clear(&v->stair);
    for (size_t i = 0; i < n; i++) {
        double x = rows[3 * i], y = rows[3 * i + 1], gain = 0;
        size_t below = eco_rank_set_below(&v->stair, keys[i]);
        double level = below == ECO_RANK_NONE ? ref[1] : rows[3 * v->slot[below] + 1];
        if (level <= y)
            continue;
        size_t above = eco_rank_set_above(&v->stair, keys[i]);
        for (; above != ECO_RANK_NONE; above = eco_rank_set_above(&v->stair, above + 1)) {
            const double *next = rows + 3 * v->slot[above];
            if (next[1] < y)
                break;
            gain += (next[0] - x) * (level - y);
            x = next[0];
            level = next[1];
            eco_rank_set_drop(&v->stair, above);
        }
        double right = above == ECO_RANK_NONE ? ref[0] : rows[3 * v->slot[above]];
        gain += (right - x) * (level - y);
        sum += gain * (ref[2] - rows[3 * i + 2]);
        eco_rank_set_add(&v->stair, keys[i]);
        v->slot[keys[i]] = i;
    }
    return sum;
}

/* Appends the last of n + 1 rows to the front of the n before it; returns the new count.  The
 * recursion costs more than linearly, so a front costs less than what it saves. */
static size_t front_append(size_t d, size_t n, double *rows, size_t *keys)
{
    double added[ECOPT_MAX_OBJECTIVES];
    size_t kept = 0, key = keys[n];
    memcpy(added, rows + n * d, d * sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        const double *row = rows + i * d;
        bool is_covered = true, covers = true;
        for (size_t k = 0; k < d; k++) {
            is_covered = is_covered && row[k] <= added[k];
            covers = covers && added[k] <= row[k];
        }
        /* Nothing has been dropped then: what the added row covers, this one would too. */
        if (is_covered)
            return n;
        if (covers)
            continue;
        if (kept < i) {
            memcpy(rows + kept * d, row, d * sizeof *rows);
            keys[kept] = keys[i];
        }
        kept++;
    }
    memcpy(rows + kept * d, added, d * sizeof *rows);
    keys[kept] = key;
    return kept + 1;
}

/*
 * Clips the earlier rows to the box of row i in the first d - 1 objectives, into the level below;
 * their order by objective d - 2 stays.  Earlier rows that row i covers are of no use after it and
 * leave the list.  Returns false when an earlier one covers row i, which then adds nothing.
 */
static bool clip(const eco_volume *v, size_t d, size_t i, const double *rows, const size_t *keys,
                 size_t *count, size_t *ret_n)
{
    const eco_volume_level *low = &v->level[d - 1];
    const double *own = rows + i * d;
    size_t *earlier = v->level[d].earlier, kept = 0, n = 0, low_d = d - 1;
    for (size_t j = 0; j < *count; j++) {
        const double *row = rows + earlier[j] * d;
        double *clipped = low->rows + n * low_d;
        bool is_covered = true, covers = true;
        for (size_t k = 0; k < low_d; k++) {
            is_covered = is_covered && row[k] <= own[k];
            covers = covers && own[k] <= row[k];
            clipped[k] = row[k] > own[k] ? row[k] : own[k];
        }
        if (is_covered) /* then `covers` never held: the list is a front */
            return false;
        low->keys[n] = keys[earlier[j]] > keys[i] ? keys[earlier[j]] : keys[i];
        n = front_append(low_d, n, low->rows, low->keys);
        if (!covers)
            earlier[kept++] = earlier[j];
    }
    *count = kept;
    *ret_n = n;
    return true;
}

/*
 * The same down to three objectives, where most earlier rows add nothing once clipped.  A row that
 * is clipped in objective 0 is a wall: it covers all later ones as high as it in objective 1; with
 * the objectives exchanged likewise.  Two comparisons against the lowest walls save the stair.
 */
static bool clip_4d(const eco_volume *v, size_t i, const double *rows, const size_t *keys,
                    size_t *count, size_t *ret_n)
{
    const eco_volume_level *low = &v->level[3];
    const double *own = rows + i * 4;
    double wall[2] = {v->ref[0], v->ref[1]}, *clipped = low->rows;
    size_t *earlier = v->level[4].earlier, kept = 0, n = 0;
    for (size_t j = 0; j < *count; j++) {
        size_t other = earlier[j];
        const double *row = rows + other * 4;
        bool is_left = row[0] <= own[0], is_low = row[1] <= own[1], is_first = row[2] <= own[2];
        if (is_left && is_low && is_first)
            return false;
        if (!(own[0] <= row[0] && own[1] <= row[1] && own[2] <= row[2]))
            earlier[kept++] = other;
        double x = is_left ? own[0] : row[0], y = is_low ? own[1] : row[1];
        if (x >= wall[0] || y >= wall[1])
            continue;
        if (is_left)
            wall[1] = y;
        if (is_low)
            wall[0] = x;
        clipped[0] = x;
        clipped[1] = y;
        clipped[2] = is_first ? own[2] : row[2];
        clipped += 3;
        low->keys[n++] = is_left ? keys[i] : keys[other];
    }
    *count = kept;
    *ret_n = n;
    return true;
}

/* Puts row i into the list of earlier rows, behind those with an equal objective d - 2. */
static void earlier_insert(const eco_volume *v, size_t d, size_t i, const double *rows,
                           size_t *count)
{
    size_t *earlier = v->level[d].earlier, low = 0, high = *count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rows[earlier[middle] * d + d - 2] <= rows[i * d + d - 2])
            low = middle + 1;
        else
            high = middle;
    }
    memmove(earlier + low + 1, earlier + low, (*count - low) * sizeof *earlier);
    earlier[low] = i;
    ++*count;
}

/* Volume of rows of d >= 3 objectives sorted by the last; at most ECOPT_MAX_OBJECTIVES deep. */
static double volume_of(eco_volume *v, size_t d, size_t n, const double *rows, const size_t *keys)
{
    if (d == 3)
        return sweep_3d(v, n, rows, keys);
    double sum = 0;
    size_t count = 0, n_clipped = 0;
    const eco_volume_level *low = &v->level[d - 1];
    for (size_t i = 0; i < n; i++) {
        bool is_new = d == 4 ? clip_4d(v, i, rows, keys, &count, &n_clipped)
                             : clip(v, d, i, rows, keys, &count, &n_clipped);
        if (!is_new)
            continue;
        double gain = distance_product(d - 1, rows + i * d, v->ref) -
                      volume_of(v, d - 1, n_clipped, low->rows, low->keys);
        /* A gain of nothing may come out as less by rounding. */
        sum += fmax(0, gain) * (v->ref[d - 1] - rows[i * d + d - 1]);
        earlier_insert(v, d, i, rows, &count);
    }
    return sum;
}

double eco_volume_measure(eco_volume *v, size_t n, const double *rows, const double *ref)
{
    size_t m = v->m;
    eco_volume_level *top = &v->level[m];
    v->ref = ref;
    for (size_t i = 0; i < n; i++)
        v->order[i] = i;
    /* Ranks of objective 0 first; they stay true through clipping, so the sweeps need no sort. */
    eco_pareto_sort(n, m, rows, 0, v->order, v->work);
    for (size_t i = 0, rank = 0; i < n; i++) {
        rank += i > 0 && rows[v->order[i] * m] > rows[v->order[i - 1] * m];
        v->slot[v->order[i]] = rank;
    }
    if (m > 2)
        eco_pareto_sort(n, m, rows, m - 1, v->order, v->work);
    for (size_t i = 0; i < n; i++) {
        memcpy(top->rows + i * m, rows + v->order[i] * m, m * sizeof *rows);
        top->keys[i] = v->slot[v->order[i]];
    }
    if (m == 1)
        return n ? ref[0] - top->rows[0] : 0;
    return m == 2 ? sweep_2d(n, top->rows, ref) : volume_of(v, m, n, top->rows, top->keys);
}

ecopt_status eco_volume_init(ecopt_ctx *ctx, size_t n, size_t m, eco_volume *ret_volume)
{
    size_t first = m < 3 ? m : 3, n_numbers = 0;
    for (size_t d = first; d <= m; d++)
        n_numbers += n * d;
    eco_volume v = {.ctx = ctx, .m = m};
    v.numbers = eco_alloc(ctx, n_numbers, sizeof *v.numbers);
    v.indices = eco_alloc(ctx, n * (3 + 2 * (m - first + 1)), sizeof *v.indices);
    v.words = eco_alloc(ctx, eco_rank_set_words(n ? n : 1), sizeof *v.words);
    if (!v.numbers || !v.indices || !v.words) {
        eco_volume_release(&v);
        return ECOPT_E_NOMEM;
    }
    eco_rank_set_init(&v.stair, n ? n : 1, v.words);
    v.order = v.indices;
    v.work = v.order + n;
    v.slot = v.work + n;
    double *numbers = v.numbers;
    size_t *indices = v.slot + n;
    for (size_t d = first; d <= m; d++) {
        v.level[d] = (eco_volume_level){.rows = numbers, .keys = indices, .earlier = indices + n};
        numbers += n * d;
        indices += 2 * n;
    }
    *ret_volume = v;
    return ECOPT_OK;
}

void eco_volume_release(eco_volume *v)
{
    eco_free(v->ctx, v->numbers);
    eco_free(v->ctx, v->indices);
    eco_free(v->ctx, v->words);
}
