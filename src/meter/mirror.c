/*
 * Mirrors by the rule: the rises of two counters are equal within one unit in each of five steps in
 * which both moved.
 *
 * Two packages at equal load differ by far more than one unit (61 uJ) in 3 ms, so most pairs are
 * told apart by the first step.  Where neither moved, nothing is said.  What could make a mirror
 * look distinct is an update of the counter between the two readings of one moment; so every moment
 * is read twice, and again if it moved.
 */
#include "meter/mirror.h"

#include "meter/source.h"

#include <math.h>
#include <string.h>

enum { STEPS = 5, PAUSES = 6, TRIES = 4 };

#define PAUSE_S 0.003

typedef struct moment {
    bool is_ok[ECOPT_METER_SOURCES_MAX];
    uint64_t value_uj[ECOPT_METER_SOURCES_MAX];
} moment;

/* Counters that move in 3 ms and are read in microseconds. */
static bool may_mirror(const eco_channel *channel)
{
    return channel->is_selected && channel->ops->is_automatic && !channel->ops->is_slow &&
           channel->ops->read && channel->counter.period_s <= PAUSE_S;
}

/* Two names for what ought to be two things, of which both would be added. */
static bool is_pair(const eco_channel *a, const eco_channel *b)
{
    return may_mirror(a) && may_mirror(b) && a->scope == b->scope &&
           eco_scope_may_count(a->scope) && strcmp(a->domain, b->domain) != 0;
}

/* Bits of the channels that are in a pair which is still open. */
static uint32_t open_channels(const eco_channel_set *set, const uint32_t *alike)
{
    uint32_t mask = 0;
    for (size_t a = 0; a < set->n_channels; a++)
        mask |= alike[a] ? alike[a] | (uint32_t)1 << a : 0;
    return mask;
}

static void read_all(eco_channel_set *set, uint32_t mask, moment *ret)
{
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_reading reading = {0};
        if (!(mask >> i & 1u))
            continue;
        eco_channel *channel = &set->channels[i];
        ret->is_ok[i] = channel->ops->read(set->io, channel, &reading) == 0 && !reading.is_power;
        ret->value_uj[i] = reading.energy_uj;
    }
}

/* All counters at one moment: read until two passes show the same. */
static void read_moment(eco_channel_set *set, uint32_t mask, moment *ret)
{
    moment again;
    read_all(set, mask, ret);
    for (int k = 0; k < TRIES; k++) {
        read_all(set, mask, &again);
        if (memcmp(again.value_uj, ret->value_uj, sizeof again.value_uj) == 0)
            return;
        *ret = again;
    }
}

/* Whether a and b rose alike between two moments.  A wrap in between only makes them distinct. */
static bool is_alike(const eco_channel_set *set, const moment *before, const moment *after,
                     size_t a, size_t b)
{
    double unit_j = fmax(set->channels[a].unit_j, set->channels[b].unit_j);
    uint64_t da = after->value_uj[a] - before->value_uj[a];
    uint64_t db = after->value_uj[b] - before->value_uj[b];
    uint64_t gap = da > db ? da - db : db - da;
    return before->is_ok[a] && before->is_ok[b] && after->is_ok[a] && after->is_ok[b] &&
           (da != 0) == (db != 0) && (double)gap <= 1e6 * unit_j + 1;
}

void eco_mirror_find(eco_channel_set *set)
{
    /* Bit b of row a: b may still be the same counter as a; and in how many steps both moved. */
    uint32_t alike[ECOPT_METER_SOURCES_MAX] = {0};
    int n_steps[ECOPT_METER_SOURCES_MAX][ECOPT_METER_SOURCES_MAX] = {{0}};
    moment before, after;
    for (size_t a = 0; a < set->n_channels; a++)
        for (size_t b = a + 1; b < set->n_channels; b++)
            if (is_pair(&set->channels[a], &set->channels[b]))
                alike[a] |= (uint32_t)1 << b;
    uint32_t mask = open_channels(set, alike);
    if (mask)
        read_moment(set, mask, &before);
    for (int k = 0; k < PAUSES && mask; k++) {
        set->io->sleep(set->io->user, PAUSE_S);
        read_moment(set, mask, &after);
        for (size_t a = 0; a < set->n_channels; a++)
            for (size_t b = a + 1; b < set->n_channels; b++)
                if ((alike[a] >> b & 1u) && !is_alike(set, &before, &after, a, b))
                    alike[a] &= ~((uint32_t)1 << b);
                else
                    n_steps[a][b] += after.value_uj[a] != before.value_uj[a];
        before = after;
        mask = open_channels(set, alike);
    }
    /* The first of a group stays; all later ones that equal it are shown and not added. */
    for (size_t a = 0; a < set->n_channels; a++)
        for (size_t b = a + 1; b < set->n_channels; b++)
            if ((alike[a] >> b & 1u) && n_steps[a][b] >= STEPS && set->channels[a].mirror_of < 0 &&
                set->channels[b].mirror_of < 0)
                set->channels[b].mirror_of = (int)a;
}
