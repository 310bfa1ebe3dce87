/*
 * Construction of a space and the questions that need no arithmetic.
 *
 * All checks are made again here although config has made them with better messages: a space may
 * also come from elsewhere, and everything below relies on them.
 *
 * Input is a list of parameters that the caller keeps; output is a block of its own with copies of
 * everything in one arena.  Order: each parameter is checked, copied and its condition compiled
 * against those before it; then names are compared, then dimensions counted.  Constraints come
 * later, one by one, as they may name every parameter.  Arithmetic on codes is in codec.c, texts
 * are in point_text.c.
 */
#include "space/layout.h"

#include "core/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From the public list, so that a new type cannot be without a name. */
static const char *const type_names[] = {
#define TYPE_NAME(name, text) [ECOPT_PARAM_##name] = (text),
    ECOPT_PARAM_MAP(TYPE_NAME)
#undef TYPE_NAME
};

/* A value out of range comes from a caller's mistake and still gets a text for the message. */
const char *ecopt_param_type_name(ecopt_param_type type)
{
    return (size_t)type < ECO_LEN(type_names) ? type_names[type] : "unrecognised";
}

/* ---- checks ---- */

/* Letters, digits, '_' and '-': safe in point texts, placeholders and expressions.  No dot, for
 * dots belong to metrics. */
static bool is_good_name(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return true;
}

/* Integers stay within 2^53, where doubles hold each of them. min == max is allowed: such a
 * parameter does not vary and gets no dimension.  Finiteness first: NaN would slip through every
 * comparison below. */
static ecopt_status check_range(ecopt_ctx *ctx, const ecopt_param *param)
{
    const char *name = param->name;
    if (!isfinite(param->min) || !isfinite(param->max))
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: min and max must be finite", name);
    if (param->min > param->max)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: min (%g) must not be above max (%g)", name,
                        param->min, param->max);
    if (param->is_log && param->min <= 0)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: min (%g) must be positive on a log scale", name,
                        param->min);
    if (param->type != ECOPT_PARAM_INT)
        return ECOPT_OK;
    if (floor(param->min) != param->min || floor(param->max) != param->max)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: min and max of an int must be whole numbers",
                        name);
    if (fabs(param->min) > ECO_SPACE_INT_MAX || fabs(param->max) > ECO_SPACE_INT_MAX ||
        param->max - param->min > ECO_SPACE_INT_MAX)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: integers beyond 2^53 cannot be told apart", name);
    return ECOPT_OK;
}

/* By bytes, not by locale: equal must mean the same file name and the same argument. */
static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* Sorted copy, so that 4096 values cost no 8 million comparisons. */
static ecopt_status check_distinct(ecopt_ctx *ctx, const ecopt_param *param)
{
    const char **texts = eco_alloc(ctx, param->n_values, sizeof *texts);
    if (!texts)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < param->n_values; i++)
        texts[i] = param->values[i].text;
    qsort(texts, param->n_values, sizeof *texts, compare_texts);
    ecopt_status status = ECOPT_OK;
    for (size_t i = 1; i < param->n_values && status == ECOPT_OK; i++)
        if (strcmp(texts[i - 1], texts[i]) == 0)
            status = eco_fail(ctx, ECOPT_E_NAME, "%s: value '%s' is listed twice", param->name,
                              texts[i]);
    eco_free(ctx, texts);
    return status;
}

/* Choice and fixed: 1 to ECOPT_CHOICES_MAX distinct texts.  A null text is refused before texts
 * are compared. */
static ecopt_status check_values(ecopt_ctx *ctx, const ecopt_param *param)
{
    if (param->n_values == 0 || !param->values)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: no values", param->name);
    if (param->n_values > ECOPT_CHOICES_MAX)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%s: more than %d values", param->name,
                        ECOPT_CHOICES_MAX);
    /* More would be a choice that nobody can choose from. */
    if (param->type == ECOPT_PARAM_FIXED && param->n_values != 1)
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: a fixed parameter has one value", param->name);
    for (size_t i = 0; i < param->n_values; i++)
        if (!param->values[i].text)
            return eco_fail(ctx, ECOPT_E_ARG, "%s: value %zu has no text", param->name, i);
    return check_distinct(ctx, param);
}

