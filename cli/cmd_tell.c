/*
 * ecopt tell: the outcome of a trial that was asked for, or of one that nobody asked for.
 *
 * A metric keeps its uncertainty unknown: the words of a command line carry a value and no more.
 * What the study makes of an outcome (which metrics must be there, whether the trial waits for one)
 * is decided by the library, under the lock.
 */
#include "commands.h"
#include "message.h"
#include "metric_words.h"
#include "point_words.h"
#include "quantity.h"
#include "study_files.h"

#include <ecopt/outside.h>
#include <stdlib.h>

/* What the command line says about the trial. */
typedef struct told_outcome {
    int64_t trial;
    char *point; /* --new: in place of the number; owned */
    ecopt_trial_state state;
    const char *reason;
    ecopt_metric_value *metrics;
    size_t n;
} told_outcome;

/* Failed and infeasible may come with metrics, which are kept; complete must, as without any it
 * would be a trial that says nothing. */
static int read_metrics(cli_state *cli, const cli_args *args, char *const *words, size_t n,
                        told_outcome *ret)
{
    const char *failed = cli_args_text(args, "failed");
    const char *infeasible = cli_args_text(args, "infeasible");
    if (failed && infeasible) {
        cli_error(cli, "tell: a trial is either failed or infeasible");
        return CLI_EXIT_USAGE;
    }
    ret->state = failed       ? ECOPT_TRIAL_FAILED
                 : infeasible ? ECOPT_TRIAL_INFEASIBLE
                              : ECOPT_TRIAL_COMPLETE;
    ret->reason = failed ? failed : infeasible ? infeasible : "";
    if (ret->state == ECOPT_TRIAL_COMPLETE && n == 0) {
        if (ret->point)
            cli_error(cli, "tell: a new trial needs its metrics, -- METRIC=VALUE");
        else
            cli_error(cli, "tell: trial %lld needs its metrics, METRIC=VALUE",
                      (long long)ret->trial);
        return CLI_EXIT_USAGE;
    }
    return cli_metric_words(cli, words, n, &ret->metrics, &ret->n);
}

/* N METRIC=VALUE... */
static int read_asked(cli_state *cli, const cli_args *args, told_outcome *ret)
{
    if (args->n_operands == 0 || !cli_parse_count(args->operands[0], 1, INT64_MAX, &ret->trial)) {
        cli_error(cli, "tell: the number of a trial is needed first");
        cli_hint(cli, "'ecopt ask' gives it; --new is for a point that nobody asked for");
        return CLI_EXIT_USAGE;
    }
    if (args->n_command > 0) {
        cli_error(cli, "tell: '--' belongs to --new, between its point and its metrics");
        return CLI_EXIT_USAGE;
    }
    return read_metrics(cli, args, args->operands + 1, args->n_operands - 1, ret);
}

/* --new NAME=VALUE... -- METRIC=VALUE...: the words before the dashes are the point, since a
 * parameter and a metric may have one name. */
static int read_new(cli_state *cli, const cli_args *args, told_outcome *ret)
{
    int code = cli_point_words(cli, args->operands, args->n_operands, &ret->point);
    return code == CLI_EXIT_OK ? read_metrics(cli, args, args->command, args->n_command, ret)
                               : code;
}

/* A trial of its own, complete from the start; its number is the answer. */
static int tell_new(cli_state *cli, const ecopt_definition *definition, ecopt_study *study,
                    const told_outcome *outcome)
{
    const ecopt_outside_row row = {.point = outcome->point,
                                   .state = outcome->state,
                                   .reason = outcome->reason,
                                   .n_metrics = outcome->n,
                                   .metrics = outcome->metrics};
    ecopt_outside_options options = ECOPT_OUTSIDE_OPTIONS_INIT;
    options.origin = "told";
    int64_t trial = 0;
    ecopt_status status = ecopt_study_add(study, &row, 1, &options, &trial);
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    return cli_say_point(cli, definition->space, trial, outcome->point);
}

static int tell_asked(cli_state *cli, ecopt_study *study, const told_outcome *outcome)
{
    ecopt_status status = ecopt_study_tell(study, outcome->trial, outcome->state, outcome->reason,
                                           outcome->metrics, outcome->n);
    if (status == ECOPT_OK)
        return CLI_EXIT_OK;
    int code = cli_fail(cli, status);
    /* The words were right, the study has no such trial: as with show. */
    return status == ECOPT_E_NOT_FOUND ? CLI_EXIT_ERROR : code;
}

/* The words are read before anything is opened: a mistake in them should not take the lock of a
 * study from someone else, not even for a moment. */
int cmd_tell(cli_state *cli, const cli_args *args)
{
    told_outcome outcome = {0};
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    int code =
        cli_args_has(args, "new") ? read_new(cli, args, &outcome) : read_asked(cli, args, &outcome);
    if (code == CLI_EXIT_OK)
        code = cli_definition_open(cli, args, cli_args_text(args, "file"), false, &definition);
    if (code == CLI_EXIT_OK)
        code = cli_study_open(cli, args, definition, &study);
    if (code == CLI_EXIT_OK)
        code = outcome.point ? tell_new(cli, definition, study, &outcome)
                             : tell_asked(cli, study, &outcome);
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    ecopt_definition_free(cli->ctx, definition);
    cli_metric_words_free(outcome.metrics, outcome.n);
    free(outcome.point);
    return code;
}
