/* Feeding, training, early stopping and evaluation on images made up here. */
#include "support/eco_test.h"

#include "cnn_eval.h"
#include "cnn_graph.h"
#include "cnn_train.h"

#include <stdlib.h>

#define SIDE 8

/* Images that are easy to tell apart: class k has its row k bright, plus noise. */
static idx_images striped(size_t n, int classes)
{
    idx_images images = {.n = n, .rows = SIDE, .cols = SIDE};
    cnn_rng rng = {.state = 17};
    images.pixels = malloc(n * SIDE * SIDE);
    images.labels = malloc(n);
    if (images.pixels == NULL || images.labels == NULL) {
        fail_msg("out of memory");
        return images;
    }
    for (size_t i = 0; i < n; i++) {
        int label = (int)(cnn_rng_next(&rng) % (unsigned)classes);
        images.labels[i] = (unsigned char)label;
        for (int p = 0; p < SIDE * SIDE; p++) {
            int noise = (int)(cnn_rng_next(&rng) % 60);
            images.pixels[i * SIDE * SIDE + (size_t)p] =
                (unsigned char)(p / SIDE == label ? 180 + noise : noise);
        }
    }
    return images;
}

static cnn_arch small_arch(void)
{
    cnn_config config = {.width = 4,
                         .depth = 2,
                         .kernel = 3,
                         .pool = true,
                         .rows = SIDE,
                         .cols = SIDE,
                         .classes = 4};
    cnn_error err;
    cnn_arch arch;
    assert_int_equal(cnn_arch_plan(&config, &err, &arch), CNN_OK);
    return arch;
}

static const cnn_train_options quick = {
    .lr = 0.01, .batch = 16, .epochs = 6, .patience = 6, .seed = 1, .memory_limit_b = 1e9};

/* Trains and gives the status; the log goes to the null device. */
static cnn_status train(const cnn_train_options *options, const idx_images *images, cnn_error *err,
                        cnn_model *model, cnn_train_report *report)
{
    cnn_arch arch = small_arch();
    FILE *log = fopen("/dev/null", "w");
    assert_non_null(log);
    cnn_status status = cnn_train(&arch, options, images, log, err, model, report);
    (void)fclose(log);
    return status;
}

static void test_scaling(void **state)
{
    (void)state;
    unsigned char pixels[4] = {0, 255, 255, 0};
    idx_images images = {.n = 2, .rows = 1, .cols = 2, .pixels = pixels};
    cnn_scaling s = cnn_scaling_measure(&images, 2);
    assert_close(s.mean, 0.5, 1e-12, 0);
    assert_close(s.std, 0.5, 1e-12, 0);
    cnn_lookup lookup = cnn_lookup_make(s);
    assert_close((double)lookup.value[255], 1.0, 1e-6, 0);
    assert_close((double)lookup.value[0], -1.0, 1e-6, 0);
    pixels[1] = pixels[2] = 0; /* black images must not divide by zero */
    assert_close(cnn_scaling_measure(&images, 2).std, 1.0, 0, 0);
}

static void test_feed_follows_order(void **state)
{
    (void)state;
    unsigned char pixels[3] = {10, 20, 30}, labels[3] = {1, 2, 3}, got_labels[2];
    idx_images images = {.n = 3, .rows = 1, .cols = 1, .pixels = pixels, .labels = labels};
    cnn_lookup lookup = cnn_lookup_make((cnn_scaling){.mean = 0, .std = 1.0 / 255.0});
    const uint32_t order[2] = {2, 0};
    float got[2];
    cnn_feed_batch(&images, order, 0, 2, &lookup, got, got_labels);
    assert_close((double)got[0], 30, 1e-5, 0);
    assert_close((double)got[1], 10, 1e-5, 0);
    assert_int_equal(got_labels[0], 3);
    cnn_feed_batch(&images, NULL, 1, 2, &lookup, got, got_labels);
    assert_close((double)got[0], 20, 1e-5, 0);
    assert_int_equal(got_labels[1], 3);
}

static void test_learns(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = striped(600, 4);
    cnn_model model = {0};
    cnn_train_report report;
    if (train(&quick, &images, &err, &model, &report) != CNN_OK)
        fail_msg("%s", err.text);
    assert_true(report.validation_accuracy > 0.95);
    assert_int_equal(report.epochs_done, 6);

    /* What the model says of its own training images, with a last pass that is not full. */
    cnn_arch arch = small_arch();
    cnn_eval *eval = NULL;
    cnn_score score;
    assert_int_equal(cnn_eval_new(&arch, model.scaling, images.n, &err, &eval), CNN_OK);
    assert_int_equal(cnn_eval_set_params(eval, model.params, &err), CNN_OK);
    assert_int_equal(cnn_eval_run(eval, &images, 0, 533, &err, &score), CNN_OK);
    assert_true(score.correct > 500 && score.correct <= 533);
    cnn_eval_free(eval);
    cnn_eval_free(NULL);
    cnn_model_release(&model);
    idx_images_release(&images);
}

