/*
 * What a command is given: arguments, environment, the parameters' JSON file.
 *
 * Call order: eco_handover_new, eco_handover_write once, then for each phase eco_handover_phase and
 * eco_handover_get / _argv / _env; eco_handover_free.  Owner: the caller; vectors are freed with
 * eco_vector_free.  Placeholders that ECOpt gives ({seed}, {phase}, ...) win over parameters of the
 * same name.
 */
#ifndef ECO_TRIAL_HANDOVER_H
#define ECO_TRIAL_HANDOVER_H

#include "trial/template.h"
#include "trial/trial.h"

/** NULL-terminated array of owned texts; zero-initialise. */
typedef struct eco_vector {
    char **items;
    size_t n, room;
} eco_vector;

/** Appends a text and takes it over (also on failure).  NULL is a failed allocation. */
ECOPT_NODROP ecopt_status eco_vector_take(ecopt_ctx *ctx, eco_vector *vector, char *text);

/** Frees the texts and the array. */
void eco_vector_free(ecopt_ctx *ctx, eco_vector *vector);

typedef struct eco_handover {
    ecopt_ctx *ctx;                   /* borrowed, as the request */
    const eco_trial_request *request; /* must outlive it */
    const char *phase;                /* borrowed from the definition; "" before the first */
    char **values;                    /* owned: n_params texts */
    size_t n_params;
    char *params_path, *result_path, *log_path; /* owned, absolute */
    char id[24], seed[24];
} eco_handover;

/**
 * Makes the texts of one trial.
 *
 * @param[out] ret_handover  caller frees with eco_handover_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_handover_new(ecopt_ctx *ctx, const eco_trial_request *request,
                                           eco_handover **ret_handover);

/** Frees it; NULL is allowed. */
void eco_handover_free(ecopt_ctx *ctx, eco_handover *handover);

/** Writes params.json, typed.
 *  @return ECOPT_OK, ECOPT_E_NOT_FOUND (the trial's folder is gone), ECOPT_E_IO, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_handover_write(const eco_handover *handover);

/** Lookup for eco_template_expand over this handover. */
eco_template_lookup eco_handover_lookup(eco_handover *handover);

/**
 * Arguments of a phase, NULL-terminated.
 *
 * @return ECOPT_OK, ECOPT_E_NAME, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_handover_argv(eco_handover *handover, const ecopt_phase *phase,
                                            eco_vector *ret_argv);

/**
 * Environment: ECOpt's own without ECOPT_* , then ECOPT_P_NAME and the other ECOPT_ variables, then
 * the definition's; of one name only the last is kept.
 *
 * @return ECOPT_OK, ECOPT_E_NAME, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_handover_env(eco_handover *handover, eco_vector *ret_env);

#endif
