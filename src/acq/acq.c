#include "acq/acq.h"

#include "num/normal_array.h"
#include "num/special.h"
#include "pareto/boxes.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

/* Reference so many sd below a log-normal median: logarithms keep more digits there. */
static const double FAR = 50;

struct eco_acq_front {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    size_t n_fronts;
    size_t most_boxes, most_edges;     /* of the largest sets */
    eco_boxes *boxes;                  /* owned, one set per front */
    bool is_log[ECOPT_MAX_OBJECTIVES]; /* coordinates are logarithms */
};

ecopt_status eco_acq_front_new(ecopt_ctx *ctx, size_t m, size_t n_fronts, const size_t *counts,
                               const double *y, const double *ref, eco_acq_front **ret_front)
{
    if (n_fronts == 0)
        return eco_fail(ctx, ECOPT_E_ARG, "no front given");
    eco_acq_front *front = eco_alloc(ctx, 1, sizeof *front);
    if (!front)
        return ECOPT_E_NOMEM;
    front->ctx = ctx;
    front->m = m;
    front->n_fronts = n_fronts;
    front->boxes = eco_alloc(ctx, n_fronts, sizeof *front->boxes);
    ecopt_status status = front->boxes ? ECOPT_OK : ECOPT_E_NOMEM;
    for (size_t s = 0; s < n_fronts && status == ECOPT_OK; s++) {
        eco_boxes *boxes = &front->boxes[s];
        status = eco_boxes_init(ctx, counts[s], m, y, ref, boxes);
        if (status != ECOPT_OK)
            break;
        y += counts[s] * m;
        front->most_boxes = boxes->n > front->most_boxes ? boxes->n : front->most_boxes;
        if (boxes->start[m] > front->most_edges)
            front->most_edges = boxes->start[m];
    }
    if (status != ECOPT_OK) {
        eco_acq_front_free(front);
        return status;
    }
    *ret_front = front;
    return ECOPT_OK;
}

void eco_acq_front_set_log(eco_acq_front *front, const bool *is_log)
{
    memcpy(front->is_log, is_log, front->m * sizeof *is_log);
}

void eco_acq_front_free(eco_acq_front *front)
{
    if (!front)
        return;
    for (size_t s = 0; front->boxes && s < front->n_fronts; s++)
        eco_boxes_release(&front->boxes[s]);
    eco_free(front->ctx, front->boxes);
    eco_free(front->ctx, front);
}

size_t eco_acq_front_boxes(const eco_acq_front *front)
{
    size_t sum = 0;
    for (size_t s = 0; s < front->n_fronts; s++)
        sum += front->boxes[s].n;
    return sum;
}

/* What one thread computes with; all arrays lie in the caller's workspace. */
typedef struct scratch {
    double *log_front;         /* log EHVI of each front */
    double *dsd;               /* n_fronts x m */
    double *z, *h, *cdf, *pdf; /* one front's edges */
    double *length, *others;   /* m x boxes: sides, products of the sides that follow */
} scratch;

static double *piece_take(double **rest, size_t n)
{
    double *piece = *rest;
    *rest += n;
    return piece;
}

static scratch scratch_lay(const eco_acq_front *front, double *work)
{
    size_t m = front->m, edges = front->most_edges, sides = m * front->most_boxes;
    scratch w;
    w.log_front = piece_take(&work, front->n_fronts);
    w.dsd = piece_take(&work, front->n_fronts * m);
    w.z = piece_take(&work, edges);
    w.h = piece_take(&work, edges);
    w.cdf = piece_take(&work, edges);
    w.pdf = piece_take(&work, edges);
    w.length = piece_take(&work, sides);
    w.others = piece_take(&work, sides);
    return w;
}

size_t eco_acq_work_size(const eco_acq_front *front)
{
    size_t m = front->m;
    return front->n_fronts * (1 + m) + 4 * front->most_edges + 2 * m * front->most_boxes;
}

