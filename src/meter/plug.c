/*
 * Wall plugs that answer HTTP: Shelly (both generations) and Tasmota, named "plug:http://ADDRESS".
 *
 * One request gives watts and the total of energy, so a plug is two channels of one domain that
 * share it.  Integrated watts are the view that counts; the total is coarse (1 Wh with Tasmota) and
 * its updates are rare, but it misses nothing: in windows where it is surer, its value stands.
 * Label measured-wall; a login is kept in memory only and never shown.
 */
#include "meter/source.h"

#include "meter/plug_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The local network answers in tens of milliseconds; a plug with weak Wi-Fi in some hundreds. */
#define TIMEOUT_S 2.0

/* Metering chips of plugs refresh the watts about once a second. */
#define POWER_PERIOD_S 1.0

/* Above 16 A at 230 V (3.7 kW) every such plug trips. */
#define POWER_MAX_W 4000.0

/* A reply serves both channels when it is not older than this. */
#define FRESH_S 0.3

typedef struct plug_state {
    int n_users; /* channels, and the probe */
    eco_plug_kind kind;
    eco_plug_address address;
    /* Of the last request. */
    int status;
    uint64_t serial;
    double time_s, after_s;
    eco_plug_reply reply;
    const char *problem; /* of its text, or NULL */
    char body[ECO_HTTP_BODY_B];
} plug_state;

/* One of the two views. */
typedef struct plug_view {
    plug_state *plug;
    bool is_total;
    uint64_t seen; /* serial of the reply it gave last */
} plug_view;

/* Everything but letters and digits, for a request line. */
static void add_encoded(char *text, size_t room_b, const char *key, const char *word)
{
    size_t n = strlen(text);
    n += (size_t)snprintf(text + n, room_b - n, "%s", key);
    for (; *word != '\0' && n + 4 < room_b; word++) {
        bool is_plain = (*word >= '0' && *word <= '9') || (*word >= 'A' && *word <= 'Z') ||
                        (*word >= 'a' && *word <= 'z');
        n += (size_t)snprintf(text + n, room_b - n, is_plain ? "%c" : "%%%02X",
                              (unsigned)(unsigned char)*word);
    }
}

/* What the status of HTTP means for a reading. */
static int status_of(plug_state *plug, long got)
{
    bool is_denied = false;
    plug->problem = NULL;
    if (got < 0)
        return (int)got;
    if (got == 401 || got == 403)
        return -EACCES;
    if (got != 200)
        return -ENOENT;
    plug->problem =
        eco_plug_reply_parse(plug->kind, plug->body, strlen(plug->body), &plug->reply, &is_denied);
    if (is_denied)
        return -EACCES;
    return plug->problem ? -EBADMSG : 0;
}

static void ask(const eco_io *io, plug_state *plug)
{
    const eco_plug_facts *facts = eco_plug_facts_of(plug->kind);
    char url[ECO_PLUG_BASE_B + 8 * ECO_PLUG_WORD_B];
    bool has_login = plug->address.user[0] != '\0';
    (void)snprintf(url, sizeof url, "%s%s", plug->address.base, facts->path);
    if (has_login && facts->is_login_asked) {
        add_encoded(url, sizeof url, "&user=", plug->address.user);
        add_encoded(url, sizeof url, "&password=", plug->address.password);
    }
    eco_http_request request = {
        .url = url,
        .user = has_login ? plug->address.user : NULL,
        .password = has_login ? plug->address.password : NULL,
        .timeout_s = TIMEOUT_S,
    };
    double before_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    long got = io->http_get(io->user, &request, plug->body, sizeof plug->body);
    plug->after_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    plug->time_s = 0.5 * (before_s + plug->after_s);
    plug->status = status_of(plug, got);
    plug->serial++;
}

/* Failures are shared like replies: a plug that hangs is waited for once. */
static int read_plug(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    plug_view *view = channel->state;
    plug_state *plug = view->plug;
    double age_s = io->now(io->user, ECO_CLOCK_MONOTONIC) - plug->after_s;
    if (view->seen == plug->serial || !(age_s <= FRESH_S))
        ask(io, plug);
    view->seen = plug->serial;
    ret->time_s = plug->time_s;
    ret->is_power = !view->is_total;
    ret->power_w = plug->reply.power_w;
    ret->energy_uj = (uint64_t)llround(1e6 * plug->reply.energy_j);
    return plug->status;
}

static void drop_plug(ecopt_ctx *ctx, plug_state *plug)
{
    if (--plug->n_users > 0)
        return;
    explicit_bzero(&plug->address, sizeof plug->address);
    eco_free(ctx, plug);
}

static void close_plug(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    (void)io;
    plug_view *view = channel->state;
    if (view)
        drop_plug(ctx, view->plug);
    eco_free(ctx, view);
    channel->state = NULL;
}

/* Only answers are worth another question: who does not talk, refuses or floods is not asked four
 * times.  What a reply lacks says more than that there was none. */
static int find_kind(const eco_io *io, plug_state *plug, const char **ret_problem)
{
    const char *problem = NULL;
    for (int kind = 0; kind < ECO_PLUG_COUNT; kind++) {
        plug->kind = (eco_plug_kind)kind;
        ask(io, plug);
        if (plug->status != -ENOENT && plug->status != -EBADMSG)
            return plug->status;
        if (plug->problem)
            problem = problem ? problem : plug->problem;
    }
    *ret_problem = problem ? problem : "it is neither a Shelly nor a Tasmota plug that meters";
    return -ENOENT;
}

