/*
 * The deployed configuration is chosen here by measured values, since a ledger speaks of what was
 * measured; which one a running study would deploy, by its models, is the affair of
 * study/worth.c.
 */
#include "analysis/ledger.h"

#include "analysis/front.h"

#include <math.h>
#include <string.h>

const char *eco_outcome_kind_name(eco_outcome_kind kind)
{
    static const char *const names[] = {"complete", "infeasible", "pruned", "failed", "open"};
    return names[kind];
}

/* Half width or 0 where there is none. */
static double width(double u95)
{
    return isfinite(u95) ? u95 : 0;
}

/*
 * All N with |S - N d| <= hypot(u_S, N u_d): between the roots of
 * (d^2 - u_d^2) N^2 - 2 S d N + (S^2 - u_S^2), or above the one that is positive when the saving is
 * within its half width.
 */
void ecopt_break_even_of(double spent_j, double spent_u95_j, const double before[2],
                         const double after[2], ecopt_break_even *ret)
{
    double saved = before[0] - after[0], us = width(spent_u95_j);
    double ud = hypot(width(before[1]), width(after[1]));
    *ret = (ecopt_break_even){saved, ud, NAN, NAN, NAN};
    if (isnan(saved) || isnan(spent_j))
        return;
    ret->requests = saved > 0 ? spent_j / saved : (double)INFINITY;
    double a = (saved - ud) * (saved + ud), c = (spent_j - us) * (spent_j + us);
    /* The discriminant S^2 d^2 - a c, without what cancels. */
    double root = sqrt(fmax(pow(spent_j * ud, 2) + pow(us, 2) * (saved - ud) * (saved + ud), 0));
    /* Each root by the sum that does not cancel: their product is c / a. */
    double sum = spent_j * saved + root;
    ret->least = sum > 0 ? fmax(c / sum, 0) : (double)INFINITY;
    ret->most = saved > ud ? sum / a : (double)INFINITY;
}

static eco_outcome_kind kind_of(ecopt_trial_state state)
{
    switch (state) {
    case ECOPT_TRIAL_COMPLETE:
        return ECO_SPENT_COMPLETE;
    case ECOPT_TRIAL_INFEASIBLE:
        return ECO_SPENT_INFEASIBLE;
    case ECOPT_TRIAL_PRUNED:
        return ECO_SPENT_PRUNED;
    case ECOPT_TRIAL_FAILED:
    case ECOPT_TRIAL_ABANDONED:
        return ECO_SPENT_FAILED;
    default:
        return ECO_SPENT_OPEN;
    }
}

static void add_energy(eco_spent *spent, double energy_j, double u95_j)
{
    spent->energy_j = isnan(spent->energy_j) ? energy_j : spent->energy_j + energy_j;
    spent->u95_j = hypot(spent->u95_j, width(u95_j));
}

/* The windows of a trial's deciding attempt; half widths in quadrature, as in summary.c.  A trial
 * that was told by hand has no windows, but may have been told its energy. */
static void add_trial(eco_ledger *ledger, const ecopt_trial *trial)
{
    eco_spent *spent = &ledger->spent[kind_of(trial->state)];
    const ecopt_metric_value *told = ecopt_trial_metric(trial, "energy_j");
    if (kind_of(trial->state) == ECO_SPENT_OPEN && trial->n_phases == 0)
        return;
    spent->n_trials++;
    for (size_t i = 0; i < trial->n_phases; i++) {
        const ecopt_energy *energy = &trial->phases[i].energy;
        if (isnan(energy->energy_j))
            spent->n_missing++;
        else
            add_energy(spent, energy->energy_j, energy->u95_j);
    }
    if (trial->n_phases == 0 && told && told->value >= 0) {
        add_energy(spent, told->value, told->u95);
        ledger->told_j += told->value;
        ledger->search_u95_j = hypot(ledger->search_u95_j, width(told->u95));
    }
}

