/*
 * A CSV file in memory: header and rows of texts, no quoting (the measured tables have none).
 */
#ifndef ECO_BENCH_CSV_TABLE_H
#define ECO_BENCH_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct csv_table {
    size_t n_columns, n_rows;
    char **cells; /* (n_rows + 1) x n_columns, the header first; into text */
    char *text;   /* owned */
} csv_table;

/** Reads a file; false (silently) when it cannot be opened, with a message when it is malformed. */
bool csv_read(const char *path, csv_table *ret_table);

/** Frees. */
void csv_release(csv_table *table);

/** Column of that name, n_columns when there is none. */
size_t csv_column(const csv_table *table, const char *name);

/** Cell of row i < n_rows; "" for a column that is not there. */
const char *csv_cell(const csv_table *table, size_t row, size_t column);

#endif
