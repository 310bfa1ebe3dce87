/*
 * The store: one study's history, durable.
 *
 * One interface, backends behind it in a registry (sqlite now).  Shape: study, trial, attempt,
 * window (attempt x phase x source), metric, reference, worker.  A trial's result is written in one
 * transaction, so it is there whole or not at all.  What `kill -9` leaves running is found by
 * eco_store_get_running and put back by eco_store_lose; who is dead is the study's to judge.
 *
 * Call order: eco_store_open, then anything, eco_store_close.  Owner: the caller.  Threads: one at
 * a time.
 */
#ifndef ECO_STORE_STORE_H
#define ECO_STORE_STORE_H

#include "core/ctx.h"

#include <ecopt/snapshot.h>

typedef struct eco_store eco_store;

typedef enum eco_store_mode {
    ECO_STORE_READ,  /* must exist; several readers beside one writer */
    ECO_STORE_WRITE, /* must exist */
    ECO_STORE_CREATE /* made when missing */
} eco_store_mode;

/** First row of a study; borrowed for the call. */
typedef struct eco_study_row {
    const char *name;
    const char *definition; /* text of the study file */
    const char
        *identity; /* canonical text of what may not change on resume (space, objectives, ...) */
    uint64_t seed;
    const char *version;
    const char *host; /* JSON */
    double created_s;
} eco_study_row;

/** The end of an attempt; arrays borrowed. */
typedef struct eco_attempt_end {
    int64_t trial;
    int64_t attempt;
    ecopt_trial_state state; /* COMPLETE, INFEASIBLE, FAILED, ABANDONED, PREEMPTED */
    const char *reason;
    double ended_s;
    size_t n_metrics;
    const ecopt_metric_value *metrics;
    size_t n_phases;
    const ecopt_phase_record *phases;
    bool is_retried;   /* the trial is queued again; the attempt keeps its state and cause */
    bool is_durable;   /* wait for the disk (fsync): for trials that were costly */
    ecopt_cause cause; /* of a state that is not COMPLETE */
    size_t n_decisions;
    const ecopt_decision *decisions; /* made while it ran; `attempt` is that of the end */
    size_t n_curves;
    const ecopt_metric_curve *curves; /* of metrics reported by step */
    size_t n_estimates;
    const ecopt_metric_value *estimates; /* metrics that were not measured, behind the others */
    size_t n_kept; /* phases of the attempt that are in the store already (eco_store_keep_confirm);
                      the given ones go behind them */
} eco_attempt_end;

/**
 * Opens the store at `path` (a file).  Runs missing migrations in WRITE and CREATE modes.
 *
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND, ECOPT_E_IO (permission, read-only folder),
 * ECOPT_E_STORE_CORRUPT (not a store, damaged), ECOPT_E_STORE_VERSION (newer schema),
 * ECOPT_E_STORE_FULL, ECOPT_E_STORE, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_store_open(ecopt_ctx *ctx, const char *path, eco_store_mode mode,
                                         eco_store **ret_store);

/** Closes; NULL is allowed.  A failed flush is reported. */
ecopt_status eco_store_close(eco_store *store);

/** Writes the study row of a new store; ECOPT_E_STORE_MISMATCH when there is one already. */
ECOPT_NODROP ecopt_status eco_store_create_study(eco_store *store, const eco_study_row *row);

/**
 * Identity text, definition text and revision of the stored study.
 * Texts are the caller's (eco_free).  @return ECOPT_OK, ECOPT_E_NOT_FOUND (no study row yet),
 * ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_get_study(eco_store *store, char **ret_identity,
                                              char **ret_definition, int64_t *ret_revision);

/** Accepts a changed definition text (budget, meter, carbon): revision + 1. */
ECOPT_NODROP ecopt_status eco_store_revise(eco_store *store, const char *definition);

/**
 * Adds a waiting trial.  Points are unique in a study.
 *
 * @param[out] ret_trial  its number: 1, 2, 3, ... without holes
 * @return ECOPT_OK, ECOPT_E_ARG (point already in the study), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_add_trial(eco_store *store, const char *point,
                                              const char *origin, uint64_t seed, double created_s,
                                              int64_t *ret_trial);

/** A trial from outside: a point that waits, or one with its outcome; all borrowed. */
typedef struct eco_outside_row {
    const char *point;
    const char *origin;
    ecopt_trial_state state; /* QUEUED, or a final one */
    const char *reason;
    size_t n_metrics;
    const ecopt_metric_value *metrics;
} eco_outside_row;

