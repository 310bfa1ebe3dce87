/*
 * The section `params`: values, ranges, defaults, conditions.
 *
 * What one parameter needs depends on its type, which the table of keys cannot say; that is checked
 * here.  A parameter with a mistake keeps its name and a harmless type, so that commands,
 * conditions and constraints that name it are not blamed for it.  Checks of types in expressions
 * wait until every parameter is right.
 *
 * Input is the map `params`; output are b->params in the order of the file, which is the order of
 * points' codes and of conditions.  Order of the checks: each parameter by itself, then names
 * against each other, then conditions, which need all names for their hints.  The space, made last
 * by eco_build_space, checks all of this again without places: it is the net, this is the voice.
 */
#include "config/build.h"
#include "config/candidates.h"

#include "core/str.h"
#include "space/expr.h"
#include "space/space.h"
#include "trial/template.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Metric names may hold dots, for those of phases do; one at the end would leave an empty part. */
bool eco_build_is_name(const char *text, bool dots)
{
    if (!isalpha((unsigned char)text[0]) && text[0] != '_')
        return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' && (*c != '.' || !dots))
            return false;
    return text[strlen(text) - 1] != '.';
}

/* Only those read so far are found, bad ones among them: they still have their names. */
size_t eco_build_find_param(const eco_build *b, const char *name)
{
    size_t i = 0;
    while (i < b->n_params && strcmp(b->params[i].name, name) != 0)
        i++;
    return i;
}

/* ---- values ---- */

/* A plain scalar as YAML 1.2 reads it; its text stays as written, because the child reads that.
 * Truth values alone get one spelling (true, false), so that True and true are the same value. */
static ecopt_value value_of(const eco_node *node)
{
    ecopt_value value = {ECOPT_VALUE_STRING, (double)NAN, node->text};
    bool truth;
    double number;
    int64_t integer;
    if (eco_node_bool(node, &truth)) {
        value.type = ECOPT_VALUE_BOOL;
        value.number = truth;
        value.text = truth ? "true" : "false";
    } else if (eco_node_number(node, &number)) {
        value.type = eco_node_int(node, &integer) ? ECOPT_VALUE_INT : ECOPT_VALUE_FLOAT;
        value.number = number;
    }
    return value;
}

/* Values of a choice.  Two of one text could not be told apart in a point's text; 1 and 1.0 are
 * two values, as the child sees two texts.  One bad value makes the list bad, but the others are
 * still checked. */
static ecopt_status read_values(eco_build *b, eco_node *list, ecopt_param *param)
{
    if (list->n == 0)
        eco_diagnosis_error(b->report, list, "e.g. values: [1, 3, 5]", "a choice needs values");
    if (list->n > ECOPT_CHOICES_MAX)
        eco_diagnosis_error(b->report, list, "use an int or a float with min and max",
                            "a choice has at most %d values, not %zu", ECOPT_CHOICES_MAX, list->n);
    if (list->is_bad)
        return ECOPT_OK;
    ecopt_value *values = eco_arena_alloc(b->arena, list->n, sizeof *values);
    if (!values)
        return ECOPT_E_NOMEM;
    size_t n = 0;
    for (eco_node *item = list->first; item; item = item->next) {
        if (item->is_bad) {
            list->is_bad = true;
            continue;
        }
        ecopt_value value = value_of(item);
        for (size_t i = 0; i < n; i++)
            if (strcmp(values[i].text, value.text) == 0) {
                eco_diagnosis_error(b->report, item, "leave one of them out",
                                    "the value '%.80s' is listed twice", value.text);
                list->is_bad = true;
                break;
            }
        values[n++] = value;
    }
    param->values = values;
    param->n_values = n;
    return ECOPT_OK;
}

/* `x: 3` and {value: 3}: a parameter of one value, for commands and expressions.  Its number
 * counts in expressions, its text in commands, as with a choice. */
ecopt_status eco_build_set_fixed(eco_build *b, const eco_node *node, ecopt_param *param)
{
    ecopt_value *value = eco_arena_alloc(b->arena, 1, sizeof *value);
    if (!value)
        return ECOPT_E_NOMEM;
    *value = value_of(node);
    param->type = ECOPT_PARAM_FIXED;
    param->values = value;
    param->n_values = 1;
    return ECOPT_OK;
}

/* ---- ranges ---- */

/* One end of a range.  False when it is missing, wrong, or was found wrong by the table.  Whole
 * numbers are asked for as doubles: 1e3 is a good end of an int, and what is beyond 2^53 gets
 * its own message. */
