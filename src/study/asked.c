#include "study/asked.h"

#include "study/guide.h"
#include "trial/pool.h"

#include <math.h>
#include <string.h>

/* One trial; a list, as few are out at a time. */
typedef struct eco_asked {
    struct eco_asked *next;
    int64_t trial;
    eco_pool pool; /* the values, with their curves */
    eco_study_view view;
    bool has_view;
    eco_claim claim; /* x owned, nothing else */
    eco_guide guide;
    double began_s;
    bool is_enough;             /* it was said to stop, which is not taken back */
    ecopt_metric_curve *curves; /* owned; names and points are the pool's */
} eco_asked;

/* The guide before the view that it looks at. */
static void asked_free(ecopt_study *study, eco_asked *asked)
{
    eco_guide_release(&asked->guide);
    if (asked->has_view)
        eco_study_view_release(study, &asked->view);
    eco_pool_release(&asked->pool);
    eco_free(study->ctx, asked->claim.x);
    eco_free(study->ctx, asked->curves);
    eco_free(study->ctx, asked);
}

/* Few trials are asked for at a time: a list is as good as any index. */
static eco_asked *asked_find(const ecopt_study *study, int64_t trial)
{
    eco_asked *asked = study->asked;
    while (asked && asked->trial != trial)
        asked = asked->next;
    return asked;
}

/* The trial must be running, and its point is that of the view. */
static ecopt_status fill_claim(ecopt_study *study, eco_asked *asked)
{
    size_t d = ecopt_space_n_params(study->definition->space);
    int64_t trial = asked->trial;
    if (trial < 1 || (size_t)trial > asked->view.n)
        return eco_fail(study->ctx, ECOPT_E_NOT_FOUND, "there is no trial %lld", (long long)trial);
    const eco_view_row *row = &asked->view.rows[trial - 1];
    if (row->state != ECOPT_TRIAL_RUNNING)
        return eco_fail(study->ctx, ECOPT_E_ARG, "trial %lld is %s, not running", (long long)trial,
                        ecopt_trial_state_name(row->state));
    asked->claim.x = eco_alloc(study->ctx, d, sizeof *asked->claim.x);
    if (!asked->claim.x)
        return ECOPT_E_NOMEM;
    memcpy(asked->claim.x, row->x, d * sizeof *asked->claim.x);
    asked->claim.trial = trial;
    asked->claim.attempt = row->attempts;
    return ECOPT_OK;
}

/* The history of the first report is that of all: verdicts of one trial are made of one view. */
static ecopt_status asked_new(ecopt_study *study, int64_t trial, eco_asked **ret_asked)
{
    eco_asked *asked = eco_alloc(study->ctx, 1, sizeof *asked);
    if (!asked)
        return ECOPT_E_NOMEM;
    *asked = (eco_asked){.trial = trial};
    eco_pool_init(&asked->pool, study->ctx);
    eco_guide_init(&asked->guide, study, &asked->view, &asked->claim);
    ecopt_status status = eco_study_view_init(study, &asked->view);
    asked->has_view = status == ECOPT_OK;
    if (status == ECOPT_OK)
        status = fill_claim(study, asked);
    if (status != ECOPT_OK) {
        asked_free(study, asked);
        return status;
    }
    asked->next = study->asked;
    study->asked = asked;
    *ret_asked = asked;
    return ECOPT_OK;
}

/* As a line of a program that names the step. */
static ecopt_status take_values(eco_asked *asked, int64_t step, const ecopt_metric_value *metrics,
                                size_t n)
{
    asked->pool.has_step = true;
    asked->pool.step = step;
    for (size_t i = 0; i < n; i++)
        ECO_TRY(
            eco_pool_set(&asked->pool, 0, metrics[i].name, metrics[i].value, metrics[i].u95, NULL));
    return ECOPT_OK;
}

static ecopt_status ask_guide(eco_asked *asked, const eco_trial_step *step)
{
    const eco_trial_guide *guide = eco_guide_of(&asked->guide);
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    eco_str reason = ECO_STR_INIT(asked->guide.study->ctx);
    ecopt_status status = guide->on_step(guide->user, step, &reason, &verdict);
    eco_str_release(&reason);
    asked->is_enough = verdict == ECO_VERDICT_PRUNE;
    return status;
}

/* Once the verdict is to end, it stays: the caller may not hear it the first time, and a later
 * value must not bring the trial back. */
ecopt_status ecopt_study_report(ecopt_study *study, int64_t trial, int64_t step,
                                const ecopt_metric_value *metrics, size_t n, bool *ret_is_enough)
{
    if (step < 1)
        return eco_fail(study->ctx, ECOPT_E_ARG, "a step must be at least 1");
    eco_asked *asked = asked_find(study, trial);
    if (!asked)
        ECO_TRY(asked_new(study, trial, &asked));
    ECO_TRY(take_values(asked, step, metrics, n));
    const eco_trial_step seen = {.step = step, .n = n, .values = metrics};
    if (!asked->is_enough)
        ECO_TRY(ask_guide(asked, &seen));
    *ret_is_enough = asked->is_enough;
    return ECOPT_OK;
}

/* Steps and decisions go into the store with the end of the attempt, as those of a trial that ran
 * here do. */
ecopt_status eco_asked_attach(ecopt_study *study, int64_t trial, eco_attempt_end *end)
{
    eco_asked *asked = asked_find(study, trial);
    if (!asked)
        return ECOPT_OK;
    eco_free(study->ctx, asked->curves);
    asked->curves = eco_alloc(study->ctx, asked->pool.n, sizeof *asked->curves);
    if (!asked->curves)
        return ECOPT_E_NOMEM;
    end->n_curves = 0;
    end->curves = asked->curves;
    for (size_t i = 0; i < asked->pool.n; i++) {
        const eco_pool_item *item = &asked->pool.items[i];
        if (item->steps.n > 0)
            asked->curves[end->n_curves++] =
                (ecopt_metric_curve){item->name, item->steps.n, item->steps.points};
    }
    end->n_decisions = asked->guide.n_decisions;
    end->decisions = asked->guide.decisions;
    end->n_estimates = end->state == ECOPT_TRIAL_PRUNED ? asked->guide.n_estimates : 0;
    end->estimates = asked->guide.estimates;
    return ECOPT_OK;
}

/* Also for a trial that never reported a step. */
void eco_asked_drop(ecopt_study *study, int64_t trial)
{
    struct eco_asked **at = &study->asked;
    while (*at) {
        eco_asked *asked = *at;
        if (trial != 0 && asked->trial != trial) {
            at = &asked->next;
            continue;
        }
        *at = asked->next;
        asked_free(study, asked);
    }
}
