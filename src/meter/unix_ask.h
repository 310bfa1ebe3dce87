/*
 * One question to a server on this machine: connect to its socket and read what it says until it
 * hangs up.  Nothing is sent: who asks is known to the server by the kernel.
 *
 * Threads: any thread; blocks for as long as the timeout, so never with a lock held that others
 * wait for.  No allocation.
 */
#ifndef ECO_METER_UNIX_ASK_H
#define ECO_METER_UNIX_ASK_H

#include <stddef.h>

/**
 * Asks and waits for the whole answer.
 *
 * @param[in]  path       of the socket
 * @param[in]  timeout_s  of all of it; > 0
 * @param[out] text       NUL-terminated answer, at most room_b - 1 bytes; "" on failure
 * @return length of the answer, or -errno: -ENOENT and -ECONNREFUSED (nobody listens), -EACCES (the
 *         socket is closed to us), -ETIMEDOUT, -EMSGSIZE (the answer is too long), -ENAMETOOLONG,
 *         -ENODATA (it hung up at once)
 */
long eco_unix_ask(const char *path, double timeout_s, char *text, size_t room_b);

#endif
