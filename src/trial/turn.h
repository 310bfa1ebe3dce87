/*
 * Whose turn it is on this machine: phases whose energy counts run alone, others side by side.
 *
 * Two files in a folder that all users and studies of the machine share.  On `ecopt-energy.lock` a
 * phase that is measured alone holds an exclusive lock, any other a shared one.  Who wants either
 * first takes `ecopt-energy.gate`, and waits for the lock with the gate in its hand: so nobody who
 * comes later overtakes, and a phase that wants to be alone is not starved by short ones.  The gate
 * also holds a count of phases, by which a phase knows at its end whether another began meanwhile.
 *
 * Call order: eco_turn_open, then for each phase eco_turn_enter, eco_turn_was_alone and
 * eco_turn_leave, then eco_turn_close.  Owner: the caller.  Threads: one at a time.
 * Limits: other programs of the machine do not know the lock (the meter's flag foreign-load tells
 * of them); the lock ends with this process, some milliseconds before what a killed one left.
 */
#ifndef ECO_TRIAL_TURN_H
#define ECO_TRIAL_TURN_H

#include "core/ctx.h"

#include <ecopt/definition.h>

typedef struct eco_turn {
    ecopt_ctx *ctx; /* borrowed */
    int gate_fd;    /* owned; -1: not open, then every phase goes at once */
    int lock_fd;    /* owned */
    bool is_held;
    bool is_exclusive;
    bool was_alone_first; /* nobody else ran when this phase began */
    uint64_t count;       /* of phases, this one included */
    bool is_told;         /* the user knows that phases were not alone */
} eco_turn;

/**
 * Whether phase i is measured alone: meter.concurrent is not "share", and it is named evaluate or
 * an objective or constraint names its energy.  A total names that of every phase.
 */
bool eco_turn_is_exclusive(const ecopt_definition *definition, size_t i);

/**
 * Opens the machine's lock in ROOT/run/lock, else in ROOT/tmp.  Where neither can be used a warning
 * is logged and every phase goes at once.
 *
 * @param[in] root  "" for the real machine
 */
void eco_turn_open(ecopt_ctx *ctx, const char *root, eco_turn *ret_turn);

/**
 * Waits until the phase may run.
 *
 * @param[in] go_on  asked about ten times a second while waiting; false ends the waiting
 * @return true: it may run; false: go_on said no
 */
bool eco_turn_enter(eco_turn *turn, bool is_exclusive, bool (*go_on)(void *user), void *user);

/** True when no other phase ran on the machine since eco_turn_enter. */
bool eco_turn_was_alone(const eco_turn *turn);

/** Lets others go on; allowed when it is not held. */
void eco_turn_leave(eco_turn *turn);

/** Closes; a zeroed one that was never opened is not allowed, one that could not be opened is. */
void eco_turn_close(eco_turn *turn);

#endif
