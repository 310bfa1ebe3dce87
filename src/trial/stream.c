#include "trial/stream.h"

#include "core/fs.h"
#include "trial/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The last lines are kept in a ring, cut, in the struct itself: they are wanted when something has
 * already gone wrong, which is no time to allocate.
 */
static ecopt_status take_line(void *user, const char *line, size_t n)
{
    eco_stream *s = user;
    size_t slot = s->n_lines++ % ECO_TAIL_LINES;
    s->tail_length[slot] = n < ECO_TAIL_LINE_B ? n : ECO_TAIL_LINE_B;
    memcpy(s->tail[slot], line, s->tail_length[slot]);
    return s->take ? s->take(s->user, line, n) : ECOPT_OK;
}

static ecopt_status fail_create(const eco_stream *stream)
{
    return eco_fail(stream->ctx, ECOPT_E_IO, "cannot create '%s': %s", stream->path,
                    strerror(errno));
}

ecopt_status eco_stream_open(eco_stream *stream, ecopt_ctx *ctx, const char *path, size_t kept_b)
{
    *stream = (eco_stream){.ctx = ctx, .fd = -1, .room_b = kept_b};
    stream->path = eco_strdup(ctx, path);
    if (!stream->path)
        return ECOPT_E_NOMEM;
    /*
     * What an earlier attempt left is emptied now; a file that is not there yet is only made when
     * something is to be kept: making an inode costs more than all else that a silent program
     * costs us.
     */
    stream->fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (stream->fd < 0 && errno != ENOENT) {
        ecopt_status status = fail_create(stream);
        eco_free(ctx, stream->path);
        return status;
    }
    eco_lines_init(&stream->lines, ctx, take_line, stream);
    return ECOPT_OK;
}

/* Unbuffered: after a crash of either side the file has everything that had come. */
static ecopt_status write_out(eco_stream *stream, const char *bytes, size_t n)
{
    if (stream->fd < 0)
        stream->fd = open(stream->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (stream->fd < 0)
        return fail_create(stream);
    if (eco_fs_write_all(stream->fd, bytes, n) == 0)
        return ECOPT_OK;
    return eco_fail(stream->ctx, ECOPT_E_IO, "cannot write '%s': %s", stream->path,
                    strerror(errno));
}

/*
 * Bytes beyond the limit are counted and dropped from the file only.  The search goes on, as a
 * metric is usually the last thing that a program prints.
 */
static ecopt_status keep(void *user, const char *bytes, size_t n)
{
    eco_stream *stream = user;
    size_t kept = n < stream->room_b ? n : stream->room_b;
    if (kept > 0)
        ECO_TRY(write_out(stream, bytes, kept));
    stream->room_b -= kept;
    stream->dropped_b += n - kept;
    return eco_lines_feed(&stream->lines, bytes, n);
}

/* Masked before anything else sees it: what is not there cannot be kept by mistake. */
ecopt_status eco_stream_feed(eco_stream *stream, const char *bytes, size_t n)
{
    return eco_mask_feed(stream->mask, &stream->masking, bytes, n, keep, stream);
}

ecopt_status eco_stream_close(eco_stream *stream)
{
    ecopt_status status = eco_mask_flush(stream->mask, &stream->masking, keep, stream);
    if (status == ECOPT_OK)
        status = eco_lines_end(&stream->lines);
    if (stream->dropped_b > 0 && status == ECOPT_OK) {
        char text[96];
        int n = snprintf(text, sizeof text, "\n[ecopt: %" PRIu64 " more bytes were not kept]\n",
                         stream->dropped_b);
        status = write_out(stream, text, (size_t)n);
    }
    /* Some file systems tell of a full disk only here. */
    if (stream->fd >= 0 && close(stream->fd) != 0 && status == ECOPT_OK)
        status = eco_fail(stream->ctx, ECOPT_E_IO, "cannot write '%s': %s", stream->path,
                          strerror(errno));
    stream->fd = -1;
    eco_lines_release(&stream->lines);
    eco_free(stream->ctx, stream->path);
    stream->path = NULL;
    return status;
}

/*
 * Quoted, because output may hold escape sequences, and the reason of a failure is printed on
 * terminals.
 */
void eco_stream_quote_tail(const eco_stream *stream, eco_str *out)
{
    size_t n = stream->n_lines < ECO_TAIL_LINES ? stream->n_lines : ECO_TAIL_LINES;
    for (size_t i = 0; i < n; i++) {
        size_t slot = (stream->n_lines - n + i) % ECO_TAIL_LINES;
        eco_str_add(out, i ? " | " : "");
        eco_quote(out, stream->tail[slot], stream->tail_length[slot], ECO_TAIL_LINE_B);
        if (stream->tail_length[slot] == ECO_TAIL_LINE_B)
            eco_str_add(out, "...");
    }
}
