/*
 * What verdicts are made of. All of it is costs from here on (smaller is better), so that goals,
 * scales and the sides of constraints are met in one place, eco_prune_cost.
 */
#include "pareto/cost.h"
#include "sampler/trial_model.h"
#include "study/prune.h"

#include <math.h>
#include <string.h>

/* Trials that the models of the other objectives learn from: near the front all that matters is
 * recent, and a fit costs the cube of it. */
enum { MODEL_TRIALS = 200 };

double eco_prune_cost(const eco_prune_series *series, double value)
{
    if (series->objective)
        return eco_cost(series->objective, value);
    return series->constraint->relation == ECOPT_AT_LEAST ? -value : value;
}

double eco_prune_rung(const ecopt_pruning *pruning, size_t r)
{
    return ceil((double)pruning->warmup_steps * pow(pruning->reduction, (double)r) - 1e-9);
}

/* ---- curves of the trials that are over ---- */

/* The trial whose points are coming. */
typedef struct loader {
    eco_prune_case *prune;
    eco_prune_series *series;
    int64_t trial;
    bool is_complete;
    size_t n, room;
    double *steps, *costs; /* owned */
} loader;

static ecopt_status grow_points(loader *l)
{
    if (l->n < l->room)
        return ECOPT_OK;
    ecopt_ctx *ctx = l->prune->study->ctx;
    size_t room = l->room ? 2 * l->room : 64;
    double *steps = eco_realloc(ctx, l->steps, room, sizeof *steps);
    if (!steps)
        return ECOPT_E_NOMEM;
    l->steps = steps;
    double *costs = eco_realloc(ctx, l->costs, room, sizeof *costs);
    if (!costs)
        return ECOPT_E_NOMEM;
    l->costs = costs;
    l->room = room;
    return ECOPT_OK;
}

static ecopt_status grow_past(loader *l)
{
    eco_prune_series *series = l->series;
    if (series->n_past < series->room)
        return ECOPT_OK;
    size_t room = series->room ? 2 * series->room : 16;
    eco_prune_past *past =
        eco_realloc(l->prune->study->ctx, series->past, room, sizeof *series->past);
    if (!past)
        return ECOPT_E_NOMEM;
    series->past = past;
    series->room = room;
    return ECOPT_OK;
}

/* The cost at a rung is that of the last report up to it, once the trial went as far. */
static void fill_rungs(const loader *l, eco_prune_past *past)
{
    const ecopt_pruning *pruning = &l->prune->study->definition->pruning;
    for (size_t r = 0; r < ECO_RUNGS_MAX; r++) {
        double rung = eco_prune_rung(pruning, r);
        past->rung[r] = (double)NAN;
        for (size_t i = 0; i < l->n && past->last_step >= rung && l->steps[i] <= rung; i++)
            past->rung[r] = l->costs[i];
    }
}

/* The points of one trial are all there. */
static ecopt_status finish_trial(loader *l)
{
    if (l->n == 0)
        return ECOPT_OK;
    ECO_TRY(grow_past(l));
    eco_prune_past *past = &l->series->past[l->series->n_past++];
    *past = (eco_prune_past){
        .trial = l->trial, .is_complete = l->is_complete, .last_step = l->steps[l->n - 1]};
    eco_curve_thin(l->n, l->steps, l->costs, (double)INFINITY, &past->curve);
    fill_rungs(l, past);
    l->n = 0;
    return ECOPT_OK;
}

static ecopt_status take_point(void *user, int64_t trial, ecopt_trial_state state,
                               const ecopt_step_value *point)
{
    loader *l = user;
    if (trial != l->trial) {
        ECO_TRY(finish_trial(l));
        l->trial = trial;
        l->is_complete = state == ECOPT_TRIAL_COMPLETE;
    }
    double cost = eco_prune_cost(l->series, point->value);
    if (!isfinite(cost))
        return ECOPT_OK;
    ECO_TRY(grow_points(l));
    l->steps[l->n] = (double)point->step;
    l->costs[l->n++] = cost;
    return ECOPT_OK;
}

static ecopt_status load_series(eco_prune_case *prune, eco_prune_series *series)
{
    loader l = {.prune = prune, .series = series};
    ecopt_ctx *ctx = prune->study->ctx;
    ecopt_status status = eco_store_each_step(prune->study->store, series->metric, take_point, &l);
    if (status == ECOPT_OK)
        status = finish_trial(&l);
    eco_free(ctx, l.steps);
    eco_free(ctx, l.costs);
    return status;
}

