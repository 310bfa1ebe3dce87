/*
 * Trials, objectives and front as JSON.
 *
 * Keys carry units (energy_j, time_s); values are SI; a number with an uncertainty is an object of
 * value and u95.  Lists keep the order of the tables.  Fields are only ever added.
 *
 * A trial reads the same in the list, on the front and alone, so that a program needs one reader.
 */
#include "report/json_trial.h"

#include "analysis/carbon_figure.h"
#include "analysis/front.h"
#include "core/dimension.h"
#include "report/prose.h"
#include "report/rows.h"
#include "report/steps_report.h"

#include <math.h>

void eco_json_set_study(eco_json *json, json_t *object, const ecopt_snapshot *snapshot)
{
    eco_json_set_text(json, object, "study", snapshot->name);
    eco_json_set_u64(json, object, "seed", snapshot->seed);
    eco_json_set_int(json, object, "revision", snapshot->revision);
    eco_json_set_text(json, object, "ecopt_version", snapshot->version);
}

json_t *eco_json_objectives(eco_json *json, const ecopt_definition *definition)
{
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < definition->n_objectives; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        const char *unit = eco_dimension_unit(eco_dimension_of(objective->metric, NULL));
        json_t *object = eco_json_object(json);
        eco_json_set_text(json, object, "metric", objective->metric);
        eco_json_set_text(json, object, "unit", unit[0] ? unit : NULL);
        eco_json_set_text(json, object, "goal", objective->goal == ECOPT_GOAL_MAX ? "max" : "min");
        eco_json_set_text(json, object, "scale",
                          objective->scale == ECOPT_SCALE_LOG ? "log" : "linear");
        eco_json_set_number(json, object, "threshold",
                            objective->has_threshold ? objective->threshold : (double)NAN);
        eco_json_append(json, array, object);
    }
    return array;
}

void eco_json_set_reference(eco_json *json, json_t *object, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot)
{
    json_t *values = eco_json_object(json), *sources = eco_json_object(json);
    bool is_known = false;
    for (size_t i = 0; i < definition->n_objectives; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        double value = eco_reference_value(definition, snapshot, i);
        const char *source = objective->has_threshold ? "threshold" : "inferred";
        eco_json_set_number(json, values, objective->metric, value);
        eco_json_set_text(json, sources, objective->metric, isnan(value) ? NULL : source);
        is_known = is_known || !isnan(value);
    }
    if (!is_known) {
        json_decref(values);
        values = json_null();
    }
    eco_json_set(json, object, "reference", values);
    eco_json_set(json, object, "reference_source", sources);
}

/* Every objective by name, null where the trial has none. */
static json_t *objective_values(eco_json *json, const ecopt_definition *definition,
                                const ecopt_trial *trial)
{
    json_t *object = eco_json_object(json);
    for (size_t i = 0; i < definition->n_objectives; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        eco_json_set(json, object, objective->metric,
                     eco_json_measured(json, eco_objective_value(objective, trial),
                                       eco_objective_u95(objective, trial)));
    }
    return object;
}

json_t *eco_json_trial_brief(eco_json *json, const ecopt_definition *definition,
                             const ecopt_trial *trial)
{
    eco_trial_energy energy = eco_trial_energy_of(trial);
    ecopt_quality quality;
    bool is_labelled = eco_trial_quality(definition, trial, &quality);
    json_t *object = eco_json_object(json);
    eco_json_set_int(json, object, "trial", trial->id);
    eco_json_set_text(json, object, "state", ecopt_trial_state_name(trial->state));
    eco_json_set_text(json, object, "cause",
                      trial->cause == ECOPT_CAUSE_NONE ? NULL : ecopt_cause_name(trial->cause));
    eco_str reason = ECO_STR_INIT(json->ctx);
    eco_prose_reason(&reason, definition, trial);
    eco_json_set_text(json, object, "reason", reason.length > 0 ? eco_str_text(&reason) : NULL);
    json->has_failed = json->has_failed || eco_str_status(&reason) != ECOPT_OK;
    eco_str_release(&reason);
    eco_json_set_text(json, object, "origin", trial->origin);
    eco_json_set_int(json, object, "attempts", trial->attempts);
    /* Of studies that confirm nothing these would say nothing. */
    if (trial->n_confirmed > 0)
        eco_json_set_int(json, object, "fresh_measurements", trial->n_confirmed);
    if (trial->is_passed_over)
        eco_json_set_bool(json, object, "is_passed_over", true);
    eco_json_set(json, object, "params", eco_json_point(json, definition->space, trial->point));
    eco_json_set(json, object, "objectives", objective_values(json, definition, trial));
    eco_json_set_text(json, object, "quality", is_labelled ? ecopt_quality_name(quality) : NULL);
    eco_json_set_number(json, object, "energy_j", energy.energy_j);
    eco_json_set_number(json, object, "u95_j", energy.u95_j);
    eco_json_set_text(json, object, "energy_quality",
                      energy.is_labelled ? ecopt_quality_name(energy.quality) : NULL);
    eco_json_set(json, object, "flags", eco_json_flags(json, energy.flags));
    eco_json_set_number(json, object, "time_s", energy.time_s);
    return object;
}

