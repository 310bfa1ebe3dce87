/*
 * Reads traces.  One function per kind of line, found by a table; the state is the same set of
 * counters that a live session has, so a replayed window went through the same arithmetic.
 *
 * A trace is input from outside: every field is checked for form and range where it is read, and
 * every refusal names file, line and field (tests/fuzz/fuzz_trace.c).  Ranges are wide enough for
 * any machine and small enough that no sum overflows: 1e12 s of 1e9 W are 1e21 J.
 *
 * Windows are computed once, when their end is read, and kept; readings are not kept.
 */
#include "meter/replay.h"

#include "core/fs.h"
#include "core/str.h"
#include "meter/tally.h"
#include "meter/trace.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS_MAX = 10 };

/* One finished window, ready to be given out. */
typedef struct replay_window {
    int64_t ordinal;
    char phase[ECO_TRACE_PHASE_B];
    ecopt_energy energy;
} replay_window;

/* Windows in the order in which they ended. */
struct eco_replay {
    ecopt_ctx *ctx; /* borrowed */
    size_t n, room;
    replay_window *windows; /* owned */
};

/* A window whose end was not read yet. */
typedef struct open_window {
    bool is_open;
    bool is_overlapped;
    bool has_slept;
    int64_t ordinal;
    char phase[ECO_TRACE_PHASE_B];
    double time_s;
    double foreign_cpu_s; /* NaN = the trace does not say */
    bool is_foreign;
    eco_mark start[ECOPT_METER_SOURCES_MAX];
    eco_settled settled[ECOPT_METER_SOURCES_MAX];
} open_window;

/* State while a trace is read. */
typedef struct reader {
    ecopt_ctx *ctx;
    const char *path;
    int line;
    eco_replay *replay;
    size_t n_open;     /* windows without an end so far */
    bool is_unwatched; /* no window since the counters were last forgotten */
    bool has_slept[ECOPT_METER_SOURCES_MAX];
    size_t n_channels;
    eco_channel channels[ECOPT_METER_SOURCES_MAX];
    open_window open[ECO_REPLAY_OPEN_MAX];
} reader;

/* All messages of the reader: file, line, what, and the field that is wrong. */
static ecopt_status fail_line(const reader *r, const char *what, const char *field)
{
    return eco_fail(r->ctx, ECOPT_E_PARSE, "%s:%d: %s '%.40s'", r->path, r->line, what, field);
}

/* Cuts a line at its commas in place; number of fields, at most FIELDS_MAX. */
static size_t split(char *line, char *fields[FIELDS_MAX])
{
    /* A field too many makes the count differ from what the kind of line asks for.
     * Empty fields count, so that a missing value shifts nothing. */
    size_t n = 0;
    for (char *next = line; next && n < FIELDS_MAX; n++) {
        fields[n] = next;
        next = strchr(next, ',');
        if (next)
            *next++ = '\0';
    }
    return n;
}

/* A finite number in a range: infinities and NaN in a trace are errors of who wrote it. */
static ecopt_status parse_number(const reader *r, const char *field, double lo, double hi,
                                 double *ret)
{
    double value;
    if (!eco_parse_double(field, &value) || !(value >= lo) || !(value <= hi))
        return fail_line(r, "not a number in range:", field);
    *ret = value;
    return ECOPT_OK;
}

