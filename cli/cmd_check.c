/*
 * ecopt check: what a study file says, without running anything.
 *
 * The file's own errors are reported while it is read.  What is printed afterwards is only of use
 * when it is what a run would do, so the commands come from the sampler itself (preview.h) and not
 * from some example point.
 */
#include "commands.h"
#include "limits_report.h"
#include "message.h"
#include "output.h"
#include "preview.h"
#include "program_check.h"
#include "quantity.h"
#include "study_files.h"

#include <ecopt/report.h>
#include <ecopt/units.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Commands shown when -n is not given. */
#define DEFAULT_COMMANDS 3
/* More would only scroll; the rest of the design can be seen with --dry-run of a run. */
#define MOST_COMMANDS 1000

/* Width of the column of names, bounded so that one long name does not push the rest away. */
static int longest_param(const ecopt_space *space)
{
    size_t width = 0;
    for (size_t i = 0; i < ecopt_space_n_params(space); i++) {
        size_t length = strlen(ecopt_space_param(space, i)->name);
        if (length > width)
            width = length;
    }
    return (int)(width < 40 ? width : 40);
}

/* What the values may be; a long list of choices is cut. Ranges with ten digits, which gives back
 * what the file says for any number that people write. Nine choices are shown in full, as leaving
 * out a single one saves nothing. */
static void write_range(FILE *file, const ecopt_param *param)
{
    if (param->type == ECOPT_PARAM_FLOAT || param->type == ECOPT_PARAM_INT)
        fprintf(file, "%.10g .. %.10g%s", param->min, param->max, param->is_log ? ", log" : "");
    for (size_t i = 0; i < param->n_values; i++) {
        if (i == 8 && param->n_values > 9) {
            fprintf(file, ", ... (%zu values)", param->n_values);
            break;
        }
        fprintf(file, "%s%s", i > 0 ? (param->is_ordered ? " < " : ", ") : "",
                param->values[i].text);
    }
    if (param->type == ECOPT_PARAM_BOOL)
        fputs("false, true", file);
}

/* The search space, a line for each parameter. The default of a fixed parameter is its value and
 * would only be said twice. */
static ecopt_status write_params(ecopt_ctx *ctx, const ecopt_space *space, FILE *file)
{
    int width = longest_param(space);
    fputs("\nparameters\n", file);
    for (size_t i = 0; i < ecopt_space_n_params(space); i++) {
        const ecopt_param *param = ecopt_space_param(space, i);
        fprintf(file, "  %-*s  %-6s  ", width, param->name, ecopt_param_type_name(param->type));
        write_range(file, param);
        if (param->has_default && param->type != ECOPT_PARAM_FIXED) {
            char *text = NULL;
            ecopt_status status = ecopt_space_value_text(ctx, space, i, param->default_code, &text);
            if (status != ECOPT_OK)
                return status;
            fprintf(file, ", default %s", text);
            ecopt_text_free(ctx, text);
        }
        fprintf(file, "%s%s\n", param->when ? ", when " : "", param->when ? param->when : "");
    }
    return ECOPT_OK;
}

/* How many points are left to choose from, and how many rows are not: a constraint that leaves out
 * too much shows here. */
static void write_candidates(const ecopt_definition *definition, FILE *file)
{
    if (definition->n_candidates == 0)
        return;
    fprintf(file, "\ncandidates\n  %zu point%s of %s", definition->n_candidates,
            definition->n_candidates > 1 ? "s" : "", definition->candidates);
    if (definition->n_candidates_rejected > 0)
        fprintf(file, ", without %zu row%s that break%s a constraint",
                definition->n_candidates_rejected, definition->n_candidates_rejected > 1 ? "s" : "",
                definition->n_candidates_rejected > 1 ? "" : "s");
    fputc('\n', file);
}

