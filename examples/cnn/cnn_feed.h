/*
 * cnn_feed.h - from bytes of pixels to the normalised floats that a network reads.
 *
 * A pixel p becomes (p / 255 - mean) / std with the mean and standard deviation of the training
 * images; both are stored in the model file, so that test images are treated alike.
 */
#ifndef CNN_FEED_H
#define CNN_FEED_H

#include "idx_images.h"

#include <stdint.h>

/** How pixels are normalised, in units of full white = 1. */
typedef struct cnn_scaling {
    double mean;
    double std; /**< > 0 */
} cnn_scaling;

/** One float for each value of a byte: cheaper than arithmetic per pixel. */
typedef struct cnn_lookup {
    float value[256];
} cnn_lookup;

/** Mean and standard deviation of all pixels of the first n images; std is 1 for a constant. */
cnn_scaling cnn_scaling_measure(const idx_images *images, size_t n);

/** The table of a scaling. */
cnn_lookup cnn_lookup_make(cnn_scaling scaling);

/**
 * Writes n images and labels, one after the other.
 *
 * @param[in]  images  source
 * @param[in]  order   n indices into `images`, or NULL: take first, first + 1, ...
 * @param[in]  first   index of the first image when `order` is NULL
 * @param[in]  n       images to write
 * @param[in]  lookup  normalisation
 * @param[out] pixels  n x rows x cols floats
 * @param[out] labels  n class indices
 */
void cnn_feed_batch(const idx_images *images, const uint32_t *order, size_t first, size_t n,
                    const cnn_lookup *lookup, float *pixels, unsigned char *labels);

#endif
