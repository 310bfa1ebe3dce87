/*
 * `ecopt report`: the study as one HTML page.
 *
 * No script, no request: the content security policy forbids both.  Nothing depends on the clock or
 * on this machine, so equal input gives equal bytes.
 *
 * Sections are built apart and added whole: a figure or table that turned out empty leaves no
 * trace. The pictures are SVG inside the page, not links, so that one file can be sent and
 * archived.
 */
#include "analysis/front.h"
#include "report/both_fronts.h"
#include "report/clean.h"
#include "report/html.h"
#include "report/html_style.h"
#include "report/number.h"
#include "report/plot.h"
#include "report/prose.h"
#include "report/rows.h"

#include <ecopt/report.h>
#include <ecopt/version.h>
#include <math.h>
#include <stdio.h>

/* A trials table longer than this scrolls in a box of its own, so that the method and the study's
 * definition stay within reach. */
#define TALL_ROWS 25

/*
 * Document head.  The policy allows inline style and nothing else: even if a name got through the
 * escaping, no script could run and no request could leave.
 */
static void add_head(const eco_page *page, eco_str *str)
{
    eco_str_add(str, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
                     "'none'\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"generator\" content=\"ECOpt ");
    eco_clean_add_html(str, ecopt_version());
    eco_str_add(str, "\">\n<title>");
    eco_clean_add_html(str, page->snapshot->name);
    eco_str_add(str, " \xe2\x80\x93 ECOpt report</title>\n<style>\n");
    eco_html_add_style(str);
    eco_str_add(str, "</style>\n</head>\n<body>\n<main>\n");
}

/* Least and largest value of an objective on the front, in one unit. */
static void add_range(const eco_page *page, const ecopt_objective *objective, eco_str *str)
{
    char least[ECO_NUMBER_B];
    char most[ECO_NUMBER_B];
    double ends[2] = {INFINITY, -INFINITY};
    for (size_t i = 0; i < page->front->n; i++) {
        const ecopt_trial *trial = &page->snapshot->trials[page->front->trials[i]];
        ends[0] = fmin(ends[0], eco_objective_value(objective, trial));
        ends[1] = fmax(ends[1], eco_objective_value(objective, trial));
    }
    eco_scale scale = eco_scale_pick(eco_dimension_of(objective->metric, NULL), ends[1]);
    eco_number_in(&scale, ends[0], (double)NAN, least);
    eco_number_in(&scale, ends[1], (double)NAN, most);
    eco_str_addf(str, "%s from %s to %s%s%s", objective->metric, least, most,
                 scale.unit[0] ? " " : "", scale.unit);
}

/* "30 trials: 28 complete, 2 failed. 7 are on the front: accuracy from 0.76 to 0.874, ..." */
static void add_lede(const eco_page *page, eco_str *str)
{
    size_t m = page->definition->n_objectives;
    eco_prose_states(str, page->summary, page->snapshot->n_trials);
    if (page->front->n == 0) {
        eco_str_add(str, ". None is on the front yet.");
        return;
    }
    eco_str_addf(str, ". %zu %s on the front", page->front->n, page->front->n == 1 ? "is" : "are");
    for (size_t i = 0; i < m; i++) {
        const ecopt_objective *objective = &page->definition->objectives[i];
        eco_str_add(str, i == 0 ? ": " : i + 1 == m ? " and " : ", ");
        if (page->front->n > 1) {
            add_range(page, objective, str);
            continue;
        }
        eco_str_addf(str, "%s ", objective->metric);
        eco_prose_value(str, objective->metric, page->summary->best[i].value,
                        page->summary->best[i].u95);
    }
    eco_str_add_char(str, '.');
}

