/*
 * Whether a stored study may go on under a definition, and what becomes of one that has changed.
 *
 * The first run writes the study row.  Later ones compare identities (identity.h): what is not in
 * them may differ freely, and of the rest what compatible.h allows.  Either makes a new revision,
 * so that the store always tells what its latest trials ran under.
 *
 * When parameters change, so does what the stored points are: those that lack a new parameter get
 * its default, once and in the store, for a default may change again; those that are not allowed
 * any more are marked.
 */
#include "core/clock.h"
#include "space/space.h"
#include "study/compatible.h"
#include "study/identity.h"
#include "study/study_impl.h"

#include <ecopt/version.h>
#include <string.h>

/* The first change that is refused in full, the others by their keys; those of the file first, as
 * that is what the user has just edited. */
static ecopt_status fail_mismatch(ecopt_study *study, const eco_comparison *comparison)
{
    const char *before = comparison->before, *now = comparison->now;
    const char *key = comparison->refused, *others = eco_str_text(&comparison->others);
    (void)eco_fail(study->ctx, ECOPT_E_STORE_MISMATCH,
                   "'%s' was made with a different definition: %s (%s%.60s%s, %s%.60s%s)%s",
                   study->dir, key, before ? "was '" : "is new", before ? before : "",
                   before ? "'" : "", now ? "now '" : "now gone", now ? now : "", now ? "'" : "",
                   others);
    return eco_hint(study->ctx, ECOPT_E_STORE_MISMATCH, "%s", comparison->remedy);
}

/* What the points of the study are judged by. */
typedef struct point_judge {
    ecopt_study *study;
    char *complete; /* a whole point, owned; NULL: no parameter is new */
    double *x;      /* owned */
    int64_t n_outside;
} point_judge;

/* A point is outside when it breaks a range, the values of a choice or a constraint.  Anything else
 * that is wrong with its text is damage. */
static ecopt_status judge_point(void *user, const char *point, char **ret_point, bool *ret_inside)
{
    point_judge *judge = user;
    ecopt_ctx *ctx = judge->study->ctx;
    char *text = NULL;
    if (judge->complete)
        ECO_TRY(eco_point_complete(ctx, judge->complete, point, &text));
    ecopt_status status = ecopt_space_parse_point(ctx, judge->study->definition->space,
                                                  text ? text : point, judge->x);
    if (status != ECOPT_OK && status != ECOPT_E_RANGE) {
        eco_free(ctx, text);
        return status;
    }
    judge->n_outside += status == ECOPT_E_RANGE;
    *ret_inside = status == ECOPT_OK;
    *ret_point = text;
    return ECOPT_OK;
}

/* Any whole point does: of it only the parameters that a stored one lacks are taken, and those have
 * defaults. */
static ecopt_status prepare_judge(point_judge *judge, bool has_new_param)
{
    ecopt_study *study = judge->study;
    const ecopt_space *space = study->definition->space;
    judge->x = eco_alloc(study->ctx, ecopt_space_n_params(space), sizeof *judge->x);
    if (!judge->x)
        return ECOPT_E_NOMEM;
    if (!has_new_param)
        return ECOPT_OK;
    (void)eco_space_default(space, judge->x);
    return ecopt_space_point_text(study->ctx, space, judge->x, &judge->complete);
}

/* Said aloud: it is not what the trials so far were run under, and an edit may have been a slip. */
static void say_accepted(ecopt_study *study, const eco_comparison *comparison, int64_t n_outside)
{
    eco_log(study->ctx, ECOPT_LOG_WARNING, "the definition has changed and is accepted: %s",
            eco_str_text(&comparison->changes));
    if (n_outside > 0)
        eco_log(study->ctx, ECOPT_LOG_WARNING,
                "%lld %s it does not allow: on record, but not used any more", (long long)n_outside,
                n_outside == 1 ? "trial has a point that" : "trials have points that");
}

