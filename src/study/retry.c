#include "study/retry.h"

#include "core/clock.h"

#include <math.h>
#include <stdio.h>

/*
 * A meter that has never measured anything in this study will not do so the second time: no source
 * is there, and a retry would only cost the same joules again.
 */
static bool is_hopeless(const eco_guide *guide, ecopt_cause cause)
{
    return cause == ECOPT_CAUSE_METER && isnan(guide->view->stored->spent_energy_j);
}

ecopt_status eco_retry_decide(eco_guide *guide, const eco_outcome *outcome, bool *ret_is_retried)
{
    const ecopt_study *study = guide->study;
    const int64_t most = study->definition->failures.retries[outcome->cause];
    int64_t n_before = 0;
    char numbers[160];
    *ret_is_retried = false;
    if (outcome->state != ECOPT_TRIAL_FAILED && outcome->state != ECOPT_TRIAL_INFEASIBLE)
        return ECOPT_OK;
    if (most == 0 || is_hopeless(guide, outcome->cause))
        return ECOPT_OK;
    /* A first attempt has none before it, and is by far the commonest. */
    if (guide->claim->attempt > 1)
        ECO_TRY(
            eco_store_count_attempts(study->store, guide->claim->trial, outcome->cause, &n_before));
    bool is_retried = n_before < most;
    (void)snprintf(numbers, sizeof numbers,
                   "{\"cause\": \"%s\", \"failures\": %lld, \"retries\": %lld}",
                   ecopt_cause_name(outcome->cause), (long long)n_before + 1, (long long)most);
    ECO_TRY(eco_guide_note(guide, "retry", 0, is_retried ? "again" : "give up", numbers));
    *ret_is_retried = is_retried;
    return ECOPT_OK;
}

ecopt_status eco_retry_give_up(ecopt_study *study)
{
    int64_t n = 0, most = study->definition->failures.retries[ECOPT_CAUSE_LOST];
    ECO_TRY(eco_store_give_up(study->store, ECOPT_CAUSE_LOST, most, &n));
    if (n > 0)
        eco_log(study->ctx, ECOPT_LOG_WARNING,
                "%lld trial%s failed: what ran %s died more than %lld time%s (retries.lost)",
                (long long)n, n > 1 ? "s" : "", n > 1 ? "them" : "it", (long long)most,
                most == 1 ? "" : "s");
    return ECOPT_OK;
}

/* Failures of earlier versions have no cause and go on counting as they did. */
static eco_observed observed_failure(ecopt_cause cause, int64_t n_same)
{
    switch (cause) {
    case ECOPT_CAUSE_SIGNAL:
        return n_same > 1 ? ECO_OBSERVED_FAILED : ECO_OBSERVED_UNKNOWN;
    case ECOPT_CAUSE_START:
    case ECOPT_CAUSE_METER:
    case ECOPT_CAUSE_STOPPED:
    case ECOPT_CAUSE_LOST:
        return ECO_OBSERVED_UNKNOWN;
    case ECOPT_CAUSE_NONE:
    case ECOPT_CAUSE_EXIT:
    case ECOPT_CAUSE_TIMEOUT:
    case ECOPT_CAUSE_MEMORY:
    case ECOPT_CAUSE_NO_METRIC:
    case ECOPT_CAUSE_NOT_A_NUMBER:
    case ECOPT_CAUSE_DECLARED:
    case ECOPT_CAUSE_CONSTRAINT:
    case ECOPT_CAUSE_PRUNED:
    case ECOPT_CAUSE_TOLD:
        return ECO_OBSERVED_FAILED;
    }
    return ECO_OBSERVED_FAILED;
}

eco_observed eco_retry_observed(ecopt_trial_state state, ecopt_cause cause, int64_t n_same)
{
    switch (state) {
    case ECOPT_TRIAL_COMPLETE:
        return ECO_OBSERVED_COMPLETE;
    case ECOPT_TRIAL_INFEASIBLE:
        return ECO_OBSERVED_INFEASIBLE;
    case ECOPT_TRIAL_ABANDONED:
        return ECO_OBSERVED_UNKNOWN;
    case ECOPT_TRIAL_PRUNED:
        return ECO_OBSERVED_PARTIAL;
    default:
        return observed_failure(cause, n_same);
    }
}
