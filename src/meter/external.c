/*
 * A meter of the user's own: a program that prints one number, or a file that holds one.
 *
 *     command:UNIT[@LO-HI]=/path/of/program       file:UNIT[@LO-HI]=/path/of/file
 *
 * UNIT is J, mJ, uJ, kJ, Wh or kWh for joules used since some moment, W, mW or uW for power now.
 * LO-HI is the absolute band of the meter (true value / shown value); without it 0.80-1.25 is
 * stated.  The program is run without arguments and without a shell, and has 2 s.
 */
#include "meter/source.h"

#include "core/str.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_S 2.0

/* Nobody knows how good a meter of one's own is: the band of sampled power, unless told. */
#define GAIN_LO 0.80
#define GAIN_HI 1.25

/* Widest band that can be told: a factor of ten either way. */
#define GAIN_LEAST 0.1
#define GAIN_MOST  10.0

/* A whole cluster may be behind it. */
#define POWER_MAX_W 1e7

/* How often a file is read again; a program costs more and is run once a second. */
#define FILE_POLL_S 0.1

/* Longest text that holds a number. */
enum { TEXT_B = 256, PATH_B = 256 };

/* Largest total: keeps microjoules within 63 bits. */
#define ENERGY_MOST_J 9e12

/* What a unit makes of a number. */
typedef struct unit {
    const char *name;
    bool is_power;
    double factor; /* to joules or watts */
} unit;

static const unit UNITS[] = {
    {"J", false, 1},    {"mJ", false, 1e-3}, {"uJ", false, 1e-6},
    {"kJ", false, 1e3}, {"Wh", false, 3600}, {"kWh", false, 3.6e6},
    {"W", true, 1},     {"mW", true, 1e-3},  {"uW", true, 1e-6},
};

/* An argument taken apart. */
typedef struct meter_spec {
    const unit *unit;
    double gain_lo, gain_hi;
    char path[PATH_B];
} meter_spec;

static const unit *find_unit(const char *name, size_t n)
{
    for (size_t i = 0; i < ECO_LEN(UNITS); i++)
        if (strlen(UNITS[i].name) == n && memcmp(UNITS[i].name, name, n) == 0)
            return &UNITS[i];
    return NULL;
}

