/*
 * SQLite backend: what comes from outside of the loop.
 *
 * Points that somebody queues and outcomes that were worked out elsewhere: a whole list is one
 * transaction, so that a run beside it sees all of it or nothing, and what fails half way leaves
 * nothing behind.
 */
#include "store/sqlite_store.h"

/* The number that the next trial gets; asked in the transaction that adds it, so nobody can take it
 * in between. */
static ecopt_status next_number(eco_sqlite *store, int64_t *ret_trial)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(store, &stmt, "select coalesce(max(id), 0) + 1 from trial", ""));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK)
        *ret_trial = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return status;
}

/* An outcome without a run of ours: one attempt that began and ended when it was told, of which no
 * phase is known. Its owner is the one of `ask`, which no recovery touches. */
static ecopt_status insert_outcome(eco_sqlite *store, const eco_outside_row *row, int64_t trial,
                                   double now_s)
{
    const char *state = ecopt_trial_state_name(row->state);
    ECO_TRY(eco_sqlite_run(store, "update trial set state = ?, attempts = 1 where id = ?", "ti",
                           state, trial));
    ECO_TRY(eco_sqlite_run(store,
                           "insert into attempt (trial, attempt, owner, state, reason, started_s,"
                           " ended_s) values (?, 1, 'ask', ?, ?, ?, ?)",
                           "ittdd", trial, state, row->reason ? row->reason : "", now_s, now_s));
    for (size_t i = 0; i < row->n_metrics; i++)
        ECO_TRY(eco_sqlite_run(store,
                               "insert into metric (trial, attempt, name, position, value, u95)"
                               " values (?, 1, ?, ?, ?, ?)",
                               "itidd", trial, row->metrics[i].name, (int64_t)i,
                               row->metrics[i].value, row->metrics[i].u95));
    return ECOPT_OK;
}

/* One after the other, since each number is only known when the one before is there. */
static ecopt_status insert_rows(eco_sqlite *store, const eco_outside_row *rows, size_t n,
                                eco_seed_fn seed_of, const void *user, double now_s,
                                int64_t *ret_first)
{
    int64_t first = 0;
    ECO_TRY(next_number(store, &first));
    for (size_t i = 0; i < n; i++) {
        int64_t trial = first + (int64_t)i;
        ECO_TRY(eco_sqlite_add_trial(&store->base, rows[i].point, rows[i].origin,
                                     seed_of(user, trial), now_s, &trial));
        if (rows[i].state != ECOPT_TRIAL_QUEUED)
            ECO_TRY(insert_outcome(store, &rows[i], trial, now_s));
    }
    *ret_first = first;
    return ECOPT_OK;
}

/* Waits for the disk: what another program has worked out cannot be made again here. */
ecopt_status eco_sqlite_add_outside(eco_store *base, const eco_outside_row *rows, size_t n,
                                    eco_seed_fn seed_of, const void *user, double now_s,
                                    int64_t *ret_first)
{
    eco_sqlite *store = (eco_sqlite *)base;
    int64_t first = 0;
    ECO_TRY(eco_sqlite_run(store, "pragma synchronous = full", ""));
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ECO_TRY(eco_sqlite_finish(store, insert_rows(store, rows, n, seed_of, user, now_s, &first)));
    *ret_first = first;
    return ECOPT_OK;
}