/* A candidate as one front sees it, and what is wanted of it. */
typedef struct candidate {
    const double *mean, *sd; /* m each */
    const bool *is_log;      /* m */
    double *dmean, *dsd;     /* m each, slopes of log EHVI; NULL: not wanted */
} candidate;

/* Sum with four accumulators: one would wait for itself. */
static double sum_of(size_t n, const double *x)
{
    double part[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            part[k] += x[i + k];
    for (; i < n; i++)
        part[0] += x[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

/* Slopes of a side by mean and sd come in these units. */
static double slope_unit(const candidate *at, size_t k)
{
    return at->is_log[k] ? 1 : at->sd[k];
}

/*
 * Expected improvement below every edge of objective k and its slopes: h, Phi and phi of a normal
 * outcome in units of sd, or those of a log-normal one in units of the reference.  All are scaled
 * by exp(shift^2 / 2) so that the largest does not underflow.  Returns the log of what they are to
 * be multiplied by; NaN where logarithms do better.
 */
static double edges_measure(const eco_boxes *boxes, size_t k, const candidate *at, const scratch *w)
{
    size_t first = boxes->start[k], n = boxes->start[k + 1] - first;
    const double *edge = boxes->edge + first;
    double *z = w->z + first, *h = w->h + first, *cdf = w->cdf + first, *pdf = w->pdf + first;
    double mean = at->mean[k], per_sd = 1 / at->sd[k];
    double shift = fmax(0, (mean - edge[n - 1]) * per_sd);
    if (at->is_log[k]) {
        const eco_lognorm law = {mean, at->sd[k], edge[n - 1], shift};
        if (at->dmean)
            eco_lognorm_array_all(&law, n, edge, h, cdf, pdf);
        else
            eco_lognorm_array_gain(&law, n, edge, h);
        return shift > FAR ? (double)NAN : edge[n - 1] - 0.5 * shift * shift;
    }
    for (size_t e = 0; e < n; e++)
        z[e] = (edge[e] - mean) * per_sd;
    if (at->dmean)
        eco_norm_array_all(n, z, shift, h, cdf, pdf);
    else
        eco_norm_array_h(n, z, shift, h);
    return log(at->sd[k]) - 0.5 * shift * shift;
}

/* Logarithms of the same: h holds log psi, cdf and pdf its slopes by mean (minus) and sd. */
static double edges_measure_log(const eco_boxes *boxes, size_t k, const candidate *at,
                                const scratch *w)
{
    size_t first = boxes->start[k], end = boxes->start[k + 1];
    w->cdf[first] = w->pdf[first] = 0;
    for (size_t e = first + 1; e < end; e++) {
        if (at->is_log[k]) {
            w->h[e] = eco_log_lognorm_gain(boxes->edge[e], at->mean[k], at->sd[k], &w->cdf[e],
                                           &w->pdf[e]);
            w->cdf[e] = -w->cdf[e];
            continue;
        }
        double z = (boxes->edge[e] - at->mean[k]) / at->sd[k];
        /* Beyond, squares overflow; NaN stays NaN. */
        z = z < -1e150 ? -1e150 : z > 1e300 ? 1e300 : z;
        w->h[e] = eco_log_h(z, &w->cdf[e]);
        w->pdf[e] = 1 - z * w->cdf[e]; /* phi / h */
    }
    return at->is_log[k] ? 0 : log(at->sd[k]);
}

/* Sides.  Objective 0 of every box begins at -inf. */
static void sides_measure(const eco_boxes *boxes, const scratch *w)
{
    size_t n = boxes->n;
    for (size_t b = 0; b < n; b++)
        w->length[b] = w->h[boxes->upper[b]];
    for (size_t k = 1; k < boxes->m; k++) {
        const uint32_t *upper = boxes->upper + k * n, *lower = boxes->lower + k * n;
        for (size_t b = 0; b < n; b++)
            w->length[k * n + b] = w->h[upper[b]] - w->h[lower[b]];
    }
}

/* Sum of the volumes; leaves in others[k] the products of the sides k .. m - 1. */
static double volumes_sum(const eco_boxes *boxes, const scratch *w)
{
    size_t n = boxes->n, m = boxes->m;
    memcpy(w->others + (m - 1) * n, w->length + (m - 1) * n, n * sizeof *w->others);
    for (size_t k = m - 1; k-- > 0;)
        for (size_t b = 0; b < n; b++)
            w->others[k * n + b] = w->length[k * n + b] * w->others[(k + 1) * n + b];
    return sum_of(n, w->others);
}

/*
 * Slopes: d side_k / d mean = -(Phi(upper) - Phi(lower)), d side_k / d sd = phi(upper) -
 * phi(lower), times the other sides: those after k stand in others[k + 1], those before are
 * gathered in length[0] on the way.
 */
static void slopes_sum(const eco_boxes *boxes, const candidate *at, const scratch *w, double volume)
{
    size_t n = boxes->n, m = boxes->m;
    for (size_t k = 0; k < m; k++) {
        const uint32_t *upper = boxes->upper + k * n, *lower = boxes->lower + k * n;
        double by_cdf = 0, by_pdf = 0;
        for (size_t b = 0; b < n; b++) {
            double rest = (k > 0 ? w->length[b] : 1) * (k + 1 < m ? w->others[(k + 1) * n + b] : 1);
            by_cdf += rest * (w->cdf[upper[b]] - w->cdf[lower[b]]);
            by_pdf += rest * (w->pdf[upper[b]] - w->pdf[lower[b]]);
        }
        at->dmean[k] = -by_cdf / volume / slope_unit(at, k);
        at->dsd[k] = by_pdf / volume / slope_unit(at, k);
        for (size_t b = 0; k > 0 && b < n; b++)
            w->length[b] *= w->length[k * n + b];
    }
}

/*
 * log EHVI of one front in plain numbers.  The relative error is that of h, times the number of
 * boxes at worst: everything below a box's upper corner belongs to the region, so no product of h
 * at upper edges exceeds the sum, however the sides cancel (docs/numerics.md).  Only underflow
 * spoils it, or overflow of the whole: false then.
 */
static bool front_measure_plain(const eco_boxes *boxes, const candidate *at, const scratch *w,
                                double *ret_log)
{
    double log_unit = 0;
    for (size_t k = 0; k < boxes->m; k++)
        log_unit += edges_measure(boxes, k, at, w);
    sides_measure(boxes, w);
    double volume = volumes_sum(boxes, w), whole = 1, least = HUGE_VAL;
    for (size_t k = 0; k < boxes->m; k++) {
        double h = w->h[boxes->start[k + 1] - 1];
        whole *= h;
        least = fmin(least, h);
    }
    /* What was lost is at most 1e-307 in one factor, the others being at most those of `whole`. */
    if (!(volume > 1e-250 && volume > 1e-250 * (whole / least) && isfinite(log_unit)))
        return false;
    if (at->dmean)
        slopes_sum(boxes, at, w, volume);
    *ret_log = log(volume) + log_unit;
    return true;
}

/* Adds one box's volume and slopes, all divided by exp(log_scale). */
static double box_measure_log(const eco_boxes *boxes, size_t b, const candidate *at,
                              const scratch *w, double log_scale)
{
    size_t n = boxes->n, m = boxes->m;
    double log_corner = 0, weight, product = 1;
    double gap[ECOPT_MAX_OBJECTIVES], before[ECOPT_MAX_OBJECTIVES];
    for (size_t k = 0; k < m; k++)
        log_corner += w->h[boxes->upper[k * n + b]];
    /* The box is smaller than all that lies below its corner: it changes no digit. */
    if (log_corner < log_scale - 60)
        return 0;
    weight = exp(log_corner - log_scale);
    for (size_t k = 0; k < m; k++) {
        size_t upper = boxes->upper[k * n + b], lower = boxes->lower[k * n + b];
        gap[k] = k > 0 && lower > boxes->start[k] ? w->h[lower] - w->h[upper] : -HUGE_VAL;
        before[k] = product;
        product *= -expm1(gap[k]);
    }
    double after = weight;
    for (size_t k = m; at->dmean && k-- > 0;) {
        size_t upper = boxes->upper[k * n + b], lower = boxes->lower[k * n + b];
        double others = before[k] * after, ratio = exp(gap[k]);
        at->dmean[k] -= others * (w->cdf[upper] - ratio * w->cdf[lower]);
        at->dsd[k] += others * (w->pdf[upper] - ratio * w->pdf[lower]);
        after *= -expm1(gap[k]);
    }
    return weight * product;
}

/*
 * The same with logarithms, for candidates that are unlikely in every box.  Volumes are taken
 * relative to the largest corner.
 */
static double front_measure_log(const eco_boxes *boxes, const candidate *at, const scratch *w)
{
    size_t m = boxes->m, n = boxes->n;
    double log_unit = 0, log_scale = -HUGE_VAL, sum = 0;
    for (size_t k = 0; k < m; k++)
        log_unit += edges_measure_log(boxes, k, at, w);
    for (size_t b = 0; b < n; b++) {
        double log_corner = 0;
        for (size_t k = 0; k < m; k++)
            log_corner += w->h[boxes->upper[k * n + b]];
        log_scale = fmax(log_scale, log_corner);
    }
    for (size_t k = 0; at->dmean && k < m; k++)
        at->dmean[k] = at->dsd[k] = 0;
    for (size_t b = 0; b < n; b++)
        sum += box_measure_log(boxes, b, at, w, log_scale);
    for (size_t k = 0; at->dmean && k < m; k++) {
        at->dmean[k] /= sum * slope_unit(at, k);
        at->dsd[k] /= sum * slope_unit(at, k);
    }
    return log_scale + log(sum) + log_unit;
}

static double front_measure(const eco_boxes *boxes, const candidate *at, const scratch *w)
{
    double result;
    if (!front_measure_plain(boxes, at, w, &result))
        result = front_measure_log(boxes, at, w);
    return result;
}

double eco_acq_log_ehvi(const eco_acq_front *front, const double *mean, const double *sd,
                        double *work, double *ret_dmean, double *ret_dsd)
{
    size_t m = front->m, n = front->n_fronts;
    scratch w = scratch_lay(front, work);
    for (size_t s = 0; s < n; s++) {
        candidate at = {.mean = mean + s * m, .sd = sd, .is_log = front->is_log};
        if (ret_dmean) {
            at.dmean = ret_dmean + s * m;
            at.dsd = w.dsd + s * m;
        }
        w.log_front[s] = front_measure(&front->boxes[s], &at, &w);
    }
    double log_sum = eco_logsumexp(n, w.log_front);
    if (ret_dmean)
        memset(ret_dsd, 0, m * sizeof *ret_dsd);
    for (size_t s = 0; ret_dmean && s < n; s++) {
        double share = exp(w.log_front[s] - log_sum);
        for (size_t k = 0; k < m; k++) {
            ret_dmean[s * m + k] *= share;
            ret_dsd[k] += share * w.dsd[s * m + k];
        }
    }
    return log_sum - log((double)n);
}

double eco_acq_log_ehvi_screen(const eco_acq_front *front, size_t n_use, const double *mean,
                               const double *sd, double *work)
{
    scratch w = scratch_lay(front, work);
    for (size_t s = 0; s < n_use; s++) {
        candidate at = {.mean = mean + s * front->m, .sd = sd, .is_log = front->is_log};
        w.log_front[s] = front_measure(&front->boxes[s], &at, &w);
    }
    return eco_logsumexp(n_use, w.log_front) - log((double)n_use);
}

double eco_acq_log_feasible(size_t n, const double *mean, const double *sd, const double *bound,
                            double *ret_dmean, double *ret_dsd)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double z = (bound[i] - mean[i]) / sd[i];
        sum += eco_log_ndtr(z);
        if (ret_dmean) {
            double hazard = eco_norm_hazard(z);
            ret_dmean[i] = -hazard / sd[i];
            ret_dsd[i] = -hazard * z / sd[i];
        }
    }
    return sum;
}
