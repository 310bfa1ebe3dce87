#include "core/parallel.h"
#include "support/eco_test.h"

#include <stdatomic.h>

enum { MANY = 5000 };

typedef struct tally {
    atomic_int calls[MANY];
    size_t n_threads;
    atomic_bool is_thread_wrong;
} tally;

static void count(void *user, size_t thread, size_t i)
{
    tally *t = user;
    atomic_fetch_add(&t->calls[i], 1);
    if (thread >= (t->n_threads > 1 ? t->n_threads : 1))
        atomic_store(&t->is_thread_wrong, true);
}

/* Every index once, none beyond, no thread number that a workspace would lack. */
static void test_each_index_once(void **state)
{
    (void)state;
    static tally t;
    static const size_t threads[] = {0, 1, 2, 7, ECO_PARALLEL_MAX + 9};
    static const size_t counts[] = {0, 1, 3, MANY - 1};
    for (size_t a = 0; a < sizeof threads / sizeof *threads; a++)
        for (size_t b = 0; b < sizeof counts / sizeof *counts; b++) {
            memset(&t, 0, sizeof t);
            t.n_threads = threads[a];
            eco_parallel_for(threads[a], counts[b], count, &t);
            for (size_t i = 0; i < MANY; i++)
                assert_int_equal(atomic_load(&t.calls[i]), i < counts[b]);
            assert_false(atomic_load(&t.is_thread_wrong));
        }
}

static void note_order(void *user, size_t thread, size_t i)
{
    size_t *last = user;
    assert_int_equal(thread, 0);
    assert_int_equal(i, *last);
    *last = i + 1;
}

static void test_one_thread_keeps_the_order(void **state)
{
    (void)state;
    size_t last = 0;
    eco_parallel_for(1, 100, note_order, &last);
    assert_int_equal(last, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_index_once),
        cmocka_unit_test(test_one_thread_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
