#include "gp/classifier.h"

#include "num/linalg.h"
#include "num/minimise.h"
#include "num/special.h"

#include <math.h>
#include <string.h>

enum {
    MAX_INPUTS = 8192,
    MAX_EVALUATIONS = 40, /* of the marginal likelihood, 15 to 25 are usual */
    ROUNDS_MAX = 100,     /* of expectation propagation, 3 to 10 are usual from the sites before */
    THETAS = 3            /* lower and upper bounds, where the search stands */
};

/*
 * Priors.  Length scales as for regression (Hvarfner et al. 2024, arXiv:2402.02229); the others are
 * ours, by measurement (docs/numerics.md): borders are sharp more often than not, but answers by
 * chance must be possible, so the signal is free; nothing is known of how often the answer is yes.
 */
static const double LENGTH_SD = 1.7320508075688772, SIGNAL_MU = 4, SIGNAL_SD = 2, MEAN_SD = 1;

static const double TAU_MIN = 1e-8;   /* precision of a point that says nothing */
static const double TOLERANCE = 1e-6; /* change of a round, in sd: log Z is exact to its square */

struct eco_classifier {
    ecopt_ctx *ctx; /* borrowed */
    eco_classifier_options options;
    size_t max_n, d, n_theta;
    size_t n; /* points held */

    /* Data; owned, like all arrays. */
    double *X;    /* n x d */
    double *sign; /* n, +1 yes, -1 no */

    /* Model at theta. */
    double *theta;        /* n_theta in force */
    double *scaled;       /* n x d: numbers / ls, then labels as they are */
    double *columns;      /* d x n, the same column by column */
    double *label_weight; /* n_labels, 1 / ls^2 */
    double mean;          /* c */
    double *K;            /* n x n covariance of g, both triangles */
    double *slopes;       /* n x n, kernel slopes above the diagonal */
    double *B;            /* n x n, factor of I + S^1/2 K S^1/2 below the diagonal */
    double *tau, *nu;     /* n, sites: precision, precision times mean */
    double *b;            /* n, K^-1 g */
    double *g;            /* n, posterior means */
    double *inverse;      /* n x n, B^-1 */
    double log_z;         /* log marginal likelihood */

    /* Workspace. */
    double *row;    /* 2 n: square roots of tau; scratch */
    double *search; /* THETAS x n_theta */
    eco_minimiser *minimiser;
};

static bool arrays_take(eco_classifier *c)
{
    size_t n = c->max_n, d = c->d;
    struct {
        double **array;
        size_t size;
    } wanted[] = {
        {&c->X, n * d},       {&c->sign, n},
        {&c->theta, d + 2},   {&c->scaled, n * d},
        {&c->columns, n * d}, {&c->label_weight, c->options.n_labels + 1},
        {&c->K, n * n},       {&c->slopes, n * n},
        {&c->B, n * n},       {&c->b, n},
        {&c->g, n},           {&c->tau, n},
        {&c->nu, n},          {&c->row, 2 * n},
        {&c->inverse, n * n}, {&c->search, THETAS * (d + 2)},
    };
    for (size_t i = 0; i < ECO_LEN(wanted); i++) {
        *wanted[i].array = eco_alloc(c->ctx, wanted[i].size, sizeof(double));
        if (!*wanted[i].array)
            return false;
    }
    return true;
}

ecopt_status eco_classifier_new(ecopt_ctx *ctx, const eco_classifier_options *options, size_t max_n,
                                size_t d, eco_classifier **ret_classifier)
{
    size_t n_labels = options ? options->n_labels : 0;
    if (max_n < 1 || max_n > ECO_LINALG_MAX_N || d < 1 || d > MAX_INPUTS || n_labels > d)
        return eco_fail(ctx, ECOPT_E_LIMIT,
                        "a classifier of %zu points and %zu inputs, %zu of them labels, is not "
                        "possible",
                        max_n, d, n_labels);
    eco_classifier *c = eco_alloc(ctx, 1, sizeof *c);
    if (!c)
        return ECOPT_E_NOMEM;
    c->ctx = ctx;
    c->max_n = max_n;
    c->d = d;
    c->n_theta = d + 2;
    if (options)
        c->options = *options;
    if (!arrays_take(c) || eco_minimiser_new(ctx, c->n_theta, &c->minimiser) != ECOPT_OK) {
        eco_classifier_free(c);
        return ECOPT_E_NOMEM;
    }
    *ret_classifier = c;
    return ECOPT_OK;
}

