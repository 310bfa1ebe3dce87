#include "meter/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long a look at the program's state may lag behind its end [ms]: only for one that hands its
 * output to a child which stays. */
#define LOOK_MS 20

/* Between two looks at a program that has closed its output. */
#define NAP_NS 500000L

static double now_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A run in progress. */
typedef struct run {
    pid_t pid;
    int fd; /* its output */
    bool is_over;
    int wait_status;
    char *out;
    size_t used_b, room_b;
} run;

/* A group of its own, and the signals as a program expects them: the sampling threads block all. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, &none);
    return error != 0 ? error : posix_spawnattr_setsigdefault(attributes, &all);
}

/* All other descriptors are close-on-exec. */
static int set_files(posix_spawn_file_actions_t *files, int out_fd)
{
    int error = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(files, out_fd, 1);
    return error != 0 ? error
                      : posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
}

/* posix_spawn reports what exec says, so a missing program is told apart from one that fails. */
static int start(const eco_spawn_request *request, int out_fd, pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    /* The interface takes the texts as changeable and does not change them. */
    char *argv[16] = {NULL};
    size_t n = 0;
    while (request->argv[n] && n + 1 < sizeof argv / sizeof argv[0]) {
        memcpy(&argv[n], &request->argv[n], sizeof argv[n]);
        n++;
    }
    if (request->argv[n])
        return E2BIG;
    if (!argv[0])
        return EINVAL;
    int error = posix_spawnattr_init(&attributes);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_init(&files);
    if (error == 0) {
        error = set_attributes(&attributes);
        if (error == 0)
            error = set_files(&files, out_fd);
        if (error == 0)
            error = posix_spawnp(ret_pid, argv[0], &files, &attributes, argv, environ);
        (void)posix_spawn_file_actions_destroy(&files);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return error;
}

/* Whether it has ended; a status that somebody else took is lost. */
static int look(run *r)
{
    pid_t got = r->is_over ? 0 : waitpid(r->pid, &r->wait_status, WNOHANG);
    if (got < 0 && errno != EINTR)
        return -errno;
    r->is_over = r->is_over || got == r->pid;
    return 0;
}

/* One portion of output: 1 when there may be more, 0 at its end, -errno. */
static int take_output(run *r)
{
    char spare;
    bool is_full = r->used_b + 1 == r->room_b;
    ssize_t n =
        read(r->fd, is_full ? &spare : r->out + r->used_b, is_full ? 1 : r->room_b - 1 - r->used_b);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : -errno;
    if (n > 0 && is_full)
        return -EMSGSIZE;
    r->used_b += (size_t)n;
    return n > 0;
}

/* Reads until the output ends, or until the program has: a child that it left behind may hold the
 * pipe open for ever. */
static int read_output(run *r, double end_s)
{
    for (;;) {
        double left_s = end_s - now_s();
        struct pollfd event = {.fd = r->fd, .events = POLLIN};
        if (!(left_s > 0))
            return -ETIMEDOUT;
        int wait_ms = left_s < 1e-3 * LOOK_MS ? (int)(1e3 * left_s) + 1 : LOOK_MS;
        int n = poll(&event, 1, wait_ms);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            int more = take_output(r);
            if (more <= 0)
                return more;
            continue;
        }
        /* Nothing to read, and over: all it wrote was read before. */
        if (r->is_over)
            return 0;
        int status = look(r);
        if (status < 0)
            return status;
    }
}

static int wait_end(run *r, double end_s)
{
    const struct timespec nap = {0, NAP_NS};
    for (;;) {
        int status = look(r);
        if (status < 0 || r->is_over)
            return status;
        if (!(now_s() < end_s))
            return -ETIMEDOUT;
        (void)nanosleep(&nap, NULL);
    }
}

/* The whole group, as a program may have started others. */
static void kill_group(run *r)
{
    (void)kill(-r->pid, SIGKILL);
    while (!r->is_over && waitpid(r->pid, &r->wait_status, 0) < 0 && errno == EINTR)
        continue;
}

static int finish(run *r, double timeout_s)
{
    double end_s = now_s() + timeout_s;
    int status = read_output(r, end_s);
    if (status == 0)
        status = wait_end(r, end_s);
    r->out[r->used_b] = '\0';
    if (status < 0) {
        kill_group(r);
        return status;
    }
    return WIFEXITED(r->wait_status) ? WEXITSTATUS(r->wait_status) : 128 + WTERMSIG(r->wait_status);
}

int eco_spawn_run(const eco_spawn_request *request, char *out, size_t room_b)
{
    int ends[2];
    run r = {.out = out, .room_b = room_b};
    out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    /* Ours does not block: a spurious wake-up must not outlast the timeout. */
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int error = start(request, ends[1], &r.pid);
    (void)close(ends[1]);
    r.fd = ends[0];
    int status = error != 0 ? -error : finish(&r, request->timeout_s);
    (void)close(ends[0]);
    if (status < 0)
        out[0] = '\0';
    return status;
}
