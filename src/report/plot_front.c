/*
 * The front, drawn.
 *
 * Steps: choose the two objectives and their units; collect the feasible trials as marks in shown
 * units; choose the ranges (report/span.h); draw from back to front: grid, dominated points, those
 * outside as arrows, dominated region, uncertainty, reference, front points, knee, numbers, tips.
 * With two objectives the boundary of the dominated region is a staircase whose corners have the
 * worse coordinate of either neighbour (the attained region, not a curve that nobody measured);
 * with more, the projection has no such boundary and none is drawn.
 *
 * Uncertainty is drawn, not decided: intervals of front points are whiskers, and a dominated trial
 * whose intervals leave open whether it belongs to the front is a ring in the colour of the front.
 * What lies outside the axes is drawn at the edge and counted for the caption; nothing disappears.
 */
#include "analysis/front.h"
#include "report/clean.h"
#include "report/frame.h"
#include "report/number.h"
#include "report/plot.h"
#include "report/prose.h"
#include "report/span.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Half length of the bar at the end of an interval. */
#define CAP_PX    3.5
#define WIDTH_PX  760.0
#define HEIGHT_PX 460.0
/* A number of this size is a fault of the program that was tuned; it would flatten the picture. */
#define DRAWN_MAX 1e100
/* Arrow of a point outside the axes: length and half width. */
#define ARROW_PX      8.0
#define ARROW_HALF_PX 4.0
/* Beyond so many points outside, tips would make the file long and cover one another. */
#define OUTSIDE_TIPS_MAX 40

/* One objective as an axis of the picture. */
typedef struct dimension_view {
    const ecopt_objective *objective;
    eco_scale scale;
    double reference; /* in shown units; NaN: none */
    eco_axis axis;
    char title[160];
} dimension_view;

typedef struct mark {
    double x, y, x_u95, y_u95; /* in shown units */
    size_t trial;              /* index in the snapshot */
    bool is_unresolved;        /* off the front only within the uncertainties */
} mark;

typedef struct picture {
    ecopt_ctx *ctx; /* borrowed */
    const ecopt_definition *definition;
    const ecopt_snapshot *snapshot;
    const ecopt_front *front;
    dimension_view x, y;
    size_t n_front, n_other;
    mark *on_front; /* owned, in the order of the front */
    mark *other;    /* owned, feasible but dominated */
    size_t knee;    /* index into on_front; n_front when there is none */
    eco_front_view view;
    eco_frame frame;
    eco_canvas *canvas; /* owned */
} picture;

/* Frees what collect and draw made; the picture itself is the caller's. */
static void picture_release(ecopt_ctx *ctx, picture *pic)
{
    eco_free(ctx, pic->on_front);
    eco_free(ctx, pic->other);
    eco_canvas_free(pic->canvas);
}

/* Unit from all feasible trials, so that ticks are short numbers. */
static ecopt_status choose_scale(ecopt_ctx *ctx, const picture *pic, dimension_view *view)
{
    double *values = eco_alloc(ctx, pic->snapshot->n_trials, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < pic->snapshot->n_trials; i++) {
        const ecopt_trial *trial = &pic->snapshot->trials[i];
        values[i] = eco_trial_is_feasible(pic->definition, trial)
                        ? eco_objective_value(view->objective, trial)
                        : (double)NAN;
    }
    eco_dimension dimension = eco_dimension_of(view->objective->metric, NULL);
    view->scale = eco_scale_for(dimension, values, pic->snapshot->n_trials);
    eco_free(ctx, values);
    return ECOPT_OK;
}

/*
 * The place of a trial in shown units. A NaN uncertainty stays NaN through the factor and draws
 * no whisker.
 */
static mark make_mark(const picture *pic, size_t index)
{
    const ecopt_trial *trial = &pic->snapshot->trials[index];
    const dimension_view *x = &pic->x;
    const dimension_view *y = &pic->y;
    mark made = {.x = eco_objective_value(x->objective, trial) * x->scale.factor,
                 .y = eco_objective_value(y->objective, trial) * y->scale.factor,
                 .x_u95 = eco_objective_u95(x->objective, trial) * x->scale.factor,
                 .y_u95 = eco_objective_u95(y->objective, trial) * y->scale.factor,
                 .trial = index};
    return made;
}

