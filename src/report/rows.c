/*
 * Builds the tables of trials, phases and sources.
 *
 * The same table is written as text, CSV and HTML (report/table.h); columns that only a program
 * wants (is_knee, origin) are marked so.  Keys are the names of CSV columns: objectives by their
 * metric, parameters as "param.NAME" so that a parameter and a metric of one name do not collide.
 *
 * Which columns there are depends on the definition alone, never on the trials: a script that
 * reads the CSV of an empty study finds the same columns as in a full one. New columns are added
 * at the end.
 */
#include "report/rows.h"

#include "analysis/front.h"
#include "report/number.h"
#include "report/point.h"
#include "report/prose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KNEE_MARK  "*"
#define FRONT_MARK "\xe2\x97\x8f" /* black circle */
#define OPEN_MARK  "\xe2\x97\x8b" /* white circle: not resolvable from the front */

eco_trial_energy eco_trial_energy_of(const ecopt_trial *trial)
{
    eco_trial_energy sum = {.energy_j = (double)NAN, .u95_j = (double)NAN, .time_s = (double)NAN};
    if (trial->n_phases == 0)
        return sum;
    sum.energy_j = 0;
    sum.u95_j = 0;
    sum.time_s = 0;
    sum.is_labelled = true;
    sum.quality = ECOPT_QUALITY_MEASURED_WALL;
    for (size_t i = 0; i < trial->n_phases; i++) {
        const ecopt_energy *energy = &trial->phases[i].energy;
        sum.energy_j += energy->energy_j;
        sum.u95_j = hypot(sum.u95_j, energy->u95_j);
        sum.time_s += trial->phases[i].time_s;
        sum.flags |= energy->flags;
        if (energy->quality > sum.quality)
            sum.quality = energy->quality;
    }
    return sum;
}

/* Column numbers of a table of trials. */
typedef struct trial_columns {
    size_t mark, id, state, ending, cause, first_objective, energy, time, label, first_param,
        reason;
    size_t is_knee, is_front, is_unresolved, origin;
} trial_columns;

/* Texts are aligned left and have no unit. */
static size_t add_text_column(eco_table *table, const char *key, const char *title, unsigned where)
{
    eco_column column = {.key = key, .title = title, .where = where};
    return eco_table_add_column(table, &column);
}

/* Numbers are aligned at the point; the dimension decides their unit. */
static size_t add_number_column(eco_table *table, const char *key, const char *title,
                                eco_dimension dimension, bool has_u95)
{
    eco_column column = {
        .key = key, .title = title, .is_number = true, .has_u95 = has_u95, .dimension = dimension};
    return eco_table_add_column(table, &column);
}

/* One column per objective, in the definition's order. */
static void add_objective_columns(eco_table *table, const ecopt_definition *definition,
                                  trial_columns *columns)
{
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const char *metric = definition->objectives[k].metric;
        size_t i = add_number_column(table, metric, metric, eco_dimension_of(metric, NULL), true);
        if (k == 0)
            columns->first_objective = i;
    }
}

/* A column per parameter; numbers only are aligned right. */
static void add_param_columns(ecopt_ctx *ctx, eco_table *table, const ecopt_space *space,
                              trial_columns *columns)
{
    size_t n = space ? ecopt_space_n_params(space) : 0;
    for (size_t i = 0; i < n; i++) {
        const ecopt_param *param = ecopt_space_param(space, i);
        char *key = eco_asprintf(ctx, "param.%s", param->name);
        if (!key)
            eco_table_fail(table);
        eco_column column = {.key = key ? key : "",
                             .title = param->name,
                             .is_number = param->type == ECOPT_PARAM_FLOAT ||
                                          param->type == ECOPT_PARAM_INT};
        size_t k = eco_table_add_column(table, &column);
        if (i == 0)
            columns->first_param = k;
        eco_free(ctx, key);
    }
}

/* True for a constraint whose metric has no column yet. */
static bool needs_column(const ecopt_definition *definition, size_t i)
{
    const char *metric = definition->constraints[i].metric;
    for (size_t k = 0; k < definition->n_objectives; k++)
        if (strcmp(definition->objectives[k].metric, metric) == 0)
            return false;
    for (size_t k = 0; k < i; k++)
        if (strcmp(definition->constraints[k].metric, metric) == 0)
            return false;
    return true;
}

