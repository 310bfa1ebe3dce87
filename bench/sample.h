/*
 * What the benchmarks share: clocks, samples of costs, a temporary folder.
 */
#ifndef ECO_BENCH_SAMPLE_H
#define ECO_BENCH_SAMPLE_H

#include <stdbool.h>

/** Wall and CPU clock at one moment; CPU counts this process and all it has waited for. */
typedef struct moment {
    double wall_s;
    double cpu_s;
    double max_rss_b; /* this process, its peak so far */
} moment;

/** Cost of each repetition. */
typedef struct cost_list {
    int n;
    double *wall_ms; /* room for the repetitions, owned */
    double *cpu_ms;
} cost_list;

/** Both clocks now. */
moment moment_now(void);

/** Makes room; false on no memory (release is needed all the same). */
bool costs_init(cost_list *costs, int room);

/** Frees the room. */
void costs_release(cost_list *costs);

/** Adds the cost of what ran between two moments. */
void costs_add(cost_list *costs, moment from, moment to);

/** Quantile q of n values, which are sorted in place; NaN of none. */
double quantile(double *values, int n, double q);

/** Makes a folder under $TMPDIR or /tmp; false (and a message) when that fails. */
bool folder_make(char dir[256]);

/** Removes it with all that is in it. */
void folder_remove(const char *dir);

#endif
