/*
 * From the outcomes of single runs to what the store keeps of a confirmed point: the metrics of its
 * trial, those of the measured phases replaced by the means of the rounds.
 */
#include "core/clock.h"
#include "core/str.h"
#include "study/confirm.h"

#include <ecopt/measure.h>
#include <math.h>
#include <string.h>

ecopt_status eco_confirm_keep(ecopt_ctx *ctx, eco_confirm_point *point, eco_outcome *outcome)
{
    if (point->n_runs == point->runs_room) {
        size_t room = point->runs_room ? 2 * point->runs_room : 4;
        eco_outcome **bigger = eco_realloc(ctx, point->runs, room, sizeof *bigger);
        if (!bigger) {
            eco_outcome_free(ctx, outcome);
            return ECOPT_E_NOMEM;
        }
        point->runs = bigger;
        point->runs_room = room;
    }
    point->runs[point->n_runs++] = outcome;
    return ECOPT_OK;
}

ecopt_status eco_confirm_begin(ecopt_study *study, eco_confirm_point *point)
{
    eco_attempt_end run = {.trial = point->trial->id,
                           .attempt = point->attempt,
                           .cause = ECOPT_CAUSE_LOST,
                           .reason =
                               "lost: the process that measured it anew died, and what the run "
                               "under way took is not known",
                           .ended_s = eco_clock_unix_s(),
                           .n_kept = point->n_kept};
    ECO_TRY(eco_store_keep_confirm(study->store, &run, run.ended_s, point->trial->dir));
    point->attempt = run.attempt;
    return ECOPT_OK;
}

/* Of a run that measured nothing the record is no round: those are counted by their number. */
ecopt_status eco_confirm_spent(ecopt_study *study, eco_confirm_point *point,
                               const eco_outcome *outcome)
{
    eco_attempt_end run = {.trial = point->trial->id,
                           .attempt = point->attempt,
                           .reason = "the process that measured it anew died between two runs",
                           .ended_s = eco_clock_unix_s(),
                           .n_phases = outcome->n_phases,
                           .phases = outcome->phases,
                           .n_kept = point->n_kept};
    for (size_t i = 0; i < outcome->n_phases && outcome->state != ECOPT_TRIAL_COMPLETE; i++)
        outcome->phases[i].repeat = 0;
    ECO_TRY(eco_store_keep_confirm(study->store, &run, 0, NULL));
    point->n_kept += outcome->n_phases;
    return ECOPT_OK;
}

void eco_confirm_release(ecopt_ctx *ctx, eco_confirm_point *point)
{
    for (size_t i = 0; i < point->n_runs; i++)
        eco_outcome_free(ctx, point->runs[i]);
    eco_free(ctx, point->runs);
    eco_free(ctx, point->reason);
}

/* A run has tens of metrics: a search from the front is enough. */
static const ecopt_metric_value *find_metric(const eco_outcome *outcome, const char *name)
{
    for (size_t i = 0; i < outcome->n_metrics; i++)
        if (strcmp(outcome->metrics[i].name, name) == 0)
            return &outcome->metrics[i];
    return NULL;
}

/*
 * Mean of the rounds (all runs but the first, which was the screening) under a name; false when one
 * of them has no such metric.
 */
static bool mean_of(const eco_confirm_point *point, const char *name, ecopt_repeat *work,
                    ecopt_metric_value *ret)
{
    size_t n = 0;
    for (size_t i = 1; i < point->n_runs; i++) {
        const ecopt_metric_value *metric = find_metric(point->runs[i], name);
        if (!metric)
            return false;
        work[n++] = (ecopt_repeat){.value = metric->value,
                                   .u95 = metric->u95,
                                   .gain_lo = 1,
                                   .gain_hi = 1,
                                   .quality = ECOPT_QUALITY_MEASURED_COUNTER};
    }
    if (n == 0)
        return false;
    ecopt_repeats_summary mean;
    ecopt_repeats_summarise(work, n, NULL, &mean);
    *ret = (ecopt_metric_value){name, mean.mean, mean.u95 > 0 ? mean.u95 : (double)NAN};
    if (n == 1)
        ret->u95 = work[0].u95;
    return true;
}

/* Length of the phase's name when a metric is that phase's value of a total ("P.energy_j" of
 * "energy_j"); 0 otherwise. */
static size_t phase_of_total(const char *name, const char *total)
{
    size_t n = strlen(name), k = strlen(total);
    return n > k + 1 && name[n - k - 1] == '.' && strcmp(name + n - k, total) == 0 ? n - k - 1 : 0;
}

/* A total keeps the phases that were not run again: it moves by what the others' values moved. */
static void move_total(const eco_confirm_point *point, ecopt_repeat *work,
                       ecopt_metric_value *total)
{
    const ecopt_trial *trial = point->trial;
    double square = total->u95 * total->u95;
    for (size_t i = 0; i < trial->n_metrics; i++) {
        const ecopt_metric_value *old = &trial->metrics[i];
        ecopt_metric_value fresh;
        if (!phase_of_total(old->name, total->name) || !mean_of(point, old->name, work, &fresh))
            continue;
        total->value += fresh.value - old->value;
        square += fresh.u95 * fresh.u95 - old->u95 * old->u95;
    }
    if (square > 0)
        total->u95 = sqrt(square);
}

