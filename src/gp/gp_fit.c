/*
 * Likelihood, priors and the search for the hyperparameters.
 */
#include "gp/gp_model.h"
#include "num/linalg.h"

#include <math.h>
#include <string.h>

enum {
    MAX_EVALUATIONS = 60, /* per start; 20 to 40 are usual */
    N_FIXED = 3,          /* starting points of our own */
    STARTS = N_FIXED + 1, /* and one of the caller's */
    CLIMBED = 2           /* so many of them are followed */
};

static const double NOISE_MU = -4, NOISE_SD = 1, SIGNAL_SD = 1, WARP_SD = 0.75;

/* Log-density of LogNormal(mu, sd) at exp(log_value), up to a constant, and its slope in the log.
 */
static double lognormal(double log_value, double mu, double sd, double *ret_slope)
{
    double deviation = (log_value - mu) / sd;
    *ret_slope = -deviation / sd - 1;
    return -0.5 * deviation * deviation - log_value;
}

static double length_mu(size_t d)
{
    return sqrt(2) + 0.5 * log((double)d);
}

/* Sum of the log priors; adds their slopes to grad unless NULL. */
static double priors_add(const eco_gp *gp, const double *theta, double *grad)
{
    size_t d = gp->d;
    double sum = 0, slope;
    for (size_t j = 0; j < d; j++) {
        sum += lognormal(theta[j], length_mu(d), sqrt(3), &slope);
        if (grad)
            grad[j] += slope;
    }
    sum += lognormal(theta[d], NOISE_MU, NOISE_SD, &slope);
    for (size_t j = d + 2; j < gp->n_theta; j++) {
        sum -= 0.5 * theta[j] * theta[j] / (WARP_SD * WARP_SD);
        if (grad)
            grad[j] -= theta[j] / (WARP_SD * WARP_SD);
    }
    double deviation = theta[d + 1] / SIGNAL_SD;
    if (grad) {
        grad[d] += slope;
        grad[d + 1] -= deviation / SIGNAL_SD;
    }
    return sum - 0.5 * deviation * deviation;
}

/* sum_i w_i (x_i - at)^2; four sums, for one would wait for its own additions. */
static double spread_sum(size_t n, const double *w, const double *x, double at)
{
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t l = 0; l < 4; l++)
            sum[l] += w[i + l] * ((x[i + l] - at) * (x[i + l] - at));
    for (; i < n; i++)
        sum[0] += w[i] * ((x[i] - at) * (x[i] - at));
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* sum_i w_i (x_i - x_at) (s_i - s_at) for the point at: half the change of r2 as x changes by s. */
static double warp_sum(size_t at, const double *w, const double *x, const double *s)
{
    double sum = 0;
    for (size_t i = 0; i < at; i++)
        sum += w[i] * ((x[i] - x[at]) * (s[i] - s[at]));
    return sum;
}

static double difference_sum(size_t n, const double *w, const double *x, double at)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] != at ? w[i] : 0;
    return sum;
}

/*
 * d log likelihood / d theta = 1/2 tr(M dK / d theta) with M = alpha alpha' - K^-1.  The signal's
 * part needs no pass over the matrix: s2 k = K - noise, and tr(M K) = alpha'(z - c) - n.
 */
static void gradient_fill(eco_gp *gp, const double *theta, double *grad)
{
    size_t n = gp->n, d = gp->d, n_numbers = d - gp->options.n_labels;
    double noise = exp(theta[d]), signal = exp(theta[d + 1]), trace = 0, off_signal = 0, fit = 0;
    eco_chol_inverse(n, gp->L, gp->inverse);
    memset(grad, 0, gp->n_theta * sizeof *grad);
    for (size_t k = 0; k < n; k++) {
        double own = gp->alpha[k], m = own * own - gp->inverse[k * n + k];
        trace += m;
        off_signal += m * (noise + gp->extra[k]);
        fit += own * (gp->z[k] - gp->mean);
        /* The inverse is not needed again: its columns become the weights. */
        double *w = gp->inverse + k * n;
        const double *slopes = gp->slopes + k * n;
        for (size_t i = 0; i < k; i++)
            w[i] = (gp->alpha[i] * own - w[i]) * slopes[i];
        for (size_t j = 0; j < n_numbers; j++)
            grad[j] += spread_sum(k, w, gp->columns + j * n, gp->scaled[k * d + j]);
        for (size_t j = n_numbers; j < d; j++)
            grad[j] += difference_sum(k, w, gp->columns + j * n, gp->scaled[k * d + j]);
        for (size_t j = 0; gp->options.is_warped && j < n_numbers; j++) {
            const double *x = gp->columns + j * n;
            grad[d + 2 + 2 * j] -= signal * warp_sum(k, w, x, gp->warp_a + j * n);
            grad[d + 3 + 2 * j] -= signal * warp_sum(k, w, x, gp->warp_b + j * n);
        }
    }
    for (size_t j = 0; j < d; j++)
        grad[j] *= signal * (j < n_numbers ? 1 : gp->label_weight[j - n_numbers]);
    grad[d] = 0.5 * noise * trace;
    grad[d + 1] = 0.5 * (fit - (double)n - off_signal);
}

double eco_gp_log_posterior(eco_gp *gp, const double *theta, double *ret_grad)
{
    if (eco_gp_factorise(gp, theta) != ECOPT_OK)
        return (double)NAN;
    if (ret_grad)
        gradient_fill(gp, theta, ret_grad);
    return gp->log_likelihood + (gp->options.is_plain ? 0 : priors_add(gp, theta, ret_grad));
}

