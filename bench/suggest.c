#include "choice.h"
#include "runs.h"
#include "sample.h"

#include <ecopt/pareto.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Up to here the sampler asks for the whole history; beyond, for the last trials only. */
enum { WHOLE = 200, TAIL = 10, SEEDS = 3 };

static const int default_marks[] = {20, 40, 60, WHOLE};

/* One row of the output. */
typedef struct suggest_row {
    const bench_problem *problem;
    int n;
    bool is_whole;  /* the sampler asked for the history itself */
    size_t n_front; /* of the first seed's history */
    double cpu_ms, p95_ms;
    double max_rss_b;
} suggest_row;

/* Non-dominated points among the first n told ones. */
static bool front_count(const run_plan *plan, const seed_run *run, int n, size_t *ret_n)
{
    ecopt_ctx *ctx = NULL;
    size_t m = plan->problem->n_objectives, n_good = 0;
    double *y = malloc((size_t)n * m * sizeof *y);
    size_t *index = malloc((size_t)n * sizeof *index);
    bool is_good = y && index && ecopt_ctx_new(NULL, &ctx) == ECOPT_OK;
    for (int i = 0; is_good && i < n && i < run->n_told; i++)
        if (run->trials[i].values.is_feasible && !run->trials[i].values.is_failed) {
            for (size_t k = 0; k < m; k++)
                y[n_good * m + k] = run->trials[i].values.truth[k];
            n_good++;
        }
    is_good = is_good && ecopt_nondominated(ctx, n_good, m, y, index, ret_n) == ECOPT_OK;
    ecopt_ctx_free(ctx);
    free(index);
    free(y);
    return is_good;
}

static void row_print(const bench_options *options, const suggest_row *row, bool is_first)
{
    if (options->is_json) {
        (void)printf("%s\n {\"problem\": \"%s\", \"d\": %zu, \"m\": %zu, \"n\": %d, "
                     "\"history\": \"%s\", \"front\": %zu, \"ask_cpu_ms\": %.4f, "
                     "\"ask_cpu_p95_ms\": %.4f, \"max_rss_b\": %.0f}",
                     is_first ? "" : ",", row->problem->name, row->problem->n_params,
                     row->problem->n_objectives, row->n, row->is_whole ? "asked" : "sobol",
                     row->n_front, row->cpu_ms, row->p95_ms, row->max_rss_b);
        return;
    }
    (void)printf("%-16s %3zu %11zu %7d   %-7s %6zu %10.2f ms %9.2f ms %8.1f MB\n",
                 row->problem->name, row->problem->n_params, row->problem->n_objectives, row->n,
                 row->is_whole ? "asked" : "sobol", row->n_front, row->cpu_ms, row->p95_ms,
                 row->max_rss_b / 1e6);
    (void)fflush(stdout);
}

/* One set of studies and the rows for all marks it covers. */
static bool plan_run(const bench_options *options, const run_plan *plan, const int *marks,
                     int n_marks, bool *is_first)
{
    seed_run *runs = NULL;
    bool is_good = runs_make(plan, &runs);
    for (int i = 0; i < n_marks && is_good; i++) {
        suggest_row row = {.problem = plan->problem, .n = marks[i], .is_whole = marks[i] <= WHOLE};
        int last = marks[i] < runs[0].n_told ? marks[i] : runs[0].n_told;
        if (last < marks[i])
            continue; /* a table with fewer points */
        is_good = runs_ask_cpu(plan, runs, marks[i], &row.cpu_ms, &row.p95_ms) &&
                  front_count(plan, &runs[0], marks[i], &row.n_front);
        for (int k = 0; k < plan->seeds && is_good; k++)
            row.max_rss_b = fmax(row.max_rss_b, runs[k].trials[last - 1].max_rss_b);
        if (is_good)
            row_print(options, &row, *is_first);
        *is_first = false;
    }
    runs_free(plan, runs);
    return is_good;
}

/* The marks up to WHOLE lie on one set of studies, each larger one has its own. */
static bool problem_run(const bench_options *options, const bench_problem *problem,
                        const int *marks, int n_marks, bool *is_first)
{
    int n_whole = 0;
    int init = 2 * ((int)problem->n_params + 1);
    run_plan plan = {.problem = problem,
                     .settings = {.seed = options->first_seed > 0 ? options->first_seed : 1,
                                  .init = init,
                                  .sampler = options->sampler ? options->sampler : "mobo",
                                  .n_threads = options->threads,
                                  .has_threshold = true},
                     .seeds = options->seeds > 0 ? options->seeds : SEEDS,
                     .workers = 1,
                     .jobs = 1};
    bool is_good = true;
    while (n_whole < n_marks && marks[n_whole] <= WHOLE)
        n_whole++;
    if (n_whole > 0) {
        plan.settings.trials = marks[n_whole - 1];
        /* Fifty parameters would otherwise have nothing but a design at 20 and at 60 trials. */
        if (init > marks[0] - ASK_WINDOW)
            plan.settings.init = marks[0] > 2 * ASK_WINDOW ? marks[0] - ASK_WINDOW : 1;
        is_good = plan_run(options, &plan, marks, n_whole, is_first);
    }
    plan.seeds = options->seeds > 0 ? options->seeds : 1;
    for (int i = n_whole; i < n_marks && is_good; i++) {
        plan.settings.trials = marks[i];
        plan.settings.init = marks[i] - TAIL;
        is_good = plan_run(options, &plan, &marks[i], 1, is_first);
    }
    return is_good;
}

int bench_suggest(const bench_options *options)
{
    choice *chosen = choice_new(options, "DTLZ2,VehicleSafety,DTLZ2-d50");
    const int *marks = options->n_marks > 0 ? options->marks : default_marks;
    int n_marks =
        options->n_marks > 0 ? options->n_marks : (int)(sizeof default_marks / sizeof *marks);
    bool is_good = true, is_first = true;
    if (!chosen)
        return 2;
    if (options->is_json)
        (void)printf("{\"command\": \"suggest\", \"threads\": %d, \"rows\": [",
                     options->threads > 0 ? options->threads : 1);
    else
        (void)printf("problem            d  objectives       n   history  front   CPU per ask  "
                     "      95 %%   peak memory\n");
    for (int i = 0; i < chosen->n && is_good; i++)
        is_good = problem_run(options, chosen->list[i], marks, n_marks, &is_first);
    if (options->is_json && is_good)
        (void)printf("]}\n");
    else if (is_good)
        (void)printf("the last %d asks for n trials, %d thread%s; history: asked = by the sampler, "
                     "sobol = all but the last %d trials are Sobol points\n",
                     ASK_WINDOW, options->threads > 1 ? options->threads : 1,
                     options->threads > 1 ? "s" : "", TAIL);
    choice_free(chosen);
    return is_good ? 0 : 1;
}
