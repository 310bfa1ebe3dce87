#include "session.h"

#include "sample.h"
#include "tables.h"

#include <ecopt/pareto.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void write_params(FILE *to, const bench_problem *problem)
{
    if (problem->table) {
        (void)fprintf(to, "candidates: points.csv\n%s", problem->table->params);
        return;
    }
    (void)fprintf(to, "params:\n");
    for (size_t i = 0; i < problem->n_params; i++)
        (void)fprintf(to, "  x%zu: {type: float, min: %.17g, max: %.17g}\n", i + 1,
                      bench_problem_low(problem, i), bench_problem_high(problem, i));
}

static void write_metrics(FILE *to, const bench_problem *problem, bool has_threshold)
{
    (void)fprintf(to, "objectives:\n");
    for (size_t k = 0; k < problem->n_objectives; k++) {
        (void)fprintf(to, "  f%zu: {goal: min", k + 1);
        if (has_threshold)
            (void)fprintf(to, ", threshold: %.17g", problem->reference[k]);
        (void)fprintf(to, "}\n");
    }
    if (problem->n_constraints > 0)
        (void)fprintf(to, "constraints: [");
    for (size_t k = 0; k < problem->n_constraints; k++)
        (void)fprintf(to, "%sc%zu >= 0", k > 0 ? ", " : "", k + 1);
    if (problem->n_constraints > 0)
        (void)fprintf(to, "]\n");
    (void)fprintf(to, "metrics:\n");
    for (size_t k = 0; k < problem->n_objectives; k++)
        (void)fprintf(to, "  f%zu: {}\n", k + 1);
    for (size_t k = 0; k < problem->n_constraints; k++)
        (void)fprintf(to, "  c%zu: {}\n", k + 1);
}

/* The study file; NULL on no memory, else the caller frees it. */
static char *study_text(const bench_problem *problem, const session_settings *settings,
                        size_t *ret_length)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, ret_length);
    if (!to)
        return NULL;
    (void)fprintf(to,
                  "study: bench\n"
                  "seed: %d\n"
                  "sampler: %s\n"
                  "command: 'true'\n"
                  "budget: {trials: %d, init: %d}\n",
                  settings->seed, settings->sampler, settings->trials, settings->init);
    write_params(to, problem);
    write_metrics(to, problem, settings->has_threshold);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

/* The list of allowed points, beside the study file. */
static bool candidates_write(const bench_problem *problem, const char *dir)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/points.csv", dir);
    FILE *to = fopen(path, "w");
    if (!to)
        return false;
    bool is_good = fputs(problem->table->csv, to) >= 0;
    return fclose(to) == 0 && is_good;
}

/* What is wrong with the study file, in the words of the check. */
static void print_diagnostic(void *user, const ecopt_diagnostic *diagnostic)
{
    (void)user;
    if (diagnostic->is_error)
        (void)fprintf(stderr, "ecopt-bench: %s: %s\n", diagnostic->key, diagnostic->message);
}

ecopt_status session_open(ecopt_ctx *ctx, const bench_problem *problem,
                          const session_settings *settings, const char *dir,
                          bench_session *ret_session)
{
    char path[300];
    size_t length = 0;
    *ret_session = (bench_session){.ctx = ctx, .problem = problem, .seed = settings->seed};
    char *text = study_text(problem, settings, &length);
    if (!text)
        return ECOPT_E_NOMEM;
    if (problem->table && !candidates_write(problem, dir)) {
        free(text);
        return ECOPT_E_IO;
    }
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_status status = ecopt_definition_parse(ctx, text, length, path, print_diagnostic, NULL,
                                                 &ret_session->definition);
    free(text);
    if (status != ECOPT_OK)
        return status;
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    options.n_threads = (size_t)settings->n_threads;
    return ecopt_study_open(ctx, ret_session->definition, &options, &ret_session->study);
}

ecopt_status session_ask(bench_session *session, session_trial *ret_trial)
{
    char *point = NULL;
    moment before = moment_now();
    ecopt_status status = ecopt_study_ask(session->study, &ret_trial->id, &point);
    moment after = moment_now();
    if (status == ECOPT_OK)
        status =
            ecopt_space_parse_point(session->ctx, session->definition->space, point, ret_trial->x);
    ecopt_text_free(session->ctx, point);
    ret_trial->ask_cpu_ms = 1e3 * (after.cpu_s - before.cpu_s);
    ret_trial->max_rss_b = after.max_rss_b;
    ret_trial->ask_wall_ms = 1e3 * (after.wall_s - before.wall_s);
    return status;
}

ecopt_status session_tell(bench_session *session, session_trial *trial)
{
    static const char *const names[] = {"f1", "f2", "f3", "f4"};
    const bench_problem *problem = session->problem;
    ecopt_metric_value metrics[BENCH_MAX_OBJECTIVES + BENCH_MAX_CONSTRAINTS];
    size_t n = 0;
    bench_problem_evaluate(problem, trial->x, (uint64_t)session->seed, trial->id, &trial->values);
    if (trial->values.is_failed)
        return ecopt_study_tell(session->study, trial->id, ECOPT_TRIAL_FAILED, "no value", NULL, 0);
    for (size_t k = 0; k < problem->n_objectives; k++)
        metrics[n++] = (ecopt_metric_value){names[k], trial->values.told[k], (double)NAN};
    if (problem->n_constraints > 0)
        metrics[n++] = (ecopt_metric_value){"c1", trial->values.c[0], (double)NAN};
    return ecopt_study_tell(session->study, trial->id, ECOPT_TRIAL_COMPLETE, "", metrics, n);
}

ecopt_status session_close(bench_session *session)
{
    ecopt_status status = ecopt_study_close(session->study);
    ecopt_definition_free(session->ctx, session->definition);
    session->study = NULL;
    session->definition = NULL;
    return status;
}

ecopt_status session_hypervolume(ecopt_ctx *ctx, const bench_problem *problem, size_t n,
                                 const session_trial *trials, double *ret_volume)
{
    size_t m = problem->n_objectives, n_good = 0;
    double *y = malloc((n + 1) * m * sizeof *y);
    if (!y)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (!trials[i].values.is_feasible || trials[i].values.is_failed)
            continue;
        for (size_t k = 0; k < m; k++)
            y[n_good * m + k] = trials[i].values.truth[k];
        n_good++;
    }
    ecopt_status status = ecopt_hypervolume(ctx, n_good, m, y, problem->reference, ret_volume);
    free(y);
    return status;
}
