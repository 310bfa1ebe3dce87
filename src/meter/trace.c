/*
 * Writes traces.  Lines go through a buffer, so the sampling thread touches the disk once in some
 * seconds; each finished window is flushed.
 */
#include "meter/trace.h"

#include "core/fs.h"
#include "meter/crosscheck.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_B = 8192, LINE_B = 512, FLAGS_B = 256 };

/* The buffer is a part of the record: no allocation while the thread runs. */
struct eco_recorder {
    int fd;
    int error; /* errno of the first failed write, 0 = none */
    size_t used_b;
    char buffer[BUFFER_B];
    char path[256];
};

void eco_trace_phase(const char *phase, char text[ECO_TRACE_PHASE_B])
{
    (void)snprintf(text, ECO_TRACE_PHASE_B, "%s", phase ? phase : "");
    /* Commas separate fields, and a newline ends the line. */
    for (char *c = text; *c != '\0'; c++)
        if (*c == ',' || (unsigned char)*c < ' ')
            *c = '_';
}

/* After the first failure nothing more is written: a trace with a hole would replay wrong. */
static void flush(eco_recorder *recorder)
{
    if (recorder->error == 0 &&
        eco_fs_write_all(recorder->fd, recorder->buffer, recorder->used_b) != 0)
        recorder->error = errno;
    recorder->used_b = 0;
}

/* Appends one line; flushes first when it might not fit. A line that is too long would be dropped
 * whole; names are bounded, so none is. */
static void write_line(eco_recorder *recorder, const char *format, ...) ECOPT_PRINTF(2, 3);

static void write_line(eco_recorder *recorder, const char *format, ...)
{
    va_list args;
    if (recorder->used_b + LINE_B > BUFFER_B)
        flush(recorder);
    va_start(args, format);
    int n = vsnprintf(recorder->buffer + recorder->used_b, LINE_B, format, args);
    va_end(args);
    if (n > 0 && n < LINE_B)
        recorder->used_b += (size_t)n;
}

/* What this meter reads, so that the trace can be judged without the machine. */
static void write_sources(eco_recorder *recorder, const eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++) {
        const eco_channel *channel = &set->channels[i];
        write_line(recorder, "source,%s,%s,%d,%.17g,%.17g,%.17g,%.17g,%.17g\n", channel->name,
                   ecopt_quality_name(channel->quality), channel->is_counted, channel->unit_j,
                   channel->counter.period_s, channel->gain_lo, channel->gain_hi,
                   channel->counter.power_max_w);
        if (channel->counter.average_s != channel->counter.period_s || channel->counter.step_w > 0)
            write_line(recorder, "sensor,%s,%.17g,%.17g\n", channel->name,
                       channel->counter.average_s, channel->counter.step_w);
    }
}

/* Bits of a mask, as "0+2". */
static void format_mask(uint32_t mask, char *text, size_t room_b)
{
    size_t n = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < ECOPT_METER_SOURCES_MAX; i++)
        if (mask >> i & 1u)
            n += (size_t)snprintf(text + n, room_b - n, "%s%u", n > 0 ? "+" : "", i);
}

/* How the sources belong together: what compares two of them live does so in a replay. */
static void write_relations(eco_recorder *recorder, const eco_channel_set *set)
{
    for (size_t i = 0; i < set->n_channels; i++) {
        const eco_channel *channel = &set->channels[i];
        const char *counter = eco_crosscheck_counter(channel);
        write_line(recorder, "trait,%s,%s,%d,%d,%s,%s\n", channel->name, counter ? counter : "",
                   channel->may_rest, channel->takes_check,
                   channel->check_of >= 0 ? set->channels[channel->check_of].name : "",
                   channel->mirror_of >= 0 ? set->channels[channel->mirror_of].name : "");
    }
    for (size_t i = 0; i < set->n_channels; i++) {
        char outer[64], inner[64];
        if (set->channels[i].inner == 0)
            continue;
        format_mask(set->channels[i].group, outer, sizeof outer);
        format_mask(set->channels[i].inner, inner, sizeof inner);
        write_line(recorder, "sum,%s,%s\n", outer, inner);
    }
}

