/*
 * Diagnostics of a study file: collected, sorted by place, handed out once.
 *
 * Call order: fill in arena, file, text and length; note errors and warnings while reading; then
 * eco_diagnosis_flush.  A report knows the file's text, so each diagnostic carries its source line;
 * the key path ("params.lr.min") comes from the node.  After 100 diagnostics the rest is only
 * counted.
 *
 * An error marks its node as bad, and everything else in this folder passes over bad nodes: that is
 * how one mistake gives one message.
 *
 * Owner: the caller; everything lives in the arena.  Running out of memory is sticky and read from
 * `status`.  Threads: as the arena's context.
 */
#ifndef ECO_CONFIG_DIAGNOSIS_H
#define ECO_CONFIG_DIAGNOSIS_H

#include "config/tree.h"
#include "core/arena.h"

#include <ecopt/definition.h>

#define ECO_DIAGNOSIS_MAX 100

/* A diagnostic and when it was noted, which decides between two of one place. */
typedef struct eco_diagnosis_entry {
    ecopt_diagnostic diagnostic;
    size_t order;
    bool is_foreign; /* of another file than the report's */
} eco_diagnosis_entry;

typedef struct eco_diagnosis {
    eco_arena *arena; /* borrowed */
    const char *file;
    const char *text;
    size_t length;
    size_t n_errors, n_warnings; /* all, also those not kept */
    size_t n;
    eco_diagnosis_entry entries[ECO_DIAGNOSIS_MAX];
    ecopt_status status; /* ECOPT_OK or ECOPT_E_NOMEM */
} eco_diagnosis;

/**
 * Notes an error and marks the node as bad.
 *
 * @param[in]  at    node it concerns, NULL: the whole file
 * @param[in]  hint  the remedy; "" for none
 */
void eco_diagnosis_error(eco_diagnosis *report, eco_node *at, const char *hint, const char *format,
                         ...) ECOPT_PRINTF(4, 5);

/**
 * The same at byte `offset` of the node's text, where that can be told: not in a text of several
 * lines or with escapes, whose bytes are not those of the file.  The node's start stands in then.
 */
void eco_diagnosis_error_in(eco_diagnosis *report, eco_node *at, size_t offset, const char *hint,
                            const char *format, ...) ECOPT_PRINTF(5, 6);

/** Notes a warning.  The node is not marked: it is used as it stands. */
void eco_diagnosis_warning(eco_diagnosis *report, const eco_node *at, const char *hint,
                           const char *format, ...) ECOPT_PRINTF(4, 5);

/** Notes an error at a place without a node (line 0: the whole file), as syntax errors are. */
void eco_diagnosis_error_at(eco_diagnosis *report, size_t line, size_t column, const char *hint,
                            const char *message);

/**
 * Notes an error or a warning about another file that the study file names.  They are handed out
 * behind those of the study file.
 *
 * @param[in]  file  its path; must live as long as the arena
 * @param[in]  line  1-based; 0: the whole file
 */
void eco_diagnosis_foreign(eco_diagnosis *report, bool is_error, const char *file, size_t line,
                           size_t column, const char *hint, const char *message);

/** "did you mean 'x'?" for the closest of n words, or `otherwise`.  Lives in the arena; never NULL.
 */
const char *eco_diagnosis_closest(eco_diagnosis *report, const char *word, const char *const *words,
                                  size_t n, const char *otherwise);

/** Path of a node, e.g.  "params.lr.min" or "constraints[2]".  Lives in the arena; never NULL. */
const char *eco_diagnosis_path(eco_diagnosis *report, const eco_node *node);

/** Formatted text in the arena; "" on no memory (noted). */
const char *eco_diagnosis_text(eco_diagnosis *report, const char *format, ...) ECOPT_PRINTF(2, 3);

/** Hands the diagnostics out, sorted by line and column. */
void eco_diagnosis_flush(eco_diagnosis *report, ecopt_diagnostic_fn receive, void *user);

#endif
