#include "sampler/mobo_model.h"

#include "pareto/cost.h"

#include <math.h>
#include <string.h>

enum {
    MODEL_MAX = 1000, /* rows of one model: 24 MB, and seconds per suggestion begin */
    HYPER_MAX = 300   /* rows that hyperparameters are learned from */
};

/* Values one model is to learn from; rows with NaN are left out. */
typedef struct series {
    double *value; /* n */
    double *se;    /* n */
} series;

static bool is_complete(const eco_mobo *mobo, size_t i)
{
    return mobo->history->observations[i].state == ECO_OBSERVED_COMPLETE;
}

/*
 * Values on the bad side beyond a Tukey fence are moved onto it: one diverged training must not
 * stretch the scale on which the good ones differ.  The fence lies above the reference, so what
 * counts towards the hypervolume is untouched.  (As Ax's Winsorize transform.)
 */
static void clip_bad(size_t n, double *value, double reference, double *work)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(value[i]))
            continue;
        size_t j = count++;
        for (; j > 0 && work[j - 1] > value[i]; j--)
            work[j] = work[j - 1];
        work[j] = value[i];
    }
    if (count < 5)
        return;
    double lower = work[count / 4], upper = fmax(work[3 * count / 4], reference);
    double fence = upper + 1.5 * (upper - lower);
    for (size_t i = 0; i < n; i++)
        if (value[i] > fence)
            value[i] = fence;
}

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

/* Adds the features of point i with a value. */
static void rows_add(const eco_mobo *mobo, row_set *r, size_t i, double value, double se)
{
    memcpy(r->X + r->n * mobo->d, mobo->features + i * mobo->d, mobo->d * sizeof *r->X);
    r->y[r->n] = value;
    r->se[r->n++] = se;
}

/* Values of a series, the newest MODEL_MAX of them: late trials lie near the front. */
static ecopt_status rows_gather(eco_mobo *mobo, const series *s, row_set *ret_rows)
{
    size_t n = mobo->history->n, count = 0;
    ECO_TRY(rows_take(mobo, n + mobo->history->n_pending, ret_rows));
    for (size_t i = 0; i < n; i++)
        count += isfinite(s->value[i]) ? 1 : 0;
    size_t skipped = count > MODEL_MAX ? count - MODEL_MAX : 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(s->value[i]))
            continue;
        if (skipped > 0)
            skipped--;
        else
            rows_add(mobo, ret_rows, i, s->value[i], s->se[i]);
    }
    return ret_rows->n > 0 ? ECOPT_OK : ECOPT_E_NOT_FOUND;
}

/*
 * Learns the hyperparameters, from an even selection of HYPER_MAX rows when there are more: they
 * change little by then, and each evaluation costs n^3.
 */
static ecopt_status rows_learn(eco_mobo *mobo, eco_gp *gp, row_set *r)
{
    size_t d = mobo->d;
    if (r->n <= HYPER_MAX)
        return eco_gp_fit(gp, r->n, r->X, r->y, r->se, NULL);
    row_set some;
    ECO_TRY(rows_take(mobo, HYPER_MAX, &some));
    for (size_t k = 0; k < HYPER_MAX; k++) {
        size_t i = k * r->n / HYPER_MAX;
        memcpy(some.X + k * d, r->X + i * d, d * sizeof *some.X);
        some.y[k] = r->y[i];
        some.se[k] = r->se[i];
    }
    ECO_TRY(eco_gp_fit(gp, HYPER_MAX, some.X, some.y, some.se, NULL));
    memcpy(r->theta, eco_gp_theta(gp), (d + 2) * sizeof *r->theta);
    return eco_gp_condition(gp, r->n, r->X, r->y, r->se, r->theta);
}

/*
 * Fits a model to a series.  Points being tried now are added with their predicted value at the
 * same hyperparameters ("Kriging believer"; Ginsbourger et al. 2010): they make the neighbourhood
 * certain, which is what keeps parallel workers apart.
 */
