/*
 * Full-factorial grid, visited so that any first part of it is evenly spread.
 *
 * Unordered choices and whatever has at most 10 values take all of them.  The other numbers share
 * what is left of the trials: each gets at least two levels, evenly spaced on its scale with both
 * ends, and the one with the fewest levels gets one more as long as the whole grid has no more
 * points than the study has trials.  Where not even two levels fit, three are taken and the grid is
 * visited in part.  So the grid follows from space and budget alone.
 *
 * Order: the cell of each point of the study's scrambled Sobol sequence, cells met before being
 * passed over; when the sequence brings nothing new any more, a walk over all cells with a stride
 * near the golden section, which is evenly spread as well (Weyl sequence) and misses none.
 */
#include "num/sobol.h"
#include "sampler/points.h"

#include <math.h>

enum {
    FULL_LEVELS = 10,     /* a number of so many values takes all of them */
    LEVELS_UNFIT = 3,     /* of the others, when two levels each are too many already */
    TRIALS_UNKNOWN = 100, /* taken for the size of the study when the problem does not say */
    SOBOL_POINTS = 4096,  /* looked at per call */
    WALK_CELLS = 1 << 20, /* a larger grid is not walked but drawn from */
    DRAWS_LARGE = 20000   /* before a large, heavily constrained grid is given up */
};

typedef struct grid {
    const eco_problem *problem;
    const eco_history *history;
    const ecopt_space *space;
    size_t n_dims;
    size_t *levels; /* n_dims, each >= 2 */
    size_t *cell;   /* n_dims, level of each dimension */
    double *u;      /* n_dims */
    double n_cells; /* product of the levels; may be infinite */
} grid;

/* Values of dimension k; a continuous one has as many as are asked for. */
static size_t dim_values(const grid *g, size_t k)
{
    size_t values = eco_space_dim_levels(g->space, k);
    return values > 0 ? values : SIZE_MAX;
}

static bool is_full(const grid *g, size_t k)
{
    return eco_space_dim_is_unordered(g->space, k) || dim_values(g, k) <= FULL_LEVELS;
}

/* The numbers that are not taken whole all get `levels`; returns how many they are. */
static size_t levels_set(grid *g, double levels)
{
    size_t n_free = 0;
    g->n_cells = 1;
    for (size_t k = 0; k < g->n_dims; k++) {
        double values = (double)dim_values(g, k);
        bool takes_all = is_full(g, k) || values <= levels;
        g->levels[k] = takes_all ? dim_values(g, k) : (size_t)levels;
        n_free += !is_full(g, k);
        g->n_cells *= (double)g->levels[k];
    }
    return n_free;
}

/* One level more where there are fewest, the first of them in the file's order. */
static bool levels_raise(grid *g, double n_trials)
{
    size_t best = SIZE_MAX;
    for (size_t k = 0; k < g->n_dims; k++)
        if (!is_full(g, k) && g->levels[k] < dim_values(g, k) &&
            (best == SIZE_MAX || g->levels[k] < g->levels[best]))
            best = k;
    if (best == SIZE_MAX)
        return false;
    double raised = g->n_cells / (double)g->levels[best] * (double)(g->levels[best] + 1);
    if (raised > n_trials + 0.5) /* whole numbers: 0.5 is far from both */
        return false;
    g->levels[best]++;
    g->n_cells = raised;
    return true;
}

/* The fewest levels come first: where one more of those does not fit, none of another does
 * better, for it would make the grid lopsided. */
static void levels_fit(grid *g)
{
    double n_trials = g->problem->n_trials > 0 ? (double)g->problem->n_trials : TRIALS_UNKNOWN;
    size_t n_free = levels_set(g, 2);
    if (n_free == 0)
        return;
    if (g->n_cells > n_trials) {
        (void)levels_set(g, LEVELS_UNFIT);
        return;
    }
    /* Nearly there at once: one by one alone would take as many steps as a line has points. */
    double fixed = g->n_cells / pow(2, (double)n_free);
    double levels = floor(pow(n_trials / fixed, 1 / (double)n_free)) - 1;
    if (levels > 2)
        (void)levels_set(g, levels);
    while (levels_raise(g, n_trials))
        continue;
}

/*
 * Code of level j of n: evenly spaced on the parameter's scale, both ends included.
 *
 * On a log scale small integers lie further apart than the levels.  There each level moves up to
 * the next free integer, which makes all levels different: spacing only grows along the scale.
 */
static double level_code(const ecopt_param *param, size_t j, size_t n)
{
    if (param->type == ECOPT_PARAM_BOOL)
        return (double)j;
    bool is_number = param->type == ECOPT_PARAM_FLOAT || param->type == ECOPT_PARAM_INT;
    double low = is_number ? param->min : 0;
    double high = is_number ? param->max : (double)(param->n_values - 1);
    double t = (double)j / (double)(n - 1);
    bool is_log = is_number && param->is_log;
    /* Not low + t (high - low): the range may overflow. */
    double code = is_log ? exp((1 - t) * log(low) + t * log(high)) : (1 - t) * low + t * high;
    if (param->type == ECOPT_PARAM_FLOAT)
        return j == 0 ? low : j == n - 1 ? high : code;
    return fmin(fmax(round(code), low + (double)j), high - (double)(n - 1 - j));
}

