/*
 * Internal side of the context: allocation, error text, logging.
 *
 * No module calls malloc.  eco_alloc gives zeroed, 64-byte aligned blocks and remembers their size,
 * so eco_free needs none.  Failures are reported by `return eco_fail(ctx, code, "...")` at the
 * place that knows the object and the cause; callers forward with ECO_TRY and do not overwrite the
 * text.
 */
#ifndef ECO_CORE_CTX_H
#define ECO_CORE_CTX_H

#include <ecopt/ctx.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/** Forwards a failure of `expr` to the caller; use only where nothing has to be released. */
#define ECO_TRY(expr)                          \
    do {                                       \
        ecopt_status eco_try_status_ = (expr); \
        if (eco_try_status_ != ECOPT_OK)       \
            return eco_try_status_;            \
    } while (0)

/** Number of elements of an array. */
#define ECO_LEN(array) (sizeof(array) / sizeof((array)[0]))

/**
 * Zeroed array of n elements of `size_b` bytes, 64-byte aligned; n = 0 gives a valid block.
 *
 * @return block owned by the caller (eco_free), or NULL with ECOPT_E_NOMEM text set in ctx
 */
void *eco_alloc(ecopt_ctx *ctx, size_t n, size_t size_b);

/**
 * Grows (or makes, block NULL) an array to n elements, keeping contents and zeroing the new tail.
 * On failure NULL is returned and the old block stays valid.
 */
void *eco_realloc(ecopt_ctx *ctx, void *block, size_t n, size_t size_b);

/** Frees a block of eco_alloc; NULL is allowed. */
void eco_free(ecopt_ctx *ctx, void *block);

/** Copy of a NUL-terminated text (NULL gives NULL); caller frees with eco_free; NULL on no memory.
 */
char *eco_strdup(ecopt_ctx *ctx, const char *text);

/** Copy of the first n bytes of text, NUL-terminated. */
char *eco_strndup(ecopt_ctx *ctx, const char *text, size_t n);

/** Freshly allocated formatted text; NULL on no memory. */
char *eco_asprintf(ecopt_ctx *ctx, const char *format, ...) ECOPT_PRINTF(2, 3);

/** Records the error text (no allocation, truncated to fit), clears the hint and returns `status`.
 */
ecopt_status eco_fail(ecopt_ctx *ctx, ecopt_status status, const char *format, ...)
    ECOPT_PRINTF(3, 4);

/** Adds the remedy to the failure just recorded and returns `status` unchanged. */
ecopt_status eco_hint(ecopt_ctx *ctx, ecopt_status status, const char *format, ...)
    ECOPT_PRINTF(3, 4);

#ifdef __clang_analyzer__
/* The analyser looks at one file at a time, so it must be told that both return their argument. */
#define eco_fail(ctx, status, ...) ((void)(eco_fail)((ctx), (status), __VA_ARGS__), (status))
#define eco_hint(ctx, status, ...) ((void)(eco_hint)((ctx), (status), __VA_ARGS__), (status))
#endif

/** Sends a message to the caller's log callback, if there is one. */
void eco_log(ecopt_ctx *ctx, ecopt_log_level level, const char *format, ...) ECOPT_PRINTF(3, 4);

/** Bytes now allocated through ctx (for tests and the debug log). */
size_t eco_ctx_live_b(const ecopt_ctx *ctx);

#endif
