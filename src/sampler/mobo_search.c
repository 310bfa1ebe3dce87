/*
 * Maximising the acquisition over the space: many cheap starts, the best of them climbed.
 *
 * Starts are scrambled Sobol points and perturbed front points.  A climb relaxes ordered discrete
 * dimensions to their interval, runs L-BFGS on the exact gradient, snaps to the grid, tries the
 * neighbours of every discrete dimension (unordered ones: the other values), and climbs the
 * continuous dimensions once more.  Whatever comes out is scored at the real point it stands for.
 */
#include "core/parallel.h"
#include "num/minimise.h"
#include "num/sobol.h"
#include "sampler/mobo_model.h"

#include <math.h>
#include <string.h>

enum {
    RAW_SOBOL = 640, /* space-filling starts */
    RAW_LOCAL = 320, /* perturbed front points */
    SCORED = 48,     /* of them the best by a first look, which are scored exactly */
    CLIMBS = 8,      /* starts that are climbed */
    CLIMB_EVALUATIONS = 40,
    MOVED = 20, /* dimensions in which a start differs from the point it was taken from */
    NEIGHBOUR_ROUNDS = 3,
    NEIGHBOURS_MAX = 16, /* values of an unordered choice tried per visit */
    EXHAUST_MAX = 4096   /* points of a space that are looked at one by one */
};

/* Starts that are climbed differ by this much along some dimension. */
static const double APART = 0.1;

/* A place of the space in its three forms, and its acquisition. */
typedef struct place {
    double *x; /* n_params codes */
    double *u; /* n_dims */
    double *f; /* d features */
    double score;
    bool is_exact; /* the score is not that of a first look */
} place;

/* What one thread needs. */
typedef struct worker {
    eco_mobo_work work;
    double *lower, *upper;
    double *grad;             /* d */
    place now;                /* of a climb */
    place trial;              /* of a neighbour */
    double *block;            /* ECO_MOBO_BLOCK x d */
    eco_minimiser *minimiser; /* owned */
} worker;

typedef struct search {
    eco_mobo *mobo;
    const ecopt_space *space;
    eco_seen seen;
    place *places; /* raw starts */
    size_t n_places;
    size_t *order; /* n_places, best first */
    worker *workers;
    size_t n_workers;
    size_t chosen[CLIMBS]; /* places that are climbed */
    ecopt_status status[CLIMBS];
} search;

/* A worker at work: what the functions below need. */
typedef struct task {
    search *s;
    worker *w;
} task;

/* Brings u onto the grid and scores it; false when constraints forbid the point. */
static bool place_settle(const task *t, place *p)
{
    const search *s = t->s;
    p->score = -HUGE_VAL;
    eco_space_decode(s->space, p->u, p->x);
    if (!eco_space_is_allowed(s->space, p->x))
        return false;
    eco_space_encode(s->space, p->x, p->u);
    eco_space_features(s->space, p->x, p->f);
    double score = eco_mobo_value(s->mobo, &t->w->work, p->f, NULL);
    p->score = isnan(score) ? -HUGE_VAL : score;
    p->is_exact = true;
    return !isnan(score);
}

static void place_copy(const search *s, const place *from, place *to)
{
    memcpy(to->x, from->x, s->mobo->n_params * sizeof *to->x);
    memcpy(to->u, from->u, s->mobo->n_dims * sizeof *to->u);
    memcpy(to->f, from->f, s->mobo->d * sizeof *to->f);
    to->score = from->score;
    to->is_exact = from->is_exact;
}

static bool place_take(search *s, place *p)
{
    eco_arena *arena = &s->mobo->arena;
    p->x = eco_arena_alloc(arena, s->mobo->n_params, sizeof(double));
    p->u = eco_arena_alloc(arena, s->mobo->n_dims, sizeof(double));
    p->f = eco_arena_alloc(arena, s->mobo->d, sizeof(double));
    return p->x && p->u && p->f;
}

/* A point of the unit cube becomes one of the box.  Of many dimensions only some leave the centre:
 * moved in all of them at once, hardly a point gets better (TuRBO, section 2). */
static void box_enter(const search *s, eco_rng *rng, double *u)
{
    const eco_region *box = &s->mobo->region;
    double share = MOVED / (double)s->mobo->n_dims;
    for (size_t k = 0; k < s->mobo->n_dims; k++) {
        bool is_moved = share >= 1 || eco_rng_uniform(rng) < share;
        u[k] = is_moved ? box->lower[k] + (box->upper[k] - box->lower[k]) * u[k] : box->centre[k];
    }
}

