/*
 * The stack program behind an expression: written by expr.c, run by expr_run.c, seen by no one
 * else.
 *
 * Instructions push a value or replace the top one or two by their result; a whole program leaves
 * one truth value.  There are no jumps, so its length bounds its time.  Operators on texts have
 * instructions of their own: the compiler knows the types, and the slots of the stack carry none.
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
    /* In place, the stack keeps its height. */
    ECO_OP_NEGATE,
    ECO_OP_NOT,
    /* Two numbers to a number. */
    ECO_OP_ADD,
    ECO_OP_SUB,
    ECO_OP_MUL,
    ECO_OP_DIV,
    ECO_OP_POW,
    /* Two numbers to a truth value; EQ and NE also two truth values. */
    ECO_OP_LT,
    ECO_OP_LE,
    ECO_OP_GT,
    ECO_OP_GE,
    ECO_OP_EQ,
    ECO_OP_NE,
    /* Two texts to a truth value. */
    ECO_OP_TEXT_EQ,
    ECO_OP_TEXT_NE,
    /* Two truth values to one. */
    ECO_OP_AND,
    ECO_OP_OR
} eco_expr_op;

/* One instruction; which operand counts is told by `op`. */
typedef struct eco_expr_code {
    eco_expr_op op;
    size_t param;
    double number;
    const char *text; /* owned by the arena */
} eco_expr_code;

/* The parameters are needed when running, for the values behind the codes of choices. */
struct eco_expr {
    const ecopt_param *params; /* borrowed */
    size_t n;
    eco_expr_code *code;
};

#endif
