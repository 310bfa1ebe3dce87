/*
 * NSGA-II (Deb, Pratap, Agarwal, Meyarivan 2002, doi:10.1109/4235.996017) as a pure function of the
 * history.
 *
 * The population is not kept but found again for each suggestion: finished trials are taken in
 * blocks of its size, in order, and each time the best of population and block survive; what is
 * left over is the last block.  So a trial counts as soon as it is finished (steady state: Durillo,
 * Nebro, Luna, Alba 2009, doi:10.1007/978-3-642-01020-0_18), which a study of some tens of trials
 * needs, any number of workers can ask, and the cost is linear in the history.
 *
 * Order of merit ("constrained domination", section VI.A there): trials that keep all limits by
 * non-dominated rank, then crowding; after them those that do not, by their violation; last the
 * failed and the infeasible ones.  A missing objective value counts as infinitely bad.
 */
#include "core/arena.h"
#include "pareto/cost.h"
#include "sampler/points.h"
#include "sampler/variation.h"

#include <ecopt/pareto.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum {
    POPULATION_MIN = 12,
    POPULATION_MAX = 24, /* a study has some tens of trials, not the thousands of the paper */
    ATTEMPTS = 48        /* at an offspring that is new */
};

/* Of the paper, section V; exchange in half of the coordinates is its authors' program. */
static const double crossover_eta = 15, crossover_chance = 0.9, exchange_chance = 0.5;
static const double mutation_eta = 20;

typedef struct nsga2 {
    ecopt_ctx *ctx;
    const eco_problem *problem;
    const eco_history *history;
    size_t n_dims, m;
    size_t size;       /* of the population */
    double *violation; /* history->n: 0 keeps all limits, INFINITY failed */
    size_t n;          /* members now, at most 2 size; after selection the population, best first */
    size_t *member;    /* trials */
    size_t *rank;      /* 0 is best */
    double *crowding;  /* of those that keep all limits */
    size_t *row;       /* workspace: positions of members */
    size_t *front;     /* workspace */
    double *cost;      /* workspace, 2 size x m */
    double *distance;  /* workspace */
    double *parent[2]; /* n_dims */
    double *child;     /* n_dims */
} nsga2;

/* ---- merit ---- */

/* By how much a trial misses limit k, in the metric's unit; a missing metric misses it infinitely.
 */
static double excess(const ecopt_constraint *limit, double value)
{
    double miss = limit->relation == ECOPT_AT_MOST ? value - limit->bound : limit->bound - value;
    return isnan(miss) ? HUGE_VAL : fmax(miss, 0);
}

/* Sum of the misses, each in units of the largest finite one, so that no limit's unit outweighs
 * the others'; infinite ones count twice the largest. */
static void violations_fill(nsga2 *s)
{
    const eco_history *history = s->history;
    for (size_t k = 0; k < s->problem->n_constraints; k++) {
        const ecopt_constraint *limit = &s->problem->constraints[k];
        double largest = 0;
        for (size_t i = 0; i < history->n; i++) {
            double miss = excess(limit, history->observations[i].c[k]);
            largest = isfinite(miss) ? fmax(largest, miss) : largest;
        }
        for (size_t i = 0; i < history->n; i++) {
            double miss = excess(limit, history->observations[i].c[k]);
            s->violation[i] += isinf(miss) ? 2 : miss > 0 ? fmax(miss / largest, DBL_MIN) : 0;
        }
    }
    for (size_t i = 0; i < history->n; i++)
        if (history->observations[i].state != ECO_OBSERVED_COMPLETE)
            s->violation[i] = HUGE_VAL;
}

/* Costs of members row[0 .. n) to the workspace. */
static void costs_gather(nsga2 *s, size_t n, const size_t *row)
{
    for (size_t j = 0; j < n; j++) {
        const eco_observation *o = &s->history->observations[s->member[row[j]]];
        for (size_t k = 0; k < s->m; k++) {
            double cost = eco_cost(&s->problem->objectives[k], o->y[k]);
            s->cost[j * s->m + k] = isfinite(cost) ? cost : HUGE_VAL;
        }
    }
}

/* Crowding of each of the fronts among the n members that keep all limits. */
static ecopt_status crowding_fill(nsga2 *s, size_t n, size_t n_fronts)
{
    for (size_t rank = 0; rank < n_fronts; rank++) {
        size_t n_front = 0;
        for (size_t j = 0; j < n; j++)
            if (s->rank[s->row[j]] == rank)
                s->front[n_front++] = s->row[j];
        costs_gather(s, n_front, s->front);
        ECO_TRY(ecopt_crowding_distance(s->ctx, n_front, s->m, s->cost, s->distance));
        for (size_t j = 0; j < n_front; j++)
            s->crowding[s->front[j]] = s->distance[j];
    }
    return ECOPT_OK;
}