/* Sign turned and divided by n, so that one tolerance fits all sizes. */
static double objective(size_t d, const double *theta, double *grad, void *user)
{
    eco_gp *gp = user;
    double scale = -1 / (double)gp->n;
    double value = eco_gp_log_posterior(gp, theta, grad);
    for (size_t j = 0; grad && j < d; j++)
        grad[j] *= scale;
    return value * scale;
}

/* Bounds that only keep the exponentials harmless; the priors do the shaping. */
static void bounds_fill(const eco_gp *gp, double *lower, double *upper)
{
    size_t d = gp->d;
    for (size_t j = 0; j < d; j++) {
        lower[j] = log(0.01);
        upper[j] = log(1e3);
    }
    lower[d] = log(gp->options.noise_floor);
    upper[d] = fmax(lower[d], log(2.0));
    lower[d + 1] = log(1e-3);
    upper[d + 1] = log(1e3);
    for (size_t j = d + 2; j < gp->n_theta; j++) {
        lower[j] = -log(10);
        upper[j] = log(10);
    }
}

/* Start 0: the prior's mode; 1: smooth and nearly noise-free; 2: rough and noisy. */
static void start_fill(const eco_gp *gp, int start, double *theta)
{
    static const double length_shift[] = {0, 1.5, -1};
    static const double log_noise[] = {-5, -7, -3};
    for (size_t j = 0; j < gp->d; j++)
        theta[j] = length_mu(gp->d) - 3 + length_shift[start];
    theta[gp->d] = log_noise[start];
    theta[gp->d + 1] = 0;
    for (size_t j = gp->d + 2; j < gp->n_theta; j++)
        theta[j] = 0; /* no warp */
}

/*
 * Puts the best of the starting points first, by one evaluation each: theta of `start`, if given,
 * and the fixed ones.  @return how many have a finite value
 */
static size_t starts_rank(eco_gp *gp, const double *start, double *starts)
{
    size_t size = gp->n_theta, n = 0;
    double values[STARTS];
    for (int i = start ? -1 : 0; i < N_FIXED; i++) {
        double *theta = gp->search + 3 * size; /* where the best theta will be */
        if (i < 0)
            memcpy(theta, start, size * sizeof *theta);
        else
            start_fill(gp, i, theta);
        double value = objective(size, theta, NULL, gp);
        if (!isfinite(value))
            continue;
        size_t at = n++;
        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
            memcpy(starts + at * size, starts + (at - 1) * size, size * sizeof *starts);
        }
        values[at] = value;
        memcpy(starts + at * size, theta, size * sizeof *starts);
    }
    return n;
}

/* The search for theta; its bounds are the first of gp->search. */
static eco_minimise_problem problem_of(eco_gp *gp, int max_evaluations)
{
    double *lower = gp->search, *upper = lower + gp->n_theta;
    bounds_fill(gp, lower, upper);
    return (eco_minimise_problem){.fn = objective,
                                  .user = gp,
                                  .lower = lower,
                                  .upper = upper,
                                  .max_evaluations = max_evaluations,
                                  .rtol_value = 1e-5,
                                  .rtol_x = 1e-4};
}

/* Learns theta from the data now held; start may be NULL. */
static ecopt_status learn(eco_gp *gp, const double *start)
{
    size_t size = gp->n_theta;
    double *theta = gp->search + 2 * size;
    double *best = theta + size, *starts = best + size, best_value = HUGE_VAL;
    eco_minimise_problem problem = problem_of(gp, MAX_EVALUATIONS);
    size_t n_starts = starts_rank(gp, start, starts);
    for (size_t i = 0; i < n_starts && i < CLIMBED; i++) {
        double value;
        memcpy(theta, starts + i * size, size * sizeof *theta);
        ecopt_status status = eco_minimiser_run(gp->minimiser, &problem, theta, &value, NULL);
        if (status == ECOPT_E_NOMEM)
            return status;
        if (status == ECOPT_OK && value < best_value - 1e-9) {
            best_value = value;
            memcpy(best, theta, size * sizeof *theta);
        }
    }
    /* No start worked: the prior's mode is still a model, if it can be factorised. */
    if (!isfinite(best_value))
        start_fill(gp, 0, best);
    return eco_gp_factorise(gp, best);
}

ecopt_status eco_gp_fit(eco_gp *gp, size_t n, const double *X, const double *y, const double *y_se,
                        const double *start)
{
    ECO_TRY(eco_gp_load(gp, n, X, y, y_se));
    return learn(gp, start);
}

ecopt_status eco_gp_refine(eco_gp *gp, size_t n, const double *X, const double *y,
                           const double *y_se, const double *start, int max_evaluations)
{
    double *theta = gp->search + 2 * gp->n_theta, value;
    ECO_TRY(eco_gp_load(gp, n, X, y, y_se));
    eco_minimise_problem problem = problem_of(gp, max_evaluations);
    memcpy(theta, start, gp->n_theta * sizeof *theta);
    ecopt_status status = eco_minimiser_run(gp->minimiser, &problem, theta, &value, NULL);
    if (status == ECOPT_E_NOMEM)
        return status;
    return eco_gp_factorise(gp, status == ECOPT_OK ? theta : start);
}
