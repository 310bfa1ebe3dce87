/*
 * Two counters that are one: parts with several dies may show the counter of the package under each
 * die, and adding them would double it.
 *
 * Done once, when a meter opens, for the fast counters of automatic kinds and only where there are
 * two of one scope; costs the time of the readings and mostly one pause of 3 ms, at most five.
 * Counters that move slower than that (cards, boards) cannot be told apart in such a time and are
 * left alone: their domains have names that hardware gave them.
 */
#ifndef ECO_METER_MIRROR_H
#define ECO_METER_MIRROR_H

typedef struct eco_channel_set eco_channel_set;

/** Sets mirror_of of every channel that repeats an earlier one of its scope; reads and sleeps. */
void eco_mirror_find(eco_channel_set *set);

#endif
