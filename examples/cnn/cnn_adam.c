/* Plain C: with tens of thousands of parameters a step is a small share of a batch. */
#include "cnn_adam.h"

#include <math.h>
#include <stdlib.h>

/* Defaults of the paper, end of its algorithm 1. */
#define BETA1 0.9
#define BETA2 0.999
#define EPS   1e-8f

struct cnn_adam {
    size_t n;
    double lr;
    double beta1_power, beta2_power; /* beta^t, for the bias correction */
    float *m, *v;                    /* running mean and uncentred variance of the gradient */
};

cnn_adam *cnn_adam_new(size_t n, double lr)
{
    cnn_adam *adam = calloc(1, sizeof *adam);
    if (adam == NULL)
        return NULL;
    adam->n = n;
    adam->lr = lr;
    adam->beta1_power = 1.0;
    adam->beta2_power = 1.0;
    adam->m = calloc(n, sizeof *adam->m);
    adam->v = calloc(n, sizeof *adam->v);
    if (adam->m == NULL || adam->v == NULL) {
        cnn_adam_free(adam);
        return NULL;
    }
    return adam;
}

void cnn_adam_set_lr(cnn_adam *adam, double lr)
{
    adam->lr = lr;
}

void cnn_adam_free(cnn_adam *adam)
{
    if (adam == NULL)
        return;
    free(adam->m);
    free(adam->v);
    free(adam);
}

void cnn_adam_step(cnn_adam *adam, float *restrict params, const float *restrict grads)
{
    adam->beta1_power *= BETA1;
    adam->beta2_power *= BETA2;
    /* Both corrections do not depend on the parameter: keep the divisions out of the loop. */
    const float step = (float)(adam->lr / (1.0 - adam->beta1_power));
    const float scale = (float)(1.0 / sqrt(1.0 - adam->beta2_power));
    const float keep1 = (float)BETA1, take1 = (float)(1.0 - BETA1);
    const float keep2 = (float)BETA2, take2 = (float)(1.0 - BETA2);
    float *restrict m = adam->m;
    float *restrict v = adam->v;
    for (size_t i = 0; i < adam->n; i++) {
        m[i] = keep1 * m[i] + take1 * grads[i];
        v[i] = keep2 * v[i] + take2 * grads[i] * grads[i];
        params[i] -= step * m[i] / (sqrtf(v[i]) * scale + EPS);
    }
}
