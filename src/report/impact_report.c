/*
 * `ecopt analyse impact`: what the search took, what it brought, and when that is paid back.
 *
 * The rows are those of impact_rows.c, which the page shows too; here they become lines or JSON.
 */
#include "analysis/ledger.h"
#include "report/clean.h"
#include "report/impact_rows.h"
#include "report/json_trial.h"
#include "report/prose.h"

#include <math.h>

/* "  in all                 1.2 ± 0.1 kJ, measured-counter" */
static void add_line(eco_str *str, const char *name, const char *text)
{
    eco_str_add(str, "  ");
    size_t start = str->length;
    eco_clean_add(str, name);
    for (size_t n = eco_clean_width(eco_str_text(str) + start); n < 22; n++)
        eco_str_add_char(str, ' ');
    eco_str_add_char(str, ' ');
    eco_clean_add(str, text);
    eco_str_add_char(str, '\n');
}

static ecopt_status impact_table(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot, const eco_ledger *ledger,
                                 char **ret_text)
{
    static const eco_impact shown[] = {ECO_IMPACT_CARBON, ECO_IMPACT_COST};
    eco_str str = ECO_STR_INIT(ctx);
    eco_impact_rows rows = {.str = &str, .add = add_line};
    eco_str_add(&str, "study ");
    eco_clean_add(&str, snapshot->name);
    eco_str_add(&str, ": the search has taken\n");
    eco_impact_rows_sum(&rows, ledger);
    eco_impact_rows_phases(&rows, ledger);
    eco_impact_rows_spent(&rows, ledger, snapshot);
    for (size_t i = 0; i < ECO_LEN(shown); i++)
        eco_impact_rows_converted(&rows, definition, shown[i], ledger->search_j,
                                  snapshot->spent_time_s);
    if (ledger->metric) {
        eco_str_add(&str, "joules per request (");
        eco_clean_add(&str, ledger->metric);
        eco_str_add(&str, ")\n");
        eco_impact_rows_saving(&rows, ledger);
    } else {
        eco_str_add(&str, "nothing to compare: no section 'deployment', and no objective in joules "
                          "per sample (--metric names one)\n");
    }
    ecopt_status status = eco_str_take(&str, ret_text);
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
