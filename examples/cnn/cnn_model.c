/*
 * A study may be killed while a trial writes its model, and disks fill up: what is read back must
 * be whole or be refused.
 */
#include "cnn_model.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MODEL_MAGIC  "ecopt-cnn model 1\n"
#define HEADER_B_MAX 512
#define FILE_B_MAX                                                                \
    (256u << 20) /* larger than any network of cnn_arch's limits that trains here \
                  */

/* Header fields in the order of the file; all are numbers, so that one loop reads and checks them.
 */
typedef enum field {
    F_WIDTH,
    F_DEPTH,
    F_KERNEL,
    F_POOL,
    F_ROWS,
    F_COLS,
    F_CLASSES,
    F_MEAN,
    F_STD,
    F_PARAMETERS,
    F_COUNT
} field;

static const char *const field_names[F_COUNT] = {
    [F_WIDTH] = "width",     [F_DEPTH] = "depth",
    [F_KERNEL] = "kernel",   [F_POOL] = "pool",
    [F_ROWS] = "rows",       [F_COLS] = "cols",
    [F_CLASSES] = "classes", [F_MEAN] = "mean",
    [F_STD] = "std",         [F_PARAMETERS] = "parameters"};

/* ------------------------------------------------------------------------ write */

/* 17 significant digits bring a double back exactly.  Never longer than HEADER_B_MAX. */
static size_t header_print(const cnn_model *model, char *text, size_t size)
{
    const cnn_config *c = &model->config;
    const double values[F_COUNT] = {
        [F_WIDTH] = c->width,         [F_DEPTH] = c->depth,
        [F_KERNEL] = c->kernel,       [F_POOL] = c->pool ? 1 : 0,
        [F_ROWS] = c->rows,           [F_COLS] = c->cols,
        [F_CLASSES] = c->classes,     [F_MEAN] = model->scaling.mean,
        [F_STD] = model->scaling.std, [F_PARAMETERS] = (double)model->n_params};
    size_t used = (size_t)snprintf(text, size, "%s", MODEL_MAGIC);
    for (int f = 0; f < F_COUNT; f++)
        used += (size_t)snprintf(text + used, size - used, "%s %.17g\n", field_names[f], values[f]);
    used += (size_t)snprintf(text + used, size - used, "\n");
    return used;
}

/* The whole file in memory: header, parameters, checksum. */
static unsigned char *image_make(const cnn_model *model, size_t *ret_size_b)
{
    char header[HEADER_B_MAX];
    size_t header_b = header_print(model, header, sizeof header);
    unsigned char *image = malloc(header_b + 4 * model->n_params + 4);
    if (image == NULL)
        return NULL;
    memcpy(image, header, header_b);
    unsigned char *next = image + header_b;
    for (size_t i = 0; i < model->n_params; i++, next += 4) {
        uint32_t bits;
        memcpy(&bits, &model->params[i], 4);
        bits = htole32(bits);
        memcpy(next, &bits, 4);
    }
    uint32_t sum = htole32((uint32_t)crc32_z(0, image, (z_size_t)(next - image)));
    memcpy(next, &sum, 4);
    *ret_size_b = (size_t)(next - image) + 4;
    return image;
}

/* Writes all bytes; errno says why when it could not. */
static bool bytes_write(const char *path, const unsigned char *bytes, size_t size_b)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool is_written = fwrite(bytes, 1, size_b, file) == size_b;
    int cause = errno;
    /* A full disk may show only when the buffer is flushed. */
    if (fclose(file) != 0)
        return false;
    errno = cause;
    return is_written;
}

cnn_status cnn_model_save(const cnn_model *model, const char *path, cnn_error *err)
{
    cnn_status status = CNN_OK;
    size_t size_b = 0;
    unsigned char *image = image_make(model, &size_b);
    char *temporary = NULL;
    if (image == NULL || asprintf(&temporary, "%s.%ld.tmp", path, (long)getpid()) < 0) {
        free(image);
        return cnn_fail(err, CNN_E_INPUT, "out of memory for the model file");
    }
    if (!bytes_write(temporary, image, size_b) || rename(temporary, path) != 0) {
        status = cnn_fail(err, CNN_E_INPUT, "cannot write '%.200s': %s", path, strerror(errno));
        (void)unlink(temporary);
    }
    free(temporary);
    free(image);
    return status;
}

/* ------------------------------------------------------------------------- read */

/* Reads a whole file with a size limit; one byte 0 follows, so that text functions stop there. */
static cnn_status file_slurp(const char *path, cnn_error *err, unsigned char **ret_bytes,
                             size_t *ret_size_b)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return cnn_fail(err, CNN_E_INPUT, "cannot read '%.200s': %s", path, strerror(errno));
    unsigned char *bytes = NULL;
    size_t size_b = 0, room_b = 0;
    cnn_status status = CNN_OK;
    for (;;) {
        if (size_b == room_b) {
            room_b = room_b == 0 ? 1u << 16 : 2 * room_b;
            unsigned char *grown = size_b < FILE_B_MAX ? realloc(bytes, room_b + 1) : NULL;
            if (grown == NULL) {
                status = cnn_fail(err, CNN_E_INPUT, "'%.200s' is too large for a model", path);
                break;
            }
            bytes = grown;
        }
        size_t got = fread(bytes + size_b, 1, room_b - size_b, file);
        size_b += got;
        if (got == 0)
            break;
    }
    if (status == CNN_OK && ferror(file))
        status = cnn_fail(err, CNN_E_INPUT, "cannot read '%.200s': %s", path, strerror(errno));
    (void)fclose(file);
    if (status != CNN_OK) {
        free(bytes);
        return status;
    }
    bytes[size_b] = 0;
    *ret_bytes = bytes;
    *ret_size_b = size_b;
    return CNN_OK;
}

