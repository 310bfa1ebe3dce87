/*
 * Points and outcomes from outside of a study: queued by hand, or worked out elsewhere.
 *
 * Call order: ecopt_study_open, ecopt_study_add, ecopt_study_close.  A list is added whole or not
 * at all, unless rows that cannot be added are to be left out.
 *
 * Owner: everything is borrowed for the call.  Threads: as the study.
 */
#ifndef ECOPT_OUTSIDE_H
#define ECOPT_OUTSIDE_H

#include <ecopt/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A point, with or without its outcome. */
typedef struct ecopt_outside_row {
    const char *point;       /* text form; what it leaves out takes its default */
    ecopt_trial_state state; /* QUEUED: it waits to be run; else its outcome: COMPLETE, PRUNED,
                                INFEASIBLE, FAILED or ABANDONED */
    const char *reason;      /* of an outcome; NULL: none */
    size_t n_metrics;
    const ecopt_metric_value *metrics; /* of an outcome; COMPLETE has all objectives and
                                          constraints */
} ecopt_outside_row;

/** Row `row` cannot be added; the texts are valid during the call only. */
typedef void (*ecopt_outside_fn)(void *user, size_t row, ecopt_status status, const char *message);

typedef struct ecopt_outside_options {
    size_t size;
    const char *origin;      /* what the trials say of where they come from; NULL: "enqueued" */
    bool is_skipping;        /* leave out rows that cannot be added */
    ecopt_outside_fn report; /* each row that cannot be added; may be NULL */
    void *user;
} ecopt_outside_options;

#define ECOPT_OUTSIDE_OPTIONS_INIT                    \
    {                                                 \
        sizeof(ecopt_outside_options), 0, false, 0, 0 \
    }

/**
 * Adds trials that somebody else has chosen: points that wait come before any that the sampler
 * would choose, outcomes are known to it from now on.
 *
 * Each point must lie in the study's space and be new to it and to the list.  Numbers are given in
 * the order of the rows, without holes.  One transaction: all rows that are added, or none.
 *
 * @param[in]  rows        n rows
 * @param[in]  options     NULL: the defaults
 * @param[out] ret_trials  n numbers, 0 for a row that was left out; may be NULL
 * @return ECOPT_OK, ECOPT_E_PARSE, ECOPT_E_NAME, ECOPT_E_RANGE (a point outside of the space),
 *         ECOPT_E_ARG (a point that is there already, a missing or wrong metric; a state that
 * cannot be given), ECOPT_E_STORE_..., ECOPT_E_NOMEM; the first row's when several are wrong
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_add(ecopt_study *study,
                                                    const ecopt_outside_row *rows, size_t n,
                                                    const ecopt_outside_options *options,
                                                    int64_t *ret_trials);

typedef struct ecopt_import_options {
    size_t size;
    bool is_queue;    /* only the points: all of them wait to be run */
    bool is_skipping; /* leave out rows that cannot be added */
    size_t n_maps;
    const char *const *maps;    /* "COLUMN=NAME": what a column is, "COLUMN=" for nothing */
    ecopt_diagnostic_fn report; /* what is wrong, with its line; may be NULL */
    void *user;
} ecopt_import_options;

#define ECOPT_IMPORT_OPTIONS_INIT                              \
    {                                                          \
        sizeof(ecopt_import_options), false, false, 0, 0, 0, 0 \
    }

/** What an import did. */
typedef struct ecopt_imported {
    size_t n_rows, n_added;
    int64_t first; /* number of the first trial added; 0: none */
} ecopt_imported;

/**
 * Adds the rows of a CSV file with a header, as `ecopt trials --format csv` writes it or any other.
 *
 * Columns are parameters (NAME or param.NAME), metrics (METRIC), their 95 % half widths (METRIC_u95
 * or METRIC.u95), `state` and `reason`; others are passed over with a warning, those of ecopt's own
 * list without.  An empty cell is no value: a parameter takes its default.  Without a column
 * `state`, rows with metrics are complete and rows without wait; what was running waits, too.
 *
 * @param[out] ret_imported  unchanged on failure
 * @return ECOPT_OK, ECOPT_E_CONFIG (the file or some rows are wrong; nothing was added),
 *         ECOPT_E_NOT_FOUND, ECOPT_E_IO, ECOPT_E_LIMIT, ECOPT_E_STORE_..., ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_import_csv(ecopt_study *study, const char *path,
                                                           const ecopt_import_options *options,
                                                           ecopt_imported *ret_imported);

#ifdef __cplusplus
}
#endif

#endif
