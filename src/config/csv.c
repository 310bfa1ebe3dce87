/*
 * Reading a table through libcsv.
 *
 * The library is given one byte at a time: it tells neither line nor column, but as a field ends
 * with the byte that was just given, the next one begins behind it.  A byte costs about as much as
 * a function call, 0.1 s for the largest file allowed.
 *
 * Room for everything is taken once, before reading: a table has no more fields than it has
 * separators and line ends, and its texts are no longer than its bytes.  The library's own buffer,
 * one field long, is the only memory that is not the context's.
 */
#include "config/csv.h"

#include "core/str.h"
#include "space/space.h"

#include <csv.h>
#include <string.h>

enum { COMPLAINTS_MAX = 20 }; /* of one file; the rest is counted in one message */

/* State of a walk through the file. */
typedef struct reader {
    eco_diagnosis *report;
    eco_csv *csv;
    size_t n_fields; /* kept, header included */
    size_t n_row;    /* of them in the row being read */
    size_t n_text;   /* bytes used of csv->texts */
    size_t at;       /* of the byte being read */
    size_t start;    /* where the field being read begins */
    size_t n_wrong;  /* rows left out */
    bool is_long;    /* too many rows: the rest is not read */
} reader;

/* ---- diagnostics ---- */

/* Line and column of an offset, both from 1; columns count characters, as in the study file. */
static void find_place(const eco_csv *csv, size_t offset, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < offset; i++) {
        bool is_pair = csv->bytes[i] == '\r' && i + 1 < csv->length && csv->bytes[i + 1] == '\n';
        if (csv->bytes[i] == '\n' || (csv->bytes[i] == '\r' && !is_pair)) {
            line++;
            start = i + 1;
        }
    }
    *ret_line = line;
    *ret_column = 1;
    for (size_t i = start; i < offset; i++)
        *ret_column += ((unsigned char)csv->bytes[i] & 0xc0) != 0x80;
}

static void complain_at(eco_diagnosis *report, const eco_csv *csv, bool is_error, size_t offset,
                        const char *hint, const char *message)
{
    size_t line = 0, column = 0;
    find_place(csv, offset, &line, &column);
    eco_diagnosis_foreign(report, is_error, csv->path, line, column, hint, message);
}

void eco_csv_complain(eco_diagnosis *report, const eco_csv *csv, bool is_error, size_t row,
                      size_t column, const char *hint, const char *message)
{
    size_t r = row == ECO_CSV_HEADER ? 0 : row + 1;
    complain_at(report, csv, is_error, csv->places[r * csv->n_columns + column], hint, message);
}

/* The first ones with their places: a file of another kind would fill the screen. */
static void complain_row(reader *r, size_t offset, const char *hint, const char *message)
{
    if (r->n_wrong++ < COMPLAINTS_MAX)
        complain_at(r->report, r->csv, true, offset, hint, message);
}

/* ---- reading ---- */

/* Blanks in front of a field belong to it no more than those behind it. */
static size_t skip_blanks(const eco_csv *csv, size_t offset, size_t end)
{
    while (offset < end && (csv->bytes[offset] == ' ' || csv->bytes[offset] == '\t'))
        offset++;
    return offset;
}

static void take_field(void *text, size_t length, void *user)
{
    reader *r = user;
    eco_csv *csv = r->csv;
    csv->text[r->n_fields + r->n_row] = (uint32_t)r->n_text;
    csv->places[r->n_fields + r->n_row] = (uint32_t)skip_blanks(csv, r->start, r->at);
    if (length > 0)
        memcpy(csv->texts + r->n_text, text, length);
    csv->texts[r->n_text + length] = '\0';
    r->n_text += length + 1;
    r->n_row++;
    r->start = r->at + 1;
}

/* The header decides how long rows are.  A row of another length is dropped: its texts stay in the
 * buffer, which has room for them. */
