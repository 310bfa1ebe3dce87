/*
 * Status codes: every fallible call of ECOpt returns one of these.
 *
 * 0 is success, every error is negative, nothing is ever positive.  Values are frozen once
 * released; groups leave gaps for later codes.  The text of what exactly failed is in the context
 * (ecopt_ctx_errmsg), never in the status.  NaN is data, not an error channel.
 */
#ifndef ECOPT_STATUS_H
#define ECOPT_STATUS_H

#include <ecopt/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, value, message) */
#define ECOPT_STATUS_MAP(X)                                             \
    X(OK, 0, "ok")                                                      \
    X(E_ARG, -1, "invalid argument")                                    \
    X(E_NOMEM, -2, "out of memory")                                     \
    X(E_UNSUPPORTED, -3, "not supported by this build or backend")      \
    X(E_INTERNAL, -4, "internal inconsistency")                         \
    X(E_IO, -5, "input or output failed")                               \
    X(E_INTERRUPTED, -6, "interrupted")                                 \
    X(E_LIMIT, -7, "a stated limit was exceeded")                       \
    X(E_NOT_FOUND, -8, "no such item")                                  \
    X(E_CONFIG, -20, "the definition has errors")                       \
    X(E_PARSE, -21, "malformed input")                                  \
    X(E_RANGE, -22, "value out of range")                               \
    X(E_NAME, -23, "unrecognised name")                                 \
    X(E_NOT_PD, -40, "matrix is not positive definite")                 \
    X(E_NUMERIC, -41, "numerical failure")                              \
    X(E_EXHAUSTED, -42, "no new point is left to try")                  \
    X(E_METER_NONE, -60, "no usable energy source")                     \
    X(E_METER_PERM, -61, "energy counter is not readable by this user") \
    X(E_METER_READ, -62, "energy counter could not be read")            \
    X(E_METER_REQUIRE, -63, "meter requirement is not met")             \
    X(E_SPAWN, -80, "program could not be started")                     \
    X(E_STORE, -100, "store failed")                                    \
    X(E_STORE_LOCKED, -101, "study is in use by another process")       \
    X(E_STORE_FULL, -102, "no space left for the store")                \
    X(E_STORE_CORRUPT, -103, "store is damaged")                        \
    X(E_STORE_VERSION, -104, "store was written by a newer version")    \
    X(E_STORE_MISMATCH, -105, "store belongs to a different definition")

typedef enum ecopt_status {
#define ECOPT_STATUS_ENUM(name, value, message) ECOPT_##name = (value),
    ECOPT_STATUS_MAP(ECOPT_STATUS_ENUM)
#undef ECOPT_STATUS_ENUM
} ecopt_status;

/** Name of a status, e.g. "ECOPT_E_NOMEM"; a fixed text for values outside the enum.  Static
 * storage. */
ECOPT_API const char *ecopt_status_name(ecopt_status status);

/** General meaning of a status in lower case without full stop.  Static storage. */
ECOPT_API const char *ecopt_status_message(ecopt_status status);

#ifdef __cplusplus
}
#endif

#endif
