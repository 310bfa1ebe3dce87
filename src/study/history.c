/*
 * The history in the sampler's terms, and the progress figures that events carry.
 *
 * Reading is what a trial costs in the loop, and it happens twice per trial: before asking and
 * after telling. Read whole, a study of n trials would cost O(n^2) statements and parsed points. So
 * the trials that are over are parsed once and kept in the study (eco_settled); each view then
 * reads only the rows behind them, which are one or two unless trials were asked for and not told.
 * The arrays that a view makes are pointers and counts, microseconds at 20,000 trials.
 *
 * Standard errors are made here from the half widths that the store keeps, and costs from values
 * only at the very end: metrics stay in their own units everywhere between, so that what is stored,
 * shown and told is one number.
 */
#include "pareto/cost.h"
#include "study/study_impl.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054

/* Pruned, abandoned and failed are one to a sampler: there is no value, and nothing says that the
 * point cannot work. Infeasible is different: the program itself said that such a point is of no
 * use, and the sampler may learn from that. */
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

/* A waiting and a running trial can still change; every other state is final. */
static bool is_over(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_QUEUED && state != ECOPT_TRIAL_RUNNING;
}

/* The counts that budgets and the failure rate are judged by. A trial that was put back counts as
 * queued, not as failed: being stopped is no fault of the point. */
static void count_row(eco_study_view *view, ecopt_trial_state state)
{
    view->n_ended += is_over(state);
    view->n_failed += state == ECOPT_TRIAL_FAILED || state == ECOPT_TRIAL_ABANDONED;
    view->n_complete += state == ECOPT_TRIAL_COMPLETE;
    view->n_asked += state == ECOPT_TRIAL_RUNNING;
    view->n_queued += state == ECOPT_TRIAL_QUEUED;
}

/* A point that was tried is a row that has been taken off the list since, or a parameter's value
 * that is not allowed any more; both can be put back. */
static ecopt_status read_point(ecopt_study *study, const char *point, double *x)
{
    ecopt_ctx *ctx = study->ctx;
    ecopt_status status = ecopt_space_parse_point(ctx, study->definition->space, point, x);
    if (status == ECOPT_OK || status == ECOPT_E_NOMEM || study->definition->n_candidates == 0)
        return status;
    status =
        eco_fail(ctx, ECOPT_E_STORE_MISMATCH, "'%s' does not list '%.120s', which this study has",
                 study->definition->candidates, point);
    return eco_hint(ctx, status, "put the row back; rows that have no trial yet may come and go");
}

/* Codes and standard errors of a stored trial into the given arrays. The row borrows the stored
 * values and the given arrays; who keeps the row longer than the stored history has to copy them
 * (settle). The standard error of a value without uncertainty is NaN, as NaN stays NaN. */
static ecopt_status read_row(ecopt_study *study, const eco_history_row *stored, double *x,
                             double *se, eco_view_row *row)
{
    ECO_TRY(read_point(study, stored->point, x));
    for (size_t k = 0; k < study->problem.n_objectives; k++)
        se[k] = stored->u95[k] / Z95;
    *row = (eco_view_row){.state = stored->state,
                          .attempts = stored->attempts,
                          .point = stored->point,
                          .x = x,
                          .values = stored->values,
                          .se = se};
    return ECOPT_OK;
}

/* Room for one more settled row. Only the table of rows moves; their arrays lie in the arena and
 * stay, so views that copied the rows before are not left with loose ends. */
static ecopt_status grow_settled(ecopt_study *study)
{
    eco_settled *settled = &study->settled;
    if (settled->n < settled->room)
        return ECOPT_OK;
    /* Doubling; 32 covers the usual study in one allocation. */
    size_t room = settled->room < 32 ? 32 : 2 * settled->room;
    eco_view_row *rows = eco_realloc(study->ctx, settled->rows, room, sizeof *rows);
    if (!rows)
        return ECOPT_E_NOMEM;
    settled->rows = rows;
    settled->room = room;
    return ECOPT_OK;
}

/* Keeps a copy of the trial that follows the settled ones and is over. The count goes up last: a
 * row that could not be read leaves the settled ones as they were, and the next view tries
 * again. */
static ecopt_status settle(ecopt_study *study, const eco_history_row *stored)
{
    eco_settled *settled = &study->settled;
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    ECO_TRY(grow_settled(study));
    double *x = eco_arena_alloc(&settled->arena, d + m + study->n_names, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    double *se = x + d, *values = se + m;
    eco_view_row row;
    ECO_TRY(read_row(study, stored, x, se, &row));
    /* A copy, because the stored history goes with its view. */
    memcpy(values, stored->values, study->n_names * sizeof *values);
    row.values = values;
    row.point = NULL; /* belongs to the stored history */
    settled->rows[settled->n++] = row;
    return ECOPT_OK;
}

/* Room for the rows that are not settled, and for the codes of pending ones, which may be all. Per
 * open row d codes and m standard errors, and d codes once more as the pending block; then the m
 * coordinates of the reference point. One element more than needed throughout, so that an empty
 * study has arrays, too. */
static ecopt_status allocate(ecopt_study *study, eco_study_view *view, size_t n_open)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    view->rows = eco_alloc(study->ctx, view->n + 1, sizeof *view->rows);
    view->observations = eco_alloc(study->ctx, view->n + 1, sizeof *view->observations);
    view->numbers = eco_alloc(study->ctx, n_open * (2 * d + m) + m + 1, sizeof *view->numbers);
    return view->rows && view->observations && view->numbers ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* All rows: the settled ones as they are, the others read into view->numbers. The stored rows begin
 * behind those that were settled before this view, n_kept, while the settled ones may have become
 * more since: hence two offsets. */
static ecopt_status fill_rows(ecopt_study *study, eco_study_view *view, size_t n_kept)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    size_t n_settled = study->settled.n;
    if (n_settled > 0)
        memcpy(view->rows, study->settled.rows, n_settled * sizeof *view->rows);
    for (size_t i = n_settled; i < view->n; i++) {
        double *x = view->numbers + (i - n_settled) * (d + m);
        ECO_TRY(read_row(study, &view->stored->rows[i - n_kept], x, x + d, &view->rows[i]));
    }
    return ECOPT_OK;
}

