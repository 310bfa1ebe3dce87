/*
 * Seeds of one problem, each in a process of its own: the peak memory of a seed is its own, and
 * seeds can run side by side.
 */
#ifndef ECO_BENCH_RUNS_H
#define ECO_BENCH_RUNS_H

#include "session.h"

/** One study that was run; lies in memory that parent and child share. */
typedef struct seed_run {
    int seed;
    int n_told;            /* trials told, in order of the telling */
    double max_rss_b;      /* of the process */
    session_trial *trials; /* room for the settings' trials */
} seed_run;

/** What all seeds of one problem have in common. */
typedef struct run_plan {
    const bench_problem *problem;
    session_settings settings; /* the seed is that of the first run */
    int seeds;
    int workers; /* >= 1: points out at the same time */
    int jobs;    /* >= 1: processes side by side */
} run_plan;

/**
 * Runs all seeds; complaints go to stderr.
 *
 * @param[out] ret_runs  plan->seeds runs; caller frees with runs_free, also on failure
 * @return false when a seed failed or there is no memory
 */
bool runs_make(const run_plan *plan, seed_run **ret_runs);

/** Asks that count for a number of trials n: those for so many trials up to it. */
enum { ASK_WINDOW = 5 };

/**
 * Median and 95th percentile of the CPU time of the asks in the window that ends at trial n, all
 * seeds together.  Trials are in order of telling, with several workers nearly that of asking.
 *
 * @return false on no memory
 */
bool runs_ask_cpu(const run_plan *plan, const seed_run *runs, int n, double *ret_median_ms,
                  double *ret_p95_ms);

/** Frees; NULL is allowed. */
void runs_free(const run_plan *plan, seed_run *runs);

#endif
