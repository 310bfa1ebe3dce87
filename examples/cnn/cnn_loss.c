/* Plain C: 10 logits per image are nothing beside the convolutions that made them. */
#include "cnn_loss.h"

#include <math.h>

/* First of the largest.  With NaN among them the answer means nothing; the loss shows that. */
static size_t largest(const float *z, size_t classes)
{
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
        if (z[k] > z[best])
            best = k;
    return best;
}

cnn_score cnn_loss_batch(const float *logits, const unsigned char *labels, size_t n, size_t classes,
                         float *dlogits)
{
    cnn_score score = {0.0, 0};
    for (size_t i = 0; i < n; i++) {
        const float *z = logits + i * classes;
        size_t top = largest(z, classes);
        /* In double: the loss drives early stopping and the gradient check. */
        double sum = 0.0;
        for (size_t k = 0; k < classes; k++)
            sum += exp((double)z[k] - (double)z[top]);
        score.loss_sum += log(sum) - ((double)z[labels[i]] - (double)z[top]);
        score.correct += top == labels[i];
        if (dlogits == NULL)
            continue;
        for (size_t k = 0; k < classes; k++) {
            double p = exp((double)z[k] - (double)z[top]) / sum;
            dlogits[i * classes + k] = (float)((p - (k == labels[i] ? 1.0 : 0.0)) / (double)n);
        }
    }
    return score;
}
