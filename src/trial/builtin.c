#include "trial/builtin.h"

#include <ecopt/measure.h>
#include <ecopt/units.h>
#include <math.h>
#include <string.h>

/* What a metric is made from. */
enum { NEEDS_ENERGY = 1, NEEDS_SAMPLES = 2, NEEDS_CARBON = 4, NEEDS_PRICE = 8, IS_TOTAL_TOO = 16 };

/* Ingredients of one phase or of the total; NaN where not known. */
typedef struct ingredients {
    double energy_j, u95_j, time_s, samples, cpu_s, max_rss_b;
    double g_per_j;     /* carbon factor times PUE */
    double price_per_j; /* times PUE */
} ingredients;

/* A value with its uncertainty. */
typedef struct quantity {
    double value, u95;
} quantity;

/*
 * One function per metric, each a line of the table in builtin.h.  None of them checks its
 * ingredients: a NaN goes through arithmetic by itself, x/0 becomes infinite or NaN, and add_made
 * leaves out whatever is not finite.  So "not known" needs no second channel, and no metric is ever
 * 0 for want of knowledge.
 */
static quantity energy_j(const ingredients *in)
{
    return (quantity){in->energy_j, in->u95_j};
}

/*
 * Clocks are exact beside everything else here, so a time has no uncertainty of its own; NaN says
 * that none is stated, which is not the same as none.
 */
static quantity time_s(const ingredients *in)
{
    return (quantity){in->time_s, (double)NAN};
}

static quantity carbon_g(const ingredients *in)
{
    return (quantity){in->energy_j * in->g_per_j, in->u95_j * in->g_per_j};
}

static quantity energy_cost(const ingredients *in)
{
    return (quantity){in->energy_j * in->price_per_j, in->u95_j * in->price_per_j};
}

/* The uncertainty is the energy's alone; the time cancels nothing and adds nothing. */
static quantity power_w(const ingredients *in)
{
    return (quantity){in->energy_j / in->time_s, in->u95_j / in->time_s};
}

static quantity j_per_sample(const ingredients *in)
{
    return (quantity){in->energy_j / in->samples, in->u95_j / in->samples};
}

/*
 * The only one that is not linear in E.  With f = n/E, df/dE = -n/E^2, so u_f = n u_E / E^2 to the
 * first order (JCGM 100:2008, equation 10, one input).  It is written as (n/E) (u/E): E^2 would
 * underflow for energies below 1e-154 J, and overflow above 1e154 J.
 */
static quantity samples_per_j(const ingredients *in)
{
    double e = in->energy_j;
    return (quantity){in->samples / e, in->samples / e * (in->u95_j / e)};
}

static quantity samples_per_s(const ingredients *in)
{
    return (quantity){in->samples / in->time_s, (double)NAN};
}

static quantity cpu_s(const ingredients *in)
{
    return (quantity){in->cpu_s, (double)NAN};
}

static quantity max_rss_b(const ingredients *in)
{
    return (quantity){in->max_rss_b, (double)NAN};
}

/* The one list of built-in metrics; every function below reads it. */
static const struct builtin {
    const char *suffix;
    quantity (*make)(const ingredients *in);
    unsigned needs;
} builtins[] = {
    {"energy_j", energy_j, NEEDS_ENERGY | IS_TOTAL_TOO},
    {"time_s", time_s, IS_TOTAL_TOO},
    {"power_w", power_w, NEEDS_ENERGY},
    {"carbon_g", carbon_g, NEEDS_ENERGY | NEEDS_CARBON | IS_TOTAL_TOO},
    {"energy_cost", energy_cost, NEEDS_ENERGY | NEEDS_PRICE | IS_TOTAL_TOO},
    {"j_per_sample", j_per_sample, NEEDS_ENERGY | NEEDS_SAMPLES},
    {"samples_per_j", samples_per_j, NEEDS_ENERGY | NEEDS_SAMPLES},
    {"samples_per_s", samples_per_s, NEEDS_SAMPLES},
    {"cpu_s", cpu_s, 0},
    {"max_rss_b", max_rss_b, 0},
};

/* Entry for a whole name; *ret_phase becomes the phase's index or n_phases for a total. */
/*
 * The phase is what stands before the LAST dot, as a phase's own name may have dots and none of the
 * suffixes has.
 */
static const struct builtin *find_builtin(const char *name, const ecopt_phase *phases,
                                          size_t n_phases, size_t *ret_phase)
{
    const char *dot = strrchr(name, '.');
    const char *suffix = dot ? dot + 1 : name;
    size_t phase = n_phases;
    for (size_t i = 0; dot && i < n_phases; i++)
        if (strlen(phases[i].name) == (size_t)(dot - name) &&
            strncmp(phases[i].name, name, (size_t)(dot - name)) == 0)
            phase = i;
    if (dot && phase == n_phases)
        return NULL;
    for (size_t i = 0; i < ECO_LEN(builtins); i++) {
        if (strcmp(builtins[i].suffix, suffix) != 0 ||
            (!dot && !(builtins[i].needs & IS_TOTAL_TOO)))
            continue;
        *ret_phase = phase;
        return &builtins[i];
    }
    return NULL;
}

