/* What a trial is expected to save and to cost: numbers worked out by hand, the borders of the
 * rule, and the models against quadrature. */
#include "support/saving_world.h"

#include "sampler/saving_model.h"

/* Nothing is known: the search begins. */
static void test_unknown_goes_on(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    eco_saving saving = expect(&w, 1);
    assert_true(saving.is_worth);
    assert_true(isnan(saving.gain_j) && isnan(saving.cost_j) && isnan(saving.baseline_j));
    /* A baseline that failed tells nothing either. */
    add(&w, 0.5, 0.9, NAN, 70);
    saving = expect(&w, 1);
    assert_true(saving.is_worth && isnan(saving.gain_j));
    assert_close(saving.cost_j, 70, 0, 0);
    world_close(&w);
}

/*
 * Before any trial: ln(j / baseline) ~ N(0, 0.5^2 (1 + 1/1)), half of all points deployable, so
 * 1/2 [Phi(0) - e^(1/4) Phi(-sqrt(1/2))] = 0.09608 of the baseline's joules.
 */
static void test_before_the_first_trial(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    w.deployment.baseline_j = 2;
    w.deployment.trial_j = 1000;
    double share = 0.5 * (0.5 - exp(0.25) * 0.5 * erfc(0.5));
    eco_saving saving = expect(&w, 1000);
    assert_close(saving.gain_j, 2 * share, 1e-12, 0);
    assert_close(saving.cost_j, 1000, 0, 0);
    assert_int_equal(saving.chosen, 0);
    assert_close(saving.current_j, 2, 0, 0);
    double border = 1000 / (2 * share);
    assert_false(expect(&w, 0.999 * border).is_worth);
    assert_true(expect(&w, 1.001 * border).is_worth);
    world_close(&w);
}

/* After the baseline and one cheaper deployable point: mean ln(1/2) / 2; the spread is
 * ln(1/2)^2 (1 - 1/2); (1 + 1) / (2 + 1) of the points are deployable. */
static void test_two_trials_by_hand(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    w.problem.n_init = 2;
    add(&w, 0.5, 0.9, 4, 100);
    add(&w, 0.2, 0.9, 2, 300);
    eco_saving saving = expect(&w, 1e6);
    double z = log(0.5), mean = z / 2, sd = sqrt((0.75 + z * z / 2) / 4 * 1.5);
    double t = (z - mean) / sd;
    double phi = 0.5 * erfc(-t / sqrt(2)), phi2 = 0.5 * erfc(-(t - sd) / sqrt(2));
    double expected = 4 * 2.0 / 3 * (0.5 * phi - exp(mean + sd * sd / 2) * phi2);
    assert_close(saving.gain_j, expected, 1e-12, 0);
    assert_close(saving.baseline_j, 4, 0, 0);
    assert_close(saving.current_j, 2, 0, 0);
    assert_int_equal(saving.chosen, 1);
    assert_close(saving.cost_j, 200, 0, 0);
    /* One trial before the models and the first one of theirs share a quarter of 2 J. */
    w.problem.n_init = 3;
    assert_close(expect(&w, 1e6).gain_j, 0.25, 1e-15, 0);
    assert_true(expect(&w, 801).is_worth);
    assert_false(expect(&w, 799).is_worth);
    world_close(&w);
}

/* What breaks the threshold is not deployed, however cheap. */
static void test_chosen_keeps_thresholds(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    add(&w, 0.5, 0.9, 4, 100);
    add(&w, 0.2, 0.49, 1, 100);
    eco_saving saving = expect(&w, 1e6);
    assert_int_equal(saving.chosen, 2); /* the baseline */
    assert_close(saving.current_j, 4, 0, 0);
    w.y[1][0] = 0.5;
    saving = expect(&w, 1e6);
    assert_int_equal(saving.chosen, 1);
    world_close(&w);
}

/* A valley in joules whose floor is at 0.3, known to everyone who looks. */
static void valley(world *w, size_t n)
{
    add(w, 0.5, 0.9, 1.2, 50);
    for (size_t i = 1; i < n; i++) {
        double x = fmod(0.618034 * (double)i, 1);
        add(w, x, 0.9, 1 + 5 * (x - 0.3) * (x - 0.3), 50);
    }
}

