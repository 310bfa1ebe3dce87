/*
 * The front against plain definitions: dominance by two loops, hypervolume by counting cells of the
 * grid that the points make, history by a new front after each trial.
 */
#include "analysis/front.h"
#include "support/eco_test.h"
#include "support/fake_study.h"

#include "core/rng.h"

#include <stdlib.h>

enum { SEED = 5150, TRIALS = 40 };

static const char *const METRICS[ECO_FAKE_OBJECTIVES] = {"accuracy", "evaluate.j_per_sample",
                                                         "train.time_s"};

/* Value of an objective as a number to be minimised. */
static double cost(const eco_fake_study *study, size_t trial, size_t k)
{
    const ecopt_metric_value *metric =
        ecopt_trial_metric(&study->snapshot.trials[trial], METRICS[k]);
    double value = metric ? metric->value : (double)NAN;
    return study->objectives[k].goal == ECOPT_GOAL_MAX ? -value : value;
}

static bool is_usable(const eco_fake_study *study, size_t trial)
{
    if (study->snapshot.trials[trial].state != ECOPT_TRIAL_COMPLETE)
        return false;
    for (size_t k = 0; k < study->definition.n_objectives; k++)
        if (!isfinite(cost(study, trial, k)))
            return false;
    return true;
}

static bool beats(const eco_fake_study *study, size_t a, size_t b)
{
    bool is_better = false;
    for (size_t k = 0; k < study->definition.n_objectives; k++) {
        if (cost(study, a, k) > cost(study, b, k))
            return false;
        is_better = is_better || cost(study, a, k) < cost(study, b, k);
    }
    return is_better;
}

/* Non-dominated by definition. */
static bool belongs(const eco_fake_study *study, size_t trial)
{
    if (!is_usable(study, trial))
        return false;
    for (size_t i = 0; i < study->snapshot.n_trials; i++)
        if (is_usable(study, i) && beats(study, i, trial))
            return false;
    return true;
}

/* Ties, failures, missing values and goals both ways, on a coarse grid. */
static eco_fake_study *any_study(ecopt_ctx *ctx, eco_rng *rng, size_t m)
{
    eco_fake_study *study = eco_fake_study_new(ctx, m);
    double grid = 4 + (double)eco_rng_below(rng, 40);
    size_t n = 1 + (size_t)eco_rng_below(rng, TRIALS);
    for (size_t k = 0; k < m; k++)
        study->objectives[k].goal = eco_rng_below(rng, 2) ? ECOPT_GOAL_MAX : ECOPT_GOAL_MIN;
    for (size_t i = 0; i < n; i++) {
        if (eco_rng_below(rng, 8) == 0) {
            (void)eco_fake_study_add_state(
                study, (ecopt_trial_state)eco_rng_below(rng, ECOPT_TRIAL_PREEMPTED + 1), "no");
            continue;
        }
        (void)eco_fake_study_add(study, floor(grid * eco_rng_uniform(rng)) / grid,
                                 1e-4 * (1 + floor(grid * eco_rng_uniform(rng))));
        eco_fake_trial *store = eco_fake_study_store(study, study->snapshot.n_trials - 1);
        store->metrics[2].value = 1 + floor(grid * eco_rng_uniform(rng));
        for (size_t k = 0; k < 3; k++)
            store->metrics[k].u95 =
                eco_rng_below(rng, 2) ? (double)NAN : 1e-5 * eco_rng_uniform(rng);
        if (eco_rng_below(rng, 15) == 0)
            store->metrics[eco_rng_below(rng, m)].value = (double)NAN;
    }
    return study;
}

static ecopt_front *front_of(eco_fake_study *study)
{
    ecopt_front *front = NULL;
    assert_status(study->ctx,
                  ecopt_front_new(study->ctx, &study->definition, &study->snapshot, &front),
                  ECOPT_OK);
    return front;
}

static bool has(const ecopt_front *front, size_t trial)
{
    for (size_t i = 0; i < front->n; i++)
        if (front->trials[i] == trial)
            return true;
    return false;
}

/* A trial that equals one of the front in everything may stand for it. */
static bool has_equal(const eco_fake_study *study, const ecopt_front *front, size_t trial)
{
    for (size_t i = 0; i < front->n; i++) {
        bool is_equal = true;
        for (size_t k = 0; k < study->definition.n_objectives; k++)
            is_equal = is_equal && cost(study, front->trials[i], k) == cost(study, trial, k);
        if (is_equal)
            return true;
    }
    return false;
}

