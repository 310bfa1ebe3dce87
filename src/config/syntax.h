/*
 * Says in a writer's words why a text is not YAML.
 *
 * A parser tells where it gave up and what it would have needed there ("missing comma in flow
 * mapping"); the mistake is mostly another one, made before: braces of a placeholder within braces,
 * a colon within a text, a bracket never closed.  This looks at the text around the place and
 * guesses the mistake, so that the hint can show the line as it should be.
 *
 * Owner: texts live in the arena.  Threads: as the context.
 */
#ifndef ECO_CONFIG_SYNTAX_H
#define ECO_CONFIG_SYNTAX_H

#include "config/tree.h"

/**
 * What was being read when the parser gave up.  Borrowed for the call; `open` is what the reader's
 * stack of containers held, which the parser itself does not tell.
 */
typedef struct eco_syntax_error {
    const char *text; /* the whole file */
    size_t length;
    size_t line, column;  /* 1-based, columns count characters; 0: not known */
    const char *message;  /* the parser's own, or NULL */
    const eco_node *open; /* innermost list or map not yet closed, or NULL */
} eco_syntax_error;

/**
 * What a person is told instead.  The place may be another one than the parser's: where a bracket
 * was opened, or where a tab stands.
 */
typedef struct eco_syntax_advice {
    size_t line, column;
    const char *message; /* lower case, no full stop */
    const char *hint;
} eco_syntax_advice;

/**
 * Guesses the mistake behind a syntax error.
 *
 * What is not recognised keeps the parser's message and gets a general hint.
 *
 * @param[out] ret_advice  texts live in the arena; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_syntax_explain(eco_arena *arena, const eco_syntax_error *error,
                                             eco_syntax_advice *ret_advice);

#endif
