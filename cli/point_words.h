/*
 * NAME=VALUE words of a command line as one point in text form.
 *
 * For `enqueue` and `tell --new`.  A shell has taken the quotes off, so a value that the text form
 * would quote is quoted again.  What the values may be is the library's to say.
 */
#ifndef CLI_POINT_WORDS_H
#define CLI_POINT_WORDS_H

#include "cli.h"

#include <ecopt/space.h>
#include <stdint.h>

/**
 * Joins n words.
 *
 * @param[out] ret_text  caller frees with free; unchanged on failure
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_point_words(cli_state *cli, char *const *words, size_t n, char **ret_text);

/** Prints `7 lr=0.01 width=16`: the number of a trial and its whole point, as `ask` does. */
int cli_say_point(cli_state *cli, const ecopt_space *space, int64_t trial, const char *text);

#endif
