/*
 * ecopt import: trials that were evaluated elsewhere, from a file.
 *
 * The format is a word of its own, so that others can come; csv is the first.
 */
#include "commands.h"
#include "import_rows.h"
#include "message.h"
#include "study_files.h"

#include <string.h>

int cmd_import(cli_state *cli, const cli_args *args)
{
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    if (args->n_operands < 2 || strcmp(args->operands[0], "csv") != 0) {
        cli_error(cli, "import: a format and a file are needed, csv FILE");
        return CLI_EXIT_USAGE;
    }
    const char *file = args->n_operands > 2 ? args->operands[2] : NULL;
    int code = cli_definition_open(cli, args, file, false, &definition);
    if (code == CLI_EXIT_OK)
        code = cli_study_open(cli, args, definition, &study);
    if (code == CLI_EXIT_OK)
        code = cli_import_rows(cli, args, study, args->operands[1], false);
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    ecopt_definition_free(cli->ctx, definition);
    return code;
}
