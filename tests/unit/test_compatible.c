/* Which changes of a definition a study goes on under: identity against identity. */
#include "study/compatible.h"
#include "support/eco_test.h"

/* The study that every case changes. */
static const char *const made[] = {
    "study: s",
    "seed: 7",
    "sampler: mobo",
    "params.lr: float min=0.0001 max=0.1 log default=0.01",
    "params.kernel: choice int:1 int:3 when lr < 0.05",
    "constraints: lr < 0.09",
    "objectives.accuracy: max linear threshold=0.75",
    "objectives.energy_j: min log",
    "metrics.accuracy: regex | acc: (.*) |  |  | ",
    "metrics.extra: reported |  |  |  | ",
    "command.train: | ./cnn | --lr | {lr}",
    "env: THREADS=1",
    "budget.init: 5",
};

/* The text with line `at` as `line` (NULL: left out), and `more` behind all of it. */
static char *text_with(ecopt_ctx *ctx, size_t at, const char *line, const char *more)
{
    eco_str str = ECO_STR_INIT(ctx);
    char *text = NULL;
    for (size_t i = 0; i < ECO_LEN(made); i++)
        if (i != at || line)
            eco_str_addf(&str, "%s\n", i == at ? line : made[i]);
    eco_str_add(&str, more);
    assert_status(ctx, eco_str_take(&str, &text), ECOPT_OK);
    return text;
}

enum { NONE = 99 };

/* One change and what is said of it: `changes` when it may, `refused` when not. */
typedef struct change_case {
    size_t at;
    const char *line, *more, *changes, *refused, *remedy;
    bool can_be_asserted;
} change_case;

static const change_case cases[] = {
    {NONE, NULL, "", "", NULL, NULL, false},
    /* bounds, scale, default; values; condition; type; gone; new */
    {3, "params.lr: float min=0.001 max=1", "", "params.lr", NULL, NULL, false},
    {4, "params.kernel: choice int:3 int:5 ordered when lr < 0.05", "", "params.kernel", NULL, NULL,
     false},
    {4, "params.kernel: choice int:1 int:3 when lr < 0.06", "", "", "params.kernel", "--accept",
     true},
    {4, "params.kernel: choice int:1 int:3", "", "", "params.kernel", "--accept", true},
    {3, "params.lr: int min=1 max=3", "", "", "params.lr", "keep its type", false},
    {3, NULL, "", "", "params.lr", "put it back", false},
    {NONE, NULL, "params.w: int min=1 max=3\n", "", "params.w", "give it a default", false},
    {NONE, NULL, "params.w: int min=1 max=3 default=2\n", "params.w", NULL, NULL, false},
    {NONE, NULL, "params.w: fixed string:a\n", "params.w", NULL, NULL, false},
    {NONE, NULL, "params.w: column\n", "", "params.w", "columns", false},
    {3, "params.lr: fixed float:0.01", "", "params.lr", NULL, NULL, false},
    {3, "params.lr: column", "", "", "params.lr", "keep its type", false},
    /* what is wanted of the values */
    {5, "constraints: lr < 0.08", "", "constraints, constraints", NULL, NULL, false},
    {5, NULL, "", "constraints", NULL, NULL, false},
    {6, "objectives.accuracy: max linear threshold=0.5", "", "objectives.accuracy", NULL, NULL,
     false},
    {6, "objectives.accuracy: max log", "", "objectives.accuracy", NULL, NULL, false},
    {6, "objectives.accuracy: min linear threshold=0.75", "", "", "objectives.accuracy",
     "put the objectives back", false},
    {6, NULL, "", "", "objectives.accuracy", "put the objectives back", false},
    {NONE, NULL, "objectives.time_s: min log\n", "", "objectives.time_s", "objectives", false},
    /* what the values mean */
    {8, "metrics.accuracy: regex | top1: (.*) |  |  | ", "", "", "metrics.accuracy", "--accept",
     true},
    {8, NULL, "", "", "metrics.accuracy", "--accept", true},
    {9, NULL, "", "metrics.extra", NULL, NULL, false},
    {NONE, NULL, "metrics.energy_j: reported |  |  |  | \n", "", "metrics.energy_j", "--accept",
     true},
    {NONE, NULL, "metrics.other: reported |  |  |  | \n", "metrics.other", NULL, NULL, false},
    {10, "command.train: | ./cnn2 | --lr | {lr}", "", "", "command.train", "--accept", true},
    {10, "command.train: | ./cnn | --lr | {lr} | --fast", "", "", "command.train", "--accept",
     true},
    {10, "command.train: | ./cnn | --lr", "", "", "command.train", "--accept", true},
    {10, NULL, "", "", "command.train", "--accept", true},
    {NONE, NULL, "command.test: | ./test\n", "", "command.test", "--accept", true},
    {11, "env: THREADS=2", "", "", "env", "--accept", true},
    {NONE, NULL, "env: WIDTH={lr}\n", "", "env", "--accept", true},
    /* a parameter that is passed on */
    {10, "command.train: | ./cnn | --w | {w} | --lr | {lr}",
     "params.w: int min=1 max=3 default=2\n", "command.train, params.w", NULL, NULL, false},
    {10, "command.train: | ./cnn | --lr | {lr} | -w{w}", "params.w: int min=1 max=3 default=2\n",
     "command.train, params.w", NULL, NULL, false},
    {10, "command.train: | ./cnn | --lr | {lr} | --w | {w} | --fast",
     "params.w: int min=1 max=3 default=2\n", "command.train, params.w", NULL, NULL, false},
    {10, "command.train: | ./cnn | --fast | --lr | {lr} | {w}",
     "params.w: int min=1 max=3 default=2\n", "params.w", "command.train", "--accept", true},
    {NONE, NULL, "params.w: int min=1 max=3 default=2\nenv: WIDTH={w}\n", "params.w, env", NULL,
     NULL, false},
    /* the rest */
    {0, "study: t", "", "", "study", "put it back", false},
    {1, "seed: 8", "", "", "seed", "put it back", false},
    {2, "sampler: sobol", "", "sampler", NULL, NULL, false},
    {12, "budget.init: 6", "", "budget.init", NULL, NULL, false},
    {NONE, NULL, "candidates: list\n", "", "candidates", "put it back", false},
    {NONE, NULL, "later: thing\n", "", "later", "--accept", true},
};

