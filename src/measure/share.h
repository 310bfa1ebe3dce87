/*
 * A window that was not alone on its machine: what part of its joules is the program's.
 *
 * Pure functions on plain data; any thread.
 */
#ifndef ECO_MEASURE_SHARE_H
#define ECO_MEASURE_SHARE_H

#include <ecopt/meter.h>

/** Watts that a CPU second of the program may draw, relative to one of the others': the lower end
 * of the band.  Two programs that keep a core busy differ by up to a factor of two (vector units,
 * memory, clock), measured on several processors. */
#define ECO_SHARE_POWER_RATIO 0.5

/**
 * Attributes the energy of a window, during which other trials ran, by CPU time.
 *
 * With s = cpu_s / (cpu_s + foreign_cpu_s): energy and uncertainty are multiplied by s; the true
 * value may be all that was measured (gain_hi / s) or that of a program with half the watts per CPU
 * second (gain_lo ECO_SHARE_POWER_RATIO).  The label becomes modelled-calibrated at best.  What a
 * model charged by the program's own CPU time is left as it is.  Where CPU time says nothing (a GPU
 * is counted, CPU time is not known) the whole stays, modelled-generic, and the band reaches down
 * to 0.  The flag overlap is set in every case.
 */
void eco_energy_share(ecopt_energy *energy);

#endif