/* A figure with its name above and a remark below. */
static void add_fact(eco_str *str, const char *name, const char *value, const char *remark)
{
    eco_str_add(str, "<div>");
    eco_html_add_element(str, "dt", name);
    eco_str_add(str, "<dd>");
    eco_clean_add_html(str, value[0] ? value : "not known");
    if (remark[0])
        eco_html_add_element(str, "small", remark);
    eco_str_add(str, "</dd></div>\n");
}

/* The figures that are asked for first: best values, size of the front, cost of the search. */
static void add_facts(const eco_page *page, eco_str *str)
{
    const eco_summary *summary = page->summary;
    char text[ECO_NUMBER_B];
    char remark[ECO_NUMBER_B];
    eco_str_add(str, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < summary->n_best; i++) {
        const eco_best *best = &summary->best[i];
        char name[128];
        (void)snprintf(name, sizeof name, "best %.110s", page->definition->objectives[i].metric);
        if (!best->is_known) {
            add_fact(str, name, "", "");
            continue;
        }
        eco_number_with_unit(eco_dimension_of(page->definition->objectives[i].metric, NULL),
                             best->value, best->u95, text);
        (void)snprintf(remark, sizeof remark, "trial %lld",
                       (long long)page->snapshot->trials[best->trial].id);
        add_fact(str, name, text, remark);
    }
    (void)snprintf(text, sizeof text, "%zu", page->front->n);
    (void)snprintf(remark, sizeof remark, "of %zu trials", page->snapshot->n_trials);
    add_fact(str, "points on the front", text, remark);
    eco_number_with_unit(ECO_DIMENSION_ENERGY, page->snapshot->spent_energy_j, (double)NAN, text);
    eco_number_wh(page->snapshot->spent_energy_j, (double)NAN, remark);
    add_fact(str, "energy of the search", text, remark);
    eco_number_with_unit(ECO_DIMENSION_TIME, page->snapshot->spent_time_s, (double)NAN, text);
    add_fact(str, "time in trials", text, "");
    if (summary->total.n_windows > 0)
        add_fact(str, "energy label", ecopt_quality_name(summary->total.energy.quality),
                 "weakest of all windows");
    eco_str_add(str, "</dl>\n");
}

/* Remarks that change what the numbers mean stand before the numbers. */
static void add_notes(const eco_page *page, eco_str *str)
{
    unsigned notes = eco_notes(page->definition, page->snapshot, page->front);
    if (!notes)
        return;
    eco_str_add(str, "<div class=\"note\" role=\"note\">\n");
    for (unsigned i = 0; i < ECO_NOTE_COUNT; i++) {
        if (!(notes & 1u << i))
            continue;
        eco_html_add_element(str, "p", eco_note_text((eco_note)i));
        eco_str_add_char(str, '\n');
    }
    eco_str scale = ECO_STR_INIT(page->ctx);
    if (eco_prose_scale(&scale, page->snapshot, page->front)) {
        eco_html_add_element(str, "p", eco_str_text(&scale));
        eco_str_add_char(str, '\n');
    }
    if (eco_str_status(&scale) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&scale);
    eco_str_add(str, "</div>\n");
}

/* The lede is plain text until here: it is escaped once, as a whole, so no part can be forgotten.
 */
static ecopt_status add_opening(const eco_page *page, eco_str *str)
{
    eco_str lede = ECO_STR_INIT(page->ctx);
    eco_str_add(str, "<header>\n<p class=\"kind\">ECOpt report</p>\n");
    eco_html_add_element(str, "h1", page->snapshot->name);
    add_lede(page, &lede);
    eco_str_add(str, "\n<p class=\"lede\">");
    eco_clean_add_html(str, eco_str_text(&lede));
    eco_str_add(str, "</p>\n");
    add_facts(page, str);
    add_notes(page, str);
    eco_str_add(str, "</header>\n");
    ecopt_status status = eco_str_status(&lede);
    eco_str_release(&lede);
    return status;
}

