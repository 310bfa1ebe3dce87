#include "trial/trial.h"

#include "trial/phase.h"

#include <math.h>
#include <string.h>

/* Names listed when a metric is missing. */
enum { NAMES_LISTED = 5 };

/*
 * A metric need not be declared.  A declaration says where to look (a regex, a file, one phase
 * only); what a program reports by itself under a name is found without it.
 */
static const ecopt_metric *find_declared(const ecopt_definition *definition, const char *name)
{
    for (size_t i = 0; i < definition->n_metrics; i++)
        if (strcmp(definition->metrics[i].name, name) == 0)
            return &definition->metrics[i];
    return NULL;
}

/* What was reported under a name: in its declared phase, in any, or as "phase.name". */
static const eco_pool_item *find_report(const eco_trial *t, const char *name)
{
    const ecopt_metric *declared = find_declared(t->definition, name);
    if (declared && declared->phase)
        return eco_pool_find(&t->pool, eco_trial_find_phase(t, declared->phase), name);
    const eco_pool_item *item = eco_pool_find(&t->pool, ECO_PHASE_ANY, name);
    for (size_t i = 0; !item && i < t->definition->n_phases; i++) {
        size_t n = strlen(t->definition->phases[i].name);
        if (strncmp(name, t->definition->phases[i].name, n) == 0 && name[n] == '.')
            item = eco_pool_find(&t->pool, i, name + n + 1);
    }
    return item;
}

/*
 * "samples" turns energy into energy per sample.  A program of one phase may report it for another
 * under "PHASE.samples", as a training script that knows the size of the test set does.
 */
static double samples_of(const eco_trial *t, size_t phase)
{
    const eco_pool_item *item = eco_pool_find(&t->pool, phase, "samples");
    if (item)
        return item->value;
    const char *prefix = t->definition->phases[phase].name;
    size_t n = strlen(prefix);
    for (size_t i = 0; i < t->pool.n; i++) {
        const char *name = t->pool.items[i].name;
        if (strncmp(name, prefix, n) == 0 && strcmp(name + n, ".samples") == 0)
            item = &t->pool.items[i];
    }
    return item ? item->value : (double)NAN;
}

static bool is_builtin(const eco_trial *t, const char *name)
{
    return eco_metric_is_builtin(name, t->definition->phases, t->definition->n_phases,
                                 t->definition->carbon.is_set,
                                 t->definition->carbon.price_per_kwh > 0);
}

/* The last step of a trial that was cut off is no final value: it stays in the curve.  Nor is the
 * last line that a pattern has found until then, which may be one of many to come. */
static bool is_passing(const eco_trial *t, const eco_pool_item *item)
{
    const ecopt_metric *declared = find_declared(t->definition, item->name);
    bool is_matched = declared && declared->kind == ECOPT_METRIC_REGEX;
    return t->is_enough && item->phase == t->phase &&
           (is_matched || (item->step > 0 && !item->is_final));
}

/* Adds a reported metric under `name`, once, unless ECOpt makes one of that name itself. */
static ecopt_status add_report(eco_trial *t, const char *name, eco_values *values)
{
    const eco_pool_item *item = find_report(t, name);
    if (!item || is_passing(t, item) || !isfinite(item->value) || is_builtin(t, name) ||
        eco_values_find(values, name))
        return ECOPT_OK;
    return eco_values_add(t->ctx, values, name, item->value, item->u95);
}

/* Of a phase that was cut off the record says what it spent, but nothing is made of it: its joules
 * would be a wrong number under a right name. */
static bool is_cut(const eco_trial *t, size_t record)
{
    return t->is_enough && record + 1 == t->n_records;
}

