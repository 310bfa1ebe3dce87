/*
 * Workers are started by what this program is (/proc/self/exe), not by its name: what PATH finds
 * may be another version. They get the limits of this run as flags, for a budget on the command
 * line is not in the study's text.
 */
#include "jobs.h"

#include "job_places.h"
#include "message.h"
#include "quantity.h"
#include "quick_study.h"
#include "stop_signal.h"
#include "ticker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int cli_jobs_count(cli_state *cli, const cli_args *args, size_t *ret_n)
{
    const char *text = cli_args_text(args, "jobs");
    int64_t n = 1;
    if (text && !cli_parse_count(text, 1, CLI_JOBS_MAX, &n)) {
        cli_error(cli, "--jobs: '%s' is not a whole number from 1 to %d", text, CLI_JOBS_MAX);
        return CLI_EXIT_USAGE;
    }
    *ret_n = (size_t)n;
    return CLI_EXIT_OK;
}

/* Options of `run` that a worker takes, too. */
static const char *const passed_on[] = {"trials",  "time",  "energy",  "sources",
                                        "require", "total", "threads", "lease"};
#define N_PASSED (sizeof passed_on / sizeof passed_on[0])

/* A worker's command line: at most the program, the verb, -q, two words for each option, folder and
 * file. */
enum { ARGV_ROOM = 8 + 2 * N_PASSED };
#define OPTION_B 16

typedef struct worker_line {
    char names[N_PASSED][OPTION_B];
    const char *argv[ARGV_ROOM];
} worker_line;

/* One worker and those that took its place. */
typedef struct job {
    pid_t pid; /* 0: it has ended */
    int code;  /* its exit code, or 128 + the signal that ended it */
    int deaths;
    double started_s; /* monotonic */
} job;

struct cli_jobs {
    cli_state *cli;
    worker_line line;
    cli_places *places; /* owned, NULL: none is wanted */
    size_t n;           /* of the run, this process counted */
    job jobs[CLI_JOBS_MAX];
    cli_ticker watch;
    const volatile sig_atomic_t *stop;
    bool is_watched;
    bool is_resting; /* under the mutex of the watch, as all of the above while it runs */
};

/* How often they are looked after. */
#define WATCH_MS 250

/* A study without a file is named by its folder, where its definition was kept when this process
 * opened it; any other by the file, from whose folder its paths are seen. */
static void make_line(const cli_args *args, const char *dir, worker_line *line)
{
    size_t n = 0;
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    line->argv[n++] = "ecopt";
    line->argv[n++] = "worker";
    line->argv[n++] = "-q";
    for (size_t i = 0; i < N_PASSED; i++) {
        const char *text = cli_args_text(args, passed_on[i]);
        if (!text)
            continue;
        (void)snprintf(line->names[i], OPTION_B, "--%s", passed_on[i]);
        line->argv[n++] = line->names[i];
        line->argv[n++] = text;
    }
    if (cli_quick_study_is_meant(args) || cli_args_text(args, "dir")) {
        line->argv[n++] = "--dir";
        line->argv[n++] = dir;
    }
    if (file && !cli_quick_study_is_meant(args))
        line->argv[n++] = file;
    line->argv[n] = NULL;
}

/* execv takes pointers to non-const for history's sake and writes to none of them. */
static char *const *as_exec_vector(const char *const *vector)
{
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = vector};
    return same.out;
}

/* Between fork and exec. A parent that died before the signal was asked for is noticed by its
 * number. Standard output belongs to the table that `run` prints at its end. The watch that starts
 * one again takes no signals itself, and what is blocked stays so. */
static _Noreturn void become_worker(const worker_line *line, pid_t parent)
{
    sigset_t none;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent || null_fd < 0 ||
        setpgid(0, 0) != 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDOUT_FILENO) < 0)
        _exit(CLI_EXIT_ERROR);
    (void)execv("/proc/self/exe", as_exec_vector(line->argv));
    _exit(CLI_EXIT_ERROR);
}

/* Which job gets what, in one line: it changes what a trial takes. */
static void say_places(cli_state *cli, const cli_places *places, size_t n)
{
    char text[1024] = "", cpus[128], gpus[256];
    size_t used = 0;
    cpu_set_t set;
    for (size_t i = 0; i < n && used < sizeof text - 1; i++) {
        bool has_cpus = cli_places_cpus(places, i, n, &set);
        bool has_gpus = cli_places_gpus(places, i, n, gpus, sizeof gpus);
        if (!has_cpus && !has_gpus)
            continue;
        if (has_cpus)
            cli_cpus_format(&set, cpus, sizeof cpus);
        int m = snprintf(text + used, sizeof text - used, "%s%s%s%s%s", used > 0 ? " | " : "",
                         has_cpus ? "CPU " : "", has_cpus ? cpus : "",
                         has_cpus && has_gpus ? ", CUDA "
                         : has_gpus           ? "CUDA "
                                              : "",
                         has_gpus ? gpus : "");
        used += m > 0 ? (size_t)m : 0;
    }
    if (used > 0)
        cli_note(cli, "%zu jobs: %s", n, text);
    if (places->n_cpus < n)
        cli_note(cli, "%zu jobs share %zu CPU%s", n, places->n_cpus,
                 places->n_cpus == 1 ? "" : "s");
    if (places->n_gpus > 0 && places->n_gpus < n)
        cli_note(cli, "%zu jobs share %zu GPU%s", n, places->n_gpus,
                 places->n_gpus == 1 ? "" : "s");
}

