/*
 * Small discrete spaces and lists of allowed points: rows are scored, not climbed.
 *
 * Up to WHOLE points all new ones are scored.  Of a longer list those are: SPREAD new rows, evenly
 * taken from a start that moves with the trial number, and the NEAR new rows nearest (in features)
 * to each of up to CENTRES front points and to each of the CENTRES best of the spread ones.  So the
 * neighbourhood of everything good is looked at without a gap, and the rest of the list by and by.
 */
#include "core/parallel.h"
#include "sampler/mobo_model.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { NEAR = 32 };

static const size_t WHOLE = 4096, SPREAD = 1024, CENTRES = 8;
static const size_t EXACT = 48; /* rows scored with all fronts, the best by a first look */

/* What one thread needs. */
typedef struct worker {
    eco_mobo_work work;
    double *x; /* n_params */
    double *f; /* ECO_MOBO_BLOCK x d */
} worker;

/* The nearest rows to one centre, nearest first. */
typedef struct crowd {
    double *centre; /* d features */
    double distance[NEAR];
    size_t row[NEAR];
    size_t n;
} crowd;

typedef struct listing {
    eco_mobo *mobo;
    const eco_seen *seen;
    const ecopt_space *space;
    size_t n_points;
    unsigned char *is_out; /* n_points: tried, pending, not allowed, or among the rows already */
    size_t n_new;          /* points that are not */
    size_t *row;           /* rows to be scored */
    double *score;         /* of each; a first look's */
    size_t n_rows, n_scored;
    worker *workers;
    size_t n_workers;
} listing;

static ecopt_status listing_take(listing *l)
{
    eco_mobo *mobo = l->mobo;
    eco_arena *arena = &mobo->arena;
    size_t room = l->n_points <= WHOLE ? l->n_points : SPREAD + WHOLE + 2 * CENTRES * NEAR;
    l->n_workers = mobo->problem->n_threads > 1 ? mobo->problem->n_threads : 1;
    l->is_out = eco_arena_alloc(arena, l->n_points, sizeof *l->is_out);
    l->row = eco_arena_alloc(arena, room, sizeof *l->row);
    l->score = eco_arena_alloc(arena, room, sizeof *l->score);
    l->workers = eco_arena_alloc(arena, l->n_workers, sizeof *l->workers);
    if (!l->is_out || !l->row || !l->score || !l->workers)
        return ECOPT_E_NOMEM;
    for (size_t t = 0; t < l->n_workers; t++) {
        worker *w = &l->workers[t];
        w->x = eco_arena_alloc(arena, mobo->n_params, sizeof *w->x);
        w->f = eco_arena_alloc(arena, ECO_MOBO_BLOCK * mobo->d, sizeof *w->f);
        if (!w->x || !w->f)
            return ECOPT_E_NOMEM;
        ECO_TRY(eco_mobo_work_init(mobo, &w->work));
    }
    return ECOPT_OK;
}

/* Marks what is not new.  A list finds its rows by the trials, other spaces ask for every point. */
static void outs_mark(listing *l)
{
    const eco_history *history = l->mobo->whole;
    double *x = l->workers[0].x;
    bool is_list = eco_space_n_candidates(l->space) > 0;
    for (size_t i = 0; is_list && i < history->n + history->n_pending; i++) {
        const double *tried = i < history->n
                                  ? history->observations[i].x
                                  : history->pending + (i - history->n) * l->mobo->n_params;
        size_t found = eco_space_find_candidate(l->space, tried);
        if (found < l->n_points)
            l->is_out[found] = 1;
    }
    for (size_t i = 0; i < l->n_points; i++) {
        if (!is_list) {
            eco_points_at(l->space, i, x);
            l->is_out[i] = !eco_seen_is_new(l->seen, x);
        }
        l->n_new += !l->is_out[i];
    }
}

static void row_add(listing *l, size_t i)
{
    if (l->is_out[i])
        return;
    l->is_out[i] = 1;
    l->row[l->n_rows++] = i;
}

static void features_get(const listing *l, size_t i, double *x, double *ret_f)
{
    eco_points_at(l->space, i, x);
    eco_space_features(l->space, x, ret_f);
}

/* First look at one block of the rows that have no score yet. */
static void block_score(void *user, size_t thread, size_t block)
{
    listing *l = user;
    worker *w = &l->workers[thread];
    size_t first = l->n_scored + block * ECO_MOBO_BLOCK, left = l->n_rows - first;
    size_t n = left < ECO_MOBO_BLOCK ? left : ECO_MOBO_BLOCK;
    for (size_t i = 0; i < n; i++)
        features_get(l, l->row[first + i], w->x, w->f + i * l->mobo->d);
    eco_mobo_screen(l->mobo, &w->work, n, w->f, l->score + first);
}

static void rows_score(listing *l)
{
    size_t n = l->n_rows - l->n_scored;
    eco_parallel_for(l->n_workers, (n + ECO_MOBO_BLOCK - 1) / ECO_MOBO_BLOCK, block_score, l);
    for (size_t i = l->n_scored; i < l->n_rows; i++)
        if (isnan(l->score[i]))
            l->score[i] = -HUGE_VAL;
    l->n_scored = l->n_rows;
}

