/*
 * Two networks share the work: one of the training batch with its backward pass, and the
 * evaluator's, which is the same inference network that the test will run.
 */
#include "cnn_train.h"

#include "cnn_adam.h"
#include "cnn_eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Validation images that a report on the way is of. */
enum { REPORT_IMAGES = 1000 };

/* All that lives during one training run. */
typedef struct trainer {
    const cnn_arch *arch;
    const cnn_train_options *options;
    const idx_images *images;
    size_t n_train, n_valid;
    cnn_scaling scaling;
    cnn_lookup lookup;
    cnn_rng rng;
    cnn_net *net;
    cnn_eval *eval;
    cnn_adam *adam;
    uint32_t *order;       /* n_train image indices, shuffled in every epoch */
    unsigned char *labels; /* of one batch */
    float *best;           /* parameters of the best epoch so far */
    FILE *log;
    size_t steps_done; /* of all epochs */
    int reports_done;
} trainer;

/* Refuses what cannot work before anything large is allocated. */
static cnn_status check_feasible(const trainer *t, cnn_error *err)
{
    if ((size_t)t->options->batch > t->n_train)
        return cnn_fail(err, CNN_E_INFEASIBLE,
                        "a batch of %d needs more than the %zu training "
                        "images",
                        t->options->batch, t->n_train);
    double need_b = cnn_arch_train_memory_b(t->arch, t->options->batch);
    if (need_b > t->options->memory_limit_b)
        return cnn_fail(err, CNN_E_INFEASIBLE,
                        "training this network needs about %.0f MiB, limit "
                        "%.0f MiB (--memory-limit-mib)",
                        need_b / 0x1p20, t->options->memory_limit_b / 0x1p20);
    return CNN_OK;
}

/*
 * The scaling comes from the training images alone: the validation images must be as new to the
 * network as the test images will be.
 */
static cnn_status trainer_init(trainer *t, cnn_error *err)
{
    t->scaling = cnn_scaling_measure(t->images, t->n_train);
    t->lookup = cnn_lookup_make(t->scaling);
    t->rng = (cnn_rng){.state = t->options->seed};
    t->order = malloc(t->n_train * sizeof *t->order);
    t->labels = malloc((size_t)t->options->batch);
    t->best = malloc(t->arch->parameters * sizeof *t->best);
    t->adam = cnn_adam_new(t->arch->parameters, t->options->lr);
    if (t->order == NULL || t->labels == NULL || t->best == NULL || t->adam == NULL)
        return cnn_fail(err, CNN_E_INFEASIBLE, "out of memory for training");
    for (size_t i = 0; i < t->n_train; i++)
        t->order[i] = (uint32_t)i;
    CNN_TRY(cnn_net_new(t->arch, t->options->batch, true, err, &t->net));
    CNN_TRY(cnn_eval_new(t->arch, t->scaling, t->n_valid, err, &t->eval));
    cnn_net_init_params(t->net, &t->rng);
    return cnn_net_load_params(t->net, err);
}

static void trainer_release(trainer *t)
{
    cnn_net_free(t->net);
    cnn_eval_free(t->eval);
    cnn_adam_free(t->adam);
    free(t->order);
    free(t->labels);
    free(t->best);
}

/* One step of Adam on the images order[first .. first + batch - 1]; adds to the loss sum. */
static cnn_status batch_run(trainer *t, size_t first, cnn_error *err, double *loss_sum)
{
    size_t batch = (size_t)t->options->batch;
    cnn_feed_batch(t->images, t->order + first, 0, batch, &t->lookup, cnn_net_input(t->net),
                   t->labels);
    CNN_TRY(cnn_net_forward(t->net, err));
    cnn_score score = cnn_loss_batch(cnn_net_logits(t->net), t->labels, batch,
                                     (size_t)t->arch->config.classes, cnn_net_dlogits(t->net));
    *loss_sum += score.loss_sum;
    if (!isfinite(score.loss_sum))
        return CNN_OK; /* the caller sees it in the sum and says where */
    CNN_TRY(cnn_net_backward(t->net, err));
    cnn_adam_step(t->adam, cnn_net_params(t->net), cnn_net_grads(t->net));
    return cnn_net_load_params(t->net, err);
}

/*
 * Tells how well the network does so far, whenever another share of all steps is done.  A tagged
 * line under the name of the objective that the test will have: a study can end a training that
 * leads nowhere.  On at most REPORT_IMAGES images, so that looking costs little beside training.
 */
static cnn_status progress_tell(trainer *t, size_t n_steps, cnn_error *err)
{
    size_t wanted = t->steps_done * (size_t)t->options->reports / n_steps;
    size_t n = t->n_valid < REPORT_IMAGES ? t->n_valid : REPORT_IMAGES;
    cnn_score score = {0.0, 0};
    if (wanted <= (size_t)t->reports_done)
        return CNN_OK;
    t->reports_done = (int)wanted;
    CNN_TRY(cnn_eval_set_params(t->eval, cnn_net_params(t->net), err));
    CNN_TRY(cnn_eval_run(t->eval, t->images, t->n_train, n, err, &score));
    fprintf(t->log, "[ecopt] {\"step\": %d, \"accuracy\": %.4f}\n", t->reports_done,
            (double)score.correct / (double)n);
    (void)fflush(t->log);
    return CNN_OK;
}

