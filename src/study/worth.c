/*
 * From a study's rows to the question of sampler/saving.h, and back to numbers of trials.
 *
 * Observations are finished trials only, so the place of one among them is not its number when
 * trials are still running; the number is found by the point, of which there is one trial each.
 */
#include "study/worth.h"

#include "sampler/saving.h"

#include <math.h>
#include <string.h>

/* Number of the trial at x; 0 when there is none. */
static int64_t find_point(const ecopt_study *study, const eco_study_view *view, const double *x)
{
    for (size_t i = 0; i < view->n; i++)
        if (eco_space_equal(study->definition->space, view->rows[i].x, x))
            return (int64_t)i + 1;
    return 0;
}

/* Codes of the baseline; eco_free. */
static ecopt_status parse_baseline(ecopt_study *study, double **ret_x)
{
    const ecopt_definition *definition = study->definition;
    size_t d = ecopt_space_n_params(definition->space);
    double *x = eco_alloc(study->ctx, d + 1, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    ecopt_status status =
        ecopt_space_parse_point(study->ctx, definition->space, definition->deployment.baseline, x);
    if (status != ECOPT_OK) {
        eco_free(study->ctx, x);
        return status;
    }
    *ret_x = x;
    return ECOPT_OK;
}

/* True when the last expectation was of this view: nothing has ended or been measured since. */
static bool is_kept(const ecopt_study *study, const eco_study_view *view, double requests)
{
    const eco_worth_kept *kept = &study->worth;
    double spent_j = view->stored->spent_energy_j;
    return kept->is_there && kept->n == view->n && kept->n_over == view->history.n &&
           kept->requests == requests &&
           (kept->spent_j == spent_j || (isnan(kept->spent_j) && isnan(spent_j)));
}

/* What the study has spent for a trial over what the trials' values say: repeats, retries, lost
 * attempts and profiles are in the sum alone. */
static double overhead_ratio(const eco_study_view *view)
{
    const eco_history *history = &view->history;
    double told_j = 0, n_told = 0;
    for (size_t i = 0; i < history->n; i++)
        if (history->observations[i].spent_j > 0) {
            told_j += history->observations[i].spent_j;
            n_told++;
        }
    if (n_told == 0 || !(view->stored->spent_energy_j > 0))
        return 0;
    return view->stored->spent_energy_j / (double)history->n / (told_j / n_told);
}

/* The question and the suggestion that follows it rest on one expectation. */
static ecopt_status expect(ecopt_study *study, const eco_study_view *view, const double *baseline,
                           double requests)
{
    eco_worth_kept *kept = &study->worth;
    if (is_kept(study, view, requests))
        return ECOPT_OK;
    size_t d = ecopt_space_n_params(study->definition->space);
    kept->is_there = false;
    if (!kept->x)
        kept->x = eco_alloc(study->ctx, d + 1, sizeof *kept->x);
    if (!kept->x)
        return ECOPT_E_NOMEM;
    const eco_saving_input input = {.problem = &study->problem,
                                    .history = &view->history,
                                    .deployment = &study->definition->deployment,
                                    .baseline = baseline,
                                    .requests = requests,
                                    .overhead_ratio = overhead_ratio(view),
                                    .ret_x = kept->x};
    ECO_TRY(eco_saving_expect(study->ctx, &input, &kept->saving));
    kept->n = view->n;
    kept->n_over = view->history.n;
    kept->requests = requests;
    kept->spent_j = view->stored->spent_energy_j;
    kept->is_there = true;
    return ECOPT_OK;
}

void eco_worth_release(ecopt_study *study)
{
    eco_free(study->ctx, study->worth.x);
    study->worth = (eco_worth_kept){.is_there = false};
}

ecopt_status eco_worth_judge(ecopt_study *study, const eco_study_view *view, double requests,
                             ecopt_worth *ret_worth)
{
    double *baseline = NULL;
    ECO_TRY(parse_baseline(study, &baseline));
    ecopt_status status = expect(study, view, baseline, requests);
    eco_free(study->ctx, baseline);
    ECO_TRY(status);
    const eco_saving saving = study->worth.saving;
    ecopt_worth worth = {.is_known = !isnan(saving.gain_j) && !isnan(saving.cost_j),
                         .is_worth = saving.is_worth,
                         .baseline_j = saving.baseline_j,
                         .current_j = saving.current_j,
                         .gain_j = saving.gain_j,
                         .requests = requests,
                         .saving_j = saving.gain_j * requests,
                         .cost_j = saving.cost_j};
    if (saving.chosen < view->history.n)
        worth.trial = find_point(study, view, view->history.observations[saving.chosen].x);
    worth.is_worth = worth.is_worth || !worth.is_known;
    *ret_worth = worth;
    return ECOPT_OK;
}

/* Where the sampler would ask its models, too. */
static bool is_modelled(const ecopt_study *study, const eco_study_view *view)
{
    return strcmp(study->definition->sampler, "mobo") == 0 &&
           view->history.n + view->history.n_pending >= study->problem.n_init;
}

ecopt_status eco_worth_suggest(ecopt_study *study, const eco_study_view *view, double *ret_x,
                               const char **ret_origin)
{
    const ecopt_deployment *deployment = &study->definition->deployment;
    size_t d = ecopt_space_n_params(study->definition->space);
    double *baseline = NULL;
    *ret_origin = NULL;
    if (!deployment->is_set)
        return ECOPT_OK;
    ECO_TRY(parse_baseline(study, &baseline));
    ecopt_status status = ECOPT_OK;
    if (isnan(deployment->baseline_j) && find_point(study, view, baseline) == 0) {
        memcpy(ret_x, baseline, d * sizeof *ret_x);
        *ret_origin = "baseline";
    } else if (is_modelled(study, view)) {
        status = expect(study, view, baseline, deployment->requests);
        if (status == ECOPT_OK && study->worth.saving.has_point) {
            memcpy(ret_x, study->worth.x, d * sizeof *ret_x);
            *ret_origin = "worth";
        }
    }
    eco_free(study->ctx, baseline);
    return status;
}

ecopt_status ecopt_study_worth(ecopt_study *study, double requests, ecopt_worth *ret_worth)
{
    const ecopt_deployment *deployment = &study->definition->deployment;
    eco_study_view view;
    if (!deployment->is_set)
        return eco_fail(study->ctx, ECOPT_E_ARG, "the study has no section 'deployment'");
    double asked = isnan(requests) ? deployment->requests : requests;
    if (!(asked > 0))
        return eco_fail(study->ctx, ECOPT_E_ARG, "the number of requests must be above 0");
    ECO_TRY(eco_study_view_init(study, &view));
    ecopt_status status = eco_worth_judge(study, &view, asked, ret_worth);
    eco_study_view_release(study, &view);
    return status;
}
