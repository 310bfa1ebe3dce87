/*
 * Joules before training: a phase that tells an objective early decides whether the rest of the
 * trial runs.
 *
 * A rule of the study's guide (`profile:` in the study file).  It ends a trial whose probability of
 * improving the front, with what is known by now, is below the threshold; the trial is PRUNED and
 * keeps what its profile phase told, under the objective's own name and as what a model may learn.
 */
#ifndef ECO_STUDY_PROFILE_H
#define ECO_STUDY_PROFILE_H

#include "study/guide.h"

/** The rule behind the guide. */
extern const eco_guide_rule eco_profile_rule;

#endif
