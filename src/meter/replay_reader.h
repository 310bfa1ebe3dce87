/*
 * A trace while it is read: what replay.c, which goes through the text, and replay_lines.c, which
 * reads one line of each kind, share.
 *
 * Call order: zeroed, ctx, path and replay set; then one eco_replay_line per line.  Owner:
 * eco_replay_parse.  Threads: as the context.
 */
#ifndef ECO_METER_REPLAY_READER_H
#define ECO_METER_REPLAY_READER_H

#include "meter/replay.h"
#include "meter/tally.h"
#include "meter/trace.h"

/** One finished window, ready to be given out. */
typedef struct eco_replay_window {
    int64_t ordinal;
    char phase[ECO_TRACE_PHASE_B];
    ecopt_energy energy;
} eco_replay_window;

/* Windows in the order in which they ended. */
struct eco_replay {
    ecopt_ctx *ctx; /* borrowed */
    size_t n, room;
    eco_replay_window *windows; /* owned */
};

/** A window whose end was not read yet. */
typedef struct eco_replay_open_window {
    bool is_open;
    bool is_overlapped;
    bool has_slept;
    int64_t ordinal;
    char phase[ECO_TRACE_PHASE_B];
    double time_s;
    double foreign_cpu_s; /* NaN = the trace does not say */
    bool is_foreign;
    unsigned flags; /* of the window as a whole, as told */
    eco_mark start[ECOPT_METER_SOURCES_MAX];
    eco_settled settled[ECOPT_METER_SOURCES_MAX];
} eco_replay_open_window;

/** State while a trace is read. */
typedef struct eco_replay_reader {
    ecopt_ctx *ctx;
    const char *path;
    int line;
    eco_replay *replay;
    size_t n_open;     /* windows without an end so far */
    bool is_unwatched; /* no window since the counters were last forgotten */
    bool has_slept[ECOPT_METER_SOURCES_MAX];
    size_t n_channels;
    eco_channel channels[ECOPT_METER_SOURCES_MAX];
    eco_replay_open_window open[ECO_REPLAY_OPEN_MAX];
} eco_replay_reader;

/** Takes one line without its newline, which is cut in place; ECOPT_OK, ECOPT_E_PARSE,
 * ECOPT_E_LIMIT, ECOPT_E_NOMEM. */
ECOPT_NODROP ecopt_status eco_replay_line(eco_replay_reader *r, char *line);

#endif
