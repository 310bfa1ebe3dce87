/*
 * What bench_quality found for one problem, and its two ways of being printed.
 */
#ifndef ECO_BENCH_QUALITY_H
#define ECO_BENCH_QUALITY_H

#include "bench.h"
#include "runs.h"

/** All seeds at one number of told trials. */
typedef struct quality_mark {
    int n;
    double mean, sd, least; /* hypervolume over the seeds; sd NaN of one seed */
    double ask_cpu_ms;      /* median of the asks in a window that ends here, all seeds */
    double ask_cpu_p95_ms;
    double *volumes; /* one per seed, owned */
} quality_mark;

typedef struct quality_result {
    const run_plan *plan;
    const seed_run *runs;
    int n_marks;
    quality_mark marks[BENCH_MAX_MARKS + 1];
    double max_rss_b; /* largest of the seeds */
} quality_result;

/** One problem as a table. */
void quality_print(const quality_result *result);

/** One problem as an object of the JSON document, all trials of all seeds included. */
void quality_print_json(const quality_result *result);

#endif
