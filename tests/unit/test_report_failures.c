/*
 * What reports do when memory runs out: ours (allocator of the context), jansson's and cairo's.
 *
 * Every failure is ECOPT_E_NOMEM, leaves no block, and leaves the caller's text pointer alone.
 */
#include "report/plot.h"
#include "report/rows.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ecopt/pareto.h>
#include <ecopt/report.h>
#include <jansson.h>
#include <stdlib.h>

/* Words on a PNG make fontconfig fill its caches, which it keeps until the process ends. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}

/* ---- jansson's allocator ---- */

/* Fails from call `json_fail_at` on; negative: never.  Jansson's hooks carry no user pointer. */
static long json_fail_at = -1;
static long json_calls;
static long json_live;

static void *json_alloc(size_t size)
{
    if (json_fail_at >= 0 && json_calls++ >= json_fail_at)
        return NULL;
    void *block = malloc(size);
    json_live += block != NULL;
    return block;
}

static void json_release(void *block)
{
    json_live -= block != NULL;
    free(block);
}

typedef ecopt_status (*make_fn)(ecopt_ctx *ctx, const eco_fake_study *study, char **ret_text);

static ecopt_status front_json(ecopt_ctx *ctx, const eco_fake_study *study, char **ret_text)
{
    return ecopt_report_front(ctx, &study->definition, &study->snapshot, ECOPT_FORMAT_JSON,
                              ret_text);
}

static ecopt_status trials_json(ecopt_ctx *ctx, const eco_fake_study *study, char **ret_text)
{
    return ecopt_report_trials(ctx, &study->definition, &study->snapshot, ECOPT_FORMAT_JSON,
                               ret_text);
}

static ecopt_status status_json(ecopt_ctx *ctx, const eco_fake_study *study, char **ret_text)
{
    return ecopt_report_status(ctx, &study->definition, &study->snapshot, ECOPT_FORMAT_JSON,
                               ret_text);
}

static ecopt_status trial_json(ecopt_ctx *ctx, const eco_fake_study *study, char **ret_text)
{
    return ecopt_report_trial(ctx, &study->definition, &study->snapshot, 1, ECOPT_FORMAT_JSON,
                              ret_text);
}

static ecopt_status energy_json(ecopt_ctx *ctx, const eco_fake_study *study, char **ret_text)
{
    return ecopt_report_energy(ctx, &study->snapshot.trials[0].phases[0].energy, ECOPT_FORMAT_JSON,
                               ret_text);
}

static const make_fn JSON_REPORTS[] = {front_json, trials_json, status_json, trial_json,
                                       energy_json};

/* A study with something of everything: flags, an odd point, carbon, an open trial. */
static eco_fake_study *full_study(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.88, 4e-4);
    (void)eco_fake_study_add(study, 0.87, 4.05e-4);
    (void)eco_fake_study_add(study, 0.92, 9e-4);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "train: exit status 1");
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_RUNNING, NULL);
    eco_fake_study_store(study, 0)->phases[0].energy.flags = ECOPT_FLAG_GAP | ECOPT_FLAG_SHORT;
    (void)snprintf(eco_fake_study_store(study, 3)->point, 256, "not a point");
    study->definition.carbon.is_set = true;
    study->definition.carbon.country = "GBR";
    study->definition.carbon.intensity_g_per_kwh = 238;
    study->definition.carbon.pue = 1.2;
    study->definition.carbon.uncertainty_ratio = 0.15;
    study->definition.carbon.wue_l_per_kwh = 1.8;
    study->definition.carbon.embodied_g = 350e3;
    study->definition.carbon.lifetime_s = 1e8;
    study->definition.carbon.price_per_kwh = 0.28;
    study->definition.carbon.currency = "GBP";
    return study;
}

