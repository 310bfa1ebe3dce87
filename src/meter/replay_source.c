/*
 * The replay as a kind of source, so far as it is one: it is named, listed by the doctor and chosen
 * like the others, but has no channels to read.
 */
#include "meter/source.h"

#include <stdio.h>
#include <unistd.h>

/* A trace brings its own clock, so it is no set of channels: the meter opens it with
 * eco_replay_open; here it only reports itself. */
static ecopt_status probe_replay(eco_channel_set *set, const char *argument)
{
    bool is_there = argument && access(argument, R_OK) == 0;
    const char *reason = "no trace given: for repeatable runs, not for measuring";
    if (argument)
        reason = is_there ? "recorded trace: all numbers are those of the recording"
                          : "the trace cannot be read";
    eco_set_missing(set, &eco_source_replay, ECOPT_QUALITY_UNMEASURABLE, 0, reason, "");
    if (set->n_infos > 0 && is_there) {
        ecopt_source_info *info = &set->infos[set->n_infos - 1];
        (void)snprintf(info->name, sizeof info->name, "replay %.40s", argument);
        info->is_found = true;
        info->is_readable = true;
        info->is_used = true;
    }
    return ECOPT_OK;
}

const eco_source_ops eco_source_replay = {
    .version = ECO_SOURCE_VERSION,
    .kind = "replay",
    .is_automatic = false,
    .probe = probe_replay,
};
