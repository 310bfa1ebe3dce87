/*
 * UTF-8 checking, escaping and width.
 *
 * One decoder serves all: what is not UTF-8 by RFC 3629 becomes U+FFFD byte by byte, so that no
 * later writer (JSON, HTML) meets a broken sequence.  Locale functions are not used: a library must
 * not depend on the program's setlocale.
 */
#include "report/clean.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Length of the valid UTF-8 sequence at `text` and its code point; 0 for an invalid one.
 * Overlong forms, surrogates and values above U+10FFFF are invalid (RFC 3629, section 3).
 */
static size_t decode(const char *text, uint32_t *ret_code)
{
    const unsigned char *byte = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = byte[0] < 0x80             ? 1
                    : (byte[0] & 0xe0) == 0xc0 ? 2
                    : (byte[0] & 0xf0) == 0xe0 ? 3
                    : (byte[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (length == 0)
        return 0;
    uint32_t code = length == 1 ? byte[0] : byte[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (byte[i] & 0x3fu);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return length;
}

/* C0, DEL and C1 controls; also the marks that reorder text, which can disguise a name. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/*
 * The five characters that mean something in content or in quoted attributes; both quotes, so
 * that the caller may use either.
 */
static const char *html_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/*
 * One pass for all three forms. Reading code points, not bytes, is what makes the result valid
 * UTF-8: a byte sequence that is no code point becomes the replacement character.
 */
static void add(eco_str *str, const char *text, bool keep_lines, bool is_html)
{
    while (text && *text) {
        uint32_t code = 0;
        size_t length = decode(text, &code);
        const char *entity = is_html && length == 1 ? html_entity(*text) : NULL;
        if (length == 0)
            eco_str_add(str, REPLACEMENT);
        else if (keep_lines && (code == '\n' || code == '\t'))
            eco_str_add_char(str, *text);
        else if (is_control(code))
            eco_str_add_char(str, ' ');
        else if (entity)
            eco_str_add(str, entity);
        else
            eco_str_add_bytes(str, text, length);
        text += length ? length : 1;
    }
}

void eco_clean_add(eco_str *str, const char *text)
{
    add(str, text, false, false);
}

void eco_clean_add_lines(eco_str *str, const char *text)
{
    add(str, text, true, false);
}

void eco_clean_add_html(eco_str *str, const char *text)
{
    add(str, text, true, true);
}

/* East Asian wide and emoji ranges, coarse: only alignment depends on it (Unicode TR 11). */
static bool is_wide(uint32_t code)
{
    return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
           (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
           (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
           (code >= 0x20000 && code <= 0x3fffd);
}

/*
 * Blocks that terminals draw upon the character before: they take no column. Rarer ones are
 * counted as one column, which shifts a line and harms nothing.
 */
static bool is_combining(uint32_t code)
{
    return (code >= 0x300 && code <= 0x36f) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x20d0 && code <= 0x20ff) || (code >= 0xfe00 && code <= 0xfe0f);
}

size_t eco_clean_width(const char *text)
{
    size_t width = 0;
    while (text && *text) {
        uint32_t code = 0;
        size_t length = decode(text, &code);
        width += is_wide(code) ? 2 : is_combining(code) ? 0 : 1;
        text += length ? length : 1;
    }
    return width;
}
