/*
 * One writer per study: an exclusive flock on the file `lock` in its folder.
 *
 * flock and not fcntl, because the lock then belongs to the open file: children inherit it with the
 * descriptor, and it ends with the last copy however the holder dies. The file holds the number of
 * the process for the message; the lock itself does not depend on what it says.
 */
#include "core/clock.h"
#include "core/fs.h"
#include "core/str.h"
#include "study/study_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/*
 * The supervisor of a running phase keeps a copy of the lock's descriptor.  After `kill -9` of
 * ECOpt the lock is therefore free only once the last process of the killed trial is gone, and no
 * second run can meet the first one's children.
 */
enum { WAIT_S = 15, POLL_MS = 20 };

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

/* Waits only behind a dead owner, whose children the supervisor is ending; a live one may take
 * hours, and the user is told at once. Asked again and again instead of a blocking flock,
 * because nobody could be told anything meanwhile and a wait without an end is what the time
 * limit is for. */
static ecopt_status wait_for_lock(ecopt_ctx *ctx, const char *dir, int fd)
{
    double deadline_s = eco_clock_monotonic_s() + WAIT_S;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return eco_fail(ctx, ECOPT_E_IO, "cannot lock '%s': %s", dir, strerror(errno));
        int64_t owner = read_owner(fd);
        if (is_alive(owner) || eco_clock_monotonic_s() > deadline_s)
            return fail_locked(ctx, dir, owner);
        const struct timespec pause = {0, POLL_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
    return ECOPT_OK;
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
ecopt_status eco_study_lock(ecopt_ctx *ctx, const char *dir, int *ret_fd)
{
    char *path = eco_fs_join(ctx, dir, "lock");
    if (!path)
        return ECOPT_E_NOMEM;
    /* Never deleted: a file unlinked by one and locked by another would be two locks. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ecopt_status status = ECOPT_OK;
    if (fd < 0)
        status = eco_fail(ctx, ECOPT_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (status == ECOPT_OK)
        status = wait_for_lock(ctx, dir, fd);
    if (status == ECOPT_OK)
        status = write_owner(ctx, dir, fd);
    if (status == ECOPT_OK)
        *ret_fd = fd;
    else if (fd >= 0)
        (void)close(fd);
    eco_free(ctx, path);
    return status;
}