void eco_classifier_free(eco_classifier *classifier)
{
    eco_classifier *c = classifier;
    if (!c)
        return;
    double *const arrays[] = {c->X, c->sign,    c->theta, c->scaled, c->columns, c->label_weight,
                              c->K, c->slopes,  c->B,     c->tau,    c->nu,      c->b,
                              c->g, c->inverse, c->row,   c->search};
    for (size_t i = 0; i < ECO_LEN(arrays); i++)
        eco_free(c->ctx, arrays[i]);
    eco_minimiser_free(c->minimiser);
    eco_free(c->ctx, c);
}

/* K and its slopes. */
static void covariance_fill(eco_classifier *c, const double *theta)
{
    size_t n = c->n, d = c->d, n_labels = c->options.n_labels, n_numbers = d - n_labels;
    double signal = exp(theta[d]);
    for (size_t j = 0; j < d; j++) {
        double inverse = exp(-theta[j]);
        if (j >= n_numbers)
            c->label_weight[j - n_numbers] = inverse * inverse;
        for (size_t i = 0; i < n; i++) {
            double x = c->X[i * d + j];
            c->scaled[i * d + j] = c->columns[j * n + i] = j < n_numbers ? x * inverse : x;
        }
    }
    const eco_kernel_shape shape = {d, n_labels, n, c->label_weight};
    for (size_t k = 0; k < n; k++) {
        double *r2 = c->slopes + k * n;
        c->K[k * n + k] = signal;
        eco_kernel_distances2(&shape, k, c->columns, c->scaled + k * d, r2);
        eco_kernel_values(c->options.kernel, k, signal, r2, c->K + k * n);
        for (size_t i = 0; i < k; i++)
            c->K[i * n + k] = c->K[k * n + i];
    }
}

/* Factor of B = I + S^1/2 K S^1/2, whose eigenvalues are at least 1, and the diagonal of B^-1. */
static ecopt_status b_factorise(eco_classifier *c)
{
    size_t n = c->n;
    double jitter, *root = c->row;
    for (size_t i = 0; i < n; i++)
        root[i] = sqrt(c->tau[i]);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i <= k; i++)
            c->B[k * n + i] = root[i] * root[k] * c->K[k * n + i];
        c->B[k * n + k] += 1;
    }
    ECO_TRY(eco_chol(c->ctx, n, c->B, c->row + n, &jitter));
    eco_chol_inverse(n, c->B, c->inverse);
    return ECOPT_OK;
}

/* Posterior means of g: K b, b = nu - S^1/2 B^-1 S^1/2 K nu. */
static void means_fill(eco_classifier *c)
{
    size_t n = c->n;
    double *root = c->row, *work = root + n;
    eco_gemv(n, n, false, c->K, c->nu, 0, work);
    for (size_t i = 0; i < n; i++)
        work[i] *= root[i];
    eco_chol_solve(n, c->B, work);
    for (size_t i = 0; i < n; i++)
        c->b[i] = c->nu[i] - root[i] * work[i];
    eco_gemv(n, n, false, c->K, c->b, 0, c->g);
}

/*
 * One round of all sites at once: the cavity of every point, the moments of cavity times
 * likelihood, and the sites that would give these.  Adds up log Z on the way: the energy of the
 * sites as they were.
 * @return the largest change of a site's mean effect, in sd of its marginal
 */
static double sites_update(eco_classifier *c, double damping)
{
    size_t n = c->n;
    double most = 0;
    c->log_z = 0.5 * eco_dot(n, c->nu, c->g) - eco_chol_half_logdet(n, c->B);
    for (size_t i = 0; i < n; i++) {
        double left = c->inverse[i * n + i], v = (1 - left) / c->tau[i], cavity_v = v / left;
        double cavity_m = cavity_v * (c->g[i] / v - c->nu[i]), sd = sqrt(1 + cavity_v);
        double z = c->sign[i] * (c->mean + cavity_m) / sd, h = eco_norm_hazard(z);
        double shrink = cavity_v / (1 + cavity_v) * h * fmax(z + h, 0);
        double tau = fmax(shrink / (1 - shrink) / cavity_v, TAU_MIN);
        double new_v = cavity_v * (1 - shrink), new_m = cavity_m + c->sign[i] * cavity_v * h / sd;
        double nu = new_m / new_v - cavity_m / cavity_v;
        c->log_z += eco_log_ndtr(z) + 0.5 * (cavity_m * cavity_m / cavity_v -
                                             c->g[i] * c->g[i] / v + log(cavity_v / v));
        most = fmax(most, fmax(fabs(new_m - c->g[i]) / sqrt(v), fabs(new_v / v - 1)));
        c->tau[i] += damping * (tau - c->tau[i]);
        c->nu[i] += damping * (nu - c->nu[i]);
    }
    return most;
}

