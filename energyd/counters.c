#include "counters.h"

#include "meter/mirror.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* BOOTTIME runs ahead of MONOTONIC in suspend only. */
#define SUSPEND_MIN_S 0.05

static double now_s(const energyd_counters *counters, eco_clock which)
{
    return counters->io->now(counters->io->user, which);
}

/* perf first: where it works, powercap shows the same counters. */
static ecopt_status probe(energyd_counters *counters)
{
    eco_channel_set *set = counters->set;
    ECO_TRY(eco_source_rapl_perf.probe(set, NULL));
    if (set->n_channels == 0)
        ECO_TRY(eco_source_rapl_powercap.probe(set, NULL));
    if (set->n_channels > 0)
        return ECOPT_OK;
    /* The listing has one line of each kind; what is there and closed says more. */
    const ecopt_source_info *info = &set->infos[set->n_infos - 1];
    for (size_t i = 0; i < set->n_infos; i++)
        info = set->infos[i].is_found ? &set->infos[i] : info;
    return eco_fail(counters->ctx, info->is_found ? ECOPT_E_METER_PERM : ECOPT_E_METER_NONE, "%s",
                    info->reason);
}

ecopt_status energyd_counters_open(ecopt_ctx *ctx, const eco_io *io, double period_s,
                                   energyd_counters *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->ctx = ctx;
    ret->io = io;
    ret->answer.period_us = (uint64_t)llround(1e6 * period_s);
    ret->set = eco_alloc(ctx, 1, sizeof *ret->set);
    if (!ret->set)
        return ECOPT_E_NOMEM;
    ret->set->ctx = ctx;
    ret->set->io = io;
    ret->set->is_selected = true;
    ECO_TRY(probe(ret));
    /* One counter under two names must not be served as two. */
    eco_mirror_find(ret->set);
    for (size_t i = 0; i < ret->set->n_channels; i++)
        if (ret->set->channels[i].mirror_of < 0)
            ret->counts[ret->n++].channel = &ret->set->channels[i];
    ret->ahead_s = now_s(ret, ECO_CLOCK_BOOTTIME) - now_s(ret, ECO_CLOCK_MONOTONIC);
    ret->good_s = now_s(ret, ECO_CLOCK_MONOTONIC);
    energyd_counters_tick(ret);
    return ECOPT_OK;
}

static uint64_t rounded(double value)
{
    return value > 0 ? (uint64_t)llround(value) : 0;
}

/* One reading of one counter. */
static void read_count(energyd_counters *counters, energyd_count *count, bool has_slept)
{
    eco_reading reading;
    double time_s = 0;
    const eco_total *total = &count->channel->counter.total;
    eco_event event = eco_channel_read(counters->io, count->channel, has_slept, &reading, &time_s);
    /* The old value and its time stand: whoever asks sees how old it is. */
    if (event == ECO_EVENT_MISS)
        return;
    counters->good_s = time_s;
    bool is_seen = event == ECO_EVENT_OK || event == ECO_EVENT_WRAP;
    if (!is_seen || !count->is_begun) {
        count->is_begun = true;
        count->base_j = total->energy_j;
        count->last_j = 0;
        count->since_s = count->last_s = time_s;
        return;
    }
    count->last_j = total->energy_j - count->base_j;
    count->last_s = time_s;
}

/* A count that was never read is left out; power is the rise since the tick before. */
static void add_domain(eco_helper_answer *answer, const energyd_count *count, double before_j,
                       double before_s)
{
    const eco_channel *channel = count->channel;
    eco_helper_domain *domain = &answer->domains[answer->n++];
    double step_s = count->last_s - before_s;
    memset(domain, 0, sizeof *domain);
    (void)snprintf(domain->name, sizeof domain->name, "%s", channel->domain);
    domain->scope = channel->scope;
    domain->since_us = rounded(1e6 * count->since_s);
    domain->time_us = rounded(1e6 * count->last_s);
    domain->energy_uj = rounded(1e6 * count->last_j);
    domain->power_mw = step_s > 0 ? rounded(1e3 * (count->last_j - before_j) / step_s) : 0;
    domain->unit_nj = rounded(1e9 * channel->unit_j);
    domain->power_max_mw = rounded(1e3 * channel->counter.power_max_w);
    domain->gain_lo_ppt = rounded(1e3 * channel->gain_lo);
    domain->gain_hi_ppt = rounded(1e3 * channel->gain_hi);
}

void energyd_counters_tick(energyd_counters *counters)
{
    double ahead_s = now_s(counters, ECO_CLOCK_BOOTTIME) - now_s(counters, ECO_CLOCK_MONOTONIC);
    bool has_slept = ahead_s - counters->ahead_s > SUSPEND_MIN_S;
    counters->ahead_s = ahead_s;
    counters->answer.n = 0;
    for (size_t i = 0; i < counters->n; i++) {
        energyd_count *count = &counters->counts[i];
        energyd_count before = *count;
        read_count(counters, count, has_slept);
        /* After a new begin the count before says nothing of the power. */
        bool is_same = before.since_s >= count->since_s;
        if (count->is_begun)
            add_domain(&counters->answer, count, is_same ? before.last_j : 0,
                       is_same ? before.last_s : count->last_s);
    }
    counters->text_b = eco_helper_format(&counters->answer, counters->text);
}

void energyd_counters_close(energyd_counters *counters)
{
    if (!counters->set)
        return;
    eco_set_release(counters->set);
    eco_free(counters->ctx, counters->set);
    counters->set = NULL;
}
