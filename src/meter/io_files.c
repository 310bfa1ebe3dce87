/*
 * What reading counters asks of the machine: files, perf events, clocks.  Thin wrappers over libc
 * that turn errno into negative results.
 *
 * Apart from io_system.c, so that a program which only reads counters (ecopt-energyd, as root)
 * contains no code that loads libraries, talks to the network or starts programs.
 */
#include "meter/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sources hold their descriptors for the life of the meter, while commands are forked:
 * close-on-exec is what keeps them out of every child.  A pipe that somebody named as a meter must
 * not hold up the open until another end appears. */
static int system_open(void *user, const char *path)
{
    (void)user;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* Interrupted reads are repeated: the program has signal handlers of its own. */
static long system_read(void *user, int fd, void *bytes, size_t n, long offset)
{
    (void)user;
    for (;;) {
        /* perf descriptors have no position: they refuse pread. */
        ssize_t got = offset < 0 ? read(fd, bytes, n) : pread(fd, bytes, n, offset);
        if (got >= 0)
            return got;
        if (errno != EINTR)
            return -errno;
    }
}

/* A descriptor of sysfs, procfs or perf has nothing to flush: close cannot lose data. */
static void system_close(void *user, int fd)
{
    (void)user;
    (void)close(fd);
}

/* The order is that of the folder; eco_io_list sorts. */
static int system_list(void *user, const char *path, void (*each)(void *arg, const char *name),
                       void *arg)
{
    (void)user;
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            each(arg, entry->d_name);
    (void)closedir(folder);
    return 0;
}

/* One event, all processes, one CPU: what an energy PMU allows. */
static int system_perf_open(void *user, uint32_t type, uint64_t config, int cpu)
{
    (void)user;
    /* The energy PMUs refuse exclude_* bits and sampling, so all other fields stay 0. */
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = type;
    attr.config = config;
    long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : (int)fd;
}

/* clock_gettime of these clocks cannot fail on Linux; 0 would be seen as no time passed. */
static double system_now(void *user, eco_clock which)
{
    (void)user;
    /* In the order of eco_clock. */
    static const clockid_t ids[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID};
    struct timespec now = {0, 0};
    (void)clock_gettime(ids[which], &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Used only while sources are probed, never by the sampling thread. */
static void system_sleep(void *user, double time_s)
{
    (void)user;
    if (!(time_s > 0))
        return;
    struct timespec left;
    left.tv_sec = (time_t)time_s;
    left.tv_nsec = (long)((time_s - (double)left.tv_sec) * 1e9);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

/* In sysfs the device behind a class entry is known by where its link points. */
static long system_link(void *user, const char *path, char *target, size_t room_b)
{
    (void)user;
    ssize_t n = readlink(path, target, room_b - 1);
    if (n < 0)
        return -errno;
    target[n] = '\0';
    return n;
}

eco_io eco_io_files(const char *root)
{
    return (eco_io){
        .root = root ? root : "",
        .open = system_open,
        .read = system_read,
        .close = system_close,
        .list = system_list,
        .perf_open = system_perf_open,
        .now = system_now,
        .sleep = system_sleep,
        .link = system_link,
    };
}
