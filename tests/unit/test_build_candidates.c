/* From a CSV file to parameters and candidates: types, scales, order, and what may be declared. */
#include "core/fs.h"
#include "core/str.h"
#include "space/space.h"
#include "study/identity.h"
#include "study/kept_list.h"
#include "support/eco_test.h"

#include <ecopt/definition.h>

typedef struct world {
    ecopt_ctx *ctx;
    char dir[256], study[300], list[300];
    size_t n_warnings;
    char first[512]; /* error, with its place */
} world;

static void receive(void *user, const ecopt_diagnostic *d)
{
    world *w = user;
    w->n_warnings += !d->is_error;
    if (d->is_error && w->first[0] == '\0')
        (void)snprintf(w->first, sizeof w->first, "%s:%zu:%zu %s",
                       strrchr(d->file, '/') ? strrchr(d->file, '/') + 1 : d->file, d->line,
                       d->column, d->message);
}

/* A study of the given sections over the given list; NULL when it has errors. */
static ecopt_definition *load(world *w, const char *sections, const char *list)
{
    char text[2048];
    ecopt_definition *d = NULL;
    w->n_warnings = 0;
    w->first[0] = '\0';
    (void)snprintf(text, sizeof text,
                   "study: s\ncommand: ./run {params.json}\nobjectives: {energy_j: min}\n"
                   "budget: {trials: 1}\n%s",
                   sections);
    assert_status(w->ctx, eco_fs_write(w->ctx, w->study, text, strlen(text)), ECOPT_OK);
    assert_status(w->ctx, eco_fs_write(w->ctx, w->list, list, strlen(list)), ECOPT_OK);
    ecopt_status status = ecopt_definition_load(w->ctx, w->study, receive, w, &d);
    assert_true(status == ECOPT_OK || status == ECOPT_E_CONFIG);
    assert_int_equal(status == ECOPT_OK, d != NULL);
    if (w->first[0] && d)
        fail_msg("a definition in spite of: %s", w->first);
    return d;
}

static ecopt_definition *load_good(world *w, const char *sections, const char *list)
{
    ecopt_definition *d = load(w, sections, list);
    if (!d)
        fail_msg("%s", w->first);
    return d;
}

static void assert_candidate(world *w, const ecopt_definition *d, size_t i, const char *expected)
{
    double x[16];
    char *text = NULL;
    assert_true(i < d->n_candidates);
    eco_space_candidate(d->space, i, x);
    assert_status(w->ctx, ecopt_space_point_text(w->ctx, d->space, x, &text), ECOPT_OK);
    assert_string_equal(text, expected);
    ecopt_text_free(w->ctx, text);
}

static void test_types_follow_from_the_values(void **state)
{
    world *w = *state;
    ecopt_definition *d = load(w, "candidates: points.csv",
                               "whole,wide,real,truth,bits,word,one,hash,plus,same\n"
                               "3,1,0.5,true,0110101,a,7,9007199254740993,+1,1\n"
                               "-4,100,1e3,False,1110101,,7,9007199254740995,+2,1.0\n");
    /* The empty word is a mistake of its own. */
    assert_null(d);
    assert_string_equal(w->first, "points.csv:3:26 word has no value");
    d = load_good(w, "candidates: points.csv",
                  "whole,wide,real,truth,bits,word,one,hash,plus,same\n"
                  "3,1,0.5,true,0110101,a,7,9007199254740993,+1,1\n"
                  "-4,100,1e3,False,1110101,b c,7,9007199254740995,+2,1.0\n");
    static const struct {
        const char *name;
        ecopt_param_type type;
        bool is_log;
        double min, max;
        size_t n_values;
    } expected[] = {
        {"whole", ECOPT_PARAM_INT, false, -4, 3, 0},
        {"wide", ECOPT_PARAM_INT, true, 1, 100, 0},
        {"real", ECOPT_PARAM_FLOAT, true, 0.5, 1000, 0},
        {"truth", ECOPT_PARAM_BOOL, false, 0, 0, 0},
        {"bits", ECOPT_PARAM_CHOICE, false, 0, 0, 2},
        {"word", ECOPT_PARAM_CHOICE, false, 0, 0, 2},
        {"one", ECOPT_PARAM_FIXED, false, 0, 0, 1},
        {"hash", ECOPT_PARAM_CHOICE, false, 0, 0, 2},
        {"plus", ECOPT_PARAM_CHOICE, false, 0, 0, 2},
        {"same", ECOPT_PARAM_CHOICE, false, 0, 0, 2},
    };
    assert_int_equal(ecopt_space_n_params(d->space), 10);
    for (size_t i = 0; i < 10; i++) {
        const ecopt_param *p = ecopt_space_param(d->space, i);
        assert_string_equal(p->name, expected[i].name);
        assert_int_equal(p->type, expected[i].type);
        assert_int_equal(p->is_log, expected[i].is_log);
        assert_close(p->min, expected[i].min, 0, 0);
        assert_close(p->max, expected[i].max, 0, 0);
        assert_int_equal(p->n_values, expected[i].n_values);
        assert_false(p->is_ordered || p->has_default || p->when);
    }
    assert_candidate(w, d, 0,
                     "whole=3 wide=1 real=0.5 truth=true bits=0110101 word=a one=7 "
                     "hash=9007199254740993 plus=+1 same=1");
    assert_candidate(w, d, 1,
                     "whole=-4 wide=100 real=1000 truth=false bits=1110101 word=\"b c\" one=7 "
                     "hash=9007199254740995 plus=+2 same=1.0");
    ecopt_definition_free(w->ctx, d);
}