/* Ranks of the others: as many better members as there are, behind all fronts. */
static void ranks_of_violators(nsga2 *s, size_t n_fronts)
{
    for (size_t j = 0; j < s->n; j++) {
        double own = s->violation[s->member[j]];
        if (own <= 0)
            continue;
        s->crowding[j] = 0;
        s->rank[j] = n_fronts;
        for (size_t i = 0; i < s->n; i++) {
            double other = s->violation[s->member[i]];
            s->rank[j] += other > 0 && other < own;
        }
    }
}

/* Rank and crowding of all members. */
static ecopt_status members_rank(nsga2 *s)
{
    size_t n = 0, n_fronts = 0;
    for (size_t j = 0; j < s->n; j++)
        if (s->violation[s->member[j]] <= 0)
            s->row[n++] = j;
    costs_gather(s, n, s->row);
    ECO_TRY(ecopt_nondominated_sort(s->ctx, n, s->m, s->cost, s->front));
    for (size_t j = 0; j < n; j++) {
        s->rank[s->row[j]] = s->front[j];
        n_fronts = s->front[j] >= n_fronts ? s->front[j] + 1 : n_fronts;
    }
    ranks_of_violators(s, n_fronts);
    return crowding_fill(s, n, n_fronts);
}

/* The crowded comparison of section III.B. */
static bool is_better(const nsga2 *s, size_t a, size_t b)
{
    if (s->rank[a] != s->rank[b])
        return s->rank[a] < s->rank[b];
    return s->crowding[a] > s->crowding[b];
}

/* ---- population ---- */

/* Best first by insertion, ties in the order of the trials; then cut to the population's size. */
static ecopt_status members_select(nsga2 *s)
{
    ECO_TRY(members_rank(s));
    for (size_t j = 1; j < s->n; j++) {
        size_t member = s->member[j], rank = s->rank[j], i = j;
        double crowding = s->crowding[j];
        while (i > 0 && (rank < s->rank[i - 1] ||
                         (rank == s->rank[i - 1] && crowding > s->crowding[i - 1]))) {
            s->member[i] = s->member[i - 1];
            s->rank[i] = s->rank[i - 1];
            s->crowding[i] = s->crowding[i - 1];
            i--;
        }
        s->member[i] = member;
        s->rank[i] = rank;
        s->crowding[i] = crowding;
    }
    s->n = s->n < s->size ? s->n : s->size;
    return ECOPT_OK;
}

static ecopt_status population_find(nsga2 *s)
{
    s->n = 0;
    for (size_t i = 0; i < s->history->n;) {
        for (size_t block = 0; block < s->size && i < s->history->n; block++)
            s->member[s->n++] = i++;
        ECO_TRY(members_select(s));
    }
    return ECOPT_OK;
}

static size_t count_working(const nsga2 *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->history->n; i++)
        n += isfinite(s->violation[i]) ? 1 : 0;
    return n;
}

/* ---- offspring ---- */

/* Two values have no direction; more of an unordered choice neither. */
static bool is_unordered(const nsga2 *s, size_t k)
{
    return eco_space_dim_is_unordered(s->problem->space, k) ||
           eco_space_dim_levels(s->problem->space, k) == 2;
}

/* Winner of a binary tournament, as a place of the cube. */
static void parent_choose(nsga2 *s, eco_rng *rng, double *u)
{
    size_t a = (size_t)eco_rng_below(rng, s->n), b = (size_t)eco_rng_below(rng, s->n);
    size_t winner = is_better(s, b, a) ? b : a;
    eco_space_encode(s->problem->space, s->history->observations[s->member[winner]].x, u);
}

static void child_cross(nsga2 *s, eco_rng *rng)
{
    const double *a = s->parent[0], *b = s->parent[1];
    memcpy(s->child, a, s->n_dims * sizeof *a);
    if (eco_rng_uniform(rng) >= crossover_chance)
        return;
    for (size_t k = 0; k < s->n_dims; k++) {
        if (eco_rng_uniform(rng) >= exchange_chance)
            continue;
        double pair[2] = {a[k], b[k]};
        if (!is_unordered(s, k))
            eco_vary_sbx(rng, crossover_eta, a[k], b[k], pair);
        s->child[k] = pair[is_unordered(s, k) || eco_rng_uniform(rng) < 0.5];
    }
}

/* One mutation of an ordered discrete value moves it at least to a neighbour: the polynomial's
 * steps are smaller than the cells, and rounding would undo nearly all of them. */
