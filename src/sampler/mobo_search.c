/*
 * Maximising the acquisition over the space: many cheap starts, the best of them climbed.
 *
 * Starts are scrambled Sobol points and perturbed front points.  A climb relaxes ordered discrete
 * dimensions to their interval, runs L-BFGS on the exact gradient, snaps to the grid, tries the
 * neighbours of every discrete dimension (unordered ones: the other values), and climbs the
 * continuous dimensions once more.  Whatever comes out is scored at the real point it stands for.
 */
#include "num/minimise.h"
#include "num/sobol.h"
#include "sampler/mobo_model.h"

#include <math.h>
#include <string.h>

enum {
    RAW_SOBOL = 640, /* space-filling starts */
    RAW_LOCAL = 320, /* perturbed front points */
    CLIMBS = 8,      /* starts that are climbed */
    CLIMB_EVALUATIONS = 40,
    NEIGHBOUR_ROUNDS = 3,
    NEIGHBOURS_MAX = 16, /* values of an unordered choice tried per visit */
    BOX_BUDGET = 400000  /* raw starts x boxes; bounds the cost with many objectives */
};

/* A place of the space in its three forms, and its acquisition. */
typedef struct place {
    double *x; /* n_params codes */
    double *u; /* n_dims */
    double *f; /* d features */
    double score;
} place;

typedef struct search {
    eco_mobo *mobo;
    const ecopt_space *space;
    place *places; /* raw starts that are allowed */
    size_t n_places;
    size_t *order; /* n_places, best first */
    double *lower, *upper;
    double *grad;             /* d */
    place now;                /* of a climb */
    place trial;              /* of a neighbour */
    eco_minimiser *minimiser; /* owned */
} search;

/* Brings u onto the grid and scores it; false when constraints forbid the point. */
static bool place_settle(search *s, place *p)
{
    eco_space_decode(s->space, p->u, p->x);
    if (!eco_space_is_allowed(s->space, p->x))
        return false;
    eco_space_encode(s->space, p->x, p->u);
    eco_space_features(s->space, p->x, p->f);
    p->score = eco_mobo_value(s->mobo, p->f, NULL);
    return !isnan(p->score);
}

static void place_copy(const search *s, const place *from, place *to)
{
    memcpy(to->x, from->x, s->mobo->n_params * sizeof *to->x);
    memcpy(to->u, from->u, s->mobo->n_dims * sizeof *to->u);
    memcpy(to->f, from->f, s->mobo->d * sizeof *to->f);
    to->score = from->score;
}

static bool place_take(search *s, place *p)
{
    eco_arena *arena = &s->mobo->arena;
    p->x = eco_arena_alloc(arena, s->mobo->n_params, sizeof(double));
    p->u = eco_arena_alloc(arena, s->mobo->n_dims, sizeof(double));
    p->f = eco_arena_alloc(arena, s->mobo->d, sizeof(double));
    return p->x && p->u && p->f;
}

/* Settles u as the next raw start, if it is allowed. */
static void raw_add(search *s, const double *u)
{
    place *p = &s->places[s->n_places];
    memcpy(p->u, u, s->mobo->n_dims * sizeof *u);
    if (place_settle(s, p))
        s->n_places++;
}

static ecopt_status raw_sobol(search *s, size_t n, eco_rng *rng, double *u)
{
    eco_mobo *mobo = s->mobo;
    eco_sobol *sobol = NULL;
    /* A fresh scramble per trial: the same starts again would find the same ends. */
    if (mobo->n_dims <= ECO_SOBOL_MAX_DIM)
        ECO_TRY(eco_sobol_new(mobo->ctx, mobo->n_dims, true, eco_rng_u64(rng), &sobol));
    for (size_t i = 0; i < n; i++) {
        if (sobol)
            eco_sobol_get(sobol, (uint32_t)i, u);
        for (size_t k = 0; !sobol && k < mobo->n_dims; k++)
            u[k] = eco_rng_uniform(rng);
        raw_add(s, u);
    }
    eco_sobol_free(sobol);
    return ECOPT_OK;
}

/* Front points moved a little: half of them by 0.02, half by 0.1, some discrete ones anywhere. */
static void raw_local(search *s, size_t n, eco_rng *rng, double *u)
{
    const eco_mobo *mobo = s->mobo;
    for (size_t i = 0; mobo->n_front > 0 && i < n; i++) {
        size_t from = mobo->front_points[i % mobo->n_front];
        double width = i / mobo->n_front % 2 ? 0.1 : 0.02;
        eco_space_encode(s->space, eco_mobo_point(mobo, from), u);
        for (size_t k = 0; k < mobo->n_dims; k++) {
            bool is_jump = eco_space_dim_levels(s->space, k) > 0 && eco_rng_uniform(rng) < 0.25;
            u[k] = is_jump ? eco_rng_uniform(rng) : u[k] + width * eco_rng_normal(rng);
            u[k] = fmin(fmax(u[k], 0), 1);
        }
        raw_add(s, u);
    }
}

