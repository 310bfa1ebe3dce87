/* Not rand(): its stream differs between C libraries, and a seed should mean the same everywhere.
 */
#include "cnn_rng.h"

#include <math.h>

uint64_t cnn_rng_next(cnn_rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double cnn_rng_uniform(cnn_rng *rng)
{
    /* The middle of one of 2^52 cells: both ends of (0, 1) stay out of reach. */
    return ((double)(cnn_rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

/*
 * The sine branch would give a second number for free; keeping it would add state to the generator,
 * and weights are drawn once per training.
 */
double cnn_rng_normal(cnn_rng *rng)
{
    double radius = sqrt(-2.0 * log(cnn_rng_uniform(rng)));
    return radius * cos(2.0 * 3.14159265358979323846 * cnn_rng_uniform(rng));
}

/* Uniform in 0..bound-1; rejects the incomplete last block, because a modulo alone is biased. */
static uint64_t below(cnn_rng *rng, uint64_t bound)
{
    uint64_t first_whole = (0 - bound) % bound;
    uint64_t bits;
    do
        bits = cnn_rng_next(rng);
    while (bits < first_whole);
    return bits % bound;
}

void cnn_rng_shuffle(cnn_rng *rng, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)below(rng, i);
        uint32_t held = items[i - 1];
        items[i - 1] = items[j];
        items[j] = held;
    }
}
