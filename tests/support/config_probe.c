#include "support/config_probe.h"

#include "support/eco_test.h"

/* Sections that every study needs, with their key. */
static const struct {
    const char *key, *text;
} needed[] = {
    {"study:", "study: s\n"},
    {"command:", "command: ./run {x} {n}\n"},
    {"params:", "params: {x: {type: float, min: 0, max: 1}, n: {type: int, min: 1, max: 100}}\n"},
    {"metrics:", "metrics: {a: {}}\n"},
    {"objectives:", "objectives: {a: max}\n"},
};

/* True when a line of the text begins with the key. */
static bool has_section(const char *text, const char *key)
{
    size_t n = strlen(key);
    while (text) {
        if (strncmp(text, key, n) == 0)
            return true;
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return false;
}

char *eco_probe_complete(ecopt_ctx *ctx, const char *sections)
{
    eco_str text = ECO_STR_INIT(ctx);
    char *taken = NULL;
    eco_str_add(&text, sections);
    if (text.length > 0 && sections[text.length - 1] != '\n')
        eco_str_add_char(&text, '\n');
    for (size_t i = 0; i < ECO_LEN(needed); i++)
        if (!has_section(sections, needed[i].key))
            eco_str_add(&text, needed[i].text);
    assert_status(ctx, eco_str_take(&text, &taken), ECOPT_OK);
    return taken;
}

/* What a reader of remarks collects. */
typedef struct collector {
    eco_str text;
    size_t n_errors;
} collector;

static void collect(void *user, const ecopt_diagnostic *d)
{
    collector *c = user;
    c->n_errors += d->is_error;
    assert_true((d->line == 0) == (d->column == 0));
    assert_true(d->line > 0 || d->source[0] == '\0');
    eco_str_addf(&c->text, "%s %zu:%zu%s%s | %s%s%s\n", d->is_error ? "error" : "warning", d->line,
                 d->column, d->key[0] ? " " : "", d->key, d->message, d->hint[0] ? " | " : "",
                 d->hint);
}

char *eco_probe_remarks(ecopt_ctx *ctx, const char *text, size_t length)
{
    collector c = {ECO_STR_INIT(ctx), 0};
    ecopt_definition *definition = NULL;
    char *taken = NULL;
    ecopt_status status =
        ecopt_definition_parse(ctx, text, length, "/dir/study.yaml", collect, &c, &definition);
    assert_status(ctx, status, c.n_errors > 0 ? ECOPT_E_CONFIG : ECOPT_OK);
    assert_true((definition != NULL) == (status == ECOPT_OK));
    ecopt_definition_free(ctx, definition);
    assert_status(ctx, eco_str_take(&c.text, &taken), ECOPT_OK);
    return taken;
}

void eco_probe_expect(ecopt_ctx *ctx, const char *sections, const char *remarks)
{
    char *text = eco_probe_complete(ctx, sections);
    char *got = eco_probe_remarks(ctx, text, strlen(text));
    if (strcmp(got, remarks) != 0)
        fail_msg("%s\nexpected\n%sgot\n%s", sections, remarks, got);
    eco_free(ctx, got);
    eco_free(ctx, text);
}

ecopt_definition *eco_probe_parse(ecopt_ctx *ctx, const char *sections)
{
    collector c = {ECO_STR_INIT(ctx), 0};
    ecopt_definition *definition = NULL;
    char *text = eco_probe_complete(ctx, sections);
    ecopt_status status = ecopt_definition_parse(ctx, text, strlen(text), "/dir/study.yaml",
                                                 collect, &c, &definition);
    if (status != ECOPT_OK)
        fail_msg("%s\n%s", text, eco_str_text(&c.text));
    eco_str_release(&c.text);
    eco_free(ctx, text);
    return definition;
}

void eco_probe_table(ecopt_ctx *ctx, const eco_probe_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        eco_probe_expect(ctx, cases[i].sections, cases[i].remarks);
}
