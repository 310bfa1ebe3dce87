/*
 * The history in the sampler's terms.
 *
 * Reading is what a trial costs in the loop, and it happens twice per trial: before asking and
 * after telling. Read whole, a study of n trials would cost O(n^2) statements and parsed points. So
 * the trials that are over are parsed once and kept in the study (eco_settled); each view then
 * reads only the rows behind them, which are one or two unless trials were asked for and not told.
 * The tables of a view go back to the study with it and keep what they say of the settled trials,
 * so the next view only adds to them: a trial costs the same at 100 trials and at 20,000.
 *
 * Standard errors are made here from the half widths that the store keeps, and costs from values
 * only at the very end: metrics stay in their own units everywhere between, so that what is stored,
 * shown and told is one number.
 */
#include "num/student.h"
#include "study/repeat_rule.h"
#include "study/retry.h"
#include "trial/builtin.h"

#include <math.h>
#include <string.h>

/* Half width of a normal 95 % interval in standard deviations. */
#define Z95 1.959963984540054

/* A waiting and a running trial can still change; every other state is final. */
static bool is_over(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_QUEUED && state != ECOPT_TRIAL_RUNNING;
}

/* For the failure rate. A trial that was put back counts as queued, not as failed: being stopped is
 * no fault of the point. */
static bool is_failed(ecopt_trial_state state)
{
    return state == ECOPT_TRIAL_FAILED || state == ECOPT_TRIAL_ABANDONED;
}

/* The counts that budgets and the failure rate are judged by. */
static void count_row(eco_study_view *view, ecopt_trial_state state)
{
    view->n_ended += is_over(state);
    view->n_failed += is_failed(state);
    view->n_complete += state == ECOPT_TRIAL_COMPLETE;
    view->n_asked += state == ECOPT_TRIAL_RUNNING;
    view->n_queued += state == ECOPT_TRIAL_QUEUED;
}

/* A point that was tried may be one that the definition does not allow any more: then the models
 * are to know nothing of it.  Of a list a row has been taken off since; it can be put back. */
static ecopt_status read_point(ecopt_study *study, const char *point, double *x, bool *ret_inside)
{
    ecopt_ctx *ctx = study->ctx;
    ecopt_status status = ecopt_space_parse_point(ctx, study->definition->space, point, x);
    bool is_list = study->definition->n_candidates > 0;
    *ret_inside = status == ECOPT_OK;
    if (status == ECOPT_E_RANGE && !is_list)
        return ECOPT_OK;
    if (status == ECOPT_OK || status == ECOPT_E_NOMEM || !is_list)
        return status;
    status =
        eco_fail(ctx, ECOPT_E_STORE_MISMATCH, "'%s' does not list '%.120s', which this study has",
                 study->definition->candidates, point);
    return eco_hint(ctx, status, "put the row back; rows that have no trial yet may come and go");
}

/* Half widths in standard errors. Those of repeated phases are wider for want of knowledge of the
 * scatter (Student's t at n - 1 degrees of freedom, src/measure); a model that took this for
 * scatter would trust two runs less than one. */
static double z95_of(const ecopt_study *study, size_t k, int64_t repeats)
{
    size_t phase;
    const char *metric = study->definition->objectives[k].metric;
    if (repeats < 2 || !eco_repeats_is_measured(study->definition, metric, &phase))
        return Z95;
    return eco_student_quantile(0.975, (double)(repeats - 1));
}

/* Joules, seconds and what is made of them only add up while a program runs: what somebody tells of
 * a trial that was ended early is what they had come to by then, unless its profile is where they
 * come from. Of trials that ran here there is no such value (is_cut in trial/trial.c). */
static bool is_partial_sum(const ecopt_study *study, const char *name)
{
    const ecopt_definition *definition = study->definition;
    const ecopt_profile_policy *profile = &definition->profile;
    size_t phase = 0;
    bool needs_energy = false, needs_samples = false;
    for (size_t i = 0; profile->is_set && i < profile->n_provides; i++)
        if (strcmp(name, definition->objectives[profile->provides[i].objective].metric) == 0)
            return false;
    return eco_builtin_explain(name, definition->phases, definition->n_phases, &phase,
                               &needs_energy, &needs_samples) &&
           !(profile->is_set && phase <= profile->phase);
}

/* Takes such values away from what the study judges by and from what is deployed; what the trial
 * has spent, which stands between the two, is what it is. Rows without a phase were told. */
