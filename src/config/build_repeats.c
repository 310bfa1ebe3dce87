/*
 * `meter.repeats` and `meter.confirm`: which phases are measured how often.
 *
 * Read after objectives and constraints, for what they name decides which phases are repeated: a
 * second measurement is worth its joules only where a measured number is compared.
 */
#include "config/build.h"
#include "trial/builtin.h"

#include <string.h>

enum {
    TARGET_MAX_DEFAULT = 8, /* most runs where a target is given and no max */
    CONFIRM_DEFAULT = 3,    /* rounds, where the repeats are adaptive */
    REPEATS_MOST = 1000,    /* beyond it is a mistake */
    CONFIRM_MOST = 100
};

/* Marks the phase whose energy or time a metric is made of. */
static void mark_phase(const eco_build *b, const char *metric, bool *marks)
{
    const ecopt_definition *d = b->definition;
    size_t phase = d->n_phases;
    bool needs_energy, needs_samples;
    if (eco_builtin_explain(metric, d->phases, d->n_phases, &phase, &needs_energy,
                            &needs_samples) &&
        phase < d->n_phases)
        marks[phase] = true;
}

/*
 * The phases whose energy or time an objective or a constraint names, but not the first of several:
 * that is the one that trains, and to train twice is another trial.  The profile phase, which runs
 * before it, is neither repeated nor does it count as the first.
 */
static void mark_default(const eco_build *b, bool *marks)
{
    const ecopt_definition *d = b->definition;
    eco_node *profile = eco_field_get(eco_field_get(b->root, "profile"), "phase");
    size_t first = 0;
    for (size_t i = 0; i < d->n_objectives; i++)
        mark_phase(b, d->objectives[i].metric, marks);
    for (size_t i = 0; i < d->n_constraints; i++)
        mark_phase(b, d->constraints[i].metric, marks);
    if (d->n_phases == 1)
        marks[0] = true;
    if (profile && strcmp(profile->text, d->phases[0].name) == 0) {
        marks[0] = false;
        first = 1;
    }
    if (d->n_phases > first + 1)
        marks[first] = false;
}

static void mark_named(eco_build *b, eco_node *node, bool *marks)
{
    size_t n = b->definition->n_phases;
    if (node->kind == ECO_NODE_SCALAR) {
        size_t phase = eco_build_find_phase(b, node);
        if (phase < n)
            marks[phase] = true;
    }
    for (eco_node *item = node->first; item; item = item->next) {
        size_t phase = item->is_bad ? n : eco_build_find_phase(b, item);
        if (phase < n)
            marks[phase] = true;
    }
    if (node->kind == ECO_NODE_LIST && node->n == 0)
        eco_diagnosis_error(b->report, node, "leave it out for the default",
                            "the list of repeated phases is empty");
}

/* From marks to the list in the definition. */
static ecopt_status keep_phases(eco_build *b, eco_node *named)
{
    size_t n = b->definition->n_phases;
    bool *marks = eco_arena_alloc(b->arena, n + 1, sizeof *marks);
    size_t *phases = eco_arena_alloc(b->arena, n + 1, sizeof *phases);
    ecopt_repeat_policy *repeats = &b->definition->repeats;
    if (!marks || !phases)
        return ECOPT_E_NOMEM;
    memset(marks, 0, (n + 1) * sizeof *marks);
    if (named)
        mark_named(b, named, marks);
    else
        mark_default(b, marks);
    for (size_t i = 0; i < n; i++)
        if (marks[i])
            phases[repeats->n_phases++] = i;
    repeats->phases = phases;
    return ECOPT_OK;
}