/*
 * Without a carbon intensity in the study, "carbon_g" is a name like any other: a program may
 * report one of its own.  So is "energy_cost" without a price.
 */
bool eco_metric_is_builtin(const char *name, const ecopt_phase *phases, size_t n_phases,
                           bool has_carbon, bool has_price)
{
    size_t phase;
    const struct builtin *b = find_builtin(name, phases, n_phases, &phase);
    return b && (has_carbon || !(b->needs & NEEDS_CARBON)) &&
           (has_price || !(b->needs & NEEDS_PRICE));
}

/*
 * All built-in metrics are: energies, times, rates and their ratios.  The optimiser models them on
 * a log scale, where a factor of two means the same at every size.
 */
bool eco_metric_is_positive(const char *name, const ecopt_phase *phases, size_t n_phases)
{
    size_t phase;
    return find_builtin(name, phases, n_phases, &phase) != NULL;
}

bool eco_builtin_explain(const char *name, const ecopt_phase *phases, size_t n_phases,
                         size_t *ret_phase, bool *ret_needs_energy, bool *ret_needs_samples)
{
    const struct builtin *b = find_builtin(name, phases, n_phases, ret_phase);
    if (!b)
        return false;
    *ret_needs_energy = b->needs & NEEDS_ENERGY;
    *ret_needs_samples = b->needs & NEEDS_SAMPLES;
    return true;
}

ecopt_status eco_values_add(ecopt_ctx *ctx, eco_values *values, const char *name, double value,
                            double u95)
{
    if (values->n == values->room) {
        size_t room = values->room ? values->room * 2 : 16;
        ecopt_metric_value *bigger = eco_realloc(ctx, values->items, room, sizeof *bigger);
        if (!bigger)
            return ECOPT_E_NOMEM;
        values->items = bigger;
        values->room = room;
    }
    const char *copy = eco_strdup(ctx, name);
    if (!copy)
        return ECOPT_E_NOMEM;
    values->items[values->n++] = (ecopt_metric_value){copy, value, u95};
    return ECOPT_OK;
}

const ecopt_metric_value *eco_values_find(const eco_values *values, const char *name)
{
    for (size_t i = 0; i < values->n; i++)
        if (strcmp(values->items[i].name, name) == 0)
            return &values->items[i];
    return NULL;
}

void eco_name_free(ecopt_ctx *ctx, const char *name)
{
    union {
        const char *in;
        char *out;
    } same = {.in = name};
    eco_free(ctx, same.out);
}

void eco_values_free(ecopt_ctx *ctx, eco_values *values)
{
    for (size_t i = 0; i < values->n; i++)
        eco_name_free(ctx, values->items[i].name);
    eco_free(ctx, values->items);
    *values = (eco_values){0};
}

/*
 * g/kWh to g/J, times PUE (power usage effectiveness: what the building draws per joule that the
 * computer draws).  The intensity's own uncertainty is not known to ECOpt and not in u95.
 */
static double carbon_factor(const ecopt_definition *definition)
{
    const ecopt_carbon *carbon = &definition->carbon;
    if (!carbon->is_set)
        return (double)NAN;
    return carbon->intensity_g_per_kwh / ECOPT_J_PER_KWH * carbon->pue;
}

/* Per kWh to per J, times PUE: the building's meter is what is billed. */
static double price_factor(const ecopt_definition *definition)
{
    const ecopt_carbon *carbon = &definition->carbon;
    if (!carbon->is_set || !(carbon->price_per_kwh > 0))
        return (double)NAN;
    return carbon->price_per_kwh / ECOPT_J_PER_KWH * carbon->pue;
}

/* A metric of one phase (or of none: a total); what is not finite is left out. */
static ecopt_status add_made(ecopt_ctx *ctx, const struct builtin *b, quantity made,
                             const char *phase, eco_values *values)
{
    if (!isfinite(made.value))
        return ECOPT_OK;
    char *name = phase ? eco_asprintf(ctx, "%s.%s", phase, b->suffix) : eco_strdup(ctx, b->suffix);
    if (!name)
        return ECOPT_E_NOMEM;
    ecopt_status status =
        eco_values_add(ctx, values, name, made.value, isfinite(made.u95) ? made.u95 : (double)NAN);
    eco_free(ctx, name);
    return status;
}

/*
 * CPU time of a replayed window is taken from the trace.  The program that runs beside a replay is
 * a stand-in, and a study that is repeated must see the same numbers bit for bit.
 */
