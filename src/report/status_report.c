/*
 * `ecopt status`: how far the study is.
 *
 * Cheap enough to be asked every few seconds beside a running study.  The JSON form also has the
 * split of the search's own energy by phase and by outcome.
 *
 * CSV is one line for a spreadsheet that follows a study; it has the few figures that change.
 */
#include "analysis/carbon_figure.h"
#include "analysis/front.h"
#include "core/clock.h"
#include "report/clean.h"
#include "report/effects.h"
#include "report/json_trial.h"
#include "report/number.h"
#include "report/prose.h"

#include <ecopt/report.h>
#include <math.h>

/* All that the three formats show. */
typedef struct study_status {
    ecopt_front *front;   /* owned */
    eco_summary *summary; /* owned */
    eco_effects effects;
} study_status;

/* Either part may be missing after a failure. */
static void status_release(ecopt_ctx *ctx, study_status *all)
{
    ecopt_front_free(ctx, all->front);
    eco_summary_free(ctx, all->summary);
}

/* "spent 12.3 kJ of 2 kWh"; the limit only where there is one. */
static void add_budget(eco_str *str, const char *name, eco_dimension dimension, double spent,
                       double limit)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(dimension, spent, (double)NAN, text);
    eco_str_addf(str, "  %-10s %s", name, text[0] ? text : "not known");
    if (isfinite(limit)) {
        eco_number_with_unit(dimension, limit, (double)NAN, text);
        eco_str_addf(str, " of %s", text);
        if (limit > 0 && !isnan(spent)) {
            eco_number_percent(spent / limit, text);
            eco_str_addf(str, " (%s)", text);
        }
    }
    eco_str_add_char(str, '\n');
}

/* A line per objective that some feasible trial has. */
static void add_best(eco_str *str, const ecopt_definition *definition,
                     const ecopt_snapshot *snapshot, const eco_summary *summary)
{
    for (size_t i = 0; i < summary->n_best; i++) {
        const eco_best *best = &summary->best[i];
        if (!best->is_known)
            continue;
        eco_str_add(str, "  best       ");
        eco_clean_add(str, definition->objectives[i].metric);
        eco_str_add_char(str, ' ');
        eco_prose_value(str, definition->objectives[i].metric, best->value, best->u95);
        eco_str_addf(str, " (trial %lld)\n", (long long)snapshot->trials[best->trial].id);
    }
}

/* " of 100 (12 %)" behind what has a budget, in its own unit. */
static void add_limit(eco_str *str, double spent, double limit, const char *unit)
{
    char text[ECO_NUMBER_B];
    if (!(limit > 0) || !isfinite(limit) || isnan(spent))
        return;
    eco_number_percent(spent / limit, text);
    eco_str_addf(str, ", of %.6g %s (%s)", limit, unit, text);
}

/* The budgets that joules are turned into. */
static void add_converted(eco_str *str, const ecopt_definition *definition, eco_impact impact,
                          const ecopt_snapshot *snapshot)
{
    eco_carbon carbon;
    if (!eco_carbon_of(definition, snapshot->spent_energy_j, snapshot->spent_time_s, &carbon))
        return;
    if (impact == ECO_IMPACT_CARBON)
        add_limit(str, carbon.carbon_g, definition->budget.carbon_g, "g");
    if (impact == ECO_IMPACT_COST)
        add_limit(str, carbon.cost, definition->budget.money, definition->carbon.currency);
}

/* What the file says of failures and of joules that need not be spent, and what came of it. Grams
 * and money have lines of their own. */
static ecopt_status add_policies(eco_str *str, const ecopt_definition *definition,
                                 const eco_effects *effects)
{
    ecopt_status status = ECOPT_OK;
    for (int i = 0; status == ECOPT_OK && i < ECO_POLICY_COUNT; i++) {
        eco_policy policy = (eco_policy)i;
        eco_str line = ECO_STR_INIT(str->ctx);
        bool is_shown = policy != ECO_POLICY_CARBON && policy != ECO_POLICY_MONEY &&
                        policy != ECO_POLICY_ENVIRONMENT &&
                        eco_policy_text(&line, definition, policy);
        if (is_shown)
            eco_effects_add(&line, effects, policy);
        if (is_shown)
            eco_str_addf(str, "  %-10s %s\n", eco_policy_name(policy), eco_str_text(&line));
        status = eco_str_status(&line);
        eco_str_release(&line);
    }
    return status;
}

