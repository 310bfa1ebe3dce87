/*
 * `ecopt analyse impact`: what the search took, what it brought, and when that is paid back.
 *
 * What was not measured is named: the half width of the sum covers the windows that have joules.
 */
#include "analysis/ledger.h"
#include "report/clean.h"
#include "report/json_trial.h"
#include "report/number.h"
#include "report/prose.h"

#include <math.h>

/* "  in failed trials      1.2 ± 0.1 kJ" */
static void add_energy(eco_str *str, const char *name, double energy_j, double u95_j)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(ECO_DIMENSION_ENERGY, energy_j, u95_j, text);
    eco_str_addf(str, "  %-22s %s", name, text[0] ? text : "not known");
}

static void add_missing(eco_str *str, size_t n)
{
    if (n > 0)
        eco_str_addf(str, " (and %zu window%s without joules)", n, n == 1 ? "" : "s");
    eco_str_add_char(str, '\n');
}

/* Killed runs left no figure: that is not 0 J. */
static void add_unmetered(eco_str *str, int64_t n)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%lld lost run%s", (long long)n, n == 1 ? "" : "s");
    if (n > 0)
        eco_str_addf(str, "  %-22s not measured, not in the sum\n", name);
}

static void add_spent(eco_str *str, const eco_ledger *ledger)
{
    const eco_summary *summary = ledger->summary;
    char name[64];
    eco_str_add(str, "the search has taken\n");
    add_energy(str, "in all", ledger->search_j, ledger->search_u95_j);
    if (summary->total.n_windows > 0)
        eco_str_addf(str, ", %s", ecopt_quality_name(summary->total.energy.quality));
    add_missing(str, summary->total.n_missing);
    for (size_t i = 0; i < summary->n_phases; i++) {
        const eco_phase_total *phase = &summary->phases[i];
        (void)snprintf(name, sizeof name, "phase %.40s", phase->phase);
        add_energy(str, name, phase->energy.energy_j, phase->energy.u95_j);
        add_missing(str, phase->n_missing);
    }
    for (int k = 0; k < ECO_SPENT_COUNT; k++) {
        const eco_spent *spent = &ledger->spent[k];
        if (spent->n_trials == 0)
            continue;
        (void)snprintf(name, sizeof name, "%zu %s trial%s", spent->n_trials,
                       eco_outcome_kind_name((eco_outcome_kind)k), spent->n_trials > 1 ? "s" : "");
        add_energy(str, name, spent->energy_j, spent->u95_j);
        add_missing(str, spent->n_missing);
    }
    if (ledger->told_j > 0) {
        add_energy(str, "of these told by hand", ledger->told_j, (double)NAN);
        eco_str_add_char(str, '\n');
    }
    if (summary->lost_j > 0) {
        add_energy(str, "repeated, lost", summary->lost_j, (double)NAN);
        eco_str_add_char(str, '\n');
    }
}

/* Beside the sum, which it would give its own weak label: the joules are those of CPU time by a
 * model. */
static void add_tuner(eco_str *str, const ecopt_own_energy *own)
{
    if (own->n == 0) {
        eco_str_add(str, "  the tuner itself       not measured\n");
        return;
    }
    add_energy(str, "the tuner itself", own->energy_j, own->u95_j);
    eco_str_addf(str, ", %s, not in the sum (%.3g CPU seconds; times %.2f to %.2f)\n",
                 ecopt_quality_name(own->quality), own->cpu_s, own->gain_lo, own->gain_hi);
}

/* "  before   210 ± 4 µJ/sample (trial 1: lr=0.01)" */
static void add_side(eco_str *str, const char *name, const eco_side *side)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(ECO_DIMENSION_ENERGY, side->request_j, side->u95_j, text);
    eco_str_addf(str, "  %-22s %s", name, text[0] ? text : "not known");
    if (side->trial) {
        eco_str_addf(str, " (trial %lld: ", (long long)side->trial->id);
        eco_clean_add(str, side->trial->point);
        eco_str_add_char(str, ')');
    } else if (text[0]) {
        eco_str_add(str, " (as the study file tells)");
    }
    eco_str_add_char(str, '\n');
}

/* Whole requests, as far as four digits tell them. */
static void add_count(eco_str *str, double count)
{
    if (isinf(count))
        eco_str_add(str, "never");
    else if (count < 1e7)
        eco_str_addf(str, "%.0f", count);
    else
        eco_str_addf(str, "%.3e", count);
}

