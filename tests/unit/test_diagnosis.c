/* Remarks on a file: order, places, key paths, source lines, the limit of 100, near words. */
#include "config/diagnosis.h"
#include "core/str.h"

#include "support/eco_test.h"

static const char *const text = "first line\n"
                                "params: {lr: 'quoted', n: plain}\r\n"
                                "\n"
                                "last, without an end";

typedef struct fixture {
    ecopt_ctx *ctx;
    eco_arena arena;
    eco_diagnosis report;
    eco_node root, params, params_key, lr, lr_key, list, item;
} fixture;

static int set_up(void **state)
{
    ecopt_ctx *ctx = eco_test_ctx();
    fixture *f = eco_alloc(ctx, 1, sizeof *f);
    f->ctx = ctx;
    f->arena = (eco_arena)ECO_ARENA_INIT(ctx);
    f->report =
        (eco_diagnosis){.arena = &f->arena, .file = "f.yaml", .text = text, .length = strlen(text)};
    /* params: {lr: [item]} */
    f->root = (eco_node){.kind = ECO_NODE_MAP, .text = "", .line = 1, .column = 1};
    f->params_key = (eco_node){.text = "params", .line = 2, .column = 1, .parent = &f->root};
    f->params = (eco_node){.kind = ECO_NODE_MAP,
                           .text = "",
                           .line = 2,
                           .column = 9,
                           .parent = &f->root,
                           .key = &f->params_key};
    f->lr_key = (eco_node){.text = "lr", .line = 2, .column = 10, .parent = &f->params};
    f->lr = (eco_node){.kind = ECO_NODE_SCALAR,
                       .text = "quoted",
                       .line = 2,
                       .column = 14,
                       .parent = &f->params,
                       .key = &f->lr_key};
    f->list =
        (eco_node){.kind = ECO_NODE_LIST, .text = "", .parent = &f->params, .key = &f->lr_key};
    f->item = (eco_node){.kind = ECO_NODE_SCALAR,
                         .text = "x",
                         .is_plain = true,
                         .line = 4,
                         .column = 1,
                         .parent = &f->list,
                         .index = 6};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ecopt_ctx *ctx = f->ctx;
    eco_arena_release(&f->arena);
    eco_free(ctx, f);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
    return 0;
}

static void list(void *user, const ecopt_diagnostic *d)
{
    eco_str_addf(user, "%c%zu:%zu %s|%s|%s|%s\n", d->is_error ? 'e' : 'w', d->line, d->column,
                 d->key, d->message, d->hint, d->source);
    assert_string_equal(d->file, "f.yaml");
}

static void expect(fixture *f, const char *wanted)
{
    eco_str out = ECO_STR_INIT(f->ctx);
    eco_diagnosis_flush(&f->report, list, &out);
    assert_string_equal(eco_str_text(&out), wanted);
    eco_str_release(&out);
}

/* Noted in any order, told from top to bottom; of one place, what was noted first. */
static void order(void **state)
{
    fixture *f = *state;
    eco_diagnosis_error_at(&f->report, 4, 7, "", "fourth");
    eco_diagnosis_error_at(&f->report, 1, 2, "h1", "one");
    eco_diagnosis_warning(&f->report, &f->item, "", "item %d", 3);
    eco_diagnosis_error_at(&f->report, 1, 2, "h2", "two");
    eco_diagnosis_error(&f->report, NULL, "", "whole");
    eco_diagnosis_error_at(&f->report, 1, 1, "", "zero");
    eco_diagnosis_error_at(&f->report, 3, 1, "", "blank");
    assert_true(f->report.n_errors == 6 && f->report.n_warnings == 1);
    expect(f, "e0:0 |whole||\n"
              "e1:1 |zero||first line\n"
              "e1:2 |one|h1|first line\n"
              "e1:2 |two|h2|first line\n"
              "e3:1 |blank||\n"
              "w4:1 params.lr[7]|item 3||last, without an end\n"
              "e4:7 |fourth||last, without an end\n");
    eco_diagnosis_flush(&f->report, NULL, NULL);
}

/* An error marks its node, a warning does not. */
static void marks(void **state)
{
    fixture *f = *state;
    eco_diagnosis_warning(&f->report, &f->lr, "", "careful");
    assert_false(f->lr.is_bad);
    eco_diagnosis_error(&f->report, &f->lr, "", "wrong");
    assert_true(f->lr.is_bad && !f->params.is_bad);
    eco_diagnosis_error_in(&f->report, &f->item, 0, "", "wrong");
    assert_true(f->item.is_bad);
}

