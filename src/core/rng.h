/*
 * Counter-based random numbers: Philox4x64-10 (Salmon et al. 2011, "Parallel random numbers: as
 * easy as 1, 2, 3", doi:10.1145/2063384.2063405).
 *
 * key = study seed, counter = (block, stream, trial, 0).  Any number of any trial can be recomputed
 * after a crash without replaying the others, and no state is stored.  Known answers come from
 * numpy's Philox (tests/unit/test_rng.c).
 */
#ifndef ECO_CORE_RNG_H
#define ECO_CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

/** What a stream of numbers is for; part of the counter, so streams never overlap. */
typedef enum eco_rng_stream {
    ECO_STREAM_RANDOM_POINT = 1,
    ECO_STREAM_SOBOL_SCRAMBLE = 2,
    ECO_STREAM_GP_START = 3,
    ECO_STREAM_ACQ_START = 4,
    ECO_STREAM_TRIAL_SEED = 5,
    ECO_STREAM_METER_JITTER = 6,
    ECO_STREAM_PATHS = 7,
    ECO_STREAM_OFFSPRING = 8,
    ECO_STREAM_WEIGHTS = 9,
    ECO_STREAM_REGION = 10,
    ECO_STREAM_CHECK = 11,
    ECO_STREAM_PAIRS = 12,
    ECO_STREAM_CHANCE = 13,
    ECO_STREAM_CONFIRM = 14,
    ECO_STREAM_SAVING = 15,
    ECO_STREAM_TEST = 100
} eco_rng_stream;

/** Position in one stream; plain data, copy freely. */
typedef struct eco_rng {
    uint64_t key[2];
    uint64_t counter[4];
    uint64_t block[4]; /* numbers of the current block */
    unsigned used;     /* how many of them were given out */
} eco_rng;

/** Starts stream `stream` of item `item` (a trial number, or 0) under `seed`. */
void eco_rng_init(eco_rng *rng, uint64_t seed, eco_rng_stream stream, uint64_t item);

/** Next 64 random bits. */
uint64_t eco_rng_u64(eco_rng *rng);

/** Uniform in [0, 1) with 53 random bits. */
double eco_rng_uniform(eco_rng *rng);

/** Unbiased integer in 0..n-1 (rejection, not modulo); n >= 1. */
uint64_t eco_rng_below(eco_rng *rng, uint64_t n);

/** Standard normal deviate by the polar method (Marsaglia, Bray 1964). */
double eco_rng_normal(eco_rng *rng);

/** One Philox4x64-10 block: out = f(counter, key). */
void eco_philox4x64(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]);

#endif
