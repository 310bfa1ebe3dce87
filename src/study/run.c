/*
 * The loop of a worker: view, budgets, claim, run, store, until something says stop.
 *
 * Every turn starts from the rows of the store, also the first, so a new study, a resumed one and
 * one that was killed are the same to it. The store is told before anybody else: an event is sent
 * for what is already durable.
 *
 * A signal may come at any point. Between two trials is_over sees it; once a trial is claimed the
 * trial's own loop does, and the trial goes back to the queue with what it spent. Nothing is thrown
 * away: a trial that was complete when the signal came is stored as complete.
 */
#include "core/clock.h"
#include "core/fs.h"
#include "study/confirm.h"
#include "study/control.h"
#include "study/follow.h"
#include "study/gain.h"
#include "study/guide.h"
#include "study/limits.h"
#include "study/own_energy.h"
#include "study/retry.h"
#include "study/stop_rules.h"
#include "trial/trial.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A trial that took this long is worth waiting for the disk. */
#define DURABLE_FROM_S 1.0

/* One call of ecopt_study_run. */
typedef struct run_state {
    ecopt_study *study;
    ecopt_run_options options;
    ecopt_meter *meter;
    int record_fd;   /* lock of the recording, -1 not held */
    double began_s;  /* Unix time */
    int64_t n_run;   /* trials ended by this call */
    bool is_retried; /* the trial that just ended is queued again */
    eco_claim claim;
    char *dir;               /* absolute folder of the running attempt, owned */
    bool is_warned;          /* that the energy budget cannot be kept */
    int64_t confirmed_trial; /* that is measured anew, or 0 */
    const char *confirmed_point;
    ecopt_stop_reason reason;         /* why no further trial may start */
    ecopt_status judged;              /* of the rules that ask models */
    double looked_s;                  /* for dead workers, monotonic */
    volatile sig_atomic_t stop_trial; /* ends the trial that runs */
    eco_turn turn;
    eco_follow follow;
    eco_control control;
    eco_own_window own; /* the tuner's own CPU time */
} run_state;

/* How often the others are looked after [s]: between two trials, and while there is nothing to do
 * but wait for theirs. A trial that was left behind waits no longer than that. */
#define LOOK_S 1.0
#define IDLE_S 0.1
/* How often the flags of a running trial are looked at [s]. */
#define TICK_S 0.1
/* How often the user is told of other workers' trials [s]. */
#define FOLLOW_S 0.5

/* The flag is set by a signal handler: read once per decision, never cleared here. */
static bool is_stopped(const run_state *run)
{
    return run->options.stop && *run->options.stop != 0;
}

/* The energy budget cannot be kept without a figure, and the other limits hold alone. Said once,
 * and not before the first trial is over: until then nothing can have been measured. */
static void warn_unmetered(run_state *run, const eco_study_view *view)
{
    if (run->is_warned || view->n_ended == 0 || !isfinite(run->study->definition->budget.energy_j))
        return;
    if (isnan(view->stored->spent_energy_j)) {
        eco_log(run->study->ctx, ECOPT_LOG_WARNING,
                "no energy has been measured so far: the energy budget cannot be kept");
        run->is_warned = true;
    }
}

/* Joules that are kept for confirming the front. Not asked for while more than half of the budget
 * is left: it takes a look at the front. */
static ecopt_status reserve(run_state *run, const eco_study_view *view, double *ret_energy_j)
{
    ecopt_study *study = run->study;
    double budget_j = study->definition->budget.energy_j, hypervolume;
    size_t front_size = 0;
    *ret_energy_j = 0;
    if (study->definition->repeats.confirm == 0 || !isfinite(budget_j) ||
        !(view->stored->spent_energy_j > 0.5 * budget_j))
        return ECOPT_OK;
    ECO_TRY(eco_study_progress(study, view, &front_size, &hypervolume));
    return eco_confirm_reserve(study, front_size, ret_energy_j);
}

static eco_stop_facts facts_of(const run_state *run, const eco_study_view *view)
{
    return (eco_stop_facts){.definition = run->study->definition,
                            .view = view,
                            .is_interrupted = is_stopped(run),
                            .n_run = run->n_run,
                            .began_s = run->began_s,
                            .max_trials = run->options.max_trials};
}

/* Why it ended goes on record. A call that found nothing to do says nothing new, unless no trial
 * pays at all. */
