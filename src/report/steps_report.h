/*
 * How the metrics of a trial went on the way to their values, for `ecopt show N`.
 */
#ifndef ECO_REPORT_STEPS_REPORT_H
#define ECO_REPORT_STEPS_REPORT_H

#include "core/str.h"
#include "report/json.h"

/** A table with a line per metric that was reported by step: steps, first, least, largest and last
 *  value, and the curve in small.  Nothing without curves.  @return ECOPT_OK, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_steps_table(ecopt_ctx *ctx, const ecopt_trial *trial, eco_str *str);

/** {"accuracy": [[1, 0.31], [2, 0.42]]}: step and value of each point. */
json_t *eco_json_curves(eco_json *json, const ecopt_trial *trial);

#endif
