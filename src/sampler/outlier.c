#include "sampler/outlier.h"

#include "core/rng.h"
#include "pareto/cost.h"
#include "sampler/mobo_data.h"
#include "sampler/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUES_MIN = 8,  /* fewer do not tell an outlier from a slope */
    BAD_MAX = 5,     /* values left out on the bad side */
    GOOD_MAX = 5,    /* and looked at on the good side, */
    GOOD_SHARE = 10, /* of so many values one: more are no accident */
    ROWS = 80,       /* of the model that decides */
    CHECK_DRAWS = 64
};

/*
 * In sd of the other values: what is worth a look, and on the good side what counts as gross. High,
 * because the edge of a cliff or the end of an exponential surprises a smooth model as well.
 */
static const double GROSS_BAD = 10, GROSS_GOOD = 8;

static const double CERTAIN = 8; /* sd of the prediction */

static const double NEAR = 0.05, STEP = 0.02; /* of the unit cube, along any dimension */

/* The search in one objective. */
typedef struct hunt {
    eco_arena *arena; /* scratch */
    const eco_problem *problem;
    const eco_history *history;
    size_t d, n_numbers;
    const eco_gp_options *options;
    double reference;
    double *value, *se; /* n; NaN = missing or left out */
    double *clipped;    /* n, value as models see it */
    double *work;       /* n */
    double *at, *to;    /* d features */
} hunt;

/* A trial and the number that it is sorted by. */
typedef struct entry {
    double key;
    size_t i;
} entry;

static int entry_compare(const void *a, const void *b)
{
    const entry *p = a, *q = b;
    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return (p->i > q->i) - (p->i < q->i);
}

static ecopt_status hunt_init(hunt *h)
{
    size_t n = h->history->n;
    h->value = eco_arena_alloc(h->arena, n, sizeof(double));
    h->se = eco_arena_alloc(h->arena, n, sizeof(double));
    h->clipped = eco_arena_alloc(h->arena, n, sizeof(double));
    h->work = eco_arena_alloc(h->arena, n, sizeof(double));
    h->at = eco_arena_alloc(h->arena, h->d, sizeof(double));
    h->to = eco_arena_alloc(h->arena, h->d, sizeof(double));
    bool is_taken = h->value && h->se && h->clipped && h->work && h->at && h->to;
    return is_taken ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* How far y lies from the mean of n values in units of their sd; 0 when these are all equal. */
static double deviation(size_t n, const double *value, double y)
{
    double largest = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(value[i]));
    if (!(largest > 0))
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += value[i] / largest;
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (value[i] / largest - mean) * (value[i] / largest - mean);
    double sd = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    return sd > 1e-13 ? (y / largest - mean) / sd : 0;
}

/* Largest difference along a number; infinite where labels differ. */
static double apart(const hunt *h, const double *a, const double *b)
{
    double most = 0;
    for (size_t j = 0; j < h->d; j++) {
        double step = fabs(a[j] - b[j]);
        most = fmax(most, j < h->n_numbers || step == 0 ? step : HUGE_VAL);
    }
    return most;
}

static void features_get(const hunt *h, size_t i, double *ret_f)
{
    eco_space_features(h->problem->space, h->history->observations[i].x, ret_f);
}

static bool are_near(const hunt *h, size_t i, size_t j)
{
    features_get(h, i, h->at);
    features_get(h, j, h->to);
    return apart(h, h->at, h->to) <= NEAR;
}

/* True when another trial was made near i, or is being made, whatever came of it. */
static bool has_witness(const hunt *h, size_t i)
{
    size_t n_params = ecopt_space_n_params(h->problem->space);
    for (size_t j = 0; j < h->history->n; j++)
        if (j != i && are_near(h, i, j))
            return true;
    for (size_t j = 0; j < h->history->n_pending; j++) {
        eco_space_features(h->problem->space, h->history->pending + j * n_params, h->to);
        if (apart(h, h->at, h->to) <= NEAR)
            return true;
    }
    return false;
}

static bool is_among(size_t n, const size_t *list, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (list[k] == i)
            return true;
    return false;
}

