/*
 * cnn_loss.h - softmax cross-entropy, its gradient, and the count of right answers of a batch.
 */
#ifndef CNN_LOSS_H
#define CNN_LOSS_H

#include <stddef.h>

/** What one batch gave. */
typedef struct cnn_score {
    double loss_sum; /**< sum of the cross-entropies, nats; NaN or infinity after divergence */
    size_t correct;  /**< images whose largest logit is that of their label (first one on ties) */
} cnn_score;

/**
 * Scores a batch and, where wanted, gives the gradient of the mean loss.
 *
 * With p = softmax(z) and label c: loss = log(sum exp(z - max z)) - (z_c - max z), and
 * d(mean loss)/dz_k = (p_k - [k = c]) / n.  The maximum is subtracted so that exp cannot overflow.
 *
 * @param[in]  logits   n x classes, row-major
 * @param[in]  labels   n class indices below `classes`
 * @param[out] dlogits  n x classes gradient of the mean loss, or NULL when not wanted
 * @return sums over the batch
 *
 * Source: Goodfellow, Bengio, Courville 2016, "Deep learning", section 6.2.2.3.
 * Checked: tests/examples/test_cnn_net.c (central differences).
 */
cnn_score cnn_loss_batch(const float *logits, const unsigned char *labels, size_t n, size_t classes,
                         float *dlogits);

#endif
