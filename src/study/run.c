/*
 * The loop of `ecopt run`: view, budgets, claim, run, store, until something says stop.
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
#include "study/control.h"
#include "study/guide.h"
#include "study/limits.h"
#include "study/retry.h"
#include "study/stop_rules.h"
#include "trial/trial.h"

#include <math.h>
#include <string.h>

/* A trial that took this long is worth waiting for the disk. */
#define DURABLE_FROM_S 1.0

/* One call of ecopt_study_run. */
typedef struct run_state {
    ecopt_study *study;
    ecopt_run_options options;
    ecopt_meter *meter;
    int64_t n_run;           /* trials ended by this call */
    int64_t n_failed_in_row; /* of them: the last ones */
    bool is_retried;         /* the trial that just ended is queued again */
    eco_claim claim;
    char *dir;      /* absolute folder of the running attempt, owned */
    bool is_warned; /* that the energy budget cannot be kept */
    eco_control control;
} run_state;

/* The flag is set by a signal handler: read once per decision, never cleared here. */
static bool is_stopped(const run_state *run)
{
    return run->options.stop && *run->options.stop != 0;
}

/* True and the reason when no further trial may start. */
static bool is_over(const run_state *run, const eco_study_view *view, ecopt_stop_reason *ret)
{
    const eco_stop_facts facts = {.definition = run->study->definition,
                                  .view = view,
                                  .is_interrupted = is_stopped(run),
                                  .n_run = run->n_run,
                                  .n_failed_in_row = run->n_failed_in_row,
                                  .max_trials = run->options.max_trials};
    return eco_stop_is_over(&facts, ret);
}

/* Fills in what all kinds of event have; the view is missing in the middle of a trial. The event is
 * the receiver's for the call only. The texts point into the claim, which lives until the trial is
 * over. */
static void send_event(run_state *run, ecopt_event *event, const eco_study_view *view)
{
    if (!run->options.on_event)
        return;
    event->trial = run->claim.trial;
    event->point = run->claim.point;
    event->origin = run->claim.origin;
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
    ecopt_event event = {.kind = ECOPT_EVENT_PHASE_STARTED,
                         .phase = phase,
                         .hypervolume = NAN,
                         .spent_energy_j = NAN};
    send_event(user, &event, NULL);
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
    ECO_TRY(eco_study_view_init(study, &view));
    ecopt_status status = eco_study_progress(study, &view, &event.front_size, &event.hypervolume);
    event.objectives = view.rows[run->claim.trial - 1].values;
    if (status == ECOPT_OK)
        send_event(run, &event, &view);
    eco_study_view_release(study, &view);
    return status;
}

/* trials/0007 for the first attempt, trials/0007.2 for the second: a lost attempt's files stay. The
 * store has the name relative to the study's folder before anything runs in it, so that the files
 * of a run that was killed can be found. */
static ecopt_status name_folder(run_state *run)
{
    ecopt_study *study = run->study;
    const eco_claim *claim = &run->claim;
    char *relative = claim->attempt == 1
                         ? eco_asprintf(study->ctx, "trials/%04lld", (long long)claim->trial)
                         : eco_asprintf(study->ctx, "trials/%04lld.%lld", (long long)claim->trial,
                                        (long long)claim->attempt);
    run->dir = relative ? eco_fs_join(study->ctx, study->dir, relative) : NULL;
    ecopt_status status =
        run->dir ? eco_store_set_dir(study->store, claim->trial, claim->attempt, relative)
                 : ECOPT_E_NOMEM;
    eco_free(study->ctx, relative);
    return status;
}

/* Ends the attempt with everything that came out of it, in one transaction. A trial that ended
 * before the signal was seen keeps its own state: only one that was broken off by it goes back to
 * the queue, and is not counted as run. */
static ecopt_status store_outcome(run_state *run, const eco_outcome *outcome, eco_guide *guide)
{
    /* As metered: a replayed trial is as costly as it once was. */
    double time_s = 0;
    bool is_accepted = false;
    for (size_t i = 0; i < outcome->n_phases; i++)
        time_s += outcome->phases[i].time_s;
    /* Abandoned without the flag is the trial's own verdict and stays. */
    bool is_interrupted = outcome->state == ECOPT_TRIAL_ABANDONED && is_stopped(run);
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
    if (!is_accepted)
        return eco_fail(run->study->ctx, ECOPT_E_INTERNAL,
                        "trial %lld was ended by another process", (long long)end.trial);
    if (is_interrupted || run->is_retried)
        return ECOPT_OK;
    run->n_run++;
    run->n_failed_in_row = outcome->state == ECOPT_TRIAL_FAILED ? run->n_failed_in_row + 1 : 0;
    return ECOPT_OK;
}

/* From a claim to a stored outcome. On failure the caller puts the trial back. The child gets a
 * copy of the lock's descriptor (keep_fd): as long as a process of the trial lives, no other run of
 * the study starts, see lock.c. */
