/*
 * ecopt log: metrics from inside a trial, by the file that the trial's environment names.
 *
 * The other way to report is to print the line oneself. This one is for shell scripts, and for
 * programs whose stdout belongs to somebody else.
 */
#include "commands.h"
#include "exit_code.h"
#include "message.h"

#include <ecopt/process.h>
#include <stdlib.h>
#include <string.h>

/* The words are split here; names and values are judged by the library. Names are copied because
 * they end in the middle of a word; the values end with it and are borrowed. */
static int split_words(cli_state *cli, const cli_args *args, char **names, const char **values)
{
    const char *step = cli_args_text(args, "step");
    /* In front, as the key that it is in the line. */
    if (step) {
        *names = strdup("step");
        *values++ = step;
        if (!*names++) {
            cli_error(cli, "out of memory");
            return CLI_EXIT_ERROR;
        }
    }
    for (size_t i = 0; i < args->n_operands; i++) {
        const char *word = args->operands[i];
        const char *equals = strchr(word, '=');
        if (!equals || equals == word) {
            cli_error(cli, "'%s' is not METRIC=VALUE", word);
            return CLI_EXIT_USAGE;
        }
        names[i] = strndup(word, (size_t)(equals - word));
        values[i] = equals + 1;
        if (!names[i]) {
            cli_error(cli, "out of memory");
            return CLI_EXIT_ERROR;
        }
    }
    return CLI_EXIT_OK;
}

/* One call for all words: the library writes them in one piece, so that the metrics of several
 * processes of one trial do not mix. Without the variable there is no trial to report to, and a
 * file of our own choosing would never be read. */
static int append(cli_state *cli, size_t n, char *const *names, const char *const *values)
{
    const char *path = getenv("ECOPT_LOG");
    if (!path || path[0] == '\0') {
        cli_error(cli, "log: this is not a trial: ECOPT_LOG is not set");
        cli_hint(cli, "'ecopt log' is for programs that 'ecopt run' starts");
        return CLI_EXIT_ERROR;
    }
    ecopt_status status = ecopt_log_append(cli->ctx, path, n, (const char *const *)names, values);
    if (status == ECOPT_OK)
        return CLI_EXIT_OK;
    int code = cli_fail(cli, status);
    /* A trial's file that is gone is no mistake of the command line. */
    return status == ECOPT_E_NOT_FOUND ? CLI_EXIT_ERROR : code;
}

/* Started by programs, not by people: silent when all is well, and without a study file, a lock or
 * a store, so that it costs a few milliseconds and works in any folder. */
int cmd_log(cli_state *cli, const cli_args *args)
{
    size_t n = args->n_operands;
    if (n == 0) {
        cli_error(cli, "log: which metrics? METRIC=VALUE is needed");
        return CLI_EXIT_USAGE;
    }
    n += cli_args_has(args, "step");
    char **names = calloc(n, sizeof *names);
    const char **values = calloc(n, sizeof *values);
    int code = CLI_EXIT_ERROR;
    if (names && values)
        code = split_words(cli, args, names, values);
    else
        cli_error(cli, "out of memory");
    if (code == CLI_EXIT_OK)
        code = append(cli, n, names, values);
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
    free(values);
    return code;
}
