/* A space that is a list: what it holds, what it refuses, how points are drawn from it. */
#include "sampler/points.h"
#include "space/space.h"
#include "support/eco_test.h"

enum { PARAMS = 3 };

static const ecopt_value words[3] = {{ECOPT_VALUE_STRING, 0, "red"},
                                     {ECOPT_VALUE_STRING, 0, "green"},
                                     {ECOPT_VALUE_STRING, 0, "blue"}};
static const ecopt_param params[PARAMS] = {
    {.name = "deep", .type = ECOPT_PARAM_BOOL, .has_default = true, .default_code = 1},
    {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 64, .is_log = true, .when = "deep"},
    {.name = "colour", .type = ECOPT_PARAM_CHOICE, .n_values = 3, .values = words},
};

static ecopt_space *space_new(ecopt_ctx *ctx)
{
    ecopt_space *space = NULL;
    assert_status(ctx, eco_space_new(ctx, params, PARAMS, &space), ECOPT_OK);
    return space;
}

/* Rows 1 and 3 are one configuration, as n counts only where deep is on; row 4 repeats row 0. */
static const double rows[6][PARAMS] = {
    {1, 8, 0}, {0, 5, 1}, {1, 63, 2}, {0, 9, 1}, {1, 8, 0}, {1, 16, 1},
};

static void test_list_is_canonical_and_distinct(void **state)
{
    ecopt_space *space = space_new(*state);
    assert_int_equal(eco_space_n_candidates(space), 0);
    assert_int_equal(eco_space_find_candidate(space, rows[0]), 0);
    assert_status(*state, eco_space_set_candidates(*state, space, 6, rows[0]), ECOPT_OK);
    assert_int_equal(eco_space_n_candidates(space), 4);
    assert_close(eco_space_n_points(space), 4, 0, 0);
    const double expected[4][PARAMS] = {{1, 8, 0}, {0, 8, 1}, {1, 63, 2}, {1, 16, 1}};
    for (size_t i = 0; i < 4; i++) {
        double x[PARAMS], at[PARAMS];
        eco_space_candidate(space, i, x);
        eco_points_at(space, i, at);
        assert_memory_equal(x, at, sizeof x);
        assert_close(x[0], expected[i][0], 0, 0);
        assert_close(x[2], expected[i][2], 0, 0);
        if (x[0] == 1)
            assert_close(x[1], expected[i][1], 0, 0);
        assert_int_equal(eco_space_find_candidate(space, x), i);
        assert_true(eco_space_is_allowed(space, x));
        x[2] = fmod(x[2] + 1, 3);
        bool is_listed = eco_space_find_candidate(space, x) < 4;
        assert_int_equal(eco_space_is_allowed(space, x), is_listed);
    }
    double off[PARAMS] = {1, 9, 0};
    assert_false(eco_space_is_allowed(space, off));
    eco_space_free(*state, space);
}

static void test_points_off_the_list_are_refused_by_their_text(void **state)
{
    ecopt_space *space = space_new(*state);
    double x[PARAMS] = {7, 7, 7};
    assert_status(*state, eco_space_set_candidates(*state, space, 6, rows[0]), ECOPT_OK);
    assert_status(*state, ecopt_space_parse_point(*state, space, "deep=true n=63 colour=blue", x),
                  ECOPT_OK);
    assert_close(x[1], 63, 0, 0);
    assert_status(*state, ecopt_space_parse_point(*state, space, "deep=true n=62 colour=blue", x),
                  ECOPT_E_RANGE);
    assert_string_equal(ecopt_ctx_errmsg(*state), "the point is not one of the 4 candidates");
    assert_non_null(strstr(ecopt_ctx_errhint(*state), "row of the list"));
    assert_close(x[1], 63, 0, 0);
    eco_space_free(*state, space);
}

static void test_constraints_come_first_and_leave_rows_out(void **state)
{
    ecopt_space *space = space_new(*state);
    assert_status(*state, eco_space_add_constraint(*state, space, "n <= 16"), ECOPT_OK);
    assert_status(*state, eco_space_set_candidates(*state, space, 6, rows[0]), ECOPT_OK);
    assert_int_equal(eco_space_n_candidates(space), 3);
    assert_status(*state, eco_space_add_constraint(*state, space, "n <= 8"), ECOPT_E_ARG);
    assert_status(*state, eco_space_set_candidates(*state, space, 6, rows[0]), ECOPT_E_ARG);
    eco_space_free(*state, space);
    space = space_new(*state);
    assert_status(*state, eco_space_add_constraint(*state, space, "n > 63"), ECOPT_OK);
    assert_status(*state, eco_space_set_candidates(*state, space, 6, rows[0]), ECOPT_E_RANGE);
    eco_space_free(*state, space);
}

