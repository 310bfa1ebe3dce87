/*
 * Text with {placeholders}, as in the command lines of a study file.
 *
 * `{name}` is replaced when name is an identifier: letters, digits, '_' and '-', parts joined by
 * '.', not starting with a digit or '-'.  Any other text in braces stays as it is, so JSON and
 * awk programs need no quoting.  `{{` is a literal '{', and `}}` that closes one a literal '}';
 * a `}}` without such a beginning stays as it is.  Nothing is ever handed to a shell.
 *
 * Threads: constant data.
 */
#ifndef ECO_TRIAL_TEMPLATE_H
#define ECO_TRIAL_TEMPLATE_H

#include "core/ctx.h"

/** Where the texts come from. */
typedef struct eco_template_lookup {
    /** Text of `name`, borrowed, or NULL when there is none. */
    const char *(*get)(void *user, const char *name);
    void *user;
} eco_template_lookup;

/** One {name} of a template. */
typedef struct eco_placeholder {
    const char *name; /* within the template, not NUL-terminated */
    size_t length;    /* of the name */
    size_t offset;    /* of the '{' */
} eco_placeholder;

/**
 * Replaces every placeholder.
 *
 * @param[out] ret_text  caller frees with eco_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NAME (lookup has no such name), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_template_expand(ecopt_ctx *ctx, const char *template,
                                              const eco_template_lookup *lookup, char **ret_text);

/**
 * Calls `found` for every placeholder, in order.
 *
 * @return number of placeholders
 */
size_t eco_template_check(const char *template,
                          void (*found)(void *user, const eco_placeholder *placeholder),
                          void *user);

/** True when name is one that eco_trial_run supplies beside the parameters ("seed", ...). */
bool eco_template_is_given(const char *name);

/** The n-th such name, NULL beyond: for "did you mean". */
const char *eco_template_given(size_t i);

#endif
