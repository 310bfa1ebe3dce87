/*
 * The sections `study`, `seed`, `sampler`, `budget`, `meter` and `carbon`.
 *
 * Defaults stand here and, for people, in the table of keys.  Paths are made absolute from the
 * folder of the study file, so it does not matter where ecopt is started.
 *
 * Input are the nodes of these sections, of the right type by now; output are plain values of the
 * definition with nothing left to be looked up: a country has become its factor, a list of sources
 * the comma list that the meter reads.  What the meter thinks of its words is asked of the meter
 * itself, so the two cannot drift apart.
 */
#include "config/build.h"

#include "core/fs.h"
#include "core/str.h"

#include <ctype.h>
#include <ecopt/units.h>
#include <math.h>
#include <string.h>

/* Also told by the table of keys; a name of 100 bytes leaves room for what files append to it. */
enum { TRIALS_DEFAULT = 30, INIT_DEFAULT = 5, NAME_MAX_B = 100 };

/* ---- name, seed, sampler ---- */

/* The name becomes part of file names, so nothing may stand in it that a shell or a path gives a
 * meaning; no leading dot or '-' either, which would hide the file or look like an option. */
static void read_name(eco_build *b)
{
    eco_node *node = eco_field_get(b->root, "study");
    if (!node)
        return;
    b->definition->name = node->text;
    bool is_good = isalnum((unsigned char)node->text[0]) || node->text[0] == '_';
    for (const char *c = node->text; *c && is_good; c++)
        is_good = isalnum((unsigned char)*c) || strchr("._-", *c);
    if (!is_good)
        eco_diagnosis_error(
            b->report, node,
            "use letters, digits, '.', '_' and '-', starting with a letter or digit",
            "'%.80s' cannot be the name of a study", node->text);
    /* File systems end names at 255 bytes, and what is appended needs room. */
    else if (strlen(node->text) > NAME_MAX_B)
        eco_diagnosis_error(b->report, node, "", "the name is longer than %d characters",
                            NAME_MAX_B);
}

/* Whole numbers of YAML end at 2^63 - 1, so that a seed of the upper half of uint64 cannot be
 * written. */
static void read_seed(eco_build *b)
{
    int64_t seed = 0;
    eco_node *node = eco_field_get(b->root, "seed");
    if (node && eco_node_int(node, &seed) && seed < 0)
        eco_diagnosis_error(b->report, node, "", "the seed must not be negative");
    b->definition->seed = (uint64_t)seed;
}

/* true is the whole of the joules and false none of them; between lies how much they count. */
static void read_cost(eco_build *b, eco_node *node, double *ret_exponent)
{
    bool is_aware = false;
    double exponent = 0;
    if (eco_node_bool(node, &is_aware))
        exponent = is_aware ? 1 : 0;
    else if (eco_node_number(node, &exponent) && !(exponent >= 0 && exponent <= 1))
        eco_diagnosis_error(b->report, node, "0 is the same as false, 1 the same as true",
                            "cost_aware must lie between 0 and 1");
    *ret_exponent = exponent;
}

static ecopt_transform transform_of(const char *word)
{
    if (strcmp(word, "none") == 0)
        return ECOPT_TRANSFORM_NONE;
    return strcmp(word, "log") == 0 ? ECOPT_TRANSFORM_LOG : ECOPT_TRANSFORM_AUTO;
}

/* A name, or a map whose name may be left out; the table has checked the words.  The other samplers
 * learn nothing, so settings beside their names are most likely a misunderstanding. */
static void read_sampler(eco_build *b)
{
    eco_node *node = eco_field_get(b->root, "sampler");
    ecopt_sampler_settings *settings = &b->definition->sampler_settings;
    bool is_map = node && node->kind == ECO_NODE_MAP;
    eco_node *name = is_map ? eco_field_get(node, "name") : node;
    eco_node *cost = is_map ? eco_field_get(node, "cost_aware") : NULL;
    eco_node *kernel = is_map ? eco_field_get(node, "kernel") : NULL;
    eco_node *transform = is_map ? eco_field_get(node, "transform") : NULL;
    eco_node *first = cost ? cost : kernel ? kernel : transform;
    b->definition->sampler = name ? name->text : "mobo";
    if (cost)
        read_cost(b, cost, &settings->cost_exponent);
    if (kernel)
        settings->kernel =
            strcmp(kernel->text, "rbf") == 0 ? ECOPT_KERNEL_RBF : ECOPT_KERNEL_MATERN52;
    if (transform)
        settings->transform = transform_of(transform->text);
    if (first && strcmp(b->definition->sampler, "mobo") != 0)
        eco_diagnosis_warning(b->report, first->key, "leave it out, or write name: mobo",
                              "the sampler '%s' does not use this setting", b->definition->sampler);
}

