/*
 * Nothing in a header is believed before it is checked: sizes are limited before they are
 * multiplied, and the file must hold exactly what its header says.
 */
#include "idx_images.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC_IMAGES 0x00000803u
#define MAGIC_LABELS 0x00000801u

/* An open IDX file; the path is kept for messages. */
typedef struct idx_file {
    gzFile gz;
    char path[PATH_MAX];
} idx_file;

/* Prefers the compressed name because that is what Debian's dataset packages ship. */
static cnn_status file_open(const char *dir, const char *name, cnn_error *err, idx_file *ret_file)
{
    static const char *const endings[] = {".gz", ""};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        int length =
            snprintf(ret_file->path, sizeof ret_file->path, "%s/%s%s", dir, name, endings[i]);
        if (length < 0 || (size_t)length >= sizeof ret_file->path)
            return cnn_fail(err, CNN_E_INPUT, "path of the data folder is too long");
        if (access(ret_file->path, F_OK) == 0)
            break;
    }
    ret_file->gz = gzopen(ret_file->path, "rb");
    if (ret_file->gz == NULL)
        return cnn_fail(err, CNN_E_INPUT, "cannot read '%.200s': %s", ret_file->path,
                        errno != 0 ? strerror(errno) : "out of memory");
    return CNN_OK;
}

/* Reads exactly `size` bytes; a short file and damaged compression are told apart. */
static cnn_status file_read(idx_file *file, void *to, size_t size, cnn_error *err)
{
    unsigned char *next = to;
    size_t left = size;
    while (left > 0) {
        unsigned part = left > (1u << 30) ? (1u << 30) : (unsigned)left;
        int got = gzread(file->gz, next, part);
        if (got <= 0) {
            int code = Z_OK;
            const char *reason = gzerror(file->gz, &code);
            /* Z_BUF_ERROR is zlib's word for a compressed stream that stops early. */
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
                return cnn_fail(err, CNN_E_INPUT, "cannot read '%.200s': %s", file->path,
                                code == Z_ERRNO ? strerror(errno) : reason);
            return cnn_fail(err, CNN_E_INPUT, "'%.200s' is truncated: %zu more bytes expected",
                            file->path, left);
        }
        next += got;
        left -= (size_t)got;
    }
    return CNN_OK;
}

/* Reads the magic and the dimensions (big-endian 32-bit numbers). */
static cnn_status header_read(idx_file *file, uint32_t magic, int n_dims, cnn_error *err,
                              uint32_t *ret_dims)
{
    unsigned char bytes[16];
    CNN_TRY(file_read(file, bytes, 4u * ((size_t)n_dims + 1), err));
    uint32_t words[4];
    for (int i = 0; i <= n_dims; i++) {
        const unsigned char *b = bytes + 4 * (size_t)i;
        words[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    if (words[0] != magic)
        return cnn_fail(err, CNN_E_INPUT,
                        "'%.200s' is no IDX file of this kind: magic 0x%08x, "
                        "expected 0x%08x",
                        file->path, words[0], magic);
    if (words[1] == 0 || words[1] > IDX_COUNT_MAX)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' says it holds %u items, expected 1 to %d",
                        file->path, words[1], IDX_COUNT_MAX);
    memcpy(ret_dims, words + 1, sizeof *words * (size_t)n_dims);
    return CNN_OK;
}

/* After the last item the file must end; more bytes mean that the header lies. */
static cnn_status expect_end(idx_file *file, cnn_error *err)
{
    unsigned char extra;
    if (gzread(file->gz, &extra, 1) != 0)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' holds more bytes than its header says",
                        file->path);
    return CNN_OK;
}

/*
 * Reads the first n of the file's `total` items.  Only a file that is read whole is checked for
 * bytes beyond its end: a subset should not cost the decompression of the rest.
 */
static cnn_status items_read(idx_file *file, size_t n, size_t total, size_t item_b, cnn_error *err,
                             unsigned char **ret_items)
{
    unsigned char *items = malloc(n * item_b);
    if (items == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory for '%.200s'", file->path);
    cnn_status status = file_read(file, items, n * item_b, err);
    if (status == CNN_OK && n == total)
        status = expect_end(file, err);
    if (status != CNN_OK) {
        free(items);
        return status;
    }
    *ret_items = items;
    return CNN_OK;
}

/* The image file: its header decides how many labels the other file must have. */
static cnn_status pixels_read(idx_file *file, size_t limit, cnn_error *err, idx_images *images,
                              size_t *ret_total)
{
    uint32_t dims[3] = {0};
    CNN_TRY(header_read(file, MAGIC_IMAGES, 3, err, dims));
    if (dims[1] == 0 || dims[1] > IDX_SIDE_MAX || dims[2] == 0 || dims[2] > IDX_SIDE_MAX)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' has images of %u x %u pixels, limit %d",
                        file->path, dims[1], dims[2], IDX_SIDE_MAX);
    images->rows = (int)dims[1];
    images->cols = (int)dims[2];
    images->n = limit == 0 || limit > dims[0] ? dims[0] : limit;
    *ret_total = dims[0];
    return items_read(file, images->n, dims[0], (size_t)dims[1] * dims[2], err, &images->pixels);
}

/* The label file.  A label out of range would be an index out of bounds in the loss. */
static cnn_status labels_read(idx_file *file, size_t total, int classes, cnn_error *err,
                              idx_images *images)
{
    uint32_t count = 0;
    CNN_TRY(header_read(file, MAGIC_LABELS, 1, err, &count));
    if (count != total)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' has %u labels for %zu images", file->path,
                        count, total);
    CNN_TRY(items_read(file, images->n, total, 1, err, &images->labels));
    for (size_t i = 0; i < images->n; i++)
        if (images->labels[i] >= classes)
            return cnn_fail(err, CNN_E_INPUT, "'%.200s' has label %d at image %zu, limit %d",
                            file->path, images->labels[i], i, classes - 1);
    return CNN_OK;
}

cnn_status idx_images_load(const char *dir, const char *prefix, size_t limit, int classes,
                           cnn_error *err, idx_images *ret_images)
{
    idx_images images = {0};
    size_t total = 0;
    char name[64];
    /* On the heap: a path of PATH_MAX bytes would be most of the allowed stack frame. */
    idx_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory");

    (void)snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    cnn_status status = file_open(dir, name, err, file);
    if (status != CNN_OK)
        goto done;
    status = pixels_read(file, limit, err, &images, &total);
    (void)gzclose(file->gz);
    file->gz = NULL;
    if (status != CNN_OK)
        goto done;

    (void)snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
    status = file_open(dir, name, err, file);
    if (status != CNN_OK)
        goto done;
    status = labels_read(file, total, classes, err, &images);
    (void)gzclose(file->gz);

done:
    free(file);
    if (status == CNN_OK)
        *ret_images = images;
    else
        idx_images_release(&images);
    return status;
}

void idx_images_release(idx_images *images)
{
    if (images == NULL)
        return;
    free(images->pixels);
    free(images->labels);
    *images = (idx_images){0};
}
