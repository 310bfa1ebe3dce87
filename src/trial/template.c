#include "trial/template.h"

#include "core/str.h"

#include <string.h>

/* Kinds of piece a template is made of. */
typedef enum piece_kind { PIECE_END, PIECE_TEXT, PIECE_NAME } piece_kind;

typedef struct piece {
    piece_kind kind;
    const char *text;
    size_t length;
} piece;

/* Position in a template. */
typedef struct scanner {
    const char *next;
    size_t n_open; /* literal '{{' not yet closed */
} scanner;

/* Not <ctype.h>: that depends on the locale. */
static bool is_first(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_inner(char c)
{
    return is_first(c) || (c >= '0' && c <= '9') || c == '-';
}

/* Length of the identifier that `text` begins with and a '}' closes, else 0. */
static size_t identifier_length(const char *text)
{
    size_t n = 0;
    do {
        if (!is_first(text[n]) && (n == 0 || !is_inner(text[n])))
            return 0;
        while (is_inner(text[n]))
            n++;
    } while (text[n] == '.' && ++n > 0);
    return text[n] == '}' ? n : 0;
}

/* Next piece: a run of plain text, one literal brace, or one placeholder. */
/*
 * One scanner for expanding and for checking, so that the names a study is checked for are exactly
 * the names that its trials will ask for.
 *
 * "{{" comes before a placeholder: "{{lr}}" is the text "{lr}".  "}}" only closes what "{{" opened;
 * otherwise "{a:{b}}" in a JSON argument would lose a brace.
 */
static piece next_piece(scanner *s)
{
    const char *p = s->next;
    if (*p == '\0')
        return (piece){PIECE_END, p, 0};
    if (p[0] == '{' && p[1] == '{') {
        s->next = p + 2;
        s->n_open++;
        return (piece){PIECE_TEXT, p, 1};
    }
    if (p[0] == '}' && p[1] == '}' && s->n_open > 0) {
        s->next = p + 2;
        s->n_open--;
        return (piece){PIECE_TEXT, p, 1};
    }
    size_t n = *p == '{' ? identifier_length(p + 1) : 0;
    if (n > 0) {
        s->next = p + n + 2;
        return (piece){PIECE_NAME, p + 1, n};
    }
    /* At least one byte, which may itself be a brace that means nothing. */
    n = 1 + strcspn(p + 1, "{}");
    s->next = p + n;
    return (piece){PIECE_TEXT, p, n};
}

/*
 * Values are put in as they are and not looked at again: a choice whose text is "{seed}" stays that
 * text.  Expansion of expansions would make the result depend on the order of names.
 */
ecopt_status eco_template_expand(ecopt_ctx *ctx, const char *template,
                                 const eco_template_lookup *lookup, char **ret_text)
{
    scanner s = {template, 0};
    eco_str out = ECO_STR_INIT(ctx);
    ecopt_status status = ECOPT_OK;
    for (piece p = next_piece(&s); p.kind != PIECE_END && status == ECOPT_OK; p = next_piece(&s)) {
        if (p.kind == PIECE_TEXT) {
            eco_str_add_bytes(&out, p.text, p.length);
            continue;
        }
        char *name = eco_strndup(ctx, p.text, p.length);
        const char *text = name ? lookup->get(lookup->user, name) : NULL;
        if (text)
            eco_str_add(&out, text);
        else if (name)
            status =
                eco_fail(ctx, ECOPT_E_NAME, "nothing is called '{%s}' in '%s'", name, template);
        else
            status = ECOPT_E_NOMEM;
        eco_free(ctx, name);
    }
    if (status == ECOPT_OK)
        status = eco_str_take(&out, ret_text);
    eco_str_release(&out);
    return status;
}

size_t eco_template_check(const char *template,
                          void (*found)(void *user, const eco_placeholder *placeholder), void *user)
{
    scanner s = {template, 0};
    size_t count = 0;
    for (piece p = next_piece(&s); p.kind != PIECE_END; p = next_piece(&s)) {
        if (p.kind != PIECE_NAME)
            continue;
        eco_placeholder placeholder = {p.text, p.length, (size_t)(p.text - 1 - template)};
        count++;
        if (found)
            found(user, &placeholder);
    }
    return count;
}

static const char *const given_names[] = {"params.json", "trial.dir", "trial.id",
                                          "study.dir",   "seed",      "phase"};

const char *eco_template_given(size_t i)
{
    return i < ECO_LEN(given_names) ? given_names[i] : NULL;
}

bool eco_template_is_given(const char *name)
{
    for (size_t i = 0; i < ECO_LEN(given_names); i++)
        if (strcmp(name, given_names[i]) == 0)
            return true;
    return false;
}
