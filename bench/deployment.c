#include "deployment.h"

#include "csv_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a network whose width, depth and resolution are to be chosen ---- */

static const char network_params[] =
    "params:\n"
    "  width: {type: float, min: 0.25, max: 4, log: true, default: 1}\n"
    "  depth: {type: int, min: 1, max: 12, default: 6}\n"
    "  resolution: {type: int, min: 64, max: 256, default: 192}\n"
    "  lr: {type: float, min: 1e-4, max: 1e-1, log: true, default: 1e-3}\n"
    "  batch: {type: int, min: 16, max: 512, log: true, default: 64}\n";

/* Work grows with all three; quality saturates with it, and with a learning rate that fits. */
static void network_evaluate(const deployment *problem, const double *x, deployed *ret)
{
    (void)problem;
    double work = pow(x[0], 1.5) * (x[1] + 2) / 8 * pow(x[2] / 192, 2);
    double rate = log10(x[3]) + 2.6 - 0.3 * log10(x[4] / 64);
    double shape = log(x[1] / 5) - 0.5 * log(x[0]);
    ret->quality = 0.95 - 0.12 / pow(work + 0.02, 0.45) - 0.03 * rate * rate - 0.01 * shape * shape;
    ret->true_j = 0.02 + 0.2 * work * (1 + 4 / sqrt(x[4])) / 1.5;
    ret->trial_j = 3000 + 20000 * pow(work, 0.9);
}

/* ---- a server whose batch size, power limit and threads are to be chosen ---- */

static const char server_params[] =
    "params:\n"
    "  batch: {type: int, min: 1, max: 256, log: true, default: 8}\n"
    "  power_w: {type: int, min: 100, max: 400, default: 400}\n"
    "  threads: {type: int, min: 1, max: 32, log: true, default: 8}\n";

/* Larger batches share the work, longer ones wait; less power is slower, but seldom in
 * proportion. Quality is minus the latency. */
static void server_evaluate(const deployment *problem, const double *x, deployed *ret)
{
    (void)problem;
    double speed = 1 - exp(-x[1] / 130), feed = 1 / (1 + pow(log(x[2] / 12) / 1.6, 2));
    double per_request_s = (0.05 + 0.6 / x[0]) / (speed * (0.4 + 0.6 * feed));
    ret->quality = -per_request_s * (4 + x[0]) / 4;
    ret->true_j = per_request_s * (60 + 2 * x[2] + x[1] * (0.35 + 0.65 * feed));
    ret->trial_j = 2000 + 300 * ret->true_j;
}

static void point_evaluate(deployment *problem, const double *x)
{
    deployed values = {.is_failed = false};
    problem->evaluate(problem, x, &values);
    problem->baseline_j = values.true_j;
    problem->baseline_trial_j = values.trial_j;
}

static void functions_add(deployment_list *list)
{
    static const double network_x[] = {1, 6, 192, 1e-3, 64}, server_x[] = {8, 400, 8};
    deployment *network = &list->items[list->n++], *server = &list->items[list->n++];
    *network = (deployment){.name = "network",
                            .params = network_params,
                            .baseline = "default",
                            .threshold = 0.75,
                            .n_params = 5,
                            .evaluate = network_evaluate,
                            .noise = 0.03};
    *server = (deployment){.name = "server",
                           .params = server_params,
                           .baseline = "default",
                           .threshold = -1.2,
                           .n_params = 3,
                           .evaluate = server_evaluate,
                           .noise = 0.03};
    point_evaluate(network, network_x);
    point_evaluate(server, server_x);
}

/* ---- tables ---- */

static void table_evaluate(const deployment *problem, const double *x, deployed *ret)
{
    const bench_table *table = problem->table->table;
    size_t d = problem->n_params;
    ret->is_failed = true;
    for (size_t i = 0; i < table->n_rows; i++) {
        if (memcmp(table->x + i * d, x, d * sizeof *x) != 0)
            continue;
        ret->quality = -table->y[2 * i + 1];
        ret->true_j = problem->more[2 * i];
        ret->trial_j = problem->more[2 * i + 1];
        ret->is_failed = isnan(table->y[2 * i]);
    }
}

