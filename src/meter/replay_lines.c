/*
 * The lines of a trace, one function per kind, found by a table.
 *
 * A trace is input from outside: every field is checked for form and range where it is read, and
 * every refusal names file, line and field (tests/fuzz/fuzz_trace.c).  Ranges are wide enough for
 * any machine and small enough that no sum overflows: 1e12 s of 1e9 W are 1e21 J.
 */
#include "meter/replay_reader.h"

#include "core/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS_MAX = 12 };

/* All messages of the reader: file, line, what, and the field that is wrong. */
static ecopt_status fail_line(const eco_replay_reader *r, const char *what, const char *field)
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
static ecopt_status parse_number(const eco_replay_reader *r, const char *field, double lo,
                                 double hi, double *ret)
{
    double value;
    if (!eco_parse_double(field, &value) || !(value >= lo) || !(value <= hi))
        return fail_line(r, "not a number in range:", field);
    *ret = value;
    return ECOPT_OK;
}

/* At most 16 names: a search is quicker than keeping an order. */
static int channel_index(const eco_replay_reader *r, const char *name)
{
    for (size_t i = 0; i < r->n_channels; i++)
        if (strcmp(r->channels[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* Channel of a name, made with defaults when it was not declared. */
static ecopt_status need_channel(eco_replay_reader *r, const char *name, eco_channel **ret_channel)
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
static ecopt_status read_source(eco_replay_reader *r, char **field)
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
static ecopt_status read_sensor(eco_replay_reader *r, char **field)
{
    eco_channel *channel = NULL;
    ECO_TRY(need_channel(r, field[1], &channel));
    ECO_TRY(parse_number(r, field[2], 0, 1e6, &channel->counter.average_s));
    return parse_number(r, field[3], 0, 1e9, &channel->counter.step_w);
}

/* Name of a declared source, or "" for none; its number or -1. */
static ecopt_status parse_other(const eco_replay_reader *r, const char *name, int *ret_at)
{
    int at = name[0] == '\0' ? -1 : channel_index(r, name);
    if (at < 0 && name[0] != '\0')
        return fail_line(r, "source is not declared:", name);
    *ret_at = at;
    return ECOPT_OK;
}

/* Text of static storage for the hardware counter that a source reads; "" is none. */
static ecopt_status parse_counter(const eco_replay_reader *r, const char *name,
                                  const char **ret_counter)
{
    size_t n;
    const eco_source_ops *const *kinds = eco_source_registry(&n);
    *ret_counter = NULL;
    for (size_t i = 0; i < n && !*ret_counter; i++)
        if (kinds[i]->counter_of && strcmp(kinds[i]->counter_of, name) == 0)
            *ret_counter = kinds[i]->counter_of;
    return *ret_counter || name[0] == '\0' ? ECOPT_OK
                                           : fail_line(r, "not a hardware counter:", name);
}

/* trait,name,counter,may_rest,takes_check,check_of,mirror_of */
static ecopt_status read_trait(eco_replay_reader *r, char **field)
{
    double may_rest = 0, takes_check = 0;
    int at = channel_index(r, field[1]);
    if (at < 0)
        return fail_line(r, "source is not declared:", field[1]);
    eco_channel *channel = &r->channels[at];
    ECO_TRY(parse_counter(r, field[2], &channel->counter_of));
    ECO_TRY(parse_number(r, field[3], 0, 1, &may_rest));
    ECO_TRY(parse_number(r, field[4], 0, 1, &takes_check));
    ECO_TRY(parse_other(r, field[5], &channel->check_of));
    ECO_TRY(parse_other(r, field[6], &channel->mirror_of));
    if (channel->check_of == at || channel->mirror_of == at)
        return fail_line(r, "a source cannot check itself:", field[1]);
    channel->may_rest = may_rest != 0;
    channel->takes_check = takes_check != 0;
    return ECOPT_OK;
}

/* "0+2": numbers of declared sources, as bits. */
static ecopt_status parse_sources(const eco_replay_reader *r, char *field, uint32_t *ret_mask)
{
    uint32_t mask = 0;
    for (char *next = field; next;) {
        int64_t at = 0;
        char *word = next;
        next = strchr(next, '+');
        if (next)
            *next++ = '\0';
        if (!eco_parse_int(word, &at) || at < 0 || (size_t)at >= r->n_channels)
            return fail_line(r, "not the number of a source:", word);
        mask |= (uint32_t)1 << at;
    }
    *ret_mask = mask;
    return ECOPT_OK;
}

/* sum,outer,inner: what is inside must not use more than what contains it */
static ecopt_status read_sum(eco_replay_reader *r, char **field)
{
    uint32_t outer = 0, inner = 0;
    ECO_TRY(parse_sources(r, field[1], &outer));
    ECO_TRY(parse_sources(r, field[2], &inner));
    if (outer & inner)
        return fail_line(r, "a source cannot contain itself:", field[2]);
    /* It is kept with the first of those outside, as topology.c keeps it. */
    size_t at = 0;
    while (!(outer >> at & 1u))
        at++;
    r->channels[at].group = outer;
    r->channels[at].inner = inner;
    return ECOPT_OK;
}

/* "miss+gap", "" for none. */
static ecopt_status parse_flags(const eco_replay_reader *r, char *field, unsigned *ret_flags)
{
    unsigned flags = 0;
    for (char *next = field[0] != '\0' ? field : NULL; next;) {
        unsigned flag = 0;
        char *word = next;
        next = strchr(next, '+');
        if (next)
            *next++ = '\0';
        for (int i = 0; i < ECOPT_FLAG_COUNT; i++)
            if (strcmp(ecopt_flag_name(1u << i), word) == 0)
                flag = 1u << i;
        if (flag == 0)
            return fail_line(r, "not a flag:", word);
        flags |= flag;
    }
    *ret_flags = flags;
    return ECOPT_OK;
}

/* What a reading says besides its value holds for every window that it is in. */
static ecopt_status take_flags(const eco_replay_reader *r, char *field, double time_s,
                               eco_channel *channel)
{
    unsigned flags = 0;
    if (!field)
        return ECOPT_OK;
    ECO_TRY(parse_flags(r, field, &flags));
    if (flags) {
        channel->seen_flags = flags;
        channel->seen_s = time_s;
    }
    return ECOPT_OK;
}

/* The session forgets the counters when a first window opens; so does the replay at the first
 * reading after the last one closed, or the energy between windows would shape the last power. */
static void forget_unwatched(eco_replay_reader *r)
{
    if (r->n_open > 0 || r->is_unwatched)
        return;
    r->is_unwatched = true;
    for (size_t i = 0; i < r->n_channels; i++)
        eco_counter_forget(&r->channels[i].counter);
}

/* Time of a reading: not before the source's last one. */
static ecopt_status start_sample(eco_replay_reader *r, char **field, eco_channel **ret_channel,
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

/* sample,t_s,source,cumulative_uj,modulus_uj[,flags] */
static ecopt_status read_sample(eco_replay_reader *r, char **field)
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
    return take_flags(r, field[5], sample.time_s, channel);
}

/* power,t_s,source,power_w[,flags] */
static ecopt_status read_power(eco_replay_reader *r, char **field)
{
    eco_channel *channel = NULL;
    eco_sample sample;
    ECO_TRY(start_sample(r, field, &channel, &sample));
    ECO_TRY(parse_number(r, field[3], 0, 1e9, &sample.power_w));
    sample.is_ok = true;
    (void)eco_counter_power(&channel->counter, &sample);
    return take_flags(r, field[4], sample.time_s, channel);
}

/* miss,t_s,source */
static ecopt_status read_miss(eco_replay_reader *r, char **field)
{
    eco_channel *channel = NULL;
    eco_sample sample;
    /* is_ok stays false: the classifier sees what it saw live. */
    ECO_TRY(start_sample(r, field, &channel, &sample));
    (void)eco_counter_update(&channel->counter, &sample);
    return ECOPT_OK;
}

/* suspend,t_s */
static ecopt_status read_suspend(eco_replay_reader *r, char **field)
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
static eco_replay_open_window *find_open(eco_replay_reader *r, int64_t ordinal, const char *phase)
{
    for (size_t i = 0; i < ECO_REPLAY_OPEN_MAX; i++)
        if (r->open[i].is_open && r->open[i].ordinal == ordinal &&
            strcmp(r->open[i].phase, phase) == 0)
            return &r->open[i];
    return NULL;
}

/* Window numbers are trial numbers: not negative. */
static ecopt_status parse_ordinal(const eco_replay_reader *r, const char *field,
                                  int64_t *ret_ordinal)
{
    int64_t ordinal = 0;
    if (!eco_parse_int(field, &ordinal) || ordinal < 0)
        return fail_line(r, "not a window number:", field);
    *ret_ordinal = ordinal;
    return ECOPT_OK;
}

/* Window of two fields, which must be open. */
static ecopt_status need_open(eco_replay_reader *r, const char *number, const char *phase,
                              eco_replay_open_window **ret_window)
{
    int64_t ordinal = 0;
    ECO_TRY(parse_ordinal(r, number, &ordinal));
    eco_replay_open_window *window = find_open(r, ordinal, phase);
    if (!window)
        return fail_line(r, "window is not open:", phase);
    *ret_window = window;
    return ECOPT_OK;
}

/* begin,t_s,ordinal,phase */
static ecopt_status read_begin(eco_replay_reader *r, char **field)
{
    double time_s = 0;
    int64_t ordinal = 0;
    eco_replay_open_window *window = NULL;
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

/* value,ordinal,phase,source,energy_j,u95_j,gain_lo,gain_hi[,gap_s[,flags]] */
static ecopt_status read_value(eco_replay_reader *r, char **field)
{
    eco_replay_open_window *window = NULL;
    eco_channel *channel = NULL;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    ECO_TRY(need_channel(r, field[3], &channel));
    eco_settled *settled = &window->settled[channel - r->channels];
    settled->energy_j = settled->u95_j = (double)NAN;
    /* Both empty: the source gave nothing. */
    if (field[4][0] != '\0' || field[5][0] != '\0') {
        ECO_TRY(parse_number(r, field[4], 0, 1e30, &settled->energy_j));
        ECO_TRY(parse_number(r, field[5], 0, 1e30, &settled->u95_j));
    }
    ECO_TRY(parse_number(r, field[6], 0, 1e6, &settled->gain_lo));
    ECO_TRY(parse_number(r, field[7], 0, 1e6, &settled->gain_hi));
    if (field[8])
        ECO_TRY(parse_number(r, field[8], 0, 1e12, &settled->gap_s));
    if (field[9])
        ECO_TRY(parse_flags(r, field[9], &settled->flags));
    settled->is_set = true;
    return ECOPT_OK;
}

/* load,ordinal,phase,foreign_cpu_s,is_foreign */
static ecopt_status read_load(eco_replay_reader *r, char **field)
{
    /* Its effect on the model's interval is in the value line; here it is only said. */
    eco_replay_open_window *window = NULL;
    double is_foreign = 0;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    ECO_TRY(parse_number(r, field[3], 0, 1e12, &window->foreign_cpu_s));
    ECO_TRY(parse_number(r, field[4], 0, 1, &is_foreign));
    window->is_foreign = is_foreign != 0;
    return ECOPT_OK;
}

/* flag,ordinal,phase,flags: what no reading shows, such as heat */
static ecopt_status read_flag(eco_replay_reader *r, char **field)
{
    eco_replay_open_window *window = NULL;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    return parse_flags(r, field[3], &window->flags);
}

/* drop,ordinal,phase */
static ecopt_status read_drop(eco_replay_reader *r, char **field)
{
    eco_replay_open_window *window = NULL;
    ECO_TRY(need_open(r, field[1], field[2], &window));
    window->is_open = false;
    r->n_open--;
    return ECOPT_OK;
}

/* restart: another process went on with the trace, perhaps after a reboot. Only windows stay. */
static ecopt_status read_restart(eco_replay_reader *r, char **field)
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
static ecopt_status new_window(eco_replay_reader *r, eco_replay_window **ret_window)
{
    eco_replay *replay = r->replay;
    if (replay->n >= ECO_REPLAY_WINDOWS_MAX)
        return eco_fail(r->ctx, ECOPT_E_LIMIT, "trace '%s' holds more than %d windows", r->path,
                        ECO_REPLAY_WINDOWS_MAX);
    if (replay->n == replay->room) {
        /* Doubling: a long trace is copied a few times only. */
        size_t room = replay->room ? 2 * replay->room : 16;
        eco_replay_window *bigger = eco_realloc(r->ctx, replay->windows, room, sizeof *bigger);
        if (!bigger)
            return ECOPT_E_NOMEM;
        replay->windows = bigger;
        replay->room = room;
    }
    *ret_window = &replay->windows[replay->n++];
    return ECOPT_OK;
}

/* end,t_s,ordinal,phase[,cpu_s] */
static ecopt_status read_end(eco_replay_reader *r, char **field)
{
    double time_s = 0, cpu_s = (double)NAN;
    eco_replay_open_window *open = NULL;
    ECO_TRY(parse_number(r, field[1], 0, 1e12, &time_s));
    ECO_TRY(need_open(r, field[2], field[3], &open));
    if (field[4])
        ECO_TRY(parse_number(r, field[4], 0, 1e12, &cpu_s));
    if (time_s < open->time_s)
        return fail_line(r, "window ends before it begins:", field[1]);
    /* The same marks that a session takes, in the trace's own time. */
    eco_mark end[ECOPT_METER_SOURCES_MAX];
    for (size_t i = 0; i < r->n_channels; i++) {
        eco_counter_mark(&r->channels[i].counter, time_s, &end[i]);
        open->start[i].time_s = open->time_s; /* also of a source first seen inside */
    }
    eco_replay_window *window = NULL;
    ECO_TRY(new_window(r, &window));
    eco_tally_input input = {
        .channels = r->channels,
        .n_channels = r->n_channels,
        .start = open->start,
        .end = end,
        .span = {time_s - open->time_s, cpu_s, open->foreign_cpu_s, 0},
        .flags = ECOPT_FLAG_REPLAY | (open->is_overlapped ? ECOPT_FLAG_OVERLAP : 0u) |
                 (open->has_slept ? ECOPT_FLAG_SUSPEND : 0u) |
                 (open->is_foreign ? ECOPT_FLAG_FOREIGN_LOAD : 0u) | open->flags,
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
    size_t n_least, n_most; /* fields; those that may be absent are NULL for the reader */
    ecopt_status (*read)(eco_replay_reader *r, char **field);
} line_kind;

static const line_kind KINDS[] = {
    {"source", 9, 9, read_source},   {"sample", 5, 6, read_sample}, {"power", 4, 5, read_power},
    {"miss", 3, 3, read_miss},       {"begin", 4, 4, read_begin},   {"value", 8, 10, read_value},
    {"suspend", 2, 2, read_suspend}, {"load", 5, 5, read_load},     {"drop", 3, 3, read_drop},
    {"restart", 1, 1, read_restart}, {"sensor", 4, 4, read_sensor}, {"end", 4, 5, read_end},
    {"flag", 4, 4, read_flag},       {"trait", 7, 7, read_trait},   {"sum", 3, 3, read_sum},
};

/* An unknown kind is an error: the head line states the version. */
ecopt_status eco_replay_line(eco_replay_reader *r, char *line)
{
    char *field[FIELDS_MAX] = {NULL};
    if (line[0] == '#' || line[0] == '\0')
        return ECOPT_OK;
    size_t n = split(line, field);
    for (size_t i = 0; i < ECO_LEN(KINDS); i++) {
        if (strcmp(KINDS[i].name, field[0]) != 0)
            continue;
        if (n < KINDS[i].n_least || n > KINDS[i].n_most)
            return fail_line(r, "wrong number of fields in", field[0]);
        return KINDS[i].read(r, field);
    }
    return fail_line(r, "not a line of a trace:", field[0]);
}
