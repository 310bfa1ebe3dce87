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
    padded = padded / BLOCK_ALIGN_B * BLOCK_ALIGN_B;
    if (padded > arena->room_b - arena->used_b) {
        size_t room_b = padded > CHUNK_B ? padded : CHUNK_B;
        eco_arena_chunk *chunk = eco_alloc(arena->ctx, 1, sizeof *chunk + room_b);
        if (!chunk)
            return NULL;
        chunk->older = arena->chunk;
        arena->chunk = chunk;
        arena->used_b = 0;
        arena->room_b = room_b;
    }
    unsigned char *block = (unsigned char *)(arena->chunk + 1) + arena->used_b;
    arena->used_b += padded;
    return block;
}

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
