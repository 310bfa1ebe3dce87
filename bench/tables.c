#include "tables.h"

#include "csv_table.h"

#include <ecopt/ctx.h>
#include <ecopt/pareto.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_BITS = 10, CELL_OPS = 3, OP_NONE = 3, CELL_MAX_VERTICES = 5 };

/* The row of the point, if there is one: values of the measured points only. */
static void look_up(const bench_problem *problem, const double *x, bench_values *ret)
{
    const bench_table *table = problem->table;
    size_t d = problem->n_params, m = problem->n_objectives;
    for (size_t k = 0; k < m; k++)
        ret->truth[k] = (double)NAN;
    for (size_t i = 0; i < table->n_rows; i++)
        if (memcmp(table->x + i * d, x, d * sizeof *x) == 0)
            memcpy(ret->truth, table->y + i * m, m * sizeof *ret->truth);
}

/* Hypervolume of all rows at the problem's reference: the most that can be had. */
static double whole_volume(const bench_problem *problem, const bench_table *table)
{
    size_t m = problem->n_objectives, n = 0;
    double volume = (double)NAN;
    ecopt_ctx *ctx = NULL;
    double *y = malloc((table->n_rows + 1) * m * sizeof *y);
    for (size_t i = 0; y && i < table->n_rows; i++)
        if (isfinite(table->y[i * m]))
            memcpy(y + n++ * m, table->y + i * m, m * sizeof *y);
    if (y && ecopt_ctx_new(NULL, &ctx) == ECOPT_OK &&
        ecopt_hypervolume(ctx, n, m, y, problem->reference, &volume) != ECOPT_OK)
        volume = (double)NAN;
    ecopt_ctx_free(ctx);
    free(y);
    return volume;
}

static bool table_room(bench_table *table, size_t n_rows, size_t d, size_t m)
{
    table->x = calloc(n_rows * d, sizeof(double));
    table->y = calloc(n_rows * m, sizeof(double));
    return table->x && table->y;
}

/* Numbers of rows whose column has that text. */
static size_t rows_with(const csv_table *csv, size_t column, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < csv->n_rows; i++)
        n += strcmp(csv_cell(csv, i, column), text) == 0;
    return n;
}

static double cell_number(const csv_table *csv, size_t row, const char *column)
{
    const char *text = csv_cell(csv, row, csv_column(csv, column));
    return *text != '\0' ? strtod(text, NULL) : (double)NAN;
}

/* ---- EC-NAS ---- */

/* A cell of fewer vertices is one of five whose other inner vertices have neither edges nor an
 * operation: its last vertex, the output, moves to the end. */
static void cell_codes(const char *adjacency, const char *ops, double *ret_x)
{
    size_t n = 2 + strlen(ops), bit = 0;
    for (size_t i = 0; i < CELL_BITS; i++)
        ret_x[i] = 0;
    for (size_t from = 0; from < n; from++)
        for (size_t to = from + 1; to < n && adjacency[bit] != '\0'; to++) {
            size_t end = to + 1 == n ? CELL_MAX_VERTICES - 1 : to;
            /* Rows of the upper triangle before this one have 4, 3, ... entries. */
            size_t before = from * (2 * CELL_MAX_VERTICES - 1 - from) / 2;
            ret_x[before + end - from - 1] = adjacency[bit++] == '1';
        }
    for (size_t i = 0; i < CELL_OPS; i++)
        ret_x[CELL_BITS + i] = i + 2 < n ? ops[i] - '0' : OP_NONE;
}

/* A blank is also what a reader of CSV would make of "no operation": it has a name instead. */
static const char *const op_names[] = {"op0", "op1", "op2", "none"};

static bool cells_write(bench_table *table)
{
    size_t length;
    FILE *to = open_memstream(&table->params, &length);
    if (!to)
        return false;
    (void)fprintf(to, "params:\n");
    for (size_t i = 0; i < CELL_BITS; i++)
        (void)fprintf(to, "  e%zu: {type: int, min: 0, max: 1}\n", i);
    for (size_t i = 0; i < CELL_OPS; i++)
        (void)fprintf(to, "  op%zu: {type: choice, values: [op0, op1, op2, none]}\n", i);
    bool is_good = fclose(to) == 0;
    to = open_memstream(&table->csv, &length);
    if (!to)
        return false;
    for (size_t i = 0; i < CELL_BITS; i++)
        (void)fprintf(to, "e%zu,", i);
    (void)fprintf(to, "op0,op1,op2\n");
    for (size_t k = 0; k < table->n_rows; k++) {
        const double *x = table->x + k * (CELL_BITS + CELL_OPS);
        for (size_t i = 0; i < CELL_BITS; i++)
            (void)fprintf(to, "%.0f,", x[i]);
        for (size_t i = 0; i < CELL_OPS; i++)
            (void)fprintf(to, "%s%s", op_names[(int)x[CELL_BITS + i]],
                          i + 1 < CELL_OPS ? "," : "\n");
    }
    return fclose(to) == 0 && is_good;
}

