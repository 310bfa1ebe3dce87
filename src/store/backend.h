/*
 * What a store backend implements; eco_store_... in store.c forwards to it.
 *
 * A backend is one .c file (or a few with one prefix) with an ops table, a line in the registry of
 * store.c and a line in tests/contract/store_contract.c.  Its handle starts with struct eco_store.
 * Contracts of the operations are those of store.h.
 */
#ifndef ECO_STORE_BACKEND_H
#define ECO_STORE_BACKEND_H

#include "core/arena.h"
#include "store/store.h"

typedef struct eco_store_ops {
    const char *name;
    bool (*accepts)(const char *path); /* is this path or URL for this backend? */
    ecopt_status (*open)(ecopt_ctx *ctx, const char *path, eco_store_mode mode, eco_store **ret);
    ecopt_status (*close)(eco_store *store);
    ecopt_status (*create_study)(eco_store *store, const eco_study_row *row);
    ecopt_status (*get_study)(eco_store *store, char **ret_identity, char **ret_definition,
                              int64_t *ret_revision);
    ecopt_status (*revise)(eco_store *store, const char *definition);
    ecopt_status (*add_trial)(eco_store *store, const char *point, const char *origin,
                              uint64_t seed, double created_s, int64_t *ret_trial);
    ecopt_status (*add_outside)(eco_store *store, const eco_outside_row *rows, size_t n,
                                eco_seed_fn seed_of, const void *user, double now_s,
                                int64_t *ret_first);
    ecopt_status (*set_wanted)(eco_store *store, ecopt_wanted wanted, ecopt_wanted *ret_before);
    ecopt_status (*get_wanted)(eco_store *store, ecopt_wanted *ret_wanted, int64_t *ret_n);
    ecopt_status (*requeue_failed)(eco_store *store, int64_t *ret_n);
    ecopt_status (*accept)(eco_store *store, const eco_revision *revision);
    ecopt_status (*verify)(eco_store *store, const eco_store_known *known,
                           eco_store_finding_fn report, void *user);
    ecopt_status (*each_dir)(eco_store *store, eco_store_dir_fn receive, void *user);
    ecopt_status (*take)(eco_store *store, const eco_take *take, int64_t *ret_trial,
                         int64_t *ret_attempt);
    ecopt_status (*add_worker)(eco_store *store, const eco_worker_row *row);
    ecopt_status (*beat)(eco_store *store, const eco_worker_row *worker, int64_t trial,
                         int64_t attempt, bool *ret_is_running);
    ecopt_status (*end_worker)(eco_store *store, const char *id, double ended_s);
    ecopt_status (*get_running)(eco_store *store, eco_running_list **ret_list);
    ecopt_status (*lose)(eco_store *store, int64_t trial, int64_t attempt, const char *reason,
                         double now_s, bool *ret_is_changed);
    ecopt_status (*end_attempt)(eco_store *store, const eco_attempt_end *end, bool *ret_accepted);
    ecopt_status (*recover)(eco_store *store, double now_s, int64_t *ret_n);
    ecopt_status (*get_reason)(eco_store *store, int64_t trial, char **ret_reason);
    ecopt_status (*count_attempts)(eco_store *store, int64_t trial, ecopt_cause cause,
                                   int64_t *ret_n);
    ecopt_status (*give_up)(eco_store *store, ecopt_cause cause, int64_t most, int64_t *ret_n);
    ecopt_status (*keep_confirm)(eco_store *store, eco_attempt_end *run, double started_s,
                                 const char *dir);
    ecopt_status (*add_confirm)(eco_store *store, eco_attempt_end *end, double started_s,
                                const char *dir);
    ecopt_status (*get_phase_energy)(eco_store *store, const char *phase, double *ret_energy_j);
    ecopt_status (*pass_over)(eco_store *store, int64_t last);
    ecopt_status (*each_decision)(eco_store *store, const char *kind, eco_decision_fn receive,
                                  void *user);
    ecopt_status (*note)(eco_store *store, const ecopt_decision *decision);
    ecopt_status (*add_own)(eco_store *store, const eco_own_row *row);
    ecopt_status (*set_reference)(eco_store *store, const double *reference, size_t m);
    ecopt_status (*get_reference)(eco_store *store, double *ret_reference, size_t m);
    ecopt_status (*get_history)(eco_store *store, int64_t after, const char *const *names,
                                size_t n_names, eco_store_history **ret_history);
    ecopt_status (*each_step)(eco_store *store, const char *metric, eco_step_fn take, void *user);
    ecopt_status (*snapshot)(eco_store *store, ecopt_snapshot **ret_snapshot);
} eco_store_ops;

/** First member of every backend's handle. */
struct eco_store {
    const eco_store_ops *ops;
    ecopt_ctx *ctx; /* borrowed */
};

/** A snapshot with the arena that all its parts live in; ecopt_snapshot_free frees both. */
typedef struct eco_snapshot {
    ecopt_snapshot view; /* first: the public pointer is this struct's address */
    eco_arena arena;
} eco_snapshot;

/** A history with its arena. */
typedef struct eco_history_block {
    eco_store_history view; /* first */
    eco_arena arena;
} eco_history_block;

/** Running attempts with their arena. */
typedef struct eco_running_block {
    eco_running_list view; /* first */
    eco_arena arena;
} eco_running_block;

extern const eco_store_ops eco_store_sqlite;

#endif
