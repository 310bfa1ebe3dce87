/*
 * The end of a run is what remains on the screen when somebody comes back to it, so it has to
 * answer three questions in a few lines: did it work, what did it take, and where to look.
 */
#include "run_summary.h"

#include "message.h"
#include "quantity.h"
#include "spent_words.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Counted from the snapshot and not taken from the events of the run: a resumed study is told as a
 * whole. */
size_t cli_count_trials(const ecopt_snapshot *snapshot, ecopt_trial_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_trials; i++)
        n += snapshot->trials[i].state == state;
    return n;
}

/* `, 2 failed`; what did not happen is not worth a word. */
static void write_count(FILE *file, const ecopt_snapshot *snapshot, ecopt_trial_state state)
{
    size_t n = cli_count_trials(snapshot, state);
    if (n > 0)
        fprintf(file, ", %zu %s", n, ecopt_trial_state_name(state));
}

/* `not complete or not feasible: exit 2, timeout 1; `: the kinds of failure show at a glance
 * whether it is worth looking for more of them than the first. */
static void write_causes(FILE *file, const ecopt_snapshot *snapshot)
{
    size_t counts[ECOPT_CAUSES_MAX] = {0};
    const char *separator = "not complete or not feasible: ";
    for (size_t i = 0; i < snapshot->n_trials; i++)
        if (snapshot->trials[i].state != ECOPT_TRIAL_QUEUED)
            counts[snapshot->trials[i].cause]++;
    for (size_t i = ECOPT_CAUSE_NONE + 1; i < ECOPT_CAUSES_MAX; i++) {
        if (counts[i] == 0)
            continue;
        fprintf(file, "%s%s %zu", separator, ecopt_cause_name((ecopt_cause)i), counts[i]);
        separator = ", ";
    }
    if (separator[0] == ',')
        fputs("; ", file);
}

/* `trial budget spent; 3.2 kJ in 4 min 05 s` Counts of trials only where no table says more. The
 * text is short by its making, so a buffer of fixed size is enough; where it were not, the rest
 * would be lost and nothing else. */
void cli_say_summary(cli_state *cli, const ecopt_definition *definition,
                     const ecopt_snapshot *snapshot, ecopt_stop_reason reason, bool has_front)
{
    char text[512] = "", energy[CLI_QUANTITY_B], time[CLI_QUANTITY_B];
    bool is_failing = reason == ECOPT_STOP_FAILURES || reason == ECOPT_STOP_CONSECUTIVE;
    FILE *file = fmemopen(text, sizeof text, "w");
    if (!file)
        return;
    /* That too many trials failed is an error and said as one. */
    if (reason == ECOPT_STOP_EXHAUSTED && snapshot->n_trials == 0)
        fputs("no point was found that keeps the constraints on parameters; ", file);
    else if (reason != ECOPT_STOP_FAILURES)
        fprintf(file, "%s; ", ecopt_stop_reason_text(reason));
    if (!has_front || is_failing) {
        size_t n = cli_count_trials(snapshot, ECOPT_TRIAL_COMPLETE);
        fprintf(file, "%zu %s complete", n, n == 1 ? "trial" : "trials");
        write_count(file, snapshot, ECOPT_TRIAL_FAILED);
        write_count(file, snapshot, ECOPT_TRIAL_INFEASIBLE);
        fputs("; ", file);
    }
    write_causes(file, snapshot);
    cli_format_energy(snapshot->spent_energy_j, energy);
    cli_format_time(snapshot->spent_time_s, time);
    /* Without a figure the energy is left out: `? in 35 s` would only raise a question. */
    bool is_metered = !isnan(snapshot->spent_energy_j);
    fprintf(file, "%s%s%s", is_metered ? energy : "", is_metered ? " in " : "", time);
    if (is_metered)
        cli_write_converted(file, definition, ", ", snapshot->spent_energy_j);
    if (fclose(file) == 0)
        cli_note(cli, "%s", text);
}

/* The first trial that failed, or NULL; *ret_is_common tells whether all others failed for the
 * same reason. The first and not the last: what went wrong at the start is mostly the cause of
 * the rest. */
static const ecopt_trial *first_failure(const ecopt_snapshot *snapshot, bool *ret_is_common)
{
    const ecopt_trial *first = NULL;
    *ret_is_common = true;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        if (trial->state != ECOPT_TRIAL_FAILED)
            continue;
        if (!first)
            first = trial;
        else if (strcmp(first->reason, trial->reason) != 0)
            *ret_is_common = false;
    }
    return first && first->reason[0] ? first : NULL;
}

/* `path` as seen from the current folder, when it is below it: shorter, and what one would type. A
 * path that cannot be shortened is right as it is, so nothing here fails. */
static const char *from_here(const char *path)
{
    char here[PATH_MAX / 4];
    if (!getcwd(here, sizeof here))
        return path;
    size_t length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* What the last phase that ran said: its errors, else its output.  A program that could not be
 * started has said nothing, and an empty file is not worth the way to it. The last phase is the one
 * that failed, for the next does not start after a failure. */
static bool find_log(const ecopt_trial *trial, const char *dir, char *path, size_t room)
{
    static const char *const suffixes[] = {"err", "out"};
    if (!trial->dir || trial->n_phases == 0)
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const char *phase = trial->phases[trial->n_phases - 1].phase;
        int n = snprintf(path, room, "%s/%s/%s.%s", dir, trial->dir, phase, suffixes[i]);
        struct stat status;
        if (n > 0 && n < (int)room && stat(path, &status) == 0 && status.st_size > 0)
            return true;
    }
    return false;
}

/* Silent for every other code: it was told already or is no failure. */
void cli_say_failure(cli_state *cli, const ecopt_snapshot *snapshot, const char *dir, int code)
{
    const char *text = code == CLI_EXIT_INFEASIBLE ? "no trial is complete and feasible"
                       : code == CLI_EXIT_FAILURES ? "too many trials failed"
                       : code == CLI_EXIT_BUDGET
                           ? "the budget was spent before the initial trials were complete"
                           : NULL;
    if (!text)
        return;
    /* Beside trials that ended well, failures explain only why there were too many of them. */
    bool is_cause = code == CLI_EXIT_FAILURES ||
                    cli_count_trials(snapshot, ECOPT_TRIAL_FAILED) == snapshot->n_trials;
    bool is_common = true;
    const ecopt_trial *failed = is_cause ? first_failure(snapshot, &is_common) : NULL;
    char path[PATH_MAX / 4];
    if (!failed)
        cli_error(cli, "%s", text);
    else if (is_common)
        cli_error(cli, "%s: %s", text, failed->reason);
    else
        cli_error(cli, "%s; trial %lld: %s", text, (long long)failed->id, failed->reason);
    if (failed && find_log(failed, dir, path, sizeof path))
        cli_hint(cli, "see %s", from_here(path));
    if (code == CLI_EXIT_FAILURES)
        cli_hint(cli, "when it is mended, 'ecopt run --retry-failed' tries them again");
}
