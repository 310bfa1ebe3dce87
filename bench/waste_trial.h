/*
 * A trial without programs: the phases of a study are looked up in a table of learning curves.
 *
 * While a lookup is in use, every trial and every confirmation that the library runs is one of its
 * table: the same phases in the same order, the same questions to the study's guide, the same
 * metrics made of the runs, only that no process is started and each energy is the row's with a
 * scatter that follows from seed, trial, phase and run alone.  ecopt-bench is linked so that
 * eco_trial_run leads here (bench/CMakeLists.txt); with no lookup in use it is the library's own.
 *
 * Threads: one study at a time.
 */
#ifndef ECO_BENCH_WASTE_TRIAL_H
#define ECO_BENCH_WASTE_TRIAL_H

#include "curve_table.h"

#include <stdint.h>

/** What trials are looked up in. */
typedef struct waste_lookup {
    const curve_table *table; /* borrowed */
    uint64_t seed;            /* of the scatter */
    double scatter_ratio;     /* standard deviation of one energy relative to the true one */
} waste_lookup;

/** From now on trials are looked up; NULL: they are run.  Borrowed until the next call. */
void waste_lookup_use(const waste_lookup *lookup);

#endif
