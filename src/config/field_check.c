/*
 * Checks a tree against the table of keys, and writes the table as JSON schema.
 *
 * One message per mistake: a node with the wrong type is not looked into, and a key without meaning
 * is not asked for its value.  Nodes found bad are marked, so the sections do not trip over them.
 *
 * Input is the tree of a file and the constant table of field_table.c; output are diagnostics and
 * marks.  Runs before every build_ file.  The schema says the same as the checker, as far as JSON
 * schema can: both read the one table, so an editor and ecopt agree.
 */
#include "config/field_check.h"

#include "core/dimension.h"
#include "core/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- quantities ---- */

/* A unit and how many of the base unit it is. */
typedef struct unit {
    const char *name;
    double factor;
} unit;

/* Case matters: m is minutes, and MJ is not mJ. A unit that is missing here is refused rather
 * than guessed. */
static const unit time_units[] = {
    {"ms", 1e-3},  {"s", 1},     {"sec", 1},           {"min", 60},           {"m", 60},
    {"h", 3600.0}, {"d", 86400}, {"year", 31557600.0}, {"years", 31557600.0}, {NULL, 0}};
/* Joule is the unit of every energy inside; Wh and its multiples are exact in it. */
static const unit energy_units[] = {
    {"J", 1},     {"kJ", 1e3},         {"MJ", 1e6},    {"Wh", 3600.0}, {"mJ", 1e-3},
    {"uJ", 1e-6}, {"\xc2\xb5J", 1e-6}, {"kWh", 3.6e6}, {"MWh", 3.6e9}, {NULL, 0}};
static const unit mass_units[] = {{"g", 1}, {"kg", 1e3}, {"t", 1e6}, {NULL, 0}};
/* KB is written as often as kB and cannot be anything else; K, M and G alone mean one thing to some
 * and the other to the rest, and are refused. */
static const unit size_units[] = {
    {"B", 1},     {"kB", 1e3},   {"KB", 1e3},      {"MB", 1e6},         {"GB", 1e9},
    {"TB", 1e12}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"TiB", 1099511627776.0},
    {NULL, 0}};
static const unit ratio_units[] = {{"%", 0.01}, {NULL, 0}};

/* Number, blanks, unit; a number alone is in the unit with factor 1, and must be plain: "90" in
 * quotes is a text.  An infinite value is refused, for leaving the key out says that better. */
static bool read_quantity(const eco_node *node, const unit *units, double *ret_value)
{
    /* More digits than any double needs; longer ones are no quantity. */
    char number[64];
    /* The plain number first: most values are one, and 1e3 is not to be taken for a unit. */
    if (eco_node_number(node, ret_value))
        return isfinite(*ret_value);
    if (node->kind != ECO_NODE_SCALAR)
        return false;
    size_t n = strspn(node->text, "0123456789.+-");
    if (n == 0 || n >= sizeof number)
        return false;
    const char *rest = node->text + n;
    /* An exponent, if that is what the e begins. */
    if (*rest == 'e' && strspn(rest + 1, "0123456789+-") > 0)
        n += 1 + strspn(rest + 1, "0123456789+-");
    if (n >= sizeof number)
        return false;
    memcpy(number, node->text, n);
    number[n] = '\0';
    rest = node->text + n;
    rest += strspn(rest, " ");
    /* eco_parse_double refuses what strspn let through, such as 1-2 or two dots. */
    double value;
    if (!eco_parse_double(number, &value))
        return false;
    for (const unit *u = units; u->name; u++)
        if (strcmp(u->name, rest) == 0) {
            *ret_value = value * u->factor;
            return isfinite(*ret_value);
        }
    return false;
}

/* The readers differ only in their tables; each is used by the check and again by the
 * section, so both agree on what is right. */
bool eco_field_time_s(const eco_node *node, double *ret_time_s)
{
    return read_quantity(node, time_units, ret_time_s);
}

bool eco_field_energy_j(const eco_node *node, double *ret_energy_j)
{
    return read_quantity(node, energy_units, ret_energy_j);
}

