/*
 * The whole machine behind eco_io: the files of io_files.c, and libraries, devices, the network and
 * programs.
 */
#include "meter/io.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

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

static long system_ask(void *user, const char *path, double timeout_s, char *text, size_t room_b)
{
    (void)user;
    return eco_unix_ask(path, timeout_s, text, room_b);
}

eco_io eco_io_system(const char *root)
{
    eco_io io = eco_io_files(root);
    io.dlopen = system_dlopen;
    io.dlsym = system_dlsym;
    io.dlclose = system_dlclose;
    io.open_device = system_open_device;
    io.request = system_request;
    io.wait = system_wait;
    io.http_get = system_http_get;
    io.run = system_run;
    io.ask = system_ask;
    return io;
}
