#include "study/follow.h"

#include "core/clock.h"

#include <math.h>
#include <string.h>

/* Doubling, so that a long study costs a few allocations. */
static ecopt_status grow(eco_follow *follow, size_t n)
{
    if (n > follow->room) {
        size_t room = n > 2 * follow->room ? n + 32 : 2 * follow->room;
        bool *is_told = eco_realloc(follow->study->ctx, follow->is_told, room, sizeof *is_told);
        if (!is_told)
            return ECOPT_E_NOMEM;
        follow->is_told = is_told;
        follow->room = room;
    }
    for (; follow->n < n; follow->n++)
        follow->is_told[follow->n] = false;
    return ECOPT_OK;
}

static bool is_over(ecopt_trial_state state)
{
    return state != ECOPT_TRIAL_QUEUED && state != ECOPT_TRIAL_RUNNING;
}

ecopt_status eco_follow_init(eco_follow *follow, ecopt_study *study)
{
    eco_study_view view;
    *follow = (eco_follow){.study = study};
    ECO_TRY(eco_study_view_init(study, &view));
    ecopt_status status = grow(follow, view.n);
    for (size_t i = 0; i < view.n && status == ECOPT_OK; i++)
        follow->is_told[i] = is_over(view.rows[i].state);
    eco_study_view_release(study, &view);
    return status;
}

ecopt_status eco_follow_own(eco_follow *follow, int64_t trial)
{
    ECO_TRY(grow(follow, (size_t)trial));
    follow->is_told[trial - 1] = true;
    return ECOPT_OK;
}

/* Why it ended as it did is asked for: the view has no texts. Most have nothing to say. */
static ecopt_status read_reason(eco_follow *follow, ecopt_trial_state state, int64_t trial,
                                char **ret_reason)
{
    if (state == ECOPT_TRIAL_COMPLETE)
        return ECOPT_OK;
    return eco_store_get_reason(follow->study->store, trial, ret_reason);
}

/* The point is written anew from its codes: a settled trial has no text any more. */
static ecopt_status tell(eco_follow *follow, const eco_study_view *view, size_t i,
                         void (*on_event)(void *user, const ecopt_event *event), void *user)
{
    ecopt_study *study = follow->study;
    const eco_view_row *row = &view->rows[i];
    char *point = NULL, *reason = NULL;
    ecopt_event event = {.kind = ECOPT_EVENT_TRIAL_ENDED,
                         .trial = (int64_t)i + 1,
                         .origin = "",
                         .state = row->state,
                         .n_ended = view->n_ended,
                         .n_trials = study->definition->budget.trials,
                         .spent_energy_j = view->stored->spent_energy_j,
                         .spent_time_s = view->stored->spent_time_s,
                         .n_objectives = study->problem.n_objectives,
                         .objectives = row->values};
    ecopt_status status = eco_study_progress(study, view, &event.front_size, &event.hypervolume);
    if (status == ECOPT_OK)
        status = read_reason(follow, row->state, event.trial, &reason);
    if (status == ECOPT_OK)
        status = ecopt_space_point_text(study->ctx, study->definition->space, row->x, &point);
    if (status == ECOPT_OK) {
        event.point = point;
        event.reason = reason ? reason : "";
        on_event(user, &event);
        follow->is_told[i] = true;
    }
    eco_free(study->ctx, reason);
    eco_free(study->ctx, point);
    return status;
}

ecopt_status eco_follow_look(eco_follow *follow, double every_s,
                             void (*on_event)(void *user, const ecopt_event *event), void *user)
{
    double now_s = eco_clock_monotonic_s();
    eco_study_view view;
    if (now_s - follow->looked_s < every_s)
        return ECOPT_OK;
    follow->looked_s = now_s;
    ECO_TRY(eco_study_view_init(follow->study, &view));
    ecopt_status status = grow(follow, view.n);
    for (size_t i = 0; i < view.n && status == ECOPT_OK; i++)
        if (!follow->is_told[i] && is_over(view.rows[i].state))
            status = tell(follow, &view, i, on_event, user);
    eco_study_view_release(follow->study, &view);
    return status;
}

void eco_follow_release(eco_follow *follow)
{
    if (follow->study)
        eco_free(follow->study->ctx, follow->is_told);
    *follow = (eco_follow){.study = NULL};
}
