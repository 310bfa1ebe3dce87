/*
 * `ecopt front --best`, `--knee` and `--within`: the trials to use, out of those there are.
 *
 * What is picked is shown as rows of the front's own table, so that a reader finds the same columns
 * with and without bounds.  The knee is that of the whole front whatever the bounds are: it is what
 * a pick is compared with, and there is one of it.
 *
 * When nothing fits, the answer is a message and no empty table: which trial comes nearest, and by
 * how much it misses, is what somebody needs who has to move a bound.
 */
#include "analysis/front.h"
#include "analysis/pick.h"
#include "report/clean.h"
#include "report/json_trial.h"
#include "report/number.h"
#include "report/prose.h"
#include "report/rows.h"

#include <ecopt/report.h>
#include <math.h>
#include <string.h>

/* A pick that has been made. */
typedef struct picked {
    const ecopt_definition *definition;
    const ecopt_snapshot *snapshot;
    const ecopt_pick *pick;
    ecopt_front *front; /* owned: of the whole study */
    size_t *trials;     /* owned, room for all trials: those picked */
    ecopt_front chosen; /* `trials` in the form that tables take */
    size_t n_keeping;   /* feasible trials within the bounds */
} picked;

/* Parts that were never made are NULL. */
static void picked_release(ecopt_ctx *ctx, picked *p)
{
    ecopt_front_free(ctx, p->front);
    eco_free(ctx, p->trials);
}

/* "energy_j <= 500 J and accuracy >= 0.9" */
static void add_bounds(eco_str *str, const ecopt_pick *pick)
{
    for (size_t i = 0; i < pick->n_bounds; i++) {
        const ecopt_bound *bound = &pick->bounds[i];
        eco_str_add(str, i > 0 ? " and " : "");
        eco_clean_add(str, bound->metric);
        eco_str_add(str, bound->relation == ECOPT_AT_MOST ? " <= " : " >= ");
        eco_prose_value(str, bound->metric, bound->value, (double)NAN);
    }
}

/* "12 J (2.4 %)" beyond; the ratio only where the bound has a size. */
static void add_miss(eco_str *str, const ecopt_bound *bound, const eco_near_miss *miss)
{
    char ratio[ECO_NUMBER_B];
    eco_prose_value(str, bound->metric, miss->miss, (double)NAN);
    eco_number_percent(miss->miss_ratio, ratio);
    if (bound->value != 0)
        eco_str_addf(str, " (%s)", ratio);
    eco_str_add(str, bound->relation == ECOPT_AT_MOST ? " above it" : " below it");
}

/* Which trial misses by least, as the hint. Memory that runs out takes the hint and leaves the
 * message. */
static ecopt_status fail_none(ecopt_ctx *ctx, const picked *p, const char *which)
{
    eco_str bounds = ECO_STR_INIT(ctx), near = ECO_STR_INIT(ctx);
    eco_near_miss miss = {.is_known = false};
    eco_near_miss_find(p->definition, p->snapshot, p->pick, &miss);
    add_bounds(&bounds, p->pick);
    ecopt_status status =
        eco_fail(ctx, ECOPT_E_NOT_FOUND, "no %s keeps %s", which, eco_str_text(&bounds));
    if (miss.is_known && miss.miss > 0) {
        const ecopt_bound *bound = &p->pick->bounds[miss.bound];
        eco_clean_add(&near, bound->metric);
        eco_str_add_char(&near, ' ');
        eco_prose_value(&near, bound->metric, miss.value, (double)NAN);
        eco_str_add(&near, ", ");
        add_miss(&near, bound, &miss);
        status = eco_hint(ctx, status, "trial %lld comes nearest: %s",
                          (long long)p->snapshot->trials[miss.trial].id, eco_str_text(&near));
    }
    eco_str_release(&bounds);
    eco_str_release(&near);
    return status;
}

/* A metric that no trial has is a slip of the fingers, not a bound that nothing keeps; with no
 * feasible trial at all nobody can tell. */
static ecopt_status check_metrics(ecopt_ctx *ctx, const picked *p)
{
    bool any_feasible = false;
    for (size_t i = 0; i < p->pick->n_bounds; i++) {
        const char *metric = p->pick->bounds[i].metric;
        bool is_known = false;
        for (size_t t = 0; t < p->snapshot->n_trials && !is_known; t++) {
            const ecopt_trial *trial = &p->snapshot->trials[t];
            bool is_feasible = eco_trial_is_feasible(p->definition, trial);
            any_feasible = any_feasible || is_feasible;
            is_known = is_feasible && ecopt_trial_metric(trial, metric);
        }
        if (any_feasible && !is_known)
            return eco_hint(ctx,
                            eco_fail(ctx, ECOPT_E_NAME, "no trial has the metric '%s'", metric),
                            "'ecopt show N' lists the metrics of a trial");
    }
    return ECOPT_OK;
}