/* Objectives and the bounds on metrics. The scale is named only where it is not the usual one. */
static void write_goals(const ecopt_definition *definition, FILE *file)
{
    fputs("\nobjectives\n", file);
    for (size_t i = 0; i < definition->n_objectives; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        fprintf(file, "  %s %s", objective->goal == ECOPT_GOAL_MAX ? "max" : "min",
                objective->metric);
        if (objective->scale == ECOPT_SCALE_LOG)
            fputs(", on a log scale", file);
        if (objective->has_threshold)
            fprintf(file, ", threshold %.10g", objective->threshold);
        fputc('\n', file);
    }
}

/* Those on parameters are kept before a trial, those on metrics judged after it: say which. */
static void write_constraints(const ecopt_definition *definition, FILE *file)
{
    size_t n = ecopt_space_n_constraints(definition->space);
    if (n + definition->n_constraints > 0)
        fputs("\nconstraints\n", file);
    for (size_t i = 0; i < n; i++)
        fprintf(file, "  %s  (parameters: no trial breaks it)\n",
                ecopt_space_constraint(definition->space, i));
    for (size_t i = 0; i < definition->n_constraints; i++)
        fprintf(file, "  %s  (metric: a trial that breaks it is not feasible)\n",
                definition->constraints[i].text);
}

/* The reference point decides where the search looks, and only the user knows what is of no use.
 * With one objective there is no reference point and nothing to advise. */
static void advise_thresholds(cli_state *cli, const ecopt_definition *definition)
{
    for (size_t i = 0; i < definition->n_objectives && definition->n_objectives > 1; i++)
        if (!definition->objectives[i].has_threshold)
            cli_note(cli,
                     "note: objective '%s' has no threshold: the reference point will be inferred "
                     "from the first %lld trials, and only ever extended; better name the worst "
                     "value of interest: "
                     "%s: {goal: %s, threshold: VALUE}",
                     definition->objectives[i].metric, (long long)definition->budget.init,
                     definition->objectives[i].metric,
                     definition->objectives[i].goal == ECOPT_GOAL_MAX ? "max" : "min");
}

/* Energy in both units: people write kilowatt hours and measure joules. What has no limit is left
 * out: infinite is the default of energy and time. */
static void write_budget(const ecopt_definition *definition, FILE *file)
{
    const ecopt_budget *budget = &definition->budget;
    char text[CLI_QUANTITY_B];
    int64_t n_init = budget->init < budget->trials ? budget->init : budget->trials;
    fprintf(file, "\nbudget   %lld trials, the first %lld spread over the space",
            (long long)budget->trials, (long long)n_init);
    if (isfinite(budget->energy_j)) {
        cli_format_energy(budget->energy_j, text);
        fprintf(file, ", %s (%.4g kWh)", text, ecopt_kwh_from_j(budget->energy_j));
    }
    if (isfinite(budget->time_s)) {
        cli_format_time(budget->time_s, text);
        fprintf(file, ", %s", text);
    }
    /* The login of a plug is nobody's business who looks at the screen. */
    char *sources = strdup(definition->meter.sources);
    ecopt_meter_hide_logins(sources);
    if (isfinite(budget->carbon_g) && budget->carbon_g > 0)
        fprintf(file, ", %.10g g CO2e", budget->carbon_g);
    if (isfinite(budget->money) && budget->money > 0)
        fprintf(file, ", %.10g %s", budget->money, definition->carbon.currency);
    fprintf(file, "\nmeter    %s%s%s\n", sources ? sources : "",
            definition->meter.require ? ", at least " : "",
            definition->meter.require ? definition->meter.require : "");
    free(sources);
}

/* What becomes of failures, and where joules are saved. */
static int write_rules(cli_state *cli, const ecopt_definition *definition, FILE *file)
{
    char *text = NULL;
    ecopt_status status = ecopt_report_definition(cli->ctx, definition, ECOPT_FORMAT_TABLE, &text);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    fprintf(file, "\nrules\n%s", text);
    ecopt_text_free(cli->ctx, text);
    return CLI_EXIT_OK;
}

