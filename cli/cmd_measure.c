/*
 * ecopt measure: the energy of one command.
 *
 * Order: prepare (the command line), open the meter, idle window, warm-ups, measured runs, idle
 * window, report.  Warm-ups go without the meter, so that a recorded trace holds the measured runs
 * only and plays back in the same order.
 *
 * Exit codes are those of env(1) and timeout(1): the command's own where it ran, 125 to 127 where
 * it could not, so that `ecopt measure -- make` stands in a script in the place of `make`.
 */
#include "commands.h"
#include "measure_report.h"
#include "message.h"
#include "output.h"
#include "quantity.h"
#include "stop_signal.h"

#include <ecopt/meter.h>
#include <ecopt/process.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* More runs than anybody waits for; keeps the table of them small. */
#define MOST_RUNS 10000

/* One `ecopt measure`. Everything in one place, because each step needs the options, the meter and
 * what was measured so far; cmd_measure releases it whatever was reached. */
typedef struct measure_session {
    cli_state *cli;
    const cli_args *args;
    ecopt_meter *meter;
    const volatile sig_atomic_t *stop;
    int64_t n_wanted;
    char *unit; /* name, NULL without --unit; owned */
    ecopt_tap tap;
    cli_measured_run *runs; /* n_wanted; owned */
    cli_measurement result;
    ecopt_energy idle; /* sum of the idle windows */
} measure_session;

/* NAME=REGEX of --unit. The regex is not compiled here but by the library, which knows its own
 * dialect. */
static int read_unit(measure_session *session)
{
    const char *text = cli_args_text(session->args, "unit");
    if (!text)
        return CLI_EXIT_OK;
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || equals[1] == '\0') {
        cli_error(session->cli, "--unit: '%s' is not NAME=REGEX", text);
        cli_hint(session->cli, "e.g. --unit tokens='generated ([0-9]+)'");
        return CLI_EXIT_MEASURE;
    }
    session->unit = strndup(text, (size_t)(equals - text));
    session->tap.regex = equals + 1;
    session->result.unit = session->unit;
    return session->unit ? CLI_EXIT_OK : CLI_EXIT_MEASURE;
}

/* Own failures are 125 here, whatever they would be elsewhere, but for the meter's. */
static int fail(measure_session *session, ecopt_status status)
{
    (void)cli_fail(session->cli, status);
    return CLI_EXIT_MEASURE;
}

/* All that can be wrong with the command line, before anything is opened or run. All the refusals
 * are before the first run, since the command may take hours. Runs are counted against a limit
 * because the table of them is made at once. */
static int prepare(measure_session *session)
{
    const cli_args *args = session->args;
    if (args->n_command == 0) {
        cli_error(session->cli, "measure: which command? write it after '--'");
        return CLI_EXIT_MEASURE;
    }
    session->n_wanted = cli_args_count(args, "runs", 1);
    session->result.n_warmup = cli_args_count(args, "warmup", 0);
    if (session->n_wanted < 1 || session->n_wanted > MOST_RUNS ||
        session->result.n_warmup > MOST_RUNS) {
        cli_error(session->cli, "measure: 1 to %d runs, at most %d warm-ups", MOST_RUNS, MOST_RUNS);
        return CLI_EXIT_MEASURE;
    }
    /* The factor is looked up now: a misspelt country after hours of measuring would be a waste. */
    session->result.country = cli_args_text(args, "country");
    if (session->result.country) {
        ecopt_status status =
            ecopt_carbon_factor(session->result.country, &session->result.carbon_g_per_kwh,
                                &session->result.carbon_year, &session->result.carbon_source);
        if (status != ECOPT_OK) {
            cli_error(session->cli, "--country: there is no carbon factor for '%s'",
                      session->result.country);
            cli_hint(session->cli, "three letters of ISO 3166-1 such as GBR, or WLD for the world");
            return CLI_EXIT_MEASURE;
        }
    }
    session->runs = calloc((size_t)session->n_wanted, sizeof *session->runs);
    if (!session->runs) {
        cli_error(session->cli, "out of memory");
        return CLI_EXIT_MEASURE;
    }
    session->result.command = args->command;
    session->result.n_command = args->n_command;
    session->result.runs = session->runs;
    return read_unit(session);
}

/* --require is judged here: nothing is run when the energy would be too weak a claim. Roots and
 * libraries of the state are for tests, which bring a machine of their own. */
static int open_meter(measure_session *session)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = cli_args_text(session->args, "sources");
    options.require = cli_args_text(session->args, "require");
    options.record_path = cli_args_text(session->args, "record");
    options.system_root = session->cli->system_root;
    options.nvml_path = session->cli->nvml_path;
    options.calibration_path = session->cli->calibration_path;
    ecopt_status status = ecopt_meter_open(session->cli->ctx, &options, &session->meter);
    return status == ECOPT_OK ? CLI_EXIT_OK : fail(session, status);
}

/* A signal for the command alone (Ctrl-C) does not shorten it, one that ends ecopt does. nanosleep
 * leaves the rest in its argument, so being woken does not make the window longer. */
static void sleep_s(double time_s, const volatile sig_atomic_t *stop)
{
    struct timespec rest = {.tv_sec = (time_t)time_s};
    rest.tv_nsec = (long)((time_s - (double)rest.tv_sec) * 1e9);
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR && !*stop) {
    }
}

