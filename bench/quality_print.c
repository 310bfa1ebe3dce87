#include "quality.h"

#include <math.h>
#include <stdio.h>

/* A number, or null where there is none. */
static void number(const char *before, double value)
{
    if (isfinite(value))
        (void)printf("%s%.17g", before, value);
    else
        (void)printf("%snull", before);
}

static void array(const char *key, size_t n, const double *values)
{
    (void)printf("\"%s\": [", key);
    for (size_t i = 0; i < n; i++)
        number(i > 0 ? ", " : "", values[i]);
    (void)printf("]");
}

void quality_print(const quality_result *result)
{
    const run_plan *plan = result->plan;
    const bench_problem *problem = plan->problem;
    (void)printf("%s: %zu parameters, %zu objectives%s; reference", problem->name,
                 problem->n_params, problem->n_objectives,
                 problem->n_constraints > 0 ? ", constrained" : "");
    for (size_t k = 0; k < problem->n_objectives; k++)
        (void)printf(" %g", problem->reference[k]);
    (void)printf(", largest hypervolume %.10g\n", problem->largest);
    (void)printf("%s, init %d, %s threshold, %d worker%s, seeds %d to %d\n", plan->settings.sampler,
                 plan->settings.init, plan->settings.has_threshold ? "with" : "without",
                 plan->workers, plan->workers > 1 ? "s" : "", plan->settings.seed,
                 plan->settings.seed + plan->seeds - 1);
    (void)printf("      n   hypervolume           sd          min   of largest   CPU per ask"
                 "        95 %%\n");
    for (int i = 0; i < result->n_marks; i++) {
        const quality_mark *mark = &result->marks[i];
        char sd[32] = "-"; /* one seed has none */
        if (isfinite(mark->sd))
            (void)snprintf(sd, sizeof sd, "%.4g", mark->sd);
        (void)printf("  %5d  %12.6g %12s %12.6g   %10.4f %10.2f ms %8.2f ms\n", mark->n, mark->mean,
                     sd, mark->least, mark->mean / problem->largest, mark->ask_cpu_ms,
                     mark->ask_cpu_p95_ms);
    }
    (void)printf("  peak memory %.1f MB\n\n", result->max_rss_b / 1e6);
}

static void print_trial(const bench_problem *problem, const session_trial *trial)
{
    const bench_values *values = &trial->values;
    (void)printf("{\"id\": %lld, ", (long long)trial->id);
    array("x", problem->n_params, trial->x);
    (void)printf(", ");
    array("y", problem->n_objectives, values->told);
    (void)printf(", ");
    array("y_true", problem->n_objectives, values->truth);
    (void)printf(", ");
    array("c", problem->n_constraints, values->c);
    (void)printf(", \"is_feasible\": %s, \"is_failed\": %s, \"ask_cpu_ms\": %.4f, "
                 "\"ask_ms\": %.4f}",
                 values->is_feasible ? "true" : "false", values->is_failed ? "true" : "false",
                 trial->ask_cpu_ms, trial->ask_wall_ms);
}

static void print_seed(const quality_result *result, int i)
{
    const seed_run *run = &result->runs[i];
    (void)printf("\n {\"seed\": %d, \"max_rss_b\": %.0f, \"hypervolume\": [", run->seed,
                 run->max_rss_b);
    for (int k = 0; k < result->n_marks; k++)
        number(k > 0 ? ", " : "", result->marks[k].volumes[i]);
    (void)printf("], \"trials\": [");
    for (int k = 0; k < run->n_told; k++) {
        (void)printf(k > 0 ? ",\n  " : "\n  ");
        print_trial(result->plan->problem, &run->trials[k]);
    }
    (void)printf("]}");
}

static void print_mark(const quality_mark *mark)
{
    (void)printf("{\"n\": %d", mark->n);
    number(", \"mean\": ", mark->mean);
    number(", \"sd\": ", mark->sd);
    number(", \"min\": ", mark->least);
    number(", \"ask_cpu_ms\": ", mark->ask_cpu_ms);
    number(", \"ask_cpu_p95_ms\": ", mark->ask_cpu_p95_ms);
    (void)printf("}");
}

void quality_print_json(const quality_result *result)
{
    const run_plan *plan = result->plan;
    const bench_problem *problem = plan->problem;
    size_t d = problem->n_params, m = problem->n_objectives;
    double low[BENCH_MAX_PARAMS], high[BENCH_MAX_PARAMS];
    for (size_t i = 0; i < d; i++) {
        low[i] = bench_problem_low(problem, i);
        high[i] = bench_problem_high(problem, i);
    }
    (void)printf("{\"problem\": \"%s\", \"d\": %zu, \"m\": %zu, \"n_constraints\": %zu, ",
                 problem->name, d, m, problem->n_constraints);
    array("low", d, low);
    (void)printf(", ");
    array("high", d, high);
    (void)printf(", ");
    array("reference", m, problem->reference);
    (void)printf(", ");
    array("noise_sd", m, problem->noise_sd);
    number(", \"largest_hypervolume\": ", problem->largest);
    (void)printf(",\n \"sampler\": \"%s\", \"init\": %d, \"workers\": %d, \"has_threshold\": %s, "
                 "\"max_rss_b\": %.0f, \"marks\": [",
                 plan->settings.sampler, plan->settings.init, plan->workers,
                 plan->settings.has_threshold ? "true" : "false", result->max_rss_b);
    for (int k = 0; k < result->n_marks; k++) {
        (void)printf(k > 0 ? ", " : "");
        print_mark(&result->marks[k]);
    }
    (void)printf("], \"seeds\": [");
    for (int i = 0; i < plan->seeds; i++) {
        (void)printf(i > 0 ? "," : "");
        print_seed(result, i);
    }
    (void)printf("]}");
}