/* The whole definition as it was understood, for programs. */
static int write_json(cli_state *cli, const ecopt_definition *definition)
{
    char *text = NULL;
    ecopt_status status = ecopt_report_definition(cli->ctx, definition, ECOPT_FORMAT_JSON, &text);
    int code =
        status == ECOPT_OK ? cli_write(cli, NULL, text, strlen(text)) : cli_fail(cli, status);
    ecopt_text_free(cli->ctx, text);
    return code;
}

/* Everything in one text, so that a full disk shows before half of it is out. */
static int write_all(cli_state *cli, const ecopt_definition *definition, int64_t n, FILE *file)
{
    fprintf(file, "study    %s (sampler %s, seed %llu)\n", definition->name, definition->sampler,
            (unsigned long long)definition->seed);
    ecopt_status status = write_params(cli->ctx, definition->space, file);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    write_candidates(definition, file);
    write_goals(definition, file);
    write_constraints(definition, file);
    write_budget(definition, file);
    int code = write_rules(cli, definition, file);
    if (code == CLI_EXIT_OK)
        code = cli_write_resources(cli, definition, file);
    if (code != CLI_EXIT_OK)
        return code;
    if (n == 0)
        return CLI_EXIT_OK;
    fputc('\n', file);
    return cli_preview(cli, definition, NULL, n, file);
}

/* Without a study file, for editors ask for it before there is one. */
static int write_schema(cli_state *cli)
{
    char *text = NULL;
    ecopt_status status = ecopt_definition_schema(cli->ctx, &text);
    int code =
        status == ECOPT_OK ? cli_write(cli, NULL, text, strlen(text)) : cli_fail(cli, status);
    ecopt_text_free(cli->ctx, text);
    return code;
}

/* What is wrong goes to stderr on the way. The file is read as every command reads it, so `check`
 * cannot pass what `run` refuses. */
static int load(cli_state *cli, const char *file, ecopt_definition **ret_definition)
{
    char *path = NULL;
    int code = cli_study_file(cli, file, &path);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_status status =
        ecopt_definition_load(cli->ctx, path, cli_diagnostic, cli, ret_definition);
    free(path);
    if (status == ECOPT_OK)
        return CLI_EXIT_OK;
    code = cli_fail(cli, status);
    if (status == ECOPT_E_NOT_FOUND)
        cli_hint(cli, "'ecopt init' writes a study file to start from");
    return code;
}

/* Remarks on programs and thresholds come after the result is out: they are about what a run may
 * meet, and the file is fine as it is. So they do not change the exit code. */
int cmd_check(cli_state *cli, const cli_args *args)
{
    int64_t n = cli_args_count(args, "commands", DEFAULT_COMMANDS);
    ecopt_definition *definition = NULL;
    if (cli_args_has(args, "schema"))
        return write_schema(cli);
    int code = load(cli, args->n_operands > 0 ? args->operands[0] : NULL, &definition);
    if (code != CLI_EXIT_OK)
        return code;
    if (cli_args_has(args, "json")) {
        code = write_json(cli, definition);
        ecopt_definition_free(cli->ctx, definition);
        return code;
    }
    char *text = NULL;
    size_t length = 0;
    /* The preview asks the sampler and may fail late; nothing is printed until it has not. */
    FILE *file = open_memstream(&text, &length);
    code = CLI_EXIT_ERROR;
    if (file) {
        code = write_all(cli, definition, n < MOST_COMMANDS ? n : MOST_COMMANDS, file);
        if (fclose(file) != 0)
            code = CLI_EXIT_ERROR;
    }
    if (code == CLI_EXIT_OK)
        code = cli_write(cli, NULL, text, length);
    if (code == CLI_EXIT_OK) {
        (void)cli_program_check(cli, definition);
        advise_thresholds(cli, definition);
    }
    free(text);
    ecopt_definition_free(cli->ctx, definition);
    return code;
}
