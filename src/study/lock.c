/*
 * Who may be with a study: any number of workers, or one process that changes what they rely on.
 *
 * A flock on the file `lock` in its folder: exclusive while a study is opened (making its store,
 * migrating an old one, taking a changed definition) and shared from then on.  Who cannot be alone
 * opens the study as it is.  flock and not fcntl, because the lock then belongs to the open file
 * and ends with its last copy however the holder dies.  The file holds the number of the process
 * that was alone last, for the message; the lock itself does not depend on what it says.
 *
 * Versions before there were workers held the lock exclusively for a whole run, and so did the
 * supervisors of their trials.
 */
#include "core/clock.h"
#include "core/fs.h"
#include "core/str.h"
#include "study/study_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* How long somebody who is alone is waited for: behind a dead owner, whose children its supervisor
 * is ending, and behind a live one, who opens the study, too. */
enum { WAIT_S = 15, WAIT_LIVE_S = 5, POLL_MS = 20 };

/* Process that wrote the lock file last; 0 when that cannot be told. Read without any lock, so it
 * may meet a file that is just being written; the number serves the message and the decision to
 * wait, never the lock itself. */
static int64_t read_owner(int fd)
{
    char text[32] = "";
    int64_t pid = 0;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n > 0)
        text[strcspn(text, "\n")] = '\0';
    return eco_parse_int(text, &pid) ? pid : 0;
}

/* Signal 0 only asks. Not allowed to send one (EPERM) means that the process is there; a number
 * that could not be read counts as alive, so that nobody waits for nothing. A number that was given
 * to another process since counts as alive, too; then the user is told at once instead of after the
 * wait, which does no harm. */
