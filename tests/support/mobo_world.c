#include "support/mobo_world.h"

static const ecopt_value kinds[4] = {{ECOPT_VALUE_STRING, 0, "p"},
                                     {ECOPT_VALUE_STRING, 0, "q"},
                                     {ECOPT_VALUE_STRING, 0, "r"},
                                     {ECOPT_VALUE_STRING, 0, "s"}};
const ecopt_param cube[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "b", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "c", .type = ECOPT_PARAM_FLOAT, .max = 1},
};
const ecopt_param mixed[PARAMS] = {
    {.name = "a", .type = ECOPT_PARAM_FLOAT, .max = 1},
    {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 40},
    {.name = "kind", .type = ECOPT_PARAM_CHOICE, .n_values = 4, .values = kinds},
};
const ecopt_objective costs[3] = {
    {.metric = "f1", .has_threshold = true, .threshold = 2},
    {.metric = "f2", .has_threshold = true, .threshold = 2},
    {.metric = "f3", .has_threshold = true, .threshold = 2},
};
const double reference[3] = {2, 2, 2};
const double no_se[3] = {0, 0, 0}, some_se[3] = {0.05, 0.05, 0.05};
const ecopt_constraint at_least[1] = {
    {.text = "g >= 0.5", .metric = "g", .relation = ECOPT_AT_LEAST, .bound = 0.5}};

void world_open(world *w, const ecopt_param *params, size_t n, size_t m)
{
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    assert_status(w->ctx, eco_space_new(w->ctx, params, PARAMS, &w->space), ECOPT_OK);
    w->problem = (eco_problem){
        .space = w->space, .n_objectives = m, .objectives = costs, .n_init = 4, .seed = 9};
    w->history.observations = w->observations;
    for (size_t i = 0; i < n; i++) {
        double u[PARAMS] = {0}; /* a fixed parameter has no dimension */
        eco_history before = {.n = i, .observations = w->observations, .trial = i + 1};
        assert_status(w->ctx, eco_points_sobol(w->ctx, &w->problem, &before, w->x[i]), ECOPT_OK);
        eco_space_encode(w->space, w->x[i], u);
        for (size_t k = 0; k < m; k++)
            for (size_t j = 0; j < PARAMS; j++)
                w->y[i][k] += pow(u[j] - (j == k ? 0.9 : 0.2), 2);
        w->c[i][0] = u[0];
        w->observations[i] =
            (eco_observation){.x = w->x[i], .y = w->y[i], .y_se = no_se, .c = w->c[i]};
    }
    w->history.n = n;
    w->history.trial = n + 1;
}

void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    ecopt_ctx_free(w->ctx);
}

void mobo_open(world *w, eco_mobo *mobo)
{
    assert_status(w->ctx, eco_mobo_init(w->ctx, &w->problem, &w->history, reference, mobo),
                  ECOPT_OK);
}

double value_at(eco_mobo *mobo, const double *x)
{
    double f[16];
    eco_mobo_work work;
    assert_status(mobo->ctx, eco_mobo_work_init(mobo, &work), ECOPT_OK);
    eco_space_features(mobo->problem->space, x, f);
    return eco_mobo_value(mobo, &work, f, NULL);
}

double mean_at(const eco_mobo *mobo, size_t k, const double *x)
{
    double f[16], mean[16], sd, sum = 0, *work;
    size_t n = eco_posterior_n_paths(mobo->models[k]);
    work = calloc(eco_posterior_work_size(mobo->models[k]), sizeof *work);
    assert_non_null(work);
    eco_space_features(mobo->problem->space, x, f);
    eco_posterior_predict(mobo->models[k], f, work, mean, &sd);
    free(work);
    for (size_t s = 0; s < n; s++)
        sum += mean[s] / (double)n;
    return sum;
}

void assert_gradient(eco_mobo *mobo, double *f)
{
    double grad[PARAMS], step = 1e-5;
    eco_mobo_work work;
    assert_status(mobo->ctx, eco_mobo_work_init(mobo, &work), ECOPT_OK);
    double value = eco_mobo_value(mobo, &work, f, grad);
    assert_close(value, eco_mobo_value(mobo, &work, f, NULL), 1e-10, 1e-10);
    for (size_t j = 0; j < PARAMS; j++) {
        double middle = f[j];
        f[j] = middle + step;
        double high = eco_mobo_value(mobo, &work, f, NULL);
        f[j] = middle - step;
        double low = eco_mobo_value(mobo, &work, f, NULL);
        f[j] = middle;
        assert_close(grad[j], (high - low) / (2 * step), 1e-4, 1e-5);
    }
}
