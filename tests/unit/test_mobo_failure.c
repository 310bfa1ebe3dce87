/* What the classifier of failures is given: which of many trials. */
#include "gp/gp_model.h"
#include "support/mobo_world.h"

/* Rows of the classifier that are trials which failed; the trials are in the order of their
 * numbers. */
static size_t count_failed_rows(const eco_gp *gp, const world *w, const double *features)
{
    size_t n_failed = 0, i = 0;
    for (size_t row = 0; row < eco_gp_n(gp); row++) {
        while (i < w->history.n &&
               memcmp(gp->X + row * PARAMS, features + i * PARAMS, PARAMS * sizeof *features) != 0)
            i++;
        assert_true(i < w->history.n);
        n_failed += w->observations[i++].state == ECO_OBSERVED_FAILED;
    }
    return n_failed;
}

/* Of 400 trials the classifier takes 300: all 40 of the rarer outcome, or half of each. */
static void test_sample_of_the_classifier(void **state)
{
    (void)state;
    static const size_t every[] = {10, 2}, from[] = {0, 1};
    static world w;
    static double features[MAX * PARAMS], value[MAX], se[MAX];
    for (int is_rare = 0; is_rare < 2; is_rare++) {
        bool is_failure = is_rare; /* what every tenth is; complete, where it is every other */
        eco_gp *fits[1] = {NULL};
        double bound[1];
        world_open(&w, cube, MAX, 2);
        for (size_t i = 0; i < MAX; i++)
            if ((i % every[!is_rare] == from[!is_rare]) == is_failure)
                w.observations[i].state = ECO_OBSERVED_FAILED;
        for (size_t i = 0; i < MAX; i++)
            eco_space_features(w.space, w.x[i], features + i * PARAMS);
        eco_mobo mobo = {.ctx = w.ctx,
                         .problem = &w.problem,
                         .history = &w.history,
                         .d = PARAMS,
                         .fits = fits,
                         .bound = bound,
                         .features = features,
                         .arena = ECO_ARENA_INIT(w.ctx)};
        eco_series series = {.value = value, .se = se};
        assert_true(eco_series_failure(&w.history, &series));
        assert_status(w.ctx, eco_mobo_failure_add(&mobo, &series), ECOPT_OK);
        size_t n = eco_gp_n(fits[0]), n_failed = count_failed_rows(fits[0], &w, features);
        assert_int_equal(n, 300);
        assert_int_equal(is_failure ? n_failed : n - n_failed, is_rare ? 40 : 150);
        assert_int_equal(mobo.n_limits, 1);
        eco_gp_free(fits[0]);
        eco_arena_release(&mobo.arena);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_of_the_classifier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
