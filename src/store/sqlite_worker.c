/*
 * SQLite backend: claiming among several workers, and finding what dead ones left.
 *
 * Everything that a claim depends on is looked at inside its own write transaction, so the locks
 * that the study takes outside (see study/claim.c) only save work: without them two workers might
 * choose a point for the same number, and one of them would have to choose again.
 *
 * Nothing here walks finished trials: queued and running ones come by partial indexes, the highest
 * number from the end of the table's own tree.
 */
#include "store/sqlite_store.h"

/* The given trial if it waits, or the lowest that does; served by the partial index. The lowest
 * first keeps trials starting in the order of their numbers, also after a recovery has put some
 * back. `id > ?` with 0 lets both statements take the same argument. *ret_trial stays 0 when there
 * is none. */
static ecopt_status find_queued(eco_sqlite *store, int64_t trial, int64_t *ret_trial,
                                int64_t *ret_attempts)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    const char *sql = trial > 0 ? "select id, attempts from trial where id = ? and state = 'queued'"
                                : "select id, attempts from trial where state = 'queued' and id > ?"
                                  " order by id limit 1";
    ECO_TRY(eco_sqlite_prepare(store, &stmt, sql, "i", trial));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK && has_row) {
        *ret_trial = sqlite3_column_int64(stmt, 0);
        *ret_attempts = sqlite3_column_int64(stmt, 1);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* The trial counts its attempts; the attempt has a row of its own from the start, so that a crash
 * leaves a trace of it. The trial's row is not conditioned on its state again: it has just been
 * seen in this transaction. The worker was alive just now: a claim after a long computation must
 * not be taken for that of a dead one. */
static ecopt_status start_attempt(eco_sqlite *store, const eco_take *take, int64_t trial,
                                  int64_t attempt)
{
    const char *worker = take->worker ? take->worker : "";
    bool is_asked = take->owner == ECO_OWNER_ASK;
    char dir[ECO_ATTEMPT_DIR_B];
    eco_attempt_dir(trial, attempt, dir);
    ECO_TRY(eco_sqlite_run(store, "update trial set state = 'running', attempts = ? where id = ?",
                           "ii", attempt, trial));
    ECO_TRY(eco_sqlite_run(store,
                           "insert into attempt (trial, attempt, owner, state, dir, started_s,"
                           " worker, revision) values (?, ?, ?, 'running', ?, ?, ?,"
                           " (select revision from study))",
                           "iittdt", trial, attempt, is_asked ? "ask" : "run",
                           is_asked ? NULL : dir, take->now_s, worker));
    if (worker[0] == '\0')
        return ECOPT_OK;
    return eco_sqlite_run(store, "update worker set seen_s = ?, seen_boot_s = ? where id = ?",
                          "ddt", take->now_s, take->now_boot_s, worker);
}

/* Trials that were started are all but the waiting ones; numbers have no holes. */
static ecopt_status is_limit_reached(eco_sqlite *store, int64_t limit, bool *ret_is_reached)
{
    int64_t n = 0;
    if (limit > 0)
        ECO_TRY(eco_sqlite_integer(store, &n,
                                   "select coalesce(max(id), 0)"
                                   " - (select count(*) from trial where state = 'queued')"
                                   " from trial",
                                   ""));
    *ret_is_reached = limit > 0 && n >= limit;
    return ECOPT_OK;
}

/* Adds the proposed trial if its number is the next one. The reference point that it was chosen
 * with goes along: killed before the commit, the next worker starts from the same rows and comes to
 * the same point. */
static ecopt_status add_proposal(eco_sqlite *store, const eco_take *take, int64_t *ret_trial)
{
    const eco_proposal *proposal = take->proposal;
    int64_t last = 0;
    ECO_TRY(eco_sqlite_integer(store, &last, "select coalesce(max(id), 0) from trial", ""));
    if (last + 1 != proposal->number)
        return ECOPT_OK;
    if (proposal->reference)
        ECO_TRY(eco_sqlite_keep_reference(store, proposal->reference, proposal->m));
    ecopt_status status =
        eco_sqlite_run(store,
                       "insert into trial (id, point, origin, seed, state, created_s)"
                       " values (?, ?, ?, ?, 'queued', ?)",
                       "ittid", proposal->number, proposal->point, proposal->origin,
                       (int64_t)proposal->seed, take->now_s);
    if (status != ECOPT_OK && sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE)
        return eco_fail(store->base.ctx, ECOPT_E_ARG, "point '%s' is already in the study",
                        proposal->point);
    ECO_TRY(status);
    if (proposal->decision)
        ECO_TRY(eco_sqlite_add_decision(store, proposal->number, 1, proposal->decision));
    *ret_trial = proposal->number;
    return ECOPT_OK;
}

/* In the caller's transaction. *ret_trial stays 0 where there is nothing to claim. */
static ecopt_status take_trial(eco_sqlite *store, const eco_take *take, int64_t *ret_trial,
                               int64_t *ret_attempt)
{
    int64_t trial = 0, attempts = 0;
    bool is_reached = false;
    ECO_TRY(is_limit_reached(store, take->limit, &is_reached));
    if (is_reached)
        return ECOPT_OK;
    if (take->proposal)
        ECO_TRY(add_proposal(store, take, &trial));
    else
        ECO_TRY(find_queued(store, take->trial, &trial, &attempts));
    if (trial == 0)
        return ECOPT_OK;
    ECO_TRY(start_attempt(store, take, trial, attempts + 1));
    *ret_trial = trial;
    *ret_attempt = attempts + 1;
    return ECOPT_OK;
}

/* The outputs are set after the commit, so a caller never runs a trial that the store does not know
 * to be running. */
ecopt_status eco_sqlite_take(eco_store *base, const eco_take *take, int64_t *ret_trial,
                             int64_t *ret_attempt)
{
    eco_sqlite *store = (eco_sqlite *)base;
    int64_t trial = 0, attempt = 0;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ECO_TRY(eco_sqlite_finish(store, take_trial(store, take, &trial, &attempt)));
    *ret_trial = trial;
    *ret_attempt = attempt;
    return ECOPT_OK;
}

ecopt_status eco_sqlite_add_worker(eco_store *base, const eco_worker_row *row)
{
    return eco_sqlite_run((eco_sqlite *)base,
                          "insert into worker (id, host, boot_id, pid, started_s, seen_s,"
                          " seen_boot_s) values (?, ?, ?, ?, ?, ?, ?)",
                          "tttiddd", row->id, row->host, row->boot_id, row->pid, row->started_s,
                          row->seen_s, row->seen_boot_s);
}

/* Sign of life and question in one transaction: between two an attempt could be given up and the
 * worker would not hear of it before the next beat. */
static ecopt_status beat(eco_sqlite *store, const eco_worker_row *worker, int64_t trial,
                         int64_t attempt, int64_t *ret_is_running)
{
    ECO_TRY(eco_sqlite_run(store, "update worker set seen_s = ?, seen_boot_s = ? where id = ?",
                           "ddt", worker->seen_s, worker->seen_boot_s, worker->id));
    if (trial == 0)
        return ECOPT_OK;
    return eco_sqlite_integer(
        store, ret_is_running,
        "select count(*) from attempt where trial = ? and attempt = ? and state = 'running'", "ii",
        trial, attempt);
}

ecopt_status eco_sqlite_beat(eco_store *base, const eco_worker_row *worker, int64_t trial,
                             int64_t attempt, bool *ret_is_running)
{
    eco_sqlite *store = (eco_sqlite *)base;
    int64_t is_running = 1;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ECO_TRY(eco_sqlite_finish(store, beat(store, worker, trial, attempt, &is_running)));
    *ret_is_running = is_running != 0;
    return ECOPT_OK;
}

ecopt_status eco_sqlite_end_worker(eco_store *base, const char *id, double ended_s)
{
    return eco_sqlite_run((eco_sqlite *)base, "update worker set ended_s = ? where id = ?", "dt",
                          ended_s, id);
}

/* Text column into the list's arena; null, which an attempt from before there were workers has in
 * all columns of the worker, becomes "". */
static const char *copy_column(eco_running_block *block, sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    return eco_arena_strdup(&block->arena, text ? (const char *)text : "");
}

static ecopt_status fill_row(eco_running_block *block, sqlite3_stmt *stmt, eco_running_row *row)
{
    *row = (eco_running_row){.trial = sqlite3_column_int64(stmt, 0),
                             .attempt = sqlite3_column_int64(stmt, 1),
                             .started_s = eco_sqlite_double(stmt, 2),
                             .worker = {.id = copy_column(block, stmt, 3),
                                        .host = copy_column(block, stmt, 4),
                                        .boot_id = copy_column(block, stmt, 5),
                                        .pid = sqlite3_column_int64(stmt, 6),
                                        .started_s = eco_sqlite_double(stmt, 7),
                                        .seen_s = eco_sqlite_double(stmt, 8),
                                        .seen_boot_s = eco_sqlite_double(stmt, 9)}};
    bool is_whole = row->worker.id && row->worker.host && row->worker.boot_id;
    return is_whole ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Counted first, so that the rows are one array; both in the caller's transaction. */
static ecopt_status fill_running(eco_sqlite *store, eco_running_block *block)
{
    sqlite3_stmt *stmt = NULL;
    int64_t n = 0;
    ECO_TRY(eco_sqlite_integer(
        store, &n, "select count(*) from attempt where state = 'running' and owner = 'run'", ""));
    eco_running_row *rows = eco_arena_alloc(&block->arena, (size_t)n + 1, sizeof *rows);
    if (!rows)
        return ECOPT_E_NOMEM;
    block->view.rows = rows;
    ECO_TRY(eco_sqlite_prepare(
        store, &stmt,
        "select a.trial, a.attempt, a.started_s, w.id, w.host, w.boot_id, w.pid, w.started_s,"
        " w.seen_s, w.seen_boot_s from attempt a left join worker w on w.id = a.worker"
        " where a.state = 'running' and a.owner = 'run' order by a.trial",
        ""));
    ecopt_status status = ECOPT_OK;
    bool has_row = true;
    while (status == ECOPT_OK && has_row && block->view.n < (size_t)n) {
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            status = fill_row(block, stmt, &rows[block->view.n++]);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

ecopt_status eco_sqlite_get_running(eco_store *base, eco_running_list **ret_list)
{
    eco_sqlite *store = (eco_sqlite *)base;
    eco_running_block *block = eco_alloc(base->ctx, 1, sizeof *block);
    if (!block)
        return ECOPT_E_NOMEM;
    block->arena = (eco_arena)ECO_ARENA_INIT(base->ctx);
    ecopt_status status = eco_sqlite_begin(store, "begin");
    if (status == ECOPT_OK)
        status = eco_sqlite_finish(store, fill_running(store, block));
    if (status != ECOPT_OK) {
        eco_running_list_free(base->ctx, &block->view);
        return status;
    }
    *ret_list = &block->view;
    return ECOPT_OK;
}

/* A trial waits again only if the lost attempt was the one that ran it: a fresh measurement of a
 * complete trial that is lost leaves it complete. */
static ecopt_status lose(eco_sqlite *store, const eco_attempt_end *lost, bool *ret_is_changed)
{
    ECO_TRY(eco_sqlite_run(store,
                           "update attempt set state = 'abandoned', cause = 'lost', reason = ?,"
                           " ended_s = ? where trial = ? and attempt = ? and state = 'running'",
                           "tdii", lost->reason, lost->ended_s, lost->trial, lost->attempt));
    *ret_is_changed = sqlite3_changes(store->db) == 1;
    if (!*ret_is_changed)
        return ECOPT_OK;
    return eco_sqlite_run(store,
                          "update trial set state = 'queued'"
                          " where id = ? and state = 'running' and attempts = ?",
                          "ii", lost->trial, lost->attempt);
}

ecopt_status eco_sqlite_lose(eco_store *base, int64_t trial, int64_t attempt, const char *reason,
                             double now_s, bool *ret_is_changed)
{
    eco_sqlite *store = (eco_sqlite *)base;
    const eco_attempt_end lost = {
        .trial = trial, .attempt = attempt, .reason = reason, .ended_s = now_s};
    bool is_changed = false;
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    ECO_TRY(eco_sqlite_finish(store, lose(store, &lost, &is_changed)));
    *ret_is_changed = is_changed;
    return ECOPT_OK;
}
