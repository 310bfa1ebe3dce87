/*
 * Properties of templates, on random ones: the expansion is that of a second, independent expander
 * (POSIX regular expressions here, a scanner there), escaping is undone by expansion, and the list
 * of placeholders is what the expansion asks for.
 */
#include "core/rng.h"
#include "core/str.h"
#include "trial/template.h"

#include "support/eco_test.h"

#include <regex.h>
#include <stdlib.h>

enum { N_TEMPLATES = 20000, TEMPLATE_B = 256, OUT_B = 2048, N_FOUND = 64 };

static eco_rng rng;

/* Pieces that random templates are glued from: everything the grammar tells apart, and its
 * near misses. */
static const char *const pieces[] = {
    "{",        "}",           "{{",     "}}",         "{lr}",     "{seed}",     "{a.b}",
    "{a-b}",    "{_x1}",       "{a.1}",  "{a.-}",      "{9x}",     "{-a}",       "{a.}",
    "{.a}",     "{}",          "{ lr}",  "{lr }",      "lr",       ".",          "-",
    "_",        "7",           " ",      "{print $1}", "\xc3\xa9", "{\xc3\xa9}", "{{lr}}",
    "{{{lr}}}", "{trial.dir}", "$",      "{unknown}",  "{lr",      "lr}",        "\n",
    "\\",       "'",           "{a..b}",
};

static const struct {
    const char *name, *text;
} known[] = {
    {"lr", "0.001"}, {"seed", "42"}, {"a.b", "{lr}"}, {"a-b", ""},
    {"_x1", "}}"},   {"a.1", "{{"},  {"a.-", "x y"},  {"trial.dir", "/t/1"},
};

/* Names asked for, in order. */
static char asked[N_FOUND][TEMPLATE_B];
static size_t n_asked;

