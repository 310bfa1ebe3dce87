/*
 * What a run says while it goes: a line per event, and on a terminal a live line below them with
 * bar, remaining time, energy and front.
 *
 * Call order: cli_progress_init, then cli_progress_event for each event of the run, then
 * cli_progress_end, in every case: it ends the thread that makes the live line tick.
 *
 * Threads: events come on the thread that runs the study.  On a terminal a second thread
 * (ticker.h) redraws the line each second.  cli_state.screen is its mutex meanwhile: messages of
 * any origin take it (message.h), so a line never lands in the middle of another.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli.h"
#include "ticker.h"

#include <ecopt/definition.h>
#include <ecopt/study.h>
#include <stdio.h>

/** Room for the name of the phase that runs; a longer one is cut on the line. */
#define CLI_PHASE_B 64

typedef struct cli_progress {
    cli_state *cli;
    const ecopt_definition *definition;
    bool is_live;            /* stderr is a terminal */
    bool has_others;         /* trials of other workers end here too; their starts nobody tells */
    double (*clock_s)(void); /* monotonic; tests put their own */
    long tick_ms;            /* period of the live line; tests put their own */
    double began_s;          /* when this run's first event came */
    double ended_s;          /* when the last trial of this run ended; began_s before that */
    double trial_began_s;    /* when the trial that runs began; NaN between trials */
    ecopt_event known;       /* latest numbers: not every event carries them all */
    char phase[CLI_PHASE_B]; /* that runs now; "" between phases */
    int64_t ended_before;    /* trials over when this run began; -1: not known yet */
    cli_ticker ticker;
} cli_progress;

/** Prepares; both are borrowed until the run is over. */
void cli_progress_init(cli_progress *progress, cli_state *cli, const ecopt_definition *definition);

/** Takes an event; for ecopt_run_options, user = the progress. */
void cli_progress_event(void *user, const ecopt_event *event);

/** Stops ticking and removes the live line. */
void cli_progress_end(cli_progress *progress);

/** Writes the live line as it is at `now_s` of the progress' clock; of any length, no newline. */
void cli_progress_line(FILE *file, const cli_progress *progress, double now_s);

/**
 * Seconds until the trial or time budget is spent, at the pace so far; NaN while unknown.
 *
 * @param[in] elapsed_s  of this run when its last trial ended
 * @param[in] n_ended    trials over in this run
 * @param[in] n_left     trials to go
 * @param[in] left_s     rest of the time budget; INFINITY without one
 */
double cli_progress_eta_s(double elapsed_s, int64_t n_ended, int64_t n_left, double left_s);

#endif
