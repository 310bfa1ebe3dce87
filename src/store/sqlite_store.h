/*
 * Private to the SQLite backend: handle, errors, statements with typed binding, transactions.
 */
#ifndef ECO_STORE_SQLITE_STORE_H
#define ECO_STORE_SQLITE_STORE_H

#include "store/backend.h"

#include <sqlite3.h>

/** Statements that are kept for the next time: more than the paths of a run have. */
#define ECO_SQLITE_KEPT_N 64

typedef struct eco_sqlite {
    struct eco_store base; /* first */
    sqlite3 *db;           /* owned */
    char *path;            /* owned */
    int64_t summed_row;    /* rows of `phase` up to this one are in the sums */
    bool has_energy;       /* one of them had a figure */
    double energy_j, time_s;
    sqlite3_stmt *kept[ECO_SQLITE_KEPT_N]; /* owned, reset */
    size_t n_kept;
    bool is_durable;     /* commits wait for the disk */
    double busy_since_s; /* when the wait for another writer began */
} eco_sqlite;

/** Records SQLite's last error with what was being done; the status tells full, damaged, other. */
ecopt_status eco_sqlite_fail(eco_sqlite *store, const char *what);

/**
 * Prepares `sql` and binds one argument per letter of `types`: i = int64_t, d = double (NaN becomes
 * null), t = const char * (NULL becomes null; must outlive the statement).
 *
 * @param[out] ret_stmt  caller ends with eco_sqlite_end
 */
ECOPT_NODROP ecopt_status eco_sqlite_prepare(eco_sqlite *store, sqlite3_stmt **ret_stmt,
                                             const char *sql, const char *types, ...);

/** Ends a statement, which is kept for the next time; NULL is allowed. */
void eco_sqlite_end(eco_sqlite *store, sqlite3_stmt *stmt);

/** Finalises all that are kept, before the connection is closed. */
void eco_sqlite_forget(eco_sqlite *store);

/** Steps; *ret_has_row tells whether a row is there. */
ECOPT_NODROP ecopt_status eco_sqlite_step(eco_sqlite *store, sqlite3_stmt *stmt, bool *ret_has_row);

/** Prepares, binds, runs to the end, ends. */
ECOPT_NODROP ecopt_status eco_sqlite_run(eco_sqlite *store, const char *sql, const char *types,
                                         ...);

/** Double column; null gives NaN. */
double eco_sqlite_double(sqlite3_stmt *stmt, int column);

/** Word of what is wanted; one of a newer version counts as "run". */
ecopt_wanted eco_sqlite_wanted(sqlite3_stmt *stmt, int column);

/** Starts a transaction; `sql` is "begin" (reading) or "begin immediate" (writing). */
ECOPT_NODROP ecopt_status eco_sqlite_begin(eco_sqlite *store, const char *sql);

/** Commits when status is ECOPT_OK, else rolls back; returns the first failure. */
ECOPT_NODROP ecopt_status eco_sqlite_finish(eco_sqlite *store, ecopt_status status);

/** First column of the first row as an integer, 0 when there is no row; arguments as above. */
ECOPT_NODROP ecopt_status eco_sqlite_integer(eco_sqlite *store, int64_t *ret_value, const char *sql,
                                             const char *types, ...);

/** Keeps a reference point in the caller's transaction; NaN leaves what is kept. */
ECOPT_NODROP ecopt_status eco_sqlite_keep_reference(eco_sqlite *store, const double *reference,
                                                    size_t m);

/* Operations of the other sqlite_... files for the table in sqlite.c. */
ecopt_status eco_sqlite_create_study(eco_store *base, const eco_study_row *row);
ecopt_status eco_sqlite_revise(eco_store *base, const char *definition);
ecopt_status eco_sqlite_add_trial(eco_store *base, const char *point, const char *origin,
                                  uint64_t seed, double created_s, int64_t *ret_trial);
