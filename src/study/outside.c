/*
 * Points and outcomes from outside.
 *
 * Each row is read as a point that the user typed: gaps take defaults, what is out of range is
 * refused and not moved.  A point is new when no trial has its codes: texts may differ for one
 * configuration (0.10 and 0.1, a gap and the default), and evaluating it twice would cost twice and
 * tell nothing.
 *
 * All rows are judged before any is written, so that one call names all that is wrong.
 */
#include "core/clock.h"
#include "space/space.h"
#include "study/study_impl.h"

#include <ecopt/outside.h>
#include <math.h>
#include <string.h>

/* One call of ecopt_study_add. */
typedef struct adding {
    ecopt_study *study;
    const eco_study_view *view;
    ecopt_outside_options options;
    size_t n, d;
    double *x;             /* n x d codes of the rows, owned */
    eco_outside_row *rows; /* those that are added, owned; so are their points */
    size_t n_rows;
    int64_t *trials; /* n, owned: place + 1 in `rows`, 0 for none */
} adding;

/* QUEUED is a state of its own; the outcomes are those that a trial can end with. */
static bool is_possible(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_RUNNING && state != ECOPT_TRIAL_PREEMPTED;
}

/* True when the rows before `row` hold its point; *ret is which. Rows that were refused take part:
 * their place in the block is NaN, which equals nothing. */
