/*
 * A study: ask, run, tell until the budget is spent.
 *
 * Call order: ecopt_study_open with a definition, then ecopt_study_run, or ecopt_study_ask and
 * ecopt_study_tell by hand, then ecopt_study_close.  All state lives in the study's folder
 * (NAME.ecopt beside the study file): study.db, trials/NNNN/.  Opening for writing takes the
 * study's lock and puts back what a crash left running, so starting and resuming are the same call.
 *
 * Owner: the caller; the definition must outlive the study.  Threads: one at a time.
 */
#ifndef ECOPT_STUDY_H
#define ECOPT_STUDY_H

#include <ecopt/definition.h>
#include <ecopt/snapshot.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ecopt_study ecopt_study;

/* X(name, word, text): why a run ended.  Not an error: errors are statuses. */
#define ECOPT_STOP_MAP(X)                                                       \
    X(TRIALS, "trials", "trial budget spent")                                   \
    X(ENERGY, "energy", "energy budget spent")                                  \
    X(TIME, "time", "time budget spent")                                        \
    X(EXHAUSTED, "exhausted", "no new point is left to try")                    \
    X(FAILURES, "failures", "too many trials failed")                           \
    X(INTERRUPTED, "interrupted", "interrupted")                                \
    X(CONSECUTIVE, "consecutive", "too many trials failed one after the other") \
    X(STOPPED, "stopped", "stopped by 'ecopt stop'")                            \
    X(CARBON, "carbon", "carbon budget spent")                                  \
    X(MONEY, "money", "money budget spent")                                     \
    X(GAIN, "gain", "no gain is expected any more")                             \
    X(WORTH, "worth", "a further trial would not pay for itself")

typedef enum ecopt_stop_reason {
#define ECOPT_STOP_ENUM(name, word, text) ECOPT_STOP_##name,
    ECOPT_STOP_MAP(ECOPT_STOP_ENUM)
#undef ECOPT_STOP_ENUM
} ecopt_stop_reason;

/** Text of a stop reason.  Static storage. */
ECOPT_API const char *ecopt_stop_reason_text(ecopt_stop_reason reason);

/**
 * Word of a stop reason, as it is kept among the decisions about a study: "energy", "worth", ...
 * Words stay the same from version to version, texts may become better.
 *
 * @return static storage; "" for a number that is no reason
 */
ECOPT_API const char *ecopt_stop_reason_word(ecopt_stop_reason reason);

/**
 * Stop reason of a word.
 *
 * @param[in]  word        may be NULL
 * @param[out] ret_reason  unchanged when there is none of that word
 * @return true, or false for a word of a newer version
 */
ECOPT_API bool ecopt_stop_reason_parse(const char *word, ecopt_stop_reason *ret_reason);

/** Most threads a sampler may be given. */
enum { ECOPT_MAX_THREADS = 256 };

typedef struct ecopt_study_options {
    size_t size;
    const char *dir;         /* study folder; NULL: NAME.ecopt beside the study file */
    const char *system_root; /* of the meter (tests); NULL or "": the real one */
    const char *nvml_path;   /* NULL: the system's */
    size_t n_threads;        /* for choosing points, at most ECOPT_MAX_THREADS; 0: one.  The points
                                do not depend on it */
    const char *calibration_path; /* of the meter; NULL: the machine's own */
    bool accepts_change; /* a changed command, environment, condition or reading of a metric: what
                            was measured so far still means the same */
    bool retries_failed; /* failed trials are queued again; only for who opens the study alone */
} ecopt_study_options;

#define ECOPT_STUDY_OPTIONS_INIT                                 \
    {                                                            \
        sizeof(ecopt_study_options), 0, 0, 0, 0, 0, false, false \
    }

