/*
 * Every primitive is described with the layout "any" for what oneDNN may arrange itself, and
 * reorders are put where two neighbours disagree.  Fixing the layout to channels-last was tried:
 * three times slower to train on AVX-512, where the gradient of a one-channel convolution then has
 * no fast path.
 */
#include "cnn_net.h"

#include "cnn_graph.h"

#include <math.h>
#include <stdlib.h>

/* A tensor of parameters: the caller's view of it and, in training, of its gradient. */
typedef struct tensor {
    dnnl_memory_t value, grad;
} tensor;

/* What the backward pass needs to know about a forward convolution. */
typedef struct conv_state {
    tensor weights, bias;
    dnnl_memory_t input;  /* as the forward convolution read it */
    dnnl_memory_t output; /* after ReLU, before pooling */
    dnnl_memory_t workspace;
    const_dnnl_primitive_desc_t conv_pd, relu_pd, pool_pd;
} conv_state;

struct cnn_net {
    cnn_arch arch;
    int batch;
    bool is_training;
    cnn_graph *graph;
    cnn_steps load, forward, backward; /* weights into oneDNN's layouts; the two passes */
    float *params, *grads, *input, *logits, *dlogits;
    conv_state convs[CNN_DEPTH_MAX];
    tensor weights, bias; /* of the classifier */
    dnnl_memory_t features, scores, dscores;
    const_dnnl_primitive_desc_t linear_pd;
};

static dnnl_prop_kind_t forward_kind(const cnn_net *net)
{
    return net->is_training ? dnnl_forward_training : dnnl_forward_inference;
}

/* Memory over a buffer in the plain layout of `tag`. */
static cnn_status plain_memory(cnn_net *net, int n_dims, const dnnl_dims_t dims,
                               dnnl_format_tag_t tag, float *buffer, cnn_error *err,
                               dnnl_memory_t *ret_mem)
{
    dnnl_memory_desc_t md;
    CNN_TRY(cnn_graph_check(dnnl_memory_desc_init_by_tag(&md, n_dims, dims, dnnl_f32, tag),
                            "a layout", err));
    return cnn_graph_memory(net->graph, &md, buffer, err, ret_mem);
}

/* A tensor at an offset of the parameter vector, with its gradient at the same offset. */
static cnn_status tensor_new(cnn_net *net, int n_dims, const dnnl_dims_t dims, size_t at,
                             cnn_error *err, tensor *ret_tensor)
{
    dnnl_format_tag_t tag = n_dims == 4 ? dnnl_abcd : dnnl_a;
    CNN_TRY(plain_memory(net, n_dims, dims, tag, net->params + at, err, &ret_tensor->value));
    if (net->is_training)
        CNN_TRY(plain_memory(net, n_dims, dims, tag, net->grads + at, err, &ret_tensor->grad));
    return CNN_OK;
}

/* The same shape with the layout left to the primitive. */
static dnnl_memory_desc_t any_layout(const dnnl_memory_desc_t *md)
{
    dnnl_memory_desc_t any;
    (void)dnnl_memory_desc_init_by_tag(&any, md->ndims, md->dims, dnnl_f32, dnnl_format_tag_any);
    return any;
}

/* Shape of a layer's map, layout left to the primitive. */
static dnnl_memory_desc_t map_layout(const cnn_net *net, int channels, int rows, int cols)
{
    const dnnl_dims_t dims = {net->batch, channels, rows, cols};
    dnnl_memory_desc_t md;
    (void)dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32, dnnl_format_tag_any);
    return md;
}

/* ------------------------------------------------------------------ forward pass */

