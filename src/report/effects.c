/*
 * Counted from decisions where there are some, and else from what was stored of the attempts: a
 * store of an older version has fewer numbers, not wrong ones.
 */
#include "report/effects.h"

#include "core/dimension.h"
#include "report/clean.h"
#include "report/number.h"

#include <ecopt/study.h>
#include <math.h>
#include <string.h>

/* A fresh measurement is no second try. */
static void count_retries(const ecopt_trial *trial, eco_effects *effects)
{
    for (size_t i = 0; i + 1 < trial->n_runs; i++)
        if (strcmp(trial->runs[i].kind, "run") == 0 &&
            strcmp(trial->runs[i + 1].kind, "run") == 0 &&
            (int)trial->runs[i].cause < (int)ECOPT_CAUSES_MAX)
            effects->n_retried[trial->runs[i].cause]++;
}

/* A trial counts once, however often it was judged. */
static void count_decisions(const ecopt_trial *trial, eco_effects *effects)
{
    bool is_pruned = false, is_profiled = false;
    for (size_t i = 0; i < trial->n_decisions; i++) {
        const ecopt_decision *decision = &trial->decisions[i];
        bool is_end = strcmp(decision->verdict, "prune") == 0;
        is_pruned = is_pruned || (is_end && strcmp(decision->kind, "prune") == 0);
        is_profiled = is_profiled || (is_end && strcmp(decision->kind, "profile") == 0);
    }
    effects->n_pruned += is_pruned;
    effects->n_profiled += is_profiled;
}

/* One pass over the trials; the last 'stop' is the one in force, as a study may be extended and end
 * again. */
void eco_effects_count(const ecopt_snapshot *snapshot, const ecopt_front *front,
                       eco_effects *ret_effects)
{
    eco_effects effects = {.n_front = front->n};
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        size_t n_again = 0;
        for (size_t k = 0; k < trial->n_phases; k++)
            n_again += trial->phases[k].repeat > 1;
        effects.n_again += n_again;
        effects.n_again_trials += n_again > 0;
        count_retries(trial, &effects);
        count_decisions(trial, &effects);
    }
    for (size_t i = 0; i < front->n; i++)
        effects.n_confirmed += snapshot->trials[front->trials[i]].n_confirmed > 0;
    for (size_t i = 0; i < snapshot->n_decisions; i++)
        if (strcmp(snapshot->decisions[i].kind, "stop") == 0)
            effects.end = &snapshot->decisions[i];
    for (size_t i = 0; i < snapshot->n_workers; i++)
        effects.is_at_work = effects.is_at_work || snapshot->workers[i].is_there;
    *ret_effects = effects;
}

/* For counts, which are of type size_t here. */
static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* "; run again: signal 2, lost 1" */
static void add_retried(eco_str *str, const eco_effects *effects)
{
    const char *gap = "; run again: ";
    for (size_t i = 0; i < ECOPT_CAUSES_MAX; i++) {
        if (effects->n_retried[i] == 0)
            continue;
        const char *name = ecopt_cause_name((ecopt_cause)i);
        eco_str_addf(str, "%s%s %zu", gap, name[0] ? name : "other", effects->n_retried[i]);
        gap = ", ";
    }
}

/* Each effect behind the rule that it is of, where one looks for it. */
void eco_effects_add(eco_str *str, const eco_effects *effects, eco_policy policy)
{
    size_t n_ended = policy == ECO_POLICY_PRUNING   ? effects->n_pruned
                     : policy == ECO_POLICY_PROFILE ? effects->n_profiled
                                                    : 0;
    if (policy == ECO_POLICY_RETRIES)
        add_retried(str, effects);
    if (n_ended > 0)
        eco_str_addf(str, "; %zu trial%s ended early", n_ended, plural(n_ended));
    if (policy == ECO_POLICY_REPEATS && effects->n_again > 0)
        eco_str_addf(str, "; %zu further run%s in %zu trial%s", effects->n_again,
                     plural(effects->n_again), effects->n_again_trials,
                     plural(effects->n_again_trials));
    if (policy == ECO_POLICY_CONFIRM)
        eco_str_addf(str, "; %zu of %zu points so far", effects->n_confirmed, effects->n_front);
}

