/*
 * cnn_eval.h - forward passes over a set of images: validation in training, and the test.
 *
 * Call order: cnn_eval_new, cnn_eval_set_params, cnn_eval_run as often as wanted, cnn_eval_free.
 * The evaluator owns its network; images are borrowed for the call.  One thread per evaluator.
 */
#ifndef CNN_EVAL_H
#define CNN_EVAL_H

#include "cnn_feed.h"
#include "cnn_loss.h"
#include "cnn_net.h"

/** Images per pass at most; divides the 10,000 test images of MNIST and Fashion-MNIST. */
#define CNN_EVAL_BATCH 100

/** An inference network with its buffers; opaque. */
typedef struct cnn_eval cnn_eval;

/**
 * Builds the evaluator for at most n_max images at a time.
 * @return CNN_OK, or the failure of cnn_net_new
 */
cnn_status cnn_eval_new(const cnn_arch *arch, cnn_scaling scaling, size_t n_max, cnn_error *err,
                        cnn_eval **ret_eval);

/** Frees it; NULL is fine. */
void cnn_eval_free(cnn_eval *eval);

/** Copies a parameter vector (arch.parameters floats) into the network. */
cnn_status cnn_eval_set_params(cnn_eval *eval, const float *params, cnn_error *err);

/**
 * Classifies images first .. first + n - 1.
 *
 * The last pass may be only partly filled; what its other places give is ignored.
 *
 * @param[out] ret_score  sums over the n images
 */
cnn_status cnn_eval_run(cnn_eval *eval, const idx_images *images, size_t first, size_t n,
                        cnn_error *err, cnn_score *ret_score);

#endif