/* "ended      energy budget spent: 1.2 kJ of 1 kJ" */
static ecopt_status add_end(eco_str *str, const ecopt_definition *definition,
                            const eco_effects *effects)
{
    eco_str line = ECO_STR_INIT(str->ctx);
    if (eco_effects_add_end(&line, definition, effects))
        eco_str_addf(str, "  ended      %s\n", eco_str_text(&line));
    ecopt_status status = eco_str_status(&line);
    eco_str_release(&line);
    return status;
}

/* Grams of the joules spent, and what else the study file wants to know of them. */
static ecopt_status add_impacts(eco_str *str, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot)
{
    ecopt_status status = ECOPT_OK;
    for (int i = 0; status == ECOPT_OK && i < ECO_IMPACT_COUNT; i++) {
        eco_str line = ECO_STR_INIT(str->ctx);
        if (eco_prose_impact(&line, definition, (eco_impact)i, snapshot->spent_energy_j,
                             snapshot->spent_time_s))
            add_converted(&line, definition, (eco_impact)i, snapshot);
        if (eco_str_text(&line)[0])
            eco_str_addf(str, "  %-10s %s\n", eco_impact_name((eco_impact)i), eco_str_text(&line));
        status = eco_str_status(&line);
        eco_str_release(&line);
    }
    return status;
}

/* "  worker     node1 4711: trial 5 train for 12.3 s"; only those that work or have left a trial.
 */
static void add_workers(eco_str *str, const ecopt_snapshot *snapshot)
{
    double now_s = eco_clock_unix_s();
    for (size_t i = 0; i < snapshot->n_workers; i++) {
        const ecopt_worker *worker = &snapshot->workers[i];
        char text[ECO_NUMBER_B];
        if (!worker->is_there && worker->trial == 0)
            continue;
        eco_str_add(str, "  worker     ");
        eco_clean_add(str, worker->host);
        eco_str_addf(str, " %lld: ", (long long)worker->pid);
        if (worker->trial > 0)
            eco_str_addf(str, "trial %lld ", (long long)worker->trial);
        else
            eco_str_add(str, "between trials");
        if (worker->is_there)
            eco_clean_add(str, worker->phase);
        else
            eco_str_add(str, "left behind: it died, and the next run takes the trial");
        eco_number_with_unit(ECO_DIMENSION_TIME, now_s - worker->trial_started_s, (double)NAN,
                             text);
        if (worker->is_there && worker->trial > 0)
            eco_str_addf(str, "%sfor %s", worker->phase[0] ? " " : "", text);
        eco_str_add_char(str, '\n');
    }
}

/* Only where there is something to tell. */
static void add_own(eco_str *str, const ecopt_own_energy *own)
{
    char text[ECO_NUMBER_B];
    if (own->n == 0)
        return;
    eco_number_with_unit(ECO_DIMENSION_ENERGY, own->energy_j, own->u95_j, text);
    eco_str_addf(str, "  tuner      %s (%s, %.3g CPU seconds in %zu run%s)\n",
                 text[0] ? text : "not known", ecopt_quality_name(own->quality), own->cpu_s, own->n,
                 own->n == 1 ? "" : "s");
}

