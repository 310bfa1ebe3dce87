/* Set of ranks against a plain array of flags. */
#include "core/rng.h"
#include "pareto/rank_set.h"
#include "support/eco_test.h"

enum { MOST = 20000 };

static bool is_in[MOST];

static size_t flag_below(size_t rank)
{
    for (size_t i = rank + 1; i-- > 0;)
        if (is_in[i])
            return i;
    return ECO_RANK_NONE;
}

static size_t flag_above(size_t n, size_t rank)
{
    for (size_t i = rank; i < n; i++)
        if (is_in[i])
            return i;
    return ECO_RANK_NONE;
}

static void compare(const eco_rank_set *set, size_t n, size_t rank)
{
    assert_int_equal(eco_rank_set_below(set, rank), flag_below(rank));
    assert_int_equal(eco_rank_set_above(set, rank), flag_above(n, rank));
}

/* Dense and sparse sets, at sizes just below, at and above where words and levels end. */
static void test_against_flags(void **state)
{
    (void)state;
    static uint64_t words[MOST / 64 + 10];
    const size_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, MOST};
    eco_rng rng;
    eco_rng_init(&rng, 31, ECO_STREAM_TEST, 0);
    for (size_t s = 0; s < ECO_LEN(sizes); s++) {
        size_t n = sizes[s], n_words = eco_rank_set_words(n);
        assert_true(n_words <= ECO_LEN(words));
        memset(words, 0x55, sizeof words); /* whatever was there */
        memset(is_in, 0, sizeof is_in);
        eco_rank_set set;
        eco_rank_set_init(&set, n, words);
        assert_int_equal(eco_rank_set_below(&set, n - 1), ECO_RANK_NONE);
        assert_int_equal(eco_rank_set_above(&set, 0), ECO_RANK_NONE);
        for (int step = 0; step < 600; step++) {
            size_t rank = (size_t)eco_rng_below(&rng, n);
            if (is_in[rank])
                eco_rank_set_drop(&set, rank);
            else
                eco_rank_set_add(&set, rank);
            is_in[rank] = !is_in[rank];
            compare(&set, n, (size_t)eco_rng_below(&rng, n));
            compare(&set, n, rank);
            compare(&set, n, 0);
            compare(&set, n, n - 1);
            assert_int_equal(eco_rank_set_above(&set, n), ECO_RANK_NONE);
            if (step % 3 == 2) { /* keep it sparse */
                size_t first = flag_above(n, 0);
                if (first != ECO_RANK_NONE) {
                    eco_rank_set_drop(&set, first);
                    is_in[first] = false;
                }
            }
        }
        /* Nothing was written behind the words asked for. */
        for (size_t w = n_words; w < ECO_LEN(words); w++)
            assert_true(words[w] == UINT64_C(0x5555555555555555));
        eco_rank_set_add(&set, n - 1);
        eco_rank_set_add(&set, n - 1);
        eco_rank_set_clear(&set);
        assert_int_equal(eco_rank_set_above(&set, 0), ECO_RANK_NONE);
    }
}

static void test_single_members(void **state)
{
    (void)state;
    uint64_t words[400];
    eco_rank_set set;
    eco_rank_set_init(&set, MOST, words);
    for (size_t rank = 0; rank < MOST; rank += 37) {
        eco_rank_set_add(&set, rank);
        assert_int_equal(eco_rank_set_below(&set, MOST - 1), rank);
        assert_int_equal(eco_rank_set_above(&set, 0), rank);
        assert_int_equal(eco_rank_set_below(&set, rank), rank);
        assert_int_equal(eco_rank_set_above(&set, rank), rank);
        if (rank > 0)
            assert_int_equal(eco_rank_set_below(&set, rank - 1), ECO_RANK_NONE);
        assert_int_equal(eco_rank_set_above(&set, rank + 1), ECO_RANK_NONE);
        eco_rank_set_drop(&set, rank);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_flags),
        cmocka_unit_test(test_single_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
