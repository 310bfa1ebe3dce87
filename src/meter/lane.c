#include "meter/lane.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* What plugs and their kind update by themselves. */
#define POLL_S 1.0

/* As for the fast sources: equal steps alias with a periodic load. */
#define JITTER_RATIO 0.25

/* A reading may be missing now and then (Wi-Fi) before the time around it counts as unseen. */
#define REACH_POLLS 3.0

/* How long a source that does not answer is left alone. */
#define PAUSE_FIRST_S 2.0
#define PAUSE_MOST_S  60.0

static double poll_s(const eco_channel *channel)
{
    return channel->poll_s > 0 ? channel->poll_s : POLL_S;
}

void eco_lane_init(eco_lane *lane, const eco_io *io, eco_channel_set *set)
{
    memset(lane, 0, sizeof *lane);
    (void)pthread_mutex_init(&lane->busy, NULL);
    lane->io = io;
    lane->set = set;
    for (size_t i = 0; i < set->n_channels; i++) {
        if (!set->channels[i].ops->is_slow)
            continue;
        set->channels[i].counter.reach_s = REACH_POLLS * poll_s(&set->channels[i]);
        lane->entries[lane->n++].at = i;
    }
}

void eco_lane_release(eco_lane *lane)
{
    (void)pthread_mutex_destroy(&lane->busy);
}

/* Only what was not answered in time is worth a pause: a refusal costs no time. */
static void fetch_one(eco_lane *lane, eco_lane_entry *entry, double now_s, int attempts)
{
    eco_channel *channel = &lane->set->channels[entry->at];
    entry->is_fetched = true;
    entry->status = -ETIMEDOUT;
    entry->time_s = now_s;
    entry->after_s = now_s;
    memset(&entry->reading, 0, sizeof entry->reading);
    if (now_s < entry->resume_s)
        return;
    for (int i = 0; i < attempts && entry->status != 0; i++) {
        entry->status = eco_channel_fetch(lane->io, channel, &entry->reading, &entry->time_s);
        if (entry->status == -ETIMEDOUT)
            break;
    }
    entry->after_s = lane->io->now(lane->io->user, ECO_CLOCK_MONOTONIC);
}

void eco_lane_fetch(eco_lane *lane, eco_lane_mode mode)
{
    /* One after the other: two channels of one plug share its answer. */
    for (size_t i = 0; i < lane->n; i++) {
        eco_lane_entry *entry = &lane->entries[i];
        double now_s = lane->io->now(lane->io->user, ECO_CLOCK_MONOTONIC);
        if (mode == ECO_LANE_ALL || now_s >= entry->due_s)
            fetch_one(lane, entry, now_s, mode == ECO_LANE_ALL ? 2 : 1);
    }
}

/* The time after which it is asked again. */
static void note_pause(eco_lane_entry *entry)
{
    if (entry->status != -ETIMEDOUT) {
        entry->pause_s = 0;
        entry->resume_s = 0;
    } else if (entry->after_s >= entry->resume_s) {
        /* It was asked, and not left out. */
        entry->pause_s = fmin(fmax(PAUSE_FIRST_S, 2 * entry->pause_s), PAUSE_MOST_S);
        entry->resume_s = entry->after_s + entry->pause_s;
    }
}

void eco_lane_take(eco_lane *lane, uint64_t n_suspend, eco_rng *rng, eco_recorder *recorder)
{
    for (size_t i = 0; i < lane->n; i++) {
        eco_lane_entry *entry = &lane->entries[i];
        eco_channel *channel = &lane->set->channels[entry->at];
        if (!entry->is_fetched)
            continue;
        entry->is_fetched = false;
        bool has_slept = n_suspend > entry->n_suspend;
        entry->n_suspend = n_suspend;
        note_pause(entry);
        double jitter = 1 + JITTER_RATIO * (2 * eco_rng_uniform(rng) - 1);
        entry->due_s = fmax(entry->after_s + jitter * poll_s(channel), entry->resume_s);
        eco_event event = eco_channel_take(channel, &entry->reading, entry->time_s,
                                           entry->status == 0, has_slept);
        if (recorder)
            eco_recorder_sample(recorder, entry->time_s, channel, &entry->reading,
                                event != ECO_EVENT_MISS);
    }
}

double eco_lane_due_s(const eco_lane *lane)
{
    double due_s = (double)INFINITY;
    for (size_t i = 0; i < lane->n; i++)
        due_s = fmin(due_s, lane->entries[i].due_s);
    return due_s;
}
