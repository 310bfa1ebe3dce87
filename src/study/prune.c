/*
 * The rule behind the guide: which steps are judged, what is noted, what a pruned trial leaves.
 *
 * Nothing is judged before there are enough complete trials to compare with, in the warm-up of a
 * trial, and at its last step, where there is nothing left to save.
 */
#include "study/prune.h"

#include "pareto/cost.h"
#include "trial/builtin.h"

#include <math.h>
#include <string.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054
/* A verdict to go on is noted when so many times the step of the last one is reached: a training
 * of a thousand steps leaves some twenty rows and not a thousand. */
static const double NOTE_FACTOR = 1.25;

char *eco_prune_expected_name(ecopt_ctx *ctx, const char *metric)
{
    return eco_asprintf(ctx, "%s.expected", metric);
}

/* Also the first verdict of a trial is noted. */
static bool is_worth_noting(const eco_prune_case *prune, const eco_prune_verdict *verdict)
{
    return verdict->is_pruned || prune->noted_step == 0 ||
           (double)prune->last_step >= NOTE_FACTOR * (double)prune->noted_step;
}

/* What objective k would have come to, in its own unit, under a name of its own. */
static ecopt_status add_estimate(eco_guide *guide, const eco_prune_case *prune, size_t k,
                                 const eco_prune_end *end)
{
    const ecopt_objective *objective = prune->series[k].objective;
    ecopt_ctx *ctx = guide->study->ctx;
    if (end->source != ECO_END_CURVE && end->source != ECO_END_MEASURED)
        return ECOPT_OK;
    double value = eco_cost_value(objective, end->at.mean);
    double slope = objective->scale == ECOPT_SCALE_LOG ? value * log(10) : 1;
    double u95 = Z95 * end->at.sd * fabs(slope);
    if (!isfinite(value) || !isfinite(u95))
        return ECOPT_OK;
    const char *name = eco_prune_expected_name(ctx, objective->metric);
    if (!name)
        return ECOPT_E_NOMEM;
    guide->estimates[guide->n_estimates++] = (ecopt_metric_value){name, value, u95};
    return ECOPT_OK;
}

/* The models of the sampler learn from these: without them a pruned point would be a blank, and
 * the next one would be put beside it. */
static ecopt_status add_estimates(eco_guide *guide, eco_prune_case *prune)
{
    ecopt_study *study = guide->study;
    size_t m = study->problem.n_objectives;
    eco_prune_end *ends = eco_alloc(study->ctx, study->n_judged, sizeof *ends);
    guide->estimates = eco_alloc(study->ctx, m, sizeof *guide->estimates);
    ecopt_status status = ends && guide->estimates ? eco_prune_ends(prune, ends) : ECOPT_E_NOMEM;
    for (size_t k = 0; k < m && status == ECOPT_OK; k++)
        status = add_estimate(guide, prune, k, &ends[k]);
    eco_free(study->ctx, ends);
    return status;
}

/* Asks the rule and notes what it says. */
static ecopt_status judge(eco_guide *guide, eco_prune_case *prune, eco_str *reason,
                          eco_verdict *ret_verdict)
{
    const ecopt_pruning *pruning = &guide->study->definition->pruning;
    eco_str numbers = ECO_STR_INIT(guide->study->ctx);
    eco_prune_verdict verdict = {.numbers = &numbers, .reason = reason};
    ecopt_status status = pruning->rule == ECOPT_PRUNE_ASHA ? eco_prune_by_rung(prune, &verdict)
                                                            : eco_prune_by_curve(prune, &verdict);
    if (status == ECOPT_OK)
        status = eco_str_status(&numbers);
    if (status == ECOPT_OK && numbers.length > 0 && is_worth_noting(prune, &verdict)) {
        prune->noted_step = prune->last_step;
        status = eco_guide_note(guide, "prune", prune->last_step,
                                verdict.is_pruned ? "prune" : "go on", eco_str_text(&numbers));
    }
    eco_str_release(&numbers);
    if (status != ECOPT_OK || !verdict.is_pruned)
        return status;
    *ret_verdict = ECO_VERDICT_PRUNE;
    return add_estimates(guide, prune);
}

static ecopt_status ensure_case(eco_guide *guide)
{
    if (guide->prune)
        return ECOPT_OK;
    return eco_prune_case_new(guide->study, guide->view, guide->claim->x, &guide->prune);
}

static bool is_on(const eco_guide *guide)
{
    const ecopt_definition *definition = guide->study->definition;
    return definition && definition->pruning.rule != ECOPT_PRUNE_NONE;
}

static ecopt_status on_step(eco_guide *guide, const eco_trial_step *step, eco_str *reason,
                            eco_verdict *ret_verdict)
{
    bool has_news = false;
    if (!is_on(guide))
        return ECOPT_OK;
    ECO_TRY(ensure_case(guide));
    eco_prune_case *prune = guide->prune;
    const ecopt_pruning *pruning = &guide->study->definition->pruning;
    ECO_TRY(eco_prune_case_add(prune, step, &has_news));
    if (!has_news || step->step < pruning->warmup_steps ||
        prune->n_complete < (size_t)pruning->warmup_trials ||
        !((double)step->step < prune->n_steps))
        return ECOPT_OK;
    return judge(guide, prune, reason, ret_verdict);
}

/* An objective that the profile phase provides is known from then on, as long as nothing better has
 * been measured. */
static void take_profile(eco_guide *guide, const eco_trial_progress *progress)
{
    const ecopt_profile_policy *profile = &guide->study->definition->profile;
    for (size_t i = 0; profile->is_set && i < profile->n_provides; i++)
        for (size_t k = 0; k < progress->n_metrics; k++)
            if (strcmp(progress->metrics[k].name, profile->provides[i].metric) == 0) {
                size_t objective = profile->provides[i].objective;
                guide->prune->known[objective] = progress->metrics[k].value;
                guide->prune->known_se[objective] = progress->metrics[k].u95 / Z95;
            }
}

/* Objectives that ECOpt itself made of the phases so far are final; what programs report may still
 * be replaced by a later phase. */
static ecopt_status on_phase(eco_guide *guide, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict)
{
    (void)reason;
    /* A phase that has ended is never pruned: its joules are spent. */
    *ret_verdict = ECO_VERDICT_GO_ON;
    if (!is_on(guide))
        return ECOPT_OK;
    ECO_TRY(ensure_case(guide));
    take_profile(guide, progress);
    const ecopt_definition *definition = guide->study->definition;
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const char *name = definition->objectives[k].metric;
        if (!eco_metric_is_builtin(name, definition->phases, definition->n_phases,
                                   definition->carbon.is_set, definition->carbon.price_per_kwh > 0))
            continue;
        for (size_t i = 0; i < progress->n_metrics; i++)
            if (strcmp(progress->metrics[i].name, name) == 0) {
                guide->prune->known[k] = progress->metrics[i].value;
                guide->prune->known_se[k] = progress->metrics[i].u95 / Z95;
            }
    }
    return ECOPT_OK;
}

const eco_guide_rule eco_prune_rule = {.on_step = on_step, .on_phase = on_phase};
