/*
 * The frame of a chart: grid, tick texts, axis titles, legend; shared by all pictures.
 */
#ifndef ECO_REPORT_FRAME_H
#define ECO_REPORT_FRAME_H

#include "report/axis.h"
#include "report/canvas.h"

/** Place of the plot inside the picture, in pixels. */
typedef struct eco_frame {
    double left, top, right, bottom;
    double next_key; /* where the next legend entry starts */
} eco_frame;

/** How a legend entry looks. */
typedef enum eco_key {
    ECO_KEY_DOT,
    ECO_KEY_RING,
    ECO_KEY_WHISKER,
    ECO_KEY_DASH,
    ECO_KEY_BOX,
    ECO_KEY_ARROW
} eco_key;

/** Places both axes in a picture of that size; leaves room for tick texts, titles and legend. */
eco_frame eco_frame_place(eco_axis *x, eco_axis *y, double width_px, double height_px);

/** Draws grid, ticks and titles.  A title is a text with its unit, e.g. "energy [mJ]". */
void eco_frame_draw(eco_canvas *canvas, const eco_frame *frame, const eco_axis *x,
                    const eco_axis *y, const char *x_title, const char *y_title);

/** Adds a legend entry above the plot; entries that do not fit are left out. */
void eco_frame_key(eco_canvas *canvas, eco_frame *frame, eco_key key, eco_ink ink,
                   const char *text);

#endif