/* ---- budget ---- */

/* A whole number of at least 1, or `otherwise`, which also stands in for a wrong one: checks of
 * one count against another then do not report the mistake a second time. */
int64_t eco_build_count(eco_build *b, const eco_node *map, const char *key, int64_t otherwise)
{
    int64_t count = otherwise;
    eco_node *node = eco_field_get(map, key);
    if (node && eco_node_int(node, &count) && count < 1) {
        eco_diagnosis_error(b->report, node, "", "%s (%s) must be at least 1", key, node->text);
        return otherwise;
    }
    return count;
}

/* A limit of 0 would end the study before its first trial; without the key *ret_limit keeps the
 * caller's default. */
static void read_limit(eco_build *b, const eco_node *map, const char *key,
                       bool (*read)(const eco_node *node, double *ret), double *ret_limit)
{
    eco_node *node = eco_field_get(map, key);
    if (node && read(node, ret_limit) && !(*ret_limit > 0))
        eco_diagnosis_error(b->report, node, "leave it out for no limit", "%s (%s) must be above 0",
                            key, node->text);
}

/* Either name, not both. */
static void read_failures(eco_build *b, const eco_node *map)
{
    double *ratio = &b->definition->budget.max_failure_ratio;
    eco_node *node = eco_field_get(map, "failures"), *same = eco_field_get(map, "max_failure_rate");
    *ratio = 0.9;
    if (node && same)
        eco_diagnosis_error(b->report, same->key, "keep one of them",
                            "max_failure_rate is another name of failures");
    if (!node)
        node = same;
    if (node && eco_field_ratio(node, ratio) && !(*ratio >= 0 && *ratio <= 1))
        eco_diagnosis_error(b->report, node, "e.g. 0.5 or 50%; 1 never stops",
                            "%s (%s) must lie between 0 and 1", node->key->text, node->text);
}

/* Failures stop a study late by default: a space with many bad corners is still worth searching,
 * a program that never works is not. The default of init does not follow a smaller number of
 * trials: init is part of a study's identity, and a study of 3 trials may be extended to 30. */
static void read_budget(eco_build *b)
{
    eco_node *map = eco_field_get(b->root, "budget");
    ecopt_budget *budget = &b->definition->budget;
    budget->energy_j = budget->time_s = (double)INFINITY;
    budget->trials = eco_build_count(b, map, "trials", TRIALS_DEFAULT);
    budget->init = eco_build_count(b, map, "init", INIT_DEFAULT);
    eco_node *init = eco_field_get(map, "init");
    /* Only an init that was written can be too large. */
    if (init && budget->init > budget->trials)
        eco_diagnosis_error(b->report, init, "lower it or raise trials",
                            "init (%lld) must not be above trials (%lld)", (long long)budget->init,
                            (long long)budget->trials);
    read_limit(b, map, "energy", eco_field_energy_j, &budget->energy_j);
    read_limit(b, map, "time", eco_field_time_s, &budget->time_s);
    read_failures(b, map);
}

/* ---- meter ---- */

/* One kind; the file of "replay:FILE" is made absolute.  Without a file it is passed on as it
 * is, for the meter's own check has the message. */
static void add_source(eco_build *b, eco_str *list, const char *source)
{
    static const char replay[] = "replay:";
    eco_str_add(list, list->length > 0 ? "," : "");
    if (strncmp(source, replay, sizeof replay - 1) != 0 || source[sizeof replay - 1] == '\0') {
        eco_str_add(list, source);
        return;
    }
    char *path = eco_fs_join(b->ctx, b->definition->dir, source + sizeof replay - 1);
    if (!path)
        b->report->status = ECOPT_E_NOMEM;
    else
        eco_str_addf(list, "%s%s", replay, path);
    eco_free(b->ctx, path);
}

/* A comma list: the same as a YAML list.  A file's name is taken whole, commas and all, so a
 * replay ends the list. */
static void add_comma_list(eco_build *b, eco_str *list, const char *text)
{
    while (strncmp(text, "replay:", 7) != 0) {
        size_t n = strcspn(text, ",");
        char *source = eco_strndup(b->ctx, text, n);
        if (!source) {
            b->report->status = ECOPT_E_NOMEM;
            return;
        }
        char *end = source + n;
        /* 'auto, none' is what people write: blanks around a comma do not count. */
        while (end > source && end[-1] == ' ')
            *--end = '\0';
        add_source(b, list, source);
        eco_free(b->ctx, source);
        if (text[n] == '\0')
            return;
        text += n + 1;
        text += strspn(text, " ");
    }
    add_source(b, list, text);
}

/* The comma list that the meter takes, whichever way it is written in the file.  A YAML list
 * needs no splitting: a comma within one of its items belongs to the item. */
