#include "waste_trial.h"

#include "core/fs.h"
#include "core/rng.h"
#include "trial/builtin.h"
#include "trial/trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a meter says of one of its own readings, relative; the scatter among runs is larger. */
static const double METER_U95_RATIO = 0.005;

/* Of a pass over the test images, what the profile phase takes; it scatters the more. */
static const double PROFILE_SHARE = 0.2;

/* Phases by name; a study file may leave out the first. */
static const char PROFILE[] = "profile", TRAIN[] = "train";

/* The linker gives the library's calls to the one and knows the library's own as the other. */
ecopt_status lookup_or_run(ecopt_ctx *ctx, const eco_trial_request *request,
                           eco_outcome **ret_outcome) __asm__("__wrap_eco_trial_run");
extern ecopt_status run_really(ecopt_ctx *ctx, const eco_trial_request *request,
                               eco_outcome **ret_outcome) __asm__("__real_eco_trial_run");

/* The only state: eco_trial_run has no argument that a study could pass it on in. */
static const waste_lookup *in_use;

void waste_lookup_use(const waste_lookup *lookup)
{
    in_use = lookup;
}

/* A trial under way. */
typedef struct walk {
    ecopt_ctx *ctx;
    const eco_trial_request *request;
    const curve_row *row;
    eco_outcome *outcome; /* grows: phases, curve */
    size_t room;          /* of phases */
    int64_t n_steps;
    bool is_enough;
    eco_str reason;
} walk;

/* Normal, of this run of this phase alone: what else is measured in a study changes nothing. */
static double scattered(const walk *w, double energy_j, size_t phase, int64_t repeat)
{
    eco_rng rng;
    uint64_t run = (uint64_t)repeat + (w->request->part ? 1000 : 0);
    eco_rng_init(&rng, in_use->seed, ECO_STREAM_TEST,
                 (uint64_t)w->request->trial << 24 | (uint64_t)phase << 16 | run);
    double ratio = in_use->scatter_ratio;
    if (strcmp(w->request->definition->phases[phase].name, PROFILE) == 0)
        ratio /= sqrt(PROFILE_SHARE);
    return energy_j * fmax(1 + ratio * eco_rng_normal(&rng), 0.01);
}

static ecopt_status add_record(walk *w, size_t phase, int64_t repeat, double energy_j)
{
    eco_outcome *o = w->outcome;
    if (o->n_phases == w->room) {
        ecopt_phase_record *grown =
            eco_realloc(w->ctx, o->phases, 2 * w->room + 4, sizeof *o->phases);
        if (!grown)
            return ECOPT_E_NOMEM;
        o->phases = grown;
        w->room = 2 * w->room + 4;
    }
    const char *name = eco_strdup(w->ctx, w->request->definition->phases[phase].name);
    if (!name)
        return ECOPT_E_NOMEM;
    double metered_j = scattered(w, energy_j, phase, repeat), time_s = energy_j / CURVE_TABLE_W;
    o->phases[o->n_phases++] =
        (ecopt_phase_record){.phase = name,
                             .time_s = time_s,
                             .cpu_s = time_s,
                             .max_rss_b = (double)NAN,
                             .energy = {.energy_j = metered_j,
                                        .u95_j = METER_U95_RATIO * metered_j,
                                        .gain_lo = 1,
                                        .gain_hi = 1,
                                        .time_s = time_s,
                                        .coverage_ratio = 1,
                                        .cpu_s = time_s,
                                        .quality = ECOPT_QUALITY_MEASURED_COUNTER,
                                        .foreign_cpu_s = (double)NAN},
                             .repeat = repeat};
    return ECOPT_OK;
}

static bool is_phase(const walk *w, size_t phase, const char *name)
{
    return strcmp(w->request->definition->phases[phase].name, name) == 0;
}