static bool read_bound(eco_build *b, eco_node *map, const char *key, const ecopt_param *param,
                       double *ret_bound)
{
    eco_node *node = eco_node_get(map, key);
    if (!node) {
        eco_diagnosis_error(b->report, map->key,
                            eco_diagnosis_text(b->report, "add %s: NUMBER", key),
                            "the key '%s' is missing", key);
        return false;
    }
    if (node->is_bad || !eco_node_number(node, ret_bound))
        return false;
    if (param->type != ECOPT_PARAM_INT)
        return true;
    if (floor(*ret_bound) != *ret_bound)
        eco_diagnosis_error(b->report, node, "use type: float for numbers with a fraction",
                            "%s of an int must be a whole number, not %s", key, node->text);
    else if (fabs(*ret_bound) > 9007199254740992.0)
        eco_diagnosis_error(b->report, node, "use type: float",
                            "%s is beyond 2^53, where integers cannot be told apart", key);
    return !node->is_bad;
}

/* Both ends and the scale. min == max is refused although a space could take it: who writes it
 * has mistyped, or means a fixed parameter.  The ends are compared only when both are good; the
 * scale is read before, as the check of min depends on it. */
static void read_range(eco_build *b, eco_node *map, ecopt_param *param)
{
    double min = 0, max = 0;
    bool is_log = false;
    eco_node *log = eco_field_get(map, "log");
    bool has_min = read_bound(b, map, "min", param, &min);
    bool has_max = read_bound(b, map, "max", param, &max);
    if (log && eco_node_bool(log, &is_log))
        param->is_log = is_log;
    /* Nothing can be said of a range with one end. */
    if (!has_min || !has_max) {
        map->is_bad = true;
        return;
    }
    eco_node *low = eco_node_get(map, "min");
    if (min == max)
        eco_diagnosis_error(b->report, low, "to fix it write value: NUMBER instead of min and max",
                            "min (%s) must be below max (%s)", low->text,
                            eco_node_get(map, "max")->text);
    else if (min > max)
        eco_diagnosis_error(b->report, low, "swap them", "min (%s) must be below max (%s)",
                            low->text, eco_node_get(map, "max")->text);
    else if (is_log && min <= 0)
        eco_diagnosis_error(b->report, low, "raise min above 0 or leave out log: true",
                            "min (%s) must be above 0 on a log scale", low->text);
    /* Each end is within 2^53, but one of them may be negative: the number of levels must fit
     * too. */
    else if (param->type == ECOPT_PARAM_INT && max - min > 9007199254740992.0)
        eco_diagnosis_error(b->report, low, "use type: float",
                            "the range is wider than 2^53, where integers cannot be told apart");
    param->min = min;
    param->max = max;
    map->is_bad = map->is_bad || low->is_bad;
}

/* ---- default ---- */

/* The default of a float or int must be a point that could be asked for.  It is not rounded
 * here: the space makes it canonical, by the same rule as every other code. */
static void default_number(eco_build *b, eco_node *node, ecopt_param *param)
{
    double number;
    if (!eco_node_number(node, &number) || !isfinite(number)) {
        eco_diagnosis_error(b->report, node, "", "the default must be a number, not '%.80s'",
                            node->text);
        return;
    }
    if (number < param->min || number > param->max) {
        char min[ECO_DOUBLE_TEXT_B], max[ECO_DOUBLE_TEXT_B];
        eco_format_double(param->min, min);
        eco_format_double(param->max, max);
        eco_diagnosis_error(b->report, node, "", "the default (%s) is outside %s to %s", node->text,
                            min, max);
    } else if (param->type == ECOPT_PARAM_INT && floor(number) != number) {
        eco_diagnosis_error(b->report, node, "", "the default of an int must be a whole number");
    }
    param->default_code = number;
}

/* By text first, then by number: 0.10 is the value written 0.1.  The default's code is the index
 * of the value.  Truth values have the numbers 0 and 1 but are never meant by them. */
static void default_choice(eco_build *b, eco_node *node, ecopt_param *param)
{
    ecopt_value wanted = value_of(node);
    /* Enough for a hint; a longer list is not searched to its end for the closest word. */
    const char *texts[64];
    size_t n = 0;
    for (size_t i = 0; i < param->n_values; i++) {
        if (strcmp(param->values[i].text, wanted.text) == 0 ||
            (param->values[i].type != ECOPT_VALUE_BOOL &&
             param->values[i].number == wanted.number)) {
            param->default_code = (double)i;
            return;
        }
        if (n < ECO_LEN(texts))
            texts[n++] = param->values[i].text;
    }
    eco_diagnosis_error(b->report, node,
                        eco_diagnosis_closest(b->report, node->text, texts, n,
                                              "take one of the values or add it to them"),
                        "the default '%.80s' is not one of the values", node->text);
}