/* What the constraints speak of, for programs: with the objectives it is all that a study judges
 * by, so that the list can be imported again. */
static size_t add_constraint_columns(eco_table *table, const ecopt_definition *definition)
{
    size_t first = 0;
    bool is_first = true;
    for (size_t i = 0; i < definition->n_constraints; i++) {
        if (!needs_column(definition, i))
            continue;
        eco_column column = {.key = definition->constraints[i].metric,
                             .is_number = true,
                             .has_u95 = true,
                             .where = ECO_IN_CSV};
        size_t k = eco_table_add_column(table, &column);
        first = is_first ? k : first;
        is_first = false;
    }
    return first;
}

/* Cells of a trial in these columns. */
static void set_constraints(eco_table *table, const ecopt_definition *definition,
                            const ecopt_trial *trial, size_t first)
{
    for (size_t i = 0; i < definition->n_constraints; i++) {
        if (!needs_column(definition, i))
            continue;
        const ecopt_metric_value *metric =
            ecopt_trial_metric(trial, definition->constraints[i].metric);
        if (metric)
            eco_table_set_number(table, first, metric->value, metric->u95);
        first++;
    }
}

/* Cells of the parameters from the stored text of the point. */
static void set_params(ecopt_ctx *ctx, eco_table *table, const ecopt_space *space,
                       const char *point, const trial_columns *columns)
{
    eco_pairs pairs = {0};
    size_t n = space ? ecopt_space_n_params(space) : 0;
    ecopt_status status = eco_pairs_parse(ctx, point, &pairs);
    if (status == ECOPT_E_NOMEM)
        eco_table_fail(table);
    /* Reports must not fail because of one odd record of an older version. */
    /* A point that does not split leaves its cells empty; `ecopt show` prints it as it is. */
    if (status != ECOPT_OK)
        return;
    for (size_t i = 0; i < n; i++)
        eco_table_set_text(table, columns->first_param + i,
                           eco_pairs_value(&pairs, ecopt_space_param(space, i)->name, i));
    eco_pairs_release(ctx, &pairs);
}

/*
 * Objectives of a trial that has none of them are empty cells: a failed trial is a row like any
 * other.
 */
static void set_objectives(eco_table *table, const ecopt_definition *definition,
                           const ecopt_trial *trial, const trial_columns *columns)
{
    for (size_t k = 0; k < definition->n_objectives; k++)
        eco_table_set_number(table, columns->first_objective + k,
                             eco_objective_value(&definition->objectives[k], trial),
                             eco_objective_u95(&definition->objectives[k], trial));
}

/* Hands the table over, or frees a failed one. */
static ecopt_status finish(eco_table *table, eco_table **ret_table)
{
    ecopt_status status = eco_table_status(table);
    if (status == ECOPT_OK)
        *ret_table = table;
    else
        eco_table_free(table);
    return status;
}

ecopt_status eco_rows_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_front *front,
                            eco_table **ret_table)
{
    eco_table *table = NULL;
    trial_columns columns = {0};
    ECO_TRY(eco_table_new(ctx, &table));
    columns.mark = add_text_column(table, "", "", ECO_IN_TEXT);
    columns.id = add_number_column(table, "trial", "trial", ECO_DIMENSION_NONE, false);
    add_objective_columns(table, definition, &columns);
    columns.label = add_text_column(table, "quality", "energy label", 0);
    add_param_columns(ctx, table, definition->space, &columns);
    /* People see the knee as a mark and a tint; a program needs a column. */
    columns.is_knee = add_text_column(table, "is_knee", NULL, ECO_IN_CSV);
    for (size_t i = 0; i < front->n; i++) {
        const ecopt_trial *trial = &snapshot->trials[front->trials[i]];
        ecopt_quality quality;
        eco_table_add_row(table);
        eco_table_set_number(table, columns.id, (double)trial->id, (double)NAN);
        set_objectives(table, definition, trial, &columns);
        if (eco_trial_quality(definition, trial, &quality))
            eco_table_set_text(table, columns.label, ecopt_quality_name(quality));
        set_params(ctx, table, definition->space, trial->point, &columns);
        eco_table_set_text(table, columns.is_knee, i == front->knee ? "true" : "false");
        if (i != front->knee)
            continue;
        eco_table_set_text(table, columns.mark, KNEE_MARK);
        eco_table_mark_row(table);
    }
    return finish(table, ret_table);
}

