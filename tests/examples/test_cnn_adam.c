/* Adam against a hand computation, and the random generator against its published vectors. */
#include "support/eco_test.h"

#include "cnn_adam.h"
#include "cnn_rng.h"

/*
 * Two steps with lr = 0.1 and gradients 2, then -1, from x = 1:
 *   t = 1: m = 0.2, v = 0.004; m_hat = 2, v_hat = 4; x = 1 - 0.1 * 2 / 2 = 0.9
 *   t = 2: m = 0.18 - 0.1 = 0.08, v = 0.003996 + 0.001 = 0.004996;
 *          m_hat = 0.08 / 0.19 = 0.42105263, v_hat = 0.004996 / 0.001999 = 2.49924962;
 *          x = 0.9 - 0.1 * 0.42105263 / 1.58090152 = 0.87336629
 */
static void test_two_steps(void **state)
{
    (void)state;
    cnn_adam *adam = cnn_adam_new(2, 0.1);
    float x[2] = {1.0f, 5.0f};
    const float first[2] = {2.0f, 0.0f}, second[2] = {-1.0f, 0.0f};
    assert_non_null(adam);
    cnn_adam_step(adam, x, first);
    assert_close((double)x[0], 0.9, 1e-6, 0);
    cnn_adam_step(adam, x, second);
    assert_close((double)x[0], 0.87336629, 1e-6, 0);
    assert_close((double)x[1], 5.0, 0, 0); /* no gradient, no step */
    cnn_adam_free(adam);
}

/* The first step is lr * sign(gradient) whatever its size: the correction of both moments. */
static void test_first_step_ignores_scale(void **state)
{
    (void)state;
    const float sizes[] = {1e-3f, 1.0f, 1e3f};
    for (int i = 0; i < 3; i++) {
        cnn_adam *adam = cnn_adam_new(1, 0.01);
        float x = 0.0f, g = -sizes[i];
        cnn_adam_step(adam, &x, &g);
        assert_close((double)x, 0.01, 1e-4, 0);
        cnn_adam_free(adam);
    }
}

static void test_step_size_can_change(void **state)
{
    (void)state;
    cnn_adam *adam = cnn_adam_new(1, 0.5);
    float x = 0.0f, g = 1.0f;
    cnn_adam_set_lr(adam, 0.25);
    cnn_adam_step(adam, &x, &g);
    assert_close((double)x, -0.25, 1e-6, 0);
    cnn_adam_free(adam);
    cnn_adam_free(NULL);
}

/* First outputs of SplitMix64 for seed 1234567, as in the reference implementation of S. Vigna. */
static void test_splitmix_vectors(void **state)
{
    (void)state;
    const uint64_t expected[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                 UINT64_C(9817491932198370423), UINT64_C(4593380528125082431)};
    cnn_rng rng = {.state = 1234567};
    for (int i = 0; i < 4; i++)
        assert_true(cnn_rng_next(&rng) == expected[i]);
}

static void test_normal_moments(void **state)
{
    (void)state;
    cnn_rng rng = {.state = 3};
    double sum = 0, squares = 0;
    const int n = 20000;
    for (int i = 0; i < n; i++) {
        double z = cnn_rng_normal(&rng);
        sum += z;
        squares += z * z;
    }
    /* Five standard errors: 5 / sqrt(n) and 5 sqrt(2 / n). */
    assert_close(sum / n, 0.0, 0, 0.036);
    assert_close(squares / n, 1.0, 0, 0.05);
}

static void test_shuffle_keeps_all_and_is_fair(void **state)
{
    (void)state;
    cnn_rng rng = {.state = 9};
    int orders[6] = {0};
    for (int i = 0; i < 6000; i++) {
        uint32_t items[3] = {0, 1, 2};
        cnn_rng_shuffle(&rng, items, 3);
        assert_int_equal(items[0] + items[1] + items[2], 3);
        assert_int_not_equal(items[0], items[1]);
        orders[items[0] * 2 + (items[1] > items[2])]++;
    }
    /* Each of the 6 orders 1000 times, standard deviation 29. */
    for (int k = 0; k < 6; k++)
        assert_in_range(orders[k], 855, 1145);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_steps),
        cmocka_unit_test(test_first_step_ignores_scale),
        cmocka_unit_test(test_step_size_can_change),
        cmocka_unit_test(test_splitmix_vectors),
        cmocka_unit_test(test_normal_moments),
        cmocka_unit_test(test_shuffle_keeps_all_and_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
