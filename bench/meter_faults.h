/*
 * Hours of a counter that wraps, restarts and fails to be read: what the classifier makes of them,
 * beside the rules that other tools use (written anew here, run at the same readings).
 */
#ifndef ECO_BENCH_METER_FAULTS_H
#define ECO_BENCH_METER_FAULTS_H

#include <ecopt/ctx.h>
#include <stdbool.h>

/** What may go wrong in an hour. */
typedef struct bench_trouble {
    double interval_s; /* between readings, jittered by 25 % */
    double range_j;    /* at which the counter wraps */
    double miss_ratio; /* of the readings */
    double resets_per_h;
} bench_trouble;

/** Rules, ours first. */
typedef enum bench_rule {
    BENCH_RULE_OURS,
    BENCH_RULE_ZERO_MISS, /* a failed read is 0, and every decrease a wrap */
    BENCH_RULE_ALL_WRAP,  /* every decrease is a wrap */
    BENCH_RULE_DROP,      /* a decrease adds nothing */
    BENCH_RULE_LEFT_15S,  /* power every 15 s, times 15 s */
    BENCH_RULE_COUNT
} bench_rule;

/** |error| over so many hours, in parts of the true energy. */
typedef struct bench_trouble_result {
    int n, n_covered; /* hours, and those whose stated interval holds the truth */
    double mean_ratio[BENCH_RULE_COUNT], worst_ratio[BENCH_RULE_COUNT];
} bench_trouble_result;

/** All cases; *ret_n of them. */
const bench_trouble *bench_troubles(int *ret_n);

/** Name of a rule, e.g. "all-wrap". */
const char *bench_rule_name(bench_rule rule);

/** Runs so many hours of one case. */
void bench_trouble_run(const bench_trouble *trouble, int n_hours, bench_trouble_result *ret_result);

#endif