/* Reads "name value\n" lines; gives the place after the empty line, or NULL when it is no header.
 */
static const char *header_scan(const char *text, double *ret_values)
{
    if (strncmp(text, MODEL_MAGIC, strlen(MODEL_MAGIC)) != 0)
        return NULL;
    text += strlen(MODEL_MAGIC);
    for (int f = 0; f < F_COUNT; f++) {
        size_t length = strlen(field_names[f]);
        if (strncmp(text, field_names[f], length) != 0 || text[length] != ' ')
            return NULL;
        char *end = NULL;
        ret_values[f] = strtod(text + length + 1, &end);
        if (end == text + length + 1 || *end != '\n' || !isfinite(ret_values[f]))
            return NULL;
        text = end + 1;
    }
    return *text == '\n' ? text + 1 : NULL;
}

/* A count from a header; values no int holds become -1, which the range checks refuse. */
static int to_int(double value)
{
    return value >= 0.0 && value <= 1e6 && value == floor(value) ? (int)value : -1;
}

/* From header values to a configuration whose parameter count is the one the file claims. */
static cnn_status header_take(const double *values, const char *path, cnn_error *err,
                              cnn_model *ret_model, size_t *ret_n)
{
    cnn_config config = {.width = to_int(values[F_WIDTH]),
                         .depth = to_int(values[F_DEPTH]),
                         .kernel = to_int(values[F_KERNEL]),
                         .pool = values[F_POOL] != 0.0,
                         .rows = to_int(values[F_ROWS]),
                         .cols = to_int(values[F_COLS]),
                         .classes = to_int(values[F_CLASSES])};
    cnn_arch arch;
    cnn_error detail;
    if (config.rows > IDX_SIDE_MAX || config.cols > IDX_SIDE_MAX || config.classes > 256)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' is no usable model: images too large", path);
    if (cnn_arch_plan(&config, &detail, &arch) != CNN_OK)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' is no usable model: %.80s", path, detail.text);
    if ((double)arch.parameters != values[F_PARAMETERS] || values[F_STD] <= 0.0)
        return cnn_fail(err, CNN_E_INPUT,
                        "'%.200s' is no usable model: its header contradicts "
                        "itself",
                        path);
    ret_model->config = config;
    ret_model->scaling = (cnn_scaling){.mean = values[F_MEAN], .std = values[F_STD]};
    *ret_n = arch.parameters;
    return CNN_OK;
}

/* The checksum proves that the bytes are as written, not that what was written was sound. */
static cnn_status params_take(const unsigned char *bytes, size_t n, const char *path,
                              cnn_error *err, cnn_model *model)
{
    model->params = malloc(n * sizeof *model->params);
    if (model->params == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory for '%.200s'", path);
    model->n_params = n;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + 4 * i, 4);
        bits = le32toh(bits);
        memcpy(&model->params[i], &bits, 4);
        if (!isfinite(model->params[i]))
            return cnn_fail(err, CNN_E_INPUT, "'%.200s' holds parameters that are no numbers",
                            path);
    }
    return CNN_OK;
}

/* Header, size, checksum, parameters: in that order, so that the message names the first fault. */
static cnn_status image_take(const unsigned char *bytes, size_t size_b, const char *path,
                             cnn_error *err, cnn_model *model)
{
    double values[F_COUNT];
    const char *text = (const char *)bytes;
    const char *body = header_scan(text, values);
    if (body == NULL)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' is no model of ecopt-cnn", path);
    size_t n = 0;
    CNN_TRY(header_take(values, path, err, model, &n));
    size_t header_b = (size_t)(body - text);
    size_t expected_b = header_b + 4 * n + 4;
    if (size_b != expected_b)
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' is damaged: %zu bytes, expected %zu", path,
                        size_b, expected_b);
    uint32_t sum;
    memcpy(&sum, bytes + size_b - 4, 4);
    if (le32toh(sum) != (uint32_t)crc32_z(0, bytes, size_b - 4))
        return cnn_fail(err, CNN_E_INPUT, "'%.200s' is damaged: wrong checksum", path);
    return params_take(bytes + header_b, n, path, err, model);
}

cnn_status cnn_model_load(const char *path, cnn_error *err, cnn_model *ret_model)
{
    unsigned char *bytes = NULL;
    size_t size_b = 0;
    CNN_TRY(file_slurp(path, err, &bytes, &size_b));
    cnn_model model = {0};
    cnn_status status = image_take(bytes, size_b, path, err, &model);
    free(bytes);
    if (status == CNN_OK)
        *ret_model = model;
    else
        cnn_model_release(&model);
    return status;
}

void cnn_model_release(cnn_model *model)
{
    if (model == NULL)
        return;
    free(model->params);
    *model = (cnn_model){0};
}