static void test_a_known_valley_is_left(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    valley(&w, 12);
    eco_saving saving = expect(&w, 1000);
    assert_false(saving.is_worth);
    assert_true(saving.current_j < 1.02);
    assert_true(saving.gain_j * 1000 <= 50);
    /* More requests, more reason to go on: never the other way round. */
    bool was_worth = false;
    for (double requests = 1; requests < 1e13; requests *= 10) {
        bool is_worth = expect(&w, requests).is_worth;
        assert_true(is_worth || !was_worth);
        was_worth = is_worth;
    }
    assert_true(was_worth);
    world_close(&w);
}

/* The point handed out is new, and where joules fall. */
static void test_point_follows_the_slope(void **state)
{
    (void)state;
    world w;
    double x = -1;
    world_open(&w, 3, 4);
    add(&w, 0.5, 0.9, 2.0, 50);
    add(&w, 0.7, 0.9, 2.8, 50);
    add(&w, 0.9, 0.9, 3.9, 50);
    add(&w, 0.6, 0.9, 2.35, 50);
    w.input.ret_x = &x;
    eco_saving saving = expect(&w, 1e6);
    assert_true(saving.has_point && saving.is_worth);
    assert_true(x >= 0 && x < 0.45);
    /* Left of 0.4 quality breaks down: the next point comes no nearer than it must. */
    add(&w, 0.0, 0.05, 0.7, 50);
    add(&w, 0.1, 0.1, 0.9, 50);
    add(&w, 0.2, 0.2, 1.1, 50);
    add(&w, 0.3, 0.3, 1.4, 50);
    add(&w, 0.4, 0.42, 1.6, 50);
    saving = expect(&w, 1e6);
    assert_true(saving.has_point);
    assert_true(x > 0.3 && x < 0.6);
    world_close(&w);
}

/* The knee is what is deployed, even above the baseline; its own values are the limits then. */
static void test_knee(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    w.deployment.choose = ECOPT_CHOOSE_KNEE;
    add(&w, 0.5, 0.55, 1.0, 50);
    add(&w, 0.6, 0.90, 1.2, 50);
    eco_saving saving = expect(&w, 10);
    assert_int_equal(saving.chosen, 2); /* two points have no knee */
    add(&w, 0.9, 0.95, 4.0, 50);
    saving = expect(&w, 10);
    assert_int_equal(saving.chosen, 1);
    assert_close(saving.current_j, 1.2, 0, 0);
    world_close(&w);
}

/* Of two points, which have no knee, the cheaper one is deployed; it sets no limits. */
static void test_no_knee(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    w.deployment.choose = ECOPT_CHOOSE_KNEE;
    add(&w, 0.5, 0.90, 1.0, 50);
    add(&w, 0.6, 0.80, 0.4, 50);
    add(&w, 0.7, 0.70, 0.9, 50); /* dominated */
    eco_saving saving = expect(&w, 10);
    assert_int_equal(saving.chosen, 1);
    assert_false(saving.is_knee);
    assert_close(saving.current_j, 0.4, 0, 0);
    world_close(&w);
}

/* Models of few trials that see nothing to gain are not believed at once: the draws decide as long.
 */
static void test_young_models_do_not_stop(void **state)
{
    (void)state;
    world w;
    double blind_j = 0;
    world_open(&w, 3, 16);
    w.problem.n_init = 4;
    for (size_t i = 0; i < 10; i++) {
        add(&w, 0.5 + 0.04 * (double)i, 0.9, i % 2 ? 1.3 : 1.0, 50);
        eco_saving saving = expect(&w, 1e6);
        if (i + 1 == 8)
            blind_j = saving.gain_j;
        if (i + 1 == 10)
            assert_true(saving.gain_j < blind_j / 2);
    }
    assert_true(blind_j > 0.03);
    world_close(&w);
}

/* What trials take beyond their values raises the price of the next one, and nothing lowers it. */
static void test_overhead_costs(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    add(&w, 0.5, 0.9, 4, 100);
    add(&w, 0.2, 0.9, 2, 300);
    assert_close(expect(&w, 1e6).cost_j, 200, 1e-12, 0);
    w.input.overhead_ratio = 2.5;
    assert_close(expect(&w, 1e6).cost_j, 500, 1e-12, 0);
    w.input.overhead_ratio = 0.5;
    assert_close(expect(&w, 1e6).cost_j, 200, 1e-12, 0);
    world_close(&w);
}

