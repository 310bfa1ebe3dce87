/* The rule of repeats: which points it measures again, which it leaves alone, what it notes. */
#include "study/repeat_rule.h"
#include "support/eco_test.h"

#include <stdlib.h>

enum { ROWS = 4 };

/* A study of train and evaluate; accuracy (max) and the energy of evaluate (min, log). */
typedef struct world {
    ecopt_ctx *ctx;
    ecopt_phase phases[2];
    ecopt_objective objectives[2];
    ecopt_constraint constraint; /* evaluate.time_s <= 60, used with n_constraints = 1 */
    size_t repeated[1];
    ecopt_definition definition;
    ecopt_study study;
    double values[ROWS][4], se[ROWS][2];
    eco_view_row rows[ROWS];
    eco_study_view view;
    eco_claim claim;
    eco_guide guide;
    ecopt_metric_value metrics[3];
    ecopt_phase_record records[16];
    eco_trial_progress progress;
} world;

static int world_set_up(void **state)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->ctx = eco_test_ctx();
    w->phases[0] = (ecopt_phase){.name = "train"};
    w->phases[1] = (ecopt_phase){.name = "evaluate"};
    w->objectives[0] = (ecopt_objective){.metric = "accuracy", .goal = ECOPT_GOAL_MAX};
    w->objectives[1] = (ecopt_objective){.metric = "evaluate.energy_j", .scale = ECOPT_SCALE_LOG};
    w->constraint =
        (ecopt_constraint){.metric = "evaluate.time_s", .relation = ECOPT_AT_MOST, .bound = 60};
    w->repeated[0] = 1;
    w->definition =
        (ecopt_definition){.n_phases = 2,
                           .phases = w->phases,
                           .n_objectives = 2,
                           .objectives = w->objectives,
                           .repeats = {.min = 1, .max = 4, .n_phases = 1, .phases = w->repeated}};
    w->study = (ecopt_study){
        .ctx = w->ctx,
        .definition = &w->definition,
        .problem = {.n_objectives = 2, .objectives = w->objectives, .constraints = &w->constraint}};
    w->view = (eco_study_view){.rows = w->rows};
    w->claim = (eco_claim){.trial = 9, .attempt = 1};
    w->metrics[0] = (ecopt_metric_value){"accuracy", 0.9, NAN};
    w->metrics[1] = (ecopt_metric_value){"evaluate.energy_j", 10, 0.01};
    w->metrics[2] = (ecopt_metric_value){"evaluate.time_s", 30, NAN};
    w->progress = (eco_trial_progress){.phase = 1,
                                       .repeat = 1,
                                       .n_metrics = 3,
                                       .metrics = w->metrics,
                                       .n_phases = 2,
                                       .phases = w->records};
    for (size_t i = 0; i < ECO_LEN(w->records); i++) {
        w->records[i].phase = i == 0 ? "train" : "evaluate";
        w->records[i].energy.energy_j = 10;
        w->records[i].energy.u95_j = 0.01;
    }
    eco_guide_init(&w->guide, &w->study, &w->view, &w->claim);
    *state = w;
    return 0;
}

static int world_tear_down(void **state)
{
    world *w = *state;
    eco_guide_release(&w->guide);
    assert_int_equal(eco_ctx_live_b(w->ctx), 0);
    ecopt_ctx_free(w->ctx);
    free(w);
    return 0;
}

/* A complete trial of so many runs with a relative standard error of its energy. */
static void add_row(world *w, double accuracy, double energy_j, int64_t repeats, double se_ratio)
{
    size_t i = w->view.n++;
    assert_true(i < ROWS);
    w->values[i][0] = accuracy;
    w->values[i][1] = energy_j;
    w->values[i][2] = 30;
    w->values[i][3] = NAN;
    w->se[i][0] = NAN;
    w->se[i][1] = energy_j * se_ratio;
    w->rows[i] = (eco_view_row){.state = ECOPT_TRIAL_COMPLETE,
                                .repeats = repeats,
                                .measured = -1,
                                .values = w->values[i],
                                .se = w->se[i]};
}