/** Seed of the trial of that number. */
typedef uint64_t (*eco_seed_fn)(const void *user, int64_t trial);

/**
 * Adds n trials from outside in one transaction: all or none.  An outcome gets an attempt of its
 * own without phases; a later end of it is not accepted.
 *
 * @param[out] ret_first  number of the first; the others follow it
 * @return ECOPT_OK, ECOPT_E_ARG (a point is in the study already, or twice in the list),
 *         ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_add_outside(eco_store *store, const eco_outside_row *rows,
                                                size_t n, eco_seed_fn seed_of, const void *user,
                                                double now_s, int64_t *ret_first);

/**
 * Notes what the users want of the runs.
 *
 * @param[out] ret_before  what they wanted before
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no study yet), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_set_wanted(eco_store *store, ecopt_wanted wanted,
                                               ecopt_wanted *ret_before);

/**
 * What the users want, and how often they have wanted something.
 *
 * @param[out] ret_n  rises with each wish: a stop is for those who have read a smaller one
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no study yet), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_get_wanted(eco_store *store, ecopt_wanted *ret_wanted,
                                               int64_t *ret_n);

/**
 * A point of the study under a changed definition.
 *
 * @param[out] ret_point   its new text, which the caller frees with eco_free; NULL: as it is
 * @param[out] ret_inside  false: the definition does not allow it
 */
typedef ecopt_status (*eco_point_fn)(void *user, const char *point, char **ret_point,
                                     bool *ret_inside);

/** A changed definition; all borrowed. */
typedef struct eco_revision {
    const char *definition; /* text */
    const char *identity;
    eco_point_fn judge; /* asked about the point of each trial */
    void *user;
    size_t n_objectives;
    const bool *keeps_reference; /* n_objectives: that coordinate of the reference point stays */
    double now_s;
} eco_revision;

/**
 * Accepts a definition of another identity: revision + 1, points in their new text, marks of those
 * that it does not allow; of these the ones that wait become infeasible.  One transaction.
 *
 * @return ECOPT_OK, ECOPT_E_STORE..., what `judge` fails with
 */
ECOPT_NODROP ecopt_status eco_store_accept(eco_store *store, const eco_revision *revision);

/**
 * Queues the failed trials again, as if none of their attempts had decided; what these spent stays.
 * Trials whose point the definition does not allow any more stay as they are.
 *
 * @param[out] ret_n  how many
 * @return ECOPT_OK, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_requeue_failed(eco_store *store, int64_t *ret_n);

/** What a check of the store knows of its study. */
typedef struct eco_store_known {
    size_t n_metrics;           /* 0: not known, rules about them are left out */
    const char *const *metrics; /* of the objectives */
    const char *host;           /* name of this machine, as workers have it */
} eco_store_known;

/** Something that breaks rule `rule`; trial and attempt 0 for none.  The texts are the call's. */
typedef ecopt_status (*eco_store_finding_fn)(void *user, const char *rule, int64_t trial,
                                             int64_t attempt, const char *message);

/**
 * Looks for everything that breaks a rule, in one read transaction.
 *
 * @return ECOPT_OK, ECOPT_E_STORE..., what `report` fails with
 */
ECOPT_NODROP ecopt_status eco_store_verify(eco_store *store, const eco_store_known *known,
                                           eco_store_finding_fn report, void *user);

/** Folder of an attempt, relative to the study's.  It may be missing (is_made false) when nothing
 * may have run in it yet: the attempt runs, or was broken off. */
typedef ecopt_status (*eco_store_dir_fn)(void *user, int64_t trial, int64_t attempt,
                                         const char *dir, bool is_made);

/** The folders of all attempts that have one, by trial and attempt. */
ECOPT_NODROP ecopt_status eco_store_each_dir(eco_store *store, eco_store_dir_fn receive,
                                             void *user);

/** Who evaluates a claimed trial. */
typedef enum eco_owner {
    ECO_OWNER_RUN, /* a worker: lost when it dies */
    ECO_OWNER_ASK  /* the caller of `ask`: running until told, whatever happens here */
} eco_owner;

