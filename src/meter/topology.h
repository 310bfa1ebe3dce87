/*
 * What contains what: from the channels that were found to one disjoint total.
 *
 *     wall, battery > board > psys, module > package > core, uncore, igpu
 *                                           dram; gpu; cpu (modelled)
 *
 * A source says what each of its channels measures (scope) and which one of them (domain); which
 * channels are added up, which only check others and which are left alone is decided here and
 * nowhere else, once, after all kinds were probed.
 *
 * The default total is the sum of the parts that a program can move: packages, dram and discrete
 * GPUs.  psys, board and wall contain them and more, so they stand beside it; they become the total
 * where no part covers the CPUs, because a modelled CPU is a weaker claim than a measured machine.
 * Threads: the caller's; no allocation.
 */
#ifndef ECO_METER_TOPOLOGY_H
#define ECO_METER_TOPOLOGY_H

#include <stdbool.h>

typedef struct eco_channel_set eco_channel_set;

/** What a channel measures, widest first. */
typedef enum eco_scope {
    ECO_SCOPE_WALL,    /* behind a plug: the machine with its power supply */
    ECO_SCOPE_BATTERY, /* the machine, while it runs on its battery */
    ECO_SCOPE_BOARD,   /* the node by its board controller or power meter */
    ECO_SCOPE_PSYS,    /* what the firmware calls the platform */
    ECO_SCOPE_MODULE,  /* CPU, GPU and memory in one: Jetson, Grace Hopper */
    ECO_SCOPE_PACKAGE, /* one CPU package or die */
    ECO_SCOPE_DRAM,
    ECO_SCOPE_GPU,     /* a card with memory of its own */
    ECO_SCOPE_CPU,     /* all CPUs, modelled */
    ECO_SCOPE_PART,    /* inside one of the above: cores, uncore, integrated GPU, rail */
    ECO_SCOPE_SUBJECT, /* whatever the user's own meter reads: always wanted when named */
    ECO_SCOPE_RECORD,  /* accounts of others, such as a batch system: never added */
    ECO_SCOPE_COUNT
} eco_scope;

/** Whether channels of this scope may ever be in a total. */
bool eco_scope_may_count(eco_scope scope);

/** Whether a selected channel, found so far, contains the CPUs: then no model is needed. */
bool eco_topology_has_cpu(const eco_channel_set *set);

/** Whether a counted channel contains the discrete GPUs; after eco_topology_choose. */
bool eco_topology_counts_gpu(const eco_channel_set *set);

/**
 * Sets is_counted and check_of of every channel: of several channels of one domain the first counts
 * and the others check it, mirrors and what overlaps are left out.
 */
void eco_topology_choose(eco_channel_set *set);

#endif
