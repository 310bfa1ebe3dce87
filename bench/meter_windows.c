#include "meter_windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lengths of real work are no multiples of a meter's period. */
#define LENGTH_SPREAD_RATIO 0.03

const double *bench_window_lengths(size_t *ret_n)
{
    static const double LENGTHS_S[] = {0.25, 0.5, 1, 2, 5, 10, 15, 60};
    *ret_n = sizeof LENGTHS_S / sizeof *LENGTHS_S;
    return LENGTHS_S;
}

/* Sum of what the seeds of a cell gave, and the machine they run on in turn. */
typedef struct cell_run {
    bench_machine machine; /* large: on the heap */
    ecopt_energy energy;
    double sum, squares, widths;
} cell_run;

static ecopt_status run_seed(ecopt_ctx *ctx, cell_run *run, uint64_t seed, bench_cell *cell)
{
    double true_j = (double)NAN;
    ecopt_status status = bench_machine_start(ctx, cell->backend, cell->load, seed, &run->machine);
    double spread = 2 * eco_rng_uniform(&run->machine.rng) - 1;
    double time_s = cell->window_s * (1 + LENGTH_SPREAD_RATIO * spread);
    if (status == ECOPT_OK)
        status = bench_machine_run(&run->machine, time_s, &run->energy, &true_j);
    bench_machine_stop(&run->machine);
    if (status != ECOPT_OK || isnan(run->energy.energy_j))
        return status;
    double error = (run->energy.energy_j - true_j) / true_j;
    cell->n_given++;
    cell->n_covered += fabs(run->energy.energy_j - true_j) <= run->energy.u95_j;
    run->sum += error;
    run->squares += error * error;
    run->widths += run->energy.u95_j / run->energy.energy_j;
    return status;
}

ecopt_status bench_cell_run(ecopt_ctx *ctx, const bench_backend *backend, bench_load load,
                            double window_s, const bench_seeds *seeds, bench_cell *ret_cell)
{
    bench_cell cell = {.backend = backend, .load = load, .window_s = window_s, .n = seeds->n};
    cell_run *run = calloc(1, sizeof *run);
    ecopt_status status = run ? ECOPT_OK : ECOPT_E_NOMEM;
    for (int i = 0; i < seeds->n && status == ECOPT_OK; i++)
        status = run_seed(ctx, run, (uint64_t)seeds->first + (uint64_t)i, &cell);
    if (status == ECOPT_OK) {
        double n = cell.n_given;
        double mean = cell.n_given > 0 ? run->sum / n : (double)NAN;
        double squares = run->squares - run->sum * mean;
        cell.bias_ratio = mean;
        cell.sd_ratio = cell.n_given > 1 ? sqrt(fmax(0, squares) / (n - 1)) : (double)NAN;
        cell.width_ratio = cell.n_given > 0 ? run->widths / n : (double)NAN;
        *ret_cell = cell;
    }
    free(run);
    return status;
}