static void test_jansson_without_memory(void **state)
{
    (void)state;
    static char untouched[] = "mine";
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = full_study(ctx);
    json_set_alloc_funcs(json_alloc, json_release);
    for (size_t i = 0; i < ECO_LEN(JSON_REPORTS); i++) {
        ecopt_status status = ECOPT_E_NOMEM;
        long n_failures = 0;
        for (long k = 0; status != ECOPT_OK; k++) {
            char *text = untouched;
            json_calls = 0;
            json_fail_at = k;
            size_t before_b = eco_ctx_live_b(ctx);
            status = JSON_REPORTS[i](ctx, study, &text);
            json_fail_at = -1;
            if (json_live != 0)
                fail_msg("report %zu, allocation %ld: %ld blocks left", i, k, json_live);
            if (status != ECOPT_OK) {
                assert_status(ctx, status, ECOPT_E_NOMEM);
                assert_ptr_equal(text, untouched);
                assert_int_equal(eco_ctx_live_b(ctx), before_b);
                n_failures++;
                continue;
            }
            /* Success means that nothing was missing from the document. */
            assert_true(json_calls <= k);
            eco_free(ctx, text);
        }
        assert_true(n_failures > 20);
    }
    json_set_alloc_funcs(malloc, free);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* ---- the context's allocator, function by function ---- */

typedef struct sweep {
    const eco_fake_study *study;
    ecopt_format format;
    ecopt_status (*make)(ecopt_ctx *ctx, const ecopt_definition *definition,
                         const ecopt_snapshot *snapshot, ecopt_format format, char **ret_text);
} sweep;

static ecopt_status make_report(ecopt_ctx *ctx, void *user)
{
    static char untouched[] = "mine";
    const sweep *plan = user;
    char *text = untouched;
    ecopt_status status =
        plan->make(ctx, &plan->study->definition, &plan->study->snapshot, plan->format, &text);
    if (status != ECOPT_OK)
        assert_ptr_equal(text, untouched);
    else
        eco_free(ctx, text);
    return status;
}

static ecopt_status make_html(ecopt_ctx *ctx, const ecopt_definition *definition,
                              const ecopt_snapshot *snapshot, ecopt_format format, char **ret_text)
{
    (void)format;
    return ecopt_report_html(ctx, definition, snapshot, NULL, ret_text);
}

/* Every trial in turn: complete, odd point, failed, running. */
static ecopt_status make_trials_one_by_one(ecopt_ctx *ctx, const ecopt_definition *definition,
                                           const ecopt_snapshot *snapshot, ecopt_format format,
                                           char **ret_text)
{
    for (size_t i = 0; i + 1 < snapshot->n_trials; i++) {
        char *text = NULL;
        ECO_TRY(
            ecopt_report_trial(ctx, definition, snapshot, snapshot->trials[i].id, format, &text));
        eco_free(ctx, text);
    }
    return ecopt_report_trial(ctx, definition, snapshot,
                              snapshot->trials[snapshot->n_trials - 1].id, format, ret_text);
}

static ecopt_status make_energy(ecopt_ctx *ctx, const ecopt_definition *definition,
                                const ecopt_snapshot *snapshot, ecopt_format format,
                                char **ret_text)
{
    (void)definition;
    return ecopt_report_energy(ctx, &snapshot->trials[0].phases[0].energy, format, ret_text);
}

static void sweep_all_formats(sweep *plan, bool has_csv)
{
    for (int format = ECOPT_FORMAT_TABLE; format <= ECOPT_FORMAT_JSON; format++) {
        plan->format = (ecopt_format)format;
        if (format != ECOPT_FORMAT_CSV || has_csv)
            eco_test_alloc_sweep(make_report, plan);
    }
}

static void test_every_report_without_memory(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = full_study(ctx);
    sweep plan = {.study = study};
    plan.make = ecopt_report_front;
    sweep_all_formats(&plan, true);
    plan.make = ecopt_report_trials;
    sweep_all_formats(&plan, true);
    plan.make = ecopt_report_status;
    sweep_all_formats(&plan, true);
    plan.make = make_trials_one_by_one;
    sweep_all_formats(&plan, false);
    plan.make = make_energy;
    sweep_all_formats(&plan, false);
    plan.make = make_html;
    plan.format = ECOPT_FORMAT_TABLE;
    eco_test_alloc_sweep(make_report, &plan);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static ecopt_status make_tables(ecopt_ctx *ctx, void *user)
{
    const eco_fake_study *study = user;
    ecopt_front *front = NULL;
    eco_table *table = NULL;
    ECO_TRY(ecopt_front_new(ctx, &study->definition, &study->snapshot, &front));
    ecopt_status status = eco_rows_front(ctx, &study->definition, &study->snapshot, front, &table);
    if (status == ECOPT_OK) {
        eco_table_free(table);
        table = NULL;
        status = eco_rows_trials(ctx, &study->definition, &study->snapshot, front, &table);
        eco_table_free(table);
    } else {
        assert_null(table);
    }
    ecopt_front_free(ctx, front);
    return status;
}

static ecopt_status make_sums(ecopt_ctx *ctx, void *user)
{
    const eco_fake_study *study = user;
    eco_summary *summary = NULL;
    eco_table *table = NULL;
    ECO_TRY(eco_summary_new(ctx, &study->definition, &study->snapshot, &summary));
    ecopt_status status = eco_rows_phases(ctx, summary, &table);
    if (status == ECOPT_OK) {
        eco_table_free(table);
        table = NULL;
        status = eco_rows_sources(ctx, &summary->total.energy, &table);
        eco_table_free(table);
    }
    eco_summary_free(ctx, summary);
    return status;
}

static void test_tables_without_memory(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = full_study(ctx);
    eco_test_alloc_sweep(make_tables, study);
    eco_test_alloc_sweep(make_sums, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* ---- cairo ---- */

/* All three pictures; cairo writes into our buffer, so a failing append is a failing write. */
static ecopt_status draw_all(ecopt_ctx *ctx, const eco_fake_study *study, eco_canvas_kind kind)
{
    ecopt_front *front = NULL;
    eco_summary *summary = NULL;
    eco_front_view view = {.n_front = 77};
    bool is_drawn = false;
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_status status = ecopt_front_new(ctx, &study->definition, &study->snapshot, &front);
    if (status == ECOPT_OK)
        status = eco_summary_new(ctx, &study->definition, &study->snapshot, &summary);
    if (status == ECOPT_OK) {
        status =
            eco_plot_front(ctx, &study->definition, &study->snapshot, front, kind, &str, &view);
        assert_int_equal(view.n_front, status == ECOPT_OK ? 3 : 77);
    }
    if (status == ECOPT_OK)
        status = eco_plot_history(ctx, &study->definition, &study->snapshot, kind, &str, &is_drawn);
    if (status == ECOPT_OK)
        status = eco_plot_energy(ctx, &study->snapshot, summary, kind, &str, &is_drawn);
    if (status == ECOPT_OK)
        assert_true(is_drawn);
    eco_str_release(&str);
    eco_summary_free(ctx, summary);
    ecopt_front_free(ctx, front);
    return status;
}

static ecopt_status draw_svg(ecopt_ctx *ctx, void *user)
{
    return draw_all(ctx, user, ECO_CANVAS_SVG);
}

static ecopt_status draw_png(ecopt_ctx *ctx, void *user)
{
    return draw_all(ctx, user, ECO_CANVAS_PNG);
}

static void test_pictures_without_memory(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = full_study(ctx);
    eco_test_alloc_sweep(draw_svg, study);
    eco_test_alloc_sweep(draw_png, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* A buffer that already failed refuses cairo's bytes: the take must say so, not write half. */
static void test_write_into_a_failed_buffer(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const eco_canvas_kind kinds[] = {ECO_CANVAS_SVG, ECO_CANVAS_PNG};
    for (size_t i = 0; i < ECO_LEN(kinds); i++) {
        eco_canvas *canvas = NULL;
        eco_str str = ECO_STR_INIT(ctx);
        str.status = ECOPT_E_NOMEM;
        assert_status(ctx, eco_canvas_new(ctx, kinds[i], 80, 40, &canvas), ECOPT_OK);
        eco_canvas_rect(canvas, 1, 1, 5, 5);
        eco_canvas_fill(canvas, ECO_INK_FRONT);
        assert_status(ctx, eco_canvas_take(canvas, "x", "t", "d", &str), ECOPT_E_NOMEM);
        assert_int_equal(str.length, 0);
        eco_canvas_free(canvas);
        eco_str_release(&str);
    }
    ecopt_ctx_free(ctx);
}

/* ---- wrong arguments ---- */

static void test_wrong_formats_and_limits(void **state)
{
    (void)state;
    static char untouched[] = "mine";
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = full_study(ctx);
    const ecopt_definition *definition = &study->definition;
    const ecopt_snapshot *snapshot = &study->snapshot;
    char *text = untouched;
    assert_status(ctx, ecopt_report_front(ctx, definition, snapshot, (ecopt_format)3, &text),
                  ECOPT_E_ARG);
    assert_status(ctx, ecopt_report_trials(ctx, definition, snapshot, (ecopt_format)-1, &text),
                  ECOPT_E_ARG);
    assert_status(ctx, ecopt_report_status(ctx, definition, snapshot, (ecopt_format)99, &text),
                  ECOPT_E_ARG);
    const int64_t absent[] = {0, -1, 7, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < ECO_LEN(absent); i++) {
        assert_status(
            ctx,
            ecopt_report_trial(ctx, definition, snapshot, absent[i], ECOPT_FORMAT_TABLE, &text),
            ECOPT_E_NOT_FOUND);
        assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "study 'fake'"));
    }
    const size_t counts[] = {0, ECOPT_MAX_OBJECTIVES + 1, SIZE_MAX};
    for (size_t i = 0; i < ECO_LEN(counts); i++) {
        ecopt_front *front = NULL;
        study->definition.n_objectives = counts[i];
        assert_status(ctx, ecopt_front_new(ctx, definition, snapshot, &front), ECOPT_E_LIMIT);
        assert_status(ctx, ecopt_report_html(ctx, definition, snapshot, NULL, &text),
                      ECOPT_E_LIMIT);
        assert_status(ctx, front_json(ctx, study, &text), ECOPT_E_LIMIT);
        assert_null(front);
    }
    assert_ptr_equal(text, untouched);
    eco_fake_study_free(study);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jansson_without_memory),
        cmocka_unit_test(test_every_report_without_memory),
        cmocka_unit_test(test_tables_without_memory),
        cmocka_unit_test(test_pictures_without_memory),
        cmocka_unit_test(test_write_into_a_failed_buffer),
        cmocka_unit_test(test_wrong_formats_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
