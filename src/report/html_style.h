/*
 * The style sheet of the report page: light and dark by the reader's setting, print, narrow
 * screens.
 */
#ifndef ECO_REPORT_HTML_STYLE_H
#define ECO_REPORT_HTML_STYLE_H

#include "core/str.h"

/** Appends the CSS text; it holds nothing that would have to be escaped in a style element. */
void eco_html_add_style(eco_str *str);

#endif
