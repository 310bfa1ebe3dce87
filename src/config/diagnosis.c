/*
 * Collects what is wrong with a file, with place, key path and source line.
 *
 * Sections are checked in an order of their own, people read from top to bottom: so diagnostics
 * wait until all are known and leave sorted by line and column.
 *
 * None of the calls returns a status.  Whoever reports a mistake is in the middle of reading
 * something and has nothing better to do about want of memory; it is noted in report->status, an
 * empty text stands in, and the sections look at it when they end.
 */
#include "config/diagnosis.h"

#include "core/str.h"

#include <ecopt/meter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Cut at 1023 bytes; names from the file are cut by their own formats (%.80s) well before. */
ECOPT_PRINTF(2, 0)
static const char *format_text(eco_diagnosis *report, const char *format, va_list args)
{
    char text[1024];
    (void)vsnprintf(text, sizeof text, format, args);
    /* What goes to a terminal or a log may quote a value; a password in it does not. */
    ecopt_meter_hide_logins(text);
    const char *copy = eco_arena_strdup(report->arena, text);
    if (!copy)
        report->status = ECOPT_E_NOMEM;
    return copy ? copy : "";
}

/* Texts may be used as arguments of a later call: each is a copy of its own. */
const char *eco_diagnosis_text(eco_diagnosis *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = format_text(report, format, args);
    va_end(args);
    return text;
}

/* Walked from the node to the root, written the other way round.  The root has no step of its
 * own: it has no parent. */
const char *eco_diagnosis_path(eco_diagnosis *report, const eco_node *node)
{
    const eco_node *chain[ECO_TREE_DEPTH_MAX + 2];
    size_t n = 0;
    for (; node && node->parent && n < ECO_LEN(chain); node = node->parent)
        chain[n++] = node;
    eco_str path = ECO_STR_INIT(report->arena->ctx);
    while (n > 0) {
        const eco_node *step = chain[--n];
        if (step->parent->kind == ECO_NODE_LIST)
            eco_str_addf(&path, "[%zu]", step->index + 1);
        else /* a key that is reported itself has no key of its own */
            eco_str_addf(&path, "%s%s", path.length > 0 ? "." : "",
                         step->key ? step->key->text : step->text);
    }
    char *text = eco_arena_strdup(report->arena, eco_str_text(&path));
    /* A list of sources without its quotes makes keys of what follows a comma. */
    ecopt_meter_hide_logins(text);
    if (!text || eco_str_status(&path) != ECOPT_OK)
        report->status = ECOPT_E_NOMEM;
    eco_str_release(&path);
    return text ? text : "";
}

/* Text of a line for showing under a message, cut at 500 bytes; "" when there is no such line.
 * Lines are counted anew each time: at most a hundred are asked for. */
static const char *source_line(eco_diagnosis *report, size_t line)
{
    const char *start = report->text, *end = report->text + report->length;
    for (size_t number = 1; line > 0 && start < end; number++) {
        const char *stop = memchr(start, '\n', (size_t)(end - start));
        stop = stop ? stop : end;
        if (number == line) {
            size_t length = (size_t)(stop - start);
            /* A file from another system ends its lines with two characters. */
            if (length > 0 && start[length - 1] == '\r')
                length--;
            length = length < 500 ? length : 500;
            const char *copy = eco_arena_strndup(report->arena, start, length);
            if (!copy)
                report->status = ECOPT_E_NOMEM;
            return copy ? copy : "";
        }
        start = stop + 1;
    }
    return "";
}

/* The same for showing: without the passwords of plugs, all else at its place. */
static const char *shown_line(eco_diagnosis *report, size_t line)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s", source_line(report, line));
    ecopt_meter_hide_logins(text);
    const char *copy = eco_arena_strdup(report->arena, text);
    if (!copy)
        report->status = ECOPT_E_NOMEM;
    return copy ? copy : "";
}

/* Counts it, and keeps it while there is room: a file that is wrong throughout shall not flood a
 * terminal, but the count stays true.  The hint is copied because it may be the context's, which
 * the next failure overwrites. */
static void add(eco_diagnosis *report, const ecopt_diagnostic *diagnostic)
{
    if (diagnostic->is_error)
        report->n_errors++;
    else
        report->n_warnings++;
    /* The first hundred that were found, which need not be the first of the file. */
    if (report->n == ECO_DIAGNOSIS_MAX)
        return;
    eco_diagnosis_entry *entry = &report->entries[report->n];
    entry->diagnostic = *diagnostic;
    /* The source of another file is not at hand; its line number has to do. */
    if (!diagnostic->file) {
        entry->diagnostic.file = report->file;
        entry->diagnostic.source = shown_line(report, diagnostic->line);
    }
    entry->diagnostic.hint = eco_diagnosis_text(report, "%s", diagnostic->hint);
    entry->is_foreign = diagnostic->file != NULL;
    entry->order = report->n++;
}