/* The longest complete trial is as long as trials are, unless the study file says. */
static void count_steps(eco_prune_case *prune)
{
    double longest = 0;
    for (size_t k = 0; k < prune->study->n_judged; k++) {
        const eco_prune_series *series = &prune->series[k];
        size_t n = 0;
        for (size_t i = 0; i < series->n_past; i++) {
            n += series->past[i].is_complete;
            if (series->past[i].is_complete)
                longest = fmax(longest, series->past[i].last_step);
        }
        prune->n_complete = n > prune->n_complete ? n : prune->n_complete;
    }
    int64_t said = prune->study->definition->pruning.steps;
    prune->n_steps = said > 0 ? (double)said : longest;
}

/* ---- the front ---- */

/* Complete and feasible ones, dominated or not: the boxes and ranks that are made of them do not
 * mind. */
static void fill_front(eco_prune_case *prune)
{
    size_t m = prune->study->problem.n_objectives;
    for (size_t i = 0; i < prune->view->n; i++)
        prune->n_front +=
            eco_study_costs(prune->study, &prune->view->rows[i], prune->front + prune->n_front * m);
}

/* ---- the case ---- */

static void name_series(eco_prune_case *prune)
{
    const ecopt_definition *definition = prune->study->definition;
    for (size_t k = 0; k < prune->study->n_judged; k++) {
        eco_prune_series *series = &prune->series[k];
        if (k < definition->n_objectives)
            series->objective = &definition->objectives[k];
        else
            series->constraint = &definition->constraints[k - definition->n_objectives];
        series->metric = prune->study->names[k];
        series->is_watched =
            !definition->pruning.metric || strcmp(definition->pruning.metric, series->metric) == 0;
    }
}

static ecopt_status fill_case(eco_prune_case *prune)
{
    ecopt_study *study = prune->study;
    size_t m = study->problem.n_objectives, n = prune->view->n;
    prune->series = eco_alloc(study->ctx, study->n_judged, sizeof *prune->series);
    prune->known = eco_alloc(study->ctx, 2 * m, sizeof *prune->known);
    prune->front = eco_alloc(study->ctx, (n + 1) * m, sizeof *prune->front);
    if (!prune->series || !prune->known || !prune->front)
        return ECOPT_E_NOMEM;
    prune->known_se = prune->known + m;
    for (size_t k = 0; k < m; k++)
        prune->known[k] = prune->known_se[k] = (double)NAN;
    name_series(prune);
    for (size_t k = 0; k < study->n_judged; k++)
        if (prune->series[k].is_watched)
            ECO_TRY(load_series(prune, &prune->series[k]));
    count_steps(prune);
    fill_front(prune);
    return ECOPT_OK;
}

ecopt_status eco_prune_case_new(ecopt_study *study, const eco_study_view *view, const double *x,
                                eco_prune_case **ret_case)
{
    eco_prune_case *prune = eco_alloc(study->ctx, 1, sizeof *prune);
    if (!prune)
        return ECOPT_E_NOMEM;
    *prune = (eco_prune_case){.study = study, .view = view, .x = x};
    ecopt_status status = fill_case(prune);
    if (status != ECOPT_OK) {
        eco_prune_case_free(prune);
        return status;
    }
    *ret_case = prune;
    return ECOPT_OK;
}

void eco_prune_case_free(eco_prune_case *prune)
{
    if (!prune)
        return;
    ecopt_ctx *ctx = prune->study->ctx;
    for (size_t k = 0; prune->series && k < prune->study->n_judged; k++) {
        eco_steps_release(ctx, &prune->series[k].own);
        eco_curve_model_free(ctx, prune->series[k].model);
        eco_free(ctx, prune->series[k].past);
    }
    eco_free(ctx, prune->series);
    eco_free(ctx, prune->known);
    eco_free(ctx, prune->front);
    eco_free(ctx, prune->model);
    eco_free(ctx, prune);
}

