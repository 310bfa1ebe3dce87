#include "sampler/points.h"

#include "num/sobol.h"

#include <math.h>

enum {
    DRAWS_SMALL = 64,    /* before an enumerable space is enumerated */
    DRAWS_LARGE = 20000, /* before a large, heavily constrained space is given up */
    DRAWS_NEAR = 20000,  /* around the points of the history, after that */
    SOBOL_POINTS = 4096  /* looked at per call */
};

bool eco_points_is_new(const eco_problem *problem, const eco_history *history, const double *x)
{
    const ecopt_space *space = problem->space;
    size_t n_params = ecopt_space_n_params(space);
    if (!eco_space_is_allowed(space, x))
        return false;
    for (size_t i = 0; i < history->n; i++)
        if (eco_space_equal(space, history->observations[i].x, x))
            return false;
    for (size_t i = 0; i < history->n_pending; i++)
        if (eco_space_equal(space, history->pending + i * n_params, x))
            return false;
    return true;
}

void eco_points_at(const ecopt_space *space, uint64_t index, double *ret_x)
{
    if (eco_space_n_candidates(space) > 0) {
        eco_space_candidate(space, (size_t)index, ret_x);
        return;
    }
    (void)eco_space_default(space, ret_x);
    for (size_t k = 0; k < eco_space_n_dims(space); k++) {
        uint64_t levels = eco_space_dim_levels(space, k);
        size_t i = eco_space_dim_param(space, k);
        const ecopt_param *param = ecopt_space_param(space, i);
        double first = param->type == ECOPT_PARAM_INT ? param->min : 0;
        ret_x[i] = first + (double)(index % levels);
        index /= levels;
    }
    eco_space_canonical(space, ret_x);
}

/* ---- lists of candidates ---- */

/* Which candidates were tried or are pending, one byte each; freed by the caller.  What is new is
 * then known for all of them in one walk through the history. */
static ecopt_status mark_tried(ecopt_ctx *ctx, const eco_problem *problem,
                               const eco_history *history, unsigned char **ret_tried,
                               size_t *ret_n_new)
{
    const ecopt_space *space = problem->space;
    size_t n = eco_space_n_candidates(space), n_new = n, d = ecopt_space_n_params(space);
    unsigned char *tried = eco_alloc(ctx, n, sizeof *tried);
    if (!tried)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < history->n + history->n_pending; i++) {
        const double *x =
            i < history->n ? history->observations[i].x : history->pending + (i - history->n) * d;
        size_t found = eco_space_find_candidate(space, x);
        if (found < n && !tried[found]) {
            tried[found] = 1;
            n_new--;
        }
    }
    if (n_new == 0) {
        eco_free(ctx, tried);
        return eco_fail(ctx, ECOPT_E_EXHAUSTED, "all %zu candidates have been tried", n);
    }
    *ret_tried = tried;
    *ret_n_new = n_new;
    return ECOPT_OK;
}

/* Uniform over the new ones: the k-th of them, k drawn. */
static ecopt_status draw_candidate(ecopt_ctx *ctx, const eco_problem *problem,
                                   const eco_history *history, eco_rng *rng, double *ret_x)
{
    unsigned char *tried = NULL;
    size_t n_new = 0, i = 0;
    ECO_TRY(mark_tried(ctx, problem, history, &tried, &n_new));
    size_t left = (size_t)eco_rng_below(rng, n_new);
    while (tried[i] || left-- > 0)
        i++;
    eco_space_candidate(problem->space, i, ret_x);
    eco_free(ctx, tried);
    return ECOPT_OK;
}

