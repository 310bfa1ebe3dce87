/*
 * Sentences as short as the keys allow: who wants to know more reads the manual by the same word.
 */
#include "report/policy.h"

#include "core/dimension.h"
#include "report/clean.h"
#include "report/json_trial.h"
#include "report/number.h"

#include <ecopt/report.h>
#include <math.h>
#include <string.h>

const char *eco_policy_name(eco_policy policy)
{
    static const char *const names[ECO_POLICY_COUNT] = {
        "failures",  "retries",    "carbon",  "money",   "gain",    "deployment", "resources",
        "variables", "concurrent", "repeats", "confirm", "profile", "pruning"};
    return names[policy];
}

/* The one thing that makes "1 rounds" out of a format. */
static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* "stop above 90 % of the trials, or after 10 in a row" */
static bool add_failures(eco_str *str, const ecopt_definition *d)
{
    bool has_rate = d->budget.max_failure_ratio<1, has_row = d->failures.consecutive> 0;
    char text[ECO_NUMBER_B];
    if (!has_rate && !has_row)
        return false;
    eco_str_add(str, "the study stops ");
    if (has_rate) {
        eco_number_percent(d->budget.max_failure_ratio, text);
        eco_str_addf(str, "above %s of its trials", text);
    }
    if (has_row)
        eco_str_addf(str, "%safter %lld in a row", has_rate ? ", or " : "",
                     (long long)d->failures.consecutive);
    return true;
}

/* "signal 1, meter 1, lost 3" */
static bool add_retries(eco_str *str, const ecopt_definition *d)
{
    bool is_any = false;
    for (int cause = 0; cause < ECOPT_CAUSES_MAX; cause++) {
        if (d->failures.retries[cause] <= 0)
            continue;
        eco_str_addf(str, "%s%s %d", is_any ? ", " : "", ecopt_cause_name((ecopt_cause)cause),
                     (int)d->failures.retries[cause]);
        is_any = true;
    }
    return is_any;
}

/* Only of those who gave a limit: the default is none. */
static bool add_carbon(eco_str *str, const ecopt_definition *d)
{
    char text[ECO_NUMBER_B];
    if (!(d->budget.carbon_g > 0) || !isfinite(d->budget.carbon_g))
        return false;
    eco_number_with_unit(ECO_DIMENSION_CARBON, d->budget.carbon_g, (double)NAN, text);
    eco_str_addf(str, "the study stops at %s", text);
    return true;
}

/* In the words of the file: a currency is only printed, never converted. */
static bool add_money(eco_str *str, const ecopt_definition *d)
{
    if (!(d->budget.money > 0) || !isfinite(d->budget.money))
        return false;
    eco_str_addf(str, "the study stops at %.10g ", d->budget.money);
    eco_clean_add(str, d->carbon.currency ? d->carbon.currency : "");
    return true;
}

/* A share of the hypervolume, asked of each suggestion of the models. */
static bool add_gain(eco_str *str, const ecopt_definition *d)
{
    if (!(d->budget.gain_ratio > 0))
        return false;
    eco_str_addf(
        str,
        "the study stops after %lld suggestion%s in a row that promise%s less than %.3g %% "
        "of the hypervolume",
        (long long)d->budget.gain_trials, plural(d->budget.gain_trials),
        d->budget.gain_trials == 1 ? "s" : "", 100 * d->budget.gain_ratio);
    return true;
}

/* "1e+06 requests of evaluate.j_per_sample, the knee; baseline lr=0.01" */
static bool add_deployment(eco_str *str, const ecopt_definition *d)
{
    const ecopt_deployment *deployment = &d->deployment;
    if (!deployment->is_set)
        return false;
    eco_str_addf(str, "%.6g requests of ", deployment->requests);
    eco_clean_add(str, deployment->metric);
    eco_str_addf(str, ", %s; baseline ",
                 deployment->choose == ECOPT_CHOOSE_KNEE ? "the knee" : "the cheapest allowed");
    eco_clean_add(str, deployment->baseline);
    return true;
}