static ecopt_status read_sources(eco_build *b, const eco_node *map)
{
    eco_node *node = eco_field_get(map, "sources");
    eco_str list = ECO_STR_INIT(b->ctx);
    if (node && node->kind == ECO_NODE_LIST && node->n == 0)
        eco_diagnosis_error(b->report, node, "write auto, none, or the kinds of source",
                            "the list of sources is empty");
    if (!node)
        eco_str_add(&list, "auto");
    else if (node->kind == ECO_NODE_SCALAR)
        add_comma_list(b, &list, node->text);
    else
        for (const eco_node *item = node->first; item; item = item->next)
            add_source(b, &list, item->text);
    /* Into the arena before the buffer goes; what went wrong in the buffer is sticky and asked
     * below. */
    const char *sources = eco_arena_strdup(b->arena, eco_str_text(&list));
    ecopt_status status = sources ? eco_str_status(&list) : ECOPT_E_NOMEM;
    eco_str_release(&list);
    b->definition->meter.sources = sources;
    return status;
}

/* The meter's own check of what is written there; the message is the meter's.  The keys are
 * asked about one at a time, so that each complaint is placed at its own node. */
static ecopt_status check_meter(eco_build *b, const eco_node *map)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    const ecopt_meter_policy *meter = &b->definition->meter;
    static const char *const keys[] = {"sources", "require", "total", "edges"};
    for (size_t i = 0; i < ECO_LEN(keys); i++) {
        eco_node *at = eco_field_get(map, keys[i]);
        options.sources = i == 0 ? meter->sources : NULL;
        options.require = i == 1 ? meter->require : NULL;
        options.total = i == 2 ? meter->total : NULL;
        options.edges = i == 3 ? meter->edges : NULL;
        if (!at || at->is_bad)
            continue;
        ecopt_status status = ecopt_meter_check(b->ctx, &options);
        if (status == ECOPT_E_NOMEM)
            return status;
        if (status != ECOPT_OK)
            eco_diagnosis_error(b->report, at, ecopt_ctx_errhint(b->ctx), "%s",
                                ecopt_ctx_errmsg(b->ctx));
    }
    return ECOPT_OK;
}

static void read_concurrent(eco_build *b, const eco_node *map)
{
    eco_node *concurrent = eco_field_get(map, "concurrent");
    if (concurrent)
        b->definition->meter.concurrent = concurrent->text;
}

/* Sources first: check_meter judges what the definition holds, not the nodes. */
static ecopt_status read_meter(eco_build *b)
{
    eco_node *map = eco_field_get(b->root, "meter");
    eco_node *require = eco_field_get(map, "require"), *record = eco_field_get(map, "record");
    eco_node *total = eco_field_get(map, "total"), *edges = eco_field_get(map, "edges");
    ecopt_meter_policy *meter = &b->definition->meter;
    ECO_TRY(read_sources(b, map));
    meter->require = require ? require->text : NULL;
    meter->total = total ? total->text : NULL;
    meter->edges = edges ? edges->text : NULL;
    read_concurrent(b, map);
    if (record) {
        char *path = eco_fs_join(b->ctx, b->definition->dir, record->text);
        meter->record = eco_arena_strdup(b->arena, path);
        eco_free(b->ctx, path);
        if (!meter->record)
            return ECOPT_E_NOMEM;
        /* An empty name would join to the folder itself. */
        if (record->text[0] == '\0')
            eco_diagnosis_error(b->report, record, "", "the name of the trace file is empty");
    }
    return check_meter(b, map);
}

/* ---- carbon ---- */

/* The factor is looked up now, so that a study keeps the figure it began with, even when a later
 * release carries newer figures.  The code is kept in capitals, however it was written. */
