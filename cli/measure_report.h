/*
 * The report of `ecopt measure`: several runs of one command as mean and uncertainty.
 *
 * The mathematics is the library's (<ecopt/measure.h>); here it is applied to each quantity of the
 * runs, those that are left out excepted, and put into words.
 *
 * NaN stands for what is not known and is written as such. Nothing is allocated that outlives a
 * call, and nothing here fails: without memory a mean is not known.
 */
#ifndef CLI_MEASURE_REPORT_H
#define CLI_MEASURE_REPORT_H

#include <ecopt/measure.h>
#include <stdio.h>

/** One run. */
typedef struct cli_measured_run {
    ecopt_energy energy;
    double time_s;
    double units;     /* work done, NaN without --unit or when it was not found */
    bool is_left_out; /* an outlier with a physical cause: in no mean */
} cli_measured_run;

/** Everything the report says; all borrowed. */
typedef struct cli_measurement {
    ecopt_ctx *ctx;
    size_t n; /* runs that ended well */
    const cli_measured_run *runs;
    int64_t n_warmup;
    bool is_warmup_short; /* power was still changing when the warm-up was given up */
    const char *stopped;  /* why no more runs were made, e.g. "the target is met"; or NULL */
    char *const *command;
    size_t n_command;
    int exit_status;
    const char *unit;            /* NULL without --unit */
    double idle_s;               /* length on each side; 0: the idle machine was not measured */
    const ecopt_idle_base *idle; /* NULL: likewise */
    const char *country;         /* NULL: no carbon */
    double carbon_g_per_kwh;
    int carbon_year;
    const char *carbon_source;
} cli_measurement;

/** The energy of all runs. */
void cli_measurement_energy(const cli_measurement *measurement, ecopt_repeats_summary *ret);

/** For people. */
void cli_measurement_text(FILE *file, const cli_measurement *measurement);

/** One JSON object. */
void cli_measurement_json(FILE *file, const cli_measurement *measurement);

#endif
