/*
 * One wording of the ledger for all reports.
 *
 * What was not measured is named: the half width of the sum covers the windows that have joules.
 */
#include "report/impact_rows.h"

#include "report/number.h"

#include <math.h>
#include <stdio.h>

/* Hands a row over and forgets its text; the row is dropped, with the status kept, when memory ran
 * out. */
static void put(eco_impact_rows *rows, const char *name, eco_str *text)
{
    if (eco_str_status(text) == ECOPT_OK)
        rows->add(rows->str, name, eco_str_text(text));
    else
        rows->str->status = ECOPT_E_NOMEM;
    eco_str_release(text);
}

/* "1.2 ± 0.1 kJ" or "not known" */
static void add_energy(eco_str *str, double energy_j, double u95_j)
{
    char text[ECO_NUMBER_B];
    eco_number_with_unit(ECO_DIMENSION_ENERGY, energy_j, u95_j, text);
    eco_str_add(str, text[0] ? text : "not known");
}

static void add_missing(eco_str *str, size_t n)
{
    if (n > 0)
        eco_str_addf(str, " (and %zu window%s without joules)", n, n == 1 ? "" : "s");
}

static void put_energy(eco_impact_rows *rows, const char *name, double energy_j, double u95_j,
                       size_t n_missing)
{
    eco_str text = ECO_STR_INIT(rows->str->ctx);
    add_energy(&text, energy_j, u95_j);
    add_missing(&text, n_missing);
    put(rows, name, &text);
}

void eco_impact_rows_sum(eco_impact_rows *rows, const eco_ledger *ledger)
{
    const eco_phase_total *total = &ledger->summary->total;
    eco_str text = ECO_STR_INIT(rows->str->ctx);
    add_energy(&text, ledger->search_j, ledger->search_u95_j);
    if (total->n_windows > 0)
        eco_str_addf(&text, ", %s", ecopt_quality_name(total->energy.quality));
    add_missing(&text, total->n_missing);
    put(rows, "in all", &text);
}

void eco_impact_rows_phases(eco_impact_rows *rows, const eco_ledger *ledger)
{
    char name[64];
    for (size_t i = 0; i < ledger->summary->n_phases; i++) {
        const eco_phase_total *phase = &ledger->summary->phases[i];
        (void)snprintf(name, sizeof name, "phase %.40s", phase->phase);
        put_energy(rows, name, phase->energy.energy_j, phase->energy.u95_j, phase->n_missing);
    }
}

/* Beside the sum, which it would give its own weak label: the joules are those of CPU time by a
 * model. */
static void put_tuner(eco_impact_rows *rows, const ecopt_own_energy *own)
{
    eco_str text = ECO_STR_INIT(rows->str->ctx);
    if (own->n == 0) {
        eco_str_add(&text, "not measured");
    } else {
        add_energy(&text, own->energy_j, own->u95_j);
        eco_str_addf(&text, ", %s, not in the sum (%.3g CPU seconds; times %.2f to %.2f)",
                     ecopt_quality_name(own->quality), own->cpu_s, own->gain_lo, own->gain_hi);
    }
    put(rows, "the tuner itself", &text);
}

void eco_impact_rows_spent(eco_impact_rows *rows, const eco_ledger *ledger,
                           const ecopt_snapshot *snapshot)
{
    char name[64];
    for (int k = 0; k < ECO_SPENT_COUNT; k++) {
        const eco_spent *spent = &ledger->spent[k];
        if (spent->n_trials == 0)
            continue;
        (void)snprintf(name, sizeof name, "%zu %s trial%s", spent->n_trials,
                       eco_outcome_kind_name((eco_outcome_kind)k), spent->n_trials > 1 ? "s" : "");
        put_energy(rows, name, spent->energy_j, spent->u95_j, spent->n_missing);
    }
    if (ledger->told_j > 0)
        put_energy(rows, "of these told by hand", ledger->told_j, (double)NAN, 0);
    if (ledger->summary->lost_j > 0)
        put_energy(rows, "repeated, lost", ledger->summary->lost_j, (double)NAN, 0);
    /* Killed runs left no figure: that is not 0 J. */
    (void)snprintf(name, sizeof name, "%lld lost run%s", (long long)snapshot->n_unmetered,
                   snapshot->n_unmetered == 1 ? "" : "s");
    if (snapshot->n_unmetered > 0)
        rows->add(rows->str, name, "not measured, not in the sum");
    put_tuner(rows, &snapshot->own);
}

