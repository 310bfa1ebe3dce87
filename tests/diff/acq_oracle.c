/* Expected improvement against mpmath (oracle/acq_mpmath.json). */
#include "support/acq_value.h"
#include "support/oracle.h"

static void test_expected_improvement(void **state)
{
    (void)state;
    json_t *document = oracle_load("acq_mpmath.json");
    const json_t *cases = json_object_get(document, "ei");
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *item = json_array_get(cases, i);
        /* Maximised there: negate. */
        double mean = -oracle_number(item, "mean"), sd = oracle_number(item, "std");
        double best = -oracle_number(item, "best");
        eco_acq_front *front = NULL;
        size_t none = 0;
        assert_status(ctx, eco_acq_front_new(ctx, 1, 1, &none, NULL, &best, &front), ECOPT_OK);
        assert_close(eco_test_log_ehvi(front, &mean, &sd, NULL, NULL),
                     oracle_number(item, "log_ei"), 1e-10, 1e-10);
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
    json_decref(document);
}

static void test_expected_hypervolume_improvement(void **state)
{
    (void)state;
    json_t *document = oracle_load("acq_mpmath.json");
    const json_t *cases = json_object_get(document, "ehvi2d");
    ecopt_ctx *ctx = eco_test_ctx();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *item = json_array_get(cases, i);
        double y[64], ref[2], mean[2], sd[2];
        size_t n = oracle_numbers(json_object_get(item, "front"), y, 64) / 2;
        oracle_numbers(json_object_get(item, "ref"), ref, 2);
        oracle_numbers(json_object_get(item, "mean"), mean, 2);
        oracle_numbers(json_object_get(item, "std"), sd, 2);
        double sign = json_is_true(json_object_get(item, "maximise")) ? -1 : 1;
        for (size_t j = 0; j < 2 * n; j++)
            y[j] *= sign;
        for (int k = 0; k < 2; k++) {
            ref[k] *= sign;
            mean[k] *= sign;
        }
        eco_acq_front *front = NULL;
        assert_status(ctx, eco_acq_front_new(ctx, 2, 1, &n, y, ref, &front), ECOPT_OK);
        assert_close(exp(eco_test_log_ehvi(front, mean, sd, NULL, NULL)),
                     oracle_number(item, "ehvi"), 1e-10, 0);
        eco_acq_front_free(front);
    }
    ecopt_ctx_free(ctx);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected_improvement),
        cmocka_unit_test(test_expected_hypervolume_improvement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
