#include "support/loopback.h"

#include "support/eco_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sleeps unless the server is stopped meanwhile; true when it is. */
static bool is_stopped_within(const eco_loopback *server, double time_s)
{
    struct pollfd event = {.fd = server->stop[0], .events = POLLIN};
    return poll(&event, 1, (int)(1e3 * time_s)) > 0;
}

/* The other end may have gone: that is the point of half of the tests. */
static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

static void flood(int fd, size_t n)
{
    static const char blanks[4096] = {' '};
    while (n > 0) {
        size_t part = n < sizeof blanks ? n : sizeof blanks;
        if (!send_all(fd, blanks, part))
            return;
        n -= part;
    }
}

static bool read_head(eco_loopback *server, int fd, char *head, size_t room_b)
{
    size_t n = 0;
    head[0] = '\0';
    while (n + 1 < room_b && !strstr(head, "\r\n\r\n")) {
        struct pollfd events[2] = {{.fd = fd, .events = POLLIN},
                                   {.fd = server->stop[0], .events = POLLIN}};
        (void)poll(events, 2, -1);
        ssize_t got = events[1].revents ? 0 : recv(fd, head + n, room_b - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        head[n] = '\0';
    }
    return true;
}

/* The page that is for this request, taken under the lock as tests change pages meanwhile. */
static eco_loopback_page find_page(eco_loopback *server, const char *head)
{
    eco_loopback_page page = {.part = "", .status = 404, .body = "not found"};
    (void)pthread_mutex_lock(&server->lock);
    server->n_requests++;
    (void)snprintf(server->last, sizeof server->last, "%s", head);
    for (size_t i = 0; i < server->n_pages; i++)
        if (strstr(head, server->pages[i].part)) {
            page = server->pages[i];
            break;
        }
    (void)pthread_mutex_unlock(&server->lock);
    return page;
}

static void answer(eco_loopback *server, int fd)
{
    char head[1024], reply[2048];
    if (!read_head(server, fd, head, sizeof head))
        return;
    eco_loopback_page page = find_page(server, head);
    bool is_denied = page.login && !strstr(head, page.login);
    const char *body = is_denied || !page.body ? "" : page.body;
    if (page.delay_s > 0 && is_stopped_within(server, page.delay_s))
        return;
    if (page.is_silent)
        return;
    int n = snprintf(reply, sizeof reply,
                     "HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n%s%s%s\r\n%s",
                     is_denied          ? 401
                     : page.status != 0 ? page.status
                                        : 200,
                     strlen(body) + page.flood_b + page.promised_b,
                     is_denied ? "WWW-Authenticate: Basic realm=\"x\"\r\n" : "",
                     page.header ? page.header : "", page.header ? "\r\n" : "", body);
    if (n > 0 && n < (int)sizeof reply && send_all(fd, reply, (size_t)n))
        flood(fd, page.flood_b);
}

static void *serve(void *arg)
{
    eco_loopback *server = arg;
    for (;;) {
        struct pollfd events[2] = {{.fd = server->fd, .events = POLLIN},
                                   {.fd = server->stop[0], .events = POLLIN}};
        (void)poll(events, 2, -1);
        if (events[1].revents)
            return NULL;
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            continue;
        answer(server, fd);
        (void)close(fd);
    }
}

void eco_loopback_start(eco_loopback *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t n = sizeof address;
    memset(server, 0, sizeof *server);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)pthread_mutex_init(&server->lock, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->fd >= 0);
    assert_int_equal(pipe(server->stop), 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(server->fd, 16), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &n), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

void eco_loopback_stop(eco_loopback *server)
{
    assert_int_equal(write(server->stop[1], "x", 1), 1);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->fd);
    (void)close(server->stop[0]);
    (void)close(server->stop[1]);
    (void)pthread_mutex_destroy(&server->lock);
}

void eco_loopback_only(eco_loopback *server, const eco_loopback_page *page)
{
    (void)pthread_mutex_lock(&server->lock);
    server->pages[0] = *page;
    server->n_pages = 1;
    (void)pthread_mutex_unlock(&server->lock);
}

void eco_loopback_add(eco_loopback *server, const eco_loopback_page *page)
{
    (void)pthread_mutex_lock(&server->lock);
    assert_true(server->n_pages < ECO_LOOPBACK_PAGES);
    server->pages[server->n_pages++] = *page;
    (void)pthread_mutex_unlock(&server->lock);
}

int eco_loopback_count(eco_loopback *server)
{
    (void)pthread_mutex_lock(&server->lock);
    int n = server->n_requests;
    (void)pthread_mutex_unlock(&server->lock);
    return n;
}

bool eco_loopback_saw(eco_loopback *server, const char *part)
{
    (void)pthread_mutex_lock(&server->lock);
    bool is_seen = strstr(server->last, part) != NULL;
    (void)pthread_mutex_unlock(&server->lock);
    return is_seen;
}