/**
 * Claims a queued trial: its next attempt starts.  `trial` 0 takes the lowest queued one.
 *
 * @param[out] ret_attempt  1, 2, ...: the fencing token of this run
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (none queued), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_claim(eco_store *store, int64_t trial, eco_owner owner,
                                          double started_s, int64_t *ret_trial,
                                          int64_t *ret_attempt);

/** A new trial that is added only if its number is the next one; borrowed for the call. */
typedef struct eco_proposal {
    int64_t number; /* the trial that it has to become */
    const char *point;
    const char *origin;
    uint64_t seed;
    const double *reference; /* m values as of eco_store_set_reference, or NULL */
    size_t m;
    const ecopt_decision *decision; /* kept with the trial's first attempt; NULL: none */
} eco_proposal;

/** What to claim and for whom; borrowed for the call. */
typedef struct eco_take {
    int64_t trial; /* 0: the lowest queued one; not looked at with a proposal */
    eco_owner owner;
    const char *worker;           /* id of the worker, NULL or "" outside of workers */
    double now_s;                 /* Unix time */
    double now_boot_s;            /* clock of the worker's machine; counts as heartbeat */
    int64_t limit;                /* most trials that may have been started, 0: any number */
    const eco_proposal *proposal; /* NULL: a queued trial; else this one, in the same transaction */
} eco_take;

/** Room for the folder of any attempt. */
#define ECO_ATTEMPT_DIR_B 64

/** Folder of a run's attempt, relative to that of the study: "trials/0007" of the first of trial 7,
 * "trials/0007.2" of the second.  So the files of a lost attempt stay. */
void eco_attempt_dir(int64_t trial, int64_t attempt, char ret_dir[ECO_ATTEMPT_DIR_B]);

/**
 * Claims a trial for one of several workers: all that has to be true is looked at in the same
 * transaction, so two claims never get one trial, two proposals never one number, and no number of
 * workers starts more than `limit` trials.  A run's attempt has its folder (eco_attempt_dir) on
 * record before anything runs in it: the files of a run that was killed can be found.
 *
 * @param[out] ret_trial    its number; 0 when there was nothing to claim: none waits, the proposal
 *                          came too late (the study has another trial of that number), or the limit
 *                          is reached
 * @param[out] ret_attempt  1, 2, ...: the fencing token of this run; 0 with a trial of 0
 * @return ECOPT_OK, ECOPT_E_ARG (the proposed point is already in the study), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_take(eco_store *store, const eco_take *take, int64_t *ret_trial,
                                         int64_t *ret_attempt);

/** A process that runs trials; texts borrowed. */
typedef struct eco_worker_row {
    const char *id;      /* a UUID; "" in a running row: from before there were workers */
    const char *host;    /* name of the node */
    const char *boot_id; /* of its kernel, "" not known */
    int64_t pid;
    double started_s;   /* Unix time */
    double seen_s;      /* Unix time of its last sign of life */
    double seen_boot_s; /* the same on the machine's clock that nobody sets */
} eco_worker_row;

/** Registers a worker. */
ECOPT_NODROP ecopt_status eco_store_add_worker(eco_store *store, const eco_worker_row *row);

/**
 * A worker's sign of life while it runs an attempt (trial 0: between two).
 *
 * @param[out] ret_is_running  false: the attempt was taken for lost meanwhile; true for trial 0
 */
ECOPT_NODROP ecopt_status eco_store_beat(eco_store *store, const eco_worker_row *worker,
                                         int64_t trial, int64_t attempt, bool *ret_is_running);

/** Notes that a worker has left. */
ECOPT_NODROP ecopt_status eco_store_end_worker(eco_store *store, const char *id, double ended_s);

/** A running attempt of ECO_OWNER_RUN and who runs it. */
typedef struct eco_running_row {
    int64_t trial, attempt;
    double started_s; /* Unix time */
    eco_worker_row worker;
} eco_running_row;

typedef struct eco_running_list {
    size_t n;
    const eco_running_row *rows;
} eco_running_list;

/** All running attempts of workers; caller frees with eco_running_list_free. */
ECOPT_NODROP ecopt_status eco_store_get_running(eco_store *store, eco_running_list **ret_list);

