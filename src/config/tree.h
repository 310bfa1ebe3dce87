/*
 * The study file as a tree of nodes with positions.
 *
 * The only place that knows libfyaml.  Its event interface is used rather than its documents: the
 * nodes then live in our arena, aliases are refused before anything expands, and depth, size and
 * repeated keys are checked while reading.
 *
 * Call order: eco_tree_parse, then the eco_node_ questions.  Scalars keep the text of the file;
 * what it means is asked for by whoever expects a number or a truth value, so a text such as 1.10
 * is never rewritten.
 *
 * Owner: the arena given to eco_tree_parse.  Threads: as the context.
 *
 * Limits: 64 levels, 262,144 nodes, 2048 keys in one map.  They bound what a hostile file can cost.
 */
#ifndef ECO_CONFIG_TREE_H
#define ECO_CONFIG_TREE_H

#include "core/arena.h"

#define ECO_TREE_DEPTH_MAX 64
#define ECO_TREE_NODES_MAX 262144
#define ECO_TREE_KEYS_MAX  2048

typedef enum eco_node_kind { ECO_NODE_SCALAR, ECO_NODE_LIST, ECO_NODE_MAP } eco_node_kind;

/** One node; everything lives in the arena. */
typedef struct eco_node eco_node;
struct eco_node {
    eco_node_kind kind;
    const char *text;    /* SCALAR: its text, else "" */
    bool is_flow;        /* LIST or MAP written with brackets */
    bool is_plain;       /* SCALAR without quotes: may be a number, true, null */
    bool is_bad;         /* an error was reported for it: nobody looks at it again */
    size_t line, column; /* 1-based; of the first byte, quotes included; columns count characters */
    eco_node *parent;    /* NULL at the root */
    eco_node *key;       /* of an entry of a map; a key's own `parent` is that map */
    size_t index;        /* among the parent's children */
    eco_node *first, *last, *next; /* children in order; siblings */
    size_t n;                      /* number of children */
};

/** What the tree's reader complains about; texts are valid during the call. */
typedef void (*eco_tree_complain_fn)(void *user, const eco_node *at, size_t line, size_t column,
                                     const char *message, const char *hint);

/**
 * Parses a YAML text.  Every complaint is about something that makes the file unusable.
 *
 * @param[in]  complain  called with `at` NULL when only a place is known
 * @param[out] ret_root  NULL when the text could not be parsed at all (complained of); else a tree,
 *                       whose bad entries (repeated keys, aliases) were complained of
 * @return ECOPT_OK (also with complaints), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_tree_parse(eco_arena *arena, const char *text, size_t length,
                                         eco_tree_complain_fn complain, void *user,
                                         eco_node **ret_root);

/**
 * Value of a map's entry, NULL when it has none (or node is no map, or NULL).  Also finds bad ones:
 * eco_field_get is the call that leaves them out.
 */
eco_node *eco_node_get(const eco_node *node, const char *key);

/** True for a plain null, ~ or nothing at all; null in quotes is a text. */
bool eco_node_is_null(const eco_node *node);

/** Plain true or false (also True, TRUE and so on; not yes, no, on, off). */
bool eco_node_bool(const eco_node *node, bool *ret_value);

/** Plain number (not NaN; infinite only when written .inf). */
bool eco_node_number(const eco_node *node, double *ret_value);

/** Plain whole number within int64; 1e5 and 3.0 are such numbers up to 2^53. */
bool eco_node_int(const eco_node *node, int64_t *ret_value);

#endif
