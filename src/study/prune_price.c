/*
 * What a trial is expected to cost, compared with others.
 *
 * A gain is small or large for its price: to finish a network of ten times the joules for the same
 * speck of hypervolume is ten times the waste.
 */
#include "pareto/cost.h"
#include "sampler/trial_model.h"
#include "study/prune.h"

#include <math.h>

/* Newest trials that the model learns from, as in prune_case.c. */
enum { MODEL_TRIALS = 200 };

/* One estimate must not decide alone. */
static const double RATIO_MOST = 8;

/* The history with the energy of complete trials as its only objective. @return their mean */
static double fill_energies(const eco_history *history, size_t n, const double *nothing,
                            eco_observation *all)
{
    double sum = 0;
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++) {
        const eco_observation *from = &history->observations[history->n - n + i];
        bool is_known = from->state == ECO_OBSERVED_COMPLETE && from->spent_j > 0;
        all[i] = (eco_observation){.x = from->x,
                                   .y = is_known ? &from->spent_j : nothing,
                                   .y_se = nothing,
                                   .c = nothing,
                                   .state = is_known ? ECO_OBSERVED_COMPLETE : ECO_OBSERVED_UNKNOWN,
                                   .spent_j = (double)NAN,
                                   .deployed_j = (double)NAN};
        sum += is_known ? from->spent_j : 0;
        n_known += is_known;
    }
    return n_known > 0 ? sum / (double)n_known : (double)NAN;
}

static ecopt_status ask_model(eco_prune_case *prune, double *ret_ratio)
{
    static const ecopt_objective energy = {
        .metric = "energy_j", .goal = ECOPT_GOAL_MIN, .scale = ECOPT_SCALE_LOG};
    const double nothing = (double)NAN;
    ecopt_ctx *ctx = prune->study->ctx;
    eco_history history = prune->view->history;
    size_t n = history.n < MODEL_TRIALS ? history.n : MODEL_TRIALS;
    eco_problem problem = prune->study->problem;
    eco_trial_outlook at = {(double)NAN, (double)NAN, false};
    eco_observation *all = eco_alloc(ctx, n + 1, sizeof *all);
    if (!all)
        return ECOPT_E_NOMEM;
    double mean_j = fill_energies(&history, n, &nothing, all);
    problem.objectives = &energy;
    problem.n_objectives = 1;
    problem.n_constraints = 0;
    history.observations = all;
    history.n = n;
    history.reference = NULL;
    ecopt_status status = ECOPT_OK;
    if (isfinite(mean_j))
        status = eco_trial_model_at(ctx, &problem, &history, 0, prune->x, &at);
    eco_free(ctx, all);
    double expected_j = eco_cost_value(&energy, at.is_log ? exp(at.mean) : at.mean);
    if (status == ECOPT_OK && isfinite(expected_j / mean_j))
        *ret_ratio = fmin(fmax(expected_j / mean_j, 1 / RATIO_MOST), RATIO_MOST);
    return status;
}

ecopt_status eco_prune_price(eco_prune_case *prune, double *ret_ratio)
{
    if (!(prune->price > 0)) {
        double price = 1;
        ECO_TRY(ask_model(prune, &price));
        prune->price = price;
    }
    *ret_ratio = prune->price;
    return ECOPT_OK;
}
