#include "sampler/region.h"

#include "core/rng.h"
#include "pareto/cost.h"
#include "sampler/mobo_data.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURNS = 4,
    FRONT_LOCAL = ECO_REGION_ROWS / 6, /* rows from the front; all others are the nearest */
    FRONT_GLOBAL = ECO_REGION_ROWS / 3,
    NEAREST_MIN = 20, /* trials at least that the box reaches to */
    WEIGHED_MAX = 3   /* objectives up to which contributions cost n log n */
};

static const double HALF_SIDE_MIN = 0.01, HALF_SIDE_MAX = 0.4;
static const double FEW_DIMS = 6; /* beyond, a step along all of them at once is too long */
static const double SHRINK[TURNS] = {0, 1, 0.5, 0.25};

/* A study as it is cut down. */
typedef struct cut {
    eco_arena *arena;
    const eco_problem *problem;
    const eco_history *history;
    size_t m, d, n_dims;
    const double *ref;
    double *features; /* n x d */
    double *cost;     /* n x m; NaN in column 0: not feasible, or not complete */
    size_t *front;    /* trials of the front; once it is thinned, the ones kept in order */
    size_t n_front;
    bool *is_row; /* n */
    size_t n_rows;
    eco_rng rng;
} cut;

/* A distance and whose it is. */
typedef struct reach {
    double distance;
    size_t i;
} reach;

static int by_distance(const void *a, const void *b)
{
    const reach *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

/* Costs of trials that may stand on a front. */
static ecopt_status costs_fill(cut *c)
{
    size_t n = c->history->n, m = c->m;
    bool is_scalar = m != c->problem->n_objectives;
    eco_series s = {eco_arena_alloc(c->arena, n, sizeof(double)),
                    eco_arena_alloc(c->arena, n, sizeof(double))};
    if (!s.value || !s.se)
        return ECOPT_E_NOMEM;
    if (is_scalar)
        eco_series_scalarised(c->problem, c->history, &s);
    for (size_t i = 0; i < n; i++) {
        const eco_observation *o = &c->history->observations[i];
        double *cost = c->cost + i * m;
        bool is_usable = eco_mobo_is_feasible(c->problem, o);
        for (size_t k = 0; k < m; k++) {
            cost[k] = is_scalar ? s.value[i] : eco_cost(&c->problem->objectives[k], o->y[k]);
            is_usable = is_usable && isfinite(cost[k]);
        }
        if (!is_usable)
            cost[0] = (double)NAN;
    }
    return ECOPT_OK;
}

/* Sets front: of the feasible trials below the reference point, or of all when there is none. */
static ecopt_status front_find(cut *c)
{
    size_t n = c->history->n, m = c->m, count = 0;
    size_t *who = eco_arena_alloc(c->arena, n, sizeof *who);
    double *y = eco_arena_alloc(c->arena, n * m, sizeof *y);
    c->front = eco_arena_alloc(c->arena, n, sizeof *c->front);
    if (!who || !y || !c->front)
        return ECOPT_E_NOMEM;
    for (int pass = 0; pass < 2 && count == 0; pass++)
        for (size_t i = 0; i < n; i++) {
            const double *cost = c->cost + i * m;
            bool is_below = !isnan(cost[0]);
            for (size_t k = 0; k < m && pass == 0; k++)
                is_below = is_below && cost[k] < c->ref[k];
            if (!is_below)
                continue;
            memcpy(y + count * m, cost, m * sizeof *y);
            who[count++] = i;
        }
    ECO_TRY(ecopt_nondominated(c->arena->ctx, count, m, y, c->front, &c->n_front));
    for (size_t i = 0; i < c->n_front; i++)
        c->front[i] = who[c->front[i]];
    return ECOPT_OK;
}

/* Odds of the front points as centres. */
static ecopt_status odds_fill(const cut *c, double *odds)
{
    size_t m = c->m;
    bool is_even = m > WEIGHED_MAX || c->history->trial / TURNS % 2 == 0;
    for (size_t i = 0; i < c->n_front; i++)
        odds[i] = 1;
    if (is_even)
        return ECOPT_OK;
    double *y = eco_arena_alloc(c->arena, c->n_front * m, sizeof *y), sum = 0;
    if (!y)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < c->n_front; i++)
        memcpy(y + i * m, c->cost + c->front[i] * m, m * sizeof *y);
    ecopt_status status =
        ecopt_hypervolume_contributions(c->arena->ctx, c->n_front, m, y, c->ref, odds);
    for (size_t i = 0; i < c->n_front && status == ECOPT_OK; i++)
        sum += odds[i];
    /* No volume, or one beyond all numbers: then each counts the same. */
    for (size_t i = 0; i < c->n_front && !(sum > 0 && isfinite(sum)); i++)
        odds[i] = 1;
    return status == ECOPT_E_NOMEM ? status : ECOPT_OK;
}

