/* Hypervolume against moocore, BoTorch and Optuna values (oracle/hv_cases.json). */
#include "support/oracle.h"

#include <ecopt/pareto.h>

static void test_hypervolume_cases(void **state)
{
    (void)state;
    static double y[4096], own[600];
    json_t *cases = oracle_load("hv_cases.json");
    ecopt_ctx *ctx = eco_test_ctx();
    assert_true(json_array_size(cases) >= 20);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *item = json_array_get(cases, i);
        double maximise[8], ref[8], hv = (double)NAN;
        size_t m = oracle_numbers(json_object_get(item, "maximise"), maximise, 8);
        assert_int_equal(oracle_numbers(json_object_get(item, "ref"), ref, 8), m);
        size_t n = oracle_numbers(json_object_get(item, "points"), y, ECO_LEN(y)) / m;
        for (size_t k = 0; k < m; k++) {
            double sign = maximise[k] != 0 ? -1 : 1;
            ref[k] *= sign;
            for (size_t j = 0; j < n; j++)
                y[j * m + k] *= sign;
        }
        assert_status(ctx, ecopt_hypervolume(ctx, n, m, y, ref, &hv), ECOPT_OK);
        assert_close(hv, oracle_number(item, "hv"), 1e-9, 1e-12);
        assert_status(ctx, ecopt_hypervolume_contributions(ctx, n, m, y, ref, own), ECOPT_OK);
        for (size_t j = 0; j < n; j++)
            assert_true(own[j] >= 0 && own[j] <= hv * (1 + 1e-12));
    }
    ecopt_ctx_free(ctx);
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hypervolume_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
