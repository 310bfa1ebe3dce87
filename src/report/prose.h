/*
 * Sentences that the table and the page share: goals, reference point, notes about the joules.
 *
 * All append plain UTF-8 text without line end; where it goes into HTML the caller escapes it.
 */
#ifndef ECO_REPORT_PROSE_H
#define ECO_REPORT_PROSE_H

#include "analysis/summary.h"
#include "core/str.h"

#include <ecopt/report.h>

/** "accuracy max, evaluate.j_per_sample min" */
void eco_prose_objectives(eco_str *str, const ecopt_definition *definition);

/**
 * "accuracy 0.75 (threshold), evaluate.j_per_sample 1.4 mJ/sample (inferred from trials)"; a
 * coordinate may be "not known" yet; false (nothing added) while none is known.
 */
bool eco_prose_reference(eco_str *str, const ecopt_definition *definition,
                         const ecopt_snapshot *snapshot);

/** "30 trials: 26 complete (2 not feasible), 3 failed, 1 infeasible" */
void eco_prose_states(eco_str *str, const eco_summary *summary, size_t n_trials);

/** "exit 2, timeout 1": trials that are over by cause; false (nothing added) where all are
 *  complete and feasible. */
bool eco_prose_causes(eco_str *str, const eco_summary *summary);

/**
 * Why a trial counts for nothing: its own reason, or, complete and not feasible, "no value of
 * accuracy" or "breaks train.time_s <= 60"; empty for any other.  Not cleaned: the caller escapes
 * it.
 */
void eco_prose_reason(eco_str *str, const ecopt_definition *definition, const ecopt_trial *trial);

/** Value of an objective with unit, e.g. "0.874" or "210 ± 4 µJ/sample". */
void eco_prose_value(eco_str *str, const char *metric, double value, double u95);

/** "absolute scale 5.2 to 19 J (modelled)" when the band is wider than 10 %; false otherwise. */
bool eco_prose_band(eco_str *str, const ecopt_energy *energy);

/**
 * "the true energy is 0.55 to 2.3 times what is shown: ..." over all phases of the front; false
 * (nothing added) when no phase has a band.
 */
bool eco_prose_scale(eco_str *str, const ecopt_snapshot *snapshot, const ecopt_front *front);

/** "0.055 gCO2e ± 15 % (GBR 2024, Ember: 238 g/kWh)", with PUE when it is not 1, and with the rule
 * where that made the band wide; false (nothing added) when the study has no carbon section or the
 * joules are missing. */
bool eco_prose_carbon(eco_str *str, const ecopt_definition *definition, double energy_j);

/** What the section `carbon` may give, in the order in which it is shown. */
typedef enum eco_impact {
    ECO_IMPACT_CARBON,   /* as eco_prose_carbon */
    ECO_IMPACT_EMBODIED, /* "12 gCO2e (350 kg over 4 years)", not in the grams of electricity */
    ECO_IMPACT_WATER,    /* "0.12 l (1.8 l/kWh)" */
    ECO_IMPACT_COST,     /* "0.031 GBP (0.28 GBP/kWh, PUE 1.2)" */
    ECO_IMPACT_COUNT
} eco_impact;

/** "carbon", "embodied", "water", "cost".  Static storage. */
const char *eco_impact_name(eco_impact impact);

/** One of those; false (nothing added) when it is not given or what it is made of is missing. */
bool eco_prose_impact(eco_str *str, const ecopt_definition *definition, eco_impact impact,
                      double energy_j, double time_s);

/** "worse than a threshold, ...: trial 5, 7": points of the front that the study calls of no use;
 * false when there is none. */
bool eco_prose_useless(eco_str *str, const ecopt_definition *definition,
                       const ecopt_snapshot *snapshot, const ecopt_front *front);

/** "2 trials are not resolvable from the front: ... (trials 7, 12)"; false when there is none. */
bool eco_prose_unresolved(eco_str *str, const ecopt_definition *definition,
                          const ecopt_snapshot *snapshot, const ecopt_front *front);

/** One remark about the joules of the front; see eco_prose_note. */
typedef enum eco_note {
    ECO_NOTE_MIXED,        /* labels differ on the front */
    ECO_NOTE_MODELLED,     /* some label is modelled */
    ECO_NOTE_UNMEASURABLE, /* some energy is missing */
    ECO_NOTE_REPLAY,       /* from a recorded trace */
    ECO_NOTE_COUNT
} eco_note;

/** Which notes hold: bit i is eco_note i. */
unsigned eco_notes(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                   const ecopt_front *front);

/** Text of a note.  Static storage. */
const char *eco_note_text(eco_note note);

/** What a label means, for people.  Static storage. */
const char *eco_quality_meaning(ecopt_quality quality);

/** True for the two modelled labels. */
bool eco_quality_is_modelled(ecopt_quality quality);

#endif
