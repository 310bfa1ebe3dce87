/*
 * Parts of the report page (report/html_report.c puts them together).
 *
 * All append HTML; every text of the study is escaped here.
 */
#ifndef ECO_REPORT_HTML_H
#define ECO_REPORT_HTML_H

#include "analysis/summary.h"
#include "report/table.h"

#include <ecopt/report.h>

/** What every part reads; all borrowed. */
typedef struct eco_page {
    ecopt_ctx *ctx;
    const ecopt_definition *definition;
    const ecopt_snapshot *snapshot;
    const ecopt_modelled *modelled; /* NULL: nothing is said of models */
    const ecopt_front *front;
    const eco_summary *summary;
} eco_page;

/** `<tag>escaped text</tag>` */
void eco_html_add_element(eco_str *str, const char *tag, const char *text);

/** A term and its text in a definition list; an empty text is "not known". */
void eco_html_add_pair(eco_str *str, const char *term, const char *text);

/** A table in a box that scrolls by itself on narrow screens and can be reached by keyboard. */
void eco_html_add_table(eco_str *str, eco_table *table, const char *label, const char *caption,
                        bool is_tall);

/** "What it took and what it saves": the ledger; nothing where nothing was spent. */
ECOPT_NODROP ecopt_status eco_html_add_impact(const eco_page *page, eco_str *str);

/** "How this was measured": sources, labels, coverage, flags, what is left out. */
ECOPT_NODROP ecopt_status eco_html_add_method(const eco_page *page, eco_str *str);

/** "The study": definition, machine, versions. */
ECOPT_NODROP ecopt_status eco_html_add_study(const eco_page *page, eco_str *str);

#endif