/* A value that has no cost (not finite, or no logarithm) tells nothing of where the curve goes. */
ecopt_status eco_prune_case_add(eco_prune_case *prune, const eco_trial_step *step,
                                bool *ret_has_news)
{
    bool has_news = false;
    for (size_t k = 0; k < prune->study->n_judged; k++) {
        eco_prune_series *series = &prune->series[k];
        for (size_t i = 0; i < step->n && series->is_watched; i++) {
            if (strcmp(step->values[i].name, series->metric) != 0 ||
                !isfinite(eco_prune_cost(series, step->values[i].value)))
                continue;
            ECO_TRY(
                eco_steps_add(prune->study->ctx, &series->own, step->step, step->values[i].value));
            has_news = true;
        }
    }
    prune->last_step = step->step;
    prune->time_s = step->time_s;
    prune->phase = step->phase;
    *ret_has_news = has_news;
    return ECOPT_OK;
}

/* ---- ends ---- */

/* The running trial's own curve, thinned as the others are. */
static ecopt_status own_curve(const eco_prune_case *prune, const eco_prune_series *series,
                              eco_curve *ret_curve)
{
    size_t n = series->own.n;
    double *steps = eco_alloc(prune->study->ctx, 2 * n, sizeof *steps);
    if (!steps)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        steps[i] = (double)series->own.points[i].step;
        steps[n + i] = eco_prune_cost(series, series->own.points[i].value);
    }
    eco_curve_thin(n, steps, steps + n, (double)INFINITY, ret_curve);
    eco_free(prune->study->ctx, steps);
    return ECOPT_OK;
}

/* Of the complete trials alone: where the pruned ones would have ended nobody knows.  That they are
 * missing does no harm, as they were chosen by what had been seen of them. */
static ecopt_status learn_curves(const eco_prune_case *prune, eco_prune_series *series)
{
    ecopt_ctx *ctx = prune->study->ctx;
    size_t n = 0;
    eco_curve *curves = eco_alloc(ctx, series->n_past, sizeof *curves);
    if (!curves)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < series->n_past; i++)
        if (series->past[i].is_complete)
            curves[n++] = series->past[i].curve;
    ecopt_status status = eco_curve_model_new(ctx, prune->n_steps, n, curves, &series->model);
    eco_free(ctx, curves);
    return status;
}

/*
 * Whether programs report their best state in the end or their last: whichever is closer to the
 * final values of the complete trials.  While all of them end at their best nobody knows, and the
 * best is taken, which errs on the side of going on.
 */
static bool keeps_best(const eco_prune_case *prune, const eco_prune_series *series)
{
    size_t k = (size_t)(series - prune->series);
    double to_best = 0, to_last = 0;
    for (size_t i = 0; i < series->n_past; i++) {
        const eco_prune_past *past = &series->past[i];
        if (!past->is_complete || (size_t)past->trial > prune->view->n)
            continue;
        double final = eco_prune_cost(series, prune->view->rows[past->trial - 1].values[k]);
        if (!isfinite(final))
            continue;
        to_best += fabs(final - past->curve.best);
        to_last += fabs(final - past->curve.cost[past->curve.n - 1]);
    }
    return to_best <= to_last;
}

/* By its curve, if there is one and others to compare it with. */
static ecopt_status end_of_curve(const eco_prune_case *prune, eco_prune_series *series,
                                 eco_prune_end *end)
{
    eco_curve own;
    if (series->own.n == 0 || !(prune->n_steps > 0))
        return ECOPT_OK;
    if (!series->model)
        ECO_TRY(learn_curves(prune, series));
    ECO_TRY(own_curve(prune, series, &own));
    if (eco_curve_predict(series->model, &own, &end->at)) {
        end->source = ECO_END_CURVE;
        if (!keeps_best(prune, series))
            end->at.bound = (double)INFINITY;
    }
    return ECOPT_OK;
}

/* The newest observations, and the trial as one more that has no values. */
static void fill_asked(const eco_prune_case *prune, size_t n, const double *nothing,
                       eco_observation *all)
{
    const eco_history *history = &prune->view->history;
    if (n > 0)
        memcpy(all, history->observations + history->n - n, n * sizeof *all);
    all[n] = (eco_observation){.x = prune->x,
                               .y = nothing,
                               .y_se = nothing,
                               .c = nothing + prune->study->problem.n_objectives,
                               .state = ECO_OBSERVED_PARTIAL,
                               .spent_j = (double)NAN};
}

