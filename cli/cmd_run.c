/*
 * ecopt run: the trials of a study, from the start or from where it stands.
 *
 * The definition is the file's or is composed of the command line (quick_study.h).  Flags that
 * change a budget or the meter act on a copy of the definition for this run only; what the study
 * keeps is the file's text.
 */
#include "commands.h"
#include "exit_code.h"
#include "jobs.h"
#include "message.h"
#include "output.h"
#include "preview.h"
#include "program_check.h"
#include "progress.h"
#include "quantity.h"
#include "quick_study.h"
#include "run_limits.h"
#include "run_summary.h"
#include "stop_signal.h"
#include "study_files.h"

#include <ecopt/report.h>
#include <ecopt/study.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Trials that --dry-run shows. */
#define DRY_RUN_TRIALS 5

/* Definition of the study file, or of the command line itself. --save writes only what was
 * accepted: a file that the next command refuses would be no help. A definition that cannot be
 * saved is released here, as the caller gets none with a failure. */
static int open_definition(cli_state *cli, const cli_args *args, ecopt_definition **ret_definition)
{
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    if (!cli_quick_study_is_meant(args))
        return cli_definition_open(cli, args, file, true, ret_definition);
    char *text = NULL;
    char *path = NULL;
    int code = cli_quick_study(cli, args, &text, &path);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_status status = ecopt_definition_parse(cli->ctx, text, strlen(text), path, cli_diagnostic,
                                                 cli, ret_definition);
    if (status != ECOPT_OK) {
        code = cli_fail(cli, status);
    } else if (cli_args_has(args, "save")) {
        code = cli_write(cli, path, text, strlen(text));
        if (code == CLI_EXIT_OK)
            cli_note(cli, "wrote %s", path);
        else
            ecopt_definition_free(cli->ctx, *ret_definition);
    }
    free(text);
    free(path);
    return code;
}

/* The next trials as text; the study is looked at on a copy. The folder has to be named, as a
 * preview looks only where it is told to; it is the one that a run would take. */
static int dry_run(cli_state *cli, const cli_args *args, const ecopt_definition *definition)
{
    const char *dir = cli_args_text(args, "dir");
    char *folder = NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    int code = CLI_EXIT_ERROR;
    if (file && (dir || asprintf(&folder, "%s/%s.ecopt", definition->dir, definition->name) >= 0))
        code = cli_preview(cli, definition, dir ? dir : folder, DRY_RUN_TRIALS, file);
    else
        cli_error(cli, "out of memory");
    if (file && fclose(file) != 0)
        code = CLI_EXIT_ERROR;
    if (code == CLI_EXIT_OK)
        code = cli_write(cli, NULL, text, length);
    free(text);
    free(folder);
    return code;
}

/* Where to go from here, as a command to copy: with the study's name where the command would not
 * find it by itself. A study of the command line has no file, so its folder is named; the usual
 * file needs no name at all. */
static void say_next(cli_state *cli, const cli_args *args, const ecopt_definition *definition,
                     int code)
{
    const char *dir = cli_args_text(args, "dir");
    const char *file = args->n_operands > 0 ? args->operands[0] : NULL;
    char made[PATH_MAX / 4] = "";
    if (cli->is_quiet)
        return;
    if (dir)
        file = dir;
    else if (cli_quick_study_is_meant(args) &&
             snprintf(made, sizeof made, "%s.ecopt", definition->name) > 0)
        file = made;
    else if (file && strcmp(file, CLI_STUDY_FILE) == 0)
        file = NULL;
    const char *blank = file ? " " : "";
    if (!file)
        file = "";
    /* By what one would do next: go on, look at the result, or look for the reason. */
    if (code == CLI_EXIT_INTERRUPTED)
        cli_hint(cli, "the same command goes on where this one stopped");
    else if (code == CLI_EXIT_OK)
        cli_hint(cli, "'ecopt report%s%s' writes a page about it", blank, file);
    else
        cli_hint(cli, "'ecopt trials%s%s' lists what happened", blank, file);
}

/* What the end was decided by: without it nobody would believe that tuning does not pay. */
static void say_worth(cli_state *cli, ecopt_study *study, ecopt_stop_reason reason)
{
    ecopt_worth worth;
    char saving[CLI_QUANTITY_B], cost[CLI_QUANTITY_B];
    if (reason != ECOPT_STOP_WORTH || ecopt_study_worth(study, (double)NAN, &worth) != ECOPT_OK)
        return;
    cli_format_energy(worth.saving_j, saving);
    cli_format_energy(worth.cost_j, cost);
    cli_note(cli, "over %.4g requests one more trial is expected to save %s and to take %s",
             worth.requests, saving, cost);
}

/* Front to stdout, summary to stderr, exit code by what was achieved. The front is asked for before
 * it is shown because the exit code depends on it, also with -q. A table that could not be written
 * turns a success into an error, but does not hide a failure of the run. */
