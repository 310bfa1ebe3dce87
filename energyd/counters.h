/*
 * The counters that ecopt-energyd has open, and the text that everybody gets until the next
 * reading.
 *
 * Call order: open, as root; then a tick at each fixed moment; close.  RAPL by perf events, else by
 * powercap: the meter's own sources and classifier, so a wrap, a failed reading and a reset are
 * told apart here as there.  What would have to be guessed (a reset, a suspend) begins a new count
 * instead: the clients bound it by what they know.  Threads: one.
 */
#ifndef ENERGYD_COUNTERS_H
#define ENERGYD_COUNTERS_H

#include "meter/helper_text.h"
#include "meter/source.h"

#include <ecopt/ctx.h>

/** One counter that is served. */
typedef struct energyd_count {
    eco_channel *channel;
    double base_j;  /* total of its classifier when this count began */
    double last_j;  /* of this count, at the last good reading */
    double last_s;  /* its time */
    double since_s; /* begin of this count */
    bool is_begun;
} energyd_count;

typedef struct energyd_counters {
    ecopt_ctx *ctx;   /* borrowed */
    const eco_io *io; /* borrowed */
    eco_channel_set *set;
    size_t n;
    energyd_count counts[ECOPT_METER_SOURCES_MAX];
    double ahead_s; /* BOOTTIME - MONOTONIC at the last tick */
    double good_s;  /* time of the last tick in which anything could be read */
    eco_helper_answer answer;
    size_t text_b;
    char text[ECO_HELPER_TEXT_B]; /* of the last tick */
} energyd_counters;

/**
 * Finds and opens what can be read.
 *
 * @param[in]  period_s  between two ticks, told to clients
 * @param[out] ret       to be closed also on failure
 * @return ECOPT_OK, ECOPT_E_METER_NONE, ECOPT_E_METER_PERM, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status energyd_counters_open(ecopt_ctx *ctx, const eco_io *io, double period_s,
                                                energyd_counters *ret);

/** Reads all counters once and makes the text. */
void energyd_counters_tick(energyd_counters *counters);

void energyd_counters_close(energyd_counters *counters);

#endif
