/*
 * One study by ask, report and tell: the point's row is trained epoch by epoch until the study has
 * seen enough, then its inference is measured.
 */
#include "waste.h"

#include "sample.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <stdlib.h>

/* Reference point of the volume: accuracy, and log10 of microjoules per inference. */
static const double reference[2] = {-0.5, 1.6};
static const char threshold[] = ", threshold: 0.5", energy_threshold[] = ", threshold: 39";

/* A study under way. */
typedef struct session {
    ecopt_ctx *ctx;
    const waste_plan *plan;
    const waste_arm *arm;
    ecopt_definition *definition;
    ecopt_study *study;
    const curve_row **complete, **pruned; /* rows of the trials, owned arrays */
    waste_run run;
} session;

/* The study file and its points. */
static bool files_write(const waste_plan *plan, const waste_arm *arm, int seed, const char *dir)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/points.csv", dir);
    FILE *to = fopen(path, "w");
    if (!to)
        return false;
    curve_table_write_points(plan->table, to);
    bool is_good = fclose(to) == 0;
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    to = fopen(path, "w");
    if (!to)
        return false;
    (void)fprintf(to,
                  "study: waste\nseed: %d\nsampler: %s\ncommand: 'true'\n"
                  "budget: {trials: %d, init: %d}\nmetrics: {accuracy: {}, infer_uj: {}}\n"
                  "objectives:\n  accuracy: {goal: max%s}\n"
                  "  infer_uj: {goal: min, scale: log%s}\n%s",
                  seed, plan->sampler, plan->trials, plan->init,
                  plan->has_threshold ? threshold : "", plan->has_threshold ? energy_threshold : "",
                  arm->settings);
    curve_table_write_params(to);
    return fclose(to) == 0 && is_good;
}

static void print_diagnostic(void *user, const ecopt_diagnostic *diagnostic)
{
    (void)user;
    if (diagnostic->is_error)
        (void)fprintf(stderr, "ecopt-bench: %s: %s\n", diagnostic->key, diagnostic->message);
}

/* Trains until the end, or until the study has seen enough. */
static ecopt_status train(session *s, const curve_row *row, int64_t trial, bool *ret_is_enough)
{
    bool is_enough = false;
    for (int e = 0; e < CURVE_TABLE_EPOCHS && !is_enough; e++) {
        const ecopt_metric_value values[] = {{"accuracy", row->accuracy[e], (double)NAN},
                                             {"infer_uj", row->infer_uj, (double)NAN}};
        s->run.train_j += row->epoch_j;
        ecopt_status status = ecopt_study_report(s->study, trial, e + 1, values,
                                                 s->arm->is_profiled ? 2 : 1, &is_enough);
        if (status != ECOPT_OK)
            return status;
    }
    *ret_is_enough = is_enough;
    return ECOPT_OK;
}

static double infer_j(const curve_row *row)
{
    return 1e-6 * row->infer_uj * CURVE_TABLE_INFERENCES;
}

static ecopt_status trial_run(session *s, int64_t trial, const curve_row *row)
{
    bool is_enough = false;
    if (s->arm->is_profiled)
        s->run.joules += infer_j(row);
    ecopt_status status = train(s, row, trial, &is_enough);
    if (status != ECOPT_OK)
        return status;
    if (is_enough) {
        s->pruned[s->run.n_pruned++] = row;
        return ecopt_study_tell(s->study, trial, ECOPT_TRIAL_PRUNED, "", NULL, 0);
    }
    const ecopt_metric_value metrics[] = {
        {"accuracy", row->accuracy[CURVE_TABLE_EPOCHS - 1], (double)NAN},
        {"infer_uj", row->infer_uj, (double)NAN}};
    if (!s->arm->is_profiled)
        s->run.joules += infer_j(row);
    s->complete[s->run.n_complete++] = row;
    return ecopt_study_tell(s->study, trial, ECOPT_TRIAL_COMPLETE, "", metrics, 2);
}

static ecopt_status trials_run(session *s)
{
    for (int i = 0; i < s->plan->trials; i++) {
        int64_t trial;
        char *point = NULL;
        double x[CURVE_TABLE_PARAMS];
        ecopt_status status = ecopt_study_ask(s->study, &trial, &point);
        if (status == ECOPT_OK)
            status = ecopt_space_parse_point(s->ctx, s->definition->space, point, x);
        ecopt_text_free(s->ctx, point);
        const curve_row *row = status == ECOPT_OK ? curve_table_find(s->plan->table, x) : NULL;
        if (status == ECOPT_OK)
            status = row ? trial_run(s, trial, row) : ECOPT_E_NOT_FOUND;
        if (status != ECOPT_OK)
            return status;
    }
    return ECOPT_OK;
}

static void costs_of(const curve_row *row, double *y)
{
    y[0] = -row->accuracy[CURVE_TABLE_EPOCHS - 1];
    y[1] = log10(row->infer_uj);
}

/* Volume of the complete trials, and how many pruned ones would have added to it. */
static ecopt_status sum_up(session *s)
{
    waste_run *run = &s->run;
    size_t n = (size_t)run->n_complete;
    double *y = malloc((n + 1) * 2 * sizeof *y);
    if (!y)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        costs_of(s->complete[i], y + 2 * i);
    for (int i = 0; i < run->n_pruned; i++) {
        double lost[2];
        costs_of(s->pruned[i], lost);
        bool is_lost = lost[0] < reference[0] && lost[1] < reference[1];
        for (size_t k = 0; k < n && is_lost; k++)
            is_lost = !(y[2 * k] <= lost[0] && y[2 * k + 1] <= lost[1]);
        run->n_front_lost += is_lost;
    }
    ecopt_status status = ecopt_hypervolume(s->ctx, n, 2, y, reference, &run->volume);
    run->joules += run->train_j;
    free(y);
    return status;
}

static ecopt_status study_run(session *s, const char *dir)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_status status =
        ecopt_definition_load(s->ctx, path, print_diagnostic, NULL, &s->definition);
    if (status == ECOPT_OK)
        status = ecopt_study_open(s->ctx, s->definition, NULL, &s->study);
    if (status == ECOPT_OK)
        status = trials_run(s);
    return status == ECOPT_OK ? sum_up(s) : status;
}

bool waste_study(const waste_plan *plan, const waste_arm *arm, int seed, waste_run *ret_run)
{
    char dir[256];
    session s = {.plan = plan, .arm = arm};
    size_t room = (size_t)plan->trials;
    s.complete = calloc(room, sizeof(curve_row *));
    s.pruned = calloc(room, sizeof(curve_row *));
    bool is_good = s.complete && s.pruned && ecopt_ctx_new(NULL, &s.ctx) == ECOPT_OK;
    if (is_good && folder_make(dir)) {
        is_good = files_write(plan, arm, seed, dir) && study_run(&s, dir) == ECOPT_OK;
        is_good = ecopt_study_close(s.study) == ECOPT_OK && is_good;
        ecopt_definition_free(s.ctx, s.definition);
        folder_remove(dir);
    }
    if (!is_good)
        (void)fprintf(stderr, "ecopt-bench: arm '%s', seed %d: %s\n", arm->name, seed,
                      s.ctx ? ecopt_ctx_errmsg(s.ctx) : "out of memory");
    ecopt_ctx_free(s.ctx);
    free((void *)s.complete);
    free((void *)s.pruned);
    *ret_run = s.run;
    return is_good;
}
