/*
 * Private to the study layer: the handle, and what its files do for each other.
 */
#ifndef ECO_STUDY_STUDY_IMPL_H
#define ECO_STUDY_STUDY_IMPL_H

#include "core/ctx.h"
#include "sampler/sampler.h"
#include "store/store.h"

#include <ecopt/study.h>

struct ecopt_study {
    ecopt_ctx *ctx;                     /* borrowed */
    const ecopt_definition *definition; /* borrowed */
    const eco_sampler_ops *sampler;
    eco_problem problem;
    eco_store *store;  /* owned */
    char *dir;         /* owned, absolute */
    char *system_root; /* owned, may be NULL */
    char *nvml_path;   /* owned, may be NULL */
    int lock_fd;       /* owned, -1 when not held */
    const char **
        names; /* owned array: metrics of the objectives, then of the constraints; borrowed texts */
    size_t n_names;
};

/* lock.c */

/**
 * Takes the study's lock file.  Waits while the processes of a killed predecessor are being ended.
 *
 * @param[out] ret_fd  close-on-exec descriptor that holds the lock until the last copy is closed
 * @return ECOPT_OK, ECOPT_E_STORE_LOCKED (names the process), ECOPT_E_IO
 */
ECOPT_NODROP ecopt_status eco_study_lock(ecopt_ctx *ctx, const char *dir, int *ret_fd);

/* host.c */

/** Node, kernel, CPU model, CPUs and memory as one JSON object; caller frees with eco_free; NULL on
 * no memory. */
char *eco_host_json(ecopt_ctx *ctx);

/* history.c */

/** A store's history in the sampler's terms. */
typedef struct eco_study_view {
    eco_store_history *stored;     /* owned */
    eco_observation *observations; /* owned, finished trials by number */
    double *numbers;               /* owned, codes and standard errors */
    eco_history history;           /* points into the above */
    int64_t n_ended;               /* trials that are over */
    int64_t n_failed;              /* of these: failed or abandoned */
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

/** Front size and hypervolume (modelled scale, frozen reference) of a view; NaN without reference.
 */
ECOPT_NODROP ecopt_status eco_study_progress(ecopt_study *study, const eco_study_view *view,
                                             size_t *ret_front_size, double *ret_hypervolume);

/* study.c */

/** A claimed trial. */
typedef struct eco_claim {
    int64_t trial, attempt;
    char *point;        /* owned text form */
    const char *origin; /* static, or owned by `own_origin` */
    double *x;          /* owned codes */
} eco_claim;

/**
 * Claims the lowest queued trial, or asks the sampler for a new one and claims that.
 *
 * @return ECOPT_OK, ECOPT_E_EXHAUSTED, ECOPT_E_STORE...
 */
ECOPT_NODROP ecopt_status eco_study_claim_next(ecopt_study *study, const eco_study_view *view,
                                               eco_owner owner, eco_claim *ret_claim);

/** Frees the parts of a claim. */
void eco_claim_release(ecopt_study *study, eco_claim *claim);

/** Seed of a trial: 31 bits, so that every language's generator takes it. */
uint64_t eco_study_trial_seed(const ecopt_study *study, int64_t trial);

#endif
