#include "sampler/trial_model.h"

#include "core/arena.h"
#include "gp/gp.h"
#include "pareto/cost.h"
#include "sampler/mobo_data.h"
#include "sampler/outlier.h"
#include "sampler/transform.h"

#include <math.h>
#include <string.h>

enum {
    MODEL_MAX = 1000, /* rows of one model, as in the sampler's own */
    LEARN_MAX = 300   /* rows that hyperparameters are learned from */
};

/* Arrays of one call; all in the arena. */
typedef struct trial_fit {
    ecopt_ctx *ctx;
    const eco_problem *problem;
    const eco_history *history; /* without outliers once they are known */
    eco_outliers outliers;
    size_t d;
    eco_arena arena;
    double *features;       /* n x d, of all trials */
    double *X, *y, *se;     /* the rows that are learned from */
    double *theta;          /* d + 2 */
    double *cost, *cost_se; /* n, of one objective */
    double *reference;      /* m */
} trial_fit;

/* All arrays of the call at once, and the features of all trials: they are the same for each
 * objective. One element more where n or d may be 0, so that no array is NULL by right. */
static ecopt_status fit_init(trial_fit *fit)
{
    size_t n = fit->history->n, d = fit->d;
    fit->features = eco_arena_alloc(&fit->arena, n * d + 1, sizeof(double));
    fit->X = eco_arena_alloc(&fit->arena, n * d + 1, sizeof(double));
    fit->y = eco_arena_alloc(&fit->arena, n + 1, sizeof(double));
    fit->se = eco_arena_alloc(&fit->arena, n + 1, sizeof(double));
    fit->theta = eco_arena_alloc(&fit->arena, d + 2, sizeof(double));
    fit->cost = eco_arena_alloc(&fit->arena, n + 1, sizeof(double));
    fit->cost_se = eco_arena_alloc(&fit->arena, n + 1, sizeof(double));
    fit->reference = eco_arena_alloc(&fit->arena, fit->problem->n_objectives, sizeof(double));
    if (!fit->cost || !fit->cost_se || !fit->reference || !fit->features || !fit->X || !fit->y ||
        !fit->se || !fit->theta)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        eco_space_features(fit->problem->space, fit->history->observations[i].x,
                           fit->features + i * d);
    eco_reference_point(fit->problem, fit->history, fit->reference);
    return ECOPT_OK;
}

/* Costs of objective k, NaN where there is none, or their logarithms as the sampler would. */
static ecopt_status costs_take(trial_fit *fit, size_t k, const eco_gp_options *options,
                               bool *ret_is_log)
{
    const ecopt_objective *objective = &fit->problem->objectives[k];
    size_t n = fit->history->n;
    for (size_t i = 0; i < n; i++) {
        const eco_observation *o = &fit->history->observations[i];
        double cost = eco_cost(objective, o->y[k]);
        bool is_usable = (o->state == ECO_OBSERVED_COMPLETE || o->state == ECO_OBSERVED_PARTIAL) &&
                         isfinite(cost);
        fit->cost[i] = is_usable ? cost : (double)NAN;
        fit->cost_se[i] = eco_cost_se(objective, o->y[k], o->y_se[k]);
    }
    eco_transform_data data = {.problem = fit->problem,
                               .history = fit->history,
                               .objective = k,
                               .d = fit->d,
                               .features = fit->features,
                               .value = fit->cost,
                               .se = fit->cost_se,
                               .reference = eco_cost(objective, fit->reference[k]),
                               .options = *options};
    ECO_TRY(eco_transform_choose(fit->ctx, &data, ret_is_log));
    if (*ret_is_log)
        eco_transform_apply(n, fit->cost, fit->cost_se);
    return ECOPT_OK;
}

/* The newest rows with a finite cost, newest first: late trials lie near the front. */
static size_t gather(trial_fit *fit)
{
    size_t rows = 0;
    for (size_t i = fit->history->n; i > 0 && rows < MODEL_MAX; i--) {
        if (isnan(fit->cost[i - 1]))
            continue;
        memcpy(fit->X + rows * fit->d, fit->features + (i - 1) * fit->d, fit->d * sizeof(double));
        fit->y[rows] = fit->cost[i - 1];
        fit->se[rows++] = fit->cost_se[i - 1];
    }
    return rows;
}

/* Hyperparameters change little beyond LEARN_MAX rows, and each look at them costs n^3. */
static ecopt_status learn(trial_fit *fit, eco_gp *gp, size_t rows)
{
    size_t some = rows < LEARN_MAX ? rows : LEARN_MAX;
    ECO_TRY(eco_gp_fit(gp, some, fit->X, fit->y, fit->se, NULL));
    if (some == rows)
        return ECOPT_OK;
    memcpy(fit->theta, eco_gp_theta(gp), (fit->d + 2) * sizeof *fit->theta);
    return eco_gp_condition(gp, rows, fit->X, fit->y, fit->se, fit->theta);
}

/* The settings of the sampler's own models: what is shown and what chose the points must not be of
 * two kinds. */
static eco_gp_options options_of(const trial_fit *fit)
{
    const ecopt_sampler_settings *settings = fit->problem->settings;
    bool is_rbf = settings && settings->kernel == ECOPT_KERNEL_RBF;
    return (eco_gp_options){.kernel = is_rbf ? ECO_KERNEL_RBF : ECO_KERNEL_MATERN52,
                            .n_labels = eco_space_n_labels(fit->problem->space)};
}

