/*
 * Grid, ticks, titles, legend.
 *
 * The left margin follows the widest tick text, so that no number is cut and none floats far from
 * its axis; all other margins are fixed.  Grid lines are one path per direction.
 *
 * Text widths are estimated, not measured: asking a font would make the picture depend on the
 * machine.
 */
#include "report/frame.h"

#include <math.h>

#define TICK_PX   12.0
#define TITLE_PX  13.0
#define TOP_PX    34.0 /* legend row */
#define BOTTOM_PX 50.0 /* tick texts and title */
#define RIGHT_PX  20.0

eco_frame eco_frame_place(eco_axis *x, eco_axis *y, double width_px, double height_px)
{
    double widest = 0;
    for (size_t i = 0; i < y->n_ticks; i++)
        widest = fmax(widest, eco_canvas_text_width(y->texts[i], TICK_PX));
    eco_frame frame = {.left = 36 + widest,
                       .top = TOP_PX,
                       .right = width_px - RIGHT_PX,
                       .bottom = height_px - BOTTOM_PX};
    frame.next_key = frame.left;
    eco_axis_place(x, frame.left, frame.right);
    eco_axis_place(y, frame.bottom, frame.top);
    return frame;
}

/* Vertical grid lines and the texts below; a text that would touch its neighbour is left out. */
static void draw_x(eco_canvas *canvas, const eco_frame *frame, const eco_axis *x, const char *title)
{
    const eco_text_style tick = {.size_px = TICK_PX, .anchor = ECO_ANCHOR_MIDDLE, .is_muted = true};
    const eco_text_style head = {.size_px = TITLE_PX, .anchor = ECO_ANCHOR_MIDDLE};
    double free_from = -INFINITY;
    for (size_t i = 0; i < x->n_ticks; i++) {
        double at = eco_axis_at(x, x->ticks[i]);
        double half = eco_canvas_text_width(x->texts[i], TICK_PX) / 2;
        eco_canvas_move(canvas, at, frame->top);
        eco_canvas_line(canvas, at, frame->bottom);
        if (at - half < free_from)
            continue;
        eco_canvas_text(canvas, at, frame->bottom + 18, &tick, x->texts[i]);
        free_from = at + half + 6;
    }
    eco_canvas_stroke(canvas, ECO_INK_GRID, 1, false);
    eco_canvas_text(canvas, (frame->left + frame->right) / 2, frame->bottom + 40, &head, title);
}

/* Horizontal grid lines and the texts to their left. */
static void draw_y(eco_canvas *canvas, const eco_frame *frame, const eco_axis *y, const char *title)
{
    const eco_text_style tick = {.size_px = TICK_PX, .anchor = ECO_ANCHOR_END, .is_muted = true};
    const eco_text_style head = {
        .size_px = TITLE_PX, .anchor = ECO_ANCHOR_MIDDLE, .is_upward = true};
    for (size_t i = 0; i < y->n_ticks; i++) {
        double at = eco_axis_at(y, y->ticks[i]);
        eco_canvas_move(canvas, frame->left, at);
        eco_canvas_line(canvas, frame->right, at);
        eco_canvas_text(canvas, frame->left - 8, at + 4, &tick, y->texts[i]);
    }
    eco_canvas_stroke(canvas, ECO_INK_GRID, 1, false);
    eco_canvas_text(canvas, 15, (frame->top + frame->bottom) / 2, &head, title);
}

void eco_frame_draw(eco_canvas *canvas, const eco_frame *frame, const eco_axis *x,
                    const eco_axis *y, const char *x_title, const char *y_title)
{
    draw_x(canvas, frame, x, x_title);
    draw_y(canvas, frame, y, y_title);
    eco_canvas_move(canvas, frame->left, frame->top);
    eco_canvas_line(canvas, frame->left, frame->bottom);
    eco_canvas_line(canvas, frame->right, frame->bottom);
    eco_canvas_stroke(canvas, ECO_INK_AXIS, 1, false);
}

void eco_frame_key(eco_canvas *canvas, eco_frame *frame, eco_key key, eco_ink ink, const char *text)
{
    const eco_text_style style = {.size_px = TICK_PX};
    double x = frame->next_key;
    double y = 14;
    double width = 24 + eco_canvas_text_width(text, TICK_PX) + 16;
    /*
     * Entries that do not fit are left out: half a word is worse than none, and the caption has
     * them all.
     */
    if (x + width > frame->right + RIGHT_PX)
        return;
    switch (key) {
    case ECO_KEY_DOT:
        eco_canvas_dot(canvas, x + 9, y);
        eco_canvas_stroke_dots(canvas, ink, 9);
        break;
    case ECO_KEY_RING:
        eco_canvas_circle(canvas, x + 9, y, 6);
        eco_canvas_stroke(canvas, ink, 2, false);
        break;
    case ECO_KEY_WHISKER:
        eco_canvas_move(canvas, x + 1, y - 3.5);
        eco_canvas_line(canvas, x + 1, y + 3.5);
        eco_canvas_move(canvas, x + 17, y - 3.5);
        eco_canvas_line(canvas, x + 17, y + 3.5);
        eco_canvas_move(canvas, x + 1, y);
        eco_canvas_line(canvas, x + 17, y);
        eco_canvas_stroke(canvas, ink, 1.5, false);
        break;
    case ECO_KEY_DASH:
        eco_canvas_move(canvas, x, y);
        eco_canvas_line(canvas, x + 18, y);
        eco_canvas_stroke(canvas, ink, 1.5, true);
        break;
    case ECO_KEY_BOX:
        eco_canvas_rect(canvas, x + 4, y - 5, 10, 10);
        eco_canvas_fill(canvas, ink);
        break;
    case ECO_KEY_ARROW:
        eco_canvas_move(canvas, x + 9, y + 5);
        eco_canvas_line(canvas, x + 5, y - 3);
        eco_canvas_line(canvas, x + 13, y - 3);
        eco_canvas_line(canvas, x + 9, y + 5);
        eco_canvas_fill(canvas, ink);
        break;
    }
    eco_canvas_text(canvas, x + 24, y + 4, &style, text);
    frame->next_key = x + width;
}
