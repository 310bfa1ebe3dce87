/*
 * ecopt trials: a line for each trial.
 */
#include "commands.h"
#include "table_command.h"

int cmd_trials(cli_state *cli, const cli_args *args)
{
    return cli_table_command(cli, args, ecopt_report_trials);
}
