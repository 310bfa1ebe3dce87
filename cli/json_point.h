/*
 * A point as a JSON object with typed values, the form programs read.
 */
#ifndef CLI_JSON_POINT_H
#define CLI_JSON_POINT_H

#include "cli.h"

#include <ecopt/space.h>
#include <stdio.h>

/** Writes {"lr": 0.01, "pool": true, "opt": "adam"}. @return CLI_EXIT_OK or another (said) */
int cli_json_point(cli_state *cli, FILE *file, const ecopt_space *space, const char *point);

#endif
