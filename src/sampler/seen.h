/*
 * Which points were tried or are pending, for many questions about one history.
 *
 * eco_points_is_new walks through the history for every question; here it is walked once and each
 * answer then takes the time of hashing one point.  Constant once made: any number of threads may
 * ask.  Owner: the arena.
 */
#ifndef ECO_SAMPLER_SEEN_H
#define ECO_SAMPLER_SEEN_H

#include "core/arena.h"
#include "sampler/sampler.h"

typedef struct eco_seen {
    const eco_problem *problem; /* borrowed, like the next */
    const eco_history *history;
    size_t n_slots; /* a power of two, more than twice the points */
    uint32_t
        *slots; /* number of a point + 1, the history's first, then the pending ones; 0 = free */
} eco_seen;

/**
 * Takes in all points of the history.
 * @param[out] ret_seen  valid as long as arena, problem and history
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_seen_init(eco_arena *arena, const eco_problem *problem,
                                        const eco_history *history, eco_seen *ret_seen);

/** eco_points_is_new of canonical x. */
bool eco_seen_is_new(const eco_seen *seen, const double *x);

#endif
