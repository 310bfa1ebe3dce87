#include "meter/plug_text.h"

#include <ecopt/meter.h>

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Nothing that a plug counts is more: 2,500,000 MWh.  Keeps microjoules within 64 bits. */
#define ENERGY_MOST_J 9e12

/* In the order of eco_plug_kind.  Shelly's second generation gives three decimals of a watt-hour
 * and keeps its own history by the minute: how often the total moves is not said, so a minute is
 * assumed.  The first generation counts whole watt-minutes; Tasmota kilowatt-hours with three
 * decimals.  The bands are stated defaults. */
static const eco_plug_facts FACTS[ECO_PLUG_COUNT] = {
    {"Shelly", "/rpc/Switch.GetStatus?id=0", "apower", "aenergy/total", 3600, 3.6, 60, false, 0.95,
     1.05, 0.1},
    {"Shelly (first generation)", "/status", "meters/0/power", "meters/0/total", 60, 60, 60, false,
     0.95, 1.05, 0.01},
    {"Tasmota", "/cm?cmnd=Status%208", "StatusSNS/ENERGY/Power", "StatusSNS/ENERGY/Total", 3.6e6,
     3600, 1, true, 0.90, 1.10, 1},
    {"Tasmota", "/cm?cmnd=Status%2010", "StatusSNS/ENERGY/Power", "StatusSNS/ENERGY/Total", 3.6e6,
     3600, 1, true, 0.90, 1.10, 1},
};

const eco_plug_facts *eco_plug_facts_of(eco_plug_kind kind)
{
    return &FACTS[kind];
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    int low = tolower((unsigned char)c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* n bytes with %XX replaced; false when it does not fit or holds a NUL. */
static bool decode(const char *text, size_t n, char *out, size_t room_b)
{
    size_t used_b = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%' && i + 2 < n && hex_of(text[i + 1]) >= 0 && hex_of(text[i + 2]) >= 0) {
            c = (char)(16 * hex_of(text[i + 1]) + hex_of(text[i + 2]));
            i += 2;
        }
        if (c == '\0' || used_b + 1 >= room_b)
            return false;
        out[used_b++] = c;
    }
    out[used_b] = '\0';
    return true;
}

/* Letters, digits and what addresses are written with, IPv6 in brackets included. */
static bool is_host(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr(".-_:[]", text[i]))
            return false;
    return n > 0;
}

const char *eco_plug_address_parse(const char *text, eco_plug_address *ret)
{
    eco_plug_address address;
    memset(&address, 0, sizeof address);
    size_t n_scheme = strncmp(text, "http://", 7) == 0    ? 7
                      : strncmp(text, "https://", 8) == 0 ? 8
                                                          : 0;
    if (n_scheme == 0)
        return "the address of a plug begins with http:// or https://";
    const char *rest = text + n_scheme;
    /* The last @ ends the login: a password may hold one, a host may not. */
    const char *at = strrchr(rest, '@');
    if (at) {
        size_t n = (size_t)(at - rest), n_user = strcspn(rest, ":");
        n_user = n_user < n ? n_user : n;
        size_t n_skip = n_user < n ? n_user + 1 : n_user;
        if (n_user == 0 || !decode(rest, n_user, address.user, sizeof address.user) ||
            !decode(rest + n_skip, n - n_skip, address.password, sizeof address.password))
            return "user and password of a plug have 1 to 95 bytes each";
        rest = at + 1;
    }
    size_t n_host = strcspn(rest, "/");
    if (!is_host(rest, n_host) || n_host >= sizeof address.host)
        return "the address of a plug names no host, or one of more than 63 bytes";
    if (rest[n_host] != '\0' && strcmp(rest + n_host, "/") != 0)
        return "the address of a plug ends with its host: what to ask is found out";
    (void)snprintf(address.host, sizeof address.host, "%.*s", (int)n_host, rest);
    (void)snprintf(address.base, sizeof address.base, "%.*s%s", (int)n_scheme, text, address.host);
    *ret = address;
    return NULL;
}

/* A plug's password may hold a slash that should have been %2F; elsewhere the login ends with the
 * host, before any path. */
static size_t authority_length(const char *text, const char *scheme)
{
    static const char ENDS[] = " \t\r\n,\"'";
    bool is_plug = scheme - text >= 9 && (strncmp(scheme - 9, "plug:http", 9) == 0 ||
                                          strncmp(scheme - 9, "lug:https", 9) == 0);
    return is_plug ? strcspn(scheme + 3, ENDS) : strcspn(scheme + 3, " \t\r\n,\"'/?#");
}

/* Of any address, as the kind before it may be misspelt.  Up to what ends a word in a study file
 * and in a list of sources.  The same length, so that what a message says of lines and columns
 * stays true of the text. */
void ecopt_meter_hide_logins(char *text)
{
    for (char *at = text ? strstr(text, "://") : NULL; at; at = strstr(at + 3, "://")) {
        const char *last = memrchr(at + 3, '@', authority_length(text, at));
        /* As in a hint that says how to write it. */
        bool is_example = strncmp(at + 3, "USER:PASSWORD@", 14) == 0;
        if (last && !is_example)
            memset(at + 3, '*', (size_t)(last - at - 3));
    }
}

/* The value at "a/0/b"; NULL when there is none. */
static const json_t *value_at(const json_t *value, const char *path)
{
    while (value && *path != '\0') {
        size_t n = strcspn(path, "/");
        char key[32];
        (void)snprintf(key, sizeof key, "%.*s", (int)n, path);
        value = json_is_array(value) && isdigit((unsigned char)key[0])
                    ? json_array_get(value, (size_t)(key[0] - '0'))
                    : json_object_get(value, key);
        path += n;
        path += *path == '/';
    }
    return value;
}

/* A number in quotes is the sign of another firmware than the one known here: not guessed at. */
static bool number_at(const json_t *root, const char *path, double *ret_value)
{
    const json_t *value = value_at(root, path);
    if (!json_is_number(value))
        return false;
    *ret_value = json_number_value(value);
    return isfinite(*ret_value);
}

static const char *read_fields(eco_plug_kind kind, const json_t *root, eco_plug_reply *ret)
{
    const eco_plug_facts *facts = &FACTS[kind];
    eco_plug_reply reply = {0, 0};
    double total = 0;
    if (!value_at(root, facts->power))
        return "its reply has no power";
    if (!value_at(root, facts->energy))
        return "its reply has no total of energy";
    if (!number_at(root, facts->power, &reply.power_w))
        return "the power in its reply is no number";
    if (!number_at(root, facts->energy, &total))
        return "the total of energy in its reply is no number";
    reply.energy_j = total * facts->energy_j;
    if (!(reply.energy_j >= 0 && reply.energy_j <= ENERGY_MOST_J))
        return "the total of energy in its reply is not possible";
    *ret = reply;
    return NULL;
}

const char *eco_plug_reply_parse(eco_plug_kind kind, const char *text, size_t n,
                                 eco_plug_reply *ret, bool *ret_is_denied)
{
    json_error_t error;
    *ret_is_denied = false;
    /* Integers as reals: one of 30 digits is out of range, not an overflow. */
    json_t *root = json_loadb(text, n, JSON_DECODE_INT_AS_REAL, &error);
    if (!root)
        return "its reply is no JSON";
    /* Tasmota says so in words, older firmware with status 200. */
    *ret_is_denied = json_object_get(root, "WARNING") != NULL;
    const char *problem = *ret_is_denied ? "it asks for a password" : read_fields(kind, root, ret);
    json_decref(root);
    return problem;
}
