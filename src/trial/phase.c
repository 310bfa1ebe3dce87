#include "trial/phase.h"

#include "core/clock.h"
#include "core/fs.h"
#include "measure/share.h"
#include "trial/protocol.h"
#include "trial/quote.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Longest text of a number that a regex may deliver. */
enum { NUMBER_B = 64 };

/* Bytes of a trace's name of a window; a longer name of a phase ends there. */
enum { KEY_B = 64 };

size_t eco_trial_find_phase(const eco_trial *trial, const char *name)
{
    size_t i = 0;
    while (i < trial->definition->n_phases && strcmp(trial->definition->phases[i].name, name) != 0)
        i++;
    return i;
}

/* A number as programs print it: blanks around it, "nan" and "inf" in any case. */
/*
 * What a regex cut out, as a number.  A text that is none is kept and later quoted in the reason:
 * "is not a number: '1,5'" is a message one can act upon, "missing" is not.
 */
static ecopt_status take_number(eco_trial *t, const char *name, const char *text, size_t n)
{
    char number[NUMBER_B];
    double value = (double)NAN;
    while (n > 0 && (*text == ' ' || *text == '\t'))
        text++, n--;
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    if (n < sizeof number) {
        memcpy(number, text, n);
        number[n] = '\0';
        const char *word = number + (number[0] == '-' || number[0] == '+');
        /* strlen: a NUL inside is no number. */
        if (strlen(number) == n && (eco_parse_double(number, &value) || !strcasecmp(word, "nan")))
            return eco_pool_set(&t->pool, t->phase, name, value, (double)NAN, NULL);
    }
    eco_str shown = ECO_STR_INIT(t->ctx);
    eco_str_add_char(&shown, '"');
    eco_quote(&shown, text, n, NUMBER_B);
    eco_str_add_char(&shown, '"');
    ecopt_status status = eco_str_status(&shown);
    if (status == ECOPT_OK)
        status = eco_pool_set(&t->pool, t->phase, name, value, value, eco_str_text(&shown));
    eco_str_release(&shown);
    return status;
}

/*
 * A line of stdout or stderr against every regex that looks at this phase.
 *
 * Both streams are searched: many programs write their results to stderr, as a progress bar does.
 * Only a tagged line has to be on stdout, so that a quoted log on stderr cannot report anything.
 */
static ecopt_status match_line(void *user, const char *line, size_t n)
{
    eco_trial *t = user;
    const ecopt_definition *definition = t->definition;
    for (size_t i = 0; i < definition->n_metrics; i++) {
        const ecopt_metric *metric = &definition->metrics[i];
        const char *text;
        size_t length;
        if (!t->patterns[i] ||
            (metric->phase && strcmp(metric->phase, definition->phases[t->phase].name) != 0))
            continue;
        if (eco_pattern_match(t->patterns[i], line, n, &text, &length))
            ECO_TRY(take_number(t, metric->name, text, length));
    }
    return ECOPT_OK;
}

