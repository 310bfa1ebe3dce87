/*
 * The report of `ecopt compare`: two commands, the ratio of their energies and times, and whether
 * it can be told from 1.
 *
 * Made of finished pairs alone.  NaN is not known; nothing here fails.
 */
#ifndef CLI_COMPARE_REPORT_H
#define CLI_COMPARE_REPORT_H

#include <ecopt/measure.h>
#include <stdio.h>

/** One of the two. */
typedef struct cli_compared_side {
    const char *text;           /* as given */
    const ecopt_repeat *energy; /* n_pairs */
    const ecopt_repeat *time;   /* n_pairs; left out where energy is */
} cli_compared_side;

/** Everything the report says; all borrowed. */
typedef struct cli_compared {
    size_t n_pairs;
    size_t n_warmup; /* of each */
    uint64_t seed;
    const char *stopped;       /* why no more pairs were run, e.g. "the target is met" */
    cli_compared_side side[2]; /* a, b */
    bool has_energy;           /* false: energy was not measured, `energy` below is empty */
    ecopt_comparison energy;
    ecopt_comparison time;
    ecopt_trend drift; /* of ln(energy, or time without it) of a over the session */
} cli_compared;

/** For people. */
void cli_compared_text(FILE *file, const cli_compared *compared);

/** One JSON object. */
void cli_compared_json(FILE *file, const cli_compared *compared);

#endif
