/*
 * The stack program behind an expression: written by expr.c, run by expr_run.c, seen by no one
 * else.
 *
 * A program is constant once compiled; its texts and code live in the arena of eco_expr_compile.
 */
#ifndef ECO_SPACE_EXPR_CODE_H
#define ECO_SPACE_EXPR_CODE_H

#include "space/expr.h"

typedef enum eco_expr_op {
    ECO_OP_NUMBER,       /* push number */
    ECO_OP_TEXT,         /* push text */
    ECO_OP_PARAM,        /* push the code of parameter `param` */
    ECO_OP_VALUE_NUMBER, /* push the number, or the text, of the value that a choice has */
    ECO_OP_VALUE_TEXT,
    ECO_OP_NEGATE,
    ECO_OP_NOT,
    ECO_OP_ADD,
    ECO_OP_SUB,
    ECO_OP_MUL,
    ECO_OP_DIV,
    ECO_OP_POW,
    ECO_OP_LT,
    ECO_OP_LE,
    ECO_OP_GT,
    ECO_OP_GE,
    ECO_OP_EQ,
    ECO_OP_NE,
    ECO_OP_TEXT_EQ,
    ECO_OP_TEXT_NE,
    ECO_OP_AND,
    ECO_OP_OR
} eco_expr_op;

typedef struct eco_expr_code {
    eco_expr_op op;
    size_t param;
    double number;
    const char *text; /* owned by the arena */
} eco_expr_code;

struct eco_expr {
    const ecopt_param *params; /* borrowed */
    size_t n;
    eco_expr_code *code;
};

#endif
