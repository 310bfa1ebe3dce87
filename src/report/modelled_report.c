/*
 * `ecopt front --model`: the front of what was measured beside the front of what the models say.
 *
 * A lucky measurement puts a trial on the observed front, and a mean that takes the neighbours into
 * account takes it off again; so both are shown, and for each trial on which of them it stands.
 */
#include "analysis/front.h"
#include "report/json_trial.h"
#include "report/rows.h"

#include <ecopt/pareto.h>
#include <ecopt/report.h>
#include <math.h>

/* Both fronts by trial. */
typedef struct both_fronts {
    const ecopt_definition *definition;
    const ecopt_snapshot *snapshot;
    const ecopt_modelled *modelled;
    bool *is_observed, *is_modelled; /* owned, n_trials each */
    size_t n_observed, n_modelled;
} both_fronts;

static void fronts_release(ecopt_ctx *ctx, both_fronts *both)
{
    eco_free(ctx, both->is_observed);
    eco_free(ctx, both->is_modelled);
}

/* Means of the feasible trials that have all of them, to be minimised. */
static size_t gather(const both_fronts *both, size_t *trials, double *y)
{
    size_t n = 0, m = both->definition->n_objectives;
    for (size_t i = 0; i < both->snapshot->n_trials; i++) {
        bool is_usable = eco_trial_is_feasible(both->definition, &both->snapshot->trials[i]);
        for (size_t k = 0; k < m && is_usable; k++) {
            double mean = both->modelled->mean[i * m + k];
            bool is_max = both->definition->objectives[k].goal == ECOPT_GOAL_MAX;
            y[n * m + k] = is_max ? -mean : mean;
            is_usable = isfinite(mean);
        }
        if (is_usable)
            trials[n++] = i;
    }
    return n;
}

/* The front of means. */
static ecopt_status find_modelled(ecopt_ctx *ctx, both_fronts *both)
{
    size_t room = both->snapshot->n_trials + 1, m = both->definition->n_objectives;
    size_t *trials = eco_alloc(ctx, room, sizeof *trials);
    size_t *index = eco_alloc(ctx, room, sizeof *index);
    double *y = eco_alloc(ctx, room * m, sizeof *y);
    ecopt_status status = trials && index && y ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK) {
        size_t n = gather(both, trials, y);
        status = n > 0 ? ecopt_nondominated(ctx, n, m, y, index, &both->n_modelled) : ECOPT_OK;
        for (size_t i = 0; i < both->n_modelled && status == ECOPT_OK; i++)
            both->is_modelled[trials[index[i]]] = true;
    }
    eco_free(ctx, trials);
    eco_free(ctx, index);
    eco_free(ctx, y);
    return status;
}

static ecopt_status find_fronts(ecopt_ctx *ctx, both_fronts *both)
{
    size_t room = both->snapshot->n_trials + 1;
    ecopt_front *front = NULL;
    both->is_observed = eco_alloc(ctx, room, sizeof *both->is_observed);
    both->is_modelled = eco_alloc(ctx, room, sizeof *both->is_modelled);
    if (!both->is_observed || !both->is_modelled)
        return ECOPT_E_NOMEM;
    ECO_TRY(ecopt_front_new(ctx, both->definition, both->snapshot, &front));
    both->n_observed = front->n;
    for (size_t i = 0; i < front->n; i++)
        both->is_observed[front->trials[i]] = true;
    ecopt_front_free(ctx, front);
    return find_modelled(ctx, both);
}

/* NULL for a trial on neither. */
static const char *place_of(const both_fronts *both, size_t trial)
{
    if (both->is_observed[trial])
        return both->is_modelled[trial] ? "both" : "observed";
    return both->is_modelled[trial] ? "model" : NULL;
}

/* Measured and modelled side by side, an objective after the other. */
static ecopt_status add_columns(ecopt_ctx *ctx, eco_table *table, const ecopt_definition *d)
{
    (void)eco_table_add_column(table, &(eco_column){.key = "trial", .is_number = true});
    (void)eco_table_add_column(table, &(eco_column){.key = "front"});
    for (size_t k = 0; k < d->n_objectives; k++) {
        const char *metric = d->objectives[k].metric;
        char *key = eco_asprintf(ctx, "%s.model", metric);
        char *title = eco_asprintf(ctx, "%s, model", metric);
        eco_column column = {.key = metric,
                             .is_number = true,
                             .has_u95 = true,
                             .dimension = eco_dimension_of(metric, NULL)};
        (void)eco_table_add_column(table, &column);
        column.key = key;
        column.title = title;
        if (key && title)
            (void)eco_table_add_column(table, &column);
        bool is_added = key && title;
        eco_free(ctx, key);
        eco_free(ctx, title);
        if (!is_added)
            return ECOPT_E_NOMEM;
    }
    return ECOPT_OK;
}

/* By number: the two fronts have no common order. */
static void add_rows(eco_table *table, const both_fronts *both)
{
    size_t m = both->definition->n_objectives;
    for (size_t i = 0; i < both->snapshot->n_trials; i++) {
        const ecopt_trial *trial = &both->snapshot->trials[i];
        if (!place_of(both, i))
            continue;
        eco_table_add_row(table);
        eco_table_set_number(table, 0, (double)trial->id, (double)NAN);
        eco_table_set_text(table, 1, place_of(both, i));
        for (size_t k = 0; k < m; k++) {
            const ecopt_objective *objective = &both->definition->objectives[k];
            eco_table_set_number(table, 2 + 2 * k, eco_objective_value(objective, trial),
                                 eco_objective_u95(objective, trial));
            eco_table_set_number(table, 3 + 2 * k, both->modelled->mean[i * m + k],
                                 both->modelled->u95[i * m + k]);
        }
    }
}

static ecopt_status modelled_table(ecopt_ctx *ctx, const both_fronts *both, ecopt_format format,
                                   char **ret_text)
{
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ECO_TRY(eco_table_new(ctx, &table));
    ecopt_status status = add_columns(ctx, table, both->definition);
    if (status == ECOPT_OK) {
        add_rows(table, both);
        status = eco_table_status(table);
    }
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
    }
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_table_free(table);
    eco_str_release(&str);
    return status;
}

static ecopt_status modelled_json(ecopt_ctx *ctx, const both_fronts *both, char **ret_text)
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
    for (size_t i = 0; i < both->snapshot->n_trials; i++) {
        if (!place_of(both, i))
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
    both_fronts both = {.definition = definition, .snapshot = snapshot, .modelled = modelled};
    if (modelled->n_trials != snapshot->n_trials ||
        modelled->n_objectives != definition->n_objectives)
        return eco_fail(ctx, ECOPT_E_ARG, "the models are of another study");
    if (format != ECOPT_FORMAT_TABLE && format != ECOPT_FORMAT_CSV && format != ECOPT_FORMAT_JSON)
        return eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
    ecopt_status status = find_fronts(ctx, &both);
    if (status == ECOPT_OK)
        status = format == ECOPT_FORMAT_JSON ? modelled_json(ctx, &both, ret_text)
                                             : modelled_table(ctx, &both, format, ret_text);
    fronts_release(ctx, &both);
    return status;
}
