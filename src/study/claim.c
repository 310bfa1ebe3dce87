/*
 * Claiming the next trial: one that waits, or a new one.
 *
 * Several workers claim at once. A new point is chosen under a lock, so that each chooser knows of
 * all others' trials; and what makes it safe is not that lock but the store, which takes a proposal
 * only as the number that it was chosen for. A suggestion is a function of the rows, so who came
 * too late reads them again and chooses again.
 *
 * What may fail between claim and outcome is the business of eco_study_put_back: no trial should be
 * left running by a process that goes on living, because nobody takes a live worker's trial away.
 */
#include "core/clock.h"
#include "pareto/cost.h"
#include "study/gain.h"
#include "study/study_impl.h"
#include "study/worth.h"

#include <math.h>
#include <string.h>

/* Zeroed, so that releasing twice is harmless. */
void eco_claim_release(ecopt_study *study, eco_claim *claim)
{
    eco_free(study->ctx, claim->point);
    eco_free(study->ctx, claim->x);
    memset(claim, 0, sizeof *claim);
}

/* True when a coordinate that is kept gives way to `next`. It may move to the worse side only, for
 * what has once counted towards the hypervolume has to go on counting. */
static bool may_replace(const ecopt_objective *objective, double kept, double next)
{
    return isnan(kept) || eco_cost(objective, next) > eco_cost(objective, kept);
}

/* What of the reference point that a suggestion was made with is to be kept; the next view hands it
 * back to the sampler, so that what is used, stored and shown is one point whatever is told in
 * which order. Thresholds hold from the start. Anything else waits until the initial design has its
 * values: before, one strange trial could set it for good. Coordinates that stay become NaN. */
static void choose_reference(const ecopt_study *study, const eco_study_view *view,
                             double *reference)
{
    const eco_problem *problem = &study->problem;
    const double *kept = view->history.reference;
    bool is_final = view->n_complete >= study->definition->budget.init;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        if ((!is_final && !objective->has_threshold) ||
            !may_replace(objective, kept[k], reference[k]))
            reference[k] = NAN;
    }
}

/* The words of the first failure are copied, because the store may fail as well and would write
 * over them. */
void eco_study_put_back(ecopt_study *study, const eco_claim *claim)
{
    ecopt_ctx *ctx = study->ctx;
    eco_attempt_end end = {.trial = claim->trial,
                           .attempt = claim->attempt,
                           .state = ECOPT_TRIAL_PREEMPTED,
                           .reason = "could not be run to its end",
                           .ended_s = eco_clock_unix_s()};
    bool is_accepted = false;
    char *message = eco_strdup(ctx, ecopt_ctx_errmsg(ctx));
    char *hint = eco_strdup(ctx, ecopt_ctx_errhint(ctx));
    if (eco_store_end_attempt(study->store, &end, &is_accepted) != ECOPT_OK)
        eco_log(ctx, ECOPT_LOG_DEBUG, "trial %lld will be put back by the next run",
                (long long)claim->trial);
    if (message && hint) {
        (void)eco_fail(ctx, ECOPT_E_IO, "%s", message);
        (void)eco_hint(ctx, ECOPT_E_IO, "%s", hint);
    }
    eco_free(ctx, message);
    eco_free(ctx, hint);
}

/* Point of a trial that was waiting already. The point is read back from its text, which is exact:
 * what runs is what was chosen, bit for bit. */
static ecopt_status take_queued(ecopt_study *study, const eco_study_view *view, eco_claim *claim)
{
    claim->origin = "queued";
    claim->point = eco_strdup(study->ctx, view->rows[claim->trial - 1].point);
    if (!claim->point)
        return ECOPT_E_NOMEM;
    return ecopt_space_parse_point(study->ctx, study->definition->space, claim->point, claim->x);
}

/* What all claims of a process have in common. */
static eco_take take_of(const ecopt_study *study, const eco_claim_need *need)
{
    bool is_worker = study->worker.fd >= 0 && need->owner == ECO_OWNER_RUN;
    return (eco_take){.owner = need->owner,
                      .worker = is_worker ? study->worker.id : "",
                      .limit = need->limit,
                      .now_s = eco_clock_unix_s(),
                      .now_boot_s = eco_clock_monotonic_s()};
}

/* Asks the sampler and claims what it says. The number of the trial is known before it is added,
 * for the store takes it as no other; the seed depends on it. */
