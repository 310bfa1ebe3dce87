/*
 * Windows over a set of channels, and the thread that keeps the counters watched while one is open.
 *
 * Call order: start, then begin / end / abandon / sample, then stop.  Owner: the caller keeps the
 * set, the io and the recorder alive until stop.  Windows are freed by end, abandon or stop.
 * Threads: begin, end, abandon, sample and stop from the context's thread; the sampling thread
 * shares the channels with them under one lock, allocates nothing, blocks all signals and sleeps on
 * a condition while no window is open, so an idle meter costs nothing.
 * The interval is jittered by +-25 % : equal steps alias with a periodic load.
 * Slow sources (network, programs) are read by a second thread, about once a second, and by begin
 * and end, all outside the lock; without a slow source there is no second thread.  begin, end and
 * stop may then block for the sources' timeouts.
 */
#ifndef ECO_METER_SESSION_H
#define ECO_METER_SESSION_H

#include "meter/source.h"
#include "meter/trace.h"

#include <ecopt/meter.h>

typedef struct eco_session eco_session;

/** What a session works on; all borrowed. */
typedef struct eco_session_options {
    ecopt_ctx *ctx;
    const eco_io *io;
    eco_channel_set *set;
    eco_recorder *recorder; /* may be NULL */
    double interval_s;      /* mean time between readings */
    double edge_wait_s;     /* most that begin and end wait for an update; 0 = do not */
    unsigned flags;         /* put on every window */
    bool is_threaded;       /* false: only begin, end and eco_session_sample read (tests) */
} eco_session_options;

/** Starts; ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_INTERNAL (no thread). */
ECOPT_NODROP ecopt_status eco_session_start(const eco_session_options *options,
                                            eco_session **ret_session);

/** Reads all channels and opens a window; phase is cut to ECO_TRACE_PHASE_B. */
ECOPT_NODROP ecopt_status eco_session_begin(eco_session *session, int64_t ordinal,
                                            const char *phase, ecopt_window **ret_window);

/** Reads all channels, computes the window and frees it. */
void eco_session_end(eco_session *session, ecopt_window *window, double cpu_s, ecopt_energy *ret);

/** The window so far; it stays open. */
void eco_session_peek(eco_session *session, const ecopt_window *window, double cpu_s,
                      ecopt_energy *ret);

/** Frees a window without result; NULL is allowed. */
void eco_session_abandon(eco_session *session, ecopt_window *window);

/** Reads all channels now, as the thread would. */
void eco_session_sample(eco_session *session);

/** Joins the thread, frees all windows and the session; NULL is allowed. */
void eco_session_stop(eco_session *session);

#endif
