/*
 * What is written to a wall plug and by it: its address, and the JSON of its replies.
 *
 * Pure: no network, no context.  Memory of jansson only, freed before the call returns.
 */
#ifndef ECO_METER_PLUG_TEXT_H
#define ECO_METER_PLUG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { ECO_PLUG_BASE_B = 160, ECO_PLUG_HOST_B = 64, ECO_PLUG_WORD_B = 96 };

/** An address taken apart.  Only `host` may be shown; user and password are never. */
typedef struct eco_plug_address {
    char base[ECO_PLUG_BASE_B];     /* "http://192.0.2.7:8080" */
    char host[ECO_PLUG_HOST_B];     /* "192.0.2.7:8080" */
    char user[ECO_PLUG_WORD_B];     /* "" = none */
    char password[ECO_PLUG_WORD_B]; /* "" = none */
} eco_plug_address;

/**
 * Takes "http://[USER[:PASSWORD]@]HOST[:PORT][/]" apart (https alike; %XX in user and password).
 *
 * @return NULL and *ret is set, or what is wrong, without a word of the address itself
 */
const char *eco_plug_address_parse(const char *text, eco_plug_address *ret);

/** How plugs differ; the order in which they are tried. */
typedef enum eco_plug_kind {
    ECO_PLUG_SHELLY2,
    ECO_PLUG_SHELLY1,
    ECO_PLUG_TASMOTA,   /* Status 8 */
    ECO_PLUG_TASMOTA10, /* Status 10, of newer firmware */
    ECO_PLUG_COUNT
} eco_plug_kind;

/** What is known of a kind of plug; docs/energy.md says from where. */
typedef struct eco_plug_facts {
    const char *name;
    const char *path;    /* of the request, behind the base */
    const char *power;   /* where the watts are, e.g. "meters/0/power" */
    const char *energy;  /* where the total is */
    double energy_j;     /* joules of 1 in the total */
    double unit_j;       /* its smallest step */
    double period_s;     /* between two updates of the total */
    bool is_login_asked; /* user and password also go into the request, as this firmware wants */
    double gain_lo, gain_hi;
    double step_w; /* smallest step of the watts */
} eco_plug_facts;

const eco_plug_facts *eco_plug_facts_of(eco_plug_kind kind);

/** What a plug says. */
typedef struct eco_plug_reply {
    double power_w;  /* finite; negative when it feeds back */
    double energy_j; /* since it was made or reset; finite, 0 to 9e12 */
} eco_plug_reply;

/**
 * Reads a reply of n bytes.
 *
 * @param[out] ret_is_denied  true when the text is a demand for a password
 * @return NULL and *ret is set, or what is wrong (static storage)
 */
const char *eco_plug_reply_parse(eco_plug_kind kind, const char *text, size_t n,
                                 eco_plug_reply *ret, bool *ret_is_denied);

#endif
