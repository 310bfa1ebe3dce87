/*
 * A trial: the phases of one point run as processes, metered, their metrics collected.
 *
 * eco_trial_run blocks until the trial is over and leaves no process behind: each phase runs in a
 * process group of its own under a small supervisor that outlives a killed ECOpt just long enough
 * to kill what it started.  What the program prints is data: bounded, never trusted, never
 * executed.
 *
 * Owner of the outcome: the caller, eco_outcome_free.  Threads: one trial per ctx at a time.
 */
#ifndef ECO_TRIAL_TRIAL_H
#define ECO_TRIAL_TRIAL_H

#include "core/ctx.h"
#include "core/str.h"
#include "trial/cgroup.h"
#include "trial/mask.h"
#include "trial/turn.h"

#include <ecopt/definition.h>
#include <ecopt/meter.h>
#include <ecopt/snapshot.h>
#include <signal.h>

/** Exit status by which a program says "this point cannot work" ($ECOPT_EXIT_INFEASIBLE). */
#define ECO_EXIT_INFEASIBLE 99

/** Bytes of stdout and of stderr kept per phase; the rest is counted, still searched, not kept. */
#define ECO_LOG_KEPT_B ((size_t)16 * 1024 * 1024)

/** What a trial's guide says. */
typedef enum eco_verdict {
    ECO_VERDICT_GO_ON,
    ECO_VERDICT_AGAIN, /* after a phase: run it once more, in a window of its own */
    ECO_VERDICT_PRUNE  /* end the trial as PRUNED; the guide has said why */
} eco_verdict;

/** Values that the program reported at a step of the running phase; borrowed for the call. */
typedef struct eco_trial_step {
    size_t phase;  /* index in the definition */
    int64_t step;  /* 1, 2, ...: as the program says */
    double time_s; /* since the phase began */
    size_t n;
    const ecopt_metric_value *values;
} eco_trial_step;

/** What is known after a phase that ended well; borrowed for the call. */
typedef struct eco_trial_progress {
    size_t phase;   /* index in the definition */
    int64_t repeat; /* runs of this phase in this attempt, this one included */
    size_t n_metrics;
    const ecopt_metric_value
        *metrics; /* all so far: reported, and built-in of the phases that ran */
    size_t n_phases;
    const ecopt_phase_record *phases; /* each run of each phase, in order */
} eco_trial_progress;

/**
 * Who decides how far a trial goes: pruning, repeats, the joules that are measured before training.
 * Verdicts are functions of definition, history and what is passed in, so that a replayed trial
 * goes the same way.  Either function may be NULL.
 */
typedef struct eco_trial_guide {
    void *user;
    /** @param[out] reason  why, for PRUNE: becomes the trial's reason */
    ecopt_status (*on_step)(void *user, const eco_trial_step *step, eco_str *reason,
                            eco_verdict *ret_verdict);
    ecopt_status (*on_phase)(void *user, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict);
} eco_trial_guide;

/** Some phases of a trial that is complete, to be measured once more in its folder. */
typedef struct eco_trial_part {
    size_t n;
    const size_t *phases; /* indices, ascending */
    int64_t round;        /* 1, 2, ...: becomes the records' `repeat` */
} eco_trial_part;

