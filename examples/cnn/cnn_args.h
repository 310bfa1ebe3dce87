/*
 * cnn_args.h - the command line of ecopt-cnn.
 */
#ifndef CNN_ARGS_H
#define CNN_ARGS_H

#include "cnn_train.h"

/** What to do; bits, so that a flag can belong to several. */
typedef enum cnn_verb {
    CNN_VERB_HELP = 0,
    CNN_VERB_TRAIN = 1,
    CNN_VERB_TEST = 2,
    CNN_VERB_PROFILE = 4
} cnn_verb;

/** All flags of all verbs, with their defaults filled in; strings are borrowed from argv. */
typedef struct cnn_args {
    cnn_verb verb;
    cnn_config config; /**< train, profile; image size and classes are set by the caller */
    cnn_train_options train;
    int memory_limit_mib; /**< train */
    int train_samples;    /**< train: images to use, 0 = all */
    const char *out;      /**< train: model file to write */
    const char *model;    /**< test: model file to read */
    int samples;          /**< test, profile: images to use, 0 = all */
    int repeat;           /**< test, profile: passes over them at least */
    double min_time_s;    /**< test, profile: more whole passes until this time is over */
    const char *data;     /**< folder of the IDX files */
    int threads;          /**< OpenMP threads */
} cnn_args;

/**
 * Reads the command line; flags are `--name value` or `--name=value`.
 *
 * @param[out] ret_args  unchanged on failure
 * @return CNN_OK; CNN_E_USAGE with a message
 */
cnn_status cnn_args_parse(int argc, char **argv, cnn_error *err, cnn_args *ret_args);

/** The text of --help. */
const char *cnn_args_help(void);

#endif