static ecopt_status model_fit(eco_mobo *mobo, const series *s, eco_gp **ret_gp)
{
    size_t n = mobo->history->n, n_pending = mobo->history->n_pending;
    row_set r;
    ECO_TRY(rows_gather(mobo, s, &r));
    eco_gp *gp = NULL;
    const eco_gp_options options = {.n_labels = eco_space_n_labels(mobo->problem->space)};
    ECO_TRY(eco_gp_new(mobo->ctx, &options, r.n + n_pending, mobo->d, &gp));
    *ret_gp = gp; /* released with the models, whatever happens now */
    ECO_TRY(rows_learn(mobo, gp, &r));
    if (n_pending == 0)
        return ECOPT_OK;
    for (size_t i = 0; i < n_pending; i++) {
        double mean, sd;
        eco_gp_predict(gp, mobo->features + (n + i) * mobo->d, &mean, &sd, NULL, NULL);
        rows_add(mobo, &r, n + i, mean, 0);
    }
    memcpy(r.theta, eco_gp_theta(gp), (mobo->d + 2) * sizeof *r.theta);
    return eco_gp_condition(gp, r.n, r.X, r.y, r.se, r.theta);
}

/*
 * A failed trial counts as the worst value seen, or the reference if that is worse: it makes its
 * neighbourhood known to be useless, which a missing value would not.
 */
static void failures_fill(const eco_mobo *mobo, double *value, double reference)
{
    double worst = reference;
    size_t n = mobo->history->n, n_known = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(value[i]))
            continue;
        worst = fmax(worst, value[i]);
        n_known++;
    }
    for (size_t i = 0; n_known > 0 && i < n; i++)
        if (!is_complete(mobo, i))
            value[i] = worst;
}

static ecopt_status objectives_fit(eco_mobo *mobo, const double *ref, series *s)
{
    size_t n = mobo->history->n;
    for (size_t k = 0; k < mobo->m; k++) {
        const ecopt_objective *objective = &mobo->problem->objectives[k];
        for (size_t i = 0; i < n; i++) {
            const eco_observation *o = &mobo->history->observations[i];
            double cost = is_complete(mobo, i) ? eco_cost(objective, o->y[k]) : (double)NAN;
            s->value[i] = isfinite(cost) ? cost : (double)NAN;
            s->se[i] = eco_cost_se(objective, o->y[k], o->y_se[k]);
        }
        clip_bad(n, s->value, ref[k], mobo->slopes);
        failures_fill(mobo, s->value, ref[k]);
        ecopt_status status = model_fit(mobo, s, &mobo->models[k]);
        if (status == ECOPT_E_NOT_FOUND)
            return eco_fail(mobo->ctx, status, "objective '%s' has no value yet",
                            objective->metric);
        ECO_TRY(status);
    }
    return ECOPT_OK;
}

/* Adds a model of "value <= bound"; a series without values adds nothing. */
static ecopt_status limit_add(eco_mobo *mobo, const series *s, double bound)
{
    size_t at = mobo->m + mobo->n_limits;
    ecopt_status status = model_fit(mobo, s, &mobo->models[at]);
    if (status == ECOPT_E_NOT_FOUND)
        return ECOPT_OK;
    mobo->bound[mobo->n_limits++] = bound;
    return status;
}

static ecopt_status limits_fit(eco_mobo *mobo, series *s)
{
    const eco_history *history = mobo->history;
    for (size_t c = 0; c < mobo->problem->n_constraints; c++) {
        const ecopt_constraint *constraint = &mobo->problem->constraints[c];
        double sign = constraint->relation == ECOPT_AT_LEAST ? -1 : 1;
        for (size_t i = 0; i < history->n; i++) {
            s->value[i] = is_complete(mobo, i) ? sign * history->observations[i].c[c] : (double)NAN;
            s->se[i] = 0;
        }
        clip_bad(history->n, s->value, sign * constraint->bound, mobo->slopes);
        ECO_TRY(limit_add(mobo, s, sign * constraint->bound));
    }
    return ECOPT_OK;
}

