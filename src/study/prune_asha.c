/*
 * Rule `asha`: successive halving of several objectives, each trial by itself.
 *
 * At a rung a trial is ranked among all that have reached it, in the costs that were known there.
 * An objective without a curve counts by what was measured or what its model says of the point, the
 * same for every rung; one that nothing is known of is left out.  The best ceil(n / reduction) go
 * on, so the first to reach a rung always does.
 *
 * Only trials that are over are ranked with it: steps are stored with the end of their attempt.  Of
 * several workers' trials those that run just now are missing at a rung, which prunes later, never
 * more; and a verdict stays a function of the history that the trial was claimed with.
 */
#include "core/str.h"
#include "pareto/cost.h"
#include "study/prune.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

/* Costs at one rung: n rows, the running trial last. */
typedef struct field {
    size_t n, m;
    double *cost;   /* n x m, owned */
    size_t *front;  /* n: number of the front of each, 0 the best */
    size_t *picked; /* n */
} field;

/* The largest rung that the step has reached, or false. */
static bool find_rung(const eco_prune_case *prune, int64_t before, size_t *ret_rung)
{
    const ecopt_pruning *pruning = &prune->study->definition->pruning;
    for (size_t r = ECO_RUNGS_MAX; r > 0; r--) {
        double rung = eco_prune_rung(pruning, r - 1);
        if ((double)prune->last_step < rung)
            continue;
        /* Asked once per rung, also when the program reports every tenth step only. */
        *ret_rung = r - 1;
        return (double)before < rung;
    }
    return false;
}

static const eco_prune_past *find_past(const eco_prune_series *series, int64_t trial)
{
    size_t low = 0, high = series->n_past;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (series->past[middle].trial < trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < series->n_past && series->past[low].trial == trial ? &series->past[low] : NULL;
}

/* The objectives' costs of an earlier trial at a rung; false when it did not get there. */
static bool row_of(const eco_prune_case *prune, size_t observation, int64_t trial, size_t rung,
                   double *cost)
{
    const eco_observation *o = &prune->view->history.observations[observation];
    bool has_any = false;
    for (size_t k = 0; k < prune->study->problem.n_objectives; k++) {
        const eco_prune_series *series = &prune->series[k];
        if (series->own.n == 0) {
            cost[k] = eco_prune_cost(series, o->y[k]);
            if (isnan(cost[k]))
                cost[k] = eco_prune_modelled(prune, observation, k);
            continue;
        }
        const eco_prune_past *past = find_past(series, trial);
        cost[k] = past ? past->rung[rung] : (double)NAN;
        if (isnan(cost[k]))
            return false;
        has_any = true;
    }
    return has_any;
}

/* The running trial: its newest values, and for the rest what is known of their ends. */
static ecopt_status own_row(eco_prune_case *prune, double *cost)
{
    eco_prune_end *ends = eco_alloc(prune->study->ctx, prune->study->n_judged, sizeof *ends);
    if (!ends)
        return ECOPT_E_NOMEM;
    ecopt_status status = eco_prune_ends(prune, ends);
    for (size_t k = 0; k < prune->study->problem.n_objectives && status == ECOPT_OK; k++) {
        const eco_prune_series *series = &prune->series[k];
        if (series->own.n > 0)
            cost[k] = eco_prune_cost(series, series->own.points[series->own.n - 1].value);
        else
            cost[k] = ends[k].source == ECO_END_UNKNOWN ? (double)NAN : ends[k].at.mean;
    }
    eco_free(prune->study->ctx, ends);
    return status;
}

/* Objectives that the running trial or another has no cost of are left out: column by column. */
static void drop_unknown(field *f)
{
    for (size_t k = f->m; k > 0; k--) {
        bool is_known = true;
        for (size_t i = 0; i < f->n; i++)
            is_known = is_known && isfinite(f->cost[i * f->m + k - 1]);
        if (is_known)
            continue;
        size_t to = 0;
        for (size_t i = 0; i < f->n; i++)
            for (size_t j = 0; j < f->m; j++)
                if (j != k - 1)
                    f->cost[to++] = f->cost[i * f->m + j];
        f->m--;
    }
}

/* Each objective to [0, 1], so that distances mean something. */
static void scale_field(field *f)
{
    for (size_t k = 0; k < f->m; k++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t i = 0; i < f->n; i++) {
            low = fmin(low, f->cost[i * f->m + k]);
            high = fmax(high, f->cost[i * f->m + k]);
        }
        for (size_t i = 0; i < f->n; i++) {
            double *cost = &f->cost[i * f->m + k];
            *cost = high > low ? (*cost - low) / (high - low) : 0;
        }
    }
}

