/*
 * How often the values of sources really change, seen by looking at them without pause for a
 * moment; for the listing of `ecopt doctor` only.
 *
 * Threads: the caller's; no allocation.  Counters are not touched: what is read here is no sample.
 */
#ifndef ECO_METER_PERIOD_H
#define ECO_METER_PERIOD_H

#include "meter/source.h"

/**
 * Mean time between two changes of each measured channel that can be read at once, over at most
 * 0.3 s; into measured_period_s of its line.  NaN stays where fewer than four changes were seen.
 */
void eco_period_measure(eco_channel_set *set);

#endif
