/* Command lines to words: the quoting of a shell without a shell. */
#include "config/command_words.h"

#include "support/eco_test.h"

#include <ecopt/definition.h>

/* Words are joined by '|', which no word of these cases holds unquoted. */
static void good_lines(void **state)
{
    static const struct {
        const char *line;
        size_t n;
        const char *joined;
    } cases[] = {
        {"", 0, ""},
        {" \t\n ", 0, ""},
        {"a", 1, "a"},
        {"./run --lr {lr}  -o\tout\n", 5, "./run|--lr|{lr}|-o|out"},
        {"'a b' \"c d\" e\\ f", 3, "a b|c d|e f"},
        {"a'b'\"c\"d", 1, "abcd"},
        {"'' \"\"", 2, "|"},
        {"'$HOME | * ~'", 1, "$HOME | * ~"},
        {"\"$HOME `x` ;\"", 1, "$HOME `x` ;"},
        {"\"a\\\"b\\\\c\\$d\\`e\\n\"", 1, "a\"b\\c$d`e\\n"},
        {"'a\\b'", 1, "a\\b"},
        {"\\| \\* \\~ \\$x", 4, "||*|~|$x"},
        {"a~ b~c", 2, "a~|b~c"},
        {"a \\\n  b\\\nc", 2, "a|bc"},
        {"\"a\\\nb\"", 1, "ab"},
        {"{\"json\": 1}", 2, "{json:|1}"},
        {"#x", 1, "#x"},
        {"(a) [b] !c %d", 4, "(a)|[b]|!c|%d"},
        {"\xc3\xa9t\xc3\xa9", 1, "\xc3\xa9t\xc3\xa9"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_arena arena = ECO_ARENA_INIT(*state);
        eco_words_error error;
        const char *const *words = NULL;
        char joined[256] = "";
        size_t n = 99;
        assert_status(*state, eco_words_split(&arena, cases[i].line, &words, &n, &error), ECOPT_OK);
        assert_int_equal(n, cases[i].n);
        for (size_t k = 0; k < n; k++) {
            (void)strcat(joined, k > 0 ? "|" : "");
            (void)strcat(joined, words[k]);
        }
        assert_null(words[n]);
        assert_string_equal(joined, cases[i].joined);
        eco_arena_release(&arena);
    }
}

static void bad_lines(void **state)
{
    static const struct {
        const char *line;
        size_t offset;
        char character;
    } cases[] = {
        {"a 'b", 2, '\0'}, {"a \"b", 2, '\0'}, {"'a' \"\\", 4, '\0'}, {"a\\", 1, '\\'},
        {"a | b", 2, '|'}, {"a&", 1, '&'},     {"a;b", 1, ';'},       {"a <b", 2, '<'},
        {"a >b", 2, '>'},  {"`a`", 0, '`'},    {"a $b", 2, '$'},      {"*.c", 0, '*'},
        {"a?", 1, '?'},    {"a ~/b", 2, '~'},  {"~", 0, '~'},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_arena arena = ECO_ARENA_INIT(*state);
        eco_words_error error = {99, 'x', ""};
        const char *const *words = NULL;
        size_t n = 99;
        assert_status(*state, eco_words_split(&arena, cases[i].line, &words, &n, &error),
                      ECOPT_E_PARSE);
        assert_int_equal(error.offset, cases[i].offset);
        assert_int_equal(error.character, cases[i].character);
        assert_true(error.what[0] != '\0' && !words && n == 99);
        eco_arena_release(&arena);
    }
}

static ecopt_status split_once(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_words_error error;
    const char *const *words;
    size_t n;
    ecopt_status status = eco_words_split(&arena, "a 'b c' \"d\" e", &words, &n, &error);
    eco_arena_release(&arena);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    eco_test_alloc_sweep(split_once, NULL);
}

/* The public face: the same words, in one block that is the caller's. */
static void public_split(void **state)
{
    char **argv = NULL;
    size_t n = 0;
    assert_status(*state, ecopt_command_split(*state, "zstd '-o' \"a b\" -", &argv, &n), ECOPT_OK);
    assert_int_equal(n, 4);
    assert_string_equal(argv[0], "zstd");
    assert_string_equal(argv[1], "-o");
    assert_string_equal(argv[2], "a b");
    assert_string_equal(argv[3], "-");
    assert_null(argv[4]);
    ecopt_command_free(*state, argv);
    argv = NULL;
    assert_status(*state, ecopt_command_split(*state, " ", &argv, NULL), ECOPT_E_ARG);
    assert_status(*state, ecopt_command_split(*state, NULL, &argv, NULL), ECOPT_E_ARG);
    assert_status(*state, ecopt_command_split(*state, "a", NULL, NULL), ECOPT_E_ARG);
    assert_status(*state, ecopt_command_split(*state, "a | b", &argv, &n), ECOPT_E_PARSE);
    assert_non_null(strstr(ecopt_ctx_errhint(*state), "no shell"));
    assert_null(argv);
    ecopt_command_free(*state, NULL);
}

static ecopt_status public_split_once(ecopt_ctx *ctx, void *user)
{
    char **argv = NULL;
    ecopt_status status = ecopt_command_split(ctx, user, &argv, NULL);
    ecopt_command_free(ctx, argv);
    return status;
}

static void public_no_memory(void **state)
{
    (void)state;
    char line[] = "zstd -3 'a file'";
    eco_test_alloc_sweep(public_split_once, line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(public_split, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test(public_no_memory),
        cmocka_unit_test_setup_teardown(good_lines, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test_setup_teardown(bad_lines, eco_test_set_up, eco_test_tear_down),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