/** Frees a list; NULL is allowed. */
void eco_running_list_free(ecopt_ctx *ctx, eco_running_list *list);

/**
 * Gives a running attempt up: it is abandoned (cause lost), its trial waits again.  One that has
 * ended meanwhile is left alone.
 *
 * @param[in]  reason          for people: what became of its worker
 * @param[out] ret_is_changed  false: it was not running any more
 */
ECOPT_NODROP ecopt_status eco_store_lose(eco_store *store, int64_t trial, int64_t attempt,
                                         const char *reason, double now_s, bool *ret_is_changed);

/**
 * Ends an attempt in one transaction: its windows, its metrics, its state; the trial takes that
 * state (PREEMPTED puts it back to queued).  Accepted once: a repeated call, or one with an attempt
 * number that is no longer the trial's running one, does not change the trial and gives
 * *ret_accepted = false.  What the late end of a lost attempt has spent is kept with that attempt:
 * its joules are gone, whoever has the result.
 */
ECOPT_NODROP ecopt_status eco_store_end_attempt(eco_store *store, const eco_attempt_end *end,
                                                bool *ret_accepted);

/**
 * Keeps what is known of a fresh measurement while it is made: before a run that it begins, behind
 * it what it has spent, even if the process that measures is killed before it can say what came of
 * it.  With attempt 0 it begins the attempt.
 *
 * Until eco_store_add_confirm ends it the attempt is one that was given up, by the cause and for
 * the reason given: lost when a run is under way, none when all runs are kept.  That is what is
 * true of it when nobody comes to say otherwise.
 *
 * @param[in,out] run      trial, attempt, cause, reason, ended_s, phases, n_kept; `attempt` becomes
 *                         the attempt's number
 * @param[in]     started_s, dir  of an attempt that begins
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no complete trial of that number, no attempt that was
 * begun), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_keep_confirm(eco_store *store, eco_attempt_end *run,
                                                 double started_s, const char *dir);

/**
 * Adds a fresh measurement of a complete trial, an attempt of kind 'confirm', in one transaction;
 * or ends the one that eco_store_keep_confirm has begun, when `attempt` is not 0.
 *
 * With state COMPLETE its metrics are the trial's from then on; otherwise (PRUNED: off the front
 * now; FAILED) only what it spent counts.  The trial's state stays.
 *
 * @param[in,out] end   `attempt` becomes the attempt's number; its decisions get it
 * @param[in]     dir   folder, relative to that of the study; NULL: none
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no complete trial of that number, no attempt that was
 * begun), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_add_confirm(eco_store *store, eco_attempt_end *end,
                                                double started_s, const char *dir);

/** Mean energy of the last 50 runs of a phase, in any trial; NaN: none was metered.
 *  @return ECOPT_OK, ECOPT_E_STORE... */
ECOPT_NODROP ecopt_status eco_store_get_phase_energy(eco_store *store, const char *phase,
                                                     double *ret_energy_j);

/**
 * Passes over the complete trials up to number `last` that have no fresh measurement, but for those
 * of which one failed: the front of confirmed points is chosen among the others no more.
 */
ECOPT_NODROP ecopt_status eco_store_pass_over(eco_store *store, int64_t last);

/**
 * After a crash: every running attempt of ECO_OWNER_RUN becomes lost and its trial queued again,
 * whoever runs it.  For a process that is alone with the study.
 * @param[out] ret_n  trials put back
 */
ECOPT_NODROP ecopt_status eco_store_recover(eco_store *store, double now_s, int64_t *ret_n);

/**
 * Why the trial has the state that it has: the reason of the attempt that decided.
 *
 * @param[out] ret_reason  "" while none has; the caller frees it with eco_free
 * @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_get_reason(eco_store *store, int64_t trial, char **ret_reason);

/** Attempts of a trial that ended by that cause.  @return ECOPT_OK, ECOPT_E_STORE... */
ECOPT_NODROP ecopt_status eco_store_count_attempts(eco_store *store, int64_t trial,
                                                   ecopt_cause cause, int64_t *ret_n);

/**
 * Makes FAILED every waiting trial of which more than `most` attempts ended by that cause.
 * @param[out] ret_n  how many that were
 */