/* True for a code that the parameter could have; NaN is none, as it fails all comparisons.  A
 * float need not lie on its grid: it is rounded when copied. */
static bool is_in_range(const ecopt_param *param, double code)
{
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
        return code >= param->min && code <= param->max;
    case ECOPT_PARAM_INT:
        return code >= param->min && code <= param->max && floor(code) == code;
    case ECOPT_PARAM_BOOL:
        return code == 0 || code == 1;
    case ECOPT_PARAM_CHOICE:
    case ECOPT_PARAM_FIXED:
        return code >= 0 && code < (double)param->n_values && floor(code) == code;
    }
    return false;
}

/* One parameter by itself; names against each other are checked when all are there.  The name
 * comes first, because every later message begins with it. */
static ecopt_status check_param(ecopt_ctx *ctx, const ecopt_param *param)
{
    if (!param->name || !is_good_name(param->name))
        return eco_hint(ctx,
                        eco_fail(ctx, ECOPT_E_NAME, "'%s' cannot be the name of a parameter",
                                 param->name ? param->name : ""),
                        "use letters, digits, '_' and '-', starting with a letter or '_'");
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
    case ECOPT_PARAM_INT:
        ECO_TRY(check_range(ctx, param));
        break;
    case ECOPT_PARAM_BOOL:
        break;
    case ECOPT_PARAM_CHOICE:
    case ECOPT_PARAM_FIXED:
        ECO_TRY(check_values(ctx, param));
        break;
    default:
        return eco_fail(ctx, ECOPT_E_ARG, "%s: parameter has no such type", param->name);
    }
    /* Last, because it needs a range or values that are right. */
    if (param->has_default && !is_in_range(param, param->default_code))
        return eco_fail(ctx, ECOPT_E_RANGE, "%s: the default is not among the values", param->name);
    return ECOPT_OK;
}

/* ---- construction ---- */

/* Deep copy; values given to other types are dropped.  Numbers of texts become NaN, whatever was
 * given, so that a text never equals a number. */
static ecopt_status copy_values(eco_arena *arena, ecopt_param *param)
{
    if (param->type != ECOPT_PARAM_CHOICE && param->type != ECOPT_PARAM_FIXED) {
        param->n_values = 0;
        param->values = NULL;
        return ECOPT_OK;
    }
    ecopt_value *values = eco_arena_alloc(arena, param->n_values, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < param->n_values; i++) {
        values[i] = param->values[i];
        values[i].text = eco_arena_strdup(arena, param->values[i].text);
        /* NaN equals nothing, so no search by number finds a text. */
        if (values[i].type == ECOPT_VALUE_STRING)
            values[i].number = NAN;
        if (!values[i].text)
            return ECOPT_E_NOMEM;
    }
    param->values = values;
    return ECOPT_OK;
}

/* Checks and copies one parameter; its condition sees the i parameters before it.  The pin of an
 * inactive parameter is its default, so that to switch it off and to leave it alone are one
 * point. */
static ecopt_status copy_param(ecopt_space *space, size_t i, const ecopt_param *given)
{
    eco_arena *arena = &space->arena;
    ecopt_param *param = &space->params[i];
    ECO_TRY(check_param(arena->ctx, given));
    *param = *given;
    ECO_TRY(copy_values(arena, param));
    param->name = eco_arena_strdup(arena, given->name);
    param->when = eco_arena_strdup(arena, given->when);
    if (!param->name || (given->when && !param->when))
        return ECOPT_E_NOMEM;
    /* Canonical before it becomes the pin and before a point is compared with it. */
    if (param->has_default)
        param->default_code = eco_space_round(param, param->default_code);
    space->pinned[i] = param->has_default ? param->default_code : eco_space_round(param, NAN);
    /* Only what stands before may be named, so conditions cannot form a cycle. */
    if (param->when)
        ECO_TRY(eco_expr_compile(arena, param->when, space->params, i, &space->when[i], NULL));
    return ECOPT_OK;
}

