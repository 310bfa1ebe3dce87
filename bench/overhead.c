#include "bench.h"
#include "sample.h"
#include "true_study.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the callback of the study needs. */
typedef struct run_state {
    cost_list *costs;
    int room;
    moment last;
    int n_failed;
} run_state;

/* The baseline: as little as one can do to run a command and wait for it. */
static bool spawn_plain(cost_list *costs, int trials)
{
    char name[] = "true";
    char *argv[] = {name, NULL};
    for (int i = 0; i < trials; i++) {
        moment before = moment_now();
        pid_t pid;
        int status;
        if (posix_spawnp(&pid, name, NULL, NULL, argv, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0)
            return false;
        costs_add(costs, before, moment_now());
    }
    return true;
}

/* From the end of one trial to the end of the next: asking, running, metering, storing. */
static void on_event(void *user, const ecopt_event *event)
{
    run_state *run = user;
    if (event->kind != ECOPT_EVENT_TRIAL_ENDED)
        return;
    moment now = moment_now();
    if (event->state != ECOPT_TRIAL_COMPLETE)
        run->n_failed++;
    /* The first trial also opens the meter. */
    if (event->n_ended > 1 && run->costs->n < run->room)
        costs_add(run->costs, run->last, now);
    run->last = now;
}

/* The study in a folder of its own, which is removed whatever happens. */
static bool study_measure(cost_list *costs, int trials)
{
    char dir[256];
    if (!folder_make(dir))
        return false;
    run_state run = {.costs = costs, .room = trials};
    ecopt_ctx *ctx = NULL;
    ecopt_status status = ecopt_ctx_new(NULL, &ctx);
    if (status == ECOPT_OK)
        status = true_study_run(ctx, "overhead", dir, trials + 1, on_event, &run);
    if (status != ECOPT_OK)
        (void)fprintf(stderr, "ecopt-bench: %s\n",
                      ctx ? ecopt_ctx_errmsg(ctx) : ecopt_status_message(status));
    if (run.n_failed > 0)
        (void)fprintf(stderr, "ecopt-bench: %d trials did not complete\n", run.n_failed);
    ecopt_ctx_free(ctx);
    folder_remove(dir);
    return status == ECOPT_OK && run.n_failed == 0;
}

static void report(const bench_options *options, cost_list *plain, cost_list *study)
{
    double plain_ms = quantile(plain->wall_ms, plain->n, 0.5);
    double plain_cpu_ms = quantile(plain->cpu_ms, plain->n, 0.5);
    double study_ms = quantile(study->wall_ms, study->n, 0.5);
    double study_cpu_ms = quantile(study->cpu_ms, study->n, 0.5);
    double study_p90_ms = quantile(study->wall_ms, study->n, 0.9);
    if (options->is_json) {
        (void)printf("{\"trials\": %d, \"spawn_ms\": %.3f, \"spawn_cpu_ms\": %.3f, "
                     "\"trial_ms\": %.3f, \"trial_p90_ms\": %.3f, \"trial_cpu_ms\": %.3f, "
                     "\"overhead_ms\": %.3f, \"overhead_cpu_ms\": %.3f}\n",
                     study->n, plain_ms, plain_cpu_ms, study_ms, study_p90_ms, study_cpu_ms,
                     study_ms - plain_ms, study_cpu_ms - plain_cpu_ms);
        return;
    }
    (void)printf("%d trials of 'true', sampler random, meter auto; medians\n", study->n);
    (void)printf("  posix_spawn        %8.2f ms  %8.2f ms CPU\n", plain_ms, plain_cpu_ms);
    (void)printf("  trial of a study   %8.2f ms  %8.2f ms CPU   (90 %% below %.2f ms)\n", study_ms,
                 study_cpu_ms, study_p90_ms);
    (void)printf("  overhead           %8.2f ms  %8.2f ms CPU\n", study_ms - plain_ms,
                 study_cpu_ms - plain_cpu_ms);
}

int bench_overhead(const bench_options *options)
{
    cost_list plain, study;
    int trials = options->trials > 0 ? options->trials : 200;
    bool is_done = costs_init(&plain, trials);
    is_done = costs_init(&study, trials) && is_done;
    if (is_done && !spawn_plain(&plain, trials)) {
        (void)fprintf(stderr, "ecopt-bench: cannot run 'true'\n");
        is_done = false;
    }
    is_done = is_done && study_measure(&study, trials);
    if (is_done)
        report(options, &plain, &study);
    costs_release(&plain);
    costs_release(&study);
    return is_done ? 0 : 1;
}
