#include "trial/cgroup.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Read at once of the files scanned here; no line of theirs is nearly as long. */
enum { SCAN_B = 1024 };

/* A group is busy until the last of its processes is gone, which takes some milliseconds after they
 * were killed; what lives longer hangs in the kernel. */
static const double remove_patience_s = 2.0;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static const char *const controllers[] = {"memory", "pids", "cpuset"};

const char *eco_controller_name(eco_controller controller)
{
    return controllers[controller];
}

/* Number of the line "KEY NUMBER" among the whole lines of a text, or -1. */
static int64_t number_in(const char *text, const char *key)
{
    size_t n = strlen(key);
    for (const char *line = text; line && *line;) {
        if (strncmp(line, key, n) == 0 && line[n] == ' ')
            return strtoll(line + n + 1, NULL, 10);
        line = strchr(line, '\n');
        if (line)
            line++;
    }
    return -1;
}

/* In pieces of a fixed size, the beginning of a line carried over to the next piece: /proc/vmstat
 * grows with each kernel, and this is read beside each phase. */
int64_t eco_cgroup_number(int dir_fd, const char *name, const char *key)
{
    char text[SCAN_B];
    size_t n = 0;
    ssize_t got;
    int64_t number = -1;
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    do {
        got = read(fd, text + n, sizeof text - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        n += got > 0 ? (size_t)got : 0;
        text[n] = '\0';
        char *end = got > 0 ? strrchr(text, '\n') : text + n;
        char *rest = end && *end ? end + 1 : end;
        if (!rest)
            rest = text + n; /* a line without end fills the buffer: none of ours */
        char first = *rest;
        *rest = '\0';
        number = number_in(text, key);
        *rest = first;
        n -= (size_t)(rest - text);
        memmove(text, rest, n);
    } while (got != 0 && number < 0 && (got > 0 || errno == EINTR));
    (void)close(fd);
    return number;
}

int64_t eco_system_oom_kills(const char *system_root)
{
    char path[256];
    int n = snprintf(path, sizeof path, "%s/proc/vmstat", system_root ? system_root : "");
    if (n < 0 || n >= (int)sizeof path)
        return -1;
    return eco_cgroup_number(AT_FDCWD, path, "oom_kill");
}

/*
 * O_CREAT has no effect in the kernel's own file system, where what is not there cannot be made;
 * in a folder that stands for it, a file appears with what was written.
 */
static bool write_text(int dir_fd, const char *name, const char *text)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ssize_t n;
    do
        n = write(fd, text, strlen(text));
    while (n < 0 && errno == EINTR);
    int cause = errno;
    (void)close(fd);
    errno = cause;
    return n == (ssize_t)strlen(text);
}

static ecopt_status fail_write(const eco_cgroup_place *place, const char *name, const char *text)
{
    return eco_fail(place->ctx, ECOPT_E_SPAWN, "cannot write '%s' into '%s' below '%s': %s", text,
                    name, place->path, strerror(errno));
}

/* CPU numbers as the kernel reads them: "0-3,8". */
static void cpu_list(const cpu_set_t *cpus, char *text, size_t room_b)
{
    size_t n = 0;
    text[0] = '\0';
    for (int first = 0; first < CPU_SETSIZE && n + 16 < room_b; first++) {
        int last = first;
        if (!CPU_ISSET((size_t)first, cpus))
            continue;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET((size_t)last + 1, cpus))
            last++;
        n += (size_t)snprintf(text + n, room_b - n, last > first ? "%s%d-%d" : "%s%d",
                              n > 0 ? "," : "", first, last);
        first = last;
    }
}

/*
 * Swap is taken away with the memory, or a limit would only make the trial slow; kernels without
 * swap accounting have no such file.  The whole group dies when one of its processes does: a
 * trainer whose data loader was killed would wait for it for ever.
 */
static ecopt_status set_memory(const eco_cgroup_place *place, const eco_cgroup *group,
                               double memory_b)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, (uint64_t)memory_b);
    if (!write_text(group->dir_fd, "memory.max", text))
        return fail_write(place, "memory.max", text);
    (void)write_text(group->dir_fd, "memory.swap.max", "0");
    (void)write_text(group->dir_fd, "memory.oom.group", "1");
    return ECOPT_OK;
}

