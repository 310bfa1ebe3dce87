/*
 * Rule `curve`: the probability that a trial ends where it is of use, and whether what it would add
 * is worth its joules (prune_gain.c).
 *
 * Of use is a feasible point within the thresholds that no point of the front dominates.  That
 * region is a union of boxes (pareto/boxes.h), and the ends of the metrics are taken to be
 * independent; so the probability is P(feasible) times the sum over the boxes of the product of
 * P(lower < end <= upper): exact, with no sampling, and a step costs a few hundred distribution
 * functions.
 */
#include "core/str.h"
#include "num/special.h"
#include "num/student.h"
#include "pareto/boxes.h"
#include "pareto/cost.h"
#include "study/prune.h"

#include <math.h>

/* Beyond every cost: boxes need a finite end. */
static const double FAR = 1e300;
/* Ends of the interval that is noted. */
static const double LOW = 0.05, HIGH = 0.95;

/* P(T <= z) of Student's t. */
static double student_cdf(double z, double freedom)
{
    if (isinf(freedom))
        return eco_norm_cdf(z);
    return z < 0 ? eco_student_tail(-z, freedom) : 1 - eco_student_tail(z, freedom);
}

/* An end that nothing is known of may be as good as can be: it lies below everything. */
double eco_prune_end_below(const eco_prune_end *end, double cost)
{
    if (cost >= FAR)
        return 1;
    if (cost < end->least || isinf(cost))
        return 0;
    if (end->source == ECO_END_UNKNOWN || cost >= end->at.bound)
        return 1;
    if (!(end->at.sd > 0))
        return end->at.mean <= cost ? 1 : 0;
    return student_cdf((cost - end->at.mean) / end->at.sd, end->at.freedom);
}

/* The threshold of every objective, in costs. */
static void fill_reference(const eco_problem *problem, double *reference)
{
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        double cost = objective->has_threshold ? eco_cost(objective, objective->threshold) : FAR;
        reference[k] = isfinite(cost) ? cost : FAR;
    }
}

/* Sum over the boxes; P at each edge is computed once. */
static ecopt_status sum_boxes(const eco_prune_case *prune, const eco_boxes *boxes,
                              const eco_prune_end *ends, double *ret_sum)
{
    size_t n_edges = boxes->start[boxes->m];
    double sum = 0, *below = eco_alloc(prune->study->ctx, n_edges, sizeof *below);
    if (!below)
        return ECOPT_E_NOMEM;
    for (size_t k = 0; k < boxes->m; k++)
        for (size_t e = boxes->start[k]; e < boxes->start[k + 1]; e++)
            below[e] = eco_prune_end_below(&ends[k], boxes->edge[e]);
    for (size_t b = 0; b < boxes->n; b++) {
        double product = 1;
        for (size_t k = 0; k < boxes->m; k++)
            product *=
                below[boxes->upper[k * boxes->n + b]] - below[boxes->lower[k * boxes->n + b]];
        sum += product;
    }
    eco_free(prune->study->ctx, below);
    *ret_sum = sum;
    return ECOPT_OK;
}

/* P(all bounds on metrics hold); a bound whose metric has no curve is taken to hold. */
static double feasible(const eco_prune_case *prune, const eco_prune_end *ends)
{
    double product = 1;
    for (size_t k = prune->study->problem.n_objectives; k < prune->study->n_judged; k++) {
        const eco_prune_series *series = &prune->series[k];
        if (ends[k].source == ECO_END_CURVE)
            product *=
                eco_prune_end_below(&ends[k], eco_prune_cost(series, series->constraint->bound));
    }
    return product;
}

/* A cost in the metric's own unit. */
static double value_of(const eco_prune_series *series, double cost)
{
    if (series->objective)
        return eco_cost_value(series->objective, cost);
    return series->constraint->relation == ECOPT_AT_LEAST ? -cost : cost;
}

static void add_number(eco_str *out, const char *key, double value)
{
    if (isfinite(value))
        eco_str_addf(out, "\"%s\": %.6g", key, value);
    else
        eco_str_addf(out, "\"%s\": null", key);
}