/* A number of the decision; NaN where it has none of that name. */
static double number_of(const json_t *numbers, const char *key)
{
    const json_t *value = json_object_get(numbers, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* "1.2 kJ of 1 kJ", each in the unit of what was spent. */
static void format_reached(const ecopt_definition *definition, ecopt_stop_reason reason,
                           double value, char text[ECO_NUMBER_B])
{
    const char *currency = definition->carbon.currency;
    if (reason == ECOPT_STOP_ENERGY)
        eco_number_with_unit(ECO_DIMENSION_ENERGY, value, (double)NAN, text);
    else if (reason == ECOPT_STOP_TIME)
        eco_number_with_unit(ECO_DIMENSION_TIME, value, (double)NAN, text);
    else if (reason == ECOPT_STOP_CARBON)
        eco_number_with_unit(ECO_DIMENSION_CARBON, value, (double)NAN, text);
    else if (reason == ECOPT_STOP_FAILURES)
        eco_number_percent(value, text);
    else if (reason == ECOPT_STOP_MONEY)
        (void)snprintf(text, ECO_NUMBER_B, "%.4g %.16s", value, currency ? currency : "");
    else
        (void)snprintf(text, ECO_NUMBER_B, "%.10g", value);
}

/* While somebody works on it the study has not ended, whatever is on record of an earlier run. */
bool eco_effects_add_end(eco_str *str, const ecopt_definition *definition,
                         const eco_effects *effects)
{
    ecopt_stop_reason reason = ECOPT_STOP_TRIALS;
    char reached[ECO_NUMBER_B], limit[ECO_NUMBER_B];
    if (!effects->end || effects->is_at_work)
        return false;
    /* A word of a newer version is shown as it is. */
    bool is_known = ecopt_stop_reason_parse(effects->end->verdict, &reason);
    eco_clean_add(str, is_known ? ecopt_stop_reason_text(reason) : effects->end->verdict);
    json_t *numbers = json_loads(effects->end->numbers, 0, NULL);
    double saving_j = number_of(numbers, "saving_j"), cost_j = number_of(numbers, "cost_j");
    double most = number_of(numbers, "limit"), spent = number_of(numbers, "reached");
    json_decref(numbers);
    if (isfinite(saving_j) && isfinite(cost_j)) {
        eco_number_with_unit(ECO_DIMENSION_ENERGY, saving_j, (double)NAN, reached);
        eco_number_with_unit(ECO_DIMENSION_ENERGY, cost_j, (double)NAN, limit);
        eco_str_addf(str, ": it would save %s and take %s", reached, limit);
    } else if (is_known && isfinite(most) && isfinite(spent)) {
        format_reached(definition, reason, spent, reached);
        format_reached(definition, reason, most, limit);
        eco_str_add(str, ": ");
        eco_clean_add(str, reached);
        eco_str_add(str, reason == ECOPT_STOP_FAILURES ? ", allowed are " : " of ");
        eco_clean_add(str, limit);
    }
    return true;
}

/* Null until a run has ended. */
static json_t *end_json(eco_json *json, const ecopt_decision *end)
{
    if (!end)
        return json_null();
    ecopt_stop_reason reason;
    json_t *object = eco_json_object(json), *numbers = json_loads(end->numbers, 0, NULL);
    eco_json_set_text(json, object, "reason", end->verdict);
    eco_json_set_text(
        json, object, "text",
        ecopt_stop_reason_parse(end->verdict, &reason) ? ecopt_stop_reason_text(reason) : NULL);
    eco_json_set_number(json, object, "decided_s", end->decided_s);
    eco_json_set(json, object, "numbers", numbers ? numbers : json_string(end->numbers));
    return object;
}

/* Causes that did not occur are left out of `retried`, all else is always there. */
json_t *eco_effects_json(eco_json *json, const eco_effects *effects)
{
    json_t *object = eco_json_object(json), *retried = eco_json_object(json);
    for (size_t i = 0; i < ECOPT_CAUSES_MAX; i++)
        if (effects->n_retried[i] > 0 && ecopt_cause_name((ecopt_cause)i)[0])
            eco_json_set_int(json, retried, ecopt_cause_name((ecopt_cause)i),
                             (int64_t)effects->n_retried[i]);
    eco_json_set(json, object, "retried", retried);
    eco_json_set_int(json, object, "pruned", (int64_t)effects->n_pruned);
    eco_json_set_int(json, object, "profiled_out", (int64_t)effects->n_profiled);
    eco_json_set_int(json, object, "repeated_runs", (int64_t)effects->n_again);
    eco_json_set_int(json, object, "confirmed_points", (int64_t)effects->n_confirmed);
    eco_json_set(json, object, "end", end_json(json, effects->end));
    return object;
}
