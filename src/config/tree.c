/*
 * YAML events to nodes.
 *
 * Reading stops at the first thing that makes the file unusable (r->is_broken); repeated keys are
 * the one mistake that is noted and passed over, so that the rest of the file is still checked.
 *
 * Input is untrusted text, output a tree in the arena without anything of libfyaml's.  Order: bytes
 * that libfyaml must not see are refused, then events are read one by one while a stack of open
 * containers says where the next node belongs.  A parser's error is put into a writer's words by
 * syntax.c.  What the scalars mean (null, truth, number by YAML 1.2's core schema, words of YAML
 * 1.1 left out) is decided at the end of this file, when somebody asks.
 */
#include "config/tree.h"

#include "config/syntax.h"
#include "core/str.h"
#include "trial/quote.h"

#include <libfyaml.h>
#include <math.h>
#include <string.h>

/* The state between two events.  A map's key and value are two events, so the key waits here. */
typedef struct reader {
    eco_arena *arena;
    const char *text;
    size_t length;
    eco_tree_complain_fn complain;
    void *user;
    struct fy_parser *parser; /* owned */
    struct fy_diag *diag;     /* owned */
    eco_node *root;
    eco_node *open[ECO_TREE_DEPTH_MAX]; /* containers not yet closed */
    size_t depth;
    eco_node *key; /* waits for its value in the innermost map */
    size_t n_nodes;
    size_t line, column; /* of the event read last */
    bool is_broken;      /* nothing of the tree can be used */
    bool has_document;
} reader;

/* At the event read last; no node, because what is complained of may not become one. */
static void complain_here(reader *r, const char *message, const char *hint)
{
    r->complain(r->user, NULL, r->line, r->column, message, hint);
}

/* Complains and gives the file up. */
static void complain_broken(reader *r, const char *message, const char *hint)
{
    complain_here(r, message, hint);
    r->is_broken = true;
}

/* ---- making nodes ---- */

/* A node at the place of the event read last.  The text is copied: libfyaml's goes with its
 * event. */