static const char *get(void *user, const char *name)
{
    (void)user;
    if (n_asked < N_FOUND)
        (void)snprintf(asked[n_asked++], TEMPLATE_B, "%s", name);
    for (size_t i = 0; i < ECO_LEN(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].text;
    return NULL;
}

static void glue(char *text, size_t n_pieces)
{
    size_t length = 0;
    for (size_t i = 0; i < n_pieces; i++) {
        const char *piece = pieces[eco_rng_below(&rng, ECO_LEN(pieces))];
        size_t n = strlen(piece);
        if (length + n + 1 >= TEMPLATE_B)
            break;
        memcpy(text + length, piece, n);
        length += n;
    }
    text[length] = '\0';
}

/* What the second expander found. */
typedef struct model {
    char text[OUT_B];
    bool is_known; /* every name has a text */
    size_t n_names;
    size_t offsets[N_FOUND];
} model;

static regex_t placeholder;

/* The definition in template.h, sentence by sentence. */
static void expand(const char *template, model *m)
{
    size_t length = 0, n_open = 0;
    memset(m, 0, sizeof *m);
    m->is_known = true;
    for (const char *p = template; *p;) {
        regmatch_t match[1];
        if (strncmp(p, "{{", 2) == 0) {
            m->text[length++] = '{';
            n_open++;
            p += 2;
        } else if (n_open > 0 && strncmp(p, "}}", 2) == 0) {
            m->text[length++] = '}';
            n_open--;
            p += 2;
        } else if (regexec(&placeholder, p, 1, match, 0) == 0) {
            size_t n = (size_t)match[0].rm_eo;
            const char *text = NULL;
            for (size_t i = 0; i < ECO_LEN(known); i++)
                if (strlen(known[i].name) == n - 2 && strncmp(known[i].name, p + 1, n - 2) == 0)
                    text = known[i].text;
            m->offsets[m->n_names++] = (size_t)(p - template);
            m->is_known = m->is_known && text;
            if (text) {
                memcpy(m->text + length, text, strlen(text));
                length += strlen(text);
            }
            p += n;
        } else {
            m->text[length++] = *p++;
        }
        assert_true(length + 16 < OUT_B && m->n_names < N_FOUND);
    }
}

static void compile_placeholder(void)
{
    assert_int_equal(
        regcomp(&placeholder, "^[{][A-Za-z_][A-Za-z0-9_-]*([.][A-Za-z0-9_-]+)*[}]", REG_EXTENDED),
        0);
}

static void test_expansion_is_the_models(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const eco_template_lookup lookup = {get, NULL};
    static model m;
    size_t n_fine = 0, n_refused = 0;
    eco_rng_init(&rng, 20260101, 0, 1);
    compile_placeholder();
    for (int i = 0; i < N_TEMPLATES; i++) {
        char template[TEMPLATE_B], *text = NULL;
        glue(template, 1 + eco_rng_below(&rng, 12));
        expand(template, &m);
        ecopt_status status = eco_template_expand(ctx, template, &lookup, &text);
        if (status != (m.is_known ? ECOPT_OK : ECOPT_E_NAME) || (text && strcmp(text, m.text) != 0))
            print_error("template '%s' (case %d)\n", template, i);
        assert_status(ctx, status, m.is_known ? ECOPT_OK : ECOPT_E_NAME);
        if (m.is_known)
            assert_string_equal(text, m.text);
        else
            assert_null(text);
        n_fine += m.is_known;
        n_refused += !m.is_known;
        eco_free(ctx, text);
    }
    /* Both outcomes must have been tried, or the comparison says nothing. */
    assert_true(n_fine > N_TEMPLATES / 10 && n_refused > N_TEMPLATES / 20);
    regfree(&placeholder);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

/* Placeholders reported by eco_template_check. */
typedef struct found_list {
    size_t n;
    eco_placeholder items[N_FOUND];
} found_list;

static void take_found(void *user, const eco_placeholder *item)
{
    found_list *list = user;
    assert_true(list->n < N_FOUND);
    list->items[list->n++] = *item;
}

static void test_check_and_expansion_agree(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const eco_template_lookup lookup = {get, NULL};
    static model m;
    eco_rng_init(&rng, 20260101, 0, 2);
    compile_placeholder();
    for (int i = 0; i < N_TEMPLATES; i++) {
        char template[TEMPLATE_B], *text = NULL;
        found_list list = {0};
        glue(template, 1 + eco_rng_below(&rng, 12));
        expand(template, &m);
        size_t count = eco_template_check(template, take_found, &list);
        assert_int_equal(count, list.n);
        assert_int_equal(eco_template_check(template, NULL, NULL), list.n);
        assert_int_equal(list.n, m.n_names);
        n_asked = 0;
        ecopt_status status = eco_template_expand(ctx, template, &lookup, &text);
        /* After the first name without a text nothing more is asked. */
        assert_true(n_asked == list.n || (status == ECOPT_E_NAME && n_asked < list.n));
        for (size_t k = 0; k < list.n; k++) {
            assert_int_equal(list.items[k].offset, m.offsets[k]);
            assert_ptr_equal(list.items[k].name, template + m.offsets[k] + 1);
            if (k < n_asked) {
                assert_int_equal(list.items[k].length, strlen(asked[k]));
                assert_memory_equal(list.items[k].name, asked[k], list.items[k].length);
            }
        }
        eco_free(ctx, text);
    }
    regfree(&placeholder);
    ecopt_ctx_free(ctx);
}

/* Writes `text` as a template that expands to it. */
static void escape(const char *text, char *template)
{
    size_t n_open = 0, length = 0;
    for (; *text; text++) {
        bool is_doubled = *text == '{' || (*text == '}' && n_open > 0);
        template[length++] = *text;
        if (is_doubled)
            template[length++] = *text;
        if (is_doubled && *text == '{')
            n_open++;
        else if (is_doubled)
            n_open--;
    }
    template[length] = '\0';
}

static void test_escaping_is_undone(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const eco_template_lookup lookup = {get, NULL};
    eco_rng_init(&rng, 20260101, 0, 3);
    for (int i = 0; i < N_TEMPLATES; i++) {
        char wanted[TEMPLATE_B], template[2 * TEMPLATE_B], *text = NULL;
        glue(wanted, eco_rng_below(&rng, 12));
        escape(wanted, template);
        assert_int_equal(eco_template_check(template, NULL, NULL), 0);
        assert_status(ctx, eco_template_expand(ctx, template, &lookup, &text), ECOPT_OK);
        assert_string_equal(text, wanted);
        eco_free(ctx, text);
    }
    ecopt_ctx_free(ctx);
}

/* Texts without an opening brace are never touched, whatever else is in them. */
static void test_plain_text_stays(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    const eco_template_lookup lookup = {get, NULL};
    eco_rng_init(&rng, 20260101, 0, 4);
    for (int i = 0; i < N_TEMPLATES; i++) {
        char template[64], *text = NULL;
        size_t n = eco_rng_below(&rng, sizeof template - 1);
        for (size_t k = 0; k < n; k++) {
            template[k] = (char)(1 + eco_rng_below(&rng, 255));
            if (template[k] == '{')
                template[k] = '}';
        }
        template[n] = '\0';
        assert_status(ctx, eco_template_expand(ctx, template, &lookup, &text), ECOPT_OK);
        assert_string_equal(text, template);
        eco_free(ctx, text);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expansion_is_the_models),
        cmocka_unit_test(test_check_and_expansion_agree),
        cmocka_unit_test(test_escaping_is_undone),
        cmocka_unit_test(test_plain_text_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