static double mutate(nsga2 *s, eco_rng *rng, size_t k)
{
    double levels = (double)eco_space_dim_levels(s->problem->space, k);
    if (is_unordered(s, k))
        return eco_rng_uniform(rng);
    double u = s->child[k], moved = eco_vary_mutate(rng, mutation_eta, u);
    if (levels > 0 && fabs(moved - u) * levels < 1)
        moved = moved < u ? u - 1 / levels : u + 1 / levels;
    return moved >= 0 && moved <= 1 ? moved : 2 * u - moved;
}

/*
 * Attempts grow bolder: once the neighbourhood is known, more and more coordinates mutate, in the
 * end about half of them.
 */
static void child_make(nsga2 *s, eco_rng *rng, int attempt)
{
    parent_choose(s, rng, s->parent[0]);
    parent_choose(s, rng, s->parent[1]);
    child_cross(s, rng);
    double chance = (1 + attempt / 4.0) / (double)s->n_dims;
    for (size_t k = 0; k < s->n_dims; k++)
        if (eco_rng_uniform(rng) < fmin(chance, attempt > 0 ? 0.5 : 1))
            s->child[k] = mutate(s, rng, k);
}

static ecopt_status offspring_find(nsga2 *s, eco_rng *rng, eco_suggestion *suggestion)
{
    suggestion->origin = "nsga2";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        child_make(s, rng, attempt);
        eco_space_decode(s->problem->space, s->child, suggestion->x);
        if (eco_points_is_new(s->problem, s->history, suggestion->x))
            return ECOPT_OK;
        /* On a list nearly no offspring is a row; its nearest new one stands for it. */
        if (eco_space_n_candidates(s->problem->space) > 0)
            return eco_points_nearest(s->ctx, s->problem, s->history, suggestion->x, suggestion->x);
    }
    suggestion->origin = "random";
    return eco_points_draw(s->ctx, s->problem, s->history, rng, s->child, suggestion->x);
}

static ecopt_status evolve(nsga2 *s, eco_suggestion *suggestion)
{
    violations_fill(s);
    /* One parent alone has no variation to pass on, and failed ones nothing worth it. */
    if (count_working(s) < 2)
        return eco_points_initial(s->ctx, s->problem, s->history, suggestion->x,
                                  &suggestion->origin);
    ECO_TRY(population_find(s));
    eco_rng rng;
    eco_rng_init(&rng, s->problem->seed, ECO_STREAM_OFFSPRING, s->history->trial);
    return offspring_find(s, &rng, suggestion);
}

/* ---- the sampler ---- */

static size_t population_size(size_t n_dims)
{
    size_t size = 2 * n_dims;
    return size < POPULATION_MIN ? POPULATION_MIN : size > POPULATION_MAX ? POPULATION_MAX : size;
}

static ecopt_status workspace_take(nsga2 *s, eco_arena *arena)
{
    size_t room = 2 * s->size;
    s->violation = eco_arena_alloc(arena, s->history->n, sizeof *s->violation);
    s->member = eco_arena_alloc(arena, 4 * room, sizeof *s->member);
    s->crowding = eco_arena_alloc(arena, room * (2 + s->m), sizeof *s->crowding);
    s->parent[0] = eco_arena_alloc(arena, 3 * s->n_dims, sizeof *s->child);
    if (!s->violation || !s->member || !s->crowding || !s->parent[0])
        return ECOPT_E_NOMEM;
    s->rank = s->member + room;
    s->row = s->rank + room;
    s->front = s->row + room;
    s->distance = s->crowding + room;
    s->cost = s->distance + room;
    s->parent[1] = s->parent[0] + s->n_dims;
    s->child = s->parent[1] + s->n_dims;
    return ECOPT_OK;
}

static ecopt_status suggest(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion)
{
    nsga2 s = {.ctx = ctx, .problem = problem, .history = history, .m = problem->n_objectives};
    s.n_dims = eco_space_n_dims(problem->space);
    s.size = population_size(s.n_dims);
    size_t n_first = s.size > problem->n_init ? s.size : problem->n_init;
    if (history->n + history->n_pending < n_first || s.n_dims == 0)
        return eco_points_initial(ctx, problem, history, suggestion->x, &suggestion->origin);
    eco_arena arena = ECO_ARENA_INIT(ctx);
    ecopt_status status = workspace_take(&s, &arena);
    if (status == ECOPT_OK)
        status = evolve(&s, suggestion);
    eco_arena_release(&arena);
    return status;
}

const eco_sampler_ops eco_sampler_nsga2 = {
    .name = "nsga2", .summary = "genetic algorithm NSGA-II", .suggest = suggest};