static void read_country(eco_build *b, eco_node *node, ecopt_carbon *carbon)
{
    double factor = 0;
    if (ecopt_carbon_factor(node->text, &factor, NULL, NULL) != ECOPT_OK) {
        eco_diagnosis_error(b->report, node,
                            "write an ISO 3166-1 alpha-3 code such as GBR, or intensity: NUMBER",
                            "there is no carbon intensity for '%.40s'", node->text);
        return;
    }
    char *country = eco_arena_strdup(b->arena, node->text);
    if (!country) {
        b->report->status = ECOPT_E_NOMEM;
        return;
    }
    for (char *c = country; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    carbon->country = country;
    carbon->intensity_g_per_kwh = factor;
}

/* A factor that must be above 0, because 0 stands for not given. */
static void read_factor(eco_build *b, const eco_node *map, const char *key, double *ret)
{
    eco_node *node = eco_field_get(map, key);
    double value = 0;
    if (!node || !eco_node_number(node, &value))
        return;
    if (!(value > 0))
        eco_diagnosis_error(b->report, node, "leave it out if there is none",
                            "%s (%s) must be above 0", key, node->text);
    *ret = value;
}

/* Without a currency a number would pass for any. */
static void read_price(eco_build *b, const eco_node *map, ecopt_carbon *carbon)
{
    eco_node *price = eco_node_get(map, "price"), *currency = eco_node_get(map, "currency");
    read_factor(b, map, "price", &carbon->price_per_kwh);
    if (price && !currency)
        eco_diagnosis_error(b->report, price->key, "add e.g. currency: GBP",
                            "a price needs its currency");
    if (currency && !price)
        eco_diagnosis_error(b->report, currency->key, "add e.g. price: 0.28",
                            "a currency needs a price per kWh");
    currency = eco_field_get(map, "currency");
    if (currency && currency->text[0] == '\0')
        eco_diagnosis_error(b->report, currency, "", "the currency is empty");
    else if (currency)
        carbon->currency = currency->text;
}

/* Both halves are required by the table; each has a sign of its own to be checked here. */
static void read_embodied(eco_build *b, const eco_node *map, ecopt_carbon *carbon)
{
    const eco_node *embodied = eco_field_get(map, "embodied");
    eco_node *total = eco_field_get(embodied, "total");
    eco_node *lifetime = eco_field_get(embodied, "lifetime");
    if (total && eco_field_mass_g(total, &carbon->embodied_g) && !(carbon->embodied_g > 0))
        eco_diagnosis_error(b->report, total, "", "the total (%s) must be above 0", total->text);
    if (lifetime && eco_field_time_s(lifetime, &carbon->lifetime_s) && !(carbon->lifetime_s > 0))
        eco_diagnosis_error(b->report, lifetime, "", "the lifetime (%s) must be above 0",
                            lifetime->text);
}

/* After the intensity, on which the rule depends. */
static void read_uncertainty(eco_build *b, const eco_node *map, ecopt_carbon *carbon)
{
    eco_node *node = eco_field_get(map, "uncertainty");
    carbon->is_uncertainty_given = node != NULL;
    carbon->uncertainty_ratio = ecopt_carbon_uncertainty_ratio(carbon->intensity_g_per_kwh);
    if (node && eco_field_ratio(node, &carbon->uncertainty_ratio) &&
        !(carbon->uncertainty_ratio >= 0 && carbon->uncertainty_ratio <= 1))
        eco_diagnosis_error(b->report, node, "e.g. uncertainty: 15%",
                            "the uncertainty (%s) must be between 0 and 1", node->text);
}

/* A section that is there needs one of country and intensity; both may stand, and then the
 * written intensity wins, because it is read last.  With a bad key in it nothing is said to be
 * missing: that key may be the one. */
static void read_carbon(eco_build *b)
{
    ecopt_carbon *carbon = &b->definition->carbon;
    eco_node *map = eco_field_get(b->root, "carbon");
    /* Also without the section, so that energy is never multiplied by 0. */
    carbon->pue = 1;
    /* No section, no carbon figures: there is no country that could be assumed. */
    if (!map || eco_node_is_null(map))
        return;
    eco_node *country = eco_field_get(map, "country"), *pue = eco_field_get(map, "pue");
    eco_node *intensity = eco_field_get(map, "intensity");
    bool has_bad = false;
    /* Bad are unknown keys too, such as a misspelt country. */
    for (const eco_node *entry = map->first; entry; entry = entry->next)
        has_bad = has_bad || entry->is_bad;
    if (!eco_node_get(map, "country") && !eco_node_get(map, "intensity") && !has_bad)
        eco_diagnosis_error(b->report, map->key, "add country: GBR, or intensity: NUMBER in g/kWh",
                            "carbon needs a country or an intensity");
    carbon->is_set = true;
    if (country)
        read_country(b, country, carbon);
    if (intensity && eco_node_number(intensity, &carbon->intensity_g_per_kwh) &&
        carbon->intensity_g_per_kwh < 0)
        eco_diagnosis_error(b->report, intensity, "it is in g CO2e per kWh",
                            "the intensity must not be negative");
    if (pue && eco_node_number(pue, &carbon->pue) && carbon->pue < 1)
        eco_diagnosis_error(b->report, pue, "1 means that all energy goes to the computer",
                            "pue (%s) must be at least 1", pue->text);
    read_uncertainty(b, map, carbon);
    read_factor(b, map, "wue", &carbon->wue_l_per_kwh);
    read_embodied(b, map, carbon);
    read_price(b, map, carbon);
}

/* No section here needs another.  Want of memory within the readers without a status is noted in
 * the report and comes out at the end. */
ecopt_status eco_build_settings(eco_build *b)
{
    read_name(b);
    read_seed(b);
    read_sampler(b);
    read_budget(b);
    ECO_TRY(read_meter(b));
    read_carbon(b);
    return b->report->status;
}
