/*
 * One command, run and metered, its terminal left alone: what `ecopt measure` does.
 *
 * Call order: ecopt_process_run, once per run.  Owner: options are borrowed for the call; the
 * result is plain data.  Threads: as the context.
 *
 * The command keeps the caller's stdin, stdout, stderr, working folder, environment, terminal,
 * session and process group, so interactive programs and job control work as if it had been
 * started by the shell: Ctrl-C and Ctrl-Z reach it directly from the terminal, as they reach the
 * caller.  A caller that wants the result of an interrupted command installs a handler for SIGINT
 * and SIGQUIT (ignoring them would make the command ignore them too).  Other descriptors are not
 * passed on.
 *
 * A small supervisor process stands between: when the command ends, everything it left running is
 * killed, also what made a session of its own; and when the caller dies, so does the command.
 */
#ifndef ECOPT_PROCESS_H
#define ECOPT_PROCESS_H

#include <ecopt/ctx.h>
#include <ecopt/meter.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most taps of one run. */
#define ECOPT_TAPS_MAX 16

/** A number to be read from what the command prints. */
typedef struct ecopt_tap {
    const char *regex; /* PCRE2; the first group (or the whole match) of the last match counts */
    double value;      /* out: NaN when no line matched or the match is not a finite number */
} ecopt_tap;

/** Size-versioned options: `size` = sizeof of the caller's struct; zero or NULL = default. */
typedef struct ecopt_process_options {
    size_t size;
    const char *const *argv; /* program and arguments, NULL-terminated; the program is searched */
                             /* in PATH when it has no slash */
    const char *dir;         /* where it starts; NULL: here */
    ecopt_meter *meter;      /* NULL: not metered */
    int64_t ordinal;         /* key of the meter's window */
    const char *phase;       /* key of the meter's window; NULL = "" */
    double timeout_s;        /* 0: none.  Then TERM, and KILL after grace_s */
    double grace_s;          /* 0: 5 s */
    const volatile sig_atomic_t *stop; /* NULL, or: non-zero ends the command in the same way */
    size_t n_taps;   /* > 0: stdout and stderr go through a pipe and are copied to the caller's, */
                     /* so the command no longer sees a terminal there */
    ecopt_tap *taps; /* the caller's; values are written on ECOPT_OK */
    bool is_muted;   /* stdin and stdout are /dev/null; excludes taps */
    double tick_s;   /* > 0, with a meter: `tick` gets the energy so far that often */
    void (*tick)(void *user, const ecopt_energy *so_far);
    void *user;
} ecopt_process_options;

#define ECOPT_PROCESS_OPTIONS_INIT                                              \
    {                                                                           \
        sizeof(ecopt_process_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/** How the run went. */
typedef struct ecopt_process_result {
    bool is_started;  /* false: reason says why; the other fields are empty */
    char reason[256]; /* "cannot start './cnn': No such file or directory"; "" when it ran */
    int start_errno;  /* ENOENT, EACCES, ... when it did not start */
    int exit_status;  /* 0..255, or -1 */
    int signal;       /* that ended it, or 0 */
    bool is_timed_out;
    bool is_stopped;  /* by `stop` */
    double started_s; /* Unix time */
    double time_s;    /* from before the start to the end of all it started */
    double cpu_s;     /* user + system of the whole tree, NaN not known */
    double max_rss_b; /* largest resident set of one of its processes, NaN not known; never below */
                      /* the caller's own when it started it, as Linux counts */
    ecopt_energy energy; /* of the window; unmeasurable without a meter */
} ecopt_process_result;

/**
 * Runs one command to its end.
 *
 * @param[out] ret  filled on ECOPT_OK, also when the program could not be started
 * @return ECOPT_OK, ECOPT_E_ARG (no argv, too many taps, taps of a muted command,
 *         negative ordinal), ECOPT_E_PARSE (a tap's
 *         regex; the message has the offset), ECOPT_E_SPAWN (no process to be had), ECOPT_E_IO
 *         (copying tapped output failed), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_process_run(ecopt_ctx *ctx,
                                                      const ecopt_process_options *options,
                                                      ecopt_process_result *ret);

/** Limits that ecopt_limits_describe tells of. */
enum { ECOPT_LIMITS_N = 4 };

/** Whether one limit of `resources` can be kept on this machine. */
typedef struct ecopt_limit_info {
    const char *name; /* "memory", "pids", "cpus"; "group": whether processes are kept together */
    bool is_kept;
    char how[200];    /* by what, or why not */
    char remedy[120]; /* what would mend it, "" when there is nothing to be advised */
} ecopt_limit_info;

/**
 * Finds out what trials can be held to here, as a run would.
 *
 * @param[in]  system_root  NULL or "": the real system (else tests)
 * @param[out] infos        filled on ECOPT_OK
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_limits_describe(ecopt_ctx *ctx, const char *system_root,
                                                          ecopt_limit_info infos[ECOPT_LIMITS_N]);

/**
 * Reports metrics from inside a trial: what `ecopt log loss=0.3` does.
 *
 * Appends one line to the file that $ECOPT_LOG names, in a single write, so that concurrent
 * writers do not mix.  "nan" and "inf" are accepted: the trial fails with that reason.
 *
 * @param[in] path    value of $ECOPT_LOG; NULL or "" is an error that says so
 * @param[in] n       number of metrics, 1..256
 * @param[in] names   metric names: not empty, at most 128 bytes, no control characters
 * @param[in] values  numbers as text
 * @return ECOPT_OK, ECOPT_E_ARG (no path, n), ECOPT_E_NAME, ECOPT_E_PARSE (not a number; the
 *         message names it), ECOPT_E_NOT_FOUND, ECOPT_E_IO, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_log_append(ecopt_ctx *ctx, const char *path, size_t n,
                                                     const char *const *names,
                                                     const char *const *values);

#ifdef __cplusplus
}
#endif

#endif
