/*
 * What several workers on one study cost: trials a second in all, and how long a worker waits from
 * the end of one trial to the claim of the next.
 *
 * The workers are processes of this program, as those of `ecopt run --jobs` are processes of ecopt.
 * Afterwards the study is looked at: every trial once, every point once.
 */
#include "bench.h"
#include "sample.h"

#include <ecopt/definition.h>
#include <ecopt/study.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 8, TRIALS = 2000 };

/* One worker's claims, written to its pipe as they come. */
typedef struct claimer {
    int fd;
    moment ended; /* of its last trial */
    bool has_ended;
} claimer;

/* From the end of a trial as it is told (already stored) to the claim of the next one: signs of
 * life, the lock of proposals, reading what others have done, choosing, claiming. */
static void on_event(void *user, const ecopt_event *event)
{
    claimer *c = user;
    if (event->kind == ECOPT_EVENT_TRIAL_ENDED) {
        c->ended = moment_now();
        c->has_ended = true;
    } else if (event->kind == ECOPT_EVENT_TRIAL_STARTED && c->has_ended) {
        double wait_ms = (moment_now().wall_s - c->ended.wall_s) * 1e3;
        /* A number is less than a pipe writes whole. */
        ssize_t n = write(c->fd, &wait_ms, sizeof wait_ms);
        (void)n;
    }
}

static ecopt_status study_run(ecopt_ctx *ctx, const char *dir, int trials, claimer *c)
{
    char text[512], path[300];
    int length = snprintf(text, sizeof text,
                          "study: workers\n"
                          "seed: 1\n"
                          "sampler: random\n"
                          "command: 'true'\n"
                          "params:\n"
                          "  x: {type: float, min: 0, max: 1}\n"
                          "objectives:\n"
                          "  time_s: {goal: min}\n"
                          "budget: {trials: %d}\n",
                          trials);
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    ecopt_stop_reason reason;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.on_event = on_event;
    options.user = c;
    ecopt_status status =
        ecopt_definition_parse(ctx, text, (size_t)length, path, NULL, NULL, &definition);
    if (status == ECOPT_OK)
        status = ecopt_study_open(ctx, definition, NULL, &study);
    if (status == ECOPT_OK)
        status = ecopt_study_run(study, &options, &reason);
    ecopt_status closed = ecopt_study_close(study);
    ecopt_definition_free(ctx, definition);
    return status != ECOPT_OK ? status : closed;
}

/* A worker's whole life. */
static _Noreturn void work(const char *dir, int trials, int fd)
{
    claimer c = {.fd = fd};
    ecopt_ctx *ctx = NULL;
    ecopt_status status = ecopt_ctx_new(NULL, &ctx);
    if (status == ECOPT_OK)
        status = study_run(ctx, dir, trials, &c);
    if (status != ECOPT_OK)
        (void)fprintf(stderr, "ecopt-bench: %s\n",
                      ctx ? ecopt_ctx_errmsg(ctx) : ecopt_status_message(status));
    ecopt_ctx_free(ctx);
    _exit(status == ECOPT_OK ? 0 : 1);
}

/* Starts the workers, takes in their claims until the last of them has left. */
static bool run_workers(const char *dir, int workers, int trials, cost_list *claims)
{
    int ends[2], status = 0;
    bool is_fine = pipe(ends) == 0;
    for (int i = 0; i < workers && is_fine; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            (void)close(ends[0]);
            work(dir, trials, ends[1]);
        }
        is_fine = pid > 0;
    }
    if (!is_fine)
        return false;
    (void)close(ends[1]);
    double wait_ms;
    while (read(ends[0], &wait_ms, sizeof wait_ms) == (ssize_t)sizeof wait_ms)
        if (claims->n < trials)
            claims->wall_ms[claims->n++] = wait_ms;
    (void)close(ends[0]);
    while (wait(&status) > 0)
        is_fine = is_fine && status == 0;
    return is_fine;
}

/* What the store says of it all. */
typedef struct audit {
    int complete, attempts, duplicates;
} audit;

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool audit_study(const char *dir, audit *ret_audit)
{
    char folder[300];
    ecopt_ctx *ctx = NULL;
    ecopt_snapshot *snapshot = NULL;
    (void)snprintf(folder, sizeof folder, "%s/workers.ecopt", dir);
    if (ecopt_ctx_new(NULL, &ctx) != ECOPT_OK)
        return false;
    bool is_read = ecopt_snapshot_load(ctx, folder, &snapshot) == ECOPT_OK;
    const char **points = is_read ? calloc(snapshot->n_trials + 1, sizeof *points) : NULL;
    audit found = {0};
    for (size_t i = 0; points && i < snapshot->n_trials; i++) {
        found.complete += snapshot->trials[i].state == ECOPT_TRIAL_COMPLETE;
        found.attempts += (int)snapshot->trials[i].attempts;
        points[i] = snapshot->trials[i].point;
    }
    if (points) {
        qsort(points, snapshot->n_trials, sizeof *points, compare_texts);
        for (size_t i = 1; i < snapshot->n_trials; i++)
            found.duplicates += strcmp(points[i - 1], points[i]) == 0;
        *ret_audit = found;
    }
    bool is_done = points != NULL;
    free(points);
    ecopt_snapshot_free(ctx, snapshot);
    ecopt_ctx_free(ctx);
    return is_done;
}

static void report(const bench_options *options, int workers, double wall_s, cost_list *claims,
                   const audit *found)
{
    double median_ms = quantile(claims->wall_ms, claims->n, 0.5);
    double p90_ms = quantile(claims->wall_ms, claims->n, 0.9);
    double p99_ms = quantile(claims->wall_ms, claims->n, 0.99);
    double per_s = found->complete / wall_s;
    if (options->is_json) {
        (void)printf("{\"workers\": %d, \"complete\": %d, \"attempts\": %d, \"duplicates\": %d, "
                     "\"wall_s\": %.3f, \"trials_per_s\": %.1f, \"claim_ms\": %.3f, "
                     "\"claim_p90_ms\": %.3f, \"claim_p99_ms\": %.3f}\n",
                     workers, found->complete, found->attempts, found->duplicates, wall_s, per_s,
                     median_ms, p90_ms, p99_ms);
        return;
    }
    (void)printf("%d workers, %d trials of 'true' complete in %d attempts, %d points twice\n",
                 workers, found->complete, found->attempts, found->duplicates);
    (void)printf("  trials             %8.0f a second in all (%.2f s)\n", per_s, wall_s);
    (void)printf("  claim              %8.2f ms median  (90 %% below %.2f ms, 99 %% below %.2f)\n",
                 median_ms, p90_ms, p99_ms);
}

int bench_workers(const bench_options *options)
{
    int trials = options->trials > 0 ? options->trials : TRIALS;
    int workers = options->workers > 0 ? options->workers : WORKERS;
    char dir[256];
    cost_list claims;
    audit found = {0};
    bool is_done = costs_init(&claims, trials);
    if (is_done && folder_make(dir)) {
        moment began = moment_now();
        is_done = run_workers(dir, workers, trials, &claims);
        double wall_s = moment_now().wall_s - began.wall_s;
        is_done = audit_study(dir, &found) && is_done;
        if (is_done)
            report(options, workers, wall_s, &claims, &found);
        folder_remove(dir);
    } else {
        is_done = false;
    }
    costs_release(&claims);
    bool is_exact = found.complete == trials && found.attempts == trials && found.duplicates == 0;
    return is_done && is_exact ? 0 : 1;
}
