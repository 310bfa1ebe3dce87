/*
 * Workers are started by what this program is (/proc/self/exe), not by its name: what PATH finds
 * may be another version. They get the limits of this run as flags, for a budget on the command
 * line is not in the study's text.
 */
#include "jobs.h"

#include "job_places.h"
#include "message.h"
#include "quick_study.h"
#include "stop_signal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int cli_jobs_count(cli_state *cli, const cli_args *args, size_t *ret_n)
{
    int64_t n = cli_args_count(args, "jobs", 1);
    if (n < 1 || n > CLI_JOBS_MAX) {
        cli_error(cli, "--jobs: a whole number from 1 to %d", CLI_JOBS_MAX);
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
 * number. Standard output belongs to the table that `run` prints at its end. */
static _Noreturn void become_worker(const worker_line *line, pid_t parent)
{
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
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

/* Without places (no memory for them, or none wanted) all run where they may. */
static int start_all(cli_state *cli, const worker_line *line, const cli_places *places, size_t n,
                     cli_jobs *ret_jobs)
{
    pid_t parent = getpid();
    for (size_t i = 1; i < n; i++) {
        pid_t pid = fork();
        if (pid == 0 && places)
            cli_places_take(places, i, n);
        if (pid == 0)
            become_worker(line, parent);
        if (pid < 0) {
            cli_error(cli, "cannot start a worker: %s", strerror(errno));
            return CLI_EXIT_ERROR;
        }
        ret_jobs->pids[ret_jobs->n++] = pid;
        cli_stop_signal_pass_to(pid);
    }
    /* Not earlier: the others are started from here. */
    if (places)
        cli_places_take(places, 0, n);
    return CLI_EXIT_OK;
}

int cli_jobs_start(cli_state *cli, const cli_args *args, size_t n, const char *dir,
                   cli_jobs *ret_jobs)
{
    worker_line line;
    bool is_placed = n > 1 && !cli_args_has(args, "no-pin");
    cli_places *places = is_placed ? calloc(1, sizeof *places) : NULL;
    make_line(args, dir, &line);
    if (places) {
        cli_places_find(cli, places);
        say_places(cli, places, n);
    }
    int code = start_all(cli, &line, places, n, ret_jobs);
    free(places);
    return code;
}

/* EINTR is the user's signal, which was handed on already. */
static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return CLI_EXIT_ERROR;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A worker that was told to end has done as it was told. */
int cli_jobs_wait(cli_state *cli, cli_jobs *jobs)
{
    int code = CLI_EXIT_OK;
    for (size_t i = 0; i < jobs->n; i++) {
        int one = wait_for(jobs->pids[i]);
        cli_stop_signal_forget(jobs->pids[i]);
        if (one == CLI_EXIT_OK || one == CLI_EXIT_INTERRUPTED)
            continue;
        if (one > 128)
            cli_warning(cli, "a worker was ended by signal %d; its trial is run again", one - 128);
        else if (code == CLI_EXIT_OK)
            code = one;
    }
    jobs->n = 0;
    return code;
}
