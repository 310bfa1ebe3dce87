/*
 * Whether a phase is measured once more.
 *
 * Two numbers decide: how sure the value is by now (half_ratio), and whether it matters (chance).
 * Both need the scatter of single runs, which one trial cannot show: it is pooled over the trials
 * of the view, and never taken below what the meter resolves. All of it follows from the view that
 * the trial was claimed with and from what the trial has measured, so a replayed trial is measured
 * as often as the recorded one was.
 *
 * The front is taken from the rows of the view and thinned by their values; a point that is
 * dominated by chance of its own noise is left out there, which makes the front a little better
 * than it is and repeats a little rarer.
 */
#include "study/repeat_rule.h"

#include "num/special.h"
#include "num/student.h"
#include "pareto/chance.h"
#include "pareto/cost.h"
#include "trial/builtin.h"

#include <math.h>
#include <string.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054

bool eco_repeats_is_measured(const ecopt_definition *definition, const char *metric,
                             size_t *ret_phase)
{
    size_t phase = definition->n_phases;
    bool needs_energy, needs_samples;
    if (!eco_builtin_explain(metric, definition->phases, definition->n_phases, &phase,
                             &needs_energy, &needs_samples))
        return false;
    for (size_t i = 0; i < definition->repeats.n_phases; i++)
        if (definition->repeats.phases[i] == phase) {
            *ret_phase = phase;
            return true;
        }
    return false;
}

/* Adds the squares of n runs with that relative standard deviation. */
static void scatter_add(eco_scatter *scatter, double ratio, double freedom)
{
    double sum = scatter->freedom * scatter->ratio * scatter->ratio + freedom * ratio * ratio;
    scatter->freedom += freedom;
    scatter->ratio = sqrt(sum / scatter->freedom);
}

eco_scatter eco_repeats_scatter(const eco_study_view *view, size_t k)
{
    eco_scatter scatter = {ECO_SCATTER_PRIOR_RATIO, ECO_SCATTER_PRIOR_FREEDOM};
    for (size_t i = 0; i < view->n; i++) {
        const eco_view_row *row = &view->rows[i];
        if (row->state != ECOPT_TRIAL_COMPLETE || row->repeats < 2)
            continue;
        double n = (double)row->repeats;
        double ratio = row->se[k] * sqrt(n) / fabs(row->values[k]);
        if (isfinite(ratio))
            scatter_add(&scatter, ratio, n - 1);
    }
    return scatter;
}

double eco_scatter_se(const eco_scatter *scatter, double value, int64_t n)
{
    double f = scatter->freedom;
    return fabs(value) * scatter->ratio * sqrt(f / (f - 2)) / sqrt((double)n);
}

/* What one question to the rule is about. */
typedef struct judged {
    eco_guide *guide;
    const eco_trial_progress *progress;
    double resolved; /* relative, of one run of the phase: what the meter can tell */
    double half_ratio, chance, scatter; /* answers; NaN not known */
} judged;

/* Built-in metrics of the phases so far, and what the programs have reported. */
static const ecopt_metric_value *find_metric(const eco_trial_progress *progress, const char *name)
{
    for (size_t i = 0; i < progress->n_metrics; i++)
        if (strcmp(progress->metrics[i].name, name) == 0)
            return &progress->metrics[i];
    return NULL;
}

/* Root mean square of u / E over the runs of the phase; 0 where the meter says nothing. */
static double resolved_by_meter(const judged *j)
{
    const eco_trial_progress *progress = j->progress;
    const char *name = j->guide->study->definition->phases[progress->phase].name;
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < progress->n_phases; i++) {
        const ecopt_energy *energy = &progress->phases[i].energy;
        double ratio = energy->u95_j / Z95 / energy->energy_j;
        if (strcmp(progress->phases[i].phase, name) != 0 || !isfinite(ratio))
            continue;
        sum += ratio * ratio;
        n++;
    }
    return n > 0 ? sqrt(sum / (double)n) : 0;
}

/* Scatter of one run of objective k, with what this trial's own runs have shown of it; never below
 * what the meter resolves. */
