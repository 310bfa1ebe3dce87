/*
 * Text of a foreign program made fit for one line of a message.
 *
 * Threads: pure functions over the caller's buffer.
 */
#ifndef ECO_TRIAL_QUOTE_H
#define ECO_TRIAL_QUOTE_H

#include "core/str.h"

/**
 * Appends n bytes as valid UTF-8 on one line: control characters and bytes that are not UTF-8
 * become \n, \t or \xNN.  At most about max_b bytes are appended, then "...".
 */
void eco_quote(eco_str *out, const char *bytes, size_t n, size_t max_b);

/** Length 1..4 of the valid UTF-8 sequence that begins at text (n >= 1 bytes left), or 0. */
size_t eco_utf8_length(const char *text, size_t n);

#endif