/* `text` is the definition without its passwords. */
static ecopt_status accept_change(ecopt_study *study, const eco_comparison *comparison,
                                  const char *identity, const char *text)
{
    point_judge judge = {.study = study};
    ecopt_status status = prepare_judge(&judge, comparison->has_new_param);
    const eco_revision revision = {.definition = text,
                                   .identity = identity,
                                   .judge = judge_point,
                                   .user = &judge,
                                   .n_objectives = study->problem.n_objectives,
                                   .keeps_reference = comparison->keeps_reference,
                                   .now_s = eco_clock_unix_s()};
    if (status == ECOPT_OK)
        status = eco_store_accept(study->store, &revision);
    if (status == ECOPT_OK)
        say_accepted(study, comparison, judge.n_outside);
    eco_free(study->ctx, judge.complete);
    eco_free(study->ctx, judge.x);
    return status;
}

/* Who runs the study under another text, as far as the store tells. */
static ecopt_status fail_in_use(ecopt_study *study)
{
    eco_running_list *list = NULL;
    ECO_TRY(eco_store_get_running(study->store, &list));
    if (list->n > 0)
        (void)eco_fail(study->ctx, ECOPT_E_STORE_LOCKED,
                       "study '%s' is in use by process %lld with another text of its definition",
                       study->dir, (long long)list->rows[0].worker.pid);
    else
        (void)eco_fail(study->ctx, ECOPT_E_STORE_LOCKED,
                       "study '%s' is in use with another text of its definition", study->dir);
    eco_running_list_free(study->ctx, list);
    return eco_hint(study->ctx, ECOPT_E_STORE_LOCKED,
                    "wait for it or stop it; only one that has the study for itself may change it");
}

/* Two definitions are one study when their lines are equal, whatever the file looks like. */
static ecopt_status compare(ecopt_study *study, const char *stored, const char *identity,
                            const char *text)
{
    eco_comparison comparison;
    ECO_TRY(eco_comparison_init(study->ctx, stored, identity, study->accepts_change, &comparison));
    ecopt_status status = comparison.refused ? fail_mismatch(study, &comparison)
                          : !study->is_alone ? fail_in_use(study)
                                             : accept_change(study, &comparison, identity, text);
    eco_comparison_release(&comparison);
    return status;
}

/* The first row. The host is that of the first run; later runs may be elsewhere. The seed goes into
 * a column of its own, although the text has it: a seed that was left to its default is not written
 * there. */
static ecopt_status create_study(ecopt_study *study, const char *identity, const char *text)
{
    const ecopt_definition *definition = study->definition;
    char *host = eco_host_json(study->ctx);
    if (!host)
        return ECOPT_E_NOMEM;
    eco_study_row row = {.name = definition->name,
                         .definition = text,
                         .identity = identity,
                         .seed = definition->seed,
                         .version = ecopt_version(),
                         .host = host,
                         .created_s = eco_clock_unix_s()};
    ecopt_status status = eco_store_create_study(study->store, &row);
    eco_free(study->ctx, host);
    return status;
}

/* Makes the study row, or checks that the stored study is this one. A text that differs in other
 * respects (budget, comments) is accepted and kept as a new revision, so that the store always
 * tells what the latest trials ran under; not while others run it under the text as it was. */
ecopt_status eco_study_match(ecopt_study *study, const char *identity)
{
    char *stored = NULL, *text = NULL;
    int64_t revision = 0;
    /* A store is copied and shown: it keeps no password. */
    char *current = eco_strdup(study->ctx, study->definition->text);
    if (!current)
        return ECOPT_E_NOMEM;
    ecopt_meter_hide_logins(current);
    eco_mask_definition(study->mask, current);
    ecopt_status status = eco_store_get_study(study->store, &stored, &text, &revision);
    if (status == ECOPT_E_NOT_FOUND)
        status = create_study(study, identity, current);
    if (status != ECOPT_OK || !stored)
        goto done;
    if (strcmp(stored, identity) != 0)
        status = compare(study, stored, identity, current);
    else if (strcmp(text, current) != 0)
        status = study->is_alone ? eco_store_revise(study->store, current) : fail_in_use(study);
done:
    eco_free(study->ctx, current);
    eco_free(study->ctx, stored);
    eco_free(study->ctx, text);
    return status;
}