/* 99 times is linear, 100 times is log; with a zero or a negative value there is no log scale. */
static void test_scale(void **state)
{
    world *w = *state;
    static const struct {
        const char *list;
        bool is_log;
    } cases[] = {{"a\n1\n99\n", false},   {"a\n1\n100\n", true},      {"a\n0\n1000\n", false},
                 {"a\n-1\n1e4\n", false}, {"a\n0.01\n0.99\n", false}, {"a\n0.01\n1.01\n", true}};
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = load_good(w, "candidates: points.csv", cases[i].list);
        assert_int_equal(ecopt_space_param(d->space, 0)->is_log, cases[i].is_log);
        ecopt_definition_free(w->ctx, d);
    }
}

/* Declared parameters come first, in their own order; a fixed one needs no column. */
static void test_declared_parameters(void **state)
{
    world *w = *state;
    ecopt_definition *d =
        load_good(w,
                  "candidates: points.csv\n"
                  "params:\n"
                  "  op: {type: choice, values: [conv, pool, skip], ordered: true, default: pool}\n"
                  "  k: {type: int, min: 1, max: 9, when: op != 'skip'}\n"
                  "  gpu: v100\n",
                  "n,k,op\n16,3,conv\n32,,skip\n16,5,pool\n");
    assert_int_equal(ecopt_space_n_params(d->space), 4);
    assert_string_equal(ecopt_space_param(d->space, 3)->name, "n");
    assert_true(ecopt_space_param(d->space, 0)->is_ordered);
    assert_close(ecopt_space_param(d->space, 1)->max, 9, 0, 0);
    assert_int_equal(d->n_candidates, 3);
    assert_candidate(w, d, 0, "op=conv k=3 gpu=v100 n=16");
    assert_candidate(w, d, 2, "op=pool k=5 gpu=v100 n=16");
    double x[4];
    assert_true(eco_space_default(d->space, x));
    assert_close(x[1], 5, 0, 0);
    assert_int_equal(w->n_warnings, 0);
    ecopt_definition_free(w->ctx, d);
}

/* Named columns count, others do not; rows that are then equal are no news. */
static void test_columns(void **state)
{
    world *w = *state;
    ecopt_definition *d = load_good(w, "candidates: {file: points.csv, columns: [b, a]}",
                                    "a,b,accuracy\n1,2,0.5\n1,2,0.6\n3,4,oops\n3,5,\n");
    assert_int_equal(ecopt_space_n_params(d->space), 2);
    assert_int_equal(d->n_candidates, 3);
    assert_int_equal(w->n_warnings, 0);
    assert_string_equal(strrchr(d->candidates, '/'), "/points.csv");
    assert_candidate(w, d, 1, "a=3 b=4");
    ecopt_definition_free(w->ctx, d);
}

static void test_constraints_leave_rows_out(void **state)
{
    world *w = *state;
    ecopt_definition *d = load_good(w, "candidates: points.csv\nconstraints: [a * b <= 12]",
                                    "a,b\n1,2\n3,5\n4,3\n1,2\n");
    assert_int_equal(d->n_candidates, 2);
    assert_int_equal(d->n_candidates_rejected, 1);
    assert_int_equal(w->n_warnings, 1); /* the repeated row */
    ecopt_definition_free(w->ctx, d);
}

