/*
 * A machine's power over its load, measured once against a real meter and kept in a file.
 *
 * The file is text, one fact a line, fields separated by commas:
 *
 *     # ecopt-calibration 1
 *     machine,TEXT            what eco_calibration_machine says of the machine
 *     governor,TEXT           frequency governor in force ("" = none)
 *     made,DATE               UTC, for people
 *     source,LABEL,GAIN_LO,GAIN_HI,TEXT    the meter it was made with
 *     point,LOAD,POWER_W,U_W,N             mean power and its standard uncertainty of N windows
 *
 * Points stand by rising load, the first at 0, at least two.  Threads: pure.
 */
#ifndef ECO_METER_CALIBRATION_H
#define ECO_METER_CALIBRATION_H

#include "core/str.h"
#include "meter/io.h"

#include <ecopt/meter.h>

enum { ECO_CALIBRATION_POINTS_MAX = 16, ECO_CALIBRATION_FILE_MAX_B = 16384 };

/** Where a machine's own calibration is looked for when no file is named. */
#define ECO_CALIBRATION_PATH "/etc/ecopt/calibration"

/**
 * Relative error of a curve of three points or more for loads of another kind than the one it was
 * made with: the 95 % quantile over 184 SPECpower servers and over recorded RAPL runs (docs/
 * energy.md).
 */
#define ECO_CALIBRATION_GAIN 0.24

/** Share of all CPUs' time that is busy, and the power seen at it. */
typedef struct eco_calibration_point {
    double load; /* 0..1 */
    double power_w;
    double u_w; /* standard uncertainty of the mean */
    int n;      /* windows */
} eco_calibration_point;

typedef struct eco_calibration {
    char machine[160];
    char governor[32];
    char made[32];
    char source[96];
    ecopt_quality quality;   /* of the source */
    double gain_lo, gain_hi; /* of the source */
    size_t n_points;
    eco_calibration_point points[ECO_CALIBRATION_POINTS_MAX];
} eco_calibration;

/** CPU model and number of CPUs, e.g. "AMD EPYC 7B13, 2 CPUs"; commas become blanks. */
void eco_calibration_machine(const eco_io *io, char *text, size_t room_b);

/** Frequency governor of the first CPU; "" when there is none. */
void eco_calibration_governor(const eco_io *io, char *text, size_t room_b);

/**
 * Mean power of n >= 2 windows and its standard uncertainty: the scatter between the windows, but
 * no less than what the meter says of them (u_w each, independent); load is left alone.
 */
void eco_calibration_mean(const double *powers_w, const double *us_w, int n,
                          eco_calibration_point *ret);

/** Power at a load (piecewise linear, clamped to the ends) and its standard uncertainty [W]. */
double eco_calibration_power(const eco_calibration *calibration, double load, double *ret_u_w);

/** Power at a load that is a mixture of none and all [W]. */
double eco_calibration_chord(const eco_calibration *calibration, double load);

/**
 * Reads the text of a calibration file.
 *
 * @param[in] name  of the file, for messages
 * @return ECOPT_OK, ECOPT_E_PARSE (with line and reason)
 */
ECOPT_NODROP ecopt_status eco_calibration_parse(ecopt_ctx *ctx, const char *name, const char *text,
                                                eco_calibration *ret);

/** Appends the text of a calibration file. */
void eco_calibration_format(const eco_calibration *calibration, eco_str *text);

#endif
