/*
 * The rule of the profile phase.
 *
 * It asks the models once per trial, when the profile phase has ended. What the later phases would
 * cost is not weighed: below the threshold the trial is not worth any of it, above it the sampler
 * has chosen the point for what it promises.
 */
#include "study/profile.h"

#include "sampler/promise.h"
#include "study/repeat_rule.h"

#include <math.h>
#include <string.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054

/* NULL for a metric that the profile phase did not yield: that objective is not known then. */
static const ecopt_metric_value *find_metric(const eco_trial_progress *progress, const char *name)
{
    for (size_t i = 0; i < progress->n_metrics; i++)
        if (strcmp(progress->metrics[i].name, name) == 0)
            return &progress->metrics[i];
    return NULL;
}

/* What the profile phase has told, and how well.  One run does not show its own scatter, so the
 * objective's in other trials counts where it is larger. */
static void take_known(eco_guide *guide, const eco_trial_progress *progress, double *y, double *se)
{
    const ecopt_definition *definition = guide->study->definition;
    const ecopt_profile_policy *profile = &definition->profile;
    for (size_t k = 0; k < definition->n_objectives; k++)
        y[k] = se[k] = (double)NAN;
    for (size_t i = 0; i < profile->n_provides; i++) {
        size_t k = profile->provides[i].objective;
        const ecopt_metric_value *metric = find_metric(progress, profile->provides[i].metric);
        eco_scatter scatter = eco_repeats_scatter(guide->view, k);
        if (!metric)
            continue;
        y[k] = metric->value;
        se[k] = fmax(metric->u95 / Z95, eco_scatter_se(&scatter, metric->value, 1));
    }
}

/* Also of verdicts to go on: how sure the rule was is the first question when a trial was not worth
 * its joules. */
static ecopt_status note(eco_guide *guide, double chance, const double *y, const char *verdict)
{
    const ecopt_definition *definition = guide->study->definition;
    const ecopt_profile_policy *profile = &definition->profile;
    eco_str numbers = ECO_STR_INIT(guide->study->ctx);
    if (isnan(chance))
        eco_str_add(&numbers, "{\"chance_on_front\": null");
    else
        eco_str_addf(&numbers, "{\"chance_on_front\": %.6g", chance);
    eco_str_addf(&numbers, ", \"threshold\": %.6g, \"complete\": %lld", profile->threshold_ratio,
                 (long long)guide->view->n_complete);
    for (size_t i = 0; i < profile->n_provides; i++) {
        size_t k = profile->provides[i].objective;
        if (isfinite(y[k]))
            eco_str_addf(&numbers, ", \"%s\": %.6g", definition->objectives[k].metric, y[k]);
    }
    eco_str_add_char(&numbers, '}');
    ecopt_status status = eco_str_status(&numbers);
    if (status == ECOPT_OK)
        status = eco_guide_note(guide, "profile", 0, verdict, eco_str_text(&numbers));
    eco_str_release(&numbers);
    return status;
}

/* A point that somebody has put into the queue is run whatever it promises. */
static ecopt_status on_phase(eco_guide *guide, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict)
{
    const ecopt_study *study = guide->study;
    const ecopt_profile_policy *profile = &study->definition->profile;
    double y[ECOPT_MAX_OBJECTIVES], se[ECOPT_MAX_OBJECTIVES], chance = (double)NAN;
    if (!profile->is_set || progress->phase != profile->phase ||
        (guide->claim->origin && strcmp(guide->claim->origin, "enqueued") == 0))
        return ECOPT_OK;
    take_known(guide, progress, y, se);
    const eco_observation known = {.x = guide->claim->x, .y = y, .y_se = se};
    ECO_TRY(
        eco_sampler_promise(study->ctx, &study->problem, &guide->view->history, &known, &chance));
    bool is_poor = chance < profile->threshold_ratio; /* false for NaN: too little is known */
    if (is_poor) {
        *ret_verdict = ECO_VERDICT_PRUNE;
        eco_str_addf(reason,
                     "phase '%s': improves the front with a probability of %.2g %%, below %.3g %%",
                     study->definition->phases[profile->phase].name, 100 * chance,
                     100 * profile->threshold_ratio);
    }
    return note(guide, chance, y, is_poor ? "end" : "go on");
}

const eco_guide_rule eco_profile_rule = {.on_phase = on_phase};
