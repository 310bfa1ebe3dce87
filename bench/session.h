/*
 * One study of a problem, asked and told by hand.
 *
 * Call order: session_open, session_ask and session_tell in turn, session_close.  The study lives
 * in a folder given by the caller.  Threads: one.
 */
#ifndef ECO_BENCH_SESSION_H
#define ECO_BENCH_SESSION_H

#include "problems.h"

#include <ecopt/definition.h>
#include <ecopt/study.h>

/** How a study of a problem is set up. */
typedef struct session_settings {
    int seed;
    int trials, init; /* 1 <= init <= trials */
    const char *sampler;
    int n_threads;      /* of the sampler; 0: one */
    bool has_threshold; /* thresholds at the problem's reference point */
} session_settings;

typedef struct bench_session {
    ecopt_ctx *ctx;
    const bench_problem *problem;
    ecopt_definition *definition;
    ecopt_study *study;
    int seed;
} bench_session;

/** A point that is out, and what was told of it later. */
typedef struct session_trial {
    int64_t id;
    double x[BENCH_MAX_PARAMS];
    bench_values values;
    double ask_cpu_ms, ask_wall_ms;
    double max_rss_b; /* of the process, up to the ask */
} session_trial;

/** Opens the study in `dir`; session_close is needed all the same when it fails. */
ecopt_status session_open(ecopt_ctx *ctx, const bench_problem *problem,
                          const session_settings *settings, const char *dir,
                          bench_session *ret_session);

/** Asks for a point and measures what that costs. */
ecopt_status session_ask(bench_session *session, session_trial *ret_trial);

/** Evaluates the point and tells the study. */
ecopt_status session_tell(bench_session *session, session_trial *trial);

/** Closes; NULL members are allowed. */
ecopt_status session_close(bench_session *session);

/** Hypervolume of the true values of n told trials at the problem's reference, feasible ones only.
 */
ecopt_status session_hypervolume(ecopt_ctx *ctx, const bench_problem *problem, size_t n,
                                 const session_trial *trials, double *ret_volume);

#endif