/* Only of a parameter that is right so far: its range decides about the default, and a range
 * with a mistake would make a second message of it. */
static void read_default(eco_build *b, eco_node *map, ecopt_param *param)
{
    bool truth = false;
    eco_node *node = eco_field_get(map, "default");
    if (!node || map->is_bad)
        return;
    param->has_default = true;
    switch (param->type) {
    case ECOPT_PARAM_FLOAT:
    case ECOPT_PARAM_INT:
        default_number(b, node, param);
        break;
    case ECOPT_PARAM_BOOL:
        if (!eco_node_bool(node, &truth))
            eco_diagnosis_error(b->report, node, "",
                                "the default must be true or false, not '%.80s'", node->text);
        param->default_code = truth;
        break;
    case ECOPT_PARAM_CHOICE:
        default_choice(b, node, param);
        break;
    /* check_keys has complained of it already. */
    case ECOPT_PARAM_FIXED:
        param->has_default = false;
        break;
    }
    map->is_bad = map->is_bad || node->is_bad;
}

/* ---- one parameter ---- */

/* Keys that belong to a type; those not listed belong to all. */
static const struct {
    const char *key;
    unsigned types; /* bits 1 << ecopt_param_type */
    const char *hint;
} key_types[] = {
    {"min", 1u << ECOPT_PARAM_FLOAT | 1u << ECOPT_PARAM_INT, "only float and int have a range"},
    {"max", 1u << ECOPT_PARAM_FLOAT | 1u << ECOPT_PARAM_INT, "only float and int have a range"},
    {"log", 1u << ECOPT_PARAM_FLOAT | 1u << ECOPT_PARAM_INT, "only float and int have a scale"},
    {"values", 1u << ECOPT_PARAM_CHOICE, "only a choice has values"},
    {"ordered", 1u << ECOPT_PARAM_CHOICE, "only a choice can be ordered"},
    {"value", 1u << ECOPT_PARAM_FIXED, "only a fixed parameter has a value"},
    {"default",
     1u << ECOPT_PARAM_FLOAT | 1u << ECOPT_PARAM_INT | 1u << ECOPT_PARAM_BOOL |
         1u << ECOPT_PARAM_CHOICE,
     "a fixed parameter always has its value"},
};

/* A key that the type cannot use is a mistake, not something to pass over: min on a choice shows
 * that another type was meant. */
static void check_keys(eco_build *b, eco_node *map, const ecopt_param *param)
{
    for (size_t i = 0; i < ECO_LEN(key_types); i++) {
        eco_node *node = eco_node_get(map, key_types[i].key);
        if (!node || key_types[i].types & 1u << param->type)
            continue;
        eco_diagnosis_error(b->report, node->key, key_types[i].hint,
                            "'%s' does not go with type %s", key_types[i].key,
                            ecopt_param_type_name(param->type));
        map->is_bad = true;
    }
}

/* The type, said or implied: `values` means a choice and `value` a fixed parameter.  A range
 * implies nothing, for it could be a float's or an int's, and to guess would change what is
 * searched. */
static bool read_type(eco_build *b, eco_node *map, ecopt_param *param)
{
    eco_node *node = eco_node_get(map, "type");
    if (node && node->is_bad)
        return false;
    if (!node && eco_node_get(map, "values")) {
        param->type = ECOPT_PARAM_CHOICE;
        return true;
    }
    if (!node && eco_node_get(map, "value")) {
        param->type = ECOPT_PARAM_FIXED;
        return true;
    }
    if (!node) {
        eco_diagnosis_error(b->report, map->key, "add type: float, int, bool, choice or fixed",
                            "the key 'type' is missing");
        return false;
    }
    /* The table let only these words pass, so one of them is found. */
    for (int type = 0; type <= ECOPT_PARAM_FIXED; type++)
        if (strcmp(node->text, ecopt_param_type_name((ecopt_param_type)type)) == 0)
            param->type = (ecopt_param_type)type;
    return true;
}

/* The long form {type: ..., ...}.  The order matters: the type decides which keys may stand
 * there, those give the range or values, and only these can judge the default. */