/* Place of the objective to be best in. */
static ecopt_status find_objective(ecopt_ctx *ctx, const picked *p, size_t *ret_objective)
{
    const ecopt_definition *definition = p->definition;
    for (size_t k = 0; k < definition->n_objectives; k++) {
        if (strcmp(definition->objectives[k].metric, p->pick->best) == 0) {
            *ret_objective = k;
            return ECOPT_OK;
        }
    }
    eco_str names = ECO_STR_INIT(ctx);
    eco_prose_objectives(&names, definition);
    ecopt_status status =
        eco_hint(ctx, eco_fail(ctx, ECOPT_E_NAME, "'%s' is no objective", p->pick->best),
                 "the objectives are: %s", eco_str_text(&names));
    eco_str_release(&names);
    return status;
}

/* One trial: the best, or the knee. */
static ecopt_status choose_one(ecopt_ctx *ctx, picked *p)
{
    size_t objective = 0;
    p->chosen.n = 1;
    if (p->pick->is_knee) {
        if (p->front->knee >= p->front->n)
            return eco_fail(ctx, ECOPT_E_NOT_FOUND,
                            "a front of %zu trials has no knee, it takes three", p->front->n);
        p->trials[0] = p->front->trials[p->front->knee];
        return ECOPT_OK;
    }
    ECO_TRY(find_objective(ctx, p, &objective));
    if (p->n_keeping == 0 && p->pick->n_bounds > 0)
        return fail_none(ctx, p, "trial");
    if (p->n_keeping == 0)
        return eco_fail(ctx, ECOPT_E_NOT_FOUND,
                        "no trial is complete and within every constraint yet");
    return eco_pick_best(ctx, p->definition, p->snapshot, p->pick, objective, &p->trials[0]);
}

/* The part of the front within the bounds, in its order. */
static ecopt_status choose_part(ecopt_ctx *ctx, picked *p)
{
    for (size_t i = 0; i < p->front->n; i++)
        if (eco_trial_keeps(p->definition, &p->snapshot->trials[p->front->trials[i]], p->pick))
            p->trials[p->chosen.n++] = p->front->trials[i];
    return p->chosen.n > 0 ? ECOPT_OK : fail_none(ctx, p, "trial of the front");
}

/* Fills in what is picked. */
static ecopt_status choose(ecopt_ctx *ctx, picked *p)
{
    ECO_TRY(ecopt_front_new(ctx, p->definition, p->snapshot, &p->front));
    p->trials = eco_alloc(ctx, p->snapshot->n_trials + 1, sizeof *p->trials);
    if (!p->trials)
        return ECOPT_E_NOMEM;
    ECO_TRY(check_metrics(ctx, p));
    for (size_t i = 0; i < p->snapshot->n_trials; i++)
        p->n_keeping += eco_trial_keeps(p->definition, &p->snapshot->trials[i], p->pick);
    p->chosen.trials = p->trials;
    bool is_one = p->pick->is_knee || p->pick->best;
    ECO_TRY(is_one ? choose_one(ctx, p) : choose_part(ctx, p));
    /* The mark of the knee, where it is among them. */
    p->chosen.knee = p->chosen.n;
    for (size_t i = 0; i < p->chosen.n && p->front->knee < p->front->n; i++)
        if (p->trials[i] == p->front->trials[p->front->knee])
            p->chosen.knee = i;
    return ECOPT_OK;
}

/* "from the knee (trial 3): accuracy +0.02 (+2.3 %), energy_j +80 J (+24 %)" */
static void add_distance(eco_str *str, const picked *p)
{
    if (p->front->knee >= p->front->n || p->chosen.n != 1)
        return;
    const ecopt_trial *knee = &p->snapshot->trials[p->front->trials[p->front->knee]];
    const ecopt_trial *one = &p->snapshot->trials[p->trials[0]];
    if (one == knee) {
        eco_str_add(str, "it is the knee of the front\n");
        return;
    }
    eco_str_addf(str, "from the knee (trial %lld):", (long long)knee->id);
    for (size_t k = 0; k < p->definition->n_objectives; k++) {
        const ecopt_objective *objective = &p->definition->objectives[k];
        double there = eco_objective_value(objective, knee);
        double step = eco_objective_value(objective, one) - there;
        char ratio[ECO_NUMBER_B];
        eco_str_add(str, k ? ", " : " ");
        eco_clean_add(str, objective->metric);
        eco_str_add(str, step < 0 ? " -" : " +");
        eco_prose_value(str, objective->metric, fabs(step), (double)NAN);
        eco_number_percent(fabs(step / there), ratio);
        if (there != 0)
            eco_str_addf(str, " (%s%s)", step < 0 ? "-" : "+", ratio);
    }
    eco_str_add_char(str, '\n');
}

