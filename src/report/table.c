/*
 * Typed cells, three writers.
 *
 * One table serves people and programs: cells hold numbers in SI units, and each writer decides how
 * they look.  A unit is chosen per column, not per cell, so that a column can be compared at a
 * glance; numbers are aligned at the decimal point for the same reason.  Texts are cleaned when
 * they are set, so no writer has to.
 */
#include "report/table.h"

#include "report/clean.h"
#include "report/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits that people see of a number that was stored as text, and the length up to which it is
 * shown as it is: a sign, "0." and that many digits. */
#define SHOWN_DIGITS 6
#define LONG_TEXT_B  ((size_t)8)

/* One cell; a text wins over the number. */
typedef struct cell {
    char *text; /* owned; NULL: number or empty */
    double value, u95;
} cell;

struct eco_table {
    ecopt_ctx *ctx; /* borrowed */
    size_t n_columns;
    eco_column *columns; /* owned, with their key and title */
    eco_scale *scales;   /* owned, n_columns; set by a writer before it writes */
    size_t n_rows, room_rows;
    cell *cells;     /* owned, n_rows x n_columns */
    bool *is_marked; /* owned, n_rows */
    ecopt_status status;
};

ecopt_status eco_table_new(ecopt_ctx *ctx, eco_table **ret_table)
{
    eco_table *table = eco_alloc(ctx, 1, sizeof *table);
    if (!table)
        return ECOPT_E_NOMEM;
    table->ctx = ctx;
    *ret_table = table;
    return ECOPT_OK;
}

/* Keys and titles are copies of ours behind a pointer that readers see as constant. */
static void free_text(ecopt_ctx *ctx, const char *text)
{
    union {
        const char *shown;
        char *owned;
    } block = {text};
    eco_free(ctx, block.owned);
}

void eco_table_free(eco_table *table)
{
    if (!table)
        return;
    ecopt_ctx *ctx = table->ctx;
    for (size_t i = 0; i < table->n_columns; i++) {
        free_text(ctx, table->columns[i].key);
        free_text(ctx, table->columns[i].title);
    }
    for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
        eco_free(ctx, table->cells[i].text);
    eco_free(ctx, table->columns);
    eco_free(ctx, table->scales);
    eco_free(ctx, table->cells);
    eco_free(ctx, table->is_marked);
    eco_free(ctx, table);
}

/* Copy as one line of valid UTF-8; NULL marks the table as failed. */
static char *clean_copy(eco_table *table, const char *text)
{
    char *copy = NULL;
    eco_str str = ECO_STR_INIT(table->ctx);
    eco_clean_add(&str, text);
    if (eco_str_take(&str, &copy) != ECOPT_OK)
        table->status = ECOPT_E_NOMEM;
    eco_str_release(&str);
    return copy;
}

size_t eco_table_add_column(eco_table *table, const eco_column *column)
{
    if (table->status != ECOPT_OK)
        return 0;
    eco_column *grown =
        eco_realloc(table->ctx, table->columns, table->n_columns + 1, sizeof *grown);
    if (grown)
        table->columns = grown;
    eco_scale *scales =
        eco_realloc(table->ctx, table->scales, table->n_columns + 1, sizeof *scales);
    if (scales)
        table->scales = scales;
    if (!grown || !scales) {
        table->status = ECOPT_E_NOMEM;
        return 0;
    }
    eco_column *mine = &grown[table->n_columns++];
    *mine = *column;
    mine->where = column->where ? column->where : ECO_IN_ALL;
    mine->title = clean_copy(table, column->title ? column->title : column->key);
    mine->key = clean_copy(table, column->key);
    return table->n_columns - 1;
}

/* Doubles the room; either array may already have grown when the other fails. */
static void grow_rows(eco_table *table)
{
    size_t room = table->room_rows ? 2 * table->room_rows : 16;
    cell *cells = eco_realloc(table->ctx, table->cells, room * table->n_columns, sizeof *cells);
    if (cells)
        table->cells = cells;
    bool *is_marked = eco_realloc(table->ctx, table->is_marked, room, sizeof *is_marked);
    if (is_marked)
        table->is_marked = is_marked;
    if (cells && is_marked)
        table->room_rows = room;
    else
        table->status = ECOPT_E_NOMEM;
}

