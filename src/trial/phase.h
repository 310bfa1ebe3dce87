/*
 * One trial under way: its state between phases, and the running of one phase.
 *
 * Call order: eco_trial_open, eco_trial_phase for each phase while it returns a state of COMPLETE,
 * then eco_trial_values; eco_trial_close.  trial.c does this.  Owner: the caller.
 */
#ifndef ECO_TRIAL_PHASE_H
#define ECO_TRIAL_PHASE_H

#include "core/str.h"
#include "trial/builtin.h"
#include "trial/handover.h"
#include "trial/pattern.h"
#include "trial/pool.h"
#include "trial/process.h"
#include "trial/stream.h"

typedef struct eco_trial {
    ecopt_ctx *ctx;                     /* borrowed */
    const eco_trial_request *request;   /* borrowed */
    const ecopt_definition *definition; /* borrowed */
    eco_handover *handover;             /* owned */
    eco_pool pool;
    eco_pattern **patterns; /* owned: one per metric, NULL for those without regex */
    size_t phase;           /* that runs now */
    eco_stream out, err;
    int64_t repeat;    /* which run of the phase this is; the round of a part */
    size_t log_read_b; /* of the log file, so far */
    size_t n_records, records_room;
    ecopt_phase_record *records; /* owned: one per run, names owned */
    double *samples;             /* owned: what each run reported, NaN not known */
    ecopt_trial_state state;     /* COMPLETE while nothing went wrong */
    ecopt_cause cause;           /* NONE while COMPLETE */
    eco_str reason;
    double phase_began_s; /* clock of the phase that runs */
    bool is_enough;       /* the guide has said to prune */
    eco_str verdict;      /* why, in its words */
    size_t step_room;
    ecopt_metric_value *step_values; /* owned: what is shown to the guide; names borrowed */
} eco_trial;

/** Prepares folder, parameters' file and patterns.  eco_trial_close in any case.
 *  @return ECOPT_OK, ECOPT_E_ARG, ECOPT_E_PARSE (a regex), ECOPT_E_IO, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_trial_open(eco_trial *trial, ecopt_ctx *ctx,
                                         const eco_trial_request *request);

/** Runs phase i as run number `repeat`; trial->state and trial->reason say how it went.
 *  @return ECOPT_OK, ECOPT_E_IO, ECOPT_E_SPAWN, ECOPT_E_NAME, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_trial_phase(eco_trial *trial, size_t i, int64_t repeat);

/** Path of a file of the running phase: DIR/PHASE.out, DIR/PHASE.2.out; caller frees with eco_free,
 *  NULL on no memory. */
char *eco_trial_file(const eco_trial *trial, const char *suffix);

/** Shows the guide what the line just taken in has reported, if that was for a step.
 *  @return ECOPT_OK, ECOPT_E_NOMEM, what the guide returned */
ECOPT_NODROP ecopt_status eco_trial_ask_step(eco_trial *trial);

/** Takes in the whole lines that `ecopt log` has appended since the last look, and shows their
 *  steps to the guide (log_follow.c).  A log that cannot be read is eco_trial_collect's to tell.
 *  @return ECOPT_OK, ECOPT_E_NOMEM, what the guide returned */
ECOPT_NODROP ecopt_status eco_trial_follow_log(eco_trial *trial);

/** Takes in what files of the phase that just ended say (result, log, JSON pointers).  A result
 *  that cannot be read makes the trial FAILED.  @return ECOPT_OK, ECOPT_E_IO, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_trial_collect(eco_trial *trial);

/** Number of a metric of kind JSON; the context's message says what is wrong with it.
 *  @return ECOPT_OK, as eco_fs_read and eco_protocol_pointer otherwise */
ECOPT_NODROP ecopt_status eco_trial_read_json(eco_trial *trial, const ecopt_metric *metric,
                                              double *ret_value);

/** Index of the phase of that name, n_phases when there is none. */
size_t eco_trial_find_phase(const eco_trial *trial, const char *name);

/** Releases everything. */
void eco_trial_close(eco_trial *trial);

#endif
