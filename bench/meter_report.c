/* The command `ecopt-bench meter`: which cells to run, and how they are printed. */
#include "bench.h"
#include "meter_faults.h"
#include "meter_windows.h"

#include <ecopt/ctx.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a 95 % interval must reach in a thousand seeds to pass. */
#define COVERED_LEAST 0.93

/* Simulated hours of each case with faults. */
#define N_HOURS 40

static void print_number(double value)
{
    if (isfinite(value))
        (void)printf("%.6g", value);
    else
        (void)printf("null");
}

static void print_json(const bench_cell *cell, bool is_first)
{
    (void)printf("%s\n  {\"backend\": \"%s\", \"load\": \"%s\", \"window_s\": %g, \"seeds\": %d, "
                 "\"given\": %d, \"covered_ratio\": ",
                 is_first ? "" : ",", cell->backend->name, bench_load_name(cell->load),
                 cell->window_s, cell->n, cell->n_given);
    print_number(cell->n_given > 0 ? (double)cell->n_covered / cell->n_given : (double)NAN);
    (void)printf(", \"bias_ratio\": ");
    print_number(cell->bias_ratio);
    (void)printf(", \"sd_ratio\": ");
    print_number(cell->sd_ratio);
    (void)printf(", \"u95_ratio\": ");
    print_number(cell->width_ratio);
    (void)printf("}");
}

static void print_row(const bench_cell *cell)
{
    (void)printf("%-17s %-9s %6.2f %7.1f", cell->backend->name, bench_load_name(cell->load),
                 cell->window_s, 100.0 * (cell->n - cell->n_given) / cell->n);
    if (cell->n_given == 0) {
        (void)printf("        -        -        -        -\n");
        return;
    }
    double covered = (double)cell->n_covered / cell->n_given;
    (void)printf(" %8.1f %8.3f %8.3f %8.3f%s\n", 100 * covered, 100 * cell->bias_ratio,
                 100 * cell->sd_ratio, 100 * cell->width_ratio,
                 covered < COVERED_LEAST ? "  below" : "");
}

/* Whether the word is the backend's or the load's name, or nothing was asked for; without a backend
 * the hours with faults. */
static bool is_wanted(const char *word, const bench_backend *backend, bench_load load)
{
    if (!word || strcmp(word, "all") == 0)
        return true;
    return backend ? strcmp(word, backend->name) == 0 || strcmp(word, bench_load_name(load)) == 0
                   : strcmp(word, "faults") == 0;
}

/* All windows of the wanted cells. */
static ecopt_status report_windows(ecopt_ctx *ctx, const bench_options *options)
{
    size_t n_backends, n_lengths;
    const bench_backend *backends = bench_backends(&n_backends);
    const double *lengths_s = bench_window_lengths(&n_lengths);
    bench_seeds seeds = {options->first_seed > 0 ? options->first_seed : 1,
                         options->seeds > 0 ? options->seeds : 1000};
    bool is_first = true;
    bool is_faults_only = options->meter_case && strcmp(options->meter_case, "faults") == 0;
    if (!options->is_json && !is_faults_only)
        (void)printf("%-17s %-9s %6s %7s %8s %8s %8s %8s   (%% of the energy, %d seeds)\n",
                     "backend", "load", "T [s]", "missing", "covered", "bias", "sd", "u95",
                     seeds.n);
    for (size_t i = 0; i < n_backends * BENCH_LOAD_COUNT * n_lengths; i++) {
        const bench_backend *backend = &backends[i / n_lengths / BENCH_LOAD_COUNT];
        bench_load load = (bench_load)(i / n_lengths % BENCH_LOAD_COUNT);
        bench_cell cell;
        if (!is_wanted(options->meter_case, backend, load))
            continue;
        ECO_TRY(bench_cell_run(ctx, backend, load, lengths_s[i % n_lengths], &seeds, &cell));
        if (options->is_json)
            print_json(&cell, is_first);
        else
            print_row(&cell);
        is_first = false;
    }
    return ECOPT_OK;
}

static void print_trouble_json(const bench_trouble *trouble, const bench_trouble_result *result,
                               bool is_first)
{
    (void)printf("%s\n  {\"interval_s\": %g, \"range_j\": %g, \"miss_ratio\": %g, "
                 "\"resets_per_h\": %g, \"hours\": %d, \"covered\": %d",
                 is_first ? "" : ",", trouble->interval_s, trouble->range_j, trouble->miss_ratio,
                 trouble->resets_per_h, result->n, result->n_covered);
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
        (void)printf(", \"%s\": {\"mean_ratio\": %.6g, \"worst_ratio\": %.6g}",
                     bench_rule_name((bench_rule)rule), result->mean_ratio[rule],
                     result->worst_ratio[rule]);
    (void)printf("}");
}

/* Hours with failed reads and resets, beside the rules of others. */
static void report_troubles(const bench_options *options)
{
    int n;
    const bench_trouble *troubles = bench_troubles(&n);
    if (!options->is_json) {
        (void)printf("\n%d hours each, mean (worst) |error| in %%\n%6s %8s %7s %8s %8s", N_HOURS,
                     "dt [s]", "range kJ", "failed", "resets/h", "covered");
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
            (void)printf(" %18s", bench_rule_name((bench_rule)rule));
        (void)printf("\n");
    }
    for (int i = 0; i < n; i++) {
        bench_trouble_result result;
        bench_trouble_run(&troubles[i], N_HOURS, &result);
        if (options->is_json) {
            print_trouble_json(&troubles[i], &result, i == 0);
            continue;
        }
        (void)printf("%6.1f %8.0f %6.2f%% %8.0f %5d/%d", troubles[i].interval_s,
                     1e-3 * troubles[i].range_j, 100 * troubles[i].miss_ratio,
                     troubles[i].resets_per_h, result.n_covered, result.n);
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
            (void)printf(" %9.4f (%6.2f)", 100 * result.mean_ratio[rule],
                         100 * result.worst_ratio[rule]);
        (void)printf("\n");
    }
}

int bench_meter(const bench_options *options)
{
    if (options->is_overhead)
        return bench_meter_cost(options);
    ecopt_ctx *ctx = NULL;
    ecopt_status status = ecopt_ctx_new(NULL, &ctx);
    if (options->is_json)
        (void)printf("{\"windows\": [");
    if (status == ECOPT_OK)
        status = report_windows(ctx, options);
    if (options->is_json)
        (void)printf("\n], \"faults\": [");
    if (status == ECOPT_OK && is_wanted(options->meter_case, NULL, BENCH_LOAD_COUNT))
        report_troubles(options);
    if (options->is_json)
        (void)printf("\n]}\n");
    if (status != ECOPT_OK)
        (void)fprintf(stderr, "ecopt-bench: %s\n", ecopt_status_message(status));
    ecopt_ctx_free(ctx);
    return status == ECOPT_OK ? 0 : 1;
}