/* One fact per line, names in a column of their own, so that `watch ecopt status` holds still. */
static ecopt_status status_table(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot, const study_status *all,
                                 char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    eco_str_add(&str, "study ");
    eco_clean_add(&str, snapshot->name);
    if (snapshot->wanted == ECOPT_WANTED_PAUSE)
        eco_str_add(&str, " (paused: 'ecopt resume' lets it go on)");
    eco_str_addf(&str, "\n  trials     ");
    eco_prose_states(&str, all->summary, snapshot->n_trials);
    eco_str causes = ECO_STR_INIT(ctx);
    if (eco_prose_causes(&causes, all->summary))
        eco_str_addf(&str, "\n  causes     %s", eco_str_text(&causes));
    if (eco_str_status(&causes) != ECOPT_OK)
        str.status = ECOPT_E_NOMEM;
    eco_str_release(&causes);
    eco_str_addf(&str, "\n  budget     %zu of %lld trials ended\n", all->summary->n_ended,
                 (long long)definition->budget.trials);
    add_budget(&str, "energy", ECO_DIMENSION_ENERGY, snapshot->spent_energy_j,
               definition->budget.energy_j);
    if (snapshot->n_unmetered > 0)
        eco_str_addf(&str, "  lost       %lld run%s, not measured and not in the joules spent\n",
                     (long long)snapshot->n_unmetered, snapshot->n_unmetered == 1 ? "" : "s");
    ecopt_status status = add_impacts(&str, definition, snapshot);
    if (all->summary->total.n_windows > 0)
        eco_str_addf(&str, "  label      %s\n",
                     ecopt_quality_name(all->summary->total.energy.quality));
    add_own(&str, &snapshot->own);
    add_budget(&str, "time", ECO_DIMENSION_TIME, snapshot->spent_time_s, definition->budget.time_s);
    if (status == ECOPT_OK)
        status = add_end(&str, definition, &all->effects);
    if (status == ECOPT_OK)
        status = add_policies(&str, definition, &all->effects);
    eco_str_addf(&str, "  front      %zu point%s\n", all->front->n, all->front->n == 1 ? "" : "s");
    eco_str_add(&str, "  reference  ");
    if (!eco_prose_reference(&str, definition, snapshot))
        eco_str_addf(&str, "not known before %lld trials are complete",
                     (long long)definition->budget.init);
    eco_str_add_char(&str, '\n');
    if (!isnan(all->front->hypervolume))
        eco_str_addf(&str, "  volume     %.6g\n", all->front->hypervolume);
    add_best(&str, definition, snapshot, all->summary);
    add_workers(&str, snapshot);
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

/* All states, zeros too: a reader need not test which are there. */
static json_t *states_json(eco_json *json, const eco_summary *summary)
{
    json_t *object = eco_json_object(json);
    for (size_t i = 0; i < ECO_STATES_N; i++)
        eco_json_set_int(json, object, ecopt_trial_state_name((ecopt_trial_state)i),
                         (int64_t)summary->n_states[i]);
    return object;
}

/* All words, zeros too, as with the states. */
static json_t *causes_json(eco_json *json, const eco_summary *summary)
{
    json_t *object = eco_json_object(json);
    for (size_t i = ECOPT_CAUSE_NONE + 1; i < ECO_CAUSES_N; i++)
        eco_json_set_int(json, object, ecopt_cause_name((ecopt_cause)i),
                         (int64_t)summary->n_causes[i]);
    return object;
}

/* Null for an objective that no feasible trial has, so that the key is always there. */
static json_t *best_json(eco_json *json, const ecopt_definition *definition,
                         const ecopt_snapshot *snapshot, const eco_summary *summary)
{
    json_t *object = eco_json_object(json);
    for (size_t i = 0; i < summary->n_best; i++) {
        const eco_best *best = &summary->best[i];
        json_t *entry = json_null();
        if (best->is_known) {
            entry = eco_json_measured(json, best->value, best->u95);
            eco_json_set_int(json, entry, "trial", snapshot->trials[best->trial].id);
        }
        eco_json_set(json, object, definition->objectives[i].metric, entry);
    }
    return object;
}

/* Where the search's own joules went. */
static json_t *energy_split_json(eco_json *json, const eco_summary *summary)
{
    json_t *object = eco_json_object(json);
    json_t *phases = eco_json_object(json);
    for (size_t i = 0; i < summary->n_phases; i++) {
        const eco_phase_total *total = &summary->phases[i];
        json_t *entry = eco_json_object(json);
        eco_json_set_number(json, entry, "energy_j", total->energy.energy_j);
        eco_json_set_number(json, entry, "u95_j", total->energy.u95_j);
        eco_json_set_text(json, entry, "quality", ecopt_quality_name(total->energy.quality));
        eco_json_set_number(json, entry, "time_s", total->time_s);
        eco_json_set_int(json, entry, "windows", (int64_t)total->n_windows);
        eco_json_set_int(json, entry, "windows_without_energy", (int64_t)total->n_missing);
        eco_json_set(json, phases, total->phase, entry);
    }
    eco_json_set(json, object, "phases", phases);
    eco_json_set_number(json, object, "complete_j", summary->complete_j);
    eco_json_set_number(json, object, "incomplete_j", summary->incomplete_j);
    eco_json_set_number(json, object, "lost_attempts_j", summary->lost_j);
    return object;
}

/* Those that have not left, oldest first; nulls for a worker between two trials. */
static json_t *workers_json(eco_json *json, const ecopt_snapshot *snapshot)
{
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < snapshot->n_workers; i++) {
        const ecopt_worker *worker = &snapshot->workers[i];
        json_t *entry = eco_json_object(json);
        bool is_busy = worker->trial > 0;
        eco_json_set_text(json, entry, "id", worker->id);
        eco_json_set_text(json, entry, "host", worker->host);
        eco_json_set_int(json, entry, "pid", worker->pid);
        eco_json_set_number(json, entry, "started_s", worker->started_s);
        eco_json_set_number(json, entry, "seen_s", worker->seen_s);
        eco_json_set_bool(json, entry, "is_there", worker->is_there);
        eco_json_set(json, entry, "trial", is_busy ? json_integer(worker->trial) : json_null());
        eco_json_set_text(json, entry, "phase", worker->phase[0] ? worker->phase : NULL);
        eco_json_set_number(json, entry, "trial_started_s", worker->trial_started_s);
        eco_json_append(json, array, entry);
    }
    return array;
}