static ecopt_status claim_new(ecopt_study *study, const eco_claim_need *need,
                              const eco_study_view *view, double *reference, eco_claim *claim)
{
    eco_gain_note note;
    eco_suggestion suggestion = {.x = claim->x, .reference = reference, .gain_ratio = (double)NAN};
    ECO_TRY(eco_worth_suggest(study, view, claim->x, &suggestion.origin));
    if (suggestion.origin)
        eco_reference_point(&study->problem, &view->history, reference);
    else
        ECO_TRY(eco_sampler_suggest(study->ctx, study->sampler, &study->problem, &view->history,
                                    &suggestion));
    choose_reference(study, view, reference);
    ECO_TRY(ecopt_space_point_text(study->ctx, study->definition->space, claim->x, &claim->point));
    claim->origin = suggestion.origin;
    const eco_proposal proposal = {
        .number = (int64_t)view->history.trial,
        .point = claim->point,
        .origin = suggestion.origin,
        .seed = eco_study_trial_seed(study, (int64_t)view->history.trial),
        .reference = reference,
        .m = study->problem.n_objectives,
        .decision = eco_gain_note_fill(study, suggestion.gain_ratio, &note)};
    eco_take take = take_of(study, need);
    take.proposal = &proposal;
    ecopt_status status = eco_store_take(study->store, &take, &claim->trial, &claim->attempt);
    /* A sampler never suggests a point again: if it does, that is its bug and not the caller's. */
    return status == ECOPT_E_ARG ? ECOPT_E_INTERNAL : status;
}

/* Waiting trials first, the lowest of them: they were begun, and the order of numbers stays the
 * order of points. One that was claimed in the store and could not be used is put back here, since
 * the caller never sees it. One that another has claimed meanwhile gives trial 0. */
static ecopt_status claim_queued(ecopt_study *study, const eco_claim_need *need,
                                 const eco_study_view *view, eco_claim *claim)
{
    eco_take take = take_of(study, need);
    size_t i = study->settled.n;
    while (view->rows[i].state != ECOPT_TRIAL_QUEUED)
        i++;
    take.trial = (int64_t)i + 1;
    ECO_TRY(eco_store_take(study->store, &take, &claim->trial, &claim->attempt));
    if (claim->trial == 0)
        return ECOPT_OK;
    ecopt_status status = take_queued(study, view, claim);
    if (status != ECOPT_OK)
        eco_study_put_back(study, claim);
    return status;
}

/* One try, put together aside and handed out whole. */
static ecopt_status try_claim(ecopt_study *study, const eco_claim_need *need,
                              const eco_study_view *view, eco_claim *ret_claim)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    eco_claim claim = {.x = eco_alloc(study->ctx, d, sizeof(double))};
    double *reference = eco_alloc(study->ctx, m, sizeof *reference);
    ecopt_status status = claim.x && reference ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK && view->n_queued > 0)
        status = claim_queued(study, need, view, &claim);
    else if (status == ECOPT_OK)
        status = claim_new(study, need, view, reference, &claim);
    eco_free(study->ctx, reference);
    if (status != ECOPT_OK || claim.trial == 0)
        eco_claim_release(study, &claim);
    if (status == ECOPT_OK)
        *ret_claim = claim;
    return status;
}

/* The view is read under the lock, so that it has every trial that was claimed before. */
static ecopt_status claim_once(ecopt_study *study, const eco_claim_need *need, bool *is_over,
                               eco_study_view *ret_view, eco_claim *ret_claim)
{
    eco_study_view view;
    bool is_held = false;
    ECO_TRY(eco_study_lock_proposals(study, need->stop, &is_held));
    if (!is_held)
        eco_log(study->ctx, ECOPT_LOG_DEBUG, "choosing a trial without the lock of proposals");
    ecopt_status status = eco_study_view_init(study, &view);
    if (status == ECOPT_OK) {
        *is_over = need->may_start && !need->may_start(need->user, &view);
        if (!*is_over)
            status = try_claim(study, need, &view, ret_claim);
        if (status != ECOPT_OK || (!*is_over && ret_claim->trial == 0))
            eco_study_view_release(study, &view);
        else
            *ret_view = view;
    }
    eco_study_unlock_proposals(study);
    return status;
}

/* Until there is a trial, or none may start: what was too late is tried again with the rows as they
 * are now. Each failed try means that another worker's has succeeded. */
ecopt_status eco_study_claim_next(ecopt_study *study, const eco_claim_need *need,
                                  eco_study_view *ret_view, eco_claim *ret_claim)
{
    eco_claim claim = {.x = NULL};
    bool is_over = false;
    while (claim.trial == 0 && !is_over)
        ECO_TRY(claim_once(study, need, &is_over, ret_view, &claim));
    *ret_claim = claim;
    return ECOPT_OK;
}
