/*
 * A fixed batch of 100, whatever the training batch: the energy per image of the test should depend
 * on the network, not on how it was trained.
 */
#include "cnn_eval.h"

#include <stdlib.h>
#include <string.h>

struct cnn_eval {
    cnn_net *net;
    cnn_lookup lookup;
    size_t batch, classes, n_params;
    unsigned char labels[CNN_EVAL_BATCH];
};

cnn_status cnn_eval_new(const cnn_arch *arch, cnn_scaling scaling, size_t n_max, cnn_error *err,
                        cnn_eval **ret_eval)
{
    cnn_eval *eval = calloc(1, sizeof *eval);
    if (eval == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory");
    eval->lookup = cnn_lookup_make(scaling);
    eval->batch = n_max < CNN_EVAL_BATCH ? n_max : CNN_EVAL_BATCH;
    eval->classes = (size_t)arch->config.classes;
    eval->n_params = arch->parameters;
    cnn_status status = cnn_net_new(arch, (int)eval->batch, false, err, &eval->net);
    if (status != CNN_OK) {
        cnn_eval_free(eval);
        return status;
    }
    *ret_eval = eval;
    return CNN_OK;
}

void cnn_eval_free(cnn_eval *eval)
{
    if (eval == NULL)
        return;
    cnn_net_free(eval->net);
    free(eval);
}

cnn_status cnn_eval_set_params(cnn_eval *eval, const float *params, cnn_error *err)
{
    memcpy(cnn_net_params(eval->net), params, eval->n_params * sizeof *params);
    return cnn_net_load_params(eval->net, err);
}

cnn_status cnn_eval_run(cnn_eval *eval, const idx_images *images, size_t first, size_t n,
                        cnn_error *err, cnn_score *ret_score)
{
    cnn_score total = {0.0, 0};
    for (size_t done = 0; done < n; done += eval->batch) {
        size_t part = n - done < eval->batch ? n - done : eval->batch;
        cnn_feed_batch(images, NULL, first + done, part, &eval->lookup, cnn_net_input(eval->net),
                       eval->labels);
        CNN_TRY(cnn_net_forward(eval->net, err));
        cnn_score score =
            cnn_loss_batch(cnn_net_logits(eval->net), eval->labels, part, eval->classes, NULL);
        total.loss_sum += score.loss_sum;
        total.correct += score.correct;
    }
    *ret_score = total;
    return CNN_OK;
}
