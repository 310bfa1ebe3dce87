/*
 * idx2libsvm: writes labelled images as the text that svm-train and svm-predict of libsvm read.
 *
 * One line per image: the label, then "index:value" for each feature that is not 0, indices from 1
 * upwards.  A feature is the mean of a square of --shrink x --shrink pixels, 0 = black .. 1 =
 * white; what is left over at the right and lower edge is dropped.
 */
#include "cnn/idx_images.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLASSES 10

static const char help[] =
    "idx2libsvm: write labelled IDX images as text for libsvm\n"
    "\n"
    "usage: idx2libsvm [flags] train|t10k\n"
    "\n"
    "  --data DIR    folder of the IDX files (/usr/share/datasets/fashion-mnist)\n"
    "  --samples N   only the first N images (0 = all)\n"
    "  --shrink N    average squares of N x N pixels (1)\n"
    "  --out FILE    write here instead of stdout\n"
    "\n"
    "Exit status: 0 done; 1 a file cannot be read or written; 2 wrong command line.\n";

/* Strings are borrowed from argv; set is "train" or "t10k", out NULL for stdout. */
typedef struct options {
    const char *data, *set, *out;
    long samples, shrink;
} options;

/* A whole number in a range. */
static cnn_status count_parse(const char *flag, const char *text, long min, long max,
                              cnn_error *err, long *ret_value)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < min || value > max)
        return cnn_fail(err, CNN_E_USAGE, "%s: '%.80s' is no whole number from %ld to %ld", flag,
                        text, min, max);
    *ret_value = value;
    return CNN_OK;
}

/* One flag with the word that follows it. */
static cnn_status flag_parse(const char *flag, const char *value, cnn_error *err, options *o)
{
    if (value == NULL)
        return cnn_fail(err, CNN_E_USAGE, "%.80s needs a value", flag);
    if (strcmp(flag, "--samples") == 0)
        return count_parse(flag, value, 0, IDX_COUNT_MAX, err, &o->samples);
    if (strcmp(flag, "--shrink") == 0)
        return count_parse(flag, value, 1, IDX_SIDE_MAX, err, &o->shrink);
    if (strcmp(flag, "--data") == 0)
        o->data = value;
    else if (strcmp(flag, "--out") == 0)
        o->out = value;
    else
        return cnn_fail(err, CNN_E_USAGE, "'%.80s' is no flag", flag);
    return CNN_OK;
}

static cnn_status options_parse(int argc, char **argv, cnn_error *err, options *ret_options)
{
    options o = {.data = "/usr/share/datasets/fashion-mnist", .shrink = 1};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            CNN_TRY(flag_parse(argv[i], i + 1 < argc ? argv[i + 1] : NULL, err, &o));
            i++;
        } else if (o.set != NULL) {
            return cnn_fail(err, CNN_E_USAGE, "unexpected argument '%.80s'", argv[i]);
        } else {
            o.set = argv[i];
        }
    }
    if (o.set == NULL || (strcmp(o.set, "train") != 0 && strcmp(o.set, "t10k") != 0))
        return cnn_fail(err, CNN_E_USAGE, "which images: train or t10k?");
    *ret_options = o;
    return CNN_OK;
}

/* Mean of one square, 0..1. */
static double square_mean(const unsigned char *pixels, int cols, int top, int left, int shrink)
{
    int sum = 0;
    for (int r = top; r < top + shrink; r++)
        for (int c = left; c < left + shrink; c++)
            sum += pixels[r * cols + c];
    return sum / (255.0 * shrink * shrink);
}

/* Zeros are left out: libsvm's vectors are sparse, and much of an image is background. */
static void image_print(const idx_images *images, size_t i, int shrink, FILE *out)
{
    const unsigned char *pixels = images->pixels + i * (size_t)images->rows * (size_t)images->cols;
    int feature = 1;
    fprintf(out, "%d", images->labels[i]);
    for (int r = 0; r + shrink <= images->rows; r += shrink)
        for (int c = 0; c + shrink <= images->cols; c += shrink, feature++) {
            double value = square_mean(pixels, images->cols, r, c, shrink);
            if (value > 0)
                fprintf(out, " %d:%.4g", feature, value);
        }
    (void)fputc('\n', out);
}

/* Prints all images; a full disk may show only when the file is closed. */
static cnn_status images_write(const idx_images *images, const options *o, cnn_error *err)
{
    FILE *out = o->out != NULL ? fopen(o->out, "w") : stdout;
    const char *name = o->out != NULL ? o->out : "standard output";
    if (out == NULL)
        return cnn_fail(err, CNN_E_INPUT, "cannot write '%.200s': %s", name, strerror(errno));
    for (size_t i = 0; i < images->n; i++)
        image_print(images, i, (int)o->shrink, out);
    bool is_written = fflush(out) == 0 && !ferror(out);
    int cause = errno;
    if (out != stdout && fclose(out) != 0 && is_written) {
        is_written = false;
        cause = errno;
    }
    if (!is_written)
        return cnn_fail(err, CNN_E_INPUT, "cannot write '%.200s': %s", name, strerror(cause));
    return CNN_OK;
}

static cnn_status convert(const options *o, cnn_error *err)
{
    idx_images images = {0};
    CNN_TRY(idx_images_load(o->data, o->set, (size_t)o->samples, CLASSES, err, &images));
    cnn_status status = CNN_OK;
    if (o->shrink > images.rows || o->shrink > images.cols)
        status = cnn_fail(err, CNN_E_USAGE, "--shrink %ld leaves nothing of %d x %d pixels",
                          o->shrink, images.rows, images.cols);
    else
        status = images_write(&images, o, err);
    idx_images_release(&images);
    return status;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0;
    cnn_error err = {""};
    options o = {0};
    cnn_status status = options_parse(argc, argv, &err, &o);
    if (status == CNN_OK)
        status = convert(&o, &err);
    if (status != CNN_OK)
        (void)fprintf(stderr, "idx2libsvm: %s\n", err.text);
    if (status == CNN_E_USAGE)
        (void)fputs("try 'idx2libsvm --help'\n", stderr);
    return cnn_exit_status(status);
}