/* The front point that a suggestion is sought around. */
static ecopt_status centre_draw(cut *c, size_t *ret_trial)
{
    double *odds = eco_arena_alloc(c->arena, c->n_front, sizeof *odds), sum = 0;
    if (!odds)
        return ECOPT_E_NOMEM;
    ECO_TRY(odds_fill(c, odds));
    for (size_t i = 0; i < c->n_front; i++)
        sum += odds[i];
    double left = eco_rng_uniform(&c->rng) * sum;
    size_t at = 0;
    while (at + 1 < c->n_front && left >= odds[at])
        left -= odds[at++];
    *ret_trial = c->front[at];
    return ECOPT_OK;
}

/* Squared distance of two front points, each objective in units of the front's range. */
static double front_distance(const cut *c, const double *per_range, size_t a, size_t b)
{
    double sum = 0;
    for (size_t k = 0; k < c->m; k++) {
        double step =
            (c->cost[c->front[a] * c->m + k] - c->cost[c->front[b] * c->m + k]) * per_range[k];
        sum += step * step;
    }
    return sum;
}

static void ranges_fill(const cut *c, double *per_range)
{
    for (size_t k = 0; k < c->m; k++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t i = 0; i < c->n_front; i++) {
            low = fmin(low, c->cost[c->front[i] * c->m + k]);
            high = fmax(high, c->cost[c->front[i] * c->m + k]);
        }
        per_range[k] = high > low && isfinite(high - low) ? 1 / (high - low) : 0;
    }
}

static void swap(size_t *a, size_t *b)
{
    size_t from = *a;
    *a = *b;
    *b = from;
}

/*
 * Orders the front so that any first part of it is worth keeping, as far as n_kept, and drops the
 * rest: in turn the nearest to the centre (first of all itself) and the farthest from all kept.
 * centre: a trial, or n: then only the latter.
 */
static ecopt_status front_thin(cut *c, size_t centre, size_t n_kept)
{
    double per_range[ECOPT_MAX_OBJECTIVES];
    size_t n = c->n_front, start = 0;
    double *to_centre = eco_arena_alloc(c->arena, n, sizeof *to_centre);
    double *to_kept = eco_arena_alloc(c->arena, n, sizeof *to_kept);
    if (!to_centre || !to_kept)
        return ECOPT_E_NOMEM;
    ranges_fill(c, per_range);
    while (start < n && c->front[start] != centre)
        start++;
    bool has_centre = start < n;
    start = has_centre ? start : 0;
    for (size_t i = 0; i < n; i++) {
        to_centre[i] = front_distance(c, per_range, i, start);
        to_kept[i] = HUGE_VAL;
    }
    for (size_t kept = 0; kept < n && kept < n_kept; kept++) {
        size_t best = kept;
        bool is_near = kept == 0 || (has_centre && kept % 2 == 1);
        for (size_t i = kept; i < n; i++)
            if (is_near ? to_centre[i] < to_centre[best] : to_kept[i] > to_kept[best])
                best = i;
        swap(&c->front[kept], &c->front[best]);
        double moved = to_centre[kept];
        to_centre[kept] = to_centre[best];
        to_centre[best] = moved;
        moved = to_kept[kept];
        to_kept[kept] = to_kept[best];
        to_kept[best] = moved;
        for (size_t i = kept + 1; i < n; i++)
            to_kept[i] = fmin(to_kept[i], front_distance(c, per_range, i, kept));
    }
    c->n_front = n < n_kept ? n : n_kept;
    return ECOPT_OK;
}

static void row_add(cut *c, size_t i)
{
    c->n_rows += !c->is_row[i];
    c->is_row[i] = true;
}

/* Squared distance in features; labels count 1 when they differ. */
static double feature_distance(const cut *c, const double *a, const double *b)
{
    size_t n_numbers = c->d - eco_space_n_labels(c->problem->space);
    double sum = 0;
    for (size_t j = 0; j < c->d; j++)
        sum += j < n_numbers ? (a[j] - b[j]) * (a[j] - b[j]) : a[j] != b[j];
    return sum;
}

static ecopt_status rows_near(cut *c, size_t centre)
{
    size_t n = c->history->n;
    reach *all = eco_arena_alloc(c->arena, n, sizeof *all);
    if (!all)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        all[i] =
            (reach){feature_distance(c, c->features + i * c->d, c->features + centre * c->d), i};
    qsort(all, n, sizeof *all, by_distance);
    for (size_t k = 0; k < n && c->n_rows < ECO_REGION_ROWS; k++)
        row_add(c, all[k].i);
    return ECOPT_OK;
}

/* Fills up with an even selection of the trials that are no rows yet, the newest among them. */
static void rows_even(cut *c)
{
    size_t n = c->history->n, rest = n - c->n_rows, left = ECO_REGION_ROWS - c->n_rows, seen = 0;
    for (size_t i = 0; i < n; i++) {
        if (c->is_row[i])
            continue;
        if ((seen + 1) * left / rest > seen * left / rest)
            row_add(c, i);
        seen++;
    }
}

