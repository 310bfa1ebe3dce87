/*
 * cnn_rng.h - a small seeded random generator: initial weights and the order of the images.
 *
 * SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", figure
 * 17): 64 bits of state, the same stream on every machine.  Plain struct, owned by the caller; not
 * for cryptography.
 */
#ifndef CNN_RNG_H
#define CNN_RNG_H

#include <stddef.h>
#include <stdint.h>

/** State; set it to the seed. */
typedef struct cnn_rng {
    uint64_t state;
} cnn_rng;

/** Next 64 random bits. */
uint64_t cnn_rng_next(cnn_rng *rng);

/** Uniform in the open interval (0, 1): never 0, so its logarithm is finite. */
double cnn_rng_uniform(cnn_rng *rng);

/** Standard normal by Box and Muller 1958 (cosine branch only, for simplicity). */
double cnn_rng_normal(cnn_rng *rng);

/** Puts the n numbers in random order (Fisher and Yates), every order equally likely. */
void cnn_rng_shuffle(cnn_rng *rng, uint32_t *items, size_t n);

#endif