/* The baseline as a map of the study file, from the row's line of the list of candidates. */
static bool baseline_write(deployment *problem, size_t row)
{
    const char *line = problem->csv, *names = problem->csv;
    size_t length;
    for (size_t i = 0; i <= row; i++)
        line = strchr(line, '\n') + 1;
    FILE *to = open_memstream(&problem->text, &length);
    if (!to)
        return false;
    (void)fputc('{', to);
    for (const char *comma = ""; *names != '\n' || *line != '\n'; comma = ", ") {
        size_t n = strcspn(names, ",\n"), v = strcspn(line, ",\n");
        (void)fprintf(to, "%s%.*s: %.*s", comma, (int)n, names, (int)v, line);
        names += n + (names[n] == ',');
        line += v + (line[v] == ',');
    }
    (void)fputc('}', to);
    if (fclose(to) != 0)
        return false;
    problem->baseline = problem->text;
    problem->baseline_j = problem->more[2 * row];
    problem->baseline_trial_j = problem->more[2 * row + 1];
    return true;
}

static deployment *table_add(deployment_list *list, const bench_problem *table, const char *name)
{
    deployment *problem = &list->items[list->n];
    *problem = (deployment){.name = name,
                            .params = table->table->params,
                            .csv = table->table->csv,
                            .n_params = table->n_params,
                            .evaluate = table_evaluate,
                            .table = table,
                            .more = calloc(2 * table->table->n_rows + 1, sizeof(double)),
                            .noise = 0.02};
    return problem->more ? problem : NULL;
}

/* Joules of an image: its share of predicting 10,000 of them at the mean power of training.  The
 * baseline is the most accurate cell; ten points of its accuracy may be given up. */
static bool ecnas_add(deployment_list *list, const bench_problem *table, const char *dir)
{
    char path[1024];
    csv_table csv;
    (void)snprintf(path, sizeof path, "%s/ecnas_4epoch.csv", dir);
    deployment *problem = table_add(list, table, "EC-NAS");
    if (!problem || !csv_read(path, &csv))
        return false;
    size_t n = 0, best = 0;
    size_t space = csv_column(&csv, "space"), energy = csv_column(&csv, "train_energy_J");
    size_t train = csv_column(&csv, "train_time_s"), predict = csv_column(&csv, "predict_time_s");
    for (size_t i = 0; i < csv.n_rows; i++) {
        if (strcmp(csv_cell(&csv, i, space), "5V") != 0)
            continue;
        double energy_j = strtod(csv_cell(&csv, i, energy), NULL);
        double power_w = energy_j / strtod(csv_cell(&csv, i, train), NULL);
        problem->more[2 * n] = power_w * strtod(csv_cell(&csv, i, predict), NULL) / 1e4;
        problem->more[2 * n + 1] = energy_j;
        if (table->table->y[2 * n + 1] < table->table->y[2 * best + 1])
            best = n;
        n++;
    }
    csv_release(&csv);
    problem->threshold = -table->table->y[2 * best + 1] - 0.1;
    list->n += baseline_write(problem, best);
    return true;
}

void deployments_load(const char *dir, deployment_list *ret_list)
{
    memset(ret_list, 0, sizeof *ret_list);
    functions_add(ret_list);
    tables_load(dir, &ret_list->tables);
    for (size_t i = 0; i < ret_list->tables.n; i++)
        if (strcmp(ret_list->tables.problems[i].name, "EC-NAS") == 0 &&
            !ecnas_add(ret_list, &ret_list->tables.problems[i], dir))
            (void)fprintf(stderr, "ecopt-bench: EC-NAS is left out\n");
}

void deployments_release(deployment_list *list)
{
    for (size_t i = 0; i < DEPLOYMENTS_MAX; i++) {
        free(list->items[i].more);
        free(list->items[i].text);
    }
    tables_release(&list->tables);
}

/* Standard normal of two uniform numbers (Box and Muller 1958). */
static double normal(uint64_t seed, uint64_t index)
{
    double u = 1 - bench_uniform(seed, index, 2001), v = bench_uniform(seed, index, 2002);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

void deployment_evaluate(const deployment *problem, const double *x, uint64_t seed, int64_t trial,
                         deployed *ret)
{
    *ret = (deployed){.is_failed = false};
    problem->evaluate(problem, x, ret);
    ret->request_j = ret->true_j * exp(problem->noise * normal(seed, (uint64_t)trial));
}
