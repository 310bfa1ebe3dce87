/* Trials of real programs: what goes in, what comes out, and every way in which it can go wrong. */
#include "support/eco_test.h"

#include "core/fs.h"
#include "space/space.h"
#include "trial/builtin.h"
#include "trial/trial.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int set_up(void **state)
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

static int tear_down(void **state)
{
    fixture *f = *state;
    eco_space_free(f->ctx, f->space);
    assert_int_equal(eco_ctx_live_b(f->ctx), 0);
    ecopt_ctx_free(f->ctx);
    eco_test_remove_dir(f->dir);
    free(f);
    return 0;
}

static eco_outcome *run_trial(fixture *f)
{
    eco_outcome *outcome = NULL;
    assert_status(f->ctx, eco_trial_run(f->ctx, &f->request, &outcome), ECOPT_OK);
    assert_non_null(outcome);
    return outcome;
}

/* Runs the scripts (evaluate may be NULL) and compares state and reason; {dir} in the wanted reason
 * stands for the trial's folder.  NULL: any reason. */
static void expect(fixture *f, const char *train, const char *evaluate, ecopt_trial_state state,
                   const char *reason)
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

static double value_of(const eco_outcome *outcome, const char *name)
{
    for (size_t i = 0; i < outcome->n_metrics; i++)
        if (strcmp(outcome->metrics[i].name, name) == 0)
            return outcome->metrics[i].value;
    return (double)NAN;
}

static double u95_of(const eco_outcome *outcome, const char *name)
{
    for (size_t i = 0; i < outcome->n_metrics; i++)
        if (strcmp(outcome->metrics[i].name, name) == 0)
            return outcome->metrics[i].u95;
    return (double)NAN;
}

static char *read_text(fixture *f, const char *name)
{
    char path[600], *text = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", f->trial_dir, name);
    assert_status(f->ctx, eco_fs_read(f->ctx, path, 100 << 20, &text, NULL), ECOPT_OK);
    return text;
}

static int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    (void)closedir(dir);
    return count;
}

static void test_parameters_go_in(void **state)
{
    fixture *f = *state;
    static const char *const env[] = {"EXTRA=<{lr}>", "ECOPT_P_K=override", "HOME=/nowhere"};
    f->definition.n_env = 3;
    f->definition.env = env;
    assert_int_equal(setenv("ECOPT_P_STALE", "1", 1), 0);
    f->args[0][2] =
        "echo {lr} {width} {use-pool} {k} {trial.id} {seed} {phase} '{opt}' '{print $1}';"
        "echo $ECOPT_P_LR $ECOPT_P_WIDTH $ECOPT_P_USE_POOL $ECOPT_P_OPT $ECOPT_P_K;"
        "echo $ECOPT_TRIAL_ID $ECOPT_SEED $ECOPT_PHASE $ECOPT_EXIT_INFEASIBLE $EXTRA $HOME;"
        "test \"$ECOPT_TRIAL_DIR\" = '{trial.dir}' && test \"$PWD\" = '{study.dir}' && echo same;"
        "echo \"[$ECOPT_P_STALE]\"; cat {params.json}; test -t 0 || cat;"
        "echo '[ecopt] {\"accuracy\": 0.5}'";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_string_equal(outcome->reason, "");
    char *text = read_text(f, "train.out");
    assert_string_equal(text, "0.001 16 true 7 12 18446744073709551615 train sgd \"x\" {print $1}\n"
                              "0.001 16 true sgd \"x\" override\n"
                              "12 18446744073709551615 train 99 <0.001> /nowhere\n"
                              "same\n"
                              "[]\n"
                              "{\n  \"lr\": 0.001,\n  \"width\": 16,\n  \"use-pool\": true,\n"
                              "  \"opt\": \"sgd \\\"x\\\"\",\n  \"k\": 7\n}\n"
                              "[ecopt] {\"accuracy\": 0.5}\n");
    eco_free(f->ctx, text);
    eco_outcome_free(f->ctx, outcome);
    assert_int_equal(unsetenv("ECOPT_P_STALE"), 0);
}

