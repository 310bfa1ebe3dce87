#include "gp/gp.h"

#include "gp/gp_model.h"
#include "num/linalg.h"

#include <math.h>
#include <string.h>

enum { MAX_INPUTS = 8192 }; /* 1,024 parameters and their indicators fit in */

static const double DEFAULT_NOISE_FLOOR = 1e-4; /* BoTorch's MIN_INFERRED_NOISE_LEVEL */
static const double LN_2PI = 1.83787706640934548356;

static bool arrays_take(eco_gp *gp)
{
    size_t n = gp->max_n, d = gp->d, warped = gp->options.is_warped ? n * d : 1;
    struct {
        double **array;
        size_t size;
    } wanted[] = {
        {&gp->X, n * d},
        {&gp->z, n},
        {&gp->extra, n},
        {&gp->theta, gp->n_theta},
        {&gp->scaled, n * d},
        {&gp->columns, n * d},
        {&gp->label_weight, gp->options.n_labels + 1},
        {&gp->L, n * n},
        {&gp->alpha, n},
        {&gp->inverse, n * n},
        {&gp->slopes, n * n},
        {&gp->row, n},
        {&gp->row2, n},
        {&gp->inputs, 3 * d},
        {&gp->search, 8 * gp->n_theta},
        {&gp->warp_a, warped},
        {&gp->warp_b, warped},
    };
    for (size_t i = 0; i < ECO_LEN(wanted); i++) {
        *wanted[i].array = eco_alloc(gp->ctx, wanted[i].size, sizeof(double));
        if (!*wanted[i].array)
            return false;
    }
    return true;
}

ecopt_status eco_gp_new(ecopt_ctx *ctx, const eco_gp_options *options, size_t max_n, size_t d,
                        eco_gp **ret_gp)
{
    size_t n_labels = options ? options->n_labels : 0;
    if (n_labels > d)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%zu of %zu inputs cannot be labels", n_labels, d);
    if (max_n < 1 || max_n > ECO_LINALG_MAX_N || d < 1 || d > MAX_INPUTS)
        return eco_fail(ctx, ECOPT_E_LIMIT, "a model of %zu points and %zu inputs is not possible",
                        max_n, d);
    eco_gp *gp = eco_alloc(ctx, 1, sizeof *gp);
    if (!gp)
        return ECOPT_E_NOMEM;
    gp->ctx = ctx;
    gp->max_n = max_n;
    gp->d = d;
    if (options)
        gp->options = *options;
    gp->n_theta = d + 2 + (gp->options.is_warped ? 2 * (d - n_labels) : 0);
    if (!(gp->options.noise_floor > 0))
        gp->options.noise_floor = DEFAULT_NOISE_FLOOR;
    if (!arrays_take(gp) || eco_minimiser_new(ctx, gp->n_theta, &gp->minimiser) != ECOPT_OK) {
        eco_gp_free(gp);
        return ECOPT_E_NOMEM;
    }
    *ret_gp = gp;
    return ECOPT_OK;
}

void eco_gp_free(eco_gp *gp)
{
    if (!gp)
        return;
    double *const arrays[] = {
        gp->warp_a,  gp->warp_b,       gp->X,     gp->z,     gp->extra,   gp->theta,  gp->scaled,
        gp->columns, gp->label_weight, gp->L,     gp->alpha, gp->inverse, gp->slopes, gp->row,
        gp->row2,    gp->inputs,       gp->search};
    for (size_t i = 0; i < ECO_LEN(arrays); i++)
        eco_free(gp->ctx, arrays[i]);
    eco_minimiser_free(gp->minimiser);
    eco_free(gp->ctx, gp);
}

/* Centre and spread of y in units of its largest magnitude: sums cannot overflow. */
static void standardise(eco_gp *gp, const double *y)
{
    size_t n = gp->n;
    double largest = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(y[i]));
    gp->unit = 1;
    gp->centre = 0;
    gp->spread = 1;
    if (gp->options.is_plain || largest <= 0)
        return;
    gp->unit = largest;
    for (size_t i = 0; i < n; i++)
        sum += y[i] / largest;
    gp->centre = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        double deviation = y[i] / largest - gp->centre;
        squares += deviation * deviation;
    }
    double sd = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    /* Equal values differ by rounding at most: their spread says nothing, their size stands in. */
    if (sd > 1e-13)
        gp->spread = sd;
}

