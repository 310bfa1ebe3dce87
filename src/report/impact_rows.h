/*
 * The rows of a ledger, a name and a text each: what a search took and what it brought, for the
 * terminal (impact_report.c) and for the page (html_impact.c).
 *
 * Call order: any; each function hands its rows to `add`.  Texts are plain and may hold what a
 * study file or a program wrote: `add` cleans or escapes them.  What went wrong is the status of
 * `str`.  Threads: any.
 */
#ifndef ECO_REPORT_IMPACT_ROWS_H
#define ECO_REPORT_IMPACT_ROWS_H

#include "analysis/ledger.h"
#include "report/prose.h"

/** Where rows go. */
typedef struct eco_impact_rows {
    eco_str *str; /* borrowed; first argument of `add` */
    void (*add)(eco_str *str, const char *name, const char *text);
} eco_impact_rows;

/** "in all": joules of the search, label, windows without joules. */
void eco_impact_rows_sum(eco_impact_rows *rows, const eco_ledger *ledger);

/** "phase train": joules of each phase over all trials. */
void eco_impact_rows_phases(eco_impact_rows *rows, const eco_ledger *ledger);

/** Joules by what became of the trial, told, lost, not measured, and of the tuner itself. */
void eco_impact_rows_spent(eco_impact_rows *rows, const eco_ledger *ledger,
                           const ecopt_snapshot *snapshot);

/** Grams, litres or money of those joules; no row where the study file gives no rate. */
void eco_impact_rows_converted(eco_impact_rows *rows, const ecopt_definition *definition,
                               eco_impact impact, double energy_j, double time_s);

/** Joules per request before and after, saved, break-even, and what remains of the search.  Only
 * where ledger->metric is set. */
void eco_impact_rows_saving(eco_impact_rows *rows, const eco_ledger *ledger);

#endif