/* Front points that starts may be taken from: in a region those in its box, or its centre. */
static bool is_in_box(const search *s, const double *u)
{
    const eco_region *box = &s->mobo->region;
    for (size_t k = 0; box->is_local && k < s->mobo->n_dims; k++)
        if (u[k] < box->lower[k] || u[k] > box->upper[k])
            return false;
    return true;
}

static ecopt_status raw_sobol(search *s, size_t n, eco_rng *rng)
{
    eco_mobo *mobo = s->mobo;
    eco_sobol *sobol = NULL;
    /* A fresh scramble per trial: the same starts again would find the same ends. */
    if (mobo->n_dims <= ECO_SOBOL_MAX_DIM)
        ECO_TRY(eco_sobol_new(mobo->ctx, mobo->n_dims, true, eco_rng_u64(rng), &sobol));
    for (size_t i = 0; i < n; i++) {
        double *u = s->places[s->n_places++].u;
        if (sobol)
            eco_sobol_get(sobol, (uint32_t)i, u);
        for (size_t k = 0; !sobol && k < mobo->n_dims; k++)
            u[k] = eco_rng_uniform(rng);
        if (mobo->region.is_local)
            box_enter(s, rng, u);
    }
    eco_sobol_free(sobol);
    return ECOPT_OK;
}

/*
 * Front points moved a little: half of them by 0.02, half by 0.1 (in a box: of its side), some
 * discrete ones anywhere.
 */
static void raw_local(search *s, size_t n, eco_rng *rng)
{
    const eco_mobo *mobo = s->mobo;
    const eco_region *box = &mobo->region;
    double share = MOVED / (double)mobo->n_dims;
    for (size_t i = 0; mobo->n_front > 0 && i < n; i++) {
        size_t from = mobo->front_points[i % mobo->n_front];
        double width = i / mobo->n_front % 2 ? 0.1 : 0.02;
        double *u = s->places[s->n_places++].u;
        eco_space_encode(s->space, eco_mobo_point(mobo, from), u);
        if (!is_in_box(s, u))
            memcpy(u, box->centre, mobo->n_dims * sizeof *u);
        for (size_t k = 0; k < mobo->n_dims; k++) {
            if (share < 1 && eco_rng_uniform(rng) >= share)
                continue;
            double low = box->is_local ? box->lower[k] : 0,
                   high = box->is_local ? box->upper[k] : 1;
            bool is_jump = eco_space_dim_levels(s->space, k) > 0 && eco_rng_uniform(rng) < 0.25;
            u[k] =
                is_jump ? eco_rng_uniform(rng) : u[k] + width * (high - low) * eco_rng_normal(rng);
            u[k] = fmin(fmax(u[k], low), high);
        }
    }
}

/* Brings one block of raw starts onto the grid and takes a first look at it. */
static void raw_screen(void *user, size_t thread, size_t block)
{
    search *s = user;
    worker *w = &s->workers[thread];
    place *at[ECO_MOBO_BLOCK];
    double values[ECO_MOBO_BLOCK];
    size_t n = 0, d = s->mobo->d, first = block * ECO_MOBO_BLOCK;
    for (size_t i = first; i < first + ECO_MOBO_BLOCK && i < s->n_places; i++) {
        place *p = &s->places[i];
        p->score = -HUGE_VAL;
        p->is_exact = false;
        eco_space_decode(s->space, p->u, p->x);
        if (!eco_space_is_allowed(s->space, p->x))
            continue;
        eco_space_encode(s->space, p->x, p->u);
        eco_space_features(s->space, p->x, p->f);
        memcpy(w->block + n * d, p->f, d * sizeof *p->f);
        at[n++] = p;
    }
    if (n == 0)
        return;
    eco_mobo_screen(s->mobo, &w->work, n, w->block, values);
    for (size_t i = 0; i < n; i++)
        at[i]->score = isnan(values[i]) ? -HUGE_VAL : values[i];
}

/* Exact score of a start that a first look liked. */
static void raw_score(void *user, size_t thread, size_t i)
{
    search *s = user;
    place *p = &s->places[s->order[i]];
    if (p->score > -HUGE_VAL)
        (void)place_settle(&(task){s, &s->workers[thread]}, p);
}