/* A number alone might be grams or kilograms: makers' sheets have both. */
bool eco_field_mass_g(const eco_node *node, double *ret_mass_g)
{
    double number;
    return !eco_node_number(node, &number) && read_quantity(node, mass_units, ret_mass_g);
}

/* A unit only where the metric's name says what it is a unit of. */
bool eco_field_metric(const eco_node *node, const char *metric, double *ret_value)
{
    if (eco_node_number(node, ret_value))
        return true;
    switch (eco_dimension_of(metric, NULL)) {
    case ECO_DIMENSION_ENERGY:
    case ECO_DIMENSION_ENERGY_PER_SAMPLE:
        return eco_field_energy_j(node, ret_value);
    case ECO_DIMENSION_TIME:
        return eco_field_time_s(node, ret_value);
    case ECO_DIMENSION_CARBON:
        return eco_field_mass_g(node, ret_value);
    default:
        return false;
    }
}

bool eco_field_size_b(const eco_node *node, double *ret_size_b)
{
    return read_quantity(node, size_units, ret_size_b);
}

bool eco_field_ratio(const eco_node *node, double *ret_ratio)
{
    return read_quantity(node, ratio_units, ret_ratio);
}

/* ---- types ---- */

/* Number of entries of a NULL-terminated list; NULL is an empty one. */
static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words && words[n])
        n++;
    return n;
}

/* Words are matched as they are written: goals and types have one spelling. */
static bool is_word(const eco_node *node, const char *const *words)
{
    for (size_t i = 0; words && words[i]; i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

/* No key of the file has a use for .inf; NaN is no number to eco_node_number. */
static bool is_finite_number(const eco_node *node)
{
    double number;
    return eco_node_number(node, &number) && isfinite(number);
}

/* True when one of the allowed types takes the scalar.  Null is asked for first, because a text
 * would take it otherwise: `study:` without a value is a mistake, not an empty name. */
static bool scalar_fits(const eco_node *node, const eco_field *field)
{
    int64_t integer;
    bool truth;
    double number;
    unsigned types = field->types;
    if (eco_node_is_null(node))
        return types & ECO_FIELD_NULL;
    return (types & ECO_FIELD_TEXT) || ((types & ECO_FIELD_WORD) && is_word(node, field->words)) ||
           ((types & ECO_FIELD_NUMBER) && is_finite_number(node)) ||
           ((types & ECO_FIELD_INT) && eco_node_int(node, &integer)) ||
           ((types & ECO_FIELD_BOOL) && eco_node_bool(node, &truth)) ||
           ((types & ECO_FIELD_TIME) && eco_field_time_s(node, &number)) ||
           ((types & ECO_FIELD_ENERGY) && eco_field_energy_j(node, &number)) ||
           ((types & ECO_FIELD_MASS) && eco_field_mass_g(node, &number)) ||
           ((types & ECO_FIELD_METRIC) &&
            (eco_field_time_s(node, &number) || eco_field_energy_j(node, &number) ||
             eco_field_mass_g(node, &number))) ||
           ((types & ECO_FIELD_SIZE) && eco_field_size_b(node, &number)) ||
           ((types & ECO_FIELD_RATIO) && eco_field_ratio(node, &number));
}

/* The form decides before the content: a list or a map is judged by its own bit alone. */
static bool fits(const eco_node *node, const eco_field *field)
{
    switch (node->kind) {
    case ECO_NODE_LIST:
        return field->types & ECO_FIELD_LIST;
    case ECO_NODE_MAP:
        return field->types & ECO_FIELD_MAP;
    case ECO_NODE_SCALAR:
        break;
    }
    return scalar_fits(node, field);
}

/* X(bit, what a message calls it) in the order of telling; null is not told, since nobody needs
 * to be advised to write nothing. */
#define TYPE_NAMES(X)                                          \
    X(ECO_FIELD_TEXT, "a text")                                \
    X(ECO_FIELD_NUMBER, "a number")                            \
    X(ECO_FIELD_INT, "a whole number")                         \
    X(ECO_FIELD_BOOL, "true or false")                         \
    X(ECO_FIELD_TIME, "a time such as 90s, 10min or 2h")       \
    X(ECO_FIELD_ENERGY, "an energy such as 500J, 3Wh or 2kWh") \
    X(ECO_FIELD_MASS, "a mass such as 900g, 350kg or 1.2t")    \
    X(ECO_FIELD_SIZE, "a size such as 512MB or 4GiB")          \
    X(ECO_FIELD_RATIO, "a share such as 0.5 or 50%")           \
    X(ECO_FIELD_LIST, "a list")                                \
    X(ECO_FIELD_MAP, "a map (key: value)")

/* "a number or a text": what a message says was expected.  Words come first, as they are the
 * answer in most cases. */
static const char *describe_types(eco_diagnosis *report, const eco_field *field)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
#define TYPE_NAME(bit, name) {bit, name},
        TYPE_NAMES(TYPE_NAME)
#undef TYPE_NAME
    };
    const char *text = "";
    unsigned types = field->types;
    if (types == ECO_FIELD_SCALAR)
        return "a number, a text, true or false";
    /* A text may look like a number anyway. */
    if (types & ECO_FIELD_TEXT)
        types &= ~(unsigned)(ECO_FIELD_NUMBER | ECO_FIELD_BOOL);
    for (size_t i = 0; types & ECO_FIELD_WORD && field->words[i]; i++)
        text =
            eco_diagnosis_text(report, "%s%s%s", text, i > 0 ? ", " : "one of ", field->words[i]);
    for (size_t i = 0; i < ECO_LEN(names); i++)
        if (types & names[i].bit)
            text = eco_diagnosis_text(report, "%s%s%s", text, *text ? " or " : "", names[i].name);
    return text;
}

