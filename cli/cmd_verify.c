/*
 * ecopt verify: is the study's store whole?
 *
 * One line per finding on stdout, or a JSON document; the status is 1 when there is one.  --repair
 * opens the study for writing, which puts back what nobody runs any more, and looks again.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "study_files.h"

#include <ecopt/verify.h>
#include <stdio.h>
#include <stdlib.h>

/* What is collected while the library looks. */
typedef struct findings {
    cli_state *cli;
    FILE *file;
    bool is_json;
    size_t n, n_remarks, n_lost;
} findings;

static void write_json(findings *f, const ecopt_finding *finding)
{
    fprintf(f->file, "%s\n    {\"rule\": ", f->n + f->n_remarks > 0 ? "," : "");
    cli_json_string(f->file, finding->rule);
    fprintf(f->file, ", \"trial\": %lld, \"attempt\": %lld, \"is_remark\": %s, \"message\": ",
            (long long)finding->trial, (long long)finding->attempt,
            finding->is_remark ? "true" : "false");
    cli_json_string(f->file, finding->message);
    fputc('}', f->file);
}

/* `attempts: trial 7: counts 2 attempts, has 1` */
static void write_line(findings *f, const ecopt_finding *finding)
{
    fprintf(f->file, "%s%s: ", finding->is_remark ? "note: " : "", finding->rule);
    if (finding->trial > 0)
        fprintf(f->file, "trial %lld%s", (long long)finding->trial,
                finding->attempt > 0 ? "" : ": ");
    if (finding->attempt > 0)
        fprintf(f->file, " attempt %lld: ", (long long)finding->attempt);
    fprintf(f->file, "%s\n", finding->message);
}

static void on_finding(void *user, const ecopt_finding *finding)
{
    findings *f = user;
    if (f->is_json)
        write_json(f, finding);
    else
        write_line(f, finding);
    f->n += !finding->is_remark;
    f->n_remarks += finding->is_remark;
    f->n_lost += finding->is_lost;
}

/* The definition that the study keeps; one that cannot be read is a finding, too. */
static int read_definition(findings *f, const char *dir, ecopt_definition **ret_definition)
{
    cli_state *cli = f->cli;
    ecopt_snapshot *snapshot = NULL;
    ecopt_status status = ecopt_snapshot_load(cli->ctx, dir, &snapshot);
    if (status == ECOPT_E_STORE_CORRUPT)
        return CLI_EXIT_OK; /* the check says so */
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    status = ecopt_definition_kept(cli->ctx, dir, snapshot, NULL, NULL, ret_definition);
    if (status != ECOPT_OK)
        on_finding(f,
                   &(ecopt_finding){.rule = "definition", .message = ecopt_ctx_errmsg(cli->ctx)});
    ecopt_snapshot_free(cli->ctx, snapshot);
    return CLI_EXIT_OK;
}

/* Looks once, into f->file. */
static int look(findings *f, const char *dir, ecopt_definition **ret_definition)
{
    size_t n = 0;
    int code = read_definition(f, dir, ret_definition);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_status status = ecopt_study_verify(f->cli->ctx, dir, *ret_definition, on_finding, f, &n);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(f->cli, status);
}

/* Opening a study for writing puts back what a dead process left running; that is all that can be
 * mended without guessing. */
static int repair(cli_state *cli, const char *dir, const ecopt_definition *definition)
{
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    ecopt_study *study = NULL;
    options.dir = dir;
    ecopt_status status = ecopt_study_open(cli->ctx, definition, &options, &study);
    if (status == ECOPT_OK)
        status = ecopt_study_close(study);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
}

/* The whole text of one look; the caller frees it. */
static int look_into_text(findings *f, const char *dir, ecopt_definition **ret_definition,
                          char **ret_text)
{
    size_t length = 0;
    f->file = open_memstream(ret_text, &length);
    if (!f->file) {
        cli_error(f->cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    if (f->is_json)
        fputs("{\n  \"findings\": [", f->file);
    int code = look(f, dir, ret_definition);
    if (f->is_json)
        fprintf(f->file, "%s],\n  \"n_findings\": %zu\n}\n", f->n + f->n_remarks > 0 ? "\n  " : "",
                f->n);
    if (fclose(f->file) != 0 && code == CLI_EXIT_OK)
        code = CLI_EXIT_ERROR;
    return code;
}

/* Looks, mends where that was asked for, looks again, and prints what is left. */
static int verify(cli_state *cli, const cli_args *args, const char *dir)
{
    findings f = {.cli = cli, .is_json = cli_args_has(args, "json")};
    ecopt_definition *definition = NULL;
    char *text = NULL;
    int code = look_into_text(&f, dir, &definition, &text);
    if (code == CLI_EXIT_OK && f.n_lost > 0 && definition && cli_args_has(args, "repair")) {
        code = repair(cli, dir, definition);
        if (code == CLI_EXIT_OK) {
            cli_note(cli, "put back %zu %s that nobody runs", f.n_lost,
                     f.n_lost == 1 ? "trial" : "trials");
            free(text);
            text = NULL;
            ecopt_definition_free(cli->ctx, definition);
            definition = NULL;
            f = (findings){.cli = cli, .is_json = f.is_json};
            code = look_into_text(&f, dir, &definition, &text);
        }
    }
    if (code == CLI_EXIT_OK)
        code = cli_write_result(cli, args, text);
    if (code == CLI_EXIT_OK && f.n > 0)
        code = CLI_EXIT_ERROR;
    else if (code == CLI_EXIT_OK && !f.is_json)
        cli_note(cli, "'%s' is whole", dir);
    if (f.n_lost > 0 && !cli_args_has(args, "repair"))
        cli_hint(cli, "--repair, or the next run, puts back what nobody runs");
    ecopt_definition_free(cli->ctx, definition);
    free(text);
    return code;
}

int cmd_verify(cli_state *cli, const cli_args *args)
{
    char *dir = NULL;
    int code = cli_study_folder(cli, args, args->n_operands > 0 ? args->operands[0] : NULL, &dir);
    if (code == CLI_EXIT_OK)
        code = verify(cli, args, dir);
    free(dir);
    return code;
}