/* Minimiser's view: u -> minus acquisition; labels and what is switched off stay as they are. */
static double climb_value(size_t n_dims, const double *u, double *grad, void *user)
{
    const task *t = user;
    const search *s = t->s;
    worker *w = t->w;
    for (size_t k = 0; k < n_dims; k++)
        if (w->lower[k] < w->upper[k])
            w->now.f[eco_space_dim_column(s->space, k)] = u[k];
    double value = eco_mobo_value(s->mobo, &w->work, w->now.f, grad ? w->grad : NULL);
    for (size_t k = 0; grad && k < n_dims; k++)
        grad[k] = w->lower[k] < w->upper[k] ? -w->grad[eco_space_dim_column(s->space, k)] : 0;
    return -value;
}

/* Climbs from p with the continuous (and ordered discrete, if relaxed) dimensions free. */
static ecopt_status climb(task *t, place *p, bool is_relaxed)
{
    const search *s = t->s;
    const eco_region *box = &s->mobo->region;
    worker *w = t->w;
    size_t n_free = 0;
    for (size_t k = 0; k < s->mobo->n_dims; k++) {
        size_t levels = eco_space_dim_levels(s->space, k);
        bool is_free =
            levels == 0 || (is_relaxed && levels > 2 && !eco_space_dim_is_unordered(s->space, k));
        is_free = is_free && eco_space_is_active(s->space, p->x, eco_space_dim_param(s->space, k));
        w->lower[k] = !is_free ? p->u[k] : box->is_local ? box->lower[k] : 0;
        w->upper[k] = !is_free ? p->u[k] : box->is_local ? box->upper[k] : 1;
        n_free += is_free;
    }
    if (n_free == 0)
        return ECOPT_OK;
    eco_minimise_problem problem = {.fn = climb_value,
                                    .user = t,
                                    .lower = w->lower,
                                    .upper = w->upper,
                                    .max_evaluations = CLIMB_EVALUATIONS,
                                    .rtol_value = 1e-7,
                                    .rtol_x = 1e-6};
    double value;
    place_copy(s, p, &w->now);
    ecopt_status status = eco_minimiser_run(w->minimiser, &problem, w->now.u, &value, NULL);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status == ECOPT_OK && place_settle(t, &w->now) && w->now.score > p->score)
        place_copy(s, &w->now, p);
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
static bool neighbours_try(task *t, place *p, size_t k)
{
    const search *s = t->s;
    place *trial = &t->w->trial;
    size_t i = eco_space_dim_param(s->space, k), levels = eco_space_dim_levels(s->space, k);
    bool is_ring = eco_space_dim_is_unordered(s->space, k), has_moved = false;
    int last = is_ring ? (int)(levels - 1 < NEIGHBOURS_MAX ? levels - 1 : NEIGHBOURS_MAX) : 1;
    double from = p->x[i];
    for (int step = is_ring ? 1 : -1; step <= last; step++) {
        place_copy(s, p, trial);
        trial->x[i] = from;
        double code = step == 0 ? (double)NAN : neighbour(s, trial, k, step);
        if (isnan(code))
            continue;
        trial->x[i] = code;
        eco_space_canonical(s->space, trial->x);
        eco_space_encode(s->space, trial->x, trial->u);
        if (place_settle(t, trial) && trial->score > p->score) {
            place_copy(s, trial, p);
            has_moved = true;
        }
    }
    return has_moved;
}

static ecopt_status refine(task *t, place *p)
{
    const search *s = t->s;
    ECO_TRY(climb(t, p, true));
    bool has_discrete = false, has_moved = true;
    for (int round = 0; has_moved && round < NEIGHBOUR_ROUNDS; round++) {
        has_moved = false;
        for (size_t k = 0; k < s->mobo->n_dims; k++) {
            if (eco_space_dim_levels(s->space, k) == 0)
                continue;
            has_discrete = true;
            has_moved = neighbours_try(t, p, k) || has_moved;
        }
    }
    return has_discrete ? climb(t, p, false) : ECOPT_OK;
}

/* True when a comes before b: exact scores first, then the higher one. */
static bool is_before(const place *a, const place *b)
{
    return a->is_exact != b->is_exact ? a->is_exact : a->score > b->score;
}

