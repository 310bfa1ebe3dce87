/*
 * Plain fits, as those of reports (trial_model.c): no failures filled in, no clipping.  A saving is
 * a number that people read, so the models must mean what they say.
 */
#include "sampler/saving_model.h"

#include "num/special.h"
#include "pareto/cost.h"
#include "sampler/mobo_data.h"

#include <math.h>
#include <string.h>

/* Rows of one model: the newest, which lie near what is good. */
enum { ROWS_MAX = 200 };

/*
 * The variance of a limit's model counts 1 + LIMIT_DOUBT / n times: where a limit runs is learned
 * late, and to give up before it is known costs more than a few trials (docs/numerics.md has what
 * was tried).
 */
static const double LIMIT_DOUBT = 20;

/* Share of the variance that is noise at least, as in mobo_model.c. */
static const double NOISE_FLOOR = 1e-6;

/* Takes running trials for measured at what the model expects of them, so that what they will tell
 * is no gain of the next one (Ginsbourger, Le Riche and Carraro 2010, "kriging believer"). */
static ecopt_status believe(eco_saving_models *models, eco_gp *gp, size_t n, double *X, double *y,
                            double *se)
{
    const eco_history *history = models->input->history;
    const ecopt_space *space = models->input->problem->space;
    size_t d = models->d, n_theta = eco_gp_n_theta(gp);
    double *theta = eco_arena_alloc(models->arena, n_theta, sizeof *theta), sd;
    if (!theta)
        return ECOPT_E_NOMEM;
    memcpy(theta, eco_gp_theta(gp), n_theta * sizeof *theta);
    for (size_t i = 0; i < history->n_pending; i++) {
        double *f = X + (n + i) * d;
        eco_space_features(space, history->pending + i * ecopt_space_n_params(space), f);
        eco_gp_predict(gp, f, &y[n + i], &sd, NULL, NULL);
        se[n + i] = (double)NAN;
    }
    return eco_gp_condition(gp, n + history->n_pending, X, y, se, theta);
}

/* A model of the series in value and se; none of fewer rows than `from`. */
static ecopt_status fit(eco_saving_models *models, size_t from, eco_gp **ret_gp)
{
    const eco_history *history = models->input->history;
    const ecopt_sampler_settings *settings = models->input->problem->settings;
    bool is_rbf = settings && settings->kernel == ECOPT_KERNEL_RBF;
    const eco_gp_options options = {.kernel = is_rbf ? ECO_KERNEL_RBF : ECO_KERNEL_MATERN52,
                                    .n_labels = eco_space_n_labels(models->input->problem->space),
                                    .noise_floor = NOISE_FLOOR};
    size_t n = 0, d = models->d, room = ROWS_MAX + history->n_pending;
    double *X = eco_arena_alloc(models->arena, room * d + 1, sizeof *X);
    double *y = eco_arena_alloc(models->arena, room, sizeof *y);
    double *se = eco_arena_alloc(models->arena, room, sizeof *se);
    if (!X || !y || !se)
        return ECOPT_E_NOMEM;
    for (size_t i = history->n; i > 0 && n < ROWS_MAX; i--) {
        if (!isfinite(models->value[i - 1]))
            continue;
        memcpy(X + n * d, models->features + (i - 1) * d, d * sizeof *X);
        y[n] = models->value[i - 1];
        se[n++] = models->se[i - 1];
    }
    if (n < from || d == 0)
        return ECOPT_OK;
    ECO_TRY(eco_gp_new(models->ctx, &options, n + history->n_pending, d, ret_gp));
    ECO_TRY(eco_gp_fit(*ret_gp, n, X, y, se, NULL));
    return history->n_pending > 0 ? believe(models, *ret_gp, n, X, y, se) : ECOPT_OK;
}

/* Relative deviation of an observation's joules per request, where the metric is an objective. */
static double joules_se(const eco_saving_input *input, const eco_observation *o)
{
    for (size_t k = 0; k < input->problem->n_objectives; k++)
        if (strcmp(input->problem->objectives[k].metric, input->deployment->metric) == 0)
            return o->y_se[k] / o->deployed_j;
    return (double)NAN;
}

