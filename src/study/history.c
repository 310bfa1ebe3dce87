#include "pareto/cost.h"
#include "study/study_impl.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054

static eco_observed observed_of(ecopt_trial_state state)
{
    switch (state) {
    case ECOPT_TRIAL_COMPLETE:
        return ECO_OBSERVED_COMPLETE;
    case ECOPT_TRIAL_INFEASIBLE:
        return ECO_OBSERVED_INFEASIBLE;
    default:
        return ECO_OBSERVED_FAILED;
    }
}

static bool is_over(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_QUEUED && state != ECOPT_TRIAL_RUNNING;
}

static void count_row(eco_study_view *view, const eco_history_row *row)
{
    view->n_ended += is_over(row->state);
    view->n_failed += row->state == ECOPT_TRIAL_FAILED || row->state == ECOPT_TRIAL_ABANDONED;
    view->n_complete += row->state == ECOPT_TRIAL_COMPLETE;
    view->n_asked += row->state == ECOPT_TRIAL_RUNNING;
    view->n_queued += row->state == ECOPT_TRIAL_QUEUED;
}

static ecopt_status allocate(ecopt_study *study, eco_study_view *view)
{
    size_t n = view->stored->n, d = ecopt_space_n_params(study->definition->space);
    size_t m = study->problem.n_objectives;
    view->observations = eco_alloc(study->ctx, n + 1, sizeof *view->observations);
    view->numbers = eco_alloc(study->ctx, n * (d + m) + 1, sizeof *view->numbers);
    return view->observations && view->numbers ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* numbers = codes of finished trials, then of pending ones, then the standard errors. */
static ecopt_status fill(ecopt_study *study, eco_study_view *view)
{
    const eco_store_history *stored = view->stored;
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    double *se = view->numbers + stored->n * d;
    size_t n_over = (size_t)view->n_ended, over = 0, pending = 0;
    for (size_t i = 0; i < stored->n; i++) {
        const eco_history_row *row = &stored->rows[i];
        size_t place = is_over(row->state) ? over : n_over + pending;
        double *x = view->numbers + place * d;
        ECO_TRY(ecopt_space_parse_point(study->ctx, study->definition->space, row->point, x));
        if (!is_over(row->state)) {
            pending++;
            continue;
        }
        for (size_t k = 0; k < m; k++)
            se[over * m + k] = row->u95[k] / Z95;
        view->observations[over] = (eco_observation){.x = x,
                                                     .y = row->values,
                                                     .y_se = se + over * m,
                                                     .c = row->values + m,
                                                     .state = observed_of(row->state)};
        over++;
    }
    view->history = (eco_history){.n = over,
                                  .observations = view->observations,
                                  .n_pending = pending,
                                  .pending = view->numbers + n_over * d,
                                  .trial = stored->n + 1};
    return ECOPT_OK;
}

ecopt_status eco_study_view_init(ecopt_study *study, eco_study_view *ret_view)
{
    eco_study_view view = {.stored = NULL};
    ECO_TRY(eco_store_get_history(study->store, study->names, study->n_names, &view.stored));
    for (size_t i = 0; i < view.stored->n; i++)
        count_row(&view, &view.stored->rows[i]);
    ecopt_status status = allocate(study, &view);
    if (status == ECOPT_OK)
        status = fill(study, &view);
    if (status != ECOPT_OK) {
        eco_study_view_release(study, &view);
        return status;
    }
    *ret_view = view;
    return ECOPT_OK;
}

void eco_study_view_release(ecopt_study *study, eco_study_view *view)
{
    eco_store_history_free(study->ctx, view->stored);
    eco_free(study->ctx, view->observations);
    eco_free(study->ctx, view->numbers);
    memset(view, 0, sizeof *view);
}

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

/* Costs of complete, feasible trials with every objective; returns how many. */
static size_t collect_costs(const eco_problem *problem, const eco_history *history, double *costs)
{
    size_t n = 0, m = problem->n_objectives;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *observation = &history->observations[i];
        bool is_usable =
            observation->state == ECO_OBSERVED_COMPLETE && satisfies(problem, observation);
        for (size_t k = 0; k < m && is_usable; k++) {
            costs[n * m + k] = eco_cost(&problem->objectives[k], observation->y[k]);
            is_usable = !isnan(costs[n * m + k]);
        }
        n += is_usable;
    }
    return n;
}

static ecopt_status measure_front(ecopt_study *study, size_t n, const double *costs,
                                  const double *reference, size_t *index, size_t *ret_front_size,
                                  double *ret_hypervolume)
{
    size_t m = study->problem.n_objectives, front_size = 0;
    double hypervolume = NAN;
    bool has_reference = true;
    for (size_t k = 0; k < m; k++)
        has_reference = has_reference && isfinite(reference[k]);
    ECO_TRY(ecopt_nondominated(study->ctx, n, m, costs, index, &front_size));
    if (has_reference)
        ECO_TRY(ecopt_hypervolume(study->ctx, n, m, costs, reference, &hypervolume));
    *ret_front_size = front_size;
    *ret_hypervolume = hypervolume;
    return ECOPT_OK;
}

ecopt_status eco_study_progress(ecopt_study *study, const eco_study_view *view,
                                size_t *ret_front_size, double *ret_hypervolume)
{
    const eco_problem *problem = &study->problem;
    size_t n = view->history.n, m = problem->n_objectives;
    double *costs = eco_alloc(study->ctx, n * m + m + 1, sizeof *costs);
    size_t *index = eco_alloc(study->ctx, n + 1, sizeof *index);
    ecopt_status status = costs && index ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK) {
        double *reference = costs + n * m;
        status = eco_store_get_reference(study->store, reference, m);
        for (size_t k = 0; k < m; k++)
            reference[k] = eco_cost(&problem->objectives[k], reference[k]);
        size_t usable = collect_costs(problem, &view->history, costs);
        if (status == ECOPT_OK)
            status = measure_front(study, usable, costs, reference, index, ret_front_size,
                                   ret_hypervolume);
    }
    eco_free(study->ctx, costs);
    eco_free(study->ctx, index);
    return status;
}
