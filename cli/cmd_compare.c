/*
 * ecopt compare: which of two commands takes less.
 *
 * Order: the command line, the meter, warm-ups of both, then pairs: a and b one after the other,
 * which of them first by chance.  What drifts (temperature, clock, another program) hits both of a
 * pair nearly alike and cancels in their ratio.
 *
 * No shell is involved: a command is split into words as those of a study file are, so that its
 * energy does not contain a shell's.  The commands' standard input and output are /dev/null, for
 * they run many times; what they say on standard error is passed on.
 */
#include "commands.h"
#include "compare_report.h"
#include "message.h"
#include "output.h"
#include "repeat_options.h"
#include "stop_signal.h"

#include <ecopt/definition.h>
#include <ecopt/process.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Pairs without -r: enough to tell 5 % at a scatter of 5 %. */
#define DEFAULT_PAIRS 10

/* One of the two commands, as it is run and what came of it. */
typedef struct side {
    char **argv; /* owned */
    ecopt_repeat *energy, *time;
    double *power_w; /* of the warm-ups */
} side;

/* One `ecopt compare`; cmd_compare releases it whatever was reached. */
typedef struct compare_session {
    cli_state *cli;
    const cli_args *args;
    ecopt_meter *meter;
    const volatile sig_atomic_t *stop;
    cli_repeat_options repeat;
    side side[2];
    ecopt_repeat *repeats; /* the four tables in one block; owned */
    cli_compared result;
    double begin_s;
} compare_session;

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* All that can be wrong with the command line, before anything is opened or run. */
static int prepare(compare_session *session)
{
    static const cli_repeat_defaults defaults = {"compare", DEFAULT_PAIRS, 2, 1};
    const cli_args *args = session->args;
    if (args->n_operands != 2) {
        cli_error(session->cli, "compare: two commands are needed, each as one quoted word");
        cli_hint(session->cli,
                 "e.g. ecopt compare 'zstd -3 -k -f -c FILE' 'zstd -9 -k -f -c FILE'");
        return CLI_EXIT_USAGE;
    }
    int code = cli_repeat_options_read(session->cli, args, &defaults, &session->repeat);
    if (code != CLI_EXIT_OK)
        return code;
    size_t n = session->repeat.plan.n_max;
    session->repeats = calloc(4 * n, sizeof *session->repeats);
    if (!session->repeats) {
        cli_error(session->cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    for (size_t i = 0; i < 2; i++) {
        side *each = &session->side[i];
        each->energy = session->repeats + 2 * i * n;
        each->time = each->energy + n;
        session->result.side[i] = (cli_compared_side){args->operands[i], each->energy, each->time};
        ecopt_status status =
            ecopt_command_split(session->cli->ctx, args->operands[i], &each->argv, NULL);
        if (status != ECOPT_OK) {
            (void)cli_fail(session->cli, status);
            return status == ECOPT_E_NOMEM ? CLI_EXIT_ERROR : CLI_EXIT_USAGE;
        }
    }
    session->result.seed = (uint64_t)cli_args_count(args, "seed", 0);
    return CLI_EXIT_OK;
}

static int open_meter(compare_session *session)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = cli_args_text(session->args, "sources");
    options.require = cli_args_text(session->args, "require");
    options.total = cli_args_text(session->args, "total");
    options.record_path = cli_args_text(session->args, "record");
    options.system_root = session->cli->system_root;
    options.nvml_path = session->cli->nvml_path;
    options.calibration_path = session->cli->calibration_path;
    ecopt_status status = ecopt_meter_open(session->cli->ctx, &options, &session->meter);
    return status == ECOPT_OK ? CLI_EXIT_OK : cli_fail(session->cli, status);
}

/* A command that fails ends the comparison: what a failing program takes is not what was asked. */
static int judge(compare_session *session, size_t i, const ecopt_process_result *result)
{
    const char *text = session->result.side[i].text;
    if (!result->is_started)
        cli_error(session->cli, "%s", result->reason);
    else if (result->is_stopped || result->signal == SIGINT)
        return CLI_EXIT_INTERRUPTED;
    else if (result->signal > 0)
        cli_error(session->cli, "%c was ended by signal %d: %s", "ab"[i], result -> signal, text);
    else if (result->exit_status != 0)
        cli_error(session->cli, "%c failed with status %d: %s", "ab"[i], result -> exit_status,
                  text);
    else
        return CLI_EXIT_OK;
    return CLI_EXIT_ERROR;
}

/* Runs a (0) or b (1) once.  The number is that of the pair, or of the warm-up. */
static int run_once(compare_session *session, size_t i, size_t number, const char *phase,
                    ecopt_process_result *result)
{
    ecopt_process_options options = ECOPT_PROCESS_OPTIONS_INIT;
    options.argv = (const char *const *)session->side[i].argv;
    options.meter = phase ? session->meter : NULL;
    options.ordinal = (int64_t)number;
    options.phase = phase;
    options.stop = session->stop;
    options.is_muted = true;
    ecopt_status status = ecopt_process_run(session->cli->ctx, &options, result);
    return status == ECOPT_OK ? judge(session, i, result) : cli_fail(session->cli, status);
}

/* Alternating, so that both find the machine as warm.  Without `auto` nothing has to be known of
 * them, and they go without the meter. */
static int warm_up(compare_session *session)
{
    double power_w[2][ECOPT_WARMUP_MAX];
    bool is_auto = session->repeat.is_warmup_auto;
    size_t n = is_auto ? ECOPT_WARMUP_MAX : (size_t)session->repeat.n_warmup;
    ecopt_process_result result;
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < 2; i++) {
            int code =
                run_once(session, i, k, is_auto ? (i ? "warm-up b" : "warm-up a") : NULL, &result);
            if (code != CLI_EXIT_OK)
                return code;
            if (is_auto)
                power_w[i][k] = result.energy.energy_j / result.energy.time_s;
        }
        session->result.n_warmup = k + 1;
        if (is_auto && ecopt_power_is_flat(power_w[0], k + 1) &&
            ecopt_power_is_flat(power_w[1], k + 1))
            return CLI_EXIT_OK;
    }
    if (is_auto)
        cli_warning(session->cli, "power still changes after %d warm-ups of each",
                    ECOPT_WARMUP_MAX);
    return CLI_EXIT_OK;
}