/* The likeliest reason: YAML 1.1's yes and no, quotes around a number, a wrong unit, a typing
 * error in a word.  From certain to vague: each guess is made only when those before do not
 * apply. */
static const char *hint_for_scalar(eco_diagnosis *report, const eco_node *node,
                                   const eco_field *field)
{
    static const char *const truths[] = {"yes", "Yes", "YES", "on", "On", "ON"};
    static const char *const falsehoods[] = {"no", "No", "NO", "off", "Off", "OFF"};
    double number;
    /* The same text without its quotes: would it have been right? */
    eco_node plain = *node;
    plain.is_plain = true;
    for (size_t i = 0; i < ECO_LEN(truths) && field->types & ECO_FIELD_BOOL; i++) {
        if (strcmp(node->text, truths[i]) == 0)
            return "write true";
        if (strcmp(node->text, falsehoods[i]) == 0)
            return "write false";
    }
    /* "30" is a text by YAML's rules, however much it looks like a number. */
    if (!node->is_plain && scalar_fits(&plain, field))
        return "leave out the quotes";
    /* Infinite, or too large for a number: no type takes it. */
    if (eco_node_number(node, &number) && !isfinite(number))
        return "it must be finite";
    if (field->types & ECO_FIELD_TIME && strspn(node->text, "0123456789.") > 0)
        return "units are ms, s, min, h, d and years";
    if (field->types & ECO_FIELD_ENERGY && strspn(node->text, "0123456789.") > 0)
        return "units are J, kJ, MJ, Wh, kWh and MWh";
    if (field->types & ECO_FIELD_MASS && strspn(node->text, "0123456789.") > 0)
        return "units are g, kg and t";
    if (field->types & ECO_FIELD_SIZE && strspn(node->text, "0123456789.") > 0)
        return "units are B, kB, MB, GB, TB, KiB, MiB, GiB and TiB";
    const char *example =
        field->example ? eco_diagnosis_text(report, "e.g. %s", field->example) : "";
    return eco_diagnosis_closest(report, node->text, field->words, count_words(field->words),
                                 example);
}

