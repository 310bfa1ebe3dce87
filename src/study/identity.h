/*
 * Identity of a study: the canonical text of everything that may not change when it resumes.
 *
 * One `key: value` per line in a fixed order: name, seed, sampler, parameters with their ranges,
 * parameter and metric constraints, objectives, metrics, commands, environment, size of the initial
 * design.  Budget limits, time-outs, meter, carbon and the sampler's settings are left out: they
 * may change between runs.
 * Lines are compared as text, so a message can name the keys that differ.
 */
#ifndef ECO_STUDY_IDENTITY_H
#define ECO_STUDY_IDENTITY_H

#include "core/ctx.h"

#include <ecopt/definition.h>

/**
 * Writes the identity of a definition.
 *
 * @param[out] ret_text  caller frees with eco_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_definition_identity(ecopt_ctx *ctx,
                                                  const ecopt_definition *definition,
                                                  char **ret_text);

#endif
