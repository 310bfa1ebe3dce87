/*
 * Wall clock.  Only for time stamps that people read; intervals come from the meter's clock.
 */
#ifndef ECO_CORE_CLOCK_H
#define ECO_CORE_CLOCK_H

/** Unix time [s] with the resolution of CLOCK_REALTIME. */
double eco_clock_unix_s(void);

/** CLOCK_MONOTONIC [s], arbitrary zero; stops while the machine is suspended. */
double eco_clock_monotonic_s(void);

#endif
