#include "runs.h"

#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Stream of the numbers that say which worker is done next; noise has the others. */
enum { STREAM_ORDER = 1000 };

/* Moves one of the points that are out, chosen by chance, to the end of the told ones. */
static void choose_next(const seed_run *run, int n_out)
{
    session_trial *out = run->trials + run->n_told;
    double u = bench_uniform((uint64_t)run->seed, (uint64_t)run->n_told, STREAM_ORDER);
    int chosen = (int)(u * n_out);
    session_trial next = out[chosen];
    for (int i = chosen; i > 0; i--)
        out[i] = out[i - 1];
    out[0] = next;
}

/* Told trials first, then those that are out, in one array: a worker that is done gets the next
 * point at once. */
static ecopt_status run_trials(bench_session *session, const run_plan *plan, seed_run *run)
{
    int n_out = 0;
    bool has_more = true;
    while (has_more || n_out > 0) {
        while (has_more && n_out < plan->workers && run->n_told + n_out < plan->settings.trials) {
            ecopt_status status = session_ask(session, &run->trials[run->n_told + n_out]);
            if (status == ECOPT_E_EXHAUSTED)
                has_more = false;
            else if (status != ECOPT_OK)
                return status;
            else
                n_out++;
        }
        if (n_out == 0)
            return ECOPT_OK;
        choose_next(run, n_out);
        ecopt_status status = session_tell(session, &run->trials[run->n_told]);
        if (status != ECOPT_OK)
            return status;
        run->n_told++;
        n_out--;
    }
    return ECOPT_OK;
}

/* The child: exit status 0 when all went well. */
static int run_seed(const run_plan *plan, seed_run *run)
{
    char dir[256];
    ecopt_ctx *ctx = NULL;
    bench_session session = {.ctx = NULL};
    session_settings settings = plan->settings;
    struct rusage usage;
    settings.seed = run->seed;
    ecopt_status status = ecopt_ctx_new(NULL, &ctx);
    if (status != ECOPT_OK || !folder_make(dir))
        return 1;
    status = session_open(ctx, plan->problem, &settings, dir, &session);
    if (status == ECOPT_OK)
        status = run_trials(&session, plan, run);
    if (status != ECOPT_OK)
        (void)fprintf(stderr, "ecopt-bench: %s, seed %d: %s\n", plan->problem->name, run->seed,
                      ecopt_ctx_errmsg(ctx));
    ecopt_status closed = session_close(&session);
    folder_remove(dir);
    ecopt_ctx_free(ctx);
    (void)getrusage(RUSAGE_SELF, &usage);
    run->max_rss_b = 1024.0 * (double)usage.ru_maxrss;
    return status == ECOPT_OK && closed == ECOPT_OK ? 0 : 1;
}

/* Waits for one child. */
static bool reap(void)
{
    int status = 0;
    return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Memory that both sides of a fork see; NULL when there is none. */
static void *shared_make(size_t size)
{
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

static size_t trials_size(const run_plan *plan)
{
    return (size_t)plan->settings.trials * sizeof(session_trial);
}

static bool runs_start(const run_plan *plan, seed_run *runs)
{
    bool is_good = true;
    int n_live = 0;
    for (int i = 0; i < plan->seeds && is_good; i++) {
        if (n_live == plan->jobs) {
            is_good = reap();
            n_live--;
        }
        (void)fflush(NULL);
        pid_t pid = is_good ? fork() : -1;
        if (pid == 0)
            _exit(run_seed(plan, &runs[i]));
        is_good = pid > 0;
        n_live += pid > 0;
    }
    for (; n_live > 0; n_live--)
        is_good = reap() && is_good;
    return is_good;
}

bool runs_make(const run_plan *plan, seed_run **ret_runs)
{
    seed_run *runs = shared_make((size_t)plan->seeds * sizeof *runs);
    bool is_good = runs != NULL;
    *ret_runs = runs;
    for (int i = 0; i < plan->seeds && is_good; i++) {
        runs[i] =
            (seed_run){.seed = plan->settings.seed + i, .trials = shared_make(trials_size(plan))};
        is_good = runs[i].trials != NULL;
    }
    if (!is_good) {
        (void)fprintf(stderr, "ecopt-bench: out of memory\n");
        return false;
    }
    return runs_start(plan, runs);
}

bool runs_ask_cpu(const run_plan *plan, const seed_run *runs, int n, double *ret_median_ms,
                  double *ret_p95_ms)
{
    int n_asks = 0;
    double *cost = malloc((size_t)plan->seeds * ASK_WINDOW * sizeof *cost);
    if (!cost)
        return false;
    for (int i = 0; i < plan->seeds; i++)
        for (int k = n > ASK_WINDOW ? n - ASK_WINDOW : 0; k < n && k < runs[i].n_told; k++)
            cost[n_asks++] = runs[i].trials[k].ask_cpu_ms;
    *ret_median_ms = quantile(cost, n_asks, 0.5);
    *ret_p95_ms = quantile(cost, n_asks, 0.95);
    free(cost);
    return true;
}

void runs_free(const run_plan *plan, seed_run *runs)
{
    for (int i = 0; runs && i < plan->seeds; i++)
        if (runs[i].trials)
            (void)munmap(runs[i].trials, trials_size(plan));
    if (runs)
        (void)munmap(runs, (size_t)plan->seeds * sizeof *runs);
}
