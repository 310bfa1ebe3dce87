/*
 * The command line of ecopt-bench: one table of options, of which each command takes some.
 */
#ifndef ECO_BENCH_OPTIONS_H
#define ECO_BENCH_OPTIONS_H

#include "bench.h"

/**
 * Reads the words behind the command; every complaint names the word and goes to stderr.
 *
 * @param[in] allowed  letters of the options the command takes (see options.c), any order
 * @return false when a word is wrong
 */
bool options_parse(const char *command, const char *allowed, int argc, char **argv,
                   bench_options *ret_options);

/** Prints the lines of help on those options to stdout. */
void options_help(const char *allowed);

#endif
