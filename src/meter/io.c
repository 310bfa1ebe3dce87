/*
 * The machine behind eco_io: thin wrappers over libc that turn errno into negative results.
 *
 * What is below the wrappers (paths under a root, small numbers in small files) is shared by all
 * sources, so that each of them fails alike on the same malformed file.
 */
#include "meter/io.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* Local binding: a driver library must not lend its symbols to the rest of the program. */
static void *system_dlopen(void *user, const char *path)
{
    (void)user;
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* NULL means absent: no symbol that a driver library offers has the address 0. */
static void *system_dlsym(void *user, void *library, const char *symbol)
{
    (void)user;
    return dlsym(library, symbol);
}

/* Some drivers refuse to be unloaded; nothing depends on it. */
static void system_dlclose(void *user, void *library)
{
    (void)user;
    (void)dlclose(library);
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

/* Never a terminal of ours, and never waiting for the other end of a pipe. */
static int system_open_device(void *user, const char *path)
{
    (void)user;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static int system_request(void *user, int fd, unsigned long code, void *argument)
{
    (void)user;
    return ioctl(fd, code, argument) < 0 ? -errno : 0;
}

/* A signal starts the wait anew: requests are answered within seconds or not at all. */
static int system_wait(void *user, int fd, double timeout_s)
{
    (void)user;
    struct pollfd event = {.fd = fd, .events = POLLIN};
    for (;;) {
        int n = poll(&event, 1, (int)(1e3 * timeout_s));
        if (n > 0)
            return 0;
        if (n == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

static long system_http_get(void *user, const eco_http_request *request, char *body, size_t room_b)
{
    (void)user;
    return eco_http_get(request, body, room_b);
}

static int system_run(void *user, const eco_spawn_request *request, char *out, size_t room_b)
{
    (void)user;
    return eco_spawn_run(request, out, room_b);
}

eco_io eco_io_system(const char *root)
{
    return (eco_io){
        .user = NULL,
        .root = root ? root : "",
        .open = system_open,
        .read = system_read,
        .close = system_close,
        .list = system_list,
        .perf_open = system_perf_open,
        .now = system_now,
        .sleep = system_sleep,
        .dlopen = system_dlopen,
        .dlsym = system_dlsym,
        .dlclose = system_dlclose,
        .link = system_link,
        .open_device = system_open_device,
        .request = system_request,
        .wait = system_wait,
        .http_get = system_http_get,
        .run = system_run,
    };
}

/* The root is a prefix, not a folder to be joined: "" and "/x" both work without a slash more.
 * A path that was cut would be another file: it counts as failure instead. */
bool eco_io_path(const eco_io *io, const char *path, char full[ECO_IO_PATH_B])
{
    int n = snprintf(full, ECO_IO_PATH_B, "%s%s", io->root, path);
    return n >= 0 && n < ECO_IO_PATH_B;
}

int eco_io_open(const eco_io *io, const char *path)
{
    char full[ECO_IO_PATH_B];
    return eco_io_path(io, path, full) ? io->open(io->user, full) : -ENAMETOOLONG;
}

/* access(2) would ask for the real user and know nothing of faults injected by tests. */
int eco_io_probe(const eco_io *io, const char *path)
{
    int fd = eco_io_open(io, path);
    if (fd < 0)
        return fd;
    io->close(io->user, fd);
    return 0;
}

/* White space at the start is kept: it would be malformed for every reader here.
 * Files of sysfs end in a newline, some in blanks. */
static void cut_white_end(char *text, size_t n)
{
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
}

/* A file longer than the room is cut: what is read here are one-line files and the head of
 * /proc/stat. */
long eco_io_text(const eco_io *io, const char *path, char *text, size_t room_b)
{
    text[0] = '\0';
    int fd = eco_io_open(io, path);
    if (fd < 0)
        return fd;
    long n = io->read(io->user, fd, text, room_b - 1, 0);
    io->close(io->user, fd);
    if (n < 0) {
        text[0] = '\0';
        return n;
    }
    text[n] = '\0';
    cut_white_end(text, strlen(text));
    return (long)strlen(text);
}

bool eco_io_parse_u64(const char *text, uint64_t *ret_value)
{
    /* strtoull takes signs and white space; a counter has neither. */
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    /* ERANGE: a value of more than 64 bits is no counter of any kernel. */
    if (errno != 0 || *end != '\0')
        return false;
    *ret_value = value;
    return true;
}

/* Negative, signed, hexadecimal and fractional numbers are all malformed for a counter. */
int eco_io_u64(const eco_io *io, const char *path, uint64_t *ret_value)
{
    char text[64];
    long n = eco_io_text(io, path, text, sizeof text);
    if (n < 0)
        return (int)n;
    return eco_io_parse_u64(text, ret_value) ? 0 : -EINVAL;
}

/* sysfs makes its text anew for every read at offset 0, so a held descriptor is enough and
 * spares the path walk. */
int eco_io_fd_u64(const eco_io *io, int fd, uint64_t *ret_value)
{
    char text[64];
    long n = io->read(io->user, fd, text, sizeof text - 1, 0);
    if (n < 0)
        return (int)n;
    if (n == 0)
        return -ENODATA;
    text[n] = '\0';
    return eco_io_parse_u64(text, ret_value) ? 0 : -EINVAL;
}

typedef struct name_list {
    char (*names)[32];
    int n, room_n;
} name_list;

/* Longer names and those beyond the room are left out: no kernel folder that is read here has
 * such. */
static void add_name(void *arg, const char *name)
{
    name_list *list = arg;
    if (list->n >= list->room_n || strlen(name) >= sizeof list->names[0])
        return;
    /* Insertion keeps them sorted: the order of a folder is the kernel's whim. */
    int at = list->n++;
    for (; at > 0 && strcmp(list->names[at - 1], name) > 0; at--)
        memcpy(list->names[at], list->names[at - 1], sizeof list->names[0]);
    (void)snprintf(list->names[at], sizeof list->names[0], "%s", name);
}

/* Kernel folders are flat and small; a fixed table does. */
int eco_io_list(const eco_io *io, const char *path, char (*names)[32], int room_n)
{
    char full[ECO_IO_PATH_B];
    name_list list = {names, 0, room_n};
    if (!eco_io_path(io, path, full))
        return -ENAMETOOLONG;
    int status = io->list(io->user, full, add_name, &list);
    return status < 0 ? status : list.n;
}
