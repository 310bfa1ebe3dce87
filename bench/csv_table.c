#include "csv_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file as a string; NULL when there is none. */
static char *file_read(const char *path)
{
    FILE *from = fopen(path, "rb");
    char *text = NULL;
    long size = -1;
    if (!from)
        return NULL;
    if (fseek(from, 0, SEEK_END) == 0 && (size = ftell(from)) >= 0 && fseek(from, 0, SEEK_SET) == 0)
        text = malloc((size_t)size + 1);
    if (text && fread(text, 1, (size_t)size, from) == (size_t)size) {
        text[size] = '\0';
    } else {
        free(text);
        text = NULL;
    }
    (void)fclose(from);
    return text;
}

static size_t count_char(const char *text, char wanted, const char *end)
{
    size_t n = 0;
    for (; text < end; text++)
        n += *text == wanted;
    return n;
}

/* Cuts one line at its commas; false when there are more or fewer cells than columns. */
static bool line_cut(char *line, size_t n_columns, char **cells)
{
    size_t n = 0;
    line[strcspn(line, "\r")] = '\0';
    for (char *rest = line, *cell; (cell = strsep(&rest, ",")) != NULL; n++) {
        if (n == n_columns)
            return false;
        cells[n] = cell;
    }
    return n == n_columns;
}

bool csv_read(const char *path, csv_table *ret_table)
{
    csv_table table = {.text = file_read(path)};
    if (!table.text)
        return false;
    size_t n_lines = count_char(table.text, '\n', table.text + strlen(table.text)) + 1;
    table.n_columns = count_char(table.text, ',', table.text + strcspn(table.text, "\n")) + 1;
    table.cells = calloc(n_lines * table.n_columns, sizeof *table.cells);
    size_t n = 0;
    bool is_good = table.cells != NULL;
    for (char *rest = table.text, *line; is_good && (line = strsep(&rest, "\n")) != NULL;)
        if (*line != '\0')
            is_good = line_cut(line, table.n_columns, table.cells + n++ * table.n_columns);
    if (!is_good || n == 0) {
        (void)fprintf(stderr, "ecopt-bench: '%s': line %zu is malformed\n", path, n);
        csv_release(&table);
        return false;
    }
    table.n_rows = n - 1;
    *ret_table = table;
    return true;
}

void csv_release(csv_table *table)
{
    free(table->cells);
    free(table->text);
    *table = (csv_table){0};
}

size_t csv_column(const csv_table *table, const char *name)
{
    size_t i = 0;
    while (i < table->n_columns && strcmp(table->cells[i], name) != 0)
        i++;
    return i;
}

const char *csv_cell(const csv_table *table, size_t row, size_t column)
{
    return column < table->n_columns ? table->cells[(row + 1) * table->n_columns + column] : "";
}
