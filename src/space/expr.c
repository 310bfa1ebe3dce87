/*
 * Compiler of expressions: lexer, then recursive descent that checks types and writes the program.
 *
 * Precedence from low to high: or; and; not; comparison (not chained); + -; * /; sign; ^ (to the
 * right).  Every rule hands the type of its value to the one above, so a program that compiles
 * cannot meet a text where it needs a number.  Input is a text from a file, so length and depth are
 * bounded; every failure leaves the place in p->error and a message in the context.
 */
#include "space/expr_code.h"

#include "core/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Types of values.  They do not mix: 1 is no truth value, and no number is compared with a text. */
typedef enum kind { KIND_NUMBER, KIND_TRUTH, KIND_TEXT } kind;

/* ---- lexer ---- */

typedef enum token_type { TOKEN_END, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_NAME, TOKEN_SIGN } token_type;

typedef struct token {
    token_type type;
    size_t start, length; /* bytes of the source */
    double number;
} token;

typedef struct parser {
    eco_arena *arena;
    const char *text;
    const ecopt_param *params;
    size_t n_params;
    size_t at; /* next byte to read */
    token now;
    eco_expr *expr;
    size_t room;
    size_t depth; /* nesting of the descent */
    size_t stack; /* values on the stack here */
    eco_expr_error error;
} parser;

/* As in most languages; '-' inside a name is found by comparing with known names only. */
static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

/* Also what may not follow a number or a name directly. */
static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Notes the place and fails; a length of 0 is the end of the text. */
static ecopt_status fail_at(parser *p, size_t start, size_t length, const char *what)
{
    p->error = (eco_expr_error){start, length, false};
    if (length == 0)
        return eco_fail(p->arena->ctx, ECOPT_E_PARSE, "the expression ends too early: %s", what);
    return eco_fail(p->arena->ctx, ECOPT_E_PARSE, "'%.*s' at byte %zu: %s",
                    (int)(length < 60 ? length : 60), p->text + start, start + 1, what);
}

/* With advice that fits the place. */
static ecopt_status fail_hint(parser *p, const token *at, const char *what, const char *hint)
{
    ecopt_status status = fail_at(p, at->start, at->length, what);
    return eco_hint(p->arena->ctx, status, "%s", hint);
}

/* Longest parameter name at `start` that does not stop inside a word; 0 when none fits.  The
 * longest, because of `a` and `a-b`; a dot behind it makes it the phase of a metric's name. */
static size_t known_name_length(const parser *p, size_t start)
{
    size_t best = 0;
    for (size_t i = 0; i < p->n_params; i++) {
        size_t length = strlen(p->params[i].name);
        if (length > best && strncmp(p->text + start, p->params[i].name, length) == 0 &&
            !is_name_byte(p->text[start + length]) && p->text[start + length] != '.')
            best = length;
    }
    return best;
}

/* A parameter's name, the longest that fits, or else a word for the message. */
static void lex_name(parser *p)
{
    size_t length = known_name_length(p, p->at);
    if (length == 0) {
        /* Metric names hold dots; take them whole so that the message can name them. */
        while (is_name_byte(p->text[p->at + length]) || p->text[p->at + length] == '.')
            length++;
    }
    p->now = (token){TOKEN_NAME, p->at, length, 0};
    p->at += length;
}

/* Decimal, with exponent; a letter right behind it makes it no number (60s). */
static ecopt_status lex_number(parser *p)
{
    char digits[64];
    size_t n = 0;
    const char *s = p->text + p->at;
    while (isdigit((unsigned char)s[n]) || s[n] == '.')
        n++;
    if ((s[n] == 'e' || s[n] == 'E') &&
        (isdigit((unsigned char)s[n + 1]) ||
         ((s[n + 1] == '+' || s[n + 1] == '-') && isdigit((unsigned char)s[n + 2])))) {
        n += 2;
        while (isdigit((unsigned char)s[n]))
            n++;
    }
    p->now = (token){TOKEN_NUMBER, p->at, n, 0};
    if (n >= sizeof digits)
        return fail_at(p, p->at, n, "the number is too long");
    memcpy(digits, s, n);
    digits[n] = '\0';
    /* The whole word goes into the message: '60s', not '60'. */
    if (is_name_byte(s[n]) || !eco_parse_double(digits, &p->now.number) || isinf(p->now.number)) {
        while (is_name_byte(s[n]) || s[n] == '.')
            n++;
        p->now.length = n;
        return fail_hint(p, &p->now, "not a number", "units are not allowed in expressions");
    }
    p->at += n;
    return ECOPT_OK;
}

