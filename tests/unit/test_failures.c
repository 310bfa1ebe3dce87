/* Trials that fail: every wrong program, output and folder has a reason that names it. */
#include "support/trial_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

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
           "phase 'train': killed by signal 9 (SIGKILL)");
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

/* A trial that fails, in one of its many ways. */
typedef struct failing {
    fixture *f;
    const char *reason; /* how it begins */
} failing;

/*
 * Fails each allocation once.  Not every one is fatal: a remark about the output, or a regex that
 * cannot be matched for want of memory, is lost and the trial goes on.  So the outcome is either
 * ECOPT_E_NOMEM with nothing left, or the right reason.
 */
static size_t sweep(const failing *t)
{
    size_t n_fatal = 0;
    bool is_through = false;
    for (long k = 0; !is_through; k++) {
        eco_faulty_alloc faulty = {.fail_at = k};
        ecopt_ctx *ctx = eco_test_ctx_new(&faulty);
        eco_outcome *outcome = NULL;
        long live = faulty.live;
        ecopt_status status = eco_trial_run(ctx, &t->f->request, &outcome);
        is_through = faulty.calls <= k;
        if (status == ECOPT_OK) {
            assert_int_equal(outcome->state, ECOPT_TRIAL_FAILED);
            if (strstr(outcome->reason, t->reason) != outcome->reason)
                print_error("allocation %ld: %s\n", k, outcome->reason);
            assert_ptr_equal(strstr(outcome->reason, t->reason), outcome->reason);
            assert_null(strstr(outcome->reason, "out of memory"));
            eco_outcome_free(ctx, outcome);
        } else {
            assert_status(ctx, status, ECOPT_E_NOMEM);
            assert_null(outcome);
            n_fatal++;
        }
        assert_int_equal(faulty.live, live);
        ecopt_ctx_free(ctx);
    }
    return n_fatal;
}

/* Every allocation of a failing trial fails once: no leak, no lost process, no open descriptor. */
static void test_allocation_failures_on_failing_paths(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *script, *reason;
    } cases[] = {
        {"echo a >&2; echo b; exit 3", "phase 'train': exit status 3: a"},
        {"kill -KILL $$", "phase 'train': killed by signal 9"},
        {"echo '{' >$ECOPT_RESULT", "phase 'train': '"},
        {"echo '[ecopt] {\"acc\": 1, \"b\": [2]}'; echo '[ecopt] {'",
         "the program reported no 'accuracy'"},
        {"echo '[ecopt] {\"accuracy\": \"much\"}'",
         "phase 'train': 'accuracy' is not a number: \"much\""},
    };
    int before = count_fds();
    /* The sweep would run as often as there are variables. */
    char *path = strdup(getenv("PATH"));
    assert_int_equal(clearenv(), 0);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        failing t = {f, cases[i].reason};
        f->args[0][2] = cases[i].script;
        assert_true(sweep(&t) > 30);
    }
    assert_int_equal(count_fds(), before);
}

static void test_allocation_failures_of_metrics(void **state)
{
    fixture *f = *state;
    f->metrics[0] = (ecopt_metric){
        .name = "accuracy", .kind = ECOPT_METRIC_JSON, .file = "m-{k}.json", .pointer = "/a/0"};
    f->metrics[1] =
        (ecopt_metric){.name = "loss", .kind = ECOPT_METRIC_REGEX, .regex = "loss (\\S+)"};
    f->definition.n_metrics = 2;
    f->args[0][2] = "echo loss high; echo '{\"a\": []}' >$ECOPT_TRIAL_DIR/m-7.json";
    failing t = {f, "the program wrote no 'accuracy'"};
    assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
    assert_true(sweep(&t) > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL_TEST(test_missing_metrics_are_explained),
        TRIAL_TEST(test_missing_regex_is_explained),
        TRIAL_TEST(test_missing_json_is_explained),
        TRIAL_TEST(test_missing_builtin_is_explained),
        TRIAL_TEST(test_programs_that_fail),
        TRIAL_TEST(test_programs_that_cannot_start),
        TRIAL_TEST(test_folders_that_cannot_be_written),
        TRIAL_TEST(test_bad_definitions),
        TRIAL_TEST(test_allocation_failures_on_failing_paths),
        TRIAL_TEST(test_allocation_failures_of_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