/* One pair, into row n of the tables. */
static int run_pair(compare_session *session)
{
    size_t pair = session->result.n_pairs;
    bool b_first = ecopt_pairs_b_first(session->result.seed, pair);
    for (size_t k = 0; k < 2; k++) {
        size_t i = b_first ? 1 - k : k;
        ecopt_process_result result;
        int code = run_once(session, i, pair, i ? "b" : "a", &result);
        if (code != CLI_EXIT_OK)
            return code;
        session->side[i].energy[pair] = ecopt_repeat_of(&result.energy);
        session->side[i].time[pair] = (ecopt_repeat){
            .value = result.time_s, .u95 = (double)NAN, .gain_lo = 1.0, .gain_hi = 1.0};
    }
    session->result.n_pairs++;
    return CLI_EXIT_OK;
}

/* Outliers of each side; a pair goes as a whole, for energy and time alike. */
static ecopt_status mark(compare_session *session)
{
    size_t n = session->result.n_pairs;
    for (size_t i = 0; i < 2; i++) {
        ecopt_status status =
            ecopt_repeats_mark(session->cli->ctx, session->side[i].energy, n, NULL);
        if (status != ECOPT_OK)
            return status;
    }
    for (size_t k = 0; k < n; k++) {
        bool is_left_out =
            session->side[0].energy[k].is_left_out || session->side[1].energy[k].is_left_out;
        for (size_t i = 0; i < 2; i++)
            session->side[i].energy[k].is_left_out = session->side[i].time[k].is_left_out =
                is_left_out;
    }
    return ECOPT_OK;
}

/* What the pairs so far say. */
static ecopt_status evaluate(compare_session *session)
{
    cli_compared *result = &session->result;
    ecopt_ctx *ctx = session->cli->ctx;
    const side *a = &session->side[0], *b = &session->side[1];
    result->has_energy = a->energy[0].quality != ECOPT_QUALITY_UNMEASURABLE ||
                         b->energy[0].quality != ECOPT_QUALITY_UNMEASURABLE;
    ecopt_status status = mark(session);
    if (status == ECOPT_OK && result->has_energy)
        status = ecopt_pairs_compare(ctx, a->energy, b->energy, result->n_pairs, &result->energy);
    if (status == ECOPT_OK)
        status = ecopt_pairs_compare(ctx, a->time, b->time, result->n_pairs, &result->time);
    return status;
}