/* No escapes: a text with both kinds of quotes cannot be written, and none has been missed. */
static ecopt_status lex_text(parser *p)
{
    char quote = p->text[p->at];
    const char *end = strchr(p->text + p->at + 1, quote);
    if (!end)
        return fail_at(p, p->at, strlen(p->text + p->at), "the quote is not closed");
    p->now = (token){TOKEN_TEXT, p->at, (size_t)(end - p->text) - p->at + 1, 0};
    p->at += p->now.length;
    return ECOPT_OK;
}

/* Operators, and the signs of other languages that people try.  Pairs first, or `<=` would be
 * read as `<`; `!` alone is refused only when it does not begin `!=`. */
static ecopt_status lex_sign(parser *p)
{
    static const char *const pairs[] = {"<=", ">=", "==", "!="};
    static const struct {
        const char *text, *hint;
    } strangers[] = {
        {"&&", "write 'and'"}, {"||", "write 'or'"}, {"**", "write '^' for a power"},
        {"=>", "write '>='"},  {"=<", "write '<='"}, {"!", "write 'not'"},
        {"=", "write '=='"},
    };
    const char *s = p->text + p->at;
    p->now = (token){TOKEN_SIGN, p->at, 1, 0};
    for (size_t i = 0; i < ECO_LEN(pairs); i++)
        if (strncmp(s, pairs[i], 2) == 0)
            p->now.length = 2;
    for (size_t i = 0; i < ECO_LEN(strangers) && p->now.length == 1; i++) {
        size_t n = strlen(strangers[i].text);
        if (strncmp(s, strangers[i].text, n) == 0) {
            p->now.length = n;
            return fail_hint(p, &p->now, "not an operator here", strangers[i].hint);
        }
    }
    if (p->now.length == 1 && !strchr("+-*/^()<>", *s))
        return fail_hint(p, &p->now, "not allowed in an expression",
                         "allowed are names, numbers, 'texts', + - * / ^ ( ), comparisons, and, "
                         "or, not");
    p->at += p->now.length;
    return ECOPT_OK;
}

/* Leaves the token in p->now; its place is kept for messages. */
static ecopt_status next_token(parser *p)
{
    while (p->text[p->at] != '\0' && strchr(" \t\r\n", p->text[p->at]))
        p->at++;
    char c = p->text[p->at];
    if (c == '\0') {
        p->now = (token){TOKEN_END, p->at, 0, 0};
        return ECOPT_OK;
    }
    if (is_name_start(c)) {
        lex_name(p);
        return ECOPT_OK;
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)p->text[p->at + 1])))
        return lex_number(p);
    if (c == '\'' || c == '"')
        return lex_text(p);
    return lex_sign(p);
}

/* True when the token is exactly that name or sign; a quoted 'and' is a text and never a word. */
static bool is_word(const parser *p, const char *word)
{
    return (p->now.type == TOKEN_NAME || p->now.type == TOKEN_SIGN) &&
           strlen(word) == p->now.length &&
           strncmp(p->text + p->now.start, word, p->now.length) == 0;
}

/* ---- code ---- */

/* Appends an instruction and follows the stack's height, so that running needs no check.  The
 * arena cannot grow an array in place, so it is copied; doubling keeps the waste small. */
