/*
 * CPUs for programs: some of those that this process may use.
 *
 * Threads: any.
 */
#ifndef ECO_TRIAL_CPUS_H
#define ECO_TRIAL_CPUS_H

#include <sched.h>
#include <stdint.h>

/**
 * The first `wanted` CPUs that this process may use.  Workers that are each placed on CPUs of their
 * own so share them out.
 *
 * @param[out] ret_cpus  fewer where there are fewer; empty when the system does not say
 * @return how many that are
 */
int64_t eco_cpus_choose(int64_t wanted, cpu_set_t *ret_cpus);

#endif
