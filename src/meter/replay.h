/*
 * A recorded trace as a meter: the windows it holds, computed once by the classifier that live
 * readings go through, and looked up by key.  Nothing depends on real time, so two studies with one
 * seed get the same joules and seconds bit for bit.
 *
 * Call order: open, get, close.  Owner: the caller.  Threads: as the context.
 * Limits: trace of 16 MiB, ECO_REPLAY_WINDOWS_MAX windows, ECO_REPLAY_OPEN_MAX of them at a time.
 */
#ifndef ECO_METER_REPLAY_H
#define ECO_METER_REPLAY_H

#include "meter/source.h"

#define ECO_REPLAY_WINDOWS_MAX 20000
#define ECO_REPLAY_OPEN_MAX    16

typedef struct eco_replay eco_replay;

/**
 * Reads a trace (format: docs/energy.md).
 *
 * @param[out] ret_replay  caller closes; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND, ECOPT_E_IO, ECOPT_E_LIMIT, ECOPT_E_NOMEM, ECOPT_E_PARSE with
 *         file, line and cause
 */
ECOPT_NODROP ecopt_status eco_replay_open(ecopt_ctx *ctx, const char *path,
                                          eco_replay **ret_replay);

/**
 * The same from text of `length` bytes and a NUL, which is cut in place; path is for messages.
 *
 * @return ECOPT_OK, ECOPT_E_LIMIT, ECOPT_E_NOMEM, ECOPT_E_PARSE
 */
ECOPT_NODROP ecopt_status eco_replay_parse(ecopt_ctx *ctx, const char *path, char *text,
                                           size_t length, eco_replay **ret_replay);

/**
 * Energy of the window recorded under that number and phase (the last one if there are several);
 * else of the (ordinal mod count)-th recorded window of that phase, or of all windows if the phase
 * never occurs.  Always finds one.
 */
void eco_replay_get(const eco_replay *replay, int64_t ordinal, const char *phase,
                    ecopt_energy *ret);

/** Weakest label of any recorded window. */
ecopt_quality eco_replay_quality(const eco_replay *replay);

/** Number of recorded windows, >= 1. */
size_t eco_replay_count(const eco_replay *replay);

/** Frees; NULL is allowed. */
void eco_replay_close(eco_replay *replay);

#endif