/* By sorting: 1024 names cost no half million comparisons.  Comes after the copies, which have
 * shown that every name is there and well formed. */
static ecopt_status check_names(const ecopt_space *space, ecopt_ctx *ctx)
{
    const char **names = eco_alloc(ctx, space->n, sizeof *names);
    if (!names)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < space->n; i++)
        names[i] = space->params[i].name;
    qsort(names, space->n, sizeof *names, compare_texts);
    ecopt_status status = ECOPT_OK;
    for (size_t i = 1; i < space->n && status == ECOPT_OK; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            status = eco_fail(ctx, ECOPT_E_NAME, "two parameters are named '%s'", names[i]);
    eco_free(ctx, names);
    return status;
}

/* Number of values of a discrete parameter, 0 for a continuous one.  Within 2^53 + 1 by
 * check_range, so size_t holds it. */
static size_t levels_of(const ecopt_param *param)
{
    switch (param->type) {
    case ECOPT_PARAM_INT:
        return (size_t)(param->max - param->min) + 1;
    case ECOPT_PARAM_BOOL:
        return 2;
    case ECOPT_PARAM_CHOICE:
        return param->n_values;
    case ECOPT_PARAM_FLOAT:
    case ECOPT_PARAM_FIXED:
        break;
    }
    return 0;
}

/* True when the parameter's activity can change and no parameter before it has the same condition:
 * equal columns would only compete for the same effect.  What names no dimension is constant. */
static bool needs_indicator(const ecopt_space *space, size_t i)
{
    const char *when = space->params[i].when;
    bool changes = false;
    for (size_t k = 0; space->when[i] && !changes && k < space->n_dims; k++)
        changes = eco_expr_uses(space->when[i], space->dims[k]);
    for (size_t j = 0; changes && j < space->n_indicators; j++)
        changes = strcmp(space->params[space->indicators[j]].when, when) != 0;
    return changes;
}

/* Labels stand last; two values are told apart by an ordinary column as well. */
static bool is_label(const ecopt_space *space, size_t k)
{
    return eco_space_dim_is_unordered(space, k) && space->levels[k] > 2;
}

/* Features: dimensions that have an order, indicators, labels. */
static void find_columns(ecopt_space *space)
{
    size_t next = 0;
    for (size_t k = 0; k < space->n_dims; k++) {
        if (needs_indicator(space, space->dims[k]))
            space->indicators[space->n_indicators++] = space->dims[k];
        if (is_label(space, k))
            space->n_labels++;
        else
            space->column[k] = next++;
    }
    next += space->n_indicators;
    for (size_t k = 0; k < space->n_dims; k++)
        if (is_label(space, k))
            space->column[k] = next++;
}

/* Dimensions are the parameters that can vary, in their order. */
static void find_dims(ecopt_space *space)
{
    for (size_t i = 0; i < space->n; i++) {
        const ecopt_param *param = &space->params[i];
        if (!eco_space_varies(param))
            continue;
        size_t k = space->n_dims++;
        space->dims[k] = i;
        space->levels[k] = levels_of(param);
    }
}

/* Arrays of n for the dimensions too, although fewer may vary: n is small and known. space->n is
 * set once all parameters are in, so nothing counts one that is half made. */
static ecopt_status fill_space(ecopt_space *space, const ecopt_param *params, size_t n)
{
    eco_arena *arena = &space->arena;
    space->params = eco_arena_alloc(arena, n, sizeof *space->params);
    space->when = eco_arena_alloc(arena, n, sizeof *space->when);
    space->pinned = eco_arena_alloc(arena, n, sizeof *space->pinned);
    space->dims = eco_arena_alloc(arena, n, sizeof *space->dims);
    space->levels = eco_arena_alloc(arena, n, sizeof *space->levels);
    space->column = eco_arena_alloc(arena, n, sizeof *space->column);
    space->indicators = eco_arena_alloc(arena, n, sizeof *space->indicators);
    if (!space->params || !space->when || !space->pinned || !space->dims || !space->levels ||
        !space->column || !space->indicators)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        ECO_TRY(copy_param(space, i, &params[i]));
    space->n = n;
    ECO_TRY(check_names(space, arena->ctx));
    find_dims(space);
    find_columns(space);
    return ECOPT_OK;
}