static void test_same_seed_same_model(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = striped(200, 4);
    cnn_train_options options = quick;
    cnn_model models[3];
    cnn_train_report reports[3];
    options.epochs = 2;
    options.is_decaying = true;
    for (int i = 0; i < 3; i++) {
        options.seed = i < 2 ? 5 : 6;
        assert_int_equal(train(&options, &images, &err, &models[i], &reports[i]), CNN_OK);
    }
    size_t size = models[0].n_params * sizeof(float);
    assert_memory_equal(models[0].params, models[1].params, size);
    assert_memory_not_equal(models[0].params, models[2].params, size);
    for (int i = 0; i < 3; i++)
        cnn_model_release(&models[i]);
    idx_images_release(&images);
}

static void test_step_size_schedule(void **state)
{
    (void)state;
    cnn_train_options options = quick;
    options.lr = 0.5;
    assert_close(cnn_train_lr(&options, 7, 10), 0.5, 0, 0);
    options.is_decaying = true;
    assert_close(cnn_train_lr(&options, 0, 10), 0.5, 0, 0);
    assert_close(cnn_train_lr(&options, 5, 10), 0.25, 1e-12, 0);
    assert_close(cnn_train_lr(&options, 9, 10), 0.05, 1e-12, 0);
}

static void test_early_stop_keeps_the_best(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = striped(300, 4);
    /* Labels without any relation to the images: the validation loss can only get worse. */
    cnn_rng rng = {.state = 2};
    for (size_t i = 0; i < images.n; i++)
        images.labels[i] = (unsigned char)(cnn_rng_next(&rng) % 4);
    cnn_train_options options = quick;
    cnn_model model = {0};
    cnn_train_report report;
    options.epochs = 60;
    options.patience = 2;
    options.lr = 0.02;
    assert_int_equal(train(&options, &images, &err, &model, &report), CNN_OK);
    assert_true(report.epochs_done < 60);
    assert_int_equal(report.epochs_done - report.best_epoch, 2);
    cnn_model_release(&model);
    idx_images_release(&images);
}

static void test_divergence_is_told(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = striped(200, 4);
    cnn_train_options options = quick;
    cnn_model model = {.n_params = 99};
    cnn_train_report report;
    options.lr = 1e30;
    options.epochs = 50;
    assert_int_equal(train(&options, &images, &err, &model, &report), CNN_E_DIVERGED);
    assert_non_null(strstr(err.text, "diverged"));
    assert_int_equal(model.n_params, 99);
    idx_images_release(&images);
}

static void test_infeasible(void **state)
{
    (void)state;
    cnn_error err = {""};
    idx_images images = striped(20, 4);
    cnn_train_options options = quick;
    cnn_model model;
    cnn_train_report report;
    options.batch = 19; /* 18 are left to train on */
    assert_int_equal(train(&options, &images, &err, &model, &report), CNN_E_INFEASIBLE);
    options.batch = 4;
    options.memory_limit_b = 1000;
    assert_int_equal(train(&options, &images, &err, &model, &report), CNN_E_INFEASIBLE);
    assert_non_null(strstr(err.text, "MiB"));
    images.n = 1;
    assert_int_equal(train(&options, &images, &err, &model, &report), CNN_E_INFEASIBLE);
    idx_images_release(&images);
}

static void test_exit_statuses(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("ECOPT_EXIT_INFEASIBLE"), 0);
    assert_int_equal(cnn_exit_status(CNN_OK), 0);
    assert_int_equal(cnn_exit_status(CNN_E_INPUT), 1);
    assert_int_equal(cnn_exit_status(CNN_E_USAGE), 2);
    assert_int_equal(cnn_exit_status(CNN_E_DIVERGED), 3);
    assert_int_equal(cnn_exit_status(CNN_E_INFEASIBLE), 1);
    static const char *const texts[] = {"77", "", "0", "256", "x", "7x", "-1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(setenv("ECOPT_EXIT_INFEASIBLE", texts[i], 1), 0);
        assert_int_equal(cnn_exit_status(CNN_E_INFEASIBLE), i == 0 ? 77 : 1);
    }
}

int main(void)
{
    cnn_graph_set_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_feed_follows_order),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_same_seed_same_model),
        cmocka_unit_test(test_step_size_schedule),
        cmocka_unit_test(test_early_stop_keeps_the_best),
        cmocka_unit_test(test_divergence_is_told),
        cmocka_unit_test(test_infeasible),
        cmocka_unit_test(test_exit_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