static eco_scatter own_scatter(const judged *j, size_t k, const ecopt_metric_value *metric)
{
    eco_scatter scatter = eco_repeats_scatter(j->guide->view, k);
    double n = (double)j->progress->repeat;
    if (n >= 2) {
        double se = metric->u95 / eco_student_quantile(0.975, n - 1);
        double ratio = se * sqrt(n) / fabs(metric->value);
        if (isfinite(ratio))
            scatter_add(&scatter, ratio, n - 1);
    }
    scatter.ratio = fmax(scatter.ratio, j->resolved);
    return scatter;
}

/* Standard error of a value that is known; those that the phase does not measure have their own. */
static double known_se(judged *j, size_t k, const ecopt_metric_value *metric)
{
    const ecopt_definition *definition = j->guide->study->definition;
    size_t phase = definition->n_phases;
    if (!eco_repeats_is_measured(definition, metric->name, &phase) || phase != j->progress->phase)
        return isfinite(metric->u95) ? metric->u95 / Z95 : 0;
    eco_scatter scatter = own_scatter(j, k, metric);
    double n = (double)j->progress->repeat;
    double half = eco_student_quantile(0.975, scatter.freedom) * scatter.ratio / sqrt(n);
    /* The worst of several objectives of one phase. */
    if (!(half <= j->half_ratio)) {
        j->half_ratio = half;
        j->scatter = scatter.ratio;
    }
    return eco_scatter_se(&scatter, metric->value, j->progress->repeat);
}

/* Costs of the point; false while an objective is not known. */
static bool point_take(judged *j, double *mean, double *sd)
{
    const eco_problem *problem = &j->guide->study->problem;
    bool is_known = true;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        const ecopt_metric_value *metric = find_metric(j->progress, objective->metric);
        mean[k] = metric ? eco_cost(objective, metric->value) : (double)NAN;
        sd[k] = metric ? eco_cost_se(objective, metric->value, known_se(j, k, metric)) : 0;
        is_known = is_known && !isnan(mean[k]);
    }
    return is_known;
}

/* The front of the view with its uncertainty: room for all rows. @return points */
static size_t front_take(const judged *j, double *cost, double *sd)
{
    const ecopt_study *study = j->guide->study;
    const eco_study_view *view = j->guide->view;
    size_t m = study->problem.n_objectives, n = 0;
    eco_scatter scatter[ECOPT_MAX_OBJECTIVES];
    bool is_measured[ECOPT_MAX_OBJECTIVES];
    for (size_t k = 0; k < m; k++) {
        size_t phase;
        scatter[k] = eco_repeats_scatter(view, k);
        is_measured[k] =
            eco_repeats_is_measured(study->definition, study->problem.objectives[k].metric, &phase);
    }
    for (size_t i = 0; i < view->n; i++) {
        const eco_view_row *row = &view->rows[i];
        if (!eco_study_costs(study, row, cost + n * m))
            continue;
        for (size_t k = 0; k < m; k++) {
            double se = is_measured[k] ? eco_scatter_se(&scatter[k], row->values[k],
                                                        row->repeats > 0 ? row->repeats : 1)
                                       : row->se[k];
            sd[n * m + k] = eco_cost_se(&study->problem.objectives[k], row->values[k], se);
        }
        n++;
    }
    return n;
}

/* Probability that all constraints on metrics that are known hold. */
static double chance_feasible(const judged *j)
{
    const eco_problem *problem = &j->guide->study->problem;
    double chance = 1;
    for (size_t c = 0; c < problem->n_constraints; c++) {
        const ecopt_constraint *constraint = &problem->constraints[c];
        const ecopt_metric_value *metric = find_metric(j->progress, constraint->metric);
        if (!metric)
            continue;
        double margin = constraint->bound - metric->value;
        margin = constraint->relation == ECOPT_AT_LEAST ? -margin : margin;
        double se = isfinite(metric->u95) ? metric->u95 / Z95 : 0;
        chance *= se > 0 ? eco_norm_cdf(margin / se) : margin >= 0;
    }
    return chance;
}

/* Only the front matters: who is dominated by another point is by one of the front. */
static ecopt_status thin_front(const ecopt_study *study, size_t *n, double *cost, double *sd)
{
    size_t m = study->problem.n_objectives, n_front = 0;
    size_t *index = eco_alloc(study->ctx, *n + 1, sizeof *index);
    if (!index)
        return ECOPT_E_NOMEM;
    ecopt_status status = ecopt_nondominated(study->ctx, *n, m, cost, index, &n_front);
    for (size_t i = 0; i < n_front && status == ECOPT_OK; i++) {
        memmove(cost + i * m, cost + index[i] * m, m * sizeof *cost);
        memmove(sd + i * m, sd + index[i] * m, m * sizeof *sd);
    }
    eco_free(study->ctx, index);
    *n = n_front;
    return status;
}

