/* The command line of ecopt-cnn: defaults, both ways to write a flag, ranges, and what is refused.
 */
#include "support/eco_test.h"

#include "cnn_args.h"

/* Parses a NULL-ended list of words after the program's name.  The words of the latest call stay.
 */
static cnn_status parse(const char *const *words, cnn_error *err, cnn_args *args)
{
    static char pool[4096];
    char *argv[24], *next = pool;
    int argc = 0;
    argv[argc++] = next;
    next += snprintf(next, sizeof pool, "ecopt-cnn") + 1;
    for (; *words != NULL; words++) {
        argv[argc++] = next;
        next += snprintf(next, sizeof pool - (size_t)(next - pool), "%s", *words) + 1;
    }
    return cnn_args_parse(argc, argv, err, args);
}

static void test_defaults(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_args a;
    const char *const words[] = {"train", "--out", "m", NULL};
    assert_int_equal(parse(words, &err, &a), CNN_OK);
    assert_int_equal(a.verb, CNN_VERB_TRAIN);
    assert_int_equal(a.config.width, 16);
    assert_int_equal(a.config.depth, 2);
    assert_int_equal(a.config.kernel, 3);
    assert_true(a.config.pool);
    assert_close(a.train.lr, 1e-3, 0, 0);
    assert_false(a.train.is_decaying);
    assert_int_equal(a.train.batch, 64);
    assert_int_equal(a.train.epochs, 3);
    assert_int_equal(a.train.patience, 2);
    assert_int_equal(a.train.seed, 1);
    assert_close(a.train.memory_limit_b, 4096.0 * 1048576.0, 0, 0);
    assert_int_equal(a.train_samples, 0);
    assert_int_equal(a.threads, 1);
    assert_string_equal(a.out, "m");
    assert_string_equal(a.data, "/usr/share/datasets/fashion-mnist");
}

static void test_every_train_flag(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_args a;
    const char *const words[] = {"train",
                                 "--width=7",
                                 "--depth",
                                 "3",
                                 "--kernel=5",
                                 "--pool",
                                 "false",
                                 "--lr=2.5e-2",
                                 "--decay=true",
                                 "--batch=9",
                                 "--epochs",
                                 "1e1",
                                 "--patience=4",
                                 "--seed=18446744073709551615",
                                 "--train-samples=50",
                                 "--memory-limit-mib=8",
                                 "--data=d",
                                 "--threads=2",
                                 "--out=x=y",
                                 NULL};
    if (parse(words, &err, &a) != CNN_OK)
        fail_msg("%s", err.text);
    assert_int_equal(a.config.width, 7);
    assert_int_equal(a.config.depth, 3);
    assert_int_equal(a.config.kernel, 5);
    assert_false(a.config.pool);
    assert_close(a.train.lr, 0.025, 1e-12, 0);
    assert_true(a.train.is_decaying);
    assert_int_equal(a.train.batch, 9);
    assert_int_equal(a.train.epochs, 10);
    assert_int_equal(a.train.patience, 4);
    assert_true(a.train.seed == UINT64_MAX);
    assert_int_equal(a.train_samples, 50);
    assert_close(a.train.memory_limit_b, 8.0 * 1048576.0, 0, 0);
    assert_string_equal(a.data, "d");
    assert_int_equal(a.threads, 2);
    assert_string_equal(a.out, "x=y");
}

static void test_every_test_flag(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_args a;
    const char *const words[] = {"test", "--samples",    "70",   "m", "--repeat",
                                 "3",    "--min-time-s", "0.25", NULL};
    assert_int_equal(parse(words, &err, &a), CNN_OK);
    assert_int_equal(a.verb, CNN_VERB_TEST);
    assert_string_equal(a.model, "m");
    assert_int_equal(a.samples, 70);
    assert_int_equal(a.repeat, 3);
    assert_close(a.min_time_s, 0.25, 0, 0);
}

