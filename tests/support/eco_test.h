/*
 * Common face of the tests: cmocka with its needed includes, numeric and status assertions, the
 * failing allocator and temporary folders.
 */
#ifndef ECO_TEST_H
#define ECO_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/ctx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Fails unless |a - b| <= atol + rtol * |b|; NaN equals NaN, infinities equal themselves. */
#define assert_close(a, b, rtol, atol) \
    eco_test_assert_close((a), (b), (rtol), (atol), #a, __FILE__, __LINE__)

/** Fails with the context's message unless `expr` gives `expected`. */
#define assert_status(ctx, expr, expected) \
    eco_test_assert_status((ctx), (expr), (expected), #expr, __FILE__, __LINE__)

static inline void eco_test_assert_close(double a, double b, double rtol, double atol,
                                         const char *what, const char *file, int line)
{
    int same = (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= atol + rtol * fabs(b);
    if (!same)
        print_error("%s = %.17g, expected %.17g (difference %.3g)\n", what, a, b, a - b);
    _assert_true((LargestIntegralType)same, what, file, line);
}

static inline void eco_test_assert_status(ecopt_ctx *ctx, ecopt_status got, ecopt_status expected,
                                          const char *what, const char *file, int line)
{
    if (got != expected)
        print_error("%s gave %s (%s), expected %s\n", what, ecopt_status_name(got),
                    ctx ? ecopt_ctx_errmsg(ctx) : "", ecopt_status_name(expected));
    _assert_true((LargestIntegralType)(got == expected), what, file, line);
}

/** Allocator that fails on its k-th call; pass through ecopt_ctx_options. */
typedef struct eco_faulty_alloc {
    long fail_at; /* 0-based call that fails; negative: never */
    long calls;
    long live; /* blocks given out and not returned */
} eco_faulty_alloc;

/** Context over the faulty allocator; the context itself does not count as a call. */
ecopt_ctx *eco_test_ctx_new(eco_faulty_alloc *faulty);

/** Plain context with the default allocator. */
ecopt_ctx *eco_test_ctx(void);

/** cmocka's set-up and tear-down of a test whose state is a plain context; the second fails when
 * memory of it is still in use. */
int eco_test_set_up(void **state);
int eco_test_tear_down(void **state);

/**
 * Fails allocation 0, 1, 2, ... of `attempt` until it succeeds; every failure must be
 * ECOPT_E_NOMEM and leave no block behind.  `attempt` must free what it made when it succeeds.
 */
void eco_test_alloc_sweep(ecopt_status (*attempt)(ecopt_ctx *ctx, void *user), void *user);

/** Makes an empty folder under $TMPDIR or /tmp; path has room for 256 bytes. */
void eco_test_temp_dir(char path[256]);

/** Removes a folder of eco_test_temp_dir with all that is in it. */
void eco_test_remove_dir(const char *path);

/** Writes text to dir/name (folders are made). */
void eco_test_write_file(const char *dir, const char *name, const char *text);

#endif