/* The trial's metrics with the fresh ones in their places; room for all. */
static void make_metrics(const eco_confirm_point *point, ecopt_repeat *work,
                         ecopt_metric_value *metrics)
{
    static const char *const totals[] = {"energy_j", "time_s", "carbon_g", "energy_cost"};
    for (size_t i = 0; i < point->trial->n_metrics; i++) {
        ecopt_metric_value fresh;
        metrics[i] = point->trial->metrics[i];
        if (mean_of(point, metrics[i].name, work, &fresh))
            metrics[i] = (ecopt_metric_value){metrics[i].name, fresh.value, fresh.u95};
        for (size_t k = 0; k < ECO_LEN(totals); k++)
            if (strcmp(metrics[i].name, totals[k]) == 0)
                move_total(point, work, &metrics[i]);
    }
}

/* Null for what is not known: JSON has no NaN. */
static void add_number(eco_str *str, const char *key, double value)
{
    if (isfinite(value))
        eco_str_addf(str, "\"%s\": %.6g", key, value);
    else
        eco_str_addf(str, "\"%s\": null", key);
}

/* {"rounds": 2, "objectives": {"NAME": {"search": a, "screening": b, "fresh": c}}} */
static void describe(const ecopt_study *study, const eco_confirm_point *point, ecopt_repeat *work,
                     eco_str *numbers)
{
    const ecopt_definition *definition = study->definition;
    size_t n_written = 0;
    eco_str_addf(numbers, "{\"rounds\": %zu, \"objectives\": {",
                 point->n_runs > 0 ? point->n_runs - 1 : 0);
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const char *name = definition->objectives[k].metric;
        const ecopt_metric_value *search = ecopt_trial_metric(point->trial, name);
        const ecopt_metric_value *screening =
            point->n_runs > 0 ? find_metric(point->runs[0], name) : NULL;
        ecopt_metric_value fresh = {name, (double)NAN, (double)NAN};
        if (!search || !screening)
            continue;
        (void)mean_of(point, name, work, &fresh);
        eco_str_addf(numbers, "%s\"%s\": {", n_written++ > 0 ? ", " : "", name);
        add_number(numbers, "search", search->value);
        eco_str_add(numbers, ", ");
        add_number(numbers, "screening", screening->value);
        eco_str_add(numbers, ", ");
        add_number(numbers, "fresh", fresh.value);
        eco_str_add(numbers, ", ");
        add_number(numbers, "u95", fresh.u95);
        eco_str_add_char(numbers, '}');
    }
    eco_str_add(numbers, "}}");
}

/* State, reason and verdict of what became of the point. */
static const char *judge(const eco_confirm_point *point, const char *why_left, eco_attempt_end *end)
{
    end->state = ECOPT_TRIAL_COMPLETE;
    end->reason = "";
    if (point->place == ECO_CONFIRM_FAILED) {
        end->state = ECOPT_TRIAL_FAILED;
        end->reason = point->reason ? point->reason : "";
        return "not measured";
    }
    if (point->place == ECO_CONFIRM_FINAL && point->n_runs > 1)
        return point->was_on_front ? "on the front" : "came on";
    if (why_left) {
        end->state = ECOPT_TRIAL_ABANDONED;
        end->reason = why_left;
        return "left";
    }
    end->state = ECOPT_TRIAL_PRUNED;
    end->cause = ECOPT_CAUSE_PRUNED;
    end->reason = "measured again, off the front";
    return point->was_on_front ? "fell off" : "stayed off";
}

/* Arrays of one record; all of the same life. */
typedef struct record_work {
    ecopt_repeat *repeats;
    ecopt_metric_value *metrics;
} record_work;

/* Metrics of a confirmed point only: what fell off keeps those of the search, and of a failed one
 * nothing is known that could replace them. */
static ecopt_status store_record(ecopt_study *study, const eco_confirm_point *point,
                                 const char *why_left, const record_work *work)
{
    eco_str numbers = ECO_STR_INIT(study->ctx);
    eco_attempt_end end = {.trial = point->trial->id,
                           .attempt = point->attempt,
                           .ended_s = eco_clock_unix_s(),
                           .n_kept = point->n_kept,
                           .is_durable = true};
    ecopt_decision decision = {.kind = "confirm", .decided_s = end.ended_s};
    decision.verdict = judge(point, why_left, &end);
    if (end.state == ECOPT_TRIAL_COMPLETE) {
        make_metrics(point, work->repeats, work->metrics);
        end.n_metrics = point->trial->n_metrics;
        end.metrics = work->metrics;
    }
    describe(study, point, work->repeats, &numbers);
    decision.numbers = eco_str_text(&numbers);
    end.n_decisions = 1;
    end.decisions = &decision;
    ecopt_status status = eco_str_status(&numbers);
    if (status == ECOPT_OK)
        status = eco_store_add_confirm(study->store, &end, end.ended_s, point->trial->dir);
    eco_str_release(&numbers);
    return status;
}

ecopt_status eco_confirm_store(ecopt_study *study, const eco_confirm_point *point,
                               const char *why_left)
{
    ecopt_ctx *ctx = study->ctx;
    record_work work = {.repeats = eco_alloc(ctx, point->n_runs + 1, sizeof *work.repeats),
                        .metrics =
                            eco_alloc(ctx, point->trial->n_metrics + 1, sizeof *work.metrics)};
    ecopt_status status = work.repeats && work.metrics ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = store_record(study, point, why_left, &work);
    eco_free(ctx, work.repeats);
    eco_free(ctx, work.metrics);
    return status;
}
