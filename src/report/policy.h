/*
 * What a study file says about failures, limits and joules that need not be spent: a line each, for
 * `check` and `status`, and as JSON.
 *
 * Only what is set or acts by default gives a line.  Text is plain UTF-8 without line end.
 */
#ifndef ECO_REPORT_POLICY_H
#define ECO_REPORT_POLICY_H

#include "core/str.h"
#include "report/json.h"

#include <ecopt/definition.h>

/** The rules, in the order in which they are shown: what ends a study, what a trial gets, what
 * saves joules. */
typedef enum eco_policy {
    ECO_POLICY_FAILURES,    /* failed trials that end the study */
    ECO_POLICY_RETRIES,     /* causes after which a trial is run again */
    ECO_POLICY_CARBON,      /* grams that end it */
    ECO_POLICY_MONEY,       /* what it may cost */
    ECO_POLICY_GAIN,        /* promise below which it ends */
    ECO_POLICY_DEPLOYMENT,  /* what it has to pay for */
    ECO_POLICY_RESOURCES,   /* of the machine, for each trial */
    ECO_POLICY_ENVIRONMENT, /* variables that programs get, and secrets */
    ECO_POLICY_CONCURRENT,  /* phases beside each other */
    ECO_POLICY_REPEATS,     /* runs of measured phases */
    ECO_POLICY_CONFIRM,     /* fresh measurements of the front */
    ECO_POLICY_PROFILE,     /* the phase that decides first */
    ECO_POLICY_PRUNING,     /* ends before the last step */
    ECO_POLICY_COUNT
} eco_policy;

/**
 * Name of a rule, as the line begins with it and the manual explains it: "failures", "retries".
 *
 * @return at most 10 characters, so that lines of `status` stay aligned; static storage
 */
const char *eco_policy_name(eco_policy policy);

/**
 * Appends what a rule says: "evaluate: 1 to 3 runs, until within 3 %".
 *
 * @return false (nothing added) where it does nothing, because it is not set and does not act by
 *         default, or because the study has no meter that it could be about
 */
bool eco_policy_text(eco_str *str, const ecopt_definition *definition, eco_policy policy);

/**
 * All rules as one object, in SI units; every key is there, null where a section is not set.
 *
 * @return owned by the caller, who sets it into a document
 */
json_t *eco_policy_json(eco_json *json, const ecopt_definition *definition);

/**
 * The budget as one object: limits in SI units (money in the currency of the file), null where
 * there is none, with the rates of failures and of gain that end a study.
 *
 * @return owned by the caller, who sets it into a document
 */
json_t *eco_policy_budget_json(eco_json *json, const ecopt_definition *definition);

#endif
