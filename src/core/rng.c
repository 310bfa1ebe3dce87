#include "core/rng.h"

#include <math.h>

/* Round multipliers and Weyl key increments of Philox4x64 (Salmon et al. 2011, table 2 and
 * Random123). */
#define PHILOX_M0 0xD2E7470EE14C6C93u
#define PHILOX_M1 0xCA5A826395121157u
#define PHILOX_W0 0x9E3779B97F4A7C15u
#define PHILOX_W1 0xBB67AE8584CAA73Bu

enum { PHILOX_ROUNDS = 10 };

__extension__ typedef unsigned __int128 u128;

/* Section 3 of the paper: ten rounds of two 64 x 64 -> 128 bit products whose halves are crossed
 * and keyed; the key grows by a Weyl sequence. */
void eco_philox4x64(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4])
{
    uint64_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint64_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        u128 p0 = (u128)PHILOX_M0 * c0, p1 = (u128)PHILOX_M1 * c2;
        uint64_t next0 = (uint64_t)(p1 >> 64) ^ c1 ^ k0;
        uint64_t next2 = (uint64_t)(p0 >> 64) ^ c3 ^ k1;
        c0 = next0;
        c1 = (uint64_t)p1;
        c2 = next2;
        c3 = (uint64_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* used = 4 marks the block as empty: the first number computes it. */
void eco_rng_init(eco_rng *rng, uint64_t seed, eco_rng_stream stream, uint64_t item)
{
    *rng = (eco_rng){.key = {seed, 0}, .counter = {0, (uint64_t)stream, item, 0}, .used = 4};
}

uint64_t eco_rng_u64(eco_rng *rng)
{
    if (rng->used == 4) {
        eco_philox4x64(rng->counter, rng->key, rng->block);
        rng->counter[0]++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

/* The top 53 bits as a multiple of 2^-53: all equally likely, 1 never. */
double eco_rng_uniform(eco_rng *rng)
{
    return (double)(eco_rng_u64(rng) >> 11) * 0x1p-53;
}

/* (0 - n) % n is 2^64 mod n without 128 bits. Rejects less than one draw in two even for the
 * worst n. */
uint64_t eco_rng_below(eco_rng *rng, uint64_t n)
{
    /* Numbers below 2^64 mod n would be over-represented: draw again. */
    uint64_t reject = (0 - n) % n;
    uint64_t bits;
    do
        bits = eco_rng_u64(rng);
    while (bits < reject);
    return bits % n;
}

/* Takes a random number of uniforms, which is why each trial has a stream of its own. */
double eco_rng_normal(eco_rng *rng)
{
    double u, v, s;
    do {
        u = 2 * eco_rng_uniform(rng) - 1;
        v = 2 * eco_rng_uniform(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    /* The second deviate is dropped so that the state stays a plain counter. */
    return u * sqrt(-2 * log(s) / s);
}
