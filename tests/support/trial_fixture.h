/*
 * A study of shell scripts in a folder of its own, for tests of trials.
 *
 * Each test gets a fresh fixture by TRIAL_TEST; tear_down checks that no block is left.
 */
#ifndef ECO_TRIAL_FIXTURE_H
#define ECO_TRIAL_FIXTURE_H

#include "support/eco_test.h"

#include "core/fs.h"
#include "space/space.h"
#include "trial/trial.h"

#include <dirent.h>
#include <stdlib.h>

#define TRIAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A study of shell scripts in a folder of its own. */
typedef struct fixture {
    ecopt_ctx *ctx;
    char dir[256];       /* of the study */
    char trial_dir[300]; /* of the trial */
    ecopt_space *space;
    double x[5];
    const char *args[2][4];
    ecopt_phase phases[2];
    ecopt_objective objectives[2];
    ecopt_constraint constraint;
    ecopt_metric metrics[3];
    ecopt_definition definition;
    eco_trial_request request;
} fixture;

static const ecopt_value optimisers[] = {{ECOPT_VALUE_STRING, NAN, "adam"},
                                         {ECOPT_VALUE_STRING, NAN, "sgd \"x\""}};
static const ecopt_value fixed[] = {{ECOPT_VALUE_INT, 7, "7"}};
static const ecopt_param params[] = {
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .min = 1e-5, .max = 1, .is_log = true},
    {.name = "width", .type = ECOPT_PARAM_INT, .min = 1, .max = 64},
    {.name = "use-pool", .type = ECOPT_PARAM_BOOL},
    {.name = "opt", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = optimisers},
    {.name = "k", .type = ECOPT_PARAM_FIXED, .n_values = 1, .values = fixed},
};

static inline int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->ctx = eco_test_ctx();
    eco_test_temp_dir(f->dir);
    (void)snprintf(f->trial_dir, sizeof f->trial_dir, "%s/trials/1", f->dir);
    assert_status(f->ctx, eco_space_new(f->ctx, params, ECO_LEN(params), &f->space), ECOPT_OK);
    const double x[] = {0.001, 16, 1, 1, 0};
    memcpy(f->x, x, sizeof x);
    for (size_t i = 0; i < 2; i++) {
        f->args[i][0] = "sh";
        f->args[i][1] = "-c";
        f->phases[i] = (ecopt_phase){i ? "evaluate" : "train", 3, f->args[i], INFINITY};
    }
    f->objectives[0] = (ecopt_objective){.metric = "accuracy", .goal = ECOPT_GOAL_MAX};
    f->definition = (ecopt_definition){.name = "test",
                                       .dir = f->dir,
                                       .space = f->space,
                                       .n_objectives = 1,
                                       .objectives = f->objectives,
                                       .constraints = &f->constraint,
                                       .metrics = f->metrics,
                                       .n_phases = 1,
                                       .phases = f->phases};
    f->request = (eco_trial_request){.definition = &f->definition,
                                     .trial = 12,
                                     .x = f->x,
                                     .seed = 18446744073709551615u,
                                     .dir = f->trial_dir,
                                     .grace_s = 0.2,
                                     .keep_fd = -1};
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;
    eco_space_free(f->ctx, f->space);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    eco_test_remove_dir(f->dir);
    free(f);
    return 0;
}

static inline eco_outcome *run_trial(fixture *f)
{
    eco_outcome *outcome = NULL;
    assert_status(f->ctx, eco_trial_run(f->ctx, &f->request, &outcome), ECOPT_OK);
    assert_non_null(outcome);
    return outcome;
}

/* Runs the scripts (evaluate may be NULL) and compares state and reason; {dir} in the wanted reason
 * stands for the trial's folder.  NULL: any reason. */
static inline void expect(fixture *f, const char *train, const char *evaluate,
                          ecopt_trial_state state, const char *reason)
{
    f->args[0][2] = train;
    f->args[1][2] = evaluate;
    f->definition.n_phases = evaluate ? 2 : 1;
    eco_outcome *outcome = run_trial(f);
    if (outcome->state != state)
        print_error("%s: %s: %s\n", train, ecopt_trial_state_name(outcome->state), outcome->reason);
    assert_int_equal(outcome->state, state);
    if (reason) {
        char wanted[1024];
        const char *mark = strstr(reason, "{dir}");
        if (mark)
            (void)snprintf(wanted, sizeof wanted, "%.*s%s%s", (int)(mark - reason), reason,
                           f->trial_dir, mark + 5);
        else
            (void)snprintf(wanted, sizeof wanted, "%s", reason);
        assert_string_equal(outcome->reason, wanted);
    }
    eco_outcome_free(f->ctx, outcome);
}

static inline double value_of(const eco_outcome *outcome, const char *name)
{
    for (size_t i = 0; i < outcome->n_metrics; i++)
        if (strcmp(outcome->metrics[i].name, name) == 0)
            return outcome->metrics[i].value;
    return (double)NAN;
}

static inline double u95_of(const eco_outcome *outcome, const char *name)
{
    for (size_t i = 0; i < outcome->n_metrics; i++)
        if (strcmp(outcome->metrics[i].name, name) == 0)
            return outcome->metrics[i].u95;
    return (double)NAN;
}

static inline char *read_text(fixture *f, const char *name)
{
    char path[600], *text = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", f->trial_dir, name);
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 100 << 20, &text, NULL), ECOPT_OK);
    return text;
}

static inline int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    (void)closedir(dir);
    return count;
}

#endif
