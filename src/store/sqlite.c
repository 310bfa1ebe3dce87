/*
 * SQLite backend: the file, errors, statements, transactions; opening and migrating.
 *
 * Write-ahead logging: readers see the last commit while a writer goes on; writers wait for one
 * another.
 *
 * Two settings carry the promise that nothing complete is lost. With `synchronous = normal` a
 * commit survives the death of this process, which is the usual accident, and a power cut may take
 * the last commits but never tears the file; sqlite_write.c asks for `full` where a trial was
 * costly.
 *
 * Neighbours: sqlite_statement.c runs single statements; sqlite_write.c, sqlite_worker.c and
 * sqlite_read.c hold the operations, sqlite_snapshot.c the reader of everything. Whatever goes
 * wrong there becomes a status and a sentence here; the only code of SQLite's that they look at is
 * that of a broken constraint.
 */
#include "store/sqlite_store.h"

#include "core/clock.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x45434F70, /* "ECOp", so that `file` and we know our own */
    BUSY_QUICK_N = 20            /* first sleeps are short, as most transactions are */
};

/* How long another writer is waited for: more than a full disk's fsync or a stopped process that is
 * soon continued takes. */
static const double busy_timeout_s = 30.0;
static const double busy_quick_s = 100e-6, busy_slow_s = 1e-3;

/*
 * Called by SQLite when another process writes.  Its own handler sleeps longer and longer, up to
 * 100 ms, so that who has waited long is beaten by whoever comes new: 8 workers starved one for
 * seconds.  Here all who wait look equally often.
 */
static int wait_for_writer(void *user, int n)
{
    eco_sqlite *store = user;
    double now_s = eco_clock_monotonic_s();
    if (n == 0)
        store->busy_since_s = now_s;
    if (now_s - store->busy_since_s > busy_timeout_s)
        return 0;
    double sleep_s = n < BUSY_QUICK_N ? busy_quick_s : busy_slow_s;
    const struct timespec pause = {0, (long)(sleep_s * 1e9)};
    (void)nanosleep(&pause, NULL);
    return 1;
}

/* Why a file cannot be made in the store's folder; 0 when it can. The file is made and removed at
 * once; its name is the store's own with an ending of ours. No memory for the name counts as no
 * cause found. */
static int probe_folder(eco_sqlite *store)
{
    int cause = 0;
    char *path = eco_asprintf(store->base.ctx, "%s.probe", store->path);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (path && fd < 0)
        cause = errno;
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    eco_free(store->base.ctx, path);
    return cause;
}

/* The error that the log or the database file met last, as SQLite's file layer has kept it. The log
 * is asked first, as nearly all writing goes there; the database file is written only when the log
 * is moved into it. */
static int file_cause(eco_sqlite *store)
{
    int cause = 0;
    sqlite3_file *log = NULL;
    (void)sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &cause);
    if (cause == 0)
        (void)sqlite3_file_control(store->db, "main", SQLITE_FCNTL_LAST_ERRNO, &cause);
    return cause;
}

/* The system's error behind SQLite's, 0 when there is none: it is set by failed file operations
 * only and keeps its value afterwards, so it means nothing beside other codes. */
static int system_cause(eco_sqlite *store)
{
    int code = sqlite3_errcode(store->db);
    if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
        return 0;
    int of_file = code == SQLITE_IOERR ? file_cause(store) : 0;
    if (of_file != 0)
        return of_file;
    int cause = sqlite3_system_errno(store->db);
    /* What SQLite cannot create it tries to open for reading, and keeps the error of that. */
    bool is_hidden = code == SQLITE_CANTOPEN && cause == ENOENT;
    int hidden = is_hidden && sqlite3_db_readonly(store->db, "main") != 1 ? probe_folder(store) : 0;
    return hidden != 0 ? hidden : cause;
}

/* SQLite reports a full disk in three ways, depending on which write hit it. A quota (EDQUOT) and a
 * limit of the file's size (EFBIG) are full disks to the user: making room is the remedy of all
 * three. */