static int conclude(cli_state *cli, const cli_args *args, const ecopt_definition *definition,
                    ecopt_study *study, ecopt_stop_reason reason)
{
    ecopt_snapshot *snapshot = NULL;
    ecopt_front *front = NULL;
    char *text = NULL;
    ecopt_status status = ecopt_study_snapshot(study, &snapshot);
    if (status == ECOPT_OK)
        status = ecopt_front_new(cli->ctx, definition, snapshot, &front);
    if (status == ECOPT_OK && front->n > 0 && !cli->is_quiet)
        status = ecopt_report_front(cli->ctx, definition, snapshot, ECOPT_FORMAT_TABLE, &text);
    int code = CLI_EXIT_OK;
    if (status != ECOPT_OK) {
        code = cli_fail(cli, status);
    } else {
        /* A budget of fewer trials than the initial design is complete with fewer. */
        int64_t minimum = definition->budget.init < definition->budget.trials
                              ? definition->budget.init
                              : definition->budget.trials;
        const cli_run_result result = {
            reason, front->n, cli_count_trials(snapshot, ECOPT_TRIAL_COMPLETE), (size_t)minimum};
        code = cli_exit_of_run(&result);
        if (text && cli_write(cli, NULL, text, strlen(text)) != CLI_EXIT_OK && code == 0)
            code = CLI_EXIT_ERROR;
        cli_say_summary(cli, definition, snapshot, reason, text != NULL);
        say_worth(cli, study, reason);
        cli_say_failure(cli, snapshot, ecopt_study_dir(study), code);
        say_next(cli, args, definition, code);
    }
    ecopt_text_free(cli->ctx, text);
    ecopt_front_free(cli->ctx, front);
    ecopt_snapshot_free(cli->ctx, snapshot);
    return code;
}

/* The trials, with as many further workers as were asked for. A worker that failed has said why;
 * its exit code counts when this process has none to tell. The live line is ended before anything
 * else is said. */
static int run_trials(cli_state *cli, const cli_args *args, const ecopt_definition *definition,
                      ecopt_study *study, ecopt_stop_reason *ret_reason)
{
    cli_progress progress;
    cli_jobs *jobs = NULL;
    size_t n_jobs = 1;
    int code = cli_jobs_count(cli, args, &n_jobs);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.stop = cli_stop_signal_catch(false);
    code = cli_jobs_start(cli, args, n_jobs, ecopt_study_dir(study), &jobs);
    if (code == CLI_EXIT_OK) {
        cli_progress_init(&progress, cli, definition);
        cli_jobs_watch(jobs, options.stop);
        options.on_event = cli_progress_event;
        options.is_following = progress.has_others = n_jobs > 1;
        options.lease_s = cli_args_time_s(args, "lease", 0);
        options.user = &progress;
        ecopt_status status = ecopt_study_run(study, &options, ret_reason);
        /* Where the program is broken the others need not find it out for themselves. */
        cli_jobs_rest(jobs, status == ECOPT_OK && *ret_reason == ECOPT_STOP_CONSECUTIVE);
        cli_progress_end(&progress);
        if (status != ECOPT_OK)
            code = cli_fail(cli, status);
    }
    int others = cli_jobs_wait(jobs);
    return code == CLI_EXIT_OK ? others : code;
}

/* Opens, runs, concludes, closes; the first failure decides the exit code. The handlers are set
 * after the study is open: until then Ctrl-C ends the program as usual, and nothing is lost by
 * it. */
static int run_study(cli_state *cli, const cli_args *args, const ecopt_definition *definition)
{
    ecopt_study *study = NULL;
    int code = cli_study_open(cli, args, definition, &study);
    if (code != CLI_EXIT_OK)
        return code;
    ecopt_stop_reason reason = ECOPT_STOP_TRIALS;
    code = run_trials(cli, args, definition, study, &reason);
    if (code == CLI_EXIT_OK)
        code = conclude(cli, args, definition, study, reason);
    /* Closing may fail as writing does; a run that failed before has said the more important
     * thing. */
    ecopt_status closed = ecopt_study_close(study);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    return code;
}

/* What a worker would refuse, said before any is started. */
static int check_record(cli_state *cli, const ecopt_definition *definition, size_t n_jobs)
{
    if (n_jobs < 2 || !definition->meter.record)
        return CLI_EXIT_OK;
    cli_error(cli, "--jobs: the meter of this study is recorded, and a recording is of one worker");
    cli_hint(cli, "run one trial at a time, or leave out meter.record");
    return CLI_EXIT_USAGE;
}

/* The definition of the file stays as it was read: the study compares it with what it has kept, and
 * a budget for one run must not look like a changed study. */
int cmd_run(cli_state *cli, const cli_args *args)
{
    ecopt_definition *definition = NULL;
    size_t n_jobs = 1;
    if (cli_args_count(args, "trials", 1) < 1) {
        cli_error(cli, "--trials: at least 1");
        return CLI_EXIT_USAGE;
    }
    int code = cli_jobs_count(cli, args, &n_jobs);
    if (code == CLI_EXIT_OK)
        code = open_definition(cli, args, &definition);
    if (code != CLI_EXIT_OK)
        return code;
    /* A shallow copy: texts and lists stay the original's, which alone is freed. */
    ecopt_definition overridden = *definition;
    cli_run_limits(args, &overridden);
    (void)cli_program_check(cli, &overridden);
    code = check_record(cli, &overridden, n_jobs);
    if (code == CLI_EXIT_OK)
        code = cli_args_has(args, "dry-run") ? dry_run(cli, args, &overridden)
                                             : run_study(cli, args, &overridden);
    ecopt_definition_free(cli->ctx, definition);
    return code;
}