/* Why it cannot be read, and what helps. */
static void report(eco_channel_set *set, const char *host, int status, const char *problem)
{
    char reason[192], remedy[320] = "";
    const char *why = strerror(-status);
    if (problem)
        why = problem;
    else if (status == -ETIMEDOUT)
        why = "no answer within 2 s";
    else if (status == -EACCES)
        why = "it asks for a user and a password, or refuses those given";
    else if (status == -EMSGSIZE)
        why = "its reply is longer than 64 KiB";
    else if (status == -EPROTO)
        why = "its reply is cut off, or is no HTTP";
    else if (status == -ENOTSUP)
        why = "libcurl.so.4 cannot be loaded";
    else if (status == -EHOSTUNREACH)
        why = "its name is not known, or there is no way to it";
    if (status == -EACCES)
        (void)snprintf(remedy, sizeof remedy,
                       "give its login: plug:http://USER:PASSWORD@%s (%%XX for , @ : %% and "
                       "blank), or USER:PASSWORD in the environment variable ECOPT_PLUG_LOGIN",
                       host);
    else if (status == -ENOTSUP)
        (void)snprintf(remedy, sizeof remedy, "as root: apt install libcurl4");
    else
        (void)snprintf(remedy, sizeof remedy,
                       "see that http://%s answers from this machine: curl -m 2 "
                       "'http://%s/rpc/Switch.GetStatus?id=0' (Shelly) or "
                       "'http://%s/cm?cmnd=Status%%208' (Tasmota)",
                       host, host, host);
    (void)snprintf(reason, sizeof reason, "plug %s: %s", host, why);
    eco_set_missing(set, &eco_source_plug, ECOPT_QUALITY_MEASURED_WALL, status, reason, remedy);
}

/* One view of the plug; ECOPT_OK also when the set is full. */
static ecopt_status add_view(eco_channel_set *set, plug_state *plug, bool is_total)
{
    const eco_plug_facts *facts = eco_plug_facts_of(plug->kind);
    char domain[64];
    plug_view *view = eco_alloc(set->ctx, 1, sizeof *view);
    if (!view)
        return ECOPT_E_NOMEM;
    (void)snprintf(domain, sizeof domain, "wall %.58s", plug->address.host);
    eco_channel *channel = eco_set_add(set, &eco_source_plug, ECO_SCOPE_WALL, domain);
    if (!channel) {
        eco_free(set->ctx, view);
        return ECOPT_OK;
    }
    (void)snprintf(channel->name, sizeof channel->name, "plug %.34s%s", plug->address.host,
                   is_total ? " total" : "");
    view->plug = plug;
    view->is_total = is_total;
    plug->n_users++;
    channel->state = view;
    channel->quality = ECOPT_QUALITY_MEASURED_WALL;
    channel->gain_lo = facts->gain_lo;
    channel->gain_hi = facts->gain_hi;
    channel->unit_j = is_total ? facts->unit_j : 0;
    channel->takes_check = !is_total;
    /* Between two steps of 1 Wh a quiet machine runs for minutes. */
    channel->may_rest = is_total;
    eco_counter_init(&channel->counter, 0, POWER_MAX_W,
                     is_total ? facts->period_s : POWER_PERIOD_S);
    if (!is_total)
        channel->counter.step_w = facts->step_w;
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* Of all plugs whose address has none: so that a study file need not hold a password. */
static void take_login(eco_plug_address *address)
{
    const char *login = getenv("ECOPT_PLUG_LOGIN");
    size_t n_user = login ? strcspn(login, ":") : 0;
    if (n_user == 0 || address->user[0] != '\0')
        return;
    const char *password = login + n_user + (login[n_user] == ':');
    (void)snprintf(address->user, sizeof address->user, "%.*s", (int)n_user, login);
    (void)snprintf(address->password, sizeof address->password, "%s", password);
}

static ecopt_status probe_plug(eco_channel_set *set, const char *argument)
{
    const char *problem = NULL;
    /* Nobody named one: nothing to look for. */
    if (!argument)
        return ECOPT_OK;
    plug_state *plug = eco_alloc(set->ctx, 1, sizeof *plug);
    if (!plug)
        return ECOPT_E_NOMEM;
    plug->n_users = 1;
    ecopt_status status = ECOPT_OK;
    /* Judged already when the options were read. */
    int failure = eco_plug_address_parse(argument, &plug->address) ? -EINVAL : 0;
    take_login(&plug->address);
    if (failure == 0)
        failure = find_kind(set->io, plug, &problem);
    if (failure != 0)
        report(set, plug->address.host, failure, problem);
    else
        status = add_view(set, plug, false);
    if (failure == 0 && status == ECOPT_OK)
        status = add_view(set, plug, true);
    drop_plug(set->ctx, plug);
    return status;
}

/* The address is not repeated: it may hold a password. */
static ecopt_status check_plug(ecopt_ctx *ctx, const char *argument)
{
    eco_plug_address address;
    const char *problem = eco_plug_address_parse(argument, &address);
    explicit_bzero(&address, sizeof address);
    if (!problem)
        return ECOPT_OK;
    return eco_hint(ctx, eco_fail(ctx, ECOPT_E_ARG, "energy source 'plug': %s", problem),
                    "write plug:http://192.0.2.7, or plug:http://USER:PASSWORD@192.0.2.7");
}

const eco_source_ops eco_source_plug = {
    .version = ECO_SOURCE_VERSION,
    .kind = "plug",
    .has_argument = true,
    .is_slow = true,
    .probe = probe_plug,
    .read = read_plug,
    .check = check_plug,
    .close = close_plug,
};
