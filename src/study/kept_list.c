/*
 * Keeping a copy of the list of candidates.
 *
 * The history is read first: reading it looks up every tried point in the list, and a list that
 * lacks one must not replace the copy with which the study can still be looked at.  What was read
 * stays in the study (settled rows), so the first suggestion does not read it again.
 */
#include "study/kept_list.h"

#include "core/fs.h"
#include "study/study_impl.h"

#include <string.h>

/* True when the file holds exactly these bytes; one that cannot be read does not. */
static bool is_same(ecopt_ctx *ctx, const char *path, const char *bytes, size_t n)
{
    char *text = NULL;
    size_t length = 0;
    /* One byte more than there should be is enough to see that it is another one. */
    bool is_there = eco_fs_read(ctx, path, n + 1, &text, &length) == ECOPT_OK;
    bool is_equal = is_there && length == n && memcmp(text, bytes, n) == 0;
    eco_free(ctx, text);
    return is_equal;
}

ecopt_status eco_study_keep_list(ecopt_study *study)
{
    const ecopt_definition *definition = study->definition;
    if (!definition->candidates_text)
        return ECOPT_OK;
    eco_study_view view;
    ECO_TRY(eco_study_view_init(study, &view));
    eco_study_view_release(study, &view);
    char *path = eco_fs_join(study->ctx, study->dir, ECO_STUDY_LIST_FILE);
    if (!path)
        return ECOPT_E_NOMEM;
    ecopt_status status = ECOPT_OK;
    bool is_kept =
        is_same(study->ctx, path, definition->candidates_text, definition->candidates_length);
    if (!is_kept && !study->is_alone)
        status = eco_fail(study->ctx, ECOPT_E_STORE_LOCKED,
                          "study '%s' is in use with another text of '%s'", study->dir,
                          definition->candidates);
    else if (!is_kept)
        status = eco_fs_replace(study->ctx, path, definition->candidates_text,
                                definition->candidates_length);
    eco_free(study->ctx, path);
    return status;
}