static ingredients ingredients_of(const ecopt_definition *definition, const eco_builtin_run *run)
{
    const ecopt_phase_record *record = run->record;
    bool is_replayed = record->energy.flags & ECOPT_FLAG_REPLAY;
    return (ingredients){.energy_j = record->energy.energy_j,
                         .u95_j = record->energy.u95_j,
                         .time_s = record->time_s,
                         .samples = run->samples > 0 ? run->samples : (double)NAN,
                         .cpu_s = is_replayed ? record->energy.cpu_s : record->cpu_s,
                         .max_rss_b = record->max_rss_b,
                         .g_per_j = carbon_factor(definition),
                         .price_per_j = price_factor(definition)};
}

/* The largest: memory has to suffice for every run. */
static quantity largest(const ecopt_repeat *repeats, size_t n)
{
    double most = repeats[0].value;
    for (size_t i = 1; i < n; i++)
        most = fmax(most, repeats[i].value);
    return (quantity){most, (double)NAN};
}

/* One metric of n runs; `repeats` carries the marks of outliers and is written over. */
static quantity mean_of(const ecopt_definition *definition, const struct builtin *b,
                        const eco_builtin_run *runs, size_t n, ecopt_repeat *repeats)
{
    for (size_t i = 0; i < n; i++) {
        ingredients in = ingredients_of(definition, &runs[i]);
        quantity made = b->make(&in);
        repeats[i].value = made.value;
        repeats[i].u95 = made.u95;
    }
    if (n == 1)
        return (quantity){repeats[0].value, repeats[0].u95};
    if (b->make == max_rss_b)
        return largest(repeats, n);
    ecopt_repeats_summary mean;
    ecopt_repeats_summarise(repeats, n, NULL, &mean);
    return (quantity){mean.mean, mean.u95};
}

ecopt_status eco_builtin_phase(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const eco_builtin_run *runs, size_t n, eco_values *values)
{
    ecopt_repeat *repeats = eco_alloc(ctx, n, sizeof *repeats);
    if (!repeats)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        repeats[i] = ecopt_repeat_of(&runs[i].record->energy);
    ecopt_status status = ecopt_repeats_mark(ctx, repeats, n, NULL);
    for (size_t i = 0; i < ECO_LEN(builtins) && status == ECOPT_OK; i++)
        status = add_made(ctx, &builtins[i], mean_of(definition, &builtins[i], runs, n, repeats),
                          runs[0].record->phase, values);
    eco_free(ctx, repeats);
    return status;
}

/* A metric that eco_builtin_phase has made; NaN when there is none. */
static quantity made_of(const eco_values *values, const char *phase, const char *suffix)
{
    size_t n = strlen(phase);
    for (size_t i = 0; i < values->n; i++) {
        const char *name = values->items[i].name;
        if (strncmp(name, phase, n) == 0 && name[n] == '.' && strcmp(name + n + 1, suffix) == 0)
            return (quantity){values->items[i].value, values->items[i].u95};
    }
    return (quantity){(double)NAN, (double)NAN};
}

/*
 * The random errors of phases are independent, as in ecopt_energy_add: they follow one another and
 * have readings of their own at both ends.  Rates and ratios have no total: the mean power of
 * training and test together answers no question.
 */
ecopt_status eco_builtin_total(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_phase_record *records, size_t n, eco_values *values)
{
    ingredients in = {.samples = (double)NAN,
                      .cpu_s = (double)NAN,
                      .max_rss_b = (double)NAN,
                      .g_per_j = carbon_factor(definition),
                      .price_per_j = price_factor(definition)};
    for (size_t i = 0; i < n; i++) {
        const ecopt_phase_record *record = &records[i];
        quantity energy = {record->energy.energy_j, record->energy.u95_j};
        quantity time = {record->time_s, (double)NAN};
        if (record->repeat > 1)
            continue;
        if (i + 1 < n && records[i + 1].repeat > 1) {
            energy = made_of(values, record->phase, "energy_j");
            time = made_of(values, record->phase, "time_s");
        }
        in.energy_j += energy.value;
        in.u95_j = hypot(in.u95_j, energy.u95);
        in.time_s += time.value;
    }
    for (size_t i = 0; i < ECO_LEN(builtins); i++)
        if (builtins[i].needs & IS_TOTAL_TOO)
            ECO_TRY(add_made(ctx, &builtins[i], builtins[i].make(&in), NULL, values));
    return ECOPT_OK;
}

void eco_energy_unmeasured(double duration_s, double used_cpu_s, ecopt_energy *ret)
{
    ecopt_energy_clear(ret);
    ret->energy_j = (double)NAN;
    ret->u95_j = (double)NAN;
    ret->gain_lo = 0;
    ret->gain_hi = (double)INFINITY;
    ret->time_s = duration_s;
    ret->gap_s = duration_s;
    ret->coverage_ratio = 0;
    ret->cpu_s = used_cpu_s;
    ret->quality = ECOPT_QUALITY_UNMEASURABLE;
}
