#include "bench.h"
#include "problems.h"
#include "sample.h"

#include <ecopt/pareto.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Calls per case: the median counts, of at most this many and of at most a second's worth. */
enum { MAX_CALLS = 25 };
static const double time_limit_s = 1;

typedef enum task { VOLUME, CONTRIBUTIONS, SORT } task;

static const char *const task_names[] = {"hypervolume", "contributions", "non-dominated sort"};

/* One row of the output; limit_ms 0: none was set. */
typedef struct timing {
    task what;
    size_t n, m;
    bool is_front; /* all points mutually non-dominated; else uniform in the cube */
    double limit_ms;
    double cpu_ms;
    int n_calls;
    double value; /* the volume, the sum of the contributions, the number of fronts */
} timing;

static const timing cases[] = {
    {VOLUME, 10000, 2, true, 5, 0, 0, 0},        {VOLUME, 10000, 3, true, 30, 0, 0, 0},
    {VOLUME, 1000, 4, true, 1000, 0, 0, 0},      {CONTRIBUTIONS, 10000, 2, true, 0, 0, 0, 0},
    {CONTRIBUTIONS, 10000, 3, true, 0, 0, 0, 0}, {CONTRIBUTIONS, 1000, 4, true, 0, 0, 0, 0},
    {SORT, 10000, 2, false, 0, 0, 0, 0},         {SORT, 10000, 3, false, 0, 0, 0, 0},
    {SORT, 10000, 4, false, 0, 0, 0, 0},
};
enum { N_CASES = sizeof cases / sizeof *cases };

/* A front is a part of the unit sphere, spread by normal numbers divided by their length: no point
 * dominates another. */
static void points_make(const timing *which, double *y)
{
    for (size_t i = 0; i < which->n; i++) {
        double *point = y + i * which->m, squares = 0;
        for (size_t k = 0; k < which->m; k++) {
            point[k] = bench_uniform(1, i, k);
            if (which->is_front)
                point[k] = sqrt(-2 * log(1 - point[k])) *
                           fabs(cos(6.28318530717958648 * bench_uniform(2, i, k)));
            squares += point[k] * point[k];
        }
        for (size_t k = 0; k < which->m && which->is_front; k++)
            point[k] /= sqrt(squares);
    }
}

static ecopt_status sort_call(ecopt_ctx *ctx, timing *which, const double *y)
{
    size_t *ranks = malloc(which->n * sizeof *ranks);
    ecopt_status status =
        ranks ? ecopt_nondominated_sort(ctx, which->n, which->m, y, ranks) : ECOPT_E_NOMEM;
    which->value = 0;
    for (size_t i = 0; i < which->n && status == ECOPT_OK; i++)
        which->value = fmax(which->value, (double)ranks[i] + 1);
    free(ranks);
    return status;
}

static ecopt_status call(ecopt_ctx *ctx, timing *which, const double *y, double *room)
{
    double reference[4];
    for (size_t k = 0; k < which->m; k++)
        reference[k] = 1.1;
    if (which->what == SORT)
        return sort_call(ctx, which, y);
    if (which->what == VOLUME)
        return ecopt_hypervolume(ctx, which->n, which->m, y, reference, &which->value);
    ecopt_status status =
        ecopt_hypervolume_contributions(ctx, which->n, which->m, y, reference, room);
    which->value = 0;
    for (size_t i = 0; i < which->n && status == ECOPT_OK; i++)
        which->value += room[i];
    return status;
}

static ecopt_status case_run(ecopt_ctx *ctx, timing *which)
{
    cost_list costs;
    double *y = calloc(which->n * which->m, sizeof *y), *room = malloc(which->n * sizeof *room);
    bool has_room = costs_init(&costs, MAX_CALLS);
    ecopt_status status = y && room && has_room ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        points_make(which, y);
    double since = moment_now().cpu_s;
    while (status == ECOPT_OK && costs.n < MAX_CALLS &&
           (costs.n == 0 || moment_now().cpu_s - since < time_limit_s)) {
        moment before = moment_now();
        status = call(ctx, which, y, room);
        costs_add(&costs, before, moment_now());
    }
    which->n_calls = costs.n;
    if (status == ECOPT_OK)
        which->cpu_ms = quantile(costs.cpu_ms, costs.n, 0.5);
    costs_release(&costs);
    free(room);
    free(y);
    return status;
}

static void print_table(const timing *results)
{
    (void)printf(
        "what                 objectives   points   set          result            CPU   limit\n");
    for (int i = 0; i < N_CASES; i++) {
        const timing *row = &results[i];
        (void)printf("%-20s %10zu %8zu   %-7s %11.6g %11.3f ms", task_names[row->what], row->m,
                     row->n, row->is_front ? "sphere" : "cube", row->value, row->cpu_ms);
        if (row->limit_ms > 0)
            (void)printf("   %g ms", row->limit_ms);
        (void)printf("\n");
    }
    (void)printf(
        "medians of up to %d calls; sphere: all points mutually non-dominated; cube: "
        "uniform\n"
        "result: the volume (reference 1.1), the sum of the contributions, the number of fronts\n",
        MAX_CALLS);
}

static void print_json(const timing *results)
{
    (void)printf("{\"command\": \"hypervolume\", \"cases\": [");
    for (int i = 0; i < N_CASES; i++) {
        const timing *row = &results[i];
        (void)printf("%s\n {\"what\": \"%s\", \"m\": %zu, \"n\": %zu, \"set\": \"%s\", "
                     "\"cpu_ms\": %.4f, \"result\": %.17g, \"calls\": %d, \"limit_ms\": ",
                     i > 0 ? "," : "", task_names[row->what], row->m, row->n,
                     row->is_front ? "sphere" : "cube", row->cpu_ms, row->value, row->n_calls);
        if (row->limit_ms > 0)
            (void)printf("%g}", row->limit_ms);
        else
            (void)printf("null}");
    }
    (void)printf("]}\n");
}

int bench_hypervolume(const bench_options *options)
{
    timing results[N_CASES];
    ecopt_ctx *ctx = NULL;
    ecopt_status status = ecopt_ctx_new(NULL, &ctx);
    for (int i = 0; i < N_CASES && status == ECOPT_OK; i++) {
        results[i] = cases[i];
        status = case_run(ctx, &results[i]);
    }
    if (status != ECOPT_OK)
        (void)fprintf(stderr, "ecopt-bench: %s\n",
                      ctx ? ecopt_ctx_errmsg(ctx) : ecopt_status_message(status));
    else if (options->is_json)
        print_json(results);
    else
        print_table(results);
    ecopt_ctx_free(ctx);
    return status == ECOPT_OK ? 0 : 1;
}
