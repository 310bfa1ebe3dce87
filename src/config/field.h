/*
 * What keys a study file may have: the table that checks the file, names the closest key to a
 * misspelt one, and is written out as JSON schema.
 *
 * The table says what can be said of one value alone: its key, its type, whether it must be there.
 * What depends on two values (min below max, a phase that exists) is the affair of the build_
 * files.
 *
 * Constant data, in field_table.c; read by field_check.c only.
 */
#ifndef ECO_CONFIG_FIELD_H
#define ECO_CONFIG_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/** Types a value may have, as bits. */
typedef enum eco_field_type {
    ECO_FIELD_TEXT = 1 << 0,    /* any scalar but null */
    ECO_FIELD_NUMBER = 1 << 1,  /* finite */
    ECO_FIELD_INT = 1 << 2,     /* whole number */
    ECO_FIELD_BOOL = 1 << 3,    /* true, false */
    ECO_FIELD_NULL = 1 << 4,    /* null, ~, nothing */
    ECO_FIELD_TIME = 1 << 5,    /* 90s, 10min, 2h, or seconds */
    ECO_FIELD_ENERGY = 1 << 6,  /* 500J, 3Wh, 2kWh, or joules */
    ECO_FIELD_RATIO = 1 << 7,   /* 0.5 or 50% */
    ECO_FIELD_WORD = 1 << 8,    /* one of `words` */
    ECO_FIELD_LIST = 1 << 9,    /* of `item` */
    ECO_FIELD_MASS = 1 << 11,   /* 900g, 350kg, 1.2t; a unit is needed */
    ECO_FIELD_SIZE = 1 << 12,   /* 512MB, 4GiB, or bytes */
    ECO_FIELD_METRIC = 1 << 13, /* 3min, 2mJ, 20g: a metric's value with a unit; not told in
                                   messages, for which unit fits only the metric tells */
    ECO_FIELD_MAP = 1 << 10,    /* with `fields`, and with any other key when `item` is set */
    ECO_FIELD_SCALAR = ECO_FIELD_TEXT | ECO_FIELD_NUMBER | ECO_FIELD_BOOL
} eco_field_type;

typedef struct eco_field eco_field;
struct eco_field {
    const char *key; /* NULL for `item` entries */
    unsigned types;
    bool is_required;
    const char *unless;         /* required only where this other key is missing */
    const char *doc;            /* one sentence for people, lower case, no full stop */
    const char *fallback;       /* what holds when it is left out, NULL: nothing or required */
    const char *const *words;   /* NULL-terminated */
    const eco_field *list_item; /* of a LIST; NULL: scalars */
    const eco_field *fields;    /* of a MAP; ends with a NULL key */
    const eco_field *item;      /* of a MAP: values of keys that the user makes up */
    const char *example;        /* shown in hints */
};

/** The whole study file. */
extern const eco_field eco_field_root;

/** Keys of the sections `deployment`, `carbon` and `pruning` and of the map `budget.gain`; end with
 * a NULL key. */
extern const eco_field eco_field_deployment[];
extern const eco_field eco_field_carbon[];
extern const eco_field eco_field_pruning[];
extern const eco_field eco_field_gain[];

/** Rules of pruning; NULL-terminated. */
extern const char *const eco_field_prune_rules[];

/** Parts of it that have a file of their own, field_process.c; arrays end with a NULL key. */
extern const eco_field eco_field_retries[];
extern const eco_field eco_field_resources[];
extern const eco_field eco_field_variable;

/** Names that `type` of a parameter may have; NULL-terminated. */
extern const char *const eco_field_param_types[];

#endif
