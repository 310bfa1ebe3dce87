/*
 * The front measured anew before it is reported.
 *
 * The points of a front were chosen by the values that they are reported with, so these flatter
 * them: the minimum of 50 equal configurations with 3 % scatter looks 6.8 % better than it is
 * (the winner's curse).  So when a study is over, its front is measured once more to choose by
 * (a screening, in which points that come on are measured, too), and then in `meter.confirm`
 * rounds to report: each round runs the measured phases of every point once, in random order.  What
 * is reported are the means of the rounds alone, which took no part in any choice.
 *
 * Only the repeated phases run, in the folders of the trials: what training left there must still
 * be there.  Each point's measurement is one attempt of kind 'confirm' in the store.
 *
 * Files: confirm.c (which points, in which order), confirm_record.c (from outcomes to what is
 * stored).  docs/energy.md, "Confirming the front", has the reasons.
 */
#ifndef ECO_STUDY_CONFIRM_H
#define ECO_STUDY_CONFIRM_H

#include "study/study_impl.h"
#include "trial/trial.h"

/** Passes of the screening at most, and points in it for each of the first front. */
enum { ECO_CONFIRM_PASSES = 3, ECO_CONFIRM_GROWTH = 2 };

/** What it needs of a run; everything borrowed. */
typedef struct eco_confirm_run {
    ecopt_study *study;
    ecopt_meter *meter;
    const volatile sig_atomic_t *stop; /* NULL or: non-zero ends it */
    void (*on_phase)(void *user, const char *phase);
    void (*on_trial)(void *user, int64_t trial, const char *point); /* before each measurement */
    void *user;
    const eco_trial_request *base; /* what requests have in common beyond that; NULL: nothing */
} eco_confirm_run;

/** How it went. */
typedef struct eco_confirm_report {
    size_t n_points;   /* confirmed by this call */
    size_t n_came_on;  /* of them: not on the front of the search */
    size_t n_fell_off; /* of the search's front */
    size_t n_failed;   /* could not be measured */
    size_t n_left;     /* had to be left: the budget is spent, or interrupted */
    bool is_budget_spent;
} eco_confirm_report;

/**
 * Confirms the front as it is in the store.  Does nothing when the definition asks for none, when
 * every point of the front is confirmed, or while another process does it.
 *
 * @return ECOPT_OK (also when a point cannot be measured, or it was interrupted), ECOPT_E_STORE...,
 *         ECOPT_E_IO, ECOPT_E_SPAWN, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_study_confirm(const eco_confirm_run *run,
                                            eco_confirm_report *ret_report);

/**
 * Joules that confirming a front of that size will take, by what its phases took lately; 0 when
 * nothing is to be confirmed, or nothing is known.
 */
ECOPT_NODROP ecopt_status eco_confirm_reserve(ecopt_study *study, size_t front_size,
                                              double *ret_energy_j);

/* confirm_record.c */

/** Where a point stands. */
typedef enum eco_confirm_place {
    ECO_CONFIRM_OPEN,     /* not measured */
    ECO_CONFIRM_SCREENED, /* once, to choose by */
    ECO_CONFIRM_FINAL,    /* chosen: measured to report */
    ECO_CONFIRM_DONE,     /* by an earlier confirmation */
    ECO_CONFIRM_FAILED    /* cannot be measured */
} eco_confirm_place;

/** A trial that may be on the front. */
typedef struct eco_confirm_point {
    const ecopt_trial *trial; /* borrowed from the snapshot */
    eco_confirm_place place;
    bool was_on_front;                  /* of the search's values */
    double value[ECOPT_MAX_OBJECTIVES]; /* to choose by */
    int64_t attempt;                    /* that its runs are kept in; 0: none has begun */
    size_t n_kept;                      /* phases of it in the store */
    size_t n_runs, runs_room;
    eco_outcome **runs; /* owned: the screening, then the rounds */
    char *reason;       /* owned; why it failed, NULL */
} eco_confirm_point;

/** Keeps an outcome; it is freed on failure, too.  @return ECOPT_OK, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_confirm_keep(ecopt_ctx *ctx, eco_confirm_point *point,
                                           eco_outcome *outcome);

/**
 * Before a run of a point: from here on the store knows that it was begun, and has it as lost until
 * eco_confirm_spent says what it took.
 *
 * @return ECOPT_OK, ECOPT_E_STORE..., ECOPT_E_NOT_FOUND
 */
ECOPT_NODROP ecopt_status eco_confirm_begin(ecopt_study *study, eco_confirm_point *point);

/**
 * Behind a run, however it ended: what it has spent goes into the store.
 *
 * @return ECOPT_OK, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_confirm_spent(ecopt_study *study, eco_confirm_point *point,
                                            const eco_outcome *outcome);

/** Frees what a point owns. */
void eco_confirm_release(ecopt_ctx *ctx, eco_confirm_point *point);

/**
 * Stores what came of a point, with its decision; the runs are there already.
 *
 * @param[in] why_left  for a point of which no round was run: why, NULL otherwise
 * @return ECOPT_OK, ECOPT_E_STORE..., ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_confirm_store(ecopt_study *study, const eco_confirm_point *point,
                                            const char *why_left);

#endif
