/*
 * Snapshot: everything a study's store knows at one moment, as plain constant data.
 *
 * Reports, tables and analysis are functions of a snapshot; so is the sampler's history.  Made by
 * ecopt_study_snapshot or ecopt_snapshot_load.  Missing numbers are NaN, missing texts NULL.
 *
 * Owner: the caller, frees with ecopt_snapshot_free.  Threads: constant data.
 */
#ifndef ECOPT_SNAPSHOT_H
#define ECOPT_SNAPSHOT_H

#include <ecopt/ctx.h>
#include <ecopt/meter.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text) */
#define ECOPT_TRIAL_STATE_MAP(X) \
    X(QUEUED, "queued")          \
    X(RUNNING, "running")        \
    X(COMPLETE, "complete")      \
    X(PRUNED, "pruned")          \
    X(INFEASIBLE, "infeasible")  \
    X(FAILED, "failed")          \
    X(ABANDONED, "abandoned")    \
    X(PREEMPTED, "preempted")

typedef enum ecopt_trial_state {
#define ECOPT_TRIAL_STATE_ENUM(name, text) ECOPT_TRIAL_##name,
    ECOPT_TRIAL_STATE_MAP(ECOPT_TRIAL_STATE_ENUM)
#undef ECOPT_TRIAL_STATE_ENUM
} ecopt_trial_state;

/** Text of a state.  Static storage. */
ECOPT_API const char *ecopt_trial_state_name(ecopt_trial_state state);

/** State of a text. @return true and sets *ret_state, or false */
ECOPT_API bool ecopt_trial_state_parse(const char *text, ecopt_trial_state *ret_state);

/* X(name, text): why an attempt did not end as a complete trial; sorts what `reason` explains. */
#define ECOPT_CAUSE_MAP(X)                                                                   \
    X(NONE, "")                                                                              \
    X(EXIT, "exit")                 /* the program left with a status of its own */          \
    X(SIGNAL, "signal")             /* a signal ended it */                                  \
    X(TIMEOUT, "timeout")           /* ran over its limit */                                 \
    X(MEMORY, "memory")             /* out of memory */                                      \
    X(START, "start")               /* could not be started */                               \
    X(NO_METRIC, "no_metric")       /* a needed metric was not reported */                   \
    X(NOT_A_NUMBER, "not_a_number") /* or was no finite number */                            \
    X(METER, "meter")               /* a needed energy could not be measured */              \
    X(DECLARED, "declared")         /* the program itself said that the point cannot work */ \
    X(CONSTRAINT, "constraint")     /* a bound on a metric is broken */                      \
    X(STOPPED, "stopped")           /* by the user or a batch system */                      \
    X(LOST, "lost")                 /* who ran it died */                                    \
    X(PRUNED, "pruned")             /* could not improve the front any more */               \
    X(TOLD, "told")                 /* an outside evaluator said so */

typedef enum ecopt_cause {
#define ECOPT_CAUSE_ENUM(name, text) ECOPT_CAUSE_##name,
    ECOPT_CAUSE_MAP(ECOPT_CAUSE_ENUM)
#undef ECOPT_CAUSE_ENUM
} ecopt_cause;

/** Word of a cause, "" for none.  Static storage. */
ECOPT_API const char *ecopt_cause_name(ecopt_cause cause);

/** Cause of a word. @return true and sets *ret_cause, or false */
ECOPT_API bool ecopt_cause_parse(const char *text, ecopt_cause *ret_cause);

/* X(name, text): what the users of a study want of its runs. */
#define ECOPT_WANTED_MAP(X)                                    \
    X(RUN, "run")     /* go on */                              \
    X(PAUSE, "pause") /* start no trial until told to go on */ \
    X(STOP, "stop")   /* who runs it now ends after its trial */

typedef enum ecopt_wanted {
#define ECOPT_WANTED_ENUM(name, text) ECOPT_WANTED_##name,
    ECOPT_WANTED_MAP(ECOPT_WANTED_ENUM)
#undef ECOPT_WANTED_ENUM
} ecopt_wanted;

/** Word of what is wanted.  Static storage. */
ECOPT_API const char *ecopt_wanted_name(ecopt_wanted wanted);

/** A number a trial yielded, built-in ones ("train.energy_j") included. */
typedef struct ecopt_metric_value {
    const char *name;
    double value;
    double u95; /* 95 % uncertainty in the metric's unit, NaN when not known */
} ecopt_metric_value;

/** A metric as it was at a step of a program. */
typedef struct ecopt_step_value {
    int64_t step; /* > 0, as the program counts */
    double value;
} ecopt_step_value;

/** How a metric went on the way to its value; at most 1,000 points, the first and the last among
 *  them. */
typedef struct ecopt_metric_curve {
    const char *name;
    size_t n;
    const ecopt_step_value *points; /* by step */
} ecopt_metric_curve;

/** One metered phase of one attempt. */
typedef struct ecopt_phase_record {
    const char *phase;
    double started_s; /* Unix time */
    double time_s;    /* as metered (replayed time with the replay meter) */
    double cpu_s;     /* user + system of the whole process tree, NaN unknown */
    double max_rss_b; /* NaN unknown */
    int exit_status;  /* 0..255, or -1 */
    int signal;       /* that ended it, or 0 */
    bool is_timed_out;
    ecopt_energy energy; /* per source, with label and uncertainty */
    int64_t repeat;      /* 1, 2, ...: a phase may run several times in one attempt */
} ecopt_phase_record;

