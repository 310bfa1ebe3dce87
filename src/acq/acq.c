#include "acq/acq.h"

#include "num/special.h"
#include "pareto/boxes.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

struct eco_acq_front {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    size_t n_fronts;
    size_t most;      /* boxes of the largest set */
    eco_boxes *boxes; /* owned, one set per front */
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
        status = eco_boxes_init(ctx, counts[s], m, y, ref, &front->boxes[s]);
        y += counts[s] * m;
        if (front->boxes[s].n > front->most)
            front->most = front->boxes[s].n;
    }
    if (status != ECOPT_OK) {
        eco_acq_front_free(front);
        return status;
    }
    *ret_front = front;
    return ECOPT_OK;
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

/* log EHVI of each front, then the logs of one front's box volumes. */
size_t eco_acq_work_size(const eco_acq_front *front)
{
    return front->n_fronts + front->most;
}

/* One side of one box: log of integral_lower^upper Phi((a - mean) / sd) da and its derivatives. */
typedef struct side {
    double log_length;
    double dmean, dsd;
} side;

/*
 * Sides narrow against sd: the difference of two psi would cancel, so integrate Phi by three-point
 * Gauss-Legendre in log space.  Its error is (width x slope)^6 / 2e6, below 1e-14 where used.
 */
static side side_narrow(double zl, double zu, double sd)
{
    static const double node[3] = {-0.77459666924148337704, 0, 0.77459666924148337704};
    static const double weight[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
    double z[3], log_part[3];
    for (int k = 0; k < 3; k++) {
        z[k] = 0.5 * (zl + zu) + 0.5 * (zu - zl) * node[k];
        log_part[k] = log(weight[k]) + eco_log_ndtr(z[k]);
    }
    double log_mean = eco_logsumexp(3, log_part);
    side result = {.log_length = log(zu - zl) + log(sd) + log_mean};
    for (int k = 0; k < 3; k++) {
        double slope = exp(log_part[k] - log_mean) * eco_norm_hazard(z[k]) / sd;
        result.dmean -= slope;
        result.dsd -= slope * z[k];
    }
    return result;
}

/* log h at one edge of a box. */
typedef struct edge {
    double at; /* coordinate */
    double log_h, slope;
} edge;

/*
 * d psi / d mean = -Phi, d psi / d sd = phi; phi / h = 1 - z Phi / h.  Boxes come in stacks, the
 * lower edge of one is the upper edge of the one before: `last` carries it over.
 */
static side side_measure(double lower, double upper, double mean, double sd, edge *last)
{
    double zu = (upper - mean) / sd, slope_u, log_u = eco_log_h(zu, &slope_u);
    edge below = *last;
    *last = (edge){upper, log_u, slope_u};
    side result = {.log_length = log(sd) + log_u, .dmean = -slope_u, .dsd = 1 - zu * slope_u};
    if (lower > -HUGE_VAL) {
        double zl = (lower - mean) / sd, width = (upper - lower) / sd;
        if (width * (1 + fmax(0, -zl)) < 0.05)
            return side_narrow(zl, zl + width, sd);
        double slope_l = below.slope, log_l = below.log_h;
        if (below.at != lower)
            log_l = eco_log_h(zl, &slope_l);
        double ratio = exp(log_l - log_u), rest = -expm1(log_l - log_u);
        result.log_length += eco_log1mexp(log_l - log_u);
        result.dmean = -(slope_u - ratio * slope_l) / rest;
        result.dsd = (1 - zu * slope_u - ratio * (1 - zl * slope_l)) / rest;
    }
    result.dmean /= sd;
    result.dsd /= sd;
    return result;
}

static void edges_clear(size_t m, edge *last)
{
    for (size_t i = 0; i < m; i++)
        last[i] = (edge){.at = HUGE_VAL}; /* no lower edge is there */
}

/* log EHVI of one front; leaves the boxes' shares in log_volume. */
static double front_value(const eco_boxes *boxes, const double *mean, const double *sd,
                          double *log_volume)
{
    size_t m = boxes->m;
    edge last[ECOPT_MAX_OBJECTIVES];
    edges_clear(m, last);
    for (size_t b = 0; b < boxes->n; b++) {
        log_volume[b] = 0;
        for (size_t i = 0; i < m; i++)
            log_volume[b] += side_measure(boxes->lower[b * m + i], boxes->upper[b * m + i], mean[i],
                                          sd[i], &last[i])
                                 .log_length;
    }
    return eco_logsumexp(boxes->n, log_volume);
}

/* Adds the slopes of a front's EHVI; a box's weight is exp(its log_volume + log_scale). */
static void front_slopes(const eco_boxes *boxes, const double *mean, const double *sd,
                         const double *log_volume, double log_scale, double *dmean, double *dsd)
{
    size_t m = boxes->m;
    edge last[ECOPT_MAX_OBJECTIVES];
    edges_clear(m, last);
    for (size_t b = 0; b < boxes->n; b++) {
        double share = exp(log_volume[b] + log_scale);
        /* Most boxes are far from the candidate and change no digit. */
        if (!(share > 1e-20))
            continue;
        for (size_t i = 0; i < m; i++) {
            side part = side_measure(boxes->lower[b * m + i], boxes->upper[b * m + i], mean[i],
                                     sd[i], &last[i]);
            dmean[i] += share * part.dmean;
            dsd[i] += share * part.dsd;
        }
    }
}

double eco_acq_log_ehvi(const eco_acq_front *front, const double *mean, const double *sd,
                        double *work, double *ret_dmean, double *ret_dsd)
{
    size_t m = front->m, n = front->n_fronts;
    double *log_front = work, *log_volume = work + n;
    for (size_t s = 0; s < n; s++)
        log_front[s] = front_value(&front->boxes[s], mean + s * m, sd, log_volume);
    double log_sum = eco_logsumexp(n, log_front);
    if (ret_dmean) {
        memset(ret_dmean, 0, n * m * sizeof *ret_dmean);
        memset(ret_dsd, 0, m * sizeof *ret_dsd);
    }
    for (size_t s = 0; ret_dmean && s < n; s++) {
        /* The shares of a single front are still in place. */
        if (n > 1)
            (void)front_value(&front->boxes[s], mean + s * m, sd, log_volume);
        front_slopes(&front->boxes[s], mean + s * m, sd, log_volume, -log_sum, ret_dmean + s * m,
                     ret_dsd);
    }
    return log_sum - log((double)n);
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

void eco_acq_chain(size_t m, size_t d, const double *dmean, const double *dsd, const double *slopes,
                   double *grad)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < d; j++)
            grad[j] += dmean[i] * slopes[2 * i * d + j] + dsd[i] * slopes[(2 * i + 1) * d + j];
}