void eco_table_add_row(eco_table *table)
{
    if (table->status == ECOPT_OK && table->n_rows == table->room_rows)
        grow_rows(table);
    if (table->status != ECOPT_OK)
        return;
    for (size_t i = 0; i < table->n_columns; i++) {
        cell *empty = &table->cells[table->n_rows * table->n_columns + i];
        empty->text = NULL;
        empty->value = (double)NAN;
        empty->u95 = (double)NAN;
    }
    table->n_rows++;
}

/* The cell to set; NULL when there is none, or after a failure. */
static cell *last_cell(eco_table *table, size_t column)
{
    if (table->status != ECOPT_OK || table->n_rows == 0 || column >= table->n_columns)
        return NULL;
    return &table->cells[(table->n_rows - 1) * table->n_columns + column];
}

void eco_table_set_text(eco_table *table, size_t column, const char *text)
{
    cell *mine = last_cell(table, column);
    if (!mine || !text)
        return;
    eco_free(table->ctx, mine->text);
    mine->text = clean_copy(table, text);
}

void eco_table_set_number(eco_table *table, size_t column, double value, double u95)
{
    cell *mine = last_cell(table, column);
    if (!mine)
        return;
    mine->value = value;
    mine->u95 = u95;
}

void eco_table_mark_row(eco_table *table)
{
    if (table->status == ECOPT_OK && table->n_rows > 0)
        table->is_marked[table->n_rows - 1] = true;
}

void eco_table_fail(eco_table *table)
{
    table->status = ECOPT_E_NOMEM;
}

size_t eco_table_n_rows(const eco_table *table)
{
    return table->n_rows;
}

ecopt_status eco_table_status(const eco_table *table)
{
    return table->status;
}

/* ---- what people see ---- */

/* Unit of each column from all its values. */
static void choose_scales(eco_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        double ends[2] = {INFINITY, 0};
        for (size_t row = 0; row < table->n_rows; row++) {
            double magnitude = fabs(table->cells[row * table->n_columns + i].value);
            if (!isfinite(magnitude) || magnitude == 0)
                continue;
            ends[0] = fmin(ends[0], magnitude);
            ends[1] = fmax(ends[1], magnitude);
        }
        table->scales[i] = eco_scale_for(table->columns[i].dimension, ends, 2);
    }
}

/* A stored fraction such as "0.00286667340928": nobody reads beyond the sixth digit. */
static bool is_long_number(const char *text)
{
    char *end = NULL;
    if (strlen(text) <= LONG_TEXT_B || strspn(text, "+-.0123456789eE") != strlen(text) ||
        !strpbrk(text, ".eE"))
        return false;
    (void)strtod(text, &end);
    return *end == '\0';
}

/*
 * The shown text of a cell; `room` serves numbers.  A text in a column of numbers is shown short
 * when it is a long fraction; CSV has all of its digits, and whole numbers are never cut.
 */
static const char *shown_text(const eco_table *table, size_t row, size_t column,
                              char room[ECO_NUMBER_B])
{
    const cell *mine = &table->cells[row * table->n_columns + column];
    if (mine->text && table->columns[column].is_number && is_long_number(mine->text)) {
        (void)snprintf(room, ECO_NUMBER_B, "%.*g", SHOWN_DIGITS, strtod(mine->text, NULL));
        return room;
    }
    if (mine->text)
        return mine->text;
    eco_number_in(&table->scales[column], mine->value, mine->u95, room);
    return room;
}

/* Title with unit, as text shows it. */
static void add_title(const eco_table *table, size_t column, eco_str *str)
{
    eco_str_add(str, table->columns[column].title);
    if (table->scales[column].unit[0])
        eco_str_addf(str, " [%s]", table->scales[column].unit);
}

/* Columns of the terminal that a title takes with its unit in brackets. */
static size_t title_width(const eco_table *table, size_t column)
{
    size_t unit = eco_clean_width(table->scales[column].unit);
    return eco_clean_width(table->columns[column].title) + (unit ? unit + sizeof " []" - 1 : 0);
}

