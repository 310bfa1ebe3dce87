/*
 * From the parser's complaint to the writer's mistake.
 *
 * Study files are full of texts that YAML gives a meaning of its own: {lr} in a command, [0-9] and
 * ": " in a pattern.  Written on a line of their own they are harmless; within { } or [ ] they end
 * the value early, and the parser complains of a comma or a bracket that nobody has forgotten.  The
 * rules below are chosen by words of libfyaml 0.7.12's messages; should a later version say it
 * otherwise, the general hint is shown and nothing else is lost (tests/data/config/syntax_*.yaml
 * tells).
 *
 * Input is the text, the place and the message; output is one message, one hint and perhaps another
 * place.  This is guesswork on a text that is known to be wrong: it reads single lines, by bytes,
 * never beyond their ends, and a rule that does not find what it looks for says less rather than
 * something false.
 */
#include "config/syntax.h"

#include "core/str.h"
#include "trial/quote.h"

#include <string.h>

static const char special[] = "{ } [ ] , or \": \"";
/* Shown when no rule fits: the commonest mistakes, and the fact that the place may be late. */
static const char general_hint[] =
    "look for a missing quote, bracket, colon or blank at this place or before";

/* What the rules work on: the line of the error, and how far the parser came in it. */
typedef struct scene {
    const eco_syntax_error *error;
    const char *line; /* without its line end */
    size_t length;
    size_t at; /* byte of the line where the parser gave up, at most length */
    eco_str hint;
    eco_syntax_advice *advice;
} scene;

/* A value in the line, and the key before it. */
typedef struct entry {
    const char *key;
    size_t key_length; /* 0: an item of a list */
    const char *value;
    size_t length;
} entry;

/* ---- places ---- */

/* Start of line `number`; the end of the text when it has fewer.  The parser may well stand
 * behind the last line, so that is no mistake. */
static const char *find_line(const char *text, size_t length, size_t number)
{
    const char *end = text + length;
    while (--number > 0 && text < end) {
        const char *next = memchr(text, '\n', (size_t)(end - text));
        text = next ? next + 1 : end;
    }
    return text;
}

/* Byte of the line that character `column` (1-based) begins at: the parser counts characters.
 * What is not UTF-8 counts byte by byte. */
static size_t byte_of_column(const char *line, size_t length, size_t column)
{
    size_t at = 0;
    while (column > 1 && at < length) {
        size_t n = eco_utf8_length(line + at, length - at);
        at += n > 0 ? n : 1;
        column--;
    }
    return at < length ? at : length;
}

/* Finds the line of the error and the byte in it; without a line the scene stays empty, and no
 * rule is asked. */
static void set_scene(scene *s)
{
    const eco_syntax_error *error = s->error;
    if (error->line == 0)
        return;
    s->line = find_line(error->text, error->length, error->line);
    size_t rest = (size_t)(error->text + error->length - s->line);
    const char *end = memchr(s->line, '\n', rest);
    s->length = end ? (size_t)(end - s->line) : rest;
    if (s->length > 0 && s->line[s->length - 1] == '\r')
        s->length--;
    s->at = byte_of_column(s->line, s->length, error->column);
}

/* The parser's words for a tab are hard to understand; point at the tab instead.  Only tabs that
 * indent count, in the line of the error and its neighbours, as the parser may notice one early
 * or late. */
static bool find_tab(const eco_syntax_error *error, eco_syntax_advice *advice)
{
    const char *end = error->text + error->length;
    size_t first = error->line > 1 ? error->line - 1 : 1;
    const char *line = find_line(error->text, error->length, first);
    for (size_t number = first; line < end && number <= error->line + 1; number++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        const char *c = line;
        while (c < end && *c == ' ')
            c++;
        if (c < end && *c == '\t') {
            advice->line = number;
            advice->column = (size_t)(c - line) + 1;
            return true;
        }
        line = next ? next + 1 : end;
    }
    return false;
}

/* ---- the value that needs quotes ---- */

/* Within one line only; its end is known by length, not by a character. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Where the value ends: at the bracket that closes what is around it, at a comma before the next
 * key, or with the line.  Its own brackets are skipped in pairs; a # behind a blank begins a
 * comment. */
static size_t value_length(const char *value, size_t room)
{
    size_t depth = 0, n = 0;
    for (; n < room; n++) {
        if (strchr("{[", value[n]))
            depth++;
        else if (strchr("}]", value[n]) && depth-- == 0)
            break;
        else if (value[n] == ',' && depth == 0)
            break;
        else if (value[n] == '#' && n > 0 && is_blank(value[n - 1]))
            break;
    }
    while (n > 0 && is_blank(value[n - 1]))
        n--;
    return n;
}

