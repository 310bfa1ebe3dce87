/*
 * Recorder of an energy trace, the text file that the replay source reads (docs/energy.md, "Trace
 * format").
 *
 * A trace that goes on (a study that was interrupted) gets a restart line: counters, clock and
 * sources begin anew there, and windows that were open when the program died are dropped.
 *
 * Call order: open, then the other calls in time order, close.  Owner: the caller.  Threads: the
 * session holds its lock around all calls but open and close; nothing here uses the context in
 * between, so the sampling thread may call.  A write failure is kept and reported by close.
 */
#ifndef ECO_METER_TRACE_H
#define ECO_METER_TRACE_H

#include "meter/source.h"

/** First line of every trace. */
#define ECO_TRACE_HEAD "# ecopt-trace 1"

/** Longest phase name kept; commas and control characters become '_'. */
#define ECO_TRACE_PHASE_B 64

typedef struct eco_recorder eco_recorder;

/** Copies a phase name in the form that traces hold. */
void eco_trace_phase(const char *phase, char text[ECO_TRACE_PHASE_B]);

/**
 * Creates (replaces) the file and writes head and source lines; is_resumed goes on with a trace
 * that is there, after cutting a last line that a crash left half written.
 *
 * @return ECOPT_OK, ECOPT_E_IO, ECOPT_E_PARSE (resumed: the file is no trace; it is left as it is),
 *         ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_recorder_open(ecopt_ctx *ctx, const char *path, bool is_resumed,
                                            const eco_channel_set *set,
                                            eco_recorder **ret_recorder);

/** One reading of a channel; is_ok false writes a miss. */
void eco_recorder_sample(eco_recorder *recorder, double time_s, const eco_channel *channel,
                         const eco_reading *reading, bool is_ok);

/** The machine slept before time_s. */
void eco_recorder_suspend(eco_recorder *recorder, double time_s);

/** Start of a window, after its samples. */
void eco_recorder_begin(eco_recorder *recorder, double time_s, int64_t ordinal, const char *phase);

/** A window that is closed without a result. */
void eco_recorder_drop(eco_recorder *recorder, int64_t ordinal, const char *phase);

/** End of a window, after its samples; settled sources (the model) give their values. */
void eco_recorder_end(eco_recorder *recorder, double time_s, const ecopt_window_key *key,
                      const eco_channel_set *set, const ecopt_energy *energy);

/** Writes the rest and frees; NULL is allowed.  ECOPT_OK or ECOPT_E_IO (any write since open). */
ecopt_status eco_recorder_close(ecopt_ctx *ctx, eco_recorder *recorder);

#endif