/* The counts; a wrong one is replaced by something harmless, so that it is told once. */
static void read_counts(eco_build *b, eco_node *node)
{
    ecopt_repeat_policy *repeats = &b->definition->repeats;
    repeats->min = repeats->max = 1;
    if (!node)
        return;
    if (node->kind == ECO_NODE_SCALAR) {
        if (eco_node_int(node, &repeats->min) && repeats->min < 1) {
            eco_diagnosis_error(b->report, node, "1: once, which is the default",
                                "repeats (%s) must be at least 1", node->text);
            repeats->min = 1;
        }
        repeats->max = repeats->min;
    } else {
        eco_node *target = eco_field_get(node, "target");
        repeats->min = eco_build_count(b, node, "min", 1);
        int64_t otherwise =
            target && repeats->min < TARGET_MAX_DEFAULT ? TARGET_MAX_DEFAULT : repeats->min;
        repeats->max = eco_build_count(b, node, "max", otherwise);
        /* max takes min as its default, so only a written max can be too small. */
        if (repeats->max < repeats->min)
            eco_diagnosis_error(b->report, eco_node_get(node, "max"), "raise max or lower min",
                                "max (%lld) must not be below min (%lld)", (long long)repeats->max,
                                (long long)repeats->min);
        if (target && eco_field_ratio(target, &repeats->target_ratio) &&
            !(repeats->target_ratio > 0 && repeats->target_ratio < 1))
            eco_diagnosis_error(b->report, target, "e.g. 3%",
                                "target (%s) must lie between 0 and 1", target->text);
        else if (target && repeats->max == repeats->min)
            eco_diagnosis_warning(b->report, target->key, "raise max, or leave target out",
                                  "a target ends nothing where min and max are both %lld",
                                  (long long)repeats->min);
    }
    if (repeats->max > REPEATS_MOST)
        eco_diagnosis_error(b->report, node, "lower it",
                            "a phase can be repeated at most %d times, not %lld", REPEATS_MOST,
                            (long long)repeats->max);
}

/* By default on where the user has left it to ECOpt where joules are spent, and off where the trace
 * of an earlier study stands in for a meter: it would say the same again. */
static void read_confirm(eco_build *b, const eco_node *map)
{
    ecopt_repeat_policy *repeats = &b->definition->repeats;
    const char *sources = b->definition->meter.sources;
    eco_node *node = eco_field_get(map, "confirm");
    bool is_replayed = sources && strstr(sources, "replay:") != NULL;
    bool is_adaptive = repeats->max > repeats->min && repeats->n_phases > 0;
    repeats->confirm = is_adaptive && !is_replayed ? CONFIRM_DEFAULT : 0;
    if (node && eco_node_int(node, &repeats->confirm) &&
        (repeats->confirm < 0 || repeats->confirm > CONFIRM_MOST))
        eco_diagnosis_error(b->report, node, "0 turns it off",
                            "confirm (%s) must lie between 0 and %d", node->text, CONFIRM_MOST);
    if (node && repeats->confirm > 0 && repeats->n_phases == 0 && b->definition->n_phases > 0)
        eco_diagnosis_warning(b->report, node->key, "name them with meter.repeats.phases",
                              "no phase is measured anew: no objective or constraint names the "
                              "energy or time of a phase after the first");
}

ecopt_status eco_build_repeats(eco_build *b)
{
    eco_node *map = eco_field_get(b->root, "meter");
    eco_node *node = eco_field_get(map, "repeats");
    bool is_map = node && node->kind == ECO_NODE_MAP;
    ecopt_repeat_policy *repeats = &b->definition->repeats;
    read_counts(b, node);
    bool is_named = is_map && eco_node_get(node, "phases");
    ECO_TRY(keep_phases(b, is_map ? eco_field_get(node, "phases") : NULL));
    b->definition->meter.repeats = repeats->min;
    if (node && !is_named && !node->is_bad && repeats->max > 1 && repeats->n_phases == 0 &&
        b->definition->n_phases > 0)
        eco_diagnosis_warning(b->report, node->key, "name them with phases: [...]",
                              "no phase is repeated: no objective or constraint names the energy "
                              "or time of a phase after the first");
    read_confirm(b, map);
    return ECOPT_OK;
}