/* Half side of the box: how far the k-th nearest trial is, times what the turn says. */
static ecopt_status half_side(const cut *c, const double *centre, double *ret_half)
{
    size_t n = c->history->n, k = 2 * c->n_dims > NEAREST_MIN ? 2 * c->n_dims : NEAREST_MIN;
    const ecopt_space *space = c->problem->space;
    reach *all = eco_arena_alloc(c->arena, n, sizeof *all);
    if (!all)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        all[i].i = i;
        for (size_t j = 0; j < c->n_dims; j++) {
            double u = c->features[i * c->d + eco_space_dim_column(space, j)];
            if (!eco_space_dim_is_unordered(space, j))
                all[i].distance = fmax(all[i].distance, fabs(u - centre[j]));
        }
    }
    qsort(all, n, sizeof *all, by_distance);
    double at_once = fmin(1, sqrt(FEW_DIMS / (double)c->n_dims));
    double half = all[k < n ? k : n - 1].distance * at_once * SHRINK[c->history->trial % TURNS];
    *ret_half = fmin(fmax(half, HALF_SIDE_MIN), HALF_SIDE_MAX);
    return ECOPT_OK;
}

static ecopt_status box_fill(const cut *c, size_t centre, eco_region *region)
{
    double half;
    region->centre = eco_arena_alloc(c->arena, c->n_dims, sizeof(double));
    region->lower = eco_arena_alloc(c->arena, c->n_dims, sizeof(double));
    region->upper = eco_arena_alloc(c->arena, c->n_dims, sizeof(double));
    if (!region->centre || !region->lower || !region->upper)
        return ECOPT_E_NOMEM;
    eco_space_encode(c->problem->space, c->history->observations[centre].x, region->centre);
    ECO_TRY(half_side(c, region->centre, &half));
    for (size_t j = 0; j < c->n_dims; j++) {
        bool is_whole = eco_space_dim_is_unordered(c->problem->space, j);
        region->lower[j] = is_whole ? 0 : fmax(0, region->centre[j] - half);
        region->upper[j] = is_whole ? 1 : fmin(1, region->centre[j] + half);
    }
    region->is_local = true;
    return ECOPT_OK;
}

/* The rows in order of their numbers, the newest pending points, and the fixed ones. */
static ecopt_status region_fill(const cut *c, eco_region *region)
{
    size_t n = 0, n_params = ecopt_space_n_params(c->problem->space);
    size_t n_pending =
        c->history->n_pending < ECO_REGION_PENDING ? c->history->n_pending : ECO_REGION_PENDING;
    eco_observation *rows = eco_arena_alloc(c->arena, c->n_rows, sizeof *rows);
    region->fixed = eco_arena_alloc(c->arena, c->n_front * c->m, sizeof(double));
    if (!rows || !region->fixed)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < c->history->n; i++)
        if (c->is_row[i])
            rows[n++] = c->history->observations[i];
    for (size_t i = 0; i < c->n_front; i++)
        if (!c->is_row[c->front[i]])
            memcpy(region->fixed + region->n_fixed++ * c->m, c->cost + c->front[i] * c->m,
                   c->m * sizeof(double));
    region->history = *c->history;
    region->history.n = n;
    region->history.observations = rows;
    region->history.n_pending = n_pending;
    if (n_pending > 0)
        region->history.pending =
            c->history->pending + (c->history->n_pending - n_pending) * n_params;
    return ECOPT_OK;
}

static ecopt_status cut_init(cut *c)
{
    size_t n = c->history->n;
    c->features = eco_arena_alloc(c->arena, n * c->d, sizeof *c->features);
    c->cost = eco_arena_alloc(c->arena, n * c->m, sizeof *c->cost);
    c->is_row = eco_arena_alloc(c->arena, n, sizeof *c->is_row);
    if (!c->features || !c->cost || !c->is_row)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        eco_space_features(c->problem->space, c->history->observations[i].x,
                           c->features + i * c->d);
    eco_rng_init(&c->rng, c->problem->seed, ECO_STREAM_REGION, c->history->trial);
    ECO_TRY(costs_fill(c));
    return front_find(c);
}

ecopt_status eco_region_choose(eco_arena *arena, const eco_problem *problem,
                               const eco_history *history, size_t m, const double *ref,
                               eco_region *ret_region)
{
    eco_region region = {.history = *history};
    cut c = {.arena = arena,
             .problem = problem,
             .history = history,
             .m = m,
             .d = eco_space_n_features(problem->space),
             .n_dims = eco_space_n_dims(problem->space),
             .ref = ref};
    if (history->n > ECO_REGION_FROM) {
        size_t n_kept = m == 2 ? 2 * ECO_REGION_FRONT : ECO_REGION_FRONT, centre = history->n;
        ECO_TRY(cut_init(&c));
        bool is_local = c.n_front > 0 && history->trial % TURNS != 0;
        if (is_local)
            ECO_TRY(centre_draw(&c, &centre));
        ECO_TRY(front_thin(&c, centre, n_kept));
        size_t n_front = is_local ? FRONT_LOCAL : FRONT_GLOBAL;
        for (size_t i = 0; i < c.n_front && i < n_front; i++)
            row_add(&c, c.front[i]);
        if (is_local) {
            ECO_TRY(rows_near(&c, centre));
            ECO_TRY(box_fill(&c, centre, &region));
        } else {
            rows_even(&c);
        }
        ECO_TRY(region_fill(&c, &region));
    }
    *ret_region = region;
    return ECOPT_OK;
}
