/*
 * Arena: many small blocks freed together (snapshots, definitions).
 *
 * Zero-initialise with ECO_ARENA_INIT(ctx), allocate, release once.  Blocks are zeroed, 16-byte
 * aligned, never moved.  A failed allocation gives NULL with the context's message set.
 */
#ifndef ECO_CORE_ARENA_H
#define ECO_CORE_ARENA_H

#include "core/ctx.h"

typedef struct eco_arena_chunk eco_arena_chunk;

typedef struct eco_arena {
    ecopt_ctx *ctx;         /* borrowed */
    eco_arena_chunk *chunk; /* newest, owned; links to the older ones */
    size_t used_b;          /* of the newest chunk */
    size_t room_b;          /* of the newest chunk */
} eco_arena;

#define ECO_ARENA_INIT(context) \
    {                           \
        (context), NULL, 0, 0   \
    }

/** Zeroed array of n elements of size_b bytes; NULL on no memory or overflow. */
void *eco_arena_alloc(eco_arena *arena, size_t n, size_t size_b);

/** Copy of a text; NULL for NULL, and NULL on no memory. */
char *eco_arena_strdup(eco_arena *arena, const char *text);

/** Copy of n bytes, NUL-terminated; NULL on no memory. */
char *eco_arena_strndup(eco_arena *arena, const char *text, size_t n);

/** Frees everything; the arena may be used again. */
void eco_arena_release(eco_arena *arena);

#endif