static bool is_alive(int64_t pid)
{
    return pid <= 0 || kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

/* The one failure a user meets in practice, so it says what still works. */
static ecopt_status fail_locked(ecopt_ctx *ctx, const char *dir, int64_t owner)
{
    /* 0: whoever took the lock has not written its number yet. */
    if (owner > 0)
        (void)eco_fail(ctx, ECOPT_E_STORE_LOCKED, "study '%s' is in use by process %lld", dir,
                       (long long)owner);
    else
        (void)eco_fail(ctx, ECOPT_E_STORE_LOCKED, "study '%s' is in use by another process", dir);
    return eco_hint(ctx, ECOPT_E_STORE_LOCKED,
                    "wait for it or stop it; 'status', 'trials' and 'front' work beside it");
}

/* Alone if that is to be had at once, else among others. Asked again and again instead of a
 * blocking flock, because nobody could be told anything meanwhile and a wait without an end is what
 * the time limit is for. */
static ecopt_status wait_for_lock(ecopt_ctx *ctx, const char *dir, int fd, bool *ret_is_alone)
{
    double began_s = eco_clock_monotonic_s();
    for (;;) {
        bool is_alone = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (is_alone || flock(fd, LOCK_SH | LOCK_NB) == 0) {
            *ret_is_alone = is_alone;
            return ECOPT_OK;
        }
        if (errno != EWOULDBLOCK && errno != EINTR)
            return eco_fail(ctx, ECOPT_E_IO, "cannot lock '%s': %s", dir, strerror(errno));
        int64_t owner = read_owner(fd);
        double waited_s = eco_clock_monotonic_s() - began_s;
        if (waited_s > (is_alive(owner) ? WAIT_LIVE_S : WAIT_S))
            return fail_locked(ctx, dir, owner);
        const struct timespec pause = {0, POLL_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
}

/* Truncated first: the number of the owner before may have had more digits. A lock without a number
 * would work, but then nobody could be told whose it is; a folder where this cannot be written
 * could not take the store either. */
static ecopt_status write_owner(ecopt_ctx *ctx, const char *dir, int fd)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%lld\n", (long long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return eco_fail(ctx, errno == ENOSPC ? ECOPT_E_STORE_FULL : ECOPT_E_IO,
                        "cannot write the lock of '%s': %s", dir, strerror(errno));
    return ECOPT_OK;
}

/* On success the descriptor is the lock, and closing it is all there is to unlocking: nothing has
 * to be undone when the process dies. */
ecopt_status eco_study_lock(ecopt_ctx *ctx, const char *dir, int *ret_fd, bool *ret_is_alone)
{
    char *path = eco_fs_join(ctx, dir, "lock");
    bool is_alone = false;
    if (!path)
        return ECOPT_E_NOMEM;
    /* Never deleted: a file unlinked by one and locked by another would be two locks. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ecopt_status status = ECOPT_OK;
    if (fd < 0)
        status = eco_fail(ctx, ECOPT_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (status == ECOPT_OK)
        status = wait_for_lock(ctx, dir, fd, &is_alone);
    if (status == ECOPT_OK && is_alone)
        status = write_owner(ctx, dir, fd);
    if (status == ECOPT_OK) {
        *ret_fd = fd;
        *ret_is_alone = is_alone;
    } else if (fd >= 0) {
        (void)close(fd);
    }
    eco_free(ctx, path);
    return status;
}

/* The change of a lock lets go of it for a moment, in which somebody else may be alone: the caller
 * looks again at what it relies on. */
ecopt_status eco_study_share(ecopt_ctx *ctx, const char *dir, int fd)
{
    bool is_alone = false;
    if (flock(fd, LOCK_SH | LOCK_NB) == 0)
        return ECOPT_OK;
    ECO_TRY(wait_for_lock(ctx, dir, fd, &is_alone));
    return is_alone ? eco_study_share(ctx, dir, fd) : ECOPT_OK;
}

/* Makes or opens one of the study's lock files; close-on-exec, and no supervisor keeps it. */
static ecopt_status open_lock(const ecopt_study *study, const char *name, int *ret_fd)
{
    char *path = eco_fs_join(study->ctx, study->dir, name);
    if (!path)
        return ECOPT_E_NOMEM;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ecopt_status status = ECOPT_OK;
    if (fd < 0)
        status = eco_fail(study->ctx, ECOPT_E_IO, "cannot open '%s': %s", path, strerror(errno));
    else
        *ret_fd = fd;
    eco_free(study->ctx, path);
    return status;
}

/* The lock is on a file of the study and not on the trace: that one may be new for each run. */
ecopt_status eco_study_lock_record(const ecopt_study *study, int *ret_fd)
{
    int fd = -1;
    if (!study->definition->meter.record)
        return ECOPT_OK;
    ECO_TRY(open_lock(study, "record.lock", &fd));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = fd;
        return ECOPT_OK;
    }
    (void)close(fd);
    (void)eco_fail(study->ctx, ECOPT_E_STORE_LOCKED,
                   "study '%s' has a worker already, whose meter is recorded", study->dir);
    return eco_hint(study->ctx, ECOPT_E_STORE_LOCKED,
                    "a recording is of one worker: wait for it, or run without meter.record");
}

/* A file of its own: the lock above is held shared by everybody. */
ecopt_status eco_study_lock_proposals(ecopt_study *study, const volatile sig_atomic_t *stop,
                                      bool *ret_is_held)
{
    if (study->propose_fd < 0)
        ECO_TRY(open_lock(study, "propose.lock", &study->propose_fd));
    double began_s = eco_clock_monotonic_s(), pause_s = 50e-6;
    bool is_held = false;
    for (;;) {
        is_held = flock(study->propose_fd, LOCK_EX | LOCK_NB) == 0;
        bool is_enough = eco_clock_monotonic_s() - began_s > ECO_PROPOSE_WAIT_S;
        if (is_held || is_enough || (stop && *stop))
            break;
        const struct timespec pause = {0, (long)(pause_s * 1e9)};
        (void)nanosleep(&pause, NULL);
        /* All who wait look equally often after the first few times, so that nobody starves. */
        pause_s = fmin(1.5 * pause_s, 1e-3);
    }
    *ret_is_held = is_held;
    return ECOPT_OK;
}

void eco_study_unlock_proposals(ecopt_study *study)
{
    if (study->propose_fd >= 0)
        (void)flock(study->propose_fd, LOCK_UN);
}