static void add_even(eco_str *str, const ecopt_break_even *even, double per_day)
{
    eco_str_addf(str, "  %-22s ", "break-even");
    if (isnan(even->requests)) {
        eco_str_add(str, "not known\n");
        return;
    }
    add_count(str, even->requests);
    if (isfinite(even->requests))
        eco_str_add(str, " requests");
    if (even->least < even->requests && isfinite(even->requests)) {
        eco_str_add(str, " (");
        add_count(str, even->least);
        eco_str_add(str, " to ");
        add_count(str, even->most);
        eco_str_add_char(str, ')');
    }
    if (isfinite(even->requests) && per_day > 0)
        eco_str_addf(str, ", %.3g days", even->requests / per_day);
    eco_str_add_char(str, '\n');
}

/* "saves 1.2 ± 0.1 J per request (75 %)" and when that has paid for the search. */
static void add_saving(eco_str *str, const eco_ledger *ledger)
{
    char text[ECO_NUMBER_B];
    const ecopt_break_even *even = &ledger->even;
    eco_str_add(str, "joules per request (");
    eco_clean_add(str, ledger->metric);
    eco_str_add(str, ")\n");
    add_side(str, "before", &ledger->before);
    add_side(str, "after", &ledger->after);
    eco_number_with_unit(ECO_DIMENSION_ENERGY, even->saved_j, even->saved_u95_j, text);
    eco_str_addf(str, "  %-22s %s", "saved", text[0] ? text : "not known");
    if (text[0] && ledger->before.request_j > 0) {
        eco_number_percent(even->saved_j / ledger->before.request_j, text);
        eco_str_addf(str, " (%s)", text);
    }
    eco_str_add_char(str, '\n');
    add_even(str, even, ledger->per_day);
    if (!isnan(ledger->net_j)) {
        eco_number_with_unit(ECO_DIMENSION_ENERGY, fabs(ledger->net_j), (double)NAN, text);
        eco_str_addf(str, "  %-22s %s %s over %.4g requests\n", "search taken off", text,
                     ledger->net_j >= 0 ? "saved" : "lost", ledger->requests);
    }
}

/* Grams and money of the joules above. */
static ecopt_status add_impacts(eco_str *str, const ecopt_definition *definition, double energy_j,
                                double time_s)
{
    static const eco_impact shown[] = {ECO_IMPACT_CARBON, ECO_IMPACT_COST};
    for (size_t i = 0; i < ECO_LEN(shown); i++) {
        eco_str line = ECO_STR_INIT(str->ctx);
        if (eco_prose_impact(&line, definition, shown[i], energy_j, time_s))
            eco_str_addf(str, "  %-22s %s\n", eco_impact_name(shown[i]), eco_str_text(&line));
        ecopt_status status = eco_str_status(&line);
        eco_str_release(&line);
        ECO_TRY(status);
    }
    return ECOPT_OK;
}

