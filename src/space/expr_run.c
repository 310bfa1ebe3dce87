/*
 * Runs the stack programs of expr.c.
 *
 * No checks: types, stack height and parameter indices were settled when compiling.  Truth values
 * are 0 and 1.  Both sides of and / or are always worked out, which has no effect that could be
 * seen, as nothing here can fail.
 *
 * Input is a program and the canonical codes of a point, or those before a condition's parameter;
 * output is one truth value.  Called by the space for conditions and constraints.
 */
#include "space/expr_code.h"

#include <math.h>
#include <string.h>

/* Which member holds is known to the program, not to the slot. */
typedef union slot {
    double number;
    const char *text;
} slot;

/* Codes of choices are whole numbers within the list: canonical points only come here. */
static const ecopt_value *value_of(const ecopt_param *param, double code)
{
    return &param->values[(size_t)code];
}

/* IEEE arithmetic: division by zero gives infinity or NaN, and NaN fails every comparison. */
static double apply_numbers(eco_expr_op op, double a, double b)
{
    switch (op) {
    case ECO_OP_ADD:
        return a + b;
    case ECO_OP_SUB:
        return a - b;
    case ECO_OP_MUL:
        return a * b;
    case ECO_OP_DIV:
        return a / b;
    /* pow of a negative number and a fraction is NaN, and so fails its comparison. */
    case ECO_OP_POW:
        return pow(a, b);
    case ECO_OP_LT:
        return a < b;
    case ECO_OP_LE:
        return a <= b;
    case ECO_OP_GT:
        return a > b;
    case ECO_OP_GE:
        return a >= b;
    case ECO_OP_EQ:
        return a == b;
    case ECO_OP_NE:
        return a != b;
    case ECO_OP_AND:
        return a != 0 && b != 0;
    case ECO_OP_OR:
        return a != 0 || b != 0;
    default: /* not a binary operator on numbers */
        return NAN;
    }
}

/* Called for every candidate of a sampler, so: no allocation, no recursion, one pass. */
bool eco_expr_holds(const eco_expr *expr, const double *x)
{
    /* emit refuses programs that need more, or that take what is not there. */
    slot stack[ECO_EXPR_DEPTH_MAX] = {{0}};
    size_t top = 0;
    for (size_t i = 0; i < expr->n; i++) {
        const eco_expr_code *code = &expr->code[i];
        switch (code->op) {
        case ECO_OP_NUMBER:
            stack[top++].number = code->number;
            break;
        case ECO_OP_TEXT:
            stack[top++].text = code->text;
            break;
        case ECO_OP_PARAM:
            stack[top++].number = x[code->param];
            break;
        case ECO_OP_VALUE_NUMBER:
            stack[top++].number = value_of(&expr->params[code->param], x[code->param])->number;
            break;
        case ECO_OP_VALUE_TEXT:
            stack[top++].text = value_of(&expr->params[code->param], x[code->param])->text;
            break;
        case ECO_OP_NEGATE:
            stack[top - 1].number = -stack[top - 1].number;
            break;
        /* Compared, not negated: a truth value is 0 or 1 and stays so. */
        case ECO_OP_NOT:
            stack[top - 1].number = stack[top - 1].number == 0;
            break;
        /* By bytes, as texts of values are told apart everywhere. */
        case ECO_OP_TEXT_EQ:
        case ECO_OP_TEXT_NE:
            top--;
            stack[top - 1].number =
                (strcmp(stack[top - 1].text, stack[top].text) == 0) == (code->op == ECO_OP_TEXT_EQ);
            break;
        default:
            top--;
            stack[top - 1].number =
                apply_numbers(code->op, stack[top - 1].number, stack[top].number);
            break;
        }
    }
    /* One value is left, a truth value: parse_whole has seen to it. */
    return stack[0].number != 0;
}

/* The three ways of reading a parameter; in other instructions `param` means nothing. */
static bool is_param_op(eco_expr_op op)
{
    return op == ECO_OP_PARAM || op == ECO_OP_VALUE_NUMBER || op == ECO_OP_VALUE_TEXT;
}

/* The program tells as well as the text would, and names are resolved in it already. */
bool eco_expr_uses(const eco_expr *expr, size_t i)
{
    for (size_t k = 0; k < expr->n; k++)
        if (is_param_op(expr->code[k].op) && expr->code[k].param == i)
            return true;
    return false;
}