/* Trials that the model learns from: those nearest to the accused, and an even selection. */
static ecopt_status rows_choose(hunt *h, size_t n, const size_t *accused, size_t *rows,
                                size_t *ret_n)
{
    size_t n_all = 0, count = 0;
    entry *all = eco_arena_alloc(h->arena, h->history->n, sizeof *all);
    bool *is_row = eco_arena_alloc(h->arena, h->history->n, sizeof *is_row);
    if (!all || !is_row)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < h->history->n; i++)
        if (!isnan(h->value[i]) && !is_among(n, accused, i))
            all[n_all++].i = i;
    for (size_t k = 0; k < n && n_all > ROWS; k++) {
        features_get(h, accused[k], h->at);
        for (size_t i = 0; i < n_all; i++) {
            all[i].key = 0;
            features_get(h, all[i].i, h->to);
            for (size_t j = 0; j < h->d; j++) {
                double step = h->at[j] - h->to[j];
                all[i].key += j < h->n_numbers ? step * step : step != 0;
            }
        }
        qsort(all, n_all, sizeof *all, entry_compare);
        for (size_t i = 0; i < ROWS / 2 / n; i++) {
            count += !is_row[all[i].i];
            is_row[all[i].i] = true;
        }
    }
    size_t left = n_all - count, wanted = n_all > ROWS ? ROWS - count : left, seen = 0;
    *ret_n = 0;
    for (size_t i = 0; i < h->history->n; i++) {
        bool is_usable = !isnan(h->value[i]) && !is_among(n, accused, i);
        if (is_usable && !is_row[i] && left > 0) {
            is_row[i] = (seen + 1) * wanted / left > seen * wanted / left;
            seen++;
        }
        if (is_row[i])
            rows[(*ret_n)++] = i;
    }
    return ECOPT_OK;
}

/* Which of the accused a model of the rest cannot believe. */
static ecopt_status verdict(hunt *h, eco_gp *gp, size_t n, const size_t *accused,
                            bool *ret_is_outlier)
{
    size_t rows[ROWS], n_rows;
    ECO_TRY(rows_choose(h, n, accused, rows, &n_rows));
    double *rows_X = eco_arena_alloc(h->arena, n_rows * h->d, sizeof *rows_X);
    double *y = eco_arena_alloc(h->arena, n_rows, sizeof *y);
    double *se = eco_arena_alloc(h->arena, n_rows, sizeof *se);
    if (!rows_X || !y || !se)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n_rows; i++) {
        features_get(h, rows[i], rows_X + i * h->d);
        y[i] = h->clipped[rows[i]];
        se[i] = h->se[rows[i]];
    }
    ecopt_status status = eco_gp_fit(gp, n_rows, rows_X, y, se, NULL);
    for (size_t k = 0; k < n && status == ECOPT_OK; k++) {
        double mean, sd, own = h->se[accused[k]] > 0 ? h->se[accused[k]] : 0;
        features_get(h, accused[k], h->at);
        eco_gp_predict(gp, h->at, &mean, &sd, NULL, NULL);
        double unsure = hypot(hypot(sd, eco_gp_noise_sd(gp)), own);
        ret_is_outlier[k] = fabs(h->clipped[accused[k]] - mean) > CERTAIN * unsure;
    }
    /* Without a model nobody is accused. */
    return status == ECOPT_E_NOMEM ? status : ECOPT_OK;
}

static ecopt_status judge(hunt *h, size_t n, const size_t *accused, bool *ret_is_outlier)
{
    eco_gp *gp = NULL;
    memset(ret_is_outlier, 0, n * sizeof *ret_is_outlier);
    ECO_TRY(eco_gp_new(h->arena->ctx, h->options, ROWS, h->d, &gp));
    ecopt_status status = verdict(h, gp, n, accused, ret_is_outlier);
    eco_gp_free(gp);
    return status;
}

/* Values of all trials but i, in work; returns how many. */
static size_t others_take(hunt *h, size_t i)
{
    size_t n = 0;
    for (size_t j = 0; j < h->history->n; j++)
        if (j != i && !isnan(h->value[j]))
            h->work[n++] = h->value[j];
    return n;
}