/* Job i, from 1 on. */
static bool start_one(cli_jobs *jobs, size_t i)
{
    struct timespec now;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0 && jobs->places)
        cli_places_take(jobs->places, i, jobs->n);
    if (pid == 0)
        become_worker(&jobs->line, parent);
    if (pid < 0) {
        cli_error(jobs->cli, "cannot start a worker: %s", strerror(errno));
        return false;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    jobs->jobs[i].pid = pid;
    jobs->jobs[i].started_s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    cli_stop_signal_pass_to(pid);
    return true;
}

int cli_jobs_start(cli_state *cli, const cli_args *args, size_t n, const char *dir,
                   cli_jobs **ret_jobs)
{
    cli_jobs *jobs = *ret_jobs = calloc(1, sizeof *jobs);
    if (!jobs) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    bool is_placed = n > 1 && !cli_args_has(args, "no-pin");
    jobs->cli = cli;
    jobs->n = n;
    jobs->places = is_placed ? calloc(1, sizeof *jobs->places) : NULL;
    make_line(args, dir, &jobs->line);
    /* Without places (no memory for them, or none wanted) all run where they may. */
    if (jobs->places) {
        cli_places_find(cli, jobs->places);
        say_places(cli, jobs->places, n);
    }
    for (size_t i = 1; i < n; i++)
        if (!start_one(jobs, i))
            return CLI_EXIT_ERROR;
    /* Not earlier: the others are started from here. */
    if (jobs->places)
        cli_places_take(jobs->places, 0, n);
    return CLI_EXIT_OK;
}

cli_job_fate cli_job_judge(int status, double lived_s, int *deaths)
{
    if (!WIFSIGNALED(status))
        return CLI_JOB_OVER;
    *deaths = lived_s < CLI_JOBS_SOON_S ? *deaths + 1 : 1;
    return *deaths < CLI_JOBS_DEATHS_MAX ? CLI_JOB_AGAIN : CLI_JOB_GONE;
}

static int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What ended job i. Its trial is put back by whoever looks first. */
static void judge_end(cli_jobs *jobs, size_t i, int status)
{
    job *one = &jobs->jobs[i];
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    double lived_s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - one->started_s;
    cli_stop_signal_forget(one->pid);
    one->pid = 0;
    one->code = CLI_EXIT_OK;
    cli_job_fate fate = cli_job_judge(status, lived_s, &one->deaths);
    if (fate == CLI_JOB_OVER)
        one->code = code_of(status);
    else if (fate == CLI_JOB_GONE)
        cli_warning(
            jobs->cli,
            "the worker of job %zu was ended by signal %d, %d times in a row soon after its "
            "start; it is not started again",
            i + 1, WTERMSIG(status), one->deaths);
    else if (start_one(jobs, i))
        cli_warning(jobs->cli,
                    "the worker of job %zu was ended by signal %d and is started again; its trial "
                    "is run again",
                    i + 1, WTERMSIG(status));
}

/* On the thread of the watch, under its mutex. Only the own children are asked for: the trials have
 * processes, too. */
static void look(void *user)
{
    cli_jobs *jobs = user;
    for (size_t i = 1; i < jobs->n; i++) {
        int status = 0;
        if (jobs->is_resting || *jobs->stop)
            return;
        if (jobs->jobs[i].pid > 0 &&
            waitpid(jobs->jobs[i].pid, &status, WNOHANG) == jobs->jobs[i].pid)
            judge_end(jobs, i, status);
    }
}

/* Without a thread they are not started again, and all else is as it was. */
void cli_jobs_watch(cli_jobs *jobs, const volatile sig_atomic_t *stop)
{
    jobs->stop = stop;
    jobs->is_watched = jobs->n > 1 && cli_ticker_start(&jobs->watch, WATCH_MS, look, jobs);
}

void cli_jobs_rest(cli_jobs *jobs, bool is_over)
{
    if (jobs->is_watched)
        (void)pthread_mutex_lock(&jobs->watch.mutex);
    jobs->is_resting = true;
    if (jobs->is_watched)
        (void)pthread_mutex_unlock(&jobs->watch.mutex);
    for (size_t i = 1; i < jobs->n && is_over; i++)
        if (jobs->jobs[i].pid > 0)
            (void)kill(jobs->jobs[i].pid, SIGTERM);
}

/* EINTR is the user's signal, which was handed on already. */
static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return CLI_EXIT_ERROR;
    return code_of(status);
}

/* A worker that was told to end has done as it was told. The thread of the watch comes to its end
 * last: the kernel tells those that it has started to end when it does (PR_SET_PDEATHSIG). */
int cli_jobs_wait(cli_jobs *jobs)
{
    int code = CLI_EXIT_OK;
    if (!jobs)
        return code;
    cli_jobs_rest(jobs, false);
    for (size_t i = 1; i < jobs->n; i++) {
        job *one = &jobs->jobs[i];
        if (one->pid > 0)
            one->code = wait_for(one->pid);
        cli_stop_signal_forget(one->pid);
        if (one->code == CLI_EXIT_OK || one->code == CLI_EXIT_INTERRUPTED)
            continue;
        if (one->code > 128)
            cli_warning(jobs->cli, "a worker was ended by signal %d; its trial is run again",
                        one->code - 128);
        else if (code == CLI_EXIT_OK)
            code = one->code;
    }
    if (jobs->is_watched)
        cli_ticker_stop(&jobs->watch);
    free(jobs->places);
    free(jobs);
    return code;
}