/* A superset of the table: keys are never left out, unknown numbers are null. */
static ecopt_status status_json(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, const study_status *all,
                                char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json);
    eco_json_set_study(&json, root, snapshot);
    eco_json_set_text(&json, root, "wanted", ecopt_wanted_name(snapshot->wanted));
    eco_json_set_int(&json, root, "n_trials", (int64_t)snapshot->n_trials);
    eco_json_set_int(&json, root, "n_ended", (int64_t)all->summary->n_ended);
    eco_json_set_int(&json, root, "n_feasible", (int64_t)all->summary->n_feasible);
    eco_json_set(&json, root, "states", states_json(&json, all->summary));
    eco_json_set(&json, root, "causes", causes_json(&json, all->summary));
    eco_json_set(&json, root, "budget", eco_policy_budget_json(&json, definition));
    eco_json_set(&json, root, "policies", eco_policy_json(&json, definition));
    eco_json_set(&json, root, "effects", eco_effects_json(&json, &all->effects));
    eco_json_set_number(&json, root, "spent_energy_j", snapshot->spent_energy_j);
    eco_json_set_number(&json, root, "spent_time_s", snapshot->spent_time_s);
    eco_json_set(
        &json, root, "carbon",
        eco_json_carbon(&json, definition, snapshot->spent_energy_j, snapshot->spent_time_s));
    eco_json_set_text(&json, root, "quality",
                      all->summary->total.n_windows
                          ? ecopt_quality_name(all->summary->total.energy.quality)
                          : NULL);
    eco_json_set(&json, root, "energy", energy_split_json(&json, all->summary));
    eco_json_set(&json, root, "tuner", eco_json_own(&json, &snapshot->own));
    eco_json_set(&json, root, "objectives", eco_json_objectives(&json, definition));
    eco_json_set_reference(&json, root, definition, snapshot);
    eco_json_set_front(&json, root, snapshot, all->front);
    eco_json_set(&json, root, "workers", workers_json(&json, snapshot));
    eco_json_set(&json, root, "best", best_json(&json, definition, snapshot, all->summary));
    return eco_json_take(&json, root, ret_text);
}

/* One line, for a spreadsheet that follows a study. */
static ecopt_status status_csv(ecopt_ctx *ctx, const ecopt_snapshot *snapshot,
                               const study_status *all, char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    const double numbers[] = {snapshot->spent_energy_j, snapshot->spent_time_s,
                              all->front->hypervolume};
    eco_str_add(&str, "trials,ended,complete,failed,front,spent_energy_j,spent_time_s,"
                      "hypervolume\n");
    eco_str_addf(&str, "%zu,%zu,%zu,%zu,%zu", snapshot->n_trials, all->summary->n_ended,
                 all->summary->n_states[ECOPT_TRIAL_COMPLETE],
                 all->summary->n_states[ECOPT_TRIAL_FAILED], all->front->n);
    for (size_t i = 0; i < ECO_LEN(numbers); i++) {
        char text[ECO_DOUBLE_TEXT_B] = "";
        if (!isnan(numbers[i]))
            eco_format_double(numbers[i], text);
        eco_str_addf(&str, ",%s", text);
    }
    eco_str_add_char(&str, '\n');
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

ecopt_status ecopt_report_status(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot, ecopt_format format,
                                 char **ret_text)
{
    study_status all = {.front = NULL};
    ecopt_status status = ecopt_front_new(ctx, definition, snapshot, &all.front);
    if (status == ECOPT_OK)
        status = eco_summary_new(ctx, definition, snapshot, &all.summary);
    if (status == ECOPT_OK)
        eco_effects_count(snapshot, all.front, &all.effects);
    if (status == ECOPT_OK && format == ECOPT_FORMAT_TABLE)
        status = status_table(ctx, definition, snapshot, &all, ret_text);
    else if (status == ECOPT_OK && format == ECOPT_FORMAT_JSON)
        status = status_json(ctx, definition, snapshot, &all, ret_text);
    else if (status == ECOPT_OK && format == ECOPT_FORMAT_CSV)
        status = status_csv(ctx, snapshot, &all, ret_text);
    else if (status == ECOPT_OK)
        status = eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
    status_release(ctx, &all);
    return status;
}