static ecopt_status read_map(eco_build *b, eco_node *map, ecopt_param *param)
{
    eco_node *node;
    for (node = map->first; node; node = node->next)
        map->is_bad = map->is_bad || node->is_bad || node->key->is_bad;
    if (!read_type(b, map, param)) {
        map->is_bad = true;
        return ECOPT_OK;
    }
    check_keys(b, map, param);
    if (param->type == ECOPT_PARAM_FLOAT || param->type == ECOPT_PARAM_INT) {
        read_range(b, map, param);
    } else if (param->type == ECOPT_PARAM_CHOICE || param->type == ECOPT_PARAM_FIXED) {
        const char *key = param->type == ECOPT_PARAM_CHOICE ? "values" : "value";
        node = eco_node_get(map, key);
        if (!node)
            eco_diagnosis_error(b->report, map->key,
                                param->type == ECOPT_PARAM_CHOICE ? "add values: [...]"
                                                                  : "add value: ...",
                                "the key '%s' is missing", key);
        else if (!node->is_bad && param->type == ECOPT_PARAM_CHOICE)
            ECO_TRY(read_values(b, node, param));
        else if (!node->is_bad)
            ECO_TRY(eco_build_set_fixed(b, node, param));
        map->is_bad = map->is_bad || !node || node->is_bad;
        node = eco_field_get(map, "ordered");
        if (node)
            (void)eco_node_bool(node, &param->is_ordered);
    }
    read_default(b, map, param);
    return ECOPT_OK;
}

/* One entry in any of its forms: a scalar is fixed, a list is a choice, a map says all.  The
 * stand-in (a float from 0 to 1) is what remains of a bad one.  Names given to every command are
 * refused, or a placeholder would have two meanings. */
static ecopt_status read_param(eco_build *b, eco_node *node, ecopt_param *param)
{
    *param = (ecopt_param){.name = node->key->text, .type = ECOPT_PARAM_FLOAT, .max = 1};
    if (!eco_build_is_name(param->name, false))
        eco_diagnosis_error(b->report, node->key,
                            "use letters, digits, '_' and '-', starting with a letter or '_'",
                            "'%.80s' cannot be the name of a parameter", param->name);
    else if (eco_template_is_given(param->name))
        eco_diagnosis_error(b->report, node->key, "choose another name",
                            "{%s} is something that ecopt gives to every command", param->name);
    /* The name may have been refused just now; then the value is left alone as well. */
    if (node->is_bad || node->key->is_bad)
        return ECOPT_OK;
    if (node->kind == ECO_NODE_SCALAR)
        return eco_build_set_fixed(b, node, param);
    if (node->kind == ECO_NODE_MAP)
        return read_map(b, node, param);
    param->type = ECOPT_PARAM_CHOICE;
    return read_values(b, node, param);
}

/* ---- conditions ---- */

/* A condition sees the parameters above it only: no cycle, and its values are known in order.
 * The compiler is given just those i; a name further down is told apart afterwards, for the
 * hint. */
static ecopt_status check_when(eco_build *b, size_t i, eco_node *node)
{
    const eco_expr *expr = NULL;
    eco_expr_error place = {0, 0, false};
    ecopt_status status = eco_expr_compile(b->arena, node->text, b->params, i, &expr, &place);
    if (status == ECOPT_OK || status == ECOPT_E_NOMEM)
        return status;
    /* Types are not known while a parameter has an error of its own. */
    if (place.is_type && b->has_bad_param)
        return ECOPT_OK;
    char name[80];
    /* Names are cut, not refused: this one is only for the hint. */
    size_t length = place.length < sizeof name - 1 ? place.length : sizeof name - 1;
    memcpy(name, node->text + place.offset, length);
    name[length] = '\0';
    /* A copy: the context's text is overwritten by the next failure. */
    const char *hint = eco_diagnosis_text(b->report, "%s", ecopt_ctx_errhint(b->ctx));
    if (status == ECOPT_E_NAME && eco_build_find_param(b, name) < b->n_params)
        hint = eco_diagnosis_text(b->report,
                                  "a condition may only name parameters above it: move "
                                  "'%s' up",
                                  name);
    eco_diagnosis_error_in(b->report, node, place.offset, hint, "%s", ecopt_ctx_errmsg(b->ctx));
    return ECOPT_OK;
}

/* Both become the same ECOPT_P_NAME: case and the difference of '-' and '_' are lost there.
 * Compared as variable_of writes names, without making the copies. */
bool eco_build_shares_variable(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a == '-' ? '_' : (char)toupper((unsigned char)*a);
        char y = *b == '-' ? '_' : (char)toupper((unsigned char)*b);
        if (x != y)
            return false;
    }
    return *a == *b;
}

/* The later of two is reported, once, even when it clashes with several.  Pairs are compared
 * directly: at the largest number of parameters that is half a million short comparisons. */
