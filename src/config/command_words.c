/*
 * Words of a command line.
 *
 * The rules are those of POSIX sh, section 2.2 (quoting), as far as they concern words; what a
 * shell would do beyond splitting is refused rather than passed on silently.  The line is walked
 * twice, once to count and once to copy, so the list of words needs no growing.
 *
 * Input is one command line of a study file, output the argument vector of a phase with its
 * placeholders untouched: {lr} is an ordinary part of a word here, and is replaced after splitting,
 * so that a value never meets these rules.
 */
#include "config/command_words.h"

#include "core/str.h"

#include <string.h>

/* The walk: `at` is always the next byte to read, `word` what has been read of the current word. */
typedef struct splitter {
    const char *text;
    size_t at;
    eco_str word;
    eco_words_error *error;
} splitter;

/* strchr finds the terminating NUL too, which is no blank but the end. */
static bool is_blank(char c)
{
    return c != '\0' && strchr(" \t\r\n", c);
}

/* Notes place and character for the caller, which words its own message; the context's message
 * is for those who look no further. */
static ecopt_status refuse(splitter *s, size_t offset, char character, const char *what)
{
    *s->error = (eco_words_error){offset, character, what};
    return eco_fail(s->word.ctx, ECOPT_E_PARSE, "%s at byte %zu", what, offset + 1);
}

/* Up to the next quote all is literal, backslashes too.  When it is missing, the place told is
 * where the quote was opened: the end of the line says nothing. */
static ecopt_status read_single(splitter *s)
{
    size_t start = s->at++;
    const char *end = strchr(s->text + s->at, '\'');
    if (!end)
        return refuse(s, start, '\0', "a quote is not closed");
    eco_str_add_bytes(&s->word, s->text + s->at, (size_t)(end - s->text) - s->at);
    s->at = (size_t)(end - s->text) + 1;
    return ECOPT_OK;
}

/* $ and ` are literal here: nothing replaces them, and sh -c "..." gets to see them. */
static ecopt_status read_double(splitter *s)
{
    size_t start = s->at++;
    while (s->text[s->at] != '"') {
        char c = s->text[s->at];
        char next = c == '\0' ? '\0' : s->text[s->at + 1];
        if (c == '\0')
            return refuse(s, start, '\0', "a quote is not closed");
        s->at++;
        /* In double quotes a backslash escapes only what would be special there. */
        if (c == '\\' && next != '\0' && strchr("\"\\$`\n", next)) {
            s->at++;
            if (next != '\n')
                eco_str_add_char(&s->word, next);
            continue;
        }
        eco_str_add_char(&s->word, c);
    }
    s->at++;
    return ECOPT_OK;
}

/* One word: pieces of any quoting up to a blank; 'a b'c is one word.  Characters are refused
 * only outside quotes, so there is always a way to pass them on. */
static ecopt_status read_word(splitter *s)
{
    size_t start = s->at;
    while (s->text[s->at] != '\0' && !is_blank(s->text[s->at])) {
        char c = s->text[s->at];
        if (c == '\'') {
            ECO_TRY(read_single(s));
        } else if (c == '"') {
            ECO_TRY(read_double(s));
        } else if (c == '\\') {
            char next = s->text[s->at + 1];
            if (next == '\0')
                return refuse(s, s->at, c, "nothing follows the backslash");
            /* A backslash before a newline is removed with it: the line goes on. */
            if (next != '\n')
                eco_str_add_char(&s->word, next);
            s->at += 2;
            /* A tilde means a home folder only in front of a word. */
        } else if (strchr("|&;<>`$*?", c) || (c == '~' && s->at == start)) {
            return refuse(s, s->at, c, "only a shell understands this");
        } else {
            eco_str_add_char(&s->word, c);
            s->at++;
        }
    }
    return eco_str_status(&s->word);
}

/* Finds the words one after another; with `words` NULL it only counts them.  Both walks see the
 * same text, so the second can neither fail on syntax nor find more words. */
static ecopt_status split(eco_arena *arena, splitter *s, const char **words, size_t *ret_n)
{
    size_t n = 0;
    s->at = 0;
    for (;;) {
        /* A backslash before a newline joins lines, also between words. */
        while (is_blank(s->text[s->at]) || (s->text[s->at] == '\\' && s->text[s->at + 1] == '\n'))
            s->at++;
        if (s->text[s->at] == '\0')
            break;
        eco_str_clear(&s->word);
        ECO_TRY(read_word(s));
        if (words) {
            words[n] = eco_arena_strdup(arena, eco_str_text(&s->word));
            if (!words[n])
                return ECOPT_E_NOMEM;
        }
        n++;
    }
    *ret_n = n;
    return ECOPT_OK;
}

/* The results are set at the very end, so that a refused line leaves the caller's untouched. */
ecopt_status eco_words_split(eco_arena *arena, const char *text, const char *const **ret_words,
                             size_t *ret_n, eco_words_error *ret_error)
{
    splitter s = {text, 0, ECO_STR_INIT(arena->ctx), ret_error};
    const char **words = NULL;
    size_t n = 0;
    ecopt_status status = split(arena, &s, NULL, &n);
    if (status == ECOPT_OK) {
        /* One more than needed: a line without words still gets an array. */
        words = eco_arena_alloc(arena, n + 1, sizeof *words);
        status = words ? split(arena, &s, words, &n) : ECOPT_E_NOMEM;
    }
    eco_str_release(&s.word);
    if (status != ECOPT_OK)
        return status;
    *ret_words = words;
    *ret_n = n;
    return ECOPT_OK;
}
