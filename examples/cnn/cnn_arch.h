/*
 * cnn_arch.h - the family of networks that a study searches, as plain numbers.
 *
 * Layer 1 is conv + ReLU; layers 2..depth are conv + ReLU, each followed by 2x2 max pooling when
 * `pool` is set; then one linear classifier.  Every convolution has `width` output channels, an odd
 * square kernel, stride 1 and zero padding that keeps the size.  A map of 1 pixel in a direction is
 * not pooled any more, so every depth is possible.  Architecture: arXiv:2601.08991.
 *
 * Pure functions on the caller's struct: no allocation, no oneDNN.  The parameters of the whole
 * network are one flat vector; `w_at` and `b_at` say where each tensor starts in it (weights in the
 * order output channel, input channel, row, column).
 */
#ifndef CNN_ARCH_H
#define CNN_ARCH_H

#include "cnn_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CNN_DEPTH_MAX  16   /**< convolutions */
#define CNN_WIDTH_MAX  1024 /**< channels of a convolution */
#define CNN_KERNEL_MAX 15   /**< side of the kernel, pixels, odd */

/** What a user chooses, and the size of the problem. */
typedef struct cnn_config {
    int width;      /**< output channels of each convolution */
    int depth;      /**< number of convolutions, >= 1 */
    int kernel;     /**< side of the square kernel, odd */
    bool pool;      /**< 2x2 max pooling after convolutions 2..depth */
    int rows, cols; /**< size of an input image (1 channel), pixels */
    int classes;    /**< outputs of the classifier */
} cnn_config;

/** One convolution with its ReLU and pooling. */
typedef struct cnn_layer {
    int in_channels;
    int rows, cols;         /**< of the convolution's input and output, pixels */
    bool is_pooled;         /**< pooling follows */
    int pool_h, pool_w;     /**< window and stride, 1 or 2: a side of 1 pixel is not halved */
    int out_rows, out_cols; /**< after pooling, pixels */
    size_t w_at, b_at;      /**< first weight and first bias in the parameter vector */
} cnn_layer;

/** Everything that follows from a configuration. */
typedef struct cnn_arch {
    cnn_config config;
    cnn_layer layers[CNN_DEPTH_MAX]; /**< the first config.depth are used */
    size_t features;                 /**< inputs of the classifier */
    size_t w_at, b_at;               /**< classifier's weights (classes x features) and biases */
    size_t parameters;               /**< length of the parameter vector */
    uint64_t flops_per_sample;       /**< of one forward pass of one image, see cnn_arch_plan */
    int unpooled;                    /**< layers that asked for pooling but had 1 pixel left */
} cnn_arch;

/**
 * Works out shapes, offsets, parameter and FLOP counts.
 *
 * FLOPs: a multiply-add counts 2, a bias addition 1, a ReLU 1, a maximum of w values w - 1.
 *
 * @param[in]  config    see there
 * @param[out] err       message on failure
 * @param[out] ret_arch  unchanged on failure
 * @return CNN_OK; CNN_E_USAGE when a value is outside its range
 *
 * Checked: tests/examples/test_cnn_arch.c (hand-computed counts).
 */
cnn_status cnn_arch_plan(const cnn_config *config, cnn_error *err, cnn_arch *ret_arch);

/**
 * Estimate of the memory that training with this batch size takes: activations and their gradients,
 * parameters with gradient and moments. [bytes]
 *
 * Channels count as multiples of 16, the widest block that oneDNN pads to.
 */
double cnn_arch_train_memory_b(const cnn_arch *arch, int batch);

#endif