/*
 * What the models of the objectives say of the point and of the newest trials: those of
 * eco_trial_model.  Once per trial, as neither point nor history changes.
 */
static ecopt_status ask_models(eco_prune_case *prune)
{
    const eco_problem *problem = &prune->study->problem;
    ecopt_ctx *ctx = prune->study->ctx;
    eco_history asked = prune->view->history;
    size_t m = problem->n_objectives, n = asked.n < MODEL_TRIALS ? asked.n : MODEL_TRIALS;
    eco_observation *all = eco_alloc(ctx, n + 1, sizeof *all);
    double *nothing = eco_alloc(ctx, m + problem->n_constraints, sizeof *nothing);
    bool *flags = eco_alloc(ctx, (n + 2) * m, sizeof *flags);
    double *model = eco_alloc(ctx, 2 * (n + 1) * m, sizeof *model);
    ecopt_status status = all && nothing && flags && model ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK) {
        for (size_t k = 0; k < m + problem->n_constraints; k++)
            nothing[k] = (double)NAN;
        fill_asked(prune, n, nothing, all);
        asked.n = n + 1;
        asked.observations = all;
        status =
            eco_trial_model(ctx, problem, &asked, model, model + (n + 1) * m, flags, flags + m);
    }
    eco_free(ctx, all);
    eco_free(ctx, nothing);
    eco_free(ctx, flags);
    if (status != ECOPT_OK) {
        eco_free(ctx, model);
        return status;
    }
    prune->model = model;
    prune->n_model = n + 1;
    return ECOPT_OK;
}

double eco_prune_modelled(const eco_prune_case *prune, size_t observation, size_t k)
{
    size_t m = prune->study->problem.n_objectives, left_out;
    if (!prune->model)
        return (double)NAN;
    left_out = prune->view->history.n + 1 - prune->n_model;
    return observation < left_out ? (double)NAN : prune->model[(observation - left_out) * m + k];
}

/* Of an objective without a curve: measured before, or what its model says. */
static ecopt_status end_of_objective(eco_prune_case *prune, size_t k, eco_prune_end *end)
{
    const ecopt_objective *objective = prune->series[k].objective;
    double mean = eco_cost(objective, prune->known[k]), sd;
    if (isfinite(mean)) {
        sd = eco_cost_se(objective, prune->known[k], prune->known_se[k]);
        end->source = ECO_END_MEASURED;
    } else {
        if (!prune->model)
            ECO_TRY(ask_models(prune));
        size_t m = prune->study->problem.n_objectives, n = prune->n_model;
        mean = prune->model[(n - 1) * m + k];
        sd = prune->model[(2 * n - 1) * m + k];
        if (isfinite(mean) && isfinite(sd))
            end->source = ECO_END_MODEL;
    }
    end->at = (eco_curve_end){.mean = mean,
                              .sd = isfinite(sd) ? sd : 0,
                              .freedom = (double)INFINITY,
                              .bound = (double)INFINITY};
    return ECOPT_OK;
}

/* Time only passes: an objective that is the time of this phase, or of all, is that of now at
 * least. */
static double least_cost(const eco_prune_case *prune, const ecopt_objective *objective)
{
    const char *phase = prune->study->definition->phases[prune->phase].name;
    size_t n = strlen(phase);
    const char *name = objective->metric;
    bool is_own = strncmp(name, phase, n) == 0 && strcmp(name + n, ".time_s") == 0;
    if (objective->goal != ECOPT_GOAL_MIN || (!is_own && strcmp(name, "time_s") != 0) ||
        !(prune->time_s > 0))
        return (double)-INFINITY;
    return eco_cost(objective, prune->time_s);
}

ecopt_status eco_prune_ends(eco_prune_case *prune, eco_prune_end *ret_ends)
{
    size_t m = prune->study->problem.n_objectives;
    for (size_t k = 0; k < prune->study->n_judged; k++) {
        eco_prune_end *end = &ret_ends[k];
        *end = (eco_prune_end){.source = ECO_END_UNKNOWN, .least = (double)-INFINITY};
        ECO_TRY(end_of_curve(prune, &prune->series[k], end));
        if (k < m && end->source == ECO_END_UNKNOWN)
            ECO_TRY(end_of_objective(prune, k, end));
        if (k < m)
            end->least = least_cost(prune, prune->series[k].objective);
    }
    return ECOPT_OK;
}
