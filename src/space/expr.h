/*
 * Expressions over parameters: `when` conditions and constraints.
 *
 *   expression: or-chain of and-chains of [not] comparisons; numbers, 'texts' and "texts", true,
 *   false, parameter names, + - * / ^ ( ), < <= > >= == !=, and, or, not
 *
 * Every expression is typed (number, truth value, text), compiled once to a small stack program and
 * then evaluated without allocation.  A name that may hold '-' is read as the longest parameter
 * name that fits: with a parameter `a-b`, "a-b" is that one and "a - b" a difference.
 *
 * Owner: the arena given to eco_expr_compile.  Threads: constant once compiled.
 * Limits: 4096 bytes of text, 64 levels of nesting; stack of 64 values.
 */
#ifndef ECO_SPACE_EXPR_H
#define ECO_SPACE_EXPR_H

#include "core/arena.h"

#include <ecopt/space.h>

#define ECO_EXPR_TEXT_MAX_B 4096
#define ECO_EXPR_DEPTH_MAX  64

typedef struct eco_expr eco_expr;

/** Where and on which word compilation failed. */
typedef struct eco_expr_error {
    size_t offset; /* 0-based byte in the text */
    size_t length; /* bytes of the word found there; 0 at the end of the text */
    bool is_type;  /* a value of the wrong type: would be right if a parameter had another */
} eco_expr_error;

/**
 * Compiles a condition.
 *
 * @param[in]  params     n parameters that may be named; borrowed for the expression's lifetime
 * @param[out] ret_expr   lives in the arena; unchanged on failure
 * @param[out] ret_error  set on E_PARSE, E_NAME and E_LIMIT; may be NULL
 * @return ECOPT_OK, ECOPT_E_PARSE (grammar or types, or the result is not a truth value),
 *         ECOPT_E_NAME (not a parameter; the hint names the closest), ECOPT_E_LIMIT (too long, too
 *         deep), ECOPT_E_NOMEM.  The message in the context tells the byte, counted from 1.
 */
ECOPT_NODROP ecopt_status eco_expr_compile(eco_arena *arena, const char *text,
                                           const ecopt_param *params, size_t n,
                                           const eco_expr **ret_expr, eco_expr_error *ret_error);

/** Truth of the expression at x (codes of the same parameters); comparisons with NaN are false,
 * except !=. */
bool eco_expr_holds(const eco_expr *expr, const double *x);

/** True when the expression names parameter i. */
bool eco_expr_uses(const eco_expr *expr, size_t i);

#endif
