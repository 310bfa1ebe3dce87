/*
 * What finishing a trial is expected to add to the hypervolume.
 *
 * Beside the chance of being of use, since near the end of a search that is even for a trial which
 * could only beat its neighbours by a hair: among curves that scatter by more than the front can
 * still gain, every one may come out on top, and what it adds is luck.
 *
 * For independent ends Y_k the expected volume is a sum over the boxes (pareto/boxes.h) of
 * prod_k [ H_k(u_k) - H_k(l_k) ],  H_k(c) = E max(c - Y_k, 0), as the length that a box has in
 * common with [Y_k, inf) is max(u - Y, 0) - max(l - Y, 0).
 */
#include "num/special.h"
#include "num/student.h"
#include "pareto/boxes.h"
#include "pareto/cost.h"
#include "study/prune.h"

#include <math.h>

/* Degrees of freedom below which an end has no mean; so near to it the mean says nothing. */
static const double FREEDOM_LEAST = 2;

/* E max(z - T, 0) for Student's t with f > 1 degrees of freedom, normal for infinitely many:
 * z F(z) + (f + z^2) / (f - 1) p(z). */
static double standard_shortfall(double z, double freedom)
{
    if (isinf(freedom))
        return z * eco_norm_cdf(z) + exp(-0.5 * z * z) / sqrt(2 * 3.14159265358979323846);
    double f = fmax(freedom, FREEDOM_LEAST);
    double below = z < 0 ? eco_student_tail(-z, f) : 1 - eco_student_tail(z, f);
    double log_density = lgamma(0.5 * (f + 1)) - lgamma(0.5 * f) -
                         0.5 * log(f * 3.14159265358979323846) - 0.5 * (f + 1) * log1p(z * z / f);
    return fmax(z * below + (f + z * z) / (f - 1) * exp(log_density), 0);
}

double eco_prune_end_shortfall(const eco_prune_end *end, double cost)
{
    const eco_curve_end *at = &end->at;
    if (cost <= end->least || isinf(cost))
        return 0;
    /* Beyond the bound the end is the bound itself. */
    double inside = fmin(cost, at->bound), beyond = cost - inside;
    if (!(at->sd > 0))
        return fmax(inside - at->mean, 0) + beyond;
    return beyond + at->sd * standard_shortfall((inside - at->mean) / at->sd, at->freedom);
}

/* Corner of the volume: thresholds where there are some, else what the study keeps. */
static bool fill_reference(const eco_prune_case *prune, double *reference)
{
    const eco_problem *problem = &prune->study->problem;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        reference[k] =
            eco_cost(objective, objective->has_threshold ? objective->threshold
                                                         : prune->view->history.reference[k]);
        if (!isfinite(reference[k]))
            return false;
    }
    return true;
}

/* An end that may be anything gains anything. */
static bool are_known(const eco_prune_case *prune, const eco_prune_end *ends)
{
    for (size_t k = 0; k < prune->study->problem.n_objectives; k++)
        if (ends[k].source == ECO_END_UNKNOWN)
            return false;
    return true;
}

static ecopt_status sum_boxes(ecopt_ctx *ctx, const eco_boxes *boxes, const eco_prune_end *ends,
                              double *ret_sum)
{
    double sum = 0, *shortfall = eco_alloc(ctx, boxes->start[boxes->m], sizeof *shortfall);
    if (!shortfall)
        return ECOPT_E_NOMEM;
    for (size_t k = 0; k < boxes->m; k++)
        for (size_t e = boxes->start[k]; e < boxes->start[k + 1]; e++)
            shortfall[e] = eco_prune_end_shortfall(&ends[k], boxes->edge[e]);
    for (size_t b = 0; b < boxes->n; b++) {
        double product = 1;
        for (size_t k = 0; k < boxes->m; k++)
            product *= shortfall[boxes->upper[k * boxes->n + b]] -
                       shortfall[boxes->lower[k * boxes->n + b]];
        sum += product;
    }
    eco_free(ctx, shortfall);
    *ret_sum = sum;
    return ECOPT_OK;
}

ecopt_status eco_prune_gain(const eco_prune_case *prune, const eco_prune_end *ends,
                            double *ret_gain_ratio)
{
    ecopt_ctx *ctx = prune->study->ctx;
    size_t m = prune->study->problem.n_objectives;
    double reference[ECOPT_MAX_OBJECTIVES], volume = 0, gain = 0;
    eco_boxes boxes = {.n = 0};
    *ret_gain_ratio = (double)NAN;
    if (!are_known(prune, ends) || !fill_reference(prune, reference))
        return ECOPT_OK;
    ECO_TRY(ecopt_hypervolume(ctx, prune->n_front, m, prune->front, reference, &volume));
    if (!(volume > 0))
        return ECOPT_OK;
    ECO_TRY(eco_boxes_init(ctx, prune->n_front, m, prune->front, reference, &boxes));
    ecopt_status status = sum_boxes(ctx, &boxes, ends, &gain);
    if (status == ECOPT_OK)
        *ret_gain_ratio = gain / volume;
    eco_boxes_release(&boxes);
    return status;
}
