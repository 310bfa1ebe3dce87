/*
 * The guide of a study that asks for nothing lets everything pass, and keeps what is noted.
 */
#include "study/guide.h"
#include "support/eco_test.h"

static void test_no_rule_objects(void **state)
{
    ecopt_ctx *ctx = eco_test_ctx();
    const ecopt_definition definition = {.n_phases = 0};
    ecopt_study study = {.ctx = ctx, .definition = &definition};
    eco_claim claim = {.trial = 3, .attempt = 2};
    eco_guide guide;
    eco_str reason = ECO_STR_INIT(ctx);
    eco_trial_step step = {.step = 1};
    eco_trial_progress progress = {.repeat = 1};
    eco_verdict verdict = ECO_VERDICT_PRUNE;
    (void)state;
    eco_guide_init(&guide, &study, NULL, &claim);
    const eco_trial_guide *asked = eco_guide_of(&guide);
    assert_status(ctx, asked->on_step(asked->user, &step, &reason, &verdict), ECOPT_OK);
    assert_int_equal(verdict, ECO_VERDICT_GO_ON);
    verdict = ECO_VERDICT_AGAIN;
    assert_status(ctx, asked->on_phase(asked->user, &progress, &reason, &verdict), ECOPT_OK);
    assert_int_equal(verdict, ECO_VERDICT_GO_ON);
    eco_guide_release(&guide);
    eco_str_release(&reason);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_notes_are_copies_in_their_order(void **state)
{
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_study study = {.ctx = ctx};
    eco_claim claim = {.trial = 3, .attempt = 2};
    eco_guide guide;
    (void)state;
    eco_guide_init(&guide, &study, NULL, &claim);
    for (int i = 0; i < 9; i++) {
        char numbers[] = "{\"i\":0}";
        numbers[5] = (char)('0' + i);
        assert_status(ctx, eco_guide_note(&guide, "prune", i, "go on", numbers), ECOPT_OK);
    }
    assert_int_equal(guide.n_decisions, 9);
    assert_string_equal(guide.decisions[8].numbers, "{\"i\":8}");
    assert_int_equal(guide.decisions[8].attempt, 2);
    assert_int_equal(guide.decisions[8].step, 8);
    eco_guide_release(&guide);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rule_objects),
        cmocka_unit_test(test_notes_are_copies_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
