/*
 * idx_images.h - labelled images from a pair of IDX files, the format of MNIST and its relatives.
 *
 * An IDX file is big-endian: magic 0x00000803 (unsigned bytes, 3 dimensions), count, rows, columns,
 * then the pixels; the labels have magic 0x00000801, count, then one byte each.  Files may be
 * gzip-compressed or plain: zlib reads both.  Format: Y. LeCun, C. Cortes, C. Burges, "The MNIST
 * database of handwritten digits", section "File formats".
 *
 * Ownership: idx_images_load fills the caller's struct; idx_images_release frees what it holds.
 */
#ifndef IDX_IMAGES_H
#define IDX_IMAGES_H

#include "cnn_error.h"

#include <stddef.h>

#define IDX_SIDE_MAX  1024     /**< limit on rows and on columns, against nonsense headers */
#define IDX_COUNT_MAX 10000000 /**< limit on the number of images, for the same reason */

/** Labelled grey images in memory. */
typedef struct idx_images {
    size_t n;              /**< number of images */
    int rows, cols;        /**< size of each image, pixels */
    unsigned char *pixels; /**< n x rows x cols, 0 = black .. 255; owned */
    unsigned char *labels; /**< n class indices; owned */
} idx_images;

/**
 * Loads `DIR/PREFIX-images-idx3-ubyte[.gz]` and `DIR/PREFIX-labels-idx1-ubyte[.gz]`.
 *
 * @param[in]  dir         folder of the files
 * @param[in]  prefix      "train" or "t10k"
 * @param[in]  limit       read only the first `limit` images; 0 = all
 * @param[in]  classes     every label must be below this
 * @param[out] err         message on failure
 * @param[out] ret_images  caller releases; unchanged on failure
 * @return CNN_OK; CNN_E_INPUT when a file is missing, empty, truncated, longer than its header
 * says, of another format, when the two files disagree, or when memory is short
 */
cnn_status idx_images_load(const char *dir, const char *prefix, size_t limit, int classes,
                           cnn_error *err, idx_images *ret_images);

/** Frees what the struct holds and zeroes it; NULL and an all-zero struct are fine. */
void idx_images_release(idx_images *images);

#endif
