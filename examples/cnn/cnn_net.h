/*
 * cnn_net.h - the network of a cnn_arch on oneDNN, for one fixed batch size.
 *
 * Call order: cnn_net_new; write the parameters (cnn_net_init_params or through cnn_net_params) and
 * say so with cnn_net_load_params; then per batch: fill cnn_net_input, cnn_net_forward, read
 * cnn_net_logits; in training also fill cnn_net_dlogits, cnn_net_backward, read cnn_net_grads.
 * Weights live in the flat vector of cnn_arch; each call of cnn_net_load_params copies them into
 * the layouts that oneDNN chose, so they must be loaded again after each change.
 *
 * A net owns all its memory; the pointers it gives are valid until cnn_net_free.  One thread per
 * net.
 */
#ifndef CNN_NET_H
#define CNN_NET_H

#include "cnn_arch.h"
#include "cnn_rng.h"

/** A network bound to its memory; opaque. */
typedef struct cnn_net cnn_net;

/**
 * Builds the network.
 *
 * @param[in]  arch         copied
 * @param[in]  batch        images per pass, >= 1
 * @param[in]  is_training  false: forward only, with ReLU fused into the convolution
 * @param[out] err          message on failure
 * @param[out] ret_net      free with cnn_net_free; unchanged on failure
 * @return CNN_OK; CNN_E_INFEASIBLE when memory is short; CNN_E_INPUT when oneDNN fails
 */
cnn_status cnn_net_new(const cnn_arch *arch, int batch, bool is_training, cnn_error *err,
                       cnn_net **ret_net);

/** Frees the network; NULL is fine. */
void cnn_net_free(cnn_net *net);

/** The parameter vector, arch.parameters floats, zero at first. */
float *cnn_net_params(cnn_net *net);

/** Gradient of the latest cnn_net_backward, arch.parameters floats; NULL for inference. */
const float *cnn_net_grads(const cnn_net *net);

/** Input, batch x rows x cols floats. */
float *cnn_net_input(cnn_net *net);

/** Output, batch x classes floats. */
const float *cnn_net_logits(const cnn_net *net);

/** Gradient of the loss by the logits, batch x classes floats; NULL for inference. */
float *cnn_net_dlogits(cnn_net *net);

/**
 * Random weights, normal with variance 2 / fan-in for convolutions (He et al. 2015,
 * arXiv:1502.01852, equation 10) and 1 / fan-in for the classifier; biases 0.
 */
void cnn_net_init_params(cnn_net *net, cnn_rng *rng);

/** Takes over the parameter vector; to be called after every change of it. */
cnn_status cnn_net_load_params(cnn_net *net, cnn_error *err);

/** Input to logits. */
cnn_status cnn_net_forward(cnn_net *net, cnn_error *err);

/** Gradient by the logits to gradient by the parameters, after cnn_net_forward on the same input.
 */
cnn_status cnn_net_backward(cnn_net *net, cnn_error *err);

#endif
