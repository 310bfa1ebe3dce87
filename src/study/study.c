/*
 * Opening a study, and claiming the next trial in it.
 *
 * Order of opening: folder, lock, store, identity, recovery, copy of the list. The lock comes
 * before the store is looked at, because recovery takes every running trial for one that a dead
 * process left behind, which is true only while nobody else can run any.
 *
 * What may fail between claim and outcome is the business of eco_study_put_back: no trial should be
 * left running by a process that goes on living, because recovery would not find it before the next
 * open.
 */
#include "core/clock.h"
#include "core/fs.h"
#include "core/rng.h"
#include "pareto/cost.h"
#include "study/identity.h"
#include "study/kept_list.h"
#include "study/limits.h"
#include "study/prune.h"
#include "study/retry.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* A reason without a text does not compile quietly: the switch has no default. */
const char *ecopt_stop_reason_text(ecopt_stop_reason reason)
{
    switch (reason) {
#define STOP_TEXT(name, text) \
    case ECOPT_STOP_##name:   \
        return text;
        ECOPT_STOP_MAP(STOP_TEXT)
#undef STOP_TEXT
    }
    return "reason out of range";
}

/* Everything between having the lock and being able to claim. What was opened stays in the study on
 * failure; ecopt_study_close takes it apart. */
static ecopt_status open_store(ecopt_study *study)
{
    char *identity = NULL;
    char *path = eco_fs_join(study->ctx, study->dir, "study.db");
    int64_t n_lost = 0;
    ecopt_status status = path ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = eco_store_open(study->ctx, path, ECO_STORE_CREATE, &study->store);
    if (status == ECOPT_OK)
        status = eco_definition_identity(study->ctx, study->definition, &identity);
    if (status == ECOPT_OK)
        eco_mask_definition(study->mask, identity);
    if (status == ECOPT_OK)
        status = eco_study_match(study, identity);
    if (status == ECOPT_OK)
        status = eco_store_recover(study->store, eco_clock_unix_s(), &n_lost);
    if (status == ECOPT_OK)
        status = eco_retry_give_up(study);
    /* The lost attempts stay on record; what they spent died with the process that metered it. */
    if (status == ECOPT_OK && n_lost > 0)
        eco_log(study->ctx, ECOPT_LOG_INFO,
                "%lld trial that a dead process left running is queued again", (long long)n_lost);
    eco_free(study->ctx, identity);
    eco_free(study->ctx, path);
    return status;
}

/* Objectives before constraints: observations point into one array of values. A metric that is both
 * objective and constraint is listed twice, which costs a column and saves a table of places. The
 * energy of the trial is last: it is what a trial cost, whatever the study is about. A total is
 * made only of trials whose phases all ran (trial layer) or is told by whoever evaluated it. */
static ecopt_status list_names(ecopt_study *study)
{
    const ecopt_definition *definition = study->definition;
    size_t m = definition->n_objectives, c = definition->n_constraints;
    study->n_judged = m + c;
    study->has_expected = definition->pruning.rule != ECOPT_PRUNE_NONE;
    study->n_names = m + c + 1 + (study->has_expected ? m : 0);
    study->names = eco_alloc(study->ctx, study->n_names, sizeof *study->names);
    if (!study->names)
        return ECOPT_E_NOMEM;
    for (size_t k = 0; k < m; k++)
        study->names[k] = definition->objectives[k].metric;
    for (size_t k = 0; k < c; k++)
        study->names[m + k] = definition->constraints[k].metric;
    study->names[m + c] = "energy_j";
    for (size_t k = 0; k < m && study->has_expected; k++) {
        char *name = eco_prune_expected_name(study->ctx, definition->objectives[k].metric);
        const char *kept = name ? eco_arena_strdup(&study->settled.arena, name) : NULL;
        eco_free(study->ctx, name);
        if (!kept)
            return ECOPT_E_NOMEM;
        study->names[m + c + 1 + k] = kept;
    }
    return ECOPT_OK;
}

/* The default folder stands beside the study file, wherever the program was started. The size that
 * the caller filled in decides how much is read: a program built with an older header has a shorter
 * struct, and the rest keeps the defaults. */
