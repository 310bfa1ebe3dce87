/*
 * SQLite backend: statements with their arguments, and those that are kept.
 *
 * Preparing costs more than running: of a claim's time it was the half.  So a statement that has
 * run is kept and taken again by its text.  While it runs it is not among the kept ones: a
 * statement inside itself is simply prepared once more.  One that is kept was reset, so it holds no
 * snapshot back, and has no arguments, so it borrows nothing.
 *
 * Pragmas are not kept: SQLite runs some of them while it prepares them.
 */
#include "store/sqlite_store.h"

#include <math.h>
#include <string.h>

/* A kept statement of that text, which is no longer kept then; NULL: there is none. */
static sqlite3_stmt *take_kept(eco_sqlite *store, const char *sql)
{
    for (size_t i = 0; i < store->n_kept; i++)
        if (strcmp(sqlite3_sql(store->kept[i]), sql) == 0) {
            sqlite3_stmt *stmt = store->kept[i];
            store->kept[i] = store->kept[--store->n_kept];
            return stmt;
        }
    return NULL;
}

/* The code of a failed step stays that of the connection, as with finalising. */
void eco_sqlite_end(eco_sqlite *store, sqlite3_stmt *stmt)
{
    const char *sql = sqlite3_sql(stmt);
    if (!sql)
        return;
    if (store->n_kept == ECO_LEN(store->kept) || strncmp(sql, "pragma", 6) == 0) {
        (void)sqlite3_finalize(stmt);
        return;
    }
    (void)sqlite3_clear_bindings(stmt);
    (void)sqlite3_reset(stmt);
    store->kept[store->n_kept++] = stmt;
}

void eco_sqlite_forget(eco_sqlite *store)
{
    while (store->n_kept > 0)
        (void)sqlite3_finalize(store->kept[--store->n_kept]);
}

/* One argument per letter; texts are borrowed, every caller keeps them until the statement ends.
 * The letters stand beside the statement at each call, where they can be compared: SQLite takes a
 * parameter that was given nothing for null and says no word. */
static int bind_arguments(sqlite3_stmt *stmt, const char *types, va_list args)
{
    int code = SQLITE_OK;
    for (int i = 0; types[i] != '\0' && code == SQLITE_OK; i++) {
        if (types[i] == 'i') {
            code = sqlite3_bind_int64(stmt, i + 1, va_arg(args, int64_t));
        } else if (types[i] == 'd') {
            /* NaN would become null by itself; said here because readers rely on it. */
            double value = va_arg(args, double);
            code = isnan(value) ? sqlite3_bind_null(stmt, i + 1)
                                : sqlite3_bind_double(stmt, i + 1, value);
        } else {
            const char *text = va_arg(args, const char *);
            code = sqlite3_bind_text(stmt, i + 1, text, -1, SQLITE_STATIC);
        }
    }
    return code;
}

/* The variadic functions' common part. A statement that was prepared but could not be bound is
 * ended here, so the caller has one exactly when the status is ECOPT_OK. */
static ecopt_status prepare_list(eco_sqlite *store, sqlite3_stmt **ret_stmt, const char *sql,
                                 const char *types, va_list args)
{
    sqlite3_stmt *stmt = take_kept(store, sql);
    int code = SQLITE_OK;
    if (!stmt)
        code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (code != SQLITE_OK || bind_arguments(stmt, types, args) != SQLITE_OK) {
        ecopt_status status = eco_sqlite_fail(store, "use");
        eco_sqlite_end(store, stmt);
        return status;
    }
    *ret_stmt = stmt;
    return ECOPT_OK;
}

/* For statements with rows; those without go through eco_sqlite_run. */
ecopt_status eco_sqlite_prepare(eco_sqlite *store, sqlite3_stmt **ret_stmt, const char *sql,
                                const char *types, ...)
{
    va_list args;
    va_start(args, types);
    ecopt_status status = prepare_list(store, ret_stmt, sql, types, args);
    va_end(args);
    return status;
}

/* The statement knows whether it reads or writes, which is what the message says was tried. The
 * row's columns are valid until the next step: who keeps a text copies it before. */
ecopt_status eco_sqlite_step(eco_sqlite *store, sqlite3_stmt *stmt, bool *ret_has_row)
{
    int code = sqlite3_step(stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return eco_sqlite_fail(store, sqlite3_stmt_readonly(stmt) ? "read" : "write");
    *ret_has_row = code == SQLITE_ROW;
    return ECOPT_OK;
}

/* Rows that come all the same (some pragmas answer) are dropped. */
ecopt_status eco_sqlite_run(eco_sqlite *store, const char *sql, const char *types, ...)
{
    sqlite3_stmt *stmt = NULL;
    va_list args;
    va_start(args, types);
    ecopt_status status = prepare_list(store, &stmt, sql, types, args);
    va_end(args);
    bool has_row = status == ECOPT_OK;
    while (status == ECOPT_OK && has_row)
        status = eco_sqlite_step(store, stmt, &has_row);
    eco_sqlite_end(store, stmt);
    return status;
}

/* SQLite would give 0 for null, and 0 J is a measurement. */
double eco_sqlite_double(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? (double)NAN
                                                            : sqlite3_column_double(stmt, column);
}

/* For pragmas, counts and look-ups of one number. */
ecopt_status eco_sqlite_integer(eco_sqlite *store, int64_t *ret_value, const char *sql,
                                const char *types, ...)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    va_list args;
    va_start(args, types);
    ecopt_status status = prepare_list(store, &stmt, sql, types, args);
    va_end(args);
    if (status == ECOPT_OK)
        status = eco_sqlite_step(store, stmt, &has_row);
    if (status == ECOPT_OK)
        *ret_value = has_row ? sqlite3_column_int64(stmt, 0) : 0;
    eco_sqlite_end(store, stmt);
    return status;
}
