/*
 * ecopt-bench: each benchmark is one function of this table; its output is what docs/benchmarks.md
 * quotes.
 */
#ifndef ECO_BENCH_BENCH_H
#define ECO_BENCH_BENCH_H

#include <stdbool.h>

/** What the command line said. */
typedef struct bench_options {
    int trials;   /* repetitions, >= 10 */
    bool is_json; /* one JSON object on stdout instead of a table */
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
 * CPU time per suggestion of the mobo sampler, and the hypervolume it reaches, on BraninCurrin
 * through the public ask and tell: medians and means over five seeds at 20, 40 and 60 trials.
 *
 * @return exit status of the program
 */
int bench_suggest(const bench_options *options);

#endif
