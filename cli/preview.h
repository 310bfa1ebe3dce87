/*
 * What a study would run next, without running or recording it.
 */
#ifndef CLI_PREVIEW_H
#define CLI_PREVIEW_H

#include "cli.h"

#include <ecopt/definition.h>
#include <stdio.h>

/**
 * Writes the points and commands of the next n trials.
 *
 * The study is opened on a copy in a temporary folder, asked, and the copy is removed; so these are
 * the very trials that a run would start with (later ones depend on results yet to come).
 *
 * @param[in]  dir  study folder to go on from; NULL, or one that is not there: a new study
 * @return CLI_EXIT_OK or another exit code (said on stderr)
 */
int cli_preview(cli_state *cli, const ecopt_definition *definition, const char *dir, int64_t n,
                FILE *file);

#endif