static bool is_disk_full(eco_sqlite *store)
{
    int cause = system_cause(store);
    return sqlite3_errcode(store->db) == SQLITE_FULL || cause == ENOSPC || cause == EDQUOT ||
           cause == EFBIG;
}

/* "cannot WHAT 'PATH': SQLite's words (the system's words)". Both texts, because either alone
 * misleads: SQLite says "unable to open", the system says which permission is missing. */
static ecopt_status fail_file(eco_sqlite *store, ecopt_status status, const char *what)
{
    int cause = system_cause(store);
    const char *text = sqlite3_errmsg(store->db);
    if (cause == 0)
        return eco_fail(store->base.ctx, status, "cannot %s '%s': %s", what, store->path, text);
    return eco_fail(store->base.ctx, status, "cannot %s '%s': %s (%s)", what, store->path, text,
                    strerror(cause));
}

/* One place for all of SQLite's errors: what a user can do about it depends on the cause, and
 * the hint says it. */
ecopt_status eco_sqlite_fail(eco_sqlite *store, const char *what)
{
    ecopt_ctx *ctx = store->base.ctx;
    if (is_disk_full(store)) {
        (void)eco_fail(ctx, ECOPT_E_STORE_FULL, "cannot %s '%s': no space left", what, store->path);
        return eco_hint(ctx, ECOPT_E_STORE_FULL,
                        "free some space and run the same command again; nothing that was complete "
                        "is lost");
    }
    switch (sqlite3_errcode(store->db)) {
    case SQLITE_NOMEM:
        return eco_fail(ctx, ECOPT_E_NOMEM, "out of memory in the store '%s'", store->path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return eco_hint(ctx, fail_file(store, ECOPT_E_STORE_CORRUPT, what),
                        "the file is not an ECOpt store or is damaged; 'sqlite3 FILE .recover' may "
                        "save its rows");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return eco_hint(ctx, fail_file(store, ECOPT_E_IO, what),
                        "check that the folder exists and is writable");
    default:
        return fail_file(store, ECOPT_E_STORE, what);
    }
}

/* Separate from the operation so that its caller can see that every begin has its finish. The
 * statement decides what may happen to the transaction: a plain `begin` reads and does not wait for
 * the writer, `begin immediate` takes the writer's place at once or waits for it up to the
 * time-out. */
ecopt_status eco_sqlite_begin(eco_sqlite *store, const char *sql)
{
    return eco_sqlite_run(store, sql, "");
}

/* The first failure is the one to report: a commit is tried only when there was none. So the
 * operations between begin and finish need no clean-up of their own: each returns its status and
 * whatever it had written is gone unless all of it succeeded. */
ecopt_status eco_sqlite_finish(eco_sqlite *store, ecopt_status status)
{
    if (status == ECOPT_OK)
        status = eco_sqlite_run(store, "commit", "");
    /* A failed commit (full disk) may or may not have rolled back by itself. */
    if (status != ECOPT_OK && !sqlite3_get_autocommit(store->db))
        /* Nothing more can be done when that fails too; the log is rolled back at the next open. */
        (void)sqlite3_exec(store->db, "rollback", NULL, NULL, NULL);
    return status;
}

/* Runs in the caller's transaction: a store is of one version or of the next, never between. The
 * version is written in the same transaction as the tables: killed at any point, the file still is
 * what its version says. The migrations are fixed texts of several statements, which is why they go
 * through exec and not through a prepared statement. */
static ecopt_status apply_migrations(eco_sqlite *store, int64_t version)
{
    char pragma[64];
    for (size_t k = (size_t)version; k < eco_schema_version(); k++)
        if (sqlite3_exec(store->db, eco_schema_migration(k), NULL, NULL, NULL) != SQLITE_OK)
            return eco_sqlite_fail(store, "migrate");
    (void)snprintf(pragma, sizeof pragma, "pragma user_version = %zu", eco_schema_version());
    ECO_TRY(eco_sqlite_run(store, pragma, ""));
    (void)snprintf(pragma, sizeof pragma, "pragma application_id = %d", APPLICATION_ID);
    return eco_sqlite_run(store, pragma, "");
}

/* Whether the file is ours and not too new; only reads. An empty file without tables is taken for a
 * new store only where making one was asked for; everywhere else a file without our application id
 * is somebody else's database. */
static ecopt_status inspect(eco_sqlite *store, eco_store_mode mode, int64_t *ret_version)
{
    int64_t id = 0, version = 0, tables = 0;
    ECO_TRY(eco_sqlite_integer(store, &id, "pragma application_id", ""));
    ECO_TRY(eco_sqlite_integer(store, &version, "pragma user_version", ""));
    ECO_TRY(eco_sqlite_integer(store, &tables, "select count(*) from sqlite_master", ""));
    bool is_ours = id == APPLICATION_ID || (tables == 0 && mode == ECO_STORE_CREATE);
    if (!is_ours)
        return eco_fail(store->base.ctx, ECOPT_E_STORE_CORRUPT,
                        "'%s' is not an ECOpt store (its application id is %lld)", store->path,
                        (long long)id);
    if (version > (int64_t)eco_schema_version()) {
        (void)eco_fail(store->base.ctx, ECOPT_E_STORE_VERSION,
                       "'%s' has schema version %lld, this ECOpt reads up to %zu", store->path,
                       (long long)version, eco_schema_version());
        return eco_hint(store->base.ctx, ECOPT_E_STORE_VERSION, "use a newer ECOpt");
    }
    *ret_version = version;
    return ECOPT_OK;
}

/* A store with a hole in it would be found out in the middle of a study; better at its start.
 * Costs about 5 ms per 1,000 trials, once a run. The cheap check (no comparison of indexes with
 * tables) and only the first finding: one is enough to refuse, and the user's remedy is the same
 * for all. */
static ecopt_status check_pages(eco_sqlite *store)
{
    sqlite3_stmt *stmt = NULL;
    bool has_row = false;
    ECO_TRY(eco_sqlite_prepare(store, &stmt, "pragma quick_check(1)", ""));
    ecopt_status status = eco_sqlite_step(store, stmt, &has_row);
    const char *verdict = has_row ? (const char *)sqlite3_column_text(stmt, 0) : "ok";
    /* SQLite lists a page that it had no memory for among the damaged ones. */
    bool is_short = verdict && strstr(verdict, "error code=7");
    if (status == ECOPT_OK && is_short) {
        status = eco_fail(store->base.ctx, ECOPT_E_NOMEM, "out of memory in the store '%s'",
                          store->path);
    } else if (status == ECOPT_OK && verdict && strcmp(verdict, "ok") != 0) {
        status = eco_fail(store->base.ctx, ECOPT_E_STORE_CORRUPT, "'%s' is damaged: %s",
                          store->path, verdict);
        status = eco_hint(store->base.ctx, status, "'sqlite3 FILE .recover' may save its rows");
    }
    eco_sqlite_end(store, stmt);
    return status;
}

/* Looks at the version again inside the write transaction: two processes may both find a new file.
 * The first look was outside of any transaction and may be out of date by now. The loser of the
 * race finds the new version and has nothing to do. */
static ecopt_status migrate(eco_sqlite *store, eco_store_mode mode)
{
    int64_t version = 0;
    ECO_TRY(inspect(store, mode, &version));
    return version < (int64_t)eco_schema_version() ? apply_migrations(store, version) : ECOPT_OK;
}

/* Copies the whole file into memory and gives the store that copy: all queries are written for the
 * newest schema, and a reader may not change the file. Consistent beside a writer, since the copy
 * is one read transaction. Old stores are small beside memory (some kB a trial). */
static ecopt_status read_copy(eco_sqlite *store)
{
    sqlite3 *copy = NULL;
    if (sqlite3_open(":memory:", &copy) != SQLITE_OK) {
        (void)sqlite3_close(copy);
        return eco_fail(store->base.ctx, ECOPT_E_NOMEM, "out of memory copying '%s'", store->path);
    }
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", store->db, "main");
    int code = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(copy);
    int finished = backup ? sqlite3_backup_finish(backup) : code;
    if (code != SQLITE_DONE || finished != SQLITE_OK) {
        ecopt_status status = eco_fail(store->base.ctx, ECOPT_E_STORE, "cannot read '%s': %s",
                                       store->path, sqlite3_errmsg(copy));
        (void)sqlite3_close(copy);
        return status;
    }
    eco_sqlite_forget(store);
    (void)sqlite3_close(store->db);
    store->db = copy;
    return ECOPT_OK;
}

/* A reader of an older store migrates a copy of it. */
static ecopt_status prepare_reading(eco_sqlite *store, int64_t version)
{
    if (version >= (int64_t)eco_schema_version())
        return ECOPT_OK;
    ECO_TRY(read_copy(store));
    ECO_TRY(eco_sqlite_begin(store, "begin"));
    return eco_sqlite_finish(store, apply_migrations(store, version));
}

/* Looks before it writes: a file that is not ours, too new or damaged stays byte for byte as it is.
 * (Even `journal_mode = wal` writes into the file.) The journal mode is set before the transaction,
 * as SQLite refuses to change it within one, and stays with the file; `synchronous` belongs to the
 * connection and is set at each open. */
static ecopt_status prepare_file(eco_sqlite *store, eco_store_mode mode)
{
    int64_t version = 0;
    (void)sqlite3_busy_handler(store->db, wait_for_writer, store);
    ECO_TRY(inspect(store, mode, &version));
    if (mode == ECO_STORE_READ)
        return prepare_reading(store, version);
    ECO_TRY(check_pages(store));
    ECO_TRY(eco_sqlite_run(store, "pragma journal_mode = wal", ""));
    ECO_TRY(eco_sqlite_run(store, "pragma synchronous = normal", ""));
    ECO_TRY(eco_sqlite_begin(store, "begin immediate"));
    return eco_sqlite_finish(store, migrate(store, mode));
}

/* A read-only folder or medium has no room for the -shm file: read the file as one that never
 * changes. With `immutable` SQLite takes no locks and does not look for a log, so it is the second
 * choice: beside a writer it could read pages of two states. */
static int open_immutable(eco_sqlite *store)
{
    char *uri = sqlite3_mprintf("file:%s?immutable=1", store->path);
    if (!uri)
        return SQLITE_NOMEM;
    eco_sqlite_forget(store);
    (void)sqlite3_close(store->db);
    store->db = NULL;
    int code = sqlite3_open_v2(uri, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    return code;
}

/* Opens and prepares; for reading there is a second way, see open_immutable. On failure the handle
 * stays in `store` for the messages; close_store takes it from there. */
static ecopt_status open_file(eco_sqlite *store, eco_store_mode mode)
{
    /* A writer of an existing store must not make an empty one where the user mistyped the path. */
    int flags = mode == ECO_STORE_READ     ? SQLITE_OPEN_READONLY
                : mode == ECO_STORE_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                           : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK) {
        if (!store->db)
            return eco_fail(store->base.ctx, ECOPT_E_NOMEM, "out of memory opening '%s'",
                            store->path);
        return eco_sqlite_fail(store, "open");
    }
    /* Only a permission or a read-only medium gets the second chance; damage stays damage. */
    ecopt_status status = prepare_file(store, mode);
    if (status == ECOPT_E_IO && mode == ECO_STORE_READ && open_immutable(store) == SQLITE_OK)
        status = prepare_file(store, mode);
    return status;
}

/* The last connection moves the log into the database. When that fails (full disk) SQLite keeps the
 * log, and nothing is lost or told. Also for a store that was opened half way: both pointers may be
 * NULL. */
static ecopt_status close_store(eco_store *base)
{
    eco_sqlite *store = (eco_sqlite *)base;
    ecopt_ctx *ctx = base->ctx;
    ecopt_status status = ECOPT_OK;
    eco_sqlite_forget(store);
    if (store->db && sqlite3_close(store->db) != SQLITE_OK)
        status = eco_fail(ctx, ECOPT_E_STORE, "could not close '%s'", store->path);
    eco_free(ctx, store->path);
    eco_free(ctx, store);
    return status;
}

/* Makes the file when it is missing, for SQLite would not tell why it could not (it tries again for
 * reading and reports that).  An existing file is never opened here: closing it would drop the
 * locks that another connection of this process holds. Errors other than a missing file are left to
 * SQLite's own open, which meets them again and reports them with their cause. */
static ecopt_status find_file(ecopt_ctx *ctx, const char *path, eco_store_mode mode)
{
    if (access(path, F_OK) == 0 || errno != ENOENT)
        return ECOPT_OK;
    if (mode != ECO_STORE_CREATE)
        return eco_fail(ctx, ECOPT_E_NOT_FOUND, "there is no study store at '%s'", path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 && close(fd) == 0)
        return ECOPT_OK;
    /* Another process was quicker: as good. */
    if (fd < 0 && errno == EEXIST)
        return ECOPT_OK;
    bool is_full = errno == ENOSPC || errno == EDQUOT;
    return eco_fail(ctx, is_full ? ECOPT_E_STORE_FULL : ECOPT_E_IO, "cannot create '%s': %s", path,
                    strerror(errno));
}

/* Backend operation `open`; the path stays for the messages. The file is found before anything is
 * allocated, so the commonest failure, a wrong path, has nothing to release. */
static ecopt_status open_store(ecopt_ctx *ctx, const char *path, eco_store_mode mode,
                               eco_store **ret_store)
{
    ECO_TRY(find_file(ctx, path, mode));
    eco_sqlite *store = eco_alloc(ctx, 1, sizeof *store);
    if (!store)
        return ECOPT_E_NOMEM;
    store->base = (struct eco_store){&eco_store_sqlite, ctx};
    store->path = eco_strdup(ctx, path);
    ecopt_status status = store->path ? open_file(store, mode) : ECOPT_E_NOMEM;
    if (status != ECOPT_OK) {
        (void)close_store(&store->base);
        return status;
    }
    *ret_store = &store->base;
    return ECOPT_OK;
}

/* Any path is a file name to SQLite, so it stands last in the registry. */
static bool accepts_path(const char *path)
{
    (void)path;
    return true;
}

/* The backend as the registry of store.c sees it. */
const eco_store_ops eco_store_sqlite = {
    .name = "sqlite",
    .accepts = accepts_path,
    .open = open_store,
    .close = close_store,
    .create_study = eco_sqlite_create_study,
    .get_study = eco_sqlite_get_study,
    .revise = eco_sqlite_revise,
    .add_trial = eco_sqlite_add_trial,
    .add_outside = eco_sqlite_add_outside,
    .set_wanted = eco_sqlite_set_wanted,
    .get_wanted = eco_sqlite_get_wanted,
    .requeue_failed = eco_sqlite_requeue_failed,
    .accept = eco_sqlite_accept,
    .verify = eco_sqlite_verify,
    .each_dir = eco_sqlite_each_dir,
    .take = eco_sqlite_take,
    .add_worker = eco_sqlite_add_worker,
    .beat = eco_sqlite_beat,
    .end_worker = eco_sqlite_end_worker,
    .get_running = eco_sqlite_get_running,
    .lose = eco_sqlite_lose,
    .end_attempt = eco_sqlite_end_attempt,
    .recover = eco_sqlite_recover,
    .get_reason = eco_sqlite_get_reason,
    .count_attempts = eco_sqlite_count_attempts,
    .give_up = eco_sqlite_give_up,
    .keep_confirm = eco_sqlite_keep_confirm,
    .add_confirm = eco_sqlite_add_confirm,
    .get_phase_energy = eco_sqlite_get_phase_energy,
    .pass_over = eco_sqlite_pass_over,
    .each_decision = eco_sqlite_each_decision,
    .note = eco_sqlite_note,
    .add_own = eco_sqlite_add_own,
    .set_reference = eco_sqlite_set_reference,
    .get_reference = eco_sqlite_get_reference,
    .get_history = eco_sqlite_get_history,
    .each_step = eco_sqlite_each_step,
    .snapshot = eco_sqlite_snapshot,
};
