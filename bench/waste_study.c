/*
 * One study as `ecopt run` runs it, from a study file, its trials looked up (waste_trial.h); then
 * what it reports is looked up as well.
 */
#include "waste.h"

#include "sample.h"
#include "waste_trial.h"

#include <ecopt/pareto.h>
#include <ecopt/report.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scatter of one energy: what `ecopt measure` finds on a quiet machine is less, beside other work
 * it is more. */
static const double SCATTER_RATIO = 0.03;

/* Reference point of the volume: accuracy, and log10 of microjoules per inference. */
static const double reference[2] = {-0.5, 1.6};
static const char threshold[] = ", threshold: 0.5", energy_threshold[] = ", threshold: 39e-6";

static const char profile_rule[] =
    "profile: {phase: profile, provides: {evaluate.j_per_sample: profile.j_per_sample}}\n";

/* A study and what is to be known of it. */
typedef struct session {
    ecopt_ctx *ctx;
    const waste_plan *plan;
    ecopt_definition *definition;
    ecopt_study *study;
    ecopt_snapshot *snapshot;
    double *y; /* owned: costs of complete trials, pairs */
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
                  "study: waste\nseed: %d\nsampler: %s\n"
                  "command: {%strain: 'true', evaluate: 'true'}\n"
                  "budget: {trials: %d, init: %d}\nmetrics: {accuracy: {phase: evaluate}}\n"
                  "objectives:\n  accuracy: {goal: max%s}\n"
                  "  evaluate.j_per_sample: {goal: min, scale: log%s}\n%s%s",
                  seed, plan->sampler, arm->has_profile ? "profile: 'true', " : "", plan->trials,
                  plan->init, plan->has_threshold ? threshold : "",
                  plan->has_threshold ? energy_threshold : "", arm->settings,
                  arm->has_profile ? profile_rule : "");
    curve_table_write_params(to);
    return fclose(to) == 0 && is_good;
}

static void print_diagnostic(void *user, const ecopt_diagnostic *diagnostic)
{
    (void)user;
    if (diagnostic->is_error)
        (void)fprintf(stderr, "ecopt-bench: %s: %s\n", diagnostic->key, diagnostic->message);
}

/* True costs of a trial's point. */
static ecopt_status costs_of(session *s, const ecopt_trial *trial, double y[2])
{
    double x[CURVE_TABLE_PARAMS];
    ecopt_status status = ecopt_space_parse_point(s->ctx, s->definition->space, trial->point, x);
    const curve_row *row = status == ECOPT_OK ? curve_table_find(s->plan->table, x) : NULL;
    if (!row)
        return status == ECOPT_OK ? ECOPT_E_NOT_FOUND : status;
    y[0] = -row->accuracy[CURVE_TABLE_EPOCHS - 1];
    y[1] = log10(row->infer_uj);
    return ECOPT_OK;
}

/* Which rule ended a trial: the one that has the last decision to do so. */
static bool is_ended_by_profile(const ecopt_trial *trial)
{
    for (size_t i = trial->n_decisions; i > 0; i--)
        if (strcmp(trial->decisions[i - 1].kind, "profile") == 0)
            return strcmp(trial->decisions[i - 1].verdict, "end") == 0;
    return false;
}

static bool is_dominated(const double *y, size_t n, const double *by)
{
    for (size_t k = 0; k < n; k++)
        if (by[2 * k] <= y[0] && by[2 * k + 1] <= y[1])
            return true;
    return !(y[0] < reference[0] && y[1] < reference[1]);
}

/* All trials: joules, counts, and the volume of the complete ones. */
static ecopt_status sum_trials(session *s)
{
    size_t n = 0;
    double lost[2];
    for (size_t i = 0; i < s->snapshot->n_trials; i++)
        if (s->snapshot->trials[i].state == ECOPT_TRIAL_COMPLETE) {
            ecopt_status status = costs_of(s, &s->snapshot->trials[i], s->y + 2 * n++);
            if (status != ECOPT_OK)
                return status;
        }
    for (size_t i = 0; i < s->snapshot->n_trials; i++) {
        const ecopt_trial *trial = &s->snapshot->trials[i];
        double train_j = 0;
        for (size_t p = 0; p < trial->n_phases; p++)
            if (strcmp(trial->phases[p].phase, "train") == 0)
                train_j += trial->phases[p].energy.energy_j;
        s->run.infer_j += trial->spent_energy_j - train_j;
        if (trial->state != ECOPT_TRIAL_PRUNED)
            continue;
        bool is_unstarted = is_ended_by_profile(trial);
        s->run.n_unstarted += is_unstarted;
        s->run.n_pruned += !is_unstarted;
        ecopt_status status = costs_of(s, trial, lost);
        if (status != ECOPT_OK)
            return status;
        s->run.n_front_lost += !is_dominated(lost, n, s->y);
    }
    s->run.joules = s->snapshot->spent_energy_j;
    return ecopt_hypervolume(s->ctx, n, 2, s->y, reference, &s->run.reached);
}

/* The front as reported, valued at the truth. */
static ecopt_status value_front(session *s)
{
    ecopt_front *front = NULL;
    ecopt_status status = ecopt_front_new(s->ctx, s->definition, s->snapshot, &front);
    size_t n = 0;
    for (; status == ECOPT_OK && n < front->n; n++)
        status = costs_of(s, &s->snapshot->trials[front->trials[n]], s->y + 2 * n);
    if (status == ECOPT_OK)
        status = ecopt_hypervolume(s->ctx, n, 2, s->y, reference, &s->run.volume);
    s->run.n_front = (int)n;
    ecopt_front_free(s->ctx, front);
    return status;
}

static ecopt_status study_run(session *s, const char *dir)
{
    char path[300];
    ecopt_stop_reason reason;
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_status status =
        ecopt_definition_load(s->ctx, path, print_diagnostic, NULL, &s->definition);
    if (status == ECOPT_OK)
        status = ecopt_study_open(s->ctx, s->definition, NULL, &s->study);
    if (status == ECOPT_OK)
        status = ecopt_study_run(s->study, NULL, &reason);
    if (status == ECOPT_OK)
        status = ecopt_study_snapshot(s->study, &s->snapshot);
    if (status == ECOPT_OK)
        status = sum_trials(s);
    return status == ECOPT_OK ? value_front(s) : status;
}

bool waste_study(const waste_plan *plan, const waste_arm *arm, int seed, waste_run *ret_run)
{
    char dir[256];
    session s = {.plan = plan};
    const waste_lookup lookup = {plan->table, (uint64_t)seed, SCATTER_RATIO};
    s.y = calloc((size_t)plan->trials + 1, 2 * sizeof *s.y);
    bool is_good = s.y && ecopt_ctx_new(NULL, &s.ctx) == ECOPT_OK;
    if (is_good && folder_make(dir)) {
        waste_lookup_use(&lookup);
        is_good = files_write(plan, arm, seed, dir) && study_run(&s, dir) == ECOPT_OK;
        waste_lookup_use(NULL);
        is_good = ecopt_study_close(s.study) == ECOPT_OK && is_good;
        folder_remove(dir);
    }
    if (!is_good)
        (void)fprintf(stderr, "ecopt-bench: arm '%s', seed %d: %s\n", arm->name, seed,
                      s.ctx ? ecopt_ctx_errmsg(s.ctx) : "out of memory");
    ecopt_snapshot_free(s.ctx, s.snapshot);
    ecopt_definition_free(s.ctx, s.definition);
    ecopt_ctx_free(s.ctx);
    free(s.y);
    *ret_run = s.run;
    return is_good;
}