/* Expectation propagation from the sites of the last theta. */
static ecopt_status sites_find(eco_classifier *c)
{
    double change = HUGE_VAL, damping = 1;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        ECO_TRY(b_factorise(c));
        means_fill(c);
        double before = change;
        change = sites_update(c, damping);
        if (change < TOLERANCE)
            break;
        if (change > 0.9 * before)
            damping = fmax(0.6 * damping, 0.1);
    }
    ECO_TRY(b_factorise(c));
    means_fill(c);
    (void)sites_update(c, 0);
    return ECOPT_OK;
}

/* Log-density of a normal variable up to a constant, and its slope. */
static double normal(double value, double mu, double sd, double *ret_slope)
{
    double deviation = (value - mu) / sd;
    *ret_slope = -deviation / sd;
    return -0.5 * deviation * deviation;
}

/* Sum of the log priors; adds their slopes to grad unless NULL. */
static double priors_add(const eco_classifier *c, const double *theta, double *grad)
{
    size_t d = c->d;
    double sum = 0, slope, length_mu = sqrt(2) + 0.5 * log((double)d);
    for (size_t j = 0; j < d; j++) {
        /* By the length itself, not its logarithm, as for regression. */
        sum += normal(theta[j], length_mu, LENGTH_SD, &slope) - theta[j];
        if (grad)
            grad[j] += slope - 1;
    }
    sum += normal(theta[d], SIGNAL_MU, SIGNAL_SD, &slope);
    if (grad)
        grad[d] += slope;
    sum += normal(theta[d + 1], 0, MEAN_SD, &slope);
    if (grad)
        grad[d + 1] += slope;
    return sum;
}

/*
 * d log Z / d theta = tr(M dK / d theta), M = (b b' - R) / 2, R = S^1/2 B^-1 S^1/2: at the fixed
 * point the sites' own changes have no effect.
 */
static void gradient_fill(eco_classifier *c, const double *theta, double *grad)
{
    size_t n = c->n, d = c->d, n_numbers = d - c->options.n_labels;
    double *root = c->row, *weight = root + n, signal = exp(theta[d]);
    memset(grad, 0, c->n_theta * sizeof *grad);
    for (size_t k = 0; k < n; k++) {
        const double *slope = c->slopes + k * n, *covariance = c->K + k * n;
        grad[d + 1] += c->b[k];
        for (size_t i = 0; i <= k; i++)
            weight[i] = c->b[i] * c->b[k] - root[i] * root[k] * c->inverse[k * n + i];
        grad[d] += eco_dot(k, weight, covariance) + 0.5 * weight[k] * covariance[k];
        for (size_t i = 0; i < k; i++)
            weight[i] *= signal * slope[i];
        for (size_t j = 0; j < d; j++) {
            const double *x = c->columns + j * n;
            double at = x[k], sum = 0;
            for (size_t i = 0; i < k; i++)
                sum += weight[i] * (j < n_numbers ? (x[i] - at) * (x[i] - at) : x[i] != at);
            grad[j] += sum * (j < n_numbers ? 1 : c->label_weight[j - n_numbers]);
        }
    }
}

double eco_classifier_log_posterior(eco_classifier *classifier, const double *theta,
                                    double *ret_grad)
{
    eco_classifier *c = classifier;
    if (theta != c->theta)
        memcpy(c->theta, theta, c->n_theta * sizeof *theta);
    covariance_fill(c, theta);
    double width = sqrt(1 + exp(theta[c->d]));
    c->mean = theta[c->d + 1] * width;
    if (sites_find(c) != ECOPT_OK)
        return (double)NAN;
    if (ret_grad) {
        gradient_fill(c, theta, ret_grad);
        /* From c to kappa = c / width. */
        ret_grad[c->d] += ret_grad[c->d + 1] * c->mean * 0.5 * (1 - 1 / (width * width));
        ret_grad[c->d + 1] *= width;
    }
    return c->log_z + (c->options.is_plain ? 0 : priors_add(c, theta, ret_grad));
}

