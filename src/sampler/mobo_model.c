#include "sampler/mobo_model.h"

#include "pareto/cost.h"
#include "sampler/aim.h"
#include "sampler/transform.h"

#include <math.h>
#include <string.h>

enum {
    LEARN_WHOLE = 100, /* rows up to which all of them are learned from */
    COARSE_MAX = 80,   /* rows of the first steps of learning when there are more */
    HYPER_MAX = 200,   /* rows of its last steps */
    REFINE_EVALUATIONS = 12,
    PATHS = 8 /* S, when something is noisy */
};

/*
 * Boldness with points pending, and of two quiet objectives: the share of variance that learned
 * noise may have, and that of one of them must be below.
 */
static const double BATCH_BOLDNESS = 0.5, QUIET_BOLDNESS = 0.8;
static const double QUIET_SHARE = 0.0068, QUIET_SIGN = 0.006;

/* With points pending the noise that a share of variance below this hints at is not drawn. */
static const double BATCH_QUIET_SHARE = 0.02;

/* How much worse than its mean a pending point is taken to be: eco_paths.extra_lift. */
static const double PESSIMISM = 1;

static const size_t NO_ROW = (size_t)-1;

/*
 * Noise variance is learned down to this share of the data's: benchmark functions have none, and a
 * floor of 1e-4 (BoTorch's) hides the last per cent of their hypervolume.
 */
static const double NOISE_FLOOR = 1e-6;

/* Rows of one model's data. */
typedef struct row_set {
    size_t n;
    double *X, *y, *se; /* n x d, n, n */
    double *theta;      /* d + 2 */
} row_set;

