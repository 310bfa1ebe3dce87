/* Which rows of a list are looked at: all that are new of a short one, and of a long one also those
 * that lie next to the front. */
#include "support/mobo_world.h"

enum { LONG = 6000, SHORT = 12 };

/* One objective: squared distance to a = 0.2, n = 20, and a half for any other kind than 'q'. */
static void tell(world *w, size_t i, const double *x)
{
    memcpy(w->x[i], x, sizeof w->x[i]);
    w->y[i][0] = pow(x[0] - 0.2, 2) + pow((x[1] - 20) / 40, 2) + (x[2] == 1 ? 0 : 0.5);
}

static void row_get(eco_rng *rng, double *x)
{
    x[0] = (double)(600000 + eco_rng_below(rng, 400001)) / 1e6; /* floats of a list are decimal */
    x[1] = (double)(1 + eco_rng_below(rng, 40));
    x[2] = (double)eco_rng_below(rng, 4);
}

/* The last row is the best by far, next to the best trial and away from all others, so that nothing
 * but a look at the neighbours of the front finds it. */
static void test_neighbours_of_the_front_are_found(void **state)
{
    (void)state;
    static const double best[PARAMS] = {0.2, 20, 1}, near[PARAMS] = {0.35, 20, 1};
    static double rows[LONG][PARAMS];
    static world w;
    eco_mobo mobo;
    eco_rng rng;
    double x[PARAMS];
    eco_rng_init(&rng, 6, ECO_STREAM_TEST, 0);
    world_open(&w, mixed, 40, 1);
    for (size_t i = 0; i < LONG - 1; i++)
        row_get(&rng, rows[i]);
    memcpy(rows[7], near, sizeof near);
    memcpy(rows[LONG - 1], best, sizeof best);
    for (size_t i = 0; i < 40; i++)
        tell(&w, i, rows[i]);
    assert_status(w.ctx, eco_space_set_candidates(w.ctx, w.space, LONG, rows[0]), ECOPT_OK);
    mobo_open(&w, &mobo);
    assert_int_equal(mobo.n_front, 1);
    assert_status(w.ctx, eco_mobo_list_run(&mobo, NULL, x), ECOPT_OK);
    assert_memory_equal(x, best, sizeof x);
    eco_mobo_release(&mobo);
    world_close(&w);
}

/* Rows that are out with other workers are no new ones: the last row that is left is the answer. */
static void test_pending_rows_are_left_out(void **state)
{
    (void)state;
    static world w;
    eco_mobo mobo;
    eco_rng rng;
    double rows[SHORT][PARAMS], x[PARAMS];
    eco_rng_init(&rng, 7, ECO_STREAM_TEST, 0);
    for (size_t last = 0; last < SHORT; last++) {
        double pending[3 * PARAMS];
        size_t n = 0;
        world_open(&w, mixed, SHORT - 4, 1);
        for (size_t i = 0; i < SHORT; i++) {
            row_get(&rng, rows[i]);
            rows[i][1] = (double)(3 * i + 1); /* all different */
        }
        assert_status(w.ctx, eco_space_set_candidates(w.ctx, w.space, SHORT, rows[0]), ECOPT_OK);
        for (size_t i = 0; i < SHORT; i++) {
            if (i == last)
                continue;
            if (n < SHORT - 4)
                tell(&w, n, rows[i]);
            else
                memcpy(pending + (n - (SHORT - 4)) * PARAMS, rows[i], sizeof x);
            n++;
        }
        w.history.pending = pending;
        w.history.n_pending = 3;
        mobo_open(&w, &mobo);
        assert_status(w.ctx, eco_mobo_list_run(&mobo, NULL, x), ECOPT_OK);
        assert_memory_equal(x, rows[last], sizeof x);
        eco_mobo_release(&mobo);
        w.history.n = 0;
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours_of_the_front_are_found),
        cmocka_unit_test(test_pending_rows_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