/* The rows, then what they are. */
static ecopt_status pick_table(ecopt_ctx *ctx, const picked *p, ecopt_format format,
                               char **ret_text)
{
    eco_table *table = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ECO_TRY(eco_rows_front(ctx, p->definition, p->snapshot, &p->chosen, &table));
    if (format == ECOPT_FORMAT_CSV) {
        eco_table_add_csv(table, &str);
    } else {
        eco_table_add_text(table, &str);
        eco_str_add_char(&str, '\n');
        if (p->pick->is_knee) {
            eco_str_add(&str, "knee: furthest from the line between the extremes of the front");
        } else if (p->pick->best) {
            eco_str_add(&str, "best ");
            eco_clean_add(&str, p->pick->best);
            eco_str_addf(&str, " of %zu trials", p->n_keeping);
        } else {
            eco_str_addf(&str, "%zu of %zu on the front", p->chosen.n, p->front->n);
        }
        eco_str_add(&str, p->pick->n_bounds > 0 ? " within " : "");
        add_bounds(&str, p->pick);
        eco_str_add_char(&str, '\n');
        if (!p->pick->is_knee)
            add_distance(&str, p);
    }
    ecopt_status status = eco_str_take(&str, ret_text);
    eco_table_free(table);
    eco_str_release(&str);
    return status;
}

/* What was asked for, as it was understood. */
static json_t *pick_object(eco_json *json, const picked *p)
{
    json_t *object = eco_json_object(json), *bounds = eco_json_array(json);
    for (size_t i = 0; i < p->pick->n_bounds; i++) {
        const ecopt_bound *bound = &p->pick->bounds[i];
        json_t *entry = eco_json_object(json);
        eco_json_set_text(json, entry, "metric", bound->metric);
        eco_json_set_text(json, entry, "relation", bound->relation == ECOPT_AT_MOST ? "<=" : ">=");
        eco_json_set_number(json, entry, "value", bound->value);
        eco_json_append(json, bounds, entry);
    }
    eco_json_set_text(json, object, "best", p->pick->best);
    eco_json_set_bool(json, object, "is_knee", p->pick->is_knee);
    eco_json_set(json, object, "within", bounds);
    eco_json_set_int(json, object, "n_keeping", (int64_t)p->n_keeping);
    return object;
}

/* Difference to the knee in each objective's own unit; null without a knee. */
static json_t *from_knee(eco_json *json, const picked *p, const ecopt_trial *trial)
{
    if (p->front->knee >= p->front->n)
        return json_null();
    const ecopt_trial *knee = &p->snapshot->trials[p->front->trials[p->front->knee]];
    json_t *object = eco_json_object(json);
    for (size_t k = 0; k < p->definition->n_objectives; k++) {
        const ecopt_objective *objective = &p->definition->objectives[k];
        eco_json_set_number(json, object, objective->metric,
                            eco_objective_value(objective, trial) -
                                eco_objective_value(objective, knee));
    }
    return object;
}

/* `trials` and not `front`: a pick need not be on it. */
static ecopt_status pick_json(ecopt_ctx *ctx, const picked *p, char **ret_text)
{
    eco_json json = {ctx, false};
    json_t *root = eco_json_object(&json), *array = eco_json_array(&json);
    eco_json_set_study(&json, root, p->snapshot);
    eco_json_set(&json, root, "objectives", eco_json_objectives(&json, p->definition));
    eco_json_set_reference(&json, root, p->definition, p->snapshot);
    eco_json_set_front(&json, root, p->snapshot, p->front);
    eco_json_set(&json, root, "pick", pick_object(&json, p));
    for (size_t i = 0; i < p->chosen.n; i++) {
        const ecopt_trial *trial = &p->snapshot->trials[p->trials[i]];
        json_t *entry = eco_json_trial_brief(&json, p->definition, trial);
        eco_json_set(&json, entry, "from_knee", from_knee(&json, p, trial));
        eco_json_append(&json, array, entry);
    }
    eco_json_set(&json, root, "trials", array);
    return eco_json_take(&json, root, ret_text);
}

ecopt_status ecopt_report_pick(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_snapshot *snapshot, const ecopt_pick *pick,
                               ecopt_format format, char **ret_text)
{
    picked p = {.definition = definition, .snapshot = snapshot, .pick = pick};
    if (pick->is_knee && (pick->best || pick->n_bounds > 0))
        return eco_fail(ctx, ECOPT_E_ARG, "the knee is that of the whole front: it takes no bound");
    if (format != ECOPT_FORMAT_TABLE && format != ECOPT_FORMAT_CSV && format != ECOPT_FORMAT_JSON)
        return eco_fail(ctx, ECOPT_E_ARG, "no such format: %d", (int)format);
    ecopt_status status = choose(ctx, &p);
    if (status == ECOPT_OK)
        status = format == ECOPT_FORMAT_JSON ? pick_json(ctx, &p, ret_text)
                                             : pick_table(ctx, &p, format, ret_text);
    picked_release(ctx, &p);
    return status;
}