static bool is_feasible(const eco_mobo *mobo, size_t i)
{
    const eco_observation *o = &mobo->history->observations[i];
    for (size_t c = 0; c < mobo->problem->n_constraints; c++) {
        const ecopt_constraint *constraint = &mobo->problem->constraints[c];
        bool holds = constraint->relation == ECOPT_AT_LEAST ? o->c[c] >= constraint->bound
                                                            : o->c[c] <= constraint->bound;
        if (!holds)
            return false;
    }
    return true;
}

static void means_fill(eco_mobo *mobo, size_t point, double *ret_y)
{
    for (size_t k = 0; k < mobo->m; k++)
        eco_gp_predict(mobo->models[k], mobo->features + point * mobo->d, &ret_y[k], &mobo->sd[k],
                       NULL, NULL);
}

/*
 * The front is that of the posterior means at the trials done: noise does not pull it out, and a
 * trial that lacks one objective still has a place.  Points being tried count as if done, or the
 * improvement they promise would be promised again.
 */
static ecopt_status front_build(eco_mobo *mobo, const double *ref)
{
    size_t n = mobo->history->n, n_all = n + mobo->history->n_pending, m = mobo->m, rows = 0;
    double *y = eco_arena_alloc(&mobo->arena, n_all * m, sizeof *y);
    size_t *point = eco_arena_alloc(&mobo->arena, n_all, sizeof *point);
    mobo->front_points = eco_arena_alloc(&mobo->arena, n_all, sizeof *mobo->front_points);
    if (!y || !point || !mobo->front_points)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n_all; i++) {
        if (i < n && (!is_complete(mobo, i) || !is_feasible(mobo, i)))
            continue;
        means_fill(mobo, i, y + rows * m);
        point[rows++] = i;
    }
    ECO_TRY(ecopt_nondominated(mobo->ctx, rows, m, y, mobo->front_points, &mobo->n_front));
    for (size_t i = 0; i < mobo->n_front; i++)
        mobo->front_points[i] = point[mobo->front_points[i]];
    ECO_TRY(eco_acq_front_new(mobo->ctx, m, 1, &rows, y, ref, &mobo->front));
    mobo->acq_work = eco_arena_alloc(&mobo->arena, eco_acq_work_size(mobo->front), sizeof(double));
    return mobo->acq_work ? ECOPT_OK : ECOPT_E_NOMEM;
}

const double *eco_mobo_point(const eco_mobo *mobo, size_t i)
{
    size_t n = mobo->history->n;
    return i < n ? mobo->history->observations[i].x
                 : mobo->history->pending + (i - n) * mobo->n_params;
}

static ecopt_status arrays_take(eco_mobo *mobo)
{
    size_t outputs = mobo->m + mobo->problem->n_constraints;
    size_t points = mobo->history->n + mobo->history->n_pending;
    size_t slopes = 2 * mobo->d * outputs > points ? 2 * mobo->d * outputs : points;
    eco_arena *arena = &mobo->arena;
    mobo->models = eco_arena_alloc(arena, outputs, sizeof(eco_gp *));
    mobo->bound = eco_arena_alloc(arena, outputs, sizeof(double));
    mobo->features = eco_arena_alloc(arena, points * mobo->d, sizeof(double));
    mobo->mean = eco_arena_alloc(arena, outputs, sizeof(double));
    mobo->sd = eco_arena_alloc(arena, outputs, sizeof(double));
    mobo->dmean = eco_arena_alloc(arena, outputs, sizeof(double));
    mobo->dsd = eco_arena_alloc(arena, outputs, sizeof(double));
    mobo->slopes = eco_arena_alloc(arena, slopes, sizeof(double));
    return mobo->models && mobo->bound && mobo->features && mobo->mean && mobo->sd && mobo->dmean &&
                   mobo->dsd && mobo->slopes
               ? ECOPT_OK
               : ECOPT_E_NOMEM;
}

