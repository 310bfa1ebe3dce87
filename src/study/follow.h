/*
 * Telling one worker's user what the other workers of the study have ended.
 *
 * Call order: eco_follow_init at the start, eco_follow_own for each trial that is told otherwise,
 * eco_follow_look every so often, eco_follow_release.  Owner: the caller.  Threads: the run's.
 */
#ifndef ECO_STUDY_FOLLOW_H
#define ECO_STUDY_FOLLOW_H

#include "study/study_impl.h"

typedef struct eco_follow {
    ecopt_study *study; /* borrowed */
    bool *is_told;      /* owned; trial k + 1 at k */
    size_t n, room;
    double looked_s; /* monotonic */
} eco_follow;

/** Trials that are over by now are no news.  @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_STORE... */
ECOPT_NODROP ecopt_status eco_follow_init(eco_follow *follow, ecopt_study *study);

/** The caller tells of this trial itself. */
ECOPT_NODROP ecopt_status eco_follow_own(eco_follow *follow, int64_t trial);

/**
 * Sends an event of kind TRIAL_ENDED for each trial that has ended since the last look and was not
 * told.
 *
 * @param[in] every_s  does nothing when the last look was less than that ago
 */
ECOPT_NODROP ecopt_status eco_follow_look(eco_follow *follow, double every_s,
                                          void (*on_event)(void *user, const ecopt_event *event),
                                          void *user);

/** Frees; a zeroed one is allowed. */
void eco_follow_release(eco_follow *follow);

#endif
