/*
 * Metrics that ECOpt makes itself from what it measured.
 *
 * With E energy [J], t time [s] of phase P, n its `samples`, u the 95 % uncertainty of E:
 *   P.energy_j = E, P.time_s = t, P.power_w = E/t, P.carbon_g = E/3.6e6 * g/kWh * PUE,
 *   P.energy_cost = E/3.6e6 * price/kWh * PUE,
 *   P.j_per_sample = E/n, P.samples_per_j = n/E, P.samples_per_s = n/t, P.cpu_s, P.max_rss_b;
 *   energy_j, time_s, carbon_g, energy_cost: sums over all phases.
 * u95: u for E, scaled linearly where E enters linearly, n u / E^2 for samples_per_j (first order).
 * A missing energy makes no metric, never 0.  A phase that ran several times gives means.
 */
#ifndef ECO_TRIAL_BUILTIN_H
#define ECO_TRIAL_BUILTIN_H

#include "trial/trial.h"

/** Growing list of metric values, names owned. */
typedef struct eco_values {
    ecopt_metric_value *items;
    size_t n, room;
} eco_values;

/** Appends a copy. @return ECOPT_OK, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_values_add(ecopt_ctx *ctx, eco_values *values, const char *name,
                                         double value, double u95);

/** Value of that name, NULL when there is none. */
const ecopt_metric_value *eco_values_find(const eco_values *values, const char *name);

/** Frees a text that a public struct holds as const char *; NULL is allowed. */
void eco_name_free(ecopt_ctx *ctx, const char *name);

/** Frees names and array. */
void eco_values_free(ecopt_ctx *ctx, eco_values *values);

/** One run of a phase. */
typedef struct eco_builtin_run {
    const ecopt_phase_record *record;
    double samples; /* that it reported, NaN not known */
} eco_builtin_run;

/**
 * Adds the built-in metrics of one phase.
 *
 * Of several runs each metric is the mean of its values in the single runs, with the uncertainty of
 * ecopt_repeats_summarise (scatter, and what the meter resolves); outliers with a physical cause
 * are left out by the energy (ecopt_repeats_mark).  max_rss_b is the largest.
 *
 * @param[in] runs  n >= 1, all of the same phase
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_builtin_phase(ecopt_ctx *ctx, const ecopt_definition *definition,
                                            const eco_builtin_run *runs, size_t n,
                                            eco_values *values);

/**
 * Adds the totals: sums over all phases, of which one that ran several times counts once, with the
 * means that eco_builtin_phase has added.
 *
 * @param[in] records  n, every run of every phase
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_builtin_total(ecopt_ctx *ctx, const ecopt_definition *definition,
                                            const ecopt_phase_record *records, size_t n,
                                            eco_values *values);

/** Energy of work that nobody metered: NaN, unmeasurable, with its length and CPU time. */
void eco_energy_unmeasured(double duration_s, double used_cpu_s, ecopt_energy *ret);

/**
 * Phase part and kind of a built-in metric's name: what is needed to say why it is missing.
 *
 * @param[out] ret_phase  index of the phase, or n_phases for a total
 * @param[out] ret_needs_energy, ret_needs_samples  what it is made from
 * @return false when it is none; outputs unchanged then
 */
bool eco_builtin_explain(const char *name, const ecopt_phase *phases, size_t n_phases,
                         size_t *ret_phase, bool *ret_needs_energy, bool *ret_needs_samples);

#endif