static ecopt_status note_end(const run_state *run)
{
    eco_stop_facts facts = facts_of(run, NULL);
    bool is_new = run->n_run > 0 || run->reason == ECOPT_STOP_WORTH;
    return is_new ? eco_stop_note(run->study, &facts, run->reason) : ECOPT_OK;
}

/* Judged with the view that the next trial would be chosen from, so the limits go by what is stored
 * and never by a count that is kept beside it. */
static bool may_start(void *user, const eco_study_view *view)
{
    run_state *run = user;
    eco_stop_facts facts = facts_of(run, view);
    warn_unmetered(run, view);
    run->judged = reserve(run, view, &facts.reserve_j);
    if (run->judged == ECOPT_OK)
        run->judged = eco_gain_count(run->study, &facts.n_low_gain);
    bool is_over = run->judged != ECOPT_OK || eco_stop_is_over(&facts, &run->reason);
    if (!is_over)
        run->judged = eco_stop_judge(run->study, view, &is_over, &run->reason);
    return !is_over && run->judged == ECOPT_OK;
}

/* Fills in what all kinds of event have; the view is missing in the middle of a trial. The event is
 * the receiver's for the call only. The texts point into the claim, which lives until the trial is
 * over. */
static void send_event(run_state *run, ecopt_event *event, const eco_study_view *view)
{
    if (!run->options.on_event)
        return;
    bool is_confirmed = run->confirmed_trial > 0;
    event->trial = is_confirmed ? run->confirmed_trial : run->claim.trial;
    event->point = is_confirmed ? run->confirmed_point : run->claim.point;
    event->origin = is_confirmed ? "confirm" : run->claim.origin;
    event->n_trials = run->study->definition->budget.trials;
    if (view) {
        event->n_ended = view->n_ended;
        event->spent_energy_j = view->stored->spent_energy_j;
        event->spent_time_s = view->stored->spent_time_s;
    }
    run->options.on_event(run->options.user, event);
}

/* Called by the trial at the start of each of its phases. Figures that were not computed for it are
 * NaN, which receivers take for not known, and not 0. */
static void send_phase(void *user, const char *phase)
{
    run_state *run = user;
    eco_own_pause(&run->own);
    eco_worker_note(&run->study->worker, run->claim.trial, phase);
    ecopt_event event = {.kind = ECOPT_EVENT_PHASE_STARTED,
                         .phase = phase,
                         .hypervolume = NAN,
                         .spent_energy_j = NAN};
    send_event(user, &event, NULL);
}

/* A trace that is played back, and no meter at all, are disturbed by nobody. */
static bool has_real_meter(const ecopt_study *study)
{
    const char *sources = study->definition->meter.sources;
    return !sources || (strcmp(sources, "none") != 0 && strncmp(sources, "replay:", 7) != 0);
}

/* From here to the next phase the tuner is at work. Beside a trace that is played back nothing is
 * counted: joules of another day do not go with those of today. */
static void resume_own(void *user)
{
    run_state *run = user;
    if (has_real_meter(run->study))
        eco_own_resume(&run->own);
}

/* Reads the history again: the front and the sums are those with the trial that has just ended. A
 * failure here comes after the result is stored, so it ends the run but loses nothing. */
static ecopt_status send_ended(run_state *run, const eco_outcome *outcome)
{
    ecopt_study *study = run->study;
    eco_study_view view;
    ecopt_event event = {.kind = ECOPT_EVENT_TRIAL_ENDED,
                         .state = run->is_retried ? ECOPT_TRIAL_QUEUED : outcome->state,
                         .cause = outcome->cause,
                         .reason = outcome->reason ? outcome->reason : "",
                         .n_objectives = study->problem.n_objectives};
    /* Nobody listens: the view would be read for nothing. */
    if (!run->options.on_event)
        return ECOPT_OK;
    if (run->options.is_following)
        ECO_TRY(eco_follow_own(&run->follow, run->claim.trial));
    ECO_TRY(eco_study_view_init(study, &view));
    ecopt_status status = eco_study_progress(study, &view, &event.front_size, &event.hypervolume);
    event.objectives = view.rows[run->claim.trial - 1].values;
    if (status == ECOPT_OK)
        send_event(run, &event, &view);
    eco_study_view_release(study, &view);
    return status;
}

