/*
 * Shared object for LD_PRELOAD that makes a program's world fail while a test runs, as told by a
 * file that the test changes meanwhile.
 *
 * Environment:
 *   ECOPT_CHAOS          the control file, mapped; without it nothing happens
 *   ECOPT_CHAOS_FELT     file of N_FELT 64-bit counters, mapped: what was done to somebody; may be
 *                        absent
 *   ECOPT_CHAOS_PROGRAM  only in the program of this short name (its children go unharmed)
 *   ECOPT_CHAOS_PATH     only files whose path holds this text
 *
 * The control file is one line of ASCII, so that a shell can write it: byte 0 to 3 are digits, byte
 * 8 to 19 a number.
 *   [0] 1: no space left    writes, new files, fsync fail with ENOSPC
 *   [1] 1: read-only        the same with EROFS
 *   [2] d: interrupted      d of 10 blocking calls fail with EINTR
 *   [3] d: no memory        d of 1,000 allocations give NULL
 *   [8..19] offset of the wall clock in seconds, with sign
 *
 * Which call fails is drawn from a counter, so a run is as random as the moments of its events.
 */
/* The tree is compiled with hidden visibility; what is replaced here must be seen. */
#pragma GCC visibility push(default)
#include "failing_files.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

enum { CONTROL_B = 20, CLOCK_AT = 8 };

static const volatile char *control; /* NULL: harmless */

/* What a test can count, in the order of the file. */
enum { FELT_FULL, FELT_READ_ONLY, FELT_INTERRUPT, FELT_MEMORY, FELT_CLOCK, N_FELT };

static _Atomic uint64_t *felt; /* NULL: nobody counts */

static void feel(int what)
{
    if (felt)
        atomic_fetch_add(&felt[what], 1);
}
static atomic_uint n_draws;

/* NULL when there is no such file. */
static void *map_file(const char *path, int flags, int protection, size_t n)
{
    long fd = path ? syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC) : -1;
    if (fd < 0)
        return NULL;
    void *map = mmap(NULL, n, protection, MAP_SHARED, (int)fd, 0);
    (void)syscall(SYS_close, fd);
    return map == MAP_FAILED ? NULL : map;
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("ECOPT_CHAOS"), *program = getenv("ECOPT_CHAOS_PROGRAM");
    if (!path || !program || strcmp(program, program_invocation_short_name) != 0)
        return;
    felt =
        map_file(getenv("ECOPT_CHAOS_FELT"), O_RDWR, PROT_READ | PROT_WRITE, N_FELT * sizeof *felt);
    control = map_file(path, O_RDONLY, PROT_READ, CONTROL_B);
}

static int level(int place)
{
    return control && control[place] >= '0' && control[place] <= '9' ? control[place] - '0' : 0;
}

/* True `wanted` times of `of`.  Knuth's multiplicative hash of a counter: cheap, and safe in a
 * handler and after a fork. */
static bool draws(unsigned wanted, unsigned of)
{
    unsigned n = atomic_fetch_add(&n_draws, 1) + (unsigned)getpid() * 40503u;
    return wanted > 0 && (n * 2654435761u >> 8) % of < wanted;
}

/* ---- disk ---- */

static bool fails_path(const char *operation, const char *path)
{
    (void)operation;
    if (!level(0) && !level(1))
        return false;
    const char *pattern = getenv("ECOPT_CHAOS_PATH");
    if (!control || !pattern || !strstr(path, pattern))
        return false;
    feel(level(0) ? FELT_FULL : FELT_READ_ONLY);
    errno = level(0) ? ENOSPC : EROFS;
    return true;
}

/* ---- interrupted calls ---- */

/* Files on a disk are never interrupted; pipes, sockets and waits are. */
static bool is_slow(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
}

static bool is_interrupted(void)
{
    if (!draws((unsigned)level(2), 10))
        return false;
    feel(FELT_INTERRUPT);
    errno = EINTR;
    return true;
}

ssize_t read(int fd, void *bytes, size_t n)
{
    REAL(read);
    return level(2) && is_slow(fd) && is_interrupted() ? -1 : real.function(fd, bytes, n);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(write);
    if (fails_fd("write", fd) || (level(2) && is_slow(fd) && is_interrupted()))
        return -1;
    return real.function(fd, bytes, n);
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    REAL(poll);
    return is_interrupted() ? -1 : real.function(fds, n, timeout_ms);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    REAL(ppoll);
    return is_interrupted() ? -1 : real.function(fds, n, timeout, mask);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    REAL(waitpid);
    return !(options & WNOHANG) && is_interrupted() ? -1 : real.function(pid, status, options);
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    REAL(nanosleep);
    if (is_interrupted()) {
        if (left)
            *left = *wanted;
        return -1;
    }
    return real.function(wanted, left);
}

/* ---- memory ---- */

/* The C library's own names for its allocator: looking the usual ones up would allocate. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);

static bool is_exhausted(void)
{
    if (!draws((unsigned)level(3), 1000))
        return false;
    feel(FELT_MEMORY);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return is_exhausted() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return is_exhausted() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t n)
{
    return is_exhausted() ? NULL : __libc_realloc(old, n);
}

/* ---- the wall clock ---- */

static time_t offset_s(void)
{
    char text[CONTROL_B - CLOCK_AT + 1];
    if (!control)
        return 0;
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = control[CLOCK_AT + i];
    text[sizeof text - 1] = '\0';
    time_t offset = (time_t)strtol(text, NULL, 10);
    if (offset != 0)
        feel(FELT_CLOCK);
    return offset;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(clock_gettime);
    int code = real.function(clock, now);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset_s();
    return code;
}

time_t time(time_t *ret)
{
    REAL(time);
    time_t now = real.function(NULL) + offset_s();
    if (ret)
        *ret = now;
    return now;
}