/* "memory 4 GB, 2 CPUs, 1 GPU, 100 processes; required" */
static bool add_resources(eco_str *str, const ecopt_definition *d)
{
    const ecopt_resources *r = &d->resources;
    const char *gap = "";
    if (r->memory_b > 0) {
        bool is_large = r->memory_b >= 1e9;
        eco_str_addf(str, "memory %.4g %s", r->memory_b * (is_large ? 1e-9 : 1e-6),
                     is_large ? "GB" : "MB");
        gap = ", ";
    }
    const struct {
        int64_t n;
        const char *what, *many;
    } counts[] = {{r->cpus, "CPU", "s"}, {r->gpus, "GPU", "s"}, {r->pids, "process", "es"}};
    for (size_t i = 0; i < ECO_LEN(counts); i++) {
        if (counts[i].n <= 0)
            continue;
        eco_str_addf(str, "%s%lld %s%s", gap, (long long)counts[i].n, counts[i].what,
                     counts[i].n == 1 ? "" : counts[i].many);
        gap = ", ";
    }
    if (gap[0])
        eco_str_add(str, r->is_required ? " for each trial; required" : " for each trial");
    return gap[0] != '\0';
}

/* Names of variables come from the file and may hold anything printable. */
static void add_list(eco_str *str, const char *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        eco_str_add(str, i > 0 ? ", " : "");
        eco_clean_add(str, items[i]);
    }
}

/* Names only: what a secret holds is never shown. */
static bool add_environment(eco_str *str, const ecopt_definition *d)
{
    const ecopt_environment *e = &d->environment;
    if (e->is_limited) {
        eco_str_add(str, e->n_inherited > 0 ? "inherited " : "none inherited");
        add_list(str, e->inherited, e->n_inherited);
    }
    if (e->n_secrets > 0) {
        eco_str_add(str, e->is_limited ? "; secret " : "secret ");
        add_list(str, e->secrets, e->n_secrets);
    }
    return e->is_limited || e->n_secrets > 0;
}

/* No key means exclusive. */
static bool is_shared(const ecopt_definition *d)
{
    return d->meter.concurrent && strcmp(d->meter.concurrent, "share") == 0;
}

/* Without a real meter nobody waits. */
static bool add_concurrent(eco_str *str, const ecopt_definition *d)
{
    if (!d->meter.sources || strcmp(d->meter.sources, "none") == 0 ||
        strncmp(d->meter.sources, "replay:", 7) == 0)
        return false;
    eco_str_add(str, is_shared(d) ? "share: phases run side by side, joules by CPU time"
                                  : "exclusive: phases whose energy counts run alone");
    return true;
}

/* "evaluate: 1 to 3 runs, until within 3 %" */
static bool add_repeats(eco_str *str, const ecopt_definition *d)
{
    const ecopt_repeat_policy *policy = &d->repeats;
    if (policy->n_phases == 0 || policy->max <= 1)
        return false;
    for (size_t i = 0; i < policy->n_phases; i++) {
        eco_str_add(str, i > 0 ? ", " : "");
        eco_clean_add(str, d->phases[policy->phases[i]].name);
    }
    if (policy->min < policy->max)
        eco_str_addf(str, ": %lld to %lld runs", (long long)policy->min, (long long)policy->max);
    else
        eco_str_addf(str, ": %lld runs", (long long)policy->max);
    if (policy->target_ratio > 0)
        eco_str_addf(str, ", until within %.3g %%", 100 * policy->target_ratio);
    return true;
}

/* Also where it acts by default, beside adaptive repeats. */
static bool add_confirm(eco_str *str, const ecopt_definition *d)
{
    if (d->repeats.n_phases == 0 || d->repeats.confirm <= 0)
        return false;
    eco_str_addf(str, "the front is measured anew at the end, %lld round%s",
                 (long long)d->repeats.confirm, plural(d->repeats.confirm));
    return true;
}

/* "profile decides: trials end below a chance of 5 %" */
static bool add_profile(eco_str *str, const ecopt_definition *d)
{
    if (!d->profile.is_set)
        return false;
    eco_clean_add(str, d->phases[d->profile.phase].name);
    eco_str_addf(str, " decides: trials end below a chance of %.3g %%",
                 100 * d->profile.threshold_ratio);
    return true;
}