static bool ecnas_make(const csv_table *csv, bench_problem *problem, bench_table *table)
{
    const size_t d = CELL_BITS + CELL_OPS;
    size_t space = csv_column(csv, "space"), bits = csv_column(csv, "adj_upper_rowmajor");
    size_t ops = csv_column(csv, "ops");
    if (!table_room(table, rows_with(csv, space, "5V") + 1, d, 2))
        return false;
    for (size_t i = 0; i < csv->n_rows; i++) {
        if (strcmp(csv_cell(csv, i, space), "5V") != 0)
            continue;
        double *y = table->y + 2 * table->n_rows;
        cell_codes(csv_cell(csv, i, bits), csv_cell(csv, i, ops), table->x + d * table->n_rows);
        y[0] = cell_number(csv, i, "train_energy_J");
        y[1] = -cell_number(csv, i, "val_acc");
        table->n_rows++;
    }
    *problem = (bench_problem){.n_params = d,
                               .n_objectives = 2,
                               .reference = {181000, 0},
                               .evaluate = look_up,
                               .table = table};
    table->name = strdup("EC-NAS");
    return table->name && cells_write(table);
}

/* ---- Zeus ---- */

/* Which rows of the file make one problem. */
typedef struct zeus_key {
    const char *gpu, *dataset;
    const char *optimizers[4];
    size_t n_optimizers;
} zeus_key;

static bool zeus_matches(const csv_table *csv, size_t row, const zeus_key *key)
{
    return strcmp(csv_cell(csv, row, csv_column(csv, "gpu")), key->gpu) == 0 &&
           strcmp(csv_cell(csv, row, csv_column(csv, "dataset")), key->dataset) == 0;
}

/* Index of the row's optimiser; a new one is added. */
static size_t zeus_optimizer(const csv_table *csv, size_t row, zeus_key *key)
{
    const char *name = csv_cell(csv, row, csv_column(csv, "optimizer"));
    size_t i = 0;
    while (i < key->n_optimizers && strcmp(key->optimizers[i], name) != 0)
        i++;
    if (i == key->n_optimizers && i < sizeof key->optimizers / sizeof *key->optimizers)
        key->optimizers[key->n_optimizers++] = name;
    return i;
}

static bool zeus_write(const zeus_key *key, size_t d, bench_table *table)
{
    size_t length;
    double least[2] = {(double)INFINITY, (double)INFINITY}, most[2] = {0, 0};
    for (size_t k = 0; k < table->n_rows; k++)
        for (size_t i = 0; i < 2; i++) {
            least[i] = fmin(least[i], table->x[k * d + i]);
            most[i] = fmax(most[i], table->x[k * d + i]);
        }
    FILE *to = open_memstream(&table->params, &length);
    if (!to)
        return false;
    (void)fprintf(to,
                  "params:\n"
                  "  batch_size: {type: int, min: %.0f, max: %.0f, log: true}\n"
                  "  power_limit_w: {type: int, min: %.0f, max: %.0f}\n",
                  least[0], most[0], least[1], most[1]);
    if (d > 2)
        (void)fprintf(to, "  optimizer: [%s, %s]\n", key->optimizers[0], key->optimizers[1]);
    bool is_good = fclose(to) == 0;
    to = open_memstream(&table->csv, &length);
    if (!to)
        return false;
    (void)fprintf(to, "batch_size,power_limit_w%s\n", d > 2 ? ",optimizer" : "");
    for (size_t k = 0; k < table->n_rows; k++) {
        const double *x = table->x + k * d;
        (void)fprintf(to, "%.0f,%.0f", x[0], x[1]);
        if (d > 2)
            (void)fprintf(to, ",%s", key->optimizers[(int)x[2]]);
        (void)fprintf(to, "\n");
    }
    return fclose(to) == 0 && is_good;
}

/* Reference point: the worst values on the true front and a tenth of its range more, as BoTorch
 * infers one from a front that is known. */