void eco_impact_rows_converted(eco_impact_rows *rows, const ecopt_definition *definition,
                               eco_impact impact, double energy_j, double time_s)
{
    eco_str text = ECO_STR_INIT(rows->str->ctx);
    if (eco_prose_impact(&text, definition, impact, energy_j, time_s) ||
        eco_str_status(&text) != ECOPT_OK)
        put(rows, eco_impact_name(impact), &text);
    eco_str_release(&text);
}

/* "before": "210 ± 4 µJ/sample (trial 1: lr=0.01)" */
static void put_side(eco_impact_rows *rows, const char *name, const eco_side *side)
{
    eco_str text = ECO_STR_INIT(rows->str->ctx);
    add_energy(&text, side->request_j, side->u95_j);
    if (side->trial) {
        eco_str_addf(&text, " (trial %lld: ", (long long)side->trial->id);
        eco_str_add(&text, side->trial->point);
        eco_str_add_char(&text, ')');
    } else if (!isnan(side->request_j)) {
        eco_str_add(&text, " (as the study file tells)");
    }
    put(rows, name, &text);
}

/* Whole requests, as far as four digits tell them. */
static void add_count(eco_str *str, double count)
{
    if (isinf(count))
        eco_str_add(str, "never");
    else if (count < 1e7)
        eco_str_addf(str, "%.0f", count);
    else
        eco_str_addf(str, "%.3e", count);
}

static void add_even(eco_str *str, const ecopt_break_even *even, double per_day)
{
    if (isnan(even->requests)) {
        eco_str_add(str, "not known");
        return;
    }
    add_count(str, even->requests);
    if (isfinite(even->requests))
        eco_str_add(str, " requests");
    if (even->least < even->requests && isfinite(even->requests)) {
        eco_str_add(str, " (");
        add_count(str, even->least);
        eco_str_add(str, " to ");
        add_count(str, even->most);
        eco_str_add_char(str, ')');
    }
    if (isfinite(even->requests) && per_day > 0)
        eco_str_addf(str, ", %.3g days", even->requests / per_day);
}

/* "saved": "1.2 ± 0.1 J (75 %)" */
static void put_saved(eco_impact_rows *rows, const eco_ledger *ledger)
{
    char percent[ECO_NUMBER_B];
    const ecopt_break_even *even = &ledger->even;
    eco_str text = ECO_STR_INIT(rows->str->ctx);
    add_energy(&text, even->saved_j, even->saved_u95_j);
    if (!isnan(even->saved_j) && ledger->before.request_j > 0) {
        eco_number_percent(even->saved_j / ledger->before.request_j, percent);
        eco_str_addf(&text, " (%s)", percent);
    }
    put(rows, "saved", &text);
}

void eco_impact_rows_saving(eco_impact_rows *rows, const eco_ledger *ledger)
{
    char net[ECO_NUMBER_B];
    put_side(rows, "before", &ledger->before);
    put_side(rows, "after", &ledger->after);
    put_saved(rows, ledger);
    eco_str even = ECO_STR_INIT(rows->str->ctx), left = ECO_STR_INIT(rows->str->ctx);
    add_even(&even, &ledger->even, ledger->per_day);
    put(rows, "break-even", &even);
    if (isnan(ledger->net_j))
        return;
    eco_number_with_unit(ECO_DIMENSION_ENERGY, fabs(ledger->net_j), (double)NAN, net);
    eco_str_addf(&left, "%s %s over %.4g requests", net, ledger->net_j >= 0 ? "saved" : "lost",
                 ledger->requests);
    put(rows, "search taken off", &left);
}
