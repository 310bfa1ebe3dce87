#include "support/eco_test.h"

#include <stdlib.h>

static void *faulty_take(void *user, size_t size_b, size_t align_b)
{
    eco_faulty_alloc *faulty = user;
    if (faulty->calls++ == faulty->fail_at)
        return NULL;
    faulty->live++;
    return aligned_alloc(align_b, (size_b + align_b - 1) / align_b * align_b);
}

static void faulty_return(void *user, void *block, size_t size_b)
{
    eco_faulty_alloc *faulty = user;
    (void)size_b;
    faulty->live--;
    free(block);
}

ecopt_ctx *eco_test_ctx_new(eco_faulty_alloc *faulty)
{
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    long wanted = faulty->fail_at;
    options.alloc = faulty_take;
    options.free = faulty_return;
    options.alloc_user = faulty;
    faulty->fail_at = -1;
    ecopt_ctx *ctx = NULL;
    assert_int_equal(ecopt_ctx_new(&options, &ctx), ECOPT_OK);
    faulty->calls = 0;
    faulty->live = 0;
    faulty->fail_at = wanted;
    return ctx;
}

ecopt_ctx *eco_test_ctx(void)
{
    ecopt_ctx *ctx = NULL;
    assert_int_equal(ecopt_ctx_new(NULL, &ctx), ECOPT_OK);
    return ctx;
}

int eco_test_set_up(void **state)
{
    *state = eco_test_ctx();
    return 0;
}

int eco_test_tear_down(void **state)
{
    assert_int_equal(eco_ctx_live_b(*state), 0);
    ecopt_ctx_free(*state);
    return 0;
}

void eco_test_alloc_sweep(ecopt_status (*attempt)(ecopt_ctx *ctx, void *user), void *user)
{
    for (long k = 0;; k++) {
        eco_faulty_alloc faulty = {.fail_at = k};
        ecopt_ctx *ctx = eco_test_ctx_new(&faulty);
        ecopt_status status = attempt(ctx, user);
        if (faulty.live != 0)
            print_error("allocation %ld failed: %ld blocks left\n", k, faulty.live);
        assert_int_equal(faulty.live, 0);
        int reached = faulty.calls > k;
        if (reached)
            assert_status(ctx, status, ECOPT_E_NOMEM);
        else
            assert_status(ctx, status, ECOPT_OK);
        ecopt_ctx_free(ctx);
        if (!reached)
            return;
    }
}
