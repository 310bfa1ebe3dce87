/*
 * Cairo surfaces with a text layer of their own.
 *
 * Cairo writes SVG text as outlines of the font it finds: the file would depend on the fonts of the
 * machine, could not be searched or read aloud, and would not follow a dark scheme.  So only shapes
 * go through cairo; texts are kept aside as elements and joined when the picture is taken.  Cairo's
 * own root element and its ids are dropped: the root has absolute units, and the ids count surfaces
 * over the life of the process, so two equal drawings would differ.
 */
#include "report/canvas.h"

#include "report/clean.h"

#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <string.h>

#define TEXT_SIZE_PX   12.0
#define PNG_MAGNIFY    2.0 /* pixels of the file per pixel of the drawing */
#define MUTED_OPACITY  0.72
#define MEAN_GLYPH_EMS 0.56 /* of common sans-serif faces, digits and lower case */

typedef struct rgba {
    double red, green, blue, alpha;
} rgba;

#define HEX(value) \
    ((value) >> 16 & 0xff) / 255.0, ((value) >> 8 & 0xff) / 255.0, ((value)&0xff) / 255.0

/* Middle tones: contrast of at least 3:1 on white and on a near-black page.  The series follow
 * Okabe and Ito, "Color Universal Design" (2008), toned for both backgrounds. */
static const rgba INKS[ECO_INK_COUNT] = {
    [ECO_INK_AXIS] = {HEX(0x7f8894), 1},     [ECO_INK_GRID] = {HEX(0x808a96), 0.22},
    [ECO_INK_FAINT] = {HEX(0x808a96), 0.62}, [ECO_INK_FRONT] = {HEX(0x2f7fd1), 1},
    [ECO_INK_STEP] = {HEX(0x2f7fd1), 0.5},   [ECO_INK_AREA] = {HEX(0x2f7fd1), 0.09},
    [ECO_INK_KNEE] = {HEX(0xdb7410), 1},     [ECO_INK_REFERENCE] = {HEX(0x9a68c4), 1},
    [ECO_INK_SERIES_0] = {HEX(0x2f7fd1), 1}, [ECO_INK_SERIES_1] = {HEX(0xdb7410), 1},
    [ECO_INK_SERIES_2] = {HEX(0x149474), 1}, [ECO_INK_SERIES_3] = {HEX(0xb767a4), 1},
    [ECO_INK_SERIES_4] = {HEX(0x9c8a1a), 1}, [ECO_INK_SERIES_5] = {HEX(0x7f8894), 1},
};

struct eco_canvas {
    ecopt_ctx *ctx; /* borrowed */
    eco_canvas_kind kind;
    double width_px, height_px;
    cairo_surface_t *surface; /* owned */
    cairo_t *cairo;           /* owned */
    eco_str shapes;           /* cairo's SVG file */
    eco_str texts;            /* text elements */
    eco_str tips;             /* circles with a title */
    bool is_bad_number;
};

/* Write function of cairo streams. */
static cairo_status_t keep_bytes(void *user, const unsigned char *bytes, unsigned n)
{
    eco_str *str = user;
    eco_str_add_bytes(str, (const char *)bytes, n);
    return eco_str_status(str) == ECOPT_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

/* A failed surface is not an error yet: cairo remembers it and eco_canvas_take reports it. */
static void open_surface(eco_canvas *canvas)
{
    if (canvas->kind == ECO_CANVAS_SVG) {
        canvas->surface = cairo_svg_surface_create_for_stream(keep_bytes, &canvas->shapes,
                                                              canvas->width_px, canvas->height_px);
        canvas->cairo = cairo_create(canvas->surface);
        return;
    }
    canvas->surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(canvas->width_px * PNG_MAGNIFY),
                                   (int)(canvas->height_px * PNG_MAGNIFY));
    canvas->cairo = cairo_create(canvas->surface);
    cairo_scale(canvas->cairo, PNG_MAGNIFY, PNG_MAGNIFY);
    cairo_set_source_rgb(canvas->cairo, 1, 1, 1);
    cairo_paint(canvas->cairo);
}

