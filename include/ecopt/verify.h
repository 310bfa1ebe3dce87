/*
 * Whether a study's store and folder are whole: every rule that ECOpt keeps, checked from outside.
 *
 * Nothing is written and no lock is taken; a study that is running may be looked at.
 *
 * Owner: findings are borrowed for the call.  Threads: any, each with its own context.
 */
#ifndef ECOPT_VERIFY_H
#define ECOPT_VERIFY_H

#include <ecopt/definition.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Something that is not as it should be; the texts are valid during the call only. */
typedef struct ecopt_finding {
    const char *rule; /* word of the rule: "store", "attempts", "values", "folder", ... */
    int64_t trial;    /* 0: of no trial */
    int64_t attempt;  /* 0: of no attempt */
    const char *message;
    bool is_remark; /* worth knowing, but nothing is wrong */
    bool is_lost;   /* a trial that nobody runs any more: the next run puts it back */
} ecopt_finding;

typedef void (*ecopt_finding_fn)(void *user, const ecopt_finding *finding);

/**
 * Checks a study.
 *
 * @param[in]  dir         study folder (NAME.ecopt)
 * @param[in]  definition  that it keeps (ecopt_definition_kept); NULL: what needs it is left out
 * @param[in]  report      each finding, in the order of the rules; may be NULL
 * @param[out] ret_n       findings that are no remarks
 * @return ECOPT_OK (whatever was found; a store that is damaged is a finding), ECOPT_E_NOT_FOUND
 *         (no study there), ECOPT_E_IO, ECOPT_E_STORE_VERSION, ECOPT_E_STORE, ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_study_verify(ecopt_ctx *ctx, const char *dir,
                                                       const ecopt_definition *definition,
                                                       ecopt_finding_fn report, void *user,
                                                       size_t *ret_n);

#ifdef __cplusplus
}
#endif

#endif