/* Points of absurd size stay in the table, where they can be read. */
static bool is_drawable(const mark *one)
{
    return fabs(one->x) < DRAWN_MAX && fabs(one->y) < DRAWN_MAX;
}

/* Linear, which fronts are short enough for. */
static bool is_on_front(const ecopt_front *front, size_t trial)
{
    for (size_t i = 0; i < front->n; i++)
        if (front->trials[i] == trial)
            return true;
    return false;
}

/*
 * Marks of the front (in its order, so that the knee can be found) and of what it dominates.
 * Trials outside a constraint are neither: they are counted in the caption.
 */
static ecopt_status collect(ecopt_ctx *ctx, picture *pic)
{
    size_t n = pic->snapshot->n_trials;
    pic->on_front = eco_alloc(ctx, n, sizeof *pic->on_front);
    pic->other = eco_alloc(ctx, n, sizeof *pic->other);
    if (!pic->on_front || !pic->other)
        return ECOPT_E_NOMEM;
    pic->knee = n;
    for (size_t i = 0; i < pic->front->n; i++) {
        mark one = make_mark(pic, pic->front->trials[i]);
        if (!is_drawable(&one)) {
            pic->view.n_undrawn++;
            continue;
        }
        if (i == pic->front->knee)
            pic->knee = pic->n_front;
        pic->on_front[pic->n_front++] = one;
    }
    for (size_t i = 0; i < n; i++) {
        if (!eco_trial_is_feasible(pic->definition, &pic->snapshot->trials[i]) ||
            is_on_front(pic->front, i))
            continue;
        mark one = make_mark(pic, i);
        one.is_unresolved = eco_trial_is_unresolved(pic->definition, pic->snapshot, pic->front, i);
        pic->other[pic->n_other++] = one;
    }
    return ECOPT_OK;
}

/* Coordinate of a mark along one of the two objectives. */
static double mark_value(const picture *pic, const mark *one, const dimension_view *view)
{
    return view == &pic->x ? one->x : one->y;
}

/* The threshold, else the kept reference point. */
static double reference_of(const picture *pic, const dimension_view *view)
{
    size_t k = (size_t)(view->objective - pic->definition->objectives);
    return eco_reference_value(pic->definition, pic->snapshot, k) * view->scale.factor;
}

/* Range, ticks and title of one objective. */
/*
 * The values of both kinds are laid side by side because the choice of the range depends on
 * which of them are on the front.
 */
static ecopt_status set_axis(picture *pic, dimension_view *view)
{
    size_t n = pic->n_front + pic->n_other;
    eco_span span;
    double *values = eco_alloc(pic->ctx, n, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        values[i] = i < pic->n_front ? mark_value(pic, &pic->on_front[i], view)
                                     : mark_value(pic, &pic->other[i - pic->n_front], view);
    view->reference = reference_of(pic, view);
    eco_span_values choice = {.n_front = pic->n_front,
                              .n_other = pic->n_other,
                              .front = values,
                              .other = values + pic->n_front,
                              .reference = view->reference,
                              .is_log = view->objective->scale == ECOPT_SCALE_LOG};
    ecopt_status status = eco_span_choose(pic->ctx, &choice, &span);
    eco_free(pic->ctx, values);
    ECO_TRY(status);
    /* About seven ticks: one for each 100 px of the width, each 60 of the height. */
    eco_axis_init(&view->axis, span.lo, span.hi, span.is_log, 7);
    (void)snprintf(view->title, sizeof view->title, "%.100s%s%s%s", view->objective->metric,
                   view->scale.unit[0] ? " [" : "", view->scale.unit,
                   view->scale.unit[0] ? "]" : "");
    return ECOPT_OK;
}

/* Dashed lines where the volume ends; lines outside the range are left out. */
static void draw_references(picture *pic)
{
    const eco_frame *frame = &pic->frame;
    bool any = false;
    if (isfinite(pic->x.reference) && eco_axis_has(&pic->x.axis, pic->x.reference)) {
        double at = eco_axis_at(&pic->x.axis, pic->x.reference);
        eco_canvas_move(pic->canvas, at, frame->top);
        eco_canvas_line(pic->canvas, at, frame->bottom);
        any = true;
    }
    if (isfinite(pic->y.reference) && eco_axis_has(&pic->y.axis, pic->y.reference)) {
        double at = eco_axis_at(&pic->y.axis, pic->y.reference);
        eco_canvas_move(pic->canvas, frame->left, at);
        eco_canvas_line(pic->canvas, frame->right, at);
        any = true;
    }
    if (!any)
        return;
    eco_canvas_stroke(pic->canvas, ECO_INK_REFERENCE, 1.5, true);
    eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_DASH, ECO_INK_REFERENCE,
                  pic->snapshot->n_reference > 0 ? "reference point" : "threshold");
}

