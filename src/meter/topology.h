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
 * Two channels are related by scope and, within a scope, by name: "package-0 core" and
 * "package-0-die-1" lie inside "package-0", "gpu U" inside "module U".  What is not known (whether
 * psys holds the memory or a card, what the driver of an APU calls its own) is an overlap, and what
 * overlaps is never added.  Several walls, batteries, boards or modules add up: two plugs for two
 * power supplies.  Two ways to one domain check one another.
 *
 * The default total is the sum of the parts that a program can move: packages, dram and discrete
 * GPUs.  psys, board and wall contain them and more, so they stand beside it; they become the total
 * where no part covers the CPUs, because a modelled CPU is a weaker claim than a measured machine.
 * Whatever the total is, the parts of a container must not use more than it: those sums are laid
 * down here (group, inner) and compared in tally.c.
 * Threads: the caller's; no allocation.
 */
#ifndef ECO_METER_TOPOLOGY_H
#define ECO_METER_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct eco_channel eco_channel;
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

/** How the energy of one channel relates to that of another. */
typedef enum eco_relation {
    ECO_RELATION_DISJOINT, /* may be added */
    ECO_RELATION_SAME,     /* two ways to one domain */
    ECO_RELATION_INSIDE,
    ECO_RELATION_CONTAINS,
    ECO_RELATION_OVERLAP /* some of it, or nobody knows */
} eco_relation;

/** Which total is wanted. */
typedef enum eco_wish {
    ECO_WISH_AUTO,  /* the parts where packages are counted, else the widest */
    ECO_WISH_PARTS, /* packages, dram and GPUs; else the narrowest that has the CPUs */
    ECO_WISH_WHOLE  /* the widest that has the CPUs */
} eco_wish;

/** Relation of `a` to `b`, e.g. INSIDE: a is part of b. */
eco_relation eco_topology_relation(const eco_channel *a, const eco_channel *b);

/** Whether channels of this scope may ever be in a total. */
bool eco_scope_may_count(eco_scope scope);

/** Whether a selected channel, found so far, contains the CPUs: then no model is needed. */
bool eco_topology_has_cpu(const eco_channel_set *set);

/** Whether a counted channel contains the discrete GPUs; after eco_topology_choose. */
bool eco_topology_counts_gpu(const eco_channel_set *set);

/**
 * Sets is_counted, check_of, group and inner of every channel by set->wish: of several channels of
 * one domain the first counts and the others check it, mirrors and what overlaps are left out.
 */
void eco_topology_choose(eco_channel_set *set);

/** Why a channel is in the total or not, naming the other one; after eco_topology_choose. */
void eco_topology_explain(const eco_channel_set *set, const eco_channel *channel, char *text,
                          size_t room_b);

#endif