/* What was metered in all attempts and what was told. */
static void sum_up(eco_ledger *ledger, const ecopt_snapshot *snapshot)
{
    double metered_j = snapshot->spent_energy_j;
    for (size_t i = 0; i < snapshot->n_trials; i++)
        add_trial(ledger, &snapshot->trials[i]);
    for (size_t k = 0; k < ECO_SPENT_COUNT; k++)
        if (ledger->spent[k].n_trials == 0)
            ledger->spent[k].energy_j = 0;
    ledger->search_j = isnan(metered_j) && ledger->told_j > 0 ? 0 : metered_j;
    ledger->search_j += ledger->told_j;
    ledger->search_u95_j = hypot(ledger->search_u95_j, width(ledger->summary->total.energy.u95_j));
}

static const ecopt_trial *find_trial(const ecopt_snapshot *snapshot, int64_t id)
{
    for (size_t i = 0; i < snapshot->n_trials; i++)
        if (snapshot->trials[i].id == id)
            return &snapshot->trials[i];
    return NULL;
}

/* The trial at the baseline's point; without a section `deployment` that of the default point. */
static const ecopt_trial *find_baseline(const ecopt_definition *definition,
                                        const ecopt_snapshot *snapshot)
{
    const char *point = definition->deployment.baseline;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        const ecopt_trial *trial = &snapshot->trials[i];
        if (point ? strcmp(trial->point, point) == 0 : strcmp(trial->origin, "default") == 0)
            return trial;
    }
    return NULL;
}

/* Joules of one request of a trial. */
static void side_of(const eco_ledger *ledger, const ecopt_trial *trial, eco_side *ret)
{
    const ecopt_metric_value *metric = ecopt_trial_metric(trial, ledger->metric);
    *ret =
        (eco_side){trial, metric ? metric->value : (double)NAN, metric ? metric->u95 : (double)NAN};
}

static bool is_deployable(const ecopt_definition *definition, const ecopt_trial *trial)
{
    return eco_trial_is_feasible(definition, trial) && eco_trial_is_of_use(definition, trial);
}

/* The trial of the fewest joules per request, the earliest among equals; the baseline where none
 * takes fewer. */
static void choose_min(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                       eco_ledger *ledger)
{
    ledger->after = ledger->before;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        eco_side side;
        if (!is_deployable(definition, &snapshot->trials[i]))
            continue;
        side_of(ledger, &snapshot->trials[i], &side);
        if (side.request_j < ledger->after.request_j || isnan(ledger->after.request_j))
            ledger->after = side;
    }
}

/* A front of less than three has no knee, and yet something would be deployed. */
static ecopt_status choose(ecopt_ctx *ctx, const ecopt_definition *definition,
                           const ecopt_snapshot *snapshot, eco_ledger *ledger)
{
    ecopt_front *front = NULL;
    choose_min(definition, snapshot, ledger);
    if (definition->deployment.choose == ECOPT_CHOOSE_MIN)
        return ECOPT_OK;
    ECO_TRY(ecopt_front_new(ctx, definition, snapshot, &front));
    if (front->knee < front->n)
        side_of(ledger, &snapshot->trials[front->trials[front->knee]], &ledger->after);
    ecopt_front_free(ctx, front);
    return ECOPT_OK;
}

/* The metric that was asked for, else that of the deployment, else the first objective in joules
 * per sample; NULL when there is none. */
static const char *choose_metric(const ecopt_definition *definition,
                                 const ecopt_impact_options *options)
{
    if (options->metric)
        return options->metric;
    if (definition->deployment.is_set)
        return definition->deployment.metric;
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const char *name = definition->objectives[k].metric, *dot = strrchr(name, '.');
        if (strcmp(dot ? dot + 1 : name, "j_per_sample") == 0)
            return name;
    }
    return NULL;
}

static bool has_metric(const ecopt_snapshot *snapshot, const char *metric)
{
    for (size_t i = 0; i < snapshot->n_trials; i++)
        if (ecopt_trial_metric(&snapshot->trials[i], metric))
            return true;
    return false;
}