/* Epoch by epoch until the guide has seen enough. @return joules in *ret_j */
static ecopt_status train(walk *w, size_t phase, double *ret_j)
{
    const eco_trial_guide *guide = w->request->guide;
    ecopt_step_value *points = eco_alloc(w->ctx, CURVE_TABLE_EPOCHS, sizeof *points);
    w->outcome->curves = eco_alloc(w->ctx, 1, sizeof *w->outcome->curves);
    if (w->outcome->curves)
        *w->outcome->curves = (ecopt_metric_curve){eco_strdup(w->ctx, "accuracy"), 0, points};
    if (!points || !w->outcome->curves || !w->outcome->curves->name) {
        if (!w->outcome->curves)
            eco_free(w->ctx, points);
        return ECOPT_E_NOMEM;
    }
    w->outcome->n_curves = 1;
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    for (int e = 0; e < CURVE_TABLE_EPOCHS && verdict == ECO_VERDICT_GO_ON; e++) {
        const ecopt_metric_value value = {"accuracy", w->row->accuracy[e], (double)NAN};
        const eco_trial_step step = {.phase = phase,
                                     .step = e + 1,
                                     .time_s = (e + 1) * w->row->epoch_j / CURVE_TABLE_W,
                                     .n = 1,
                                     .values = &value};
        points[e] = (ecopt_step_value){e + 1, value.value};
        w->outcome->curves->n = (size_t)e + 1;
        *ret_j = (e + 1) * w->row->epoch_j;
        if (guide && guide->on_step)
            ECO_TRY(guide->on_step(guide->user, &step, &w->reason, &verdict));
    }
    w->is_enough = verdict == ECO_VERDICT_PRUNE;
    return ECOPT_OK;
}

/* Inferences of a phase; training has none. */
static double samples_of(const walk *w, size_t phase)
{
    if (is_phase(w, phase, TRAIN))
        return (double)NAN;
    return CURVE_TABLE_INFERENCES * (is_phase(w, phase, PROFILE) ? PROFILE_SHARE : 1);
}

/* Metrics of the phases that ran to their end, as trial.c makes them. */
static ecopt_status make_values(const walk *w, eco_values *values)
{
    const ecopt_definition *definition = w->request->definition;
    eco_builtin_run runs[64];
    for (size_t p = 0; p < definition->n_phases; p++) {
        size_t n = 0;
        for (size_t i = 0; i < w->outcome->n_phases && n < ECO_LEN(runs); i++) {
            bool is_cut = w->is_enough && i + 1 == w->outcome->n_phases;
            if (strcmp(w->outcome->phases[i].phase, definition->phases[p].name) == 0 && !is_cut)
                runs[n++] = (eco_builtin_run){&w->outcome->phases[i], samples_of(w, p)};
        }
        if (n > 0)
            ECO_TRY(eco_builtin_phase(w->ctx, definition, runs, n, values));
        if (n > 0 && p + 1 == definition->n_phases)
            ECO_TRY(eco_values_add(w->ctx, values, "accuracy",
                                   w->row->accuracy[CURVE_TABLE_EPOCHS - 1], (double)NAN));
    }
    /* The totals of a whole trial: what the books and the models know of its cost. */
    bool is_whole = !w->is_enough && !w->request->part && w->outcome->n_phases > 0 &&
                    strcmp(w->outcome->phases[w->outcome->n_phases - 1].phase,
                           definition->phases[definition->n_phases - 1].name) == 0;
    return is_whole ? eco_builtin_total(w->ctx, definition, w->outcome->phases,
                                        w->outcome->n_phases, values)
                    : ECOPT_OK;
}

/* What the profile phase told stays with a trial that ends early, as in trial.c. */
static ecopt_status add_provided(const walk *w, eco_values *values)
{
    const ecopt_definition *definition = w->request->definition;
    const ecopt_profile_policy *profile = &definition->profile;
    for (size_t i = 0; profile->is_set && i < profile->n_provides; i++) {
        const char *name = definition->objectives[profile->provides[i].objective].metric;
        const ecopt_metric_value *known = eco_values_find(values, profile->provides[i].metric);
        if (known && !eco_values_find(values, name))
            ECO_TRY(eco_values_add(w->ctx, values, name, known->value, known->u95));
    }
    return ECOPT_OK;
}

