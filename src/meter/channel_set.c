/*
 * The set that probing fills, and one reading of one of its channels.
 *
 * What becomes of the channels is decided in topology.c.
 */
#include "meter/mirror.h"
#include "meter/source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Whether a channel of this domain is there already. */
static bool is_repeated(const eco_channel_set *set, const char *domain)
{
    for (size_t i = 0; i < set->n_channels; i++)
        if (strcmp(set->channels[i].domain, domain) == 0)
            return true;
    return false;
}

/* Kind and domain; no two alike, because traces know channels by their names. */
static void name_channel(const eco_channel_set *set, eco_channel *channel)
{
    const char *kind = channel->ops->kind;
    bool is_plain = strncmp(channel->domain, kind, strlen(kind)) == 0;
    char name[sizeof channel->name - 4];
    (void)snprintf(name, sizeof name, "%.15s%s%.27s", is_plain ? "" : kind, is_plain ? "" : " ",
                   channel->domain);
    (void)snprintf(channel->name, sizeof channel->name, "%s", name);
    int n = 1;
    for (size_t i = 0; i < set->n_channels; i++)
        if (strcmp(set->channels[i].name, channel->name) == 0)
            (void)snprintf(channel->name, sizeof channel->name, "%s %d", name, ++n % 10);
}

eco_channel *eco_set_add(eco_channel_set *set, const eco_source_ops *ops, eco_scope scope,
                         const char *domain)
{
    bool may_count = set->is_selected && eco_scope_may_count(scope) && !is_repeated(set, domain);
    /* Cross-checks and parts take at most half the room: a GPU must never fall out of the total
     * because the cores of eight sockets came first. */
    size_t room = may_count ? ECOPT_METER_SOURCES_MAX : ECOPT_METER_SOURCES_MAX / 2;
    if (set->n_channels >= room) {
        set->n_dropped += may_count;
        return NULL;
    }
    eco_channel *channel = &set->channels[set->n_channels];
    memset(channel, 0, sizeof *channel);
    channel->ops = ops;
    channel->scope = scope;
    channel->is_selected = set->is_selected;
    channel->mirror_of = -1;
    channel->check_of = -1;
    channel->info = -1;
    channel->gain_lo = 1;
    channel->gain_hi = 1;
    (void)snprintf(channel->domain, sizeof channel->domain, "%s", domain);
    name_channel(set, channel);
    set->n_channels++;
    return channel;
}

/* A cleared entry with every quantity unknown; NULL when the list is full, which loses a line
 * of the listing and nothing else. */
static ecopt_source_info *next_info(eco_channel_set *set)
{
    if (set->n_infos >= ECOPT_SOURCE_INFO_MAX)
        return NULL;
    ecopt_source_info *info = &set->infos[set->n_infos++];
    memset(info, 0, sizeof *info);
    info->update_period_s = (double)NAN;
    info->measured_period_s = (double)NAN;
    info->unit_j = (double)NAN;
    info->range_j = (double)NAN;
    return info;
}

/* Called once the source has filled the channel; the listing holds copies and outlives it. */
void eco_set_describe(eco_channel_set *set, eco_channel *channel, double range_j)
{
    ecopt_source_info *info = next_info(set);
    if (!info)
        return;
    channel->info = (int)(info - set->infos);
    (void)snprintf(info->name, sizeof info->name, "%s", channel->name);
    (void)snprintf(info->kind, sizeof info->kind, "%s", channel->ops->kind);
    info->quality = channel->quality;
    info->is_found = true;
    info->is_readable = true;
    info->update_period_s = channel->counter.period_s;
    info->unit_j = channel->unit_j > 0 ? channel->unit_j : (double)NAN;
    info->range_j = range_j > 0 ? range_j : (double)NAN;
}

void eco_set_conclude(eco_channel_set *set)
{
    eco_mirror_find(set);
    eco_topology_choose(set);
    for (size_t i = 0; i < set->n_channels; i++) {
        const eco_channel *channel = &set->channels[i];
        if (channel->info < 0)
            continue;
        ecopt_source_info *info = &set->infos[channel->info];
        info->is_used = channel->is_counted;
        eco_topology_explain(set, channel, info->reason, sizeof info->reason);
        size_t n = strlen(info->reason);
        if (channel->note)
            (void)snprintf(info->reason + n, sizeof info->reason - n, "; %s", channel->note);
    }
}

/* Only a refusal proves that the hardware is there; every other error may mean that it is
 * not. */
void eco_set_missing(eco_channel_set *set, const eco_source_ops *ops, ecopt_quality quality,
                     int error, const char *reason, const char *remedy)
{
    ecopt_source_info *info = next_info(set);
    if (!info)
        return;
    (void)snprintf(info->name, sizeof info->name, "%s", ops->kind);
    (void)snprintf(info->kind, sizeof info->kind, "%s", ops->kind);
    (void)snprintf(info->reason, sizeof info->reason, "%s", reason);
    (void)snprintf(info->remedy, sizeof info->remedy, "%s", remedy);
    info->quality = quality;
    /* Name and kind are the same here: there is no counter to name. */
    info->is_found = error == -EACCES || error == -EPERM;
}

/* In order of opening: sources that share a library count its users, so any order would do. */
void eco_set_release(eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_channel *channel = &set->channels[i];
        if (channel->ops->close)
            channel->ops->close(set->ctx, set->io, channel);
    }
    set->n_channels = 0;
}

eco_event eco_channel_take(eco_channel *channel, const eco_reading *reading, double time_s,
                           bool is_ok, bool has_slept)
{
    eco_sample sample = {
        .time_s = time_s,
        .is_ok = is_ok,
        .has_slept = has_slept,
        .value_uj = reading->energy_uj,
        .step_j = channel->unit_j,
        .power_w = reading->power_w,
    };
    if (is_ok && reading->flags) {
        channel->seen_flags = reading->flags;
        channel->seen_s = time_s;
    }
    return reading->is_power ? eco_counter_power(&channel->counter, &sample)
                             : eco_counter_update(&channel->counter, &sample);
}

eco_event eco_channel_read(const eco_io *io, eco_channel *channel, bool has_slept,
                           eco_reading *ret_reading, double *ret_time_s)
{
    memset(ret_reading, 0, sizeof *ret_reading);
    /* The time is taken after the value: a slow read then never looks like a gap at its end. */
    int status = channel->ops->read(io, channel, ret_reading);
    *ret_time_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    return eco_channel_take(channel, ret_reading, *ret_time_s, status == 0, has_slept);
}

int eco_channel_fetch(const eco_io *io, eco_channel *channel, eco_reading *ret_reading,
                      double *ret_time_s)
{
    memset(ret_reading, 0, sizeof *ret_reading);
    /* When within the call the device looked at its sensor is not known: the middle errs least. */
    double before_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    int status = channel->ops->read(io, channel, ret_reading);
    double after_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    *ret_time_s = ret_reading->time_s > 0 ? ret_reading->time_s : 0.5 * (before_s + after_s);
    return status;
}