/* One metered phase; exit_status is null when a signal ended it. */
static json_t *phase(eco_json *json, const ecopt_phase_record *record)
{
    json_t *object = eco_json_object(json);
    eco_json_set_text(json, object, "phase", record->phase);
    eco_json_set_number(json, object, "started_s", record->started_s);
    eco_json_set_number(json, object, "time_s", record->time_s);
    eco_json_set_number(json, object, "cpu_s", record->cpu_s);
    eco_json_set_number(json, object, "max_rss_b", record->max_rss_b);
    if (record->exit_status >= 0)
        eco_json_set_int(json, object, "exit_status", record->exit_status);
    else
        eco_json_set(json, object, "exit_status", json_null());
    eco_json_set_int(json, object, "signal", record->signal);
    eco_json_set_bool(json, object, "is_timed_out", record->is_timed_out);
    if (record->repeat > 1)
        eco_json_set_int(json, object, "repeat", record->repeat);
    eco_json_set(json, object, "energy", eco_json_energy(json, &record->energy));
    return object;
}

/* Of a trial that was run more than once. */
static json_t *runs_array(eco_json *json, const ecopt_trial *trial)
{
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < trial->n_runs; i++) {
        const ecopt_attempt *run = &trial->runs[i];
        json_t *object = eco_json_object(json);
        eco_json_set_int(json, object, "attempt", run->attempt);
        eco_json_set_text(json, object, "kind", run->kind);
        eco_json_set_text(json, object, "state", run->state);
        eco_json_set_text(json, object, "cause",
                          run->cause == ECOPT_CAUSE_NONE ? NULL : ecopt_cause_name(run->cause));
        eco_json_set_text(json, object, "reason",
                          run->reason && run->reason[0] ? run->reason : NULL);
        eco_json_set_text(json, object, "dir", run->dir);
        eco_json_set_number(json, object, "started_s", run->started_s);
        eco_json_set_number(json, object, "ended_s", run->ended_s);
        eco_json_set_number(json, object, "energy_j", run->energy_j);
        eco_json_set_number(json, object, "u95_j", run->u95_j);
        eco_json_set_number(json, object, "time_s", run->time_s);
        eco_json_append(json, array, object);
    }
    return array;
}

/* The numbers are a JSON object already; what is not one any more is handed on as a text. */
static json_t *decisions_array(eco_json *json, const ecopt_trial *trial)
{
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < trial->n_decisions; i++) {
        const ecopt_decision *decision = &trial->decisions[i];
        json_t *object = eco_json_object(json);
        json_t *numbers = json_loads(decision->numbers, 0, NULL);
        eco_json_set_text(json, object, "kind", decision->kind);
        eco_json_set_text(json, object, "verdict", decision->verdict);
        eco_json_set_int(json, object, "attempt", decision->attempt);
        eco_json_set_int(json, object, "step", decision->step);
        eco_json_set_number(json, object, "decided_s", decision->decided_s);
        eco_json_set(json, object, "numbers", numbers ? numbers : json_string(decision->numbers));
        eco_json_append(json, array, object);
    }
    return array;
}

