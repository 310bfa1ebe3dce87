/*
 * The section `deployment`: what the tuned program is for.
 *
 * Built last, because the baseline is a point of the space.  It is kept as text, like the points of
 * trials, so that the definition stays plain data.
 */
#include "config/build.h"

#include "config/field_check.h"
#include "space/space.h"
#include "trial/builtin.h"

#include <math.h>
#include <string.h>

/* A quantity above 0, NaN when it is not there. */
static double read_quantity(eco_build *b, const eco_node *map, const char *key,
                            bool (*read)(const eco_node *node, double *ret))
{
    double value = (double)NAN;
    eco_node *node = eco_field_get(map, key);
    if (node && read(node, &value) && !(value > 0 && isfinite(value)))
        eco_diagnosis_error(b->report, node,
                            strcmp(key, "requests") == 0 ? "e.g. requests: 1e6"
                                                         : "leave it out if it is not known",
                            "%s (%s) must be above 0", key, node->text);
    return value;
}

/* What is told to be few, and of the built-in ones those that are joules. */
static void check_metric(eco_build *b, eco_node *at, const char *name)
{
    const ecopt_definition *d = b->definition;
    static const char hint[] = "name the joules of one request, e.g. evaluate.j_per_sample";
    size_t phase, n = strlen(name);
    bool needs_energy, needs_samples;
    bool is_joules = (n >= 8 && strcmp(name + n - 8, "energy_j") == 0) ||
                     (n >= 12 && strcmp(name + n - 12, "j_per_sample") == 0);
    if (eco_builtin_explain(name, d->phases, d->n_phases, &phase, &needs_energy, &needs_samples) &&
        !is_joules)
        eco_diagnosis_error(b->report, at, hint, "'%.80s' is not an energy", name);
    for (size_t k = 0; k < d->n_objectives; k++)
        if (strcmp(d->objectives[k].metric, name) == 0 && d->objectives[k].goal == ECOPT_GOAL_MAX)
            eco_diagnosis_error(b->report, at, hint,
                                "'%.80s' is to be as high as possible, joules are not", name);
}

/* Joules of one request: without a name the usual one, where the study has it. */
static void read_metric(eco_build *b, const eco_node *map)
{
    static const char usual[] = "evaluate.j_per_sample";
    const char *const *names;
    eco_node *node = eco_field_get(map, "metric");
    const char *name = node ? node->text : usual;
    b->definition->deployment.metric = name;
    if (eco_build_has_metric(b, name)) {
        check_metric(b, node ? node : map->key, name);
        return;
    }
    size_t n = eco_build_metric_names(b, &names);
    if (node)
        eco_diagnosis_error(b->report, node,
                            eco_diagnosis_closest(b->report, name, names, n,
                                                  "it is the metric that tells joules per request"),
                            "there is no metric '%.80s'", name);
    else if (eco_node_get(map, "metric") == NULL)
        eco_diagnosis_error(b->report, map->key,
                            "add metric: NAME, the metric that tells joules per request",
                            "the study has no metric '%s'", usual);
}

/* The cheapest configuration is worth nothing when nothing says what it must be able to do. */
static void check_choice(eco_build *b, const eco_node *map)
{
    const ecopt_definition *d = b->definition;
    bool has_limit = d->n_constraints > 0 || d->n_objectives == 1;
    for (size_t k = 0; k < d->n_objectives && !has_limit; k++)
        has_limit = d->objectives[k].has_threshold &&
                    strcmp(d->objectives[k].metric, d->deployment.metric) != 0;
    if (d->deployment.choose == ECOPT_CHOOSE_MIN && !has_limit)
        eco_diagnosis_error(b->report, map->key,
                            "give the other objectives a threshold, or write choose: knee",
                            "nothing says how good the deployed configuration has to be");
}

/* The first 64 are enough to find a slip of the pen. */
static const char *closest_param(eco_build *b, const char *name)
{
    const char *names[64];
    size_t n = 0;
    for (; n < b->n_params && n < ECO_LEN(names); n++)
        names[n] = ecopt_space_param(b->space, n)->name;
    return eco_diagnosis_closest(b->report, name, names, n, "parameters stand under params:");
}

