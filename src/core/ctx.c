/*
 * The context: where memory comes from, what went wrong last, who listens to the log.
 *
 * It is passed down through every call instead of being global, so two studies in one program share
 * nothing, and a test can give one of them an allocator that fails.
 */
#include "core/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ERRMSG_B = 1024,
    ALIGN_B = 64 /* one cache line; also what the vector kernels like best */
};

struct ecopt_ctx {
    ecopt_ctx_options options;
    size_t live_b; /* sum of the block sizes given out and not yet freed */
    char errmsg[ERRMSG_B];
    char errhint[ERRMSG_B];
};

/* Sits in front of every block, padded to keep the block aligned. */
typedef struct block_header {
    size_t size_b; /* payload */
} block_header;

static void *default_alloc(void *user, size_t size_b, size_t align_b)
{
    (void)user;
    /* aligned_alloc wants a multiple of the alignment. */
    return aligned_alloc(align_b, (size_b + align_b - 1) / align_b * align_b);
}

static void default_free(void *user, void *block, size_t size_b)
{
    (void)user;
    (void)size_b;
    free(block);
}

ecopt_status ecopt_ctx_new(const ecopt_ctx_options *options, ecopt_ctx **ret_ctx)
{
    ecopt_ctx_options given = ECOPT_CTX_OPTIONS_INIT;
    if (!ret_ctx || (options && options->size == 0))
        return ECOPT_E_ARG;
    if (options) {
        size_t n = options->size < sizeof given ? options->size : sizeof given;
        memcpy(&given, options, n);
    }
    /* One without the other would mix two allocators. */
    if (!given.alloc != !given.free)
        return ECOPT_E_ARG;
    if (!given.alloc) {
        given.alloc = default_alloc;
        given.free = default_free;
    }
    ecopt_ctx *ctx = given.alloc(given.alloc_user, sizeof *ctx, ALIGN_B);
    if (!ctx)
        return ECOPT_E_NOMEM;
    memset(ctx, 0, sizeof *ctx);
    ctx->options = given;
    *ret_ctx = ctx;
    return ECOPT_OK;
}

void ecopt_ctx_free(ecopt_ctx *ctx)
{
    if (ctx)
        ctx->options.free(ctx->options.alloc_user, ctx, sizeof *ctx);
}

const char *ecopt_ctx_errmsg(const ecopt_ctx *ctx)
{
    return ctx ? ctx->errmsg : "";
}

const char *ecopt_ctx_errhint(const ecopt_ctx *ctx)
{
    return ctx ? ctx->errhint : "";
}

size_t eco_ctx_live_b(const ecopt_ctx *ctx)
{
    return ctx->live_b;
}

/* Zeroed, because a constructor that fails half way frees a struct whose unset pointers must be
 * NULL. */
void *eco_alloc(ecopt_ctx *ctx, size_t n, size_t size_b)
{
    size_t payload_b, total_b;
    if (__builtin_mul_overflow(n, size_b, &payload_b) ||
        __builtin_add_overflow(payload_b, (size_t)ALIGN_B, &total_b)) {
        (void)eco_fail(ctx, ECOPT_E_NOMEM, "cannot allocate %zu x %zu bytes", n, size_b);
        return NULL;
    }
    unsigned char *raw = ctx->options.alloc(ctx->options.alloc_user, total_b, ALIGN_B);
    if (!raw) {
        (void)eco_fail(ctx, ECOPT_E_NOMEM, "out of memory: could not allocate %zu bytes", total_b);
        return NULL;
    }
    memset(raw, 0, total_b);
    ((block_header *)(void *)raw)->size_b = payload_b;
    ctx->live_b += payload_b;
    return raw + ALIGN_B;
}

/* The header fills a whole alignment step, so that the payload behind it is aligned as well. */
static block_header *header_of(void *block)
{
    return (block_header *)(void *)((unsigned char *)block - ALIGN_B);
}

void eco_free(ecopt_ctx *ctx, void *block)
{
    if (!block)
        return;
    block_header *header = header_of(block);
    ctx->live_b -= header->size_b;
    ctx->options.free(ctx->options.alloc_user, header, header->size_b + ALIGN_B);
}

/* The custom allocator has no realloc: always a new block. Growing buffers double, so bytes are
 * copied twice at most on average. */
void *eco_realloc(ecopt_ctx *ctx, void *block, size_t n, size_t size_b)
{
    void *bigger = eco_alloc(ctx, n, size_b);
    if (!bigger || !block)
        return bigger;
    size_t old_b = header_of(block)->size_b;
    size_t new_b = header_of(bigger)->size_b;
    memcpy(bigger, block, old_b < new_b ? old_b : new_b);
    eco_free(ctx, block);
    return bigger;
}

char *eco_strndup(ecopt_ctx *ctx, const char *text, size_t n)
{
    size_t length = strnlen(text, n);
    char *copy = eco_alloc(ctx, length + 1, 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *eco_strdup(ecopt_ctx *ctx, const char *text)
{
    return text ? eco_strndup(ctx, text, strlen(text)) : NULL;
}

/* Formatted twice: for the length, then into a block of that length. */
char *eco_asprintf(ecopt_ctx *ctx, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    /* Negative for a byte sequence that is not valid in the locale; treated as no memory. */
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : eco_alloc(ctx, (size_t)length + 1, 1);
    if (text)
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

ecopt_status(eco_fail)(ecopt_ctx *ctx, ecopt_status status, const char *format, ...)
{
    /* Formatted aside first: an argument may be the old message itself. */
    char text[ERRMSG_B];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(ctx->errmsg, text, sizeof text);
    /* A hint belongs to the message it was set with. */
    ctx->errhint[0] = '\0';
    return status;
}

ecopt_status(eco_hint)(ecopt_ctx *ctx, ecopt_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(ctx->errhint, sizeof ctx->errhint, format, args);
    va_end(args);
    return status;
}

void eco_log(ecopt_ctx *ctx, ecopt_log_level level, const char *format, ...)
{
    if (!ctx->options.log)
        return;
    /* Longer lines are cut: a log must not need memory to say that there is none. */
    char text[ERRMSG_B];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ctx->options.log(ctx->options.log_user, level, text);
}
