/*
 * ecopt: sets up one invocation, finds the command, runs it.
 *
 * Order: streams and signals are made safe, then the context, then the options before the command,
 * then the command with its own. From there everything returns an exit code, and only main ends the
 * program.
 */
#include "calibration_path.h"
#include "commands.h"
#include "exit_code.h"
#include "message.h"
#include "output.h"

#include <ecopt/version.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A stream closed by the caller would let the next file opened take its number, and messages would
 * go into the study.  Such a stream is opened unusable instead. In the wrong direction, so that
 * using it fails as using a closed one would. The lowest free number is the one that was closed, as
 * those below are open by then. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* Being here is all it has to do: a signal with a handler does not end the program. */
static void ignore_signal(int number)
{
    (void)number;
}

/* A handler, not SIG_IGN: programs that ecopt starts get the default back. Writing then fails with
 * EPIPE, which output.c takes for a reader that has seen enough. */
static void survive_closed_pipes(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = ignore_signal;
    action.sa_flags = SA_RESTART;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPIPE, &action, NULL);
}

/* The version and the libraries, ending with a newline whatever the library gives. */
static int show_version(cli_state *cli)
{
    char *text = NULL;
    int length = asprintf(&text, "ecopt %s\n%s", ecopt_version(), ecopt_build_features());
    if (length < 0)
        return CLI_EXIT_ERROR;
    /* The last line has its end whatever the features were made of: a prompt must not stand behind
     * it. */
    if (length > 0 && text[length - 1] != '\n') {
        char *longer = NULL;
        length = asprintf(&longer, "%s\n", text);
        free(text);
        if (length < 0)
            return CLI_EXIT_ERROR;
        text = longer;
    }
    int code = cli_write(cli, NULL, text, (size_t)length);
    free(text);
    return code;
}

/* Counts the words before the command sees them. So no command has to look at words that it does
 * not take. */
static int run_command(cli_state *cli, const cli_command *command, const cli_args *args)
{
    if (args->n_operands > command->max_operands) {
        cli_error(cli, "%s: '%s' is one argument too many", command->name,
                  args->operands[command->max_operands]);
        return CLI_EXIT_USAGE;
    }
    if (args->n_command > 0 && !command->takes_command) {
        cli_error(cli, "%s: takes no command after '--'", command->name);
        return CLI_EXIT_USAGE;
    }
    return command->run(cli, args);
}

/* Reads the options of `command` and runs it. -q and the like count even when a later option is
 * wrong: the message about that should be in the wanted form already. */
static int dispatch(cli_state *cli, const cli_command *command, int argc, char **argv, int first)
{
    cli_args args;
    int code = cli_args_parse(cli, &command->syntax, argc, argv, first, &args);
    if (cli_args_has(&args, "quiet"))
        cli->is_quiet = true;
    if (cli_args_has(&args, "verbose"))
        cli->is_verbose = true;
    if (cli_args_has(&args, "color"))
        cli->has_color = cli_wants_color(cli_args_text(&args, "color"), STDERR_FILENO);
    if (cli_args_has(&args, "help") && code == CLI_EXIT_OK)
        code = cli_help_write(cli, command);
    else if (code == CLI_EXIT_OK)
        code = run_command(cli, command, &args);
    if (code == CLI_EXIT_USAGE && command->run == cmd_measure)
        code = CLI_EXIT_MEASURE; /* 2 could be the measured program's */
    cli_args_release(&args);
    return code;
}

/* Common options may also stand before the command. The command's name is the first word that is no
 * option, and all behind it is left alone here: the same letter may mean another thing to a
 * command. */
static int start(cli_state *cli, int argc, char **argv)
{
    static const cli_option version_option[] = {
        {"version", 0, CLI_FLAG, NULL, NULL, "show the version"},
        {0},
    };
    const cli_syntax syntax = {version_option, true};
    cli_args args;
    int code = cli_args_parse(cli, &syntax, argc, argv, 1, &args);
    if (code == CLI_EXIT_OK) {
        cli->is_quiet = cli_args_has(&args, "quiet");
        cli->is_verbose = cli_args_has(&args, "verbose");
        if (cli_args_has(&args, "color"))
            cli->has_color = cli_wants_color(cli_args_text(&args, "color"), STDERR_FILENO);

        if (cli_args_has(&args, "version")) {
            code = show_version(cli);
        } else if (cli_args_has(&args, "help")) {
            const cli_command *command =
                args.n_command > 0 ? cli_command_find(args.command[0]) : NULL;
            code = cli_help_write(cli, command);
        } else if (args.n_command == 0) {
            cli_error(cli, "a command is needed");
            cli_hint(cli, "'ecopt help' lists the commands");
            code = CLI_EXIT_USAGE;
        } else {
            const cli_command *command = cli_command_find(args.command[0]);
            /* What is left was not copied: the command's words are the last ones of argv. */
            int first = argc - (int)args.n_command + 1;
            code = command ? dispatch(cli, command, argc, argv, first)
                           : cli_command_refuse(cli, args.command[0]);
        }
    }
    cli_args_release(&args);
    return code;
}

/* A variable that is set to nothing counts as not set. Scripts unset variables that way. */
static const char *environment_text(const char *name)
{
    const char *text = getenv(name);
    return text && text[0] ? text : NULL;
}

/* No locale is set: numbers are read and written with a point everywhere, in files that others
 * read as well as on the screen. */
int main(int argc, char **argv)
{
    hold_standard_streams();
    survive_closed_pipes();
    char calibration[CLI_CALIBRATION_PATH_B];
    cli_state cli = {.has_color = cli_wants_color("auto", STDERR_FILENO),
                     .system_root = environment_text("ECOPT_SYSTEM_ROOT"),
                     .nvml_path = environment_text("ECOPT_NVML_PATH"),
                     .calibration_path = cli_calibration_to_read(calibration),
                     .threads = environment_text("ECOPT_THREADS")};
    /* The log is connected first, so that nothing the library says is missed; what of it is shown
     * is decided when the options are known. */
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    options.log = cli_log;
    options.log_user = &cli;
    ecopt_status status = ecopt_ctx_new(&options, &cli.ctx);
    if (status != ECOPT_OK) {
        cli_error(&cli, "%s", ecopt_status_message(status));
        return cli_exit_of_status(status);
    }
    int code = start(&cli, argc, argv);
    ecopt_ctx_free(cli.ctx);
    return code;
}
