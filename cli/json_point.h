/*
 * A point as a JSON object with typed values, the form programs read.
 *
 * Used wherever a point leaves the program for another one: keys are the names of the parameters,
 * and types are those of the study file, so that 2 and "2" stay apart.
 */
#ifndef CLI_JSON_POINT_H
#define CLI_JSON_POINT_H

#include "cli.h"

#include <ecopt/space.h>
#include <stdio.h>

/** Writes {"lr": 0.01, "pool": true, "opt": "adam"}. @return CLI_EXIT_OK or another (said) */
int cli_json_point(cli_state *cli, FILE *file, const ecopt_space *space, const char *point);

#endif