static ecopt_status rows_take(eco_mobo *mobo, size_t n, row_set *ret_rows)
{
    eco_arena *arena = &mobo->arena;
    *ret_rows = (row_set){.X = eco_arena_alloc(arena, n * mobo->d, sizeof(double)),
                          .y = eco_arena_alloc(arena, n, sizeof(double)),
                          .se = eco_arena_alloc(arena, n, sizeof(double)),
                          .theta = eco_arena_alloc(arena, mobo->d + 2, sizeof(double))};
    bool is_taken = ret_rows->X && ret_rows->y && ret_rows->se && ret_rows->theta;
    return is_taken ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Values of a series; row (n entries, or NULL) tells where each trial went. */
static ecopt_status rows_gather(eco_mobo *mobo, const eco_series *s, size_t *row, row_set *ret_rows)
{
    size_t n = mobo->history->n, d = mobo->d;
    row_set *r = ret_rows;
    ECO_TRY(rows_take(mobo, n, r));
    for (size_t i = 0; i < n; i++) {
        if (row)
            row[i] = NO_ROW;
        if (isnan(s->value[i]))
            continue;
        memcpy(r->X + r->n * d, mobo->features + i * d, d * sizeof *r->X);
        if (row)
            row[i] = r->n;
        r->y[r->n] = s->value[i];
        r->se[r->n++] = s->se[i];
    }
    return r->n > 0 ? ECOPT_OK : ECOPT_E_NOT_FOUND;
}

/* Every (r->n / n)-th row. */
static ecopt_status rows_thin(eco_mobo *mobo, const row_set *r, size_t n, row_set *ret_some)
{
    size_t d = mobo->d;
    ECO_TRY(rows_take(mobo, n, ret_some));
    for (size_t k = 0; k < n; k++) {
        size_t i = k * r->n / n;
        memcpy(ret_some->X + k * d, r->X + i * d, d * sizeof *r->X);
        ret_some->y[k] = r->y[i];
        ret_some->se[k] = r->se[i];
    }
    ret_some->n = n;
    return ECOPT_OK;
}

/*
 * Learns the hyperparameters.  Each evaluation costs n^3, and what they are shows in few rows: so
 * the starts are followed on COARSE_MAX rows, and the end is made better on HYPER_MAX of them.
 */
static ecopt_status rows_learn(eco_mobo *mobo, eco_gp *gp, row_set *r)
{
    row_set some;
    size_t n_theta = eco_gp_n_theta(gp);
    if (r->n <= LEARN_WHOLE)
        return eco_gp_fit(gp, r->n, r->X, r->y, r->se, NULL);
    ECO_TRY(rows_thin(mobo, r, COARSE_MAX, &some));
    ECO_TRY(eco_gp_fit(gp, some.n, some.X, some.y, some.se, NULL));
    memcpy(r->theta, eco_gp_theta(gp), n_theta * sizeof *r->theta);
    if (r->n <= HYPER_MAX)
        return eco_gp_refine(gp, r->n, r->X, r->y, r->se, r->theta, REFINE_EVALUATIONS);
    ECO_TRY(rows_thin(mobo, r, HYPER_MAX, &some));
    ECO_TRY(eco_gp_refine(gp, some.n, some.X, some.y, some.se, r->theta, REFINE_EVALUATIONS));
    memcpy(r->theta, eco_gp_theta(gp), n_theta * sizeof *r->theta);
    return eco_gp_condition(gp, r->n, r->X, r->y, r->se, r->theta);
}

static eco_gp_options model_options(const eco_mobo *mobo)
{
    const ecopt_sampler_settings *settings = mobo->problem->settings;
    bool is_rbf = settings && settings->kernel == ECOPT_KERNEL_RBF;
    return (eco_gp_options){.kernel = is_rbf ? ECO_KERNEL_RBF : ECO_KERNEL_MATERN52,
                            .n_labels = eco_space_n_labels(mobo->problem->space),
                            .noise_floor = NOISE_FLOOR};
}

/* Fits the next model to a series. */
static ecopt_status model_fit(eco_mobo *mobo, const eco_series *s, size_t *row)
{
    row_set r;
    eco_gp **gp = &mobo->fits[mobo->n_models];
    const eco_gp_options options = model_options(mobo);
    ECO_TRY(rows_gather(mobo, s, row, &r));
    ECO_TRY(eco_gp_new(mobo->ctx, &options, r.n, mobo->d, gp));
    mobo->n_models++;
    return rows_learn(mobo, *gp, &r);
}

/* True unless a trial, row or not, has a cost without a logarithm. */
static bool has_logarithms(const eco_mobo *mobo, size_t k)
{
    for (size_t i = 0; i < mobo->whole->n; i++) {
        if (eco_observed_cost(mobo->problem, &mobo->whole->observations[i], k) <= 0)
            return false;
    }
    return true;
}

/*
 * Turns the series of objective k into logarithms where these are modelled better.  Of a long study
 * the rows decide; front points that are none of them must have logarithms as well.
 */
static ecopt_status series_transform(eco_mobo *mobo, size_t k, eco_series *s, double ref)
{
    const eco_transform_data data = {.problem = mobo->problem,
                                     .history = mobo->history,
                                     .objective = k,
                                     .d = mobo->d,
                                     .features = mobo->features,
                                     .value = s->value,
                                     .se = s->se,
                                     .reference = ref,
                                     .options = model_options(mobo)};
    if (!has_logarithms(mobo, k))
        return ECOPT_OK;
    ECO_TRY(eco_transform_choose(mobo->ctx, &data, &mobo->is_log[k]));
    if (mobo->is_log[k])
        eco_transform_apply(mobo->history->n, s->value, s->se);
    return ECOPT_OK;
}

static ecopt_status objectives_fit(eco_mobo *mobo, const double *ref, eco_series *s, double *work)
{
    const eco_problem *problem = mobo->problem;
    for (size_t k = 0; k < mobo->m; k++) {
        if (mobo->m == problem->n_objectives)
            eco_series_objective(problem, mobo->history, k, ref[k], work, s);
        else
            eco_series_scalarised(problem, mobo->history, s);
        if (mobo->m == problem->n_objectives)
            ECO_TRY(series_transform(mobo, k, s, ref[k]));
        ecopt_status status = model_fit(mobo, s, mobo->row + k * mobo->history->n);
        if (status == ECOPT_E_NOT_FOUND)
            return eco_fail(mobo->ctx, status, "objective '%s' has no value yet",
                            problem->objectives[k].metric);
        ECO_TRY(status);
    }
    return ECOPT_OK;
}

/* Adds a model of "value <= bound"; a series without values adds nothing. */
static ecopt_status limit_add(eco_mobo *mobo, const eco_series *s, double bound)
{
    ecopt_status status = model_fit(mobo, s, NULL);
    if (status == ECOPT_E_NOT_FOUND)
        return ECOPT_OK;
    mobo->bound[mobo->n_limits++] = bound;
    return status;
}

/* Constraints on metrics, failure, and the cost of a trial where it is to count. */
static ecopt_status limits_fit(eco_mobo *mobo, eco_series *s, double *work)
{
    const eco_problem *problem = mobo->problem;
    for (size_t c = 0; c < problem->n_constraints; c++) {
        double bound = eco_series_constraint(problem, mobo->history, c, work, s);
        ECO_TRY(limit_add(mobo, s, bound));
    }
    if (eco_series_failure(mobo->history, s))
        ECO_TRY(eco_mobo_failure_add(mobo, s));
    bool is_cost_aware = problem->settings && problem->settings->cost_exponent > 0;
    if (is_cost_aware && eco_series_spent(mobo->history, s))
        ECO_TRY(model_fit(mobo, s, NULL));
    return ECOPT_OK;
}

/* Least and largest share of variance that is noise, over the objectives. */
static void noise_range(const eco_mobo *mobo, double *ret_least, double *ret_most)
{
    *ret_least = 1;
    *ret_most = 0;
    for (size_t k = 0; k < mobo->m; k++) {
        double share = eco_gp_noise_share(mobo->fits[k]);
        *ret_least = fmin(*ret_least, share);
        *ret_most = fmax(*ret_most, share);
    }
}

/*
 * S: many where draws could differ from the posterior mean.  A hint of noise is enough, but not
 * with points pending: there it blurs places that matter more.
 */
static size_t paths_count(const eco_mobo *mobo)
{
    double least, most;
    noise_range(mobo, &least, &most);
    if (mobo->history->n_pending > 0)
        return most < BATCH_QUIET_SHARE ? 1 : PATHS;
    for (size_t k = 0; k < mobo->m; k++)
        if (eco_gp_is_noisy(mobo->fits[k]))
            return PATHS;
    return 1;
}

/*
 * How far to trust in luck: factor on the standard deviation of the objectives (docs/numerics.md,
 * "Boldness", has what was tried).
 */
static double boldness(const eco_mobo *mobo)
{
    if (mobo->history->n_pending > 0)
        return BATCH_BOLDNESS;
    double least, most;
    bool has_thresholds = mobo->m == 2;
    for (size_t k = 0; k < mobo->m && has_thresholds; k++)
        has_thresholds = mobo->problem->objectives[k].has_threshold;
    noise_range(mobo, &least, &most);
    return has_thresholds && most < QUIET_SHARE && least < QUIET_SIGN ? QUIET_BOLDNESS : 1;
}

/* Points that the fronts consist of: feasible trials and what is being tried. */
static ecopt_status front_points_take(eco_mobo *mobo, size_t *ret_n)
{
    size_t n = mobo->history->n + mobo->history->n_pending, count = 0;
    mobo->front_points = eco_arena_alloc(&mobo->arena, n, sizeof(size_t));
    if (!mobo->front_points)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        bool is_done = i < mobo->history->n;
        if (is_done && !eco_mobo_is_feasible(mobo->problem, &mobo->history->observations[i]))
            continue;
        mobo->has_feasible = mobo->has_feasible || is_done;
        mobo->front_points[count++] = i;
    }
    *ret_n = count;
    return ECOPT_OK;
}