static ecopt_status emit(parser *p, eco_expr_code code, int stack_change)
{
    eco_expr *expr = p->expr;
    if (expr->n == p->room) {
        size_t room = p->room < 8 ? 8 : p->room * 2;
        eco_expr_code *bigger = eco_arena_alloc(p->arena, room, sizeof *bigger);
        if (!bigger)
            return ECOPT_E_NOMEM;
        if (expr->n > 0)
            memcpy(bigger, expr->code, expr->n * sizeof *bigger);
        expr->code = bigger;
        p->room = room;
    }
    expr->code[expr->n++] = code;
    /* Changes are +1, 0 or -1 only. */
    p->stack = stack_change < 0 ? p->stack - 1 : p->stack + (size_t)stack_change;
    if (p->stack <= ECO_EXPR_DEPTH_MAX)
        return ECOPT_OK;
    p->error = (eco_expr_error){p->now.start, p->now.length, false};
    return eco_fail(p->arena->ctx, ECOPT_E_LIMIT, "expression needs more than %d values at once",
                    ECO_EXPR_DEPTH_MAX);
}

/* An instruction without operand. */
static ecopt_status emit_op(parser *p, eco_expr_op op, int stack_change)
{
    return emit(p, (eco_expr_code){op, 0, 0, NULL}, stack_change);
}

/* What an expression sees of a parameter: the value, never the index of a choice. */
static kind kind_of_param(const ecopt_param *param)
{
    if (param->type == ECOPT_PARAM_BOOL)
        return KIND_TRUTH;
    if (param->type != ECOPT_PARAM_CHOICE && param->type != ECOPT_PARAM_FIXED)
        return KIND_NUMBER;
    size_t numbers = 0, truths = 0;
    for (size_t i = 0; i < param->n_values; i++) {
        ecopt_value_type type = param->values[i].type;
        numbers += type == ECOPT_VALUE_FLOAT || type == ECOPT_VALUE_INT;
        truths += type == ECOPT_VALUE_BOOL;
    }
    /* Mixed values are compared by their texts. */
    return numbers == param->n_values  ? KIND_NUMBER
           : truths == param->n_values ? KIND_TRUTH
                                       : KIND_TEXT;
}

/* ---- recursive descent, lowest precedence first ---- */

/* The lowest level, and so the entry for parentheses as well. */
static ecopt_status parse_or(parser *p, kind *ret_kind);

/* The type rule: the value at `at` must be of the wanted kind.  Marked as a type error, so that
 * config can keep silent about it while a parameter's own type is in doubt. */
static ecopt_status need(parser *p, const token *at, kind got, kind wanted)
{
    static const char *const messages[] = {
        [KIND_NUMBER] = "a number is needed here",
        [KIND_TRUTH] = "a condition (true or false) is needed here",
        [KIND_TEXT] = "a text is needed here",
    };
    static const char *const hints[] = {
        [KIND_NUMBER] = "compare texts with == or != only, and not with numbers",
        [KIND_TRUTH] = "compare it with something, e.g. depth > 1",
        [KIND_TEXT] = "put quotes around the text, e.g. optimiser == 'adam'",
    };
    if (got == wanted)
        return ECOPT_OK;
    ecopt_status status = fail_hint(p, at, messages[wanted], hints[wanted]);
    p->error.is_type = true;
    return status;
}

/* Every recursion passes here (signs, powers, parentheses, not), so its depth is bounded.  A
 * rule that fails does not leave again: nothing is read after a failure. */
static ecopt_status enter(parser *p)
{
    if (++p->depth <= ECO_EXPR_DEPTH_MAX)
        return ECOPT_OK;
    p->error = (eco_expr_error){p->now.start, p->now.length, false};
    return eco_fail(p->arena->ctx, ECOPT_E_LIMIT, "expression is nested deeper than %d levels",
                    ECO_EXPR_DEPTH_MAX);
}

