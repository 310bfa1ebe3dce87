#include "core/rng.h"
#include "support/eco_test.h"

/* numpy 1.24: Philox(key=[7, 0], counter=c).random_raw(4); numpy counts up before the first block.
 */
static void test_blocks_match_numpy(void **state)
{
    (void)state;
    const uint64_t key[2] = {7, 0};
    const uint64_t counters[2][4] = {{1, 0, 0, 0}, {5, 1, 9, 0}};
    const uint64_t expected[2][4] = {{UINT64_C(0xDF4034B829E9FBA4), UINT64_C(0x4B9D10CDF8E64087),
                                      UINT64_C(0x6B8B857E506AAC98), UINT64_C(0x67C7C945B1BA6E52)},
                                     {UINT64_C(0x3A1FCC0E42AB20C0), UINT64_C(0x24019B7FA280FB9B),
                                      UINT64_C(0x83E77E4DD1F4D7A9), UINT64_C(0x90B57A1B8D8F070C)}};
    for (int i = 0; i < 2; i++) {
        uint64_t out[4];
        eco_philox4x64(counters[i], key, out);
        for (int k = 0; k < 4; k++)
            assert_true(out[k] == expected[i][k]);
    }
}

static void test_streams_and_items_differ(void **state)
{
    (void)state;
    eco_rng a, b, c, d;
    eco_rng_init(&a, 1, ECO_STREAM_TEST, 5);
    eco_rng_init(&b, 1, ECO_STREAM_TEST, 6);
    eco_rng_init(&c, 1, ECO_STREAM_GP_START, 5);
    eco_rng_init(&d, 2, ECO_STREAM_TEST, 5);
    uint64_t first = eco_rng_u64(&a);
    assert_true(first != eco_rng_u64(&b) && first != eco_rng_u64(&c) && first != eco_rng_u64(&d));
    eco_rng_init(&b, 1, ECO_STREAM_TEST, 5);
    assert_true(first == eco_rng_u64(&b));
    for (int i = 0; i < 9; i++)
        assert_true(eco_rng_u64(&a) == eco_rng_u64(&b));
}

static void test_uniform_moments(void **state)
{
    (void)state;
    enum { N = 100000 };
    eco_rng rng;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 0);
    double sum = 0, squares = 0, normal_sum = 0, normal_squares = 0;
    for (int i = 0; i < N; i++) {
        double u = eco_rng_uniform(&rng), z = eco_rng_normal(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
        normal_sum += z;
        normal_squares += z * z;
    }
    /* Five standard errors. */
    assert_close(sum / N, 0.5, 0, 5 * 0.2887 / 316);
    assert_close(squares / N, 1.0 / 3, 0, 5 * 0.298 / 316);
    assert_close(normal_sum / N, 0, 0, 5 / 316.0);
    assert_close(normal_squares / N, 1, 0, 5 * 1.414 / 316);
}

static void test_below_is_in_range_and_even(void **state)
{
    (void)state;
    eco_rng rng;
    eco_rng_init(&rng, 3, ECO_STREAM_TEST, 1);
    int counts[3] = {0, 0, 0};
    for (int i = 0; i < 30000; i++)
        counts[eco_rng_below(&rng, 3)]++;
    for (int k = 0; k < 3; k++)
        assert_in_range(counts[k], 9600, 10400);
    assert_int_equal(eco_rng_below(&rng, 1), 0);
    /* n just above 2^63: half of all draws must be rejected, none may exceed. */
    for (int i = 0; i < 100; i++)
        assert_true(eco_rng_below(&rng, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_match_numpy),
        cmocka_unit_test(test_streams_and_items_differ),
        cmocka_unit_test(test_uniform_moments),
        cmocka_unit_test(test_below_is_in_range_and_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
