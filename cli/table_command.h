/*
 * What status, trials and front have in common: read the study, format, write.
 *
 * A command of this kind opens no study and takes no lock: it reads one snapshot, so it works
 * beside a run and on a medium that cannot be written. Adding one is a function of the library, a
 * file of ten lines and a line in the table of commands.
 */
#ifndef CLI_TABLE_COMMAND_H
#define CLI_TABLE_COMMAND_H

#include "options.h"

#include <ecopt/report.h>

/** One of ecopt_report_status, ecopt_report_trials and ecopt_report_front. */
typedef ecopt_status (*cli_table_fn)(ecopt_ctx *ctx, const ecopt_definition *definition,
                                     const ecopt_snapshot *snapshot, ecopt_format format,
                                     char **ret_text);

/** Writes the table that `format` makes of the study named by the operand. @return exit code */
int cli_table_command(cli_state *cli, const cli_args *args, cli_table_fn format);

#endif