static void take_row(int end, void *user)
{
    reader *r = user;
    eco_csv *csv = r->csv;
    size_t n = r->n_row;
    (void)end;
    r->n_row = 0;
    if (csv->n_columns == 0) {
        csv->n_columns = n;
        r->n_fields = n;
        return;
    }
    if (n != csv->n_columns) {
        complain_row(r, csv->places[r->n_fields],
                     n > csv->n_columns ? "put a field that holds a comma in double quotes"
                                        : "give every column a value",
                     eco_diagnosis_text(r->report, "the row has %zu field%s, the header %zu", n,
                                        n == 1 ? "" : "s", csv->n_columns));
        return;
    }
    if (csv->n_rows == ECO_SPACE_CANDIDATES_MAX) {
        r->is_long = true;
        complain_at(r->report, csv, true, csv->places[r->n_fields], "leave some of them out",
                    eco_diagnosis_text(r->report, "the list has more than %d rows",
                                       ECO_SPACE_CANDIDATES_MAX));
        return;
    }
    csv->n_rows++;
    r->n_fields += n;
}

/* A wrong quote makes the rest of the file doubtful, so reading ends there. */
static void complain_syntax(reader *r, size_t offset)
{
    complain_at(r->report, r->csv, true, offset,
                "put the whole field in double quotes and double those inside: \"say \"\"hi\"\"\"",
                offset < r->csv->length ? "there is a quote inside a field"
                                        : "a quoted field is not closed");
}

/* Byte by byte, see the head of this file.  A line end between rows ends nothing, and what follows
 * it begins a field all the same. */
static ecopt_status feed(reader *r, struct csv_parser *parser)
{
    const eco_csv *csv = r->csv;
    for (r->at = r->start; r->at < csv->length && !r->is_long; r->at++) {
        char c = csv->bytes[r->at];
        if (csv_parse(parser, &c, 1, take_field, take_row, r) != 1) {
            if (csv_error(parser) != CSV_EPARSE)
                return eco_fail(r->report->arena->ctx, ECOPT_E_NOMEM, "out of memory");
            complain_syntax(r, r->at);
            return ECOPT_OK;
        }
        if ((c == '\n' || c == '\r') && r->n_row == 0 && skip_blanks(csv, r->start, r->at) == r->at)
            r->start = r->at + 1;
    }
    /* Without a line end behind it, the last row is only known now. */
    if (!r->is_long && csv_fini(parser, take_field, take_row, r) != 0) {
        if (csv_error(parser) != CSV_EPARSE)
            return eco_fail(r->report->arena->ctx, ECOPT_E_NOMEM, "out of memory");
        complain_syntax(r, csv->length);
    }
    return ECOPT_OK;
}

/* ---- the whole table ---- */

/* Most fields there can be; one more for a last row without a line end. */
static size_t count_fields(const char *bytes, size_t length)
{
    size_t n = 1;
    for (size_t i = 0; i < length; i++)
        n += bytes[i] == ',' || bytes[i] == '\n' || bytes[i] == '\r';
    return n;
}

