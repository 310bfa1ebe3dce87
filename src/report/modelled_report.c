/*
 * `ecopt front --model`: both fronts as table, CSV and JSON, and what the models are.
 */
#include "report/both_fronts.h"
#include "report/json_trial.h"

static bool is_outlier(const eco_both_fronts *both, size_t i)
{
    return both->modelled->is_outlier && both->modelled->is_outlier[i];
}

/* Values that the models were not told, trial by trial. */
static void add_outliers(const eco_both_fronts *both, eco_str *str)
{
    size_t m = both->definition->n_objectives;
    for (size_t i = 0; i < both->snapshot->n_trials * m; i++)
        if (is_outlier(both, i))
            eco_str_addf(str, "trial %lld: %s taken for an error, unknown to the model\n",
                         (long long)both->snapshot->trials[i / m].id,
                         both->definition->objectives[i % m].metric);
}

static json_t *outliers_json(eco_json *json, const eco_both_fronts *both)
{
    size_t m = both->definition->n_objectives;
    json_t *array = eco_json_array(json);
    for (size_t i = 0; i < both->snapshot->n_trials * m; i++) {
        if (!is_outlier(both, i))
            continue;
        json_t *entry = eco_json_object(json);
        eco_json_set_int(json, entry, "id", both->snapshot->trials[i / m].id);
        eco_json_set_text(json, entry, "metric", both->definition->objectives[i % m].metric);
        eco_json_append(json, array, entry);
    }
    return array;
}

static ecopt_status modelled_table(ecopt_ctx *ctx, const eco_both_fronts *both, ecopt_format format,
                                   char **ret_text)
{
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_status status = eco_rows_both_fronts(ctx, both, &table);
    if (status == ECOPT_OK && format == ECOPT_FORMAT_CSV) {
        eco_table_add_csv(table, &str);
    } else if (status == ECOPT_OK) {
        eco_table_add_text(table, &str);
        eco_str_addf(&str,
                     "\n%zu on the observed front, %zu on the modelled one\n"
                     "model: posterior mean of a Gaussian process over all trials, with the 95 %% "
                     "half width of that mean\n",
                     both->n_observed, both->n_modelled);
        for (size_t k = 0; k < both->definition->n_objectives; k++)
            if (both->modelled->is_log[k])
                eco_str_addf(&str, "%s: modelled as log\n", both->definition->objectives[k].metric);
        add_outliers(both, &str);
    }
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_table_free(table);
    eco_str_release(&str);
    return status;
}

static ecopt_status modelled_json(ecopt_ctx *ctx, const eco_both_fronts *both, char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json), *array = eco_json_array(&json);
    size_t m = both->definition->n_objectives;
    eco_json_set_study(&json, root, both->snapshot);
    eco_json_set(&json, root, "objectives", eco_json_objectives(&json, both->definition));
    eco_json_set_int(&json, root, "n_observed", (int64_t)both->n_observed);
    eco_json_set_int(&json, root, "n_modelled", (int64_t)both->n_modelled);
    json_t *scales = eco_json_object(&json);
    for (size_t k = 0; k < m; k++)
        eco_json_set_text(&json, scales, both->definition->objectives[k].metric,
                          both->modelled->is_log[k] ? "log" : "none");
    eco_json_set(&json, root, "transform", scales);
    eco_json_set(&json, root, "outliers", outliers_json(&json, both));
    for (size_t i = 0; i < both->snapshot->n_trials; i++) {
        if (!eco_both_fronts_place(both, i))
            continue;
        json_t *entry = eco_json_trial_brief(&json, both->definition, &both->snapshot->trials[i]);
        json_t *values = eco_json_object(&json);
        for (size_t k = 0; k < m; k++)
            eco_json_set(&json, values, both->definition->objectives[k].metric,
                         eco_json_measured(&json, both->modelled->mean[i * m + k],
                                           both->modelled->u95[i * m + k]));
        eco_json_set(&json, entry, "modelled", values);
        eco_json_set_bool(&json, entry, "is_on_observed_front", both->is_observed[i]);
        eco_json_set_bool(&json, entry, "is_on_modelled_front", both->is_modelled[i]);
        eco_json_append(&json, array, entry);
    }
    eco_json_set(&json, root, "trials", array);
    return eco_json_take(&json, root, ret_text);
}

ecopt_status ecopt_report_modelled(ecopt_ctx *ctx, const ecopt_definition *definition,
                                   const ecopt_snapshot *snapshot, const ecopt_modelled *modelled,
                                   ecopt_format format, char **ret_text)
{
    eco_both_fronts both;
    if (format != ECOPT_FORMAT_TABLE && format != ECOPT_FORMAT_CSV && format != ECOPT_FORMAT_JSON)
        return eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
    ECO_TRY(eco_both_fronts_init(ctx, definition, snapshot, modelled, &both));
    ecopt_status status = format == ECOPT_FORMAT_JSON
                              ? modelled_json(ctx, &both, ret_text)
                              : modelled_table(ctx, &both, format, ret_text);
    eco_both_fronts_release(ctx, &both);
    return status;
}
