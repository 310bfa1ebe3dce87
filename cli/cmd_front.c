/*
 * ecopt front: the trials that no other one beats, or the one of them to use.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "pick_options.h"
#include "study_files.h"
#include "table_command.h"

/* Nothing within the bounds is an answer and no mistake of the command line: the status says that
 * there is no such trial, as after a run without one. */
static int write_pick(cli_state *cli, const cli_args *args, const cli_reading *reading,
                      const ecopt_pick *pick)
{
    char *text = NULL;
    ecopt_status status = ecopt_report_pick(cli->ctx, reading->definition, reading->snapshot, pick,
                                            cli_args_format(args), &text);
    int code = status == ECOPT_OK ? cli_write_result(cli, args, text) : cli_fail(cli, status);
    ecopt_text_free(cli->ctx, text);
    return status == ECOPT_E_NOT_FOUND ? CLI_EXIT_INFEASIBLE : code;
}

/* The models are fitted anew each time: milliseconds, and nothing stored that could grow old. */
static ecopt_status report_model(ecopt_ctx *ctx, const ecopt_definition *definition,
                                 const ecopt_snapshot *snapshot, ecopt_format format,
                                 char **ret_text)
{
    ecopt_modelled *modelled = NULL;
    ecopt_status status = ecopt_modelled_new(ctx, definition, snapshot, &modelled);
    if (status == ECOPT_OK)
        status = ecopt_report_modelled(ctx, definition, snapshot, modelled, format, ret_text);
    ecopt_modelled_free(ctx, modelled);
    return status;
}

/* The options are read before the study: a mistake in them is told without a look at any file. */
int cmd_front(cli_state *cli, const cli_args *args)
{
    bool is_modelled = cli_args_has(args, "model");
    if (!cli_pick_is_meant(args))
        return cli_table_command(cli, args, is_modelled ? report_model : ecopt_report_front);
    if (is_modelled) {
        cli_error(cli, "--model shows whole fronts: it goes with none of --best, --within, --knee");
        return CLI_EXIT_USAGE;
    }
    cli_pick pick;
    cli_reading reading = {.dir = NULL};
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    int code = cli_pick_read(cli, args, &pick);
    if (code == CLI_EXIT_OK)
        code = cli_reading_open(cli, args, file, &reading);
    if (code == CLI_EXIT_OK)
        code = write_pick(cli, args, &reading, &pick.pick);
    cli_reading_release(cli, &reading);
    cli_pick_release(&pick);
    return code;
}
