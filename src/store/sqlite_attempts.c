/*
 * SQLite backend: what became of a trial's attempts, counted by cause.
 *
 * Causes are counted and not kept as a number beside the trial: attempts are added in several
 * places (an end, a recovery, a lease that ran out), and a count that each has to keep right would
 * one day be wrong.  A trial has a handful of attempts, found by the beginning of their key.
 */
#include "store/sqlite_store.h"

ecopt_status eco_sqlite_get_reason(eco_store *base, int64_t trial, char **ret_reason)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select a.reason from trial t join attempt a on a.trial = t.id and"
                               " a.attempt = t.decided where t.id = ?",
                               "i", trial));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    const char *text =
        status == ECOPT_OK && has_row ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    char *reason = status == ECOPT_OK ? eco_strdup(base->ctx, text ? text : "") : NULL;
    eco_sqlite_end(store, stmt);
    if (status != ECOPT_OK || !reason)
        return status == ECOPT_OK ? ECOPT_E_NOMEM : status;
    *ret_reason = reason;
    return ECOPT_OK;
}

ecopt_status eco_sqlite_count_attempts(eco_store *base, int64_t trial, ecopt_cause cause,
                                       int64_t *ret_n)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select count(*) from attempt where trial = ? and cause = ?", "it",
                               trial, ecopt_cause_name(cause)));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK)
        *ret_n = has_row ? sqlite3_column_int64(stmt, 0) : 0;
    eco_sqlite_end(store, stmt);
    return status;
}

/* By the index of trial and attempt from its end: who looks for the last few of a kind reads little
 * more than those. */
ecopt_status eco_sqlite_each_decision(eco_store *base, const char *kind, eco_decision_fn receive,
                                      void *user)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    bool has_row = true, is_wanted = true;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select step, verdict, numbers, decided_s from decision"
                               " where kind = ? and trial > 0 order by trial desc, attempt desc",
                               "t", kind));
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && has_row && is_wanted) {
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status != ECOPT_OK || !has_row)
            break;
        const ecopt_decision decision = {.kind = kind,
                                         .step = sqlite3_column_int64(stmt, 0),
                                         .verdict = (const char *)sqlite3_column_text(stmt, 1),
                                         .numbers = (const char *)sqlite3_column_text(stmt, 2),
                                         .decided_s = sqlite3_column_double(stmt, 3)};
        is_wanted = decision.verdict && decision.numbers && receive(user, &decision);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* The waiting ones come by their partial index: on the path of a claim, finished trials are never
 * walked.  The newest attempt decides, so its reason is the trial's. */
ecopt_status eco_sqlite_give_up(eco_store *base, ecopt_cause cause, int64_t most, int64_t *ret_n)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ECO_TRY(eco_sqlite_run(store,
                           "update trial set state = 'failed', decided = attempts"
                           " where state = 'queued' and attempts > ? and (select count(*) from"
                           " attempt a where a.trial = trial.id and a.cause = ?) > ?",
                           "iti", most, ecopt_cause_name(cause), most));
    *ret_n = sqlite3_changes(store->db);
    return ECOPT_OK;
}