/* Columns left of the decimal point, and from it on; a text without digits is all left. */
static void split_width(const char *text, size_t *ret_left, size_t *ret_right)
{
    size_t cut = strcspn(text, ". ");
    size_t all = eco_clean_width(text);
    *ret_right = eco_clean_width(text + cut);
    *ret_left = all - *ret_right;
}

/* How a column is laid out in text. */
typedef struct layout {
    size_t left, right; /* widest parts of the numbers */
    size_t width;
} layout;

/* Widths of one column, title and all rows. */
static void measure_column(const eco_table *table, size_t column, layout *ret)
{
    char room[ECO_NUMBER_B];
    bool is_number = table->columns[column].is_number;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < table->n_rows; i++) {
        const char *text = shown_text(table, i, column, room);
        size_t left = eco_clean_width(text);
        size_t right = 0;
        if (is_number)
            split_width(text, &left, &right);
        ret->left = left > ret->left ? left : ret->left;
        ret->right = right > ret->right ? right : ret->right;
    }
    ret->width = title_width(table, column);
    if (ret->left + ret->right > ret->width)
        ret->width = ret->left + ret->right;
}

/* Blanks; the caller has computed how many. */
static void pad(eco_str *str, size_t n)
{
    for (size_t i = 0; i < n; i++)
        eco_str_add_char(str, ' ');
}

/* One cell padded to the column's width. */
static void add_padded(eco_str *str, const char *text, const layout *lay, bool is_number)
{
    size_t width = eco_clean_width(text);
    size_t before = 0;
    if (is_number && width > 0) {
        size_t left = 0;
        size_t right = 0;
        split_width(text, &left, &right);
        /*
         * The decimal points of a column stand below each other: pad by the part left of the
         * point, and fill what is missing at the right.
         */
        before = lay->width - lay->right - left;
    }
    pad(str, before);
    eco_str_add(str, text);
    pad(str, lay->width - before - width);
}

/* A line ends where its last text ends. */
static void end_line(eco_str *str)
{
    while (str->length > 0 && str->text[str->length - 1] == ' ')
        str->text[--str->length] = '\0';
    eco_str_add_char(str, '\n');
}

/* Titles and the rule below them. */
static void add_head(const eco_table *table, const layout *lays, eco_str *str)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!(table->columns[i].where & ECO_IN_TEXT))
            continue;
        size_t space = lays[i].width - title_width(table, i);
        pad(str, table->columns[i].is_number ? space : 0);
        add_title(table, i, str);
        pad(str, (table->columns[i].is_number ? 0 : space) + 2);
    }
    end_line(str);
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!(table->columns[i].where & ECO_IN_TEXT))
            continue;
        for (size_t k = 0; k < lays[i].width; k++)
            eco_str_add(str, "\xe2\x94\x80"); /* box drawings light horizontal */
        pad(str, 2);
    }
    end_line(str);
}

void eco_table_add_text(eco_table *table, eco_str *str)
{
    char room[ECO_NUMBER_B];
    layout *lays = eco_alloc(table->ctx, table->n_columns, sizeof *lays);
    if (!lays || table->status != ECOPT_OK) {
        str->status = ECOPT_E_NOMEM;
        eco_free(table->ctx, lays);
        return;
    }
    choose_scales(table);
    for (size_t i = 0; i < table->n_columns; i++)
        measure_column(table, i, &lays[i]);
    add_head(table, lays, str);
    for (size_t row = 0; row < table->n_rows && str->status == ECOPT_OK; row++) {
        for (size_t i = 0; i < table->n_columns; i++) {
            if (!(table->columns[i].where & ECO_IN_TEXT))
                continue;
            add_padded(str, shown_text(table, row, i, room), &lays[i], table->columns[i].is_number);
            pad(str, 2);
        }
        end_line(str);
    }
    eco_free(table->ctx, lays);
}

/* ---- CSV ---- */

void eco_csv_add_field(eco_str *str, const char *text)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0' && text[0] != ' ') {
        eco_str_add(str, text);
        return;
    }
    eco_str_add_char(str, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            eco_str_add_char(str, '"');
        eco_str_add_char(str, *c);
    }
    eco_str_add_char(str, '"');
}

/* Full precision, whatever people are shown; nothing for a missing number. */
static void add_csv_number(eco_str *str, double value)
{
    char text[ECO_DOUBLE_TEXT_B];
    if (isnan(value))
        return;
    eco_format_double(value, text);
    eco_str_add(str, text);
}

