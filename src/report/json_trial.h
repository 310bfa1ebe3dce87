/*
 * The JSON shapes that several documents share: study, objectives, trials.
 */
#ifndef ECO_REPORT_JSON_TRIAL_H
#define ECO_REPORT_JSON_TRIAL_H

#include "report/json.h"

#include <ecopt/report.h>

/** Puts study name, revision, seed and ECOpt version into a document. */
void eco_json_set_study(eco_json *json, json_t *object, const ecopt_snapshot *snapshot);

/** Objectives: metric, unit, goal, scale, threshold. */
json_t *eco_json_objectives(eco_json *json, const ecopt_definition *definition);

/**
 * Puts the reference point into a document: `reference` by metric (null while none of it is known,
 * null for a coordinate that is not), and in `reference_source` "threshold" or "inferred" for each.
 */
void eco_json_set_reference(eco_json *json, json_t *object, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot);

/** One trial in a line of a list: state, point, objectives, energy, label, reason. */
json_t *eco_json_trial_brief(eco_json *json, const ecopt_definition *definition,
                             const ecopt_trial *trial);

/** One trial with all that is known: metrics and phases with energy per source too. */
json_t *eco_json_trial_full(eco_json *json, const ecopt_definition *definition,
                            const ecopt_trial *trial);

/** Numbers of the trials that are not resolvable from the front. */
json_t *eco_json_unresolved(eco_json *json, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_front *front);

/** Carbon, water and money of some joules and seconds, with the factors and where those come from;
 * null unless the study has the section. */
json_t *eco_json_carbon(eco_json *json, const ecopt_definition *definition, double energy_j,
                        double time_s);

/** What the tuner itself took; null where nothing is known. */
json_t *eco_json_own(eco_json *json, const ecopt_own_energy *own);

/** Front: size, knee, hypervolume, and whether labels are mixed. */
void eco_json_set_front(eco_json *json, json_t *object, const ecopt_snapshot *snapshot,
                        const ecopt_front *front);

#endif
