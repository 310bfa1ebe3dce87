/* Normalised anew for every batch: floats of all images would take four times the memory. */
#include "cnn_feed.h"

#include <math.h>

cnn_scaling cnn_scaling_measure(const idx_images *images, size_t n)
{
    /* Through a histogram: exact integer sums, and one pass without a float per pixel. */
    uint64_t histogram[256] = {0};
    size_t n_pixels = n * (size_t)images->rows * (size_t)images->cols;
    for (size_t i = 0; i < n_pixels; i++)
        histogram[images->pixels[i]]++;

    double mean = 0.0, variance = 0.0;
    for (int p = 0; p < 256; p++)
        mean += p / 255.0 * (double)histogram[p] / (double)n_pixels;
    for (int p = 0; p < 256; p++) {
        double distance = p / 255.0 - mean;
        variance += distance * distance * (double)histogram[p] / (double)n_pixels;
    }
    /* Below half a grey level there is nothing to normalise, only rounding to blow up. */
    double std = sqrt(variance);
    return (cnn_scaling){.mean = mean, .std = std > 0.5 / 255.0 ? std : 1.0};
}

cnn_lookup cnn_lookup_make(cnn_scaling scaling)
{
    cnn_lookup lookup;
    for (int p = 0; p < 256; p++)
        lookup.value[p] = (float)((p / 255.0 - scaling.mean) / scaling.std);
    return lookup;
}

void cnn_feed_batch(const idx_images *images, const uint32_t *order, size_t first, size_t n,
                    const cnn_lookup *lookup, float *pixels, unsigned char *labels)
{
    size_t size = (size_t)images->rows * (size_t)images->cols;
    for (size_t i = 0; i < n; i++) {
        size_t index = order != NULL ? order[i] : first + i;
        const unsigned char *from = images->pixels + index * size;
        for (size_t p = 0; p < size; p++)
            pixels[i * size + p] = lookup->value[from[p]];
        labels[i] = images->labels[index];
    }
}