/* One window of the machine doing nothing; adds to session->idle. Called before and after the runs:
 * a machine that is warming up or has something else to do shows as a difference between the
 * windows, and the mean of both is the better base. The power is that of both together. */
static int measure_idle(measure_session *session)
{
    double time_s = cli_args_time_s(session->args, "idle", 0.0);
    if (!(time_s > 0.0) || *session->stop)
        return CLI_EXIT_OK;
    cli_note(session->cli, "measuring the idle machine for %.3g s", time_s);
    /* Ordinal 0 and a phase of its own, so that a recorded trace tells the idle windows from the
     * runs. */
    const ecopt_window_key key = {0, "idle"};
    ecopt_window *window = NULL;
    ecopt_energy energy;
    ecopt_status status = ecopt_meter_begin(session->meter, &key, &window);
    if (status == ECOPT_OK) {
        sleep_s(time_s, session->stop);
        status = ecopt_meter_end(session->meter, window, 0.0, &energy);
    }
    if (status != ECOPT_OK)
        return fail(session, status);
    ecopt_energy_add(&session->idle, &energy);
    session->result.idle_s = time_s;
    session->result.idle_w = session->idle.energy_j / session->idle.time_s;
    return CLI_EXIT_OK;
}

/* Exit code of a run that was not a plain success; CLI_EXIT_OK if it was. A signal as shells tell
 * it, 128 and its number. The messages are the library's: it knows what could not be found or not
 * be run. */
static int judge(measure_session *session, const ecopt_process_result *result)
{
    if (!result->is_started) {
        cli_error(session->cli, "%s", result->reason);
        return result->start_errno == ENOENT ? CLI_EXIT_NO_PROGRAM : CLI_EXIT_CANNOT_RUN;
    }
    if (result->signal > 0)
        return 128 + result->signal;
    return result->exit_status < 0 ? CLI_EXIT_MEASURE : result->exit_status;
}

/* Runs the command once; a measured run goes into the table, also one that failed. Warm-ups get no
 * meter at all, see the head of this file. An output that the pattern does not match is a warning
 * and not a failure: the energy is right all the same. */
static int run_once(measure_session *session, int64_t ordinal, bool is_measured)
{
    ecopt_process_options options = ECOPT_PROCESS_OPTIONS_INIT;
    options.argv = (const char *const *)session->args->command;
    options.meter = is_measured ? session->meter : NULL;
    options.ordinal = ordinal;
    options.phase = "measure";
    options.stop = session->stop;
    options.n_taps = session->unit ? 1 : 0;
    options.taps = &session->tap;
    ecopt_process_result result;
    ecopt_status status = ecopt_process_run(session->cli->ctx, &options, &result);
    if (status != ECOPT_OK)
        return fail(session, status);
    int code = judge(session, &result);
    session->result.exit_status = code;
    if (is_measured && result.is_started) {
        cli_measured_run *run = &session->runs[session->result.n++];
        run->energy = result.energy;
        run->time_s = result.time_s;
        run->units = session->unit ? session->tap.value : (double)NAN;
        if (session->unit && isnan(session->tap.value))
            cli_warning(session->cli, "no output matches the pattern of --unit");
    }
    return code;
}

/* The first run that fails ends it: means over failures say nothing. The second idle window is left
 * out after a failure, for nobody waits for it then. */
static int run_all(measure_session *session)
{
    int code = measure_idle(session);
    for (int64_t i = 0; i < session->result.n_warmup && code == CLI_EXIT_OK; i++)
        code = run_once(session, i, false);
    for (int64_t i = 0; i < session->n_wanted && code == CLI_EXIT_OK; i++)
        code = run_once(session, i, true);
    if (code == CLI_EXIT_OK)
        code = measure_idle(session);
    return code;
}

/* To stderr, so that stdout stays the command's, or to a file. Made in memory first, so that no
 * half of a report is ever written. */
static int write_report(measure_session *session)
{
    const char *path = cli_args_text(session->args, "output");
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) {
        cli_error(session->cli, "out of memory");
        return CLI_EXIT_MEASURE;
    }
    if (cli_args_has(session->args, "json"))
        cli_measurement_json(file, &session->result);
    else
        cli_measurement_text(file, &session->result);
    int code = CLI_EXIT_OK;
    if (fclose(file) != 0)
        code = CLI_EXIT_MEASURE;
    else if (path && cli_write(session->cli, path, text, length) != CLI_EXIT_OK)
        code = CLI_EXIT_MEASURE;
    else if (!path)
        fputs(text, stderr);
    free(text);
    return code;
}

/* A report is written also when a later run failed, over the runs that were measured; the exit code
 * stays that of the failure. Closing the meter comes last, because a recorded trace is complete
 * only then. */
int cmd_measure(cli_state *cli, const cli_args *args)
{
    measure_session session = {.cli = cli, .args = args};
    ecopt_energy_clear(&session.idle);
    int code = prepare(&session);
    if (code == CLI_EXIT_OK)
        code = open_meter(&session);
    if (code == CLI_EXIT_OK) {
        /* Only from here on: before there is a command to wait for, Ctrl-C ends ecopt as usual. */
        session.stop = cli_stop_signal_leave();
        code = run_all(&session);
        if (session.result.n > 0) {
            int written = write_report(&session);
            code = code == CLI_EXIT_OK ? written : code;
        }
    }
    ecopt_status closed = ecopt_meter_close(session.meter);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = fail(&session, closed);
    free(session.runs);
    free(session.unit);
    return code;
}