static ecopt_status ask_guide(walk *w, size_t phase, int64_t repeat, eco_verdict *ret_verdict)
{
    const eco_trial_guide *guide = w->request->guide;
    eco_values values = {0};
    *ret_verdict = w->is_enough ? ECO_VERDICT_PRUNE : ECO_VERDICT_GO_ON;
    if (w->is_enough || !guide || !guide->on_phase)
        return ECOPT_OK;
    ecopt_status status = make_values(w, &values);
    const eco_trial_progress progress = {.phase = phase,
                                         .repeat = repeat,
                                         .n_metrics = values.n,
                                         .metrics = values.items,
                                         .n_phases = w->outcome->n_phases,
                                         .phases = w->outcome->phases};
    if (status == ECOPT_OK)
        status = guide->on_phase(guide->user, &progress, &w->reason, ret_verdict);
    eco_values_free(w->ctx, &values);
    return status;
}

/* One phase as often as the guide wants it. */
static ecopt_status run_phase(walk *w, size_t phase)
{
    const eco_trial_part *part = w->request->part;
    eco_verdict verdict = ECO_VERDICT_AGAIN;
    for (int64_t r = part ? part->round : 1; verdict == ECO_VERDICT_AGAIN; r++) {
        double energy_j = 1e-6 * w->row->infer_uj * CURVE_TABLE_INFERENCES;
        if (is_phase(w, phase, PROFILE))
            energy_j *= PROFILE_SHARE;
        else if (is_phase(w, phase, TRAIN))
            ECO_TRY(train(w, phase, &energy_j));
        ECO_TRY(add_record(w, phase, r, energy_j));
        ECO_TRY(ask_guide(w, phase, r, &verdict));
    }
    if (verdict == ECO_VERDICT_PRUNE) {
        w->outcome->state = ECOPT_TRIAL_PRUNED;
        w->outcome->cause = ECOPT_CAUSE_PRUNED;
    }
    return ECOPT_OK;
}

static ecopt_status walk_all(walk *w)
{
    const eco_trial_part *part = w->request->part;
    size_t n = part ? part->n : w->request->definition->n_phases;
    eco_values values = {0};
    ECO_TRY(eco_fs_make_dirs(w->ctx, w->request->dir));
    for (size_t i = 0; i < n && w->outcome->state == ECOPT_TRIAL_COMPLETE; i++)
        ECO_TRY(run_phase(w, part ? part->phases[i] : i));
    ecopt_status status = make_values(w, &values);
    if (status == ECOPT_OK && w->outcome->state == ECOPT_TRIAL_PRUNED)
        status = add_provided(w, &values);
    w->outcome->metrics = values.items;
    w->outcome->n_metrics = values.n;
    if (status == ECOPT_OK)
        status = eco_str_take(&w->reason, &w->outcome->reason);
    return status;
}

ecopt_status lookup_or_run(ecopt_ctx *ctx, const eco_trial_request *request,
                           eco_outcome **ret_outcome)
{
    if (!in_use)
        return run_really(ctx, request, ret_outcome);
    walk w = {.ctx = ctx,
              .request = request,
              .row = curve_table_find(in_use->table, request->x),
              .reason = ECO_STR_INIT(ctx)};
    if (!w.row)
        return eco_fail(ctx, ECOPT_E_NOT_FOUND, "the table has no such point");
    w.outcome = eco_alloc(ctx, 1, sizeof *w.outcome);
    if (!w.outcome)
        return ECOPT_E_NOMEM;
    *w.outcome = (eco_outcome){.state = ECOPT_TRIAL_COMPLETE};
    ecopt_status status = walk_all(&w);
    eco_str_release(&w.reason);
    if (status == ECOPT_OK)
        *ret_outcome = w.outcome;
    else
        eco_outcome_free(ctx, w.outcome);
    return status;
}