static ecopt_status take_room(eco_arena *arena, eco_csv *csv, const char *bytes)
{
    size_t n = count_fields(bytes, csv->length);
    csv->bytes = eco_arena_strndup(arena, bytes, csv->length);
    /* Each text ends in NUL, where the file has a separator or its end. */
    csv->texts = eco_arena_alloc(arena, csv->length + n + 1, 1);
    csv->text = eco_arena_alloc(arena, n, sizeof *csv->text);
    csv->places = eco_arena_alloc(arena, n, sizeof *csv->places);
    return csv->bytes && csv->texts && csv->text && csv->places ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* What the header alone can tell.  Semicolons come from programs that follow the local custom. */
static void check_header(eco_diagnosis *report, eco_csv *csv)
{
    for (size_t i = 0; i < csv->n_columns; i++) {
        size_t first = eco_csv_find(csv, eco_csv_name(csv, i));
        if (first < i)
            eco_csv_complain(
                report, csv, true, ECO_CSV_HEADER, i, "rename one of them or leave it out",
                eco_diagnosis_text(report, "the column '%.80s' is there twice, first as number %zu",
                                   eco_csv_name(csv, i), first + 1));
    }
    const char *only = csv->n_columns == 1 ? eco_csv_name(csv, 0) : "";
    if (strpbrk(only, ";\t"))
        eco_csv_complain(report, csv, true, ECO_CSV_HEADER, 0, "separate the fields by commas",
                         "the header has one column, with separators of another kind");
}

/* The largest tables have a column for each of the most parameters and some more to leave out. */
static bool has_limits(eco_diagnosis *report, eco_csv *csv)
{
    if (csv->n_columns <= ECO_CSV_COLUMNS_MAX)
        return true;
    eco_csv_complain(
        report, csv, true, ECO_CSV_HEADER, ECO_CSV_COLUMNS_MAX, "leave out what is no parameter",
        eco_diagnosis_text(report, "the list has more than %d columns", ECO_CSV_COLUMNS_MAX));
    csv->n_columns = 0;
    return false;
}

static void conclude(reader *r)
{
    eco_csv *csv = r->csv;
    if (r->n_wrong > COMPLAINTS_MAX)
        complain_at(r->report, csv, true, csv->length, "",
                    eco_diagnosis_text(r->report, "%zu more rows have another number of fields",
                                       r->n_wrong - COMPLAINTS_MAX));
    if (csv->n_columns == 0)
        complain_at(r->report, csv, true, 0,
                    "the first line names the parameters, each further one is a point",
                    "the list is empty");
    else if (!has_limits(r->report, csv))
        return;
    else
        check_header(r->report, csv);
    if (csv->n_columns > 0 && csv->n_rows == 0 && r->report->n_errors == 0)
        complain_at(r->report, csv, true, 0, "add a line with values under the header",
                    "the list has a header but no rows");
}

/* A NUL byte would end texts early; files in UTF-16 are full of them. */
ecopt_status eco_csv_read(eco_diagnosis *report, const char *path, const char *bytes, size_t length,
                          eco_csv *ret_csv)
{
    eco_csv *csv = ret_csv;
    *csv = (eco_csv){.path = path, .length = length};
    ECO_TRY(take_room(report->arena, csv, bytes));
    const char *nul = length > 0 ? memchr(bytes, '\0', length) : NULL;
    if (nul) {
        complain_at(report, csv, true, (size_t)(nul - bytes),
                    "save the list as plain text in UTF-8", "there is a NUL byte");
        return ECOPT_OK;
    }
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return eco_fail(report->arena->ctx, ECOPT_E_NOMEM, "out of memory");
    reader r = {.report = report, .csv = csv};
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        r.start = 3;
    size_t n_errors = report->n_errors;
    ecopt_status status = feed(&r, &parser);
    csv_free(&parser);
    /* Nothing more is said of a table that could not be read to its end. */
    if (status == ECOPT_OK && (report->n_errors == n_errors || r.n_wrong > 0))
        conclude(&r);
    return status;
}

/* ---- questions ---- */

const char *eco_csv_name(const eco_csv *csv, size_t column)
{
    return csv->texts + csv->text[column];
}

size_t eco_csv_find(const eco_csv *csv, const char *name)
{
    size_t i = 0;
    while (i < csv->n_columns && strcmp(eco_csv_name(csv, i), name) != 0)
        i++;
    return i;
}

const char *eco_csv_text(const eco_csv *csv, size_t row, size_t column)
{
    return csv->texts + csv->text[(row + 1) * csv->n_columns + column];
}

size_t eco_csv_line(const eco_csv *csv, size_t row)
{
    size_t line = 0, column = 0;
    find_place(csv, csv->places[(row + 1) * csv->n_columns], &line, &column);
    return line;
}