/* "Arrows at the edge: 2 trials below the axis, 1 to the right. " */
static void add_outside(const eco_front_view *view, eco_str *str)
{
    const struct {
        size_t n;
        const char *where;
    } sides[] = {{view->n_below, "below the axis"},
                 {view->n_above, "above the axis"},
                 {view->n_left, "to the left of it"},
                 {view->n_right, "to the right of it"}};
    bool is_first = true;
    for (size_t i = 0; i < ECO_LEN(sides); i++) {
        if (sides[i].n == 0)
            continue;
        eco_str_addf(str, "%s%zu trial%s %s", is_first ? "Arrows at the edge: " : ", ", sides[i].n,
                     sides[i].n == 1 ? "" : "s", sides[i].where);
        is_first = false;
    }
    if (!is_first)
        eco_str_add(str, ". ");
    if (view->n_undrawn > 0)
        eco_str_addf(str, "Too large for any axis: %zu of the front. ", view->n_undrawn);
}

/* What is not in the picture, and the bounds it was judged by. */
static void add_front_caption(const eco_page *page, const eco_front_view *view, eco_str *str)
{
    const eco_summary *summary = page->summary;
    size_t n_outside = summary->n_states[ECOPT_TRIAL_COMPLETE] - summary->n_feasible;
    eco_str line = ECO_STR_INIT(page->ctx);
    eco_str_add(str, "<figcaption>Each point is a trial; the number beside it is the trial's. ");
    add_outside(view, str);
    if (summary->n_states[ECOPT_TRIAL_FAILED] > 0)
        eco_str_addf(str, "Not drawn: %zu failed. ", summary->n_states[ECOPT_TRIAL_FAILED]);
    if (n_outside > 0)
        eco_str_addf(str, "Not drawn: %zu outside a constraint or without a value. ", n_outside);
    if (eco_prose_reference(&line, page->definition, page->snapshot)) {
        eco_str_add(str, "Reference point: ");
        eco_clean_add_html(str, eco_str_text(&line));
        eco_str_add(str, ". ");
    }
    if (!isnan(page->front->hypervolume))
        eco_str_addf(str, "Hypervolume %.5g, logarithmic objectives in decades. ",
                     page->front->hypervolume);
    if (page->definition->n_objectives > 2)
        eco_str_add(str, "The picture shows two of the objectives; the front is that of all. ");
    eco_str_add(str, "</figcaption>\n");
    if (eco_str_status(&line) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&line);
}

/* Which dominated trials the uncertainties leave open. */
static void add_unresolved(const eco_page *page, eco_str *str)
{
    eco_str open = ECO_STR_INIT(page->ctx);
    if (eco_prose_unresolved(&open, page->definition, page->snapshot, page->front)) {
        eco_html_add_element(str, "p", eco_str_text(&open));
        eco_str_add_char(str, '\n');
    }
    if (eco_str_status(&open) != ECOPT_OK)
        str->status = ECOPT_E_NOMEM;
    eco_str_release(&open);
}

/*
 * The picture for the shape, the table for the numbers.  The picture is built apart and only copied
 * when there is one, so that no empty figure is left behind.
 */
static ecopt_status add_front(const eco_page *page, eco_str *str)
{
    eco_front_view view = {.is_drawn = false};
    eco_table *table = NULL;
    eco_str plot = ECO_STR_INIT(page->ctx);
    eco_str_add(str, "<section aria-labelledby=\"front\">\n<h2 id=\"front\">The front</h2>\n");
    if (page->front->n == 0)
        eco_str_add(str, "<p>No trial is complete and within every constraint yet.</p>\n");
    ecopt_status status = eco_plot_front(page->ctx, page->definition, page->snapshot, page->front,
                                         ECO_CANVAS_SVG, &plot, &view);
    if (status == ECOPT_OK && view.is_drawn) {
        eco_str_add(str, "<figure>\n");
        eco_str_add(str, eco_str_text(&plot));
        add_front_caption(page, &view, str);
        eco_str_add(str, "</figure>\n");
    }
    if (status == ECOPT_OK && page->front->n > 0) {
        status = eco_rows_front(page->ctx, page->definition, page->snapshot, page->front, &table);
        if (status == ECOPT_OK)
            eco_html_add_table(str, table, "Trials on the front",
                               page->front->knee < page->front->n
                                   ? "Trials on the front; the tinted one is the knee, furthest "
                                     "from the line between the extremes"
                                   : "Trials on the front",
                               false);
        add_unresolved(page, str);
    }
    eco_str_add(str, "</section>\n");
    eco_table_free(table);
    eco_str_release(&plot);
    return status;
}