/** A decision made while a trial ran, with the numbers it was made of. */
typedef struct ecopt_decision {
    const char *kind;    /* "prune", "profile", "repeat", "confirm", "retry", "stop" */
    int64_t attempt;     /* during which it was made, 0 none */
    int64_t step;        /* last step seen, 0 none */
    const char *verdict; /* "go on", "again", "prune", ... */
    const char *numbers; /* JSON object */
    double decided_s;    /* Unix time */
} ecopt_decision;

/**
 * One run of a trial, as `ecopt show` lists them: those that failed and were retried, those that
 * were interrupted or lost, the one that decided, and the fresh measurements of a front.
 */
typedef struct ecopt_attempt {
    int64_t attempt;   /* 1, 2, ... */
    const char *kind;  /* "run", or "confirm": a fresh measurement */
    const char *state; /* word of a trial's state, "lost" where who ran it died */
    ecopt_cause cause;
    const char *reason;
    const char *dir;           /* folder of its logs, or NULL */
    double started_s, ended_s; /* Unix time; NaN: not yet, or nobody knows */
    double energy_j, u95_j;    /* of its phases; NaN: none metered */
    double time_s;             /* of its phases */
} ecopt_attempt;

/** One trial with the records of its deciding attempt. */
typedef struct ecopt_trial {
    int64_t id; /* 1, 2, 3, ... */
    ecopt_trial_state state;
    const char *reason; /* why it failed, was abandoned...; "" when there is nothing to say */
    const char *origin; /* "default", "sobol", "mobo", "ask", ... */
    const char *point;  /* text form (ecopt_space_point_text) */
    uint64_t seed;      /* what {seed} was */
    int64_t attempts;   /* runs of it, lost ones too */
    double created_s, started_s, ended_s; /* Unix time, NaN not yet */
    const char *dir; /* folder of its logs, relative to the study's folder; NULL before it ran */
    size_t n_metrics;
    const ecopt_metric_value *metrics;
    size_t n_phases;
    const ecopt_phase_record *phases;
    double spent_energy_j; /* of all attempts that ended (one cut off by kill -9 left no figure);
                              NaN: none */
    double spent_time_s;
    ecopt_cause cause; /* of its newest attempt */
    size_t n_decisions;
    const ecopt_decision *decisions; /* in their order */
    int64_t revision; /* of the definition that its deciding attempt ran under; 0: not known */
    bool is_outside;  /* the definition in force does not allow its point: it is on record, and
                         neither front nor models know it */
    size_t n_curves;
    const ecopt_metric_curve *curves; /* of the metrics that were reported by step */
    int64_t n_confirmed;       /* fresh measurements that its metrics are the means of; 0: none */
    bool is_passed_over;       /* the front was confirmed without it: it is compared no more */
    size_t n_runs;             /* of a trial that was run more than once; else 0 */
    const ecopt_attempt *runs; /* by number */
} ecopt_trial;

/** A process that runs trials of the study, as far as the store and its file tell. */
typedef struct ecopt_worker {
    const char *id;   /* a UUID */
    const char *host; /* name of the node */
    int64_t pid;
    double started_s, seen_s; /* Unix time: it began; its last sign of life */
    int64_t trial;            /* that it runs, 0 none */
    double trial_started_s;   /* NaN: none */
    const char *phase;        /* of that trial, "" not known */
    bool is_there;            /* false: it left without a word; its trial will be run again */
} ecopt_worker;

/** What the tuner itself took, beside the phases of trials: sum over the runs of the study. */
typedef struct ecopt_own_energy {
    size_t n;     /* runs; 0: nothing is known, and the rest is 0 */
    double cpu_s; /* CPU seconds of the tuner's processes */
    double energy_j, u95_j;
    double gain_lo, gain_hi;
    ecopt_quality quality; /* weakest of them */
    unsigned flags;
} ecopt_own_energy;

typedef struct ecopt_snapshot {
    const char *name;
    const char *definition; /* the study file as it was when the study began or was last revised */
    uint64_t seed;
    int64_t revision;    /* 1, +1 at each accepted change of the study file */
    const char *version; /* of ECOpt that made the study */
    const char *host;    /* node name, kernel, CPU model, CPUs, as one JSON object */
    double created_s;
    size_t n_reference; /* objectives up to the last with a kept coordinate, 0 while none has */
    const double *reference; /* kept reference point, in the metrics' units; NaN: not known yet */
    size_t n_trials;
    const ecopt_trial *trials; /* by id */
    double
        spent_energy_j; /* of all attempts that ended, interrupted ones too; NaN: nothing metered */
    double spent_time_s;
    ecopt_wanted wanted; /* of its runs */
    size_t n_workers;
    const ecopt_worker *workers; /* that have not left, oldest first */
    ecopt_own_energy own; /* none of trials that were asked for, replayed, or of killed runs */
    int64_t n_unmetered; /* attempts that were lost with a run under way, of which nobody knows what
                            it took: spent_energy_j is without these */
    size_t n_decisions;
    const ecopt_decision *decisions; /* about the study as a whole, in their order: why it ended */
} ecopt_snapshot;

/** Metric of that name in a trial, NULL when it has none. */
ECOPT_API const ecopt_metric_value *ecopt_trial_metric(const ecopt_trial *trial, const char *name);

/** Frees a snapshot; NULL is allowed. */
ECOPT_API void ecopt_snapshot_free(ecopt_ctx *ctx, ecopt_snapshot *snapshot);

#ifdef __cplusplus
}
#endif

#endif
