/*
 * A table in CSV (RFC 4180) with the place of each field.
 *
 * The only place that knows libcsv.  Fields are separated by commas; one in double quotes may hold
 * commas, line ends and doubled quotes; blanks and tabs around fields, empty lines, a byte order
 * mark and line ends of any system are passed over.  The first row names the columns.
 *
 * Call order: eco_csv_read, then the questions.  Everything wrong with the table is reported with
 * its line and column; the file's path stands in the diagnostics instead of the study file's.
 *
 * Owner: the report's arena.  Limits: 64 MiB, ECO_SPACE_CANDIDATES_MAX rows, 1024 columns.
 */
#ifndef ECO_CONFIG_CSV_H
#define ECO_CONFIG_CSV_H

#include "config/diagnosis.h"

#include <stdint.h>

#define ECO_CSV_MAX_B       ((size_t)64 * 1024 * 1024)
#define ECO_CSV_COLUMNS_MAX 1024

/** Offsets are 32 bits wide, as there may be many fields and the file is bounded. */
typedef struct eco_csv {
    const char *path;  /* as messages show it; borrowed */
    const char *bytes; /* the file */
    size_t length;
    size_t n_columns;
    size_t n_rows;    /* without the header */
    char *texts;      /* unquoted texts of all fields, each ending in NUL */
    uint32_t *text;   /* (n_rows + 1) x n_columns offsets into texts, header first */
    uint32_t *places; /* the same for offsets into bytes */
} eco_csv;

/**
 * Reads a table from memory, and reports what is wrong: no header, no row, a NUL byte, rows of
 * another length than the header, a quote inside a field, a quote that is not closed, columns of
 * one name.  Rows with a mistake are left out.
 *
 * @param[in]  path     for messages; must live as long as the table
 * @param[in]  bytes    copied into the arena
 * @param[out] ret_csv  always something that can be asked; n_columns = 0 when it has no header
 * @return ECOPT_OK (also with diagnostics), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_csv_read(eco_diagnosis *report, const char *path, const char *bytes,
                                       size_t length, eco_csv *ret_csv);

/** Name of a column. */
const char *eco_csv_name(const eco_csv *csv, size_t column);

/** Index of the column of that name, or n_columns. */
size_t eco_csv_find(const eco_csv *csv, const char *name);

/** Text of a field, without its quotes. */
const char *eco_csv_text(const eco_csv *csv, size_t row, size_t column);

/** Line (1-based) in which a row begins. */
size_t eco_csv_line(const eco_csv *csv, size_t row);

/** Stands for the header in the calls below. */
#define ECO_CSV_HEADER SIZE_MAX

/**
 * Notes an error or a warning about a field.
 *
 * @param[in] row  a row, or ECO_CSV_HEADER
 */
void eco_csv_complain(eco_diagnosis *report, const eco_csv *csv, bool is_error, size_t row,
                      size_t column, const char *hint, const char *message);

#endif
