#include "report/axis.h"
#include "report/frame.h"
#include "report/plot.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <stdlib.h>

/* Words on a PNG make fontconfig fill its caches, which it keeps until the process ends; SVG asks
 * for no font. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

/* ---- axes ---- */

static void assert_ticks(const eco_axis *axis, size_t n, const char *const *texts)
{
    assert_int_equal(axis->n_ticks, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(axis->texts[i], texts[i]);
}

static void test_nice_ticks(void **state)
{
    (void)state;
    eco_axis axis;
    eco_axis_init(&axis, 0.12, 0.88, false, 5);
    assert_ticks(&axis, 4, (const char *const[]){"0.2", "0.4", "0.6", "0.8"});
    eco_axis_init(&axis, 0, 56, false, 5);
    assert_ticks(&axis, 3, (const char *const[]){"0", "20", "40"});
    eco_axis_init(&axis, -3, 3, false, 6);
    assert_ticks(&axis, 3, (const char *const[]){"-2", "0", "2"});
    eco_axis_init(&axis, 180, 1000, true, 7);
    assert_ticks(&axis, 3, (const char *const[]){"200", "500", "1000"});
    eco_axis_init(&axis, 1e-3, 1e3, true, 7);
    assert_ticks(&axis, 7, (const char *const[]){"0.001", "0.01", "0.1", "1", "10", "100", "1000"});
    eco_axis_init(&axis, 300, 400, true, 5); /* a log axis of less than a decade */
    assert_true(axis.n_ticks >= 3);
    assert_true(axis.is_log);
    eco_axis_init(&axis, 20000, 90000, false, 5);
    assert_string_equal(axis.texts[0], "20000");
}

static void test_axis_of_equal_or_odd_ends(void **state)
{
    (void)state;
    eco_axis axis;
    const double ends[][2] = {{0, 0},       {5, 5},        {-2, -2},     {1e-300, 1e-300},
                              {1e99, 1e99}, {1e-12, 1e99}, {-1e99, 1e99}};
    for (size_t i = 0; i < ECO_LEN(ends); i++) {
        for (int is_log = 0; is_log < 2; is_log++) {
            eco_axis_init(&axis, ends[i][0], ends[i][1], is_log != 0, 6);
            assert_true(axis.lo < axis.hi);
            assert_true(axis.lo <= ends[i][0] && axis.hi >= ends[i][1]);
            assert_true(axis.n_ticks >= 2 && axis.n_ticks <= ECO_TICKS_MAX);
            assert_true(isfinite(eco_axis_at(&axis, ends[i][0])));
        }
    }
    /* A log axis is refused where there is a 0. */
    eco_axis_init(&axis, 0, 5, true, 5);
    assert_false(axis.is_log);
}

static void test_axis_positions(void **state)
{
    (void)state;
    eco_axis axis;
    eco_axis_init(&axis, 1, 100, true, 5);
    eco_axis_place(&axis, 10, 110);
    assert_close(eco_axis_at(&axis, 10), 60, 1e-12, 0);
    assert_close(eco_axis_at(&axis, -5), 10, 0, 0);
    assert_close(eco_axis_at(&axis, 1e9), 110, 0, 0);
    assert_false(eco_axis_has(&axis, 1e9));
    eco_axis_place(&axis, 300, 20); /* y grows upwards */
    assert_close(eco_axis_at(&axis, 10), 160, 1e-12, 0);
    eco_axis_init_count(&axis, 1, 3, 8);
    assert_ticks(&axis, 3, (const char *const[]){"1", "2", "3"});
    eco_axis_init_count(&axis, 1, 1, 8);
    assert_ticks(&axis, 1, (const char *const[]){"1"});
}

/* ---- canvas ---- */

static void draw_everything(eco_canvas *canvas)
{
    const eco_text_style style = {.anchor = ECO_ANCHOR_END, .is_bold = true, .is_muted = true};
    const eco_text_style upward = {.size_px = 9, .is_upward = true};
    eco_canvas_move(canvas, 10, 10);
    eco_canvas_line(canvas, 90, 20);
    eco_canvas_stroke(canvas, ECO_INK_FRONT, 2, true);
    eco_canvas_rect(canvas, 5, 5, 20, 10);
    eco_canvas_fill(canvas, ECO_INK_AREA);
    eco_canvas_circle(canvas, 50, 25, 8);
    eco_canvas_stroke(canvas, ECO_INK_KNEE, 2, false);
    eco_canvas_dot(canvas, 60, 30);
    eco_canvas_stroke_dots(canvas, ECO_INK_FAINT, 7);
    eco_canvas_text(canvas, 95, 40, &style, "<a> & \x1b \xff");
    eco_canvas_text(canvas, 15, 40, &upward, "up");
    eco_canvas_tip(canvas, 60, 30, 9, "tip \"<\"");
}

static ecopt_status draw_canvas(ecopt_ctx *ctx, eco_canvas_kind kind, eco_str *str)
{
    eco_canvas *canvas = NULL;
    ECO_TRY(eco_canvas_new(ctx, kind, 100, 50, &canvas));
    draw_everything(canvas);
    ecopt_status status = eco_canvas_take(canvas, "x", "A <title>", "What & why", str);
    eco_canvas_free(canvas);
    return status;
}

static void test_svg_has_text_and_equal_bytes(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str first = ECO_STR_INIT(ctx);
    eco_str second = ECO_STR_INIT(ctx);
    assert_status(ctx, draw_canvas(ctx, ECO_CANVAS_SVG, &first), ECOPT_OK);
    assert_status(ctx, draw_canvas(ctx, ECO_CANVAS_SVG, &second), ECOPT_OK);
    const char *svg = eco_str_text(&first);
    assert_string_equal(svg, eco_str_text(&second));
    assert_memory_equal(svg,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
                        "viewBox=\"0 0 100 50\" width=\"100\" height=\"50\" role=\"img\" "
                        "aria-labelledby=\"x-title x-desc\">",
                        60);
    assert_non_null(strstr(svg, "<title id=\"x-title\">A &lt;title&gt;</title>"));
    assert_non_null(strstr(svg, "<desc id=\"x-desc\">What &amp; why</desc>"));
    assert_non_null(strstr(svg, "text-anchor=\"end\" font-weight=\"600\" fill-opacity=\"0.72\">"
                                "&lt;a&gt; &amp;   \xef\xbf\xbd</text>"));
    assert_non_null(strstr(svg, "transform=\"rotate(-90 15.00 40.00)\">up</text>"));
    assert_non_null(strstr(svg, "<title>tip &quot;&lt;&quot;</title></circle>"));
    assert_null(strstr(svg, "surface"));
    assert_null(strstr(svg, "<?xml"));
    assert_int_equal(count_of(svg, "<svg"), 1);
    assert_int_equal(count_of(svg, "<path"), 4);
    eco_str_release(&first);
    eco_str_release(&second);
    ecopt_ctx_free(ctx);
}

static void test_png_is_a_picture(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str png = ECO_STR_INIT(ctx);
    assert_status(ctx, draw_canvas(ctx, ECO_CANVAS_PNG, &png), ECOPT_OK);
    assert_true(png.length > 500);
    assert_memory_equal(png.text, "\x89PNG\r\n\x1a\n", 8);
    /* Width and height of the header, big-endian: twice the drawing. */
    assert_memory_equal(png.text + 16, "\0\0\0\xc8\0\0\0\x64", 8);
    eco_str_release(&png);
    ecopt_ctx_free(ctx);
}

static void test_canvas_refuses_what_it_cannot_draw(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_canvas *canvas = NULL;
    eco_str str = ECO_STR_INIT(ctx);
    assert_status(ctx, eco_canvas_new(ctx, ECO_CANVAS_SVG, 0, 50, &canvas), ECOPT_E_ARG);
    assert_status(ctx, eco_canvas_new(ctx, ECO_CANVAS_SVG, 50, (double)NAN, &canvas), ECOPT_E_ARG);
    assert_status(ctx, eco_canvas_new(ctx, ECO_CANVAS_PNG, 1e9, 50, &canvas), ECOPT_E_ARG);
    assert_null(canvas);
    const double odd[] = {(double)NAN, INFINITY, 1e300};
    for (size_t i = 0; i < ECO_LEN(odd); i++) {
        assert_status(ctx, eco_canvas_new(ctx, ECO_CANVAS_SVG, 50, 50, &canvas), ECOPT_OK);
        eco_canvas_move(canvas, odd[i], 1);
        eco_canvas_line(canvas, 1, odd[i]);
        eco_canvas_rect(canvas, 1, 1, odd[i], 1);
        eco_canvas_circle(canvas, 1, 1, odd[i]);
        eco_canvas_dot(canvas, odd[i], 1);
        assert_status(ctx, eco_canvas_take(canvas, "x", "", "", &str), ECOPT_E_INTERNAL);
        eco_canvas_free(canvas);
    }
    assert_status(ctx, eco_canvas_new(ctx, ECO_CANVAS_SVG, 50, 50, &canvas), ECOPT_OK);
    eco_canvas_fail(canvas);
    assert_status(ctx, eco_canvas_take(canvas, "x", "", "", &str), ECOPT_E_NOMEM);
    eco_canvas_free(canvas);
    eco_canvas_free(NULL);
    assert_int_equal(str.length, 0);
    eco_str_release(&str);
    ecopt_ctx_free(ctx);
}

/* ---- pictures ---- */

static ecopt_status plot_front(eco_fake_study *study, ecopt_ctx *ctx, eco_canvas_kind kind,
                               eco_str *str, bool *ret_drawn)
{
    ecopt_front *front = NULL;
    eco_front_view view;
    ECO_TRY(ecopt_front_new(ctx, &study->definition, &study->snapshot, &front));
    ecopt_status status =
        eco_plot_front(ctx, &study->definition, &study->snapshot, front, kind, str, &view);
    if (status == ECOPT_OK)
        *ret_drawn = view.is_drawn;
    ecopt_front_free(ctx, front);
    return status;
}

static bool draws_front(eco_fake_study *study, eco_str *str)
{
    bool is_drawn = false;
    eco_str_clear(str);
    assert_status(study->ctx, plot_front(study, study->ctx, ECO_CANVAS_SVG, str, &is_drawn),
                  ECOPT_OK);
    return is_drawn;
}

static void test_front_picture(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_str str = ECO_STR_INIT(ctx);
    assert_false(draws_front(study, &str));
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.79, 4e-4);
    (void)eco_fake_study_add(study, 0.88, 4e-4);
    (void)eco_fake_study_add(study, 0.90, 1e-3);
    assert_true(draws_front(study, &str));
    const char *svg = eco_str_text(&str);
    assert_non_null(strstr(svg, ">evaluate.j_per_sample [\xc2\xb5J/sample]</text>"));
    assert_non_null(strstr(svg, ">accuracy</text>"));
    assert_non_null(strstr(svg, ">500</text>"));
    assert_non_null(strstr(svg, ">knee</text>"));
    assert_non_null(strstr(svg, ">dominated</text>"));
    assert_non_null(strstr(svg, ">95 % uncertainty</text>"));
    assert_non_null(strstr(svg, ">reference point</text>"));
    assert_non_null(strstr(svg, "3 points on the front and 1 dominated ones"));
    assert_int_equal(count_of(svg, "<circle"), 3);
    assert_non_null(strstr(svg, "<title>trial 3 (knee)\naccuracy 0.88\nevaluate.j_per_sample 400 "
                                "\xc2\xb1 16 \xc2\xb5J/sample\nlr="));
    /* The boundary starts at the left point and never goes beyond the frame: no NaN anywhere. */
    assert_null(strstr(svg, "nan"));
    eco_str_release(&str);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_front_picture_of_odd_studies(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str str = ECO_STR_INIT(ctx);
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 0); /* zero joules: linear axis */
    assert_true(draws_front(study, &str));
    (void)eco_fake_study_add(study, 1e200, 1e-3); /* not drawable, yet on the front */
    assert_true(draws_front(study, &str));
    (void)eco_fake_study_add(study, 0.9, 1e-3);
    eco_fake_study_store(study, 2)->metrics[1].u95 = INFINITY;
    assert_true(draws_front(study, &str));
    study->snapshot.n_reference = 0;
    assert_true(draws_front(study, &str));
    /* Both goals the other way round, no objective in joules. */
    study->objectives[0].goal = ECOPT_GOAL_MIN;
    study->objectives[1].goal = ECOPT_GOAL_MAX;
    study->objectives[1].metric = "train.time_s";
    assert_true(draws_front(study, &str));
    eco_fake_study_free(study);
    study = eco_fake_study_new(ctx, 1);
    (void)eco_fake_study_add(study, 0.80, 1e-3);
    assert_false(draws_front(study, &str));
    eco_fake_study_free(study);
    study = eco_fake_study_new(ctx, 3);
    eco_fake_study_fill(study, 40);
    assert_true(draws_front(study, &str));
    assert_non_null(strstr(eco_str_text(&str), ">front</text>"));
    eco_str_release(&str);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_history_picture(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t m = 1; m <= 2; m++) {
        eco_fake_study *study = eco_fake_study_new(ctx, m);
        eco_str str = ECO_STR_INIT(ctx);
        bool is_drawn = true;
        assert_status(ctx,
                      eco_plot_history(ctx, &study->definition, &study->snapshot, ECO_CANVAS_SVG,
                                       &str, &is_drawn),
                      ECOPT_OK);
        assert_false(is_drawn);
        assert_int_equal(str.length, 0);
        eco_fake_study_fill(study, 12);
        assert_status(ctx,
                      eco_plot_history(ctx, &study->definition, &study->snapshot, ECO_CANVAS_SVG,
                                       &str, &is_drawn),
                      ECOPT_OK);
        assert_true(is_drawn);
        assert_non_null(
            strstr(eco_str_text(&str), m == 1 ? ">best accuracy</text>" : ">hypervolume</text>"));
        eco_str_release(&str);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static ecopt_status plot_energy(eco_fake_study *study, ecopt_ctx *ctx, eco_str *str,
                                bool *ret_drawn)
{
    eco_summary *summary = NULL;
    ECO_TRY(eco_summary_new(ctx, &study->definition, &study->snapshot, &summary));
    ecopt_status status =
        eco_plot_energy(ctx, &study->snapshot, summary, ECO_CANVAS_SVG, str, ret_drawn);
    eco_summary_free(ctx, summary);
    return status;
}

static void test_energy_picture(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_str str = ECO_STR_INIT(ctx);
    bool is_drawn = true;
    assert_status(ctx, plot_energy(study, ctx, &str, &is_drawn), ECOPT_OK);
    assert_false(is_drawn);
    (void)eco_fake_study_add(study, 0.8, 1e-3);
    eco_fake_study_store(study, 0)->phases[0].energy.energy_j = (double)NAN;
    eco_fake_study_store(study, 0)->phases[1].energy.energy_j = (double)NAN;
    assert_status(ctx, plot_energy(study, ctx, &str, &is_drawn), ECOPT_OK);
    assert_false(is_drawn);
    eco_fake_study_fill(study, 300);
    assert_status(ctx, plot_energy(study, ctx, &str, &is_drawn), ECOPT_OK);
    assert_true(is_drawn);
    assert_non_null(strstr(eco_str_text(&str), ">train</text>"));
    assert_non_null(strstr(eco_str_text(&str), ">evaluate</text>"));
    assert_non_null(strstr(eco_str_text(&str), "mean of 3 beside each other"));
    eco_str_release(&str);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_many_phases_share_the_last_colour(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_str str = ECO_STR_INIT(ctx);
    bool is_drawn = false;
    for (size_t i = 0; i < ECO_LEN(names); i++) {
        (void)eco_fake_study_add(study, 0.8, 1e-3);
        eco_fake_study_store(study, i)->phases[0].phase = names[i];
        eco_fake_study_store(study, i)->phases[1].phase = names[i];
    }
    assert_status(ctx, plot_energy(study, ctx, &str, &is_drawn), ECOPT_OK);
    assert_non_null(strstr(eco_str_text(&str), ">e</text>"));
    assert_null(strstr(eco_str_text(&str), ">f</text>"));
    assert_non_null(strstr(eco_str_text(&str), ">other phases</text>"));
    eco_str_release(&str);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static ecopt_status draw_all(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    eco_str str = ECO_STR_INIT(ctx);
    bool is_drawn;
    ecopt_status status = plot_front(study, ctx, ECO_CANVAS_SVG, &str, &is_drawn);
    if (status == ECOPT_OK)
        status = eco_plot_history(ctx, &study->definition, &study->snapshot, ECO_CANVAS_SVG, &str,
                                  &is_drawn);
    if (status == ECOPT_OK)
        status = plot_energy(study, ctx, &str, &is_drawn);
    eco_str_release(&str);
    return status;
}

static void test_memory_failures_leave_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 10);
    eco_test_alloc_sweep(draw_all, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nice_ticks),
        cmocka_unit_test(test_axis_of_equal_or_odd_ends),
        cmocka_unit_test(test_axis_positions),
        cmocka_unit_test(test_svg_has_text_and_equal_bytes),
        cmocka_unit_test(test_png_is_a_picture),
        cmocka_unit_test(test_canvas_refuses_what_it_cannot_draw),
        cmocka_unit_test(test_front_picture),
        cmocka_unit_test(test_front_picture_of_odd_studies),
        cmocka_unit_test(test_history_picture),
        cmocka_unit_test(test_energy_picture),
        cmocka_unit_test(test_many_phases_share_the_last_colour),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
