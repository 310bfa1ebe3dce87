/*
 * The last words of a run: what was achieved, what went wrong and where to look.
 *
 * Everything is taken from the snapshot after the run and from nothing that was counted meanwhile,
 * so a resumed study is told as one.
 */
#ifndef CLI_RUN_SUMMARY_H
#define CLI_RUN_SUMMARY_H

#include "cli.h"

#include <ecopt/definition.h>
#include <ecopt/snapshot.h>
#include <ecopt/study.h>

/** Trials in one state. */
size_t cli_count_trials(const ecopt_snapshot *snapshot, ecopt_trial_state state);

/**
 * One line on stderr: why the run ended and what it took, with the trials by state unless the front
 * that was printed has said them.
 */
void cli_say_summary(cli_state *cli, const ecopt_definition *definition,
                     const ecopt_snapshot *snapshot, ecopt_stop_reason reason, bool has_front);

/**
 * Says on stderr what an exit code of a run means; nothing for 0 and 130.  When trials failed,
 * says why, or why the first did where the reasons differ, and names the log of that one.
 *
 * @param[in] dir  study folder; shown relative to the current folder where it is below it
 */
void cli_say_failure(cli_state *cli, const ecopt_snapshot *snapshot, const char *dir, int code);

#endif
