/*
 * status, trials and front differ only in the function that makes the text.  What they share is
 * here, so that a new option of one cannot be forgotten in the others.
 */
#include "table_command.h"

#include "message.h"
#include "output.h"
#include "study_files.h"

/* The reading is released also when opening it failed, as what was opened until then stays in
 * it. */
int cli_table_command(cli_state *cli, const cli_args *args, cli_table_fn format)
{
    cli_reading reading;
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    int code = cli_reading_open(cli, args, file, &reading);
    if (code == CLI_EXIT_OK) {
        char *text = NULL;
        ecopt_status status =
            format(cli->ctx, reading.definition, reading.snapshot, cli_args_format(args), &text);
        code = status == ECOPT_OK ? cli_write_result(cli, args, text) : cli_fail(cli, status);
        ecopt_text_free(cli->ctx, text);
    }
    cli_reading_release(cli, &reading);
    return code;
}