/* In inference ReLU is fused into the convolution: the map is written once instead of twice. */
static cnn_status conv_describe(cnn_net *net, const cnn_layer *layer, conv_state *conv,
                                cnn_error *err)
{
    const dnnl_dims_t stride = {1, 1};
    const dnnl_dims_t pad = {net->arch.config.kernel / 2, net->arch.config.kernel / 2};
    dnnl_memory_desc_t src = map_layout(net, layer->in_channels, layer->rows, layer->cols);
    dnnl_memory_desc_t dst = map_layout(net, net->arch.config.width, layer->rows, layer->cols);
    dnnl_memory_desc_t weights = any_layout(cnn_graph_layout(conv->weights.value));
    CNN_TRY(cnn_graph_check(dnnl_convolution_forward_desc_init(
                                &cnn_graph_desc(net->graph)->conv, forward_kind(net),
                                dnnl_convolution_direct, &src, &weights,
                                cnn_graph_layout(conv->bias.value), &dst, stride, pad, pad),
                            "a convolution", err));

    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t fused = NULL;
    dnnl_status_t made = dnnl_primitive_attr_create(&attr);
    if (made == dnnl_success && !net->is_training) {
        made = dnnl_post_ops_create(&fused);
        if (made == dnnl_success)
            made = dnnl_post_ops_append_eltwise(fused, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
        if (made == dnnl_success)
            made = dnnl_primitive_attr_set_post_ops(attr, fused);
        (void)dnnl_post_ops_destroy(fused);
    }
    cnn_status status = cnn_graph_check(made, "the fused ReLU", err);
    if (status == CNN_OK)
        status = cnn_graph_describe(net->graph, attr, NULL, "a convolution", err, &conv->conv_pd);
    (void)dnnl_primitive_attr_destroy(attr);
    return status;
}

static cnn_status conv_forward(cnn_net *net, const cnn_layer *layer, dnnl_memory_t input,
                               conv_state *conv, cnn_error *err)
{
    dnnl_memory_t weights;
    CNN_TRY(conv_describe(net, layer, conv, err));
    CNN_TRY(cnn_graph_match(net->graph, &net->forward, input,
                            cnn_graph_wanted(conv->conv_pd, dnnl_query_src_md), err, &conv->input));
    CNN_TRY(cnn_graph_match(net->graph, &net->load, conv->weights.value,
                            cnn_graph_wanted(conv->conv_pd, dnnl_query_weights_md), err, &weights));
    CNN_TRY(cnn_graph_memory(net->graph, cnn_graph_wanted(conv->conv_pd, dnnl_query_dst_md), NULL,
                             err, &conv->output));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, conv->input},
                                    {DNNL_ARG_WEIGHTS, weights},
                                    {DNNL_ARG_BIAS, conv->bias.value},
                                    {DNNL_ARG_DST, conv->output}};
    return cnn_graph_add(&net->forward, conv->conv_pd, 4, args, err);
}

/* Separate ReLU for training, in place: its derivative can be read off its output. */
static cnn_status relu_forward(cnn_net *net, conv_state *conv, cnn_error *err)
{
    CNN_TRY(cnn_graph_check(
        dnnl_eltwise_forward_desc_init(&cnn_graph_desc(net->graph)->eltwise, forward_kind(net),
                                       dnnl_eltwise_relu_use_dst_for_bwd,
                                       cnn_graph_layout(conv->output), 0.0f, 0.0f),
        "a ReLU", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, NULL, "a ReLU", err, &conv->relu_pd));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, conv->output}, {DNNL_ARG_DST, conv->output}};
    return cnn_graph_add(&net->forward, conv->relu_pd, 2, args, err);
}

/* The workspace remembers which pixel was the largest of each window. */
static cnn_status pool_forward(cnn_net *net, const cnn_layer *layer, conv_state *conv,
                               cnn_error *err, dnnl_memory_t *ret_output)
{
    const dnnl_dims_t window = {layer->pool_h, layer->pool_w};
    const dnnl_dims_t pad = {0, 0};
    dnnl_memory_desc_t dst =
        map_layout(net, net->arch.config.width, layer->out_rows, layer->out_cols);
    CNN_TRY(cnn_graph_check(dnnl_pooling_forward_desc_init(&cnn_graph_desc(net->graph)->pool,
                                                           forward_kind(net), dnnl_pooling_max,
                                                           cnn_graph_layout(conv->output), &dst,
                                                           window, window, pad, pad),
                            "a pooling", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, NULL, "a pooling", err, &conv->pool_pd));
    CNN_TRY(cnn_graph_memory(net->graph, cnn_graph_wanted(conv->pool_pd, dnnl_query_dst_md), NULL,
                             err, ret_output));
    if (net->is_training)
        CNN_TRY(cnn_graph_memory(net->graph,
                                 cnn_graph_wanted(conv->pool_pd, dnnl_query_workspace_md), NULL,
                                 err, &conv->workspace));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, conv->output},
                                    {DNNL_ARG_DST, *ret_output},
                                    {DNNL_ARG_WORKSPACE, conv->workspace}};
    return cnn_graph_add(&net->forward, conv->pool_pd, net->is_training ? 3 : 2, args, err);
}

/*
 * The classifier reads the map as it comes, 4 dimensions: oneDNN flattens it, so that weights stay
 * in the order channel, row, column of the parameter vector.
 */
