/*
 * What several workers on one study cost: trials a second in all, and how long a worker waits from
 * the end of one trial to the claim of the next.
 *
 * A claim is measured as a worker lives it, by the clock: from the moment at which one trial is
 * stored to that at which the next one is the worker's own in the store.  So it is not the time of
 * a transaction but all of it: what users want (pause, stop), signs of life, waiting for the lock
 * of proposals and for the store's writer, waiting for a CPU, reading what others have done,
 * choosing a point, writing it down.  The first claim of each worker, which opens the meter, is not
 * among them.
 *
 * The workers are processes of this program, as those of `ecopt run --jobs` are processes of ecopt.
 * Afterwards the study is looked at: every trial once, every point once.
 */
#include "bench.h"
#include "sample.h"
#include "true_study.h"

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

/* An end is told when it is stored, a start when it is claimed. */
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

/* A worker's whole life. */
static _Noreturn void work(const char *dir, int trials, int fd)
{
    claimer c = {.fd = fd};
    ecopt_ctx *ctx = NULL;
    ecopt_status status = ecopt_ctx_new(NULL, &ctx);
    if (status == ECOPT_OK)
        status = true_study_run(ctx, "workers", dir, trials, on_event, &c);
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

/* What the store says of it all, and what the machine had to do beside it. */
typedef struct audit {
    int complete, attempts, duplicates;
    double wall_s;
    double load; /* average of a minute before the run; NaN: not known */
} audit;

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool audit_study(const char *dir, audit *found)
{
    char folder[300];
    ecopt_ctx *ctx = NULL;
    ecopt_snapshot *snapshot = NULL;
    (void)snprintf(folder, sizeof folder, "%s/workers.ecopt", dir);
    if (ecopt_ctx_new(NULL, &ctx) != ECOPT_OK)
        return false;
    bool is_read = ecopt_snapshot_load(ctx, folder, &snapshot) == ECOPT_OK;
    const char **points = is_read ? calloc(snapshot->n_trials + 1, sizeof *points) : NULL;
    for (size_t i = 0; points && i < snapshot->n_trials; i++) {
        found->complete += snapshot->trials[i].state == ECOPT_TRIAL_COMPLETE;
        found->attempts += (int)snapshot->trials[i].attempts;
        points[i] = snapshot->trials[i].point;
    }
    if (points) {
        qsort(points, snapshot->n_trials, sizeof *points, compare_texts);
        for (size_t i = 1; i < snapshot->n_trials; i++)
            found->duplicates += strcmp(points[i - 1], points[i]) == 0;
    }
    bool is_done = points != NULL;
    free(points);
    ecopt_snapshot_free(ctx, snapshot);
    ecopt_ctx_free(ctx);
    return is_done;
}

static double load_now(void)
{
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : (double)NAN;
}

static void report(const bench_options *options, int workers, cost_list *claims, const audit *found)
{
    double median_ms = quantile(claims->wall_ms, claims->n, 0.5);
    double p90_ms = quantile(claims->wall_ms, claims->n, 0.9);
    double p99_ms = quantile(claims->wall_ms, claims->n, 0.99);
    double per_s = found->complete / found->wall_s;
    if (options->is_json) {
        (void)printf("{\"workers\": %d, \"complete\": %d, \"attempts\": %d, \"duplicates\": %d, "
                     "\"wall_s\": %.3f, \"trials_per_s\": %.1f, \"claim_ms\": %.3f, "
                     "\"claim_p90_ms\": %.3f, \"claim_p99_ms\": %.3f, \"load_before\": %.2f}\n",
                     workers, found->complete, found->attempts, found->duplicates, found->wall_s,
                     per_s, median_ms, p90_ms, p99_ms, found->load);
        return;
    }
    (void)printf("%d workers, %d trials of 'true' complete in %d attempts, %d points twice\n",
                 workers, found->complete, found->attempts, found->duplicates);
    (void)printf("  trials             %8.0f a second in all (%.2f s)\n", per_s, found->wall_s);
    (void)printf("  claim              %8.2f ms median  (90 %% below %.2f ms, 99 %% below %.2f)\n",
                 median_ms, p90_ms, p99_ms);
    (void)printf("    (from the stored end of one trial to the claim of the next, all waiting "
                 "included)\n");
    (void)printf("  load average before the run %.2f, %ld CPUs\n", found->load,
                 sysconf(_SC_NPROCESSORS_ONLN));
}

int bench_workers(const bench_options *options)
{
    int trials = options->trials > 0 ? options->trials : TRIALS;
    int workers = options->workers > 0 ? options->workers : WORKERS;
    char dir[256];
    cost_list claims;
    audit found = {.load = load_now()};
    bool is_done = costs_init(&claims, trials);
    if (is_done && folder_make(dir)) {
        moment began = moment_now();
        is_done = run_workers(dir, workers, trials, &claims);
        found.wall_s = moment_now().wall_s - began.wall_s;
        is_done = audit_study(dir, &found) && is_done;
        if (is_done)
            report(options, workers, &claims, &found);
        folder_remove(dir);
    } else {
        is_done = false;
    }
    costs_release(&claims);
    bool is_exact = found.complete == trials && found.attempts == trials && found.duplicates == 0;
    return is_done && is_exact ? 0 : 1;
}