/* Begins behind the last ": " (or comma or bracket, in a list) before the place.  A comma at the
 * place itself is where the parser gave up and cannot be the beginning.  False when the value
 * began on a line before. */
static bool find_value(const scene *s, bool is_map, entry *ret)
{
    size_t start = s->at;
    for (; start > 0; start--) {
        const char *c = s->line + start - 1;
        if (is_map ? start >= 2 && is_blank(*c) && c[-1] == ':'
                   : *c == '[' || (*c == ',' && start < s->at))
            break;
    }
    if (start == 0)
        return false;
    size_t key_end = start - (is_map ? 2 : 0);
    size_t key = key_end;
    while (is_map && key > 0 && !strchr(" \t{[,", s->line[key - 1]))
        key--;
    while (start < s->length && is_blank(s->line[start]))
        start++;
    *ret = (entry){s->line + key, key_end - key, s->line + start,
                   value_length(s->line + start, s->length - start)};
    return ret->length > 0 && (!is_map || ret->key_length > 0);
}

/* The value from the first colon of the line to the line's end: there every later colon, bracket
 * or comma belongs to a text that should have been quoted. */
static bool find_first_value(const scene *s, entry *ret)
{
    size_t colon = 0;
    while (colon + 1 < s->length && !(s->line[colon] == ':' && is_blank(s->line[colon + 1])))
        colon++;
    /* The key is the word before the colon, back to a blank. */
    size_t key = colon, value = colon + 1;
    while (key > 0 && !is_blank(s->line[key - 1]))
        key--;
    while (value < s->length && is_blank(s->line[value]))
        value++;
    if (key == colon || value >= s->length)
        return false;
    *ret = (entry){s->line + key, colon - key, s->line + value, s->length - value};
    return true;
}

/* `: run: "./x --lr {lr}"`: quotes of the kind that leaves every character as it is; nothing
 * when neither kind does, for an example with escapes would be harder to read than the rule. */
static void add_example(scene *s, const entry *e)
{
    bool is_special = memchr(e->value, '"', e->length) || memchr(e->value, '\\', e->length);
    /* Both kinds of quotes occur. */
    if (is_special && memchr(e->value, '\'', e->length))
        return;
    char quote = is_special ? '\'' : '"';
    eco_str_add(&s->hint, ": ");
    if (e->key_length > 0) {
        eco_str_add_bytes(&s->hint, e->key, e->key_length);
        eco_str_add(&s->hint, ": ");
    }
    eco_str_add_char(&s->hint, quote);
    eco_str_add_bytes(&s->hint, e->value, e->length);
    eco_str_add_char(&s->hint, quote);
}

/* ---- rules ---- */

/* {run: ./x --lr {lr}}: the inner brace ends the value.  A comma may be missing for real where
 * two words stand before a colon: {min: 0 max: 1}.  Both are offered then, the comma first. */
static void explain_comma(scene *s)
{
    /* The parser says mapping within { } and sequence within [ ]. */
    bool is_map = strstr(s->error->message, "mapping") != NULL;
    entry e;
    bool is_found = find_value(s, is_map, &e);
    char here = s->at < s->length ? s->line[s->at] : '\0';
    /* The word before the colon, if the parser stopped at one: it may be the next key. */
    size_t word = s->at;
    while (word > 0 && !strchr(" \t{[,:\"'", s->line[word - 1]))
        word--;
    bool is_word = is_found && here == ':' && word < s->at && s->line + word > e.value;
    s->advice->message = "this value needs quotes";
    if (is_word) {
        s->advice->message = "a comma is missing, or this value needs quotes";
        eco_str_add(&s->hint, "put a comma before '");
        eco_str_add_bytes(&s->hint, s->line + word, s->at - word);
        eco_str_add(&s->hint, "' if it is a key; ");
    }
    eco_str_addf(&s->hint, "inside %s a value that contains %s needs quotes",
                 is_map ? "{ }" : "[ ]", special);
    if (is_found)
        add_example(s, &e);
    eco_str_add(&s->hint, ", or write it on a line of its own");
}

/* command: ./x --a: {lr}: a second colon with a blank in one line. */
static void explain_colon(scene *s)
{
    entry e;
    s->advice->message = "this value needs quotes";
    eco_str_add(&s->hint, "a text that contains \": \" needs quotes");
    if (find_first_value(s, &e))
        add_example(s, &e);
    eco_str_add(&s->hint, "; a key goes on a line of its own");
}