/** What happens, as it happens; pointers valid during the call. */
typedef struct ecopt_event {
    enum {
        ECOPT_EVENT_TRIAL_STARTED,
        ECOPT_EVENT_PHASE_STARTED,
        ECOPT_EVENT_TRIAL_ENDED,
        ECOPT_EVENT_PAUSED, /* and RESUMED: of the whole run, with its figures and no trial */
        ECOPT_EVENT_RESUMED,
        ECOPT_EVENT_CONFIRM_STARTED /* a trial of the front is measured anew; its phases follow */
    } kind;
    int64_t trial;
    const char *point; /* text form */
    const char *origin;
    const char *phase;       /* PHASE_STARTED */
    ecopt_trial_state state; /* TRIAL_ENDED; QUEUED: failed and to be tried again */
    const char *reason;      /* TRIAL_ENDED */
    int64_t n_ended;         /* trials over so far, all states */
    int64_t n_trials;        /* budget */
    size_t front_size;
    double hypervolume; /* of the kept reference point on the modelled scale; NaN while unknown */
    double spent_energy_j, spent_time_s; /* all attempts so far; energy NaN when not metered */
    size_t n_objectives;
    const double *objectives; /* TRIAL_ENDED: values, NaN missing */
    ecopt_cause cause;        /* TRIAL_ENDED: of its failure */
} ecopt_event;

typedef struct ecopt_run_options {
    size_t size;
    const volatile sig_atomic_t *stop; /* non-zero: finish cleanly, state saved */
    void (*on_event)(void *user, const ecopt_event *event);
    void *user;
    int64_t max_trials; /* of this call; 0: as the budget says */
    double lease_s;     /* without a sign of life for so long, a worker that cannot be seen to be
                           dead is given up; 0: 60 s.  The same for all workers of a study */
    bool is_following;  /* events also for trials that other workers have ended */
} ecopt_run_options;

#define ECOPT_RUN_OPTIONS_INIT                      \
    {                                               \
        sizeof(ecopt_run_options), 0, 0, 0, 0, 0, 0 \
    }

/**
 * Opens (or makes) the study of a definition for writing, takes its lock, recovers after a crash.
 *
 * A definition that has changed since is accepted where what was measured keeps its meaning and
 * every point that was tried still is one (ecopt(1), CHANGING A STUDY); it becomes a new revision,
 * and the log says so.  Points that it does not allow stay on record and are not used.
 *
 * @return ECOPT_OK, ECOPT_E_STORE_LOCKED, ECOPT_E_STORE_MISMATCH (the message lists what differs),
 *         ECOPT_E_STORE_..., ECOPT_E_NAME (no such sampler), ECOPT_E_ARG (too many threads),
 *         ECOPT_E_IO, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_open(ecopt_ctx *ctx,
                                                     const ecopt_definition *definition,
                                                     const ecopt_study_options *options,
                                                     ecopt_study **ret_study);

/** What one more trial promises a deployment, and what it costs. */
typedef struct ecopt_worth {
    bool is_known;     /* false: too little is known to judge; the rest may be NaN then */
    bool is_worth;     /* one more trial is expected to save more than it takes, or not known */
    int64_t trial;     /* configuration that would be deployed now; 0: the baseline as it is */
    double baseline_j; /* joules per request without the search, NaN not known */
    double current_j;  /* of the configuration that would be deployed now */
    double gain_j;     /* joules per request that one more trial is expected to save */
    double requests;
    double saving_j; /* gain_j * requests */
    double cost_j;   /* joules that one more trial is expected to take */
} ecopt_worth;

/**
 * Judges whether one more trial pays for itself in the deployment of the definition; what
 * ecopt_study_run stops by.  Needs the section `deployment`.
 *
 * @param[in]  requests   in place of the definition's; NAN: those
 * @param[out] ret_worth  unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (no deployment, requests <= 0), ECOPT_E_NOMEM, ECOPT_E_STORE_...
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_worth(ecopt_study *study, double requests,
                                                      ecopt_worth *ret_worth);

/** Closes; NULL is allowed. */
ECOPT_API ecopt_status ecopt_study_close(ecopt_study *study);