/* Pixels of a front point. */
static double at_x(const picture *pic, size_t i)
{
    return eco_axis_at(&pic->x.axis, pic->on_front[i].x);
}

/* As at_x, upwards. */
static double at_y(const picture *pic, size_t i)
{
    return eco_axis_at(&pic->y.axis, pic->on_front[i].y);
}

/* Orders front points from left to right; fronts are short. */
static void sort_by_x(picture *pic)
{
    for (size_t i = 1; i < pic->n_front; i++) {
        mark moved = pic->on_front[i];
        bool was_knee = pic->knee == i;
        size_t k = i;
        for (; k > 0 && pic->on_front[k - 1].x > moved.x; k--) {
            pic->on_front[k] = pic->on_front[k - 1];
            if (pic->knee == k - 1)
                pic->knee = k;
        }
        pic->on_front[k] = moved;
        if (was_knee)
            pic->knee = k;
    }
}

/* Pixels of the worse one of two places on an axis: that is where the dominated region begins. */
static double worse_px(const dimension_view *view, double a, double b)
{
    bool is_max = view->objective->goal == ECOPT_GOAL_MAX;
    bool a_is_less = (a - b) * (view->axis.to_px - view->axis.from_px) < 0;
    return is_max == a_is_less ? a : b;
}

/* Boundary of what the front dominates, out to the frame on both sides. */
static void trace_front(picture *pic)
{
    size_t n = pic->n_front;
    double far_x = worse_px(&pic->x, pic->frame.left, pic->frame.right);
    double far_y = worse_px(&pic->y, pic->frame.top, pic->frame.bottom);
    bool starts_good = far_x > at_x(pic, 0);
    double first_x = starts_good ? at_x(pic, 0) : far_x;
    double first_y = starts_good ? far_y : at_y(pic, 0);
    eco_canvas_move(pic->canvas, first_x, first_y);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            eco_canvas_line(pic->canvas, worse_px(&pic->x, at_x(pic, i - 1), at_x(pic, i)),
                            worse_px(&pic->y, at_y(pic, i - 1), at_y(pic, i)));
        eco_canvas_line(pic->canvas, at_x(pic, i), at_y(pic, i));
    }
    eco_canvas_line(pic->canvas, starts_good ? far_x : at_x(pic, n - 1),
                    starts_good ? at_y(pic, n - 1) : far_y);
}

/* The dominated region, tinted, and its boundary; two objectives only. */
static void draw_region(picture *pic)
{
    if (pic->definition->n_objectives != 2 || pic->n_front == 0)
        return;
    trace_front(pic);
    eco_canvas_line(pic->canvas, worse_px(&pic->x, pic->frame.left, pic->frame.right),
                    worse_px(&pic->y, pic->frame.top, pic->frame.bottom));
    eco_canvas_fill(pic->canvas, ECO_INK_AREA);
    trace_front(pic);
    eco_canvas_stroke(pic->canvas, ECO_INK_STEP, 1.5, false);
}