static ecopt_status copy_options(ecopt_study *study, const ecopt_study_options *given)
{
    ecopt_study_options options = ECOPT_STUDY_OPTIONS_INIT;
    if (given)
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    ecopt_ctx *ctx = study->ctx;
    if (options.n_threads > ECOPT_MAX_THREADS)
        return eco_fail(ctx, ECOPT_E_ARG, "%zu threads asked for, at most %d are possible",
                        options.n_threads, ECOPT_MAX_THREADS);
    study->problem.n_threads = options.n_threads;
    study->accepts_change = options.accepts_change;
    if (options.dir) {
        study->dir = eco_fs_absolute(ctx, options.dir);
    } else {
        char *name = eco_asprintf(ctx, "%s.ecopt", study->definition->name);
        study->dir = name ? eco_fs_join(ctx, study->definition->dir, name) : NULL;
        eco_free(ctx, name);
    }
    study->system_root = eco_strdup(ctx, options.system_root);
    study->nvml_path = eco_strdup(ctx, options.nvml_path);
    study->calibration_path = eco_strdup(ctx, options.calibration_path);
    bool is_complete = study->dir && (study->system_root || !options.system_root) &&
                       (study->nvml_path || !options.nvml_path) &&
                       (study->calibration_path || !options.calibration_path);
    return is_complete ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Borrowed from the definition throughout: the sampler sees what the user wrote. */
eco_problem eco_study_problem(const ecopt_definition *definition)
{
    return (eco_problem){.space = definition->space,
                         .n_objectives = definition->n_objectives,
                         .objectives = definition->objectives,
                         .n_constraints = definition->n_constraints,
                         .constraints = definition->constraints,
                         .n_init = (size_t)definition->budget.init,
                         .seed = definition->seed,
                         .settings = &definition->sampler_settings,
                         .n_trials = (size_t)definition->budget.trials};
}

/* Fills a zeroed study; what it leaves half done ecopt_study_close takes apart. What needs no file
 * is checked first, so that a definition with an impossible sampler leaves no folder behind. */
static ecopt_status open_study(ecopt_study *study, const ecopt_study_options *options)
{
    const ecopt_definition *definition = study->definition;
    study->sampler = eco_sampler_find(definition->sampler);
    if (!study->sampler)
        return eco_fail(study->ctx, ECOPT_E_NAME, "there is no sampler '%s'", definition->sampler);
    study->problem = eco_study_problem(definition);
    ECO_TRY(copy_options(study, options));
    ECO_TRY(list_names(study));
    ECO_TRY(eco_mask_new(study->ctx, definition, environ, &study->mask));
    ECO_TRY(eco_fs_make_dirs(study->ctx, study->dir));
    ECO_TRY(eco_study_lock(study->ctx, study->dir, &study->lock_fd));
    ECO_TRY(open_store(study));
    return eco_study_keep_list(study);
}

/* Close works on whatever was opened, so there is one way out. The descriptor starts as -1, for 0
 * would be closed as if it were the lock. */
ecopt_status ecopt_study_open(ecopt_ctx *ctx, const ecopt_definition *definition,
                              const ecopt_study_options *options, ecopt_study **ret_study)
{
    ecopt_study *study = eco_alloc(ctx, 1, sizeof *study);
    if (!study)
        return ECOPT_E_NOMEM;
    study->ctx = ctx;
    study->definition = definition;
    study->lock_fd = -1;
    study->settled.arena = (eco_arena)ECO_ARENA_INIT(ctx);
    ecopt_status status = open_study(study, options);
    if (status != ECOPT_OK) {
        (void)ecopt_study_close(study);
        return status;
    }
    *ret_study = study;
    return ECOPT_OK;
}

/* The store before the lock: its last write must not meet another process. */
ecopt_status ecopt_study_close(ecopt_study *study)
{
    if (!study)
        return ECOPT_OK;
    ecopt_ctx *ctx = study->ctx;
    ecopt_status status = eco_store_close(study->store);
    if (study->lock_fd >= 0)
        (void)close(study->lock_fd);
    eco_free(ctx, study->dir);
    eco_free(ctx, study->system_root);
    eco_free(ctx, study->nvml_path);
    eco_free(ctx, study->calibration_path);
    eco_free(ctx, study->names);
    eco_limits_close(study);
    eco_mask_free(study->mask);
    eco_study_front_release(study);
    eco_study_history_release(study);
    eco_free(ctx, study);
    return status;
}

const char *ecopt_study_dir(const ecopt_study *study)
{
    return study->dir;
}

/* 31 bits, and a stream of its own, so that it tells nothing about the points. */
uint64_t eco_study_trial_seed(const ecopt_study *study, int64_t trial)
{
    eco_rng rng;
    eco_rng_init(&rng, study->definition->seed, ECO_STREAM_TRIAL_SEED, (uint64_t)trial);
    /* By number, not by order of running: a trial that is run again gets the same seed. */
    return eco_rng_u64(&rng) & 0x7fffffff;
}

/* Zeroed, so that releasing twice is harmless. */
void eco_claim_release(ecopt_study *study, eco_claim *claim)
{
    eco_free(study->ctx, claim->point);
    eco_free(study->ctx, claim->x);
    memset(claim, 0, sizeof *claim);
}

/* True when a coordinate that is kept gives way to `next`. It may move to the worse side only, for
 * what has once counted towards the hypervolume has to go on counting. */
static bool may_replace(const ecopt_objective *objective, double kept, double next)
{
    return isnan(kept) || eco_cost(objective, next) > eco_cost(objective, kept);
}

/* Keeps the reference point that a suggestion was made with; the next view hands it back to the
 * sampler, so that what is used, stored and shown is one point whatever is told in which order.
 * Thresholds hold from the start. Anything else waits until the initial design has its values:
 * before, one strange trial could set it for good. */
static ecopt_status keep_reference(ecopt_study *study, const eco_study_view *view,
                                   double *reference)
{
    const eco_problem *problem = &study->problem;
    const double *kept = view->history.reference;
    bool is_final = view->n_complete >= study->definition->budget.init, is_changed = false;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        if ((!is_final && !objective->has_threshold) ||
            !may_replace(objective, kept[k], reference[k]))
            reference[k] = NAN;
        is_changed = is_changed || !isnan(reference[k]);
    }
    /* Most turns change nothing, and a transaction is more than a comparison. */
    return is_changed ? eco_store_set_reference(study->store, reference, problem->n_objectives)
                      : ECOPT_OK;
}