/* Minimiser's view: u -> minus acquisition; labels and what is switched off stay as they are. */
static double climb_value(size_t n_dims, const double *u, double *grad, void *user)
{
    search *s = user;
    for (size_t k = 0; k < n_dims; k++)
        if (s->lower[k] < s->upper[k])
            s->now.f[eco_space_dim_column(s->space, k)] = u[k];
    double value = eco_mobo_value(s->mobo, s->now.f, grad ? s->grad : NULL);
    for (size_t k = 0; grad && k < n_dims; k++)
        grad[k] = s->lower[k] < s->upper[k] ? -s->grad[eco_space_dim_column(s->space, k)] : 0;
    return -value;
}

/* Climbs from p with the continuous (and ordered discrete, if relaxed) dimensions free. */
static ecopt_status climb(search *s, place *p, bool is_relaxed)
{
    size_t n_free = 0;
    for (size_t k = 0; k < s->mobo->n_dims; k++) {
        size_t levels = eco_space_dim_levels(s->space, k);
        bool is_free =
            levels == 0 || (is_relaxed && levels > 2 && !eco_space_dim_is_unordered(s->space, k));
        is_free = is_free && eco_space_is_active(s->space, p->x, eco_space_dim_param(s->space, k));
        s->lower[k] = is_free ? 0 : p->u[k];
        s->upper[k] = is_free ? 1 : p->u[k];
        n_free += is_free;
    }
    if (n_free == 0)
        return ECOPT_OK;
    eco_minimise_problem problem = {.fn = climb_value,
                                    .user = s,
                                    .lower = s->lower,
                                    .upper = s->upper,
                                    .max_evaluations = CLIMB_EVALUATIONS,
                                    .rtol_value = 1e-7,
                                    .rtol_x = 1e-6};
    double value;
    place_copy(s, p, &s->now);
    ecopt_status status = eco_minimiser_run(s->minimiser, &problem, s->now.u, &value, NULL);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status == ECOPT_OK && place_settle(s, &s->now) && s->now.score > p->score)
        place_copy(s, &s->now, p);
    return ECOPT_OK;
}

/* Code `step` places on from a discrete dimension's value, or NaN outside. */
static double neighbour(const search *s, const place *p, size_t k, int step)
{
    size_t i = eco_space_dim_param(s->space, k), levels = eco_space_dim_levels(s->space, k);
    const ecopt_param *param = ecopt_space_param(s->space, i);
    double first = param->type == ECOPT_PARAM_INT ? param->min : 0;
    double index = p->x[i] - first + step;
    if (eco_space_dim_is_unordered(s->space, k) && index >= (double)levels)
        index -= (double)levels;
    return index >= 0 && index < (double)levels ? first + index : (double)NAN;
}

/* Tries the values next to p's along one discrete dimension; true when p moved. */
static bool neighbours_try(search *s, place *p, size_t k)
{
    size_t i = eco_space_dim_param(s->space, k), levels = eco_space_dim_levels(s->space, k);
    bool is_ring = eco_space_dim_is_unordered(s->space, k), has_moved = false;
    int last = is_ring ? (int)(levels - 1 < NEIGHBOURS_MAX ? levels - 1 : NEIGHBOURS_MAX) : 1;
    double from = p->x[i];
    for (int step = is_ring ? 1 : -1; step <= last; step++) {
        place_copy(s, p, &s->trial);
        s->trial.x[i] = from;
        double code = step == 0 ? (double)NAN : neighbour(s, &s->trial, k, step);
        if (isnan(code))
            continue;
        s->trial.x[i] = code;
        eco_space_canonical(s->space, s->trial.x);
        eco_space_encode(s->space, s->trial.x, s->trial.u);
        if (place_settle(s, &s->trial) && s->trial.score > p->score) {
            place_copy(s, &s->trial, p);
            has_moved = true;
        }
    }
    return has_moved;
}

static ecopt_status refine(search *s, place *p)
{
    ECO_TRY(climb(s, p, true));
    bool has_discrete = false, has_moved = true;
    for (int round = 0; has_moved && round < NEIGHBOUR_ROUNDS; round++) {
        has_moved = false;
        for (size_t k = 0; k < s->mobo->n_dims; k++) {
            if (eco_space_dim_levels(s->space, k) == 0)
                continue;
            has_discrete = true;
            has_moved = neighbours_try(s, p, k) || has_moved;
        }
    }
    return has_discrete ? climb(s, p, false) : ECOPT_OK;
}

/* Best first; equal scores keep their order. */
static void order_sort(search *s)
{
    for (size_t i = 0; i < s->n_places; i++) {
        size_t j = i;
        for (; j > 0 && s->places[s->order[j - 1]].score < s->places[i].score; j--)
            s->order[j] = s->order[j - 1];
        s->order[j] = i;
    }
}

