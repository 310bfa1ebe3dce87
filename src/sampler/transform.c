#include "sampler/transform.h"

#include "core/arena.h"

#include <math.h>
#include <string.h>

enum {
    CHOICE_MIN = 8, /* fewer costs do not tell one shape from the other */
    CHOICE_MAX = 32 /* rows compared: two more fits of all rows would double a suggestion's time */
};

/* Costs that differ less than this look alike on both scales. */
static const double LEAST_RATIO = 3;

/* The logarithm's error left out must be less than this share of the plain model's. */
static const double ERROR_SHARE = 0.5;

/* Log posterior odds that the logarithm must have: exp(MARGIN) to 1. */
static const double MARGIN = 5;

/* Rows of both comparisons. */
typedef struct choice {
    size_t n;
    double *X, *y, *se;
    double *mean, *sd; /* predictions left out */
    double cap;        /* costs beyond do not differ: the reference */
} choice;

/* What speaks for a model. */
typedef struct merit {
    double log_density; /* -inf: there is no model */
    double error2;      /* sum of squared errors left out, in units of cost up to the cap */
} merit;

static bool is_usable(const eco_transform_data *data, size_t i)
{
    eco_observed state = data->history->observations[i].state;
    return !isnan(data->value[i]) &&
           (state == ECO_OBSERVED_COMPLETE || state == ECO_OBSERVED_PARTIAL);
}

/* Number of usable costs, 0 where a logarithm is out of the question. */
static size_t costs_count(const eco_transform_data *data, double *ret_ratio)
{
    size_t n = 0;
    double low = HUGE_VAL, high = 0;
    for (size_t i = 0; i < data->history->n; i++) {
        /* What is modelled without counting here would be a logarithm too. */
        if (data->value[i] <= 0)
            return 0;
        if (!is_usable(data, i))
            continue;
        low = fmin(low, data->value[i]);
        high = fmax(high, data->value[i]);
        n++;
    }
    *ret_ratio = n > 0 ? high / low : 1;
    return n;
}

static ecopt_status rows_take(const eco_transform_data *data, size_t n, eco_arena *arena,
                              choice *ret_rows)
{
    size_t d = data->d, wanted = n < CHOICE_MAX ? n : CHOICE_MAX, seen = 0;
    choice rows = {.X = eco_arena_alloc(arena, wanted * d, sizeof(double)),
                   .y = eco_arena_alloc(arena, wanted, sizeof(double)),
                   .se = eco_arena_alloc(arena, wanted, sizeof(double)),
                   .mean = eco_arena_alloc(arena, wanted, sizeof(double)),
                   .sd = eco_arena_alloc(arena, wanted, sizeof(double)),
                   .cap = data->reference};
    if (!rows.X || !rows.y || !rows.se || !rows.mean || !rows.sd)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < data->history->n && rows.n < wanted; i++) {
        if (!is_usable(data, i) || seen++ != rows.n * n / wanted)
            continue;
        memcpy(rows.X + rows.n * d, data->features + i * d, d * sizeof *rows.X);
        rows.y[rows.n] = data->value[i];
        rows.se[rows.n++] = data->se[i];
    }
    *ret_rows = rows;
    return ECOPT_OK;
}

/* Sum of squared differences between costs and what all other rows make expect. */
static double error2_sum(eco_gp *gp, const choice *rows, bool is_log)
{
    double sum = 0;
    eco_gp_loo(gp, rows->mean, rows->sd);
    for (size_t i = 0; i < rows->n; i++) {
        double cost = is_log ? exp(rows->y[i]) : rows->y[i];
        double expected = is_log ? exp(rows->mean[i]) : rows->mean[i];
        /* Divided by the cap: squares of 1e300 are no numbers. */
        double error = fmin(cost, rows->cap) / rows->cap - fmin(expected, rows->cap) / rows->cap;
        sum += error * error;
    }
    return sum;
}

/*
 * Density of the values given at the largest log posterior (the model's own is one of standardised
 * values), and the error left out.
 */
static ecopt_status merit_find(eco_gp *gp, const choice *rows, bool is_log, merit *ret_merit)
{
    size_t d = eco_gp_n_theta(gp) - 2;
    *ret_merit = (merit){-HUGE_VAL, HUGE_VAL};
    ecopt_status status = eco_gp_fit(gp, rows->n, rows->X, rows->y, rows->se, NULL);
    if (status != ECOPT_OK)
        return status == ECOPT_E_NOMEM ? status : ECOPT_OK;
    double log_unit = log(eco_gp_noise_sd(gp)) - 0.5 * eco_gp_theta(gp)[d];
    double value = eco_gp_log_posterior(gp, eco_gp_theta(gp), NULL) - (double)rows->n * log_unit;
    if (isfinite(value))
        *ret_merit = (merit){value, error2_sum(gp, rows, is_log)};
    return ECOPT_OK;
}

/* True when the logarithm is clearly better; overwrites the rows' values. */
static ecopt_status rows_compare(ecopt_ctx *ctx, const eco_transform_data *data, choice *rows,
                                 bool *ret_is_log)
{
    merit plain, by_log;
    double jacobian = 0;
    eco_gp *gp = NULL;
    ECO_TRY(eco_gp_new(ctx, &data->options, rows->n, data->d, &gp));
    ecopt_status status = merit_find(gp, rows, false, &plain);
    for (size_t i = 0; i < rows->n; i++)
        jacobian += log(rows->y[i]);
    eco_transform_apply(rows->n, rows->y, rows->se);
    if (status == ECOPT_OK)
        status = merit_find(gp, rows, true, &by_log);
    eco_gp_free(gp);
    if (status == ECOPT_OK)
        *ret_is_log = plain.log_density > -HUGE_VAL &&
                      by_log.log_density - jacobian - plain.log_density > MARGIN &&
                      by_log.error2 < ERROR_SHARE * ERROR_SHARE * plain.error2;
    return status;
}

ecopt_status eco_transform_choose(ecopt_ctx *ctx, const eco_transform_data *data, bool *ret_is_log)
{
    const ecopt_objective *objective = &data->problem->objectives[data->objective];
    const ecopt_sampler_settings *settings = data->problem->settings;
    ecopt_transform wish = settings ? settings->transform : ECOPT_TRANSFORM_AUTO;
    double ratio = 1;
    size_t n = costs_count(data, &ratio);
    bool is_possible = n > 0 && data->reference > 0 && objective->goal == ECOPT_GOAL_MIN &&
                       objective->scale == ECOPT_SCALE_LINEAR && wish != ECOPT_TRANSFORM_NONE;
    bool is_log = is_possible && wish == ECOPT_TRANSFORM_LOG;
    if (is_possible && wish == ECOPT_TRANSFORM_AUTO && n >= CHOICE_MIN && ratio >= LEAST_RATIO) {
        choice rows;
        eco_arena arena = ECO_ARENA_INIT(ctx);
        ecopt_status status = rows_take(data, n, &arena, &rows);
        if (status == ECOPT_OK)
            status = rows_compare(ctx, data, &rows, &is_log);
        eco_arena_release(&arena);
        ECO_TRY(status);
    }
    *ret_is_log = is_log;
    return ECOPT_OK;
}

void eco_transform_apply(size_t n, double *value, double *se)
{
    for (size_t i = 0; i < n; i++) {
        se[i] /= value[i];
        value[i] = log(value[i]);
    }
}
