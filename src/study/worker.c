#include "study/worker.h"

#include "core/clock.h"
#include "core/fs.h"
#include "store/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* How long the processes of a dead worker are waited for: a little more than its supervisor takes
 * until it gives up what will not die. */
enum { WAIT_S = 15, POLL_MS = 20 };

/* First line of a file of the system without its newline; "" when it cannot be read. */
static void read_word(const char *path, char *text, size_t room_b)
{
    text[0] = '\0';
    FILE *file = fopen(path, "re");
    if (file && !fgets(text, (int)room_b, file))
        text[0] = '\0';
    if (file)
        (void)fclose(file);
    text[strcspn(text, "\n")] = '\0';
}

void eco_here_now(double lease_s, eco_here *ret_here)
{
    eco_here here = {.lease_s = lease_s > 0 ? lease_s : ECO_LEASE_S};
    if (gethostname(here.host, sizeof here.host - 1) != 0)
        here.host[0] = '\0';
    read_word("/proc/sys/kernel/random/boot_id", here.boot_id, sizeof here.boot_id);
    here.unix_s = eco_clock_unix_s();
    here.boot_s = eco_clock_monotonic_s();
    *ret_here = here;
}

bool eco_worker_is_dead(const eco_worker_row *worker, eco_worker_lock lock, const eco_here *here,
                        const char **ret_reason)
{
    bool is_free = lock == ECO_WORKER_FREE;
    bool is_same_boot = worker->boot_id[0] && strcmp(worker->boot_id, here->boot_id) == 0;
    bool is_same_host = worker->host[0] && strcmp(worker->host, here->host) == 0;
    double silent_s =
        is_same_boot ? here->boot_s - worker->seen_boot_s : here->unix_s - worker->seen_s;
    const char *reason = NULL;
    if (worker->id[0] == '\0' || (is_same_boot && is_free))
        reason = "lost: the process that ran it died";
    else if (!is_same_boot && is_same_host && is_free)
        reason = "lost: the machine that ran it was started anew";
    else if (silent_s > here->lease_s)
        reason = "lost: the process that ran it gave no sign of life";
    if (reason)
        *ret_reason = reason;
    return reason != NULL;
}

