/*
 * Counts, best values and sums of energy over a snapshot.
 *
 * Sums go through ecopt_energy_add: u95 in quadrature (windows are independent), the weakest label,
 * flags united, sources merged by name.  Windows without joules are left out of the sum and counted
 * instead, because one NaN would hide all that is known.
 *
 * Nothing here knows of units or of words: what is shown, and how, is decided by the reports. All
 * is one pass over the trials, so that a status can be asked for every few seconds beside a study
 * of 20,000 of them.
 */
#include "analysis/summary.h"

#include "analysis/front.h"

#include <math.h>
#include <string.h>

/*
 * Starts a sum for one phase. The label starts as the strongest, which any window can only
 * weaken.
 */
static void total_clear(eco_phase_total *total, const char *phase)
{
    memset(total, 0, sizeof *total);
    total->phase = phase;
    ecopt_energy_clear(&total->energy);
}

/* Adds a window; time is known even where joules are not. */
static void total_add(eco_phase_total *total, const ecopt_phase_record *record)
{
    total->n_windows++;
    if (isfinite(record->time_s))
        total->time_s += record->time_s;
    if (isfinite(record->cpu_s))
        total->cpu_s += record->cpu_s;
    if (isnan(record->energy.energy_j))
        total->n_missing++;
    else
        ecopt_energy_add(&total->energy, &record->energy);
}

/* A sum of nothing is not 0 J: say that it is missing. */
static void total_finish(eco_phase_total *total)
{
    size_t n = total->n_windows - total->n_missing;
    total->mean_u95_j = (double)NAN;
    if (n > 0) {
        total->mean_u95_j = total->energy.u95_j / (double)n;
        return;
    }
    total->energy.energy_j = (double)NAN;
    total->energy.u95_j = (double)NAN;
    total->energy.quality = ECOPT_QUALITY_UNMEASURABLE;
}

/* The entry of a phase, made at its first appearance. */
static ecopt_status find_total(ecopt_ctx *ctx, eco_summary *summary, const char *phase,
                               eco_phase_total **ret_total)
{
    for (size_t i = 0; i < summary->n_phases; i++) {
        if (strcmp(summary->phases[i].phase, phase) == 0) {
            *ret_total = &summary->phases[i];
            return ECOPT_OK;
        }
    }
    eco_phase_total *grown =
        eco_realloc(ctx, summary->phases, summary->n_phases + 1, sizeof *grown);
    if (!grown)
        return ECOPT_E_NOMEM;
    summary->phases = grown;
    *ret_total = &grown[summary->n_phases++];
    total_clear(*ret_total, phase);
    return ECOPT_OK;
}

/* NaN + x = x here: a sum is missing only when all its terms are. */
static void add_known(double *sum, double term)
{
    if (!isnan(term))
        *sum = isnan(*sum) ? term : *sum + term;
}

/*
 * One trial: its state, and its windows in the sums of their phases and of the whole. A trial
 * without joules adds to neither complete_j nor incomplete_j, which then stay unknown, not 0.
 */
static ecopt_status add_trial(ecopt_ctx *ctx, eco_summary *summary, const ecopt_trial *trial)
{
    double energy_j = (double)NAN;
    bool is_waiting = trial->state == ECOPT_TRIAL_QUEUED || trial->state == ECOPT_TRIAL_RUNNING;
    if ((size_t)trial->state < ECO_STATES_N)
        summary->n_states[trial->state]++;
    /* The cause of one that waits is of an attempt that is to be made good. */
    if (!is_waiting && trial->cause != ECOPT_CAUSE_NONE && (size_t)trial->cause < ECO_CAUSES_N)
        summary->n_causes[trial->cause]++;
    for (size_t i = 0; i < trial->n_phases; i++) {
        eco_phase_total *total = NULL;
        ECO_TRY(find_total(ctx, summary, trial->phases[i].phase, &total));
        total_add(total, &trial->phases[i]);
        total_add(&summary->total, &trial->phases[i]);
        add_known(&energy_j, trial->phases[i].energy.energy_j);
    }
    bool is_complete = trial->state == ECOPT_TRIAL_COMPLETE;
    add_known(is_complete ? &summary->complete_j : &summary->incomplete_j, energy_j);
    return ECOPT_OK;
}

/* Ties stay with the earlier trial. */
static void add_best(eco_summary *summary, const ecopt_definition *definition,
                     const ecopt_trial *trial, size_t index)
{
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const ecopt_objective *objective = &definition->objectives[k];
        eco_best *best = &summary->best[k];
        double value = eco_objective_value(objective, trial);
        bool is_max = objective->goal == ECOPT_GOAL_MAX;
        if (!best->is_known || (is_max ? value < best->worst : value > best->worst))
            best->worst = value;
        if (best->is_known && !(is_max ? value > best->value : value < best->value))
            continue;
        best->is_known = true;
        best->trial = index;
        best->value = value;
        best->u95 = eco_objective_u95(objective, trial);
    }
}

/*
 * What counts against the budget of trials: ended, whatever the outcome. Preempted ones are run
 * again and are not in it.
 */
static size_t count_ended(const eco_summary *summary)
{
    return summary->n_states[ECOPT_TRIAL_COMPLETE] + summary->n_states[ECOPT_TRIAL_PRUNED] +
           summary->n_states[ECOPT_TRIAL_INFEASIBLE] + summary->n_states[ECOPT_TRIAL_FAILED] +
           summary->n_states[ECOPT_TRIAL_ABANDONED];
}

/* What was spent beyond the recorded windows: attempts that were lost to a crash or repeated. */
static double lost_energy_j(const eco_summary *summary, const ecopt_snapshot *snapshot)
{
    double recorded_j = summary->total.energy.energy_j;
    double lost_j = snapshot->spent_energy_j - (isnan(recorded_j) ? 0 : recorded_j);
    /* Sums in another order differ in the last bits: that is no lost energy. */
    return lost_j < 1e-9 * snapshot->spent_energy_j ? 0 : lost_j;
}

ecopt_status eco_summary_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                             const ecopt_snapshot *snapshot, eco_summary **ret_summary)
{
    ecopt_status status = ECOPT_E_NOMEM;
    eco_summary *summary = eco_alloc(ctx, 1, sizeof *summary);
    if (!summary)
        return status;
    summary->n_best = definition->n_objectives;
    summary->complete_j = (double)NAN;
    summary->incomplete_j = (double)NAN;
    summary->best = eco_alloc(ctx, summary->n_best, sizeof *summary->best);
    if (!summary->best)
        goto fail;
    total_clear(&summary->total, NULL);
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        status = add_trial(ctx, summary, trial);
        if (status != ECOPT_OK)
            goto fail;
        if (!eco_trial_is_feasible(definition, trial))
            continue;
        summary->n_feasible++;
        add_best(summary, definition, trial, i);
    }
    for (size_t i = 0; i < summary->n_phases; i++)
        total_finish(&summary->phases[i]);
    total_finish(&summary->total);
    summary->n_ended = count_ended(summary);
    summary->lost_j = lost_energy_j(summary, snapshot);
    *ret_summary = summary;
    return ECOPT_OK;
fail:
    eco_summary_free(ctx, summary);
    return status;
}

void eco_summary_free(ecopt_ctx *ctx, eco_summary *summary)
{
    if (!summary)
        return;
    eco_free(ctx, summary->best);
    eco_free(ctx, summary->phases);
    eco_free(ctx, summary);
}