/* Room for the values of one step, which are at most as many as there are metrics. */
static ecopt_status step_room(eco_trial *t)
{
    if (t->pool.n <= t->step_room)
        return ECOPT_OK;
    ecopt_metric_value *values = eco_realloc(t->ctx, t->step_values, t->pool.room, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    t->step_values = values;
    t->step_room = t->pool.room;
    return ECOPT_OK;
}

/*
 * Shows the guide what the line just taken in has reported, if that was for a step.  It is asked
 * until it has seen enough; what comes behind that, as the program is being ended, is still kept.
 */
ecopt_status eco_trial_ask_step(eco_trial *t)
{
    const eco_trial_guide *guide = t->request->guide;
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    if (!guide || !guide->on_step || t->is_enough || !t->pool.has_step || t->pool.step == 0)
        return ECOPT_OK;
    ECO_TRY(step_room(t));
    eco_trial_step step = {.phase = t->phase,
                           .step = t->pool.step,
                           .time_s = eco_clock_monotonic_s() - t->phase_began_s,
                           .values = t->step_values};
    for (size_t i = 0; i < t->pool.n; i++) {
        const eco_pool_item *item = &t->pool.items[i];
        if (item->phase == t->phase && item->step == step.step)
            t->step_values[step.n++] = (ecopt_metric_value){item->name, item->value, item->u95};
    }
    ECO_TRY(guide->on_step(guide->user, &step, &t->verdict, &verdict));
    t->is_enough = verdict == ECO_VERDICT_PRUNE;
    return eco_str_status(&t->verdict);
}

/* A tagged line is offered to the patterns, too.  Someone may well have written a regex for it. */
static ecopt_status take_out_line(void *user, const char *line, size_t n)
{
    eco_trial *t = user;
    size_t tag = eco_protocol_tag(line, n);
    if (tag > 0) {
        ECO_TRY(eco_protocol_line(&t->pool, t->phase, line + tag, n - tag));
        ECO_TRY(eco_trial_ask_step(t));
    }
    /* What a pattern finds has no step. */
    t->pool.has_step = false;
    return match_line(user, line, n);
}

static ecopt_status take_output(void *user, int stream, const char *bytes, size_t n)
{
    eco_trial *t = user;
    return eco_stream_feed(stream == 1 ? &t->out : &t->err, bytes, n);
}

char *eco_trial_file(const eco_trial *trial, const char *suffix)
{
    const char *dir = trial->request->dir;
    const char *phase = trial->definition->phases[trial->phase].name;
    if (trial->request->part)
        return eco_asprintf(trial->ctx, "%s/%s.confirm%lld%s", dir, phase, (long long)trial->repeat,
                            suffix);
    /* The name of the first run is the one that people know; a phase's name has no dots. */
    if (trial->repeat == 1)
        return eco_asprintf(trial->ctx, "%s/%s%s", dir, phase, suffix);
    return eco_asprintf(trial->ctx, "%s/%s.%lld%s", dir, phase, (long long)trial->repeat, suffix);
}

static ecopt_status open_stream(eco_trial *t, eco_stream *stream, const char *suffix,
                                eco_line_fn take)
{
    char *path = eco_trial_file(t, suffix);
    if (!path)
        return ECOPT_E_NOMEM;
    ecopt_status status = eco_stream_open(stream, t->ctx, path, ECO_LOG_KEPT_B);
    eco_free(t->ctx, path);
    stream->take = take;
    stream->mask = t->request->mask;
    stream->user = t;
    return status;
}

/*
 * Two files and not one: interleaved streams cannot be taken apart again, and the tail of stderr is
 * the best short answer to "why".
 */
static ecopt_status open_streams(eco_trial *t)
{
    ECO_TRY(open_stream(t, &t->out, ".out", take_out_line));
    ecopt_status status = open_stream(t, &t->err, ".err", match_line);
    if (status != ECOPT_OK) {
        ecopt_status closed = eco_stream_close(&t->out);
        (void)closed; /* the first failure is the one to report */
    }
    return status;
}

static ecopt_status close_streams(eco_trial *t)
{
    ecopt_status out = eco_stream_close(&t->out);
    ecopt_status err = eco_stream_close(&t->err);
    return out != ECOPT_OK ? out : err;
}

/* Adds ": last lines" of stderr, or of stdout when stderr is empty. */
static void add_tail(eco_trial *t)
{
    const eco_stream *stream = t->err.n_lines > 0 ? &t->err : &t->out;
    if (stream->n_lines == 0)
        return;
    eco_str_add(&t->reason, ": ");
    eco_stream_quote_tail(stream, &t->reason);
}

/* True when a program given by its path is there: then what is missing is what runs it. */
static bool is_present(const eco_trial *t, const char *program)
{
    if (!strchr(program, '/'))
        return false;
    char *path = eco_fs_join(t->ctx, t->definition->dir, program);
    bool is_there = path && access(path, F_OK) == 0;
    eco_free(t->ctx, path);
    return is_there;
}

/*
 * ENOENT has three causes that all read the same: the program, its interpreter, its folder.  Each
 * has its own words here, since exec tells them apart and the user cannot.
 */
static void fail_start(eco_trial *t, const char *program, const eco_process_result *result)
{
    t->state = ECOPT_TRIAL_FAILED;
    t->cause = ECOPT_CAUSE_START;
    const char *cause = strerror(result->start_errno);
    if (result->start_step == ECO_STEP_DIR)
        eco_str_addf(&t->reason, "cannot enter '%s': %s", t->definition->dir, cause);
    else
        eco_str_addf(&t->reason, "cannot start '%s': %s", program, cause);
    if (result->start_errno == ENOENT && is_present(t, program))
        eco_str_add(&t->reason, " (its interpreter is missing)");
    if (result->start_errno == ENOEXEC)
        eco_str_add(&t->reason, " (a script's first line must be like '#!/bin/sh')");
}

static void set_end(eco_trial *t, ecopt_trial_state state, ecopt_cause cause)
{
    t->state = state;
    t->cause = cause;
}

/* "killed by signal 11 (SIGSEGV)"; the kernel's own signal for want of memory is told apart as far
 * as it can be: where processes of the whole machine were ended for that reason meanwhile, it may
 * have been this one. */
static void judge_signal(eco_trial *t, const eco_process_result *result)
{
    const char *name = sigabbrev_np(result->signal);
    set_end(t, ECOPT_TRIAL_FAILED, result->is_oom_near ? ECOPT_CAUSE_MEMORY : ECOPT_CAUSE_SIGNAL);
    eco_str_addf(&t->reason, "killed by signal %d (SIG%s)", result->signal, name ? name : "?");
    if (result->is_oom_near)
        eco_str_add(&t->reason, ", perhaps for want of memory: the kernel ended a process for that "
                                "meanwhile");
}

/* The kernel counted it in the program's own group.  At a limit of the study the point is at fault;
 * without one it may have been whatever else ran here. */
static void judge_memory(eco_trial *t)
{
    double limit_b = t->definition->resources.memory_b;
    set_end(t, limit_b > 0 ? ECOPT_TRIAL_INFEASIBLE : ECOPT_TRIAL_FAILED, ECOPT_CAUSE_MEMORY);
    if (limit_b >= 1e9)
        eco_str_addf(&t->reason, "out of memory: its limit is %.4g GB", limit_b * 1e-9);
    else if (limit_b > 0)
        eco_str_addf(&t->reason, "out of memory: its limit is %.4g MB", limit_b * 1e-6);
    else
        eco_str_add(&t->reason, "out of memory: the machine had none left");
}

/* Turns the end of a process into state, cause and reason. */
/*
 * The order matters: a stop makes a trial ABANDONED whatever the program made of it, so that it is
 * run again later, and a limit counts before the signal by which it was enforced.
 */
static void judge(eco_trial *t, const eco_process_result *result)
{
    bool is_fine = result->exit_status == 0 && result->signal == 0;
    if (result->is_stopped) {
        set_end(t, ECOPT_TRIAL_ABANDONED, ECOPT_CAUSE_STOPPED);
        eco_str_add(&t->reason, "stopped");
    } else if (t->is_enough) {
        /* Also when it ended by itself meanwhile: a verdict must not depend on who was faster. */
        t->state = ECOPT_TRIAL_PRUNED;
        t->cause = ECOPT_CAUSE_PRUNED;
        eco_str_add(&t->reason, eco_str_text(&t->verdict));
    } else if (result->is_timed_out) {
        set_end(t, ECOPT_TRIAL_FAILED, ECOPT_CAUSE_TIMEOUT);
        eco_str_addf(&t->reason, "ran longer than its limit of %g s",
                     t->definition->phases[t->phase].timeout_s);
        add_tail(t);
    } else if (result->is_watch_lost) {
        set_end(t, ECOPT_TRIAL_FAILED, ECOPT_CAUSE_LOST);
        eco_str_add(&t->reason, "its supervisor was killed");
    } else if (result->oom_kills > 0 && !is_fine) {
        judge_memory(t);
        add_tail(t);
    } else if (result->signal != 0) {
        judge_signal(t, result);
        add_tail(t);
    } else if (result->exit_status == ECO_EXIT_INFEASIBLE) {
        set_end(t, ECOPT_TRIAL_INFEASIBLE, ECOPT_CAUSE_DECLARED);
        eco_str_addf(&t->reason, "exit status %d: this point cannot work", ECO_EXIT_INFEASIBLE);
        add_tail(t);
    } else if (result->exit_status != 0) {
        set_end(t, ECOPT_TRIAL_FAILED, ECOPT_CAUSE_EXIT);
        eco_str_addf(&t->reason, "exit status %d", result->exit_status);
        add_tail(t);
    } else {
        set_end(t, ECOPT_TRIAL_COMPLETE, ECOPT_CAUSE_NONE);
        eco_str_clear(&t->reason);
    }
}

/* Room for one more record.  Most trials have one per phase, which is there from the start. */
static ecopt_status grow_records(eco_trial *t)
{
    if (t->n_records < t->records_room)
        return ECOPT_OK;
    size_t room = 2 * t->records_room;
    ecopt_phase_record *records = eco_realloc(t->ctx, t->records, room, sizeof *records);
    if (!records)
        return ECOPT_E_NOMEM;
    t->records = records;
    double *samples = eco_realloc(t->ctx, t->samples, room, sizeof *samples);
    if (!samples)
        return ECOPT_E_NOMEM;
    t->samples = samples;
    t->records_room = room;
    return ECOPT_OK;
}

/*
 * Times are the meter's: an energy and its duration have to span the same interval, or the power
 * that is made of them is wrong for short phases.
 */
static ecopt_status add_record(eco_trial *t, const eco_process_result *result,
                               const ecopt_energy *energy)
{
    ECO_TRY(grow_records(t));
    const char *name = eco_strdup(t->ctx, t->definition->phases[t->phase].name);
    if (!name)
        return ECOPT_E_NOMEM;
    t->samples[t->n_records] = (double)NAN;
    ecopt_phase_record *record = &t->records[t->n_records++];
    *record = (ecopt_phase_record){.phase = name,
                                   .started_s = result->started_s,
                                   .time_s = energy->time_s,
                                   .cpu_s = result->cpu_s,
                                   .max_rss_b = result->max_rss_b,
                                   .exit_status = result->exit_status,
                                   .signal = result->signal,
                                   .is_timed_out = result->is_timed_out,
                                   .energy = *energy,
                                   .repeat = t->repeat};
    if (result->n_left > 0)
        eco_log(t->ctx, ECOPT_LOG_WARNING, "phase '%s': %d of its processes cannot be killed", name,
                result->n_left);
    return ECOPT_OK;
}

/*
 * Under which a trace keeps the window.  '#' is no letter of a phase's name, so no phase can have
 * the key of another one's second run; a long name gives way, since the number may not.
 */
static void name_window(const eco_trial *t, char text[KEY_B])
{
    const char *phase = t->definition->phases[t->phase].name;
    if (t->request->part)
        (void)snprintf(text, KEY_B, "%.44s#confirm%d", phase, (int)t->repeat);
    else if (t->repeat > 1)
        (void)snprintf(text, KEY_B, "%.44s#%d", phase, (int)t->repeat);
    else
        (void)snprintf(text, KEY_B, "%s", phase);
}

/* Said once a run; each energy has the flag. */
static void share_energy(const eco_trial *t, ecopt_energy *energy)
{
    eco_energy_share(energy);
    if (!t->request->turn->is_told)
        eco_log(t->ctx, ECOPT_LOG_WARNING,
                "other phases run on this machine beside '%s': joules are attributed by CPU time, "
                "with a wider band (flag overlap)",
                t->definition->phases[t->phase].name);
    t->request->turn->is_told = true;
}

/* The metered run itself: the window spans exactly the life of the process tree. */
static ecopt_status run_metered(eco_trial *t, const eco_process_spec *spec,
                                eco_process_result *ret_result, ecopt_energy *ret_energy)
{
    ecopt_meter *meter = t->request->meter;
    ecopt_window *window = NULL;
    char name[KEY_B];
    name_window(t, name);
    ecopt_window_key key = {t->request->trial, name};
    if (meter)
        ECO_TRY(ecopt_meter_begin(meter, &key, &window));
    ecopt_status status = eco_process_run(t->ctx, spec, ret_result);
    if (status == ECOPT_OK && meter && ret_result->is_started) {
        ECO_TRY(ecopt_meter_end(meter, window, ret_result->cpu_s, ret_energy));
        if (t->request->turn && !eco_turn_was_alone(t->request->turn))
            share_energy(t, ret_energy);
        return ECOPT_OK;
    }
    if (meter)
        ecopt_meter_abandon(meter, window);
    if (status == ECOPT_OK)
        eco_energy_unmeasured(ret_result->time_s, ret_result->cpu_s, ret_energy);
    return status;
}

static ecopt_status look_at_log(void *user)
{
    return eco_trial_follow_log(user);
}

static void pass_tick(void *user)
{
    const eco_trial *t = user;
    t->request->on_tick(t->request->user);
}

/*
 * The streams are closed whatever happened, and before the result is judged: the last line without
 * a newline is only handed on then, and it may be the one with the metric.
 */
static ecopt_status run_command(eco_trial *t, const eco_vector *argv, const eco_vector *env)
{
    const eco_trial_request *request = t->request;
    bool is_guided = request->guide && request->guide->on_step;
    eco_process_result result;
    ecopt_energy energy;
    eco_process_spec spec = {.argv = (const char *const *)argv->items,
                             .envp = (const char *const *)env->items,
                             .dir = t->definition->dir,
                             .sink = take_output,
                             .user = t,
                             .timeout_s = t->definition->phases[t->phase].timeout_s,
                             .grace_s = request->grace_s,
                             .stop = request->stop,
                             .is_enough = &t->is_enough,
                             .keep_fd = request->keep_fd,
                             .place = request->place,
                             .limits = request->limits,
                             .tick_s = request->on_tick ? request->tick_s : 0,
                             .tick = pass_tick,
                             .look = is_guided ? look_at_log : NULL};
    ECO_TRY(open_streams(t));
    t->phase_began_s = eco_clock_monotonic_s();
    ecopt_status status = run_metered(t, &spec, &result, &energy);
    ecopt_status closed = close_streams(t);
    if (status == ECOPT_OK)
        status = closed;
    /* Also of a program that was quicker than the looks: verdicts do not depend on that. */
    if (status == ECOPT_OK && is_guided)
        status = eco_trial_follow_log(t);
    if (status == ECOPT_OK && !result.is_started && !result.is_watch_lost) {
        fail_start(t, argv->items[0], &result);
        return ECOPT_OK;
    }
    if (status == ECOPT_OK)
        status = add_record(t, &result, &energy);
    if (status == ECOPT_OK)
        judge(t, &result);
    return status;
}

/* Asked while a phase waits for others of the machine. */
static bool still_wanted(void *user)
{
    const eco_trial *t = user;
    if (t->request->on_tick)
        t->request->on_tick(t->request->user);
    return !t->request->stop || !*t->request->stop;
}

/* False when the trial was stopped before the phase could start. */
static bool await_turn(eco_trial *t, size_t i)
{
    eco_turn *turn = t->request->turn;
    return still_wanted(t) &&
           (!turn ||
            eco_turn_enter(turn, eco_turn_is_exclusive(t->definition, i), still_wanted, t));
}

/*
 * The reason begins with the phase's name before anything is tried, so that whoever adds to it need
 * not know in which phase it is; it is cleared when all went well.
 */
ecopt_status eco_trial_phase(eco_trial *trial, size_t i, int64_t repeat)
{
    const eco_trial_request *request = trial->request;
    const ecopt_phase *phase = &trial->definition->phases[i];
    eco_vector argv = {0}, env = {0};
    trial->phase = i;
    trial->repeat = repeat;
    eco_str_clear(&trial->reason);
    eco_str_addf(&trial->reason, "phase '%s': ", phase->name);
    ECO_TRY(eco_str_status(&trial->reason));
    if (!await_turn(trial, i)) {
        set_end(trial, ECOPT_TRIAL_ABANDONED, ECOPT_CAUSE_STOPPED);
        eco_str_add(&trial->reason, "not started");
        return eco_str_status(&trial->reason);
    }
    if (request->on_phase)
        request->on_phase(request->user, phase->name);
    ecopt_status status = eco_handover_argv(trial->handover, phase, &argv);
    if (status == ECOPT_OK && argv.n == 0)
        status = eco_fail(trial->ctx, ECOPT_E_ARG, "phase '%s' has no command", phase->name);
    if (status == ECOPT_OK)
        status = eco_handover_env(trial->handover, &env);
    if (status == ECOPT_OK)
        status = run_command(trial, &argv, &env);
    if (request->on_phase_end)
        request->on_phase_end(request->user);
    eco_vector_free(trial->ctx, &argv);
    eco_vector_free(trial->ctx, &env);
    if (request->turn)
        eco_turn_leave(request->turn);
    return status == ECOPT_OK ? eco_str_status(&trial->reason) : status;
}
