/*
 * cnn_train.h - training with Adam, a validation split and early stopping.
 *
 * The last tenth of the images is set aside for validation (the same images whatever the seed); the
 * others are shuffled anew in every epoch, and an incomplete last batch is left out.  Training ends
 * after `epochs`, or after `patience` epochs in a row without a lower validation loss; the
 * parameters of the epoch with the lowest validation loss are kept.
 *
 * The same seed, configuration and thread count give the same model, as far as oneDNN sums in the
 * same order; another CPU may choose other kernels and round otherwise.
 */
#ifndef CNN_TRAIN_H
#define CNN_TRAIN_H

#include "cnn_model.h"

#include <stdio.h>

/** What a user chooses besides the architecture. */
typedef struct cnn_train_options {
    double lr;             /**< Adam's step size, > 0 */
    bool is_decaying;      /**< step size falls linearly from lr to 0 over all epochs */
    int batch;             /**< images per step */
    int epochs;            /**< passes over the training images at most */
    int patience;          /**< epochs without improvement before the early stop */
    int reports;           /**< validations at even distances over all epochs, each told as a step
                                (`[ecopt] {"step": 3, "accuracy": 0.71}`); 0: none */
    uint64_t seed;         /**< of the weights and of the order of the images */
    double memory_limit_b; /**< refuse what is estimated to need more [bytes] */
} cnn_train_options;

/** What came of it. */
typedef struct cnn_train_report {
    int epochs_done;            /**< epochs run */
    int best_epoch;             /**< the one kept, counted from 1 */
    double validation_accuracy; /**< of the one kept, 0..1 */
    double validation_loss;     /**< of the one kept, nats per image */
} cnn_train_report;

/**
 * Step size of one step: lr, or with `is_decaying` lr * (1 - step / n_steps).
 *
 * @param[in] step     steps done before, 0 .. n_steps - 1
 * @param[in] n_steps  of the whole training, without early stopping
 */
double cnn_train_lr(const cnn_train_options *options, size_t step, size_t n_steps);

/**
 * Trains a network.
 *
 * @param[in]  arch        architecture; its image size must be that of `images`
 * @param[in]  options     see there
 * @param[in]  images      at least 2
 * @param[in]  log         one line per epoch goes here
 * @param[out] err         message on failure
 * @param[out] ret_model   caller releases; unchanged on failure
 * @param[out] ret_report  unchanged on failure
 * @return CNN_OK; CNN_E_DIVERGED when the loss is no finite number; CNN_E_INFEASIBLE when the batch
 *         exceeds the training images or memory is short; CNN_E_INPUT when oneDNN fails
 */
cnn_status cnn_train(const cnn_arch *arch, const cnn_train_options *options,
                     const idx_images *images, FILE *log, cnn_error *err, cnn_model *ret_model,
                     cnn_train_report *ret_report);

#endif
