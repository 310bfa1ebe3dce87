/*
 * The keys of the section `deployment` and of `budget.gain`; field_table.c has all others and says
 * how it is used.
 */
#include "config/field.h"

/* A parameter's value in the baseline. */
static const eco_field any_scalar = {
    .types = ECO_FIELD_SCALAR,
    .doc = "a number, a text, true or false",
};

static const char *const choices[] = {"min", "knee", 0};

const eco_field eco_field_deployment[] = {
    {.key = "requests",
     .types = ECO_FIELD_NUMBER,
     .is_required = true,
     .doc = "how often the tuned program will be used, over its whole life",
     .example = "requests: 1e6"},
    {.key = "metric",
     .types = ECO_FIELD_TEXT,
     .fallback = "evaluate.j_per_sample",
     .doc = "the metric that tells joules per request"},
    {.key = "baseline",
     .types = ECO_FIELD_TEXT | ECO_FIELD_MAP,
     .item = &any_scalar,
     .fallback = "default",
     .doc = "the point that would be deployed without the search: default, or values of the "
            "parameters",
     .example = "baseline: {lr: 0.01, width: 64}"},
    {.key = "choose",
     .types = ECO_FIELD_WORD,
     .words = choices,
     .fallback = "min",
     .doc = "what is deployed: min, the fewest joules per request within thresholds and "
            "constraints, or knee, the knee of the front"},
    {.key = "baseline_energy",
     .types = ECO_FIELD_ENERGY,
     .fallback = "measured by the first trial",
     .doc = "joules per request of the baseline, where they are known beforehand",
     .example = "baseline_energy: 0.2J"},
    {.key = "trial_energy",
     .types = ECO_FIELD_ENERGY,
     .fallback = "learned from the trials",
     .doc = "energy that a trial is expected to take, before any has ended",
     .example = "trial_energy: 60kJ"},
    {.key = "per_day",
     .types = ECO_FIELD_NUMBER,
     .fallback = "not given",
     .doc = "requests a day, for break-even in days"},
    {.key = 0},
};

/* The short form is `below` without its key. */
const eco_field eco_field_gain[] = {
    {.key = "below",
     .types = ECO_FIELD_RATIO,
     .is_required = true,
     .doc = "share of the hypervolume",
     .example = "below: 0.1%"},
    {.key = "trials",
     .types = ECO_FIELD_INT,
     .fallback = "3",
     .doc = "how many suggestions in a row must promise less, at least 1"},
    {.key = 0},
};