/* Best first; equal scores keep their order. */
static void order_sort(search *s)
{
    for (size_t i = 0; i < s->n_places; i++) {
        size_t j = i;
        for (; j > 0 && is_before(&s->places[i], &s->places[s->order[j - 1]]); j--)
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

static void climb_one(void *user, size_t thread, size_t i)
{
    search *s = user;
    s->status[i] = refine(&(task){s, &s->workers[thread]}, &s->places[s->chosen[i]]);
}

/* Climbs the best starts that are not neighbours of one already climbed. */
static ecopt_status climb_best(search *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_places && n < CLIMBS; i++) {
        const place *p = &s->places[s->order[i]];
        bool is_apart = p->score > -HUGE_VAL;
        for (size_t j = 0; j < n && is_apart; j++)
            is_apart = distance(s, &s->places[s->chosen[j]], p) > APART;
        if (is_apart)
            s->chosen[n++] = s->order[i];
    }
    eco_parallel_for(s->n_workers, n, climb_one, s);
    for (size_t j = 0; j < n; j++)
        ECO_TRY(s->status[j]);
    return ECOPT_OK;
}

/* Best-scored new place. */
static ecopt_status pick(search *s, double *ret_x)
{
    order_sort(s);
    for (size_t i = 0; i < s->n_places; i++) {
        const place *p = &s->places[s->order[i]];
        if (eco_seen_is_new(&s->seen, p->x)) {
            memcpy(ret_x, p->x, s->mobo->n_params * sizeof *ret_x);
            return ECOPT_OK;
        }
    }
    return ECOPT_E_NOT_FOUND;
}

static ecopt_status worker_take(search *s, worker *w)
{
    eco_arena *arena = &s->mobo->arena;
    size_t n_dims = s->mobo->n_dims;
    w->lower = eco_arena_alloc(arena, n_dims, sizeof *w->lower);
    w->upper = eco_arena_alloc(arena, n_dims, sizeof *w->upper);
    w->grad = eco_arena_alloc(arena, s->mobo->d, sizeof *w->grad);
    w->block = eco_arena_alloc(arena, ECO_MOBO_BLOCK * s->mobo->d, sizeof *w->block);
    if (!w->lower || !w->upper || !w->grad || !w->block || !place_take(s, &w->now) ||
        !place_take(s, &w->trial))
        return ECOPT_E_NOMEM;
    ECO_TRY(eco_mobo_work_init(s->mobo, &w->work));
    return eco_minimiser_new(s->mobo->ctx, n_dims, &w->minimiser);
}

static ecopt_status search_take(search *s, size_t n_raw)
{
    eco_arena *arena = &s->mobo->arena;
    size_t n_threads = s->mobo->problem->n_threads;
    size_t n_workers = n_threads > 1 ? n_threads : 1;
    s->places = eco_arena_alloc(arena, n_raw, sizeof *s->places);
    s->order = eco_arena_alloc(arena, n_raw, sizeof *s->order);
    s->workers = eco_arena_alloc(arena, n_workers, sizeof *s->workers);
    bool is_taken = s->places && s->order && s->workers;
    for (size_t i = 0; is_taken && i < n_raw; i++)
        is_taken = place_take(s, &s->places[i]);
    if (!is_taken)
        return ECOPT_E_NOMEM;
    for (; s->n_workers < n_workers; s->n_workers++)
        ECO_TRY(worker_take(s, &s->workers[s->n_workers]));
    return ECOPT_OK;
}

static ecopt_status explore(search *s, size_t n_sobol, size_t n_local, double *ret_x)
{
    eco_rng rng;
    eco_rng_init(&rng, s->mobo->problem->seed, ECO_STREAM_ACQ_START, s->mobo->history->trial);
    ECO_TRY(raw_sobol(s, n_sobol, &rng));
    raw_local(s, n_local, &rng);
    size_t n_blocks = (s->n_places + ECO_MOBO_BLOCK - 1) / ECO_MOBO_BLOCK;
    eco_parallel_for(s->n_workers, n_blocks, raw_screen, s);
    order_sort(s);
    eco_parallel_for(s->n_workers, s->n_places < SCORED ? s->n_places : SCORED, raw_score, s);
    order_sort(s);
    ECO_TRY(climb_best(s));
    return pick(s, ret_x);
}

ecopt_status eco_mobo_search_run(eco_mobo *mobo, double *ret_x)
{
    search s = {.mobo = mobo, .space = mobo->problem->space};
    double n_points = eco_space_n_points(s.space);
    ECO_TRY(eco_seen_init(&mobo->arena, mobo->problem, mobo->whole, &s.seen));
    /* A list is walked whatever its length: no point between its rows is allowed. */
    if (n_points <= EXHAUST_MAX || eco_space_n_candidates(s.space) > 0)
        return eco_mobo_list_run(mobo, &s.seen, ret_x);
    ecopt_status status = search_take(&s, RAW_SOBOL + RAW_LOCAL);
    if (status == ECOPT_OK)
        status = explore(&s, RAW_SOBOL, RAW_LOCAL, ret_x);
    for (size_t t = 0; t < s.n_workers; t++)
        eco_minimiser_free(s.workers[t].minimiser);
    return status;
}