static eco_node *new_node(reader *r, eco_node_kind kind, const char *text, size_t length)
{
    eco_node *node = eco_arena_alloc(r->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->text = eco_arena_strndup(r->arena, text, length);
    node->line = r->line;
    node->column = r->column;
    return node->text ? node : NULL;
}

/* YAML forbids equal keys; libfyaml's events let them pass, and the later one would be lost
 * without a word. */
static void check_repeated(reader *r, eco_node *key, const eco_node *map)
{
    /* Each key is compared with all before it, so their number must be bounded. */
    if (map->n == ECO_TREE_KEYS_MAX) {
        complain_broken(r, "too many keys in one map", "at most 2048 are allowed");
        return;
    }
    for (const eco_node *entry = map->first; entry; entry = entry->next) {
        if (strcmp(entry->key->text, key->text) != 0)
            continue;
        char hint[80];
        (void)snprintf(hint, sizeof hint, "it stands first in line %zu; keep one of them",
                       entry->key->line);
        key->is_bad = true;
        r->complain(r->user, key, key->line, key->column, "this key is given twice", hint);
        return;
    }
}

/* Hangs a node where the reader stands; a scalar in a map is a key first.  Comes before the
 * container is pushed, so that a container hangs in its parent and not in itself. */
static void attach(reader *r, eco_node *node)
{
    if (r->depth == 0) {
        r->root = node;
        return;
    }
    eco_node *parent = r->open[r->depth - 1];
    node->parent = parent;
    /* No key waits, so this is one.  Its place is its own, and its parent the map. */
    if (parent->kind == ECO_NODE_MAP && !r->key) {
        r->key = node;
        /* ? {a: b} : c is YAML, but no key of a study file. */
        if (node->kind != ECO_NODE_SCALAR)
            complain_broken(r, "a key must be a plain word", "");
        else
            check_repeated(r, node, parent);
        return;
    }
    if (parent->kind == ECO_NODE_MAP) {
        node->key = r->key;
        r->key = NULL;
        /* The first of two equal keys counts; the second is forgotten with all below it. */
        if (node->key->is_bad)
            return;
    }
    if (node->line == 0) { /* nothing behind the colon or the dash */
        const eco_node *place = node->key ? node->key : parent;
        node->line = place->line;
        node->column = place->column;
    }
    node->index = parent->n++;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

/* Attached first, then pushed.  After a complaint nothing is pushed: no further event is read,
 * and the stack must not grow beyond its end. */
static ecopt_status open_container(reader *r, eco_node_kind kind, bool is_flow)
{
    eco_node *node = new_node(r, kind, "", 0);
    if (!node)
        return ECOPT_E_NOMEM;
    node->is_flow = is_flow;
    attach(r, node);
    if (r->depth == ECO_TREE_DEPTH_MAX)
        complain_broken(r, "nested too deeply", "at most 64 levels are allowed");
    else if (!r->is_broken)
        r->open[r->depth++] = node;
    return ECOPT_OK;
}

/* A key or value.  NUL would cut texts short without a word; an escape can make one where the
 * file has none, so refuse_bytes cannot find it.  No token means no value at all, which is a
 * plain empty text. */
static ecopt_status add_scalar(reader *r, struct fy_token *token)
{
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : "";
    if (!text)
        return eco_fail(r->arena->ctx, ECOPT_E_NOMEM, "out of memory in the YAML reader");
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    /* libfyaml's mark stands behind the quote. */
    if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && r->column > 1)
        r->column--;
    if (memchr(text, '\0', length))
        complain_broken(r, "a text holds a NUL character", "");
    eco_node *node = new_node(r, ECO_NODE_SCALAR, text, length);
    if (!node)
        return ECOPT_E_NOMEM;
    node->is_plain = style == FYSS_PLAIN;
    attach(r, node);
    return ECOPT_OK;
}

/* ---- events ---- */

/* Anchors and tags could make a small file large, or a text something else.  An anchor alone is
 * harmless, but it only makes sense with the alias that is refused as well. */
static void refuse_marks(reader *r, const struct fy_token *anchor, const struct fy_token *tag)
{
    if (anchor)
        complain_broken(r, "anchors are not supported", "write the value out where it is needed");
    if (tag)
        complain_broken(r, "tags are not supported", "leave out the word that starts with '!'");
}

/* libfyaml counts from 0 and has -1 for what it cannot place; here 0 means not known. */
static void take_position(reader *r, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    bool is_known = mark && mark->line >= 0 && mark->column >= 0;
    r->line = is_known ? (size_t)mark->line + 1 : 0;
    r->column = is_known ? (size_t)mark->column + 1 : 0;
}

/* A net below refuse_bytes: nothing of the file may go unread.  A file cut short without a word
 * could lose its constraints and look all right. */
static void check_end(reader *r, const struct fy_mark *mark)
{
    if (mark && mark->input_pos < r->length)
        complain_broken(r, "the rest of the file cannot be read", "");
}

/* One event.  All of them are counted, ends of containers too, so the limit bounds time as well
 * as memory. */
static ecopt_status take_event(reader *r, struct fy_event *event)
{
    take_position(r, event);
    if (++r->n_nodes > ECO_TREE_NODES_MAX) {
        complain_broken(r, "the file has too many values", "at most 262144 are allowed");
        return ECOPT_OK;
    }
    bool is_flow = fy_event_get_node_style(event) == FYNS_FLOW;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        /* Studies are one per file; a second one would be dropped without a word. */
        if (r->has_document)
            complain_broken(r, "a second document starts here", "keep one study per file");
        r->has_document = true;
        return ECOPT_OK;
    case FYET_MAPPING_START:
        refuse_marks(r, event->mapping_start.anchor, event->mapping_start.tag);
        return open_container(r, ECO_NODE_MAP, is_flow);
    case FYET_SEQUENCE_START:
        refuse_marks(r, event->sequence_start.anchor, event->sequence_start.tag);
        return open_container(r, ECO_NODE_LIST, is_flow);
    /* libfyaml's events are balanced, and a container that was not pushed ended the reading. */
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        r->depth--;
        return ECOPT_OK;
    case FYET_SCALAR:
        refuse_marks(r, event->scalar.anchor, event->scalar.tag);
        return add_scalar(r, event->scalar.value);
    case FYET_STREAM_END:
        check_end(r, fy_event_start_mark(event));
        return ECOPT_OK;
    case FYET_ALIAS:
        complain_broken(r, "aliases are not supported", "write the value out where it is needed");
        return ECOPT_OK;
    default:
        return ECOPT_OK;
    }
}

