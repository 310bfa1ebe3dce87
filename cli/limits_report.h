/*
 * What trials can be held to here: the part that `check` and `doctor` share.
 */
#ifndef CLI_LIMITS_REPORT_H
#define CLI_LIMITS_REPORT_H

#include "cli.h"

#include <ecopt/definition.h>
#include <stdio.h>

/** Table of all limits.  @return CLI_EXIT_OK, or the failure was said */
int cli_write_limits(cli_state *cli, FILE *file);

/** The same as a JSON array. */
int cli_write_limits_json(cli_state *cli, FILE *file);

/** The limits of a definition, each with what becomes of it here; nothing where there are none. */
int cli_write_resources(cli_state *cli, const ecopt_definition *definition, FILE *file);

#endif