/* Place and path of a node; without one it concerns the whole file, which is line 0. */
static void add_node(eco_diagnosis *report, bool is_error, const eco_node *at, const char *hint,
                     const char *message)
{
    ecopt_diagnostic diagnostic = {.is_error = is_error,
                                   .line = at ? at->line : 0,
                                   .column = at ? at->column : 0,
                                   .key = at ? eco_diagnosis_path(report, at) : "",
                                   .message = message,
                                   .hint = hint};
    add(report, &diagnostic);
}

/* Marked bad so that no later check trips over the same node: one mistake, one message. */
void eco_diagnosis_error(eco_diagnosis *report, eco_node *at, const char *hint, const char *format,
                         ...)
{
    va_list args;
    va_start(args, format);
    const char *message = format_text(report, format, args);
    va_end(args);
    add_node(report, true, at, hint, message);
    if (at)
        at->is_bad = true;
}

/* The message is made first: its arguments may point into the context, whose text any later call
 * may change. */
void eco_diagnosis_error_in(eco_diagnosis *report, eco_node *at, size_t offset, const char *hint,
                            const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = format_text(report, format, args);
    va_end(args);
    /* A copy, to move the column; the mark below goes to the node itself. */
    eco_node place = *at;
    /* Text that spans lines, or that escapes change, has no simple map to columns: only when the
     * source holds the very text at its place is the offset added to it. */
    const char *source = source_line(report, at->line);
    /* Behind the quote, if there is one. */
    size_t start = at->column - 1 + (at->is_plain ? 0 : 1);
    size_t length = strlen(at->text);
    if (at->column > 0 && strlen(source) >= start + length &&
        strncmp(source + start, at->text, length) == 0)
        place.column = start + offset + 1;
    add_node(report, true, &place, hint, message);
    at->is_bad = true;
}

/* Does not mark the node: what is warned of is still used. */
void eco_diagnosis_warning(eco_diagnosis *report, const eco_node *at, const char *hint,
                           const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = format_text(report, format, args);
    va_end(args);
    add_node(report, false, at, hint, message);
}

/* The line's text is shown as with a node; only the key path is not known. */
void eco_diagnosis_error_at(eco_diagnosis *report, size_t line, size_t column, const char *hint,
                            const char *message)
{
    ecopt_diagnostic diagnostic = {.is_error = true,
                                   .line = line,
                                   .column = column,
                                   .key = "",
                                   .message = eco_diagnosis_text(report, "%s", message),
                                   .hint = hint};
    add(report, &diagnostic);
}

/* Key path and source line are those of the study file, so there is neither. */
void eco_diagnosis_foreign(eco_diagnosis *report, bool is_error, const char *file, size_t line,
                           size_t column, const char *hint, const char *message)
{
    ecopt_diagnostic diagnostic = {.is_error = is_error,
                                   .file = file,
                                   .line = line,
                                   .column = column,
                                   .key = "",
                                   .message = eco_diagnosis_text(report, "%s", message),
                                   .hint = hint,
                                   .source = ""};
    add(report, &diagnostic);
}

/* Words of different case count as equal first, then eco_closest_word decides what is close; far
 * words give `otherwise`, since a wrong suggestion is worse than none. */
const char *eco_diagnosis_closest(eco_diagnosis *report, const char *word, const char *const *words,
                                  size_t n, const char *otherwise)
{
    const char *closest = NULL;
    /* Capitals alone make words of the same letters far apart. */
    for (size_t i = 0; i < n && !closest; i++)
        if (strcasecmp(word, words[i]) == 0)
            closest = words[i];
    /* Of one letter, every other is as close. */
    if (!closest && word[0] != '\0' && word[1] != '\0')
        closest = eco_closest_word(word, words, n);
    return closest ? eco_diagnosis_text(report, "did you mean '%s'?", closest) : otherwise;
}

/* By place; what concerns the whole file (line 0) comes first; of one place, first noted first.
 * qsort is not stable, hence the order kept in each entry. */
static int compare_places(const void *a, const void *b)
{
    const eco_diagnosis_entry *x = a, *y = b;
    if (x->is_foreign != y->is_foreign)
        return x->is_foreign ? 1 : -1;
    if (x->diagnostic.line != y->diagnostic.line)
        return x->diagnostic.line < y->diagnostic.line ? -1 : 1;
    if (x->diagnostic.column != y->diagnostic.column)
        return x->diagnostic.column < y->diagnostic.column ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Once, at the end; the entries are sorted in place. */
void eco_diagnosis_flush(eco_diagnosis *report, ecopt_diagnostic_fn receive, void *user)
{
    qsort(report->entries, report->n, sizeof report->entries[0], compare_places);
    for (size_t i = 0; i < report->n && receive; i++)
        receive(user, &report->entries[i].diagnostic);
}