static void forget_partial_sums(const ecopt_study *study, const eco_history_row *stored)
{
    union {
        const double *constant;
        double *own; /* the store's arena, which nobody else reads */
    } values = {.constant = stored->values};
    if (stored->state != ECOPT_TRIAL_PRUNED || stored->repeats > 0)
        return;
    for (size_t k = 0; k < study->n_names; k++)
        if ((k < study->n_judged || k == study->deployed) && is_partial_sum(study, study->names[k]))
            values.own[k] = (double)NAN;
}

/* Objective k as models may learn from it. A pruned trial has values that are final (its profile's)
 * and others that were left off; of those there is what they were expected to come to. How sure
 * that was is not told to the models: with the true standard errors they came back to pruned
 * regions, for a worse front and a tenth more joules (ecopt-bench waste). */
static void read_objective(const ecopt_study *study, const eco_history_row *stored, size_t k,
                           double *ret_y, double *ret_se)
{
    size_t expected = study->n_judged + 1 + k;
    if (stored->state == ECOPT_TRIAL_PRUNED && study->has_expected &&
        isfinite(stored->values[expected])) {
        *ret_y = stored->values[expected];
        *ret_se = (double)NAN;
        return;
    }
    *ret_y = stored->values[k];
    *ret_se = stored->u95[k] / z95_of(study, k, stored->repeats);
}

/* Codes, standard errors and objectives of a stored trial into the given array, one after the
 * other. The row borrows the stored values and the given array; who keeps the row longer than the
 * stored history has to copy them (settle). The standard error of a value without uncertainty is
 * NaN, as NaN stays NaN. */
