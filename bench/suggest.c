#include "bench.h"
#include "sample.h"

#include <ecopt/definition.h>
#include <ecopt/pareto.h>
#include <ecopt/study.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * BraninCurrin (BoTorch's test problem: reference point 18, 6; largest hypervolume 59.36): two
 * inputs, two smooth objectives, both minimised, both thresholds known.
 */
enum { N_MARKS = 3, N_TRIALS = 60, N_SEEDS = 5, WINDOW = 5 };
static const int marks[N_MARKS] = {20, 40, 60};
static const double reference[2] = {18, 6};

static const double pi = 3.14159265358979323846;

static void branin_currin(double x1, double x2, double ret_y[2])
{
    double a = 15 * x1 - 5, b = 15 * x2;
    double bowl = b - 5.1 * a * a / (4 * pi * pi) + 5 * a / pi - 6;
    double bend = x2 > 0 ? 1 - exp(-1 / (2 * x2)) : 1;
    ret_y[0] = bowl * bowl + 10 * (1 - 1 / (8 * pi)) * cos(a) + 10;
    ret_y[1] = bend * (2300 * pow(x1, 3) + 1900 * x1 * x1 + 2092 * x1 + 60) /
               (100 * pow(x1, 3) + 500 * x1 * x1 + 4 * x1 + 20);
}

/* Results of all seeds: CPU of asks around each mark, hypervolume at it. */
typedef struct suggest_result {
    cost_list asks[N_MARKS];
    double hypervolume[N_MARKS]; /* sum over the seeds */
} suggest_result;

/* Evaluates the point of a trial and tells it; keeps the values for the hypervolume. */
static ecopt_status tell(ecopt_ctx *ctx, const ecopt_definition *definition, ecopt_study *study,
                         int64_t trial, const char *point, double *ret_y)
{
    double x[2];
    ecopt_status status = ecopt_space_parse_point(ctx, definition->space, point, x);
    if (status != ECOPT_OK)
        return status;
    branin_currin(x[0], x[1], ret_y);
    const ecopt_metric_value metrics[] = {{"f1", ret_y[0], (double)NAN},
                                          {"f2", ret_y[1], (double)NAN}};
    return ecopt_study_tell(study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2);
}

static ecopt_status run_trials(ecopt_ctx *ctx, const ecopt_definition *definition,
                               ecopt_study *study, suggest_result *result)
{
    double y[2 * N_TRIALS];
    for (int n = 1; n <= N_TRIALS; n++) {
        int64_t trial = 0;
        char *point = NULL;
        moment before = moment_now();
        ecopt_status status = ecopt_study_ask(study, &trial, &point);
        moment after = moment_now();
        if (status == ECOPT_OK)
            status = tell(ctx, definition, study, trial, point, &y[2 * (size_t)(n - 1)]);
        ecopt_text_free(ctx, point);
        for (int k = 0; k < N_MARKS && status == ECOPT_OK; k++) {
            double volume = 0;
            if (n > marks[k] - WINDOW && n <= marks[k])
                costs_add(&result->asks[k], before, after);
            if (n == marks[k])
                status = ecopt_hypervolume(ctx, (size_t)n, 2, y, reference, &volume);
            result->hypervolume[k] += volume;
        }
        if (status != ECOPT_OK)
            return status;
    }
    return ECOPT_OK;
}

/* One study of one seed, asked and told by hand in a folder of its own. */
static ecopt_status run_seed(ecopt_ctx *ctx, const char *dir, int seed, suggest_result *result)
{
    char text[512], path[300];
    int length = snprintf(text, sizeof text,
                          "study: branin-currin-%d\n"
                          "seed: %d\n"
                          "command: 'true'\n"
                          "params:\n"
                          "  x1: {type: float, min: 0, max: 1}\n"
                          "  x2: {type: float, min: 0, max: 1}\n"
                          "metrics: {f1: {}, f2: {}}\n"
                          "objectives:\n"
                          "  f1: {goal: min, threshold: 18}\n"
                          "  f2: {goal: min, threshold: 6}\n"
                          "budget: {trials: %d, init: 6}\n",
                          seed, seed, N_TRIALS);
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    ecopt_status status =
        ecopt_definition_parse(ctx, text, (size_t)length, path, NULL, NULL, &definition);
    if (status == ECOPT_OK)
        status = ecopt_study_open(ctx, definition, NULL, &study);
    if (status == ECOPT_OK)
        status = run_trials(ctx, definition, study, result);
    ecopt_status closed = ecopt_study_close(study);
    ecopt_definition_free(ctx, definition);
    return status != ECOPT_OK ? status : closed;
}

static void report_json(suggest_result *result)
{
    (void)printf("{\"problem\": \"BraninCurrin\", \"seeds\": %d, \"marks\": [", N_SEEDS);
    for (int k = 0; k < N_MARKS; k++)
        (void)printf("%s{\"n\": %d, \"hypervolume\": %.4f, \"ask_cpu_ms\": %.3f, "
                     "\"ask_ms\": %.3f}",
                     k > 0 ? ", " : "", marks[k], result->hypervolume[k] / N_SEEDS,
                     quantile(result->asks[k].cpu_ms, result->asks[k].n, 0.5),
                     quantile(result->asks[k].wall_ms, result->asks[k].n, 0.5));
    (void)printf("]}\n");
}

static void report(const bench_options *options, suggest_result *result)
{
    if (options->is_json) {
        report_json(result);
        return;
    }
    (void)printf("BraninCurrin, sampler mobo, reference (18, 6), 6 initial points, %d seeds\n",
                 N_SEEDS);
    (void)printf(
        "   n   hypervolume   CPU per ask   time per ask   (fit, search and store; medians)\n");
    for (int k = 0; k < N_MARKS; k++)
        (void)printf("  %2d   %11.3f   %8.2f ms   %9.2f ms\n", marks[k],
                     result->hypervolume[k] / N_SEEDS,
                     quantile(result->asks[k].cpu_ms, result->asks[k].n, 0.5),
                     quantile(result->asks[k].wall_ms, result->asks[k].n, 0.5));
}

int bench_suggest(const bench_options *options)
{
    suggest_result result = {.hypervolume = {0}};
    ecopt_ctx *ctx = NULL;
    char dir[256];
    bool has_room = true;
    for (int k = 0; k < N_MARKS; k++)
        has_room = costs_init(&result.asks[k], N_SEEDS * WINDOW) && has_room;
    ecopt_status status = has_room ? ecopt_ctx_new(NULL, &ctx) : ECOPT_E_NOMEM;
    if (status == ECOPT_OK && !folder_make(dir))
        status = ECOPT_E_IO;
    else if (status == ECOPT_OK) {
        for (int seed = 1; seed <= N_SEEDS && status == ECOPT_OK; seed++)
            status = run_seed(ctx, dir, seed, &result);
        folder_remove(dir);
    }
    if (status == ECOPT_OK)
        report(options, &result);
    else
        (void)fprintf(stderr, "ecopt-bench: %s\n",
                      ctx ? ecopt_ctx_errmsg(ctx) : ecopt_status_message(status));
    for (int k = 0; k < N_MARKS; k++)
        costs_release(&result.asks[k]);
    ecopt_ctx_free(ctx);
    return status == ECOPT_OK ? 0 : 1;
}