/* Fills in half_ratio and chance.  Drawn with a counter of its own per trial and run, so that a
 * replayed trial is judged alike. */
static ecopt_status judge(judged *j)
{
    const ecopt_study *study = j->guide->study;
    size_t m = study->problem.n_objectives, room = j->guide->view->n * m + 1;
    double mean[ECOPT_MAX_OBJECTIVES], sd[ECOPT_MAX_OBJECTIVES];
    j->half_ratio = j->chance = j->scatter = (double)NAN;
    j->resolved = resolved_by_meter(j);
    bool is_known = point_take(j, mean, sd);
    if (!is_known)
        return ECOPT_OK;
    double *cost = eco_alloc(study->ctx, 2 * room, sizeof *cost);
    if (!cost)
        return ECOPT_E_NOMEM;
    double *front_sd = cost + room;
    size_t n = front_take(j, cost, front_sd);
    ecopt_status status = thin_front(study, &n, cost, front_sd);
    if (status == ECOPT_OK) {
        const eco_chance chance = {m, mean, sd, n, cost, front_sd};
        eco_rng rng;
        eco_rng_init(&rng, study->definition->seed, ECO_STREAM_CHANCE,
                     (uint64_t)j->guide->claim->trial << 16 | (uint64_t)j->progress->repeat);
        j->chance = eco_chance_on_front(&chance, &rng, ECO_CHANCE_DRAWS) * chance_feasible(j);
    }
    eco_free(study->ctx, cost);
    return status;
}

/* Null for what could not be told. */
static void add_number(eco_str *str, const char *name, double value)
{
    if (isfinite(value))
        eco_str_addf(str, ", \"%s\": %.6g", name, value);
    else
        eco_str_addf(str, ", \"%s\": null", name);
}

static ecopt_status note(const judged *j, const char *verdict)
{
    eco_guide *guide = j->guide;
    eco_str numbers = ECO_STR_INIT(guide->study->ctx);
    eco_str_addf(&numbers, "{\"phase\": \"%s\", \"runs\": %lld",
                 guide->study->definition->phases[j->progress->phase].name,
                 (long long)j->progress->repeat);
    add_number(&numbers, "chance_on_front", j->chance);
    add_number(&numbers, "half_ratio", j->half_ratio);
    add_number(&numbers, "scatter_ratio", j->scatter);
    eco_str_add_char(&numbers, '}');
    ecopt_status status = eco_str_status(&numbers);
    if (status == ECOPT_OK)
        status = eco_guide_note(guide, "repeat", 0, verdict, eco_str_text(&numbers));
    eco_str_release(&numbers);
    return status;
}

/* A handful of phases: a list is as good as a set. */
static bool is_repeated(const ecopt_repeat_policy *policy, size_t phase)
{
    for (size_t i = 0; i < policy->n_phases; i++)
        if (policy->phases[i] == phase)
            return true;
    return false;
}

/*
 * A point that is dominated beyond doubt stays where it is however well it is known; one that may
 * be on the front is measured until it is known well enough.  A fixed number needs no judging.
 */
static ecopt_status on_phase(eco_guide *guide, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict)
{
    const ecopt_repeat_policy *policy = &guide->study->definition->repeats;
    judged j = {.guide = guide, .progress = progress};
    const char *verdict = "again";
    (void)reason;
    if (!is_repeated(policy, progress->phase))
        return ECOPT_OK;
    if (policy->min == policy->max || progress->repeat < policy->min) {
        if (progress->repeat < policy->max)
            *ret_verdict = ECO_VERDICT_AGAIN;
        return ECOPT_OK;
    }
    ECO_TRY(judge(&j));
    if (progress->repeat >= policy->max)
        verdict = "most";
    else if (policy->target_ratio > 0 && j.half_ratio <= policy->target_ratio)
        verdict = "target";
    else if (j.chance < ECO_REPEAT_CHANCE_MIN)
        verdict = "off the front";
    else
        *ret_verdict = ECO_VERDICT_AGAIN;
    return note(&j, verdict);
}

const eco_guide_rule eco_repeats_rule = {.on_phase = on_phase};
