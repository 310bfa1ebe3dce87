/*
 * Face of the fuzz targets: each defines LLVMFuzzerTestOneInput.
 *
 * Built with ECOPT_FUZZ (clang) a target is a libFuzzer program; else replay_main.c runs it over
 * the files it is given, which ctest does with the corpus.
 */
#ifndef ECO_FUZZ_H
#define ECO_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** Ends the program when a property does not hold, which both drivers take for a finding. */
#define FUZZ_CHECK(condition)                                                                   \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            (void)fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
            abort();                                                                            \
        }                                                                                       \
    } while (0)

/** One input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