static bool is_in_list(const adding *a, size_t row, size_t *ret)
{
    for (size_t i = 0; i < row; i++) {
        if (eco_space_equal(a->study->definition->space, a->x + i * a->d, a->x + row * a->d)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* A walk over all trials for each row: a comparison of numbers, which is nothing beside what a
 * trial costs. */
static ecopt_status check_new(const adding *a, size_t row)
{
    const double *x = a->x + row * a->d;
    size_t before = 0;
    for (size_t i = 0; i < a->view->n; i++)
        if (a->view->rows[i].x &&
            eco_space_equal(a->study->definition->space, a->view->rows[i].x, x))
            return eco_fail(a->study->ctx, ECOPT_E_ARG, "this point is trial %zu already (%s)",
                            i + 1, ecopt_trial_state_name(a->view->rows[i].state));
    if (is_in_list(a, row, &before))
        return eco_fail(a->study->ctx, ECOPT_E_ARG, "this point is in the list twice");
    return ECOPT_OK;
}

/* Everything that can be wrong with a row, its point last: a metric that is missing is found also
 * for a point that was tried. */
static ecopt_status check_row(const adding *a, const ecopt_outside_row *row, size_t i)
{
    ecopt_study *study = a->study;
    if (!row->point || !is_possible(row->state))
        return eco_fail(study->ctx, ECOPT_E_ARG, "a trial cannot be added as %s",
                        ecopt_trial_state_name(row->state));
    if (row->state == ECOPT_TRIAL_QUEUED && row->n_metrics > 0)
        return eco_fail(study->ctx, ECOPT_E_ARG, "a point that waits has no metrics yet");
    ECO_TRY(
        ecopt_space_parse_point(study->ctx, study->definition->space, row->point, a->x + i * a->d));
    ECO_TRY(eco_study_check_outcome(study, row->state, row->metrics, row->n_metrics));
    return check_new(a, i);
}

/* The point in its one spelling, which identifies it in the store. */
static ecopt_status take_row(adding *a, const ecopt_outside_row *row, size_t i)
{
    ecopt_study *study = a->study;
    char *point = NULL;
    ECO_TRY(ecopt_space_point_text(study->ctx, study->definition->space, a->x + i * a->d, &point));
    a->rows[a->n_rows] = (eco_outside_row){.point = point,
                                           .origin = a->options.origin,
                                           .state = row->state,
                                           .reason = row->reason,
                                           .n_metrics = row->n_metrics,
                                           .metrics = row->metrics};
    a->trials[i] = (int64_t)++a->n_rows;
    return ECOPT_OK;
}

/* The first failure is the one to return, in its own words: the later ones write over them. */
typedef struct first_failure {
    ecopt_status status;
    char *message, *hint; /* owned */
} first_failure;

static void keep_failure(ecopt_ctx *ctx, first_failure *first, ecopt_status status)
{
    if (first->status != ECOPT_OK)
        return;
    first->status = status;
    first->message = eco_strdup(ctx, ecopt_ctx_errmsg(ctx));
    first->hint = eco_strdup(ctx, ecopt_ctx_errhint(ctx));
}

static ecopt_status tell_failure(ecopt_ctx *ctx, first_failure *first)
{
    if (first->status != ECOPT_OK && first->message && first->hint) {
        (void)eco_fail(ctx, first->status, "%s", first->message);
        if (first->hint[0])
            (void)eco_hint(ctx, first->status, "%s", first->hint);
    }
    eco_free(ctx, first->message);
    eco_free(ctx, first->hint);
    return first->status;
}

/* Judges all rows. Memory that runs out ends it at once; anything else is said of its row, and the
 * next one is judged. */
static ecopt_status judge(adding *a, const ecopt_outside_row *rows)
{
    ecopt_ctx *ctx = a->study->ctx;
    first_failure first = {.status = ECOPT_OK};
    for (size_t i = 0; i < a->n && first.status != ECOPT_E_NOMEM; i++) {
        ecopt_status status = check_row(a, &rows[i], i);
        if (status == ECOPT_OK)
            status = take_row(a, &rows[i], i);
        if (status == ECOPT_OK)
            continue;
        for (size_t k = 0; k < a->d; k++)
            a->x[i * a->d + k] = (double)NAN;
        if (a->options.report && status != ECOPT_E_NOMEM)
            a->options.report(a->options.user, i, status, ecopt_ctx_errmsg(ctx));
        if (!a->options.is_skipping || status == ECOPT_E_NOMEM)
            keep_failure(ctx, &first, status);
    }
    return tell_failure(ctx, &first);
}

static uint64_t seed_of(const void *user, int64_t trial)
{
    return eco_study_trial_seed(user, trial);
}

/* From judged rows to the store, and numbers to the caller. */
static ecopt_status add_all(adding *a, int64_t *ret_trials)
{
    ecopt_study *study = a->study;
    int64_t first = 0;
    if (a->n_rows > 0)
        ECO_TRY(eco_store_add_outside(study->store, a->rows, a->n_rows, seed_of, study,
                                      eco_clock_unix_s(), &first));
    for (size_t i = 0; i < a->n && ret_trials; i++)
        ret_trials[i] = a->trials[i] > 0 ? first + a->trials[i] - 1 : 0;
    return ECOPT_OK;
}

/* The view is the study as it is now: what another process adds meanwhile is found by the store's
 * own constraint. */
static ecopt_status add_rows(adding *a, const ecopt_outside_row *rows, int64_t *ret_trials)
{
    ecopt_ctx *ctx = a->study->ctx;
    a->x = eco_alloc(ctx, a->n * a->d + 1, sizeof *a->x);
    a->rows = eco_alloc(ctx, a->n + 1, sizeof *a->rows);
    a->trials = eco_alloc(ctx, a->n + 1, sizeof *a->trials);
    ecopt_status status = a->x && a->rows && a->trials ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = judge(a, rows);
    if (status == ECOPT_OK)
        status = add_all(a, ret_trials);
    for (size_t i = 0; i < a->n_rows; i++) {
        union {
            const char *constant;
            char *owned;
        } point = {a->rows[i].point}; /* made by take_row */
        eco_free(ctx, point.owned);
    }
    eco_free(ctx, a->trials);
    eco_free(ctx, a->rows);
    eco_free(ctx, a->x);
    return status;
}

ecopt_status ecopt_study_add(ecopt_study *study, const ecopt_outside_row *rows, size_t n,
                             const ecopt_outside_options *options, int64_t *ret_trials)
{
    adding a = {.study = study, .options = ECOPT_OUTSIDE_OPTIONS_INIT, .n = n};
    if (!study || (!rows && n > 0))
        return study ? eco_fail(study->ctx, ECOPT_E_ARG, "there are no rows") : ECOPT_E_ARG;
    if (options)
        memcpy(&a.options, options,
               options->size < sizeof a.options ? options->size : sizeof a.options);
    if (!a.options.origin)
        a.options.origin = "enqueued";
    a.d = ecopt_space_n_params(study->definition->space);
    eco_study_view view;
    ECO_TRY(eco_study_view_init(study, &view));
    a.view = &view;
    ecopt_status status = add_rows(&a, rows, ret_trials);
    eco_study_view_release(study, &view);
    return status;
}
