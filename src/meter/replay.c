/*
 * Reads traces.  The state is the same set of counters that a live session has, so a replayed
 * window went through the same arithmetic.
 *
 * Windows are computed once, when their end is read, and kept; readings are not kept.
 */
#include "meter/replay_reader.h"

#include "core/fs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Head line, then all others. The text is cut in place. */
static ecopt_status read_all(eco_replay_reader *r, char *text)
{
    /* The whole line must match, or "1" would accept "10". */
    size_t head_b = strlen(ECO_TRACE_HEAD);
    r->line = 1;
    if (strncmp(text, ECO_TRACE_HEAD, head_b) != 0 ||
        (text[head_b] != '\n' && text[head_b] != '\r'))
        return eco_fail(r->ctx, ECOPT_E_PARSE, "%s:1: first line is not '%s'", r->path,
                        ECO_TRACE_HEAD);
    for (char *line = text; line; r->line++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        size_t length_b = strlen(line);
        if (length_b > 0 && line[length_b - 1] == '\r')
            line[length_b - 1] = '\0';
        ECO_TRY(eco_replay_line(r, line));
        line = end ? end + 1 : NULL;
    }
    /* Nothing to give out: better now than at the first trial. */
    if (r->replay->n == 0)
        return eco_fail(r->ctx, ECOPT_E_PARSE, "%s:%d: the trace holds no finished window", r->path,
                        r->line - 1);
    return ECOPT_OK;
}

ecopt_status eco_replay_parse(ecopt_ctx *ctx, const char *path, char *text, size_t length,
                              eco_replay **ret_replay)
{
    ecopt_status status = ECOPT_E_NOMEM;
    eco_replay *replay = eco_alloc(ctx, 1, sizeof *replay);
    eco_replay_reader *r = eco_alloc(ctx, 1, sizeof *r);
    if (replay)
        replay->ctx = ctx;
    if (!replay || !r)
        goto done;
    r->ctx = ctx;
    r->path = path;
    r->replay = replay;
    /* A NUL inside would hide the rest of the file. */
    if (strlen(text) == length)
        status = read_all(r, text);
    else
        status = eco_fail(ctx, ECOPT_E_PARSE, "%s:1: not a text file", path);
done:
    eco_free(ctx, r);
    if (status == ECOPT_OK)
        *ret_replay = replay;
    else
        eco_replay_close(replay);
    return status;
}

ecopt_status eco_replay_open(ecopt_ctx *ctx, const char *path, eco_replay **ret_replay)
{
    char *text = NULL;
    size_t length = 0;
    ECO_TRY(eco_fs_read(ctx, path, ECO_DOCUMENT_MAX_B, &text, &length));
    /* Only the windows stay. */
    ecopt_status status = eco_replay_parse(ctx, path, text, length, ret_replay);
    eco_free(ctx, text);
    return status;
}

/* Windows of that phase, and the last of them with that number: the last attempt of a trial. */
static size_t find_windows(const eco_replay *replay, int64_t ordinal, const char *name,
                           const eco_replay_window **ret_exact)
{
    size_t n_same = 0;
    *ret_exact = NULL;
    for (size_t i = 0; i < replay->n; i++) {
        bool is_same = strcmp(replay->windows[i].phase, name) == 0;
        n_same += is_same;
        if (is_same && replay->windows[i].ordinal == ordinal)
            *ret_exact = &replay->windows[i];
    }
    return n_same;
}

void eco_replay_get(const eco_replay *replay, int64_t ordinal, const char *phase, ecopt_energy *ret)
{
    /* Passes over at most 20,000 windows: an index would cost more care than it saves time. */
    char name[ECO_TRACE_PHASE_B];
    const eco_replay_window *exact = NULL;
    eco_trace_phase(phase, name);
    size_t n_same = find_windows(replay, ordinal, name, &exact);
    /* A repeat that was not recorded ("evaluate#2") is like the first run of its phase. */
    char *mark = strchr(name, '#');
    if (!exact && mark) {
        *mark = '\0';
        n_same = find_windows(replay, ordinal, name, &exact);
    }
    if (exact) {
        *ret = exact->energy;
        return;
    }
    size_t n_fit = n_same ? n_same : replay->n;
    assert(n_fit > 0); /* an empty trace is refused when it is opened */
    size_t wanted = (size_t)ordinal % n_fit;
    for (size_t i = 0; i < replay->n; i++) {
        if (n_same && strcmp(replay->windows[i].phase, name) != 0)
            continue;
        if (wanted-- == 0) {
            *ret = replay->windows[i].energy;
            return;
        }
    }
}

ecopt_quality eco_replay_quality(const eco_replay *replay)
{
    ecopt_quality weakest = ECOPT_QUALITY_MEASURED_WALL;
    /* A study that requires a label is judged by the worst that it may be given. */
    for (size_t i = 0; i < replay->n; i++)
        if (replay->windows[i].energy.quality > weakest)
            weakest = replay->windows[i].energy.quality;
    return weakest;
}

size_t eco_replay_count(const eco_replay *replay)
{
    return replay->n;
}

void eco_replay_close(eco_replay *replay)
{
    if (!replay)
        return;
    ecopt_ctx *ctx = replay->ctx;
    eco_free(ctx, replay->windows);
    eco_free(ctx, replay);
}