static void clip(hunt *h)
{
    memcpy(h->clipped, h->value, h->history->n * sizeof *h->value);
    eco_series_clip(h->history->n, h->clipped, h->reference, h->work);
}

/* Leaves out the worst values as long as they are outliers. */
static ecopt_status bad_find(hunt *h)
{
    bool is_outlier = true;
    for (int round = 0; round < BAD_MAX && is_outlier; round++) {
        size_t worst = h->history->n;
        for (size_t i = 0; i < h->history->n; i++)
            if (!isnan(h->value[i]) && (worst == h->history->n || h->value[i] > h->value[worst]))
                worst = i;
        if (worst == h->history->n)
            break;
        size_t n = others_take(h, worst);
        if (n + 1 < VALUES_MIN || !(deviation(n, h->work, h->value[worst]) > GROSS_BAD))
            break;
        clip(h);
        ECO_TRY(judge(h, 1, &worst, &is_outlier));
        if (is_outlier)
            h->value[worst] = (double)NAN;
    }
    return ECOPT_OK;
}

/* True when more than half of the trials near the i-th best, itself included, are among the t best
 * of n, and it is not the only one. */
static bool is_confirmed(const hunt *h, size_t n, const entry *all, size_t t, size_t i)
{
    size_t near = 0, near_best = 0;
    for (size_t j = 0; j < n; j++)
        if (are_near(h, all[i].i, all[j].i)) {
            near++;
            near_best += j < t;
        }
    return near_best > 1 && 2 * near_best > near;
}

/* The trials that are grossly better than the rest, best first, unless they confirm each other. */
static ecopt_status good_suspects(hunt *h, size_t *suspects, size_t *ret_n)
{
    size_t n = 0, count = 0;
    entry *all = eco_arena_alloc(h->arena, h->history->n, sizeof *all);
    if (!all)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < h->history->n; i++)
        if (!isnan(h->value[i]))
            all[n++] = (entry){h->clipped[i], i};
    *ret_n = 0;
    if (n < VALUES_MIN)
        return ECOPT_OK;
    qsort(all, n, sizeof *all, entry_compare);
    for (size_t i = 0; i < n; i++)
        h->work[i] = all[i].key;
    size_t t = n / GOOD_SHARE < 1 ? 1 : n / GOOD_SHARE > GOOD_MAX ? GOOD_MAX : n / GOOD_SHARE;
    while (t > 0 && !(deviation(n - t, h->work + t, h->work[t - 1]) < -GROSS_GOOD))
        t--;
    for (size_t i = 0; i < t; i++)
        if (!is_confirmed(h, n, all, t, i))
            suspects[count++] = all[i].i;
    *ret_n = count;
    return ECOPT_OK;
}

static ecopt_status good_find(hunt *h, size_t *doubtful)
{
    size_t suspects[GOOD_MAX], n;
    bool is_outlier[GOOD_MAX];
    clip(h);
    ECO_TRY(good_suspects(h, suspects, &n));
    if (n == 0)
        return ECOPT_OK;
    ECO_TRY(judge(h, n, suspects, is_outlier));
    for (size_t i = 0; i < n; i++) {
        if (!is_outlier[i])
            continue;
        h->value[suspects[i]] = (double)NAN;
        if (suspects[i] < *doubtful && !has_witness(h, suspects[i]))
            *doubtful = suspects[i];
    }
    return ECOPT_OK;
}

/* Costs of objective k; a standard error that is not known is none. */
static void costs_take(hunt *h, size_t k)
{
    for (size_t i = 0; i < h->history->n; i++) {
        const eco_observation *o = &h->history->observations[i];
        h->value[i] = eco_observed_cost(h->problem, o, k);
        h->se[i] = eco_cost_se(&h->problem->objectives[k], o->y[k], o->y_se[k]);
    }
}

