/*
 * The tables as problems: encoding of the cells, failed rows, reference points, and the true files
 * where they are at hand.
 */
#include "csv_table.h"
#include "support/eco_test.h"
#include "tables.h"

#include <stdlib.h>

static const char cells_csv[] =
    "space,hash8,n_vertices,n_edges,adj_upper_rowmajor,ops,train_energy_J,val_acc\n"
    "4V,a,4,4,110101,22,1,0.9\n"
    "5V,b,4,4,110101,21,100,0.5\n"
    "5V,c,5,9,1111111101,201,200,0.75\n"
    "5V,d,2,1,1,,50,0.1\n"
    "5V,e,3,2,101,0,300,0.6\n";

static const char zeus_csv[] = "gpu,dataset,batch_size,optimizer,power_limit_W,eta_J,tta_s\n"
                               "v100,cifar,32,adam,100,1000,50\n"
                               "v100,cifar,32,adam,125,2000,30\n"
                               "v100,cifar,64,adam,100,,\n"
                               "v100,cifar,64,adam,125,3000,60\n"
                               "p100,cifar,32,adam,100,10,10\n"
                               "p100,cifar,32,sgd,100,20,5\n";

/* Both files in a folder of their own. */
static void load(table_list *list)
{
    char dir[256];
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "ecnas_4epoch.csv", cells_csv);
    eco_test_write_file(dir, "zeus_v100_p100.csv", zeus_csv);
    tables_load(dir, list);
    eco_test_remove_dir(dir);
}

/* A cell of four vertices lies in one of five: its output is the last vertex. */
static void test_cells(void **state)
{
    static const double want[4][13] = {
        /* 0-1, 0-2, 1-2, 2-out: bits 0, 1, 4, 8 */
        {1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 2, 1, 3},
        {1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 2, 0, 1},
        {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 3, 3},
        {1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 3},
    };
    table_list *list = calloc(1, sizeof *list);
    bench_values values;
    (void)state;
    assert_non_null(list);
    load(list);
    assert_int_equal(list->n, 3);
    const bench_problem *cells = &list->problems[0];
    assert_string_equal(cells->name, "EC-NAS");
    assert_int_equal(cells->table->n_rows, 4);
    assert_memory_equal(cells->table->x, want, sizeof want);
    bench_problem_evaluate(cells, want[1], 1, 1, &values);
    assert_true(values.told[0] == 200 && values.told[1] == -0.75 && !values.is_failed);
    bench_problem_evaluate(cells, (const double[13]){0}, 1, 1, &values);
    assert_true(values.is_failed);
    assert_non_null(
        strstr(cells->table->csv, "e9,op0,op1,op2\n1,1,0,0,1,0,0,0,1,0,op2,op1,none\n"));
    /* Front: (50, 0.1), (100, 0.5), (200, 0.75). */
    assert_close(cells->largest, (100 - 50) * 0.1 + (200 - 100) * 0.5 + (181000 - 200) * 0.75,
                 1e-14, 0);
    tables_release(list);
    free(list);
}

static void test_zeus(void **state)
{
    table_list *list = calloc(1, sizeof *list);
    bench_values values;
    (void)state;
    assert_non_null(list);
    load(list);
    const bench_problem *one = &list->problems[1], *two = &list->problems[2];
    assert_string_equal(one->name, "Zeus-v100-cifar");
    assert_int_equal(one->n_params, 2);
    assert_int_equal(one->table->n_rows, 4);
    /* Front: (1000, 50), (2000, 30). */
    assert_close(one->reference[0], 2100, 1e-14, 0);
    assert_close(one->reference[1], 52, 1e-14, 0);
    assert_close(one->largest, 1100 * 2 + 100 * 20, 1e-14, 0);
    bench_problem_evaluate(one, (const double[2]){64, 100}, 1, 1, &values);
    assert_true(values.is_failed);
    bench_problem_evaluate(one, (const double[2]){64, 125}, 1, 1, &values);
    assert_true(values.told[0] == 3000 && values.told[1] == 60);
    assert_string_equal(two->name, "Zeus-p100-cifar");
    assert_int_equal(two->n_params, 3);
    assert_string_equal(two->table->csv, "batch_size,power_limit_w,optimizer\n32,100,adam\n"
                                         "32,100,sgd\n");
    tables_release(list);
    free(list);
}

/* Nothing there: an empty list, no failure. */
static void test_missing(void **state)
{
    table_list *list = calloc(1, sizeof *list);
    (void)state;
    assert_non_null(list);
    tables_load("/nonexistent", list);
    assert_int_equal(list->n, 0);
    tables_release(list);
    free(list);
    assert_true(tables_owns("EC-NAS") && tables_owns("Zeus") && tables_owns("Zeus-v100-squad"));
    assert_false(tables_owns("ZDT1"));
}

static void test_malformed(void **state)
{
    char dir[256], path[512];
    csv_table table = {0};
    (void)state;
    eco_test_temp_dir(dir);
    eco_test_write_file(dir, "short.csv", "a,b,c\r\n1,2,3\r\n4,5\n");
    eco_test_write_file(dir, "good.csv", "a,b,c\r\n1,2,3\r\n4,,\n");
    (void)snprintf(path, sizeof path, "%s/short.csv", dir);
    assert_false(csv_read(path, &table));
    (void)snprintf(path, sizeof path, "%s/good.csv", dir);
    assert_true(csv_read(path, &table));
    assert_int_equal(table.n_rows, 2);
    assert_int_equal(csv_column(&table, "c"), 2);
    assert_int_equal(csv_column(&table, "d"), 3);
    assert_string_equal(csv_cell(&table, 0, 2), "3");
    assert_string_equal(csv_cell(&table, 1, 2), "");
    assert_string_equal(csv_cell(&table, 1, 3), "");
    csv_release(&table);
    eco_test_remove_dir(dir);
}

/* The true files: what is known of their fronts. */
static void test_true_files(void **state)
{
    const char *dir = getenv("ECOPT_SHARED_DATA");
    table_list *list = calloc(1, sizeof *list);
    (void)state;
    assert_non_null(list);
    tables_load(dir ? dir : "", list);
    if (list->n < 13) {
        tables_release(list);
        free(list);
        print_message("the measured tables are not at hand\n");
        skip();
        return; /* skip does not, which the analyser cannot know */
    }
    assert_int_equal(list->problems[0].table->n_rows, 2532);
    assert_close(list->problems[0].largest, 121630, 1e-5, 0);
    for (size_t i = 0; i < list->n; i++) {
        const bench_problem *problem = &list->problems[i];
        const bench_table *table = problem->table;
        size_t d = problem->n_params;
        assert_true(problem->largest > 0);
        assert_true(table->n_rows >= 24);
        for (size_t k = 1; k < table->n_rows; k++)
            for (size_t j = 0; j < k; j++)
                if (memcmp(table->x + k * d, table->x + j * d, d * sizeof(double)) == 0)
                    fail_msg("%s: rows %zu and %zu are the same point", problem->name, j, k);
    }
    tables_release(list);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),      cmocka_unit_test(test_zeus),
        cmocka_unit_test(test_missing),    cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_true_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
