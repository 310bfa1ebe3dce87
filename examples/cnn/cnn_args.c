/*
 * A table of flags instead of getopt_long: ranges stand beside names, and messages name the flag
 * and the value.
 */
#include "cnn_args.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_DATA "/usr/share/datasets/fashion-mnist"

typedef enum kind { KIND_INT, KIND_SEED, KIND_FLOAT, KIND_BOOL, KIND_TEXT } kind;

/* One flag: which verb has it, its range, and where its value goes. */
typedef struct flag {
    const char *name;
    unsigned verbs; /* that have it, bits of cnn_verb */
    kind type;
    double min, max; /* of numbers, both included */
    void *target;    /* int, uint64_t, double, bool or const char *, by kind */
} flag;

/* Through double for both types: every int is exact in it, and 1e3 is a fine way to write 1000. */
static cnn_status number_parse(const flag *f, const char *text, cnn_error *err)
{
    char *end = NULL;
    errno = 0;
    double value = strtod(text, &end);
    bool is_number = end != text && *end == '\0' && isfinite(value);
    if (!is_number || (f->type == KIND_INT && value != floor(value)))
        return cnn_fail(err, CNN_E_USAGE, "--%s: '%.80s' is no %s", f->name, text,
                        f->type == KIND_INT ? "whole number" : "number");
    if (value < f->min || value > f->max)
        return cnn_fail(err, CNN_E_USAGE, "--%s: %.80s is outside %g to %g", f->name, text, f->min,
                        f->max);
    if (f->type == KIND_INT)
        *(int *)f->target = (int)value;
    else
        *(double *)f->target = value;
    return CNN_OK;
}

/* A seed may use all 64 bits, which a double would round. */
static cnn_status seed_parse(const flag *f, const char *text, cnn_error *err)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    /* strtoull reads a sign and blanks too, and turns -1 into the largest number. */
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
        return cnn_fail(err, CNN_E_USAGE, "--%s: '%.80s' is no whole number from 0 to 2^64 - 1",
                        f->name, text);
    *(uint64_t *)f->target = value;
    return CNN_OK;
}

/* Checks the text of one value and stores it where its flag says. */
static cnn_status value_parse(const flag *f, const char *text, cnn_error *err)
{
    switch (f->type) {
    case KIND_INT:
    case KIND_FLOAT:
        return number_parse(f, text, err);
    case KIND_SEED:
        return seed_parse(f, text, err);
    case KIND_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return cnn_fail(err, CNN_E_USAGE, "--%s: '%.80s' is neither true nor false", f->name,
                            text);
        *(bool *)f->target = strcmp(text, "true") == 0;
        return CNN_OK;
    case KIND_TEXT:
        break;
    }
    if (*text == '\0')
        return cnn_fail(err, CNN_E_USAGE, "--%s: empty value", f->name);
    *(const char **)f->target = text;
    return CNN_OK;
}

/* Finds the flag of a word such as "--lr" or "--lr=0.1"; NULL when this verb has none. */
static const flag *flag_find(const flag *flags, cnn_verb verb, const char *word)
{
    size_t length = strcspn(word, "=");
    for (const flag *f = flags; f->name != NULL; f++)
        if ((f->verbs & verb) && strlen(f->name) == length && strncmp(f->name, word, length) == 0)
            return f;
    return NULL;
}

/* Reads flags and, for test, the one plain argument. */
static cnn_status words_parse(int argc, char **argv, const flag *flags, cnn_error *err,
                              cnn_args *args)
{
    for (int i = 2; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            args->verb = CNN_VERB_HELP;
            return CNN_OK;
        }
        if (strncmp(word, "--", 2) != 0) {
            if (args->verb != CNN_VERB_TEST || args->model != NULL || *word == '-')
                return cnn_fail(err, CNN_E_USAGE, "unexpected argument '%.80s'", word);
            args->model = word;
            continue;
        }
        const flag *f = flag_find(flags, args->verb, word + 2);
        if (f == NULL)
            return cnn_fail(err, CNN_E_USAGE, "'%.80s' is no flag of this verb", word);
        const char *value = strchr(word, '=');
        if (value == NULL && i + 1 == argc)
            return cnn_fail(err, CNN_E_USAGE, "%s needs a value", word);
        CNN_TRY(value_parse(f, value != NULL ? value + 1 : argv[++i], err));
    }
    return CNN_OK;
}

/* What one flag cannot see alone. */
static cnn_status args_check(cnn_args *args, cnn_error *err)
{
    if (args->verb == CNN_VERB_TRAIN && args->out == NULL)
        return cnn_fail(err, CNN_E_USAGE, "train needs --out FILE");
    if (args->verb != CNN_VERB_TEST && args->config.kernel % 2 == 0)
        return cnn_fail(err, CNN_E_USAGE, "--kernel: %d is even", args->config.kernel);
    if (args->verb == CNN_VERB_TRAIN && args->train_samples == 1)
        return cnn_fail(err, CNN_E_USAGE, "--train-samples: 1 leaves nothing to validate on");
    if (args->verb == CNN_VERB_TEST && args->model == NULL)
        return cnn_fail(err, CNN_E_USAGE, "test needs a model file");
    args->train.memory_limit_b = args->memory_limit_mib * 0x1p20;
    return CNN_OK;
}

/*
 * One thread: these networks are small, and OpenMP threads that wait for each other spin, which
 * costs energy and gains little time.
 */
static cnn_args args_default(void)
{
    return (cnn_args){
        .config = {.width = 16, .depth = 2, .kernel = 3, .pool = true},
        .train = {.lr = 1e-3, .batch = 64, .epochs = 3, .patience = 2, .seed = 1},
        .memory_limit_mib = 4096,
        .repeat = 1,
        .data = DEFAULT_DATA,
        .threads = 1,
    };
}