static void features_fill(eco_mobo *mobo)
{
    size_t n_all = mobo->history->n + mobo->history->n_pending;
    for (size_t i = 0; i < n_all; i++)
        eco_space_features(mobo->problem->space, eco_mobo_point(mobo, i),
                           mobo->features + i * mobo->d);
}

/* Reference in costs.  Where there is none (a threshold <= 0 on a log scale) nothing is cut off. */
static void reference_fill(const eco_mobo *mobo, const double *reference, double *ret_ref)
{
    for (size_t k = 0; k < mobo->m; k++) {
        const ecopt_objective *objective = &mobo->problem->objectives[k];
        ret_ref[k] = eco_cost(objective, reference[k]);
        if (isfinite(ret_ref[k]))
            continue;
        double worst = -HUGE_VAL;
        for (size_t i = 0; i < mobo->history->n; i++) {
            double cost = eco_cost(objective, mobo->history->observations[i].y[k]);
            if (isfinite(cost))
                worst = fmax(worst, cost);
        }
        ret_ref[k] = isfinite(worst) ? worst + 0.1 * fabs(worst) + 1e-6 : 0;
    }
}

ecopt_status eco_mobo_init(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                           const double *reference, eco_mobo *ret_mobo)
{
    eco_mobo *mobo = ret_mobo;
    *mobo = (eco_mobo){.ctx = ctx,
                       .problem = problem,
                       .history = history,
                       .n_params = ecopt_space_n_params(problem->space),
                       .n_dims = eco_space_n_dims(problem->space),
                       .d = eco_space_n_features(problem->space),
                       .m = problem->n_objectives,
                       .arena = ECO_ARENA_INIT(ctx)};
    if (mobo->m > ECOPT_MAX_OBJECTIVES)
        return eco_fail(ctx, ECOPT_E_ARG, "%zu objectives given, at most %d are possible", mobo->m,
                        ECOPT_MAX_OBJECTIVES);
    double ref[ECOPT_MAX_OBJECTIVES] = {0};
    ECO_TRY(arrays_take(mobo));
    series s = {eco_arena_alloc(&mobo->arena, history->n, sizeof(double)),
                eco_arena_alloc(&mobo->arena, history->n, sizeof(double))};
    if (!s.value || !s.se)
        return ECOPT_E_NOMEM;
    features_fill(mobo);
    reference_fill(mobo, reference, ref);
    ECO_TRY(objectives_fit(mobo, ref, &s));
    ECO_TRY(limits_fit(mobo, &s));
    return front_build(mobo, ref);
}

void eco_mobo_release(eco_mobo *mobo)
{
    for (size_t k = 0; mobo->models && k < mobo->m + mobo->problem->n_constraints; k++)
        eco_gp_free(mobo->models[k]);
    eco_acq_front_free(mobo->front);
    eco_arena_release(&mobo->arena);
}

double eco_mobo_value(eco_mobo *mobo, const double *f, double *ret_grad)
{
    size_t m = mobo->m, d = mobo->d, outputs = m + mobo->n_limits;
    for (size_t k = 0; k < outputs; k++) {
        double *slopes = ret_grad ? mobo->slopes + 2 * k * d : NULL;
        eco_gp_predict(mobo->models[k], f, &mobo->mean[k], &mobo->sd[k], slopes,
                       slopes ? slopes + d : NULL);
    }
    double *dmean = ret_grad ? mobo->dmean : NULL, *dsd = ret_grad ? mobo->dsd : NULL;
    double value = eco_acq_log_ehvi(mobo->front, mobo->mean, mobo->sd, mobo->acq_work, dmean, dsd);
    value += eco_acq_log_feasible(mobo->n_limits, mobo->mean + m, mobo->sd + m, mobo->bound,
                                  dmean ? dmean + m : NULL, dsd ? dsd + m : NULL);
    if (ret_grad) {
        memset(ret_grad, 0, d * sizeof *ret_grad);
        eco_acq_chain(outputs, d, dmean, dsd, mobo->slopes, ret_grad);
    }
    return value;
}