/* Linear, which fronts are short enough for. */
static bool is_on_front(const ecopt_front *front, size_t trial)
{
    for (size_t i = 0; i < front->n; i++)
        if (front->trials[i] == trial)
            return true;
    return false;
}

/* People read state and cause as one; a program has a column of each. */
static void set_ending(eco_table *table, const ecopt_trial *trial, const trial_columns *columns)
{
    char text[64];
    const char *cause = ecopt_cause_name(trial->cause);
    (void)snprintf(text, sizeof text, cause[0] ? "%s (%s)" : "%s",
                   ecopt_trial_state_name(trial->state), cause);
    eco_table_set_text(table, columns->ending, text);
}

/* All that one line says about a trial; what it does not have stays empty. */
static void add_trial_row(ecopt_ctx *ctx, eco_table *table, const ecopt_definition *definition,
                          const ecopt_trial *trial, const trial_columns *columns)
{
    eco_trial_energy energy = eco_trial_energy_of(trial);
    eco_table_add_row(table);
    eco_table_set_number(table, columns->id, (double)trial->id, (double)NAN);
    eco_table_set_text(table, columns->state, ecopt_trial_state_name(trial->state));
    eco_table_set_text(table, columns->cause, ecopt_cause_name(trial->cause));
    set_ending(table, trial, columns);
    set_objectives(table, definition, trial, columns);
    eco_table_set_number(table, columns->energy, energy.energy_j, energy.u95_j);
    eco_table_set_number(table, columns->time, energy.time_s, (double)NAN);
    if (energy.is_labelled)
        eco_table_set_text(table, columns->label, ecopt_quality_name(energy.quality));
    set_params(ctx, table, definition->space, trial->point, columns);
    eco_str reason = ECO_STR_INIT(ctx);
    eco_prose_reason(&reason, definition, trial);
    if (eco_str_status(&reason) != ECOPT_OK)
        eco_table_fail(table);
    eco_table_set_text(table, columns->reason, eco_str_text(&reason));
    eco_str_release(&reason);
    eco_table_set_text(table, columns->origin, trial->origin);
}

ecopt_status eco_rows_trials(ecopt_ctx *ctx, const ecopt_definition *definition,
                             const ecopt_snapshot *snapshot, const ecopt_front *front,
                             eco_table **ret_table)
{
    eco_table *table = NULL;
    trial_columns columns = {0};
    ECO_TRY(eco_table_new(ctx, &table));
    columns.mark = add_text_column(table, "", "", ECO_IN_TEXT);
    columns.id = add_number_column(table, "trial", "trial", ECO_DIMENSION_NONE, false);
    columns.state = add_text_column(table, "state", NULL, ECO_IN_CSV);
    columns.ending = add_text_column(table, "state", NULL, ECO_IN_TEXT);
    add_objective_columns(table, definition, &columns);
    columns.energy =
        add_number_column(table, "trial_energy_j", "energy", ECO_DIMENSION_ENERGY, true);
    columns.time = add_number_column(table, "trial_time_s", "time", ECO_DIMENSION_TIME, false);
    columns.label = add_text_column(table, "trial_quality", "energy label", 0);
    add_param_columns(ctx, table, definition->space, &columns);
    columns.reason = add_text_column(table, "reason", NULL, 0);
    columns.is_front = add_text_column(table, "is_front", NULL, ECO_IN_CSV);
    columns.origin = add_text_column(table, "origin", NULL, ECO_IN_CSV);
    /* How often a trial was run is in its JSON: the list stays the same whether a run was
     * interrupted. */
    columns.is_unresolved = add_text_column(table, "is_unresolved", NULL, ECO_IN_CSV);
    columns.cause = add_text_column(table, "cause", NULL, ECO_IN_CSV);
    size_t first_constraint = add_constraint_columns(table, definition);
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        bool is_front = is_on_front(front, i);
        bool is_open = eco_trial_is_unresolved(definition, snapshot, front, i);
        add_trial_row(ctx, table, definition, &snapshot->trials[i], &columns);
        set_constraints(table, definition, &snapshot->trials[i], first_constraint);
        eco_table_set_text(table, columns.is_front, is_front ? "true" : "false");
        eco_table_set_text(table, columns.is_unresolved, is_open ? "true" : "false");
        if (is_open)
            eco_table_set_text(table, columns.mark, OPEN_MARK);
        if (!is_front)
            continue;
        eco_table_set_text(table, columns.mark, FRONT_MARK);
        eco_table_mark_row(table);
    }
    return finish(table, ret_table);
}