/* A column with uncertainty is two columns here. */
static void add_csv_head(const eco_table *table, eco_str *str)
{
    bool is_first = true;
    for (size_t i = 0; i < table->n_columns; i++) {
        const eco_column *column = &table->columns[i];
        if (!(column->where & ECO_IN_CSV))
            continue;
        if (!is_first)
            eco_str_add_char(str, ',');
        is_first = false;
        eco_csv_add_field(str, column->key);
        if (!column->has_u95)
            continue;
        eco_str key = ECO_STR_INIT(table->ctx);
        eco_str_addf(&key, "%s_u95", column->key);
        eco_str_add_char(str, ',');
        eco_csv_add_field(str, eco_str_text(&key));
        if (eco_str_status(&key) != ECOPT_OK)
            str->status = ECOPT_E_NOMEM;
        eco_str_release(&key);
    }
    eco_str_add_char(str, '\n');
}

void eco_table_add_csv(eco_table *table, eco_str *str)
{
    if (table->status != ECOPT_OK) {
        str->status = ECOPT_E_NOMEM;
        return;
    }
    add_csv_head(table, str);
    for (size_t row = 0; row < table->n_rows; row++) {
        bool is_first = true;
        for (size_t i = 0; i < table->n_columns; i++) {
            const cell *mine = &table->cells[row * table->n_columns + i];
            if (!(table->columns[i].where & ECO_IN_CSV))
                continue;
            if (!is_first)
                eco_str_add_char(str, ',');
            is_first = false;
            if (mine->text)
                eco_csv_add_field(str, mine->text);
            else
                add_csv_number(str, mine->value);
            if (table->columns[i].has_u95) {
                eco_str_add_char(str, ',');
                add_csv_number(str, mine->u95);
            }
        }
        eco_str_add_char(str, '\n');
    }
}

/* ---- HTML ---- */

/* The unit stands below the title, which keeps narrow columns narrow. */
static void add_html_head(const eco_table *table, eco_str *str)
{
    eco_str_add(str, "<thead><tr>");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!(table->columns[i].where & ECO_IN_HTML))
            continue;
        eco_str_add(str, table->columns[i].is_number ? "<th scope=\"col\" class=\"num\">"
                                                     : "<th scope=\"col\">");
        eco_clean_add_html(str, table->columns[i].title);
        if (table->scales[i].unit[0]) {
            eco_str_add(str, " <span class=\"unit\">");
            eco_clean_add_html(str, table->scales[i].unit);
            eco_str_add(str, "</span>");
        }
        eco_str_add(str, "</th>");
    }
    eco_str_add(str, "</tr></thead>\n");
}

/* The first shown cell is the row's header: it is what a screen reader says before each value. */
static void add_html_row(const eco_table *table, size_t row, eco_str *str)
{
    char room[ECO_NUMBER_B];
    bool is_first = true;
    eco_str_add(str, table->is_marked[row] ? "<tr class=\"chosen\">" : "<tr>");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!(table->columns[i].where & ECO_IN_HTML))
            continue;
        const char *tag = is_first ? "th" : "td";
        eco_str_addf(str, "<%s%s%s>", tag, is_first ? " scope=\"row\"" : "",
                     table->columns[i].is_number ? " class=\"num\"" : "");
        eco_clean_add_html(str, shown_text(table, row, i, room));
        eco_str_addf(str, "</%s>", tag);
        is_first = false;
    }
    eco_str_add(str, "</tr>\n");
}

void eco_table_add_html(eco_table *table, const char *caption, eco_str *str)
{
    if (table->status != ECOPT_OK) {
        str->status = ECOPT_E_NOMEM;
        return;
    }
    choose_scales(table);
    eco_str_add(str, "<table>");
    if (caption) {
        eco_str_add(str, "<caption>");
        eco_clean_add_html(str, caption);
        eco_str_add(str, "</caption>");
    }
    add_html_head(table, str);
    eco_str_add(str, "<tbody>\n");
    for (size_t row = 0; row < table->n_rows; row++)
        add_html_row(table, row, str);
    eco_str_add(str, "</tbody></table>\n");
}
