#include "sampler/aim.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOLLOWED_MAX = 400, /* points of a front looked at for its ends: n^2 of them are compared */
    WIDE_OF_TWO = 5,    /* every so many trials is a wide turn, two objectives */
    WIDE_OF_MORE = 3    /* three and more */
};

static const double NARROW = 0.1, WIDE = 3; /* in ranges of the front */
static const double WEAK = 0.05;            /* least price of a range, see aim.h */
/*
 * Least range, as a share of the way from the best value to the reference in force.  Two points
 * close together at one end would draw every later trial to themselves.
 */
static const double RANGE_MIN = 0.05;

/* A point and the objective that points are sorted by. */
typedef struct entry {
    double key;
    const double *y;
} entry;

static int entry_compare(const void *a, const void *b)
{
    const entry *p = a, *q = b;
    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return p->y < q->y ? -1 : p->y > q->y;
}

/* How much r is better than q in the objectives other than k, in units of range. */
static double lead(size_t m, size_t k, const double *range, const double *q, const double *r)
{
    double most = -HUGE_VAL;
    for (size_t j = 0; j < m; j++)
        if (j != k)
            most = fmax(most, range[j] > 0 ? (q[j] - r[j]) / range[j] : 0);
    return most;
}

/*
 * What the points from place p on offer over those before p, for every p: the largest of their
 * leads over whoever comes closest (the additive epsilon indicator of the others).
 */
static void leads_fill(size_t n, const entry *by_key, size_t m, size_t k, const double *range,
                       double *ret_leads)
{
    memset(ret_leads, 0, n * sizeof *ret_leads);
    for (size_t r = 1; r < n; r++) {
        double least = HUGE_VAL;
        for (size_t q = 0; q < r; q++) {
            least = fmin(least, lead(m, k, range, by_key[q].y, by_key[r].y));
            ret_leads[q + 1] = fmax(ret_leads[q + 1], least);
        }
    }
}

/*
 * The weakest tail in objective k, as the number of points before it; n when no tail is weak.
 * Lengths are in units of range; the price of a tail is what it offers over its length.
 */
static size_t tail_find(size_t m, size_t k, const double *range, size_t n, entry *by_key,
                        double *leads, double *ret_price)
{
    size_t kept = n;
    for (size_t i = 0; i < n; i++)
        by_key[i].key = by_key[i].y[k];
    qsort(by_key, n, sizeof *by_key, entry_compare);
    leads_fill(n, by_key, m, k, range, leads);
    for (size_t p = 2; p < n; p++) {
        double length = (by_key[n - 1].key - by_key[p - 1].key) / range[k];
        if (leads[p] < *ret_price * length) {
            *ret_price = leads[p] / length;
            kept = p;
        }
    }
    return kept;
}

/*
 * Best value and range of each objective.  A range counts no further than the reference in force:
 * next to a tail a million long, all that matters would look like a point.
 */
static void ranges_fill(const eco_aim_input *input, size_t n, const entry *points, double *ret_low,
                        double *ret_high, double *ret_range)
{
    for (size_t k = 0; k < input->m; k++) {
        ret_low[k] = ret_high[k] = points[0].y[k];
        for (size_t i = 1; i < n; i++) {
            ret_low[k] = fmin(ret_low[k], points[i].y[k]);
            ret_high[k] = fmax(ret_high[k], points[i].y[k]);
        }
        double outer = input->in_force[k] - ret_low[k];
        ret_range[k] = ret_high[k] - ret_low[k];
        if (outer > 0 && outer < ret_range[k])
            ret_range[k] = outer;
    }
}

/* Cuts weak tails off, the weakest first, as long as there are any; returns what is left. */
static size_t tails_cut(const eco_aim_input *input, size_t n, entry *points, double *leads)
{
    double low[ECOPT_MAX_OBJECTIVES], high[ECOPT_MAX_OBJECTIVES], range[ECOPT_MAX_OBJECTIVES];
    for (size_t last = n + 1; n < last && n > 2;) {
        double price = WEAK;
        size_t weakest = input->m, kept = n;
        last = n;
        ranges_fill(input, n, points, low, high, range);
        for (size_t k = 0; k < input->m; k++) {
            size_t left =
                range[k] > 0 ? tail_find(input->m, k, range, n, points, leads, &price) : n;
            weakest = left < n ? k : weakest;
            kept = left < n ? left : kept;
        }
        if (weakest == input->m)
            break;
        for (size_t i = 0; i < n; i++)
            points[i].key = points[i].y[weakest];
        qsort(points, n, sizeof *points, entry_compare);
        n = kept;
    }
    return n;
}

/* Whether the aim of this trial is wide in objective k. */
static bool is_wide(const eco_aim_input *input, size_t k)
{
    if (input->m > 2)
        return input->trial % WIDE_OF_MORE == 0;
    return input->trial % WIDE_OF_TWO == 0 && input->trial / WIDE_OF_TWO % input->m == k;
}

/* Aim and reference in one objective, unless they are no numbers. */
static void place(const eco_aim_input *input, size_t k, double low, double end, double *ret_aim,
                  double *ret_in_force)
{
    double in_force = input->in_force[k];
    double range = fmax(end - low, RANGE_MIN * (in_force - low));
    double near = end + NARROW * range, far = fmax(end + WIDE * range, in_force);
    double aim = is_wide(input, k) ? far : near;
    if (range > 0 && isfinite(aim))
        *ret_aim = aim;
    if (isfinite(near) && near > in_force)
        *ret_in_force = near;
}

/* Points of the front to look at, of two or more: of a long one an even selection, ends in
 * objective 0 included. */
static size_t points_take(const eco_aim_input *input, entry *ret_points)
{
    size_t n = input->n, n_some = n < FOLLOWED_MAX ? n : FOLLOWED_MAX;
    for (size_t i = 0; i < n; i++)
        ret_points[i] = (entry){input->front[i * input->m], input->front + i * input->m};
    qsort(ret_points, n, sizeof *ret_points, entry_compare);
    for (size_t i = 0; i < n_some; i++)
        ret_points[i] = ret_points[i * (n - 1) / (n_some - 1)];
    return n_some;
}

ecopt_status eco_aim_choose(ecopt_ctx *ctx, const eco_aim_input *input, double *ret_aim,
                            double *ret_in_force)
{
    size_t m = input->m;
    double low[ECOPT_MAX_OBJECTIVES], end[ECOPT_MAX_OBJECTIVES], range[ECOPT_MAX_OBJECTIVES];
    memcpy(ret_aim, input->in_force, m * sizeof *ret_aim);
    memcpy(ret_in_force, input->in_force, m * sizeof *ret_in_force);
    /* A front of one point says nothing. */
    if (m < 2 || input->n < 2)
        return ECOPT_OK;
    entry *points = eco_alloc(ctx, input->n, sizeof *points);
    double *leads = eco_alloc(ctx, input->n, sizeof *leads);
    bool is_taken = points && leads;
    if (is_taken) {
        size_t n = tails_cut(input, points_take(input, points), points, leads);
        ranges_fill(input, n, points, low, end, range);
    }
    for (size_t k = 0; k < m && is_taken; k++)
        if (!input->is_fixed[k])
            place(input, k, low[k], end[k], &ret_aim[k], &ret_in_force[k]);
    eco_free(ctx, points);
    eco_free(ctx, leads);
    return is_taken ? ECOPT_OK : ECOPT_E_NOMEM;
}
