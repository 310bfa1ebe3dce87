/*
 * The rules are asked in the order in which a reason would surprise least: who pressed Ctrl-C is
 * not told of a budget.
 */
#include "study/stop_rules.h"

#include "core/clock.h"
#include "study/worth.h"

#include <ecopt/units.h>
#include <math.h>
#include <stdio.h>

/* The failure rate means nothing before this many trials are over. */
#define FAILURES_FROM_TRIALS 5

/* Trials that were asked for and not told count, since they will end. */
static bool is_trials_spent(const eco_stop_facts *facts)
{
    const eco_study_view *view = facts->view;
    return view->n_ended + view->n_asked >= facts->definition->budget.trials ||
           (facts->max_trials > 0 && facts->n_run >= facts->max_trials);
}

/* One failure of one trial is a rate of 100 %: wait until the rate means something. */
static bool is_failing(const eco_stop_facts *facts)
{
    const eco_study_view *view = facts->view;
    double allowed = facts->definition->budget.max_failure_ratio * (double)view->n_ended;
    return view->n_ended >= FAILURES_FROM_TRIALS && (double)view->n_failed > allowed;
}

/* The trials of all workers in the order of their ends, back to the last one that did not fail; but
 * not from before this run: who mends the program and goes on must not be stopped by what was. All
 * trials are walked, and only where enough of them have failed for it to matter. */
static int64_t count_in_row(const eco_stop_facts *facts)
{
    const eco_study_view *view = facts->view;
    double after_s = facts->began_s;
    int64_t n = 0;
    for (size_t i = 0; i < view->n; i++)
        if (view->rows[i].state != ECOPT_TRIAL_FAILED)
            after_s = fmax(after_s, view->rows[i].ended_s); /* that of a NaN is the other one */
    for (size_t i = 0; i < view->n; i++)
        n += view->rows[i].state == ECOPT_TRIAL_FAILED && view->rows[i].ended_s > after_s;
    return n;
}

/* Walks the trials only where enough of them have failed at all. */
static bool is_broken(const eco_stop_facts *facts)
{
    int64_t most = facts->definition->failures.consecutive;
    return most > 0 && facts->view->n_failed >= most && count_in_row(facts) >= most;
}

/* What the joules come to by one of the factors of the section carbon; NaN without joules. */
static double spent_by_kwh(const eco_stop_facts *facts, double per_kwh)
{
    double energy_j = facts->view->stored->spent_energy_j * facts->definition->carbon.pue;
    return ecopt_kwh_from_j(energy_j) * per_kwh;
}

/* 0 is no limit, as in a definition that was put together by hand. */
static bool is_reached(double spent, double limit)
{
    return limit > 0 && spent >= limit;
}

/* The comparison with energy is false for NaN, which is "nothing metered". */
bool eco_stop_is_over(const eco_stop_facts *facts, ecopt_stop_reason *ret_reason)
{
    const ecopt_budget *budget = &facts->definition->budget;
    const eco_store_history *stored = facts->view->stored;
    if (facts->is_interrupted)
        *ret_reason = ECOPT_STOP_INTERRUPTED;
    else if (is_trials_spent(facts))
        *ret_reason = ECOPT_STOP_TRIALS;
    else if (stored->spent_energy_j + facts->reserve_j >= budget->energy_j)
        *ret_reason = ECOPT_STOP_ENERGY;
    else if (stored->spent_time_s >= budget->time_s)
        *ret_reason = ECOPT_STOP_TIME;
    else if (is_reached(spent_by_kwh(facts, facts->definition->carbon.intensity_g_per_kwh),
                        budget->carbon_g))
        *ret_reason = ECOPT_STOP_CARBON;
    else if (is_reached(spent_by_kwh(facts, facts->definition->carbon.price_per_kwh),
                        budget->money))
        *ret_reason = ECOPT_STOP_MONEY;
    else if (is_failing(facts))
        *ret_reason = ECOPT_STOP_FAILURES;
    else if (budget->gain_ratio > 0 && facts->n_low_gain >= budget->gain_trials)
        *ret_reason = ECOPT_STOP_GAIN;
    else if (is_broken(facts))
        *ret_reason = ECOPT_STOP_CONSECUTIVE;
    else
        return false;
    return true;
}

/* A JSON number, or null. */
static void write_number(char text[32], double value)
{
    (void)snprintf(text, 32, isfinite(value) ? "%.9g" : "null", value);
}