/* Largest difference along one dimension. */
static double distance(const search *s, const place *a, const place *b)
{
    double most = 0;
    for (size_t k = 0; k < s->mobo->n_dims; k++)
        most = fmax(most, fabs(a->u[k] - b->u[k]));
    return most;
}

/* Climbs the best starts that are not neighbours of one already climbed. */
static ecopt_status climb_best(search *s)
{
    size_t chosen[CLIMBS], n = 0;
    for (size_t i = 0; i < s->n_places && n < CLIMBS; i++) {
        bool is_apart = true;
        for (size_t j = 0; j < n && is_apart; j++)
            is_apart = distance(s, &s->places[chosen[j]], &s->places[s->order[i]]) > 0.03;
        if (is_apart)
            chosen[n++] = s->order[i];
    }
    for (size_t j = 0; j < n; j++)
        ECO_TRY(refine(s, &s->places[chosen[j]]));
    return ECOPT_OK;
}

/* Best-scored new place. */
static ecopt_status pick(search *s, double *ret_x)
{
    order_sort(s);
    for (size_t i = 0; i < s->n_places; i++) {
        const place *p = &s->places[s->order[i]];
        if (eco_points_is_new(s->mobo->problem, s->mobo->history, p->x)) {
            memcpy(ret_x, p->x, s->mobo->n_params * sizeof *ret_x);
            return ECOPT_OK;
        }
    }
    return ECOPT_E_NOT_FOUND;
}

static ecopt_status search_take(search *s, size_t n_raw)
{
    eco_arena *arena = &s->mobo->arena;
    size_t n_dims = s->mobo->n_dims;
    s->places = eco_arena_alloc(arena, n_raw + 1, sizeof *s->places);
    s->order = eco_arena_alloc(arena, n_raw + 1, sizeof *s->order);
    s->lower = eco_arena_alloc(arena, n_dims, sizeof *s->lower);
    s->upper = eco_arena_alloc(arena, n_dims, sizeof *s->upper);
    s->grad = eco_arena_alloc(arena, s->mobo->d, sizeof *s->grad);
    bool is_taken = s->places && s->order && s->lower && s->upper && s->grad;
    is_taken = is_taken && place_take(s, &s->now) && place_take(s, &s->trial);
    for (size_t i = 0; is_taken && i <= n_raw; i++)
        is_taken = place_take(s, &s->places[i]);
    if (!is_taken)
        return ECOPT_E_NOMEM;
    return eco_minimiser_new(s->mobo->ctx, n_dims, &s->minimiser);
}

/* Small spaces: every new point is scored. */
static ecopt_status exhaust(search *s, uint64_t n_points, double *ret_x)
{
    double best = -HUGE_VAL;
    bool is_found = false;
    for (uint64_t i = 0; i < n_points; i++) {
        eco_points_at(s->space, i, s->now.x);
        if (!eco_points_is_new(s->mobo->problem, s->mobo->history, s->now.x))
            continue;
        eco_space_features(s->space, s->now.x, s->now.f);
        double score = eco_mobo_value(s->mobo, s->now.f, NULL);
        if (!is_found || score > best) {
            memcpy(ret_x, s->now.x, s->mobo->n_params * sizeof *ret_x);
            best = score;
        }
        is_found = true;
    }
    return is_found ? ECOPT_OK : ECOPT_E_NOT_FOUND;
}

ecopt_status eco_mobo_search_run(eco_mobo *mobo, double *ret_x)
{
    search s = {.mobo = mobo, .space = mobo->problem->space};
    size_t limit = BOX_BUDGET / eco_acq_front_boxes(mobo->front), n_sobol = RAW_SOBOL;
    size_t n_local = RAW_LOCAL;
    if (limit < n_sobol + n_local) {
        n_sobol = limit / 2 > 32 ? limit / 2 : 32;
        n_local = n_sobol;
    }
    double n_points = eco_space_n_points(s.space);
    eco_rng rng;
    eco_rng_init(&rng, mobo->problem->seed, ECO_STREAM_ACQ_START, mobo->history->trial);
    ecopt_status status = search_take(&s, n_sobol + n_local);
    /* A list is walked whatever its length: no point between its rows is allowed. */
    bool is_list = eco_space_n_candidates(s.space) > 0;
    if (status == ECOPT_OK && (is_list || n_points <= (double)(2 * (n_sobol + n_local)))) {
        status = exhaust(&s, (uint64_t)n_points, ret_x);
    } else if (status == ECOPT_OK) {
        status = raw_sobol(&s, n_sobol, &rng, s.trial.u);
        raw_local(&s, n_local, &rng, s.trial.u);
        order_sort(&s);
        if (status == ECOPT_OK)
            status = climb_best(&s);
        if (status == ECOPT_OK)
            status = pick(&s, ret_x);
    }
    eco_minimiser_free(s.minimiser);
    return status;
}