static void zeus_reference(bench_problem *problem, const bench_table *table)
{
    double least[2] = {(double)INFINITY, (double)INFINITY}, most[2] = {0, 0};
    for (size_t i = 0; i < table->n_rows; i++) {
        const double *y = table->y + 2 * i;
        bool is_front = isfinite(y[0]) && isfinite(y[1]);
        for (size_t k = 0; k < table->n_rows && is_front; k++)
            is_front = ecopt_dominance_compare(2, table->y + 2 * k, y) != ECOPT_DOMINANCE_FIRST;
        for (size_t k = 0; k < 2 && is_front; k++) {
            least[k] = fmin(least[k], y[k]);
            most[k] = fmax(most[k], y[k]);
        }
    }
    for (size_t k = 0; k < 2; k++) {
        double range = most[k] - least[k];
        problem->reference[k] = most[k] + 0.1 * (range > 0 ? range : most[k]);
    }
}

static bool zeus_make(const csv_table *csv, zeus_key *key, bench_problem *problem,
                      bench_table *table)
{
    char name[80];
    for (size_t i = 0; i < csv->n_rows; i++)
        if (zeus_matches(csv, i, key))
            (void)zeus_optimizer(csv, i, key);
    size_t d = key->n_optimizers == 2 ? 3 : 2;
    if (!table_room(table, csv->n_rows, d, 2))
        return false;
    for (size_t i = 0; i < csv->n_rows; i++) {
        if (!zeus_matches(csv, i, key))
            continue;
        double *x = table->x + d * table->n_rows, *y = table->y + 2 * table->n_rows;
        x[0] = cell_number(csv, i, "batch_size");
        x[1] = cell_number(csv, i, "power_limit_W");
        if (d > 2)
            x[2] = (double)zeus_optimizer(csv, i, key);
        y[0] = cell_number(csv, i, "eta_J");
        y[1] = cell_number(csv, i, "tta_s");
        table->n_rows++;
    }
    *problem =
        (bench_problem){.n_params = d, .n_objectives = 2, .evaluate = look_up, .table = table};
    zeus_reference(problem, table);
    (void)snprintf(name, sizeof name, "Zeus-%s-%s", key->gpu, key->dataset);
    table->name = strdup(name);
    return table->name && zeus_write(key, d, table);
}

/* ---- all of them ---- */

/* Takes the next place of the list, if the problem could be made. */
static void list_add(table_list *list, bool is_made)
{
    bench_problem *problem = &list->problems[list->n];
    bench_table *table = &list->tables[list->n];
    if (!is_made) {
        (void)fprintf(stderr, "ecopt-bench: out of memory, a table is left out\n");
        return;
    }
    problem->name = table->name;
    problem->largest = whole_volume(problem, table);
    list->n++;
}

/* One problem per pair of GPU and data set, in order of appearance. */
static void zeus_add(const csv_table *csv, table_list *list)
{
    size_t first = list->n, gpu = csv_column(csv, "gpu"), dataset = csv_column(csv, "dataset");
    for (size_t i = 0; i < csv->n_rows; i++) {
        zeus_key key = {.gpu = csv_cell(csv, i, gpu), .dataset = csv_cell(csv, i, dataset)};
        bool is_new = list->n < sizeof list->problems / sizeof *list->problems;
        for (size_t k = first; k < list->n && is_new; k++)
            is_new = strncmp(list->problems[k].name + 5, key.gpu, strlen(key.gpu)) != 0 ||
                     strcmp(list->problems[k].name + 6 + strlen(key.gpu), key.dataset) != 0;
        if (is_new)
            list_add(list, zeus_make(csv, &key, &list->problems[list->n], &list->tables[list->n]));
    }
}

static bool file_load(const char *dir, const char *file, csv_table *csv)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", dir, file);
    if (csv_read(path, csv))
        return true;
    (void)fprintf(stderr, "ecopt-bench: no '%s' in '%s': its problems are left out (see --data)\n",
                  file, dir);
    return false;
}

void tables_load(const char *dir, table_list *ret_list)
{
    csv_table csv = {0};
    *ret_list = (table_list){0};
    if (file_load(dir, "ecnas_4epoch.csv", &csv)) {
        list_add(ret_list, ecnas_make(&csv, &ret_list->problems[0], &ret_list->tables[0]));
        csv_release(&csv);
    }
    if (file_load(dir, "zeus_v100_p100.csv", &csv)) {
        zeus_add(&csv, ret_list);
        csv_release(&csv);
    }
}

void tables_release(table_list *list)
{
    for (size_t i = 0; i < sizeof list->tables / sizeof *list->tables; i++) {
        bench_table *table = &list->tables[i];
        free(table->x);
        free(table->y);
        free(table->params);
        free(table->csv);
        free(table->name);
    }
    *list = (table_list){0};
}

bool tables_owns(const char *name)
{
    return strcmp(name, "EC-NAS") == 0 || strncmp(name, "Zeus", 4) == 0;
}