static eco_verdict ask(world *w)
{
    eco_str reason = ECO_STR_INIT(w->ctx);
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    assert_status(w->ctx, eco_repeats_rule.on_phase(&w->guide, &w->progress, &reason, &verdict),
                  ECOPT_OK);
    assert_int_equal(reason.length, 0);
    eco_str_release(&reason);
    return verdict;
}

static const ecopt_decision *last_note(const world *w)
{
    assert_true(w->guide.n_decisions > 0);
    return &w->guide.decisions[w->guide.n_decisions - 1];
}

static void test_a_fixed_number_is_run_and_not_judged(void **state)
{
    world *w = *state;
    w->definition.repeats.min = w->definition.repeats.max = 3;
    for (int64_t n = 1; n <= 3; n++) {
        w->progress.repeat = n;
        assert_int_equal(ask(w), n < 3 ? ECO_VERDICT_AGAIN : ECO_VERDICT_GO_ON);
    }
    assert_int_equal(w->guide.n_decisions, 0);
    w->progress.phase = 0;
    w->progress.repeat = 1;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
}

/* A front at (0.9, 10 J): 3 % of scatter tell 20 J apart, not 10.2 J. */
static void test_what_is_dominated_beyond_doubt_is_not_measured_again(void **state)
{
    world *w = *state;
    add_row(w, 0.9, 10, 1, 0.001);
    w->metrics[1].value = 20;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
    assert_string_equal(last_note(w)->verdict, "off the front");
    assert_string_equal(last_note(w)->kind, "repeat");
    assert_non_null(strstr(last_note(w)->numbers, "\"phase\": \"evaluate\", \"runs\": 1, "
                                                  "\"chance_on_front\": 0, "));
    w->metrics[1].value = 10.2;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    assert_string_equal(last_note(w)->verdict, "again");
    /* Better in accuracy: on the front whatever it takes. */
    w->metrics[0].value = 0.91;
    w->metrics[1].value = 20;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    assert_non_null(strstr(last_note(w)->numbers, "\"chance_on_front\": 1"));
    w->progress.repeat = 4;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
    assert_string_equal(last_note(w)->verdict, "most");
}

/* Below min nothing is judged. */
static void test_the_least_number_is_run_first(void **state)
{
    world *w = *state;
    add_row(w, 0.9, 10, 1, 0.001);
    w->metrics[1].value = 20;
    w->definition.repeats.min = 2;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    assert_int_equal(w->guide.n_decisions, 0);
    w->progress.repeat = 2;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
}

static void test_infeasible_points_are_not_measured_again(void **state)
{
    world *w = *state;
    w->study.problem.n_constraints = 1;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    w->metrics[2].value = 61;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
    /* 2 below its bound with a standard error of 10. */
    w->metrics[2] = (ecopt_metric_value){"evaluate.time_s", 62, 19.6};
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
}

/* While an objective is not known nothing can be said of dominance. */
static void test_an_objective_that_is_not_known_yet(void **state)
{
    world *w = *state;
    add_row(w, 0.9, 10, 1, 0.001);
    w->metrics[0].name = "other";
    w->metrics[1].value = 20;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    assert_non_null(strstr(last_note(w)->numbers, "\"chance_on_front\": null"));
}

/* Prior of 3 % at 4 degrees of freedom: t = 2.776, so +-8.3 % after one run, +-4.2 % after four; a
 * study that has shown 0.1 % over 40 degrees of freedom knows better. */
static void test_a_target_ends_the_repeats(void **state)
{
    world *w = *state;
    w->definition.repeats.target_ratio = 0.03;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    assert_non_null(strstr(last_note(w)->numbers, "\"half_ratio\": 0.083"));
    add_row(w, 0.5, 10, 41, 0.001 / sqrt(41));
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
    assert_string_equal(last_note(w)->verdict, "target");
    /* The meter cannot tell less than it resolves: 5 % of a standard deviation. */
    w->records[1].energy.u95_j = 0.98;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    /* Four runs halve that; still above. */
    w->definition.repeats.max = 20;
    w->progress.repeat = 4;
    w->metrics[1].u95 = NAN;
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
    w->progress.repeat = 16;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
}

