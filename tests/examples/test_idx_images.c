/* The IDX loader on right, short, long, foreign and damaged files, plain and compressed. */
#include "support/eco_test.h"

#include "cnn/idx_images.h"
#include "idx_samples.h"

#include <stdlib.h>
#include <sys/stat.h>

static char dir[256];

/* Expects a failure whose message names `word`, and an untouched result. */
static void expect_failure(const char *word)
{
    cnn_error err = {""};
    idx_images images = {.n = 99};
    assert_int_equal(idx_images_load(dir, "t10k", 0, 10, &err, &images), CNN_E_INPUT);
    if (strstr(err.text, word) == NULL)
        fail_msg("'%s' is not in '%s'", word, err.text);
    assert_int_equal(images.n, 99);
    assert_null(images.pixels);
}

static int set_up(void **state)
{
    (void)state;
    eco_test_temp_dir(dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    eco_test_remove_dir(dir);
    return 0;
}

static void check_three(const idx_images *images)
{
    assert_int_equal(images->n, 3);
    assert_int_equal(images->rows, 2);
    assert_int_equal(images->cols, 3);
    for (int i = 0; i < 18; i++)
        assert_int_equal(images->pixels[i], idx_sample_pixel((size_t)i));
    for (int i = 0; i < 3; i++)
        assert_int_equal(images->labels[i], i % 10);
}

static void test_plain(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = {0};
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    assert_int_equal(idx_images_load(dir, "t10k", 0, 10, &err, &images), CNN_OK);
    check_three(&images);
    idx_images_release(&images);
    idx_images_release(&images);
    idx_images_release(NULL);
}

static void test_compressed_is_preferred(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = {0};
    idx_sample_write(dir, "t10k", 5, 1, 1, false);
    idx_sample_write(dir, "t10k", 3, 2, 3, true);
    assert_int_equal(idx_images_load(dir, "t10k", 0, 10, &err, &images), CNN_OK);
    check_three(&images);
    idx_images_release(&images);
}

static void test_limit(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = {0};
    idx_sample_write(dir, "t10k", 7, 2, 3, false);
    assert_int_equal(idx_images_load(dir, "t10k", 3, 10, &err, &images), CNN_OK);
    check_three(&images);
    idx_images_release(&images);
    assert_int_equal(idx_images_load(dir, "t10k", 100, 10, &err, &images), CNN_OK);
    assert_int_equal(images.n, 7);
    idx_images_release(&images);
}

static void test_missing_files(void **state)
{
    (void)state;
    expect_failure("No such file");
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_remove(dir, "t10k-labels-idx1-ubyte");
    expect_failure("t10k-labels-idx1-ubyte");
}

static void test_empty_and_truncated(void **state)
{
    (void)state;
    /* 16 bytes of header, 18 of pixels: every shorter file is refused, wherever it ends. */
    for (long length = 0; length < 34; length++) {
        idx_sample_write(dir, "t10k", 3, 2, 3, false);
        idx_sample_cut(dir, "t10k-images-idx3-ubyte", length);
        expect_failure("truncated");
    }
    for (long length = 0; length < 11; length++) {
        idx_sample_write(dir, "t10k", 3, 2, 3, false);
        idx_sample_cut(dir, "t10k-labels-idx1-ubyte", length);
        expect_failure("truncated");
    }
}

static void test_truncated_compression(void **state)
{
    (void)state;
    idx_sample_write(dir, "t10k", 200, 4, 4, true);
    idx_sample_cut(dir, "t10k-images-idx3-ubyte.gz", 60);
    expect_failure("t10k-images-idx3-ubyte.gz");
}

static void test_damaged_compression(void **state)
{
    (void)state;
    idx_sample_write(dir, "t10k", 200, 4, 4, true);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte.gz", 40, 0xff);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte.gz", 41, 0xff);
    expect_failure("t10k-images-idx3-ubyte.gz");
}

static void test_too_long(void **state)
{
    (void)state;
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte", 34, 1);
    expect_failure("more bytes");
}

static void test_wrong_magic(void **state)
{
    (void)state;
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte", 3, 1);
    expect_failure("magic 0x00000801");
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-labels-idx1-ubyte", 0, 'P');
    expect_failure("magic 0x50000801");
}

static void test_nonsense_sizes(void **state)
{
    (void)state;
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte", 4, 0xff);
    expect_failure("items");
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte", 7, 0);
    expect_failure("0 items");
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte", 8, 0x10);
    expect_failure("pixels");
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-images-idx3-ubyte", 15, 0);
    expect_failure("2 x 0 pixels");
}

static void test_label_mismatch(void **state)
{
    (void)state;
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-labels-idx1-ubyte", 7, 4);
    expect_failure("4 labels for 3 images");
    idx_sample_write(dir, "t10k", 3, 2, 3, false);
    idx_sample_poke(dir, "t10k-labels-idx1-ubyte", 10, 10);
    expect_failure("label 10 at image 2");
}

static void test_folder_instead_of_file(void **state)
{
    (void)state;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/t10k-images-idx3-ubyte", dir);
    assert_int_equal(mkdir(path, 0777), 0);
    expect_failure("t10k-images-idx3-ubyte");
}

static void test_path_too_long(void **state)
{
    (void)state;
    char *path = malloc(5000);
    cnn_error err = {""};
    idx_images images;
    memset(path, 'x', 4999);
    path[4999] = '\0';
    assert_int_equal(idx_images_load(path, "t10k", 0, 10, &err, &images), CNN_E_INPUT);
    assert_non_null(strstr(err.text, "too long"));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compressed_is_preferred, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_and_truncated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncated_compression, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_compression, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_magic, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nonsense_sizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_label_mismatch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_instead_of_file, set_up, tear_down),
        cmocka_unit_test(test_path_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
