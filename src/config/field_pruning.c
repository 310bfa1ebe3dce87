/*
 * The keys of the section `pruning`; field_table.c has all others and says how it is used.
 */
#include "config/field.h"

/* In the order of ecopt_prune_rule. */
const char *const eco_field_prune_rules[] = {"none", "curve", "asha", 0};

static const eco_field warmup_fields[] = {
    {.key = "trials",
     .types = ECO_FIELD_INT,
     .fallback = "5",
     .doc = "complete trials before any is ended early, at least 2"},
    {.key = "steps",
     .types = ECO_FIELD_INT,
     .fallback = "1",
     .doc = "steps that every trial is given; with asha the first rung"},
    {.key = 0},
};

const eco_field eco_field_pruning[] = {
    {.key = "rule",
     .types = ECO_FIELD_WORD,
     .words = eco_field_prune_rules,
     .fallback = "curve",
     .doc = "none; curve: end what would very probably be dominated; asha: keep one in reduction"},
    {.key = "steps",
     .types = ECO_FIELD_INT,
     .fallback = "the last step of complete trials",
     .doc = "steps of a complete trial",
     .example = "steps: 30"},
    {.key = "metric",
     .types = ECO_FIELD_TEXT,
     .fallback = "all that are reported by step",
     .doc = "the objective or constraint whose steps count",
     .example = "metric: accuracy"},
    {.key = "confidence",
     .types = ECO_FIELD_RATIO,
     .fallback = "95%",
     .doc = "curve: probability of being of no use that ends a trial, 50% to 100%",
     .example = "confidence: 99%"},
    {.key = "gain",
     .types = ECO_FIELD_RATIO,
     .fallback = "0.05%",
     .doc = "curve: least hypervolume that a trial must be expected to add for a mean trial's "
            "joules, as a share of the front's; 0: any",
     .example = "gain: 0.01%"},
    {.key = "warmup",
     .types = ECO_FIELD_MAP,
     .fields = warmup_fields,
     .doc = "what is never ended early",
     .example = "warmup: {trials: 5, steps: 3}"},
    {.key = "reduction",
     .types = ECO_FIELD_NUMBER,
     .fallback = "3",
     .doc = "asha: one trial in so many goes on at a rung, above 1"},
    {.key = 0},
};
