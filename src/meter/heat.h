/*
 * How often the processors of this machine were slowed down by heat: the kernel's counts of thermal
 * events (/sys/devices/system/cpu/cpuN/thermal_throttle/package_throttle_count, Intel).
 *
 * Why: a run that was throttled is longer and takes other energy than one that was not; it is a
 * physical cause for which a repeat may be set aside, and a reason to let the machine cool.
 *
 * Call order: open, count at both ends of a window, close.  Owner: the caller's struct.  Threads:
 * count may be called from any thread, one at a time.  Limits: one count per package; other
 * makers' processors have none, which is no claim that they were cool.
 */
#ifndef ECO_METER_HEAT_H
#define ECO_METER_HEAT_H

#include "meter/held.h"

enum { ECO_HEAT_PACKAGES_MAX = 8 };

typedef struct eco_heat {
    size_t n; /* packages that count; 0 = none does */
    eco_held counts[ECO_HEAT_PACKAGES_MAX];
} eco_heat;

/** Finds the counts; never fails, see n. */
void eco_heat_open(const eco_io *io, eco_heat *ret_heat);

/** Thermal events since boot, of all packages; one that cannot be read adds none. */
uint64_t eco_heat_count(const eco_io *io, eco_heat *heat);

/** Closes what open opened; allowed twice. */
void eco_heat_close(const eco_io *io, eco_heat *heat);

#endif