static void check_variables(eco_build *b, const eco_node *map)
{
    size_t i = 0;
    for (const eco_node *node = map->first; node; node = node->next, i++)
        for (size_t k = 0; k < i; k++)
            if (eco_build_shares_variable(b->params[i].name, b->params[k].name)) {
                eco_diagnosis_error(b->report, node->key, "rename one of them",
                                    "'%s' and '%s' would be the same environment variable",
                                    b->params[i].name, b->params[k].name);
                break;
            }
}

/* Every entry of the map, wrong ones included. */
static ecopt_status read_declared(eco_build *b, eco_node *map)
{
    for (eco_node *node = map->first; node; node = node->next) {
        /* Counted before it is known to be good, so that index and position in the map agree. */
        ECO_TRY(read_param(b, node, &b->params[b->n_params++]));
        if (node->is_bad || node->key->is_bad)
            b->has_bad_param = true;
    }
    check_variables(b, map);
    size_t i = 0;
    for (eco_node *node = map->first; node; node = node->next, i++) {
        eco_node *when = eco_field_get(node, "when");
        if (!when)
            continue;
        /* Kept even if wrong; no space is made of it then. */
        b->params[i].when = when->text;
        ECO_TRY(check_when(b, i, when));
    }
    return ECOPT_OK;
}

/* Two walks over the map.  Conditions wait for the second one, so that a name further down is
 * recognised as such, and so that has_bad_param is known for all.  Columns of a list of candidates
 * come behind the declared parameters. */
ecopt_status eco_build_params(eco_build *b)
{
    ECO_TRY(eco_candidates_read(b));
    eco_node *map = eco_field_get(b->root, "params");
    if (!map && (!b->candidates || eco_node_get(b->root, "params")))
        return ECOPT_OK;
    size_t n = map ? map->n : 0;
    /* An empty map passes the table, which asks only whether the key is there. */
    if (map && n == 0 && !b->candidates)
        eco_diagnosis_error(b->report, map,
                            "e.g. lr: {type: float, min: 1e-4, max: 1e-2, log: true}",
                            "a study needs at least one parameter");
    size_t room = n + (b->candidates ? b->candidates->csv.n_columns : 0);
    /* None is read then: the limit bounds what is allocated, and the pairs compared below. */
    if (n > ECOPT_PARAMS_MAX) {
        eco_diagnosis_error(b->report, map, "", "at most %d parameters are allowed, not %zu",
                            ECOPT_PARAMS_MAX, n);
        return ECOPT_OK;
    }
    b->params = eco_arena_alloc(b->arena, room, sizeof *b->params);
    b->is_used = eco_arena_alloc(b->arena, room, sizeof *b->is_used);
    if (!b->params || !b->is_used)
        return ECOPT_E_NOMEM;
    if (map)
        ECO_TRY(read_declared(b, map));
    return b->candidates && !b->is_stuck ? eco_candidates_infer(b) : ECOPT_OK;
}

/* Last of all, and only when nothing is wrong.  The warning about few points comes here because
 * only the space can count them; conditions and constraints may leave fewer still. */
ecopt_status eco_build_space(eco_build *b)
{
    if (b->report->n_errors > 0)
        return ECOPT_OK;
    eco_node *map = eco_node_get(b->root, "params");
    ecopt_status status = eco_space_new(b->ctx, b->params, b->n_params, &b->space);
    for (size_t i = 0; i < b->n_space_constraints && status == ECOPT_OK; i++)
        status = eco_space_add_constraint(b->ctx, b->space, b->space_constraints[i]);
    /* Everything else that fails here is a mistake in the file. */
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status != ECOPT_OK) {
        /* Everything was checked above with a better place; this is the net below. */
        eco_diagnosis_error(b->report, map, ecopt_ctx_errhint(b->ctx), "%s",
                            ecopt_ctx_errmsg(b->ctx));
        return ECOPT_OK;
    }
    b->definition->space = b->space;
    if (b->candidates) {
        ECO_TRY(eco_candidates_set(b));
        map = b->candidates->node;
    }
    double points = eco_space_n_points(b->space);
    if (points < (double)b->definition->budget.trials)
        eco_diagnosis_warning(b->report, map, "the study ends when all have been tried",
                              "the %s allow%s only %.0f different trial%s, the budget %lld",
                              b->candidates ? "list" : "parameters", b->candidates ? "s" : "",
                              points, points > 1 ? "s" : "",
                              (long long)b->definition->budget.trials);
    return ECOPT_OK;
}