/* Built-in metrics of one phase, from all of its runs. */
static ecopt_status add_builtin(eco_trial *t, size_t phase, eco_values *values)
{
    eco_builtin_run *runs = eco_alloc(t->ctx, t->n_records + 1, sizeof *runs);
    if (!runs)
        return ECOPT_E_NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < t->n_records; i++) {
        if (eco_trial_find_phase(t, t->records[i].phase) != phase || is_cut(t, i))
            continue;
        /* Told by another phase, or by none. */
        double samples = isnan(t->samples[i]) ? samples_of(t, phase) : t->samples[i];
        runs[n++] = (eco_builtin_run){&t->records[i], samples};
    }
    ecopt_status status =
        n > 0 ? eco_builtin_phase(t->ctx, t->definition, runs, n, values) : ECOPT_OK;
    eco_free(t->ctx, runs);
    return status;
}

/* All metrics of the trial: reported ones in the order they came, then built-in ones. */
static ecopt_status make_values(eco_trial *t, eco_values *values)
{
    const ecopt_definition *definition = t->definition;
    size_t n_run = 0;
    for (size_t i = 0; i < t->pool.n; i++)
        ECO_TRY(add_report(t, t->pool.items[i].name, values));
    for (size_t i = 0; i < definition->n_objectives; i++)
        ECO_TRY(add_report(t, definition->objectives[i].metric, values));
    for (size_t i = 0; i < definition->n_constraints; i++)
        ECO_TRY(add_report(t, definition->constraints[i].metric, values));
    for (size_t i = 0; i < definition->n_phases; i++)
        ECO_TRY(add_builtin(t, i, values));
    for (size_t i = 0; i < t->n_records; i++)
        n_run += t->records[i].repeat == 1 && !is_cut(t, i);
    /* A total over half a trial would be a wrong number under a right name. */
    if (n_run == definition->n_phases && !t->request->part)
        ECO_TRY(eco_builtin_total(t->ctx, definition, t->records, t->n_records, values));
    return ECOPT_OK;
}

/* A trial that ended early keeps the objectives that its profile phase has told: they are as good
 * as those of a whole trial, and the models learn from them. */
static ecopt_status add_provided(eco_trial *t, eco_values *values)
{
    const ecopt_profile_policy *profile = &t->definition->profile;
    for (size_t i = 0; profile->is_set && i < profile->n_provides; i++) {
        const char *name = t->definition->objectives[profile->provides[i].objective].metric;
        const ecopt_metric_value *known = eco_values_find(values, profile->provides[i].metric);
        if (known && !eco_values_find(values, name))
            ECO_TRY(eco_values_add(t->ctx, values, name, known->value, known->u95));
    }
    return ECOPT_OK;
}

/*
 * The user asked for a number that ECOpt makes; what is missing is an ingredient, and it is the
 * ingredient that has to be named: no meter, or a program that does not say how much it did.
 */
static void explain_builtin(eco_trial *t, const char *name, size_t phase, bool needs_energy,
                            bool needs_samples)
{
    const ecopt_definition *definition = t->definition;
    bool is_metered = true;
    for (size_t i = 0; i < t->n_records; i++)
        if (phase == definition->n_phases || eco_trial_find_phase(t, t->records[i].phase) == phase)
            is_metered = is_metered && isfinite(t->records[i].energy.energy_j);
    t->cause = needs_energy && !is_metered ? ECOPT_CAUSE_METER : ECOPT_CAUSE_NO_METRIC;
    if (needs_energy && !is_metered)
        eco_str_addf(&t->reason, "'%s' is not known: no energy could be measured", name);
    else if (needs_samples && !(samples_of(t, phase) > 0))
        eco_str_addf(&t->reason, "'%s' is not known: phase '%s' reported no 'samples' above 0",
                     name, definition->phases[phase].name);
    else
        eco_str_addf(&t->reason, "'%s' is not known", name);
}