static cnn_status linear_forward(cnn_net *net, dnnl_memory_t input, cnn_error *err)
{
    dnnl_memory_t weights;
    dnnl_memory_desc_t any_weights = any_layout(cnn_graph_layout(net->weights.value));
    dnnl_memory_desc_t any_src = any_layout(cnn_graph_layout(input));
    CNN_TRY(cnn_graph_check(dnnl_inner_product_forward_desc_init(
                                &cnn_graph_desc(net->graph)->linear, forward_kind(net), &any_src,
                                &any_weights, cnn_graph_layout(net->bias.value),
                                cnn_graph_layout(net->scores)),
                            "the classifier", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, NULL, "the classifier", err, &net->linear_pd));
    CNN_TRY(cnn_graph_match(net->graph, &net->forward, input,
                            cnn_graph_wanted(net->linear_pd, dnnl_query_src_md), err,
                            &net->features));
    CNN_TRY(cnn_graph_match(net->graph, &net->load, net->weights.value,
                            cnn_graph_wanted(net->linear_pd, dnnl_query_weights_md), err,
                            &weights));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, net->features},
                                    {DNNL_ARG_WEIGHTS, weights},
                                    {DNNL_ARG_BIAS, net->bias.value},
                                    {DNNL_ARG_DST, net->scores}};
    return cnn_graph_add(&net->forward, net->linear_pd, 4, args, err);
}

/* Image, convolutions, classifier: fills the lists `forward` and `load`. */
static cnn_status forward_build(cnn_net *net, cnn_error *err)
{
    const cnn_config *config = &net->arch.config;
    const dnnl_dims_t in = {net->batch, 1, config->rows, config->cols};
    dnnl_memory_t map;
    CNN_TRY(plain_memory(net, 4, in, dnnl_abcd, net->input, err, &map));
    for (int l = 0; l < config->depth; l++) {
        const cnn_layer *layer = &net->arch.layers[l];
        conv_state *conv = &net->convs[l];
        CNN_TRY(conv_forward(net, layer, map, conv, err));
        if (net->is_training)
            CNN_TRY(relu_forward(net, conv, err));
        map = conv->output;
        if (layer->is_pooled)
            CNN_TRY(pool_forward(net, layer, conv, err, &map));
    }
    return linear_forward(net, map, err);
}

/* ----------------------------------------------------------------- backward pass */

/* Memory for a weight gradient: the tensor's own when the layout agrees, else one to copy from. */
static cnn_status grad_memory(cnn_net *net, const tensor *t, const_dnnl_primitive_desc_t pd,
                              cnn_error *err, dnnl_memory_t *ret_mem)
{
    const dnnl_memory_desc_t *wanted = cnn_graph_wanted(pd, dnnl_query_diff_weights_md);
    if (dnnl_memory_desc_equal(wanted, cnn_graph_layout(t->grad))) {
        *ret_mem = t->grad;
        return CNN_OK;
    }
    return cnn_graph_memory(net->graph, wanted, NULL, err, ret_mem);
}

/* Appends a backward-by-weights primitive and, where needed, the copy to the flat gradient. */
static cnn_status weights_step(cnn_net *net, const_dnnl_primitive_desc_t pd, const tensor *weights,
                               const tensor *bias, dnnl_memory_t src, dnnl_memory_t dy,
                               cnn_error *err)
{
    dnnl_memory_t x, g, dw;
    CNN_TRY(cnn_graph_match(net->graph, &net->backward, src,
                            cnn_graph_wanted(pd, dnnl_query_src_md), err, &x));
    CNN_TRY(cnn_graph_match(net->graph, &net->backward, dy,
                            cnn_graph_wanted(pd, dnnl_query_diff_dst_md), err, &g));
    CNN_TRY(grad_memory(net, weights, pd, err, &dw));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, x},
                                    {DNNL_ARG_DIFF_DST, g},
                                    {DNNL_ARG_DIFF_WEIGHTS, dw},
                                    {DNNL_ARG_DIFF_BIAS, bias->grad}};
    CNN_TRY(cnn_graph_add(&net->backward, pd, 4, args, err));
    if (dw != weights->grad)
        CNN_TRY(cnn_graph_reorder(net->graph, &net->backward, dw, weights->grad, err));
    return CNN_OK;
}

