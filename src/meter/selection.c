#include "meter/selection.h"

#include "core/str.h"
#include "meter/source.h"

#include <stdio.h>
#include <string.h>

#define INTERVAL_S     0.1
#define INTERVAL_MIN_S 0.01
#define INTERVAL_MAX_S 10.0

/* Two periods of RAPL with room for a late wake-up; a command that does nothing stays quick. */
#define EDGE_WAIT_S     0.005
#define EDGE_WAIT_MAX_S 2.0

/* A word that is not in a list, with the closest that is. */
static ecopt_status fail_name(ecopt_ctx *ctx, const char *what, const char *word,
                              const char *const *names, size_t n)
{
    /* The hint is a second text: programs that show only the message stay right. */
    const char *closest = eco_closest_word(word, names, n);
    ecopt_status status = eco_fail(ctx, ECOPT_E_NAME, "no %s '%.60s'", what, word);
    return closest ? eco_hint(ctx, status, "did you mean '%s'?", closest) : status;
}

/* "kind:argument", e.g. "plug:http://..."; both stand in the caller's text. */
static ecopt_status select_argument(ecopt_ctx *ctx, size_t kind, const char *argument, size_t n,
                                    eco_selection *ret)
{
    size_t n_kinds;
    const char *name = eco_source_registry(&n_kinds)[kind]->kind;
    if (ret->n_words == ECO_SELECTION_WORDS_MAX)
        return eco_fail(ctx, ECOPT_E_LIMIT, "more than %d energy sources are named",
                        ECO_SELECTION_WORDS_MAX);
    if (n == 0)
        return eco_fail(ctx, ECOPT_E_ARG, "energy source '%s' needs what it reads, as '%s:...'",
                        name, name);
    if (n >= ECO_SELECTION_ARGUMENT_B)
        return eco_fail(ctx, ECOPT_E_LIMIT, "what energy source '%s' reads is longer than %d bytes",
                        name, ECO_SELECTION_ARGUMENT_B - 1);
    ret->words[ret->n_words].kind = kind;
    ret->words[ret->n_words].argument = argument;
    ret->words[ret->n_words].length_b = n;
    ret->n_words++;
    ret->is_wanted[kind] = true;
    const eco_source_ops *ops = eco_source_registry(&n_kinds)[kind];
    if (!ops->check)
        return ECOPT_OK;
    char copy[ECO_SELECTION_ARGUMENT_B];
    memcpy(copy, argument, n);
    copy[n] = '\0';
    return ops->check(ctx, copy);
}

/* One word of n bytes in a list of sources.  "none" is a whole list, not a member. */
static ecopt_status select_word(ecopt_ctx *ctx, const char *text, size_t n, eco_selection *ret)
{
    static const char *const OTHERS[] = {"auto", "none"};
    const char *names[ECO_SELECTION_KINDS_MAX + ECO_LEN(OTHERS)];
    char word[64];
    size_t n_name = strcspn(text, ":, "), n_kinds;
    bool has_argument = n_name < n;
    (void)snprintf(word, sizeof word, "%.*s", (int)(n_name < 63 ? n_name : 63), text);
    const eco_source_ops *const *kinds = eco_source_registry(&n_kinds);
    for (size_t i = 0; i < n_kinds; i++) {
        names[i] = kinds[i]->kind;
        if (strcmp(kinds[i]->kind, word) != 0 || kinds[i] == &eco_source_replay)
            continue;
        if (kinds[i]->has_argument || (kinds[i]->may_have_argument && has_argument))
            return select_argument(ctx, i, text + n_name + has_argument,
                                   has_argument ? n - n_name - 1 : 0, ret);
        if (has_argument)
            return eco_fail(ctx, ECOPT_E_ARG, "energy source '%s' takes nothing behind its name",
                            word);
        ret->is_wanted[i] = true;
        return ECOPT_OK;
    }
    if (strcmp(word, "auto") == 0 && !has_argument) {
        ret->is_auto = true;
        return ECOPT_OK;
    }
    if (strcmp(word, "replay") == 0)
        return has_argument
                   ? eco_fail(ctx, ECOPT_E_ARG,
                              "a replayed trace cannot be joined with other sources")
                   : eco_fail(ctx, ECOPT_E_ARG, "source 'replay' needs a trace: 'replay:FILE'");
    for (size_t i = 0; i < ECO_LEN(OTHERS); i++)
        names[n_kinds + i] = OTHERS[i];
    return fail_name(ctx, "energy source", word, names, n_kinds + ECO_LEN(OTHERS));
}

/* "none", "replay:FILE" alone, or "auto" and kinds separated by commas and blanks. */
static ecopt_status parse_sources(ecopt_ctx *ctx, const char *sources, eco_selection *ret)
{
    /* The default, spelled in three ways. */
    ret->is_auto = !sources || sources[0] == '\0' || strcmp(sources, "auto") == 0;
    ret->is_none = sources && strcmp(sources, "none") == 0;
    if (ret->is_auto || ret->is_none)
        return ECOPT_OK;
    if (strncmp(sources, "replay:", 7) == 0) {
        ret->replay_path = sources + 7;
        return sources[7] != '\0'
                   ? ECOPT_OK
                   : eco_fail(ctx, ECOPT_E_ARG, "source 'replay:' does not name a file");
    }
    /* Blanks around commas are welcome; empty words are skipped. */
    for (const char *next = sources; *next != '\0';) {
        size_t n = strcspn(next, ", ");
        if (n > 0)
            ECO_TRY(select_word(ctx, next, n, ret));
        next += n;
        next += strspn(next, ", ");
    }
    return ECOPT_OK;
}

