/*
 * The slow lane: readings of sources that may take long (a plug in the network, a program), taken
 * while nobody waits for the session's lock and classified later, with it.
 *
 * Call order: init; then again and again fetch, with `busy` held and the session's lock not held,
 * and take, with both held; release.  The order of the locks is busy, then the session's.
 * A source that does not answer in time is left alone for a while (2 s, doubled up to 60 s), so
 * that windows begin and end at once meanwhile; the readings left out count as failed.
 * Owner: the session; channels are borrowed.  No allocation.
 */
#ifndef ECO_METER_LANE_H
#define ECO_METER_LANE_H

#include "core/rng.h"
#include "meter/source.h"
#include "meter/trace.h"

#include <pthread.h>

/** What the lane keeps of one slow channel. */
typedef struct eco_lane_entry {
    size_t at; /* index of the channel in the set */
    /* Written with both locks held, so that either is enough to read them. */
    double due_s; /* next reading by the thread */
    double pause_s, resume_s;
    uint64_t n_suspend; /* of the session at the last reading */
    /* Between fetch and take; guarded by busy. */
    bool is_fetched;
    int status;
    double time_s, after_s;
    eco_reading reading;
} eco_lane_entry;

typedef struct eco_lane {
    pthread_mutex_t busy;
    eco_channel_set *set; /* borrowed */
    const eco_io *io;     /* borrowed */
    size_t n;             /* slow channels; 0: the lane is never used */
    eco_lane_entry entries[ECOPT_METER_SOURCES_MAX];
} eco_lane;

/** Which channels to read. */
typedef enum eco_lane_mode {
    ECO_LANE_DUE, /* those whose time has come */
    ECO_LANE_ALL  /* all, once more if the first attempt fails: the ends of a window */
} eco_lane_mode;

/** Finds the slow channels and tells their counters how far their readings reach. */
void eco_lane_init(eco_lane *lane, const eco_io *io, eco_channel_set *set);
void eco_lane_release(eco_lane *lane);

/** Reads; `busy` is held, the session's lock is not.  May block for the sources' timeouts. */
void eco_lane_fetch(eco_lane *lane, eco_lane_mode mode);

/**
 * Classifies and records what was fetched; both locks are held.
 *
 * @param[in] n_suspend  suspends of the session so far
 * @param     rng        jitter of the next readings
 */
void eco_lane_take(eco_lane *lane, uint64_t n_suspend, eco_rng *rng, eco_recorder *recorder);

/** Time of the next reading [s, monotonic]; the session's lock is held. */
double eco_lane_due_s(const eco_lane *lane);

#endif