/* Most missing metrics are misspelt ones.  The names that did come show that at a glance. */
static void list_reported(eco_trial *t)
{
    size_t n = t->pool.n < NAMES_LISTED ? t->pool.n : NAMES_LISTED;
    for (size_t i = 0; i < n; i++)
        eco_str_addf(&t->reason, "%s'%s'", i ? ", " : "; it reported ", t->pool.items[i].name);
    if (n < t->pool.n)
        eco_str_add(&t->reason, ", ...");
    if (t->pool.first_note)
        eco_str_addf(&t->reason, "; %s", t->pool.first_note);
}

/* Why nothing was reported: what was looked for, and where. */
static ecopt_status explain_absent(eco_trial *t, const char *name)
{
    const ecopt_metric *metric = find_declared(t->definition, name);
    double value;
    if (metric && metric->phase)
        eco_str_addf(&t->reason, "phase '%s'", metric->phase);
    else
        eco_str_add(&t->reason, t->definition->n_phases == 1 ? "the program" : "the programs");
    if (metric && metric->kind == ECOPT_METRIC_REGEX) {
        const eco_pattern *pattern = t->patterns[metric - t->definition->metrics];
        eco_str_addf(&t->reason, " printed no '%s': no line matched /%s/", name, metric->regex);
        if (eco_pattern_failures(pattern) > 0)
            eco_str_addf(&t->reason, " (too many steps on %zu lines)",
                         eco_pattern_failures(pattern));
    } else if (metric && metric->kind == ECOPT_METRIC_JSON) {
        ecopt_status status = eco_trial_read_json(t, metric, &value);
        if (status == ECOPT_E_NOMEM)
            return status;
        eco_str_addf(&t->reason, " wrote no '%s': %s", name,
                     status == ECOPT_OK ? "it came too late" : ecopt_ctx_errmsg(t->ctx));
    } else {
        eco_str_addf(&t->reason,
                     " reported no '%s': not by a line '[ecopt] {\"%s\": ...}', $ECOPT_RESULT or "
                     "'ecopt log'",
                     name, name);
        list_reported(t);
    }
    return ECOPT_OK;
}

/*
 * In the order in which a user would look: did ECOpt have to make it, was it reported at all, and
 * if so, what stood there in place of a number.
 */
static ecopt_status explain_missing(eco_trial *t, const char *name)
{
    const ecopt_definition *definition = t->definition;
    size_t phase;
    bool needs_energy, needs_samples;
    eco_str_clear(&t->reason);
    t->state = ECOPT_TRIAL_FAILED;
    t->cause = ECOPT_CAUSE_NO_METRIC;
    if (is_builtin(t, name) && eco_builtin_explain(name, definition->phases, definition->n_phases,
                                                   &phase, &needs_energy, &needs_samples)) {
        explain_builtin(t, name, phase, needs_energy, needs_samples);
        return ECOPT_OK;
    }
    const eco_pool_item *item = find_report(t, name);
    if (!item)
        return explain_absent(t, name);
    t->cause = ECOPT_CAUSE_NOT_A_NUMBER;
    eco_str_addf(&t->reason, "phase '%s': '%s' ", definition->phases[item->phase].name, name);
    if (item->text)
        eco_str_addf(&t->reason, "is not a number: %s", item->text);
    else
        eco_str_add(&t->reason, "is not a finite number (NaN or infinity)");
    return ECOPT_OK;
}

/* Every metric that objectives and constraints need must have a finite value. */
static ecopt_status check_needed(eco_trial *t, const eco_values *values)
{
    const ecopt_definition *definition = t->definition;
    for (size_t i = 0; i < definition->n_objectives && t->state == ECOPT_TRIAL_COMPLETE; i++)
        if (!eco_values_find(values, definition->objectives[i].metric))
            ECO_TRY(explain_missing(t, definition->objectives[i].metric));
    for (size_t i = 0; i < definition->n_constraints && t->state == ECOPT_TRIAL_COMPLETE; i++)
        if (!eco_values_find(values, definition->constraints[i].metric))
            ECO_TRY(explain_missing(t, definition->constraints[i].metric));
    return ECOPT_OK;
}

