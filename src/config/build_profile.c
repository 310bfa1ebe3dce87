/*
 * `profile`: the phase that is measured first, and what it tells.
 *
 * The keys of `provides` are objectives and its values metrics, so both are looked up here; that
 * the metric is one of the profile phase can be told of built-in ones alone.
 */
#include "config/build.h"
#include "trial/builtin.h"

#include <string.h>

/* A trial in ten thousand that improves the front is worth its joules only where they are free. */
static const double THRESHOLD_DEFAULT = 0.05;

static size_t find_objective(eco_build *b, eco_node *key)
{
    const ecopt_definition *d = b->definition;
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < d->n_objectives; i++) {
        if (strcmp(d->objectives[i].metric, key->text) == 0)
            return i;
        if (n < ECO_LEN(names))
            names[n++] = d->objectives[i].metric;
    }
    /* Without objectives their own section is at fault. */
    if (n > 0)
        eco_diagnosis_error(
            b->report, key,
            eco_diagnosis_closest(b->report, key->text, names, n, "objectives stand on the left"),
            "'%.80s' is not an objective", key->text);
    return d->n_objectives;
}

/* True when a metric can be known once the profile phase is over. */
static bool check_metric(eco_build *b, eco_node *node, size_t profile)
{
    const ecopt_definition *d = b->definition;
    const char *const *names = NULL;
    size_t phase = d->n_phases;
    bool needs_energy, needs_samples;
    if (!eco_build_has_metric(b, node->text)) {
        size_t n = eco_build_metric_names(b, &names);
        eco_diagnosis_error(
            b->report, node,
            eco_diagnosis_closest(b->report, node->text, names, n, "declare it under metrics:"),
            "there is no metric '%.80s'", node->text);
        return false;
    }
    if (eco_builtin_explain(node->text, d->phases, d->n_phases, &phase, &needs_energy,
                            &needs_samples) &&
        phase != profile) {
        const char *name = d->phases[profile].name;
        eco_diagnosis_error(
            b->report, node,
            eco_diagnosis_text(b->report, "name one of that phase, e.g. %.40s.energy_j", name),
            "'%.80s' is not known after phase '%s'", node->text, name);
        return false;
    }
    return true;
}

static ecopt_status read_provides(eco_build *b, eco_node *map)
{
    ecopt_profile_policy *profile = &b->definition->profile;
    size_t n_objectives = b->definition->n_objectives;
    ecopt_provision *provides = eco_arena_alloc(b->arena, map->n + 1, sizeof *provides);
    if (!provides)
        return ECOPT_E_NOMEM;
    for (eco_node *node = map->first; node; node = node->next) {
        if (node->is_bad)
            continue;
        size_t objective = find_objective(b, node->key);
        if (objective < n_objectives && check_metric(b, node, profile->phase))
            provides[profile->n_provides++] = (ecopt_provision){objective, node->text};
    }
    profile->provides = provides;
    if (map->n == 0)
        eco_diagnosis_error(b->report, map, "e.g. {evaluate.j_per_sample: profile.j_per_sample}",
                            "provides names no objective");
    else if (n_objectives > 0 && profile->n_provides == n_objectives)
        eco_diagnosis_warning(b->report, map, "",
                              "the profile phase provides every objective: it decides alone "
                              "whether a trial goes on");
    return ECOPT_OK;
}

ecopt_status eco_build_profile(eco_build *b)
{
    ecopt_definition *d = b->definition;
    ecopt_profile_policy *profile = &d->profile;
    eco_node *map = eco_field_get(b->root, "profile");
    eco_node *phase = eco_field_get(map, "phase"), *provides = eco_field_get(map, "provides");
    eco_node *threshold = eco_field_get(map, "threshold");
    profile->threshold_ratio = THRESHOLD_DEFAULT;
    if (threshold && eco_field_ratio(threshold, &profile->threshold_ratio) &&
        !(profile->threshold_ratio > 0 && profile->threshold_ratio < 1))
        eco_diagnosis_error(b->report, threshold, "e.g. 5%",
                            "threshold (%s) must lie between 0 and 1", threshold->text);
    /* Without phases the section `command` is at fault, and nothing can be said of this one. */
    if (!phase || !provides || d->n_phases == 0)
        return ECOPT_OK;
    profile->phase = eco_build_find_phase(b, phase);
    if (profile->phase == d->n_phases)
        return ECOPT_OK;
    if (profile->phase + 1 == d->n_phases)
        eco_diagnosis_error(b->report, phase, "put it before the phases that it decides about",
                            "no phase comes after '%s'", phase->text);
    ECO_TRY(read_provides(b, provides));
    profile->is_set = profile->n_provides > 0;
    return ECOPT_OK;
}
