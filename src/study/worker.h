/*
 * Workers: the processes that run trials of one study, and how the dead ones are known.
 *
 * A worker is a row in the store and a file workers/UUID in the study's folder, on which it holds a
 * lock.  The supervisor of a running phase keeps a copy of the descriptor, so the lock is free only
 * when the worker and the last process of its trial are gone: then, and at once, the trial can be
 * run again by another.  Where a lock proves nothing (another machine, a worker that is stopped and
 * does not die) the worker is given up when its last sign of life is older than the lease.
 *
 * Giving up a live worker costs joules and never a result: its attempt number is no longer the
 * running one, so what it says later is kept as spent and refused as a result.
 *
 * Call order: eco_worker_open, eco_worker_beat now and then, eco_worker_close.  Owner: the caller.
 * Threads: one at a time.
 */
#ifndef ECO_STUDY_WORKER_H
#define ECO_STUDY_WORKER_H

#include "core/ctx.h"
#include "store/store.h"

/** A worker that gave no sign of life for so long is given up [s]. */
#define ECO_LEASE_S 60.0

/** A UUID as text, with NUL. */
#define ECO_UUID_B 37

/** Name of a node, with NUL. */
#define ECO_HOST_B 65

/** Where and when: what a judgement about others is made with. */
typedef struct eco_here {
    char host[ECO_HOST_B];
    char boot_id[ECO_UUID_B]; /* "" not known */
    double unix_s;            /* wall clock */
    double boot_s;            /* CLOCK_MONOTONIC: nobody sets it, and it stands still while the
                                 machine sleeps, when no worker can give a sign of life */
    double lease_s;
} eco_here;

typedef struct eco_worker {
    ecopt_ctx *ctx;   /* borrowed */
    eco_store *store; /* borrowed */
    char id[ECO_UUID_B];
    char *path; /* owned: its file */
    int fd;     /* owned: holds the lock, close-on-exec; -1 not open */
    double lease_s;
    double beat_s; /* last sign of life, monotonic */
} eco_worker;

/** This machine, now.  @param[in] lease_s  0: ECO_LEASE_S */
void eco_here_now(double lease_s, eco_here *ret_here);

/** What the lock file of a worker says. */
typedef enum eco_worker_lock {
    ECO_WORKER_FREE, /* nobody holds it: the worker and its processes are gone */
    ECO_WORKER_HELD  /* somebody does, or it cannot be told */
} eco_worker_lock;

/**
 * Whether a worker is dead, from its row and its lock.
 *
 * On the same boot of a machine a free lock is proof.  A held one may be that of a stopped worker:
 * it counts as dead when its last sign of life is older than the lease on the clock that both
 * share.  Another boot of the same machine has ended every process.  Elsewhere a free lock may mean
 * that the file system does not carry locks, so the lease decides, by the wall clock.
 *
 * @return true and *ret_reason (static text) when it is dead
 */
bool eco_worker_is_dead(const eco_worker_row *worker, eco_worker_lock lock, const eco_here *here,
                        const char **ret_reason);

/** Looks at the lock of worker `id` in the study's folder. */
eco_worker_lock eco_worker_look(ecopt_ctx *ctx, const char *dir, const char *id);

/**
 * Registers this process as a worker of the study in `dir`.
 *
 * @param[in]  lease_s     0: ECO_LEASE_S
 * @param[out] ret_worker  release with eco_worker_close; fd = -1 on failure
 * @return ECOPT_OK, ECOPT_E_IO, ECOPT_E_STORE..., ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_worker_open(ecopt_ctx *ctx, eco_store *store, const char *dir,
                                          double lease_s, eco_worker *ret_worker);

/**
 * A sign of life, if a third of the lease has passed since the last one.  A store that cannot be
 * written is logged and tried again later: the trial that runs is worth more.
 *
 * @param[in] trial, attempt  what it runs; trial 0: nothing
 * @return false when the attempt was given up by another worker
 */
bool eco_worker_beat(eco_worker *worker, int64_t trial, int64_t attempt);

/** Writes what the worker does into its file, for `status`; a failure does no harm. */
void eco_worker_note(eco_worker *worker, int64_t trial, const char *phase);

/** Completes what a snapshot says of workers from their files: who is there, and in which phase.
 *  Texts go into the snapshot.  @return ECOPT_OK, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_worker_complete(ecopt_ctx *ctx, const char *dir,
                                              ecopt_snapshot *snapshot);

/** Leaves: notes it in the store, removes the file.  A zeroed or closed worker is allowed. */
void eco_worker_close(eco_worker *worker);

/** What a look at the running attempts has found. */
typedef struct eco_recovery {
    int64_t n_lost;   /* attempts given up: their trials wait again */
    int64_t n_others; /* running attempts of other workers that live */
} eco_recovery;

/**
 * Puts back what dead workers left running.
 *
 * @param[in]  own         id of the caller's worker, whose attempts are left alone; NULL: none
 * @param[in]  here        with the lease
 * @param[in]  is_patient  waits, some seconds at most, for processes that a dead worker of this
 *                         machine left and that its supervisor is ending
 * @return ECOPT_OK, ECOPT_E_STORE..., ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_worker_recover(ecopt_ctx *ctx, eco_store *store, const char *dir,
                                             const char *own, const eco_here *here, bool is_patient,
                                             eco_recovery *ret_recovery);

#endif
