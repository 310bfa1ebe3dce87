/*
 * ecopt worker: one more process that runs trials of a study.
 *
 * What `run` does without its front: any number of workers and runs may be with one study at once.
 */
#include "commands.h"
#include "exit_code.h"
#include "message.h"
#include "run_limits.h"
#include "stop_signal.h"
#include "study_files.h"

#include <ecopt/study.h>

/* One line per trial that this worker has ended. */
static void say_ended(void *user, const ecopt_event *event)
{
    cli_state *cli = user;
    if (event->kind == ECOPT_EVENT_TRIAL_ENDED)
        cli_note(cli, "trial %lld/%lld %s%s%s%s", (long long)event->trial,
                 (long long)event->n_trials, ecopt_trial_state_name(event->state),
                 event->reason[0] ? "  (" : "", event->reason, event->reason[0] ? ")" : "");
}

/* Opens, runs, closes. A spent budget is the end of the work and no failure. */
static int work(cli_state *cli, const cli_args *args, const ecopt_definition *definition)
{
    ecopt_study *study = NULL;
    int code = cli_study_open(cli, args, definition, &study);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    ecopt_stop_reason reason = ECOPT_STOP_TRIALS;
    options.stop = cli_stop_signal_catch(cli->is_quiet);
    /* Nobody listens to a quiet one: the front need not be computed. */
    options.on_event = cli->is_quiet ? NULL : say_ended;
    options.user = cli;
    options.lease_s = cli_args_time_s(args, "lease", 0);
    options.max_trials = cli_args_count(args, "leave-after", 0);
    ecopt_status status = ecopt_study_run(study, &options, &reason);
    code = status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(cli, status);
    if (code == CLI_EXIT_OK && reason == ECOPT_STOP_INTERRUPTED)
        code = CLI_EXIT_INTERRUPTED;
    if (code == CLI_EXIT_OK)
        cli_note(cli, "%s", ecopt_stop_reason_text(reason));
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    return code;
}

int cmd_worker(cli_state *cli, const cli_args *args)
{
    ecopt_definition *definition = NULL;
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    int code = cli_definition_open(cli, args, file, false, &definition);
    if (code != CLI_EXIT_OK)
        return code;
    /* A shallow copy: texts and lists stay the original's, which alone is freed. */
    ecopt_definition limited = *definition;
    cli_run_limits(args, &limited);
    code = work(cli, args, &limited);
    ecopt_definition_free(cli->ctx, definition);
    return code;
}
