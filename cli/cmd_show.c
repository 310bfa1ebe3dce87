/*
 * ecopt show: one trial in full.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "quantity.h"
#include "study_files.h"

#include <ecopt/report.h>

/* A number that the study does not have is no usage error: it may be right in a moment, when the
 * run goes on. */
int cmd_show(cli_state *cli, const cli_args *args)
{
    int64_t trial = 0;
    if (args->n_operands == 0) {
        cli_error(cli, "show: which trial? a number is needed");
        cli_hint(cli, "'ecopt trials' lists them");
        return CLI_EXIT_USAGE;
    }
    if (!cli_parse_count(args->operands[0], 1, INT64_MAX, &trial)) {
        cli_error(cli, "show: '%s' is not the number of a trial", args->operands[0]);
        return CLI_EXIT_USAGE;
    }
    cli_reading reading;
    const char *file = args->n_operands > 1 ? args->operands[1] : cli_args_text(args, "file");
    int code = cli_reading_open(cli, args, file, &reading);
    if (code == CLI_EXIT_OK) {
        char *text = NULL;
        ecopt_status status = ecopt_report_trial(cli->ctx, reading.definition, reading.snapshot,
                                                 trial, cli_args_format(args), &text);
        if (status == ECOPT_E_NOT_FOUND) {
            cli_error(cli, "there is no trial %lld; the study has %zu", (long long)trial,
                      reading.snapshot->n_trials);
            code = CLI_EXIT_ERROR;
        } else {
            code = status == ECOPT_OK ? cli_write_result(cli, args, text) : cli_fail(cli, status);
        }
        ecopt_text_free(cli->ctx, text);
    }
    cli_reading_release(cli, &reading);
    return code;
}
