/*
 * Untrusted text made safe to show.
 *
 * Names, values and reasons come from study files and from programs that we do not know: they may
 * hold control characters (terminal escapes), invalid UTF-8 or markup.
 */
#ifndef ECO_REPORT_CLEAN_H
#define ECO_REPORT_CLEAN_H

#include "core/str.h"

/**
 * Appends `text` as valid UTF-8 in one line: control characters become a blank, bytes that are no
 * UTF-8 become U+FFFD.  NULL adds nothing.
 */
void eco_clean_add(eco_str *str, const char *text);

/** As eco_clean_add, but line feeds and tabs stay. */
void eco_clean_add_lines(eco_str *str, const char *text);

/** Appends `text` for HTML content and quoted attributes: cleaned (lines stay), & < > " ' escaped.
 */
void eco_clean_add_html(eco_str *str, const char *text);

/** Columns that a valid UTF-8 text takes on a terminal (wide characters 2, combining marks 0). */
size_t eco_clean_width(const char *text);

#endif
