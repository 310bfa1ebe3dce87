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

/* Number of points left when the weak tail of objective k is cut off, at least two. */
static size_t tail_cut(size_t n, const entry *by_key, size_t m, size_t k, const double *range,
                       double *leads)
{
    for (bool is_cut = true; is_cut && n > 2;) {
        double first = by_key[0].key, last = by_key[n - 1].key, length = last - first;
        is_cut = false;
        leads_fill(n, by_key, m, k, range, leads);
        for (size_t p = 2; p < n && !is_cut; p++) {
            is_cut = leads[p] * length < WEAK * (last - by_key[p - 1].key);
            n = is_cut ? p : n;
        }
    }
    return n;
}

/* End of the front in objective k; work as long as the front, twice. */
static double front_end(const eco_aim_input *input, size_t k, const double *range, entry *by_key,
                        double *leads)
{
    size_t n = input->n, m = input->m, kept = 0;
    for (size_t i = 0; i < n; i++)
        by_key[i] = (entry){input->front[i * m + k], input->front + i * m};
    qsort(by_key, n, sizeof *by_key, entry_compare);
    /* Of a long front an even selection, ends included. */
    size_t n_some = n < FOLLOWED_MAX ? n : FOLLOWED_MAX;
    for (; kept < n_some && n_some > 1; kept++)
        by_key[kept] = by_key[kept * (n - 1) / (n_some - 1)];
    return by_key[tail_cut(n_some, by_key, m, k, range, leads) - 1].key;
}

/* Whether the aim of this trial is wide in objective k. */
static bool is_wide(const eco_aim_input *input, size_t k)
{
    if (input->m > 2)
        return input->trial % WIDE_OF_MORE == 0;
    return input->trial % WIDE_OF_TWO == 0 && input->trial / WIDE_OF_TWO % input->m == k;
}

/* Aim and reference in one objective. */
static void place(const eco_aim_input *input, size_t k, double low, double end, double *ret_aim,
                  double *ret_in_force)
{
    double in_force = input->in_force[k];
    double range = fmax(end - low, RANGE_MIN * (in_force - low));
    double aim = end + (is_wide(input, k) ? WIDE : NARROW) * range;
    if (is_wide(input, k))
        aim = fmax(aim, in_force);
    double outer = end + NARROW * range;
    /* Fronts of one point, and ranges that are no numbers, say nothing. */
    if (input->n > 1 && range > 0 && isfinite(aim))
        ret_aim[k] = aim;
    if (input->n > 1 && isfinite(outer) && outer > in_force)
        ret_in_force[k] = outer;
}

ecopt_status eco_aim_choose(ecopt_ctx *ctx, const eco_aim_input *input, double *ret_aim,
                            double *ret_in_force)
{
    size_t n = input->n, m = input->m;
    double low[ECOPT_MAX_OBJECTIVES], range[ECOPT_MAX_OBJECTIVES];
    entry *by_key = eco_alloc(ctx, n + 1, sizeof *by_key);
    double *leads = eco_alloc(ctx, n + 1, sizeof *leads);
    bool is_taken = by_key && leads;
    memcpy(ret_aim, input->in_force, m * sizeof *ret_aim);
    memcpy(ret_in_force, input->in_force, m * sizeof *ret_in_force);
    for (size_t k = 0; is_taken && n > 1 && k < m; k++) {
        double high = low[k] = input->front[k];
        for (size_t i = 1; i < n; i++) {
            low[k] = fmin(low[k], input->front[i * m + k]);
            high = fmax(high, input->front[i * m + k]);
        }
        range[k] = high - low[k];
    }
    for (size_t k = 0; is_taken && n > 1 && m > 1 && k < m; k++)
        if (!input->is_fixed[k])
            place(input, k, low[k], front_end(input, k, range, by_key, leads), ret_aim,
                  ret_in_force);
    eco_free(ctx, by_key);
    eco_free(ctx, leads);
    return is_taken ? ECOPT_OK : ECOPT_E_NOMEM;
}