/* The point of the current cell, if it is new. Equal points of different cells, which conditions
 * make, count once. */
static bool cell_take(const grid *g, double *ret_x)
{
    (void)eco_space_default(g->space, ret_x);
    for (size_t k = 0; k < g->n_dims; k++) {
        size_t i = eco_space_dim_param(g->space, k);
        ret_x[i] = level_code(ecopt_space_param(g->space, i), g->cell[k], g->levels[k]);
    }
    eco_space_canonical(g->space, ret_x);
    return eco_points_is_new(g->problem, g->history, ret_x);
}

static ecopt_status sobol_cells(ecopt_ctx *ctx, const grid *g, double *ret_x, bool *ret_is_found)
{
    eco_sobol *sobol = NULL;
    if (g->n_dims < 1 || g->n_dims > ECO_SOBOL_MAX_DIM)
        return ECOPT_OK;
    ECO_TRY(eco_sobol_new(ctx, g->n_dims, true, g->problem->seed, &sobol));
    /* The points before stand for trials that are there; going on from their number keeps the
     * order and spares looking at them again. */
    uint32_t start = (uint32_t)(g->history->n + g->history->n_pending);
    for (uint32_t i = 0; !*ret_is_found && i < SOBOL_POINTS; i++) {
        eco_sobol_get(sobol, start + i, g->u);
        for (size_t k = 0; k < g->n_dims; k++)
            g->cell[k] = (size_t)(g->u[k] * (double)g->levels[k]);
        *ret_is_found = cell_take(g, ret_x);
    }
    eco_sobol_free(sobol);
    return ECOPT_OK;
}

/* A random cell of a grid that is too large for the walk. */
static bool draw_cells(const grid *g, eco_rng *rng, double *ret_x)
{
    for (int draw = 0; draw < DRAWS_LARGE; draw++) {
        for (size_t k = 0; k < g->n_dims; k++)
            g->cell[k] = (size_t)eco_rng_below(rng, g->levels[k]);
        if (cell_take(g, ret_x))
            return true;
    }
    return false;
}

/* Every cell once, in an order that only the seed decides. */
static bool walk_cells(const grid *g, double *ret_x)
{
    uint64_t n = (uint64_t)g->n_cells;
    eco_points_walk walk = eco_points_walk_begin(g->problem->seed, n);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t rest = eco_points_walk_next(&walk);
        for (size_t k = 0; k < g->n_dims; k++) {
            g->cell[k] = (size_t)(rest % g->levels[k]);
            rest /= g->levels[k];
        }
        if (cell_take(g, ret_x))
            return true;
    }
    return false;
}

static ecopt_status grid_find(ecopt_ctx *ctx, grid *g, double *ret_x)
{
    bool is_found = false;
    levels_fit(g);
    ECO_TRY(sobol_cells(ctx, g, ret_x, &is_found));
    if (is_found)
        return ECOPT_OK;
    if (g->n_cells <= WALK_CELLS) {
        if (walk_cells(g, ret_x))
            return ECOPT_OK;
        return eco_fail(ctx, ECOPT_E_EXHAUSTED, "all allowed points of the grid have been tried");
    }
    eco_rng rng;
    eco_rng_init(&rng, g->problem->seed, ECO_STREAM_RANDOM_POINT, g->history->trial);
    if (draw_cells(g, &rng, ret_x))
        return ECOPT_OK;
    return eco_fail(ctx, ECOPT_E_EXHAUSTED, "no new allowed point of the grid was found");
}

static ecopt_status suggest(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion)
{
    grid g = {.problem = problem, .history = history, .space = problem->space};
    suggestion->origin = "grid";
    /* A list is its own grid: cells between its rows have no points. */
    if (eco_space_n_candidates(problem->space) > 0)
        return eco_points_sobol(ctx, problem, history, suggestion->x);
    g.n_dims = eco_space_n_dims(problem->space);
    g.levels = eco_alloc(ctx, g.n_dims, sizeof *g.levels);
    g.cell = eco_alloc(ctx, g.n_dims, sizeof *g.cell);
    g.u = eco_alloc(ctx, g.n_dims, sizeof *g.u);
    ecopt_status status = ECOPT_E_NOMEM;
    if (g.levels && g.cell && g.u)
        status = grid_find(ctx, &g, suggestion->x);
    eco_free(ctx, g.levels);
    eco_free(ctx, g.cell);
    eco_free(ctx, g.u);
    return status;
}

const eco_sampler_ops eco_sampler_grid = {
    .name = "grid", .summary = "evenly spaced levels of every parameter", .suggest = suggest};