/* Sums of one phase, with how many windows they are of when some had no joules. */
static void add_phase_row(eco_table *table, const eco_phase_total *total, const char *name,
                          double whole_j)
{
    const ecopt_energy *energy = &total->energy;
    char windows[64];
    char share[ECO_NUMBER_B];
    size_t n = total->n_windows - total->n_missing;
    if (total->n_missing > 0)
        (void)snprintf(windows, sizeof windows, "%zu of %zu", n, total->n_windows);
    else
        (void)snprintf(windows, sizeof windows, "%zu", total->n_windows);
    eco_number_percent(energy->energy_j / whole_j, share);
    eco_table_add_row(table);
    eco_table_set_text(table, 0, name);
    eco_table_set_text(table, 1, windows);
    eco_table_set_number(table, 2, energy->energy_j, energy->u95_j);
    eco_table_set_text(table, 3, share);
    eco_table_set_number(table, 4, energy->energy_j / (double)n, total->mean_u95_j);
    eco_table_set_number(table, 5, total->time_s, (double)NAN);
    eco_table_set_number(table, 6, energy->energy_j / energy->time_s, (double)NAN);
    eco_table_set_text(table, 7, ecopt_quality_name(energy->quality));
}

ecopt_status eco_rows_phases(ecopt_ctx *ctx, const eco_summary *summary, eco_table **ret_table)
{
    eco_table *table = NULL;
    ECO_TRY(eco_table_new(ctx, &table));
    (void)add_text_column(table, "phase", NULL, 0);
    (void)add_number_column(table, "windows", NULL, ECO_DIMENSION_NONE, false);
    (void)add_number_column(table, "energy_j", "energy", ECO_DIMENSION_ENERGY, true);
    (void)add_number_column(table, "share", NULL, ECO_DIMENSION_NONE, false);
    (void)add_number_column(table, "mean_j", "per window", ECO_DIMENSION_ENERGY, true);
    (void)add_number_column(table, "time_s", "time", ECO_DIMENSION_TIME, false);
    (void)add_number_column(table, "power_w", "mean power", ECO_DIMENSION_POWER, false);
    (void)add_text_column(table, "quality", "label", 0);
    double whole_j = summary->total.energy.energy_j;
    for (size_t i = 0; i < summary->n_phases; i++)
        add_phase_row(table, &summary->phases[i], summary->phases[i].phase, whole_j);
    /* With one phase the sum would repeat its line. */
    if (summary->n_phases != 1)
        add_phase_row(table, &summary->total, "all phases", whole_j);
    return finish(table, ret_table);
}

ecopt_status eco_rows_sources(ecopt_ctx *ctx, const ecopt_energy *energy, eco_table **ret_table)
{
    eco_table *table = NULL;
    ECO_TRY(eco_table_new(ctx, &table));
    (void)add_text_column(table, "source", NULL, 0);
    (void)add_number_column(table, "energy_j", "energy", ECO_DIMENSION_ENERGY, true);
    (void)add_number_column(table, "share", NULL, ECO_DIMENSION_NONE, false);
    (void)add_text_column(table, "quality", "label", 0);
    (void)add_text_column(table, "is_counted", "in the total", 0);
    for (size_t i = 0; i < energy->n_sources && i < ECOPT_METER_SOURCES_MAX; i++) {
        const ecopt_source_energy *source = &energy->sources[i];
        char name[sizeof source->name + 1];
        char share[ECO_NUMBER_B];
        memcpy(name, source->name, sizeof source->name);
        name[sizeof source->name] = '\0';
        eco_number_percent(source->is_counted ? source->energy_j / energy->energy_j : (double)NAN,
                           share);
        eco_table_add_row(table);
        eco_table_set_text(table, 0, name);
        eco_table_set_number(table, 1, source->energy_j, source->u95_j);
        eco_table_set_text(table, 2, share);
        eco_table_set_text(table, 3, ecopt_quality_name(source->quality));
        eco_table_set_text(table, 4, source->is_counted ? "yes" : "no, cross-check");
    }
    return finish(table, ret_table);
}
