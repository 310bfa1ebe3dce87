/*
 * Reports: the front and the whole study as table, CSV, JSON and one self-contained HTML page.
 *
 * All are functions of a definition and a snapshot; equal input gives equal bytes.  Arguments are
 * borrowed for the call.  Texts are UTF-8, ended by NUL and the caller's (ecopt_text_free); an out
 * parameter is unchanged on failure.  Threads: any, each with a context of its own.  Every joule is
 * shown with uncertainty, label and source; missing numbers are empty (table, CSV) or null (JSON),
 * never 0.
 */
#ifndef ECOPT_REPORT_H
#define ECOPT_REPORT_H

#include <ecopt/definition.h>
#include <ecopt/snapshot.h>
#include <ecopt/study.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ecopt_format { ECOPT_FORMAT_TABLE, ECOPT_FORMAT_CSV, ECOPT_FORMAT_JSON } ecopt_format;

/** A front: which trials are non-dominated among the complete, feasible ones. */
typedef struct ecopt_front {
    size_t n;
    const size_t
        *trials; /* indices into snapshot->trials, sorted by the last objective, then by id */
    size_t knee; /* index into `trials` of the knee of those within all thresholds; n when these are
                    fewer than 3 */
    double
        hypervolume; /* on the modelled scale (log10 for LOG objectives); NaN without reference */
    bool has_mixed_quality; /* trials of different labels stand on this front */
} ecopt_front;

/**
 * The front of a snapshot.
 *
 * @param[out] ret_front  caller frees with ecopt_front_free; refers to the snapshot's trials by
 * index
 * @return ECOPT_OK, ECOPT_E_LIMIT (no objective or too many, too many trials), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_front_new(ecopt_ctx *ctx,
                                                    const ecopt_definition *definition,
                                                    const ecopt_snapshot *snapshot,
                                                    ecopt_front **ret_front);

/** Frees a front; NULL is allowed. */
ECOPT_API void ecopt_front_free(ecopt_ctx *ctx, ecopt_front *front);

/**
 * The front: objectives with +- u95, label, parameters, knee marked.
 *
 * @return ECOPT_OK, ECOPT_E_ARG (no such format), ECOPT_E_LIMIT as ecopt_front_new, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_front(ecopt_ctx *ctx,
                                                       const ecopt_definition *definition,
                                                       const ecopt_snapshot *snapshot,
                                                       ecopt_format format, char **ret_text);

/** A bound that a pick has to keep; the metric need not be an objective. */
typedef struct ecopt_bound {
    const char *metric;
    ecopt_relation relation;
    double value; /* in the metric's own unit */
} ecopt_bound;

/** What is looked for. */
typedef struct ecopt_pick {
    size_t n_bounds;
    const ecopt_bound *bounds;
    const char *best; /* objective to be best in within the bounds; NULL: see is_knee */
    bool is_knee; /* the knee of the front, as in ecopt_front; takes no bounds.  Neither this nor
                     best: the trials of the front that keep the bounds */
} ecopt_pick;

/**
 * One trial to use, "the best accuracy within 500 J": its objectives with uncertainty, parameters,
 * and how far it is from the knee; or the part of the front within the bounds.
 *
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no trial keeps the bounds: the hint says which comes nearest
 *         and by how much it misses; no knee on a front of less than three), ECOPT_E_NAME (`best`
 *         is no objective, no trial has a bounded metric), ECOPT_E_ARG, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_pick(ecopt_ctx *ctx,
                                                      const ecopt_definition *definition,
                                                      const ecopt_snapshot *snapshot,
                                                      const ecopt_pick *pick, ecopt_format format,
                                                      char **ret_text);

/**
 * The front of what was measured beside the front of posterior means: trials on either, with both
 * values of each objective and on which front they stand.
 *
 * @param[in] modelled  of this snapshot
 * @return ECOPT_OK, ECOPT_E_ARG (models of another study, no such format), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_modelled(ecopt_ctx *ctx,
                                                          const ecopt_definition *definition,
                                                          const ecopt_snapshot *snapshot,
                                                          const ecopt_modelled *modelled,
                                                          ecopt_format format, char **ret_text);

/** When a search has paid for itself, in requests of what it tuned; NaN not known, INFINITY never.
 */
typedef struct ecopt_break_even {
    double saved_j, saved_u95_j; /* joules per request, before less after */
    double requests;             /* spent / saved */
    double least, most;          /* its 95 % interval */
} ecopt_break_even;