/* A side that was named by its number. */
static ecopt_status take_side(ecopt_ctx *ctx, const ecopt_snapshot *snapshot,
                              const eco_ledger *ledger, int64_t id, eco_side *ret)
{
    const ecopt_trial *trial = find_trial(snapshot, id);
    if (!trial)
        return eco_fail(ctx, ECOPT_E_NOT_FOUND, "there is no trial %lld", (long long)id);
    side_of(ledger, trial, ret);
    return ECOPT_OK;
}

/* Both sides, and what follows from them. */
static ecopt_status compare(ecopt_ctx *ctx, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_impact_options *options,
                            eco_ledger *ledger)
{
    const ecopt_deployment *deployment = &definition->deployment;
    const ecopt_trial *baseline = find_baseline(definition, snapshot);
    /* A metric of the study file is that of trials to come, one that is asked for is a word. */
    if (options->metric && snapshot->n_trials > 0 && !has_metric(snapshot, ledger->metric))
        return eco_fail(ctx, ECOPT_E_NAME, "no trial has the metric '%s'", ledger->metric);
    if (options->baseline > 0)
        ECO_TRY(take_side(ctx, snapshot, ledger, options->baseline, &ledger->before));
    else if (baseline)
        side_of(ledger, baseline, &ledger->before);
    /* A baseline that was not run, or gave no value, may have been told. */
    if (isnan(ledger->before.request_j) && deployment->is_set && options->baseline <= 0)
        ledger->before = (eco_side){NULL, deployment->baseline_j, NAN};
    if (options->deployed > 0)
        ECO_TRY(take_side(ctx, snapshot, ledger, options->deployed, &ledger->after));
    else
        ECO_TRY(choose(ctx, definition, snapshot, ledger));
    const double before[2] = {ledger->before.request_j, ledger->before.u95_j};
    const double after[2] = {ledger->after.request_j, ledger->after.u95_j};
    ecopt_break_even_of(ledger->search_j, ledger->search_u95_j, before, after, &ledger->even);
    if (ledger->per_day > 0)
        ledger->days = ledger->even.requests / ledger->per_day;
    ledger->net_j = ledger->requests * ledger->even.saved_j - ledger->search_j;
    return ECOPT_OK;
}

ecopt_status eco_ledger_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_impact_options *options,
                            eco_ledger **ret_ledger)
{
    const ecopt_deployment *deployment = &definition->deployment;
    const eco_side missing = {NULL, NAN, NAN};
    eco_ledger *ledger = eco_alloc(ctx, 1, sizeof *ledger);
    if (!ledger)
        return ECOPT_E_NOMEM;
    *ledger = (eco_ledger){.metric = choose_metric(definition, options),
                           .before = missing,
                           .after = missing,
                           .even = {NAN, NAN, NAN, NAN, NAN},
                           .per_day = deployment->is_set ? deployment->per_day : (double)NAN,
                           .days = NAN,
                           .requests = deployment->is_set ? deployment->requests : (double)NAN,
                           .net_j = NAN};
    if (options->per_day > 0)
        ledger->per_day = options->per_day;
    ecopt_status status = eco_summary_new(ctx, definition, snapshot, &ledger->summary);
    for (size_t k = 0; k < ECO_SPENT_COUNT; k++)
        ledger->spent[k] = (eco_spent){0, 0, NAN, 0};
    if (status == ECOPT_OK)
        sum_up(ledger, snapshot);
    if (status == ECOPT_OK && ledger->metric)
        status = compare(ctx, definition, snapshot, options, ledger);
    if (status != ECOPT_OK) {
        eco_ledger_free(ctx, ledger);
        return status;
    }
    *ret_ledger = ledger;
    return ECOPT_OK;
}

void eco_ledger_free(ecopt_ctx *ctx, eco_ledger *ledger)
{
    if (!ledger)
        return;
    eco_summary_free(ctx, ledger->summary);
    eco_free(ctx, ledger);
}