static void test_front_is_what_nothing_dominates(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 0);
    for (int round = 0; round < 400; round++) {
        size_t m = 1 + (size_t)eco_rng_below(&rng, 3);
        eco_fake_study *study = any_study(ctx, &rng, m);
        ecopt_front *front = front_of(study);
        for (size_t i = 0; i < study->snapshot.n_trials; i++) {
            if (has(front, i))
                assert_true(belongs(study, i));
            else if (belongs(study, i))
                assert_true(has_equal(study, front, i));
        }
        /* Sorted by the last objective, ties by number. */
        for (size_t i = 1; i < front->n; i++) {
            double before = fabs(cost(study, front->trials[i - 1], m - 1));
            double after = fabs(cost(study, front->trials[i], m - 1));
            assert_true(before < after ||
                        (before == after && front->trials[i - 1] < front->trials[i]));
        }
        assert_true(front->knee <= front->n);
        if (front->n < 3)
            assert_int_equal(front->knee, front->n);
        ecopt_front_free(ctx, front);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Volume of the cells of the points' own grid that some point dominates; two objectives. */
static double volume_by_cells(const eco_fake_study *study, const double ref[2])
{
    double xs[TRIALS + 1];
    double ys[TRIALS + 1];
    double px[TRIALS];
    double py[TRIALS];
    size_t n = 0;
    double sum = 0;
    for (size_t i = 0; i < study->snapshot.n_trials; i++) {
        if (!is_usable(study, i))
            continue;
        const ecopt_objective *objectives = study->objectives;
        px[n] = eco_objective_minimised(&objectives[0], fabs(cost(study, i, 0)));
        py[n] = eco_objective_minimised(&objectives[1], fabs(cost(study, i, 1)));
        if (px[n] < ref[0] && py[n] < ref[1])
            n++;
    }
    memcpy(xs, px, n * sizeof *px);
    memcpy(ys, py, n * sizeof *py);
    xs[n] = ref[0];
    ys[n] = ref[1];
    qsort(xs, n + 1, sizeof *xs, by_value);
    qsort(ys, n + 1, sizeof *ys, by_value);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            bool is_covered = false;
            for (size_t p = 0; p < n && !is_covered; p++)
                is_covered = px[p] <= xs[i] && py[p] <= ys[k];
            sum += is_covered ? (xs[i + 1] - xs[i]) * (ys[k + 1] - ys[k]) : 0;
        }
    }
    return sum;
}

static void test_hypervolume_is_the_sum_of_dominated_cells(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 1);
    for (int round = 0; round < 200; round++) {
        eco_fake_study *study = any_study(ctx, &rng, 2);
        study->objectives[0].goal = ECOPT_GOAL_MAX;
        study->objectives[1].goal = ECOPT_GOAL_MIN;
        study->reference[0] = 0.9 * eco_rng_uniform(&rng);
        study->reference[1] = 1e-4 * (1 + 40 * eco_rng_uniform(&rng));
        const double ref[2] = {-study->reference[0], log10(study->reference[1])};
        ecopt_front *front = front_of(study);
        assert_close(front->hypervolume, volume_by_cells(study, ref), 1e-9, 1e-12);
        ecopt_front_free(ctx, front);
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

static void test_history_is_the_front_after_each_trial(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 2);
    for (int round = 0; round < 100; round++) {
        size_t m = 1 + (size_t)eco_rng_below(&rng, 3);
        eco_fake_study *study = any_study(ctx, &rng, m);
        double volumes[TRIALS];
        size_t sizes[TRIALS];
        size_t n = study->snapshot.n_trials;
        assert_status(ctx,
                      eco_front_history(ctx, &study->definition, &study->snapshot, volumes, sizes),
                      ECOPT_OK);
        for (size_t i = 0; i < n; i++) {
            ecopt_snapshot part = study->snapshot;
            ecopt_front *front = NULL;
            part.n_trials = i + 1;
            assert_status(ctx, ecopt_front_new(ctx, &study->definition, &part, &front), ECOPT_OK);
            assert_close(volumes[i], front->hypervolume, 1e-12, 1e-15);
            assert_true(sizes[i] <= front->n);
            assert_int_equal(sizes[i] == 0, front->n == 0);
            ecopt_front_free(ctx, front);
        }
        eco_fake_study_free(study);
    }
    ecopt_ctx_free(ctx);
}