/* Not a parameter: the closest one, or perhaps a text that lacks its quotes. */
static ecopt_status fail_name(parser *p)
{
    ecopt_ctx *ctx = p->arena->ctx;
    char name[80];
    const char *names[256] = {NULL};
    size_t n = p->n_params < ECO_LEN(names) ? p->n_params : ECO_LEN(names);
    size_t length = p->now.length < sizeof name - 1 ? p->now.length : sizeof name - 1;
    memcpy(name, p->text + p->now.start, length);
    name[length] = '\0';
    for (size_t i = 0; i < n; i++)
        names[i] = p->params[i].name;
    p->error = (eco_expr_error){p->now.start, p->now.length, false};
    const char *closest = eco_closest_word(name, names, n);
    ecopt_status status = eco_fail(ctx, ECOPT_E_NAME, "'%s' at byte %zu: not a parameter%s", name,
                                   p->now.start + 1, n > 0 ? "" : " that stands before");
    if (closest)
        return eco_hint(ctx, status, "did you mean '%s'?", closest);
    return eco_hint(ctx, status, "put quotes around a text: '%s'", name);
}

/* A parameter, true or false.  The parameter comes first: one that is called `true` hides the
 * word; and, or, not are never values. */
static ecopt_status parse_name(parser *p, kind *ret_kind)
{
    static const char *const reserved[] = {"and", "or", "not"};
    eco_expr_code code = {ECO_OP_PARAM, 0, 0, NULL};
    for (code.param = 0; code.param < p->n_params; code.param++)
        if (is_word(p, p->params[code.param].name))
            break;
    for (size_t i = 0; i < ECO_LEN(reserved); i++)
        if (is_word(p, reserved[i]))
            return fail_at(p, p->now.start, p->now.length, "something is missing before it");
    if (code.param < p->n_params) {
        const ecopt_param *param = &p->params[code.param];
        *ret_kind = kind_of_param(param);
        if (param->type == ECOPT_PARAM_CHOICE || param->type == ECOPT_PARAM_FIXED)
            code.op = *ret_kind == KIND_TEXT ? ECO_OP_VALUE_TEXT : ECO_OP_VALUE_NUMBER;
    } else if (is_word(p, "true") || is_word(p, "false")) {
        code = (eco_expr_code){ECO_OP_NUMBER, 0, is_word(p, "true"), NULL};
        *ret_kind = KIND_TRUTH;
    } else {
        return fail_name(p);
    }
    ECO_TRY(emit(p, code, 1));
    return next_token(p);
}

/* Number, text, name or ( expression ). */
static ecopt_status parse_atom(parser *p, kind *ret_kind)
{
    eco_expr_code code = {ECO_OP_NUMBER, 0, p->now.number, NULL};
    switch (p->now.type) {
    case TOKEN_NUMBER:
        *ret_kind = KIND_NUMBER;
        ECO_TRY(emit(p, code, 1));
        return next_token(p);
    case TOKEN_TEXT:
        code.op = ECO_OP_TEXT;
        code.text = eco_arena_strndup(p->arena, p->text + p->now.start + 1, p->now.length - 2);
        if (!code.text)
            return ECOPT_E_NOMEM;
        *ret_kind = KIND_TEXT;
        ECO_TRY(emit(p, code, 1));
        return next_token(p);
    case TOKEN_NAME:
        return parse_name(p, ret_kind);
    case TOKEN_END:
    case TOKEN_SIGN:
        break;
    }
    if (!is_word(p, "("))
        return fail_at(p, p->now.start, p->now.length, "a value is needed here");
    ECO_TRY(next_token(p));
    ECO_TRY(parse_or(p, ret_kind));
    if (!is_word(p, ")"))
        return fail_at(p, p->now.start, p->now.length, "')' is needed here");
    return next_token(p);
}