/* "0.98-1.02"; a band that does not hold 1 would call the meter wrong. */
static bool parse_band(const char *text, size_t n, double *ret_lo, double *ret_hi)
{
    char copy[64];
    double lo, hi;
    if (n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    char *dash = strchr(copy, '-');
    if (!dash)
        return false;
    *dash = '\0';
    if (!eco_parse_double(copy, &lo) || !eco_parse_double(dash + 1, &hi) ||
        !(lo >= GAIN_LEAST && lo <= 1 && hi >= 1 && hi <= GAIN_MOST))
        return false;
    *ret_lo = lo;
    *ret_hi = hi;
    return true;
}

/* NULL and *ret is set, or what is wrong. */
static const char *parse_spec(const char *argument, meter_spec *ret)
{
    meter_spec spec = {.gain_lo = GAIN_LO, .gain_hi = GAIN_HI};
    size_t n_head = strcspn(argument, "="), n_unit = strcspn(argument, "@=");
    if (argument[n_head] == '\0')
        return "it is written UNIT=/PATH";
    spec.unit = find_unit(argument, n_unit);
    if (!spec.unit)
        return "its unit is none of J, mJ, uJ, kJ, Wh, kWh, W, mW, uW";
    if (n_unit < n_head &&
        !parse_band(argument + n_unit + 1, n_head - n_unit - 1, &spec.gain_lo, &spec.gain_hi))
        return "its band is not LO-HI with LO in 0.1 to 1 and HI in 1 to 10";
    const char *path = argument + n_head + 1;
    if (path[0] != '/')
        return "its path does not begin with '/'";
    if (strlen(path) >= sizeof spec.path)
        return "its path is too long";
    (void)snprintf(spec.path, sizeof spec.path, "%s", path);
    *ret = spec;
    return NULL;
}

static ecopt_status check_spec(ecopt_ctx *ctx, const char *kind, const char *argument)
{
    meter_spec spec;
    const char *problem = parse_spec(argument, &spec);
    if (!problem)
        return ECOPT_OK;
    ecopt_status status =
        eco_fail(ctx, ECOPT_E_ARG, "energy source '%s:%.100s': %s", kind, argument, problem);
    return eco_hint(ctx, status, "write %s:J=/PATH for joules, %s:W=/PATH for watts", kind, kind);
}

static ecopt_status check_command(ecopt_ctx *ctx, const char *argument)
{
    return check_spec(ctx, "command", argument);
}

static ecopt_status check_file(ecopt_ctx *ctx, const char *argument)
{
    return check_spec(ctx, "file", argument);
}

/* One number with white space around it, as echo and printf leave it. */
static int parse_value(char *text, const unit *u, eco_reading *ret)
{
    double value;
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    text += strspn(text, " \t");
    if (*text == '\0')
        return -ENODATA;
    if (!eco_parse_double(text, &value) || !isfinite(value))
        return -EBADMSG;
    value *= u->factor;
    ret->is_power = u->is_power;
    if (value < 0 || value > (u->is_power ? POWER_MAX_W : ENERGY_MOST_J))
        return -ERANGE;
    if (u->is_power)
        ret->power_w = value;
    else
        ret->energy_uj = (uint64_t)llround(1e6 * value);
    return 0;
}

/* Runs it; ret_exit is its exit status when the result is -ECANCELED. */
static int ask_command(const eco_io *io, const meter_spec *spec, eco_reading *ret, int *ret_exit)
{
    char text[TEXT_B];
    const char *argv[] = {spec->path, NULL};
    eco_spawn_request request = {argv, TIMEOUT_S};
    int got = io->run(io->user, &request, text, sizeof text);
    ret->is_power = spec->unit->is_power;
    if (got < 0)
        return got;
    *ret_exit = got;
    return got != 0 ? -ECANCELED : parse_value(text, spec->unit, ret);
}

/* Opened each time: a writer that replaces the file is the usual way to change it. */
static int ask_file(const eco_io *io, const meter_spec *spec, eco_reading *ret)
{
    char text[TEXT_B];
    ret->is_power = spec->unit->is_power;
    long n = eco_io_text(io, spec->path, text, sizeof text);
    return n < 0 ? (int)n : parse_value(text, spec->unit, ret);
}

static int read_command(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    int exit_status;
    return ask_command(io, channel->state, ret, &exit_status);
}

static int read_file(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    return ask_file(io, channel->state, ret);
}

static void close_external(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    (void)io;
    eco_free(ctx, channel->state);
    channel->state = NULL;
}

/* Why the first reading failed. */
static void report(eco_channel_set *set, const eco_source_ops *ops, const meter_spec *spec,
                   int status, int exit_status)
{
    char reason[192], why[64];
    ecopt_quality quality =
        spec->unit->is_power ? ECOPT_QUALITY_MEASURED_SAMPLED : ECOPT_QUALITY_MEASURED_COUNTER;
    if (status == -ECANCELED)
        (void)snprintf(why, sizeof why, "it ends with status %d", exit_status);
    else if (status == -ETIMEDOUT)
        (void)snprintf(why, sizeof why, "it does not end within %g s", TIMEOUT_S);
    else if (status == -EMSGSIZE || status == -EBADMSG)
        (void)snprintf(why, sizeof why, "what it gives is not one number");
    else if (status == -ENODATA)
        (void)snprintf(why, sizeof why, "it gives nothing");
    else if (status == -ERANGE)
        (void)snprintf(why, sizeof why, "its number is negative or not possible");
    else
        (void)snprintf(why, sizeof why, "%.60s", strerror(-status));
    /* The end of the path is what tells. */
    size_t n = strlen(spec->path);
    (void)snprintf(reason, sizeof reason, "'%s%.100s': %s", n > 100 ? "..." : "",
                   spec->path + (n > 100 ? n - 100 : 0), why);
    bool is_command = ops == &eco_source_command;
    eco_set_missing(set, ops, quality, status, reason,
                    is_command ? "run it by hand: it must print one number and end with status 0 "
                                 "within 2 s; a script needs its #! line and chmod +x"
                               : "look at the file by hand: it must hold one number, and be "
                                 "readable for who runs ecopt");
}

/* Same path and unit: the same meter, and the second checks the first. */
static void name_channel(eco_channel *channel, const eco_source_ops *ops, const meter_spec *spec)
{
    size_t n = strlen(spec->path), most = sizeof channel->name - 12;
    const char *tail = spec->path + (n > most ? n - most : 0);
    (void)snprintf(channel->name, sizeof channel->name, "%s %s", ops->kind, tail);
    /* A comma would end a field of the trace. */
    for (char *c = channel->name; *c != '\0'; c++)
        if (*c == ',' || (unsigned char)*c < ' ')
            *c = '_';
}

static ecopt_status add_external(eco_channel_set *set, const eco_source_ops *ops,
                                 const meter_spec *spec)
{
    char domain[64];
    size_t n = strlen(spec->path), most = sizeof domain - 12;
    meter_spec *state = eco_alloc(set->ctx, 1, sizeof *state);
    if (!state)
        return ECOPT_E_NOMEM;
    *state = *spec;
    (void)snprintf(domain, sizeof domain, "subject %s", spec->path + (n > most ? n - most : 0));
    eco_channel *channel = eco_set_add(set, ops, ECO_SCOPE_SUBJECT, domain);
    if (!channel) {
        eco_free(set->ctx, state);
        return ECOPT_OK;
    }
    bool is_power = spec->unit->is_power;
    name_channel(channel, ops, spec);
    channel->state = state;
    channel->quality = is_power ? ECOPT_QUALITY_MEASURED_SAMPLED : ECOPT_QUALITY_MEASURED_COUNTER;
    channel->gain_lo = spec->gain_lo;
    channel->gain_hi = spec->gain_hi;
    channel->poll_s = ops == &eco_source_file ? FILE_POLL_S : 0;
    /* How often it moves is not known; once a poll is the best that can be seen. */
    eco_counter_init(&channel->counter, 0, POWER_MAX_W,
                     channel->poll_s > 0 ? channel->poll_s : 1.0);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

static ecopt_status probe_external(eco_channel_set *set, const eco_source_ops *ops,
                                   const char *argument)
{
    meter_spec spec;
    eco_reading reading = {0};
    int exit_status = 0;
    /* Nobody named one; a wrong one was judged when the options were read. */
    if (!argument || parse_spec(argument, &spec))
        return ECOPT_OK;
    int status = ops == &eco_source_command ? ask_command(set->io, &spec, &reading, &exit_status)
                                            : ask_file(set->io, &spec, &reading);
    if (status == 0)
        return add_external(set, ops, &spec);
    report(set, ops, &spec, status, exit_status);
    return ECOPT_OK;
}

static ecopt_status probe_command(eco_channel_set *set, const char *argument)
{
    return probe_external(set, &eco_source_command, argument);
}

static ecopt_status probe_file(eco_channel_set *set, const char *argument)
{
    return probe_external(set, &eco_source_file, argument);
}

const eco_source_ops eco_source_command = {
    .version = ECO_SOURCE_VERSION,
    .kind = "command",
    .has_argument = true,
    .is_slow = true,
    .probe = probe_command,
    .read = read_command,
    .check = check_command,
    .close = close_external,
};

/* Slow as well: what the path leads to may be in a network. */
const eco_source_ops eco_source_file = {
    .version = ECO_SOURCE_VERSION,
    .kind = "file",
    .has_argument = true,
    .is_slow = true,
    .probe = probe_file,
    .read = read_file,
    .check = check_file,
    .close = close_external,
};