static void check_case(ecopt_ctx *ctx, const char *stored, const change_case *c)
{
    char *given = text_with(ctx, c->at, c->line, c->more);
    eco_comparison found;
    assert_status(ctx, eco_comparison_init(ctx, stored, given, false, &found), ECOPT_OK);
    if (c->refused && (!found.refused || strcmp(found.refused, c->refused) != 0))
        fail_msg("%s%s: refused %s", c->line ? c->line : "", c->more,
                 found.refused ? found.refused : "nothing");
    if (!c->refused && found.refused)
        fail_msg("%s%s: %s is refused", c->line ? c->line : "", c->more, found.refused);
    assert_string_equal(eco_str_text(&found.changes), c->changes);
    if (c->refused)
        assert_non_null(strstr(found.remedy, c->remedy));
    eco_comparison_release(&found);
    assert_status(ctx, eco_comparison_init(ctx, stored, given, true, &found), ECOPT_OK);
    assert_int_equal(found.refused != NULL, c->refused && !c->can_be_asserted);
    eco_comparison_release(&found);
    eco_free(ctx, given);
}

static void test_each_change_has_its_verdict(void **state)
{
    ecopt_ctx *ctx = *state;
    char *stored = text_with(ctx, NONE, NULL, "");
    for (size_t i = 0; i < ECO_LEN(cases); i++)
        check_case(ctx, stored, &cases[i]);
    eco_free(ctx, stored);
}

static void test_a_refusal_names_old_and_new_and_the_other_keys(void **state)
{
    ecopt_ctx *ctx = *state;
    const char *stored = "seed: 7\nparams.x: float min=0 max=1\ncommand.a: | ./a\n";
    const char *given = "command.a: | ./b\nparams.x: int min=0 max=1\n";
    eco_comparison found;
    assert_status(ctx, eco_comparison_init(ctx, stored, given, false, &found), ECOPT_OK);
    /* The command could be asserted, the type cannot: that comes first. */
    assert_string_equal(found.refused, "params.x");
    assert_string_equal(found.before, "float min=0 max=1");
    assert_string_equal(found.now, "int min=0 max=1");
    assert_string_equal(eco_str_text(&found.others), ", command.a, seed");
    eco_comparison_release(&found);
    assert_status(ctx, eco_comparison_init(ctx, "seed: 7\n", "", false, &found), ECOPT_OK);
    assert_string_equal(found.before, "7");
    assert_null(found.now);
    eco_comparison_release(&found);
}

