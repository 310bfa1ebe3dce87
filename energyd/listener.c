#include "listener.h"

#include "meter/helper_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections that wait; more are told to try again by the kernel. */
enum { BACKLOG = 64 };

/* sd_listen_fds(3): the first descriptor handed over. */
#define FIRST_FD 3

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Whether the socket at this address was left by a helper that is gone. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat info;
    if (lstat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
        return false;
    int fd = new_socket();
    int got =
        fd < 0 ? 0 : connect(fd, (const struct sockaddr *)(const void *)address, sizeof *address);
    bool is_refused = fd >= 0 && got != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        (void)close(fd);
    return is_refused;
}

/* The mode is there from the first moment on: no umask of the caller widens it. */
static int bind_closed(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0117);
    int got = bind(fd, (const struct sockaddr *)(const void *)address, sizeof *address);
    int error = errno;
    (void)umask(before);
    errno = error;
    return got;
}

int energyd_listen(const char *path, const energyd_peers *peers, const char **ret_problem)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *ret_problem = "its path is too long";
    errno = ENAMETOOLONG;
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    *ret_problem = "cannot make a socket";
    int fd = new_socket();
    if (fd < 0)
        return -1;
    *ret_problem = "cannot bind it";
    int got = bind_closed(fd, &address);
    if (got != 0 && errno == EADDRINUSE && is_stale(&address) && unlink(path) == 0)
        got = bind_closed(fd, &address);
    if (got == 0 && peers->has_group) {
        *ret_problem = "cannot give it to the group";
        got = chown(path, (uid_t)-1, peers->group);
    }
    if (got == 0) {
        *ret_problem = "cannot listen";
        got = listen(fd, BACKLOG);
    }
    if (got == 0)
        return fd;
    int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

int energyd_take_over(void)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
    if (!pid || !n || strtol(pid, NULL, 10) != (long)getpid())
        return -1;
    int type = 0, is_listening = 0;
    socklen_t size_b = sizeof type;
    struct sockaddr_un address = {0};
    socklen_t address_b = sizeof address;
    if (strcmp(n, "1") != 0 || getsockopt(FIRST_FD, SOL_SOCKET, SO_TYPE, &type, &size_b) != 0 ||
        type != SOCK_STREAM ||
        getsockopt(FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size_b) != 0 ||
        !is_listening ||
        getsockname(FIRST_FD, (struct sockaddr *)(void *)&address, &address_b) != 0 ||
        address.sun_family != AF_UNIX)
        return -2;
    bool is_set =
        fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) == 0 && fcntl(FIRST_FD, F_SETFL, O_NONBLOCK) == 0;
    return is_set ? FIRST_FD : -2;
}

energyd_event energyd_answer(int fd, energyd_peers *peers, const char *text, size_t text_b)
{
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer < 0)
        return ENERGYD_NOBODY;
    bool is_allowed = energyd_peers_allow(peers, peer);
    /* One write, whole or not at all; who does not take it loses it. */
    (void)send(peer, is_allowed ? text : ECO_HELPER_DENIED,
               is_allowed ? text_b : strlen(ECO_HELPER_DENIED), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)close(peer);
    return is_allowed ? ENERGYD_ANSWERED : ENERGYD_DENIED;
}
