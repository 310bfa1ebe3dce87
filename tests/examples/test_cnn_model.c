/* The model file: what is written comes back; what is damaged is refused. */
#include "support/eco_test.h"

#include "cnn_model.h"
#include "idx_samples.h"

#include <stdlib.h>
#include <sys/stat.h>

static char dir[256], path[300];

static int set_up(void **state)
{
    (void)state;
    eco_test_temp_dir(dir);
    (void)snprintf(path, sizeof path, "%s/model", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eco_test_remove_dir(dir);
    return 0;
}

/* A model with a different value in every field and parameter. */
static cnn_model sample_model(void)
{
    cnn_model model = {
        .config =
            {.width = 3, .depth = 2, .kernel = 5, .pool = true, .rows = 7, .cols = 6, .classes = 4},
        .scaling = {.mean = 0.1, .std = 1.0 / 3.0}};
    cnn_error err;
    cnn_arch arch;
    assert_int_equal(cnn_arch_plan(&model.config, &err, &arch), CNN_OK);
    model.n_params = arch.parameters;
    model.params = malloc(arch.parameters * sizeof(float));
    assert_non_null(model.params);
    for (size_t i = 0; i < arch.parameters; i++)
        model.params[i] = (float)(sin((double)i) * 1e-3);
    return model;
}

static void save_sample(void)
{
    cnn_error err = {""};
    cnn_model model = sample_model();
    if (cnn_model_save(&model, path, &err) != CNN_OK)
        fail_msg("%s", err.text);
    cnn_model_release(&model);
}

static void expect_failure(const char *word)
{
    cnn_error err = {""};
    cnn_model model = {.n_params = 99};
    assert_int_equal(cnn_model_load(path, &err, &model), CNN_E_INPUT);
    if (strstr(err.text, word) == NULL)
        fail_msg("'%s' is not in '%s'", word, err.text);
    assert_int_equal(model.n_params, 99);
}

static void test_round_trip(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_model wrote = sample_model(), read = {0};
    assert_int_equal(cnn_model_save(&wrote, path, &err), CNN_OK);
    assert_int_equal(cnn_model_load(path, &err, &read), CNN_OK);
    assert_int_equal(read.config.width, 3);
    assert_int_equal(read.config.depth, 2);
    assert_int_equal(read.config.kernel, 5);
    assert_true(read.config.pool);
    assert_int_equal(read.config.rows, 7);
    assert_int_equal(read.config.cols, 6);
    assert_int_equal(read.config.classes, 4);
    assert_true(read.scaling.mean == wrote.scaling.mean && read.scaling.std == wrote.scaling.std);
    assert_int_equal(read.n_params, wrote.n_params);
    assert_memory_equal(read.params, wrote.params, wrote.n_params * sizeof(float));
    cnn_model_release(&wrote);
    cnn_model_release(&read);
    cnn_model_release(&read);
    cnn_model_release(NULL);
}

static void test_every_byte_counts(void **state)
{
    (void)state;
    save_sample();
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    for (long at = 0; at < info.st_size; at += 5) {
        save_sample();
        FILE *file = fopen(path, "rb");
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        int byte = fgetc(file);
        (void)fclose(file);
        idx_sample_poke(dir, "model", at, byte ^ 0x20);
        expect_failure("model");
    }
}

static void test_every_length_counts(void **state)
{
    (void)state;
    save_sample();
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    for (long length = 0; length < info.st_size; length += 31) {
        save_sample();
        idx_sample_cut(dir, "model", length);
        expect_failure("model");
    }
    save_sample();
    idx_sample_poke(dir, "model", info.st_size, 0);
    expect_failure("damaged");
}

static void test_missing_and_foreign(void **state)
{
    (void)state;
    expect_failure("No such file");
    eco_test_write_file(dir, "model", "");
    expect_failure("no model");
    eco_test_write_file(dir, "model", "hello\n");
    expect_failure("no model");
}

/* Headers that are well formed but cannot be. */
static void test_nonsense_headers(void **state)
{
    (void)state;
    static const char *const values[][2] = {
        {"width 1e9", "no usable"}, {"width -1", "no usable"}, {"width 2.5", "no usable"},
        {"width nan", "no model"},  {"width x", "no model"},   {"width", "no model"},
        {"width 4", "contradicts"},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "ecopt-cnn model 1\n%s\ndepth 1\nkernel 3\npool 1\nrows 7\ncols 6\n"
                       "classes 4\nmean 0\nstd 1\nparameters 5\n\n",
                       values[i][0]);
        eco_test_write_file(dir, "model", text);
        expect_failure(values[i][1]);
    }
    eco_test_write_file(dir, "model",
                        "ecopt-cnn model 1\nwidth 3\ndepth 1\nkernel 3\npool 1\nrows 2000\n"
                        "cols 6\nclasses 4\nmean 0\nstd 1\nparameters 5\n\n");
    expect_failure("too large");
}

static void test_parameters_must_be_finite(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_model model = sample_model();
    model.params[3] = NAN;
    assert_int_equal(cnn_model_save(&model, path, &err), CNN_OK);
    cnn_model_release(&model);
    expect_failure("no numbers");
}

static void test_write_failures(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_model model = sample_model();
    assert_int_equal(cnn_model_save(&model, "/nonexistent/model", &err), CNN_E_INPUT);
    assert_non_null(strstr(err.text, "cannot write '/nonexistent/model'"));
    /* The target is a folder: the rename fails, and the temporary file must be gone. */
    char inside[400];
    (void)snprintf(inside, sizeof inside, "%s/keep", path);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(mkdir(inside, 0777), 0);
    assert_int_equal(cnn_model_save(&model, path, &err), CNN_E_INPUT);
    cnn_model_release(&model);
    assert_int_equal(rmdir(inside), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(dir), 0); /* only an empty folder can be removed */
    assert_int_equal(mkdir(dir, 0777), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_byte_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_length_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_and_foreign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nonsense_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parameters_must_be_finite, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_write_failures, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