/* One 95 % interval, level or upright, with end caps; true when there is one. */
static bool add_whisker(picture *pic, const dimension_view *view, double value, double u95,
                        double across_px)
{
    bool is_level = view == &pic->x;
    const double cap_px[] = {-CAP_PX, CAP_PX};
    if (!(u95 > 0 && u95 < DRAWN_MAX))
        return false;
    double ends_px[2] = {eco_axis_at(&view->axis, value - u95),
                         eco_axis_at(&view->axis, value + u95)};
    eco_canvas_move(pic->canvas, is_level ? ends_px[0] : across_px,
                    is_level ? across_px : ends_px[0]);
    eco_canvas_line(pic->canvas, is_level ? ends_px[1] : across_px,
                    is_level ? across_px : ends_px[1]);
    for (size_t i = 0; i < 2; i++) {
        /* A cap says "it ends here": none where the interval goes on beyond the frame. */
        if (!eco_axis_has(&view->axis, i == 0 ? value - u95 : value + u95))
            continue;
        for (size_t k = 0; k < 2; k++) {
            double x = is_level ? ends_px[i] : across_px + cap_px[k];
            double y = is_level ? across_px + cap_px[k] : ends_px[i];
            if (k == 0)
                eco_canvas_move(pic->canvas, x, y);
            else
                eco_canvas_line(pic->canvas, x, y);
        }
    }
    return true;
}

/* Short intervals hide behind their dot, which is the truth. */
static void draw_whiskers(picture *pic)
{
    bool any = false;
    for (size_t i = 0; i < pic->n_front; i++) {
        const mark *one = &pic->on_front[i];
        any = add_whisker(pic, &pic->x, one->x, one->x_u95, at_y(pic, i)) || any;
        any = add_whisker(pic, &pic->y, one->y, one->y_u95, at_x(pic, i)) || any;
    }
    if (!any)
        return;
    eco_canvas_stroke(pic->canvas, ECO_INK_FRONT, 1.5, false);
    eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_WHISKER, ECO_INK_FRONT, "95 % uncertainty");
}

/* Where the number of a front point stands. */
static void label_place(const picture *pic, size_t i, double *ret_x, double *ret_y)
{
    *ret_x = at_x(pic, i) + (pic->x.objective->goal == ECOPT_GOAL_MIN ? -7 : 7);
    *ret_y = at_y(pic, i) + (pic->y.objective->goal == ECOPT_GOAL_MAX ? -6 : 14);
}

/* Would two numbers at these distances run into each other? */
static bool is_crowded(double x_px, double y_px)
{
    return fabs(x_px) < 24 && fabs(y_px) < 13;
}

/*
 * Numbers of the trials on the good side of the front, where no point can be.  Where points are
 * close, the knee keeps its number and of the others the left one does; the table has them all.
 */
static void draw_labels(picture *pic)
{
    bool is_left = pic->x.objective->goal == ECOPT_GOAL_MIN;
    const eco_text_style style = {
        .size_px = 11, .anchor = is_left ? ECO_ANCHOR_END : ECO_ANCHOR_START, .is_muted = true};
    double last_x = -INFINITY;
    double last_y = -INFINITY;
    double knee_x = -INFINITY;
    double knee_y = -INFINITY;
    if (pic->knee < pic->n_front)
        label_place(pic, pic->knee, &knee_x, &knee_y);
    for (size_t i = 0; i < pic->n_front; i++) {
        char text[24];
        double x;
        double y;
        label_place(pic, i, &x, &y);
        if (i != pic->knee &&
            (is_crowded(x - last_x, y - last_y) || is_crowded(x - knee_x, y - knee_y)))
            continue;
        (void)snprintf(text, sizeof text, "%lld",
                       (long long)pic->snapshot->trials[pic->on_front[i].trial].id);
        eco_canvas_text(pic->canvas, x, y, &style, text);
        last_x = x;
        last_y = y;
    }
}

/* What a reader sees on pointing at a mark. */
static void add_tip(picture *pic, const mark *one, const char *remark)
{
    const ecopt_trial *trial = &pic->snapshot->trials[one->trial];
    eco_str tip = ECO_STR_INIT(pic->ctx);
    eco_str_addf(&tip, "trial %lld%s", (long long)trial->id, remark);
    for (size_t k = 0; k < pic->definition->n_objectives; k++) {
        const ecopt_objective *objective = &pic->definition->objectives[k];
        eco_str_addf(&tip, "\n%s ", objective->metric);
        eco_prose_value(&tip, objective->metric, eco_objective_value(objective, trial),
                        eco_objective_u95(objective, trial));
    }
    eco_str_addf(&tip, "\n%s", trial->point ? trial->point : "");
    if (eco_str_status(&tip) == ECOPT_OK)
        eco_canvas_tip(pic->canvas, eco_axis_at(&pic->x.axis, one->x),
                       eco_axis_at(&pic->y.axis, one->y), 9, eco_str_text(&tip));
    else
        eco_canvas_fail(pic->canvas);
    eco_str_release(&tip);
}

