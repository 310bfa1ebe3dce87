#include "trial/mask.h"

#include "core/ctx.h"

#include <string.h>
#include <strings.h>

/* Names by which people call what nobody else should know. */
static const char *const telling[] = {"*TOKEN",   "*_KEY",    "*PASSWORD*",
                                      "*PASSWD*", "*SECRET*", "*CREDENTIAL*"};

/* Shorter values are words of everyday text ("1", "true", "yes"), and output would be full of
 * holes.  A variable that the user named is believed sooner. */
enum { LEAST_TELLING_B = 8, LEAST_NAMED_B = 4 };

struct eco_mask {
    ecopt_ctx *ctx;
    size_t n, room, longest_b;
    char **values; /* owned */
};

/* One piece without '*': at the front, at the end, or anywhere. */
bool eco_mask_matches(const char *pattern, const char *name, size_t n, bool has_case)
{
    size_t length = strlen(pattern);
    bool is_open_left = length > 0 && pattern[0] == '*';
    bool is_open_right = length > 1 && pattern[length - 1] == '*';
    const char *piece = pattern + is_open_left;
    size_t m = length - is_open_left - is_open_right;
    if (m > n || (!is_open_left && !is_open_right && m != n))
        return false;
    size_t first = is_open_left && !is_open_right ? n - m : 0;
    size_t last = is_open_left ? n - m : 0;
    for (size_t i = first; i <= last; i++)
        if ((has_case ? strncmp : strncasecmp)(name + i, piece, m) == 0)
            return true;
    return false;
}

/* By the study file. The case of letters does not count, here as below: people write both. */
static bool is_named(const ecopt_definition *definition, const char *name, size_t n)
{
    for (size_t i = 0; i < definition->environment.n_secrets; i++)
        if (eco_mask_matches(definition->environment.secrets[i], name, n, false))
            return true;
    return false;
}

/* By what such names look like, whether the study file says so or not. */
static bool is_telling(const char *name, size_t n)
{
    for (size_t i = 0; i < ECO_LEN(telling); i++)
        if (eco_mask_matches(telling[i], name, n, false))
            return true;
    return false;
}

bool eco_mask_is_secret(const ecopt_definition *definition, const char *name, size_t n)
{
    return is_named(definition, name, n) || is_telling(name, n);
}

/* Longest first: of two secrets that begin alike the whole of the longer one is to go. */
static ecopt_status add_value(eco_mask *mask, const char *text)
{
    if (mask->n == mask->room) {
        size_t room = mask->room ? 2 * mask->room : 8;
        char **values = eco_realloc(mask->ctx, mask->values, room, sizeof *values);
        if (!values)
            return ECOPT_E_NOMEM;
        mask->values = values;
        mask->room = room;
    }
    char *value = eco_strdup(mask->ctx, text);
    if (!value)
        return ECOPT_E_NOMEM;
    size_t at = mask->n++;
    for (; at > 0 && strlen(mask->values[at - 1]) < strlen(value); at--)
        mask->values[at] = mask->values[at - 1];
    mask->values[at] = value;
    if (strlen(value) > mask->longest_b)
        mask->longest_b = strlen(value);
    return ECOPT_OK;
}

/* A value with a placeholder is made per trial and holds parameters: no secret. */
static ecopt_status add_pair(eco_mask *mask, const ecopt_definition *definition, const char *pair,
                             bool is_template)
{
    size_t n = strcspn(pair, "=");
    const char *value = pair[n] ? pair + n + 1 : "";
    size_t least_b = is_named(definition, pair, n) ? LEAST_NAMED_B
                     : is_telling(pair, n)         ? LEAST_TELLING_B
                                                   : 0;
    if (least_b == 0 || strlen(value) < least_b || (is_template && strchr(value, '{')))
        return ECOPT_OK;
    return add_value(mask, value);
}

/* The values are copied: the environment of a trial is gone when its log is still being read. On
 * failure what was made is freed here, so the caller holds a mask or nothing. */