static double objective(size_t n_theta, const double *theta, double *grad, void *user)
{
    eco_classifier *c = user;
    double value = eco_classifier_log_posterior(c, theta, grad);
    for (size_t j = 0; grad && j < n_theta; j++)
        grad[j] = -grad[j];
    return -value;
}

/* Bounds that only keep the exponentials harmless; the priors do the shaping. */
static void bounds_fill(const eco_classifier *c, const double *kept, double *lower, double *upper)
{
    size_t d = c->d;
    for (size_t j = 0; j < d; j++) {
        lower[j] = log(0.01);
        upper[j] = log(1e3);
    }
    lower[d] = log(1e-3);
    upper[d] = log(1e4);
    lower[d + 1] = -5;
    upper[d + 1] = 5;
    for (size_t j = 0; kept && j <= d; j++)
        lower[j] = upper[j] = kept[j];
}

static ecopt_status load(eco_classifier *c, size_t n, const double *X, const double *y)
{
    if (n < 1 || n > c->max_n)
        return eco_fail(c->ctx, ECOPT_E_LIMIT, "classifier holds 1 to %zu points, not %zu",
                        c->max_n, n);
    for (size_t i = 0; i < n * c->d; i++)
        if (!isfinite(X[i]))
            return eco_fail(c->ctx, ECOPT_E_RANGE, "input %zu of point %zu is not finite", i % c->d,
                            i / c->d);
    c->n = n;
    memcpy(c->X, X, n * c->d * sizeof *X);
    for (size_t i = 0; i < n; i++) {
        c->sign[i] = y[i] > 0 ? 1 : -1;
        c->tau[i] = TAU_MIN;
        c->nu[i] = 0;
    }
    return ECOPT_OK;
}

ecopt_status eco_classifier_fit(eco_classifier *classifier, size_t n, const double *X,
                                const double *y, const double *theta)
{
    eco_classifier *c = classifier;
    ECO_TRY(load(c, n, X, y));
    size_t size = c->n_theta;
    double *lower = c->search, *upper = lower + size, *at = upper + size, value;
    bounds_fill(c, theta, lower, upper);
    for (size_t j = 0; j < c->d; j++)
        at[j] = 0.5 * log((double)c->d) - 0.5; /* a little beyond the prior's mode */
    at[c->d] = SIGNAL_MU;
    at[c->d + 1] = 0;
    if (theta)
        memcpy(at, theta, (c->d + 1) * sizeof *at);
    const eco_minimise_problem problem = {.fn = objective,
                                          .user = c,
                                          .lower = lower,
                                          .upper = upper,
                                          .max_evaluations = MAX_EVALUATIONS,
                                          .rtol_value = 1e-4,
                                          .rtol_x = 1e-3};
    ecopt_status status = eco_minimiser_run(c->minimiser, &problem, at, &value, NULL);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (isnan(eco_classifier_log_posterior(c, at, NULL)))
        return eco_fail(c->ctx, ECOPT_E_NOT_PD, "the classifier's covariance has no factor");
    return ECOPT_OK;
}

const double *eco_classifier_theta(const eco_classifier *classifier)
{
    return classifier->theta;
}

double eco_classifier_mean(const eco_classifier *classifier)
{
    return classifier->mean;
}

ecopt_status eco_classifier_freeze(eco_classifier *classifier, eco_gp *gp)
{
    eco_classifier *c = classifier;
    size_t n = c->n, d = c->d;
    double *value = c->row, *se = value + n, *theta = c->search;
    for (size_t i = 0; i < n; i++) {
        value[i] = c->nu[i] / c->tau[i];
        se[i] = 1 / sqrt(c->tau[i]);
    }
    memcpy(theta, c->theta, d * sizeof *theta);
    theta[d] = log(1e-12); /* no noise beside the sites */
    theta[d + 1] = c->theta[d];
    return eco_gp_condition(gp, n, c->X, value, se, theta);
}
