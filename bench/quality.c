#include "quality.h"

#include "sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Asks that count for a mark: those for this many trials up to it. */
enum { WINDOW = 5 };

static const int default_marks[] = {20, 40, 60};

/* Marks of the command line, or the default ones, as far as there are trials; the last trial is a
 * mark in any case. */
static void marks_set(const bench_options *options, int trials, quality_result *result)
{
    const int *marks = options->n_marks > 0 ? options->marks : default_marks;
    int n = options->n_marks > 0 ? options->n_marks : (int)(sizeof default_marks / sizeof *marks);
    for (int i = 0; i < n && marks[i] <= trials; i++)
        result->marks[result->n_marks++].n = marks[i];
    if (result->n_marks == 0 || result->marks[result->n_marks - 1].n < trials)
        result->marks[result->n_marks++].n = trials;
}

static int trials_of(const bench_options *options)
{
    if (options->trials > 0)
        return options->trials;
    if (options->n_marks > 0)
        return options->marks[options->n_marks - 1];
    return default_marks[sizeof default_marks / sizeof *default_marks - 1];
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

/* Quantiles of the CPU time of the asks in the window. Trials are in order of telling, which with
 * several workers is nearly that of asking. */
static bool mark_time(const quality_result *result, quality_mark *mark)
{
    int n = 0, seeds = result->plan->seeds;
    double *cost = malloc((size_t)seeds * WINDOW * sizeof *cost);
    if (!cost)
        return false;
    for (int i = 0; i < seeds; i++)
        for (int k = mark->n > WINDOW ? mark->n - WINDOW : 0; k < mark->n; k++)
            if (k < result->runs[i].n_told)
                cost[n++] = result->runs[i].trials[k].ask_cpu_ms;
    mark->ask_cpu_ms = quantile(cost, n, 0.5);
    mark->ask_cpu_p95_ms = quantile(cost, n, 0.95);
    free(cost);
    return true;
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
        is_good = is_good && mark_time(result, mark);
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
    int trials = trials_of(options);
    run_plan plan = {
        .problem = problem,
        .settings = {.seed = options->first_seed > 0 ? options->first_seed : 1,
                     .trials = trials,
                     .init = options->init > 0 ? options->init : 2 * ((int)problem->n_params + 1),
                     .sampler = options->sampler ? options->sampler : "mobo",
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

/* The problem whose name ends where `end` says; complains when there is none. */
static const bench_problem *problem_named(const char *from, const char *end)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", (int)(end - from < 63 ? end - from : 63), from);
    const bench_problem *problem = bench_problem_find(name);
    if (!problem)
        (void)fprintf(stderr, "ecopt-bench: there is no problem '%s'\n", name);
    return problem;
}

/* What was asked for, in that order; -1 when a name is wrong. The caller frees *ret_list. */
static int problems_choose(const char *names, const bench_problem ***ret_list)
{
    size_t n_all;
    int n = 0;
    const bench_problem *all = bench_problems(&n_all);
    size_t room = strlen(names) + n_all;
    const bench_problem **list = calloc(room, sizeof *list);
    *ret_list = list;
    if (!list)
        return -1;
    if (strcmp(names, "all") == 0) {
        for (; n < (int)n_all; n++)
            list[n] = &all[n];
        return n;
    }
    for (const char *from = names, *end; from; from = *end == ',' ? end + 1 : NULL) {
        end = from + strcspn(from, ",");
        list[n] = problem_named(from, end);
        if (!list[n++])
            return -1;
    }
    return n;
}

int bench_quality(const bench_options *options)
{
    const bench_problem **list = NULL;
    int n =
        problems_choose(options->problems ? options->problems : "BraninCurrin,DTLZ2,ZDT1", &list);
    bool is_good = n > 0;
    if (options->is_json && is_good)
        (void)printf("{\"command\": \"quality\", \"runs\": [");
    for (int i = 0; i < n && is_good; i++) {
        if (options->is_json && i > 0)
            (void)printf(",\n");
        is_good = problem_run(options, list[i]);
        (void)fflush(stdout);
    }
    if (options->is_json && is_good)
        (void)printf("]}\n");
    free(list);
    if (n < 0)
        return 2;
    return is_good ? 0 : 1;
}