static ecopt_status impact_table(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot, const eco_ledger *ledger,
                                 char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    eco_str_add(&str, "study ");
    eco_clean_add(&str, snapshot->name);
    eco_str_add(&str, ": ");
    add_spent(&str, ledger);
    add_unmetered(&str, snapshot->n_unmetered);
    add_tuner(&str, &snapshot->own);
    ecopt_status status = add_impacts(&str, definition, ledger->search_j, snapshot->spent_time_s);
    if (ledger->metric)
        add_saving(&str, ledger);
    else
        eco_str_add(&str, "nothing to compare: no section 'deployment', and no objective in joules "
                          "per sample (--metric names one)\n");
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

static json_t *spent_json(eco_json *json, const eco_ledger *ledger, const ecopt_snapshot *snapshot)
{
    const eco_summary *summary = ledger->summary;
    json_t *object = eco_json_object(json), *phases = eco_json_object(json);
    const ecopt_own_energy *own = &snapshot->own;
    json_t *trials = eco_json_object(json);
    eco_json_set_number(json, object, "energy_j", ledger->search_j);
    eco_json_set_number(json, object, "u95_j", ledger->search_u95_j);
    eco_json_set_text(json, object, "quality",
                      summary->total.n_windows ? ecopt_quality_name(summary->total.energy.quality)
                                               : NULL);
    eco_json_set_int(json, object, "windows_without_energy", (int64_t)summary->total.n_missing);
    for (size_t i = 0; i < summary->n_phases; i++) {
        json_t *entry = eco_json_measured(json, summary->phases[i].energy.energy_j,
                                          summary->phases[i].energy.u95_j);
        eco_json_set_int(json, entry, "windows_without_energy",
                         (int64_t)summary->phases[i].n_missing);
        eco_json_set(json, phases, summary->phases[i].phase, entry);
    }
    for (int k = 0; k < ECO_SPENT_COUNT; k++) {
        json_t *entry = eco_json_measured(json, ledger->spent[k].energy_j, ledger->spent[k].u95_j);
        eco_json_set_int(json, entry, "trials", (int64_t)ledger->spent[k].n_trials);
        eco_json_set(json, trials, eco_outcome_kind_name((eco_outcome_kind)k), entry);
    }
    eco_json_set(json, object, "phases", phases);
    eco_json_set(json, object, "trials", trials);
    eco_json_set_number(json, object, "told_j", ledger->told_j);
    eco_json_set_number(json, object, "lost_attempts_j", summary->lost_j);
    eco_json_set_int(json, object, "lost_runs_not_measured", snapshot->n_unmetered);
    eco_json_set_number(json, object, "tuner_j", own->n > 0 ? own->energy_j : (double)NAN);
    eco_json_set(json, object, "tuner", eco_json_own(json, own));
    return object;
}

static json_t *side_json(eco_json *json, const eco_side *side)
{
    json_t *object = eco_json_measured(json, side->request_j, side->u95_j);
    if (side->trial)
        eco_json_set_int(json, object, "trial", side->trial->id);
    else
        eco_json_set(json, object, "trial", json_null());
    return object;
}

/* An end that is not there is null, like what is not known; `is_endless` tells them apart. */
static json_t *even_json(eco_json *json, const ecopt_break_even *even)
{
    json_t *object = eco_json_object(json);
    double none = (double)NAN;
    eco_json_set_number(json, object, "requests", isinf(even->requests) ? none : even->requests);
    eco_json_set_number(json, object, "least", isinf(even->least) ? none : even->least);
    eco_json_set_number(json, object, "most", isinf(even->most) ? none : even->most);
    eco_json_set_bool(json, object, "is_endless", isinf(even->most));
    return object;
}

static ecopt_status impact_json(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, const eco_ledger *ledger,
                                char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json);
    eco_json_set_study(&json, root, snapshot);
    eco_json_set(&json, root, "search", spent_json(&json, ledger, snapshot));
    eco_json_set(&json, root, "carbon",
                 eco_json_carbon(&json, definition, ledger->search_j, snapshot->spent_time_s));
    eco_json_set_text(&json, root, "metric", ledger->metric);
    eco_json_set(&json, root, "before", side_json(&json, &ledger->before));
    eco_json_set(&json, root, "after", side_json(&json, &ledger->after));
    eco_json_set(&json, root, "saved",
                 eco_json_measured(&json, ledger->even.saved_j, ledger->even.saved_u95_j));
    eco_json_set(&json, root, "break_even", even_json(&json, &ledger->even));
    eco_json_set_number(&json, root, "days", isinf(ledger->days) ? (double)NAN : ledger->days);
    eco_json_set_number(&json, root, "requests", ledger->requests);
    eco_json_set_number(&json, root, "net_j", ledger->net_j);
    return eco_json_take(&json, root, ret_text);
}

ecopt_status ecopt_report_impact(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot,
                                 const ecopt_impact_options *options, ecopt_format format,
                                 char **ret_text)
{
    static const ecopt_impact_options none = {.metric = NULL};
    eco_ledger *ledger = NULL;
    if (format != ECOPT_FORMAT_TABLE && format != ECOPT_FORMAT_JSON)
        return eco_fail(ctx, ECOPT_E_ARG, "the ledger is a table or a JSON document");
    ECO_TRY(eco_ledger_new(ctx, definition, snapshot, options ? options : &none, &ledger));
    ecopt_status status = format == ECOPT_FORMAT_JSON
                              ? impact_json(ctx, definition, snapshot, ledger, ret_text)
                              : impact_table(ctx, definition, snapshot, ledger, ret_text);
    eco_ledger_free(ctx, ledger);
    return status;
}