ecopt_status eco_mask_new(ecopt_ctx *ctx, const ecopt_definition *definition, char *const *envp,
                          eco_mask **ret_mask)
{
    eco_mask *mask = eco_alloc(ctx, 1, sizeof *mask);
    if (!mask)
        return ECOPT_E_NOMEM;
    mask->ctx = ctx;
    ecopt_status status = ECOPT_OK;
    for (; envp && *envp && status == ECOPT_OK; envp++)
        status = add_pair(mask, definition, *envp, false);
    for (size_t i = 0; i < definition->n_env && status == ECOPT_OK; i++)
        status = add_pair(mask, definition, definition->env[i], true);
    if (status != ECOPT_OK) {
        eco_mask_free(mask);
        return status;
    }
    *ret_mask = mask;
    return ECOPT_OK;
}

void eco_mask_free(eco_mask *mask)
{
    if (!mask)
        return;
    for (size_t i = 0; i < mask->n; i++) {
        /* Memory that is given back should not hold it either. */
        explicit_bzero(mask->values[i], strlen(mask->values[i]));
        eco_free(mask->ctx, mask->values[i]);
    }
    eco_free(mask->ctx, mask->values);
    eco_free(mask->ctx, mask);
}

/* In place and of the same length: places in the text, of which messages and logs have many, stay
 * what they were. */
void eco_mask_text(const eco_mask *mask, char *text, size_t n)
{
    for (size_t i = 0; mask && i < mask->n; i++) {
        size_t m = strlen(mask->values[i]);
        for (char *at = text; (at = memmem(at, n - (size_t)(at - text), mask->values[i], m));
             at += m)
            memset(at, '*', m);
    }
}

/* A short secret may be part of a longer word of the study file, which is none of its business. */
static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void eco_mask_definition(const eco_mask *mask, char *text)
{
    for (size_t i = 0; mask && i < mask->n; i++) {
        const char *value = mask->values[i];
        size_t m = strlen(value);
        if (m < LEAST_TELLING_B || strspn(value, "0123456789.+-eE") == m)
            continue;
        for (char *at = text; (at = strstr(at, value)) != NULL; at += m)
            if ((at == text || !is_word_char(at[-1])) && !is_word_char(at[m]))
                memset(at, 'x', m);
    }
}

/* Bytes at the end of a text that are the beginning of a secret, and may become one. */
static size_t count_open(const eco_mask *mask, const char *text, size_t n)
{
    size_t most = mask->longest_b - 1 < n ? mask->longest_b - 1 : n;
    for (size_t length = most; length > 0; length--)
        for (size_t i = 0; i < mask->n; i++)
            if (length < strlen(mask->values[i]) &&
                memcmp(text + n - length, mask->values[i], length) == 0)
                return length;
    return 0;
}

/* A study without secrets pays nothing: the bytes pass through as they are. */
ecopt_status eco_mask_feed(const eco_mask *mask, eco_mask_stream *stream, const char *bytes,
                           size_t n, eco_mask_sink sink, void *user)
{
    if (!mask || mask->n == 0)
        return sink(user, bytes, n);
    /* Nothing new: what is held back stays so. Not even memcpy takes NULL for no bytes. */
    if (n == 0)
        return ECOPT_OK;
    if (stream->n + n > stream->room) {
        char *held = eco_realloc(mask->ctx, stream->held, stream->n + n, 1);
        if (!held)
            return ECOPT_E_NOMEM;
        stream->held = held;
        stream->room = stream->n + n;
    }
    memcpy(stream->held + stream->n, bytes, n);
    stream->n += n;
    eco_mask_text(mask, stream->held, stream->n);
    size_t open = count_open(mask, stream->held, stream->n), done = stream->n - open;
    ecopt_status status = done > 0 ? sink(user, stream->held, done) : ECOPT_OK;
    memmove(stream->held, stream->held + done, open);
    stream->n = open;
    return status;
}

/* What is held back is no whole secret, or it would have been overwritten. */
ecopt_status eco_mask_flush(const eco_mask *mask, eco_mask_stream *stream, eco_mask_sink sink,
                            void *user)
{
    ecopt_status status = stream->n > 0 ? sink(user, stream->held, stream->n) : ECOPT_OK;
    if (mask)
        eco_free(mask->ctx, stream->held);
    *stream = (eco_mask_stream){.held = NULL};
    return status;
}
