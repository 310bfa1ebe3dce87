/*
 * SQLite backend: reading the study row, the reference point and the loop's history.
 *
 * The history is read table by table instead of by one wide join: a join would hand out each trial
 * once per metric, and a metric that one trial lacks would need an outer join per name.
 *
 * Who reads here is the loop of a run, twice per trial, so the cost has to be that of the new
 * trials and not of the study: every statement starts at the number `after`, and the sums, which
 * are of the whole study, go on from where the last reading left them.
 *
 * What a damaged or foreign file may hold (a null where none is allowed, a trial beyond the count)
 * must not lead outside an array, so places are checked against what was counted before.
 */
#include "store/sqlite_store.h"

#include <math.h>
#include <string.h>

/* Null cannot come from these columns (not null in the schema); "" keeps a damaged file from
 * becoming a crash. NULL means no memory and nothing else. */
static char *column_copy(eco_sqlite *store, sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    return eco_strdup(store->base.ctx, text ? (const char *)text : "");
}

/* Sets all three or none. The texts are copied, as the columns end with the statement, which the
 * caller finalises whatever comes back. */
static ecopt_status read_study(eco_sqlite *store, sqlite3_stmt *stmt, char **ret_identity,
                               char **ret_definition, int64_t *ret_revision)
{
    bool has_row = false;
    ECO_TRY(eco_sqlite_step(store, stmt, &has_row));
    if (!has_row)
        return eco_fail(store->base.ctx, ECOPT_E_NOT_FOUND, "'%s' holds no study yet", store->path);
    char *identity = column_copy(store, stmt, 0);
    char *definition = identity ? column_copy(store, stmt, 1) : NULL;
    if (!definition) {
        eco_free(store->base.ctx, identity);
        return ECOPT_E_NOMEM;
    }
    *ret_identity = identity;
    *ret_definition = definition;
    *ret_revision = sqlite3_column_int64(stmt, 2);
    return ECOPT_OK;
}

/* No row is an answer too: the file was made, and the process died before its first row. */
ecopt_status eco_sqlite_get_study(eco_store *base, char **ret_identity, char **ret_definition,
                                  int64_t *ret_revision)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(
        eco_sqlite_prepare(store, &stmt, "select identity, definition, revision from study", ""));
    ecopt_status status = read_study(store, stmt, ret_identity, ret_definition, ret_revision);
    eco_sqlite_end(store, stmt);
    return status;
}

/* More rows than objectives cannot come from this program; they are passed over rather than
 * believed. All coordinates start as NaN because a row that is missing means: not kept yet. A
 * read that fails half way leaves them so. */
ecopt_status eco_sqlite_get_reference(eco_store *base, double *ret_reference, size_t m)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(eco_sqlite_prepare(store, &stmt, "select objective, value from reference", ""));
    for (size_t k = 0; k < m; k++)
        ret_reference[k] = NAN;
    bool has_row = true;
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(store, stmt, &has_row);
        sqlite3_int64 k = has_row ? sqlite3_column_int64(stmt, 0) : -1;
        if (status == ECOPT_OK && k >= 0 && (uint64_t)k < m)
            ret_reference[k] = sqlite3_column_double(stmt, 1);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* Rows being filled; values and u95 are filled after the rows exist. */
typedef struct history_fill {
    eco_sqlite *store;
    eco_history_block *block;
    eco_history_row *rows;
    int64_t after; /* number of the trial before the first row */
    size_t n_names;
    const char *const *names;
} history_fill;

/* Counted first, so that the rows are one array. A range of row numbers, answered from the table's
 * own tree. The count stays right while the rows are read, as both are in one transaction. */
static ecopt_status count_trials(eco_sqlite *store, int64_t after, size_t *ret_n)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(
        eco_sqlite_prepare(store, &stmt, "select count(*) from trial where id > ?", "i", after));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    *ret_n = has_row ? (size_t)sqlite3_column_int64(stmt, 0) : 0;
    eco_sqlite_end(store, stmt);
    return status;
}

/* State and point of one trial, its numbers not known yet. Values and uncertainties are one block
 * of 2 x n_names, NaN until fill_values finds them: a metric that a trial did not report then needs
 * no case of its own. The one number more spares the case of no names. */