/* "curve: trials end at a chance of 95 % to be of no use or below a gain of 0.05 %, after 5 ..." */
static bool add_pruning(eco_str *str, const ecopt_definition *d)
{
    const ecopt_pruning *p = &d->pruning;
    if (p->rule == ECOPT_PRUNE_NONE)
        return false;
    if (p->rule == ECOPT_PRUNE_ASHA)
        eco_str_addf(str, "asha: one trial in %.4g goes on at each rung", p->reduction);
    else
        eco_str_addf(str, "curve: trials end at a chance of %.4g %% to be of no use",
                     100 * p->confidence);
    if (p->rule == ECOPT_PRUNE_CURVE && p->gain_ratio > 0)
        eco_str_addf(str, " or below a gain of %.4g %%", 100 * p->gain_ratio);
    if (p->metric) {
        eco_str_add(str, " by ");
        eco_clean_add(str, p->metric);
    }
    if (p->steps > 0)
        eco_str_addf(str, ", of %lld steps", (long long)p->steps);
    eco_str_addf(str, ", after %lld complete trials and step %lld", (long long)p->warmup_trials,
                 (long long)p->warmup_steps);
    return true;
}

/* In the order of the enum, which is that of the lines. */
bool eco_policy_text(eco_str *str, const ecopt_definition *definition, eco_policy policy)
{
    static bool (*const adders[ECO_POLICY_COUNT])(eco_str *, const ecopt_definition *) = {
        add_failures,   add_retries,   add_carbon,      add_money,      add_gain,
        add_deployment, add_resources, add_environment, add_concurrent, add_repeats,
        add_confirm,    add_profile,   add_pruning};
    return adders[policy](str, definition);
}

/* ---- JSON ---- */

/* Without a limit there is no number. */
static double limit_of(double limit)
{
    return limit > 0 && isfinite(limit) ? limit : (double)NAN;
}

/* Keys that were there first stand first. */
json_t *eco_policy_budget_json(eco_json *json, const ecopt_definition *definition)
{
    const ecopt_budget *budget = &definition->budget;
    json_t *object = eco_json_object(json);
    eco_json_set_int(json, object, "trials", budget->trials);
    eco_json_set_number(json, object, "energy_j", budget->energy_j);
    eco_json_set_number(json, object, "time_s", budget->time_s);
    eco_json_set_number(json, object, "carbon_g", limit_of(budget->carbon_g));
    eco_json_set_number(json, object, "money", limit_of(budget->money));
    eco_json_set_int(json, object, "init", budget->init);
    eco_json_set_number(json, object, "max_failure_ratio", budget->max_failure_ratio);
    eco_json_set_int(json, object, "consecutive_failures", definition->failures.consecutive);
    eco_json_set_number(json, object, "gain_ratio", limit_of(budget->gain_ratio));
    eco_json_set_int(json, object, "gain_trials", budget->gain_trials);
    return object;
}

/* All causes that have a number, zeros too. */
static json_t *retries_json(eco_json *json, const ecopt_definition *d)
{
    json_t *object = eco_json_object(json);
    static const ecopt_cause causes[] = {
        ECOPT_CAUSE_EXIT,         ECOPT_CAUSE_SIGNAL, ECOPT_CAUSE_TIMEOUT,
        ECOPT_CAUSE_MEMORY,       ECOPT_CAUSE_START,  ECOPT_CAUSE_NO_METRIC,
        ECOPT_CAUSE_NOT_A_NUMBER, ECOPT_CAUSE_METER,  ECOPT_CAUSE_LOST};
    for (size_t i = 0; i < ECO_LEN(causes); i++)
        eco_json_set_int(json, object, ecopt_cause_name(causes[i]), d->failures.retries[causes[i]]);
    return object;
}

/* What the file says, in its order. */
static json_t *texts_json(eco_json *json, const char *const *items, size_t n)
{
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < n; i++)
        eco_json_append(json, array, json_string(items[i]));
    return array;
}

/* 0 stands for no limit, and a reader of JSON should not have to know. */
static json_t *count_json(int64_t n)
{
    return n > 0 ? json_integer(n) : json_null();
}

/* Limits as they were asked for; whether they can be kept here is told by `doctor`. */
static json_t *resources_json(eco_json *json, const ecopt_definition *d)
{
    const ecopt_resources *r = &d->resources;
    json_t *object = eco_json_object(json);
    eco_json_set_number(json, object, "memory_b", limit_of(r->memory_b));
    eco_json_set(json, object, "cpus", count_json(r->cpus));
    eco_json_set(json, object, "gpus", count_json(r->gpus));
    eco_json_set(json, object, "pids", count_json(r->pids));
    eco_json_set_bool(json, object, "is_required", r->is_required);
    return object;
}

