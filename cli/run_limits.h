/*
 * Flags of `run` and `worker` that stand in for what the study file says.
 */
#ifndef CLI_RUN_LIMITS_H
#define CLI_RUN_LIMITS_H

#include "options.h"

#include <ecopt/definition.h>

/**
 * Sets the budget and the meter's policy in a copy of a definition.  The text stays the file's:
 * only this process differs.
 *
 * @param[in,out] definition  a shallow copy; texts that are set point into args
 */
void cli_run_limits(const cli_args *args, ecopt_definition *definition);

#endif
