/*
 * Finds the front of posterior means and the front of observations, and lists the trials on either.
 *
 * A lucky measurement puts a trial on the observed front, and a mean that takes the neighbours into
 * account takes it off again; so both are shown, and for each trial on which of them it stands.
 */
#include "report/both_fronts.h"

#include "analysis/front.h"

#include <ecopt/pareto.h>
#include <math.h>

/* Means of the feasible trials that have all of them, to be minimised. */
static size_t gather(const eco_both_fronts *both, size_t *trials, double *y)
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
static ecopt_status find_modelled(ecopt_ctx *ctx, eco_both_fronts *both)
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

/* Marks the front of observations, then that of means. */
static ecopt_status mark(ecopt_ctx *ctx, eco_both_fronts *both)
{
    ecopt_front *front = NULL;
    ECO_TRY(ecopt_front_new(ctx, both->definition, both->snapshot, &front));
    both->n_observed = front->n;
    for (size_t i = 0; i < front->n; i++)
        both->is_observed[front->trials[i]] = true;
    ecopt_front_free(ctx, front);
    return find_modelled(ctx, both);
}

ecopt_status eco_both_fronts_init(ecopt_ctx *ctx, const ecopt_definition *definition,
                                  const ecopt_snapshot *snapshot, const ecopt_modelled *modelled,
                                  eco_both_fronts *ret_both)
{
    size_t room = snapshot->n_trials + 1;
    if (modelled->n_trials != snapshot->n_trials ||
        modelled->n_objectives != definition->n_objectives)
        return eco_fail(ctx, ECOPT_E_ARG, "the models are of another study");
    eco_both_fronts both = {.definition = definition, .snapshot = snapshot, .modelled = modelled};
    both.is_observed = eco_alloc(ctx, room, sizeof *both.is_observed);
    both.is_modelled = eco_alloc(ctx, room, sizeof *both.is_modelled);
    ecopt_status status = both.is_observed && both.is_modelled ? mark(ctx, &both) : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        *ret_both = both;
    else
        eco_both_fronts_release(ctx, &both);
    return status;
}

void eco_both_fronts_release(ecopt_ctx *ctx, eco_both_fronts *both)
{
    eco_free(ctx, both->is_observed);
    eco_free(ctx, both->is_modelled);
    both->is_observed = both->is_modelled = NULL;
}

/* NULL for a trial on neither. */
const char *eco_both_fronts_place(const eco_both_fronts *both, size_t trial)
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
static void add_rows(eco_table *table, const eco_both_fronts *both)
{
    size_t m = both->definition->n_objectives;
    for (size_t i = 0; i < both->snapshot->n_trials; i++) {
        const ecopt_trial *trial = &both->snapshot->trials[i];
        if (!eco_both_fronts_place(both, i))
            continue;
        eco_table_add_row(table);
        eco_table_set_number(table, 0, (double)trial->id, (double)NAN);
        eco_table_set_text(table, 1, eco_both_fronts_place(both, i));
        for (size_t k = 0; k < m; k++) {
            const ecopt_objective *objective = &both->definition->objectives[k];
            eco_table_set_number(table, 2 + 2 * k, eco_objective_value(objective, trial),
                                 eco_objective_u95(objective, trial));
            eco_table_set_number(table, 3 + 2 * k, both->modelled->mean[i * m + k],
                                 both->modelled->u95[i * m + k]);
        }
    }
}

ecopt_status eco_rows_both_fronts(ecopt_ctx *ctx, const eco_both_fronts *both,
                                  eco_table **ret_table)
{
    eco_table *table = NULL;
    ECO_TRY(eco_table_new(ctx, &table));
    ecopt_status status = add_columns(ctx, table, both->definition);
    if (status == ECOPT_OK) {
        add_rows(table, both);
        status = eco_table_status(table);
    }
    if (status == ECOPT_OK)
        *ret_table = table;
    else
        eco_table_free(table);
    return status;
}