/* The sampler's terms: finished trials by number, and the codes of the others in one block.
 * Constraints follow the objectives in the array of values, and the energy follows both
 * (list_names), so c is a place in it and needs no copy. */
static void fill_history(ecopt_study *study, eco_study_view *view)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    size_t n_open = view->n - study->settled.n, over = 0, pending = 0;
    double *pending_x = view->numbers + n_open * (d + m);
    for (size_t i = 0; i < view->n; i++) {
        const eco_view_row *row = &view->rows[i];
        count_row(view, row->state);
        if (is_over(row->state))
            view->observations[over++] = (eco_observation){.x = row->x,
                                                           .y = row->values,
                                                           .y_se = row->se,
                                                           .c = row->values + m,
                                                           .state = observed_of(row->state),
                                                           .spent_j = row->values[study->n_judged]};
        else
            memcpy(pending_x + pending++ * d, row->x, d * sizeof *pending_x);
    }
    /* The next number is the counter of all randomness of the next suggestion, so it depends on
     * the rows alone and not on how often this process was started. */
    view->history = (eco_history){.n = over,
                                  .observations = view->observations,
                                  .n_pending = pending,
                                  .pending = pending_x,
                                  .trial = view->n + 1,
                                  .reference = pending_x + n_open * d};
}

/* Reads what is not settled yet, and settles what can be. Only the unbroken run from the first open
 * trial is settled, because the next reading asks the store for everything behind one number. */
static ecopt_status fill_view(ecopt_study *study, eco_study_view *view)
{
    size_t n_kept = study->settled.n;
    ECO_TRY(eco_store_get_history(study->store, (int64_t)n_kept, study->names, study->n_names,
                                  &view->stored));
    const eco_store_history *stored = view->stored;
    /* Trials told out of order (ask and tell) wait here behind the first one that is still open. */
    size_t n_over = 0;
    for (; n_over < stored->n && is_over(stored->rows[n_over].state); n_over++)
        ECO_TRY(settle(study, &stored->rows[n_over]));
    view->n = n_kept + stored->n;
    ECO_TRY(allocate(study, view, stored->n - n_over));
    ECO_TRY(fill_rows(study, view, n_kept));
    fill_history(study, view);
    /* What the study keeps, so that a suggestion is made against the point that is stored and
     * shown. Read beside the rows and not with them: nobody else writes while this study is open.
     */
    size_t m = study->problem.n_objectives, d = ecopt_space_n_params(study->definition->space);
    double *reference = view->numbers + (view->n - study->settled.n) * (2 * d + m);
    return eco_store_get_reference(study->store, reference, m);
}

/* Built aside, so that the caller's view is whole or untouched. */
ecopt_status eco_study_view_init(ecopt_study *study, eco_study_view *ret_view)
{
    eco_study_view view = {.stored = NULL};
    ecopt_status status = fill_view(study, &view);
    if (status != ECOPT_OK) {
        eco_study_view_release(study, &view);
        return status;
    }
    *ret_view = view;
    return ECOPT_OK;
}

/* The settled rows belong to the study and stay. */
void eco_study_view_release(ecopt_study *study, eco_study_view *view)
{
    eco_store_history_free(study->ctx, view->stored);
    eco_free(study->ctx, view->rows);
    eco_free(study->ctx, view->observations);
    eco_free(study->ctx, view->numbers);
    memset(view, 0, sizeof *view);
}

/* A metric that is missing (NaN) fails its constraint: both comparisons are false. The bounds are
 * part of the study's identity, so trials of all runs are judged alike. */
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

/* Costs of complete, feasible trials with every objective; returns how many. A trial that is left
 * out gives its room to the next: n goes on only behind a usable one. A missing objective is NaN
 * and has no place in a front, whatever the others are. */
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

/* The hypervolume is that of the kept reference point only: with a moving one a later front could
 * seem smaller. An infinite coordinate makes no volume that could be compared, so it counts as
 * missing. The number of points on the front needs no reference and is given in any case. */
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

/* In costs (smaller is better, logarithmic where the scale says so), as the sampler sees them: what
 * is shown is what is improved. Computed anew after each trial; fronts of some hundred trials take
 * far less than a process that is started. */
ecopt_status eco_study_progress(ecopt_study *study, const eco_study_view *view,
                                size_t *ret_front_size, double *ret_hypervolume)
{
    const eco_problem *problem = &study->problem;
    size_t n = view->history.n, m = problem->n_objectives;
    double *costs = eco_alloc(study->ctx, n * m + m + 1, sizeof *costs);
    size_t *index = eco_alloc(study->ctx, n + 1, sizeof *index);
    ecopt_status status = costs && index ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK) {
        /* One block for the costs and, behind them, the reference in costs. */
        double *reference = costs + n * m;
        for (size_t k = 0; k < m; k++)
            reference[k] = eco_cost(&problem->objectives[k], view->history.reference[k]);
        size_t usable = collect_costs(problem, &view->history, costs);
        status =
            measure_front(study, usable, costs, reference, index, ret_front_size, ret_hypervolume);
    }
    eco_free(study->ctx, costs);
    eco_free(study->ctx, index);
    return status;
}