static ecopt_status fill_row(history_fill *fill, sqlite3_stmt *stmt, eco_history_row *row)
{
    eco_arena *arena = &fill->block->arena;
    double *numbers = eco_arena_alloc(arena, 2 * fill->n_names + 1, sizeof *numbers);
    row->point = eco_arena_strdup(arena, (const char *)sqlite3_column_text(stmt, 3));
    if (!numbers || !row->point)
        return ECOPT_E_NOMEM;
    for (size_t k = 0; k < 2 * fill->n_names; k++)
        numbers[k] = NAN;
    row->trial = sqlite3_column_int64(stmt, 0);
    row->attempts = sqlite3_column_int64(stmt, 1);
    (void)ecopt_cause_parse((const char *)sqlite3_column_text(stmt, 4), &row->cause);
    row->n_same = sqlite3_column_int64(stmt, 5);
    /* A word from a newer version would have come with a newer schema: this is damage. */
    if (!ecopt_trial_state_parse((const char *)sqlite3_column_text(stmt, 2), &row->state))
        return eco_fail(fill->store->base.ctx, ECOPT_E_STORE_CORRUPT,
                        "'%s': trial %lld has a state that does not exist", fill->store->path,
                        (long long)row->trial);
    row->repeats = sqlite3_column_int64(stmt, 6);
    row->measured = sqlite3_column_int64(stmt, 7);
    row->ended_s = eco_sqlite_double(stmt, 8);
    row->values = numbers;
    row->u95 = numbers + fill->n_names;
    return ECOPT_OK;
}

/* In the order of the numbers, which is the order of the primary key: no sorting. Ends at the count
 * at the latest, so rows that a damaged file has in excess do not run over the array. */
static ecopt_status fill_rows(history_fill *fill)
{
    sqlite3_stmt *stmt = NULL;
    size_t n = fill->block->view.n;
    ECO_TRY(eco_sqlite_prepare(
        fill->store, &stmt,
        "select t.id, t.attempts, t.state, t.point, coalesce(a.cause, ''),"
        " (select count(*) from attempt s where s.trial = t.id and s.cause = a.cause),"
        " (select max(p.repeat) from phase p where p.trial = t.id"
        "  and p.attempt = coalesce(nullif(t.measured, 0), t.decided)), coalesce(t.measured, -1),"
        " a.ended_s from trial t left join attempt a"
        " on a.trial = t.id and a.attempt = coalesce(t.decided, t.attempts)"
        " where t.id > ? order by t.id",
        "i", fill->after));
    ecopt_status status = ECOPT_OK;
    bool has_row = true;
    for (size_t i = 0; i < n && status == ECOPT_OK && has_row; i++) {
        status = eco_sqlite_step(fill->store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            status = fill_row(fill, stmt, &fill->rows[i]);
    }
    eco_sqlite_end(fill->store, stmt);
    return status;
}

/* Puts one metric value into its trial's row. A row whose numbers are NULL was counted but not
 * filled, which only damage can cause; it is passed over. */
static void keep_value(history_fill *fill, size_t k, sqlite3_stmt *stmt)
{
    /* Trials are numbered 1, 2, 3, ... without holes: the number is the place. */
    sqlite3_int64 place = sqlite3_column_int64(stmt, 0) - fill->after - 1;
    if (place < 0 || (uint64_t)place >= fill->block->view.n || !fill->rows[place].values)
        return;
    union {
        const double *constant;
        double *own; /* the arena's memory is ours; only the public view is const */
    } values = {.constant = fill->rows[place].values};
    values.own[k] = eco_sqlite_double(stmt, 1);
    values.own[fill->n_names + k] = eco_sqlite_double(stmt, 2);
}

/* One metric of all trials. The cross join keeps the order of the loops: few trials, each looked
 * up by primary key; left alone, SQLite may walk all metrics of the study. All four columns of
 * the key are given, so each trial costs one look-up. Queued and running trials are left out: a
 * trial that was put back still has the metrics of its last attempt, and they decide nothing
 * until it is over. */
static ecopt_status fill_values(history_fill *fill, size_t k)
{
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(eco_sqlite_prepare(
        fill->store, &stmt,
        "select m.trial, m.value, m.u95 from trial t cross join metric m"
        " on m.trial = t.id and m.attempt = coalesce(nullif(t.measured, 0), t.decided)"
        " and m.name = ? and m.step = 0 where t.id > ? and t.state not in ('queued', 'running')",
        "ti", fill->names[k], fill->after));
    ecopt_status status = ECOPT_OK;
    bool has_row = true;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(fill->store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            keep_value(fill, k, stmt);
    }
    eco_sqlite_end(fill->store, stmt);
    return status;
}

/* Adds one row to the sums that the handle keeps. */
static void add_spent(eco_sqlite *store, sqlite3_stmt *stmt)
{
    double energy_j = eco_sqlite_double(stmt, 1), time_s = eco_sqlite_double(stmt, 2);
    store->summed_row = sqlite3_column_int64(stmt, 0);
    if (!isnan(energy_j)) {
        store->energy_j += energy_j;
        store->has_energy = true;
    }
    if (!isnan(time_s))
        store->time_s += time_s;
}

/* Over all attempts that came to an end, the interrupted ones as well (a killed one left no
 * figure). A sum over nothing is NaN: not metered, which is not 0 J. Time is 0 over nothing: no
 * time has passed, and that is known. Rows of `phase` are added and never changed or removed, and
 * get rising row numbers: only the new ones are read. In their order and one by one, so that the
 * sums are the same bits however often they were asked for. */
static ecopt_status fill_spent(history_fill *fill)
{
    eco_sqlite *store = fill->store;
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select rowid, energy_j, time_s from phase where rowid > ?"
                               " order by rowid",
                               "i", store->summed_row));
    ecopt_status status = ECOPT_OK;
    bool has_row = true;
    while (status == ECOPT_OK && has_row) {
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status == ECOPT_OK && has_row)
            add_spent(store, stmt);
    }
    eco_sqlite_end(store, stmt);
    fill->block->view.spent_energy_j = store->has_energy ? store->energy_j : (double)NAN;
    fill->block->view.spent_time_s = store->time_s;
    return status;
}

