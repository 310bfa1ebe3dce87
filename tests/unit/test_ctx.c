#include "support/eco_test.h"

static void test_new_rejects_half_an_allocator(void **state)
{
    (void)state;
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    ecopt_ctx *ctx = NULL;
    options.free = (void (*)(void *, void *, size_t))1;
    assert_int_equal(ecopt_ctx_new(&options, &ctx), ECOPT_E_ARG);
    assert_null(ctx);
    options = (ecopt_ctx_options)ECOPT_CTX_OPTIONS_INIT;
    options.size = 0;
    assert_int_equal(ecopt_ctx_new(&options, &ctx), ECOPT_E_ARG);
    assert_int_equal(ecopt_ctx_new(NULL, NULL), ECOPT_E_ARG);
}

static void test_older_option_struct_is_accepted(void **state)
{
    (void)state;
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    options.size = sizeof(size_t);
    ecopt_ctx *ctx = NULL;
    assert_int_equal(ecopt_ctx_new(&options, &ctx), ECOPT_OK);
    ecopt_ctx_free(ctx);
    ecopt_ctx_free(NULL);
}

static void test_alloc_is_zeroed_aligned_and_checked(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    unsigned char *block = eco_alloc(ctx, 3, 7);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 64, 0);
    for (int i = 0; i < 21; i++)
        assert_int_equal(block[i], 0);
    assert_int_equal(eco_ctx_live_b(ctx), 21);
    eco_free(ctx, block);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    assert_null(eco_alloc(ctx, SIZE_MAX, 2));
    assert_null(eco_alloc(ctx, SIZE_MAX, 1));
    assert_non_null(strstr(ecopt_ctx_errmsg(ctx), "cannot allocate"));
    eco_free(ctx, NULL);
    ecopt_ctx_free(ctx);
}

static void test_realloc_keeps_contents_and_zeroes_tail(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    int *block = eco_alloc(ctx, 2, sizeof *block);
    block[0] = 5;
    block[1] = 6;
    block = eco_realloc(ctx, block, 4, sizeof *block);
    assert_int_equal(block[0], 5);
    assert_int_equal(block[1], 6);
    assert_int_equal(block[2], 0);
    assert_int_equal(block[3], 0);
    block = eco_realloc(ctx, block, 1, sizeof *block);
    assert_int_equal(block[0], 5);
    eco_free(ctx, block);
    ecopt_ctx_free(ctx);
}

static void test_fail_keeps_message_and_hint(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    assert_string_equal(ecopt_ctx_errmsg(ctx), "");
    assert_int_equal(eco_fail(ctx, ECOPT_E_IO, "cannot read '%s'", "x"), ECOPT_E_IO);
    assert_int_equal(eco_hint(ctx, ECOPT_E_IO, "give %d", 3), ECOPT_E_IO);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "cannot read 'x'");
    assert_string_equal(ecopt_ctx_errhint(ctx), "give 3");
    /* The old message may be an argument of the new one. */
    assert_int_equal(eco_fail(ctx, ECOPT_E_ARG, "outer: %s", ecopt_ctx_errmsg(ctx)), ECOPT_E_ARG);
    assert_string_equal(ecopt_ctx_errmsg(ctx), "outer: cannot read 'x'");
    assert_string_equal(ecopt_ctx_errhint(ctx), "");
    ecopt_ctx_free(ctx);
}

static void keep_log(void *user, ecopt_log_level level, const char *message)
{
    (void)snprintf(user, 64, "%d:%s", (int)level, message);
}

static void test_log_reaches_the_callback(void **state)
{
    (void)state;
    char seen[64] = "";
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    options.log = keep_log;
    options.log_user = seen;
    ecopt_ctx *ctx = NULL;
    assert_int_equal(ecopt_ctx_new(&options, &ctx), ECOPT_OK);
    eco_log(ctx, ECOPT_LOG_WARNING, "n=%d", 4);
    assert_string_equal(seen, "1:n=4");
    ecopt_ctx_free(ctx);
}

static void test_status_names_cover_the_map(void **state)
{
    (void)state;
#define CHECK(name, value, message)                                       \
    assert_string_equal(ecopt_status_name(ECOPT_##name), "ECOPT_" #name); \
    assert_string_equal(ecopt_status_message(ECOPT_##name), message);     \
    assert_true((value) <= 0);
    ECOPT_STATUS_MAP(CHECK)
#undef CHECK
    assert_string_equal(ecopt_status_name((ecopt_status)7), "ECOPT_STATUS_OUT_OF_RANGE");
    assert_string_equal(ecopt_status_message((ecopt_status)7), "status out of range");
}

static ecopt_status make_texts(ecopt_ctx *ctx, void *user)
{
    (void)user;
    char *a = eco_strdup(ctx, "abc");
    char *b = a ? eco_asprintf(ctx, "%s-%d", a, 5) : NULL;
    ecopt_status status = b ? ECOPT_OK : ECOPT_E_NOMEM;
    if (b)
        assert_string_equal(b, "abc-5");
    eco_free(ctx, a);
    eco_free(ctx, b);
    return status;
}

static void test_texts_survive_allocation_failures(void **state)
{
    (void)state;
    eco_test_alloc_sweep(make_texts, NULL);
    ecopt_ctx *ctx = eco_test_ctx();
    assert_null(eco_strdup(ctx, NULL));
    char *cut = eco_strndup(ctx, "abcdef", 3);
    assert_string_equal(cut, "abc");
    eco_free(ctx, cut);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_rejects_half_an_allocator),
        cmocka_unit_test(test_older_option_struct_is_accepted),
        cmocka_unit_test(test_alloc_is_zeroed_aligned_and_checked),
        cmocka_unit_test(test_realloc_keeps_contents_and_zeroes_tail),
        cmocka_unit_test(test_fail_keeps_message_and_hint),
        cmocka_unit_test(test_log_reaches_the_callback),
        cmocka_unit_test(test_status_names_cover_the_map),
        cmocka_unit_test(test_texts_survive_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
