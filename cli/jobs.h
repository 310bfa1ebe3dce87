/*
 * The further workers of `ecopt run --jobs N`: N - 1 processes of this program, `ecopt worker`.
 *
 * Call order: cli_jobs_start, cli_jobs_wait.  They take trials from the store as any worker does;
 * nothing is told to them but to end.  Each has a process group of its own, so Ctrl-C at the
 * terminal reaches this process alone, which hands it on (stop_signal.h); and when this process
 * dies, in whatever way, the kernel tells them to end, and their trials are put back.
 *
 * Owner: the caller.  Threads: the main one.
 */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include "options.h"

#include <ecopt/study.h>
#include <sys/types.h>

/** Most workers that one run starts. */
#define CLI_JOBS_MAX 256

typedef struct cli_jobs {
    size_t n; /* started, this process not counted */
    pid_t pids[CLI_JOBS_MAX];
} cli_jobs;

/**
 * Number of jobs of a command line.
 *
 * @param[out] ret_n  1 to CLI_JOBS_MAX; 1 without --jobs
 * @return CLI_EXIT_OK or CLI_EXIT_USAGE (said on stderr)
 */
int cli_jobs_count(cli_state *cli, const cli_args *args, size_t *ret_n);

/**
 * Starts n - 1 workers of an open study.
 *
 * @param[in] args  of `run`: what limits and meters it is passed on
 * @param[in] dir   folder of the study
 * @return CLI_EXIT_OK, or CLI_EXIT_ERROR (said on stderr; those started so far go on)
 */
int cli_jobs_start(cli_state *cli, const cli_args *args, size_t n, const char *dir,
                   cli_jobs *ret_jobs);

/**
 * Waits for all of them.  They end by themselves when the budget is spent or they were told to.
 *
 * @return CLI_EXIT_OK, or the exit code of the first that failed (said on stderr)
 */
int cli_jobs_wait(cli_state *cli, cli_jobs *jobs);

#endif