/* Goes on with the history that the sampler's own models would see. */
static ecopt_status outliers_drop(trial_fit *fit, bool *ret_is_outlier)
{
    const eco_gp_options options = options_of(fit);
    const eco_history *told = fit->history;
    size_t m = fit->problem->n_objectives;
    double *cost = eco_arena_alloc(&fit->arena, m, sizeof *cost);
    if (!cost)
        return ECOPT_E_NOMEM;
    eco_mobo_reference(fit->problem, told, fit->reference, cost);
    ECO_TRY(eco_outliers_find(&fit->arena, fit->problem, told, cost, &options, &fit->outliers));
    fit->history = &fit->outliers.history;
    for (size_t i = 0; i < told->n * m; i++)
        ret_is_outlier[i] = isnan(fit->history->observations[i / m].y[i % m]) &&
                            !isnan(told->observations[i / m].y[i % m]);
    return ECOPT_OK;
}

/* The model of one objective; NULL when no trial has a value. */
static ecopt_status model_new(trial_fit *fit, size_t k, bool *ret_is_log, eco_gp **ret_gp)
{
    const eco_gp_options options = options_of(fit);
    ECO_TRY(costs_take(fit, k, &options, ret_is_log));
    size_t rows = gather(fit);
    *ret_gp = NULL;
    if (rows == 0)
        return ECOPT_OK;
    ECO_TRY(eco_gp_new(fit->ctx, &options, rows, fit->d, ret_gp));
    ecopt_status status = learn(fit, *ret_gp, rows);
    if (status != ECOPT_OK) {
        eco_gp_free(*ret_gp);
        *ret_gp = NULL;
    }
    return status;
}

/* One objective: its model, and what that says at every trial. */
static ecopt_status fit_objective(trial_fit *fit, size_t k, double *ret_mean, double *ret_sd,
                                  bool *ret_is_log)
{
    size_t m = fit->problem->n_objectives;
    eco_gp *gp = NULL;
    for (size_t i = 0; i < fit->history->n; i++)
        ret_mean[i * m + k] = ret_sd[i * m + k] = (double)NAN;
    ecopt_status status = model_new(fit, k, ret_is_log, &gp);
    if (!gp)
        return status;
    for (size_t i = 0; i < fit->history->n; i++)
        eco_gp_predict(gp, fit->features + i * fit->d, &ret_mean[i * m + k], &ret_sd[i * m + k],
                       NULL, NULL);
    eco_gp_free(gp);
    for (size_t i = k; i < fit->history->n * m && *ret_is_log; i += m) {
        ret_mean[i] = exp(ret_mean[i]);
        ret_sd[i] *= ret_mean[i];
    }
    return status;
}

/* The marks are cleared before anything can fail, and the numbers where there is nothing to model:
 * nobody is shown what stood in the caller's memory before. */
ecopt_status eco_trial_model(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                             double *ret_mean, double *ret_sd, bool *ret_is_log,
                             bool *ret_is_outlier)
{
    trial_fit fit = {.ctx = ctx,
                     .problem = problem,
                     .history = history,
                     .d = eco_space_n_features(problem->space),
                     .arena = ECO_ARENA_INIT(ctx)};
    ecopt_status status = fit_init(&fit);
    memset(ret_is_log, 0, problem->n_objectives * sizeof *ret_is_log);
    memset(ret_is_outlier, 0, history->n * problem->n_objectives * sizeof *ret_is_outlier);
    if (status == ECOPT_OK)
        status = outliers_drop(&fit, ret_is_outlier);
    /* A space of fixed parameters has nothing to model. */
    for (size_t i = 0; i < history->n * problem->n_objectives && fit.d == 0; i++)
        ret_mean[i] = ret_sd[i] = (double)NAN;
    for (size_t k = 0; k < problem->n_objectives && fit.d > 0 && status == ECOPT_OK; k++)
        status = fit_objective(&fit, k, ret_mean, ret_sd, &ret_is_log[k]);
    eco_arena_release(&fit.arena);
    return status;
}

/* One objective at one point, which need not be a trial's: what is to be expected of a trial that
 * runs. No model (no value yet, nothing to tune) is NaN, not an error. */
ecopt_status eco_trial_model_at(ecopt_ctx *ctx, const eco_problem *problem,
                                const eco_history *history, size_t k, const double *x,
                                eco_trial_outlook *ret)
{
    trial_fit fit = {.ctx = ctx,
                     .problem = problem,
                     .history = history,
                     .d = eco_space_n_features(problem->space),
                     .arena = ECO_ARENA_INIT(ctx)};
    eco_gp *gp = NULL;
    *ret = (eco_trial_outlook){(double)NAN, (double)NAN, false};
    bool *marks =
        eco_arena_alloc(&fit.arena, history->n * problem->n_objectives + 1, sizeof *marks);
    double *features = eco_arena_alloc(&fit.arena, fit.d + 1, sizeof *features);
    ecopt_status status = marks && features ? fit_init(&fit) : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = outliers_drop(&fit, marks);
    if (status == ECOPT_OK && fit.d > 0)
        status = model_new(&fit, k, &ret->is_log, &gp);
    if (gp) {
        eco_space_features(problem->space, x, features);
        eco_gp_predict(gp, features, &ret->mean, &ret->sd, NULL, NULL);
    }
    eco_gp_free(gp);
    eco_arena_release(&fit.arena);
    return status;
}
