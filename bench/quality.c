#include "quality.h"
#include "choice.h"
#include "sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A small table has 24 points and more. */
enum { N_DEFAULT = 3, SMALL_TABLE = 200 };
static const int function_marks[N_DEFAULT] = {20, 40, 60};
static const int table_marks[N_DEFAULT] = {25, 50, 100};
static const int small_marks[N_DEFAULT] = {10, 15, 20};

static const int *default_marks(const bench_problem *problem)
{
    if (!problem->table)
        return function_marks;
    return problem->table->n_rows < SMALL_TABLE ? small_marks : table_marks;
}

/* Sampler's own default: its users have lists of settings, no 2(d + 1) trials to spare. */
enum { TABLE_INIT = 5 };

static int init_of(const bench_options *options, const bench_problem *problem, int trials)
{
    int init = problem->table ? TABLE_INIT : 2 * ((int)problem->n_params + 1);
    if (options->init > 0)
        init = options->init;
    return init < trials ? init : trials;
}

/* Marks of the command line, or the default ones, as far as there are trials; the last trial is a
 * mark in any case. */
static void marks_set(const bench_options *options, int trials, quality_result *result)
{
    const int *marks = default_marks(result->plan->problem);
    int n = N_DEFAULT;
    if (options->n_marks > 0) {
        marks = options->marks;
        n = options->n_marks;
    }
    for (int i = 0; i < n && marks[i] <= trials; i++)
        result->marks[result->n_marks++].n = marks[i];
    if (result->n_marks == 0 || result->marks[result->n_marks - 1].n < trials)
        result->marks[result->n_marks++].n = trials;
}

static int trials_of(const bench_options *options, const bench_problem *problem)
{
    if (options->trials > 0)
        return options->trials;
    if (options->n_marks > 0)
        return options->marks[options->n_marks - 1];
    return default_marks(problem)[N_DEFAULT - 1];
}

/* Mean, standard deviation and least of the volumes. */
static void mark_sum_up(quality_mark *mark, int seeds)
{
    double sum = 0, squares = 0;
    mark->least = (double)INFINITY;
    for (int i = 0; i < seeds; i++) {
        sum += mark->volumes[i];
        mark->least = fmin(mark->least, mark->volumes[i]);
    }
    mark->mean = sum / seeds;
    for (int i = 0; i < seeds; i++)
        squares += (mark->volumes[i] - mark->mean) * (mark->volumes[i] - mark->mean);
    mark->sd = seeds > 1 ? sqrt(squares / (seeds - 1)) : (double)NAN;
}

/* A study that ran out of points keeps what it had reached. */
static bool evaluate(quality_result *result)
{
    ecopt_ctx *ctx = NULL;
    int seeds = result->plan->seeds;
    bool is_good = ecopt_ctx_new(NULL, &ctx) == ECOPT_OK;
    for (int k = 0; k < result->n_marks && is_good; k++) {
        quality_mark *mark = &result->marks[k];
        mark->volumes = calloc((size_t)seeds, sizeof *mark->volumes);
        is_good = mark->volumes != NULL;
        for (int i = 0; i < seeds && is_good; i++) {
            const seed_run *run = &result->runs[i];
            int n = mark->n < run->n_told ? mark->n : run->n_told;
            is_good = session_hypervolume(ctx, result->plan->problem, (size_t)n, run->trials,
                                          &mark->volumes[i]) == ECOPT_OK;
        }
        if (is_good)
            mark_sum_up(mark, seeds);
        is_good = is_good && runs_ask_cpu(result->plan, result->runs, mark->n, &mark->ask_cpu_ms,
                                          &mark->ask_cpu_p95_ms);
    }
    for (int i = 0; i < seeds; i++)
        result->max_rss_b = fmax(result->max_rss_b, result->runs[i].max_rss_b);
    if (!is_good)
        (void)fprintf(stderr, "ecopt-bench: cannot sum up: %s\n",
                      ctx ? ecopt_ctx_errmsg(ctx) : "out of memory");
    ecopt_ctx_free(ctx);
    return is_good;
}

/* One problem from the runs to the output. */
static bool problem_run(const bench_options *options, const bench_problem *problem)
{
    int trials = trials_of(options, problem);
    run_plan plan = {.problem = problem,
                     .settings = {.seed = options->first_seed > 0 ? options->first_seed : 1,
                                  .trials = trials,
                                  .init = init_of(options, problem, trials),
                                  .sampler = options->sampler ? options->sampler : "mobo",
                                  .n_threads = options->threads,
                                  .has_threshold = !options->has_no_threshold},
                     .seeds = options->seeds > 0 ? options->seeds : 5,
                     .workers = options->workers > 0 ? options->workers : 1,
                     .jobs = options->jobs > 0 ? options->jobs : 1};
    quality_result result = {.plan = &plan};
    seed_run *runs = NULL;
    marks_set(options, trials, &result);
    bool is_good = runs_make(&plan, &runs);
    result.runs = runs;
    is_good = is_good && evaluate(&result);
    if (is_good && options->is_json)
        quality_print_json(&result);
    else if (is_good)
        quality_print(&result);
    for (int k = 0; k < result.n_marks; k++)
        free(result.marks[k].volumes);
    runs_free(&plan, runs);
    return is_good;
}

int bench_quality(const bench_options *options)
{
    choice *chosen = choice_new(options, "BraninCurrin,DTLZ2,ZDT1");
    bool is_good = true;
    if (!chosen)
        return 2;
    if (options->is_json)
        (void)printf("{\"command\": \"quality\", \"runs\": [");
    for (int i = 0; i < chosen->n && is_good; i++) {
        if (options->is_json && i > 0)
            (void)printf(",\n");
        is_good = problem_run(options, chosen->list[i]);
        (void)fflush(stdout);
    }
    if (options->is_json && is_good)
        (void)printf("]}\n");
    choice_free(chosen);
    return is_good ? 0 : 1;
}