/* What the end by the worth of a trial was decided by. */
static ecopt_status worth_numbers(ecopt_study *study, const eco_study_view *view, char *numbers,
                                  size_t room_b)
{
    ecopt_worth worth;
    char field[4][32];
    ECO_TRY(eco_worth_judge(study, view, study->definition->deployment.requests, &worth));
    write_number(field[0], worth.current_j);
    write_number(field[1], worth.gain_j);
    write_number(field[2], worth.saving_j);
    write_number(field[3], worth.cost_j);
    (void)snprintf(numbers, room_b,
                   "{\"requests\": %.9g, \"trial\": %lld, \"current_j\": %s, \"gain_j\": %s, "
                   "\"saving_j\": %s, \"cost_j\": %s}",
                   worth.requests, (long long)worth.trial, field[0], field[1], field[2], field[3]);
    return ECOPT_OK;
}

/* What has reached its limit, and that limit; NaN where there is no such number. */
static void measure_end(const eco_stop_facts *facts, ecopt_stop_reason reason, double *ret_reached,
                        double *ret_limit)
{
    const ecopt_definition *d = facts->definition;
    const eco_study_view *view = facts->view;
    const double numbers[][2] = {
        [ECOPT_STOP_TRIALS] = {(double)(view->n_ended + view->n_asked), (double)d->budget.trials},
        [ECOPT_STOP_ENERGY] = {view->stored->spent_energy_j, d->budget.energy_j},
        [ECOPT_STOP_TIME] = {view->stored->spent_time_s, d->budget.time_s},
        [ECOPT_STOP_EXHAUSTED] = {NAN, NAN},
        [ECOPT_STOP_FAILURES] = {(double)view->n_failed / (double)view->n_ended,
                                 d->budget.max_failure_ratio},
        [ECOPT_STOP_INTERRUPTED] = {NAN, NAN},
        [ECOPT_STOP_CONSECUTIVE] = {(double)count_in_row(facts), (double)d->failures.consecutive},
        [ECOPT_STOP_STOPPED] = {NAN, NAN},
        [ECOPT_STOP_CARBON] = {spent_by_kwh(facts, d->carbon.intensity_g_per_kwh),
                               d->budget.carbon_g},
        [ECOPT_STOP_MONEY] = {spent_by_kwh(facts, d->carbon.price_per_kwh), d->budget.money},
        [ECOPT_STOP_GAIN] = {(double)facts->n_low_gain, (double)d->budget.gain_trials},
        [ECOPT_STOP_WORTH] = {NAN, NAN},
    };
    *ret_reached = numbers[reason][0];
    *ret_limit = numbers[reason][1];
    /* A run that was told to do fewer trials than the study. */
    if (reason == ECOPT_STOP_TRIALS && *ret_reached < *ret_limit) {
        *ret_reached = (double)facts->n_run;
        *ret_limit = (double)facts->max_trials;
    }
}

/* With the view of the facts. */
static ecopt_status note(ecopt_study *study, const eco_stop_facts *facts, ecopt_stop_reason reason)
{
    char numbers[512], field[4][32];
    double reached, limit;
    measure_end(facts, reason, &reached, &limit);
    write_number(field[0], reached);
    write_number(field[1], limit);
    write_number(field[2], facts->view->stored->spent_energy_j);
    write_number(field[3], facts->view->stored->spent_time_s);
    (void)snprintf(numbers, sizeof numbers,
                   "{\"reached\": %s, \"limit\": %s, \"ended\": %lld, \"failed\": %lld, "
                   "\"energy_j\": %s, \"time_s\": %s}",
                   field[0], field[1], (long long)facts->view->n_ended,
                   (long long)facts->view->n_failed, field[2], field[3]);
    if (reason == ECOPT_STOP_WORTH)
        ECO_TRY(worth_numbers(study, facts->view, numbers, sizeof numbers));
    const ecopt_decision decision = {.kind = "stop",
                                     .verdict = ecopt_stop_reason_word(reason),
                                     .numbers = numbers,
                                     .decided_s = eco_clock_unix_s()};
    return eco_store_note(study->store, &decision);
}

ecopt_status eco_stop_note(ecopt_study *study, eco_stop_facts *facts, ecopt_stop_reason reason)
{
    eco_study_view view;
    ECO_TRY(eco_study_view_init(study, &view));
    facts->view = &view;
    ecopt_status status = note(study, facts, reason);
    facts->view = NULL;
    eco_study_view_release(study, &view);
    return status;
}

/* Trials that wait come first: they have been decided on. */
ecopt_status eco_stop_judge(ecopt_study *study, const eco_study_view *view, bool *ret_is_over,
                            ecopt_stop_reason *ret_reason)
{
    const ecopt_deployment *deployment = &study->definition->deployment;
    ecopt_worth worth;
    *ret_is_over = false;
    if (!deployment->is_set || view->n_queued > 0)
        return ECOPT_OK;
    ECO_TRY(eco_worth_judge(study, view, deployment->requests, &worth));
    if (worth.is_worth)
        return ECOPT_OK;
    *ret_is_over = true;
    *ret_reason = ECOPT_STOP_WORTH;
    return ECOPT_OK;
}
