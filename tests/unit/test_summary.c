#include "analysis/summary.h"
#include "report/prose.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

static eco_summary *summary_of(eco_fake_study *study)
{
    eco_summary *summary = NULL;
    assert_status(study->ctx,
                  eco_summary_new(study->ctx, &study->definition, &study->snapshot, &summary),
                  ECOPT_OK);
    return summary;
}

static void test_counts_and_best(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    study->definition.n_constraints = 1;
    (void)eco_fake_study_add(study, 0.80, 2e-4);
    (void)eco_fake_study_add(study, 0.95, 1e-4); /* best in both, but outside the constraint */
    (void)eco_fake_study_add(study, 0.90, 5e-4);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_FAILED, "no");
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_QUEUED, "");
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_RUNNING, "");
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_INFEASIBLE, "too large");
    eco_fake_study_store(study, 1)->metrics[3].value = 61;
    eco_summary *summary = summary_of(study);
    assert_int_equal(summary->n_states[ECOPT_TRIAL_COMPLETE], 3);
    assert_int_equal(summary->n_states[ECOPT_TRIAL_FAILED], 1);
    assert_int_equal(summary->n_states[ECOPT_TRIAL_QUEUED], 1);
    assert_int_equal(summary->n_ended, 5);
    assert_int_equal(summary->n_feasible, 2);
    assert_true(summary->best[0].is_known);
    assert_int_equal(summary->best[0].trial, 2);
    assert_close(summary->best[0].value, 0.90, 0, 0);
    assert_close(summary->best[0].worst, 0.80, 0, 0);
    assert_int_equal(summary->best[1].trial, 0);
    assert_close(summary->best[1].value, 2e-4, 0, 0);
    assert_close(summary->best[1].u95, 8e-6, 1e-12, 0);
    assert_close(summary->best[1].worst, 5e-4, 0, 0);
    eco_summary_free(ctx, summary);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_joules_by_phase(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.8, 1e-3); /* 40 J train +- 0.8, 1 J evaluate +- 0.04 */
    (void)eco_fake_study_add(study, 0.9, 2e-3); /* 80 J +- 1.6, 2 J +- 0.08 */
    study->trials[1].state = ECOPT_TRIAL_FAILED;
    eco_fake_study_store(study, 1)->phases[0].energy.quality = ECOPT_QUALITY_MEASURED_SAMPLED;
    study->snapshot.spent_energy_j += 10; /* an attempt that a crash took */
    eco_summary *summary = summary_of(study);
    assert_int_equal(summary->n_phases, 2);
    assert_string_equal(summary->phases[0].phase, "train");
    assert_close(summary->phases[0].energy.energy_j, 120, 1e-12, 0);
    assert_close(summary->phases[0].energy.u95_j, hypot(0.8, 1.6), 1e-12, 0);
    assert_close(summary->phases[0].mean_u95_j, hypot(0.8, 1.6) / 2, 1e-12, 0);
    assert_int_equal(summary->phases[0].energy.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_int_equal(summary->phases[1].energy.quality, ECOPT_QUALITY_MEASURED_COUNTER);
    assert_close(summary->phases[1].energy.energy_j, 3, 1e-12, 0);
    assert_close(summary->total.energy.energy_j, 123, 1e-12, 0);
    assert_int_equal(summary->total.n_windows, 4);
    assert_int_equal(summary->total.energy.quality, ECOPT_QUALITY_MEASURED_SAMPLED);
    assert_close(summary->complete_j, 41, 1e-12, 0);
    assert_close(summary->incomplete_j, 82, 1e-12, 0);
    assert_close(summary->lost_j, 10, 1e-9, 0);
    assert_int_equal(summary->total.energy.n_sources, 1);
    assert_close(summary->total.energy.sources[0].energy_j, 123, 1e-12, 0);
    eco_summary_free(ctx, summary);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_missing_joules_are_counted_not_added(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.8, 1e-3);
    (void)eco_fake_study_add(study, 0.9, 2e-3);
    eco_fake_study_store(study, 0)->phases[0].energy.energy_j = (double)NAN;
    eco_summary *summary = summary_of(study);
    assert_int_equal(summary->phases[0].n_windows, 2);
    assert_int_equal(summary->phases[0].n_missing, 1);
    assert_close(summary->phases[0].energy.energy_j, 80, 1e-12, 0);
    assert_close(summary->total.energy.energy_j, 83, 1e-12, 0);
    eco_summary_free(ctx, summary);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            eco_fake_study_store(study, i)->phases[k].energy.energy_j = (double)NAN;
    study->snapshot.spent_energy_j = (double)NAN;
    summary = summary_of(study);
    assert_true(isnan(summary->total.energy.energy_j));
    assert_true(isnan(summary->total.mean_u95_j));
    assert_int_equal(summary->total.energy.quality, ECOPT_QUALITY_UNMEASURABLE);
    assert_true(isnan(summary->complete_j));
    assert_true(isnan(summary->incomplete_j));
    assert_true(isnan(summary->lost_j));
    eco_summary_free(ctx, summary);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_empty_study(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_summary *summary = summary_of(study);
    assert_int_equal(summary->n_ended, 0);
    assert_int_equal(summary->n_phases, 0);
    assert_false(summary->best[0].is_known);
    assert_true(isnan(summary->total.energy.energy_j));
    eco_summary_free(ctx, summary);
    eco_summary_free(ctx, NULL);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_prose(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_str str = ECO_STR_INIT(ctx);
    eco_summary *summary = summary_of(study);
    eco_prose_states(&str, summary, 0);
    assert_string_equal(eco_str_text(&str), "0 trials");
    eco_summary_free(ctx, summary);
    (void)eco_fake_study_add_state(study, ECOPT_TRIAL_QUEUED, "");
    summary = summary_of(study);
    eco_str_clear(&str);
    eco_prose_states(&str, summary, 1);
    assert_string_equal(eco_str_text(&str), "1 trial: 1 queued");
    eco_summary_free(ctx, summary);
    eco_str_clear(&str);
    eco_prose_value(&str, "energy_j", (double)NAN, 1);
    assert_string_equal(eco_str_text(&str), "not known");
    study->snapshot.n_reference = 0;
    eco_str_clear(&str);
    assert_true(eco_prose_reference(&str, &study->definition, &study->snapshot));
    assert_non_null(strstr(eco_str_text(&str), "accuracy 0.75 (threshold), "));
    assert_non_null(strstr(eco_str_text(&str), " not known"));
    study->objectives[0].has_threshold = false;
    eco_str_clear(&str);
    assert_false(eco_prose_reference(&str, &study->definition, &study->snapshot));
    assert_string_equal(eco_str_text(&str), "");
    eco_str_release(&str);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

static void test_band_is_told_when_wide(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_str str = ECO_STR_INIT(ctx);
    ecopt_energy energy = eco_fake_energy(13, 1, 1, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_true(eco_prose_band(&str, &energy));
    assert_string_equal(eco_str_text(&str), "absolute scale 5.2 to 20 J (modelled)");
    energy = eco_fake_energy(842, 1, 1, ECOPT_QUALITY_MODELLED_GENERIC);
    eco_str_clear(&str);
    assert_true(eco_prose_band(&str, &energy));
    assert_string_equal(eco_str_text(&str), "absolute scale 0.34 to 1.3 kJ (modelled)");
    energy = eco_fake_energy(842, 1, 1, ECOPT_QUALITY_MEASURED_COUNTER);
    eco_str_clear(&str);
    assert_false(eco_prose_band(&str, &energy));
    energy.gain_hi = 1.3;
    assert_true(eco_prose_band(&str, &energy));
    assert_non_null(strstr(eco_str_text(&str), "(limits of the source)"));
    energy.gain_hi = (double)NAN;
    assert_false(eco_prose_band(&str, &energy));
    energy = eco_fake_energy((double)NAN, 1, 1, ECOPT_QUALITY_MODELLED_GENERIC);
    assert_false(eco_prose_band(&str, &energy));
    eco_str_release(&str);
    ecopt_ctx_free(ctx);
}

static void test_every_label_and_note_has_a_text(void **state)
{
    (void)state;
    for (int i = ECOPT_QUALITY_MEASURED_WALL; i <= ECOPT_QUALITY_UNMEASURABLE; i++)
        assert_true(strlen(eco_quality_meaning((ecopt_quality)i)) > 20);
    for (int i = 0; i < ECO_NOTE_COUNT; i++)
        assert_true(strlen(eco_note_text((eco_note)i)) > 20);
    assert_string_equal(eco_note_text(ECO_NOTE_COUNT), "");
    assert_true(eco_quality_is_modelled(ECOPT_QUALITY_MODELLED_CALIBRATED));
    assert_false(eco_quality_is_modelled(ECOPT_QUALITY_MEASURED_WALL));
    assert_false(eco_quality_is_modelled(ECOPT_QUALITY_UNMEASURABLE));
}

static ecopt_status make_summary(ecopt_ctx *ctx, void *user)
{
    eco_fake_study *study = user;
    eco_summary *summary = NULL;
    ecopt_status status = eco_summary_new(ctx, &study->definition, &study->snapshot, &summary);
    eco_summary_free(ctx, summary);
    return status;
}

static void test_memory_failures_leave_nothing(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    eco_fake_study_fill(study, 4);
    eco_test_alloc_sweep(make_summary, study);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_best),
        cmocka_unit_test(test_joules_by_phase),
        cmocka_unit_test(test_missing_joules_are_counted_not_added),
        cmocka_unit_test(test_empty_study),
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_band_is_told_when_wide),
        cmocka_unit_test(test_every_label_and_note_has_a_text),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
