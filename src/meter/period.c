#include "meter/period.h"

#include <math.h>

#define LOOK_S  0.3
#define PAUSE_S 0.0002

enum { CHANGES_MIN = 4, CHANGES_ENOUGH = 40 };

/* What was seen of one channel. */
typedef struct sight {
    bool is_watched;
    eco_reading last;
    int n; /* changes */
    double first_s, last_s;
} sight;

static bool is_watchable(const eco_channel *channel)
{
    return channel->info >= 0 && channel->ops->read && !channel->ops->is_slow &&
           channel->quality <= ECOPT_QUALITY_MEASURED_SAMPLED;
}

static bool is_changed(const eco_reading *a, const eco_reading *b)
{
    /* Compared as they came: any difference is an update. */
    return a->is_power ? a->power_w < b->power_w || a->power_w > b->power_w
                       : a->energy_uj != b->energy_uj;
}

static void look(eco_channel_set *set, size_t i, sight *s)
{
    eco_reading now = {0};
    if (set->channels[i].ops->read(set->io, &set->channels[i], &now) != 0) {
        s->is_watched = false;
        return;
    }
    if (is_changed(&now, &s->last)) {
        s->last_s = set->io->now(set->io->user, ECO_CLOCK_MONOTONIC);
        s->first_s = s->n++ == 0 ? s->last_s : s->first_s;
    }
    s->last = now;
}

/* The rise from the value that was there at the start is no whole period: it counts as the first
 * change, from which on periods are counted. */
void eco_period_measure(eco_channel_set *set)
{
    sight sights[ECOPT_METER_SOURCES_MAX] = {{0}};
    for (size_t i = 0; i < set->n_channels; i++)
        sights[i].is_watched =
            is_watchable(&set->channels[i]) &&
            set->channels[i].ops->read(set->io, &set->channels[i], &sights[i].last) == 0;
    double end_s = set->io->now(set->io->user, ECO_CLOCK_MONOTONIC) + LOOK_S;
    bool is_open = true;
    while (is_open && set->io->now(set->io->user, ECO_CLOCK_MONOTONIC) < end_s) {
        is_open = false;
        for (size_t i = 0; i < set->n_channels; i++) {
            if (!sights[i].is_watched || sights[i].n >= CHANGES_ENOUGH)
                continue;
            look(set, i, &sights[i]);
            is_open = true;
        }
        set->io->sleep(set->io->user, PAUSE_S);
    }
    for (size_t i = 0; i < set->n_channels; i++)
        if (sights[i].n >= CHANGES_MIN)
            set->infos[set->channels[i].info].measured_period_s =
                (sights[i].last_s - sights[i].first_s) / (sights[i].n - 1);
}