/* Asks the sampler and adds what it says as a waiting trial. The number of the trial is known
 * before it is added, as only the holder of the lock adds any; the seed depends on it. */
static ecopt_status add_suggestion(ecopt_study *study, const eco_study_view *view, double *x,
                                   double *reference, eco_claim *claim)
{
    eco_suggestion suggestion = {.x = x, .reference = reference};
    int64_t trial = 0;
    ECO_TRY(eco_sampler_suggest(study->ctx, study->sampler, &study->problem, &view->history,
                                &suggestion));
    /* Before the trial is added: killed in between, the next run starts from the same rows and the
     * same point. */
    ECO_TRY(keep_reference(study, view, reference));
    ECO_TRY(ecopt_space_point_text(study->ctx, study->definition->space, x, &claim->point));
    claim->origin = suggestion.origin;
    ecopt_status status = eco_store_add_trial(
        study->store, claim->point, suggestion.origin,
        eco_study_trial_seed(study, (int64_t)view->history.trial), eco_clock_unix_s(), &trial);
    /* A sampler never suggests a point again: if it does, that is its bug and not the caller's. */
    return status == ECOPT_E_ARG ? ECOPT_E_INTERNAL : status;
}

/* The words of the first failure are copied, because the store may fail as well and would write
 * over them. */