/* Where the logarithm is what was modelled, the value shown is a median. */
static void add_model_scales(const eco_page *page, eco_str *str)
{
    bool is_first = true;
    for (size_t k = 0; k < page->definition->n_objectives; k++) {
        if (!page->modelled->is_log[k])
            continue;
        eco_str_add(str,
                    is_first ? "<p>Modelled by the logarithm, the value being a median: " : ", ");
        eco_clean_add_html(str, page->definition->objectives[k].metric);
        is_first = false;
    }
    if (!is_first)
        eco_str_add(str, ".</p>\n");
}

/* Values that the models were not told. */
static void add_outliers(const eco_page *page, eco_str *str)
{
    size_t m = page->definition->n_objectives;
    for (size_t i = 0; i < page->snapshot->n_trials * m; i++) {
        if (!page->modelled->is_outlier || !page->modelled->is_outlier[i])
            continue;
        eco_str_addf(str, "<p>Trial %lld: ", (long long)page->snapshot->trials[i / m].id);
        eco_clean_add_html(str, page->definition->objectives[i % m].metric);
        eco_str_add(str, " was taken for an error, which the models do not know.</p>\n");
    }
}

/* The front of posterior means: which trials were lucky, and which are better than they looked. */
static ecopt_status add_modelled(const eco_page *page, eco_str *str)
{
    eco_both_fronts both;
    eco_table *table = NULL;
    ECO_TRY(
        eco_both_fronts_init(page->ctx, page->definition, page->snapshot, page->modelled, &both));
    ecopt_status status = ECOPT_OK;
    if (both.n_modelled > 0)
        status = eco_rows_both_fronts(page->ctx, &both, &table);
    if (table) {
        eco_str_addf(
            str,
            "<section aria-labelledby=\"modelled\">\n<h2 id=\"modelled\">The front that "
            "the models see</h2>\n<p>Each modelled value is the posterior mean of a "
            "Gaussian process over all trials, \xc2\xb1 its 95 %% half width without the noise "
            "of one measurement: chance pulls less on it. By measurement %zu %s on the "
            "front, by the models %zu.</p>\n",
            both.n_observed, both.n_observed == 1 ? "trial is" : "trials are", both.n_modelled);
        add_model_scales(page, str);
        add_outliers(page, str);
        eco_html_add_table(str, table, "Measured and modelled front",
                           "Trials on the measured (observed) or on the modelled front", false);
        eco_str_add(str, "</section>\n");
    }
    eco_table_free(table);
    eco_both_fronts_release(page->ctx, &both);
    return status;
}

/* Did the search still get better at the end?  Then a larger budget would pay. */
static ecopt_status add_history(const eco_page *page, eco_str *str)
{
    bool is_drawn = false;
    eco_str plot = ECO_STR_INIT(page->ctx);
    ecopt_status status = eco_plot_history(page->ctx, page->definition, page->snapshot,
                                           ECO_CANVAS_SVG, &plot, &is_drawn);
    if (status == ECOPT_OK && is_drawn) {
        eco_str_add(str, "<section aria-labelledby=\"progress\">\n<h2 id=\"progress\">Progress of "
                         "the search</h2>\n<figure>\n");
        eco_str_add(str, eco_str_text(&plot));
        eco_str_add(str, "<figcaption>");
        eco_str_add(str, page->definition->n_objectives > 1
                             ? "Hypervolume is the part of the objectives' space that the front "
                               "dominates up to the reference point: it grows when the front "
                               "gets better anywhere."
                             : "Best value among the feasible trials so far.");
        eco_str_add(str, "</figcaption>\n</figure>\n</section>\n");
    }
    eco_str_release(&plot);
    return status;
}