/* An absurd error means "ignore this point": 1e6 sd is enough and keeps K finite. */
static double error_variance(const eco_gp *gp, double se)
{
    double error = se > 0 ? fmin(se / gp->unit / gp->spread, 1e6) : 0;
    return error * error;
}

ecopt_status eco_gp_load(eco_gp *gp, size_t n, const double *X, const double *y, const double *y_se)
{
    if (n < 1 || n > gp->max_n)
        return eco_fail(gp->ctx, ECOPT_E_LIMIT, "model holds 1 to %zu points, not %zu", gp->max_n,
                        n);
    for (size_t i = 0; i < n * gp->d; i++)
        if (!isfinite(X[i]))
            return eco_fail(gp->ctx, ECOPT_E_RANGE, "input %zu of point %zu is not finite",
                            i % gp->d, i / gp->d);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(y[i]))
            return eco_fail(gp->ctx, ECOPT_E_RANGE, "value of point %zu is not finite", i);
    gp->n = n;
    memcpy(gp->X, X, n * gp->d * sizeof *X);
    standardise(gp, y);
    for (size_t i = 0; i < n; i++) {
        gp->z[i] = (y[i] / gp->unit - gp->centre) / gp->spread;
        gp->extra[i] = error_variance(gp, y_se ? y_se[i] : 0);
    }
    return ECOPT_OK;
}

double eco_gp_warp(double x, const double *shape, double *ret_slopes)
{
    double a = exp(shape[0]), b = exp(shape[1]);
    x = 1e-7 + (1 - 2e-7) * fmin(fmax(x, 0), 1);
    double power = pow(x, a), rest = pow(1 - power, b);
    if (ret_slopes) {
        double by_power = b * rest / (1 - power);
        ret_slopes[0] = (1 - 2e-7) * by_power * a * power / x;
        ret_slopes[1] = by_power * a * power * log(x);
        ret_slopes[2] = -b * rest * log1p(-power);
    }
    return 1 - rest;
}

/* Derivatives of the scaled columns by the shapes of their warps. */
static void warp_fill(eco_gp *gp, const double *theta)
{
    size_t n = gp->n, d = gp->d, n_numbers = d - gp->options.n_labels;
    for (size_t j = 0; j < n_numbers; j++) {
        for (size_t i = 0; i < n; i++) {
            double slopes[3];
            (void)eco_gp_warp(gp->X[i * d + j], theta + d + 2 + 2 * j, slopes);
            gp->warp_a[j * n + i] = slopes[1] * gp->inputs[j];
            gp->warp_b[j * n + i] = slopes[2] * gp->inputs[j];
        }
    }
}

/* A row of inputs as the kernel wants it. */
static void row_scale(const eco_gp *gp, const double *theta, const double *x, double *ret_row)
{
    size_t d = gp->d, n_numbers = d - gp->options.n_labels;
    bool is_warped = gp->options.is_warped;
    for (size_t j = 0; j < n_numbers; j++) {
        double at = is_warped ? eco_gp_warp(x[j], theta + d + 2 + 2 * j, NULL) : x[j];
        ret_row[j] = at * gp->inputs[j];
    }
    for (size_t j = n_numbers; j < d; j++)
        ret_row[j] = x[j];
}

static eco_kernel_shape kernel_shape(const eco_gp *gp)
{
    return (eco_kernel_shape){gp->d, gp->options.n_labels, gp->n, gp->label_weight};
}

