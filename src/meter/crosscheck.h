/*
 * Whether the channels of a window can all be right: two ways to one domain must agree, and parts
 * must not use more than what contains them.
 *
 * What compares with what is laid down by topology.c (check_of, group, inner).  Where two numbers
 * cannot both be right, nobody knows which one is: both are flagged ECOPT_FLAG_DISAGREE, and the
 * band of what is in the total is widened until it covers the other.  Pure; no allocation.
 */
#ifndef ECO_METER_CROSSCHECK_H
#define ECO_METER_CROSSCHECK_H

#include "meter/source.h"

/** Hardware counter behind a channel, as in eco_source_ops; NULL when it has a sensor of its own.
 */
const char *eco_crosscheck_counter(const eco_channel *channel);

/**
 * Compares all that is comparable; a missing energy (NaN) disagrees with nothing.
 *
 * @param[in]     channels  n of them, related by eco_topology_choose
 * @param[in,out] energies  n, settled; flags and bands may change, joules never do
 */
void eco_crosscheck(const eco_channel *channels, size_t n, ecopt_source_energy *energies);

#endif
