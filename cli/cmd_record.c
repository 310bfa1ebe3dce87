/*
 * ecopt record: a trace of every source, for as long as wanted, with the power of each on the way.
 *
 * The trace holds one window over the whole time, "record", so that what plays it back gets the
 * energy of all of it.  The second-by-second powers need windows of their own, which would lie
 * inside that one and be marked as overlapping for good; so they come from a second meter, which is
 * opened only where somebody reads them.
 */
#include "commands.h"
#include "message.h"
#include "output.h"
#include "quantity.h"
#include "stop_signal.h"

#include <ecopt/meter.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_PATH "trace.csv"
/* What a replay reads at most (docs/energy.md, "Trace format"). */
#define REPLAY_MAX_B 16777216

/* One `ecopt record`. */
typedef struct record_session {
    cli_state *cli;
    const volatile sig_atomic_t *stop;
    bool is_json, is_shown; /* lines go out, and as objects */
    bool is_unread;         /* nobody reads them any more */
    ecopt_meter *meter;     /* writes the trace */
    ecopt_window *window;
    ecopt_meter *shown; /* for the lines; NULL when nobody reads them */
    struct timespec begin;
    double time_s; /* wanted; infinite until a signal */
} record_session;

/* Nothing of the trace may be missing because the lines could not be made, so their meter comes
 * second. */
static ecopt_status open_meters(record_session *session, ecopt_meter_options *options)
{
    ecopt_status status = ecopt_meter_open(session->cli->ctx, options, &session->meter);
    if (status == ECOPT_OK && (session->is_shown || session->is_json)) {
        options->record_path = NULL;
        status = ecopt_meter_open(session->cli->ctx, options, &session->shown);
    }
    const ecopt_window_key key = {0, "record"};
    if (status == ECOPT_OK)
        status = ecopt_meter_begin(session->meter, &key, &session->window);
    return status;
}

/* The total first, then what was measured; a source that is not in the total stands in brackets. */
static void show_line(double at_s, const ecopt_energy *energy)
{
    char total[CLI_QUANTITY_B];
    cli_format_number(energy->energy_j / energy->time_s, 4, total);
    printf("%6.0f s %10s W ", at_s, total);
    for (size_t i = 0; i < energy->n_sources; i++) {
        const ecopt_source_energy *source = &energy->sources[i];
        char power[CLI_QUANTITY_B];
        cli_format_number(source->energy_j / energy->time_s, 4, power);
        printf("%s %s%s %s%s", i ? "," : "", source->is_counted ? "" : "(", source->name, power,
               source->is_counted ? "" : ")");
    }
    putchar('\n');
}

/* The same for programs; null is not known. */
static void json_line(double at_s, const ecopt_energy *energy)
{
    printf("{\"t_s\": %.3f, \"power_w\": ", at_s);
    cli_json_number(stdout, energy->energy_j / energy->time_s);
    printf(", \"quality\": \"%s\", \"sources\": [", ecopt_quality_name(energy->quality));
    for (size_t i = 0; i < energy->n_sources; i++) {
        const ecopt_source_energy *source = &energy->sources[i];
        printf("%s{\"name\": ", i ? ", " : "");
        cli_json_string(stdout, source->name);
        fputs(", \"power_w\": ", stdout);
        cli_json_number(stdout, source->energy_j / energy->time_s);
        printf(", \"is_counted\": %s}", source->is_counted ? "true" : "false");
    }
    puts("]}");
}

static double since(const struct timespec *begin)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + 1e-9 * (double)(now.tv_nsec - begin->tv_nsec);
}

/* Until at_s after the begin, or a signal.  Absolute, so that lines do not fall behind. */
static void wait_until(const record_session *session, double at_s)
{
    struct timespec until = session->begin;
    until.tv_sec += (time_t)at_s;
    until.tv_nsec += (long)((at_s - floor(at_s)) * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while (!*session->stop &&
           clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

/* One second, or what is left of the time. */
static ecopt_status record_step(record_session *session, double until_s)
{
    ecopt_window *window = NULL;
    ecopt_energy energy;
    if (session->shown) {
        ecopt_status status = ecopt_meter_begin(session->shown, NULL, &window);
        if (status != ECOPT_OK)
            return status;
    }
    wait_until(session, until_s);
    if (!session->shown)
        return ECOPT_OK;
    ecopt_status status = ecopt_meter_end(session->shown, window, (double)NAN, &energy);
    if (status != ECOPT_OK)
        return status;
    if (session->is_json)
        json_line(since(&session->begin), &energy);
    else
        show_line(since(&session->begin), &energy);
    /* Whoever reads them reads them now; a reader that left (`| head`) ends it like Ctrl-C. */
    session->is_unread = fflush(stdout) != 0;
    return ECOPT_OK;
}

/* The trace is written by then, so whatever is said here is about all of it. */
static void tell_result(cli_state *cli, const char *path, const ecopt_energy *energy)
{
    struct stat info;
    char joules[CLI_QUANTITY_B], u95[CLI_QUANTITY_B], time[CLI_QUANTITY_B];
    cli_format_energy(energy->energy_j, joules);
    cli_format_energy(energy->u95_j, u95);
    cli_format_time(energy->time_s, time);
    cli_note(cli, "%s +- %s in %s (%s), recorded to '%s'; play it back with --sources replay:%s",
             joules, u95, time, ecopt_quality_name(energy->quality), path, path);
    if (stat(path, &info) == 0 && info.st_size > REPLAY_MAX_B)
        cli_warning(cli,
                    "'%s' is longer than the 16 MiB that a replay reads; a longer --interval "
                    "makes it shorter",
                    path);
}

static ecopt_status record(record_session *session, ecopt_energy *ret_energy)
{
    ecopt_status status = ECOPT_OK;
    (void)clock_gettime(CLOCK_MONOTONIC, &session->begin);
    for (int64_t s = 0; status == ECOPT_OK && !*session->stop && !session->is_unread &&
                        (double)s < session->time_s;
         s++)
        status = record_step(session, fmin((double)s + 1, session->time_s));
    if (status != ECOPT_OK)
        return status;
    status = ecopt_meter_end(session->meter, session->window, (double)NAN, ret_energy);
    session->window = NULL;
    return status;
}

/* Ctrl-C is how a recording ends when no time was given, so it is a success. */
int cmd_record(cli_state *cli, const cli_args *args)
{
    const char *path = cli_args_text(args, "output");
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = cli_args_text(args, "sources");
    options.interval_s = cli_args_time_s(args, "interval", 0.0);
    options.record_path = path ? path : DEFAULT_PATH;
    options.system_root = cli->system_root;
    options.nvml_path = cli->nvml_path;
    options.calibration_path = cli->calibration_path;
    record_session session = {.cli = cli,
                              .is_json = cli_args_has(args, "json"),
                              .is_shown = !cli->is_quiet && isatty(STDOUT_FILENO),
                              .time_s = cli_args_time_s(args, "time", (double)INFINITY)};
    ecopt_energy energy;
    session.stop = cli_stop_signal_end();
    ecopt_status status = open_meters(&session, &options);
    if (status == ECOPT_OK)
        status = record(&session, &energy);
    if (session.window)
        ecopt_meter_abandon(session.meter, session.window);
    (void)ecopt_meter_close(session.shown);
    ecopt_status closed = ecopt_meter_close(session.meter);
    status = status == ECOPT_OK ? closed : status;
    if (status != ECOPT_OK)
        return cli_fail(cli, status);
    tell_result(cli, path ? path : DEFAULT_PATH, &energy);
    return CLI_EXIT_OK;
}