/* Appends a backward-by-data primitive; gives the gradient by its input. */
static cnn_status data_step(cnn_net *net, const_dnnl_primitive_desc_t pd, const tensor *weights,
                            dnnl_memory_t dy, cnn_error *err, dnnl_memory_t *ret_dx)
{
    dnnl_memory_t w, g;
    CNN_TRY(cnn_graph_match(net->graph, &net->load, weights->value,
                            cnn_graph_wanted(pd, dnnl_query_weights_md), err, &w));
    CNN_TRY(cnn_graph_match(net->graph, &net->backward, dy,
                            cnn_graph_wanted(pd, dnnl_query_diff_dst_md), err, &g));
    CNN_TRY(cnn_graph_memory(net->graph, cnn_graph_wanted(pd, dnnl_query_diff_src_md), NULL, err,
                             ret_dx));
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_DIFF_DST, g}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_SRC, *ret_dx}};
    return cnn_graph_add(&net->backward, pd, 3, args, err);
}

/* First of the backward pass: gradient by the classifier's weights, then by its input. */
static cnn_status linear_backward(cnn_net *net, cnn_error *err, dnnl_memory_t *ret_dx)
{
    dnnl_inner_product_desc_t *desc = &cnn_graph_desc(net->graph)->linear;
    const dnnl_memory_desc_t *scores = cnn_graph_layout(net->scores);
    dnnl_memory_desc_t src = any_layout(cnn_graph_layout(net->features));
    dnnl_memory_desc_t weights = any_layout(cnn_graph_layout(net->weights.value));
    const_dnnl_primitive_desc_t pd;
    CNN_TRY(cnn_graph_check(dnnl_inner_product_backward_weights_desc_init(
                                desc, &src, &weights, cnn_graph_layout(net->bias.value), scores),
                            "the classifier's gradient", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, net->linear_pd, "the classifier's gradient", err,
                               &pd));
    CNN_TRY(weights_step(net, pd, &net->weights, &net->bias, net->features, net->dscores, err));
    CNN_TRY(
        cnn_graph_check(dnnl_inner_product_backward_data_desc_init(desc, &src, &weights, scores),
                        "the classifier's gradient", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, net->linear_pd, "the classifier's gradient", err,
                               &pd));
    return data_step(net, pd, &net->weights, net->dscores, err, ret_dx);
}

/* Sends each gradient to the pixel that the workspace remembers; all others get 0. */
static cnn_status pool_backward(cnn_net *net, const cnn_layer *layer, const conv_state *conv,
                                dnnl_memory_t dy, cnn_error *err, dnnl_memory_t *ret_dx)
{
    const dnnl_dims_t window = {layer->pool_h, layer->pool_w};
    const dnnl_dims_t pad = {0, 0};
    const dnnl_memory_desc_t *in = cnn_graph_layout(conv->output);
    const dnnl_memory_desc_t *out = cnn_graph_wanted(conv->pool_pd, dnnl_query_dst_md);
    const_dnnl_primitive_desc_t pd;
    dnnl_memory_t g;
    CNN_TRY(cnn_graph_check(dnnl_pooling_backward_desc_init(&cnn_graph_desc(net->graph)->pool,
                                                            dnnl_pooling_max, in, out, window,
                                                            window, pad, pad),
                            "a pooling's gradient", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, conv->pool_pd, "a pooling's gradient", err, &pd));
    CNN_TRY(cnn_graph_match(net->graph, &net->backward, dy, out, err, &g));
    CNN_TRY(cnn_graph_memory(net->graph, in, NULL, err, ret_dx));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_DIFF_DST, g},
                                    {DNNL_ARG_WORKSPACE, conv->workspace},
                                    {DNNL_ARG_DIFF_SRC, *ret_dx}};
    return cnn_graph_add(&net->backward, pd, 3, args, err);
}

/* In place when the layouts agree; `ret_dx` is the gradient by the convolution's output. */
static cnn_status relu_backward(cnn_net *net, const conv_state *conv, dnnl_memory_t dy,
                                cnn_error *err, dnnl_memory_t *ret_dx)
{
    const dnnl_memory_desc_t *map = cnn_graph_layout(conv->output);
    const_dnnl_primitive_desc_t pd;
    dnnl_memory_t g;
    CNN_TRY(cnn_graph_check(dnnl_eltwise_backward_desc_init(&cnn_graph_desc(net->graph)->eltwise,
                                                            dnnl_eltwise_relu_use_dst_for_bwd, map,
                                                            map, 0.0f, 0.0f),
                            "a ReLU's gradient", err));
    CNN_TRY(cnn_graph_describe(net->graph, NULL, conv->relu_pd, "a ReLU's gradient", err, &pd));
    CNN_TRY(cnn_graph_match(net->graph, &net->backward, dy, map, err, &g));
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_DST, conv->output}, {DNNL_ARG_DIFF_DST, g}, {DNNL_ARG_DIFF_SRC, g}};
    *ret_dx = g;
    return cnn_graph_add(&net->backward, pd, 3, args, err);
}

