/*
 * Whether a stored study is the one of a definition, and what becomes of a text that has changed.
 *
 * The first run writes the study row.  Later ones compare identities (identity.h); whatever is not
 * in them may differ, and is kept as a new revision.
 */
#include "core/clock.h"
#include "core/str.h"
#include "study/identity.h"
#include "study/study_impl.h"

#include <ecopt/version.h>
#include <string.h>

/* True when `line` (without newline, n bytes) is a whole line of `text`. Whole lines only, for one
 * key may be the beginning of another. */
static bool has_line(const char *text, const char *line, size_t n)
{
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        if (length == n && memcmp(at, line, n) == 0)
            return true;
        at += length + (at[length] == '\n');
    }
    return false;
}

/* True when `word` is one of the words of `list`, which has ", " between them. */
static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ",");
        if (length == n && memcmp(at, word, n) == 0)
            return true;
        at += length + strspn(at + length, ", ");
    }
    return false;
}

/* Appends the keys ("params.lr") of the lines of `a` that `b` does not have, each once. Quadratic
 * in the lines, of which there are some dozens, and only on the way to an error. A key that several
 * lines share (constraints) is named once; no memory for it leaves it out, as the message is worth
 * more than its completeness. */
static void add_missing_keys(eco_str *keys, const char *a, const char *b)
{
    for (const char *at = a; *at;) {
        size_t length = strcspn(at, "\n");
        const char *colon = memchr(at, ':', length);
        size_t n = colon ? (size_t)(colon - at) : length;
        if (!has_line(b, at, length)) {
            char *key = eco_strndup(keys->ctx, at, n);
            if (key && !has_word(eco_str_text(keys), key))
                eco_str_addf(keys, "%s%s", keys->length > 0 ? ", " : "", key);
            eco_free(keys->ctx, key);
        }
        at += length + (at[length] == '\n');
    }
}

/* Names the keys that differ, each once, those of the file first: what the user has just edited.
 * Both directions are needed: a key that was removed stands only in the stored text. */
static ecopt_status fail_mismatch(ecopt_study *study, const char *stored, const char *given)
{
    eco_str keys = ECO_STR_INIT(study->ctx);
    add_missing_keys(&keys, given, stored);
    add_missing_keys(&keys, stored, given);
    (void)eco_fail(study->ctx, ECOPT_E_STORE_MISMATCH,
                   "'%s' was made with a different definition: %s", study->dir,
                   eco_str_text(&keys));
    eco_str_release(&keys);
    return eco_hint(
        study->ctx, ECOPT_E_STORE_MISMATCH,
        "put those keys back, give the study another name, or move the folder away; "
        "budget (but init), meter, carbon and the sampler's settings may change freely");
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
 * tells what the latest trials ran under. */
ecopt_status eco_study_match(ecopt_study *study, const char *identity)
{
    char *stored = NULL, *text = NULL;
    int64_t revision = 0;
    /* A store is copied and shown: it keeps no password. */
    char *current = eco_strdup(study->ctx, study->definition->text);
    if (!current)
        return ECOPT_E_NOMEM;
    ecopt_meter_hide_logins(current);
    ecopt_status status = eco_store_get_study(study->store, &stored, &text, &revision);
    if (status == ECOPT_E_NOT_FOUND)
        status = create_study(study, identity, current);
    if (status != ECOPT_OK || !stored)
        goto done;
    /* As texts: two definitions are one study when the canonical lines are equal, whatever the
     * file looks like. */
    if (strcmp(stored, identity) != 0)
        status = fail_mismatch(study, stored, identity);
    else if (strcmp(text, current) != 0)
        status = eco_store_revise(study->store, current);
done:
    eco_free(study->ctx, current);
    eco_free(study->ctx, stored);
    eco_free(study->ctx, text);
    return status;
}
