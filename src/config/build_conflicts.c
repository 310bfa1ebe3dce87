/*
 * What two sections that are each right make of each other: limits that nothing can reach, numbers
 * that nothing measures.
 *
 * Built last. All are warnings: such a study runs, and a flag of `run` may change the meter or the
 * budget. Errors between sections are found where the later of the two is built.
 */
#include "config/build.h"
#include "trial/builtin.h"

#include <math.h>
#include <string.h>

/* True for a built-in metric that is made of joules. */
static bool is_of_energy(const ecopt_definition *d, const char *metric)
{
    size_t phase;
    bool needs_energy = false, needs_samples;
    return eco_builtin_explain(metric, d->phases, d->n_phases, &phase, &needs_energy,
                               &needs_samples) &&
           needs_energy;
}

/* The first metric that trials are judged by and that no meter will tell, or NULL. */
static const char *unmeasured_metric(const ecopt_definition *d)
{
    for (size_t i = 0; i < d->n_objectives; i++)
        if (is_of_energy(d, d->objectives[i].metric))
            return d->objectives[i].metric;
    for (size_t i = 0; i < d->n_constraints; i++)
        if (is_of_energy(d, d->constraints[i].metric))
            return d->constraints[i].metric;
    if (d->deployment.is_set && is_of_energy(d, d->deployment.metric))
        return d->deployment.metric;
    return NULL;
}

/* Without a meter joules, grams and money stay unknown. */
static void check_sources(eco_build *b)
{
    const ecopt_definition *d = b->definition;
    eco_node *sources = eco_field_get(eco_field_get(b->root, "meter"), "sources");
    eco_node *budget = eco_field_get(b->root, "budget");
    static const char *const keys[] = {"energy", "carbon", "money"};
    if (!sources || !d->meter.sources || strcmp(d->meter.sources, "none") != 0)
        return;
    const char *metric = unmeasured_metric(d);
    if (metric)
        eco_diagnosis_warning(b->report, sources, "e.g. sources: auto",
                              "without a source of energy '%.80s' is not known and every trial "
                              "that is run fails",
                              metric);
    for (size_t i = 0; i < ECO_LEN(keys); i++) {
        eco_node *limit = eco_field_get(budget, keys[i]);
        if (limit)
            eco_diagnosis_warning(b->report, limit->key, "name a source, or leave the limit out",
                                  "without a source of energy this limit is never reached");
    }
}

/* Nothing times anything is nothing. */
static void check_intensity(eco_build *b)
{
    const ecopt_definition *d = b->definition;
    eco_node *limit = eco_field_get(eco_field_get(b->root, "budget"), "carbon");
    if (limit && d->carbon.is_set && !(d->carbon.intensity_g_per_kwh > 0))
        eco_diagnosis_warning(b->report, limit->key, "give the intensity, or leave the limit out",
                              "at an intensity of 0 g/kWh this limit is never reached");
}

/* Only what the models suggest promises a gain. */
static void check_gain(eco_build *b)
{
    const ecopt_budget *budget = &b->definition->budget;
    eco_node *gain = eco_field_get(eco_field_get(b->root, "budget"), "gain");
    if (gain && budget->gain_ratio > 0 && budget->init + budget->gain_trials > budget->trials)
        eco_diagnosis_warning(
            b->report, gain->key, "raise trials, or leave gain out",
            "%lld trials are over before %lld suggestions can follow the initial %lld",
            (long long)budget->trials, (long long)budget->gain_trials, (long long)budget->init);
}

ecopt_status eco_build_conflicts(eco_build *b)
{
    /* While there are errors what they leave of a section says little. */
    if (!b->space)
        return b->report->status;
    check_sources(b);
    check_intensity(b);
    check_gain(b);
    return b->report->status;
}
