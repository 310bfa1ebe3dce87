/*
 * --within, --best and --knee of `ecopt front`, from words to a pick.
 */
#ifndef CLI_PICK_OPTIONS_H
#define CLI_PICK_OPTIONS_H

#include "options.h"

#include <ecopt/report.h>

/** A pick with the storage of its bounds; texts owned. */
typedef struct cli_pick {
    ecopt_pick pick;
    ecopt_bound *bounds; /* owned */
} cli_pick;

/** True when one of the options was given. */
bool cli_pick_is_meant(const cli_args *args);

/**
 * Reads the options.
 *
 * @param[out] ret_pick  released by the caller with cli_pick_release, also on failure
 * @return CLI_EXIT_OK, CLI_EXIT_USAGE (said on stderr), CLI_EXIT_ERROR (memory)
 */
int cli_pick_read(cli_state *cli, const cli_args *args, cli_pick *ret_pick);

/** Frees what cli_pick_read made. */
void cli_pick_release(cli_pick *pick);

/**
 * One bound: METRIC<=VALUE or METRIC>=VALUE, blanks around either part allowed; energies (..._j)
 * and times (..._s) with or without a unit.
 *
 * @param[out] ret_bound  its metric is the caller's to free; unchanged when false
 */
bool cli_parse_bound(const char *text, ecopt_bound *ret_bound);

#endif