/**
 * Break-even of a search that took spent_j joules and brought a request from before_j down to
 * after_j joules; half widths of 95 %, NaN is taken as 0.
 *
 * Where nothing is saved it is never; where the saving may be nothing within its half width the
 * interval has no end.
 *
 * @param[in]  before, after  joules per request, and half width
 *
 * Source: Fieller 1954, Journal of the Royal Statistical Society B 16, 175-185 (interval of a
 * ratio).
 */
ECOPT_API void ecopt_break_even_of(double spent_j, double spent_u95_j, const double before[2],
                                   const double after[2], ecopt_break_even *ret);

/** What `ecopt analyse impact` compares; zero-initialise for what the definition says. */
typedef struct ecopt_impact_options {
    const char *metric; /* joules per request; NULL: of the section deployment */
    int64_t baseline;   /* number of a trial, 0: of the section deployment, or "default" */
    int64_t deployed;   /* number of a trial, 0: the cheapest within thresholds and constraints */
    double per_day;     /* requests a day, 0: of the section deployment, or not given */
} ecopt_impact_options;

/**
 * The ledger of a study: joules by phase and by what became of the trial, joules per request before
 * and after, and the requests after which the search has paid for itself.
 *
 * @param[in] options  NULL: as the definition says
 * @return ECOPT_OK, ECOPT_E_NAME (no trial has the metric of `options`; one of the definition is
 *         told as not known), ECOPT_E_NOT_FOUND (no such trial), ECOPT_E_ARG, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_impact(ecopt_ctx *ctx,
                                                        const ecopt_definition *definition,
                                                        const ecopt_snapshot *snapshot,
                                                        const ecopt_impact_options *options,
                                                        ecopt_format format, char **ret_text);

/**
 * All trials, a line each: id, state, objectives, energy, time, label, parameters, reason (why it
 * failed, or why a complete one is not feasible).
 *
 * @return as ecopt_report_front
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_trials(ecopt_ctx *ctx,
                                                        const ecopt_definition *definition,
                                                        const ecopt_snapshot *snapshot,
                                                        ecopt_format format, char **ret_text);

/**
 * One trial in full: point, phases, energy per source, metrics, reason, folder.  TABLE or JSON.
 *
 * @param[in] trial  its number, from 1
 * @return ECOPT_OK, ECOPT_E_NOT_FOUND (no such trial), ECOPT_E_ARG (another format), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_trial(ecopt_ctx *ctx,
                                                       const ecopt_definition *definition,
                                                       const ecopt_snapshot *snapshot,
                                                       int64_t trial, ecopt_format format,
                                                       char **ret_text);

/**
 * Progress of the study: counts per state, budget spent, front size, reference, best values.
 *
 * @return as ecopt_report_front
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_status(ecopt_ctx *ctx,
                                                        const ecopt_definition *definition,
                                                        const ecopt_snapshot *snapshot,
                                                        ecopt_format format, char **ret_text);

/**
 * What a study file says, as it was understood: parameters, objectives, budget, meter, and the
 * rules about failures, limits and joules that need not be spent.  TABLE has only those rules, a
 * line each of what is set or acts by default; JSON has all.
 *
 * @return ECOPT_OK, ECOPT_E_ARG (another format), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_definition(ecopt_ctx *ctx,
                                                            const ecopt_definition *definition,
                                                            ecopt_format format, char **ret_text);

/**
 * One HTML page that needs no network: front with uncertainty as SVG, tables, energy, method,
 * limits.
 *
 * @param[in]  modelled  of this snapshot, for a table of the front of posterior means; NULL: none
 * @param[out] ret_text  caller frees with ecopt_text_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (models of another study), ECOPT_E_LIMIT, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_html(ecopt_ctx *ctx,
                                                      const ecopt_definition *definition,
                                                      const ecopt_snapshot *snapshot,
                                                      const ecopt_modelled *modelled,
                                                      char **ret_text);

/**
 * What a window cost, for `ecopt measure`: total, per source, label.  TABLE or JSON.
 *
 * @return ECOPT_OK, ECOPT_E_ARG (another format), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_report_energy(ecopt_ctx *ctx, const ecopt_energy *energy,
                                                        ecopt_format format, char **ret_text);

#ifdef __cplusplus
}
#endif

#endif