/* Size of the whole lines of a trace: 0 for an empty file, -1 for what is no trace, with errno 0,
 * or cannot be read, with errno set. */
static off_t whole_lines_b(int fd)
{
    char text[LINE_B];
    off_t size_b = lseek(fd, 0, SEEK_END);
    const size_t head_b = sizeof ECO_TRACE_HEAD - 1;
    if (size_b <= 0)
        return size_b;
    errno = 0;
    if (pread(fd, text, head_b + 1, 0) != (ssize_t)head_b + 1 ||
        memcmp(text, ECO_TRACE_HEAD "\n", head_b + 1) != 0)
        return -1;
    /* Lines are shorter than LINE_B, so the last newline is in the last LINE_B bytes. */
    off_t from_b = size_b > LINE_B ? size_b - LINE_B : 0;
    ssize_t n = pread(fd, text, LINE_B, from_b);
    const char *newline = n > 0 ? memrchr(text, '\n', (size_t)n) : NULL;
    return newline ? from_b + (newline - text) + 1 : -1;
}

/* Head of a new trace, or the seam in one that goes on. */
static ecopt_status start_trace(ecopt_ctx *ctx, eco_recorder *recorder, bool is_resumed)
{
    off_t kept_b = is_resumed ? whole_lines_b(recorder->fd) : 0;
    if (kept_b < 0 && errno == 0)
        return eco_hint(ctx,
                        eco_fail(ctx, ECOPT_E_PARSE, "'%s' is not a trace, so it is not continued",
                                 recorder->path),
                        "record to another file");
    /* What follows the last newline was being written when the program died.
     * Devices and pipes have no size to cut; they are written from where they are. */
    bool is_cut = kept_b > 0 && ftruncate(recorder->fd, kept_b) == 0 &&
                  lseek(recorder->fd, kept_b, SEEK_SET) == kept_b;
    if (kept_b != 0 && !is_cut)
        return eco_fail(ctx, ECOPT_E_IO, "cannot continue trace '%s': %s", recorder->path,
                        strerror(errno));
    write_line(recorder, "%s\n", kept_b > 0 ? "restart" : ECO_TRACE_HEAD);
    return ECOPT_OK;
}

ecopt_status eco_recorder_open(ecopt_ctx *ctx, const char *path, bool is_resumed,
                               const eco_channel_set *set, eco_recorder **ret_recorder)
{
    eco_recorder *recorder = eco_alloc(ctx, 1, sizeof *recorder);
    if (!recorder)
        return ECOPT_E_NOMEM;
    /* Not O_APPEND: the half line is written over.
     * Read as well, to find the end of what a crash left. */
    int mode = is_resumed ? O_RDWR : O_WRONLY | O_TRUNC;
    recorder->fd = open(path, mode | O_CREAT | O_CLOEXEC, 0666);
    if (recorder->fd < 0) {
        int cause = errno;
        eco_free(ctx, recorder);
        return eco_fail(ctx, ECOPT_E_IO, "cannot create trace '%s': %s", path, strerror(cause));
    }
    (void)snprintf(recorder->path, sizeof recorder->path, "%s", path);
    ecopt_status status = start_trace(ctx, recorder, is_resumed);
    if (status != ECOPT_OK) {
        (void)close(recorder->fd);
        eco_free(ctx, recorder);
        return status;
    }
    write_sources(recorder, set);
    write_relations(recorder, set);
    *ret_recorder = recorder;
    return ECOPT_OK;
}

/* A last field, ",miss+gap"; nothing for none. */
static void format_flags(unsigned flags, char text[FLAGS_B])
{
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < ECOPT_FLAG_COUNT; i++)
        if (flags >> i & 1u)
            n += (size_t)snprintf(text + n, FLAGS_B - n, "%c%s", n > 0 ? '+' : ',',
                                  ecopt_flag_name(1u << i));
}

