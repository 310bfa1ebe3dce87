/*
 * Chunks in a list, blocks cut off the newest one.
 *
 * Each block is followed by at least one byte of padding, so even a block of no bytes has an
 * address of its own, and a write just behind a block is more likely to hit padding than a
 * neighbour.
 */
#include "core/arena.h"

#include <string.h>

enum {
    BLOCK_ALIGN_B = 16,
    CHUNK_B = 16384 /* a snapshot of a few trials fits in one */
};

struct eco_arena_chunk {
    _Alignas(16) eco_arena_chunk *older;
};

void *eco_arena_alloc(eco_arena *arena, size_t n, size_t size_b)
{
    size_t bytes, padded;
    if (__builtin_mul_overflow(n, size_b, &bytes) ||
        __builtin_add_overflow(bytes, (size_t)BLOCK_ALIGN_B, &padded)) {
        (void)eco_fail(arena->ctx, ECOPT_E_NOMEM, "cannot allocate %zu x %zu bytes", n, size_b);
        return NULL;
    }
    /* Up to the next multiple, and a whole step more when it was one already. */
    padded = padded / BLOCK_ALIGN_B * BLOCK_ALIGN_B;
    if (padded > arena->room_b - arena->used_b) {
        /* A large block gets a chunk of its own; what was left of the old one is given up, at
         * most one chunk's worth per large block. */
        size_t room_b = padded > CHUNK_B ? padded : CHUNK_B;
        eco_arena_chunk *chunk = eco_alloc(arena->ctx, 1, sizeof *chunk + room_b);
        if (!chunk)
            return NULL;
        chunk->older = arena->chunk;
        arena->chunk = chunk;
        arena->used_b = 0;
        arena->room_b = room_b;
    }
    /* Zeroed already: eco_alloc zeroes the chunk, and no byte is given out twice. */
    unsigned char *block = (unsigned char *)(arena->chunk + 1) + arena->used_b;
    arena->used_b += padded;
    return block;
}

/* The NUL behind the copy is one of the zeroed bytes. */
char *eco_arena_strndup(eco_arena *arena, const char *text, size_t n)
{
    char *copy = eco_arena_alloc(arena, n + 1, 1);
    if (copy && n > 0)
        memcpy(copy, text, n);
    return copy;
}

char *eco_arena_strdup(eco_arena *arena, const char *text)
{
    return text ? eco_arena_strndup(arena, text, strlen(text)) : NULL;
}

void eco_arena_release(eco_arena *arena)
{
    while (arena->chunk) {
        eco_arena_chunk *older = arena->chunk->older;
        eco_free(arena->ctx, arena->chunk);
        arena->chunk = older;
    }
    arena->used_b = arena->room_b = 0;
}