ECOPT_NODROP ecopt_status eco_store_give_up(eco_store *store, ecopt_cause cause, int64_t most,
                                            int64_t *ret_n);

/**
 * Adds a decision about the study as a whole (trial 0); `attempt` and `step` are not looked at.
 * @return ECOPT_OK, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_note(eco_store *store, const ecopt_decision *decision);

/** Receives a decision, valid during the call.  @return false: no more are wanted */
typedef bool (*eco_decision_fn)(void *user, const ecopt_decision *decision);

/** Decisions of one kind about trials, the highest trial first.  @return ECOPT_OK, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_store_each_decision(eco_store *store, const char *kind,
                                                  eco_decision_fn receive, void *user);

/** What the tuner itself took in one go; borrowed for the call. */
typedef struct eco_own_row {
    const char *worker; /* id */
    const char *what;   /* "run" */
    double started_s;   /* Unix time */
    double cpu_s;       /* CPU seconds that the joules are of */
    double energy_j, u95_j, gain_lo, gain_hi;
    ecopt_quality quality;
    unsigned flags;
} eco_own_row;

/** Adds a row of the tuner's own energy.  @return ECOPT_OK, ECOPT_E_STORE... */
ECOPT_NODROP ecopt_status eco_store_add_own(eco_store *store, const eco_own_row *row);

/** Keeps the reference point (m values); a coordinate that is NaN leaves what is kept. */
ECOPT_NODROP ecopt_status eco_store_set_reference(eco_store *store, const double *reference,
                                                  size_t m);

/** A trial as far as the loop needs it. */
typedef struct eco_history_row {
    int64_t trial;
    int64_t attempts; /* so far */
    int64_t repeats;  /* most runs of one of its phases; 0: none is known */
    int64_t measured; /* attempt of a fresh measurement that its values are of; 0: passed over when
                         the front was confirmed; -1: neither */
    ecopt_trial_state state;
    ecopt_cause cause; /* of the attempt that decided about it, else of the newest */
    int64_t n_same;    /* attempts of it with that cause */
    double ended_s;    /* Unix time of that attempt's end; NaN: it has none yet */
    const char *point;
    const double *values; /* n_names metric values, NaN missing */
    const double *u95;    /* n_names, NaN not known */
} eco_history_row;

typedef struct eco_store_history {
    size_t n;
    const eco_history_row *rows; /* by trial number: after + 1, after + 2, ... */
    double spent_energy_j; /* of all attempts, interrupted ones too (not of killed ones); NaN: not
                              metered */
    double spent_time_s;
    int64_t n_confirmed; /* fresh measurements that came to an end: by them values of trials that
                            are over change */
} eco_store_history;

/**
 * The trials behind number `after` with the named metrics only: what ask and the progress line
 * need.  A trial that is over never changes, so a caller that keeps those it has read asks for the
 * rest and pays for the rest; the sums are of the whole study always.
 *
 * @param[in]  after        0: all trials
 * @param[out] ret_history  caller frees with eco_store_history_free
 */
ECOPT_NODROP ecopt_status eco_store_get_history(eco_store *store, int64_t after,
                                                const char *const *names, size_t n_names,
                                                eco_store_history **ret_history);

/** Frees a history; NULL is allowed. */
void eco_store_history_free(ecopt_ctx *ctx, eco_store_history *history);

/** Takes one point of a curve. */
typedef ecopt_status (*eco_step_fn)(void *user, int64_t trial, ecopt_trial_state state,
                                    const ecopt_step_value *point);

/**
 * Hands on what the deciding attempts of all trials that are over reported of a metric by step, by
 * trial and step.
 *
 * @return ECOPT_OK, ECOPT_E_STORE..., what `take` returns (no further points then)
 */
ECOPT_NODROP ecopt_status eco_store_each_step(eco_store *store, const char *metric,
                                              eco_step_fn take, void *user);

/** Kept reference point: m values (NaN where none is kept). */
ECOPT_NODROP ecopt_status eco_store_get_reference(eco_store *store, double *ret_reference,
                                                  size_t m);

/** Everything, as of one read transaction.  Caller frees with ecopt_snapshot_free. */
ECOPT_NODROP ecopt_status eco_store_snapshot(eco_store *store, ecopt_snapshot **ret_snapshot);

#endif