/* An empty value is called nothing, and gets the example: there is no text to guess from. */
static void complain_type(eco_diagnosis *report, eco_node *node, const eco_field *field)
{
    const char *got = node->kind == ECO_NODE_LIST  ? "a list"
                      : node->kind == ECO_NODE_MAP ? "a map"
                      : eco_node_is_null(node)     ? "nothing"
                                               : eco_diagnosis_text(report, "'%.80s'", node->text);
    const char *hint = node->kind == ECO_NODE_SCALAR && !eco_node_is_null(node)
                           ? hint_for_scalar(report, node, field)
                       : field->example ? eco_diagnosis_text(report, "e.g. %s", field->example)
                                        : "";
    eco_diagnosis_error(report, node, hint, "expected %s, not %s", describe_types(report, field),
                        got);
}

/* ---- maps ---- */

/* A table of fields ends with a NULL key; a map without fields of its own has none at all. */
static const eco_field *find_field(const eco_field *fields, const char *key)
{
    for (const eco_field *field = fields; field && field->key; field++)
        if (strcmp(field->key, key) == 0)
            return field;
    return NULL;
}

/* Keys without meaning are errors: a misspelt key would be a setting silently left out.  The
 * value is marked bad as well, or its type would be complained of next. */
static void complain_unknown(eco_diagnosis *report, eco_node *entry, const eco_field *map)
{
    /* The largest map of the table has fewer; should it grow, the hint names the first 32. */
    const char *keys[32];
    const char *all = "allowed are";
    size_t n = 0;
    for (const eco_field *field = map->fields; field && field->key && n < ECO_LEN(keys); field++) {
        all = eco_diagnosis_text(report, "%s%s %s", all, n > 0 ? "," : "", field->key);
        keys[n++] = field->key;
    }
    entry->is_bad = true;
    /* {regex: a (.), b}: the text before ended at its comma. */
    if (eco_node_is_null(entry) && entry->parent->is_flow && entry->index > 0)
        all = eco_diagnosis_text(report, "%s; a text with a comma needs quotes", all);
    const char *hint = eco_diagnosis_closest(report, entry->key->text, keys, n, all);
    eco_diagnosis_error(report, entry->key, hint, "there is no key '%.80s' here", entry->key->text);
}

/* Known keys by their field, made-up keys by the item, the rest is reported; then what is
 * missing.  Both are told: a misspelt key need not be the one that is missing. */
static void check_map(eco_diagnosis *report, eco_node *map, const eco_field *field)
{
    for (eco_node *entry = map->first; entry; entry = entry->next) {
        const eco_field *known = find_field(field->fields, entry->key->text);
        if (known)
            eco_field_check(report, entry, known);
        else if (field->item)
            eco_field_check(report, entry, field->item);
        else
            complain_unknown(report, entry, field);
    }
    for (const eco_field *needed = field->fields; needed && needed->key; needed++)
        if (needed->is_required && !eco_node_get(map, needed->key) &&
            !(needed->unless && eco_node_get(map, needed->unless))) {
            /* eco_diagnosis_error marks the map; the root keeps its old mark, for its other keys
             * are still of use. */
            bool was_bad = map->is_bad;
            const char *hint =
                needed->example ? eco_diagnosis_text(report, "add e.g. %s", needed->example) : "";
            eco_diagnosis_error(report, map, hint, "the key '%s' is missing", needed->key);
            map->is_bad = was_bad || map->parent; /* the root's other keys are still looked at */
        }
}

/* {lr} where a text is wanted: to YAML it is a map whose key lr has no value.  Nothing else that
 * is allowed looks like this, unless the only key is one of the map's own. */
static bool is_braced_word(const eco_node *node, const eco_field *field)
{
    return field->types & ECO_FIELD_TEXT && !field->item && node->kind == ECO_NODE_MAP &&
           node->is_flow && node->n == 1 && eco_node_is_null(node->first) &&
           !find_field(field->fields, node->first->key->text);
}

/* The braced word is asked for before the type: where a map is allowed too (a phase), its
 * message would be about an unknown key. */
