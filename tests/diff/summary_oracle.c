/*
 * Summary, tables of phases and sources, and the progress of a single objective, against plain
 * loops over the trials.
 */
#include "analysis/front.h"
#include "analysis/summary.h"
#include "report/plot.h"
#include "report/rows.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include "core/rng.h"

#include <stdlib.h>

enum { SEED = 4242, ROUNDS = 200 };

static const char *const PHASES[] = {"train", "evaluate"};

/* Trials of every state; windows with and without joules; spent more than what was recorded. */
static eco_fake_study *any_study(ecopt_ctx *ctx, eco_rng *rng)
{
    eco_fake_study *study = eco_fake_study_new(ctx, 1 + (size_t)eco_rng_below(rng, 3));
    size_t n = (size_t)eco_rng_below(rng, 30);
    for (size_t i = 0; i < n; i++) {
        ecopt_trial *trial =
            eco_fake_study_add(study, eco_rng_uniform(rng), 1e-4 * (1 + 9 * eco_rng_uniform(rng)));
        eco_fake_trial *store = eco_fake_study_store(study, i);
        if (eco_rng_below(rng, 3) == 0)
            trial->state = (ecopt_trial_state)eco_rng_below(rng, ECOPT_TRIAL_PREEMPTED + 1);
        trial->n_phases = (size_t)eco_rng_below(rng, 3);
        for (size_t k = 0; k < trial->n_phases; k++) {
            if (eco_rng_below(rng, 4) == 0)
                store->phases[k].energy.energy_j = (double)NAN;
            if (eco_rng_below(rng, 8) == 0)
                store->phases[k].time_s = (double)NAN;
            store->phases[k].energy.quality = (ecopt_quality)eco_rng_below(rng, 5);
        }
    }
    if (eco_rng_below(rng, 4) == 0)
        study->definition.n_constraints = 1;
    return study;
}

static eco_summary *summary_of(const eco_fake_study *study)
{
    eco_summary *summary = NULL;
    assert_status(study->ctx,
                  eco_summary_new(study->ctx, &study->definition, &study->snapshot, &summary),
                  ECOPT_OK);
    return summary;
}

/* Sums of one phase by a loop; NULL is all phases. */
typedef struct plain_sum {
    size_t n_windows, n_missing;
    double energy_j, u95_squared, time_s;
    ecopt_quality weakest;
} plain_sum;

static plain_sum sum_of(const eco_fake_study *study, const char *phase)
{
    plain_sum sum = {.energy_j = 0};
    for (size_t i = 0; i < study->snapshot.n_trials; i++) {
        const ecopt_trial *trial = &study->snapshot.trials[i];
        for (size_t k = 0; k < trial->n_phases; k++) {
            const ecopt_phase_record *record = &trial->phases[k];
            if (phase && strcmp(record->phase, phase) != 0)
                continue;
            sum.n_windows++;
            sum.time_s += isnan(record->time_s) ? 0 : record->time_s;
            if (isnan(record->energy.energy_j)) {
                sum.n_missing++;
                continue;
            }
            sum.energy_j += record->energy.energy_j;
            sum.u95_squared += record->energy.u95_j * record->energy.u95_j;
            if (record->energy.quality > sum.weakest)
                sum.weakest = record->energy.quality;
        }
    }
    return sum;
}

static void assert_total(const eco_phase_total *total, const plain_sum *sum)
{
    size_t n = sum->n_windows - sum->n_missing;
    assert_int_equal(total->n_windows, sum->n_windows);
    assert_int_equal(total->n_missing, sum->n_missing);
    assert_close(total->time_s, sum->time_s, 1e-12, 0);
    if (n == 0) {
        /* Nothing known is not nothing used. */
        assert_true(isnan(total->energy.energy_j));
        assert_int_equal(total->energy.quality, ECOPT_QUALITY_UNMEASURABLE);
        return;
    }
    assert_close(total->energy.energy_j, sum->energy_j, 1e-12, 0);
    assert_close(total->energy.u95_j, sqrt(sum->u95_squared), 1e-12, 0);
    assert_close(total->mean_u95_j, sqrt(sum->u95_squared) / (double)n, 1e-12, 0);
    assert_int_equal(total->energy.quality, sum->weakest);
}