/* True when a later phase has reported a curve of the same name: as of values, the last counts. */
static bool has_later_curve(const eco_pool *pool, const eco_pool_item *item)
{
    for (size_t i = 0; i < pool->n; i++)
        if (pool->items[i].steps.n > 0 && pool->items[i].phase > item->phase &&
            strcmp(pool->items[i].name, item->name) == 0)
            return true;
    return false;
}

/* The metrics that were reported by step. The value of that name may be another phase's: training
 * reports on the way what the test will say in the end. Names and points are the outcome's own. */
static ecopt_status make_curves(eco_trial *t, eco_outcome *outcome)
{
    outcome->curves = eco_alloc(t->ctx, t->pool.n, sizeof *outcome->curves);
    if (!outcome->curves)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < t->pool.n; i++) {
        const eco_pool_item *item = &t->pool.items[i];
        const char *name = item->name;
        if (item->steps.n == 0 || has_later_curve(&t->pool, item) || is_builtin(t, name))
            continue;
        size_t n = item->steps.n;
        char *copy = eco_strdup(t->ctx, name);
        ecopt_step_value *points = eco_alloc(t->ctx, n, sizeof *points);
        if (copy && points)
            memcpy(points, item->steps.points, n * sizeof *points);
        outcome->curves[outcome->n_curves++] = (ecopt_metric_curve){copy, n, points};
        if (!copy || !points)
            return ECOPT_E_NOMEM;
    }
    return ECOPT_OK;
}

/*
 * A trial that breaks a bound on a metric stays complete: its values are what the models learn the
 * bound from.  The cause says that it is not feasible, and is counted.  NaN breaks every bound.
 */
static void check_bounds(eco_trial *t, const eco_values *values)
{
    for (size_t i = 0; i < t->definition->n_constraints && t->state == ECOPT_TRIAL_COMPLETE; i++) {
        const ecopt_constraint *constraint = &t->definition->constraints[i];
        const ecopt_metric_value *metric = eco_values_find(values, constraint->metric);
        double value = metric ? metric->value : (double)NAN;
        bool holds = constraint->relation == ECOPT_AT_MOST ? value <= constraint->bound
                                                           : value >= constraint->bound;
        if (!holds)
            t->cause = ECOPT_CAUSE_CONSTRAINT;
    }
}

/*
 * The records change hands at the very end, when nothing can fail any more; until then
 * eco_trial_close owns them, so every way out releases them exactly once.
 */
static ecopt_status make_outcome(eco_trial *t, eco_outcome **ret_outcome)
{
    eco_values values = {0};
    eco_outcome *outcome = eco_alloc(t->ctx, 1, sizeof *outcome);
    if (!outcome)
        return ECOPT_E_NOMEM;
    ecopt_status status = make_values(t, &values);
    if (status == ECOPT_OK && t->state == ECOPT_TRIAL_PRUNED)
        status = add_provided(t, &values);
    if (status == ECOPT_OK && !t->request->part)
        status = check_needed(t, &values);
    if (status == ECOPT_OK)
        check_bounds(t, &values);
    if (status == ECOPT_OK)
        status = make_curves(t, outcome);
    if (status == ECOPT_OK)
        status = eco_str_take(&t->reason, &outcome->reason);
    /* The tail of the output is masked already; paths, arguments and texts of metrics are not. */
    if (status == ECOPT_OK)
        eco_mask_text(t->request->mask, outcome->reason, strlen(outcome->reason));
    if (status != ECOPT_OK) {
        eco_values_free(t->ctx, &values);
        eco_outcome_free(t->ctx, outcome);
        return status;
    }
    outcome->state = t->state;
    outcome->cause = t->cause;
    outcome->n_metrics = values.n;
    outcome->metrics = values.items;
    outcome->n_phases = t->n_records;
    outcome->phases = t->records;
    t->records = NULL;
    t->n_records = 0;
    *ret_outcome = outcome;
    return ECOPT_OK;
}

