#include "trial/quote.h"

/* Unicode 15, table 3-7: the second byte's range depends on the first, which rules out overlong
 * forms, surrogates and code points beyond U+10FFFF. */
size_t eco_utf8_length(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (length == 0 || s[0] > 0xf4 || length > n)
        return 0;
    unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < length; i++) {
        if (s[i] < low || s[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

/*
 * For texts that come from outside and go to terminals, tables and HTML: what could move a cursor,
 * change a colour or end a line is spelt out, everything printable stays as it is.  Invalid UTF-8
 * is spelt out byte by byte, so the result is always valid.
 */
void eco_quote(eco_str *out, const char *bytes, size_t n, size_t max_b)
{
    size_t end = out->length + max_b;
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t length = eco_utf8_length(bytes + i, n - i);
        /* U+0080..U+009F are control characters too. */
        bool is_c1 = length == 2 && c == 0xc2 && (unsigned char)bytes[i + 1] < 0xa0;
        if (out->length >= end) {
            eco_str_add(out, "...");
            return;
        }
        if (c == '\n')
            eco_str_add(out, "\\n");
        else if (c == '\t')
            eco_str_add(out, "\\t");
        else if (length == 0 || c < 0x20 || c == 0x7f || is_c1)
            eco_str_addf(out, "\\x%02x", c);
        else
            eco_str_add_bytes(out, bytes + i, length);
        i += length > 1 && !is_c1 ? length : 1;
    }
}
