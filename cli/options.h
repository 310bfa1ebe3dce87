/*
 * Command-line options, read from tables.
 *
 * A command lists its options; cli_args_parse reads argv against that list and the common one
 * (-q -v -h --color), checks each value's form and keeps what it found in order.  Accepted:
 * `--name value`, `--name=value`, `-x value`, `-xvalue`, flags in one group (`-qv`), `--` before
 * the command to be run.  The same tables make help, man page checks and shell completion.
 *
 * Owner: the caller of cli_args_parse, who calls cli_args_release; texts point into argv.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"

#include <stdint.h>

/** Form of an option's value. */
typedef enum cli_form {
    CLI_FLAG,    /* no value */
    CLI_TEXT,    /* anything */
    CLI_COUNT,   /* integer >= 0 */
    CLI_TIME,    /* cli_parse_time_s */
    CLI_ENERGY,  /* cli_parse_energy_j */
    CLI_PERCENT, /* cli_parse_percent */
    CLI_FILE,    /* file name */
    CLI_FOLDER,  /* folder name */
    CLI_CHOICE   /* one of `choices` */
} cli_form;

typedef struct cli_option {
    const char *name; /* long name without dashes */
    char letter;      /* short name or 0 */
    cli_form form;
    const char *value;   /* what the value is called in help; NULL for a flag */
    const char *choices; /* CHOICE: words separated by blanks */
    const char *help;    /* one line, lower case, no full stop */
} cli_option;

/** One option given. */
typedef struct cli_setting {
    const cli_option *option;
    const char *text; /* NULL for a flag */
} cli_setting;

typedef struct cli_args {
    size_t n_settings;
    cli_setting *settings; /* in order; owned */
    size_t n_operands;
    char **operands; /* words that are no options; array owned, words of argv */
    size_t n_command;
    char **command; /* after `--`, points into argv; NULL-terminated as argv is */
} cli_args;

/** What cli_args_parse reads against. */
typedef struct cli_syntax {
    const cli_option *options; /* ends with a NULL name */
    bool runs_command;         /* the first operand starts the command, `--` is not needed */
} cli_syntax;

/** Options of every command; ends with a NULL name. */
extern const cli_option cli_common_options[];

/**
 * Reads argv[first...argc).
 *
 * @param[out] ret_args  released by the caller with cli_args_release, also on failure
 * @return CLI_EXIT_OK, or CLI_EXIT_USAGE (said on stderr), or CLI_EXIT_ERROR (memory)
 */
int cli_args_parse(cli_state *cli, const cli_syntax *syntax, int argc, char **argv, int first,
                   cli_args *ret_args);

/** Frees what cli_args_parse made. */
void cli_args_release(cli_args *args);

/** Value of the last --name given, "" for a flag, NULL when it was not given. */
const char *cli_args_text(const cli_args *args, const char *name);

/** True when --name was given. */
bool cli_args_has(const cli_args *args, const char *name);

/** Value of a COUNT option, or `otherwise`. */
int64_t cli_args_count(const cli_args *args, const char *name, int64_t otherwise);

/** Value of a TIME option in seconds, or `otherwise`. */
double cli_args_time_s(const cli_args *args, const char *name, double otherwise);

/** Value of an ENERGY option in joules, or `otherwise`. */
double cli_args_energy_j(const cli_args *args, const char *name, double otherwise);

#endif
