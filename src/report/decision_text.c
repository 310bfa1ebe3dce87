/*
 * The numbers of a decision, for people: {"useless": 0.976, "ends": {"a": {"best": 1}}} becomes
 * "useless 0.976, ends (a (best 1))".
 *
 * They are stored as a JSON object, whose names each rule chooses; so nothing here knows any of
 * them.
 */
#include "report/decision_text.h"

#include "report/clean.h"

#include <jansson.h>

/* No rule nests deeper; what does is left out, so that a foreign store cannot exhaust the stack. */
enum { DEPTH_MAX = 6 };

static void add_value(eco_str *str, json_t *value, int depth);

/* "name value, name value"; what is itself an object stands in brackets. */
static void add_object(eco_str *str, json_t *object, int depth)
{
    const char *name;
    json_t *value;
    const char *comma = "";
    json_object_foreach(object, name, value)
    {
        eco_str_add(str, comma);
        eco_clean_add(str, name);
        eco_str_add_char(str, ' ');
        add_value(str, value, depth);
        comma = ", ";
    }
}

static void add_list(eco_str *str, json_t *list, int depth)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        eco_str_add(str, i > 0 ? ", " : "");
        add_value(str, json_array_get(list, i), depth);
    }
}

/* Four digits: numbers here are compared with a limit, not worked with; --json has them whole. */
static void add_value(eco_str *str, json_t *value, int depth)
{
    bool is_nested = json_is_object(value) || json_is_array(value);
    if (is_nested && depth >= DEPTH_MAX) {
        eco_str_add(str, "...");
    } else if (is_nested) {
        eco_str_add_char(str, '(');
        if (json_is_object(value))
            add_object(str, value, depth + 1);
        else
            add_list(str, value, depth + 1);
        eco_str_add_char(str, ')');
    } else if (json_is_string(value)) {
        eco_clean_add(str, json_string_value(value));
    } else if (json_is_integer(value)) {
        eco_str_addf(str, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        eco_str_addf(str, "%.4g", json_real_value(value));
    } else {
        eco_str_add(str, json_is_null(value) ? "not known" : json_is_true(value) ? "yes" : "no");
    }
}

void eco_decision_numbers(eco_str *str, const char *numbers)
{
    json_t *root = json_loads(numbers, 0, NULL);
    if (json_is_object(root))
        add_object(str, root, 0);
    else
        eco_clean_add(str, numbers);
    json_decref(root);
}
