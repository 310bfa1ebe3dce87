/*
 * The section `pruning`: a rule, or a map with its settings.
 *
 * Only what is reported by step can be judged early, so the metric must be one that the study is
 * about and that the program reports: a number which ECOpt makes itself is known at the end only.
 */
#include "config/build.h"
#include "trial/builtin.h"

#include <string.h>

/* Also told by the table of keys. */
enum { WARMUP_TRIALS_DEFAULT = 5, WARMUP_TRIALS_LEAST = 2 };

/* Tuned by `ecopt-bench waste`: more saves more joules and begins to cost hypervolume. */
static const double GAIN_DEFAULT = 5e-4;

static ecopt_prune_rule rule_of(const char *word)
{
    if (strcmp(word, "none") == 0)
        return ECOPT_PRUNE_NONE;
    return strcmp(word, "asha") == 0 ? ECOPT_PRUNE_ASHA : ECOPT_PRUNE_CURVE;
}

/* A whole number of at least `least`; without the key, or with a wrong one, *ret keeps its value.
 */
static void read_count(eco_build *b, const eco_node *map, const char *key, int64_t least,
                       int64_t *ret)
{
    int64_t count = 0;
    eco_node *node = eco_field_get(map, key);
    if (!node || !eco_node_int(node, &count))
        return;
    if (count < least)
        eco_diagnosis_error(b->report, node, "leave it out for the default",
                            "%s (%s) must be at least %lld", key, node->text, (long long)least);
    else
        *ret = count;
}

static bool is_judged(const ecopt_definition *definition, const char *name)
{
    for (size_t i = 0; i < definition->n_objectives; i++)
        if (strcmp(definition->objectives[i].metric, name) == 0)
            return true;
    for (size_t i = 0; i < definition->n_constraints; i++)
        if (strcmp(definition->constraints[i].metric, name) == 0)
            return true;
    return false;
}

/* Built-in metrics come of whole phases. */
static bool is_made_here(const eco_build *b, const char *name)
{
    const ecopt_definition *d = b->definition;
    size_t phase;
    bool needs_energy, needs_samples;
    return eco_builtin_explain(name, d->phases, d->n_phases, &phase, &needs_energy, &needs_samples);
}

/* A rule that nothing can be judged by would never act. */
static void check_steps(eco_build *b, const eco_node *node)
{
    const ecopt_definition *d = b->definition;
    size_t n_reported = 0;
    for (size_t i = 0; i < d->n_objectives; i++)
        n_reported += !is_made_here(b, d->objectives[i].metric);
    for (size_t i = 0; i < d->n_constraints; i++)
        n_reported += !is_made_here(b, d->constraints[i].metric);
    if (d->n_phases > 0 && d->n_objectives > 0 && n_reported == 0)
        eco_diagnosis_error(b->report, node->key,
                            "leave it out, or add an objective that the program reports by step",
                            "no objective or constraint can be known before a trial's end");
}

static void read_metric(eco_build *b, const eco_node *map, ecopt_pruning *pruning)
{
    eco_node *node = eco_field_get(map, "metric");
    if (!node)
        return;
    pruning->metric = node->text;
    if (!is_judged(b->definition, node->text))
        eco_diagnosis_error(b->report, node, "name the objective that the program reports by step",
                            "'%.80s' is no objective and no constraint", node->text);
    else if (is_made_here(b, node->text))
        eco_diagnosis_error(b->report, node, "name the objective that the program reports by step",
                            "'%.80s' is measured, and known at the end only", node->text);
}

/* A setting of the other rule is most likely a misunderstanding. */
static void warn_unused(eco_build *b, const eco_node *map, const char *key, bool is_used)
{
    eco_node *node = eco_field_get(map, key);
    if (node && !is_used)
        eco_diagnosis_warning(b->report, node->key, "leave it out",
                              "the rule does not use this setting");
}