static void test_metrics_come_out(void **state)
{
    fixture *f = *state;
    f->metrics[0] =
        (ecopt_metric){.name = "loss", .kind = ECOPT_METRIC_REGEX, .regex = "loss: (\\S+)"};
    f->metrics[1] = (ecopt_metric){.name = "depth",
                                   .kind = ECOPT_METRIC_JSON,
                                   .file = "model-{width}.json",
                                   .pointer = "/layers/0/depth",
                                   .phase = "train"};
    f->metrics[2] = (ecopt_metric){
        .name = "err", .kind = ECOPT_METRIC_REGEX, .regex = "^E=([0-9]+)", .phase = "evaluate"};
    f->definition.n_metrics = 3;
    f->definition.n_phases = 2;
    f->args[0][2] = "echo 'loss: 0.5'; echo loss: 0.25; echo E=1 >&2;"
                    "echo '[ecopt] {\"accuracy\": 0.1, \"step\": 1}';"
                    "echo '{\"params\": 1234, \"x\": {\"y\": 2}}' >$ECOPT_RESULT;"
                    "echo '{\"layers\": [{\"depth\": 3}]}' >$ECOPT_TRIAL_DIR/model-16.json";
    f->args[1][2] = "echo '[ecopt] {\"accuracy\": 0.93, \"accuracy_u95\": 0.01}'; echo E=2 >&2;"
                    "echo '{\"samples\": 100}' >>$ECOPT_LOG; rm $ECOPT_TRIAL_DIR/model-16.json";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_close(value_of(outcome, "loss"), 0.25, 0, 0);
    assert_close(value_of(outcome, "accuracy"), 0.93, 0, 0);
    assert_close(u95_of(outcome, "accuracy"), 0.01, 0, 0);
    assert_close(value_of(outcome, "params"), 1234, 0, 0);
    assert_close(value_of(outcome, "x.y"), 2, 0, 0);
    assert_close(value_of(outcome, "depth"), 3, 0, 0);
    assert_close(value_of(outcome, "err"), 2, 0, 0);
    assert_true(value_of(outcome, "evaluate.samples_per_s") > 0);
    assert_true(isnan(value_of(outcome, "train.samples_per_s")));
    assert_true(isnan(value_of(outcome, "evaluate.j_per_sample")));
    assert_true(value_of(outcome, "train.time_s") > 0);
    assert_true(value_of(outcome, "time_s") > value_of(outcome, "train.time_s"));
    assert_true(isnan(value_of(outcome, "energy_j")));
    assert_true(value_of(outcome, "evaluate.cpu_s") >= 0);
    assert_int_equal(outcome->n_phases, 2);
    assert_string_equal(outcome->phases[1].phase, "evaluate");
    assert_int_equal(outcome->phases[0].energy.quality, ECOPT_QUALITY_UNMEASURABLE);
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "train.result.json");
    eco_free(f->ctx, text);
}

static void test_result_of_one_phase_is_not_the_next_ones(void **state)
{
    fixture *f = *state;
    f->args[0][2] = "echo '{\"samples\": 10, \"accuracy\": 1}' >$ECOPT_RESULT; "
                    "echo '{\"samples\": 10}' >>$ECOPT_LOG";
    f->args[1][2] = "true";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    assert_true(value_of(outcome, "train.samples_per_s") > 0);
    assert_true(isnan(value_of(outcome, "evaluate.samples_per_s")));
    eco_outcome_free(f->ctx, outcome);
    /* Nor is what an earlier attempt in this folder left. */
    eco_test_write_file(f->trial_dir, "result.json", "{\"accuracy\": 1}");
    eco_test_write_file(f->trial_dir, "log.jsonl", "{\"accuracy\": 1}\n");
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED, NULL);
}

