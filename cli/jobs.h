/*
 * The further workers of `ecopt run --jobs N`: N - 1 processes of this program, `ecopt worker`.
 *
 * Call order: cli_jobs_start, cli_jobs_watch, cli_jobs_rest, cli_jobs_wait.  They take trials from
 * the store as any worker does; nothing is told to them but to end.  Each has a process group of
 * its own, so Ctrl-C at the terminal reaches this process alone, which hands it on (stop_signal.h);
 * and when this process dies, in whatever way, the kernel tells them to end, and their trials are
 * put back.  One that is killed meanwhile (kill -9, out of memory) is started again.
 *
 * Owner: the caller.  Threads: the main one; a watch of its own between watch and wait.
 */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include "options.h"

#include <ecopt/study.h>
#include <signal.h>
#include <sys/types.h>

/** Most workers that one run starts. */
#define CLI_JOBS_MAX 256

/** A worker that is killed so often in a row, each time soon after its start, stays away. */
#define CLI_JOBS_DEATHS_MAX 4

/** Soon after its start [s]. */
#define CLI_JOBS_SOON_S 10.0

/** What becomes of a job whose worker has ended. */
typedef enum cli_job_fate {
    CLI_JOB_OVER,  /* it left by itself */
    CLI_JOB_AGAIN, /* it is started again */
    CLI_JOB_GONE   /* it was killed too often */
} cli_job_fate;

/**
 * Judges the end of a worker.
 *
 * @param[in]     status   as waitpid gives it
 * @param[in]     lived_s  since its start
 * @param[in,out] deaths   deaths in a row, this one included afterwards
 */
cli_job_fate cli_job_judge(int status, double lived_s, int *deaths);

typedef struct cli_jobs cli_jobs;

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
 * @param[in]  args      of `run`: what limits and meters it is passed on; outlives the jobs
 * @param[in]  dir       folder of the study, outlives the jobs
 * @param[out] ret_jobs  ended by cli_jobs_wait, also on failure; NULL: there was no memory
 * @return CLI_EXIT_OK, or CLI_EXIT_ERROR (said on stderr; those started so far go on)
 */
int cli_jobs_start(cli_state *cli, const cli_args *args, size_t n, const char *dir,
                   cli_jobs **ret_jobs);

/**
 * From now on workers that are killed are started again.
 *
 * @param[in] stop  non-zero: none is started any more
 */
void cli_jobs_watch(cli_jobs *jobs, const volatile sig_atomic_t *stop);

/** From now on none is started and nothing is said.  @param[in] is_over  tell them to end */
void cli_jobs_rest(cli_jobs *jobs, bool is_over);

/**
 * Waits for all of them and frees.  They end by themselves when the budget is spent or they were
 * told to.
 *
 * @return CLI_EXIT_OK, or the exit code of the first that failed (said on stderr)
 */
int cli_jobs_wait(cli_jobs *jobs);

#endif