/* How many fresh measurements there are: who keeps what it has read learns by this that values of
 * trials that are over have changed. Answered by a partial index of a handful of rows. */
static ecopt_status count_confirmed(history_fill *fill)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(fill->store, &stmt,
                               "select count(*) from attempt where kind = 'confirm'"
                               " and state <> 'abandoned'",
                               ""));
    ecopt_status status = eco_sqlite_step(fill->store, stmt, &has_row);
    fill->block->view.n_confirmed = has_row ? sqlite3_column_int64(stmt, 0) : 0;
    eco_sqlite_end(fill->store, stmt);
    return status;
}

/* All parts in one read transaction of the caller: no row may change between them. The count sizes
 * the arrays, the rows give each its numbers, the values go into them: none of the three can come
 * earlier. */
static ecopt_status fill_history(history_fill *fill)
{
    eco_history_block *block = fill->block;
    ECO_TRY(count_trials(fill->store, fill->after, &block->view.n));
    fill->rows = eco_arena_alloc(&block->arena, block->view.n + 1, sizeof *fill->rows);
    if (!fill->rows)
        return ECOPT_E_NOMEM;
    block->view.rows = fill->rows;
    ECO_TRY(fill_rows(fill));
    ECO_TRY(count_confirmed(fill));
    for (size_t k = 0; k < fill->n_names; k++)
        ECO_TRY(fill_values(fill, k));
    return fill_spent(fill);
}

/* Everything lives in one arena, so a history that failed half way is freed like a whole one.
 * Reading ends in a commit as writing does; there it only lets go of the snapshot, so that the log
 * can be moved into the database again. */
ecopt_status eco_sqlite_get_history(eco_store *base, int64_t after, const char *const *names,
                                    size_t n_names, eco_store_history **ret_history)
{
    eco_sqlite *store = (eco_sqlite *)base;
    eco_history_block *block = eco_alloc(base->ctx, 1, sizeof *block);
    if (!block)
        return ECOPT_E_NOMEM;
    block->arena = (eco_arena)ECO_ARENA_INIT(base->ctx);
    history_fill fill = {
        .store = store, .block = block, .after = after, .n_names = n_names, .names = names};
    ecopt_status status = eco_sqlite_begin(store, "begin");
    if (status == ECOPT_OK)
        status = eco_sqlite_finish(store, fill_history(&fill));
    if (status != ECOPT_OK) {
        eco_store_history_free(base->ctx, &block->view);
        return status;
    }
    *ret_history = &block->view;
    return ECOPT_OK;
}

/* Along the primary keys of both tables, so nothing is sorted: trial, then the steps of one name in
 * one attempt. One statement is one read transaction by itself. */
ecopt_status eco_sqlite_each_step(eco_store *base, const char *metric, eco_step_fn take, void *user)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    ECO_TRY(eco_sqlite_prepare(
        store, &stmt,
        "select t.id, t.state, m.step, m.value from trial t cross join metric m"
        " on m.trial = t.id and m.attempt = t.decided and m.name = ? and m.step > 0"
        " where t.state not in ('queued', 'running') order by t.id, m.step",
        "t", metric));
    ecopt_status status = ECOPT_OK;
    bool has_row = true;
    while (status == ECOPT_OK && has_row) {
        ecopt_trial_state state = ECOPT_TRIAL_FAILED;
        status = eco_sqlite_step(store, stmt, &has_row);
        if (status != ECOPT_OK || !has_row)
            break;
        const ecopt_step_value point = {sqlite3_column_int64(stmt, 2), eco_sqlite_double(stmt, 3)};
        if (ecopt_trial_state_parse((const char *)sqlite3_column_text(stmt, 1), &state))
            status = take(user, sqlite3_column_int64(stmt, 0), state, &point);
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* From the end of the table, which is the order of time: a handful of rows, however long the study
 * is. */
ecopt_status eco_sqlite_get_phase_energy(eco_store *base, const char *phase, double *ret_energy_j)
{
    eco_sqlite *store = (eco_sqlite *)base;
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(store, &stmt,
                               "select avg(energy_j) from (select energy_j from phase"
                               " where phase = ? order by rowid desc limit 50)",
                               "t", phase));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK)
        *ret_energy_j = has_row ? eco_sqlite_double(stmt, 0) : (double)NAN;
    eco_sqlite_end(store, stmt);
    return status;
}