void eco_field_check(eco_diagnosis *report, eco_node *node, const eco_field *field)
{
    static const eco_field anything = {.types = ECO_FIELD_SCALAR};
    if (is_braced_word(node, field)) {
        eco_diagnosis_error(
            report, node,
            eco_diagnosis_text(report, "put quotes around it: \"{%.80s}\"", node->first->key->text),
            "a text that begins with a brace needs quotes");
        return;
    }
    if (!fits(node, field)) {
        complain_type(report, node, field);
        return;
    }
    if (node->kind == ECO_NODE_MAP)
        check_map(report, node, field);
    for (eco_node *item = node->first; item && node->kind == ECO_NODE_LIST; item = item->next)
        eco_field_check(report, item, field->list_item ? field->list_item : &anything);
}

/* eco_node_get takes NULL, so a section that is missing need not be asked for first. */
eco_node *eco_field_get(const eco_node *map, const char *key)
{
    eco_node *node = eco_node_get(map, key);
    return node && !node->is_bad ? node : NULL;
}

/* ---- schema ---- */

/* The texts are the table's own: printable ASCII, so these two are all that needs escaping. */
static void add_json_text(eco_str *out, const char *text)
{
    eco_str_add_char(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            eco_str_add_char(out, '\\');
        eco_str_add_char(out, *c);
    }
    eco_str_add_char(out, '"');
}

/* Declared here because maps hold values and values hold maps; the table is finite, so it ends. */
static void add_schema(eco_str *out, const eco_field *field, int indent);

/* Only properties begin lines: the schema is read by editors, and by people who look for a key. */
static void add_indent(eco_str *out, int indent)
{
    eco_str_addf(out, "\n%*s", indent * 2, "");
}

/* An enum is enough: it says the type as well. */
static void add_words(eco_str *out, const char *const *words)
{
    eco_str_add(out, "{\"enum\": [");
    for (size_t i = 0; words[i]; i++) {
        eco_str_add(out, i > 0 ? ", " : "");
        add_json_text(out, words[i]);
    }
    eco_str_add(out, "]}");
}

/* An object: its known properties, those required, and what made-up names may hold.  Without
 * such an item no other property is allowed, as in the checker. */
static void add_map_schema(eco_str *out, const eco_field *field, int indent)
{
    eco_str_add(out, "{\"type\": \"object\"");
    if (field->fields) {
        eco_str_add(out, ", \"properties\": {");
        for (const eco_field *f = field->fields; f->key; f++) {
            if (f != field->fields)
                eco_str_add_char(out, ',');
            add_indent(out, indent + 1);
            add_json_text(out, f->key);
            eco_str_add(out, ": ");
            add_schema(out, f, indent + 1);
        }
        add_indent(out, indent);
        eco_str_add_char(out, '}');
        size_t n = 0;
        for (const eco_field *f = field->fields; f->key; f++) {
            if (!f->is_required || f->unless)
                continue;
            eco_str_add(out, n++ == 0 ? ", \"required\": [" : ", ");
            add_json_text(out, f->key);
        }
        /* An empty list of required keys is left out: older drafts forbid it. */
        eco_str_add(out, n > 0 ? "]" : "");
        for (const eco_field *f = field->fields; f->key; f++)
            if (f->unless)
                eco_str_addf(out,
                             ", \"anyOf\": [{\"required\": [\"%s\"]}, "
                             "{\"required\": [\"%s\"]}]",
                             f->key, f->unless);
    }
    /* Names that the user makes up, of a section that is needed: there must be one. */
    if (field->item && field->is_required)
        eco_str_add(out, ", \"minProperties\": 1");
    eco_str_add(out, ", \"additionalProperties\": ");
    if (field->item)
        add_schema(out, field->item, indent);
    else
        eco_str_add(out, "false");
    eco_str_add_char(out, '}');
}