/* The next key begins while a bracket is open: the parser blames the innocent line below.  The
 * reader knows which bracket it is, and so the place is moved there. */
static void explain_open(scene *s)
{
    const eco_node *open = s->error->open;
    s->advice->message = "a bracket is still open here";
    /* Without such a container the place of the parser is the best there is. */
    if (open && open->is_flow && open->line > 0) {
        s->advice->message = "this bracket is not closed";
        s->advice->line = open->line;
        s->advice->column = open->column;
    }
    eco_str_add(&s->hint, "close it; a # behind a blank hides the rest of its line");
}

/* [a, b}: the kinds differ, and only the writer knows which one was meant. */
static void explain_mismatch(scene *s)
{
    s->advice->message = "this bracket is not the one that is open";
    eco_str_add(&s->hint, "{ is closed by }, [ by ]");
}

/* A bracket too many, mostly left over from editing. */
static void explain_extra(scene *s)
{
    s->advice->message = "this bracket closes nothing";
    eco_str_add(&s->hint, "leave it out, or open one before it");
}

/* command: {lr} x: what begins with a bracket ends with it.  An example is shown only when the
 * line's value does begin so; otherwise the place is somewhere else. */
static void explain_after(scene *s)
{
    entry e;
    s->advice->message = "nothing can follow the closing bracket here";
    eco_str_add(&s->hint, "a text that begins with { or [ needs quotes around all of it");
    if (find_first_value(s, &e) && strchr("{[", e.value[0]))
        add_example(s, &e);
}

/* [ , a]: also two commas in a row. */
static void explain_stray(scene *s)
{
    s->advice->message = "nothing stands before this comma";
    eco_str_add(&s->hint, "leave it out, or write '' for an empty text");
}

/* @, % and ` are kept by YAML for itself. */
static void explain_start(scene *s)
{
    s->advice->message = "a text cannot begin with this character";
    eco_str_add(&s->hint, "put quotes around the text");
}

/* An apostrophe in a text that begins with one ends it: hence the rule for doubling it. */
static void explain_quote(scene *s)
{
    s->advice->message = "this quote is not closed";
    eco_str_add(&s->hint, "close it; within '...' a quote is written ''");
}

/* Words of the parser's message, and what they stand for; the first that is found counts. */
static const struct {
    const char *words;
    void (*explain)(scene *s);
} rules[] = {
    {"missing comma in flow", explain_comma}, {"invalid nested block mapping", explain_colon},
    {"wrongly indented flow", explain_open},  {"without a closing bracket", explain_open},
    {"mismatched flow", explain_mismatch},    {"extra closing", explain_extra},
    {"invalid value after", explain_after},   {"with invalid", explain_stray},
    {"cannot start with", explain_start},     {"-quoted scalar", explain_quote},
    {"closing quote", explain_quote},
};

/* Starts from the parser's own words, lets a rule replace them, and copies at the end what is to
 * outlive the parser.  Want of memory within a rule is sticky in the hint and read last. */
ecopt_status eco_syntax_explain(eco_arena *arena, const eco_syntax_error *error,
                                eco_syntax_advice *ret_advice)
{
    const char *said = error->message ? error->message : "this is not YAML";
    /* What is not recognised keeps the parser's words and place. */
    eco_syntax_advice advice = {error->line, error->column, said, general_hint};
    scene s = {.error = error, .line = "", .hint = ECO_STR_INIT(arena->ctx), .advice = &advice};
    set_scene(&s);
    /* First, because a tab may be behind any of the messages below. */
    if (find_tab(error, &advice)) {
        advice.message = "a tab cannot indent";
        advice.hint = "use blanks";
    } else {
        for (size_t i = 0; i < ECO_LEN(rules); i++)
            if (error->line > 0 && strstr(said, rules[i].words)) {
                rules[i].explain(&s);
                break;
            }
        /* A message without a rule leaves no hint; the general one stays then. */
        if (s.hint.length > 0)
            advice.hint = eco_str_text(&s.hint);
    }
    /* The parser's message dies with the parser. */
    advice.message = eco_arena_strdup(arena, advice.message);
    advice.hint = eco_arena_strdup(arena, advice.hint);
    ecopt_status status = eco_str_status(&s.hint);
    if (!advice.message || !advice.hint)
        status = ECOPT_E_NOMEM;
    eco_str_release(&s.hint);
    if (status == ECOPT_OK)
        *ret_advice = advice;
    return status;
}
