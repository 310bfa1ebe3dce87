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
    eco_lines lines[2]; /* of stdout and stderr */
} command;

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

static ecopt_status pass_on(void *user, int stream, const char *bytes, size_t n)
{
    command *c = user;
    if (eco_fs_write_all(stream, bytes, n) != 0)
        return eco_fail(c->ctx, ECOPT_E_IO, "cannot copy the program's output: %s",
                        strerror(errno));
    return eco_lines_feed(&c->lines[stream - 1], bytes, n);
}

static ecopt_status command_init(command *c)
{
    const ecopt_process_options *options = c->options;
    if (!options->argv || !options->argv[0])
        return eco_fail(c->ctx, ECOPT_E_ARG, "there is no program to run");
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

static ecopt_status run_metered(command *c, ecopt_process_result *ret)
{
    const ecopt_process_options *options = c->options;
    const char *const *envp = (const char *const *)environ;
    eco_process_result result;
    eco_process_spec spec = {.argv = options->argv,
                             .envp = envp,
                             .dir = options->dir,
                             .is_inherited = true,
                             .sink = options->n_taps > 0 ? pass_on : NULL,
                             .user = c,
                             .timeout_s = options->timeout_s,
                             .grace_s = options->grace_s,
                             .stop = options->stop,
                             .keep_fd = -1};
    ecopt_window *window = NULL;
    ecopt_window_key key = {options->ordinal, options->phase};
    if (options->meter)
        ECO_TRY(ecopt_meter_begin(options->meter, &key, &window));
    ecopt_status status = eco_process_run(c->ctx, &spec, &result);
    bool is_metered = status == ECOPT_OK && options->meter && result.is_started;
    if (options->meter && !is_metered)
        ecopt_meter_abandon(options->meter, window);
    ECO_TRY(status);
    if (is_metered)
        ECO_TRY(ecopt_meter_end(options->meter, window, result.cpu_s, &ret->energy));
    else
        eco_energy_unmeasured(result.time_s, result.cpu_s, &ret->energy);
    describe(c, &result, ret);
    for (size_t i = 0; i < 2; i++)
        ECO_TRY(eco_lines_end(&c->lines[i]));
    return ECOPT_OK;
}

ecopt_status ecopt_process_run(ecopt_ctx *ctx, const ecopt_process_options *options,
                               ecopt_process_result *ret)
{
    ecopt_process_options full = ECOPT_PROCESS_OPTIONS_INIT;
    ecopt_process_result result;
    if (!options || !ret || options->size < sizeof options->size)
        return eco_fail(ctx, ECOPT_E_ARG, "options and result must be given");
    size_t known = options->size < sizeof full ? options->size : sizeof full;
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
