/*
 * The search space: parameters and points.
 *
 * A space is made by reading a study definition (ecopt_definition_load) and is constant afterwards.
 * A point is an array of one code (double) per parameter, in the order of the definition:
 *
 *   FLOAT   the value itself           BOOL    0 or 1
 *   INT     the integer                CHOICE  index into `values`
 *   FIXED   0 (index into its one value)
 *
 * Codes of a point handed out by the library are canonical: floats are rounded to what their
 * printed form says, so the number the child reads, the number stored and the number modelled are
 * the same.
 *
 * Owner: the definition.  Threads: constant data, may be read from many.
 */
#ifndef ECOPT_SPACE_H
#define ECOPT_SPACE_H

#include <ecopt/ctx.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most parameters of one space. */
#define ECOPT_PARAMS_MAX 1024
/** Most values of one choice. */
#define ECOPT_CHOICES_MAX 4096

typedef struct ecopt_space ecopt_space;

/* X(name, text) */
#define ECOPT_PARAM_MAP(X) \
    X(FLOAT, "float")      \
    X(INT, "int")          \
    X(BOOL, "bool")        \
    X(CHOICE, "choice")    \
    X(FIXED, "fixed")

typedef enum ecopt_param_type {
#define ECOPT_PARAM_ENUM(name, text) ECOPT_PARAM_##name,
    ECOPT_PARAM_MAP(ECOPT_PARAM_ENUM)
#undef ECOPT_PARAM_ENUM
} ecopt_param_type;

typedef enum ecopt_value_type {
    ECOPT_VALUE_FLOAT,
    ECOPT_VALUE_INT,
    ECOPT_VALUE_BOOL,
    ECOPT_VALUE_STRING
} ecopt_value_type;

/** One value of a choice or of a fixed parameter. */
typedef struct ecopt_value {
    ecopt_value_type type;
    double number;    /* FLOAT, INT and BOOL (0 or 1); NaN for STRING */
    const char *text; /* as the child reads it; owned by the space */
} ecopt_value;

/** One parameter; all pointers owned by the space. */
typedef struct ecopt_param {
    const char *name;
    ecopt_param_type type;
    bool is_log;     /* FLOAT and INT: searched on a logarithmic scale; min > 0 */
    bool is_ordered; /* CHOICE: neighbours are alike */
    bool has_default;
    double min, max; /* FLOAT and INT: inclusive bounds */
    size_t n_values; /* CHOICE: >= 1, FIXED: 1, else 0 */
    const ecopt_value *values;
    double default_code;
    const char *when; /* condition text, or NULL: always active */
} ecopt_param;

/** Number of parameters n >= 1. */
ECOPT_API size_t ecopt_space_n_params(const ecopt_space *space);

/** Parameter i < n; NULL beyond. */
ECOPT_API const ecopt_param *ecopt_space_param(const ecopt_space *space, size_t i);

/** Index of the parameter of that name, or n when there is none. */
ECOPT_API size_t ecopt_space_find(const ecopt_space *space, const char *name);

/** Number of constraints on parameters; 0 when there are none. */
ECOPT_API size_t ecopt_space_n_constraints(const ecopt_space *space);

/** Text of constraint i as it was written, owned by the space; NULL beyond the last. */
ECOPT_API const char *ecopt_space_constraint(const ecopt_space *space, size_t i);

/** Text form of a parameter type.  Static storage. */
ECOPT_API const char *ecopt_param_type_name(ecopt_param_type type);

/**
 * Text of one parameter's value as the child reads it ("0.001", "16", "true", "adam").
 *
 * @param[out] ret_text  caller frees with ecopt_text_free
 * @return ECOPT_OK, ECOPT_E_ARG (i out of range), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_space_value_text(ecopt_ctx *ctx, const ecopt_space *space,
                                                           size_t i, double code, char **ret_text);

/**
 * Stable text of a whole point, `name=value` in definition order with one blank between; values
 * with blanks, quotes, '=' or backslash are written as JSON strings.  Equal points have equal
 * texts.
 *
 * @param[in]  x         n codes
 * @param[out] ret_text  caller frees with ecopt_text_free
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_space_point_text(ecopt_ctx *ctx, const ecopt_space *space,
                                                           const double *x, char **ret_text);

/**
 * Reads the text form back (any order; parameters left out take their default or, without one, are
 * an error), checks ranges and constraints and makes the codes canonical.
 *
 * @param[out] ret_x  n codes; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_PARSE, ECOPT_E_NAME, ECOPT_E_RANGE, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_space_parse_point(ecopt_ctx *ctx,
                                                            const ecopt_space *space,
                                                            const char *text, double *ret_x);

/** Frees a text given by any ecopt_ call. */
ECOPT_API void ecopt_text_free(ecopt_ctx *ctx, char *text);

#ifdef __cplusplus
}
#endif

#endif
