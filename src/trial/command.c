#include <ecopt/process.h>

#include "core/fs.h"
#include "core/str.h"
#include "trial/builtin.h"
#include "trial/lines.h"
#include "trial/pattern.h"
#include "trial/process.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Longest text of a number that a tap may deliver. */
enum { NUMBER_B = 64 };

/* One metered command under way. */
typedef struct command {
    ecopt_ctx *ctx;
    const ecopt_process_options *options;
    eco_pattern *patterns[ECOPT_TAPS_MAX];
    double values[ECOPT_TAPS_MAX];
    eco_lines lines[2];   /* of stdout and stderr */
    ecopt_window *window; /* of the run under way */
} command;

/*
 * A later match replaces an earlier one even when it is no number.  To keep the last good one would
 * report a value that the program itself has taken back, as a loss that went to NaN.
 */
static ecopt_status look_at_line(void *user, const char *line, size_t n)
{
    command *c = user;
    for (size_t i = 0; i < c->options->n_taps; i++) {
        const char *text;
        size_t length;
        char number[NUMBER_B];
        if (!eco_pattern_match(c->patterns[i], line, n, &text, &length))
            continue;
        c->values[i] = (double)NAN;
        /*
         * Longer texts are no number that anyone prints on purpose; a NUL would cut the text short
         * and let "12\0abc" pass for 12.
         */
        if (length >= sizeof number || memchr(text, '\0', length))
            continue;
        memcpy(number, text, length);
        number[length] = '\0';
        double value;
        if (eco_parse_double(number, &value) && isfinite(value))
            c->values[i] = value;
    }
    return ECOPT_OK;
}

/*
 * First to the terminal, then to the patterns: whoever looks on sees every byte as early as without
 * ECOpt.  A write that blocks (a pager, Ctrl-S) holds up the program as it would without us.
 */
static ecopt_status pass_on(void *user, int stream, const char *bytes, size_t n)
{
    command *c = user;
    if (eco_fs_write_all(stream, bytes, n) != 0)
        return eco_fail(c->ctx, ECOPT_E_IO, "cannot copy the program's output: %s",
                        strerror(errno));
    return eco_lines_feed(&c->lines[stream - 1], bytes, n);
}

/*
 * Everything that the caller may have got wrong is found before the meter is touched and before a
 * process exists; a refused call has no effect.
 */
static ecopt_status command_init(command *c)
{
    const ecopt_process_options *options = c->options;
    if (!options->argv || !options->argv[0])
        return eco_fail(c->ctx, ECOPT_E_ARG, "there is no program to run");
    if (options->is_muted && options->n_taps > 0)
        return eco_fail(c->ctx, ECOPT_E_ARG, "output that is thrown away cannot be tapped");
    if (options->n_taps > ECOPT_TAPS_MAX)
        return eco_fail(c->ctx, ECOPT_E_ARG, "more than %d taps", ECOPT_TAPS_MAX);
    for (size_t i = 0; i < 2; i++)
        eco_lines_init(&c->lines[i], c->ctx, look_at_line, c);
    for (size_t i = 0; i < options->n_taps; i++) {
        c->values[i] = (double)NAN;
        ECO_TRY(eco_pattern_new(c->ctx, options->taps[i].regex, &c->patterns[i], NULL));
    }
    return ECOPT_OK;
}

static void command_release(command *c)
{
    for (size_t i = 0; i < ECOPT_TAPS_MAX; i++)
        eco_pattern_free(c->ctx, c->patterns[i]);
    for (size_t i = 0; i < 2; i++)
        eco_lines_release(&c->lines[i]);
}

/*
 * Only the three endings that no exit status can tell get a reason in words.  Exit statuses and
 * signals are left to the caller, who knows whether they are failures.
 */