/**
 * Runs trials until the budget is spent or *stop is set.  The meter is opened by this call.
 *
 * @param[out] ret_reason  why it ended
 * @return ECOPT_OK, ECOPT_E_METER_..., ECOPT_E_STORE_..., ECOPT_E_IO, ECOPT_E_SPAWN, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_run(ecopt_study *study,
                                                    const ecopt_run_options *options,
                                                    ecopt_stop_reason *ret_reason);

/**
 * Asks for the next point and marks it running: the caller evaluates it and tells.
 *
 * Trials that wait (interrupted ones) come first, then new points.  Budgets bind ecopt_study_run
 * alone: asking is the caller's own decision, and what an asked trial spends is not known here.  A
 * caller that loops counts for itself; `run` counts trials asked for as part of its trial budget.
 *
 * @param[out] ret_trial  number
 * @param[out] ret_point  text form; caller frees with ecopt_text_free
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED (every point was tried), ECOPT_E_STORE_...
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_ask(ecopt_study *study, int64_t *ret_trial,
                                                    char **ret_point);

/**
 * Reports values of a trial that was asked for at a step on its way, and asks whether it is worth
 * going on.
 *
 * The study file's `pruning` says when it is not; without it every trial is.  What is reported
 * lives with the open study until the trial is told, and is stored with it then.  A caller that
 * stops tells PRUNED, with the metrics that are final or with none.
 *
 * @param[in]  step           >= 1, as the caller counts
 * @param[in]  metrics        n values at that step; u95 NaN when not known
 * @param[out] ret_is_enough  true: it would very probably be of no use; stays true
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no such trial), ECOPT_E_ARG (step, or the trial is not
 *         running), ECOPT_E_STORE_..., ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_report(ecopt_study *study, int64_t trial,
                                                       int64_t step,
                                                       const ecopt_metric_value *metrics, size_t n,
                                                       bool *ret_is_enough);

/**
 * Tells the outcome of a trial that was asked for: COMPLETE with values for every objective and
 * constraint, or FAILED / INFEASIBLE with a reason, or PRUNED with what is final.  Energies, times
 * and other sums that ECOpt makes itself are kept with a pruned trial and count as spent, but only
 * those of its profile phase are taken for objectives: the others may have been cut short.
 *
 * @param[in] metrics  n name-value pairs, each name once; u95 >= 0, NaN when not known
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no such trial), ECOPT_E_ARG (not asked for, told already, a
 *         value missing or not finite, a built-in metric below 0, a name given twice),
 *         ECOPT_E_STORE_...
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_tell(ecopt_study *study, int64_t trial,
                                                     ecopt_trial_state state, const char *reason,
                                                     const ecopt_metric_value *metrics, size_t n);

/** Everything known, caller frees with ecopt_snapshot_free. */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_snapshot(ecopt_study *study,
                                                         ecopt_snapshot **ret_snapshot);

/** The study's folder, absolute; owned by the study. */
ECOPT_API const char *ecopt_study_dir(const ecopt_study *study);

/**
 * Reads a study without its lock, beside a running one.
 *
 * @param[in]  dir           study folder (NAME.ecopt)
 * @param[out] ret_snapshot  caller frees with ecopt_snapshot_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no study there), ECOPT_E_IO, ECOPT_E_STORE_CORRUPT,
 *         ECOPT_E_STORE_VERSION, ECOPT_E_STORE, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_snapshot_load(ecopt_ctx *ctx, const char *dir,
                                                        ecopt_snapshot **ret_snapshot);

/** What the models say of each trial of a snapshot, in the metrics' own units. */
typedef struct ecopt_modelled {
    size_t n_trials, n_objectives;
    const double *mean;     /* n_trials x n_objectives, row-major: posterior means; NaN: no model */
    const double *u95;      /* their 95 % half widths, the noise of one measurement not included */
    const bool *is_log;     /* n_objectives: the model is one of the objective's logarithm */
    const bool *is_outlier; /* n_trials x n_objectives: the value was taken for an error, and the
                               model does not know it; NULL: none */
} ecopt_modelled;

/**
 * Fits a Gaussian process to each objective of a snapshot and asks it about every trial.
 *
 * @param[out] ret_modelled  caller frees with ecopt_modelled_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOT_PD, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_modelled_new(ecopt_ctx *ctx,
                                                       const ecopt_definition *definition,
                                                       const ecopt_snapshot *snapshot,
                                                       ecopt_modelled **ret_modelled);

/** Frees it; NULL is allowed. */
ECOPT_API void ecopt_modelled_free(ecopt_ctx *ctx, ecopt_modelled *modelled);

#ifdef __cplusplus
}
#endif

#endif