/* The parser's first error; it gives up there too, so later ones would only follow from it.  The
 * place is 1-based here, unlike that of an event's mark. */
static ecopt_status complain_syntax(reader *r)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(r->diag, &iterator);
    eco_syntax_error syntax = {.text = r->text, .length = r->length};
    eco_syntax_advice advice;
    if (error) {
        syntax.line = error->line > 0 ? (size_t)error->line : 0;
        syntax.column = error->column > 0 ? (size_t)error->column : 0;
        syntax.message = error->msg;
    }
    syntax.open = r->depth > 0 ? r->open[r->depth - 1] : NULL;
    r->is_broken = true;
    ECO_TRY(eco_syntax_explain(r->arena, &syntax, &advice));
    r->line = advice.line;
    r->column = advice.column;
    complain_here(r, advice.message, advice.hint);
    return ECOPT_OK;
}

/* Until the end, a complaint or want of memory. fy_parser_parse returns NULL at the end and on
 * an error alike: the stream's error tells them apart. */
static ecopt_status read_events(reader *r)
{
    ecopt_status status = ECOPT_OK;
    while (status == ECOPT_OK && !r->is_broken) {
        struct fy_event *event = fy_parser_parse(r->parser);
        if (!event)
            break;
        status = take_event(r, event);
        fy_parser_event_free(r->parser, event);
    }
    if (status == ECOPT_OK && !r->is_broken && fy_parser_get_stream_error(r->parser))
        status = complain_syntax(r);
    /* Comments only, or nothing: no node was ever attached. */
    if (status == ECOPT_OK && !r->is_broken && !r->root)
        r->complain(r->user, NULL, 0, 0, "the file is empty",
                    "'ecopt init' writes a study file with comments");
    return status;
}

/* True when the line begins (also behind a byte order mark) at `at`, by any of YAML's line ends:
 * behind each of them a directive may be seen. */
