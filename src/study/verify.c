/*
 * Checking a study from outside: the store's own rules, then what it says of points and folders.
 *
 * The folders are listed before the store is read: an attempt's row is there before its folder, so
 * beside a run that goes on every folder that was seen has its row.
 */
#include "core/arena.h"
#include "core/fs.h"
#include "core/str.h"
#include "space/space.h"
#include "study/study_impl.h"

#include <dirent.h>
#include <ecopt/control.h>
#include <ecopt/verify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* One call of ecopt_study_verify. */
typedef struct verifying {
    ecopt_ctx *ctx;
    const char *dir;
    const ecopt_definition *definition; /* may be NULL */
    ecopt_finding_fn report;
    void *user;
    size_t n;    /* findings so far */
    bool is_run; /* somebody runs the study */
    eco_arena arena;
    eco_store *store;
    size_t n_names, room;
    char **names;   /* entries of trials/, sorted; owned by eco_alloc, texts by the arena */
    bool *is_known; /* n_names: an attempt has it */
} verifying;

static void tell(verifying *v, ecopt_finding finding)
{
    v->n += !finding.is_remark;
    if (v->report)
        v->report(v->user, &finding);
}

/* ---- the store's rules ---- */

/* A running attempt is lost only when nobody runs the study. */
static ecopt_status on_finding(void *user, const char *rule, int64_t trial, int64_t attempt,
                               const char *message)
{
    verifying *v = user;
    bool is_lost = strcmp(rule, "lost") == 0;
    if (!is_lost || !v->is_run)
        tell(v, (ecopt_finding){.rule = rule,
                                .trial = trial,
                                .attempt = attempt,
                                .message = message,
                                .is_lost = is_lost});
    return ECOPT_OK;
}

static ecopt_status check_store(verifying *v)
{
    const ecopt_definition *definition = v->definition;
    const char *metrics[ECOPT_MAX_OBJECTIVES];
    struct utsname host;
    eco_store_known known = {.metrics = metrics, .host = uname(&host) == 0 ? host.nodename : ""};
    for (size_t k = 0; definition && k < definition->n_objectives && k < ECO_LEN(metrics); k++)
        metrics[known.n_metrics++] = definition->objectives[k].metric;
    return eco_store_verify(v->store, &known, on_finding, v);
}

/* ---- points ---- */

/* Each point is one of the definition, or is marked as outside of it. */
static ecopt_status check_point(verifying *v, const ecopt_trial *trial, double *x)
{
    ecopt_status status = ecopt_space_parse_point(v->ctx, v->definition->space, trial->point, x);
    if (status == ECOPT_E_NOMEM)
        return status;
    bool is_outside = status == ECOPT_E_RANGE;
    if (status != ECOPT_OK && !(is_outside && trial->is_outside))
        tell(v, (ecopt_finding){
                    .rule = "point", .trial = trial->id, .message = ecopt_ctx_errmsg(v->ctx)});
    if (status == ECOPT_OK && trial->is_outside)
        tell(v, (ecopt_finding){.rule = "point",
                                .trial = trial->id,
                                .message = "is marked as outside of the definition, and is not"});
    return ECOPT_OK;
}

/* More trials than the budget are no fault: a run may have been given more, points may have been
 * told. */
static void check_budget(verifying *v, const ecopt_snapshot *snapshot)
{
    int64_t n = 0;
    char text[128];
    for (size_t i = 0; i < snapshot->n_trials; i++)
        n += snapshot->trials[i].state != ECOPT_TRIAL_QUEUED;
    if (n <= v->definition->budget.trials)
        return;
    (void)snprintf(text, sizeof text, "%lld trials were begun, the study file allows %lld",
                   (long long)n, (long long)v->definition->budget.trials);
    tell(v, (ecopt_finding){.rule = "budget", .message = text, .is_remark = true});
}

static ecopt_status check_points(verifying *v)
{
    if (!v->definition)
        return ECOPT_OK;
    ecopt_snapshot *snapshot = NULL;
    ecopt_status status = eco_store_snapshot(v->store, &snapshot);
    /* No study in the store was told already. */
    if (status != ECOPT_OK)
        return status == ECOPT_E_NOT_FOUND ? ECOPT_OK : status;
    size_t d = ecopt_space_n_params(v->definition->space);
    double *x = eco_arena_alloc(&v->arena, d, sizeof *x);
    status = x ? ECOPT_OK : ECOPT_E_NOMEM;
    for (size_t i = 0; i < snapshot->n_trials && status == ECOPT_OK; i++)
        /* A number that is missing was told already. */
        status = snapshot->trials[i].point ? check_point(v, &snapshot->trials[i], x) : ECOPT_OK;
    if (status == ECOPT_OK)
        check_budget(v, snapshot);
    ecopt_snapshot_free(v->ctx, snapshot);
    return status;
}

