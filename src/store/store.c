/*
 * The one place that knows which backends there are. Everything else forwards: the operations are
 * kept out of line so that callers need no table of functions in their headers.
 *
 * Adding a backend is a line in the registry. A path is asked of each in turn, so one that takes a
 * form of its own (a URL) has to stand before the one that takes anything.
 *
 * No checks here: arguments are the callers' own, statuses and messages are the backend's, which
 * knows what it was doing.
 */
#include "store/store.h"

#include "store/backend.h"

#include <stdio.h>

/* Backends in the order in which they are asked whether a path is theirs. */
static const eco_store_ops *const registry[] = {
    &eco_store_sqlite, /* any path: last */
};

/* Nothing is remembered of the choice but the table of operations, which is the first thing in
 * every handle. */
ecopt_status eco_store_open(ecopt_ctx *ctx, const char *path, eco_store_mode mode,
                            eco_store **ret_store)
{
    for (size_t i = 0; i < ECO_LEN(registry); i++)
        if (registry[i]->accepts(path))
            return registry[i]->open(ctx, path, mode, ret_store);
    return eco_fail(ctx, ECOPT_E_UNSUPPORTED, "no store backend for '%s'", path);
}

ecopt_status eco_store_close(eco_store *store)
{
    return store ? store->ops->close(store) : ECOPT_OK;
}

ecopt_status eco_store_create_study(eco_store *store, const eco_study_row *row)
{
    return store->ops->create_study(store, row);
}

ecopt_status eco_store_get_study(eco_store *store, char **ret_identity, char **ret_definition,
                                 int64_t *ret_revision)
{
    return store->ops->get_study(store, ret_identity, ret_definition, ret_revision);
}

ecopt_status eco_store_revise(eco_store *store, const char *definition)
{
    return store->ops->revise(store, definition);
}

ecopt_status eco_store_add_trial(eco_store *store, const char *point, const char *origin,
                                 uint64_t seed, double created_s, int64_t *ret_trial)
{
    return store->ops->add_trial(store, point, origin, seed, created_s, ret_trial);
}

ecopt_status eco_store_add_outside(eco_store *store, const eco_outside_row *rows, size_t n,
                                   eco_seed_fn seed_of, const void *user, double now_s,
                                   int64_t *ret_first)
{
    return store->ops->add_outside(store, rows, n, seed_of, user, now_s, ret_first);
}

ecopt_status eco_store_requeue_failed(eco_store *store, int64_t *ret_n)
{
    return store->ops->requeue_failed(store, ret_n);
}

ecopt_status eco_store_set_wanted(eco_store *store, ecopt_wanted wanted, ecopt_wanted *ret_before)
{
    return store->ops->set_wanted(store, wanted, ret_before);
}

ecopt_status eco_store_get_wanted(eco_store *store, ecopt_wanted *ret_wanted, int64_t *ret_n)
{
    return store->ops->get_wanted(store, ret_wanted, ret_n);
}

ecopt_status eco_store_accept(eco_store *store, const eco_revision *revision)
{
    return store->ops->accept(store, revision);
}

ecopt_status eco_store_verify(eco_store *store, const eco_store_known *known,
                              eco_store_finding_fn report, void *user)
{
    return store->ops->verify(store, known, report, user);
}

ecopt_status eco_store_each_dir(eco_store *store, eco_store_dir_fn receive, void *user)
{
    return store->ops->each_dir(store, receive, user);
}

/* Taking in words of its own: for callers that are alone and to whom an empty queue is news. */
ecopt_status eco_store_claim(eco_store *store, int64_t trial, eco_owner owner, double started_s,
                             int64_t *ret_trial, int64_t *ret_attempt)
{
    const eco_take take = {.trial = trial, .owner = owner, .now_s = started_s};
    int64_t claimed = 0, attempt = 0;
    ECO_TRY(store->ops->take(store, &take, &claimed, &attempt));
    if (claimed == 0)
        return eco_fail(store->ctx, ECOPT_E_NOT_FOUND, "no trial is waiting");
    *ret_trial = claimed;
    *ret_attempt = attempt;
    return ECOPT_OK;
}

void eco_attempt_dir(int64_t trial, int64_t attempt, char ret_dir[ECO_ATTEMPT_DIR_B])
{
    int n = snprintf(ret_dir, ECO_ATTEMPT_DIR_B, "trials/%04lld", (long long)trial);
    if (attempt > 1)
        (void)snprintf(ret_dir + n, ECO_ATTEMPT_DIR_B - (size_t)n, ".%lld", (long long)attempt);
}