/* What the guide says of a phase that has just ended well. */
static ecopt_status ask_guide(eco_trial *t, eco_verdict *ret_verdict)
{
    const eco_trial_guide *guide = t->request->guide;
    eco_values values = {0};
    *ret_verdict = ECO_VERDICT_GO_ON;
    if (!guide || !guide->on_phase)
        return ECOPT_OK;
    ecopt_status status = make_values(t, &values);
    eco_str_clear(&t->reason);
    if (status == ECOPT_OK) {
        const eco_trial_progress progress = {.phase = t->phase,
                                             .repeat = t->repeat,
                                             .n_metrics = values.n,
                                             .metrics = values.items,
                                             .n_phases = t->n_records,
                                             .phases = t->records};
        status = guide->on_phase(guide->user, &progress, &t->reason, ret_verdict);
    }
    if (status == ECOPT_OK && *ret_verdict == ECO_VERDICT_PRUNE) {
        t->state = ECOPT_TRIAL_PRUNED;
        t->cause = ECOPT_CAUSE_PRUNED;
    }
    eco_values_free(t->ctx, &values);
    return status;
}

/*
 * One phase as often as the guide wants it.  What it reports is taken in before anything else runs,
 * because a later run may overwrite the files of an earlier one.
 */
static ecopt_status run_phase(eco_trial *t, size_t phase)
{
    eco_verdict verdict = ECO_VERDICT_AGAIN;
    int64_t repeat = t->request->part ? t->request->part->round : 1;
    for (; verdict == ECO_VERDICT_AGAIN; repeat++) {
        verdict = ECO_VERDICT_GO_ON;
        ECO_TRY(eco_trial_phase(t, phase, repeat));
        ECO_TRY(eco_trial_collect(t));
        if (t->state == ECOPT_TRIAL_COMPLETE)
            ECO_TRY(ask_guide(t, &verdict));
    }
    return ECOPT_OK;
}

/*
 * Phases run one after the other in the folder of this attempt.
 *
 * After a failure the values are still made: a failed trial keeps what it measured, as that says
 * how far it came and what it cost, and the energy budget of the study has to count it.
 */
ecopt_status eco_trial_run(ecopt_ctx *ctx, const eco_trial_request *request,
                           eco_outcome **ret_outcome)
{
    eco_trial trial;
    const eco_trial_part *part = request->part;
    size_t n = part ? part->n : request->definition->n_phases;
    ecopt_status status = eco_trial_open(&trial, ctx, request);
    for (size_t i = 0; i < n && status == ECOPT_OK && trial.state == ECOPT_TRIAL_COMPLETE; i++)
        status = run_phase(&trial, part ? part->phases[i] : i);
    if (status == ECOPT_OK)
        status = make_outcome(&trial, ret_outcome);
    eco_trial_close(&trial);
    return status;
}

/* The outcome owns names that its public structs show as const; hence the casts inside. */
void eco_outcome_free(ecopt_ctx *ctx, eco_outcome *outcome)
{
    if (!outcome)
        return;
    eco_values values = {outcome->metrics, outcome->n_metrics, outcome->n_metrics};
    eco_values_free(ctx, &values);
    for (size_t i = 0; i < outcome->n_phases; i++)
        eco_name_free(ctx, outcome->phases[i].phase);
    for (size_t i = 0; i < outcome->n_curves; i++) {
        union {
            const ecopt_step_value *shown;
            ecopt_step_value *own;
        } points = {.shown = outcome->curves[i].points};
        eco_name_free(ctx, outcome->curves[i].name);
        eco_free(ctx, points.own);
    }
    eco_free(ctx, outcome->curves);
    eco_free(ctx, outcome->phases);
    eco_free(ctx, outcome->reason);
    eco_free(ctx, outcome);
}
