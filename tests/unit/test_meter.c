#include "support/eco_test.h"

#include <ecopt/meter.h>

static void test_real_machine_always_gives_a_meter(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    ecopt_energy energy;
    assert_status(ctx, ecopt_meter_open(ctx, NULL, &meter), ECOPT_OK);
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    volatile double sink = 0;
    for (int i = 0; i < 20000000; i++)
        sink = sink + 1;
    assert_status(ctx, ecopt_meter_end(meter, window, 0.02, &energy), ECOPT_OK);
    char flags[200];
    ecopt_flags_format(energy.flags, flags, sizeof flags);
    print_message("%g J +- %g, gain %g..%g, %g s, gap %g s, %s, [%s]\n", energy.energy_j,
                  energy.u95_j, energy.gain_lo, energy.gain_hi, energy.time_s, energy.gap_s,
                  ecopt_quality_name(energy.quality), flags);
    assert_true(isnan(energy.energy_j) || energy.energy_j >= 0);
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    ecopt_ctx_free(ctx);
}

static void test_describe_lists_every_kind(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    static ecopt_source_info infos[ECOPT_SOURCE_INFO_MAX];
    size_t n = 0;
    assert_status(ctx, ecopt_meter_describe(ctx, NULL, infos, &n), ECOPT_OK);
    for (size_t i = 0; i < n; i++)
        print_message("%s | %s | %d %d %d | %s | %s\n", infos[i].name,
                      ecopt_quality_name(infos[i].quality), infos[i].is_found, infos[i].is_readable,
                      infos[i].is_used, infos[i].reason, infos[i].remedy);
    assert_true(n >= 5);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_machine_always_gives_a_meter),
        cmocka_unit_test(test_describe_lists_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