ecopt_status eco_store_take(eco_store *store, const eco_take *take, int64_t *ret_trial,
                            int64_t *ret_attempt)
{
    return store->ops->take(store, take, ret_trial, ret_attempt);
}

ecopt_status eco_store_add_worker(eco_store *store, const eco_worker_row *row)
{
    return store->ops->add_worker(store, row);
}

ecopt_status eco_store_beat(eco_store *store, const eco_worker_row *worker, int64_t trial,
                            int64_t attempt, bool *ret_is_running)
{
    return store->ops->beat(store, worker, trial, attempt, ret_is_running);
}

ecopt_status eco_store_end_worker(eco_store *store, const char *id, double ended_s)
{
    return store->ops->end_worker(store, id, ended_s);
}

ecopt_status eco_store_get_running(eco_store *store, eco_running_list **ret_list)
{
    return store->ops->get_running(store, ret_list);
}

ecopt_status eco_store_lose(eco_store *store, int64_t trial, int64_t attempt, const char *reason,
                            double now_s, bool *ret_is_changed)
{
    return store->ops->lose(store, trial, attempt, reason, now_s, ret_is_changed);
}

ecopt_status eco_store_end_attempt(eco_store *store, const eco_attempt_end *end, bool *ret_accepted)
{
    return store->ops->end_attempt(store, end, ret_accepted);
}

ecopt_status eco_store_recover(eco_store *store, double now_s, int64_t *ret_n)
{
    return store->ops->recover(store, now_s, ret_n);
}

ecopt_status eco_store_get_reason(eco_store *store, int64_t trial, char **ret_reason)
{
    return store->ops->get_reason(store, trial, ret_reason);
}

ecopt_status eco_store_count_attempts(eco_store *store, int64_t trial, ecopt_cause cause,
                                      int64_t *ret_n)
{
    return store->ops->count_attempts(store, trial, cause, ret_n);
}

ecopt_status eco_store_give_up(eco_store *store, ecopt_cause cause, int64_t most, int64_t *ret_n)
{
    return store->ops->give_up(store, cause, most, ret_n);
}

ecopt_status eco_store_keep_confirm(eco_store *store, eco_attempt_end *run, double started_s,
                                    const char *dir)
{
    return store->ops->keep_confirm(store, run, started_s, dir);
}

ecopt_status eco_store_add_confirm(eco_store *store, eco_attempt_end *end, double started_s,
                                   const char *dir)
{
    return store->ops->add_confirm(store, end, started_s, dir);
}

ecopt_status eco_store_get_phase_energy(eco_store *store, const char *phase, double *ret_energy_j)
{
    return store->ops->get_phase_energy(store, phase, ret_energy_j);
}

ecopt_status eco_store_pass_over(eco_store *store, int64_t last)
{
    return store->ops->pass_over(store, last);
}

ecopt_status eco_store_each_decision(eco_store *store, const char *kind, eco_decision_fn receive,
                                     void *user)
{
    return store->ops->each_decision(store, kind, receive, user);
}

ecopt_status eco_store_note(eco_store *store, const ecopt_decision *decision)
{
    return store->ops->note(store, decision);
}

ecopt_status eco_store_add_own(eco_store *store, const eco_own_row *row)
{
    return store->ops->add_own(store, row);
}

ecopt_status eco_store_set_reference(eco_store *store, const double *reference, size_t m)
{
    return store->ops->set_reference(store, reference, m);
}

ecopt_status eco_store_get_reference(eco_store *store, double *ret_reference, size_t m)
{
    return store->ops->get_reference(store, ret_reference, m);
}

ecopt_status eco_store_get_history(eco_store *store, int64_t after, const char *const *names,
                                   size_t n_names, eco_store_history **ret_history)
{
    return store->ops->get_history(store, after, names, n_names, ret_history);
}

ecopt_status eco_store_each_step(eco_store *store, const char *metric, eco_step_fn take, void *user)
{
    return store->ops->each_step(store, metric, take, user);
}

ecopt_status eco_store_snapshot(eco_store *store, ecopt_snapshot **ret_snapshot)
{
    return store->ops->snapshot(store, ret_snapshot);
}