static void describe(const command *c, const eco_process_result *from, ecopt_process_result *ret)
{
    ret->is_started = from->is_started;
    ret->start_errno = from->start_errno;
    ret->exit_status = from->exit_status;
    ret->signal = from->signal;
    ret->is_timed_out = from->is_timed_out;
    ret->is_stopped = from->is_stopped;
    ret->started_s = from->started_s;
    ret->time_s = from->time_s;
    ret->cpu_s = from->cpu_s;
    ret->max_rss_b = from->max_rss_b;
    if (from->is_watch_lost)
        (void)snprintf(ret->reason, sizeof ret->reason, "the program's supervisor was killed");
    else if (!from->is_started && from->start_step == ECO_STEP_DIR)
        (void)snprintf(ret->reason, sizeof ret->reason, "cannot enter '%s': %s", c->options->dir,
                       strerror(from->start_errno));
    else if (!from->is_started)
        (void)snprintf(ret->reason, sizeof ret->reason, "cannot start '%s': %s",
                       c->options->argv[0], strerror(from->start_errno));
}

/* What cannot be peeked at (a trace) is passed over in silence: the line is a convenience. */
static void tick(void *user)
{
    command *c = user;
    ecopt_energy so_far;
    if (ecopt_meter_peek(c->options->meter, c->window, (double)NAN, &so_far) == ECOPT_OK)
        c->options->tick(c->options->user, &so_far);
}

/*
 * The window opens before the supervisor is forked and closes after it has been reaped, so the cost
 * of starting and of cleaning up is inside.  It is some milliseconds, the same for every command,
 * and to leave it out would need a clock in the program.
 */
static ecopt_status run_metered(command *c, ecopt_process_result *ret)
{
    const ecopt_process_options *options = c->options;
    const char *const *envp = (const char *const *)environ;
    eco_process_result result;
    eco_process_spec spec = {.argv = options->argv,
                             .envp = envp,
                             .dir = options->dir,
                             .is_inherited = true,
                             .is_muted = options->is_muted,
                             .sink = options->n_taps > 0 ? pass_on : NULL,
                             .user = c,
                             .timeout_s = options->timeout_s,
                             .grace_s = options->grace_s,
                             .stop = options->stop,
                             .keep_fd = -1,
                             .tick_s = options->meter && options->tick ? options->tick_s : 0.0,
                             .tick = tick};
    ecopt_window_key key = {options->ordinal, options->phase};
    if (options->meter)
        ECO_TRY(ecopt_meter_begin(options->meter, &key, &c->window));
    ecopt_status status = eco_process_run(c->ctx, &spec, &result);
    bool is_metered = status == ECOPT_OK && options->meter && result.is_started;
    /*
     * No energy belongs to a run that never was.  The window is given up rather than ended, so that
     * a trace being recorded has no entry without a program.
     */
    if (options->meter && !is_metered)
        ecopt_meter_abandon(options->meter, c->window);
    ECO_TRY(status);
    if (is_metered)
        ECO_TRY(ecopt_meter_end(options->meter, c->window, result.cpu_s, &ret->energy));
    else
        eco_energy_unmeasured(result.time_s, result.cpu_s, &ret->energy);
    describe(c, &result, ret);
    for (size_t i = 0; i < 2; i++)
        ECO_TRY(eco_lines_end(&c->lines[i]));
    return ECOPT_OK;
}

/*
 * Options are copied into the newest layout: callers compiled against an older header have a
 * shorter struct, and everything they did not know about keeps its default.  The result is built
 * aside and copied at the end, so that it is unchanged on failure, as the header says.
 */
ecopt_status ecopt_process_run(ecopt_ctx *ctx, const ecopt_process_options *options,
                               ecopt_process_result *ret)
{
    ecopt_process_options full = ECOPT_PROCESS_OPTIONS_INIT;
    ecopt_process_result result;
    if (!options || !ret || options->size < sizeof options->size)
        return eco_fail(ctx, ECOPT_E_ARG, "options and result must be given");
    size_t known = options->size < sizeof full ? options->size : sizeof full;
    /* A newer caller with a longer struct is fine as long as what we do not know of is not used. */
    for (size_t i = known; i < options->size; i++)
        if (((const char *)options)[i] != 0)
            return eco_fail(ctx, ECOPT_E_ARG, "options of a newer version are set");
    memcpy(&full, options, known);
    memset(&result, 0, sizeof result);
    command c = {.ctx = ctx, .options = &full};
    ecopt_status status = command_init(&c);
    if (status == ECOPT_OK)
        status = run_metered(&c, &result);
    command_release(&c);
    if (status != ECOPT_OK)
        return status;
    for (size_t i = 0; i < full.n_taps; i++)
        full.taps[i].value = c.values[i];
    *ret = result;
    return ECOPT_OK;
}
