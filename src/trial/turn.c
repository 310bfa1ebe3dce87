#include "trial/turn.h"

#include "core/clock.h"
#include "trial/builtin.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Sleep between two looks at a lock, and between two questions whether to go on [s]. */
static const double first_pause_s = 100e-6, longest_pause_s = 5e-3, ask_s = 0.1;

/* A wait that is told of. */
static const double said_after_s = 1.0;

/* True when metric `name` is made of the energy of phase i, or of all. */
static bool names_energy(const ecopt_definition *definition, const char *name, size_t i)
{
    size_t phase = 0;
    bool needs_energy = false, needs_samples = false;
    return eco_builtin_explain(name, definition->phases, definition->n_phases, &phase,
                               &needs_energy, &needs_samples) &&
           needs_energy && (phase == i || phase == definition->n_phases);
}

bool eco_turn_is_exclusive(const ecopt_definition *definition, size_t i)
{
    const char *concurrent = definition->meter.concurrent;
    if (concurrent && strcmp(concurrent, "share") == 0)
        return false;
    bool is_named = strcmp(definition->phases[i].name, "evaluate") == 0;
    for (size_t k = 0; k < definition->n_objectives; k++)
        is_named = is_named || names_energy(definition, definition->objectives[k].metric, i);
    for (size_t k = 0; k < definition->n_constraints; k++)
        is_named = is_named || names_energy(definition, definition->constraints[k].metric, i);
    return is_named;
}

/* An existing file is opened without O_CREAT, which the system refuses for files of others in a
 * folder that all may write; and without following a link that somebody may have laid there. A lock
 * needs no right to write: a file of another user that is read-only is as good, its count is not
 * kept then. */
static int open_shared(const char *path)
{
    const int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int fd = open(path, O_RDWR | flags);
    if (fd < 0 && errno == ENOENT) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0666);
        /* For all users of the machine, whatever the mask. */
        if (fd >= 0)
            (void)fchmod(fd, 0666);
        else if (errno == EEXIST)
            fd = open(path, O_RDWR | flags);
    }
    if (fd < 0 && errno == EACCES)
        fd = open(path, O_RDONLY | flags);
    struct stat info;
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        (void)close(fd);
        errno = EINVAL;
        fd = -1;
    }
    return fd;
}

static bool open_in(eco_turn *turn, const char *root, const char *folder)
{
    char gate[512], lock[512];
    int n = snprintf(gate, sizeof gate, "%s/%s/ecopt-energy.gate", root, folder);
    int m = snprintf(lock, sizeof lock, "%s/%s/ecopt-energy.lock", root, folder);
    if (n < 0 || m < 0 || n >= (int)sizeof gate || m >= (int)sizeof lock)
        return false;
    turn->gate_fd = open_shared(gate);
    turn->lock_fd = turn->gate_fd >= 0 ? open_shared(lock) : -1;
    if (turn->lock_fd >= 0)
        return true;
    int cause = errno;
    eco_turn_close(turn);
    errno = cause;
    return false;
}

void eco_turn_open(ecopt_ctx *ctx, const char *root, eco_turn *ret_turn)
{
    *ret_turn = (eco_turn){.ctx = ctx, .gate_fd = -1, .lock_fd = -1};
    if (open_in(ret_turn, root, "run/lock") || open_in(ret_turn, root, "tmp"))
        return;
    /* A made-up machine has no other studies. */
    eco_log(ctx, root[0] ? ECOPT_LOG_DEBUG : ECOPT_LOG_WARNING,
            "the machine's lock for measuring alone cannot be opened (%s): other studies are not "
            "waited for",
            strerror(errno));
}

/* A wait for one lock. */
typedef struct wait {
    double began_s, asked_s, pause_s;
    bool is_said;
} wait_state;

static bool take(eco_turn *turn, int fd, int operation, wait_state *w, bool (*go_on)(void *user),
                 void *user)
{
    while (flock(fd, operation | LOCK_NB) != 0) {
        double now_s = eco_clock_monotonic_s();
        if (now_s - w->asked_s >= ask_s) {
            w->asked_s = now_s;
            if (go_on && !go_on(user))
                return false;
        }
        if (!w->is_said && now_s - w->began_s > said_after_s) {
            eco_log(turn->ctx, ECOPT_LOG_INFO,
                    "waiting for phases that run on this machine: energy is measured alone");
            w->is_said = true;
        }
        const struct timespec pause = {0, (long)(w->pause_s * 1e9)};
        (void)nanosleep(&pause, NULL);
        w->pause_s = fmin(1.5 * w->pause_s, longest_pause_s);
    }
    return true;
}

/* Under the gate's lock. A count that cannot be read or written stays 0, and then says nothing. */
static uint64_t count_phase(int fd)
{
    uint64_t count = 0;
    if (pread(fd, &count, sizeof count, 0) != (ssize_t)sizeof count)
        count = 0;
    count++;
    return pwrite(fd, &count, sizeof count, 0) == (ssize_t)sizeof count ? count : 0;
}

bool eco_turn_enter(eco_turn *turn, bool is_exclusive, bool (*go_on)(void *user), void *user)
{
    if (turn->gate_fd < 0)
        return true;
    double now_s = eco_clock_monotonic_s();
    wait_state w = {.began_s = now_s, .asked_s = now_s, .pause_s = first_pause_s};
    if (!take(turn, turn->gate_fd, LOCK_EX, &w, go_on, user))
        return false;
    turn->was_alone_first = flock(turn->lock_fd, LOCK_EX | LOCK_NB) == 0;
    bool is_taken = take(turn, turn->lock_fd, is_exclusive ? LOCK_EX : LOCK_SH, &w, go_on, user);
    if (is_taken)
        turn->count = count_phase(turn->gate_fd);
    (void)flock(turn->gate_fd, LOCK_UN);
    turn->is_held = is_taken;
    turn->is_exclusive = is_exclusive;
    return is_taken;
}

bool eco_turn_was_alone(const eco_turn *turn)
{
    uint64_t count = 0;
    if (turn->gate_fd < 0 || turn->is_exclusive)
        return true;
    return turn->was_alone_first && turn->count > 0 &&
           pread(turn->gate_fd, &count, sizeof count, 0) == (ssize_t)sizeof count &&
           count == turn->count;
}

void eco_turn_leave(eco_turn *turn)
{
    if (turn->is_held)
        (void)flock(turn->lock_fd, LOCK_UN);
    turn->is_held = false;
}

void eco_turn_close(eco_turn *turn)
{
    if (turn->gate_fd >= 0)
        (void)close(turn->gate_fd);
    if (turn->lock_fd >= 0)
        (void)close(turn->lock_fd);
    turn->gate_fd = turn->lock_fd = -1;
}
