#include "sampler/seen.h"

#include <string.h>

/* Codes of point i. */
static const double *point_at(const eco_seen *seen, size_t i)
{
    const eco_history *history = seen->history;
    size_t n_params = ecopt_space_n_params(seen->problem->space);
    return i < history->n ? history->observations[i].x
                          : history->pending + (i - history->n) * n_params;
}

/* FNV-1a, eight bytes at a time; the upper half is folded in because small integers differ in their
 * upper bits only, and the lower ones are the slot. */
static size_t hash_of(const double *x, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        hash = (hash ^ bits ^ bits >> 32) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return (size_t)hash;
}

/* The slot of x, or the free one where it would go; more than half of them are free. */
static size_t slot_find(const eco_seen *seen, const double *x)
{
    const ecopt_space *space = seen->problem->space;
    size_t slot = hash_of(x, ecopt_space_n_params(space)) & (seen->n_slots - 1);
    while (seen->slots[slot] != 0 &&
           !eco_space_equal(space, point_at(seen, seen->slots[slot] - 1), x))
        slot = (slot + 1) & (seen->n_slots - 1);
    return slot;
}

ecopt_status eco_seen_init(eco_arena *arena, const eco_problem *problem, const eco_history *history,
                           eco_seen *ret_seen)
{
    size_t n = history->n + history->n_pending;
    eco_seen seen = {.problem = problem, .history = history, .n_slots = 2};
    while (seen.n_slots < 2 * n + 1)
        seen.n_slots *= 2;
    seen.slots = eco_arena_alloc(arena, seen.n_slots, sizeof *seen.slots);
    if (!seen.slots)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        seen.slots[slot_find(&seen, point_at(&seen, i))] = (uint32_t)(i + 1);
    *ret_seen = seen;
    return ECOPT_OK;
}

bool eco_seen_is_new(const eco_seen *seen, const double *x)
{
    return eco_space_is_allowed(seen->problem->space, x) && seen->slots[slot_find(seen, x)] == 0;
}