/** What to run; everything borrowed for the call. */
typedef struct eco_trial_request {
    const ecopt_definition *definition;
    int64_t trial;   /* number, 1-based; the meter's window ordinal */
    const double *x; /* n_params canonical codes */
    uint64_t seed;   /* {seed} and $ECOPT_SEED */
    const char *dir; /* absolute folder of this attempt; made if missing, emptied of result files */
    ecopt_meter *meter;                /* NULL: not metered, energies NaN and unmeasurable */
    const volatile sig_atomic_t *stop; /* NULL or: non-zero ends the trial (TERM, then KILL) */
    double grace_s;                    /* between TERM and KILL; 0 = 5 s */
    int keep_fd; /* descriptor the supervisor keeps open while anything runs (study lock), or -1 */
    void (*on_phase)(void *user, const char *phase); /* NULL or: told when a phase starts */
    void (*on_phase_end)(void *user);                /* NULL or: told when it is over */
    void *user;
    const eco_mask *mask;          /* NULL, or: secrets that are not to be kept */
    const eco_cgroup_place *place; /* NULL: no control groups */
    const eco_limits *limits;      /* NULL: none; those that the place cannot keep are not kept */
    const eco_trial_guide *guide;  /* NULL: every phase once, to its end */
    const eco_trial_part *part;    /* NULL: a whole trial; else no metric is asked for that these
                                      phases do not yield, and there are no totals */
    double tick_s;                 /* > 0: `on_tick` is called that often while a phase runs */
    void (*on_tick)(void *user);   /* also while a phase waits for its turn */
    eco_turn *turn;                /* NULL: phases wait for nobody */
} eco_trial_request;

/** How it went.  state: COMPLETE, INFEASIBLE, PRUNED, FAILED or ABANDONED (stopped from outside).
 */
typedef struct eco_outcome {
    ecopt_trial_state state;
    ecopt_cause cause; /* why it is not COMPLETE, or CONSTRAINT: complete and not feasible */
    char *reason; /* names phase and cause: "phase 'train': exit status 3: last line of stderr"; ""
                     if fine */
    size_t n_metrics;
    ecopt_metric_value *metrics; /* reported and built-in, one per name; names owned */
    size_t n_phases;
    ecopt_phase_record *phases; /* those that ran; phase names owned */
    size_t n_curves;
    ecopt_metric_curve *curves; /* of the metrics reported by step; names and points owned */
} eco_outcome;

/**
 * Runs every phase in order; stops at the first that fails.
 *
 * A phase that the guide wants again is run again at once, in a window of its own: under the key
 * "PHASE#2", "PHASE#3", ... in a trace ("PHASE#confirm1" for a part), with logs of that name
 * ("PHASE.2.out").  What it yields is the mean of its runs (builtin.h, pool.h).
 *
 * A trial that the guide ends is PRUNED.  It has the metrics of the phases that ran, and the
 * objectives that its profile phase provides under the objectives' own names.
 *
 * A trial is COMPLETE only when each phase left with status 0 and every metric that the objectives
 * and constraints need has a finite value.  A program that cannot be started, prints no metric,
 * prints NaN, runs over its time or is killed makes the trial FAILED, which is an outcome, not an
 * error.
 *
 * @param[out] ret_outcome  caller frees with eco_outcome_free; unchanged on failure
 * @return ECOPT_OK; ECOPT_E_NOT_FOUND (the folder was removed meanwhile), ECOPT_E_IO (trial folder
 * or logs cannot be written, disk full), ECOPT_E_SPAWN (no process can be made at all),
 * ECOPT_E_NOMEM: these stop the study
 */
ECOPT_NODROP ecopt_status eco_trial_run(ecopt_ctx *ctx, const eco_trial_request *request,
                                        eco_outcome **ret_outcome);

/** Frees an outcome; NULL is allowed. */
void eco_outcome_free(ecopt_ctx *ctx, eco_outcome *outcome);

/**
 * True when `name` is a metric ECOpt makes itself for these phases: P.energy_j, P.time_s,
 * P.power_w, P.carbon_g (when has_carbon), P.energy_cost (when has_price), P.j_per_sample,
 * P.samples_per_j, P.samples_per_s, P.cpu_s, P.max_rss_b and the totals energy_j, time_s, carbon_g,
 * energy_cost.
 */
bool eco_metric_is_builtin(const char *name, const ecopt_phase *phases, size_t n_phases,
                           bool has_carbon, bool has_price);

/** True for metrics that are positive physical quantities (modelled on a log scale by default). */
bool eco_metric_is_positive(const char *name, const ecopt_phase *phases, size_t n_phases);

#endif
