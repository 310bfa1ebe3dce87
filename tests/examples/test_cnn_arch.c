/* Shapes, parameter counts and FLOPs of the example network against numbers worked out by hand. */
#include "support/eco_test.h"

#include "cnn_arch.h"

static cnn_arch planned(cnn_config config)
{
    cnn_error err = {""};
    cnn_arch arch;
    if (cnn_arch_plan(&config, &err, &arch) != CNN_OK)
        fail_msg("%s", err.text);
    return arch;
}

static void test_one_layer(void **state)
{
    (void)state;
    cnn_arch a = planned((cnn_config){
        .width = 4, .depth = 1, .kernel = 3, .pool = true, .rows = 28, .cols = 28, .classes = 10});
    /* 4 kernels of 9 weights and 4 biases; 10 x (4 * 784) weights and 10 biases. */
    assert_int_equal(a.parameters, 36 + 4 + 31360 + 10);
    assert_int_equal(a.features, 3136);
    assert_false(a.layers[0].is_pooled); /* the first convolution never is */
    /* 3136 outputs x (9 multiply-adds, bias, ReLU) + 10 x (3136 multiply-adds and bias). */
    assert_int_equal(a.flops_per_sample, 3136 * 20 + 10 * (6272 + 1));
    assert_int_equal(a.layers[0].w_at, 0);
    assert_int_equal(a.layers[0].b_at, 36);
    assert_int_equal(a.w_at, 40);
    assert_int_equal(a.b_at, 40 + 31360);
}

static void test_two_pooled_layers(void **state)
{
    (void)state;
    cnn_arch a = planned((cnn_config){
        .width = 8, .depth = 3, .kernel = 5, .pool = true, .rows = 28, .cols = 28, .classes = 10});
    assert_int_equal(a.layers[1].out_rows, 14);
    assert_int_equal(a.layers[2].rows, 14);
    assert_int_equal(a.layers[2].out_cols, 7);
    assert_int_equal(a.features, 8 * 49);
    assert_int_equal(a.parameters, (8 * 25 + 8) + 2 * (8 * 8 * 25 + 8) + (10 * 392 + 10));
    /* Pooling takes 3 comparisons for each of its outputs. */
    uint64_t first = 8ull * 784 * (2 * 25 + 2);
    uint64_t second = 8ull * 784 * (2 * 200 + 2) + 8ull * 196 * 3;
    uint64_t third = 8ull * 196 * (2 * 200 + 2) + 8ull * 49 * 3;
    assert_int_equal(a.flops_per_sample, first + second + third + 10ull * (2 * 392 + 1));
    assert_int_equal(a.unpooled, 0);
}

static void test_pooling_ends_at_one_pixel(void **state)
{
    (void)state;
    /* 5 x 2 -> (first) 5 x 2 -> 2 x 1 -> 1 x 1 -> 1 x 1 without pooling */
    cnn_arch a = planned((cnn_config){
        .width = 1, .depth = 4, .kernel = 1, .pool = true, .rows = 5, .cols = 2, .classes = 2});
    assert_int_equal(a.layers[1].out_rows, 2);
    assert_int_equal(a.layers[1].out_cols, 1);
    assert_true(a.layers[2].is_pooled);
    assert_int_equal(a.layers[2].pool_w, 1);
    assert_int_equal(a.layers[2].out_rows, 1);
    assert_false(a.layers[3].is_pooled);
    assert_int_equal(a.unpooled, 1);
    assert_int_equal(a.features, 1);
    /* The 2 x 1 window of layer 3 compares once for its one output. */
    uint64_t layers = 10 * 4 + (10 * 4 + 2 * 3) + (2 * 4 + 1) + 1 * 4;
    assert_int_equal(a.flops_per_sample, layers + 2 * UINT64_C(3));
}

static void test_without_pooling_size_stays(void **state)
{
    (void)state;
    cnn_arch a = planned((cnn_config){
        .width = 2, .depth = 16, .kernel = 3, .pool = false, .rows = 7, .cols = 9, .classes = 3});
    assert_int_equal(a.layers[15].out_rows, 7);
    assert_int_equal(a.features, 2 * 63);
    assert_int_equal(a.unpooled, 0);
    assert_true(cnn_arch_train_memory_b(&a, 64) > 2 * cnn_arch_train_memory_b(&a, 16));
}

static void test_ranges(void **state)
{
    (void)state;
    const cnn_config good = {
        .width = 4, .depth = 2, .kernel = 3, .pool = true, .rows = 8, .cols = 8, .classes = 10};
    cnn_config bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].width = 0;
    bad[1].width = CNN_WIDTH_MAX + 1;
    bad[2].depth = 0;
    bad[3].depth = CNN_DEPTH_MAX + 1;
    bad[4].kernel = 2;
    bad[5].kernel = CNN_KERNEL_MAX + 2;
    bad[6].rows = 0;
    bad[7].classes = 1;
    for (int i = 0; i < 8; i++) {
        cnn_error err = {""};
        cnn_arch arch = {.parameters = 77};
        assert_int_equal(cnn_arch_plan(&bad[i], &err, &arch), CNN_E_USAGE);
        assert_int_equal(arch.parameters, 77);
        assert_true(strlen(err.text) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_layer),
        cmocka_unit_test(test_two_pooled_layers),
        cmocka_unit_test(test_pooling_ends_at_one_pixel),
        cmocka_unit_test(test_without_pooling_size_stays),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