void eco_study_put_back(ecopt_study *study, const eco_claim *claim)
{
    ecopt_ctx *ctx = study->ctx;
    eco_attempt_end end = {.trial = claim->trial,
                           .attempt = claim->attempt,
                           .state = ECOPT_TRIAL_PREEMPTED,
                           .reason = "could not be run to its end",
                           .ended_s = eco_clock_unix_s()};
    bool is_accepted = false;
    char *message = eco_strdup(ctx, ecopt_ctx_errmsg(ctx));
    char *hint = eco_strdup(ctx, ecopt_ctx_errhint(ctx));
    if (eco_store_end_attempt(study->store, &end, &is_accepted) != ECOPT_OK)
        eco_log(ctx, ECOPT_LOG_DEBUG, "trial %lld will be put back by the next run",
                (long long)claim->trial);
    if (message && hint) {
        (void)eco_fail(ctx, ECOPT_E_IO, "%s", message);
        (void)eco_hint(ctx, ECOPT_E_IO, "%s", hint);
    }
    eco_free(ctx, message);
    eco_free(ctx, hint);
}

/* Point of a trial that was waiting already. The point is read back from its text, which is exact:
 * what runs is what was chosen, bit for bit. */
static ecopt_status take_queued(ecopt_study *study, const eco_study_view *view, eco_claim *claim)
{
    claim->origin = "queued";
    claim->point = eco_strdup(study->ctx, view->rows[claim->trial - 1].point);
    if (!claim->point)
        return ECOPT_E_NOMEM;
    return ecopt_space_parse_point(study->ctx, study->definition->space, claim->point, claim->x);
}

/* Adding and claiming are two transactions: killed between them, the next run finds the trial
 * waiting and takes it first, which is the same trial. */
static ecopt_status claim_new(ecopt_study *study, const eco_study_view *view, eco_owner owner,
                              double *reference, eco_claim *claim)
{
    ECO_TRY(add_suggestion(study, view, claim->x, reference, claim));
    return eco_store_claim(study->store, (int64_t)view->history.trial, owner, eco_clock_unix_s(),
                           &claim->trial, &claim->attempt);
}

/* Waiting trials first: they were begun, and the order of numbers stays the order of points. The
 * claim is put together aside and handed out whole. One that was made in the store and could not be
 * used is put back here, since the caller never sees it. */
ecopt_status eco_study_claim_next(ecopt_study *study, const eco_study_view *view, eco_owner owner,
                                  eco_claim *ret_claim)
{
    size_t d = ecopt_space_n_params(study->definition->space), m = study->problem.n_objectives;
    eco_claim claim = {.x = eco_alloc(study->ctx, d, sizeof(double))};
    double *reference = eco_alloc(study->ctx, m, sizeof *reference);
    ecopt_status status = claim.x && reference ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK && view->n_queued > 0) {
        status = eco_store_claim(study->store, 0, owner, eco_clock_unix_s(), &claim.trial,
                                 &claim.attempt);
        if (status == ECOPT_OK) {
            status = take_queued(study, view, &claim);
            if (status != ECOPT_OK)
                eco_study_put_back(study, &claim);
        }
    } else if (status == ECOPT_OK) {
        status = claim_new(study, view, owner, reference, &claim);
    }
    eco_free(study->ctx, reference);
    if (status != ECOPT_OK) {
        eco_claim_release(study, &claim);
        return status;
    }
    *ret_claim = claim;
    return ECOPT_OK;
}

ecopt_status ecopt_study_snapshot(ecopt_study *study, ecopt_snapshot **ret_snapshot)
{
    return eco_store_snapshot(study->store, ret_snapshot);
}

/* No lock: a snapshot is one read transaction, consistent whatever a running study does beside it.
 * Nothing is written, not even a log's index where the folder forbids it; a study on a read-only
 * medium can be looked at. */
ecopt_status ecopt_snapshot_load(ecopt_ctx *ctx, const char *dir, ecopt_snapshot **ret_snapshot)
{
    /* The name is part of the format: readers need the folder only. */
    char *path = eco_fs_join(ctx, dir, "study.db");
    if (!path)
        return ECOPT_E_NOMEM;
    eco_store *store = NULL;
    ecopt_status status = eco_store_open(ctx, path, ECO_STORE_READ, &store);
    if (status == ECOPT_OK)
        status = eco_store_snapshot(store, ret_snapshot);
    (void)eco_store_close(store);
    eco_free(ctx, path);
    return status;
}