static void test_sums_by_phase(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng);
        eco_summary *summary = summary_of(study);
        plain_sum all = sum_of(study, NULL);
        size_t n_found = 0;
        assert_total(&summary->total, &all);
        for (size_t i = 0; i < ECO_LEN(PHASES); i++) {
            plain_sum sum = sum_of(study, PHASES[i]);
            for (size_t k = 0; k < summary->n_phases; k++) {
                if (strcmp(summary->phases[k].phase, PHASES[i]) != 0)
                    continue;
                assert_total(&summary->phases[k], &sum);
                n_found++;
            }
            assert_true(sum.n_windows == 0 || n_found > 0);
        }
        assert_int_equal(n_found, summary->n_phases);
        eco_summary_free(ctx, summary);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_counts_and_outcomes(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 1);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng);
        eco_summary *summary = summary_of(study);
        size_t n_ended = 0;
        size_t n_feasible = 0;
        double by_outcome[2] = {0, 0};
        size_t n_known[2] = {0, 0};
        for (size_t i = 0; i < study->snapshot.n_trials; i++) {
            const ecopt_trial *trial = &study->snapshot.trials[i];
            bool is_complete = trial->state == ECOPT_TRIAL_COMPLETE;
            n_ended += trial->state != ECOPT_TRIAL_QUEUED && trial->state != ECOPT_TRIAL_RUNNING &&
                       trial->state != ECOPT_TRIAL_PREEMPTED;
            n_feasible += eco_trial_is_feasible(&study->definition, trial);
            for (size_t k = 0; k < trial->n_phases; k++) {
                if (isnan(trial->phases[k].energy.energy_j))
                    continue;
                by_outcome[is_complete] += trial->phases[k].energy.energy_j;
                n_known[is_complete]++;
            }
        }
        assert_int_equal(summary->n_ended, n_ended);
        assert_int_equal(summary->n_feasible, n_feasible);
        assert_close(summary->complete_j, n_known[1] ? by_outcome[1] : (double)NAN, 1e-12, 0);
        assert_close(summary->incomplete_j, n_known[0] ? by_outcome[0] : (double)NAN, 1e-12, 0);
        if (study->snapshot.n_trials > 0)
            assert_close(summary->lost_j,
                         study->snapshot.spent_energy_j - by_outcome[0] - by_outcome[1], 1e-9,
                         1e-8 * study->snapshot.spent_energy_j);
        eco_summary_free(ctx, summary);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_best_and_worst(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 2);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng);
        eco_summary *summary = summary_of(study);
        for (size_t k = 0; k < study->definition.n_objectives; k++) {
            const ecopt_objective *objective = &study->objectives[k];
            double sign = objective->goal == ECOPT_GOAL_MAX ? -1 : 1;
            double least = INFINITY;
            double most = -INFINITY;
            for (size_t i = 0; i < study->snapshot.n_trials; i++) {
                const ecopt_trial *trial = &study->snapshot.trials[i];
                if (!eco_trial_is_feasible(&study->definition, trial))
                    continue;
                least = fmin(least, sign * ecopt_trial_metric(trial, objective->metric)->value);
                most = fmax(most, sign * ecopt_trial_metric(trial, objective->metric)->value);
            }
            assert_int_equal(summary->best[k].is_known, isfinite(least));
            if (!isfinite(least))
                continue;
            assert_close(summary->best[k].value, sign * least, 0, 0);
            assert_close(summary->best[k].worst, sign * most, 0, 0);
            const ecopt_trial *best = &study->snapshot.trials[summary->best[k].trial];
            assert_close(ecopt_trial_metric(best, objective->metric)->value, sign * least, 0, 0);
        }
        eco_summary_free(ctx, summary);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

/* Number of a cell of a CSV table without quotes. */
static double field(const char *csv, size_t row, size_t column)
{
    const char *at = csv;
    for (size_t i = 0; i <= row; i++)
        at = strchr(at, '\n') + 1;
    for (size_t i = 0; i < column; i++)
        at = strchr(at, ',') + 1;
    return *at == ',' || *at == '\n' ? (double)NAN : strtod(at, NULL);
}

