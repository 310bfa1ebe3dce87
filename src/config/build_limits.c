/*
 * The keys of `budget` that need another section: grams, money, and the gain that is still worth a
 * trial.
 *
 * Built after all settings, so that carbon and the sampler are known.
 */
#include "config/build.h"

#include <math.h>
#include <string.h>

enum { GAIN_TRIALS_DEFAULT = 3 };

/* A limit of 0 would end the study before its first trial. */
static double read_limit(eco_build *b, const eco_node *map, const char *key,
                         bool (*read)(const eco_node *node, double *ret))
{
    double limit = (double)INFINITY;
    eco_node *node = eco_field_get(map, key);
    if (node && read(node, &limit) && !(limit > 0))
        eco_diagnosis_error(b->report, node, "leave it out for no limit", "%s (%s) must be above 0",
                            key, node->text);
    return limit;
}

/* Grams are joules times an intensity, money is joules times a price. */
static void check_needs(eco_build *b, const eco_node *map)
{
    const ecopt_carbon *carbon = &b->definition->carbon;
    eco_node *grams = eco_field_get(map, "carbon"), *money = eco_field_get(map, "money");
    if (grams && !carbon->is_set)
        eco_diagnosis_error(b->report, grams->key, "add e.g. carbon: {country: GBR}",
                            "a carbon budget needs the section carbon");
    if (money && !(carbon->price_per_kwh > 0))
        eco_diagnosis_error(b->report, money->key,
                            "add e.g. carbon: {country: GBR, price: 0.28, currency: GBP}",
                            "a money budget needs the price of the section carbon");
}

/* Only mobo knows what it expects. */
static void read_gain(eco_build *b, const eco_node *map)
{
    ecopt_budget *budget = &b->definition->budget;
    eco_node *gain = eco_field_get(map, "gain");
    eco_node *below = gain && gain->kind == ECO_NODE_MAP ? eco_field_get(gain, "below") : gain;
    eco_node *trials = gain && gain->kind == ECO_NODE_MAP ? eco_field_get(gain, "trials") : NULL;
    budget->gain_trials = GAIN_TRIALS_DEFAULT;
    if (below && eco_field_ratio(below, &budget->gain_ratio) &&
        !(budget->gain_ratio > 0 && budget->gain_ratio < 1))
        eco_diagnosis_error(b->report, below, "e.g. gain: 0.1%; leave it out to go on regardless",
                            "gain (%s) must lie between 0 and 1", below->text);
    if (trials && eco_node_int(trials, &budget->gain_trials) && budget->gain_trials < 1)
        eco_diagnosis_error(b->report, trials, "1: the first suggestion that promises less ends it",
                            "trials (%s) must be at least 1", trials->text);
    if (gain && strcmp(b->definition->sampler, "mobo") != 0)
        eco_diagnosis_error(b->report, gain->key, "leave it out, or write sampler: mobo",
                            "the sampler '%s' does not know what gain to expect",
                            b->definition->sampler);
}

ecopt_status eco_build_limits(eco_build *b)
{
    eco_node *map = eco_field_get(b->root, "budget");
    ecopt_budget *budget = &b->definition->budget;
    budget->carbon_g = read_limit(b, map, "carbon", eco_field_mass_g);
    budget->money = read_limit(b, map, "money", eco_node_number);
    read_gain(b, map);
    check_needs(b, map);
    return b->report->status;
}
