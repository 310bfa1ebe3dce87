/*
 * Exit codes from the library's statuses and stop reasons: the one table of both.
 *
 * They are few and fixed, as scripts depend on them: a status that is new in the library gets one
 * of the codes that there are. cli.h lists them, ecopt(1) explains them.
 */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

#include "cli.h"

#include <ecopt/study.h>

/** What a run achieved, as far as its exit code depends on it. */
typedef struct cli_run_result {
    ecopt_stop_reason reason;
    size_t n_feasible; /* trials that are complete and meet every constraint */
    size_t n_complete;
    size_t n_minimum; /* complete trials below which a spent energy or time budget is exit 5 */
} cli_run_result;

/** Exit code of a failed call. */
int cli_exit_of_status(ecopt_status status);

/** Exit code of a run that ended. */
int cli_exit_of_run(const cli_run_result *result);

#endif