/* At most 16 names: a search is quicker than keeping an order. */
static int channel_index(const reader *r, const char *name)
{
    for (size_t i = 0; i < r->n_channels; i++)
        if (strcmp(r->channels[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* Channel of a name, made with defaults when it was not declared. */
static ecopt_status need_channel(reader *r, const char *name, eco_channel **ret_channel)
{
    int at = channel_index(r, name);
    if (at < 0 && r->n_channels >= ECOPT_METER_SOURCES_MAX)
        return fail_line(r, "one source too many:", name);
    if (at < 0 && (name[0] == '\0' || strlen(name) >= sizeof r->channels[0].name))
        return fail_line(r, "not a source name:", name);
    if (at < 0) {
        at = (int)r->n_channels++;
        eco_channel *channel = &r->channels[at];
        memset(channel, 0, sizeof *channel); /* used before, if a restart came between */
        (void)snprintf(channel->name, sizeof channel->name, "%s", name);
        channel->ops = &eco_source_replay;
        channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
        channel->gain_lo = 1;
        channel->gain_hi = 1;
        channel->is_counted = true;
        channel->mirror_of = -1;
        channel->check_of = -1;
        channel->info = -1;
        eco_counter_init(&channel->counter, 0, 0, 0);
    }
    *ret_channel = &r->channels[at];
    return ECOPT_OK;
}

/* source,name,quality,counted,unit_j,period_s,gain_lo,gain_hi,power_max_w */
static ecopt_status read_source(reader *r, char **field)
{
    /* A declaration after the first reading would change what was counted already. */
    eco_channel *channel = NULL;
    double counted = 0, period_s = 0, power_max_w = 0;
    if (channel_index(r, field[1]) >= 0)
        return fail_line(r, "source declared twice:", field[1]);
    ECO_TRY(need_channel(r, field[1], &channel));
    if (!ecopt_quality_parse(field[2], &channel->quality))
        return fail_line(r, "not a quality label:", field[2]);
    ECO_TRY(parse_number(r, field[3], 0, 1, &counted));
    ECO_TRY(parse_number(r, field[4], 0, 1e9, &channel->unit_j));
    ECO_TRY(parse_number(r, field[5], 0, 1e6, &period_s));
    ECO_TRY(parse_number(r, field[6], 0, 1e6, &channel->gain_lo));
    ECO_TRY(parse_number(r, field[7], 0, 1e6, &channel->gain_hi));
    ECO_TRY(parse_number(r, field[8], 0, 1e9, &power_max_w));
    channel->is_counted = counted != 0;
    /* The trace does not say which parts may honestly use nothing; those of no account may. */
    channel->may_rest = !channel->is_counted;
    eco_counter_init(&channel->counter, 0, power_max_w, period_s);
    return ECOPT_OK;
}

/* sensor,name,average_s,step_w: what one reading of a declared source is */
static ecopt_status read_sensor(reader *r, char **field)
{
    eco_channel *channel = NULL;
    ECO_TRY(need_channel(r, field[1], &channel));
    ECO_TRY(parse_number(r, field[2], 0, 1e6, &channel->counter.average_s));
    return parse_number(r, field[3], 0, 1e9, &channel->counter.step_w);
}

/* The session forgets the counters when a first window opens; so does the replay at the first
 * reading after the last one closed, or the energy between windows would shape the last power. */
static void forget_unwatched(reader *r)
{
    if (r->n_open > 0 || r->is_unwatched)
        return;
    r->is_unwatched = true;
    for (size_t i = 0; i < r->n_channels; i++)
        eco_counter_forget(&r->channels[i].counter);
}

/* Time of a reading: not before the source's last one. */
static ecopt_status start_sample(reader *r, char **field, eco_channel **ret_channel,
                                 eco_sample *sample)
{
    memset(sample, 0, sizeof *sample);
    ECO_TRY(need_channel(r, field[2], ret_channel));
    ECO_TRY(parse_number(r, field[1], 0, 1e12, &sample->time_s));
    eco_channel *channel = *ret_channel;
    if (sample->time_s < channel->counter.last_s)
        return fail_line(r, "time goes back:", field[1]);
    forget_unwatched(r);
    /* Each source learns of a suspend at its own next reading. */
    size_t at = (size_t)(channel - r->channels);
    sample->has_slept = r->has_slept[at];
    r->has_slept[at] = false;
    return ECOPT_OK;
}

/* sample,t_s,source,cumulative_uj,modulus_uj */
static ecopt_status read_sample(reader *r, char **field)
{
    /* Counter values are whole numbers: a double would lose the last digits of 64 bits. */
    eco_channel *channel = NULL;
    eco_sample sample;
    uint64_t modulus_uj = 0;
    ECO_TRY(start_sample(r, field, &channel, &sample));
    if (!eco_io_parse_u64(field[3], &sample.value_uj))
        return fail_line(r, "not a counter value:", field[3]);
    if (!eco_io_parse_u64(field[4], &modulus_uj))
        return fail_line(r, "not a counter modulus:", field[4]);
    sample.is_ok = true;
    sample.step_j = channel->unit_j;
    /* Stated with every sample: a trace can be cut anywhere and stay readable. */
    channel->counter.modulus_uj = modulus_uj;
    (void)eco_counter_update(&channel->counter, &sample);
    return ECOPT_OK;
}

/* power,t_s,source,power_w */
static ecopt_status read_power(reader *r, char **field)
{
    eco_channel *channel = NULL;
    eco_sample sample;
    ECO_TRY(start_sample(r, field, &channel, &sample));
    ECO_TRY(parse_number(r, field[3], 0, 1e9, &sample.power_w));
    sample.is_ok = true;
    (void)eco_counter_power(&channel->counter, &sample);
    return ECOPT_OK;
}

/* miss,t_s,source */
static ecopt_status read_miss(reader *r, char **field)
{
    eco_channel *channel = NULL;
    eco_sample sample;
    /* is_ok stays false: the classifier sees what it saw live. */
    ECO_TRY(start_sample(r, field, &channel, &sample));
    (void)eco_counter_update(&channel->counter, &sample);
    return ECOPT_OK;
}

/* suspend,t_s */
static ecopt_status read_suspend(reader *r, char **field)
{
    double time_s = 0;
    ECO_TRY(parse_number(r, field[1], 0, 1e12, &time_s));
    for (size_t i = 0; i < ECOPT_METER_SOURCES_MAX; i++)
        r->has_slept[i] = true;
    /* Closed entries are cleared when they are opened again. */
    for (size_t i = 0; i < ECO_REPLAY_OPEN_MAX; i++)
        r->open[i].has_slept = true;
    return ECOPT_OK;
}

/* A window is known by its number and phase while it is open. */
static open_window *find_open(reader *r, int64_t ordinal, const char *phase)
{
    for (size_t i = 0; i < ECO_REPLAY_OPEN_MAX; i++)
        if (r->open[i].is_open && r->open[i].ordinal == ordinal &&
            strcmp(r->open[i].phase, phase) == 0)
            return &r->open[i];
    return NULL;
}

/* Window numbers are trial numbers: not negative. */
static ecopt_status parse_ordinal(const reader *r, const char *field, int64_t *ret_ordinal)
{
    int64_t ordinal = 0;
    if (!eco_parse_int(field, &ordinal) || ordinal < 0)
        return fail_line(r, "not a window number:", field);
    *ret_ordinal = ordinal;
    return ECOPT_OK;
}

/* Window of two fields, which must be open. */
static ecopt_status need_open(reader *r, const char *number, const char *phase,
                              open_window **ret_window)
{
    int64_t ordinal = 0;
    ECO_TRY(parse_ordinal(r, number, &ordinal));
    open_window *window = find_open(r, ordinal, phase);
    if (!window)
        return fail_line(r, "window is not open:", phase);
    *ret_window = window;
    return ECOPT_OK;
}

/* begin,t_s,ordinal,phase */
static ecopt_status read_begin(reader *r, char **field)
{
    double time_s = 0;
    int64_t ordinal = 0;
    open_window *window = NULL;
    bool is_overlapped = false;
    ECO_TRY(parse_number(r, field[1], 0, 1e12, &time_s));
    ECO_TRY(parse_ordinal(r, field[2], &ordinal));
    if (find_open(r, ordinal, field[3]))
        return fail_line(r, "window is open already:", field[3]);
    if (strlen(field[3]) >= ECO_TRACE_PHASE_B)
        return fail_line(r, "phase name is too long:", field[3]);
    for (size_t i = 0; i < ECO_REPLAY_OPEN_MAX; i++) {
        if (r->open[i].is_open) {
            r->open[i].is_overlapped = true;
            is_overlapped = true;
        } else if (!window) {
            window = &r->open[i];
        }
    }
    /* A limit, not a list: a trace with more open windows at a time is a broken one. */
    if (!window)
        return fail_line(r, "too many windows open at once:", field[3]);
    memset(window, 0, sizeof *window);
    window->is_open = true;
    r->n_open++;
    r->is_unwatched = false;
    window->is_overlapped = is_overlapped;
    window->ordinal = ordinal;
    window->time_s = time_s;
    window->foreign_cpu_s = (double)NAN;
    (void)snprintf(window->phase, sizeof window->phase, "%s", field[3]);
    for (size_t i = 0; i < r->n_channels; i++)
        eco_counter_mark(&r->channels[i].counter, time_s, &window->start[i]);
    return ECOPT_OK;
}

/* value,ordinal,phase,source,energy_j,u95_j,gain_lo,gain_hi */
static ecopt_status read_value(reader *r, char **field)
{
    open_window *window = NULL;
    eco_channel *channel = NULL;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    ECO_TRY(need_channel(r, field[3], &channel));
    eco_settled *settled = &window->settled[channel - r->channels];
    ECO_TRY(parse_number(r, field[4], 0, 1e30, &settled->energy_j));
    ECO_TRY(parse_number(r, field[5], 0, 1e30, &settled->u95_j));
    ECO_TRY(parse_number(r, field[6], 0, 1e6, &settled->gain_lo));
    ECO_TRY(parse_number(r, field[7], 0, 1e6, &settled->gain_hi));
    settled->is_set = true;
    return ECOPT_OK;
}

/* load,ordinal,phase,foreign_cpu_s,is_foreign */
static ecopt_status read_load(reader *r, char **field)
{
    /* Its effect on the model's interval is in the value line; here it is only said. */
    open_window *window = NULL;
    double is_foreign = 0;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    ECO_TRY(parse_number(r, field[3], 0, 1e12, &window->foreign_cpu_s));
    ECO_TRY(parse_number(r, field[4], 0, 1, &is_foreign));
    window->is_foreign = is_foreign != 0;
    return ECOPT_OK;
}

/* drop,ordinal,phase */
static ecopt_status read_drop(reader *r, char **field)
{
    open_window *window = NULL;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    window->is_open = false;
    r->n_open--;
    return ECOPT_OK;
}

/* restart: another process went on with the trace, perhaps after a reboot. Only windows stay. */
static ecopt_status read_restart(reader *r, char **field)
{
    /* The head of the file stays valid, so one file holds a study however often it broke off. */
    (void)field;
    r->n_channels = 0;
    r->n_open = 0;
    r->is_unwatched = false;
    memset(r->has_slept, 0, sizeof r->has_slept);
    memset(r->open, 0, sizeof r->open);
    return ECOPT_OK;
}

/* Room for one more finished window; a limit keeps a hostile trace from taking the memory. */
static ecopt_status new_window(reader *r, replay_window **ret_window)
{
    eco_replay *replay = r->replay;
    if (replay->n >= ECO_REPLAY_WINDOWS_MAX)
        return eco_fail(r->ctx, ECOPT_E_LIMIT, "trace '%s' holds more than %d windows", r->path,
                        ECO_REPLAY_WINDOWS_MAX);
    if (replay->n == replay->room) {
        /* Doubling: a long trace is copied a few times only. */
        size_t room = replay->room ? 2 * replay->room : 16;
        replay_window *bigger = eco_realloc(r->ctx, replay->windows, room, sizeof *bigger);
        if (!bigger)
            return ECOPT_E_NOMEM;
        replay->windows = bigger;
        replay->room = room;
    }
    *ret_window = &replay->windows[replay->n++];
    return ECOPT_OK;
}

/* end,t_s,ordinal,phase[,cpu_s] */
static ecopt_status read_end(reader *r, char **field, size_t n_fields)
{
    double time_s = 0, cpu_s = (double)NAN;
    open_window *open = NULL;
    ECO_TRY(parse_number(r, field[1], 0, 1e12, &time_s));
    ECO_TRY(need_open(r, field[2], field[3], &open));
    if (n_fields > 4)
        ECO_TRY(parse_number(r, field[4], 0, 1e12, &cpu_s));
    if (time_s < open->time_s)
        return fail_line(r, "window ends before it begins:", field[1]);
    /* The same marks that a session takes, in the trace's own time. */
    eco_mark end[ECOPT_METER_SOURCES_MAX];
    for (size_t i = 0; i < r->n_channels; i++) {
        eco_counter_mark(&r->channels[i].counter, time_s, &end[i]);
        open->start[i].time_s = open->time_s; /* also of a source first seen inside */
    }
    replay_window *window = NULL;
    ECO_TRY(new_window(r, &window));
    eco_tally_input input = {
        .channels = r->channels,
        .n_channels = r->n_channels,
        .start = open->start,
        .end = end,
        .span = {time_s - open->time_s, cpu_s, open->foreign_cpu_s, 0},
        .flags = ECOPT_FLAG_REPLAY | (open->is_overlapped ? ECOPT_FLAG_OVERLAP : 0u) |
                 (open->has_slept ? ECOPT_FLAG_SUSPEND : 0u) |
                 (open->is_foreign ? ECOPT_FLAG_FOREIGN_LOAD : 0u),
        .settled = open->settled,
    };
    window->ordinal = open->ordinal;
    (void)snprintf(window->phase, sizeof window->phase, "%s", open->phase);
    eco_tally(&input, &window->energy);
    open->is_open = false;
    r->n_open--;
    return ECOPT_OK;
}

/* Adding a kind: a reader above, a row below, a line in docs/energy.md and in the fuzz corpus. */
typedef struct line_kind {
    const char *name;
    size_t n_fields;
    ecopt_status (*read)(reader *r, char **field);
} line_kind;

/* "end" is not here: it alone has an optional field. */
static const line_kind KINDS[] = {
    {"source", 9, read_source},   {"sample", 5, read_sample}, {"power", 4, read_power},
    {"miss", 3, read_miss},       {"begin", 4, read_begin},   {"value", 8, read_value},
    {"suspend", 2, read_suspend}, {"load", 5, read_load},     {"drop", 3, read_drop},
    {"restart", 1, read_restart}, {"sensor", 4, read_sensor},
};

/* One line, without its newline. An unknown kind is an error: the head line states the version. */
static ecopt_status read_line(reader *r, char *line)
{
    char *field[FIELDS_MAX];
    if (line[0] == '#' || line[0] == '\0')
        return ECOPT_OK;
    size_t n = split(line, field);
    if (strcmp(field[0], "end") == 0 && (n == 4 || n == 5))
        return read_end(r, field, n);
    for (size_t i = 0; i < ECO_LEN(KINDS); i++) {
        if (strcmp(KINDS[i].name, field[0]) != 0)
            continue;
        if (KINDS[i].n_fields != n)
            return fail_line(r, "wrong number of fields in", field[0]);
        return KINDS[i].read(r, field);
    }
    return fail_line(r, "not a line of a trace:", field[0]);
}

/* Head line, then all others. The text is cut in place. */
static ecopt_status read_all(reader *r, char *text)
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
        ECO_TRY(read_line(r, line));
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
    reader *r = eco_alloc(ctx, 1, sizeof *r);
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

void eco_replay_get(const eco_replay *replay, int64_t ordinal, const char *phase, ecopt_energy *ret)
{
    char name[ECO_TRACE_PHASE_B];
    /* Two passes over at most 20,000 windows: an index would cost more care than it saves
     * time. */
    size_t n_same = 0;
    const replay_window *exact = NULL;
    eco_trace_phase(phase, name);
    for (size_t i = 0; i < replay->n; i++) {
        bool is_same = strcmp(replay->windows[i].phase, name) == 0;
        n_same += is_same;
        if (is_same && replay->windows[i].ordinal == ordinal)
            exact = &replay->windows[i];
    }
    /* The last of several: a trial that was repeated counts with its last attempt. */
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