/* The image itself needs no gradient: the first layer passes NULL for `ret_dx`. */
static cnn_status conv_backward(cnn_net *net, const conv_state *conv, dnnl_memory_t dy,
                                cnn_error *err, dnnl_memory_t *ret_dx)
{
    const dnnl_dims_t stride = {1, 1};
    const dnnl_dims_t pad = {net->arch.config.kernel / 2, net->arch.config.kernel / 2};
    dnnl_convolution_desc_t *desc = &cnn_graph_desc(net->graph)->conv;
    dnnl_memory_desc_t src = any_layout(cnn_graph_layout(conv->input));
    dnnl_memory_desc_t weights = any_layout(cnn_graph_layout(conv->weights.value));
    dnnl_memory_desc_t dst = any_layout(cnn_graph_layout(conv->output));
    const_dnnl_primitive_desc_t pd;
    CNN_TRY(cnn_graph_check(dnnl_convolution_backward_weights_desc_init(
                                desc, dnnl_convolution_direct, &src, &weights,
                                cnn_graph_layout(conv->bias.value), &dst, stride, pad, pad),
                            "a convolution's gradient", err));
    CNN_TRY(
        cnn_graph_describe(net->graph, NULL, conv->conv_pd, "a convolution's gradient", err, &pd));
    CNN_TRY(weights_step(net, pd, &conv->weights, &conv->bias, conv->input, dy, err));
    if (ret_dx == NULL)
        return CNN_OK;
    CNN_TRY(cnn_graph_check(dnnl_convolution_backward_data_desc_init(desc, dnnl_convolution_direct,
                                                                     &src, &weights, &dst, stride,
                                                                     pad, pad),
                            "a convolution's gradient", err));
    CNN_TRY(
        cnn_graph_describe(net->graph, NULL, conv->conv_pd, "a convolution's gradient", err, &pd));
    return data_step(net, pd, &conv->weights, dy, err, ret_dx);
}

/*
 * Layers from last to first: fills the list `backward`, and adds to `load` the weights in the
 * layouts that the gradients by data want.
 */
static cnn_status backward_build(cnn_net *net, cnn_error *err)
{
    dnnl_memory_t dy;
    CNN_TRY(linear_backward(net, err, &dy));
    for (int l = net->arch.config.depth - 1; l >= 0; l--) {
        const cnn_layer *layer = &net->arch.layers[l];
        const conv_state *conv = &net->convs[l];
        if (layer->is_pooled)
            CNN_TRY(pool_backward(net, layer, conv, dy, err, &dy));
        CNN_TRY(relu_backward(net, conv, dy, err, &dy));
        CNN_TRY(conv_backward(net, conv, dy, err, l > 0 ? &dy : NULL));
    }
    return CNN_OK;
}

/* -------------------------------------------------------------- life of a network */

/* 64-byte alignment suits the widest vector loads. */
static float *floats_new(size_t n)
{
    size_t size_b = (n * sizeof(float) + 63) / 64 * 64;
    float *floats = aligned_alloc(64, size_b);
    for (size_t i = 0; floats != NULL && i < n; i++)
        floats[i] = 0.0f;
    return floats;
}

/* Buffers that callers see: plain layouts, so that nobody else has to know about blocked ones. */
static cnn_status buffers_new(cnn_net *net, cnn_error *err)
{
    const cnn_config *config = &net->arch.config;
    size_t outputs = (size_t)net->batch * (size_t)config->classes;
    net->params = floats_new(net->arch.parameters);
    net->input = floats_new((size_t)net->batch * (size_t)config->rows * (size_t)config->cols);
    net->logits = floats_new(outputs);
    if (net->params == NULL || net->input == NULL || net->logits == NULL)
        return cnn_fail(err, CNN_E_INFEASIBLE, "out of memory for the parameters");
    if (!net->is_training)
        return CNN_OK;
    net->grads = floats_new(net->arch.parameters);
    net->dlogits = floats_new(outputs);
    if (net->grads == NULL || net->dlogits == NULL)
        return cnn_fail(err, CNN_E_INFEASIBLE, "out of memory for the gradient");
    return CNN_OK;
}

