/*
 * What the picture of the front shows and what it says it leaves out.
 *
 * Places are read back from the SVG: tips are circles with a place of their own.
 */
#include "report/plot.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include <ecopt/report.h>
#include <stdlib.h>

typedef struct picture {
    eco_str svg; /* released by picture_release */
    eco_front_view view;
} picture;

static picture draw(eco_fake_study *study)
{
    ecopt_ctx *ctx = study->ctx;
    ecopt_front *front = NULL;
    picture made = {.svg = ECO_STR_INIT(ctx)};
    assert_status(ctx, ecopt_front_new(ctx, &study->definition, &study->snapshot, &front),
                  ECOPT_OK);
    assert_status(ctx,
                  eco_plot_front(ctx, &study->definition, &study->snapshot, front, ECO_CANVAS_SVG,
                                 &made.svg, &made.view),
                  ECOPT_OK);
    ecopt_front_free(ctx, front);
    return made;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

static bool has(const picture *made, const char *part)
{
    return strstr(eco_str_text(&made->svg), part) != NULL;
}

/* Place of the tip that begins with this text. */
static void place_of(const picture *made, const char *title, double *ret_x, double *ret_y)
{
    char key[96];
    (void)snprintf(key, sizeof key, "<title>%s", title);
    const char *svg = eco_str_text(&made->svg);
    const char *at = strstr(svg, key);
    if (!at)
        fail_msg("no tip '%s'", title);
    const char *circle = at;
    while (circle > svg && strncmp(circle, "<circle", 7) != 0)
        circle--;
    const char *x = strstr(circle, "cx=\"");
    const char *y = strstr(circle, "cy=\"");
    assert_non_null(x);
    assert_non_null(y);
    *ret_x = strtod(x + 4, NULL);
    *ret_y = strtod(y + 4, NULL);
}

/* Six good networks from cheap to dear, and the reference below them. */
static eco_fake_study *good_study(ecopt_ctx *ctx)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    for (int i = 0; i < 6; i++)
        (void)eco_fake_study_add(study, 0.80 + 0.02 * i, 2e-4 * pow(1.5, i));
    for (int i = 0; i < 6; i++)
        (void)eco_fake_study_add(study, 0.79 + 0.015 * i, 3.1e-4 * pow(1.5, i));
    return study;
}