static void read_settings(eco_build *b, const eco_node *map, ecopt_pruning *pruning)
{
    eco_node *confidence = eco_field_get(map, "confidence");
    eco_node *gain = eco_field_get(map, "gain");
    eco_node *reduction = eco_field_get(map, "reduction");
    eco_node *warmup = eco_field_get(map, "warmup");
    read_count(b, map, "steps", 1, &pruning->steps);
    read_count(b, warmup, "trials", WARMUP_TRIALS_LEAST, &pruning->warmup_trials);
    read_count(b, warmup, "steps", 1, &pruning->warmup_steps);
    read_metric(b, map, pruning);
    /* 100 % would be a rule that never acts, which is what none is for. */
    if (confidence && eco_field_ratio(confidence, &pruning->confidence) &&
        !(pruning->confidence >= 0.5 && pruning->confidence < 1))
        eco_diagnosis_error(b->report, confidence, "e.g. 0.95 or 95%",
                            "confidence (%s) must be at least 0.5 and below 1", confidence->text);
    if (gain && eco_field_ratio(gain, &pruning->gain_ratio) && !(pruning->gain_ratio < 1))
        eco_diagnosis_error(b->report, gain, "e.g. 0.05%, or 0 for any gain",
                            "gain (%s) must be below 1", gain->text);
    if (reduction && eco_node_number(reduction, &pruning->reduction) &&
        !(pruning->reduction > 1 && pruning->reduction <= 100))
        eco_diagnosis_error(b->report, reduction, "e.g. 3: one in three goes on",
                            "reduction (%s) must be above 1 and at most 100", reduction->text);
    if (pruning->steps > 0 && pruning->warmup_steps > pruning->steps)
        eco_diagnosis_error(b->report, eco_field_get(warmup, "steps"), "lower it or raise steps",
                            "the warm-up (%lld steps) is longer than a trial (%lld)",
                            (long long)pruning->warmup_steps, (long long)pruning->steps);
    warn_unused(b, map, "steps", pruning->rule != ECOPT_PRUNE_NONE);
    warn_unused(b, map, "warmup", pruning->rule != ECOPT_PRUNE_NONE);
    warn_unused(b, map, "metric", pruning->rule != ECOPT_PRUNE_NONE);
    warn_unused(b, map, "confidence", pruning->rule == ECOPT_PRUNE_CURVE);
    warn_unused(b, map, "gain", pruning->rule == ECOPT_PRUNE_CURVE);
    warn_unused(b, map, "reduction", pruning->rule == ECOPT_PRUNE_ASHA);
}

/* A map without a rule means the default one: who writes settings wants them to act. */
ecopt_status eco_build_pruning(eco_build *b)
{
    eco_node *node = eco_field_get(b->root, "pruning");
    ecopt_pruning *pruning = &b->definition->pruning;
    *pruning = (ecopt_pruning){.confidence = 0.95,
                               .gain_ratio = GAIN_DEFAULT,
                               .warmup_trials = WARMUP_TRIALS_DEFAULT,
                               .warmup_steps = 1,
                               .reduction = 3};
    if (!node || eco_node_is_null(node))
        return ECOPT_OK;
    if (node->kind != ECO_NODE_MAP) {
        pruning->rule = rule_of(node->text);
    } else {
        eco_node *rule = eco_field_get(node, "rule");
        pruning->rule = rule ? rule_of(rule->text) : ECOPT_PRUNE_CURVE;
        read_settings(b, node, pruning);
    }
    if (pruning->rule == ECOPT_PRUNE_NONE)
        return ECOPT_OK;
    check_steps(b, node);
    if (pruning->warmup_trials >= b->definition->budget.trials && b->definition->budget.trials > 0)
        eco_diagnosis_warning(b->report, node->key, "lower warmup.trials or raise budget.trials",
                              "no trial can be ended early: %lld complete ones are waited for and "
                              "the budget is %lld",
                              (long long)pruning->warmup_trials,
                              (long long)b->definition->budget.trials);
    return ECOPT_OK;
}
