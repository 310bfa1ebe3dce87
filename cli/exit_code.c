/*
 * Exit codes are for scripts, statuses for messages: there are few of the former, with a meaning
 * each that a script can act upon, and many of the latter.
 */
#include "exit_code.h"

#include <stddef.h>

/* A table and not a switch: it is searched once per failure, and the default has to be an error. */
typedef struct status_exit {
    ecopt_status status;
    int code;
} status_exit;

/* What is not here is a run-time error. */
static const status_exit status_exits[] = {
    {ECOPT_OK, CLI_EXIT_OK},
    {ECOPT_E_CONFIG, CLI_EXIT_USAGE},
    {ECOPT_E_PARSE, CLI_EXIT_USAGE},
    {ECOPT_E_RANGE, CLI_EXIT_USAGE},
    {ECOPT_E_NAME, CLI_EXIT_USAGE},
    {ECOPT_E_ARG, CLI_EXIT_USAGE},
    {ECOPT_E_NOT_FOUND, CLI_EXIT_USAGE},
    /* A study file or a trace that is too large. */
    {ECOPT_E_LIMIT, CLI_EXIT_USAGE},
    /* These two come up only when the user named a source that must work. */
    {ECOPT_E_METER_NONE, CLI_EXIT_METER},
    {ECOPT_E_METER_PERM, CLI_EXIT_METER},
    {ECOPT_E_METER_REQUIRE, CLI_EXIT_METER},
    {ECOPT_E_STORE_LOCKED, CLI_EXIT_LOCKED},
    {ECOPT_E_STORE_VERSION, CLI_EXIT_LOCKED},
    {ECOPT_E_STORE_MISMATCH, CLI_EXIT_LOCKED},
    {ECOPT_E_INTERRUPTED, CLI_EXIT_INTERRUPTED},
};

/* A new status is a run-time error until somebody decides otherwise, never a success. */
int cli_exit_of_status(ecopt_status status)
{
    for (size_t i = 0; i < sizeof status_exits / sizeof status_exits[0]; i++)
        if (status_exits[i].status == status)
            return status_exits[i].code;
    return CLI_EXIT_ERROR;
}

/* Interrupted comes first: whatever was reached, a script must not go on as if all were done. A
 * space that was tried completely counts as a budget that was spent. A budget of energy or time
 * that ended the search early is told apart (5), since a larger one would mend it; for the rest, a
 * run without a feasible trial has no result (3). */
int cli_exit_of_run(const cli_run_result *result)
{
    switch (result->reason) {
    case ECOPT_STOP_INTERRUPTED:
    case ECOPT_STOP_STOPPED:
        return CLI_EXIT_INTERRUPTED;
    case ECOPT_STOP_FAILURES:
    case ECOPT_STOP_CONSECUTIVE:
        return CLI_EXIT_FAILURES;
    case ECOPT_STOP_ENERGY:
    case ECOPT_STOP_TIME:
    case ECOPT_STOP_CARBON:
    case ECOPT_STOP_MONEY:
        if (result->n_complete < result->n_minimum)
            return CLI_EXIT_BUDGET;
        break;
    case ECOPT_STOP_TRIALS:
    case ECOPT_STOP_EXHAUSTED:
    case ECOPT_STOP_GAIN:
        break;
    case ECOPT_STOP_WORTH:
        /* That tuning does not pay is an answer, also before the first trial. */
        return CLI_EXIT_OK;
    }
    return result->n_feasible > 0 ? CLI_EXIT_OK : CLI_EXIT_INFEASIBLE;
}
