/*
 * Waiting for the next update of the counters, so that the ends of a window lie next to one.
 *
 * A counter shows what was used up to its last update.  At the begin of a window the wait puts the
 * begin right behind an update; behind the end it shows the rise in which the end lies.  What is
 * done with that is in precision.h.
 * Owner: all borrowed.  Threads: the caller holds the session's lock.  No allocation; sleeps
 * between readings by the io table.
 */
#ifndef ECO_METER_EDGE_H
#define ECO_METER_EDGE_H

#include "meter/source.h"
#include "meter/trace.h"

/**
 * Whether a wait of at most wait_s is long enough for a channel: a fast, counted, cumulative
 * counter of which wait_s holds two periods.
 */
bool eco_edge_can(const eco_channel *channel, double wait_s);

/**
 * Reads each such channel until it rises (at the begin for the first time: until it rises twice,
 * which shows its period), for two periods of it at most.
 *
 * Only the readings before and at a rise are counted and recorded.
 *
 * @param[in] recorder  may be NULL
 * @param[in] wait_s    > 0
 * @param[in] is_begin  of a window; else its end has been read
 */
void eco_edge_wait(const eco_io *io, eco_channel_set *set, eco_recorder *recorder, double wait_s,
                   bool is_begin);

#endif