static void test_phase_table_adds_up(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 3);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng);
        eco_summary *summary = summary_of(study);
        eco_table *table = NULL;
        eco_str csv = ECO_STR_INIT(ctx);
        assert_status(ctx, eco_rows_phases(ctx, summary, &table), ECOPT_OK);
        eco_table_add_csv(table, &csv);
        size_t n = eco_table_n_rows(table);
        assert_int_equal(n, summary->n_phases + (summary->n_phases != 1));
        double sum_j = 0;
        double sum_s = 0;
        for (size_t i = 0; i < summary->n_phases; i++) {
            double energy_j = field(eco_str_text(&csv), i, 2);
            double mean_j = field(eco_str_text(&csv), i, 5);
            size_t n_known = summary->phases[i].n_windows - summary->phases[i].n_missing;
            sum_j += isnan(energy_j) ? 0 : energy_j;
            sum_s += field(eco_str_text(&csv), i, 7);
            assert_close(mean_j * (double)n_known, energy_j, 1e-12, 0);
        }
        if (n > 1 && !isnan(field(eco_str_text(&csv), n - 1, 2))) {
            assert_close(field(eco_str_text(&csv), n - 1, 2), sum_j, 1e-12, 0);
            assert_close(field(eco_str_text(&csv), n - 1, 7), sum_s, 1e-12, 0);
        }
        eco_table_free(table);
        eco_str_release(&csv);
        eco_summary_free(ctx, summary);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_energy_of_a_trial_is_the_sum_of_its_phases(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 4);
    for (int round = 0; round < ROUNDS; round++) {
        eco_fake_study *study = any_study(ctx, &rng);
        for (size_t i = 0; i < study->snapshot.n_trials; i++) {
            const ecopt_trial *trial = &study->snapshot.trials[i];
            eco_trial_energy energy = eco_trial_energy_of(trial);
            double sum_j = trial->n_phases ? 0 : (double)NAN;
            ecopt_quality weakest = ECOPT_QUALITY_MEASURED_WALL;
            for (size_t k = 0; k < trial->n_phases; k++) {
                sum_j += trial->phases[k].energy.energy_j; /* NaN if one is: not a smaller sum */
                if (trial->phases[k].energy.quality > weakest)
                    weakest = trial->phases[k].energy.quality;
            }
            assert_close(energy.energy_j, sum_j, 1e-12, 0);
            assert_int_equal(energy.is_labelled, trial->n_phases > 0);
            if (trial->n_phases > 0)
                assert_int_equal(energy.quality, weakest);
        }
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_pictures_are_drawn_when_there_is_something(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 5);
    for (int round = 0; round < ROUNDS / 2; round++) {
        eco_fake_study *study = any_study(ctx, &rng);
        eco_summary *summary = summary_of(study);
        bool is_drawn = false;
        eco_str svg = ECO_STR_INIT(ctx);
        assert_status(
            ctx, eco_plot_energy(ctx, &study->snapshot, summary, ECO_CANVAS_SVG, &svg, &is_drawn),
            ECOPT_OK);
        assert_int_equal(is_drawn, sum_of(study, NULL).energy_j > 0);
        assert_int_equal(svg.length > 0, is_drawn);
        eco_str_clear(&svg);
        assert_status(ctx,
                      eco_plot_history(ctx, &study->definition, &study->snapshot, ECO_CANVAS_SVG,
                                       &svg, &is_drawn),
                      ECOPT_OK);
        assert_int_equal(svg.length > 0, is_drawn);
        assert_true(!is_drawn || study->snapshot.n_trials >= 2);
        eco_str_release(&svg);
        eco_summary_free(ctx, summary);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_by_phase),
        cmocka_unit_test(test_counts_and_outcomes),
        cmocka_unit_test(test_best_and_worst),
        cmocka_unit_test(test_phase_table_adds_up),
        cmocka_unit_test(test_energy_of_a_trial_is_the_sum_of_its_phases),
        cmocka_unit_test(test_pictures_are_drawn_when_there_is_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