/* E max(current - exp(M), 0) for the mean M that a measurement will move to, by the trapezium rule
 * over the measurement's standard normal. */
static void test_gain_by_quadrature(void **state)
{
    (void)state;
    world w;
    eco_saving_models models;
    eco_arena arena;
    world_open(&w, 3, 4);
    valley(&w, 6);
    for (size_t i = 0; i < 6; i++)
        w.observations[i].deployed_j *= i % 2 ? 1.05 : 0.95;
    arena = (eco_arena)ECO_ARENA_INIT(w.ctx);
    assert_status(w.ctx, eco_saving_models_init(w.ctx, &arena, &w.input, 3, &models), ECOPT_OK);
    assert_non_null(models.joules);
    const double chosen = models.features[3];
    for (double x = 0.05; x < 1; x += 0.3) {
        double pair[2] = {x, chosen}, work[12], mean[2], cov[4], sum = 0, step = 0.001;
        eco_gp_predict_joint(models.joules, 2, pair, work, mean, cov);
        double noise = eco_gp_noise_sd(models.joules);
        double sd = fabs(cov[0] - cov[1]) / sqrt(cov[0] + noise * noise);
        double current = eco_saving_models_joules(&models, &chosen);
        for (double z = -8; z < 8; z += step) {
            double j = exp(mean[0] + sd * z + 0.5 * (cov[0] - sd * sd));
            sum += step * fmax(current - j, 0) * exp(-0.5 * z * z) / sqrt(2 * acos(-1));
        }
        assert_close(eco_saving_models_gain(&models, &x, &chosen, current), sum, 1e-4, 1e-9);
    }
    /* A place tells nothing new about itself against itself. */
    assert_close(eco_saving_models_gain(&models, &chosen, &chosen, 1), 0, 0, 0);
    eco_saving_models_release(&models);
    eco_arena_release(&arena);
    world_close(&w);
}

/* An at-least constraint and a failed trial: neither is deployed nor forgotten in the cost. */
static void test_constraints_and_failures(void **state)
{
    (void)state;
    static const ecopt_constraint fast = {
        .metric = "speed", .relation = ECOPT_AT_LEAST, .bound = 10};
    static const double slow_c = 9, fast_c = 11;
    world w;
    world_open(&w, 3, 4);
    w.problem.n_constraints = 1;
    w.problem.constraints = &fast;
    valley(&w, 6);
    for (size_t i = 0; i < 6; i++)
        w.observations[i].c = w.x[i] < 0.45 ? &slow_c : &fast_c;
    eco_saving saving = expect(&w, 1e6);
    assert_true(saving.chosen == 6 || w.x[saving.chosen] >= 0.45);
    w.observations[5].state = ECO_OBSERVED_FAILED;
    w.observations[5].spent_j = 350;
    saving = expect(&w, 1e-9);
    assert_false(saving.is_worth);
    world_close(&w);
}

static ecopt_status sweep(ecopt_ctx *ctx, void *user)
{
    const world *w = user;
    eco_saving saving;
    return eco_saving_expect(ctx, &w->input, &saving);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    world w;
    world_open(&w, 3, 4);
    valley(&w, 6);
    eco_test_alloc_sweep(sweep, &w);
    w.deployment.choose = ECOPT_CHOOSE_KNEE;
    eco_test_alloc_sweep(sweep, &w);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_goes_on),
        cmocka_unit_test(test_before_the_first_trial),
        cmocka_unit_test(test_two_trials_by_hand),
        cmocka_unit_test(test_chosen_keeps_thresholds),
        cmocka_unit_test(test_a_known_valley_is_left),
        cmocka_unit_test(test_point_follows_the_slope),
        cmocka_unit_test(test_knee),
        cmocka_unit_test(test_no_knee),
        cmocka_unit_test(test_young_models_do_not_stop),
        cmocka_unit_test(test_overhead_costs),
        cmocka_unit_test(test_gain_by_quadrature),
        cmocka_unit_test(test_constraints_and_failures),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
