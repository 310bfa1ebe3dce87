#include "space/space.h"
#include "study/identity.h"
#include "support/eco_test.h"

static const ecopt_value kernels[] = {{ECOPT_VALUE_INT, 1, "1"}, {ECOPT_VALUE_STRING, 0, "a\nb"}};

static const ecopt_param params[] = {
    {.name = "lr", .type = ECOPT_PARAM_FLOAT, .is_log = true, .min = 1e-4, .max = 0.1},
    {.name = "kernel", .type = ECOPT_PARAM_CHOICE, .n_values = 2, .values = kernels},
};

static const char *const args[] = {"./cnn", "--lr", "{lr}"};
static const char *const env[] = {"OMP_NUM_THREADS=1"};
static const ecopt_phase phase = {.name = "train", .n_args = 3, .args = args, .timeout_s = 60};
static const ecopt_objective objective = {
    .metric = "accuracy", .goal = ECOPT_GOAL_MAX, .has_threshold = true, .threshold = 0.75};
static const ecopt_metric metric = {
    .name = "accuracy", .kind = ECOPT_METRIC_REGEX, .regex = "acc: (.*)"};
static const ecopt_constraint constraint = {.text = "train.time_s <= 60"};

static ecopt_definition definition_of(const ecopt_space *space)
{
    return (ecopt_definition){.name = "s",
                              .seed = 7,
                              .sampler = "mobo",
                              .space = space,
                              .n_objectives = 1,
                              .objectives = &objective,
                              .n_constraints = 1,
                              .constraints = &constraint,
                              .n_metrics = 1,
                              .metrics = &metric,
                              .n_phases = 1,
                              .phases = &phase,
                              .n_env = 1,
                              .env = env,
                              .budget = {.trials = 30, .init = 5}};
}

static ecopt_status write_identity(ecopt_ctx *ctx, void *user)
{
    ecopt_space *space = NULL;
    char *text = NULL;
    ecopt_status status = eco_space_new(ctx, params, 2, &space);
    if (status == ECOPT_OK)
        status = eco_space_add_constraint(ctx, space, "lr < 0.05");
    ecopt_definition definition = definition_of(space);
    if (status == ECOPT_OK)
        status = eco_definition_identity(ctx, &definition, &text);
    if (status == ECOPT_OK)
        assert_string_equal(text, user);
    eco_free(ctx, text);
    eco_space_free(ctx, space);
    return status;
}

static char expected[] = "study: s\n"
                         "seed: 7\n"
                         "sampler: mobo\n"
                         "params.lr: float min=0.0001 max=0.1 log\n"
                         "params.kernel: choice int:1 string:a\\nb\n"
                         "constraints: lr < 0.05\n"
                         "constraints: train.time_s <= 60\n"
                         "objectives.accuracy: max linear threshold=0.75\n"
                         "metrics.accuracy: regex | acc: (.*) |  |  | \n"
                         "command.train: | ./cnn | --lr | {lr}\n"
                         "env: OMP_NUM_THREADS=1\n"
                         "budget.init: 5\n";

static void test_identity_lists_what_may_not_change(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    assert_status(ctx, write_identity(ctx, expected), ECOPT_OK);
    ecopt_ctx_free(ctx);
    eco_test_alloc_sweep(write_identity, expected);
}

static void test_limits_of_budget_and_time_are_no_part_of_it(void **state)
{
    (void)state;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_space *space = NULL;
    char *before = NULL, *after = NULL;
    assert_status(ctx, eco_space_new(ctx, params, 2, &space), ECOPT_OK);
    ecopt_definition definition = definition_of(space);
    assert_status(ctx, eco_definition_identity(ctx, &definition, &before), ECOPT_OK);
    ecopt_phase longer = phase;
    longer.timeout_s = 90;
    definition.phases = &longer;
    definition.budget.trials = 99;
    definition.meter.sources = "model";
    definition.sampler_settings =
        (ecopt_sampler_settings){.kernel = ECOPT_KERNEL_RBF, .cost_exponent = 0.5};
    assert_status(ctx, eco_definition_identity(ctx, &definition, &after), ECOPT_OK);
    assert_string_equal(before, after);
    eco_free(ctx, before);
    eco_free(ctx, after);
    eco_space_free(ctx, space);
    ecopt_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_lists_what_may_not_change),
        cmocka_unit_test(test_limits_of_budget_and_time_are_no_part_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
