/*
 * A loop over threads whose result cannot depend on how many there are.
 *
 * Every call of the body writes only what belongs to its index (and to its thread's workspace), so
 * the order of the calls is of no consequence.
 */
#ifndef ECO_CORE_PARALLEL_H
#define ECO_CORE_PARALLEL_H

#include <stddef.h>

enum { ECO_PARALLEL_MAX = 128 };

/** Body of the loop for index i, called by thread `thread` < n_threads. */
typedef void (*eco_parallel_fn)(void *user, size_t thread, size_t i);

/**
 * Calls fn for i = 0 .. n - 1, each once, from up to n_threads threads (0 and 1: the caller's own,
 * in order; at most ECO_PARALLEL_MAX).  Threads that cannot be started are done without.  Returns
 * when all calls have.
 */
void eco_parallel_for(size_t n_threads, size_t n, eco_parallel_fn fn, void *user);

#endif
