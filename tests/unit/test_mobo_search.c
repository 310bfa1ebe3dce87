#include "support/mobo_world.h"

/* The suggestion has the same bits from 1, 2 and 5 threads. */
static void test_threads_do_not_change_the_answer(void **state)
{
    (void)state;
    static world w;
    static const size_t counts[3] = {0, 2, 5};
    double x[3][PARAMS];
    for (int mixed_kinds = 0; mixed_kinds < 2; mixed_kinds++) {
        for (int k = 0; k < 3; k++) {
            eco_mobo mobo;
            world_open(&w, mixed_kinds ? mixed : cube, 14, 2);
            w.problem.n_threads = counts[k];
            mobo_open(&w, &mobo);
            assert_status(w.ctx, eco_mobo_search_run(&mobo, x[k]), ECOPT_OK);
            eco_mobo_release(&mobo);
            world_close(&w);
        }
        assert_memory_equal(x[0], x[1], sizeof x[0]);
        assert_memory_equal(x[0], x[2], sizeof x[0]);
    }
}

/* Nothing on a fine grid scores higher than what the search returns (up to a small step). */
static void test_search_beats_a_grid(void **state)
{
    (void)state;
    static world w;
    for (size_t m = 1; m <= 2; m++) {
        eco_mobo mobo;
        double x[PARAMS], best = -HUGE_VAL;
        world_open(&w, cube, 12, m);
        mobo_open(&w, &mobo);
        assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
        for (int i = 0; i <= 20; i++)
            for (int j = 0; j <= 20; j++)
                for (int k = 0; k <= 20; k++) {
                    double at[PARAMS] = {i / 20.0, j / 20.0, k / 20.0};
                    best = fmax(best, value_at(&mobo, at));
                }
        assert_true(value_at(&mobo, x) >= best - 1e-3);
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

static void test_search_beats_a_grid_of_mixed_kinds(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    double x[PARAMS], best = -HUGE_VAL;
    world_open(&w, mixed, 14, 2);
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    assert_true(eco_points_is_new(&w.problem, &w.history, x));
    for (int i = 0; i <= 50; i++)
        for (int n = 1; n <= 40; n++)
            for (int kind = 0; kind < 4; kind++) {
                double at[PARAMS] = {i / 50.0, n, kind};
                best = fmax(best, value_at(&mobo, at));
            }
    assert_true(value_at(&mobo, x) >= best - 0.02);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* 40 x 4 points with `a` fixed: every one is scored, so the best new one is found exactly. */
static void test_small_space_is_scored_whole(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    ecopt_param params[PARAMS] = {mixed[0], mixed[1], mixed[2]};
    params[0].max = 0;
    double x[PARAMS], best = -HUGE_VAL;
    world_open(&w, params, 10, 2);
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_OK);
    for (int n = 1; n <= 40; n++)
        for (int kind = 0; kind < 4; kind++) {
            double at[PARAMS] = {0, n, kind};
            if (eco_points_is_new(&w.problem, &w.history, at))
                best = fmax(best, value_at(&mobo, at));
        }
    assert_true(value_at(&mobo, x) == best);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* A first look is the value itself with one front; with four of eight it is at most twice it. */
static void test_first_look(void **state)
{
    (void)state;
    static world w;
    for (int noisy = 0; noisy < 2; noisy++) {
        enum { Q = 9 };
        eco_mobo mobo;
        eco_mobo_work work;
        double f[Q * PARAMS], values[Q];
        world_open(&w, cube, 200, 2);
        w.problem.n_constraints = 1;
        w.problem.constraints = at_least;
        for (size_t i = 0; i < 200; i++)
            w.observations[i].y_se = noisy ? some_se : no_se;
        mobo_open(&w, &mobo);
        assert_int_equal(mobo.n_paths, noisy ? 8 : 1);
        assert_status(w.ctx, eco_mobo_work_init(&mobo, &work), ECOPT_OK);
        for (size_t i = 0; i < Q * PARAMS; i++)
            f[i] = fmod(0.37 * (double)(i + 1), 1);
        eco_mobo_screen(&mobo, &work, Q, f, values);
        for (size_t i = 0; i < Q; i++) {
            double exact = eco_mobo_value(&mobo, &work, f + i * PARAMS, NULL);
            if (noisy)
                assert_true(values[i] <= exact + log(2) + 1e-5 * fabs(exact));
            else
                assert_close(values[i], exact, 1e-5, 1e-5);
        }
        eco_mobo_release(&mobo);
        world_close(&w);
    }
}

static void test_every_candidate_is_known(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    ecopt_param params[PARAMS] = {mixed[0], mixed[1], mixed[2]};
    double x[PARAMS];
    params[0].max = 0;
    params[1].max = 3;
    world_open(&w, params, 12, 2); /* 3 x 4: all of them */
    mobo_open(&w, &mobo);
    assert_status(w.ctx, eco_mobo_search_run(&mobo, x), ECOPT_E_NOT_FOUND);
    eco_mobo_release(&mobo);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_do_not_change_the_answer),
        cmocka_unit_test(test_search_beats_a_grid),
        cmocka_unit_test(test_search_beats_a_grid_of_mixed_kinds),
        cmocka_unit_test(test_small_space_is_scored_whole),
        cmocka_unit_test(test_first_look),
        cmocka_unit_test(test_every_candidate_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
