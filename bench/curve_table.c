#include "curve_table.h"

#include "csv_table.h"

#include <stdlib.h>
#include <string.h>

/* In the order of the columns. */
static const struct {
    const char *name, *rule;
} params[CURVE_TABLE_PARAMS] = {
    {"side", "type: int, min: 7, max: 28, log: true"},
    {"hidden", "type: int, min: 4, max: 128, log: true"},
    {"depth", "type: int, min: 1, max: 2"},
    {"lr", "type: float, min: 1e-3, max: 0.3, log: true"},
    {"batch", "type: int, min: 8, max: 128, log: true"},
    {"momentum", "type: float, min: 0, max: 0.9"},
};

static bool number_read(const csv_table *csv, size_t row, const char *column, double *ret)
{
    const char *text = csv_cell(csv, row, csv_column(csv, column));
    char *end;
    *ret = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool row_read(const csv_table *csv, size_t i, curve_row *row)
{
    bool is_good = true;
    double train_ms, infer_us;
    char name[16];
    for (size_t p = 0; p < CURVE_TABLE_PARAMS; p++)
        is_good = number_read(csv, i, params[p].name, &row->x[p]) && is_good;
    is_good = number_read(csv, i, "train_ms_per_epoch", &train_ms) && is_good;
    is_good = number_read(csv, i, "infer_us", &infer_us) && is_good;
    row->epoch_j = 1e-3 * train_ms * CURVE_TABLE_W;
    row->infer_uj = infer_us * CURVE_TABLE_W;
    for (int e = 0; e < CURVE_TABLE_EPOCHS; e++) {
        (void)snprintf(name, sizeof name, "acc%d", e + 1);
        is_good = number_read(csv, i, name, &row->accuracy[e]) && is_good;
    }
    return is_good;
}

bool curve_table_load(const char *dir, const char *name, curve_table *ret_table)
{
    char path[1024];
    csv_table csv = {0};
    (void)snprintf(path, sizeof path, "%s/%s.csv", dir, name);
    *ret_table = (curve_table){0};
    if (!csv_read(path, &csv)) {
        (void)fprintf(stderr, "ecopt-bench: cannot read '%s' (see --data)\n", path);
        return false;
    }
    ret_table->rows = calloc(csv.n_rows + 1, sizeof *ret_table->rows);
    bool is_good = ret_table->rows != NULL;
    for (size_t i = 0; i < csv.n_rows && is_good; i++) {
        is_good = row_read(&csv, i, &ret_table->rows[i]);
        ret_table->n += is_good;
        if (!is_good)
            (void)fprintf(stderr, "ecopt-bench: '%s' line %zu is not as the others\n", path, i + 2);
    }
    csv_release(&csv);
    if (!is_good)
        curve_table_release(ret_table);
    return is_good;
}

void curve_table_release(curve_table *table)
{
    free(table->rows);
    *table = (curve_table){0};
}

static bool is_at(const curve_row *row, const double *x)
{
    for (size_t p = 0; p < CURVE_TABLE_PARAMS; p++)
        if (row->x[p] != x[p])
            return false;
    return true;
}

/* Exactly: the points were read from this very table. */
const curve_row *curve_table_find(const curve_table *table, const double *x)
{
    for (size_t i = 0; i < table->n; i++)
        if (is_at(&table->rows[i], x))
            return &table->rows[i];
    return NULL;
}

void curve_table_write_points(const curve_table *table, FILE *to)
{
    for (size_t p = 0; p < CURVE_TABLE_PARAMS; p++)
        (void)fprintf(to, "%s%s", params[p].name, p + 1 < CURVE_TABLE_PARAMS ? "," : "\n");
    for (size_t i = 0; i < table->n; i++)
        for (size_t p = 0; p < CURVE_TABLE_PARAMS; p++)
            (void)fprintf(to, "%.17g%s", table->rows[i].x[p],
                          p + 1 < CURVE_TABLE_PARAMS ? "," : "\n");
}

void curve_table_write_params(FILE *to)
{
    (void)fprintf(to, "candidates: points.csv\nparams:\n");
    for (size_t p = 0; p < CURVE_TABLE_PARAMS; p++)
        (void)fprintf(to, "  %s: {%s}\n", params[p].name, params[p].rule);
}
