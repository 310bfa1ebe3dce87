#include "sampler/mobo_model.h"

#include <math.h>
#include <string.h>

enum { SCREENED = 4 }; /* fronts of a first look: two antithetic pairs */

/*
 * Limits of P (measured, docs/numerics.md): a place that is expected to fail or to be infeasible is
 * left alone as long as any other promises a gain.
 */
static const double LEAST_WORKS = 0.3, LEAST_HOLDS = 0.01, STEEPNESS = 100;

static const double LEAST_GAIN = 50; /* in units of -log */

ecopt_status eco_mobo_work_init(eco_mobo *mobo, eco_mobo_work *ret_work)
{
    eco_arena *arena = &mobo->arena;
    size_t n_mean = mobo->n_paths * mobo->m + mobo->n_models;
    eco_mobo_work w = {.mean = eco_arena_alloc(arena, n_mean, sizeof(double)),
                       .dmean = eco_arena_alloc(arena, n_mean, sizeof(double)),
                       .sd = eco_arena_alloc(arena, mobo->n_models, sizeof(double)),
                       .dsd = eco_arena_alloc(arena, mobo->n_models, sizeof(double)),
                       .column = eco_arena_alloc(arena, mobo->n_paths, sizeof(double)),
                       .posterior = eco_arena_alloc(arena, mobo->n_models, sizeof(double *)),
                       .acq =
                           eco_arena_alloc(arena, eco_acq_work_size(mobo->front), sizeof(double))};
    w.many_mean =
        eco_arena_alloc(arena, mobo->n_models * ECO_MOBO_BLOCK, mobo->n_paths * sizeof(double));
    w.many_sd = eco_arena_alloc(arena, mobo->n_models * ECO_MOBO_BLOCK, sizeof(double));
    size_t many = 0;
    for (size_t k = 0; k < mobo->n_models; k++) {
        size_t size = eco_posterior_many_size(mobo->models[k], ECO_MOBO_BLOCK);
        many = size > many ? size : many;
    }
    w.many = eco_arena_alloc(arena, many, sizeof(double));
    bool is_taken = w.mean && w.dmean && w.sd && w.dsd && w.column && w.posterior && w.acq &&
                    w.many_mean && w.many_sd && w.many;
    for (size_t k = 0; is_taken && k < mobo->n_models; k++) {
        size_t size = eco_posterior_work_size(mobo->models[k]);
        w.posterior[k] = eco_arena_alloc(arena, size, sizeof(double));
        is_taken = w.posterior[k] != NULL;
    }
    if (!is_taken)
        return ECOPT_E_NOMEM;
    *ret_work = w;
    return ECOPT_OK;
}

/* All models at f.  Objectives have a mean per path, stored front by front. */
static void models_predict(const eco_mobo *mobo, eco_mobo_work *w, const double *f)
{
    size_t m = mobo->m, n_paths = mobo->n_paths;
    for (size_t k = 0; k < m; k++) {
        eco_posterior_predict(mobo->models[k], f, w->posterior[k], w->column, &w->sd[k]);
        w->sd[k] *= mobo->boldness;
        for (size_t s = 0; s < n_paths; s++)
            w->mean[s * m + k] = w->column[s];
    }
    for (size_t k = m; k < mobo->n_models; k++)
        eco_posterior_predict(mobo->models[k], f, w->posterior[k], &w->mean[n_paths * m + k - m],
                              &w->sd[k]);
}

/* Gradient by f from the derivatives by means and standard deviations. */
static void models_chain(const eco_mobo *mobo, eco_mobo_work *w, double *ret_grad)
{
    size_t m = mobo->m, n_paths = mobo->n_paths;
    memset(ret_grad, 0, mobo->d * sizeof *ret_grad);
    for (size_t k = 0; k < m && mobo->has_feasible; k++) {
        for (size_t s = 0; s < n_paths; s++)
            w->column[s] = w->dmean[s * m + k];
        eco_posterior_slope(mobo->models[k], w->posterior[k], w->column, w->dsd[k] * mobo->boldness,
                            ret_grad);
    }
    for (size_t k = m; k < mobo->n_models; k++)
        eco_posterior_slope(mobo->models[k], w->posterior[k], &w->dmean[n_paths * m + k - m],
                            w->dsd[k], ret_grad);
}

/*
 * A gain of exp(-50) is no gain; how much less it is than that still ranks places, but must not
 * outweigh that they are infeasible.  Monotone and smooth.  @return the slope
 */
static double gain_compress(double *log_gain)
{
    if (!(*log_gain < -LEAST_GAIN))
        return 1;
    double slope = LEAST_GAIN / -*log_gain;
    *log_gain = LEAST_GAIN * (log(slope) - 1);
    return slope;
}

/*
 * log P(limit l holds), pushed down where it is below `least`: so much that hardly any promise of
 * the objectives makes up for it.
 */
