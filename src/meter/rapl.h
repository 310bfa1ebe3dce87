/*
 * What the ways to RAPL share: units, default bands, the power limit of a zone.
 *
 * Internal to rapl_perf.c, rapl_powercap.c and msr.c.
 */
#ifndef ECO_METER_RAPL_H
#define ECO_METER_RAPL_H

#include "meter/source.h"

/** Energy unit of most parts, 2^-14 J (MSR 0x606); finer on AMD, so an upper bound of a step. */
#define ECO_RAPL_UNIT_J 61.03515625e-6

/** RAPL counters move about once a millisecond (Intel SDM volume 3, 15.10.1). */
#define ECO_RAPL_PERIOD_S 0.001

/**
 * Default absolute bands, not measured on this machine: package within 10 % and dram within 20 %
 * of an external meter on the parts of Desrochers et al. (MEMSYS 2016) and later.
 */
#define ECO_RAPL_GAIN_LO      0.90
#define ECO_RAPL_GAIN_HI      1.10
#define ECO_RAPL_DRAM_GAIN_LO 0.80
#define ECO_RAPL_DRAM_GAIN_HI 1.25

/** The processor, as far as RAPL depends on it. */
typedef struct eco_rapl_processor {
    bool is_amd, is_intel; /* neither: /proc/cpuinfo does not say */
    long family, model;    /* -1 = not known */
} eco_rapl_processor;

/** Reads /proc/cpuinfo; a file that is not there leaves all unknown. */
void eco_rapl_processor_read(const eco_io *io, eco_rapl_processor *ret);

/** Sapphire or Emerald Rapids: psys counts in joules, dram in the standard unit. */
bool eco_rapl_is_sapphire(const eco_rapl_processor *cpu);

/**
 * CPUs on which the energy PMU is to be opened: "0", "0,18" or "0-1", one per package or die.
 *
 * @param[out] cpus  room for room_n; more are left out
 * @return their number, -errno, or -EINVAL when the list cannot be read
 */
int eco_rapl_package_cpus(const eco_io *io, int *cpus, int room_n);

/** Impossible power of a powercap zone ("intel-rapl:0"): twice its limit, else the default [W]. */
double eco_rapl_power_max_w(const eco_io *io, const char *zone);

#endif