/* Whether a was the same at the end as at the beginning: a is the control of b. */
static void find_drift(compare_session *session)
{
    const side *a = &session->side[0];
    size_t n = session->result.n_pairs, n_kept = 0;
    double *logs = calloc(n, sizeof *logs);
    session->result.drift = ecopt_trend_of(NULL, 0);
    if (!logs)
        return;
    for (size_t k = 0; k < n; k++)
        if (!a->time[k].is_left_out)
            logs[n_kept++] =
                log(session->result.has_energy ? a->energy[k].value : a->time[k].value);
    session->result.drift = ecopt_trend_of(logs, n_kept);
    free(logs);
}

/* Pairs until the plan says stop.  The half width is looked at after each pair only where a target
 * was given; whether the difference is resolved is never a reason to stop, since looking again and
 * again until it is would find a difference in equal programs sooner or later. */
static int run_pairs(compare_session *session)
{
    cli_compared *result = &session->result;
    const ecopt_repeat_plan *plan = &session->repeat.plan;
    ecopt_repeat_verdict verdict = ECOPT_REPEAT_GO_ON;
    session->begin_s = now_s();
    while (verdict == ECOPT_REPEAT_GO_ON) {
        double half = (double)NAN;
        int code = run_pair(session);
        if (code != CLI_EXIT_OK)
            return code;
        if (result->n_pairs >= 2 && plan->target_ratio > 0.0) {
            ecopt_status status = evaluate(session);
            if (status != ECOPT_OK)
                return cli_fail(session->cli, status);
            const ecopt_comparison *comparison =
                result->has_energy ? &result->energy : &result->time;
            half = 0.5 * (comparison->ratio_hi - comparison->ratio_lo) / comparison->ratio;
        }
        verdict = ecopt_repeats_judge(plan, result->n_pairs, half, now_s() - session->begin_s);
    }
    if (verdict == ECOPT_REPEAT_TARGET)
        result->stopped = "the target is met";
    else if (verdict == ECOPT_REPEAT_TIME)
        result->stopped = "the time is over";
    else if (plan->target_ratio > 0.0)
        result->stopped = "the target is not met";
    return CLI_EXIT_OK;
}

/* Made in memory first, so that no half of a report is ever written. */
static int write_report(compare_session *session)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) {
        cli_error(session->cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    if (cli_args_has(session->args, "json"))
        cli_compared_json(file, &session->result);
    else
        cli_compared_text(file, &session->result);
    int code =
        fclose(file) == 0 ? cli_write_result(session->cli, session->args, text) : CLI_EXIT_ERROR;
    free(text);
    return code;
}

/* Ctrl-C still reports the pairs that there are; a failure does not. */
static int run_all(compare_session *session)
{
    int code = warm_up(session);
    if (code == CLI_EXIT_OK)
        code = run_pairs(session);
    bool is_worth =
        code == CLI_EXIT_OK || (code == CLI_EXIT_INTERRUPTED && session->result.n_pairs >= 2);
    if (!is_worth)
        return code;
    ecopt_status status = evaluate(session);
    if (status != ECOPT_OK)
        return cli_fail(session->cli, status);
    find_drift(session);
    int written = write_report(session);
    return code == CLI_EXIT_OK ? written : code;
}

int cmd_compare(cli_state *cli, const cli_args *args)
{
    compare_session session = {.cli = cli, .args = args};
    int code = prepare(&session);
    if (code == CLI_EXIT_OK)
        code = open_meter(&session);
    if (code == CLI_EXIT_OK) {
        session.stop = cli_stop_signal_leave();
        code = run_all(&session);
    }
    ecopt_status closed = ecopt_meter_close(session.meter);
    if (closed != ECOPT_OK && code == CLI_EXIT_OK)
        code = cli_fail(cli, closed);
    for (size_t i = 0; i < 2; i++)
        ecopt_command_free(cli->ctx, session.side[i].argv);
    free(session.repeats);
    return code;
}
