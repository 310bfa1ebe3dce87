/*
 * The socket: made here, or taken over from systemd; and one answer on it.
 *
 * A connection lives for one answer: accepted, judged, written to, closed.  The text fits into the
 * kernel's buffer of the connection, so nobody can make us wait, and nothing that a client sends is
 * ever read.  Threads: one; no allocation.
 */
#ifndef ENERGYD_LISTENER_H
#define ENERGYD_LISTENER_H

#include "peers.h"

/**
 * Listens at `path`, mode 0660 of the peers' group; a socket there that nobody listens at is
 * replaced.
 *
 * @param[out] ret_problem  fixed text of what failed, with errno set; when the result is negative
 * @return descriptor or -1
 */
int energyd_listen(const char *path, const energyd_peers *peers, const char **ret_problem);

/** The one socket that systemd hands over, -1 when it hands over none, -2 when something else. */
int energyd_take_over(void);

/** What came of one connection. */
typedef enum energyd_event { ENERGYD_NOBODY, ENERGYD_ANSWERED, ENERGYD_DENIED } energyd_event;

/** Accepts one connection, if there is one, answers it and closes it. */
energyd_event energyd_answer(int fd, energyd_peers *peers, const char *text, size_t text_b);

#endif
