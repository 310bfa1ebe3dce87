#include "meter/topology.h"

#include "meter/source.h"

#include <string.h>

bool eco_scope_may_count(eco_scope scope)
{
    return scope != ECO_SCOPE_PART && scope != ECO_SCOPE_RECORD;
}

/* The CPUs are in it. */
static bool has_cpu(eco_scope scope)
{
    return scope <= ECO_SCOPE_PACKAGE || scope == ECO_SCOPE_CPU || scope == ECO_SCOPE_SUBJECT;
}

static bool is_candidate(const eco_channel *channel)
{
    return channel->is_selected && !channel->is_mirrored && eco_scope_may_count(channel->scope);
}

bool eco_topology_has_cpu(const eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++)
        if (is_candidate(&set->channels[i]) && has_cpu(set->channels[i].scope))
            return true;
    return false;
}

bool eco_topology_counts_gpu(const eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_scope scope = set->channels[i].scope;
        if (set->channels[i].is_counted && (scope <= ECO_SCOPE_MODULE || scope == ECO_SCOPE_GPU))
            return true;
    }
    return false;
}

/* The widest scope that must be the total, or ECO_SCOPE_PACKAGE when the parts are it. */
static eco_scope whole_of(const eco_channel_set *set)
{
    eco_scope widest = ECO_SCOPE_PACKAGE;
    bool has_parts = false;
    for (size_t i = 0; i < set->n_channels; i++) {
        const eco_channel *channel = &set->channels[i];
        if (!is_candidate(channel))
            continue;
        has_parts = has_parts || channel->scope == ECO_SCOPE_PACKAGE;
        if (channel->scope < widest)
            widest = channel->scope;
    }
    return has_parts ? ECO_SCOPE_PACKAGE : widest;
}

/* First counted channel of the same domain; -1 if there is none. */
static int counted_channel(const eco_channel_set *set, size_t n, const char *domain)
{
    for (size_t i = 0; i < n; i++)
        if (set->channels[i].is_counted && strcmp(set->channels[i].domain, domain) == 0)
            return (int)i;
    return -1;
}

void eco_topology_choose(eco_channel_set *set)
{
    eco_scope whole = whole_of(set);
    bool has_parts = whole == ECO_SCOPE_PACKAGE;
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_channel *channel = &set->channels[i];
        bool is_wanted = has_parts ? channel->scope >= whole : channel->scope == whole;
        channel->check_of = counted_channel(set, i, channel->domain);
        channel->is_counted = is_candidate(channel) && channel->check_of < 0 &&
                              (is_wanted || channel->scope == ECO_SCOPE_SUBJECT);
    }
}
