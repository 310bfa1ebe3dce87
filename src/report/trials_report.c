/*
 * `ecopt trials`: every trial in one line, in the order of their numbers.
 *
 * Failed, queued and running ones are in it; what they do not have is empty or null.
 */
#include "analysis/front.h"
#include "report/json_trial.h"
#include "report/prose.h"
#include "report/rows.h"

#include <ecopt/report.h>

/* All trials, and which are on the front or may be, by number. */
static ecopt_status trials_json(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, const ecopt_front *front,
                                char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json);
    json_t *trials = eco_json_array(&json);
    json_t *ids = eco_json_array(&json);
    eco_json_set_study(&json, root, snapshot);
    eco_json_set(&json, root, "objectives", eco_json_objectives(&json, definition));
    for (size_t i = 0; i < front->n; i++)
        eco_json_append(&json, ids, json_integer(snapshot->trials[front->trials[i]].id));
    eco_json_set(&json, root, "front", ids);
    eco_json_set(&json, root, "unresolved",
                 eco_json_unresolved(&json, definition, snapshot, front));
    for (size_t i = 0; i < snapshot->n_trials; i++)
        eco_json_append(&json, trials,
                        eco_json_trial_brief(&json, definition, &snapshot->trials[i]));
    eco_json_set(&json, root, "trials", trials);
    return eco_json_take(&json, root, ret_text);
}

/* Table or CSV. Marks are explained below the table only when they occur. */
static ecopt_status trials_text(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, const ecopt_front *front,
                                ecopt_format format, char **ret_text)
{
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ECO_TRY(eco_rows_trials(ctx, definition, snapshot, front, &table));
    if (format == ECOPT_FORMAT_CSV)
        eco_table_add_csv(table, &str);
    else if (snapshot->n_trials == 0)
        eco_str_add(&str, "no trial yet\n");
    else
        eco_table_add_text(table, &str);
    if (format == ECOPT_FORMAT_TABLE && front->n > 0)
        eco_str_add(&str, "\n\xe2\x97\x8f on the front\n");
    if (format == ECOPT_FORMAT_TABLE && eco_count_unresolved(definition, snapshot, front) > 0)
        eco_str_add(&str, "\xe2\x97\x8b not resolvable from the front: within the 95 % "
                          "uncertainties it may be on it\n");
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_table_free(table);
    eco_str_release(&str);
    return status;
}

ecopt_status ecopt_report_trials(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot, ecopt_format format,
                                 char **ret_text)
{
    ecopt_front *front = NULL;
    if (format != ECOPT_FORMAT_TABLE && format != ECOPT_FORMAT_CSV && format != ECOPT_FORMAT_JSON)
        return eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
    ECO_TRY(ecopt_front_new(ctx, definition, snapshot, &front));
    ecopt_status status = format == ECOPT_FORMAT_JSON
                              ? trials_json(ctx, definition, snapshot, front, ret_text)
                              : trials_text(ctx, definition, snapshot, front, format, ret_text);
    ecopt_front_free(ctx, front);
    return status;
}
