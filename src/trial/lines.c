#include "trial/lines.h"

#include <string.h>

void eco_lines_init(eco_lines *lines, ecopt_ctx *ctx, eco_line_fn take, void *user)
{
    *lines = (eco_lines){.ctx = ctx, .take = take, .user = user};
}

/* Keeps the beginning of a line; what exceeds the limit is forgotten. */
/*
 * The buffer has its full size at once and only when a line comes in pieces: output that comes in
 * whole lines, which is nearly all of it, is handed on from where it was read, without a copy.
 */
static ecopt_status keep(eco_lines *lines, const char *bytes, size_t n)
{
    if (n > ECO_LINE_MAX_B - lines->n)
        n = ECO_LINE_MAX_B - lines->n;
    if (n == 0)
        return ECOPT_OK;
    if (!lines->partial) {
        lines->partial = eco_alloc(lines->ctx, ECO_LINE_MAX_B, 1);
        if (!lines->partial)
            return ECOPT_E_NOMEM;
    }
    memcpy(lines->partial + lines->n, bytes, n);
    lines->n += n;
    return ECOPT_OK;
}

/*
 * A line within one piece goes straight through.  Only the rest of a line that began earlier has to
 * be put together, and then its limit counts for the sum.
 */
static ecopt_status finish_line(eco_lines *lines, const char *bytes, size_t n)
{
    if (lines->n == 0)
        return n == 0 ? ECOPT_OK
                      : lines->take(lines->user, bytes, n < ECO_LINE_MAX_B ? n : ECO_LINE_MAX_B);
    ECO_TRY(keep(lines, bytes, n));
    return eco_lines_end(lines);
}

/* Everything up to a '\n'; only the part behind the last '\r' may go on. */
static ecopt_status feed_row(eco_lines *lines, const char *bytes, size_t n, bool is_ended)
{
    const char *cr;
    while ((cr = memchr(bytes, '\r', n)) != NULL) {
        size_t part = (size_t)(cr - bytes);
        ECO_TRY(finish_line(lines, bytes, part));
        bytes += part + 1;
        n -= part + 1;
    }
    return is_ended ? finish_line(lines, bytes, n) : keep(lines, bytes, n);
}

ecopt_status eco_lines_feed(eco_lines *lines, const char *bytes, size_t n)
{
    while (n > 0) {
        const char *newline = memchr(bytes, '\n', n);
        size_t part = newline ? (size_t)(newline - bytes) : n;
        ECO_TRY(feed_row(lines, bytes, part, newline != NULL));
        if (!newline)
            break;
        bytes += part + 1;
        n -= part + 1;
    }
    return ECOPT_OK;
}

/* The length is taken back first: `take` may fail, and a second call must not hand on the same
 * line. */
ecopt_status eco_lines_end(eco_lines *lines)
{
    size_t n = lines->n;
    lines->n = 0;
    return n > 0 ? lines->take(lines->user, lines->partial, n) : ECOPT_OK;
}

/* Also fit for one that never saw a byte: the buffer is NULL then. */
void eco_lines_release(eco_lines *lines)
{
    eco_free(lines->ctx, lines->partial);
    lines->partial = NULL;
    lines->n = 0;
}
