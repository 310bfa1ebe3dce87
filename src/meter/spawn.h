/*
 * One run of a small program that prints a reading, without a shell.
 *
 * Its stdin and stderr are /dev/null, it inherits no descriptor of ours, and it is the leader of a
 * process group of its own, which is killed when its time is up.  Threads: any thread; blocks for
 * as long as the timeout, so never with a lock held that others wait for.  Limits: what it prints
 * beyond the caller's room is an error.
 */
#ifndef ECO_METER_SPAWN_H
#define ECO_METER_SPAWN_H

#include <stddef.h>

/** What to run; borrowed for the call. */
typedef struct eco_spawn_request {
    const char *const *argv; /* NULL-terminated; argv[0] without a slash is looked for in PATH */
    double timeout_s;        /* > 0 */
} eco_spawn_request;

/**
 * Runs the program to its end.
 *
 * @param[out] out  what it printed, NUL-terminated, at most room_b - 1 bytes; "" when the result is
 *                  negative
 * @return its exit status 0 to 255, 128 + n when signal n ended it, or -errno: that of not being
 *         able to start it (-ENOENT, -EACCES, ...), -ETIMEDOUT, -EMSGSIZE (it prints too much),
 *         -ECHILD (the caller ignores SIGCHLD, so its status is lost)
 */
int eco_spawn_run(const eco_spawn_request *request, char *out, size_t room_b);

#endif