/* The trial's own runs count: two that are 40 % apart make the scatter large. */
static void test_the_trials_own_scatter_counts(void **state)
{
    world *w = *state;
    w->definition.repeats.target_ratio = 0.1;
    w->progress.repeat = 2;
    w->metrics[1].u95 = 0.01;
    assert_int_equal(ask(w), ECO_VERDICT_GO_ON);
    w->metrics[1].u95 = 12.706 * 2 / sqrt(2);
    assert_int_equal(ask(w), ECO_VERDICT_AGAIN);
}

static void test_scatter_is_pooled(void **state)
{
    world *w = *state;
    eco_scatter scatter = eco_repeats_scatter(&w->view, 1);
    assert_close(scatter.ratio, 0.03, 1e-12, 0);
    assert_close(scatter.freedom, 4, 0, 0);
    add_row(w, 0.9, 10, 1, 0.5);            /* one run tells nothing */
    add_row(w, 0.9, 10, 3, 0.1 / sqrt(3));  /* 10 % twice */
    add_row(w, 0.9, -10, 2, NAN);           /* nothing known */
    add_row(w, 0.9, 20, 5, 0.02 / sqrt(5)); /* 2 % four times */
    scatter = eco_repeats_scatter(&w->view, 1);
    assert_close(scatter.freedom, 10, 0, 0);
    assert_close(scatter.ratio, sqrt((4 * 9e-4 + 2 * 1e-2 + 4 * 4e-4) / 10), 1e-12, 0);
    w->rows[1].state = ECOPT_TRIAL_FAILED;
    assert_close(eco_repeats_scatter(&w->view, 1).freedom, 8, 0, 0);
    const eco_scatter known = {0.04, 10};
    assert_close(eco_scatter_se(&known, -50, 4), 50 * 0.04 * sqrt(10.0 / 8) / 2, 1e-12, 0);
}

static void test_which_metrics_are_measured(void **state)
{
    world *w = *state;
    size_t phase = 7;
    assert_true(eco_repeats_is_measured(&w->definition, "evaluate.j_per_sample", &phase));
    assert_int_equal(phase, 1);
    assert_false(eco_repeats_is_measured(&w->definition, "train.energy_j", &phase));
    assert_false(eco_repeats_is_measured(&w->definition, "energy_j", &phase));
    assert_false(eco_repeats_is_measured(&w->definition, "accuracy", &phase));
    assert_int_equal(phase, 1);
}

static ecopt_status attempt_judging(ecopt_ctx *ctx, void *user)
{
    world *w = user;
    eco_str reason = ECO_STR_INIT(ctx);
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    eco_guide guide;
    w->study.ctx = ctx;
    eco_guide_init(&guide, &w->study, &w->view, &w->claim);
    ecopt_status status = eco_repeats_rule.on_phase(&guide, &w->progress, &reason, &verdict);
    eco_guide_release(&guide);
    w->study.ctx = w->ctx;
    return status;
}

static void test_no_memory(void **state)
{
    world *w = *state;
    add_row(w, 0.9, 10, 1, 0.001);
    eco_test_alloc_sweep(attempt_judging, w);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_fixed_number_is_run_and_not_judged),
        WORLD_TEST(test_what_is_dominated_beyond_doubt_is_not_measured_again),
        WORLD_TEST(test_the_least_number_is_run_first),
        WORLD_TEST(test_infeasible_points_are_not_measured_again),
        WORLD_TEST(test_an_objective_that_is_not_known_yet),
        WORLD_TEST(test_a_target_ends_the_repeats),
        WORLD_TEST(test_the_trials_own_scatter_counts),
        WORLD_TEST(test_scatter_is_pooled),
        WORLD_TEST(test_which_metrics_are_measured),
        WORLD_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
