#include "meter/helper_text.h"

#include "core/ctx.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GREETING "ecopt-energy "

/* A millisecond to a minute: beyond, it is no helper of ours. */
#define PERIOD_MIN_US 1000
#define PERIOD_MAX_US 60000000

/* What keeps every sum of these within 63 bits and every double exact enough. */
#define NUMBER_MAX (UINT64_C(1) << 62)

static const struct {
    eco_scope scope;
    const char *name;
} SCOPES[] = {
    {ECO_SCOPE_PACKAGE, "package"},
    {ECO_SCOPE_DRAM, "dram"},
    {ECO_SCOPE_PSYS, "psys"},
    {ECO_SCOPE_PART, "part"},
};

static const char *name_of_scope(eco_scope scope)
{
    for (size_t i = 0; i < ECO_LEN(SCOPES); i++)
        if (SCOPES[i].scope == scope)
            return SCOPES[i].name;
    return "part";
}

size_t eco_helper_format(const eco_helper_answer *answer, char text[ECO_HELPER_TEXT_B])
{
    size_t room_b = ECO_HELPER_TEXT_B;
    size_t n = (size_t)snprintf(text, room_b, GREETING "1 %" PRIu64 "\n", answer->period_us);
    /* A line has at most 63 + 8 + 8 * 19 digits and 10 separators: sixteen fit. */
    for (size_t i = 0; i < answer->n; i++) {
        const eco_helper_domain *d = &answer->domains[i];
        n += (size_t)snprintf(text + n, room_b - n,
                              "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                              ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
                              d->name, name_of_scope(d->scope), d->since_us, d->time_us,
                              d->energy_uj, d->power_mw, d->unit_nj, d->power_max_mw,
                              d->gain_lo_ppt, d->gain_hi_ppt);
    }
    return n + (size_t)snprintf(text + n, room_b - n, "end\n");
}

/* Digits up to the separator; the place behind it, or NULL. */
static const char *take_number(const char *text, char separator, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (value > NUMBER_MAX / 10)
            return NULL;
        value = 10 * value + (uint64_t)(*at - '0');
    }
    if (at == text || *at != separator || value > NUMBER_MAX)
        return NULL;
    *ret = value;
    return at + 1;
}

/* A name as sysfs gives it: it goes into listings and traces, so nothing but plain characters. */
static const char *take_name(const char *text, eco_helper_domain *domain)
{
    size_t n = strcspn(text, ",\n");
    if (n == 0 || n >= sizeof domain->name || text[n] != ',')
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            return NULL;
    memcpy(domain->name, text, n);
    domain->name[n] = '\0';
    return text + n + 1;
}

static const char *take_scope(const char *text, eco_helper_domain *domain)
{
    for (size_t i = 0; i < ECO_LEN(SCOPES); i++) {
        size_t n = strlen(SCOPES[i].name);
        if (strncmp(text, SCOPES[i].name, n) != 0 || text[n] != ',')
            continue;
        domain->scope = SCOPES[i].scope;
        return text + n + 1;
    }
    return NULL;
}

/* One line; the begin of the next, or NULL. */
static const char *take_domain(const char *text, eco_helper_domain *domain)
{
    uint64_t *const fields[] = {&domain->since_us,    &domain->time_us,    &domain->energy_uj,
                                &domain->power_mw,    &domain->unit_nj,    &domain->power_max_mw,
                                &domain->gain_lo_ppt, &domain->gain_hi_ppt};
    const char *at = take_name(text, domain);
    at = at ? take_scope(at, domain) : NULL;
    for (size_t i = 0; at && i < ECO_LEN(fields); i++)
        at = take_number(at, i + 1 < ECO_LEN(fields) ? ',' : '\n', fields[i]);
    /* A band around 1, at most a factor of ten either way. */
    bool is_band = at && domain->gain_lo_ppt >= 100 && domain->gain_lo_ppt <= 1000 &&
                   domain->gain_hi_ppt >= 1000 && domain->gain_hi_ppt <= 10000;
    return is_band && domain->time_us >= domain->since_us ? at : NULL;
}

/* Two lines of one name would be two counters to add. */
static bool is_known(const eco_helper_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n; i++)
        if (strcmp(answer->domains[i].name, name) == 0)
            return true;
    return false;
}

int eco_helper_parse(const char *text, eco_helper_answer *ret)
{
    eco_helper_answer answer = {0};
    if (strncmp(text, GREETING, strlen(GREETING)) != 0)
        return -EBADMSG;
    const char *at = text + strlen(GREETING);
    if (strncmp(at, "1 ", 2) != 0)
        return -EPROTONOSUPPORT;
    at += 2;
    if (strcmp(at, "denied\n") == 0)
        return -EACCES;
    at = take_number(at, '\n', &answer.period_us);
    if (!at || answer.period_us < PERIOD_MIN_US || answer.period_us > PERIOD_MAX_US)
        return -EBADMSG;
    while (strcmp(at, "end\n") != 0) {
        eco_helper_domain domain;
        if (answer.n == ECO_LEN(answer.domains))
            return -EBADMSG;
        at = take_domain(at, &domain);
        if (!at || is_known(&answer, domain.name))
            return -EBADMSG;
        answer.domains[answer.n++] = domain;
    }
    *ret = answer;
    return 0;
}
