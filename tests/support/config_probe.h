/*
 * Study files in pieces, for the tests of config.
 *
 * A test writes only the sections that it is about; those that every study needs and that are not
 * given are added behind them, so that places in the given text are places in the file.
 *
 * Owner: texts are freed with eco_free, definitions with ecopt_definition_free.
 */
#ifndef ECO_CONFIG_PROBE_H
#define ECO_CONFIG_PROBE_H

#include "core/str.h"

#include <ecopt/definition.h>

/** The sections given and, behind them, those of a good study that are missing: `study`, `command`
 * ({x}, {n}), `params` (x: float 0 to 1, n: int 1 to 100), `metrics` (a), `objectives` (a: max). */
char *eco_probe_complete(ecopt_ctx *ctx, const char *sections);

/** Diagnostics of a complete text, one a line: "error 1:8 study | message | hint". */
char *eco_probe_remarks(ecopt_ctx *ctx, const char *text, size_t length);

/** Fails unless the completed sections give exactly these remarks, and a definition exactly when
 * none of them is an error. */
void eco_probe_expect(ecopt_ctx *ctx, const char *sections, const char *remarks);

/** Definition of the completed sections; fails the test when there is an error.  Warnings pass. */
ecopt_definition *eco_probe_parse(ecopt_ctx *ctx, const char *sections);

/** One case of a table of mistakes. */
typedef struct eco_probe_case {
    const char *sections;
    const char *remarks;
} eco_probe_case;

/** eco_probe_expect on each of n cases. */
void eco_probe_table(ecopt_ctx *ctx, const eco_probe_case *cases, size_t n);

#endif
