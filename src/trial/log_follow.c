/*
 * The log of `ecopt log` while its phase still runs: a trial that reports its steps there can be
 * pruned like one that prints them.
 *
 * Only whole lines are taken; a line that is being written waits for the next look, and what is
 * left of the last one for the end of the phase (collect.c).
 */
#include "trial/phase.h"
#include "trial/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read at once, and at most so often in one look: a program that writes without end must not keep
 * its own end from being seen. A line is never so long (ECO_LINE_MAX_B of what is printed is less).
 */
enum { CHUNK_B = 1 << 16, CHUNKS_MAX = 16 };

/* Each line by itself, as the guide is shown one step after the other. */
static ecopt_status take_lines(eco_trial *t, const char *text, size_t n)
{
    while (n > 0) {
        const char *newline = memchr(text, '\n', n);
        size_t part = (size_t)(newline - text);
        if (part > 0) {
            ECO_TRY(eco_protocol_line(&t->pool, t->phase, text, part));
            ECO_TRY(eco_trial_ask_step(t));
        }
        text += part + 1;
        n -= part + 1;
    }
    t->pool.has_step = false;
    return ECOPT_OK;
}

/* Up to the last newline of what was read; false when there is none. */
static bool cut_lines(const char *text, size_t *n)
{
    const char *newline = *n > 0 ? memrchr(text, '\n', *n) : NULL;
    *n = newline ? (size_t)(newline - text) + 1 : 0;
    return newline;
}

static ecopt_status follow(eco_trial *t, int fd, char *chunk)
{
    ecopt_status status = ECOPT_OK;
    for (int i = 0; i < CHUNKS_MAX && status == ECOPT_OK; i++) {
        ssize_t got = pread(fd, chunk, CHUNK_B, (off_t)t->log_read_b);
        size_t n = got > 0 ? (size_t)got : 0;
        if ((got < 0 && errno == EINTR) || !cut_lines(chunk, &n))
            break;
        status = take_lines(t, chunk, n);
        t->log_read_b += n;
    }
    return status;
}

/* Nothing is allocated and no file opened before there is something to read. */
ecopt_status eco_trial_follow_log(eco_trial *trial)
{
    const char *path = trial->handover->log_path;
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return ECOPT_OK;
    /* A shorter file than before was written anew. */
    if ((size_t)info.st_size < trial->log_read_b)
        trial->log_read_b = 0;
    if ((size_t)info.st_size == trial->log_read_b)
        return ECOPT_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ECOPT_OK;
    char *chunk = eco_alloc(trial->ctx, CHUNK_B, 1);
    ecopt_status status = chunk ? follow(trial, fd, chunk) : ECOPT_E_NOMEM;
    eco_free(trial->ctx, chunk);
    (void)close(fd);
    return status;
}
