/*
 * Rows of a file to candidates of a space.
 *
 * The file is read before the parameters, because commands, conditions and constraints may name
 * its columns.  Codes are read as soon as all parameters are known, so that a wrong value is told
 * together with the study file's other mistakes; what needs the space (constraints, canonical
 * codes, repeated rows) comes last.
 */
#include "config/candidates.h"

#include "core/fs.h"
#include "core/str.h"
#include "space/space.h"
#include "study/kept_list.h"
#include "trial/template.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WRONG_MAX = 20 }; /* values complained of; the rest is counted */

/* ---- the file and its columns ---- */

/* The file's name, in either form of the key; NULL when it is missing or wrong. */
static eco_node *file_of(eco_node *node)
{
    return node->kind == ECO_NODE_MAP ? eco_field_get(node, "file") : node;
}

/* As a message shows it and as it is opened: beside the study file, whose path is shown like
 * that too. */
static const char *path_of(eco_build *b, const char *name)
{
    char *dir = eco_fs_dirname(b->ctx, b->report->file);
    char *path = dir ? eco_fs_join(b->ctx, strcmp(dir, ".") == 0 ? "" : dir, name) : NULL;
    const char *kept = eco_arena_strdup(b->arena, path);
    eco_free(b->ctx, dir);
    eco_free(b->ctx, path);
    return kept;
}

/* Where a study keeps its copy: in the given folder, else in the one that `run` would use.  Asked
 * before the name has been checked, so a strange one is no name of a folder. */
static const char *copy_of(eco_build *b)
{
    const eco_node *name = eco_node_get(b->root, "study");
    if (b->kept_folder)
        return eco_diagnosis_text(b->report, "%s/%s", b->kept_folder, ECO_STUDY_LIST_FILE);
    if (!name || name->is_bad || name->kind != ECO_NODE_SCALAR || strchr(name->text, '/'))
        return "";
    return path_of(b,
                   eco_diagnosis_text(b->report, "%s.ecopt/%s", name->text, ECO_STUDY_LIST_FILE));
}

static ecopt_status read_bytes(eco_build *b, const char *path, char **ret_bytes, size_t *ret_length)
{
    return path[0] ? eco_fs_read(b->ctx, path, ECO_CSV_MAX_B, ret_bytes, ret_length)
                   : ECOPT_E_NOT_FOUND;
}

/* Bytes of the list.  What a study ran under is its copy; otherwise the file that is named counts,
 * and the copy stands in for it when it is gone.  *ret_path is what was opened last; the context's
 * message of a failure is about the file that is named. */
static ecopt_status read_list(eco_build *b, const char *path, const char **ret_path,
                              char **ret_bytes, size_t *ret_length)
{
    const char *copy = copy_of(b);
    if (!copy)
        return ECOPT_E_NOMEM;
    ecopt_status status = ECOPT_E_NOT_FOUND;
    *ret_path = copy;
    if (b->kept_folder)
        status = read_bytes(b, copy, ret_bytes, ret_length);
    if (status != ECOPT_E_NOT_FOUND)
        return status;
    *ret_path = path;
    status = read_bytes(b, path, ret_bytes, ret_length);
    if (status != ECOPT_E_NOT_FOUND || b->kept_folder)
        return status;
    status = read_bytes(b, copy, ret_bytes, ret_length);
    if (status == ECOPT_E_NOT_FOUND)
        return read_bytes(b, path, ret_bytes, ret_length);
    *ret_path = copy;
    return status;
}

/* What cannot be opened is a mistake of the study file, and shown there. */
static ecopt_status load(eco_build *b, eco_node *file, const char *path, eco_csv *csv)
{
    char *bytes = NULL;
    size_t length = 0;
    const char *opened = path;
    ecopt_status status = read_list(b, path, &opened, &bytes, &length);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status != ECOPT_OK) {
        eco_diagnosis_error(
            b->report, file,
            status == ECOPT_E_NOT_FOUND ? "a relative path starts at the study file's folder" : "",
            "%s", ecopt_ctx_errmsg(b->ctx));
        return ECOPT_OK;
    }
    if (opened != path && !b->kept_folder)
        eco_diagnosis_warning(b->report, file, "copy it back, or correct the path",
                              "'%s' is gone; going on with the copy in '%s'", path, opened);
    status = eco_csv_read(b->report, opened, bytes, length, csv);
    eco_free(b->ctx, bytes);
    return status;
}

