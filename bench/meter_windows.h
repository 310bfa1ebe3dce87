/*
 * Windows of known true energy through every backend's timing: how far off, and how often the
 * stated interval holds the truth.
 */
#ifndef ECO_BENCH_METER_WINDOWS_H
#define ECO_BENCH_METER_WINDOWS_H

#include "meter_machine.h"

/** What one load, backend and window length gave over many seeds. */
typedef struct bench_cell {
    const bench_backend *backend;
    bench_load load;
    double window_s;
    int n;                       /* seeds */
    int n_given;                 /* of them with a number; the others were declared missing */
    int n_covered;               /* of the given: truth within energy +- u95 */
    double bias_ratio, sd_ratio; /* of the error over the truth, NaN when nothing was given */
    double width_ratio;          /* mean of u95 over energy */
} bench_cell;

/** Window lengths [s]; *ret_n of them. */
const double *bench_window_lengths(size_t *ret_n);

/** Seeds first..first + n - 1. */
typedef struct bench_seeds {
    int first, n;
} bench_seeds;

/** Runs one cell; statuses of bench_machine_run, ECOPT_E_NOMEM. */
ECOPT_NODROP ecopt_status bench_cell_run(ecopt_ctx *ctx, const bench_backend *backend,
                                         bench_load load, double window_s, const bench_seeds *seeds,
                                         bench_cell *ret_cell);

#endif