static double distance(const field *f, size_t a, size_t b)
{
    double sum = 0;
    for (size_t k = 0; k < f->m; k++) {
        double off = f->cost[a * f->m + k] - f->cost[b * f->m + k];
        sum += off * off;
    }
    return sum;
}

/*
 * Rank of the running trial, 0 the best: those of better fronts are before it; within its own front
 * members are taken by the epsilon net, first the one with the least sum of costs, then always the
 * one that lies farthest from those taken.
 */
static size_t rank_last(const field *f)
{
    size_t own = f->n - 1, rank = 0, n_picked = 0;
    for (size_t i = 0; i < f->n; i++)
        rank += f->front[i] < f->front[own];
    for (;;) {
        size_t best = f->n;
        double best_score = -HUGE_VAL;
        for (size_t i = 0; i < f->n; i++) {
            double score = n_picked == 0 ? 0 : HUGE_VAL;
            bool is_out = f->front[i] != f->front[own];
            for (size_t p = 0; p < n_picked; p++) {
                is_out = is_out || f->picked[p] == i;
                score = fmin(score, distance(f, i, f->picked[p]));
            }
            for (size_t k = 0; k < f->m && n_picked == 0; k++)
                score -= f->cost[i * f->m + k];
            if (!is_out && score > best_score) {
                best = i;
                best_score = score;
            }
        }
        if (best == own || best == f->n)
            return rank + n_picked;
        f->picked[n_picked++] = best;
    }
}

static ecopt_status gather(eco_prune_case *prune, size_t rung, field *f)
{
    size_t n = prune->view->history.n;
    ecopt_ctx *ctx = prune->study->ctx;
    f->m = prune->study->problem.n_objectives;
    f->cost = eco_alloc(ctx, (n + 1) * f->m, sizeof *f->cost);
    f->front = eco_alloc(ctx, n + 1, sizeof *f->front);
    f->picked = eco_alloc(ctx, n + 1, sizeof *f->picked);
    if (!f->cost || !f->front || !f->picked)
        return ECOPT_E_NOMEM;
    /* Also asks the models, if an objective needs them. */
    ECO_TRY(own_row(prune, f->cost));
    double *own = f->cost + n * f->m;
    memcpy(own, f->cost, f->m * sizeof *own);
    /* Observations are the trials that are over and within the space, by number. */
    for (size_t i = 0, over = 0; i < prune->view->n && over < n; i++) {
        const eco_view_row *row = &prune->view->rows[i];
        if (row->state == ECOPT_TRIAL_QUEUED || row->state == ECOPT_TRIAL_RUNNING || !row->x)
            continue;
        f->n += row_of(prune, over++, (int64_t)i + 1, rung, f->cost + f->n * f->m);
    }
    memmove(f->cost + f->n * f->m, own, f->m * sizeof *own);
    f->n++;
    drop_unknown(f);
    scale_field(f);
    return ECOPT_OK;
}

/* Numbers and verdict of a trial that is `rank`th of n. */
static void judge(const eco_prune_case *prune, size_t rung, const field *f, size_t rank,
                  eco_prune_verdict *verdict)
{
    const ecopt_pruning *pruning = &prune->study->definition->pruning;
    double step = eco_prune_rung(pruning, rung);
    size_t kept = (size_t)ceil((double)f->n / pruning->reduction - 1e-9);
    verdict->is_pruned = rank >= kept;
    eco_str_addf(verdict->numbers,
                 "{\"rung\": %.0f, \"rank\": %zu, \"of\": %zu, \"kept\": %zu, \"objectives\": %zu}",
                 step, rank + 1, f->n, kept, f->m);
    if (verdict->is_pruned)
        eco_str_addf(verdict->reason,
                     "pruned at step %lld: number %zu of %zu at the rung of step %.0f, %zu go on",
                     (long long)prune->last_step, rank + 1, f->n, step, kept);
}

ecopt_status eco_prune_by_rung(eco_prune_case *prune, eco_prune_verdict *verdict)
{
    field f = {.n = 0};
    size_t rung = 0;
    ecopt_ctx *ctx = prune->study->ctx;
    if (!find_rung(prune, prune->judged_step, &rung))
        return ECOPT_OK;
    prune->judged_step = prune->last_step;
    ecopt_status status = gather(prune, rung, &f);
    if (status == ECOPT_OK && f.m > 0)
        status = ecopt_nondominated_sort(ctx, f.n, f.m, f.cost, f.front);
    if (status == ECOPT_OK && f.m > 0)
        judge(prune, rung, &f, rank_last(&f), verdict);
    eco_free(ctx, f.cost);
    eco_free(ctx, f.front);
    eco_free(ctx, f.picked);
    return status;
}