/* The format itself: whatever RFC 4180 allows, and what programs make of it. */
static void test_format(void **state)
{
    world *w = *state;
    static const char *const lists[] = {
        "a,b\n1,\"x, \"\"y\"\"\"\n2,z\n",
        "a,b\r\n1,\"x, \"\"y\"\"\"\r\n2,z",
        "a,b\r1,\"x, \"\"y\"\"\"\r2,z\r",
        "\xef\xbb\xbf\"a\" , b\n\n \t\n1 ,\t\"x, \"\"y\"\"\" \n\n2,\"z\"\n\n",
    };
    for (size_t i = 0; i < ECO_LEN(lists); i++) {
        ecopt_definition *d = load_good(w, "candidates: points.csv", lists[i]);
        assert_int_equal(d->n_candidates, 2);
        assert_candidate(w, d, 0, "a=1 b=\"x, \\\"y\\\"\"");
        assert_candidate(w, d, 1, "a=2 b=z");
        ecopt_definition_free(w->ctx, d);
    }
    ecopt_definition *d = load_good(w, "candidates: points.csv", "a\n\"two\nlines\"\nx\n");
    assert_candidate(w, d, 0, "a=\"two\\nlines\"");
    ecopt_definition_free(w->ctx, d);
    /* The place counts lines within quotes, and characters rather than bytes. */
    assert_null(load(w, "candidates: points.csv", "a,b\n\"two\nlines\",1\n\xc3\xa4,\"\"\n"));
    assert_string_equal(w->first, "points.csv:4:3 b has no value");
}

static void test_too_many_texts(void **state)
{
    world *w = *state;
    eco_str list = ECO_STR_INIT(w->ctx);
    eco_str_add(&list, "a\n");
    for (int i = 0; i <= ECOPT_CHOICES_MAX; i++)
        eco_str_addf(&list, "x%d\n", i);
    assert_null(load(w, "candidates: points.csv", eco_str_text(&list)));
    assert_string_equal(w->first,
                        "points.csv:1:1 the column 'a' has more than 4096 different texts");
    eco_str_release(&list);
}

/* Rows come and go without making it another study; columns do not. */
static void test_identity(void **state)
{
    world *w = *state;
    static const char *const lists[] = {"a,b\n1,x\n2,y\n", "a,b\n1,x\n500,z\n0.5,x\n",
                                        "a,c\n1,x\n2,y\n"};
    char *texts[ECO_LEN(lists)];
    for (size_t i = 0; i < ECO_LEN(lists); i++) {
        ecopt_definition *d = load_good(w, "candidates: points.csv", lists[i]);
        assert_status(w->ctx, eco_definition_identity(w->ctx, d, &texts[i]), ECOPT_OK);
        ecopt_definition_free(w->ctx, d);
    }
    assert_string_equal(texts[0], texts[1]);
    assert_string_not_equal(texts[0], texts[2]);
    assert_non_null(strstr(texts[0], "\nparams.a: column\nparams.b: column\ncandidates: list\n"));
    for (size_t i = 0; i < ECO_LEN(lists); i++)
        eco_free(w->ctx, texts[i]);
}

/* A study's folder beside the study file, with a copy of the list in it. */
static void keep_copy(world *w, const char *list)
{
    char path[320];
    (void)snprintf(path, sizeof path, "%s/s.ecopt", w->dir);
    assert_status(w->ctx, eco_fs_make_dirs(w->ctx, path), ECOPT_OK);
    (void)snprintf(path, sizeof path, "%s/s.ecopt/" ECO_STUDY_LIST_FILE, w->dir);
    assert_status(w->ctx, eco_fs_write(w->ctx, path, list, strlen(list)), ECOPT_OK);
}

/* The named file counts; only when it is gone does the copy, and that is said. */
static void test_copy_stands_in_for_the_file(void **state)
{
    world *w = *state;
    ecopt_definition *d = NULL;
    keep_copy(w, "a\n1\n2\n3\n");
    d = load_good(w, "candidates: points.csv", "a\n1\n2\n");
    assert_int_equal(d->n_candidates, 2);
    assert_int_equal(w->n_warnings, 0);
    assert_int_equal(d->candidates_length, 6);
    assert_memory_equal(d->candidates_text, "a\n1\n2\n", 6);
    ecopt_definition_free(w->ctx, d);
    assert_int_equal(remove(w->list), 0);
    assert_status(w->ctx, ecopt_definition_load(w->ctx, w->study, receive, w, &d), ECOPT_OK);
    assert_int_equal(d->n_candidates, 3);
    assert_int_equal(w->n_warnings, 1);
    ecopt_definition_free(w->ctx, d);
    /* What is wrong in the copy is shown in the copy. */
    keep_copy(w, "a\n1\n2,3\n");
    d = NULL;
    assert_status(w->ctx, ecopt_definition_load(w->ctx, w->study, receive, w, &d), ECOPT_E_CONFIG);
    assert_null(d);
    assert_string_equal(w->first, "candidates.csv:3:1 the row has 2 fields, the header 1");
}

