/*
 * Small IDX files for tests, and ways to spoil them.  All functions fail the running test when the
 * file system does.
 */
#ifndef IDX_SAMPLES_H
#define IDX_SAMPLES_H

#include "support/eco_test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

/** Pixel number i of every sample file. */
static inline unsigned char idx_sample_pixel(size_t i)
{
    return (unsigned char)(i * 37 % 256);
}

/** Writes bytes to DIR/NAME, compressed or not. */
static inline void idx_sample_put(const char *dir, const char *name, const unsigned char *bytes,
                                  size_t n, bool is_compressed)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s%s", dir, name, is_compressed ? ".gz" : "");
    /* "T" writes without compression: a plain file by the same calls. */
    gzFile file = gzopen(path, is_compressed ? "wb" : "wbT");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)n), (int)n);
    assert_int_equal(gzclose(file), Z_OK);
}

/** Writes PREFIX-images and PREFIX-labels: n < 256 images, labels 0, 1, ... 9, 0, ... */
static inline void idx_sample_write(const char *dir, const char *prefix, int n, int rows, int cols,
                                    bool is_compressed)
{
    size_t size = (size_t)n * (size_t)rows * (size_t)cols;
    unsigned char *bytes = calloc(16 + size, 1);
    char name[64];
    assert_non_null(bytes);
    bytes[2] = 8;
    bytes[3] = 3;
    bytes[7] = (unsigned char)n;
    bytes[11] = (unsigned char)rows;
    bytes[15] = (unsigned char)cols;
    for (size_t i = 0; i < size; i++)
        bytes[16 + i] = idx_sample_pixel(i);
    (void)snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    idx_sample_put(dir, name, bytes, 16 + size, is_compressed);

    bytes[3] = 1;
    for (int i = 0; i < n; i++)
        bytes[8 + i] = (unsigned char)(i % 10);
    (void)snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
    idx_sample_put(dir, name, bytes, 8 + (size_t)n, is_compressed);
    free(bytes);
}

/** Cuts DIR/NAME to a length in bytes. */
static inline void idx_sample_cut(const char *dir, const char *name, long length)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(truncate(path, length), 0);
}

/** Overwrites (or appends) one byte of DIR/NAME. */
static inline void idx_sample_poke(const char *dir, const char *name, long at, int byte)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte, file), byte);
    assert_int_equal(fclose(file), 0);
}

/** Removes DIR/NAME. */
static inline void idx_sample_remove(const char *dir, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

#endif
