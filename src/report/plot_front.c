/*
 * The front, drawn.
 *
 * Steps: choose the two objectives and their units; collect the feasible trials as marks in shown
 * units; choose the ranges (data, and the reference point where it is near); draw from back to
 * front: grid, dominated points, dominated region, uncertainty, reference, front points, knee,
 * numbers, tips.  With two objectives the boundary of the dominated region is a staircase whose
 * corners have the worse coordinate of either neighbour (the attained region, not a curve that
 * nobody measured); with more, the projection has no such boundary and none is drawn.
 */
#include "analysis/front.h"
#include "report/clean.h"
#include "report/frame.h"
#include "report/number.h"
#include "report/plot.h"
#include "report/prose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Half length of the bar at the end of an interval. */
#define CAP_PX    3.5
#define WIDTH_PX  760.0
#define HEIGHT_PX 460.0
/* A number of this size is a fault of the program that was tuned; it would flatten the picture. */
#define DRAWN_MAX 1e100
/* The reference widens the picture by no more than this, in units of the range of the points. */
#define REFERENCE_STRETCH 0.6

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
    eco_frame frame;
    eco_canvas *canvas; /* owned */
} picture;

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
        if (!is_drawable(&one))
            continue;
        if (i == pic->front->knee)
            pic->knee = pic->n_front;
        pic->on_front[pic->n_front++] = one;
    }
    for (size_t i = 0; i < n; i++) {
        if (!eco_trial_is_feasible(pic->definition, &pic->snapshot->trials[i]) ||
            is_on_front(pic->front, i))
            continue;
        mark one = make_mark(pic, i);
        if (is_drawable(&one))
            pic->other[pic->n_other++] = one;
    }
    return ECOPT_OK;
}

static double mark_value(const picture *pic, const mark *one, const dimension_view *view)
{
    return view == &pic->x ? one->x : one->y;
}

/* The threshold, else the frozen reference point. */
static double reference_of(const picture *pic, const dimension_view *view)
{
    size_t k = (size_t)(view->objective - pic->definition->objectives);
    if (view->objective->has_threshold)
        return view->objective->threshold * view->scale.factor;
    if (pic->snapshot->n_reference == pic->definition->n_objectives)
        return pic->snapshot->reference[k] * view->scale.factor;
    return (double)NAN;
}

/*
 * Range of one objective.  The reference point is part of it only when that does not squeeze the
 * points into a corner: a threshold far from all results says nothing about their trade-off.
 */
static void set_axis(picture *pic, dimension_view *view)
{
    double lo = INFINITY;
    double hi = -INFINITY;
    for (size_t i = 0; i < pic->n_front + pic->n_other; i++) {
        const mark *one = i < pic->n_front ? &pic->on_front[i] : &pic->other[i - pic->n_front];
        lo = fmin(lo, mark_value(pic, one, view));
        hi = fmax(hi, mark_value(pic, one, view));
    }
    bool is_log = view->objective->scale == ECOPT_SCALE_LOG && lo > 0;
    double reference = reference_of(pic, view);
    double range = is_log ? log(hi / lo) : hi - lo;
    double below = is_log ? log(lo / reference) : lo - reference;
    double above = is_log ? log(reference / hi) : reference - hi;
    view->reference = reference;
    if (isfinite(reference) && (!is_log || reference > 0) &&
        fmax(below, above) <= REFERENCE_STRETCH * range) {
        lo = fmin(lo, reference);
        hi = fmax(hi, reference);
    }
    eco_axis_init(&view->axis, lo, hi, is_log, 7);
    (void)snprintf(view->title, sizeof view->title, "%.100s%s%s%s", view->objective->metric,
                   view->scale.unit[0] ? " [" : "", view->scale.unit,
                   view->scale.unit[0] ? "]" : "");
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

/* What a reader sees on pointing at a front point. */
static void add_tip(picture *pic, size_t i)
{
    const ecopt_trial *trial = &pic->snapshot->trials[pic->on_front[i].trial];
    eco_str tip = ECO_STR_INIT(pic->ctx);
    eco_str_addf(&tip, "trial %lld%s", (long long)trial->id, i == pic->knee ? " (knee)" : "");
    for (size_t k = 0; k < pic->definition->n_objectives; k++) {
        const ecopt_objective *objective = &pic->definition->objectives[k];
        eco_str_addf(&tip, "\n%s ", objective->metric);
        eco_prose_value(&tip, objective->metric, eco_objective_value(objective, trial),
                        eco_objective_u95(objective, trial));
    }
    eco_str_addf(&tip, "\n%s", trial->point ? trial->point : "");
    if (eco_str_status(&tip) == ECOPT_OK)
        eco_canvas_tip(pic->canvas, at_x(pic, i), at_y(pic, i), 9, eco_str_text(&tip));
    else
        eco_canvas_fail(pic->canvas);
    eco_str_release(&tip);
}

/* The legend of what is there: no entry for points that are not. */
static void draw_keys(picture *pic)
{
    eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_DOT, ECO_INK_FRONT, "front");
    if (pic->n_other > 0)
        eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_DOT, ECO_INK_FAINT, "dominated");
    if (pic->knee < pic->n_front)
        eco_frame_key(pic->canvas, &pic->frame, ECO_KEY_RING, ECO_INK_KNEE, "knee");
}

/* From back to front, so that the front is never hidden by what it dominates. */
static void draw_points(picture *pic)
{
    for (size_t i = 0; i < pic->n_other; i++)
        eco_canvas_dot(pic->canvas, eco_axis_at(&pic->x.axis, pic->other[i].x),
                       eco_axis_at(&pic->y.axis, pic->other[i].y));
    eco_canvas_stroke_dots(pic->canvas, ECO_INK_FAINT, 7);
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
    for (size_t i = 0; i < pic->n_front; i++)
        add_tip(pic, i);
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
    set_axis(pic, &pic->x);
    set_axis(pic, &pic->y);
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
                            eco_canvas_kind kind, eco_str *str, bool *ret_drawn)
{
    picture *pic = NULL;
    if (definition->n_objectives < 2 || front->n == 0) {
        *ret_drawn = false;
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
    if (status == ECOPT_OK)
        *ret_drawn = has_points;
    picture_release(ctx, pic);
    eco_free(ctx, pic);
    return status;
}