/* Phases by name: their numbers mean something inside of the library only. */
static json_t *repeats_json(eco_json *json, const ecopt_definition *d)
{
    const ecopt_repeat_policy *r = &d->repeats;
    json_t *object = eco_json_object(json), *phases = eco_json_array(json);
    eco_json_set_int(json, object, "min", r->min);
    eco_json_set_int(json, object, "max", r->max);
    eco_json_set_number(json, object, "target_ratio", limit_of(r->target_ratio));
    for (size_t i = 0; i < r->n_phases; i++)
        eco_json_append(json, phases, json_string(d->phases[r->phases[i]].name));
    eco_json_set(json, object, "phases", phases);
    eco_json_set_int(json, object, "confirm", r->confirm);
    return object;
}

/* Null without the section. */
static json_t *profile_json(eco_json *json, const ecopt_definition *d)
{
    const ecopt_profile_policy *p = &d->profile;
    if (!p->is_set)
        return json_null();
    json_t *object = eco_json_object(json), *provides = eco_json_object(json);
    eco_json_set_text(json, object, "phase", d->phases[p->phase].name);
    for (size_t i = 0; i < p->n_provides; i++)
        eco_json_set_text(json, provides, d->objectives[p->provides[i].objective].metric,
                          p->provides[i].metric);
    eco_json_set(json, object, "provides", provides);
    eco_json_set_number(json, object, "threshold_ratio", p->threshold_ratio);
    return object;
}

/* Null where the rule is none, whatever else was written. */
static json_t *pruning_json(eco_json *json, const ecopt_definition *d)
{
    static const char *const rules[] = {"none", "curve", "asha"};
    const ecopt_pruning *p = &d->pruning;
    if (p->rule == ECOPT_PRUNE_NONE)
        return json_null();
    json_t *object = eco_json_object(json);
    eco_json_set_text(json, object, "rule", rules[p->rule]);
    eco_json_set(json, object, "steps", count_json(p->steps));
    eco_json_set_text(json, object, "metric", p->metric);
    eco_json_set_number(json, object, "confidence", p->confidence);
    eco_json_set_number(json, object, "gain", p->gain_ratio);
    eco_json_set_number(json, object, "reduction", p->reduction);
    eco_json_set_int(json, object, "warmup_trials", p->warmup_trials);
    eco_json_set_int(json, object, "warmup_steps", p->warmup_steps);
    return object;
}

/* What was not given is null, what has a default has it. */
static json_t *deployment_json(eco_json *json, const ecopt_definition *d)
{
    const ecopt_deployment *p = &d->deployment;
    if (!p->is_set)
        return json_null();
    json_t *object = eco_json_object(json);
    eco_json_set_number(json, object, "requests", p->requests);
    eco_json_set_text(json, object, "metric", p->metric);
    eco_json_set_text(json, object, "baseline", p->baseline);
    eco_json_set_text(json, object, "choose", p->choose == ECOPT_CHOOSE_KNEE ? "knee" : "min");
    eco_json_set_number(json, object, "baseline_j", p->baseline_j);
    eco_json_set_number(json, object, "trial_j", p->trial_j);
    eco_json_set_number(json, object, "per_day", p->per_day);
    return object;
}

/* Every key is there, so that a reader need not ask. */
json_t *eco_policy_json(eco_json *json, const ecopt_definition *definition)
{
    const ecopt_environment *e = &definition->environment;
    json_t *object = eco_json_object(json);
    eco_json_set(json, object, "retries", retries_json(json, definition));
    eco_json_set(json, object, "resources", resources_json(json, definition));
    eco_json_set(json, object, "inherit_env",
                 e->is_limited ? texts_json(json, e->inherited, e->n_inherited) : json_null());
    eco_json_set(json, object, "secrets", texts_json(json, e->secrets, e->n_secrets));
    eco_json_set_text(json, object, "concurrent", is_shared(definition) ? "share" : "exclusive");
    eco_json_set(json, object, "repeats", repeats_json(json, definition));
    eco_json_set(json, object, "profile", profile_json(json, definition));
    eco_json_set(json, object, "pruning", pruning_json(json, definition));
    eco_json_set(json, object, "deployment", deployment_json(json, definition));
    return object;
}

/* ---- the definition ---- */