/* The store has the name already, relative to the study's folder, which may be moved. */
static ecopt_status name_folder(run_state *run)
{
    char relative[ECO_ATTEMPT_DIR_B];
    eco_attempt_dir(run->claim.trial, run->claim.attempt, relative);
    run->dir = eco_fs_join(run->study->ctx, run->study->dir, relative);
    return run->dir ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* A batch system that ends a job sends the signal to all of its processes at once, so the program
 * may die of it before this process has seen its own.  That is no failure of the point.  What a
 * killed program is waited for is nothing beside what it would cost to take it for one. */
static bool is_ended_with_us(const run_state *run, const eco_outcome *outcome)
{
    int number = outcome->n_phases > 0 ? outcome->phases[outcome->n_phases - 1].signal : 0;
    if (outcome->state != ECOPT_TRIAL_FAILED || outcome->cause != ECOPT_CAUSE_SIGNAL ||
        (number != SIGTERM && number != SIGINT && number != SIGHUP))
        return false;
    const struct timespec slice = {0, 10 * 1000000L};
    for (int i = 0; i < 20 && !is_stopped(run); i++)
        (void)nanosleep(&slice, NULL);
    return is_stopped(run);
}

/* Ends the attempt with everything that came out of it, in one transaction. A trial that ended
 * before the signal was seen keeps its own state: only one that was broken off by it goes back to
 * the queue, and is not counted as run. */
static ecopt_status store_outcome(run_state *run, const eco_outcome *outcome, eco_guide *guide,
                                  bool *ret_is_accepted)
{
    /* As metered: a replayed trial is as costly as it once was. */
    double time_s = 0;
    bool is_accepted = false;
    for (size_t i = 0; i < outcome->n_phases; i++)
        time_s += outcome->phases[i].time_s;
    /* Abandoned without the flag is the trial's own verdict and stays. */
    bool is_interrupted = (outcome->state == ECOPT_TRIAL_ABANDONED && is_stopped(run)) ||
                          is_ended_with_us(run, outcome);
    if (is_interrupted)
        run->is_retried = false;
    else
        ECO_TRY(eco_retry_decide(guide, outcome, &run->is_retried));
    eco_attempt_end end = {
        .trial = run->claim.trial,
        .attempt = run->claim.attempt,
        /* Stopped by the user: the trial waits for the next run, what it spent is kept. */
        .state = is_interrupted ? ECOPT_TRIAL_PREEMPTED : outcome->state,
        .reason = outcome->reason,
        .is_retried = run->is_retried,
        .cause = is_interrupted ? ECOPT_CAUSE_STOPPED : outcome->cause,
        .ended_s = eco_clock_unix_s(),
        .n_metrics = outcome->n_metrics,
        .metrics = outcome->metrics,
        .n_phases = outcome->n_phases,
        .phases = outcome->phases,
        .n_decisions = guide->n_decisions,
        .decisions = guide->decisions,
        .n_curves = outcome->n_curves,
        .curves = outcome->curves,
        .n_estimates = outcome->state == ECOPT_TRIAL_PRUNED ? guide->n_estimates : 0,
        .estimates = guide->estimates,
        .is_durable = time_s >= DURABLE_FROM_S};
    ECO_TRY(eco_store_end_attempt(run->study->store, &end, &is_accepted));
    /* This worker gave no sign of life (it was stopped, the disk was full), and another has taken
     * the trial: its result will count. */
    if (!is_accepted)
        eco_log(run->study->ctx, ECOPT_LOG_WARNING,
                "trial %lld was given to another worker meanwhile; what it took here is kept",
                (long long)end.trial);
    *ret_is_accepted = is_accepted;
    if (is_interrupted || run->is_retried || !is_accepted)
        return ECOPT_OK;
    run->n_run++;
    return ECOPT_OK;
}

/* What the other workers have ended. */
static ecopt_status follow_others(run_state *run, double every_s)
{
    if (!run->options.is_following || !run->options.on_event)
        return ECOPT_OK;
    return eco_follow_look(&run->follow, every_s, run->options.on_event, run->options.user);
}

/* While a trial runs: hands the user's flag on, and gives signs of life. A trial that was given to
 * another worker is not worth its joules any more. */
static void on_tick(void *user)
{
    run_state *run = user;
    if (is_stopped(run) ||
        !eco_worker_beat(&run->study->worker, run->claim.trial, run->claim.attempt))
        run->stop_trial = 1;
    /* What cannot be read now is read later: the trial that runs is worth more. */
    ecopt_status ignored = follow_others(run, FOLLOW_S);
    (void)ignored;
}

/* From a claim to a stored outcome. On failure the caller puts the trial back. The supervisor gets
 * a copy of the worker's descriptor (keep_fd): as long as a process of the trial lives, nobody else
 * runs the trial, see worker.h. */
static ecopt_status run_claimed(run_state *run, eco_guide *guide)
{
    ecopt_study *study = run->study;
    eco_outcome *outcome = NULL;
    bool is_accepted = false;
    ECO_TRY(name_folder(run));
    run->stop_trial = is_stopped(run);
    eco_trial_request request = {.definition = study->definition,
                                 .trial = run->claim.trial,
                                 .x = run->claim.x,
                                 .seed = eco_study_trial_seed(study, run->claim.trial),
                                 .dir = run->dir,
                                 .meter = run->meter,
                                 .stop = &run->stop_trial,
                                 .keep_fd = study->worker.fd,
                                 .tick_s = TICK_S,
                                 .on_tick = on_tick,
                                 .on_phase = send_phase,
                                 .on_phase_end = resume_own,
                                 .user = run,
                                 .guide = eco_guide_of(guide)};
    if (has_real_meter(study))
        request.turn = &run->turn;
    eco_limits_request(study, &request);
    ECO_TRY(eco_trial_run(study->ctx, &request, &outcome));
    ecopt_status status = store_outcome(run, outcome, guide, &is_accepted);
    if (status == ECOPT_OK && is_accepted)
        status = send_ended(run, outcome);
    eco_outcome_free(study->ctx, outcome);
    return status;
}

/* A claimed trial, from its first event to its last. One that could not be run is put back before
 * the failure goes up, so that the next run begins with it. For one that was stored already putting
 * back changes nothing: its attempt is no longer running. */
static ecopt_status run_trial(run_state *run, const eco_study_view *view)
{
    ecopt_study *study = run->study;
    ecopt_event event = {.kind = ECOPT_EVENT_TRIAL_STARTED, .hypervolume = NAN};
    send_event(run, &event, view);
    eco_guide guide;
    eco_guide_init(&guide, study, view, &run->claim);
    ecopt_status status = run_claimed(run, &guide);
    eco_guide_release(&guide);
    if (status != ECOPT_OK)
        eco_study_put_back(study, &run->claim);
    eco_free(study->ctx, run->dir);
    run->dir = NULL;
    return status;
}

/* One turn: claim, run, release. ECOPT_E_EXHAUSTED comes from the claim alone, when no trial waits
 * and the sampler has no new point: a reason to stop and not a failure. */
static ecopt_status run_one(run_state *run, bool *ret_is_over)
{
    const eco_claim_need need = {.owner = ECO_OWNER_RUN,
                                 .limit = run->study->definition->budget.trials,
                                 .stop = run->options.stop,
                                 .may_start = may_start,
                                 .user = run};
    eco_study_view view;
    ecopt_status status = eco_study_claim_next(run->study, &need, &view, &run->claim);
    if (status == ECOPT_E_EXHAUSTED) {
        run->reason = ECOPT_STOP_EXHAUSTED;
        *ret_is_over = true;
        return ECOPT_OK;
    }
    ECO_TRY(status);
    *ret_is_over = run->claim.trial == 0;
    if (!*ret_is_over)
        status = run_trial(run, &view);
    eco_claim_release(run->study, &run->claim);
    eco_study_view_release(run->study, &view);
    return status;
}

/* The meter of the whole run. A study that has trials goes on with its recorded trace. Opened once
 * and not per trial, for sources take time to open. `is_resumed` decides whether a recorded trace
 * is begun or continued. */
static ecopt_status open_meter(run_state *run)
{
    ecopt_study *study = run->study;
    eco_study_view view;
    ECO_TRY(eco_limits_open(study));
    ECO_TRY(eco_study_view_init(study, &view));
    bool is_resumed = view.n > 0;
    eco_study_view_release(study, &view);
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = study->definition->meter.sources;
    options.require = study->definition->meter.require;
    options.total = study->definition->meter.total;
    options.edges = study->definition->meter.edges;
    options.record_path = study->definition->meter.record;
    options.is_resumed = is_resumed;
    options.system_root = study->system_root;
    options.nvml_path = study->nvml_path;
    options.calibration_path = study->calibration_path;
    return ecopt_meter_open(study->ctx, &options, &run->meter);
}

/* True when there may be something to do later: a trial of another worker could still be lost and
 * come back. A worker that was told to end, or a budget that is spent, waits for nobody. */
static bool is_worth_waiting(const run_state *run)
{
    bool is_enough = run->options.max_trials > 0 && run->n_run >= run->options.max_trials;
    return !is_stopped(run) && !is_enough &&
           (run->reason == ECOPT_STOP_TRIALS || run->reason == ECOPT_STOP_EXHAUSTED);
}

/* Puts back what dead workers left; every so often, as between trials of milliseconds it would be
 * most of the work. */
static ecopt_status look_after_others(run_state *run, double every_s, eco_recovery *ret_recovery)
{
    double now_s = eco_clock_monotonic_s();
    if (now_s - run->looked_s < every_s)
        return ECOPT_OK;
    run->looked_s = now_s;
    return eco_study_recover(run->study, false, ret_recovery);
}

/* A pause or a stop that the users want, or the end of a pause; who listens is told. What says stop
 * by itself comes first: a run whose budget is spent does not wait for a pause to end. */
static ecopt_status heed(run_state *run, eco_control_verdict verdict, bool was_paused,
                         bool *ret_is_over)
{
    eco_study_view view;
    ECO_TRY(eco_study_view_init(run->study, &view));
    ecopt_event event = {.kind = was_paused ? ECOPT_EVENT_RESUMED : ECOPT_EVENT_PAUSED,
                         .hypervolume = NAN};
    *ret_is_over = !may_start(run, &view);
    if (!*ret_is_over && run->control.is_paused != was_paused)
        send_event(run, &event, &view);
    if (!*ret_is_over && verdict == ECO_CONTROL_STOP) {
        run->reason = ECOPT_STOP_STOPPED;
        *ret_is_over = true;
    }
    eco_study_view_release(run->study, &view);
    return ECOPT_OK;
}

/* One turn: what the users want, and a trial. */
static ecopt_status take_turn(run_state *run, bool *ret_is_over)
{
    eco_control_verdict verdict = ECO_CONTROL_GO;
    bool was_paused = run->control.is_paused;
    ECO_TRY(eco_control_look(run->study, &run->control, run->options.stop, &verdict));
    if (verdict != ECO_CONTROL_GO || was_paused)
        ECO_TRY(heed(run, verdict, was_paused, ret_is_over));
    if (verdict == ECO_CONTROL_GO && !*ret_is_over)
        ECO_TRY(run_one(run, ret_is_over));
    return run->judged;
}

/* At the end of the budget the last trials of other workers are waited for. One that was put back
 * between the two looks is seen in the turn after the second: nobody leaves while there is work. */
static ecopt_status run_until_over(run_state *run)
{
    bool were_none = false;
    for (;;) {
        eco_recovery recovery = {0, 0};
        bool is_over = false;
        ECO_TRY(look_after_others(run, LOOK_S, &recovery));
        ECO_TRY(take_turn(run, &is_over));
        ECO_TRY(follow_others(run, is_over ? 0 : FOLLOW_S));
        if (is_over && (were_none || !is_worth_waiting(run)))
            return ECOPT_OK;
        were_none = false;
        if (!is_over)
            continue;
        ECO_TRY(look_after_others(run, 0, &recovery));
        were_none = recovery.n_others == 0;
        if (were_none)
            continue;
        const struct timespec pause = {0, (long)(IDLE_S * 1e9)};
        (void)nanosleep(&pause, NULL);
    }
}

/* Told before each fresh measurement of a point of the front. */
static void name_confirmed(void *user, int64_t trial, const char *point)
{
    run_state *run = user;
    ecopt_event event = {.kind = ECOPT_EVENT_CONFIRM_STARTED, .hypervolume = NAN};
    event.spent_energy_j = NAN;
    run->confirmed_trial = trial;
    run->confirmed_point = point;
    send_event(run, &event, NULL);
}

static void say_confirmed(const run_state *run, const eco_confirm_report *report)
{
    ecopt_ctx *ctx = run->study->ctx;
    if (report->n_points > 0)
        eco_log(ctx, ECOPT_LOG_INFO,
                "%zu point%s of the front measured anew: %zu came on, %zu fell off",
                report->n_points, report->n_points == 1 ? "" : "s", report->n_came_on,
                report->n_fell_off);
    if (report->n_left > 0)
        eco_log(ctx, ECOPT_LOG_WARNING, "%zu point%s of the front could not be measured anew: %s",
                report->n_left, report->n_left == 1 ? "" : "s",
                report->is_budget_spent ? "the energy budget is spent" : "interrupted");
}

/* When the study is over, and not only this call: a study that goes on is confirmed when it ends.
 * The last worker does it: the others would still change the front. */
static ecopt_status confirm_front(run_state *run)
{
    eco_recovery recovery = {0, 0};
    ecopt_stop_reason reason = run->reason;
    bool is_final = reason == ECOPT_STOP_TRIALS || reason == ECOPT_STOP_ENERGY ||
                    reason == ECOPT_STOP_TIME || reason == ECOPT_STOP_EXHAUSTED ||
                    reason == ECOPT_STOP_GAIN || reason == ECOPT_STOP_WORTH;
    bool is_cut = run->options.max_trials > 0 && run->n_run >= run->options.max_trials;
    eco_trial_request base = {.keep_fd = run->study->worker.fd, .on_phase_end = resume_own};
    const eco_confirm_run confirm = {.study = run->study,
                                     .meter = run->meter,
                                     .stop = run->options.stop,
                                     .on_phase = send_phase,
                                     .on_trial = name_confirmed,
                                     .user = run,
                                     .base = &base};
    eco_confirm_report report;
    if (run->study->definition->repeats.confirm == 0 || !is_final || is_cut || is_stopped(run))
        return ECOPT_OK;
    ECO_TRY(eco_study_recover(run->study, false, &recovery));
    if (recovery.n_others > 0)
        return ECOPT_OK;
    if (has_real_meter(run->study))
        base.turn = &run->turn;
    eco_limits_request(run->study, &base);
    ECO_TRY(eco_study_confirm(&confirm, &report));
    say_confirmed(run, &report);
    return ECOPT_OK;
}

/* As a worker with a meter. */
static ecopt_status run_as_worker(run_state *run)
{
    ecopt_study *study = run->study;
    resume_own(run);
    ECO_TRY(eco_worker_open(study->ctx, study->store, study->dir, study->lease_s, &study->worker));
    ecopt_status status = eco_study_lock_record(study, &run->record_fd);
    if (status == ECOPT_OK)
        status = open_meter(run);
    if (status == ECOPT_OK && run->options.is_following)
        status = eco_follow_init(&run->follow, study);
    eco_turn_open(study->ctx, study->system_root ? study->system_root : "", &run->turn);
    if (status == ECOPT_OK) {
        status = run_until_over(run);
        if (status == ECOPT_OK)
            status = note_end(run);
        if (status == ECOPT_OK)
            status = confirm_front(run);
        /* Closing may fail too (a recorded trace on a full disk); the first error is the one to
         * tell. */
        ecopt_status closed = ecopt_meter_close(run->meter);
        if (status == ECOPT_OK)
            status = closed;
    }
    eco_own_store(study, &run->own);
    eco_follow_release(&run->follow);
    eco_turn_close(&run->turn);
    if (run->record_fd >= 0)
        (void)close(run->record_fd);
    eco_worker_close(&study->worker);
    return status;
}

/* Options are copied by their size: a program compiled against older headers keeps working. */
ecopt_status ecopt_study_run(ecopt_study *study, const ecopt_run_options *options,
                             ecopt_stop_reason *ret_reason)
{
    run_state run = {.study = study,
                     .began_s = eco_clock_unix_s(),
                     .record_fd = -1,
                     .options = ECOPT_RUN_OPTIONS_INIT,
                     .reason = ECOPT_STOP_TRIALS};
    if (options)
        memcpy(&run.options, options,
               options->size < sizeof run.options ? options->size : sizeof run.options);
    study->lease_s = run.options.lease_s;
    ECO_TRY(eco_control_begin(study, &run.control));
    ECO_TRY(run_as_worker(&run));
    *ret_reason = run.reason;
    return ECOPT_OK;
}
