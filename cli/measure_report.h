/*
 * The report of `ecopt measure`: several runs of one command as mean and uncertainty.
 *
 * u95 of a mean of n runs is the larger of two: what the runs scatter (Student's t, 95 %), and what
 * the counters resolve (their u95 in quadrature over n). The second alone when there is one run.
 * The band of the source (gain) is common to all runs and is reported apart.
 *
 * NaN stands for what is not known and is written as such. Nothing is allocated that outlives a
 * call, and nothing here fails: without memory a mean is not known.
 */
#ifndef CLI_MEASURE_REPORT_H
#define CLI_MEASURE_REPORT_H

#include <ecopt/meter.h>
#include <stdio.h>

/** A mean with its 95 % half width; NaN when not known. */
typedef struct cli_mean {
    double value;
    double u95;
} cli_mean;

/** One run. */
typedef struct cli_measured_run {
    ecopt_energy energy;
    double time_s;
    double units; /* work done, NaN without --unit or when it was not found */
} cli_measured_run;

/** Everything the report says; all borrowed. */
typedef struct cli_measurement {
    size_t n; /* runs that ended well */
    const cli_measured_run *runs;
    int64_t n_warmup;
    char *const *command;
    size_t n_command;
    int exit_status;
    const char *unit; /* NULL without --unit */
    double idle_s;    /* 0: the idle machine was not measured */
    double idle_w;
    const char *country; /* NULL: no carbon */
    double carbon_g_per_kwh;
    int carbon_year;
    const char *carbon_source;
} cli_measurement;

/**
 * Mean of n values with the uncertainty described above.
 *
 * @param[in] values  n values; NaN makes the mean NaN
 * @param[in] u95     n uncertainties of the values, or NULL
 */
cli_mean cli_mean_of(const double *values, const double *u95, size_t n);

/** For people. */
void cli_measurement_text(FILE *file, const cli_measurement *measurement);

/** One JSON object. */
void cli_measurement_json(FILE *file, const cli_measurement *measurement);

#endif
