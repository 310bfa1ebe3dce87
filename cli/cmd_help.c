/*
 * ecopt help: what the command table says, for people.
 *
 * Nothing is explained here: usage, details and options stand in the table, and this only sets
 * them. So help, completion and the checks of the man page cannot disagree on what there is.
 */
#include "commands.h"
#include "message.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>

/* Column at which explanations of options start. */
#define HELP_COLUMN 28

/* An option too long for its column has its help on the next line. Options without a letter are
 * moved in by the width of one, so that the long names stand in a column. */
static void write_options(FILE *file, const cli_option *options)
{
    for (; options->name; options++) {
        int width = options->letter ? fprintf(file, "  -%c, --%s", options->letter, options->name)
                                    : fprintf(file, "      --%s", options->name);
        if (options->value)
            width += fprintf(file, " %s", options->value);
        /* fprintf gives 1 for the line end, so the width is 0 again and the help starts in its
         * column. */
        if (width >= HELP_COLUMN)
            width = fprintf(file, "\n") - 1;
        fprintf(file, "%*s%s\n", HELP_COLUMN - width, "", options->help);
    }
}

/* The first page that anybody sees: commands in the order of a first day. The order of the table is
 * that of use, and --version is named by hand: it is an option of the program and not of any
 * command. */
static void write_program_help(FILE *file)
{
    fputs("Usage: ecopt COMMAND [OPTIONS]\n"
          "Tunes a program's parameters for what it achieves and the energy it takes.\n\n"
          "Commands:\n",
          file);
    for (const cli_command *command = cli_commands; command->name; command++)
        fprintf(file, "  %-11s %s\n", command->name, command->summary);
    fputs("\nOptions of every command:\n", file);
    write_options(file, cli_common_options);
    fputs("      --version             show the version and what it was built with\n\n"
          "'ecopt help COMMAND' tells more about one. Start with: ecopt init, ecopt check,\n"
          "ecopt doctor, ecopt run. The manual is ecopt(1), the study file study.yaml(5).\n",
          file);
}

/* To stdout, because help that was asked for is a result and can be piped into a pager. */
int cli_help_write(cli_state *cli, const cli_command *command)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    if (command) {
        fprintf(file, "Usage: ecopt %s %s\n\n%s", command->name, command->usage, command->details);
        if (command->syntax.options[0].name) {
            fputs("\nOptions:\n", file);
            write_options(file, command->syntax.options);
        }
        fputs("\nOptions of every command:\n", file);
        write_options(file, cli_common_options);
    } else {
        write_program_help(file);
    }
    int code = CLI_EXIT_ERROR;
    if (fclose(file) == 0)
        code = cli_write(cli, NULL, text, length);
    free(text);
    return code;
}

/* A name that is no command is refused with the same words and the same suggestion as when it is
 * run. */
int cmd_help(cli_state *cli, const cli_args *args)
{
    if (args->n_operands == 0)
        return cli_help_write(cli, NULL);
    const cli_command *command = cli_command_find(args->operands[0]);
    return command ? cli_help_write(cli, command) : cli_command_refuse(cli, args->operands[0]);
}
