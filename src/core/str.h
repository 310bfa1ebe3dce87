/*
 * Growing text buffer and number formatting.
 *
 * eco_str is owned by the caller: zero-initialise with ECO_STR_INIT(ctx), append, take the text
 * with eco_str_take or drop it with eco_str_release.  Appends after a failed one do nothing, so a
 * chain of appends is checked once, by eco_str_status.
 */
#ifndef ECO_CORE_STR_H
#define ECO_CORE_STR_H

#include "core/ctx.h"

typedef struct eco_str {
    ecopt_ctx *ctx; /* borrowed */
    char *text;     /* owned, NUL-terminated once anything was appended; NULL before */
    size_t length;  /* bytes without the NUL */
    size_t room;    /* bytes allocated */
    ecopt_status status;
} eco_str;

#define ECO_STR_INIT(context)           \
    {                                   \
        (context), NULL, 0, 0, ECOPT_OK \
    }

/** Enough for any double of eco_format_double, with NUL. */
#define ECO_DOUBLE_TEXT_B 32

/** Appends n bytes. */
void eco_str_add_bytes(eco_str *str, const char *bytes, size_t n);

/** Appends a NUL-terminated text. */
void eco_str_add(eco_str *str, const char *text);

/** Appends one byte. */
void eco_str_add_char(eco_str *str, char c);

/** Appends formatted text. */
void eco_str_addf(eco_str *str, const char *format, ...) ECOPT_PRINTF(2, 3);

/** Empties the buffer but keeps its memory. */
void eco_str_clear(eco_str *str);

/** ECOPT_OK, or ECOPT_E_NOMEM when some append failed. */
ECOPT_NODROP ecopt_status eco_str_status(const eco_str *str);

/** The text so far, never NULL; valid until the next append. */
const char *eco_str_text(const eco_str *str);

/**
 * Hands the text over (empty text if nothing was appended) and resets the buffer.
 *
 * @param[out] ret_text  caller frees with eco_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_str_take(eco_str *str, char **ret_text);

/** Frees the memory. */
void eco_str_release(eco_str *str);

/** Shortest decimal that reads back as exactly `value` ("%.15g", else 16, else 17 digits; "nan",
 * "inf"). */
void eco_format_double(double value, char text[ECO_DOUBLE_TEXT_B]);

/**
 * Whole of `text` as a finite or infinite C-locale double.
 * @return true and sets *ret_value, or false (empty, trailing characters, not a number, NaN)
 */
bool eco_parse_double(const char *text, double *ret_value);

/** Whole of `text` as a decimal int64; false on anything else or overflow. */
bool eco_parse_int(const char *text, int64_t *ret_value);

/**
 * Closest of n candidate words to `word` by edit distance (Damerau-Levenshtein, restricted), for
 * "did you mean".  NULL when none is within a third of the word's length (at least 1, at most 3
 * edits).
 */
const char *eco_closest_word(const char *word, const char *const *candidates, size_t n);

#endif