static void test_coordinates_of_the_reference_that_stay(void **state)
{
    ecopt_ctx *ctx = *state;
    char *stored = text_with(ctx, NONE, NULL, "");
    char *given = text_with(ctx, 6, "objectives.accuracy: max linear threshold=0.8", "");
    eco_comparison found;
    assert_status(ctx, eco_comparison_init(ctx, stored, given, false, &found), ECOPT_OK);
    assert_false(found.keeps_reference[0]);
    assert_true(found.keeps_reference[1]);
    assert_false(found.has_new_param);
    eco_comparison_release(&found);
    /* Another order: coordinates are kept by place. */
    const char *a = "objectives.a: min\nobjectives.b: min\n";
    const char *b = "objectives.b: min\nobjectives.a: min\n";
    assert_status(ctx, eco_comparison_init(ctx, a, b, false, &found), ECOPT_OK);
    assert_false(found.keeps_reference[0] || found.keeps_reference[1]);
    assert_null(found.refused);
    eco_comparison_release(&found);
    eco_free(ctx, stored);
    eco_free(ctx, given);
}

static ecopt_status compare_once(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_comparison found;
    ECO_TRY(eco_comparison_init(ctx, "seed: 7\nparams.x: float min=0 max=1\ncommand.a: | ./a\n",
                                "params.x: int min=0\nsampler: sobol\nlater: 1\n", false, &found));
    eco_comparison_release(&found);
    return ECOPT_OK;
}

/* Held at a value and let go again. */
static void test_a_single_value_may_become_a_range(void **state)
{
    ecopt_ctx *ctx = *state;
    static const struct {
        const char *old, *now;
        bool may;
    } types[] = {
        {"fixed int:16", "int min=1 max=32", true},
        {"fixed int:16", "float min=1 max=32", true},
        {"fixed int:16", "choice int:16 int:8", true},
        {"fixed int:16", "bool", false},
        {"fixed bool:true", "bool", true},
        {"fixed bool:true", "int min=0 max=1", false},
        {"fixed string:a", "choice string:a", true},
        {"fixed string:a", "float min=0 max=1", false},
        {"column", "fixed int:1", false},
        {"bool", "choice string:true", false},
    };
    for (size_t i = 0; i < ECO_LEN(types); i++) {
        char old[80], now[80];
        eco_comparison found;
        (void)snprintf(old, sizeof old, "params.x: %s\n", types[i].old);
        (void)snprintf(now, sizeof now, "params.x: %s\n", types[i].now);
        assert_status(ctx, eco_comparison_init(ctx, old, now, false, &found), ECOPT_OK);
        assert_int_equal(found.refused == NULL, types[i].may);
        eco_comparison_release(&found);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    eco_test_alloc_sweep(compare_once, NULL);
}

static void test_points_are_completed(void **state)
{
    ecopt_ctx *ctx = *state;
    static const struct {
        const char *complete, *point, *expected;
    } points[] = {
        {"x=1 y=2", "x=5", "x=5 y=2"},
        {"x=1 y=2", "y=5", "x=1 y=5"},
        {"x=1 y=2", "y=5 x=3", "x=3 y=5"},
        {"x=1 y=2", "x=5 y=6", "x=5 y=6"},
        {"xx=1 x=2", "x=5", "xx=1 x=5"},
        {"a=\"b c\" n=\"x=9\"", "n=\"q \\\" x=1\"", "a=\"b c\" n=\"q \\\" x=1\""},
        {"n=\"\" x=1", "x=2", "n=\"\" x=2"},
    };
    for (size_t i = 0; i < ECO_LEN(points); i++) {
        char *text = NULL;
        assert_status(ctx, eco_point_complete(ctx, points[i].complete, points[i].point, &text),
                      ECOPT_OK);
        assert_string_equal(text, points[i].expected);
        eco_free(ctx, text);
    }
    char *text = NULL;
    assert_status(ctx, eco_point_complete(ctx, "x=1", "x=2 z=3", &text), ECOPT_E_PARSE);
    assert_null(text);
}

int main(void)
{
#define WITH_CTX(test) cmocka_unit_test_setup_teardown(test, eco_test_set_up, eco_test_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_CTX(test_each_change_has_its_verdict),
        WITH_CTX(test_a_refusal_names_old_and_new_and_the_other_keys),
        WITH_CTX(test_coordinates_of_the_reference_that_stay),
        WITH_CTX(test_a_single_value_may_become_a_range),
        cmocka_unit_test(test_no_memory),
        WITH_CTX(test_points_are_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