static void test_wrong_lists(void **state)
{
    ecopt_space *space = space_new(*state);
    assert_status(*state, eco_space_set_candidates(*state, space, 0, rows[0]), ECOPT_E_ARG);
    assert_status(*state, eco_space_set_candidates(*state, space, 1, NULL), ECOPT_E_ARG);
    assert_status(*state, eco_space_set_candidates(*state, NULL, 1, rows[0]), ECOPT_E_ARG);
    assert_status(*state,
                  eco_space_set_candidates(*state, space, ECO_SPACE_CANDIDATES_MAX + 1, rows[0]),
                  ECOPT_E_LIMIT);
    assert_int_equal(eco_space_n_candidates(space), 0);
    eco_space_free(*state, space);
}

/* The default asks only for what has one: deep = true. */
static void test_default_is_a_row(void **state)
{
    ecopt_space *space = space_new(*state);
    double x[PARAMS];
    assert_status(*state, eco_space_set_candidates(*state, space, 5, rows[1]), ECOPT_OK);
    assert_true(eco_space_default(space, x));
    assert_memory_equal(x, rows[2], sizeof x);
    eco_space_free(*state, space);
    space = space_new(*state);
    assert_status(*state, eco_space_set_candidates(*state, space, 1, rows[1]), ECOPT_OK);
    assert_false(eco_space_default(space, x));
    assert_true(eco_space_is_allowed(space, x));
    eco_space_free(*state, space);
    /* Without any default the first row stands in. */
    const ecopt_param plain = {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 9};
    const double only[2] = {7, 3};
    assert_status(*state, eco_space_new(*state, &plain, 1, &space), ECOPT_OK);
    assert_status(*state, eco_space_set_candidates(*state, space, 2, only), ECOPT_OK);
    assert_false(eco_space_default(space, x));
    assert_close(x[0], 7, 0, 0);
    eco_space_free(*state, space);
}

static ecopt_status attempt(ecopt_ctx *ctx, void *user)
{
    (void)user;
    ecopt_space *space = NULL;
    ECO_TRY(eco_space_new(ctx, params, PARAMS, &space));
    ecopt_status status = eco_space_set_candidates(ctx, space, 6, rows[0]);
    eco_space_free(ctx, space);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(attempt, NULL);
}

/* ---- drawing ---- */

enum { MANY = 600 };

typedef struct line {
    ecopt_space *space;
    eco_problem problem;
    eco_history history;
    double x[MANY][1];
    eco_observation observations[MANY];
} line;

/* Every third whole number from 1 to 1798, largest first. */
static void line_open(line *l, ecopt_ctx *ctx, uint64_t seed)
{
    const ecopt_param n = {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 1800};
    static double list[MANY];
    for (size_t i = 0; i < MANY; i++)
        list[i] = 1 + 3 * (double)(MANY - 1 - i);
    memset(l, 0, sizeof *l);
    assert_status(ctx, eco_space_new(ctx, &n, 1, &l->space), ECOPT_OK);
    assert_status(ctx, eco_space_set_candidates(ctx, l->space, MANY, list), ECOPT_OK);
    l->problem = (eco_problem){.space = l->space, .seed = seed};
    l->history = (eco_history){.observations = l->observations, .trial = 1};
}

static void line_tell(line *l, double x)
{
    size_t i = l->history.n++;
    l->x[i][0] = x;
    l->observations[i] = (eco_observation){.x = l->x[i]};
    l->history.trial++;
}

static void test_draw_is_uniform_over_what_is_new(void **state)
{
    static line l;
    size_t upper = 0;
    eco_rng rng;
    line_open(&l, *state, 1);
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    /* All below 900 but 30 are gone: a walk to the next new one would prefer the first of them. */
    for (size_t i = 0; i < 270; i++)
        line_tell(&l, 1 + 3 * (double)i);
    size_t first = 0;
    for (int draw = 0; draw < 2000; draw++) {
        double x, u;
        assert_status(*state, eco_points_draw(*state, &l.problem, &l.history, &rng, &u, &x),
                      ECOPT_OK);
        assert_true(eco_points_is_new(&l.problem, &l.history, &x));
        upper += x > 900;
        first += x == 1 + 3 * 270.0;
    }
    /* 300 of 330 are above: 1818 +- 13; the first new one is drawn about 6 times. */
    assert_in_range(upper, 1753, 1883);
    assert_in_range(first, 0, 20);
    eco_space_free(*state, l.space);
}