/* "float" and its range, or its values. */
static json_t *param_json(eco_json *json, const ecopt_param *param)
{
    json_t *object = eco_json_object(json), *values = eco_json_array(json);
    bool is_range = param->type == ECOPT_PARAM_FLOAT || param->type == ECOPT_PARAM_INT;
    eco_json_set_text(json, object, "name", param->name);
    eco_json_set_text(json, object, "type", ecopt_param_type_name(param->type));
    eco_json_set_number(json, object, "min", is_range ? param->min : (double)NAN);
    eco_json_set_number(json, object, "max", is_range ? param->max : (double)NAN);
    eco_json_set_bool(json, object, "is_log", param->is_log);
    for (size_t i = 0; i < param->n_values; i++)
        eco_json_append(json, values, json_string(param->values[i].text));
    eco_json_set(json, object, "values", values);
    eco_json_set_bool(json, object, "is_ordered", param->is_ordered);
    eco_json_set_text(json, object, "when", param->when);
    return object;
}

/* The login of a plug is nobody's business who reads the document. */
static json_t *meter_json(eco_json *json, const ecopt_definition *d)
{
    json_t *object = eco_json_object(json);
    char *sources = eco_strdup(json->ctx, d->meter.sources ? d->meter.sources : "auto");
    json->has_failed = json->has_failed || !sources;
    ecopt_meter_hide_logins(sources);
    eco_json_set_text(json, object, "sources", sources);
    eco_json_set_text(json, object, "require", d->meter.require);
    eco_json_set_text(json, object, "total", d->meter.total);
    eco_json_set_text(json, object, "edges", d->meter.edges);
    eco_free(json->ctx, sources);
    return object;
}

/* Both kinds of constraint in one list, as the file has them. */
static ecopt_status definition_json(ecopt_ctx *ctx, const ecopt_definition *d, char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json), *params = eco_json_array(&json);
    json_t *bounds = eco_json_array(&json), *phases = eco_json_array(&json);
    eco_json_set_text(&json, root, "study", d->name);
    eco_json_set_text(&json, root, "sampler", d->sampler);
    eco_json_set_u64(&json, root, "seed", d->seed);
    for (size_t i = 0; i < ecopt_space_n_params(d->space); i++)
        eco_json_append(&json, params, param_json(&json, ecopt_space_param(d->space, i)));
    for (size_t i = 0; i < ecopt_space_n_constraints(d->space); i++)
        eco_json_append(&json, bounds, json_string(ecopt_space_constraint(d->space, i)));
    for (size_t i = 0; i < d->n_constraints; i++)
        eco_json_append(&json, bounds, json_string(d->constraints[i].text));
    for (size_t i = 0; i < d->n_phases; i++)
        eco_json_append(&json, phases, json_string(d->phases[i].name));
    eco_json_set(&json, root, "params", params);
    eco_json_set(&json, root, "phases", phases);
    eco_json_set(&json, root, "objectives", eco_json_objectives(&json, d));
    eco_json_set(&json, root, "constraints", bounds);
    eco_json_set(&json, root, "budget", eco_policy_budget_json(&json, d));
    eco_json_set(&json, root, "meter", meter_json(&json, d));
    eco_json_set(&json, root, "policies", eco_policy_json(&json, d));
    return eco_json_take(&json, root, ret_text);
}

/* Grams and money stand beside the other limits of the budget. */
static ecopt_status definition_table(ecopt_ctx *ctx, const ecopt_definition *d, char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_status status = ECOPT_OK;
    for (int i = 0; status == ECOPT_OK && i < ECO_POLICY_COUNT; i++) {
        eco_policy policy = (eco_policy)i;
        eco_str line = ECO_STR_INIT(ctx);
        if (policy != ECO_POLICY_CARBON && policy != ECO_POLICY_MONEY &&
            eco_policy_text(&line, d, policy))
            eco_str_addf(&str, "  %-10s %s\n", eco_policy_name(policy), eco_str_text(&line));
        status = eco_str_status(&line);
        eco_str_release(&line);
    }
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

/* A definition is no table of rows, so there is no CSV of it. */
ecopt_status ecopt_report_definition(ecopt_ctx *ctx, const ecopt_definition *definition,
                                     ecopt_format format, char **ret_text)
{
    if (format == ECOPT_FORMAT_TABLE)
        return definition_table(ctx, definition, ret_text);
    if (format == ECOPT_FORMAT_JSON)
        return definition_json(ctx, definition, ret_text);
    return eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
}
