/* Numbers of decisions as text: every kind of value, and what is no object. */
#include "support/eco_test.h"

#include "report/decision_text.h"

static void is_told(ecopt_ctx *ctx, const char *numbers, const char *expected)
{
    eco_str str = ECO_STR_INIT(ctx);
    eco_decision_numbers(&str, numbers);
    assert_status(ctx, eco_str_status(&str), ECOPT_OK);
    assert_string_equal(eco_str_text(&str), expected);
    eco_str_release(&str);
}

static void test_values(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    is_told(ctx, "{}", "");
    is_told(ctx, "{\"useless\": 0.975887, \"steps\": 30, \"chance\": null, \"sure\": true}",
            "useless 0.9759, steps 30, chance not known, sure yes");
    is_told(ctx,
            "{\"front\": 9, \"ends\": {\"a\": {\"from\": \"curve\", \"best\": 1e-9}, \"b\": "
            "[1, false]}}",
            "front 9, ends (a (from curve, best 1e-09), b (1, no))");
    ecopt_ctx_free(ctx);
}

/* A store may come from anywhere: nothing in it moves a cursor or nests without end. */
static void test_foreign_texts(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    is_told(ctx, "", "");
    is_told(ctx, "none", "none");
    is_told(ctx, "[1]", "[1]");
    eco_str str = ECO_STR_INIT(ctx);
    eco_decision_numbers(&str, "{\"a\": \"\\u001b[2J\", \"b\\u001b\": \"\\u001b\"}");
    assert_null(strchr(eco_str_text(&str), 27));
    eco_str_release(&str);
    is_told(ctx, "{\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": 1}}}}}}}}",
            "a (a (a (a (a (a (a ...))))))");
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_foreign_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