static bool is_line_start(const char *text, size_t at)
{
    static const char *const ends[] = {"\n",           "\r",           "\xc2\x85",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf"};
    /* The text's own beginning. */
    if (at == 0)
        return true;
    for (size_t i = 0; i < ECO_LEN(ends); i++) {
        size_t n = strlen(ends[i]);
        if (at >= n && memcmp(text + at - n, ends[i], n) == 0)
            return true;
    }
    return false;
}

/* Byte that is no character of a text: a control character, or not UTF-8; `length` if none. */
static size_t find_stranger(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        unsigned char c = (unsigned char)text[at];
        size_t n = eco_utf8_length(text + at, length - at);
        if (n == 0 || (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return at;
        at += n;
    }
    return length;
}

/* First line that begins with '%'; `length` if none.  A text of several lines may hold such a
 * line rightly; it is refused too, since telling the two apart needs the parser. */
static size_t find_directive(const char *text, size_t length)
{
    const char *end = text + length, *c = text;
    for (; (c = memchr(c, '%', (size_t)(end - c))); c++)
        if (is_line_start(text, (size_t)(c - text)))
            return (size_t)(c - text);
    return length;
}

/* The place is counted from the start of the text.  The column counts bytes, which differs from
 * characters only behind such as are not ASCII in the same line. */
static void complain_byte(reader *r, size_t at, const char *message, const char *hint)
{
    const char *line = r->text, *next;
    for (r->line = 1; (next = memchr(line, '\n', (size_t)(r->text + at - line))); r->line++)
        line = next + 1;
    r->column = (size_t)(r->text + at - line) + 1;
    complain_broken(r, message, hint);
}

/* What must not reach libfyaml 0.7.12 (both found by tests/fuzz/fuzz_config.c): at a byte that
 * is no character it ends the stream as if the file did, and some directives it reads for ever. */
static void refuse_bytes(reader *r)
{
    size_t stranger = find_stranger(r->text, r->length);
    size_t directive = find_directive(r->text, r->length);
    if (stranger < r->length)
        complain_byte(r, stranger, "a byte here is not text", "save the file as UTF-8");
    else if (directive < r->length)
        complain_byte(r, directive, "a line cannot begin with '%'",
                      "quote the text that begins with it");
}

/* Diagnostics are collected in r->diag, never printed: a library does not write to stderr.  No
 * JSON mode: a file that happens to look like JSON is read by the same rules. */
static ecopt_status start_parser(reader *r)
{
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    /* The default writes to stderr. */
    quiet.fp = NULL;
    r->diag = fy_diag_create(&quiet);
    if (r->diag) {
        fy_diag_set_collect_errors(r->diag, true);
        /* Quiet, because the diag above is where errors go. */
        struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = r->diag};
        r->parser = fy_parser_create(&config);
    }
    if (!r->parser || fy_parser_set_string(r->parser, r->text, r->length) != 0)
        return eco_fail(r->arena->ctx, ECOPT_E_NOMEM, "out of memory in the YAML reader");
    return ECOPT_OK;
}

/* The parser goes before its diag, which it uses to the end. */
ecopt_status eco_tree_parse(eco_arena *arena, const char *text, size_t length,
                            eco_tree_complain_fn complain, void *user, eco_node **ret_root)
{
    reader r = {.arena = arena, .text = text, .length = length, .complain = complain, .user = user};
    ecopt_status status = ECOPT_OK;
    refuse_bytes(&r);
    if (!r.is_broken)
        status = start_parser(&r);
    if (status == ECOPT_OK && !r.is_broken)
        status = read_events(&r);
    if (r.parser)
        fy_parser_destroy(r.parser);
    if (r.diag)
        fy_diag_destroy(r.diag);
    if (status == ECOPT_OK)
        *ret_root = r.is_broken ? NULL : r.root;
    return status;
}

/* ---- reading nodes ---- */

eco_node *eco_node_get(const eco_node *node, const char *key)
{
    if (!node || node->kind != ECO_NODE_MAP)
        return NULL;
    for (eco_node *entry = node->first; entry; entry = entry->next)
        if (strcmp(entry->key->text, key) == 0)
            return entry;
    return NULL;
}

/* Plain scalars only: in quotes none of these words means anything. */
static bool is_one_of(const eco_node *node, const char *const words[3])
{
    if (node->kind != ECO_NODE_SCALAR || !node->is_plain)
        return false;
    for (int i = 0; i < 3; i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

/* Lists and maps are never null, empty ones neither: [] and {} were written on purpose. */
bool eco_node_is_null(const eco_node *node)
{
    static const char *const nulls[3] = {"null", "~", ""};
    return is_one_of(node, nulls);
}

/* yes, no, on and off are texts: YAML 1.1's surprises are not wanted in a choice of countries. */
bool eco_node_bool(const eco_node *node, bool *ret_value)
{
    static const char *const truths[3] = {"true", "True", "TRUE"};
    static const char *const falsehoods[3] = {"false", "False", "FALSE"};
    bool is_true = is_one_of(node, truths);
    if (!is_true && !is_one_of(node, falsehoods))
        return false;
    *ret_value = is_true;
    return true;
}

/* The reading of a number, for all of the file: plain scalars only, so quotes make any text a
 * text. */
bool eco_node_number(const eco_node *node, double *ret_value)
{
    static const char *const infinities[3] = {".inf", "+.inf", ".Inf"};
    if (node->kind != ECO_NODE_SCALAR || !node->is_plain)
        return false;
    if (is_one_of(node, infinities) || strcmp(node->text, "-.inf") == 0) {
        *ret_value = node->text[0] == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    /* strtod knows words and hexadecimal numbers that YAML does not. */
    if (node->text[strspn(node->text, "0123456789+-.eE")] != '\0')
        return false;
    return eco_parse_double(node->text, ret_value);
}

/* Goes by what the number is, not by how it is written: 1e5 is whole.  The text is asked first
 * where both would do. */
bool eco_node_int(const eco_node *node, int64_t *ret_value)
{
    double number;
    if (!eco_node_number(node, &number))
        return false;
    /* By the text first: it is exact up to int64, where the double is not. */
    if (eco_parse_int(node->text, ret_value))
        return true;
    /* Beyond 2^53 a double no longer says which integer was written. */
    if (floor(number) != number || fabs(number) > 9007199254740992.0)
        return false;
    *ret_value = (int64_t)number; /* 1e5 */
    return true;
}
