#include "support/small_study.h"

#include "space/space.h"

#include <stdlib.h>

const char *const eco_small_script = "echo '[ecopt] {\"a\": {x}, \"b\": {k}}'";

void eco_small_study_init(eco_small_study *small, double max_k, bool has_x)
{
    memset(small, 0, sizeof *small);
    small->ctx = eco_test_ctx();
    eco_test_temp_dir(small->dir);
    static const ecopt_value zero[] = {{ECOPT_VALUE_INT, 0, "0"}};
    ecopt_param params[2] = {
        {.name = "x", .type = ECOPT_PARAM_FLOAT, .min = 0, .max = 1},
        {.name = "k", .type = ECOPT_PARAM_INT, .min = 1, .max = max_k},
    };
    if (!has_x)
        params[0] =
            (ecopt_param){.name = "x", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = zero};
    assert_status(small->ctx, eco_space_new(small->ctx, params, 2, &small->space), ECOPT_OK);
    small->objectives[0] = (ecopt_objective){.metric = "a", .goal = ECOPT_GOAL_MAX};
    small->objectives[1] = (ecopt_objective){.metric = "b", .goal = ECOPT_GOAL_MIN};
    small->metrics[0].name = "a";
    small->metrics[1].name = "b";
    small->args[0] = "/bin/sh";
    small->args[1] = "-c";
    small->args[2] = eco_small_script;
    small->phase = (ecopt_phase){
        .name = "run", .n_args = 3, .args = small->args, .timeout_s = (double)INFINITY};
    small->definition = (ecopt_definition){.name = "small",
                                           .text = "study: small\n",
                                           .path = "study.yaml",
                                           .dir = small->dir,
                                           .sampler = "random",
                                           .seed = 7,
                                           .space = small->space,
                                           .n_objectives = 2,
                                           .objectives = small->objectives,
                                           .n_metrics = 2,
                                           .metrics = small->metrics,
                                           .n_phases = 1,
                                           .phases = &small->phase,
                                           .budget = {.trials = 6,
                                                      .init = 3,
                                                      .energy_j = (double)INFINITY,
                                                      .time_s = (double)INFINITY,
                                                      .max_failure_ratio = 1},
                                           .meter = {.sources = "model", .repeats = 1},
                                           .carbon = {.pue = 1}};
}

void eco_small_study_release(eco_small_study *small)
{
    eco_space_free(small->ctx, small->space);
    eco_test_remove_dir(small->dir);
    assert_int_equal(eco_ctx_live_b(small->ctx), 0);
    ecopt_ctx_free(small->ctx);
}

int eco_small_study_set_up(void **state)
{
    eco_small_study *small = calloc(1, sizeof *small);
    eco_small_study_init(small, 40, true);
    *state = small;
    return 0;
}

int eco_small_study_tear_down(void **state)
{
    eco_small_study_release(*state);
    free(*state);
    return 0;
}

ecopt_study *eco_small_study_open(eco_small_study *small)
{
    ecopt_study *study = NULL;
    assert_status(small->ctx, ecopt_study_open(small->ctx, &small->definition, NULL, &study),
                  ECOPT_OK);
    return study;
}

ecopt_stop_reason eco_small_study_run(eco_small_study *small, const ecopt_run_options *options)
{
    ecopt_study *study = eco_small_study_open(small);
    ecopt_stop_reason reason = ECOPT_STOP_INTERRUPTED;
    assert_status(small->ctx, ecopt_study_run(study, options, &reason), ECOPT_OK);
    assert_status(small->ctx, ecopt_study_close(study), ECOPT_OK);
    return reason;
}

ecopt_snapshot *eco_small_study_snapshot(eco_small_study *small)
{
    char path[300];
    ecopt_snapshot *snapshot = NULL;
    (void)snprintf(path, sizeof path, "%s/small.ecopt", small->dir);
    assert_status(small->ctx, ecopt_snapshot_load(small->ctx, path, &snapshot), ECOPT_OK);
    return snapshot;
}
