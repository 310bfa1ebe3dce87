/*
 * Where the calibration of this machine is kept: the user's own file, or the machine's.
 */
#ifndef CLI_CALIBRATION_PATH_H
#define CLI_CALIBRATION_PATH_H

#include <stdbool.h>
#include <stddef.h>

/** Longest path. */
enum { CLI_CALIBRATION_PATH_B = 1024 };

/**
 * File to read: $ECOPT_CALIBRATION, else $XDG_CONFIG_HOME/ecopt/calibration (~/.config when not
 * set) if it is there.
 *
 * @return path (in room or the environment), or NULL: the machine's own, which the library knows
 */
const char *cli_calibration_to_read(char room[CLI_CALIBRATION_PATH_B]);

/** File to write when none is named: as above, there or not; root writes the machine's own.
 *  NULL when there is no home. */
const char *cli_calibration_to_write(char room[CLI_CALIBRATION_PATH_B]);

#endif