double cnn_train_lr(const cnn_train_options *options, size_t step, size_t n_steps)
{
    return options->is_decaying ? options->lr * (1.0 - (double)step / (double)n_steps)
                                : options->lr;
}

/* An incomplete last batch is left out: networks are built for one batch size. */
static cnn_status epoch_run(trainer *t, int epoch, cnn_error *err, double *ret_loss)
{
    size_t batch = (size_t)t->options->batch;
    size_t steps = t->n_train / batch;
    double loss_sum = 0.0;
    cnn_rng_shuffle(&t->rng, t->order, t->n_train);
    for (size_t s = 0; s < steps; s++) {
        size_t step = (size_t)(epoch - 1) * steps + s;
        cnn_adam_set_lr(t->adam,
                        cnn_train_lr(t->options, step, (size_t)t->options->epochs * steps));
        CNN_TRY(batch_run(t, s * batch, err, &loss_sum));
        if (!isfinite(loss_sum))
            return cnn_fail(err, CNN_E_DIVERGED,
                            "training diverged: the loss is %g in epoch %d, "
                            "step %zu; try a smaller --lr than %g",
                            loss_sum, epoch, s + 1, t->options->lr);
        t->steps_done++;
        CNN_TRY(progress_tell(t, (size_t)t->options->epochs * steps, err));
    }
    *ret_loss = loss_sum / (double)(steps * batch);
    return CNN_OK;
}

/* Scores the validation images; keeps the parameters when the loss is the lowest so far. */
static cnn_status validate(trainer *t, int epoch, cnn_error *err, cnn_train_report *report,
                           cnn_score *ret_score)
{
    CNN_TRY(cnn_eval_set_params(t->eval, cnn_net_params(t->net), err));
    CNN_TRY(cnn_eval_run(t->eval, t->images, t->n_train, t->n_valid, err, ret_score));
    double loss = ret_score->loss_sum / (double)t->n_valid;
    if (!isfinite(loss))
        return cnn_fail(err, CNN_E_DIVERGED,
                        "training diverged: the validation loss is %g after "
                        "epoch %d; try a smaller --lr than %g",
                        loss, epoch, t->options->lr);
    report->epochs_done = epoch;
    if (report->best_epoch == 0 || loss < report->validation_loss) {
        report->best_epoch = epoch;
        report->validation_loss = loss;
        report->validation_accuracy = (double)ret_score->correct / (double)t->n_valid;
        memcpy(t->best, cnn_net_params(t->net), t->arch->parameters * sizeof *t->best);
    }
    return CNN_OK;
}

/* All epochs, or until the validation loss has not improved for `patience` of them. */
static cnn_status epochs_run(trainer *t, FILE *log, cnn_error *err, cnn_train_report *report)
{
    for (int epoch = 1; epoch <= t->options->epochs; epoch++) {
        double loss = 0.0;
        cnn_score valid = {0.0, 0};
        CNN_TRY(epoch_run(t, epoch, err, &loss));
        CNN_TRY(validate(t, epoch, err, report, &valid));
        /* "val_acc", not "accuracy": a study's pattern for the test must not match here. */
        fprintf(log, "epoch %d/%d  loss %.4f  val_loss %.4f  val_acc %.4f\n", epoch,
                t->options->epochs, loss, valid.loss_sum / (double)t->n_valid,
                (double)valid.correct / (double)t->n_valid);
        (void)fflush(log);
        if (epoch - report->best_epoch >= t->options->patience && epoch < t->options->epochs) {
            fprintf(log, "early stop: no better validation loss since epoch %d\n",
                    report->best_epoch);
            break;
        }
    }
    return CNN_OK;
}

cnn_status cnn_train(const cnn_arch *arch, const cnn_train_options *options,
                     const idx_images *images, FILE *log, cnn_error *err, cnn_model *ret_model,
                     cnn_train_report *ret_report)
{
    if (images->n < 2)
        return cnn_fail(err, CNN_E_INFEASIBLE, "training needs at least 2 images");
    trainer t = {.arch = arch, .options = options, .images = images, .log = log};
    t.n_valid = images->n / 10 > 0 ? images->n / 10 : 1;
    t.n_train = images->n - t.n_valid;
    cnn_train_report report = {0};
    cnn_status status = check_feasible(&t, err);
    if (status == CNN_OK)
        status = trainer_init(&t, err);
    if (status == CNN_OK)
        status = epochs_run(&t, log, err, &report);
    if (status == CNN_OK) {
        *ret_model = (cnn_model){.config = arch->config,
                                 .scaling = t.scaling,
                                 .params = t.best,
                                 .n_params = arch->parameters};
        t.best = NULL;
        *ret_report = report;
    }
    trainer_release(&t);
    return status;
}
