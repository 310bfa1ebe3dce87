/*
 * Private to the study layer: the handle, and what its files do for each other.
 */
#ifndef ECO_STUDY_STUDY_IMPL_H
#define ECO_STUDY_STUDY_IMPL_H

#include "core/arena.h"
#include "core/ctx.h"
#include "sampler/sampler.h"
#include "sampler/saving.h"
#include "store/store.h"
#include "study/worker.h"
#include "trial/cgroup.h"
#include "trial/mask.h"

#include <ecopt/pareto.h>
#include <ecopt/study.h>

/** A trial in the loop's terms; arrays live in the study (settled) or in the view. */
typedef struct eco_view_row {
    ecopt_trial_state state;
    eco_observed observed; /* what the sampler may learn of it */
    int64_t attempts;
    int64_t repeats;      /* most runs of one of its phases; 0: not known */
    int64_t measured;     /* as of eco_history_row */
    double ended_s;       /* Unix time; NaN: it is not over, or its outcome was told from outside */
    const char *point;    /* NULL for a settled trial */
    const double *x;      /* codes; NULL: the definition does not allow the point any more */
    const double *values; /* n_names, NaN missing */
    const double *se;     /* standard errors of the objectives, NaN not known */
    const double *y;      /* objectives that models may learn from, NaN missing: the values, but of
                             a pruned trial what it was expected to come to */
} eco_view_row;

/**
 * The longest run of trials 1, 2, 3, ... that are over.  They never change, so they are read and
 * parsed once, whoever ran them.
 */
typedef struct eco_settled {
    eco_arena arena; /* owns the rows' arrays */
    size_t n, room;
    eco_view_row *rows;  /* owned, room for `room` */
    int64_t n_confirmed; /* fresh measurements that the rows know of */
    int64_t n_failed;    /* of the n: failed or abandoned */
    int64_t n_complete;
} eco_settled;

/** Tables of a view.  The first n_settled rows and the first n_observed observations are those of
 * the settled trials and stay valid. */
typedef struct eco_view_tables {
    size_t room, n_settled, n_observed;
    eco_view_row *rows;            /* owned, trial k + 1 at k */
    eco_observation *observations; /* owned, finished trials by number; of those that the definition
                                      does not allow any more there are none */
} eco_view_tables;

/** The front of the settled trials, in costs, and its hypervolume. */
typedef struct eco_front_kept {
    ecopt_archive *archive; /* owned, NULL before the first use */
    size_t n;               /* settled trials that it knows */
    bool is_measured;       /* the rest is that of the archive as it is */
    double hypervolume;
    double reference[ECOPT_MAX_OBJECTIVES];
} eco_front_kept;

/** What was last expected of one more trial, and of which view: asked for twice per trial. */
typedef struct eco_worth_kept {
    bool is_there;
    size_t n, n_over; /* trials, and those that are over */
    double requests, spent_j;
    double *x; /* codes of the trial that is worth most, owned */
    eco_saving saving;
} eco_worth_kept;

struct ecopt_study {
    ecopt_ctx *ctx;                     /* borrowed */
    const ecopt_definition *definition; /* borrowed */
    const eco_sampler_ops *sampler;
    eco_problem problem;
    eco_store *store;       /* owned */
    char *dir;              /* owned, absolute */
    char *system_root;      /* owned, may be NULL */
    char *nvml_path;        /* owned, may be NULL */
    char *calibration_path; /* owned, may be NULL */
    bool accepts_change;    /* the user says that what was measured keeps its meaning */
    bool retries_failed;    /* queue the failed trials again when opening */
    eco_mask *mask;         /* owned: secrets */
    eco_cgroup_place place; /* owned; found by the first run */
    eco_limits limits;
    cpu_set_t cpus;
    int lock_fd;        /* owned, -1 when not held */
    int propose_fd;     /* owned, -1 before the first proposal */
    bool is_alone;      /* nobody else has the study open; while it is being opened only */
    double lease_s;     /* of workers; 0: as usual */
    eco_worker worker;  /* of a run; fd -1: this process runs no trials */
    const char **names; /* owned array: metrics of the objectives, then of the constraints, then the
                           energy of a trial, then, with pruning, what the objectives of pruned
                           trials were expected to be, then the metric of the deployment, if there
                           is one; texts borrowed or in `texts` */
    eco_arena texts;
    size_t n_names;
    size_t n_judged;   /* of them: those of objectives and constraints */
    size_t deployed;   /* place of the deployment's metric; n_names: there is none */
    bool has_expected; /* the names behind the energy are there */
    eco_settled settled;
    int n_views;              /* open now */
    eco_view_tables spare[2]; /* owned; two, as a run has two views at a time */
    eco_front_kept front;
    eco_worth_kept worth;
    struct eco_asked *asked; /* owned list: what callers of ask have reported by step */
};

