/*
 * RAPL through ecopt-energyd, the small helper that may read what we may not: its socket, or the
 * one named as "helper:/PATH".
 *
 * The helper reads the counters at fixed moments, ten times a second, whoever asks, so nobody can
 * time a reading (CVE-2020-8694); what it says is up to 0.1 s old.  Each reading is brought to the
 * moment of the answer by the mean power of the helper's last step; that is at most one period of
 * what the load changed by, and the period of the counter says so.
 * A helper that was started anew counts from 0: its count has another begin, and is shown to the
 * classifier as a counter that fell back, which bounds what came in between.
 */
#include "meter/helper_text.h"
#include "meter/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* On one machine an answer takes well below a millisecond; when nobody asked for a while, up to one
 * period. */
#define TIMEOUT_S 0.5

/* An answer serves all its domains when it is not older than this. */
#define FRESH_S 0.03

/* A reading this many periods old is one of a counter that the helper cannot read any more. */
#define AGE_PERIODS 5.0

#define REMEDY_GROUP                                                                    \
    "as root: usermod --append --groups energy USER (or the group that the helper was " \
    "started with), then log in anew"
#define REMEDY_START                                                                   \
    "as root: copy ecopt-energyd.socket and .service of share/doc/ecopt/contrib to "   \
    "/etc/systemd/system, then: systemctl enable --now ecopt-energyd.socket; without " \
    "systemd: ecopt-energyd --group GROUP"

#define REMEDY_NONE                                                                                \
    "it is for processor counters (RAPL) that are there and closed to this user; where there are " \
    "none, nothing is missing"
#define REMEDY_LOOK "see what it says: journalctl -u ecopt-energyd, or on its stderr"

typedef struct helper_state {
    int n_users; /* channels, and the probe */
    char path[ECO_IO_PATH_B];
    /* Of the last question. */
    int status;
    uint64_t serial;
    double after_s;
    eco_helper_answer answer;
    char text[ECO_HELPER_TEXT_B];
} helper_state;

/* One domain of it. */
typedef struct helper_view {
    helper_state *helper;
    uint64_t seen; /* serial of the answer it gave last */
    uint64_t since_us;
    uint64_t base_uj;  /* of the count, when it was first seen */
    uint64_t shown_uj; /* last */
} helper_view;

static void ask(const eco_io *io, helper_state *helper)
{
    long n = io->ask(io->user, helper->path, TIMEOUT_S, helper->text, sizeof helper->text);
    helper->after_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    helper->status = n < 0 ? (int)n : eco_helper_parse(helper->text, &helper->answer);
    helper->serial++;
}

static const eco_helper_domain *find_domain(const eco_helper_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n; i++)
        if (strcmp(answer->domains[i].name, name) == 0)
            return &answer->domains[i];
    return NULL;
}

/* The count at the moment of the answer; false when its time is none of ours. */
static bool energy_now(const helper_state *helper, const eco_helper_domain *domain,
                       uint64_t *ret_uj)
{
    double age_s = helper->after_s - 1e-6 * (double)domain->time_us;
    double period_s = 1e-6 * (double)helper->answer.period_us;
    /* Clocks of both are one, up to the rounding of the text. */
    if (!(age_s > -1e-3 && age_s < AGE_PERIODS * period_s))
        return false;
    double power_mw =
        (double)(domain->power_mw < domain->power_max_mw ? domain->power_mw : domain->power_max_mw);
    *ret_uj = domain->energy_uj + (uint64_t)(age_s > 0 ? 1e3 * power_mw * age_s : 0);
    return true;
}

/* Shown counts begin at 1, so that a 0 is always a fall. */
static uint64_t next_shown(helper_view *view, const eco_helper_domain *domain, uint64_t now_uj)
{
    bool is_first = view->since_us == 0;
    if (view->since_us != domain->since_us) {
        view->since_us = domain->since_us;
        view->base_uj = is_first ? 0 : now_uj;
        view->shown_uj = 0;
        if (!is_first)
            return 0;
    }
    uint64_t shown_uj = now_uj > view->base_uj ? now_uj - view->base_uj + 1 : 1;
    /* Where the power fell, the last reading was brought too far: it waits for the count. */
    return shown_uj > view->shown_uj ? shown_uj : view->shown_uj;
}

/* Failures are shared like answers: a helper that hangs is waited for once. */
static int read_domain(const eco_io *io, eco_channel *channel, eco_reading *ret)
{
    helper_view *view = channel->state;
    helper_state *helper = view->helper;
    double age_s = io->now(io->user, ECO_CLOCK_MONOTONIC) - helper->after_s;
    if (view->seen == helper->serial || !(age_s <= FRESH_S))
        ask(io, helper);
    view->seen = helper->serial;
    if (helper->status != 0)
        return helper->status;
    uint64_t now_uj = 0;
    const eco_helper_domain *domain = find_domain(&helper->answer, channel->domain);
    if (!domain)
        return -ENODEV;
    if (!energy_now(helper, domain, &now_uj))
        return -ESTALE;
    ret->time_s = helper->after_s;
    view->shown_uj = ret->energy_uj = next_shown(view, domain, now_uj);
    return 0;
}

static void drop_helper(ecopt_ctx *ctx, helper_state *helper)
{
    if (--helper->n_users == 0)
        eco_free(ctx, helper);
}

static void close_domain(ecopt_ctx *ctx, const eco_io *io, eco_channel *channel)
{
    (void)io;
    helper_view *view = channel->state;
    if (view)
        drop_helper(ctx, view->helper);
    eco_free(ctx, view);
    channel->state = NULL;
}

