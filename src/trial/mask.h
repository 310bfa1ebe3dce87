/*
 * Secrets kept out of what is stored: the values of environment variables that hold them.
 *
 * Which variables: those of the definition's `secrets`, and those whose names tell (*TOKEN, *_KEY,
 * *PASSWORD*, ...).  Their values, in ECOpt's own environment and in the definition's `env`, are
 * overwritten wherever they occur in text that ECOpt keeps or shows: the study file's text, the
 * programs' output, reasons of failures.  Byte by byte, so that lengths and places stay.
 *
 * Not masked: files that a program writes by itself, and a secret in another form (encoded, cut
 * into pieces, in upper case).
 *
 * Call order: eco_mask_new, then eco_mask_text or, for output that comes in pieces, a stream of
 * eco_mask_feed and eco_mask_flush; eco_mask_free.  Owner: the caller.  Threads: a mask is constant
 * once made; a stream is its caller's.
 */
#ifndef ECO_TRIAL_MASK_H
#define ECO_TRIAL_MASK_H

#include "core/ctx.h"

#include <ecopt/definition.h>

typedef struct eco_mask eco_mask;

/** Takes bytes that are to be kept. */
typedef ecopt_status (*eco_mask_sink)(void *user, const char *bytes, size_t n);

/** Output on its way; zero-initialise. */
typedef struct eco_mask_stream {
    char *held; /* owned: the end of what came, which may be the beginning of a secret */
    size_t n;
    size_t room;
} eco_mask_stream;

/**
 * Collects the secrets.
 *
 * @param[in]  definition  `secrets` and `env` of it
 * @param[in]  envp        NULL-terminated NAME=value pairs, copied
 * @param[out] ret_mask    caller frees with eco_mask_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_mask_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                                       char *const *envp, eco_mask **ret_mask);

/** Frees it; NULL is allowed. */
void eco_mask_free(eco_mask *mask);

/** True when a variable of that name (n bytes) holds a secret. */
bool eco_mask_is_secret(const ecopt_definition *definition, const char *name, size_t n);

/** True when a name (n bytes) matches a pattern: '*' at either end stands for anything.  Names of
 *  secrets match in any case. */
bool eco_mask_matches(const char *pattern, const char *name, size_t n, bool has_case);

/** Overwrites all secrets in n bytes with '*'.  NULL is a mask without secrets. */
void eco_mask_text(const eco_mask *mask, char *text, size_t n);

/**
 * Overwrites the secrets in the text of a study file with 'x', so that it stays one: '*' means
 * something in YAML.  Only whole words, and no numbers: those would more likely be the study's own.
 */
void eco_mask_definition(const eco_mask *mask, char *text);

/**
 * Hands bytes on, masked.  The last few may be held back until it is known what follows.
 *
 * @return ECOPT_OK, ECOPT_E_NOMEM, what the sink says
 */
ECOPT_NODROP ecopt_status eco_mask_feed(const eco_mask *mask, eco_mask_stream *stream,
                                        const char *bytes, size_t n, eco_mask_sink sink,
                                        void *user);

/** Hands on what is held back, and frees it.  @return what the sink says */
ECOPT_NODROP ecopt_status eco_mask_flush(const eco_mask *mask, eco_mask_stream *stream,
                                         eco_mask_sink sink, void *user);

#endif
