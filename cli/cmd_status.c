/*
 * ecopt status: how far a study is.
 */
#include "commands.h"
#include "table_command.h"

int cmd_status(cli_state *cli, const cli_args *args)
{
    return cli_table_command(cli, args, ecopt_report_status);
}