/* Joules by trial and phase: what was spent on training, on testing, and on nothing. */
static ecopt_status add_energy(const eco_page *page, eco_str *str)
{
    bool is_drawn = false;
    eco_str plot = ECO_STR_INIT(page->ctx);
    if (page->summary->n_phases == 0)
        return ECOPT_OK;
    ecopt_status status =
        eco_plot_energy(page->ctx, page->snapshot, page->summary, ECO_CANVAS_SVG, &plot, &is_drawn);
    if (status == ECOPT_OK && is_drawn) {
        eco_str_add(str, "<section aria-labelledby=\"energy\">\n<h2 id=\"energy\">Where the "
                         "energy went</h2>\n<figure>\n");
        eco_str_add(str, eco_str_text(&plot));
        eco_str_add(str, "</figure>\n</section>\n");
    }
    eco_str_release(&plot);
    return status;
}

/* Every trial, the failed ones too: what was left out of a report cannot be checked. */
static ecopt_status add_trials(const eco_page *page, eco_str *str)
{
    eco_table *table = NULL;
    eco_str_add(str, "<section aria-labelledby=\"trials\">\n<h2 id=\"trials\">All trials</h2>\n");
    if (page->snapshot->n_trials == 0) {
        eco_str_add(str, "<p>No trial yet.</p>\n</section>\n");
        return ECOPT_OK;
    }
    ECO_TRY(eco_rows_trials(page->ctx, page->definition, page->snapshot, page->front, &table));
    eco_html_add_table(str, table, "All trials", "Tinted rows are on the front",
                       page->snapshot->n_trials > TALL_ROWS);
    eco_table_free(table);
    eco_str_add(str, "</section>\n");
    return ECOPT_OK;
}

/* Order of the page: result, how it came about, what it cost, how far to trust it, raw data. */
static ecopt_status add_page(const eco_page *page, eco_str *str)
{
    add_head(page, str);
    ECO_TRY(add_opening(page, str));
    ECO_TRY(add_front(page, str));
    if (page->modelled)
        ECO_TRY(add_modelled(page, str));
    ECO_TRY(add_history(page, str));
    ECO_TRY(add_energy(page, str));
    ECO_TRY(eco_html_add_impact(page, str));
    ECO_TRY(eco_html_add_method(page, str));
    ECO_TRY(add_trials(page, str));
    ECO_TRY(eco_html_add_study(page, str));
    eco_str_add(str, "<footer>Written by ECOpt ");
    eco_clean_add_html(str, ecopt_version());
    eco_str_add(str, ". Missing numbers are left empty, never shown as 0.</footer>\n</main>\n"
                     "</body>\n</html>\n");
    return eco_str_status(str);
}

ecopt_status ecopt_report_html(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_snapshot *snapshot, const ecopt_modelled *modelled,
                               char **ret_text)
{
    ecopt_front *front = NULL;
    eco_summary *summary = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_status status = ecopt_front_new(ctx, definition, snapshot, &front);
    if (status == ECOPT_OK)
        status = eco_summary_new(ctx, definition, snapshot, &summary);
    if (status == ECOPT_OK) {
        eco_page page = {ctx, definition, snapshot, modelled, front, summary};
        status = add_page(&page, &str);
    }
    if (status == ECOPT_OK)
        status = eco_str_take(&str, ret_text);
    eco_str_release(&str);
    eco_summary_free(ctx, summary);
    ecopt_front_free(ctx, front);
    return status;
}