json_t *eco_json_trial_full(eco_json *json, const ecopt_definition *definition,
                            const ecopt_trial *trial)
{
    json_t *object = eco_json_trial_brief(json, definition, trial);
    json_t *metrics = eco_json_object(json);
    json_t *phases = eco_json_array(json);
    eco_json_set_bool(json, object, "is_feasible", eco_trial_is_feasible(definition, trial));
    eco_json_set_text(json, object, "point", trial->point);
    eco_json_set_u64(json, object, "seed", trial->seed);
    eco_json_set_number(json, object, "created_s", trial->created_s);
    eco_json_set_number(json, object, "started_s", trial->started_s);
    eco_json_set_number(json, object, "ended_s", trial->ended_s);
    eco_json_set_text(json, object, "dir", trial->dir);
    eco_json_set_number(json, object, "spent_energy_j", trial->spent_energy_j);
    eco_json_set_number(json, object, "spent_time_s", trial->spent_time_s);
    for (size_t i = 0; i < trial->n_metrics; i++)
        eco_json_set(json, metrics, trial->metrics[i].name,
                     eco_json_measured(json, trial->metrics[i].value, trial->metrics[i].u95));
    for (size_t i = 0; i < trial->n_phases; i++)
        eco_json_append(json, phases, phase(json, &trial->phases[i]));
    eco_json_set(json, object, "metrics", metrics);
    eco_json_set(json, object, "phases", phases);
    if (trial->n_runs > 0)
        eco_json_set(json, object, "runs", runs_array(json, trial));
    if (trial->n_decisions > 0)
        eco_json_set(json, object, "decisions", decisions_array(json, trial));
    if (trial->n_curves > 0)
        eco_json_set(json, object, "curves", eco_json_curves(json, trial));
    return object;
}

json_t *eco_json_unresolved(eco_json *json, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_front *front)
{
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < snapshot->n_trials; i++)
        if (eco_trial_is_unresolved(definition, snapshot, front, i))
            eco_json_append(json, array, json_integer(snapshot->trials[i].id));
    return array;
}

/* A factor that the section does not give is 0 there and null here. */
static void set_factor(eco_json *json, json_t *object, const char *key, double value)
{
    eco_json_set_number(json, object, key, value > 0 ? value : (double)NAN);
}

json_t *eco_json_own(eco_json *json, const ecopt_own_energy *own)
{
    if (own->n == 0)
        return json_null();
    json_t *object = eco_json_object(json);
    eco_json_set_number(json, object, "energy_j", own->energy_j);
    eco_json_set_number(json, object, "u95_j", own->u95_j);
    eco_json_set_number(json, object, "gain_lo", own->gain_lo);
    eco_json_set_number(json, object, "gain_hi", own->gain_hi);
    eco_json_set_text(json, object, "quality", ecopt_quality_name(own->quality));
    eco_json_set(json, object, "flags", eco_json_flags(json, own->flags));
    eco_json_set_number(json, object, "cpu_s", own->cpu_s);
    eco_json_set_int(json, object, "runs", (int64_t)own->n);
    return object;
}

json_t *eco_json_carbon(eco_json *json, const ecopt_definition *definition, double energy_j,
                        double time_s)
{
    eco_carbon carbon;
    if (!eco_carbon_of(definition, energy_j, time_s, &carbon))
        return json_null();
    json_t *object = eco_json_object(json);
    eco_json_set_number(json, object, "carbon_g", carbon.carbon_g);
    eco_json_set_number(json, object, "u95_g", carbon.u95_g);
    eco_json_set_number(json, object, "g_per_kwh", carbon.g_per_kwh);
    eco_json_set_number(json, object, "pue", carbon.pue);
    eco_json_set_text(json, object, "country", carbon.country);
    if (carbon.year)
        eco_json_set_int(json, object, "year", carbon.year);
    else
        eco_json_set(json, object, "year", json_null());
    eco_json_set_text(json, object, "source", carbon.source);
    eco_json_set_number(json, object, "uncertainty_ratio", carbon.uncertainty_ratio);
    eco_json_set_bool(json, object, "is_default_uncertainty", carbon.is_default_ratio);
    eco_json_set_number(json, object, "embodied_g", carbon.embodied_g);
    set_factor(json, object, "embodied_total_g", definition->carbon.embodied_g);
    set_factor(json, object, "lifetime_s", definition->carbon.lifetime_s);
    eco_json_set_number(json, object, "water_l", carbon.water_l);
    set_factor(json, object, "wue_l_per_kwh", definition->carbon.wue_l_per_kwh);
    eco_json_set_number(json, object, "cost", carbon.cost);
    eco_json_set_text(json, object, "currency", definition->carbon.currency);
    set_factor(json, object, "price_per_kwh", definition->carbon.price_per_kwh);
    return object;
}

void eco_json_set_front(eco_json *json, json_t *object, const ecopt_snapshot *snapshot,
                        const ecopt_front *front)
{
    eco_json_set_int(json, object, "front_size", (int64_t)front->n);
    if (front->knee < front->n)
        eco_json_set_int(json, object, "knee", snapshot->trials[front->trials[front->knee]].id);
    else
        eco_json_set(json, object, "knee", json_null());
    eco_json_set_number(json, object, "hypervolume", front->hypervolume);
    eco_json_set_bool(json, object, "has_mixed_quality", front->has_mixed_quality);
}