static ecopt_status run_claimed(run_state *run, eco_guide *guide)
{
    ecopt_study *study = run->study;
    eco_outcome *outcome = NULL;
    ECO_TRY(name_folder(run));
    eco_trial_request request = {.definition = study->definition,
                                 .trial = run->claim.trial,
                                 .x = run->claim.x,
                                 .seed = eco_study_trial_seed(study, run->claim.trial),
                                 .dir = run->dir,
                                 .meter = run->meter,
                                 .stop = run->options.stop,
                                 .keep_fd = study->lock_fd,
                                 .on_phase = send_phase,
                                 .user = run,
                                 .guide = eco_guide_of(guide)};
    eco_limits_request(study, &request);
    ECO_TRY(eco_trial_run(study->ctx, &request, &outcome));
    ecopt_status status = store_outcome(run, outcome, guide);
    if (status == ECOPT_OK)
        status = send_ended(run, outcome);
    eco_outcome_free(study->ctx, outcome);
    return status;
}

/* One turn: claim, run, release. ECOPT_E_EXHAUSTED comes from the claim alone, when no trial waits
 * and the sampler has no new point. A trial that could not be run is put back before the failure
 * goes up, so that the next run begins with it. For one that was stored already putting back
 * changes nothing: its attempt is no longer running. */
static ecopt_status run_one(run_state *run, const eco_study_view *view)
{
    ecopt_study *study = run->study;
    ECO_TRY(eco_study_claim_next(study, view, ECO_OWNER_RUN, &run->claim));
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
    eco_claim_release(study, &run->claim);
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

/* Said once: without a figure the budget cannot be kept, and the other limits hold alone. Not
 * before the first trial is over: until then nothing can have been measured. */
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

/* What the users want, before a trial is started; who listens is told of a pause and of its end. */
static ecopt_status look_at_wish(run_state *run, const eco_study_view *view,
                                 eco_control_verdict *ret_verdict)
{
    bool was_paused = run->control.is_paused;
    ECO_TRY(eco_control_look(run->study, &run->control, run->options.stop, ret_verdict));
    ecopt_event event = {.kind = was_paused ? ECOPT_EVENT_RESUMED : ECOPT_EVENT_PAUSED,
                         .hypervolume = NAN};
    if (run->control.is_paused != was_paused)
        send_event(run, &event, view);
    return ECOPT_OK;
}

/* One turn with a view of its own: what says stop, what the users want, a trial. */
static ecopt_status take_turn(run_state *run, const eco_study_view *view, bool *ret_is_over,
                              ecopt_stop_reason *ret_reason)
{
    eco_control_verdict verdict = ECO_CONTROL_GO;
    warn_unmetered(run, view);
    *ret_is_over = is_over(run, view, ret_reason);
    if (*ret_is_over)
        return ECOPT_OK;
    ECO_TRY(look_at_wish(run, view, &verdict));
    if (verdict == ECO_CONTROL_STOP) {
        *ret_reason = ECOPT_STOP_STOPPED;
        *ret_is_over = true;
    }
    return verdict == ECO_CONTROL_GO ? run_one(run, view) : ECOPT_OK;
}

/* The view is read anew in each turn and released before the next, so the limits are judged by what
 * is stored and never by a count that is kept beside it. A space that is exhausted is a reason to
 * stop and not a failure. */
static ecopt_status run_until_over(run_state *run, ecopt_stop_reason *ret_reason)
{
    for (;;) {
        eco_study_view view;
        bool over = false;
        ECO_TRY(eco_study_view_init(run->study, &view));
        ecopt_status status = take_turn(run, &view, &over, ret_reason);
        eco_study_view_release(run->study, &view);
        if (status == ECOPT_E_EXHAUSTED) {
            *ret_reason = ECOPT_STOP_EXHAUSTED;
            return ECOPT_OK;
        }
        if (over || status != ECOPT_OK)
            return status;
    }
}

/* The options are copied by their size, so that a program compiled against older headers keeps
 * working. */
ecopt_status ecopt_study_run(ecopt_study *study, const ecopt_run_options *options,
                             ecopt_stop_reason *ret_reason)
{
    run_state run = {.study = study, .options = ECOPT_RUN_OPTIONS_INIT};
    ecopt_stop_reason reason = ECOPT_STOP_TRIALS;
    if (options)
        memcpy(&run.options, options,
               options->size < sizeof run.options ? options->size : sizeof run.options);
    ECO_TRY(eco_control_begin(study, &run.control));
    ECO_TRY(open_meter(&run));
    ecopt_status status = run_until_over(&run, &reason);
    /* Closing may fail too (a recorded trace on a full disk); the first error is the one to
     * tell. */
    ecopt_status closed = ecopt_meter_close(run.meter);
    if (status == ECOPT_OK)
        status = closed;
    if (status == ECOPT_OK)
        *ret_reason = reason;
    return status;
}