static void test_what_failed_does_not_squash_the_front(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    double before[2][2];
    double after[2][2];
    picture made = draw(study);
    assert_int_equal(made.view.n_below, 0);
    assert_false(has(&made, ">outside</text>"));
    place_of(&made, "trial 1\n", &before[0][0], &before[0][1]);
    place_of(&made, "trial 6\n", &before[1][0], &before[1][1]);
    eco_str_release(&made.svg);
    (void)eco_fake_study_add(study, 0.10, 4e-4);
    (void)eco_fake_study_add(study, 0.10, 9e-4);
    made = draw(study);
    assert_true(made.view.is_drawn);
    assert_int_equal(made.view.n_front, 6);
    assert_int_equal(made.view.n_dominated, 6);
    assert_int_equal(made.view.n_below, 2);
    assert_int_equal(made.view.n_above + made.view.n_left + made.view.n_right, 0);
    place_of(&made, "trial 1\n", &after[0][0], &after[0][1]);
    place_of(&made, "trial 6\n", &after[1][0], &after[1][1]);
    /* The front stands exactly where it stood. */
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            assert_close(after[i][k], before[i][k], 0, 0.011);
    assert_true(has(&made, ">outside</text>"));
    assert_int_equal(count_of(eco_str_text(&made.svg), "(outside the axes)"), 2);
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_arrows_point_to_the_side(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    (void)eco_fake_study_add(study, 0.85, 1e3);  /* right */
    (void)eco_fake_study_add(study, 0.10, 1e3);  /* corner: counted below */
    (void)eco_fake_study_add(study, 0.10, 5e-4); /* below */
    picture made = draw(study);
    double right[2];
    double corner[2];
    double below[2];
    assert_int_equal(made.view.n_right, 1);
    assert_int_equal(made.view.n_below, 2);
    assert_int_equal(made.view.n_left + made.view.n_above, 0);
    place_of(&made, "trial 13 (outside the axes)", &right[0], &right[1]);
    place_of(&made, "trial 14 (outside the axes)", &corner[0], &corner[1]);
    place_of(&made, "trial 15 (outside the axes)", &below[0], &below[1]);
    assert_close(right[0], corner[0], 0, 0.011);
    assert_close(below[1], corner[1], 0, 0.011);
    assert_true(right[1] < corner[1]);
    assert_true(below[0] < corner[0]);
    /* The same with both goals the other way round: mirror images. */
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    study = eco_fake_study_new(ctx, 2);
    study->objectives[0].goal = ECOPT_GOAL_MIN;
    study->objectives[1].goal = ECOPT_GOAL_MAX;
    study->objectives[0].has_threshold = false;
    study->snapshot.n_reference = 0;
    for (int i = 0; i < 6; i++)
        (void)eco_fake_study_add(study, 0.10 + 0.02 * i, 2e-4 * pow(1.5, i));
    for (int i = 0; i < 3; i++)
        (void)eco_fake_study_add(study, 0.16, 2e-4 + 1e-6 * i);
    (void)eco_fake_study_add(study, 0.9, 5e-4);
    (void)eco_fake_study_add(study, 0.19, 1e-9);
    (void)eco_fake_study_add(study, 0.9, 1e-9); /* corner: counted above */
    made = draw(study);
    assert_int_equal(made.view.n_above, 2);
    assert_int_equal(made.view.n_left, 1);
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

/* Base of the arrow whose tip is there: the two other corners of a path of three. */
static void arrow_base(const picture *made, double x, double y, double ret_base[2][2])
{
    const char *svg = eco_str_text(&made->svg);
    for (const char *at = strstr(svg, "M "); at; at = strstr(at + 1, "M ")) {
        double tip[2];
        int n = sscanf(at, "M %lf %lf L %lf %lf L %lf %lf", &tip[0], &tip[1], &ret_base[0][0],
                       &ret_base[0][1], &ret_base[1][0], &ret_base[1][1]);
        if (n == 6 && fabs(tip[0] - x) < 0.02 && fabs(tip[1] - y) < 0.02)
            return;
    }
    fail_msg("no arrow with its tip at %g, %g", x, y);
}

static void test_arrows_lie_within_the_frame(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    (void)eco_fake_study_add(study, 0.85, 1e3);
    (void)eco_fake_study_add(study, 0.10, 1e3);
    (void)eco_fake_study_add(study, 0.10, 5e-4);
    picture made = draw(study);
    static const struct {
        const char *title;
        bool is_right, is_below;
    } arrows[] = {{"trial 13 (outside", true, false},
                  {"trial 14 (outside", true, true},
                  {"trial 15 (outside", false, true}};
    for (size_t i = 0; i < ECO_LEN(arrows); i++) {
        double x;
        double y;
        double base[2][2];
        place_of(&made, arrows[i].title, &x, &y);
        arrow_base(&made, x, y, base);
        double middle_x = (base[0][0] + base[1][0]) / 2;
        double middle_y = (base[0][1] + base[1][1]) / 2;
        /* The base is 8 px behind the tip, 8 px wide, and square to the direction. */
        assert_close(hypot(x - middle_x, y - middle_y), 8, 0, 0.05);
        assert_close(hypot(base[0][0] - base[1][0], base[0][1] - base[1][1]), 8, 0, 0.05);
        assert_close((x - middle_x) * (base[0][0] - base[1][0]) +
                         (y - middle_y) * (base[0][1] - base[1][1]),
                     0, 0, 0.5);
        assert_int_equal(x - middle_x > 1, arrows[i].is_right);
        assert_int_equal(y - middle_y > 1, arrows[i].is_below);
        assert_true(x - middle_x > -0.05 && y - middle_y > -0.05);
    }
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_counts_add_up(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const size_t sizes[] = {1, 2, 9, 30, 200};
    for (size_t i = 0; i < ECO_LEN(sizes); i++) {
        for (size_t m = 2; m <= 3; m++) {
            eco_fake_study *study = eco_fake_study_new(ctx, m);
            eco_fake_study_fill(study, sizes[i]);
            (void)eco_fake_study_add(study, 1e-9, 3e-4);
            size_t n_complete = 0;
            for (size_t k = 0; k < study->snapshot.n_trials; k++)
                n_complete += study->snapshot.trials[k].state == ECOPT_TRIAL_COMPLETE;
            picture made = draw(study);
            const eco_front_view *view = &made.view;
            assert_int_equal(view->n_front + view->n_undrawn + view->n_dominated + view->n_left +
                                 view->n_right + view->n_below + view->n_above,
                             n_complete);
            assert_true(view->n_unresolved <= view->n_dominated);
            assert_int_equal(count_of(eco_str_text(&made.svg), "nan"), 0);
            eco_str_release(&made.svg);
            eco_fake_study_free(study);
        }
    }
    ecopt_ctx_free(ctx);
}

static void test_absurd_values_are_counted_not_drawn(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    (void)eco_fake_study_add(study, 1e200, 8e-4); /* on the front */
    (void)eco_fake_study_add(study, -1e200, 8e-4);
    (void)eco_fake_study_add(study, 0.5, 1e250);
    (void)eco_fake_study_add(study, 0.5, 0.5e-3);
    picture made = draw(study);
    assert_int_equal(made.view.n_undrawn, 1);
    assert_int_equal(made.view.n_below, 3);
    assert_false(has(&made, ">1e+")); /* no tick of that size */
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_open_trials_are_rings(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    picture made = draw(study);
    assert_int_equal(made.view.n_unresolved, 0);
    assert_false(has(&made, ">not resolvable</text>"));
    eco_str_release(&made.svg);
    (void)eco_fake_study_add(study, 0.835, 4.6e-4);
    made = draw(study);
    assert_int_equal(made.view.n_unresolved, 1);
    assert_true(has(&made, ">not resolvable</text>"));
    assert_true(has(&made, "<title>trial 13 (not resolvable from the front)\n"));
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_legend_names_only_what_is_there(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    eco_fake_study_store(study, 0)->metrics[1].u95 = (double)NAN;
    study->snapshot.n_reference = 0;
    study->objectives[0].has_threshold = false;
    picture made = draw(study);
    static const char *const absent[] = {">dominated<", ">outside<",    ">not resolvable<",
                                         ">knee<",      ">95 % uncert", ">reference point<",
                                         ">threshold<"};
    assert_true(has(&made, ">front<"));
    for (size_t i = 0; i < ECO_LEN(absent); i++)
        assert_false(has(&made, absent[i]));
    eco_str_release(&made.svg);
    /* A threshold without a frozen point is called what it is. */
    study->objectives[0].has_threshold = true;
    made = draw(study);
    assert_true(has(&made, ">threshold<"));
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_tips_stop_where_they_would_cover_each_other(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    /* As many within as without, so that the picture stays at the front. */
    for (int i = 0; i < 60; i++)
        (void)eco_fake_study_add(study, 0.80, 4e-4);
    for (int i = 0; i < 41; i++)
        (void)eco_fake_study_add(study, 0.10, 5e-4);
    picture made = draw(study);
    assert_int_equal(made.view.n_below, 41);
    assert_int_equal(count_of(eco_str_text(&made.svg), "(outside the axes)"), 0);
    eco_str_release(&made.svg);
    study->snapshot.n_trials--;
    made = draw(study);
    assert_int_equal(count_of(eco_str_text(&made.svg), "(outside the axes)"), 40);
    eco_str_release(&made.svg);
    study->snapshot.n_trials++;
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_intervals_wider_than_the_picture_have_no_caps(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    for (int i = 0; i < 6; i++)
        (void)eco_fake_study_add(study, 0.80 + 0.02 * i, 2e-4 * pow(1.5, i));
    picture made = draw(study);
    size_t all = count_of(eco_str_text(&made.svg), " L ");
    eco_str_release(&made.svg);
    /* Each cap is a line of its own; both ends of six intervals are out of sight. */
    for (size_t i = 0; i < 6; i++)
        eco_fake_study_store(study, i)->metrics[1].u95 = 1e3;
    made = draw(study);
    assert_true(has(&made, ">95 % uncertainty<"));
    assert_int_equal(count_of(eco_str_text(&made.svg), " L "), all - 12);
    eco_str_release(&made.svg);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_caption_tells_what_is_outside(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = good_study(ctx);
    char *page = NULL;
    (void)eco_fake_study_add(study, 0.10, 5e-4);
    assert_status(ctx, ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &page),
                  ECOPT_OK);
    assert_non_null(strstr(page, "Arrows at the edge: 1 trial below the axis. "));
    eco_free(ctx, page);
    (void)eco_fake_study_add(study, 0.10, 6e-4);
    (void)eco_fake_study_add(study, 0.84, 1e3);
    (void)eco_fake_study_add(study, 1e200, 8e-4);
    assert_status(ctx, ecopt_report_html(ctx, &study->definition, &study->snapshot, NULL, &page),
                  ECOPT_OK);
    assert_non_null(strstr(page,
                           "Arrows at the edge: 2 trials below the axis, 1 trial to the right "
                           "of it. Too large for any axis: 1 of the front. "));
    eco_free(ctx, page);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_failed_does_not_squash_the_front),
        cmocka_unit_test(test_arrows_point_to_the_side),
        cmocka_unit_test(test_arrows_lie_within_the_frame),
        cmocka_unit_test(test_counts_add_up),
        cmocka_unit_test(test_absurd_values_are_counted_not_drawn),
        cmocka_unit_test(test_open_trials_are_rings),
        cmocka_unit_test(test_legend_names_only_what_is_there),
        cmocka_unit_test(test_tips_stop_where_they_would_cover_each_other),
        cmocka_unit_test(test_intervals_wider_than_the_picture_have_no_caps),
        cmocka_unit_test(test_caption_tells_what_is_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
