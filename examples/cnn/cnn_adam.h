/*
 * cnn_adam.h - the Adam optimiser on one flat vector of parameters.
 *
 * Call order: cnn_adam_new, then cnn_adam_step once per batch, cnn_adam_free.
 */
#ifndef CNN_ADAM_H
#define CNN_ADAM_H

#include <stddef.h>

/** Moments of the gradient and the step count; opaque. */
typedef struct cnn_adam cnn_adam;

/**
 * New optimiser with zero moments.
 *
 * @param[in] n   number of parameters
 * @param[in] lr  step size, > 0
 * @return owned by the caller, free with cnn_adam_free; NULL when memory is short
 */
cnn_adam *cnn_adam_new(size_t n, double lr);

/** Changes the step size for the steps that follow, for a schedule; > 0. */
void cnn_adam_set_lr(cnn_adam *adam, double lr);

/** Frees the optimiser; NULL is fine. */
void cnn_adam_free(cnn_adam *adam);

/**
 * One step: params -= lr * m_hat / (sqrt(v_hat) + eps).
 *
 * @param[in,out] params  n parameters
 * @param[in]     grads   n partial derivatives of the loss
 *
 * Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1, with its defaults beta1 = 0.9,
 * beta2 = 0.999, eps = 1e-8.  Checked: tests/examples/test_cnn_adam.c (hand computation).
 */
void cnn_adam_step(cnn_adam *adam, float *restrict params, const float *restrict grads);

#endif