/* Neither is there: the message is about the file that the user named. */
static void test_both_gone(void **state)
{
    world *w = *state;
    ecopt_definition *d = NULL;
    ecopt_definition_free(w->ctx, load_good(w, "candidates: points.csv", "a\n1\n2\n"));
    assert_int_equal(remove(w->list), 0);
    assert_status(w->ctx, ecopt_definition_load(w->ctx, w->study, receive, w, &d), ECOPT_E_CONFIG);
    assert_null(d);
    assert_non_null(strstr(w->first, "points.csv'"));
}

/* What a study ran under is its copy, whatever the file says now. */
static void test_kept_definition(void **state)
{
    world *w = *state;
    ecopt_definition *d = load_good(w, "candidates: points.csv", "a\n1\n2\n");
    char folder[300], text[1024];
    ecopt_snapshot snapshot = {.name = "s"};
    (void)snprintf(folder, sizeof folder, "%s/s.ecopt", w->dir);
    (void)snprintf(text, sizeof text, "%s", d->text);
    snapshot.definition = text;
    ecopt_definition_free(w->ctx, d);
    d = NULL;
    assert_status(w->ctx, ecopt_definition_kept(w->ctx, folder, &snapshot, receive, w, &d),
                  ECOPT_E_NOT_FOUND);
    assert_null(d);
    assert_status(w->ctx, ecopt_definition_kept(w->ctx, folder, NULL, receive, w, &d), ECOPT_E_ARG);
    keep_copy(w, "a\n1\n2\n3\n");
    assert_status(w->ctx, ecopt_definition_kept(w->ctx, folder, &snapshot, receive, w, &d),
                  ECOPT_OK);
    assert_int_equal(d->n_candidates, 3);
    assert_int_equal(w->n_warnings, 0);
    assert_string_equal(d->dir, w->dir);
    assert_non_null(strstr(d->candidates, "/points.csv"));
    ecopt_definition_free(w->ctx, d);
    /* A study of before there were copies. */
    (void)snprintf(text + strlen(text) + 1, 320, "%s/" ECO_STUDY_LIST_FILE, folder);
    assert_int_equal(remove(text + strlen(text) + 1), 0);
    assert_status(w->ctx, ecopt_definition_kept(w->ctx, folder, &snapshot, receive, w, &d),
                  ECOPT_OK);
    assert_int_equal(d->n_candidates, 2);
    ecopt_definition_free(w->ctx, d);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    ecopt_definition *d = NULL;
    ECO_TRY(ecopt_definition_load(ctx, w->study, NULL, NULL, &d));
    ecopt_definition_free(ctx, d);
    return ECOPT_OK;
}

static void test_allocation_failures(void **state)
{
    world *w = *state;
    ecopt_definition_free(
        w->ctx,
        load_good(w, "candidates: points.csv\nparams: {b: [2, 3], c: {type: bool, default: true}}",
                  "a,b,c,d\n1,2,true,x\n3,3,false,y\n1,2,true,x\n"));
    eco_test_alloc_sweep(attempt, w);
    keep_copy(w, "a,b,c,d\n1,2,true,x\n3,3,false,y\n");
    assert_int_equal(remove(w->list), 0);
    eco_test_alloc_sweep(attempt, w);
}

static int set_up(void **state)
{
    static world w;
    memset(&w, 0, sizeof w);
    w.ctx = eco_test_ctx();
    eco_test_temp_dir(w.dir);
    (void)snprintf(w.study, sizeof w.study, "%s/study.yaml", w.dir);
    (void)snprintf(w.list, sizeof w.list, "%s/points.csv", w.dir);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    eco_test_remove_dir(w->dir);
    assert_int_equal(eco_ctx_live_b(w->ctx), 0);
    ecopt_ctx_free(w->ctx);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(types_follow_from_the_values),
        TEST(scale),
        TEST(declared_parameters),
        TEST(columns),
        TEST(constraints_leave_rows_out),
        TEST(format),
        TEST(too_many_texts),
        TEST(identity),
        TEST(copy_stands_in_for_the_file),
        TEST(both_gone),
        TEST(kept_definition),
        TEST(allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
