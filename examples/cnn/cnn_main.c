/*
 * ecopt-cnn: an ordinary program that ecopt tunes.  It knows nothing of ecopt but two environment
 * variables: ECOPT_RESULT (a file for the metrics) and ECOPT_EXIT_INFEASIBLE (an exit status).
 */
#include "cnn_args.h"
#include "cnn_eval.h"
#include "cnn_graph.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLASSES 10 /* of MNIST, Fashion-MNIST and KMNIST */

/* Writes one JSON object to the file that ecopt named, if it named one. */
static cnn_status result_write(const char *json, cnn_error *err)
{
    const char *path = getenv("ECOPT_RESULT");
    if (path == NULL || *path == '\0')
        return CNN_OK;
    FILE *file = fopen(path, "w");
    bool is_written = file != NULL && fputs(json, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        is_written = false;
    if (!is_written)
        return cnn_fail(err, CNN_E_INPUT, "cannot write '%.200s': %s", path, strerror(errno));
    return CNN_OK;
}

/*
 * Names differ from those of the test on purpose: "accuracy" is what a study maximises, and must
 * not be found in the output of the wrong phase.
 */
static cnn_status train_report(const cnn_args *args, const cnn_arch *arch,
                               const cnn_train_report *report, cnn_error *err)
{
    char json[256];
    printf("validation_accuracy %.4f (epoch %d of %d)\nparameters: %zu\nflops_per_sample: %" PRIu64
           "\nmodel '%s'\n",
           report->validation_accuracy, report->best_epoch, report->epochs_done, arch->parameters,
           arch->flops_per_sample, args->out);
    (void)snprintf(json, sizeof json,
                   "{\"validation_accuracy\": %.6f, \"epochs_done\": %d, \"parameters\": %zu, "
                   "\"flops_per_sample\": %" PRIu64 "}\n",
                   report->validation_accuracy, report->epochs_done, arch->parameters,
                   arch->flops_per_sample);
    return result_write(json, err);
}

/* Reads images, trains, saves: no file is written before training has succeeded. */
static cnn_status run_train(const cnn_args *args, cnn_error *err)
{
    idx_images images = {0};
    cnn_model model = {0};
    cnn_arch arch;
    cnn_train_report report;
    cnn_config config = args->config;
    CNN_TRY(
        idx_images_load(args->data, "train", (size_t)args->train_samples, CLASSES, err, &images));
    config.rows = images.rows;
    config.cols = images.cols;
    config.classes = CLASSES;
    cnn_status status = cnn_arch_plan(&config, err, &arch);
    if (status == CNN_OK && arch.unpooled > 0)
        printf("note: %d layers are not pooled, because their map is 1 pixel already\n",
               arch.unpooled);
    if (status == CNN_OK)
        status = cnn_train(&arch, &args->train, &images, stdout, err, &model, &report);
    if (status == CNN_OK)
        status = cnn_model_save(&model, args->out, err);
    if (status == CNN_OK)
        status = train_report(args, &arch, &report, err);
    cnn_model_release(&model);
    idx_images_release(&images);
    return status;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/*
 * Whole passes over the images, at least `repeat` and for at least `min_time_s`: a small network
 * would be done before its energy can be measured.
 */
static cnn_status passes_run(const cnn_args *args, cnn_eval *eval, const idx_images *images,
                             cnn_error *err, cnn_score *ret_score, uint64_t *ret_samples)
{
    double start_s = now_s();
    uint64_t samples = 0;
    cnn_score score = {0.0, 0};
    for (int pass = 0; pass < args->repeat || now_s() - start_s < args->min_time_s; pass++) {
        CNN_TRY(cnn_eval_run(eval, images, 0, images->n, err, &score));
        samples += images->n;
    }
    *ret_score = score;
    *ret_samples = samples;
    return CNN_OK;
}

/* Accuracy is of one pass over the images; `samples` counts all passes. */
static cnn_status test_report(const cnn_arch *arch, double accuracy, uint64_t samples,
                              cnn_error *err)
{
    char json[256];
    printf("accuracy: %.4f\nsamples: %" PRIu64 "\nparameters: %zu\nflops_per_sample: %" PRIu64 "\n",
           accuracy, samples, arch->parameters, arch->flops_per_sample);
    (void)snprintf(json, sizeof json,
                   "{\"accuracy\": %.6f, \"samples\": %" PRIu64 ", \"parameters\": %zu, "
                   "\"flops_per_sample\": %" PRIu64 "}\n",
                   accuracy, samples, arch->parameters, arch->flops_per_sample);
    return result_write(json, err);
}

/* Classifies the images with a model that fits them. */
static cnn_status test_model(const cnn_args *args, const cnn_model *model, const idx_images *images,
                             cnn_error *err)
{
    if (model->config.rows != images->rows || model->config.cols != images->cols ||
        model->config.classes != CLASSES)
        return cnn_fail(err, CNN_E_INPUT,
                        "'%.200s' is for %d x %d pixels and %d classes, the "
                        "images are %d x %d and %d",
                        args->model, model->config.rows, model->config.cols, model->config.classes,
                        images->rows, images->cols, CLASSES);
    cnn_arch arch;
    CNN_TRY(cnn_arch_plan(&model->config, err, &arch));
    cnn_eval *eval = NULL;
    cnn_score score;
    uint64_t samples = 0;
    CNN_TRY(cnn_eval_new(&arch, model->scaling, images->n, err, &eval));
    cnn_status status = cnn_eval_set_params(eval, model->params, err);
    if (status == CNN_OK)
        status = passes_run(args, eval, images, err, &score, &samples);
    cnn_eval_free(eval);
    if (status != CNN_OK)
        return status;
    return test_report(&arch, (double)score.correct / (double)images->n, samples, err);
}

/* The model first: it is small, and a wrong one should fail before the images are unpacked. */
static cnn_status run_test(const cnn_args *args, cnn_error *err)
{
    idx_images images = {0};
    cnn_model model = {0};
    CNN_TRY(cnn_model_load(args->model, err, &model));
    cnn_status status =
        idx_images_load(args->data, "t10k", (size_t)args->samples, CLASSES, err, &images);
    if (status == CNN_OK)
        status = test_model(args, &model, &images, err);
    idx_images_release(&images);
    cnn_model_release(&model);
    return status;
}

/* Samples, and nothing that could be taken for a result of the test. */
static cnn_status profile_report(const cnn_arch *arch, uint64_t samples, cnn_error *err)
{
    char json[256];
    printf("profiled %" PRIu64 " images with weights by chance\nparameters: %zu\n"
           "flops_per_sample: %" PRIu64 "\n",
           samples, arch->parameters, arch->flops_per_sample);
    (void)snprintf(json, sizeof json, "{\"samples\": %" PRIu64 "}\n", samples);
    return result_write(json, err);
}

/* Weights as training would begin with, in the evaluator of the test. */
static cnn_status profile_passes(const cnn_args *args, const cnn_arch *arch,
                                 const idx_images *images, cnn_error *err, uint64_t *ret_samples)
{
    cnn_rng rng = {.state = args->train.seed};
    cnn_net *net = NULL;
    cnn_eval *eval = NULL;
    cnn_score score;
    CNN_TRY(cnn_net_new(arch, 1, false, err, &net));
    cnn_net_init_params(net, &rng);
    cnn_status status =
        cnn_eval_new(arch, cnn_scaling_measure(images, images->n), images->n, err, &eval);
    if (status == CNN_OK)
        status = cnn_eval_set_params(eval, cnn_net_params(net), err);
    if (status == CNN_OK)
        status = passes_run(args, eval, images, err, &score, ret_samples);
    cnn_eval_free(eval);
    cnn_net_free(net);
    return status;
}

/*
 * What an image will cost does not depend on what the network has learned: the same passes as the
 * test, before any training.
 */
static cnn_status run_profile(const cnn_args *args, cnn_error *err)
{
    idx_images images = {0};
    cnn_arch arch;
    cnn_config config = args->config;
    uint64_t samples = 0;
    CNN_TRY(idx_images_load(args->data, "t10k", (size_t)args->samples, CLASSES, err, &images));
    config.rows = images.rows;
    config.cols = images.cols;
    config.classes = CLASSES;
    cnn_status status = cnn_arch_plan(&config, err, &arch);
    if (status == CNN_OK)
        status = profile_passes(args, &arch, &images, err, &samples);
    if (status == CNN_OK)
        status = profile_report(&arch, samples, err);
    idx_images_release(&images);
    return status;
}

static cnn_status verb_run(const cnn_args *args, cnn_error *err)
{
    switch (args->verb) {
    case CNN_VERB_TRAIN:
        return run_train(args, err);
    case CNN_VERB_TEST:
        return run_test(args, err);
    case CNN_VERB_PROFILE:
        return run_profile(args, err);
    case CNN_VERB_HELP:
        break;
    }
    (void)fputs(cnn_args_help(), stdout);
    return CNN_OK;
}

int main(int argc, char **argv)
{
    cnn_error err = {""};
    cnn_args args = {0};
    cnn_status status = cnn_args_parse(argc, argv, &err, &args);
    if (status == CNN_OK && args.verb != CNN_VERB_HELP)
        cnn_graph_set_threads(args.threads);
    if (status == CNN_OK)
        status = verb_run(&args, &err);
    /* Results that never arrived are a failure too: a full disk, a closed pipe. */
    if (fflush(stdout) != 0 && status == CNN_OK)
        status = cnn_fail(&err, CNN_E_INPUT, "cannot write to stdout: %s", strerror(errno));
    if (status != CNN_OK)
        (void)fprintf(stderr, "ecopt-cnn: %s\n", err.text);
    if (status == CNN_E_USAGE)
        (void)fputs("try 'ecopt-cnn --help'\n", stderr);
    return cnn_exit_status(status);
}
