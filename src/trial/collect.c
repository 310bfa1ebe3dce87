#include "trial/phase.h"

#include "core/fs.h"
#include "trial/protocol.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes the trial FAILED for the reason that the context has, unless memory is short. */
static ecopt_status blame(eco_trial *t, ecopt_status status)
{
    if (status == ECOPT_OK || status == ECOPT_E_NOMEM)
        return status;
    t->state = ECOPT_TRIAL_FAILED;
    t->cause = ECOPT_CAUSE_NO_METRIC;
    eco_str_clear(&t->reason);
    eco_str_addf(&t->reason, "phase '%s': %s", t->definition->phases[t->phase].name,
                 ecopt_ctx_errmsg(t->ctx));
    return eco_str_status(&t->reason);
}

/*
 * $ECOPT_RESULT.  Read, then renamed to PHASE.result.json: what one phase says must not count for
 * the next.
 */
static ecopt_status take_result(eco_trial *t)
{
    const char *path = t->handover->result_path;
    char *text = NULL;
    size_t n = 0;
    if (access(path, F_OK) != 0)
        return ECOPT_OK;
    ecopt_status status = eco_fs_read(t->ctx, path, ECO_DOCUMENT_MAX_B, &text, &n);
    if (status == ECOPT_OK)
        status = eco_protocol_result(&t->pool, t->phase, path, text, n);
    eco_free(t->ctx, text);
    if (status != ECOPT_OK)
        return blame(t, status);
    char *kept = eco_trial_file(t, ".result.json");
    if (!kept)
        return ECOPT_E_NOMEM;
    if (rename(path, kept) != 0)
        status = eco_fail(t->ctx, ECOPT_E_IO, "cannot rename '%s': %s", path, strerror(errno));
    eco_free(t->ctx, kept);
    return status;
}

/*
 * What `ecopt log` appended since the last phase or look (log_follow.c), by its position: the file
 * belongs to the programs while they run, and ECOpt never writes to it.
 */
static ecopt_status take_log(eco_trial *t)
{
    const char *path = t->handover->log_path;
    char *text = NULL;
    size_t n = 0;
    if (access(path, F_OK) != 0)
        return ECOPT_OK;
    ecopt_status status = eco_fs_read(t->ctx, path, ECO_DOCUMENT_MAX_B, &text, &n);
    if (status != ECOPT_OK)
        return blame(t, status);
    /* A shorter file than before was written anew. */
    size_t from = t->log_read_b <= n ? t->log_read_b : 0;
    status = eco_protocol_log(&t->pool, t->phase, text + from, n - from);
    t->log_read_b = n;
    eco_free(t->ctx, text);
    return status;
}

ecopt_status eco_trial_read_json(eco_trial *trial, const ecopt_metric *metric, double *ret_value)
{
    ecopt_ctx *ctx = trial->ctx;
    eco_template_lookup lookup = eco_handover_lookup(trial->handover);
    char *file = NULL, *text = NULL;
    size_t n = 0;
    ECO_TRY(eco_template_expand(ctx, metric->file, &lookup, &file));
    char *path = eco_fs_join(ctx, trial->request->dir, file);
    ecopt_status status = path ? ECOPT_OK : ECOPT_E_NOMEM;
    if (status == ECOPT_OK)
        status = eco_fs_read(ctx, path, ECO_DOCUMENT_MAX_B, &text, &n);
    if (status == ECOPT_OK)
        status = eco_protocol_pointer(ctx, path, text, n, metric->pointer, ret_value);
    eco_free(ctx, text);
    eco_free(ctx, path);
    eco_free(ctx, file);
    return status;
}

/* JSON metrics of this phase; those without a phase belong to the last. */
static ecopt_status take_pointers(eco_trial *t)
{
    const ecopt_definition *definition = t->definition;
    for (size_t i = 0; i < definition->n_metrics; i++) {
        const ecopt_metric *metric = &definition->metrics[i];
        size_t phase =
            metric->phase ? eco_trial_find_phase(t, metric->phase) : definition->n_phases - 1;
        double value;
        if (metric->kind != ECOPT_METRIC_JSON || phase != t->phase)
            continue;
        ecopt_status status = eco_trial_read_json(t, metric, &value);
        /* A file that is absent, damaged or not JSON is the program's affair. */
        if (status == ECOPT_E_NOMEM)
            return status;
        /* What is missing is only a failure when someone needs it; trial.c asks again then. */
        if (status == ECOPT_OK)
            ECO_TRY(eco_pool_set(&t->pool, t->phase, metric->name, value, (double)NAN, NULL));
    }
    return ECOPT_OK;
}