static void test_missing_metrics_are_explained(void **state)
{
    fixture *f = *state;
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED,
           "the program reported no 'accuracy': not by a line '[ecopt] {\"accuracy\": ...}', "
           "$ECOPT_RESULT or 'ecopt log'");
    expect(f, "echo '[ecopt] {\"acuracy\": 1, \"loss\": 2}'", "true", ECOPT_TRIAL_FAILED,
           "the programs reported no 'accuracy': not by a line '[ecopt] {\"accuracy\": ...}', "
           "$ECOPT_RESULT or 'ecopt log'; it reported 'acuracy', 'loss'");
    expect(f, "echo '[ecopt] {accuracy: 1}'", NULL, ECOPT_TRIAL_FAILED,
           "the program reported no 'accuracy': not by a line '[ecopt] {\"accuracy\": ...}', "
           "$ECOPT_RESULT or 'ecopt log'; a reported line is ignored: string or '}' expected near "
           "'accuracy'");
    expect(f, "echo '[ecopt] {\"accuracy\": NaN}'", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': 'accuracy' is not a finite number (NaN or infinity)");
    expect(f, "echo '[ecopt] {\"accuracy\": \"good\"}'", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': 'accuracy' is not a number: \"good\"");
    expect(f, "echo '{\"accuracy\": -Infinity}' >$ECOPT_RESULT", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': 'accuracy' is not a finite number (NaN or infinity)");
    expect(f, ": >$ECOPT_RESULT", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': '{dir}/result.json' is empty");
    expect(f, "echo '{\"accuracy\": 0.3' >$ECOPT_RESULT", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': '{dir}/result.json' line 2 column 0: '}' expected near end of file");
    expect(f, "mkdir $ECOPT_RESULT", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': cannot read '{dir}/result.json': Is a directory");
}

static void test_missing_regex_is_explained(void **state)
{
    fixture *f = *state;
    f->metrics[0] = (ecopt_metric){.name = "accuracy",
                                   .kind = ECOPT_METRIC_REGEX,
                                   .regex = "accuracy: ([0-9.]+)",
                                   .phase = "evaluate"};
    f->definition.n_metrics = 1;
    expect(f, "echo accuracy: 1", "echo acc 2", ECOPT_TRIAL_FAILED,
           "phase 'evaluate' printed no 'accuracy': no line matched /accuracy: ([0-9.]+)/");
    expect(f, "true", "echo accuracy: ...", ECOPT_TRIAL_FAILED,
           "phase 'evaluate': 'accuracy' is not a number: \"...\"");
    expect(f, "true", "echo accuracy: 0.5", ECOPT_TRIAL_COMPLETE, "");
    f->metrics[0].regex = "^accuracy (.*)$";
    expect(f, "true", "echo 'accuracy  nan '", ECOPT_TRIAL_FAILED,
           "phase 'evaluate': 'accuracy' is not a finite number (NaN or infinity)");
    expect(f, "true", "echo 'accuracy -inf'", ECOPT_TRIAL_FAILED,
           "phase 'evaluate': 'accuracy' is not a finite number (NaN or infinity)");
    f->metrics[0].regex = "^(a+)+$|(b)";
    expect(
        f, "true", "printf '%0300d!' 0 | tr 0 a", ECOPT_TRIAL_FAILED,
        "phase 'evaluate' printed no 'accuracy': no line matched /^(a+)+$|(b)/ (too many steps on "
        "1 lines)");
    f->metrics[0].regex = "a(";
    eco_outcome *outcome = NULL;
    assert_status(f->ctx, eco_trial_run(f->ctx, &f->request, &outcome), ECOPT_E_PARSE);
    assert_null(outcome);
}

static void test_missing_json_is_explained(void **state)
{
    fixture *f = *state;
    f->metrics[0] = (ecopt_metric){
        .name = "accuracy", .kind = ECOPT_METRIC_JSON, .file = "m.json", .pointer = "/a"};
    f->definition.n_metrics = 1;
    expect(
        f, "true", NULL, ECOPT_TRIAL_FAILED,
        "the program wrote no 'accuracy': cannot open '{dir}/m.json': No such file or directory");
    expect(f, "echo '{}' >$ECOPT_TRIAL_DIR/m.json", NULL, ECOPT_TRIAL_FAILED,
           "the program wrote no 'accuracy': '{dir}/m.json' has nothing at '/a'");
    expect(f, "echo '{\"a\": nan}' >$ECOPT_TRIAL_DIR/m.json", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': 'accuracy' is not a finite number (NaN or infinity)");
    expect(f, "echo '{\"a\": 2}' >$ECOPT_TRIAL_DIR/m.json", NULL, ECOPT_TRIAL_COMPLETE, "");
}

static void test_missing_builtin_is_explained(void **state)
{
    fixture *f = *state;
    f->objectives[0].metric = "train.energy_j";
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED,
           "'train.energy_j' is not known: no energy could be measured");
    f->objectives[0].metric = "energy_j";
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED,
           "'energy_j' is not known: no energy could be measured");
    f->objectives[0].metric = "train.samples_per_s";
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED,
           "'train.samples_per_s' is not known: phase 'train' reported no 'samples' above 0");
    expect(f, "echo '[ecopt] {\"samples\": 0}'", NULL, ECOPT_TRIAL_FAILED, NULL);
    expect(f, "echo '[ecopt] {\"samples\": 5}'", NULL, ECOPT_TRIAL_COMPLETE, "");
    expect(f, "echo '[ecopt] {\"train.samples\": 5}'", NULL, ECOPT_TRIAL_COMPLETE, "");
    f->objectives[0].metric = "time_s";
    f->constraint = (ecopt_constraint){"loss <= 1", "loss", ECOPT_AT_MOST, 1};
    f->definition.n_constraints = 1;
    expect(f, "true", NULL, ECOPT_TRIAL_FAILED, NULL);
    expect(f, "echo '[ecopt] {\"loss\": 5}'", NULL, ECOPT_TRIAL_COMPLETE, "");
    /* A metric of one phase by its full name. */
    f->constraint.metric = "train.loss";
    expect(f, "echo '[ecopt] {\"loss\": 5}'", "true", ECOPT_TRIAL_COMPLETE, "");
}

static void test_programs_that_fail(void **state)
{
    fixture *f = *state;
    expect(f, "exit 3", NULL, ECOPT_TRIAL_FAILED, "phase 'train': exit status 3");
    expect(f, "echo on stdout; exit 3", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': exit status 3: on stdout");
    expect(f, "echo on stdout; for i in 1 2 3 4; do echo line $i >&2; done; exit 1", NULL,
           ECOPT_TRIAL_FAILED, "phase 'train': exit status 1: line 2 | line 3 | line 4");
    expect(f, "printf '\\033[31mbad\\377' >&2; exit 1", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': exit status 1: \\x1b[31mbad\\xff");
    expect(f, "kill -ABRT $$", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': killed by signal 6 (SIGABRT)");
    expect(f, "kill -KILL $$", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': killed by signal 9 (SIGKILL), perhaps for want of memory");
    expect(f, "kill -KILL $PPID; sleep 9", NULL, ECOPT_TRIAL_FAILED,
           "phase 'train': its supervisor was killed");
    expect(f, "echo too large >&2; exit $ECOPT_EXIT_INFEASIBLE", "true", ECOPT_TRIAL_INFEASIBLE,
           "phase 'train': exit status 99: this point cannot work: too large");
    /* The second phase is not run after a failure, and the first one's record stays. */
    f->args[0][2] = "exit 1";
    f->args[1][2] = "touch ran";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->n_phases, 1);
    assert_int_equal(outcome->phases[0].exit_status, 1);
    assert_true(isnan(value_of(outcome, "time_s")));
    assert_true(value_of(outcome, "train.time_s") > 0);
    eco_outcome_free(f->ctx, outcome);
    char path[400];
    (void)snprintf(path, sizeof path, "%s/ran", f->dir);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_programs_that_cannot_start(void **state)
{
    fixture *f = *state;
    f->phases[0].n_args = 1;
    f->args[0][0] = "./cnn";
    f->args[0][1] = NULL;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    assert_string_equal(outcome->reason,
                        "phase 'train': cannot start './cnn': No such file or directory");
    assert_int_equal(outcome->n_phases, 0);
    eco_outcome_free(f->ctx, outcome);
    eco_test_write_file(f->dir, "cnn", "text");
    outcome = run_trial(f);
    assert_string_equal(outcome->reason, "phase 'train': cannot start './cnn': Permission denied");
    eco_outcome_free(f->ctx, outcome);
    char path[400];
    (void)snprintf(path, sizeof path, "%s/cnn", f->dir);
    assert_int_equal(chmod(path, 0755), 0);
    outcome = run_trial(f);
    assert_string_equal(outcome->reason, "phase 'train': cannot start './cnn': Exec format error "
                                         "(a script's first line must be like '#!/bin/sh')");
    eco_outcome_free(f->ctx, outcome);
    eco_test_write_file(f->dir, "cnn", "#!/no/such/shell\n");
    outcome = run_trial(f);
    assert_string_equal(outcome->reason, "phase 'train': cannot start './cnn': No such file or "
                                         "directory (its interpreter is missing)");
    eco_outcome_free(f->ctx, outcome);
    f->definition.dir = "/no/such/folder";
    f->args[0][0] = "true";
    outcome = run_trial(f);
    assert_string_equal(outcome->reason,
                        "phase 'train': cannot enter '/no/such/folder': No such file or directory");
    eco_outcome_free(f->ctx, outcome);
}

static void test_limits(void **state)
{
    fixture *f = *state;
    f->phases[0].timeout_s = 0.2;
    f->args[0][2] = "echo slow >&2; trap '' TERM; while :; do sleep 0.05; done";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    assert_string_equal(outcome->reason, "phase 'train': ran longer than its limit of 0.2 s: slow");
    assert_true(outcome->phases[0].is_timed_out);
    assert_int_equal(outcome->phases[0].signal, SIGKILL);
    eco_outcome_free(f->ctx, outcome);
    volatile sig_atomic_t stop = 1;
    f->request.stop = &stop;
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_string_equal(outcome->reason, "phase 'train': not started");
    eco_outcome_free(f->ctx, outcome);
}

static volatile sig_atomic_t stop_flag;

static void stop_at_phase(void *user, const char *phase)
{
    (void)user;
    stop_flag = strcmp(phase, "evaluate") == 0;
}

static void test_stop_during_a_phase(void **state)
{
    fixture *f = *state;
    stop_flag = 0;
    f->request.stop = &stop_flag;
    f->request.on_phase = stop_at_phase;
    f->args[0][2] = "echo '[ecopt] {\"accuracy\": 1}'";
    f->args[1][2] = "sleep 100";
    f->definition.n_phases = 2;
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_ABANDONED);
    assert_string_equal(outcome->reason, "phase 'evaluate': stopped");
    assert_close(value_of(outcome, "accuracy"), 1, 0, 0);
    eco_outcome_free(f->ctx, outcome);
}

static void test_output_is_bounded(void **state)
{
    fixture *f = *state;
    f->metrics[0] = (ecopt_metric){
        .name = "accuracy", .kind = ECOPT_METRIC_REGEX, .regex = "^accuracy ([0-9.]+)"};
    f->definition.n_metrics = 1;
    f->args[0][2] = "head -c 200000000 /dev/zero | tr '\\0' 'x'; echo; echo accuracy 0.5;"
                    "head -c 20000 /dev/urandom >&2; echo >&2";
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    /* Behind the part that is kept the search goes on. */
    assert_close(value_of(outcome, "accuracy"), 0.5, 0, 0);
    eco_outcome_free(f->ctx, outcome);
    char *text = read_text(f, "train.out");
    static const char end[] = "\n[ecopt: 183222798 more bytes were not kept]\n";
    assert_int_equal(strlen(text), ECO_LOG_KEPT_B + sizeof end - 1);
    assert_string_equal(text + ECO_LOG_KEPT_B, end);
    eco_free(f->ctx, text);
}

static void expect_error(fixture *f, ecopt_status wanted, const char *message)
{
    char text[1024];
    const char *mark = strstr(message, "{dir}");
    eco_outcome *outcome = NULL;
    assert_status(f->ctx, eco_trial_run(f->ctx, &f->request, &outcome), wanted);
    assert_null(outcome);
    if (mark)
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(mark - message), message, f->trial_dir,
                       mark + 5);
    else
        (void)snprintf(text, sizeof text, "%s", message);
    assert_string_equal(ecopt_ctx_errmsg(f->ctx), text);
}

static void test_folders_that_cannot_be_written(void **state)
{
    fixture *f = *state;
    char path[400];
    f->args[0][2] = "yes";
    /* A file where the folder should be, as permissions mean nothing to root. */
    eco_test_write_file(f->dir, "trials", "a file");
    (void)snprintf(path, sizeof path, "%s/trials", f->dir);
    f->request.dir = path;
    (void)snprintf(f->trial_dir, sizeof f->trial_dir, "%s/trials", f->dir);
    expect_error(f, ECOPT_E_IO, "cannot make folder '{dir}': File exists");
    (void)snprintf(f->trial_dir, sizeof f->trial_dir, "%s/trials/1", f->dir);
    f->request.dir = f->trial_dir;
    assert_int_equal(unlink(path), 0);
    /* The disk is full as soon as something is written. */
    assert_status(f->ctx, eco_fs_make_dirs(f->ctx, f->trial_dir), ECOPT_OK);
    (void)snprintf(path, sizeof path, "%s/train.out", f->trial_dir);
    assert_int_equal(symlink("/dev/full", path), 0);
    int before = count_fds();
    expect_error(f, ECOPT_E_IO, "cannot write '{dir}/train.out': No space left on device");
    assert_int_equal(count_fds(), before);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/train.err", f->trial_dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    expect_error(f, ECOPT_E_IO, "cannot create '{dir}/train.err': Is a directory");
    assert_int_equal(count_fds(), before);
}

static void test_bad_definitions(void **state)
{
    fixture *f = *state;
    f->args[0][2] = "echo {depth}";
    expect_error(f, ECOPT_E_NAME, "nothing is called '{depth}' in 'echo {depth}'");
    f->phases[0].name = "../up";
    expect_error(f, ECOPT_E_ARG, "'../up' cannot be a phase's name");
    f->phases[0].name = "train";
    f->phases[0].n_args = 0;
    expect_error(f, ECOPT_E_ARG, "phase 'train' has no command");
    f->definition.n_phases = 0;
    expect_error(f, ECOPT_E_ARG, "there is no phase to run");
}

/* ---- energy ---- */

static void test_metered_trial(void **state)
{
    fixture *f = *state;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    ecopt_meter *meter = NULL;
    options.sources = "model";
    assert_status(f->ctx, ecopt_meter_open(f->ctx, &options, &meter), ECOPT_OK);
    f->request.meter = meter;
    f->definition.carbon = (ecopt_carbon){true, "GBR", 238, 1.5};
    f->args[0][2] =
        "echo '[ecopt] {\"accuracy\": 1, \"samples\": 50, \"energy_j\": -5}'; sleep 0.1";
    f->args[1][2] = "sleep 0.05";
    f->definition.n_phases = 2;
    int before = count_fds();
    eco_outcome *outcome = run_trial(f);
    assert_int_equal(count_fds(), before);
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    double e = value_of(outcome, "train.energy_j"), t = value_of(outcome, "train.time_s");
    double u = u95_of(outcome, "train.energy_j");
    assert_true(e > 0 && t > 0.1 && u >= 0);
    assert_close(value_of(outcome, "train.power_w"), e / t, 1e-12, 0);
    assert_close(value_of(outcome, "train.carbon_g"), e / 3.6e6 * 238 * 1.5, 1e-12, 0);
    assert_close(value_of(outcome, "train.j_per_sample"), e / 50, 1e-12, 0);
    assert_close(u95_of(outcome, "train.j_per_sample"), u / 50, 1e-12, 0);
    assert_close(value_of(outcome, "train.samples_per_j"), 50 / e, 1e-12, 0);
    assert_close(u95_of(outcome, "train.samples_per_j"), 50 * u / e / e, 1e-12, 0);
    assert_close(value_of(outcome, "energy_j"), e + value_of(outcome, "evaluate.energy_j"), 1e-12,
                 0);
    assert_close(outcome->phases[0].energy.time_s, outcome->phases[0].time_s, 0, 0);
    assert_int_equal(outcome->phases[0].energy.quality, ECOPT_QUALITY_MODELLED_GENERIC);
    eco_outcome_free(f->ctx, outcome);
    /* A program that cannot be started leaves no window open. */
    f->args[0][0] = "no-such-program";
    outcome = run_trial(f);
    assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
    eco_outcome_free(f->ctx, outcome);
    assert_status(f->ctx, ecopt_meter_close(meter), ECOPT_OK);
}

static void test_builtin_names(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *name;
        bool plain, with_carbon;
    } cases[] = {
        {"train.energy_j", true, true},
        {"evaluate.j_per_sample", true, true},
        {"energy_j", true, true},
        {"time_s", true, true},
        {"carbon_g", false, true},
        {"train.carbon_g", false, true},
        {"train.samples_per_j", true, true},
        {"train.samples_per_s", true, true},
        {"train.power_w", true, true},
        {"train.cpu_s", true, true},
        {"train.max_rss_b", true, true},
        {"power_w", false, false},
        {"cpu_s", false, false},
        {"test.energy_j", false, false},
        {"trai.energy_j", false, false},
        {"train.energy", false, false},
        {"accuracy", false, false},
        {"", false, false},
        {".energy_j", false, false},
        {"train.", false, false},
        {"train.x.energy_j", false, false},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        assert_int_equal(eco_metric_is_builtin(cases[i].name, f->phases, 2, false), cases[i].plain);
        assert_int_equal(eco_metric_is_builtin(cases[i].name, f->phases, 2, true),
                         cases[i].with_carbon);
        assert_int_equal(eco_metric_is_positive(cases[i].name, f->phases, 2), cases[i].with_carbon);
    }
}

static void test_builtin_extremes(void **state)
{
    fixture *f = *state;
    static const double energies[] = {1e-300, 1e300, 0, 5};
    for (size_t i = 0; i < ECO_LEN(energies); i++) {
        eco_values values = {0};
        ecopt_phase_record record = {.phase = "train", .time_s = 2, .cpu_s = NAN, .max_rss_b = 1};
        eco_energy_unmeasured(2, NAN, &record.energy);
        record.energy.energy_j = energies[i];
        record.energy.u95_j = NAN;
        assert_status(f->ctx, eco_builtin_phase(f->ctx, &f->definition, &record, 4, &values),
                      ECOPT_OK);
        assert_close(eco_values_find(&values, "train.energy_j")->value, energies[i], 0, 0);
        assert_close(eco_values_find(&values, "train.power_w")->value, energies[i] / 2, 0, 0);
        assert_true(isnan(eco_values_find(&values, "train.energy_j")->u95));
        assert_null(eco_values_find(&values, "train.cpu_s"));
        assert_null(eco_values_find(&values, "train.carbon_g"));
        for (size_t k = 0; k < values.n; k++)
            assert_true(isfinite(values.items[k].value));
        eco_values_free(f->ctx, &values);
    }
}

static ecopt_status attempt_trial(ecopt_ctx *ctx, void *user)
{
    fixture *f = user;
    eco_outcome *outcome = NULL;
    ECO_TRY(eco_trial_run(ctx, &f->request, &outcome));
    assert_int_equal(outcome->state, ECOPT_TRIAL_COMPLETE);
    eco_outcome_free(ctx, outcome);
    return ECOPT_OK;
}

/* Every allocation of a trial fails once: no leak, no lost process, no descriptor left open. */
static void test_allocation_failures(void **state)
{
    fixture *f = *state;
    f->args[0][2] = "echo '[ecopt] {\"accuracy\": 1}'";
    int before = count_fds();
    /* The sweep would run as often as there are variables. */
    char *path = strdup(getenv("PATH"));
    assert_int_equal(clearenv(), 0);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    eco_test_alloc_sweep(attempt_trial, f);
    assert_int_equal(count_fds(), before);
}

#define TRIAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_parameters_go_in),
        TRIAL_TEST(test_metrics_come_out),
        TRIAL_TEST(test_result_of_one_phase_is_not_the_next_ones),
        TRIAL_TEST(test_missing_metrics_are_explained),
        TRIAL_TEST(test_missing_regex_is_explained),
        TRIAL_TEST(test_missing_json_is_explained),
        TRIAL_TEST(test_missing_builtin_is_explained),
        TRIAL_TEST(test_programs_that_fail),
        TRIAL_TEST(test_programs_that_cannot_start),
        TRIAL_TEST(test_limits),
        TRIAL_TEST(test_stop_during_a_phase),
        TRIAL_TEST(test_output_is_bounded),
        TRIAL_TEST(test_folders_that_cannot_be_written),
        TRIAL_TEST(test_bad_definitions),
        TRIAL_TEST(test_metered_trial),
        TRIAL_TEST(test_builtin_names),
        TRIAL_TEST(test_builtin_extremes),
        TRIAL_TEST(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