static double limit_value(const eco_mobo *mobo, const eco_mobo_work *w, size_t l, bool has_grad)
{
    size_t k = mobo->m + l, at = mobo->n_paths * mobo->m + l;
    bool is_failure = mobo->has_failures && l + 1 == mobo->n_limits;
    double least = log(is_failure ? LEAST_WORKS : LEAST_HOLDS), slope = 1;
    double value = eco_acq_log_feasible(1, &w->mean[at], &w->sd[k], &mobo->bound[l],
                                        has_grad ? &w->dmean[at] : NULL, &w->dsd[k]);
    if (value < least) {
        value += STEEPNESS * (value - least);
        slope += STEEPNESS;
    }
    if (has_grad) {
        w->dmean[at] *= slope;
        w->dsd[k] *= slope;
    }
    return value;
}

double eco_mobo_value(const eco_mobo *mobo, eco_mobo_work *work, const double *f, double *ret_grad)
{
    eco_mobo_work *w = work;
    size_t m = mobo->m, limits = mobo->n_paths * m, cost = m + mobo->n_limits;
    double *dmean = ret_grad ? w->dmean : NULL, *dsd = ret_grad ? w->dsd : NULL;
    models_predict(mobo, w, f);
    double value = 0;
    if (mobo->has_feasible)
        value = eco_acq_log_ehvi(mobo->front, w->mean, w->sd, w->acq, dmean, dsd);
    double slope = mobo->n_limits > 0 ? gain_compress(&value) : 1;
    for (size_t i = 0; ret_grad && slope < 1 && i < limits; i++)
        dmean[i] *= slope;
    for (size_t k = 0; ret_grad && slope < 1 && k < m; k++)
        dsd[k] *= slope;
    for (size_t l = 0; l < mobo->n_limits; l++)
        value += limit_value(mobo, w, l, ret_grad != NULL);
    if (cost < mobo->n_models) {
        double exponent = mobo->problem->settings->cost_exponent;
        value -= exponent * w->mean[limits + mobo->n_limits];
        if (ret_grad) {
            dmean[limits + mobo->n_limits] = -exponent;
            dsd[cost] = 0;
        }
    }
    if (ret_grad)
        models_chain(mobo, w, ret_grad);
    return value;
}

double eco_mobo_gain(const eco_mobo *mobo, eco_mobo_work *work, const double *f)
{
    eco_mobo_work *w = work;
    size_t m = mobo->m, limits = mobo->n_paths * m;
    if (!(mobo->volume > 0) || !mobo->has_feasible)
        return (double)NAN;
    models_predict(mobo, w, f);
    double value = eco_acq_log_ehvi(mobo->front, w->mean, w->sd, w->acq, NULL, NULL);
    for (size_t l = 0; l < mobo->n_limits; l++)
        value += eco_acq_log_feasible(1, &w->mean[limits + l], &w->sd[m + l], &mobo->bound[l], NULL,
                                      NULL);
    return exp(value) / mobo->volume;
}

/* Predictions of one point of a block, in the order that the acquisition wants. */
static void block_pick(const eco_mobo *mobo, eco_mobo_work *w, size_t i)
{
    size_t m = mobo->m, n_paths = mobo->n_paths;
    for (size_t k = 0; k < mobo->n_models; k++) {
        const double *mean = w->many_mean + k * ECO_MOBO_BLOCK * n_paths;
        w->sd[k] = w->many_sd[k * ECO_MOBO_BLOCK + i] * (k < m ? mobo->boldness : 1);
        for (size_t s = 0; k < m && s < n_paths; s++)
            w->mean[s * m + k] = mean[i * n_paths + s];
        if (k >= m)
            w->mean[n_paths * m + k - m] = mean[i];
    }
}

void eco_mobo_screen(const eco_mobo *mobo, eco_mobo_work *work, size_t q, const double *f,
                     double *ret_values)
{
    eco_mobo_work *w = work;
    size_t m = mobo->m, limits = mobo->n_paths * m,
           n_use = mobo->n_paths < SCREENED ? mobo->n_paths : SCREENED;
    for (size_t k = 0; k < mobo->n_models; k++)
        eco_posterior_predict_many(mobo->models[k], q, f, w->many,
                                   w->many_mean + k * ECO_MOBO_BLOCK * mobo->n_paths,
                                   w->many_sd + k * ECO_MOBO_BLOCK);
    for (size_t i = 0; i < q; i++) {
        block_pick(mobo, w, i);
        double value = 0;
        if (mobo->has_feasible)
            value = eco_acq_log_ehvi_screen(mobo->front, n_use, w->mean, w->sd, w->acq);
        if (mobo->n_limits > 0)
            (void)gain_compress(&value);
        for (size_t l = 0; l < mobo->n_limits; l++)
            value += limit_value(mobo, w, l, false);
        if (m + mobo->n_limits < mobo->n_models)
            value -= mobo->problem->settings->cost_exponent * w->mean[limits + mobo->n_limits];
        ret_values[i] = value;
    }
}