/* Where a value stands to the axis: -1 below its range, 1 above, 0 within. */
static int side_of(const eco_axis *axis, double value)
{
    if (eco_axis_has(axis, value))
        return 0;
    return value < axis->lo ? -1 : 1;
}

/* One arrow at the edge, pointing to where the point is; y grows downwards on the picture. */
static void add_arrow(picture *pic, const mark *one, int x_side, int y_side)
{
    double size = x_side && y_side ? sqrt(0.5) : 1;
    double to_x = size * x_side;
    double to_y = -size * y_side;
    double tip_x = eco_axis_at(&pic->x.axis, one->x);
    double tip_y = eco_axis_at(&pic->y.axis, one->y);
    double base_x = tip_x - ARROW_PX * to_x;
    double base_y = tip_y - ARROW_PX * to_y;
    eco_canvas_move(pic->canvas, tip_x, tip_y);
    eco_canvas_line(pic->canvas, base_x - ARROW_HALF_PX * to_y, base_y + ARROW_HALF_PX * to_x);
    eco_canvas_line(pic->canvas, base_x + ARROW_HALF_PX * to_y, base_y - ARROW_HALF_PX * to_x);
    eco_canvas_line(pic->canvas, tip_x, tip_y);
}

/*
 * Dominated points: dots; rings in the colour of the front where the uncertainties leave open
 * whether they belong to it; arrows at the edge for those outside the axes.
 */
static void draw_dominated(picture *pic)
{
    eco_front_view *view = &pic->view;
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < pic->n_other; i++) {
            const mark *one = &pic->other[i];
            int x_side = side_of(&pic->x.axis, one->x);
            int y_side = side_of(&pic->y.axis, one->y);
            int kind = x_side || y_side ? 2 : one->is_unresolved ? 1 : 0;
            double x = eco_axis_at(&pic->x.axis, one->x);
            double y = eco_axis_at(&pic->y.axis, one->y);
            if (kind != pass)
                continue;
            view->n_dominated += kind < 2;
            view->n_unresolved += kind == 1;
            /* Up and down is what readers see first: a corner counts there. */
            view->n_below += y_side < 0;
            view->n_above += y_side > 0;
            view->n_left += y_side == 0 && x_side < 0;
            view->n_right += y_side == 0 && x_side > 0;
            if (kind == 0)
                eco_canvas_dot(pic->canvas, x, y);
            else if (kind == 1)
                eco_canvas_circle(pic->canvas, x, y, 4);
            else
                add_arrow(pic, one, x_side, y_side);
        }
        if (pass == 0)
            eco_canvas_stroke_dots(pic->canvas, ECO_INK_FAINT, 7);
        else if (pass == 1)
            eco_canvas_stroke(pic->canvas, ECO_INK_FRONT, 1.5, false);
        else
            eco_canvas_fill(pic->canvas, ECO_INK_FAINT);
    }
}

/* Points at the edge and open ones have tips of their own; dominated dots are found in the table.
 */
static void draw_tips(picture *pic)
{
    const eco_front_view *view = &pic->view;
    size_t n_outside = view->n_left + view->n_right + view->n_below + view->n_above;
    for (size_t i = 0; i < pic->n_other; i++) {
        const mark *one = &pic->other[i];
        bool is_outside = side_of(&pic->x.axis, one->x) || side_of(&pic->y.axis, one->y);
        if (is_outside && n_outside <= OUTSIDE_TIPS_MAX)
            add_tip(pic, one, " (outside the axes)");
        else if (!is_outside && one->is_unresolved && view->n_unresolved <= OUTSIDE_TIPS_MAX)
            add_tip(pic, one, " (not resolvable from the front)");
    }
    for (size_t i = 0; i < pic->n_front; i++)
        add_tip(pic, &pic->on_front[i], i == pic->knee ? " (knee)" : "");
}