/* The arena holds all parts, so one release frees a space however far it came. */
ecopt_status eco_space_new(ecopt_ctx *ctx, const ecopt_param *params, size_t n,
                           ecopt_space **ret_space)
{
    if (!params || n == 0)
        return eco_fail(ctx, ECOPT_E_ARG, "a space needs at least one parameter");
    /* Before anything is allocated: n may come from elsewhere and be absurd. */
    if (n > ECOPT_PARAMS_MAX)
        return eco_fail(ctx, ECOPT_E_LIMIT, "more than %d parameters", ECOPT_PARAMS_MAX);
    ecopt_space *space = eco_alloc(ctx, 1, sizeof *space);
    if (!space)
        return ECOPT_E_NOMEM;
    space->arena = (eco_arena)ECO_ARENA_INIT(ctx);
    ecopt_status status = fill_space(space, params, n);
    if (status == ECOPT_OK)
        *ret_space = space;
    else
        eco_space_free(ctx, space);
    return status;
}

/* The arena first: the space itself is not in it. */
void eco_space_free(ecopt_ctx *ctx, ecopt_space *space)
{
    if (!space)
        return;
    eco_arena_release(&space->arena);
    eco_free(ctx, space);
}

/* Counted last: a constraint that does not compile leaves the space as it was, but for some
 * bytes of its arena. */
ecopt_status eco_space_add_constraint(ecopt_ctx *ctx, ecopt_space *space, const char *text)
{
    if (!space || !text)
        return eco_fail(ctx, ECOPT_E_ARG, "a constraint needs a space and a text");
    if (space->list.n > 0)
        return eco_fail(ctx, ECOPT_E_ARG, "constraints come before the candidates");
    eco_arena *arena = &space->arena;
    size_t n = space->n_constraints;
    if (n == space->constraint_room) {
        /* The arena cannot grow an array in place; the old one stays until the space is freed. */
        size_t room = n < 4 ? 4 : n * 2;
        const char **texts = eco_arena_alloc(arena, room, sizeof *texts);
        const eco_expr **exprs = eco_arena_alloc(arena, room, sizeof *exprs);
        if (!texts || !exprs)
            return ECOPT_E_NOMEM;
        for (size_t i = 0; i < n; i++) {
            texts[i] = space->constraint_texts[i];
            exprs[i] = space->constraints[i];
        }
        space->constraint_texts = texts;
        space->constraints = exprs;
        space->constraint_room = room;
    }
    ECO_TRY(eco_expr_compile(arena, text, space->params, space->n, &space->constraints[n], NULL));
    space->constraint_texts[n] = eco_arena_strdup(arena, text);
    if (!space->constraint_texts[n])
        return ECOPT_E_NOMEM;
    space->n_constraints = n + 1;
    return ECOPT_OK;
}

/* ---- questions ---- */

/* Length of every point's codes, fixed parameters included. */
size_t ecopt_space_n_params(const ecopt_space *space)
{
    return space->n;
}

/* The space's own copy: pointers stay good until it is freed. */
const ecopt_param *ecopt_space_param(const ecopt_space *space, size_t i)
{
    return i < space->n ? &space->params[i] : NULL;
}

/* A walk: names are looked up when reading a point or a file, not in the loop. */
size_t ecopt_space_find(const ecopt_space *space, const char *name)
{
    size_t i = 0;
    while (i < space->n && strcmp(space->params[i].name, name) != 0)
        i++;
    return i;
}

/* Those on parameters; bounds on metrics belong to the definition. */
size_t ecopt_space_n_constraints(const ecopt_space *space)
{
    return space->n_constraints;
}

/* As written by the user; NULL beyond the last ends a walk. */
const char *ecopt_space_constraint(const ecopt_space *space, size_t i)
{
    return i < space->n_constraints ? space->constraint_texts[i] : NULL;
}

