/*
 * The commands of the program: one table that dispatch, help and completion read, and one function
 * per command, each in its own file cmd_NAME.c.
 *
 * To add a command: its options and function in a new file, a line in the table of commands.c, a
 * section in docs/man/ecopt.1.scd, a test folder in tests/cli.
 *
 * A command gets its words already checked for their form (options.h) and their number (main.c). It
 * says what is wrong itself, through message.h, and returns the exit code; it never ends the
 * program, for main has the context to release.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "options.h"

typedef struct cli_command {
    const char *name;
    const char *summary; /* one line for the list, lower case, no full stop */
    const char *usage;   /* what follows "ecopt NAME" */
    const char *details; /* paragraphs of `ecopt help NAME`, wrapped by hand at 78 columns */
    cli_syntax syntax;
    size_t max_operands;
    bool takes_command; /* words after `--` are a command to run */
    /** Runs the command. @return exit code */
    int (*run)(cli_state *cli, const cli_args *args);
} cli_command;

/** The table, ends with a NULL name. */
extern const cli_command cli_commands[];

/** Command of that name, NULL when there is none. */
const cli_command *cli_command_find(const char *name);

/** Says that there is no such command and which was meant. @return CLI_EXIT_USAGE */
int cli_command_refuse(cli_state *cli, const char *name);

/** Help of one command, or of the whole program when NULL, to stdout. @return exit code */
int cli_help_write(cli_state *cli, const cli_command *command);

int cmd_analyse(cli_state *cli, const cli_args *args);
int cmd_ask(cli_state *cli, const cli_args *args);
int cmd_check(cli_state *cli, const cli_args *args);
int cmd_compare(cli_state *cli, const cli_args *args);
int cmd_completion(cli_state *cli, const cli_args *args);
int cmd_calibrate(cli_state *cli, const cli_args *args);
int cmd_doctor(cli_state *cli, const cli_args *args);
int cmd_enqueue(cli_state *cli, const cli_args *args);
int cmd_front(cli_state *cli, const cli_args *args);
int cmd_help(cli_state *cli, const cli_args *args);
int cmd_import(cli_state *cli, const cli_args *args);
int cmd_init(cli_state *cli, const cli_args *args);
int cmd_log(cli_state *cli, const cli_args *args);
int cmd_measure(cli_state *cli, const cli_args *args);
int cmd_pause(cli_state *cli, const cli_args *args);
int cmd_record(cli_state *cli, const cli_args *args);
int cmd_report(cli_state *cli, const cli_args *args);
int cmd_resume(cli_state *cli, const cli_args *args);
int cmd_run(cli_state *cli, const cli_args *args);
int cmd_show(cli_state *cli, const cli_args *args);
int cmd_status(cli_state *cli, const cli_args *args);
int cmd_stop(cli_state *cli, const cli_args *args);
int cmd_tell(cli_state *cli, const cli_args *args);
int cmd_trials(cli_state *cli, const cli_args *args);
int cmd_verify(cli_state *cli, const cli_args *args);
int cmd_worker(cli_state *cli, const cli_args *args);

#endif
