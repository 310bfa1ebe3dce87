#include "meter/unix_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Between two attempts to get into a full queue. */
#define NAP_NS 5000000L

static double now_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Until there is something to read, or nothing more will come. */
static int wait_readable(int fd, double end_s)
{
    for (;;) {
        double left_s = end_s - now_s();
        struct pollfd event = {.fd = fd, .events = POLLIN};
        if (!(left_s > 0))
            return -ETIMEDOUT;
        int n = poll(&event, 1, (int)(1e3 * left_s) + 1);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
    }
}

/* While the server's queue is full (EAGAIN) there is nothing to wait on but time. */
static int connect_to(int fd, const char *path, double end_s)
{
    const struct timespec nap = {0, NAP_NS};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, n);
    while (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0) {
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (!(now_s() < end_s))
            return -ETIMEDOUT;
        (void)nanosleep(&nap, NULL);
    }
    return 0;
}

static long read_all(int fd, double end_s, char *text, size_t room_b)
{
    size_t used_b = 0;
    for (;;) {
        char spare;
        bool is_full = used_b + 1 >= room_b;
        int status = wait_readable(fd, end_s);
        if (status < 0)
            return status;
        ssize_t n = recv(fd, is_full ? &spare : text + used_b, is_full ? 1 : room_b - 1 - used_b,
                         MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return -errno;
        if (n > 0 && is_full)
            return -EMSGSIZE;
        if (n == 0)
            return used_b > 0 ? (long)used_b : -ENODATA;
        used_b += (size_t)n;
    }
}

long eco_unix_ask(const char *path, double timeout_s, char *text, size_t room_b)
{
    double end_s = now_s() + timeout_s;
    text[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    long n = connect_to(fd, path, end_s);
    if (n == 0)
        n = read_all(fd, end_s, text, room_b);
    (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n;
}
