/* From the parser's complaint to the writer's mistake: place, message and the line shown as it
 * should be. */
#include "config/syntax.h"

#include "support/config_probe.h"
#include "support/eco_test.h"

#define INSIDE " a value that contains { } [ ] , or \": \" needs quotes"
#define OWN    ", or write it on a line of its own\n"

/* A placeholder's brace, a bracket or a colon ends a value that stands within brackets. */
static void values_cut_off(void **state)
{
    static const eco_probe_case cases[] = {
        {"command: {run: ./x --lr {x}}",
         "error 1:25 | this value needs quotes | inside { }" INSIDE ": run: \"./x --lr {x}\"" OWN},
        {"command: {run: ./x {x} {n}, timeout: 3s}",
         "error 1:20 | this value needs quotes | inside { }" INSIDE ": run: \"./x {x} {n}\"" OWN},
        {"command: {a: ./x {x}.out, b: ./y}",
         "error 1:18 | this value needs quotes | inside { }" INSIDE ": a: \"./x {x}.out\"" OWN},
        {"metrics: {a: {regex: acc: (.*)}}",
         "error 1:25 | this value needs quotes | inside { }" INSIDE ": regex: \"acc: (.*)\"" OWN},
        {"metrics: {a: {regex: [0-9]+ (.)}}",
         "error 1:27 | this value needs quotes | inside { }" INSIDE ": regex: \"[0-9]+ (.)\"" OWN},
        {"metrics: {a: {regex: a{3} (.)}}",
         "error 1:23 | this value needs quotes | inside { }" INSIDE ": regex: \"a{3} (.)\"" OWN},
        /* A backslash means something within "...", so the example has '...'. */
        {"metrics: {a: {regex: \\d{3}}}",
         "error 1:24 | this value needs quotes | inside { }" INSIDE ": regex: '\\d{3}'" OWN},
        {"metrics: {a: {regex: \"x\" (.)}}",
         "error 1:26 | this value needs quotes | inside { }" INSIDE ": regex: '\"x\" (.)'" OWN},
        /* With both kinds of quotes in it no example is right. */
        {"metrics: {a: {regex: it's \"{3}}}",
         "error 1:28 | this value needs quotes | inside { }" INSIDE OWN},
        {"command: [./x, {x}.out]",
         "error 1:19 | this value needs quotes | inside [ ]" INSIDE ": \"{x}.out\"" OWN},
        {"command: [./x, --lr={x}]",
         "error 1:21 | this value needs quotes | inside [ ]" INSIDE ": \"--lr={x}\"" OWN},
        {"command: [a[1], b]",
         "error 1:12 | this value needs quotes | inside [ ]" INSIDE ": \"a[1]\"" OWN},
        /* Columns count characters; the example is whole although bytes are more. */
        {"metrics: {\xc3\xa9\xc3\xa9: {}, a: {regex: \xc3\xbc{3}}}",
         "error 1:31 | this value needs quotes | inside { }" INSIDE ": regex: \"\xc3\xbc{3}\"" OWN},
        /* A comment is not part of the value. */
        {"command: {run: ./x {x} # comment\n  }",
         "error 1:20 | this value needs quotes | inside { }" INSIDE ": run: \"./x {x}\"" OWN},
        {"command: {\n  run: ./x {x}\n}",
         "error 2:12 | this value needs quotes | inside { }" INSIDE ": run: \"./x {x}\"" OWN},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* Two words before a colon are more likely a forgotten comma; both ways out are told. */
static void forgotten_comma(void **state)
{
    static const eco_probe_case cases[] = {
        {"budget: {trials: 3 init: 2}",
         "error 1:24 | a comma is missing, or this value needs quotes | put a comma before 'init' "
         "if it is a key; inside { }" INSIDE ": trials: \"3 init: 2\"" OWN},
        {"params: {x: {type: float min: 0, max: 1}}",
         "error 1:29 | a comma is missing, or this value needs quotes | put a comma before 'min' "
         "if it is a key; inside { }" INSIDE ": type: \"float min: 0\"" OWN},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void other_mistakes(void **state)
{
    static const char *const general =
        "look for a missing quote, bracket, colon or blank at this place or before";
    static const eco_probe_case cases[] = {
        {"command: ./x --a: {x}", "error 1:17 | this value needs quotes | a text that contains \": "
                                  "\" needs quotes: command: \"./x --a: {x}\"; a key goes on a "
                                  "line of its own\n"},
        {"metrics:\n  a:\n    regex: acc: '(.)'",
         "error 3:15 | this value needs quotes | a text that contains \": \" needs quotes: regex: "
         "\"acc: '(.)'\"; a key goes on a line of its own\n"},
        {"command: {x} y",
         "error 1:14 | nothing can follow the closing bracket here | a text that begins with { or "
         "[ needs quotes around all of it: command: \"{x} y\"\n"},
        {"metrics: {a: {}",
         "error 1:10 | this bracket is not closed | close it; a # behind a blank hides the rest of "
         "its line\n"},
        {"metrics: {a: {regex: x #}}",
         "error 1:14 | this bracket is not closed | close it; a # behind a blank hides the rest of "
         "its line\n"},
        {"constraints: [x < 1}",
         "error 1:20 | this bracket is not the one that is open | { is closed by }, [ by ]\n"},
        {"metrics: {a: {}}}",
         "error 1:17 | this bracket closes nothing | leave it out, or open one before it\n"},
        {"constraints: [, x < 1]", "error 1:15 | nothing stands before this comma | leave it out, "
                                   "or write '' for an empty text\n"},
        {"constraints: [x < 1,, n < 3]",
         "error 1:21 | nothing stands before this comma | leave it out, or write '' for an empty "
         "text\n"},
        {"study: @a",
         "error 1:8 | a text cannot begin with this character | put quotes around the text\n"},
        {"study: 'a", "error 1:8 | this quote is not closed | close it; within '...' a quote is "
                      "written ''\n"},
        {"study: \"a", "error 1:8 | this quote is not closed | close it; within '...' a quote is "
                       "written ''\n"},
        {"budget:\n\ttrials: 3", "error 2:1 | a tab cannot indent | use blanks\n"},
        {"budget:\n  \ttrials: 3", "error 2:3 | a tab cannot indent | use blanks\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
    eco_arena arena = ECO_ARENA_INIT(*state);
    eco_syntax_advice advice = {0};
    /* Messages that no rule knows, and none at all, stay with a general hint. */
    eco_syntax_error error = {.text = "a: b\n", .length = 5, .line = 1, .column = 2};
    error.message = "something new";
    assert_status(*state, eco_syntax_explain(&arena, &error, &advice), ECOPT_OK);
    assert_string_equal(advice.message, "something new");
    assert_string_equal(advice.hint, general);
    assert_true(advice.line == 1 && advice.column == 2);
    error.message = NULL;
    assert_status(*state, eco_syntax_explain(&arena, &error, &advice), ECOPT_OK);
    assert_string_equal(advice.message, "this is not YAML");
    eco_arena_release(&arena);
}

/* A place outside the text, or none, is no reason to look where nothing is. */
static void odd_places(void **state)
{
    static const char *const messages[] = {"missing comma in flow mapping",
                                           "missing comma in flow sequence",
                                           "invalid nested block mapping on the same line",
                                           "wrongly indented flow mapping",
                                           "mismatched flow mapping end",
                                           "flow mapping with invalid extra closing brace",
                                           "invalid value after mapping",
                                           "double-quoted scalar without closing quote",
                                           "flow sequence with invalid comma"};
    static const char *const texts[] = {"",         "\n",       "a", "a: ", "a: {", "{",       ": ",
                                        "\xc3\xa9", "a: b\r\n", "}", "[,",  "{a: ", "a: {b: c"};
    for (size_t m = 0; m < ECO_LEN(messages); m++)
        for (size_t t = 0; t < ECO_LEN(texts); t++)
            for (size_t place = 0; place < 40; place++) {
                eco_arena arena = ECO_ARENA_INIT(*state);
                eco_syntax_advice advice = {0};
                eco_syntax_error error = {.text = texts[t],
                                          .length = strlen(texts[t]),
                                          .line = place % 4,
                                          .column = place / 4,
                                          .message = messages[m]};
                assert_status(*state, eco_syntax_explain(&arena, &error, &advice), ECOPT_OK);
                assert_true(advice.message[0] != '\0' && advice.hint[0] != '\0');
                assert_true(advice.line == error.line);
                eco_arena_release(&arena);
            }
}

static ecopt_status explain_once(ecopt_ctx *ctx, void *user)
{
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_syntax_advice advice;
    ecopt_status status = eco_syntax_explain(&arena, user, &advice);
    eco_arena_release(&arena);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    eco_syntax_error error = {.text = "command: {run: ./x {lr}}",
                              .length = 24,
                              .line = 1,
                              .column = 20,
                              .message = "missing comma in flow mapping"};
    eco_test_alloc_sweep(explain_once, &error);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_cut_off), TEST(forgotten_comma), TEST(other_mistakes),
        TEST(odd_places),     TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