ecopt_status eco_canvas_new(ecopt_ctx *ctx, eco_canvas_kind kind, double width_px, double height_px,
                            eco_canvas **ret_canvas)
{
    if (!(width_px >= 1 && height_px >= 1 && width_px <= 8192 && height_px <= 8192))
        return eco_fail(ctx, ECOPT_E_ARG, "a drawing of %g x %g pixels is not possible", width_px,
                        height_px);
    eco_canvas *canvas = eco_alloc(ctx, 1, sizeof *canvas);
    if (!canvas)
        return ECOPT_E_NOMEM;
    eco_str empty = ECO_STR_INIT(ctx);
    canvas->ctx = ctx;
    canvas->kind = kind;
    canvas->width_px = width_px;
    canvas->height_px = height_px;
    canvas->shapes = empty;
    canvas->texts = empty;
    canvas->tips = empty;
    open_surface(canvas);
    *ret_canvas = canvas;
    return ECOPT_OK;
}

void eco_canvas_free(eco_canvas *canvas)
{
    if (!canvas)
        return;
    /* Cairo may still write when it is destroyed, so the text buffers go last. */
    cairo_destroy(canvas->cairo);
    cairo_surface_destroy(canvas->surface);
    eco_str_release(&canvas->shapes);
    eco_str_release(&canvas->texts);
    eco_str_release(&canvas->tips);
    eco_free(canvas->ctx, canvas);
}

/*
 * Refuses coordinates that no picture has; the first one fails the whole drawing, because a
 * picture with a point left out silently is a wrong picture.
 */
static bool is_good(eco_canvas *canvas, double a, double b)
{
    /* Far outside the picture is as wrong as NaN: cairo's fixed point numbers would wrap. */
    if (fabs(a) <= 1e5 && fabs(b) <= 1e5)
        return true;
    canvas->is_bad_number = true;
    return false;
}

void eco_canvas_move(eco_canvas *canvas, double x, double y)
{
    if (is_good(canvas, x, y))
        cairo_move_to(canvas->cairo, x, y);
}

void eco_canvas_line(eco_canvas *canvas, double x, double y)
{
    if (is_good(canvas, x, y))
        cairo_line_to(canvas->cairo, x, y);
}

void eco_canvas_rect(eco_canvas *canvas, double x, double y, double width, double height)
{
    if (is_good(canvas, x, y) && is_good(canvas, width, height))
        cairo_rectangle(canvas->cairo, x, y, width, height);
}

void eco_canvas_circle(eco_canvas *canvas, double x, double y, double radius)
{
    if (!is_good(canvas, x, y) || !is_good(canvas, radius, 0))
        return;
    cairo_new_sub_path(canvas->cairo);
    cairo_arc(canvas->cairo, x, y, radius, 0, 2 * acos(-1.0));
    cairo_close_path(canvas->cairo);
}

void eco_canvas_dot(eco_canvas *canvas, double x, double y)
{
    if (!is_good(canvas, x, y))
        return;
    cairo_move_to(canvas->cairo, x, y);
    cairo_line_to(canvas->cairo, x, y);
}

/*
 * All colours come from the table above, so that a scheme can be checked for contrast in one
 * place.
 */
static void set_ink(eco_canvas *canvas, eco_ink ink)
{
    const rgba *colour = &INKS[ink];
    cairo_set_source_rgba(canvas->cairo, colour->red, colour->green, colour->blue, colour->alpha);
}