/* X(bits, schema): quantities are a number or a text with a unit. */
static const struct {
    unsigned bits;
    const char *schema;
} scalar_schemas[] = {
    {ECO_FIELD_TEXT, "{\"type\": [\"string\", \"number\", \"boolean\"]}"},
    {ECO_FIELD_NUMBER | ECO_FIELD_TIME | ECO_FIELD_ENERGY | ECO_FIELD_SIZE | ECO_FIELD_RATIO,
     "{\"type\": \"number\"}"},
    {ECO_FIELD_INT, "{\"type\": \"integer\"}"},
    {ECO_FIELD_BOOL, "{\"type\": \"boolean\"}"},
    {ECO_FIELD_NULL, "{\"type\": \"null\"}"},
    {ECO_FIELD_TIME,
     "{\"type\": \"string\", \"pattern\": \"^[0-9.eE+-]+ *(ms|s|sec|m|min|h|d|years?)$\"}"},
    {ECO_FIELD_ENERGY,
     "{\"type\": \"string\", \"pattern\": \"^[0-9.eE+-]+ *((u|\xc2\xb5|m|k|M)?J|[kM]?Wh)$\"}"},
    {ECO_FIELD_MASS, "{\"type\": \"string\", \"pattern\": \"^[0-9.eE+-]+ *(g|kg|t)$\"}"},
    {ECO_FIELD_METRIC, "{\"type\": \"string\", \"pattern\": \"^[0-9.eE+-]+ *[^0-9 ]+$\"}"},
    {ECO_FIELD_SIZE,
     "{\"type\": \"string\", \"pattern\": \"^[0-9.eE+-]+ *([kKMGT]?B|[KMGT]iB)$\"}"},
    {ECO_FIELD_RATIO, "{\"type\": \"string\", \"pattern\": \"^[0-9.eE+-]+ *%$\"}"},
};

/* One value: its description and the alternatives for its type. */
static void add_schema(eco_str *out, const eco_field *field, int indent)
{
    static const eco_field anything = {.types = ECO_FIELD_SCALAR};
    unsigned types = field->types;
    const char *separator = "";
    /* A text may look like a number or a truth value: its schema takes them, and one is enough. */
    if (types & ECO_FIELD_TEXT)
        types &= ~(unsigned)(ECO_FIELD_NUMBER | ECO_FIELD_BOOL);
    eco_str_add(out, "{");
    if (field->doc) {
        eco_str_add(out, "\"description\": ");
        add_json_text(out, field->doc);
        eco_str_add(out, ", ");
    }
    if (field->fallback) {
        /* Not "default": a fallback is a phrase for people, which a tool would insert as a
         * value. */
        eco_str_add(out, "\"$comment\": ");
        char text[160];
        (void)snprintf(text, sizeof text, "default: %s", field->fallback);
        add_json_text(out, text);
        eco_str_add(out, ", ");
    }
    eco_str_add(out, "\"anyOf\": [");
    for (size_t i = 0; i < ECO_LEN(scalar_schemas); i++)
        if (types & scalar_schemas[i].bits) {
            eco_str_addf(out, "%s%s", separator, scalar_schemas[i].schema);
            separator = ", ";
        }
    if (types & ECO_FIELD_WORD) {
        eco_str_add(out, separator);
        add_words(out, field->words);
        separator = ", ";
    }
    if (types & ECO_FIELD_LIST) {
        eco_str_addf(out, "%s{\"type\": \"array\", \"items\": ", separator);
        add_schema(out, field->list_item ? field->list_item : &anything, indent);
        eco_str_add_char(out, '}');
        separator = ", ";
    }
    if (types & ECO_FIELD_MAP) {
        eco_str_add(out, separator);
        add_map_schema(out, field, indent);
    }
    eco_str_add(out, "]}");
}

/* The root is wrapped in allOf, because add_schema writes an object of its own and a schema's
 * head must stand beside it. */
ecopt_status eco_field_schema(ecopt_ctx *ctx, const eco_field *field, char **ret_text)
{
    eco_str out = ECO_STR_INIT(ctx);
    eco_str_add(&out, "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                      "\"title\": \"ECOpt study file\", \"allOf\": [");
    add_schema(&out, field, 0);
    eco_str_add(&out, "]}\n");
    ecopt_status status = eco_str_take(&out, ret_text);
    eco_str_release(&out);
    return status;
}