ecopt_status eco_saving_models_init(ecopt_ctx *ctx, eco_arena *arena, const eco_saving_input *input,
                                    size_t from, eco_saving_models *ret_models)
{
    const eco_history *history = input->history;
    eco_saving_models *models = ret_models;
    size_t n = history->n, d = eco_space_n_features(input->problem->space);
    *models = (eco_saving_models){.ctx = ctx, .input = input, .arena = arena, .d = d};
    models->features = eco_arena_alloc(arena, n * d + 1, sizeof(double));
    models->value = eco_arena_alloc(arena, n + 1, sizeof(double));
    models->se = eco_arena_alloc(arena, n + 1, sizeof(double));
    models->work = eco_arena_alloc(arena, 2 * (n + history->n_pending + 1), sizeof(double));
    models->pair = eco_arena_alloc(arena, 2 * d + 1, sizeof(double));
    if (!models->features || !models->value || !models->se || !models->work || !models->pair)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const eco_observation *o = &history->observations[i];
        bool is_good = o->state == ECO_OBSERVED_COMPLETE && o->deployed_j > 0;
        eco_space_features(input->problem->space, o->x, models->features + i * d);
        models->value[i] = is_good ? log(o->deployed_j) : (double)NAN;
        models->se[i] = is_good ? joules_se(input, o) : (double)NAN;
    }
    ECO_TRY(fit(models, from, &models->joules));
    for (size_t i = 0; i < n; i++) {
        double spent = history->observations[i].spent_j;
        models->value[i] = spent > 0 ? log(spent) : (double)NAN;
        models->se[i] = (double)NAN;
    }
    return fit(models, from, &models->cost);
}

/* One limit on the series in value and se. */
static ecopt_status limit_add(eco_saving_models *models, size_t from, double bound)
{
    size_t k = models->n_limits;
    if (k == ECO_SAVING_LIMITS)
        return ECOPT_OK;
    models->bounds[k] = bound;
    models->n_limits++;
    return fit(models, from, &models->limits[k]);
}

ecopt_status eco_saving_models_limit(eco_saving_models *models, size_t from, const double *bounds)
{
    const eco_problem *problem = models->input->problem;
    const eco_history *history = models->input->history;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        if (isnan(bounds[k]))
            continue;
        for (size_t i = 0; i < history->n; i++) {
            const eco_observation *o = &history->observations[i];
            models->value[i] = eco_observed_cost(problem, o, k);
            models->se[i] = eco_cost_se(&problem->objectives[k], o->y[k], o->y_se[k]);
        }
        ECO_TRY(limit_add(models, from, bounds[k]));
    }
    for (size_t c = 0; c < problem->n_constraints; c++) {
        const ecopt_constraint *constraint = &problem->constraints[c];
        double sign = constraint->relation == ECOPT_AT_MOST ? 1 : -1;
        for (size_t i = 0; i < history->n; i++) {
            const eco_observation *o = &history->observations[i];
            bool is_good = o->state == ECO_OBSERVED_COMPLETE;
            models->value[i] = is_good ? sign * o->c[c] : (double)NAN;
            models->se[i] = (double)NAN;
        }
        ECO_TRY(limit_add(models, from, sign * constraint->bound));
    }
    return ECOPT_OK;
}

double eco_saving_models_holds(const eco_saving_models *models, const double *f)
{
    double holds = 1;
    for (size_t k = 0; k < models->n_limits; k++) {
        double mean, sd;
        if (!models->limits[k])
            continue;
        eco_gp_predict(models->limits[k], f, &mean, &sd, NULL, NULL);
        sd *= sqrt(1 + LIMIT_DOUBT / (double)eco_gp_n(models->limits[k]));
        holds *= eco_norm_cdf((models->bounds[k] - mean) / sd);
    }
    return holds;
}

double eco_saving_models_joules(const eco_saving_models *models, const double *f)
{
    double mean, sd;
    eco_gp_predict(models->joules, f, &mean, &sd, NULL, NULL);
    return exp(mean + 0.5 * sd * sd);
}

double eco_saving_models_gain(const eco_saving_models *models, const double *f,
                              const double *chosen, double current_j)
{
    double *both = models->pair, mean[2], cov[4] = {0};
    size_t d = models->d, q = chosen ? 2 : 1;
    memcpy(both, f, d * sizeof *both);
    if (chosen)
        memcpy(both + d, chosen, d * sizeof *both);
    eco_gp_predict_joint(models->joules, q, both, models->work, mean, cov);
    double noise = eco_gp_noise_sd(models->joules);
    double sd = fabs(cov[0] - (chosen ? cov[1] : 0)) / sqrt(cov[0] + noise * noise);
    if (!(sd > 0))
        return 0;
    /* The mean of the new expectation is the old one, whatever the measurement. */
    double log_mean = mean[0] + 0.5 * (cov[0] - sd * sd);
    return exp(eco_log_lognorm_gain(log(current_j), log_mean, sd, NULL, NULL));
}

double eco_saving_models_cost(const eco_saving_models *models, const double *f)
{
    double mean, sd;
    if (!models->cost)
        return (double)NAN;
    eco_gp_predict(models->cost, f, &mean, &sd, NULL, NULL);
    return exp(mean + 0.5 * sd * sd);
}

void eco_saving_models_release(eco_saving_models *models)
{
    eco_gp_free(models->joules);
    eco_gp_free(models->cost);
    for (size_t k = 0; k < models->n_limits; k++)
        eco_gp_free(models->limits[k]);
}
