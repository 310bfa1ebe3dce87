/* Joules before training: the study's loop on a replayed trace, and what the store has afterwards.
 */
#include "core/fs.h"
#include "study/profile.h"
#include "support/small_study.h"

#include <stdlib.h>

enum { INIT = 6, TRIALS = 14 };

static const size_t measured[] = {1};
static const ecopt_provision provides[] = {{1, "profile.energy_j"}};

/* Trials 1 to INIT take 10 J an inference, later ones 1000 J. */
static void write_trace(const eco_small_study *small, char *sources, size_t room)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/trace", small->dir);
    (void)snprintf(sources, room, "replay:%s", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "# ecopt-trace 1\nsource,cpu,measured-counter,1,0,0,1,1,0\n");
    double sum_uj = 0;
    int time_s = 0;
    for (int trial = 1; trial <= TRIALS; trial++)
        for (int k = 0; k < 2; k++) {
            const char *phase = k == 0 ? "profile" : "run";
            (void)fprintf(file, "sample,%d,cpu,%.0f,0\nbegin,%d,%d,%s\n", time_s, sum_uj, time_s,
                          trial, phase);
            sum_uj += (trial <= INIT ? 1e7 : 1e9) + 1e6 * k;
            time_s++;
            (void)fprintf(file, "sample,%d,cpu,%.0f,0\nend,%d,%d,%s\n", time_s, sum_uj, time_s,
                          trial, phase);
        }
    assert_int_equal(fclose(file), 0);
}

/* a = x, as good as it gets at the same joules; so an expensive point must have a larger x. */
static void use_profile(eco_small_study *small, ecopt_phase *phases, char *sources, size_t room)
{
    static const char *const probe[] = {"true"};
    phases[0] = (ecopt_phase){"profile", 1, probe, (double)INFINITY};
    phases[1] = small->phase;
    small->definition.phases = phases;
    small->definition.n_phases = 2;
    small->objectives[1] = (ecopt_objective){.metric = "run.energy_j", .scale = ECOPT_SCALE_LOG};
    small->definition.budget.trials = TRIALS;
    small->definition.budget.init = INIT;
    small->definition.seed = 1;
    small->definition.repeats =
        (ecopt_repeat_policy){.min = 1, .max = 1, .n_phases = 1, .phases = measured};
    small->definition.profile = (ecopt_profile_policy){
        .is_set = true, .n_provides = 1, .provides = provides, .threshold_ratio = 0.05};
    write_trace(small, sources, room);
    small->definition.meter.sources = sources;
}

static const ecopt_decision *decision_of(const ecopt_trial *trial)
{
    for (size_t i = 0; i < trial->n_decisions; i++)
        if (strcmp(trial->decisions[i].kind, "profile") == 0)
            return &trial->decisions[i];
    return NULL;
}

static void test_expensive_points_are_not_trained(void **state)
{
    eco_small_study *small = *state;
    ecopt_phase phases[2];
    static char sources[400];
    use_profile(small, phases, sources, sizeof sources);
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_snapshot *s = eco_small_study_snapshot(small);
    double best_x = 0;
    int n_pruned = 0;
    assert_int_equal(s->n_trials, TRIALS);
    for (size_t i = 0; i < TRIALS; i++) {
        const ecopt_trial *trial = &s->trials[i];
        const ecopt_decision *decision = decision_of(trial);
        double x = strtod(strstr(trial->point, "x=") + 2, NULL);
        assert_non_null(decision);
        /* In the initial design everything goes on, and nothing can be said. */
        if (i < INIT) {
            assert_int_equal(trial->state, ECOPT_TRIAL_COMPLETE);
            assert_non_null(strstr(decision->numbers, "\"chance_on_front\": null"));
            assert_close(ecopt_trial_metric(trial, "run.energy_j")->value, 11, 1e-9, 0);
            assert_close(ecopt_trial_metric(trial, "profile.energy_j")->value, 10, 1e-9, 0);
            best_x = fmax(best_x, x);
            continue;
        }
        /* A clearly smaller a for a hundred times the joules is not trained. */
        if (x < best_x - 0.2)
            assert_int_equal(trial->state, ECOPT_TRIAL_PRUNED);
        if (trial->state != ECOPT_TRIAL_PRUNED) {
            assert_string_equal(decision->verdict, "go on");
            continue;
        }
        n_pruned++;
        assert_string_equal(decision->verdict, "end");
        assert_int_equal(trial->cause, ECOPT_CAUSE_PRUNED);
        assert_non_null(strstr(trial->reason, "phase 'profile': improves the front with a"));
        /* It has not run, but its energy is known, as that of the objective. */
        assert_int_equal(trial->n_phases, 1);
        assert_close(ecopt_trial_metric(trial, "run.energy_j")->value, 1000, 1e-9, 0);
        assert_null(ecopt_trial_metric(trial, "a"));
    }
    assert_true(n_pruned >= 3);
    ecopt_snapshot_free(small->ctx, s);
    /* The models' rows: the energy of pruned trials, and nothing else of them. */
    ecopt_study *study = eco_small_study_open(small);
    eco_study_view view;
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    for (size_t i = 0; i < view.history.n; i++) {
        const eco_observation *o = &view.history.observations[i];
        if (view.rows[i].state != ECOPT_TRIAL_PRUNED)
            continue;
        assert_int_equal(o->state, ECO_OBSERVED_PARTIAL);
        assert_close(o->y[1], 1000, 1e-9, 0);
        assert_true(isnan(o->y[0]));
    }
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

/* What somebody has enqueued runs whatever it promises. */
static void test_enqueued_points_go_on(void **state)
{
    eco_small_study *small = *state;
    ecopt_phase phases[2];
    static char sources[400];
    use_profile(small, phases, sources, sizeof sources);
    small->definition.budget.trials = INIT;
    assert_int_equal(eco_small_study_run(small, NULL), ECOPT_STOP_TRIALS);
    ecopt_study *study = eco_small_study_open(small);
    eco_study_view view;
    eco_guide guide;
    eco_str reason = ECO_STR_INIT(small->ctx);
    double x[] = {0.0, 3};
    eco_claim claim = {.trial = INIT + 1, .attempt = 1, .x = x, .origin = "enqueued"};
    const ecopt_metric_value metrics[] = {{"profile.energy_j", 1000, 1}};
    const eco_trial_progress progress = {.repeat = 1, .n_metrics = 1, .metrics = metrics};
    assert_status(small->ctx, eco_study_view_init(study, &view), ECOPT_OK);
    for (int k = 0; k < 2; k++) {
        eco_verdict verdict = ECO_VERDICT_GO_ON;
        claim.origin = k == 0 ? "enqueued" : "random";
        eco_guide_init(&guide, study, &view, &claim);
        assert_status(small->ctx, eco_profile_rule.on_phase(&guide, &progress, &reason, &verdict),
                      ECOPT_OK);
        assert_int_equal(verdict, k == 0 ? ECO_VERDICT_GO_ON : ECO_VERDICT_PRUNE);
        assert_int_equal(guide.n_decisions, k);
        eco_guide_release(&guide);
    }
    eco_str_release(&reason);
    eco_study_view_release(study, &view);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
}

#define SMALL_TEST(name) \
    cmocka_unit_test_setup_teardown(name, eco_small_study_set_up, eco_small_study_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL_TEST(test_expensive_points_are_not_trained),
        SMALL_TEST(test_enqueued_points_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
