/*
 * What every part of the ecopt program shares: the state of one invocation and the exit codes.
 *
 * The program sees the library through <ecopt/...> only.  main fills a `cli`, parses the arguments
 * against the command's option table (options.h) and calls the command, which returns an exit
 * code.  Results go out through output.h, everything else through message.h.
 *
 * Owner: main.  Threads: one, but for the live line of a run, which a second one redraws
 * (progress.h); has_status_line belongs to whoever holds `screen`.
 */
#ifndef CLI_H
#define CLI_H

#include <ecopt/ctx.h>
#include <pthread.h>
#include <stdbool.h>

/** Exit codes; the meaning is part of the interface (ecopt(1), EXIT STATUS). */
typedef enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_ERROR = 1,        /* run-time error */
    CLI_EXIT_USAGE = 2,        /* wrong command line or study file */
    CLI_EXIT_INFEASIBLE = 3,   /* no feasible trial */
    CLI_EXIT_FAILURES = 4,     /* too many trials failed */
    CLI_EXIT_BUDGET = 5,       /* budget spent before the minimum of trials */
    CLI_EXIT_METER = 6,        /* meter requirement not met */
    CLI_EXIT_LOCKED = 7,       /* study in use, or of another definition or version */
    CLI_EXIT_MEASURE = 125,    /* measure: ecopt itself failed */
    CLI_EXIT_CANNOT_RUN = 126, /* measure: the program is there but cannot be run */
    CLI_EXIT_NO_PROGRAM = 127, /* measure: there is no such program */
    CLI_EXIT_INTERRUPTED = 130 /* interrupted, state saved */
} cli_exit;

/** One invocation. */
typedef struct cli_state {
    ecopt_ctx *ctx;
    bool is_quiet;        /* -q: no chatter, warnings neither */
    bool is_verbose;      /* -v: the library's log as well */
    bool has_color;       /* stderr takes colours */
    bool has_status_line; /* a progress line stands on the terminal and must go before a message */
    pthread_mutex_t *screen; /* guards stderr while a second thread draws on it; NULL: one thread */
    const char *system_root; /* $ECOPT_SYSTEM_ROOT or NULL */
    const char *nvml_path;   /* $ECOPT_NVML_PATH or NULL */
    const char *calibration_path; /* $ECOPT_CALIBRATION, the user's own file, or NULL */
    const char *threads;          /* $ECOPT_THREADS or NULL: stands in for --threads */
} cli_state;

#endif
