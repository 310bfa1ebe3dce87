/*
 * One stream (stdout or stderr) of one phase: kept in a file up to a limit, cut into lines, its
 * last lines remembered for the reason of a failure.  A stream that stays silent makes no file.
 *
 * Call order: eco_stream_open, eco_stream_feed as bytes come, eco_stream_close.  Memory is bounded
 * whatever comes.
 */
#ifndef ECO_TRIAL_STREAM_H
#define ECO_TRIAL_STREAM_H

#include "core/str.h"
#include "trial/lines.h"
#include "trial/mask.h"

/** Lines remembered, and bytes of each. */
#define ECO_TAIL_LINES  3
#define ECO_TAIL_LINE_B 160

typedef struct eco_stream {
    ecopt_ctx *ctx; /* borrowed */
    int fd;         /* -1: closed, or nothing to write so far */
    char *path;     /* owned */
    size_t room_b;  /* that may still be written to the file */
    uint64_t dropped_b;
    const eco_mask *mask; /* borrowed; may be set after opening, NULL: nothing is masked */
    eco_mask_stream masking;
    eco_lines lines;
    eco_line_fn take; /* told of every line, may be NULL */
    void *user;
    char tail[ECO_TAIL_LINES][ECO_TAIL_LINE_B];
    size_t tail_length[ECO_TAIL_LINES];
    size_t n_lines;
} eco_stream;

/**
 * Empties the file if there is one; it is created when the first byte is kept.
 *
 * @param[in] kept_b  bytes of output that the file may hold
 * @return ECOPT_OK, ECOPT_E_IO, ECOPT_E_NOMEM; on failure there is nothing to close
 */
ECOPT_NODROP ecopt_status eco_stream_open(eco_stream *stream, ecopt_ctx *ctx, const char *path,
                                          size_t kept_b);

/** Takes output. @return ECOPT_OK, ECOPT_E_IO (disk full, ...), ECOPT_E_NOMEM, what `take` says */
ECOPT_NODROP ecopt_status eco_stream_feed(eco_stream *stream, const char *bytes, size_t n);

/** Hands on the last line, says in the file what was dropped, closes it.
 *  @return as eco_stream_feed; everything is released in any case */
ECOPT_NODROP ecopt_status eco_stream_close(eco_stream *stream);

/** Appends the remembered lines, quoted, oldest first, with " | " between. */
void eco_stream_quote_tail(const eco_stream *stream, eco_str *out);

#endif
