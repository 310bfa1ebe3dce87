/*
 * Opening a study.
 *
 * Order of opening: folder, lock, store, identity, copy of the list, sharing of the lock, recovery.
 * The lock comes before the store is looked at: who is alone may migrate the store and take a
 * changed definition, who is not opens the study as the others have it. Recovery needs no lock, as
 * it judges each worker by itself (worker.h), and comes last, as it may have to wait.
 */
#include "core/clock.h"
#include "core/fs.h"
#include "core/rng.h"
#include "pareto/cost.h"
#include "study/asked.h"
#include "study/identity.h"
#include "study/kept_list.h"
#include "study/limits.h"
#include "study/prune.h"
#include "study/retry.h"
#include "study/worth.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* A reason without a text does not compile quietly: the switch has no default. */
const char *ecopt_stop_reason_text(ecopt_stop_reason reason)
{
    switch (reason) {
#define STOP_TEXT(name, word, text) \
    case ECOPT_STOP_##name:         \
        return text;
        ECOPT_STOP_MAP(STOP_TEXT)
#undef STOP_TEXT
    }
    return "reason out of range";
}

/* By place, as the enum counts from 0 without holes. */
static const char *const stop_words[] = {
#define STOP_WORD(name, word, text) [ECOPT_STOP_##name] = (word),
    ECOPT_STOP_MAP(STOP_WORD)
#undef STOP_WORD
};

const char *ecopt_stop_reason_word(ecopt_stop_reason reason)
{
    return (size_t)reason < ECO_LEN(stop_words) ? stop_words[reason] : "";
}

bool ecopt_stop_reason_parse(const char *word, ecopt_stop_reason *ret_reason)
{
    for (size_t i = 0; word && i < ECO_LEN(stop_words); i++)
        if (strcmp(word, stop_words[i]) == 0) {
            *ret_reason = (ecopt_stop_reason)i;
            return true;
        }
    return false;
}

/* Opens the store and makes sure that it is this study's. What was opened stays in the study on
 * failure; ecopt_study_close takes it apart. */
static ecopt_status open_store(ecopt_study *study, const char *identity)
{
    char *path = eco_fs_join(study->ctx, study->dir, "study.db");
    ecopt_status status = path ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = eco_store_open(study->ctx, path, ECO_STORE_CREATE, &study->store);
    if (status == ECOPT_OK)
        status = eco_study_match(study, identity);
    eco_free(study->ctx, path);
    return status;
}

/* Lets others in. For a moment nobody holds the lock, so the definition is compared once more. */
static ecopt_status share(ecopt_study *study, const char *identity)
{
    if (!study->is_alone)
        return ECOPT_OK;
    study->is_alone = false;
    ECO_TRY(eco_study_share(study->ctx, study->dir, study->lock_fd));
    return eco_study_match(study, identity);
}

/* A worker that was asleep itself does not judge the silence of others: they may have slept with
 * it. The lost attempts stay on record; what they spent died with the process that metered it. */
ecopt_status eco_study_recover(ecopt_study *study, bool is_patient, eco_recovery *ret_recovery)
{
    eco_worker *worker = &study->worker;
    bool is_worker = worker->fd >= 0;
    eco_here here;
    eco_here_now(study->lease_s, &here);
    if (is_worker && here.boot_s - worker->beat_s > here.lease_s / 2)
        here.lease_s = INFINITY;
    if (is_worker)
        (void)eco_worker_beat(worker, 0, 0);
    ECO_TRY(eco_worker_recover(study->ctx, study->store, study->dir, is_worker ? worker->id : NULL,
                               &here, is_patient, ret_recovery));
    return ret_recovery->n_lost > 0 ? eco_retry_give_up(study) : ECOPT_OK;
}

/* Before anybody else is let in: runs keep the trials that are over in memory, and would not see
 * one come back. */
static ecopt_status retry_failed(ecopt_study *study)
{
    int64_t n = 0;
    if (!study->retries_failed)
        return ECOPT_OK;
    if (!study->is_alone) {
        (void)eco_fail(study->ctx, ECOPT_E_STORE_LOCKED,
                       "failed trials are queued again only while nobody runs study '%s'",
                       study->dir);
        return eco_hint(study->ctx, ECOPT_E_STORE_LOCKED, "'ecopt stop' ends its runs");
    }
    ECO_TRY(eco_store_requeue_failed(study->store, &n));
    eco_log(study->ctx, ECOPT_LOG_INFO, "%lld failed trial%s queued again", (long long)n,
            n == 1 ? "" : "s");
    return ECOPT_OK;
}

/* Everything between having the lock and being able to claim. */
static ecopt_status enter(ecopt_study *study)
{
    char *identity = NULL;
    eco_recovery recovery = {0, 0};
    ECO_TRY(eco_definition_identity(study->ctx, study->definition, &identity));
    eco_mask_definition(study->mask, identity);
    ecopt_status status = open_store(study, identity);
    if (status == ECOPT_OK)
        status = eco_study_keep_list(study);
    if (status == ECOPT_OK)
        status = retry_failed(study);
    if (status == ECOPT_OK)
        status = share(study, identity);
    if (status == ECOPT_OK)
        status = eco_study_recover(study, true, &recovery);
    eco_free(study->ctx, identity);
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
    study->deployed = m + c + 1 + (study->has_expected ? m : 0);
    study->n_names = study->deployed + definition->deployment.is_set;
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
        const char *kept = name ? eco_arena_strdup(&study->texts, name) : NULL;
        eco_free(study->ctx, name);
        if (!kept)
            return ECOPT_E_NOMEM;
        study->names[m + c + 1 + k] = kept;
    }
    if (definition->deployment.is_set)
        study->names[study->deployed] = definition->deployment.metric;
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
    study->retries_failed = options.retries_failed;
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
                         .wants_gain = definition->budget.gain_ratio > 0,
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
    ECO_TRY(eco_study_lock(study->ctx, study->dir, &study->lock_fd, &study->is_alone));
    return enter(study);
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
    study->propose_fd = -1;
    study->worker.fd = -1;
    study->settled.arena = (eco_arena)ECO_ARENA_INIT(ctx);
    study->texts = (eco_arena)ECO_ARENA_INIT(ctx);
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
    if (study->propose_fd >= 0)
        (void)close(study->propose_fd);
    if (study->lock_fd >= 0)
        (void)close(study->lock_fd);
    eco_free(ctx, study->dir);
    eco_free(ctx, study->system_root);
    eco_free(ctx, study->nvml_path);
    eco_free(ctx, study->calibration_path);
    eco_free(ctx, study->names);
    eco_arena_release(&study->texts);
    eco_limits_close(study);
    eco_mask_free(study->mask);
    eco_asked_drop(study, 0);
    eco_study_front_release(study);
    eco_worth_release(study);
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
    ecopt_snapshot *snapshot = NULL;
    ecopt_status status = eco_store_open(ctx, path, ECO_STORE_READ, &store);
    if (status == ECOPT_OK)
        status = eco_store_snapshot(store, &snapshot);
    if (status == ECOPT_OK)
        status = eco_worker_complete(ctx, dir, snapshot);
    (void)eco_store_close(store);
    eco_free(ctx, path);
    if (status == ECOPT_OK)
        *ret_snapshot = snapshot;
    else
        ecopt_snapshot_free(ctx, snapshot);
    return status;
}