/*
 * Posterior of objective k; points of the fronts that it has no data of become extra points.
 * at[i] is the place of front point i in it.
 */
static ecopt_status posterior_take(eco_mobo *mobo, size_t k, size_t n_front, eco_rng *rng,
                                   size_t *at)
{
    size_t d = mobo->d, n = mobo->history->n, n_extra = 0, n_rows = eco_gp_n(mobo->fits[k]);
    double *extra = eco_arena_alloc(&mobo->arena, n_front * d, sizeof *extra);
    if (!extra)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n_front; i++) {
        size_t point = mobo->front_points[i];
        at[i] = point < n ? mobo->row[k * n + point] : NO_ROW;
        if (at[i] != NO_ROW)
            continue;
        memcpy(extra + n_extra * d, mobo->features + point * d, d * sizeof *extra);
        at[i] = n_rows + n_extra++;
    }
    bool is_batch = mobo->history->n_pending > 0;
    const eco_paths paths = {.n = mobo->n_paths > 1 || is_batch ? mobo->n_paths : 0,
                             .extra_spread = is_batch ? 0 : mobo->boldness,
                             .extra_lift = is_batch ? PESSIMISM : 0,
                             .rng = rng};
    return eco_posterior_draw(mobo->ctx, mobo->fits[k], n_extra, extra, &paths, &mobo->models[k]);
}

static ecopt_status posteriors_take(eco_mobo *mobo, size_t n_front, size_t *at)
{
    eco_rng rng;
    eco_rng_init(&rng, mobo->problem->seed, ECO_STREAM_PATHS, mobo->history->trial);
    for (size_t k = 0; k < mobo->m; k++)
        ECO_TRY(posterior_take(mobo, k, n_front, &rng, at + k * n_front));
    for (size_t k = mobo->m; k < mobo->n_models; k++)
        ECO_TRY(eco_posterior_new(mobo->ctx, mobo->fits[k], 0, NULL, 0, NULL, &mobo->models[k]));
    for (size_t k = 0; k < mobo->n_models; k++) {
        eco_gp_free(mobo->fits[k]);
        mobo->fits[k] = NULL;
    }
    return ECOPT_OK;
}