/* The profile takes the shape of a network from train and the passes from test. */
static void test_every_profile_flag(void **state)
{
    (void)state;
    cnn_args args = {0};
    cnn_error err = {""};
    const char *const words[] = {"profile", "--width",      "5",     "--depth", "3", "--kernel",
                                 "1",       "--pool",       "false", "--seed",  "9", "--samples",
                                 "70",      "--repeat",     "4",     "--data",  "d", "--threads",
                                 "2",       "--min-time-s", "0.5",   NULL};
    const char *const wrong[] = {"profile", "--out", "m", NULL};
    assert_int_equal(parse(words, &err, &args), CNN_OK);
    assert_int_equal(args.verb, CNN_VERB_PROFILE);
    assert_int_equal(args.config.width, 5);
    assert_int_equal(args.config.depth, 3);
    assert_int_equal(args.config.kernel, 1);
    assert_false(args.config.pool);
    assert_int_equal(args.train.seed, 9);
    assert_int_equal(args.samples, 70);
    assert_int_equal(args.repeat, 4);
    assert_true(args.min_time_s == 0.5);
    assert_string_equal(args.data, "d");
    assert_int_equal(args.threads, 2);
    assert_int_equal(parse(wrong, &err, &args), CNN_E_USAGE);
}

static void test_help(void **state)
{
    (void)state;
    cnn_error err = {""};
    cnn_args a;
    static const char *const lines[][3] = {
        {"help", NULL},       {"--help", NULL}, {"-h", NULL}, {"train", "--help", NULL},
        {"test", "-h", NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(parse(lines[i], &err, &a), CNN_OK);
        assert_int_equal(a.verb, CNN_VERB_HELP);
    }
    /* Every flag is explained. */
    static const char *const flags[] = {
        "--width",    "--depth",   "--kernel",        "--pool",
        "--lr",       "--decay",   "--batch",         "--epochs",
        "--patience", "--seed",    "--train-samples", "--memory-limit-mib",
        "--out",      "--samples", "--repeat",        "--min-time-s",
        "--data",     "--threads"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        assert_non_null(strstr(cnn_args_help(), flags[i]));
}

/* Each line is wrong in one way; the message names it and the result stays untouched. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *const words[6];
        const char *says;
    } cases[] = {
        {{NULL}, "no verb"},
        {{"fly", NULL}, "'fly'"},
        {{"train", NULL}, "--out"},
        {{"train", "--out", NULL}, "needs a value"},
        {{"train", "--out=", NULL}, "empty"},
        {{"train", "--out=m", "--widt=3", NULL}, "'--widt=3'"},
        {{"train", "--out=m", "--widthh=3", NULL}, "'--widthh=3'"},
        {{"train", "--out=m", "--width=", NULL}, "--width: ''"},
        {{"train", "--out=m", "--width=3x", NULL}, "'3x'"},
        {{"train", "--out=m", "--width=3.5", NULL}, "whole number"},
        {{"train", "--out=m", "--width=1025", NULL}, "1 to 1024"},
        {{"train", "--out=m", "--depth=17", NULL}, "1 to 16"},
        {{"train", "--out=m", "--kernel=2", NULL}, "even"},
        {{"train", "--out=m", "--lr=0", NULL}, "outside"},
        {{"train", "--out=m", "--lr=inf", NULL}, "no number"},
        {{"train", "--out=m", "--pool=1", NULL}, "neither"},
        {{"train", "--out=m", "--repeat=1", NULL}, "no flag"},
        {{"train", "--out=m", "model", NULL}, "'model'"},
        {{"train", "--out=m", "-w", NULL}, "'-w'"},
        {{"train", "--out=m", "--seed=-1", NULL}, "whole number"},
        {{"train", "--out=m", "--seed=18446744073709551616", NULL}, "whole number"},
        {{"train", "--out=m", "--seed=7.0", NULL}, "whole number"},
        {{"test", NULL}, "model file"},
        {{"test", "a", "b", NULL}, "'b'"},
        {{"test", "a", "--lr=1", NULL}, "no flag"},
        {{"test", "a", "--repeat=0", NULL}, "outside"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cnn_error err = {""};
        cnn_args a = {.samples = 99};
        assert_int_equal(parse(cases[i].words, &err, &a), CNN_E_USAGE);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("'%s' is not in '%s'", cases[i].says, err.text);
        assert_int_equal(a.samples, 99);
    }
}

/* A message longer than its buffer is cut, not written beyond it. */
static void test_long_words_are_cut(void **state)
{
    (void)state;
    char word[2000];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    cnn_error err;
    cnn_args a;
    const char *const words[] = {word, NULL};
    assert_int_equal(parse(words, &err, &a), CNN_E_USAGE);
    assert_true(strlen(err.text) < sizeof err.text);
    assert_int_equal(cnn_fail(&err, CNN_E_INPUT, "%s", word), CNN_E_INPUT);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_train_flag),
        cmocka_unit_test(test_every_test_flag),
        cmocka_unit_test(test_every_profile_flag),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