ecopt_status eco_sqlite_add_outside(eco_store *base, const eco_outside_row *rows, size_t n,
                                    eco_seed_fn seed_of, const void *user, double now_s,
                                    int64_t *ret_first);
ecopt_status eco_sqlite_requeue_failed(eco_store *base, int64_t *ret_n);
ecopt_status eco_sqlite_set_wanted(eco_store *base, ecopt_wanted wanted, ecopt_wanted *ret_before);
ecopt_status eco_sqlite_get_wanted(eco_store *base, ecopt_wanted *ret_wanted, int64_t *ret_n);
ecopt_status eco_sqlite_accept(eco_store *base, const eco_revision *revision);
ecopt_status eco_sqlite_verify(eco_store *base, const eco_store_known *known,
                               eco_store_finding_fn report, void *user);
ecopt_status eco_sqlite_each_dir(eco_store *base, eco_store_dir_fn receive, void *user);
ecopt_status eco_sqlite_take(eco_store *base, const eco_take *take, int64_t *ret_trial,
                             int64_t *ret_attempt);
ecopt_status eco_sqlite_add_worker(eco_store *base, const eco_worker_row *row);
ecopt_status eco_sqlite_beat(eco_store *base, const eco_worker_row *worker, int64_t trial,
                             int64_t attempt, bool *ret_is_running);
ecopt_status eco_sqlite_end_worker(eco_store *base, const char *id, double ended_s);
ecopt_status eco_sqlite_get_running(eco_store *base, eco_running_list **ret_list);
ecopt_status eco_sqlite_lose(eco_store *base, int64_t trial, int64_t attempt, const char *reason,
                             double now_s, bool *ret_is_changed);
ecopt_status eco_sqlite_end_attempt(eco_store *base, const eco_attempt_end *end,
                                    bool *ret_accepted);
ecopt_status eco_sqlite_recover(eco_store *base, double now_s, int64_t *ret_n);
ecopt_status eco_sqlite_get_reason(eco_store *base, int64_t trial, char **ret_reason);
ecopt_status eco_sqlite_count_attempts(eco_store *base, int64_t trial, ecopt_cause cause,
                                       int64_t *ret_n);
ecopt_status eco_sqlite_give_up(eco_store *base, ecopt_cause cause, int64_t most, int64_t *ret_n);
ecopt_status eco_sqlite_keep_confirm(eco_store *base, eco_attempt_end *run, double started_s,
                                     const char *dir);
ecopt_status eco_sqlite_add_confirm(eco_store *base, eco_attempt_end *end, double started_s,
                                    const char *dir);
ecopt_status eco_sqlite_get_phase_energy(eco_store *base, const char *phase, double *ret_energy_j);
ecopt_status eco_sqlite_pass_over(eco_store *base, int64_t last);
ecopt_status eco_sqlite_each_decision(eco_store *base, const char *kind, eco_decision_fn receive,
                                      void *user);
ecopt_status eco_sqlite_add_decision(eco_sqlite *store, int64_t trial, int64_t attempt,
                                     const ecopt_decision *decision);
ecopt_status eco_sqlite_note(eco_store *base, const ecopt_decision *decision);
ecopt_status eco_sqlite_add_own(eco_store *base, const eco_own_row *row);
ecopt_status eco_sqlite_set_reference(eco_store *base, const double *reference, size_t m);
ecopt_status eco_sqlite_get_study(eco_store *base, char **ret_identity, char **ret_definition,
                                  int64_t *ret_revision);
ecopt_status eco_sqlite_get_reference(eco_store *base, double *ret_reference, size_t m);
ecopt_status eco_sqlite_get_history(eco_store *base, int64_t after, const char *const *names,
                                    size_t n_names, eco_store_history **ret_history);
ecopt_status eco_sqlite_each_step(eco_store *base, const char *metric, eco_step_fn take,
                                  void *user);
ecopt_status eco_sqlite_snapshot(eco_store *base, ecopt_snapshot **ret_snapshot);

#endif
