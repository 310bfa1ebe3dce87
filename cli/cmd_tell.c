/*
 * ecopt tell: the outcome of a trial that was asked for.
 *
 * A metric keeps its uncertainty unknown: the words of a command line carry a value and no more.
 * What the study makes of an outcome (which metrics must be there, whether the trial waits for one)
 * is decided by the library, under the lock.
 */
#include "commands.h"
#include "message.h"
#include "metric_words.h"
#include "quantity.h"
#include "study_files.h"

#include <stdlib.h>

/* What the command line says about the trial. */
typedef struct told_outcome {
    int64_t trial;
    ecopt_trial_state state;
    const char *reason;
    ecopt_metric_value *metrics;
    size_t n;
} told_outcome;

/* The three forms of the command line. Failed and infeasible may come with metrics, which are kept;
 * complete must, as without any it would be a trial that says nothing. */
static int read_outcome(cli_state *cli, const cli_args *args, told_outcome *ret)
{
    const char *failed = cli_args_text(args, "failed");
    const char *infeasible = cli_args_text(args, "infeasible");
    if (args->n_operands == 0 || !cli_parse_count(args->operands[0], 1, INT64_MAX, &ret->trial)) {
        cli_error(cli, "tell: the number of a trial is needed first");
        cli_hint(cli, "'ecopt ask' gives it");
        return CLI_EXIT_USAGE;
    }
    if (failed && infeasible) {
        cli_error(cli, "tell: a trial is either failed or infeasible");
        return CLI_EXIT_USAGE;
    }
    ret->state = failed       ? ECOPT_TRIAL_FAILED
                 : infeasible ? ECOPT_TRIAL_INFEASIBLE
                              : ECOPT_TRIAL_COMPLETE;
    ret->reason = failed ? failed : infeasible ? infeasible : "";
    if (ret->state == ECOPT_TRIAL_COMPLETE && args->n_operands == 1) {
        cli_error(cli, "tell: trial %lld needs its metrics, METRIC=VALUE", (long long)ret->trial);
        return CLI_EXIT_USAGE;
    }
    return cli_metric_words(cli, args->operands + 1, args->n_operands - 1, &ret->metrics, &ret->n);
}

/* The words are read before anything is opened: a mistake in them should not take the lock of a
 * study from someone else, not even for a moment. */
int cmd_tell(cli_state *cli, const cli_args *args)
{
    told_outcome outcome = {0};
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    int code = read_outcome(cli, args, &outcome);
    if (code == CLI_EXIT_OK)
        code = cli_definition_open(cli, args, cli_args_text(args, "file"), false, &definition);
    if (code == CLI_EXIT_OK)
        code = cli_study_open(cli, args, definition, &study);
    if (code == CLI_EXIT_OK) {
        ecopt_status status = ecopt_study_tell(study, outcome.trial, outcome.state, outcome.reason,
                                               outcome.metrics, outcome.n);
        if (status != ECOPT_OK)
            code = cli_fail(cli, status);
        /* The words were right, the study has no such trial: as with show. */
        if (status == ECOPT_E_NOT_FOUND)
            code = CLI_EXIT_ERROR;
    }
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    ecopt_definition_free(cli->ctx, definition);
    cli_metric_words_free(outcome.metrics, outcome.n);
    return code;
}
