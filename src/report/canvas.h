/*
 * A drawing surface: shapes by cairo, written as SVG or as PNG.
 *
 * In SVG the shapes are cairo's and the words are real text elements in the colour and font of the
 * page, so they can be selected, read aloud, and follow a dark scheme; no font of this machine gets
 * into the file, and equal drawings give equal bytes.  In PNG cairo draws the words too, on white.
 * Inks are chosen to be visible on white and on black.
 *
 * Call order: eco_canvas_new, draw, eco_canvas_take, eco_canvas_free.  Coordinates are pixels, y
 * down.  A failure is remembered and reported by eco_canvas_take.  Threads: as the context.
 */
#ifndef ECO_REPORT_CANVAS_H
#define ECO_REPORT_CANVAS_H

#include "core/str.h"

typedef struct eco_canvas eco_canvas;

typedef enum eco_canvas_kind { ECO_CANVAS_SVG, ECO_CANVAS_PNG } eco_canvas_kind;

typedef enum eco_ink {
    ECO_INK_AXIS,
    ECO_INK_GRID,
    ECO_INK_FAINT,     /* dominated points */
    ECO_INK_FRONT,     /* front points and line */
    ECO_INK_STEP,      /* boundary of what the front dominates */
    ECO_INK_AREA,      /* dominated area */
    ECO_INK_KNEE,      /* chosen point */
    ECO_INK_REFERENCE, /* thresholds, reference point */
    ECO_INK_SERIES_0,  /* series of a stacked chart; told apart by colour-blind readers */
    ECO_INK_SERIES_1,
    ECO_INK_SERIES_2,
    ECO_INK_SERIES_3,
    ECO_INK_SERIES_4,
    ECO_INK_SERIES_5,
    ECO_INK_COUNT
} eco_ink;

typedef enum eco_anchor { ECO_ANCHOR_START, ECO_ANCHOR_MIDDLE, ECO_ANCHOR_END } eco_anchor;

/** How a text is set; zero is 12 px, anchored at its start, level, plain. */
typedef struct eco_text_style {
    double size_px; /* 0: 12 */
    eco_anchor anchor;
    bool is_upward; /* turned a quarter to the left */
    bool is_muted;
    bool is_bold;
} eco_text_style;

/** Makes a canvas.  @return ECOPT_OK, ECOPT_E_ARG (size not positive), ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_canvas_new(ecopt_ctx *ctx, eco_canvas_kind kind, double width_px,
                                         double height_px, eco_canvas **ret_canvas);

/** Frees a canvas; NULL is allowed. */
void eco_canvas_free(eco_canvas *canvas);

/** Builds a path; coordinates that are not finite fail the canvas. */
void eco_canvas_move(eco_canvas *canvas, double x, double y);
void eco_canvas_line(eco_canvas *canvas, double x, double y);
void eco_canvas_rect(eco_canvas *canvas, double x, double y, double width, double height);
void eco_canvas_circle(eco_canvas *canvas, double x, double y, double radius);
/** A dot of the path; eco_canvas_stroke_dots gives its size.  Many dots are one short element. */
void eco_canvas_dot(eco_canvas *canvas, double x, double y);

/** Draws the path and forgets it. */
void eco_canvas_stroke(eco_canvas *canvas, eco_ink ink, double width_px, bool is_dashed);
void eco_canvas_stroke_dots(eco_canvas *canvas, eco_ink ink, double diameter_px);
void eco_canvas_fill(eco_canvas *canvas, eco_ink ink);

/** Writes a text; (x, y) is its anchor on the base line.  Untrusted text is fine. */
void eco_canvas_text(eco_canvas *canvas, double x, double y, const eco_text_style *style,
                     const char *text);

/** Makes the canvas fail with ECOPT_E_NOMEM: for callers that ran out of memory while drawing. */
void eco_canvas_fail(eco_canvas *canvas);

/** Text that appears over a circle of the picture (SVG only). */
void eco_canvas_tip(eco_canvas *canvas, double x, double y, double radius, const char *text);

/** Width that a text is likely to take: enough for layout, no font is asked. */
double eco_canvas_text_width(const char *text, double size_px);

/**
 * Ends the drawing and appends the picture: an SVG element (no XML head, for use inside a page), or
 * the bytes of a PNG file.
 *
 * @param[in] id     prefix of ids inside the element; letters and digits
 * @param[in] title  what the picture is, for readers who do not see it
 * @param[in] desc   what it shows, in a sentence or two
 * @return ECOPT_OK, ECOPT_E_NOMEM, ECOPT_E_INTERNAL (cairo refuses; the message says why)
 */
ECOPT_NODROP ecopt_status eco_canvas_take(eco_canvas *canvas, const char *id, const char *title,
                                          const char *desc, eco_str *str);

#endif