/* ECOPT_OK also when the set is full. */
static ecopt_status add_domain(eco_channel_set *set, helper_state *helper,
                               const eco_helper_domain *domain)
{
    helper_view *view = eco_alloc(set->ctx, 1, sizeof *view);
    if (!view)
        return ECOPT_E_NOMEM;
    eco_channel *channel = eco_set_add(set, &eco_source_helper, domain->scope, domain->name);
    if (!channel) {
        eco_free(set->ctx, view);
        return ECOPT_OK;
    }
    double period_s = 1e-6 * (double)helper->answer.period_us;
    view->helper = helper;
    /* What was said while probing is old when a window begins. */
    view->seen = helper->serial;
    helper->n_users++;
    channel->state = view;
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->unit_j = 1e-9 * (double)domain->unit_nj;
    channel->gain_lo = 1e-3 * (double)domain->gain_lo_ppt;
    channel->gain_hi = 1e-3 * (double)domain->gain_hi_ppt;
    channel->may_rest = domain->scope != ECO_SCOPE_PACKAGE;
    channel->poll_s = period_s;
    eco_counter_init(&channel->counter, 0, 1e-3 * (double)domain->power_max_mw, period_s);
    eco_set_describe(set, channel, 0);
    return ECOPT_OK;
}

/* Whether a kind of RAPL is in the listing so; `is_readable` of one that is selected. */
static bool has_rapl(const eco_channel_set *set, bool is_readable)
{
    for (size_t i = 0; is_readable && i < set->n_channels; i++)
        if (set->channels[i].is_selected && set->channels[i].scope == ECO_SCOPE_PACKAGE)
            return true;
    for (size_t i = 0; !is_readable && i < set->n_infos; i++)
        if (strncmp(set->infos[i].kind, "rapl-", 5) == 0 && set->infos[i].is_found &&
            !set->infos[i].is_readable)
            return true;
    return false;
}

/* Why it cannot be asked; a helper is missed only where the counters are there and closed. */
static void report(eco_channel_set *set, const char *path, int status)
{
    char reason[192];
    const char *why = strerror(-status);
    bool is_absent = status == -ENOENT || status == -ECONNREFUSED;
    if (status == -EACCES || status == -EPERM)
        why = "it does not answer this user";
    else if (is_absent)
        why = "it does not run";
    else if (status == -ETIMEDOUT)
        why = "no answer within 0.5 s";
    else if (status == -ENODATA)
        why = "it reads no counter, or hung up";
    else if (status == -EPROTONOSUPPORT)
        why = "it is of another version";
    else if (status == -EBADMSG || status == -EMSGSIZE)
        why = "its answer is cut off, or not one of ecopt-energyd";
    (void)snprintf(reason, sizeof reason, "energy helper at %.100s: %s", path, why);
    const char *remedy = REMEDY_LOOK;
    if (is_absent)
        remedy = has_rapl(set, false) ? REMEDY_START : REMEDY_NONE;
    else if (status == -EACCES || status == -EPERM)
        remedy = REMEDY_GROUP;
    eco_set_missing(set, &eco_source_helper, ECOPT_QUALITY_MEASURED_COUNTER, status, reason,
                    remedy);
}

/* What is read directly needs no go-between; a path that was named is asked all the same. */
static bool is_spared(eco_channel_set *set, const char *argument)
{
    if (argument || !set->is_selected || !has_rapl(set, true))
        return false;
    size_t n = set->n_infos;
    eco_set_missing(set, &eco_source_helper, ECOPT_QUALITY_MEASURED_COUNTER, 0,
                    "not asked: the counters are read directly", "");
    /* Nothing is amiss with it, as far as anybody looked. */
    if (set->n_infos > n)
        set->infos[n].is_found = set->infos[n].is_readable = true;
    return true;
}

static ecopt_status probe_helper(eco_channel_set *set, const char *argument)
{
    const char *path = argument ? argument : ECO_HELPER_PATH;
    if (is_spared(set, argument))
        return ECOPT_OK;
    helper_state *helper = eco_alloc(set->ctx, 1, sizeof *helper);
    if (!helper)
        return ECOPT_E_NOMEM;
    helper->n_users = 1;
    ecopt_status status = ECOPT_OK;
    if (eco_io_path(set->io, path, helper->path))
        ask(set->io, helper);
    else
        helper->status = -ENAMETOOLONG;
    if (helper->status == 0 && helper->answer.n == 0)
        helper->status = -ENODATA;
    if (helper->status != 0)
        report(set, path, helper->status);
    for (size_t i = 0; helper->status == 0 && status == ECOPT_OK && i < helper->answer.n; i++)
        status = add_domain(set, helper, &helper->answer.domains[i]);
    drop_helper(set->ctx, helper);
    return status;
}

static ecopt_status check_helper(ecopt_ctx *ctx, const char *argument)
{
    if (argument[0] == '/')
        return ECOPT_OK;
    return eco_hint(ctx,
                    eco_fail(ctx, ECOPT_E_ARG,
                             "energy source 'helper:%.100s': its path does not begin with '/'",
                             argument),
                    "write helper, or helper:/PATH of its socket");
}

const eco_source_ops eco_source_helper = {
    .version = ECO_SOURCE_VERSION,
    .kind = "helper",
    .is_automatic = true,
    .may_have_argument = true,
    .is_slow = true,
    .probe = probe_helper,
    .read = read_domain,
    .check = check_helper,
    .close = close_domain,
    .counter_of = "rapl",
};