/*
 * Where this trial aims, from the finished part of the front of means: a pending point that
 * promises too much must not move the ends.  Behind the n points come the fixed ones.
 */
static ecopt_status aim_choose(eco_mobo *mobo, size_t n, const double *mean, const size_t *index,
                               const double *ref, double *ret_aim)
{
    size_t m = mobo->m;
    double *front = eco_arena_alloc(&mobo->arena, mobo->n_front * m, sizeof *front);
    bool is_fixed[ECOPT_MAX_OBJECTIVES] = {false};
    eco_aim_input input = {.m = m,
                           .front = front,
                           .in_force = ref,
                           .is_fixed = is_fixed,
                           .trial = mobo->history->trial};
    if (!front)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < mobo->n_front; i++)
        if (index[i] >= n || mobo->front_points[index[i]] < mobo->history->n)
            memcpy(front + input.n++ * m, mean + index[i] * m, m * sizeof *front);
    for (size_t k = 0; k < m; k++)
        is_fixed[k] = mobo->problem->objectives[k].has_threshold;
    return eco_aim_choose(mobo->ctx, &input, ret_aim, mobo->in_force);
}

/* Entry i of the fixed points, n_fixed x m, on the scale of its objective's model. */
static double fixed_value(const eco_mobo *mobo, size_t i)
{
    double cost = mobo->region.fixed[i];
    return mobo->is_log[i % mobo->m] ? log(cost) : cost;
}

/*
 * One front per path.  Noise does not pull them out as it would a front of observations, and a
 * trial that lacks an objective, or is still running, has its place with its uncertainty.  The
 * front of the means only serves as a place to start from.
 */
static ecopt_status fronts_build(eco_mobo *mobo, const double *ref)
{
    size_t n, m = mobo->m, n_paths = mobo->n_paths, n_fixed = mobo->region.n_fixed;
    ECO_TRY(front_points_take(mobo, &n));
    size_t n_all = n + n_fixed, size = n_all * m;
    size_t *at = eco_arena_alloc(&mobo->arena, n * m, sizeof *at);
    size_t *counts = eco_arena_alloc(&mobo->arena, n_paths, sizeof *counts);
    double *y = eco_arena_alloc(&mobo->arena, n_paths * size, sizeof *y);
    double *mean = eco_arena_alloc(&mobo->arena, size, sizeof *mean);
    size_t *index = eco_arena_alloc(&mobo->arena, n_all, sizeof *index);
    if (!at || !counts || !y || !mean || !index)
        return ECOPT_E_NOMEM;
    ECO_TRY(posteriors_take(mobo, n, at));
    for (size_t s = 0; s < n_paths; s++) {
        counts[s] = n_all;
        for (size_t i = 0; i < size; i++) {
            size_t k = i % m, point = i / m;
            y[s * size + i] = point >= n
                                  ? fixed_value(mobo, i - n * m)
                                  : eco_posterior_value(mobo->models[k], s, at[k * n + point]);
            mean[i] += y[s * size + i] / (double)n_paths;
        }
    }
    ECO_TRY(ecopt_nondominated(mobo->ctx, n_all, m, mean, index, &mobo->n_front));
    double aim[ECOPT_MAX_OBJECTIVES];
    /* The aim is a place among costs. */
    for (size_t i = 0; i < size; i++)
        mean[i] = mobo->is_log[i % m] ? exp(mean[i]) : mean[i];
    ECO_TRY(aim_choose(mobo, n, mean, index, ref, aim));
    if (mobo->problem->wants_gain && m == mobo->problem->n_objectives)
        ECO_TRY(ecopt_hypervolume(mobo->ctx, n_all, m, mean, aim, &mobo->volume));
    for (size_t k = 0; k < m; k++)
        aim[k] = mobo->is_log[k] ? log(aim[k]) : aim[k];
    ECO_TRY(eco_acq_front_new(mobo->ctx, m, n_paths, counts, y, aim, &mobo->front));
    eco_acq_front_set_log(mobo->front, mobo->is_log);
    while (mobo->n_front > 0 && index[mobo->n_front - 1] >= n)
        mobo->n_front--; /* fixed points, of which no more is known than their costs */
    for (size_t i = 0; i < mobo->n_front; i++)
        mobo->front_points[i] = mobo->front_points[index[i]]; /* index[i] >= i */
    return ECOPT_OK;
}

