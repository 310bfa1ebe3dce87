/*
 * Are the programs of a study there?  Said before the first trial, not after the fifth.
 *
 * It is advice, and so never an error: PATH, the study's environment and earlier phases may all
 * make a program appear before its turn comes.
 */
#ifndef CLI_PROGRAM_CHECK_H
#define CLI_PROGRAM_CHECK_H

#include "cli.h"

#include <ecopt/definition.h>

/**
 * Warns of each phase whose program cannot be found or run, as the phase itself would look for it:
 * a name with a slash from the study's folder, any other along PATH.
 *
 * A warning and no error: an earlier phase may be what builds the program.  A name with a
 * placeholder is only known in a trial and is not looked for.
 *
 * @return number of warnings
 */
size_t cli_program_check(cli_state *cli, const ecopt_definition *definition);

#endif