ecopt_status eco_trial_collect(eco_trial *trial)
{
    ECO_TRY(take_log(trial));
    if (trial->state == ECOPT_TRIAL_COMPLETE)
        ECO_TRY(take_result(trial));
    if (trial->state == ECOPT_TRIAL_COMPLETE)
        ECO_TRY(take_pointers(trial));
    /* Before the run counts as one of several: each has done its own amount of work. */
    if (trial->n_records > 0)
        trial->samples[trial->n_records - 1] =
            eco_pool_run_value(&trial->pool, trial->phase, "samples");
    return eco_pool_end_run(&trial->pool, trial->phase);
}

/*
 * Removes what an earlier attempt in this folder may have left to be read.  A folder is used twice
 * when a study was killed in the middle of a trial and goes on.  A result of the first attempt,
 * read after a second one that reported nothing, would be a silent mistake.
 */
static ecopt_status remove_stale(eco_trial *t)
{
    const char *const paths[] = {t->handover->result_path, t->handover->log_path};
    for (size_t i = 0; i < ECO_LEN(paths); i++)
        if (unlink(paths[i]) != 0 && errno != ENOENT)
            return eco_fail(t->ctx, ECOPT_E_IO, "cannot remove '%s': %s", paths[i],
                            strerror(errno));
    return ECOPT_OK;
}

/* Phase names become file names. */
static ecopt_status check_phases(const eco_trial *t)
{
    if (t->definition->n_phases == 0)
        return eco_fail(t->ctx, ECOPT_E_ARG, "there is no phase to run");
    for (size_t i = 0; i < t->definition->n_phases; i++) {
        const char *name = t->definition->phases[i].name;
        if (name[0] == '\0' || name[0] == '.' || strchr(name, '/'))
            return eco_fail(t->ctx, ECOPT_E_ARG, "'%s' cannot be a phase's name", name);
    }
    return ECOPT_OK;
}

/*
 * Once per trial, not per line.  They were compiled before, when the study was read; but the
 * definition holds texts only, which can be shared by threads and stored.
 */
static ecopt_status compile_patterns(eco_trial *t)
{
    const ecopt_definition *definition = t->definition;
    t->patterns = eco_alloc(t->ctx, definition->n_metrics, sizeof(eco_pattern *));
    if (!t->patterns)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < definition->n_metrics; i++)
        if (definition->metrics[i].kind == ECOPT_METRIC_REGEX)
            ECO_TRY(eco_pattern_new(t->ctx, definition->metrics[i].regex, &t->patterns[i], NULL));
    return ECOPT_OK;
}

/*
 * In order of what is cheap to find out: what is wrong with the definition comes before anything is
 * made on disk.
 */
ecopt_status eco_trial_open(eco_trial *trial, ecopt_ctx *ctx, const eco_trial_request *request)
{
    memset(trial, 0, sizeof *trial);
    trial->ctx = ctx;
    trial->request = request;
    trial->definition = request->definition;
    trial->reason = (eco_str)ECO_STR_INIT(ctx);
    trial->verdict = (eco_str)ECO_STR_INIT(ctx);
    trial->state = ECOPT_TRIAL_COMPLETE;
    eco_pool_init(&trial->pool, ctx);
    ECO_TRY(check_phases(trial));
    trial->records_room = trial->definition->n_phases;
    trial->records = eco_alloc(ctx, trial->records_room, sizeof *trial->records);
    trial->samples = eco_alloc(ctx, trial->records_room, sizeof *trial->samples);
    if (!trial->records || !trial->samples)
        return ECOPT_E_NOMEM;
    ECO_TRY(compile_patterns(trial));
    /* In a folder that was not there a moment ago nothing can be stale. */
    bool is_new = mkdir(request->dir, 0777) == 0;
    if (!is_new)
        ECO_TRY(eco_fs_make_dirs(ctx, request->dir));
    ECO_TRY(eco_handover_new(ctx, request, &trial->handover));
    if (!is_new)
        ECO_TRY(remove_stale(trial));
    return eco_handover_write(trial->handover);
}

/* Fit for a trial whose opening failed at any point: everything not made yet is zero. */
void eco_trial_close(eco_trial *trial)
{
    for (size_t i = 0; trial->patterns && i < trial->definition->n_metrics; i++)
        eco_pattern_free(trial->ctx, trial->patterns[i]);
    eco_free(trial->ctx, trial->patterns);
    for (size_t i = 0; i < trial->n_records; i++)
        eco_name_free(trial->ctx, trial->records[i].phase);
    eco_free(trial->ctx, trial->records);
    eco_free(trial->ctx, trial->samples);
    eco_handover_free(trial->ctx, trial->handover);
    eco_pool_release(&trial->pool);
    eco_str_release(&trial->reason);
    eco_str_release(&trial->verdict);
    eco_free(trial->ctx, trial->step_values);
}