static ecopt_status read_row(ecopt_study *study, const eco_history_row *stored, double *x,
                             eco_view_row *row)
{
    bool is_inside = false;
    ECO_TRY(read_point(study, stored->point, x, &is_inside));
    double *se = x + ecopt_space_n_params(study->definition->space);
    double *y = se + study->problem.n_objectives;
    forget_partial_sums(study, stored);
    for (size_t k = 0; k < study->problem.n_objectives; k++)
        read_objective(study, stored, k, &y[k], &se[k]);
    bool is_run = is_over(stored->state) && stored->cause != ECOPT_CAUSE_TOLD;
    *row =
        (eco_view_row){.state = stored->state,
                       .observed = eco_retry_observed(stored->state, stored->cause, stored->n_same),
                       .attempts = stored->attempts,
                       .repeats = stored->repeats,
                       .measured = stored->measured,
                       .ended_s = is_run ? stored->ended_s : (double)NAN,
                       .point = stored->point,
                       .x = is_inside ? x : NULL,
                       .values = stored->values,
                       .se = se,
                       .y = y};
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
    double *x = eco_arena_alloc(&settled->arena, d + 2 * m + study->n_names, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    double *values = x + d + 2 * m;
    eco_view_row row;
    ECO_TRY(read_row(study, stored, x, &row));
    /* A copy, because the stored history goes with its view. */
    memcpy(values, stored->values, study->n_names * sizeof *values);
    row.values = values;
    row.point = NULL; /* belongs to the stored history */
    settled->n_failed += is_failed(row.state);
    settled->n_complete += row.state == ECOPT_TRIAL_COMPLETE;
    settled->rows[settled->n++] = row;
    return ECOPT_OK;
}

static void free_tables(ecopt_study *study, eco_view_tables *tables)
{
    eco_free(study->ctx, tables->rows);
    eco_free(study->ctx, tables->observations);
    *tables = (eco_view_tables){.rows = NULL};
}

/* Tables with room for n trials: the largest spare ones, or new ones if those are too small. Half
 * as much room again as is needed, so that a growing study seldom starts anew. */
static ecopt_status take_tables(ecopt_study *study, size_t n, eco_view_tables *ret_tables)
{
    eco_view_tables *spare = &study->spare[0];
    for (size_t i = 1; i < ECO_LEN(study->spare); i++)
        if (study->spare[i].room > spare->room)
            spare = &study->spare[i];
    eco_view_tables tables = *spare;
    *spare = (eco_view_tables){.rows = NULL};
    if (tables.room < n || !tables.rows) {
        free_tables(study, &tables);
        tables.room = n + n / 2 + 1;
        tables.rows = eco_alloc(study->ctx, tables.room, sizeof *tables.rows);
        tables.observations = eco_alloc(study->ctx, tables.room, sizeof *tables.observations);
    }
    if (!tables.rows || !tables.observations) {
        free_tables(study, &tables);
        return ECOPT_E_NOMEM;
    }
    *ret_tables = tables;
    return ECOPT_OK;
}

/* Back to the study, in the place of the smallest spare ones; the smaller of the two are freed. */
static void give_tables(ecopt_study *study, eco_view_tables *tables)
{
    eco_view_tables *spare = &study->spare[0];
    for (size_t i = 1; i < ECO_LEN(study->spare); i++)
        if (study->spare[i].room < spare->room)
            spare = &study->spare[i];
    if (tables->room > spare->room) {
        eco_view_tables smaller = *spare;
        *spare = *tables;
        *tables = smaller;
    }
    free_tables(study, tables);
}

/* Tables for all rows, and room for those that are not settled and for the codes of pending ones,
 * which may be all. Per open row d codes, m standard errors and m objectives, and d codes once more
 * as the pending block; then the m coordinates of the reference point. One element more than
 * needed, so that an empty study has an array, too. */
static ecopt_status allocate(ecopt_study *study, eco_study_view *view, size_t n_open)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    ECO_TRY(take_tables(study, view->n, &view->tables));
    view->rows = view->tables.rows;
    view->numbers = eco_alloc(study->ctx, n_open * 2 * (d + m) + m + 1, sizeof *view->numbers);
    return view->numbers ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* A trial that is over as the sampler takes it. Constraints follow the objectives in the array of
 * values, and the energy follows both (list_names), so c is a place in it and needs no copy. */
static eco_observation observation_of(const ecopt_study *study, const eco_view_row *row)
{
    return (eco_observation){.x = row->x,
                             .y = row->y,
                             .y_se = row->se,
                             .c = row->values + study->problem.n_objectives,
                             .state = row->observed,
                             .spent_j = row->values[study->n_judged],
                             .deployed_j = study->deployed < study->n_names
                                               ? row->values[study->deployed]
                                               : (double)NAN};
}

/* Completes what the tables say of the settled trials: usually of the newest one only. All of them
 * are over, so each whose point is allowed has an observation. */
static void fill_settled(ecopt_study *study, eco_study_view *view)
{
    eco_view_tables *tables = &view->tables;
    for (size_t i = tables->n_settled; i < study->settled.n; i++) {
        tables->rows[i] = study->settled.rows[i];
        if (tables->rows[i].x)
            tables->observations[tables->n_observed++] = observation_of(study, &tables->rows[i]);
    }
    tables->n_settled = study->settled.n;
    view->n_ended = (int64_t)study->settled.n;
    view->n_failed = study->settled.n_failed;
    view->n_complete = study->settled.n_complete;
}

/* The rows behind the settled ones, read into view->numbers. The stored rows begin behind those
 * that were settled before this view, n_kept, while the settled ones may have become more since:
 * hence two offsets. */
static ecopt_status fill_open(ecopt_study *study, eco_study_view *view, size_t n_kept)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    size_t n_settled = study->settled.n;
    for (size_t i = n_settled; i < view->n; i++) {
        double *x = view->numbers + (i - n_settled) * (d + 2 * m);
        ECO_TRY(read_row(study, &view->stored->rows[i - n_kept], x, &view->rows[i]));
    }
    return ECOPT_OK;
}

/* The sampler's terms: finished trials by number, and the codes of the others in one block. */
static void fill_history(ecopt_study *study, eco_study_view *view)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    size_t n_settled = study->settled.n, n_open = view->n - n_settled,
           over = view->tables.n_observed;
    size_t pending = 0;
    double *pending_x = view->numbers + n_open * (d + 2 * m);
    for (size_t i = n_settled; i < view->n; i++) {
        const eco_view_row *row = &view->rows[i];
        count_row(view, row->state);
        if (!row->x)
            continue;
        if (is_over(row->state))
            view->tables.observations[over++] = observation_of(study, row);
        else
            memcpy(pending_x + pending++ * d, row->x, d * sizeof *pending_x);
    }
    /* The next number is the counter of all randomness of the next suggestion, so it depends on
     * the rows alone and not on how often this process was started. */
    view->history = (eco_history){.n = over,
                                  .observations = view->tables.observations,
                                  .n_pending = pending,
                                  .pending = pending_x,
                                  .trial = view->n + 1,
                                  .reference = pending_x + n_open * d};
}

/* Fresh measurements change values of trials that are over: what was read of them is forgotten, the
 * tables that say it again and the front of them as well. */
static void forget_settled(ecopt_study *study)
{
    for (size_t i = 0; i < ECO_LEN(study->spare); i++)
        study->spare[i].n_settled = study->spare[i].n_observed = 0;
    study->settled.n = 0;
    study->settled.n_failed = study->settled.n_complete = 0;
    eco_arena_release(&study->settled.arena);
    study->settled.arena = (eco_arena)ECO_ARENA_INIT(study->ctx);
    eco_study_front_release(study);
}

