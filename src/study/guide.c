/*
 * The rules are asked in the order of the table; the first that does not say "go on" decides. So a
 * trial that is to be pruned is not measured again first.
 */
#include "study/guide.h"

#include "core/clock.h"
#include "study/profile.h"
#include "study/prune.h"
#include "study/repeat_rule.h"
#include "trial/builtin.h"

#include <string.h>

/* One line per rule. The last is empty, so that the table may have no other. */
static const eco_guide_rule *const rules[] = {&eco_profile_rule, &eco_prune_rule, &eco_repeats_rule,
                                              NULL};

/* A rule that fails ends the trial as an error of the study: it could not be asked, so whatever it
 * would have said is not known. */
static ecopt_status on_step(void *user, const eco_trial_step *step, eco_str *reason,
                            eco_verdict *ret_verdict)
{
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    for (size_t i = 0; rules[i] && verdict == ECO_VERDICT_GO_ON; i++)
        if (rules[i]->on_step)
            ECO_TRY(rules[i]->on_step(user, step, reason, &verdict));
    *ret_verdict = verdict;
    return ECOPT_OK;
}

static ecopt_status on_phase(void *user, const eco_trial_progress *progress, eco_str *reason,
                             eco_verdict *ret_verdict)
{
    eco_verdict verdict = ECO_VERDICT_GO_ON;
    for (size_t i = 0; rules[i] && verdict == ECO_VERDICT_GO_ON; i++)
        if (rules[i]->on_phase)
            ECO_TRY(rules[i]->on_phase(user, progress, reason, &verdict));
    *ret_verdict = verdict;
    return ECOPT_OK;
}

void eco_guide_init(eco_guide *guide, ecopt_study *study, const eco_study_view *view,
                    const eco_claim *claim)
{
    *guide = (eco_guide){.study = study,
                         .view = view,
                         .claim = claim,
                         .trial_guide = {.user = guide, .on_step = on_step, .on_phase = on_phase}};
}

const eco_trial_guide *eco_guide_of(eco_guide *guide)
{
    return &guide->trial_guide;
}

/* Doubling: a trial that reports a thousand steps may leave as many decisions. */
static ecopt_status grow(eco_guide *guide)
{
    if (guide->n_decisions < guide->room)
        return ECOPT_OK;
    size_t room = guide->room ? 2 * guide->room : 4;
    ecopt_decision *decisions =
        eco_realloc(guide->study->ctx, guide->decisions, room, sizeof *decisions);
    if (!decisions)
        return ECOPT_E_NOMEM;
    guide->decisions = decisions;
    guide->room = room;
    return ECOPT_OK;
}

ecopt_status eco_guide_note(eco_guide *guide, const char *kind, int64_t step, const char *verdict,
                            const char *numbers)
{
    ECO_TRY(grow(guide));
    char *copy = eco_strdup(guide->study->ctx, numbers);
    if (!copy)
        return ECOPT_E_NOMEM;
    guide->decisions[guide->n_decisions++] = (ecopt_decision){.kind = kind,
                                                              .attempt = guide->claim->attempt,
                                                              .step = step,
                                                              .verdict = verdict,
                                                              .numbers = copy,
                                                              .decided_s = eco_clock_unix_s()};
    return ECOPT_OK;
}

/* The numbers are copies of eco_guide_note; only the public struct shows them as const. */
void eco_guide_release(eco_guide *guide)
{
    for (size_t i = 0; i < guide->n_decisions; i++) {
        union {
            const char *shown;
            char *own;
        } numbers = {.shown = guide->decisions[i].numbers};
        eco_free(guide->study->ctx, numbers.own);
    }
    for (size_t i = 0; i < guide->n_estimates; i++)
        eco_name_free(guide->study->ctx, guide->estimates[i].name);
    eco_free(guide->study->ctx, guide->estimates);
    eco_prune_case_free(guide->prune);
    eco_free(guide->study->ctx, guide->decisions);
    memset(guide, 0, sizeof *guide);
}
