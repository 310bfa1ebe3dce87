/*
 * Context: allocator, last error and log callback, passed first to every call.
 *
 * Call order: ecopt_ctx_new, then everything else, then ecopt_ctx_free once all objects made with
 * it are freed.  Owner: the caller.  Threads: a context and the objects made with it belong to one
 * thread at a time; use one context per thread.  The library keeps no global state, prints nothing
 * and never ends the process.
 */
#ifndef ECOPT_CTX_H
#define ECOPT_CTX_H

#include <ecopt/export.h>
#include <ecopt/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ecopt_ctx ecopt_ctx;

typedef enum ecopt_log_level {
    ECOPT_LOG_ERROR,
    ECOPT_LOG_WARNING,
    ECOPT_LOG_INFO,
    ECOPT_LOG_DEBUG
} ecopt_log_level;

/** Receives one message without newline; `message` is valid during the call only. */
typedef void (*ecopt_log_fn)(void *user, ecopt_log_level level, const char *message);

/** Size-versioned options: `size` = sizeof of the caller's struct, zero or NULL fields mean
 * default. */
typedef struct ecopt_ctx_options {
    size_t size;
    void *(*alloc)(void *user, size_t size_b, size_t align_b); /* NULL result = out of memory */
    void (*free)(void *user, void *block, size_t size_b);
    void *alloc_user;
    ecopt_log_fn log;
    void *log_user;
} ecopt_ctx_options;

#define ECOPT_CTX_OPTIONS_INIT                   \
    {                                            \
        sizeof(ecopt_ctx_options), 0, 0, 0, 0, 0 \
    }

/**
 * Makes a context.
 *
 * @param[in]  options  NULL for defaults (libc allocator, silent); copied
 * @param[out] ret_ctx  caller owns, frees with ecopt_ctx_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (only one of alloc and free given, or size 0), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_ctx_new(const ecopt_ctx_options *options,
                                                  ecopt_ctx **ret_ctx);

/** Frees a context; NULL is allowed.  Objects made with it must be gone. */
ECOPT_API void ecopt_ctx_free(ecopt_ctx *ctx);

/** Text of the last failure in this context ("" if none), valid until the next failing call. */
ECOPT_API const char *ecopt_ctx_errmsg(const ecopt_ctx *ctx);

/** What the user can do about the last failure ("" if nothing better than the message). */
ECOPT_API const char *ecopt_ctx_errhint(const ecopt_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