/* Views of the parameter vector, of the logits and of their gradient. */
static cnn_status tensors_new(cnn_net *net, cnn_error *err)
{
    const cnn_arch *arch = &net->arch;
    const cnn_layer *last = &arch->layers[arch->config.depth - 1];
    const dnnl_dims_t width = {arch->config.width};
    const dnnl_dims_t classes = {arch->config.classes};
    for (int l = 0; l < arch->config.depth; l++) {
        const cnn_layer *layer = &arch->layers[l];
        const dnnl_dims_t kernel = {arch->config.width, layer->in_channels, arch->config.kernel,
                                    arch->config.kernel};
        CNN_TRY(tensor_new(net, 4, kernel, layer->w_at, err, &net->convs[l].weights));
        CNN_TRY(tensor_new(net, 1, width, layer->b_at, err, &net->convs[l].bias));
    }
    const dnnl_dims_t linear = {arch->config.classes, arch->config.width, last->out_rows,
                                last->out_cols};
    const dnnl_dims_t scores = {net->batch, arch->config.classes};
    CNN_TRY(tensor_new(net, 4, linear, arch->w_at, err, &net->weights));
    CNN_TRY(tensor_new(net, 1, classes, arch->b_at, err, &net->bias));
    CNN_TRY(plain_memory(net, 2, scores, dnnl_ab, net->logits, err, &net->scores));
    if (net->is_training)
        CNN_TRY(plain_memory(net, 2, scores, dnnl_ab, net->dlogits, err, &net->dscores));
    return CNN_OK;
}

cnn_status cnn_net_new(const cnn_arch *arch, int batch, bool is_training, cnn_error *err,
                       cnn_net **ret_net)
{
    cnn_net *net = calloc(1, sizeof *net);
    if (net == NULL)
        return cnn_fail(err, CNN_E_INFEASIBLE, "out of memory for the network");
    net->arch = *arch;
    net->batch = batch;
    net->is_training = is_training;
    cnn_status status = buffers_new(net, err);
    if (status == CNN_OK)
        status = cnn_graph_new(err, &net->graph);
    if (status == CNN_OK)
        status = tensors_new(net, err);
    if (status == CNN_OK)
        status = forward_build(net, err);
    if (status == CNN_OK && is_training)
        status = backward_build(net, err);
    if (status != CNN_OK) {
        cnn_net_free(net);
        return status;
    }
    *ret_net = net;
    return CNN_OK;
}

void cnn_net_free(cnn_net *net)
{
    if (net == NULL)
        return;
    cnn_steps_release(&net->load);
    cnn_steps_release(&net->forward);
    cnn_steps_release(&net->backward);
    cnn_graph_free(net->graph);
    free(net->params);
    free(net->grads);
    free(net->input);
    free(net->logits);
    free(net->dlogits);
    free(net);
}

float *cnn_net_params(cnn_net *net)
{
    return net->params;
}

const float *cnn_net_grads(const cnn_net *net)
{
    return net->grads;
}

float *cnn_net_input(cnn_net *net)
{
    return net->input;
}

const float *cnn_net_logits(const cnn_net *net)
{
    return net->logits;
}

float *cnn_net_dlogits(cnn_net *net)
{
    return net->dlogits;
}

/* Independent normal numbers of mean 0. */
static void normal_fill(float *to, size_t n, double variance, cnn_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)(sqrt(variance) * cnn_rng_normal(rng));
}

void cnn_net_init_params(cnn_net *net, cnn_rng *rng)
{
    const cnn_arch *arch = &net->arch;
    for (size_t i = 0; i < arch->parameters; i++)
        net->params[i] = 0.0f;
    for (int l = 0; l < arch->config.depth; l++) {
        const cnn_layer *layer = &arch->layers[l];
        double fan_in = (double)layer->in_channels * arch->config.kernel * arch->config.kernel;
        normal_fill(net->params + layer->w_at, layer->b_at - layer->w_at, 2.0 / fan_in, rng);
    }
    normal_fill(net->params + arch->w_at, arch->b_at - arch->w_at, 1.0 / (double)arch->features,
                rng);
}

cnn_status cnn_net_load_params(cnn_net *net, cnn_error *err)
{
    return cnn_graph_run(net->graph, &net->load, err);
}

cnn_status cnn_net_forward(cnn_net *net, cnn_error *err)
{
    return cnn_graph_run(net->graph, &net->forward, err);
}

cnn_status cnn_net_backward(cnn_net *net, cnn_error *err)
{
    return cnn_graph_run(net->graph, &net->backward, err);
}