/* The legend of what is there: no entry for points that are not. */
static void draw_keys(picture *pic)
{
    const eco_front_view *view = &pic->view;
    eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_DOT, ECO_INK_FRONT, "front");
    if (view->n_dominated > view->n_unresolved)
        eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_DOT, ECO_INK_FAINT, "dominated");
    if (view->n_unresolved > 0)
        eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_RING, ECO_INK_FRONT, "not resolvable");
    if (view->n_left + view->n_right + view->n_below + view->n_above > 0)
        eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_ARROW, ECO_INK_FAINT, "outside");
    if (pic->knee < pic->n_front)
        eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_RING, ECO_INK_KNEE, "knee");
}

/* From back to front, so that the front is never hidden by what it dominates. */
static void draw_points(picture *pic)
{
    draw_dominated(pic);
    draw_region(pic);
    draw_keys(pic);
    draw_whiskers(pic);
    draw_references(pic);
    for (size_t i = 0; i < pic->n_front; i++)
        eco_canvas_dot(pic->canvas, at_x(pic, i), at_y(pic, i));
    eco_canvas_stroke_dots(pic->canvas, ECO_INK_FRONT, 9);
    if (pic->knee < pic->n_front) {
        eco_canvas_circle(pic->canvas, at_x(pic, pic->knee), at_y(pic, pic->knee), 8);
        eco_canvas_stroke(pic->canvas, ECO_INK_KNEE, 2, false);
    }
    draw_labels(pic);
    draw_tips(pic);
}

/* What a program costs is put to the right, what it gives upwards. */
static void choose_views(picture *pic)
{
    const ecopt_definition *definition = pic->definition;
    size_t x = eco_energy_objective(definition);
    if (x == definition->n_objectives)
        x = definition->n_objectives - 1;
    pic->x.objective = &definition->objectives[x];
    pic->y.objective = &definition->objectives[x == 0 ? 1 : 0];
}

/* Axes, frame, points; then the picture goes to `str`. */
static ecopt_status draw(picture *pic, eco_canvas_kind kind, eco_str *str)
{
    char desc[256];
    ECO_TRY(set_axis(pic, &pic->x));
    ECO_TRY(set_axis(pic, &pic->y));
    sort_by_x(pic);
    pic->frame = eco_frame_place(&pic->x.axis, &pic->y.axis, WIDTH_PX, HEIGHT_PX);
    ECO_TRY(eco_canvas_new(pic->ctx, kind, WIDTH_PX, HEIGHT_PX, &pic->canvas));
    eco_frame_draw(pic->canvas, &pic->frame, &pic->x.axis, &pic->y.axis, pic->x.title,
                   pic->y.title);
    draw_points(pic);
    (void)snprintf(desc, sizeof desc,
                   "%zu points on the front and %zu dominated ones; %.60s upwards, %.60s to the "
                   "right. The same numbers are in the table below.",
                   pic->n_front, pic->n_other, pic->y.objective->metric, pic->x.objective->metric);
    return eco_canvas_take(pic->canvas, "front", "Pareto front", desc, str);
}

ecopt_status eco_plot_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                            const ecopt_snapshot *snapshot, const ecopt_front *front,
                            eco_canvas_kind kind, eco_str *str, eco_front_view *ret_view)
{
    picture *pic = NULL;
    if (definition->n_objectives < 2 || front->n == 0) {
        const eco_front_view nothing = {.is_drawn = false};
        *ret_view = nothing;
        return ECOPT_OK;
    }
    pic = eco_alloc(ctx, 1, sizeof *pic);
    if (!pic)
        return ECOPT_E_NOMEM;
    pic->ctx = ctx;
    pic->definition = definition;
    pic->snapshot = snapshot;
    pic->front = front;
    choose_views(pic);
    ecopt_status status = choose_scale(ctx, pic, &pic->x);
    if (status == ECOPT_OK)
        status = choose_scale(ctx, pic, &pic->y);
    if (status == ECOPT_OK)
        status = collect(ctx, pic);
    bool has_points = status == ECOPT_OK && pic->n_front > 0;
    if (has_points)
        status = draw(pic, kind, str);
    pic->view.is_drawn = has_points;
    pic->view.n_front = pic->n_front;
    if (status == ECOPT_OK)
        *ret_view = pic->view;
    picture_release(ctx, pic);
    eco_free(ctx, pic);
    return status;
}