void eco_canvas_stroke(eco_canvas *canvas, eco_ink ink, double width_px, bool is_dashed)
{
    const double dashes[] = {5, 4};
    set_ink(canvas, ink);
    cairo_set_line_width(canvas->cairo, width_px);
    cairo_set_line_cap(canvas->cairo, CAIRO_LINE_CAP_BUTT);
    cairo_set_line_join(canvas->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(canvas->cairo, dashes, is_dashed ? 2 : 0, 0);
    cairo_stroke(canvas->cairo);
}

void eco_canvas_stroke_dots(eco_canvas *canvas, eco_ink ink, double diameter_px)
{
    set_ink(canvas, ink);
    cairo_set_line_width(canvas->cairo, diameter_px);
    cairo_set_line_cap(canvas->cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_dash(canvas->cairo, NULL, 0, 0);
    cairo_stroke(canvas->cairo);
}

void eco_canvas_fill(eco_canvas *canvas, eco_ink ink)
{
    set_ink(canvas, ink);
    cairo_fill(canvas->cairo);
}

double eco_canvas_text_width(const char *text, double size_px)
{
    return MEAN_GLYPH_EMS * size_px * (double)eco_clean_width(text);
}

/* Colour and font family are inherited from the page. */
static void draw_text_svg(eco_canvas *canvas, double x, double y, const eco_text_style *style,
                          const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    eco_str *out = &canvas->texts;
    eco_str_addf(out, "<text x=\"%.2f\" y=\"%.2f\"", x, y);
    if (style->anchor != ECO_ANCHOR_START)
        eco_str_addf(out, " text-anchor=\"%s\"", anchors[style->anchor]);
    if (style->size_px > 0)
        eco_str_addf(out, " font-size=\"%g\"", style->size_px);
    if (style->is_bold)
        eco_str_add(out, " font-weight=\"600\"");
    if (style->is_muted)
        eco_str_addf(out, " fill-opacity=\"%g\"", MUTED_OPACITY);
    if (style->is_upward)
        eco_str_addf(out, " transform=\"rotate(-90 %.2f %.2f)\"", x, y);
    eco_str_add_char(out, '>');
    eco_clean_add_html(out, text);
    eco_str_add(out, "</text>\n");
}

/* In a bitmap there is no page to inherit from: dark grey, the system's sans-serif face. */
static void draw_text_png(eco_canvas *canvas, double x, double y, const eco_text_style *style,
                          const char *text)
{
    cairo_t *cairo = canvas->cairo;
    cairo_text_extents_t extents;
    double ink = style->is_muted ? 1 - MUTED_OPACITY : 0.1;
    double shift = style->anchor == ECO_ANCHOR_START ? 0
                   : style->anchor == ECO_ANCHOR_END ? 1
                                                     : 0.5;
    cairo_save(cairo);
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           style->is_bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, style->size_px > 0 ? style->size_px : TEXT_SIZE_PX);
    cairo_text_extents(cairo, text, &extents);
    cairo_set_source_rgb(cairo, ink, ink, ink);
    cairo_translate(cairo, x, y);
    if (style->is_upward)
        cairo_rotate(cairo, -acos(0.0));
    cairo_move_to(cairo, -shift * extents.x_advance, 0);
    cairo_show_text(cairo, text);
    cairo_restore(cairo);
}

void eco_canvas_text(eco_canvas *canvas, double x, double y, const eco_text_style *style,
                     const char *text)
{
    eco_str clean = ECO_STR_INIT(canvas->ctx);
    if (!is_good(canvas, x, y))
        return;
    eco_clean_add(&clean, text);
    if (eco_str_status(&clean) != ECOPT_OK)
        eco_canvas_fail(canvas);
    else if (canvas->kind == ECO_CANVAS_SVG)
        draw_text_svg(canvas, x, y, style, eco_str_text(&clean));
    else
        draw_text_png(canvas, x, y, style, eco_str_text(&clean));
    eco_str_release(&clean);
}

void eco_canvas_fail(eco_canvas *canvas)
{
    canvas->texts.status = ECOPT_E_NOMEM;
}

void eco_canvas_tip(eco_canvas *canvas, double x, double y, double radius, const char *text)
{
    if (canvas->kind != ECO_CANVAS_SVG || !is_good(canvas, x, y) || !is_good(canvas, radius, 0))
        return;
    eco_str_addf(&canvas->tips, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\"><title>", x, y, radius);
    eco_clean_add_html(&canvas->tips, text);
    eco_str_add(&canvas->tips, "</title></circle>\n");
}

/*
 * Appends what is inside cairo's root element, less the ids: cairo numbers surfaces over the life
 * of the process, so they would differ between two equal drawings.
 */
static bool add_shapes(const char *svg, eco_str *str)
{
    static const char id[] = " id=\"surface";
    const char *root = svg ? strstr(svg, "<svg ") : NULL;
    const char *from = root ? strchr(root, '>') : NULL;
    const char *end = from ? strstr(from, "</svg>") : NULL;
    if (!end)
        return false;
    for (from++; from < end;) {
        const char *cut = strstr(from, id);
        const char *stop = cut && cut < end ? cut : end;
        eco_str_add_bytes(str, from, (size_t)(stop - from));
        if (stop == end)
            break;
        const char *quote = strchr(stop + sizeof id - 1, '"');
        if (!quote)
            return false;
        from = quote + 1;
    }
    return true;
}

/* The element: title and description for readers, shapes, texts, tips. */
static bool add_svg(eco_canvas *canvas, const char *id, const char *title, const char *desc,
                    eco_str *str)
{
    eco_str_addf(str,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
                 "viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" role=\"img\" "
                 "aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
                 canvas->width_px, canvas->height_px, canvas->width_px, canvas->height_px, id, id,
                 id);
    eco_clean_add_html(str, title);
    eco_str_addf(str, "</title>\n<desc id=\"%s-desc\">", id);
    eco_clean_add_html(str, desc);
    eco_str_add(str, "</desc>\n");
    bool is_whole = add_shapes(canvas->shapes.text, str);
    eco_str_addf(str, "<g fill=\"currentColor\" font-size=\"%g\">\n", TEXT_SIZE_PX);
    eco_str_add(str, eco_str_text(&canvas->texts));
    eco_str_add(str, "</g>\n<g fill-opacity=\"0\">\n");
    eco_str_add(str, eco_str_text(&canvas->tips));
    eco_str_add(str, "</g>\n</svg>\n");
    return is_whole;
}

ecopt_status eco_canvas_take(eco_canvas *canvas, const char *id, const char *title,
                             const char *desc, eco_str *str)
{
    cairo_status_t status = cairo_status(canvas->cairo);
    if (canvas->is_bad_number)
        return eco_fail(canvas->ctx, ECOPT_E_INTERNAL, "a point of the drawing is not a number");
    if (canvas->kind == ECO_CANVAS_PNG) {
        if (status == CAIRO_STATUS_SUCCESS)
            status = cairo_surface_write_to_png_stream(canvas->surface, keep_bytes, str);
    } else {
        cairo_surface_finish(canvas->surface);
        if (status == CAIRO_STATUS_SUCCESS)
            status = cairo_surface_status(canvas->surface);
    }
    ECO_TRY(eco_str_status(&canvas->shapes));
    ECO_TRY(eco_str_status(&canvas->texts));
    ECO_TRY(eco_str_status(&canvas->tips));
    if (status == CAIRO_STATUS_SUCCESS && canvas->kind == ECO_CANVAS_SVG &&
        !add_svg(canvas, id, title, desc, str))
        return eco_fail(canvas->ctx, ECOPT_E_INTERNAL, "cairo wrote an SVG of an unexpected form");
    if (status != CAIRO_STATUS_SUCCESS && status != CAIRO_STATUS_NO_MEMORY)
        return eco_fail(canvas->ctx, ECOPT_E_INTERNAL, "cannot draw: %s",
                        cairo_status_to_string(status));
    return status == CAIRO_STATUS_NO_MEMORY ? ECOPT_E_NOMEM : eco_str_status(str);
}