cnn_status cnn_args_parse(int argc, char **argv, cnn_error *err, cnn_args *ret_args)
{
    cnn_args a = args_default();
    const unsigned shape = CNN_VERB_TRAIN | CNN_VERB_PROFILE;
    const unsigned passes = CNN_VERB_TEST | CNN_VERB_PROFILE;
    const unsigned all = CNN_VERB_TRAIN | CNN_VERB_TEST | CNN_VERB_PROFILE;
    const flag flags[] = {
        {"width", shape, KIND_INT, 1, CNN_WIDTH_MAX, &a.config.width},
        {"depth", shape, KIND_INT, 1, CNN_DEPTH_MAX, &a.config.depth},
        {"kernel", shape, KIND_INT, 1, CNN_KERNEL_MAX, &a.config.kernel},
        {"pool", shape, KIND_BOOL, 0, 0, &a.config.pool},
        {"lr", CNN_VERB_TRAIN, KIND_FLOAT, 1e-12, 1e30, &a.train.lr},
        {"decay", CNN_VERB_TRAIN, KIND_BOOL, 0, 0, &a.train.is_decaying},
        {"batch", CNN_VERB_TRAIN, KIND_INT, 1, 65536, &a.train.batch},
        {"epochs", CNN_VERB_TRAIN, KIND_INT, 1, 10000, &a.train.epochs},
        {"patience", CNN_VERB_TRAIN, KIND_INT, 1, 10000, &a.train.patience},
        {"seed", shape, KIND_SEED, 0, 0, &a.train.seed},
        {"reports", CNN_VERB_TRAIN, KIND_INT, 0, 10000, &a.train.reports},
        {"train-samples", CNN_VERB_TRAIN, KIND_INT, 0, IDX_COUNT_MAX, &a.train_samples},
        {"memory-limit-mib", CNN_VERB_TRAIN, KIND_INT, 1, INT_MAX, &a.memory_limit_mib},
        {"out", CNN_VERB_TRAIN, KIND_TEXT, 0, 0, &a.out},
        {"samples", passes, KIND_INT, 0, IDX_COUNT_MAX, &a.samples},
        {"repeat", passes, KIND_INT, 1, 1000000, &a.repeat},
        {"min-time-s", passes, KIND_FLOAT, 0, 3600, &a.min_time_s},
        {"data", all, KIND_TEXT, 0, 0, &a.data},
        {"threads", all, KIND_INT, 1, 1024, &a.threads},
        {NULL, 0, KIND_INT, 0, 0, NULL},
    };
    if (argc < 2)
        return cnn_fail(err, CNN_E_USAGE, "no verb given: train, test or profile");
    const char *verb = argv[1];
    if (strcmp(verb, "train") == 0)
        a.verb = CNN_VERB_TRAIN;
    else if (strcmp(verb, "test") == 0)
        a.verb = CNN_VERB_TEST;
    else if (strcmp(verb, "profile") == 0)
        a.verb = CNN_VERB_PROFILE;
    else if (strcmp(verb, "help") != 0 && strcmp(verb, "--help") != 0 && strcmp(verb, "-h") != 0)
        return cnn_fail(err, CNN_E_USAGE, "'%.80s' is no verb: train, test or profile", verb);
    if (a.verb != CNN_VERB_HELP)
        CNN_TRY(words_parse(argc, argv, flags, err, &a));
    CNN_TRY(args_check(&a, err));
    *ret_args = a;
    return CNN_OK;
}

const char *cnn_args_help(void)
{
    return "ecopt-cnn: train and test a small convolutional network on IDX images\n"
           "\n"
           "usage: ecopt-cnn train --out MODEL [flags]\n"
           "       ecopt-cnn test MODEL [flags]\n"
           "       ecopt-cnn profile [flags]\n"
           "\n"
           "train, profile\n"
           "  --width N          channels of each convolution (16)\n"
           "  --depth N          convolutions (2)\n"
           "  --kernel N         side of the kernel, odd (3)\n"
           "  --pool true|false  2x2 max pooling after convolutions 2, 3, ... (true)\n"
           "  --seed N           of weights and, train, of the order of images (1)\n"
           "train\n"
           "  --lr X             step size of Adam (0.001)\n"
           "  --decay true|false let the step size fall linearly to 0 (false)\n"
           "  --batch N          images per step (64)\n"
           "  --epochs N         passes over the images at most (3)\n"
           "  --patience N       stop after N epochs without a lower validation loss (2)\n"
           "  --reports N        validate N times at even distances and say it as steps (0)\n"
           "  --train-samples N  use only the first N images, a tenth of them to validate (all)\n"
           "  --memory-limit-mib N  refuse networks that need more to train (4096)\n"
           "  --out FILE         model file to write\n"
           "test, profile (the same passes with weights that nobody has trained)\n"
           "  --samples N        use only the first N test images (all)\n"
           "  --repeat N         passes over them at least (1)\n"
           "  --min-time-s X     go on with whole passes for X seconds (0)\n"
           "all\n"
           "  --data DIR         folder of the IDX files, plain or .gz\n"
           "                     (" DEFAULT_DATA ")\n"
           "  --threads N        OpenMP threads (1)\n"
           "\n"
           "Results go to stdout and, as JSON, to the file that $ECOPT_RESULT names.\n"
           "Exit status: 0 done; 1 a file or the library failed; 2 wrong command line; 3 training\n"
           "diverged; $ECOPT_EXIT_INFEASIBLE (or 1) when this network cannot be trained here.\n";
}