/* "measured" stands for every label that starts with it. */
static ecopt_status parse_require(ecopt_ctx *ctx, const char *require, ecopt_quality *ret_weakest)
{
    /* No requirement is the weakest label there is, so that one comparison serves both. */
    const char *names[ECOPT_QUALITY_UNMEASURABLE + 2] = {"measured"};
    *ret_weakest = ECOPT_QUALITY_UNMEASURABLE;
    if (!require || require[0] == '\0' || ecopt_quality_parse(require, ret_weakest))
        return ECOPT_OK;
    *ret_weakest = ECOPT_QUALITY_MEASURED_SAMPLED;
    if (strcmp(require, "measured") == 0)
        return ECOPT_OK;
    for (int i = 0; i <= ECOPT_QUALITY_UNMEASURABLE; i++)
        names[i + 1] = ecopt_quality_name((ecopt_quality)i);
    return fail_name(ctx, "quality label", require, names, ECO_LEN(names));
}

/* In the order of eco_wish. */
static ecopt_status parse_total(ecopt_ctx *ctx, const char *total, eco_wish *ret_wish)
{
    static const char *const names[] = {"auto", "parts", "whole"};
    *ret_wish = ECO_WISH_AUTO;
    if (!total || total[0] == '\0')
        return ECOPT_OK;
    for (size_t i = 0; i < ECO_LEN(names); i++)
        if (strcmp(total, names[i]) == 0) {
            *ret_wish = (eco_wish)i;
            return ECOPT_OK;
        }
    return fail_name(ctx, "total", total, names, ECO_LEN(names));
}

/* A word, or a time with its unit. */
static ecopt_status parse_edges(ecopt_ctx *ctx, const char *edges, double *ret_wait_s)
{
    static const char *const names[] = {"aligned", "free"};
    static const struct {
        const char *unit;
        double s;
    } units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
    *ret_wait_s = EDGE_WAIT_S;
    if (!edges || edges[0] == '\0' || strcmp(edges, names[0]) == 0)
        return ECOPT_OK;
    *ret_wait_s = 0;
    if (strcmp(edges, names[1]) == 0)
        return ECOPT_OK;
    char number[32] = "";
    size_t n = strspn(edges, "0123456789.");
    double value = 0;
    (void)snprintf(number, sizeof number, "%.*s", (int)(n < 31 ? n : 31), edges);
    const char *unit = edges + n + strspn(edges + n, " ");
    for (size_t i = 0; i < ECO_LEN(units); i++)
        if (n > 0 && strcmp(unit, units[i].unit) == 0 && eco_parse_double(number, &value)) {
            *ret_wait_s = value * units[i].s;
            if (*ret_wait_s > 0 && *ret_wait_s <= EDGE_WAIT_MAX_S)
                return ECOPT_OK;
            return eco_fail(ctx, ECOPT_E_RANGE, "a wait of '%.40s' for updates is not in 0 to %g s",
                            edges, EDGE_WAIT_MAX_S);
        }
    ecopt_status status = fail_name(ctx, "kind of edges", edges, names, ECO_LEN(names));
    return eco_closest_word(edges, names, ECO_LEN(names))
               ? status
               : eco_hint(ctx, status, "write aligned, free, or the longest wait: 250ms");
}

/* Copies what the caller's struct has (it may be an older, shorter one) and checks it. */
ecopt_status eco_selection_parse(ecopt_ctx *ctx, const ecopt_meter_options *options,
                                 eco_selection *ret)
{
    memset(ret, 0, sizeof *ret);
    /* A struct without a size is one that nobody initialised. */
    if (options && options->size < sizeof options->size)
        return eco_fail(ctx, ECOPT_E_ARG, "meter options have no size");
    if (options) {
        size_t n = options->size < sizeof ret->options ? options->size : sizeof ret->options;
        memcpy(&ret->options, options, n);
    }
    /* 10 Hz: wraps and resets stay apart (docs/energy.md, the table of cases). */
    if (ret->options.interval_s == 0)
        ret->options.interval_s = INTERVAL_S;
    if (!(ret->options.interval_s >= INTERVAL_MIN_S && ret->options.interval_s <= INTERVAL_MAX_S))
        return eco_fail(ctx, ECOPT_E_RANGE, "sampling interval %g s is not in %g to %g s",
                        ret->options.interval_s, INTERVAL_MIN_S, INTERVAL_MAX_S);
    ECO_TRY(parse_sources(ctx, ret->options.sources, ret));
    ECO_TRY(parse_total(ctx, ret->options.total, &ret->wish));
    ECO_TRY(parse_edges(ctx, ret->options.edges, &ret->edge_wait_s));
    return parse_require(ctx, ret->options.require, &ret->weakest);
}

void eco_selection_argument(const eco_selection *selection, size_t i,
                            char argument[ECO_SELECTION_ARGUMENT_B])
{
    size_t n = selection->words[i].length_b;
    memcpy(argument, selection->words[i].argument, n);
    argument[n] = '\0';
}