static const char *closest_column(eco_build *b, const eco_csv *csv, const char *word)
{
    const char *names[256];
    size_t n = csv->n_columns < ECO_LEN(names) ? csv->n_columns : ECO_LEN(names);
    const char *all = "the columns are";
    for (size_t i = 0; i < n; i++) {
        names[i] = eco_csv_name(csv, i);
        if (i < 20)
            all = eco_diagnosis_text(b->report, "%s%s %.40s", all, i > 0 ? "," : "", names[i]);
    }
    return eco_diagnosis_closest(b->report, word, names, n, all);
}

/* Without a list every column counts: to leave one out is said, not guessed. */
static void choose_columns(eco_build *b, eco_candidates *list)
{
    eco_node *columns =
        list->node->kind == ECO_NODE_MAP ? eco_field_get(list->node, "columns") : NULL;
    list->has_columns = columns != NULL;
    for (size_t i = 0; i < list->csv.n_columns; i++)
        list->is_used[i] = !columns;
    for (eco_node *item = columns ? columns->first : NULL; item; item = item->next) {
        if (item->is_bad)
            continue;
        size_t i = eco_csv_find(&list->csv, item->text);
        if (i == list->csv.n_columns)
            eco_diagnosis_error(b->report, item, closest_column(b, &list->csv, item->text),
                                "'%s' has no column '%.80s'", list->csv.path, item->text);
        else if (list->is_used[i])
            eco_diagnosis_error(b->report, item, "leave one of them out",
                                "the column '%.80s' is listed twice", item->text);
        else
            list->is_used[i] = true;
    }
    if (columns && columns->n == 0)
        eco_diagnosis_error(b->report, columns, "name the columns that are parameters",
                            "the list of columns is empty");
}

/* Whatever is wrong with the file or its columns, names could not be checked any further. */
ecopt_status eco_candidates_read(eco_build *b)
{
    eco_node *node = eco_node_get(b->root, "candidates");
    if (!node)
        return ECOPT_OK;
    size_t n_errors = b->report->n_errors;
    eco_node *file = node->is_bad ? NULL : file_of(node);
    eco_candidates *list = eco_arena_alloc(b->arena, 1, sizeof *list);
    const char *path = file ? path_of(b, file->text) : "";
    if (!list || !path)
        return ECOPT_E_NOMEM;
    b->is_stuck = true;
    if (!file)
        return ECOPT_OK;
    list->node = node;
    list->path = path;
    ECO_TRY(load(b, file, path, &list->csv));
    if (b->report->n_errors > n_errors)
        return ECOPT_OK;
    list->is_used = eco_arena_alloc(b->arena, list->csv.n_columns, sizeof *list->is_used);
    if (!list->is_used)
        return ECOPT_E_NOMEM;
    choose_columns(b, list);
    b->candidates = list;
    b->is_stuck = b->report->n_errors > n_errors;
    return ECOPT_OK;
}

/* ---- types ---- */

/* A field as YAML would read it without quotes, so that both files mean the same by a text. */
static eco_node node_of(const char *text)
{
    return (eco_node){.kind = ECO_NODE_SCALAR, .text = text, .is_plain = true};
}

/* A number that keeps its meaning when written anew: no leading zeros or plus, as in 007 or in
 * strings of bits, for they would be lost. */