/* The rows behind the settled ones; all rows when those have changed. */
static ecopt_status read_stored(ecopt_study *study, eco_study_view *view)
{
    ECO_TRY(eco_store_get_history(study->store, (int64_t)study->settled.n, study->names,
                                  study->n_names, &view->stored));
    /* Rows of another view that is open may lie in what would be forgotten: the next one sees to
     * it. */
    if (view->stored->n_confirmed == study->settled.n_confirmed || study->n_views > 0)
        return ECOPT_OK;
    bool is_changed = study->settled.n > 0;
    study->settled.n_confirmed = view->stored->n_confirmed;
    if (!is_changed)
        return ECOPT_OK;
    forget_settled(study);
    eco_store_history_free(study->ctx, view->stored);
    view->stored = NULL;
    return eco_store_get_history(study->store, 0, study->names, study->n_names, &view->stored);
}

/* Reads what is not settled yet, and settles what can be. Only the unbroken run from the first open
 * trial is settled, because the next reading asks the store for everything behind one number. */
static ecopt_status fill_view(ecopt_study *study, eco_study_view *view)
{
    ECO_TRY(read_stored(study, view));
    size_t n_kept = study->settled.n;
    const eco_store_history *stored = view->stored;
    /* Trials told out of order (ask and tell) wait here behind the first one that is still open. */
    size_t n_over = 0;
    for (; n_over < stored->n && is_over(stored->rows[n_over].state); n_over++)
        ECO_TRY(settle(study, &stored->rows[n_over]));
    view->n = n_kept + stored->n;
    ECO_TRY(allocate(study, view, stored->n - n_over));
    fill_settled(study, view);
    ECO_TRY(fill_open(study, view, n_kept));
    fill_history(study, view);
    /* What the study keeps, so that a suggestion is made against the point that is stored and
     * shown. Read beside the rows and not with them: nobody else writes while this study is open.
     */
    size_t m = study->problem.n_objectives, d = ecopt_space_n_params(study->definition->space);
    double *reference = view->numbers + (view->n - study->settled.n) * 2 * (d + m);
    return eco_store_get_reference(study->store, reference, m);
}

/* Built aside, so that the caller's view is whole or untouched. */
ecopt_status eco_study_view_init(ecopt_study *study, eco_study_view *ret_view)
{
    eco_study_view view = {.stored = NULL};
    ecopt_status status = fill_view(study, &view);
    if (status != ECOPT_OK) {
        study->n_views++;
        eco_study_view_release(study, &view);
        return status;
    }
    study->n_views++;
    *ret_view = view;
    return ECOPT_OK;
}

/* The settled rows belong to the study and stay; the tables return to it. */
void eco_study_view_release(ecopt_study *study, eco_study_view *view)
{
    eco_store_history_free(study->ctx, view->stored);
    give_tables(study, &view->tables);
    eco_free(study->ctx, view->numbers);
    memset(view, 0, sizeof *view);
    study->n_views--;
}

void eco_study_history_release(ecopt_study *study)
{
    for (size_t i = 0; i < ECO_LEN(study->spare); i++)
        free_tables(study, &study->spare[i]);
    eco_free(study->ctx, study->settled.rows);
    eco_arena_release(&study->settled.arena);
}

/* Not by a view: of the settled trials the state is known, and of the others this one is read. */
ecopt_status eco_study_find_trial(ecopt_study *study, int64_t trial, ecopt_trial_state *ret_state,
                                  int64_t *ret_attempts)
{
    if (trial >= 1 && (uint64_t)trial <= study->settled.n) {
        *ret_state = study->settled.rows[trial - 1].state;
        *ret_attempts = study->settled.rows[trial - 1].attempts;
        return ECOPT_OK;
    }
    eco_store_history *stored = NULL;
    if (trial >= 1)
        ECO_TRY(eco_store_get_history(study->store, trial - 1, NULL, 0, &stored));
    ecopt_status status = ECOPT_OK;
    if (stored && stored->n > 0) {
        *ret_state = stored->rows[0].state;
        *ret_attempts = stored->rows[0].attempts;
    } else {
        status =
            eco_fail(study->ctx, ECOPT_E_NOT_FOUND, "there is no trial %lld", (long long)trial);
    }
    eco_store_history_free(study->ctx, stored);
    return status;
}