static void paths(void **state)
{
    fixture *f = *state;
    assert_string_equal(eco_diagnosis_path(&f->report, &f->root), "");
    assert_string_equal(eco_diagnosis_path(&f->report, &f->params), "params");
    assert_string_equal(eco_diagnosis_path(&f->report, &f->params_key), "params");
    assert_string_equal(eco_diagnosis_path(&f->report, &f->lr), "params.lr");
    assert_string_equal(eco_diagnosis_path(&f->report, &f->lr_key), "params.lr");
    assert_string_equal(eco_diagnosis_path(&f->report, &f->item), "params.lr[7]");
}

/* A place within a value: behind the quote, and only where the file shows the value as it is. */
static void places_in_values(void **state)
{
    fixture *f = *state;
    eco_diagnosis_error_in(&f->report, &f->lr, 3, "", "in quotes");
    eco_node plain = {.kind = ECO_NODE_SCALAR,
                      .text = "plain",
                      .is_plain = true,
                      .line = 2,
                      .column = 27,
                      .parent = &f->params,
                      .key = &f->lr_key};
    eco_diagnosis_error_in(&f->report, &plain, 2, "", "plain");
    eco_node other = plain;
    other.text = "not there";
    eco_diagnosis_error_in(&f->report, &other, 2, "", "escaped");
    other.line = 99;
    eco_diagnosis_error_in(&f->report, &other, 2, "", "beyond");
    const char *source = "params: {lr: 'quoted', n: plain}";
    char wanted[512];
    (void)snprintf(wanted, sizeof wanted,
                   "e2:18 params.lr|in quotes||%s\ne2:27 params.lr|escaped||%s\n"
                   "e2:29 params.lr|plain||%s\ne99:27 params.lr|beyond||\n",
                   source, source, source);
    expect(f, wanted);
}

/* The first hundred are kept, all are counted. */
static void at_most_a_hundred(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < 250; i++)
        if (i % 5 == 4)
            eco_diagnosis_warning(&f->report, &f->lr, "", "warning %zu", i);
        else
            eco_diagnosis_error(&f->report, &f->params, "", "error %zu", i);
    assert_int_equal(f->report.n, ECO_DIAGNOSIS_MAX);
    assert_int_equal(f->report.n_errors, 200);
    assert_int_equal(f->report.n_warnings, 50);
    eco_str out = ECO_STR_INIT(f->ctx);
    eco_diagnosis_flush(&f->report, list, &out);
    assert_non_null(strstr(eco_str_text(&out), "warning 99"));
    assert_null(strstr(eco_str_text(&out), " 100"));
    eco_str_release(&out);
}

/* Lines longer than 500 bytes are cut; a message longer than a kilobyte too. */
static void long_texts(void **state)
{
    fixture *f = *state;
    char line[2000];
    memset(line, 'x', sizeof line);
    f->report.text = line;
    f->report.length = sizeof line;
    line[sizeof line - 1] = '\0';
    eco_diagnosis_error(&f->report, &f->root, "", "%s", line);
    eco_diagnosis_flush(&f->report, NULL, NULL);
    assert_int_equal(strlen(f->report.entries[0].diagnostic.source), 500);
    assert_int_equal(strlen(f->report.entries[0].diagnostic.message), 1023);
}

static void closest(void **state)
{
    fixture *f = *state;
    static const char *const words[] = {"trials", "init", "energy", "x"};
    static const struct {
        const char *word, *wanted;
    } cases[] = {
        {"trial", "did you mean 'trials'?"},
        {"TRIALS", "did you mean 'trials'?"},
        {"inti", "did you mean 'init'?"},
        {"enrgy", "did you mean 'energy'?"},
        {"X", "did you mean 'x'?"},
        {"y", "otherwise"},
        {"zebra", "otherwise"},
        {"", "otherwise"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        assert_string_equal(
            eco_diagnosis_closest(&f->report, cases[i].word, words, ECO_LEN(words), "otherwise"),
            cases[i].wanted);
    assert_string_equal(eco_diagnosis_closest(&f->report, "a", NULL, 0, "otherwise"), "otherwise");
}

static ecopt_status report_once(ecopt_ctx *ctx, void *user)
{
    fixture *f = user;
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_diagnosis *report = eco_alloc(ctx, 1, sizeof *report);
    if (!report)
        return ECOPT_E_NOMEM;
    *report = (eco_diagnosis){.arena = &arena, .file = "f.yaml", .text = text};
    report->length = strlen(text);
    eco_diagnosis_error(report, &f->item, "hint", "message %d", 1);
    eco_diagnosis_error_in(report, &f->lr, 1, "hint", "message %d", 2);
    (void)eco_diagnosis_path(report, &f->item);
    ecopt_status status = report->status;
    eco_free(ctx, report);
    eco_arena_release(&arena);
    return status;
}

/* The failure sticks, and nothing given out is NULL. */
static void out_of_memory(void **state)
{
    eco_test_alloc_sweep(report_once, *state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(order),
        TEST(marks),
        TEST(paths),
        TEST(places_in_values),
        TEST(at_most_a_hundred),
        TEST(long_texts),
        TEST(closest),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
