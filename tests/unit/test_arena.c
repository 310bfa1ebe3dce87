#include "core/arena.h"
#include "support/eco_test.h"

static void test_blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_arena arena = ECO_ARENA_INIT(ctx);
    unsigned char *blocks[300];
    for (size_t i = 0; i < ECO_LEN(blocks); i++) {
        blocks[i] = eco_arena_alloc(&arena, i, 3);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t k = 0; k < 3 * i; k++)
            assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i & 0xff), 3 * i);
    }
    for (size_t i = 1; i < ECO_LEN(blocks); i++)
        for (size_t k = 0; k < 3 * i; k++)
            assert_int_equal(blocks[i][k], i & 0xff);
    eco_arena_release(&arena);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    assert_non_null(eco_arena_alloc(&arena, 1, 8));
    eco_arena_release(&arena);
    ecopt_ctx_free(ctx);
}

static void test_large_blocks_and_overflow(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    eco_arena arena = ECO_ARENA_INIT(ctx);
    char *large = eco_arena_alloc(&arena, 1000, 1000);
    assert_non_null(large);
    large[999999] = 1;
    assert_null(eco_arena_alloc(&arena, SIZE_MAX / 2, 3));
    assert_null(eco_arena_alloc(&arena, SIZE_MAX, 1));
    eco_arena_release(&arena);
    ecopt_ctx_free(ctx);
}

static ecopt_status copy_texts(ecopt_ctx *ctx, void *user)
{
    (void)user;
    eco_arena arena = ECO_ARENA_INIT(ctx);
    ecopt_status status = ECOPT_OK;
    for (int i = 0; i < 10 && status == ECOPT_OK; i++) {
        char *text = eco_arena_alloc(&arena, 5000, 1);
        char *copy = text ? eco_arena_strdup(&arena, "copy") : NULL;
        if (!copy)
            status = ECOPT_E_NOMEM;
        else
            assert_string_equal(copy, "copy");
    }
    eco_arena_release(&arena);
    return status;
}

static void test_texts_survive_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(copy_texts, NULL);
    ecopt_ctx *ctx = eco_test_ctx();
    eco_arena arena = ECO_ARENA_INIT(ctx);
    assert_null(eco_arena_strdup(&arena, NULL));
    assert_string_equal(eco_arena_strndup(&arena, "abcdef", 2), "ab");
    assert_string_equal(eco_arena_strndup(&arena, NULL, 0), "");
    eco_arena_release(&arena);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_large_blocks_and_overflow),
        cmocka_unit_test(test_texts_survive_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
