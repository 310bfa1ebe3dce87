#include "gp/posterior.h"

#include "gp/gp_model.h"
#include "num/linalg.h"

#include <math.h>
#include <string.h>

/* Share of the signal added to the diagonal of a noise-free covariance: keeps equal rows apart. */
static const double JITTER = 1e-8;

struct eco_posterior {
    ecopt_ctx *ctx; /* borrowed */
    eco_kernel kernel;
    size_t n, d, n_paths; /* points conditioned on, inputs, columns of alpha */
    size_t n_points;      /* points with a value; = n with paths */
    size_t n_labels;      /* of the inputs, the last ones */
    double unit, centre, spread, mean, signal;
    double *inverse_ls;   /* d; owned, like all arrays */
    double *label_weight; /* n_labels */
    double *columns;      /* d x n_points: numbers / ls, then labels as they are */
    double *L;            /* n x n, lower triangle */
    double *alpha;        /* n x n_paths, column-major */
    double *value;        /* n_points x n_paths, standardised f at the points */
};

static ecopt_status arrays_take(eco_posterior *p)
{
    p->inverse_ls = eco_alloc(p->ctx, p->d, sizeof(double));
    p->label_weight = eco_alloc(p->ctx, p->n_labels + 1, sizeof(double));
    p->columns = eco_alloc(p->ctx, p->n_points * p->d, sizeof(double));
    p->L = eco_alloc(p->ctx, p->n * p->n, sizeof(double));
    p->alpha = eco_alloc(p->ctx, p->n * p->n_paths, sizeof(double));
    p->value = eco_alloc(p->ctx, p->n_points * p->n_paths, sizeof(double));
    bool is_taken = p->inverse_ls && p->label_weight && p->columns && p->L && p->alpha && p->value;
    return is_taken ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Input j of a row as the kernel wants it: numbers scaled, labels as they are. */
static double scaled(const eco_posterior *p, const double *x, size_t j)
{
    return j < p->d - p->n_labels ? x[j] * p->inverse_ls[j] : x[j];
}

/* Covariances of f at a row of scaled inputs with the first n points; slopes without the signal. */
static void cross_fill(const eco_posterior *p, size_t n, const double *at, double *ret_slope,
                       double *ret_k)
{
    const eco_kernel_shape shape = {p->d, p->n_labels, p->n_points, p->label_weight};
    eco_kernel_distances2(&shape, n, p->columns, at, ret_slope);
    eco_kernel_values(p->kernel, n, p->signal, ret_slope, ret_k);
}

/* Row i of the points, scaled. */
static void row_get(const eco_posterior *p, size_t i, double *ret_row)
{
    for (size_t j = 0; j < p->d; j++)
        ret_row[j] = p->columns[j * p->n_points + i];
}

/*
 * Plain: the factor and the weights of the model itself; mean at a data point = z - noise alpha.
 * work: 2 n + d.
 */
static void plain_fill(eco_posterior *p, const eco_gp *gp, double *work)
{
    double *k = work, *slope = work + p->n, *at = slope + p->n, noise = exp(gp->theta[gp->d]);
    memcpy(p->L, gp->L, p->n * p->n * sizeof *p->L);
    memcpy(p->alpha, gp->alpha, p->n * sizeof *p->alpha);
    for (size_t i = 0; i < p->n; i++)
        p->value[i] = gp->z[i] - (noise + gp->extra[i]) * gp->alpha[i];
    for (size_t i = p->n; i < p->n_points; i++) {
        row_get(p, i, at);
        cross_fill(p, p->n, at, slope, k);
        p->value[i] = p->mean + eco_dot(p->n, k, p->alpha);
    }
}

/* Noise-free covariance of all points; strict upper triangle and diagonal.  work: n + d. */
static void prior_fill(eco_posterior *p, double *work)
{
    double *slope = work, *at = work + p->n;
    for (size_t j = 0; j < p->n; j++) {
        row_get(p, j, at);
        cross_fill(p, j, at, slope, p->L + j * p->n);
        p->L[j * p->n + j] = p->signal * (1 + JITTER);
    }
}

/* Entry (i, j) of the noise-free covariance, from the triangle that factorising left in place. */
static double prior_at(const eco_posterior *p, size_t i, size_t j)
{
    return i == j ? p->signal : i < j ? p->L[j * p->n + i] : p->L[i * p->n + j];
}

/* Workspace of the draws. */
typedef struct draw {
    double *normal;      /* n: L0^-T z in the end */
    double *prior;       /* n: L0 z */
    double *lift_weight; /* n: L0^-T of the lifts, the same on all paths */
    double *lift;        /* n: L0 of them */
    double *noise;       /* rows */
    double *weight;      /* rows */
} draw;

/* Diagonal entry i of the factor is the deviation of f at i given f at the points before it. */
static void lift_fill(const eco_posterior *p, size_t n_data, double by, const draw *w)
{
    for (size_t i = 0; i < p->n; i++) {
        double sd = p->L[i * p->n + i];
        w->lift[i] = w->lift_weight[i] = i < n_data ? 0 : by * sd / sqrt(p->signal);
    }
    eco_tri_multiply(p->n, p->L, w->lift);
    eco_tri_solve(p->n, p->L, true, w->lift_weight);
}

/* The normals of the next pair of paths; none where a single path is wanted. */
static void normals_draw(const eco_posterior *p, const eco_gp *gp, const eco_paths *paths,
                         const draw *w)
{
    double noise = exp(gp->theta[gp->d]);
    memset(w->normal, 0, p->n * sizeof *w->normal);
    memset(w->noise, 0, gp->n * sizeof *w->noise);
    for (size_t i = 0; i < p->n && paths->n > 1; i++)
        w->normal[i] = eco_rng_normal(paths->rng) * (i < gp->n ? 1 : paths->extra_spread);
    for (size_t i = 0; i < gp->n && paths->n > 1; i++)
        w->noise[i] = sqrt(noise + gp->extra[i]) * eco_rng_normal(paths->rng);
    memcpy(w->prior, w->normal, p->n * sizeof *w->prior);
    eco_tri_multiply(p->n, p->L, w->prior);
    eco_tri_solve(p->n, p->L, true, w->normal);
}

/*
 * Paths s and s + 1 from one set of normals and its negative: with f0 a draw of the prior and e one
 * of the noise, f = f0 + K0 (K0 + N)^-1 (y - f0 - e) is a draw of the posterior, whose weights
 * K0^-1 f come without solving with K0.  Points of the
 * data come first, so the later normals only move f at the extra points from its mean given f
 * there.  The lifts stand among them like normals that have no sign.
 */
static void pair_draw(eco_posterior *p, const eco_gp *gp, const eco_paths *paths, const draw *w,
                      size_t s)
{
    normals_draw(p, gp, paths, w);
    for (int sign = 1; sign >= -1 && s < p->n_paths; sign -= 2, s++) {
        double *alpha = p->alpha + s * p->n, *value = p->value + s * p->n;
        for (size_t i = 0; i < gp->n; i++)
            w->weight[i] = gp->z[i] - gp->mean - sign * (w->prior[i] + w->noise[i]);
        eco_chol_solve(gp->n, gp->L, w->weight);
        for (size_t i = 0; i < p->n; i++)
            alpha[i] = w->lift_weight[i] + sign * w->normal[i] + (i < gp->n ? w->weight[i] : 0);
        for (size_t i = 0; i < p->n; i++) {
            value[i] = p->mean + w->lift[i] + sign * w->prior[i];
            for (size_t j = 0; j < gp->n; j++)
                value[i] += prior_at(p, i, j) * w->weight[j];
        }
    }
}

/* work: 4 n + 2 rows + d. */
static ecopt_status paths_fill(eco_posterior *p, const eco_gp *gp, const eco_paths *paths,
                               double *work)
{
    double jitter;
    size_t n = p->n;
    double *rows = work + 4 * n;
    const draw w = {work, work + n, work + 2 * n, work + 3 * n, rows, rows + gp->n};
    prior_fill(p, work);
    ECO_TRY(eco_chol(p->ctx, n, p->L, work, &jitter));
    lift_fill(p, gp->n, paths->extra_lift, &w);
    for (size_t s = 0; s < p->n_paths; s += 2)
        pair_draw(p, gp, paths, &w, s);
    return ECOPT_OK;
}

/* The points: those of the data, then the extra ones. */
static void columns_fill(eco_posterior *p, const eco_gp *gp, const double *extra)
{
    for (size_t j = 0; j < p->d; j++) {
        p->inverse_ls[j] = exp(-gp->theta[j]);
        for (size_t i = 0; i < p->n_points; i++) {
            const double *x = i < gp->n ? gp->X + i * p->d : extra + (i - gp->n) * p->d;
            p->columns[j * p->n_points + i] = scaled(p, x, j);
        }
    }
    memcpy(p->label_weight, gp->label_weight, p->n_labels * sizeof *p->label_weight);
}

static ecopt_status fill(eco_posterior *p, const eco_gp *gp, const double *extra,
                         const eco_paths *paths)
{
    ECO_TRY(arrays_take(p));
    double *work = eco_alloc(p->ctx, 4 * p->n + 2 * gp->n + p->d, sizeof *work);
    if (!work)
        return ECOPT_E_NOMEM;
    ecopt_status status = ECOPT_OK;
    columns_fill(p, gp, extra);
    if (paths->n > 0)
        status = paths_fill(p, gp, paths, work);
    else
        plain_fill(p, gp, work);
    eco_free(p->ctx, work);
    return status;
}

ecopt_status eco_posterior_new(ecopt_ctx *ctx, const eco_gp *gp, size_t n_extra,
                               const double *extra, size_t n_paths, eco_rng *rng,
                               eco_posterior **ret_posterior)
{
    const eco_paths paths = {.n = n_paths, .extra_spread = 1, .rng = rng};
    return eco_posterior_draw(ctx, gp, n_extra, extra, &paths, ret_posterior);
}

ecopt_status eco_posterior_draw(ecopt_ctx *ctx, const eco_gp *gp, size_t n_extra,
                                const double *extra, const eco_paths *paths,
                                eco_posterior **ret_posterior)
{
    eco_posterior *p = eco_alloc(ctx, 1, sizeof *p);
    if (!p)
        return ECOPT_E_NOMEM;
    *p = (eco_posterior){.ctx = ctx,
                         .kernel = gp->options.kernel,
                         .n = paths->n > 0 ? gp->n + n_extra : gp->n,
                         .n_points = gp->n + n_extra,
                         .d = gp->d,
                         .n_labels = gp->options.n_labels,
                         .n_paths = paths->n > 0 ? paths->n : 1,
                         .unit = gp->unit,
                         .centre = gp->centre,
                         .spread = gp->spread,
                         .mean = gp->mean,
                         .signal = exp(gp->theta[gp->d + 1])};
    ecopt_status status = fill(p, gp, extra, paths);
    if (status == ECOPT_OK)
        *ret_posterior = p;
    else
        eco_posterior_free(p);
    return status;
}

void eco_posterior_free(eco_posterior *posterior)
{
    if (!posterior)
        return;
    double *const arrays[] = {posterior->inverse_ls, posterior->label_weight, posterior->columns,
                              posterior->L,          posterior->alpha,        posterior->value};
    for (size_t i = 0; i < ECO_LEN(arrays); i++)
        eco_free(posterior->ctx, arrays[i]);
    eco_free(posterior->ctx, posterior);
}

size_t eco_posterior_n_paths(const eco_posterior *posterior)
{
    return posterior->n_paths;
}

static double in_units(const eco_posterior *p, double standardised)
{
    return p->unit * (p->centre + p->spread * standardised);
}

double eco_posterior_value(const eco_posterior *posterior, size_t s, size_t i)
{
    return in_units(posterior, posterior->value[s * posterior->n_points + i]);
}

/* Workspace: sd (0 = lost to rounding), then x / ls, then the slopes, then L^-1 k. */
size_t eco_posterior_work_size(const eco_posterior *posterior)
{
    return 1 + posterior->d + 2 * posterior->n;
}

void eco_posterior_predict(const eco_posterior *posterior, const double *x, double *work,
                           double *ret_mean, double *ret_sd)
{
    const eco_posterior *p = posterior;
    size_t n = p->n;
    double *at = work + 1, *slope = at + p->d, *k = slope + n;
    for (size_t j = 0; j < p->d; j++)
        at[j] = scaled(p, x, j);
    cross_fill(p, n, at, slope, k);
    for (size_t s = 0; s < p->n_paths; s++)
        ret_mean[s] = in_units(p, p->mean + eco_dot(n, k, p->alpha + s * n));
    eco_tri_solve(n, p->L, false, k);
    double variance = p->signal - eco_dot(n, k, k);
    /* Rounding may leave nothing of the variance at a noise-free data point. */
    double least = 1e-13 * p->signal;
    *work = variance > least ? sqrt(variance) : 0;
    *ret_sd = sqrt(fmax(variance, least)) * p->spread * p->unit;
}

size_t eco_posterior_many_size(const eco_posterior *posterior, size_t q)
{
    return posterior->d + (q + 1) * posterior->n;
}

void eco_posterior_predict_many(const eco_posterior *posterior, size_t q, const double *X,
                                double *work, double *ret_mean, double *ret_sd)
{
    const eco_posterior *p = posterior;
    size_t n = p->n, n_paths = p->n_paths;
    double *at = work, *slope = at + p->d, *K = slope + n;
    for (size_t a = 0; a < q; a++) {
        for (size_t j = 0; j < p->d; j++)
            at[j] = scaled(p, X + a * p->d, j);
        cross_fill(p, n, at, slope, K + a * n);
        double *mean = ret_mean + a * n_paths;
        for (size_t s = 0; s < n_paths; s++)
            mean[s] = in_units(p, p->mean + eco_dot(n, K + a * n, p->alpha + s * n));
    }
    eco_tri_solve_many(n, q, p->L, K);
    for (size_t a = 0; a < q; a++) {
        double variance = p->signal - eco_dot(n, K + a * n, K + a * n);
        ret_sd[a] = sqrt(fmax(variance, 1e-13 * p->signal)) * p->spread * p->unit;
    }
}

void eco_posterior_slope(const eco_posterior *posterior, double *work, const double *by_mean,
                         double by_sd, double *grad)
{
    const eco_posterior *p = posterior;
    size_t n = p->n;
    double sd = *work, *at = work + 1, *slope = at + p->d, *k = slope + n;
    eco_tri_solve(n, p->L, true, k); /* K^-1 k */
    double scale = p->signal * p->spread * p->unit, by_variance = sd > 0 ? -by_sd / sd : 0;
    for (size_t i = 0; i < n; i++)
        k[i] *= by_variance;
    for (size_t s = 0; s < p->n_paths; s++)
        for (size_t i = 0; i < n; i++)
            k[i] += by_mean[s] * p->alpha[s * n + i];
    for (size_t j = 0; j < p->d - p->n_labels; j++) {
        const double *column = p->columns + j * p->n_points;
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += k[i] * slope[i] * (at[j] - column[i]);
        grad[j] -= sum * scale * p->inverse_ls[j];
    }
}
