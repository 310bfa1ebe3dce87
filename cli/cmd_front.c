/*
 * ecopt front: the trials that no other one beats.
 */
#include "commands.h"
#include "table_command.h"

int cmd_front(cli_state *cli, const cli_args *args)
{
    return cli_table_command(cli, args, ecopt_report_front);
}