/* Could the trial be non-dominated with every value moved within its interval?  Tries the best case
 * against each point by itself, which is what the definition says. */
static bool is_open(const eco_fake_study *study, const ecopt_front *front, size_t trial)
{
    size_t n_above = 0;
    if (!is_usable(study, trial) || has(front, trial))
        return false;
    for (size_t i = 0; i < front->n; i++) {
        bool may_be_better = false;
        if (!beats(study, front->trials[i], trial))
            continue;
        n_above++;
        for (size_t k = 0; k < study->definition.n_objectives; k++) {
            const ecopt_trial *mine = &study->snapshot.trials[trial];
            const ecopt_trial *theirs = &study->snapshot.trials[front->trials[i]];
            double my_u95 = ecopt_trial_metric(mine, METRICS[k])->u95;
            double their_u95 = ecopt_trial_metric(theirs, METRICS[k])->u95;
            double best = cost(study, trial, k) - (isnan(my_u95) ? 0 : my_u95);
            double worst = cost(study, front->trials[i], k) + (isnan(their_u95) ? 0 : their_u95);
            may_be_better = may_be_better || best < worst - 1e-18;
        }
        if (!may_be_better)
            return false;
    }
    return n_above > 0;
}

static void test_unresolved_trials_are_those_within_reach(void **state)
{
    (void)state;
    eco_rng rng;
    ecopt_ctx *ctx = eco_test_ctx();
    size_t n_open = 0;
    eco_rng_init(&rng, SEED, ECO_STREAM_TEST, 3);
    for (int round = 0; round < 300; round++) {
        eco_fake_study *study = any_study(ctx, &rng, 1 + (size_t)eco_rng_below(&rng, 3));
        ecopt_front *front = front_of(study);
        size_t count = 0;
        for (size_t i = 0; i < study->snapshot.n_trials; i++) {
            bool expected = is_open(study, front, i);
            bool got = eco_trial_is_unresolved(&study->definition, &study->snapshot, front, i);
            assert_int_equal(got, expected);
            count += expected;
        }
        assert_int_equal(eco_count_unresolved(&study->definition, &study->snapshot, front), count);
        n_open += count;
        ecopt_front_free(ctx, front);
        eco_fake_study_free(study);
    }
    /* The random studies do contain what is tested. */
    assert_true(n_open > 50);
    ecopt_ctx_free(ctx);
}

static void test_wider_intervals_leave_more_open(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_fake_study *study = eco_fake_study_new(ctx, 2);
    (void)eco_fake_study_add(study, 0.90, 1.00e-3);
    (void)eco_fake_study_add(study, 0.89, 1.05e-3); /* 5 % behind, each known to 4 % */
    (void)eco_fake_study_add(study, 0.80, 0.50e-3);
    (void)eco_fake_study_add(study, 0.10, 1.00e-3); /* far from the cheapest that beats it */
    ecopt_front *front = front_of(study);
    assert_int_equal(front->n, 2);
    const bool expected[] = {false, true, false, false};
    for (size_t i = 0; i < ECO_LEN(expected); i++)
        assert_int_equal(eco_trial_is_unresolved(&study->definition, &study->snapshot, front, i),
                         expected[i]);
    /* Known to 1 % it is behind for sure; without any uncertainty too. */
    const double u95[] = {1e-5, 0, (double)NAN};
    for (size_t i = 0; i < ECO_LEN(u95); i++) {
        eco_fake_study_store(study, 0)->metrics[1].u95 = u95[i];
        eco_fake_study_store(study, 1)->metrics[1].u95 = u95[i];
        assert_int_equal(eco_count_unresolved(&study->definition, &study->snapshot, front), 0);
    }
    /* An uncertain accuracy opens it as well. */
    eco_fake_study_store(study, 1)->metrics[0].u95 = 0.02;
    assert_int_equal(eco_count_unresolved(&study->definition, &study->snapshot, front), 1);
    ecopt_front_free(ctx, front);
    eco_fake_study_free(study);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_is_what_nothing_dominates),
        cmocka_unit_test(test_hypervolume_is_the_sum_of_dominated_cells),
        cmocka_unit_test(test_history_is_the_front_after_each_trial),
        cmocka_unit_test(test_unresolved_trials_are_those_within_reach),
        cmocka_unit_test(test_wider_intervals_leave_more_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