/* K and kernel slopes; the diagonal carries signal and noise. */
static void covariance_fill(eco_gp *gp, const double *theta)
{
    size_t n = gp->n, d = gp->d, n_labels = gp->options.n_labels;
    double noise = exp(theta[d]), signal = exp(theta[d + 1]);
    for (size_t j = 0; j < d; j++)
        gp->inputs[j] = exp(-theta[j]);
    for (size_t l = 0; l < n_labels; l++)
        gp->label_weight[l] = gp->inputs[d - n_labels + l] * gp->inputs[d - n_labels + l];
    for (size_t i = 0; i < n; i++) {
        double *row = gp->scaled + i * d;
        row_scale(gp, theta, gp->X + i * d, row);
        for (size_t j = 0; j < d; j++)
            gp->columns[j * n + i] = row[j];
    }
    if (gp->options.is_warped)
        warp_fill(gp, theta);
    eco_kernel_shape shape = kernel_shape(gp);
    for (size_t j = 0; j < n; j++) {
        double *r2 = gp->slopes + j * n;
        gp->L[j * n + j] = signal + noise + gp->extra[j];
        eco_kernel_distances2(&shape, j, gp->columns, gp->scaled + j * d, r2);
        eco_kernel_values(gp->options.kernel, j, signal, r2, gp->L + j * n);
    }
}

/* Most likely constant mean: 1' K^-1 z / 1' K^-1 1. */
static double mean_of(eco_gp *gp)
{
    size_t n = gp->n;
    double with_z = 0, with_one = 0;
    for (size_t i = 0; i < n; i++)
        gp->row[i] = 1;
    eco_chol_solve(n, gp->L, gp->row);
    for (size_t i = 0; i < n; i++) {
        with_z += gp->row[i] * gp->z[i];
        with_one += gp->row[i];
    }
    return with_one > 0 ? with_z / with_one : 0;
}

ecopt_status eco_gp_factorise(eco_gp *gp, const double *theta)
{
    size_t n = gp->n;
    double jitter;
    covariance_fill(gp, theta);
    ECO_TRY(eco_chol(gp->ctx, n, gp->L, gp->row, &jitter));
    gp->mean = gp->options.is_plain ? 0 : mean_of(gp);
    for (size_t i = 0; i < n; i++)
        gp->alpha[i] = gp->row2[i] = gp->z[i] - gp->mean;
    eco_chol_solve(n, gp->L, gp->alpha);
    gp->log_likelihood = -0.5 * eco_dot(n, gp->row2, gp->alpha) - eco_chol_half_logdet(n, gp->L) -
                         0.5 * (double)n * LN_2PI;
    if (theta != gp->theta)
        memcpy(gp->theta, theta, gp->n_theta * sizeof *theta);
    return ECOPT_OK;
}

ecopt_status eco_gp_condition(eco_gp *gp, size_t n, const double *X, const double *y,
                              const double *y_se, const double *theta)
{
    ECO_TRY(eco_gp_load(gp, n, X, y, y_se));
    return eco_gp_factorise(gp, theta);
}

const double *eco_gp_theta(const eco_gp *gp)
{
    return gp->theta;
}

size_t eco_gp_n_theta(const eco_gp *gp)
{
    return gp->n_theta;
}

size_t eco_gp_n(const eco_gp *gp)
{
    return gp->n;
}

double eco_gp_noise_sd(const eco_gp *gp)
{
    return exp(0.5 * gp->theta[gp->d]) * gp->spread * gp->unit;
}

bool eco_gp_is_noisy(const eco_gp *gp)
{
    /* Within a thousandth of the floor is at it: the search stops a little short of bounds. */
    if (gp->theta[gp->d] > log(gp->options.noise_floor) + 1e-3)
        return true;
    for (size_t i = 0; i < gp->n; i++)
        if (gp->extra[i] > 0)
            return true;
    return false;
}

double eco_gp_noise_share(const eco_gp *gp)
{
    double given = 0;
    for (size_t i = 0; i < gp->n; i++)
        given += gp->extra[i] / (double)gp->n;
    return exp(gp->theta[gp->d]) + given;
}

/* Covariances of f(x) with the data and their slopes.  Leaves x / ls in inputs + d. */
static void cross_fill(eco_gp *gp, const double *x, double *ret_k, double *ret_slope)
{
    double *at = gp->inputs + gp->d;
    eco_kernel_shape shape = kernel_shape(gp);
    row_scale(gp, gp->theta, x, at);
    eco_kernel_distances2(&shape, gp->n, gp->columns, at, ret_slope);
    eco_kernel_values(gp->options.kernel, gp->n, exp(gp->theta[gp->d + 1]), ret_slope, ret_k);
}

