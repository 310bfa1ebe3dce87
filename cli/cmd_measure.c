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
#include "repeat_options.h"
#include "stop_signal.h"

#include <ecopt/meter.h>
#include <ecopt/process.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An idle window is at least that long, so that a counter of 1 ms resolves 1 % of it. */
#define IDLE_WINDOW_MIN_S 0.05

/* One `ecopt measure`. Everything in one place, because each step needs the options, the meter and
 * what was measured so far; cmd_measure releases it whatever was reached. */
typedef struct measure_session {
    cli_state *cli;
    const cli_args *args;
    ecopt_meter *meter;
    const volatile sig_atomic_t *stop;
    cli_repeat_options repeat;
    double begin_s; /* of the first measured run */
    char *unit;     /* name, NULL without --unit; owned */
    ecopt_tap tap;
    cli_measured_run *runs; /* plan.n_max; owned */
    cli_measurement result;
    ecopt_repeat idle_w[2][ECOPT_IDLE_WINDOWS]; /* powers before and after */
    size_t n_idle[2];
    ecopt_idle_base idle;
    double power_w[ECOPT_WARMUP_MAX]; /* of an automatic warm-up */
    struct {
        double time_s, energy_j;
    } shown; /* by the last line of --interval */
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
    static const cli_repeat_defaults defaults = {"measure", 1, 1, 0};
    if (cli_repeat_options_read(session->cli, args, &defaults, &session->repeat) != CLI_EXIT_OK)
        return CLI_EXIT_MEASURE;
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
    session->runs = calloc(session->repeat.plan.n_max, sizeof *session->runs);
    if (!session->runs) {
        cli_error(session->cli, "out of memory");
        return CLI_EXIT_MEASURE;
    }
    session->result.ctx = session->cli->ctx;
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
    options.total = cli_args_text(session->args, "total");
    options.edges = cli_args_text(session->args, "edges");
    options.record_path = cli_args_text(session->args, "record");
    options.system_root = session->cli->system_root;
    options.nvml_path = session->cli->nvml_path;
    options.calibration_path = session->cli->calibration_path;
    ecopt_status status = ecopt_meter_open(session->cli->ctx, &options, &session->meter);
    return status == ECOPT_OK ? CLI_EXIT_OK : fail(session, status);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
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

/* One window of the machine doing nothing. */
static ecopt_status idle_window(measure_session *session, int64_t ordinal, double time_s,
                                ecopt_energy *ret)
{
    /* A phase of its own, so that a recorded trace tells the idle windows from the runs. */
    const ecopt_window_key key = {ordinal, "idle"};
    ecopt_window *window = NULL;
    ecopt_status status = ecopt_meter_begin(session->meter, &key, &window);
    if (status != ECOPT_OK)
        return status;
    sleep_s(time_s, session->stop);
    return ecopt_meter_end(session->meter, window, 0.0, ret);
}

/* The machine at rest, before (0) or after (1) the runs: a machine that is warming up or has
 * something else to do shows as a difference between the two. Ten windows, fewer where they would
 * be too short to say anything. */
static int measure_idle(measure_session *session, size_t which)
{
    double time_s = cli_args_time_s(session->args, "idle", 0.0);
    if (!(time_s > 0.0) || *session->stop)
        return CLI_EXIT_OK;
    cli_note(session->cli, "measuring the idle machine for %.3g s", time_s);
    double most = floor(time_s / IDLE_WINDOW_MIN_S);
    size_t n = most >= ECOPT_IDLE_WINDOWS ? ECOPT_IDLE_WINDOWS : most >= 1.0 ? (size_t)most : 1;
    for (size_t i = 0; i < n && !*session->stop; i++) {
        ecopt_energy energy;
        ecopt_status status =
            idle_window(session, (int64_t)(which * n + i), time_s / (double)n, &energy);
        if (status != ECOPT_OK)
            return fail(session, status);
        ecopt_repeat *repeat = &session->idle_w[which][session->n_idle[which]++];
        *repeat = ecopt_repeat_of(&energy);
        repeat->value /= energy.time_s;
        repeat->u95 /= energy.time_s;
    }
    session->result.idle_s = time_s;
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

/* `  12.0 s   430.2 J   45.1 W (last interval)` on stderr. The CPU time of the command is not known
 * before it ends, so a model takes that of the whole machine here; the report does not. */
static void show_tick(void *user, const ecopt_energy *so_far)
{
    measure_session *session = user;
    char energy[CLI_QUANTITY_B], power[CLI_QUANTITY_B];
    double time_s = so_far->time_s - session->shown.time_s;
    cli_format_number(so_far->energy_j, 4, energy);
    cli_format_number((so_far->energy_j - session->shown.energy_j) / time_s, 3, power);
    cli_note(session->cli, " %.1f s   %s J   %s W", so_far->time_s, energy, power);
    session->shown.time_s = so_far->time_s;
    session->shown.energy_j = so_far->energy_j;
}

/* Runs the command once, in a window of that phase; without a meter when it is NULL. */
static int run_once(measure_session *session, int64_t ordinal, const char *phase,
                    ecopt_process_result *ret_result)
{
    ecopt_process_options options = ECOPT_PROCESS_OPTIONS_INIT;
    options.argv = (const char *const *)session->args->command;
    options.meter = phase ? session->meter : NULL;
    options.ordinal = ordinal;
    options.phase = phase;
    options.stop = session->stop;
    options.n_taps = session->unit ? 1 : 0;
    options.taps = &session->tap;
    options.tick_s = cli_args_time_s(session->args, "interval", 0.0);
    options.tick = show_tick;
    options.user = session;
    session->shown.time_s = session->shown.energy_j = 0.0;
    ecopt_status status = ecopt_process_run(session->cli->ctx, &options, ret_result);
    if (status != ECOPT_OK)
        return fail(session, status);
    session->result.exit_status = judge(session, ret_result);
    return session->result.exit_status;
}

/* A given number of warm-ups goes without the meter, see the head of this file. An automatic one
 * has to see the power. */
static int warm_up(measure_session *session)
{
    const cli_repeat_options *repeat = &session->repeat;
    int64_t n = repeat->is_warmup_auto ? ECOPT_WARMUP_MAX : repeat->n_warmup;
    for (int64_t i = 0; i < n; i++) {
        ecopt_process_result result;
        int code = run_once(session, i, repeat->is_warmup_auto ? "warm-up" : NULL, &result);
        if (code != CLI_EXIT_OK)
            return code;
        session->result.n_warmup = i + 1;
        if (!repeat->is_warmup_auto)
            continue;
        session->power_w[i] = result.energy.energy_j / result.energy.time_s;
        if (ecopt_power_is_flat(session->power_w, (size_t)i + 1))
            return CLI_EXIT_OK;
    }
    session->result.is_warmup_short = repeat->is_warmup_auto;
    return CLI_EXIT_OK;
}

/* One measured run; it goes into the table, also one that failed. An output that the pattern does
 * not match is a warning and not a failure: the energy is right all the same. */
static int measure_once(measure_session *session)
{
    ecopt_process_result result = {0};
    int code = run_once(session, (int64_t)session->result.n, "measure", &result);
    if (!result.is_started)
        return code;
    cli_measured_run *run = &session->runs[session->result.n++];
    run->energy = result.energy;
    run->time_s = result.time_s;
    run->units = session->unit ? session->tap.value : (double)NAN;
    if (session->unit && isnan(session->tap.value))
        cli_warning(session->cli, "no output matches the pattern of --unit");
    return code;
}

/* Outliers with a physical cause, by energy. */
static int mark_outliers(measure_session *session)
{
    size_t n = session->result.n;
    ecopt_repeat *repeats = calloc(n + 1, sizeof *repeats);
    if (!repeats) {
        cli_error(session->cli, "out of memory");
        return CLI_EXIT_MEASURE;
    }
    for (size_t i = 0; i < n; i++)
        repeats[i] = ecopt_repeat_of(&session->runs[i].energy);
    ecopt_status status = ecopt_repeats_mark(session->cli->ctx, repeats, n, NULL);
    for (size_t i = 0; i < n; i++)
        session->runs[i].is_left_out = repeats[i].is_left_out;
    free(repeats);
    return status == ECOPT_OK ? CLI_EXIT_OK : fail(session, status);
}

/* Runs until the plan says stop. */
static int repeat_runs(measure_session *session)
{
    const ecopt_repeat_plan *plan = &session->repeat.plan;
    ecopt_repeat_verdict verdict = ECOPT_REPEAT_GO_ON;
    session->begin_s = now_s();
    while (verdict == ECOPT_REPEAT_GO_ON) {
        int code = measure_once(session);
        if (code == CLI_EXIT_OK)
            code = mark_outliers(session);
        if (code != CLI_EXIT_OK)
            return code;
        ecopt_repeats_summary summary;
        cli_measurement_energy(&session->result, &summary);
        verdict = ecopt_repeats_judge(plan, session->result.n, summary.u95 / fabs(summary.mean),
                                      now_s() - session->begin_s);
    }
    if (verdict == ECOPT_REPEAT_TARGET)
        session->result.stopped = "the target is met";
    else if (verdict == ECOPT_REPEAT_TIME)
        session->result.stopped = "the time is over";
    else if (plan->target_ratio > 0.0)
        session->result.stopped = "the target is not met";
    return CLI_EXIT_OK;
}

/* The first run that fails ends it: means over failures say nothing. The second idle window is left
 * out after a failure, for nobody waits for it then. */
static int run_all(measure_session *session)
{
    int code = measure_idle(session, 0);
    if (code == CLI_EXIT_OK)
        code = warm_up(session);
    if (code == CLI_EXIT_OK)
        code = repeat_runs(session);
    if (code == CLI_EXIT_OK)
        code = measure_idle(session, 1);
    if (session->result.idle_s > 0.0) {
        ecopt_idle_estimate(session->idle_w[0], session->n_idle[0], session->idle_w[1],
                            session->n_idle[1], &session->idle);
        session->result.idle = &session->idle;
    }
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
