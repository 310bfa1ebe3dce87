/*
 * The supervisor: a small forked process between ECOpt and one command.
 *
 * It starts the command, waits for it, kills whatever the command left behind, adds up what the
 * whole tree used and reports.  Its socket is its lifeline: when ECOpt dies, in whatever way, the
 * kernel closes the other end and the supervisor kills the tree and ends.  It is a child subreaper,
 * so daemons that forked twice or made a session of their own come back to it and die too.
 *
 * Call order: fork, then eco_supervisor_run in the child.  ECOpt has other threads, so from the
 * fork on only async-signal-safe calls are made: no allocation, no stdio, no locks.
 * Owner: everything in the job is borrowed and prepared before the fork.  Limits: a process that
 * belongs to another user (set-user-ID) cannot be killed; it is given up after ECO_KILL_PATIENCE_MS
 * and counted in the report.  When someone kills the supervisor itself, the program dies by its
 * parent-death signal and ECOpt kills the program's process group; only a descendant that made a
 * session of its own then escapes.  Therefore its name and command line (ECO_SUPERVISOR_NAME) are
 * its own: a kill of everything called ecopt spares it, and it cleans up.
 *
 * Where a control group could be made (trial/cgroup.h), the program joins it before it starts and
 * the supervisor stays outside: the kernel then ends the whole tree at once, and ECOpt can do so
 * even without the supervisor.
 */
#ifndef ECO_TRIAL_SUPERVISOR_H
#define ECO_TRIAL_SUPERVISOR_H

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/** Name and command line of the supervisor: no part of it matches "ecopt". */
#define ECO_SUPERVISOR_NAME "eco-watch"

/** How long the supervisor goes on killing before it gives up what will not die. */
#define ECO_KILL_PATIENCE_MS 10000

/** Commands that ECOpt sends, one byte each; the end of the stream means KILL. */
#define ECO_COMMAND_TERM 'T'
#define ECO_COMMAND_KILL 'K'

/** What a report says. */
typedef enum eco_report_kind {
    ECO_REPORT_STARTED = 1, /* pid of the process that becomes the program */
    ECO_REPORT_REFUSED,     /* it could not be started: step, error */
    ECO_REPORT_ENDED        /* its whole tree is gone: wait_status, use of resources, n_left */
} eco_report_kind;

/** Where starting a program failed. */
typedef enum eco_start_step {
    ECO_STEP_EXEC, /* the program itself */
    ECO_STEP_DIR,  /* its working folder */
    ECO_STEP_FORK, /* no process to be had */
    ECO_STEP_SETUP /* descriptors, groups, CPUs */
} eco_start_step;

/** One datagram from the supervisor. */
typedef struct eco_report {
    int32_t kind;
    int32_t step;
    int32_t error; /* errno */
    int32_t pid;
    int32_t wait_status; /* as of waitpid */
    int32_t n_left;      /* processes that could not be killed */
    int64_t cpu_us;      /* user + system of all that were waited for */
    int64_t max_rss_kb;  /* of the largest single process */
} eco_report;

/** What to run, prepared before the fork. */
typedef struct eco_supervisor_job {
    const char *path; /* of the program; relative ones are seen from dir */
    char *const *argv;
    char *const *envp;
    const char *dir;            /* NULL: stay */
    int in_fd, out_fd, err_fd;  /* become 0, 1, 2; -1 leaves the caller's */
    int sock_fd;                /* the supervisor's end */
    int keep_fd;                /* stays open in the supervisor alone, or -1 */
    pid_t group;                /* group the program joins, or 0: session and group of its own */
    int group_fd;               /* cgroup.procs of the control group it joins, or -1 */
    int kill_fd;                /* cgroup.kill of that group, or -1 */
    int place_fd;               /* folder that the group lies in, or -1 */
    const char *group_name;     /* its name there; removed when ECOpt cannot do it any more */
    const cpu_set_t *cpus;      /* that the program may run on; NULL: those of ECOpt */
    const sigset_t *child_mask; /* signal mask of the program; NULL: none blocked and all */
                                /* dispositions default */
} eco_supervisor_job;

/** Runs the job and ends the process.  Call with all signals blocked, right after fork. */
_Noreturn void eco_supervisor_run(const eco_supervisor_job *job);

#endif
