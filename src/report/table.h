/*
 * A table with typed cells, written as aligned text, CSV or HTML.
 *
 * Call order: eco_table_new, eco_table_add_column for each column, then per row eco_table_add_row
 * and eco_table_set_...; then write it as often as wanted; eco_table_free.  A failed call makes the
 * later ones do nothing; eco_table_status tells, once, at the end.
 *
 * Numbers are kept in SI units.  CSV gives them so, as the shortest text that reads back exactly,
 * with the uncertainty in a column of its own; people see one fitting unit per column, digits as
 * the uncertainty allows, aligned at the decimal point.  A fraction that is set as text into a
 * column of numbers is shown to them with six digits.  A missing number is an empty cell.
 *
 * Owner: the caller of eco_table_new; texts are copied and cleaned.  Threads: as the context.
 */
#ifndef ECO_REPORT_TABLE_H
#define ECO_REPORT_TABLE_H

#include "core/dimension.h"
#include "core/str.h"

#include <stdint.h>

typedef struct eco_table eco_table;

/** Where a column is written; bits. */
enum { ECO_IN_TEXT = 1, ECO_IN_CSV = 2, ECO_IN_HTML = 4, ECO_IN_ALL = 7 };

typedef struct eco_column {
    const char *key;   /* CSV name; "KEY_u95" is the one of its uncertainty; copied */
    const char *title; /* for people, without unit; NULL: the key; copied */
    unsigned where;    /* ECO_IN_...; 0 is everywhere */
    bool is_number;    /* numbers are aligned right, texts left */
    bool has_u95;      /* numbers that carry an uncertainty */
    eco_dimension dimension;
} eco_column;

/** Makes an empty table.  @param[out] ret_table  caller frees with eco_table_free */
ECOPT_NODROP ecopt_status eco_table_new(ecopt_ctx *ctx, eco_table **ret_table);

/** Frees a table; NULL is allowed. */
void eco_table_free(eco_table *table);

/** Adds a column, before the first row. @return its index, 0, 1, 2, ... */
size_t eco_table_add_column(eco_table *table, const eco_column *column);

/** Starts a row; its cells are empty. */
void eco_table_add_row(eco_table *table);

/** Sets a cell of the last row.  NULL leaves it empty. */
void eco_table_set_text(eco_table *table, size_t column, const char *text);

/** Sets a cell of the last row; NaN is missing. */
void eco_table_set_number(eco_table *table, size_t column, double value, double u95);

/** Marks the last row for readers of the HTML page (class "chosen"). */
void eco_table_mark_row(eco_table *table);

/** Makes the table fail with ECOPT_E_NOMEM: for callers that ran out of memory while filling it. */
void eco_table_fail(eco_table *table);

/** Number of rows. */
size_t eco_table_n_rows(const eco_table *table);

/** ECOPT_OK, or ECOPT_E_NOMEM when some call failed. */
ECOPT_NODROP ecopt_status eco_table_status(const eco_table *table);

/** Appends the table as aligned text: titles with units, a rule, rows; no trailing blanks. */
void eco_table_add_text(eco_table *table, eco_str *str);

/** Appends the table as CSV: RFC 4180, line feed line ends, header line. */
void eco_table_add_csv(eco_table *table, eco_str *str);

/**
 * Appends the table as an HTML table with scoped headers; the first shown column heads its row.
 *
 * @param[in] caption  text above the table, escaped here; NULL: none
 */
void eco_table_add_html(eco_table *table, const char *caption, eco_str *str);

/** Appends one CSV field, quoted when it has to be. */
void eco_csv_add_field(eco_str *str, const char *text);

#endif