static bool is_number(const char *text, bool *ret_is_whole, double *ret_number)
{
    const char *digits = text + (*text == '-');
    if (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
        return false;
    if (*text == '+' || text[strspn(text, "0123456789.eE+-")] != '\0')
        return false;
    *ret_is_whole = *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0';
    return eco_parse_double(text, ret_number) && isfinite(*ret_number);
}

/* What the values of a column have in common. */
typedef struct column_kind {
    bool is_constant, is_bool, is_whole, is_number;
    double min, max;
} column_kind;

static column_kind look_at(const eco_csv *csv, size_t column)
{
    column_kind kind = {true, true, true, true, HUGE_VAL, -HUGE_VAL};
    const char *first = eco_csv_text(csv, 0, column);
    for (size_t r = 0; r < csv->n_rows; r++) {
        const char *text = eco_csv_text(csv, r, column);
        bool truth, is_whole = false;
        double number;
        eco_node node = node_of(text);
        kind.is_constant = kind.is_constant && strcmp(text, first) == 0;
        kind.is_bool = kind.is_bool && eco_node_bool(&node, &truth);
        if (!kind.is_number)
            continue;
        kind.is_number = is_number(text, &is_whole, &number);
        if (!kind.is_number)
            continue;
        /* Beyond 2^53 integers are names, such as hashes, and not quantities. */
        kind.is_number = !is_whole || fabs(number) <= 9007199254740992.0;
        kind.is_whole = kind.is_whole && is_whole;
        kind.min = number < kind.min ? number : kind.min;
        kind.max = number > kind.max ? number : kind.max;
    }
    return kind;
}

/* Values in order of appearance.  All of them are texts, also 007: that keeps 7 apart from it. */
static ecopt_status infer_choice(eco_build *b, size_t column, ecopt_param *param)
{
    const eco_csv *csv = &b->candidates->csv;
    ecopt_value *values = eco_arena_alloc(b->arena, ECOPT_CHOICES_MAX, sizeof *values);
    size_t n = 0, last = 0;
    if (!values)
        return ECOPT_E_NOMEM;
    param->type = ECOPT_PARAM_CHOICE;
    param->values = values;
    for (size_t r = 0; r < csv->n_rows; r++) {
        const char *text = eco_csv_text(csv, r, column);
        /* Lists are often sorted: the last row's value is the likeliest. */
        if (n > 0 && strcmp(values[last].text, text) == 0)
            continue;
        for (last = 0; last < n && strcmp(values[last].text, text) != 0;)
            last++;
        if (last < n)
            continue;
        if (n == ECOPT_CHOICES_MAX) {
            eco_csv_complain(b->report, csv, true, ECO_CSV_HEADER, column,
                             "split the column into several, or write numbers",
                             eco_diagnosis_text(b->report,
                                                "the column '%.80s' has more than %d different "
                                                "texts",
                                                param->name, ECOPT_CHOICES_MAX));
            break;
        }
        values[n++] = (ecopt_value){ECOPT_VALUE_STRING, (double)NAN, text};
        param->n_values = n;
    }
    return ECOPT_OK;
}

static ecopt_status infer_param(eco_build *b, size_t column, ecopt_param *param)
{
    const eco_csv *csv = &b->candidates->csv;
    column_kind kind = look_at(csv, column);
    if (kind.is_constant) {
        eco_node node = node_of(eco_csv_text(csv, 0, column));
        return eco_build_set_fixed(b, &node, param);
    }
    if (kind.is_bool) {
        param->type = ECOPT_PARAM_BOOL;
        return ECOPT_OK;
    }
    /* 1 and 1.0 in one column: two texts, one number. */
    if (!kind.is_number || kind.min == kind.max)
        return infer_choice(b, column, param);
    param->type = kind.is_whole ? ECOPT_PARAM_INT : ECOPT_PARAM_FLOAT;
    param->min = kind.min;
    param->max = kind.max;
    param->is_log = kind.min > 0 && kind.max / kind.min >= ECO_CANDIDATES_LOG_RATIO;
    return ECOPT_OK;
}

/* ---- parameters ---- */

/* The rules of build_params.c for names, told at the header. */
static bool has_good_name(eco_build *b, size_t column)
{
    const eco_csv *csv = &b->candidates->csv;
    const char *name = eco_csv_name(csv, column), *message = NULL, *hint = "choose another name";
    if (!eco_build_is_name(name, false)) {
        hint = "use letters, digits, '_' and '-', starting with a letter or '_'; or name the "
               "columns that count: candidates: {file: FILE, columns: [...]}";
        message = eco_diagnosis_text(
            b->report,
            name[0] ? "the column '%.80s' cannot be a parameter" : "%sa column has no name", name);
    } else if (eco_template_is_given(name)) {
        message = eco_diagnosis_text(b->report,
                                     "{%s} is something that ecopt gives to every command", name);
    }
    for (size_t i = 0; i < b->n_params && !message; i++)
        if (eco_build_shares_variable(b->params[i].name, name))
            message = eco_diagnosis_text(b->report,
                                         "'%s' and '%s' would be the same environment variable",
                                         b->params[i].name, name);
    if (message)
        eco_csv_complain(b->report, csv, true, ECO_CSV_HEADER, column, hint, message);
    return !message;
}

/* Declared parameters find their columns; what is fixed needs none. */
static void match_declared(eco_build *b, eco_node *map)
{
    eco_candidates *list = b->candidates;
    size_t i = 0;
    for (eco_node *node = map ? map->first : NULL; node; node = node->next, i++) {
        size_t column = eco_csv_find(&list->csv, b->params[i].name);
        bool is_there = column < list->csv.n_columns && list->is_used[column];
        list->columns[i] = is_there ? column : list->csv.n_columns;
        if (is_there || node->is_bad || node->key->is_bad || b->params[i].type == ECOPT_PARAM_FIXED)
            continue;
        eco_diagnosis_error(b->report, node->key,
                            column < list->csv.n_columns
                                ? "add it to columns"
                                : closest_column(b, &list->csv, b->params[i].name),
                            "'%s' has no column '%.80s'%s", list->csv.path, b->params[i].name,
                            column < list->csv.n_columns ? " among those named" : "");
    }
}

/* ---- values ---- */

static void complain_value(eco_build *b, size_t row, size_t column, const char *hint,
                           const char *message)
{
    eco_candidates *list = b->candidates;
    if (list->n_wrong++ < WRONG_MAX) {
        eco_csv_complain(b->report, &list->csv, true, row, column, hint, message);
        return;
    }
    b->report->n_errors++;
    if (list->n_wrong == WRONG_MAX + 1) {
        list->more_row = row;
        list->more_column = column;
    }
}

/* What to do about a value that its declaration does not allow. */
static const char *remedy(eco_build *b, const ecopt_param *param, const char *text)
{
    const char *texts[64];
    size_t n = 0;
    switch (param->type) {
    case ECOPT_PARAM_CHOICE:
        for (; n < param->n_values && n < ECO_LEN(texts); n++)
            texts[n] = param->values[n].text;
        return eco_diagnosis_closest(b->report, text, texts, n,
                                     "add it to the values under params, or leave the row out");
    case ECOPT_PARAM_FIXED:
        return "leave the row out, or the parameter out of params";
    case ECOPT_PARAM_BOOL:
        break;
    case ECOPT_PARAM_FLOAT:
    case ECOPT_PARAM_INT:
        return "change the range under params, or leave the row out";
    }
    return "leave the row out, or the parameter out of params";
}

/* NaN stands for "no value" where a condition may switch the parameter off; eco_candidates_set
 * knows whether it does. */
static double read_code(eco_build *b, size_t row, size_t i)
{
    const eco_candidates *list = b->candidates;
    const ecopt_param *param = &b->params[i];
    size_t column = list->columns[i];
    /* A constant column has been made the parameter's one value. */
    if (column == list->csv.n_columns ||
        (i >= list->n_declared && param->type == ECOPT_PARAM_FIXED))
        return 0;
    const char *text = eco_csv_text(&list->csv, row, column);
    eco_node node = node_of(text);
    bool truth = false;
    if (param->type == ECOPT_PARAM_BOOL && eco_node_bool(&node, &truth))
        return truth;
    if (text[0] == '\0' && param->when)
        return NAN;
    double code = 0;
    if (eco_space_parse_value(b->ctx, param, text, &code) == ECOPT_OK)
        return code;
    complain_value(b, row, column, remedy(b, param, text),
                   text[0] == '\0' && param->type != ECOPT_PARAM_CHOICE
                       ? eco_diagnosis_text(b->report, "%s has no value", param->name)
                       : ecopt_ctx_errmsg(b->ctx));
    return 0;
}

static ecopt_status read_codes(eco_build *b)
{
    eco_candidates *list = b->candidates;
    size_t n = b->n_params;
    list->codes = eco_arena_alloc(b->arena, list->csv.n_rows * n, sizeof *list->codes);
    if (!list->codes)
        return ECOPT_E_NOMEM;
    for (size_t r = 0; r < list->csv.n_rows; r++)
        for (size_t i = 0; i < n; i++)
            list->codes[r * n + i] = read_code(b, r, i);
    return ECOPT_OK;
}

/* Where the first of them stands that was not told. */
static void tell_more(eco_build *b)
{
    eco_candidates *list = b->candidates;
    if (list->n_wrong > WRONG_MAX)
        eco_csv_complain(b->report, &list->csv, false, list->more_row, list->more_column, "",
                         eco_diagnosis_text(b->report, "from here on %zu more values are wrong",
                                            list->n_wrong - WRONG_MAX));
}

/* Columns behind the declared parameters, in their own order.  An empty field in an undeclared
 * column has no meaning that could be inferred. */
ecopt_status eco_candidates_infer(eco_build *b)
{
    eco_candidates *list = b->candidates;
    const eco_csv *csv = &list->csv;
    list->n_declared = b->n_params;
    list->columns = eco_arena_alloc(b->arena, b->n_params + csv->n_columns, sizeof *list->columns);
    if (!list->columns)
        return ECOPT_E_NOMEM;
    match_declared(b, eco_field_get(b->root, "params"));
    for (size_t column = 0; column < csv->n_columns; column++) {
        const char *name = eco_csv_name(csv, column);
        if (!list->is_used[column] || eco_build_find_param(b, name) < list->n_declared)
            continue;
        if (!has_good_name(b, column)) {
            /* Nor can what uses that name be checked. */
            b->has_bad_param = b->is_stuck = true;
            continue;
        }
        for (size_t r = 0; r < csv->n_rows; r++)
            if (eco_csv_text(csv, r, column)[0] == '\0')
                complain_value(b, r, column, "give it a value or leave the row out",
                               eco_diagnosis_text(b->report, "%s has no value", name));
        ecopt_param *param = &b->params[b->n_params];
        *param = (ecopt_param){.name = name};
        list->columns[b->n_params++] = column;
        ECO_TRY(infer_param(b, column, param));
    }
    /* A parameter with a mistake is a stand-in, and no value would fit it. */
    if (!b->has_bad_param && list->n_wrong == 0)
        ECO_TRY(read_codes(b));
    tell_more(b);
    return b->report->status;
}

/* A column that is used nowhere is most likely a result that stands beside the parameters. */
void eco_candidates_warn_unused(eco_build *b)
{
    const eco_candidates *list = b->candidates;
    for (size_t i = list ? list->n_declared : 0; list && i < b->n_params; i++)
        if (!b->is_used[i] && !b->uses_all)
            eco_csv_complain(b->report, &list->csv, false, ECO_CSV_HEADER, list->columns[i],
                             eco_diagnosis_text(
                                 b->report,
                                 "write {%.80s} where it belongs; or, if it is no parameter, name "
                                 "those that are: candidates: {file: FILE, columns: [...]}",
                                 b->params[i].name),
                             eco_diagnosis_text(b->report, "no command uses the parameter '%.80s'",
                                                b->params[i].name));
}

/* ---- the space's list ---- */

/* Canonical codes of a row; false, told, when that would be another configuration than the one
 * that was written. */
static bool settle_row(eco_build *b, size_t row, double *x)
{
    const eco_candidates *list = b->candidates;
    const double *codes = list->codes + row * b->n_params;
    memcpy(x, codes, b->n_params * sizeof *x);
    eco_space_canonical(b->space, x);
    for (size_t i = 0; i < b->n_params; i++) {
        const char *name = b->params[i].name;
        if (!eco_space_is_active(b->space, x, i))
            continue;
        if (isnan(codes[i])) {
            complain_value(b, row, list->columns[i], "give it a value or leave the row out",
                           eco_diagnosis_text(b->report, "%s has no value", name));
            return false;
        }
        /* A grid of 12 digits of the range swallows what is far smaller. */
        if (fabs(x[i] - codes[i]) > 1e-9 * fabs(codes[i])) {
            char text[ECO_DOUBLE_TEXT_B];
            eco_format_double(x[i], text);
            complain_value(b, row, list->columns[i],
                           "declare it under params with log: true, or as a choice",
                           eco_diagnosis_text(b->report, "%s would be rounded to %s", name, text));
            return false;
        }
    }
    return true;
}

/* Which row each candidate came from is found by walking both: they are in the same order. */
static void warn_repeated(eco_build *b, double *x)
{
    const eco_candidates *list = b->candidates;
    const eco_csv *csv = &list->csv;
    size_t n_seen = 0, n_repeated = 0, row = 0, first = 0;
    for (size_t r = 0; r < csv->n_rows; r++) {
        memcpy(x, list->codes + r * b->n_params, b->n_params * sizeof *x);
        eco_space_canonical(b->space, x);
        size_t found = eco_space_find_candidate(b->space, x);
        if (found == n_seen && n_seen < eco_space_n_candidates(b->space)) {
            n_seen++;
        } else if (found < n_seen && n_repeated++ == 0) {
            row = r;
            first = found;
        }
    }
    /* Where only some columns count, equal rows are to be expected. */
    if (n_repeated == 0 || list->has_columns)
        return;
    char *text = NULL;
    eco_space_candidate(b->space, first, x);
    if (ecopt_space_point_text(b->ctx, b->space, x, &text) != ECOPT_OK) {
        b->report->status = ECOPT_E_NOMEM;
        return;
    }
    eco_csv_complain(b->report, csv, false, row, 0, "leave the repeated rows out",
                     eco_diagnosis_text(b->report,
                                        "%zu row%s %s an earlier one, here %.200s; each "
                                        "is kept once",
                                        n_repeated, n_repeated > 1 ? "s" : "",
                                        n_repeated > 1 ? "repeat" : "repeats", text));
    eco_free(b->ctx, text);
}

/* A default that no row has cannot be tried first, which it is there for. */
static void warn_default(eco_build *b, double *x)
{
    for (size_t i = 0; i < b->n_params; i++)
        if (b->params[i].has_default && !eco_space_default(b->space, x)) {
            eco_diagnosis_warning(b->report, b->candidates->node,
                                  "the study then begins with another row",
                                  "no row has the default of every parameter");
            return;
        }
}

ecopt_status eco_candidates_set(eco_build *b)
{
    eco_candidates *list = b->candidates;
    size_t n_rejected = 0;
    double *x = eco_arena_alloc(b->arena, b->n_params, sizeof *x);
    if (!x)
        return ECOPT_E_NOMEM;
    for (size_t r = 0; r < list->csv.n_rows; r++)
        if (settle_row(b, r, x))
            n_rejected += !eco_space_is_allowed(b->space, x);
    tell_more(b);
    if (list->n_wrong > 0)
        return b->report->status;
    ecopt_status status = eco_space_set_candidates(b->ctx, b->space, list->csv.n_rows, list->codes);
    if (status == ECOPT_E_NOMEM)
        return status;
    if (status != ECOPT_OK) {
        eco_diagnosis_error(b->report, list->node, "loosen the constraints or add rows",
                            "no row of '%s' satisfies the constraints on parameters",
                            list->csv.path);
        return ECOPT_OK;
    }
    warn_repeated(b, x);
    warn_default(b, x);
    b->definition->candidates = list->path;
    b->definition->candidates_text = list->csv.bytes;
    b->definition->candidates_length = list->csv.length;
    b->definition->n_candidates = eco_space_n_candidates(b->space);
    b->definition->n_candidates_rejected = n_rejected;
    return b->report->status;
}
