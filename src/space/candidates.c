/*
 * A space given as a list of allowed points.
 *
 * The rows are kept in the order in which they were given, since the index of a candidate decides
 * ties, and a hash table of indices finds a row by its bits.  Only canonical points are compared,
 * so equality of bits is equality of configurations.
 *
 * Input are rows of codes from anywhere; what remains is canonical, satisfies the constraints and
 * holds no point twice.  Everything lies in the space's arena and is constant afterwards.
 */
#include "space/layout.h"

#include <string.h>

/* FNV-1a over the bits of the codes, eight bytes at a time, with the upper half folded in: codes of
 * small integers differ in their upper bits only, and the table is indexed by the lower ones. */
static size_t hash_point(const ecopt_space *space, const double *x)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < space->n; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        hash = (hash ^ bits ^ bits >> 32) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return (size_t)hash;
}

/* The slot that holds x, or the free one where it would go.  The table is never more than half
 * full, so there is a free one. */
static size_t find_slot(const ecopt_space *space, const double *x)
{
    const eco_space_list *list = &space->list;
    size_t slot = hash_point(space, x) & (list->n_slots - 1);
    while (list->slots[slot] != 0 &&
           !eco_space_equal(space, list->rows + (list->slots[slot] - 1) * space->n, x))
        slot = (slot + 1) & (list->n_slots - 1);
    return slot;
}

/* Copies what is allowed and new; list->n stays 0 meanwhile, so that eco_space_is_allowed asks the
 * constraints alone. */
static size_t keep_rows(ecopt_space *space, size_t n, const double *rows)
{
    eco_space_list *list = &space->list;
    size_t kept = 0;
    for (size_t r = 0; r < n; r++) {
        double *x = list->rows + kept * space->n;
        memcpy(x, rows + r * space->n, space->n * sizeof *x);
        eco_space_canonical(space, x);
        if (!eco_space_is_allowed(space, x))
            continue;
        size_t slot = find_slot(space, x);
        if (list->slots[slot] != 0)
            continue;
        list->slots[slot] = (uint32_t)++kept;
    }
    return kept;
}

ecopt_status eco_space_set_candidates(ecopt_ctx *ctx, ecopt_space *space, size_t n,
                                      const double *rows)
{
    if (!space || !rows || n == 0)
        return eco_fail(ctx, ECOPT_E_ARG, "a list of candidates needs a space and a row");
    if (space->list.n > 0)
        return eco_fail(ctx, ECOPT_E_ARG, "the space has a list of candidates already");
    if (n > ECO_SPACE_CANDIDATES_MAX)
        return eco_fail(ctx, ECOPT_E_LIMIT, "more than %d candidates", ECO_SPACE_CANDIDATES_MAX);
    eco_space_list *list = &space->list;
    list->n_slots = 2;
    while (list->n_slots < 2 * n)
        list->n_slots *= 2;
    list->slots = eco_arena_alloc(&space->arena, list->n_slots, sizeof *list->slots);
    list->rows = eco_arena_alloc(&space->arena, n, space->n * sizeof *list->rows);
    if (!list->slots || !list->rows)
        return ECOPT_E_NOMEM;
    list->n = keep_rows(space, n, rows);
    if (list->n == 0)
        return eco_fail(ctx, ECOPT_E_RANGE, "no candidate satisfies the constraints");
    return ECOPT_OK;
}

size_t eco_space_n_candidates(const ecopt_space *space)
{
    return space->list.n;
}

void eco_space_candidate(const ecopt_space *space, size_t i, double *ret_x)
{
    memcpy(ret_x, space->list.rows + i * space->n, space->n * sizeof *ret_x);
}

size_t eco_space_find_candidate(const ecopt_space *space, const double *x)
{
    const eco_space_list *list = &space->list;
    if (list->n == 0)
        return 0;
    uint32_t found = list->slots[find_slot(space, x)];
    return found != 0 ? found - 1 : list->n;
}

/* Only what the user has said counts: a parameter without a default may have any value. */
bool eco_space_default_candidate(const ecopt_space *space, double *ret_x)
{
    const eco_space_list *list = &space->list;
    bool has_any = false;
    for (size_t i = 0; i < space->n; i++)
        has_any = has_any || space->params[i].has_default;
    for (size_t r = 0; r < list->n && has_any; r++) {
        const double *x = list->rows + r * space->n;
        size_t i = 0;
        while (i < space->n &&
               (!space->params[i].has_default || x[i] == space->params[i].default_code))
            i++;
        if (i == space->n) {
            eco_space_candidate(space, r, ret_x);
            return true;
        }
    }
    eco_space_candidate(space, 0, ret_x);
    return false;
}
