/*
 * SQLite backend: what comes from outside of the loop.
 *
 * Points that somebody queues, outcomes that were worked out elsewhere, what the users want of the
 * runs, a changed definition: each is one transaction, so that a run beside it sees all of it or
 * nothing, and what fails half way leaves nothing behind.
 */
#include "store/sqlite_store.h"

#include <string.h>

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
    eco_sqlite_end(store, stmt);
    return status;
}

/* An outcome without a run of ours: one attempt that began and ended when it was told, of which no
 * phase is known. Its owner is the one of `ask`, which no recovery touches. */
static ecopt_status insert_outcome(eco_sqlite *store, const eco_outside_row *row, int64_t trial,
                                   double now_s)
{
    const char *state = ecopt_trial_state_name(row->state);
    ECO_TRY(eco_sqlite_run(store,
                           "update trial set state = ?, attempts = 1, decided = 1 where id = ?",
                           "ti", state, trial));
    const char *cause =
        ecopt_cause_name(row->state == ECOPT_TRIAL_COMPLETE ? ECOPT_CAUSE_NONE : ECOPT_CAUSE_TOLD);
    ECO_TRY(eco_sqlite_run(store,
                           "insert into attempt (trial, attempt, owner, state, reason, cause,"
                           " started_s, ended_s) values (?, 1, 'ask', ?, ?, ?, ?, ?)",
                           "itttdd", trial, state, row->reason ? row->reason : "", cause, now_s,
                           now_s));
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

/* A word that this version does not know cannot be obeyed. */
ecopt_wanted eco_sqlite_wanted(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    for (int i = ECOPT_WANTED_STOP; text && i > ECOPT_WANTED_RUN; i--)
        if (strcmp(text, ecopt_wanted_name((ecopt_wanted)i)) == 0)
            return (ecopt_wanted)i;
    return ECOPT_WANTED_RUN;
}

/* One row, read by every run between two trials: nothing but the row's own page is touched. */
ecopt_status eco_sqlite_get_wanted(eco_store *base, ecopt_wanted *ret_wanted, int64_t *ret_n)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(store, &stmt, "select wanted, wanted_n from study", ""));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK && !has_row)
        status = eco_fail(base->ctx, ECOPT_E_NOT_FOUND, "'%s' holds no study yet", store->path);
    if (status == ECOPT_OK) {
        *ret_wanted = eco_sqlite_wanted(stmt, 0);
        *ret_n = sqlite3_column_int64(stmt, 1);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* Counted also when the word stays: a second stop is for those who have begun since the first. */
ecopt_status eco_sqlite_set_wanted(eco_store *base, ecopt_wanted wanted, ecopt_wanted *ret_before)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ecopt_wanted before = ECOPT_WANTED_RUN;
    int64_t n = 0;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ecopt_status status = eco_sqlite_get_wanted(base, &before, &n);
    if (status == ECOPT_OK)
        status = eco_sqlite_run(store, "update study set wanted = ?, wanted_n = wanted_n + 1", "t",
                                ecopt_wanted_name(wanted));
    ECO_TRY(eco_sqlite_finish(store, status));
    *ret_before = before;
    return ECOPT_OK;
}

/* One statement is one transaction. */
ecopt_status eco_sqlite_requeue_failed(eco_store *base, int64_t *ret_n)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_run(store,
                           "update trial set state = 'queued', decided = null"
                           " where state = 'failed' and not is_outside",
                           ""));
    *ret_n = sqlite3_changes(store->db);
    return ECOPT_OK;
}

/* A trial that waits at a point that is not allowed any more would be refused when it is claimed,
 * again and again. It gets an end of its own, and an attempt that says why. */
static ecopt_status retire(eco_sqlite *store, int64_t trial, double now_s)
{
    ECO_TRY(eco_sqlite_run(store,
                           "insert into attempt (trial, attempt, owner, state, reason, cause,"
                           " started_s, ended_s, revision)"
                           " select id, attempts + 1, 'ask', 'infeasible',"
                           " 'the changed definition does not allow its point', 'constraint', ?, ?,"
                           " (select revision from study) from trial where id = ?",
                           "ddi", now_s, now_s, trial));
    return eco_sqlite_run(store,
                          "update trial set state = 'infeasible', attempts = attempts + 1,"
                          " decided = attempts + 1 where id = ?",
                          "i", trial);
}

/* One trial under the new definition. The row is changed by its number, while the walk over the
 * numbers goes on: SQLite allows that for a column that the walk does not go by. */
static ecopt_status accept_trial(eco_sqlite *store, const eco_revision *revision,
                                 sqlite3_stmt *stmt)
{
    int64_t trial = sqlite3_column_int64(stmt, 0);
    const char *point = (const char *)sqlite3_column_text(stmt, 1);
    bool is_queued = sqlite3_column_int64(stmt, 2) != 0, is_inside = true;
    char *changed = NULL;
    ECO_TRY(revision->judge(revision->user, point ? point : "", &changed, &is_inside));
    ecopt_status status = eco_sqlite_run(
        store, "update trial set is_outside = ?, point = coalesce(?, point) where id = ?", "iti",
        (int64_t)!is_inside, (const char *)changed, trial);
    if (status == ECOPT_OK && is_queued && !is_inside)
        status = retire(store, trial, revision->now_s);
    eco_free(store->base.ctx, changed);
    return status;
}

static ecopt_status accept_trials(eco_sqlite *store, const eco_revision *revision)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = true;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select id, point, state = 'queued' from trial order by id", ""));
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            status = accept_trial(store, revision, stmt);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* The text first: what follows asks for its number. */
static ecopt_status accept_all(eco_sqlite *store, const eco_revision *revision)
{
    ECO_TRY(eco_sqlite_run(store,
                           "update study set definition = ?, identity = ?, revision = revision + 1",
                           "tt", revision->definition, revision->identity));
    ECO_TRY(eco_sqlite_run(store,
                           "insert into revision (revision, definition)"
                           " select revision, definition from study",
                           ""));
    for (size_t k = 0; k < revision->n_objectives; k++)
        if (!revision->keeps_reference[k])
            ECO_TRY(eco_sqlite_run(store, "delete from reference where objective = ?", "i",
                                   (int64_t)k));
    return accept_trials(store, revision);
}

ecopt_status eco_sqlite_accept(eco_store *base, const eco_revision *revision)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    return eco_sqlite_finish(store, accept_all(store, revision));
}
