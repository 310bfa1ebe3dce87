/*
 * Study files with mistakes: each tests/data/config/NAME.yaml has its diagnostics in NAME.expect,
 * one a line: kind line:column key | message | hint.  ECOPT_UPDATE_SNAPSHOTS=1 rewrites them.
 */
#include "core/fs.h"
#include "core/str.h"

#include "support/eco_test.h"

#include <dirent.h>
#include <ecopt/definition.h>
#include <stdlib.h>

typedef struct seen {
    eco_str text;
    size_t n_errors;
    const char *source; /* of the file, to check the source lines */
} seen;

/* The line of the file that the diagnostic claims to show. */
static void check_source(const char *text, const ecopt_diagnostic *d)
{
    for (size_t line = 1; line < d->line && text; line++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    assert_non_null(text);
    assert_int_equal(strncmp(text, d->source, strlen(d->source)), 0);
    assert_true(text[strlen(d->source)] == '\n' || text[strlen(d->source)] == '\0');
    assert_true(d->column <= strlen(d->source) + 1);
}

static void note(void *user, const ecopt_diagnostic *d)
{
    seen *s = user;
    eco_str_addf(&s->text, "%s %zu:%zu %s | %s | %s\n", d->is_error ? "error" : "warning", d->line,
                 d->column, d->key, d->message, d->hint);
    s->n_errors += d->is_error;
    assert_string_equal(d->file, "study.yaml");
    if (d->line > 0)
        check_source(s->source, d);
}

static void check_file(ecopt_ctx *ctx, const char *dir, const char *name)
{
    char path[1024], expect[1024];
    char *text = NULL, *wanted = NULL;
    size_t length = 0;
    ecopt_definition *definition = NULL;
    (void)snprintf(path, sizeof path, "%s/%s.yaml", dir, name);
    (void)snprintf(expect, sizeof expect, "%s/%s.expect", dir, name);
    assert_status(ctx, eco_fs_read(ctx, path, ECO_DOCUMENT_MAX_B, &text, &length), ECOPT_OK);
    seen s = {ECO_STR_INIT(ctx), 0, text};
    ecopt_status status =
        ecopt_definition_parse(ctx, text, length, "study.yaml", note, &s, &definition);
    if (getenv("ECOPT_UPDATE_SNAPSHOTS"))
        assert_status(ctx, eco_fs_write(ctx, expect, eco_str_text(&s.text), s.text.length),
                      ECOPT_OK);
    assert_int_equal(status, s.n_errors > 0 ? ECOPT_E_CONFIG : ECOPT_OK);
    assert_true((definition != NULL) == (status == ECOPT_OK));
    assert_status(ctx, eco_fs_read(ctx, expect, ECO_DOCUMENT_MAX_B, &wanted, NULL), ECOPT_OK);
    if (strcmp(wanted, eco_str_text(&s.text)) != 0)
        fail_msg("%s: expected\n%sgot\n%s", name, wanted, eco_str_text(&s.text));
    ecopt_definition_free(ctx, definition);
    eco_str_release(&s.text);
    eco_free(ctx, wanted);
    eco_free(ctx, text);
}

static void every_file(void **state)
{
    (void)state;
    const char *data = getenv("ECOPT_TEST_DATA");
    char dir[400];
    struct dirent **entries = NULL;
    int n_files = 0;
    ecopt_ctx *ctx = eco_test_ctx();
    (void)snprintf(dir, sizeof dir, "%s/config", data ? data : "tests/data");
    int n = scandir(dir, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char *dot = strrchr(entries[i]->d_name, '.');
        if (dot && strcmp(dot, ".yaml") == 0) {
            *dot = '\0';
            check_file(ctx, dir, entries[i]->d_name);
            n_files++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(n_files >= 35);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
