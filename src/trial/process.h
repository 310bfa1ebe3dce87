/*
 * One command, run to its end under a supervisor, its output handed on as it comes.
 *
 * Call order: eco_process_run, which blocks.  Owner: everything in the specification is borrowed
 * for the call.  Threads: other threads may run; signals are blocked around the fork only.  The
 * caller's SIGCHLD disposition is not touched, no handler is installed.
 * Limits: memory is bounded whatever the command prints; nothing of its tree is left when the call
 * returns, nor when ECOpt is killed meanwhile (see trial/supervisor.h).  The resident set that the
 * system reports for a program is never below what ECOpt itself had when it started it.
 */
#ifndef ECO_TRIAL_PROCESS_H
#define ECO_TRIAL_PROCESS_H

#include "core/ctx.h"
#include "trial/cgroup.h"
#include "trial/supervisor.h"

/** Bytes read at once from the command's output. */
#define ECO_PROCESS_CHUNK_B ((size_t)64 * 1024)

/** Seconds between TERM and KILL unless the caller says else. */
#define ECO_PROCESS_GRACE_S 5.0

/** Seconds between two calls of `look`: as often as the stop flag is looked at. */
#define ECO_PROCESS_LOOK_S 0.1

/** Takes output: stream 1 or 2.  A failure ends the command and becomes the call's. */
typedef ecopt_status (*eco_process_sink)(void *user, int stream, const char *bytes, size_t n);

typedef struct eco_process_spec {
    const char *const *argv; /* NULL-terminated, at least the program */
    const char *const *envp; /* NULL-terminated */
    const char *dir;         /* where it starts; NULL: here */
    bool is_inherited;       /* keeps the caller's stdin, terminal and process group; without it */
                             /* stdin is /dev/null and the program has a session of its own */
    bool is_muted;           /* with is_inherited, no sink: stdin and stdout are /dev/null */
    eco_process_sink sink;   /* NULL: stdout and stderr are the caller's */
    void *user;
    double timeout_s;                  /* 0 or INFINITY: none */
    double grace_s;                    /* 0: ECO_PROCESS_GRACE_S */
    const volatile sig_atomic_t *stop; /* NULL or: non-zero ends the command (TERM, then KILL) */
    const bool *is_enough;             /* NULL or: the sink has seen enough; ends the command as
                                          `stop` does */
    int keep_fd;                       /* as in supervisor.h, or -1 */
    const eco_cgroup_place *place;     /* NULL: no control group; else one is made for the run */
    const eco_limits *limits;          /* NULL: none; those that the place cannot keep are not kept,
                                          but for the CPUs */
    double tick_s;                     /* > 0: `tick` is called that often while it runs */
    void (*tick)(void *user);
    ecopt_status (*look)(void *user); /* NULL or: called every ECO_PROCESS_LOOK_S, for what the
                                         program writes elsewhere; a failure is like the sink's */
} eco_process_spec;

typedef struct eco_process_result {
    bool is_started; /* false: start_step and start_errno say why */
    eco_start_step start_step;
    int start_errno;
    int exit_status; /* 0..255, or -1 when a signal ended it */
    int signal;      /* or 0 */
    bool is_timed_out;
    bool is_stopped;    /* `stop` was seen */
    bool is_watch_lost; /* the supervisor was killed; status is not known */
    int n_left;         /* processes that could not be killed */
    double started_s;   /* Unix time */
    double time_s;      /* from before the fork to the end of the whole tree */
    double cpu_s;       /* user + system of the whole tree; NaN not known */
    double max_rss_b;   /* of its largest process; NaN not known */
    double peak_b;      /* most memory of the whole tree at once; NaN: it had no control group */
    int64_t oom_kills;  /* processes ended by the kernel at the limit of memory */
    bool is_oom_near;   /* meanwhile the kernel ended a process somewhere for want of memory */
} eco_process_result;

/**
 * Runs a command until it and everything it started has ended.
 *
 * A program that cannot be started is a result, not an error.
 *
 * @param[out] ret  filled on ECOPT_OK, unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (no program), ECOPT_E_SPAWN (no process or descriptor to be had),
 *         ECOPT_E_NOMEM, or what the sink returned
 */
ECOPT_NODROP ecopt_status eco_process_run(ecopt_ctx *ctx, const eco_process_spec *spec,
                                          eco_process_result *ret);

/**
 * File that would be executed for `program`: itself when it has a slash, else the first executable
 * regular file in the PATH of envp (a relative entry is seen from dir).
 *
 * @param[out] ret_path   caller frees with eco_free; unchanged on failure
 * @param[out] ret_errno  0, or ENOENT / EACCES when there is none (then *ret_path is unchanged)
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_process_find(ecopt_ctx *ctx, const char *program,
                                           const char *const *envp, const char *dir,
                                           char **ret_path, int *ret_errno);

#endif