/* Squared distance in features, where unordered values are all equally far from each other. */
static double distance(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

ecopt_status eco_points_nearest(ecopt_ctx *ctx, const eco_problem *problem,
                                const eco_history *history, const double *x, double *ret_x)
{
    const ecopt_space *space = problem->space;
    size_t n = eco_space_n_candidates(space), n_features = eco_space_n_features(space);
    size_t n_new = 0, best = n, d = ecopt_space_n_params(space);
    double least = HUGE_VAL;
    unsigned char *tried = NULL;
    ECO_TRY(mark_tried(ctx, problem, history, &tried, &n_new));
    double *work = eco_alloc(ctx, 2 * n_features + d, sizeof *work);
    if (!work) {
        eco_free(ctx, tried);
        return ECOPT_E_NOMEM;
    }
    double *wanted = work, *features = work + n_features, *candidate = features + n_features;
    eco_space_features(space, x, wanted);
    for (size_t i = 0; i < n; i++) {
        if (tried[i])
            continue;
        eco_space_candidate(space, i, candidate);
        eco_space_features(space, candidate, features);
        double away = distance(wanted, features, n_features);
        if (best == n || away < least) {
            least = away;
            best = i;
        }
    }
    eco_space_candidate(space, best, ret_x);
    eco_free(ctx, work);
    eco_free(ctx, tried);
    return ECOPT_OK;
}

/* ---- drawing ---- */

/* Every point once, from a random one on. */
static ecopt_status enumerate(ecopt_ctx *ctx, const eco_problem *problem,
                              const eco_history *history, eco_rng *rng, double *ret_x)
{
    uint64_t n = (uint64_t)eco_space_n_points(problem->space), start = eco_rng_below(rng, n);
    for (uint64_t i = 0; i < n; i++) {
        eco_points_at(problem->space, (start + i) % n, ret_x);
        if (eco_points_is_new(problem, history, ret_x))
            return ECOPT_OK;
    }
    return eco_fail(ctx, ECOPT_E_EXHAUSTED, "all allowed points of the space have been tried");
}

/* A tried or pending point moved a little: where hardly anything is allowed, the neighbourhood of
 * what was allowed is the place to look.  Widths from 1/2 down to 1/256 of the cube. */
static bool draw_near_tried(const eco_problem *problem, const eco_history *history, eco_rng *rng,
                            double *u, double *ret_x)
{
    const ecopt_space *space = problem->space;
    size_t seen = history->n + history->n_pending, n_params = ecopt_space_n_params(space);
    for (int draw = 0; seen > 0 && draw < DRAWS_NEAR; draw++) {
        size_t i = (size_t)eco_rng_below(rng, seen);
        const double *x = i < history->n ? history->observations[i].x
                                         : history->pending + (i - history->n) * n_params;
        double width = ldexp(1, -1 - (int)eco_rng_below(rng, 8));
        eco_space_encode(space, x, u);
        for (size_t k = 0; k < eco_space_n_dims(space); k++)
            if (eco_rng_below(rng, 2))
                u[k] = eco_space_dim_is_unordered(space, k) ? eco_rng_uniform(rng)
                                                            : u[k] + width * eco_rng_normal(rng);
        eco_space_decode(space, u, ret_x);
        if (eco_points_is_new(problem, history, ret_x))
            return true;
    }
    return false;
}

ecopt_status eco_points_draw(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                             eco_rng *rng, double *u, double *ret_x)
{
    if (eco_space_n_candidates(problem->space) > 0)
        return draw_candidate(ctx, problem, history, rng, ret_x);
    bool is_small = eco_space_n_points(problem->space) <= ECO_POINTS_ENUMERABLE;
    size_t n_dims = eco_space_n_dims(problem->space);
    int draws = is_small ? DRAWS_SMALL : DRAWS_LARGE;
    for (int draw = 0; draw < draws; draw++) {
        for (size_t k = 0; k < n_dims; k++)
            u[k] = eco_rng_uniform(rng);
        eco_space_decode(problem->space, u, ret_x);
        if (eco_points_is_new(problem, history, ret_x))
            return ECOPT_OK;
    }
    if (is_small)
        return enumerate(ctx, problem, history, rng, ret_x);
    if (draw_near_tried(problem, history, rng, u, ret_x))
        return ECOPT_OK;
    return eco_fail(ctx, ECOPT_E_EXHAUSTED, "no new allowed point was found in %d draws", draws);
}

ecopt_status eco_points_sobol(ecopt_ctx *ctx, const eco_problem *problem,
                              const eco_history *history, double *ret_x)
{
    size_t n_dims = eco_space_n_dims(problem->space), seen = history->n + history->n_pending;
    ecopt_status status = ECOPT_OK;
    eco_sobol *sobol = NULL;
    double *u = eco_alloc(ctx, n_dims, sizeof *u);
    if (!u)
        return ECOPT_E_NOMEM;
    bool is_found = false;
    if (n_dims >= 1 && n_dims <= ECO_SOBOL_MAX_DIM) {
        status = eco_sobol_new(ctx, n_dims, true, problem->seed, &sobol);
        /* One point of the study may be no Sobol point: its default. */
        uint32_t start = seen > 0 ? (uint32_t)seen - 1 : 0;
        for (uint32_t i = 0; status == ECOPT_OK && !is_found && i < SOBOL_POINTS; i++) {
            eco_sobol_get(sobol, start + i, u);
            eco_space_decode(problem->space, u, ret_x);
            is_found = eco_points_is_new(problem, history, ret_x);
            if (!is_found && eco_space_n_candidates(problem->space) > 0) {
                status = eco_points_nearest(ctx, problem, history, ret_x, ret_x);
                is_found = status == ECOPT_OK;
            }
        }
    }
    if (status == ECOPT_OK && !is_found) {
        eco_rng rng;
        eco_rng_init(&rng, problem->seed, ECO_STREAM_RANDOM_POINT, history->trial);
        status = eco_points_draw(ctx, problem, history, &rng, u, ret_x);
    }
    eco_sobol_free(sobol);
    eco_free(ctx, u);
    return status;
}

ecopt_status eco_points_initial(ecopt_ctx *ctx, const eco_problem *problem,
                                const eco_history *history, double *ret_x, const char **ret_origin)
{
    bool is_first = history->n + history->n_pending == 0;
    *ret_origin = "default";
    if (is_first && eco_space_default(problem->space, ret_x) &&
        eco_points_is_new(problem, history, ret_x))
        return ECOPT_OK;
    *ret_origin = "sobol";
    return eco_points_sobol(ctx, problem, history, ret_x);
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

eco_points_walk eco_points_walk_begin(uint64_t seed, uint64_t n)
{
    eco_rng rng;
    eco_rng_init(&rng, seed, ECO_STREAM_RANDOM_POINT, 0); /* trials count from 1 */
    /* (sqrt 5 - 1) / 2 */
    uint64_t stride = (uint64_t)((double)n * 0.6180339887498949);
    stride = stride > 0 ? stride : 1;
    while (common_divisor(stride, n) != 1)
        stride++;
    return (eco_points_walk){.n = n, .at = eco_rng_below(&rng, n), .stride = stride};
}

uint64_t eco_points_walk_next(eco_points_walk *walk)
{
    uint64_t now = walk->at;
    walk->at = (walk->at + walk->stride) % walk->n;
    return now;
}
