/*
 * ecopt-bench: each benchmark is one function of this table; its output is what docs/benchmarks.md
 * quotes.
 */
#ifndef ECO_BENCH_BENCH_H
#define ECO_BENCH_BENCH_H

#include <stdbool.h>

enum { BENCH_MAX_MARKS = 32 };

/** What the command line said; 0, NULL: the command's own choice. */
typedef struct bench_options {
    const char *problems; /* names separated by commas, or "all" */
    const char *sampler;
    const char *data_dir;
    const char *meter_case;
    int seeds, first_seed;
    int trials, init;
    int workers; /* points out at the same time */
    int jobs;    /* seeds run side by side */
    int threads; /* of the sampler */
    int n_marks;
    int marks[BENCH_MAX_MARKS]; /* ascending */
    bool has_no_threshold;
    bool is_json; /* one JSON document on stdout instead of tables */
    bool is_help;
    bool is_overhead; /* of the meter: only what it costs */
} bench_options;

/**
 * Time and CPU time that one trial costs above starting its command: `true` is run by posix_spawn,
 * then as many times as the only phase of a study (sampler random, meter auto), each in its own
 * temporary folder; the result is the difference of the medians.
 *
 * @return exit status of the program
 */
int bench_overhead(const bench_options *options);

/**
 * CPU time per suggestion, fit included, and peak memory at so many trials.  Up to 200 trials the
 * sampler has asked for all of them; beyond, for the last ones, and the rest are Sobol points.
 *
 * @return exit status of the program
 */
int bench_suggest(const bench_options *options);

/**
 * CPU time of the functions of <ecopt/pareto.h> on large sets, the limits set for some beside it.
 *
 * @return exit status of the program
 */
int bench_hypervolume(const bench_options *options);

/**
 * How good the points are: one study per problem and seed by ask and tell, hypervolume of the true
 * values at the problem's own reference point after so many trials, and CPU per ask there.
 *
 * @return exit status of the program
 */
int bench_quality(const bench_options *options);

/**
 * The net-positive rule on simulated deployments of 1e3, 1e5 and 1e7 requests: mean energy of
 * search and deployment against that of every fixed number of trials.
 *
 * @return exit status of the program
 */
int bench_worth(const bench_options *options);

/**
 * Windows of known true energy through the timing of every kind of meter: bias, scatter and how
 * often the stated interval holds the truth.
 *
 * @return exit status of the program
 */
int bench_meter(const bench_options *options);

/**
 * The same study with and without the rules that save joules: hypervolume and joules of each, over
 * many seeds, trials looked up in measured learning curves.
 *
 * @return exit status of the program
 */
int bench_waste(const bench_options *options);

/**
 * CPU share of the sampling thread on four files, and what `ecopt measure true` adds to `true`.
 *
 * @return exit status of the program
 */
int bench_meter_cost(const bench_options *options);

/**
 * Several worker processes on one study of `true`: trials a second, the time of a claim, and that
 * no trial was lost or run twice.
 *
 * @return 0, or 1 when something failed (said on stderr) or a trial was not run exactly once
 */
int bench_workers(const bench_options *options);

#endif
