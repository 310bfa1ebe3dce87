/* All counts are exact integers; 64 bits hold the FLOPs of the largest network that is allowed. */
#include "cnn_arch.h"

/*
 * The ranges are those of the command line and of model files alike, so that a damaged file cannot
 * ask for what no user could.
 */
static cnn_status config_check(const cnn_config *config, cnn_error *err)
{
    if (config->width < 1 || config->width > CNN_WIDTH_MAX)
        return cnn_fail(err, CNN_E_USAGE, "width must be 1 to %d", CNN_WIDTH_MAX);
    if (config->depth < 1 || config->depth > CNN_DEPTH_MAX)
        return cnn_fail(err, CNN_E_USAGE, "depth must be 1 to %d", CNN_DEPTH_MAX);
    if (config->kernel < 1 || config->kernel > CNN_KERNEL_MAX || config->kernel % 2 == 0)
        return cnn_fail(err, CNN_E_USAGE, "kernel must be odd and 1 to %d", CNN_KERNEL_MAX);
    if (config->rows < 1 || config->cols < 1 || config->classes < 2)
        return cnn_fail(err, CNN_E_USAGE, "images need at least 1 pixel and 2 classes");
    return CNN_OK;
}

/* Shapes of one layer from the map that enters it. */
static cnn_layer layer_plan(const cnn_config *config, int index, int rows, int cols)
{
    cnn_layer layer = {0};
    layer.in_channels = index == 0 ? 1 : config->width;
    layer.rows = rows;
    layer.cols = cols;
    layer.pool_h = rows > 1 ? 2 : 1;
    layer.pool_w = cols > 1 ? 2 : 1;
    layer.is_pooled = config->pool && index > 0 && (rows > 1 || cols > 1);
    /* An odd last row or column is dropped, as frameworks do by default. */
    layer.out_rows = layer.is_pooled ? rows / layer.pool_h : rows;
    layer.out_cols = layer.is_pooled ? cols / layer.pool_w : cols;
    return layer;
}

/* The convention is in the header.  Border pixels count as full: zero padding is multiplied too. */
static uint64_t layer_flops(const cnn_config *config, const cnn_layer *layer)
{
    uint64_t outputs = (uint64_t)config->width * (uint64_t)layer->rows * (uint64_t)layer->cols;
    uint64_t taps =
        (uint64_t)config->kernel * (uint64_t)config->kernel * (uint64_t)layer->in_channels;
    uint64_t flops = outputs * (2 * taps + 2); /* 2 more: bias and ReLU */
    if (layer->is_pooled)
        flops += (uint64_t)config->width * (uint64_t)layer->out_rows * (uint64_t)layer->out_cols *
                 (uint64_t)(layer->pool_h * layer->pool_w - 1);
    return flops;
}

cnn_status cnn_arch_plan(const cnn_config *config, cnn_error *err, cnn_arch *ret_arch)
{
    CNN_TRY(config_check(config, err));
    cnn_arch arch = {.config = *config};
    size_t width = (size_t)config->width, taps = (size_t)config->kernel * (size_t)config->kernel;
    size_t next = 0;
    int rows = config->rows, cols = config->cols;

    for (int l = 0; l < config->depth; l++) {
        cnn_layer layer = layer_plan(config, l, rows, cols);
        layer.w_at = next;
        layer.b_at = layer.w_at + width * (size_t)layer.in_channels * taps;
        next = layer.b_at + width;
        rows = layer.out_rows;
        cols = layer.out_cols;
        arch.unpooled += config->pool && l > 0 && !layer.is_pooled;
        arch.flops_per_sample += layer_flops(config, &layer);
        arch.layers[l] = layer;
    }
    arch.features = width * (size_t)rows * (size_t)cols;
    arch.w_at = next;
    arch.b_at = arch.w_at + (size_t)config->classes * arch.features;
    arch.parameters = arch.b_at + (size_t)config->classes;
    arch.flops_per_sample += (uint64_t)config->classes * (2 * (uint64_t)arch.features + 1);
    *ret_arch = arch;
    return CNN_OK;
}

double cnn_arch_train_memory_b(const cnn_arch *arch, int batch)
{
    int blocks_of_16 = (arch->config.width + 15) / 16;
    double channels = 16.0 * blocks_of_16;
    double floats = 0.0;
    for (int l = 0; l < arch->config.depth; l++) {
        const cnn_layer *layer = &arch->layers[l];
        /* Output and its gradient, before and after pooling. */
        floats += 2.0 * channels * layer->rows * layer->cols;
        if (layer->is_pooled)
            floats += 3.0 * channels * layer->out_rows * layer->out_cols;
    }
    /* Parameters, gradient, two moments, the best so far, and one copy in blocked layout. */
    return sizeof(float) * (floats * batch + 6.0 * (double)arch->parameters);
}