/* May be 0, when nothing can vary: the space then has one point. */
size_t eco_space_n_dims(const ecopt_space *space)
{
    return space->n_dims;
}

/* Each dimension has one column, whatever its kind. */
size_t eco_space_n_features(const ecopt_space *space)
{
    return space->n_dims + space->n_indicators;
}

/* The last so many features. */
size_t eco_space_n_labels(const ecopt_space *space)
{
    return space->n_labels;
}

/* Labels stand last, so the order of the columns is not that of the dimensions. */
size_t eco_space_dim_column(const ecopt_space *space, size_t k)
{
    return space->column[k];
}

/* 0 for a continuous dimension, which has no levels to enumerate. */
size_t eco_space_dim_levels(const ecopt_space *space, size_t k)
{
    return space->levels[k];
}

/* Dimensions skip what cannot vary, so k and the parameter's index differ in general. */
size_t eco_space_dim_param(const ecopt_space *space, size_t k)
{
    return space->dims[k];
}

/* Only choices can be: numbers and truth values have neighbours. */
bool eco_space_dim_is_unordered(const ecopt_space *space, size_t k)
{
    const ecopt_param *param = &space->params[space->dims[k]];
    return param->type == ECOPT_PARAM_CHOICE && !param->is_ordered;
}

/* As a double: 2^53 levels in each of ten dimensions overflow any integer.  An upper bound, as
 * constraints and conditions are not looked at. */
double eco_space_n_points(const ecopt_space *space)
{
    if (space->list.n > 0)
        return (double)space->list.n;
    double product = 1;
    for (size_t k = 0; k < space->n_dims; k++)
        product *= space->levels[k] == 0 ? (double)INFINITY : (double)space->levels[k];
    return product;
}

/* A comparison with NaN (0/0 in a constraint) is false, so such a point is refused. */
bool eco_space_is_allowed(const ecopt_space *space, const double *x)
{
    for (size_t i = 0; i < space->n_constraints; i++)
        if (!eco_expr_holds(space->constraints[i], x))
            return false;
    /* Asked last: a look-up costs more than most constraints. */
    return space->list.n == 0 || eco_space_find_candidate(space, x) < space->list.n;
}

/* The codes before i must be canonical, for the condition reads them; those from i on are not
 * read. */
bool eco_space_is_active(const ecopt_space *space, const double *x, size_t i)
{
    return !space->when[i] || eco_expr_holds(space->when[i], x);
}

/* In the order of the parameters, for the sake of conditions on conditions. */
void eco_space_canonical(const ecopt_space *space, double *x)
{
    for (size_t i = 0; i < space->n; i++) {
        x[i] = eco_space_round(&space->params[i], x[i]);
        /* The condition names only parameters that are canonical already. */
        if (!eco_space_is_active(space, x, i))
            x[i] = space->pinned[i];
    }
}

/* What has no default takes the middle of its range on its scale, or its first value.  The
 * result tells whether the point says anything about the user's wishes; constraints are not
 * looked at. */
bool eco_space_default(const ecopt_space *space, double *ret_x)
{
    if (space->list.n > 0)
        return eco_space_default_candidate(space, ret_x);
    bool has_any = false;
    size_t k = 0;
    for (size_t i = 0; i < space->n; i++) {
        const ecopt_param *param = &space->params[i];
        bool varies = k < space->n_dims && space->dims[k] == i;
        k += varies;
        has_any = has_any || param->has_default;
        if (param->has_default)
            ret_x[i] = param->default_code;
        else if (varies && (param->type == ECOPT_PARAM_FLOAT || param->type == ECOPT_PARAM_INT))
            ret_x[i] = eco_space_middle(param);
        else
            ret_x[i] = eco_space_round(param, NAN);
    }
    eco_space_canonical(space, ret_x);
    return has_any;
}

/* Bits, not ==: canonical codes have no negative zero and no NaN. */
bool eco_space_equal(const ecopt_space *space, const double *a, const double *b)
{
    return memcmp(a, b, space->n * sizeof *a) == 0;
}
