/*
 * Output cut into lines, in bounded memory.
 *
 * Call order: eco_lines_init, eco_lines_feed as bytes come, eco_lines_end for the last line, then
 * eco_lines_release.  Both '\n' and '\r' end a line, so a progress bar that is redrawn gives one
 * line per state.  Lines longer than ECO_LINE_MAX_B are handed on cut; the rest of them is skipped.
 * Empty lines are left out.  Lines may hold any bytes.
 */
#ifndef ECO_TRIAL_LINES_H
#define ECO_TRIAL_LINES_H

#include "core/ctx.h"

/** Longest part of a line that is looked at. */
#define ECO_LINE_MAX_B ((size_t)64 * 1024)

/** Takes one line without its end; valid during the call. */
typedef ecopt_status (*eco_line_fn)(void *user, const char *line, size_t n);

typedef struct eco_lines {
    ecopt_ctx *ctx; /* borrowed */
    eco_line_fn take;
    void *user;
    char *partial; /* owned: beginning of a line whose end has not come; NULL until needed */
    size_t n;
} eco_lines;

/** Prepares an empty splitter; allocates nothing. */
void eco_lines_init(eco_lines *lines, ecopt_ctx *ctx, eco_line_fn take, void *user);

/** Hands on the lines that end within these bytes.  @return what `take` returns, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_lines_feed(eco_lines *lines, const char *bytes, size_t n);

/** Hands on a last line without end.  @return what `take` returns */
ECOPT_NODROP ecopt_status eco_lines_end(eco_lines *lines);

/** Frees the buffer. */
void eco_lines_release(eco_lines *lines);

#endif
