#include "meter/edge.h"

#include <math.h>

/* Looks in one period: what the last look leaves open is then 2 % of it.  Of a counter of 1 ms that
 * is less than a sleep takes. */
#define LOOKS_PER_PERIOD 50.0

/* A counter that did not move for so long is not about to. */
#define PERIODS_MAX 2.0

/* What is waited for of one channel. */
typedef struct watch {
    bool is_watched;
    int n_left; /* rises to come */
    double until_s;
    double last_s; /* of `last` */
    eco_reading last;
} watch;

bool eco_edge_can(const eco_channel *channel, double wait_s)
{
    const eco_counter *counter = &channel->counter;
    bool is_counter = channel->ops->read && !channel->ops->settle && !channel->ops->is_slow &&
                      !counter->is_sensor;
    return is_counter && channel->is_counted && counter->period_s > 0 &&
           PERIODS_MAX * counter->period_s <= wait_s;
}

/* Counts and records a reading that was taken at another time than now. */
static void take(eco_channel *channel, const eco_reading *reading, double time_s,
                 eco_recorder *recorder)
{
    eco_event event = eco_channel_take(channel, reading, time_s, true, false);
    if (recorder)
        eco_recorder_sample(recorder, time_s, channel, reading, event != ECO_EVENT_MISS);
}

/* First look: at the begin of the only window it is also the base of the counter. */
static void start(const eco_io *io, eco_channel *channel, eco_recorder *recorder, bool is_begin,
                  watch *w)
{
    eco_counter *counter = &channel->counter;
    if (channel->ops->read(io, channel, &w->last) != 0 || w->last.is_power)
        return;
    w->last_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    w->until_s = w->last_s + PERIODS_MAX * counter->period_s;
    w->n_left = is_begin && !(counter->step_s > 0) ? 2 : 1;
    /* Behind the end the counter was read a moment ago; a rise since is the one that is wanted. */
    bool is_risen = counter->is_primed && w->last.energy_uj != counter->last_uj;
    if (!counter->is_primed || is_risen)
        take(channel, &w->last, w->last_s, recorder);
    /* At the begin the last reading may be long ago: when the rise came is not known then. */
    w->n_left -= is_risen && !is_begin;
    w->is_watched = true;
}

static void look(const eco_io *io, eco_channel *channel, eco_recorder *recorder, watch *w)
{
    eco_reading now = {0};
    int status = channel->ops->read(io, channel, &now);
    double now_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    if (status != 0 || now_s >= w->until_s) {
        /* The reading that follows tells what is the matter, or nothing. */
        w->n_left = 0;
        w->is_watched = false;
        return;
    }
    if (now.energy_uj != w->last.energy_uj) {
        if (w->last_s > channel->counter.last_s)
            take(channel, &w->last, w->last_s, recorder);
        take(channel, &now, now_s, recorder);
        w->n_left--;
    }
    w->last = now;
    w->last_s = now_s;
}

void eco_edge_wait(const eco_io *io, eco_channel_set *set, eco_recorder *recorder, double wait_s,
                   bool is_begin)
{
    watch watches[ECOPT_METER_SOURCES_MAX] = {{0}};
    for (size_t i = 0; i < set->n_channels; i++)
        if (eco_edge_can(&set->channels[i], wait_s))
            start(io, &set->channels[i], recorder, is_begin, &watches[i]);
    for (;;) {
        double pause_s = (double)INFINITY;
        for (size_t i = 0; i < set->n_channels; i++)
            if (watches[i].n_left > 0)
                pause_s = fmin(pause_s, set->channels[i].counter.period_s / LOOKS_PER_PERIOD);
        if (isinf(pause_s))
            return;
        io->sleep(io->user, pause_s);
        /* At the begin the ones that are through are watched on: their next update counts too. */
        for (size_t i = 0; i < set->n_channels; i++)
            if (watches[i].n_left > 0 || (is_begin && watches[i].is_watched))
                look(io, &set->channels[i], recorder, &watches[i]);
    }
}
