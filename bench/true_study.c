#include "true_study.h"

#include <ecopt/definition.h>

#include <stdio.h>

/* The first failure is the one to return. */
ecopt_status true_study_run(ecopt_ctx *ctx, const char *name, const char *dir, int trials,
                            void (*on_event)(void *user, const ecopt_event *event), void *user)
{
    char text[512], path[300];
    int length = snprintf(text, sizeof text,
                          "study: %.32s\n"
                          "seed: 1\n"
                          "sampler: random\n"
                          "command: 'true'\n"
                          "params:\n"
                          "  x: {type: float, min: 0, max: 1}\n"
                          "objectives:\n"
                          "  time_s: {goal: min}\n"
                          "budget: {trials: %d}\n",
                          name, trials);
    (void)snprintf(path, sizeof path, "%s/study.yaml", dir);
    ecopt_definition *definition = NULL;
    ecopt_study *study = NULL;
    ecopt_stop_reason reason;
    ecopt_run_options options = ECOPT_RUN_OPTIONS_INIT;
    options.on_event = on_event;
    options.user = user;
    ecopt_status status =
        ecopt_definition_parse(ctx, text, (size_t)length, path, NULL, NULL, &definition);
    if (status == ECOPT_OK)
        status = ecopt_study_open(ctx, definition, NULL, &study);
    if (status == ECOPT_OK)
        status = ecopt_study_run(study, &options, &reason);
    ecopt_status closed = ecopt_study_close(study);
    ecopt_definition_free(ctx, definition);
    return status != ECOPT_OK ? status : closed;
}