/* Every value that the map has, over the defaults; false when something is wrong. */
static bool read_map(eco_build *b, eco_node *map, double *x)
{
    bool is_good = true;
    (void)eco_space_default(b->space, x);
    for (eco_node *entry = map->first; entry; entry = entry->next) {
        size_t i = eco_build_find_param(b, entry->key->text);
        if (i == b->n_params) {
            eco_diagnosis_error(b->report, entry->key, closest_param(b, entry->key->text),
                                "there is no parameter '%.80s'", entry->key->text);
            is_good = false;
        } else if (eco_space_parse_value(b->ctx, ecopt_space_param(b->space, i), entry->text,
                                         &x[i]) != ECOPT_OK) {
            eco_diagnosis_error(b->report, entry, ecopt_ctx_errhint(b->ctx), "%s",
                                ecopt_ctx_errmsg(b->ctx));
            is_good = false;
        }
    }
    for (size_t i = 0; i < b->n_params; i++) {
        const ecopt_param *param = ecopt_space_param(b->space, i);
        if (param->type == ECOPT_PARAM_FIXED || param->has_default ||
            eco_node_get(map, param->name))
            continue;
        eco_diagnosis_error(b->report, map->key, "the baseline is one whole point",
                            "parameter '%s' has no value in the baseline", param->name);
        is_good = false;
    }
    eco_space_canonical(b->space, x);
    return is_good;
}

/* The point that would be used without the search. */
static bool find_baseline(eco_build *b, const eco_node *map, double *x)
{
    eco_node *node = eco_node_get(map, "baseline");
    if (node && node->is_bad)
        return false;
    if (!node || (node->kind == ECO_NODE_SCALAR && strcmp(node->text, "default") == 0)) {
        if (eco_space_default(b->space, x))
            return true;
        eco_diagnosis_error(b->report, node ? node : map->key,
                            "give the parameters a default, or write baseline: {NAME: VALUE, ...}",
                            "no parameter has a default that could be the baseline");
        return false;
    }
    if (node->kind == ECO_NODE_MAP)
        return read_map(b, node, x);
    ecopt_status status = ecopt_space_parse_point(b->ctx, b->space, node->text, x);
    if (status != ECOPT_OK && status != ECOPT_E_NOMEM)
        eco_diagnosis_error(b->report, node, ecopt_ctx_errhint(b->ctx), "%s",
                            ecopt_ctx_errmsg(b->ctx));
    return status == ECOPT_OK;
}

static ecopt_status read_baseline(eco_build *b, const eco_node *map)
{
    char *text = NULL;
    double *x = eco_arena_alloc(b->arena, b->n_params + 1, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    if (!find_baseline(b, map, x))
        return b->report->status;
    if (!eco_space_is_allowed(b->space, x)) {
        eco_node *node = eco_node_get(map, "baseline");
        eco_diagnosis_error(b->report, node ? node : map->key, "",
                            "the baseline is no allowed point");
        return b->report->status;
    }
    ECO_TRY(ecopt_space_point_text(b->ctx, b->space, x, &text));
    b->definition->deployment.baseline = eco_arena_strdup(b->arena, text);
    ecopt_text_free(b->ctx, text);
    return b->definition->deployment.baseline ? ECOPT_OK : ECOPT_E_NOMEM;
}

ecopt_status eco_build_deployment(eco_build *b)
{
    ecopt_deployment *deployment = &b->definition->deployment;
    eco_node *map = eco_field_get(b->root, "deployment");
    if (!map || eco_node_is_null(map))
        return ECOPT_OK;
    eco_node *choose = eco_field_get(map, "choose");
    deployment->is_set = true;
    deployment->requests = read_quantity(b, map, "requests", eco_node_number);
    deployment->per_day = read_quantity(b, map, "per_day", eco_node_number);
    deployment->baseline_j = read_quantity(b, map, "baseline_energy", eco_field_energy_j);
    deployment->trial_j = read_quantity(b, map, "trial_energy", eco_field_energy_j);
    if (choose && strcmp(choose->text, "knee") == 0)
        deployment->choose = ECOPT_CHOOSE_KNEE;
    read_metric(b, map);
    check_choice(b, map);
    /* Without a space there were errors, and the definition is of no use. */
    return b->space ? read_baseline(b, map) : b->report->status;
}
