/*
 * Ask and tell by hand: the caller evaluates the points, the study only keeps the books.
 *
 * A trial that was asked for belongs to whoever asked, for as long as they take: it stays running
 * across processes, is not put back when this one dies, and counts as pending for the sampler. Its
 * attempt number is the one in the store, so a second tell finds no running attempt and is refused.
 *
 * Beside run.c this is the second way into the same claim and the same end of an attempt; the
 * checks of what is told stand here, because a program's own report is checked in the trial layer
 * and never comes this way.
 */
#include "core/clock.h"
#include "study/asked.h"
#include "study/study_impl.h"
#include "trial/builtin.h"

#include <math.h>
#include <string.h>

/* The view is released whatever happens: the claim has copied what it needs of it. No limit: asking
 * is the caller's own decision. */
ecopt_status ecopt_study_ask(ecopt_study *study, int64_t *ret_trial, char **ret_point)
{
    const eco_claim_need need = {.owner = ECO_OWNER_ASK};
    eco_study_view view;
    eco_claim claim;
    ECO_TRY(eco_study_claim_next(study, &need, &view, &claim));
    *ret_trial = claim.trial;
    *ret_point = claim.point;
    claim.point = NULL;
    eco_claim_release(study, &claim);
    eco_study_view_release(study, &view);
    return ECOPT_OK;
}

/* The first value under a name: a handful of values, so no index is worth its memory. check_pairs
 * uses it to find a name's first place, too. */
static const ecopt_metric_value *find_metric(const ecopt_metric_value *metrics, size_t n,
                                             const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return &metrics[i];
    return NULL;
}

/* A complete trial has a finite value for whatever the objectives and constraints speak of. Extra
 * metrics are welcome and kept; only what the study judges by must not be missing. */
static ecopt_status check_metrics(ecopt_study *study, const ecopt_metric_value *metrics, size_t n)
{
    for (size_t k = 0; k < study->n_judged; k++) {
        const ecopt_metric_value *metric = find_metric(metrics, n, study->names[k]);
        if (!metric)
            return eco_fail(study->ctx, ECOPT_E_ARG, "no value for '%s'", study->names[k]);
        if (!isfinite(metric->value))
            return eco_fail(study->ctx, ECOPT_E_ARG, "the value of '%s' is not a finite number",
                            study->names[k]);
    }
    return ECOPT_OK;
}

/* Joules, seconds, bytes and what is made of them are never below 0; a told value that is comes of
 * a sign or a counter that went wrong, and would lead the search for good. */
static bool is_physical(const ecopt_definition *definition, const char *name)
{
    size_t phase = 0;
    bool needs_energy = false, needs_samples = false;
    return eco_builtin_explain(name, definition->phases, definition->n_phases, &phase,
                               &needs_energy, &needs_samples);
}

/* What any outcome must keep to: the store has one row per name. An uncertainty that is not known
 * is NaN and passes, as no comparison with NaN is true. */
static ecopt_status check_pairs(ecopt_study *study, const ecopt_metric_value *metrics, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = metrics[i].name;
        if (!name || name[0] == '\0')
            return eco_fail(study->ctx, ECOPT_E_ARG, "metric %zu has no name", i + 1);
        if (find_metric(metrics, n, name) != &metrics[i])
            return eco_fail(study->ctx, ECOPT_E_ARG, "'%s' is given twice", name);
        if (metrics[i].value < 0 && is_physical(study->definition, name))
            return eco_fail(study->ctx, ECOPT_E_ARG, "the value of '%s' must not be negative",
                            name);
        if (metrics[i].u95 < 0 || isinf(metrics[i].u95))
            return eco_fail(study->ctx, ECOPT_E_ARG,
                            "the uncertainty of '%s' must be finite and not negative", name);
    }
    return ECOPT_OK;
}

/* Both, in the order in which they are of use: a name that is wrong before one that is missing. */
ecopt_status eco_study_check_outcome(ecopt_study *study, ecopt_trial_state state,
                                     const ecopt_metric_value *metrics, size_t n)
{
    ECO_TRY(check_pairs(study, metrics, n));
    return state == ECOPT_TRIAL_COMPLETE ? check_metrics(study, metrics, n) : ECOPT_OK;
}

/* The attempt of a trial that waits for its outcome. */
static ecopt_status find_running(ecopt_study *study, int64_t trial, int64_t *ret_attempt)
{
    ecopt_trial_state state = ECOPT_TRIAL_QUEUED;
    int64_t attempts = 0;
    ECO_TRY(eco_study_find_trial(study, trial, &state, &attempts));
    if (state != ECOPT_TRIAL_RUNNING)
        return eco_fail(study->ctx, ECOPT_E_ARG, "trial %lld is %s, not running", (long long)trial,
                        ecopt_trial_state_name(state));
    *ret_attempt = attempts;
    return ECOPT_OK;
}

/* Only outcomes that an evaluator can know: waiting, running and given up are the study's own
 * words. Waits for the disk, since what another program has worked out cannot be made again
 * here. */
ecopt_status ecopt_study_tell(ecopt_study *study, int64_t trial, ecopt_trial_state state,
                              const char *reason, const ecopt_metric_value *metrics, size_t n)
{
    eco_attempt_end end = {.trial = trial,
                           .state = state,
                           .reason = reason,
                           .cause = state == ECOPT_TRIAL_COMPLETE ? ECOPT_CAUSE_NONE
                                    : state == ECOPT_TRIAL_PRUNED ? ECOPT_CAUSE_PRUNED
                                                                  : ECOPT_CAUSE_TOLD,
                           .ended_s = eco_clock_unix_s(),
                           .n_metrics = n,
                           .metrics = metrics,
                           .is_durable = true};
    bool is_accepted = false;
    if (state != ECOPT_TRIAL_COMPLETE && state != ECOPT_TRIAL_FAILED &&
        state != ECOPT_TRIAL_INFEASIBLE && state != ECOPT_TRIAL_PRUNED)
        return eco_fail(study->ctx, ECOPT_E_ARG, "a trial cannot be told to be %s",
                        ecopt_trial_state_name(state));
    /* The state comes before the values: "told already" helps more than a complaint about
     * numbers that would not have counted. */
    ECO_TRY(find_running(study, trial, &end.attempt));
    ECO_TRY(eco_study_check_outcome(study, state, metrics, n));
    ECO_TRY(eco_asked_attach(study, trial, &end));
    ECO_TRY(eco_store_end_attempt(study->store, &end, &is_accepted));
    eco_asked_drop(study, trial);
    /* Two who tell at once both get here. */
    if (!is_accepted)
        return eco_fail(study->ctx, ECOPT_E_ARG, "trial %lld was told already", (long long)trial);
    return ECOPT_OK;
}
