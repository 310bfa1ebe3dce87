/*
 * `ecopt show N`: one trial in full.
 *
 * Everything that is stored about it: how it ended and why, its parameters, every metric, and each
 * phase with its energy per source.  Times are UTC, sums are not repeated.
 *
 * Nothing is cut here: numbers that tables shorten are shown in full, and a record that cannot be
 * read is shown as it was stored.
 */
#include "analysis/front.h"
#include "core/dimension.h"
#include "report/clean.h"
#include "report/decision_text.h"
#include "report/json_trial.h"
#include "report/number.h"
#include "report/point.h"
#include "report/prose.h"
#include "report/rows.h"
#include "report/steps_report.h"

#include <ecopt/report.h>
#include <math.h>
#include <string.h>
#include <time.h>

enum { TIME_B = 64 };

/* UTC, so that equal input gives equal bytes wherever it is read; empty for a time that there is
 * none of. */
static void format_time(double unix_s, char text[TIME_B])
{
    struct tm parts;
    text[0] = '\0';
    if (!(fabs(unix_s) < 1e11))
        return;
    time_t seconds = (time_t)unix_s;
    if (!gmtime_r(&seconds, &parts) || strftime(text, TIME_B, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        text[0] = '\0';
}

static void add_time(eco_str *str, const char *name, double unix_s)
{
    char text[TIME_B];
    format_time(unix_s, text);
    if (text[0])
        eco_str_addf(str, "  %-10s %s\n", name, text);
}

/* First line: number, state, reason; then where it came from. */
static void add_head(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                     const ecopt_trial *trial, eco_str *str)
{
    const char *state = ecopt_trial_state_name(trial->state);
    const char *cause = ecopt_cause_name(trial->cause);
    bool has_cause = cause[0] && strcmp(cause, state) != 0; /* pruned trials are pruned */
    eco_str_addf(str, has_cause ? "trial %lld: %s (%s)" : "trial %lld: %s", (long long)trial->id,
                 state, cause);
    eco_str reason = ECO_STR_INIT(str->ctx);
    eco_prose_reason(&reason, definition, trial);
    if (reason.length > 0) {
        eco_str_add(str, ": ");
        eco_clean_add(str, eco_str_text(&reason));
    }
    if (eco_str_status(&reason) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&reason);
    eco_str_add(str, "\n  origin     ");
    eco_clean_add(str, trial->origin);
    eco_str_addf(str, "\n  seed       %llu\n  attempts   %lld\n", (unsigned long long)trial->seed,
                 (long long)trial->attempts);
    /* Of a study whose file never changed it would say nothing. */
    if (trial->revision > 0 && snapshot->revision > 1)
        eco_str_addf(str, "  revision   %lld of %lld\n", (long long)trial->revision,
                     (long long)snapshot->revision);
    if (trial->n_confirmed > 0)
        eco_str_addf(str, "  confirmed  by %lld fresh measurement%s\n",
                     (long long)trial->n_confirmed, trial->n_confirmed == 1 ? "" : "s");
    else if (trial->is_passed_over)
        eco_str_add(str, "  confirmed  no: the front was confirmed without it\n");
    add_time(str, "created", trial->created_s);
    add_time(str, "started", trial->started_s);
    add_time(str, "ended", trial->ended_s);
    if (trial->dir) {
        eco_str_add(str, "  folder     ");
        eco_clean_add(str, trial->dir);
        eco_str_add_char(str, '\n');
    }
}

/* A point that cannot be split is shown as it was stored. */
static ecopt_status add_params(ecopt_ctx *ctx, const ecopt_trial *trial, eco_str *str)
{
    eco_pairs pairs = {0};
    eco_table *table = NULL;
    ecopt_status status = eco_pairs_parse(ctx, trial->point, &pairs);
    if (status == ECOPT_E_PARSE) {
        eco_str_add(str, "\npoint: ");
        eco_clean_add(str, trial->point);
        eco_str_add_char(str, '\n');
        return ECOPT_OK;
    }
    if (status == ECOPT_OK)
        status = eco_table_new(ctx, &table);
    if (status == ECOPT_OK) {
        eco_column name = {.key = "parameter"};
        eco_column value = {.key = "value"};
        (void)eco_table_add_column(table, &name);
        (void)eco_table_add_column(table, &value);
        for (size_t i = 0; i < pairs.n; i++) {
            eco_table_add_row(table);
            eco_table_set_text(table, 0, pairs.names[i]);
            eco_table_set_text(table, 1, pairs.values[i]);
        }
        eco_str_add_char(str, '\n');
        eco_table_add_text(table, str);
    }
    eco_table_free(table);
    eco_pairs_release(ctx, &pairs);
    return status;
}

/* Metrics have different units, so each is written with its own. */
static ecopt_status add_metrics(ecopt_ctx *ctx, const ecopt_trial *trial, eco_str *str)
{
    eco_table *table = NULL;
    char text[ECO_NUMBER_B];
    if (trial->n_metrics == 0)
        return ECOPT_OK;
    ECO_TRY(eco_table_new(ctx, &table));
    eco_column name = {.key = "metric"};
    eco_column value = {.key = "value"};
    (void)eco_table_add_column(table, &name);
    (void)eco_table_add_column(table, &value);
    for (size_t i = 0; i < trial->n_metrics; i++) {
        const ecopt_metric_value *metric = &trial->metrics[i];
        eco_number_with_unit(eco_dimension_of(metric->name, NULL), metric->value, metric->u95,
                             text);
        eco_table_add_row(table);
        eco_table_set_text(table, 0, metric->name);
        eco_table_set_text(table, 1, text[0] ? text : "missing");
    }
    eco_str_add_char(str, '\n');
    eco_table_add_text(table, str);
    eco_table_free(table);
    return ECOPT_OK;
}

/* How the phase ended, then the same lines that `ecopt measure` prints. */
static ecopt_status add_phase(ecopt_ctx *ctx, const ecopt_phase_record *phase, eco_str *str)
{
    char *energy = NULL;
    eco_str_add(str, "\nphase ");
    eco_clean_add(str, phase->phase);
    if (phase->repeat > 1)
        eco_str_addf(str, ", run %lld", (long long)phase->repeat);
    if (phase->is_timed_out)
        eco_str_add(str, ": stopped by its time limit");
    else if (phase->signal)
        eco_str_addf(str, ": ended by signal %d", phase->signal);
    else if (phase->exit_status > 0)
        eco_str_addf(str, ": exit status %d", phase->exit_status);
    char cpu[ECO_NUMBER_B];
    eco_number_with_unit(ECO_DIMENSION_TIME, phase->cpu_s, (double)NAN, cpu);
    if (cpu[0])
        eco_str_addf(str, ", %s of CPU time", cpu);
    if (isfinite(phase->max_rss_b))
        eco_str_addf(str, ", %.4g MiB of memory", phase->max_rss_b / (1024.0 * 1024.0));
    eco_str_add_char(str, '\n');
    ECO_TRY(ecopt_report_energy(ctx, &phase->energy, ECOPT_FORMAT_TABLE, &energy));
    eco_str_add(str, energy);
    eco_free(ctx, energy);
    return ECOPT_OK;
}

/* The attempts of a trial that was run more than once, a line each: what became of it, when, and
 * what it took. */
static void add_runs(const ecopt_trial *trial, eco_str *str)
{
    if (trial->n_runs > 0)
        eco_str_add(str, "\nattempts\n");
    for (size_t i = 0; i < trial->n_runs; i++) {
        const ecopt_attempt *run = &trial->runs[i];
        const char *cause = ecopt_cause_name(run->cause);
        char started[TIME_B], energy[ECO_NUMBER_B], length[ECO_NUMBER_B];
        format_time(run->started_s, started);
        eco_number_with_unit(ECO_DIMENSION_ENERGY, run->energy_j, run->u95_j, energy);
        eco_number_with_unit(ECO_DIMENSION_TIME, run->time_s, (double)NAN, length);
        eco_str_addf(str, "  %lld  %s", (long long)run->attempt, started);
        eco_str_add(str, strcmp(run->kind, "confirm") == 0 ? "  measured anew: " : "  ");
        eco_clean_add(str, run->state);
        eco_str_addf(str, cause[0] ? " (%s)" : "%s", cause);
        eco_str_addf(str, "  %s in %s", energy[0] ? energy : "joules not known",
                     length[0] ? length : "a time not known");
        eco_str_add(str, run->reason && run->reason[0] ? "  " : "");
        eco_clean_add(str, run->reason ? run->reason : "");
        eco_str_add_char(str, '\n');
    }
}

/* What was decided while it ran, each with the numbers that it was decided by. */
static void add_decisions(const ecopt_trial *trial, eco_str *str)
{
    if (trial->n_decisions > 0)
        eco_str_add(str, "\ndecisions\n");
    for (size_t i = 0; i < trial->n_decisions; i++) {
        const ecopt_decision *decision = &trial->decisions[i];
        eco_str_addf(str, "  %s: ", decision->kind);
        eco_clean_add(str, decision->verdict);
        if (decision->step > 0)
            eco_str_addf(str, " at step %lld", (long long)decision->step);
        if (trial->n_runs > 0 && decision->attempt > 0)
            eco_str_addf(str, " (attempt %lld)", (long long)decision->attempt);
        eco_str_add(str, "  ");
        eco_decision_numbers(str, decision->numbers);
        eco_str_add_char(str, '\n');
    }
}

/* Grams of all phases together; a phase without joules leaves none to tell. */
static ecopt_status add_impacts(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_trial *trial, eco_str *str)
{
    ecopt_status status = ECOPT_OK;
    eco_trial_energy energy = eco_trial_energy_of(trial);
    const char *gap = "\n";
    for (int i = 0; status == ECOPT_OK && i < ECO_IMPACT_COUNT; i++) {
        eco_str line = ECO_STR_INIT(ctx);
        if (eco_prose_impact(&line, definition, (eco_impact)i, energy.energy_j, energy.time_s)) {
            eco_str_addf(str, "%s%s of the trial: %s\n", gap, eco_impact_name((eco_impact)i),
                         eco_str_text(&line));
            gap = "";
        }
        status = eco_str_status(&line);
        eco_str_release(&line);
    }
    return status;
}

/*
 * Head, parameters, metrics, phases, grams: from what it is to what it cost. Parameters keep all
 * of their digits here, the one place where people can copy them from.
 */
static ecopt_status trial_table(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, const ecopt_trial *trial,
                                char **ret_text)
{
    eco_str str = ECO_STR_INIT(ctx);
    add_head(definition, snapshot, trial, &str);
    ecopt_status status = add_params(ctx, trial, &str);
    if (status == ECOPT_OK)
        status = add_metrics(ctx, trial, &str);
    if (status == ECOPT_OK)
        status = eco_steps_table(ctx, trial, &str);
    for (size_t i = 0; status == ECOPT_OK && i < trial->n_phases; i++)
        status = add_phase(ctx, &trial->phases[i], &str);
    add_runs(trial, &str);
    add_decisions(trial, &str);
    if (status == ECOPT_OK)
        status = add_impacts(ctx, definition, trial, &str);
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    return status;
}

/*
 * The trial as in the list of all, with metrics and phases; the study is named so that the
 * document stands alone.
 */
static ecopt_status trial_json(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_snapshot *snapshot, const ecopt_trial *trial,
                               char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_trial_full(&json, definition, trial);
    eco_json_set_text(&json, root, "study", snapshot->name);
    eco_json_set_int(&json, root, "revision", trial->revision);
    eco_trial_energy energy = eco_trial_energy_of(trial);
    eco_json_set(&json, root, "carbon",
                 eco_json_carbon(&json, definition, energy.energy_j, energy.time_s));
    return eco_json_take(&json, root, ret_text);
}

ecopt_status ecopt_report_trial(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, int64_t trial, ecopt_format format,
                                char **ret_text)
{
    const ecopt_trial *found = NULL;
    for (size_t i = 0; i < snapshot->n_trials && !found; i++)
        if (snapshot->trials[i].id == trial)
            found = &snapshot->trials[i];
    if (!found)
        return eco_fail(ctx, ECOPT_E_NOT_FOUND, "no trial %lld in study '%s'", (long long)trial,
                        snapshot->name);
    if (format == ECOPT_FORMAT_TABLE)
        return trial_table(ctx, definition, snapshot, found, ret_text);
    if (format == ECOPT_FORMAT_JSON)
        return trial_json(ctx, definition, snapshot, found, ret_text);
    return eco_fail(ctx, ECOPT_E_ARG, "one trial is given as table or json only");
}