static ecopt_status set_limits(const eco_cgroup_place *place, const eco_cgroup *group,
                               const eco_limits *limits)
{
    char text[512];
    if (limits->memory_b > 0 && place->has[ECO_CONTROLLER_MEMORY])
        ECO_TRY(set_memory(place, group, limits->memory_b));
    if (limits->pids > 0 && place->has[ECO_CONTROLLER_PIDS]) {
        (void)snprintf(text, sizeof text, "%" PRId64, limits->pids);
        if (!write_text(group->dir_fd, "pids.max", text))
            return fail_write(place, "pids.max", text);
    }
    if (limits->cpus && place->has[ECO_CONTROLLER_CPUSET]) {
        cpu_list(limits->cpus, text, sizeof text);
        if (!write_text(group->dir_fd, "cpuset.cpus", text))
            return fail_write(place, "cpuset.cpus", text);
    }
    return ECOPT_OK;
}

/*
 * Named by process and thread, so that no two that run at once share a group.  One that is there
 * already was left by a dead process of the same number; it is empty, or it cannot be removed and
 * is not ours.
 */
static ecopt_status make_group(const eco_cgroup_place *place, eco_cgroup *group)
{
    (void)snprintf(group->name, sizeof group->name, "ecopt-%ld-%ld", (long)getpid(),
                   (long)syscall(SYS_gettid));
    group->place_fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group->place_fd >= 0) {
        (void)unlinkat(group->place_fd, group->name, AT_REMOVEDIR);
        if (mkdirat(group->place_fd, group->name, 0755) == 0 ||
            (errno == EEXIST && place->system_root[0]))
            group->dir_fd =
                openat(group->place_fd, group->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (group->dir_fd < 0)
        return eco_fail(place->ctx, ECOPT_E_SPAWN, "cannot make a control group in '%s': %s",
                        place->path, strerror(errno));
    return ECOPT_OK;
}

ecopt_status eco_cgroup_open(const eco_cgroup_place *place, const eco_limits *limits,
                             eco_cgroup *ret_group)
{
    eco_cgroup group = ECO_CGROUP_NONE;
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
    *ret_group = group;
    ecopt_status status = make_group(place, &group);
    if (status == ECOPT_OK && limits)
        status = set_limits(place, &group, limits);
    if (status == ECOPT_OK) {
        group.procs_fd = openat(group.dir_fd, "cgroup.procs", flags, 0600);
        /* Since Linux 5.14; without it what is left is ended by the supervisor alone. */
        group.kill_fd = openat(group.dir_fd, "cgroup.kill", flags, 0600);
        if (group.procs_fd < 0)
            status = fail_write(place, "cgroup.procs", "0");
    }
    if (status != ECOPT_OK) {
        eco_cgroup_close(&group);
        return status;
    }
    *ret_group = group;
    return ECOPT_OK;
}

/* memory.peak is there since Linux 5.19; oom_kill counts in the group and below it. */
eco_cgroup_use eco_cgroup_read(const eco_cgroup *group)
{
    eco_cgroup_use use = {(double)NAN, (double)NAN, 0};
    char text[32] = "";
    if (group->dir_fd < 0)
        return use;
    int64_t usage_us = eco_cgroup_number(group->dir_fd, "cpu.stat", "usage_usec");
    int64_t kills = eco_cgroup_number(group->dir_fd, "memory.events", "oom_kill");
    if (usage_us >= 0)
        use.cpu_s = (double)usage_us * 1e-6;
    if (kills > 0)
        use.oom_kills = kills;
    int fd = openat(group->dir_fd, "memory.peak", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
        use.peak_b = strtod(text, NULL);
    close_fd(&fd);
    return use;
}

bool eco_cgroup_kill(int kill_fd)
{
    return kill_fd >= 0 && write(kill_fd, "1", 1) == 1;
}

/* Killing an empty group costs nothing, and nothing may be left in one that goes. */
void eco_cgroup_close(eco_cgroup *group)
{
    const struct timespec pause = {0, 1000000};
    double until_s = eco_clock_monotonic_s() + remove_patience_s;
    (void)eco_cgroup_kill(group->kill_fd);
    int *const fds[] = {&group->procs_fd, &group->kill_fd, &group->dir_fd};
    for (size_t i = 0; i < ECO_LEN(fds); i++)
        close_fd(fds[i]);
    if (group->place_fd >= 0 && group->name[0])
        while (unlinkat(group->place_fd, group->name, AT_REMOVEDIR) != 0 && errno == EBUSY &&
               eco_clock_monotonic_s() < until_s)
            (void)nanosleep(&pause, NULL);
    close_fd(&group->place_fd);
}