void eco_recorder_sample(eco_recorder *recorder, double time_s, const eco_channel *channel,
                         const eco_reading *reading, bool is_ok)
{
    char flags[FLAGS_B];
    format_flags(reading->flags, flags);
    /* A failed reading is recorded too: it decides where gaps are. */
    if (!is_ok)
        write_line(recorder, "miss,%.9f,%s\n", time_s, channel->name);
    else if (reading->is_power)
        write_line(recorder, "power,%.9f,%s,%.17g%s\n", time_s, channel->name, reading->power_w,
                   flags);
    else
        write_line(recorder, "sample,%.9f,%s,%llu,%llu%s\n", time_s, channel->name,
                   (unsigned long long)reading->energy_uj,
                   (unsigned long long)channel->counter.modulus_uj, flags);
}

void eco_recorder_suspend(eco_recorder *recorder, double time_s)
{
    write_line(recorder, "suspend,%.9f\n", time_s);
}

void eco_recorder_begin(eco_recorder *recorder, double time_s, int64_t ordinal, const char *phase)
{
    write_line(recorder, "begin,%.9f,%lld,%s\n", time_s, (long long)ordinal, phase);
}

void eco_recorder_drop(eco_recorder *recorder, int64_t ordinal, const char *phase)
{
    write_line(recorder, "drop,%lld,%s\n", (long long)ordinal, phase);
}

/* A source that gave nothing has no number, but its flags and its gap. */
static void write_value(eco_recorder *recorder, const ecopt_window_key *key,
                        const ecopt_source_energy *part)
{
    char numbers[64] = ",", flags[FLAGS_B];
    if (isfinite(part->energy_j))
        (void)snprintf(numbers, sizeof numbers, "%.17g,%.17g", part->energy_j, part->u95_j);
    format_flags(part->flags, flags);
    write_line(recorder, "value,%lld,%s,%s,%s,%.17g,%.17g,%.17g%s\n", (long long)key->ordinal,
               key->phase, part->name, numbers, part->gain_lo, part->gain_hi, part->gap_s, flags);
}

void eco_recorder_end(eco_recorder *recorder, double time_s, const ecopt_window_key *key,
                      const eco_channel_set *set, const ecopt_energy *energy)
{
    /* What a slow source says of a window comes after its end, when fast ones have been read again:
     * the order of the lines no longer tells what belongs to it, so the values are given. */
    bool has_slow = false;
    for (size_t i = 0; i < set->n_channels; i++)
        has_slow = has_slow || set->channels[i].ops->is_slow;
    for (size_t i = 0; i < set->n_channels; i++) {
        if (has_slow || set->channels[i].ops->settle)
            write_value(recorder, key, &energy->sources[i]);
    }
    /* A replay has no machine to ask what else ran. */
    if (isfinite(energy->foreign_cpu_s))
        write_line(recorder, "load,%lld,%s,%.17g,%d\n", (long long)key->ordinal, key->phase,
                   energy->foreign_cpu_s, (energy->flags & ECOPT_FLAG_FOREIGN_LOAD) != 0);
    if (energy->flags & ECOPT_FLAG_THROTTLE)
        write_line(recorder, "flag,%lld,%s,%s\n", (long long)key->ordinal, key->phase,
                   ecopt_flag_name(ECOPT_FLAG_THROTTLE));
    write_line(recorder, "end,%.9f,%lld,%s", time_s, (long long)key->ordinal, key->phase);
    /* An unknown CPU time is an absent field: traces hold no NaN. */
    if (isfinite(energy->cpu_s))
        write_line(recorder, ",%.17g", energy->cpu_s);
    write_line(recorder, "\n");
    /* What a crash may cost is at most the window that was open. */
    flush(recorder);
}

ecopt_status eco_recorder_close(ecopt_ctx *ctx, eco_recorder *recorder)
{
    if (!recorder)
        return ECOPT_OK;
    ecopt_status status = ECOPT_OK;
    /* Some file systems tell only at close that the disk is full. */
    flush(recorder);
    if (close(recorder->fd) != 0 && recorder->error == 0)
        recorder->error = errno;
    if (recorder->error != 0)
        status = eco_fail(ctx, ECOPT_E_IO, "cannot write trace '%s': %s", recorder->path,
                          strerror(recorder->error));
    eco_free(ctx, recorder);
    return status;
}
