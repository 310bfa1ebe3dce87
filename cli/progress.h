/*
 * What a run says while it goes: a line per event, and on a terminal a live line below them with
 * bar, remaining time, energy and front.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli.h"

#include <ecopt/definition.h>
#include <ecopt/study.h>

typedef struct cli_progress {
    cli_state *cli;
    const ecopt_definition *definition;
    bool is_live;         /* stderr is a terminal */
    double began_s;       /* monotonic; when this run's first trial started */
    ecopt_event known;    /* latest numbers: not every event carries them all */
    int64_t ended_before; /* trials over when this run began; -1: not known yet */
} cli_progress;

/** Prepares; both are borrowed until the run is over. */
void cli_progress_init(cli_progress *progress, cli_state *cli, const ecopt_definition *definition);

/** Takes an event; for ecopt_run_options, user = the progress. */
void cli_progress_event(void *user, const ecopt_event *event);

/** Removes the live line. */
void cli_progress_end(cli_progress *progress);

/**
 * Seconds until the trial or time budget is spent, at the pace so far; NaN while unknown.
 *
 * @param[in] elapsed_s  since this run began
 * @param[in] n_ended    trials over in this run
 * @param[in] n_left     trials to go
 * @param[in] left_s     rest of the time budget; INFINITY without one
 */
double cli_progress_eta_s(double elapsed_s, int64_t n_ended, int64_t n_left, double left_s);

#endif