/* Turns what was left out of objective k into missing values, in a copy made when first needed. */
static ecopt_status blank(eco_arena *arena, const hunt *h, size_t k, eco_observation **copy,
                          eco_outliers *found)
{
    size_t n = h->history->n, m = h->problem->n_objectives;
    for (size_t i = 0; i < n; i++) {
        const eco_observation *o = &h->history->observations[i];
        if (!isnan(h->value[i]) || isnan(eco_observed_cost(h->problem, o, k)))
            continue;
        double *y = eco_arena_alloc(arena, m, sizeof *y);
        if (!*copy) {
            *copy = eco_arena_alloc(arena, n, sizeof **copy);
            if (*copy)
                memcpy(*copy, h->history->observations, n * sizeof **copy);
        }
        if (!y || !*copy)
            return ECOPT_E_NOMEM;
        memcpy(y, (*copy)[i].y, m * sizeof *y);
        y[k] = (double)NAN;
        (*copy)[i].y = y;
        found->history.observations = *copy;
        found->n_values++;
    }
    return ECOPT_OK;
}

static size_t values_count(const hunt *h)
{
    size_t n = 0;
    for (size_t i = 0; i < h->history->n; i++)
        n += isnan(h->value[i]) ? 0 : 1;
    return n;
}

static ecopt_status find(eco_arena *arena, hunt *h, const double *reference, eco_outliers *found)
{
    eco_observation *copy = NULL;
    ECO_TRY(hunt_init(h));
    for (size_t k = 0; k < h->problem->n_objectives; k++) {
        h->reference = reference[k];
        costs_take(h, k);
        ECO_TRY(bad_find(h));
        size_t n = values_count(h);
        ECO_TRY(good_find(h, &found->doubtful));
        /* A value far too good had stretched the scale on which others are too bad. */
        if (values_count(h) < n)
            ECO_TRY(bad_find(h));
        ECO_TRY(blank(arena, h, k, &copy, found));
    }
    return ECOPT_OK;
}

ecopt_status eco_outliers_find(eco_arena *arena, const eco_problem *problem,
                               const eco_history *history, const double *reference,
                               const eco_gp_options *options, eco_outliers *ret)
{
    eco_arena scratch = ECO_ARENA_INIT(arena->ctx);
    eco_outliers found = {.history = *history, .doubtful = history->n};
    hunt h = {.arena = &scratch,
              .problem = problem,
              .history = history,
              .d = eco_space_n_features(problem->space),
              .n_numbers =
                  eco_space_n_features(problem->space) - eco_space_n_labels(problem->space),
              .options = options};
    ecopt_status status = ECOPT_OK;
    if (history->n >= VALUES_MIN && h.d > 0)
        status = find(arena, &h, reference, &found);
    eco_arena_release(&scratch);
    if (status == ECOPT_OK)
        *ret = found;
    return status;
}

ecopt_status eco_outliers_check(ecopt_ctx *ctx, const eco_problem *problem,
                                const eco_history *history, size_t i, double *ret_x)
{
    const ecopt_space *space = problem->space;
    size_t n_dims = eco_space_n_dims(space);
    double *from = eco_alloc(ctx, n_dims + 1, sizeof *from);
    double *u = eco_alloc(ctx, n_dims + 1, sizeof *u);
    ecopt_status status = from && u ? ECOPT_E_NOT_FOUND : ECOPT_E_NOMEM;
    eco_rng rng;
    eco_rng_init(&rng, problem->seed, ECO_STREAM_CHECK, history->trial);
    if (status == ECOPT_E_NOT_FOUND)
        eco_space_encode(space, history->observations[i].x, from);
    for (int draw = 0; draw < CHECK_DRAWS && status == ECOPT_E_NOT_FOUND; draw++) {
        double most = 0;
        for (size_t j = 0; j < n_dims; j++) {
            double step = STEP * (2 * eco_rng_uniform(&rng) - 1);
            u[j] =
                eco_space_dim_is_unordered(space, j) ? from[j] : fmin(fmax(from[j] + step, 0), 1);
        }
        eco_space_decode(space, u, ret_x);
        eco_space_encode(space, ret_x, u);
        for (size_t j = 0; j < n_dims; j++)
            most = fmax(most, fabs(u[j] - from[j]));
        if (most <= NEAR && eco_points_is_new(problem, history, ret_x))
            status = ECOPT_OK;
    }
    eco_free(ctx, from);
    eco_free(ctx, u);
    return status;
}