/* What each metric would have come to; names of metrics need no escapes. */
static void add_ends(const eco_prune_case *prune, const eco_prune_end *ends, eco_str *out)
{
    static const char *const sources[] = {"unknown", "curve", "model", "measured"};
    eco_str_add(out, ", \"ends\": {");
    for (size_t k = 0; k < prune->study->n_judged; k++) {
        const eco_prune_series *series = &prune->series[k];
        const eco_curve_end *at = &ends[k].at;
        bool is_known = ends[k].source != ECO_END_UNKNOWN;
        eco_str_addf(out, "%s\"%s\": {\"from\": \"%s\", ", k > 0 ? ", " : "", series->metric,
                     sources[ends[k].source]);
        add_number(out, "value",
                   is_known ? value_of(series, fmin(at->mean, at->bound)) : (double)NAN);
        eco_str_add(out, ", ");
        add_number(out, "best",
                   is_known ? value_of(series, eco_curve_end_quantile(at, LOW)) : (double)NAN);
        eco_str_add(out, ", ");
        add_number(out, "worst",
                   is_known ? value_of(series, eco_curve_end_quantile(at, HIGH)) : (double)NAN);
        eco_str_add_char(out, '}');
    }
    eco_str_add_char(out, '}');
}

/* What the rule weighs. */
typedef struct weighed {
    double useless;    /* probability of being of no use */
    double gain_ratio; /* hypervolume to be expected, as a share of the front's; NaN not known */
    double least_gain_ratio;
} weighed;

static void write_verdict(const eco_prune_case *prune, const eco_prune_end *ends, const weighed *w,
                          eco_prune_verdict *verdict)
{
    const ecopt_pruning *pruning = &prune->study->definition->pruning;
    eco_str_addf(verdict->numbers,
                 "{\"useless\": %.6g, \"confidence\": %.6g, \"steps\": %.0f, \"front\": %zu, "
                 "\"curves\": %zu, ",
                 w->useless, pruning->confidence, prune->n_steps, prune->n_front,
                 prune->n_complete);
    add_number(verdict->numbers, "gain", w->gain_ratio);
    eco_str_add(verdict->numbers, ", ");
    add_number(verdict->numbers, "least_gain", w->least_gain_ratio);
    add_ends(prune, ends, verdict->numbers);
    eco_str_add_char(verdict->numbers, '}');
    if (!verdict->is_pruned)
        return;
    eco_str_addf(verdict->reason, "pruned at step %lld of %.0f: ", (long long)prune->last_step,
                 prune->n_steps);
    if (w->useless >= pruning->confidence)
        eco_str_addf(verdict->reason, "it would be of no use with probability %.3f", w->useless);
    else
        eco_str_addf(verdict->reason,
                     "it would add %.2g %% of hypervolume, for its joules %.2g %% are asked",
                     100 * w->gain_ratio, 100 * w->least_gain_ratio);
}

/* The least gain is asked for the joules that are still to be spent; with an unknown one the trial
 * goes on. */
static ecopt_status weigh_gain(eco_prune_case *prune, const eco_prune_end *ends, weighed *w)
{
    double price = 1, left = 1 - (double)prune->last_step / prune->n_steps;
    w->gain_ratio = w->least_gain_ratio = (double)NAN;
    if (!(prune->study->definition->pruning.gain_ratio > 0))
        return ECOPT_OK;
    ECO_TRY(eco_prune_gain(prune, ends, &w->gain_ratio));
    ECO_TRY(eco_prune_price(prune, &price));
    w->gain_ratio *= feasible(prune, ends);
    w->least_gain_ratio = prune->study->definition->pruning.gain_ratio * price * left;
    return ECOPT_OK;
}

ecopt_status eco_prune_by_curve(eco_prune_case *prune, eco_prune_verdict *verdict)
{
    ecopt_study *study = prune->study;
    const eco_problem *problem = &study->problem;
    double reference[ECOPT_MAX_OBJECTIVES], useful = 1;
    weighed w = {0};
    eco_boxes boxes = {.n = 0};
    eco_prune_end *ends = eco_alloc(study->ctx, study->n_judged, sizeof *ends);
    if (!ends)
        return ECOPT_E_NOMEM;
    fill_reference(problem, reference);
    ecopt_status status = eco_prune_ends(prune, ends);
    if (status == ECOPT_OK)
        status = eco_boxes_init(study->ctx, prune->n_front, problem->n_objectives, prune->front,
                                reference, &boxes);
    if (status == ECOPT_OK)
        status = sum_boxes(prune, &boxes, ends, &useful);
    if (status == ECOPT_OK)
        status = weigh_gain(prune, ends, &w);
    if (status == ECOPT_OK) {
        w.useless = fmin(fmax(1 - useful * feasible(prune, ends), 0), 1);
        verdict->is_pruned =
            w.useless >= study->definition->pruning.confidence || w.gain_ratio < w.least_gain_ratio;
        write_verdict(prune, ends, &w, verdict);
    }
    eco_boxes_release(&boxes);
    eco_free(study->ctx, ends);
    return status;
}