/* ---- folders ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static ecopt_status add_name(verifying *v, const char *name)
{
    if (v->n_names == v->room) {
        size_t room = v->room ? 2 * v->room : 64;
        char **names = eco_realloc(v->ctx, v->names, room, sizeof *names);
        if (!names)
            return ECOPT_E_NOMEM;
        v->names = names;
        v->room = room;
    }
    v->names[v->n_names] = eco_arena_strdup(&v->arena, name);
    return v->names[v->n_names++] ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* A study that never ran has no such folder, which is as good as an empty one. */
static ecopt_status list_folders(verifying *v)
{
    char *path = eco_fs_join(v->ctx, v->dir, "trials");
    if (!path)
        return ECOPT_E_NOMEM;
    DIR *list = opendir(path);
    ecopt_status status = ECOPT_OK;
    for (struct dirent *entry = list ? readdir(list) : NULL; entry && status == ECOPT_OK;
         entry = readdir(list))
        if (entry->d_name[0] != '.')
            status = add_name(v, entry->d_name);
    if (list)
        (void)closedir(list);
    eco_free(v->ctx, path);
    if (status == ECOPT_OK && v->n_names > 0)
        qsort(v->names, v->n_names, sizeof *v->names, compare_names);
    if (status == ECOPT_OK)
        v->is_known = eco_arena_alloc(&v->arena, v->n_names + 1, sizeof *v->is_known);
    return status == ECOPT_OK && !v->is_known ? ECOPT_E_NOMEM : status;
}

static ecopt_status on_dir(void *user, int64_t trial, int64_t attempt, const char *dir,
                           bool is_made)
{
    verifying *v = user;
    struct stat found;
    char *path = eco_fs_join(v->ctx, v->dir, dir);
    if (!path)
        return ECOPT_E_NOMEM;
    bool is_there = stat(path, &found) == 0 && S_ISDIR(found.st_mode);
    eco_free(v->ctx, path);
    if (!is_there && is_made) {
        char text[192];
        (void)snprintf(text, sizeof text, "its folder '%.120s' is gone", dir);
        tell(v, (ecopt_finding){
                    .rule = "folder", .trial = trial, .attempt = attempt, .message = text});
    }
    const char *name = strncmp(dir, "trials/", 7) == 0 ? dir + 7 : dir;
    char **place = v->n_names > 0
                       ? bsearch(&name, v->names, v->n_names, sizeof *v->names, compare_names)
                       : NULL;
    if (place)
        v->is_known[place - v->names] = true;
    return ECOPT_OK;
}

static ecopt_status check_folders(verifying *v)
{
    ECO_TRY(eco_store_each_dir(v->store, on_dir, v));
    for (size_t i = 0; i < v->n_names; i++) {
        char text[320];
        if (v->is_known[i])
            continue;
        (void)snprintf(text, sizeof text, "'trials/%.255s' belongs to no attempt", v->names[i]);
        tell(v, (ecopt_finding){.rule = "folder", .message = text});
    }
    return ECOPT_OK;
}

/* ---- all ---- */

/* A store that cannot be read is what was looked for; one that is not there is not. */
static ecopt_status open_store(verifying *v, bool *ret_is_readable)
{
    char *path = eco_fs_join(v->ctx, v->dir, "study.db");
    if (!path)
        return ECOPT_E_NOMEM;
    ecopt_status status = eco_store_open(v->ctx, path, ECO_STORE_READ, &v->store);
    eco_free(v->ctx, path);
    *ret_is_readable = status == ECOPT_OK;
    return status;
}

/* The store's rules first: what is damaged there makes the rest unreliable. */
static ecopt_status check_all(verifying *v)
{
    size_t n_runs = 0;
    ECO_TRY(ecopt_study_signal(v->ctx, v->dir, 0, &n_runs));
    v->is_run = n_runs > 0;
    ECO_TRY(list_folders(v));
    bool is_readable = false;
    ECO_TRY(open_store(v, &is_readable));
    ECO_TRY(check_store(v));
    ECO_TRY(check_points(v));
    return check_folders(v);
}

ecopt_status ecopt_study_verify(ecopt_ctx *ctx, const char *dir, const ecopt_definition *definition,
                                ecopt_finding_fn report, void *user, size_t *ret_n)
{
    if (!dir || !ret_n)
        return eco_fail(ctx, ECOPT_E_ARG, "a study folder is needed");
    verifying v = {.ctx = ctx,
                   .dir = dir,
                   .definition = definition,
                   .report = report,
                   .user = user,
                   .arena = ECO_ARENA_INIT(ctx)};
    ecopt_status status = check_all(&v);
    if (status == ECOPT_E_STORE_CORRUPT) {
        tell(&v, (ecopt_finding){.rule = "store", .message = ecopt_ctx_errmsg(ctx)});
        status = ECOPT_OK;
    }
    (void)eco_store_close(v.store);
    eco_free(ctx, v.names);
    eco_arena_release(&v.arena);
    if (status == ECOPT_OK)
        *ret_n = v.n;
    return status;
}
