/* Lists of oneDNN primitives: layouts, reorders, and failures that leave nothing behind. */
#include "support/eco_test.h"

#include "cnn_graph.h"

#define must(expr)                               \
    do {                                         \
        if ((expr) != CNN_OK)                    \
            fail_msg("%s: %s", #expr, err.text); \
    } while (0)

static cnn_graph *graph;

static int set_up(void **state)
{
    (void)state;
    cnn_error err;
    return cnn_graph_new(&err, &graph) != CNN_OK;
}

static int tear_down(void **state)
{
    (void)state;
    cnn_graph_free(graph);
    return 0;
}

static dnnl_memory_desc_t layout(dnnl_format_tag_t tag)
{
    const dnnl_dims_t dims = {1, 2, 1, 3};
    dnnl_memory_desc_t md;
    assert_int_equal(dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32, tag), dnnl_success);
    return md;
}

static void test_match_keeps_or_reorders(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_steps steps = {0};
    dnnl_memory_t mem, same, other;
    dnnl_memory_desc_t rows = layout(dnnl_abcd), channels_last = layout(dnnl_acdb);
    float values[6] = {1, 2, 3, 10, 20, 30};
    must(cnn_graph_memory(graph, &rows, values, &err, &mem));
    must(cnn_graph_match(graph, &steps, mem, &rows, &err, &same));
    assert_ptr_equal(same, mem);
    assert_int_equal(steps.n, 0);

    must(cnn_graph_match(graph, &steps, mem, &channels_last, &err, &other));
    assert_ptr_not_equal(other, mem);
    assert_int_equal(steps.n, 1);
    must(cnn_graph_run(graph, &steps, &err));
    void *buffer = NULL;
    assert_int_equal(dnnl_memory_get_data_handle(other, &buffer), dnnl_success);
    const float expected[6] = {1, 10, 2, 20, 3, 30};
    assert_memory_equal(buffer, expected, sizeof expected);
    cnn_steps_release(&steps);
    assert_int_equal(steps.n, 0);
    cnn_steps_release(NULL);
}

/* A list longer than its first room runs in order. */
static void test_list_grows(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_steps steps = {0};
    dnnl_memory_desc_t rows = layout(dnnl_abcd);
    float values[21][6] = {{1, 2, 3, 4, 5, 6}};
    dnnl_memory_t mems[21];
    for (int i = 0; i < 21; i++)
        must(cnn_graph_memory(graph, &rows, values[i], &err, &mems[i]));
    for (int i = 0; i < 20; i++)
        must(cnn_graph_reorder(graph, &steps, mems[i], mems[i + 1], &err));
    must(cnn_graph_run(graph, &steps, &err));
    assert_memory_equal(values[20], values[0], sizeof values[0]);
    cnn_steps_release(&steps);
}

static void test_relu(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_steps steps = {0};
    dnnl_memory_t mem;
    const_dnnl_primitive_desc_t pd;
    dnnl_memory_desc_t rows = layout(dnnl_abcd);
    float values[6] = {-1, 2, -3, 0, 5, -6};
    const float expected[6] = {0, 2, 0, 0, 5, 0};
    must(cnn_graph_memory(graph, &rows, values, &err, &mem));
    must(cnn_graph_check(dnnl_eltwise_forward_desc_init(&cnn_graph_desc(graph)->eltwise,
                                                        dnnl_forward_inference, dnnl_eltwise_relu,
                                                        &rows, 0.0f, 0.0f),
                         "a ReLU", &err));
    must(cnn_graph_describe(graph, NULL, NULL, "a ReLU", &err, &pd));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, mem}, {DNNL_ARG_DST, mem}};
    must(cnn_graph_add(&steps, pd, 2, args, &err));
    must(cnn_graph_run(graph, &steps, &err));
    for (int i = 0; i < 6; i++)
        assert_true(values[i] == expected[i]);
    cnn_steps_release(&steps);
}

static void test_failures_name_the_operation(void **state)
{
    (void)state;
    cnn_error err = {""};
    assert_int_equal(cnn_graph_check(dnnl_success, "x", &err), CNN_OK);
    assert_int_equal(cnn_graph_check(dnnl_out_of_memory, "a map", &err), CNN_E_INFEASIBLE);
    assert_string_equal(err.text, "out of memory for a map");
    assert_int_equal(cnn_graph_check(dnnl_unimplemented, "a map", &err), CNN_E_INPUT);
    assert_non_null(strstr(err.text, "no implementation of a map"));
    assert_int_equal(cnn_graph_check(dnnl_invalid_arguments, "a map", &err), CNN_E_INPUT);
    assert_non_null(strstr(err.text, "refused a map"));
}

/* A description that is none, and a primitive that lacks its memory. */
static void test_refused_steps(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_steps steps = {0};
    const_dnnl_primitive_desc_t pd = NULL;
    memset(cnn_graph_desc(graph), 0, sizeof(cnn_desc));
    assert_int_equal(cnn_graph_describe(graph, NULL, NULL, "nothing", &err, &pd), CNN_E_INPUT);
    assert_non_null(strstr(err.text, "nothing"));
    assert_null(pd);

    dnnl_memory_t small, large = NULL;
    const dnnl_dims_t dims = {7};
    dnnl_memory_desc_t rows = layout(dnnl_abcd), line;
    assert_int_equal(dnnl_memory_desc_init_by_tag(&line, 1, dims, dnnl_f32, dnnl_a), dnnl_success);
    must(cnn_graph_memory(graph, &rows, NULL, &err, &small));
    must(cnn_graph_memory(graph, &line, NULL, &err, &large));
    assert_int_equal(cnn_graph_reorder(graph, &steps, small, large, &err), CNN_E_INPUT);
    assert_int_equal(steps.n, 0);
    cnn_steps_release(&steps);
    cnn_graph_free(NULL);
}

int main(void)
{
    cnn_graph_set_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_match_keeps_or_reorders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_grows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_relu, set_up, tear_down),
        cmocka_unit_test(test_failures_name_the_operation),
        cmocka_unit_test_setup_teardown(test_refused_steps, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