/* A random UUID (RFC 9562, version 4). Not from the study's seed: two workers must not be one. */
static bool make_uuid(char text[ECO_UUID_B])
{
    unsigned char b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return false;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    int n = 0;
    for (int i = 0; i < 16; i++)
        n += snprintf(text + n, ECO_UUID_B - (size_t)n, "%s%02x",
                      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    return true;
}

static char *path_of(ecopt_ctx *ctx, const char *dir, const char *id)
{
    return eco_asprintf(ctx, "%s/workers/%s", dir, id);
}

/* A shared lock, so that two who look do not take each other for the worker. A file that is gone
 * was removed by the worker when it left, or by somebody who found it dead; in a copy of the
 * study's folder it is another file, which nobody holds. */
eco_worker_lock eco_worker_look(ecopt_ctx *ctx, const char *dir, const char *id)
{
    char *path = path_of(ctx, dir, id);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool is_free = path && fd < 0 && errno == ENOENT;
    if (fd >= 0) {
        is_free = flock(fd, LOCK_SH | LOCK_NB) == 0;
        (void)close(fd);
    }
    eco_free(ctx, path);
    return is_free ? ECO_WORKER_FREE : ECO_WORKER_HELD;
}

static void remove_file(ecopt_ctx *ctx, const char *dir, const char *id)
{
    char *path = path_of(ctx, dir, id);
    if (path)
        (void)unlink(path);
    eco_free(ctx, path);
}

/* The file is locked before the row is there: whoever reads the row finds the lock held. */
static ecopt_status make_file(eco_worker *worker, const char *dir)
{
    ecopt_ctx *ctx = worker->ctx;
    char *folder = eco_fs_join(ctx, dir, "workers");
    ecopt_status status = folder ? eco_fs_make_dirs(ctx, folder) : ECOPT_E_NOMEM;
    eco_free(ctx, folder);
    ECO_TRY(status);
    if (!make_uuid(worker->id))
        return eco_fail(ctx, ECOPT_E_IO, "cannot make a random number: %s", strerror(errno));
    worker->path = path_of(ctx, dir, worker->id);
    if (!worker->path)
        return ECOPT_E_NOMEM;
    worker->fd = open(worker->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (worker->fd < 0)
        return eco_fail(ctx, errno == ENOSPC || errno == EDQUOT ? ECOPT_E_STORE_FULL : ECOPT_E_IO,
                        "cannot create '%s': %s", worker->path, strerror(errno));
    if (flock(worker->fd, LOCK_EX | LOCK_NB) != 0)
        return eco_fail(ctx, ECOPT_E_IO, "cannot lock '%s': %s", worker->path, strerror(errno));
    return ECOPT_OK;
}

ecopt_status eco_worker_open(ecopt_ctx *ctx, eco_store *store, const char *dir, double lease_s,
                             eco_worker *ret_worker)
{
    eco_worker worker = {.ctx = ctx, .store = store, .fd = -1};
    eco_here here;
    eco_here_now(lease_s, &here);
    worker.lease_s = here.lease_s;
    worker.beat_s = here.boot_s;
    ecopt_status status = make_file(&worker, dir);
    const eco_worker_row row = {.id = worker.id,
                                .host = here.host,
                                .boot_id = here.boot_id,
                                .pid = getpid(),
                                .started_s = here.unix_s,
                                .seen_s = here.unix_s,
                                .seen_boot_s = here.boot_s};
    if (status == ECOPT_OK)
        status = eco_store_add_worker(store, &row);
    if (status != ECOPT_OK) {
        if (worker.fd >= 0) {
            (void)unlink(worker.path);
            (void)close(worker.fd);
        }
        eco_free(ctx, worker.path);
        return status;
    }
    *ret_worker = worker;
    return ECOPT_OK;
}

bool eco_worker_beat(eco_worker *worker, int64_t trial, int64_t attempt)
{
    double now_s = eco_clock_monotonic_s();
    bool is_running = true;
    if (now_s - worker->beat_s < worker->lease_s / 3)
        return true;
    const eco_worker_row row = {
        .id = worker->id, .seen_s = eco_clock_unix_s(), .seen_boot_s = now_s};
    if (eco_store_beat(worker->store, &row, trial, attempt, &is_running) != ECOPT_OK) {
        eco_log(worker->ctx, ECOPT_LOG_DEBUG, "no sign of life could be given: %s",
                ecopt_ctx_errmsg(worker->ctx));
        return true;
    }
    worker->beat_s = now_s;
    return is_running;
}

/* One short line, written over the one before and cut behind it: a reader sees the old or the new
 * one, or at worst a mixture that it does not understand and passes over. */
void eco_worker_note(eco_worker *worker, int64_t trial, const char *phase)
{
    char text[256];
    int n = snprintf(text, sizeof text, "%lld %.3f %.128s\n", (long long)trial, eco_clock_unix_s(),
                     phase);
    if (worker->fd < 0 || n < 0 || n >= (int)sizeof text)
        return;
    if (pwrite(worker->fd, text, (size_t)n, 0) == n && ftruncate(worker->fd, n) != 0)
        eco_log(worker->ctx, ECOPT_LOG_DEBUG, "cannot cut '%s'", worker->path);
}

/* The phase of the trial that a worker runs; "" when its file says nothing of that trial. */
static void read_note(ecopt_ctx *ctx, const char *dir, const ecopt_worker *worker, char phase[129])
{
    char line[256];
    char *path = path_of(ctx, dir, worker->id), *end = line;
    line[0] = '\0';
    if (path)
        read_word(path, line, sizeof line);
    eco_free(ctx, path);
    phase[0] = '\0';
    /* "TRIAL SINCE PHASE", as it was noted. */
    if (strtoll(line, &end, 10) != worker->trial || end == line)
        return;
    (void)strtod(end, &end);
    end += strspn(end, " ");
    size_t length = strcspn(end, "\n");
    length = length < 128 ? length : 128;
    memcpy(phase, end, length);
    phase[length] = '\0';
}

/* A worker of another machine is believed: its lock may not reach here. */
ecopt_status eco_worker_complete(ecopt_ctx *ctx, const char *dir, ecopt_snapshot *snapshot)
{
    eco_snapshot *whole = (eco_snapshot *)(void *)snapshot;
    eco_here here;
    eco_here_now(0, &here);
    for (size_t i = 0; i < snapshot->n_workers; i++) {
        union {
            const ecopt_worker *shown;
            ecopt_worker *own; /* the arena's memory is ours; only the public view is const */
        } worker = {.shown = &snapshot->workers[i]};
        char phase[129] = "";
        bool is_here = strcmp(worker.shown->host, here.host) == 0;
        if (is_here)
            worker.own->is_there = eco_worker_look(ctx, dir, worker.shown->id) == ECO_WORKER_HELD;
        read_note(ctx, dir, worker.shown, phase);
        worker.own->phase = eco_arena_strdup(&whole->arena, phase);
        if (!worker.shown->phase)
            return ECOPT_E_NOMEM;
    }
    return ECOPT_OK;
}

/* The words of an earlier failure are what counts, not that its traces could not be cleared away.
 */
static void end_quietly(eco_worker *worker)
{
    ecopt_ctx *ctx = worker->ctx;
    char message[512], hint[512];
    (void)snprintf(message, sizeof message, "%s", ecopt_ctx_errmsg(ctx));
    (void)snprintf(hint, sizeof hint, "%s", ecopt_ctx_errhint(ctx));
    if (eco_store_end_worker(worker->store, worker->id, eco_clock_unix_s()) == ECOPT_OK)
        return;
    eco_log(ctx, ECOPT_LOG_DEBUG, "the end of worker '%s' is not noted", worker->id);
    (void)eco_fail(ctx, ECOPT_E_IO, "%s", message);
    (void)eco_hint(ctx, ECOPT_E_IO, "%s", hint);
}

/* The row first: as long as the file is there and locked, nobody takes the worker for dead. A store
 * that fails now leaves a row without an end, which does no harm. */
void eco_worker_close(eco_worker *worker)
{
    if (!worker->path)
        return;
    end_quietly(worker);
    (void)unlink(worker->path);
    (void)close(worker->fd);
    eco_free(worker->ctx, worker->path);
    *worker = (eco_worker){.fd = -1};
}

/* True when the process of a worker of this machine is gone or only waits to be reaped: then what
 * holds its lock is the supervisor that ends its trial. A number that another process has got since
 * counts as alive, and nobody waits. */
static bool is_process_gone(const eco_worker_row *worker, const eco_here *here)
{
    if (strcmp(worker->boot_id, here->boot_id) != 0 || worker->pid <= 1)
        return false;
    if (kill((pid_t)worker->pid, 0) != 0)
        return errno == ESRCH;
    char path[64], line[512];
    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)worker->pid);
    read_word(path, line, sizeof line);
    /* The state follows the name in parentheses, which may hold anything. */
    const char *end = strrchr(line, ')');
    return end && end[1] == ' ' && (end[2] == 'Z' || end[2] == 'X');
}

