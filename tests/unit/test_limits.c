/* What is said, refused and handed to a trial of the limits in a study file. */
#include "study/limits.h"
#include "support/eco_test.h"

#include <stdio.h>
#include <stdlib.h>

/* A study that is just far enough to have limits, on a machine without control groups. */
typedef struct world {
    ecopt_ctx *ctx;
    char root[256];
    ecopt_definition definition;
    ecopt_study study;
    int n_said;
    char said[512];
} world;

static void hear(void *user, ecopt_log_level level, const char *message)
{
    world *w = user;
    if (level != ECOPT_LOG_WARNING)
        return;
    w->n_said++;
    (void)snprintf(w->said, sizeof w->said, "%s", message);
}

static int set_up(void **state)
{
    world *w = calloc(1, sizeof *w);
    ecopt_ctx_options options = ECOPT_CTX_OPTIONS_INIT;
    options.log = hear;
    options.log_user = w;
    assert_int_equal(ecopt_ctx_new(&options, &w->ctx), ECOPT_OK);
    eco_test_temp_dir(w->root);
    w->study = (ecopt_study){.ctx = w->ctx, .definition = &w->definition, .system_root = w->root};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    eco_limits_close(&w->study);
    assert_int_equal(eco_ctx_live_b(w->ctx), 0);
    ecopt_ctx_free(w->ctx);
    eco_test_remove_dir(w->root);
    free(w);
    return 0;
}

static void test_nothing_is_wanted(void **state)
{
    world *w = *state;
    eco_trial_request request = {.trial = 1};
    eco_limits_request(&w->study, &request);
    assert_null(request.place);
    assert_null(request.limits);
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_OK);
    assert_int_equal(w->n_said, 0);
    eco_limits_request(&w->study, &request);
    assert_ptr_equal(request.place, &w->study.place);
    assert_ptr_equal(request.limits, &w->study.limits);
    assert_int_equal(request.trial, 1);
    assert_true(request.limits->memory_b == 0);
    assert_int_equal(request.limits->pids, 0);
    assert_null(request.limits->cpus);
}

/* Said once, with the reason; the rest of the limits holds, and the second run says nothing. */
static void test_what_cannot_be_kept_is_said_once(void **state)
{
    world *w = *state;
    w->definition.resources = (ecopt_resources){.memory_b = 1e9};
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_OK);
    assert_int_equal(w->n_said, 1);
    assert_non_null(strstr(w->said, "resources.memory is not kept: "));
    assert_non_null(strstr(w->said, w->study.place.why[ECO_CONTROLLER_MEMORY]));
    assert_true(w->study.limits.memory_b == 1e9);
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_OK);
    assert_int_equal(w->n_said, 1);
}

static void test_each_limit_is_named(void **state)
{
    world *w = *state;
    w->definition.resources = (ecopt_resources){.memory_b = 1e9, .pids = 10};
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_OK);
    assert_int_equal(w->n_said, 2);
    assert_non_null(strstr(w->said, "resources.pids is not kept: "));
    assert_int_equal(w->study.limits.pids, 10);
}

static void test_what_is_required_is_refused(void **state)
{
    world *w = *state;
    w->definition.resources = (ecopt_resources){.pids = 10, .is_required = true};
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_E_SPAWN);
    assert_non_null(strstr(ecopt_ctx_errmsg(w->ctx), "resources.pids cannot be kept: "));
    assert_non_null(strstr(ecopt_ctx_errhint(w->ctx), "ecopt doctor"));
    assert_int_equal(w->n_said, 0);
}

/* A program is placed on CPUs without any group, so they are kept also here. */
static void test_cpus_need_no_group(void **state)
{
    world *w = *state;
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    w->definition.resources = (ecopt_resources){.cpus = 1, .is_required = true};
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_OK);
    assert_int_equal(w->n_said, 0);
    const cpu_set_t *chosen = w->study.limits.cpus;
    assert_non_null(chosen);
    assert_int_equal(CPU_COUNT(chosen), 1);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        assert_true(!CPU_ISSET(cpu, chosen) || CPU_ISSET(cpu, &allowed));
}

static void test_more_cpus_than_there_are(void **state)
{
    world *w = *state;
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    int n = CPU_COUNT(&allowed);
    char expected[128];
    (void)snprintf(expected, sizeof expected,
                   "resources.cpus is not kept: %d CPUs are wanted and %d may be used", n + 1, n);
    w->definition.resources = (ecopt_resources){.cpus = n + 1};
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_OK);
    assert_string_equal(w->said, expected);
    /* All that there are. */
    assert_int_equal(CPU_COUNT(w->study.limits.cpus), n);
}

static void test_more_required_cpus_than_there_are(void **state)
{
    world *w = *state;
    w->definition.resources = (ecopt_resources){.cpus = CPU_SETSIZE + 1, .is_required = true};
    assert_status(w->ctx, eco_limits_open(&w->study), ECOPT_E_SPAWN);
    assert_non_null(strstr(ecopt_ctx_errmsg(w->ctx), "resources.cpus cannot be kept: "));
}

static void test_a_study_that_was_never_run_is_closed(void **state)
{
    world *w = *state;
    eco_limits_close(&w->study);
    assert_null(w->study.place.path);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nothing_is_wanted),
        CASE(test_what_cannot_be_kept_is_said_once),
        CASE(test_each_limit_is_named),
        CASE(test_what_is_required_is_refused),
        CASE(test_cpus_need_no_group),
        CASE(test_more_cpus_than_there_are),
        CASE(test_more_required_cpus_than_there_are),
        CASE(test_a_study_that_was_never_run_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