/* revision.c */

/**
 * Makes the study row of a new store, or checks that the stored study is that of the definition; a
 * text that differs in what may change becomes a new revision.
 *
 * @param[in] identity  of the study's definition
 * @return ECOPT_OK, ECOPT_E_STORE_MISMATCH (the message names what differs), ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_study_match(ecopt_study *study, const char *identity);

/* ask_tell.c */

/**
 * What any outcome must keep to, whoever tells it: names once, values that can be, and for a
 * COMPLETE one a finite value of everything that the study judges by.
 *
 * @return ECOPT_OK, ECOPT_E_ARG (names the metric)
 */
ECOPT_NODROP ecopt_status eco_study_check_outcome(ecopt_study *study, ecopt_trial_state state,
                                                  const ecopt_metric_value *metrics, size_t n);

/* lock.c */

/** Longest wait for the lock of proposals: behind it the holder is stopped or computes for ever. */
#define ECO_PROPOSE_WAIT_S 60.0

/**
 * Takes the study's lock file: exclusively when nobody else is there, else shared.  Waits for who
 * is alone with the study: to open it, or a killed predecessor's processes that are being ended.
 *
 * @param[out] ret_fd        close-on-exec descriptor that holds the lock until the last copy is
 *                           closed
 * @param[out] ret_is_alone  nobody else has the study open: it may be changed
 * @return ECOPT_OK, ECOPT_E_STORE_LOCKED (names the process), ECOPT_E_IO
 */
ECOPT_NODROP ecopt_status eco_study_lock(ecopt_ctx *ctx, const char *dir, int *ret_fd,
                                         bool *ret_is_alone);

/** Lets others in.  What is relied on has to be looked at again.  @return as eco_study_lock */
ECOPT_NODROP ecopt_status eco_study_share(ecopt_ctx *ctx, const char *dir, int fd);

/**
 * Takes the lock that is held while a new trial is chosen, so that each chooser knows of all trials
 * that run.  It saves work and is not needed for correctness (eco_store_take): who has waited
 * for ECO_PROPOSE_WAIT_S, or is to stop, goes on without.
 *
 * @param[in]  stop  NULL, or: non-zero ends the waiting
 */
ECOPT_NODROP ecopt_status eco_study_lock_proposals(ecopt_study *study,
                                                   const volatile sig_atomic_t *stop,
                                                   bool *ret_is_held);

/** Lets go of it; allowed when it is not held. */
void eco_study_unlock_proposals(ecopt_study *study);

/**
 * Makes sure that only one worker at a time writes the recording of the study's meter.
 *
 * @param[out] ret_fd  holds it until it is closed; unchanged when nothing is recorded
 * @return ECOPT_OK, ECOPT_E_STORE_LOCKED, ECOPT_E_IO
 */
ECOPT_NODROP ecopt_status eco_study_lock_record(const ecopt_study *study, int *ret_fd);

/* host.c */

/** Node, kernel, CPU model, CPUs and memory as one JSON object; caller frees with eco_free; NULL on
 * no memory. */
char *eco_host_json(ecopt_ctx *ctx);

/* history.c */

