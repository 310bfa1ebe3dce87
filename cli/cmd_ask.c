/*
 * ecopt ask: the next point of a study, for somebody else to evaluate.
 *
 * The trial is marked running under the study's lock, which is given back at once; so any number of
 * evaluators may ask, one after the other, and a study that `ecopt run` holds says that it is busy.
 */
#include "commands.h"
#include "json_point.h"
#include "message.h"
#include "output.h"
#include "study_files.h"

#include <stdio.h>
#include <stdlib.h>

/* `7 lr=0.01 width=16`, or {"trial": 7, "params": {...}}. The number is the first word of the plain
 * line, so that the shell's `read` can take it off. */
static int write_point(cli_state *cli, const cli_args *args, const ecopt_definition *definition,
                       int64_t trial, const char *point)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    int code = CLI_EXIT_OK;
    if (cli_args_has(args, "json")) {
        fprintf(file, "{\"trial\": %lld, \"params\": ", (long long)trial);
        code = cli_json_point(cli, file, definition->space, point);
        fputs("}\n", file);
    } else {
        fprintf(file, "%lld %s\n", (long long)trial, point);
    }
    if (fclose(file) != 0)
        code = CLI_EXIT_ERROR;
    if (code == CLI_EXIT_OK)
        code = cli_write_result(cli, args, text);
    free(text);
    return code;
}

/* When the point cannot be written the trial stays running, as it may have been seen: only its
 * evaluator knows, and `tell N --failed` ends it. */
int cmd_ask(cli_state *cli, const cli_args *args)
{
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    char *point = NULL;
    int64_t trial = 0;
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    int code = cli_definition_open(cli, args, file, false, &definition);
    if (code == CLI_EXIT_OK)
        code = cli_study_open(cli, args, definition, &study);
    if (code == CLI_EXIT_OK) {
        ecopt_status status = ecopt_study_ask(study, &trial, &point);
        if (status != ECOPT_OK)
            code = cli_fail(cli, status);
    }
    if (code == CLI_EXIT_OK)
        code = write_point(cli, args, definition, trial, point);
    ecopt_text_free(cli->ctx, point);
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    ecopt_definition_free(cli->ctx, definition);
    return code;
}
