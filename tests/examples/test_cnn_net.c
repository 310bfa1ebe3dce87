/*
 * The network's gradient against central differences, inference against training, and the loss
 * against hand-computed values.
 */
#include "support/eco_test.h"

#include "cnn_eval.h"
#include "cnn_graph.h"
#include "cnn_loss.h"
#include "cnn_net.h"

#include <stdlib.h>

#define BATCH 4

static cnn_arch planned(int width, int depth, int kernel, bool pool, int side)
{
    cnn_config config = {.width = width,
                         .depth = depth,
                         .kernel = kernel,
                         .pool = pool,
                         .rows = side,
                         .cols = side,
                         .classes = 3};
    cnn_error err = {""};
    cnn_arch arch;
    if (cnn_arch_plan(&config, &err, &arch) != CNN_OK)
        fail_msg("%s", err.text);
    return arch;
}

#define must(expr)                               \
    do {                                         \
        if ((expr) != CNN_OK)                    \
            fail_msg("%s: %s", #expr, err.text); \
    } while (0)

/* Mean loss of the batch that is in the network's input. */
static double loss_of(cnn_net *net, const unsigned char *labels, float *dlogits)
{
    cnn_error err = {""};
    must(cnn_net_load_params(net, &err));
    must(cnn_net_forward(net, &err));
    return cnn_loss_batch(cnn_net_logits(net), labels, BATCH, 3, dlogits).loss_sum / BATCH;
}

/* Slopes of the loss along parameter i, on its left and on its right, with step h. */
static void slopes_of(cnn_net *net, const unsigned char *labels, size_t i, double h,
                      double ret_slopes[2])
{
    float *p = &cnn_net_params(net)[i], held = *p;
    double here = loss_of(net, labels, NULL);
    *p = (float)((double)held + h);
    ret_slopes[1] = (loss_of(net, labels, NULL) - here) / h;
    *p = (float)((double)held - h);
    ret_slopes[0] = (here - loss_of(net, labels, NULL)) / h;
    *p = held;
}

/* A network with random weights and images, after its forward and backward pass. */
static cnn_net *random_net(const cnn_arch *arch, const unsigned char *labels)
{
    cnn_error err = {""};
    cnn_net *net = NULL;
    cnn_rng rng = {.state = 42};
    must(cnn_net_new(arch, BATCH, true, &err, &net));
    cnn_net_init_params(net, &rng);
    size_t pixels = (size_t)arch->config.rows * (size_t)arch->config.cols;
    for (size_t i = 0; i < BATCH * pixels; i++)
        cnn_net_input(net)[i] = (float)cnn_rng_normal(&rng);
    /* Biases off zero, so that their gradient is not met at a special place. */
    for (size_t i = 0; i < arch->parameters; i++)
        cnn_net_params(net)[i] += (float)(0.05 * cnn_rng_normal(&rng));
    (void)loss_of(net, labels, cnn_net_dlogits(net));
    must(cnn_net_backward(net, &err));
    return net;
}

/*
 * Compares every `stride`-th partial derivative with central differences, the mean of both slopes.
 * A kink of ReLU or pooling within the step moves that mean by at most half of what the slopes
 * differ, so parameters whose slopes differ by more than the tolerance allows prove nothing and are
 * passed over; three quarters must remain, and all of those must agree.
 */
static void check_gradient(const cnn_arch *arch, size_t stride)
{
    const unsigned char labels[BATCH] = {0, 2, 1, 2};
    cnn_net *net = random_net(arch, labels);
    int seen = 0, smooth = 0;
    double largest = 0;
    for (size_t i = 0; i < arch->parameters; i += stride, seen++) {
        double analytic = (double)cnn_net_grads(net)[i], slopes[2];
        slopes_of(net, labels, i, 2e-3, slopes);
        double central = (slopes[0] + slopes[1]) / 2;
        largest = fmax(largest, fabs(analytic));
        if (fabs(slopes[1] - slopes[0]) > 4e-3 + 0.02 * fabs(central))
            continue;
        assert_close(analytic, central, 0.02, 3e-3);
        smooth++;
    }
    if (smooth * 4 < seen * 3)
        fail_msg("only %d of %d derivatives could be checked", smooth, seen);
    assert_true(largest > 0.1); /* a gradient of zeros would prove nothing */
    cnn_net_free(net);
}

static void test_gradient_tiny_pooled(void **state)
{
    (void)state;
    cnn_arch arch = planned(2, 2, 3, true, 6);
    check_gradient(&arch, 1);
}

static void test_gradient_deep_unpooled(void **state)
{
    (void)state;
    cnn_arch arch = planned(3, 3, 3, false, 5);
    check_gradient(&arch, 1);
}

static void test_gradient_odd_map_and_one_pixel(void **state)
{
    (void)state;
    /* 3 x 3 drops a row and a column when pooled; the third layer has 1 pixel. */
    cnn_arch arch = planned(4, 3, 1, true, 3);
    assert_int_equal(arch.unpooled, 1);
    check_gradient(&arch, 1);
}

/* Width 16 takes the blocked layouts and the generated kernels that real runs take. */
static void test_gradient_blocked_layouts(void **state)
{
    (void)state;
    cnn_arch arch = planned(16, 3, 5, true, 12);
    check_gradient(&arch, 97);
}

/* The fused inference network must give the logits of the training network. */
static void test_inference_equals_training(void **state)
{
    (void)state;
    cnn_arch arch = planned(5, 3, 3, true, 11);
    cnn_error err = {""};
    cnn_net *train = NULL, *infer = NULL;
    cnn_rng rng = {.state = 5};
    must(cnn_net_new(&arch, BATCH, true, &err, &train));
    must(cnn_net_new(&arch, BATCH, false, &err, &infer));
    assert_null(cnn_net_grads(infer));
    assert_null(cnn_net_dlogits(infer));
    cnn_net_init_params(train, &rng);
    memcpy(cnn_net_params(infer), cnn_net_params(train), arch.parameters * sizeof(float));
    for (int i = 0; i < BATCH * 121; i++)
        cnn_net_input(infer)[i] = cnn_net_input(train)[i] = (float)cnn_rng_normal(&rng);
    must(cnn_net_load_params(train, &err));
    must(cnn_net_load_params(infer, &err));
    must(cnn_net_forward(train, &err));
    must(cnn_net_forward(infer, &err));
    for (int i = 0; i < BATCH * 3; i++)
        assert_close((double)cnn_net_logits(infer)[i], (double)cnn_net_logits(train)[i], 1e-4,
                     1e-5);
    cnn_net_free(train);
    cnn_net_free(infer);
    cnn_net_free(NULL);
}

/* Mean square of n floats. */
static double power_of(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum / (double)n;
}

/* Variances 2 / fan-in and 1 / features, biases 0; five standard errors of a variance allowed. */
static void test_initial_weights(void **state)
{
    (void)state;
    cnn_arch arch = planned(20, 2, 3, true, 8);
    cnn_error err = {""};
    cnn_net *net = NULL;
    cnn_rng rng = {.state = 8};
    must(cnn_net_new(&arch, 1, true, &err, &net));
    cnn_net_init_params(net, &rng);
    const float *p = cnn_net_params(net);
    assert_close(power_of(p + arch.layers[1].w_at, 3600), 2.0 / 180.0, 5 * sqrt(2.0 / 3600), 0);
    assert_close(power_of(p + arch.w_at, 960), 1.0 / 320.0, 5 * sqrt(2.0 / 960), 0);
    assert_close(power_of(p + arch.layers[1].b_at, 20), 0, 0, 0);
    assert_close(power_of(p + arch.b_at, 3), 0, 0, 0);
    cnn_net_free(net);
}

/* One convolution of kernel 1 and weight 1 is the ReLU of the image: logits can be added by hand.
 */
static void test_forward_by_hand(void **state)
{
    (void)state;
    cnn_arch arch = planned(1, 1, 1, false, 2);
    cnn_error err = {""};
    cnn_net *net = NULL;
    must(cnn_net_new(&arch, 1, false, &err, &net));
    float *p = cnn_net_params(net);
    p[arch.layers[0].w_at] = 2.0f;
    p[arch.layers[0].b_at] = 1.0f;
    for (size_t i = 0; i < 12; i++)
        p[arch.w_at + i] = (float)i;
    p[arch.b_at + 2] = 0.5f;
    const float image[4] = {1.0f, -3.0f, 0.0f, 2.0f}; /* 2x + 1: 3, -5 -> 0, 1, 5 */
    memcpy(cnn_net_input(net), image, sizeof image);
    must(cnn_net_load_params(net, &err));
    must(cnn_net_forward(net, &err));
    const double expected[3] = {2 * 1 + 3 * 5, 4 * 3 + 6 + 7 * 5, 8 * 3 + 10 + 11 * 5 + 0.5};
    for (int k = 0; k < 3; k++)
        assert_close((double)cnn_net_logits(net)[k], expected[k], 1e-6, 0);
    cnn_net_free(net);
}

static void test_loss_values(void **state)
{
    (void)state;
    const float even[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    const float huge[4] = {1000.0f, 0.0f, 0.0f, 0.0f};
    const unsigned char zero = 0, one = 1;
    float gradient[4];
    cnn_score score = cnn_loss_batch(even, &zero, 1, 4, gradient);
    assert_close(score.loss_sum, log(4.0), 1e-12, 0);
    assert_int_equal(score.correct, 1); /* the first of equals */
    assert_close((double)gradient[0], -0.75, 1e-6, 0);
    assert_close((double)gradient[1], 0.25, 1e-6, 0);
    /* No overflow: the loss of a sure mistake is the distance. */
    score = cnn_loss_batch(huge, &one, 1, 4, NULL);
    assert_close(score.loss_sum, 1000.0, 1e-12, 0);
    assert_int_equal(score.correct, 0);
}

static void test_loss_shows_nan(void **state)
{
    (void)state;
    const float bad[3] = {NAN, 0.0f, 1.0f};
    const unsigned char label = 1;
    assert_true(isnan(cnn_loss_batch(bad, &label, 1, 3, NULL).loss_sum));
}

int main(void)
{
    cnn_graph_set_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_tiny_pooled),
        cmocka_unit_test(test_gradient_deep_unpooled),
        cmocka_unit_test(test_gradient_odd_map_and_one_pixel),
        cmocka_unit_test(test_gradient_blocked_layouts),
        cmocka_unit_test(test_inference_equals_training),
        cmocka_unit_test(test_initial_weights),
        cmocka_unit_test(test_forward_by_hand),
        cmocka_unit_test(test_loss_values),
        cmocka_unit_test(test_loss_shows_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