/* Sign and power: -a ^ b is -(a ^ b), a ^ b ^ c is a ^ (b ^ c), 2 ^ -1 is allowed. */
static ecopt_status parse_unary(parser *p, kind *ret_kind)
{
    ECO_TRY(enter(p));
    token at = p->now;
    if (is_word(p, "-") || is_word(p, "+")) {
        bool is_minus = is_word(p, "-");
        ECO_TRY(next_token(p));
        ECO_TRY(parse_unary(p, ret_kind));
        ECO_TRY(need(p, &at, *ret_kind, KIND_NUMBER));
        if (is_minus)
            ECO_TRY(emit_op(p, ECO_OP_NEGATE, 0));
    } else {
        ECO_TRY(parse_atom(p, ret_kind));
        if (is_word(p, "^")) {
            kind exponent = KIND_NUMBER;
            ECO_TRY(need(p, &at, *ret_kind, KIND_NUMBER));
            ECO_TRY(next_token(p));
            at = p->now;
            ECO_TRY(parse_unary(p, &exponent));
            ECO_TRY(need(p, &at, exponent, KIND_NUMBER));
            ECO_TRY(emit_op(p, ECO_OP_POW, -1));
        }
    }
    p->depth--;
    return ECOPT_OK;
}

/* The rule of the next higher precedence, handed to the two chains. */
typedef ecopt_status (*parse_fn)(parser *p, kind *ret_kind);

/* Left-associative chain of numbers: next (op next)*. The left side's type is asked for only
 * when an operator follows: alone it may be of any kind. */
static ecopt_status parse_chain(parser *p, kind *ret_kind, parse_fn next,
                                const char *const signs[2], const eco_expr_op ops[2])
{
    token at = p->now;
    ECO_TRY(next(p, ret_kind));
    for (;;) {
        int which = is_word(p, signs[0]) ? 0 : is_word(p, signs[1]) ? 1 : -1;
        if (which < 0)
            return ECOPT_OK;
        kind right;
        ECO_TRY(need(p, &at, *ret_kind, KIND_NUMBER));
        ECO_TRY(next_token(p));
        at = p->now;
        ECO_TRY(next(p, &right));
        ECO_TRY(need(p, &at, right, KIND_NUMBER));
        ECO_TRY(emit_op(p, ops[which], -1));
    }
}

/* * and /. */
static ecopt_status parse_product(parser *p, kind *ret_kind)
{
    static const char *const signs[2] = {"*", "/"};
    static const eco_expr_op ops[2] = {ECO_OP_MUL, ECO_OP_DIV};
    return parse_chain(p, ret_kind, parse_unary, signs, ops);
}

/* + and - between products. */
static ecopt_status parse_sum(parser *p, kind *ret_kind)
{
    static const char *const signs[2] = {"+", "-"};
    static const eco_expr_op ops[2] = {ECO_OP_ADD, ECO_OP_SUB};
    return parse_chain(p, ret_kind, parse_product, signs, ops);
}

/* The comparison that the current sign stands for. */
static bool comparison_of(const parser *p, eco_expr_op *ret_op)
{
    static const struct {
        const char *sign;
        eco_expr_op op;
    } table[] = {{"<", ECO_OP_LT},  {"<=", ECO_OP_LE}, {">", ECO_OP_GT},
                 {">=", ECO_OP_GE}, {"==", ECO_OP_EQ}, {"!=", ECO_OP_NE}};
    for (size_t i = 0; i < ECO_LEN(table); i++)
        if (is_word(p, table[i].sign)) {
            *ret_op = table[i].op;
            return true;
        }
    return false;
}

/* At most one comparison: a < b < c would compare a truth value.  Equality takes any two values
 * of one kind, order only numbers. */
