/*
 * Results: to stdout or to a file, every write checked.
 *
 * A file is written beside its name and renamed, so a full disk leaves the old one as it was;
 * what is not a regular file (a device, a pipe) is written directly.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "options.h"

#include <ecopt/report.h>
#include <stdio.h>

/** --json, --format and -o of commands that print a table; for option tables. */
#define CLI_OPTION_JSON                                              \
    {                                                                \
        "json", 0, CLI_FLAG, NULL, NULL, "the same as --format json" \
    }
#define CLI_OPTION_FORMAT                                                                   \
    {                                                                                       \
        "format", 0, CLI_CHOICE, "FORMAT", "table csv json", "table (default), csv or json" \
    }
#define CLI_OPTION_OUTPUT                                                        \
    {                                                                            \
        "output", 'o', CLI_FILE, "FILE", NULL, "write to FILE instead of stdout" \
    }

/**
 * Writes `text` to `path`, or to stdout when it is NULL or "-".
 *
 * @return CLI_EXIT_OK, or CLI_EXIT_ERROR (said on stderr; a closed pipe is not worth a word)
 */
int cli_write(cli_state *cli, const char *path, const char *text, size_t length);

/** Writes where -o says; same result as cli_write. */
int cli_write_result(cli_state *cli, const cli_args *args, const char *text);

/** Format that --json and --format ask for. */
ecopt_format cli_args_format(const cli_args *args);

/** Writes `text` as a JSON string with quotes. */
void cli_json_string(FILE *file, const char *text);

/** Writes a number with all its digits, null for NaN and infinities. */
void cli_json_number(FILE *file, double number);

#endif