void eco_gp_predict(eco_gp *gp, const double *x, double *ret_mean, double *ret_sd,
                    double *ret_dmean, double *ret_dsd)
{
    size_t n = gp->n, d = gp->d, n_numbers = d - gp->options.n_labels;
    double *k = gp->row, *slope = gp->row2, signal = exp(gp->theta[d + 1]);
    double scale = gp->spread * gp->unit;
    cross_fill(gp, x, k, slope);
    *ret_mean = gp->unit * (gp->centre + gp->spread * (gp->mean + eco_dot(n, k, gp->alpha)));
    eco_tri_solve(n, gp->L, false, k);
    double variance = signal - eco_dot(n, k, k);
    /* Rounding may leave nothing of the variance at a noise-free data point. */
    bool is_lost = !(variance > 1e-13 * signal);
    double sd = sqrt(is_lost ? 1e-13 * signal : variance);
    *ret_sd = sd * scale;
    if (!ret_dmean)
        return;
    eco_tri_solve(n, gp->L, true, k); /* K^-1 k */
    for (size_t i = 0; i < n; i++)
        slope[i] *= signal;
    for (size_t j = 0; j < n_numbers; j++) {
        const double *column = gp->columns + j * n;
        double at = gp->inputs[d + j], by_mean = 0, by_variance = 0;
        for (size_t i = 0; i < n; i++) {
            double dk = slope[i] * (column[i] - at);
            by_mean += gp->alpha[i] * dk;
            by_variance -= k[i] * dk;
        }
        double slopes[3] = {1, 0, 0};
        if (gp->options.is_warped)
            (void)eco_gp_warp(x[j], gp->theta + d + 2 + 2 * j, slopes);
        ret_dmean[j] = by_mean * gp->inputs[j] * slopes[0] * scale;
        ret_dsd[j] = is_lost ? 0 : by_variance / sd * gp->inputs[j] * slopes[0] * scale;
    }
    for (size_t j = n_numbers; j < d; j++)
        ret_dmean[j] = ret_dsd[j] = 0;
}

void eco_gp_loo(eco_gp *gp, double *ret_mean, double *ret_sd)
{
    size_t n = gp->n;
    double scale = gp->spread * gp->unit;
    eco_chol_inverse(n, gp->L, gp->inverse);
    for (size_t i = 0; i < n; i++) {
        double variance = 1 / gp->inverse[i * n + i];
        double mean = gp->z[i] - gp->alpha[i] * variance;
        ret_mean[i] = gp->unit * (gp->centre + gp->spread * mean);
        ret_sd[i] = sqrt(variance) * scale;
    }
}

void eco_gp_predict_joint(eco_gp *gp, size_t q, const double *Xq, double *work, double *ret_mean,
                          double *ret_cov)
{
    size_t n = gp->n, d = gp->d;
    double signal = exp(gp->theta[d + 1]), scale = gp->spread * gp->unit, *at = gp->inputs + 2 * d;
    for (size_t a = 0; a < q; a++) {
        double *k = work + a * n;
        cross_fill(gp, Xq + a * d, k, gp->row2);
        ret_mean[a] = gp->unit * (gp->centre + gp->spread * (gp->mean + eco_dot(n, k, gp->alpha)));
        for (size_t b = 0; b <= a; b++) {
            row_scale(gp, gp->theta, Xq + b * d, at);
            /* cross_fill left row a before row b. */
            double r2 = eco_kernel_mixed2(d, gp->options.n_labels, at - d, at, gp->label_weight);
            ret_cov[b * q + a] = signal * eco_kernel_value(gp->options.kernel, r2, NULL);
        }
    }
    eco_tri_solve_many(n, q, gp->L, work);
    eco_syrk_subtract(n, q, work, ret_cov);
    for (size_t i = 0; i < q * q; i++)
        ret_cov[i] *= scale * scale;
}
