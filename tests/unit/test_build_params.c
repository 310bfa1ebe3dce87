/*
 * What is wrong with parameters: names, types, ranges, defaults, values, conditions.
 *
 * Each case: sections of a file, and all remarks on them (place, key, message, hint); none means
 * that the file is right.  The sections that are left out are added by the probe.
 */
#include "support/config_probe.h"
#include "support/eco_test.h"

static void names(void **state)
{
    static const eco_probe_case cases[] = {
        {"params: {}", "error 1:9 params | a study needs at least one parameter | e.g. lr: {type: "
                       "float, min: 1e-4, max: 1e-2, log: true}\n"},
        {"params:", "error 1:1 params | expected a map (key: value), not nothing | e.g. params: "
                    "{lr: {type: float, min: 1e-4, max: 1e-2, log: true}}\n"},
        {"params: [x]", "error 1:9 params | expected a map (key: value), not a list | e.g. params: "
                        "{lr: {type: float, min: 1e-4, max: 1e-2, log: true}}\n"},
        {"params: {x: 1, n: 2, seed: 3}", "error 1:22 params.seed | {seed} is something that ecopt "
                                          "gives to every command | choose another name\n"},
        {"params: {x: 1, n: 2, phase: 3}", "error 1:22 params.phase | {phase} is something that "
                                           "ecopt gives to every command | choose another name\n"},
        {"params: {x: 1, n: 2, 3a: 3}",
         "error 1:22 params.3a | '3a' cannot be the name of a parameter | use letters, digits, '_' "
         "and '-', starting with a letter or '_'\n"},
        {"params: {x: 1, n: 2, 'a b': 3}",
         "error 1:22 params.a b | 'a b' cannot be the name of a parameter | use letters, digits, "
         "'_' and '-', starting with a letter or '_'\n"},
        {"params: {x: 1, n: 2, a.b: 3}",
         "error 1:22 params.a.b | 'a.b' cannot be the name of a parameter | use letters, digits, "
         "'_' and '-', starting with a letter or '_'\n"},
        {"params: {x: 1, n: 2, '': 3}",
         "error 1:22 params. | '' cannot be the name of a parameter | use letters, digits, '_' and "
         "'-', starting with a letter or '_'\n"},
        {"params: {x: 1, n: 2, \xc3\xa9"
         ": 3}",
         "error 1:22 params.\xc3\xa9"
         " | '\xc3\xa9"
         "' cannot be the name of a parameter | use letters, digits, '_' and '-', starting with a "
         "letter or '_'\n"},
        {"params: {x: 1, n: 2, N: 3}", "error 1:22 params.N | 'N' and 'n' would be the same "
                                       "environment variable | rename one of them\n"},
        {"params: {x: 1, n: 2, a-b: 3, A_B: 4}",
         "warning 1:22 params.a-b | no command uses the parameter 'a-b' | write {a-b} where it "
         "belongs; the environment variable ECOPT_P_A_B holds it in any case\n"
         "error 1:30 params.A_B | 'A_B' and 'a-b' would be the same environment variable | rename "
         "one of them\n"},
        {"params: {x: 1, n: 2, n: 3}", "error 1:22 params.n | this key is given twice | it stands "
                                       "first in line 1; keep one of them\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void types(void **state)
{
    static const eco_probe_case cases[] = {
        {"params: {n: 1, x: {}}", "error 1:16 params.x | the key 'type' is missing | add type: "
                                  "float, int, bool, choice or fixed\n"},
        {"params: {n: 1, x: }",
         "error 1:16 params.x | expected a text or a list or a map (key: value), not nothing | "
         "e.g. lr: {type: float, min: 1e-4, max: 1e-2, log: true}\n"},
        {"params: {n: 1, x: {type: flot, min: 0, max: 1}}",
         "error 1:26 params.x.type | expected one of float, int, bool, choice, fixed, not 'flot' | "
         "did you mean 'float'?\n"},
        {"params: {n: 1, x: {type: Float, min: 0, max: 1}}",
         "error 1:26 params.x.type | expected one of float, int, bool, choice, fixed, not 'Float' "
         "| did you mean 'float'?\n"},
        {"params: {n: 1, x: {type: , min: 0, max: 1}}",
         "error 1:20 params.x.type | expected one of float, int, bool, choice, fixed, not nothing "
         "| e.g. type: float\n"},
        {"params: {n: 1, x: {type: [int], min: 0, max: 1}}",
         "error 1:26 params.x.type | expected one of float, int, bool, choice, fixed, not a list | "
         "e.g. type: float\n"},
        {"params: {n: 1, x: {min: 0, max: 1}}", "error 1:16 params.x | the key 'type' is missing | "
                                                "add type: float, int, bool, choice or fixed\n"},
        {"params: {n: 1, x: {typ: int, min: 0, max: 1}}",
         "error 1:16 params.x | the key 'type' is missing | add type: float, int, bool, choice or "
         "fixed\n"
         "error 1:20 params.x.typ | there is no key 'typ' here | did you mean 'type'?\n"},
        {"params: {n: 1, x: {type: bool, min: 0}}",
         "error 1:32 params.x.min | 'min' does not go with type bool | only float and int have a "
         "range\n"},
        {"params: {n: 1, x: {type: int, min: 0, max: 4, values: [1]}}",
         "error 1:47 params.x.values | 'values' does not go with type int | only a choice has "
         "values\n"},
        {"params: {n: 1, x: {type: choice, values: [1, 2], log: true}}",
         "error 1:50 params.x.log | 'log' does not go with type choice | only float and int have a "
         "scale\n"},
        {"params: {n: 1, x: {values: [1, 2], max: 3, value: 3}}",
         "error 1:36 params.x.max | 'max' does not go with type choice | only float and int have a "
         "range\n"
         "error 1:44 params.x.value | 'value' does not go with type choice | only a fixed "
         "parameter has a value\n"},
        {"params: {n: 1, x: {type: fixed, value: 1, default: 1}}",
         "error 1:43 params.x.default | 'default' does not go with type fixed | a fixed parameter "
         "always has its value\n"},
        {"params: {n: 1, x: {type: fixed}}",
         "error 1:16 params.x | the key 'value' is missing | add value: ...\n"},
        {"params: {n: 1, x: {type: fixed, value: [1]}}",
         "error 1:40 params.x.value | expected a number, a text, true or false, not a list\n"},
        {"params: {n: 1, x: {type: bool, ordered: true}}",
         "error 1:32 params.x.ordered | 'ordered' does not go with type bool | only a choice can "
         "be ordered\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void ranges(void **state)
{
    static const eco_probe_case cases[] = {
        {"params: {n: 1, x: {type: float, min: 0}}",
         "error 1:16 params.x | the key 'max' is missing | add max: NUMBER\n"},
        {"params: {n: 1, x: {type: float, max: 0}}",
         "error 1:16 params.x | the key 'min' is missing | add min: NUMBER\n"},
        {"params: {n: 1, x: {type: int}}",
         "error 1:16 params.x | the key 'min' is missing | add min: NUMBER\n"
         "error 1:16 params.x | the key 'max' is missing | add max: NUMBER\n"},
        {"params: {n: 1, x: {type: float, min: 1, max: 1}}",
         "error 1:38 params.x.min | min (1) must be below max (1) | to fix it write value: NUMBER "
         "instead of min and max\n"},
        {"params: {n: 1, x: {type: float, min: 2, max: 1}}",
         "error 1:38 params.x.min | min (2) must be below max (1) | swap them\n"},
        {"params: {n: 1, x: {type: float, min: .inf, max: 1}}",
         "error 1:38 params.x.min | expected a number, not '.inf' | it must be finite\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1e999}}",
         "error 1:46 params.x.max | expected a number, not '1e999' | it must be finite\n"},
        {"params: {n: 1, x: {type: float, min: '0', max: 1}}",
         "error 1:38 params.x.min | expected a number, not '0' | leave out the quotes\n"},
        {"params: {n: 1, x: {type: float, min: zero, max: 1}}",
         "error 1:38 params.x.min | expected a number, not 'zero'\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: [1]}}",
         "error 1:46 params.x.max | expected a number, not a list\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, log: true}}",
         "error 1:38 params.x.min | min (0) must be above 0 on a log scale | raise min above 0 or "
         "leave out log: true\n"},
        {"params: {n: 1, x: {type: float, min: -1, max: 1, log: true}}",
         "error 1:38 params.x.min | min (-1) must be above 0 on a log scale | raise min above 0 or "
         "leave out log: true\n"},
        {"params: {n: 1, x: {type: float, min: 1e-300, max: 1e300, log: true}}", ""},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, log: yes}}",
         "error 1:54 params.x.log | expected true or false, not 'yes' | write true\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, log: 'true'}}",
         "error 1:54 params.x.log | expected true or false, not 'true' | leave out the quotes\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, log: 1}}",
         "error 1:54 params.x.log | expected true or false, not '1'\n"},
        {"params: {n: 1, x: {type: int, min: 0.5, max: 3}}",
         "error 1:36 params.x.min | min of an int must be a whole number, not 0.5 | use type: "
         "float for numbers with a fraction\n"},
        {"params: {n: 1, x: {type: int, min: 0, max: 3.5}}",
         "error 1:44 params.x.max | max of an int must be a whole number, not 3.5 | use type: "
         "float for numbers with a fraction\n"},
        {"params: {n: 1, x: {type: int, min: 0, max: 1e3}}", ""},
        {"params: {n: 1, x: {type: int, min: 0, max: 1e16}}",
         "error 1:44 params.x.max | max is beyond 2^53, where integers cannot be told apart | use "
         "type: float\n"},
        {"params: {n: 1, x: {type: int, min: -9007199254740992, max: 9007199254740992}}",
         "error 1:36 params.x.min | the range is wider than 2^53, where integers cannot be told "
         "apart | use type: float\n"},
        {"params: {n: 1, x: {type: int, min: 0, max: 9007199254740992}}", ""},
        {"params: {n: 1, x: {type: float, min: -1e308, max: 1e308}}", ""},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void defaults(void **state)
{
    static const eco_probe_case cases[] = {
        {"params: {n: 1, x: {type: float, min: 0, max: 1, default: 1.5}}",
         "error 1:58 params.x.default | the default (1.5) is outside 0 to 1\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, default: 1}}", ""},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, default: a}}",
         "error 1:58 params.x.default | the default must be a number, not 'a'\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, default: '0.5'}}",
         "error 1:58 params.x.default | the default must be a number, not '0.5'\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, default: }}",
         "error 1:49 params.x.default | expected a number, a text, true or false, not nothing\n"},
        {"params: {n: 1, x: {type: float, min: 0, max: 1, default: [0]}}",
         "error 1:58 params.x.default | expected a number, a text, true or false, not a list\n"},
        {"params: {n: 1, x: {type: int, min: 0, max: 3, default: 1.5}}",
         "error 1:56 params.x.default | the default of an int must be a whole number\n"},
        {"params: {n: 1, x: {type: int, min: 0, max: 3, default: 4}}",
         "error 1:56 params.x.default | the default (4) is outside 0 to 3\n"},
        {"params: {n: 1, x: {type: bool, default: 1}}",
         "error 1:41 params.x.default | the default must be true or false, not '1'\n"},
        {"params: {n: 1, x: {type: bool, default: 'true'}}",
         "error 1:41 params.x.default | the default must be true or false, not 'true'\n"},
        {"params: {n: 1, x: {type: bool, default: False}}",
         "warning 1:9 params | the parameters allow only 2 different trials, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {n: 1, x: {values: [adam, sgd], default: adan}}",
         "error 1:50 params.x.default | the default 'adan' is not one of the values | did you mean "
         "'adam'?\n"},
        {"params: {n: 1, x: {values: [0.1, 0.2], default: 0.10}}",
         "warning 1:9 params | the parameters allow only 2 different trials, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {n: 1, x: {values: [1, 2], default: 3}}",
         "error 1:45 params.x.default | the default '3' is not one of the values | take one of the "
         "values or add it to them\n"},
        {"params: {n: 1, x: {values: [true, a], default: 1}}",
         "error 1:48 params.x.default | the default '1' is not one of the values | take one of the "
         "values or add it to them\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void values(void **state)
{
    static const eco_probe_case cases[] = {
        {"params: {n: 1, x: []}",
         "error 1:19 params.x | a choice needs values | e.g. values: [1, 3, 5]\n"},
        {"params: {n: 1, x: {values: []}}",
         "error 1:28 params.x.values | a choice needs values | e.g. values: [1, 3, 5]\n"},
        {"params: {n: 1, x: {values: a}}",
         "error 1:28 params.x.values | expected a list, not 'a' | e.g. values: [1, 3, 5]\n"},
        {"params: {n: 1, x: {values: }}",
         "error 1:20 params.x.values | expected a list, not nothing | e.g. values: [1, 3, 5]\n"},
        {"params: {n: 1, x: [a, a]}",
         "error 1:23 params.x[2] | the value 'a' is listed twice | leave one of them out\n"},
        {"params: {n: 1, x: [1, '1']}",
         "error 1:23 params.x[2] | the value '1' is listed twice | leave one of them out\n"},
        {"params: {n: 1, x: [1, 1.0]}",
         "warning 1:9 params | the parameters allow only 2 different trials, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {n: 1, x: [a, ]}",
         "warning 1:9 params | the parameters allow only 1 different trial, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {n: 1, x: [a, null]}",
         "error 1:23 params.x[2] | expected a number, a text, true or false, not nothing\n"},
        {"params: {n: 1, x: [a, [b]]}",
         "error 1:23 params.x[2] | expected a number, a text, true or false, not a list\n"},
        {"params: {n: 1, x: [a, {b: 1}]}",
         "error 1:23 params.x[2] | expected a number, a text, true or false, not a map\n"},
        {"params: {n: 1, x: {values: [a, b], ordered: 1}}",
         "error 1:45 params.x.ordered | expected true or false, not '1'\n"},
        {"params: {n: 1, x: {values: [a, b], order: true}}",
         "error 1:36 params.x.order | there is no key 'order' here | allowed are type, min, max, "
         "log, values, ordered, default, value, when\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

static void conditions(void **state)
{
    static const eco_probe_case cases[] = {
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: x}}",
         "warning 1:9 params | the parameters allow only 8 different trials, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {x: {type: bool, when: n > 1}, n: {type: int, min: 0, max: 3}}",
         "error 1:32 params.x.when | 'n' at byte 1: not a parameter that stands before | a "
         "condition may only name parameters above it: move 'n' up\n"},
        {"params: {x: {type: bool, when: x}, n: 1}",
         "error 1:32 params.x.when | 'x' at byte 1: not a parameter that stands before | a "
         "condition may only name parameters above it: move 'x' up\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: y}}",
         "error 1:64 params.n.when | 'y' at byte 1: not a parameter | did you mean 'x'?\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: }}",
         "error 1:58 params.n.when | expected a text, not nothing | e.g. when: depth > 1\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: [x]}}",
         "error 1:64 params.n.when | expected a text, not a list | e.g. when: depth > 1\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: x +}}",
         "error 1:64 params.n.when | 'x' at byte 1: a number is needed here | compare texts with "
         "== or != only, and not with numbers\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: x > 1}}",
         "error 1:64 params.n.when | 'x' at byte 1: a number is needed here | compare texts with "
         "== or != only, and not with numbers\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: 3}}",
         "error 1:64 params.n.when | '3' at byte 1: a condition (true or false) is needed here | "
         "compare it with something, e.g. depth > 1\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: true}}",
         "warning 1:9 params | the parameters allow only 8 different trials, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {x: {type: bool}, n: {type: int, min: 0, max: 3, when: x && x}}",
         "error 1:66 params.n.when | '&&' at byte 3: not an operator here | write 'and'\n"},
        {"params: {x: [a, b], n: {type: int, min: 0, max: 3, when: \"x == 'a'\"}}",
         "warning 1:9 params | the parameters allow only 8 different trials, the budget 30 | the "
         "study ends when all have been tried\n"},
        {"params: {x: [a, b], n: {type: int, min: 0, max: 3, when: x == a}}",
         "error 1:63 params.n.when | 'a' at byte 6: not a parameter | did you mean 'x'?\n"},
        {"params: {x: {type: flot}, n: {type: int, min: 0, max: 3, when: x > 1}}",
         "error 1:20 params.x.type | expected one of float, int, bool, choice, fixed, not 'flot' | "
         "did you mean 'float'?\n"},
    };
    eco_probe_table(*state, cases, ECO_LEN(cases));
}

/* A parameter of a study that has nothing wrong, by its text. */
static const ecopt_param *parse_param(ecopt_ctx *ctx, const char *text, ecopt_definition **ret)
{
    char *sections = eco_asprintf(ctx, "params: {n: {type: int, min: 1, max: 100}, x: %s}\n", text);
    *ret = eco_probe_parse(ctx, sections);
    eco_free(ctx, sections);
    return ecopt_space_param((*ret)->space, 1);
}

/* Types said, implied by keys, and implied by the form of the entry. */
static void types_and_forms(void **state)
{
    static const struct {
        const char *text;
        ecopt_param_type type;
        size_t n_values;
    } cases[] = {
        {"{type: float, min: 0, max: 1}", ECOPT_PARAM_FLOAT, 0},
        {"{type: int, min: 0, max: 1}", ECOPT_PARAM_INT, 0},
        {"{type: bool}", ECOPT_PARAM_BOOL, 0},
        {"{type: choice, values: [a, b]}", ECOPT_PARAM_CHOICE, 2},
        {"{values: [a, b, c]}", ECOPT_PARAM_CHOICE, 3},
        {"[a]", ECOPT_PARAM_CHOICE, 1},
        {"{type: fixed, value: 3}", ECOPT_PARAM_FIXED, 1},
        {"{value: 3}", ECOPT_PARAM_FIXED, 1},
        {"text", ECOPT_PARAM_FIXED, 1},
        {"true", ECOPT_PARAM_FIXED, 1},
        {"'3'", ECOPT_PARAM_FIXED, 1},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = NULL;
        const ecopt_param *p = parse_param(*state, cases[i].text, &d);
        assert_int_equal(p->type, cases[i].type);
        assert_int_equal(p->n_values, cases[i].n_values);
        assert_false(p->has_default || p->is_log || p->is_ordered);
        assert_null(p->when);
        ecopt_definition_free(*state, d);
    }
}

/* Values keep their text; their type is YAML's, quotes make a text of anything. */
static void value_types(void **state)
{
    static const struct {
        const char *text;
        ecopt_value_type type;
        double number;
        const char *kept;
    } cases[] = {
        {"3", ECOPT_VALUE_INT, 3, "3"},
        {"-3", ECOPT_VALUE_INT, -3, "-3"},
        {"1e3", ECOPT_VALUE_INT, 1000, "1e3"},
        {"2.0", ECOPT_VALUE_INT, 2, "2.0"},
        {"0.10", ECOPT_VALUE_FLOAT, 0.1, "0.10"},
        {"1e-3", ECOPT_VALUE_FLOAT, 1e-3, "1e-3"},
        {"True", ECOPT_VALUE_BOOL, 1, "true"},
        {"FALSE", ECOPT_VALUE_BOOL, 0, "false"},
        {"yes", ECOPT_VALUE_STRING, (double)NAN, "yes"},
        {"'3'", ECOPT_VALUE_STRING, (double)NAN, "3"},
        {"\"true\"", ECOPT_VALUE_STRING, (double)NAN, "true"},
        {"''", ECOPT_VALUE_STRING, (double)NAN, ""},
        {"0x1F", ECOPT_VALUE_STRING, (double)NAN, "0x1F"},
        {"1_000", ECOPT_VALUE_STRING, (double)NAN, "1_000"},
        {"\xc3\xa9t\xc3\xa9", ECOPT_VALUE_STRING, (double)NAN, "\xc3\xa9t\xc3\xa9"},
        {"2026-11-23", ECOPT_VALUE_STRING, (double)NAN, "2026-11-23"},
        {"a b", ECOPT_VALUE_STRING, (double)NAN, "a b"},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = NULL;
        const ecopt_param *p = parse_param(*state, cases[i].text, &d);
        assert_int_equal(p->values[0].type, cases[i].type);
        assert_close(p->values[0].number, cases[i].number, 0, 0);
        assert_string_equal(p->values[0].text, cases[i].kept);
        ecopt_definition_free(*state, d);
    }
}

/* Defaults become codes: the number, 0 or 1, or the place in the list, found by text, then by
 * number. */
static void default_codes(void **state)
{
    static const struct {
        const char *text;
        double code;
    } cases[] = {
        {"{type: float, min: 0, max: 1, default: 0.25}", 0.25},
        {"{type: float, min: 0, max: 1, default: 0}", 0},
        {"{type: float, min: 0.1, max: 10, log: true, default: 1e0}", 1},
        {"{type: int, min: -5, max: 5, default: -5}", -5},
        {"{type: int, min: 0, max: 2000, default: 1e3}", 1000},
        {"{type: bool, default: true}", 1},
        {"{type: bool, default: FALSE}", 0},
        {"{values: [sgd, adam], default: adam}", 1},
        {"{values: [1, 2.50, 4], default: 2.5}", 1},
        {"{values: ['2', 2.0], default: 2}", 0},
        {"{values: [false, true], default: True}", 1},
        {"{values: ['', a], default: ''}", 0},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = NULL;
        const ecopt_param *p = parse_param(*state, cases[i].text, &d);
        assert_true(p->has_default);
        assert_close(p->default_code, cases[i].code, 0, 0);
        ecopt_definition_free(*state, d);
    }
}

/* Ranges are kept as written, to the last bit. */
static void range_values(void **state)
{
    static const struct {
        const char *text;
        double min, max;
        bool is_log;
    } cases[] = {
        {"{type: float, min: 1e-4, max: 1e-2, log: true}", 1e-4, 1e-2, true},
        {"{type: float, min: -0.1, max: 0.1}", -0.1, 0.1, false},
        {"{type: float, min: 1e-300, max: 1e300, log: true}", 1e-300, 1e300, true},
        {"{type: float, min: .5, max: +1.5, log: false}", 0.5, 1.5, false},
        {"{type: int, min: -3, max: 1e6}", -3, 1e6, false},
        {"{type: int, min: 1, max: 9007199254740992, log: true}", 1, 9007199254740992.0, true},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        ecopt_definition *d = NULL;
        const ecopt_param *p = parse_param(*state, cases[i].text, &d);
        assert_true(p->min == cases[i].min && p->max == cases[i].max);
        assert_int_equal(p->is_log, cases[i].is_log);
        ecopt_definition_free(*state, d);
    }
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names),         TEST(types),        TEST(ranges),          TEST(defaults),
        TEST(values),        TEST(conditions),   TEST(types_and_forms), TEST(value_types),
        TEST(default_codes), TEST(range_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
