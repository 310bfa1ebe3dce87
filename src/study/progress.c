/*
 * The progress figures that events carry: size of the front and hypervolume.
 *
 * Settled trials never change, so what the front of them is needs one look at each: the study keeps
 * it (eco_front_kept), and a trial that does not change the front costs a comparison with it. The
 * hypervolume is measured anew only when the front or the reference point has changed, and from the
 * front alone.
 */
#include "pareto/cost.h"
#include "study/study_impl.h"

#include <math.h>

/* A metric that is missing (NaN) fails its constraint: both comparisons are false. All trials are
 * judged by the bounds of the definition in force. */
static bool satisfies(const eco_problem *problem, const eco_observation *observation)
{
    for (size_t k = 0; k < problem->n_constraints; k++) {
        const ecopt_constraint *constraint = &problem->constraints[k];
        bool holds = constraint->relation == ECOPT_AT_MOST ? observation->c[k] <= constraint->bound
                                                           : observation->c[k] >= constraint->bound;
        if (!holds)
            return false;
    }
    return true;
}

/* Costs of a complete, feasible trial with every objective; false for any other. A missing
 * objective is NaN and has no place in a front, whatever the others are. */
static bool costs_of(const eco_problem *problem, const eco_observation *observation, double *costs)
{
    bool is_usable = observation->state == ECO_OBSERVED_COMPLETE && satisfies(problem, observation);
    for (size_t k = 0; k < problem->n_objectives && is_usable; k++) {
        costs[k] = eco_cost(&problem->objectives[k], observation->y[k]);
        is_usable = !isnan(costs[k]);
    }
    return is_usable;
}

bool eco_study_costs(const ecopt_study *study, const eco_view_row *row, double *ret_costs)
{
    const eco_observation observation = {
        .y = row->values,
        .c = row->values + study->problem.n_objectives,
        .state = row->state == ECOPT_TRIAL_COMPLETE ? ECO_OBSERVED_COMPLETE : ECO_OBSERVED_FAILED};
    if (row->measured == 0) /* a confirmed front was chosen without it */
        return false;
    return costs_of(&study->problem, &observation, ret_costs);
}

/* Brings the kept front up to the first n observations, which are those of settled trials. A view
 * that is older than the front makes it start anew; nobody has asked for one so far. */
static ecopt_status keep_front(ecopt_study *study, const eco_observation *observations, size_t n)
{
    eco_front_kept *kept = &study->front;
    double costs[ECOPT_MAX_OBJECTIVES];
    if (kept->n > n)
        eco_study_front_release(study);
    if (!kept->archive)
        ECO_TRY(ecopt_archive_new(study->ctx, study->problem.n_objectives, &kept->archive));
    for (; kept->n < n; kept->n++) {
        ecopt_archive_change change = ECOPT_ARCHIVE_DOMINATED;
        if (costs_of(&study->problem, &observations[kept->n], costs))
            ECO_TRY(ecopt_archive_add(kept->archive, costs, (long long)kept->n, &change));
        if (change == ECOPT_ARCHIVE_ADDED)
            kept->is_measured = false;
    }
    return ECOPT_OK;
}

/* The kept front and behind it the trials that are over but wait for an earlier one; returns how
 * many there are of both. */
static size_t collect_costs(const ecopt_study *study, const eco_history *history, double *costs)
{
    const eco_front_kept *kept = &study->front;
    size_t m = study->problem.n_objectives, n = ecopt_archive_count(kept->archive);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            costs[i * m + k] = ecopt_archive_values(kept->archive, i)[k];
    for (size_t i = kept->n; i < history->n; i++)
        n += costs_of(&study->problem, &history->observations[i], costs + n * m);
    return n;
}

/* The reference point in costs. False when a coordinate is missing; an infinite one makes no volume
 * that could be compared, so it counts as missing. */
static bool reference_costs(const eco_problem *problem, const double *reference, double *ret_costs)
{
    bool is_there = true;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        ret_costs[k] = eco_cost(&problem->objectives[k], reference[k]);
        is_there = is_there && isfinite(ret_costs[k]);
    }
    return is_there;
}

/* True when what was measured last was measured from the same reference point. */
static bool is_measured(const eco_front_kept *kept, const double *reference, size_t m)
{
    for (size_t k = 0; k < m; k++)
        if (kept->reference[k] != reference[k])
            return false;
    return kept->is_measured;
}

/* The hypervolume is that of the kept reference point only: with a moving one a later front could
 * seem smaller. The number of points on the front needs no reference and is given in any case. */
static ecopt_status measure(ecopt_study *study, const eco_history *history, double *costs,
                            size_t *ret_front_size, double *ret_hypervolume)
{
    eco_front_kept *kept = &study->front;
    size_t m = study->problem.n_objectives, front_size = ecopt_archive_count(kept->archive);
    double hypervolume = NAN, reference[ECOPT_MAX_OBJECTIVES];
    bool has_reference = reference_costs(&study->problem, history->reference, reference);
    size_t n = collect_costs(study, history, costs);
    bool is_whole = n == front_size; /* nothing behind the kept front */
    if (!is_whole) {
        size_t *index = eco_alloc(study->ctx, n, sizeof *index);
        if (!index)
            return ECOPT_E_NOMEM;
        ecopt_status status = ecopt_nondominated(study->ctx, n, m, costs, index, &front_size);
        eco_free(study->ctx, index);
        ECO_TRY(status);
    }
    if (has_reference && is_whole && is_measured(kept, reference, m))
        hypervolume = kept->hypervolume;
    else if (has_reference)
        ECO_TRY(ecopt_hypervolume(study->ctx, n, m, costs, reference, &hypervolume));
    if (has_reference && is_whole) {
        for (size_t k = 0; k < m; k++)
            kept->reference[k] = reference[k];
        kept->hypervolume = hypervolume;
        kept->is_measured = true;
    }
    *ret_front_size = front_size;
    *ret_hypervolume = hypervolume;
    return ECOPT_OK;
}

/* In costs (smaller is better, logarithmic where the scale says so), as the sampler sees them: what
 * is shown is what is improved. */
ecopt_status eco_study_progress(ecopt_study *study, const eco_study_view *view,
                                size_t *ret_front_size, double *ret_hypervolume)
{
    const eco_history *history = &view->history;
    ECO_TRY(keep_front(study, history->observations, view->tables.n_observed));
    /* One more than there are, so that an empty front has an array, too, and for a trial that turns
     * out to be of no use. */
    size_t n = ecopt_archive_count(study->front.archive) + history->n - study->front.n + 1;
    double *costs = eco_alloc(study->ctx, n * study->problem.n_objectives, sizeof *costs);
    if (!costs)
        return ECOPT_E_NOMEM;
    ecopt_status status = measure(study, history, costs, ret_front_size, ret_hypervolume);
    eco_free(study->ctx, costs);
    return status;
}

void eco_study_front_release(ecopt_study *study)
{
    ecopt_archive_free(study->front.archive);
    study->front = (eco_front_kept){.archive = NULL};
}