/* Waits for the lock of a worker whose process is gone. Looking again and again, because nobody
 * could be told anything during a wait without an end. */
static eco_worker_lock look_patiently(ecopt_ctx *ctx, const char *dir, const eco_worker_row *worker,
                                      const eco_here *here)
{
    double deadline_s = eco_clock_monotonic_s() + WAIT_S;
    eco_worker_lock lock = eco_worker_look(ctx, dir, worker->id);
    while (lock == ECO_WORKER_HELD && is_process_gone(worker, here) &&
           eco_clock_monotonic_s() < deadline_s) {
        const struct timespec pause = {0, POLL_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
        lock = eco_worker_look(ctx, dir, worker->id);
    }
    return lock;
}

/* A look at all running attempts. */
typedef struct search {
    ecopt_ctx *ctx;
    eco_store *store;
    const char *dir;
    const eco_here *here;
    eco_recovery found;
} search;

/* A worker runs one trial at a time, so it ends with its attempt. */
static ecopt_status give_up(search *s, const eco_running_row *row, const char *reason,
                            eco_worker_lock lock)
{
    bool is_changed = false;
    double now_s = s->here->unix_s;
    ECO_TRY(eco_store_lose(s->store, row->trial, row->attempt, reason, now_s, &is_changed));
    s->found.n_lost += is_changed;
    if (is_changed)
        eco_log(s->ctx, ECOPT_LOG_INFO, "trial %lld is queued again, %s", (long long)row->trial,
                reason);
    if (row->worker.id[0] == '\0' || lock == ECO_WORKER_HELD)
        return ECOPT_OK;
    remove_file(s->ctx, s->dir, row->worker.id);
    return eco_store_end_worker(s->store, row->worker.id, now_s);
}

static ecopt_status judge(search *s, const eco_running_row *row, bool is_patient)
{
    const eco_worker_row *worker = &row->worker;
    const char *reason = NULL;
    eco_worker_lock lock = ECO_WORKER_FREE;
    if (worker->id[0] != '\0')
        lock = is_patient ? look_patiently(s->ctx, s->dir, worker, s->here)
                          : eco_worker_look(s->ctx, s->dir, worker->id);
    if (eco_worker_is_dead(worker, lock, s->here, &reason))
        return give_up(s, row, reason, lock);
    s->found.n_others++;
    return ECOPT_OK;
}

ecopt_status eco_worker_recover(ecopt_ctx *ctx, eco_store *store, const char *dir, const char *own,
                                const eco_here *here, bool is_patient, eco_recovery *ret_recovery)
{
    eco_running_list *list = NULL;
    search s = {.ctx = ctx, .store = store, .dir = dir, .here = here};
    ECO_TRY(eco_store_get_running(store, &list));
    ecopt_status status = ECOPT_OK;
    for (size_t i = 0; i < list->n && status == ECOPT_OK; i++) {
        const eco_running_row *row = &list->rows[i];
        if (!own || strcmp(row->worker.id, own) != 0)
            status = judge(&s, row, is_patient);
    }
    eco_running_list_free(ctx, list);
    if (status == ECOPT_OK)
        *ret_recovery = s.found;
    return status;
}