/** A store's history in the sampler's terms. */
typedef struct eco_study_view {
    eco_store_history *stored; /* owned: the trials behind the settled ones, and the sums */
    size_t n;                  /* all trials */
    eco_view_tables tables;    /* owned, go back to the study */
    eco_view_row *rows;        /* those of the tables */
    double *numbers;           /* owned: codes and standard errors, then the pending codes, then
                                  the reference point */
    eco_history history;       /* points into the above and into the study */
    int64_t n_ended;           /* trials that are over */
    int64_t n_failed;          /* of these: failed or abandoned */
    int64_t n_complete;
    int64_t n_asked; /* running outside (ask) or here */
    int64_t n_queued;
} eco_study_view;

/**
 * Reads the history.  @param[out] ret_view  release with eco_study_view_release; all zero on
 * failure
 */
ECOPT_NODROP ecopt_status eco_study_view_init(ecopt_study *study, eco_study_view *ret_view);

/** Frees the parts of a view. */
void eco_study_view_release(ecopt_study *study, eco_study_view *view);

/** State and last attempt of one trial, without a view.  @return ECOPT_OK, ECOPT_E_NOT_FOUND,
 * ECOPT_E_STORE... */
ECOPT_NODROP ecopt_status eco_study_find_trial(ecopt_study *study, int64_t trial,
                                               ecopt_trial_state *ret_state, int64_t *ret_attempts);

/** Frees what the study keeps for its views; no view may be left. */
void eco_study_history_release(ecopt_study *study);

/* progress.c */

/** Front size and hypervolume (modelled scale, kept reference) of a view; NaN without reference.
 */
ECOPT_NODROP ecopt_status eco_study_progress(ecopt_study *study, const eco_study_view *view,
                                             size_t *ret_front_size, double *ret_hypervolume);

/** Costs (m) of a trial that is complete, keeps all constraints and has every objective.
 *  @return false for any other */
bool eco_study_costs(const ecopt_study *study, const eco_view_row *row, double *ret_costs);

/** Forgets the kept front. */
void eco_study_front_release(ecopt_study *study);

/* claim.c */

/** A claimed trial. */
typedef struct eco_claim {
    int64_t trial, attempt;
    char *point;        /* owned text form */
    const char *origin; /* static text */
    double *x;          /* owned codes */
} eco_claim;

/** What a claim is for; borrowed for the call. */
typedef struct eco_claim_need {
    eco_owner owner;
    int64_t limit;                     /* most trials started in all; 0: any number */
    const volatile sig_atomic_t *stop; /* NULL, or: non-zero: wait for nothing */
    /** Whether another trial may start, asked with the view that it is chosen from; NULL: yes. */
    bool (*may_start)(void *user, const eco_study_view *view);
    void *user;
} eco_claim_need;

/**
 * Claims the lowest queued trial, or asks the sampler for a new one and claims that.  Several
 * processes may do so at once: each sees the trials of the others as pending, none gets another's.
 *
 * @param[out] ret_view   what the claim was made from; release with eco_study_view_release; set on
 *                        ECOPT_OK only
 * @param[out] ret_claim  release with eco_claim_release; trial 0: may_start said no
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_study_claim_next(ecopt_study *study, const eco_claim_need *need,
                                               eco_study_view *ret_view, eco_claim *ret_claim);

/**
 * Puts a claimed trial that could not be run (full disk, no process, no memory) back into the
 * queue.  Keeps the context's message: the first error is what counts.  When the store fails too,
 * the trial is put back by others when this worker has left.
 */
void eco_study_put_back(ecopt_study *study, const eco_claim *claim);

/** Frees the parts of a claim. */
void eco_claim_release(ecopt_study *study, eco_claim *claim);

/* study.c */

/** The definition as a sampler takes it; all borrowed. */
eco_problem eco_study_problem(const ecopt_definition *definition);

/**
 * Puts back what dead workers left running, and gives this worker's own sign of life.
 *
 * @param[in] is_patient  as of eco_worker_recover
 */
ECOPT_NODROP ecopt_status eco_study_recover(ecopt_study *study, bool is_patient,
                                            eco_recovery *ret_recovery);

/** Seed of a trial: 31 bits, so that every language's generator takes it. */
uint64_t eco_study_trial_seed(const ecopt_study *study, int64_t trial);

#endif