static ecopt_status parse_comparison(parser *p, kind *ret_kind)
{
    token left = p->now;
    eco_expr_op op, again;
    kind right;
    ECO_TRY(parse_sum(p, ret_kind));
    if (!comparison_of(p, &op))
        return ECOPT_OK;
    bool is_equality = op == ECO_OP_EQ || op == ECO_OP_NE;
    if (!is_equality)
        ECO_TRY(need(p, &left, *ret_kind, KIND_NUMBER));
    ECO_TRY(next_token(p));
    token at = p->now;
    ECO_TRY(parse_sum(p, &right));
    ECO_TRY(need(p, &at, right, *ret_kind));
    if (comparison_of(p, &again))
        return fail_hint(p, &p->now, "comparisons cannot be chained",
                         "write a < b and b < c instead of a < b < c");
    /* Texts need strcmp, and the slots do not know what they hold. */
    if (*ret_kind == KIND_TEXT)
        op = op == ECO_OP_EQ ? ECO_OP_TEXT_EQ : ECO_OP_TEXT_NE;
    *ret_kind = KIND_TRUTH;
    return emit_op(p, op, -1);
}

/* Binds looser than a comparison: not a < b is not (a < b). */
static ecopt_status parse_not(parser *p, kind *ret_kind)
{
    if (!is_word(p, "not"))
        return parse_comparison(p, ret_kind);
    ECO_TRY(enter(p));
    ECO_TRY(next_token(p));
    token at = p->now;
    ECO_TRY(parse_not(p, ret_kind));
    ECO_TRY(need(p, &at, *ret_kind, KIND_TRUTH));
    ECO_TRY(emit_op(p, ECO_OP_NOT, 0));
    p->depth--;
    return ECOPT_OK;
}

/* Left-associative chain of truth values: next (word next)*. As parse_chain, for words. */
static ecopt_status parse_truths(parser *p, kind *ret_kind, parse_fn next, const char *word,
                                 eco_expr_op op)
{
    token at = p->now;
    ECO_TRY(next(p, ret_kind));
    while (is_word(p, word)) {
        kind right;
        ECO_TRY(need(p, &at, *ret_kind, KIND_TRUTH));
        ECO_TRY(next_token(p));
        at = p->now;
        ECO_TRY(next(p, &right));
        ECO_TRY(need(p, &at, right, KIND_TRUTH));
        ECO_TRY(emit_op(p, op, -1));
    }
    return ECOPT_OK;
}

/* Chains of conditions. */
static ecopt_status parse_and(parser *p, kind *ret_kind)
{
    return parse_truths(p, ret_kind, parse_not, "and", ECO_OP_AND);
}

/* or binds loosest, so whatever it does not take is the end or a mistake. */
static ecopt_status parse_or(parser *p, kind *ret_kind)
{
    return parse_truths(p, ret_kind, parse_and, "or", ECO_OP_OR);
}

/* An expression and nothing behind it, of the kind truth.  The length is checked before anything
 * is read, since each byte may cost an instruction. */
static ecopt_status parse_whole(parser *p)
{
    kind result;
    if (strlen(p->text) > ECO_EXPR_TEXT_MAX_B)
        return eco_fail(p->arena->ctx, ECOPT_E_LIMIT, "expression is longer than %d bytes",
                        ECO_EXPR_TEXT_MAX_B);
    ECO_TRY(next_token(p));
    if (p->now.type == TOKEN_END)
        return eco_fail(p->arena->ctx, ECOPT_E_PARSE, "expression is empty");
    token at = p->now;
    ECO_TRY(parse_or(p, &result));
    if (p->now.type != TOKEN_END)
        return fail_at(p, p->now.start, p->now.length, "an operator is needed before it");
    return need(p, &at, result, KIND_TRUTH);
}

/* What a failed compilation took from the arena stays there until the space goes. */
ecopt_status eco_expr_compile(eco_arena *arena, const char *text, const ecopt_param *params,
                              size_t n, const eco_expr **ret_expr, eco_expr_error *ret_error)
{
    parser p = {.arena = arena, .text = text, .params = params, .n_params = n};
    p.expr = eco_arena_alloc(arena, 1, sizeof *p.expr);
    if (!p.expr)
        return ECOPT_E_NOMEM;
    p.expr->params = params;
    ecopt_status status = parse_whole(&p);
    if (status == ECOPT_OK)
        *ret_expr = p.expr;
    else if (status != ECOPT_E_NOMEM && ret_error)
        *ret_error = p.error;
    return status;
}