const double *eco_mobo_point(const eco_mobo *mobo, size_t i)
{
    size_t n = mobo->history->n;
    return i < n ? mobo->history->observations[i].x
                 : mobo->history->pending + (i - n) * mobo->n_params;
}

bool eco_mobo_is_blind(const eco_mobo *mobo)
{
    size_t n_known = mobo->n_limits - (mobo->has_failures ? 1 : 0);
    return !mobo->has_feasible && n_known < mobo->problem->n_constraints;
}

static ecopt_status arrays_take(eco_mobo *mobo)
{
    size_t models = mobo->m + mobo->problem->n_constraints + 2;
    size_t points = mobo->history->n + mobo->history->n_pending;
    eco_arena *arena = &mobo->arena;
    mobo->fits = eco_arena_alloc(arena, models, sizeof(eco_gp *));
    mobo->models = eco_arena_alloc(arena, models, sizeof(eco_posterior *));
    mobo->bound = eco_arena_alloc(arena, models, sizeof(double));
    mobo->features = eco_arena_alloc(arena, points * mobo->d, sizeof(double));
    mobo->row = eco_arena_alloc(arena, mobo->history->n * mobo->m, sizeof(size_t));
    bool is_taken = mobo->fits && mobo->models && mobo->bound && mobo->features && mobo->row;
    return is_taken ? ECOPT_OK : ECOPT_E_NOMEM;
}

static void features_fill(eco_mobo *mobo)
{
    size_t n_all = mobo->history->n + mobo->history->n_pending;
    for (size_t i = 0; i < n_all; i++)
        eco_space_features(mobo->problem->space, eco_mobo_point(mobo, i),
                           mobo->features + i * mobo->d);
}

ecopt_status eco_mobo_init(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                           const double *reference, eco_mobo *ret_mobo)
{
    eco_mobo *mobo = ret_mobo;
    bool is_exact = problem->n_objectives <= ECO_MOBO_EXACT_MAX;
    *mobo = (eco_mobo){.ctx = ctx,
                       .problem = problem,
                       .whole = history,
                       .history = history,
                       .n_params = ecopt_space_n_params(problem->space),
                       .n_dims = eco_space_n_dims(problem->space),
                       .d = eco_space_n_features(problem->space),
                       .m = is_exact ? problem->n_objectives : 1,
                       .volume = (double)NAN,
                       .arena = ECO_ARENA_INIT(ctx)};
    if (problem->n_objectives > ECOPT_MAX_OBJECTIVES)
        return eco_fail(ctx, ECOPT_E_ARG, "%zu objectives given, at most %d are possible",
                        problem->n_objectives, ECOPT_MAX_OBJECTIVES);
    double ref[ECOPT_MAX_OBJECTIVES] = {0};
    const eco_gp_options options = model_options(mobo);
    eco_mobo_reference(problem, history, reference, ref);
    ECO_TRY(eco_outliers_find(&mobo->arena, problem, history, ref, &options, &mobo->outliers));
    mobo->whole = &mobo->outliers.history;
    if (!is_exact)
        ref[0] = 10; /* of a scalarised cost: with weights of sum 1 they stay below 1.05 */
    ECO_TRY(eco_region_choose(&mobo->arena, problem, mobo->whole, mobo->m, ref, &mobo->region));
    mobo->history = &mobo->region.history;
    ECO_TRY(arrays_take(mobo));
    size_t n = mobo->history->n;
    eco_series s = {eco_arena_alloc(&mobo->arena, n, sizeof(double)),
                    eco_arena_alloc(&mobo->arena, n, sizeof(double))};
    double *work = eco_arena_alloc(&mobo->arena, n, sizeof *work);
    if (!s.value || !s.se || !work)
        return ECOPT_E_NOMEM;
    features_fill(mobo);
    ECO_TRY(objectives_fit(mobo, ref, &s, work));
    ECO_TRY(limits_fit(mobo, &s, work));
    mobo->n_paths = paths_count(mobo);
    mobo->boldness = boldness(mobo);
    return fronts_build(mobo, ref);
}

void eco_mobo_release(eco_mobo *mobo)
{
    for (size_t k = 0; k < mobo->n_models && mobo->fits && mobo->models; k++) {
        eco_gp_free(mobo->fits[k]);
        eco_posterior_free(mobo->models[k]);
    }
    eco_acq_front_free(mobo->front);
    eco_arena_release(&mobo->arena);
}