/* Puts the best n rows first, of equal ones that which stands first in the list. */
static void best_first(listing *l, size_t n)
{
    for (size_t k = 0; k < n && k < l->n_rows; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < l->n_rows; i++)
            if (l->score[i] > l->score[best] ||
                (l->score[i] == l->score[best] && l->row[i] < l->row[best]))
                best = i;
        size_t row = l->row[k];
        double score = l->score[k];
        l->row[k] = l->row[best];
        l->score[k] = l->score[best];
        l->row[best] = row;
        l->score[best] = score;
    }
}

/* Every (n_new / SPREAD)-th new row; the start moves on by one per trial. */
static void rows_spread(listing *l)
{
    size_t step = l->n_new / SPREAD, seen = l->mobo->whole->trial % step;
    for (size_t i = 0; i < l->n_points && l->n_rows < SPREAD; i++)
        if (!l->is_out[i] && seen++ % step == 0)
            row_add(l, i);
}

static double distance(const listing *l, const double *a, const double *b)
{
    size_t d = l->mobo->d, n_numbers = d - eco_space_n_labels(l->space);
    double sum = 0;
    for (size_t j = 0; j < n_numbers; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    for (size_t j = n_numbers; j < d; j++)
        sum += a[j] != b[j];
    return sum;
}

static void crowd_offer(crowd *c, double away, size_t row)
{
    if (c->n == NEAR && !(away < c->distance[NEAR - 1]))
        return;
    size_t at = c->n < NEAR ? c->n++ : NEAR - 1;
    for (; at > 0 && c->distance[at - 1] > away; at--) {
        c->distance[at] = c->distance[at - 1];
        c->row[at] = c->row[at - 1];
    }
    c->distance[at] = away;
    c->row[at] = row;
}

/* Neighbours of front points, other ones in each trial, and of the best rows so far. */
static ecopt_status rows_near(listing *l)
{
    eco_mobo *mobo = l->mobo;
    worker *w = &l->workers[0];
    size_t n = 0, n_front = mobo->n_front < CENTRES ? mobo->n_front : CENTRES;
    crowd *crowds = eco_arena_alloc(&mobo->arena, 2 * CENTRES, sizeof *crowds);
    double *centres = eco_arena_alloc(&mobo->arena, 2 * CENTRES * mobo->d, sizeof *centres);
    if (!crowds || !centres)
        return ECOPT_E_NOMEM;
    for (size_t k = 0; k < 2 * CENTRES; k++)
        crowds[k].centre = centres + k * mobo->d;
    for (; n < n_front; n++) {
        size_t at = (size_t)((mobo->whole->trial * CENTRES + n) % mobo->n_front);
        const double *f = mobo->features + mobo->front_points[at] * mobo->d;
        memcpy(crowds[n].centre, f, mobo->d * sizeof *f);
    }
    best_first(l, CENTRES);
    for (size_t k = 0; k < CENTRES; k++)
        features_get(l, l->row[k], w->x, crowds[n++].centre);
    for (size_t i = 0; i < l->n_points; i++) {
        if (l->is_out[i])
            continue;
        features_get(l, i, w->x, w->f);
        for (size_t k = 0; k < n; k++)
            crowd_offer(&crowds[k], distance(l, w->f, crowds[k].centre), i);
    }
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < crowds[k].n; i++)
            row_add(l, crowds[k].row[i]);
    return ECOPT_OK;
}

/* The best row by its exact score. */
static ecopt_status best_pick(listing *l, double *ret_x)
{
    worker *w = &l->workers[0];
    size_t best = l->n_rows;
    double most = -HUGE_VAL;
    best_first(l, EXACT);
    for (size_t k = 0; k < EXACT && k < l->n_rows; k++) {
        features_get(l, l->row[k], w->x, w->f);
        double score = eco_mobo_value(l->mobo, &w->work, w->f, NULL);
        score = isnan(score) ? -DBL_MAX : fmax(score, -DBL_MAX);
        if (score > most || (score == most && l->row[k] < l->row[best])) {
            most = score;
            best = k;
        }
    }
    if (best == l->n_rows)
        return ECOPT_E_NOT_FOUND;
    eco_points_at(l->space, l->row[best], ret_x);
    return ECOPT_OK;
}

ecopt_status eco_mobo_list_run(eco_mobo *mobo, const eco_seen *seen, double *ret_x)
{
    const ecopt_space *space = mobo->problem->space;
    listing l = {
        .mobo = mobo, .seen = seen, .space = space, .n_points = (size_t)eco_space_n_points(space)};
    ECO_TRY(listing_take(&l));
    outs_mark(&l);
    bool is_whole = l.n_new <= WHOLE;
    for (size_t i = 0; is_whole && i < l.n_points; i++)
        row_add(&l, i);
    if (!is_whole)
        rows_spread(&l);
    rows_score(&l);
    if (!is_whole) {
        ECO_TRY(rows_near(&l));
        rows_score(&l);
    }
    return best_pick(&l, ret_x);
}