static void test_everything_is_drawn_once(void **state)
{
    static line l;
    line_open(&l, *state, 1);
    eco_rng rng;
    double x, u, pending[2];
    eco_rng_init(&rng, 4, ECO_STREAM_TEST, 0);
    for (size_t i = 0; i < MANY - 2; i++) {
        ecopt_status status = i % 2 ? eco_points_sobol(*state, &l.problem, &l.history, &x)
                                    : eco_points_draw(*state, &l.problem, &l.history, &rng, &u, &x);
        assert_status(*state, status, ECOPT_OK);
        assert_true(eco_points_is_new(&l.problem, &l.history, &x));
        line_tell(&l, x);
    }
    l.history.pending = pending;
    for (size_t i = 0; i < 2; i++) {
        assert_status(*state, eco_points_sobol(*state, &l.problem, &l.history, &pending[i]),
                      ECOPT_OK);
        l.history.n_pending++;
    }
    assert_true(pending[0] != pending[1]);
    assert_status(*state, eco_points_draw(*state, &l.problem, &l.history, &rng, &u, &x),
                  ECOPT_E_EXHAUSTED);
    assert_status(*state, eco_points_sobol(*state, &l.problem, &l.history, &x), ECOPT_E_EXHAUSTED);
    assert_string_equal(ecopt_ctx_errmsg(*state), "all 600 candidates have been tried");
    eco_space_free(*state, l.space);
}

/* Sixteen Sobol points of a line: one in each sixteenth of the list. */
static void test_sobol_spreads_over_the_list(void **state)
{
    static line l;
    bool is_seen[16] = {false};
    line_open(&l, *state, 9);
    /* The study's first trial is its default; the sequence begins with the second. */
    l.history.n = 0;
    for (size_t i = 0; i < 17; i++) {
        double x;
        assert_status(*state, eco_points_sobol(*state, &l.problem, &l.history, &x), ECOPT_OK);
        line_tell(&l, x);
        if (i > 0)
            is_seen[(size_t)((x - 1) * 16 / 1800)] = true;
    }
    size_t n = 0;
    for (size_t i = 0; i < 16; i++)
        n += is_seen[i];
    assert_true(n >= 15);
    eco_space_free(*state, l.space);
}

/* Of two candidates that are as near the first in the file is taken: 1 and 3 around 2.  Four
 * cells have their middles at odd eighths, which are exact. */
static void test_ties_go_to_the_first(void **state)
{
    const ecopt_param n = {.name = "n", .type = ECOPT_PARAM_INT, .min = 1, .max = 4};
    const double lists[2][2] = {{1, 3}, {3, 1}};
    size_t n_ties = 0;
    for (int which = 0; which < 2; which++)
        for (uint64_t seed = 0; seed < 40; seed++) {
            ecopt_space *all = NULL, *list = NULL;
            assert_status(*state, eco_space_new(*state, &n, 1, &all), ECOPT_OK);
            assert_status(*state, eco_space_new(*state, &n, 1, &list), ECOPT_OK);
            assert_status(*state, eco_space_set_candidates(*state, list, 2, lists[which]),
                          ECOPT_OK);
            eco_problem problem = {.space = all, .seed = seed};
            eco_history history = {.trial = 1};
            double wanted, x;
            assert_status(*state, eco_points_sobol(*state, &problem, &history, &wanted), ECOPT_OK);
            problem.space = list;
            assert_status(*state, eco_points_sobol(*state, &problem, &history, &x), ECOPT_OK);
            n_ties += wanted == 2;
            double nearest = wanted == 1 ? 1 : 3;
            assert_close(x, wanted == 2 ? lists[which][0] : nearest, 0, 0);
            eco_space_free(*state, all);
            eco_space_free(*state, list);
        }
    assert_true(n_ties > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, eco_test_set_up, eco_test_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list_is_canonical_and_distinct),
        TEST(points_off_the_list_are_refused_by_their_text),
        TEST(constraints_come_first_and_leave_rows_out),
        TEST(wrong_lists),
        TEST(default_is_a_row),
        TEST(allocation_failures),
        TEST(draw_is_uniform_over_what_is_new),
        TEST(everything_is_drawn_once),
        TEST(sobol_spreads_over_the_list),
        TEST(ties_go_to_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
